//! A system without privacy, for tests of what lies around the protocols.

use std::time::Duration;

use super::{Outcome, Protocol, RoundError, Settings, System};

pub(crate) struct Plain {
    settings: Settings,
    last: Option<u64>,
    wrong: Option<u64>,
    refused: Option<u64>,
}

pub(crate) fn start(_: Protocol, settings: &Settings) -> anyhow::Result<Box<dyn System>> {
    Ok(Box::new(Plain::new(settings)))
}

impl Plain {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self { settings: settings.clone(), last: None, wrong: None, refused: None }
    }

    /// Spoils the sum of this round.
    pub(crate) fn wrong_in(self, round: u64) -> Self {
        Self { wrong: Some(round), ..self }
    }

    /// Refuses this round.
    pub(crate) fn refusing(self, round: u64) -> Self {
        Self { refused: Some(round), ..self }
    }
}

impl System for Plain {
    fn round(&mut self, round: u64, readings: &[Option<i64>]) -> Result<Outcome, RoundError> {
        // What the program promises to every system.
        assert_eq!(readings.len(), self.settings.meters);
        assert!(self.last.is_none_or(|last| last < round) && round < self.settings.rounds);
        self.last = Some(round);
        let present = || readings.iter().flatten();
        let meters = present().count();
        assert!(meters >= self.settings.min_meters);
        assert!(present().all(|wh| wh.unsigned_abs() <= self.settings.max_reading.unsigned_abs()));
        if self.refused == Some(round) {
            return Err(RoundError::Refused("as the test wants".into()));
        }
        let spoilt = i64::from(self.wrong == Some(round));
        let sent = u64::try_from(meters).unwrap();
        // Looks random and is different for each round, as what a utility receives.
        let word = |wh: i64| wh.unsigned_abs().wrapping_add(round).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        Ok(Outcome {
            sum: present().fold(spoilt, |sum, wh| sum.saturating_add(*wh)),
            meters,
            uplink_bytes: sent.saturating_mul(10),
            meter_time: Duration::from_micros(sent.saturating_mul(2)),
            round_time: Duration::from_micros(700),
            received: self.settings.watched.and_then(|index| readings[index]).map(word),
        })
    }
}
