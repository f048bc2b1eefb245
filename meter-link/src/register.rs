//! Readings from a register: what a meter's counter has gone up by in an interval, in the billed unit, exactly.
//!
//! A counter shows 0 … its largest value and begins anew: 2^n − 1 of n bits, 10^n − 1 of n decimal digits. A step of it
//! is 10^scaler of the billed unit; where Wh are billed that is the scaler of DLMS/COSEM (IEC 62056-6-2, `scaler_unit`),
//! where 0.1 Wh are billed it is one more.
//!
//! Nothing is rounded. With a negative scaler an interval need not be a whole number of units, and there are two exact
//! ways: bill in the register's own steps (a smaller unit for the group, scaler 0), or keep what is below a unit for
//! the next interval, by [`Kept`]: then the intervals together are right, and each is short of a unit by less than one.
//!
//! Register values are as secret as the readings that they give: no branch, index or division depends on one, but that
//! an error, which the device itself sees, tells that it is one.

use subtle::{ConditionallySelectable, ConstantTimeGreater, ConstantTimeLess};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::error::{Error, Malformed, Misuse};

/// A cumulative register, as it is for the life of a meter. Public.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Register {
    largest: u64,
    scale: Scale,
}

/// Where an interval begins: what the register showed, and how many of its steps below a unit are not billed yet.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Kept {
    value: u64,
    rest: u16,
}

impl Register {
    /// Of `width` bits.
    ///
    /// # Errors
    /// [`Misuse::BadParameter`] if the width is not 1 … 64, or the scaler not −4 … 3.
    pub fn bits(width: u8, scaler: i8) -> Result<Self, Error> {
        let above = 64u32.checked_sub(width.into()).ok_or(Misuse::BadParameter)?;
        Register::new(u64::MAX.checked_shr(above).unwrap_or(0), scaler)
    }

    /// Of `digits` decimal digits, as most displays, and the registers behind them, are.
    ///
    /// # Errors
    /// [`Misuse::BadParameter`] if the digits are not 1 … 19, or the scaler not −4 … 3.
    pub fn digits(digits: u8, scaler: i8) -> Result<Self, Error> {
        let modulus = 10u64.checked_pow(digits.into()).ok_or(Misuse::BadParameter)?;
        Register::new(modulus.wrapping_sub(1), scaler)
    }

    /// That shows `largest` before it begins at 0 anew: one less than its modulus, so that 2^64 can be said.
    ///
    /// # Errors
    /// [`Misuse::BadParameter`] if that is 0, or the scaler not −4 … 3.
    pub fn new(largest: u64, scaler: i8) -> Result<Self, Error> {
        if largest == 0 {
            return Err(Misuse::BadParameter.into());
        }
        Ok(Register { largest, scale: Scale::new(scaler)? })
    }

    /// Billed units from `previous` to `now`, of at most one roll-over: after two nobody could tell. `plausible` is the
    /// most that the interval can bring, in the billed unit: what the main fuse lets through, say. A register that was
    /// set back, or is another meter's, looks like a roll-over, and this tells it; [`u64::MAX`] looks at nothing.
    ///
    /// # Errors
    /// [`Misuse::RegisterTooLarge`] for a value that the register cannot show; [`Misuse::ReadingNotWhole`] where the
    /// scaler would drop digits that are not zero, see [`Register::consumed_since`]; [`Misuse::ReadingImplausible`];
    /// [`Misuse::ReadingTooLarge`] beyond i64.
    pub fn consumed(&self, previous: u64, now: u64, plausible: u64) -> Result<i64, Error> {
        let (value, rest) = self.scale.units(self.steps(previous, now)?, 0)?;
        if rest != 0 {
            return Err(Misuse::ReadingNotWhole.into());
        }
        within(value, plausible)
    }

