//! A group with windows: utility and aggregators make every frame, record and state, and the sums and bills come out.

use meter_link::answer::{AnswererRecord, Quorum};
use meter_link::{PartyId, Prepared, Round};
use serde_json::Value;
use shamir_agg::{Aggregator, Check, Params, Post, Utility};

use crate::json::{bytes, edges, int, ints, members, rows, section};
use crate::world::{World, identity, round, secret};
use crate::{array, group, malformed};

fn quorum(value: &Value) -> Quorum {
    Quorum::new(&ints(value).into_iter().map(|n| n as u8).collect::<Vec<_>>()).unwrap()
}

fn signed(value: &Value) -> Vec<i64> {
    value.as_array().unwrap().iter().map(|v| v.as_i64().unwrap()).collect()
}

/// What answerers have told: form, query kind and round tell which frames.
fn told(json: &'static Value, form: u64, kind: u64, at: Round) -> Vec<Vec<u8>> {
    let all = rows(json, "answerers").iter().flat_map(|row| rows(row, "told"));
    let of = |e: &&Value| (int(&e["form"]), int(&e["kind"]), round(&e["round"])) == (form, kind, at);
    all.filter(of).map(|e| bytes(&e["frame"])).collect()
}

fn asked_by(query: &Value) -> Quorum {
    let queries = rows(section("window_queries"), "good");
    quorum(&queries.iter().find(|row| row["frame"] == *query).unwrap()["quorum"])
}

fn billed(json: &Value, world: &World) -> Vec<PartyId> {
    ints(&json["billed"]).into_iter().map(|place| world.roster.meters()[place as usize].id).collect()
}

#[test]
fn utility_vectors_of_windows() {
    let (json, world, params) = group();
    let (meters, roster) = (world.roster.meters(), world.roster.clone());
    let mut utility =
        Utility::new(&params, &world.view, world.utility(), secret(world.party(0)), roster).unwrap();
    let threshold = usize::from(params.threshold().threshold());
    for row in rows(json, "history") {
        let now = round(&row["round"]);
        let mut collecting = utility.open(now, now, &members(meters.len(), &row["gone"])).unwrap();
        assert_eq!(collecting.frame(), bytes(&row["open"]));
        rows(row, "contributions").iter().for_each(|frame| assert!(collecting.accept(&bytes(frame)).is_ok()));
        let asked = ints(&row["quorum"]);
        if asked.is_empty() {
            continue;
        }
        let sums = if asked.len() == threshold {
            let mut closed = utility.close(collecting, &quorum(&row["quorum"])).unwrap();
            assert_eq!(closed.frame(), bytes(&row["close"]));
            told(json, 1, 2, now).iter().for_each(|frame| assert!(closed.accept(frame).is_ok()));
            assert_eq!(closed.missing().count(), 0);
            utility.record(&closed).unwrap()
        } else {
            let mut certified = utility.certify(collecting, &quorum(&row["quorum"])).unwrap();
            assert_eq!(certified.frame(), bytes(&row["close"]));
            let statements = told(json, 2, 2, now);
            statements.iter().for_each(|frame| assert!(certified.accept_statement(frame).is_ok()));
            assert_eq!(certified.certificate().unwrap(), statements);
            told(json, 3, 2, now).iter().for_each(|frame| assert!(certified.accept(frame).is_ok()));
            assert_eq!(certified.missing().count(), 0);
            let checked = utility.record_certified(&certified).unwrap();
            assert_eq!((checked.check, checked.wrong), (Check::Names(1), vec![]));
            checked.sum
        };
        assert_eq!(sums.values, signed(&row["sums"]));
    }
    let states_of = &section("states")["utilities"];
    let listed: Vec<Vec<u8>> = rows(states_of, "good").iter().map(|row| bytes(&row["state"])).collect();
    states(&params, world, &utility, &listed[2]);
    assert!(listed[..2].iter().all(|other| malformed(read(&params, world, other))));
    let next = round(&states_of["billed"]["opened"]);
    utility.open(next, next, &vec![true; meters.len()]).unwrap();

    let first = round(&json["first"]);
    let ids = billed(json, world);
    assert_eq!(utility.billable(first), Ok(ids.clone()));
    let mut billing = utility.bill(first, &ids, &asked_by(&json["query"])).unwrap();
    assert_eq!(billing.frame(), bytes(&json["query"]));
    let last = round(&json["last"]);
    told(json, 1, 3, last).iter().for_each(|frame| assert!(billing.accept(frame).is_ok()));
    let mut certified = utility.certify_bill(first, &ids, &asked_by(&json["raw_query"])).unwrap();
    assert_eq!(certified.frame(), bytes(&json["raw_query"]));
    let statements = told(json, 2, 3, last);
    statements.iter().for_each(|frame| assert!(certified.accept_statement(frame).is_ok()));
    assert_eq!(certified.certificate().unwrap(), statements);
    told(json, 3, 3, last).iter().for_each(|frame| assert!(certified.accept(frame).is_ok()));
    for bills in [billing.bills().unwrap(), certified.bills().unwrap()] {
        assert!(bills.spoilt.is_empty() && bills.wrong.is_empty());
        assert_eq!(bills.bills.iter().map(|bill| bill.meter).collect::<Vec<_>>(), ids);
        let values: Vec<Vec<i64>> = bills.bills.into_iter().map(|bill| bill.values).collect();
        assert_eq!(values, rows(json, "bills").iter().map(signed).collect::<Vec<_>>());
    }
    states(&params, world, &utility, &bytes(&states_of["billed"]["state"]));
}

