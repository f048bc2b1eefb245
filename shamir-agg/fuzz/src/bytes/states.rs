//! States that a restart reads.

use meter_link::Round;
use meter_link::answer::Quorum;
use meter_link::round::Open;
use meter_link::set::Members;

use super::super::keyring::checked;
use super::super::seeds::story;
use super::super::world::{CHANNELS, FIRST, METERS, Mark, WINDOW, World};
use super::fixes;

pub fn meter(world: &World, mode: u8, state: &mut [u8]) -> bool {
    if fixes(mode) {
        world.ring.own(state);
    }
    let Ok(mut meter) = world.meter(state) else { return false };
    let written = world.meter_bytes(&meter);
    assert_eq!(world.meter_bytes(&world.meter(&written).unwrap()), written);
    // It contributes once, or not at all.
    let mut mark = Mark::new();
    let round = Round::from(FIRST + u32::from(mode >> 1));
    let mut out = vec![0; world.params.contribution_len()];
    let before = world.meter_bytes(&meter);
    let sent = meter.contribute(&mut mark, round, round, &[1; CHANNELS], &mut out).is_ok();
    assert!(sent || world.meter_bytes(&meter) == before);
    let mut again = world.meter(&world.meter_bytes(&meter)).unwrap();
    assert!(!sent || again.contribute(&mut Mark::new(), round, round, &[2; CHANNELS], &mut out).is_err());
    true
}

pub fn aggregator(world: &World, mode: u8, state: &mut [u8]) -> bool {
    if fixes(mode) {
        world.ring.own(state);
    }
    let Ok(mut aggregator) = world.aggregator(1, state) else { return false };
    let written = aggregator.to_bytes().unwrap();
    assert_eq!(*world.aggregator(1, &written).unwrap().to_bytes().unwrap(), *written);
    let story = story();
    let (now, after) = (story.now, Round::from(FIRST + WINDOW));
    let _ = aggregator.open(now, &story.open);
    for step in 0..5 {
        let before = aggregator.to_bytes().unwrap();
        let taken = match (step, mode & 2) {
            (0, 0) => aggregator.answer(now, &story.close).is_ok(),
            (0, _) => aggregator.agree(now, &story.close).is_ok(),
            (1, _) => aggregator.follow(now, &story.close).is_ok(),
            (2, _) => aggregator.catch_up(now, &story.open, &story.close).is_ok(),
            (3, _) => aggregator.bill(after, &story.query).is_ok(),
            _ => aggregator.agree_bill(after, &story.query).is_ok(),
        };
        assert!(taken || *aggregator.to_bytes().unwrap() == *before, "step {step}");
    }
    let _ = aggregator.log_head(now);
    true
}

pub fn utility(world: &World, mode: u8, state: &mut [u8]) -> bool {
    if fixes(mode) {
        // The progress inside has a check of its own.
        if let Some(progress) = state.get_mut(33..33 + 46) {
            checked(progress);
        }
        world.ring.own(state);
    }
    let Ok(mut utility) = world.utility(state) else { return false };
    let written = utility.to_bytes().unwrap();
    assert_eq!(*world.utility(&written).unwrap().to_bytes().unwrap(), *written);
    let now = Round::from(FIRST + u32::from(mode >> 1) % 64);
    let quorum = Quorum::new(&[1, 2, 3]).unwrap();
    for window in 0..3 {
        let first = Round::from(FIRST + window * WINDOW);
        if let Ok(meters) = utility.billable(first) {
            assert!(meters.len() >= 8);
            let before = utility.to_bytes().unwrap();
            match utility.bill(first, &meters, &quorum) {
                Ok(billing) => assert!(billing.bills().is_err()),
                Err(_) => assert_eq!(*utility.to_bytes().unwrap(), *before),
            }
        }
    }
    let _ = utility.left_out(now).count();
    if let Ok(collecting) = utility.open(now, now, &[true; METERS]) {
        let before = utility.to_bytes().unwrap();
        assert!(utility.close(collecting, &quorum).is_err());
        assert_eq!(*utility.to_bytes().unwrap(), *before);
    }
    true
}

pub fn reopen(world: &World, mode: u8, bytes: &mut [u8]) -> bool {
    if fixes(mode) {
        let len = bytes.get(1..5).map_or(0, |len| u32::from_le_bytes(len.try_into().unwrap()) as usize);
        if let Some(open) = len.checked_add(5).and_then(|end| bytes.get_mut(5..end)) {
            world.ring.sign(open);
        }
        if let Some(rest) = len.checked_add(5).and_then(|end| bytes.get_mut(end..)) {
            if let Some(context) = rest.get_mut(..32) {
                context.copy_from_slice(world.view.context().as_bytes());
            }
            checked(rest);
        }
    }
    let story = story();
    let mut utility = world.utility(&story.utility).unwrap();
    let Ok(collecting) = utility.reopen(bytes) else { return false };
    assert_eq!(utility.reopen(&collecting.to_bytes().unwrap()).unwrap().to_bytes(), collecting.to_bytes());
    let open =
        Open::verify(collecting.frame(), &world.view, story.now).map(|open| Members::from(open.present));
    let before = utility.to_bytes().unwrap();
    let quorum = Quorum::new(&[1, 2, 4]).unwrap();
    let closed = match mode & 2 {
        0 => utility.close(collecting, &quorum).map(|closed| closed.frame().to_vec()),
        _ => utility.certify(collecting, &quorum).map(|certified| certified.frame().to_vec()),
    };
    match closed {
        Ok(close) => {
            let close = meter_link::round::Close::verify(&close, &world.view, story.now);
            // Nobody is in the set whom the Open does not name.
            if let (Ok(open), Ok(close)) = (open, close) {
                assert_eq!(Members::from(close.set).common(&open), close.set.count());
            }
        }
        Err(_) => assert_eq!(*utility.to_bytes().unwrap(), *before),
    }
    true
}

pub fn progress(world: &World, mode: u8, record: &mut [u8]) -> bool {
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
