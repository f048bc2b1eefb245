//! Shamir sharing, reconstruction and sums of shares, beside sharks, vsss-rs, prio's field and the plain sum
//! of as many words.
//!
//! `cargo bench -p benches --bench shares` ends with the ratios, each from runs that take turns, and with a day
//! of 10^6 meters: 5 aggregators, 96 slots, one core. That takes 5 GB of memory.
//!
//! Everybody shares the same readings of 8 bytes: 96 in one call, or one. sharks and vsss-rs Gf256 take bytes,
//! share each of the eight by itself, and give shares that cannot be added up as numbers; vsss-rs over P-256
//! shares 256 bits at once. They allocate what they return, and compute their Lagrange coefficients in every
//! call; ours are kept. None of them checks or proves anything that we do not, but both return shares that
//! carry the party's number.
#![allow(clippy::arithmetic_side_effects, clippy::expect_used, clippy::indexing_slicing)] // a benchmark that cannot start should stop

use std::cell::RefCell;
use std::hint::black_box;
use std::time::Duration;

use benches::{fastest, print};
use chacha20::ChaCha20Rng;
use criterion::{BenchmarkId, Criterion, Throughput};
use meter_link::Field64;
use meter_link::field::{newton, uniform};
use rand_core::SeedableRng;
use shamir_agg::{Reconstruction, split};

#[path = "shares/day.rs"]
mod day;
#[path = "shares/peers.rs"]
mod peers;

/// Readings in one call.
const SLOTS: usize = 96;
const MOST_PARTIES: usize = 10;
const SHAPES: [Shape; 3] = [Shape { t: 2, m: 3 }, Shape { t: 3, m: 5 }, Shape { t: 5, m: 10 }];

/// t of m.
#[derive(Clone, Copy)]
struct Shape {
    t: u8,
    m: u8,
}

/// One call's secrets and shares.
struct Ours {
    shape: Shape,
    secret: Vec<Field64>,
    shares: RefCell<Vec<Vec<Field64>>>,
    /// Rows of Newton coefficients, the secrets first.
    table: RefCell<Vec<Field64>>,
    rng: RefCell<ChaCha20Rng>,
    reconstruction: Reconstruction,
    back: RefCell<Vec<Field64>>,
}

impl Ours {
    fn new(shape: Shape, slots: usize) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let mut table = vec![Field64::ZERO; usize::from(shape.t) * slots];
        uniform::fill(&mut table, &mut rng);
        let quorum: Vec<u8> = (1..=shape.t).collect();
        Ours {
            shape,
            secret: readings(slots).map(Field64::from_u64).collect(),
            shares: RefCell::new(vec![vec![Field64::ZERO; slots]; shape.m.into()]),
            table: RefCell::new(table),
            rng: RefCell::new(rng),
            reconstruction: Reconstruction::new(&quorum).expect("a quorum"),
            back: RefCell::new(vec![Field64::ZERO; slots]),
        }
    }

    fn with_places<T>(&self, work: impl FnOnce(&mut [&mut [Field64]]) -> T) -> T {
        let mut shares = self.shares.borrow_mut();
        let mut rows = shares.iter_mut();
        let mut places: [&mut [Field64]; MOST_PARTIES] =
            core::array::from_fn(|_| rows.next().map(Vec::as_mut_slice).unwrap_or_default());
        work(&mut places[..self.shape.m.into()])
    }

    fn split(&self) {
        let mut rng = self.rng.borrow_mut();
        self.with_places(|places| {
            split(black_box(&self.secret), self.shape.t, places, &mut *rng).expect("room")
        });
        black_box(&self.shares);
    }

    /// Shares from coefficients that are there.
    fn evaluate(&self) {
        let mut table = self.table.borrow_mut();
        self.with_places(|places| newton::evaluate(black_box(&mut table), self.secret.len(), places, 0));
        black_box(&self.shares);
    }

    fn reconstruct(&self) {
        let shares = self.shares.borrow();
        let quorum: [&[Field64]; MOST_PARTIES] =
            core::array::from_fn(|a| shares.get(a).map(Vec::as_slice).unwrap_or_default());
        let quorum = &quorum[..self.shape.t.into()];
        self.reconstruction.combine(black_box(quorum), &mut self.back.borrow_mut()).expect("a quorum");
        black_box(&self.back);
    }
}

