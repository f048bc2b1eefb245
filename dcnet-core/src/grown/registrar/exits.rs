//! Meters that leave, and who has to know.

use alloc::vec::Vec;

use meter_link::{Error, Fault, PartyId, Round};

use super::super::notice::place;
use super::super::{AHEAD, Listed};
use super::{Entry, Registrar};

impl Registrar {
    /// An exit: to whom it goes.
    pub(super) fn take_exit(
        &mut self,
        now: Round,
        from: &Listed,
        round: Round,
        neighbours: &[[u8; 4]],
        frame: &[u8],
    ) -> Result<Vec<PartyId>, Error> {
        let sender = from.id();
        if round.to_u32() > now.to_u32().saturating_add(AHEAD) {
            return Err(Fault::RoundFarFromNow.of(sender));
        }
        let known = self.meters.get(from.position() as usize).ok_or(Fault::UnknownSender.of(sender))?;
        if known.statements.last().is_none_or(|last| last.from <= round) {
            // A list of others would pair meters that the leaver chooses. An empty one is a loss of all edges.
            if !neighbours.iter().all(|bytes| self.may_have(from.position(), place(bytes))) {
                return Err(Fault::NotExpected.of(sender));
            }
            if let Some(entry) = self.entry(from.position()) {
                entry.away = entry.away.max(Some(round));
                entry.left = entry.left.max(Some(round));
                entry.exit = Some((round, frame.to_vec()));
            }
        }
        let mut to = self.holding(from.position(), round);
        let listed =
            neighbours.iter().filter_map(|bytes| self.parties.roster().meters().get(place(bytes) as usize));
        to.extend(listed.map(|meter| meter.id));
        to.sort_unstable();
        to.dedup();
        Ok(to)
    }

    /// Exits that some neighbours do not seem to have, as they still state the edge: to be sent again.
    pub fn owed(&self) -> impl Iterator<Item = (Vec<PartyId>, &[u8])> {
        let exits = (0u32..).zip(&self.meters);
        let exits = exits.filter_map(|(place, entry)| Some((place, entry.exit.as_ref()?)));
        let exits = exits.map(|(place, (round, exit))| (self.holding(place, *round), exit.as_slice()));
        exits.filter(|(to, _)| !to.is_empty())
    }

    /// Meters whose last statement has an edge of before `round` to the one at a position.
    fn holding(&self, peer: u32, round: Round) -> Vec<PartyId> {
        let old = |(place, first): &(u32, Round)| *place == peer && *first < round;
        let holds = |entry: &Entry| entry.statements.last().is_some_and(|last| last.edges.iter().any(old));
        let meters = self.parties.roster().meters().iter().zip(&self.meters);
        meters.filter(|(_, entry)| holds(entry)).map(|(meter, _)| meter.id).collect()
    }

    /// Drops exits that are in force and that nobody holds an edge of, or may hold one of, any more.
    pub(super) fn sweep_exits(&mut self) {
        let mut held = alloc::vec![false; self.meters.len()];
        let mut hold = |meters: &[Entry], place: u32, first: Round| {
            let exit = meters.get(place as usize).and_then(|entry| entry.exit.as_ref());
            if let Some(held) = held.get_mut(place as usize) {
                *held |= exit.is_some_and(|(round, _)| first < *round);
            }
        };
        for (peer, first) in
            self.meters.iter().filter_map(|entry| entry.statements.last()).flat_map(|s| &s.edges)
        {
            hold(&self.meters, *peer, *first);
        }
        for (low, high, first) in &self.doubts {
            hold(&self.meters, *low, *first);
            hold(&self.meters, *high, *first);
        }
        for (entry, held) in self.meters.iter_mut().zip(held) {
            entry.exit = entry.exit.take().filter(|(round, _)| held || Some(*round) > self.opened);
        }
    }
}
