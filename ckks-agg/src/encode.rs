//! Values to plaintexts and back: whole numbers as coefficients, reals through the canonical embedding.

use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use meter_link::pad::Path;
use zeroize::Zeroizing;

use crate::bound::Bound;
use crate::decrypt::Decrypted;
use crate::error::{Error, Misuse};
use crate::plaintext::{Coefficients, Packing, Plaintext};
use crate::preset::Preset;
use crate::ring::Ring;
use crate::scale::Scale;
use crate::wire;

mod embedding;
mod grid;
mod round;

use embedding::Embedding;
pub use grid::quantise;

/// Encodes and decodes for one ring. Tables are made once.
///
/// ```text
/// slot j (0 ≤ j < N/2) of m is m(ζ^(5^j))/scale, ζ = exp(iπ/N)
/// coefficient k = rint((2/N)·scale·Re Σ_j z_j·ζ^(−k·5^j)), ties to even
/// ```
///
/// All in doubles, without fused operations and in one order: every machine finds the same plaintext. The largest |value|
/// is declared with each call, since bounds travel with ciphertexts in clear: one taken from the values would tell the
/// largest.
pub struct Encoder {
    preset: Preset,
    embedding: Embedding,
    path: Path,
    /// Multiples of which values have to be.
    step: Option<f64>,
}

impl Encoder {
    /// Of a ring.
    pub fn new(ring: &Arc<Ring>) -> Self {
        Encoder {
            preset: ring.preset(),
            embedding: Embedding::new(ring.preset()),
            path: ring.vectors(),
            step: None,
        }
    }

    /// One that takes multiples of `step` only (as nearly as doubles are; see [`quantise`]): what decryption that rounds
    /// to such multiples needs.
    ///
    /// # Errors
    /// [`Misuse::BadScale`] if `step` is not a normal positive number.
    pub fn with_grid(mut self, step: f64) -> Result<Self, Error> {
        if !(step.is_normal() && step > 0.0) {
            return Err(Misuse::BadScale { bits: 0 }.into());
        }
        self.step = Some(step);
        Ok(self)
    }

    /// The ring.
    pub fn preset(&self) -> Preset {
        self.preset
    }

    /// Whole numbers of at most `most` in absolute value, times 2^`scale_bits`, as coefficients; those that are not given
    /// are 0.
    ///
    /// # Errors
    /// [`Misuse::TooManyValues`], [`Misuse::ValueBeyondBound`]; [`Misuse::BadScale`] if the largest does not fit into 126
    /// bits.
    pub fn integers(&self, values: &[i64], scale_bits: u32, most: u64) -> Result<Plaintext, Error> {
        self.fits(Packing::Integers, values.len())?;
        if let Some(position) = values.iter().position(|value| value.unsigned_abs() > most) {
            return Err(beyond_bound(position, most as f64));
        }
        let bits = most.checked_ilog2().map_or(0, |log| log.saturating_add(1)).saturating_add(scale_bits);
        let bad = || Misuse::BadScale { bits: i16::try_from(scale_bits).unwrap_or(i16::MAX) };
        let log2 = i16::try_from(scale_bits).map_err(|_| bad())?;
        if bits > 126 {
            return Err(bad().into());
        }
        let degree = self.preset.degree();
        let coefficients = if bits <= 62 {
            let mut all = vec![0; degree];
            for (coefficient, value) in all.iter_mut().zip(values) {
                *coefficient = value.unbounded_shl(scale_bits);
            }
            Coefficients::Narrow(all)
        } else {
            let mut all = vec![0; degree];
            for (coefficient, value) in all.iter_mut().zip(values) {
                *coefficient = i128::from(*value).unbounded_shl(scale_bits);
            }
            Coefficients::Wide(all)
        };
        let bound = Bound { message: most as f64 * libm::ldexp(1.0, i32::from(log2)), ..Bound::ZERO };
        Ok(Plaintext::new(self.preset, Packing::Integers, Scale::power_of_two(log2), bound, coefficients))
    }

