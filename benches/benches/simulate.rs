//! The masks of a million meters with 16 neighbours in one round, each edge once, on one core; and the same pads by
//! the chacha20 crate called once per key, in runs that take turns.
//!
//! `cargo bench -p benches --bench simulate` ends with milliseconds a round and the ratios. `pads` are the pads of all
//! pairs and nothing else; `mask` finds out which pairs are present, makes their pads, and adds and subtracts each at
//! its two ends; `round` is a whole simulated round with 5 % absent.
#![allow(clippy::arithmetic_side_effects, clippy::expect_used)] // a benchmark that cannot start should stop

use std::cell::{Cell as Counter, RefCell};
use std::hint::black_box;
use std::time::{Duration, Instant};

use benches::print;
use chacha20::cipher::{KeyIvInit, StreamCipher};
use chacha20::{ChaCha20, ChaCha20Rng};
use criterion::Criterion;
use dcnet_core::simulate::{Cell, Drawn, Fate, Masked, Plan, Rates};
use meter_link::answer::Threshold;
use meter_link::{Field64, PairKey, Round, SetRules, Stream, pad};
use rand_core::{Rng, SeedableRng};

const METERS: u32 = 1_000_000;
const DEGREE: u32 = 16;
const EDGES: usize = (METERS * DEGREE / 2) as usize;
/// Keys of the peer: fewer, since it takes a second for all, and they are all alike.
const SAMPLE: usize = 1_000_000;

struct Scene {
    cell: Cell,
    everybody: Vec<Fate>,
    fates: Vec<Fate>,
    readings: Vec<i64>,
    round: Counter<u32>,
}

impl Scene {
    fn new() -> Self {
        let plan = Plan {
            meters: METERS,
            degree: DEGREE,
            threshold: Threshold::DEFAULT,
            rules: SetRules::LEAST,
            min_neighbours: 1,
        };
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        Scene {
            cell: Cell::new(&plan, &[5; 32], &mut Drawn(&mut rng)).expect("a cell"),
            everybody: vec![Fate::Stays; METERS as usize],
            fates: Rates { absent: 0.05, lost: 0.0 }.draw(METERS, &mut rng),
            readings: (0..i64::from(METERS)).map(|i| i * 37 % 3_000).collect(),
            round: Counter::new(0),
        }
    }

    fn masked<'a>(&'a self, fates: &'a [Fate]) -> Masked<'a> {
        self.round.set(self.round.get() + 1);
        let opened = self.cell.open(Round::from(self.round.get()), fates).expect("a round");
        opened.mask().expect("masks")
    }

    fn whole(&self) {
        let contributed = self.masked(&self.fates).contribute(&self.readings).expect("contributions");
        assert!(contributed.close().expect("a right sum").sum.is_ok());
    }
}

/// Runs all candidates in turn, `times` over, and gives the least core time of each: a round is long enough that a busy
/// machine takes the core away in its middle.
fn fastest<const N: usize>(times: usize, candidates: [&dyn Fn(); N]) -> [Duration; N] {
    let mut best = [Duration::MAX; N];
    let begin = Instant::now();
    let now = || on_core().unwrap_or_else(|| begin.elapsed());
    for _ in 0..times {
        for (best, candidate) in best.iter_mut().zip(&candidates) {
            let start = now();
            candidate();
            *best = (now() - start).min(*best);
        }
    }
    best
}

/// What this thread has had of a core, where the system tells.
fn on_core() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(Duration::from_nanos(text.split(' ').next()?.parse().ok()?))
}

fn main() {
    let scene = Scene::new();
    let mut rng = ChaCha20Rng::seed_from_u64(2);
    let mut bytes = vec![[0; 32]; EDGES];
    bytes.iter_mut().for_each(|key| rng.fill_bytes(key));
    let keys: Vec<PairKey> = bytes.iter().map(PairKey::from_bytes).collect();
    bytes.truncate(SAMPLE);
    let out = RefCell::new(vec![Field64::ZERO; EDGES]);
    let pads = || {
        pad::pads(&keys, Round::from(9), Stream::Mask, 1, &mut out.borrow_mut()).expect("room");
        black_box(&out);
    };
    let peer = || {
        let mut nonce = [0; 12];
        nonce[0] = 9;
        for (key, out) in black_box(&bytes).iter().zip(out.borrow_mut().iter_mut()) {
            let mut pad = [0; 16];
            ChaCha20::new(key.into(), &nonce.into()).apply_keystream(&mut pad);
            *out = Field64::from_u128(u128::from_le_bytes(pad));
        }
        black_box(&out);
    };
    // What is timed is right.
    pads();
    let ours = out.borrow().get(..SAMPLE).map(<[Field64]>::to_vec);
    peer();
    assert_eq!(ours.as_deref(), out.borrow().get(..SAMPLE));
    assert!(scene.cell.edges() > EDGES as u64 - 1_000, "a few neighbours coincide");

    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("simulate");
    group.sample_size(10).warm_up_time(Duration::from_millis(300));
    group.bench_function("pads", |b| b.iter(pads));
    group.bench_function("mask", |b| b.iter(|| black_box(scene.masked(&scene.everybody))));
    group.bench_function("mask, 5 % absent", |b| b.iter(|| black_box(scene.masked(&scene.fates))));
    group.bench_function("round, 5 % absent", |b| b.iter(|| scene.whole()));
    group.finish();
    criterion.final_summary();
    if !std::env::args().any(|argument| argument == "--bench") {
        return; // run as a test
    }

    let mask = |fates| drop(black_box(scene.masked(fates)));
    let [peer, pads, mask, fewer, whole] =
        fastest(9, [&peer, &pads, &|| mask(&scene.everybody), &|| mask(&scene.fates), &|| scene.whole()]);
    let by_crate = peer.as_secs_f64() * EDGES as f64 / SAMPLE as f64;
    print("chacha20 crate, called per key", "ms a round", by_crate * 1e3);
    for (what, time) in [("pads", pads), ("mask", mask), ("mask, 5 % absent", fewer)] {
        print(&format!("simulate {what}"), "ms a round", time.as_secs_f64() * 1e3);
        print(&format!("simulate {what}"), "x chacha20 crate", by_crate / time.as_secs_f64());
    }
    print("simulate round, 5 % absent", "ms a round", whole.as_secs_f64() * 1e3);
}
