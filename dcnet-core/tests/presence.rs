//! Meters that are absent for long leave by one Open and return by one: what an outage costs.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

#[path = "world/group.rs"]
mod group;

use dcnet_core::{Closing, Error, Fault, Malformed, Misuse, Presence};
use group::{FIRST, Plan, World, readings};
use meter_link::Round;
use meter_link::round::{Close, Open};

/// What a round came to.
#[derive(Debug, PartialEq, Eq)]
struct Cost {
    named: usize,
    meters: u32,
    repairs: usize,
    reports: usize,
}

/// A group, and the utility's list.
struct Group {
    world: World,
    presence: Presence,
    round: u32,
}

impl Group {
    fn new(meters: u32) -> Self {
        let world = World::new(Plan::of(meters, 1));
        let presence = Presence::new(world.utility.parties(), Presence::PATIENCE).unwrap();
        Group { world, presence, round: FIRST }
    }

    /// One round, in which some are off, and the frames of others get lost.
    fn round(&mut self, off: impl Fn(usize) -> bool, lost: impl Fn(usize) -> bool) -> Cost {
        let (world, round) = (&mut self.world, self.round);
        let now = Round::from(round);
        let mut collecting = world.utility.open(now, now, &self.presence.present()).unwrap();
        let open = collecting.frame().to_vec();
        let present = Open::verify(&open, &world.view, now).unwrap().present;
        let named: Vec<bool> = (0..world.devices.len()).map(|p| present.contains(p as u32)).collect();
        world.holders.iter_mut().for_each(|holder| holder.open(now, &open).unwrap());
        let values = readings(&world.plan, round);
        let mut reports = 0;
        let on: Vec<usize> = (0..named.len()).filter(|p| !off(*p)).collect();
        for place in &on {
            let device = &mut world.devices[*place];
            device.open(&open).unwrap();
            match device.contribute(round, values[*place].as_ref().unwrap()) {
                Ok((frame, _)) if !lost(*place) => drop(collecting.accept(&frame).unwrap()),
                Ok(_) => {}
                Err(_) => {
                    let mut out = [0; 32];
                    if let Ok(report) = device.meter.report(now, &mut out) {
                        reports += usize::from(self.presence.accept(now, report).is_ok());
                    }
                }
            }
        }
        let quorum = world.utility.quorum(|_| true).unwrap();
        let mut closing = world.utility.close(collecting, &quorum).unwrap();
        let mut repairs = 0;
        let closed = loop {
            match closing {
                Closing::Final(closed) => break closed,
                Closing::Repairing(mut repairing) => {
                    let frame = repairing.frame().to_vec();
                    for place in &on {
                        if let Ok((Some(repair), _)) = world.devices[*place].close(&frame) {
                            repairing.accept(&repair).unwrap();
                            repairs += 1;
                        }
                    }
                    closing = world.utility.close_again(repairing, &quorum).unwrap();
                }
            }
        };
        let mut closed = closed;
        let frame = closed.frame().to_vec();
        on.iter().for_each(|place| drop(world.devices[*place].close(&frame)));
        for number in quorum.iter() {
            let answer = world.holders[usize::from(number) - 1].answer(now, &frame).unwrap().stored();
            closed.accept(&answer).unwrap();
        }
        let sum = world.utility.record(&closed).unwrap();
        let set = Close::verify(&frame, &world.view, now).unwrap().set;
        let truth: i64 = set.positions().map(|p| values[p as usize].as_ref().unwrap()[0]).sum();
        assert_eq!(sum.values, [truth]);
        let inside: Vec<bool> = (0..named.len()).map(|p| set.contains(p as u32)).collect();
        self.presence.closed(now, &named, &inside).unwrap();
        self.presence.closed(now, &named, &vec![false; named.len()]).unwrap(); // once a round
        self.round += 1;
        let named = named.iter().filter(|n| **n).count();
        Cost { named, meters: sum.meters, repairs, reports }
    }

    fn restart(&mut self) {
        let state = self.presence.to_bytes();
        self.presence = Presence::from_bytes(self.world.utility.parties(), &state).unwrap();
        assert_eq!(self.presence.to_bytes(), state);
    }
}

fn nobody(_: usize) -> bool {
    false
}

#[test]
fn an_outage_of_a_twentieth_costs_repairs_in_two_rounds() {
    let mut group = Group::new(240);
    let out = |place: usize| place % 20 == 7;
    assert_eq!(group.round(nobody, nobody), Cost { named: 240, meters: 240, repairs: 0, reports: 0 });
    for _ in 0..2 {
        assert_eq!(group.round(out, nobody), Cost { named: 240, meters: 228, repairs: 228, reports: 0 });
    }
    for n in 0..12 {
        if n == 5 {
            group.restart();
        }
        assert_eq!(group.round(out, nobody), Cost { named: 228, meters: 228, repairs: 0, reports: 0 });
    }
    assert_eq!(group.presence.absent().count(), 12);
    // Back they come: one round to say so, and the next Open has them.
    assert_eq!(group.round(nobody, nobody), Cost { named: 228, meters: 228, repairs: 0, reports: 12 });
    group.restart();
    assert_eq!(group.round(nobody, nobody), Cost { named: 240, meters: 240, repairs: 0, reports: 0 });
    assert_eq!(group.presence.absent().count(), 0);
}