    /// Reals of at most `most` in absolute value, one a slot; slots that are not given are 0.
    ///
    /// # Errors
    /// [`Misuse::TooManyValues`], [`Misuse::ValueBeyondBound`], [`Misuse::OffGrid`]; [`Misuse::BadScale`] if coefficients
    /// do not fit into 126 bits, or for a scale below 10⁻³⁰ or from 10⁶⁰ on, which no ciphertext has.
    pub fn reals(&self, values: &[f64], scale: Scale, most: f64) -> Result<Plaintext, Error> {
        self.embed(Packing::Reals, values, scale, most)
    }

    /// Reals of at most `most` in absolute value, two a slot.
    ///
    /// # Errors
    /// As [`Encoder::reals`].
    pub fn pairs(&self, values: &[f64], scale: Scale, most: f64) -> Result<Plaintext, Error> {
        self.embed(Packing::Pairs, values, scale, most)
    }

    /// The values of a decrypted plaintext, all that there is room for.
    ///
    /// # Errors
    /// [`Misuse::MixedPresets`] if it is of another ring.
    pub fn decode(&self, decrypted: &Decrypted) -> Result<Vec<f64>, Error> {
        let mut out = vec![0.0; decrypted.packing.room(self.preset)];
        self.decode_into(decrypted, &mut out)?;
        Ok(out)
    }

    /// The first values of a decrypted plaintext, as many as `out` has room for.
    ///
    /// # Errors
    /// [`Misuse::MixedPresets`] if it is of another ring; [`Misuse::TooManyValues`] if there are fewer values.
    pub fn decode_into(&self, decrypted: &Decrypted, out: &mut [f64]) -> Result<(), Error> {
        if decrypted.preset != self.preset {
            return Err(Misuse::MixedPresets { have: decrypted.preset, other: self.preset }.into());
        }
        self.fits(decrypted.packing, out.len())?;
        let scale = decrypted.scale.to_f64(self.preset);
        let degree = self.preset.degree();
        let mut coefficients = Zeroizing::new(vec![0.0; degree]);
        round::to_doubles(&decrypted.coefficients, &mut coefficients);
        if decrypted.packing == Packing::Integers {
            for (out, coefficient) in out.iter_mut().zip(coefficients.iter()) {
                *out = coefficient / scale;
            }
            return Ok(());
        }
        let slots = self.preset.slots();
        let (u_re, u_im) = coefficients.split_at_mut(slots);
        let mut parts = Zeroizing::new(vec![0.0; degree]);
        let (re, im) = parts.split_at_mut(slots);
        self.embedding.evaluate(self.path, [u_re, u_im], [&mut *re, &mut *im]);
        match decrypted.packing {
            Packing::Pairs => {
                for (out, (re, im)) in out.chunks_mut(2).zip(re.iter().zip(im.iter())) {
                    for (out, part) in out.iter_mut().zip([re, im]) {
                        *out = part / scale;
                    }
                }
            }
            _ => {
                for (out, re) in out.iter_mut().zip(re.iter()) {
                    *out = re / scale;
                }
            }
        }
        Ok(())
    }

    fn embed(&self, packing: Packing, values: &[f64], scale: Scale, most: f64) -> Result<Plaintext, Error> {
        self.fits(packing, values.len())?;
        // A value that is no number is not within any bound.
        if !most.is_finite()
            || most.is_sign_negative()
            || !values.iter().fold(true, |within, value| within & (value.abs() <= most))
        {
            let beyond = values.iter().position(|value| value.is_nan() || value.abs() > most);
            return Err(beyond_bound(beyond.unwrap_or_default(), most));
        }
        let factor = scale.to_f64(self.preset);
        // Two parts of a slot of at most `most` each.
        let largest = most * factor * if packing == Packing::Pairs { core::f64::consts::SQRT_2 } else { 1.0 };
        if largest.is_nan() || largest >= WIDE || !wire::possible(scale, self.preset) {
            return Err(Misuse::BadScale { bits: exponent(factor) }.into());
        }
        let (degree, slots) = (self.preset.degree(), self.preset.slots());
        let mut parts = Zeroizing::new(vec![0.0; degree]);
        let mut u = Zeroizing::new(vec![0.0; degree]);
        let (re, im) = parts.split_at_mut(slots);
        match packing {
            Packing::Pairs => {
                for ((re, im), pair) in re.iter_mut().zip(im.iter_mut()).zip(values.chunks(2)) {
                    *re = pair.first().copied().unwrap_or_default();
                    *im = pair.get(1).copied().unwrap_or_default();
                }
            }
            _ => {
                for (re, value) in re.iter_mut().zip(values) {
                    *re = *value;
                }
            }
        }
        if let Some(step) = self.step {
            grid::check(step, values)?;
            grid::snap(step, re);
            grid::snap(step, im);
        }
        let (u_re, u_im) = u.split_at_mut(slots);
        self.embedding.interpolate(self.path, [re, im], [u_re, u_im]);
        let coefficients = round::to_integers(self.path, &u, factor * (1.0 / slots as f64), largest < NARROW);
        let rounding = Bound::encoding(self.preset, largest);
        let bound = Bound { message: largest, ..Bound::ZERO }.plus(rounding);
        let plaintext = Plaintext::new(self.preset, packing, scale, bound, coefficients);
        Ok(plaintext.rounded(rounding.message / factor))
    }

