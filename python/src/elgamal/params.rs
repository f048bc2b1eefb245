//! What a group of threshold-elgamal agrees on.

use meter_link::{Protocol, Role, answer};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use threshold_elgamal::range::Width;

use crate::argument::argument;
use crate::error::Failure;
use crate::link::{Common, Group, Threshold};

/// Checked parameters; their bytes make the session.
#[pyclass(frozen, eq, module = "wattsum.elgamal", name = "Params")]
#[derive(Clone, Copy, PartialEq)]
pub(crate) struct Params {
    pub(crate) inner: threshold_elgamal::Params,
}

impl Params {
    pub(crate) fn common(&self) -> Common {
        Common {
            group: *self.inner.group(),
            session: self.inner.session(),
            threshold: Some(self.inner.threshold()),
            answerers: Role::Trustee,
        }
    }
}

#[pymethods]
impl Params {
    /// By default four trustees of whom any three open a sum, and one may collude with the utility. Sums are
    /// found by search, so max_reading times max_meters is at most 2^48, and both belong near what can occur.
    #[new]
    #[pyo3(signature = (group, threshold = None))]
    fn new(group: &Group, threshold: Option<&Threshold>) -> PyResult<Self> {
        let threshold = threshold.map_or(answer::Threshold::DEFAULT, |threshold| threshold.0);
        let params = threshold_elgamal::Params::new(group.params(Protocol::Elgamal)?, threshold);
        Ok(Params { inner: params.map_err(Failure::from)? })
    }

    /// The same with a proof of `bits` (8, 16, 32 or 64) in each contribution that no reading is beyond
    /// max_reading, which is below 2^(bits - 1): so no meter can take a sum out of its bound. 384 to 576
    /// bytes a channel more, and much more work.
    fn with_range(&self, bits: &Bound<'_, PyAny>) -> PyResult<Self> {
        let bits = argument("bits", bits);
        let number: u32 = bits.int()?;
        let width = Width::ALL.into_iter().find(|width| width.bits() == number);
        let width = width.ok_or_else(|| bits.refuse("expected 8, 16, 32 or 64"))?;
        Ok(Params { inner: self.inner.with_range(width).map_err(Failure::from)? })
    }

    /// The same with bills: windows of `rounds`, and at least `min_rounds` readings that each bill hides
    /// among.
    fn with_windows(&self, rounds: &Bound<'_, PyAny>, min_rounds: &Bound<'_, PyAny>) -> PyResult<Self> {
        let (rounds, min_rounds) =
            (argument("rounds", rounds).int()?, argument("min_rounds", min_rounds).int()?);
        Ok(Params { inner: self.inner.with_windows(rounds, min_rounds).map_err(Failure::from)? })
    }

    /// The same without proofs of knowledge and of range. One colluding meter then reads any other: only
    /// where every meter is trusted.
    fn trust_all_meters(&self) -> Self {
        Params { inner: self.inner.trust_all_meters() }
    }

    #[getter]
    fn group(&self) -> Group {
        self.inner.group().into()
    }

    #[getter]
    fn threshold(&self) -> Threshold {
        Threshold(self.inner.threshold())
    }

    /// 32 bytes.
    #[getter]
    fn session<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.inner.session().0)
    }

    /// Bytes of a contribution: 240 with one channel.
    #[getter]
    fn contribution_len(&self) -> usize {
        self.inner.contribution_len()
    }

    /// Whether contributions carry proofs of knowledge.
    #[getter]
    fn knowledge(&self) -> bool {
        self.inner.knowledge()
    }

    /// Bits of the proofs of range, or None.
    #[getter]
    fn range_bits(&self) -> Option<u32> {
        self.inner.proven_range().map(|bounds| bounds.width().bits())
    }

    /// Rounds of a window and the least that a bill hides among, or None without bills.
    #[getter]
    fn windows(&self) -> Option<(u32, u32)> {
        let windows = self.inner.windows()?.to_bytes();
        let [rounds, min_rounds] = windows.as_chunks().0 else { return None };
        Some((u32::from_le_bytes(*rounds), u32::from_le_bytes(*min_rounds)))
    }

    /// The largest size that the sum of so many readings can have, of as many meters or rounds.
    fn bound(&self, readings: &Bound<'_, PyAny>) -> PyResult<u64> {
        Ok(self.inner.bound(argument("readings", readings).int()?))
    }
}
