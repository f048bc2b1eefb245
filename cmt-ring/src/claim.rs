//! Claims: who is concentrator of a generation, of which members, signed. Groups with terms only.
//!
//! Nobody appoints a concentrator. Whoever the draw makes one for the members that it knows says so, and everybody
//! checks the draw. What decides between two claims of one generation nobody can turn by the choice of a set:
//! more members, then the place in a draw over *all* meters of the roster. docs/election.md has the rules.

use meter_link::frame::{Header, Kind, Reader, SignedFrame, Writer};
use meter_link::set::{self, SetView};
use meter_link::{EpochView, Fault as LinkFault, Identity, PartyId, Round};

use crate::error::{Error, Fault, Misuse};
use crate::generation::{self, Generation};
use crate::order::{Entry, Order};
use crate::params::Params;

/// A checked claim to a generation of a group with terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Which generation.
    pub generation: Generation,
    /// Its first round.
    pub from: Round,
    /// The first round after its term.
    pub until: Round,
    /// Who claims to be its concentrator.
    pub id: PartyId,
    /// Roster position of the claimant.
    pub position: u32,
    /// How many members it has.
    pub count: u32,
    /// Their [`set_digest`](generation::set_digest).
    pub set: [u8; 32],
    /// Place of the claimant in the draw over all meters of the roster.
    pub draw: u32,
}

impl Claim {
    /// Most bytes of a Claim frame: `generation u32 ‖ set of members`, signed, its header's round the generation's first.
    pub const fn max_len(meters: u32) -> usize {
        (Header::LEN + 4 + Identity::SIGNATURE_LEN).wrapping_add(set::max_len(meters))
    }

