//! What a group of shamir-agg agrees on.

use meter_link::window::Windows;
use meter_link::{Protocol, Role};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::argument::argument;
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
            threshold: Some(self.0.threshold()),
            answerers: Role::Aggregator,
        }
    }
}

#[pymethods]
impl Params {
    /// By default four aggregators of whom any three open a sum, and one may collude with the utility.
    /// With bills, the epoch is cut into windows of `window` rounds, and each bill is over at least `min_rounds` of
    /// them: no block of fewer than `kappa` readings is learnt from bills and sums together.
    #[new]
    #[pyo3(signature = (group, threshold = None, *, window = None, min_rounds = None))]
    fn new(
        group: &Group,
        threshold: Option<&Threshold>,
        window: Option<&Bound<'_, PyAny>>,
        min_rounds: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let threshold = threshold.map_or(meter_link::answer::Threshold::DEFAULT, |threshold| threshold.0);
        let params = shamir_agg::Params::new(group.params(Protocol::Shamir)?, threshold);
        let params = params.map_err(Failure::from)?;
        let params = match (window, min_rounds) {
            (Some(window), Some(least)) => {
                let (rounds, least) =
                    (argument("window", window).int()?, argument("min_rounds", least).int()?);
                params.with_windows(rounds, least).map_err(Failure::from)?
            }
            (None, None) => params,
            (None, Some(_)) => return Err(Failure::argument("window", "min_rounds goes with it").into()),
            (Some(_), None) => return Err(Failure::argument("min_rounds", "window goes with it").into()),
        };
        Ok(Params(params))
    }

    #[getter]
    fn group(&self) -> Group {
        self.0.group().into()
    }

    #[getter]
    fn threshold(&self) -> Threshold {
        Threshold(self.0.threshold())
    }

    /// Rounds of a window; None without bills.
    #[getter]
    fn window(&self) -> Option<u32> {
        self.0.windows().map(Windows::rounds)
    }

    /// No block of fewer readings is learnt from bills and sums together; None without bills.
    #[getter]
    fn kappa(&self) -> Option<u32> {
        self.0.windows().map(Windows::kappa)
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
