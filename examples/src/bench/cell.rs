//! One deployment that is measured.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use meter_link::PartyId;
use serde::Serialize;

use crate::deployment::Graph;
use crate::engine::Event;
use crate::generate;
use crate::run::cluster::{Cluster, FLEET, Options, free_port};
use crate::run::{scenario, scrape, truth};
use crate::system::Protocol;

/// What is varied.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cell {
    pub(crate) protocol: Protocol,
    pub(crate) meters: u32,
    pub(crate) slot: u64,
    pub(crate) batch: u16,
    pub(crate) rounds: u32,
}

/// What it cost; the keys of a JSON row.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Figures {
    pub(crate) protocol: &'static str,
    pub(crate) meters: u32,
    pub(crate) slot_ms: u64,
    pub(crate) batch: u16,
    pub(crate) sums: usize,
    pub(crate) lost: usize,
    /// Sums that differ from the truth.
    pub(crate) wrong: usize,
    pub(crate) client_us: f64,
    pub(crate) up_bytes: f64,
    pub(crate) server_ms: f64,
    pub(crate) helpers_ms: f64,
    pub(crate) p50_ms: u64,
    pub(crate) p99_ms: u64,
    pub(crate) readings_per_s: f64,
    pub(crate) link_bytes: f64,
}

impl Figures {
    pub(crate) const COLUMNS: usize = 13;
    pub(crate) const HEAD: [&str; Self::COLUMNS] = [
        "protocol",
        "meters",
        "slot_ms",
        "batch",
        "sums",
        "lost",
        "client_us",
        "up B/meter",
        "server_ms",
        "helpers_ms",
        "p50_ms",
        "p99_ms",
        "per s",
    ];

    pub(crate) fn cells(&self) -> [String; Self::COLUMNS] {
        [
            self.protocol.to_owned(),
            self.meters.to_string(),
            self.slot_ms.to_string(),
            self.batch.to_string(),
            self.sums.to_string(),
            self.lost.to_string(),
            format!("{:.0}", self.client_us),
            format!("{:.0}", self.up_bytes),
            format!("{:.2}", self.server_ms),
            format!("{:.2}", self.helpers_ms),
            self.p50_ms.to_string(),
            self.p99_ms.to_string(),
            format!("{:.0}", self.readings_per_s),
        ]
    }
}

/// Processor time and memory of some processes.
#[derive(Debug, Clone, Copy, Default)]
struct Use {
    seconds: f64,
    bytes: u64,
}

impl Cell {
    /// Runs it and looks at its processes and its record.
    ///
    /// # Errors
    /// If it does not start, or no round closes.
    pub(crate) fn measure(self, folder: &Path) -> anyhow::Result<Figures> {
        let Cell { protocol, meters, slot, batch, rounds } = self;
        let answerers = if protocol == Protocol::Cmt { 0 } else { 4 };
        let mut deployment = scenario::deployment(protocol, meters, answerers);
        deployment.rounds.batch = batch;
        deployment.rounds.deadline_permille = 600;
        if protocol == Protocol::Dcnet && meters > COMPLETE {
            deployment.dcnet.graph = Graph::Drawn;
        }
        let dashboard = format!("127.0.0.1:{}", free_port()?);
        deployment.utility.dashboard = Some(dashboard.clone());
        let last = rounds.saturating_add(SPARE).saturating_add(
            u32::try_from(FORMING.as_millis())?.checked_div(u32::try_from(slot)?).unwrap_or_default(),
        );
        let mut left = last.saturating_mul(batch.into());
        let table =
            generate::table(1, meters, generate::FIRST_DAY.parse()?, &jiff::tz::TimeZone::UTC, |_| {
                left = left.saturating_sub(1);
                left > 0
            })?;
        std::fs::create_dir_all(folder)?;
        let readings = folder.join("readings.csv");
        generate::write_wide(&table, &readings)?;
        let mut cluster = Cluster::prepare(deployment, folder, &table, slot, None)?;
        cluster.start(&readings, &Options { fleet: true, ..Options::default() })?;

        let first = self.wait(&mut cluster, 1)?;
        let (before, begin) = (usage(&cluster), Instant::now());
        let bytes_before = received(&dashboard)?;
        self.wait(&mut cluster, first.saturating_add(rounds as usize))?;
        let (after, seconds) = (usage(&cluster), begin.elapsed().as_secs_f64());
        let bytes = received(&dashboard)? - bytes_before;
        cluster.stop()?;

        cluster.look()?;
        let events = cluster.events();
        let ids = cluster.meters();
        let all = truth::rounds(events.iter().map(|(time, event)| (*time, event)), &table, &ids, batch);
        let measured: Vec<_> =
            all.values().filter(|round| round.sum.is_some() || round.lost.is_some()).skip(first).collect();
        let mut millis: Vec<u64> = measured.iter().filter_map(|round| round.millis).collect();
        millis.sort_unstable();
        let at = |permille: usize| {
            let place = millis.len().saturating_sub(1).saturating_mul(permille) / 1000;
            millis.get(place).copied().unwrap_or_default()
        };
        let sums = measured.iter().filter(|round| round.sum.is_some()).count();
        let summed: u64 = measured.iter().map(|round| u64::from(round.meters)).sum();
        let count = measured.len().max(1) as f64;
        let spent = |place: fn(&[Use; 3]) -> Use| place(&after).seconds - place(&before).seconds;
        Ok(Figures {
            protocol: protocol.name(),
            meters,
            slot_ms: slot,
            batch,
            sums,
            lost: measured.len().saturating_sub(sums),
            wrong: measured.iter().filter(|round| round.wrong()).count(),
            client_us: spent(|all| all[2]) * 1e6 / count / f64::from(meters),
            up_bytes: bytes / count / f64::from(meters),
            server_ms: spent(|all| all[0]) * 1e3 / count,
            helpers_ms: spent(|all| all[1]) * 1e3 / count,
            p50_ms: at(500),
            p99_ms: at(990),
            readings_per_s: summed as f64 * f64::from(batch) / seconds,
            link_bytes: after[0].bytes as f64 / f64::from(meters),
        })
    }

