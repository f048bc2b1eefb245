//! Parts of a batch, each on a thread.

use crate::error::Failure;
use crate::threads::Threads;

/// How many items each of so many threads takes.
pub(super) fn share(items: usize, threads: Threads) -> usize {
    items.div_ceil(threads.count()).max(1)
}

/// What `act` makes of each job, in the order of the jobs, or the first failure.
pub(super) fn each<J: Send, R: Send>(
    threads: Threads,
    jobs: impl IntoIterator<Item = J>,
    act: impl Fn(J) -> Result<R, Failure> + Sync,
) -> Result<Vec<R>, Failure> {
    threads.run(jobs.into_iter().collect(), act).into_iter().collect()
}
