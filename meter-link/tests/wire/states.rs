//! What is stored whole: states of answerers and of the utility, partial sums, a round that takes contributions.

use std::cell::RefCell;

use meter_link::answer::{
    AnswerKind, Answerer, Ledger, Opening, Quorum, RawOpening, Stated, weighted_corrections,
};
use meter_link::collect::{Collection, PartialSum};
use meter_link::field::add_assign;
use meter_link::head::Head;
use meter_link::round::{CloseFields, frame_hash};
use meter_link::set::Members;
use meter_link::{Error, Field64, Kind};
use serde_json::Value;

use crate::certified::head;
use crate::json::{array, bytes, edges, edited, int, ints, refused, rows, section};
use crate::rounds::{answerer, links, post, quorum};
use crate::windows::{Group, Telling, marked};
use crate::world::{World, round};

/// Elements of a contribution.
fn words(group: &Group) -> usize {
    let answerers = usize::from(group.world.view.answerers());
    (answerers - group.threshold() + 1) * group.world.view.channels()
}

fn resumed(group: &Group, number: u64, state: &[u8]) -> Result<Answerer, Error> {
    let post = post(group.world, number as usize);
    Answerer::from_bytes(&group.world.view, &post, Some(&group.windows), &group.world.roster, state)
}

#[test]
fn vectors_of_states_of_answerers() {
    let (group, section) = (Group::new(), &section("states")["answerers"]);
    assert_eq!(World::of(self::section("states")).json, group.world.json);
    for row in rows(section, "good") {
        let (number, state) = (int(&row["number"]), bytes(&row["state"]));
        let made = group.played_to(number, int(&row["rounds"]) as usize).0;
        assert_eq!(*made.to_bytes().unwrap(), state);
        let again = resumed(&group, number, &state).unwrap();
        assert_eq!(*again.to_bytes().unwrap(), state);
    }
    // Who goes on from the state tells what was told, but for the window's raw answer, which needs an identity.
    let first = &rows(section, "good")[0];
    let (_, mut telling): (Answerer, Telling) = group.played(&rows(group.json, "answerers")[0]);
    let mut again = resumed(&group, 1, &bytes(&first["state"])).unwrap();
    again = again.signing(crate::world::identity(group.world.party(post(group.world, 1).id.0))).unwrap();
    group.billed_by(&mut again, &mut telling);
    telling.ends();

    edges(section, &bytes(&first["state"]), |state| resumed(&group, 1, state));
    for row in rows(section, "bad") {
        refused(row, resumed(&group, int(&first["number"]), &edited(row, &bytes(&first["state"]), 0)));
    }
    let row = &section["holder"];
    let (world, number) = (World::of(row), int(&row["number"]) as usize);
    let made: Answerer = answerer(world, number);
    assert_eq!(*made.to_bytes().unwrap(), bytes(&row["state"]));
    let read = |windows| {
        Answerer::from_bytes(&world.view, &post(world, number), windows, &world.roster, &bytes(&row["state"]))
    };
    assert!(read(None).is_ok());
    assert_eq!(read(Some(&group.windows)).unwrap_err(), meter_link::Malformed::BadRecord.into());
}

/// A round of the file as the utility has it.
struct Taken<'a> {
    row: &'a Value,
    set: Vec<bool>,
    contributions: Collection,
}

/// The utility of the file: it makes every Open and Close, and keeps what was sent.
fn utility<'a>(group: &'a Group) -> (Head, Vec<Taken<'a>>) {
    let (mut head, mut taken) = (head(group.world), Vec::new());
    let meters = group.world.roster.meters();
    for row in rows(group.json, "history") {
        let (now, gone) = (round(&row["round"]), ints(&row["gone"]));
        let present: Vec<bool> = (0..meters.len() as u64).map(|place| !gone.contains(&place)).collect();
        let mut collecting = head.open(now, now, &present, words(group)).unwrap();
        assert_eq!(collecting.frame(), bytes(&row["open"]));
        let set = group.set(row);
        assert_eq!(rows(row, "contributions").len(), set.count() as usize);
        for (place, frame) in set.positions().zip(rows(row, "contributions")) {
            assert_eq!(collecting.accept(&bytes(frame)), Ok(meters[place as usize].id));
        }
        let Some(quorum) = quorum(&row["quorum"]) else { continue };
        let collected = collecting.end();
        assert_eq!(collected.set, set.to_marks());
        let (round, previous, set) = (collected.round, frame_hash(&bytes(&row["open"])), &collected.set);
        let fields = CloseFields { round, pass: 1, previous, quorum: Some(quorum), is_final: true, set };
        assert_eq!(head.close(&fields, &present).unwrap(), bytes(&row["close"]));
        assert_eq!(head.digest(set), array(&row["digest"]));
        taken.push(Taken { row, set: collected.set, contributions: collected.contributions });
    }
    (head, taken)
}

