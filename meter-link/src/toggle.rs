//! Meters that come and go too often.
//!
//! Sums over sets that differ in one meter estimate that meter's household statistically, the better the more
//! of them there are: with 10 meters and half-sets for 7 days the estimate correlates with the household by 0.98.
//! A limit on changes slows that down; only noise would stop it. protocols.md, section 2.

use alloc::vec::Vec;

use crate::error::{Error, Malformed};
use crate::frame::Reader;
use crate::id::Round;
use crate::set::Members;

/// How often each meter's membership of closed sets has changed in the present span of rounds.
#[derive(Clone, Debug)]
pub struct Toggles {
    first_round: Round,
    span: u32,
    last: Option<(Round, Members)>,
    changes: Vec<u8>,
}

impl Toggles {
    /// Changes that a meter may make in a span; one more, and it is left out until the span ends.
    pub const MOST: u8 = 16;
    /// Rounds of a span, the first of which begins with the epoch: a week of quarter-hours.
    pub const SPAN: u32 = 672;

    /// Nothing seen yet of an epoch that begins with `first_round` and has `meters`.
    pub fn new(first_round: Round, meters: u32) -> Self {
        Toggles { first_round, span: 0, last: None, changes: alloc::vec![0; meters as usize] }
    }

    fn span_of(&self, round: Round) -> u32 {
        round.to_u32().saturating_sub(self.first_round.to_u32()) / Self::SPAN
    }

    /// The last round that was taken into account, and its set.
    pub fn last(&self) -> Option<(Round, &Members)> {
        self.last.as_ref().map(|(round, set)| (*round, set))
    }

    /// Changes so far in the round's span, and by this set.
    fn count(&self, round: Round, place: u32, member: bool) -> u8 {
        let fresh = self.span_of(round) != self.span;
        let before = if fresh { 0 } else { self.changes.get(place as usize).copied().unwrap_or(0) };
        let turned = self.last.as_ref().is_some_and(|(_, last)| last.contains(place) != member);
        before.saturating_add(u8::from(turned))
    }

    /// Meters that a set of this round may not contain, if it is to make at most `most` changes of each.
    pub fn left_out(&self, round: Round, most: u8) -> impl Iterator<Item = u32> + '_ {
        let all = 0..u32::try_from(self.changes.len()).unwrap_or(u32::MAX);
        all.filter(move |place| self.count(round, *place, true) > most)
    }

    /// Whether the set of a round contains nobody who must be left out.
    pub fn permits(&self, round: Round, set: &Members) -> bool {
        set.positions().all(|place| self.count(round, place, true) <= Self::MOST)
    }

    /// Takes the set of a round into account. Rounds come in ascending order; an earlier one changes nothing.
    pub fn observe(&mut self, round: Round, set: &Members) {
        if self.last.as_ref().is_some_and(|(last, _)| *last >= round) {
            return;
        }
        if self.span_of(round) != self.span {
            self.span = self.span_of(round);
            self.changes.fill(0);
        }
        if let Some((_, last)) = &self.last {
            for place in last.difference(set).positions() {
                if let Some(changes) = self.changes.get_mut(place as usize) {
                    *changes = changes.saturating_add(1);
                }
            }
        }
        self.last = Some((round, set.clone()));
    }

    /// Appends `span u32 ‖ seen u8 ‖ last round u32 ‖ its set ‖ changes u8 …`; the set only if one was seen.
    ///
    /// # Errors
    /// As [`Members::to_bytes`].
    pub fn save(&self, out: &mut Vec<u8>) -> Result<(), Error> {
        out.extend(self.span.to_le_bytes());
        out.push(u8::from(self.last.is_some()));
        if let Some((round, set)) = &self.last {
            out.extend(round.to_u32().to_le_bytes());
            out.extend(set.to_bytes()?);
        }
        out.extend(&self.changes);
        Ok(())
    }

    /// Takes back what [`Toggles::save`] wrote, for the same epoch.
    ///
    /// # Errors
    /// [`Malformed`]; nothing has changed then.
    pub fn load(&mut self, reader: &mut Reader<'_>) -> Result<(), Error> {
        let span = reader.u32()?;
        let meters = u32::try_from(self.changes.len()).unwrap_or(u32::MAX);
        let last = match reader.u8()? {
            0 => None,
            1 => Some((Round::from(reader.u32()?), Members::read(reader, meters)?)),
            _ => return Err(Malformed::BadRecord.into()),
        };
        if last.as_ref().map_or(0, |(round, _)| self.span_of(*round)) != span {
            return Err(Malformed::BadRecord.into());
        }
        let changes = reader.bytes(self.changes.len())?;
        self.changes.copy_from_slice(changes);
        (self.span, self.last) = (span, last);
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use super::*;

    fn round(offset: u32) -> Round {
        Round::from(1000 + offset)
    }

    fn sets() -> [Members; 2] {
        [[true, true, true], [true, false, true]].map(|marks| Members::marked(&marks).unwrap())
    }

    #[test]
    fn the_seventeenth_change_keeps_a_meter_out_until_the_span_ends() {
        let [with, without] = sets();
        let mut toggles = Toggles::new(round(0), 3);
        for offset in 0..17 {
            let set = if offset % 2 == 0 { &with } else { &without };
            assert!(toggles.permits(round(offset), set), "{offset}");
            toggles.observe(round(offset), set);
        }
        // 16 changes so far. Leaving is always possible, and then there is no way back …
        assert!(toggles.permits(round(17), &with));
        toggles.observe(round(17), &without);
        for offset in [18, 671] {
            assert!(!toggles.permits(round(offset), &with));
            assert_eq!(toggles.left_out(round(offset), Toggles::MOST).collect::<Vec<_>>(), [1]);
            assert!(toggles.permits(round(offset), &without));
        }
        // … until the next span.
        assert!(toggles.permits(round(672), &with));
        assert_eq!(toggles.left_out(round(672), Toggles::MOST).count(), 0);
        toggles.observe(round(672), &with);
        assert_eq!(toggles.changes, [0, 1, 0]);
    }

    #[test]
    fn state_comes_back_and_bad_state_changes_nothing() {
        let [with, without] = sets();
        let mut toggles = Toggles::new(round(0), 3);
        for (offset, set) in [(0, &with), (3, &without), (700, &with), (701, &without), (701, &with)] {
            toggles.observe(round(offset), set);
        }
        let mut bytes = Vec::new();
        toggles.save(&mut bytes).unwrap();
        let mut again = Toggles::new(round(0), 3);
        for cut in 0..bytes.len() {
            assert!(again.load(&mut Reader::new(&bytes[..cut])).is_err());
            assert!(again.last.is_none() && again.changes == [0; 3] && again.span == 0);
        }
        again.load(&mut Reader::new(&bytes)).unwrap();
        assert_eq!((again.changes, again.span, again.last), (toggles.changes, 1, toggles.last));
        bytes[0] = 0;
        assert!(Toggles::new(round(0), 3).load(&mut Reader::new(&bytes)).is_err());
    }
}
