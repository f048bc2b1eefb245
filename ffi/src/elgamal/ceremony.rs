//! A participant of the trustees' key ceremony, behind a handle whose step changes.
#![allow(unsafe_code)] // exports

use core::mem;
use std::vec::Vec;

use meter_link::{Misuse, PartyId};
use threshold_elgamal::Error;
use threshold_elgamal::ceremony::{
    CeremonyRecord, Confirming, Dispute, Echoing, Joining, Participant, Refused, Sharing,
};

use super::keys::{give, handle, wattsum_elgamal_keys, wattsum_elgamal_share};
use super::plan::{ceremony, wattsum_elgamal_plan, wattsum_elgamal_verdict};
use crate::caller::{self, Place, span};
use crate::context::{Context, Kind};
use crate::entropy;
use crate::guard::{Failure, guard, wiping_guard, wiping_guard_blaming};
use crate::link::identity;
use crate::status::wattsum_status;

/// Bytes of a record of a ceremony.
pub const WATTSUM_ELGAMAL_CEREMONY_RECORD_LEN: usize = 70;
const _: () = assert!(WATTSUM_ELGAMAL_CEREMONY_RECORD_LEN == CeremonyRecord::LEN);

/// Step of a ceremony: everybody announces its keys, and what it deals.
pub const WATTSUM_ELGAMAL_JOINING: u8 = 0;
/// Step of a ceremony: everybody signs what it has seen.
pub const WATTSUM_ELGAMAL_ECHOING: u8 = 1;
/// Step of a ceremony: dealers send shares, members check theirs and complain.
pub const WATTSUM_ELGAMAL_SHARING: u8 = 2;
/// Step of a ceremony: members sign that they have theirs.
pub const WATTSUM_ELGAMAL_CONFIRMING: u8 = 3;
/// A ceremony that has ended for the participant, which has its keys.
pub const WATTSUM_ELGAMAL_ENDED: u8 = 4;

/// A participant of a ceremony. In each step it has at most one frame that goes to everybody, takes everybody's, and
/// goes on when all are there.
pub struct wattsum_elgamal_ceremony(());

type Record = [u8; WATTSUM_ELGAMAL_CEREMONY_RECORD_LEN];

#[allow(clippy::large_enum_variant)] // one lives behind each handle
enum Step {
    Joining(Joining),
    Echoing(Echoing),
    Sharing(Sharing),
    Confirming(Confirming),
    Ended,
}

impl Kind for Step {
    const MAGIC: u32 = u32::from_be_bytes(*b"egcy");
}

fn context(ceremony: *mut wattsum_elgamal_ceremony) -> *mut Context<Step> {
    ceremony.cast()
}

/// A frame that says it saw another one of a third party than this participant did. Nobody is shown to be wrong yet: ask
/// `claimant` for the frame that it saw; with the own one (wattsum_elgamal_ceremony_evidence)
/// wattsum_elgamal_plan_contradiction then names who has signed both.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct wattsum_elgamal_dispute {
    /// Whose frames are said to differ.
    pub about: u32,
    /// Who has signed that it saw another one.
    pub claimant: u32,
    /// SHA-256 of the frame that it saw.
    pub claimed: [u8; 32],
}

impl wattsum_elgamal_dispute {
    fn new(dispute: &Dispute) -> Self {
        let Dispute { about, claimant, claimed, .. } = *dispute;
        wattsum_elgamal_dispute { about: about.0, claimant: claimant.0, claimed }
    }
}

fn record(record: &[u8]) -> Result<Record, Failure> {
    Ok(record.try_into().map_err(|_| Misuse::WrongLength)?)
}

impl Step {
    fn frame(&self) -> Result<&[u8], Failure> {
        Ok(match self {
            Step::Joining(step) => step.frame(),
            Step::Echoing(step) => step.frame(),
            Step::Sharing(step) => step.frame().unwrap_or_default(),
            Step::Confirming(step) => step.frame().unwrap_or_default(),
            Step::Ended => return Err(Misuse::OutOfOrder.into()),
        })
    }

