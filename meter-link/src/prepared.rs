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

    /// What must be stored, and synced, now: append it to the log of its kind (docs/wire.md, section 8).
    ///
    /// After a reboot **every** record of the log is replayed: an answerer's each name one round's set, and a
    /// mark's only their own channels. Only the last one can be torn; cut it off before anything is appended
    /// behind it. A damaged record elsewhere means that the log cannot be trusted: stop.
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
