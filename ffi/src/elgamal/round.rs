//! Rounds of elgamal at the utility, behind handles.
#![allow(unsafe_code)] // exports

use std::sync::Arc;
use std::vec::Vec;

use meter_link::answer::Quorum;
use meter_link::{Error, Header, Misuse, PartyId, Round};
use threshold_elgamal::{Closed, Collecting, Verifier};

use super::branch::{Branch, branch_context, wattsum_elgamal_branch};
use super::partial::{partial_handle, wattsum_elgamal_partial};
use super::utility::Head;
use crate::batch::{self, Outcomes};
use crate::bytes::wattsum_bytes;
use crate::caller::{self, Place, span};
use crate::context::{Context, Kind};
use crate::guard::{Failure, guard, guard_blaming};
use crate::status::wattsum_status;

/// A round: it takes contributions until it is closed; then the quorum's statements, and their decryption shares. It belongs
/// to the utility that opened it.
pub struct wattsum_elgamal_round(());

/// WATTSUM_ROUND_COLLECTING and WATTSUM_ROUND_CLOSED.
const COLLECTING: u8 = 0;
const CLOSED: u8 = 2;

/// A round behind a handle.
pub(super) struct Running {
    /// That of the utility which opened it.
    own: Arc<()>,
    round: Round,
    /// Meters that the Open names present.
    present: u32,
    answerers: Vec<PartyId>,
    verifier: Arc<Verifier>,
    stage: Stage,
}

#[allow(clippy::large_enum_variant)] // one lives behind each handle
enum Stage {
    Collecting(Collecting),
    Closed(Closed),
    /// Lost to an error while it was being closed.
    Lost,
}

impl Kind for Running {
    const MAGIC: u32 = u32::from_be_bytes(*b"egrd");
}

pub(super) fn context(round: *mut wattsum_elgamal_round) -> *mut Context<Running> {
    round.cast()
}

impl Running {
    /// `here` contributions have come already.
    pub(super) fn new(head: &Head, collecting: Collecting, here: u32) -> Self {
        Running {
            own: Arc::clone(&head.own),
            round: collecting.round(),
            // As the Open has it: who comes and goes too often is left out of it, whatever the caller wanted.
            present: silent(&collecting).saturating_add(here),
            answerers: head.answerers.clone(),
            verifier: Arc::clone(head.utility.verifier()),
            stage: Stage::Collecting(collecting),
        }
    }

    pub(super) fn check_owner(&self, head: &Head) -> Result<(), Failure> {
        if Arc::ptr_eq(&self.own, &head.own) { Ok(()) } else { Err(Misuse::WrongRole.into()) }
    }

    fn collecting(&mut self) -> Result<&mut Collecting, Failure> {
        match &mut self.stage {
            Stage::Collecting(collecting) => Ok(collecting),
            _ => Err(Misuse::OutOfOrder.into()),
        }
    }

    pub(super) fn closed(&self) -> Result<&Closed, Failure> {
        match &self.stage {
            Stage::Closed(closed) => Ok(closed),
            _ => Err(Misuse::OutOfOrder.into()),
        }
    }

    /// The Close, or another quorum for it.
    pub(super) fn close(&mut self, head: &mut Head, quorum: &Quorum) -> Result<(), Failure> {
        self.check_owner(head)?;
        self.check_quorum(head, quorum)?;
        if let Stage::Closed(closed) = &mut self.stage {
            return Ok(head.utility.ask(closed, quorum)?);
        }
        self.check_close(head)?;
        if let Stage::Collecting(collecting) = core::mem::replace(&mut self.stage, Stage::Lost) {
            // Windows, and rounds that were closed before a restart, may refuse what looks right here.
            let kept = collecting.to_bytes()?;
            match head.utility.close(collecting, quorum) {
                Ok(closed) => self.stage = Stage::Closed(closed),
                Err(error) => {
                    self.stage = head.utility.reopen(&kept).map_or(Stage::Lost, Stage::Collecting);
                    return Err(error.into());
                }
            }
        }
        Ok(())
    }

