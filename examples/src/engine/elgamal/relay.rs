//! What trustees say to all of them, as it goes round: the frames of the key ceremony, own keys, and key statements.
//!
//! Frames of a ceremony name round 0, so that nothing in them says to which epoch they belong. A letter of them begins
//! with a bare header of the epoch's first round.

use std::collections::BTreeMap;

use meter_link::frame::Flags;
use meter_link::{EpochView, Header, Kind, PartyId};

use crate::engine::clocked::fault;
use crate::engine::timetable::Timetable;
use crate::engine::{Letter, Refusal};

/// Longer ones are not passed on: the sealed shares for 255 trustees, in a complaint, are shorter.
const MOST_BYTES: usize = 64 << 10;

/// When what was said is said again while there is no key, after so many milliseconds: it may have come before the other
/// end had taken up the epoch.
pub(super) fn again(table: &Timetable) -> u64 {
    (table.slot / 4).clamp(250, 30_000)
}

/// Kinds that go round.
fn goes_round(kind: Kind) -> bool {
    use Kind::{Commitments, Complaint, Confirmation, Echo, KeyStatement, OwnKey, SealedShares};
    matches!(kind, Commitments | Echo | SealedShares | Complaint | Confirmation | OwnKey | KeyStatement)
}

/// A letter of such frames, sent by `own`: a link takes frames of the party at its other end only.
pub(super) fn letter(view: &EpochView, own: PartyId, frames: impl IntoIterator<Item = Vec<u8>>) -> Letter {
    let header = view.header(Kind::KeyStatement, Flags::default().0, own, view.epoch().first_round);
    let frames = std::iter::once(header.to_bytes().to_vec()).chain(frames).collect();
    Letter::Frames { frames, hints: Vec::new() }
}

/// The frames of such a letter, which came from `from`.
pub(super) fn frames(view: &EpochView, from: PartyId, letter: Letter) -> Result<Vec<Vec<u8>>, Letter> {
    match letter {
        Letter::Frames { mut frames, hints } => {
            let first = frames.first().map(Vec::as_slice);
            let header = view.header(Kind::KeyStatement, 0, from, view.epoch().first_round);
            if first != Some(header.to_bytes().as_slice()) {
                return Err(Letter::Frames { frames, hints });
            }
            frames.remove(0);
            Ok(frames)
        }
        other => Err(other),
    }
}

/// The first frame of each kind from each trustee: a second one would show different ones to different trustees.
#[derive(Default)]
pub(super) struct Heard(BTreeMap<(u8, PartyId), Vec<u8>>);

impl Heard {
    /// Keeps a frame that came over its sender's link, or from the utility about a party of `trustees`. False for what
    /// is here already.
    pub(super) fn keep(
        &mut self,
        trustees: &[PartyId],
        from: Option<PartyId>,
        frame: &[u8],
    ) -> Result<bool, Refusal> {
        let via = from.unwrap_or(PartyId::UTILITY);
        let header = Header::parse(frame).map_err(|error| fault(via, error))?;
        if from.is_some_and(|from| from != header.sender) {
            return Err(fault(via, "a frame in another party's name"));
        }
        if !goes_round(header.kind) || frame.len() > MOST_BYTES || !trustees.contains(&header.sender) {
            return Err(fault(via, "no frame that goes round"));
        }
        match self.0.get(&(header.kind as u8, header.sender)) {
            Some(first) if first.as_slice() != frame => Err(fault(via, "two frames where one is allowed")),
            Some(_) => Ok(false),
            None => {
                self.0.insert((header.kind as u8, header.sender), frame.to_vec());
                Ok(true)
            }
        }
    }

    /// All of a kind, ascending by sender.
    pub(super) fn of(&self, kind: Kind) -> Vec<&[u8]> {
        let of = |party| (kind as u8, PartyId(party));
        self.0.range(of(0)..=of(u32::MAX)).map(|(_, frame)| frame.as_slice()).collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All but those of one sender.
    pub(super) fn of_others(&self, than: PartyId) -> Vec<Vec<u8>> {
        self.0.iter().filter(|((_, sender), _)| *sender != than).map(|(_, frame)| frame.clone()).collect()
    }

    /// A frame that is wrong makes room for another.
    pub(super) fn drop(&mut self, frame: &[u8]) {
        self.0.retain(|_, kept| kept.as_slice() != frame);
    }
}
