//! Holders whom nobody chooses: meters that the beacon draws.

use dcnet_core::{Error, Fault, Holder, Holders, Misuse, Params, Risk, Utility, graph, parameters};
use meter_link::answer::Threshold;
use meter_link::field::lagrange;
use meter_link::roster::{List, merkle};
use meter_link::{Epoch, Field64, GroupConfig, GroupParams, Label, Round, SetRules, Stream};

use crate::adversary::{Bare, words};
use crate::group::{FIRST, Plan, Seats, World, readings, silent, truth};
use crate::rounds::Script;
use crate::{begun, blamed, one};

/// 300 meters on a drawn graph; seven of them are holders, of whom five open and two may collude.
fn drawn() -> Plan {
    let rules = SetRules { max_missing_permille: 1000, ..SetRules::LEAST };
    let threshold = Threshold::new(7, 5, 2).unwrap();
    Plan { rules, threshold, seats: Seats::Drawn, drawn: Some((10, 4)), ..Plan::of(300, 1) }
}

fn seats(plan: &Plan) -> Vec<usize> {
    let view = plan.cohort().view;
    let mut seats = vec![0; plan.threshold.answerers().into()];
    graph::committee(view.context(), plan.meters, &mut seats).unwrap();
    seats.into_iter().map(|seat| seat as usize).collect()
}

/// Rounds with two of the seven out of reach, in which a holder falls silent as a meter and answers all the same.
#[test]
fn rounds_of_a_drawn_committee() {
    let plan = drawn();
    let seats = seats(&plan);
    let mut world = World::new(plan);
    let ids: Vec<_> = seats.iter().map(|seat| world.plan.meter_ids()[*seat]).collect();
    assert_eq!(world.roster.answerers().iter().map(|m| m.id).collect::<Vec<_>>(), ids);
    for (round, away) in [(FIRST, &[][..]), (FIRST + 1, &[1, 7]), (FIRST + 2, &[3, 4])] {
        let gone = [seats[1], 17];
        let some = silent(readings(&plan, round), if round == FIRST { &[] } else { &gone });
        let script = Script { away, ..Script::default() };
        let (sum, passes) = world.round(round, &some, script).unwrap();
        assert_eq!(sum.values, truth(&some));
        assert_eq!(passes, if round == FIRST { 1 } else { 2 });
    }
    let three_away = world.utility.quorum(|number| number > 3);
    assert_eq!(three_away, Err(Error::Quorum { have: 4, need: 5 }));
}

/// A device that is both: its self-mask hangs on its own seat as on the others', and four colluding seats, one of them
/// the victim's neighbour, know nothing of it.
#[test]
fn a_meter_that_holds_a_seat() {
    let plan = drawn();
    let seats = seats(&plan);
    let mut world = World::new(plan);
    let (all, frames, open) = begun(&mut world, FIRST);
    let me = seats[2];
    let set: Vec<bool> = (0..300).map(|p| p == me).collect();
    let bare = Bare::new(&plan, FIRST);
    // The pad with oneself is neither zero nor anybody else's.
    let own = bare.sum(3, &set);
    let others: Vec<Field64> =
        (1..=7).filter(|number| *number != 3).map(|number| bare.sum(number, &set)).collect();
    assert!(own != Field64::ZERO && !others.contains(&own));
    // Reading = y − Σ pads − b, with b of all five.
    let masks = bare.masks(&set);
    let pads: Field64 = world
        .around(me)
        .iter()
        .map(|other| {
            let pad = crate::adversary::pair_pad(&plan, me, *other, FIRST);
            if me < *other { pad } else { -pad }
        })
        .sum();
    assert_eq!((words([&frames[me]]) - pads - masks).centred(), one(&all, me));
    // The seat answers for sets with itself inside, once.
    let now = Round::from(FIRST);
    let quorum = [1, 2, 3, 4, 5];
    let [first, second] =
        [&[][..], &[me]].map(|gone| world.forger.close(FIRST, 1, &open, Some(&quorum), &world.all_but(gone)));
    let _ = world.holder(3).answer(now, &first).unwrap().stored();
    assert_eq!(world.holder(3).answer(now, &second).unwrap_err(), blamed(Fault::Contradiction));
}

/// Who has no seat is no holder, and nobody takes another's: not in its name, not by a roster that seats it.
#[test]
fn a_meter_without_a_seat() {
    let plan = drawn();
    let taken = seats(&plan);
    let free = (0..300).find(|p| !taken.contains(p)).unwrap();
    let (params, mut cohort) = (plan.params(), plan.cohort());
    let roster = cohort.roster.clone();
    let (id, seated) = (cohort.meters[free].id, cohort.meters[taken[0]].id);
    let link = cohort.meters[free].link.twin();
    let refused = Holder::new(&params, &cohort.view, id, link, &roster).unwrap_err();
    assert_eq!(refused, Misuse::UnknownParty.into());
    let link = cohort.meters[free].link.twin();
    let refused = Holder::new(&params, &cohort.view, seated, link, &roster).unwrap_err();
    assert_eq!(refused, Misuse::UnknownParty.into());

    // A committee of the utility's choice, with the free meter in the first seat, is none.
    let mut chosen: Vec<u32> = taken.iter().map(|seat| *seat as u32).collect();
    chosen[0] = free as u32;
    let elsewhere = unseated(&plan).seated(&chosen).unwrap();
    let link = cohort.meters.remove(free).link;
    let refused = Holder::new(&params, &cohort.view, id, link, &elsewhere).unwrap_err();
    assert_eq!(refused, Misuse::BadParameter.into());
}

