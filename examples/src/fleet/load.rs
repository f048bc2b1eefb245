//! What a fleet of meters did, and how long it took.

use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use meter_link::PartyId;
use serde::Serialize;

use crate::engine::timetable::Timetable;
use crate::engine::{Event, Letter, Refusal};
use crate::serve::{Clock, Hooks};
use crate::watch::{Direction, Watch};

/// Counts for all meters together.
pub(super) struct Load {
    table: Timetable,
    clock: Clock,
    watch: Option<Arc<Watch>>,
    letters_in: AtomicU64,
    letters_out: AtomicU64,
    bytes_out: AtomicU64,
    stored: AtomicU64,
    refusals: AtomicU64,
    restarts: AtomicU64,
    seen: Mutex<Seen>,
}

struct Seen {
    /// Microseconds from taking up letters until all they made was sent.
    turns: Histogram<u64>,
    /// Microseconds of a commit.
    commits: Histogram<u64>,
    /// Milliseconds into the slot at which a frame left.
    sent: Histogram<u64>,
    links: u64,
    most_links: u64,
    began: Option<Instant>,
    took: Duration,
    memory: Memory,
}

/// Resident bytes.
#[derive(Default)]
struct Memory {
    before: u64,
    /// When there were so many links first.
    linked: (u64, u64),
    at_end: u64,
}

/// What is printed.
#[derive(Debug, Serialize)]
pub(super) struct Summary {
    meters: usize,
    seconds: f64,
    /// Links that were up at a time.
    links: u64,
    letters_in: u64,
    letters_out: u64,
    letters_out_per_second: f64,
    frame_bytes_out: u64,
    stored_bytes: u64,
    refusals: u64,
    restarts: u64,
    turn_us: Spread,
    commit_us: Spread,
    sent_ms_into_slot: Spread,
    memory_bytes: u64,
    /// Without what was there before any meter dialled; when all links were up first, and at the end.
    memory_per_link: u64,
    memory_per_link_at_end: u64,
}

#[derive(Debug, Default, Serialize)]
struct Spread {
    count: u64,
    p50: u64,
    p99: u64,
    max: u64,
}

impl Load {
    pub(super) fn new(table: Timetable, watch: Option<Arc<Watch>>) -> anyhow::Result<Self> {
        // Two digits are what anybody reads of them; what takes over ten minutes counts as that.
        let histogram = || Histogram::new_with_bounds(1, 600_000_000, 2);
        Ok(Self {
            table,
            clock: Clock::default(),
            watch,
            letters_in: AtomicU64::new(0),
            letters_out: AtomicU64::new(0),
            bytes_out: AtomicU64::new(0),
            stored: AtomicU64::new(0),
            refusals: AtomicU64::new(0),
            restarts: AtomicU64::new(0),
            seen: Mutex::new(Seen {
                turns: histogram()?,
                commits: histogram()?,
                sent: histogram()?,
                links: 0,
                most_links: 0,
                began: None,
                took: Duration::ZERO,
                memory: Memory::default(),
            }),
        })
    }

    /// Everything is open; the meters dial now.
    pub(super) fn begin(&self) {
        let mut seen = self.seen();
        seen.began = Some(Instant::now());
        seen.memory.before = resident();
    }

    /// The meters are about to stop.
    pub(super) fn end(&self) {
        let mut seen = self.seen();
        seen.took = seen.began.map_or(Duration::ZERO, |began| began.elapsed());
        seen.memory.at_end = resident();
    }

