//! Window queries, statements, raw answers and signed ends of logs.

use meter_link::answer::{AnswerKind, Quorum, RawOpening, Stated, Statement};
use meter_link::head::Head;
use meter_link::log::{Audit, Log, LogHead};
use meter_link::round::FrameHash;
use meter_link::set::Members;
use meter_link::window::{Window, WindowFields, WindowQuery};
use meter_link::{Error, Kind, Round};
use serde_json::Value;

use crate::json::{array, bytes, edges, edited, int, ints, name, refused, rows, section};
use crate::rounds::quorum;
use crate::windows::{Group, marked};
use crate::world::{World, round, secret};

/// The utility's keys with everybody.
pub(crate) fn head(world: &World) -> Head {
    let link = secret(world.party(0));
    Head::new(&world.view, world.utility(), link, world.roster.clone()).unwrap()
}

fn asks(query: &WindowQuery, row: &Value) -> bool {
    let window = Window { first: round(&row["first"]), last: round(&row["last"]) };
    let billed = marked(query.billed.total() as usize, &row["billed"]);
    (query.window, query.sets_digest, Some(query.quorum), &query.billed)
        == (window, array(&row["sets_digest"]), quorum(&row["quorum"]), &billed)
}

#[test]
fn vectors_of_window_queries() {
    let section = section("window_queries");
    let after = |row: &Value| Round::from(round(&row["last"]).to_u32() + 1);
    for row in rows(section, "good") {
        let (world, frame) = (World::of(row), bytes(&row["frame"]));
        let query = WindowQuery::verify(&frame, &world.view, after(row)).unwrap();
        assert!(asks(&query, row));
        let billed: &Members = &query.billed;
        let fields = WindowFields {
            window: query.window,
            sets_digest: query.sets_digest,
            quorum: query.quorum,
            billed,
        };
        let mut out = vec![0; WindowFields::max_len(world.view.meters(), world.view.answerers())];
        assert_eq!(fields.sign(&world.view, &world.utility(), &mut out).unwrap(), frame);
    }
    for row in rows(section, "readable") {
        let query = WindowQuery::verify(&bytes(&row["frame"]), &World::of(row).view, after(row)).unwrap();
        assert!(asks(&query, row));
    }
    let first = &rows(section, "good")[0];
    let (world, now) = (World::of(first), after(first));
    edges(section, &bytes(&first["frame"]), |frame| WindowQuery::verify(frame, &world.view, now).map(drop));
    for row in rows(section, "bad") {
        let now = if row["now"].is_null() { now } else { round(&row["now"]) };
        refused(row, WindowQuery::verify(&bytes(&row["frame"]), &world.view, now));
    }
}

fn answer_kind(row: &Value) -> AnswerKind {
    AnswerKind::try_from(int(&row["kind"]) as u8).unwrap()
}

fn stated(row: &Value, kind: Kind) -> Stated {
    Stated { kind, round: round(&row["round"]), digest: array(&row["digest"]) }
}

fn statement_kind(row: &Value) -> Kind {
    Kind::try_from(int(&row["kind"]) as u8).unwrap()
}

#[test]
fn vectors_of_statements() {
    let section = section("statements");
    let threshold = |world: &World| int(&world.json["threshold"]) as u8;
    let opening = |row: &Value| {
        let kind = statement_kind(row);
        let answers = match kind {
            Kind::WindowStatement => AnswerKind::ShamirWindow,
            _ => AnswerKind::ShamirRound,
        };
        let asked = quorum(&row["asked"]).unwrap();
        RawOpening::new(answers, stated(row, kind), asked, threshold(World::of(row)), 1)
    };
    for rows in rows(section, "good").chunk_by(|a, b| a["kind"] == b["kind"]) {
        let world = World::of(&rows[0]);
        let (head, mut opening) = (head(world), opening(&rows[0]));
        assert_eq!(ints(&rows[0]["asked"]), rows.iter().map(|r| int(&r["number"])).collect::<Vec<_>>());
        for (have, row) in (0u32..).zip(rows) {
            let need = threshold(world).into();
            match opening.certificate() {
                Err(error) => assert_eq!(error, Error::Quorum { have, need }),
                Ok(_) => assert!(have >= need),
            }
            let (world, number, frame) = (World::of(row), int(&row["number"]), bytes(&row["frame"]));
            let (member, kind) = (world.roster.answerers()[number as usize - 1], statement_kind(row));
            let signer = crate::world::identity(world.party(member.id.0));
            assert_eq!(stated(row, kind).sign(&world.view, &signer, member.id).unwrap(), frame);
            let read = Statement::verify(&frame, &world.view, kind, world.roster.answerers()).unwrap();
            let made = Statement { answerer: member.id, number: number as u8, stated: stated(row, kind) };
            assert_eq!(read, made);
            assert_eq!(ints(&row["asked"]), ints(&rows[0]["asked"]));
            assert_eq!(opening.accept_statement(head.parties(), &frame), Ok(member.id));
        }
        let frames: Vec<Vec<u8>> = rows.iter().map(|row| bytes(&row["frame"])).collect();
        assert_eq!(opening.certificate().unwrap(), frames);
    }
    let first = &rows(section, "good")[0];
    let head = head(World::of(first));
    let accept = |row: &Value, frame: &[u8]| opening(row).accept_statement(head.parties(), frame);
    edges(section, &bytes(&first["frame"]), |frame| accept(first, frame));
    for row in rows(section, "bad") {
        let good = rows(section, "good").iter().find(|good| good["kind"] == row["kind"]).unwrap();
        refused(row, accept(good, &bytes(&row["frame"])));
    }
    certificates(&section["certificates"]);
}

