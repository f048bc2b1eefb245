//! `wattsum chaos`: a deployment of real processes that are killed, frozen, cut off, slowed, misdirected in time and left
//! without disk, round after round, while what the head end records is compared with the truth.

mod disk;
mod fault;
pub(crate) mod memory;
mod proxy;
mod report;
mod rogue;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use chacha20::ChaCha20Rng;
use clap::Args;
use meter_link::PartyId;
use rand_core::SeedableRng;
use rustix::process::Signal;

use crate::engine::Event;
use crate::exit::Exit;
use crate::generate;
use crate::progress::Progress;
use crate::readings::Table;
use crate::run::cluster::{Cluster, Options};
use crate::run::scenario;
use crate::run::truth;
use crate::system::Protocol;
use disk::Disk;
use fault::{Blow, Fault, Means};
use memory::Memory;
use proxy::Proxy;
use report::{Recovery, Report};

pub(crate) const NOTES: &str = "\
What is checked, for each protocol:
  no recorded sum differs from the truth, none is there twice or beside a loss
  the audit log's chain verifies, and the tables agree with it
  rounds close again within two after a fault has ended, where it came alone; with cmt within six, most within two
  no process grows without bound

Clock steps need libfaketime (Debian: libfaketime), a full disk the right to mount a tmpfs; what is missing is said, and
not counted. The same seed draws the same faults, but processes and networks have a time of their own.";

#[derive(Debug, Args)]
pub(crate) struct Chaos {
    /// Only this protocol; may be given more than once [default: all four, one after another]
    #[arg(long, value_enum)]
    protocol: Vec<Protocol>,
    /// Rounds of each protocol
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(10..=100_000))]
    rounds: u32,
    /// Milliseconds of a round
    #[arg(long, value_name = "MS", default_value_t = 500, value_parser = clap::value_parser!(u64).range(200..=60_000))]
    slot: u64,
    /// Meters; one more is malicious
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u32).range(6..=200))]
    meters: u32,
    /// Of the faults
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Folder for configuration, keys, databases and logs, which stays
    #[arg(long, value_name = "FOLDER")]
    keep: Option<PathBuf>,
    /// One JSON object a protocol instead of text
    #[arg(long)]
    json: bool,
    /// Roles log all they do
    #[arg(long)]
    verbose: bool,
}

pub(crate) fn run(args: &Chaos, stdout: &mut dyn Write) -> anyhow::Result<Exit> {
    let protocols = if args.protocol.is_empty() { Protocol::ALL.to_vec() } else { args.protocol.clone() };
    let temporary = tempfile::tempdir()?;
    let folder = args.keep.clone().unwrap_or_else(|| temporary.path().to_path_buf());
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let folder = fs::canonicalize(folder)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let mut well = true;
    for protocol in protocols {
        let report = Storm::begin(args, protocol, &folder.join(protocol.name()), &runtime)?.rage(&runtime)?;
        well &= report.is_well();
        if args.json { report.json(stdout)? } else { report.text(stdout)? }
    }
    if !well && args.keep.is_none() {
        eprintln!("the logs are in {}", temporary.keep().display());
    }
    Ok(if well { Exit::Done } else { Exit::Failed })
}

/// A deployment in bad weather.
struct Storm<'a> {
    args: &'a Chaos,
    protocol: Protocol,
    folder: PathBuf,
    table: Table,
    cluster: Cluster,
    proxies: BTreeMap<PartyId, Proxy>,
    clocks: BTreeMap<PartyId, PathBuf>,
    disk: Option<Disk>,
    rng: ChaCha20Rng,
    report: Report,
    memory: Memory,
}

/// Between two looks at what the head end has recorded.
const LOOK: Duration = Duration::from_millis(50);

/// A fault that came alone must be overcome within so many rounds after its end.
const fn recovery_rounds(protocol: Protocol) -> u32 {
    match protocol {
        Protocol::Dcnet | Protocol::Shamir | Protocol::Elgamal | Protocol::Ckks => 2,
        // A ring that broke needs an election and a ring, each of which may be lost with a slot.
        Protocol::Cmt => 6,
    }
}

