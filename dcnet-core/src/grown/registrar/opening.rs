//! Whom an Open may name present, and along which edges those have pads.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use meter_link::{Error, Misuse, Round};

use super::{Entry, Registrar};

impl Registrar {
    /// Whom of `wanted` the Open of a round may name present: meters that have entered with enough neighbours among
    /// themselves, no two of which may see an edge differently. Of two such the one stays that was present before. To
    /// be handed to [`Utility::open`](crate::Utility::open), and the edges ([`Registrar::edges`]) with it.
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
        Ok(present)
    }

    /// The meter with most unsettled edges among those present; at a tie one that was not present before.
    fn worst(&self, round: Round, present: &[bool]) -> Option<u32> {
        let mut open = alloc::vec![0u32; present.len()];
        for (a, b) in self.unsettled(round) {
            if has(present, a) && has(present, b) {
                for place in [a, b] {
                    if let Some(count) = open.get_mut(place as usize) {
                        *count = count.saturating_add(1);
                    }
                }
            }
        }
        let newcomer = |place: u32| !has(&self.present, place);
        let candidates = (0u32..).zip(open).filter(|(_, count)| *count > 0);
        candidates.max_by_key(|(place, count)| (newcomer(*place), *count, *place)).map(|(place, _)| place)
    }

    /// Pairs of positions that may see an edge of theirs differently in a round: statements of theirs are missing, or
    /// contradict each other. Ask both for their part of the edge once more
    /// ([`GrownMeter::resend`](crate::grown::GrownMeter::resend)): who has lost it refuses it then, and signs that.
    pub fn unsettled(&self, round: Round) -> Vec<(u32, u32)> {
        let mut pairs = BTreeSet::new();
        for (a, b, first) in &self.doubts {
            let spoken = |place: &u32| {
                let entry = self.meters.get(*place as usize);
                entry.and_then(|entry| entry.statement(round)).is_some_and(|s| s.from >= *first)
            };
            if *first <= round && !(spoken(a) && spoken(b)) {
                pairs.insert((*a, *b));
            }
        }
        for (place, entry) in (0u32..).zip(&self.meters) {
            let edges = entry.statement(round).map(|statement| statement.edges.as_slice());
            for (peer, first) in edges.unwrap_or_default() {
                let other = self.meters.get(*peer as usize);
                if other.and_then(|other| other.first_round(place, round)) != Some(*first) {
                    pairs.insert((place.min(*peer), place.max(*peer)));
                }
            }
        }
        pairs.into_iter().collect()
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