fn certificates(section: &Value) {
    let world = World::of(section);
    for row in rows(section, "rows") {
        let statements: Vec<Vec<u8>> = row["statements"].as_array().unwrap().iter().map(bytes).collect();
        let statements: Vec<&[u8]> = statements.iter().map(Vec::as_slice).collect();
        let stated = stated(section, Kind::SetStatement);
        let threshold = int(&world.json["threshold"]) as u8;
        let result = stated.certified(&world.view, world.roster.answerers(), threshold, &statements);
        if row["error"].is_null() {
            let listed = ints(&row["numbers"]).into_iter().fold(Quorum::default(), |q, n| q.with(n as u8));
            assert_eq!(result, Ok(listed));
        } else {
            refused(row, result);
        }
        let numbers = ints(&row["numbers"]);
        for (number, frame) in numbers.into_iter().zip(&statements) {
            let said = Statement::verify(frame, &world.view, stated.kind, world.roster.answerers()).unwrap();
            assert_eq!(u64::from(said.number), number);
        }
    }
}

fn raw_opening(row: &Value) -> RawOpening {
    let world = World::of(row);
    let kind = answer_kind(row);
    let (of, meters) = match kind {
        AnswerKind::ShamirWindow => (Kind::WindowStatement, Group::new().billed().count()),
        _ => (Kind::SetStatement, 1),
    };
    let (asked, width) = (quorum(&row["asked"]).unwrap(), meters as usize * world.view.channels());
    RawOpening::new(kind, stated(row, of), asked, int(&world.json["threshold"]) as u8, width)
}

#[test]
fn vectors_of_raw_answers() {
    let section = section("raw_answers");
    let query = |row: &Value| [row["world"].clone(), row["kind"].clone(), row["round"].clone()];
    for rows in rows(section, "good").chunk_by(|a, b| query(a) == query(b)) {
        let world = World::of(&rows[0]);
        let (head, mut opening) = (head(world), raw_opening(&rows[0]));
        for row in rows {
            let member = world.roster.answerers()[int(&row["number"]) as usize - 1];
            assert_eq!(raw_opening(row).accept(head.parties(), &bytes(&row["frame"])), Ok(member.id));
            for _again in 0..2 {
                assert_eq!(opening.accept(head.parties(), &bytes(&row["frame"])), Ok(member.id));
            }
            assert_eq!(
                (quorum(&row["asked"]), &row["digest"]),
                (quorum(&rows[0]["asked"]), &rows[0]["digest"])
            );
        }
        assert_eq!(opening.missing().count(), 0);
        assert_eq!(Some(opening.answered()), quorum(&rows[0]["asked"]));
        for ((number, values), row) in opening.answers().zip(rows) {
            let listed: Vec<[u8; 8]> = ints(&row["values"]).into_iter().map(u64::to_le_bytes).collect();
            assert_eq!(values.iter().map(|v| v.to_bytes()).collect::<Vec<_>>(), listed);
            assert_eq!(u64::from(number), int(&row["number"]));
        }
    }
    let first = &rows(section, "good")[0];
    let (head, good) = (head(World::of(first)), bytes(&first["frame"]));
    edges(section, &good, |frame| raw_opening(first).accept(head.parties(), frame));
    for row in rows(section, "bad") {
        let mut opening = raw_opening(first);
        // Only that case needs an answer that came before.
        if row["case"] == "second and different" {
            opening.accept(head.parties(), &good).unwrap();
        }
        let answered = opening.answered();
        refused(row, opening.accept(head.parties(), &bytes(&row["frame"])));
        assert_eq!(opening.answered(), answered, "{}", row["case"]);
    }
}

