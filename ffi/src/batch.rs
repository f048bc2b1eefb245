//! Many frames in one call, and what becomes of each.
#![allow(unsafe_code)] // the caller's memory

use std::vec::Vec;

use meter_link::PartyId;

use crate::bytes::{self, wattsum_bytes};
use crate::caller::{self, span};
use crate::guard::Failure;
use crate::status::wattsum_status;

/// Where a batch's outcomes go: of each frame its status, and its sender or culprit.
pub(crate) struct Outcomes<'a> {
    senders: &'a mut [u32],
    /// Numbers, since what the caller's memory holds before need not be a status.
    statuses: &'a mut [i32],
}

/// In place of an id, where a frame has neither sender nor culprit.
const NOBODY: u32 = u32::MAX;

/// The frames of a batch, and the room for their outcomes.
///
/// # Safety
/// `frames`, `senders` and `statuses` point to `count` values each, and every frame to its bytes; nobody else changes
/// any of them for the life of what is returned.
pub(crate) unsafe fn batch<'a>(
    frames: *const wattsum_bytes,
    count: usize,
    senders: *mut u32,
    statuses: *mut wattsum_status,
) -> Result<(Vec<&'a [u8]>, Outcomes<'a>), Failure> {
    let (who, what) = (span(senders, count), span(statuses, count));
    caller::apart(&[span(frames, count), who, what])?;
    // SAFETY: our caller's promise.
    let frames = unsafe { bytes::list(frames, count) }?;
    for frame in &frames {
        caller::apart(&[span(frame.as_ptr(), frame.len()), who, what])?;
    }
    // SAFETY: as above; they do not overlap.
    let (senders, statuses) =
        unsafe { (caller::room(senders, count)?, caller::room(statuses.cast::<i32>(), count)?) };
    Ok((frames, Outcomes { senders, statuses }))
}

impl Outcomes<'_> {
    pub(crate) fn put<F: Into<Failure>>(&mut self, index: usize, outcome: Result<PartyId, F>) {
        let (status, party) = match outcome.map_err(F::into) {
            Ok(sender) => (wattsum_status::WATTSUM_OK, Some(sender)),
            Err(failure) => failure.told(),
        };
        if let (Some(id), Some(place)) = (self.senders.get_mut(index), self.statuses.get_mut(index)) {
            *id = party.map_or(NOBODY, |party| party.0);
            *place = status as i32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::wattsum_status::{WATTSUM_MISUSE_NULL, WATTSUM_MISUSE_OVERLAP};
    use core::ptr::{null, null_mut};
    use meter_link::{Error, Fault, Malformed};

    #[test]
    fn each_frame_has_its_outcome() {
        let items = [wattsum_bytes { at: null(), len: 0 }; 3];
        let (mut senders, mut statuses) = ([7u32; 3], [wattsum_status::WATTSUM_UNKNOWN; 3]);
        // SAFETY: the arrays outlive the batch.
        let (frames, mut outcomes) =
            unsafe { batch(items.as_ptr(), 3, senders.as_mut_ptr(), statuses.as_mut_ptr()) }.unwrap();
        assert_eq!(frames.len(), 3);
        outcomes.put(0, Ok::<_, Error>(PartyId(5)));
        outcomes.put(1, Err(Fault::BadTag.of(PartyId(9))));
        outcomes.put(2, Err(Error::from(Malformed::Truncated)));
        outcomes.put(3, Ok::<_, Error>(PartyId(5)));
        assert_eq!(senders, [5, 9, NOBODY]);
        let expected = [0, wattsum_status::WATTSUM_FAULT_BAD_TAG as i32, 200];
        assert_eq!(statuses.map(|status| status as i32), expected);
    }

    #[test]
    fn outcomes_lie_apart_from_frames() {
        let mut words = [0u32; 64];
        let mut statuses = [wattsum_status::WATTSUM_OK; 2];
        let at = words.as_ptr().cast::<u8>();
        let inside = [wattsum_bytes { at, len: 12 }, wattsum_bytes { at: at.wrapping_add(100), len: 8 }];
        let mut refused = |senders: *mut u32| {
            // SAFETY: the arrays outlive the batch, which is refused where they overlap.
            unsafe { batch(inside.as_ptr(), 2, senders, statuses.as_mut_ptr()) }.err()
        };
        let words = words.as_mut_ptr();
        assert_eq!(refused(words.wrapping_add(2)), Some(WATTSUM_MISUSE_OVERLAP.into()));
        assert_eq!(refused(words.wrapping_add(24)), Some(WATTSUM_MISUSE_OVERLAP.into()));
        assert_eq!(refused(null_mut()), Some(WATTSUM_MISUSE_NULL.into()));
        assert_eq!(refused(words.wrapping_add(10)), None);
    }
}
