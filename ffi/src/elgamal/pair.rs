//! Prepared pairs: all of a contribution that needs no reading, in memory of the caller's.
#![allow(unsafe_code)] // exports

use meter_link::mark::MarkRecord;
use meter_link::{Identity, Misuse, Prepared, Round};
use threshold_elgamal::{Meter, Pair};

use super::meter::{context, wattsum_elgamal_meter};
use crate::caller::{self, Place, span};
use crate::context::{Context, Kind, Memory};
use crate::entropy;
use crate::guard::{Failure, guard, wiping_guard};
use crate::link::WATTSUM_KEY_LEN;
use crate::mark::{self, Mark, WATTSUM_MARK_RECORD_LEN, stored, wattsum_mark};
use crate::status::wattsum_status;

/// Words of a pair.
pub const WATTSUM_ELGAMAL_PAIR_WORDS: usize = 64;

/// A prepared pair of one round and channel: it serves once, and the call that takes it wipes it. It may not be copied
/// or moved, nor stored: TWO CONTRIBUTIONS OF ONE PAIR GIVE BOTH READINGS to anybody who sees them. Memory that holds
/// none is all zero.
#[repr(C)]
pub struct wattsum_elgamal_pair {
    /// Nothing for the caller.
    pub words: [u64; WATTSUM_ELGAMAL_PAIR_WORDS],
}

impl Kind for Pair {
    const MAGIC: u32 = u32::from_be_bytes(*b"egpr");
}

const SIZE: usize = size_of::<wattsum_elgamal_pair>();
const _: () = assert!(size_of::<Context<Pair>>() <= SIZE && SIZE <= size_of::<Context<Pair>>() + 128);
const _: () = assert!(align_of::<Context<Pair>>() <= align_of::<wattsum_elgamal_pair>());

fn place_of(pair: *mut wattsum_elgamal_pair) -> *mut Context<Pair> {
    pair.cast()
}

/// Makes all of a contribution of one channel, from 0, that needs no reading: while the device is idle, and for
/// wattsum_elgamal_meter_contribute_with, which then has little left to do. The pair fits this round and channel only,
/// and lives until the device's next start. A pair that was there is wiped.
///
/// It cannot be hedged with the reading: where the generator is stuck AND the mark was lost, a second pair of the same
/// round is the same. Who cannot vouch for either uses wattsum_elgamal_meter_contribute.
///
/// cbindgen:ptrs-as-arrays=[[entropy;32]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_meter_prepare(
    meter: *mut wattsum_elgamal_meter,
    round: u64,
    channel: u16,
    entropy: *const u8,
    pair: *mut wattsum_elgamal_pair,
) -> wattsum_status {
    wiping_guard(|| {
        caller::apart(&[
            // SAFETY: as below.
            unsafe { Context::span(context(meter)) },
            span(entropy, WATTSUM_KEY_LEN),
            span(pair, 1),
        ])?;
        // SAFETY: the caller's pointers, as the header asks.
        let mut rng = unsafe {
            Place::new(pair)?;
            entropy::generator("elgamal pair", caller::bytes(entropy)?)?
        };
        let round = Round::new(round)?;
        // SAFETY: as above.
        unsafe {
            let made =
                Context::enter(context(meter), |role| Ok(role.meter.prepare(round, channel, &mut rng)?))?;
            Memory::new(pair.cast(), SIZE)?;
            Context::settle(place_of(pair), made);
        }
        Ok(())
    })
}

