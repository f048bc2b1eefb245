//! Without faults.

use super::*;

/// Every round has the sum of all meters, concentrators change, and nobody is blamed.
#[test]
fn a_hundred_rounds_and_many_concentrators() {
    for (n, cmt) in ALL.into_iter().enumerate() {
        let mut town = Town::new(7, &cmt, n as u64);
        town.run_to(FIRST + 100);
        assert_eq!(
            town.not_whole(FIRST..FIRST + 100),
            [0u32; 0],
            "{cmt:?}: {:?} {:?}",
            town.topology(),
            town.tally().lost
        );
        assert_eq!(town.faults(), [], "{cmt:?}");
        let leads: std::collections::BTreeSet<String> = town
            .topology()
            .iter()
            .map(|what| what.split(',').next().unwrap().split(": ").nth(1).unwrap().to_owned())
            .collect();
        let rings = town.topology().len();
        println!("{cmt:?}: {rings} rings, {} concentrators", leads.len());
        if cmt.mean_term > 0 {
            assert!(rings >= 10 && leads.len() >= 4, "{cmt:?}: {:?}", town.topology());
        } else {
            assert_eq!(rings, 1);
        }
    }
}

/// A ring as large as they are.
#[test]
fn a_large_ring() {
    for cmt in [DRAWN, DERIVED] {
        let mut town = Town::new(40, &cmt, 5);
        town.run_to(FIRST + 12);
        assert_eq!(town.not_whole(FIRST..FIRST + 12), [0u32; 0], "{cmt:?}: {:?}", town.topology());
    }
}