    fn accept(&mut self, frame: &[u8]) -> Result<(), Failure> {
        Ok(match self {
            Step::Joining(step) => step.accept(frame),
            Step::Echoing(step) => step.accept(frame),
            Step::Sharing(step) => step.accept(frame),
            Step::Confirming(step) => step.accept(frame),
            Step::Ended => return Err(Misuse::OutOfOrder.into()),
        }?)
    }

    fn missing(&self) -> Vec<u32> {
        let id = |id: PartyId| id.0;
        match self {
            Step::Joining(step) => step.missing().map(id).collect(),
            Step::Echoing(step) => step.missing().map(id).collect(),
            Step::Sharing(step) => step.missing().map(id).collect(),
            Step::Confirming(step) => step.missing().map(id).collect(),
            Step::Ended => Vec::new(),
        }
    }

    /// Goes on; where that is refused the step is what it was.
    fn advance(&mut self) -> Result<Option<Record>, Failure> {
        let (next, kept) = match mem::replace(self, Step::Ended) {
            Step::Joining(step) => match step.close() {
                Ok(next) => {
                    let kept = record(next.record())?;
                    (Step::Echoing(next.stored()), Some(kept))
                }
                Err(refused) => return self.stay(Step::Joining, *refused),
            },
            Step::Echoing(step) => match step.close() {
                Ok(next) => (Step::Sharing(next), None),
                Err(refused) => return self.stay(Step::Echoing, *refused),
            },
            Step::Sharing(step) => match step.close() {
                Ok(next) => {
                    let kept = record(next.record())?;
                    (Step::Confirming(next.stored()), Some(kept))
                }
                Err(refused) => return self.stay(Step::Sharing, *refused),
            },
            other @ (Step::Confirming(_) | Step::Ended) => {
                *self = other;
                return Err(Misuse::OutOfOrder.into());
            }
        };
        *self = next;
        Ok(kept)
    }

    fn stay<S, T>(&mut self, step: impl FnOnce(S) -> Step, refused: Refused<S>) -> Result<T, Failure> {
        *self = step(refused.state);
        Err(refused.error.into())
    }
}

/// # Safety
/// The pointers are right.
unsafe fn participant(
    id: u32,
    identity_secret: *const u8,
    share: *const wattsum_elgamal_share,
) -> Result<Participant, Failure> {
    // SAFETY: our caller's promise.
    unsafe {
        let share = if share.is_null() { None } else { Some(caller::one(share)?.to_share()?) };
        Ok(Participant { id: PartyId(id), identity: identity(caller::bytes(identity_secret)?), share })
    }
}

/// Takes part in a ceremony, as `id` with its identity. `share` is the own one of the old keys for who deals it anew,
/// and NULL for everybody else. To be freed with wattsum_elgamal_ceremony_free.
///
/// STORE FIRST, SEND THEN: `record` is SECRET, since all that is drawn in the ceremony follows from it. It begins the
/// ceremony's log, in protected storage, before the frame leaves. The log is wiped when the ceremony has ended.
///
/// cbindgen:ptrs-as-arrays=[[identity_secret;32],[entropy;32],[record;WATTSUM_ELGAMAL_CEREMONY_RECORD_LEN]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_ceremony_begin(
    plan: *const wattsum_elgamal_plan,
    id: u32,
    identity_secret: *const u8,
    share: *const wattsum_elgamal_share,
    entropy: *const u8,
    record: *mut u8,
    begun: *mut *mut wattsum_elgamal_ceremony,
) -> wattsum_status {
    wiping_guard(|| {
        caller::apart(&[span(record, WATTSUM_ELGAMAL_CEREMONY_RECORD_LEN), span(begun, 1)])?;
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let (kept, place) = (Place::<Record>::new(record.cast())?, Place::new(begun)?);
            let participant = participant(id, identity_secret, share)?;
            let mut rng = entropy::generator("elgamal ceremony", caller::bytes(entropy)?)?;
            let prepared = Joining::begin(&ceremony(plan)?, participant, &mut rng)?;
            kept.put(self::record(prepared.record())?);
            place.put(Context::boxed(Step::Joining(prepared.stored())).cast());
        }
        Ok(())
    })
}

