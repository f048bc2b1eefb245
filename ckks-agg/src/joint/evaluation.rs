//! Joint keys for evaluators: rotations in one step, relinearisation in two.
//!
//! Rotation by g: each party gives bᵢ = −a·sᵢ + eᵢ + P·sᵢ(X^g) for each digit, over a common a; the sum is the key. Relinearisation
//! (Mouchet et al., PETS 2021, protocol 2): with fresh uᵢ each party gives h⁰ᵢ = −uᵢ·a + P·sᵢ + e and h¹ᵢ = sᵢ·a + e, then for the
//! sums h⁰, h¹ of all it gives sᵢ·h⁰ + e and (uᵢ − sᵢ)·h¹ + e; the key is (Σ of both, h¹).
//!
//! Shares go to everybody in authenticated frames.
//!
//! # Security
//! A rotation key that a liar has spoilt spoils results and opens nothing: what is wrong with them is public. **The key to
//! relinearise with is for parties that all follow the protocol** (as in the paper): who adds δ to its h¹ makes it a key of
//! P·s² + u·δ + e, so that decrypted products carry d·u·δ/P with public digits d, which gives u = Σ uᵢ, and with h⁰ the secret
//! key. Where one may lie, products are not decrypted jointly; the roles of this crate have no products: meters send squares.

use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use zeroize::Zeroizing;

use super::secret::JointSecret;
use crate::derive::KeyId;
use crate::error::{Error, Misuse};
use crate::keys::SecretPolynomial;
use crate::ntt;
use crate::ring::{Prime, Ring};
use crate::sample::{self, label};
use crate::switching::{Element, Origin, SwitchingKey, SwitchingKeys, rotation};

/// Rows of a switching key: for each digit, for all primes, N residues.
type Rows = Vec<u64>;

/// A party's share of a rotation key.
pub struct RotationShare {
    id: KeyId,
    element: Element,
    b: Rows,
}

/// A party's first share of a relinearisation key.
pub struct RelinearisationFirst {
    id: KeyId,
    h: [Rows; 2],
}

/// A party's second share of a relinearisation key.
pub struct RelinearisationSecond {
    id: KeyId,
    sum: Rows,
    h1: Rows,
}

/// What a row is computed from.
struct Row<'a> {
    prime: &'a Prime,
    digit: usize,
    place: usize,
    /// Whether it is the digit's own prime, where P times the target is added.
    own: bool,
}

fn rows(ring: &Ring) -> impl Iterator<Item = Row<'_>> {
    (0..ring.primes().len()).flat_map(move |digit| {
        let places = ring.all().enumerate();
        places.map(move |(place, prime)| Row { prime, digit, place, own: place == digit })
    })
}

impl JointSecret {
    fn blank(&self) -> Result<(Rows, u64), Error> {
        let ring = &self.part.ring;
        let special = ring.special().map(Prime::q).ok_or(Misuse::NoSwitchingKey)?;
        let rows = ring.primes().len().wrapping_mul(ring.places());
        Ok((vec![0; rows.wrapping_mul(ring.preset().degree())], special))
    }

    /// Another seed for each purpose: an error that is used twice is one equation of the key.
    fn error(&self, purpose: &[u8], row: &Row<'_>, seed: &[u8; 32], out: &mut [u64]) {
        let mut small = Zeroizing::new(vec![0i8; out.len()]);
        let index = u32::try_from(row.digit).unwrap_or(0);
        debug_assert!(!purpose.is_empty());
        sample::cbd(seed, label::SWITCHING_ERROR, index, &mut small);
        row.prime.reduce_small(out, &small);
        row.prime.forward(out);
    }

    /// The common a of a digit at a place, of the key with this number.
    fn common(&self, number: u32, row: &Row<'_>, out: &mut [u64]) {
        let index = number.wrapping_mul(256).wrapping_add(row_index(row));
        sample::uniform(&self.common, label::SWITCHING_UNIFORM, index, row.prime, out);
    }