    /// Checks a Claim frame, whenever its generation began, and reads who the members are. Whether it holds *now*, for
    /// whom, and against which other claim, is for its receivers to say.
    ///
    /// # Errors
    /// [`Misuse::NoTerms`]; [`meter_link::Misuse::UnknownParty`] for an entry that is not the sender's;
    /// [`Malformed`](crate::Malformed); [`Fault`] blaming the claimant: a wrong signature, a round outside the epoch,
    /// generation 0, too few members, itself not among them, or not at place 0 of their ring.
    pub fn verify<'a>(
        params: &Params,
        view: &EpochView,
        claimant: &Entry,
        frame: &'a [u8],
    ) -> Result<(Self, SetView<'a>), Error> {
        let frame = SignedFrame::parse(frame, &view.expect(Kind::Claim, 0))?;
        let header = *frame.header();
        claimant.check(view, header.sender)?;
        let mut payload = frame.verify(&claimant.member.identity, &view.scope())?;
        let generation = Generation(payload.u32()?);
        let set = SetView::read(&mut payload, view.meters())?;
        payload.end()?;
        Ok((Self::check(params, view, claimant, generation, header.round, &set)?, set))
    }

    /// What a claim must have beside its signature.
    fn check(
        params: &Params,
        view: &EpochView,
        claimant: &Entry,
        generation: Generation,
        from: Round,
        set: &SetView<'_>,
    ) -> Result<Self, Error> {
        let (id, position) = (claimant.member.id, claimant.position);
        let mean = params.mean_term().ok_or(Misuse::NoTerms)?;
        if !view.contains(from) {
            return Err(LinkFault::WrongEpoch.of(id).into());
        }
        if generation.0 == 0 {
            return Err(Fault::WrongGeneration.of(id));
        }
        let count = set.count();
        if count < params.min_ring() {
            return Err(LinkFault::SetTooSmall.of(id).into());
        }
        if !set.contains(position) {
            return Err(LinkFault::NotInSet.of(id).into());
        }
        let first = Order::new(view.epoch(), generation, count).rank(0)?;
        if set.positions().nth(first as usize) != Some(position) {
            return Err(Fault::NotConcentrator.of(id));
        }
        let term = generation.term(view.epoch(), mean);
        Ok(Claim {
            generation,
            from,
            until: Round::from(from.to_u32().saturating_add(term)),
            id,
            position,
            count,
            set: generation::set_digest(view.epoch(), count, set.positions()),
            draw: Order::new(view.epoch(), generation, view.meters()).place(position)?,
        })
    }

    /// Signs a claim of these members, one bool a position.
    ///
    /// # Errors
    /// [`meter_link::Misuse::WrongRole`] if `identity` is not the claimant's; [`meter_link::Misuse::WrongLength`]
    /// unless there is a bool for each meter and room for the frame; [`Misuse::NoTerms`], [`Misuse::GenerationUsed`],
    /// [`Misuse::RingTooSmall`], [`meter_link::Misuse::RoundOutsideEpoch`], [`meter_link::Misuse::UnknownParty`] and, where
    /// the draw makes another member concentrator, [`meter_link::Misuse::WrongRole`].
    #[allow(clippy::too_many_arguments)] // a step takes what it needs, and nothing of it belongs together
    pub fn sign<'o>(
        params: &Params,
        view: &EpochView,
        identity: &Identity,
        claimant: &Entry,
        generation: Generation,
        from: Round,
        members: &[bool],
        out: &'o mut [u8],
    ) -> Result<(Self, &'o [u8]), Error> {
        claimant.check(view, claimant.member.id)?;
        if identity.public() != claimant.member.identity {
            return Err(meter_link::Misuse::WrongRole.into());
        }
        if members.len() != view.meters() as usize {
            return Err(meter_link::Misuse::WrongLength.into());
        }
        let header = view.header(Kind::Claim, 0, claimant.member.id, from);
        let mut writer = Writer::frame(out, &header)?;
        writer.u32(generation.0)?;
        let before = writer.written().len();
        set::write(&mut writer, members)?;
        let mut written = Reader::new(writer.written().get(before..).unwrap_or_default());
        let set = SetView::read(&mut written, view.meters())?;
        let claim = Self::check(params, view, claimant, generation, from, &set).map_err(own)?;
        Ok((claim, writer.finish_signed(&header, identity, &view.scope())?))
    }

    /// That the generation begins in the epoch and near now, as a claim that is to be taken must.
    ///
    /// # Errors
    /// [`Fault`] blaming the claimant.
    pub fn check_near(&self, now: Round) -> Result<(), Error> {
        if self.from.is_near(now) { Ok(()) } else { Err(LinkFault::RoundFarFromNow.of(self.id).into()) }
    }

    /// Whether this one takes the place of another valid claim to the same generation: it has more members, or as many
    /// and a claimant that the draw over all meters puts before the other. Of claims of one claimant, and of those to
    /// different generations, none beats the other.
    pub fn beats(&self, other: &Claim) -> bool {
        self.generation == other.generation
            && self.position != other.position
            && (self.count > other.count || (self.count == other.count && self.draw < other.draw))
    }

    /// Whether a meter that follows another claim leaves it for this one: this one [`beats`](Claim::beats) it, or is to a lower
    /// generation. Otherwise whoever claims a generation ahead could choose one whose draw favours it.
    pub fn precedes(&self, other: &Claim) -> bool {
        self.generation < other.generation || self.beats(other)
    }

    /// Whether both are of one claimant to one generation and not the same: two such frames are evidence.
    pub fn contradicts(&self, other: &Claim) -> bool {
        self.generation == other.generation && self.position == other.position && self != other
    }
}

/// What others would blame this party for is a mistake of its caller.
pub(crate) fn own(error: Error) -> Error {
    let Error::Fault { fault, .. } = error else { return error };
    let link = |misuse: meter_link::Misuse| Error::from(misuse);
    match fault {
        Fault::WrongGeneration => Misuse::GenerationUsed.into(),
        Fault::Link(LinkFault::SetTooSmall) => Misuse::RingTooSmall.into(),
        Fault::Link(LinkFault::NotInSet) => link(meter_link::Misuse::UnknownParty),
        Fault::Link(LinkFault::WrongEpoch) => link(meter_link::Misuse::RoundOutsideEpoch),
        Fault::Link(LinkFault::RoundFarFromNow) => link(meter_link::Misuse::RoundFarFromNow),
        Fault::NotConcentrator => link(meter_link::Misuse::WrongRole),
        _ => link(meter_link::Misuse::OutOfOrder),
    }
}
