//! Meters of a grown graph with their stores, the utility with its registrar, and four holders.
#![allow(dead_code)] // each test uses its part

use std::collections::BTreeSet;
use std::convert::Infallible;

use chacha20::ChaCha20Rng;
use dcnet_core::grown::{GrownMeter, Listed, Registrar, Slot};
use dcnet_core::{Holder, Meter, Neighbour, Params, Place, Utility};
use meter_link::answer::{AnswererLink, Threshold};
use meter_link::cohort::{Cohort, Plan as Forming};
use meter_link::roster::{List, Roster};
use meter_link::{
    Channels, EpochView, GroupConfig, GroupId, GroupParams, HighWater, Identity, PartyId, Protocol, Role,
    Round, SetRules,
};
use rand_core::{Rng, SeedableRng, TryCryptoRng, TryRng};

pub(crate) const FIRST: u32 = 1000;
pub(crate) const LAST: u32 = 3000;
/// Neighbours that a meter has room for.
pub(crate) const ROOM: usize = 12;
/// Neighbours that a meter looks for: more than it needs, since some fall silent.
pub(crate) const TARGET: usize = 5;
/// Neighbours that a round needs.
pub(crate) const LEAST: usize = 3;

pub(crate) type Grown = GrownMeter<Vec<Neighbour>, Vec<AnswererLink>, Vec<Slot>>;

/// The same secrets at every call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) meters: u32,
    pub(crate) rounds_per_step: u32,
    pub(crate) seed: u64,
}

impl Plan {
    pub(crate) fn of(meters: u32) -> Self {
        Plan { meters, rounds_per_step: 5, seed: 1 }
    }

    pub(crate) fn params(&self) -> Params {
        let rules = SetRules { max_missing_permille: 500, ..SetRules::LEAST };
        let group = GroupParams::new(GroupConfig {
            max_reading: 1_000_000,
            max_meters: self.meters,
            rules,
            rounds_per_step: self.rounds_per_step,
            ..GroupConfig::new(Protocol::Dcnet, GroupId(7))
        });
        Params::grown(group.unwrap(), Threshold::DEFAULT, LEAST as u32).unwrap()
    }

    pub(crate) fn cohort(&self) -> Cohort {
        let params = self.params();
        let meters: Vec<PartyId> = (0..self.meters).map(|i| PartyId(100 + 7 * i)).collect();
        let holders: Vec<PartyId> = (1..=4).map(|a| PartyId(1_000_000 + a)).collect();
        let plan = Forming {
            group: params.group(),
            session: params.session(),
            epoch: 3,
            first_round: Round::from(FIRST),
            last_round: Round::from(LAST),
            meters: &meters,
            answerers: &holders,
            answerer_role: Role::Holder,
        };
        Cohort::form(&plan, &mut ChaCha20Rng::seed_from_u64(self.seed)).unwrap()
    }

    /// A meter without neighbours, as a device makes it of its link secret.
    pub(crate) fn meter(&self, position: usize) -> Meter<Vec<Neighbour>, Vec<AnswererLink>> {
        let mut cohort = self.cohort();
        let party = cohort.meters.remove(position);
        let channels = Channels { first: 0, count: 1 };
        let place = Place { id: party.id, position: position as u32, channels };
        let holders: Vec<AnswererLink> = (0..4).map(|_| AnswererLink::default()).collect();
        let room = (0..ROOM).map(|_| Neighbour::default()).collect();
        let nobody = std::iter::empty();
        let (params, view) = (self.params(), &cohort.view);
        let answerers = cohort.roster.answerers();
        Meter::new(&params, view, place, party.link, answerers, nobody, holders, room).unwrap()
    }

    /// A meter, as it is after a power cut.
    pub(crate) fn grown(&self, position: usize) -> Grown {
        GrownMeter::new(self.meter(position), slots()).unwrap()
    }
}

pub(crate) fn slots() -> Vec<Slot> {
    (0..ROOM).map(|_| Slot::default()).collect()
}

