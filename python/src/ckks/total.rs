//! Sums of many ciphertexts, in bounded memory.

use std::sync::{Arc, Mutex, MutexGuard};

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyIterator};

use super::ciphertext::Ciphertext;
use super::ring::Ring;
use crate::argument::{Argument, argument};
use crate::array::{Array, with_room};
use crate::error::Failure;
use crate::threads::Threads;

/// One summand, with what it takes to add it without the interpreter.
pub(super) enum Item {
    Object(Arc<ckks_agg::Ciphertext>),
    Bytes(Vec<u8>),
}

impl Item {
    fn of(given: Argument<'_, '_>) -> PyResult<Self> {
        if given.value.is_instance_of::<Ciphertext>() {
            return Ok(Item::Object(Ciphertext::of(given)?));
        }
        if let Ok(bytes) = given.value.cast::<PyBytes>() {
            return Ok(Item::Bytes(copied(bytes.as_bytes())?));
        }
        Ok(Item::Bytes(given.bytes()?.into_owned()))
    }

    /// Adds all of them together, which takes half the time; not if one is bytes or does not fit.
    fn together(items: &[Item], total: &mut ckks_agg::Total) -> bool {
        let object = |item: &Item| match item {
            Item::Object(ciphertext) => Some(Arc::clone(ciphertext)),
            Item::Bytes(_) => None,
        };
        let Some(objects) = items.iter().map(object).collect::<Option<Vec<_>>>() else { return false };
        let objects: Vec<&ckks_agg::Ciphertext> = objects.iter().map(AsRef::as_ref).collect();
        total.accept_all(&objects).is_ok()
    }

    fn add_to(&self, total: &mut ckks_agg::Total) -> Result<(), Failure> {
        match self {
            Item::Object(ciphertext) => Ok(total.accept(ciphertext)?),
            Item::Bytes(bytes) => Ok(total.accept_bytes(bytes)?),
        }
    }
}

fn copied(bytes: &[u8]) -> Result<Vec<u8>, Failure> {
    let mut copy = with_room(bytes.len())?;
    copy.extend_from_slice(bytes);
    Ok(copy)
}

/// Ciphertexts to be summed: an array of uint8 with a row each, or whatever gives `Ciphertext` objects or bytes one after
/// the other.
enum Source<'py> {
    Rows(Array<u8>),
    Items(Bound<'py, PyIterator>),
}

impl<'py> Source<'py> {
    fn of(given: Argument<'_, 'py>) -> PyResult<Self> {
        if given.untyped().is_ok() {
            return Ok(Source::Rows(given.rows_of_bytes()?));
        }
        let single = given.value.is_instance_of::<Ciphertext>() || given.value.hasattr("keys")?;
        let wrong = || given.wrong_type("expected some ckks.Ciphertext objects or bytes");
        if single || given.bytes().is_ok() {
            return Err(wrong());
        }
        given.value.try_iter().map(Source::Items).map_err(|_| wrong())
    }
}

/// Sums that several threads add to.
struct Parts {
    totals: Vec<ckks_agg::Total>,
    seen: usize,
}

impl Parts {
    fn new(ring: Ring, threads: Threads) -> Self {
        let totals = (0..threads.count()).map(|_| ckks_agg::Total::new(&ring.shared().ring));
        Parts { totals: totals.collect(), seen: 0 }
    }

    /// Each thread takes a share of the items.
    fn add<I: Sync>(
        &mut self,
        threads: Threads,
        items: &[I],
        together: impl Fn(&[I], &mut ckks_agg::Total) -> bool + Sync,
        add: impl Fn(&I, &mut ckks_agg::Total) -> Result<(), Failure> + Sync,
    ) -> Result<(), Failure> {
        let share = items.len().div_ceil(threads.count()).max(1);
        let seen = self.seen;
        let jobs = items.chunks(share).zip(self.totals.iter_mut()).enumerate();
        let done = threads.run(jobs.collect(), |(part, (items, total))| {
            if together(items, total) {
                return Ok(());
            }
            // One by one: to name the one that does not fit.
            let first = seen.wrapping_add(part.wrapping_mul(share));
            items.iter().enumerate().try_for_each(|(place, item)| {
                add(item, total)
                    .map_err(|failure| failure.at(format_args!("item {}", first.wrapping_add(place))))
            })
        });
        self.seen = seen.wrapping_add(items.len());
        done.into_iter().collect()
    }

    /// All of them.
    fn merged(self) -> Result<Option<ckks_agg::Total>, Failure> {
        let mut totals = self.totals.into_iter().filter(|total| total.count() > 0);
        let Some(mut all) = totals.next() else { return Ok(None) };
        for total in totals {
            all.merge(total)?;
        }
        Ok(Some(all))
    }
}

