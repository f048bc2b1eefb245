//! What can be computed without the secret key.

use std::sync::{Arc, Mutex};

use ckks_agg::{Error, Misuse, Packing, Plaintext, Scale};
use pyo3::prelude::*;

use super::ciphertext::Ciphertext;
use super::public::PublicKey;
use super::ring::Ring;
use super::switching::SwitchingKeys;
use super::total::total;
use super::values::{Numbers, Row, named, number};
use crate::argument::{Argument, argument};
use crate::error::Failure;
use crate::threads::Threads;

/// Computes on ciphertexts under a public key, and learns nothing of what is in them. Products and rotations need
/// `SwitchingKeys`. Several threads may use one at once. Every operation gives a new ciphertext.
#[pyclass(frozen, module = "wattsum.ckks", name = "Evaluator")]
pub(crate) struct Evaluator {
    ring: Ring,
    key: Arc<ckks_agg::PublicKey>,
    keys: Option<Arc<ckks_agg::SwitchingKeys>>,
    /// Each with its scratch memory; those that nobody uses now.
    idle: Mutex<Vec<ckks_agg::Evaluator>>,
}

impl Evaluator {
    const MOST_IDLE: usize = 16;

    /// Acts with one that nobody else uses meanwhile.
    fn with<R>(
        &self,
        act: impl FnOnce(&mut ckks_agg::Evaluator) -> Result<R, Failure>,
    ) -> Result<R, Failure> {
        let idle = self.idle.lock().ok().and_then(|mut idle| idle.pop());
        let mut evaluator = match idle {
            Some(evaluator) => evaluator,
            None => self.evaluator()?,
        };
        let result = act(&mut evaluator);
        if let Ok(mut idle) = self.idle.lock()
            && idle.len() < Self::MOST_IDLE
        {
            idle.push(evaluator);
        }
        result
    }

    fn evaluator(&self) -> Result<ckks_agg::Evaluator, Failure> {
        let evaluator = ckks_agg::Evaluator::new(&self.key);
        Ok(match &self.keys {
            Some(keys) => evaluator.with_keys(Arc::clone(keys))?,
            None => evaluator,
        })
    }

    /// Changes a copy of a ciphertext.
    fn changed(
        &self,
        py: Python<'_>,
        ciphertext: &Bound<'_, PyAny>,
        act: impl FnOnce(&mut ckks_agg::Evaluator, &mut ckks_agg::Ciphertext) -> Result<(), Error> + Send,
    ) -> PyResult<Ciphertext> {
        let own = Ciphertext::of(argument("ciphertext", ciphertext))?;
        Ok(py.detach(|| {
            let mut own = (*own).clone();
            self.with(|evaluator| Ok(act(evaluator, &mut own)?))?;
            Ok::<_, Failure>(own.into())
        })?)
    }

    /// The same with another ciphertext.
    fn combined(
        &self,
        py: Python<'_>,
        (ciphertext, other): (&Bound<'_, PyAny>, &Bound<'_, PyAny>),
        act: impl FnOnce(
            &mut ckks_agg::Evaluator,
            &mut ckks_agg::Ciphertext,
            &ckks_agg::Ciphertext,
        ) -> Result<(), Error>
        + Send,
    ) -> PyResult<Ciphertext> {
        let other = Ciphertext::of(argument("other", other))?;
        self.changed(py, ciphertext, |evaluator, own| act(evaluator, own, &other))
    }

    /// Public numbers as a plaintext of a packing and scale.
    fn plaintext(&self, packing: Packing, scale: Scale, values: &Numbers) -> Result<Plaintext, Error> {
        let encoder = &self.ring.shared().encoder;
        match (values.row(0), packing) {
            (Row::Whole(values), _) => {
                let bits = scale.log2().and_then(|bits| u32::try_from(bits).ok());
                let most = values.iter().map(|value| value.unsigned_abs()).max().unwrap_or_default();
                encoder.integers(values, bits.ok_or(Misuse::WrongPacking)?, most)
            }
            (Row::Real(values), Packing::Pairs) => encoder.pairs(values, scale, largest(values)),
            (Row::Real(values), _) => encoder.reals(values, scale, largest(values)),
        }
    }
}

/// Largest size of public numbers; those that are none are refused by the encoder.
fn largest(values: &[f64]) -> f64 {
    values.iter().map(|value| value.abs()).fold(f64::MIN_POSITIVE, f64::max)
}

#[pymethods]
impl Evaluator {
    #[new]
    #[pyo3(signature = (public_key, keys = None))]
    fn new(py: Python<'_>, public_key: &PublicKey, keys: Option<&SwitchingKeys>) -> PyResult<Self> {
        let (key, keys) = (Arc::clone(&public_key.0), keys.map(|keys| Arc::clone(&keys.0)));
        let own = Evaluator { ring: Ring(key.preset()), key, keys, idle: Mutex::default() };
        // Keys that belong to another key are found now.
        py.detach(|| own.with(|_| Ok(())))?;
        Ok(own)
    }

