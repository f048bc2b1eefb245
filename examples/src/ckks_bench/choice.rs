//! Which preset a set of parameters in the manner of SEAL stands for.

use std::fmt;

use ckks_agg::Preset;
use serde::{Deserialize, Serialize};

use crate::input::InputError;

/// What is asked for, as SEAL and TenSEAL have it.
#[derive(Debug, Default, Clone, PartialEq)]
pub(super) struct Wanted {
    /// `poly_modulus_degree`.
    pub(super) degree: Option<u32>,
    /// log₂ of `scale`.
    pub(super) scale: Option<u32>,
    /// `coeff_mod_bit_sizes`: lengths of the primes, the last one to switch keys with.
    pub(super) bit_sizes: Option<Vec<u32>>,
}

/// What is taken for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) preset: Preset,
    pub(super) scale_bits: u32,
}

/// The largest degree that SEAL has a limit for, and the limits beyond those of the presets.
const LARGER: [(u32, u32); 2] = [(16_384, 438), (32_768, 881)];

impl Wanted {
    /// The preset of this degree with as many multiplications, with room for the sum of `meters` values within ±1.
    ///
    /// # Errors
    /// Primes that are too long together for 128 bits of security, and what no preset does.
    pub(super) fn choose(&self, meters: u32) -> Result<Choice, InputError> {
        let degree = self.degree.unwrap_or(8192);
        let limit = limit(degree)?;
        let depth = match &self.bit_sizes {
            Some(sizes) => depth(degree, sizes, limit)?,
            // Variances need one multiplication where the degree has room for it.
            None => u32::from(degree >= 8192),
        };
        let wide = self.scale.is_some_and(|bits| bits > most(Preset::Sum, meters));
        let preset = match (degree, depth) {
            (2048, 0) => Preset::Small,
            (4096, 0) if wide => Preset::Shared,
            (4096, 0) => Preset::Sum,
            (8192, 0 | 1) => Preset::Variance,
            (8192, 2) => Preset::Depth2,
            (2048 | 4096, _) => {
                let what = format!(
                    "poly_modulus_degree {degree} has no room for {depth} multiplications in a row: take 8192"
                );
                return Err(InputError::new(what));
            }
            (8192, _) => {
                let what = format!(
                    "{depth} multiplications in a row are too many: there are presets for 0, 1 and 2"
                );
                return Err(InputError::new(what));
            }
            _ => {
                let what = format!(
                    "poly_modulus_degree {degree} is more than two multiplications need: there are presets of degree \
                     2048, 4096 and 8192"
                );
                return Err(InputError::new(what));
            }
        };
        let most = most(preset, meters);
        let scale_bits = self.scale.unwrap_or_else(|| preset.usual_scale().min(most));
        if !(*preset.scales().start()..=most).contains(&scale_bits) {
            return Err(InputError::new(format!(
                "a scale of 2^{scale_bits} is not possible with {} and {meters} meters: 2^{} to 2^{most} are",
                Shown(preset),
                preset.scales().start(),
            )));
        }
        Ok(Choice { preset, scale_bits })
    }
}

/// log₂ of the largest scale at which the sum of so many values within ±1, and of their squares, has room.
fn most(preset: Preset, meters: u32) -> u32 {
    let bits = |prime: &u64| u64::BITS.saturating_sub(prime.leading_zeros());
    let modulus: u32 = preset.primes().iter().map(bits).sum();
    // The sum, its sign, and the noise.
    let headroom = u32::BITS.saturating_sub(meters.leading_zeros()).saturating_add(2);
    let room = modulus.saturating_sub(headroom);
    // A square is at twice the scale until it is rescaled.
    let most = if depth_of(preset) > 0 { room / 2 } else { room };
    most.min(*preset.scales().end())
}

/// Multiplications in a row that a preset has room for.
pub(super) fn depth_of(preset: Preset) -> u32 {
    match preset.special() {
        Some(_) => preset.top_level().into(),
        None => 0,
    }
}

/// A preset with what it is.
#[derive(Clone, Copy)]
pub(super) struct Shown(pub(super) Preset);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(preset) = self;
        let (name, degree, bits) = (Name::of(*preset), preset.degree(), preset.log_product());
        write!(f, "preset {} (degree {degree}, {bits} bits)", name.0)
    }
}

/// A preset's name in files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Name(pub(super) String);

impl Name {
    pub(super) fn of(preset: Preset) -> Self {
        Self(format!("{preset:?}").to_lowercase())
    }
}

