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

use dcnet_core::{Meter, Neighbour, Params, Place};
use json::{bytes, int, rows, section};
use meter_link::answer::{AnswererLink, Threshold};
use meter_link::{Channels, HighWater};
use world::{World, round, secret};

#[test]
fn contribution_and_repair_vectors() {
    for row in section("dcnet").as_array().unwrap() {
        let world = World::of(row);
        let params = Params::complete(*world.view.group(), Threshold::DEFAULT).unwrap();
        assert_eq!(params.session(), world.view.epoch().session);
        let (position, now) = (int(&row["position"]) as u32, round(&row["round"]));
        let id = world.roster.meters()[position as usize].id;
        let channels = Channels { first: 0, count: world.view.group().channels };
        let others = (0u32..).zip(world.roster.meters().iter().copied()).filter(|(p, _)| *p != position);
        let mut meter = Meter::new(
            &params,
            &world.view,
            Place { id, position, channels },
            secret(world.party(id.0)),
            world.roster.answerers(),
            others,
            (0..world.roster.answerers().len()).map(|_| AnswererLink::default()).collect::<Vec<_>>(),
            (1..world.roster.meters().len()).map(|_| Neighbour::default()).collect::<Vec<_>>(),
        )
        .unwrap();
        meter.open(now, &bytes(&row["open"])).unwrap();
        let reading: Vec<i64> =
            row["reading"].as_array().unwrap().iter().map(|v| v.as_i64().unwrap()).collect();
        let (mut mark, mut out) = (HighWater::<2>::new(), vec![0; params.contribution_len()]);
        let sent = meter.contribute(&mut mark, now, now, &reading, &mut out).unwrap().stored().to_vec();
        assert_eq!(sent, bytes(&row["contribution"]));
        for pass in rows(row, "passes") {
            let mut out = vec![0; params.repair_len()];
            let repair = meter.close(now, &bytes(&pass["close"]), &mut out).unwrap().stored();
            assert_eq!(repair.map(<[u8]>::to_vec), Some(bytes(&pass["repair"])));
        }
    }
}
