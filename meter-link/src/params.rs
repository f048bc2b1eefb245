//! What a group agrees on, whatever its protocol.

use core::ops::Deref;

use crate::epoch::Session;
use crate::error::{Error, Misuse};
use crate::field::Field64;
use crate::id::{GroupId, Protocol, Round};

/// When rounds happen: time stamp = origin + round × period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Unix seconds of the beginning of round 0.
    pub origin: u64,
    /// Seconds of a metering interval.
    pub period: u32,
}

impl Schedule {
    /// Beginning and end of a round's interval, Unix seconds.
    ///
    /// # Errors
    /// [`Misuse::RoundTooLarge`] beyond the u64 range.
    pub fn interval(&self, round: Round) -> Result<(u64, u64), Error> {
        let period = u64::from(self.period);
        let start = round.get().checked_mul(period).and_then(|t| t.checked_add(self.origin));
        let end = start.and_then(|t| t.checked_add(period));
        start.zip(end).ok_or(Misuse::RoundTooLarge.into())
    }
}

/// How small a set may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetRules {
    /// Honest meters that every sum must contain.
    pub min_honest: u32,
    /// Meters that may collude with the utility.
    pub max_colluding: u32,
    /// δ: how many of the meters that the Open names present a set may leave out, in thousandths.
    pub max_missing_permille: u16,
}

impl SetRules {
    /// 3 honest, none colluding, δ = 10 %: the least that is a sum at all. Deployments want ≥ 100 meters.
    pub const LEAST: SetRules = SetRules { min_honest: 3, max_colluding: 0, max_missing_permille: 100 };

    /// `min_honest + max_colluding`.
    pub const fn min_meters(&self) -> u32 {
        self.min_honest.saturating_add(self.max_colluding)
    }

    /// The smallest set that may be taken where `present` meters take part in the round.
    pub fn least_of(&self, present: u32) -> u32 {
        let kept = 1000u64.saturating_sub(self.max_missing_permille.into());
        let share = u64::from(present).wrapping_mul(kept).div_ceil(1000);
        u32::try_from(share).unwrap_or(u32::MAX).max(self.min_meters())
    }
}

/// The choices, before they are checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupConfig {
    /// Which protocol.
    pub protocol: Protocol,
    /// Which group.
    pub group: GroupId,
    /// When rounds happen.
    pub schedule: Schedule,
    /// Values of a reading.
    pub channels: u16,
    /// Largest size of a value, in the smallest billed unit.
    pub max_reading: u64,
    /// Largest number of meters.
    pub max_meters: u32,
    /// How small a set may be.
    pub rules: SetRules,
    /// Rounds between two ratchet steps of the pair keys.
    pub rounds_per_step: u32,
}

impl GroupConfig {
    /// One channel of at most 10^9 in quarter-hour rounds from 1970 on, up to 10^6 meters, least set
    /// rules, a ratchet step a day.
    pub const fn new(protocol: Protocol, group: GroupId) -> Self {
        GroupConfig {
            protocol,
            group,
            schedule: Schedule { origin: 0, period: 900 },
            channels: 1,
            max_reading: 1_000_000_000,
            max_meters: 1_000_000,
            rules: SetRules::LEAST,
            rounds_per_step: 96,
        }
    }
}

/// Checked choices of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupParams(GroupConfig);

impl GroupParams {
    /// Bytes of the common part of the session parameters.
    pub const LEN: usize = 40;
    /// Most values of a reading.
    pub const MAX_CHANNELS: u16 = 1024;

    /// # Errors
    /// [`Misuse::BadParameter`] for a zero or too large number, [`Misuse::MinimumTooSmall`] below two honest
    /// meters (one alone is its own sum), [`Misuse::EmptyGroup`], [`Misuse::SumCouldOverflow`].
    pub fn new(config: GroupConfig) -> Result<Self, Error> {
        let GroupConfig { channels, schedule, rules, .. } = config;
        if channels == 0
            || channels > Self::MAX_CHANNELS
            || schedule.period == 0
            || config.rounds_per_step == 0
            || config.max_reading == 0
            || rules.max_missing_permille > 1000
            || (config.max_meters > 0 && rules.min_meters() > config.max_meters)
        {
            return Err(Misuse::BadParameter.into());
        }
        if config.max_meters == 0 {
            return Err(Misuse::EmptyGroup.into());
        }
        if rules.min_honest < 2 {
            return Err(Misuse::MinimumTooSmall.into());
        }
        let params = GroupParams(config);
        params.check_terms(config.max_meters.into())?;
        Ok(params)
    }

    /// That a sum of `terms` readings stays below p/2 in size: it could not be read back otherwise.
    ///
    /// # Errors
    /// [`Misuse::SumCouldOverflow`].
    pub fn check_terms(&self, terms: u64) -> Result<(), Error> {
        match self.max_reading.checked_mul(terms) {
            Some(most) if most < Field64::MODULUS / 2 => Ok(()),
            _ => Err(Misuse::SumCouldOverflow.into()),
        }
    }

