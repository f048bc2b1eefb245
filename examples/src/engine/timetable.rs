//! Which round it is, by the clock of a process.

use meter_link::{Round, Schedule};

/// When the rounds of a deployment happen.
///
/// Round r stands for the metering interval that begins at `origin + r × period` (time stamps of readings, and the mark
/// of a device). Its frames are exchanged in a *slot* that begins at `begins + r × slot`. Live, a slot is a period
/// long and begins when the interval ends; a replay runs through the intervals of a file as fast as it likes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Timetable {
    /// Of the readings.
    pub(crate) schedule: Schedule,
    /// Milliseconds since 1970 at which the slot of round 0 begins.
    pub(crate) begins: u64,
    /// Milliseconds of a slot, not 0.
    pub(crate) slot: u64,
}

impl Timetable {
    /// The round whose slot holds this instant; `None` before the first, or beyond what a round can be.
    pub(crate) fn round(&self, now: u64) -> Option<Round> {
        let slots = now.checked_sub(self.begins)?.checked_div(self.slot)?;
        Round::new(slots).ok()
    }

    /// When the slot of a round begins.
    pub(crate) fn start(&self, round: Round) -> u64 {
        self.begins.saturating_add(round.get().saturating_mul(self.slot))
    }

    /// The instant so many thousandths into the slot of a round.
    pub(crate) fn at(&self, round: Round, permille: u16) -> u64 {
        let into = self.slot.saturating_mul(permille.into()) / 1000;
        self.start(round).saturating_add(into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_have_a_beginning_and_no_end() {
        let table = Timetable { schedule: Schedule { origin: 0, period: 900 }, begins: 10_000, slot: 250 };
        assert_eq!(table.round(9_999), None);
        assert_eq!(table.round(10_000), Some(Round::from(0)));
        assert_eq!(table.round(10_499), Some(Round::from(1)));
        assert_eq!((table.start(Round::from(4)), table.at(Round::from(4), 500)), (11_000, 11_125));
        assert_eq!(table.round(u64::MAX), None);
    }
}
