//! Frames of a round, at those who take them.

use meter_link::answer::{AnswerKind, Opening, Query, Quorum, RawOpening, Stated, Statement};
use meter_link::collect::Collection;
use meter_link::frame::Reader;
use meter_link::{Header, Kind, Round};

use super::super::input::Input;
use super::super::seeds;
use super::super::world::{FIRST, THRESHOLD, WINDOW, World};
use super::fixes;
use super::states::collection_of;

fn tagged(world: &World, mode: u8, frame: &mut [u8]) {
    if fixes(mode) {
        world.tag_by_sender(frame);
    }
}

fn bytes(collection: &Collection) -> Vec<u8> {
    collection.to_bytes().unwrap()
}

pub fn contribution(world: &World, mode: u8, frame: &mut [u8]) -> bool {
    tagged(world, mode, frame);
    let mut collection = collection_of(world, 2);
    let before = bytes(&collection);
    match collection.accept(frame) {
        Ok(sender) => {
            let once = bytes(&collection);
            assert_ne!(once, before);
            assert!(collection.missing().all(|id| id != sender));
            assert_eq!(collection.accept(frame), Ok(sender));
            assert_eq!(bytes(&collection), once);
            // Another frame of the same meter changes nothing.
            let mut other = frame.to_vec();
            other[Header::LEN] ^= 1;
            world.tag_by_sender(&mut other);
            assert!(collection.accept(&other).is_err());
            assert_eq!(bytes(&collection), once);
            true
        }
        Err(_) => {
            assert_eq!(bytes(&collection), before);
            false
        }
    }
}

/// Many at once are taken as one by one.
pub fn contributions(world: &World, mode: u8, all: &mut [u8]) -> bool {
    let mut frames: Vec<Vec<u8>> = Vec::new();
    let mut input = Input::new(all);
    while !input.is_empty() && frames.len() < 40 {
        let len = usize::from(input.u8() % 80);
        let mut frame = input.upto(len).to_vec();
        if len == 0 {
            // A whole frame of meter and round, which the fuzzer need not find.
            frame = seeds::contribution(world, input.index(10), u32::from(input.u8() % 3));
            let at = input.index(frame.len());
            frame[at] ^= input.u8() & input.u8();
        }
        tagged(world, mode, &mut frame);
        frames.push(frame);
    }
    let frames: Vec<&[u8]> = frames.iter().map(Vec::as_slice).collect();
    let (mut one, mut many) = (collection_of(world, 0), collection_of(world, 0));
    let single: Vec<_> = frames.iter().map(|frame| one.accept(frame)).collect();
    let mut together = Vec::new();
    many.accept_many(&frames, |index, outcome| {
        assert_eq!(index, together.len());
        together.push(outcome);
    });
    assert_eq!(single, together);
    assert_eq!(bytes(&one), bytes(&many));
    // A part that lies elsewhere in bytes is the same part.
    let mut merged = collection_of(world, 0);
    merged.merge_bytes(&bytes(&one)).unwrap();
    assert_eq!((bytes(&merged), merged.partial()), (bytes(&one), one.partial()));
    // Once more changes nothing.
    merged.merge_bytes(&bytes(&one)).unwrap();
    assert_eq!(bytes(&merged), bytes(&one));
    single.iter().any(Result::is_ok)
}

/// The tag's key is that of the query which the answer claims to be to.
fn tag_answer(world: &World, kind: Kind, answer: AnswerKind, frame: &mut [u8]) -> Option<()> {
    let header = Header::parse(frame).ok()?;
    let mut payload = Reader::new(frame.get(Header::LEN + 1..)?);
    let digest = *payload.array().ok()?;
    let quorum = match kind {
        Kind::Answer => Quorum::read(&mut payload, world.view.answerers()).ok()?,
        _ => Quorum::default(),
    };
    let (context, round) = (world.view.context(), header.round);
    let query = Query { context, round, kind: answer, digest: &digest, quorum: &quorum };
    let key = world.query_key(header.sender, &query)?;
    world.tag(frame, &key);
    Some(())
}

