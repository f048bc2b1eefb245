//! The processes of a deployment on this machine, with their keys, configuration and logs in one folder.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context as _, bail};
use meter_link::PartyId;

use super::process::Process;
use super::scrape;
use crate::deployment::{Deployment, Replay};
use crate::engine::{Event, protocol};
use crate::readings::Table;

/// A running deployment.
pub(crate) struct Cluster {
    pub(crate) deployment: Deployment,
    pub(crate) processes: BTreeMap<PartyId, Process>,
    /// Where processes tell their metrics.
    metrics: BTreeMap<PartyId, String>,
    folder: PathBuf,
    /// What was read of the record so far: it only grows.
    events: Vec<(u64, Event)>,
}

/// How the processes are started.
#[derive(Default)]
pub(crate) struct Options {
    /// Logs of all roles say more.
    pub(crate) verbose: bool,
    /// Where each party finds the utility, if not at its address.
    pub(crate) addresses: BTreeMap<PartyId, String>,
    /// Set for all processes.
    pub(crate) environment: Vec<(OsString, OsString)>,
    /// Set for one party's process.
    pub(crate) own_environment: BTreeMap<PartyId, Vec<(OsString, OsString)>>,
    /// Parties that the caller plays itself.
    pub(crate) left_out: Vec<PartyId>,
    /// All meters in one process.
    pub(crate) fleet: bool,
    /// Answerers and the first meter tell their metrics.
    pub(crate) timed: bool,
}

/// The process of all meters, where there is one; no party has this id.
pub(crate) const FLEET: PartyId = PartyId(u32::MAX);

impl Cluster {
    /// Fills in what depends on this machine and this moment, and makes the keys. Round 0 begins in a second, with the
    /// first interval of `table`.
    pub(crate) fn prepare(
        mut deployment: Deployment,
        folder: &Path,
        table: &Table,
        slot: u64,
        disk: Option<&Path>,
    ) -> anyhow::Result<Self> {
        fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        let first = table.intervals.first().context("no readings")?;
        let origin = u64::try_from(first.instant.as_second()).context("readings from before 1970")?;
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_millis();
        let begins = u64::try_from(now)?.saturating_add(1_000);
        deployment.rounds.origin = origin;
        deployment.rounds.replay = Some(Replay { begins, slot });
        let port = free_port()?;
        deployment.utility.listen = format!("127.0.0.1:{port}");
        deployment.utility.address = format!("https://127.0.0.1:{port}");
        let disk = disk.unwrap_or(folder);
        deployment.utility.database = disk.join("utility.db");
        deployment.pki.folder = folder.join("pki");
        deployment.pki.state = disk.join("state");
        fs::create_dir_all(&deployment.pki.state)?;
        fs::write(folder.join("deployment.toml"), toml::to_string(&deployment)?)?;
        crate::pki::make(&deployment, &deployment.pki.folder, 30, false)?;
        Ok(Self {
            deployment,
            processes: BTreeMap::new(),
            metrics: BTreeMap::new(),
            folder: folder.to_path_buf(),
            events: Vec::new(),
        })
    }