/// Takes part again after a start, by the whole records of the ceremony's log, one after the other: the same frames come
/// out, to the byte. Everybody's are accepted anew, step by step, so keep them until the ceremony has ended.
/// WATTSUM_MALFORMED_BAD_RECORD for a log that is damaged, of another ceremony, or has no first record. To be freed with
/// wattsum_elgamal_ceremony_free.
///
/// cbindgen:ptrs-as-arrays=[[identity_secret;32]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_ceremony_resume(
    plan: *const wattsum_elgamal_plan,
    id: u32,
    identity_secret: *const u8,
    share: *const wattsum_elgamal_share,
    log: *const u8,
    log_len: usize,
    begun: *mut *mut wattsum_elgamal_ceremony,
) -> wattsum_status {
    wiping_guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let (log, place) = (caller::lent(log, log_len)?, Place::new(begun)?);
            let participant = participant(id, identity_secret, share)?;
            let records = log.chunks(WATTSUM_ELGAMAL_CEREMONY_RECORD_LEN);
            let joining = Joining::resume(&ceremony(plan)?, participant, records)?;
            place.put(Context::boxed(Step::Joining(joining)).cast());
        }
        Ok(())
    })
}

/// In which step a participant is: WATTSUM_ELGAMAL_JOINING to WATTSUM_ELGAMAL_ENDED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_ceremony_step(
    ceremony: *mut wattsum_elgamal_ceremony,
    step: *mut u8,
) -> wattsum_status {
    wiping_guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let place = Place::new(step)?;
            place.put(Context::enter(context(ceremony), |step| {
                Ok(match step {
                    Step::Joining(_) => WATTSUM_ELGAMAL_JOINING,
                    Step::Echoing(_) => WATTSUM_ELGAMAL_ECHOING,
                    Step::Sharing(_) => WATTSUM_ELGAMAL_SHARING,
                    Step::Confirming(_) => WATTSUM_ELGAMAL_CONFIRMING,
                    Step::Ended => WATTSUM_ELGAMAL_ENDED,
                })
            })?);
        }
        Ok(())
    })
}

/// The step's own frame, for everybody: at most WATTSUM_ELGAMAL_CEREMONY_LEN bytes. `frame_len` becomes 0 where the
/// participant has none: who deals nothing while shares are sent, who gets no share while members confirm.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_ceremony_frame(
    ceremony: *mut wattsum_elgamal_ceremony,
    frame: *mut u8,
    frame_size: usize,
    frame_len: *mut usize,
) -> wattsum_status {
    wiping_guard(|| {
        caller::apart(&[span(frame, frame_size), span(frame_len, 1)])?;
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let (out, len) = (caller::room(frame, frame_size)?, Place::new(frame_len)?);
            Context::enter(context(ceremony), |step| caller::fill(step.frame()?, out, len))
        }
    })
}

/// Takes another participant's frame of the step. The same again changes nothing. WATTSUM_MALFORMED_WRONG_KIND for one of
/// another step: keep it for that. A share that is wrong is no error yet: wattsum_elgamal_ceremony_complaint.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_ceremony_accept(
    ceremony: *mut wattsum_elgamal_ceremony,
    frame: *const u8,
    frame_len: usize,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    wiping_guard_blaming(blame, || {
        // SAFETY: as above.
        unsafe {
            let frame = caller::lent(frame, frame_len)?;
            Context::enter(context(ceremony), |step| step.accept(frame))
        }
    })
}

