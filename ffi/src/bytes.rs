//! Lists of received bytes, for the batch calls of the head end.
#![allow(unsafe_code)] // the caller's memory

use std::vec::Vec;

use crate::caller;
use crate::guard::Failure;

/// Bytes of the caller's, such as one received frame.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct wattsum_bytes {
    /// Where they begin; may be NULL where `len` is 0.
    pub at: *const u8,
    /// How many.
    pub len: usize,
}

/// A list of them. One pointer that is wrong refuses the whole list.
///
/// # Safety
/// `items` points to `count` values, and each of them to its bytes; nobody changes either for the life of the list.
pub(crate) unsafe fn list<'a>(items: *const wattsum_bytes, count: usize) -> Result<Vec<&'a [u8]>, Failure> {
    // SAFETY: our caller's promise.
    let items = unsafe { caller::lent(items, count) }?;
    // SAFETY: as above.
    items.iter().map(|item| unsafe { caller::lent(item.at, item.len) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::wattsum_status::WATTSUM_MISUSE_NULL;
    use core::ptr::null;

    #[test]
    fn a_list_is_lent_or_refused_as_a_whole() {
        let (one, two) = ([1u8, 2], [3u8]);
        let mut items = [
            wattsum_bytes { at: one.as_ptr(), len: 2 },
            wattsum_bytes { at: null(), len: 0 },
            wattsum_bytes { at: two.as_ptr(), len: 1 },
        ];
        // SAFETY: all arrays outlive the lists.
        unsafe {
            assert_eq!(list(items.as_ptr(), 3).unwrap(), [&one[..], &[], &two[..]]);
            assert!(list(null(), 0).unwrap().is_empty());
            items[1].len = 1;
            assert_eq!(list(items.as_ptr(), 3), Err(WATTSUM_MISUSE_NULL.into()));
        }
    }
}
