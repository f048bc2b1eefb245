//! Rings that heal, of tests/vectors/heal-v1.json, byte for byte. The file is written by a plain-Python implementation
//! (tests/ring_vectors/heal.py); what the concentrator draws there is drawn here.

use std::path::Path;

use cmt_ring::{Error, Generation, Mode, Neighbours, Supplier};
use meter_link::{HighWater, LinkSecret, Round};
use serde_json::Value;

use super::ring::{Draws, Scene, drawn, hex, list, secret, small};

fn file() -> Value {
    super::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/heal-v1.json"))
}

/// Every bad row is refused as it says.
fn refused(rows: &Value, mut step: impl FnMut(&[u8]) -> Result<(), Error>) {
    assert!(list(rows).len() > 10);
    for row in list(rows) {
        let error = step(&hex(&row["frame"])).expect_err(row["what"].as_str().unwrap());
        assert_eq!(format!("{error:?}"), row["error"].as_str().unwrap(), "{}", row["what"]);
    }
}

/// The bad frames come before the first healing, and change nothing of what follows.
#[test]
fn vectors_of_rings_that_heal() {
    let (mut modes, mut healings, mut back) = (Vec::new(), 0, 0);
    for row in list(&file()["rings"]) {
        let scene = Scene::new(row);
        modes.push((scene.params.mode(), scene.params.second_ring()));
        let link = LinkSecret::from_bytes(&mut secret(&row["utility"]["secret"]));
        let mut supplier = Supplier::new(&scene.params, &scene.view, &scene.roster, link).unwrap();
        let (mut meters, mut book) = scene.form(&mut supplier);
        let mut marks: Vec<HighWater<5>> = meters.iter().map(|_| HighWater::new()).collect();
        let order: Vec<usize> = (0..meters.len()).map(|place| scene.rank(place)).collect();
        let (lead, ids) = (order[0], scene.members().iter().map(|m| small(&m["id"])).collect::<Vec<_>>());
        for round in list(&row["rounds"]) {
            scene.round(&mut supplier, &mut meters, &mut marks, &order, round);
        }
        if !row["bad"].is_null() {
            let bad = &row["bad"];
            let (now, member) = (Round::from(small(&bad["now"])), small(&bad["member"]) as usize);
            let link = scene.link(scene.listed(ids[member]).position);
            refused(&bad["to_supplier"], |frame| supplier.heal(now, frame).map(|_| ()));
            refused(&bad["to_member"], |frame| {
                let around = meters[member].healed_neighbours(frame)?;
                let around = around.map(|p| scene.listed(scene.roster.meters()[p as usize].id.0));
                meters[member].heal(&link, now, frame, &around).map(|_| ())
            });
        }
        let mut out: Vec<u32> = Vec::new();
        for healing in list(&row["healings"]) {
            let (generation, from) =
                (Generation(small(&healing["generation"])), Round::from(small(&healing["from_round"])));
            let cut: Vec<u32> = list(&healing["cut"]).iter().map(small).collect();
            let new: Vec<u32> = cut.iter().copied().filter(|position| !out.contains(position)).collect();
            let link = scene.link(scene.listed(ids[lead]).position);
            let mut draws = Draws::of(&[&drawn(&healing["drawn"])]);
            let prepared =
                book.heal(&mut meters[lead], &link, from, from, generation, &new, &mut draws).unwrap();
            draws.end();
            assert_eq!(prepared.record(), hex(&healing["record"]));
            let frames = prepared.stored();
            assert_eq!(frames.supplier, hex(&healing["healed"]));
            let order: Vec<usize> = list(&healing["order"]).iter().map(|rank| small(rank) as usize).collect();
            assert_eq!(frames.members.len() + 1, order.len());
            for (id, frame) in &frames.members {
                assert_eq!(*frame, hex(&healing["heal"][id.0.to_string()]));
                let rank = ids.iter().position(|other| *other == id.0).unwrap();
                let around = meters[rank].healed_neighbours(frame).unwrap();
                let around = around.map(|p| scene.listed(scene.roster.meters()[p as usize].id.0));
                let link = scene.link(scene.listed(id.0).position);
                let prepared = meters[rank].heal(&link, from, frame, &around).unwrap();
                assert_eq!(prepared.record(), hex(&healing["record"]));
                prepared.stored();
            }
            assert_eq!(supplier.heal(from, &frames.supplier), Ok(generation));
            // Nobody who was cut is back, whatever the concentrator says.
            for row in healing["bad"].as_array().into_iter().flatten() {
                let now = Round::from(small(&row["now"]));
                for (id, frame) in row["frames"].as_object().unwrap() {
                    let rank = ids.iter().position(|other| other.to_string() == *id).unwrap();
                    let link = scene.link(scene.listed(ids[rank]).position);
                    let frame = hex(frame);
                    let around = Neighbours { predecessor: 0, successor: 0, second: None };
                    let around = around.map(|_| scene.listed(ids[lead]));
                    let error = meters[rank].heal(&link, now, &frame, &around).map(|_| ()).unwrap_err();
                    assert_eq!(format!("{error:?}"), row["error"].as_str().unwrap(), "{}", row["what"]);
                    back += 1;
                }
            }
            for round in list(&healing["rounds"]) {
                scene.round(&mut supplier, &mut meters, &mut marks, &order, round);
            }
            (out, healings) = (cut, healings + 1);
        }
    }
    assert!(back > 20);
    assert_eq!(modes.iter().filter(|mode| **mode == (Mode::Derived, true)).count(), 2);
    assert!(
        modes.contains(&(Mode::Drawn, false)) && modes.contains(&(Mode::Derived, false)) && healings == 9
    );
}