    /// Waits until so many rounds have ended.
    fn wait(self, cluster: &mut Cluster, rounds: usize) -> anyhow::Result<usize> {
        let begin = Instant::now();
        let slots = u32::try_from(rounds)?.saturating_mul(2).saturating_add(40);
        let most = FORMING.saturating_add(Duration::from_millis(self.slot).saturating_mul(slots));
        loop {
            cluster.check()?;
            cluster.look()?;
            let sums = cluster.events().iter().any(|(_, event)| matches!(event, Event::Sum { .. }));
            let count = cluster.ended();
            if count >= rounds && sums {
                return Ok(count);
            }
            if begin.elapsed() > most {
                bail!("{} with {} meters: {count} of {rounds} rounds ended", self.protocol, self.meters);
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

/// Up to so many meters everybody is everybody's neighbour in a key graph.
const COMPLETE: u32 = 256;

/// Rows of readings beyond those that are measured.
const SPARE: u32 = 200;

/// An epoch of thousands of meters takes so long to form, at most.
const FORMING: Duration = Duration::from_secs(180);

/// Bytes of frames that the head end has received.
fn received(dashboard: &str) -> anyhow::Result<f64> {
    scrape::counter(dashboard, "wattsum_frame_bytes_total", "direction=\"in\"")
}

/// Of the head end, of all answerers, of the meters.
fn usage(cluster: &Cluster) -> [Use; 3] {
    let mut all = [Use::default(); 3];
    for (id, process) in &cluster.processes {
        let own = process.id().and_then(|pid| of(pid).ok()).unwrap_or_default();
        let [utility, answerers, meters] = &mut all;
        let place = match *id {
            PartyId::UTILITY => utility,
            FLEET => meters,
            _ => answerers,
        };
        place.seconds += own.seconds;
        place.bytes = place.bytes.saturating_add(own.bytes);
    }
    all
}

/// Processor time and resident memory of a process, from the kernel.
fn of(pid: u32) -> anyhow::Result<Use> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name in parentheses may hold anything; what follows it are numbers. User and system time are fields 14 and 15.
    let (_, fields) = stat.rsplit_once(')').context("/proc/PID/stat")?;
    let mut fields = fields.split_whitespace().skip(11);
    let mut ticks = || fields.next().and_then(|field| field.parse::<f64>().ok()).context("/proc/PID/stat");
    let seconds = (ticks()? + ticks()?) / rustix::param::clock_ticks_per_second() as f64;
    Ok(Use { seconds, bytes: crate::chaos::memory::resident(pid).unwrap_or_default() })
}
