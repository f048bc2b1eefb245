//! Readings that are used twice, and rounds that are not whole.

use cmt_ring::{Error, Misuse, Mode};
use meter_link::{Fault as LinkFault, HighWater, Misuse as LinkMisuse};

use crate::ring::{Device, World, channels, round};
use crate::{USED, fault, name};

/// Two sums of one round that differ by a member are that member's reading.
#[test]
fn second_contribution_in_one_round() {
    let mut world = World::new(6, Mode::Derived, 1, 29);
    world.form_all(1, 0);
    world.round(0, &vec![vec![50]; 6]).unwrap();
    // In the same generation, in the next, and after a reboot with what the flash has.
    assert_eq!(world.contribute(2, 0, &[50]), Err(USED));
    world.form(2, 0, &[0, 1, 2, 3, 4]);
    for place in 0..5 {
        assert_eq!(world.contribute(place, 0, &[50]), Err(USED));
    }
    world.contribute(0, 1, &[50]).unwrap();
    let params = world.params;
    let view = world.view;
    let member = world.at(0);
    member.mark = HighWater::new();
    member.marks.iter().for_each(|record| member.mark.replay(record).unwrap());
    member.meter = Device::new(&params, &view, &member.listed, channels(&params)).unwrap();
    member.generations.iter().for_each(|record| member.meter.replay(record).unwrap());
    assert_eq!(world.contribute(0, 1, &[50]), Err(Error::Misuse(Misuse::NotSeated)));
    world.form(3, 1, &[0, 1, 2, 3, 4]);
    let rebooted = (0..5).find(|place| world.contribute(*place, 1, &[50]) == Err(USED));
    assert!(rebooted.is_some());
}

/// The same with the concentrator, whose reading is spent when the round starts, in the ring that broke.
#[test]
fn second_start_of_one_round() {
    let mut world = World::new(5, Mode::Drawn, 1, 30);
    world.form_all(1, 0);
    let collecting = world.supplier.open(round(0), round(0)).unwrap();
    let request = collecting.start().unwrap().to_vec();
    world.start(0, &[1], &request).unwrap();
    assert_eq!(world.start(0, &[1], &request), Err(USED));
    assert_eq!(world.start(0, &[2], &request), Err(USED));
}

/// A caller that loses its mark, or takes a fresh one, while the meter lives: two readings would leave under one
/// key, and their difference lie in the two frames.
#[test]
fn fresh_mark_beside_a_living_meter() {
    let mut world = World::new(5, Mode::Derived, 1, 31);
    world.form_all(1, 0);
    world.contribute(2, 3, &[500]).unwrap();
    for r in [3, 2, 1] {
        world.at(2).mark = HighWater::new();
        assert_eq!(world.contribute(2, r, &[730]), Err(USED));
    }
    world.contribute(2, 4, &[730]).unwrap();

    let mut world = World::new(5, Mode::Drawn, 1, 32);
    world.form_all(1, 0);
    let collecting = world.supplier.open(round(0), round(0)).unwrap();
    let request = collecting.start().unwrap().to_vec();
    world.start(0, &[500], &request).unwrap();
    world.at(0).mark = HighWater::new();
    assert_eq!(world.start(0, &[730], &request), Err(USED));
}

/// The attack that the rule stops: a skipped member's late ciphertext completes the broken round, and the
/// healed ring's sum of the same round lacks just that member. Here the devices' marks are rolled back before
/// the second sum, which is what the rule forbids, and the reading lies open.
#[test]
fn late_ciphertext_of_a_skipped_member() {
    let run = |rolled_back: bool| -> Result<i64, Error> {
        let mut world = World::new(6, Mode::Derived, 1, 31);
        world.form_all(1, 0);
        let readings: Vec<Vec<i64>> = (0..6).map(|place| vec![1000 + 100 * place]).collect();
        let skipped = world.ring[3];
        let (mut collecting, frames) = world.ciphertexts(0, &readings);
        for frame in &frames {
            collecting.accept(frame).unwrap(); // the last one late
        }
        let whole = collecting.close().unwrap().values[0];
        let by_member: Vec<i64> =
            (0..6).map(|i| readings[world.ring.iter().position(|m| *m == i).unwrap()][0]).collect();
        let rest: Vec<usize> = (0..6).filter(|i| *i != skipped).collect();
        let mut second = World::new(6, Mode::Derived, 1, 31); // a supplier that forgot the round
        second.members = world.members;
        second.form(2, 0, &rest);
        let mut collecting = second.supplier.open(round(0), round(0)).unwrap();
        for place in 0..5 {
            if rolled_back {
                second.at(place).mark = HighWater::new();
            }
            let reading = by_member[second.ring[place]];
            collecting.accept(&second.contribute(place, 0, &[reading])?).unwrap();
        }
        Ok(whole - collecting.close()?.values[0])
    };
    assert_eq!(run(true), Ok(1300));
    assert_eq!(run(false), Err(USED));
}

/// Its ciphertexts go with it, and the round is not opened again.
#[test]
fn partial_round_is_discarded() {
    let mut world = World::new(5, Mode::Derived, 1, 32);
    world.form_all(1, 0);
    let (mut collecting, frames) = world.ciphertexts(0, &vec![vec![3]; 5]);
    for frame in &frames[..4] {
        collecting.accept(frame).unwrap();
    }
    assert_eq!(collecting.close().unwrap_err(), Error::Quorum { have: 4, need: 5 });
    let order = Error::Misuse(Misuse::Link(LinkMisuse::OutOfOrder));
    assert_eq!(world.supplier.open(round(0), round(0)).unwrap_err(), order);
    let mut next = world.supplier.open(round(1), round(1)).unwrap();
    assert_eq!(next.accept(&frames[4]), Err(fault(name(&frames[4]), LinkFault::WrongRound)));
}