pub fn answer(world: &World, mode: u8, frame: &mut [u8]) -> bool {
    let (kind, round, told) = match mode & 2 {
        0 => (AnswerKind::ShamirRound, FIRST, seeds::story(world).told.first()),
        _ => (AnswerKind::ShamirWindow, FIRST + WINDOW - 1, seeds::story(world).told.last()),
    };
    if fixes(mode) {
        tag_answer(world, Kind::Answer, kind, frame);
    }
    let quorum = Quorum::new(&[1, 2, 4]).unwrap();
    let (fixed, told) = (Header::LEN + 1 + 32 + 1 + 16, told.unwrap());
    let digest = told[Header::LEN + 1..Header::LEN + 33].try_into().unwrap();
    let mut opening = Opening::new(Round::from(round), kind, digest, quorum, (told.len() - fixed) / 8);
    let parties = world.head();
    let links = parties.parties().answerers();
    let before = opening.missing().count();
    match opening.accept(&world.view, links, frame) {
        Ok(number) => {
            assert!(quorum.contains(number) && opening.missing().count() == before - 1);
            assert_eq!(opening.accept(&world.view, links, frame), Ok(number));
        }
        Err(_) => assert_eq!(opening.missing().count(), before),
    }
    assert!(opening.sum().is_err());
    opening.missing().count() < before
}

pub fn raw_answer(world: &World, mode: u8, frame: &mut [u8]) -> bool {
    if fixes(mode) {
        if frame.get(2) == Some(&(Kind::RawAnswer as u8)) {
            tag_answer(world, Kind::RawAnswer, AnswerKind::ShamirRound, frame);
        } else {
            world.sign(frame);
        }
    }
    let asked = Quorum::new(&[1, 2, 4]).unwrap();
    let told = &seeds::story(world).told[2];
    let round = Round::from(FIRST + 2);
    let digest = told[Header::LEN + 1..Header::LEN + 33].try_into().unwrap();
    let stated = Stated { kind: Kind::SetStatement, round, digest };
    let mut opening = RawOpening::new(AnswerKind::ShamirRound, stated, asked, THRESHOLD, 2);
    let head = world.head();
    match opening.accept(head.parties(), frame) {
        Ok(_) => assert_eq!((opening.answered().len(), opening.answers().len()), (1, 1)),
        Err(_) => assert!(opening.answered().is_empty()),
    }
    let stated = opening.accept_statement(head.parties(), frame);
    assert!(stated.is_err() || opening.accept(head.parties(), frame).is_err());
    assert!(opening.certificate().is_err());
    stated.is_ok() || !opening.answered().is_empty()
}

/// Whatever a frame is, each step of an answerer either takes it or leaves the answerer as it was.
pub fn answerer(world: &World, mode: u8, frame: &mut [u8]) -> bool {
    let (step, after) = ((mode >> 1) & 7, u32::from(mode >> 4));
    let mut answerer = seeds::asked(world, after >= WINDOW);
    let now = Round::from(FIRST + after);
    // Statements and the two frames of a past round come one behind the other.
    let len = match step {
        6 => Statement::LEN,
        7 => frame.first().map_or(1, |len| usize::from(*len).max(1)),
        _ => frame.len().max(1),
    };
    let first = usize::from(step == 7).min(frame.len());
    let mut frames: Vec<&mut [u8]> = frame[first..].chunks_mut(len).collect();
    if fixes(mode) {
        frames.iter_mut().for_each(|frame| world.sign(frame));
    }
    if step == 6 {
        let (now, _, close) = seeds::story(world).rounds.last().unwrap();
        answerer.agree(*now, close).unwrap().stored();
    }
    let before = answerer.to_bytes().unwrap();
    let records = answerer.log().len();
    let at = |i: usize| frames.get(i).map_or(&[][..], |frame| frame);
    let taken = match step {
        0 => answerer.open(now, at(0)).is_ok(),
        1 => answerer.answer(now, at(0)).is_ok(),
        2 => answerer.follow(now, at(0)).is_ok(),
        3 => answerer.agree(now, at(0)).is_ok(),
        4 => answerer.bill(now, at(0)).is_ok(),
        5 => answerer.agree_bill(now, at(0)).is_ok(),
        6 => answerer.answer_certified(&frames.iter().map(|frame| &**frame).collect::<Vec<_>>()).is_ok(),
        _ => answerer.catch_up(now, at(0), at(1)).is_ok(),
    };
    let after = answerer.to_bytes().unwrap();
    assert!(taken || *before == *after);
    assert!(!taken || step != 6 || frames.len() >= usize::from(THRESHOLD));
    assert!(answerer.log().len() <= records + 1);
    world.restored(1, &after).unwrap();
    taken
}
