//! Fewer honest meters than promised: what docs/noise.md says is what convolution gives.

use crate::exact::{difference, difference_by_recurrence, enough, negative_binomial};
use crate::table;

/// The distribution of the noise of a share ρ of the honest meters, for k ≥ 0.
fn left(share: f64, scale: f64) -> Vec<f64> {
    let p = f64::exp(-1.0 / scale);
    if scale <= 200.0 {
        difference(&negative_binomial(share, p, enough(p)))
    } else {
        difference_by_recurrence(share, p, enough(p))
    }
}

/// The largest privacy loss of a reading of `size`, and δ that is left at `epsilon`.
fn loss(noise: &[f64], size: usize, epsilon: f64) -> (f64, f64) {
    let chance = |k: i64| noise.get(k.unsigned_abs() as usize).copied();
    let (mut most, mut delta) = (0f64, 0f64);
    let half = (noise.len() / 2) as i64;
    for k in -half..half {
        let (Some(here), Some(there)) = (chance(k), chance(k + size as i64)) else { continue };
        most = most.max((here / there).ln());
        delta += (here - epsilon.exp() * there).max(0.0);
    }
    (most, delta)
}

#[test]
fn the_table_of_the_documentation() {
    let mut rows = 0;
    for row in table("| honest, of promised |") {
        let share = row[0].trim_end_matches(" %").parse::<f64>().unwrap() / 100.0;
        let mut cells = Vec::new();
        for (epsilon, size) in [(1.0, 100usize), (1.0, 10_000), (0.1, 100)] {
            let noise = left(share, size as f64 / epsilon);
            let (most, delta) = loss(&noise, size, epsilon);
            assert!(loss(&noise, size / 2, epsilon).0 < most, "a smaller reading is protected better");
            let delta = if delta < 1e-12 { 0.0 } else { delta };
            cells.extend([format!("{most:.2}"), format!("{delta:.3}")]);
        }
        assert_eq!(row[1..], cells, "{share}");
        rows += 1;
    }
    assert_eq!(rows, 6);
}

/// With as many as promised the loss is ε, exactly; with more, less than that.
#[test]
fn enough_honest_meters() {
    let (most, delta) = loss(&left(1.0, 100.0), 100, 1.0);
    assert!((most - 1.0).abs() < 1e-9 && delta < 1e-12, "{most} {delta}");
    assert!(loss(&left(2.0, 100.0), 100, 1.0).0 < 1.0);
}
