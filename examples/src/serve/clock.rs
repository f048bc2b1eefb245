//! The clock of a process.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// The system's clock, and how far it is put wrong on purpose. Clones are the same clock.
#[derive(Debug, Clone, Default)]
pub(crate) struct Clock {
    ahead: Arc<AtomicI64>,
}

impl Clock {
    /// Milliseconds since 1970. May jump, forwards or back.
    pub(crate) fn now(&self) -> u64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
        now.saturating_add_signed(self.ahead.load(Ordering::Relaxed))
    }

    /// From now on the clock is so many milliseconds ahead of the system's.
    #[cfg(test)]
    pub(crate) fn put_ahead(&self, milliseconds: i64) {
        self.ahead.store(milliseconds, Ordering::Relaxed);
    }
}