/// The sum of all ciphertexts of an argument; `None` of none.
pub(super) fn total(
    py: Python<'_>,
    ring: Ring,
    given: Argument<'_, '_>,
    threads: Threads,
) -> PyResult<Option<ckks_agg::Total>> {
    /// Items that each thread takes between two looks at signals; some megabytes.
    const EACH: usize = 32;
    let together = threads.count().saturating_mul(EACH);
    let mut parts = py.detach(|| Parts::new(ring, threads));
    match Source::of(given)? {
        Source::Rows(rows) => {
            let all: Vec<&[u8]> = rows.iter().collect();
            for items in all.chunks(together) {
                py.detach(|| {
                    parts.add(threads, items, |_, _| false, |bytes, total| Ok(total.accept_bytes(bytes)?))
                })?;
                py.check_signals()?;
            }
        }
        Source::Items(mut items) => loop {
            let mut some = with_room(together)?;
            for item in items.by_ref().take(together) {
                some.push(Item::of(argument(given.name, &item?))?);
            }
            if some.is_empty() {
                break;
            }
            py.detach(|| parts.add(threads, &some, Item::together, Item::add_to))?;
            py.check_signals()?;
        },
    }
    Ok(py.detach(|| parts.merged())?)
}

/// A sum that grows as ciphertexts come in, in bounded memory; sums of parts are merged. Ciphertexts of one ring, key,
/// level, scale and packing.
#[pyclass(frozen, module = "wattsum.ckks", name = "Total")]
pub(crate) struct Total {
    #[pyo3(get)]
    ring: Ring,
    inner: Mutex<Option<ckks_agg::Total>>,
}

impl Total {
    fn lock(&self) -> Result<MutexGuard<'_, Option<ckks_agg::Total>>, Failure> {
        self.inner.lock().map_err(|_| Failure::Broken("total"))
    }

    fn with<R>(&self, act: impl FnOnce(&mut ckks_agg::Total) -> Result<R, Failure>) -> Result<R, Failure> {
        act(self.lock()?.as_mut().ok_or(Failure::UsedUp("total"))?)
    }
}

#[pymethods]
impl Total {
    #[new]
    fn new(py: Python<'_>, ring: &Ring) -> Self {
        let total = py.detach(|| ckks_agg::Total::new(&ring.shared().ring));
        Total { ring: *ring, inner: Mutex::new(Some(total)) }
    }

    /// Adds one, an object or bytes.
    fn accept(&self, py: Python<'_>, ciphertext: &Bound<'_, PyAny>) -> PyResult<()> {
        let item = Item::of(argument("ciphertext", ciphertext))?;
        Ok(py.detach(|| self.with(|total| item.add_to(total)))?)
    }

    /// Adds many: an array of uint8 with a row each, or anything that gives objects or bytes one after the other. All, or
    /// where one is refused none.
    #[pyo3(signature = (ciphertexts, *, threads = None), text_signature = "($self, ciphertexts, *, threads=1)")]
    fn accept_many(
        &self,
        py: Python<'_>,
        ciphertexts: &Bound<'_, PyAny>,
        threads: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let threads = Threads::of(threads)?;
        let more = total(py, self.ring, argument("ciphertexts", ciphertexts), threads)?;
        Ok(py.detach(|| self.with(|own| more.map_or(Ok(()), |more| Ok(own.merge(more)?))))?)
    }

    /// Adds what another has, which is used up.
    fn merge(&self, py: Python<'_>, other: &Total) -> PyResult<()> {
        if std::ptr::eq(self, other) {
            return Err(Failure::argument("other", "the same").into());
        }
        Ok(py.detach(|| {
            let more = other.lock()?.take().ok_or(Failure::UsedUp("total"))?;
            self.with(|own| Ok(own.merge(more)?))
        })?)
    }

    /// How many are in.
    #[getter]
    fn count(&self, py: Python<'_>) -> PyResult<u64> {
        Ok(py.detach(|| self.with(|total| Ok(total.count())))?)
    }

    /// The sum. `MisuseError` of none.
    fn finish(&self, py: Python<'_>) -> PyResult<Ciphertext> {
        let sum = py.detach(|| {
            let total = self.lock()?.take().ok_or(Failure::UsedUp("total"))?;
            total.finish().ok_or_else(|| Failure::argument("ciphertexts", "none"))
        })?;
        Ok(sum.into())
    }

    fn __repr__(&self) -> String {
        format!("<wattsum.ckks.Total, {:?}>", super::ring::name(self.ring.0))
    }
}