/// Opens what answerers have told of a query: `corrections` are sums over it, rows of answerers t … m.
fn opened(
    group: &Group,
    head: &Head,
    stated: &Stated,
    quorum: Quorum,
    corrections: &[Vec<Field64>],
) -> Vec<i64> {
    let world = group.world;
    let width = corrections[0].len();
    let kind =
        if stated.kind == Kind::WindowStatement { AnswerKind::ShamirWindow } else { AnswerKind::ShamirRound };
    let threshold = group.threshold();
    let frames = quorum.iter().map(|number| {
        let told = rows(&rows(group.json, "answerers")[usize::from(number) - 1], "told");
        let form = if usize::from(quorum.len()) == threshold { 1 } else { 3 };
        let of = |e: &&Value| {
            (int(&e["form"]), int(&e["kind"]), round(&e["round"])) == (form, kind as u64, stated.round)
        };
        bytes(&told.iter().find(of).unwrap()["frame"])
    });
    let correction =
        |number: u8| corrections.get(usize::from(number).checked_sub(threshold)?).map(Vec::as_slice);
    let total = if usize::from(quorum.len()) == threshold {
        let mut opening = Opening::new(stated.round, kind, stated.digest, quorum, width);
        frames.for_each(|frame| assert!(opening.accept(&world.view, &links(world), &frame).is_ok()));
        let mut total = opening.sum().unwrap();
        add_assign(&mut total, &weighted_corrections(&quorum, width, correction).unwrap());
        total
    } else {
        let mut opening = RawOpening::new(kind, *stated, quorum, threshold as u8, width);
        frames.for_each(|frame| assert!(opening.accept(head.parties(), &frame).is_ok()));
        let answers: Vec<(u8, &[Field64])> = opening.answers().collect();
        // Any t do.
        let some =
            answers[answers.len() - threshold..].iter().fold(Quorum::default(), |q, (n, _)| q.with(*n));
        let raw = |number: u8| answers.iter().find(|(n, _)| *n == number).map(|(_, values)| *values);
        let mut total = weighted_corrections(&some, width, raw).unwrap();
        add_assign(&mut total, &weighted_corrections(&some, width, correction).unwrap());
        total
    };
    total.into_iter().map(Field64::centred).collect()
}

/// `count` rows of `width` elements, turned round: for each answerer, all that is meant for it.
fn by_answerer(rows: &[Field64], channels: usize, words: usize) -> Vec<Vec<Field64>> {
    let of = |first: usize| {
        rows.chunks_exact(words).flat_map(move |row| row[first..first + channels].to_vec()).collect()
    };
    (0..words).step_by(channels).map(of).collect()
}

fn signed(row: &Value) -> Vec<i64> {
    row.as_array().unwrap().iter().map(|v| v.as_i64().unwrap()).collect()
}

#[test]
fn vectors_of_windows_at_the_utility() {
    let group = Group::new();
    let (head, taken) = utility(&group);
    let (view, channels, words) = (&group.world.view, group.world.view.channels(), words(&group));
    let mut ledger = Ledger::new(&group.windows, view.epoch(), view.meters(), words);
    for Taken { row, set, contributions } in &taken {
        let stated =
            Stated { kind: Kind::SetStatement, round: round(&row["round"]), digest: array(&row["digest"]) };
        let corrections = by_answerer(&contributions.sum(set), channels, words);
        let sums = opened(&group, &head, &stated, quorum(&row["quorum"]).unwrap(), &corrections);
        assert_eq!(sums, signed(&row["sums"]));
        let members = Members::marked(set).unwrap();
        let sent: Vec<Field64> =
            members.positions().flat_map(|p| contributions.row(p as usize).unwrap().to_vec()).collect();
        assert!(ledger.enter(stated.round, &stated.digest, &members, &sent).unwrap());
        let readings: Vec<Vec<i64>> = rows(row, "readings").iter().map(signed).collect();
        let totals: Vec<i64> = (0..channels).map(|c| readings.iter().map(|r| r[c]).sum()).collect();
        assert_eq!((readings.len(), totals), (members.count() as usize, sums));
    }
    let corrections = ledger.rows(group.window.first, &group.billed()).unwrap();
    let corrections = by_answerer(&corrections, channels, words);
    let digest = array(&group.json["digest"]);
    let stated = Stated { kind: Kind::WindowStatement, round: group.window.last, digest };
    for query in ["query", "raw_query"] {
        let asked =
            rows(section("window_queries"), "good").iter().find(|row| row["frame"] == group.json[query]);
        let bills = opened(&group, &head, &stated, quorum(&asked.unwrap()["quorum"]).unwrap(), &corrections);
        let listed: Vec<i64> = rows(group.json, "bills").iter().flat_map(signed).collect();
        assert_eq!(bills, listed);
    }
}

