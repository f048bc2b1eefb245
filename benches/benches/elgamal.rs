//! threshold-elgamal beside elastic-elgamal 0.4, dalek and itself.
//!
//! `cargo bench -p benches --bench elgamal [-- PART]`: after criterion's figures of a row come the ratios to its peer, from
//! runs that take turns. Parts are `encrypt`, `online`, `sum`, `share`, `combine`, `contribution`, `verify` and `logarithm`.
//! On a CPU with AVX-512 IFMA, found at run time, *lanes* use it; *portable* is the same without.
//!
//! All sides take and give bytes: 64 of a ciphertext, 32 of a decryption share. All draw from ChaCha8. The peer has no
//! signatures, no binding of a ciphertext to its meter and round, and a search only among numbers it has listed.
#![allow(clippy::arithmetic_side_effects, clippy::expect_used, clippy::indexing_slicing)] // a benchmark that cannot start should stop

use std::hint::black_box;
use std::time::{Duration, Instant};

use benches::print;
use criterion::{Criterion, Throughput};

#[path = "elgamal/ciphertexts.rs"]
mod ciphertexts;
#[path = "elgamal/contributions.rs"]
mod contributions;
#[path = "elgamal/logarithms.rs"]
mod logarithms;
#[path = "elgamal/opening.rs"]
mod opening;
#[path = "elgamal/world.rs"]
mod world;

/// One side of a row: does its work on all items and says how long that took, without what it prepares before.
type Side<'a> = (&'a str, &'a mut dyn FnMut() -> Duration);

/// By the clock; what takes long enough for the scheduler's own count, by that, if it is less: others may run too.
fn timed<T>(work: impl FnOnce() -> T) -> Duration {
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

/// Criterion, and how often a row is run for its ratios: 0 as a test, which runs everything once.
struct Bench {
    criterion: Criterion,
    times: usize,
}

/// All sides in turn, `times` over; of each the fastest run, which a noisy machine repeats best. Prints microseconds
/// an item, and how many times those of the last side, the peer, the others go into.
fn row<const N: usize>(
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

type Part = fn(&mut Bench);

fn main() {
    let parts: Vec<String> = std::env::args().skip(1).filter(|part| !part.starts_with('-')).collect();
    let criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .configure_from_args();
    let times = usize::from(std::env::args().any(|argument| argument == "--bench"));
    let mut bench = Bench { criterion, times };
    let all: [(&str, Part); 8] = [
        ("encrypt", ciphertexts::encrypt),
        ("online", contributions::online),
        ("sum", ciphertexts::sum),
        ("share", opening::share),
        ("combine", opening::combine_shares),
        ("contribution", contributions::whole),
        ("verify", contributions::verify),
        ("logarithm", logarithms::run),
    ];
    for (name, part) in all {
        if parts.is_empty() || parts.iter().any(|wanted| wanted == name) {
            part(&mut bench);
        }
    }
    bench.criterion.final_summary();
}
