//! Holders that lie, that answer raw and bound, and statements that are mixed.

use dcnet_core::{Check, Closed, Error, Fault, Holder, Malformed, Misuse};
use meter_link::answer::{Quorum, Stated, Threshold};
use meter_link::{Header, Kind, PartyId, Round};

use crate::adversary::{Bare, by_hand, lie_raw};
use crate::group::{ANSWER_HEAD, FIRST, Plan, World, element, readings, silent, truth};
use crate::rounds::Script;
use crate::{begun, blamed, one};

/// What stands in a raw answer before its values: kind, digest.
const RAW_HEAD: usize = 1 + 32;

fn six() -> Plan {
    Plan { threshold: Threshold::new(6, 4, 1).unwrap(), ..Plan::any_three(7) }
}

/// A round in which the meter at 3 falls silent, closed; and the right sum.
fn closed(world: &mut World, round: u32) -> (Closed, Vec<i64>) {
    let some = silent(readings(&world.plan, round), &[3]);
    let collecting = world.collected(round, &some, &Script::default());
    let quorum = world.utility.quorum(|_| true).unwrap();
    let (closed, _) = world.settle(collecting, &quorum, vec![3], &Script::default()).unwrap();
    (closed, truth(&some))
}

/// Statements, then raw answers of all who are asked; some of them add something.
fn sum_of(
    world: &mut World,
    closed: &Closed,
    asked: &[u8],
    lies: &[(u8, i64)],
) -> Result<dcnet_core::CheckedSum, Error> {
    let now = Round::from(FIRST);
    let mut certified = world.utility.certify(closed, &Quorum::new(asked).unwrap()).unwrap();
    let frame = certified.frame().to_vec();
    for number in asked {
        let statement = world.holder(*number).agree(now, &frame).unwrap().stored();
        certified.accept_statement(&statement).unwrap();
    }
    for number in asked {
        let statements = certified.certificate().unwrap();
        let holder = &mut world.holders[usize::from(*number) - 1];
        let mut answer = holder.answer_certified(&statements).unwrap().stored();
        for (_, extra) in lies.iter().filter(|(liar, _)| liar == number) {
            answer = lie_raw(&world.plan, *number, &answer, *extra);
        }
        certified.accept(&answer).unwrap();
    }
    world.utility.record_certified(&certified)
}

/// A lie that bound answers would let through is named by six raw ones, with four that open, and the sum is right; two
/// are noticed. Four with three that open only notice one.
#[test]
fn a_lying_holder_is_named() {
    for extra in [1, -1, 1 << 40, i64::MAX] {
        for (plan, asked, liars, expected) in [
            (six(), &[1, 2, 3, 4, 5, 6][..], &[2][..], Some(Check::Names(1))),
            (six(), &[1, 2, 3, 4, 5, 6], &[6], Some(Check::Names(1))),
            (six(), &[1, 2, 3, 4, 5, 6], &[1, 5], None),
            (six(), &[1, 2, 3, 5, 6], &[5], None),
            (Plan::any_three(7), &[1, 2, 3, 4], &[1], None),
        ] {
            let mut world = World::certifying(plan);
            let (closed, right) = closed(&mut world, FIRST);
            let lies: Vec<(u8, i64)> = liars.iter().map(|liar| (*liar, extra)).collect();
            let result = sum_of(&mut world, &closed, asked, &lies);
            match expected {
                None => assert_eq!(result, Err(Error::Inconsistent), "{asked:?} {liars:?} {extra}"),
                Some(check) => {
                    let sum = result.unwrap();
                    let named: Vec<PartyId> =
                        liars.iter().map(|liar| plan.holder_ids()[usize::from(*liar) - 1]).collect();
                    assert_eq!((sum.sum.values, sum.wrong, sum.check), (right, named, check));
                }
            }
        }
    }
}

/// The holders' statements on a Close, by number.
fn stated(world: &mut World, numbers: &[u8], close: &[u8]) -> Vec<Vec<u8>> {
    let agree = |number: &u8| world.holder(*number).agree(Round::from(FIRST), close).unwrap().stored();
    numbers.iter().map(agree).collect()
}

fn slices(frames: &[Vec<u8>]) -> Vec<&[u8]> {
    frames.iter().map(Vec::as_slice).collect()
}

/// What a colluder signs: anything.
fn signed(plan: &Plan, number: u8, stated: Stated) -> Vec<u8> {
    let cohort = plan.cohort();
    let party = &cohort.answerers[usize::from(number) - 1];
    stated.sign(&cohort.view, &party.identity, party.id).unwrap()
}

