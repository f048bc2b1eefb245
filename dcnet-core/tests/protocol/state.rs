//! Meters that are switched off in mid-round, and go on from their state without the link secret.

use dcnet_core::{Closing, Error, Malformed, Meter, Misuse, Neighbour};
use meter_link::answer::AnswererLink;
use meter_link::{EpochView, Fault, PartyId};

use crate::group::{Device, FIRST, Plan, World, readings, silent, truth};
use crate::rounds::Script;

fn state(device: &Device) -> Vec<u8> {
    let mut out = vec![0; device.meter.state_len()];
    device.meter.to_bytes(&mut out).unwrap().to_vec()
}

type Whole = Meter<Vec<Neighbour>, Vec<AnswererLink>>;

fn restored(plan: &Plan, view: &EpochView, neighbours: usize, state: &[u8]) -> Result<Whole, Error> {
    let holders = (0..plan.threshold.answerers()).map(|_| AnswererLink::default()).collect();
    let storage = (0..neighbours).map(|_| Neighbour::default()).collect();
    Meter::from_bytes(&plan.params(), view, holders, storage, state)
}

/// Switches a device off and on; the mark lives on its own.
fn reboot(world: &mut World, position: usize) {
    let before = state(&world.devices[position]);
    let around = world.around(position).len();
    let meter = restored(&world.plan, &world.view, around, &before).unwrap();
    world.devices[position].meter = meter;
    assert_eq!(state(&world.devices[position]), before);
}

/// Between any two steps of a round that needs two repairs, in the second ratchet step of the epoch.
#[test]
fn a_meter_goes_on_in_mid_round() {
    let mut plan = Plan::of(8, 2);
    plan.rounds_per_step = 2;
    let mut world = World::new(plan);
    for round in FIRST..FIRST + 5 {
        let some = silent(readings(&plan, round), &[3]);
        let mut collecting = world.open(round, &Script::default());
        let open = collecting.frame().to_vec();
        for position in (0..8).filter(|p| *p != 3) {
            reboot(&mut world, position);
            world.devices[position].open(&open).unwrap();
            reboot(&mut world, position);
            let reading = some[position].as_ref().unwrap();
            let (frame, _) = world.devices[position].contribute(round, reading).unwrap();
            collecting.accept(&frame).unwrap();
            reboot(&mut world, position);
        }
        let quorum = world.utility.quorum(|_| true).unwrap();
        let mut closing = world.utility.close(collecting, &quorum).unwrap();
        let mut deaf = vec![3];
        let mut closed = loop {
            match closing {
                Closing::Final(closed) => break closed,
                Closing::Repairing(mut repairing) => {
                    let frame = repairing.frame().to_vec();
                    for position in (0..8).filter(|p| !deaf.contains(p)) {
                        let device = &mut world.devices[position];
                        let repair = device.close(&frame).unwrap().0.unwrap();
                        repairing.accept(&repair).unwrap();
                        reboot(&mut world, position);
                        // The network repeats the Close: the same repair, byte for byte.
                        assert_eq!(world.devices[position].close(&frame).unwrap().0, Some(repair));
                    }
                    closing = world.utility.close_again(repairing, &quorum).unwrap();
                    deaf.push(5);
                }
            }
        };
        for position in (0..8).filter(|p| *p != 3) {
            world.devices[position].close(closed.frame()).unwrap();
            reboot(&mut world, position);
        }
        world.answer(round, &mut closed, &quorum).unwrap();
        assert_eq!(world.utility.record(&closed).unwrap().values, truth(&some));
    }
}

/// State of before a Close, and the record stored since: it does not answer a second Close.
#[test]
fn old_state_with_its_records_is_silent() {
    let plan = Plan::of(6, 1);
    let mut world = World::new(plan);
    let some = readings(&plan, FIRST);
    let open = world.open(FIRST, &Script::default()).frame().to_vec();
    world.frames(FIRST, &open, &some);
    let contributed = state(&world.devices[0]);
    let first = world.forger.close(FIRST, 1, &open, None, &world.all_but(&[4]));
    let second = world.forger.close(FIRST, 1, &open, None, &world.all_but(&[5]));
    let (repair, record) = world.devices[0].close(&first).unwrap();
    assert!(repair.is_some());

    // Without the record it would: this is why records are replayed.
    world.devices[0].meter = restored(&plan, &world.view, 5, &contributed).unwrap();
    assert!(world.devices[0].close(&second).unwrap().0.is_some());

    world.devices[0].meter = restored(&plan, &world.view, 5, &contributed).unwrap();
    world.devices[0].meter.replay(&record).unwrap();
    for close in [&second, &first] {
        assert!(!matches!(world.devices[0].close(close), Ok((Some(_), _))));
    }
    assert!(world.devices[0].open(&open).is_err());
    assert!(world.devices[0].contribute(FIRST, &[1]).is_err());
}

