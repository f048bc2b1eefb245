//! How fast one party's letters are taken, and how often a line is logged.

use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

/// A bucket of letters that fills in a second.
pub(crate) struct Rate {
    size: f64,
    left: f64,
    at: Instant,
}

impl Rate {
    /// So many letters at once, and as many each second.
    pub(crate) fn new(letters: u32) -> Self {
        Self { size: letters.into(), left: letters.into(), at: Instant::now() }
    }

    /// Returns when another letter may be taken. Until then the peer is held back, and nobody else.
    pub(crate) async fn one(&mut self) {
        let now = Instant::now();
        let gained = now.saturating_duration_since(self.at).as_secs_f64() * self.size;
        (self.left, self.at) = ((self.left + gained).min(self.size) - 1.0, now);
        if self.left < 0.0 {
            tokio::time::sleep(Duration::from_secs_f64(-self.left / self.size)).await;
        }
    }
}

/// What strangers can cause does not fill the log.
#[derive(Default)]
pub(crate) struct Sparse(Mutex<(Option<Instant>, u64)>);

impl Sparse {
    const PAUSE: Duration = Duration::from_secs(10);

    /// Whether to log now, and then how many times it was not.
    pub(crate) fn due(&self) -> Option<u64> {
        let mut state = self.0.lock().unwrap_or_else(|e| e.into_inner());
        let (last, skipped) = &mut *state;
        if last.is_some_and(|at| at.elapsed() < Self::PAUSE) {
            *skipped = skipped.saturating_add(1);
            return None;
        }
        *last = Some(Instant::now());
        Some(std::mem::take(skipped))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_burst_and_then_so_many_a_second() {
        let start = Instant::now();
        let mut rate = Rate::new(100);
        for _ in 0..100 {
            rate.one().await;
        }
        let burst = start.elapsed();
        for _ in 0..50 {
            rate.one().await;
        }
        // A busy machine makes it slower, never faster.
        assert!(start.elapsed() > burst + Duration::from_millis(400), "{:?}", start.elapsed());
        assert!(burst < Duration::from_millis(400), "{burst:?}");
    }
}