fn content(frame: &[u8]) -> Stated {
    let (round, digest) = (Header::parse(frame).unwrap().round, frame[16..48].try_into().unwrap());
    Stated { kind: Kind::SetStatement, round, digest }
}

fn state(holder: &Holder) -> Vec<u8> {
    holder.to_bytes().unwrap().to_vec()
}

fn fresh(plan: &Plan, number: u8, open: &[u8]) -> Holder {
    let mut holder = plan.signing_holder(number);
    holder.open(Round::from(FIRST), open).unwrap();
    holder
}

/// One set bound and another raw, or two sets raw: of holders that forget in between, the two sums differ by a reading.
#[test]
fn raw_and_bound_answers_to_two_sets() {
    let mut world = World::certifying(Plan::any_three(6));
    let (readings, frames, open) = begun(&mut world, FIRST);
    let (plan, now, quorum, victim) = (world.plan, Round::from(FIRST), [1, 2, 3], 5);
    let sets = [world.everybody(), world.all_but(&[victim])];
    let first = world.forger.close(FIRST, 1, &open, None, &sets[1]);
    let repairs: Vec<Vec<u8>> =
        (0..5).map(|p: usize| world.devices[p].close(&first).unwrap().0.unwrap()).collect();
    let closes = [
        world.forger.close(FIRST, 1, &open, Some(&quorum), &sets[0]),
        world.forger.close(FIRST, 2, &first, Some(&quorum), &sets[1]),
    ];
    let weights = Quorum::new(&quorum).unwrap();
    let raw = |holders: &mut [Holder], close: &[u8]| {
        let agree = |holder: &mut Holder| holder.agree(now, close).unwrap().stored();
        let statements: Vec<Vec<u8>> = holders.iter_mut().map(agree).collect();
        let answer = |holder: &mut Holder| {
            let frame = holder.answer_certified(&slices(&statements)).unwrap().stored();
            weights.coefficient(holder.number()).unwrap() * element(&frame, RAW_HEAD, 0)
        };
        holders.iter_mut().map(answer).collect::<Vec<_>>()
    };
    let forgetful = || quorum.map(|number| fresh(&plan, number, &open));
    let bound = quorum.map(|number| {
        element(&world.holder(number).answer(now, &closes[0]).unwrap().stored(), ANSWER_HEAD, 0)
    });
    let less = by_hand(&plan, &frames, &repairs, &sets[1], &raw(&mut forgetful(), &closes[1]), &quorum);
    for all in [bound.to_vec(), raw(&mut forgetful(), &closes[0])] {
        let all = by_hand(&plan, &frames, &[], &sets[0], &all, &quorum);
        assert_eq!(all - less, one(&readings, victim));
    }

    // Holders that remember, in either order, and raw after raw.
    let statements: Vec<Vec<u8>> =
        forgetful().iter_mut().map(|holder| holder.agree(now, &closes[1]).unwrap().stored()).collect();
    for number in quorum {
        let holder = world.holder(number);
        let before = state(holder);
        assert_eq!(holder.agree(now, &closes[1]).unwrap_err(), blamed(Fault::Contradiction));
        assert_eq!(holder.follow(now, &closes[1]).unwrap_err(), blamed(Fault::Contradiction));
        let unasked = holder.answer_certified(&slices(&statements)).unwrap_err();
        assert_eq!(unasked, Misuse::OutOfOrder.into());
        assert!(state(holder) == before);

        let mut holder = fresh(&plan, number, &open);
        holder.agree(now, &closes[1]).unwrap().stored();
        let before = state(&holder);
        assert_eq!(holder.answer(now, &closes[0]).unwrap_err(), blamed(Fault::Contradiction));
        assert_eq!(holder.agree(now, &closes[0]).unwrap_err(), blamed(Fault::Contradiction));
        assert!(state(&holder) == before);
        // The one set it stands for, in both ways.
        holder.answer_certified(&slices(&statements)).unwrap().stored();
        holder.answer(now, &closes[1]).unwrap().stored();
    }
}

