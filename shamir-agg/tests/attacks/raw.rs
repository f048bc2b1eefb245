//! Certified raw answers: which sets they can be had for, and what makes a certificate.

use meter_link::answer::{Quorum, Stated, Threshold};
use meter_link::window::Window;
use meter_link::{Kind, Misuse, PartyId, Round};
use shamir_agg::{Error, Fault, Malformed};

use crate::adversary::{Bare, by_hand};
use crate::group::{ANSWER_HEAD, FIRST, Plan, World, element, readings};
use crate::windows::{Chosen, END};
use crate::{any_three, begun, blamed, one};

/// What stands in a raw answer before its values: kind, digest.
const RAW_HEAD: usize = 1 + 32;

/// What the aggregators with these numbers sign of a Close.
fn stated(world: &mut World, numbers: &[u8], close: &[u8]) -> Vec<Vec<u8>> {
    let sign = |number: &u8| world.aggregator(*number).agree(Round::from(FIRST), close).unwrap().stored();
    numbers.iter().map(sign).collect()
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

/// What a statement states.
fn content(kind: Kind, frame: &[u8]) -> Stated {
    let round = meter_link::Header::parse(frame).unwrap().round;
    Stated { kind, round, digest: frame[16..48].try_into().unwrap() }
}

/// Opens a sum from raw answers of honest aggregators and the pads of colluders.
fn opened(plan: &Plan, frames: &[Vec<u8>], set: &[bool], raw: &[(u8, Option<Vec<u8>>)]) -> i64 {
    let bare = Bare::new(plan, FIRST);
    let quorum: Vec<u8> = raw.iter().map(|(number, _)| *number).collect();
    let weights = Quorum::new(&quorum).unwrap();
    let weighted = raw.iter().map(|(number, answer)| {
        let told = answer.as_ref().map(|answer| element(answer, RAW_HEAD, 0));
        weights.coefficient(*number).unwrap() * told.unwrap_or_else(|| bare.sum(*number, set))
    });
    by_hand(plan, frames, set, &weighted.collect::<Vec<_>>(), &quorum)
}

/// Two certificates over different sets, or a certificate and a bound sum: with t ≤ (n + f)/2 one colluder stands
/// for both sets. With the default parameters a second set finds no t aggregators.
#[test]
fn subtraction_of_two_certified_sets() {
    let threshold = Threshold::trusting_the_utility_not_to_equivocate(5, 3).unwrap();
    for first_is_bound in [false, true] {
        let mut world = World::new(Plan { threshold, ..any_three(6) });
        let (readings, frames, open) = begun(&mut world, FIRST);
        let (plan, sets) = (world.plan, [world.everybody(), world.all_but(&[2])]);
        // 1, 2 and the colluder 3 for everybody.
        let close = world.forger.close(FIRST, &open, &[1, 2, 3], &sets[0]);
        let first = if first_is_bound {
            let mut colluder = plan.aggregator(3);
            colluder.open(Round::from(FIRST), &open).unwrap();
            let told = |a: &mut shamir_agg::Aggregator| {
                element(&a.answer(Round::from(FIRST), &close).unwrap().stored(), ANSWER_HEAD, 0)
            };
            let answers = [told(world.aggregator(1)), told(world.aggregator(2)), told(&mut colluder)];
            by_hand(&plan, &frames, &sets[0], &answers, &[1, 2, 3])
        } else {
            let mut statements = stated(&mut world, &[1, 2], &close);
            statements.push(signed(&plan, 3, content(Kind::SetStatement, &statements[0])));
            let mut raw = |number| world.aggregator(number).answer_certified(&slices(&statements));
            let told = [1, 2].map(|number| (number, Some(raw(number).unwrap().stored())));
            opened(&plan, &frames, &sets[0], &[&told[..], &[(3, None)]].concat())
        };
        // 4, 5 and the same one for everybody but the victim.
        let close = world.forger.close(FIRST, &open, &[3, 4, 5], &sets[1]);
        let mut statements = stated(&mut world, &[4, 5], &close);
        statements.push(signed(&plan, 3, content(Kind::SetStatement, &statements[0])));
        let mut raw = |number| world.aggregator(number).answer_certified(&slices(&statements));
        let told = [4, 5].map(|number| (number, Some(raw(number).unwrap().stored())));
        let second = opened(&plan, &frames, &sets[1], &[&[(3, None)], &told[..]].concat());
        assert_eq!(first - second, one(&readings, 2));
    }

    let mut world = World::new(any_three(6));
    let (_, _, open) = begun(&mut world, FIRST);
    let (plan, sets) = (world.plan, [world.everybody(), world.all_but(&[2])]);
    let [all, less] = [[1, 2, 4], [2, 3, 4]]
        .into_iter()
        .zip(&sets)
        .map(|(quorum, set)| world.forger.close(FIRST, &open, &quorum, set))
        .collect::<Vec<_>>()
        .try_into()
        .unwrap();
    // 4 colludes. 1 and 2 stand for all, 3 for fewer; 2 is asked for both.
    let mut first = stated(&mut world, &[1, 2], &all);
    first.push(signed(&plan, 4, content(Kind::SetStatement, &first[0])));
    assert_eq!(
        world.aggregator(2).agree(Round::from(FIRST), &less).unwrap_err(),
        blamed(Fault::Contradiction)
    );
    let mut second = stated(&mut world, &[3], &less);
    second.push(signed(&plan, 4, content(Kind::SetStatement, &second[0])));
    let before = world.aggregator(3).to_bytes().unwrap();
    let too_few = Error::Quorum { have: 2, need: 3 };
    assert_eq!(world.aggregator(3).answer_certified(&slices(&second)).unwrap_err(), too_few);
    let ids = plan.aggregator_ids();
    let mixed = [&second[..], &first[..1]].concat();
    assert_eq!(
        world.aggregator(3).answer_certified(&slices(&mixed)).unwrap_err(),
        Fault::WrongSet.of(ids[0])
    );
    assert!(*world.aggregator(3).to_bytes().unwrap() == *before);
    let _ = world.aggregator(1).answer_certified(&slices(&first)).unwrap().stored();
}

/// One set bound and another raw, of the same aggregators, in either order: Σ of the one less Σ of the other.
#[test]
fn one_set_bound_and_another_raw() {
    let mut world = World::new(any_three(6));
    let (readings, frames, open) = begun(&mut world, FIRST);
    let plan = world.plan;
    let (all, less) = (world.everybody(), world.all_but(&[5]));
    let quorum = [1, 2, 3];
    let closes = [&all, &less].map(|set| world.forger.close(FIRST, &open, &quorum, set));
    let now = Round::from(FIRST);
    // Aggregators that forget between the two.
    let bound = quorum.map(|number| {
        let answer = world.aggregator(number).answer(now, &closes[0]).unwrap().stored();
        element(&answer, ANSWER_HEAD, 0)
    });
    let mut forgetful = World::new(plan);
    quorum.iter().for_each(|number| forgetful.aggregator(*number).open(now, &open).unwrap());
    let statements = stated(&mut forgetful, &quorum, &closes[1]);
    let mut raw =
        |number| forgetful.aggregator(number).answer_certified(&slices(&statements)).unwrap().stored();
    let told = quorum.map(|number| (number, Some(raw(number))));
    let sums = [by_hand(&plan, &frames, &all, &bound, &quorum), opened(&plan, &frames, &less, &told)];
    assert_eq!(sums[0] - sums[1], one(&readings, 5));

    for number in quorum {
        // Bound for all, then raw for fewer …
        let aggregator = world.aggregator(number);
        let before = aggregator.to_bytes().unwrap();
        assert_eq!(aggregator.agree(now, &closes[1]).unwrap_err(), blamed(Fault::Contradiction));
        assert_eq!(aggregator.follow(now, &closes[1]).unwrap_err(), blamed(Fault::Contradiction));
        assert_eq!(aggregator.answer_certified(&slices(&statements)).unwrap_err(), Misuse::OutOfOrder.into());
        assert!(*aggregator.to_bytes().unwrap() == *before);
        // … raw for fewer, then bound for all. The one set it stands for is told in both ways.
        let aggregator = forgetful.aggregator(number);
        let before = aggregator.to_bytes().unwrap();
        assert_eq!(aggregator.answer(now, &closes[0]).unwrap_err(), blamed(Fault::Contradiction));
        assert!(*aggregator.to_bytes().unwrap() == *before);
        let _ = aggregator.answer(now, &closes[1]).unwrap().stored();
    }
}

/// What is no certificate of t aggregators for what this one has signed.
#[test]
fn statements_that_do_not_count() {
    let mut world = World::new(any_three(5));
    let plan = world.plan;
    let (_, _, open) = begun(&mut world, FIRST);
    let all = world.everybody();
    let close = world.forger.close(FIRST, &open, &[1, 2, 3, 4], &all);
    assert_eq!(world.aggregator(1).answer_certified(&[]).unwrap_err(), Misuse::OutOfOrder.into());
    let right = stated(&mut world, &[1, 2, 3], &close);
    let ids = plan.aggregator_ids();
    let content = content(Kind::SetStatement, &right[0]);
    let before = world.aggregator(1).to_bytes().unwrap();
    let mut refused = |third: &[u8], expected: Error| {
        let aggregator = world.aggregator(1);
        let given = [right[0].as_slice(), &right[1], third];
        assert_eq!(aggregator.answer_certified(&given).unwrap_err(), expected);
        assert!(*aggregator.to_bytes().unwrap() == *before);
    };
    refused(&right[1], Fault::RepeatedStatement.of(ids[1]));
    refused(&right[2][..111], Fault::BadSignature.of(ids[2]));
    refused(&right[2][..70], Malformed::Truncated.into());
    // Of another round, set or kind.
    let next = Stated { round: Round::from(FIRST + 1), ..content };
    refused(&signed(&plan, 3, next), Fault::WrongRound.of(ids[2]));
    refused(&signed(&plan, 3, Stated { digest: [7; 32], ..content }), Fault::WrongSet.of(ids[2]));
    let window = signed(&plan, 3, Stated { kind: Kind::WindowStatement, ..content });
    refused(&window, Malformed::WrongKind.into());
    let mut renamed = window;
    renamed[2] = Kind::SetStatement as u8;
    refused(&renamed, Fault::BadSignature.of(ids[2]));
    // Of those who are no aggregators, and in the name of one who has not signed.
    let cohort = plan.cohort();
    for stranger in [&cohort.meters[0], &cohort.utility] {
        let frame = content.sign(&cohort.view, &stranger.identity, stranger.id).unwrap();
        refused(&frame, Fault::UnknownSender.of(stranger.id));
        let frame = content.sign(&cohort.view, &stranger.identity, ids[3]).unwrap();
        refused(&frame, Fault::BadSignature.of(ids[3]));
    }
    let own =
        |world: &mut World, given: &[&[u8]]| world.aggregator(1).answer_certified(given).map(|p| p.stored());
    assert_eq!(own(&mut world, &slices(&right[..2])), Err(Error::Quorum { have: 2, need: 3 }));
    // Its own is not there: it may not be stored yet.
    let without = [right[1].clone(), right[2].clone(), signed(&plan, 4, content)];
    for given in [&[][..], &without] {
        assert_eq!(own(&mut world, &slices(given)), Err(Misuse::OutOfOrder.into()));
    }
    assert!(own(&mut world, &slices(&right)).is_ok());
}

/// Certificates of a window do not serve for a round, nor those of a round for a window.
#[test]
fn certificates_of_a_round_for_a_window_and_back() {
    let everybody = vec![true; 12];
    let mut chosen = Chosen::new(Plan::billed(12, 1), vec![everybody.clone(); 12]);
    let (plan, now) = (chosen.world.plan, Round::from(END + 1));
    let (_, close) = chosen.closed(END, &everybody);
    let query = chosen.query(&everybody);
    let numbers = [1, 2, 3];
    let of_round = numbers.map(|n| chosen.world.aggregator(n).agree(now, &close).unwrap().stored());
    let of_window = numbers.map(|n| chosen.world.aggregator(n).agree_bill(now, &query).unwrap().stored());
    let ids = plan.aggregator_ids();
    let aggregator = chosen.world.aggregator(1);
    // It has signed the window last.
    assert_eq!(aggregator.answer_certified(&slices(&of_round)).unwrap_err(), Malformed::WrongKind.into());
    let digest = content(Kind::SetStatement, &of_round[0]).digest;
    let window = Stated { digest, ..content(Kind::WindowStatement, &of_window[0]) };
    let forged = [of_window[0].clone(), of_window[1].clone(), signed(&plan, 3, window)];
    assert_eq!(aggregator.answer_certified(&slices(&forged)).unwrap_err(), Fault::WrongSet.of(ids[2]));
    let bills = aggregator.answer_certified(&slices(&of_window)).unwrap().stored();
    assert_eq!(bills.len(), 16 + RAW_HEAD + 8 * 12 + 16);
    // Now the round again.
    let _ = aggregator.agree(now, &close).unwrap().stored();
    assert_eq!(aggregator.answer_certified(&slices(&of_window)).unwrap_err(), Malformed::WrongKind.into());
    let _ = aggregator.answer_certified(&slices(&of_round)).unwrap().stored();
}

/// Bound: exactly t, and oneself among them; raw: t and more.
#[test]
fn quorums_of_wrong_size() {
    let everybody = vec![true; 12];
    let mut chosen = Chosen::new(Plan::billed(12, 1), vec![everybody.clone(); 11]);
    let (round, now) = (END, Round::from(END));
    let open = chosen.world.forger.open(round, None, &everybody);
    let aggregator = chosen.world.aggregator(1);
    aggregator.open(now, &open).unwrap();
    let digest = |chosen: &Chosen| {
        chosen.world.aggregators[0].books().unwrap().get(Round::from(FIRST)).unwrap().sets_digest()
    };
    let outside = blamed(Fault::NotInQuorum);
    for (quorum, certified) in
        [(&[1, 2][..], false), (&[1], false), (&[2, 3, 4], false), (&[1, 2, 3, 4], true)]
    {
        let close = chosen.world.forger.close(round, &open, quorum, &everybody);
        let query = chosen.world.forger.query((FIRST, END), digest(&chosen), quorum, &everybody);
        let aggregator = chosen.world.aggregator(1);
        let before = aggregator.to_bytes().unwrap();
        assert_eq!(aggregator.answer(now, &close).unwrap_err(), outside);
        assert_eq!(aggregator.bill(Round::from(END + 1), &query).unwrap_err(), outside);
        if !certified {
            assert_eq!(aggregator.agree(now, &close).unwrap_err(), outside);
            assert_eq!(aggregator.agree_bill(Round::from(END + 1), &query).unwrap_err(), outside);
        }
        assert!(*aggregator.to_bytes().unwrap() == *before);
        if certified {
            let _ = aggregator.agree(now, &close).unwrap().stored();
            let query = chosen.world.forger.query((FIRST, END), digest(&chosen), quorum, &everybody);
            let _ = chosen.world.aggregator(1).agree_bill(Round::from(END + 1), &query).unwrap().stored();
        }
    }
    // A number beyond m has no bit; one that is set all the same is no quorum.
    let query = chosen.world.forger.query((FIRST, END), digest(&chosen), &[1, 2, 3], &everybody);
    let mut beyond = query.clone();
    beyond[16 + 4 + 32] |= 0x10;
    let beyond = chosen.world.forger.resign(&beyond);
    chosen.refused(END + 1, &beyond, Malformed::BadQuorum.into());
    let mut nobody = query;
    nobody[16 + 4 + 32] = 0;
    let nobody = chosen.world.forger.resign(&nobody);
    chosen.refused(END + 1, &nobody, Malformed::BadQuorum.into());
}

/// The utility asks no such quorums, and hears nobody whom it has not asked.
#[test]
fn the_utility_hears_whom_it_asked() {
    let mut world = World::new(Plan::billed(12, 1));
    for round in FIRST..END {
        let readings = readings(&world.plan, round);
        world.round(round, &readings, &[]).unwrap();
    }
    let last = readings(&world.plan, END);
    let bad = Error::Misuse(Misuse::BadQuorum);
    let two = Quorum::new(&[1, 2]).unwrap();
    let collecting = world.collected(END, &last, &[]).unwrap();
    let mut certified = world.utility.certify(collecting, &world.asked(&[4])).unwrap();
    let ids = world.plan.aggregator_ids();
    let of_all = world.asked(&[]);
    for number in of_all.iter() {
        let aggregator = world.aggregator(number);
        let asked = aggregator.agree(Round::from(END), certified.frame());
        if number == 4 {
            assert_eq!(asked.unwrap_err(), blamed(Fault::NotInQuorum));
            continue;
        }
        let statement = asked.unwrap().stored();
        assert_eq!(certified.accept_statement(&statement), Ok(ids[usize::from(number) - 1]));
    }
    let not_asked = signed(&world.plan, 4, content(Kind::SetStatement, certified.certificate().unwrap()[0]));
    assert_eq!(certified.accept_statement(&not_asked), Err(Fault::NotInQuorum.of(ids[3])));
    world.answer_raw(&mut certified, &[4], |_, answer| answer).unwrap();
    assert_eq!(world.utility.record_certified(&certified).unwrap().wrong, Vec::<PartyId>::new());

    let meters = world.utility.billable(Round::from(FIRST)).unwrap();
    let first = Round::from(FIRST);
    for quorum in [two, of_all] {
        assert_eq!(world.utility.bill(first, &meters, &quorum).map(|_| ()), Err(bad));
    }
    assert_eq!(world.utility.certify_bill(first, &meters, &two).map(|_| ()), Err(bad));
    let beyond = Quorum::new(&[1, 2, 5]).unwrap();
    assert_eq!(world.utility.bill(first, &meters, &beyond).map(|_| ()), Err(bad));
    assert_eq!(world.utility.certify_bill(first, &meters, &beyond).map(|_| ()), Err(bad));
    let window = Window { first, last: Round::from(END) };
    assert_eq!(world.utility.books().unwrap().get(first).unwrap().window(), window);
    let next = readings(&world.plan, END + 1);
    let collecting = world.collected(END + 1, &next, &[]).unwrap();
    assert_eq!(world.utility.certify(collecting, &two).map(|_| ()), Err(bad));
}
