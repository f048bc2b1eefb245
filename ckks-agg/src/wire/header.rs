//! What stands in front of a ciphertext's residues.

use super::Input;
use crate::bound::Bound;
use crate::derive::KeyId;
use crate::error::{Error, Malformed};
use crate::plaintext::Packing;
use crate::preset::Preset;
use crate::scale::Scale;

/// What a ciphertext consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Form {
    /// Two polynomials, of which the second is made from 32 bytes: half the size.
    Seeded = 1,
    /// Two.
    Pair = 2,
    /// Three: what a product is before it is relinearised.
    Triple = 3,
}

impl Form {
    /// Polynomials that are kept residue by residue.
    pub(crate) const fn stored(self) -> usize {
        match self {
            Form::Seeded => 1,
            Form::Pair => 2,
            Form::Triple => 3,
        }
    }
}

/// Everything of a ciphertext but its residues.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Header {
    pub(crate) preset: Preset,
    pub(crate) form: Form,
    pub(crate) level: u8,
    pub(crate) packing: Packing,
    pub(crate) scale: Scale,
    pub(crate) key: KeyId,
    pub(crate) bound: Bound,
}

impl Header {
    pub(crate) const LEN: usize = 54;
    const VERSION: u8 = 1;

    /// Residues of each polynomial.
    pub(crate) fn len(&self) -> usize {
        usize::from(self.level).wrapping_add(1).wrapping_mul(self.preset.degree())
    }

    /// `1 u8 ‖ preset u8 ‖ form u8 ‖ level u8 ‖ packing u8 ‖ log₂ i16 ‖ exponents i8×3 ‖ times u32 ‖ key id 16 ‖
    /// message, noise, coefficient bounds f64×3`.
    pub(crate) fn write(&self, mut out: impl FnMut(&[u8])) {
        let (log2, primes, times) = self.scale.parts();
        let Bound { message, noise, coefficient } = self.bound;
        out(&[Self::VERSION, self.preset as u8, self.form as u8, self.level, self.packing as u8]);
        out(&log2.to_le_bytes());
        out(&primes.map(i8::cast_unsigned));
        out(&times.to_le_bytes());
        out(&self.key.0);
        for bound in [message, noise, coefficient] {
            out(&bound.to_le_bytes());
        }
    }

    /// # Errors
    /// [`Malformed::Truncated`]; [`Malformed::UnknownPreset`]; [`Malformed::BadHeader`] for a version, form, level, packing
    /// or scale that there is not; [`Malformed::BadBound`] for one that is negative or no number.
    pub(crate) fn read(input: &mut Input<'_>) -> Result<Self, Error> {
        let mut input = Input::new(input.bytes(Self::LEN)?);
        let [version, preset, form, level, packing] = *input.array()?;
        let preset = Preset::try_from(preset)?;
        let form = [Form::Seeded, Form::Pair, Form::Triple].into_iter().find(|known| *known as u8 == form);
        let packing = [Packing::Integers, Packing::Reals, Packing::Pairs]
            .into_iter()
            .find(|known| *known as u8 == packing);
        let log2 = i16::from_le_bytes(*input.array()?);
        let exponents = input.array::<3>()?.map(u8::cast_signed);
        let scale = Scale::from_parts(log2, exponents, input.u32()?).filter(|scale| possible(*scale, preset));
        let (Some(form), Some(packing), Some(scale)) = (form, packing, scale) else {
            return Err(Malformed::BadHeader.into());
        };
        if version != Self::VERSION || level > preset.top_level() {
            return Err(Malformed::BadHeader.into());
        }
        let key = KeyId(*input.array()?);
        let [message, noise, coefficient] = [bound(&mut input)?, bound(&mut input)?, bound(&mut input)?];
        let bound = Bound { message, noise, coefficient };
        Ok(Header { preset, form, level, packing, scale, key, bound })
    }
}

fn bound(input: &mut Input<'_>) -> Result<f64, Error> {
    let bound = f64::from_le_bytes(*input.array()?);
    let valid = bound.is_finite() && bound.is_sign_positive();
    if valid { Ok(bound) } else { Err(Malformed::BadBound.into()) }
}

/// A scale of primes that the preset has, and of a length that operations lead to.
pub(crate) fn possible(scale: Scale, preset: Preset) -> bool {
    let (_, exponents, _) = scale.parts();
    let beyond = exponents.iter().skip(preset.primes().len());
    let value = scale.to_f64(preset);
    beyond.into_iter().all(|exponent| *exponent == 0) && (1e-30..1e60).contains(&value)
}