    /// That a reading has the right number of values, each within `max_reading`. Time depends on the
    /// outcome only, and the outcome is the caller's to avoid (see [`Carry`](crate::reading::Carry)).
    ///
    /// # Errors
    /// [`Misuse::WrongChannels`], [`Misuse::ReadingTooLarge`].
    pub fn check_reading(&self, reading: &[i64]) -> Result<(), Error> {
        if reading.len() != usize::from(self.channels) {
            return Err(Misuse::WrongChannels.into());
        }
        // No early exit: how far the check came would tell which channel is large.
        let beyond = reading
            .iter()
            .fold(0u64, |sign, value| sign | self.max_reading.wrapping_sub(value.unsigned_abs()));
        if beyond >> 63 == 0 { Ok(()) } else { Err(Misuse::ReadingTooLarge.into()) }
    }

    /// That sums lie within what `meters` meters can have sent.
    ///
    /// # Errors
    /// [`Error::Inconsistent`].
    pub fn check_sums(&self, sums: &[i64], meters: u32) -> Result<(), Error> {
        let most = self.max_reading.saturating_mul(meters.into());
        if sums.iter().all(|sum| sum.unsigned_abs() <= most) { Ok(()) } else { Err(Error::Inconsistent) }
    }

    /// The session of this group: the common parameters, then the protocol's own bytes.
    pub fn session(&self, own: &[u8]) -> Session {
        Session::new(self.protocol, self.group, &[&self.to_bytes(), own])
    }

    /// `origin u64 ‖ period u32 ‖ channels u16 ‖ max_reading u64 ‖ max_meters u32 ‖ min_honest u32 ‖
    /// max_colluding u32 ‖ max_missing u16 ‖ rounds_per_step u32`.
    pub fn to_bytes(&self) -> [u8; Self::LEN] {
        let c = &self.0;
        let parts: [&[u8]; 9] = [
            &c.schedule.origin.to_le_bytes(),
            &c.schedule.period.to_le_bytes(),
            &c.channels.to_le_bytes(),
            &c.max_reading.to_le_bytes(),
            &c.max_meters.to_le_bytes(),
            &c.rules.min_honest.to_le_bytes(),
            &c.rules.max_colluding.to_le_bytes(),
            &c.rules.max_missing_permille.to_le_bytes(),
            &c.rounds_per_step.to_le_bytes(),
        ];
        let mut out = [0u8; Self::LEN];
        for (place, byte) in out.iter_mut().zip(parts.into_iter().flatten()) {
            *place = *byte;
        }
        out
    }
}

impl Deref for GroupParams {
    type Target = GroupConfig;

    fn deref(&self) -> &GroupConfig {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> GroupConfig {
        GroupConfig::new(Protocol::Dcnet, GroupId(1))
    }

    #[test]
    fn refuses_what_could_leave_the_field() {
        let rules = SetRules { min_honest: 2, ..SetRules::LEAST };
        let at = |max_reading, max_meters| {
            GroupParams::new(GroupConfig { max_reading, max_meters, rules, ..config() })
        };
        assert!(at((Field64::MODULUS / 2 - 1) / 2, 2).is_ok());
        assert_eq!(at(Field64::MODULUS / 4 + 1, 2), Err(Misuse::SumCouldOverflow.into()));
        assert_eq!(at(u64::MAX, 2), Err(Misuse::SumCouldOverflow.into()));
        assert_eq!(at(1, 1), Err(Misuse::BadParameter.into()));
    }

    #[test]
    fn refuses_empty_and_zero() {
        assert_eq!(
            GroupParams::new(GroupConfig { max_meters: 0, ..config() }),
            Err(Misuse::EmptyGroup.into())
        );
        assert_eq!(
            GroupParams::new(GroupConfig { channels: 0, ..config() }),
            Err(Misuse::BadParameter.into())
        );
        let rules = SetRules { min_honest: 1, ..SetRules::LEAST };
        assert_eq!(GroupParams::new(GroupConfig { rules, ..config() }), Err(Misuse::MinimumTooSmall.into()));
    }

    #[test]
    fn readings_are_bounded_on_both_sides() {
        let params = GroupParams::new(GroupConfig { max_reading: 100, channels: 2, ..config() }).unwrap();
        for good in [[100, -100], [0, 1]] {
            assert_eq!(params.check_reading(&good), Ok(()));
        }
        for bad in [[101, 0], [0, -101], [i64::MIN, 0], [0, i64::MAX]] {
            assert_eq!(params.check_reading(&bad), Err(Misuse::ReadingTooLarge.into()), "{bad:?}");
        }
        assert_eq!(params.check_reading(&[1]), Err(Misuse::WrongChannels.into()));
    }

    #[test]
    fn least_set_rounds_up() {
        let rules = SetRules { min_honest: 3, max_colluding: 2, max_missing_permille: 100 };
        assert_eq!(rules.least_of(101), 91);
        assert_eq!(rules.least_of(5), 5);
        assert_eq!(rules.least_of(2), 5);
    }
}
