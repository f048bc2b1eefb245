//! A group whose secrets the harness knows, and what it looked like after some honest rounds.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use chacha20::ChaCha20Rng;
use meter_link::answer::{AnswerKind, AnswererLink, Query, Quorum, Threshold};
use meter_link::cohort::{Cohort, Plan};
use meter_link::frame::{Reader, Writer};
use meter_link::roster::Roster;
use meter_link::{
    Channels, EpochView, GroupConfig, GroupId, GroupParams, Header, HighWater, Identity, Kind, Label,
    LinkSecret, PairKey, PartyId, Protocol, Role, Round, SetRules,
};
use rand_core::{Rng, SeedableRng};
use sha2::{Digest, Sha256};
use shamir_agg::{Aggregator, Error, Meter, Params, Post, Utility};

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
    secrets: BTreeMap<PartyId, ([u8; 32], [u8; 32])>,
    frame_keys: BTreeMap<PartyId, PairKey>,
    signers: BTreeMap<PartyId, Identity>,
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
        let cohort = Cohort::form(&plan, &mut ChaCha20Rng::seed_from_u64(1)).unwrap();
        let secrets = secrets(&cohort);
        let (view, roster) = (cohort.view, cohort.roster);
        let mut world = World {
            params,
            view,
            roster,
            secrets,
            frame_keys: BTreeMap::new(),
            signers: BTreeMap::new(),
            utility: Vec::new(),
            aggregators: Vec::new(),
            meters: Vec::new(),
        };
        world.make();
        world
    }

    /// The keys of all roles are made once; then they come from bytes.
    fn make(&mut self) {
        let (view, context) = (self.view, *self.view.context());
        self.signers = self.secrets.keys().map(|id| (*id, self.identity(*id))).collect();
        let link = self.link(PartyId::UTILITY);
        for member in self.roster.meters().iter().chain(self.roster.answerers()) {
            let key = link.pair_key(Label::Frame, &context, PartyId::UTILITY, &member.peer(), &[]);
            self.frame_keys.insert(member.id, key.unwrap());
        }
        let identity = self.identity(PartyId::UTILITY);
        let utility = Utility::new(&self.params, &view, identity, link, self.roster.clone()).unwrap();
        self.utility = utility.to_bytes().unwrap().to_vec();
        for member in self.roster.answerers() {
            let id = member.id;
            let post = Post { id, identity: self.identity(id), link: self.link(id) };
            let aggregator = Aggregator::new(&self.params, &view, post, &self.roster).unwrap();
            self.aggregators.push(aggregator.to_bytes().unwrap().to_vec());
        }
        for member in self.roster.meters() {
            let link = self.link(member.id);
            let answerers = self.roster.answerers();
            let meter = Meter::new(&self.params, &view, member.id, READS, link, answerers, links()).unwrap();
            self.meters.push(self.meter_bytes(&meter));
        }
    }

    pub fn identity(&self, id: PartyId) -> Identity {
        Identity::from_bytes(&mut self.secrets[&id].0.clone())
    }

    /// To sign with; a role gets an identity of its own.
    pub fn signer(&self, id: PartyId) -> &Identity {
        &self.signers[&id]
    }

    pub fn link(&self, id: PartyId) -> LinkSecret {
        LinkSecret::from_bytes(&mut self.secrets[&id].1.clone())
    }

    pub fn frame_key(&self, id: PartyId) -> Option<&PairKey> {
        self.frame_keys.get(&id)
    }

    /// The party behind an aggregator's number.
    pub fn aggregator_id(&self, number: u8) -> PartyId {
        self.roster.answerers()[usize::from(number) - 1].id
    }

    pub fn utility(&self, state: &[u8]) -> Result<Utility, Error> {
        let identity = self.identity(PartyId::UTILITY);
        Utility::from_bytes(&self.params, &self.view, identity, self.roster.clone(), state)
    }

    pub fn aggregator(&self, number: u8, state: &[u8]) -> Result<Aggregator, Error> {
        let id = self.aggregator_id(number);
        Aggregator::from_bytes(&self.params, &self.view, id, self.identity(id), &self.roster, state)
    }

    pub fn meter(&self, state: &[u8]) -> Result<Meter<Links>, Error> {
        Meter::from_bytes(&self.params, &self.view, links(), state)
    }

    pub fn meter_bytes(&self, meter: &Meter<Links>) -> Vec<u8> {
        let mut out = vec![0; self.params.meter_state_len()];
        meter.to_bytes(&mut out).unwrap();
        out
    }

    /// Puts the signature in, by whomever the header names, in place of what stands there.
    pub fn sign(&self, frame: &mut [u8]) {
        let Some((body, trailer)) = frame.split_last_chunk_mut::<{ Identity::SIGNATURE_LEN }>() else {
            return;
        };
        let Ok(header) = Header::parse(body) else { return };
        if self.secrets.contains_key(&header.sender) {
            *trailer = self.signer(header.sender).sign(header.kind, &self.view.scope(), body);
        }
    }

    /// Puts the tag in: of a meter's frame, or of an answer to the query that it claims to be to.
    pub fn tag(&self, frame: &mut [u8]) -> Option<()> {
        let (body, trailer) = frame.split_last_chunk_mut::<16>()?;
        let header = Header::parse(body).ok()?;
        let key = self.frame_key(header.sender)?;
        let key = match header.kind {
            Kind::Answer | Kind::RawAnswer => self.query_key(key, &header, body.get(Header::LEN..)?)?,
            _ => PairKey::from_bytes(&key.to_bytes()),
        };
        let mut out = vec![0; body.len() + 16];
        let mut writer = Writer::new(&mut out);
        writer.bytes(body).ok()?;
        let tagged = writer.finish_tagged(&header, &key).ok()?;
        trailer.copy_from_slice(&tagged[body.len()..]);
        Some(())
    }

    fn query_key(&self, key: &PairKey, header: &Header, payload: &[u8]) -> Option<PairKey> {
        let mut payload = Reader::new(payload);
        let kind = AnswerKind::try_from(payload.u8().ok()?).ok()?;
        let digest = payload.array().ok()?;
        let quorum = match header.kind {
            Kind::Answer => Quorum::read(&mut payload, AGGREGATORS).ok()?,
            _ => Quorum::default(),
        };
        let (context, round) = (self.view.context(), header.round);
        let query = Query { context, round, kind, digest, quorum: &quorum };
        let mut message = b"wattsum v1 answer".to_vec();
        message.extend(query.context.as_bytes());
        message.extend(query.round.get().to_le_bytes());
        message.push(query.kind as u8);
        message.extend(query.digest);
        message.push(query.quorum.len());
        message.extend(query.quorum.iter());
        Some(PairKey::from_bytes(&hmac(&key.to_bytes(), &message)))
    }

    /// Puts context and check into a state.
    pub fn own(&self, state: &mut [u8]) {
        if let Some(place) = state.get_mut(1..33) {
            place.copy_from_slice(self.view.context().as_bytes());
        }
        checked(state);
    }
}

