//! The ring's arithmetic over whole arrays, modulo up to 2^64; over lists of Python ints beyond it ([`super::wide`]).
//!
//! ```text
//! k = k1 - delta + delta of the predecessor       c = m + k       sum of c - K = sum of m       mod M
//! ```

use cmt_ring::Modulus;
use meter_link::pad::{self, Stream};
use meter_link::{GroupParams, PairKey, Round};
use numpy::PyUntypedArray;
use pyo3::prelude::*;
use zeroize::Zeroizing;

use super::params::modulus;
use super::wide;
use crate::argument::{Argument, argument, int_or};
use crate::array::{Values, filled, into_array, with_room};
use crate::error::Failure;
use crate::threads::Threads;

/// Delta of every ring link in a round, as both its ends make it: `links` has a row of 32 secret bytes for each link;
/// uint64 with a row for each and a column for each channel.
#[pyfunction]
#[pyo3(signature = (links, round, channels = None, *, modulus = None, threads = None),
       text_signature = "(links, round, channels=1, *, modulus=18446744073709551616, threads=1)")]
pub(crate) fn cmt_deltas<'py>(
    py: Python<'py>,
    links: &Bound<'py, PyAny>,
    round: &Bound<'py, PyAny>,
    channels: Option<&Bound<'py, PyAny>>,
    modulus: Option<&Bound<'py, PyAny>>,
    threads: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let (modulus, threads, channels) =
        (self::modulus(modulus)?, Threads::of(threads)?, self::channels(channels)?);
    let (links, round) = (self::links(argument("links", links))?, argument("round", round).round()?);
    let deltas = py.detach(|| derive(&links, round, channels, modulus, threads))?;
    Ok(into_array(py, deltas, &[links.len(), channels])?.into_any())
}

/// The keys of a round around the ring: `first_keys` has a number, or a row of one for each channel, for each member in
/// the order of the ring, and `links` a row of 32 secret bytes for the link from each member to the next. Lists of ints
/// instead of an array of them, for any modulus of up to 2^16 bits, give a list.
#[pyfunction]
#[pyo3(signature = (first_keys, links, round, *, modulus = None, threads = None),
       text_signature = "(first_keys, links, round, *, modulus=18446744073709551616, threads=1)")]
pub(crate) fn cmt_keystream<'py>(
    py: Python<'py>,
    first_keys: &Bound<'py, PyAny>,
    links: &Bound<'py, PyAny>,
    round: &Bound<'py, PyAny>,
    modulus: Option<&Bound<'py, PyAny>>,
    threads: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let first = argument("first_keys", first_keys);
    let (round, threads) = (argument("round", round).round()?, Threads::of(threads)?);
    let named = argument("links", links);
    let links = self::links(named)?;
    if !is_array(first) {
        return wide::keystream(py, first, named, &links, round, modulus);
    }
    let modulus = self::modulus(modulus)?;
    let own = residues(first, modulus)?;
    let shape = own.shape();
    let (1 | 2, Some(count)) = (shape.len(), shape.first().copied()) else {
        return Err(first.refuse("expected a number, or a row, for each member"));
    };
    if count != links.len() {
        return Err(named.refuse("expected a row for each member"));
    }
    let channels = shape.get(1).copied().unwrap_or(1);
    if !(1..=usize::from(GroupParams::MAX_CHANNELS)).contains(&channels) {
        return Err(first.refuse("expected 1 ... 1024 channels"));
    }
    let own = own.as_slice();
    let keys = py.detach(|| {
        let deltas = Zeroizing::new(derive(&links, round, channels, modulus, threads)?);
        let last = deltas.len().saturating_sub(channels);
        let before = deltas.iter().skip(last).chain(&*deltas);
        let mut keys = with_room(own.len())?;
        let rows = own.iter().zip(deltas.iter().zip(before));
        keys.extend(rows.map(|(first, (delta, before))| modulus.add(modulus.sub(*first, *delta), *before)));
        Ok::<Vec<u64>, Failure>(keys)
    })?;
    Ok(into_array(py, keys, shape)?.into_any())
}

/// The ciphertexts `m + k`: an array of int64 and one of uint64 of the same shape give uint64. Lists of ints instead,
/// for any modulus of up to 2^16 bits, give a list. For simulations: a key that encrypts twice gives the difference
/// away, which `Meter` and `Meters` see to.
#[pyfunction]
#[pyo3(signature = (readings, keys, *, modulus = None),
       text_signature = "(readings, keys, *, modulus=18446744073709551616)")]