/// The roster as it was before the beacon.
fn unseated(plan: &Plan) -> meter_link::roster::Roster {
    let params = plan.params();
    let named = Plan { seats: Seats::Nobody, ..*plan };
    let forming = meter_link::cohort::Plan {
        group: params.group(),
        session: params.session(),
        epoch: 3,
        first_round: Round::from(FIRST),
        last_round: Round::from(crate::group::LAST),
        meters: &named.meter_ids(),
        answerers: &[],
        answerer_role: params.holder_role(),
    };
    let mut rng = <chacha20::ChaCha20Rng as rand_core::SeedableRng>::seed_from_u64(plan.seed);
    meter_link::cohort::Cohort::form(&forming, &mut rng).unwrap().roster
}

/// Under a roster that is pinned, the beacon alone decides. Nobody knows the committee before it, and whoever could
/// choose the roster after it would choose the committee: of some hundred rosters one has a majority of colluders.
#[test]
fn nobody_chooses_the_committee() {
    let plan = Plan { seats: Seats::Drawn, ..Plan::of(240, 1) };
    let epoch = *plan.cohort().view.epoch();
    let committee = |epoch: &Epoch| {
        let mut seats = [0; 7];
        graph::committee(&epoch.context(), 240, &mut seats).unwrap();
        seats
    };
    let beacon = |n: u32| {
        let mut beacon = [0; 32];
        beacon[..4].copy_from_slice(&n.to_le_bytes());
        Epoch { beacon, ..epoch }
    };
    assert_eq!(committee(&epoch), committee(&epoch));
    let mut hits = vec![0u32; 240];
    let draws = 600;
    for n in 0..draws {
        let seats = committee(&beacon(n));
        assert_ne!(seats, committee(&epoch));
        seats.iter().for_each(|seat| hits[*seat as usize] += 1);
    }
    // 17.5 a meter on average, with a standard deviation of 4.1: five of them on either side, and half more.
    assert!(hits.iter().all(|count| (1..=50).contains(count)), "{hits:?}");

    // 60 of 240 collude. They choose link keys, hence the root, with the beacon known.
    let leaves: Vec<_> = (0..=240u32).map(|leaf| merkle::leaf(&leaf.to_le_bytes())).collect();
    let grind = |n: u32| {
        let mut leaves = leaves.clone();
        leaves[1] = merkle::leaf(&[n.to_le_bytes(), [9; 4]].concat());
        let root = merkle::root(leaves.into_iter());
        Epoch { roster_root: List::Roster.commit(241, &root), ..epoch }
    };
    let colluding = |epoch: &Epoch| committee(epoch).iter().filter(|seat| **seat < 60).count();
    let tries: Vec<usize> = (0..400).map(|n| colluding(&grind(n))).collect();
    assert!(tries.iter().any(|colluders| *colluders >= 5), "{tries:?}");
    let mean = tries.iter().sum::<usize>() as f64 / 400.0;
    assert!((1.5..2.0).contains(&mean), "{mean}");
    // A root after the beacon is refused: `a_roster_ground_for_a_victim`.
}

/// The drawn meters in another order, or others: neither utility nor holders start with them.
#[test]
fn another_committee_than_the_drawn() {
    let plan = drawn();
    let taken: Vec<u32> = seats(&plan).iter().map(|seat| *seat as u32).collect();
    let (mut turned, mut other) = (taken.clone(), taken.clone());
    turned.rotate_left(1);
    other[6] = (0..300).find(|p| !taken.contains(p)).unwrap();
    for (seats, expected) in [(&taken, Ok(())), (&turned, Err(())), (&other, Err(()))] {
        let mut cohort = plan.cohort();
        let roster = unseated(&plan).seated(seats).unwrap();
        let own = cohort.utility;
        let utility = Utility::new(&plan.params(), &cohort.view, own.identity, own.link, roster.clone());
        let expected = expected.map_err(|()| Error::from(Misuse::BadParameter));
        assert_eq!(utility.map(|_| ()), expected);
        let first = cohort.answerers.remove(0);
        let holder = Holder::new(&plan.params(), &cohort.view, first.id, first.link, &roster);
        assert_eq!(holder.map(|_| ()), expected);
    }
}