/// Ids of those whose frame of the step is not there.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_ceremony_missing(
    ceremony: *mut wattsum_elgamal_ceremony,
    ids: *mut u32,
    capacity: usize,
    count: *mut usize,
) -> wattsum_status {
    wiping_guard(|| {
        caller::apart(&[span(ids, capacity), span(count, 1)])?;
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let (out, count) = (caller::room(ids, capacity)?, Place::new(count)?);
            Context::enter(context(ceremony), |step| caller::fill(&step.missing(), out, count))
        }
    })
}

/// Goes on to the next step, until members confirm: everybody's frame is there. On any other status the step is what it
/// was: WATTSUM_QUORUM while frames are missing; WATTSUM_INCONSISTENT where frames differ
/// (wattsum_elgamal_ceremony_disputes), or a stored record is of other frames than these; WATTSUM_FAULT_BAD_SHARE names a
/// dealer whose share is wrong (wattsum_elgamal_ceremony_complaint). With the last two the ceremony is over; the next one
/// has another number, and not the culprit in it.
///
/// STORE FIRST, SEND THEN: where `record_len` becomes WATTSUM_ELGAMAL_CEREMONY_RECORD_LEN, and not 0, `record` is
/// appended to the ceremony's log before the next step's frame leaves.
///
/// cbindgen:ptrs-as-arrays=[[record;WATTSUM_ELGAMAL_CEREMONY_RECORD_LEN]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_ceremony_advance(
    ceremony: *mut wattsum_elgamal_ceremony,
    record: *mut u8,
    record_len: *mut usize,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    wiping_guard_blaming(blame, || {
        caller::apart(&[span(record, WATTSUM_ELGAMAL_CEREMONY_RECORD_LEN), span(record_len, 1)])?;
        // SAFETY: as above.
        let (place, len, kept) = unsafe {
            let (place, len) = (Place::<Record>::new(record.cast())?, Place::new(record_len)?);
            (place, len, Context::enter(context(ceremony), Step::advance)?)
        };
        len.put(kept.map_or(0, |record| record.len()));
        if let Some(record) = kept {
            place.put(record);
        }
        Ok(())
    })
}

/// Whose frames are said to differ from those that this participant has, after WATTSUM_INCONSISTENT: in the steps in
/// which everybody signs what it has seen, else none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_ceremony_disputes(
    ceremony: *mut wattsum_elgamal_ceremony,
    disputes: *mut wattsum_elgamal_dispute,
    capacity: usize,
    count: *mut usize,
) -> wattsum_status {
    wiping_guard(|| {
        caller::apart(&[span(disputes, capacity), span(count, 1)])?;
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let (out, count) = (caller::room(disputes, capacity)?, Place::new(count)?);
            Context::enter(context(ceremony), |step| {
                let of = |dispute: Dispute| wattsum_elgamal_dispute::new(&dispute);
                let all: Vec<wattsum_elgamal_dispute> = match step {
                    Step::Echoing(step) => step.disputes().map(of).collect(),
                    Step::Confirming(step) => step.disputes().map(of).collect(),
                    _ => Vec::new(),
                };
                caller::fill(&all, out, count)
            })
        }
    })
}

/// A party's frame as it came, which a dispute about it is settled with: its announcement until shares are sent, then
/// the dealer's shares. WATTSUM_MISUSE_UNKNOWN_PARTY if there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_ceremony_evidence(
    ceremony: *mut wattsum_elgamal_ceremony,
    party: u32,
    frame: *mut u8,
    frame_size: usize,
    frame_len: *mut usize,
) -> wattsum_status {
    wiping_guard(|| {
        caller::apart(&[span(frame, frame_size), span(frame_len, 1)])?;
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let (out, len) = (caller::room(frame, frame_size)?, Place::new(frame_len)?);
            Context::enter(context(ceremony), |step| {
                let shown = match step {
                    Step::Joining(step) => step.announcement(PartyId(party)),
                    Step::Echoing(step) => step.announcement(PartyId(party)),
                    Step::Sharing(step) => step.shares(PartyId(party)),
                    Step::Confirming(step) => step.shares(PartyId(party)),
                    Step::Ended => return Err(Misuse::OutOfOrder.into()),
                };
                caller::fill(shown.ok_or(Misuse::UnknownParty)?, out, len)
            })
        }
    })
}

