//! What a group agrees on, as C has it.

use meter_link::answer::Threshold;
use meter_link::{Error, GroupConfig, GroupId, GroupParams, Protocol, Schedule, SetRules};

/// What the parties of a group agree on, whatever its protocol. Another value anywhere is another session, whose
/// frames nobody else accepts.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct wattsum_group {
    /// Unix seconds of the beginning of round 0; round r begins at origin + r * period.
    pub origin: u64,
    /// Largest size of a value, in the smallest billed unit.
    pub max_reading: u64,
    /// Seconds of a metering interval.
    pub period: u32,
    /// Which group. Groups of one channel are disjoint.
    pub group: u32,
    /// Largest number of meters.
    pub max_meters: u32,
    /// Honest meters that every sum must contain, at least 2.
    pub min_honest: u32,
    /// Meters that may collude with the utility.
    pub max_colluding: u32,
    /// Rounds between two steps of the pair keys' ratchet.
    pub rounds_per_step: u32,
    /// Values of a reading.
    pub channels: u16,
    /// How many of the meters that are present a sum may leave out, in thousandths.
    pub max_missing_permille: u16,
}

/// In place of the number of colluding answerers: for who trusts the utility not to show different sets to different
/// answerers.
pub const WATTSUM_TRUSTING_THE_UTILITY_NOT_TO_EQUIVOCATE: u8 = 255;

impl wattsum_group {
    pub(crate) fn params(&self, protocol: Protocol) -> Result<GroupParams, Error> {
        GroupParams::new(GroupConfig {
            protocol,
            group: GroupId(self.group),
            schedule: Schedule { origin: self.origin, period: self.period },
            channels: self.channels,
            max_reading: self.max_reading,
            max_meters: self.max_meters,
            rules: SetRules {
                min_honest: self.min_honest,
                max_colluding: self.max_colluding,
                max_missing_permille: self.max_missing_permille,
            },
            rounds_per_step: self.rounds_per_step,
        })
    }
}

#[allow(dead_code)] // cmt has no answerers
pub(crate) fn threshold(answerers: u8, threshold: u8, colluding: u8) -> Result<Threshold, Error> {
    match colluding {
        WATTSUM_TRUSTING_THE_UTILITY_NOT_TO_EQUIVOCATE => {
            Threshold::trusting_the_utility_not_to_equivocate(answerers, threshold)
        }
        // All open, so all but one may collude: no other threshold is written so.
        _ if threshold == answerers && colluding.checked_add(1) == Some(answerers) => {
            Threshold::all_of(answerers)
        }
        _ => Threshold::new(answerers, threshold, colluding),
    }
}
