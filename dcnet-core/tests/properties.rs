//! For all readings, silences, thresholds and quorums; for every bit and any bytes.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

#[path = "world/group.rs"]
mod group;
#[path = "world/rounds.rs"]
mod rounds;

use dcnet_core::{Closed, Closing, Error, graph};
use group::{FIRST, Plan, Reading, World, readings, silent, truth};
use meter_link::answer::Threshold;
use meter_link::frame::{Flags, Writer};
use meter_link::{Header, Identity, Kind, PartyId, Protocol, Round};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use rounds::Script;

/// A group, the readings of its meters, and who is lost from the beginning, the Open, the first Close on.
fn rounds() -> impl Strategy<Value = (Plan, Vec<Reading>, Vec<u8>, [Vec<usize>; 3])> {
    (4u32..10, 1u16..7, 2u8..6, any::<u64>()).prop_flat_map(|(meters, channels, t, seed)| {
        (t..7).prop_flat_map(move |c| {
            let threshold = Threshold::trusting_the_utility_not_to_equivocate(c, t).unwrap();
            let plan = Plan { threshold, seed, ..Plan::of(meters, channels) };
            let most = plan.max_reading as i64;
            let reading = prop::collection::vec(-most..=most, usize::from(channels));
            let all = prop::collection::vec(reading, meters as usize);
            let order = Just((0..meters as usize).collect::<Vec<_>>()).prop_shuffle();
            let away = prop::sample::subsequence((1..=c).collect::<Vec<_>>(), 0..=usize::from(c - t));
            (all, order, any::<[u8; 3]>(), away).prop_map(move |(all, order, weights, away)| {
                // Absent first, since the least set is a share of those present.
                let mut left = order.into_iter();
                let mut take = |n: usize| left.by_ref().take(n).collect::<Vec<_>>();
                let absent = take(usize::from(weights[0]) % (meters as usize - 2));
                let present = meters as usize - absent.len();
                let spare = present - plan.rules.least_of(present as u32) as usize;
                let missing = take(usize::from(weights[1]) % (spare + 1));
                let deaf = take(usize::from(weights[2]) % (spare - missing.len() + 1));
                (plan, all.into_iter().map(Some).collect(), away, [absent, missing, deaf])
            })
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn sums_are_right((plan, readings, away, [absent, missing, deaf]) in rounds()) {
        let some = silent(readings, &missing);
        let lost: &[&[usize]] = if missing.is_empty() { &[] } else { &[&deaf] };
        let script = Script { absent: &absent, lost, away: &away };
        let (sum, passes) = World::new(plan).round(FIRST, &some, script).unwrap();
        let mut expected = silent(some, &absent);
        if !missing.is_empty() {
            expected = silent(expected, &deaf);
        }
        prop_assert_eq!(sum.values, truth(&expected));
        prop_assert_eq!(sum.meters as usize, expected.iter().flatten().count());
        let asked = !missing.is_empty();
        prop_assert_eq!(passes, 1 + usize::from(asked) + usize::from(asked && !deaf.is_empty()));
    }

    #[test]
    fn graphs_are_mutual(count in 257u32..600, half in 1u32..8, seed: [u8; 32], from: u32) {
        let (degree, me) = (2 * half, from % count);
        let around = |p| {
            let mut out = vec![0; degree as usize];
            let n = graph::neighbours(p, count, degree, &seed, &mut out).unwrap();
            out.truncate(n);
            out
        };
        let mine = around(me);
        prop_assert!(!mine.contains(&me) && mine.windows(2).all(|w| w[0] < w[1]));
        for other in mine {
            prop_assert!(around(other).contains(&me));
        }
    }
}

/// A round up to its answers: every frame with the parties that take it. The meter at 3 is silent.
struct Taped {
    world: World,
    readings: Vec<Reading>,
    open: Vec<u8>,
    contributions: Vec<Vec<u8>>,
    first: Vec<u8>,
    repairs: Vec<Vec<u8>>,
    last: Vec<u8>,
    answers: Vec<Vec<u8>>,
}

fn taped(channels: u16) -> Taped {
    let mut world = World::new(Plan::of(4, channels));
    let readings = silent(readings(&world.plan, FIRST), &[3]);
    let now = Round::from(FIRST);
    let mut collecting = world.open(FIRST, &Script::default());
    let open = collecting.frame().to_vec();
    let contributions: Vec<Vec<u8>> = world.frames(FIRST, &open, &readings).into_iter().flatten().collect();
    contributions.iter().for_each(|frame| assert!(collecting.accept(frame).is_ok()));
    let quorum = world.utility.quorum(|_| true).unwrap();
    let Closing::Repairing(mut repairing) = world.utility.close(collecting, &quorum).unwrap() else {
        panic!()
    };
    let first = repairing.frame().to_vec();
    let repairs = [0, 1, 2].map(|p: usize| world.devices[p].close(&first).unwrap().0.unwrap()).to_vec();
    repairs.iter().for_each(|frame| assert!(repairing.accept(frame).is_ok()));
    let Closing::Final(closed) = world.utility.close_again(repairing, &quorum).unwrap() else { panic!() };
    let last = closed.frame().to_vec();
    let answers = quorum.iter().map(|n| world.holder(n).answer(now, &last).unwrap().stored()).collect();
    Taped { world, readings, open, contributions, first, repairs, last, answers }
}

/// A utility that stands where the tape's stood, at every stage: same keys, same frames.
fn fresh_utility(world: &World) -> dcnet_core::Utility {
    let own = world.plan.cohort().utility;
    let roster = world.roster.clone();
    dcnet_core::Utility::new(&world.params, &world.view, own.identity, own.link, roster).unwrap()
}

/// Every version of a frame that differs in one bit.
fn flipped(frame: &[u8]) -> impl Iterator<Item = Vec<u8>> + '_ {
    (0..8 * frame.len()).map(|bit| {
        let mut bad = frame.to_vec();
        bad[bit / 8] ^= 1 << (bit % 8);
        bad
    })
}

/// No received byte is a mistake of the caller.
fn refused<T: core::fmt::Debug>(result: Result<T, Error>) {
    assert!(matches!(result, Err(Error::Malformed(_) | Error::Fault { .. })), "{result:?}");
}

/// Exhaustively, and the right frames are taken afterwards as if nothing had been.
#[test]
fn one_flipped_bit_in_any_frame_is_refused() {
    let now = Round::from(FIRST);
    let Taped { world, readings, open, contributions, first, repairs, last, answers } = taped(2);

    let mut meter = world.plan.device(0);
    flipped(&open).for_each(|bad| refused(meter.open(&bad)));
    meter.open(&open).unwrap();
    assert_eq!(meter.contribute(FIRST, readings[0].as_ref().unwrap()).unwrap().0, contributions[0]);
    flipped(&first).for_each(|bad| refused(meter.close(&bad)));
    assert_eq!(meter.close(&first).unwrap().0.unwrap(), repairs[0]);
    flipped(&last).for_each(|bad| refused(meter.close(&bad)));
    assert_eq!(meter.close(&last).unwrap().0, None);

    let mut holder = world.plan.holder(1);
    flipped(&open).for_each(|bad| refused(holder.open(now, &bad)));
    holder.open(now, &open).unwrap();
    flipped(&last).for_each(|bad| refused(holder.answer(now, &bad)));
    assert_eq!(holder.answer(now, &last).unwrap().stored(), answers[0]);

    let mut utility = fresh_utility(&world);
    let quorum = utility.quorum(|_| true).unwrap();
    let mut collecting = utility.open(now, now, &world.everybody()).unwrap();
    for frame in &contributions {
        flipped(frame).for_each(|bad| refused(collecting.accept(&bad)));
        collecting.accept(frame).unwrap();
        flipped(frame).for_each(|bad| refused(collecting.accept(&bad)));
    }
    let Closing::Repairing(mut repairing) = utility.close(collecting, &quorum).unwrap() else { panic!() };
    assert_eq!(repairing.frame(), first);
    for frame in &repairs {
        flipped(frame).for_each(|bad| refused(repairing.accept(&bad)));
        repairing.accept(frame).unwrap();
        flipped(frame).for_each(|bad| refused(repairing.accept(&bad)));
    }
    let Closing::Final(mut closed) = utility.close_again(repairing, &quorum).unwrap() else { panic!() };
    for answer in &answers {
        flipped(answer).for_each(|bad| refused(closed.accept(&bad)));
        closed.accept(answer).unwrap();
    }
    assert_eq!(utility.record(&closed).unwrap().values, truth(&readings));
}

/// A header that passes, or nearly.
fn headers() -> impl Strategy<Value = Vec<u8>> {
    let kinds =
        prop::sample::select(vec![Kind::Repair, Kind::Contribution, Kind::Answer, Kind::Open, Kind::Close]);
    let plan = Plan::of(4, 2);
    let mut senders = vec![PartyId::UTILITY, PartyId(1)];
    senders.extend(plan.meter_ids());
    senders.extend(plan.holder_ids());
    let senders = prop::sample::select(senders);
    (kinds, 0u8..16, senders, FIRST - 3..FIRST + 4).prop_map(|(kind, flags, sender, round)| {
        let (protocol, group) = (Protocol::Dcnet, meter_link::GroupId(7));
        Header { protocol, kind, flags: Flags(flags), group, sender, round: Round::from(round) }
            .to_bytes()
            .to_vec()
    })
}

/// Anything: noise, noise behind a good header, and pieces of real frames.
fn noise(real: Vec<Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    let bytes = || prop::collection::vec(any::<u8>(), 0..200);
    let pieces = (prop::sample::select(real), any::<prop::sample::Index>(), bytes());
    prop_oneof![
        bytes(),
        (headers(), bytes()).prop_map(|(header, rest)| [header, rest].concat()),
        pieces.prop_map(|(frame, at, tail)| [&frame[..at.index(frame.len())], &tail].concat()),
    ]
}

/// For tests whose roles go through all cases, one after the other: proptest wants each case on its own.
fn samples<S: Strategy>(cases: usize, strategy: &S) -> impl Iterator<Item = S::Value> {
    let mut runner = TestRunner::default();
    (0..cases).map(move |_| strategy.new_tree(&mut runner).unwrap().current())
}

/// Any role that takes bytes, at every stage of a round.
#[test]
fn any_bytes_are_refused_by_every_role() {
    let now = Round::from(FIRST);
    let Taped { world, readings, open, contributions, first, repairs, last, answers } = taped(2);
    let (mut idle, mut sending) = (world.plan.device(0), world.plan.device(0));
    sending.open(&open).unwrap();
    sending.contribute(FIRST, readings[0].as_ref().unwrap()).unwrap();
    let (mut waiting, mut asked) = (world.plan.holder(2), world.plan.holder(1));
    asked.open(now, &open).unwrap();
    let [mut a, mut b, mut c] = [(); 3].map(|()| fresh_utility(&world));
    let mut collecting = a.open(now, now, &world.everybody()).unwrap();
    let quorum = a.quorum(|_| true).unwrap();
    let repairing = |utility: &mut dcnet_core::Utility| {
        let mut full = utility.open(now, now, &world.everybody()).unwrap();
        contributions.iter().for_each(|frame| assert!(full.accept(frame).is_ok()));
        let Closing::Repairing(repairing) = utility.close(full, &quorum).unwrap() else { panic!() };
        repairing
    };
    let mut open_repairs = repairing(&mut b);
    let mut done = repairing(&mut c);
    repairs.iter().for_each(|frame| assert!(done.accept(frame).is_ok()));
    let Closing::Final(mut closed) = c.close_again(done, &quorum).unwrap() else { panic!() };

    let frames =
        [&contributions[..], &repairs, &answers, &[open.clone(), first.clone(), last.clone()]].concat();
    let mut out = [0; 64];
    for bytes in samples(3000, &noise(frames)) {
        for device in [&mut idle, &mut sending] {
            refused(device.meter.open(now, &bytes));
            refused(device.meter.close(now, &bytes, &mut out));
            refused(device.meter.replay(&bytes));
        }
        for holder in [&mut waiting, &mut asked] {
            refused(holder.open(now, &bytes));
            refused(holder.answer(now, &bytes));
            refused(holder.replay(&bytes));
        }
        refused(collecting.accept(&bytes));
        refused(open_repairs.accept(&bytes));
        refused(closed.accept(&bytes));
    }
    idle.open(&open).unwrap();
    assert_eq!(sending.close(&first).unwrap().0.unwrap(), repairs[0]);
    assert_eq!(asked.answer(now, &last).unwrap().stored(), answers[0]);
    contributions.iter().for_each(|frame| assert!(collecting.accept(frame).is_ok()));
    repairs.iter().for_each(|frame| assert!(open_repairs.accept(frame).is_ok()));
    let finish =
        |closed: &mut Closed| answers.iter().for_each(|answer| assert!(closed.accept(answer).is_ok()));
    finish(&mut closed);
    assert_eq!(c.record(&closed).unwrap().values, truth(&readings));
}

/// The same behind a right signature: what a malicious utility can send. Whatever it is, a meter sends one
/// repair a pass at most, each for a smaller set than the one before, and a holder answers one set a round.
#[test]
fn anything_the_utility_signs_is_survived() {
    let now = Round::from(FIRST);
    let Taped { world, readings, open, last, .. } = taped(1);
    let body = |frame: &[u8]| frame[..frame.len() - Identity::SIGNATURE_LEN].to_vec();
    let start = body(&last)[4..16].to_vec();
    // A Close of this round: any pass, quorum and set, most of them well formed.
    let flags = prop_oneof![4 => prop::sample::select(vec![0u8, 2, 4, 8, 10, 12]), 1 => 0u8..16];
    let quorum = prop_oneof![4 => prop::sample::select(vec![0u8, 7, 11, 13]), 1 => any::<u8>()];
    let set = prop_oneof![
        4 => (0u8..16).prop_map(|members| vec![1, members]),
        1 => prop::collection::vec(0u8..5, 0..6),
    ];
    let close = move |(previous, flags, quorum, set): ([u8; 32], u8, u8, Vec<u8>)| {
        [&[1, 1, Kind::Close as u8, flags][..], &start, &previous, &[quorum], &set].concat()
    };
    let previous = prop_oneof![Just(meter_link::round::frame_hash(&open)), any::<[u8; 32]>()];
    let payload = prop_oneof![3 => (previous, flags, quorum, set).prop_map(close), 1 => noise(vec![body(&open), body(&last)])];
    let script = prop::collection::vec(payload, 1..12);
    let (mut digests, mut answered, mut repaired) = (std::collections::BTreeMap::new(), 0, 0);
    let mut holder = world.plan.holder(1);
    holder.open(now, &open).unwrap();
    for bodies in samples(400, &script) {
        let mut device = world.plan.device(0);
        device.open(&open).unwrap();
        device.contribute(FIRST, readings[0].as_ref().unwrap()).unwrap();
        let mut repairs = std::collections::BTreeMap::new();
        for body in bodies {
            let kind = body.get(2).and_then(|kind| Kind::try_from(*kind).ok()).unwrap_or(Kind::Close);
            let mut out = vec![0; body.len() + Identity::SIGNATURE_LEN];
            let header = world.view.header(kind, 0, PartyId::UTILITY, now);
            let mut writer = Writer::new(&mut out);
            writer.bytes(&body).unwrap();
            let signed = writer.finish_signed(&header, &world.forger.identity, &world.view.scope());
            let frame: &[u8] = signed.unwrap();
            let mut out = [0; 40];
            match device.meter.close(now, frame, &mut out).map(|p| p.stored().map(<[u8]>::to_vec)) {
                Ok(Some(repair)) => {
                    repaired += 1;
                    // A pass has one repair, so pass by pass they are told apart by their flags.
                    assert_eq!(repairs.entry(repair[3]).or_insert(repair.clone()), &repair);
                    assert!(repair[3] <= 3, "of pass 1 or 2");
                }
                Ok(None) => {}
                Err(error) => refused::<()>(Err(error)),
            }
            match holder.answer(now, frame) {
                Ok(prepared) => {
                    answered += 1;
                    let answer = prepared.stored();
                    let digest = answer[17..49].to_vec();
                    let round = Header::parse(&answer).unwrap().round;
                    assert_eq!(digests.entry(round).or_insert(digest.clone()), &digest);
                }
                Err(error) => refused::<()>(Err(error)),
            }
        }
    }
    assert!(answered > 0 && repaired > 0, "{answered} {repaired}");
}
