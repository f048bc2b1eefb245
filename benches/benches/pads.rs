//! One-time pads: of one key, of many, and by the chacha20 crate called once per key.
//!
//! `cargo bench -p benches --bench pads` ends with the ratios, which come from runs that take turns: on a noisy
//! machine nothing else repeats.
#![allow(clippy::arithmetic_side_effects, clippy::expect_used)] // a benchmark that cannot start should stop

use std::cell::RefCell;
use std::hint::black_box;
use std::time::{Duration, Instant};

use benches::{fastest, print};
use chacha20::cipher::{KeyIvInit, StreamCipher};
use chacha20::rand_core::{Rng, SeedableRng};
use chacha20::{ChaCha20, ChaCha20Rng};
use criterion::{Criterion, Throughput};
use meter_link::pad::{self, Path};
use meter_link::{Field64, PairKey, Round, Stream};

const KEYS: usize = 1024;
const STREAM: Stream = Stream::Mask;
const CHANNELS: usize = 4;

/// One round of 10^6 meters with 16 neighbours each, every edge once.
const EDGES: usize = 8_000_000;

struct Pads {
    bytes: Vec<[u8; 32]>,
    keys: Vec<PairKey>,
    round: Round,
    elements: RefCell<Vec<Field64>>,
    blocks: RefCell<Vec<[u32; 16]>>,
    keystream: RefCell<Vec<[u8; 16]>>,
}

impl Pads {
    fn new(count: usize) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let mut bytes = vec![[0; 32]; count];
        bytes.iter_mut().for_each(|key| rng.fill_bytes(key));
        Pads {
            keys: bytes.iter().map(PairKey::from_bytes).collect(),
            bytes,
            round: Round::from(1_234_567),
            elements: RefCell::new(vec![Field64::ZERO; CHANNELS * count]),
            blocks: RefCell::new(vec![[0; 16]; count]),
            keystream: RefCell::new(vec![[0; 16]; count]),
        }
    }

    /// The peer: a new cipher for each key, and 16 bytes of its keystream.
    fn crate_per_key(&self) {
        let mut nonce = [0; 12];
        nonce[..8].copy_from_slice(&self.round.get().to_le_bytes());
        nonce[8..].copy_from_slice(&(STREAM as u32).to_le_bytes());
        for (key, out) in black_box(&self.bytes).iter().zip(self.keystream.borrow_mut().iter_mut()) {
            *out = [0; 16];
            ChaCha20::new(key.into(), &nonce.into()).apply_keystream(out);
        }
        black_box(&self.keystream);
    }

    fn single(&self) {
        for (key, out) in black_box(&self.keys).iter().zip(self.elements.borrow_mut().chunks_mut(1)) {
            pad::pad(key, self.round, STREAM, out);
        }
        black_box(&self.elements);
    }

    fn batch(&self, path: Path, channels: usize) {
        let mut elements = self.elements.borrow_mut();
        let out = elements.get_mut(..channels * self.keys.len()).expect("room for four channels");
        pad::pads_on(path, black_box(&self.keys), self.round, STREAM, channels, out).expect("room");
        black_box(out);
    }

    fn signed_sum(&self, path: Path) {
        let mut sum = [Field64::ZERO];
        let keys = black_box(&self.keys).iter().enumerate().map(|(k, key)| (key, k % 2 == 0));
        pad::signed_sum_on(path, 0, keys, self.round, STREAM, &mut sum);
        black_box(sum);
    }

    fn blocks(&self, path: Path, keys: &[&PairKey]) {
        pad::blocks_on(path, black_box(keys), 0, self.round.get(), 0, &mut self.blocks.borrow_mut());
        black_box(&self.blocks);
    }

    /// What is timed is right.
    fn check(&self, path: Path) {
        self.crate_per_key();
        self.batch(path, 1);
        for (bytes, element) in self.keystream.borrow().iter().zip(self.elements.borrow().iter()) {
            assert_eq!(Field64::from_u128(u128::from_le_bytes(*bytes)), *element);
        }
    }
}

fn paths() -> impl Iterator<Item = (Path, &'static str)> {
    let named = [(Path::Portable, "portable"), (Path::Avx2, "avx2"), (Path::Avx512, "avx512")];
    named.into_iter().filter(|(path, name)| {
        if !path.available() {
            eprintln!("pads {name} not run: this processor lacks it");
        }
        path.available()
    })
}

fn main() {
    let pads = Pads::new(KEYS);
    let keys: Vec<&PairKey> = pads.keys.iter().collect();
    paths().for_each(|(path, _)| pads.check(path));

    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("pads");
    group.throughput(Throughput::Elements(KEYS as u64));
    group.bench_function("chacha20 crate", |b| b.iter(|| pads.crate_per_key()));
    group.bench_function("single", |b| b.iter(|| pads.single()));
    for (path, name) in paths() {
        group.bench_function(format!("batch {name}"), |b| b.iter(|| pads.batch(path, 1)));
        group.bench_function(format!("batch {name}, 4 channels"), |b| b.iter(|| pads.batch(path, CHANNELS)));
        group.bench_function(format!("signed sum {name}"), |b| b.iter(|| pads.signed_sum(path)));
        group.bench_function(format!("64-byte blocks {name}"), |b| b.iter(|| pads.blocks(path, &keys)));
    }
    group.finish();
    criterion.final_summary();
    if !std::env::args().any(|argument| argument == "--bench") {
        return; // run as a test
    }

    let each = |time: Duration| time.as_secs_f64() * 1e9 / KEYS as f64;
    let [peer, single] = fastest(1000, [&|| pads.crate_per_key(), &|| pads.single()]);
    print("pads chacha20 crate", "ns a key", each(peer));
    print("pads single", "ns a key", each(single));
    print("pads single", "x chacha20 crate", each(peer) / each(single));
    for (path, name) in paths() {
        let [peer, one, four, sum, blocks] = fastest(
            1000,
            [
                &|| pads.crate_per_key(),
                &|| pads.batch(path, 1),
                &|| pads.batch(path, CHANNELS),
                &|| pads.signed_sum(path),
                &|| pads.blocks(path, &keys),
            ],
        );
        print(&format!("pads {name}"), "ns a key", each(one));
        print(&format!("pads {name}"), "x chacha20 crate", each(peer) / each(one));
        for (what, time) in [("4 channels", four), ("signed sum", sum), ("64-byte blocks", blocks)] {
            print(&format!("pads {name}, {what}"), "ns a key", each(time));
            print(&format!("pads {name}, {what}"), "x chacha20 crate", each(peer) / each(time));
        }
    }
    million_meters();
}

fn million_meters() {
    let mut rng = ChaCha20Rng::seed_from_u64(2);
    let mut bytes = [0; 32];
    let keys: Vec<PairKey> = (0..EDGES)
        .map(|_| {
            rng.fill_bytes(&mut bytes);
            PairKey::from_bytes(&bytes)
        })
        .collect();
    let mut out = vec![Field64::ZERO; EDGES];
    let mut best = Duration::MAX;
    for _ in 0..5 {
        let start = Instant::now();
        pad::pads(&keys, Round::from(9), STREAM, 1, &mut out).expect("room");
        best = best.min(start.elapsed());
        black_box(&mut out);
    }
    print("pads of 10^6 meters, 16 neighbours, each edge once", "ms a round", best.as_secs_f64() * 1e3);
}
