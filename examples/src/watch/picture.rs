//! The state of the deployment as the head end knows it now: one small picture, sent whole.

use std::collections::{BTreeSet, VecDeque};

use meter_link::{PartyId, Round};
use serde::Serialize;

use super::Direction;
use crate::deployment::Deployment;
use crate::engine::Event;
use crate::engine::timetable::Timetable;

/// Latencies that quantiles are taken over.
const LATENCIES: usize = 500;
/// Ids of a list; a page cannot show more squares than that anyway.
const LISTED: usize = 4096;

/// What the dashboard shows besides the rows.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Picture {
    name: String,
    protocol: &'static str,
    /// Milliseconds of a round's slot.
    slot_ms: u64,
    /// Configured ids, as "1-50,60".
    meters: String,
    answerers: String,
    /// Answerers that open a sum.
    threshold: u8,
    epoch: Option<Span>,
    /// The newest round.
    round: Option<u32>,
    phase: Phase,
    /// Meters that the newest round waited for.
    present: u32,
    /// Meters in its closed set.
    counted: u32,
    absent: Vec<u32>,
    missing: Vec<u32>,
    repaired: Vec<u32>,
    /// Parties whose link is down; those that never had one as well.
    away: Vec<u32>,
    connected: usize,
    sums: u64,
    lost: u64,
    repairs: u64,
    faults: u64,
    latency: Option<Quantiles>,
    letters_in: u64,
    letters_out: u64,
    bytes_in: u64,
    bytes_out: u64,
    #[serde(skip)]
    latencies: VecDeque<u64>,
    #[serde(skip)]
    here: BTreeSet<PartyId>,
    #[serde(skip)]
    parties: Vec<PartyId>,
    #[serde(skip)]
    timetable: Timetable,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Phase {
    Waiting,
    Open,
    Closed,
    Sum,
    Lost,
}

/// The rounds of the newest epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
struct Span {
    epoch: u32,
    first_round: u32,
    last_round: u32,
}

/// Over the last [`LATENCIES`] sums, in milliseconds from the slot's start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
struct Quantiles {
    p50: u64,
    p99: u64,
    of: usize,
}

impl Picture {
    pub(super) fn new(deployment: &Deployment) -> Self {
        let timetable = deployment.timetable();
        let answerers = &deployment.answerers;
        let parties = deployment.meters.ids.0.iter().chain(&answerers.ids.0).copied().collect();
        let mut picture = Self {
            name: deployment.name.clone(),
            protocol: deployment.protocol.name(),
            slot_ms: timetable.slot,
            meters: deployment.meters.ids.clone().into(),
            answerers: answerers.ids.clone().into(),
            threshold: answerers.threshold,
            epoch: None,
            round: None,
            phase: Phase::Waiting,
            present: 0,
            counted: 0,
            absent: Vec::new(),
            missing: Vec::new(),
            repaired: Vec::new(),
            away: Vec::new(),
            connected: 0,
            sums: 0,
            lost: 0,
            repairs: 0,
            faults: 0,
            latency: None,
            letters_in: 0,
            letters_out: 0,
            bytes_in: 0,
            bytes_out: 0,
            latencies: VecDeque::new(),
            here: BTreeSet::new(),
            parties,
            timetable,
        };
        picture.list_away();
        picture
    }

    /// Gives the latency of a sum: from the start of its slot, in milliseconds.
    pub(super) fn event(&mut self, now: u64, event: &Event) -> Option<u64> {
        match *event {
            Event::Epoch { epoch, first_round, last_round, .. } => {
                self.epoch = Some(Span { epoch, first_round, last_round });
            }
            Event::Opened { round, present, ref absent } => {
                self.enter(round);
                if self.round == Some(round) {
                    (self.phase, self.present) = (Phase::Open, present);
                    self.absent = listed(absent);
                }
            }
            Event::Closed { round, meters, ref missing, .. } => {
                self.enter(round);
                if self.round == Some(round) {
                    (self.phase, self.counted) = (Phase::Closed, meters);
                    self.missing = listed(missing);
                }
            }
            Event::Repaired { round, meter } => {
                self.repairs = self.repairs.saturating_add(1);
                if self.round == Some(round) && self.repaired.len() < LISTED {
                    self.repaired.push(meter);
                }
            }
            Event::Sum { round, meters, .. } => {
                self.sums = self.sums.saturating_add(1);
                self.enter(round);
                if self.round == Some(round) {
                    (self.phase, self.counted) = (Phase::Sum, meters);
                }
                // None where a clock was set back in between.
                let latency = now.checked_sub(self.timetable.start(Round::from(round)))?;
                self.note(latency);
                return Some(latency);
            }
            Event::Lost { round, .. } => {
                self.lost = self.lost.saturating_add(1);
                self.enter(round);
                if self.round == Some(round) {
                    self.phase = Phase::Lost;
                }
            }
            Event::Fault { .. } => self.faults = self.faults.saturating_add(1),
            Event::Bill { .. } | Event::Member { .. } | Event::Topology { .. } => {}
        }
        None
    }

    pub(super) fn link(&mut self, party: PartyId, here: bool) {
        let changed = if here { self.here.insert(party) } else { self.here.remove(&party) };
        if changed {
            self.connected = self.here.len();
            self.list_away();
        }
    }

    pub(super) fn letter(&mut self, direction: Direction, bytes: u64) {
        let (letters, sum) = match direction {
            Direction::In => (&mut self.letters_in, &mut self.bytes_in),
            Direction::Out => (&mut self.letters_out, &mut self.bytes_out),
        };
        *letters = letters.saturating_add(1);
        *sum = sum.saturating_add(bytes);
    }

    pub(super) const fn connected(&self) -> usize {
        self.connected
    }

    /// Meters that the newest round waited for, that are in its set, that fell silent in it, that were not there.
    pub(super) fn meters(&self) -> [u64; 4] {
        let count = |list: &Vec<u32>| u64::try_from(list.len()).unwrap_or(u64::MAX);
        [self.present.into(), self.counted.into(), count(&self.missing), count(&self.absent)]
    }

    /// A newer round begins; an older one's events do not disturb the picture.
    fn enter(&mut self, round: u32) {
        if self.round.is_none_or(|newest| newest < round) {
            self.round = Some(round);
            self.phase = Phase::Open;
            (self.present, self.counted) = (0, 0);
            self.absent.clear();
            self.missing.clear();
            self.repaired.clear();
        }
    }

    fn note(&mut self, latency: u64) {
        if self.latencies.len() >= LATENCIES {
            self.latencies.pop_front();
        }
        self.latencies.push_back(latency);
        let mut sorted: Vec<u64> = self.latencies.iter().copied().collect();
        sorted.sort_unstable();
        // The smallest value that so many hundredths of all do not exceed.
        let quantile = |hundredths: usize| {
            let rank = sorted.len().saturating_mul(hundredths).div_ceil(100);
            sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
        };
        self.latency = Some(Quantiles { p50: quantile(50), p99: quantile(99), of: sorted.len() });
    }

    fn list_away(&mut self) {
        let away = self.parties.iter().filter(|party| !self.here.contains(party));
        self.away = away.take(LISTED).map(|party| party.0).collect();
    }
}

fn listed(ids: &[u32]) -> Vec<u32> {
    ids.iter().copied().take(LISTED).collect()
}
