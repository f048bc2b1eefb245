//! What answerers say before there are rounds, as it goes round: the frames of the key ceremony, and statements of the key.
//!
//! A letter of it begins with a bare header of the epoch's first round; the key itself goes along as a hint, which the
//! statements show to be right.

use std::collections::BTreeMap;

use meter_link::frame::{Flags, Reader};
use meter_link::{EpochView, Header, Kind, PartyId};

use crate::engine::clocked::fault;
use crate::engine::timetable::Timetable;
use crate::engine::{Letter, Refusal};

/// When what was said is said again while something is missing, after so many milliseconds: it may have come before the
/// other end had taken up the epoch.
pub(super) fn again(table: &Timetable) -> u64 {
    (table.slot / 4).clamp(250, 30_000)
}

/// What a letter says; a meter that asks for the key says nothing.
pub(super) struct Word {
    pub(super) frame: Option<Vec<u8>>,
    pub(super) key: Option<Vec<u8>>,
}

fn head(view: &EpochView, own: PartyId) -> Vec<u8> {
    let header = view.header(Kind::PublicKeyStatement, Flags::default().0, own, view.epoch().first_round);
    header.to_bytes().to_vec()
}

/// A letter, sent by `own`: a link takes frames of the party at its other end only.
pub(super) fn letter(view: &EpochView, own: PartyId, word: Word) -> Letter {
    let frames = std::iter::once(head(view, own)).chain(word.frame).collect();
    Letter::Frames { frames, hints: word.key.into_iter().collect() }
}

/// What such a letter says, which came from `from`.
pub(super) fn word(view: &EpochView, from: PartyId, letter: Letter) -> Result<Word, Letter> {
    match letter {
        Letter::Frames { mut frames, mut hints } if frames.first() == Some(&head(view, from)) => {
            frames.truncate(2);
            Ok(Word { frame: if frames.len() == 2 { frames.pop() } else { None }, key: hints.pop() })
        }
        other => Err(other),
    }
}

/// Whose frame it is, and of those that are for one party only, whose ear.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    kind: u8,
    sender: PartyId,
    receiver: PartyId,
}

/// The first frame of each kind from each answerer: a second one would show different ones to different trustees.
#[derive(Default)]
pub(super) struct Heard(BTreeMap<Place, Vec<u8>>);

impl Heard {
    /// Keeps a frame that came over its sender's link, or from the utility about a party of `trustees`. `None` for what is
    /// here already; else who may hear it, `PartyId::UTILITY` for all.
    pub(super) fn keep(
        &mut self,
        trustees: &[PartyId],
        from: Option<PartyId>,
        frame: &[u8],
    ) -> Result<Option<PartyId>, Refusal> {
        use Kind::{KeyCommitment, KeyPart, PublicKeyStatement, SecretPolynomial};
        let via = from.unwrap_or(PartyId::UTILITY);
        let header = Header::parse(frame).map_err(|error| fault(via, error))?;
        if from.is_some_and(|from| from != header.sender) {
            return Err(fault(via, "a frame in another party's name"));
        }
        let receiver = match header.kind {
            SecretPolynomial => receiver(frame).filter(|id| trustees.contains(id)),
            KeyCommitment | KeyPart | PublicKeyStatement => Some(PartyId::UTILITY),
            _ => None,
        };
        let Some(receiver) = receiver.filter(|_| trustees.contains(&header.sender)) else {
            return Err(fault(via, "no frame that goes round"));
        };
        let place = Place { kind: header.kind as u8, sender: header.sender, receiver };
        match self.0.get(&place) {
            Some(first) if first.as_slice() != frame => Err(fault(via, "two frames where one is allowed")),
            Some(_) => Ok(None),
            None => {
                self.0.insert(place, frame.to_vec());
                Ok(Some(receiver))
            }
        }
    }

    /// All of a kind, ascending by sender.
    pub(super) fn of(&self, kind: Kind) -> impl Iterator<Item = &[u8]> {
        let of_kind = move |(place, _): &(&Place, &Vec<u8>)| place.kind == kind as u8;
        self.0.iter().filter(of_kind).map(|(_, frame)| frame.as_slice())
    }

    /// What others have said that a trustee may hear.
    pub(super) fn told(&self, to: PartyId) -> impl Iterator<Item = &[u8]> {
        let for_it = move |place: &Place| {
            place.sender != to && (place.receiver == PartyId::UTILITY || place.receiver == to)
        };
        self.0.iter().filter(move |(place, _)| for_it(place)).map(|(_, frame)| frame.as_slice())
    }

    /// A frame that is wrong makes room for another.
    pub(super) fn drop(&mut self, frame: &[u8]) {
        self.0.retain(|_, kept| kept.as_slice() != frame);
    }
}

/// For whom a sealed share is: it stands behind the header.
fn receiver(frame: &[u8]) -> Option<PartyId> {
    let mut reader = Reader::new(frame.get(Header::LEN..)?);
    reader.u32().ok().map(PartyId)
}
