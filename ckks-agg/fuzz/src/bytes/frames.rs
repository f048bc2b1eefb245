//! Frames of an epoch and of a round.

use ckks_agg::certified;
use meter_link::answer::Quorum;
use meter_link::{Header, Kind, PartyId, sealed};

use super::super::seeds::{QUORUM, story, story_of};
use super::super::world::{World, held, slices, world};
use super::fixes;

fn which(mode: u8) -> &'static World {
    if mode & 4 == 0 { world() } else { held() }
}

pub fn contribution(mode: u8, frame: &mut [u8]) -> bool {
    let world = which(mode);
    if fixes(mode) {
        world.keyring.sign(frame);
    }
    let story = story_of(world);
    let mut utility = world.utility(&story.utility).unwrap();
    let checked = utility.verifier().verify(story.now, frame);
    if let Ok(checked) = &checked {
        assert_eq!(checked.frame(), frame);
    }
    let mut collecting = utility.reopen(&story.collecting).unwrap();
    let before = collecting.to_bytes().unwrap();
    let taken = collecting.accept(frame);
    assert!(taken.is_ok() || collecting.to_bytes().unwrap() == before);
    assert!(taken.is_err() || checked.is_ok());
    // The answerers look at it in place of some meter's.
    let mut frames = story.frames.clone();
    let at = usize::from(mode >> 3) % frames.len();
    frames[at] = frame.to_vec();
    let mut role = world.answerer(1, &world.answerers[0]).unwrap();
    role.open(story.now, &story.open).unwrap();
    let shut = role.shut(story.now, &story.close, &slices(&frames));
    assert!(shut.is_err() || checked.is_ok());
    if let (Ok(_), Ok(checked)) = (&shut, &checked) {
        assert_eq!(story.position(checked.meter()), Some(at));
    }
    checked.is_ok()
}

pub fn commitment(mode: u8, frame: &mut [u8]) -> bool {
    let world = which(mode);
    if fixes(mode) {
        world.keyring.sign(frame);
    }
    let mut utility = world.utility(&world.fresh.0).unwrap();
    let taken = utility.accept_commitment(frame).is_ok();
    assert_eq!(utility.uncommitted().count(), super::super::world::METERS - usize::from(taken));
    let after = utility.to_bytes().unwrap();
    assert_eq!(utility.accept_commitment(frame).is_ok(), taken);
    assert_eq!(*utility.to_bytes().unwrap(), *after);
    // Once there is a list, only what is in it.
    let mut utility = world.utility(&world.utility).unwrap();
    assert!(
        utility.accept_commitment(frame).is_err() || world.commitments.iter().any(|known| known == frame)
    );
    taken
}

/// The first list that the utility signs is the one.
pub fn list(mode: u8, frame: &mut [u8]) -> bool {
    let world = which(mode);
    if fixes(mode) {
        world.keyring.sign(frame);
    }
    let mut role = world.answerer(1, &world.fresh.1[0]).unwrap();
    let before = role.to_bytes();
    let taken = role.certify(frame).is_ok();
    assert!(taken || role.to_bytes() == before);
    assert!(!taken || role.certify(frame).is_ok());
    assert!(!taken || role.certify(&world.list).is_err() || frame == world.list);
    let state = role.to_bytes();
    assert_eq!(world.answerer(1, &state).unwrap().to_bytes(), state);
    let mut role = world.answerer(1, &world.answerers[0]).unwrap();
    assert!(role.certify(frame).is_err() || frame == world.list);
    taken
}

