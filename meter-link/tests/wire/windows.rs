//! A group with windows: its answerers make every frame and record of the file, and refuse what it refuses.

use meter_link::answer::{AnswerKind, Answerer, AnswererRecord};
use meter_link::log::{Entry, Form, Log};
use meter_link::set::Members;
use meter_link::window::{Book, Window, Windows};
use meter_link::{Misuse, Prepared, Round};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::json::{array, bytes, id, int, ints, members, refused, rows, section};
use crate::rounds::answerer;
use crate::world::{World, identity, round};

/// A row's frame, where it has one.
fn frame(row: &Value, name: &str) -> Option<Vec<u8>> {
    row[name].as_str().map(|_| bytes(&row[name]))
}

pub(crate) struct Group {
    pub(crate) json: &'static Value,
    pub(crate) world: &'static World,
    pub(crate) windows: Windows,
    pub(crate) window: Window,
}

impl Group {
    pub(crate) fn new() -> Self {
        let json = section("windows");
        let world = World::of(json);
        let windows = Windows::new(world.view.group(), id(&json["rounds"]), id(&json["min_rounds"])).unwrap();
        let own = bytes(&world.json["own"]);
        assert_eq!((own.len(), &own[3..]), (3 + Windows::LEN, &windows.to_bytes()[..]));
        let window = Window { first: round(&json["first"]), last: round(&json["last"]) };
        assert_eq!(windows.of(world.view.epoch(), window.first), Some(window));
        Group { json, world, windows, window }
    }

    pub(crate) fn billed(&self) -> Members {
        marked(self.world.roster.meters().len(), &self.json["billed"])
    }

    /// The round's set, unless it was never closed.
    pub(crate) fn set(&self, row: &Value) -> Members {
        Members::marked(&members(self.world.roster.meters().len(), &row["absent"])).unwrap()
    }

    /// When the bills are asked for.
    pub(crate) fn later(&self) -> Round {
        Round::from(self.window.last.to_u32() + 1)
    }

    pub(crate) fn threshold(&self) -> usize {
        int(&self.world.json["threshold"]) as usize
    }

    /// All statements of a round's set, or of the window.
    pub(crate) fn statements(&self, kind: AnswerKind, at: Round) -> Vec<Vec<u8>> {
        let told = rows(self.json, "answerers").iter().flat_map(|a| rows(a, "told"));
        let of = |e: &&Value| {
            (int(&e["form"]), int(&e["kind"]), round(&e["round"]))
                == (Form::Statement as u64, kind as u64, at)
        };
        told.filter(of).map(|e| bytes(&e["frame"])).collect()
    }

    /// The answerer with a number, before its first round.
    pub(crate) fn fresh(&self, number: u64) -> Answerer {
        let party = self.world.party(self.world.roster.answerers()[number as usize - 1].id.0);
        answerer(self.world, number as usize).signing(identity(party)).unwrap().billing(&self.windows)
    }

    /// The same after all rounds.
    pub(crate) fn played(&self, row: &Value) -> (Answerer, Telling) {
        self.played_to(int(&row["number"]), usize::MAX)
    }

    /// After so many rounds that were closed.
    pub(crate) fn played_to(&self, number: u64, most: usize) -> (Answerer, Telling) {
        let missed = &self.json["missed"];
        let mut answerer = self.fresh(number);
        let mut telling = Telling::new(self, number);
        let mut behind: Option<&Value> = None;
        for row in rows(self.json, "history").iter().take(most) {
            let now = round(&row["round"]);
            if (&missed["number"], &missed["round"]) == (&Value::from(number), &row["round"]) {
                behind = Some(row);
                continue;
            }
            if let Some(row) = behind.take() {
                let (open, close) = (bytes(&row["open"]), bytes(&row["close"]));
                telling.takes(answerer.catch_up(now, &open, &close).unwrap(), |()| None);
            }
            answerer.open(now, &bytes(&row["open"])).unwrap();
            let Some(close) = frame(row, "close") else { continue };
            let asked = ints(&row["quorum"]);
            if !asked.contains(&number) {
                telling.takes(answerer.follow(now, &close).unwrap(), |()| None);
            } else if asked.len() == self.threshold() {
                telling.takes(answerer.answer(now, &close).unwrap(), Some);
                telling.repeats(answerer.answer(now, &close).unwrap());
            } else {
                telling.takes(answerer.agree(now, &close).unwrap(), Some);
                self.certified(AnswerKind::ShamirRound, now, &mut answerer, &mut telling);
            }
        }
        assert!(behind.is_none());
        (answerer, telling)
    }

