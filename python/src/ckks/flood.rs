//! How much noise hides an error.

use pyo3::prelude::*;

use super::ciphertext::Ciphertext;
use crate::argument::{Argument, argument, int_or};
use crate::error::Failure;

/// How well a decryption that is given away hides its error: to `statistical_bits` bits, if no more than `answers`
/// ciphertexts are decrypted under the key. By default 40, and the quarter hours of a year.
#[pyclass(frozen, eq, hash, module = "wattsum.ckks", name = "Flood")]
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Flood(pub(super) ckks_agg::Flood);

impl Flood {
    /// The flood of an argument that may be left out.
    pub(super) fn of(given: Option<Argument<'_, '_>>) -> PyResult<ckks_agg::Flood> {
        let Some(given) = given else { return Ok(ckks_agg::Flood::DEFAULT) };
        let flood = given.value.cast::<Flood>().map_err(|_| given.wrong_type("expected a ckks.Flood"))?;
        Ok(flood.get().0)
    }
}

#[pymethods]
impl Flood {
    #[new]
    #[pyo3(signature = (statistical_bits = None, answers = None), text_signature = "(statistical_bits=40, answers=35040)")]
    fn new(
        statistical_bits: Option<&Bound<'_, PyAny>>,
        answers: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let usual = ckks_agg::Flood::DEFAULT;
        let bits = int_or("statistical_bits", statistical_bits, usual.statistical_bits())?;
        let flood = ckks_agg::Flood::new(bits, int_or("answers", answers, usual.answers())?);
        Ok(Flood(flood.map_err(|error| Failure::argument("statistical_bits", error))?))
    }

    #[getter]
    fn statistical_bits(&self) -> u8 {
        self.0.statistical_bits()
    }

    #[getter]
    fn answers(&self) -> u32 {
        self.0.answers()
    }

    /// By how much a value that is decrypted from a ciphertext can be wrong, with this flood.
    fn error(&self, ciphertext: &Bound<'_, PyAny>) -> PyResult<f64> {
        let ciphertext = Ciphertext::of(argument("ciphertext", ciphertext))?;
        Ok(ciphertext.flooded_error(&self.0))
    }

    fn __getnewargs__(&self) -> (u8, u32) {
        (self.0.statistical_bits(), self.0.answers())
    }

    fn __repr__(&self) -> String {
        let (bits, answers) = self.__getnewargs__();
        format!("Flood(statistical_bits={bits}, answers={answers})")
    }
}
