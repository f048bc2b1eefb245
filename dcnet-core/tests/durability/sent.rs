//! All frames that have ever left the device, and the rules that hold for them together.

use std::collections::{BTreeMap, BTreeSet};

use meter_link::{Header, Kind};

use crate::script::Script;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    /// Of one round, kind and pass.
    TwoFrames(Kind),
    /// Repairs of a round that belong to sets of which neither holds the other.
    TwoCloses,
}

#[derive(Clone, Default)]
pub(crate) struct Sent(Vec<Vec<u8>>);

impl Sent {
    pub(crate) fn take(&mut self, frame: Vec<u8>) {
        self.0.push(frame);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn check(&self) -> Result<(), Broken> {
        let mut by_nonce: BTreeMap<(u32, u8, u8), BTreeSet<&[u8]>> = BTreeMap::new();
        let mut missing: BTreeMap<u32, BTreeMap<u8, BTreeSet<usize>>> = BTreeMap::new();
        for frame in &self.0 {
            let header = Header::parse(frame).unwrap();
            let round = header.round.to_u32();
            by_nonce.entry((round, header.kind as u8, frame[3])).or_default().insert(frame);
            if header.kind == Kind::Repair {
                let positions = Script::repaired(frame);
                missing.entry(round).or_default().insert(frame[3], positions);
            }
        }
        if let Some((_, frames)) = by_nonce.iter().find(|(_, frames)| frames.len() > 1) {
            let header = Header::parse(frames.first().unwrap()).unwrap();
            return Err(Broken::TwoFrames(header.kind));
        }
        // Flags ascend with the pass: whom an earlier repair calls missing, a later one does.
        for passes in missing.values() {
            let sets: Vec<&BTreeSet<usize>> = passes.values().collect();
            if sets.windows(2).any(|pair| !pair[0].is_subset(pair[1])) {
                return Err(Broken::TwoCloses);
            }
        }
        Ok(())
    }
}
