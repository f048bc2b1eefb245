//! The reference's vectors on the device, by the crates' public arithmetic: one function, and what it computes by number.
//!
//! `vectors.py` lays the inputs out, from the vector files of the crates' tests, and numbers the computations in the same
//! order. Only here there is a heap; with the feature `head` the arithmetic of head ends is checked as well.

mod answers;
mod cmt;
mod elgamal;
mod link;
#[cfg(feature = "head")]
mod trustees;

use alloc::vec::Vec;

use meter_link::frame::Reader;
use meter_link::{Error, Field64, Misuse, PairKey, PartyId, Round};
use sha2::{Digest, Sha256};

type Computed = Result<Vec<u8>, Error>;
type Computation = fn(&mut Reader<'_>) -> Computed;

#[cfg(feature = "head")]
const HEAD: [Option<Computation>; 3] =
    [Some(answers::opened), Some(trustees::group_key), Some(trustees::opened)];
#[cfg(not(feature = "head"))]
const HEAD: [Option<Computation>; 3] = [None; 3];

const COMPUTATIONS: [Option<Computation>; 29] = [
    Some(link::context),
    Some(link::public),
    Some(link::pair_key),
    Some(link::pads),
    Some(link::ratchet),
    Some(link::set_digest),
    Some(link::accepts),
    Some(link::product),
    Some(answers::graph_seed),
    Some(answers::shuffle),
    Some(answers::neighbours),
    Some(answers::masked),
    Some(answers::repair),
    Some(answers::corrections),
    Some(answers::split),
    Some(answers::combine),
    Some(answers::coefficients),
    Some(answers::bound),
    HEAD[0],
    Some(cmt::order),
    Some(cmt::ciphertext),
    Some(cmt::derived),
    Some(cmt::opened),
    HEAD[1],
    Some(elgamal::ciphertext),
    Some(elgamal::knowledge),
    Some(elgamal::share),
    HEAD[2],
    Some(elgamal::decoded),
];

/// What computation `number` makes of `len` bytes of input, into `size` bytes: how many; none where something was refused,
/// was too long, or input was left over; usize::MAX where this build has no such computation.
///
/// # Safety
/// Input and output are as long as stated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vector(
    number: u32,
    input: *const u8,
    len: usize,
    output: *mut u8,
    size: usize,
) -> usize {
    // SAFETY: our caller's promise.
    let (input, output) =
        unsafe { (core::slice::from_raw_parts(input, len), core::slice::from_raw_parts_mut(output, size)) };
    let compute = usize::try_from(number).ok().and_then(|number| COMPUTATIONS.get(number));
    let mut reader = Reader::new(input);
    let Some(Some(compute)) = compute else { return usize::MAX };
    let Ok(computed) = compute(&mut reader) else { return 0 };
    match output.get_mut(..computed.len()) {
        Some(place) if reader.u8().is_err() => place.copy_from_slice(&computed),
        _ => return 0,
    }
    computed.len()
}

fn ok(bytes: &[u8]) -> Computed {
    Ok(bytes.to_vec())
}

fn round(input: &mut Reader<'_>) -> Result<Round, Error> {
    Round::new(input.u64()?)
}

/// A count, then so many.
fn list<'a, T>(
    input: &mut Reader<'a>,
    one: impl Fn(&mut Reader<'a>) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    let count = input.u32()?;
    let mut all = Vec::with_capacity(usize::try_from(count).map_err(|_| Misuse::WrongLength)?);
    for _ in 0..count {
        all.push(one(input)?);
    }
    Ok(all)
}

fn ids(input: &mut Reader<'_>) -> Result<Vec<PartyId>, Error> {
    list(input, |input| Ok(PartyId(input.u32()?)))
}

fn readings(input: &mut Reader<'_>) -> Result<Vec<i64>, Error> {
    list(input, |input| Ok(input.u64()?.cast_signed()))
}

fn elements(input: &mut Reader<'_>) -> Result<Vec<Field64>, Error> {
    list(input, Reader::element)
}

fn encoded(values: &[Field64]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_bytes()).collect()
}

fn words(values: impl IntoIterator<Item = u32>) -> Vec<u8> {
    values.into_iter().flat_map(u32::to_le_bytes).collect()
}

/// The files list no keys but seeds of them: SHA-256(seed ‖ a u32 ‖ b u32).
fn derived(seed: &[u8; 32], a: u32, b: u32) -> PairKey {
    let hash = Sha256::new().chain_update(seed).chain_update(a.to_le_bytes());
    PairKey::from_bytes(&hash.chain_update(b.to_le_bytes()).finalize().into())
}

/// Of two that are alike: the lower stands first.
fn between(seed: &[u8; 32], a: u32, b: u32) -> PairKey {
    derived(seed, a.min(b), a.max(b))
}