/// Where Debian puts it, and others.
const FAKETIME: [&str; 4] = [
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1",
    "/usr/lib64/faketime/libfaketime.so.1",
    "/usr/lib/faketime/libfaketime.so.1",
];

impl<'a> Storm<'a> {
    fn begin(
        args: &'a Chaos,
        protocol: Protocol,
        folder: &Path,
        runtime: &tokio::runtime::Runtime,
    ) -> anyhow::Result<Self> {
        fs::create_dir_all(folder)?;
        let answerers = if protocol == Protocol::Cmt { 0 } else { 4 };
        let meters = args.meters.saturating_add(1);
        let mut deployment = scenario::deployment(protocol, meters, answerers);
        // Several meters may be down at once.
        if protocol != Protocol::Cmt {
            deployment.meters.max_missing_permille = 500;
        }
        // Keys change while things go wrong; and a meter that comes and goes too often is left out for an epoch only.
        deployment.rounds.epoch = 120;
        let mut left = args.rounds.saturating_mul(4);
        let first = generate::FIRST_DAY.parse()?;
        let table = generate::table(args.seed, meters, first, &jiff::tz::TimeZone::UTC, |_| {
            left = left.saturating_sub(1);
            left > 0
        })?;
        let readings = folder.join("readings.csv");
        generate::write_wide(&table, &readings)?;

        let mut without = Vec::new();
        let disk =
            Disk::mount(&folder.join("disk")).map_err(|why| without.push(format!("disk full: {why}"))).ok();
        let mut cluster = Cluster::prepare(
            deployment,
            folder,
            &table,
            args.slot,
            disk.as_ref().map(|_| folder.join("disk")).as_deref(),
        )?;
        let mut options = Options { verbose: args.verbose, ..Options::default() };
        let (mut proxies, mut clocks) = (BTreeMap::new(), BTreeMap::new());
        let target = cluster.deployment.utility.listen.clone();
        let faketime = FAKETIME.iter().map(Path::new).find(|path| path.exists());
        if faketime.is_none() {
            without.push("clock step: there is no libfaketime".to_owned());
        }
        for (id, _) in cluster.parties() {
            if id != PartyId::UTILITY {
                let proxy = runtime.block_on(Proxy::start(target.clone()))?;
                options.addresses.insert(id, proxy.address());
                proxies.insert(id, proxy);
            }
            if let Some(library) = faketime {
                let clock = folder.join(format!("clock-{id}"));
                fs::write(&clock, "+0\n")?;
                let set = |name: &str, value: &Path| (OsString::from(name), value.as_os_str().to_owned());
                let one = |name: &str| (OsString::from(name), OsString::from("1"));
                let environment = vec![
                    set("LD_PRELOAD", library),
                    set("FAKETIME_TIMESTAMP_FILE", &clock),
                    one("FAKETIME_NO_CACHE"),
                    one("DONT_FAKE_MONOTONIC"),
                    one("FAKETIME_DONT_FAKE_MONOTONIC"),
                ];
                options.own_environment.insert(id, environment);
                clocks.insert(id, clock);
            }
        }
        let rogue = PartyId(meters);
        options.left_out.push(rogue);
        cluster.start(&readings, &options)?;
        let rogue =
            rogue::start(&cluster.deployment, rogue, options.addresses.get(&rogue), &readings, runtime)?;
        let mut report = Report::new(protocol, args.slot);
        report.without = without;
        report.rogue = Some(rogue);
        let rng = ChaCha20Rng::seed_from_u64(args.seed);
        let memory = Memory::default();
        let folder = folder.to_path_buf();
        Ok(Self { args, protocol, folder, table, cluster, proxies, clocks, disk, rng, report, memory })
    }

