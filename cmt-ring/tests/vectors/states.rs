//! Stored states of tests/vectors/states-v1.json, byte for byte, through the life of rings that heal. The file is written by
//! a plain-Python implementation (tests/ring_vectors/states.py).

use std::path::Path;

use cmt_ring::{Book, Entry, Generation, Listed, Meter, Supplier};
use meter_link::{Channels, HighWater, LinkSecret, Round};
use serde_json::Value;

use super::ring::{Draws, Scene, drawn, hex, list, secret, small};

type Device = Meter<5>;

fn file() -> Value {
    super::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/states-v1.json"))
}

fn state(meter: &Device) -> Vec<u8> {
    let mut out = [0u8; Device::MAX_STATE_LEN];
    meter.to_bytes(&mut out).unwrap().to_vec()
}

fn restored(scene: &Scene<'_>, listed: &Listed, state: &[u8]) -> Device {
    let channels = Channels { first: 0, count: scene.params.group().channels };
    Device::from_bytes(&scene.params, &scene.view, listed, channels, state).unwrap()
}

/// What was written is the file's, and what is read is written again and goes on.
fn compare(scene: &Scene<'_>, ids: &[u32], meters: &mut [Device], order: &[usize], states: &Value) {
    let states = list(states);
    assert_eq!(states.len(), order.len());
    for (rank, expected) in order.iter().zip(states) {
        let expected = hex(expected);
        assert_eq!(state(&meters[*rank]), expected);
        meters[*rank] = restored(scene, &scene.listed(ids[*rank]), &expected);
        assert_eq!(state(&meters[*rank]), expected);
    }
}

fn reopened(scene: &Scene<'_>, book: &Book, expected: &Value) -> Book {
    let bytes = book.to_bytes(&scene.view).unwrap();
    assert_eq!(*bytes, hex(expected));
    Book::from_bytes(&scene.params, &scene.view, &bytes).unwrap()
}

#[test]
fn vectors_of_states() {
    let mut healings = 0;
    for row in list(&file()["rings"]) {
        let scene = Scene::new(row);
        let link = LinkSecret::from_bytes(&mut secret(&row["utility"]["secret"]));
        let mut supplier = Supplier::new(&scene.params, &scene.view, &scene.roster, link).unwrap();
        let (mut meters, mut book) = scene.form(&mut supplier);
        let ids: Vec<u32> = scene.members().iter().map(|m| small(&m["id"])).collect();
        let mut order: Vec<usize> = (0..meters.len()).map(|place| scene.rank(place)).collect();
        let lead = order[0];
        // From the state between token and seat, the seat gives the place.
        for rank in (0..meters.len()).filter(|rank| *rank != lead) {
            let (listed, id) = (scene.listed(ids[rank]), ids[rank].to_string());
            let joining = hex(&row["joining"][&id]);
            let mut meter = restored(&scene, &listed, &joining);
            assert_eq!(state(&meter), joining);
            let frame = hex(&row["forming"][&id]["seat"]);
            let at = |position: u32| scene.listed(scene.roster.meters()[position as usize].id.0);
            let around = meter.neighbours(&frame).unwrap().map(at);
            meter.seat(&scene.link(listed.position), &frame, &around).unwrap();
            assert_eq!(state(&meter), state(&meters[rank]));
        }
        compare(&scene, &ids, &mut meters, &order, &row["states"]);
        book = reopened(&scene, &book, &row["book"]);
        let mut marks: Vec<HighWater<5>> = meters.iter().map(|_| HighWater::new()).collect();
        for round in list(&row["rounds"]) {
            scene.round(&mut supplier, &mut meters, &mut marks, &order, round);
            compare(&scene, &ids, &mut meters, &order, &round["states"]);
        }
        let mut out: Vec<u32> = Vec::new();
        for healing in list(&row["healings"]) {
            let generation = Generation(small(&healing["generation"]));
            let from = Round::from(small(&healing["from_round"]));
            let cut: Vec<u32> = list(&healing["cut"]).iter().map(small).collect();
            let new: Vec<u32> = cut.iter().copied().filter(|position| !out.contains(position)).collect();
            let link = scene.link(scene.listed(ids[lead]).position);
            let mut draws = Draws::of(&[&drawn(&healing["drawn"])]);
            let prepared =
                book.heal(&mut meters[lead], &link, from, from, generation, &new, &mut draws).unwrap();
            let frames = prepared.stored();
            for (id, frame) in &frames.members {
                let rank = ids.iter().position(|other| *other == id.0).unwrap();
                let at = |position: u32| scene.listed(scene.roster.meters()[position as usize].id.0);
                let around = meters[rank].healed_neighbours(frame).unwrap().map(at);
                let link = scene.link(scene.listed(id.0).position);
                meters[rank].heal(&link, from, frame, &around).unwrap().stored();
            }
            assert_eq!(supplier.heal(from, &frames.supplier), Ok(generation));
            order = list(&healing["order"]).iter().map(|rank| small(rank) as usize).collect();
            compare(&scene, &ids, &mut meters, &order, &healing["states"]);
            book = reopened(&scene, &book, &healing["book"]);
            for round in list(&healing["rounds"]) {
                scene.round(&mut supplier, &mut meters, &mut marks, &order, round);
                compare(&scene, &ids, &mut meters, &order, &round["states"]);
            }
            (out, healings) = (cut, healings + 1);
        }
    }
    assert_eq!(healings, 3);
}

#[test]
fn vectors_of_states_with_terms() {
    let file = file();
    let row = &file["town"];
    let scene = Scene::new(row);
    let entry = |n: u32| Entry { position: n, member: scene.roster.meters()[n as usize] };
    let (me, now) = (entry(small(&row["meter"])).listed(), Round::from(small(&row["now"])));
    let channels = Channels { first: 0, count: scene.params.group().channels };
    let mut meter = Device::new(&scene.params, &scene.view, &me, channels).unwrap();
    meter.licensed(now, &hex(&row["licence"])).unwrap();
    assert_eq!(state(&meter), hex(&row["licensed"]));
    let claim = meter.follow(now, &entry(small(&row["claimant"])), &hex(&row["claim"])).unwrap();
    assert_eq!(state(&meter), hex(&row["following"]));
    let meter = restored(&scene, &me, &hex(&row["following"]));
    assert_eq!((meter.followed(), state(&meter)), (Some(&claim), hex(&row["following"])));
}
