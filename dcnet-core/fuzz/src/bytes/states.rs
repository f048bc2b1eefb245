//! States and records that a restart reads.

use meter_link::Round;
use meter_link::round::{Close, Open};
use meter_link::set::Members;

use super::super::keyring::checked;
use super::super::seeds::story;
use super::super::world::{CHANNELS, FIRST, METERS, Mark, World, state};
use super::fixes;

/// A meter of whatever state keeps to one contribution, and refuses without a change.
pub fn meter(world: &'static World, mode: u8, bytes: &mut [u8]) -> bool {
    if fixes(mode) {
        world.ring.own(bytes);
    }
    let Ok(mut meter) = world.meter(bytes) else { return false };
    let written = state(&meter);
    assert_eq!(state(&world.meter(&written).unwrap()), written);
    let story = story(mode);
    let (now, params) = (story.now, &world.params);
    let mut out = vec![0; params.contribution_len()];
    let (mut mark, mut sent) = (Mark::new(), 0u32);
    for step in 0..6 {
        let before = state(&meter);
        let taken = match step {
            0 | 2 => meter.contribute(&mut mark, now, now, &[1; CHANNELS], &mut out).is_ok(),
            1 => meter.open(now, &story.open).is_ok(),
            3 => meter.close(now, &story.first, &mut out).is_ok(),
            4 => meter.close(now, &story.close, &mut out).is_ok(),
            _ => meter.contribute(&mut Mark::new(), now, now, &[2; CHANNELS], &mut out).is_ok(),
        };
        assert!(taken || state(&meter) == before, "step {step}");
        sent += u32::from(taken && matches!(step, 0 | 2 | 5));
    }
    assert!(sent < 2);
    true
}

pub fn holder(world: &'static World, mode: u8, bytes: &mut [u8]) -> bool {
    if fixes(mode) {
        world.ring.own(bytes);
    }
    if world.liar() == 0 {
        return false;
    }
    let Ok(mut holder) = world.holder(1, bytes) else { return false };
    let written = holder.to_bytes().unwrap();
    assert_eq!(*world.holder(1, &written).unwrap().to_bytes().unwrap(), *written);
    let story = story(mode);
    let now = story.now;
    let _ = holder.open(now, &story.open);
    for step in 0..5 {
        let before = holder.to_bytes().unwrap();
        let taken = match (step, mode & 8) {
            (0, 0) | (4, _) => holder.answer(now, &story.close).is_ok(),
            (0, _) => holder.agree(now, &story.close).is_ok(),
            (1, _) => holder.follow(now, &story.close).is_ok(),
            (2, _) => holder.catch_up(now, &story.open, &story.close).is_ok(),
            _ => {
                let statements: Vec<&[u8]> = story.statements.iter().map(Vec::as_slice).collect();
                holder.answer_certified(&statements).is_ok()
            }
        };
        assert!(taken || *holder.to_bytes().unwrap() == *before, "step {step}");
    }
    let _ = holder.log_head(now);
    true
}

pub fn utility(world: &'static World, mode: u8, bytes: &mut [u8]) -> bool {
    if fixes(mode) {
        // The progress inside has a check of its own.
        if let Some(progress) = bytes.get_mut(33..33 + 46) {
            checked(progress);
        }
        world.ring.own(bytes);
    }
    let Ok(mut utility) = world.utility(bytes) else { return false };
    let written = utility.to_bytes().unwrap();
    assert_eq!(*world.utility(&written).unwrap().to_bytes().unwrap(), *written);
    let now = Round::from(FIRST + u32::from(mode >> 3));
    let _ = utility.left_out(now).count();
    let quorum = utility.quorum(|_| true).unwrap();
    match utility.open(now, now, &[true; METERS]) {
        Ok(collecting) => {
            let before = utility.to_bytes().unwrap();
            assert!(utility.close(collecting, &quorum).is_err());
            assert_eq!(*utility.to_bytes().unwrap(), *before);
        }
        Err(_) => assert_eq!(*utility.to_bytes().unwrap(), *written),
    }
    true
}

