//! What certified answers have shown.

use meter_link::decode;
use meter_link::decode::Check;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::error::of_protocol;
use crate::sum::Sum;

/// What so many answers allow, and how many wrong ones they would name.
pub(crate) const fn check(check: Check) -> (&'static str, u8) {
    match check {
        Check::Unchecked => ("unchecked", 0),
        Check::Detects => ("detects", 0),
        Check::Names(most) => ("names", most),
    }
}

/// The exceptions of errors, to be looked at or raised.
pub(crate) fn exceptions(
    py: Python<'_>,
    errors: impl Iterator<Item = meter_link::Error>,
) -> PyResult<Vec<Py<PyAny>>> {
    errors.map(|error| Ok(of_protocol(py, error)?.into_value(py).into_any())).collect()
}

/// A sum of certified answers, and whose answers were wrong.
#[pyclass(frozen, module = "wattsum.link", name = "CheckedSum")]
pub(crate) struct CheckedSum {
    checked: decode::CheckedSum,
    /// The sum: right, if no more answers than `names` were wrong.
    #[pyo3(get)]
    sum: Py<Sum>,
}

impl CheckedSum {
    pub(crate) fn new(py: Python<'_>, checked: decode::CheckedSum) -> PyResult<Self> {
        let sum = Py::new(py, Sum::from(checked.sum.clone()))?;
        Ok(CheckedSum { checked, sum })
    }
}

#[pymethods]
impl CheckedSum {
    /// What so many answers allow. Of n answers to a threshold of t: "unchecked" for n = t, where any answers
    /// fit together; "detects" for t + 1, where a wrong one shows, and not whose it is; else "names".
    #[getter]
    fn check(&self) -> &'static str {
        check(self.checked.check).0
    }

    /// Up to so many wrong answers, (n - t) // 2, are named and do no harm.
    #[getter]
    fn names(&self) -> u8 {
        check(self.checked.check).1
    }

    /// Ids of those whose answers do not fit: they lie, or meters have sent corrections for them that are no
    /// sharing. From these bytes it cannot be told which, so this alone is no reason to drop one.
    #[getter]
    fn wrong<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.checked.wrong.iter().map(|id| id.0))
    }

    /// A `FaultError` for each in `wrong`.
    fn faults(&self, py: Python<'_>) -> PyResult<Vec<Py<PyAny>>> {
        exceptions(py, self.checked.faults())
    }

    fn __repr__(&self) -> String {
        let wrong: Vec<u32> = self.checked.wrong.iter().map(|id| id.0).collect();
        format!("<wattsum.link.CheckedSum: round {}, wrong {wrong:?}>", self.checked.sum.round)
    }
}