/// A certificate is t different holders' signatures on the very set that this one has signed: no others are counted
/// in, and a colluder that signs both sets does not make two certificates.
#[test]
fn statements_of_two_sets_do_not_mix() {
    let mut world = World::certifying(Plan::any_three(6));
    let (_, _, open) = begun(&mut world, FIRST);
    let (plan, ids) = (world.plan, world.plan.holder_ids());
    let sets = [world.everybody(), world.all_but(&[2])];
    let closes = sets.map(|set| world.forger.close(FIRST, 1, &open, Some(&[1, 2, 3, 4]), &set));
    // 1 and 2 for everybody, 3 for fewer; 4 colludes and signs both.
    let mut first = stated(&mut world, &[1, 2], &closes[0]);
    let mut second = stated(&mut world, &[3], &closes[1]);
    first.push(signed(&plan, 4, content(&first[0])));
    second.push(signed(&plan, 4, content(&second[0])));
    let before = state(world.holder(3));
    let mut refused = |given: &[&[u8]], expected: Error| {
        assert_eq!(world.holder(3).answer_certified(given).unwrap_err(), expected);
        assert!(state(world.holder(3)) == before);
    };
    refused(&slices(&second), Error::Quorum { have: 2, need: 3 });
    refused(&[&second[0], &second[1], &first[0]], Fault::WrongSet.of(ids[0]));
    refused(&[&second[0], &second[1], &second[1]], Fault::RepeatedStatement.of(ids[3]));
    refused(&slices(&first), Fault::WrongSet.of(ids[0]));
    // In another's name, of a stranger, of another round, kind or length.
    let cohort = plan.cohort();
    let own = content(&second[0]);
    let meter = &cohort.meters[0];
    let renamed = own.sign(&cohort.view, &meter.identity, ids[0]).unwrap();
    refused(&[&second[0], &second[1], &renamed], Fault::BadSignature.of(ids[0]));
    let stranger = own.sign(&cohort.view, &meter.identity, meter.id).unwrap();
    refused(&[&second[0], &second[1], &stranger], Fault::UnknownSender.of(meter.id));
    let next = signed(&plan, 1, Stated { round: Round::from(FIRST + 1), ..own });
    refused(&[&second[0], &second[1], &next], Fault::WrongRound.of(ids[0]));
    let window = signed(&plan, 1, Stated { kind: Kind::WindowStatement, ..own });
    refused(&[&second[0], &second[1], &window], Malformed::WrongKind.into());
    refused(&[&second[0], &second[1], &first[0][..60]], Malformed::Truncated.into());
    // Its own may not be stored yet.
    let others = [signed(&plan, 1, own), signed(&plan, 2, own), second[1].clone()];
    refused(&slices(&others), Misuse::OutOfOrder.into());

    world.holder(1).answer_certified(&slices(&first)).unwrap().stored();
    assert_eq!(world.holder(4).agree(Round::from(FIRST), &closes[0]).map(|_| ()), Ok(()));
}

/// A holder that has answered raw is asked for a bound answer over another set, after a restart too.
#[test]
fn a_bound_answer_after_a_raw_one() {
    let mut world = World::certifying(Plan::any_three(6));
    let (_, _, open) = begun(&mut world, FIRST);
    let (plan, now) = (world.plan, Round::from(FIRST));
    let [all, less] = [&[][..], &[1]]
        .map(|gone| world.forger.close(FIRST, 1, &open, Some(&[1, 2, 3]), &world.all_but(gone)));
    let mut records = Vec::new();
    let statements: Vec<Vec<u8>> = [1u8, 2, 3]
        .map(|number| {
            let prepared = world.holder(number).agree(now, &all).unwrap();
            if number == 1 {
                records.push(prepared.record().to_vec());
            }
            prepared.stored()
        })
        .to_vec();
    let prepared = world.holder(1).answer_certified(&slices(&statements)).unwrap();
    records.push(prepared.record().to_vec());
    let raw = prepared.stored();
    assert_eq!(world.holder(1).answer(now, &less).unwrap_err(), blamed(Fault::Contradiction));
    for kept in [&records[..1], &records[1..], &records] {
        let mut restarted = plan.signing_holder(1);
        kept.iter().for_each(|record| restarted.replay(record).unwrap());
        restarted.open(now, &open).unwrap();
        assert_eq!(restarted.answer(now, &less).unwrap_err(), blamed(Fault::Contradiction));
        assert_eq!(restarted.agree(now, &less).unwrap_err(), blamed(Fault::Contradiction));
        restarted.agree(now, &all).unwrap().stored();
        assert_eq!(restarted.answer_certified(&slices(&statements)).unwrap().stored(), raw);
    }
    // One that lost its records is a colluder.
    let mut forgetful = plan.signing_holder(1);
    forgetful.open(now, &open).unwrap();
    assert!(forgetful.answer(now, &less).is_ok());
    // The raw answer serves no bound query, nor the other way.
    let bare = Bare::new(&plan, FIRST);
    assert_eq!(element(&raw, RAW_HEAD, 0), bare.sum(1, &[true; 6]));
    let bound = world.holder(1).answer(now, &all).unwrap().stored();
    assert_ne!(element(&bound, ANSWER_HEAD, 0), bare.weighted(&[1, 2, 3], &[true; 6])[0]);
}
