//! Classical Shamir sharing of whole arrays.

mod combine;
mod secrets;

pub(crate) use combine::shamir_combine;

use chacha20::ChaCha20Rng;
use meter_link::{Field64, Misuse};
use numpy::PyArrayMethods;
use pyo3::prelude::*;
use zeroize::Zeroizing;

use crate::argument::argument;
use crate::array::{filled, with_room, zeros};
use crate::entropy;
use crate::error::Failure;
use crate::threads::Threads;
use secrets::{Secrets, Slice};

/// Shares an array of secrets (int64 within ±(p - 1)/2, or uint64 below p) among `parties`, any `threshold`
/// of whom give it back: row a - 1 of the result is party a's share. Shamir, "How to share a secret" (1979).
#[pyfunction]
#[pyo3(signature = (secrets, parties, threshold, *, threads = None))]
pub(crate) fn shamir_split<'py>(
    py: Python<'py>,
    secrets: &Bound<'py, PyAny>,
    parties: &Bound<'py, PyAny>,
    threshold: &Bound<'py, PyAny>,
    threads: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let secrets = Secrets::of(argument("secrets", secrets))?;
    let (parties, threshold): (u8, u8) =
        (argument("parties", parties).int()?, argument("threshold", threshold).int()?);
    let threads = Threads::of(threads)?;
    share(py, &secrets, parties, threads, || Ok(Drawn { threshold, rng: entropy::rng()? }))
}

/// `split` with the polynomials' coefficients from the caller: row d - 1 belongs to degree d. For vectors;
/// coefficients that repeat give the secrets away.
#[pyfunction]
#[pyo3(signature = (secrets, coefficients, parties, *, threads = None))]
pub(crate) fn shamir_split_with<'py>(
    py: Python<'py>,
    secrets: &Bound<'py, PyAny>,
    coefficients: &Bound<'py, PyAny>,
    parties: &Bound<'py, PyAny>,
    threads: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let secrets = Secrets::of(argument("secrets", secrets))?;
    let given = argument("coefficients", coefficients);
    let array = given.field_values()?;
    let parties: u8 = argument("parties", parties).int()?;
    let threads = Threads::of(threads)?;
    let Some((degrees, _)) = array.shape().split_first().filter(|(_, rest)| **rest == *secrets.shape())
    else {
        return Err(given.refuse("expected a row, of the shape of the secrets, for each degree"));
    };
    let threshold = degrees.checked_add(1).and_then(|t| u8::try_from(t).ok());
    let threshold = threshold.ok_or_else(|| given.refuse("too many degrees"))?;
    let (coefficients, len) = (array.as_slice(), secrets.as_slice().len());
    share(py, &secrets, parties, threads, || Ok(Given { threshold, coefficients, len }))
}

/// How a piece of the secrets is shared.
trait Deal {
    /// `secrets` are those from `first` on.
    fn deal(
        &mut self,
        first: usize,
        secrets: &[Field64],
        shares: &mut [&mut [Field64]],
    ) -> Result<(), Failure>;
}

struct Drawn {
    threshold: u8,
    rng: ChaCha20Rng,
}

impl Deal for Drawn {
    fn deal(
        &mut self,
        _first: usize,
        secrets: &[Field64],
        shares: &mut [&mut [Field64]],
    ) -> Result<(), Failure> {
        Ok(shamir_agg::split(secrets, self.threshold, shares, &mut self.rng)?)
    }
}

struct Given<'a> {
    threshold: u8,
    /// A row of `len` for each degree.
    coefficients: &'a [u64],
    len: usize,
}

impl Deal for Given<'_> {
    fn deal(
        &mut self,
        first: usize,
        secrets: &[Field64],
        shares: &mut [&mut [Field64]],
    ) -> Result<(), Failure> {
        let mut beyond = false;
        let coefficient = |degree: u8, place: usize| {
            let row = usize::from(degree).wrapping_sub(1).wrapping_mul(self.len);
            let at = row.wrapping_add(first).wrapping_add(place);
            let value = self.coefficients.get(at).copied().unwrap_or_default(); // shapes were compared
            beyond |= value >= Field64::MODULUS;
            Field64::from_u64(value)
        };
        shamir_agg::split_with(secrets, self.threshold, shares, coefficient)?;
        if beyond { Err(secrets::not_an_element("coefficients")) } else { Ok(()) }
    }
}

/// Elements that a thread has in hand at once: shares are made in the near cache.
const IN_HAND: usize = 1 << 14;

/// An array with a row a party, filled by a dealer for each thread.
fn share<'py, D: Deal>(
    py: Python<'py>,
    secrets: &Secrets<'py>,
    parties: u8,
    threads: Threads,
    dealer: impl Fn() -> Result<D, Failure> + Sync,
) -> PyResult<Bound<'py, PyAny>> {
    if parties == 0 {
        return Err(Failure::from(meter_link::Error::from(Misuse::BadThreshold)).into());
    }
    let parties = usize::from(parties);
    let shares = zeros::<u64>(py, &[&[parties], secrets.shape()].concat(), "uint64")?;
    let mut places = shares.try_readwrite()?;
    let (secrets, places) = (secrets.as_slice(), places.as_slice_mut()?);
    py.detach(|| {
        let len = secrets.len();
        let piece = IN_HAND.checked_div(parties.saturating_add(1)).unwrap_or_default().max(64);
        let part = len.div_ceil(threads.count()).next_multiple_of(piece).max(1);
        let mut jobs: Vec<Vec<&mut [u64]>> = Vec::new();
        jobs.resize_with(len.div_ceil(part).max(1), Vec::new);
        for row in places.chunks_exact_mut(len.max(1)) {
            jobs.iter_mut().zip(row.chunks_mut(part)).for_each(|(job, part)| job.push(part));
        }
        let jobs = jobs.into_iter().enumerate().collect();
        let done = threads.run(jobs, |(number, rows)| {
            share_part(secrets, number.saturating_mul(part), rows, (parties, piece), &mut dealer()?)
        });
        done.into_iter().collect::<Result<(), Failure>>()
    })?;
    Ok(shares.into_any())
}

/// The secrets from `first` on, as many as each row of `shares` has room for.
fn share_part(
    secrets: Slice<'_>,
    first: usize,
    mut rows: Vec<&mut [u64]>,
    (parties, piece): (usize, usize),
    dealer: &mut impl Deal,
) -> Result<(), Failure> {
    let len = rows.first().map_or(0, |row| row.len());
    let piece = piece.min(len);
    let mut clear = Zeroizing::new(filled(Field64::ZERO, piece)?);
    let mut shares = Zeroizing::new(filled(Field64::ZERO, piece.saturating_mul(parties))?);
    let mut start = 0;
    // Without secrets the dealer is asked too: it knows what is no threshold.
    while start < len || len == 0 {
        let count = piece.min(len.wrapping_sub(start));
        let Some(clear) = clear.get_mut(..count) else { break };
        secrets.load(first.wrapping_add(start), clear)?;
        let mut rest = shares.as_mut_slice();
        let mut places = with_room(parties)?;
        places.extend((0..parties).filter_map(|_| rest.split_off_mut(..count)));
        dealer.deal(first.wrapping_add(start), clear, &mut places)?;
        for (row, share) in rows.iter_mut().zip(places) {
            let out = row.get_mut(start..).unwrap_or_default();
            out.iter_mut().zip(share).for_each(|(out, share)| *out = share.to_u64());
        }
        if len == 0 {
            break;
        }
        start = start.wrapping_add(count);
    }
    Ok(())
}
