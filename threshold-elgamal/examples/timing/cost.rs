//! What a piece of work costs on a machine where others may be at work.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// So long is tried to see a run that nothing disturbs.
const PATIENCE: Duration = Duration::from_secs(1);

/// Prints the least time of `work`, divided among `items`; returns it in microseconds.
pub(crate) fn cost<T>(what: &str, items: usize, work: impl FnMut() -> T) -> f64 {
    let each = least(work) / items as f64;
    println!("{what:<62}{each:>10.2} µs");
    each
}

/// In microseconds: the least time of a run or, where that is less, the mean time that a run had a core.
pub(crate) fn least<T>(mut work: impl FnMut() -> T) -> f64 {
    let (begin, before) = (Instant::now(), on_core());
    let (mut least, mut runs) = (Duration::MAX, 0u32);
    while runs < 3 || begin.elapsed() < PATIENCE {
        let begin = Instant::now();
        black_box(work());
        (least, runs) = (least.min(begin.elapsed()), runs.saturating_add(1));
    }
    if let Some((before, after)) = before.zip(on_core()) {
        least = least.min(after.saturating_sub(before).checked_div(runs).unwrap_or(least));
    }
    least.as_secs_f64() * 1e6
}

/// How long this thread has had a core, where the system knows (Linux does).
pub(crate) fn on_core() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(Duration::from_nanos(text.split(' ').next()?.parse().ok()?))
}