    fn check_quorum(&self, head: &Head, quorum: &Quorum) -> Result<(), Failure> {
        let threshold = head.params.threshold();
        let known = quorum.iter().all(|number| number <= threshold.answerers());
        if quorum.len() == threshold.threshold() && known { Ok(()) } else { Err(Misuse::BadQuorum.into()) }
    }

    /// What the utility could refuse, looked at before it takes the round.
    fn check_close(&self, head: &Head) -> Result<(), Failure> {
        let Stage::Collecting(collecting) = &self.stage else { return Err(Misuse::OutOfOrder.into()) };
        if head.closed() > Some(self.round) {
            return Err(Misuse::OutOfOrder.into());
        }
        let need = head.params.group().rules.least_of(self.present);
        let have = self.present.saturating_sub(silent(collecting));
        if have < need { Err(Error::Quorum { have, need }.into()) } else { Ok(()) }
    }

    fn accept(&mut self, frame: &[u8]) -> Result<PartyId, Failure> {
        match &mut self.stage {
            Stage::Collecting(collecting) => Ok(collecting.accept(frame)?),
            Stage::Closed(closed) => {
                let statement = Header::parse(frame)?.kind == meter_link::Kind::SetStatement;
                let number = if statement { closed.accept_statement(frame) } else { closed.accept(frame) }?;
                Ok(answerer(&self.answerers, number).ok_or(Misuse::UnknownParty)?)
            }
            Stage::Lost => Err(Misuse::OutOfOrder.into()),
        }
    }

    fn accept_many(&mut self, frames: &[&[u8]], outcomes: &mut Outcomes<'_>) -> Result<(), Failure> {
        match &mut self.stage {
            Stage::Collecting(collecting) => {
                let verified = self.verifier.verify_all(self.round, frames);
                for (index, contribution) in verified.into_iter().enumerate() {
                    outcomes.put(index, contribution.and_then(|one| collecting.add(one)));
                }
            }
            Stage::Closed(_) => {
                for (index, frame) in frames.iter().enumerate() {
                    outcomes.put(index, self.accept(frame));
                }
            }
            Stage::Lost => return Err(Misuse::OutOfOrder.into()),
        }
        Ok(())
    }

    fn missing(&self) -> Result<Vec<u32>, Failure> {
        Ok(match &self.stage {
            Stage::Collecting(collecting) => collecting.missing().map(|id| id.0).collect(),
            Stage::Closed(closed) => {
                let numbers = closed.missing();
                numbers.filter_map(|number| answerer(&self.answerers, number)).map(|id| id.0).collect()
            }
            Stage::Lost => return Err(Misuse::OutOfOrder.into()),
        })
    }

    /// Takes what a branch has verified. What cannot be added is that meter's fault, and the rest is added all the same.
    fn merge(&mut self, branch: &Branch) -> Result<(), Failure> {
        let collecting = self.collecting()?;
        let mut first = Ok(());
        for contribution in branch.contributions() {
            first = first.and(collecting.add(contribution.clone()).map(|_| ()));
        }
        Ok(first?)
    }
}

/// Meters that are present and have not sent.
fn silent(collecting: &Collecting) -> u32 {
    u32::try_from(collecting.missing().count()).unwrap_or(u32::MAX)
}

pub(super) fn answerer(answerers: &[PartyId], number: u8) -> Option<PartyId> {
    answerers.get(usize::from(number).wrapping_sub(1)).copied()
}

/// Copies many frames, one behind the other.
pub(super) fn fill_all<'a>(
    frames: impl Iterator<Item = &'a [u8]>,
    out: &mut [u8],
    len: Place<usize>,
) -> Result<(), Failure> {
    let all: Vec<u8> = frames.flatten().copied().collect();
    caller::fill(&all, out, len)
}

/// What the round takes now: WATTSUM_ROUND_COLLECTING or WATTSUM_ROUND_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_round_stage(
    round: *mut wattsum_elgamal_round,
    stage: *mut u8,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let place = Place::new(stage)?;
            place.put(Context::enter(context(round), |running| match running.stage {
                Stage::Collecting(_) => Ok(COLLECTING),
                Stage::Closed(_) => Ok(CLOSED),
                Stage::Lost => Err(Misuse::OutOfOrder.into()),
            })?);
        }
        Ok(())
    })
}