fn read(params: &Params, world: &World, state: &[u8]) -> Result<Utility, shamir_agg::Error> {
    Utility::from_bytes(params, &world.view, world.utility(), world.roster.clone(), state)
}

fn states(params: &Params, world: &World, utility: &Utility, listed: &[u8]) {
    assert_eq!(*utility.to_bytes().unwrap(), listed);
    assert_eq!(*read(params, world, listed).unwrap().to_bytes().unwrap(), listed);
}

/// An aggregator, and what it is to tell.
struct Telling {
    aggregator: Aggregator,
    told: std::slice::Iter<'static, Value>,
}

impl Telling {
    fn takes<T>(&mut self, made: impl FnOnce(&mut Aggregator) -> Prepared<T, AnswererRecord>) -> T {
        let (made, row) = (made(&mut self.aggregator), self.told.next().unwrap());
        assert_eq!(made.record(), bytes(&row["record"]));
        made.stored()
    }

    fn tells(&mut self, made: impl FnOnce(&mut Aggregator) -> Prepared<Vec<u8>, AnswererRecord>) {
        let row = self.told.as_slice()[0].clone();
        assert_eq!(self.takes(made), bytes(&row["frame"]));
    }

    fn raw(&mut self, json: &'static Value, kind: u64, at: Round) {
        let statements = told(json, 2, kind, at);
        let statements: Vec<&[u8]> = statements.iter().map(Vec::as_slice).collect();
        self.tells(|aggregator| aggregator.answer_certified(&statements).unwrap());
    }
}

#[test]
fn aggregator_vectors_of_windows() {
    let (json, world, params) = group();
    let threshold = usize::from(params.threshold().threshold());
    let missed = &json["missed"];
    for row in rows(json, "answerers") {
        let number = int(&row["number"]);
        let id = world.roster.answerers()[number as usize - 1].id;
        let own = world.party(id.0);
        let post = Post { id, identity: identity(own), link: secret(own) };
        let aggregator = Aggregator::new(&params, &world.view, post, &world.roster).unwrap();
        assert_eq!(u64::from(aggregator.number()), number);
        let mut telling = Telling { aggregator, told: rows(row, "told").iter() };
        let mut behind = None;
        for round_row in rows(json, "history") {
            let now = round(&round_row["round"]);
            let open = bytes(&round_row["open"]);
            let asked = ints(&round_row["quorum"]);
            if int(&missed["number"]) == number && missed["round"] == round_row["round"] {
                behind = Some((open, bytes(&round_row["close"])));
                continue;
            }
            if let Some((open, close)) = behind.take() {
                telling.takes(|a| a.catch_up(now, &open, &close).unwrap());
            }
            telling.aggregator.open(now, &open).unwrap();
            if asked.is_empty() {
                continue;
            }
            let close = bytes(&round_row["close"]);
            if !asked.contains(&number) {
                telling.takes(|a| a.follow(now, &close).unwrap());
            } else if asked.len() == threshold {
                telling.tells(|a| a.answer(now, &close).unwrap());
            } else {
                telling.tells(|a| a.agree(now, &close).unwrap());
                telling.raw(json, 2, now);
            }
        }
        resumed(&params, world, number, &mut telling.aggregator);

        let last = round(&json["last"]);
        let later = Round::from(last.to_u32() + 1);
        if asked_by(&json["query"]).contains(number as u8) {
            telling.tells(|a| a.bill(later, &bytes(&json["query"])).unwrap());
        }
        if asked_by(&json["raw_query"]).contains(number as u8) {
            telling.tells(|a| a.agree_bill(later, &bytes(&json["raw_query"])).unwrap());
            telling.raw(json, 3, last);
        }
        assert_eq!(telling.told.next(), None);
        assert_eq!(telling.aggregator.log().head(), &array(&row["head"]));
        assert_eq!(telling.aggregator.log_head(last).unwrap(), bytes(&row["log_head"]));
    }
}

/// Goes on from the state of the file, where it has one of this aggregator after all rounds.
fn resumed(params: &Params, world: &World, number: u64, aggregator: &mut Aggregator) {
    let section = &section("states")["answerers"];
    let history = rows(crate::section("windows"), "history");
    let closed = history.iter().filter(|row| row["close"].is_string()).count();
    let of = |row: &&Value| int(&row["number"]) == number && int(&row["rounds"]) as usize == closed;
    let Some(row) = rows(section, "good").iter().find(of) else { return };
    let id = world.roster.answerers()[number as usize - 1].id;
    let read = |state: &[u8]| {
        let identity = identity(world.party(id.0));
        Aggregator::from_bytes(params, &world.view, id, identity, &world.roster, state)
    };
    let state = bytes(&row["state"]);
    assert_eq!(*aggregator.to_bytes().unwrap(), state);
    *aggregator = read(&state).unwrap();
    edges(section, &bytes(&row["state"]), |state| read(state).map(drop));
}
