//! How long and how much: chosen by the length of a round and the size of the group.

use std::sync::Once;
use std::time::Duration;

use crate::deployment::Deployment;
use crate::wire::Bounds;

/// Times of a link.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Times {
    /// A peer that has been silent for so long is asked whether it is there …
    pub(crate) quiet: Duration,
    /// … and has so long to answer.
    pub(crate) answer: Duration,
    /// Until a connection is there. Short: what the network lost is tried again.
    pub(crate) dial: Duration,
    /// Until both have shown their certificates and the stream is open. Long: thousands may come at once, and who
    /// gives up early makes them more.
    pub(crate) handshake: Duration,
    /// Pauses before dialling again grow from the first of these to the second, and are drawn from zero up.
    pub(crate) pause: (Duration, Duration),
}

/// Connections that are being set up, at the utility. Others wait in the system's queue: so many silent strangers
/// every [`GREETING`] keep new links out, but touch none that is up.
pub(crate) const HANDSHAKES: usize = 2048;
/// How long a connection may take to show its certificate.
pub(crate) const GREETING: Duration = Duration::from_secs(8);
/// The system's queue.
pub(crate) const BACKLOG: u32 = 4096;
/// What HTTP/2 lets a peer send ahead of what was taken.
pub(crate) const WINDOW: u32 = 64 << 10;
/// Bytes of the headers of a request or answer.
pub(crate) const HEADERS: u32 = 4 << 10;
/// How long a refused party's link stays up so that it can read why.
pub(crate) const FAREWELL: Duration = Duration::from_secs(2);

/// Letters, and their bytes, that wait for one party.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Room {
    pub(crate) letters: usize,
    pub(crate) bytes: usize,
    /// Of one letter.
    pub(crate) longest: usize,
}

impl Times {
    pub(crate) fn of(deployment: &Deployment) -> Self {
        let slot = Duration::from_millis(deployment.timetable().slot);
        let within = |time: Duration, least: u64, most: u64| {
            time.clamp(Duration::from_millis(least), Duration::from_millis(most))
        };
        let half = slot.checked_div(2).unwrap_or_default();
        Self {
            quiet: within(half, 1_500, 30_000),
            // A machine that is busy with thousands of links answers late, and must not lose them for that.
            answer: within(half, 3_000, 10_000),
            dial: within(slot, 1_000, 3_000),
            handshake: Duration::from_secs(15),
            // Rounds close again within two slots after a fault: the longest pause leaves most of the first.
            pause: (Duration::from_millis(100), within(half, 250, 10_000)),
        }
    }
}

impl Room {
    /// What waits at the utility for one party.
    pub(crate) fn down(bounds: &Bounds) -> Self {
        Self::of(bounds, bounds.down)
    }

    /// What waits at a party for the utility.
    pub(crate) fn up(bounds: &Bounds) -> Self {
        Self::of(bounds, bounds.up)
    }

    // A concentrator or a relaying utility may have a letter or two for everybody at once.
    fn of(bounds: &Bounds, longest: usize) -> Self {
        let letters = bounds.parties.saturating_mul(4).saturating_add(256);
        Self { letters, bytes: longest.saturating_mul(4), longest }
    }
}

/// Lets the process open as many files as the system allows: the usual limit of 1,024 ends below 1,024 links.
pub(crate) fn raise_file_limit() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let limit = getrlimit(Resource::Nofile);
        if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }) {
            tracing::debug!(%error, "the limit of open files stays as it is");
        }
    });
}
