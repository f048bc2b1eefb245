//! How each world's group is formed, and what all protocols' stories begin with.

use std::any::TypeId;
use std::rc::Rc;

use wattsum::epoch::{wattsum_epoch, wattsum_lists, wattsum_member};
use wattsum::group::wattsum_group;
use wattsum::link::wattsum_forming;

use super::super::base::{Base, WORLDS};
use super::super::draw::CHANNELS;
use super::super::game::Game;
use super::{
    A, BEACON_TIME, BEFORE_IT, Blob, LAST, NULL, Scribe, Story, Z, cmt, elgamal, entropy, pads, value,
};

pub const METERS: u8 = 5;
pub const ANSWERERS: u8 = 4;
const EPOCH: u8 = 2;

const UTILITY: u8 = 0;
const METER: u8 = 1;
const HOLDER: u8 = 2;

pub struct Party {
    pub id: u8,
    pub identity: Blob,
    pub link: Blob,
}

/// The utility first, then meters, then answerers, each with its entry of this number.
pub struct Group {
    pub parties: Vec<Party>,
    /// What the protocol's own forming has made.
    pub own: Vec<Blob>,
}

impl Group {
    pub fn utility(&self) -> &Party {
        &self.parties[0]
    }

    pub fn meter(&self, number: u8) -> &Party {
        &self.parties[1 + usize::from(number)]
    }

    /// Counted from 0.
    pub fn answerer(&self, number: u8) -> &Party {
        &self.parties[1 + usize::from(METERS + number)]
    }
}

pub fn common(number: u32) -> wattsum_group {
    wattsum_group {
        origin: 0,
        max_reading: 1_000_000,
        period: 900,
        group: number,
        max_meters: u32::from(METERS) + 3,
        min_honest: 3,
        max_colluding: 1,
        rounds_per_step: 8,
        channels: CHANNELS as u16,
        max_missing_permille: 400,
    }
}

/// A value that no function makes.
pub fn plant<T: Copy + 'static>(game: &mut Game, value: T) {
    // SAFETY: `T` is repr(C) and made of numbers; padding is written first.
    let bytes = unsafe {
        let mut place = vec![0u8; size_of::<T>()];
        std::ptr::copy_nonoverlapping((&raw const value).cast::<u8>(), place.as_mut_ptr(), size_of::<T>());
        place
    };
    game.values.push((TypeId::of::<T>(), bytes));
}

/// A world from nothing.
pub fn form(scribe: &mut Scribe, world: usize) -> Group {
    let name = WORLDS[world];
    let role = match name {
        "dcnet" => Some(HOLDER),
        "shamir" => Some(3),
        "elgamal" => Some(4),
        _ => None,
    };
    let params = match name {
        "elgamal" => elgamal::params(scribe),
        "cmt" => cmt::params(scribe),
        _ => pads::params(scribe, name),
    };
    scribe.call(&format!("wattsum_{name}_forming"), vec![params(), A::N(EPOCH), Z, Z]);
    let forming = || value::<wattsum_forming>(0);
    scribe.call("wattsum_roster_new", vec![forming(), Z]);
    let mut parties = Vec::new();
    let meters = (0..METERS).map(|meter| (10 + 3 * meter, METER));
    let answerers = (0..ANSWERERS).filter_map(|number| Some((60 - number, role?)));
    for (id, role) in [(0, UTILITY)].into_iter().chain(meters).chain(answerers) {
        let [identity, public] = two(scribe.call("wattsum_identity_generate", vec![entropy(id), Z, Z]));
        let [link, link_public] = two(scribe.call("wattsum_link_generate", vec![entropy(id + 100), Z, Z]));
        let arguments = vec![forming(), A::N(id), A::N(role), A::In(identity), A::In(link_public), Z];
        let announcement = scribe.call("wattsum_link_announce", arguments)[0];
        let added = vec![Z, A::N(id), A::N(role), A::In(public), A::In(announcement), Z, Z];
        scribe.call("wattsum_roster_add", added);
        let member = vec![forming(), A::N(id), A::N(role), A::In(public), A::In(announcement), Z, Z, Z];
        scribe.call("wattsum_member_announced", member);
        parties.push((Party { id, identity, link }, public));
    }
    scribe.call("wattsum_roster_build", vec![Z]);
    scribe.call("wattsum_roster_lists", vec![Z, Z]);
    let identity = parties[0].0.identity;
    let root = scribe.call("wattsum_roster_root", vec![Z, LAST, BEACON_TIME, A::In(identity), Z])[0];
    let accepted = vec![forming(), A::In(parties[0].1), BEFORE_IT, NULL, A::In(root), Z, Z, Z];
    let record = scribe.call("wattsum_root_accept", accepted)[0];
    scribe.call("wattsum_epoch_begin", vec![forming(), A::In(record), entropy(77), BEACON_TIME, Z]);
    let path = scribe.call("wattsum_roster_path", vec![Z, Z, A::N(2), Z, Z, Z, Z])[0];
    let verify = vec![epoch(), lists(), Z, A::N(2), member(2), A::In(path), Z, Z];
    scribe.call("wattsum_member_verify", verify);
    let mut group = Group { parties: parties.into_iter().map(|(party, _)| party).collect(), own: Vec::new() };
    group.own = match name {
        "elgamal" => elgamal::own(scribe, &group),
        "cmt" => cmt::own(scribe, &group),
        _ => pads::own(scribe, &group, name),
    };
    assert!(scribe.game.blobs.len() < 255, "{} blobs", scribe.game.blobs.len());
    group
}

pub fn two(blobs: Vec<Blob>) -> [Blob; 2] {
    blobs.try_into().unwrap()
}

pub fn epoch() -> A {
    value::<wattsum_epoch>(0)
}

pub fn lists() -> A {
    value::<wattsum_lists>(0)
}

/// The entry of a party, by its number in [`Group::parties`].
pub fn member(party: u8) -> A {
    value::<wattsum_member>(party.into())
}

pub fn stories(base: &Rc<Base>, group: &Group, world: usize) -> Vec<Story> {
    match WORLDS[world] {
        "elgamal" => elgamal::stories(base, group),
        "cmt" => cmt::stories(base, group),
        name => pads::stories(base, group, name),
    }
}
