//! Groups whose secrets the harness knows: holders that are named, drawn from the meters, or nobody.

use std::sync::OnceLock;

use dcnet_core::{Error, Holder, Holders, Meter, Neighbour, Params, Place, Utility, graph};
use meter_link::answer::{AnswererLink, Threshold};
use meter_link::cohort::{Cohort, Plan};
use meter_link::roster::{Member, Roster};
use meter_link::{
    Channels, EpochView, GroupConfig, GroupId, GroupParams, HighWater, PartyId, Protocol, Role, Round,
    SetRules,
};

use super::keyring::{self, Keyring};

pub const FIRST: u32 = 1000;
pub const LAST: u32 = 1240;
pub const METERS: usize = 8;
pub const CHANNELS: usize = 2;
/// Colluding holders.
pub const LIARS: u8 = 1;
pub const RULES: SetRules = SetRules { min_honest: 3, max_colluding: 0, max_missing_permille: 500 };

pub type Mark = HighWater<3>;
pub type Vecs = Meter<Vec<Neighbour>, Vec<AnswererLink>>;

pub struct World {
    pub params: Params,
    pub view: EpochView,
    pub roster: Roster,
    pub ring: Keyring,
    pub utility: Vec<u8>,
    pub holders: Vec<Vec<u8>>,
    pub meters: Vec<Vec<u8>>,
}

/// How many worlds there are.
pub const WORLDS: usize = 3;

/// The same in every process. In the second, 4 of 6 holders open, so that a liar is named.
pub fn world(number: usize) -> &'static World {
    static WORLD: [OnceLock<World>; WORLDS] = [OnceLock::new(), OnceLock::new(), OnceLock::new()];
    let place = number % WORLDS;
    WORLD[place].get_or_init(|| {
        World::new(match place {
            0 => Params::complete(group(), Threshold::DEFAULT),
            1 => Params::complete(group(), Holders::Drawn(Threshold::new(6, 4, LIARS).unwrap())),
            _ => Params::unsafe_without_holders(group(), 0),
        })
    })
}

/// The same meters without neighbours.
pub fn grown() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| World::new(Params::grown(group(), Threshold::DEFAULT, 3)))
}

fn group() -> GroupParams {
    let config = GroupConfig {
        channels: CHANNELS as u16,
        max_reading: 1_000_000,
        max_meters: METERS as u32,
        rules: RULES,
        rounds_per_step: 5,
        ..GroupConfig::new(Protocol::Dcnet, GroupId(7))
    };
    GroupParams::new(config).unwrap()
}

/// What a meter reads: other values for each meter, channel and round, some negative.
pub fn reading(meter: usize, round: u32) -> [i64; CHANNELS] {
    let value =
        |channel: i64| (meter as i64 * 7919 + channel * 104_729 + i64::from(round) * 31) % 150_000 - 36_480;
    [value(0), value(1)]
}

pub const READS: Channels = Channels { first: 1, count: CHANNELS as u16 };

impl World {
    fn new(params: Result<Params, Error>) -> Self {
        let params = params.unwrap();
        let meters: Vec<PartyId> = (0..METERS as u32).map(|i| PartyId(100 + 7 * i)).collect();
        let named = if params.holder_role() == Role::Holder { params.answerers() } else { 0 };
        let answerers: Vec<PartyId> = (0..u32::from(named)).map(|a| PartyId(99 - a)).collect();
        let plan = Plan {
            group: params.group(),
            session: params.session(),
            epoch: 3,
            first_round: Round::from(FIRST),
            last_round: Round::from(LAST),
            meters: &meters,
            answerers: &answerers,
            answerer_role: params.holder_role(),
        };
        let mut cohort = Cohort::form(&plan, &mut keyring::rng()).unwrap();
        if matches!(params.holders(), Holders::Drawn(_)) {
            let mut seats = vec![0; params.answerers().into()];
            graph::committee(cohort.view.context(), METERS as u32, &mut seats).unwrap();
            cohort = cohort.seated(&seats).unwrap();
        }
        let mut world = World {
            params,
            ring: Keyring::of(&cohort),
            view: cohort.view,
            roster: cohort.roster,
            utility: Vec::new(),
            holders: Vec::new(),
            meters: Vec::new(),
        };
        world.make();
        world
    }

    /// The keys of all roles are made once; then they come from bytes.
    fn make(&mut self) {
        let (ring, view, params) = (&self.ring, &self.view, &self.params);
        let identity = ring.identity(PartyId::UTILITY);
        let link = ring.link(PartyId::UTILITY);
        let utility = Utility::new(params, view, identity, link, self.roster.clone()).unwrap();
        self.utility = utility.to_bytes().unwrap().to_vec();
        for member in self.roster.answerers() {
            let holder = Holder::new(params, view, member.id, ring.link(member.id), &self.roster).unwrap();
            self.holders.push(holder.to_bytes().unwrap().to_vec());
        }
        for (position, member) in (0u32..).zip(self.roster.meters()) {
            let place = Place { id: member.id, position, channels: READS };
            let around = (0u32..).zip(self.roster.meters().iter().copied());
            let around = around.filter(|(other, _): &(u32, Member)| *other != position && !params.is_grown());
            let (links, pairs) = vecs(self);
            let (link, holders) = (ring.link(member.id), self.roster.answerers());
            let meter = if matches!(params.holders(), Holders::Drawn(_)) {
                let seats = holders.iter().map(|m| (self.roster.position(m.id).unwrap() as u32, *m));
                Meter::with_committee(params, view, place, link, seats, around, links, pairs)
            } else {
                Meter::new(params, view, place, link, holders, around, links, pairs)
            };
            self.meters.push(state(&meter.unwrap()));
        }
    }

    /// The party behind a holder's number.
    pub fn holder_id(&self, number: u8) -> PartyId {
        self.roster.answerers()[usize::from(number) - 1].id
    }

    pub fn meter_id(&self, position: usize) -> PartyId {
        self.roster.meters()[position].id
    }

    /// The number of the holder that lies.
    pub fn liar(&self) -> u8 {
        self.params.answerers()
    }

    pub fn opens(&self) -> u8 {
        self.params.threshold().map_or(0, |threshold| threshold.threshold())
    }

    pub fn utility(&self, state: &[u8]) -> Result<Utility, Error> {
        let identity = self.ring.identity(PartyId::UTILITY);
        Utility::from_bytes(&self.params, &self.view, identity, self.roster.clone(), state)
    }

    pub fn holder(&self, number: u8, state: &[u8]) -> Result<Holder, Error> {
        let id = self.holder_id(number);
        let holder = Holder::from_bytes(&self.params, &self.view, id, &self.roster, state)?;
        holder.signing(self.ring.identity(id))
    }

    pub fn meter(&self, state: &[u8]) -> Result<Vecs, Error> {
        let (links, pairs) = vecs(self);
        Meter::from_bytes(&self.params, &self.view, links, pairs, state)
    }
}

/// Storage of a meter.
pub fn vecs(world: &World) -> (Vec<AnswererLink>, Vec<Neighbour>) {
    let links = (0..world.params.answerers()).map(|_| AnswererLink::default());
    (links.collect(), (1..METERS).map(|_| Neighbour::default()).collect())
}

pub fn state<N, H>(meter: &Meter<N, H>) -> Vec<u8>
where
    N: AsRef<[Neighbour]> + AsMut<[Neighbour]>,
    H: AsRef<[AnswererLink]> + AsMut<[AnswererLink]>,
{
    let mut out = vec![0; meter.state_len()];
    meter.to_bytes(&mut out).unwrap();
    out
}