    /// The same from where the interval before has ended, without loss for any register: what is below a unit goes
    /// into the next interval. Store the new [`Kept`] *with* the round's record, as one entry: stored alone it loses
    /// the interval, and a record without it brings the interval twice. Where nothing was contributed keep the old
    /// one, and the next interval brings both.
    ///
    /// # Errors
    /// As [`Register::consumed`], but it is always whole; [`Misuse::BadParameter`] for a rest of a unit or more.
    pub fn consumed_since(&self, kept: &Kept, now: u64, plausible: u64) -> Result<(i64, Kept), Error> {
        let (value, rest) = self.scale.units(self.steps(kept.value, now)?, kept.rest)?;
        Ok((within(value, plausible)?, Kept { value: now, rest }))
    }

    /// Steps from `previous` to `now`, of at most one roll-over.
    ///
    /// # Errors
    /// [`Misuse::RegisterTooLarge`] for a value that the register cannot show.
    pub fn steps(&self, previous: u64, now: u64) -> Result<u64, Error> {
        let beyond = previous.ct_gt(&self.largest) | now.ct_gt(&self.largest);
        if beyond.into() {
            return Err(Misuse::RegisterTooLarge.into());
        }
        // Of 2^64 the modulus is 0 here, which is right as well.
        let modulus = self.largest.wrapping_add(1);
        let rolled = u64::conditional_select(&0, &modulus, now.ct_lt(&previous));
        Ok(now.wrapping_sub(previous).wrapping_add(rolled))
    }
}

fn within(value: u128, plausible: u64) -> Result<i64, Error> {
    let (above, low) = halves(value);
    if (above.ct_gt(&0) | low.ct_gt(&plausible)).into() {
        let bounded = plausible != u64::MAX;
        return Err(if bounded { Misuse::ReadingImplausible } else { Misuse::ReadingTooLarge }.into());
    }
    i64::try_from(low).map_err(|_| Misuse::ReadingTooLarge.into())
}

impl Kept {
    /// Bytes of the stored form.
    pub const LEN: usize = 11;
    const VERSION: u8 = 1;

    /// The first interval begins here: at a meter's installation, or its exchange.
    pub const fn new(value: u64) -> Self {
        Kept { value, rest: 0 }
    }

    /// As it was: value and rest.
    pub const fn of(value: u64, rest: u16) -> Self {
        Kept { value, rest }
    }

    /// What the register showed.
    pub const fn value(&self) -> u64 {
        self.value
    }

    /// Steps that are not billed yet, fewer than make a unit.
    pub const fn rest(&self) -> u16 {
        self.rest
    }

    /// `1 ‖ value u64 ‖ rest u16`: stored with the round's record.
    pub fn to_bytes(&self) -> [u8; Self::LEN] {
        let [a, b, c, d, e, f, g, h] = self.value.to_le_bytes();
        let [i, j] = self.rest.to_le_bytes();
        [Self::VERSION, a, b, c, d, e, f, g, h, i, j]
    }

    /// # Errors
    /// [`Malformed::BadRecord`] for another version.
    pub fn from_bytes(bytes: &[u8; Self::LEN]) -> Result<Self, Error> {
        let [Self::VERSION, a, b, c, d, e, f, g, h, i, j] = *bytes else {
            return Err(Malformed::BadRecord.into());
        };
        let value = u64::from_le_bytes([a, b, c, d, e, f, g, h]);
        Ok(Kept { value, rest: u16::from_le_bytes([i, j]) })
    }
}

impl core::fmt::Debug for Kept {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Kept(..)")
    }
}

/// From steps to units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scale {
    /// A step is this many units: 1 … 1000.
    Times(u16),
    /// A unit is 10^k steps.
    Part(Part),
}

/// Division by 10^k = 2^k·5^k as a multiplication, since a division's time may depend on what is divided: of u64 on
/// 32 bits it is a loop. `by = ⌈2^(64 + shift) / 5^k⌉` below 2^64, `shift = ⌊log₂ 5^k⌋`: exact for every u64 (Granlund
/// and Montgomery 1994, theorem 4.2: `by·5^k − 2^(64 + shift) < 5^k ≤ 2^(shift + k)` for values below 2^(64 − k)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Part {
    ten: u16,
    by: u64,
    zeros: u8,
    shift: u8,
}

