//! Groups with terms: licences, claims, lost rounds.

use std::collections::BTreeMap;

use cmt_ring::{Error, Lost};
use meter_link::PartyId;

use crate::desk::{Hand, all, desk};
use crate::disk::{Dark, House, Kept};
use crate::ring::{World, round};

const METERS: usize = 7;
const ROUNDS: u32 = 12;
/// In these rounds a member is silent, and a new ring without it begins with the next.
const LOST: [u32; 2] = [3, 7];

#[derive(Default)]
struct Seen {
    /// Licences that have left, by meter and number.
    licences: BTreeMap<(PartyId, u32), Vec<u8>>,
    notices: Vec<Vec<u8>>,
}

/// A meter asks until it has a licence with this number.
fn licence(
    house: &mut House,
    world: &mut World,
    seen: &mut Seen,
    meter: usize,
    now: u32,
    number: u32,
) -> Result<(), Dark> {
    let request = world.request(meter, now, number);
    house.point()?;
    let prepared = world.supplier.licence(&world.identity, round(now), &request).unwrap();
    house.store_record(prepared.record())?;
    let frame = prepared.stored().to_vec();
    let number = u32::from_le_bytes(frame[24..28].try_into().unwrap());
    let same = seen.licences.entry((world.id(meter), number)).or_insert_with(|| frame.clone());
    if house.keeps_all() {
        assert_eq!(*same, frame, "two licences with one number");
    }
    house.point()
}

/// The concentrator of a claimed ring sends claim and GroupKey until it sees rounds.
fn begin(house: &mut House, world: &mut World, ring: &Claimed) -> Result<(), Dark> {
    house.point()?;
    if world.supplier.generation() == Some(ring.hand.generation) {
        return Ok(());
    }
    let now = round(ring.from);
    let claimed = world.supplier.claimed(now, &ring.claim);
    house.point()?;
    let registered = world.supplier.register(now, ring.hand.lead, &ring.hand.group_key);
    if house.keeps_all() {
        claimed.unwrap();
        registered.unwrap();
    }
    if registered.is_ok() { house.store_state(&world.supplier) } else { Ok(()) }
}

struct Claimed {
    claim: Vec<u8>,
    hand: Hand,
    from: u32,
}

fn one_round(
    house: &mut House,
    world: &mut World,
    seen: &mut Seen,
    ring: &Claimed,
    r: u32,
) -> Result<(), Dark> {
    let mut collecting = match world.supplier.open(round(r), round(r)) {
        Ok(collecting) => collecting,
        Err(Error::Misuse(_)) => {
            // The round was open when the power failed. In the rounds that matter here, the supplier tells so.
            if LOST.contains(&r)
                && world.supplier.generation() == Some(ring.hand.generation)
                && let Ok(prepared) = world.supplier.lost(&world.identity, round(r))
            {
                house.store_record(prepared.record())?;
                seen.notices.push(prepared.stored());
            }
            return house.point();
        }
        Err(error) => panic!("{error}"),
    };
    let progress = world.supplier.progress().unwrap();
    house.store_record(&progress)?;
    let silent = LOST.contains(&r).then_some(4);
    for holder in (0..ring.hand.holders.len()).filter(|n| Some(*n) != silent) {
        house.point()?;
        let accepted = collecting.accept(&world.sent(&ring.hand, holder, r, reading(r, holder)));
        assert!(accepted.is_ok() || !house.keeps_all(), "{accepted:?}");
    }
    house.point()?;
    if silent.is_some() {
        let prepared = world.supplier.discard(&world.identity, collecting).unwrap();
        house.store_record(prepared.record())?;
        seen.notices.push(prepared.stored());
    } else {
        match collecting.close() {
            Ok(sum) => house.deliver(sum),
            Err(error) => assert!(!house.keeps_all(), "{error}"),
        }
    }
    house.point()
}

fn reading(r: u32, holder: usize) -> i64 {
    100 * i64::from(r) + holder as i64 * 3 - 50
}

fn run(cut: Option<usize>, kept: Kept) -> (usize, usize) {
    let mut world = desk(METERS, 21);
    let (mut house, mut seen) = (House::new(cut, kept), Seen::default());
    for meter in 0..METERS {
        // Who gets no answer asks again in the next round.
        let mut now = 0..;
        house.attempt(&mut world, |house, world| {
            licence(house, world, &mut seen, meter, now.next().unwrap(), 1)
        });
    }
    let mut present = all(&world);
    // Terms that outlast the rounds until the next loss.
    let mut generation = 0;
    let mut from = 0;
    let mut rings: Vec<(u32, usize)> = Vec::new();
    while from < ROUNDS {
        let end = LOST.iter().map(|r| r + 1).find(|end| *end > from).unwrap_or(ROUNDS);
        generation = (generation + 1..).find(|g| world.until(*g, from) >= end).unwrap();
        let claim = world.claim(generation, from, &present);
        let hand = world.hand(generation, from, world.drawn(generation, &present), present.len());
        let ring = Claimed { claim, hand, from };
        house.attempt(&mut world, |house, world| begin(house, world, &ring));
        for r in from..end {
            let seen = &mut seen;
            house.attempt(&mut world, |house, world| {
                begin(house, world, &ring)?;
                one_round(house, world, seen, &ring, r)
            });
            rings.push((r, present.len()));
        }
        present.pop();
        from = end;
    }
    for (r, count) in &rings {
        let truth: i64 = (0..*count).map(|holder| reading(*r, holder)).sum();
        for sum in house.sums.get(r).into_iter().flatten() {
            assert_eq!((sum.values[0], sum.meters as usize), (truth, *count), "round {r}, cut {cut:?}");
        }
    }
    for (frame, r) in seen.notices.iter().flat_map(|frame| LOST.map(|r| (frame, r))) {
        if let Ok(lost) = Lost::verify(&world.view, round(r), frame) {
            assert!(LOST.contains(&lost.round().to_u32()));
        }
    }
    (house.points, house.sums.len())
}

/// Nothing that has left is contradicted, every loss lets the next ring in, and only the round of the cut has no sum.
#[test]
fn a_cut_costs_one_round_and_no_licence() {
    let all = ROUNDS as usize - LOST.len();
    let (points, sums) = run(None, Kept::All);
    assert_eq!(sums, all);
    for cut in 0..points {
        let (_, sums) = run(Some(cut), Kept::All);
        assert!(sums + 1 >= all, "cut {cut}: {sums}");
    }
}

/// With forgotten licences, claims are refused until the meters have asked again; sums are right all the same.
#[test]
fn old_states_give_no_wrong_sum() {
    let (points, _) = run(None, Kept::All);
    let kinds = [Kept::OldState(1), Kept::OldState(2), Kept::Old(1), Kept::Old(4), Kept::Old(20)];
    for (n, kept) in kinds.into_iter().enumerate() {
        for cut in (n..points).step_by(kinds.len()) {
            run(Some(cut), kept);
        }
    }
}