    fn certified(&self, kind: AnswerKind, at: Round, answerer: &mut Answerer, telling: &mut Telling) {
        let statements = self.statements(kind, at);
        let statements: Vec<&[u8]> = statements.iter().map(Vec::as_slice).collect();
        let own = usize::from(answerer.number()) - 1;
        let without_own = [&statements[..own], &statements[own + 1..]].concat();
        assert_eq!(answerer.answer_certified(&without_own).unwrap_err(), Misuse::OutOfOrder.into());
        telling.takes(answerer.answer_certified(&statements).unwrap(), Some);
    }

    /// Both queries of the window.
    pub(crate) fn billed_by(&self, answerer: &mut Answerer, telling: &mut Telling) {
        let number = u64::from(answerer.number());
        let asked = |name: &str| {
            rows(section("window_queries"), "good").iter().find(|q| q["frame"] == self.json[name])
        };
        if ints(&asked("query").unwrap()["quorum"]).contains(&number) {
            let query = bytes(&self.json["query"]);
            telling.takes(answerer.bill(self.later(), &query).unwrap(), Some);
            telling.repeats(answerer.bill(self.later(), &query).unwrap());
        }
        if ints(&asked("raw_query").unwrap()["quorum"]).contains(&number) {
            let query = bytes(&self.json["raw_query"]);
            telling.takes(answerer.agree_bill(self.later(), &query).unwrap(), Some);
            self.certified(AnswerKind::ShamirWindow, self.window.last, answerer, telling);
        }
    }
}

pub(crate) fn marked(total: usize, places: &Value) -> Members {
    let mut set = Members::none(total as u32);
    ints(places).into_iter().for_each(|place| set.set(place as u32, true));
    set
}

/// What an answerer is to tell, entry by entry, and its log as one who reads it sees it.
pub(crate) struct Telling {
    told: std::slice::Iter<'static, Value>,
    pub(crate) log: Log,
}

impl Telling {
    fn new(group: &Group, number: u64) -> Self {
        let row = rows(group.json, "answerers").iter().find(|a| int(&a["number"]) == number).unwrap();
        let id = group.world.roster.answerers()[number as usize - 1].id;
        Telling { told: rows(row, "told").iter(), log: Log::new(group.world.view.context(), id) }
    }

    /// That all is told.
    pub(crate) fn ends(&mut self) {
        assert_eq!(self.told.next(), None);
    }

    /// The same as last time is no new entry.
    fn repeats(&mut self, made: Prepared<Vec<u8>, AnswererRecord>) {
        let before = self.log;
        let entry = self.log.follow(made.record()).unwrap();
        assert_eq!(self.log, before);
        assert_eq!(entry.message, *Sha256::digest(made.stored()));
    }

    fn takes<T>(&mut self, made: Prepared<T, AnswererRecord>, told: impl Fn(T) -> Option<Vec<u8>>) {
        let row = self.told.next().unwrap();
        assert_eq!(made.record(), bytes(&row["record"]));
        let (entry, made) = (self.log.follow(made.record()).unwrap(), told(made.stored()));
        assert_eq!(made, frame(row, "frame"));
        let numbers = (entry.form as u64, entry.kind as u64, entry.round, entry.digest);
        assert_eq!(
            numbers,
            (int(&row["form"]), int(&row["kind"]), round(&row["round"]), array(&row["digest"]))
        );
        let message = made.as_ref().map_or([0; 32], |frame| Sha256::digest(frame).into());
        assert_eq!(entry.message, message);
        assert_eq!(Entry::parse(&bytes(&row["record"])), Ok((entry, *self.log.head())));
        if row["values"].is_array() {
            let values: Vec<u8> = ints(&row["values"]).into_iter().flat_map(u64::to_le_bytes).collect();
            let payload = &made.as_ref().unwrap()[..made.as_ref().unwrap().len() - 16];
            assert!(payload.ends_with(&values));
        }
    }
}

