//! Who is whose neighbour, and how few of them may be left.

use dcnet_core::{Closing, Error, Fault, Misuse};
use meter_link::frame::{Flags, Writer};
use meter_link::{Header, Kind, Label, SetRules};

use crate::blamed;
use crate::group::{FIRST, Plan, World, readings, silent};
use crate::rounds::Script;

/// 300 meters of degree 10, which want 4 neighbours; any three are a set.
fn drawn() -> Plan {
    let plan = Plan::any_three(300);
    Plan { drawn: Some((10, 4)), ..plan }
}

/// All but three neighbours of a victim are called missing, in a set that is otherwise as large as can be:
/// the repair would bare the reading but for three pads, whose other ends the utility may own.
#[test]
fn victim_cut_off_from_its_neighbours() {
    let mut world = World::new(drawn());
    let (victim, around) = (100, world.around(100));
    assert!(around.len() >= 6);
    let open = world.forger.open(FIRST, None, &world.everybody());
    for left in [around.len() - 1, 5, 4, 3, 1, 0] {
        let mut device = world.plan.device(victim);
        device.open(&open).unwrap();
        device.contribute(FIRST, &[1]).unwrap();
        for quorum in [None, Some(&[1u8, 2, 3][..])] {
            let close = world.forger.close(FIRST, 1, &open, quorum, &world.all_but(&around[left..]));
            let result = device.close(&close);
            if left < 4 {
                assert_eq!(result.unwrap_err(), blamed(Fault::TooFewNeighbours), "{left}");
            } else {
                assert_eq!(result.unwrap().0.is_some(), quorum.is_none(), "{left}");
                break; // a second Close of the pass is another attack
            }
        }
        // In the Open already.
        let isolating = world.forger.open(FIRST, None, &world.all_but(&around[left..]));
        let taken = world.plan.device(victim).open(&isolating);
        assert_eq!(taken, if left < 4 { Err(blamed(Fault::TooFewNeighbours)) } else { Ok(()) });
    }
    // Whom the Open names absent has nothing to lose, and follows the chain.
    let mut gone = around.clone();
    gone.push(victim);
    let absent = world.forger.open(FIRST, None, &world.all_but(&gone));
    assert_eq!(world.devices[victim].open(&absent), Ok(()));
    assert_eq!(world.devices[victim].contribute(FIRST, &[1]), Err(blamed(Fault::NotInOpen)));
}

/// In a complete graph: as many as the least set has beside oneself.
#[test]
fn isolated_meter_of_a_complete_graph() {
    let rules = SetRules { min_honest: 3, max_colluding: 2, max_missing_permille: 1000 };
    let mut world = World::new(Plan { rules, ..Plan::of(8, 1) });
    let open = world.forger.open(FIRST, None, &world.everybody());
    world.devices[0].open(&open).unwrap();
    world.devices[0].contribute(FIRST, &[1]).unwrap();
    let close = world.forger.close(FIRST, 1, &open, None, &world.all_but(&[4, 5, 6, 7]));
    assert_eq!(world.devices[0].close(&close).unwrap_err(), blamed(Fault::SetTooSmall));
    let close = world.forger.close(FIRST, 1, &open, None, &world.all_but(&[5, 6, 7]));
    assert!(world.devices[0].close(&close).unwrap().0.is_some());
}

/// A repair is asked of a meter that has no pad with the missing: it has nothing to say. One who says
/// something all the same is not heard.
#[test]
fn repair_of_a_stranger() {
    let mut world = World::new(drawn());
    let gone = 100;
    let around = world.around(gone);
    let stranger = (0..300).find(|p| *p != gone && !around.contains(p)).unwrap();
    let some = silent(readings(&world.plan, FIRST), &[gone]);
    let collecting = world.collected(FIRST, &some, &Script::default());
    let quorum = world.utility.quorum(|_| true).unwrap();
    let Closing::Repairing(mut repairing) = world.utility.close(collecting, &quorum).unwrap() else {
        panic!()
    };
    assert_eq!(world.devices[stranger].close(repairing.frame()).unwrap().0, None);

    // Rightly tagged, by the stranger itself.
    let cohort = world.plan.cohort();
    let me = &cohort.meters[stranger];
    let key = me
        .link
        .pair_key(Label::Frame, world.view.context(), me.id, &world.view.utility().peer(), &[])
        .unwrap();
    let round = Header::parse(repairing.frame()).unwrap().round;
    let header = world.view.header(Kind::Repair, Flags::TRANSMISSION, me.id, round);
    let mut out = [0u8; 40];
    let mut writer = Writer::frame(&mut out, &header).unwrap();
    writer.u64(5).unwrap();
    let frame = writer.finish_tagged(&header, &key).unwrap();
    assert_eq!(repairing.accept(frame), Err(Fault::NotExpected.of(me.id)));
    // The missing meter itself comes late, with its contribution in the place of a repair or as it is.
    let late = &mut world.devices[gone];
    late.open(&world.forger.open(FIRST, None, &vec![true; 300])).unwrap();
    let (frame, _) = late.contribute(FIRST, &[1]).unwrap();
    assert_eq!(repairing.accept(&frame), Err(dcnet_core::Malformed::WrongKind.into()));
    world.repair(&mut repairing, &[gone]);
    let Closing::Final(mut closed) = world.utility.close_again(repairing, &quorum).unwrap() else { panic!() };
    world.answer(FIRST, &mut closed, &quorum).unwrap();
    assert_eq!(world.utility.record(&closed).unwrap().values, crate::group::truth(&some));
}

/// Neighbours are what the epoch's draw says. A meter that keeps others, its own choice or the utility's,
/// spoils sums and learns nothing; the graph of another epoch is another one.
#[test]
fn self_chosen_neighbours() {
    let plan = drawn();
    let (params, view) = (plan.params(), plan.cohort().view);
    let other = Plan { seed: 2, ..plan }.cohort().view;
    let differ = (0..300)
        .filter(|p| crate::group::around(&params, &view, *p) != crate::group::around(&params, &other, *p));
    assert_eq!(differ.count(), 300);
    // Nobody's neighbourhood is in reach of the neighbours alone: it is mutual in every graph.
    for p in 0..300 {
        for q in crate::group::around(&params, &view, p) {
            assert!(crate::group::around(&params, &view, q).contains(&p));
        }
    }
}

/// The utility's own rounds keep the rules, so that an honest one is never refused.
#[test]
fn an_honest_utility_does_not_ask_for_it() {
    let mut world = World::new(Plan::of(8, 1));
    let some = silent(readings(&world.plan, FIRST), &[0, 1, 2, 3, 4]);
    let collecting = world.collected(FIRST, &some, &Script::default());
    let quorum = world.utility.quorum(|_| true).unwrap();
    let refused = world.utility.close(collecting, &quorum).map(|_| ());
    assert_eq!(refused, Err(Error::Quorum { have: 3, need: 4 }));
    let now = meter_link::Round::from(FIRST + 9);
    let far = world.utility.open(now, meter_link::Round::from(FIRST), &world.everybody()).map(|_| ());
    assert_eq!(far, Err(Misuse::RoundFarFromNow.into()));
}
