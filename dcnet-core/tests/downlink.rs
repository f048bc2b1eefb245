//! What Opens and Closes weigh on the way down: the figures of docs/protocol.md, section 10.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

#[path = "world/group.rs"]
mod group;

use group::{FIRST, Plan};
use meter_link::answer::Quorum;
use meter_link::round::{CloseFields, OpenFields};
use meter_link::{EpochView, GroupConfig, GroupParams, Round};

/// Bytes of the Open and of the final Close with every `of`th meter absent, 0 for nobody.
fn bytes(meters: u32, of: u32) -> [usize; 2] {
    let plan = Plan::of(4, 1);
    let mut cohort = plan.cohort();
    let group = GroupParams::new(GroupConfig { max_meters: meters, ..plan.config() }).unwrap();
    let view = EpochView::new(&group, cohort.view.epoch(), cohort.view.utility(), meters, 4).unwrap();
    let identity = &mut cohort.utility.identity;
    let set: Vec<bool> = (0..meters).map(|p| of == 0 || p % of != 0).collect();
    let previous = Some((Round::from(FIRST), [7; 32]));
    let round = Round::from(FIRST + 1);
    let mut out = vec![0; CloseFields::max_len(meters, 4).max(OpenFields::max_len(meters))];
    let open = OpenFields { round, previous, present: &set };
    let open = open.sign(&view, identity, &mut out).unwrap().len();
    let quorum = Some(Quorum::new(&[1, 2, 3]).unwrap());
    let close = CloseFields { round, pass: 2, previous: [7; 32], quorum, is_final: true, set: &set };
    [open, close.sign(&view, identity, &mut out).unwrap().len()]
}

#[test]
fn downlink_of_the_documentation() {
    let documentation = include_str!("../docs/protocol.md");
    let rows = documentation.lines().filter_map(|line| line.strip_prefix("| n = "));
    let mut seen = 0;
    for row in rows {
        let cells: Vec<usize> =
            row.split('|').map(|c| c.replace(',', "")).filter_map(|c| c.trim().parse().ok()).collect();
        let meters = u32::try_from(cells[0]).unwrap();
        let measured = [0, 200, 20, 4].map(|of| bytes(meters, of)).concat();
        assert_eq!(cells[1..], measured, "n = {meters}");
        seen += 1;
    }
    assert_eq!(seen, 5);
}
