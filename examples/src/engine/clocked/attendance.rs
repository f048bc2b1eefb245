//! Who is there: whom a round waits for, and who is asked to open it.

use std::collections::BTreeSet;

use meter_link::{PartyId, SetRules};

/// The parties of an epoch, and which of them have a link.
pub(super) struct Attendance {
    /// By position.
    meters: Vec<PartyId>,
    /// By number.
    answerers: Vec<PartyId>,
    here: BTreeSet<PartyId>,
}

/// Whom a round is opened for.
pub(super) struct Present {
    /// One bool a position.
    pub(super) marks: Vec<bool>,
    /// All that may take part have a link.
    pub(super) whole: bool,
}

impl Attendance {
    pub(super) fn new(meters: Vec<PartyId>, answerers: Vec<PartyId>) -> Self {
        Self { meters, answerers, here: BTreeSet::new() }
    }

    pub(super) fn enter(&mut self, party: PartyId, here: bool) {
        if here {
            self.here.insert(party);
        } else {
            self.here.remove(&party);
        }
    }

    pub(super) fn is_meter(&self, party: PartyId) -> bool {
        self.meters.binary_search(&party).is_ok()
    }

    /// The number of an answerer.
    pub(super) fn number(&self, party: PartyId) -> Option<u8> {
        (1..=u8::MAX).zip(&self.answerers).find(|(_, id)| **id == party).map(|(number, _)| number)
    }

    pub(super) fn answerer(&self, number: u8) -> Option<PartyId> {
        self.answerers.get(usize::from(number).checked_sub(1)?).copied()
    }

    /// Answerers with a link.
    pub(super) fn answerers_here(&self) -> impl Iterator<Item = PartyId> {
        self.answerers.iter().copied().filter(|id| self.here.contains(id))
    }

    pub(super) fn reaches(&self, number: u8) -> bool {
        self.answerer(number).is_some_and(|id| self.here.contains(&id))
    }

    /// Whom to open a round for, but for those left out. Whoever has no link now may come back until the deadline, and
    /// is waited for, as long as half of those that the rules let a set lack are left for surprises; if more are away,
    /// the round is one of those who are here.
    pub(super) fn present(&self, rules: &SetRules, left_out: &BTreeSet<PartyId>) -> Present {
        let allowed = |id: &&PartyId| !left_out.contains(*id);
        let all = self.meters.iter().filter(allowed).count();
        let here = self.meters.iter().filter(allowed).filter(|id| self.here.contains(id)).count();
        let away = all.saturating_sub(here);
        let may_lack = all.saturating_sub(rules.least_of(u32::try_from(all).unwrap_or(u32::MAX)) as usize);
        let wait = away.saturating_mul(2) <= may_lack;
        let mark = |id: &PartyId| !left_out.contains(id) && (wait || self.here.contains(id));
        Present { marks: self.meters.iter().map(mark).collect(), whole: away == 0 }
    }

    /// Ids of the meters that are not marked.
    pub(super) fn absent(&self, marks: &[bool]) -> Vec<u32> {
        self.meters.iter().zip(marks).filter(|(_, present)| !**present).map(|(id, _)| id.0).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_may_come_back_and_many_are_left_behind() {
        let mut all = Attendance::new((1..=20).map(PartyId).collect(), vec![PartyId(101), PartyId(102)]);
        let rules = SetRules { max_missing_permille: 200, ..SetRules::LEAST };
        let count = |all: &Attendance, left_out: &BTreeSet<PartyId>| {
            let present = all.present(&rules, left_out);
            (present.marks.iter().filter(|mark| **mark).count(), present.whole)
        };
        let nobody = BTreeSet::new();
        (1..=20).for_each(|id| all.enter(PartyId(id), true));
        assert_eq!(count(&all, &nobody), (20, true));
        // A set of 20 may lack 4: two may come back, three may not.
        [3, 7].into_iter().for_each(|id| all.enter(PartyId(id), false));
        assert_eq!(count(&all, &nobody), (20, false));
        assert_eq!(count(&all, &[PartyId(3), PartyId(7)].into()), (18, true));
        all.enter(PartyId(9), false);
        assert_eq!(count(&all, &nobody), (17, false));
        assert_eq!(all.absent(&all.present(&rules, &nobody).marks), [3, 7, 9]);
        assert_eq!(
            (all.number(PartyId(102)), all.number(PartyId(3)), all.answerer(0)),
            (Some(2), None, None)
        );
        assert!(!all.reaches(2));
        all.enter(PartyId(102), true);
        assert!(all.reaches(2) && all.answerers_here().eq([PartyId(102)]));
    }
}
