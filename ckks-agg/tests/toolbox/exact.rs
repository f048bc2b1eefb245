//! Integers, and what may be given away.

use ckks_agg::{Error, Flood, Misuse, Preset, Scale, Total};

use crate::setup::Setup;

#[test]
fn sums_of_integers_are_exact() {
    for preset in Preset::ALL {
        let mut s = Setup::new(preset, 20);
        let degree = preset.degree() as i64;
        let mut total = Total::new(&s.ring);
        let mut truth = vec![0i64; preset.degree()];
        for meter in 0..6 {
            let x: Vec<i64> = (0..degree).map(|i| (i * 37 + meter * 101) % 2001 - 1000).collect();
            let c = s.integers(&x, meter % 2 == 0);
            if meter % 3 == 0 { total.accept(&c) } else { total.accept_bytes(&c.to_bytes()) }.unwrap();
            truth.iter_mut().zip(&x).for_each(|(sum, value)| *sum += value);
        }
        assert_eq!(total.count(), 6);
        let mut sum = total.finish().unwrap();
        assert_eq!(s.secret.decrypt_exact(&sum, &mut s.rng).unwrap(), truth, "{preset:?}");
        let mut e = s.evaluator();
        e.times_integer(&mut sum, -3).unwrap();
        truth.iter_mut().for_each(|sum| *sum *= -3);
        assert_eq!(s.secret.decrypt_exact(&sum, &mut s.rng).unwrap(), truth, "{preset:?}");
    }
}

/// As many as the level holds, the error as large as it may be: and not one more.
#[test]
fn exact_up_to_the_limit() {
    let mut s = Setup::new(Preset::Sum, 21);
    let most = 1u64 << 30;
    // 2^(30 + 18) < Q/2 = 2^49.
    let plaintext = s.encoder.integers(&[1 << 30, -(1 << 30), 12_345], 18, most).unwrap();
    let of = s.of();
    let c = s.secret.encrypt(&plaintext, of, &mut s.rng).unwrap();
    assert_eq!(s.secret.decrypt_exact(&c, &mut s.rng).unwrap()[..4], [1 << 30, -(1 << 30), 12_345, 0]);
    let mut total = Total::new(&s.ring);
    total.accept(&c).unwrap();
    // Twice 2^48 and the error are more than fits.
    let Err(Error::Misuse(Misuse::MessageBeyondModulus { have: 50, most: 49, level: 0 })) = total.accept(&c)
    else {
        panic!("{:?}", total.accept(&c));
    };
    assert_eq!(s.secret.decrypt_exact(&total.finish().unwrap(), &mut s.rng).unwrap()[0], 1 << 30);
}

/// A coarse grid in the clear: the error of a public-key encryption does not fit below 2⁸/2.
#[test]
fn noise_beyond_the_grid_is_refused() {
    let mut s = Setup::new(Preset::Sum, 22);
    let plaintext = s.encoder.integers(&[5, 6], 8, 10).unwrap();
    let of = s.of();
    let c = s.secret.public_key().encrypt(&plaintext, of, &mut s.rng).unwrap();
    let refused = s.secret.decrypt_exact(&c, &mut s.rng).unwrap_err();
    assert!(
        matches!(refused, Error::Misuse(Misuse::NoiseBeyondGrid { have, most: 7 }) if have > 7),
        "{refused}"
    );
    // Seeded, it does: 21 < 128.
    let c = s.secret.encrypt(&plaintext, of, &mut s.rng).unwrap();
    assert_eq!(s.secret.decrypt_exact(&c, &mut s.rng).unwrap()[..3], [5, 6, 0]);
}

/// What the result is does not depend on the error, and what is between two integers falls to either side.
#[test]
fn off_grid_inputs_are_smeared() {
    let mut s = Setup::new(Preset::Sum, 23);
    let bits = 20;
    // Halves of the grid: a plaintext at scale 2^19 that says it is at 2^20 would be one; a sum of scales cannot be made
    // by the toolbox, so the bytes are changed.
    let plaintext = s.encoder.integers(&[1; 4096], bits - 1, 1).unwrap();
    let of = s.of();
    let c = s.secret.encrypt(&plaintext, of, &mut s.rng).unwrap();
    let mut bytes = c.to_bytes();
    bytes[5..7].copy_from_slice(&20i16.to_le_bytes());
    let c = ckks_agg::Ciphertext::from_bytes(&s.ring, &bytes).unwrap();
    let ones: Vec<f64> = (0..8)
        .map(|_| s.secret.decrypt_exact(&c, &mut s.rng).unwrap().iter().sum::<i64>() as f64 / 4096.0)
        .collect();
    for share in ones {
        assert!((share - 0.5).abs() < 0.05, "{share}");
    }
    // The same ciphertext, twice: not the same answer where it is off the grid.
    let [a, b] = [(); 2].map(|()| s.secret.decrypt_exact(&c, &mut s.rng).unwrap());
    assert_ne!(a, b);
}

