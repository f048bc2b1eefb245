//! Work on several threads.

use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::thread::Builder;

use pyo3::prelude::*;

use crate::argument::argument;

/// How many threads a call may use, the caller's included.
#[derive(Clone, Copy)]
pub(crate) struct Threads(NonZeroUsize);

impl Threads {
    /// From an argument `threads` of 1 … 256; one where it is left out.
    pub(crate) fn of(value: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        const MOST: usize = 256;
        let Some(value) = value else { return Ok(Threads(NonZeroUsize::MIN)) };
        let given = argument("threads", value);
        let threads = NonZeroUsize::new(given.int()?).filter(|threads| threads.get() <= MOST);
        Ok(Threads(threads.ok_or_else(|| given.refuse("expected 1 ... 256"))?))
    }

    pub(crate) fn count(self) -> usize {
        self.0.get()
    }

    /// What `act` makes of each job, in the order of the jobs. Call it without the interpreter. Where the
    /// system gives no thread, the others do its work.
    pub(crate) fn run<J: Send, R: Send>(self, jobs: Vec<J>, act: impl Fn(J) -> R + Sync) -> Vec<R> {
        let workers = self.count().min(jobs.len());
        if workers <= 1 {
            return jobs.into_iter().map(act).collect();
        }
        let queue = Mutex::new(jobs.into_iter().enumerate());
        let done = Mutex::new(Vec::new());
        let work = || {
            // The lock is free again before the job is done.
            while let Some((place, job)) = queue.lock().ok().and_then(|mut queue| queue.next()) {
                let result = act(job);
                if let Ok(mut done) = done.lock() {
                    done.push((place, result));
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..workers {
                if Builder::new().spawn_scoped(scope, work).is_err() {
                    break;
                }
            }
            work();
        });
        let mut done = done.into_inner().unwrap_or_default();
        done.sort_unstable_by_key(|(place, _)| *place);
        done.into_iter().map(|(_, result)| result).collect()
    }
}
