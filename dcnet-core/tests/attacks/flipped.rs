//! Every bit of every frame, flipped: refused by whom it is for, with nothing changed, and never as a caller's mistake.

use dcnet_core::{Closing, Error, Fault, Malformed};
use meter_link::answer::Quorum;
use meter_link::{PartyId, Round};

use crate::blamed;
use crate::group::{Device, FIRST, Plan, World, readings, silent, truth};
use crate::rounds::Script;

/// Hands in each such frame, and checks the state around it. Returns how many there were.
fn each_bit(frame: &[u8], mut state: impl FnMut(Option<&[u8]>) -> (Result<(), Error>, Vec<u8>)) -> usize {
    let (_, before) = state(None);
    for bit in 0..frame.len() * 8 {
        let mut flipped = frame.to_vec();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let (result, after) = state(Some(&flipped));
        assert!(after == before, "bit {bit}");
        check_class(bit, result);
    }
    // Too short and too long.
    for len in 0..frame.len() {
        let (result, after) = state(Some(&frame[..len]));
        assert!(after == before, "{len} bytes");
        assert!(matches!(result, Err(Error::Malformed(_) | Error::Fault { .. })), "{len} bytes: {result:?}");
    }
    let (result, after) = state(Some(&[frame, &[0]].concat()));
    assert!(result.is_err() && after == before);
    frame.len() * 8
}

/// The header's fields are refused for what they are; whatever they leave, by signature or tag.
fn check_class(bit: usize, result: Result<(), Error>) {
    let fits = match (bit / 8, result) {
        // Protocol, version, kind.
        (0..=2, Err(Error::Malformed(_))) => true,
        (2, Err(Error::Fault { fault: Fault::BadSignature | Fault::BadTag, .. })) => true,
        (3, Err(Error::Malformed(Malformed::UnknownFlags | Malformed::BadField))) => true,
        (3, Err(Error::Fault { fault, .. })) => {
            matches!(fault, Fault::BadSignature | Fault::BadTag | Fault::WrongPass | Fault::NotExpected)
        }
        (4..=7, Err(Error::Fault { fault: Fault::WrongGroup, .. })) => true,
        (8..=11, Err(Error::Fault { fault, .. })) => {
            matches!(
                fault,
                Fault::UnknownSender
                    | Fault::BadTag
                    | Fault::BadSignature
                    | Fault::NotExpected
                    | Fault::NotInQuorum
                    | Fault::ReservedId
            )
        }
        (12..=15, Err(Error::Fault { fault, .. })) => {
            matches!(
                fault,
                Fault::WrongEpoch
                    | Fault::RoundFarFromNow
                    | Fault::WrongRound
                    | Fault::BadSignature
                    | Fault::BadTag
            )
        }
        (16.., Err(Error::Malformed(_))) => true,
        (16.., Err(Error::Fault { fault, .. })) => {
            matches!(fault, Fault::BadSignature | Fault::BadTag | Fault::WrongSet)
        }
        _ => false,
    };
    assert!(fits, "bit {bit}: {result:?}");
}

fn state(device: &Device) -> Vec<u8> {
    let mut out = vec![0; device.meter.state_len()];
    device.meter.to_bytes(&mut out).unwrap().to_vec()
}

/// Open and Close, at a meter and at a holder.
#[test]
fn every_bit_of_what_the_utility_says() {
    let now = Round::from(FIRST);
    for absent in [&[][..], &[4], &[1, 3, 5, 7, 9]] {
        let mut world = World::certifying(Plan::any_three(11));
        let open = world.forger.open(FIRST, None, &world.all_but(absent));
        let present = world.all_but(absent);
        let mut gone = absent.to_vec();
        gone.push(10);
        let set = world.all_but(&gone);
        let close = world.forger.close(FIRST, 1, &open, None, &set);
        let last = world.forger.close(FIRST, 2, &close, Some(&[1, 2, 3]), &set);
        assert!(present[0] && set[0]);

        let device = &mut world.devices[0];
        let mut bits = each_bit(&open, |frame| {
            let result = frame.map_or(Ok(()), |frame| device.meter.open(now, frame));
            (result, state(device))
        });
        device.open(&open).unwrap();
        device.contribute(FIRST, &[1]).unwrap();
        let mut repair = vec![0; world.params.repair_len()];
        for frame in [&close, &last] {
            bits += each_bit(frame, |frame| {
                let result = frame.map_or(Ok(()), |frame| {
                    let taken = device.meter.close(now, frame, &mut repair);
                    taken.map(|_| ())
                });
                assert!(repair.iter().all(|byte| *byte == 0));
                (result, state(device))
            });
            device.close(frame).unwrap();
        }

        let holder = &mut world.holders[0];
        bits += each_bit(&open, |frame| {
            let result = frame.map_or(Ok(()), |frame| holder.open(now, frame));
            (result, holder.to_bytes().unwrap().to_vec())
        });
        holder.open(now, &open).unwrap();
        for way in 0..3 {
            bits += each_bit(&last, |frame| {
                let result = frame.map_or(Ok(()), |frame| match way {
                    0 => holder.answer(now, frame).map(|_| ()),
                    1 => holder.agree(now, frame).map(|_| ()),
                    _ => holder.follow(now, frame).map(|_| ()),
                });
                (result, holder.to_bytes().unwrap().to_vec())
            });
        }
        assert!(bits > 3 * 900 + 4 * 900, "{bits}");
        holder.answer(now, &last).unwrap().stored();
    }
}