/// Statements of lists and keys, one after another.
pub fn statement(mode: u8, bytes: &mut [u8]) -> bool {
    let world = which(mode);
    let mut utility = world.utility(&world.utility).unwrap();
    let mut taken = false;
    for frame in bytes.chunks_mut(ckks_agg::STATEMENT_LEN) {
        if fixes(mode) {
            world.keyring.sign(frame);
        }
        let one = utility.accept_list_statement(frame).is_ok();
        assert!(!one || world.statements.iter().any(|known| known == frame));
        taken |= one;
    }
    let frames: Vec<&[u8]> = bytes.chunks(ckks_agg::STATEMENT_LEN).collect();
    let mut meter = world.meter(0);
    assert!(meter.certify(&world.view, world.roster.answerers(), &frames).is_err(), "not committed");
    for kind in [Kind::ListStatement, Kind::PublicKeyStatement] {
        let answerers = world.roster.answerers();
        let stated = certified(&world.params, &world.view, kind, answerers, &frames);
        // In any order.
        let turned: Vec<&[u8]> = frames.iter().rev().copied().collect();
        let again = certified(&world.params, &world.view, kind, answerers, &turned);
        assert_eq!(stated.is_ok(), again.is_ok());
        taken |= stated.is_ok();
    }
    taken
}

/// What the utility signs, to each step of an answerer.
pub fn order(mode: u8, frame: &mut [u8]) -> bool {
    let world = which(mode);
    if fixes(mode) {
        world.keyring.sign(frame);
    }
    let story = story_of(world);
    let list = slices(&story.frames);
    let mut role = world.answerer(1, &world.answerers[0]).unwrap();
    let mut taken = false;
    for step in 0..3 {
        let before = role.to_bytes();
        let done = match step {
            0 => role.open(story.now, frame).is_ok(),
            1 => role.open(story.now, &story.open).is_ok() && role.shut(story.now, frame, &list).is_ok(),
            _ => role.share(&[frame]).is_some_and(|told| told.is_ok()),
        };
        assert!(done || step == 1 || role.to_bytes() == before, "step {step}");
        taken |= done;
    }
    taken
}

/// What trustees tell of a round: taken if it is what they have told, or under their tag.
pub fn told(mode: u8, frame: &mut [u8]) -> bool {
    let (world, story) = (world(), story());
    if fixes(mode) {
        if mode & 4 == 0 {
            world.keyring.tag(frame);
        } else {
            world.keyring.sign(frame);
        }
    }
    let mut utility = world.utility(&story.utility).unwrap();
    let collecting = utility.reopen(&story.collecting).unwrap();
    let mut closed = utility.close(collecting, &Quorum::new(&QUORUM).unwrap()).unwrap();
    let stated = closed.accept_statement(frame).is_ok();
    assert!(!stated || story.statements.iter().any(|told| told == frame));
    let taken = closed.accept(frame).is_ok();
    assert!(!taken || fixes(mode) || story.shares.iter().any(|told| told == frame));
    assert_eq!(
        (closed.missing().count(), closed.statements().count()),
        (3 - usize::from(taken), stated.into())
    );
    // A share in place of an honest one gives some sum or none.
    for share in &story.shares {
        let _ = closed.accept(share);
    }
    let _ = closed.totals();
    let _ = utility.record(&closed);
    taken || stated
}

/// What a holder tells, sealed: the payload is in clear in the sample.
pub fn opened(mode: u8, frame: &mut [u8]) -> bool {
    let (world, story) = (held(), story_of(held()));
    if fixes(mode)
        && let Some((body, tag)) = frame.split_last_chunk_mut::<{ sealed::OVERHEAD }>()
        && let Some((head, payload)) = body.split_at_mut_checked(Header::LEN)
        && let Ok(header) = Header::parse(head)
    {
        *tag = sealed::seal(&world.seal(1), &header, PartyId::UTILITY, payload).unwrap();
    }
    let mut utility = world.utility(&story.utility).unwrap();
    let collecting = utility.reopen(&story.collecting).unwrap();
    let mut closed = utility.close(collecting, &Quorum::new(&[1]).unwrap()).unwrap();
    let taken = closed.accept(frame).is_ok();
    assert!(closed.accept_statement(frame).is_err());
    assert_eq!(closed.missing().count(), usize::from(!taken));
    let totals = closed.totals();
    assert!(taken || totals.is_err());
    if let Ok(totals) = totals {
        let _ = (totals.mean(0), totals.variance(0), totals.deviation(usize::MAX));
    }
    taken
}
