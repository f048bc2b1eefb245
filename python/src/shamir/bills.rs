//! The bills of a window.

use numpy::{PyArray1, PyArrayDyn};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use crate::argument::argument;
use crate::array::{into_array, with_room};
use crate::bill::Bill;
use crate::collecting::{accept, missing};
use crate::link::{check, exceptions};
use crate::owned::Owned;

/// Bills that a quorum is asked for, with bound answers.
#[pyclass(frozen, module = "wattsum.shamir", name = "Billing")]
pub(crate) struct Billing {
    /// The signed query, for the quorum.
    #[pyo3(get)]
    frame: Py<PyBytes>,
    state: Owned<shamir_agg::Billing>,
}

impl Billing {
    pub(super) fn new(py: Python<'_>, state: shamir_agg::Billing) -> Self {
        let frame = PyBytes::new(py, state.frame()).unbind();
        Billing { frame, state: Owned::new("billing", state) }
    }
}

#[pymethods]
impl Billing {
    /// Takes an aggregator's answer (`Aggregator.bill`), and gives its number.
    fn accept(&self, py: Python<'_>, frame: &Bound<'_, PyAny>) -> PyResult<u8> {
        let frame = argument("frame", frame).bytes()?;
        Ok(py.detach(|| self.state.with(|state| state.accept(&frame)))?)
    }

    /// Numbers of the aggregators of the quorum that have not answered.
    fn missing(&self, py: Python<'_>) -> PyResult<Vec<u32>> {
        missing(py, &self.state, |state| state.missing().map(u32::from).collect())
    }

    /// The bills, once the quorum has answered. Nothing tells a wrong answer from a right one: see
    /// `Utility.certify_bill`.
    fn bills(&self, py: Python<'_>) -> PyResult<CheckedBills> {
        Ok(CheckedBills(py.detach(|| self.state.with(|state| state.bills()))?))
    }
}

/// Bills that any number of aggregators, at least t, answer raw; see `Certified`.
#[pyclass(frozen, module = "wattsum.shamir", name = "CertifiedBilling")]
pub(crate) struct CertifiedBilling {
    /// The signed query, for all who are asked.
    #[pyo3(get)]
    frame: Py<PyBytes>,
    state: Owned<shamir_agg::CertifiedBilling>,
}

impl CertifiedBilling {
    pub(super) fn new(py: Python<'_>, state: shamir_agg::CertifiedBilling) -> Self {
        let frame = PyBytes::new(py, state.frame()).unbind();
        CertifiedBilling { frame, state: Owned::new("certified billing", state) }
    }
}

#[pymethods]
impl CertifiedBilling {
    /// Takes an aggregator's statement (`Aggregator.agree_bill`), and gives its id.
    fn accept_statement(&self, py: Python<'_>, frame: &Bound<'_, PyAny>) -> PyResult<u32> {
        let frame = argument("frame", frame);
        accept(py, &self.state, frame, shamir_agg::CertifiedBilling::accept_statement)
    }

    /// The statements that have come, for all who are asked; `QuorumError` while they are fewer than t.
    fn certificate(&self, py: Python<'_>) -> PyResult<Vec<Py<PyBytes>>> {
        let statements = py.detach(|| self.state.with(|state| state.certificate().map(super::owned)))?;
        Ok(statements.iter().map(|statement| PyBytes::new(py, statement).unbind()).collect())
    }

    /// Takes an aggregator's raw answer (`Aggregator.answer_certified`), and gives its id.
    fn accept(&self, py: Python<'_>, frame: &Bound<'_, PyAny>) -> PyResult<u32> {
        accept(py, &self.state, argument("frame", frame), shamir_agg::CertifiedBilling::accept)
    }

    /// Numbers of the aggregators asked that have not answered.
    fn missing(&self, py: Python<'_>) -> PyResult<Vec<u32>> {
        missing(py, &self.state, |state| state.missing().map(u32::from).collect())
    }

    /// The bills of the answers that have come, and who was wrong; `QuorumError` while they are fewer than t. Each
    /// bill stands for itself: a meter whose contributions are no sharing spoils its own.
    fn bills(&self, py: Python<'_>) -> PyResult<CheckedBills> {
        Ok(CheckedBills(py.detach(|| self.state.with(|state| state.bills()))?))
    }
}

/// The bills of a window: of each billed meter one sum a channel, over the rounds whose set has the meter.
#[pyclass(frozen, module = "wattsum.shamir", name = "CheckedBills")]
pub(crate) struct CheckedBills(shamir_agg::CheckedBills);

#[pymethods]
impl CheckedBills {
    /// Ascending by id.
    #[getter]
    fn bills(&self) -> Vec<Bill> {
        self.0.bills.iter().cloned().map(Bill::from).collect()
    }

    /// Ids, ascending: a row of `values` each.
    #[getter]
    fn meters<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray1<u32>>> {
        let mut meters = with_room(self.0.bills.len())?;
        meters.extend(self.0.bills.iter().map(|bill| bill.meter.0));
        Ok(PyArray1::from_vec(py, meters))
    }

    /// Over how many rounds each bill is.
    #[getter]
    fn rounds<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray1<u32>>> {
        let mut rounds = with_room(self.0.bills.len())?;
        rounds.extend(self.0.bills.iter().map(|bill| bill.rounds));
        Ok(PyArray1::from_vec(py, rounds))
    }

    /// int64, bills by channels, in the unit of the readings.
    #[getter]
    fn values<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArrayDyn<i64>>> {
        let bills = &self.0.bills;
        let channels = bills.first().map_or(0, |bill| bill.values.len());
        let mut values = with_room(bills.len().saturating_mul(channels))?;
        bills.iter().for_each(|bill| values.extend_from_slice(&bill.values));
        into_array(py, values, &[bills.len(), channels])
    }

    /// Ids of the meters whose bill cannot be read: beyond what so many readings can be, or no answers fit together.
    #[getter]
    fn spoilt(&self) -> Vec<u32> {
        self.0.spoilt.iter().map(|meter| meter.0).collect()
    }

    /// What so many answers allow, as `link.CheckedSum.check`; of bound ones nothing is checked.
    #[getter]
    fn check(&self) -> &'static str {
        check(self.0.check).0
    }

    /// Up to so many wrong answerers are named and do no harm.
    #[getter]
    fn names(&self) -> u8 {
        check(self.0.check).1
    }

    /// By id of an aggregator: in how many bills its answers do not fit the others'. In few of many it may be the
    /// meters' doing, who have sent corrections for it that are no sharing.
    #[getter]
    fn wrong<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let wrong = PyDict::new(py);
        for aggregator in &self.0.wrong {
            wrong.set_item(aggregator.aggregator.0, aggregator.bills)?;
        }
        Ok(wrong)
    }

    /// A `FaultError` for each in `wrong`.
    fn faults(&self, py: Python<'_>) -> PyResult<Vec<Py<PyAny>>> {
        exceptions(py, self.0.faults())
    }

    fn __len__(&self) -> usize {
        self.0.bills.len()
    }

    fn __repr__(&self) -> String {
        format!("<wattsum.shamir.CheckedBills: {} bills>", self.0.bills.len())
    }
}