/// Puts the check in.
pub fn checked(record: &mut [u8]) {
    if let Some((body, stored)) = record.split_last_chunk_mut::<4>() {
        *stored = meter_link::mark::check(body);
    }
}

pub fn links() -> Links {
    (0..AGGREGATORS).map(|_| AnswererLink::default()).collect()
}

fn hmac(key: &[u8; 32], message: &[u8]) -> [u8; 32] {
    let pad = |with: u8| {
        let mut block = [with; 64];
        block.iter_mut().zip(key).for_each(|(b, k)| *b ^= k);
        block
    };
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize().into()
}

/// Draws once more what `Cohort::form` has drawn: identity, then link key, of everybody.
fn secrets(cohort: &Cohort) -> BTreeMap<PartyId, ([u8; 32], [u8; 32])> {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let mut draw = || {
        let mut seed = [0u8; 32];
        rng.fill_bytes(&mut seed);
        seed
    };
    let parties = std::iter::once(&cohort.utility).chain(&cohort.meters).chain(&cohort.answerers);
    parties
        .map(|party| {
            let (identity, link) = (draw(), draw());
            assert_eq!(Identity::from_bytes(&mut identity.clone()).public(), party.identity.public());
            assert_eq!(LinkSecret::from_bytes(&mut link.clone()).public(), party.link.public());
            (party.id, (identity, link))
        })
        .collect()
}
