//! What an operator may see of a running process: counts, times, sums and ids of parties, never a single reading.
//!
//! The driver, the network and the database tell a [`Watch`] what they do; `web` shows it. All of it is bounded: the
//! last [`KEPT`] events, the last few hundred latencies, and one entry a configured party.

mod metrics;
mod picture;
mod ring;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use meter_link::PartyId;
use serde::Serialize;

use crate::deployment::Deployment;
use crate::engine::{Event, Letter, Refusal};

use metrics::Metrics;
pub(crate) use picture::Picture;
use ring::Ring;
pub(crate) use ring::{Row, blank};

/// A driver that has not come round for so long hangs.
const STALLED: Duration = Duration::from_secs(15);

/// Shared by all parts of a process; no call blocks for longer than it takes to count.
pub(crate) struct Watch {
    metrics: Metrics,
    seen: Mutex<Seen>,
    /// Of the newest row: what streams of events wait for.
    newest: tokio::sync::watch::Sender<u64>,
    began: Instant,
    /// Milliseconds after `began` of the driver's last turn.
    turned: AtomicU64,
    store_works: AtomicBool,
    /// Tells this process from the one before it, whose rows had the same numbers.
    boot: u64,
    parties: BTreeSet<PartyId>,
}

/// From the process's point of view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    In,
    Out,
}

/// Whether the process does its work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Health {
    pub(crate) healthy: bool,
    /// Why not.
    pub(crate) reasons: Vec<String>,
    /// Since the driver came round.
    pub(crate) driver_idle_ms: u64,
    pub(crate) store_works: bool,
    pub(crate) uptime_seconds: u64,
}

struct Seen {
    ring: Ring,
    picture: Picture,
}

impl Watch {
    pub(crate) fn new(deployment: &Deployment) -> Arc<Self> {
        let parties = deployment.meters.ids.0.iter().chain(&deployment.answerers.ids.0).copied();
        Arc::new(Self {
            metrics: Metrics::new(),
            seen: Mutex::new(Seen { ring: Ring::default(), picture: Picture::new(deployment) }),
            newest: tokio::sync::watch::Sender::new(0),
            began: Instant::now(),
            turned: AtomicU64::new(0),
            store_works: AtomicBool::new(true),
            boot: jiff::Timestamp::now().as_millisecond().unsigned_abs(),
            parties: parties.chain([PartyId(0)]).collect(),
        })
    }

    // What the driver tells.

    /// The driver came round, if only because a timer woke it: to be called at least every 5 seconds, or
    /// [`Watch::health`] says that the process hangs.
    pub(crate) fn alive(&self) {
        let now = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.turned.store(now, Ordering::Relaxed);
    }

    /// An event happened at `now` (milliseconds since 1970) and is stored.
    pub(crate) fn event(&self, now: u64, event: &Event) {
        let mut seen = self.lock();
        let latency = seen.picture.event(now, event);
        self.metrics.event(event, latency, &seen.picture);
        self.push(seen, now, latency, event);
    }

    /// An event of an earlier process, from the database: shown, not counted. In order, and before the first
    /// [`Watch::event`].
    pub(crate) fn recall(&self, at: u64, event: &Event) {
        let mut seen = self.lock();
        let latency = seen.picture.event(at, event);
        self.push(seen, at, latency, event);
    }

    /// A step of the role took so long, all effects but the store's included.
    pub(crate) fn step(&self, took: Duration) {
        self.metrics.step(took);
        self.alive();
    }

    /// So many bytes were stored for good, in so long.
    pub(crate) fn store(&self, took: Duration, bytes: u64) {
        self.metrics.store(took, bytes);
        self.store_works.store(true, Ordering::Relaxed);
    }

    /// The store refused: unhealthy until it takes something again.
    pub(crate) fn store_failed(&self) {
        self.metrics.store_failed();
        self.store_works.store(false, Ordering::Relaxed);
    }

    /// The role was dropped and loaded from its store.
    pub(crate) fn restarted(&self) {
        self.metrics.restarted();
    }

    /// A letter or a step was refused. `kind` is the letter's name, or "wake".
    pub(crate) fn refusal(&self, from: PartyId, kind: &'static str, refusal: &Refusal) {
        let _ = from; // A label a party would be a time series a meter.
        self.metrics.refusal(kind, refusal);
    }

    // What the network tells.

    /// A link to a party came up or went down. At most one link a party counts.
    pub(crate) fn link(&self, party: PartyId, here: bool) {
        if !self.parties.contains(&party) {
            return;
        }
        let mut seen = self.lock();
        seen.picture.link(party, here);
        self.metrics.connected(seen.picture.connected());
    }

    pub(crate) fn letter(&self, direction: Direction, letter: &Letter) {
        self.metrics.letter(direction, letter);
        let bytes = u64::try_from(letter.frame_bytes()).unwrap_or(u64::MAX);
        self.lock().picture.letter(direction, bytes);
    }

    // What the web view asks.

    pub(crate) fn health(&self) -> Health {
        let turned = Duration::from_millis(self.turned.load(Ordering::Relaxed));
        let uptime = self.began.elapsed();
        let idle = uptime.saturating_sub(turned);
        let store_works = self.store_works.load(Ordering::Relaxed);
        let mut reasons = Vec::new();
        if idle > STALLED {
            reasons.push(format!("the driver has not come round for {} s", idle.as_secs()));
        }
        if !store_works {
            reasons.push("the store refused what it was last given".to_owned());
        }
        Health {
            healthy: reasons.is_empty(),
            reasons,
            driver_idle_ms: u64::try_from(idle.as_millis()).unwrap_or(u64::MAX),
            store_works,
            uptime_seconds: uptime.as_secs(),
        }
    }

    /// In the text format of OpenMetrics, which Prometheus reads.
    pub(crate) fn metrics(&self) -> Result<String, std::fmt::Error> {
        self.metrics.text()
    }

    pub(crate) fn boot(&self) -> u64 {
        self.boot
    }

    /// Rows after number `after`, oldest first, at most `most`.
    pub(crate) fn rows(&self, after: u64, most: usize) -> Vec<Row> {
        self.lock().ring.after(after, most)
    }

    pub(crate) fn picture(&self) -> Picture {
        self.lock().picture.clone()
    }

    /// Changes with every row; holds the newest row's number.
    pub(crate) fn newest(&self) -> tokio::sync::watch::Receiver<u64> {
        self.newest.subscribe()
    }

    fn push(&self, mut seen: MutexGuard<'_, Seen>, at: u64, latency: Option<u64>, event: &Event) {
        let number = seen.ring.push(at, latency, event);
        drop(seen);
        self.newest.send_replace(number);
    }

    // What is behind the lock is counts: a panic elsewhere leaves nothing half done that matters.
    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
