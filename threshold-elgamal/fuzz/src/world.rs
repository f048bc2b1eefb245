//! A group whose secrets the harness knows, as it is before the first round.

use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock};

use chacha20::ChaCha8Rng;
use chacha20::rand_core::SeedableRng;
use curve25519_dalek::{RistrettoPoint, Scalar};
use meter_link::answer::Threshold;
use meter_link::cohort::{Cohort, Plan};
use meter_link::roster::Roster;
use meter_link::{
    Channels, EpochView, GroupConfig, GroupId, GroupParams, HighWater, Identity, PartyId, Protocol, Role,
    Round, SetRules,
};
use threshold_elgamal::{
    Ciphertext, DlogTable, Error, KeySet, Meter, Params, Post, SecretShare, Trustee, Utility, deal,
};

use super::keyring::{self, Keyring};

pub const FIRST: u32 = 1000;
pub const LAST: u32 = 1060;
pub const METERS: usize = 9;
pub const TRUSTEES: u8 = 4;
pub const THRESHOLD: u8 = 3;
pub const CHANNELS: usize = 2;
/// Rounds of a window.
pub const WINDOW: u32 = 8;
pub const KAPPA: u32 = 4;
pub const MAX_READING: i64 = 5_000;

pub type Mark = HighWater<3>;

pub struct World {
    pub params: Params,
    pub view: EpochView,
    pub roster: Roster,
    pub ring: Keyring,
    pub keys: KeySet,
    shares: Vec<[u8; 32]>,
    pub utility: Vec<u8>,
    pub trustees: Vec<Vec<u8>>,
    /// What meters send is made once a process, not once an input.
    sent: Mutex<BTreeMap<(usize, u32, bool), Vec<u8>>>,
}

/// With proofs of knowledge, the same in every process.
pub fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| World::new(true))
}

/// Without, which is several times as fast to check.
pub fn plain() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| World::new(false))
}

pub fn table() -> &'static DlogTable {
    static TABLE: OnceLock<DlogTable> = OnceLock::new();
    TABLE.get_or_init(|| DlogTable::build(10).unwrap())
}

/// What a meter reads: other values for each meter, channel and round, some negative. The other one is what a meter signs
/// that follows no rules.
pub fn reading(meter: usize, round: u32, other: bool) -> [i64; CHANNELS] {
    let value = |channel: i64| {
        let sum = meter as i64 * 7919 + channel * 104_729 + i64::from(round) * 31 + i64::from(other);
        sum % (2 * MAX_READING) - MAX_READING
    };
    [value(0), value(1)]
}

/// m·B, as these shares open it that are taken at their word.
pub fn opened(ciphertext: &Ciphertext, shares: &[(u8, RistrettoPoint)]) -> RistrettoPoint {
    let weight = |i: u8| {
        let others = shares.iter().map(|(j, _)| *j).filter(|j| *j != i);
        others.fold(Scalar::ONE, |product, j| {
            product * Scalar::from(j) * (Scalar::from(j) - Scalar::from(i)).invert()
        })
    };
    let mask: RistrettoPoint = shares.iter().map(|(i, share)| weight(*i) * share).sum();
    ciphertext.c() - mask
}

pub const READS: Channels = Channels { first: 1, count: CHANNELS as u16 };

impl World {
    fn new(knowledge: bool) -> Self {
        let rules = SetRules { min_honest: KAPPA, max_colluding: 0, max_missing_permille: 500 };
        let config = GroupConfig {
            channels: CHANNELS as u16,
            max_reading: MAX_READING as u64,
            max_meters: METERS as u32,
            rules,
            rounds_per_step: 5,
            ..GroupConfig::new(Protocol::Elgamal, GroupId(7))
        };
        let group = GroupParams::new(config).unwrap();
        let mut params = Params::new(group, Threshold::DEFAULT).unwrap().with_windows(WINDOW, KAPPA).unwrap();
        if !knowledge {
            params = params.trust_all_meters();
        }
        let meters: Vec<PartyId> = (0..METERS as u32).map(|i| PartyId(100 + 7 * i)).collect();
        let answerers: Vec<PartyId> = (0..u32::from(TRUSTEES)).map(|a| PartyId(99 - a)).collect();
        let plan = Plan {
            group: params.group(),
            session: params.session(),
            epoch: 3,
            first_round: Round::from(FIRST),
            last_round: Round::from(LAST),
            meters: &meters,
            answerers: &answerers,
            answerer_role: Role::Trustee,
        };
        let cohort = Cohort::form(&plan, &mut keyring::rng()).unwrap();
        let ring = Keyring::of(&cohort);
        let (keys, shares) = deal(Threshold::DEFAULT, &mut ChaCha8Rng::seed_from_u64(2)).unwrap();
        let mut world = World {
            params,
            view: cohort.view,
            roster: cohort.roster,
            ring,
            keys,
            shares: shares.iter().map(|share| *share.to_bytes()).collect(),
            utility: Vec::new(),
            trustees: Vec::new(),
            sent: Mutex::default(),
        };
        world.make();
        world
    }

