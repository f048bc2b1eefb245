//! States that a restart reads, and sums that travel.

use meter_link::Round;
use meter_link::answer::Quorum;
use meter_link::round::{Close, Open};
use meter_link::set::Members;
use threshold_elgamal::{MeterSum, PartialSum};

use super::super::keyring::checked;
use super::super::seeds::story;
use super::super::world::{FIRST, METERS, WINDOW, World};
use super::fixes;

pub fn partial(_: &World, mode: u8, bytes: &mut [u8]) -> bool {
    if fixes(mode) {
        checked(bytes);
    }
    let most = if mode & 2 == 0 { METERS as u32 } else { u32::MAX };
    let Ok(sum) = PartialSum::from_bytes(bytes, most) else { return false };
    assert_eq!(sum.to_bytes().unwrap(), bytes);
    assert!(sum.count() <= sum.members().total());
    let own = PartialSum::from_bytes(&story().partial, METERS as u32).unwrap();
    let together = own.clone().merge(&sum);
    assert_eq!(together, sum.clone().merge(&own));
    assert!(together.is_err() || sum.count() + own.count() <= METERS as u32);
    true
}

pub fn meter_sum(_: &World, mode: u8, bytes: &mut [u8]) -> bool {
    if fixes(mode) {
        checked(bytes);
    }
    let Ok(sum) = MeterSum::from_bytes(bytes) else { return false };
    assert_eq!(sum.to_bytes().unwrap(), bytes);
    assert!(sum.clone().merge(&sum).is_err() || sum.rounds().len() == 0);
    true
}

pub fn trustee(world: &World, mode: u8, state: &mut [u8]) -> bool {
    if fixes(mode) {
        world.ring.own(state);
    }
    let Ok(mut trustee) = world.trustee(1, state) else { return false };
    let written = trustee.to_bytes().unwrap();
    assert_eq!(*world.trustee(1, &written).unwrap().to_bytes().unwrap(), *written);
    let story = story();
    let list = story.list();
    let _ = trustee.missed();
    let _ = trustee.open(story.now, &story.open);
    for step in 0..5 {
        let before = trustee.to_bytes().unwrap();
        let taken = match (step, mode & 2) {
            (0, 0) => trustee.agree(story.now, &story.close, &list).is_ok(),
            (0, _) => trustee.agree_hinted(story.now, &story.close, &list, &story.hints).is_ok(),
            (1, _) => trustee.follow(story.now, &story.close, &list).is_ok(),
            (2, _) => trustee.catch_up(story.now, &story.open, &story.close, &list).is_ok(),
            (3, _) => trustee.agree_bill(story.now, &story.query).is_ok(),
            _ => {
                let told: Vec<&[u8]> = story.told[2].iter().map(Vec::as_slice).collect();
                trustee.answer(&told).is_ok()
            }
        };
        assert!(taken || *trustee.to_bytes().unwrap() == *before, "step {step}");
    }
    let _ = trustee.log_head(story.now);
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
                Ok(billing) => assert_eq!(billing.missing().count(), 3),
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
        checked(bytes);
    }
    let story = story();
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
    match utility.close(collecting, &Quorum::new(&[1, 2, 4]).unwrap()) {
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
