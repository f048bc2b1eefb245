//! Who is to blame, and what shows it to others.

use meter_link::frame::Header;
use meter_link::{Kind, PartyId};

use super::frames::{Heard, Kept};
use super::plan::Ceremony;
use crate::error::{Error, Fault};

/// A party that broke the rules. The ceremony is over; a new one is held without it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Who.
    pub culprit: PartyId,
    /// What.
    pub fault: Fault,
}

impl Verdict {
    pub(super) const fn new(culprit: PartyId, fault: Fault) -> Self {
        Verdict { culprit, fault }
    }
}

impl From<Verdict> for Error {
    fn from(verdict: Verdict) -> Self {
        verdict.fault.of(verdict.culprit)
    }
}

/// Two parties have seen different frames of a third, or one of them says so. Nobody is shown to be wrong yet: who claims it
/// is asked for the frame that it saw, and [`Ceremony::contradiction`] judges that and the own one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dispute {
    /// Whose frames are said to differ.
    pub about: PartyId,
    /// Kind of those frames.
    pub kind: Kind,
    /// Who has signed that it saw another one than this participant.
    pub claimant: PartyId,
    /// SHA-256 of the frame that the claimant saw.
    pub claimed: [u8; 32],
}

impl Dispute {
    /// What to conclude if the claimant does not show the frame before the caller's deadline. Like every silence it is
    /// no evidence for others: the utility may have held the frame back.
    pub fn unanswered(&self) -> Verdict {
        Verdict::new(self.claimant, Fault::WrongEcho)
    }
}

/// Where a signed list of hashes departs from the own frames, which are complete.
pub(super) fn disputes<'a, T>(
    ceremony: &'a Ceremony,
    kind: Kind,
    seen: &'a Heard<T>,
    place_of: impl Fn(usize) -> Option<usize> + 'a,
    claimant: PartyId,
    claims: &'a [[u8; 32]],
) -> impl Iterator<Item = Dispute> + 'a {
    let differs = |((place, (kept, _)), claimed): ((usize, &(Kept, T)), &[u8; 32])| {
        (kept.hash != *claimed).then_some((place, *claimed))
    };
    seen.iter().zip(claims).filter_map(differs).filter_map(move |(place, claimed)| {
        let about = ceremony.parties().get(place_of(place)?)?.seat.id;
        Some(Dispute { about, kind, claimant, claimed })
    })
}

impl Ceremony {
    /// That one party has signed both of two different frames of which each sender has one in a ceremony: evidence for
    /// anybody. An honest participant signs no second one, whatever it is shown and however often it loses power.
    ///
    /// # Errors
    /// [`Error::Malformed`] for a kind of which there may be several; [`Error::Inconsistent`] for the same frame
    /// twice, or two senders; as every frame, for signatures that do not hold. Nobody is to blame then.
    pub fn contradiction(&self, one: &[u8], other: &[u8]) -> Result<Verdict, Error> {
        let kind = Header::parse(one)?.kind;
        if !matches!(kind, Kind::Commitments | Kind::Echo | Kind::SealedShares | Kind::Confirmation) {
            return Err(meter_link::Malformed::WrongKind.into());
        }
        let (first, second) = (self.open(kind, one)?, self.open(kind, other)?);
        if first.sender != second.sender || one == other {
            return Err(Error::Inconsistent);
        }
        Ok(Verdict::new(first.sender, Fault::Link(meter_link::Fault::Contradiction)))
    }
}
