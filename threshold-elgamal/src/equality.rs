//! Proof that points have one discrete logarithm: D_j = k·C_j for all j, and Y = k·B.
//!
//! Chaum and Pedersen, "Wallet databases with observers" (1992), for many points at once and without
//! interaction, in the form of RFC 9497, sections 2.2.1 and 2.2.2 (`GenerateProof`, `VerifyProof`) with the suite
//! ristretto255-SHA512 of section 4.1. With weights d_j hashed from all points, M = Σ d_j·C_j and Z = Σ d_j·D_j;
//! the proof is c ‖ s with t₂ = s·B + c·Y, t₃ = s·M + c·Z, c = H(Y, M, Z, t₂, t₃).

use alloc::vec::Vec;

use curve25519_dalek::ristretto::{CompressedRistretto, RistrettoPoint};
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::VartimeMultiscalarMul;
use sha2::{Digest, Sha512};
use zeroize::Zeroize;

use crate::error::{Error, Fault};

/// A point and its encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Encoded {
    point: RistrettoPoint,
    bytes: [u8; 32],
}

impl Encoded {
    /// # Errors
    /// [`Fault::NotAPoint`]; to be laid at the sender's door.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, Fault> {
        let point = CompressedRistretto(*bytes).decompress().ok_or(Fault::NotAPoint)?;
        Ok(Encoded { point, bytes: *bytes })
    }

    /// The point.
    pub fn point(&self) -> &RistrettoPoint {
        &self.point
    }

    /// Its encoding.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// The doubles of points. Encoding many doubles costs a tenth of encoding as many points.
    pub fn doubles(halves: &[RistrettoPoint]) -> Vec<Self> {
        let encoded = RistrettoPoint::double_and_compress_batch(halves);
        let double = |(half, bytes): (&RistrettoPoint, CompressedRistretto)| Encoded {
            point: half + half,
            bytes: bytes.to_bytes(),
        };
        halves.iter().zip(encoded).map(double).collect()
    }
}

impl From<RistrettoPoint> for Encoded {
    fn from(point: RistrettoPoint) -> Self {
        Encoded { point, bytes: point.compress().to_bytes() }
    }
}

/// What is proven, and for where: `domain` is RFC 9497's contextString, in parts.
#[derive(Clone, Copy, Debug)]
pub struct Statement<'a> {
    /// Binds a proof to its place.
    pub domain: &'a [&'a [u8]],
    /// Y = k·B.
    pub public: &'a Encoded,
    /// C_j.
    pub inputs: &'a [Encoded],
    /// D_j, as many.
    pub outputs: &'a [Encoded],
}

/// The proof: `c ‖ s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Equality {
    challenge: Scalar,
    answer: Scalar,
}

impl Equality {
    /// Bytes.
    pub const LEN: usize = 64;

    /// Proves a statement.
    ///
    /// # Errors
    /// [`meter_link::Misuse::WrongLength`] unless there are as many outputs as inputs, at most 65,535, and a domain of at
    /// most [`Statement::DOMAIN`] bytes.
    ///
    /// # Security
    /// `nonce` is a one-use secret: two proofs with one give k away.
    pub fn prove(statement: &Statement<'_>, secret: &Scalar, nonce: &Scalar) -> Result<Self, Error> {
        if !statement.is_one() {
            return Err(meter_link::Misuse::WrongLength.into());
        }
        let to_scalar = ToScalar::new(statement.domain);
        let weights = statement.weights(&to_scalar);
        let m = RistrettoPoint::vartime_multiscalar_mul(&weights, points(statement.inputs));
        // The prover's short cut: Z = k·M.
        let composites = [m, secret * m];
        let commitments = [RistrettoPoint::mul_base(nonce), nonce * m];
        let challenge = statement.challenge(&to_scalar, &composites, &commitments);
        let mut product = challenge * secret;
        let answer = nonce - product;
        product.zeroize();
        Ok(Equality { challenge, answer })
    }

    /// Checks the proof.
    ///
    /// # Errors
    /// [`Fault::BadEquality`], to be laid at the prover's door.
    pub fn verify(&self, statement: &Statement<'_>) -> Result<(), Fault> {
        if !statement.is_one() {
            return Err(Fault::BadEquality);
        }
        let to_scalar = ToScalar::new(statement.domain);
        let weights = statement.weights(&to_scalar);
        let m = RistrettoPoint::vartime_multiscalar_mul(&weights, points(statement.inputs));
        let z = RistrettoPoint::vartime_multiscalar_mul(&weights, points(statement.outputs));
        let (c, s) = (&self.challenge, &self.answer);
        let first = RistrettoPoint::vartime_double_scalar_mul_basepoint(c, statement.public.point(), s);
        let second = RistrettoPoint::vartime_multiscalar_mul([s, c], [m, z]);
        let holds = statement.challenge(&to_scalar, &[m, z], &[first, second]) == self.challenge;
        if holds { Ok(()) } else { Err(Fault::BadEquality) }
    }

