//! Somebody falls silent, links break, clocks are wrong, and storms of all of it.

use super::*;
use crate::engine::sim::Rates;

/// A town whose ring has run for some rounds; the next round.
fn running(cmt: &Cmt, seed: u64) -> (Town, u32) {
    let mut town = Town::new(7, cmt, seed);
    town.run_to(FIRST + 5);
    assert_eq!(town.not_whole(FIRST..FIRST + 5), [0u32; 0], "{cmt:?}");
    (town, FIRST + 5)
}

/// Who is in the sum of a round.
fn summed(town: &Town, round: u32) -> Vec<u32> {
    town.tally().sums.get(&round).map(|(_, members)| members.clone()).unwrap_or_default()
}

fn without(meter: u32) -> Vec<u32> {
    (1..=7).filter(|id| *id != meter).map(|id| id - 1).collect()
}

/// Whoever it is: the round in which somebody falls silent is lost and the next one has a sum of the others. When it is
/// back, it is in the next generation; in groups without terms that is the next round's.
#[test]
fn each_in_turn_falls_silent_and_returns() {
    for cmt in ALL {
        for meter in 1..=7 {
            let (mut town, round) = running(&cmt, meter.into());
            let id = PartyId(meter);
            let (lead, until) = (town.lead() == id, round + 4);
            town.network.node(id).restarts_after = None;
            town.network.kill(id);
            town.run_to(until);
            let what =
                format!("{cmt:?}, meter {meter}, lead {lead}: {:?} {:?}", town.topology(), town.tally().lost);
            assert_eq!(summed(&town, round), [0u32; 0], "{what}");
            // One more election, where the one that is drawn was the one that is silent.
            let first = (round + 1..until).find(|round| summed(&town, *round) == without(meter));
            assert!(first.is_some_and(|first| first <= round + 2), "{what}");
            if !lead && !cmt.agreement {
                assert_eq!(first, Some(round + 1), "{what}");
            }
            town.network.start(id);
            let most = if cmt.mean_term == 0 { until + 1 } else { until + 13 };
            town.run_to(most + 3);
            let back = (until..=most).find(|round| summed(&town, *round).len() == 7);
            assert!(back.is_some(), "{cmt:?}, meter {meter}: {:?} {:?}", town.topology(), town.tally().lost);
            assert_eq!(town.not_whole(back.unwrap()..most + 3), [0u32; 0], "{cmt:?}, meter {meter}");
            assert_eq!(town.faults(), [], "{cmt:?}, meter {meter}");
        }
    }
}

/// Two at once, the concentrator and another one.
#[test]
fn two_at_once() {
    for cmt in ALL {
        let (mut town, round) = running(&cmt, 11);
        let lead = town.lead();
        let other = PartyId(if lead.0 == 1 { 2 } else { 1 });
        for id in [lead, other] {
            town.network.node(id).restarts_after = None;
            town.network.kill(id);
        }
        town.run_to(round + 5);
        let sums = town.tally();
        let five = (round..round + 5)
            .find(|round| sums.sums.get(round).is_some_and(|(_, members)| members.len() == 5));
        assert!(
            five.is_some_and(|first| first <= round + 2),
            "{cmt:?}: {:?} {:?}",
            town.topology(),
            sums.lost
        );
        // A third one, and there is no ring until somebody is back.
        let third = PartyId((1..=7).find(|id| ![lead.0, other.0].contains(id)).unwrap());
        town.network.node(third).restarts_after = None;
        town.network.kill(third);
        town.run_to(round + 9);
        assert_eq!(town.tally().sums_in(round + 6..=round + 8), 0, "{cmt:?}");
        for id in [lead, other, third] {
            town.network.start(id);
        }
        town.run_to(round + 12);
        assert_eq!(
            town.not_whole(round + 10..round + 12),
            [0u32; 0],
            "{cmt:?}: {:?} {:?}",
            town.topology(),
            town.tally().lost
        );
    }
}

