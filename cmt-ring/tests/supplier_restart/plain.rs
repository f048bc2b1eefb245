//! Groups without terms, with real meters in both modes: they send everything again, byte for byte.

use std::collections::BTreeMap;

use cmt_ring::{Collecting, Error, Formed, Mode};
use meter_link::{Misuse as LinkMisuse, PartyId};

use crate::disk::{Dark, House, Kept};
use crate::ring::{World, round, truth};

const METERS: usize = 6;
/// First round of a generation, and whom it leaves out.
const GENERATIONS: [(u32, Option<usize>); 3] = [(0, None), (2, Some(2)), (4, None)];
const LAST: u32 = 6;

fn readings(r: u32, count: usize) -> Vec<Vec<i64>> {
    (0..count as i64).map(|n| vec![1000 * i64::from(r) + n * n - 7]).collect()
}

/// A ring and what its members have sent in each round.
struct Sending {
    formed: Formed,
    lead: PartyId,
    from: u32,
    frames: BTreeMap<u32, Vec<Vec<u8>>>,
}

impl Sending {
    /// The round's ciphertexts, made once. δ go around when Start has come for the first time.
    fn frames(&mut self, world: &mut World, r: u32, start: Option<&[u8]>) -> Vec<Vec<u8>> {
        self.frames.entry(r).or_insert_with(|| send(world, r, start)).clone()
    }
}

fn send(world: &mut World, r: u32, start: Option<&[u8]>) -> Vec<Vec<u8>> {
    let readings = readings(r, world.ring.len());
    let Some(start) = start else {
        return (0..readings.len())
            .map(|place| world.contribute(place, r, &readings[place]).unwrap())
            .collect();
    };
    let mut frames = vec![Vec::new(); readings.len()];
    let mut delta = world.start(r, &readings[0], start).unwrap();
    for place in 1..frames.len() {
        (frames[place], delta) = world.relay(place, r, &readings[place], &delta).unwrap();
    }
    frames[0] = world.close(r, &delta).unwrap();
    frames
}

/// The concentrator sends its GroupKey until rounds begin. Whether the supplier has this ring.
fn registered(house: &mut House, world: &mut World, sending: &Sending, r: u32) -> Result<bool, Dark> {
    let before = world.supplier.generation();
    house.point()?;
    if world.supplier.register(round(r), sending.lead, &sending.formed.group_key).is_err() {
        return Ok(false);
    }
    if world.supplier.generation() != before {
        house.store_state(&world.supplier)?;
    }
    Ok(true)
}

fn one_round(house: &mut House, world: &mut World, sending: &mut Sending, r: u32) -> Result<(), Dark> {
    if !registered(house, world, sending, r.min(sending.from + 2))? {
        return Ok(());
    }
    let collecting: Collecting = match world.supplier.open(round(r), round(r)) {
        Ok(collecting) => collecting,
        // Opened before the power failed: lost.
        Err(error) => {
            assert_eq!(error, Error::from(LinkMisuse::OutOfOrder));
            return Ok(());
        }
    };
    let mut collecting = collecting;
    let progress = world.supplier.progress().unwrap();
    house.store_record(&progress)?;
    for frame in sending.frames(world, r, collecting.start()) {
        house.point()?;
        collecting.accept(&frame).unwrap();
    }
    house.point()?;
    let sum = collecting.close().unwrap();
    house.point()?;
    house.deliver(sum);
    house.point()
}

