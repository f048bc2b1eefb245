//! The rings that there are: degree, primes and what each is for.

use core::ops::RangeInclusive;

/// A ring ℤ\[X\]/(Xᴺ + 1) with its chain of primes. Nothing else can be chosen: every preset keeps log₂ of the product of
/// all its primes below what the tables of SEAL and OpenFHE allow for 128 bits of security with ternary secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Preset {
    /// N = 2048, two primes of 27 and 26 bits: sums made by small meters, without a heap.
    Small = 1,
    /// N = 4096, one prime of 50 bits, and one to switch keys with: sums.
    Sum = 2,
    /// N = 8192, 50 and 40 bits, and 50 to switch keys with: one multiplication.
    Variance = 3,
    /// N = 8192, 50, 45 and 45 bits, and 50 to switch keys with: two multiplications.
    Depth2 = 4,
    /// N = 4096, 50 and 50 bits: sums whose decryption is flooded, by one or by several.
    Shared = 5,
}

impl Preset {
    /// All of them.
    pub const ALL: [Preset; 5] =
        [Preset::Small, Preset::Sum, Preset::Variance, Preset::Depth2, Preset::Shared];
    /// Most primes that ciphertexts of a preset have.
    pub const MAX_PRIMES: usize = 3;
    /// Largest degree.
    pub const MAX_DEGREE: usize = 8192;

    /// N.
    pub const fn degree(self) -> usize {
        match self {
            Preset::Small => 2048,
            Preset::Sum | Preset::Shared => 4096,
            Preset::Variance | Preset::Depth2 => 8192,
        }
    }

    /// log₂ N.
    pub const fn log_degree(self) -> u32 {
        self.degree().trailing_zeros()
    }

    /// Complex numbers that a plaintext holds: N/2.
    pub const fn slots(self) -> usize {
        self.degree() / 2
    }

    /// The primes of ciphertexts, q₀ first. Each is 1 modulo 2N, and the largest such of its length that no
    /// other place of the preset has.
    pub const fn primes(self) -> &'static [u64] {
        match self {
            Preset::Small => &[Q27, Q26],
            Preset::Sum => &[Q50[0]],
            Preset::Variance => &[Q50[0], Q40],
            Preset::Depth2 => &[Q50[0], Q45[0], Q45[1]],
            Preset::Shared => &[Q50[0], Q50[1]],
        }
    }

    /// The prime that keys are switched with, which no ciphertext has.
    pub const fn special(self) -> Option<u64> {
        match self {
            Preset::Small | Preset::Shared => None,
            Preset::Sum | Preset::Variance | Preset::Depth2 => Some(Q50[1]),
        }
    }

    /// The level of a fresh ciphertext: primes less one.
    pub const fn top_level(self) -> u8 {
        match self {
            Preset::Sum => 0,
            Preset::Small | Preset::Variance | Preset::Shared => 1,
            Preset::Depth2 => 2,
        }
    }

    /// log₂ of the scale that [encoding](crate::Encoder) is usually done at.
    pub const fn usual_scale(self) -> u32 {
        match self {
            Preset::Small => 24,
            Preset::Sum => 30,
            Preset::Variance => 40,
            Preset::Depth2 => 45,
            Preset::Shared => 80,
        }
    }

    /// log₂ of the scales that it can be done at.
    pub const fn scales(self) -> RangeInclusive<u32> {
        match self {
            Preset::Small => 8..=50,
            Preset::Sum => 8..=48,
            Preset::Variance => 8..=80,
            Preset::Depth2 | Preset::Shared => 8..=96,
        }
    }

    /// Σ log₂ of all primes, rounded up: at most [`Preset::limit`].
    pub const fn log_product(self) -> u32 {
        match self {
            Preset::Small => 53,
            Preset::Sum | Preset::Shared => 100,
            Preset::Variance => 140,
            Preset::Depth2 => 190,
        }
    }

    /// Most bits that all primes may have together for 128 bits of security against classical computers with ternary
    /// secrets, a bit to a few below the table of the Homomorphic Encryption Standard (Albrecht et al. 2018, table 1: 54,
    /// 109, 218), which SEAL and OpenFHE use. `None` for a degree without an entry.
    pub const fn limit(degree: usize) -> Option<u32> {
        match degree {
            2048 => Some(53),
            4096 => Some(106),
            8192 => Some(214),
            _ => None,
        }
    }

    /// Whether all primes of a ring, the special one too, have so few bits together as its degree takes: what each preset is
    /// checked for when this crate is compiled.
    pub const fn is_secure(degree: usize, primes: &[u64]) -> bool {
        let Some(limit) = Preset::limit(degree) else { return false };
        let mut bits = 0u32;
        let mut left = primes;
        while let [first, rest @ ..] = left {
            // No less than the logarithm.
            bits = bits.saturating_add(u64::BITS.saturating_sub(first.leading_zeros()));
            left = rest;
        }
        !primes.is_empty() && bits <= limit
    }
}

const _: () = {
    assert!(Preset::is_secure(2048, &[Q27, Q26]));
    assert!(Preset::is_secure(4096, &Q50));
    assert!(Preset::is_secure(8192, &[Q50[0], Q40, Q50[1]]));
    assert!(Preset::is_secure(8192, &[Q50[0], Q45[0], Q45[1], Q50[1]]));
};

/// Primes that are 1 modulo 2¹⁴ (of 27 and 26 bits: modulo 2¹²).
const Q50: [u64; 2] = [0x3_ffff_ffff_c001, 0x3_ffff_fffc_c001];
const Q45: [u64; 2] = [0x1fff_fff8_c001, 0x1fff_fff5_c001];
const Q40: u64 = 0xff_fffd_c001;
const Q27: u64 = 0x7ff_6001;
const Q26: u64 = 0x3ff_f001;

impl Preset {
    /// That bytes of this preset are read where it belongs.
    ///
    /// # Errors
    /// [`Malformed::OtherPreset`](crate::Malformed::OtherPreset).
    pub(crate) fn read_for(self, need: Preset) -> Result<(), crate::Error> {
        if self == need { Ok(()) } else { Err(crate::Malformed::OtherPreset { have: self, need }.into()) }
    }
}

impl TryFrom<u8> for Preset {
    type Error = crate::Error;

    fn try_from(byte: u8) -> Result<Self, crate::Error> {
        let preset = Preset::ALL.into_iter().find(|preset| *preset as u8 == byte);
        preset.ok_or(crate::Malformed::UnknownPreset.into())
    }
}