    /// Faults one by one in the first half, each with time to recover; several at once in the second.
    fn rage(mut self, runtime: &tokio::runtime::Runtime) -> anyhow::Result<Report> {
        let slot = Duration::from_millis(self.args.slot);
        self.wait_for_sum_after(0, slot.saturating_mul(200).saturating_add(Duration::from_secs(60)))?
            .with_context(|| {
                format!("{}: no first sum; see the logs in {}", self.protocol, self.folder.display())
            })?;
        let parties: Vec<PartyId> = self.cluster.parties().into_iter().map(|(id, _)| id).collect();
        let rogue = parties.last().copied();
        let parties: Vec<PartyId> = parties.into_iter().filter(|id| Some(*id) != rogue).collect();
        let means = Means { clock: !self.clocks.is_empty(), disk: self.disk.is_some() };
        let progress = Progress::steps("chaos", "rounds", usize::try_from(self.args.rounds)?);
        while self.ended()? < self.args.rounds / 2 {
            let blow = fault::draw(&mut self.rng, &parties, slot, means);
            self.strike(blow)?;
            std::thread::sleep(blow.lasts);
            self.relent(blow)?;
            self.recovery(blow, slot)?;
            self.look(&progress)?;
        }
        while self.ended()? < self.args.rounds {
            let count = fault::below(&mut self.rng, 3).saturating_add(2);
            let blows: Vec<Blow> =
                (0..count).map(|_| fault::draw(&mut self.rng, &parties, slot, means)).collect();
            for blow in &blows {
                self.strike(*blow)?;
                std::thread::sleep(blow.lasts.mul_f32(0.5));
            }
            for blow in &blows {
                self.relent(*blow)?;
            }
            // Storms follow each other, but not so closely that no round could ever close.
            std::thread::sleep(slot.saturating_mul(3));
            self.look(&progress)?;
        }
        self.end(slot, runtime)
    }

    fn strike(&mut self, blow: Blow) -> anyhow::Result<()> {
        self.report.struck(blow.fault);
        let process = self.cluster.processes.get_mut(&blow.party);
        match blow.fault {
            Fault::Kill => process.map_or(Ok(()), |process| process.kill())?,
            Fault::Freeze => process.map_or(Ok(()), |process| process.signal(Signal::STOP))?,
            Fault::Cut => self.on_link(blow.party, |proxy| proxy.cut(true)),
            Fault::Slow(permille) => {
                let late = self.args.slot.saturating_mul(permille) / 1000;
                self.on_link(blow.party, |proxy| proxy.delay(late));
            }
            Fault::Crumble => self.on_link(blow.party, |proxy| proxy.piece(7)),
            Fault::Clock(slots) => self.set_clock(blow.party, slots)?,
            Fault::DiskFull => self.disk.as_ref().map_or(Ok(()), Disk::fill)?,
        }
        Ok(())
    }

    fn relent(&mut self, blow: Blow) -> anyhow::Result<()> {
        let process = self.cluster.processes.get_mut(&blow.party);
        match blow.fault {
            Fault::Kill => process.map_or(Ok(()), |process| process.restart())?,
            Fault::Freeze => process.map_or(Ok(()), |process| process.signal(Signal::CONT))?,
            Fault::Cut => self.on_link(blow.party, |proxy| proxy.cut(false)),
            Fault::Slow(_) => self.on_link(blow.party, |proxy| proxy.delay(0)),
            Fault::Crumble => self.on_link(blow.party, |proxy| proxy.piece(0)),
            Fault::Clock(_) => self.set_clock(blow.party, 0)?,
            Fault::DiskFull => self.disk.as_ref().map_or(Ok(()), Disk::free)?,
        }
        Ok(())
    }

    fn on_link(&self, party: PartyId, act: impl FnOnce(&Proxy)) {
        if let Some(proxy) = self.proxies.get(&party) {
            act(proxy);
        }
    }

    fn set_clock(&self, party: PartyId, slots: i64) -> anyhow::Result<()> {
        let Some(clock) = self.clocks.get(&party) else { return Ok(()) };
        let seconds = slots as f64 * self.args.slot as f64 / 1000.0;
        // Whole or not at all: the library reads it at any moment.
        let beside = clock.with_extension("new");
        fs::write(&beside, format!("{seconds:+.3}\n"))?;
        Ok(fs::rename(beside, clock)?)
    }

