//! Readings: from registers, and fitted to what a round can carry.
#![allow(unsafe_code)] // exports

use meter_link::reading::Carry;
use meter_link::register::{Kept, Register};

use crate::caller::{self, Place, span};
use crate::guard::guard;
use crate::status::wattsum_status;

/// A cumulative register of a meter, as it is for the meter's life.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct wattsum_register {
    /// The last value that it shows before it begins at 0 anew: UINT32_MAX of 32 bits, 99999999 of eight digits.
    pub largest: u64,
    /// A step is 10^scaler of the billed unit, -4 ... 3: the scaler of DLMS where Wh are billed, one more where 0.1 Wh
    /// are.
    pub scaler: i8,
}

/// Where an interval of a register begins. As secret as readings.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct wattsum_kept {
    /// What it showed.
    pub value: u64,
    /// Steps that are not billed yet, fewer than make a unit; 0 where a meter is installed or exchanged.
    pub rest: u16,
}

impl wattsum_register {
    fn to_register(self) -> Result<Register, meter_link::Error> {
        Register::new(self.largest, self.scaler)
    }
}

/// What an interval has brought, from a register of `width` bits, 1 ... 64, at its beginning and its end: one roll-over
/// is right, two look like one. `scaler` as in wattsum_register. `reading` is in the billed unit, exact:
/// WATTSUM_MISUSE_READING_NOT_WHOLE where the scaler would drop digits that are not zero,
/// WATTSUM_MISUSE_READING_TOO_LARGE beyond int64_t, WATTSUM_MISUSE_REGISTER_TOO_LARGE for a value beyond the width.
///
/// For real meters take wattsum_register_consumed: displays roll over at powers of ten, a register that was set back
/// looks like a roll-over here, and a scaler below 0 needs the rest to be kept.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_reading_from_register(
    previous: u64,
    now: u64,
    width: u8,
    scaler: i8,
    reading: *mut i64,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointer, as the header asks.
        let place = unsafe { Place::new(reading) }?;
        place.put(Register::bits(width, scaler)?.consumed(previous, now, u64::MAX)?);
        Ok(())
    })
}

/// What an interval has brought, from the register's value `now` and where the interval before has ended. Whole units
/// go into `reading`, what is below a unit into the next interval, by `next`: the readings together are exactly what the
/// register has gone up by, whatever its scaler. At most one roll-over.
///
/// `plausible` is the most that the interval can have brought, in the billed unit: what the main fuse lets through,
/// for all the intervals since `kept`. Beyond it the register was set back, or is another meter's:
/// WATTSUM_MISUSE_READING_IMPLAUSIBLE; find out, and begin with rest 0. UINT64_MAX looks at nothing.
///
/// STORE FIRST: `next` is stored WITH the record of the contribution, as one entry of the log, before the frame leaves.
/// Stored alone it loses the interval, and a record without it brings the interval twice. Where nothing was contributed
/// go on with `kept`: the next interval brings both.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_register_consumed(
    meter: *const wattsum_register,
    kept: *const wattsum_kept,
    now: u64,
    plausible: u64,
    reading: *mut i64,
    next: *mut wattsum_kept,
) -> wattsum_status {
    guard(|| {
        caller::apart(&[span(kept, 1), span(reading, 1), span(next, 1)])?;
        // SAFETY: the caller's pointers, as the header asks; they do not overlap.
        let (register, kept, reading, next) = unsafe {
            let kept = caller::one(kept)?;
            (caller::one(meter)?.to_register()?, kept, Place::new(reading)?, Place::new(next)?)
        };
        let (value, kept) = register.consumed_since(&Kept::of(kept.value, kept.rest), now, plausible)?;
        reading.put(value);
        next.put(wattsum_kept { value: kept.value(), rest: kept.rest() });
        Ok(())
    })
}

/// Fits a reading to what a contribution may hold: `value` is it and what was left before, as far as `max_reading` of
/// the group allows, and `next_left` goes into later rounds. No energy is lost, and no silence tells that a reading was
/// large. Begin with `left` 0; it is the channel's own, and stored WITH the record of the contribution as one entry.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_reading_fit(
    reading: i64,
    max_reading: u64,
    left: i64,
    value: *mut i64,
    next_left: *mut i64,
) -> wattsum_status {
    guard(|| {
        caller::apart(&[span(value, 1), span(next_left, 1)])?;
        // SAFETY: the caller's pointers, as the header asks.
        let (value, next) = unsafe { (Place::new(value)?, Place::new(next_left)?) };
        // What stands in a stored carry, version 1.
        let [a, b, c, d, e, f, g, h] = left.to_le_bytes();
        let mut carry = Carry::from_bytes(&[1, a, b, c, d, e, f, g, h])?;
        value.put(carry.fit(reading, max_reading)?.value);
        let [_, left @ ..] = carry.to_bytes();
        next.put(i64::from_le_bytes(left));
        Ok(())
    })
}
