//! For all readings, silences, thresholds and quorums; for every bit and any bytes.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

#[path = "world/group.rs"]
mod group;
#[path = "properties/windows.rs"]
mod windows;

use chacha20::ChaCha20Rng;
use group::{FIRST, Plan, Reading, World, readings, truth};
use meter_link::answer::Threshold;
use meter_link::frame::Writer;
use meter_link::{Field64, Header, Identity, Kind, PartyId, Protocol, Round};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use rand_core::SeedableRng;
use shamir_agg::{Error, Fault, combine, split};
use std::cell::RefCell;

/// A group, the readings of its meters, who is silent, and which aggregators are away.
fn rounds() -> impl Strategy<Value = (Plan, Vec<Reading>, Vec<u8>)> {
    (3u32..9, 1u16..7, 2u8..7, any::<u64>()).prop_flat_map(|(meters, channels, t, seed)| {
        (t..8).prop_flat_map(move |m| {
            let threshold = Threshold::trusting_the_utility_not_to_equivocate(m, t).unwrap();
            let plan = Plan { threshold, seed, ..Plan::of(meters, channels) };
            let most = plan.max_reading as i64;
            let reading = prop::collection::vec(-most..=most, usize::from(channels));
            let all = prop::collection::vec(reading, meters as usize);
            let least = plan.rules.least_of(meters) as usize;
            let silent = prop::sample::subsequence(
                (0..meters as usize).collect::<Vec<_>>(),
                0..=meters as usize - least,
            );
            let away = prop::sample::subsequence((1..=m).collect::<Vec<_>>(), 0..=usize::from(m - t));
            (all, silent, away).prop_map(move |(all, silent, away)| {
                let all = all.into_iter().enumerate();
                let readings = all.map(|(i, r)| (!silent.contains(&i)).then_some(r)).collect();
                (plan, readings, away)
            })
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn sums_are_right((plan, readings, away) in rounds()) {
        let sum = World::new(plan).round(FIRST, &readings, &away).unwrap();
        prop_assert_eq!(sum.values, truth(&readings));
    }
}

proptest! {
    #[test]
    fn any_t_shares_agree_and_fewer_do_not(
        secret in prop::collection::vec(any::<u64>(), 1..5),
        (m, t) in (1u8..12).prop_flat_map(|m| (Just(m), 1..=m)),
        order in any::<prop::sample::Index>(),
        seed: u64,
    ) {
        let secret: Vec<Field64> = secret.into_iter().map(Field64::from_u64).collect();
        let mut shares = vec![vec![Field64::ZERO; secret.len()]; m.into()];
        let mut places: Vec<&mut [Field64]> = shares.iter_mut().map(Vec::as_mut_slice).collect();
        split(&secret, t, &mut places, &mut ChaCha20Rng::seed_from_u64(seed)).unwrap();
        let mut numbers: Vec<u8> = (1..=m).collect();
        numbers.rotate_left(order.index(m.into()));
        let mut chosen: Vec<(u8, &[Field64])> =
            numbers.iter().map(|a| (*a, shares[usize::from(*a) - 1].as_slice())).collect();
        let mut out = vec![Field64::ZERO; secret.len()];
        for more in t..=m {
            combine(&chosen[..more.into()], &mut out).unwrap();
            prop_assert_eq!(&out, &secret);
        }
        if t > 1 {
            chosen.truncate(usize::from(t) - 1);
            combine(&chosen, &mut out).unwrap();
            prop_assert_ne!(out, secret);
        }
    }
}

/// A round up to its answers: every frame with the parties that take it.
struct Taped {
    world: World,
    readings: Vec<Reading>,
    open: Vec<u8>,
    contributions: Vec<Vec<u8>>,
    close: Vec<u8>,
    answers: Vec<Vec<u8>>,
}

fn taped(meters: u32, channels: u16) -> Taped {
    let mut world = World::new(Plan::of(meters, channels));
    let readings = readings(&world.plan, FIRST);
    let mut collecting = world.open(FIRST, &[]);
    let open = collecting.frame().to_vec();
    let contributions: Vec<Vec<u8>> = world.frames(FIRST, &readings).into_iter().flatten().collect();
    contributions.iter().for_each(|frame| assert!(collecting.accept(frame).is_ok()));
    let quorum = world.utility.quorum(|_| true).unwrap();
    let close = world.utility.close(collecting, &quorum).unwrap().frame().to_vec();
    let now = Round::from(FIRST);
    let answers = quorum.iter().map(|n| world.aggregator(n).answer(now, &close).unwrap().stored()).collect();
    Taped { world, readings, open, contributions, close, answers }
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
    let Taped { mut world, readings, open, contributions, close, answers } = taped(3, 2);
    let mut rebooted = world.plan.aggregator(1);
    flipped(&open).for_each(|bad| refused(rebooted.open(now, &bad)));
    rebooted.open(now, &open).unwrap();
    flipped(&close).for_each(|bad| refused(rebooted.answer(now, &bad)));
    assert_eq!(rebooted.answer(now, &close).unwrap().stored(), answers[0]);

    let mut collecting = world.plan.utility().open(now, now, &world.everybody()).unwrap();
    for frame in &contributions {
        flipped(frame).for_each(|bad| refused(collecting.accept(&bad)));
        collecting.accept(frame).unwrap();
        flipped(frame).for_each(|bad| refused(collecting.accept(&bad)));
    }
    let quorum = world.utility.quorum(|_| true).unwrap();
    let mut closed = world.utility.close(collecting, &quorum).unwrap();
    for answer in &answers {
        flipped(answer).for_each(|bad| refused(closed.accept(&bad)));
        closed.accept(answer).unwrap();
    }
    assert_eq!(world.utility.record(&closed).unwrap().values, truth(&readings));
}

/// A header that passes, or nearly.
fn headers() -> impl Strategy<Value = Vec<u8>> {
    let kinds = prop::sample::select(vec![Kind::Contribution, Kind::Answer, Kind::Open, Kind::Close]);
    let plan = Plan::of(3, 2);
    let mut senders = vec![PartyId::UTILITY, PartyId(1)];
    senders.extend(plan.meter_ids());
    senders.extend(plan.aggregator_ids());
    (kinds, 0u8..16, prop::sample::select(senders), FIRST - 3..FIRST + 4).prop_map(
        |(kind, flags, sender, round)| {
            let (protocol, group) = (Protocol::Shamir, meter_link::GroupId(7));
            let flags = meter_link::frame::Flags(flags);
            Header { protocol, kind, flags, group, sender, round: Round::from(round) }.to_bytes().to_vec()
        },
    )
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

/// Runs a check that keeps state from case to case; proptest's own takes none that does.
fn each<S: Strategy>(cases: u32, strategy: &S, check: impl FnMut(S::Value) -> Result<(), TestCaseError>) {
    let check = RefCell::new(check);
    let mut runner = TestRunner::new(ProptestConfig::with_cases(cases));
    runner.run(strategy, |value| (check.borrow_mut())(value)).unwrap();
}

/// Any role that takes bytes, at every stage of a round.
#[test]
fn any_bytes_are_refused_by_every_role() {
    let now = Round::from(FIRST);
    let Taped { mut world, readings, open, contributions, close, answers } = taped(3, 2);
    let mut waiting = world.plan.aggregator(2);
    let mut asked = world.plan.aggregator(1);
    asked.open(now, &open).unwrap();
    let mut collecting = world.plan.utility().open(now, now, &world.everybody()).unwrap();
    let quorum = world.utility.quorum(|_| true).unwrap();
    let mut full = world.plan.utility().open(now, now, &world.everybody()).unwrap();
    contributions.iter().for_each(|frame| assert!(full.accept(frame).is_ok()));
    let mut closed = world.utility.close(full, &quorum).unwrap();
    let real = [&contributions[..], &answers[..], &[open.clone(), close.clone()]].concat();
    each(4000, &noise(real), |bytes| {
        refused(waiting.open(now, &bytes));
        refused(waiting.answer(now, &bytes));
        refused(waiting.replay(&bytes));
        refused(asked.open(now, &bytes));
        refused(asked.answer(now, &bytes));
        refused(collecting.accept(&bytes));
        refused(closed.accept(&bytes));
        Ok(())
    });
    contributions.iter().for_each(|frame| assert!(collecting.accept(frame).is_ok()));
    assert_eq!(asked.answer(now, &close).unwrap().stored(), answers[0]);
    answers.iter().for_each(|answer| assert!(closed.accept(answer).is_ok()));
    assert_eq!(world.utility.record(&closed).unwrap().values, truth(&readings));
}

/// A Close of the tape's round with any quorum and any set, most of them well formed.
fn closes(close: &[u8]) -> impl Strategy<Value = Vec<u8>> + use<> {
    let start = close[..48].to_vec();
    let bitmap = any::<u8>().prop_map(|bits| vec![1, bits]);
    let all_but = prop::sample::subsequence((0..7u8).collect::<Vec<_>>(), 0..5).prop_map(|absent| {
        let positions = absent.iter().flat_map(|position| [*position, 0]);
        [2, absent.len() as u8, 0].into_iter().chain(positions).collect()
    });
    let any_bytes = prop::collection::vec(any::<u8>(), 0..6);
    let set = prop_oneof![Just(vec![0]), bitmap, all_but, any_bytes];
    (0u8..32, set).prop_map(move |(quorum, set)| [&start[..], &[quorum], &set].concat())
}

/// The same behind a right signature: what a malicious utility can send. An aggregator that answers at all
/// answers one set a round.
#[test]
fn anything_the_utility_signs_is_survived() {
    let now = Round::from(FIRST);
    let Taped { world, open, close, .. } = taped(6, 1);
    let body = |frame: &[u8]| frame[..frame.len() - Identity::SIGNATURE_LEN].to_vec();
    let payload = prop_oneof![closes(&close), noise(vec![body(&open), body(&close)])];
    let mut aggregator = world.plan.aggregator(1);
    aggregator.open(now, &open).unwrap();
    let mut fixed: Option<Vec<u8>> = None;
    let mut contradictions = 0;
    each(4000, &payload, |body| {
        let kind = body.get(2).and_then(|kind| Kind::try_from(*kind).ok()).unwrap_or(Kind::Close);
        let mut out = vec![0; body.len() + Identity::SIGNATURE_LEN];
        let header = world.view.header(kind, 0, PartyId::UTILITY, now);
        let mut writer = Writer::new(&mut out);
        writer.bytes(&body).unwrap();
        let frame = writer.finish_signed(&header, &world.forger.identity, &world.view.scope()).unwrap();
        let _ = aggregator.open(now, frame);
        match aggregator.answer(now, frame) {
            Ok(prepared) => {
                let digest = prepared.stored()[17..49].to_vec();
                prop_assert_eq!(fixed.get_or_insert(digest.clone()), &digest);
            }
            Err(error) => {
                contradictions += usize::from(error == Fault::Contradiction.of(PartyId::UTILITY));
                refused::<()>(Err(error));
            }
        }
        Ok(())
    });
    // Many well-formed sets came after the one that was answered.
    assert!(contradictions > 10, "{contradictions}");
}