/// Contributions, repairs, answers bound and raw, and statements, at the utility; statements at a holder.
#[test]
fn every_bit_of_what_meters_and_holders_say() {
    let mut world = World::certifying(Plan::any_three(6));
    let (now, some) = (Round::from(FIRST), silent(readings(&world.plan, FIRST), &[5]));
    let mut collecting = world.open(FIRST, &Script::default());
    let open = collecting.frame().to_vec();
    let frames: Vec<Vec<u8>> = world.frames(FIRST, &open, &some).into_iter().flatten().collect();
    for frame in &frames {
        each_bit(frame, |frame| {
            let result = frame.map_or(Ok(()), |frame| collecting.accept(frame).map(|_| ()));
            (result, collecting.to_bytes().unwrap().to_vec())
        });
        collecting.accept(frame).unwrap();
    }
    let quorum = Quorum::new(&[1, 2, 3]).unwrap();
    let Closing::Repairing(mut repairing) = world.utility.close(collecting, &quorum).unwrap() else {
        panic!()
    };
    let ids = |missing: &mut dyn Iterator<Item = PartyId>| -> Vec<u8> {
        missing.flat_map(|id| id.0.to_le_bytes()).collect()
    };
    let close = repairing.frame().to_vec();
    for p in 0..5 {
        let repair = world.devices[p].close(&close).unwrap().0.unwrap();
        for _ in 0..2 {
            // Before it has come, and after.
            each_bit(&repair, |frame| {
                let result = frame.map_or(Ok(()), |frame| repairing.accept(frame).map(|_| ()));
                (result, ids(&mut repairing.missing()))
            });
            repairing.accept(&repair).unwrap();
        }
    }
    let Closing::Final(mut closed) = world.utility.close_again(repairing, &quorum).unwrap() else { panic!() };
    for number in [1, 2, 3] {
        let answer = world.holder(number).answer(now, closed.frame()).unwrap().stored();
        each_bit(&answer, |frame| {
            let result = frame.map_or(Ok(()), |frame| closed.accept(frame).map(|_| ()));
            (result, closed.missing().collect())
        });
        closed.accept(&answer).unwrap();
    }
    assert_eq!(world.utility.record(&closed).unwrap().values, truth(&some));

    let mut certified = world.utility.certify(&closed, &Quorum::new(&[1, 2, 3, 4]).unwrap()).unwrap();
    let close = certified.frame().to_vec();
    let mut statements = Vec::new();
    for number in [1, 2, 3, 4] {
        let statement = world.holder(number).agree(now, &close).unwrap().stored();
        each_bit(&statement, |frame| {
            let result = frame.map_or(Ok(()), |frame| certified.accept_statement(frame).map(|_| ()));
            (result, certified.certificate().map_or(Vec::new(), |frames| frames.concat()))
        });
        certified.accept_statement(&statement).unwrap();
        statements.push(statement);
    }
    let holder = &mut world.holders[0];
    each_bit(&statements[2], |frame| {
        let result = frame.map_or(Ok(()), |frame| {
            holder.answer_certified(&[&statements[0], &statements[1], frame]).map(|_| ())
        });
        (result, holder.to_bytes().unwrap().to_vec())
    });
    for number in [1u8, 2, 3, 4] {
        let holder = &mut world.holders[usize::from(number) - 1];
        let answer = holder.answer_certified(&certified.certificate().unwrap()).unwrap().stored();
        each_bit(&answer, |frame| {
            let result = frame.map_or(Ok(()), |frame| certified.accept(frame).map(|_| ()));
            (result, certified.missing().collect())
        });
        certified.accept(&answer).unwrap();
    }
    assert_eq!(world.utility.record_certified(&certified).unwrap().sum.values, truth(&some));
}

/// Nothing of it is kept: the right frame is taken after a thousand wrong ones, and the utility's blame is for it.
#[test]
fn signed_anew_it_is_the_utility_that_is_blamed() {
    let world = World::new(Plan::any_three(6));
    let open = world.forger.open(FIRST, None, &world.all_but(&[5]));
    // A flag that no Open has, the count of absentees, a position beyond the roster.
    for (at, error) in [(3, Malformed::UnknownFlags), (open.len() - 64 - 1, Malformed::BadSet)] {
        let mut changed = open.clone();
        changed[at] = 0xff;
        let mut device = world.plan.device(0);
        assert_eq!(device.meter.open(Round::from(FIRST), &world.forger.resign(&changed)), Err(error.into()));
        assert!(device.meter.open(Round::from(FIRST), &changed).is_err());
        device.open(&open).unwrap();
    }
    let late = world.forger.open(FIRST + 5, None, &world.everybody());
    let mut device = world.plan.device(0);
    assert_eq!(device.meter.open(Round::from(FIRST), &late), Err(blamed(Fault::RoundFarFromNow)));
}