    #[getter]
    fn public_key(&self) -> PublicKey {
        PublicKey(Arc::clone(&self.key))
    }

    /// Both together.
    fn add(
        &self,
        py: Python<'_>,
        ciphertext: &Bound<'_, PyAny>,
        other: &Bound<'_, PyAny>,
    ) -> PyResult<Ciphertext> {
        self.combined(py, (ciphertext, other), ckks_agg::Evaluator::add)
    }

    /// The first less the other.
    fn sub(
        &self,
        py: Python<'_>,
        ciphertext: &Bound<'_, PyAny>,
        other: &Bound<'_, PyAny>,
    ) -> PyResult<Ciphertext> {
        self.combined(py, (ciphertext, other), ckks_agg::Evaluator::sub)
    }

    /// Each value with the other sign.
    fn negate(&self, py: Python<'_>, ciphertext: &Bound<'_, PyAny>) -> PyResult<Ciphertext> {
        self.changed(py, ciphertext, ckks_agg::Evaluator::negate)
    }

    /// With public numbers added, value by value.
    fn add_plain(
        &self,
        py: Python<'_>,
        ciphertext: &Bound<'_, PyAny>,
        values: &Bound<'_, PyAny>,
    ) -> PyResult<Ciphertext> {
        let own = Ciphertext::of(argument("ciphertext", ciphertext))?;
        let given = argument("values", values);
        if own.packing() == Packing::Integers && matches!(given.kind()?, b'f') {
            return Err(given.refuse("floats, where the ciphertext holds whole numbers"));
        }
        let values = one_row(given, own.packing())?;
        let plain = py.detach(|| self.plaintext(own.packing(), own.scale(), &values));
        let plain = plain.map_err(|error| named("values", error))?;
        self.changed(py, ciphertext, |evaluator, own| evaluator.add_plain(own, &plain))
    }

