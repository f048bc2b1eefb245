//! The ring's arithmetic over lists of Python ints, modulo up to 2^16 bits: for interoperability with the papers'
//! formulation, in which M is chosen by the size of the sum, and for readings that are several values packed.

use cmt_ring::{WideKey, WideModulus};
use meter_link::{PairKey, Round};
use num_bigint::{BigInt, BigUint, Sign};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyInt};
use std::cell::Cell;

use super::arithmetic::{channels, links};
use crate::argument::{Argument, FLOAT, argument};
use crate::error::Failure;

/// Bytes of all numbers of a list, and of what is made of them.
const MOST_BYTES: u64 = 1 << 28;

/// Delta of every ring link in a round, as `deltas`, for any modulus of up to 2^16 bits: a list of ints, one a channel,
/// for each row of `links`.
#[pyfunction]
#[pyo3(signature = (links, round, channels = None, *, modulus),
       text_signature = "(links, round, channels=1, *, modulus)")]
pub(crate) fn cmt_wide_deltas<'py>(
    py: Python<'py>,
    links: &Bound<'py, PyAny>,
    round: &Bound<'py, PyAny>,
    channels: Option<&Bound<'py, PyAny>>,
    modulus: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let (channels, wide) = (self::channels(channels)?, self::modulus(Some(modulus))?);
    let named = argument("links", links);
    let (links, round) = (self::links(named)?, argument("round", round).round()?);
    check_room(named, &wide, links.len().saturating_mul(channels))?;
    let deltas: Vec<Vec<BigUint>> = py.detach(|| {
        let row = |link| Ok(wide.derive(link, round, channels)?.iter().map(number).collect());
        links.iter().map(row).collect::<Result<_, Failure>>()
    })?;
    deltas.into_pyobject(py)
}

pub(super) fn keystream<'py>(
    py: Python<'py>,
    first: Argument<'_, 'py>,
    named: Argument<'_, 'py>,
    links: &[PairKey],
    round: Round,
    modulus: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let wide = self::modulus(modulus)?;
    let keys = keys(first, &wide)?;
    if keys.len() != links.len() {
        return Err(named.refuse("expected a row for each member"));
    }
    check_room(named, &wide, links.len())?;
    let stream: Vec<BigUint> = py.detach(|| {
        let derive = |link| wide.derive(link, round, 1);
        let deltas: Vec<WideKey> =
            links.iter().map(derive).collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect();
        let before = deltas.last().into_iter().chain(&deltas);
        let rows = keys.iter().zip(deltas.iter().zip(before));
        rows.map(|(key, (own, before))| Ok(number(&wide.round_key(key, own, before)?)))
            .collect::<Result<_, Failure>>()
    })?;
    stream.into_pyobject(py)
}

pub(super) fn encrypt<'py>(
    py: Python<'py>,
    readings: Argument<'_, 'py>,
    keys: Argument<'_, 'py>,
    modulus: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let wide = self::modulus(modulus)?;
    let (values, own) = (numbers(readings)?, self::keys(keys, &wide)?);
    same_length(keys, values.len(), own.len())?;
    check_room(keys, &wide, own.len())?;
    let ciphertexts: Vec<BigUint> = py.detach(|| {
        let encrypt = |(value, key)| {
            let done = wide.encrypt_vartime(value, key);
            done.map_err(|_| {
                Failure::argument("readings", "a value beyond half of the modulus would not come back")
            })
        };
        values.iter().zip(&own).map(encrypt).collect::<Result<_, _>>()
    })?;
    ciphertexts.into_pyobject(py)
}

pub(super) fn sums<'py>(
    py: Python<'py>,
    ciphertexts: Argument<'_, 'py>,
    modulus: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let wide = self::modulus(modulus)?;
    let keys = keys(ciphertexts, &wide)?;
    let sum = py.detach(|| Ok::<_, Failure>(number(&wide.group_key(&keys)?)))?;
    Ok(sum.into_pyobject(py)?.into_any())
}

