//! The sizes that docs/wire.md states.

use meter_link::answer::{Answerer, Quorum, Statement};
use meter_link::frame::Tag;
use meter_link::log::LogHead;
use meter_link::roster::{Member, RosterRoot, link_key};
use meter_link::round::{CloseFields, OpenFields};
use meter_link::set::Members;
use meter_link::window::{Window, WindowFields};
use meter_link::{
    Epoch, EpochView, GroupConfig, GroupId, GroupParams, Header, Identity, Protocol, Round, Session,
};

use crate::json::{bytes, rows, section};

const DOCUMENT: &str = include_str!("../../docs/wire.md");

fn view(meters: u32) -> EpochView {
    let group = GroupParams::new(GroupConfig::new(Protocol::Dcnet, GroupId(1))).unwrap();
    let round = Round::from(0);
    let epoch = Epoch {
        session: Session([1; 32]),
        epoch: 0,
        first_round: round,
        last_round: round,
        roster_root: [2; 32],
        answerers_root: [3; 32],
        beacon: [4; 32],
    };
    let mut leaf = [5; Member::LEAF_LEN];
    leaf[..5].fill(0); // the utility's id and role
    let utility = Member::from_kept_leaf(&leaf).unwrap();
    EpochView::new(&group, &epoch, &utility, meters, 4).unwrap()
}

/// Bytes of an Open, of a final Close and of a window query with so many meters absent.
fn measured(meters: u32, absent: u32) -> [usize; 3] {
    let (view, identity) = (view(meters), Identity::from_bytes(&mut [7; 32]));
    let step = meters / absent.max(1);
    let present: Vec<bool> = (0..meters).map(|p| p % step != 1 || p / step >= absent).collect();
    assert_eq!(present.iter().filter(|p| !**p).count(), absent as usize);
    let round = Round::from(0);
    let mut out = vec![0; OpenFields::max_len(meters)];
    let open = OpenFields { round, previous: None, present: &present };
    let open = open.sign(&view, &identity, &mut out).unwrap().len();
    let mut out = vec![0; CloseFields::max_len(meters, 4)];
    let quorum = Quorum::new(&[1, 2, 3]).unwrap();
    let close = CloseFields {
        round,
        pass: 1,
        previous: [0; 32],
        quorum: Some(quorum),
        is_final: true,
        set: &present,
    };
    let close = close.sign(&view, &identity, &mut out).unwrap().len();
    let mut out = vec![0; WindowFields::max_len(meters, 4)];
    let (window, billed) = (Window { first: round, last: round }, Members::marked(&present).unwrap());
    let query = WindowFields { window, sets_digest: [0; 32], quorum, billed: &billed };
    [open, close, query.sign(&view, &identity, &mut out).unwrap().len()]
}

/// Bytes of an answer with so many values; a raw one has no mask.
fn answer(mask: usize, values: usize) -> usize {
    Header::LEN + 1 + 32 + mask + 8 * values + Tag::LEN
}

#[test]
fn sizes_of_the_documentation() {
    for meters in [240, 1000] {
        let columns = [0, 5, meters / 20].map(|absent| measured(meters, absent));
        let [open, close, query] = [0, 1, 2].map(|kind| columns.map(|c| c[kind].to_string()).join(" | "));
        for row in [
            format!("| Open, n = {meters} | {open} |"),
            format!("| Close, final, 4 answerers, n = {meters} | {close} |"),
            format!("| Window query, 4 answerers, n = {meters} | {query} |"),
        ] {
            assert!(DOCUMENT.contains(&row), "{row}");
        }
    }
    for row in rows(section("raw_answers"), "good") {
        assert_eq!(bytes(&row["frame"]).len(), answer(0, rows(row, "values").len()));
    }
    let told = rows(section("windows"), "answerers").iter().flat_map(|row| rows(row, "told"));
    for row in told.filter(|row| row["form"] == 1) {
        assert_eq!(bytes(&row["frame"]).len(), answer(2, rows(row, "values").len()));
        assert!(
            DOCUMENT.contains(&format!("| entry of an answerer's log, {} |", bytes(&row["record"]).len()))
        );
    }
    assert_eq!(Answerer::answer_len(&view(240)), answer(1, 1));
    let framed = |elements: usize| Header::LEN + 8 * elements + Tag::LEN;
    for (name, len) in [
        ("dcnet contribution, c = 4, t = 3", framed(1 + 4 - 3)),
        ("shamir contribution, m = 4, t = 3", framed(4 - 3 + 1)),
        ("repair", framed(1)),
        ("bound answer, 4 answerers", Answerer::answer_len(&view(240))),
        ("bound answer to a window, 4 answerers, 240 bills", answer(1, 240)),
        ("raw answer", answer(0, 1)),
        ("raw answer to a window, 240 bills", answer(0, 240)),
        ("statement", Statement::LEN),
        ("log head", LogHead::LEN),
        ("link key", link_key::LEN),
        ("roster root", RosterRoot::LEN),
    ] {
        assert!(DOCUMENT.contains(&format!("| {name} | {len} |")), "{name} {len}");
    }
}
