//! Sums over time: which of them, beside the sums over meters, leave no small block of readings open.
//!
//! Sums over the meters of a round and sums over the rounds of a meter together fix the *cut space* of a
//! graph: its vertices are the billed meters, the answered rounds and one ground; each cell (meter, round) is an
//! edge, between both if the meter is billed, else from the round to the ground. The smallest block of readings
//! that follows from all sums is the graph's edge connectivity ([`window_connectivity`]). The rules of
//! [`Book::permits`] keep it at κ or above. protocols.md, section 2.

#[cfg(feature = "alloc")]
mod book;
#[cfg(feature = "alloc")]
mod connectivity;
#[cfg(feature = "alloc")]
mod query;

#[cfg(feature = "alloc")]
pub use book::{Book, Books, Entered};
#[cfg(feature = "alloc")]
pub use connectivity::window_connectivity;
#[cfg(feature = "alloc")]
pub use query::{WindowFields, WindowQuery};

use crate::epoch::Epoch;
use crate::error::{Error, Misuse};
use crate::id::Round;
use crate::params::GroupParams;

/// How an epoch is cut into windows: disjoint ones of equal length, from its first round on. Rounds that are
/// left over at its end belong to none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Windows {
    rounds: u32,
    min_rounds: u32,
    kappa: u32,
    colluding: u32,
}

impl Windows {
    /// Bytes in the session parameters.
    pub const LEN: usize = 8;
    /// Least κ with which bills are given.
    pub const LEAST_KAPPA: u32 = 4;

    /// Windows of so many rounds, and the least number of rounds that a bill is over.
    /// κ = min(min_meters, min_rounds): no block of fewer readings is learnt from bills and sums together.
    ///
    /// # Errors
    /// [`Misuse::MinimumTooSmall`] for κ < 4; [`Misuse::BadParameter`] for windows too short for any bill, which
    /// takes min_rounds and 4κ/3 answered rounds; [`Misuse::SumCouldOverflow`] if the readings of a window could leave the field.
    pub fn new(group: &GroupParams, rounds: u32, min_rounds: u32) -> Result<Self, Error> {
        let kappa = min_rounds.min(group.rules.min_meters());
        if kappa < Self::LEAST_KAPPA {
            return Err(Misuse::MinimumTooSmall.into());
        }
        if rounds < min_rounds || u64::from(rounds).wrapping_mul(3) < u64::from(kappa).wrapping_mul(4) {
            return Err(Misuse::BadParameter.into());
        }
        group.check_terms(rounds.into())?;
        Ok(Windows { rounds, min_rounds, kappa, colluding: group.rules.max_colluding })
    }

    /// Rounds of a window.
    pub const fn rounds(&self) -> u32 {
        self.rounds
    }

    /// κ: no block of fewer readings is learnt from bills and sums together.
    pub const fn kappa(&self) -> u32 {
        self.kappa
    }

    /// Meters that may collude with the utility.
    pub const fn colluding(&self) -> u32 {
        self.colluding
    }

    /// `rounds u32 ‖ min_rounds u32`.
    pub fn to_bytes(&self) -> [u8; Self::LEN] {
        let [a, b, c, d] = self.rounds.to_le_bytes();
        let [e, f, g, h] = self.min_rounds.to_le_bytes();
        [a, b, c, d, e, f, g, h]
    }

    /// The window that a round belongs to, if any.
    pub fn of(&self, epoch: &Epoch, round: Round) -> Option<Window> {
        if !epoch.contains(round) {
            return None;
        }
        let (first, last) = (epoch.first_round.to_u32(), epoch.last_round.to_u32());
        let index = round.to_u32().checked_sub(first)?.checked_div(self.rounds)?;
        let begin = first.checked_add(index.checked_mul(self.rounds)?)?;
        let end = begin.checked_add(self.rounds.checked_sub(1)?)?;
        (end <= last).then_some(Window { first: Round::from(begin), last: Round::from(end) })
    }
}

/// A span of rounds that is billed at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Window {
    /// Its first round.
    pub first: Round,
    /// Its last round.
    pub last: Round,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::epoch::Session;
    use crate::id::{GroupId, Protocol};
    use crate::params::{GroupConfig, SetRules};

    fn group(min_honest: u32) -> GroupParams {
        let rules = SetRules { min_honest, ..SetRules::LEAST };
        GroupParams::new(GroupConfig { rules, ..GroupConfig::new(Protocol::Shamir, GroupId(1)) }).unwrap()
    }

    #[test]
    fn windows_are_disjoint_and_leave_the_rest_out() {
        let windows = Windows::new(&group(10), 96, 12).unwrap();
        assert_eq!(windows.kappa(), 10);
        let epoch = Epoch {
            session: Session([0; 32]),
            epoch: 1,
            first_round: Round::from(1000),
            last_round: Round::from(1200),
            roster_root: [0; 32],
            answerers_root: [0; 32],
            beacon: [0; 32],
        };
        let of =
            |round: u32| windows.of(&epoch, Round::from(round)).map(|w| (w.first.to_u32(), w.last.to_u32()));
        assert_eq!(of(999), None);
        assert_eq!(
            (of(1000), of(1095), of(1096)),
            (Some((1000, 1095)), Some((1000, 1095)), Some((1096, 1191)))
        );
        assert_eq!((of(1191), of(1192), of(1200), of(1201)), (Some((1096, 1191)), None, None, None));
    }

    #[test]
    fn what_hides_too_little_or_overflows_is_refused() {
        assert_eq!(Windows::new(&group(3), 96, 96), Err(Misuse::MinimumTooSmall.into()));
        assert_eq!(Windows::new(&group(9), 96, 3), Err(Misuse::MinimumTooSmall.into()));
        assert_eq!(Windows::new(&group(9), 11, 9), Err(Misuse::BadParameter.into()));
        assert!(Windows::new(&group(9), 12, 9).is_ok());
        let config = GroupConfig { max_reading: u64::MAX / 2_000_001, ..*group(9) };
        let tight = GroupParams::new(config).unwrap();
        assert!(Windows::new(&tight, 1_000_000, 9).is_ok());
        assert_eq!(Windows::new(&tight, 1_000_001, 9), Err(Misuse::SumCouldOverflow.into()));
    }
}
