//! Encryption of one array, or of one for each row of an array.

use chacha20::ChaCha20Rng;
use ckks_agg::{Error, Plaintext, Use, Workspace};
use numpy::PyArray2;
use pyo3::prelude::*;
use rand_core::Rng;
use zeroize::Zeroizing;

use super::ciphertext::Ciphertext;
use super::ring::{Ring, Shared};
use super::values::{self, Encoding, Numbers};
use crate::argument::{argument, int_or};
use crate::array::{Rows, with_room};
use crate::entropy;
use crate::error::Failure;
use crate::threads::Threads;

/// A key that encrypts.
pub(super) trait Encrypt: Sync {
    fn encrypt(
        &self,
        plaintext: &Plaintext,
        own: Use,
        tools: &mut Tools,
        out: &mut ckks_agg::Ciphertext,
    ) -> Result<(), Error>;
}

impl Encrypt for ckks_agg::PublicKey {
    fn encrypt(
        &self,
        plaintext: &Plaintext,
        own: Use,
        tools: &mut Tools,
        out: &mut ckks_agg::Ciphertext,
    ) -> Result<(), Error> {
        let Tools { workspace, rng } = tools;
        let mut secret = Zeroizing::new([0; 32]);
        rng.fill_bytes(secret.as_mut_slice());
        self.encrypt_into(plaintext, &secret, own, workspace, out, rng)
    }
}

impl Encrypt for ckks_agg::SecretKey {
    fn encrypt(
        &self,
        plaintext: &Plaintext,
        own: Use,
        tools: &mut Tools,
        out: &mut ckks_agg::Ciphertext,
    ) -> Result<(), Error> {
        let Tools { workspace, rng } = tools;
        self.encrypt_into(plaintext, own, workspace, out, rng)
    }
}

/// What a thread needs to encrypt.
pub(super) struct Tools {
    workspace: Workspace,
    rng: ChaCha20Rng,
}

impl Tools {
    fn new(shared: &Shared) -> Result<Self, Failure> {
        Ok(Tools { workspace: Workspace::new(&shared.ring), rng: entropy::rng()? })
    }
}

/// What all ways of encrypting take, as the caller passed it.
pub(super) struct Given<'a, 'py> {
    pub(super) values: &'a Bound<'py, PyAny>,
    pub(super) packing: Option<&'a Bound<'py, PyAny>>,
    pub(super) scale_bits: Option<&'a Bound<'py, PyAny>>,
    pub(super) max_reading: Option<&'a Bound<'py, PyAny>>,
    pub(super) meter: Option<&'a Bound<'py, PyAny>>,
    pub(super) round: Option<&'a Bound<'py, PyAny>>,
    pub(super) counter: Option<&'a Bound<'py, PyAny>>,
}

/// The same, checked.
pub(super) struct Batch {
    shared: &'static Shared,
    numbers: Numbers,
    encoding: Encoding,
    first: Use,
    rows: usize,
}

impl Given<'_, '_> {
    /// With so many axes: a ciphertext for each row, which is the last axis.
    pub(super) fn check(&self, py: Python<'_>, ring: Ring, axes: usize) -> PyResult<Batch> {
        let first = Use {
            meter: int_or("meter", self.meter, 0)?,
            round: int_or("round", self.round, 0)?,
            counter: int_or("counter", self.counter, 0)?,
        };
        let values = argument("values", self.values);
        let (numbers, packing) = Numbers::of(values, values::packing(self.packing)?)?;
        let encoding = Encoding::of(ring.0, packing, self.scale_bits, self.max_reading)?;
        let rows = match *numbers.shape() {
            [_] if axes == 1 => 1,
            [rows, _] if axes == 2 => rows,
            _ => return Err(values.refuse(format_args!("expected an array with axes: {axes}"))),
        };
        let last =
            u32::try_from(rows.saturating_sub(1)).ok().and_then(|rows| first.counter.checked_add(rows));
        if last.is_none() {
            return Err(Failure::argument("counter", "out of range: each row takes the next").into());
        }
        Ok(Batch { shared: py.detach(|| ring.shared()), numbers, encoding, first, rows })
    }
}

