//! A round at the utility: it takes contributions, then repairs where there are any, then answers.
#![allow(unsafe_code)] // the caller's pointers

use std::sync::Arc;
use std::vec::Vec;

use meter_link::answer::Quorum;
use meter_link::collect::Collecting;
use meter_link::round::CloseFields;
use meter_link::{Error, Header, Kind, Malformed, Misuse, PartyId, Round};

use super::branch::Branch;
use super::certified::Certified;
use super::{Answers, Closing, Head, Repairs, Utility};
use crate::batch::{self, Outcomes};
use crate::bytes::wattsum_bytes;
use crate::caller::{self, Place, span};
use crate::context::{self, Context};
use crate::guard::Failure;
use crate::status::wattsum_status;

/// A round that takes contributions.
pub const WATTSUM_ROUND_COLLECTING: u8 = 0;
/// A round of dcnet that takes repairs.
pub const WATTSUM_ROUND_REPAIRING: u8 = 1;
/// A round that takes answers: its set is final.
pub const WATTSUM_ROUND_CLOSED: u8 = 2;

/// A round that takes statements and certified answers.
pub const WATTSUM_ROUND_CERTIFYING: u8 = 3;

/// A round behind a handle.
pub(crate) struct Running<U: Utility> {
    /// That of the utility which opened it.
    own: Arc<()>,
    round: Round,
    /// All of the roster, by position.
    meters: Arc<[PartyId]>,
    /// Those that the Open names present, in the same order, and those in the last Close.
    present: Vec<PartyId>,
    set: Vec<PartyId>,
    /// How many Closes there were.
    passes: u8,
    answerers: Vec<PartyId>,
    stage: Stage<U>,
}

#[allow(clippy::large_enum_variant)] // one lives behind each handle
enum Stage<U: Utility> {
    Collecting(Collecting),
    Repairing(U::Repairs),
    Closed(U::Closed),
    Certifying(U::Certified),
    /// Lost to an error while it was being closed.
    Lost,
}

impl<U: Utility> context::Kind for Running<U> {
    const MAGIC: u32 = U::ROUND;
}

impl<U: Utility> Running<U> {
    pub(super) fn new(head: &Head<U>, round: Round, collecting: Collecting) -> Self {
        Running {
            own: Arc::clone(&head.own),
            round,
            // As the Open has it: who comes and goes too often is left out of it, whatever the caller wanted.
            present: collecting.branch().missing().collect(),
            meters: Arc::clone(&head.meters),
            set: Vec::new(),
            passes: 0,
            answerers: head.answerers.clone(),
            stage: Stage::Collecting(collecting),
        }
    }

    pub(super) fn check_owner(&self, head: &Head<U>) -> Result<(), Failure> {
        if Arc::ptr_eq(&self.own, &head.own) { Ok(()) } else { Err(Misuse::WrongRole.into()) }
    }

    pub(super) fn closed(&self, head: &Head<U>) -> Result<&U::Closed, Failure> {
        self.check_owner(head)?;
        match &self.stage {
            Stage::Closed(closed) => Ok(closed),
            _ => Err(Misuse::OutOfOrder.into()),
        }
    }

    /// The next Close, or another quorum for the last.
    pub(super) fn close(&mut self, head: &mut Head<U>, quorum: &Quorum) -> Result<u8, Failure> {
        self.check_owner(head)?;
        if let Stage::Closed(closed) = &mut self.stage {
            head.utility.ask(closed, quorum)?;
            return Ok(WATTSUM_ROUND_CLOSED);
        }
        let set = self.check_close(head, quorum)?;
        let closing = match core::mem::replace(&mut self.stage, Stage::Lost) {
            Stage::Collecting(collecting) => {
                let kept = self.kept(head, &collecting);
                let closing = head.utility.close(collecting, quorum);
                self.restore(head, closing, kept)
            }
            Stage::Repairing(repairs) => head.utility.close_again(repairs, quorum),
            Stage::Closed(_) | Stage::Certifying(_) | Stage::Lost => Err(Misuse::OutOfOrder.into()),
        };
        let (stage, now) = match closing? {
            Closing::Repairing(repairs) => (Stage::Repairing(repairs), WATTSUM_ROUND_REPAIRING),
            Closing::Final(closed) => (Stage::Closed(closed), WATTSUM_ROUND_CLOSED),
        };
        (self.stage, self.set, self.passes) = (stage, set, self.passes.saturating_add(1));
        Ok(now)
    }

