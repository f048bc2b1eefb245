//! Plaintexts: polynomials with whole coefficients, and what they stand for.

use alloc::vec::Vec;
use core::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::bound::Bound;
use crate::error::{Error, Malformed};
use crate::preset::Preset;
use crate::scale::Scale;

/// How values lie in a polynomial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Packing {
    /// N whole numbers in the coefficients: sums and multiples are exact; there are no products and no rotations.
    Integers = 1,
    /// N/2 reals, one a slot.
    Reals = 2,
    /// N reals, two a slot, as real and imaginary part: twice as many, for sums and multiples only.
    Pairs = 3,
}

impl Packing {
    /// Values that a plaintext of a preset has room for.
    pub const fn room(self, preset: Preset) -> usize {
        match self {
            Packing::Integers | Packing::Pairs => preset.degree(),
            Packing::Reals => preset.slots(),
        }
    }
}

impl TryFrom<u8> for Packing {
    type Error = Error;

    fn try_from(byte: u8) -> Result<Self, Error> {
        match byte {
            1 => Ok(Packing::Integers),
            2 => Ok(Packing::Reals),
            3 => Ok(Packing::Pairs),
            _ => Err(Malformed::BadHeader.into()),
        }
    }
}

/// Coefficients of a plaintext.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(crate) enum Coefficients {
    /// All below 2⁶² in absolute value, by what was declared (never by what the values are).
    Narrow(Vec<i64>),
    /// Below 2¹²⁶.
    Wide(Vec<i128>),
}

impl Coefficients {
    /// How many.
    pub(crate) fn len(&self) -> usize {
        match self {
            Coefficients::Narrow(all) => all.len(),
            Coefficients::Wide(all) => all.len(),
        }
    }

    /// Each, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = i128> {
        let (narrow, wide) = match self {
            Coefficients::Narrow(all) => (all.as_slice(), [].as_slice()),
            Coefficients::Wide(all) => ([].as_slice(), all.as_slice()),
        };
        narrow.iter().map(|value| i128::from(*value)).chain(wide.iter().copied())
    }
}

/// Values, encoded by an [`Encoder`](crate::Encoder). Wiped when dropped.
pub struct Plaintext {
    preset: Preset,
    packing: Packing,
    scale: Scale,
    bound: Bound,
    rounding: f64,
    coefficients: Coefficients,
}

impl Plaintext {
    pub(crate) fn new(
        preset: Preset,
        packing: Packing,
        scale: Scale,
        bound: Bound,
        coefficients: Coefficients,
    ) -> Self {
        Plaintext { preset, packing, scale, bound, rounding: 0.0, coefficients }
    }

    /// The same, with values that had to be rounded.
    pub(crate) fn rounded(self, rounding: f64) -> Self {
        Plaintext { rounding, ..self }
    }

    /// The ring.
    pub fn preset(&self) -> Preset {
        self.preset
    }

    /// How values lie in it.
    pub fn packing(&self) -> Packing {
        self.packing
    }

    /// What values were multiplied with.
    pub fn scale(&self) -> Scale {
        self.scale
    }

    /// Bounds on what it holds, as declared. It has no noise: it is the polynomial that encryption and its errors are about.
    pub fn bound(&self) -> Bound {
        self.bound
    }

    /// How far its slots are from the values that were encoded, at most: 0 for whole numbers.
    pub fn rounding(&self) -> f64 {
        self.rounding
    }

    pub(crate) fn coefficients(&self) -> &Coefficients {
        &self.coefficients
    }
}

impl fmt::Debug for Plaintext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut f = f.debug_struct("Plaintext");
        f.field("preset", &self.preset).field("packing", &self.packing).field("scale", &self.scale);
        f.finish_non_exhaustive()
    }
}
