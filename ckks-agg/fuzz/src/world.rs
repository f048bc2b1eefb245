//! Two groups whose secrets the harness knows, as they are before the first round: one with trustees, one with a key holder.

mod answerer;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock};

use chacha20::ChaCha8Rng;
use chacha20::rand_core::SeedableRng;
use ckks_agg::joint::{Joining, JointSecret, Participant};
use ckks_agg::{
    Analytics, Encoder, Encryptor, Error, KeyHolder, Meter, NoiseSecret, Opening, Params, Preset, PublicKey,
    Ring, SecretKey, Trustee, Values,
};
use meter_link::answer::Threshold;
use meter_link::cohort::{Cohort, Plan};
use meter_link::roster::Roster;
use meter_link::{
    Channels, EpochView, GroupConfig, GroupId, GroupParams, HighWater, Identity, Label, LinkSecret, PairKey,
    PartyId, Protocol, Role, Round, SetRules,
};

use super::keyring::{self, Keyring};
pub use answerer::{Answerer, Told};

pub const FIRST: u32 = 100;
pub const LAST: u32 = 107;
pub const METERS: usize = 4;
pub const MAX_READING: i64 = 8_000;
pub const CHANNELS: usize = 2;

pub type Mark = HighWater<3>;
pub type OurMeter = Meter<Identity, Encryptor, Vec<[u8; 32]>>;

pub struct World {
    pub params: Params,
    pub view: EpochView,
    pub roster: Roster,
    pub keyring: Keyring,
    pub ring: Arc<Ring>,
    pub encoder: Arc<Encoder>,
    pub key: Arc<PublicKey>,
    /// By number; none with a holder.
    pub secrets: Vec<Vec<u8>>,
    holder_key: Option<[u8; SecretKey::LEN]>,
    pub key_statements: Vec<Vec<u8>>,
    /// Frames of the key ceremony, step by step; of the last one those to trustee 1.
    pub rites: [Vec<Vec<u8>>; 3],
    /// What trustee 1 has stored of it.
    pub rite: Vec<u8>,
    pub commitments: Vec<Vec<u8>>,
    pub list: Vec<u8>,
    pub statements: Vec<Vec<u8>>,
    /// Before the commitments, and with the list.
    pub fresh: (Vec<u8>, Vec<Vec<u8>>),
    pub utility: Vec<u8>,
    pub answerers: Vec<Vec<u8>>,
    /// Meters that may contribute. What they send is made once a process, not once an input.
    meters: Vec<Mutex<OurMeter>>,
    sent: Mutex<BTreeMap<(usize, u32, bool), Vec<u8>>>,
}

/// Trustees: 3 of 4.
pub fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| World::new(Opening::Trustees(Threshold::DEFAULT), Preset::Shared))
}

/// A key holder.
pub fn held() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| World::new(Opening::Holder, Preset::Small))
}

/// A ring is made once.
pub fn ring(preset: Preset) -> &'static Arc<Ring> {
    static RINGS: [OnceLock<Arc<Ring>>; 5] = [const { OnceLock::new() }; 5];
    RINGS[preset as usize - 1].get_or_init(|| Ring::new(preset))
}

