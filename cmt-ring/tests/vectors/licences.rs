//! Licences, lost rounds and what the supplier stores: tests/vectors/licences-v1.json, written by plain Python
//! (tests/ring_vectors/licences.py).

use std::path::Path;

use cmt_ring::{Error, Generation, Licence, Lost, Supplier};
use meter_link::{Identity, LinkSecret, PartyId, Round};
use serde_json::Value;

use super::ring::{Scene, hex, list, number, secret, small};

fn file() -> Value {
    super::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/licences-v1.json"))
}

fn round(value: &Value) -> Round {
    Round::from(small(value))
}

fn link(party: &Value) -> LinkSecret {
    LinkSecret::from_bytes(&mut secret(&party["secret"]))
}

fn identity(party: &Value) -> Identity {
    Identity::from_bytes(&mut secret(&party["seed"]))
}

fn supplier(scene: &Scene<'_>, file: &Value) -> Supplier {
    Supplier::new(&scene.params, &scene.view, &scene.roster, link(&file["utility"])).unwrap()
}

fn restored(scene: &Scene<'_>, file: &Value, state: &[u8]) -> Result<Supplier, Error> {
    let link = Some(link(&file["utility"]));
    Supplier::from_bytes(&scene.params, &scene.view, &scene.roster, link, state)
}

/// Every bad row is refused as it says.
fn refused(rows: &Value, mut step: impl FnMut(&[u8]) -> Result<(), Error>) {
    assert!(list(rows).len() > 10);
    for row in list(rows) {
        let error = step(&hex(&row["frame"])).expect_err(row["what"].as_str().unwrap());
        assert_eq!(format!("{error:?}"), row["error"].as_str().unwrap(), "{}", row["what"]);
    }
}

#[test]
fn vectors_of_terms() {
    let file = file();
    let scene = Scene::new(&file);
    for (generation, term) in (1..).zip(list(&file["terms"])) {
        assert_eq!(Generation(generation).term(scene.view.epoch(), small(&file["mean_term"])), small(term));
    }
}

/// Meter and supplier, byte for byte, to a ring, a round, a lost one, and the state.
#[test]
fn vectors_of_a_supplier() {
    let file = file();
    let (scene, story) = (Scene::new(&file), &file["story"]);
    let mut supplier = supplier(&scene, &file);
    let own = identity(&file["utility"]);
    assert_eq!(supplier.to_bytes().unwrap().to_vec(), hex(&story["empty"]));
    assert_eq!(restored(&scene, &file, &hex(&story["empty"])).map(drop), Ok(()));

    for row in list(&story["licences"]) {
        ask(&scene, &file, &mut supplier, row);
    }
    let register = |supplier: &mut Supplier, row: &Value, now: Round| {
        let lead = PartyId(small(&row["concentrator"]));
        assert_eq!(supplier.claimed(now, &hex(&row["claim"])).map(|claim| claim.id), Ok(lead));
        supplier.register(now, lead, &hex(&row["group_key"])).unwrap()
    };
    register(&mut supplier, &story["first"], round(&story["first"]["now"]));
    for row in list(&story["renewals"]) {
        ask(&scene, &file, &mut supplier, row);
    }
    let generation = register(&mut supplier, &story["second"], round(&story["registered"]));
    assert_eq!(generation, Generation(small(&story["second"]["generation"])));
    assert_eq!(supplier.until(), Some(round(&story["second"]["until"])));
    ask(&scene, &file, &mut supplier, &story["late"]);
    supplier.expel(scene.roster.meters()[number(&story["expelled"]) as usize].id).unwrap();

    let r = round(&story["round"]["round"]);
    let mut collecting = supplier.open(r, r).unwrap();
    assert_eq!(supplier.progress().unwrap().to_vec(), hex(&story["round"]["record"]));
    for frame in list(&story["round"]["contributions"]) {
        collecting.accept(&hex(frame)).unwrap();
    }
    assert_eq!(collecting.close().unwrap().values, super::signed(&story["round"]["sum"]));

    let r = round(&story["lost"]["round"]);
    let mut collecting = supplier.open(r, r).unwrap();
    for frame in list(&story["lost"]["contributions"]) {
        collecting.accept(&hex(frame)).unwrap();
    }
    let prepared = supplier.discard(&own, collecting).unwrap();
    assert_eq!(prepared.record().to_vec(), hex(&story["lost"]["record"]));
    let frame = prepared.stored();
    assert_eq!(frame, hex(&story["lost"]["frame"]));
    let names = Lost::verify(&scene.view, r, &frame).unwrap().names().map(|name| u64::from(name.0));
    assert_eq!(names.collect::<Vec<_>>(), super::unsigned(&story["lost"]["names"]));

    let state = hex(&story["state"]);
    assert_eq!(supplier.to_bytes().unwrap().to_vec(), state);
    let again = restored(&scene, &file, &state).unwrap();
    assert_eq!(again.to_bytes().unwrap().to_vec(), state);
    for row in list(&story["bad_states"]) {
        let error = restored(&scene, &file, &hex(&row["state"])).map(drop);
        assert_eq!(error, Err(cmt_ring::Malformed::BadRecord.into()), "{}", row["what"]);
    }
}