/// Between two members there is a key for each direction.
#[test]
fn a_key_for_each_direction() {
    let cohort = Plan { seats: Seats::Drawn, ..Plan::any_three(12) }.cohort();
    let (a, b, context) = (&cohort.answerers[0], &cohort.answerers[1], cohort.view.context());
    let peers = [0, 1].map(|n| cohort.roster.answerers()[n].peer());
    let key = |own: &meter_link::cohort::Party, peer, answerer| {
        *own.link.role_key(Label::DcnetHolder, context, own.id, peer, answerer).unwrap().to_bytes()
    };
    assert_eq!(key(a, &peers[1], b.id), key(b, &peers[0], b.id));
    assert_eq!(key(a, &peers[1], a.id), key(b, &peers[0], a.id));
    assert_ne!(key(a, &peers[1], b.id), key(a, &peers[1], a.id));
    // HKDF-Expand (RFC 5869) by hand, as docs/protocol.md, section 3, has it.
    let pair = a.link.pair_key(Label::DcnetHolder, context, a.id, &peers[1], &[]).unwrap().to_bytes();
    let info = [b"wattsum v1 seat", &b.id.0.to_le_bytes()[..], &[1]].concat();
    assert_eq!(key(a, &peers[1], b.id), crate::adversary::hmac(&pair, &info));
}

/// The utility strips the pads between meters by Closes that differ (section 6 grants it these pads), and reads
/// r1 − 3r2 + 3r3 − r4 of the four members from their corrections, before any holder answers, if the pad of i as meter
/// with j is that of j as meter with i: the pads are then a symmetric matrix P, and Σ w_i·f_i(0) hangs on the corrections
/// c_i = f_i(4) − P_i4 alone.
#[test]
fn one_key_for_both_directions() {
    let plan = Plan { seats: Seats::Drawn, ..Plan::any_three(12) };
    let mut world = World::new(plan);
    let seats = seats(&plan);
    let (all, frames, _) = begun(&mut world, FIRST);
    let weights = [1, -3, 3, -1];
    let scaled = |k: i64, value: Field64| Field64::from_i64(k) * value;
    let of = |seat: usize| -> Field64 {
        let pads = world.around(seat).into_iter().map(|other| {
            let pad = crate::adversary::pair_pad(&plan, seat, other, FIRST);
            if seat < other { pad } else { -pad }
        });
        words([&frames[seat]]) - pads.sum()
    };
    let masked: Field64 = weights.iter().zip(&seats).map(|(w, seat)| scaled(*w, of(*seat))).sum();
    let corrections: Field64 = [3, -3, 1]
        .iter()
        .zip(&seats)
        .map(|(l, seat)| scaled(*l, crate::group::element(&frames[*seat], 0, 1)))
        .sum();
    let truth: i64 = weights.iter().zip(&seats).map(|(w, seat)| w * one(&all, *seat)).sum();
    assert_ne!((masked - corrections).centred(), truth);

    // The same arithmetic on the pads as they would be with one key a pair.
    let cohort = plan.cohort();
    let pad = |i: usize, j: usize| -> Field64 {
        let (low, high) = (i.min(j), i.max(j));
        let (own, peer) = (&cohort.answerers[low], cohort.roster.answerers()[high].peer());
        let key = match low == high {
            true => own.link.own_key(Label::DcnetHolder, cohort.view.context(), own.id),
            false => {
                own.link.pair_key(Label::DcnetHolder, cohort.view.context(), own.id, &peer, &[]).unwrap()
            }
        };
        let mut out = [Field64::ZERO];
        meter_link::pad::pad(&key, Round::from(FIRST), Stream::Share, &mut out);
        out[0]
    };
    let at = |i: usize, x: u8| -> Field64 {
        let points = [1, 2, 3];
        (0..3).map(|n| lagrange::coefficient(&points, n, x).unwrap() * pad(i, n)).sum()
    };
    let reading = |i: usize| Field64::from_i64(one(&all, seats[i]));
    let masked: Field64 = (0..4).map(|i| scaled(weights[i], reading(i) + at(i, 0))).sum();
    let corrections: Field64 = (0..3).map(|i| scaled([3, -3, 1][i], at(i, 4) - pad(i, 3))).sum();
    assert_eq!((masked - corrections).centred(), truth);
}

/// A committee too small for the meters that are feared to collude.
#[test]
fn a_committee_that_the_risk_outnumbers() {
    let config = GroupConfig { max_meters: 10_000, ..drawn().config() };
    let group = GroupParams::new(config).unwrap();
    let bad = Err(Misuse::BadParameter.into());
    let risk = Risk { colluding: 0.05, ..Risk::DEFAULT };
    for few in [Threshold::DEFAULT, Threshold::new(58, 39, 19).unwrap()] {
        assert_eq!(Params::secure(group, Holders::Drawn(few), &risk), bad);
        assert!(Params::secure(group, few, &risk).is_ok());
    }
    let enough = parameters::committee(risk.colluding, risk.security).unwrap();
    assert!(Params::secure(group, Holders::Drawn(enough), &risk).is_ok());
    assert_eq!(Params::secure(group, Holders::Drawn(enough), &Risk::DEFAULT), bad);
    let trusting = Threshold::trusting_the_utility_not_to_equivocate(61, 41).unwrap();
    assert_eq!(Params::secure(group, Holders::Drawn(trusting), &risk), bad);
    // Without holders there must at least be pads.
    assert_eq!(Params::unsafe_without_holders(group, 0), bad);
}
