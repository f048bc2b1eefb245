//! Counters for Prometheus. Labels take few values: no party, no round, nothing that a stranger chooses.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

use super::{Direction, Picture};
use crate::engine::{Event, Letter, Refusal};

type Labels<const N: usize> = [(&'static str, &'static str); N];
type Level = Gauge<u64, AtomicU64>;

pub(super) struct Metrics {
    registry: Registry,
    rounds: Family<Labels<1>, Counter>,
    events: Family<Labels<1>, Counter>,
    meters: Family<Labels<1>, Level>,
    repairs: Counter,
    letters: Family<Labels<2>, Counter>,
    bytes: Family<Labels<2>, Counter>,
    refusals: Family<Labels<2>, Counter>,
    latency: Histogram,
    step: Histogram,
    store: Histogram,
    stored: Counter,
    store_failures: Counter,
    connected: Level,
    restarts: Counter,
    memory: Level,
}

impl Metrics {
    pub(super) fn new() -> Self {
        let mut registry = Registry::with_prefix("wattsum");
        let metrics = Self {
            rounds: Family::default(),
            events: Family::default(),
            meters: Family::default(),
            repairs: Counter::default(),
            letters: Family::default(),
            bytes: Family::default(),
            refusals: Family::default(),
            // 10 ms … 82 s, as a slot may be of a second or a quarter of an hour.
            latency: Histogram::new(exponential_buckets(0.01, 2.0, 14)),
            // 10 µs … 2.6 s
            step: Histogram::new(exponential_buckets(0.000_01, 4.0, 10)),
            // 50 µs … 3.3 s
            store: Histogram::new(exponential_buckets(0.000_05, 4.0, 9)),
            stored: Counter::default(),
            store_failures: Counter::default(),
            connected: Level::default(),
            restarts: Counter::default(),
            memory: Level::default(),
            registry: Registry::default(),
        };
        registry.register("rounds", "Rounds by outcome: sum or lost", metrics.rounds.clone());
        registry.register("events", "Events by kind, as in the audit log", metrics.events.clone());
        registry.register(
            "round_meters",
            "Meters of the newest round: present when it opened, counted in its set, missing from it, absent",
            metrics.meters.clone(),
        );
        registry.register("repairs", "Repairs by meters for silent neighbours", metrics.repairs.clone());
        registry.register("letters", "Letters by direction and kind", metrics.letters.clone());
        registry.register_with_unit(
            "frame",
            "Bytes of frames in letters by direction and kind, without the transport's",
            Unit::Bytes,
            metrics.bytes.clone(),
        );
        registry.register(
            "refusals",
            "Letters and steps refused, by kind and class",
            metrics.refusals.clone(),
        );
        registry.register_with_unit(
            "round_latency",
            "From the start of a round's slot to its sum",
            Unit::Seconds,
            metrics.latency.clone(),
        );
        registry.register_with_unit(
            "step",
            "Time of a step of the role",
            Unit::Seconds,
            metrics.step.clone(),
        );
        registry.register_with_unit(
            "store_commit",
            "Time until the store has it for good",
            Unit::Seconds,
            metrics.store.clone(),
        );
        registry.register_with_unit("stored", "Bytes stored", Unit::Bytes, metrics.stored.clone());
        registry.register("store_failures", "Commits that the store refused", metrics.store_failures.clone());
        registry.register("connected_parties", "Parties whose link is up", metrics.connected.clone());
        registry.register("restarts", "Roles loaded again from their store", metrics.restarts.clone());
        registry.register_with_unit(
            "resident_memory",
            "Resident memory of the process, where the system tells it",
            Unit::Bytes,
            metrics.memory.clone(),
        );
        Self { registry, ..metrics }
    }

    /// `latency` in milliseconds, of a sum.
    pub(super) fn event(&self, event: &Event, latency: Option<u64>, picture: &Picture) {
        self.events.get_or_create(&[("event", name(event))]).inc();
        match event {
            Event::Sum { .. } => {
                self.rounds.get_or_create(&[("outcome", "sum")]).inc();
            }
            Event::Lost { .. } => {
                self.rounds.get_or_create(&[("outcome", "lost")]).inc();
            }
            Event::Repaired { .. } => {
                self.repairs.inc();
            }
            _ => {}
        }
        if let Some(latency) = latency {
            self.latency.observe(Duration::from_millis(latency).as_secs_f64());
        }
        for (state, count) in ["present", "counted", "missing", "absent"].into_iter().zip(picture.meters()) {
            self.meters.get_or_create(&[("state", state)]).set(count);
        }
    }

    pub(super) fn letter(&self, direction: Direction, letter: &Letter) {
        let direction = match direction {
            Direction::In => "in",
            Direction::Out => "out",
        };
        let labels = [("direction", direction), ("kind", letter.name())];
        self.letters.get_or_create(&labels).inc();
        self.bytes.get_or_create(&labels).inc_by(u64::try_from(letter.frame_bytes()).unwrap_or(u64::MAX));
    }

    pub(super) fn refusal(&self, kind: &'static str, refusal: &Refusal) {
        let class = match refusal {
            Refusal::Stale(_) => "stale",
            Refusal::Fault { .. } => "fault",
            Refusal::Broken(_) => "broken",
        };
        self.refusals.get_or_create(&[("kind", kind), ("class", class)]).inc();
    }

    pub(super) fn step(&self, took: Duration) {
        self.step.observe(took.as_secs_f64());
    }

    pub(super) fn store(&self, took: Duration, bytes: u64) {
        self.store.observe(took.as_secs_f64());
        self.stored.inc_by(bytes);
    }

    pub(super) fn store_failed(&self) {
        self.store_failures.inc();
    }

    pub(super) fn connected(&self, parties: usize) {
        self.connected.set(u64::try_from(parties).unwrap_or(u64::MAX));
    }

    pub(super) fn restarted(&self) {
        self.restarts.inc();
    }

    pub(super) fn text(&self) -> Result<String, std::fmt::Error> {
        if let Some(bytes) = resident() {
            self.memory.set(bytes);
        }
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

const fn name(event: &Event) -> &'static str {
    match event {
        Event::Epoch { .. } => "epoch",
        Event::Opened { .. } => "opened",
        Event::Closed { .. } => "closed",
        Event::Repaired { .. } => "repaired",
        Event::Sum { .. } => "sum",
        Event::Lost { .. } => "lost",
        Event::Bill { .. } => "bill",
        Event::Member { .. } => "member",
        Event::Topology { .. } => "topology",
        Event::Fault { .. } => "fault",
    }
}

/// Bytes of memory that the process has in use, on Linux.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kilobytes.checked_mul(1024)
}
