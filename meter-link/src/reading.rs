//! Readings that do not fit.

use subtle::{ConditionallySelectable, ConstantTimeGreater};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::error::{Error, Malformed, Misuse};

/// Clamps one channel's readings to the bound and carries the rest into the next rounds, so that no energy
/// is lost and no silence tells that a reading was large.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Carry {
    rest: i64,
}

/// What a channel sends in a round, and whether the carry is in use, which is for the device itself only.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Fitted {
    /// Within the bound.
    pub value: i64,
    /// Something is left for later rounds.
    pub clamped: bool,
}

impl Default for Carry {
    fn default() -> Self {
        Self::new()
    }
}

impl Carry {
    /// Bytes of the stored form.
    pub const LEN: usize = 9;
    const VERSION: u8 = 1;

    /// Nothing to carry.
    pub const fn new() -> Self {
        Carry { rest: 0 }
    }

    /// What to send for `reading`: it and what is left from before, as far as the bound allows. Without a
    /// branch on the reading.
    ///
    /// # Errors
    /// [`Misuse::BadParameter`] for a bound of zero or beyond i64; [`Misuse::ReadingTooLarge`] if reading and
    /// rest together leave i64. Nothing has changed then.
    pub fn fit(&mut self, reading: i64, max_reading: u64) -> Result<Fitted, Error> {
        let bound = i64::try_from(max_reading).map_err(|_| Misuse::BadParameter)?;
        if bound == 0 {
            return Err(Misuse::BadParameter.into());
        }
        let total = reading.checked_add(self.rest).ok_or(Misuse::ReadingTooLarge)?;
        let over = total.unsigned_abs().ct_gt(&max_reading);
        let sign = total >> 63; // −1 where negative, else 0
        let limit = (bound ^ sign).wrapping_sub(sign);
        let value = i64::conditional_select(&total, &limit, over);
        self.rest = total.wrapping_sub(value); // smaller in size than `total`
        Ok(Fitted { value, clamped: over.into() })
    }

    /// `1 ‖ rest i64`: stored with the round's record.
    pub fn to_bytes(&self) -> [u8; Self::LEN] {
        let [a, b, c, d, e, f, g, h] = self.rest.to_le_bytes();
        [Self::VERSION, a, b, c, d, e, f, g, h]
    }

    /// # Errors
    /// [`Malformed::BadRecord`] for another version.
    pub fn from_bytes(bytes: &[u8; Self::LEN]) -> Result<Self, Error> {
        let [Self::VERSION, a, b, c, d, e, f, g, h] = *bytes else {
            return Err(Malformed::BadRecord.into());
        };
        Ok(Carry { rest: i64::from_le_bytes([a, b, c, d, e, f, g, h]) })
    }
}

impl core::fmt::Debug for Fitted {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Fitted(..)")
    }
}

impl core::fmt::Debug for Carry {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Carry(..)")
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_spike_is_spread_and_nothing_is_lost() {
        let mut carry = Carry::new();
        let sent: i64 = [115_000, 0, -20, 0, 0].map(|r| carry.fit(r, 40_000).unwrap().value).iter().sum();
        assert_eq!(sent, 114_980);
        assert_eq!(carry.to_bytes(), Carry::new().to_bytes());
    }

    proptest! {
        #[test]
        fn sent_and_rest_make_the_reading(readings: [i32; 8], bound in 1u64..1 << 40) {
            let mut carry = Carry::new();
            let mut sent = 0i64;
            for r in readings {
                let fitted = carry.fit(r.into(), bound).unwrap();
                prop_assert!(fitted.value.unsigned_abs() <= bound);
                sent += fitted.value;
                prop_assert_eq!(fitted.clamped, carry.rest != 0);
            }
            prop_assert_eq!(sent + carry.rest, readings.iter().map(|r| i64::from(*r)).sum::<i64>());
        }
    }

    #[test]
    fn refuses_without_a_change() {
        let mut carry = Carry::new();
        carry.fit(10, 4).unwrap();
        assert_eq!(carry.fit(i64::MAX, 4), Err(Misuse::ReadingTooLarge.into()));
        assert_eq!(carry.fit(1, 0), Err(Misuse::BadParameter.into()));
        assert_eq!(carry.rest, 6);
        assert!(Carry::from_bytes(&[2; 9]).is_err());
        assert_eq!(Carry::from_bytes(&carry.to_bytes()).unwrap().rest, 6);
    }
}