/// As wattsum_elgamal_meter_contribute, with a prepared pair for each channel, in their order, at `pairs`. They are used
/// up and wiped by this call, ALSO WHERE IT FAILS, but for pointers that are wrong, a number of channels that no device
/// has, and a place without a pair (WATTSUM_MISUSE_BAD_CONTEXT).
///
/// STORE FIRST, SEND THEN, as there.
///
/// cbindgen:ptrs-as-arrays=[[record;WATTSUM_MARK_RECORD_LEN]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_meter_contribute_with(
    meter: *mut wattsum_elgamal_meter,
    mark: *mut wattsum_mark,
    now: u64,
    round: u64,
    reading: *const i64,
    channels: usize,
    pairs: *mut wattsum_elgamal_pair,
    record: *mut u8,
    frame: *mut u8,
    frame_size: usize,
    frame_len: *mut usize,
) -> wattsum_status {
    wiping_guard(|| {
        caller::apart(&[
            // SAFETY: as below.
            unsafe { Context::span(context(meter)) },
            span(mark, 1),
            span(reading, channels),
            span(pairs, channels),
            span(record, WATTSUM_MARK_RECORD_LEN),
            span(frame, frame_size),
            span(frame_len, 1),
        ])?;
        // SAFETY: the caller's pointers, as the header asks; they do not overlap.
        let (reading, pairs, record, frame, len) = unsafe {
            let record = Place::<MarkRecord>::new(record.cast())?;
            let (reading, pairs) = (caller::lent(reading, channels)?, caller::room(pairs, channels)?);
            (reading, pairs, record, caller::room(frame, frame_size)?, Place::new(frame_len)?)
        };
        let (now, round) = (Round::new(now)?, Round::new(round)?);
        // SAFETY: as above.
        let prepared = unsafe {
            Context::enter(context(meter), |meter| {
                let spent = meter.check_spent(round);
                let made = Context::enter(mark::context(mark), |mark| {
                    let with = With { meter: &meter.meter, mark, now, round, reading, pairs, frame, spent };
                    match with.reading.len() {
                        1 => with.contribute::<1>(),
                        2 => with.contribute::<2>(),
                        3 => with.contribute::<3>(),
                        4 => with.contribute::<4>(),
                        5 => with.contribute::<5>(),
                        6 => with.contribute::<6>(),
                        7 => with.contribute::<7>(),
                        8 => with.contribute::<8>(),
                        _ => Err(Misuse::WrongChannels.into()),
                    }
                })?;
                meter.spend(round);
                Ok(made)
            })
        }?;
        record.put(stored(&prepared)?);
        len.put(prepared.stored().len());
        Ok(())
    })
}

/// A contribution that is about to be made.
struct With<'a, 'o> {
    meter: &'a Meter<Identity>,
    mark: &'a mut Mark,
    now: Round,
    round: Round,
    reading: &'a [i64],
    pairs: &'a mut [wattsum_elgamal_pair],
    frame: &'o mut [u8],
    /// Whether the round is; pairs are used up also where it is.
    spent: Result<(), Failure>,
}

impl<'o> With<'_, 'o> {
    #[inline(never)]
    fn contribute<const N: usize>(self) -> Result<Prepared<&'o [u8], MarkRecord>, Failure> {
        let wrong = Misuse::WrongChannels;
        let places: &mut [wattsum_elgamal_pair; N] = self.pairs.try_into().map_err(|_| wrong)?;
        let mut fits = Ok(());
        for place in places.iter_mut() {
            // SAFETY: memory of a pair's size, borrowed; what is in it is looked at.
            fits = fits.and(unsafe { Context::enter(place_of(place), |_| Ok(())) });
        }
        fits?;
        // SAFETY: each has just been seen to hold a pair.
        let pairs = places.each_mut().map(|place| unsafe { Context::take(place_of(place)) });
        self.spent?;
        Ok(self.meter.contribute_with(self.mark, self.now, self.round, self.reading, pairs, self.frame)?)
    }
}

/// Wipes a pair that is not going to be used. NULL is right.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_pair_free(pair: *mut wattsum_elgamal_pair) -> wattsum_status {
    guard(|| {
        if pair.is_null() {
            return Ok(());
        }
        // SAFETY: the caller's pointer, as the header asks.
        unsafe { Context::leave(place_of(pair)) }
    })
}