/// The network to a meter is cut for some rounds, or so slow that nothing of it comes in time.
#[test]
fn cut_and_slow_links() {
    for cmt in ALL {
        for slow in [false, true] {
            let (mut town, round) = running(&cmt, 12);
            let lead = town.lead();
            for id in [lead, PartyId(if lead.0 == 3 { 4 } else { 3 })] {
                match slow {
                    true => town.network.node(id).slow = 9_000,
                    false => town.network.link(id, false),
                }
                town.run_to(round + 5);
                let lost = town.tally().lost;
                assert!(
                    town.tally().sums_in(round + 2..=round + 4) >= 2,
                    "{cmt:?} {slow}: {:?} {lost:?}",
                    town.topology()
                );
                match slow {
                    true => town.network.node(id).slow = 0,
                    false => town.network.link(id, true),
                }
            }
            town.run_to(round + 24);
            assert_eq!(
                town.not_whole(round + 21..round + 24),
                [0u32; 0],
                "{cmt:?} {slow}: {:?}",
                town.topology()
            );
        }
    }
}

/// A link that breaks and is there again at once costs at most the round that is open.
#[test]
fn links_that_break_for_a_moment() {
    for cmt in ALL {
        for permille in [5, 60, 200, 500, 650, 800] {
            let (mut town, round) = running(&cmt, 13);
            for n in 0..7 {
                town.run_into(round + 3 * n, permille);
                town.network.link(PartyId(n + 1), false);
                town.network.run_until(town.network.now + 30);
                town.network.link(PartyId(n + 1), true);
            }
            town.run_to(round + 24);
            let sums = town.tally().sums_in(round..=round + 23);
            assert!(
                sums >= 12,
                "{cmt:?} at {permille}: {sums} sums, {:?} {:?}",
                town.topology(),
                town.tally().lost
            );
        }
    }
}

/// Clocks that are wrong by a fortieth of the slot.
#[test]
fn skewed_clocks() {
    for cmt in ALL {
        let mut town = Town::new(7, &cmt, 14);
        for (id, skew) in [(0, 30), (1, -80), (2, 80), (3, 40), (6, -50)] {
            town.network.node(PartyId(id)).skew = skew;
        }
        town.run_to(FIRST + 40);
        assert_eq!(
            town.not_whole(FIRST..FIRST + 40),
            [0u32; 0],
            "{cmt:?}: {:?} {:?}",
            town.topology(),
            town.tally().lost
        );
    }
}

/// Everything at once, for a while, again and again: no sum is wrong, none comes twice, and when it is over, rounds have sums again.
#[test]
fn storms() {
    let full = std::env::var_os("WATTSUM_FULL").is_some();
    for seed in 0..if full { 40 } else { 3 } {
        for cmt in ALL {
            let mut town = Town::new(7, &cmt, 100 + seed);
            let mut late = Vec::new();
            for storm in 0..4 {
                let begins = FIRST + 20 * storm + 3;
                town.run_to(begins);
                let ends = town.table.start(Round::from(begins + 8)) + 1_700;
                town.network.chaos(&Rates::all(3_000, 3_000), ends);
                town.run_to(begins + 17);
                if !town.tally().closes_again(&town.table, ends) {
                    late.push((
                        storm,
                        (begins + 8..begins + 17).find(|round| town.tally().sums.contains_key(round)),
                    ));
                }
                assert!(
                    town.tally().sums_in(begins + 8..=begins + 16) >= if cmt.agreement { 1 } else { 4 },
                    "{cmt:?}, seed {seed}: {:?} {:?}",
                    town.topology(),
                    town.tally().lost
                );
            }
            let tally = town.tally();
            assert!(late.is_empty() || cmt.agreement, "{cmt:?}, seed {seed}: {late:?}");
            println!(
                "{cmt:?}, seed {seed}: {} sums, {} lost, late {late:?}",
                tally.sums.len(),
                tally.lost.len()
            );
            let broken: Vec<_> =
                town.faults().into_iter().filter(|(_, fault)| matches!(fault, Refusal::Broken(_))).collect();
            assert_eq!(broken, [], "{cmt:?}, seed {seed}");
        }
    }
}