/// A meter asks, the supplier answers, and its record says the same to one that has forgotten.
fn ask(scene: &Scene<'_>, file: &Value, supplier: &mut Supplier, row: &Value) {
    let party = &file["meters"][number(&row["meter"]) as usize];
    let (me, now) = (scene.listed(small(&party["id"])), round(&row["now"]));
    let number = small(&row["number"]);
    let request = Licence::request(&identity(party), &scene.view, &me, now, number).unwrap();
    assert_eq!(request.to_vec(), hex(&row["request"]));
    let prepared = supplier.licence(&identity(&file["utility"]), now, &request).unwrap();
    assert_eq!(prepared.record().to_vec(), hex(&row["record"]));
    let frame = prepared.stored();
    assert_eq!(frame.to_vec(), hex(&row["licence"]));
    let licence = Licence::accept(&scene.view, &me, now, number, &frame).unwrap();
    assert_eq!(licence.to_frame(&scene.view).unwrap(), frame);
    let mut forgetful = self::supplier(scene, file);
    forgetful.replay(&hex(&row["record"])).unwrap();
    let again = forgetful.licence(&identity(&file["utility"]), now, &request).unwrap();
    assert_eq!(again.stored(), frame);
}

#[test]
fn vectors_of_bad_requests() {
    let file = file();
    let (scene, rows) = (Scene::new(&file), &file["requests"]);
    let (own, now) = (identity(&file["utility"]), round(&rows["now"]));
    let mut supplier = supplier(&scene, &file);
    let mut step = |frame: &[u8]| supplier.licence(&own, now, frame).map(drop);
    refused(&rows["rows"], &mut step);
    assert_eq!(step(&hex(&rows["good"])), Ok(()));
}

#[test]
fn vectors_of_bad_licences() {
    let file = file();
    let (scene, rows) = (Scene::new(&file), &file["received"]);
    let now = round(&rows["now"]);
    let me = scene.listed(small(&file["meters"][number(&rows["meter"]) as usize]["id"]));
    let step = |frame: &[u8]| Licence::accept(&scene.view, &me, now, small(&rows["number"]), frame);
    refused(&rows["rows"], |frame| step(frame).map(drop));
    let good = step(&hex(&rows["good"])).unwrap();
    assert_eq!(good.to_bytes().unwrap().to_vec(), hex(&rows["kept"]));
    let kept = Licence::from_bytes(&hex(&rows["kept"]).try_into().unwrap()).unwrap();
    assert_eq!(kept, good);
    assert_eq!(kept.verify(&scene.view, &me), Ok(()));
    for row in list(&rows["shown"]) {
        let signature = hex(&row["signature"]).try_into().unwrap();
        let shown = Licence::shown(&scene.view, &me, round(&row["since"]), small(&row["number"]), &signature);
        let error = shown.expect_err(row["what"].as_str().unwrap());
        assert_eq!(format!("{error:?}"), row["error"].as_str().unwrap(), "{}", row["what"]);
    }
}

#[test]
fn vectors_of_bad_notices() {
    let file = file();
    let (scene, rows) = (Scene::new(&file), &file["notices"]);
    let now = round(&rows["now"]);
    refused(&rows["rows"], |frame| Lost::verify(&scene.view, now, frame).map(drop));
    let good = hex(&rows["good"]);
    let lost = Lost::verify(&scene.view, now, &good).unwrap();
    assert_eq!((lost.generation(), lost.round()), (Generation(small(&rows["generation"])), now));
    let names = lost.names().map(|name| u64::from(name.0));
    assert_eq!(names.collect::<Vec<_>>(), super::unsigned(&rows["names"]));
}
