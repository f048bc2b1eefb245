//! Many rounds: what docs/noise.md says a day comes to.

use crate::table;

/// The least ε at which δ is left after `rounds` rounds of discrete Laplace noise with readings that differ
/// by all of Δ in each: the distribution of the privacy loss, folded, in steps of ε/Δ.
fn composed(epsilon: f64, rounds: usize, delta: f64) -> f64 {
    const SIZE: usize = 100;
    let step = epsilon / SIZE as f64;
    let p = f64::exp(-step);
    // Loss |k + Δ| − |k|, in steps, under P(k): from −Δ to Δ.
    let mut one = vec![0.0; 2 * SIZE + 1];
    let far = (45.0 / step) as i64;
    for k in -far..=far {
        let loss = (k + SIZE as i64).abs() - k.abs();
        one[(loss + SIZE as i64) as usize] += (1.0 - p) / (1.0 + p) * p.powf(k.abs() as f64);
    }
    let mut all = vec![1.0];
    for _ in 0..rounds {
        let mut next = vec![0.0; all.len() + 2 * SIZE];
        for (i, a) in all.iter().enumerate() {
            next[i..].iter_mut().zip(&one).for_each(|(next, b)| *next += a * b);
        }
        all = next;
    }
    let loss = |index: usize| (index as f64 - (rounds * SIZE) as f64) * step;
    let rest = |epsilon: f64| -> f64 {
        let beyond = all.iter().enumerate().filter(|(index, _)| loss(*index) > epsilon);
        beyond.map(|(index, chance)| chance * -(epsilon - loss(index)).exp_m1()).sum()
    };
    let (mut low, mut high) = (0.0, epsilon * rounds as f64);
    while high - low > 1e-6 {
        let middle = (low + high) / 2.0;
        if rest(middle) <= delta { high = middle } else { low = middle }
    }
    high
}

#[test]
fn the_table_of_the_documentation() {
    let mut rows = 0;
    for row in table("| ε of a round |") {
        let epsilon: f64 = row[0].parse().unwrap();
        let cells = [format!("{:.2}", 96.0 * epsilon), format!("{:.2}", composed(epsilon, 96, 1e-6))];
        assert_eq!(row[1..], cells, "{epsilon}");
        rows += 1;
    }
    assert_eq!(rows, 5);
}

#[test]
fn one_round_is_epsilon() {
    assert!((composed(1.0, 1, 1e-12) - 1.0).abs() < 1e-4);
}
