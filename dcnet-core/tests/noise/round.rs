//! A round whose meters add noise: nothing of the protocol changes, and the sum is the truth and their shares.

use dcnet_core::noise::{Noise, NoiseConfig};

use crate::group::{FIRST, Plan, World};
use crate::rng;
use crate::rounds::Script;

#[test]
fn a_sum_with_noise() {
    let plan = Plan { max_reading: 1_000_000, ..Plan::of(6, 1) };
    let config = NoiseConfig { epsilon_permille: 1000, sensitivity: 2500, honest: plan.rules.min_honest };
    let noise = Noise::new(config).unwrap();
    noise.fits(plan.max_reading).unwrap();
    let truth = [0i64, 2500, 1200, 37, 640, 999];
    for round in FIRST..FIRST + 5 {
        let mut rng = rng(round.into());
        let add = |reading: &i64| vec![noise.add(*reading, plan.max_reading, &mut rng).unwrap()];
        let noisy: Vec<Vec<i64>> = truth.iter().map(add).collect();
        let readings = noisy.iter().cloned().map(Some).collect::<Vec<_>>();
        let (sum, _) = World::new(plan).round(round, &readings, Script::default()).unwrap();
        assert_eq!(sum.values, [noisy.iter().flatten().sum::<i64>()]);
        assert_ne!(sum.values, [truth.iter().sum::<i64>()]);
    }
}
