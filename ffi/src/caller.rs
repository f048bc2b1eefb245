//! The caller's memory: every pointer that comes over the border is looked at here, and nowhere else.
#![allow(unsafe_code)] // raw pointers of the caller

use core::slice;

use meter_link::{Misuse, PartyId};

use crate::guard::Failure;
use crate::status::wattsum_status::{WATTSUM_MISUSE_MISALIGNED, WATTSUM_MISUSE_NULL, WATTSUM_MISUSE_OVERLAP};

/// `count` values that are read. NULL is right for none.
///
/// # Safety
/// `at` points to `count` values that nobody changes for the life of the slice.
pub(crate) unsafe fn lent<'a, T>(at: *const T, count: usize) -> Result<&'a [T], Failure> {
    if count == 0 {
        return Ok(&[]);
    }
    check(at, count)?;
    // SAFETY: not NULL, aligned and of a possible length, as just seen; the rest is the caller's word.
    Ok(unsafe { slice::from_raw_parts(at, count) })
}

/// One value that is read.
///
/// # Safety
/// As [`lent`].
pub(crate) unsafe fn one<'a, T>(at: *const T) -> Result<&'a T, Failure> {
    check(at, 1)?;
    // SAFETY: not NULL and aligned, as just seen; the rest is the caller's word.
    Ok(unsafe { &*at })
}

/// N bytes that are read.
///
/// # Safety
/// As [`lent`].
pub(crate) unsafe fn bytes<'a, const N: usize>(at: *const u8) -> Result<&'a [u8; N], Failure> {
    // SAFETY: an array of bytes has a byte's alignment; the rest is our caller's word.
    unsafe { one(at.cast::<[u8; N]>()) }
}

/// Room for `count` values that are written. NULL is right for none.
///
/// # Safety
/// `at` points to `count` values that nobody else reads or changes for the life of the slice.
pub(crate) unsafe fn room<'a, T>(at: *mut T, count: usize) -> Result<&'a mut [T], Failure> {
    if count == 0 {
        return Ok(&mut []);
    }
    check(at, count)?;
    // SAFETY: not NULL, aligned and of a possible length, as just seen; the rest is the caller's word.
    Ok(unsafe { slice::from_raw_parts_mut(at, count) })
}

/// A place for one value, which is written when all else has gone well.
#[derive(Clone, Copy)]
pub(crate) struct Place<T>(*mut T);

impl<T> Place<T> {
    /// # Safety
    /// `at` points to room for one value that nobody else uses before this place is gone.
    pub(crate) unsafe fn new(at: *mut T) -> Result<Self, Failure> {
        check(at, 1)?;
        Ok(Place(at))
    }

    pub(crate) fn put(self, value: T) {
        // SAFETY: not NULL and aligned, as `new` saw; the rest is what its caller promised.
        unsafe { self.0.write(value) }
    }
}

/// Where a culprit's id goes; the caller may not want it.
///
/// # Safety
/// `culprit` is NULL or points to room for a u32.
pub(crate) unsafe fn blame(culprit: *mut u32) -> impl FnOnce(PartyId) {
    // SAFETY: our caller's word.
    let place = unsafe { Place::new(culprit) };
    move |party| {
        if let Ok(place) = place {
            place.put(party.0);
        }
    }
}

/// Copies into a caller's buffer and tells how much.
#[cfg(feature = "std")]
pub(crate) fn fill<T: Copy>(values: &[T], out: &mut [T], count: Place<usize>) -> Result<(), Failure> {
    out.get_mut(..values.len()).ok_or(Misuse::WrongLength)?.copy_from_slice(values);
    count.put(values.len());
    Ok(())
}

/// Where `count` values lie, as addresses: the first and the one after the last. At NULL there is nothing.
pub(crate) fn span<T>(at: *const T, count: usize) -> (usize, usize) {
    if at.is_null() {
        return (0, 0);
    }
    (at.addr(), at.addr().saturating_add(count.saturating_mul(size_of::<T>())))
}

/// Refuses spans that have bytes in common: both could not be borrowed, or one would overwrite the other.
pub(crate) fn apart(spans: &[(usize, usize)]) -> Result<(), Failure> {
    let mut rest = spans;
    while let Some((first, others)) = rest.split_first() {
        if others.iter().any(|other| first.0.max(other.0) < first.1.min(other.1)) {
            return Err(WATTSUM_MISUSE_OVERLAP.into());
        }
        rest = others;
    }
    Ok(())
}

fn check<T>(at: *const T, count: usize) -> Result<(), Failure> {
    if at.is_null() {
        return Err(WATTSUM_MISUSE_NULL.into());
    }
    if !at.is_aligned() {
        return Err(WATTSUM_MISUSE_MISALIGNED.into());
    }
    // What Rust asks of a slice; no object of C is larger either.
    let most = isize::MAX.unsigned_abs();
    match count.checked_mul(size_of::<T>()) {
        Some(size) if size <= most && at.addr().checked_add(size).is_some() => Ok(()),
        _ => Err(Misuse::WrongLength.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::wattsum_status;

    #[test]
    fn pointers_are_looked_at() {
        let values = [1u32, 2, 3];
        let inside = values.as_ptr().cast::<u8>().wrapping_add(1).cast::<u32>();
        let status = |failure: Failure| failure;
        // SAFETY: none of these pointers is read through, except the first, which is right.
        unsafe {
            assert_eq!(lent(values.as_ptr(), 3).unwrap(), &values);
            assert_eq!(lent::<u32>(core::ptr::null(), 0).unwrap(), &[0u32; 0]);
            assert_eq!(lent::<u32>(core::ptr::null(), 1), Err(status(WATTSUM_MISUSE_NULL.into())));
            assert_eq!(lent(inside, 1), Err(status(WATTSUM_MISUSE_MISALIGNED.into())));
            for count in [usize::MAX, usize::MAX / 4, usize::MAX / 8 + 1] {
                let wrong = wattsum_status::WATTSUM_MISUSE_WRONG_LENGTH;
                assert_eq!(lent(values.as_ptr(), count), Err(wrong.into()));
            }
        }
    }

    #[test]
    fn overlaps_are_seen() {
        let words = [0u32; 16];
        let at = |first: usize, count| span(words.as_ptr().wrapping_add(first), count);
        assert_eq!(apart(&[at(0, 4), at(4, 4), at(8, 0), at(9, 1)]), Ok(()));
        assert_eq!(apart(&[at(4, 4), at(0, 4), at(6, 0)]), Ok(()));
        for (a, b) in [(0, 3), (3, 0), (0, 0)] {
            let spans = [at(8, 4), at(a, 4), at(b, 4)];
            assert_eq!(apart(&spans), Err(WATTSUM_MISUSE_OVERLAP.into()), "{a} {b}");
        }
        assert_eq!(span(words.as_ptr(), usize::MAX).1, usize::MAX);
        assert_eq!(apart(&[span(core::ptr::null::<u32>(), 4), span(core::ptr::null::<u64>(), 4)]), Ok(()));
    }
}
