//! What must hold for any input: whoever flips a bit is refused, no bytes make a panic, and what is written is
//! read back.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

#[path = "setting/epoch.rs"]
mod setting;

use std::sync::LazyLock;

use meter_link::answer::{AnswerKind, Answerer, Opening, Post, Quorum};
use meter_link::cohort::Cohort;
use meter_link::frame::{Expect, Reader, TaggedFrame, Writer};
use meter_link::mark::MarkRecord;
use meter_link::roster::{StoredRoot, link_key};
use meter_link::round::{Close, Open, frame_hash};
use meter_link::set::{self, SetView};
use meter_link::{
    Channels, Error, Field64, Header, HighWater, Kind, Label, Link, PairKey, PartyId, Role, Round, Schedule,
    sealed,
};
use proptest::collection::vec;
use proptest::prelude::*;

use setting::{FIRST, LAST, cohort, forming, last_close, open};

const NOW: Round = round(FIRST + 1);
const BEACON_TIME: u64 = 77;
const METERS: usize = 40;

const fn round(number: u32) -> Round {
    match Round::new(number as u64) {
        Ok(round) => round,
        Err(_) => unreachable!(),
    }
}

/// A step that takes a message.
type Accept = Box<dyn Fn(&[u8]) -> Result<(), Error> + Send + Sync>;

/// A kind of message: a good one, and the step that takes it.
struct Case {
    name: &'static str,
    good: Vec<u8>,
    accept: Accept,
}

/// Keys of the utility with the answerers.
fn answerer_links(world: &Cohort) -> Vec<Link> {
    let key = |m: &meter_link::roster::Member| {
        world
            .utility
            .link
            .pair_key(Label::Frame, world.view.context(), PartyId::UTILITY, &m.peer(), &[])
            .unwrap()
    };
    world.roster.answerers().iter().map(|m| Link { peer: m.id, key: key(m) }).collect()
}

/// A holder's answer to a final Close.
fn answer(open: &[u8], close: &[u8]) -> Vec<u8> {
    let mut world = world();
    let party = world.answerers.remove(1);
    let (label, kind) = (Label::DcnetHolder, AnswerKind::DcnetRound);
    let post = Post { id: party.id, role: Role::Holder, threshold: 3, label, kind };
    let mut holder = Answerer::new(&world.view, &post, party.link, &world.roster).unwrap();
    holder.open(NOW, open).unwrap();
    holder.answer(NOW, close).unwrap().stored()
}

fn world() -> Cohort {
    cohort(5, METERS as u32, 4)
}

static WORLD: LazyLock<Cohort> = LazyLock::new(world);

fn rounds() -> Vec<Case> {
    let mut present = [true; METERS];
    present[3] = false;
    let opened = open(&WORLD, FIRST + 1, Some((FIRST, [8; 32])), &present);
    let closed = last_close(&WORLD, FIRST + 1, frame_hash(&opened), &[1, 2, 3], &present);
    let close = Close::verify(&closed, &WORLD.view, NOW).unwrap();
    let ids = close.set.positions().map(|p| WORLD.roster.meters()[p as usize].id);
    let digest = set::digest(&WORLD.view.epoch().roster_root, close.set.count(), ids);
    let (answer, quorum) = (answer(&opened, &closed), close.quorum.unwrap());
    let links = answerer_links(&WORLD);
    vec![
        Case {
            name: "Open",
            good: opened,
            accept: Box::new(|frame| Open::verify(frame, &WORLD.view, NOW).map(drop)),
        },
        Case {
            name: "Close",
            good: closed,
            accept: Box::new(|frame| Close::verify(frame, &WORLD.view, NOW).map(drop)),
        },
        Case {
            name: "answer",
            good: answer,
            accept: Box::new(move |frame| {
                let mut opening = Opening::new(NOW, AnswerKind::DcnetRound, digest, quorum, 1);
                opening.accept(&WORLD.view, &links, frame).map(drop)
            }),
        },
    ]
}

fn rosters() -> Vec<Case> {
    let party = &WORLD.meters[6];
    let (id, public) = (party.id, party.identity.public());
    let announced =
        link_key::announce(&forming(3), id, Role::Meter, &party.identity, party.link.public()).unwrap();
    let utility = &WORLD.utility.identity;
    let root = WORLD.roster.root(round(LAST), BEACON_TIME).sign(&forming(3), utility).unwrap();
    vec![
        Case {
            name: "link key",
            good: announced.to_vec(),
            accept: Box::new(move |frame| {
                link_key::verify(frame, &forming(3), id, Role::Meter, &public).map(drop)
            }),
        },
        Case {
            name: "roster root",
            good: root.to_vec(),
            accept: Box::new(|frame| {
                let utility = WORLD.utility.identity.public();
                StoredRoot::accept(frame, &forming(3), &utility, 0, None).map(drop)
            }),
        },
    ]
}

