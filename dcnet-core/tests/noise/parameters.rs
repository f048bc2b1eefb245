//! Parameters, bounds, and the number of words a share takes.

use core::convert::Infallible;

use dcnet_core::Misuse;
use dcnet_core::noise::{Noise, NoiseConfig};
use rand_core::{TryCryptoRng, TryRng};

use crate::{noise, rng};

/// Gives words by a rule, and counts them.
struct Words<F>(u64, F);

impl<F: FnMut(u64) -> u64> TryRng for Words<F> {
    type Error = Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        panic!("shares are drawn in words of 64 bits")
    }
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.0 += 1;
        Ok((self.1)(self.0))
    }
    fn try_fill_bytes(&mut self, _: &mut [u8]) -> Result<(), Infallible> {
        panic!("shares are drawn in words of 64 bits")
    }
}

impl<F: FnMut(u64) -> u64> TryCryptoRng for Words<F> {}

#[test]
fn a_share_takes_the_same_number_of_words_whatever_is_drawn() {
    for (epsilon, sensitivity, honest, words) in
        [(1000, 10_000, 100, 264), (1000, 1, 2, 0), (1, 4_000_000, 2, 0), (32_000, 1, 1 << 24, 0)]
    {
        let noise = noise(epsilon, sensitivity, honest);
        assert!(words == 0 || words == noise.words(), "{}", noise.words());
        let rules: [fn(u64) -> u64; 4] = [
            |_| 0,
            |_| u64::MAX,
            |n| n.wrapping_mul(0x9E37_79B9_7F4A_7C15),
            |n| if n % 2 == 0 { 0 } else { u64::MAX },
        ];
        for rule in rules {
            let mut rng = Words(0, rule);
            let share = noise.share(&mut rng);
            assert_eq!(rng.0, u64::from(noise.words()));
            assert!(share.unsigned_abs() < 1 << 45, "{share}");
        }
    }
}

#[test]
fn parameters_that_are_no_noise_or_no_number() {
    let good = NoiseConfig { epsilon_permille: 1000, sensitivity: 2500, honest: 100 };
    assert_eq!(Noise::new(good).unwrap().config(), good);
    for bad in [
        NoiseConfig { epsilon_permille: 0, ..good },
        NoiseConfig { sensitivity: 0, ..good },
        NoiseConfig { honest: 0, ..good },
        NoiseConfig { honest: 1, ..good },
        NoiseConfig { honest: (1 << 24) + 1, ..good },
        NoiseConfig { sensitivity: u64::MAX, ..good },
        NoiseConfig { sensitivity: (1 << 32) + 1, ..good },
        NoiseConfig { sensitivity: 1, epsilon_permille: 32_001, ..good },
    ] {
        assert_eq!(Noise::new(bad).err(), Some(Misuse::BadParameter.into()), "{bad:?}");
    }
    for edge in [
        NoiseConfig { sensitivity: 1 << 32, honest: 2, ..good },
        NoiseConfig { sensitivity: 1 << 32, honest: 1 << 24, ..good },
        NoiseConfig { sensitivity: 1, epsilon_permille: 32_000, honest: 1 << 24 },
        NoiseConfig { sensitivity: u64::MAX / 1_000_000, epsilon_permille: u32::MAX, honest: 2 },
    ] {
        assert_eq!(Noise::new(edge).unwrap().config(), edge);
    }
    let bytes = noise(1000, 2500, 100).to_bytes();
    assert_eq!(hex::encode(bytes), "e803000064000000c409000000000000");
}

#[test]
fn head_room_is_the_least_that_suffices() {
    for (epsilon, sensitivity) in [(1000, 10_000u64), (100, 1), (3000, 7)] {
        let noise = noise(epsilon, sensitivity, 10);
        let decay = f64::from(epsilon) / 1000.0 / sensitivity as f64;
        for bits in [1, 20, 40, 64, 127] {
            let room = noise.head_room(bits).unwrap();
            let chance = |bound: u64| 1.0 - decay * (bound as f64 + 1.0) / core::f64::consts::LN_2;
            assert!(chance(room) <= -f64::from(bits) + 1e-9, "{room}");
            assert!(room == 0 || chance(room - 1) > -f64::from(bits) - 1e-9, "{room}");
        }
        assert!(noise.head_room(128).is_err());
    }
    assert_eq!(noise(1000, 10_000, 100).head_room(64).unwrap(), 450_545);
}

#[test]
fn what_a_meter_contributes() {
    let noise = noise(1000, 2500, 100);
    let most = 2500 + noise.head_room(64).unwrap();
    assert_eq!(noise.fits(most), Ok(()));
    let small = Err(Misuse::BadParameter.into());
    assert_eq!(noise.fits(most - 1), small);
    assert_eq!(noise.fits(u64::MAX), small);
    assert_eq!(noise.add(0, most - 1, &mut rng(1)), small.map(|()| 0));
    for reading in [2501, -2501, i64::MIN, i64::MAX] {
        assert_eq!(noise.add(reading, most, &mut rng(1)), Err(Misuse::ReadingTooLarge.into()));
    }
    for reading in [0, 1, 2500, -2500] {
        let share = noise.share(&mut rng(7));
        assert_eq!(noise.add(reading, most, &mut rng(7)), Ok(reading + share));
    }
    // The most extreme words that there are: the contribution stays within the bound.
    for (sign, rule) in [(1, 0), (-1, u64::MAX)] {
        let words = |n| match n {
            1 | 2 => u64::MAX, // as many jumps as can be
            3 | 4 => rule,     // all of one sign
            n if (n - 5) % (u64::from(noise.words() - 4) / jumps(&noise)) == 0 => u64::MAX, // the largest q
            _ => 0,            // every digit set
        };
        let mut extreme = Words(0, words);
        assert!(noise.share(&mut extreme).abs() > 1 << 20);
        assert_eq!(noise.add(2500, most, &mut Words(0, words)), Ok(sign * i64::try_from(most).unwrap()));
    }
}

/// Jumps of a share, of 2 + ⌈log2(45 Δ/ε)⌉ − 1 words each.
fn jumps(noise: &Noise) -> u64 {
    let scale = noise.config().sensitivity * 1000 / u64::from(noise.config().epsilon_permille);
    u64::from(noise.words() - 4) / (1 + u64::from((45 * scale).next_power_of_two().ilog2()))
}
