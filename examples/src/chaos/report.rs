//! What a storm did, and what came of it.

use std::collections::BTreeMap;
use std::io::Write;

use meter_link::PartyId;
use serde_json::json;

use super::fault::Fault;
use super::recovery_rounds;
use super::rogue::Rogue;
use crate::engine::Event;
use crate::run::truth::Round;
use crate::system::Protocol;

/// How long a deployment took to sum again.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Recovery {
    pub(crate) fault: Fault,
    pub(crate) party: PartyId,
    /// The round in which the fault ended.
    pub(crate) at: u32,
    /// From that one to the next with a sum; `None` for never.
    pub(crate) rounds: Option<u32>,
}

pub(crate) struct Report {
    protocol: Protocol,
    slot: u64,
    faults: BTreeMap<&'static str, u32>,
    recoveries: Vec<Recovery>,
    sums: usize,
    equal: usize,
    wrong: Vec<String>,
    lost: usize,
    refused: usize,
    pub(crate) without: Vec<String>,
    pub(crate) rogue: Option<Rogue>,
    pub(crate) rogue_sent: u64,
    /// Rounds until the first sum once all was over.
    pub(crate) calm: Option<u32>,
    pub(crate) crashes: Option<String>,
    /// Rows of the audit log.
    pub(crate) audit: Result<u64, String>,
    pub(crate) most: (String, u64),
    pub(crate) growth: (String, u64),
}

/// A process that has grown by this much between the middle and the end of a run has a leak.
const MOST_GROWTH: u64 = 16 << 20;

impl Report {
    pub(crate) fn new(protocol: Protocol, slot: u64) -> Self {
        Self {
            protocol,
            slot,
            faults: BTreeMap::new(),
            recoveries: Vec::new(),
            sums: 0,
            equal: 0,
            wrong: Vec::new(),
            lost: 0,
            refused: 0,
            without: Vec::new(),
            rogue: None,
            rogue_sent: 0,
            calm: None,
            crashes: None,
            audit: Err("not read".to_owned()),
            most: Default::default(),
            growth: Default::default(),
        }
    }

    pub(crate) fn struck(&mut self, fault: Fault) {
        let count = self.faults.entry(fault.name()).or_default();
        *count = count.saturating_add(1);
    }

    pub(crate) fn recovered(&mut self, recovery: Recovery) {
        self.recoveries.push(recovery);
    }

    pub(crate) fn count(&mut self, rounds: &BTreeMap<u32, Round>, events: &[(u64, Event)]) {
        self.sums = rounds.values().filter(|round| round.sum.is_some()).count();
        self.equal = rounds.values().filter(|round| round.equal()).count();
        self.wrong = rounds.values().filter(|round| round.wrong()).map(describe).collect();
        self.lost = rounds.values().filter(|round| round.lost.is_some()).count();
        self.refused = events.iter().filter(|(_, event)| matches!(event, Event::Fault { .. })).count();
    }

    fn late(&self) -> impl Iterator<Item = &Recovery> {
        let most = recovery_rounds(self.protocol);
        self.recoveries.iter().filter(move |recovery| recovery.rounds.is_none_or(|rounds| rounds > most))
    }

    pub(crate) fn is_well(&self) -> bool {
        self.wrong.is_empty()
            && self.equal == self.sums
            && self.sums > 0
            && self.calm.is_some()
            && self.crashes.is_none()
            && self.audit.is_ok()
            && self.growth.1 < MOST_GROWTH
            && self.late().next().is_none()
    }

    pub(crate) fn text(&self, out: &mut dyn Write) -> anyhow::Result<()> {
        let protocol = self.protocol;
        let ended = self.sums.saturating_add(self.lost);
        writeln!(out, "{protocol}: {ended} rounds of {} ms", self.slot)?;
        let faults: Vec<String> =
            self.faults.iter().map(|(name, count)| format!("{count} × {name}")).collect();
        writeln!(out, "  faults: {}", faults.join(", "))?;
        for why in &self.without {
            writeln!(out, "  not run: {why}")?;
        }
        writeln!(
            out,
            "  malicious meter: {} letters sent, {} faults recorded",
            self.rogue_sent, self.refused
        )?;
        writeln!(
            out,
            "  {} of {} sums equal to the truth, {} rounds without a sum, {} wrong",
            self.equal,
            self.sums,
            self.lost,
            self.wrong.len()
        )?;
        for wrong in &self.wrong {
            writeln!(out, "  WRONG: {wrong}")?;
        }
        match &self.audit {
            Ok(rows) => writeln!(out, "  audit log: {rows} rows, the chain verifies")?,
            Err(why) => writeln!(out, "  AUDIT LOG: {why}")?,
        }
        let within = |most: u32| {
            let fast = |recovery: &&Recovery| recovery.rounds.is_some_and(|rounds| rounds <= most);
            self.recoveries.iter().filter(fast).count()
        };
        writeln!(
            out,
            "  after {} faults that came alone: a sum in the same round {}, within one {}, within two {}",
            self.recoveries.len(),
            within(0),
            within(1),
            within(2)
        )?;
        for Recovery { fault, party, at, rounds } in self.late() {
            let took = rounds.map_or_else(|| "never".to_owned(), |rounds| format!("{rounds} rounds"));
            writeln!(out, "  LATE: {fault} at party {party} until round {at}: {took}")?;
        }
        match self.calm {
            Some(rounds) => writeln!(out, "  after the last storm: a sum within {rounds} rounds")?,
            None => writeln!(out, "  AFTER THE LAST STORM: no sum")?,
        }
        if let Some(crash) = &self.crashes {
            writeln!(out, "  CRASH: {crash}")?;
        }
        let mega = |bytes: u64| bytes as f64 / f64::from(1 << 20);
        let ((most, held), (grown, growth)) = (&self.most, &self.growth);
        writeln!(
            out,
            "  memory: {most} held {:.1} MB at most; {grown} grew most, by {:.1} MB",
            mega(*held),
            mega(*growth)
        )?;
        Ok(())
    }

    pub(crate) fn json(&self, out: &mut dyn Write) -> anyhow::Result<()> {
        let recoveries: Vec<_> = self
            .recoveries
            .iter()
            .map(|r| json!({"fault": r.fault.name(), "party": r.party.0, "round": r.at, "rounds": r.rounds}))
            .collect();
        let line = json!({
            "protocol": self.protocol.name(), "slot_ms": self.slot, "faults": self.faults, "not_run": self.without,
            "sums": self.sums, "sums_equal": self.equal, "lost": self.lost, "wrong": self.wrong,
            "audit_rows": self.audit.as_ref().ok(), "audit_error": self.audit.as_ref().err(),
            "recoveries": recoveries, "calm": self.calm, "crash": self.crashes, "rogue_letters": self.rogue_sent,
            "most_bytes": self.most.1, "growth_bytes": self.growth.1, "well": self.is_well(),
        });
        Ok(writeln!(out, "{line}")?)
    }
}

/// What is wrong with a sum.
fn describe(round: &Round) -> String {
    let Round { round: number, meters, sum, truth, lost, absent, missing, sums, .. } = round;
    format!(
        "round {number}: {sums} sums, {sum:?} of {meters} meters, {truth:?} in truth, without {absent:?} and {missing:?}, \
         lost {lost:?}"
    )
}
