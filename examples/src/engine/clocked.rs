//! Rounds as shamir-agg and threshold-elgamal have them: meters go by their own clocks and send one frame each, the
//! utility closes a set, and answerers open its sum, and the bills of a window.
//!
//! What differs between the two is behind [`Scheme`], [`Contributor`] and [`Helper`].

mod answerer;
mod attendance;
mod early;
mod history;
mod meter;
mod records;
mod scheme;
#[cfg(test)]
pub(crate) mod trial;
mod utility;

pub(crate) use answerer::{Answerer, Helper, Said};
pub(crate) use meter::{Contributed, Contributor, Mark, Meter, restore, state};
pub(crate) use scheme::{Failure, Opened, Scheme};
pub(crate) use utility::{Stored, Utility};

use anyhow::Context as _;
use meter_link::answer::Threshold;
use meter_link::{Fault, Header, Kind, Malformed, Misuse, PartyId};

use super::Refusal;
use crate::deployment::Deployment;

/// How many answerers there are, open a sum, and may collude.
pub(crate) fn threshold(deployment: &Deployment) -> anyhow::Result<Threshold> {
    let answerers = &deployment.answerers;
    let count = u8::try_from(answerers.ids.0.len()).context("there are at most 255 answerers")?;
    Ok(match answerers.max_colluding {
        0 => Threshold::trusting_the_utility_not_to_equivocate(count, answerers.threshold)?,
        colluding => Threshold::new(count, answerers.threshold, colluding)?,
    })
}

/// Rounds of a window and fewest rounds of a bill, if there are bills.
pub(crate) fn windows(deployment: &Deployment) -> Option<(u32, u32)> {
    let rounds = &deployment.rounds;
    let least = match rounds.window_min_rounds {
        // As many as a window allows, up to a day of quarter hours.
        0 => 96.min(rounds.window / 2),
        least => least,
    };
    (rounds.window > 0).then_some((rounds.window, least))
}

/// The header of a frame that came over the link of `from`, if it bears that name.
pub(crate) fn header(frame: &[u8], from: PartyId) -> Result<Header, Refusal> {
    let header = Header::parse(frame).map_err(|error| fault(from, error))?;
    if header.sender != from {
        return Err(fault(from, "a frame in another party's name"));
    }
    Ok(header)
}

/// Kind of a frame of somebody whose word counts for nothing yet.
pub(crate) fn kind(frame: &[u8]) -> Option<Kind> {
    Header::parse(frame).ok().map(|header| header.kind)
}

pub(crate) fn fault(culprit: PartyId, what: impl ToString) -> Refusal {
    Refusal::Fault { culprit, what: what.to_string() }
}

/// What a failure means here; `from` is whose link the bytes came over.
pub(crate) fn failure(error: meter_link::Error, from: PartyId) -> Failure {
    use meter_link::Error;
    match error {
        Error::Quorum { have, need } => Failure::Few { have, need },
        Error::Inconsistent => Failure::Inconsistent,
        Error::Misuse(Misuse::NotBillable) => Failure::NotBillable,
        Error::Misuse(misuse) => Failure::Refused(by_time(misuse)),
        Error::Malformed(malformed) => Failure::Refused(unread(malformed, from)),
        Error::Fault { culprit, fault } => Failure::Refused(blamed(culprit, fault)),
        other => Failure::Refused(Refusal::Broken(other.to_string())),
    }
}

/// Steps that come too early or too late are nobody's mistake: clocks differ, and letters are lost.
fn by_time(misuse: Misuse) -> Refusal {
    match misuse {
        Misuse::RoundFarFromNow => Refusal::Stale("the round is far from now"),
        Misuse::RoundOutsideEpoch => Refusal::Stale("the round is not in the epoch"),
        Misuse::TimeAlreadyUsed => Refusal::Stale("the interval is spent"),
        Misuse::OutOfOrder => Refusal::Stale("the step does not follow"),
        other => Refusal::Broken(format!("misuse: {other}")),
    }
}

fn unread(malformed: Malformed, from: PartyId) -> Refusal {
    fault(from, malformed)
}

/// A true frame that the network repeats or delays may look so.
fn blamed(culprit: PartyId, found: Fault) -> Refusal {
    match found {
        Fault::RoundFarFromNow => Refusal::Stale("a frame of a round far from now"),
        Fault::WrongEpoch => Refusal::Stale("a frame of another epoch"),
        Fault::WrongRound => Refusal::Stale("a frame of another round"),
        Fault::RoundClosed => Refusal::Stale("the round is closed"),
        Fault::WrongPass => Refusal::Stale("a frame of another pass"),
        Fault::NotExpected => Refusal::Stale("nobody waits for this frame"),
        Fault::NotInQuorum => Refusal::Stale("asked outside the quorum"),
        Fault::WrongSet => Refusal::Stale("an answer over another set"),
        Fault::WindowOpen => Refusal::Stale("the window is not over"),
        Fault::RepeatedStatement => Refusal::Stale("the same statement twice"),
        other => fault(culprit, other),
    }
}