    pub(super) fn summary(&self, meters: usize) -> Summary {
        let seen = self.seen();
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let seconds = seen.took.as_secs_f64();
        let memory = &seen.memory;
        let each =
            |bytes: u64, links: u64| bytes.saturating_sub(memory.before).checked_div(links).unwrap_or(0);
        Summary {
            meters,
            seconds,
            links: seen.most_links,
            letters_in: count(&self.letters_in),
            letters_out: count(&self.letters_out),
            letters_out_per_second: count(&self.letters_out) as f64 / seconds.max(0.001),
            frame_bytes_out: count(&self.bytes_out),
            stored_bytes: count(&self.stored),
            refusals: count(&self.refusals),
            restarts: count(&self.restarts),
            turn_us: Spread::of(&seen.turns),
            commit_us: Spread::of(&seen.commits),
            sent_ms_into_slot: Spread::of(&seen.sent),
            memory_bytes: memory.at_end,
            memory_per_link: each(memory.linked.0, memory.linked.1),
            memory_per_link_at_end: each(memory.at_end, seen.links),
        }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hooks for Load {
    fn event(&self, now: u64, event: &Event) {
        if let Some(watch) = &self.watch {
            watch.event(now, event);
        }
    }

    fn link(&self, _: PartyId, here: bool) {
        let mut seen = self.seen();
        match here {
            true => seen.links = seen.links.saturating_add(1),
            false => seen.links = seen.links.saturating_sub(1),
        }
        if seen.links > seen.most_links {
            seen.most_links = seen.links;
            // The kernel counts pages for this: not for each of thousands.
            if seen.links.is_multiple_of(50) || seen.links < 50 {
                seen.memory.linked = (resident(), seen.links);
            }
        }
    }

    fn letter(&self, direction: Direction, letter: &Letter) {
        match direction {
            Direction::In => {
                self.letters_in.fetch_add(1, Ordering::Relaxed);
            }
            Direction::Out => {
                self.letters_out.fetch_add(1, Ordering::Relaxed);
                self.bytes_out.fetch_add(letter.frame_bytes() as u64, Ordering::Relaxed);
                let now = self.clock.now();
                if let (Letter::Frame(_), Some(round)) = (letter, self.table.round(now)) {
                    self.seen().sent.saturating_record(now.saturating_sub(self.table.start(round)));
                }
            }
        }
        if let Some(watch) = &self.watch {
            watch.letter(direction, letter);
        }
    }

    fn refusal(&self, party: PartyId, kind: &'static str, refusal: &Refusal) {
        self.refusals.fetch_add(1, Ordering::Relaxed);
        if let Some(watch) = &self.watch {
            watch.refusal(party, kind, refusal);
        }
    }

    fn step(&self, took: Duration) {
        if let Some(watch) = &self.watch {
            watch.step(took);
        }
    }

    fn store(&self, took: Duration, bytes: u64) {
        self.stored.fetch_add(bytes, Ordering::Relaxed);
        self.seen().commits.saturating_record(micros(took));
        if let Some(watch) = &self.watch {
            watch.store(took, bytes);
        }
    }

    fn turn(&self, took: Duration) {
        self.seen().turns.saturating_record(micros(took));
    }

    fn store_failed(&self) {
        if let Some(watch) = &self.watch {
            watch.store_failed();
        }
    }

    fn restart(&self, _: &str) {
        self.restarts.fetch_add(1, Ordering::Relaxed);
        if let Some(watch) = &self.watch {
            watch.restarted();
        }
    }

    fn alive(&self) {
        if let Some(watch) = &self.watch {
            watch.alive();
        }
    }
}

impl Spread {
    fn of(histogram: &Histogram<u64>) -> Self {
        let at = |quantile| histogram.value_at_quantile(quantile);
        match histogram.len() {
            0 => Self::default(),
            count => Self { count, p50: at(0.5), p99: at(0.99), max: histogram.max() },
        }
    }
}

impl Summary {
    pub(super) fn print(&self, json: bool, out: &mut impl Write) -> anyhow::Result<()> {
        if json {
            serde_json::to_writer(&mut *out, self)?;
            writeln!(out)?;
            return Ok(());
        }
        let kilo = |bytes: u64| bytes as f64 / 1e3;
        writeln!(out, "{} meters for {:.1} s, {} links at a time", self.meters, self.seconds, self.links)?;
        writeln!(
            out,
            "  letters    {} out ({:.0}/s, {:.1} kB of frames), {} in, {} refused",
            self.letters_out,
            self.letters_out_per_second,
            kilo(self.frame_bytes_out),
            self.letters_in,
            self.refusals
        )?;
        let mut spread = |what, unit, of: &Spread| {
            writeln!(
                out,
                "  {what:<10} p50 {} {unit}, p99 {} {unit}, max {} {unit} ({})",
                of.p50, of.p99, of.max, of.count
            )
        };
        spread("turn", "µs", &self.turn_us)?;
        spread("commit", "µs", &self.commit_us)?;
        spread("into slot", "ms", &self.sent_ms_into_slot)?;
        writeln!(out, "  stored     {:.1} kB, {} restarts", kilo(self.stored_bytes), self.restarts)?;
        writeln!(
            out,
            "  memory     {:.1} MB; {:.1} kB a link when all were up, {:.1} kB at the end",
            kilo(self.memory_bytes) / 1e3,
            kilo(self.memory_per_link),
            kilo(self.memory_per_link_at_end)
        )?;
        Ok(())
    }
}

fn micros(took: Duration) -> u64 {
    u64::try_from(took.as_micros()).unwrap_or(u64::MAX)
}

/// Of this process, from the kernel; 0 where it does not tell.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilo =
        line.and_then(|rest| rest.trim().strip_suffix("kB")).and_then(|kilo| kilo.trim().parse::<u64>().ok());
    kilo.unwrap_or(0).saturating_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_spreads_are_printed() {
        let table =
            Timetable { schedule: meter_link::Schedule { origin: 0, period: 900 }, begins: 0, slot: 1_000 };
        let load = Load::new(table, None).unwrap();
        load.begin();
        for party in 0..3 {
            load.link(PartyId(party), true);
        }
        load.link(PartyId(0), false);
        for millis in 1..=100 {
            load.turn(Duration::from_millis(millis));
            load.letter(Direction::Out, &Letter::Frame(vec![0; 10]));
        }
        load.turn(Duration::MAX);
        load.end();
        let summary = load.summary(3);
        assert_eq!((summary.links, summary.letters_out, summary.frame_bytes_out), (3, 100, 1000));
        assert!((49_000..52_000).contains(&summary.turn_us.p50), "{:?}", summary.turn_us);
        assert_eq!((summary.turn_us.count, summary.sent_ms_into_slot.count), (101, 100));
        assert!(summary.sent_ms_into_slot.max <= 1_000);
        assert!(summary.memory_bytes > 1_000_000);
        let mut text = Vec::new();
        summary.print(false, &mut text).unwrap();
        assert!(String::from_utf8(text).unwrap().starts_with("3 meters for "));
        let mut json = Vec::new();
        summary.print(true, &mut json).unwrap();
        let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
        assert_eq!(json["letters_out"], 100);
    }
}