    /// This party's share of the key that turns slots by `steps` places to the left.
    ///
    /// # Errors
    /// [`Misuse::NoSwitchingKey`] for a preset that has no prime to switch with, or for no turn at all.
    pub fn rotation_share(&self, steps: i32) -> Result<RotationShare, Error> {
        let element = rotation(self.preset(), steps).ok_or(Misuse::NoSwitchingKey)?;
        let (mut b, special) = self.blank()?;
        let degree = self.preset().degree();
        let seed = self.part.derive(b"wattsum v1 ckks rotation share", &[&element.0.to_le_bytes()])?;
        let permutation = ntt::automorphism(degree, element.0);
        let mut work = Zeroizing::new(vec![0u64; degree]);
        for (row, b) in rows(&self.part.ring).zip(b.chunks_exact_mut(degree)) {
            let s = self.part.secret.at(row.place);
            self.error(b"rotation", &row, &seed, b);
            self.common(element.0, &row, &mut work);
            row.prime.mul_sub(b, &work, s);
            if row.own {
                row.prime.permute(&mut work, s, &permutation);
                row.prime.mul_scalar_add(b, &work, row.prime.modulus().reduce(special));
            }
        }
        Ok(RotationShare { id: self.id, element, b })
    }

    /// uᵢ.
    fn ephemeral(&self) -> Result<SecretPolynomial, Error> {
        let seed = self.part.derive(b"wattsum v1 ckks relinearisation u", &[])?;
        Ok(SecretPolynomial::ternary(&self.part.ring, &seed))
    }

    /// This party's first share of the relinearisation key. The same again is the same.
    ///
    /// # Errors
    /// [`Misuse::NoSwitchingKey`] for a preset that has no prime to switch with.
    pub fn relinearisation_first(&self) -> Result<RelinearisationFirst, Error> {
        let (mut h0, special) = self.blank()?;
        let mut h1 = h0.clone();
        let degree = self.preset().degree();
        let seed = |purpose: &[u8]| self.part.derive(b"wattsum v1 ckks relinearisation", &[purpose]);
        let (first, second) = (seed(b"h0")?, seed(b"h1")?);
        let u = self.ephemeral()?;
        let mut a = vec![0u64; degree];
        let out = h0.chunks_exact_mut(degree).zip(h1.chunks_exact_mut(degree));
        for (row, (h0, h1)) in rows(&self.part.ring).zip(out) {
            let s = self.part.secret.at(row.place);
            self.common(0, &row, &mut a);
            self.error(b"h0", &row, &first, h0);
            row.prime.mul_sub(h0, &a, u.at(row.place));
            if row.own {
                row.prime.mul_scalar_add(h0, s, row.prime.modulus().reduce(special));
            }
            self.error(b"h1", &row, &second, h1);
            row.prime.mul_add(h1, &a, s);
        }
        Ok(RelinearisationFirst { id: self.id, h: [h0, h1] })
    }

    /// This party's second share, from the first ones of all parties. **Once**: shares for two sums have one error.
    ///
    /// # Errors
    /// [`Misuse::WrongParty`] unless there are as many as parties, of this key; [`Misuse::NoSwitchingKey`].
    pub fn relinearisation_second(
        &self,
        first: &[RelinearisationFirst],
    ) -> Result<RelinearisationSecond, Error> {
        if first.len() != self.fellows.len() || first.iter().any(|share| share.id != self.id) {
            return Err(Misuse::WrongParty.into());
        }
        let ring = &self.part.ring;
        let degree = self.preset().degree();
        let (mut h0, _) = self.blank()?;
        let mut h1 = h0.clone();
        for RelinearisationFirst { h: [a, b], .. } in first {
            add(ring, &mut h0, a);
            add(ring, &mut h1, b);
        }
        // Other sums, other errors: a second call with other shares gives no equation without one.
        let digest = digest(&[&h0, &h1]);
        let seed = |purpose: &[u8]| self.part.derive(b"wattsum v1 ckks relinearisation", &[purpose, &digest]);
        let (third, fourth) = (seed(b"second h0")?, seed(b"second h1")?);
        let u = self.ephemeral()?;
        let (mut sum, mut work) = (h0.clone(), Zeroizing::new(vec![0u64; degree]));
        let polys = sum.chunks_exact_mut(degree).zip(h1.chunks_exact(degree));
        for (row, (sum, h1)) in rows(ring).zip(polys) {
            let s = self.part.secret.at(row.place);
            row.prime.mul(sum, s);
            self.error(b"second h0", &row, &third, &mut work);
            row.prime.add(sum, &work);
            self.error(b"second h1", &row, &fourth, &mut work);
            row.prime.add(sum, &work);
            work.copy_from_slice(u.at(row.place));
            row.prime.sub(&mut work, s);
            row.prime.mul_add(sum, &work, h1);
        }
        Ok(RelinearisationSecond { id: self.id, sum, h1 })
    }
}

