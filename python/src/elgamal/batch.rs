//! Arithmetic over arrays of ciphertexts, for simulations, tests and engines that only add.

use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::VartimeMultiscalarMul;
use meter_link::Misuse;
use pyo3::prelude::*;
use pyo3::types::PyMapping;
use threshold_elgamal::equality::Encoded;
use threshold_elgamal::{Blinding, Ciphertext};

use super::GroupKey;
use super::points::{CIPHERTEXT, POINT, Units};
use super::threads::{each, share};
use crate::argument::{Argument, argument, int_or};
use crate::array::{Array, filled, into_array, with_room};
use crate::entropy;
use crate::error::Failure;
use crate::threads::Threads;

/// Encrypts each of an array of readings, of at most `max_reading` in size, with a fresh blinding: uint8,
/// of the shape of the readings with a last axis of 64 bytes, R ‖ C. For simulations and tests: without the
/// proofs and rules of the roles a ciphertext does not protect anybody else's, so meters use `Meter` or
/// `Meters`.
#[pyfunction]
#[pyo3(name = "elgamal_encrypt", signature = (key, readings, *, max_reading = None, threads = None),
       text_signature = "(key, readings, *, max_reading=1000000000, threads=1)")]
pub(crate) fn encrypt<'py>(
    py: Python<'py>,
    key: &GroupKey,
    readings: &Bound<'py, PyAny>,
    max_reading: Option<&Bound<'py, PyAny>>,
    threads: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let (most, threads) = (int_or("max_reading", max_reading, 1_000_000_000)?, Threads::of(threads)?);
    let Array { values, mut shape } = argument("readings", readings).signed()?;
    let bytes = py.detach(|| {
        let mut out = filled([0u8; CIPHERTEXT], values.len())?;
        let encryptor = key.encryptor();
        let size = share(values.len(), threads);
        each(threads, values.chunks(size).zip(out.chunks_mut(size)), |(readings, out)| {
            let done = encryptor.encrypt_many(most, readings, out, &mut entropy::rng()?);
            done.map_err(|_| Failure::argument("readings", Misuse::ReadingTooLarge))
        })?;
        Ok::<_, Failure>(out.into_flattened())
    })?;
    shape.push(CIPHERTEXT);
    Ok(into_array(py, bytes, &shape)?.into_any())
}

/// `encrypt` with the blindings from the caller: uint8, of the shape of the readings with a last axis of 32
/// bytes. For vectors: a blinding serves once, and who knows it can decrypt.
#[pyfunction]
#[pyo3(name = "elgamal_encrypt_with", signature = (key, readings, blindings, *, max_reading = None),
       text_signature = "(key, readings, blindings, *, max_reading=1000000000)")]
pub(crate) fn encrypt_with<'py>(
    py: Python<'py>,
    key: &GroupKey,
    readings: &Bound<'py, PyAny>,
    blindings: &Bound<'py, PyAny>,
    max_reading: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let most = int_or("max_reading", max_reading, 1_000_000_000)?;
    let Array { values, mut shape } = argument("readings", readings).signed()?;
    let blindings = argument("blindings", blindings);
    let units = Units::<POINT>::of(blindings)?;
    shape.push(CIPHERTEXT);
    if Some(units.shape.as_slice()) != shape.get(..shape.len().saturating_sub(1)) {
        return Err(blindings.refuse("expected one for each reading"));
    }
    let bytes = py.detach(|| {
        let mut factors = with_room(units.len())?;
        for (place, bytes) in units.as_slice().iter().enumerate() {
            let factor = Blinding::from_bytes(&mut { *bytes });
            factors.push(factor.map_err(|_| units.malformed(place, "no blinding"))?);
        }
        let mut out = filled([0u8; CIPHERTEXT], values.len())?;
        let done = key.encryptor().encrypt_many_with(most, &values, &factors, &mut out);
        done.map_err(|_| Failure::argument("readings", Misuse::ReadingTooLarge))?;
        Ok::<_, Failure>(out.into_flattened())
    })?;
    Ok(into_array(py, bytes, &shape)?.into_any())
}

/// The sums of ciphertexts along an axis: what is encrypted adds up. A ciphertext is the last axis of 64
/// bytes, which does not count. The sum of none is 64 zeros, which add nothing to another sum. Bytes that
/// are no ciphertext are a `MalformedError` with their index. Whose ciphertexts may be in a sum is the
/// roles' business: trustees take none from anybody.
#[pyfunction]
#[pyo3(name = "elgamal_sums", signature = (ciphertexts, axis = None, *, threads = None),
       text_signature = "(ciphertexts, axis=0, *, threads=1)")]