/// Most bits of all primes together at this degree.
fn limit(degree: u32) -> Result<u32, InputError> {
    if !degree.is_power_of_two() {
        return Err(InputError::new(format!("poly_modulus_degree {degree} is no power of two")));
    }
    let of_presets = usize::try_from(degree).ok().and_then(Preset::limit);
    let larger = LARGER.iter().find(|(other, _)| *other == degree).map(|(_, limit)| *limit);
    of_presets.or(larger).ok_or_else(|| {
        let why = if degree < 2048 { "weak" } else { "larger than anything here" };
        InputError::new(format!(
            "poly_modulus_degree {degree} is {why}: there are presets of degree 2048, 4096 and 8192"
        ))
    })
}

/// Multiplications in a row for which SEAL needs these primes: one for each between the first and the last.
fn depth(degree: u32, sizes: &[u32], limit: u32) -> Result<u32, InputError> {
    let shown = sizes.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
    let wrong = |what: String| InputError::new(format!("coeff_mod_bit_sizes [{shown}]: {what}"));
    if sizes.is_empty() || sizes.iter().any(|bits| !(20..=60).contains(bits)) {
        return Err(wrong("each prime has 20 to 60 bits".to_owned()));
    }
    // SEAL's own limits are a few bits above those of the presets.
    let limit = match degree {
        2048 => 54,
        4096 => 109,
        8192 => 218,
        _ => limit,
    };
    let bits = sizes.iter().fold(0_u32, |sum, bits| sum.saturating_add(*bits));
    if bits > limit {
        return Err(wrong(format!(
            "weak: {bits} bits together, where poly_modulus_degree {degree} has 128 bits of security up to {limit}"
        )));
    }
    Ok(u32::try_from(sizes.len()).unwrap_or(u32::MAX).saturating_sub(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(degree: u32, scale: Option<u32>, sizes: &[u32]) -> Result<Choice, String> {
        let bit_sizes = (!sizes.is_empty()).then(|| sizes.to_vec());
        let wanted = Wanted { degree: Some(degree), scale, bit_sizes };
        wanted.choose(20).map_err(|error| error.to_string())
    }

    #[test]
    fn the_source_system_and_others() {
        let variance = Choice { preset: Preset::Variance, scale_bits: 40 };
        assert_eq!(Wanted::default().choose(20).unwrap(), variance);
        assert_eq!(choose(8192, Some(40), &[]), Ok(variance));
        assert_eq!(choose(8192, Some(40), &[60, 40, 60]), Ok(variance));
        let depth2 = Choice { preset: Preset::Depth2, scale_bits: 40 };
        assert_eq!(choose(8192, Some(40), &[60, 40, 40, 60]), Ok(depth2));
        assert_eq!(
            choose(4096, None, &[40, 20, 40]).unwrap_err().split(": ").next(),
            Some("poly_modulus_degree 4096 has no room for 1 multiplications in a row")
        );
        assert_eq!(choose(4096, None, &[54, 54]), Ok(Choice { preset: Preset::Sum, scale_bits: 30 }));
        assert_eq!(choose(4096, Some(60), &[]), Ok(Choice { preset: Preset::Shared, scale_bits: 60 }));
        assert_eq!(choose(2048, None, &[54]), Ok(Choice { preset: Preset::Small, scale_bits: 24 }));
    }

    #[test]
    fn weak_and_impossible_sets() {
        for (degree, scale, sizes, what) in [
            (
                8192,
                Some(40),
                &[60, 40, 40, 40, 60][..],
                "weak: 240 bits together, where poly_modulus_degree 8192",
            ),
            (4096, None, &[60, 50], "weak: 110 bits"),
            (2048, None, &[55], "weak: 55 bits"),
            (1024, None, &[], "poly_modulus_degree 1024 is weak"),
            (0, None, &[], "no power of two"),
            (5000, None, &[], "poly_modulus_degree 5000 is no power of two"),
            (16_384, Some(40), &[], "degree 2048, 4096 and 8192"),
            (65_536, None, &[], "larger than anything here"),
            (8192, None, &[40, 30, 30, 30, 40], "3 multiplications in a row are too many"),
            (8192, None, &[61, 40], "each prime has 20 to 60 bits"),
            (
                8192,
                Some(50),
                &[],
                "a scale of 2^50 is not possible with preset variance (degree 8192, 140 bits) and 20 meters",
            ),
            (8192, Some(4), &[], "2^8 to 2^41 are"),
            (2048, Some(60), &[], "a scale of 2^60 is not possible with preset small"),
        ] {
            let error = choose(degree, scale, sizes).unwrap_err();
            assert!(error.contains(what), "{error}");
        }
    }
}
