//! Claims to a generation, and what goes before and after them.

use std::collections::BTreeMap;

use meter_link::Fault;
use meter_link::set::Members;
use pyo3::prelude::*;

use super::Params;
use super::fleet::Handle;
use super::known::{self, Known};
use super::member::of_size;
use crate::argument::argument;
use crate::error::Failure;
use crate::link::EpochView;
use crate::owned::Owned;

/// A checked claim to a generation of a group with terms.
#[pyclass(frozen, eq, module = "wattsum.cmt", name = "Claim")]
#[derive(PartialEq)]
pub(crate) struct Claim(pub(super) cmt_ring::Claim);

#[pymethods]
impl Claim {
    /// Checks a Claim frame, whenever its generation began: the claim, and ids of its members.
    #[staticmethod]
    fn verify(
        py: Python<'_>,
        params: &Params,
        view: &EpochView,
        frame: &Bound<'_, PyAny>,
    ) -> PyResult<(Claim, Vec<u32>)> {
        let (known, frame) = (Known::new(params, view), argument("frame", frame).bytes()?);
        Ok(py.detach(|| {
            let claimant = known.sender(&frame)?;
            let (claim, set) = cmt_ring::Claim::verify(&known.params, &known.view, &claimant, &frame)?;
            Ok::<_, Failure>((Claim(claim), known.ids(&Members::from(set))?))
        })?)
    }

    /// Whether this one takes the place of another to the same generation: it has more members, or as many and a
    /// claimant that comes first in the draw over all meters.
    fn beats(&self, other: &Claim) -> bool {
        self.0.beats(&other.0)
    }

    /// Whether a meter that follows another claim leaves it for this one.
    fn precedes(&self, other: &Claim) -> bool {
        self.0.precedes(&other.0)
    }

    /// Whether both are of one claimant to one generation and not the same: their frames are evidence.
    fn contradicts(&self, other: &Claim) -> bool {
        self.0.contradicts(&other.0)
    }

    #[getter]
    fn generation(&self) -> u32 {
        self.0.generation.0
    }

    #[getter]
    fn first_round(&self) -> u64 {
        self.0.from.get()
    }

    /// The first round after its term.
    #[getter]
    fn until(&self) -> u64 {
        self.0.until.get()
    }

    /// Id of the claimant.
    #[getter]
    fn id(&self) -> u32 {
        self.0.id.0
    }

    /// How many members it has.
    #[getter]
    fn count(&self) -> u32 {
        self.0.count
    }

    /// Digest of its members, 32 bytes.
    #[getter]
    fn set(&self) -> [u8; 32] {
        self.0.set
    }

    /// Place of the claimant in the draw over all meters of the roster.
    #[getter]
    fn draw(&self) -> u32 {
        self.0.draw
    }

    fn __repr__(&self) -> String {
        format!("<wattsum.cmt.Claim: generation {}, meter {}>", self.0.generation.0, self.0.id)
    }
}

/// What a concentrator hands over.
#[pyclass(frozen, eq, get_all, module = "wattsum.cmt", name = "HandedOver")]
#[derive(PartialEq)]
pub(crate) struct HandedOver {
    generation: u32,
    first_round: u64,
    /// Ids of those that the concentrator knows to be licensed: the members that `Meter.claim` wants.
    members: Vec<u32>,
}

impl HandedOver {
    pub(super) fn new(known: &Known, handed: &cmt_ring::HandedOver) -> Result<Self, Failure> {
        let members = known.ids(&handed.members)?;
        Ok(HandedOver { generation: handed.generation.0, first_round: handed.from.get(), members })
    }
}

#[pymethods]
impl HandedOver {
    fn __repr__(&self) -> String {
        format!("<wattsum.cmt.HandedOver: generation {}>", self.generation)
    }
}

/// The echoes of a generation's members, in any order.
#[pyclass(frozen, module = "wattsum.cmt", name = "Agreement")]
pub(crate) struct Agreement {
    meter: Handle,
    claim: Vec<u8>,
    /// By position, since they are to be heard ascending.
    heard: Owned<BTreeMap<u32, Vec<u8>>>,
}

impl Agreement {
    pub(super) fn new(meter: Handle, claim: Vec<u8>) -> Result<Self, Failure> {
        let agreement = Agreement { meter, claim, heard: Owned::new("agreement", BTreeMap::new()) };
        agreement.run(&agreement.meter, &BTreeMap::new(), |_, _| Ok(()))?;
        Ok(agreement)
    }

    /// Hears these echoes, one after the other, and acts.
    fn run<R>(
        &self,
        meter: &Handle,
        echoes: &BTreeMap<u32, Vec<u8>>,
        act: impl FnOnce(&mut super::member::Member, &cmt_ring::Agreement<'_>) -> Result<R, Failure>,
    ) -> Result<R, Failure> {
        meter.with(|known, member| {
            known.check_same(&self.meter.known)?;
            let claimant = known.sender(&self.claim)?;
            let agreement = of_size!(meter in &mut member.meter => meter.agreement(&claimant, &self.claim));
            let mut agreement = agreement?;
            for frame in echoes.values() {
                agreement.hear(&known.sender(frame)?, frame)?;
            }
            act(member, &agreement)
        })
    }

    pub(super) fn agree(&self, meter: &Handle) -> Result<(), Failure> {
        let heard = self.heard.with(|heard| Ok::<_, Failure>(heard.clone()))?;
        self.run(meter, &heard, |member, agreement| {
            Ok(of_size!(meter in &mut member.meter => meter.agree(agreement))?)
        })
    }
}

#[pymethods]
impl Agreement {
    /// Takes a member's Echo frame, and gives its id; the same one again changes nothing. A `FaultError` of another set
    /// means that the member and this meter followed different claims, and both claims together are evidence against who
    /// signed them.
    fn hear(&self, py: Python<'_>, frame: &Bound<'_, PyAny>) -> PyResult<u32> {
        let frame = argument("frame", frame).bytes()?;
        let sender = py.detach(|| {
            let sender = known::sender(&self.meter.known.roster, &frame)?;
            // What is theirs has no echo: this meter's own word, and the claim that the concentrator signed.
            let known = [self.meter.id, known::sender(&self.meter.known.roster, &self.claim)?.member.id];
            if known.contains(&sender.member.id) {
                return Err(Fault::NotExpected.of(sender.member.id).into());
            }
            let echo = BTreeMap::from([(sender.position, frame.to_vec())]);
            self.run(&self.meter, &echo, |_, _| Ok(()))?;
            self.heard.with(|heard| {
                heard.extend(echo);
                Ok::<_, Failure>(sender.member.id.0)
            })
        })?;
        Ok(sender)
    }

    /// Ids of the members who are still to be heard.
    fn awaited(&self, py: Python<'_>) -> PyResult<Vec<u32>> {
        Ok(py.detach(|| {
            let heard: Vec<u32> =
                self.heard.with(|heard| Ok::<_, Failure>(heard.keys().copied().collect()))?;
            let awaited = self.run(&self.meter, &BTreeMap::new(), |_, agreement| {
                Ok(agreement
                    .awaited()
                    .filter(|position| heard.binary_search(position).is_err())
                    .collect::<Vec<_>>())
            })?;
            let ids = awaited.into_iter().map(|position| self.meter.known.id(position));
            Ok::<Vec<u32>, Failure>(ids.collect::<Result<_, _>>()?)
        })?)
    }

    fn __repr__(&self) -> &'static str {
        "<wattsum.cmt.Agreement>"
    }
}