pub(crate) fn sums<'py>(
    py: Python<'py>,
    ciphertexts: &Bound<'py, PyAny>,
    axis: Option<&Bound<'py, PyAny>>,
    threads: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let threads = Threads::of(threads)?;
    let units = Units::<CIPHERTEXT>::of(argument("ciphertexts", ciphertexts))?;
    let (mut shape, dims) = (units.shape.clone(), units.shape.len());
    let axis: isize = int_or("axis", axis, 0)?;
    let from_end = dims.checked_add_signed(axis).filter(|_| axis < 0);
    let place = usize::try_from(axis).ok().or(from_end).filter(|place| *place < dims);
    let place = place.ok_or_else(|| Failure::argument("axis", "out of range"))?;
    let along = Along::of(&shape, place)?;
    let bytes = py.detach(|| along.sums(&units, threads))?;
    shape.remove(place);
    shape.push(CIPHERTEXT);
    Ok(into_array(py, bytes, &shape)?.into_any())
}

/// An axis, what stands before it and what behind.
#[derive(Clone, Copy)]
struct Along {
    outer: usize,
    len: usize,
    inner: usize,
}

impl Along {
    fn of(shape: &[usize], place: usize) -> Result<Self, Failure> {
        let product = |sizes: Option<&[usize]>| {
            let mut sizes = sizes.unwrap_or_default().iter();
            sizes.try_fold(1usize, |all, size| all.checked_mul(*size)).ok_or(Failure::NoMemory)
        };
        let len = shape.get(place).copied().unwrap_or_default();
        let inner = product(shape.get(place.saturating_add(1)..))?;
        Ok(Along { outer: product(shape.get(..place))?, len, inner })
    }

    /// The place of the n-th summand of a sum.
    fn place(self, sum: usize, n: usize) -> usize {
        let (before, behind) = (
            sum.checked_div(self.inner).unwrap_or_default(),
            sum.checked_rem(self.inner).unwrap_or_default(),
        );
        before.wrapping_mul(self.len).wrapping_add(n).wrapping_mul(self.inner).wrapping_add(behind)
    }

    fn sums(self, units: &Units<CIPHERTEXT>, threads: Threads) -> Result<Vec<u8>, Failure> {
        let count = self.outer.checked_mul(self.inner).ok_or(Failure::NoMemory)?;
        let mut out = filled([0u8; CIPHERTEXT], count)?;
        // With fewer sums than threads each takes a part of all of them.
        if count >= threads.count() || self.len < 1024 {
            let size = share(count, threads);
            each(threads, out.chunks_mut(size).enumerate(), |(chunk, out)| {
                for (sum, out) in (chunk.wrapping_mul(size)..).zip(out) {
                    *out = self.part(units, sum, 0..self.len)?.to_bytes();
                }
                Ok(())
            })?;
            return Ok(out.into_flattened());
        }
        let size = share(self.len, threads);
        let parts = each(threads, (0..self.len).step_by(size), |start| {
            let end = start.saturating_add(size).min(self.len);
            (0..count).map(|sum| self.part(units, sum, start..end)).collect::<Result<Vec<_>, _>>()
        })?;
        for (sum, out) in out.iter_mut().enumerate() {
            *out = Ciphertext::sum(parts.iter().filter_map(|part| part.get(sum))).to_bytes();
        }
        Ok(out.into_flattened())
    }

    fn part(
        self,
        units: &Units<CIPHERTEXT>,
        sum: usize,
        range: std::ops::Range<usize>,
    ) -> Result<Ciphertext, Failure> {
        let all = units.as_slice();
        let mut places = with_room(range.len())?;
        places.extend(range.map(|n| self.place(sum, n)));
        // Sums over nobody add nothing.
        places.retain(|place| all.get(*place).is_some_and(|one| *one != [0; CIPHERTEXT]));
        let mut some: Vec<&[u8; CIPHERTEXT]> = with_room(places.len())?;
        some.extend(places.iter().filter_map(|place| all.get(*place)));
        Ciphertext::sum_encoded(&some)
            .map_err(|(n, _)| units.malformed(places.get(n).copied().unwrap_or_default(), "no ciphertext"))
    }
}