    /// Times a public factor: an int exactly; a float, or an array of a factor for each value, at the scale of the last
    /// prime, which is then rescaled away: the scale stays what it was, and a level is spent. With `scale_bits` the
    /// factors are multiplied by 2^scale_bits, as the result's scale then is, and no level is spent.
    #[pyo3(signature = (ciphertext, factor, *, scale_bits = None))]
    fn times(
        &self,
        py: Python<'_>,
        ciphertext: &Bound<'_, PyAny>,
        factor: &Bound<'_, PyAny>,
        scale_bits: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Ciphertext> {
        let given = argument("factor", factor);
        let bits: Option<i16> = scale_bits.map(|bits| argument("scale_bits", bits).int()).transpose()?;
        if given.untyped().is_ok_and(|array| numpy::PyUntypedArrayMethods::ndim(array) > 0) {
            return self.times_vector(py, ciphertext, given, bits);
        }
        if let Some(bits) = bits {
            let own = Ciphertext::of(argument("ciphertext", ciphertext))?;
            let room = own.packing().room(own.preset());
            let value = number(given)?;
            return self.times_values(py, ciphertext, Numbers::repeated(value, room)?, Some(bits));
        }
        if factor.hasattr("__index__")? {
            let factor: i64 = given.int()?;
            return self.changed(py, ciphertext, |evaluator, own| evaluator.times_integer(own, factor));
        }
        let factor = number(given)?;
        self.changed(py, ciphertext, |evaluator, own| evaluator.times_scalar(own, factor))
    }

    /// One level down, divided by its prime, as the scale is.
    fn rescale(&self, py: Python<'_>, ciphertext: &Bound<'_, PyAny>) -> PyResult<Ciphertext> {
        self.changed(py, ciphertext, ckks_agg::Evaluator::rescale)
    }

    /// Down to a level without a division: smaller and faster from there on.
    fn drop_to(
        &self,
        py: Python<'_>,
        ciphertext: &Bound<'_, PyAny>,
        level: &Bound<'_, PyAny>,
    ) -> PyResult<Ciphertext> {
        let level = argument("level", level).int()?;
        self.changed(py, ciphertext, |evaluator, own| evaluator.drop_to(own, level))
    }

    /// Each value times itself, relinearised, at the square of the scale: `rescale` it next.
    fn square(&self, py: Python<'_>, ciphertext: &Bound<'_, PyAny>) -> PyResult<Ciphertext> {
        self.changed(py, ciphertext, ckks_agg::Evaluator::square)
    }

    /// Each value times that of the other, relinearised, at the product of the scales: `rescale` it next.
    fn multiply(
        &self,
        py: Python<'_>,
        ciphertext: &Bound<'_, PyAny>,
        other: &Bound<'_, PyAny>,
    ) -> PyResult<Ciphertext> {
        self.combined(py, (ciphertext, other), ckks_agg::Evaluator::multiply)
    }

    /// Slot i + `steps` comes to slot i, around all N/2 slots.
    fn rotate(
        &self,
        py: Python<'_>,
        ciphertext: &Bound<'_, PyAny>,
        steps: &Bound<'_, PyAny>,
    ) -> PyResult<Ciphertext> {
        let steps = argument("steps", steps).int()?;
        self.changed(py, ciphertext, |evaluator, own| evaluator.rotate(own, steps))
    }

    /// Complex conjugates: of "pairs" the second of each with the other sign.
    fn conjugate(&self, py: Python<'_>, ciphertext: &Bound<'_, PyAny>) -> PyResult<Ciphertext> {
        self.changed(py, ciphertext, ckks_agg::Evaluator::conjugate)
    }

    /// In slot 0 the sum of the first `count` slots, in slot i that of the `count` from there on, around the end. Sooner at a
    /// lower level: `drop_to` first.
    fn slot_sum(
        &self,
        py: Python<'_>,
        ciphertext: &Bound<'_, PyAny>,
        count: &Bound<'_, PyAny>,
    ) -> PyResult<Ciphertext> {
        let count = argument("count", count).int()?;
        self.changed(py, ciphertext, |evaluator, own| evaluator.slot_sum(own, count))
    }

    /// The sum of ciphertexts: of an array of uint8 with a row each, or of anything that gives `Ciphertext` objects or bytes
    /// one after the other, in bounded memory. A refused one's place is in the exception's notes.
    #[pyo3(signature = (ciphertexts, *, threads = None), text_signature = "($self, ciphertexts, *, threads=1)")]
    fn sum(
        &self,
        py: Python<'_>,
        ciphertexts: &Bound<'_, PyAny>,
        threads: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Ciphertext> {
        let (sum, _) = self.summed(py, ciphertexts, threads)?;
        Ok(sum.into())
    }

    /// Their mean: the sum at another scale, which costs nothing. Not of "integers": divide the exact sum.
    #[pyo3(signature = (ciphertexts, *, threads = None), text_signature = "($self, ciphertexts, *, threads=1)")]
    fn mean(
        &self,
        py: Python<'_>,
        ciphertexts: &Bound<'_, PyAny>,
        threads: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Ciphertext> {
        let (mut sum, count) = self.summed(py, ciphertexts, threads)?;
        py.detach(|| self.with(|evaluator| Ok(evaluator.mean(&mut sum, count)?)))?;
        Ok(sum.into())
    }

    fn __repr__(&self) -> String {
        format!("<wattsum.ckks.Evaluator, {:?}>", super::ring::name(self.ring.0))
    }
}

impl Evaluator {
    fn summed(
        &self,
        py: Python<'_>,
        ciphertexts: &Bound<'_, PyAny>,
        threads: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<(ckks_agg::Ciphertext, u32)> {
        let threads = Threads::of(threads)?;
        let given = argument("ciphertexts", ciphertexts);
        let total = total(py, self.ring, given, threads)?.ok_or_else(|| given.refuse("none"))?;
        let count = u32::try_from(total.count()).map_err(|_| given.refuse("too many"))?;
        let sum = py.detach(|| total.finish()).ok_or_else(|| given.refuse("none"))?;
        Ok((sum, count))
    }

    fn times_vector(
        &self,
        py: Python<'_>,
        ciphertext: &Bound<'_, PyAny>,
        factor: Argument<'_, '_>,
        bits: Option<i16>,
    ) -> PyResult<Ciphertext> {
        let values = one_row(factor, Packing::Reals)?;
        self.times_values(py, ciphertext, values, bits)
    }

    fn times_values(
        &self,
        py: Python<'_>,
        ciphertext: &Bound<'_, PyAny>,
        values: Numbers,
        bits: Option<i16>,
    ) -> PyResult<Ciphertext> {
        let own = Ciphertext::of(argument("ciphertext", ciphertext))?;
        let scale = bits.map_or_else(|| Scale::prime(own.level()), Scale::power_of_two);
        let plain = py.detach(|| self.plaintext(Packing::Reals, scale, &values));
        let plain = plain.map_err(|error| named("factor", error))?;
        self.changed(py, ciphertext, |evaluator, own| {
            evaluator.times_plain(own, &plain)?;
            if bits.is_none() { evaluator.rescale(own) } else { Ok(()) }
        })
    }
}

/// Public numbers along one axis, as a packing takes them.
fn one_row(given: Argument<'_, '_>, packing: Packing) -> PyResult<Numbers> {
    let (numbers, _) = Numbers::of(given, Some(packing))?;
    if numbers.shape().len() == 1 {
        Ok(numbers)
    } else {
        Err(given.refuse("expected an array of one dimension"))
    }
}
