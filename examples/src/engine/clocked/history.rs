//! Opens and Closes of the windows that may still be billed, for answerers that have missed them.

use std::collections::BTreeMap;

use meter_link::Round;
use meter_link::frame::Reader;

use super::super::Letter;

/// More is not kept: an answerer that lacks older rounds is out of the window's bills.
const MOST_BYTES: usize = 8 << 20;
/// More is not stored.
const MOST_STORED: usize = 256 << 10;

/// Frames by round: the Open, the first Close, and what belongs to it.
#[derive(Default)]
pub(super) struct History {
    rounds: BTreeMap<Round, Vec<Vec<u8>>>,
    bytes: usize,
}

impl History {
    pub(super) fn enter(&mut self, round: Round, frames: Vec<Vec<u8>>) {
        self.bytes = self.bytes.saturating_add(size(&frames));
        if let Some(before) = self.rounds.insert(round, frames) {
            self.bytes = self.bytes.saturating_sub(size(&before));
        }
        while self.bytes > MOST_BYTES && self.forget_first() {}
    }

    /// Windows before this round are forgotten.
    pub(super) fn forget_before(&mut self, first: Round) {
        while self.rounds.keys().next().is_some_and(|round| *round < first) && self.forget_first() {}
    }

    fn forget_first(&mut self) -> bool {
        let first = self.rounds.pop_first();
        if let Some((_, frames)) = &first {
            self.bytes = self.bytes.saturating_sub(size(frames));
        }
        first.is_some()
    }

    /// A letter a round, ascending.
    pub(super) fn letters(&self) -> impl Iterator<Item = Letter> {
        self.rounds.values().map(|frames| Letter::Frames { frames: frames.clone(), hints: Vec::new() })
    }

    /// `rounds u32 ‖ (round u32 ‖ frames u32 ‖ (length u32 ‖ frame) …) …` of the last rounds.
    pub(super) fn save(&self, out: &mut Vec<u8>) {
        let (mut room, mut first) = (MOST_STORED, self.rounds.len());
        for frames in self.rounds.values().rev() {
            let Some(left) = room.checked_sub(size(frames)) else { break };
            (room, first) = (left, first.saturating_sub(1));
        }
        let stored = self.rounds.iter().skip(first);
        out.extend(number(stored.clone().count()).to_le_bytes());
        for (round, frames) in stored {
            out.extend(round.to_u32().to_le_bytes());
            out.extend(number(frames.len()).to_le_bytes());
            for frame in frames {
                out.extend(number(frame.len()).to_le_bytes());
                out.extend(frame);
            }
        }
    }

    pub(super) fn load(reader: &mut Reader<'_>) -> Result<Self, meter_link::Error> {
        let mut history = Self::default();
        for _ in 0..reader.u32()? {
            let round = Round::from(reader.u32()?);
            let mut frames = Vec::new();
            for _ in 0..reader.u32()? {
                let len = reader.u32()? as usize;
                frames.push(reader.bytes(len)?.to_vec());
            }
            history.enter(round, frames);
        }
        Ok(history)
    }
}

fn size(frames: &[Vec<u8>]) -> usize {
    frames.iter().map(Vec::len).fold(0, usize::saturating_add)
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_is_bounded_and_comes_back() {
        let mut history = History::default();
        for round in 0..100u32 {
            history.enter(Round::from(round), vec![vec![7; 10_000], vec![u8::try_from(round).unwrap()]]);
        }
        let mut stored = Vec::new();
        history.save(&mut stored);
        assert!(stored.len() <= MOST_STORED + 1_000, "{}", stored.len());
        let back = History::load(&mut Reader::new(&stored)).unwrap();
        assert_eq!(back.rounds.len(), MOST_STORED / 10_001);
        assert_eq!(back.rounds.last_key_value(), history.rounds.last_key_value());
        for cut in [0, 3, 8, stored.len() - 1] {
            assert!(History::load(&mut Reader::new(&stored[..cut])).is_err(), "{cut}");
        }
        history.forget_before(Round::from(98));
        assert_eq!((history.rounds.len(), history.bytes), (2, 20_002));
    }

    #[test]
    fn memory_is_bounded() {
        let mut history = History::default();
        for round in 0..30u32 {
            history.enter(Round::from(round), vec![vec![0; 1 << 20]]);
        }
        assert_eq!(history.rounds.len(), 8);
    }
}
