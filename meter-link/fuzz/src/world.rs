//! An epoch whose secrets the harness knows, so that mutated frames get valid trailers.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use chacha20::ChaCha20Rng;
use meter_link::answer::{AnswerKind, Answerer, Post, Query};
use meter_link::cohort::{Cohort, Plan};
use meter_link::frame::Writer;
use meter_link::head::Head;
use meter_link::mark::check;
use meter_link::roster::Roster;
use meter_link::roster::link_key::Forming;
use meter_link::window::Windows;
use meter_link::{
    EpochView, GroupConfig, GroupId, GroupParams, Header, Identity, Kind, Label, LinkSecret, PairKey,
    PartyId, Protocol, Role, Round, Scope, SetRules,
};
use rand_core::{Rng, SeedableRng};
use sha2::{Digest, Sha256};

/// First round of the epoch.
pub const FIRST: u32 = 1000;
/// Last round of the epoch: two spans of the toggling rule and a bit.
pub const LAST: u32 = 2400;
/// Meters of the roster.
pub const METERS: u32 = 9;
/// Answerers, of whom three open a sum.
pub const ANSWERERS: u8 = 4;
/// Answers that open a sum.
pub const THRESHOLD: u8 = 3;
/// Elements of a contribution.
pub const WORDS: usize = 4;
/// Rounds of a window; κ = 4.
pub const WINDOW: u32 = 8;

pub struct World {
    pub view: EpochView,
    pub roster: Roster,
    pub forming: Forming,
    pub windows: Windows,
    seeds: BTreeMap<PartyId, ([u8; 32], [u8; 32])>,
    frame_keys: BTreeMap<PartyId, PairKey>,
    signers: BTreeMap<PartyId, Identity>,
    head: Vec<u8>,
    answerers: Vec<Vec<u8>>,
}

/// The same in every process. dcnet has answerers that see later passes, elgamal has other kinds.
pub fn world(protocol: Protocol) -> &'static World {
    static WORLDS: [OnceLock<World>; 3] = [OnceLock::new(), OnceLock::new(), OnceLock::new()];
    let place = match protocol {
        Protocol::Dcnet => 1,
        Protocol::Elgamal => 2,
        _ => 0,
    };
    WORLDS[place].get_or_init(|| World::new([Protocol::Shamir, Protocol::Dcnet, Protocol::Elgamal][place]))
}

pub fn shamir() -> &'static World {
    world(Protocol::Shamir)
}

impl World {
    fn new(protocol: Protocol) -> Self {
        let rules = SetRules { min_honest: 4, max_colluding: 0, max_missing_permille: 500 };
        let group = GroupParams::new(GroupConfig {
            channels: 2,
            rules,
            rounds_per_step: 5,
            ..GroupConfig::new(protocol, GroupId(7))
        })
        .unwrap();
        let windows = Windows::new(&group, WINDOW, 4).unwrap();
        let meters: Vec<PartyId> = (0..METERS).map(|i| PartyId(100 + 7 * i)).collect();
        let answerers: Vec<PartyId> = (0..u32::from(ANSWERERS)).map(|a| PartyId(99 - a)).collect();
        let answerer_role = match protocol {
            Protocol::Dcnet => Role::Holder,
            Protocol::Elgamal => Role::Trustee,
            _ => Role::Aggregator,
        };
        let plan = Plan {
            group: &group,
            session: group.session(&[]),
            epoch: 3,
            first_round: Round::from(FIRST),
            last_round: Round::from(LAST),
            meters: &meters,
            answerers: &answerers,
            answerer_role,
        };
        let cohort = Cohort::form(&plan, &mut ChaCha20Rng::seed_from_u64(1)).unwrap();
        let seeds = secrets(&cohort);
        let forming = *cohort.roster.forming();
        let (view, roster) = (cohort.view, cohort.roster);
        let mut world = World {
            view,
            roster,
            forming,
            windows,
            seeds,
            frame_keys: BTreeMap::new(),
            signers: BTreeMap::new(),
            head: Vec::new(),
            answerers: Vec::new(),
        };
        world.signers = world.seeds.keys().map(|id| (*id, world.identity(*id))).collect();
        let link = world.link(PartyId::UTILITY);
        for member in world.roster.meters().iter().chain(world.roster.answerers()) {
            let key = link.pair_key(Label::Frame, view.context(), PartyId::UTILITY, &member.peer(), &[]);
            world.frame_keys.insert(member.id, key.unwrap());
        }
        let identity = world.identity(PartyId::UTILITY);
        let head = Head::new(&world.view, identity, link, world.roster.clone()).unwrap();
        world.head = head.to_bytes(&[]).unwrap().to_vec();
        for number in 1..=ANSWERERS {
            let post = world.post(number);
            let answerer = Answerer::new(&world.view, &post, world.link(post.id), &world.roster).unwrap();
            world.answerers.push(answerer.billing(&world.windows).to_bytes().unwrap().to_vec());
        }
        world
    }

