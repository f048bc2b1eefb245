//! Sections `cmt` and `shuffle` of the reference.

use alloc::vec::Vec;

use cmt_ring::key;
use cmt_ring::order::Order;
use meter_link::frame::Reader;
use meter_link::{Error, Misuse, PairKey};

use super::{Computed, list, ok, round, words};

/// Where each rank stands, and back.
pub(super) fn order(input: &mut Reader<'_>) -> Computed {
    let (count, seed) = (input.u32()?, input.array()?);
    let order = Order::from_seed(*seed, count);
    let refused = |_| Error::from(Misuse::BadParameter);
    let places = (0..count).map(|rank| order.place(rank)).collect::<Result<Vec<_>, _>>().map_err(refused)?;
    let back =
        places.iter().map(|place| order.rank(*place)).collect::<Result<Vec<_>, _>>().map_err(refused)?;
    ok(&words(places.into_iter().chain(back)))
}

/// The key of a round, then the ciphertext.
pub(super) fn ciphertext(input: &mut Reader<'_>) -> Computed {
    let key = key::round_key(input.u64()?, input.u64()?, input.u64()?);
    let ciphertext = key::encrypt(input.u64()?.cast_signed(), key);
    ok([key.to_le_bytes(), ciphertext.to_le_bytes()].as_flattened())
}

pub(super) fn derived(input: &mut Reader<'_>) -> Computed {
    let (link, mut delta) = (PairKey::from_bytes(input.array()?), [0]);
    key::derived_delta(&link, round(input)?, &mut delta);
    ok(delta.map(u64::to_le_bytes).as_flattened())
}

pub(super) fn opened(input: &mut Reader<'_>) -> Computed {
    let (group_key, ciphertexts) = (input.u64()?, list(input, Reader::u64)?);
    ok(&key::open(ciphertexts, group_key).to_le_bytes())
}
