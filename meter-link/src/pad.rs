//! One-time pads: what a pairwise key is worth in one round.
//!
//! ```text
//! keystream = ChaCha20(key, nonce = round u64 ‖ stream u32, counter from 0)       RFC 8439
//! element n = keystream[16n .. 16n + 16], little-endian, mod p                      n = channel
//! ```
//!
//! One block serves [`BLOCK`] channels. 128 bits reduced mod p are uniform up to 2⁻⁶⁴.
//!
//! Calls over many keys work on 4, 8 or 16 of them side by side, in vectors that are chosen on the machine
//! (`pads`, `sum`, `signed_sum`); results are the same everywhere. Nothing allocates, and no branch, index
//! or division depends on a key or a pad.
//!
//! # Security
//! A (key, round, stream) gives one pad in its life. Every further message of a round needs a stream of its
//! own: two messages under one pad give away their difference.

use zeroize::{optimization_barrier, zeroize_stack};

use crate::error::{Error, Misuse};
use crate::field::Field64;
use crate::id::Round;
use crate::key::PairKey;

mod batch;
mod chacha;
mod expand;
mod keystream;
#[cfg(any(target_pointer_width = "64", target_feature = "sse2", target_feature = "neon"))]
mod lanes;
#[cfg(any(test, not(any(target_pointer_width = "64", target_feature = "sse2", target_feature = "neon"))))]
mod narrow;
mod one_time;
mod path;
mod rounds;
#[cfg(target_arch = "x86_64")]
mod x86;

pub use batch::BLOCK;
pub(crate) use expand::{Expanded, SIDE_BY_SIDE};
pub use keystream::Keystream;
pub(crate) use one_time::one_time_key;
#[cfg(feature = "alloc")]
pub(crate) use one_time::one_time_keys;
#[doc(hidden)]
pub use path::{Loop, Path};

use batch::{Blocks, Element, Pads, SignedSum};
use chacha::Nonce;

/// What a pad is for; part of the nonce.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum Stream {
    /// Masks between two meters of dcnet-core.
    Mask = 0,
    /// Shares: between a meter and an answerer.
    Share = 1,
    /// Differences between two ring neighbours of cmt-ring.
    Delta = 2,
    /// Zero-sum pads of bound answers, between two answerers.
    Zero = 3,
}

/// The pad of one key: one element per channel.
pub fn pad(key: &PairKey, round: Round, stream: Stream, out: &mut [Field64]) {
    for (counter, elements) in (0u32..).zip(out.chunks_mut(BLOCK)) {
        let block = block(key, round, stream, counter);
        for (element, value) in elements.iter_mut().zip(block) {
            *element = value;
        }
    }
}

/// Elements `4·counter … 4·counter + 3` of a key's pad: what one ChaCha20 block gives.
pub fn block(key: &PairKey, round: Round, stream: Stream, counter: u32) -> [Field64; BLOCK] {
    elements(key, round, stream, counter)
}

/// The first 8 bytes of each 16-byte element, not reduced: the derived δ of cmt-ring, which lives modulo
/// 2⁶⁴.
pub fn pad_u64(key: &PairKey, round: Round, stream: Stream, out: &mut [u64]) {
    for (counter, values) in (0u32..).zip(out.chunks_mut(BLOCK)) {
        for (value, element) in values.iter_mut().zip(elements(key, round, stream, counter)) {
            *value = element;
        }
    }
}

/// Whole 16-byte elements, little-endian and not reduced: what cmt-ring scales to other moduli than 2⁶⁴.
pub fn pad_u128(key: &PairKey, round: Round, stream: Stream, out: &mut [u128]) {
    for (counter, values) in (0u32..).zip(out.chunks_mut(BLOCK)) {
        for (value, element) in values.iter_mut().zip(elements(key, round, stream, counter)) {
            *value = element;
        }
    }
}