#[test]
fn vectors_of_states_of_the_utility() {
    let (group, section) = (Group::new(), &section("states")["utilities"]);
    let head = utility(&group).0;
    let read = |state: &[u8]| {
        let (utility, roster) = (group.world.utility(), group.world.roster.clone());
        let (head, own) = Head::from_bytes(&group.world.view, utility, roster, state)?;
        Ok::<_, Error>((head, own.rest().to_vec()))
    };
    for row in rows(section, "good") {
        let (own, state) = (bytes(&row["own"]), bytes(&row["state"]));
        assert_eq!(*head.to_bytes(&own).unwrap(), state);
        let (again, rest) = read(&state).unwrap();
        assert_eq!(rest, own);
        assert_eq!(*again.to_bytes(&own).unwrap(), state);
    }
    let first = bytes(&rows(section, "good")[0]["state"]);
    edges(section, &first, read);
    rows(section, "bad").iter().for_each(|row| refused(row, read(&edited(row, &first, 0))));
}

#[test]
fn vectors_of_partial_sums() {
    let (group, section) = (Group::new(), &section("states")["partial_sums"]);
    let meters = group.world.view.meters();
    let taken = utility(&group).1;
    let read = |state: &[u8]| PartialSum::from_bytes(state, meters);
    for row in rows(section, "good") {
        let (at, members) = (round(&row["round"]), marked(meters as usize, &row["members"]));
        let of = taken.iter().find(|taken| round(&taken.row["round"]) == at).unwrap();
        let mut branch = of.contributions.emptied();
        for (place, frame) in group.set(of.row).positions().zip(rows(of.row, "contributions")) {
            if members.contains(place) {
                branch.accept(&bytes(frame)).unwrap();
            }
        }
        let partial = branch.partial().unwrap();
        assert_eq!(partial.to_bytes().unwrap(), bytes(&row["bytes"]));
        assert_eq!(read(&bytes(&row["bytes"])), Ok(partial.clone()));
        let sum: Vec<u64> = partial.sum().iter().map(|v| u64::from_le_bytes(v.to_bytes())).collect();
        assert_eq!((partial.members(), partial.round(), sum), (&members, at, ints(&row["sum"])));
    }
    // The first two are the third.
    let [some, others, all] = [0, 1, 2].map(|n| read(&bytes(&rows(section, "good")[n]["bytes"])).unwrap());
    assert_eq!(some.merge(&others), Ok(all));
    let first = bytes(&rows(section, "good")[0]["bytes"]);
    edges(section, &first, read);
    rows(section, "bad").iter().for_each(|row| refused(row, read(&edited(row, &first, 0))));
}

#[test]
fn vectors_of_open_rounds() {
    let (group, section) = (Group::new(), &section("states")["open_rounds"]);
    let (head, row) = (RefCell::new(utility(&group).0), rows(group.json, "history").last().unwrap());
    let frames: Vec<Vec<u8>> = rows(row, "contributions").iter().map(bytes).collect();
    let frame = |place: u64| &frames[group.set(row).positions().position(|p| u64::from(p) == place).unwrap()];
    let read = |state: &[u8]| head.borrow_mut().reopen(state, words(&group));
    for row in rows(section, "good") {
        let mut collecting = read(&bytes(&rows(section, "good")[2]["state"])).unwrap();
        let mut branch = collecting.branch();
        for place in ints(&row["here"]) {
            collecting.accept(frame(place)).unwrap();
        }
        for place in ints(&row["added"]) {
            branch.accept(frame(place)).unwrap();
        }
        if !ints(&row["added"]).is_empty() {
            collecting.add(&branch.partial().unwrap()).unwrap();
        }
        assert_eq!(collecting.to_bytes().unwrap(), bytes(&row["state"]));
        assert_eq!(read(&bytes(&row["state"])).unwrap().to_bytes().unwrap(), bytes(&row["state"]));
    }
    let first = bytes(&rows(section, "good")[0]["state"]);
    edges(section, &first, read);
    let checked = int(&section["checked"]) as usize;
    rows(section, "bad").iter().for_each(|row| refused(row, read(&edited(row, &first, checked))));
    rows(section, "full").iter().for_each(|row| refused(row, read(&bytes(&row["state"]))));
}