    /// Asks all in `asked` for certified answers.
    pub(super) fn certify(&mut self, head: &mut Head<U>, asked: &Quorum) -> Result<(), Failure> {
        self.check_owner(head)?;
        if asked.len() < U::opens(&head.params) {
            return Err(Misuse::BadQuorum.into());
        }
        let set = match &self.stage {
            Stage::Collecting(_) if !U::CERTIFIES_CLOSED => self.check_set(head, asked)?,
            Stage::Closed(_) if U::CERTIFIES_CLOSED => {
                self.check_asked(head, asked)?;
                self.set.clone()
            }
            _ => return Err(Misuse::OutOfOrder.into()),
        };
        let made = match core::mem::replace(&mut self.stage, Stage::Lost) {
            Stage::Collecting(collecting) => {
                let kept = self.kept(head, &collecting);
                let made = head.utility.certify(collecting, asked);
                self.restore(head, made, kept)
            }
            Stage::Closed(closed) => head.utility.certify_closed(closed, asked).map_err(|refused| {
                let (closed, error) = *refused;
                self.stage = Stage::Closed(closed);
                error
            }),
            _ => Err(Misuse::OutOfOrder.into()),
        };
        (self.stage, self.set) = (Stage::Certifying(made?), set);
        Ok(())
    }

    pub(super) fn certified(&mut self) -> Result<&mut U::Certified, Failure> {
        match &mut self.stage {
            Stage::Certifying(certified) => Ok(certified),
            _ => Err(Misuse::OutOfOrder.into()),
        }
    }

    /// A round that was closed before a restart can be refused for a reason that is not foreseen here.
    fn kept(&self, head: &Head<U>, collecting: &Collecting) -> Option<Vec<u8>> {
        if head.closed() == Some(self.round) { collecting.to_bytes().ok() } else { None }
    }

    fn restore<T>(
        &mut self,
        head: &mut Head<U>,
        made: Result<T, Error>,
        kept: Option<Vec<u8>>,
    ) -> Result<T, Error> {
        if let (Err(_), Some(kept)) = (&made, kept) {
            self.stage = head.utility.reopen(&kept).map_or(Stage::Lost, Stage::Collecting);
        }
        made
    }

    fn check_asked(&self, head: &Head<U>, asked: &Quorum) -> Result<(), Failure> {
        if head.closed() > Some(self.round) {
            return Err(Misuse::OutOfOrder.into());
        }
        let answerers = self.answerers.len();
        if asked.iter().any(|number| usize::from(number) > answerers) {
            return Err(Misuse::BadQuorum.into());
        }
        Ok(())
    }

    /// What the utility could refuse, looked at before it takes the round. Gives the meters that are left.
    fn check_close(&self, head: &Head<U>, quorum: &Quorum) -> Result<Vec<PartyId>, Failure> {
        if quorum.len() != U::opens(&head.params) {
            return Err(Misuse::BadQuorum.into());
        }
        self.check_set(head, quorum)
    }

    fn check_set(&self, head: &Head<U>, asked: &Quorum) -> Result<Vec<PartyId>, Failure> {
        self.check_asked(head, asked)?;
        let (were, silent, last) = match &self.stage {
            Stage::Collecting(collecting) => (&self.present, collecting.missing().collect(), false),
            Stage::Repairing(repairs) => {
                let last = self.passes.saturating_add(1) >= CloseFields::MAX_PASSES;
                (&self.set, repairs.missing(), last)
            }
            Stage::Closed(_) | Stage::Certifying(_) | Stage::Lost => {
                return Err(Misuse::OutOfOrder.into());
            }
        };
        let left: Vec<PartyId> =
            were.iter().filter(|id| silent.binary_search(id).is_err()).copied().collect();
        let need = U::group(&head.params).rules.least_of(number(self.present.len()));
        // The set of the last pass is final or not at all.
        let need = if last { need.max(number(were.len())) } else { need };
        let have = number(left.len());
        if have < need { Err(Error::Quorum { have, need }.into()) } else { Ok(left) }
    }

