//! Opens, Closes and bound answers.

use meter_link::answer::{AnswerKind, Answerer, Opening, Post, Quorum};
use meter_link::mark::check;
use meter_link::round::{Close, CloseFields, Open, OpenFields, frame_hash};
use meter_link::set::SetView;
use meter_link::{Error, Field64, Label, Link, PartyId};
use serde_json::Value;

use crate::json::{array, bytes, edges, int, ints, members, refused, rows, section};
use crate::world::{World, round, secret};

pub(crate) fn listed(set: &SetView<'_>) -> Vec<bool> {
    (0..set.total()).map(|p| set.contains(p)).collect()
}

pub(crate) fn quorum(value: &Value) -> Option<Quorum> {
    let numbers: Vec<u8> = ints(value).into_iter().map(|n| n as u8).collect();
    (!numbers.is_empty()).then(|| Quorum::new(&numbers).unwrap())
}

#[test]
fn vectors_of_opens() {
    let section = section("opens");
    let written = int(&section["written"]) as usize;
    for (n, row) in rows(section, "good").iter().enumerate() {
        let (world, frame) = (World::of(row), bytes(&row["frame"]));
        let present = members(world.roster.meters().len(), &row["absent"]);
        let previous = row["previous"].as_array().map(|p| (round(&p[0]), array(&p[1])));
        let fields = OpenFields { round: round(&row["round"]), previous, present: &present };
        let open = Open::verify(&frame, &world.view, round(&row["now"])).unwrap();
        assert_eq!((open.round, open.previous), (fields.round, fields.previous));
        assert_eq!(listed(&open.present), present);
        assert_eq!(open.hash, frame_hash(&frame));
        if n < written {
            let mut out = vec![0; OpenFields::max_len(world.view.meters())];
            assert_eq!(fields.sign(&world.view, &world.utility(), &mut out).unwrap(), frame);
        }
    }
    let first = &rows(section, "good")[int(&section["edge_of"]) as usize];
    let (world, now) = (World::of(first), round(&first["now"]));
    edges(section, &bytes(&first["frame"]), |frame| Open::verify(frame, &world.view, now).map(drop));
    for row in rows(section, "bad") {
        refused(row, Open::verify(&bytes(&row["frame"]), &World::of(row).view, round(&row["now"])));
    }
}

#[test]
fn vectors_of_closes() {
    let section = section("closes");
    for row in rows(section, "good") {
        let (world, frame) = (World::of(row), bytes(&row["frame"]));
        let set = members(world.roster.meters().len(), &row["absent"]);
        let fields = CloseFields {
            round: round(&row["round"]),
            pass: int(&row["pass"]) as u8,
            previous: array(&row["previous"]),
            quorum: quorum(&row["quorum"]),
            is_final: row["final"].as_bool().unwrap(),
            set: &set,
        };
        let mut out = vec![0; CloseFields::max_len(world.view.meters(), world.view.answerers())];
        assert_eq!(fields.sign(&world.view, &world.utility(), &mut out).unwrap(), frame);
        let close = Close::verify(&frame, &world.view, round(&row["now"])).unwrap();
        assert_eq!((close.round, close.pass, close.previous), (fields.round, fields.pass, fields.previous));
        assert_eq!((close.quorum, close.is_final), (fields.quorum, fields.is_final));
        assert_eq!(listed(&close.set), set);
        assert_eq!(close.hash, frame_hash(&frame));
    }
    let first = &rows(section, "good")[int(&section["edge_of"]) as usize];
    let (world, now) = (World::of(first), round(&first["now"]));
    edges(section, &bytes(&first["frame"]), |frame| Close::verify(frame, &world.view, now).map(drop));
    for row in rows(section, "bad") {
        refused(row, Close::verify(&bytes(&row["frame"]), &World::of(row).view, round(&row["now"])));
    }
}

fn answer_kind(world: &World) -> AnswerKind {
    match int(&world.json["query_kind"]) {
        1 => AnswerKind::DcnetRound,
        2 => AnswerKind::ShamirRound,
        other => panic!("{other}"),
    }
}

pub(crate) fn post(world: &World, number: usize) -> Post {
    let member = world.roster.answerers()[number - 1];
    let kind = answer_kind(world);
    let label = if kind == AnswerKind::DcnetRound { Label::DcnetHolder } else { Label::Shamir };
    let threshold = int(&world.json["threshold"]) as u8;
    Post { id: member.id, role: member.role, threshold, label, kind }
}

/// The answerer with a number, from its secret.
pub(crate) fn answerer(world: &World, number: usize) -> Answerer {
    let post = post(world, number);
    Answerer::new(&world.view, &post, secret(world.party(post.id.0)), &world.roster).unwrap()
}

pub(crate) fn links(world: &World) -> Vec<Link> {
    let answerers = world.roster.answerers().iter();
    answerers.map(|m| Link { peer: m.id, key: world.frame_key(m.id) }).collect()
}

