//! States that a restart reads, and records.

use ckks_agg::joint::{Joining, Ledger};
use meter_link::Round;
use meter_link::answer::Quorum;
use meter_link::round::{Close, Open};
use meter_link::set::Members;

use super::super::keyring::checked;
use super::super::seeds::{QUORUM, Story, story, story_of};
use super::super::world::{METERS, World, held, slices, world};
use super::fixes;

fn answerer(world: &World, story: &Story, mode: u8, state: &mut [u8]) -> bool {
    if fixes(mode) {
        // The key's name stands behind the context.
        if let Some(id) = state.get_mut(33..49) {
            id.copy_from_slice(&world.key.id().0);
        }
        world.keyring.own(state);
    }
    let Ok(mut role) = world.answerer(1, state) else { return false };
    let written = role.to_bytes();
    assert_eq!(world.answerer(1, &written).unwrap().to_bytes(), written);
    let list = slices(&story.frames);
    for step in 0..4 {
        let before = role.to_bytes();
        let taken = match step {
            0 => role.certify(&world.list).is_ok(),
            1 => role.open(story.now, &story.open).is_ok(),
            2 => role.shut(story.now, &story.close, &list).is_ok(),
            _ => role.share(&slices(&story.statements)).is_some_and(|told| told.is_ok()),
        };
        assert!(taken || role.to_bytes() == before, "step {step}");
    }
    true
}

pub fn trustee(mode: u8, state: &mut [u8]) -> bool {
    answerer(world(), story(), mode, state)
}

pub fn holder(mode: u8, state: &mut [u8]) -> bool {
    answerer(held(), story_of(held()), mode, state)
}

pub fn utility(mode: u8, state: &mut [u8]) -> bool {
    let world = if mode & 4 == 0 { world() } else { held() };
    let story = story_of(world);
    if fixes(mode) {
        // The progress inside has a check of its own.
        if let Some(progress) = state.get_mut(33..33 + 46) {
            checked(progress);
        }
        world.keyring.own(state);
    }
    let Ok(mut utility) = world.utility(state) else { return false };
    let written = utility.to_bytes().unwrap();
    assert_eq!(*world.utility(&written).unwrap().to_bytes().unwrap(), *written);
    let now = story.now;
    for (commitment, statement) in world.commitments.iter().zip(&world.statements) {
        let _ = (utility.accept_commitment(commitment), utility.accept_list_statement(statement));
    }
    let _ = (utility.list(), utility.left_out(now).count(), utility.uncommitted().count());
    if let Ok(mut collecting) = utility.open(now, now, &[true; METERS]) {
        for frame in &story.frames {
            let _ = collecting.accept(frame);
        }
        let before = utility.to_bytes().unwrap();
        let quorum = utility.quorum(|_| true).unwrap();
        let closed = utility.close(collecting, &quorum);
        assert!(closed.is_ok() || *utility.to_bytes().unwrap() == *before);
    }
    true
}

pub fn reopen(mode: u8, bytes: &mut [u8]) -> bool {
    let world = if mode & 4 == 0 { world() } else { held() };
    if fixes(mode) {
        let len = bytes.get(1..5).map_or(0, |len| u32::from_le_bytes(len.try_into().unwrap()) as usize);
        if let Some(open) = len.checked_add(5).and_then(|end| bytes.get_mut(5..end)) {
            world.keyring.sign(open);
        }
        checked(bytes);
    }
    let story = story_of(world);
    let mut utility = world.utility(&story.utility).unwrap();
    let before = utility.to_bytes().unwrap();
    let Ok(collecting) = utility.reopen(bytes) else {
        assert_eq!(*utility.to_bytes().unwrap(), *before);
        return false;
    };
    let written = collecting.to_bytes().unwrap();
    assert_eq!(utility.reopen(&written).unwrap().to_bytes().unwrap(), written);
    let open =
        Open::verify(collecting.frame(), &world.view, story.now).map(|open| Members::from(open.present));
    let before = utility.to_bytes().unwrap();
    let quorum = if mode & 4 == 0 { Quorum::new(&QUORUM) } else { Quorum::new(&[1]) };
    match utility.close(collecting, &quorum.unwrap()) {
        Ok(closed) => {
            let close = Close::verify(closed.frame(), &world.view, story.now);
            // Nobody is in the set whom the Open does not name.
            if let (Ok(open), Ok(close)) = (open, close) {
                assert_eq!(Members::from(close.set).common(&open), close.set.count());
            }
        }
        Err(_) => assert_eq!(*utility.to_bytes().unwrap(), *before),
    }
    true
}

/// Of answerers, ledgers, ceremonies, and the utility's progress: one length, one kind.
pub fn record(mode: u8, record: &mut [u8]) -> bool {
    if fixes(mode) {
        // An answer's is two records.
        match record.len().checked_sub(Ledger::RECORD_LEN) {
            Some(logged) if mode & 4 != 0 => {
                checked(&mut record[..logged]);
                checked(&mut record[logged..]);
            }
            _ => checked(record),
        }
    }
    let mut taken = false;
    for world in [world(), held()] {
        for state in [&world.answerers[0], &world.fresh.1[0]] {
            let mut role = world.answerer(1, state).unwrap();
            let before = role.to_bytes();
            if role.replay(record).is_ok() {
                let after = role.to_bytes();
                role.replay(record).unwrap();
                assert_eq!(role.to_bytes(), after);
                taken = true;
            } else {
                assert_eq!(role.to_bytes(), before);
            }
            let _ = role.open(Round::from(super::super::world::FIRST), &story().open);
        }
        let mut utility = world.utility(&world.utility).unwrap();
        let before = utility.to_bytes().unwrap();
        let resumed = utility.resume(record).is_ok();
        assert!(resumed || *utility.to_bytes().unwrap() == *before);
        taken |= resumed;
    }
    let mut ledger = Ledger::new();
    let entered = ledger.replay(record).is_ok();
    assert_eq!(ledger.answers(), entered.into());
    let trustee = world();
    let link = trustee.link(trustee.answerer_id(1));
    let (params, view, who) = (&trustee.params, &trustee.view, trustee.participant(1, &link));
    let joined = Joining::resume(params, view, &trustee.ring, &trustee.roster, who, record).is_ok();
    taken | entered | joined
}
