//! Frames of rounds and windows.

use meter_link::Round;
use meter_link::answer::Quorum;
use threshold_elgamal::Verifier;

use super::super::seeds::{ASKED, story};
use super::super::world::{FIRST, WINDOW, World};
use super::fixes;

/// One by one, together, and with hints there is one outcome.
pub fn contribution(world: &World, mode: u8, bytes: &mut [u8]) -> bool {
    let length = if mode & 2 == 0 { world.params.contribution_len() } else { usize::from(mode) * 4 + 1 };
    if fixes(mode) {
        bytes.chunks_mut(length).for_each(|frame| world.ring.sign(frame));
    }
    let frames: Vec<&[u8]> = bytes.chunks(length).collect();
    let verifier = Verifier::new(&world.params, &world.view, &world.roster, world.keys.group_key()).unwrap();
    let round = story().now;
    let one_by_one: Vec<_> = frames.iter().map(|frame| verifier.verify(round, frame)).collect();
    let others = [
        verifier.verify_all(round, &frames),
        verifier.verify_hinted(round, &frames, &story().hints),
        verifier.verify_hinted(round, &frames, &bytes[..bytes.len() / 2]),
    ];
    for other in others {
        assert_eq!(other.len(), one_by_one.len());
        for (one, other) in one_by_one.iter().zip(other) {
            match (one, other) {
                (Ok(one), Ok(other)) => {
                    assert_eq!((one.meter(), one.frame()), (other.meter(), other.frame()));
                    assert_eq!(one.commitments(), other.commitments());
                }
                (Err(one), Err(other)) => assert_eq!(*one, other),
                _ => panic!("two outcomes"),
            }
        }
    }
    for (frame, taken) in frames.iter().zip(&one_by_one) {
        if let Ok(taken) = taken {
            assert_eq!((taken.frame(), taken.round()), (*frame, round));
        }
    }
    one_by_one.iter().any(Result::is_ok)
}

fn trailer(world: &World, mode: u8, frame: &mut [u8]) {
    if fixes(mode) {
        if mode & 2 == 0 {
            world.ring.tag(frame);
        } else {
            world.ring.sign(frame);
        }
    }
}

/// What trustees tell of a round: taken if it is what they have told, and then only.
pub fn told(world: &World, mode: u8, frame: &mut [u8]) -> bool {
    trailer(world, mode, frame);
    let story = story();
    let mut utility = world.utility(&story.utility).unwrap();
    let collecting = utility.reopen(&story.collecting).unwrap();
    let mut closed = utility.close(collecting, &Quorum::new(&ASKED).unwrap()).unwrap();
    let before = (closed.missing().count(), closed.statements().count());
    let taken = closed.accept(frame).is_ok();
    assert!(!taken || story.told[1].iter().any(|told| told == frame));
    let stated = closed.accept_statement(frame).is_ok();
    assert!(!stated || story.told[0].iter().any(|told| told == frame));
    let after = (closed.missing().count(), closed.statements().count());
    assert_eq!(after, (before.0 - usize::from(taken), before.1 + usize::from(stated)));
    taken || stated
}

/// The same of bills.
pub fn told_of_bills(world: &World, mode: u8, frame: &mut [u8]) -> bool {
    trailer(world, mode, frame);
    let story = story();
    let mut utility = world.utility(&story.utility).unwrap();
    let meters = utility.billable(Round::from(FIRST)).unwrap();
    let mut billing = utility.bill(Round::from(FIRST), &meters, &Quorum::new(&ASKED).unwrap()).unwrap();
    let taken = billing.accept(frame).is_ok();
    assert!(!taken || story.told[3].iter().any(|told| told == frame));
    let stated = billing.accept_statement(frame).is_ok();
    assert!(!stated || story.told[2].iter().any(|told| told == frame));
    assert_eq!(
        (billing.missing().count(), billing.statements().count()),
        (3 - usize::from(taken), usize::from(stated))
    );
    taken || stated
}

/// A list to a Close: only the meters' frames are one.
pub fn list(world: &World, mode: u8, bytes: &mut [u8]) -> bool {
    let story = story();
    let length = world.params.contribution_len();
    // The bytes stand in place of some of the frames.
    let mut frames = story.frames.clone();
    let at = usize::from(mode >> 2) % frames.len();
    for (place, frame) in bytes.chunks_mut(length).enumerate() {
        if fixes(mode) {
            world.ring.sign(frame);
        }
        match frames.get_mut(at + place) {
            Some(slot) => *slot = frame.to_vec(),
            None => frames.push(frame.to_vec()),
        }
    }
    let list: Vec<&[u8]> = frames.iter().map(Vec::as_slice).collect();
    let mut trustee = world.trustee(1, &story.trustee).unwrap();
    trustee.open(story.now, &story.open).unwrap();
    let before = trustee.to_bytes().unwrap();
    let agreed = match mode & 2 {
        0 => trustee.agree(story.now, &story.close, &list).is_ok(),
        _ => trustee.follow_hinted(story.now, &story.close, &list, bytes).is_ok(),
    };
    assert!(agreed || *trustee.to_bytes().unwrap() == *before);
    assert!(!agreed || frames.len() == story.frames.len());
    agreed
}

/// What the utility signs, to each step of a trustee.
pub fn order(world: &World, mode: u8, frame: &mut [u8]) -> bool {
    if fixes(mode) {
        world.ring.sign(frame);
    }
    let story = story();
    let list = story.list();
    let mut trustee = world.trustee(1, &story.trustee).unwrap();
    let now = if mode & 2 == 0 { story.now } else { Round::from(FIRST + WINDOW + u32::from(mode >> 2)) };
    let mut taken = false;
    for step in 0..6 {
        let before = trustee.to_bytes().unwrap();
        let done = match step {
            0 => trustee.open(now, frame).is_ok(),
            1 => trustee.open(now, &story.open).is_ok() && trustee.agree(now, frame, &list).is_ok(),
            2 => trustee.follow(now, frame, &list).is_ok(),
            3 => trustee.catch_up(now, frame, &story.close, &list).is_ok(),
            4 => trustee.catch_up(now, &story.open, frame, &list).is_ok(),
            _ => trustee.agree_bill(now, frame).is_ok(),
        };
        assert!(done || step == 1 || *trustee.to_bytes().unwrap() == *before, "step {step}");
        taken |= done;
    }
    assert!(trustee.answer(&[frame]).is_err());
    taken
}
