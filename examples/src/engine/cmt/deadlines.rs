//! What happens when in a slot. All times are by a party's own clock, so each step leaves room for letters and skew.

use meter_link::Round;

use crate::engine::timetable::Timetable;

/// A point of a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tick {
    /// The supplier opens the round.
    Begin,
    /// Rings that should have begun with this round and have not are given up.
    Settle,
    /// The supplier closes the round without those that have not sent.
    Close,
    /// The concentrator hands its role over.
    HandOver,
    /// Who follows nobody says Hello.
    Elect,
    /// A deadline of elections, claims and first keys.
    Turn(u8),
}

/// Turns of a slot.
const TURNS: u8 = 8;
/// A turn, in thousandths of what is left of the slot behind the close.
const STEP: u64 = 75;
const HAND_OVER: u64 = 80;
const ELECT: u64 = 220;

const TICKS: [Tick; 13] = [
    Tick::Begin,
    Tick::Settle,
    Tick::Close,
    Tick::HandOver,
    Tick::Elect,
    Tick::Turn(1),
    Tick::Turn(2),
    Tick::Turn(3),
    Tick::Turn(4),
    Tick::Turn(5),
    Tick::Turn(6),
    Tick::Turn(7),
    Tick::Turn(TURNS),
];

/// The ticks of an epoch's slots, and of the one before its first, as they pass.
pub(super) struct Deadlines {
    pub(super) table: Timetable,
    /// Of the slot, in thousandths.
    close: u16,
    first: u32,
    last: u32,
    done: Option<(u32, Tick)>,
}

impl Deadlines {
    pub(super) fn new(table: Timetable, close: u16, first: Round, last: Round) -> Self {
        Self { table, close, first: first.to_u32().saturating_sub(1), last: last.to_u32(), done: None }
    }

    /// When a tick of a slot is.
    pub(super) fn at(&self, round: u32, tick: Tick) -> u64 {
        let round = Round::from(round);
        let rest = |permille: u64| {
            let rest = 1000u64.saturating_sub(self.close.into());
            let into =
                u64::from(self.close).saturating_mul(1000).saturating_add(rest.saturating_mul(permille));
            self.table.start(round).saturating_add(self.table.slot.saturating_mul(into) / 1_000_000)
        };
        match tick {
            Tick::Begin => self.table.start(round),
            Tick::Settle => self.table.at(round, self.close / 8),
            Tick::Close => rest(0),
            Tick::HandOver => rest(HAND_OVER),
            Tick::Elect => rest(ELECT),
            Tick::Turn(turn) => rest(STEP.saturating_mul(turn.into()).saturating_add(ELECT)),
        }
    }

    /// How long claims are gathered before they are acted upon, in milliseconds: most of a turn.
    pub(super) fn gather(&self) -> u64 {
        let rest = 1000u64.saturating_sub(self.close.into());
        self.table.slot.saturating_mul(rest.saturating_mul(STEP).saturating_mul(7) / 10) / 1_000_000
    }

    /// The last tick that has passed in this or an earlier slot, if it was not due before.
    pub(super) fn due(&mut self, now: u64) -> Option<(u32, Tick)> {
        let passed = self.passed(now)?;
        let before = self.done.replace(passed);
        // A clock that is set back runs through the same slots again; nothing is done twice at once.
        (before.is_none_or(|before| before < passed)).then_some(passed)
    }

    /// Takes note that the clock was set back.
    pub(super) fn align(&mut self, now: u64) {
        let passed = self.passed(now);
        if self.done > passed {
            self.done = passed;
        }
    }

    /// When the next one is.
    pub(super) fn next(&self) -> Option<u64> {
        let Some((round, done)) = self.done else {
            return Some(self.at(self.first, Tick::Begin));
        };
        if let Some(tick) = TICKS.into_iter().find(|tick| *tick > done) {
            return Some(self.at(round, tick));
        }
        let round = round.checked_add(1).filter(|round| *round <= self.last)?;
        Some(self.at(round, Tick::Begin))
    }

    fn passed(&self, now: u64) -> Option<(u32, Tick)> {
        let round = self.table.round(now)?.to_u32();
        if round > self.last {
            return Some((self.last, Tick::Turn(TURNS)));
        }
        if round < self.first {
            return None;
        }
        let tick = TICKS.into_iter().rev().find(|tick| self.at(round, *tick) <= now);
        Some((round, tick.unwrap_or(Tick::Begin)))
    }
}

#[cfg(test)]
mod tests {
    use meter_link::Schedule;

    use super::*;

    fn deadlines() -> Deadlines {
        let table = Timetable { schedule: Schedule { origin: 0, period: 900 }, begins: 0, slot: 1000 };
        Deadlines::new(table, 400, Round::from(5), Round::from(6))
    }

    #[test]
    fn ticks_come_in_order_and_once() {
        let mut deadlines = deadlines();
        let times: Vec<u64> = TICKS.iter().map(|tick| deadlines.at(4, *tick)).collect();
        assert_eq!(times[..5], [4000, 4050, 4400, 4448, 4532]);
        assert!(times.is_sorted_by(|a, b| a < b) && times[12] < 4950, "{times:?}");
        assert_eq!(deadlines.next(), Some(4000));
        assert_eq!(deadlines.due(3999), None);
        let mut seen = Vec::new();
        while let Some(now) = deadlines.next() {
            assert!(deadlines.due(now - 1).is_none());
            seen.extend(deadlines.due(now));
            assert!(deadlines.due(now).is_none());
        }
        assert_eq!(seen.len(), 3 * TICKS.len());
        assert!(seen.is_sorted());
        assert_eq!(deadlines.due(100_000), None);
    }

    #[test]
    fn a_process_that_slept_takes_the_last_one() {
        let mut deadlines = deadlines();
        assert_eq!(deadlines.due(5410), Some((5, Tick::Close)));
        assert_eq!(deadlines.next(), Some(deadlines.at(5, Tick::HandOver)));
        deadlines.align(4000);
        assert_eq!(deadlines.next(), Some(4050));
        assert_eq!(deadlines.due(4051), Some((4, Tick::Settle)));
    }
}
