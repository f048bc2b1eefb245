//! Store first, send then.

use core::fmt;

/// A step that is done but not yet visible: the record must be on stable storage before the message (or
/// state) behind it can be had.
#[must_use = "store the record, then call `stored`"]
pub struct Prepared<T, R> {
    record: R,
    inner: T,
}

impl<T, R: AsRef<[u8]>> Prepared<T, R> {
    /// Pairs what must be stored with what may follow.
    pub const fn new(record: R, inner: T) -> Self {
        Prepared { record, inner }
    }

    /// What must be stored, and synced, now. Append it: the last whole record counts after a reboot.
    pub fn record(&self) -> &[u8] {
        self.record.as_ref()
    }

    /// The record is stored: here is what it guarded.
    pub fn stored(self) -> T {
        self.inner
    }
}

impl<T, R> fmt::Debug for Prepared<T, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Prepared(..)")
    }
}