pub(crate) fn cmt_encrypt<'py>(
    py: Python<'py>,
    readings: &Bound<'py, PyAny>,
    keys: &Bound<'py, PyAny>,
    modulus: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let (readings, keys) = (argument("readings", readings), argument("keys", keys));
    if !is_array(readings) {
        return wide::encrypt(py, readings, keys, modulus);
    }
    let modulus = self::modulus(modulus)?;
    let values = readings.int64s()?;
    let (own, shape) = (residues(keys, modulus)?, values.shape());
    if shape != own.shape() {
        return Err(keys.wrong_shape(own.shape(), shape));
    }
    let (values, own) = (values.as_slice(), own.as_slice());
    let word = modulus == Modulus::WORD;
    let fits = |value: &i64| {
        let small = u128::from(value.unsigned_abs()) < modulus.get();
        small && modulus.centred(modulus.of_signed(*value)) == *value
    };
    let out = py.detach(|| {
        // What is checked is what is used: another thread may write into the array.
        let copy = Zeroizing::new(if word { Vec::new() } else { copied(values)? });
        let values = if word { values } else { copy.as_slice() };
        if !word && !values.iter().all(fits) {
            return Err(Failure::argument(
                "readings",
                "a value beyond half of the modulus would not come back",
            ));
        }
        let mut out = with_room(values.len())?;
        let pairs = values.iter().zip(own);
        if word {
            out.extend(pairs.map(|(reading, key)| cmt_ring::key::encrypt(*reading, *key)));
        } else {
            out.extend(pairs.map(|(reading, key)| modulus.add(modulus.of_signed(*reading), *key)));
        }
        Ok::<Vec<u64>, Failure>(out)
    })?;
    Ok(into_array(py, out, shape)?.into_any())
}

/// Sums along an axis, of ciphertexts or of first keys: uint64 in, uint64 out. A list of ints instead, for any modulus
/// of up to 2^16 bits, gives an int.
#[pyfunction]
#[pyo3(signature = (ciphertexts, axis = None, *, modulus = None),
       text_signature = "(ciphertexts, axis=0, *, modulus=18446744073709551616)")]
pub(crate) fn cmt_sums<'py>(
    py: Python<'py>,
    ciphertexts: &Bound<'py, PyAny>,
    axis: Option<&Bound<'py, PyAny>>,
    modulus: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let ciphertexts = argument("ciphertexts", ciphertexts);
    let axis: isize = int_or("axis", axis, 0)?;
    if !is_array(ciphertexts) {
        let first = axis == 0 || axis == -1;
        return if first {
            wide::sums(py, ciphertexts, modulus)
        } else {
            Err(Failure::argument("axis", "out of range").into())
        };
    }
    let modulus = self::modulus(modulus)?;
    let values = residues(ciphertexts, modulus)?;
    let (values, mut shape) = (values.as_slice(), values.shape().to_vec());
    let from_end = shape.len().checked_add_signed(axis).filter(|_| axis < 0);
    let place = usize::try_from(axis).ok().or(from_end).filter(|place| *place < shape.len());
    let place = place.ok_or_else(|| Failure::argument("axis", "out of range"))?;
    let len = shape.remove(place);
    let inner = product(shape.get(place..))?;
    let count = product(Some(&shape))?;
    let sums = py.detach(|| {
        let mut sums = filled(0u64, count)?;
        let inner = inner.max(1);
        let stretches = values.chunks_exact(len.saturating_mul(inner).max(1));
        for (sums, stretch) in sums.chunks_exact_mut(inner).zip(stretches) {
            // Nothing is reduced modulo the word, and the compiler makes lanes of what only wraps.
            if modulus == Modulus::WORD {
                add_rows(sums, stretch, u64::wrapping_add);
            } else {
                add_rows(sums, stretch, |a, b| modulus.add(a, b));
            }
        }
        Ok::<_, Failure>(sums)
    })?;
    Ok(into_array(py, sums, &shape)?.into_any())
}

/// What sums of ciphertexts say, less the sums K of the first keys: uint64 and uint64 of the same shape give int64, each
/// the number of least size. Lists of ints instead, for any modulus of up to 2^16 bits, give a list.
#[pyfunction]
#[pyo3(signature = (sums, constants, *, modulus = None),
       text_signature = "(sums, constants, *, modulus=18446744073709551616)")]
pub(crate) fn cmt_decrypt_sums<'py>(
    py: Python<'py>,
    sums: &Bound<'py, PyAny>,
    constants: &Bound<'py, PyAny>,
    modulus: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let (sums, constants) = (argument("sums", sums), argument("constants", constants));
    if !is_array(sums) {
        return wide::decrypt_sums(py, sums, constants, modulus);
    }
    let modulus = self::modulus(modulus)?;
    let (values, keys) = (residues(sums, modulus)?, residues(constants, modulus)?);
    let shape = values.shape();
    if shape != keys.shape() {
        return Err(constants.wrong_shape(keys.shape(), shape));
    }
    let (values, keys) = (values.as_slice(), keys.as_slice());
    let opened = py.detach(|| {
        let mut opened = with_room(values.len())?;
        let pairs = values.iter().zip(keys);
        opened.extend(pairs.map(|(sum, key)| modulus.centred(modulus.sub(*sum, *key))));
        Ok::<Vec<i64>, Failure>(opened)
    })?;
    Ok(into_array(py, opened, shape)?.into_any())
}