/// A round as it was stored: its Closes keep to its Open.
pub fn reopen(world: &'static World, mode: u8, bytes: &mut [u8]) -> bool {
    if fixes(mode) {
        let len = bytes.get(1..5).map_or(0, |len| u32::from_le_bytes(len.try_into().unwrap()) as usize);
        let end = len.saturating_add(5);
        if let Some(open) = bytes.get_mut(5..end) {
            world.ring.sign(open);
        }
        if let Some(rest) = bytes.get_mut(end..) {
            if let Some(context) = rest.get_mut(..32) {
                context.copy_from_slice(world.view.context().as_bytes());
            }
            checked(rest);
        }
    }
    let story = story(mode);
    let mut utility = world.utility(&story.utility).unwrap();
    let Ok(collecting) = utility.reopen(bytes) else { return false };
    assert_eq!(utility.reopen(&collecting.to_bytes().unwrap()).unwrap().to_bytes(), collecting.to_bytes());
    let open =
        Open::verify(collecting.frame(), &world.view, story.now).map(|open| Members::from(open.present));
    let before = utility.to_bytes().unwrap();
    let quorum = utility.quorum(|_| true).unwrap();
    let closed = utility.close(collecting, &quorum);
    let frame = match &closed {
        Ok(dcnet_core::Closing::Final(closed)) => closed.frame(),
        Ok(dcnet_core::Closing::Repairing(repairing)) => repairing.frame(),
        Err(_) => {
            assert_eq!(*utility.to_bytes().unwrap(), *before);
            return true;
        }
    };
    // Nobody is in the set whom the Open does not name.
    if let (Ok(open), Ok(close)) = (open, Close::verify(frame, &world.view, story.now)) {
        assert_eq!(Members::from(close.set).common(&open), close.set.count());
    }
    true
}

pub fn progress(world: &'static World, mode: u8, record: &mut [u8]) -> bool {
    if fixes(mode) {
        checked(record);
    }
    let mut utility = world.utility(&world.utility).unwrap();
    let before = utility.to_bytes().unwrap();
    let resumed = utility.resume(record).is_ok();
    assert!(resumed || *utility.to_bytes().unwrap() == *before);
    let progress = utility.progress();
    let mut again = world.utility(&world.utility).unwrap();
    assert!(!resumed || again.resume(&progress).is_ok() && again.progress() == progress);
    resumed
}

/// What a meter finds of Closes: one of the open round or a later one silences it, another changes nothing of that.
pub fn close_record(world: &'static World, mode: u8, record: &mut [u8]) -> bool {
    if fixes(mode) {
        checked(record);
    }
    let story = story(mode);
    let mut meter = world.meter(&story.meter).unwrap();
    let before = state(&meter);
    let taken = meter.replay(record).is_ok();
    assert!(taken || state(&meter) == before);
    let after = state(&meter);
    assert!(meter.replay(record).is_ok() == taken && state(&meter) == after);
    if taken {
        let round = u32::from_le_bytes(record[1..5].try_into().unwrap());
        let own = world.view.epoch().contains(Round::from(round));
        assert!(own || after == before);
        let mut out = vec![0; world.params.contribution_len()];
        let made = meter.contribute(&mut Mark::new(), story.now, story.now, &[1; CHANNELS], &mut out);
        assert_eq!(made.is_ok(), !own || round < story.now.to_u32());
    }
    taken
}

/// What a holder finds of its log, in a state that answers the story's Close unless the record says another set.
pub fn holder_record(world: &'static World, mode: u8, record: &mut [u8]) -> bool {
    if fixes(mode) {
        checked(record);
    }
    if world.liar() == 0 {
        return false;
    }
    let story = story(mode);
    let mut holder = world.holder(1, &story.holder).unwrap();
    let before = holder.to_bytes().unwrap();
    let taken = holder.replay(record).is_ok();
    assert!(taken || *holder.to_bytes().unwrap() == *before);
    holder.open(story.now, &story.open).unwrap();
    let fixed = taken && record.len() > 40 && *holder.to_bytes().unwrap() != *before;
    assert!(holder.answer(story.now, &story.close).is_ok() || fixed);
    taken
}