/// A device, and what it has stored.
pub(crate) struct Device {
    pub(crate) grown: Grown,
    pub(crate) identity: Identity,
    pub(crate) mark: HighWater<1>,
    /// The last neighbourhood, and the high-water marks.
    pub(crate) stored: Option<Vec<u8>>,
    pub(crate) marks: Vec<Vec<u8>>,
    /// Offers that are due after exits.
    pub(crate) ring: BTreeSet<u32>,
    pub(crate) wants: bool,
    pub(crate) off: bool,
    /// Until the present round is over.
    pub(crate) leaving: bool,
    /// The power goes after so many more frames or statements.
    pub(crate) cut: Option<usize>,
}

/// Chance, and a note of all secret edge keys that were drawn.
pub(crate) struct Recorder {
    rng: ChaCha20Rng,
    pub(crate) secrets: Vec<Vec<u8>>,
}

impl TryRng for Recorder {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.rng.try_next_u32()
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.rng.try_next_u64()
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        self.rng.try_fill_bytes(out)?;
        self.secrets.push(out.to_vec());
        Ok(())
    }
}

impl TryCryptoRng for Recorder {}

/// What happens to messages between a meter and the relay, in thousandths.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Faults {
    pub(crate) lost: u64,
    pub(crate) twice: u64,
    pub(crate) reordered: bool,
}

pub(crate) struct World {
    pub(crate) plan: Plan,
    pub(crate) params: Params,
    pub(crate) view: EpochView,
    pub(crate) roster: Roster,
    pub(crate) utility: Utility,
    pub(crate) registrar: Registrar,
    pub(crate) holders: Vec<Holder>,
    pub(crate) devices: Vec<Device>,
    pub(crate) rng: Recorder,
    pub(crate) faults: Faults,
    pub(crate) now: u32,
    /// Under way: from, to, frame.
    pub(crate) queue: Vec<(usize, usize, Vec<u8>)>,
    /// Every byte that the utility has seen.
    pub(crate) seen: Vec<u8>,
    pub(crate) repairs: usize,
    pub(crate) sums: usize,
    pub(crate) skipped: usize,
}

impl World {
    pub(crate) fn new(plan: Plan) -> Self {
        let (params, cohort) = (plan.params(), plan.cohort());
        let (view, roster, own) = (cohort.view, cohort.roster, cohort.utility);
        let utility = Utility::new(&params, &view, own.identity, own.link, roster.clone()).unwrap();
        let device = |(position, party): (usize, meter_link::cohort::Party)| Device {
            grown: plan.grown(position),
            identity: party.identity,
            mark: HighWater::new(),
            stored: None,
            marks: Vec::new(),
            ring: BTreeSet::new(),
            wants: false,
            off: false,
            leaving: false,
            cut: None,
        };
        let holder =
            |party: meter_link::cohort::Party| Holder::new(&params, &view, party.id, party.link, &roster);
        World {
            registrar: Registrar::new(&params, utility.parties()).unwrap(),
            devices: cohort.meters.into_iter().enumerate().map(device).collect(),
            holders: cohort.answerers.into_iter().map(|party| holder(party).unwrap()).collect(),
            rng: Recorder { rng: ChaCha20Rng::seed_from_u64(plan.seed ^ 0xfeed), secrets: Vec::new() },
            faults: Faults::default(),
            now: FIRST,
            queue: Vec::new(),
            seen: Vec::new(),
            repairs: 0,
            sums: 0,
            skipped: 0,
            plan,
            params,
            view,
            roster,
            utility,
        }
    }

    pub(crate) fn now(&self) -> Round {
        Round::from(self.now)
    }

    /// A meter as others check it: by a proof against the pinned root.
    pub(crate) fn listed(&self, position: usize) -> Listed {
        let path = self.roster.path(List::Roster, position + 1);
        let proof = self.roster.inclusion(List::Roster, position as u32 + 1, &path);
        Listed::new(&self.view, &self.roster.meters()[position], &proof).unwrap()
    }

    pub(crate) fn position(&self, id: PartyId) -> usize {
        self.roster.position(id).unwrap()
    }

    pub(crate) fn chance(&mut self, permille: u64) -> bool {
        self.rng.next_u64() % 1000 < permille
    }

    /// The graph as the meters have it.
    pub(crate) fn graph(&self) -> Vec<Vec<u32>> {
        let around = |device: &Device| {
            let mut around: Vec<u32> = device.grown.neighbours().collect();
            around.sort_unstable();
            around
        };
        self.devices.iter().map(around).collect()
    }
}