fn contributions() -> Case {
    let header = WORLD.view.header(Kind::Contribution, 1, WORLD.meters[2].id, NOW);
    let key = || PairKey::from_bytes(&[0x5a; 32]);
    let mut out = vec![0; 48];
    let mut writer = Writer::frame(&mut out, &header).unwrap();
    writer.elements(&[Field64::from_i64(-5), Field64::from_u64(9)]).unwrap();
    writer.finish_tagged(&header, &key()).unwrap();
    Case {
        name: "contribution",
        good: out,
        accept: Box::new(move |frame| {
            let expect: Expect = WORLD.view.expect(Kind::Contribution, 1);
            let mut payload = TaggedFrame::parse(frame, &expect)?.verify(&key())?;
            payload.elements(&mut [Field64::ZERO; 2])?;
            payload.end()
        }),
    }
}

fn records() -> Vec<Case> {
    let channels = Channels { first: 0, count: 2 };
    let schedule = Schedule { origin: 5, period: 900 };
    let mark: MarkRecord = HighWater::<2>::new().take(channels, &schedule, NOW).unwrap();
    let utility = &WORLD.utility.identity;
    let root = WORLD.roster.root(round(LAST), BEACON_TIME).sign(&forming(3), utility).unwrap();
    let pinned = StoredRoot::accept(&root, &forming(3), &utility.public(), 0, None).unwrap();
    vec![
        Case {
            name: "mark",
            good: mark.to_vec(),
            accept: Box::new(|record| HighWater::<2>::new().replay(record)),
        },
        Case {
            name: "pinned root",
            good: pinned.record().to_vec(),
            accept: Box::new(|record| match record.try_into() {
                Ok(record) => StoredRoot::from_bytes(record).map(drop),
                Err(_) => Err(meter_link::Malformed::BadRecord.into()), // the type's job
            }),
        },
    ]
}

static CASES: LazyLock<Vec<Case>> = LazyLock::new(|| {
    let mut cases = rounds();
    cases.extend(rosters());
    cases.push(contributions());
    cases.extend(records());
    cases
});

/// Received data is never the caller's mistake.
fn refusal(result: Result<(), Error>) -> bool {
    matches!(result, Err(Error::Malformed(_) | Error::Fault { .. }))
}

