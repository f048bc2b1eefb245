//! Power fails between any two effects of any step.

use super::*;

/// Whoever it is and wherever in its step: at most two rounds more are lost than while nobody dies, and no sum is wrong.
#[test]
fn after_any_effect() {
    let full = std::env::var_os("WATTSUM_FULL").is_some();
    for (n, cmt) in ALL.into_iter().enumerate() {
        // Of the supplier, the concentrator, its successor and some member; all of it in the epoch's first slots, and in the
        // rounds around the end of a term.
        for party in [0, 1, 4] {
            let mut deaths = 0;
            for effects in (0..if full { 160 } else { 48 }).step_by(if full { 1 } else { 5 }) {
                let mut town = Town::new(6, &cmt, 30 + n as u64);
                if effects % 2 == 1 {
                    town.run_to(FIRST + 3);
                }
                let id = PartyId(party);
                town.network.node(id).restarts_after = Some(700);
                town.network.kill_after(id, effects);
                town.run_to(FIRST + 44);
                deaths += town.network.node(id).deaths;
                let tally = town.tally();
                let what =
                    format!("{cmt:?}, party {party} after {effects}: {:?} {:?}", town.topology(), tally.lost);
                let broken: Vec<_> = town.faults();
                assert_eq!(broken, [], "{what}");
                assert!(tally.sums.len() >= 41, "{what}");
                assert_eq!(town.not_whole(FIRST + 41..FIRST + 44), [0u32; 0], "{what}");
            }
            println!("{cmt:?}, party {party}: {deaths} deaths");
            assert!(deaths >= 8);
        }
    }
}

/// The supplier's power fails when it has taken a ring, before its first round.
#[test]
fn supplier_between_register_and_first_round() {
    for cmt in ALL {
        let mut town = Town::new(7, &cmt, 40);
        while town.topology().is_empty() {
            town.network.run_until(town.network.now + 1);
        }
        town.network.node(PartyId::UTILITY).restarts_after = Some(100);
        town.network.kill(PartyId::UTILITY);
        town.run_to(FIRST + 4);
        assert_eq!(
            town.not_whole(FIRST..FIRST + 4),
            [0u32; 0],
            "{cmt:?}: {:?} {:?}",
            town.topology(),
            town.tally().lost
        );
    }
}

/// Everybody's power fails at once, at any time of a slot.
#[test]
fn blackouts() {
    for cmt in ALL {
        let mut town = Town::new(7, &cmt, 41);
        for (n, permille) in (10u16..1000).step_by(110).enumerate() {
            let round = FIRST + 3 + 5 * n as u32;
            town.run_into(round, permille);
            for id in town.network.ids() {
                town.network.node(id).restarts_after = Some(u64::from(100 + 37 * id.0));
                town.network.kill(id);
            }
            town.run_to(round + 5);
            let sums = town.tally().sums_in(round + 1..=round + 4);
            assert!(sums >= 2, "{cmt:?} at {permille}: {:?} {:?}", town.topology(), town.tally().lost);
        }
        assert!(town.faults().is_empty());
    }
}

/// No disk takes anything for some rounds.
#[test]
fn full_disks() {
    for cmt in ALL {
        for party in [0, 2, 5] {
            let mut town = Town::new(7, &cmt, 42);
            town.run_to(FIRST + 3);
            town.network.node(PartyId(party)).disk_full = true;
            town.run_to(FIRST + 6);
            town.network.node(PartyId(party)).disk_full = false;
            town.run_to(FIRST + 9);
            let sums = town.tally().sums_in(FIRST + 7..=FIRST + 8);
            assert!(sums >= 1, "{cmt:?}, party {party}: {:?} {:?}", town.topology(), town.tally().lost);
            town.run_to(FIRST + 30);
            assert_eq!(town.not_whole(FIRST + 27..FIRST + 30), [0u32; 0], "{cmt:?}, party {party}");
        }
    }
}

/// A place survives a restart: no new generation for it, where nothing of a round was lost.
#[test]
fn restarts_between_rounds_cost_nothing() {
    for cmt in ALL {
        let long = Cmt { mean_term: cmt.mean_term * 20, ..cmt.clone() };
        let mut town = Town::new(7, &long, 43);
        for n in 0..=7 {
            let round = FIRST + 2 + 2 * n;
            town.run_into(round, 500);
            town.network.node(PartyId(n)).restarts_after = Some(300);
            town.network.kill(PartyId(n));
        }
        town.run_to(FIRST + 20);
        let first = town.topology().len();
        assert_eq!(
            town.not_whole(FIRST..FIRST + 20),
            [0u32; 0],
            "{cmt:?}: {:?} {:?}",
            town.topology(),
            town.tally().lost
        );
        assert!(first <= if cmt.mean_term > 0 { 2 } else { 1 }, "{cmt:?}: {:?}", town.topology());
    }
}