/// Holders make raw answers as aggregators do.
#[test]
fn vectors_of_raw_answers_at_holders() {
    let good = rows(section("raw_answers"), "good").iter().filter(|row| row["kind"] == 1);
    let good: Vec<&Value> = good.collect();
    assert!(good.len() >= 3);
    let world = World::of(good[0]);
    let (at, meters) = (round(&good[0]["round"]), world.roster.meters());
    // The set is the one whose digest the rows have; Open and Close are this test's.
    let present = vec![true; meters.len()];
    let set: Vec<bool> = (0..meters.len()).map(|place| place != 2 && place != 5).collect();
    let mut head = head(world);
    assert_eq!(head.digest(&set), array(&good[0]["digest"]));
    let collecting = head.open(at, at, &present, 1).unwrap();
    let open = collecting.frame().to_vec();
    let previous: FrameHash = meter_link::round::frame_hash(&open);
    let asked = quorum(&good[0]["asked"]);
    let fields = meter_link::round::CloseFields {
        round: at,
        pass: 1,
        previous,
        quorum: asked,
        is_final: true,
        set: &set,
    };
    let close = head.close(&fields, &present).unwrap();
    let mut holders: Vec<_> = good
        .iter()
        .map(|row| {
            let number = int(&row["number"]) as usize;
            let member = world.roster.answerers()[number - 1];
            let signer = crate::world::identity(world.party(member.id.0));
            let mut holder = crate::rounds::answerer(world, number).signing(signer).unwrap();
            holder.open(at, &open).unwrap();
            holder
        })
        .collect();
    let statements: Vec<Vec<u8>> =
        holders.iter_mut().map(|holder| holder.agree(at, &close).unwrap().stored()).collect();
    let statements: Vec<&[u8]> = statements.iter().map(Vec::as_slice).collect();
    for (holder, row) in holders.iter_mut().zip(&good) {
        assert_eq!(holder.answer_certified(&statements).unwrap().stored(), bytes(&row["frame"]));
    }
}

#[test]
fn vectors_of_logs() {
    let (section, group) = (section("logs"), Group::new());
    let (view, answerers) = (&group.world.view, group.world.roster.answerers());
    let verify = |frame: &[u8]| LogHead::verify(frame, view, answerers);
    for row in rows(group.json, "answerers") {
        let head = LogHead {
            context: *view.context(),
            answerer: answerers[int(&row["number"]) as usize - 1].id,
            round: group.window.last,
            entries: rows(row, "told").len() as u32,
            head: array(&row["head"]),
        };
        assert_eq!(verify(&bytes(&row["log_head"])), Ok(head));
        let mut audit = Audit::new(view.context(), head.answerer);
        for told in rows(row, "told") {
            assert_eq!(audit.end(&head), Err(Error::Inconsistent));
            audit.follow(&bytes(&told["record"])).unwrap();
        }
        assert_eq!(audit.end(&head), Ok(()));
    }
    let first = &section["edge_of"];
    assert_eq!((World::of(first).json, &first["frame"]), {
        (group.world.json, &rows(group.json, "answerers")[int(&first["number"]) as usize - 1]["log_head"])
    });
    edges(section, &bytes(&first["frame"]), verify);
    rows(section, "bad").iter().for_each(|row| refused(row, verify(&bytes(&row["frame"]))));
    let empty = |number: u64| Log::new(group.world.view.context(), answerers[number as usize - 1].id);
    let damaged = &section["damaged"];
    let first = bytes(&rows(&rows(group.json, "answerers")[0], "told")[0]["record"]);
    edges(damaged, &first, |record| empty(1).follow(record));
    for row in rows(damaged, "bad") {
        let record = edited(row, &first, 0);
        refused(row, empty(1).follow(&record));
        refused(row, group.fresh(1).replay(&record));
    }
    let told = &rows(group.json, "answerers")[0];
    let mut log = empty(int(&told["number"]));
    rows(section, "repeated").iter().for_each(|record| assert!(log.follow(&bytes(record)).is_ok()));
    assert_eq!((log.len() as usize, *log.head()), (rows(told, "told").len(), array(&told["head"])));
    for row in rows(section, "broken") {
        let mut log = empty(int(&told["number"]));
        let followed =
            rows(row, "records").iter().try_for_each(|record| log.follow(&bytes(record)).map(drop));
        assert_eq!(followed.map_err(|e| name(&e)), Err("Inconsistent".into()), "{}", row["case"]);
    }
    let row = &section["contradiction"];
    let mut audit = Audit::new(view.context(), answerers[int(&told["number"]) as usize - 1].id);
    let mut records = rows(row, "records").iter();
    audit.follow(&bytes(records.next().unwrap())).unwrap();
    refused(row, audit.follow(&bytes(records.next().unwrap())));
}