/// The complaint with this index, from 0, about a dealer whose share is wrong: it goes to everybody. `frame_len`
/// becomes 0 where there are no more. At most WATTSUM_ELGAMAL_CEREMONY_LEN bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_ceremony_complaint(
    ceremony: *mut wattsum_elgamal_ceremony,
    index: usize,
    frame: *mut u8,
    frame_size: usize,
    frame_len: *mut usize,
) -> wattsum_status {
    wiping_guard(|| {
        caller::apart(&[span(frame, frame_size), span(frame_len, 1)])?;
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let (out, len) = (caller::room(frame, frame_size)?, Place::new(frame_len)?);
            Context::enter(context(ceremony), |step| match step {
                Step::Sharing(step) => {
                    caller::fill(step.complaints().nth(index).unwrap_or_default(), out, len)
                }
                _ => Err(Misuse::OutOfOrder.into()),
            })
        }
    })
}

/// Who is wrong in a complaint, the dealer or who complains. Everybody comes to the same; the ceremony is over.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_ceremony_judge(
    ceremony: *mut wattsum_elgamal_ceremony,
    complaint: *const u8,
    complaint_len: usize,
    verdict: *mut wattsum_elgamal_verdict,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    wiping_guard_blaming(blame, || {
        // SAFETY: as above.
        unsafe {
            let (complaint, place) = (caller::lent(complaint, complaint_len)?, Place::new(verdict)?);
            let verdict = Context::enter(context(ceremony), |step| match step {
                Step::Sharing(step) => Ok(step.judge(complaint)?),
                Step::Confirming(step) => Ok(step.judge(complaint)?),
                _ => Err(Misuse::OutOfOrder.into()),
            })?;
            place.put(wattsum_elgamal_verdict::new(verdict));
        }
        Ok(())
    })
}

/// The keys, once all members have confirmed the same, and the own share of them: number 0 for who is no member. On
/// any other status the step is what it was.
///
/// STORE FIRST: the share in protected storage; then wipe the ceremony's log. A dealer wipes its old share when enough
/// members have stated the new keys (wattsum_elgamal_trustee_statement): threshold and colluding together, or more where
/// shares may be lost. NEW KEYS ARE FOR A NEW EPOCH. The keys are to be freed with wattsum_elgamal_keys_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_ceremony_finish(
    ceremony: *mut wattsum_elgamal_ceremony,
    keys: *mut *mut wattsum_elgamal_keys,
    share: *mut wattsum_elgamal_share,
) -> wattsum_status {
    wiping_guard(|| {
        caller::apart(&[span(keys, 1), span(share, 1)])?;
        // SAFETY: the caller's pointers, as the header asks.
        let (keys, share, outcome) = unsafe {
            let (keys, share) = (Place::new(keys)?, Place::new(share)?);
            let outcome = Context::enter(context(ceremony), |step| match mem::replace(step, Step::Ended) {
                Step::Confirming(confirming) => {
                    confirming.finish().or_else(|refused| step.stay(Step::Confirming, *refused))
                }
                other => {
                    *step = other;
                    Err(Error::from(Misuse::OutOfOrder).into())
                }
            })?;
            (keys, share, outcome)
        };
        give(share, outcome.share.as_ref());
        keys.put(handle(outcome.keys));
        Ok(())
    })
}

/// Wipes and frees a participant, at any step. NULL is right.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_ceremony_free(
    ceremony: *mut wattsum_elgamal_ceremony,
) -> wattsum_status {
    // SAFETY: the caller's pointer, as the header asks.
    guard(|| unsafe { Context::unbox(context(ceremony)) })
}
