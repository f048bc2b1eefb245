//! A deployment from its keys to its last round, and what goes wrong in it on purpose.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::bail;
use meter_link::PartyId;

use super::cluster::{Cluster, Options};
use super::truth::{self, Bill, Round};
use crate::deployment::Deployment;
use crate::engine::Event;
use crate::progress::Progress;
use crate::readings::Table;

/// A deployment that is to be run.
pub(crate) struct Stage<'a> {
    pub(crate) title: String,
    /// Its times, addresses and folders are filled in.
    pub(crate) deployment: Deployment,
    /// One column a meter, in the order of the ids.
    pub(crate) table: &'a Table,
    /// The same as a file.
    pub(crate) readings: &'a Path,
    pub(crate) rounds: u32,
    pub(crate) faults: Vec<Fault>,
    /// Where everything goes.
    pub(crate) folder: PathBuf,
    /// Milliseconds of a round.
    pub(crate) slot: u64,
    pub(crate) options: Options,
}

/// Something that goes wrong, or right again.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fault {
    /// Once so many rounds have ended.
    pub(crate) after: u32,
    pub(crate) party: PartyId,
    pub(crate) what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    /// `kill -9`
    Kill,
    Start,
}

/// What came of a stage.
pub(crate) struct Outcome {
    pub(crate) rounds: BTreeMap<u32, Round>,
    pub(crate) bills: Vec<Bill>,
    pub(crate) events: Vec<(u64, Event)>,
    /// What was done to it: after how many rounds, and in words.
    pub(crate) done: Vec<(u32, String)>,
    /// Microseconds of a role's step on average.
    pub(crate) steps: Vec<(String, f64)>,
}

impl Outcome {
    pub(crate) fn equal(&self) -> usize {
        self.rounds.values().filter(|round| round.equal()).count()
    }

    pub(crate) fn wrong(&self) -> usize {
        let bills = self.bills.iter().filter(|bill| bill.sum != bill.truth).count();
        self.rounds.values().filter(|round| round.wrong()).count().saturating_add(bills)
    }

    pub(crate) fn sums(&self) -> usize {
        self.rounds.values().filter(|round| round.sum.is_some()).count()
    }
}

/// Between two looks at what the head end has recorded.
const LOOK: Duration = Duration::from_millis(100);

/// Keys and processes take so long before the first round, at most.
const START: Duration = Duration::from_secs(60);

impl Stage<'_> {
    /// Runs it to its end.
    ///
    /// # Errors
    /// If a process does not start or ends by itself, or rounds come to a halt.
    pub(crate) fn run(mut self) -> anyhow::Result<Outcome> {
        let deployment = self.deployment.clone();
        let mut cluster = Cluster::prepare(deployment, &self.folder, self.table, self.slot, None)?;
        cluster.start(self.readings, &self.options)?;
        let mut outcome = self.follow(&mut cluster)?;
        outcome.steps = cluster.steps()?;
        cluster.stop()?;
        Ok(outcome)
    }

    /// Watches what the head end records, and lets go wrong what is to go wrong, until all rounds have ended.
    fn follow(&mut self, cluster: &mut Cluster) -> anyhow::Result<Outcome> {
        let ids = cluster.meters();
        let progress = Progress::steps("running", "rounds", usize::try_from(self.rounds)?);
        let mut done = Vec::new();
        let slot = Duration::from_millis(self.slot);
        let limit =
            START.saturating_add(slot.saturating_mul(self.rounds.saturating_mul(2).saturating_add(20)));
        let begin = Instant::now();
        loop {
            std::thread::sleep(LOOK.min(slot));
            cluster.check()?;
            cluster.look()?;
            let ended = cluster.ended();
            progress.at(ended.min(usize::try_from(self.rounds)?));
            let ended = u32::try_from(ended)?;
            let due: Vec<Fault> = self.faults.extract_if(.., |fault| fault.after <= ended).collect();
            for fault in due {
                let Some(process) = cluster.processes.get_mut(&fault.party) else { continue };
                let what = match fault.what {
                    What::Kill => process.kill().map(|()| "killed")?,
                    What::Start => process.restart().map(|()| "started again")?,
                };
                done.push((ended, format!("{} {what}", process.name())));
            }
            let events = cluster.events();
            if ended >= self.rounds && self.faults.is_empty() && self.billed(events) {
                let rounds = truth::rounds(
                    events.iter().map(|(time, event)| (*time, event)),
                    self.table,
                    &ids,
                    self.deployment.rounds.batch,
                );
                let window = self.deployment.rounds.window;
                let bills =
                    truth::bills(events.iter().map(|(_, event)| event), &rounds, self.table, &ids, window);
                return Ok(Outcome { rounds, bills, events: events.to_vec(), done, steps: Vec::new() });
            }
            if begin.elapsed() > limit {
                bail!(
                    "{}: {ended} of {} rounds ended in {} s; see the logs in {}",
                    self.title,
                    self.rounds,
                    begin.elapsed().as_secs(),
                    self.folder.display()
                );
            }
        }
    }

    /// Whether bills have come, where there are any.
    fn billed(&self, events: &[(u64, Event)]) -> bool {
        self.deployment.rounds.window == 0
            || events.iter().any(|(_, event)| matches!(event, Event::Bill { .. }))
    }
}
