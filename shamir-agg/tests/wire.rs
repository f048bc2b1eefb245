//! Whole frames and states against the wire vectors of meter-link, which an independent Python script made.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

#[path = "../../meter-link/tests/wire/json.rs"]
#[allow(dead_code)] // written for more than this
mod json;
#[path = "wire/windows.rs"]
mod windows;
#[path = "../../meter-link/tests/wire/world.rs"]
#[allow(dead_code)]
mod world;

use json::{array, bytes, edges, edited, id, int, ints, members, refused, rows, section};
use meter_link::answer::{AnswererLink, Threshold};
use meter_link::{Channels, HighWater, Round};
use serde_json::Value;
use shamir_agg::{Error, Meter, Params};
use world::{World, round, secret};

type Links = Vec<AnswererLink>;

fn links(world: &World) -> Links {
    world.roster.answerers().iter().map(|_| AnswererLink::default()).collect()
}

fn meter(params: &Params, world: &World, position: usize, first: u16) -> Meter<Links> {
    let id = world.roster.meters()[position].id;
    let channels = Channels { first, count: world.view.group().channels };
    let (link, answerers) = (secret(world.party(id.0)), world.roster.answerers());
    Meter::new(params, &world.view, id, channels, link, answerers, links(world)).unwrap()
}

fn contribute(meter: &mut Meter<Links>, mark: &mut HighWater<8>, now: Round, reading: &Value) -> Vec<u8> {
    let reading: Vec<i64> = reading.as_array().unwrap().iter().map(|v| v.as_i64().unwrap()).collect();
    let mut out = [0; 512];
    meter.contribute(mark, now, now, &reading, &mut out).unwrap().stored().to_vec()
}

#[test]
fn contribution_vectors() {
    for row in section("shamir").as_array().unwrap() {
        let world = World::of(row);
        let params = Params::new(*world.view.group(), Threshold::new(9, 6, 2).unwrap()).unwrap();
        assert_eq!(params.session(), world.view.epoch().session);
        let mut meter = meter(&params, world, int(&row["position"]) as usize, 0);
        let sent = contribute(&mut meter, &mut HighWater::new(), round(&row["round"]), &row["reading"]);
        assert_eq!(sent, bytes(&row["contribution"]));
        assert_eq!(sent.len(), params.contribution_len());
    }
}

/// The group with windows: its parameters make its session.
fn group() -> (&'static Value, &'static World, Params) {
    let json = section("windows");
    let world = World::of(json);
    let params = Params::new(*world.view.group(), Threshold::new(9, 6, 2).unwrap()).unwrap();
    let with = params.with_windows(id(&json["rounds"]), id(&json["min_rounds"])).unwrap();
    assert_eq!(with.session(), world.view.epoch().session);
    assert_ne!(params.session(), with.session());
    (json, world, with)
}

#[test]
fn contribution_vectors_of_windows() {
    let (json, world, params) = group();
    let count = world.roster.meters().len();
    for position in 0..count {
        let mut meter = meter(&params, world, position, int(&json["first_channel"]) as u16);
        let mut mark = HighWater::new();
        for row in rows(json, "history") {
            let set = members(count, &row["absent"]);
            if set[position] {
                let index = set[..position].iter().filter(|member| **member).count();
                let sent = contribute(&mut meter, &mut mark, round(&row["round"]), &row["readings"][index]);
                assert_eq!(sent, bytes(&row["contributions"][index]));
            }
        }
    }
}

#[test]
fn state_vectors_of_meters() {
    let (json, world, params) = group();
    let section = &section("states")["meters"];
    let read = |state: &[u8]| Meter::from_bytes(&params, &world.view, links(world), state);
    let written = |meter: &Meter<Links>| {
        let mut out = vec![0; params.meter_state_len()];
        meter.to_bytes(&mut out).map(<[u8]>::to_vec)
    };
    for row in rows(section, "good") {
        let position = int(&row["position"]) as usize;
        let mut meter = meter(&params, world, position, int(&json["first_channel"]) as u16);
        let mut mark = HighWater::new();
        let reading = Value::from(vec![5, -7]);
        for at in ints(&row["rounds"]) {
            contribute(&mut meter, &mut mark, Round::new(at).unwrap(), &reading);
        }
        assert_eq!(written(&meter), Ok(bytes(&row["state"])));
        let mut again = read(&bytes(&row["state"])).unwrap();
        assert_eq!(written(&again), Ok(bytes(&row["state"])));
        let last = rows(json, "history").last().unwrap();
        let now = round(&last["round"]);
        let sent = [&mut meter, &mut again].map(|m| contribute(m, &mut HighWater::new(), now, &reading));
        assert_eq!(sent[0], sent[1]);
    }
    let first = bytes(&rows(section, "good")[0]["state"]);
    edges(section, &first, read);
    for row in rows(section, "bad") {
        refused(row, read(&edited(row, &first, 0)));
    }
}

fn malformed<T>(result: Result<T, Error>) -> bool {
    matches!(result, Err(Error::Malformed(_)))
}
