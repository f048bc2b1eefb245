//! The key that opens ciphertexts.

use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use meter_link::EpochView;
use rand_core::CryptoRng;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::public::{Origin, PublicKey};
use crate::derive::KeyId;
use crate::error::{Error, Malformed};
use crate::joint::common_seed;
use crate::preset::Preset;
use crate::ring::Ring;
use crate::sample::{self, label};

/// s: ternary, and what everything else of a key is made from.
///
/// # Security
/// It opens every ciphertext under its public key. In a metering group the [key holder](crate) alone has it.
pub struct SecretKey {
    ring: Arc<Ring>,
    seed: Zeroizing<[u8; 32]>,
    polynomial: SecretPolynomial,
    public: PublicKey,
}

impl SecretKey {
    /// Bytes of a stored key.
    pub const LEN: usize = 66;

    /// A new key.
    pub fn generate<R: CryptoRng + ?Sized>(ring: &Arc<Ring>, rng: &mut R) -> Self {
        let (mut seed, mut public_seed) = (Zeroizing::new([0; 32]), [0; 32]);
        rng.fill_bytes(seed.as_mut_slice());
        rng.fill_bytes(&mut public_seed);
        Self::from_seed(ring, &mut seed, public_seed)
    }

    /// A new key of an epoch, for a [`KeyHolder`](crate::KeyHolder): its public half is bound to the epoch's context, so that it
    /// serves no other.
    pub fn of_epoch<R: CryptoRng + ?Sized>(ring: &Arc<Ring>, view: &EpochView, rng: &mut R) -> Self {
        let mut seed = Zeroizing::new([0; 32]);
        rng.fill_bytes(seed.as_mut_slice());
        Self::from_seed(ring, &mut seed, common_seed(view.context()))
    }

    /// From 32 secret random bytes, which are wiped where they lay, and 32 public ones.
    ///
    /// # Security
    /// Every key takes a seed of its own: two keys of one seed and two public seeds have the same error.
    pub fn from_seed(ring: &Arc<Ring>, seed: &mut [u8; 32], public_seed: [u8; 32]) -> Self {
        let own = Zeroizing::new(*seed);
        seed.zeroize();
        let polynomial = SecretPolynomial::ternary(ring, &own);
        let b = polynomial.public(ring, &own, label::PUBLIC_ERROR, Origin::Single.label(), &public_seed);
        let public = PublicKey::new(ring, Origin::Single, public_seed, b);
        SecretKey { ring: ring.clone(), seed: own, polynomial, public }
    }

    /// `1 u8 ‖ preset u8 ‖ seed 32 ‖ public seed 32`, for storing: the only way out.
    pub fn to_bytes(&self) -> Zeroizing<[u8; Self::LEN]> {
        let mut bytes = Zeroizing::new([0; Self::LEN]);
        let head = [1, self.preset() as u8];
        let parts = head.iter().chain(self.seed.iter()).chain(self.public.seed());
        for (byte, part) in bytes.iter_mut().zip(parts) {
            *byte = *part;
        }
        bytes
    }

    /// Takes a stored key over; the bytes are wiped where they lay.
    ///
    /// # Errors
    /// [`Malformed::UnknownPreset`], [`Malformed::BadHeader`] for another version; [`Malformed::OtherPreset`] for a key of
    /// another preset than the ring.
    pub fn from_bytes(ring: &Arc<Ring>, bytes: &mut [u8; Self::LEN]) -> Result<Self, Error> {
        let copy = Zeroizing::new(*bytes);
        bytes.zeroize();
        let [version, preset, rest @ ..] = &*copy;
        let preset = Preset::try_from(*preset)?;
        if *version != 1 {
            return Err(Malformed::BadHeader.into());
        }
        preset.read_for(ring.preset())?;
        let (mut seed, mut public_seed) = (Zeroizing::new([0; 32]), [0; 32]);
        for (byte, stored) in seed.iter_mut().chain(&mut public_seed).zip(rest) {
            *byte = *stored;
        }
        Ok(Self::from_seed(ring, &mut seed, public_seed))
    }

    /// The key to encrypt with.
    pub fn public_key(&self) -> &PublicKey {
        &self.public
    }

    /// The public key's name, which ciphertexts carry.
    pub fn id(&self) -> KeyId {
        self.public.id()
    }

    /// Whose ring it is in.
    pub fn preset(&self) -> Preset {
        self.ring.preset()
    }

    pub(crate) fn ring(&self) -> &Arc<Ring> {
        &self.ring
    }

    pub(crate) fn seed(&self) -> &[u8; 32] {
        &self.seed
    }

    pub(crate) fn polynomial(&self) -> &SecretPolynomial {
        &self.polynomial
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretKey").field("id", &self.id()).finish_non_exhaustive()
    }
}

/// A secret polynomial in NTT order, for all primes, the special one last.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(crate) struct SecretPolynomial {
    residues: Vec<u64>,
    #[zeroize(skip)]
    degree: usize,
}

impl SecretPolynomial {
    /// Ternary, from a seed: of a key, or of a party's part of one.
    pub(crate) fn ternary(ring: &Ring, seed: &[u8; 32]) -> Self {
        let degree = ring.preset().degree();
        let mut small = Zeroizing::new(vec![0i8; degree]);
        sample::ternary(seed, label::SECRET, 0, &mut small);
        let mut residues = vec![0; ring.places().wrapping_mul(degree)];
        for (prime, out) in ring.all().zip(residues.chunks_exact_mut(degree)) {
            prime.reduce_small(out, &small);
            prime.forward(out);
        }
        SecretPolynomial { residues, degree }
    }

    /// From residues for all primes, in NTT order: sums of parties' parts, shares.
    #[allow(dead_code)]
    pub(crate) fn from_residues(ring: &Ring, residues: Vec<u64>) -> Self {
        SecretPolynomial { residues, degree: ring.preset().degree() }
    }

    /// Modulo the prime at a place.
    pub(crate) fn at(&self, place: usize) -> &[u64] {
        self.residues.chunks_exact(self.degree.max(1)).nth(place).unwrap_or_default()
    }

    /// b = −a·s + e for ciphertext primes, with a from a public seed and e from a secret one.
    pub(crate) fn public(
        &self,
        ring: &Ring,
        seed: &[u8; 32],
        error_label: u64,
        uniform_label: u64,
        public_seed: &[u8; 32],
    ) -> Vec<u64> {
        let mut small = Zeroizing::new(vec![0i8; self.degree]);
        sample::cbd(seed, error_label, 0, &mut small);
        let mut a = vec![0; self.degree];
        let mut b = vec![0; ring.primes().len().wrapping_mul(self.degree)];
        for ((place, prime), b) in (0u32..).zip(ring.primes()).zip(b.chunks_exact_mut(self.degree)) {
            prime.reduce_small(b, &small);
            prime.forward(b);
            sample::uniform(public_seed, uniform_label, place, prime, &mut a);
            prime.mul_sub(b, &a, self.at(place as usize));
        }
        b
    }
}