fn readings(count: usize) -> impl Iterator<Item = u64> {
    (0..count as u64).map(|n| 230 + n * n)
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    for shape in SHAPES {
        let (ours, peers) = (Ours::new(shape, SLOTS), peers::Peers::new(shape, SLOTS));
        ours.split();
        ours.reconstruct();
        assert_eq!(*ours.back.borrow(), ours.secret);
        peers.check();

        let mut group = criterion.benchmark_group(format!("shares {} of {}", shape.t, shape.m));
        group.throughput(Throughput::Elements(SLOTS as u64));
        let mut bench = |what: &str, work: &dyn Fn()| {
            group.bench_with_input(BenchmarkId::from_parameter(what), &(), |b, ()| b.iter(work));
        };
        bench("split", &|| ours.split());
        bench("split sharks", &|| peers.sharks());
        bench("split vsss-rs Gf256", &|| peers.gf256());
        bench("split vsss-rs P-256", &|| peers.scalar());
        bench("evaluate", &|| ours.evaluate());
        bench("evaluate prio", &|| peers.horner());
        bench("reconstruct", &|| ours.reconstruct());
        bench("reconstruct sharks", &|| peers.sharks_back());
        bench("reconstruct vsss-rs Gf256", &|| peers.gf256_back());
        bench("reconstruct vsss-rs P-256", &|| peers.scalar_back());
        group.finish();
    }
    criterion.final_summary();
    if !std::env::args().any(|argument| argument == "--bench") {
        return; // run as a test
    }
    for shape in SHAPES {
        for slots in [SLOTS, 1] {
            ratios(shape, slots);
        }
    }
    day::run();
}

/// Calls timed together: one of them may be shorter than the clock's step.
const CALLS: usize = 20;

fn ratios(shape: Shape, slots: usize) {
    let (ours, peers) = (Ours::new(shape, slots), peers::Peers::new(shape, slots));
    ours.split();
    let times = 20_000 / slots / usize::from(shape.m);
    let repeat = |work: &dyn Fn()| (0..CALLS).for_each(|_| work());
    let each = |time: Duration| time.as_secs_f64() * 1e9 / (slots * CALLS) as f64;
    let report = |what: &str, own: Duration, others: &[(&str, Duration)]| {
        let what = format!("{what}, {} of {}, {slots} a call", shape.t, shape.m);
        print(&what, "ns a secret", each(own));
        for (peer, time) in others {
            print(&format!("{what}, {peer}"), "ns a secret", each(*time));
            print(&what, &format!("x {peer}"), each(*time) / each(own));
        }
    };
    let [own, sharks, gf256, scalar] = fastest(
        times,
        [
            &|| repeat(&|| ours.split()),
            &|| repeat(&|| peers.sharks()),
            &|| repeat(&|| peers.gf256()),
            &|| repeat(&|| peers.scalar()),
        ],
    );
    report("split", own, &[("sharks", sharks), ("vsss-rs Gf256", gf256), ("vsss-rs P-256", scalar)]);
    let [own, horner] = fastest(times, [&|| repeat(&|| ours.evaluate()), &|| repeat(&|| peers.horner())]);
    report("shares from given coefficients", own, &[("prio, Horner", horner)]);
    let [own, sharks, gf256, scalar] = fastest(
        times,
        [
            &|| repeat(&|| ours.reconstruct()),
            &|| repeat(&|| peers.sharks_back()),
            &|| repeat(&|| peers.gf256_back()),
            &|| repeat(&|| peers.scalar_back()),
        ],
    );
    report("reconstruct", own, &[("sharks", sharks), ("vsss-rs Gf256", gf256), ("vsss-rs P-256", scalar)]);
}