fn opening(row: &Value, world: &World) -> Opening {
    let asked = quorum(&row["quorum"]).unwrap();
    let (round, digest) = (round(&row["round"]), array(&row["digest"]));
    Opening::new(round, answer_kind(world), digest, asked, world.view.channels())
}

/// `2 ‖ round u32 ‖ set digest ‖ check 4`: nothing makes it any more.
fn old_record(row: &Value) -> Vec<u8> {
    let mut record = vec![2];
    record.extend(round(&row["round"]).to_u32().to_le_bytes());
    record.extend(bytes(&row["digest"]));
    record.extend(check(&record));
    record
}

#[test]
fn vectors_of_answers() {
    let section = section("answers");
    for row in rows(section, "good") {
        let (world, now) = (World::of(row), round(&row["round"]));
        let number = int(&row["number"]) as usize;
        let close = bytes(&row["close"]);
        let close = Close::verify(&close, &world.view, now).unwrap();
        assert_eq!(listed(&close.set), members(world.roster.meters().len(), &row["absent"]));
        assert_eq!(close.quorum, quorum(&row["quorum"]));
        let mut answerer = answerer(world, number);
        // What was stored before there was a log binds as it did, and is no entry of the log.
        let old = bytes(&row["record"]);
        assert_eq!(old, old_record(row));
        answerer.replay(&old).unwrap();
        answerer.open(now, &bytes(&row["open"])).unwrap();
        let prepared = answerer.answer(now, &bytes(&row["close"])).unwrap();
        assert_eq!(prepared.record(), bytes(&row["entry"]));
        let frame = prepared.stored();
        assert_eq!(frame, bytes(&row["frame"]));
        let mut opening = opening(row, world);
        assert_eq!(opening.accept(&world.view, &links(world), &frame), Ok(number as u8));
    }
    let other = &rows(section, "good")[6]; // of another round
    let mut bound = self::answerer(World::of(other), int(&other["number"]) as usize);
    let mut changed = old_record(other);
    changed.truncate(changed.len() - 4);
    changed[5] ^= 1;
    changed.extend(check(&changed));
    bound.replay(&changed).unwrap();
    bound.open(round(&other["round"]), &bytes(&other["open"])).unwrap();
    let second = bound.answer(round(&other["round"]), &bytes(&other["close"]));
    assert_eq!(second.unwrap_err(), meter_link::Fault::Contradiction.of(PartyId::UTILITY));
    // The answers of a whole quorum open its mask: their sum is that of the values.
    for rows in
        rows(section, "good").chunk_by(|a, b| (&a["quorum"], &a["round"]) == (&b["quorum"], &b["round"]))
    {
        let world = World::of(&rows[0]);
        let mut opening = opening(&rows[0], world);
        let mut total = vec![Field64::ZERO; world.view.channels()];
        for row in rows {
            opening.accept(&world.view, &links(world), &bytes(&row["frame"])).unwrap();
            for (sum, value) in total.iter_mut().zip(ints(&row["values"])) {
                *sum += Field64::from_bytes(value.to_le_bytes()).unwrap();
            }
        }
        assert_eq!(opening.sum(), Ok(total));
    }
}

#[test]
fn vectors_of_bad_answers() {
    let section = section("answers");
    let first = &rows(section, "good")[0];
    let world = World::of(first);
    let (links, good) = (links(world), bytes(&first["frame"]));
    let accept = |frame: &[u8]| opening(first, world).accept(&world.view, &links, frame);
    edges(section, &good, accept);
    for row in rows(section, "bad") {
        let mut opening = opening(row, world);
        // Only that case needs an answer that came before.
        if row["case"] == "second and different" {
            opening.accept(&world.view, &links, &good).unwrap();
        }
        let missing: Vec<u8> = opening.missing().collect();
        refused(row, opening.accept(&world.view, &links, &bytes(&row["frame"])));
        assert_eq!(opening.missing().collect::<Vec<_>>(), missing, "{}", row["case"]);
    }
}

/// Answers for two quorums over one set have one header, hence one nonce; their tags need different keys.
#[test]
fn vectors_have_no_two_answers_under_one_tag_key() {
    let row = &rows(section("answers"), "good")[..6];
    let of =
        |number: u64| row.iter().filter(move |r| int(&r["number"]) == number).map(|r| bytes(&r["frame"]));
    let pair: Vec<Vec<u8>> = of(2).collect();
    assert_eq!(pair.len(), 2);
    assert_eq!(pair[0][..16], pair[1][..16]);
    assert_ne!(pair[0][16..], pair[1][16..]);
    let world = World::of(&row[0]);
    let links = links(world);
    // The first answer's tag under the second's payload, and the frame key alone, are refused.
    let swapped = [&pair[1][..pair[1].len() - 16], &pair[0][pair[0].len() - 16..]].concat();
    let mut opening = opening(&row[3], world);
    let result: Result<u8, Error> = opening.accept(&world.view, &links, &swapped);
    assert_eq!(result, Err(meter_link::Fault::BadTag.of(links[1].peer)));
    assert_eq!(opening.accept(&world.view, &links, &pair[1]), Ok(2));
}
