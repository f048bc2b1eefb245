//! Whom an Open may name present, and along which edges those have pads.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use meter_link::{Error, Misuse, Round};

use super::known::Place;
use super::{Entry, Registrar};

impl Registrar {
    /// Whom of `wanted` the Open of a round may name present: meters that have entered with enough neighbours among
    /// themselves, no two of which may see an edge differently. Of two such the one is left out that has not spoken
    /// about the edge, or has not stated what it has signed, or states what it has refused or left; where that does
    /// not tell, one that was not present before. To be handed to [`Utility::open`](crate::Utility::open), and the edges ([`Registrar::edges`]) with it.
    ///
    /// # Errors
    /// [`Misuse::WrongLength`] unless `wanted` has one entry a meter; [`Misuse::OutOfOrder`] for a round of before
    /// the last one.
    pub fn open(&mut self, round: Round, wanted: &[bool]) -> Result<Vec<bool>, Error> {
        if wanted.len() != self.meters.len() {
            return Err(Misuse::WrongLength.into());
        }
        if self.opened > Some(round) {
            return Err(Misuse::OutOfOrder.into());
        }
        let mut present: Vec<bool> = wanted.to_vec();
        for (place, entry) in present.iter_mut().zip(&self.meters) {
            *place &= entry.statement(round).is_some();
        }
        loop {
            let before = present.clone();
            while let Some(place) = self.worst(round, &present) {
                mark(&mut present, place, false);
            }
            let edges = self.edges(round, &present);
            for (place, around) in present.iter_mut().zip(&edges) {
                *place &= around.len() >= self.least as usize;
            }
            if present == before {
                break;
            }
        }
        self.opened = Some(round);
        self.present.clone_from(&present);
        self.forget();
        self.sweep_exits();
        self.offers.retain(|(_, _, first, _)| *first > round);
        Ok(present)
    }

    /// The meter that is to blame for most unsettled edges among those present; first one that was not present before.
    fn worst(&self, round: Round, present: &[bool]) -> Option<u32> {
        let mut open = alloc::vec![0u32; present.len()];
        let mut blame = |a: u32, b: u32, out: &[u32]| {
            if has(present, a) && has(present, b) {
                for place in out {
                    if let Some(count) = open.get_mut(*place as usize) {
                        *count = count.saturating_add(1);
                    }
                }
            }
        };
        for (low, high, first) in self.in_doubt(round) {
            let silent = |place: &u32| !self.has_spoken(*place, &(low, high, first), round);
            let silent: Vec<u32> = [low, high].into_iter().filter(silent).collect();
            blame(low, high, &silent);
        }
        for (stater, other, first) in self.contradicted(round) {
            blame(stater, other, &self.to_blame(stater, other, first));
        }
        let newcomer = |place: u32| !has(&self.present, place);
        let candidates = (0u32..).zip(open).filter(|(_, count)| *count > 0);
        candidates.max_by_key(|(place, count)| (newcomer(*place), *count, *place)).map(|(place, _)| place)
    }

    /// Pairs of positions that may see an edge of theirs differently in a round: statements of theirs are missing, or
    /// contradict each other. Ask both for their part of the edge once more
    /// ([`GrownMeter::resend`](crate::grown::GrownMeter::resend)): who has lost it refuses it then, and signs that.
    pub fn unsettled(&self, round: Round) -> Vec<(u32, u32)> {
        let doubts = self.in_doubt(round).map(|(a, b, _)| (a, b));
        let against = self.contradicted(round).map(|(a, b, _)| (a.min(b), a.max(b)));
        doubts.chain(against).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// Edges that have begun, and of which not both ends have spoken.
    fn in_doubt(&self, round: Round) -> impl Iterator<Item = Place> {
        let begun = self.doubts.iter().copied().filter(move |(_, _, first)| *first <= round);
        begun.filter(move |at| !(self.has_spoken(at.0, at, round) && self.has_spoken(at.1, at, round)))
    }

    fn has_spoken(&self, place: u32, at: &Place, round: Round) -> bool {
        let entry = self.meters.get(place as usize);
        let stated = entry.and_then(|entry| entry.statement(round)).is_some_and(|s| s.from >= at.2);
        stated || self.has_refused(place, at)
    }

    /// Edges that hold for one end, who comes first, and not for the other.
    fn contradicted(&self, round: Round) -> impl Iterator<Item = Place> {
        let edges = move |(place, entry): (u32, &'_ Entry)| {
            let edges = entry.statement(round).map(|statement| statement.edges.as_slice());
            let edges = edges.unwrap_or_default().iter();
            edges.map(move |(peer, first)| (place, *peer, *first)).collect::<Vec<_>>()
        };
        (0u32..).zip(&self.meters).flat_map(edges).filter(move |(place, peer, first)| {
            let other = self.meters.get(*peer as usize);
            other.and_then(|other| other.first_round(*place, round)) != Some(*first)
        })
    }

    /// The edges of a round among those present: for each position its neighbours', ascending.
    pub fn edges(&self, round: Round, present: &[bool]) -> Vec<Vec<u32>> {
        let around = |(place, entry): (u32, &Entry)| {
            let edges = entry.statement(round).map(|statement| statement.edges.as_slice());
            let edges = edges.unwrap_or_default().iter().map(|(peer, _)| *peer);
            edges.filter(|peer| has(present, place) && has(present, *peer)).collect()
        };
        (0u32..).zip(&self.meters).map(around).collect()
    }
}

/// Whether those present hang together along the edges: if not, the pads of each part cancel by themselves, and what
/// is left where more than f holders collude is the sum of a part.
pub fn is_connected(edges: &[Vec<u32>], present: &[bool]) -> bool {
    let mut seen = alloc::vec![false; present.len()];
    let first = (0u32..).zip(present).find(|(_, here)| **here).map(|(place, _)| place);
    let mut next: Vec<u32> = first.into_iter().collect();
    while let Some(place) = next.pop() {
        if has(&seen, place) {
            continue;
        }
        mark(&mut seen, place, true);
        next.extend(edges.get(place as usize).into_iter().flatten().filter(|peer| has(present, **peer)));
    }
    seen == present
}

fn has(marks: &[bool], place: u32) -> bool {
    marks.get(place as usize).copied().unwrap_or(false)
}

fn mark(marks: &mut [bool], place: u32, value: bool) {
    if let Some(mark) = marks.get_mut(place as usize) {
        *mark = value;
    }
}