    /// By position: who is in the last Close.
    fn set(&self) -> Result<Vec<u8>, Failure> {
        match &self.stage {
            Stage::Collecting(_) | Stage::Lost => Err(Misuse::OutOfOrder.into()),
            _ => Ok(self.marks(&self.set).map(u8::from).collect()),
        }
    }

    fn marks<'a>(&'a self, ids: &'a [PartyId]) -> impl Iterator<Item = bool> + 'a {
        self.meters.iter().map(|meter| ids.binary_search(meter).is_ok())
    }

    /// A round whose set is final: which, and by position who was named present, and who is in the set.
    #[cfg(feature = "dcnet")]
    pub(crate) fn outcome(&self) -> Result<(Round, Vec<bool>, Vec<bool>), Failure> {
        match &self.stage {
            Stage::Closed(_) | Stage::Certifying(_) => {
                let (present, set) = (self.marks(&self.present).collect(), self.marks(&self.set).collect());
                Ok((self.round, present, set))
            }
            _ => Err(Misuse::OutOfOrder.into()),
        }
    }

    fn accept(&mut self, frame: &[u8]) -> Result<PartyId, Failure> {
        match &mut self.stage {
            Stage::Collecting(collecting) => Ok(collecting.accept(frame)?),
            Stage::Repairing(repairs) => Ok(repairs.accept(frame)?),
            Stage::Closed(closed) => {
                let number = closed.accept(frame)?;
                Ok(answerer(&self.answerers, number).ok_or(Misuse::UnknownParty)?)
            }
            Stage::Certifying(certified) => match Header::parse(frame)?.kind {
                Kind::SetStatement => Ok(certified.accept_statement(frame)?),
                _ => Ok(certified.accept(frame)?),
            },
            Stage::Lost => Err(Misuse::OutOfOrder.into()),
        }
    }

    fn accept_many(&mut self, frames: &[&[u8]], outcomes: &mut Outcomes<'_>) -> Result<(), Failure> {
        match &mut self.stage {
            Stage::Collecting(collecting) => {
                collecting.accept_many(frames, |index, outcome| outcomes.put(index, outcome));
            }
            Stage::Lost => return Err(Misuse::OutOfOrder.into()),
            _ => {
                for (index, frame) in frames.iter().enumerate() {
                    outcomes.put(index, self.accept(frame));
                }
            }
        }
        Ok(())
    }

    fn missing(&self) -> Result<Vec<u32>, Failure> {
        let number = |number: u8| answerer(&self.answerers, number).map(|id| id.0);
        Ok(match &self.stage {
            Stage::Collecting(collecting) => collecting.missing().map(|id| id.0).collect(),
            Stage::Repairing(repairs) => repairs.missing().iter().map(|id| id.0).collect(),
            Stage::Closed(closed) => closed.missing().into_iter().filter_map(number).collect(),
            Stage::Certifying(certified) => certified.missing().into_iter().filter_map(number).collect(),
            Stage::Lost => return Err(Misuse::OutOfOrder.into()),
        })
    }

