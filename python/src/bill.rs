//! What the utility learns of a meter's window.

use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::argument::argument;

/// One meter's sums over a window, one a channel, in the unit of the readings, and over how many rounds:
/// those whose set contains the meter.
#[pyclass(frozen, eq, hash, module = "wattsum.link", name = "Bill")]
#[derive(PartialEq, Eq, Hash)]
pub(crate) struct Bill {
    #[pyo3(get)]
    meter: u32,
    #[pyo3(get)]
    rounds: u32,
    values: Vec<i64>,
}

impl From<meter_link::head::Bill> for Bill {
    fn from(bill: meter_link::head::Bill) -> Self {
        Bill { meter: bill.meter.0, rounds: bill.rounds, values: bill.values }
    }
}

#[pymethods]
impl Bill {
    #[new]
    fn new(meter: &Bound<'_, PyAny>, rounds: &Bound<'_, PyAny>, values: &Bound<'_, PyAny>) -> PyResult<Self> {
        let (meter, rounds) = (argument("meter", meter).int()?, argument("rounds", rounds).int()?);
        let values = argument("values", values).list(|item| item.int())?;
        Ok(Bill { meter, rounds, values })
    }

    /// Python ints, so that adding up many of them cannot overflow.
    #[getter]
    fn values<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, &self.values)
    }

    fn __getnewargs__<'py>(&self, py: Python<'py>) -> PyResult<(u32, u32, Bound<'py, PyTuple>)> {
        Ok((self.meter, self.rounds, self.values(py)?))
    }

    fn __repr__(&self) -> String {
        format!("Bill(meter={}, rounds={}, values={:?})", self.meter, self.rounds, self.values)
    }
}