    /// `c ‖ s`.
    pub fn to_bytes(&self) -> [u8; Self::LEN] {
        let mut out = [0u8; Self::LEN];
        for (place, part) in out.as_chunks_mut::<32>().0.iter_mut().zip([self.challenge, self.answer]) {
            *place = part.to_bytes();
        }
        out
    }

    /// # Errors
    /// [`Fault::NotAScalar`]; to be laid at its sender's door.
    pub fn from_bytes(bytes: &[u8; Self::LEN]) -> Result<Self, Fault> {
        let scalar =
            |bytes: [u8; 32]| Option::from(Scalar::from_canonical_bytes(bytes)).ok_or(Fault::NotAScalar);
        match bytes.as_chunks::<32>().0 {
            [c, s] => Ok(Equality { challenge: scalar(*c)?, answer: scalar(*s)? }),
            _ => Err(Fault::NotAScalar), // 64 bytes are two chunks
        }
    }
}

fn points(encoded: &[Encoded]) -> impl Iterator<Item = &RistrettoPoint> {
    encoded.iter().map(Encoded::point)
}

impl Statement<'_> {
    /// Most bytes of a domain: RFC 9380 wants at most 255 with the labels.
    pub const DOMAIN: usize = 230;

    /// Whether it has a form that can be hashed without ambiguity, and multiplied.
    fn is_one(&self) -> bool {
        let domain = self.domain.iter().fold(0usize, |sum, part| sum.saturating_add(part.len()));
        let points = self.inputs.len();
        points == self.outputs.len() && points <= usize::from(u16::MAX) && domain <= Self::DOMAIN
    }

    /// d_j of `ComputeComposites`: full-width, each hashed with its pair and a seed of the public key.
    fn weights(&self, to_scalar: &ToScalar) -> Vec<Scalar> {
        let mut seed = Sha512::new();
        framed(&mut seed, &[self.public.bytes()]);
        framed(&mut seed, &with(b"Seed-", self.domain));
        let seed = seed.finalize();
        let mut begun = to_scalar.begun.clone();
        framed(&mut begun, &[&seed]);
        let pairs = (0..=u16::MAX).zip(self.inputs.iter().zip(self.outputs));
        let weight = |(number, (input, output)): (u16, (&Encoded, &Encoded))| {
            let mut hash = begun.clone();
            hash.update(number.to_be_bytes());
            framed(&mut hash, &[input.bytes()]);
            framed(&mut hash, &[output.bytes()]);
            hash.update(b"Composite");
            to_scalar.finish(hash)
        };
        pairs.map(weight).collect()
    }

    fn challenge(
        &self,
        to_scalar: &ToScalar,
        composites: &[RistrettoPoint; 2],
        commitments: &[RistrettoPoint; 2],
    ) -> Scalar {
        let mut hash = to_scalar.begun.clone();
        framed(&mut hash, &[self.public.bytes()]);
        for point in composites.iter().chain(commitments) {
            framed(&mut hash, &[point.compress().as_bytes()]);
        }
        hash.update(b"Challenge");
        to_scalar.finish(hash)
    }
}

/// `HashToScalar`: RFC 9380's expand_message_xmd with SHA-512 to 64 bytes, little-endian, mod q.
struct ToScalar {
    /// After the block of zeros.
    begun: Sha512,
    /// The domain with its length.
    end: Vec<u8>,
}

impl ToScalar {
    fn new(domain: &[&[u8]]) -> Self {
        const BLOCK: usize = 128;
        let mut end = with(b"HashToScalar-", domain).concat();
        end.push(u8::try_from(end.len()).unwrap_or(u8::MAX));
        ToScalar { begun: Sha512::new().chain_update([0; BLOCK]), end }
    }

    fn finish(&self, mut hash: Sha512) -> Scalar {
        hash.update([0, 64, 0]);
        let first = hash.chain_update(&self.end).finalize();
        let wide = Sha512::new().chain_update(first).chain_update([1]).chain_update(&self.end).finalize();
        Scalar::from_bytes_mod_order_wide(&wide.into())
    }
}

fn with<'a>(label: &'a [u8], domain: &[&'a [u8]]) -> Vec<&'a [u8]> {
    core::iter::once(label).chain(domain.iter().copied()).collect()
}

fn length(parts: &[&[u8]]) -> u16 {
    let length = parts.iter().fold(0usize, |sum, part| sum.saturating_add(part.len()));
    u16::try_from(length).unwrap_or(u16::MAX)
}

/// `I2OSP(length, 2) ‖ what it is of`.
fn framed(hash: &mut Sha512, parts: &[&[u8]]) {
    hash.update(length(parts).to_be_bytes());
    parts.iter().for_each(|part| hash.update(part));
}