pub fn rng(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

/// What a meter reads: other values for each meter, channel and round, some negative. The other one is what a meter sends
/// that follows no rules.
pub fn reading(meter: usize, round: u32, other: bool) -> [i64; CHANNELS] {
    let value = |channel: i64| {
        let sum = meter as i64 * 7919 + channel * 104_729 + i64::from(round) * 31 + i64::from(other);
        sum % (2 * MAX_READING) - MAX_READING
    };
    [value(0), value(1)]
}

pub fn slices(frames: &[Vec<u8>]) -> Vec<&[u8]> {
    frames.iter().map(Vec::as_slice).collect()
}

impl World {
    fn new(opening: Opening, preset: Preset) -> Self {
        let rules = SetRules { min_honest: 2, max_colluding: 0, max_missing_permille: 500 };
        let config = GroupConfig {
            channels: CHANNELS as u16,
            max_reading: MAX_READING as u64,
            max_meters: METERS as u32,
            rules,
            ..GroupConfig::new(Protocol::Ckks, GroupId(7))
        };
        let params =
            Params::new(GroupParams::new(config).unwrap(), opening, preset, Values::Integers).unwrap();
        let meters: Vec<PartyId> = (0..METERS as u32).map(|i| PartyId(100 + 7 * i)).collect();
        let answerers: Vec<PartyId> = (1..=u32::from(params.answerers())).map(PartyId).collect();
        let plan = Plan {
            group: params.group(),
            session: params.session(),
            epoch: 3,
            first_round: Round::from(FIRST),
            last_round: Round::from(LAST),
            meters: &meters,
            answerers: &answerers,
            answerer_role: if opening == Opening::Holder { Role::Holder } else { Role::Trustee },
        };
        let cohort = Cohort::form(&plan, &mut keyring::rng()).unwrap();
        let keyring = Keyring::of(&cohort);
        let ring = ring(preset).clone();
        let encoder = Arc::new(Encoder::new(&ring));
        let mut made = Made::default();
        let key = match opening {
            Opening::Holder => {
                let secret = SecretKey::of_epoch(&ring, &cohort.view, &mut rng(1));
                made.holder_key = Some(*secret.to_bytes());
                secret.public_key().clone()
            }
            Opening::Trustees(_) => made.ceremony(&params, &cohort, &ring),
        };
        let mut world = World {
            params,
            view: cohort.view,
            roster: cohort.roster,
            keyring,
            ring,
            encoder,
            key: Arc::new(key),
            secrets: made.secrets,
            holder_key: made.holder_key,
            key_statements: made.statements,
            rites: made.rites,
            rite: made.rite,
            commitments: Vec::new(),
            list: Vec::new(),
            statements: Vec::new(),
            fresh: (Vec::new(), Vec::new()),
            utility: Vec::new(),
            answerers: Vec::new(),
            meters: Vec::new(),
            sent: Mutex::default(),
        };
        world.certify();
        world
    }

    fn certify(&mut self) {
        let (link, identity) = (self.link(PartyId::UTILITY), self.identity(PartyId::UTILITY));
        let (key, encoder, roster) = (&self.key, &self.encoder, self.roster.clone());
        let mut utility =
            Analytics::new(&self.params, &self.view, identity, link, key, encoder, roster).unwrap();
        let mut answerers: Vec<Answerer> =
            (1..=self.params.answerers()).map(|number| self.new_answerer(number)).collect();
        if let Some(Answerer::Holder(holder)) = answerers.first() {
            self.key_statements = vec![holder.statement().unwrap().to_vec()];
        }
        let states = |all: &[Answerer]| all.iter().map(Answerer::to_bytes).collect();
        self.fresh = (utility.to_bytes().unwrap().to_vec(), states(&answerers));
        let mut meters: Vec<OurMeter> = (0..METERS).map(|place| self.meter(place)).collect();
        for meter in &mut meters {
            let frame = meter.commit().unwrap();
            utility.accept_commitment(&frame).unwrap();
            self.commitments.push(frame.to_vec());
        }
        self.list = utility.list().unwrap();
        for answerer in &mut answerers {
            let statement = answerer.certify(&self.list).unwrap().1;
            utility.accept_list_statement(&statement).unwrap();
            self.statements.push(statement);
        }
        for meter in &mut meters {
            meter.certify(&self.view, self.roster.answerers(), &slices(&self.statements)).unwrap();
        }
        self.utility = utility.to_bytes().unwrap().to_vec();
        self.answerers = states(&answerers);
        self.meters = meters.into_iter().map(Mutex::new).collect();
    }

    pub fn identity(&self, id: PartyId) -> Identity {
        self.keyring.identity(id)
    }

    pub fn link(&self, id: PartyId) -> LinkSecret {
        self.keyring.link(id)
    }

    /// The party behind an answerer's number.
    pub fn answerer_id(&self, number: u8) -> PartyId {
        self.roster.answerers()[usize::from(number) - 1].id
    }

    pub fn secret(&self, number: u8) -> JointSecret {
        JointSecret::from_bytes(&self.ring, &self.secrets[usize::from(number) - 1]).unwrap()
    }

    pub fn holder_key(&self) -> SecretKey {
        SecretKey::from_bytes(&self.ring, &mut self.holder_key.unwrap()).unwrap()
    }

    fn new_answerer(&self, number: u8) -> Answerer {
        let id = self.answerer_id(number);
        let (identity, link, roster) = (self.identity(id), self.link(id), self.roster.clone());
        let (params, view) = (&self.params, &self.view);
        if self.holder_key.is_some() {
            let (key, encoder) = (self.holder_key(), &self.encoder);
            let holder = KeyHolder::new(params, view, identity, &link, key, encoder, roster);
            return Answerer::Holder(holder.unwrap());
        }
        let secret = self.secret(number);
        Answerer::Trustee(Trustee::new(params, view, identity, &link, secret, &self.key, roster).unwrap())
    }

    pub fn answerer(&self, number: u8, state: &[u8]) -> Result<Answerer, Error> {
        let (identity, roster) = (self.identity(self.answerer_id(number)), self.roster.clone());
        let (params, view) = (&self.params, &self.view);
        if self.holder_key.is_some() {
            let (key, encoder) = (self.holder_key(), &self.encoder);
            let holder = KeyHolder::from_bytes(params, view, identity, key, encoder, roster, state)?;
            return Ok(Answerer::Holder(holder));
        }
        let secret = self.secret(number);
        let trustee = Trustee::from_bytes(params, view, identity, secret, &self.key, roster, state)?;
        Ok(Answerer::Trustee(trustee))
    }

    pub fn utility(&self, state: &[u8]) -> Result<Analytics, Error> {
        let (identity, roster) = (self.identity(PartyId::UTILITY), self.roster.clone());
        Analytics::from_bytes(&self.params, &self.view, identity, &self.key, &self.encoder, roster, state)
    }

    /// With the secret that it always has.
    pub fn meter(&self, place: usize) -> OurMeter {
        let id = self.roster.meters()[place].id;
        let secret = NoiseSecret::generate(&self.view, self.keyring.signer(id), &mut rng(place as u64));
        let reads = Channels { first: 1, count: CHANNELS as u16 };
        let key = Encryptor::new(&self.key, &self.encoder);
        let leaves = vec![[0; 32]; (LAST - FIRST + 1) as usize];
        Meter::new(&self.params, &self.view, id, reads, self.identity(id), secret, key, leaves).unwrap()
    }

    /// A meter's one frame of a round, or the second one of a meter that follows no rules; none outside the epoch.
    pub fn sent(&self, place: usize, round: u32, other: bool) -> Option<Vec<u8>> {
        let mut sent = self.sent.lock().unwrap();
        if let Some(frame) = sent.get(&(place, round, other)) {
            return Some(frame.clone());
        }
        let (at, mut meter) = (Round::from(round), self.meters[place].lock().unwrap());
        let mut out = vec![0; meter.buffer_len()];
        let values = reading(place, round, other);
        let frame = meter.contribute(&mut Mark::new(), at, at, &values, &mut out).ok()?.stored().to_vec();
        sent.insert((place, round, other), frame.clone());
        Some(frame)
    }

    /// What an answerer seals for the utility with.
    pub fn seal(&self, number: u8) -> PairKey {
        let peer = self.roster.answerers()[usize::from(number) - 1].peer();
        let utility = PartyId::UTILITY;
        self.link(utility).pair_key(Label::Seal, self.view.context(), utility, &peer, &[]).unwrap()
    }

    pub fn participant<'a>(&'a self, number: u8, link: &'a LinkSecret) -> Participant<'a> {
        let id = self.answerer_id(number);
        Participant { id, identity: self.keyring.signer(id), link }
    }

    /// Trustee 1 at the start of the ceremony.
    pub fn joining(&self) -> Joining {
        let link = self.link(self.answerer_id(1));
        let (params, view, who) = (&self.params, &self.view, self.participant(1, &link));
        Joining::resume(params, view, &self.ring, &self.roster, who, &self.rite).unwrap()
    }
}

/// What a ceremony leaves.
#[derive(Default)]
struct Made {
    secrets: Vec<Vec<u8>>,
    holder_key: Option<[u8; SecretKey::LEN]>,
    statements: Vec<Vec<u8>>,
    rites: [Vec<Vec<u8>>; 3],
    rite: Vec<u8>,
}

impl Made {
    fn ceremony(&mut self, params: &Params, cohort: &Cohort, ring: &Arc<Ring>) -> PublicKey {
        let mut joining: Vec<Joining> = Vec::new();
        for (seed, party) in (1..).zip(&cohort.answerers) {
            let who = Participant { id: party.id, identity: &party.identity, link: &party.link };
            let begun = Joining::begin(params, &cohort.view, ring, &cohort.roster, who, &mut rng(seed));
            let begun = begun.unwrap();
            if joining.is_empty() {
                self.rite = begun.record().to_vec();
            }
            joining.push(begun.stored());
        }
        self.rites[0] = joining.iter().map(|trustee| trustee.frame().to_vec()).collect();
        for trustee in &mut joining {
            self.rites[0].iter().for_each(|frame| assert!(trustee.accept(frame).is_ok()));
        }
        let parties = joining.into_iter().zip(&cohort.answerers);
        let mut revealing: Vec<_> =
            parties.map(|(trustee, party)| trustee.close(&party.identity).unwrap()).collect();
        self.rites[1] = revealing.iter().map(|trustee| trustee.frame().to_vec()).collect();
        for trustee in &mut revealing {
            self.rites[1].iter().for_each(|frame| assert!(trustee.accept(frame).is_ok()));
        }
        let mut sharing: Vec<_> = revealing.into_iter().map(|trustee| trustee.close().unwrap()).collect();
        let frames: Vec<(PartyId, Vec<u8>)> = sharing
            .iter()
            .flat_map(|trustee| trustee.frames().map(|(to, frame)| (to, frame.to_vec())))
            .collect();
        let to = |id: PartyId| frames.iter().filter(move |(to, _)| *to == id).map(|(_, frame)| frame);
        self.rites[2] = to(cohort.answerers[0].id).cloned().collect();
        let mut key = None;
        for (mut trustee, party) in sharing.drain(..).zip(&cohort.answerers) {
            to(party.id).for_each(|frame| assert!(trustee.accept(frame).is_ok()));
            self.statements.push(trustee.statement(&party.identity).unwrap().to_vec());
            let (secret, public) = trustee.close().unwrap();
            self.secrets.push(secret.to_bytes().to_vec());
            key = Some(public);
        }
        key.unwrap()
    }
}
