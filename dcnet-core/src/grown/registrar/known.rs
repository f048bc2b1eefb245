//! Edges whose answer was passed on, and what their ends have signed about them.

use alloc::vec::Vec;

use meter_link::{Error, Fault, PartyId, Round};

use super::super::notice::EdgeId;
use super::Registrar;

/// Two positions, ascending, and the first round of an edge of theirs.
pub(super) type Place = (u32, u32, Round);

pub(super) fn place_of(a: u32, b: u32, first: Round) -> Place {
    (a.min(b), a.max(b), first)
}

/// An edge that may have come about. It stays for the epoch, since either end may state it at any time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    pub(super) edge: EdgeId,
    pub(super) flags: u8,
}

impl Known {
    /// The lower position has offered, or else the higher.
    const LOW_OFFERED: u8 = 1;
    /// A confirmation was passed on.
    const CONFIRMED: u8 = 2;
    const LOW_REFUSED: u8 = 4;
    const HIGH_REFUSED: u8 = 8;
    pub(super) const ALL: u8 = 15;

    fn refused_by(&self, at: &Place, place: u32) -> bool {
        self.flags & (if place == at.0 { Self::LOW_REFUSED } else { Self::HIGH_REFUSED }) != 0
    }

    fn has_offered(&self, at: &Place, place: u32) -> bool {
        (self.flags & Self::LOW_OFFERED != 0) == (place == at.0)
    }
}

impl Registrar {
    /// An answer: to an offer that went the other way, and one for a pair and first round.
    pub(super) fn take_answer(
        &mut self,
        (from, sender): (u32, PartyId),
        to: u32,
        first: Round,
        edge: &EdgeId,
        soon: bool,
    ) -> Result<(), Error> {
        let (at, not_expected) = (place_of(from, to, first), Fault::NotExpected.of(sender));
        if let Some(known) = self.known.get(&at) {
            // Again. Who has refused an edge has none, and never will.
            let same = known.edge == *edge && known.has_offered(&at, to) && !known.refused_by(&at, from);
            return if same { Ok(()) } else { Err(not_expected) };
        }
        if !soon || Some(first) <= self.opened {
            return Err(Fault::RoundFarFromNow.of(sender));
        }
        if !self.offers.contains(&(to, from, first, *edge)) {
            return Err(not_expected);
        }
        let flags = if to < from { Known::LOW_OFFERED } else { 0 };
        self.known.insert(at, Known { edge: *edge, flags });
        self.doubts.insert(at);
        Ok(())
    }

    /// A confirmation by who has offered.
    pub(super) fn take_confirmation(
        &mut self,
        (from, sender): (u32, PartyId),
        to: u32,
        first: Round,
        edge: &EdgeId,
    ) -> Result<(), Error> {
        let at = place_of(from, to, first);
        let known = self.known.get_mut(&at);
        let known = known.filter(|known| known.edge == *edge && known.has_offered(&at, from));
        known.ok_or(Fault::NotExpected.of(sender))?.flags |= Known::CONFIRMED;
        Ok(())
    }

    /// A refusal by either end.
    pub(super) fn take_refusal(
        &mut self,
        (from, sender): (u32, PartyId),
        to: u32,
        first: Round,
        edge: &EdgeId,
    ) -> Result<(), Error> {
        let at = place_of(from, to, first);
        let known = self.known.get_mut(&at).filter(|known| known.edge == *edge);
        known.ok_or(Fault::NotExpected.of(sender))?.flags |=
            if from == at.0 { Known::LOW_REFUSED } else { Known::HIGH_REFUSED };
        Ok(())
    }

    /// Whether an end has signed that it has no such edge.
    pub(super) fn has_refused(&self, place: u32, at: &Place) -> bool {
        self.known.get(at).is_some_and(|known| known.refused_by(at, place))
    }

    /// Whether two meters have an edge, or may have one.
    pub(super) fn may_have(&self, a: u32, b: u32) -> bool {
        let has = |a: u32, b: u32| {
            let statements = self.meters.get(a as usize).map(|entry| entry.statements.as_slice());
            let mut statements = statements.unwrap_or_default().iter();
            statements.any(|known| known.edges.binary_search_by_key(&b, |(peer, _)| *peer).is_ok())
        };
        let doubts = place_of(a, b, Round::from(0))..=place_of(a, b, Round::from(u32::MAX));
        has(a, b) || has(b, a) || self.doubts.range(doubts).next().is_some()
    }

    /// Who is to be left out, of one that states an edge and the other end that does not.
    pub(super) fn to_blame(&self, stater: u32, other: u32, first: Round) -> Vec<u32> {
        let at = place_of(stater, other, first);
        let has_left = |place: u32| {
            let entry = self.meters.get(place as usize);
            entry.and_then(|entry| entry.left).is_some_and(|left| first < left)
        };
        match self.known.get(&at) {
            // It has signed that it has the key.
            Some(known) if known.flags == known.flags & (Known::LOW_OFFERED | Known::CONFIRMED) => {
                if has_left(stater) || has_left(other) || known.flags & Known::CONFIRMED == 0 {
                    alloc::vec![stater]
                } else if known.has_offered(&at, other) {
                    alloc::vec![other]
                } else {
                    // Either the confirmation was lost on its last way, or it does not hold: the refusal will tell.
                    alloc::vec![stater, other]
                }
            }
            // Never answered, or refused.
            _ => alloc::vec![stater],
        }
    }
}