#[test]
fn vectors_of_windows_at_answerers() {
    let group = Group::new();
    for row in rows(group.json, "answerers") {
        let (mut answerer, mut telling) = group.played(row);
        group.billed_by(&mut answerer, &mut telling);
        telling.ends();
        assert_eq!((answerer.log(), telling.log.head()), (&telling.log, &array(&row["head"])));
        assert_eq!(answerer.log_head(group.window.last).unwrap(), bytes(&row["log_head"]));
        restarted(&group, row, &telling.log);
    }
}

/// Who starts again from its records, in whatever order, ends where it ended and stands for the same sets.
fn restarted(group: &Group, row: &Value, log: &Log) {
    let mut again = group.fresh(int(&row["number"]));
    rows(row, "told").iter().rev().for_each(|told| again.replay(&bytes(&told["record"])).unwrap());
    assert_eq!((again.log().len(), again.log().head()), (log.len(), log.head()));
    let first = &rows(group.json, "history")[0];
    again.open(round(&first["round"]), &bytes(&first["open"])).unwrap();
    let made = again.follow(round(&first["round"]), &bytes(&first["close"])).unwrap();
    let (entry, _) = Entry::parse(made.record()).unwrap();
    assert_eq!((entry.digest, entry.sequence), (array(&first["digest"]), log.len()));
}

#[test]
fn vectors_of_window_digests() {
    let group = Group::new();
    let (view, meters) = (&group.world.view, group.world.roster.meters());
    let mut book = Book::new(group.window, group.windows.kappa(), view.meters());
    for row in rows(group.json, "history").iter().filter(|row| row["close"].is_string()) {
        let (at, set, digest) = (round(&row["round"]), group.set(row), array(&row["digest"]));
        let ids = set.positions().map(|place| meters[place as usize].id);
        assert_eq!(meter_link::set::digest(&view.epoch().roster_root, set.count(), ids), digest);
        assert_eq!(book.enter(at, &digest, &set).ok(), (at >= group.window.first).then_some(true));
    }
    assert_eq!(book.sets_digest(), array(&group.json["sets_digest"]));
    let id = |place: u32| meters.get(place as usize).map(|m| m.id);
    let (root, billed) = (view.epoch().roster_root, group.billed());
    assert_eq!(book.digest(&root, &billed, id), array(&group.json["digest"]));
    assert_eq!(book.billable(), Some(billed));
}

#[test]
fn vectors_of_refused_bills() {
    let group = Group::new();
    let refused_all = |answerer: &mut Answerer, rows: &[Value]| {
        for row in rows {
            let (query, log) = (bytes(&row["query"]), *answerer.log());
            refused(
                row,
                match row["form"].as_str().unwrap() {
                    "bound" => answerer.bill(group.later(), &query),
                    "raw" => answerer.agree_bill(group.later(), &query),
                    other => panic!("{other}"),
                },
            );
            assert_eq!(answerer.log(), &log);
        }
    };
    let bad = &group.json["refused"];
    let (mut answerer, mut telling) = group.played(&rows(group.json, "answerers")[0]);
    refused_all(&mut answerer, rows(bad, "before"));
    // Nothing of all that has changed it.
    group.billed_by(&mut answerer, &mut telling);
    refused_all(&mut answerer, rows(bad, "after"));
    let late = &bad["late"];
    refused(late, answerer.catch_up(group.later(), &bytes(&late["open"]), &bytes(&late["close"])));
    assert_eq!(answerer.log(), &telling.log);
    // The same set, in time.
    let (mut early, _) = group.played(&rows(group.json, "answerers")[1]);
    assert_eq!(
        early.catch_up(group.later(), &bytes(&late["open"]), &bytes(&late["close"])).map(drop),
        Ok(())
    );
}
