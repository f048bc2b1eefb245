//! Hellos, claims and a hand over: tests/vectors/claims-v1.json, written by plain Python (tests/ring_vectors/claims.py).

use std::path::Path;

use chacha20::ChaCha20Rng;
use cmt_ring::election::{Election, Heard, Roll};
use cmt_ring::{Book, Claim, Entry, Error, Forming, Generation, Listed, Meter, Neighbours};
use meter_link::set::Members;
use meter_link::{Channels, Identity, LinkSecret, Round};
use rand_core::SeedableRng;
use serde_json::Value;

use super::ring::{Scene, hex, list, number, secret, small};

struct File(Value);

impl File {
    fn read() -> Self {
        File(super::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/claims-v1.json")))
    }

    fn identity(&self, n: usize) -> Identity {
        Identity::from_bytes(&mut secret(&self.0["meters"][n]["seed"]))
    }

    fn link(&self, n: usize) -> LinkSecret {
        LinkSecret::from_bytes(&mut secret(&self.0["meters"][n]["secret"]))
    }

    /// A licensed meter.
    fn meter(&self, scene: &Scene<'_>, n: usize) -> Meter<2> {
        let mut meter =
            Meter::new(&scene.params, &scene.view, &listed(scene, n), Channels { first: 0, count: 2 })
                .unwrap();
        meter.licensed(round(&self.0["asked"]), &hex(&self.0["licences"][n])).unwrap();
        meter
    }
}

fn round(value: &Value) -> Round {
    Round::from(small(value))
}

fn entry(scene: &Scene<'_>, n: usize) -> Entry {
    Entry { position: n as u32, member: scene.roster.meters()[n] }
}

fn listed(scene: &Scene<'_>, n: usize) -> Listed {
    entry(scene, n).listed()
}

/// All meters but these.
fn members(scene: &Scene<'_>, absent: &Value) -> Members {
    let mut marks = vec![true; scene.roster.meters().len()];
    list(absent).iter().for_each(|n| marks[number(n) as usize] = false);
    Members::marked(&marks).unwrap()
}

fn refused(row: &Value, result: Result<(), Error>) {
    let error = result.expect_err(row["what"].as_str().unwrap());
    assert_eq!(format!("{error:?}"), row["error"].as_str().unwrap(), "{}", row["what"]);
}

#[test]
fn vectors_of_drawn_terms() {
    let file = File::read();
    let scene = Scene::new(&file.0);
    let rows = list(&file.0["terms"]);
    assert_eq!(rows.len(), 5);
    for row in rows {
        for (generation, term) in (1..).zip(list(&row["terms"])) {
            assert_eq!(Generation(generation).term(scene.view.epoch(), small(&row["mean"])), small(term));
        }
    }
}

/// Each claimant makes these bytes, and everybody reads what they say.
#[test]
fn vectors_of_claims() {
    let file = File::read();
    let scene = Scene::new(&file.0);
    let rows = list(&file.0["claims"]["rows"]);
    let claims: Vec<Claim> = rows
        .iter()
        .map(|row| {
            let n = number(&row["claimant"]) as usize;
            let (me, frame, set) = (entry(&scene, n), hex(&row["frame"]), members(&scene, &row["absent"]));
            let (from, generation) = (round(&row["from_round"]), Generation(small(&row["generation"])));
            let mut meter = file.meter(&scene, n);
            let prepared = meter.claim(&file.identity(n), &me, from, from, generation, &set).unwrap();
            assert_eq!(prepared.record(), hex(&row["record"]));
            assert_eq!(prepared.stored(), frame);
            let (claim, read) = Claim::verify(&scene.params, &scene.view, &me, &frame).unwrap();
            assert_eq!(Members::from(read), set);
            assert_eq!(meter.followed(), Some(&claim));
            let expected = Claim {
                generation,
                from,
                until: round(&row["until"]),
                id: me.member.id,
                position: me.position,
                count: small(&row["count"]),
                set: secret(&row["set"]),
                draw: small(&row["draw"]),
            };
            assert_eq!(claim, expected);
            claim
        })
        .collect();
    assert_eq!(claims.len(), 21);
    let pairs = |name: &str| -> Vec<(usize, usize)> {
        let pair = |pair: &Value| (number(&pair[0]) as usize, number(&pair[1]) as usize);
        list(&file.0["claims"][name]).iter().map(pair).collect()
    };
    let (beats, precedes) = (pairs("beats"), pairs("precedes"));
    assert!(!beats.is_empty() && precedes.len() > beats.len());
    for (i, a) in claims.iter().enumerate() {
        for (j, b) in claims.iter().enumerate() {
            assert_eq!(a.beats(b), beats.contains(&(i, j)), "{i} {j}");
            assert_eq!(a.precedes(b), precedes.contains(&(i, j)), "{i} {j}");
        }
    }
}

#[test]
fn vectors_of_sets_in_other_encodings() {
    let file = File::read();
    let scene = Scene::new(&file.0);
    for row in list(&file.0["encodings"]) {
        let me = entry(&scene, number(&row["claimant"]) as usize);
        let read = |frame: &Value| Claim::verify(&scene.params, &scene.view, &me, &hex(frame)).unwrap().0;
        let claims: Vec<Claim> = list(&row["frames"]).iter().map(read).collect();
        assert!(claims.len() > 1 && claims.iter().all(|claim| *claim == claims[0]));
    }
}

#[test]
fn vectors_of_bad_claims() {
    let file = File::read();
    let scene = Scene::new(&file.0);
    let rows = list(&file.0["bad_claims"]);
    assert!(rows.len() > 25);
    let mut meter = file.meter(&scene, 0);
    for row in rows {
        let (claimant, frame) = (entry(&scene, number(&row["claimant"]) as usize), hex(&row["frame"]));
        refused(row, Claim::verify(&scene.params, &scene.view, &claimant, &frame).map(drop));
        refused(row, meter.follow(round(&file.0["now"]), &claimant, &frame).map(drop));
        assert_eq!(meter.followed(), None);
    }
}

#[test]
fn vectors_of_hellos() {
    let file = File::read();
    let (scene, section) = (Scene::new(&file.0), &file.0["hellos"]);
    let now = round(&section["now"]);
    let g = Generation(small(&section["generation"]));
    let open = |n: usize| {
        Election::open(&file.meter(&scene, n), &file.identity(n), &entry(&scene, n), now, now, g, 3).unwrap()
    };
    let mut election = open(0);
    let mut roll = Roll::new(&scene.view);
    roll.cut(small(&section["void"]["meter"]), round(&section["void"]["since"]));
    for row in list(&section["bad"]) {
        let sender = entry(&scene, number(&row["meter"]) as usize);
        refused(row, election.hear(now, &roll, &sender, &hex(&row["frame"])).map(drop));
    }
    assert_eq!(election.members().count(), 1);
    for row in list(&section["good"]) {
        let n = number(&row["meter"]) as usize;
        let (me, frame) = (entry(&scene, n), hex(&row["frame"]));
        let (generation, from) = (Generation(small(&row["generation"])), round(&row["from_round"]));
        let mut meter = file.meter(&scene, n);
        meter.licensed(now, &hex(&row["licence"])).unwrap();
        let made = match generation {
            Generation(0) => meter.discover(&file.identity(n), &me, from),
            _ => meter.hello(&file.identity(n), &me, now, from, generation),
        };
        assert_eq!(made.unwrap().to_vec(), frame);
        let expected = match row["says"].as_str().unwrap() {
            "New" => Heard::New,
            "Known" => Heard::Known,
            "Discovery" => Heard::Discovery,
            "Elsewhere" => Heard::Elsewhere(generation, from),
            other => panic!("{other}"),
        };
        assert_eq!(election.hear(now, &roll, &me, &frame), Ok(expected));
    }
    assert_eq!(election.members().count(), 4);
}

/// A ring of all, as far as its keys; its concentrator's book.
fn ring(file: &File, scene: &Scene<'_>, section: &Value) -> (Vec<Meter<2>>, Book) {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let count = scene.roster.meters().len();
    let (lead, from) = (number(&section["concentrator"]) as usize, round(&section["from_round"]));
    let generation = Generation(small(&section["present"]));
    let mut meters: Vec<Meter<2>> = (0..count).map(|n| file.meter(scene, n)).collect();
    let set = Members::marked(&vec![true; count]).unwrap();
    let claim = meters[lead].claim(&file.identity(lead), &entry(scene, lead), from, from, generation, &set);
    let claim = claim.unwrap().stored();
    for meter in &mut meters {
        meter.follow(from, &entry(scene, lead), &claim).unwrap();
    }
    let all: Vec<Listed> = (0..count).map(|n| listed(scene, n)).collect();
    let opened = Forming::open(&mut meters[lead], &file.link(lead), from, from, generation, &all, &mut rng);
    let mut forming = opened.unwrap().stored();
    let tokens: Vec<_> = forming.tokens().map(|(id, token)| (id, token.to_vec())).collect();
    let mut out = [0; 128];
    for (id, token) in tokens {
        let n = scene.roster.position(id).unwrap();
        let joined = meters[n].join(&file.link(n), from, &all[lead], &token, &mut out, &mut rng).unwrap();
        forming.accept(joined.stored()).unwrap();
    }
    let formed = forming.close(&mut meters[lead]).unwrap();
    for (id, frame) in &formed.seats {
        let n = scene.roster.position(*id).unwrap();
        let around: Neighbours<Listed> =
            meters[n].neighbours(frame).unwrap().map(|place| all[place as usize]);
        meters[n].seat(&file.link(n), frame, &around).unwrap();
    }
    (meters, formed.book)
}

#[test]
fn vectors_of_hand_overs() {
    let file = File::read();
    let (scene, section) = (Scene::new(&file.0), &file.0["hand_overs"]);
    let (meters, book) = ring(&file, &scene, section);
    let [lead, to] = ["concentrator", "to"].map(|name| number(&section[name]) as usize);
    let until = round(&section["until"]);
    assert_eq!(meters[to].until(), Some(until));
    let (generation, set) = (Generation(small(&section["generation"])), members(&scene, &section["absent"]));
    let (id, frame) = meters[lead].hand_over(&book, until, until, generation, &set).unwrap();
    assert_eq!(id, scene.roster.meters()[to].id);
    assert_eq!(frame, hex(&section["frame"]));
    let taken = meters[to].handed_over(until, &frame).unwrap();
    assert_eq!((taken.generation, taken.from, taken.members), (generation, until, set));
    let rows = list(&section["bad"]);
    assert!(rows.len() > 20);
    for row in rows {
        refused(row, meters[to].handed_over(until, &hex(&row["frame"])).map(drop));
    }
}
