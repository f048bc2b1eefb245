//! What the utility learns of a round.

use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::argument::argument;

/// One sum a channel, in the unit of the readings, and how many meters are in it.
#[pyclass(frozen, eq, hash, module = "wattsum.link", name = "Sum")]
#[derive(PartialEq, Eq, Hash)]
pub(crate) struct Sum {
    #[pyo3(get)]
    round: u64,
    values: Vec<i64>,
    #[pyo3(get)]
    meters: u32,
}

impl From<meter_link::head::Sum> for Sum {
    fn from(sum: meter_link::head::Sum) -> Self {
        Sum { round: sum.round.get(), values: sum.values, meters: sum.meters }
    }
}

#[pymethods]
impl Sum {
    #[new]
    fn new(round: &Bound<'_, PyAny>, values: &Bound<'_, PyAny>, meters: &Bound<'_, PyAny>) -> PyResult<Self> {
        let (round, meters) = (argument("round", round).int()?, argument("meters", meters).int()?);
        let values = argument("values", values).list(|item| item.int())?;
        Ok(Sum { round, values, meters })
    }

    /// Python ints, so that adding up many of them cannot overflow.
    #[getter]
    fn values<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, &self.values)
    }

    fn __getnewargs__<'py>(&self, py: Python<'py>) -> PyResult<(u64, Bound<'py, PyTuple>, u32)> {
        Ok((self.round, self.values(py)?, self.meters))
    }

    fn __repr__(&self) -> String {
        format!("Sum(round={}, values={:?}, meters={})", self.round, self.values, self.meters)
    }
}