    pub fn identity(&self, id: PartyId) -> Identity {
        Identity::from_bytes(&mut self.seeds[&id].0.clone())
    }

    /// To sign with; a role gets an identity of its own.
    pub fn signer(&self, id: PartyId) -> &Identity {
        &self.signers[&id]
    }

    pub fn link(&self, id: PartyId) -> LinkSecret {
        LinkSecret::from_bytes(&mut self.seeds[&id].1.clone())
    }

    /// Between a party and the utility.
    pub fn frame_key(&self, id: PartyId) -> Option<&PairKey> {
        self.frame_keys.get(&id)
    }

    pub fn post(&self, number: u8) -> Post {
        let member = self.roster.answerers()[usize::from(number) - 1];
        let kind = match self.view.protocol() {
            Protocol::Dcnet => AnswerKind::DcnetRound,
            Protocol::Elgamal => AnswerKind::ElgamalRound,
            _ => AnswerKind::ShamirRound,
        };
        Post { id: member.id, role: member.role, threshold: THRESHOLD, label: Label::Shamir, kind }
    }

    /// The utility that has done nothing yet.
    pub fn head(&self) -> Head {
        let identity = self.identity(PartyId::UTILITY);
        Head::from_bytes(&self.view, identity, self.roster.clone(), &self.head).unwrap().0
    }

    /// The answerer that has seen nothing yet.
    pub fn answerer(&self, number: u8) -> Answerer {
        self.restored(number, &self.answerers[usize::from(number) - 1]).unwrap()
    }

    /// The answerer that a state makes.
    pub fn restored(&self, number: u8, state: &[u8]) -> Result<Answerer, meter_link::Error> {
        let post = self.post(number);
        let answerer = Answerer::from_bytes(&self.view, &post, Some(&self.windows), &self.roster, state)?;
        answerer.signing(self.identity(post.id))
    }

    /// Puts the signature in, by whomever the header names, in place of what stands there.
    pub fn sign(&self, frame: &mut [u8]) {
        let Some((body, trailer)) = frame.split_last_chunk_mut::<{ Identity::SIGNATURE_LEN }>() else {
            return;
        };
        let Ok(header) = Header::parse(body) else { return };
        if !self.seeds.contains_key(&header.sender) {
            return;
        }
        let scope = match header.kind {
            Kind::LinkKey | Kind::RosterRoot => {
                Scope::Forming { session: &self.forming.session, epoch: self.forming.epoch }
            }
            _ => self.view.scope(),
        };
        *trailer = self.signer(header.sender).sign(header.kind, &scope, body);
    }

    /// Puts the tag in under a key.
    pub fn tag(&self, frame: &mut [u8], key: &PairKey) {
        let Some((body, trailer)) = frame.split_last_chunk_mut::<16>() else { return };
        let Ok(header) = Header::parse(body) else { return };
        let mut out = vec![0; body.len() + 16];
        let mut writer = Writer::new(&mut out);
        writer.bytes(body).unwrap();
        let tagged = writer.finish_tagged(&header, key).unwrap();
        trailer.copy_from_slice(&tagged[body.len()..]);
    }

    /// Puts the tag of a meter's frame in.
    pub fn tag_by_sender(&self, frame: &mut [u8]) {
        let key = Header::parse(frame).ok().and_then(|header| self.frame_key(header.sender));
        if let Some(key) = key {
            self.tag(frame, key);
        }
    }

    /// The key of an answer's tag: HMAC-SHA256, as `Query` makes it.
    pub fn query_key(&self, id: PartyId, query: &Query<'_>) -> Option<PairKey> {
        let key = self.frame_key(id)?.to_bytes();
        let mut message = b"wattsum v1 answer".to_vec();
        message.extend(query.context.as_bytes());
        message.extend(query.round.get().to_le_bytes());
        message.push(query.kind as u8);
        message.extend(query.digest);
        message.push(query.quorum.len());
        message.extend(query.quorum.iter());
        Some(PairKey::from_bytes(&hmac(&key, &message)))
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
        *stored = check(body);
    }
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
