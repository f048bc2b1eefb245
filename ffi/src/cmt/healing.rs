//! A member's part in the healing of its ring.
#![allow(unsafe_code)] // exports

use cmt_ring::GenerationRecord;
use meter_link::Round;

use super::entry::{self, WATTSUM_CMT_NEIGHBOURS, lent_link, positions, wattsum_cmt_entry};
use super::meter::{WATTSUM_CMT_GENERATION_RECORD_LEN, context, wattsum_cmt_meter};
use crate::caller::{self, Place, span};
use crate::context::Context;
use crate::guard::{guard_blaming, wiping_guard_blaming};
use crate::link::WATTSUM_KEY_LEN;
use crate::mark::stored;
use crate::status::wattsum_status;

/// Who the ring neighbours are, by their positions, in the ring of those who are left by the concentrator's Heal
/// frame: as wattsum_cmt_meter_neighbours. wattsum_cmt_meter_heal wants their entries.
///
/// cbindgen:ptrs-as-arrays=[[neighbours;WATTSUM_CMT_NEIGHBOURS]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_meter_healed_neighbours(
    meter: *mut wattsum_cmt_meter,
    heal: *const u8,
    heal_len: usize,
    neighbours: *mut u32,
    count: *mut usize,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    guard_blaming(blame, || {
        // SAFETY: as above.
        unsafe { caller::apart(&[Context::span(context(meter)), span(heal, heal_len)])? };
        caller::apart(&[span(neighbours, WATTSUM_CMT_NEIGHBOURS), span(count, 1)])?;
        // SAFETY: as above.
        let (heal, place, count) = unsafe {
            let place = Place::<[u32; WATTSUM_CMT_NEIGHBOURS]>::new(neighbours.cast())?;
            (caller::lent(heal, heal_len)?, place, Place::new(count)?)
        };
        // SAFETY: as above.
        let around = unsafe { Context::enter(context(meter), |meter| Ok(meter.healed_neighbours(heal)?)) }?;
        let (around, len) = positions(around);
        place.put(around);
        count.put(len);
        Ok(())
    })
}

/// Goes on in the ring of those who are left, from the Heal frame's round on, between the neighbours that it names:
/// their entries, checked, in the order of wattsum_cmt_meter_healed_neighbours. Nothing is answered. A frame that was
/// missed is made good by the next one, or by the same once more.
///
/// STORE FIRST: `record` is on flash and synced before the meter takes part in a round; store the state too
/// (wattsum_cmt_meter_export).
///
/// cbindgen:ptrs-as-arrays=[[link_secret;32],[record;WATTSUM_CMT_GENERATION_RECORD_LEN]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_meter_heal(
    meter: *mut wattsum_cmt_meter,
    link_secret: *const u8,
    now: u64,
    heal: *const u8,
    heal_len: usize,
    neighbours: *const wattsum_cmt_entry,
    count: usize,
    record: *mut u8,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    wiping_guard_blaming(blame, || {
        // SAFETY: as above.
        let own = unsafe { Context::span(context(meter)) };
        let written = span(record, WATTSUM_CMT_GENERATION_RECORD_LEN);
        for input in [span(link_secret, WATTSUM_KEY_LEN), span(heal, heal_len), span(neighbours, count)] {
            caller::apart(&[own, input, written])?;
        }
        // SAFETY: as above; they do not overlap.
        let (link, heal, entries, record) = unsafe {
            let record = Place::<GenerationRecord>::new(record.cast())?;
            let (heal, entries) = (caller::lent(heal, heal_len)?, caller::lent(neighbours, count)?);
            (lent_link(link_secret)?, heal, entries, record)
        };
        let (around, now) = (entry::neighbours(entries)?, Round::new(now)?);
        // SAFETY: as above.
        let kept = unsafe {
            Context::enter(context(meter), |meter| stored(&meter.heal(&link, now, heal, &around)?))
        }?;
        record.put(kept);
        Ok(())
    })
}