/// Six rounds of three generations. Gives how many points there were, and which rounds have a sum.
fn run(mode: Mode, cut: Option<usize>, kept: Kept) -> (usize, Vec<u32>) {
    let mut world = World::new(METERS, mode, 1, 77);
    let mut house = House::new(cut, kept);
    for (n, (from, out)) in GENERATIONS.iter().enumerate() {
        let present: Vec<usize> = (0..METERS).filter(|i| Some(*i) != *out).collect();
        let formed = world.form_unregistered(n as u32 + 1, *from, &present);
        let lead = world.at(0).listed.peer.id;
        let mut sending = Sending { formed, lead, from: *from, frames: BTreeMap::new() };
        let end = GENERATIONS.get(n + 1).map_or(LAST, |(from, _)| *from);
        for r in *from..end {
            house.attempt(&mut world, |house, world| one_round(house, world, &mut sending, r));
            let count = world.ring.len();
            for sum in house.sums.get(&r).into_iter().flatten() {
                assert_eq!(sum.values, truth(&readings(r, count)), "round {r}, cut {cut:?}, {kept:?}");
                assert_eq!(sum.meters as usize, count);
            }
        }
    }
    (house.points, house.sums.keys().copied().collect())
}

#[test]
fn a_cut_costs_one_round_at_most() {
    for mode in [Mode::Drawn, Mode::Derived] {
        let (points, rounds) = run(mode, None, Kept::All);
        assert_eq!(rounds.len() as u32, LAST);
        assert!(points > 70, "{points}");
        let mut lost = 0;
        for cut in 0..points {
            let (_, rounds) = run(mode, Some(cut), Kept::All);
            assert!(rounds.len() as u32 + 1 >= LAST, "cut {cut}: {rounds:?}");
            lost += LAST - rounds.len() as u32;
        }
        assert!(lost > 0, "no cut met an open round");
    }
}

/// States that are some steps old, with all records or without the last ones: rounds are lost until the next generation,
/// and none has a wrong sum.
#[test]
fn old_states_cost_rounds_and_no_sum_is_wrong() {
    for mode in [Mode::Drawn, Mode::Derived] {
        let (points, _) = run(mode, None, Kept::All);
        let kinds = [Kept::OldState(1), Kept::OldState(2), Kept::Old(1), Kept::Old(3), Kept::Old(6)];
        for (n, kept) in kinds.into_iter().enumerate() {
            for cut in (n..points).step_by(kinds.len()) {
                let (_, rounds) = run(mode, Some(cut), kept);
                // Whatever was forgotten in the first generation, the third is whole.
                if cut * 3 < points {
                    assert!(rounds.ends_with(&[4, 5]), "cut {cut}, {kept:?}: {rounds:?}");
                }
            }
        }
    }
}

/// A member's ciphertext of a lost round comes late, when its ring is no more, and the supplier has an old state and opens
/// that round again. There is one sum of the round, over all of its ring; the ring without the member has none.
#[test]
fn a_late_ciphertext_after_a_restart() {
    let mut world = World::new(METERS, Mode::Derived, 1, 5);
    world.form_all(1, 0);
    let old = world.supplier.to_bytes().unwrap();
    let (mut collecting, frames) = world.ciphertexts(1, &readings(1, METERS));
    let (late, others) = frames.split_last().unwrap();
    others.iter().for_each(|frame| assert!(collecting.accept(frame).is_ok()));
    assert_eq!(collecting.close(), Err(Error::Quorum { have: 5, need: 6 }));

    let silent = world.ring[METERS - 1];
    let rest: Vec<usize> = (0..METERS).filter(|i| *i != silent).collect();
    world.form(2, 1, &rest);
    let spent = world.contribute(0, 1, &[1]);
    assert_eq!(spent, Err(LinkMisuse::TimeAlreadyUsed.into()));
    let now = world.supplier.to_bytes().unwrap();

    let restore = |world: &World, state: &[u8]| {
        let link = Some(world.link.twin());
        cmt_ring::Supplier::from_bytes(&world.params, &world.view, &world.roster, link, state).unwrap()
    };
    world.supplier = restore(&world, &old);
    let mut again = world.supplier.open(round(1), round(1)).unwrap();
    others.iter().chain([late]).for_each(|frame| assert!(again.accept(frame).is_ok()));
    assert_eq!(again.close().unwrap().values, truth(&readings(1, METERS)));
    world.supplier = restore(&world, &now);
    let refused = world.supplier.open(round(1), round(1)).map(drop);
    assert_eq!(refused, Err(LinkMisuse::OutOfOrder.into()));
}
