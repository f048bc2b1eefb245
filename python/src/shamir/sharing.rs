//! Classical Shamir sharing of whole arrays.

use meter_link::{Field64, Misuse};
use pyo3::prelude::*;

use crate::argument::argument;
use crate::array::{elements_into_array, filled, into_array};
use crate::entropy;
use crate::error::Failure;

/// Shares an array of secrets (int64, or uint64 below p) among `parties`, any `threshold` of whom give it
/// back: row a - 1 of the result is party a's share.
#[pyfunction]
#[pyo3(name = "shamir_split")]
pub(crate) fn shamir_split<'py>(
    py: Python<'py>,
    secrets: &Bound<'py, PyAny>,
    parties: &Bound<'py, PyAny>,
    threshold: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let secrets = argument("secrets", secrets).secrets()?;
    let (parties, threshold): (u8, u8) =
        (argument("parties", parties).int()?, argument("threshold", threshold).int()?);
    let shares = py.detach(|| {
        let mut rng = entropy::rng()?;
        share(parties, secrets.values.len(), |shares| {
            shamir_agg::split(&secrets.values, threshold, shares, &mut rng)
        })
    })?;
    let shape = with_axis(parties.into(), &secrets.shape);
    Ok(elements_into_array(py, shares, &shape)?.into_any())
}

/// `split` with the polynomials' coefficients from the caller: row d - 1 belongs to degree d. For vectors;
/// coefficients that repeat give the secrets away.
#[pyfunction]
#[pyo3(name = "shamir_split_with")]
pub(crate) fn shamir_split_with<'py>(
    py: Python<'py>,
    secrets: &Bound<'py, PyAny>,
    coefficients: &Bound<'py, PyAny>,
    parties: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let secrets = argument("secrets", secrets).secrets()?;
    let given = argument("coefficients", coefficients);
    let coefficients = given.elements()?;
    let parties: u8 = argument("parties", parties).int()?;
    let Some((degrees, shape)) =
        coefficients.shape.split_first().filter(|(_, rest)| **rest == *secrets.shape)
    else {
        return Err(given.refuse("expected a row, of the shape of the secrets, for each degree"));
    };
    let threshold = degrees.checked_add(1).and_then(|t| u8::try_from(t).ok());
    let threshold = threshold.ok_or_else(|| given.refuse("too many degrees"))?;
    let shape = with_axis(parties.into(), shape);
    let shares = py.detach(|| {
        let len = secrets.values.len();
        let coefficient = |degree: u8, place: usize| {
            let at = usize::from(degree).wrapping_sub(1).wrapping_mul(len).wrapping_add(place);
            coefficients.values.get(at).copied().unwrap_or_default() // shapes were compared
        };
        share(parties, len, |shares| shamir_agg::split_with(&secrets.values, threshold, shares, coefficient))
    })?;
    Ok(elements_into_array(py, shares, &shape)?.into_any())
}

/// The secrets behind the shares of at least t parties, a row each; `numbers` says whose, by default 1, 2, …
/// Gives int64, or with `signed=False` uint64. Shares of too few parties give wrong secrets without notice.
#[pyfunction]
#[pyo3(name = "shamir_combine", signature = (shares, numbers = None, *, signed = true))]
pub(crate) fn shamir_combine<'py>(
    py: Python<'py>,
    shares: &Bound<'py, PyAny>,
    numbers: Option<&Bound<'py, PyAny>>,
    signed: bool,
) -> PyResult<Bound<'py, PyAny>> {
    let given = argument("shares", shares);
    let shares = given.elements()?;
    let (rows, shape) =
        shares.shape.split_first().ok_or_else(|| given.refuse("expected a row for each party"))?;
    let numbers: Vec<u8> = match numbers {
        Some(numbers) => argument("numbers", numbers).list(|item| item.int())?,
        None => (1..=u8::MAX).take(*rows).collect(),
    };
    if numbers.len() != *rows {
        return Err(Failure::argument("numbers", "expected one for each row of the shares").into());
    }
    let secrets = py.detach(|| {
        let len = shares.values.len().checked_div(*rows).unwrap_or_default();
        let rows = (0..*rows).filter_map(|row| {
            let start = row.wrapping_mul(len);
            shares.values.get(start..start.wrapping_add(len))
        });
        let rows: Vec<_> = numbers.into_iter().zip(rows).collect();
        let mut secrets = filled(Field64::ZERO, len)?;
        shamir_agg::combine(&rows, &mut secrets)?;
        Ok::<_, Failure>(secrets)
    })?;
    if signed {
        let secrets = secrets.into_iter().map(Field64::centred).collect();
        return Ok(into_array(py, secrets, shape)?.into_any());
    }
    Ok(elements_into_array(py, secrets, shape)?.into_any())
}

/// Room for a slice a party, filled by `act`.
fn share(
    parties: u8,
    len: usize,
    act: impl FnOnce(&mut [&mut [Field64]]) -> Result<(), meter_link::Error>,
) -> Result<Vec<Field64>, Failure> {
    if parties == 0 {
        return Err(meter_link::Error::from(Misuse::BadThreshold).into());
    }
    let total = len.checked_mul(parties.into()).ok_or(Failure::NoMemory)?;
    let mut values = filled(Field64::ZERO, total)?;
    let mut rest = values.as_mut_slice();
    let slices = (0..parties).filter_map(|_| rest.split_off_mut(..len));
    act(&mut slices.collect::<Vec<_>>())?;
    Ok(values)
}

fn with_axis(first: usize, rest: &[usize]) -> Vec<usize> {
    [&[first], rest].concat()
}