pub(super) fn decrypt_sums<'py>(
    py: Python<'py>,
    sums: Argument<'_, 'py>,
    constants: Argument<'_, 'py>,
    modulus: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let wide = self::modulus(modulus)?;
    let (values, own) = (keys(sums, &wide)?, keys(constants, &wide)?);
    same_length(constants, values.len(), own.len())?;
    let opened: Vec<BigInt> = py.detach(|| {
        let open = |(sum, key)| Ok(wide.open([&number(sum)], key)?);
        values.iter().zip(&own).map(open).collect::<Result<_, Failure>>()
    })?;
    opened.into_pyobject(py)
}

fn modulus(value: Option<&Bound<'_, PyAny>>) -> PyResult<WideModulus> {
    let Some(value) = value else {
        let mut word = BigUint::default();
        word.set_bit(64, true);
        return Ok(WideModulus::new(word).map_err(Failure::from)?);
    };
    let argument = argument("modulus", value);
    let number = int(argument, &Cell::new(MOST_BYTES))?;
    let made = number.to_biguint().and_then(|number| WideModulus::new(number).ok());
    made.ok_or_else(|| argument.refuse("expected 2 or more, of at most 2^16 bits"))
}

fn numbers(argument: Argument<'_, '_>) -> PyResult<Vec<BigInt>> {
    let room = Cell::new(MOST_BYTES);
    argument.list(|item| int(item, &room))
}

/// A list of residues.
fn keys(argument: Argument<'_, '_>, wide: &WideModulus) -> PyResult<Vec<WideKey>> {
    let room = Cell::new(MOST_BYTES);
    argument.list(|item| {
        let number = int(item, &room)?;
        let (sign, mut bytes) = number.to_bytes_le();
        let canonical = sign != Sign::Minus && number.magnitude() < wide.get();
        // Room is counted for what is kept, too.
        let len = u64::try_from(wide.key_len()).unwrap_or(u64::MAX);
        room.set(room.get().checked_sub(len).ok_or_else(|| item.refuse("too long"))?);
        bytes.resize(wide.key_len(), 0);
        let key = Some(()).filter(|()| canonical).and_then(|()| wide.key(&bytes).ok());
        key.ok_or_else(|| Failure::malformed(argument.name, "a number that is not below the modulus").into())
    })
}

/// A Python int of at most as many bits as there is room for.
fn int(item: Argument<'_, '_>, room: &Cell<u64>) -> PyResult<BigInt> {
    let index = item.value.hasattr("__index__")?;
    if item.value.is_instance_of::<PyBool>() || !index {
        let float = !index && item.value.hasattr("__float__")?;
        return Err(item.wrong_type(if float { FLOAT } else { "expected ints" }));
    }
    let number = item.value.call_method0("__index__").map_err(|_| item.wrong_type("expected ints"))?;
    if !number.is_instance_of::<PyInt>() {
        return Err(item.wrong_type("expected ints"));
    }
    let bits: u64 = number.call_method0("bit_length")?.extract()?;
    if bits > WideModulus::MAX_BITS.saturating_add(1) {
        return Err(item.refuse("a number of more than 2^16 bits"));
    }
    let left = room.get().checked_sub(bits.div_ceil(8).saturating_add(32));
    room.set(left.ok_or_else(|| item.refuse("too long"))?);
    number.extract()
}

fn number(key: &WideKey) -> BigUint {
    BigUint::from_bytes_le(&key.to_bytes())
}

fn same_length(argument: Argument<'_, '_>, expected: usize, got: usize) -> PyResult<()> {
    if expected == got {
        Ok(())
    } else {
        Err(argument.refuse(format_args!("{got} numbers, expected {expected}")))
    }
}

/// That so many numbers below the modulus can be made.
fn check_room(argument: Argument<'_, '_>, wide: &WideModulus, count: usize) -> PyResult<()> {
    let bytes = count.checked_mul(wide.uniform_len().saturating_add(64));
    let fits = bytes.and_then(|bytes| u64::try_from(bytes).ok()).is_some_and(|bytes| bytes <= MOST_BYTES);
    if fits { Ok(()) } else { Err(argument.refuse("too long for numbers of this modulus")) }
}
