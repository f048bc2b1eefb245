//! Model checks of the actual roles, which are built anew for every step that they take.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

#[path = "model/device.rs"]
mod device;
#[path = "model/head.rs"]
mod head;
#[path = "model/image.rs"]
mod image;
#[path = "model/known.rs"]
mod known;
#[path = "model/net.rs"]
mod net;
#[path = "model/setting.rs"]
mod setting;

use std::sync::Arc;
use std::time::Instant;

use cmt_ring::Mode;
use net::{Found, Net, Wrong, check, walk};
use proptest::prelude::*;
use setting::{Bug, Setting};

const MODES: [Mode; 2] = [Mode::Drawn, Mode::Derived];

/// Number, first round and members of the generations that are tried.
type Plans = &'static [(u32, u8, &'static [u8])];

const ONE: Plans = &[(1, 0, &[0, 1, 2])];
/// For the same rounds: the draw gives them to two concentrators, where it is not the same one twice.
const TWO: Plans = &[(1, 0, &[0, 1, 2]), (2, 0, &[0, 1, 2])];
const LATER: Plans = &[(1, 0, &[0, 1, 2]), (2, 1, &[0, 1, 2])];
/// One generation, two concentrators, two sets.
const SAME: Plans = &[(1, 0, &[0, 1, 2]), (1, 0, &[1, 2, 3])];
/// All, then two that each leave somebody out.
const WITHOUT: Plans = &[(1, 0, &[0, 1, 2, 3]), (2, 1, &[0, 1, 2]), (2, 1, &[1, 2, 3])];

const NONE: Plans = &[];
/// All four, healed without one or without another.
const FOUR: Plans = &[(1, 0, &[0, 1, 2, 3])];
const HEALED: Plans = &[(2, 1, &[0, 1, 2]), (2, 1, &[0, 2, 3]), (3, 1, &[1, 2, 3]), (3, 1, &[0, 1, 3])];

/// Reboots, restarts of the supplier, rounds, and whether every state is asked how it can end.
type Faults = (u8, u8, u8, bool);

fn full() -> bool {
    std::env::var_os("WATTSUM_FULL").is_some()
}

fn net(mode: Mode, plans: Plans, heals: Plans, (reboots, restarts, rounds, ends): Faults, bug: Bug) -> Net {
    let meters = 1 + plans.iter().flat_map(|(.., set)| *set).max().unwrap();
    // With this seed the draw makes different meters concentrators of TWO, and of SAME.
    let mut setting = Setting::new(meters, mode, rounds, plans, heals, 2);
    setting.bug = bug;
    Net::new(&Arc::new(setting), reboots, restarts, ends)
}

/// Goes over all of it and expects nothing wrong; how many states there were.
fn holds(name: &str, mode: Mode, plans: Plans, faults: Faults) -> usize {
    holds_healed(name, mode, plans, NONE, faults)
}

fn holds_healed(name: &str, mode: Mode, plans: Plans, heals: Plans, faults: Faults) -> usize {
    let begin = Instant::now();
    let Found { states, depth, images, broken } = check(net(mode, plans, heals, faults, Bug::Nothing));
    println!(
        "{name}, {mode:?}, (reboots, restarts, rounds, ends) {faults:?}: {states} states, depth {depth}, \
         {images} states of meters, in {:.1?}",
        begin.elapsed()
    );
    assert_eq!(broken, None, "{name}, {mode:?}, {faults:?}");
    states
}

#[test]
fn one_ring_with_silence_loss_repetition_delay_reboots_and_restarts() {
    for mode in MODES {
        let states = holds("one ring", mode, ONE, (1, 1, 2, true));
        assert!(states > 5_000);
        if full() {
            holds("one ring", mode, ONE, (2, 1, 2, true));
            holds("one ring", mode, ONE, (1, 2, 3, true));
        }
    }
}

#[test]
fn two_concentrators_at_once() {
    for mode in MODES {
        let mut states = holds("two for the same rounds", mode, TWO, (1, 0, 1, true));
        states += holds("two of one generation", mode, SAME, (1, 0, 2, true));
        assert!(states > 5_000);
        if full() {
            holds("two for the same rounds", mode, TWO, (1, 1, 2, false));
            holds("two for the same rounds", mode, TWO, (0, 1, 2, true));
            holds("two of one generation", mode, SAME, (2, 1, 2, true));
        }
    }
}

/// The ring forms anew, with the same members or without one, whatever became of the first.
#[test]
fn a_new_generation_takes_over() {
    for mode in MODES {
        let states = holds("a second generation", mode, LATER, (1, 0, 1, true))
            + holds("a second generation", mode, LATER, (0, 1, 2, false));
        assert!(states > 5_000);
        if full() {
            holds("a second generation", mode, LATER, (1, 0, 2, true));
            holds("a second generation without one", mode, WITHOUT, (0, 0, 2, true));
            holds("a second generation without one", mode, WITHOUT, (1, 0, 2, false));
        }
    }
}

/// The ring is healed without one member or another, twice even, while others do not know of it yet.
#[test]
fn a_ring_is_healed() {
    for mode in MODES {
        let ends = full() || mode == Mode::Drawn;
        let states = holds_healed("healed", mode, FOUR, HEALED, (0, 0, 2, ends));
        assert!(states > 2_000);
        if full() {
            holds_healed("healed", mode, FOUR, HEALED, (1, 0, 2, false));
        }
    }
}

/// That the checker sees what it is there for.
#[test]
fn what_is_done_wrong_is_found() {
    let twice = |wrong: Wrong| matches!(wrong, Wrong::Twice { .. });
    for mode in MODES {
        for (bug, plans, faults) in [
            // With drawn δ it takes two that have lost theirs, and a supplier that opens the round twice.
            (Bug::MarkLost, TWO, (2, 1, 1, false)),
            (Bug::FreshMark, TWO, (0, 1, 1, false)),
            (Bug::GenerationLost, ONE, (1, 0, 1, false)),
        ] {
            let (wrong, events) = check(net(mode, plans, NONE, faults, bug)).broken.expect("not found");
            println!("{bug:?}, {mode:?}: {wrong:?} after");
            events.iter().for_each(|event| println!("  {event:?}"));
            assert!(twice(wrong), "{bug:?}: {wrong:?}");
        }
        // Within one generation the place itself remembers the round.
        assert_eq!(check(net(mode, ONE, NONE, (0, 1, 2, false), Bug::FreshMark)).broken, None);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Roles that are built anew do what roles do that live: the models are of the code that is used.
    #[test]
    fn built_anew_they_do_the_same(
        mode in prop::sample::select(&MODES[..]),
        (plans, heals) in prop::sample::select(&[(TWO, NONE), (LATER, NONE), (WITHOUT, NONE), (FOUR, HEALED)][..]),
        picks in prop::collection::vec(any::<prop::sample::Index>(), 80),
    ) {
        let mut picks = picks.iter();
        walk(&net(mode, plans, heals, (0, 1, 2, false), Bug::Nothing), |of| picks.next().unwrap().index(of));
    }
}
