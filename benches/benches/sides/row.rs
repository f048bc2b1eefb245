//! Rows of a comparison: the same work by several sides that take turns.

use std::hint::black_box;
use std::time::{Duration, Instant};

use benches::print;
use criterion::{Criterion, Throughput};

/// One side of a row: does its work on all items and says how long that took, without what it prepares before.
pub(crate) type Side<'a> = (&'a str, &'a mut dyn FnMut() -> Duration);

/// By the clock; what takes long enough for the scheduler's own count, by that, if it is less: others may run too.
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> Duration {
    const LONG: Duration = Duration::from_millis(40);
    let (before, start) = (on_core(), Instant::now());
    black_box(work());
    let clock = start.elapsed();
    if clock < LONG {
        return clock;
    }
    let given = before.zip(on_core()).map(|(before, after)| after.saturating_sub(before));
    given.map_or(clock, |given| given.min(clock))
}

/// How long this thread has had a core, where Linux tells it.
fn on_core() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(Duration::from_nanos(text.split_whitespace().next()?.parse().ok()?))
}

/// A name for the command line, and the rows.
pub(crate) type Part = (&'static str, fn(&mut Bench));

/// Criterion, and how often a row is run for its ratios: 0 as a test, which runs everything once.
pub(crate) struct Bench {
    pub(crate) criterion: Criterion,
    pub(crate) times: usize,
}

impl Bench {
    /// By the command line. Run as a test, everything is run once.
    pub(crate) fn from_arguments() -> Self {
        let criterion = Criterion::default()
            .sample_size(10)
            .warm_up_time(Duration::from_millis(300))
            .measurement_time(Duration::from_secs(1))
            .configure_from_args();
        let times = usize::from(std::env::args().any(|argument| argument == "--bench"));
        Bench { criterion, times }
    }

    /// Runs the parts that the command line names, or all.
    pub(crate) fn run(mut self, all: &[Part]) {
        let parts: Vec<String> = std::env::args().skip(1).filter(|part| !part.starts_with('-')).collect();
        for (name, part) in all {
            if parts.is_empty() || parts.iter().any(|wanted| wanted == name) {
                part(&mut self);
            }
        }
        self.criterion.final_summary();
    }
}

/// All sides in turn, `times` over; of each the fastest run, which a noisy machine repeats best. Prints microseconds
/// an item, and how many times those of the last side, the peer, the others go into.
pub(crate) fn row<const N: usize>(
    bench: &mut Bench,
    what: &str,
    items: usize,
    times: usize,
    mut sides: [Side<'_>; N],
) -> [f64; N] {
    let mut group = bench.criterion.benchmark_group(what);
    group.throughput(Throughput::Elements(items as u64));
    for (name, side) in &mut sides {
        group.bench_function(*name, |b| b.iter_custom(|count| (0..count).map(|_| side()).sum()));
    }
    group.finish();
    let mut best = [Duration::MAX; N];
    for _ in 0..=bench.times * times {
        for (best, (_, side)) in best.iter_mut().zip(&mut sides) {
            *best = side().min(*best);
        }
    }
    let each = best.map(|time| time.as_secs_f64() * 1e6 / items as f64);
    for (time, (name, _)) in each.iter().zip(&sides) {
        print(&format!("{what}, {name}"), "µs", *time);
    }
    if let [ours @ .., peer] = each.as_slice() {
        for (time, (name, _)) in ours.iter().zip(&sides) {
            print(&format!("{what}, {name}"), &format!("x {}", sides[N - 1].0), peer / time);
        }
    }
    each
}