/// The pads of many keys in one round: `out[k · channels + n]` is element n of key k.
///
/// # Errors
/// [`Misuse::WrongLength`] if `out` does not have `channels` elements for each key.
pub fn pads<K: AsRef<PairKey>>(
    keys: &[K],
    round: Round,
    stream: Stream,
    channels: usize,
    out: &mut [Field64],
) -> Result<(), Error> {
    pads_on(Path::BEST, keys, round, stream, channels, out)
}

/// [`pad_u64`] of many keys, laid out as [`pads`] does.
///
/// # Errors
/// [`Misuse::WrongLength`] if `out` does not have `channels` elements for each key.
pub fn pads_u64<K: AsRef<PairKey>>(
    keys: &[K],
    round: Round,
    stream: Stream,
    channels: usize,
    out: &mut [u64],
) -> Result<(), Error> {
    each_group(keys, channels, out, |keys, out| {
        fill_u64(Path::BEST, keys, (Nonce { counter: 0, round: round.get() }, stream as u32), channels, out);
    })
}

/// Adds the pads of all keys to `sum`, element n for channel n: the answer of a holder or an aggregator
/// before it is bound.
pub fn sum<K: AsRef<PairKey>>(keys: &[K], round: Round, stream: Stream, sum: &mut [Field64]) {
    signed_sum(keys.iter().map(|key| (key.as_ref(), true)), round, stream, sum);
}

/// Adds the pad of every key with `true` to `sum` and subtracts that of every key with `false`: the mask of
/// a meter, or its repair. Signs are public (they follow from ids).
pub fn signed_sum<'k>(
    keys: impl IntoIterator<Item = (&'k PairKey, bool)>,
    round: Round,
    stream: Stream,
    sum: &mut [Field64],
) {
    signed_sum_from(0, keys, round, stream, sum);
}

/// [`signed_sum`] for the channels from `4·counter` on, for a caller who goes through a reading block by
/// block.
pub fn signed_sum_from<'k>(
    counter: u32,
    keys: impl IntoIterator<Item = (&'k PairKey, bool)>,
    round: Round,
    stream: Stream,
    sum: &mut [Field64],
) {
    #[cfg(any(target_pointer_width = "64", target_feature = "sse2", target_feature = "neon"))]
    signed_sum_on(Path::BEST, counter, keys, round, stream, sum);
    #[cfg(not(any(target_pointer_width = "64", target_feature = "sse2", target_feature = "neon")))]
    {
        narrow::add(keys.into_iter(), (Nonce { counter, round: round.get() }, stream as u32), sum);
        zeroize_stack::<WIPED>();
    }
}

/// [`pads`] by a chosen kernel, for tests and benchmarks.
///
/// # Errors
/// As [`pads`].
#[doc(hidden)]
pub fn pads_on<K: AsRef<PairKey>>(
    path: Path,
    keys: &[K],
    round: Round,
    stream: Stream,
    channels: usize,
    out: &mut [Field64],
) -> Result<(), Error> {
    each_group(keys, channels, out, |keys, out| {
        fill(path, keys, (Nonce { counter: 0, round: round.get() }, stream as u32), channels, out);
    })
}

/// [`signed_sum_from`] by a chosen kernel, for tests and benchmarks.
#[doc(hidden)]
pub fn signed_sum_on<'k>(
    path: Path,
    counter: u32,
    keys: impl IntoIterator<Item = (&'k PairKey, bool)>,
    round: Round,
    stream: Stream,
    sum: &mut [Field64],
) {
    let first = Nonce { counter, round: round.get() };
    for_groups(keys, |keys, subtract| add(path, keys, (first, stream as u32), subtract, sum));
    zeroize_stack::<WIPED>();
}

