//! Contributions that come before their round is open: clocks differ.

use std::collections::BTreeMap;

use meter_link::{PartyId, Round};

/// At most one frame a meter, of this round and the next. Meters sign with their link, so nobody fills another's place.
#[derive(Default)]
pub(super) struct Early(BTreeMap<(Round, PartyId), Vec<u8>>);

impl Early {
    /// Keeps a frame of a round that is `first` or the next; the first one stays.
    pub(super) fn keep(&mut self, first: Round, round: Round, from: PartyId, frame: Vec<u8>) -> bool {
        self.forget(first);
        let ahead = round.to_u32().checked_sub(first.to_u32());
        let kept = matches!(ahead, Some(0 | 1));
        if kept {
            self.0.entry((round, from)).or_insert(frame);
        }
        kept
    }

    /// Takes out what has come for a round; what is older is gone.
    pub(super) fn of(&mut self, round: Round) -> Vec<(PartyId, Vec<u8>)> {
        self.forget(round);
        let all = std::mem::take(&mut self.0);
        let (now, later) = all.into_iter().partition(|((of, _), _)| *of == round);
        self.0 = later;
        let now: BTreeMap<(Round, PartyId), Vec<u8>> = now;
        now.into_iter().map(|((_, from), frame)| (from, frame)).collect()
    }

    fn forget(&mut self, first: Round) {
        self.0.retain(|(round, _), _| *round >= first);
    }
}