    /// Waits for the first sum after a fault, and counts the rounds that it took.
    fn recovery(&mut self, blow: Blow, slot: Duration) -> anyhow::Result<()> {
        // Rounds that a clock ran through ahead of time are spent, whatever the clock says now.
        let spent = match blow.fault {
            Fault::Clock(_) => self.opened()?.saturating_add(1),
            _ => 0,
        };
        let from = self.round_now().max(spent);
        let sum =
            self.wait_for_sum_after(from, slot.saturating_mul(60).saturating_add(Duration::from_secs(30)))?;
        let rounds = sum.map(|round| round.saturating_sub(from));
        self.report.recovered(Recovery { fault: blow.fault, party: blow.party, at: from, rounds });
        // A quiet moment, so that the next fault finds a deployment that runs.
        std::thread::sleep(slot);
        Ok(())
    }

    /// The round whose slot it is by this process's clock.
    fn round_now(&self) -> u32 {
        let now = std::time::SystemTime::now().duration_since(std::time::SystemTime::UNIX_EPOCH);
        let now = now.ok().and_then(|now| u64::try_from(now.as_millis()).ok()).unwrap_or_default();
        self.cluster.deployment.timetable().round(now).map_or(0, |round| round.to_u32())
    }

    /// The first round at or after `from` that has a sum.
    fn wait_for_sum_after(&mut self, from: u32, most: Duration) -> anyhow::Result<Option<u32>> {
        let begin = Instant::now();
        while begin.elapsed() < most {
            self.cluster.look()?;
            let first = self.cluster.events().iter().find_map(|(_, event)| match event {
                Event::Sum { round, .. } if *round >= from => Some(*round),
                _ => None,
            });
            if first.is_some() {
                return Ok(first);
            }
            std::thread::sleep(LOOK);
        }
        Ok(None)
    }

    /// The highest round that was opened or given up so far.
    fn opened(&mut self) -> anyhow::Result<u32> {
        self.cluster.look()?;
        let opened = self.cluster.events().iter().filter_map(|(_, event)| match event {
            Event::Opened { round, .. } | Event::Lost { round, .. } => Some(*round),
            _ => None,
        });
        Ok(opened.max().unwrap_or_default())
    }

    fn ended(&mut self) -> anyhow::Result<u32> {
        self.cluster.look()?;
        Ok(u32::try_from(self.cluster.ended())?)
    }

    fn look(&mut self, progress: &Progress) -> anyhow::Result<()> {
        for process in self.cluster.processes.values() {
            if let Some(pid) = process.id() {
                self.memory.sample(process.name(), pid);
            }
        }
        progress.at(usize::try_from(self.ended()?)?);
        Ok(())
    }

    /// Calm: everybody is there again, and rounds must close; then the record is read.
    fn end(mut self, slot: Duration, runtime: &tokio::runtime::Runtime) -> anyhow::Result<Report> {
        for process in self.cluster.processes.values_mut() {
            process.restart()?;
        }
        let from = self.round_now();
        let calm =
            self.wait_for_sum_after(from, slot.saturating_mul(60).saturating_add(Duration::from_secs(30)))?;
        self.report.calm = calm.map(|round| round.saturating_sub(from));
        if let Some(rogue) = self.report.rogue.take() {
            self.report.rogue_sent = rogue.stop(runtime);
        }
        self.report.crashes = self.cluster.check().err().map(|error| error.to_string());
        if let Err(error) = self.cluster.stop() {
            self.report.crashes.get_or_insert(error.to_string());
        }
        self.cluster.look()?;
        if self.disk.is_some() {
            // The disk goes with this run.
            let database = &self.cluster.deployment.utility.database;
            fs::copy(database, self.folder.join("utility.db")).context("the database cannot be kept")?;
        }
        let events = self.cluster.events();
        let ids = self.cluster.meters();
        let rounds = truth::rounds(events.iter().map(|(time, event)| (*time, event)), &self.table, &ids, 1);
        self.report.count(&rounds, events);
        self.report.audit =
            crate::store::audit(&self.cluster.deployment.utility.database).map_err(|e| format!("{e:#}"));
        (self.report.most, self.report.growth) = (self.memory.most(), self.memory.growth());
        Ok(self.report)
    }
}
