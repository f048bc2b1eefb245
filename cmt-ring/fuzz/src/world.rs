//! Groups whose secrets the harness knows: one of each kind of ring.

use std::sync::OnceLock;

use cmt_ring::generation::{Generation, set_digest};
use cmt_ring::order::{Entry, Listed};
use cmt_ring::{Error, Meter, Mode, Modulus, Params, Supplier};
use meter_link::cohort::{Cohort, Plan};
use meter_link::roster::Roster;
use meter_link::{
    Channels, EpochView, GroupConfig, GroupId, GroupParams, HighWater, Label, PairKey, PartyId, Role, Round,
};

use super::keyring::{self, Keyring};

pub const FIRST: u32 = 1000;
pub const LAST: u32 = 1060;
pub const METERS: usize = 7;
pub const CHANNELS: usize = 2;
pub const READS: Channels = Channels { first: 1, count: CHANNELS as u16 };

pub type Device = Meter<CHANNELS>;
pub type Mark = HighWater<3>;

pub struct World {
    pub params: Params,
    pub view: EpochView,
    pub roster: Roster,
    pub ring: Keyring,
}

/// How many kinds there are.
pub const KINDS: usize = 4;

/// The same in every process.
pub fn world(kind: usize) -> &'static World {
    static WORLDS: [OnceLock<World>; KINDS] = [const { OnceLock::new() }; KINDS];
    WORLDS[kind % KINDS].get_or_init(|| World::new(kind % KINDS))
}

/// What a meter reads: other values for each meter, channel and round, some negative.
pub fn reading(meter: usize, round: u32) -> [i64; CHANNELS] {
    let value =
        |channel: i64| (meter as i64 * 7919 + channel * 104_729 + i64::from(round) * 31) % 150_000 - 36_480;
    [value(0), value(1)]
}

impl World {
    fn new(kind: usize) -> Self {
        let config = GroupConfig {
            channels: CHANNELS as u16,
            max_reading: 1_000_000,
            max_meters: 20,
            rounds_per_step: PER_STEP,
            ..Params::config(GroupId(7))
        };
        let group = GroupParams::new(config).unwrap();
        let params = |mode| Params::new(group, mode).unwrap();
        let params = match kind {
            0 => params(Mode::Drawn),
            1 => params(Mode::Derived).with_second_ring().unwrap(),
            2 => params(Mode::Drawn).with_modulus(Modulus::new((1 << 40) - 87).unwrap()).unwrap(),
            _ => params(Mode::Derived).with_terms(4).unwrap(),
        };
        let meters: Vec<PartyId> = (0..METERS as u32).map(|i| PartyId(100 + 7 * i)).collect();
        let plan = Plan {
            group: params.group(),
            session: params.session(),
            epoch: 3,
            first_round: Round::from(FIRST),
            last_round: Round::from(LAST),
            meters: &meters,
            answerers: &[],
            answerer_role: Role::Holder,
        };
        let cohort = Cohort::form(&plan, &mut keyring::rng()).unwrap();
        let ring = Keyring::of(&cohort);
        World { params, view: cohort.view, roster: cohort.roster, ring }
    }

    pub fn id(&self, meter: usize) -> PartyId {
        self.roster.meters()[meter].id
    }

    /// The meter with an id.
    pub fn index(&self, id: PartyId) -> Option<usize> {
        self.roster.meters().iter().position(|meter| meter.id == id)
    }

    pub fn entry(&self, meter: usize) -> Entry {
        Entry { position: meter as u32, member: self.roster.meters()[meter] }
    }

    pub fn listed(&self, meter: usize) -> Listed {
        self.entry(meter).listed()
    }

    pub fn meter(&self, meter: usize) -> Device {
        Meter::new(&self.params, &self.view, &self.listed(meter), READS).unwrap()
    }

    pub fn meter_from(&self, meter: usize, state: &[u8]) -> Result<Device, Error> {
        Meter::from_bytes(&self.params, &self.view, &self.listed(meter), READS, state)
    }

    pub fn supplier(&self) -> Supplier {
        let link = self.ring.link(PartyId::UTILITY);
        Supplier::new(&self.params, &self.view, &self.roster, link).unwrap()
    }

    /// Between any two parties, if they are two.
    pub fn pair(&self, label: Label, one: PartyId, other: PartyId) -> Option<PairKey> {
        let peer = match self.index(other) {
            Some(meter) => self.roster.meters()[meter].peer(),
            None if other == PartyId::UTILITY => self.view.utility().peer(),
            None => return None,
        };
        if one != PartyId::UTILITY {
            self.index(one)?;
        }
        self.ring.link(one).pair_key(label, self.view.context(), one, &peer, &[]).ok()
    }

    pub fn digest(&self, order: &[usize]) -> [u8; 32] {
        let mut set: Vec<u32> = order.iter().map(|index| *index as u32).collect();
        set.sort_unstable();
        set_digest(self.view.epoch(), set.len() as u32, set.into_iter())
    }

    /// The first ring's link of two meters in a generation of these members, from its first round's ratchet step to
    /// another round's.
    pub fn ring_link(
        &self,
        ends: [PartyId; 2],
        generation: Generation,
        order: &[usize],
        rounds: [u32; 2],
    ) -> Option<PairKey> {
        let pair = self.pair(Label::Cmt, ends[0], ends[1])?;
        let mut key = generation.ring_link(&self.digest(order), &pair).ok()?;
        // Nobody ratchets beyond the epoch.
        let [from, to] = rounds.map(|round| round.clamp(FIRST, LAST).saturating_sub(FIRST) / PER_STEP);
        (from..to).for_each(|_| key.ratchet());
        Some(key)
    }
}

const PER_STEP: u32 = 5;
