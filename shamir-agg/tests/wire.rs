//! Whole frames against the wire vectors of meter-link, which an independent Python script made.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

#[path = "../../meter-link/tests/wire/json.rs"]
#[allow(dead_code)] // written for more than this
mod json;
#[path = "../../meter-link/tests/wire/world.rs"]
#[allow(dead_code)]
mod world;

use json::{bytes, int, section};
use meter_link::answer::{AnswererLink, Threshold};
use meter_link::{Channels, HighWater};
use shamir_agg::{Meter, Params};
use world::{World, round, secret};

#[test]
fn contribution_vectors() {
    for row in section("shamir").as_array().unwrap() {
        let world = World::of(row);
        let params = Params::new(*world.view.group(), Threshold::new(9, 6, 2).unwrap()).unwrap();
        assert_eq!(params.session(), world.view.epoch().session);
        let now = round(&row["round"]);
        let id = world.roster.meters()[int(&row["position"]) as usize].id;
        let channels = Channels { first: 0, count: world.view.group().channels };
        let links: Vec<_> = world.roster.answerers().iter().map(|_| AnswererLink::default()).collect();
        let (link, answerers) = (secret(world.party(id.0)), world.roster.answerers());
        let mut meter = Meter::new(&params, &world.view, id, channels, link, answerers, links).unwrap();
        let reading: Vec<i64> =
            row["reading"].as_array().unwrap().iter().map(|v| v.as_i64().unwrap()).collect();
        let (mut mark, mut out) = (HighWater::<5>::new(), vec![0; params.contribution_len()]);
        let sent = meter.contribute(&mut mark, now, now, &reading, &mut out).unwrap().stored();
        assert_eq!(sent, bytes(&row["contribution"]));
    }
}
