//! The groups of the vector file, built from their secrets and checked on the way.

use std::sync::LazyLock;

use meter_link::roster::link_key::{self, Forming};
use meter_link::roster::{Certified, Roster, RosterBuilder, StoredRoot};
use meter_link::{
    Epoch, EpochView, GroupConfig, GroupId, GroupParams, Identity, IdentityKey, Label, LinkSecret, PairKey,
    PartyId, Protocol, Role, Round, Schedule, SetRules,
};
use serde_json::Value;

use crate::json::{array, bytes, id, int, rows, section};

pub(crate) struct World {
    pub(crate) json: &'static Value,
    pub(crate) forming: Forming,
    pub(crate) roster: Roster,
    pub(crate) view: EpochView,
}

pub(crate) fn round(value: &Value) -> Round {
    Round::new(int(value)).unwrap()
}

pub(crate) fn role(value: &Value) -> Role {
    Role::try_from(int(value) as u8).unwrap()
}

impl World {
    /// The group that a row is about.
    pub(crate) fn of(row: &Value) -> &'static World {
        World::number(int(&row["world"]) as usize)
    }

    pub(crate) fn number(number: usize) -> &'static World {
        static WORLDS: LazyLock<Vec<World>> =
            LazyLock::new(|| (0..rows_of_worlds()).map(World::new).collect());
        &WORLDS[number]
    }

    fn new(number: usize) -> World {
        let json = &section("worlds")[number];
        let group = group(json);
        let session = group.session(&bytes(&json["own"]));
        assert_eq!(session.0, array(&json["session"]));
        let forming = Forming {
            protocol: group.protocol,
            group: group.group,
            session,
            epoch: id(&json["epoch"]),
            first_round: round(&json["first_round"]),
        };
        let mut builder = RosterBuilder::new(forming);
        for party in rows(json, "parties") {
            let identity = IdentityKey(array(&party["identity"]));
            let certified = Certified { id: PartyId(id(&party["id"])), role: role(&party["role"]), identity };
            builder.add(&certified, &bytes(&party["announcement"])).unwrap();
        }
        let roster = builder.build().unwrap();
        let epoch = Epoch {
            session,
            epoch: forming.epoch,
            first_round: forming.first_round,
            last_round: round(&json["last_round"]),
            roster_root: roster.roster_root(),
            answerers_root: roster.answerers_root(),
            beacon: array(&json["beacon"]),
        };
        let (meters, answerers) = (roster.meters().len() as u32, roster.answerers().len() as u8);
        let view = EpochView::new(&group, &epoch, roster.utility().unwrap(), meters, answerers).unwrap();
        World { json, forming, roster, view }
    }

    pub(crate) fn party(&self, wanted: u32) -> &'static Value {
        rows(self.json, "parties").iter().find(|p| id(&p["id"]) == wanted).unwrap()
    }

    pub(crate) fn utility(&self) -> Identity {
        identity(self.party(0))
    }

    /// Key of a party with the utility, checked against the file.
    pub(crate) fn frame_key(&self, wanted: PartyId) -> PairKey {
        let party = self.party(wanted.0);
        let utility = self.view.utility().peer();
        let key = secret(party).pair_key(Label::Frame, self.view.context(), wanted, &utility, &[]).unwrap();
        assert_eq!(key.to_bytes()[..], bytes(&party["frame_key"]));
        key
    }
}

fn group(json: &Value) -> GroupParams {
    let p = &json["params"];
    let group = GroupParams::new(GroupConfig {
        protocol: Protocol::try_from(int(&json["protocol"]) as u8).unwrap(),
        group: GroupId(id(&json["group"])),
        schedule: Schedule { origin: int(&p["origin"]), period: id(&p["period"]) },
        channels: int(&p["channels"]) as u16,
        max_reading: int(&p["max_reading"]),
        max_meters: id(&p["max_meters"]),
        rules: SetRules {
            min_honest: id(&p["min_honest"]),
            max_colluding: id(&p["max_colluding"]),
            max_missing_permille: int(&p["max_missing"]) as u16,
        },
        rounds_per_step: id(&p["rounds_per_step"]),
    })
    .unwrap();
    assert_eq!(group.to_bytes()[..], bytes(&json["params_bytes"]));
    group
}

pub(crate) fn identity(party: &Value) -> Identity {
    Identity::from_bytes(&mut array(&party["seed"]))
}

pub(crate) fn secret(party: &Value) -> LinkSecret {
    LinkSecret::from_bytes(&mut array(&party["secret"]))
}

#[test]
fn vectors_of_worlds() {
    for number in 0..rows_of_worlds() {
        let world = World::number(number);
        let (json, forming) = (world.json, &world.forming);
        let members = [world.view.utility()].into_iter().chain(world.roster.meters());
        let members: Vec<_> = members.chain(world.roster.answerers()).collect();
        assert_eq!(members.len(), rows(json, "parties").len());
        for (member, party) in members.into_iter().zip(rows(json, "parties")) {
            assert_eq!(member.id.0, id(&party["id"]));
            assert_eq!(member.leaf()[..], bytes(&party["leaf"]));
            assert_eq!(identity(party).public().0, array(&party["identity"]));
            assert_eq!(secret(party).public().0, array(&party["link"]));
            let signer = identity(party);
            let link = secret(party).public();
            let frame = link_key::announce(forming, member.id, member.role, &signer, link).unwrap();
            assert_eq!(frame[..], bytes(&party["announcement"]));
            if member.id != PartyId::UTILITY {
                world.frame_key(member.id);
            }
        }
        assert_eq!(world.roster.roster_root(), array(&json["roster_root"]));
        assert_eq!(world.roster.answerers_root(), array(&json["answerers_root"]));
        assert_eq!(world.view.context().as_bytes(), &array(&json["context"]));

        let beacon_time = int(&json["beacon_time"]);
        let root = world.roster.root(round(&json["last_round"]), beacon_time);
        let frame = root.sign(forming, &world.utility()).unwrap();
        assert_eq!(frame[..], bytes(&json["root_frame"]));
        let stored = StoredRoot::from_bytes(&array(&json["root_record"])).unwrap();
        assert_eq!(*stored.root(), root);
        let epoch = stored.epoch(forming, array(&json["beacon"]), beacon_time).unwrap();
        assert_eq!(epoch, *world.view.epoch());
    }
}

fn rows_of_worlds() -> usize {
    section("worlds").as_array().unwrap().len()
}