impl Scale {
    fn new(scaler: i8) -> Result<Self, Error> {
        Ok(match scaler {
            0 => Scale::Times(1),
            1 => Scale::Times(10),
            2 => Scale::Times(100),
            3 => Scale::Times(1000),
            -1 => Scale::Part(Part { ten: 10, by: 0xcccc_cccc_cccc_cccd, zeros: 1, shift: 2 }),
            -2 => Scale::Part(Part { ten: 100, by: 0xa3d7_0a3d_70a3_d70b, zeros: 2, shift: 4 }),
            -3 => Scale::Part(Part { ten: 1000, by: 0x8312_6e97_8d4f_df3c, zeros: 3, shift: 6 }),
            -4 => Scale::Part(Part { ten: 10_000, by: 0xd1b7_1758_e219_652c, zeros: 4, shift: 9 }),
            _ => return Err(Misuse::BadParameter.into()),
        })
    }

    /// Steps that make no unit, at most.
    fn most(self) -> u16 {
        match self {
            Scale::Times(_) => 0,
            Scale::Part(part) => part.ten.wrapping_sub(1),
        }
    }

    /// Units, and steps that are left.
    fn units(self, steps: u64, rest: u16) -> Result<(u128, u16), Error> {
        if rest.ct_gt(&self.most()).into() {
            return Err(Misuse::BadParameter.into());
        }
        match self {
            Scale::Times(units) => Ok((u128::from(steps).wrapping_mul(units.into()), 0)),
            Scale::Part(part) => {
                let (units, more) = part.divide(steps);
                let sum = more.wrapping_add(rest);
                let one = sum.ct_gt(&self.most());
                let left = u16::conditional_select(&sum, &sum.wrapping_sub(part.ten), one);
                Ok((u128::from(units).wrapping_add(one.unwrap_u8().into()), left))
            }
        }
    }
}

impl Part {
    /// Quotient and remainder by 10^k.
    #[allow(clippy::cast_possible_truncation)] // the remainder is below 10^4
    fn divide(self, value: u64) -> (u64, u16) {
        let (above, _) =
            halves(u128::from(value.wrapping_shr(self.zeros.into())).wrapping_mul(self.by.into()));
        let quotient = above.wrapping_shr(self.shift.into());
        (quotient, value.wrapping_sub(quotient.wrapping_mul(self.ten.into())) as u16)
    }
}

#[allow(clippy::cast_possible_truncation)] // that is what they are
fn halves(value: u128) -> (u64, u64) {
    ((value >> 64) as u64, value as u64)
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, clippy::cast_possible_truncation)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn part(k: u32) -> Part {
        match Scale::new(-(k as i8)).unwrap() {
            Scale::Part(part) => part,
            Scale::Times(_) => panic!("{k}"),
        }
    }

    #[test]
    fn reciprocals_are_what_the_theorem_asks() {
        for k in 1..=4 {
            let (part, five) = (part(k), 5u128.pow(k));
            assert_eq!(u32::from(part.shift), five.ilog2());
            assert_eq!(u128::from(part.by), (1u128 << (64 + part.shift)).div_ceil(five));
            assert_eq!((u64::from(part.ten), u32::from(part.zeros)), (10u64.pow(k), k));
        }
    }

    #[test]
    fn division_at_its_edges() {
        for k in 1..=4 {
            let ten = 10u64.pow(k);
            let edges =
                [0, 1, ten - 1, ten, ten + 1, u64::MAX, u64::MAX / ten * ten, u64::MAX / ten * ten - 1];
            let powers = (0..64).flat_map(|n| [(1u64 << n) - 1, 1 << n, (1 << n) + 1]);
            for value in edges.into_iter().chain(powers) {
                assert_eq!(part(k).divide(value), (value / ten, (value % ten) as u16), "{value} by {ten}");
            }
        }
    }

    proptest! {
        #[test]
        fn division_everywhere(value: u64, k in 1u32..=4) {
            let ten = 10u64.pow(k);
            prop_assert_eq!(part(k).divide(value), (value / ten, (value % ten) as u16));
        }
    }
}