/// The points m·B behind ciphertexts, from what at least t shares (`SecretShare.decrypt`) make of them, by
/// the numbers of the shares: uint8, with a last axis of 32 bytes, for `DlogTable.solve`. Shares of too few
/// give points of nothing without notice: of keys that are shared t of n, not of joint ones.
#[pyfunction]
#[pyo3(name = "elgamal_combine", signature = (shares, ciphertexts, *, threads = None),
       text_signature = "(shares, ciphertexts, *, threads=1)")]
pub(crate) fn combine<'py>(
    py: Python<'py>,
    shares: &Bound<'py, PyAny>,
    ciphertexts: &Bound<'py, PyAny>,
    threads: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let threads = Threads::of(threads)?;
    let given = argument("shares", shares);
    let ciphertexts = Units::<CIPHERTEXT>::of(argument("ciphertexts", ciphertexts))?;
    let shares = by_number(given, &ciphertexts.shape)?;
    let numbers: Vec<u8> = shares.iter().map(|(number, _)| *number).collect();
    let weights = weights(&numbers);
    let bytes = py.detach(|| {
        let mut out = filled([0u8; POINT], ciphertexts.len())?;
        let size = share(out.len(), threads);
        each(threads, out.chunks_mut(size).enumerate(), |(chunk, out)| {
            for (place, out) in (chunk.wrapping_mul(size)..).zip(out) {
                let c = half(&ciphertexts, place, 1)?;
                let mut points = Vec::with_capacity(shares.len());
                for (_, share) in &shares {
                    let bytes = share.as_slice().get(place).ok_or(Failure::NoMemory)?;
                    let point = Encoded::from_bytes(bytes);
                    points.push(*point.map_err(|_| share.malformed(place, "no point"))?.point());
                }
                let mask = RistrettoPoint::vartime_multiscalar_mul(&weights, &points);
                *out = *Encoded::from(c.point() - mask).bytes();
            }
            Ok(())
        })?;
        Ok::<_, Failure>(out.into_flattened())
    })?;
    Ok(into_array(py, bytes, &ciphertexts.with_last(POINT))?.into_any())
}

/// R or C of a ciphertext. Sums over nobody have the identity, so it is let through.
pub(super) fn half(units: &Units<CIPHERTEXT>, place: usize, which: usize) -> Result<Encoded, Failure> {
    let halves = units.as_slice().get(place).map(|one| one.as_chunks().0).unwrap_or_default();
    let point = Encoded::from_bytes(halves.get(which).ok_or(Failure::NoMemory)?);
    point.map_err(|_| units.malformed(place, "no ciphertext"))
}

/// Shares by number, of the shape of what they open.
fn by_number(given: Argument<'_, '_>, shape: &[usize]) -> PyResult<Vec<(u8, Units<POINT>)>> {
    let mapping = given.value.cast::<PyMapping>();
    let items =
        mapping.map_err(|_| given.wrong_type("expected a mapping from numbers to arrays"))?.items()?;
    let mut shares = Vec::new();
    for item in items.iter() {
        let (number, share): (Bound<'_, PyAny>, Bound<'_, PyAny>) = item.extract()?;
        let number = argument(given.name, &number).int()?;
        let share = Units::of(argument(given.name, &share))?;
        if share.shape != shape {
            let expected = [shape, &[POINT]].concat();
            return Err(argument(given.name, given.value).wrong_shape(&share.with_last(POINT), &expected));
        }
        if number == 0 || shares.iter().any(|(other, _)| *other == number) {
            return Err(given.refuse("numbers are 1 ... 255, each once"));
        }
        shares.push((number, share));
    }
    if shares.is_empty() { Err(given.refuse("none")) } else { Ok(shares) }
}

/// Lagrange's coefficients at 0 for these numbers, which differ: λ_i = Π j/(j − i).
fn weights(numbers: &[u8]) -> Vec<Scalar> {
    let weight = |own: &u8| {
        let others = numbers.iter().filter(|other| *other != own);
        let (above, below) = others.fold((Scalar::ONE, Scalar::ONE), |(above, below), other| {
            let (own, other) = (Scalar::from(*own), Scalar::from(*other));
            (above * other, below * (other - own))
        });
        above * below.invert()
    };
    numbers.iter().map(weight).collect()
}
