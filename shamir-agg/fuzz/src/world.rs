//! A group whose secrets the harness knows, and what it looked like after some honest rounds.

use std::sync::OnceLock;

use meter_link::answer::{AnswererLink, Threshold};
use meter_link::cohort::{Cohort, Plan};
use meter_link::roster::Roster;
use meter_link::{
    Channels, EpochView, GroupConfig, GroupId, GroupParams, HighWater, PartyId, Protocol, Role, Round,
    SetRules,
};
use shamir_agg::{Aggregator, Error, Meter, Params, Post, Utility};

use super::keyring::{self, Keyring};

pub const FIRST: u32 = 1000;
pub const LAST: u32 = 1060;
pub const METERS: usize = 9;
pub const AGGREGATORS: u8 = 4;
pub const THRESHOLD: u8 = 3;
pub const CHANNELS: usize = 2;
/// Rounds of a window.
pub const WINDOW: u32 = 8;
pub const KAPPA: u32 = 4;

pub type Links = Vec<AnswererLink>;
pub type Mark = HighWater<3>;

pub struct World {
    pub params: Params,
    pub view: EpochView,
    pub roster: Roster,
    pub ring: Keyring,
    pub utility: Vec<u8>,
    pub aggregators: Vec<Vec<u8>>,
    pub meters: Vec<Vec<u8>>,
}

/// The same in every process.
pub fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(World::new)
}

/// What a meter reads: other values for each meter, channel and round, some negative.
pub fn reading(meter: usize, round: u32) -> [i64; CHANNELS] {
    let value =
        |channel: i64| (meter as i64 * 7919 + channel * 104_729 + i64::from(round) * 31) % 150_000 - 36_480;
    [value(0), value(1)]
}

pub const READS: Channels = Channels { first: 1, count: CHANNELS as u16 };

impl World {
    fn new() -> Self {
        let rules = SetRules { min_honest: KAPPA, max_colluding: 0, max_missing_permille: 500 };
        let config = GroupConfig {
            channels: CHANNELS as u16,
            max_reading: 1_000_000,
            rules,
            rounds_per_step: 5,
            ..GroupConfig::new(Protocol::Shamir, GroupId(7))
        };
        let group = GroupParams::new(config).unwrap();
        let params = Params::new(group, Threshold::DEFAULT).unwrap().with_windows(WINDOW, KAPPA).unwrap();
        let meters: Vec<PartyId> = (0..METERS as u32).map(|i| PartyId(100 + 7 * i)).collect();
        let answerers: Vec<PartyId> = (0..u32::from(AGGREGATORS)).map(|a| PartyId(99 - a)).collect();
        let plan = Plan {
            group: params.group(),
            session: params.session(),
            epoch: 3,
            first_round: Round::from(FIRST),
            last_round: Round::from(LAST),
            meters: &meters,
            answerers: &answerers,
            answerer_role: Role::Aggregator,
        };
        let cohort = Cohort::form(&plan, &mut keyring::rng()).unwrap();
        let ring = Keyring::of(&cohort);
        let (view, roster) = (cohort.view, cohort.roster);
        let mut world = World {
            params,
            view,
            roster,
            ring,
            utility: Vec::new(),
            aggregators: Vec::new(),
            meters: Vec::new(),
        };
        world.make();
        world
    }

    /// The keys of all roles are made once; then they come from bytes.
    fn make(&mut self) {
        let view = self.view;
        let (link, identity) = (self.ring.link(PartyId::UTILITY), self.ring.identity(PartyId::UTILITY));
        let utility = Utility::new(&self.params, &view, identity, link, self.roster.clone()).unwrap();
        self.utility = utility.to_bytes().unwrap().to_vec();
        for member in self.roster.answerers() {
            let id = member.id;
            let post = Post { id, identity: self.ring.identity(id), link: self.ring.link(id) };
            let aggregator = Aggregator::new(&self.params, &view, post, &self.roster).unwrap();
            self.aggregators.push(aggregator.to_bytes().unwrap().to_vec());
        }
        for member in self.roster.meters() {
            let link = self.ring.link(member.id);
            let answerers = self.roster.answerers();
            let meter = Meter::new(&self.params, &view, member.id, READS, link, answerers, links()).unwrap();
            self.meters.push(self.meter_bytes(&meter));
        }
    }

    /// The party behind an aggregator's number.
    pub fn aggregator_id(&self, number: u8) -> PartyId {
        self.roster.answerers()[usize::from(number) - 1].id
    }

    pub fn utility(&self, state: &[u8]) -> Result<Utility, Error> {
        let identity = self.ring.identity(PartyId::UTILITY);
        Utility::from_bytes(&self.params, &self.view, identity, self.roster.clone(), state)
    }

    pub fn aggregator(&self, number: u8, state: &[u8]) -> Result<Aggregator, Error> {
        let id = self.aggregator_id(number);
        Aggregator::from_bytes(&self.params, &self.view, id, self.ring.identity(id), &self.roster, state)
    }

    pub fn meter(&self, state: &[u8]) -> Result<Meter<Links>, Error> {
        Meter::from_bytes(&self.params, &self.view, links(), state)
    }

    pub fn meter_bytes(&self, meter: &Meter<Links>) -> Vec<u8> {
        let mut out = vec![0; self.params.meter_state_len()];
        meter.to_bytes(&mut out).unwrap();
        out
    }
}

pub fn links() -> Links {
    (0..AGGREGATORS).map(|_| AnswererLink::default()).collect()
}