/// The round's frame for the trustees: the signed Open while it takes contributions, the signed Close afterwards. `frame_size`
/// is at least WATTSUM_OPEN_LEN or WATTSUM_CLOSE_LEN.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_round_frame(
    round: *mut wattsum_elgamal_round,
    frame: *mut u8,
    frame_size: usize,
    frame_len: *mut usize,
) -> wattsum_status {
    guard(|| {
        caller::apart(&[span(frame, frame_size), span(frame_len, 1)])?;
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let (out, len) = (caller::room(frame, frame_size)?, Place::new(frame_len)?);
            Context::enter(context(round), |running| match &running.stage {
                Stage::Collecting(collecting) => caller::fill(collecting.frame(), out, len),
                Stage::Closed(closed) => caller::fill(closed.frame(), out, len),
                Stage::Lost => Err(Misuse::OutOfOrder.into()),
            })
        }
    })
}

/// Takes a frame: a meter's contribution until the round is closed; then a trustee's statement, or its decryption share,
/// whose proof is checked: WATTSUM_FAULT_BAD_EQUALITY names a trustee that lies. `sender` gets the id of who sent it. The
/// same frame again changes nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_round_accept(
    round: *mut wattsum_elgamal_round,
    frame: *const u8,
    frame_len: usize,
    sender: *mut u32,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    guard_blaming(blame, || {
        // SAFETY: as above.
        unsafe {
            let (frame, place) = (caller::lent(frame, frame_len)?, Place::new(sender)?);
            place.put(Context::enter(context(round), |running| running.accept(frame))?.0);
        }
        Ok(())
    })
}

/// Takes many frames, contributions several times faster than one by one: signatures and proofs are verified together,
/// and a bad one spoils no other. For each frame `statuses` gets what wattsum_elgamal_round_accept would have answered,
/// and `senders` the sender where that is 0, the culprit where it is a fault (3xx), else UINT32_MAX. The call's own
/// status tells whether its arguments were right.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_round_accept_many(
    round: *mut wattsum_elgamal_round,
    frames: *const wattsum_bytes,
    count: usize,
    senders: *mut u32,
    statuses: *mut wattsum_status,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let (frames, mut outcomes) = batch::batch(frames, count, senders, statuses)?;
            Context::enter(context(round), |running| running.accept_many(&frames, &mut outcomes))
        }
    })
}

/// Ids of those whose frame has not come: meters until the round is closed, then trustees of the quorum whose decryption
/// share has not.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_round_missing(
    round: *mut wattsum_elgamal_round,
    ids: *mut u32,
    capacity: usize,
    count: *mut usize,
) -> wattsum_status {
    guard(|| {
        caller::apart(&[span(ids, capacity), span(count, 1)])?;
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let (out, count) = (caller::room(ids, capacity)?, Place::new(count)?);
            Context::enter(context(round), |running| caller::fill(&running.missing()?, out, count))
        }
    })
}

/// The contributions of a closed round, as the meters signed them, one after the other: with the Close for ALL trustees,
/// each of which checks them. At most WATTSUM_ELGAMAL_CONTRIBUTION_LEN bytes a meter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_round_contributions(
    round: *mut wattsum_elgamal_round,
    contributions: *mut u8,
    size: usize,
    contributions_len: *mut usize,
) -> wattsum_status {
    guard(|| {
        caller::apart(&[span(contributions, size), span(contributions_len, 1)])?;
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let (out, len) = (caller::room(contributions, size)?, Place::new(contributions_len)?);
            Context::enter(context(round), |running| fill_all(running.closed()?.contributions(), out, len))
        }
    })
}

