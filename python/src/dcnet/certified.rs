//! Certified answers about a closed round.

use std::collections::BTreeMap;
use std::sync::Arc;

use meter_link::answer::{AnswerKind, Quorum, RawOpening, Stated};
use meter_link::head::Parties;
use meter_link::{Kind, PartyId};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::rounds::Closed;
use crate::argument::argument;
use crate::collecting::missing;
use crate::error::Failure;
use crate::head::Desk;
use crate::link::CheckedSum;
use crate::owned::Owned;

/// A closed round that any number of holders, at least t, answer raw: first each states the set, then, shown t
/// statements, each answers.
#[pyclass(frozen, module = "wattsum.dcnet", name = "Certified")]
pub(crate) struct Certified {
    /// The signed Close, for the holders asked.
    #[pyo3(get)]
    frame: Py<PyBytes>,
    pub(super) closed: Py<Closed>,
    asked: Quorum,
    state: Owned<Answers>,
}

/// `dcnet_core::Certified` borrows its closed round, which a Python object cannot: so what has come is checked and
/// kept here, and given to one that lives for as long as it takes to make the sum.
struct Answers {
    parties: Arc<Parties>,
    opening: RawOpening,
    frames: BTreeMap<PartyId, Vec<u8>>,
}

impl Certified {
    pub(super) fn new(
        py: Python<'_>,
        utility: &Owned<dcnet_core::Utility>,
        desk: &Desk,
        closed: Py<Closed>,
        asked: Quorum,
    ) -> PyResult<Self> {
        let Closed { outcome, state, .. } = closed.get();
        let (frame, parties) = py.detach(|| {
            utility.with(|utility| {
                state.with(|closed| {
                    let frame = utility.certify(closed, &asked)?.frame().to_vec();
                    Ok::<_, meter_link::Error>((frame, Arc::clone(utility.parties())))
                })
            })
        })?;
        let stated = Stated { kind: Kind::SetStatement, round: outcome.round, digest: outcome.digest(desk) };
        let threshold = desk.threshold.map_or(0, |threshold| threshold.threshold());
        let width = desk.view.channels();
        let opening = RawOpening::new(AnswerKind::DcnetRound, stated, asked, threshold, width);
        let answers = Answers { parties, opening, frames: BTreeMap::new() };
        let frame = PyBytes::new(py, &frame).unbind();
        Ok(Certified { frame, closed, asked, state: Owned::new("certified round", answers) })
    }

    pub(super) fn record(
        &self,
        py: Python<'_>,
        utility: &Owned<dcnet_core::Utility>,
    ) -> PyResult<CheckedSum> {
        let closed = self.closed.get();
        let sum = py.detach(|| {
            utility.with(|utility| {
                closed.state.with(|closed| {
                    self.state.with(|answers| {
                        let mut certified = utility.certify(closed, &self.asked)?;
                        for frame in answers.frames.values() {
                            certified.accept(frame)?;
                        }
                        utility.record_certified(&certified)
                    })
                })
            })
        })?;
        CheckedSum::new(py, sum)
    }
}

#[pymethods]
impl Certified {
    /// Takes a holder's statement (`Holder.agree`), and gives its id.
    fn accept_statement(&self, py: Python<'_>, frame: &Bound<'_, PyAny>) -> PyResult<u32> {
        let frame = argument("frame", frame).bytes()?;
        let accept = |answers: &mut Answers| answers.opening.accept_statement(&answers.parties, &frame);
        Ok(py.detach(|| self.state.with(accept))?.0)
    }

    /// The statements that have come, for all who are asked; `QuorumError` while they are fewer than t.
    fn certificate(&self, py: Python<'_>) -> PyResult<Vec<Py<PyBytes>>> {
        let certificate = |answers: &mut Answers| {
            let statements = answers.opening.certificate()?;
            Ok::<Vec<Vec<u8>>, Failure>(statements.into_iter().map(<[u8]>::to_vec).collect())
        };
        let statements = py.detach(|| self.state.with(certificate))?;
        Ok(statements.iter().map(|statement| PyBytes::new(py, statement).unbind()).collect())
    }

    /// Takes a holder's raw answer (`Holder.answer_certified`), and gives its id.
    fn accept(&self, py: Python<'_>, frame: &Bound<'_, PyAny>) -> PyResult<u32> {
        let frame = argument("frame", frame).bytes()?;
        let accept = |answers: &mut Answers| {
            let id = answers.opening.accept(&answers.parties, &frame)?;
            answers.frames.insert(id, frame.to_vec());
            Ok::<_, Failure>(id)
        };
        Ok(py.detach(|| self.state.with(accept))?.0)
    }

    /// Numbers of the holders asked that have not answered.
    fn missing(&self, py: Python<'_>) -> PyResult<Vec<u32>> {
        missing(py, &self.state, |answers| answers.opening.missing().map(u32::from).collect())
    }
}
