//! The model against graphs as the protocol draws them.

use dcnet_core::graph::neighbours;
use dcnet_core::parameters::parameters;

/// 400 meters under three seeds: as many distinct neighbours as expected, and as counted on.
#[test]
fn distinct_neighbours_of_real_graphs() {
    let n = 400u32;
    let found = parameters(n, 0.1, 0.05, 40).unwrap();
    let mut out = vec![0; found.degree as usize];
    let (mut sum, mut thin, seeds) = (0u32, 0u32, 3u8);
    for seed in 0..seeds {
        for position in 0..n {
            let distinct = neighbours(position, n, found.degree, &[seed; 32], &mut out).unwrap();
            let distinct = u32::try_from(distinct).unwrap();
            sum += distinct;
            thin += u32::from(distinct < found.distinct);
        }
    }
    // Each of the others is missed by every cycle with the same chance.
    let others = f64::from(n - 1);
    let missed = (1.0 - 2.0 / others).powi(i32::try_from(found.degree / 2).unwrap());
    let mean = others * (1.0 - missed);
    let measured = f64::from(sum) / f64::from(n * u32::from(seeds));
    assert!((measured - mean).abs() < 0.2, "{measured} {mean}");
    assert_eq!(thin, 0, "{found:?}");
}