#[test]
fn flooded_results_are_wide_enough_and_within_their_bound() {
    let mut s = Setup::new(Preset::Shared, 24);
    // In coefficients: doubles would make errors of their own, which were flooded, too.
    let x: Vec<i64> = (0..4096).map(|i| i * 7919 % 2001 - 1000).collect();
    let plaintext = s.encoder.integers(&x, 84, 1000).unwrap();
    let of = s.of();
    let c = s.secret.public_key().encrypt(&plaintext, of, &mut s.rng).unwrap();
    let flood = Flood::DEFAULT;
    let decrypted = s.secret.decrypt_shared(&c, &flood, &mut s.rng).unwrap();
    let got = s.encoder.decode(&decrypted).unwrap();
    let worst = got.iter().zip(&x).map(|(a, b)| (a - *b as f64).abs()).fold(0.0, f64::max);
    assert!(worst <= decrypted.error() && decrypted.error() < 1e-6, "{worst:e} {:e}", decrypted.error());
    // The flood is there: as wide as it was asked for.
    let private = s.secret.decrypt_private(&c).unwrap().coefficients();
    let shared = decrypted.coefficients();
    let square: f64 = private.iter().zip(&shared).map(|(a, b)| ((b - a) as f64).powi(2)).sum();
    let sigma = (square / 4096.0).sqrt();
    let expected = flood.sigma(c.bound().noise);
    assert!((0.95..1.05).contains(&(sigma / expected)), "{sigma:e} {expected:e}");
}

/// With a scale of 2⁴⁵ the flood for a year of answers leaves nothing, and says so in the error.
#[test]
fn floods_that_do_not_fit_are_refused() {
    let mut s = Setup::new(Preset::Sum, 25);
    let plaintext = s.encoder.reals(&[0.5; 16], Scale::power_of_two(45), 1.0).unwrap();
    let of = s.of();
    let c = s.secret.public_key().encrypt(&plaintext, of, &mut s.rng).unwrap();
    let refused = s.secret.decrypt_shared(&c, &Flood::DEFAULT, &mut s.rng).unwrap_err();
    assert!(
        matches!(refused, Error::Misuse(Misuse::MessageBeyondModulus { most: 49, level: 0, .. })),
        "{refused}"
    );
}

/// Coefficients beyond 64 bits, from all three primes.
#[test]
fn wide_messages() {
    for (preset, bits, most) in
        [(Preset::Depth2, 96, 1u64 << 29), (Preset::Shared, 80, 1 << 15), (Preset::Variance, 60, 1 << 20)]
    {
        let mut s = Setup::new(preset, 26);
        let x = [most as i64, -(most as i64), 0, 1, -1, 777];
        let plaintext = s.encoder.integers(&x, bits, most).unwrap();
        let of = s.of();
        for seeded in [true, false] {
            let c = if seeded {
                s.secret.encrypt(&plaintext, of, &mut s.rng)
            } else {
                s.secret.public_key().encrypt(&plaintext, of, &mut s.rng)
            };
            assert_eq!(s.secret.decrypt_exact(&c.unwrap(), &mut s.rng).unwrap()[..6], x, "{preset:?}");
        }
    }
}

/// The same random bytes for two answers do not make the same flood.
#[test]
fn a_generator_that_repeats_makes_other_floods() {
    use chacha20::{ChaCha20Rng, rand_core::SeedableRng};
    let mut setup = Setup::new(Preset::Shared, 61);
    let (a, b) = (setup.integers(&[5], false), setup.integers(&[5], false));
    let flood = |c: &ckks_agg::Ciphertext| {
        let rng = &mut ChaCha20Rng::from_seed([7; 32]);
        let shared = setup.secret.decrypt_shared(c, &Flood::DEFAULT, rng).unwrap().coefficients();
        let private = setup.secret.decrypt_private(c).unwrap().coefficients();
        shared.iter().zip(private).map(|(x, y)| x - y).collect::<Vec<i128>>()
    };
    assert_eq!(flood(&a), flood(&a));
    assert_ne!(flood(&a), flood(&b));
}
