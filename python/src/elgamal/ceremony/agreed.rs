//! What onlookers need, and what parties may disagree about.

use meter_link::Kind;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use threshold_elgamal::ceremony;

use super::plan::Ceremony;
use super::step::blame;
use crate::argument::argument;
use crate::elgamal::KeySet;
use crate::elgamal::frames::Frames;
use crate::error::Failure;

/// The announcements that all parties have echoed alike: what anybody needs to judge a complaint, and to
/// know the keys that come of it. Public.
#[pyclass(frozen, module = "wattsum.elgamal", name = "Agreed")]
pub(crate) struct Agreed(ceremony::Agreed);

#[pymethods]
impl Agreed {
    /// From the frames of all parties' first two steps, each a sequence of bytes in any order.
    #[new]
    fn new(
        py: Python<'_>,
        ceremony: &Ceremony,
        announcements: &Bound<'_, PyAny>,
        echoes: &Bound<'_, PyAny>,
    ) -> PyResult<Self> {
        let announcements = Frames::of(argument("announcements", announcements))?;
        let echoes = Frames::of(argument("echoes", echoes))?;
        let agreed =
            py.detach(|| ceremony::Agreed::new(&ceremony.plan, &announcements.slices(), &echoes.slices()));
        Ok(Agreed(agreed.map_err(Failure::from)?))
    }

    /// What every later frame is about, 32 bytes.
    #[getter]
    fn digest<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.digest())
    }

    /// The keys that this ceremony makes, if it ends.
    fn keys(&self, py: Python<'_>) -> PyResult<KeySet> {
        KeySet::of(py, py.detach(|| self.0.keys()).map_err(Failure::from)?)
    }

    /// The `FaultError` of who is wrong in a complaint, the dealer or the member that complains; not raised.
    fn judge(&self, py: Python<'_>, complaint: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        let complaint = argument("complaint", complaint).bytes()?;
        blame(py, py.detach(|| self.0.judge(&complaint)).map_err(Failure::from)?)
    }

    fn __repr__(&self) -> &'static str {
        "<wattsum.elgamal.Agreed>"
    }
}

/// Two parties have seen different frames of a third, or one of them says so. Nobody is shown to be wrong
/// yet: who claims it is asked for the frame, and `Ceremony.contradiction` judges that and the own one.
#[pyclass(frozen, eq, module = "wattsum.elgamal", name = "Dispute")]
#[derive(PartialEq)]
pub(crate) struct Dispute(ceremony::Dispute);

pub(super) fn disputes(disputes: impl Iterator<Item = ceremony::Dispute>) -> Vec<Dispute> {
    disputes.map(Dispute).collect()
}

#[pymethods]
impl Dispute {
    /// Id of the party whose frames are said to differ.
    #[getter]
    fn about(&self) -> u32 {
        self.0.about.0
    }

    /// Which of its frames: "announcement" or "shares".
    #[getter]
    fn kind(&self) -> &'static str {
        if self.0.kind == Kind::Commitments { "announcement" } else { "shares" }
    }

    /// Id of who has signed that it saw another one than this participant.
    #[getter]
    fn claimant(&self) -> u32 {
        self.0.claimant.0
    }

    /// SHA-256 of the frame that the claimant saw.
    #[getter]
    fn claimed<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.claimed)
    }

    /// The `FaultError` to conclude if the claimant does not show the frame before the deadline, not
    /// raised: like every silence no evidence for others.
    fn unanswered(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        blame(py, self.0.unanswered())
    }

    fn __repr__(&self) -> String {
        format!("<wattsum.elgamal.Dispute: {} about {}>", self.0.claimant, self.0.about)
    }
}
