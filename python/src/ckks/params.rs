//! What a group agrees on whose trustees make a key.

use ckks_agg::{Opening, Values};
use meter_link::{Protocol, Role, answer};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::flood::Flood;
use super::ring::Ring;
use crate::argument::{Argument, argument};
use crate::error::Failure;
use crate::link::{Common, Group, Threshold};

/// Checked parameters of a group; their bytes make the session that an epoch is formed for.
#[pyclass(frozen, eq, module = "wattsum.ckks", name = "Params")]
#[derive(Clone, Copy, PartialEq)]
pub(crate) struct Params {
    pub(crate) inner: ckks_agg::Params,
}

impl Params {
    pub(crate) fn common(&self) -> Common {
        let (threshold, answerers) = match self.inner.opening() {
            Opening::Trustees(threshold) => (Some(threshold), Role::Trustee),
            Opening::Holder => (None, Role::Holder),
        };
        Common { group: *self.inner.group(), session: self.inner.session(), threshold, answerers }
    }

    fn changed(inner: Result<ckks_agg::Params, ckks_agg::Error>) -> PyResult<Self> {
        Ok(Params { inner: inner.map_err(Failure::from)? })
    }
}

#[pymethods]
impl Params {
    /// Trustees of whom any t open: by default four, three of them, of whom one may collude with the utility. `values` are
    /// "integers", whose sums are exact, or "reals". The scale is the largest at which the sums of `max_meters` readings fit
    /// into the ring; where floods leave too little of them it is refused.
    #[new]
    #[pyo3(signature = (group, threshold = None, *, ring = None, values = None),
           text_signature = "(group, threshold=None, *, ring=None, values='integers')")]
    fn new(
        group: &Group,
        threshold: Option<&Threshold>,
        ring: Option<&Ring>,
        values: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let threshold = threshold.map_or(answer::Threshold::DEFAULT, |threshold| threshold.0);
        let values = values.map_or(Ok(Values::Integers), |values| of_name(argument("values", values)))?;
        let preset = ring.map_or(ckks_agg::Preset::Shared, |ring| ring.0);
        let group = group.params(Protocol::Ckks)?;
        Self::changed(ckks_agg::Params::new(group, Opening::Trustees(threshold), preset, values))
    }

    /// The same where meters send the squares of their readings, too.
    fn with_squares(&self) -> PyResult<Self> {
        Self::changed(self.inner.with_squares())
    }

    /// The same with another flood.
    fn with_flood(&self, flood: &Flood) -> PyResult<Self> {
        Self::changed(self.inner.with_flooding(flood.0))
    }

    #[getter]
    fn group(&self) -> Group {
        self.inner.group().into()
    }

    #[getter]
    fn threshold(&self) -> Option<Threshold> {
        match self.inner.opening() {
            Opening::Trustees(threshold) => Some(Threshold(threshold)),
            Opening::Holder => None,
        }
    }

    #[getter]
    fn ring(&self) -> Ring {
        Ring(self.inner.preset())
    }

    /// "integers" or "reals".
    #[getter]
    fn values(&self) -> &'static str {
        match self.inner.values() {
            Values::Integers => "integers",
            Values::Reals => "reals",
        }
    }

    /// Whether meters send squares, too.
    #[getter]
    fn squares(&self) -> bool {
        self.inner.squares()
    }

    #[getter]
    fn flood(&self) -> Flood {
        Flood(self.inner.flooding())
    }

    /// log₂ of the scale of all plaintexts.
    #[getter]
    fn scale_bits(&self) -> u32 {
        self.inner.scale_bits()
    }

    /// 32 bytes.
    #[getter]
    fn session<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.inner.session().0)
    }
}

fn of_name(given: Argument<'_, '_>) -> PyResult<Values> {
    match given.text()?.as_str() {
        "integers" => Ok(Values::Integers),
        "reals" => Ok(Values::Reals),
        _ => Err(given.refuse("expected \"integers\" or \"reals\"")),
    }
}