    /// Starts all processes, the utility first.
    pub(crate) fn start(&mut self, readings: &Path, options: &Options) -> anyhow::Result<()> {
        let config = self.folder.join("deployment.toml");
        for (id, role) in self.parties() {
            if options.left_out.contains(&id) || (options.fleet && role == "meter") {
                continue;
            }
            let mut arguments: Vec<OsString> = vec![role.into(), "--config".into(), config.clone().into()];
            let mut name = role.to_owned();
            if id != PartyId::UTILITY {
                arguments.extend(["--id".into(), id.to_string().into()]);
                name = format!("{role}-{id}");
            }
            if role == "meter" {
                arguments.extend(source(readings));
            }
            if options.verbose {
                arguments.extend(["--log".into(), "debug".into()]);
            }
            if let Some(address) = options.addresses.get(&id) {
                arguments.extend(["--set".into(), format!("utility.address={address}").into()]);
            }
            let first = self.deployment.meters.ids.0.first() == Some(&id);
            if options.timed && (first || !matches!(role, "utility" | "meter")) {
                let address = format!("127.0.0.1:{}", free_port()?);
                arguments.extend(["--metrics".into(), address.clone().into()]);
                self.metrics.insert(id, address);
            }
            let mut environment = options.environment.clone();
            environment.extend(options.own_environment.get(&id).cloned().unwrap_or_default());
            self.processes.insert(id, Process::start(name, &self.folder, arguments, environment)?);
        }
        if options.fleet {
            let ids = String::from(self.deployment.meters.ids.clone());
            let mut arguments: Vec<OsString> = vec!["fleet".into(), "--config".into(), config.into()];
            arguments.extend(["--meters".into(), ids.into()]);
            arguments.extend(source(readings));
            let fleet = Process::start("fleet".into(), &self.folder, arguments, options.environment.clone())?;
            self.processes.insert(FLEET, fleet);
        }
        Ok(())
    }

    /// All parties with their roles, the utility first.
    pub(crate) fn parties(&self) -> Vec<(PartyId, &'static str)> {
        let deployment = &self.deployment;
        let answerer = match protocol::answerer(deployment) {
            Some(meter_link::Role::Holder) => "holder",
            Some(meter_link::Role::Aggregator) => "aggregator",
            _ => "trustee",
        };
        let utility = std::iter::once((PartyId::UTILITY, "utility"));
        let answerers = deployment.answerers.ids.0.iter().map(|id| (*id, answerer));
        utility.chain(answerers).chain(deployment.meters.ids.0.iter().map(|id| (*id, "meter"))).collect()
    }

    /// Ids of the meters, in the order of the columns of their readings.
    pub(crate) fn meters(&self) -> Vec<u32> {
        self.deployment.meters.ids.0.iter().map(|id| id.0).collect()
    }

    /// Reads what the head end has recorded since it was looked at last.
    pub(crate) fn look(&mut self) -> anyhow::Result<()> {
        let more = crate::store::events(&self.deployment.utility.database, self.events.len() as u64)?;
        self.events.extend(more);
        Ok(())
    }

    /// All that was read so far, oldest first.
    pub(crate) fn events(&self) -> &[(u64, Event)] {
        &self.events
    }

    /// What a step of a role takes on average, in microseconds, of those who tell.
    pub(crate) fn steps(&self) -> anyhow::Result<Vec<(String, f64)>> {
        let mut steps = Vec::new();
        for (id, address) in &self.metrics {
            let seconds = scrape::counter(address, "wattsum_step_seconds_sum", "")?;
            let count = scrape::counter(address, "wattsum_step_seconds_count", "")?;
            let name =
                self.processes.get(id).map_or_else(|| id.to_string(), |process| process.name().to_owned());
            steps.push((name, seconds * 1e6 / count.max(1.0)));
        }
        Ok(steps)
    }

    /// Rounds that have a sum or will never have one.
    pub(crate) fn ended(&self) -> usize {
        let ended = |event: &Event| matches!(event, Event::Sum { .. } | Event::Lost { .. });
        self.events.iter().filter(|(_, event)| ended(event)).count()
    }

    /// That nobody has ended by himself.
    pub(crate) fn check(&mut self) -> anyhow::Result<()> {
        for process in self.processes.values_mut() {
            if let Some(status) = process.ended()? {
                bail!("{} ended by itself with {status}; see {}", process.name(), process.log().display());
            }
        }
        Ok(())
    }

    /// Asks all to end: the meters first, so that nobody misses the head end.
    pub(crate) fn stop(&mut self) -> anyhow::Result<()> {
        self.processes.values_mut().rev().try_for_each(Process::stop)
    }
}

/// Where meters have their readings from.
fn source(readings: &Path) -> [OsString; 2] {
    let mut source = OsString::from("csv:");
    source.push(readings);
    ["--readings".into(), source]
}

/// A port that was free a moment ago: nobody else asks for it in between, or the process that does says so.
pub(crate) fn free_port() -> anyhow::Result<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