    fn fits(&self, packing: Packing, have: usize) -> Result<(), Error> {
        let most = packing.room(self.preset);
        if have > most {
            let count = |n| u32::try_from(n).unwrap_or(u32::MAX);
            return Err(Misuse::TooManyValues { have: count(have), most: count(most) }.into());
        }
        Ok(())
    }
}

/// Coefficients below 2^62, and below 2^126, with room for what rounding adds.
const NARROW: f64 = (1u64 << 61) as f64;
const WIDE: f64 = (1u128 << 125) as f64;

fn beyond_bound(position: usize, most: f64) -> Error {
    let position = u32::try_from(position).unwrap_or(u32::MAX);
    Misuse::ValueBeyondBound { position, bits: exponent(most) }.into()
}

/// ⌊log₂⌋ of a positive number.
fn exponent(value: f64) -> i16 {
    let (_, exponent) = libm::frexp(value);
    i16::try_from(exponent.saturating_sub(1)).unwrap_or(i16::MAX)
}

impl fmt::Debug for Encoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encoder")
            .field("preset", &self.preset)
            .field("step", &self.step)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use super::*;
    use core::f64::consts::{PI, SQRT_2};
    use libm::{cos, ldexp, sin};
    use proptest::prelude::*;

    fn encoder(preset: Preset) -> Encoder {
        Encoder::new(&Ring::new(preset))
    }

    fn decrypted(plaintext: &Plaintext) -> Decrypted {
        let coefficients = match plaintext.coefficients() {
            Coefficients::Narrow(all) => Coefficients::Narrow(all.clone()),
            Coefficients::Wide(all) => Coefficients::Wide(all.clone()),
        };
        Decrypted {
            preset: plaintext.preset(),
            packing: plaintext.packing(),
            scale: plaintext.scale(),
            error: 0.0,
            coefficients,
        }
    }

    /// m(ζ^power).
    fn at(plaintext: &Plaintext, power: usize) -> (f64, f64) {
        let degree = plaintext.preset().degree();
        let angle = |k: usize| PI * (k * power % (2 * degree)) as f64 / degree as f64;
        let terms = plaintext.coefficients().iter().enumerate().map(|(k, c)| (c as f64, angle(k)));
        terms.fold((0.0, 0.0), |(x, y), (c, angle)| (x + c * cos(angle), y + c * sin(angle)))
    }

    #[test]
    fn slots_are_values_of_the_polynomial_within_the_bound() {
        for (preset, bits) in
            [(Preset::Small, 20), (Preset::Variance, 40), (Preset::Shared, 60), (Preset::Depth2, 90)]
        {
            let (encoder, scale) = (encoder(preset), Scale::power_of_two(bits));
            let values: Vec<f64> =
                (0..preset.degree()).map(|i| ((i * 7919) % 2001) as f64 / 500.0 - 2.0).collect();
            let (reals, pairs) = (
                encoder.reals(&values[..preset.slots()], scale, 2.5).unwrap(),
                encoder.pairs(&values, scale, 2.5).unwrap(),
            );
            let scaled = ldexp(1.0, bits.into());
            for (plaintext, largest) in [(&reals, 2.5), (&pairs, 2.5 * SQRT_2)] {
                let Bound { message, noise, coefficient } = plaintext.bound();
                assert_eq!(message, largest * scaled + plaintext.rounding() * scaled);
                assert_eq!((noise, coefficient), (0.0, 0.0));
            }
            let mut power = 1;
            for j in 0..preset.slots() {
                if j % 401 == 3 || j + 1 == preset.slots() {
                    // What the reference itself gets wrong, in doubles.
                    let slack = ldexp(1.0, i32::from(bits) - 40);
                    let (x, y) = at(&reals, power);
                    let noise = reals.rounding() * scaled + slack;
                    let off = libm::hypot(x - ldexp(values[j], bits.into()), y);
                    assert!(off <= noise, "{preset:?} {j}: {off} {noise}");
                    let (x, y) = at(&pairs, power);
                    let [re, im] = [values[2 * j], values[2 * j + 1]].map(|v| ldexp(v, bits.into()));
                    assert!(libm::hypot(x - re, y - im) <= noise);
                }
                power = power * 5 % (2 * preset.degree());
            }
        }
    }

    #[test]
    fn whole_numbers_are_coefficients() {
        let encoder = encoder(Preset::Sum);
        let values = [5, -7, 0, 1 << 40];
        for (bits, narrow) in [(0, true), (21, true), (22, false), (80, false)] {
            let plaintext = encoder.integers(&values, bits, 1 << 40).unwrap();
            assert_eq!(matches!(plaintext.coefficients(), Coefficients::Narrow(_)), narrow);
            assert_eq!(plaintext.bound().message, ldexp(1.0, 40 + i32::try_from(bits).unwrap()));
            assert_eq!((plaintext.bound().noise, plaintext.bound().coefficient), (0.0, 0.0));
            let expected = values.iter().map(|v| i128::from(*v) << bits).chain(core::iter::repeat(0));
            assert!(plaintext.coefficients().iter().eq(expected.take(4096)));
            let decoded = encoder.decode(&decrypted(&plaintext)).unwrap();
            assert_eq!((decoded.len(), &decoded[..5]), (4096, &[5.0, -7.0, 0.0, ldexp(1.0, 40), 0.0][..]));
        }
    }

    #[test]
    fn the_largest_value_does_not_show_in_the_bound() {
        let encoder = encoder(Preset::Sum);
        let bound = |values: &[f64]| encoder.reals(values, Scale::power_of_two(30), 9.0).unwrap().bound();
        assert_eq!(bound(&[]), bound(&[9.0, -3.0]));
        let bound = |values: &[i64]| encoder.integers(values, 3, 9).unwrap().bound();
        assert_eq!(bound(&[]), bound(&[9, -3]));
    }

    #[test]
    fn what_cannot_be_encoded_is_named() {
        let (encoder, scale) = (encoder(Preset::Sum), Scale::power_of_two(30));
        let error = |result: Result<Plaintext, Error>| match result {
            Err(Error::Misuse(misuse)) => misuse,
            other => panic!("{other:?}"),
        };
        assert_eq!(
            error(encoder.reals(&[0.0; 2049], scale, 1.0)),
            Misuse::TooManyValues { have: 2049, most: 2048 }
        );
        assert_eq!(
            error(encoder.integers(&[0; 4097], 3, 1)),
            Misuse::TooManyValues { have: 4097, most: 4096 }
        );
        for bad in [f64::NAN, f64::INFINITY, -f64::INFINITY, 5.5, -1e300] {
            assert_eq!(
                error(encoder.pairs(&[1.0, bad], scale, 5.0)),
                Misuse::ValueBeyondBound { position: 1, bits: 2 }
            );
        }
        assert_eq!(
            error(encoder.integers(&[-9, -10], 3, 9)),
            Misuse::ValueBeyondBound { position: 1, bits: 3 }
        );
        assert_eq!(
            error(encoder.integers(&[i64::MIN], 3, 9)),
            Misuse::ValueBeyondBound { position: 0, bits: 3 }
        );
        assert!(encoder.integers(&[i64::MIN, i64::MAX], 62, 1 << 63).is_ok());
        assert_eq!(error(encoder.integers(&[1], 63, 1 << 63)), Misuse::BadScale { bits: 63 });
        assert_eq!(error(encoder.integers(&[1], 1 << 31, 1)), Misuse::BadScale { bits: i16::MAX });
        assert_eq!(
            error(encoder.reals(&[1.0], Scale::power_of_two(124), 2.0)),
            Misuse::BadScale { bits: 124 }
        );
        assert!(encoder.reals(&[1.0], Scale::power_of_two(123), 2.0).is_ok());
        assert!(encoder.reals(&[1.0], Scale::power_of_two(-1100), 2.0).is_err());
        // What could be written and not be read.
        for (bits, most) in [(255, 1e-300), (-120, 2.0)] {
            assert_eq!(
                error(encoder.reals(&[0.0], Scale::power_of_two(bits), most)),
                Misuse::BadScale { bits }
            );
        }
        assert!(encoder.reals(&[], scale, -1.0).is_err() && encoder.pairs(&[0.0], scale, -0.0).is_err());
        assert!(
            encoder.reals(&[1.0], scale, f64::NAN).is_err()
                && encoder.reals(&[], scale, f64::INFINITY).is_err()
        );
        let other = self::encoder(Preset::Shared).reals(&[1.0], scale, 1.0).unwrap();
        assert!(matches!(
            encoder.decode(&decrypted(&other)),
            Err(Error::Misuse(Misuse::MixedPresets { have: Preset::Shared, other: Preset::Sum }))
        ));
    }

    #[test]
    fn a_grid_takes_its_multiples_only() {
        let encoder = encoder(Preset::Sum).with_grid(0.1).unwrap();
        let scale = Scale::power_of_two(30);
        // 3·0.1 and 0.3 are two doubles and one reading.
        let all = [0.3, 3.0 * 0.1, -12.7, 0.0, 1e9 + 0.1];
        let one = encoder.reals(&all, scale, 2e9).unwrap();
        let mut snapped = all;
        quantise(0.1, &mut snapped);
        let other = encoder.reals(&snapped, scale, 2e9).unwrap();
        assert!(one.coefficients().iter().eq(other.coefficients().iter()));
        for (position, value) in [(0, 0.25), (0, 0.300_001), (0, 1e-9)] {
            let result = encoder.reals(&[value], scale, 1.0);
            assert!(matches!(result, Err(Error::Misuse(Misuse::OffGrid { position: p })) if p == position));
        }
        for step in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e-320] {
            assert!(self::encoder(Preset::Sum).with_grid(step).is_err());
        }
        let mut values = [0.24, 0.26, -0.26, 0.25, 0.75, 7.0];
        quantise(0.5, &mut values);
        assert_eq!(values, [0.0, 0.5, -0.5, 0.0, 1.0, 7.0]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 30, ..ProptestConfig::default() })]
        #[test]
        fn there_and_back(values in proptest::collection::vec(-1000.0f64..1000.0, 0..4096), bits in 25i16..100) {
            let encoder = encoder(Preset::Sum);
            let plaintext = encoder.pairs(&values, Scale::power_of_two(bits), 1000.0).unwrap();
            let decoded = encoder.decode(&decrypted(&plaintext)).unwrap();
            let error = plaintext.rounding() + 1e-11;
            for (value, found) in values.iter().chain(core::iter::repeat(&0.0)).zip(decoded) {
                prop_assert!((value - found).abs() <= error);
            }
        }

        #[test]
        fn every_path_gives_the_same_plaintext(
            values in proptest::collection::vec(-1000.0f64..1000.0, 0..2048),
            bits in prop_oneof![Just(20i16), Just(45), Just(60), Just(96)],
        ) {
            let all = crate::Path::ALL.map(|path| {
                let encoder = Encoder::new(&Ring::on(Preset::Small, path));
                let plaintext = encoder.pairs(&values, Scale::power_of_two(bits), 1000.0).unwrap();
                let decoded = encoder.decode(&decrypted(&plaintext)).unwrap();
                (plaintext.coefficients().iter().collect::<Vec<_>>(), decoded.into_iter().map(f64::to_bits).collect::<Vec<_>>())
            });
            prop_assert!(all.iter().all(|one| *one == all[0]));
        }
    }
}