/// State of before the contribution: the mark still refuses.
#[test]
fn old_state_does_not_contribute_again() {
    let plan = Plan::of(6, 1);
    let mut world = World::new(plan);
    let open = world.open(FIRST, &Script::default()).frame().to_vec();
    world.devices[0].open(&open).unwrap();
    let opened = state(&world.devices[0]);
    world.devices[0].contribute(FIRST, &[1]).unwrap();
    world.devices[0].meter = restored(&plan, &world.view, 5, &opened).unwrap();
    let again = world.devices[0].contribute(FIRST, &[2]);
    assert_eq!(again.unwrap_err(), Misuse::TimeAlreadyUsed.into());
}

/// Named absent while it sends, it stays away, also over a reboot.
#[test]
fn who_is_named_absent_while_sending_stays_away() {
    let plan = Plan::of(6, 1);
    let mut world = World::new(plan);
    let (sends, absent) = (Script::default(), Script { absent: &[2], ..Script::default() });
    let some = readings(&plan, FIRST);
    world.round(FIRST, &some, sends).unwrap();
    // It hears that it is absent.
    let open = world.open(FIRST + 1, &absent).frame().to_vec();
    world.devices[2].open(&open).unwrap();
    reboot(&mut world, 2);
    for round in [FIRST + 2, FIRST + 96] {
        let open = world.open(round, &sends).frame().to_vec();
        world.devices[2].open(&open).unwrap();
        let away = world.devices[2].contribute(round, &[1]).unwrap_err();
        assert_eq!(away, Fault::TooManyChanges.of(PartyId::UTILITY));
    }
    let open = world.open(FIRST + 97, &sends).frame().to_vec();
    world.devices[2].open(&open).unwrap();
    assert!(world.devices[2].contribute(FIRST + 97, &[1]).is_ok());
}

/// Who was silent anyway may be named absent, and comes back at once.
#[test]
fn who_was_silent_comes_back() {
    let plan = Plan::of(6, 1);
    let mut world = World::new(plan);
    let absent = Script { absent: &[2], ..Script::default() };
    world.round(FIRST, &readings(&plan, FIRST), Script::default()).unwrap();
    for round in FIRST + 1..FIRST + 3 {
        world.round(round, &silent(readings(&plan, round), &[2]), absent).unwrap();
    }
    let open = world.open(FIRST + 3, &absent).frame().to_vec();
    world.devices[2].open(&open).unwrap();
    let some = readings(&plan, FIRST + 4);
    let (sum, _) = world.round(FIRST + 4, &some, Script::default()).unwrap();
    assert_eq!(sum.values, truth(&some));
}

#[test]
fn damaged_state_and_that_of_others() {
    let plan = Plan::of(6, 1);
    let world = World::new(plan);
    let bytes = state(&world.devices[0]);
    let bad = Error::from(Malformed::BadRecord);
    let restore = |state: &[u8]| restored(&plan, &world.view, 5, state).map(|_| ());
    assert_eq!(restore(&bytes), Ok(()));
    for at in 0..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[at] ^= 0x10;
        assert_eq!(restore(&flipped), Err(bad), "byte {at}");
        assert_eq!(restore(&bytes[..at]), Err(bad), "{at} bytes");
    }
    let other = World::new(Plan { seed: 2, ..plan });
    assert_eq!(restored(&plan, &other.view, 5, &bytes).map(|_| ()), Err(bad));
    assert_eq!(restored(&plan, &world.view, 4, &bytes).map(|_| ()), Err(Misuse::WrongLength.into()));
    let mut short = vec![0; bytes.len() - 1];
    assert_eq!(world.devices[0].meter.to_bytes(&mut short), Err(Misuse::WrongLength.into()));
    assert!(short.iter().all(|byte| *byte == 0));
}
