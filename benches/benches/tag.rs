//! The 16-byte tag of a frame: every candidate that was measured before the wire was frozen.
//!
//! A frame is header 16 and payload 16. `single` has its key in the first-level cache; over 2^20 frames whose
//! senders come in random order, `one by one` fetches each key when its frame is looked at, `gathered` copies 64
//! keys first. Every candidate is compared with a second computation of the same tag before it is timed, and must
//! refuse a changed frame.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing)]
#![allow(clippy::arithmetic_side_effects, clippy::cast_possible_truncation)]

#[path = "tag/lanes.rs"]
mod lanes;

use std::hint::black_box;

use chacha20::ChaCha20;
use chacha20::cipher::{KeyIvInit, StreamCipher};
use chacha20poly1305::ChaCha20Poly1305;
use chacha20poly1305::aead::{AeadInOut, KeyInit, inout::InOutBuf};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use hmac::{Hmac, Mac};
use lanes::{LANES, Path, paths};
use poly1305::universal_hash::UniversalHash;
use sha2::Sha256;
use sha2::block_api::compress256;

const FRAMES: usize = 1 << 20;
const AHEAD: usize = 64;

type Key = [u8; 32];
type Body = [u8; 32];
type Tag = [u8; 16];

/// The lengths block of RFC 8439: 32 bytes of associated data, no text.
const LENGTHS: [u8; 16] = [32, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
/// Round u64, then the word that tells frames of a round apart.
const NONCE: [u8; 12] = [0x55, 0xbc, 0, 0, 0, 0, 0, 0, 5, 1, 0, 0];

#[derive(Clone, Copy)]
struct Frame {
    sender: u32,
    body: Body,
    tag: Tag,
}

fn first16(bytes: &[u8]) -> Tag {
    *bytes.first_chunk().unwrap()
}

// ---- HMAC-SHA256 -------------------------------------------------------------------------------------------

fn hmac(key: &Key, body: &Body) -> Tag {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(body);
    first16(&mac.finalize().into_bytes())
}

/// The context in every message instead of only in the key: one compression more.
fn hmac_with_context(key: &Key, body: &Body) -> Tag {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(&[0x5a; 32]);
    mac.update(body);
    first16(&mac.finalize().into_bytes())
}

const IV: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

/// SHA-256 states after the inner and outer key block: 64 bytes that a receiver may keep in place of the key.
type Kept = [[u32; 8]; 2];

fn kept(key: &Key) -> Kept {
    [0x36, 0x5c].map(|byte| {
        let mut block = [byte; 64];
        block.iter_mut().zip(key).for_each(|(b, k)| *b ^= k);
        let mut state = IV;
        compress256(&mut state, &[block]);
        state
    })
}

fn hmac_kept(kept: &Kept, body: &Body) -> Tag {
    let mut message = *body;
    for mut state in *kept {
        let mut block = [0; 64];
        block[..32].copy_from_slice(&message);
        block[32] = 0x80;
        block[56..].copy_from_slice(&(96_u64 * 8).to_be_bytes());
        compress256(&mut state, &[block]);
        message.as_chunks_mut().0.iter_mut().zip(state).for_each(|(m, w)| *m = u32::to_be_bytes(w));
    }
    first16(&message)
}

// ---- BLAKE3 ------------------------------------------------------------------------------------------------

fn blake3(key: &Key, body: &Body) -> Tag {
    first16(blake3::keyed_hash(key, body).as_bytes())
}

// ---- ChaCha20-Poly1305 (RFC 8439) without text -----------------------------------------------------------------

fn aead(key: &Key, body: &Body) -> Tag {
    let cipher = ChaCha20Poly1305::new(key.into());
    cipher.encrypt_inout_detached(&NONCE.into(), body, InOutBuf::from(&mut [][..])).unwrap().into()
}

fn one_time_key(key: &Key) -> Key {
    let mut one_time = [0; 32];
    ChaCha20::new(key.into(), &NONCE.into()).apply_keystream(&mut one_time);
    one_time
}

fn poly1305(one_time: &Key, body: &Body) -> Tag {
    let mut mac = poly1305::Poly1305::new(one_time.into());
    mac.update_padded(body);
    mac.update_padded(&LENGTHS);
    mac.finalize().into()
}

// ---- many frames -------------------------------------------------------------------------------------------

/// 1 if equal; does not stop at the first different byte.
fn equal(a: &Tag, b: &Tag) -> u32 {
    u32::from(u128::from_ne_bytes(*a) ^ u128::from_ne_bytes(*b) == 0)
}

fn one_by_one<K>(frames: &[Frame], keys: &[K], tag: impl Fn(&K, &Body) -> Tag) -> u32 {
    frames.iter().map(|f| equal(&tag(&keys[f.sender as usize], &f.body), &f.tag)).sum()
}

/// Copies 64 keys, then hands them over with their frames.
fn gather<K: Copy>(
    frames: &[Frame],
    keys: &[K],
    mut check: impl FnMut(&[K; AHEAD], &[Frame; AHEAD]) -> u32,
) -> u32 {
    let mut near = [keys[0]; AHEAD];
    let mut good = 0;
    for chunk in frames.as_chunks::<AHEAD>().0 {
        near.iter_mut().zip(chunk).for_each(|(near, f)| *near = keys[f.sender as usize]);
        good += check(&near, chunk);
    }
    good
}

fn gathered<K: Copy>(frames: &[Frame], keys: &[K], tag: impl Fn(&K, &Body) -> Tag) -> u32 {
    gather(frames, keys, |keys, frames| {
        keys.iter().zip(frames).map(|(key, f)| equal(&tag(key, &f.body), &f.tag)).sum()
    })
}

fn gathered_in_lanes(frames: &[Frame], keys: &[Key], path: Path) -> u32 {
    gather(frames, keys, |keys, frames| {
        let lanes = keys.as_chunks::<LANES>().0.iter().zip(frames.as_chunks::<LANES>().0);
        lanes
            .flat_map(|(keys, frames)| {
                let tags = path(keys, &frames.map(|f| f.body), &NONCE);
                std::array::from_fn::<u32, LANES, _>(|l| equal(&tags[l], &frames[l].tag))
            })
            .sum()
    })
}

/// Every sender once, in an order that no prefetcher follows (a Feistel permutation of 20 bits).
fn shuffled(i: u32) -> u32 {
    [0x9e37_u32, 0x79b9, 0x7f4a, 0x7c15].iter().fold(i, |x, k| {
        let (left, right) = (x >> 10, x & 1023);
        (right << 10) | (left ^ ((right.wrapping_mul(*k).wrapping_add(*k) >> 5) & 1023))
    })
}

fn frames(keys: &[Key], tag: impl Fn(&Key, &Body) -> Tag) -> Vec<Frame> {
    let frame = |i| {
        let sender = shuffled(i);
        let mut body = [0; 32];
        body[8..12].copy_from_slice(&sender.to_le_bytes());
        body[16..20].copy_from_slice(&i.to_le_bytes());
        Frame { sender, body, tag: tag(&keys[sender as usize], &body) }
    };
    (0..FRAMES as u32).map(frame).collect()
}

/// One bit of a tag and one bit of another frame's body, with every other frame as it was.
fn with_two_bad(frames: &[Frame]) -> Vec<Frame> {
    let mut bad = frames.to_vec();
    bad[77].tag[5] ^= 1;
    bad[78].body[31] ^= 128;
    bad
}

// ---- the candidates beside each other --------------------------------------------------------------------------

/// Each tag by a second way.
fn compare(keys: &[Key]) {
    for (i, keys) in keys.as_chunks::<LANES>().0.iter().take(1000).enumerate() {
        let mut bodies = [[0xff; 32]; LANES];
        bodies.iter_mut().enumerate().for_each(|(l, b)| b[l..].fill((i + l) as u8));
        for (key, body) in keys.iter().zip(&bodies) {
            assert_eq!(hmac(key, body), hmac_kept(&kept(key), body));
            assert_eq!(aead(key, body), poly1305(&one_time_key(key), body));
        }
        for (name, path) in paths() {
            let expected: [Tag; LANES] = std::array::from_fn(|l| aead(&keys[l], &bodies[l]));
            assert_eq!(path(keys, &bodies, &NONCE), expected, "{name}");
        }
    }
}

fn single(c: &mut Criterion, key: &Key, body: &Body) {
    let mut group = c.benchmark_group("tag, single");
    let states = kept(key);
    group.bench_function("hmac-sha256, context in it", |b| {
        b.iter(|| hmac_with_context(black_box(key), black_box(body)));
    });
    group.bench_function("hmac-sha256", |b| b.iter(|| hmac(black_box(key), black_box(body))));
    group.bench_function("hmac-sha256, kept states", |b| {
        b.iter(|| hmac_kept(black_box(&states), black_box(body)));
    });
    group.bench_function("blake3 keyed", |b| b.iter(|| blake3(black_box(key), black_box(body))));
    group.bench_function("chacha20poly1305 crate", |b| b.iter(|| aead(black_box(key), black_box(body))));
    group.bench_function("poly1305 crate alone", |b| b.iter(|| poly1305(black_box(key), black_box(body))));
    group.finish();
}

fn many(c: &mut Criterion, keys: &[Key]) {
    let good = FRAMES as u32;
    let mut group = c.benchmark_group("tag, 2^20 frames");
    group.throughput(Throughput::Elements(FRAMES as u64)).sample_size(10);
    macro_rules! candidate {
        ($name:expr, $made_with:expr, $keys:expr, $tag:expr) => {
            let made = frames(keys, $made_with);
            assert_eq!(one_by_one(&made, $keys, $tag), good);
            assert_eq!(gathered(&with_two_bad(&made), $keys, $tag), good - 2);
            group.bench_function(BenchmarkId::new($name, "one by one"), |b| {
                b.iter(|| one_by_one(&made, $keys, $tag));
            });
            group.bench_function(BenchmarkId::new($name, "gathered"), |b| {
                b.iter(|| gathered(&made, $keys, $tag));
            });
        };
    }
    candidate!("hmac-sha256, context in it", hmac_with_context, keys, hmac_with_context);
    candidate!("hmac-sha256", hmac, keys, hmac);
    let states: Vec<Kept> = keys.iter().map(kept).collect();
    candidate!("hmac-sha256, kept states", hmac, &states, hmac_kept);
    candidate!("blake3 keyed", blake3, keys, blake3);
    candidate!("chacha20poly1305 crate", aead, keys, aead);
    let made = frames(keys, aead);
    for (name, path) in paths() {
        assert_eq!(gathered_in_lanes(&made, keys, path), good);
        assert_eq!(gathered_in_lanes(&with_two_bad(&made), keys, path), good - 2);
        group.bench_function(
            BenchmarkId::new(format!("chacha20-poly1305 in lanes, {name}"), "gathered"),
            |b| {
                b.iter(|| gathered_in_lanes(&made, keys, path));
            },
        );
    }
    group.bench_function(BenchmarkId::new("none: key fetch and comparison", "gathered"), |b| {
        b.iter(|| gathered(&made, keys, |key, _| first16(key)));
    });
    group.finish();
}

fn tags(c: &mut Criterion) {
    let mut keys = vec![[0; 32]; FRAMES];
    let mut stream = ChaCha20::new(&[7; 32].into(), &[0; 12].into());
    keys.iter_mut().for_each(|key| stream.apply_keystream(key));
    compare(&keys);
    single(c, &keys[1], &[9; 32]);
    many(c, &keys);
}

criterion_group!(benches, tags);
criterion_main!(benches);