/// Adds rows of the length of `sums`.
fn add_rows(sums: &mut [u64], rows: &[u64], add: impl Fn(u64, u64) -> u64) {
    if let [sum] = sums {
        *sum = rows.iter().fold(*sum, |sum, value| add(sum, *value));
        return;
    }
    for row in rows.chunks_exact(sums.len().max(1)) {
        sums.iter_mut().zip(row).for_each(|(sum, value)| *sum = add(*sum, *value));
    }
}

fn is_array(argument: Argument<'_, '_>) -> bool {
    argument.value.cast::<PyUntypedArray>().is_ok()
}

fn product(sizes: Option<&[usize]>) -> Result<usize, Failure> {
    let mut sizes = sizes.unwrap_or_default().iter();
    sizes.try_fold(1usize, |all, size| all.checked_mul(*size)).ok_or(Failure::NoMemory)
}

/// Any shape of numbers below a modulus: where they lie if every number is, else as they were when they were checked.
struct Residues<'py> {
    array: Values<'py, u64>,
    copy: Option<Zeroizing<Vec<u64>>>,
}

impl Residues<'_> {
    fn as_slice(&self) -> &[u64] {
        self.copy.as_ref().map_or_else(|| self.array.as_slice(), |copy| copy.as_slice())
    }

    fn shape(&self) -> &[usize] {
        self.array.shape()
    }
}

fn copied<T: Copy>(values: &[T]) -> Result<Vec<T>, Failure> {
    let mut copy = with_room(values.len())?;
    copy.extend_from_slice(values);
    Ok(copy)
}

fn residues<'py>(argument: Argument<'_, 'py>, modulus: Modulus) -> PyResult<Residues<'py>> {
    if !is_array(argument) {
        return Err(argument.wrong_type("expected an array of uint64, as the other argument is one"));
    }
    let array = argument.uint64s()?;
    if modulus == Modulus::WORD {
        return Ok(Residues { array, copy: None });
    }
    let copy = Zeroizing::new(copied(array.as_slice())?);
    if copy.iter().any(|value| modulus.residue(*value).is_err()) {
        return Err(Failure::malformed(argument.name, "a number that is not below the modulus").into());
    }
    Ok(Residues { array, copy: Some(copy) })
}

pub(super) fn channels(value: Option<&Bound<'_, PyAny>>) -> PyResult<usize> {
    match int_or("channels", value, 1)? {
        channels @ 1..=GroupParams::MAX_CHANNELS => Ok(channels.into()),
        _ => Err(Failure::argument("channels", "expected 1 ... 1024").into()),
    }
}

/// A key from each row.
pub(super) fn links(argument: Argument<'_, '_>) -> PyResult<Vec<PairKey>> {
    let rows = argument.rows_of_bytes()?;
    if rows.shape.get(1) != Some(&32) {
        return Err(argument.refuse("expected rows of 32 bytes"));
    }
    let mut keys = with_room(rows.count())?;
    for row in Zeroizing::new(rows.values).as_chunks().0 {
        keys.push(PairKey::from_bytes(row));
    }
    Ok(keys)
}

/// A row of deltas for each link.
fn derive(
    links: &[PairKey],
    round: Round,
    channels: usize,
    modulus: Modulus,
    threads: Threads,
) -> Result<Vec<u64>, Failure> {
    /// Links whose pads are made together.
    const TOGETHER: usize = 256;
    let count = links.len().checked_mul(channels).ok_or(Failure::NoMemory)?;
    let mut deltas = filled(0u64, count)?;
    let mut parts = with_room(links.len().div_ceil(TOGETHER))?;
    parts.extend(links.chunks(TOGETHER).zip(deltas.chunks_mut(TOGETHER.saturating_mul(channels))));
    let made = threads.run(parts, |(links, out)| {
        if modulus == Modulus::WORD {
            return Ok(pad::pads_u64(links, round, Stream::Delta, channels, out)?);
        }
        let mut pads = Zeroizing::new(filled(0u128, channels)?);
        for (link, out) in links.iter().zip(out.chunks_exact_mut(channels)) {
            pad::pad_u128(link, round, Stream::Delta, &mut pads);
            out.iter_mut().zip(pads.iter()).for_each(|(delta, element)| *delta = modulus.scale(*element));
        }
        Ok(())
    });
    made.into_iter().collect::<Result<(), Failure>>()?;
    Ok(deltas)
}
