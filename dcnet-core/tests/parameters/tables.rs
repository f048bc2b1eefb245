//! The table of the design, and what its numbers are worth.

use dcnet_core::parameters::{Neighbourhood, assess, parameters};

const THIRD: f64 = 1.0 / 3.0;

/// n, γ, degree: 5 % absent, 2^−40, drop-outs chosen by who knows the graph.
const DESIGN: [(u32, f64, u32); 6] = [
    (1_000, THIRD, 92),
    (10_000, THIRD, 118),
    (100_000, THIRD, 122),
    (1_000, 0.1, 46),
    (10_000, 0.1, 56),
    (100_000, 0.1, 58),
];

#[test]
fn degrees_of_the_design() {
    for (n, colluding, degree) in DESIGN {
        let found = parameters(n, colluding, 0.05, 40).unwrap();
        assert_eq!(found.degree, degree, "{n} {colluding}: {found:?}");
    }
}

#[test]
fn sixty_two_of_eighty_distinct_neighbours() {
    let expected = Neighbourhood {
        degree: 92,
        distinct: 80,
        most_colluding: 60,
        honest: 2,
        local_threshold: 62,
        min_neighbours: 68,
    };
    assert_eq!(parameters(1_000, THIRD, 0.05, 40), Ok(expected));
}

/// The events together, and liveness, over all numbers of distinct neighbours that a meter may have.
#[test]
fn what_is_computed_is_worth_what_was_asked_for() {
    for (n, colluding, _) in DESIGN {
        for bits in [30, 40, 60] {
            let found = parameters(n, colluding, 0.05, bits).unwrap();
            let worth = assess(n, found.degree, found.min_neighbours, colluding, 0.05).unwrap();
            assert!(worth.security >= f64::from(bits), "{n} {colluding} {found:?} {worth:?}");
            assert!(worth.liveness >= 20.0, "{n} {colluding} {found:?} {worth:?}");
        }
    }
}

/// A group may have fewer meters than its parameters are made for.
#[test]
fn smaller_rosters_are_as_safe() {
    for (n, colluding, _) in DESIGN {
        let found = parameters(n, colluding, 0.05, 40).unwrap();
        for count in [100, 256, 257, 300, 400, 700, 1_000, 2_000, 3_000, 5_000, 7_000, 10_000, 30_000, 70_000]
        {
            if count < n {
                let worth = assess(count, found.degree, found.min_neighbours, colluding, 0.05).unwrap();
                assert!(worth.security >= 40.0, "{n} {colluding} {count}: {worth:?}");
            }
        }
    }
}

/// Read as one number for every meter, 62 of degree 92 is too little: a meter has 88 distinct neighbours as a
/// rule, of whom 61 may collude. Hence the threshold grows with what a meter has.
#[test]
fn sixty_two_for_every_meter_is_worth_less() {
    // min_neighbours counts for 92 distinct; with 62 there, a meter with 88 keeps 60.
    let worth = assess(1_000, 92, 62, THIRD, 0.05).unwrap();
    assert!((15.0..35.0).contains(&worth.security), "{worth:?}");
    let right = assess(1_000, 92, 68, THIRD, 0.05).unwrap();
    assert!(right.security >= 40.0);
}

/// What `wattsum aggregate` used beyond 1,000 meters before there was this module.
#[test]
fn degrees_that_were_guessed() {
    let worth = |n, degree, least| assess(n, degree, least, THIRD, 0.05).unwrap().security;
    assert!(worth(10_000, 118, 80) < 30.0);
    assert!(worth(100_000, 122, 83) < 30.0);
    assert!(worth(1_000, 20, 10) < 1.0);
}

#[test]
fn small_groups_are_complete() {
    for (n, colluding, colluders) in [(3, 0.0, 0), (12, 0.25, 3), (256, THIRD, 85)] {
        let found = parameters(n, colluding, 0.05, 40).unwrap();
        assert_eq!((found.degree, found.distinct), (0, n - 1));
        assert_eq!((found.min_neighbours, found.most_colluding), (colluders + 1, colluders));
        let worth = assess(n, 0, found.min_neighbours, colluding, 0.05).unwrap();
        assert!(worth.security.is_infinite() && worth.liveness.is_infinite());
        let weak = assess(n, 0, colluders, colluding, 0.05).unwrap();
        assert!(weak.security.abs() < f64::EPSILON);
    }
    // One meter alone, and one whom half of the others leave among colluders.
    assert!(parameters(1, 0.0, 0.0, 40).is_err());
    assert!(parameters(10, 0.45, 0.45, 40).is_ok());
    assert!(parameters(11, 0.49, 0.41, 40).is_ok());
    assert!(parameters(12, 0.5, 0.1, 40).is_err());
}

/// The table of docs/protocol.md, section 1.
#[test]
fn the_documented_table() {
    let text = include_str!("../../docs/protocol.md");
    let cells = |line: &str| -> Vec<String> {
        line.split('|').map(|cell| cell.trim().replace(',', "")).filter(|cell| !cell.is_empty()).collect()
    };
    let rows = text
        .lines()
        .map(cells)
        .filter(|row| row.len() == 8 && row[0].parse::<u32>().is_ok() && row[1].starts_with("1/"));
    let mut count = 0;
    for row in rows {
        let number = |n: usize| row[n].parse::<u32>().unwrap();
        let share = 1.0 / row[1].trim_start_matches("1/").parse::<f64>().unwrap();
        let found = parameters(number(0), share, 0.05, 40).unwrap();
        let written = Neighbourhood {
            degree: number(2),
            distinct: number(3),
            most_colluding: number(4),
            honest: number(5),
            local_threshold: number(6),
            min_neighbours: number(7),
        };
        assert_eq!(found, written, "{row:?}");
        count += 1;
    }
    assert_eq!(count, 7);
}