    /// The keys of all roles are made once; then they come from bytes.
    fn make(&mut self) {
        let (link, identity) = (self.ring.link(PartyId::UTILITY), self.ring.identity(PartyId::UTILITY));
        let roster = || self.roster.clone();
        let utility = Utility::new(&self.params, &self.view, identity, link, &self.keys, roster()).unwrap();
        let trustee = |number: u8| {
            let id = self.trustee_id(number);
            let (identity, link) = (self.ring.identity(id), self.ring.link(id));
            let post = Post { id, identity, link, share: self.share(number) };
            let trustee = Trustee::new(&self.params, &self.view, post, &self.keys, roster()).unwrap();
            trustee.to_bytes().unwrap().to_vec()
        };
        let trustees = (1..=TRUSTEES).map(trustee).collect();
        self.utility = utility.to_bytes().unwrap().to_vec();
        self.trustees = trustees;
    }

    pub fn share(&self, number: u8) -> SecretShare {
        SecretShare::from_bytes(number, &mut self.shares[usize::from(number) - 1].clone()).unwrap()
    }

    /// The party behind a trustee's number.
    pub fn trustee_id(&self, number: u8) -> PartyId {
        self.roster.answerers()[usize::from(number) - 1].id
    }

    pub fn utility(&self, state: &[u8]) -> Result<Utility, Error> {
        let identity = self.ring.identity(PartyId::UTILITY);
        Utility::from_bytes(&self.params, &self.view, identity, &self.keys, self.roster.clone(), state)
    }

    pub fn trustee(&self, number: u8, state: &[u8]) -> Result<Trustee, Error> {
        let (identity, share) = (self.ring.identity(self.trustee_id(number)), self.share(number));
        let roster = self.roster.clone();
        Trustee::from_bytes(&self.params, &self.view, identity, share, &self.keys, roster, state)
    }

    pub fn meter(&self, place: usize) -> Meter<Identity> {
        let id = self.roster.meters()[place].id;
        Meter::new(&self.params, &self.view, id, READS, self.ring.identity(id), self.keys.group_key())
            .unwrap()
    }

    /// A meter's one frame of a round, or the second one of a meter that follows no rules; none outside the epoch.
    pub fn sent(&self, place: usize, round: u32, other: bool) -> Option<Vec<u8>> {
        let mut sent = self.sent.lock().unwrap();
        if let Some(frame) = sent.get(&(place, round, other)) {
            return Some(frame.clone());
        }
        let (at, mut out) = (Round::from(round), vec![0; self.params.contribution_len()]);
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let values = reading(place, round, other);
        let made = self.meter(place).contribute(&mut Mark::new(), at, at, &values, &mut out, &mut rng);
        made.ok()?.stored();
        sent.insert((place, round, other), out.clone());
        Some(out)
    }

    /// Whose a frame is, and what it holds.
    pub fn reading_of(&self, frame: &[u8]) -> (usize, [i64; CHANNELS]) {
        let header = meter_link::Header::parse(frame).unwrap();
        let (place, round) = (self.roster.position(header.sender).unwrap(), header.round.to_u32());
        let other = self.sent(place, round, false).as_deref() != Some(frame);
        assert!(
            !other || self.sent(place, round, true).as_deref() == Some(frame),
            "a frame that nobody has sent"
        );
        (place, reading(place, round, other))
    }
}
