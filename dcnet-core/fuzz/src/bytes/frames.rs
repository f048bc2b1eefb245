//! What the roles receive, in the middle of a round.

use dcnet_core::{Closing, Repairing};
use meter_link::round::{Close, Open};
use meter_link::{Header, Kind};

use super::super::seeds::story;
use super::super::world::{METERS, World, state};
use super::fixes;

fn put_right(world: &World, mode: u8, frame: &mut [u8]) {
    if fixes(mode) {
        match Header::parse(frame).map(|header| header.kind) {
            Ok(Kind::SetStatement | Kind::Open | Kind::Close) => world.ring.sign(frame),
            _ => drop(world.ring.tag(frame)),
        }
    }
}

/// An Open at a meter and at a holder.
pub fn open(world: &'static World, mode: u8, frame: &mut [u8]) -> bool {
    put_right(world, mode, frame);
    let story = story(mode);
    let mut meter = world.meter(&story.before).unwrap();
    let heard = meter.open(story.now, frame);
    assert!(heard.is_ok() || state(&meter) == story.before);
    let mut known = heard.is_ok();
    if world.liar() > 0 {
        let mut holder = world.holder(1, &story.holder).unwrap();
        let before = holder.to_bytes().unwrap();
        let taken = holder.open(story.now, frame).is_ok();
        assert!(taken || *holder.to_bytes().unwrap() == *before);
        known |= taken;
    }
    assert!(!known || Open::verify(frame, &world.view, story.now).is_ok());
    heard.is_ok()
}

/// A Close at a meter that has contributed, and at a holder.
pub fn close(world: &'static World, mode: u8, frame: &mut [u8]) -> bool {
    put_right(world, mode, frame);
    let story = story(mode);
    let mut meter = world.meter(&story.meter_sent).unwrap();
    let mut out = vec![0xaa; world.params.repair_len()];
    let heard = meter.close(story.now, frame, &mut out).map(|prepared| prepared.stored().is_some());
    assert!(heard.is_ok() || state(&meter) == story.meter_sent);
    assert_eq!(heard != Ok(true), out.iter().all(|byte| *byte == 0xaa));
    let mut known = heard.is_ok();
    if world.liar() > 0 {
        for step in 0..3 {
            let mut holder = world.holder(1, &story.holder).unwrap();
            holder.open(story.now, &story.open).unwrap();
            let before = holder.to_bytes().unwrap();
            let taken = match step {
                0 => holder.answer(story.now, frame).is_ok(),
                1 => holder.agree(story.now, frame).is_ok(),
                _ => holder.catch_up(story.now, &story.open, frame).is_ok(),
            };
            assert!(taken || *holder.to_bytes().unwrap() == *before);
            known |= taken;
        }
    }
    assert!(!known || Close::verify(frame, &world.view, story.now).is_ok());
    heard.is_ok()
}

pub fn contribution(world: &'static World, mode: u8, frame: &mut [u8]) -> bool {
    put_right(world, mode, frame);
    let story = story(mode);
    let mut utility = world.utility(&story.utility).unwrap();
    let mut collecting = utility.reopen(&story.collecting).unwrap();
    let before = (collecting.missing().count(), collecting.to_bytes().unwrap());
    let taken = collecting.accept(frame);
    if taken.is_err() {
        assert_eq!((collecting.missing().count(), collecting.to_bytes().unwrap()), before);
    }
    let mut many = utility.reopen(&story.collecting).unwrap();
    many.accept_many(&[&*frame], |_, outcome| assert_eq!(outcome, taken));
    assert_eq!(many.to_bytes(), collecting.to_bytes());
    taken.is_ok()
}

/// The story's round behind its first Close.
fn repairing(world: &World, mode: u8) -> Repairing {
    let mut utility = world.utility(&story(mode).utility).unwrap();
    let collecting = utility.reopen(&story(mode).collecting).unwrap();
    let quorum = utility.quorum(|_| true).unwrap();
    match utility.close(collecting, &quorum).unwrap() {
        Closing::Repairing(repairing) => repairing,
        Closing::Final(_) => unreachable!(),
    }
}

pub fn repair(world: &'static World, mode: u8, frame: &mut [u8]) -> bool {
    put_right(world, mode, frame);
    let mut repairing = repairing(world, mode);
    let taken = repairing.accept(frame);
    assert_eq!(repairing.missing().count(), METERS - 1 - usize::from(taken.is_ok()));
    assert!(taken.is_err() || repairing.accept(frame) == taken);
    taken.is_ok()
}

/// A statement, a raw answer or a bound one, to the story's set.
pub fn answer(world: &'static World, mode: u8, frame: &mut [u8]) -> bool {
    put_right(world, mode, frame);
    let (story, mut repairing) = (story(mode), repairing(world, mode));
    for frame in &story.repairs {
        repairing.accept(frame).unwrap();
    }
    let mut utility = world.utility(&story.utility).unwrap();
    let quorum = utility.quorum(|_| true).unwrap();
    let Ok(Closing::Final(mut closed)) = utility.close_again(repairing, &quorum) else { unreachable!() };
    let missing = closed.missing().count();
    let taken = closed.accept(frame);
    assert_eq!(closed.missing().count(), missing - usize::from(taken.is_ok()));
    assert!(taken.is_err() || closed.accept(frame) == taken);
    if world.liar() == 0 {
        return taken.is_ok();
    }
    assert!(utility.record(&closed).is_err());
    let asked = meter_link::answer::Quorum::new(&(1..=world.liar()).collect::<Vec<u8>>()).unwrap();
    let mut certified = utility.certify(&closed, &asked).unwrap();
    let stated = certified.accept_statement(frame).is_ok();
    let raw = certified.accept(frame).is_ok();
    assert!(u8::from(stated) + u8::from(raw) + u8::from(taken.is_ok()) <= 1);
    assert_eq!(certified.missing().count(), usize::from(world.liar()) - usize::from(raw));
    assert!(utility.record_certified(&certified).is_err() && certified.certificate().is_err());
    stated || raw || taken.is_ok()
}
