//! What a refused frame of the ring is: something that happens in any network, or somebody's fault.

use cmt_ring::{Error, Fault};
use meter_link::frame::Header;
use meter_link::{Fault as LinkFault, PartyId};

use crate::engine::Refusal;

/// What the crate said about a frame that `from` sent.
pub(super) fn refused(from: PartyId, error: Error) -> Refusal {
    match error {
        Error::Fault { culprit, fault } => match late(fault) {
            Some(why) => Refusal::Stale(why),
            // A token's name is nobody's id, and who passes on what another has signed is not to blame.
            None => Refusal::Fault {
                culprit: if matches!(fault, Fault::BadLicence) { culprit } else { from },
                what: fault.to_string(),
            },
        },
        Error::Malformed(malformed) => Refusal::Fault { culprit: from, what: malformed.to_string() },
        Error::Misuse(_) => Refusal::Stale("not what this party is about now"),
        Error::Quorum { .. } => Refusal::Stale("too few"),
        _ => Refusal::Stale("it does not fit"),
    }
}

/// What a true frame is that comes late, early or to somebody who has gone on.
fn late(fault: Fault) -> Option<&'static str> {
    Some(match fault {
        Fault::WrongGeneration => "of another generation",
        Fault::TooEarly => "ahead of the term's end",
        Fault::NotConcentrator => "of another concentrator",
        Fault::NotNeighbour => "of another ring",
        Fault::Link(LinkFault::WrongRound) => "of another round",
        Fault::Link(LinkFault::RoundFarFromNow) => "of a round long ago, or to come",
        Fault::Link(LinkFault::WrongEpoch) => "of another epoch",
        Fault::Link(LinkFault::NotExpected) => "not expected now",
        Fault::Link(LinkFault::NotInSet) => "of a set without this meter",
        _ => return None,
    })
}

/// The header of a frame that `from` has made, or says so.
pub(super) fn header(from: PartyId, frame: &[u8]) -> Result<Header, Refusal> {
    let parsed = Header::parse(frame);
    parsed.map_err(|error| Refusal::Fault { culprit: from, what: error.to_string() })
}

/// That a frame was made by who sends it.
pub(super) fn own(from: PartyId, header: &Header) -> Result<(), Refusal> {
    if header.sender == from {
        return Ok(());
    }
    Err(Refusal::Fault { culprit: from, what: "a frame in another's name".to_owned() })
}

/// A state or record that this process has written and cannot read, or a mistake of ours.
pub(super) fn broken(error: impl std::fmt::Display) -> Refusal {
    Refusal::Broken(error.to_string())
}
