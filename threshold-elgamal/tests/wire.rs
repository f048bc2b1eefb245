//! A round's frames against the wire vectors of meter-link, which an independent Python script made.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

#[path = "wire/bills.rs"]
mod bills;
#[path = "wire/ceremony.rs"]
mod ceremony;
#[path = "../../meter-link/tests/wire/json.rs"]
#[allow(dead_code)] // written for more than this
mod json;
#[path = "wire/keys.rs"]
mod keys;
#[path = "../../meter-link/tests/wire/world.rs"]
#[allow(dead_code)]
mod world;

use json::{array, bytes, int, ints, members, rows, section};
use meter_link::PartyId;
use meter_link::answer::{Quorum, Threshold};
use threshold_elgamal::{DlogTable, KeySet, Malformed, Params, Post, SecretShare, Trustee, Utility};
use world::{World, identity, round, secret};

#[test]
fn round_vectors() {
    let table = DlogTable::build(12).unwrap();
    for row in section("elgamal").as_array().unwrap() {
        let world = World::of(row);
        let params = Params::new(*world.view.group(), Threshold::DEFAULT).unwrap();
        assert_eq!(params.session(), world.view.epoch().session);
        let now = round(&row["round"]);
        let keys: Vec<[u8; 32]> = rows(row, "members").iter().map(array).collect();
        let keys = KeySet::new(Threshold::DEFAULT, &keys).unwrap();

        // The utility makes the same Open and Close, and takes every frame.
        let present = members(world.roster.meters().len(), &row["absent"]);
        let (roster, link) = (world.roster.clone(), secret(world.party(0)));
        let mut utility = Utility::new(&params, &world.view, world.utility(), link, &keys, roster).unwrap();
        let mut collecting = utility.open(now, now, &present).unwrap();
        assert_eq!(collecting.frame(), bytes(&row["open"]));
        let contributions: Vec<Vec<u8>> = rows(row, "contributions").iter().map(bytes).collect();
        contributions.iter().for_each(|frame| assert!(collecting.accept(frame).is_ok()));
        assert_eq!(collecting.missing().count(), 0);
        let quorum: Vec<u8> = ints(&row["quorum"]).into_iter().map(|n| n as u8).collect();
        let mut closed = utility.close(collecting, &Quorum::new(&quorum).unwrap()).unwrap();
        assert_eq!(closed.frame(), bytes(&row["close"]));

        let contributions: Vec<&[u8]> = contributions.iter().map(Vec::as_slice).collect();
        let listed: Vec<Vec<u8>> = rows(row, "trustees").iter().map(|t| bytes(&t["statement"])).collect();
        let statements: Vec<&[u8]> = listed.iter().map(Vec::as_slice).collect();
        for (trustee, statement) in rows(row, "trustees").iter().zip(&listed) {
            let number = int(&trustee["number"]) as u8;
            let id: PartyId = world.roster.answerers()[usize::from(number) - 1].id;
            let own = world.party(id.0);
            let mut share = array(&row["secrets"][usize::from(number) - 1]);
            let share = SecretShare::from_bytes(number, &mut share).unwrap();
            let post = Post { id, identity: identity(own), link: secret(own), share };
            let mut role = Trustee::new(&params, &world.view, post, &keys, world.roster.clone()).unwrap();
            role.open(now, &bytes(&row["open"])).unwrap();
            let entries = rows(trustee, "entries");
            let made = role.agree(now, &bytes(&row["close"]), &contributions).unwrap();
            assert_eq!(made.record(), bytes(&entries[0]));
            assert_eq!(made.stored(), *statement);
            let answer = role.answer(&statements).unwrap();
            assert_eq!((answer.record(), entries.len()), (&bytes(&trustee["proven_entry"])[..], 2));
            let answer = answer.stored();
            assert_eq!(answer, bytes(&trustee["proven"]));
            // Kind 53 is the same without the proof, and is taken no more.
            let (bare, channels) = (bytes(&trustee["share"]), world.view.channels());
            let payload = 16..48 + 32 * channels;
            assert_eq!(bare[payload.clone()], answer[payload]);
            let refused = Malformed::Link(meter_link::Malformed::WrongKind);
            assert_eq!(closed.accept(&bare), Err(refused.into()));
            assert_eq!(closed.accept_statement(statement), Ok(number));
            assert_eq!(closed.accept(&answer), Ok(number));
        }
        let sum = utility.record(&closed, &table).unwrap();
        let expected: Vec<i64> = rows(row, "sum").iter().map(|v| v.as_i64().unwrap()).collect();
        assert_eq!(sum.values, expected);
    }
}
