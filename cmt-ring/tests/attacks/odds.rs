//! How often a coalition becomes concentrator, and how an attacker fares who leaves meters out. The tables stand in
//! docs/election.md; `cargo test --release -p cmt-ring --test attacks odds -- --nocapture` prints them.

use std::sync::OnceLock;

use cmt_ring::Generation;
use cmt_ring::order::Order;
use meter_link::{Epoch, Session};

const METERS: u32 = 24;
const ELECTIONS: u32 = 2_000;

fn epoch() -> Epoch {
    let (first_round, last_round) = (0.into(), 999.into());
    let (roster_root, answerers_root, beacon) = ([1; 32], [2; 32], [3; 32]);
    Epoch {
        session: Session([4; 32]),
        epoch: 5,
        first_round,
        last_round,
        roster_root,
        answerers_root,
        beacon,
    }
}

/// Each generation is an election; colluders are another sample of the roster in each.
struct Draws {
    seed: u64,
}

impl Draws {
    fn below(&mut self, bound: u32) -> u32 {
        self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.seed >> 33) % u64::from(bound)) as u32
    }

    fn sample(&mut self, count: usize) -> Vec<u32> {
        let mut out: Vec<u32> = Vec::new();
        while out.len() < count {
            let position = self.below(METERS);
            if !out.contains(&position) {
                out.push(position);
            }
        }
        out
    }
}

/// Rank of the concentrator in sets of each size, for each generation.
fn all_ranks() -> &'static [Vec<u32>] {
    static RANKS: OnceLock<Vec<Vec<u32>>> = OnceLock::new();
    let rank = |g, size| Order::new(&epoch(), Generation(g), size).rank(0).unwrap();
    let ranks = |g| (0..=METERS).map(|size| if size == 0 { 0 } else { rank(g, size) }).collect();
    RANKS.get_or_init(|| (1..=ELECTIONS).map(ranks).collect())
}

fn first_ranks(generation: u32) -> &'static [u32] {
    &all_ranks()[generation as usize - 1]
}

/// Whether a meter at this position can leave out others so that a set of `size` makes it concentrator.
fn solvable(ranks: &[u32], position: u32, size: u32) -> bool {
    let rank = ranks[size as usize];
    rank <= position && size - 1 - rank <= METERS - 1 - position
}

fn share(count: u32) -> f64 {
    f64::from(count) / f64::from(ELECTIONS)
}

/// Colluders that keep to the rules are drawn as often as they are many. If they leave others out, and say Hello, never more
/// often: the claim of all beats theirs.
#[test]
fn odds_of_a_coalition_that_is_heard() {
    println!("colluders  drawn  could solve a smaller set");
    for t in [1usize, 2, 3, 4, 6, 8] {
        let mut draws = Draws { seed: 7 };
        let (mut drawn, mut solved) = (0, 0);
        for g in 1..=ELECTIONS {
            let (ranks, colluders) = (first_ranks(g), draws.sample(t));
            drawn += u32::from(colluders.contains(&ranks[METERS as usize]));
            let solves = |p: &u32| (5..METERS).any(|size| solvable(ranks, *p, size));
            solved += u32::from(colluders.iter().any(solves));
        }
        println!("{t:9} {:6.3} {:6.3}", share(drawn), share(solved));
        let expected = t as f64 / f64::from(METERS);
        assert!((share(drawn) - expected).abs() < 0.025, "{t}: {}", share(drawn));
        assert!(share(solved) > 0.95);
    }
}

/// Colluders that say no Hello are missing in the claim of the others, and have room for a larger one of their own.
#[test]
fn odds_of_a_coalition_that_is_silent() {
    println!("silent colluders  become concentrator");
    let mut last = 0.0;
    for t in [1usize, 2, 3, 4, 6, 8] {
        let mut draws = Draws { seed: 7 };
        let mut wins = 0;
        for g in 1..=ELECTIONS {
            let (ranks, colluders) = (first_ranks(g), draws.sample(t));
            let larger = METERS - t as u32 + 1..=METERS;
            let wins_with = |p: &u32| larger.clone().any(|size| solvable(ranks, *p, size));
            wins += u32::from(colluders.iter().any(wins_with));
        }
        println!("{t:16} {:6.3}", share(wins));
        assert!(share(wins) > last);
        last = share(wins);
        if t == 1 {
            // Alone there is nothing to gain by it.
            assert!((share(wins) - 1.0 / f64::from(METERS)).abs() < 0.015);
        }
    }
}

/// Meters that are switched off give room too: a claim that names them beats the honest one, and its ring does not form. So it
/// costs the others a generation.
#[test]
fn odds_of_a_claim_with_the_dead() {
    println!("dead  one attacker  two  four");
    for dead in [1u32, 2, 4] {
        let row = [1usize, 2, 4].map(|t| {
            let mut draws = Draws { seed: 11 };
            let blocked = (1..=ELECTIONS).filter(|g| {
                let (ranks, colluders) = (first_ranks(*g), draws.sample(t));
                let mut larger = METERS - dead + 1..=METERS;
                larger.any(|size| colluders.iter().any(|p| solvable(ranks, *p, size)))
            });
            share(blocked.count() as u32)
        });
        println!("{dead:4} {:8.3} {:8.3} {:8.3}", row[0], row[1], row[2]);
        assert!(row[0] < row[1] && row[1] < row[2]);
    }
}

/// A coalition that may choose among the generations of the window finds one; so a claim to a lower generation goes first.
#[test]
fn odds_of_a_chosen_generation() {
    println!("colluders  a generation of 2 … 64 suits");
    for t in [1usize, 2, 4] {
        let mut draws = Draws { seed: 13 };
        let windows = ELECTIONS - 63;
        let suits = (1..=windows).filter(|first| {
            let colluders = draws.sample(t);
            (*first..first + 63).any(|g| colluders.contains(&first_ranks(g)[METERS as usize]))
        });
        let share = suits.count() as f64 / f64::from(windows);
        println!("{t:9} {share:6.3}");
        assert!(share > 0.8);
    }
}