#[test]
fn good_ones_are_taken() {
    for case in CASES.iter() {
        assert_eq!((case.accept)(&case.good), Ok(()), "{}", case.name);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_flipped_bit_is_refused(which in any::<prop::sample::Index>(), bit in any::<prop::sample::Index>()) {
        let case = &CASES[which.index(CASES.len())];
        let mut bad = case.good.clone();
        let bit = bit.index(8 * bad.len());
        bad[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(refusal((case.accept)(&bad)), "{} bit {bit}", case.name);
    }

    #[test]
    fn any_other_length_is_refused(which in any::<prop::sample::Index>(), cut in any::<prop::sample::Index>(), more in vec(any::<u8>(), 1..70)) {
        let case = &CASES[which.index(CASES.len())];
        let cut = &case.good[..cut.index(case.good.len())];
        prop_assert!(refusal((case.accept)(cut)), "{} {}", case.name, cut.len());
        prop_assert!(refusal((case.accept)(&[&case.good[..], &more].concat())), "{}", case.name);
    }

    #[test]
    fn arbitrary_bytes_are_refused(which in any::<prop::sample::Index>(), bytes in vec(any::<u8>(), 0..400)) {
        let case = &CASES[which.index(CASES.len())];
        prop_assert!(refusal((case.accept)(&bytes)), "{}", case.name);
        // Past the header, which arbitrary bytes hardly ever are.
        let headed = [&case.good[..Header::LEN.min(case.good.len())], &bytes].concat();
        prop_assert!(refusal((case.accept)(&headed)), "{}", case.name);
    }

    /// Past the signature too: what a malicious utility can send.
    #[test]
    fn signed_nonsense_makes_no_panic(close in any::<bool>(), flags in 0u8..16, number in 0u32..4, payload in vec(any::<u8>(), 0..120)) {
        let kind = if close { Kind::Close } else { Kind::Open };
        let flags = if close { flags } else { 0 };
        let header = WORLD.view.header(kind, flags, PartyId::UTILITY, round(FIRST + number));
        let mut out = vec![0; Header::LEN + payload.len() + 64];
        let mut writer = Writer::frame(&mut out, &header).unwrap();
        writer.bytes(&payload).unwrap();
        writer.finish_signed(&header, &WORLD.utility.identity, &WORLD.view.scope()).unwrap();
        let result = if close {
            Close::verify(&out, &WORLD.view, NOW).map(drop)
        } else {
            Open::verify(&out, &WORLD.view, NOW).map(drop)
        };
        prop_assert!(result.is_ok() || refusal(result));
    }

    /// The same of a malicious answerer.
    #[test]
    fn tagged_nonsense_makes_no_panic(number in 0usize..4, payload in vec(any::<u8>(), 0..60), kind in 0u8..4) {
        let links = answerer_links(&WORLD);
        let header = WORLD.view.header(Kind::Answer, 0, links[number].peer, NOW);
        let mut out = vec![0; Header::LEN + 1 + payload.len() + 16];
        let mut writer = Writer::frame(&mut out, &header).unwrap();
        writer.u8(kind).unwrap();
        writer.bytes(&payload).unwrap();
        writer.finish_tagged(&header, &links[number].key).unwrap();
        let mut opening =
            Opening::new(NOW, AnswerKind::DcnetRound, [1; 32], Quorum::new(&[1, 2, 3]).unwrap(), 1);
        prop_assert!(refusal(opening.accept(&WORLD.view, &links, &out).map(drop)));
        prop_assert_eq!(opening.missing().count(), 3);
    }

    #[test]
    fn rounds_come_back(present in vec(any::<bool>(), METERS), previous in proptest::option::of(any::<[u8; 32]>())) {
        let frame = open(&WORLD, FIRST + 1, previous.map(|hash| (FIRST, hash)), &present);
        let open = Open::verify(&frame, &WORLD.view, NOW).unwrap();
        prop_assert_eq!(open.previous, previous.map(|hash| (round(FIRST), hash)));
        let read: Vec<bool> = (0..METERS as u32).map(|p| open.present.contains(p)).collect();
        prop_assert_eq!(&read, &present);
        let frame = last_close(&WORLD, FIRST + 1, open.hash, &[2, 3, 4], &present);
        let close = Close::verify(&frame, &WORLD.view, NOW).unwrap();
        prop_assert_eq!((close.pass, close.is_final, close.previous), (1, true, open.hash));
        prop_assert_eq!(close.quorum.unwrap().iter().collect::<Vec<_>>(), [2, 3, 4]);
        prop_assert!(close.set.is_subset_of(&open.present) && open.present.is_subset_of(&close.set));
    }

    /// Whatever parses as a set means the same after it was written again.
    #[test]
    fn sets_mean_what_they_say(total in 1u32..200, form in 0u8..4, rest in vec(any::<u8>(), 0..40)) {
        let bytes = [&[form][..], &rest].concat();
        let mut reader = Reader::new(&bytes);
        if let Ok(set) = SetView::read(&mut reader, total) {
            let members: Vec<bool> = (0..total).map(|p| set.contains(p)).collect();
            let mut out = vec![0; set::max_len(total)];
            let mut writer = Writer::new(&mut out);
            set::write(&mut writer, &members).unwrap();
            let written = writer.finish();
            let again = SetView::read(&mut Reader::new(written), total).unwrap();
            prop_assert!(again.positions().eq(set.positions()));
            prop_assert_eq!(again.count(), set.count());
            prop_assert_eq!(set.count() as usize, members.iter().filter(|m| **m).count());
            prop_assert!(written.len() <= bytes.len() - reader.rest().len());
        }
    }

    #[test]
    fn sealed_messages_come_back_or_do_not(message in vec(any::<u8>(), 0..100), bit in any::<prop::sample::Index>()) {
        let key = PairKey::from_bytes(&[3; 32]);
        let (a, b) = (PartyId(4), PartyId(5));
        let header = WORLD.view.header(Kind::Delta, 0, a, NOW);
        let mut text = message.clone();
        let tag = sealed::seal(&key, &header, b, &mut text).unwrap();
        let mut bad = [&text[..], &tag].concat();
        let bit = bit.index(8 * bad.len());
        bad[bit / 8] ^= 1 << (bit % 8);
        let (bad_text, bad_tag) = bad.split_last_chunk_mut().unwrap();
        prop_assert!(sealed::open(&key, &header, b, bad_text, bad_tag).is_err());
        sealed::open(&key, &header, b, &mut text, &tag).unwrap();
        prop_assert_eq!(text, message);
    }
}

/// The largest number of answerers that the wire can carry.
#[test]
fn answers_of_255_answerers() {
    let world = cohort(9, 3, 255);
    let links = answerer_links(&world);
    let mut opening =
        Opening::new(NOW, AnswerKind::DcnetRound, [1; 32], Quorum::new(&[1, 2, 255]).unwrap(), 1);
    for (sender, fault) in [
        (links[254].peer, meter_link::Fault::BadTag),
        (links[253].peer, meter_link::Fault::NotInQuorum),
        (PartyId(9999), meter_link::Fault::UnknownSender),
    ] {
        let header = world.view.header(Kind::Answer, 0, sender, NOW);
        let mut out = vec![0; Answerer::answer_len(&world.view)];
        let mut writer = Writer::frame(&mut out, &header).unwrap();
        writer.u8(1).unwrap();
        writer.bytes(&[1; 32]).unwrap();
        Quorum::new(&[1, 2, 255]).unwrap().write(&mut writer, 255).unwrap();
        writer.elements(&[Field64::ONE]).unwrap();
        let frame = writer.finish_tagged(&header, &links[254].key).unwrap();
        assert_eq!(opening.accept(&world.view, &links, frame), Err(fault.of(sender)));
    }
}
