//! Link keys, roster roots, inclusion proofs.

use meter_link::roster::{Inclusion, List, Member, RosterRoot, StoredRoot, link_key, merkle};
use meter_link::{Error, IdentityKey, LinkPublic, PartyId, Role};
use serde_json::Value;

use crate::json::{array, bytes, edges, id, int, refused, rows, section};
use crate::world::{World, role};

fn announced(row: &Value, world: &World, frame: &[u8]) -> Result<LinkPublic, Error> {
    let identity = IdentityKey(array(&row["identity"]));
    link_key::verify(frame, &world.forming, PartyId(id(&row["id"])), role(&row["role"]), &identity)
}

#[test]
fn vectors_of_link_keys() {
    let section = section("link_keys");
    let world = World::number(0);
    for row in rows(section, "good") {
        let link = announced(row, world, &bytes(&row["frame"])).unwrap();
        assert_eq!(link.0, array(&row["link"]));
        edges(section, &bytes(&row["frame"]), |frame| announced(row, world, frame));
    }
    for row in rows(section, "bad") {
        refused(row, announced(row, world, &bytes(&row["frame"])));
    }
}

/// Record and root that a row's frame gives.
fn pinned(row: &Value, world: &World, frame: &[u8]) -> Result<(Vec<u8>, RosterRoot), Error> {
    let earlier = row["pinned"].as_str().map(|_| StoredRoot::from_bytes(&array(&row["pinned"])).unwrap());
    let utility = &world.view.utility().identity;
    let prepared = StoredRoot::accept(frame, &world.forming, utility, int(&row["now"]), earlier.as_ref())?;
    Ok((prepared.record().to_vec(), *prepared.stored().root()))
}

#[test]
fn vectors_of_roster_roots() {
    let section = section("roster_roots");
    for row in rows(section, "good") {
        let world = World::of(row);
        let (record, root) = pinned(row, world, &bytes(&row["frame"])).unwrap();
        assert_eq!(record, bytes(&row["record"]));
        assert_eq!(root, world.roster.root(world.view.epoch().last_round, int(&world.json["beacon_time"])));
    }
    let (world, first) = (World::number(0), &rows(section, "good")[0]);
    edges(section, &bytes(&first["frame"]), |frame| pinned(first, world, frame));
    for row in rows(section, "bad") {
        refused(row, pinned(row, world, &bytes(&row["frame"])));
    }
}

fn list(value: &Value) -> List {
    match value.as_str().unwrap() {
        "roster" => List::Roster,
        "answerer list" => List::Answerers,
        other => panic!("{other}"),
    }
}

fn path(value: &Value) -> Vec<merkle::Hash> {
    value.as_array().unwrap().iter().map(array).collect()
}

fn member(leaf: &[u8; Member::LEAF_LEN]) -> Member {
    let mut leaf = *leaf;
    if Role::try_from(leaf[4]).is_err() {
        leaf[4] = 0; // a role that does not exist cannot even be asked about
    }
    Member::from_kept_leaf(&leaf).unwrap()
}

#[test]
fn vectors_of_proofs() {
    let section = section("proofs");
    for row in rows(section, "good") {
        let world = World::of(row);
        let (list, index, path) = (list(&row["list"]), id(&row["index"]), path(&row["path"]));
        assert_eq!(world.roster.path(list, index as usize), path);
        let proof = world.roster.inclusion(list, index, &path);
        let (member, merkle_root, committed) = match list {
            List::Roster => {
                let meters = [*world.view.utility()].into_iter().chain(world.roster.meters().iter().copied());
                (meters.collect::<Vec<_>>()[index as usize], "roster_merkle", world.roster.roster_root())
            }
            List::Answerers => {
                let answerer = world.roster.answerers()[index as usize];
                (answerer, "answerers_merkle", world.roster.answerers_root())
            }
        };
        assert_eq!(proof.merkle_root, array::<32>(&world.json[merkle_root]));
        assert_eq!(list.commit(proof.count, &proof.merkle_root), committed);
        proof.verify(&member, list, &committed).unwrap();
    }
    for row in rows(section, "bad") {
        let (list, path) = (list(&row["list"]), path(&row["path"]));
        let committed = match row.get("commitment") {
            Some(commitment) => array(commitment),
            None => World::of(row).roster.roster_root(),
        };
        let proof = Inclusion {
            index: id(&row["index"]),
            count: id(&row["count"]),
            merkle_root: array(&row["merkle_root"]),
            path: &path,
        };
        refused(row, proof.verify(&member(&array(&row["leaf"])), list, &committed));
    }
}