#[test]
fn a_meter_that_flaps_is_left_out_before_long() {
    let mut group = Group::new(10);
    let mut costly = 0;
    for n in 0..60 {
        let cost = group.round(|place| place == 4 && n % 2 == 1, nobody);
        costly += usize::from(cost.repairs > 0);
    }
    // 15 changes of the 16 that holders allow in the span.
    assert_eq!(costly, 8);
    assert_eq!(group.round(nobody, nobody).named, 9);
}

#[test]
fn a_meter_that_nobody_hears_stays_away_and_then_reports() {
    let mut group = Group::new(8);
    let first: Vec<Cost> = (0..3).map(|_| group.round(nobody, |place| place == 2)).collect();
    assert_eq!(first.iter().map(|cost| cost.repairs > 0).collect::<Vec<_>>(), [true, true, false]);
    // It has been sending, so it keeps out of the sums for 96 rounds from the Open that names it absent.
    let mut quiet = 0;
    while group.round(nobody, nobody).reports == 0 {
        quiet += 1;
        assert!(quiet < 200);
    }
    assert_eq!(quiet, 96 - 2);
    assert_eq!(group.round(nobody, nobody), Cost { named: 8, meters: 8, repairs: 0, reports: 0 });
}

#[test]
fn reports_are_tagged_timely_and_not_of_before() {
    let mut group = Group::new(8);
    let out = |place: usize| place == 3;
    for _ in 0..3 {
        group.round(out, nobody);
    }
    let now = Round::from(group.round);
    let id = group.world.roster.meters()[3].id;
    let mut out_buffer = [0; 32];
    let device = &mut group.world.devices[3];
    // It has heard no Open; that of the round names it absent.
    let report = device.meter.report(now, &mut out_buffer).unwrap().to_vec();
    let mut again = [0; 32];
    assert_eq!(device.meter.report(now, &mut again).unwrap(), report);
    assert_eq!(device.meter.report(now, &mut again[..31]), Err(Misuse::WrongLength.into()));
    for i in 0..report.len() {
        let mut bad = report.clone();
        bad[i] ^= 1;
        assert!(group.presence.accept(now, &bad).is_err(), "{i}");
        assert!(group.presence.accept(now, &report[..i]).is_err());
    }
    let far = Round::from(group.round + 3);
    assert_eq!(group.presence.accept(far, &report), Err(Fault::RoundFarFromNow.of(id)));
    assert_eq!(group.presence.absent().collect::<Vec<_>>(), [id]);
    assert_eq!(group.presence.accept(now, &report), Ok(id));
    assert_eq!(group.presence.accept(now, &report), Ok(id));
    assert_eq!(group.presence.absent().count(), 0);
    // It is off again, and the network repeats the report.
    for _ in 0..2 {
        group.round(out, nobody);
    }
    let later = Round::from(group.round);
    assert_eq!(group.presence.accept(later, &report), Err(Fault::WrongRound.of(id)));
    assert_eq!(group.presence.absent().count(), 1);
    // Who is named present has nothing to report.
    let present = &group.world.devices[0].meter;
    assert_eq!(present.report(now, &mut again), Err(Misuse::OutOfOrder.into()));
}

#[test]
fn damaged_state_is_refused() {
    let mut group = Group::new(8);
    for _ in 0..3 {
        group.round(|place| place == 5, nobody);
    }
    let state = group.presence.to_bytes();
    let bad: Option<Error> = Some(Malformed::BadRecord.into());
    let parties = group.world.utility.parties();
    for i in 0..state.len() {
        let mut flipped = state.clone();
        flipped[i] ^= 1;
        assert_eq!(Presence::from_bytes(parties, &flipped).err(), bad);
        assert_eq!(Presence::from_bytes(parties, &state[..i]).err(), bad);
    }
    let other = World::new(Plan { seed: 2, ..Plan::of(8, 1) });
    assert_eq!(Presence::from_bytes(other.utility.parties(), &state).err(), bad);
    assert_eq!(Presence::new(parties, 0).err(), Some(Misuse::BadParameter.into()));
    let now = Round::from(group.round);
    let short = group.presence.closed(now, &[true; 7], &[true; 8]);
    assert_eq!(short, Err(Misuse::WrongLength.into()));
}