impl RotationShare {
    /// The key of all parties' shares.
    ///
    /// # Errors
    /// [`Misuse::WrongParty`] unless there are `parties` of one rotation and key.
    pub fn combine(
        ring: &Arc<Ring>,
        common: &JointSecret,
        shares: &[RotationShare],
    ) -> Result<SwitchingKeys, Error> {
        let (first, rest) = shares.split_first().ok_or(Misuse::WrongParty)?;
        let same = |share: &RotationShare| share.id == first.id && share.element == first.element;
        if shares.len() != common.fellows.len() || first.id != common.id || !rest.iter().all(same) {
            return Err(Misuse::WrongParty.into());
        }
        let mut b = first.b.clone();
        rest.iter().for_each(|share| add(ring, &mut b, &share.b));
        let degree = ring.preset().degree();
        let mut a = vec![0; b.len()];
        for (row, a) in rows(ring).zip(a.chunks_exact_mut(degree)) {
            common.common(first.element.0, &row, a);
        }
        let key = SwitchingKey::new(ring, first.element, Origin::Full, b, a);
        Ok(SwitchingKeys::new(ring, first.id, u16::from(common.parties()), vec![key]))
    }
}

impl RelinearisationSecond {
    /// The key of all parties' second shares.
    ///
    /// # Errors
    /// [`Misuse::WrongParty`] unless there are `parties` of one key and of the same first shares.
    pub fn combine(
        ring: &Arc<Ring>,
        parties: u16,
        shares: &[RelinearisationSecond],
    ) -> Result<SwitchingKeys, Error> {
        let (first, rest) = shares.split_first().ok_or(Misuse::WrongParty)?;
        let same = |share: &RelinearisationSecond| share.id == first.id && share.h1 == first.h1;
        if shares.len() != usize::from(parties) || !rest.iter().all(same) {
            return Err(Misuse::WrongParty.into());
        }
        let mut b = first.sum.clone();
        rest.iter().for_each(|share| add(ring, &mut b, &share.sum));
        let key = SwitchingKey::new(ring, Element::SQUARE, Origin::Full, b, first.h1.clone());
        Ok(SwitchingKeys::new(ring, first.id, parties, vec![key]))
    }
}

fn row_index(row: &Row<'_>) -> u32 {
    u32::try_from(row.digit.wrapping_mul(16).wrapping_add(row.place)).unwrap_or(0)
}

fn add(ring: &Ring, sum: &mut [u64], other: &[u64]) {
    let degree = ring.preset().degree();
    let pairs = sum.chunks_exact_mut(degree).zip(other.chunks_exact(degree));
    for (row, (sum, other)) in rows(ring).zip(pairs) {
        row.prime.add(sum, other);
    }
}

fn digest(rows: &[&Rows]) -> [u8; 32] {
    use sha2::{Digest, Sha256};
    let mut hash = Sha256::new();
    rows.iter().for_each(|rows| rows.iter().for_each(|residue| hash.update(residue.to_le_bytes())));
    hash.finalize().into()
}

impl fmt::Debug for RotationShare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RotationShare").field("element", &self.element).finish_non_exhaustive()
    }
}

impl fmt::Debug for RelinearisationFirst {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RelinearisationFirst(..)")
    }
}

impl fmt::Debug for RelinearisationSecond {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RelinearisationSecond(..)")
    }
}
