//! An epoch whose secrets the harness knows, so that mutated frames get valid trailers.

use std::sync::OnceLock;

use meter_link::answer::{AnswerKind, Answerer, Post, Query};
use meter_link::cohort::{Cohort, Plan};
use meter_link::head::Head;
use meter_link::roster::Roster;
use meter_link::roster::link_key::Forming;
use meter_link::window::Windows;
use meter_link::{
    EpochView, GroupConfig, GroupId, GroupParams, Header, Identity, Kind, Label, LinkSecret, PairKey,
    PartyId, Protocol, Role, Round, Scope, SetRules,
};

use super::keyring::{self, Keyring};

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
    ring: Keyring,
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
        let cohort = Cohort::form(&plan, &mut keyring::rng()).unwrap();
        let ring = Keyring::of(&cohort);
        let forming = *cohort.roster.forming();
        let (view, roster) = (cohort.view, cohort.roster);
        let mut world =
            World { view, roster, forming, windows, ring, head: Vec::new(), answerers: Vec::new() };
        let link = world.link(PartyId::UTILITY);
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
        self.ring.identity(id)
    }

    /// To sign with; a role gets an identity of its own.
    pub fn signer(&self, id: PartyId) -> &Identity {
        self.ring.signer(id)
    }

    pub fn link(&self, id: PartyId) -> LinkSecret {
        self.ring.link(id)
    }

    /// Between a party and the utility.
    pub fn frame_key(&self, id: PartyId) -> Option<&PairKey> {
        self.ring.frame_key(id)
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
        let forming = Scope::Forming { session: &self.forming.session, epoch: self.forming.epoch };
        self.ring.sign_in(frame, |kind| match kind {
            Kind::LinkKey | Kind::RosterRoot => forming,
            _ => self.view.scope(),
        });
    }

    /// Puts the tag in under a key.
    pub fn tag(&self, frame: &mut [u8], key: &PairKey) {
        keyring::tag_under(frame, key);
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
        self.ring.query_key(id, query)
    }

    /// Puts context and check into a state.
    pub fn own(&self, state: &mut [u8]) {
        self.ring.own(state);
    }
}