/// Whole blocks as words, of one counter and one nonce `round ‖ word`, for tests and benchmarks.
#[doc(hidden)]
pub fn blocks_on(path: Path, keys: &[&PairKey], counter: u32, round: u64, word: u32, out: &mut [[u32; 16]]) {
    for (keys, out) in keys.chunks(GROUP).zip(out.chunks_mut(GROUP)) {
        fill_blocks(path, keys, (Nonce { counter, round }, word), out);
    }
    zeroize_stack::<WIPED>();
}

/// Keys handed to a kernel at once.
const GROUP: usize = if cfg!(target_pointer_width = "64") { 64 } else { 16 };

/// Bytes of stack that kernels use at most; they are overwritten once at the end of a call, since registers
/// that hold keystream are spilled there.
const WIPED: usize = if cfg!(target_pointer_width = "64") { 2560 } else { 512 };

/// The same for a single block.
const WIPED_AFTER_ONE: usize = 256;

fn wipe<T: Copy + Default, const N: usize>(buffer: &mut [T; N]) {
    buffer.fill(T::default());
    optimization_barrier(buffer);
}

// Not generic over the kind of key, so that they are compiled here, once.

#[inline(never)]
fn fill(path: Path, keys: &[&PairKey], nonce: (Nonce, u32), channels: usize, out: &mut [Field64]) {
    path.run(keys, &mut Pads { nonce, channels, out });
}

#[inline(never)]
fn fill_u64(path: Path, keys: &[&PairKey], nonce: (Nonce, u32), channels: usize, out: &mut [u64]) {
    path.run(keys, &mut Pads { nonce, channels, out });
}

#[inline(never)]
fn add(path: Path, keys: &[&PairKey], nonce: (Nonce, u32), subtract: u64, sum: &mut [Field64]) {
    path.run(keys, &mut SignedSum { nonce, subtract, sum });
}

#[inline(never)]
fn fill_blocks(path: Path, keys: &[&PairKey], nonce: (Nonce, u32), out: &mut [[u32; 16]]) {
    path.run(keys, &mut Blocks { nonce, out });
}

fn elements<E: Element>(key: &PairKey, round: Round, stream: Stream, counter: u32) -> [E; BLOCK] {
    let mut block = chacha::block(key, Nonce { counter, round: round.get() }, stream as u32);
    let mut elements = [E::default(); BLOCK];
    for (element, words) in elements.iter_mut().zip(block.as_chunks::<BLOCK>().0) {
        *element = E::from_words(*words);
    }
    wipe(&mut block);
    zeroize_stack::<WIPED_AFTER_ONE>();
    elements
}

/// Hands the keys to `each` in groups, with bit k set where key k is to be subtracted.
fn for_groups<'k>(
    keys: impl IntoIterator<Item = (&'k PairKey, bool)>,
    mut each: impl FnMut(&[&'k PairKey], u64),
) {
    let mut keys = keys.into_iter();
    while let Some((first, added)) = keys.next() {
        let mut group = [first; GROUP];
        let mut subtract = u64::from(!added);
        let mut live = 1usize;
        for ((bit, slot), (key, added)) in (1u32..).zip(group.iter_mut().skip(1)).zip(&mut keys) {
            *slot = key;
            subtract |= u64::from(!added).unbounded_shl(bit);
            live = live.wrapping_add(1);
        }
        each(group.get(..live).unwrap_or_default(), subtract);
    }
}

fn each_group<K: AsRef<PairKey>, E>(
    keys: &[K],
    channels: usize,
    out: &mut [E],
    mut each: impl FnMut(&[&PairKey], &mut [E]),
) -> Result<(), Error> {
    if keys.len().checked_mul(channels) != Some(out.len()) {
        return Err(Misuse::WrongLength.into());
    }
    let mut rest = out;
    for_groups(keys.iter().map(|key| (key.as_ref(), true)), |keys, _| {
        if let Some(out) = rest.split_off_mut(..keys.len().wrapping_mul(channels)) {
            each(keys, out);
        }
    });
    zeroize_stack::<WIPED>();
    Ok(())
}