impl Batch {
    /// Encrypts a row.
    fn row(
        &self,
        key: &dyn Encrypt,
        row: usize,
        tools: &mut Tools,
        out: &mut ckks_agg::Ciphertext,
    ) -> Result<(), Failure> {
        let place = u32::try_from(row).unwrap_or(u32::MAX);
        let own = Use { counter: self.first.counter.wrapping_add(place), ..self.first };
        let plaintext = self.encoding.encode(&self.shared.encoder, self.numbers.row(row));
        let done = plaintext.and_then(|plaintext| Ok(key.encrypt(&plaintext, own, tools, out)?));
        let many = self.numbers.shape().len() > 1;
        done.map_err(|failure| if many { failure.at(format_args!("row {row}")) } else { failure })
    }

    fn empty(&self) -> ckks_agg::Ciphertext {
        ckks_agg::Ciphertext::empty(self.shared.ring.preset())
    }

    /// The only row.
    pub(super) fn one(&self, key: &dyn Encrypt) -> Result<Ciphertext, Failure> {
        let mut out = self.empty();
        self.row(key, 0, &mut Tools::new(self.shared)?, &mut out)?;
        Ok(out.into())
    }

    /// What `act` makes of the ciphertext of each row, in the order of the rows: a part at a time, between which
    /// signals are looked at.
    fn parts<R: Send>(
        &self,
        py: Python<'_>,
        (key, threads): (&dyn Encrypt, Threads),
        act: impl Fn(&mut ckks_agg::Ciphertext) -> R + Sync,
        mut take: impl FnMut(R) -> Result<(), Failure> + Send,
    ) -> PyResult<()> {
        /// Rows of a part for each thread: some tens of milliseconds.
        const EACH: usize = 64;
        let part = EACH.saturating_mul(threads.count());
        for start in (0..self.rows).step_by(part) {
            let end = start.saturating_add(part).min(self.rows);
            let share = end.wrapping_sub(start).div_ceil(threads.count()).max(1);
            py.detach(|| {
                let jobs = (start..end).step_by(share).collect();
                let done = threads.run(jobs, |first: usize| {
                    let (mut tools, mut out) = (Tools::new(self.shared)?, self.empty());
                    let mut done = with_room(share)?;
                    for row in first..first.saturating_add(share).min(end) {
                        self.row(key, row, &mut tools, &mut out)?;
                        done.push(act(&mut out));
                    }
                    Ok::<_, Failure>(done)
                });
                done.into_iter().try_for_each(|rows| rows?.into_iter().try_for_each(&mut take))
            })?;
            py.check_signals()?;
        }
        Ok(())
    }

    /// A ciphertext for each row.
    pub(super) fn many(
        &self,
        py: Python<'_>,
        key: &dyn Encrypt,
        threads: Threads,
    ) -> PyResult<Vec<Ciphertext>> {
        let mut all = with_room(self.rows)?;
        let taken = |out: &mut ckks_agg::Ciphertext| std::mem::replace(out, self.empty());
        self.parts(py, (key, threads), taken, |ciphertext| {
            all.push(Ciphertext::from(ciphertext));
            Ok(())
        })?;
        Ok(all)
    }

    /// The bytes of a ciphertext for each row.
    pub(super) fn rows(
        &self,
        py: Python<'_>,
        key: &dyn Encrypt,
        threads: Threads,
    ) -> PyResult<Py<PyArray2<u8>>> {
        let mut rows: Option<Rows> = None;
        self.parts(
            py,
            (key, threads),
            |out| out.to_bytes(),
            |bytes| {
                let rows = match &mut rows {
                    Some(rows) => rows,
                    rows => rows.insert(Rows::with_room(self.rows, bytes.len())?),
                };
                rows.push(&bytes);
                Ok(())
            },
        )?;
        rows.map_or_else(|| Rows::with_room(0, 0), Ok)?.into_array(py)
    }
}