    fn collecting(&mut self) -> Result<&mut Collecting, Failure> {
        match &mut self.stage {
            Stage::Collecting(collecting) => Ok(collecting),
            _ => Err(Misuse::OutOfOrder.into()),
        }
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn answerer(answerers: &[PartyId], number: u8) -> Option<PartyId> {
    answerers.get(usize::from(number).wrapping_sub(1)).copied()
}

type Of<U> = *mut Context<Running<U>>;

/// `wattsum_…_round_stage`.
pub(crate) unsafe fn stage<U: Utility>(round: Of<U>, stage: *mut u8) -> Result<(), Failure> {
    // SAFETY: the caller's pointers, as the header asks.
    unsafe {
        let place = Place::new(stage)?;
        place.put(Context::enter(round, |running| match running.stage {
            Stage::Collecting(_) => Ok(WATTSUM_ROUND_COLLECTING),
            Stage::Repairing(_) => Ok(WATTSUM_ROUND_REPAIRING),
            Stage::Closed(_) => Ok(WATTSUM_ROUND_CLOSED),
            Stage::Certifying(_) => Ok(WATTSUM_ROUND_CERTIFYING),
            Stage::Lost => Err(Misuse::OutOfOrder.into()),
        })?);
    }
    Ok(())
}

/// `wattsum_…_round_frame`.
pub(crate) unsafe fn frame<U: Utility>(
    round: Of<U>,
    frame: *mut u8,
    frame_size: usize,
    frame_len: *mut usize,
) -> Result<(), Failure> {
    caller::apart(&[span(frame, frame_size), span(frame_len, 1)])?;
    // SAFETY: the caller's pointers, as the header asks.
    unsafe {
        let (out, len) = (caller::room(frame, frame_size)?, Place::new(frame_len)?);
        Context::enter(round, |running| match &running.stage {
            Stage::Collecting(collecting) => caller::fill(collecting.frame(), out, len),
            Stage::Repairing(repairs) => caller::fill(repairs.frame(), out, len),
            Stage::Closed(closed) => caller::fill(closed.frame(), out, len),
            Stage::Certifying(certified) => caller::fill(certified.frame(), out, len),
            Stage::Lost => Err(Misuse::OutOfOrder.into()),
        })
    }
}

/// `wattsum_…_round_accept`.
pub(crate) unsafe fn accept<U: Utility>(
    round: Of<U>,
    frame: *const u8,
    frame_len: usize,
    sender: *mut u32,
) -> Result<(), Failure> {
    // SAFETY: the caller's pointers, as the header asks.
    unsafe {
        let (frame, place) = (caller::lent(frame, frame_len)?, Place::new(sender)?);
        place.put(Context::enter(round, |running| running.accept(frame))?.0);
    }
    Ok(())
}

/// `wattsum_…_round_accept_many`.
pub(crate) unsafe fn accept_many<U: Utility>(
    round: Of<U>,
    frames: *const wattsum_bytes,
    count: usize,
    senders: *mut u32,
    statuses: *mut wattsum_status,
) -> Result<(), Failure> {
    // SAFETY: the caller's pointers, as the header asks.
    unsafe {
        let (frames, mut outcomes) = batch::batch(frames, count, senders, statuses)?;
        Context::enter(round, |running| running.accept_many(&frames, &mut outcomes))
    }
}

/// `wattsum_…_round_missing`.
pub(crate) unsafe fn missing<U: Utility>(
    round: Of<U>,
    ids: *mut u32,
    capacity: usize,
    count: *mut usize,
) -> Result<(), Failure> {
    caller::apart(&[span(ids, capacity), span(count, 1)])?;
    // SAFETY: the caller's pointers, as the header asks.
    unsafe {
        let (out, count) = (caller::room(ids, capacity)?, Place::new(count)?);
        Context::enter(round, |running| caller::fill(&running.missing()?, out, count))
    }
}

/// `wattsum_…_round_set`.
pub(crate) unsafe fn set<U: Utility>(round: Of<U>, marks: *mut u8, meters: usize) -> Result<(), Failure> {
    // SAFETY: the caller's pointers, as the header asks.
    unsafe {
        let out = caller::room(marks, meters)?;
        let set = Context::enter(round, |running| running.set())?;
        if out.len() != set.len() {
            return Err(Misuse::WrongLength.into());
        }
        out.copy_from_slice(&set);
    }
    Ok(())
}

/// `wattsum_…_round_state_len`.
pub(crate) unsafe fn state_len<U: Utility>(round: Of<U>, len: *mut usize) -> Result<(), Failure> {
    // SAFETY: the caller's pointers, as the header asks.
    unsafe {
        let place = Place::new(len)?;
        place.put(Context::enter(round, |running| Ok(running.collecting()?.to_bytes()?.len()))?);
    }
    Ok(())
}

/// `wattsum_…_round_export`.
pub(crate) unsafe fn export<U: Utility>(
    round: Of<U>,
    state: *mut u8,
    size: usize,
    len: *mut usize,
) -> Result<(), Failure> {
    caller::apart(&[span(state, size), span(len, 1)])?;
    // SAFETY: the caller's pointers, as the header asks.
    unsafe {
        let (out, len) = (caller::room(state, size)?, Place::new(len)?);
        Context::enter(round, |running| caller::fill(&running.collecting()?.to_bytes()?, out, len))
    }
}

/// `wattsum_…_round_branch`.
pub(crate) unsafe fn branch<U: Utility>(
    round: Of<U>,
    branch: *mut *mut Context<Branch<U>>,
) -> Result<(), Failure> {
    // SAFETY: the caller's pointers, as the header asks.
    unsafe {
        let place = Place::new(branch)?;
        let made = Context::enter(round, |running| Ok(Branch::new(running.collecting()?.branch())))?;
        place.put(Context::boxed(made));
    }
    Ok(())
}

/// `wattsum_…_round_merge`.
pub(crate) unsafe fn merge<U: Utility>(round: Of<U>, branch: *mut Context<Branch<U>>) -> Result<(), Failure> {
    // SAFETY: the caller's pointers, as the header asks.
    unsafe {
        Context::enter(round, |running| {
            let collecting = running.collecting()?;
            Context::enter(branch, |branch| Ok(collecting.merge(branch.collection())?))
        })
    }
}

/// `wattsum_…_round_merge_bytes`.
pub(crate) unsafe fn merge_bytes<U: Utility>(
    round: Of<U>,
    bytes: *const u8,
    len: usize,
) -> Result<(), Failure> {
    // SAFETY: the caller's pointers, as the header asks.
    unsafe {
        let bytes = caller::lent(bytes, len)?;
        Context::enter(round, |running| Ok(take_in(running.collecting()?, bytes)?))
    }
}

/// What a branch wrote. It has frames: of a sum that it only claims, nobody could tell whose part is wrong.
fn take_in(collecting: &mut Collecting, bytes: &[u8]) -> Result<(), Error> {
    let mut received = collecting.branch();
    received.merge_bytes(bytes)?;
    let mut here = received.here().into_iter().enumerate();
    if here.any(|(place, here)| here && received.row(place).is_none()) {
        return Err(Malformed::BadRecord.into());
    }
    collecting.merge(&received)
}

#[cfg(all(test, feature = "shamir"))]
mod tests {
    use super::*;
    use chacha20::{ChaCha20Rng, rand_core::SeedableRng};
    use meter_link::answer::{AnswererLink, Threshold};
    use meter_link::cohort::{Cohort, Plan};
    use meter_link::{Channels, GroupConfig, GroupId, GroupParams, HighWater, Protocol, Role};
    use shamir_agg::{Meter, Params, Utility};

    #[test]
    fn a_branch_brings_frames_and_no_sum_that_nobody_can_check() {
        let config = GroupConfig { max_meters: 5, ..GroupConfig::new(Protocol::Shamir, GroupId(1)) };
        let params = Params::new(GroupParams::new(config).unwrap(), Threshold::DEFAULT).unwrap();
        let ids: Vec<PartyId> = (1..=9).map(PartyId).collect();
        let (meters, answerers) = ids.split_at(5);
        let (now, last_round) = (Round::from(0), Round::from(95));
        let plan = Plan {
            group: params.group(),
            session: params.session(),
            epoch: 0,
            first_round: now,
            last_round,
            meters,
            answerers,
            answerer_role: Role::Aggregator,
        };
        let cohort = Cohort::form(&plan, &mut ChaCha20Rng::from_seed([7; 32])).unwrap();
        let (view, roster, own) = (cohort.view, cohort.roster, cohort.utility);
        let mut utility = Utility::new(&params, &view, own.identity, own.link, roster.clone()).unwrap();
        let mut collecting = utility.open(now, now, &[true; 5]).unwrap();
        let mut branch = collecting.branch();
        for party in cohort.meters.into_iter().take(2) {
            let room = [(); 4].map(|()| AnswererLink::default());
            let channels = Channels { first: 0, count: 1 };
            let meter = Meter::new(&params, &view, party.id, channels, party.link, roster.answerers(), room);
            let mut out = std::vec![0; params.contribution_len()];
            let mut mark = HighWater::<1>::new();
            let _ = meter.unwrap().contribute(&mut mark, now, now, &[7], &mut out).unwrap().stored();
            branch.accept(&out).unwrap();
        }
        // The same two meters, as a sum that somebody says was checked elsewhere.
        let mut claimed = collecting.branch();
        claimed.add(&branch.partial().unwrap()).unwrap();
        let refused = take_in(&mut collecting, &claimed.to_bytes().unwrap());
        assert_eq!(refused, Err(Malformed::BadRecord.into()));
        assert_eq!(collecting.missing().count(), 5);
        assert_eq!(take_in(&mut collecting, &branch.to_bytes().unwrap()), Ok(()));
        assert_eq!(collecting.missing().count(), 3);
    }
}
