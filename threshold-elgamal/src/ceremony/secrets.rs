//! What a participant draws in a ceremony: all of it follows from one stored seed, so that after a power cut the
//! same frames come out.

use core::fmt;

use alloc::vec::Vec;

use curve25519_dalek::scalar::Scalar;
use meter_link::{Context, Identity, Kind, PartyId, Scope};
use rand_core::CryptoRng;
use sha2::{Digest, Sha512};
use zeroize::{ZeroizeOnDrop, Zeroizing};

/// What a scalar is for; the byte is hashed.
#[derive(Clone, Copy, Debug)]
#[repr(u8)]
pub(super) enum Use {
    /// Secret of the key that shares are sealed to.
    Receiving = 0,
    /// Secret of the key that shares are sealed with.
    Dealing = 1,
    /// A coefficient of the dealt polynomial.
    Coefficient = 2,
    /// Nonce of a proof of possession.
    Possession = 3,
    /// Nonce of the proof in a complaint.
    Complaint = 4,
}

/// The seed, and what hedges it: a generator that is stuck still gives secrets that nobody else can make.
#[derive(ZeroizeOnDrop)]
pub(super) struct Secrets {
    seed: [u8; 32],
    device: [u8; Identity::SIGNATURE_LEN],
    #[zeroize(skip)]
    place: ([u8; 32], PartyId),
}

impl Secrets {
    pub(super) fn seed<R: CryptoRng + ?Sized>(rng: &mut R) -> Zeroizing<[u8; 32]> {
        let mut seed = Zeroizing::new([0u8; 32]);
        rng.fill_bytes(seed.as_mut_slice());
        seed
    }

    pub(super) fn new(seed: &[u8; 32], identity: &Identity, ceremony: &Context, id: PartyId) -> Self {
        // No frame has this body: a frame's first byte is a protocol number.
        let body = b"wattsum v1 elgamal ceremony secret";
        let device = identity.sign(Kind::Commitments, &Scope::Context(ceremony), body);
        Secrets { seed: *seed, device, place: (*ceremony.as_bytes(), id) }
    }

    /// `SHA-512("wattsum v1 elgamal ceremony secret" ‖ seed 32 ‖ device secret 64 ‖ ceremony id 32 ‖ id u32 ‖ use u8 ‖
    /// index u8 ‖ statement) mod q`.
    pub(super) fn scalar(&self, purpose: Use, index: u8, statement: &[&[u8]]) -> Zeroizing<Scalar> {
        let (ceremony, id) = &self.place;
        let mut hash = Sha512::new();
        hash.update(b"wattsum v1 elgamal ceremony secret");
        hash.update(self.seed);
        hash.update(self.device);
        hash.update(ceremony);
        hash.update(id.0.to_le_bytes());
        hash.update([purpose as u8, index]);
        statement.iter().for_each(|part| hash.update(part));
        let mut wide = Zeroizing::new([0u8; 64]);
        hash.finalize_into((&mut *wide).into());
        Zeroizing::new(Scalar::from_bytes_mod_order_wide(&wide))
    }

    /// The polynomial with t coefficients, `first` at 0 where there is one to be dealt anew.
    pub(super) fn polynomial(&self, threshold: u8, first: Option<&Scalar>) -> Polynomial {
        // Room for all at once: no copies stay in freed memory.
        let mut coefficients = Zeroizing::new(Vec::with_capacity(threshold.into()));
        for index in 0..threshold {
            let drawn = self.scalar(Use::Coefficient, index, &[]);
            coefficients.push(match first {
                Some(secret) if index == 0 => *secret,
                _ => *drawn,
            });
        }
        Polynomial(coefficients)
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets(..)")
    }
}

/// f_i, lowest coefficient first.
pub(super) struct Polynomial(Zeroizing<Vec<Scalar>>);

impl Polynomial {
    pub(super) fn coefficients(&self) -> &[Scalar] {
        &self.0
    }

    /// f_i(number).
    pub(super) fn at(&self, number: u8) -> Zeroizing<Scalar> {
        let x = Scalar::from(number);
        let mut value = Zeroizing::new(Scalar::ZERO);
        for coefficient in self.0.iter().rev() {
            *value = *value * x + coefficient;
        }
        value
    }
}