/// What halves the trustees' work where their processor has no AVX-512, and need not be trusted: to be sent beside the
/// contributions, or not. WATTSUM_ELGAMAL_HINTS_LEN bytes a meter; none in a group that trusts its meters.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_round_hints(
    round: *mut wattsum_elgamal_round,
    hints: *mut u8,
    size: usize,
    hints_len: *mut usize,
) -> wattsum_status {
    guard(|| {
        caller::apart(&[span(hints, size), span(hints_len, 1)])?;
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let (out, len) = (caller::room(hints, size)?, Place::new(hints_len)?);
            Context::enter(context(round), |running| caller::fill(&running.closed()?.hints(), out, len))
        }
    })
}

/// The statements that have come of the quorum, one after the other, WATTSUM_ELGAMAL_STATEMENT_LEN bytes each: when all of
/// it have signed, for wattsum_elgamal_trustee_answer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_round_statements(
    round: *mut wattsum_elgamal_round,
    statements: *mut u8,
    size: usize,
    statements_len: *mut usize,
) -> wattsum_status {
    guard(|| {
        caller::apart(&[span(statements, size), span(statements_len, 1)])?;
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let (out, len) = (caller::room(statements, size)?, Place::new(statements_len)?);
            Context::enter(context(round), |running| fill_all(running.closed()?.statements(), out, len))
        }
    })
}

/// Bytes that wattsum_elgamal_round_export gives now.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_round_state_len(
    round: *mut wattsum_elgamal_round,
    len: *mut usize,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let place = Place::new(len)?;
            place.put(Context::enter(context(round), |r| Ok(r.collecting()?.to_bytes()?.len()))?);
        }
        Ok(())
    })
}

/// What has come so far of a round that takes contributions, for wattsum_elgamal_utility_reopen: the Open and the meters'
/// frames, nothing secret. Stored before the Close leaves, it lets a restart close the same set again and collect the
/// answers. WATTSUM_MISUSE_OUT_OF_ORDER for a round that is closed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_round_export(
    round: *mut wattsum_elgamal_round,
    state: *mut u8,
    size: usize,
    state_len: *mut usize,
) -> wattsum_status {
    guard(|| {
        caller::apart(&[span(state, size), span(state_len, 1)])?;
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let (out, len) = (caller::room(state, size)?, Place::new(state_len)?);
            Context::enter(context(round), |r| caller::fill(&r.collecting()?.to_bytes()?, out, len))
        }
    })
}

/// A branch of a round that takes contributions, empty at first: for another thread, since verifying is most of the
/// work. What it has verified is merged into the round. To be freed with wattsum_elgamal_branch_free. It holds what it
/// needs, and may be used while another thread uses the round.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_round_branch(
    round: *mut wattsum_elgamal_round,
    branch: *mut *mut wattsum_elgamal_branch,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let place = Place::new(branch)?;
            let made = Context::enter(context(round), |running| {
                running.collecting()?;
                Ok(Branch::new(Arc::clone(&running.verifier), running.round))
            })?;
            place.put(Context::boxed(made).cast());
        }
        Ok(())
    })
}

/// Takes in what a branch of the same round, epoch and key has verified; the branch stays as it is. A frame that came to
/// both counts once; of a meter that is not present, or has two different ones, nothing is taken, and the first such
/// fault is the answer. All others have been taken in then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_round_merge(
    round: *mut wattsum_elgamal_round,
    branch: *mut wattsum_elgamal_branch,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    // SAFETY: as above.
    guard_blaming(blame, || unsafe {
        Context::enter(context(round), |running| {
            Context::enter(branch_context(branch), |branch| running.merge(branch))
        })
    })
}

/// The sum of a closed round's ciphertexts and whose they are, for a comparison with sums that were made elsewhere. To be
/// freed with wattsum_elgamal_partial_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_round_partial(
    round: *mut wattsum_elgamal_round,
    partial: *mut *mut wattsum_elgamal_partial,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let place = Place::new(partial)?;
            let sum = Context::enter(context(round), |running| Ok(running.closed()?.partial()?))?;
            place.put(partial_handle(sum));
        }
        Ok(())
    })
}

/// Frees a round, at any time. NULL is right.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_round_free(round: *mut wattsum_elgamal_round) -> wattsum_status {
    // SAFETY: the caller's pointer, as the header asks.
    guard(|| unsafe { Context::unbox(context(round)) })
}
