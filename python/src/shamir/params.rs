//! What a group of shamir-agg agrees on.

use meter_link::{Protocol, Role};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::error::Failure;
use crate::link::{Common, Group, Threshold};

/// Checked parameters; their bytes make the session.
#[pyclass(frozen, eq, module = "wattsum.shamir", name = "Params")]
#[derive(Clone, Copy, PartialEq)]
pub(crate) struct Params(pub(crate) shamir_agg::Params);

impl Params {
    pub(crate) fn common(&self) -> Common {
        Common {
            group: *self.0.group(),
            session: self.0.session(),
            threshold: self.0.threshold(),
            answerers: Role::Aggregator,
        }
    }
}

#[pymethods]
impl Params {
    /// By default four aggregators of whom any three open a sum, and one may collude with the utility.
    #[new]
    #[pyo3(signature = (group, threshold = None))]
    fn new(group: &Group, threshold: Option<&Threshold>) -> PyResult<Self> {
        let threshold = threshold.map_or(meter_link::answer::Threshold::DEFAULT, |threshold| threshold.0);
        let params = shamir_agg::Params::new(group.params(Protocol::Shamir)?, threshold);
        Ok(Params(params.map_err(Failure::from)?))
    }

    #[getter]
    fn group(&self) -> Group {
        self.0.group().into()
    }

    #[getter]
    fn threshold(&self) -> Threshold {
        Threshold(self.0.threshold())
    }

    /// 32 bytes.
    #[getter]
    fn session<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.session().0)
    }

    /// Bytes of a contribution.
    #[getter]
    fn contribution_len(&self) -> usize {
        self.0.contribution_len()
    }
}
