//! Secrets from shares.

use meter_link::Field64;
use numpy::PyArrayMethods;
use pyo3::prelude::*;
use shamir_agg::Reconstruction;
use zeroize::Zeroizing;

use super::IN_HAND;
use super::secrets::load;
use crate::argument::argument;
use crate::array::{filled, with_room, zeros};
use crate::error::Failure;
use crate::threads::Threads;

/// The secrets behind the shares of at least t parties, a row each; `numbers` says whose, by default 1, 2, …
/// Gives int64, or with `signed=False` uint64. Shares of too few parties give wrong secrets without notice.
#[pyfunction]
#[pyo3(signature = (shares, numbers = None, *, signed = true, threads = None))]
pub(crate) fn shamir_combine<'py>(
    py: Python<'py>,
    shares: &Bound<'py, PyAny>,
    numbers: Option<&Bound<'py, PyAny>>,
    signed: bool,
    threads: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let given = argument("shares", shares);
    let shares = given.field_values()?;
    let (rows, shape) =
        shares.shape().split_first().ok_or_else(|| given.refuse("expected a row for each party"))?;
    let numbers: Vec<u8> = match numbers {
        Some(numbers) => argument("numbers", numbers).list(|item| item.int())?,
        None => (1..=u8::MAX).take(*rows).collect(),
    };
    if numbers.len() != *rows {
        return Err(Failure::argument("numbers", "expected one for each row of the shares").into());
    }
    let threads = Threads::of(threads)?;
    let quorum = Reconstruction::new(&numbers).map_err(Failure::from)?;
    let combining = Combining { shares: shares.as_slice(), parties: *rows, quorum };
    if signed {
        let secrets = zeros::<i64>(py, shape, "int64")?;
        let mut places = secrets.try_readwrite()?;
        let places = places.as_slice_mut()?;
        py.detach(|| combining.all(places, Field64::centred, threads))?;
        return Ok(secrets.into_any());
    }
    let secrets = zeros::<u64>(py, shape, "uint64")?;
    let mut places = secrets.try_readwrite()?;
    let places = places.as_slice_mut()?;
    py.detach(|| combining.all(places, Field64::to_u64, threads))?;
    Ok(secrets.into_any())
}

struct Combining<'a> {
    /// A row a party.
    shares: &'a [u64],
    parties: usize,
    quorum: Reconstruction,
}

impl Combining<'_> {
    fn all<T: Send>(
        &self,
        secrets: &mut [T],
        read: impl Fn(Field64) -> T + Sync,
        threads: Threads,
    ) -> Result<(), Failure> {
        let len = secrets.len();
        let part = len.div_ceil(threads.count()).max(1);
        let jobs = secrets.chunks_mut(part).enumerate().collect();
        let done = threads
            .run(jobs, |(number, secrets)| self.part(len, number.saturating_mul(part), secrets, &read));
        done.into_iter().collect()
    }

    /// Those from `first` on, of `len`.
    fn part<T>(
        &self,
        len: usize,
        first: usize,
        secrets: &mut [T],
        read: impl Fn(Field64) -> T,
    ) -> Result<(), Failure> {
        let piece = IN_HAND.checked_div(self.parties.saturating_add(1)).unwrap_or_default().max(64);
        let piece = piece.min(secrets.len());
        let mut clear = Zeroizing::new(filled(Field64::ZERO, piece)?);
        let mut elements = Zeroizing::new(filled(Field64::ZERO, piece.saturating_mul(self.parties))?);
        for (start, out) in (first..).step_by(piece.max(1)).zip(secrets.chunks_mut(piece.max(1))) {
            let mut rows = with_room(self.parties)?;
            for (party, row) in elements.chunks_exact_mut(piece.max(1)).enumerate() {
                let row = row.get_mut(..out.len()).unwrap_or_default();
                let from = party.wrapping_mul(len).wrapping_add(start);
                load("shares", self.shares.get(from..).unwrap_or_default(), row)?;
                rows.push(&*row);
            }
            let clear = clear.get_mut(..out.len()).unwrap_or_default();
            self.quorum.combine(&rows, clear)?;
            out.iter_mut().zip(clear).for_each(|(out, secret)| *out = read(*secret));
        }
        Ok(())
    }
}
