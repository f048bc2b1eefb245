//! Eight points or scalars at a time, where the CPU has AVX-512 IFMA; one at a time elsewhere, with the same
//! results.

#[cfg(all(target_arch = "x86_64", feature = "tables"))]
mod commit;
#[cfg(all(target_arch = "x86_64", feature = "tables"))]
mod encrypt;
// Tables use more of these than sums do.
#[cfg(target_arch = "x86_64")]
#[cfg_attr(not(feature = "tables"), allow(dead_code))]
pub(crate) mod field;
#[cfg(target_arch = "x86_64")]
#[cfg_attr(not(feature = "tables"), allow(dead_code))]
mod point;
#[cfg(target_arch = "x86_64")]
#[cfg_attr(not(feature = "tables"), allow(dead_code))]
mod ristretto;
#[cfg(target_arch = "x86_64")]
mod sum;
#[cfg(all(target_arch = "x86_64", feature = "tables"))]
mod table;
#[cfg(target_arch = "x86_64")]
pub(crate) mod x86;

#[cfg(all(target_arch = "x86_64", feature = "tables"))]
use alloc::vec::Vec;
use core::borrow::Borrow;

use curve25519_dalek::ristretto::CompressedRistretto;
#[cfg(all(target_arch = "x86_64", feature = "tables"))]
use curve25519_dalek::scalar::Scalar;
#[cfg(all(target_arch = "x86_64", feature = "tables"))]
use zeroize::zeroize_stack;

#[cfg(all(target_arch = "x86_64", feature = "tables"))]
use crate::ciphertext::split;
use crate::ciphertext::{Ciphertext, EncodedCiphertext};
#[cfg(all(target_arch = "x86_64", feature = "tables"))]
use crate::encryptor::halves;
use crate::error::Fault;
#[cfg(all(target_arch = "x86_64", feature = "tables"))]
use crate::keys::GroupKey;

/// Fewer are added up sooner one by one.
const ENOUGH: usize = 4;

/// [`Ciphertext::sum_encoded`], or `None` where lanes are not to be had or do not pay.
pub(crate) fn sum<T: Borrow<EncodedCiphertext>>(encoded: &[T]) -> Result<Option<Ciphertext>, (usize, Fault)> {
    #[cfg(target_arch = "x86_64")]
    if encoded.len() >= ENOUGH
        && let Some(ifma) = x86::Ifma::detect()
    {
        let [r, c] = ifma.sum(encoded)?.map(|sum| CompressedRistretto(sum).decompress());
        return Ok(r.zip(c).map(|(r, c)| Ciphertext { r, c }));
    }
    Ok(None)
}

/// Tables for [`Encryptor`](crate::Encryptor).
#[cfg(all(target_arch = "x86_64", feature = "tables"))]
pub(crate) struct Encryption {
    ifma: x86::Ifma,
    tables: encrypt::Tables,
}

#[cfg(all(target_arch = "x86_64", feature = "tables"))]
impl Encryption {
    /// Bytes.
    pub(crate) const SIZE: usize = 2 * table::LaneTable::SIZE;

    /// `None` where lanes are not to be had.
    pub(crate) fn new(key: &GroupKey) -> Option<Self> {
        let ifma = x86::Ifma::detect()?;
        let [base, key] = &halves(key);
        Some(Encryption { ifma, tables: ifma.tables(base, key)? })
    }

    /// At most [`encrypt::BATCH`] readings below 2^bits in size.
    pub(crate) fn encrypt(
        &self,
        bits: u32,
        readings: &[i64],
        blindings: &[[u8; 32]],
        out: &mut [EncodedCiphertext],
    ) {
        self.ifma.encrypt(&self.tables, bits, readings, blindings, out);
        zeroize_stack::<WIPED>();
    }
}

/// What a proof of knowledge answers: T₁ = z_r·B − c·R and T₂ = z_m·B + z_r·Y − c·C follow from it.
#[cfg(all(target_arch = "x86_64", feature = "tables"))]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answers<'a> {
    pub(crate) ciphertext: &'a EncodedCiphertext,
    /// c.
    pub(crate) challenge: Scalar,
    /// z_r.
    pub(crate) of_blinding: Scalar,
    /// z_m.
    pub(crate) of_reading: Scalar,
}

#[cfg(all(target_arch = "x86_64", feature = "tables"))]
impl Encryption {
    /// The commitments T₁ ‖ T₂ of each, or `None` where R or C is no point (that R is not the identity is for
    /// the caller to check). Eight cost as much as one. For public values.
    pub(crate) fn commitments(&self, answers: &[Answers<'_>]) -> Vec<Option<[[u8; 32]; 2]>> {
        let mut all = Vec::with_capacity(answers.len());
        for answers in answers.chunks(encrypt::BATCH) {
            let (mut good, mut out) = ([false; encrypt::BATCH], [[0; 64]; encrypt::BATCH]);
            let places = out.split_at_mut_checked(answers.len()).map(|(places, _)| places);
            self.ifma.commitments(&self.tables, answers, &mut good, places.unwrap_or_default());
            let one = |(good, out): (&bool, &[u8; 64])| good.then(|| split(out).into());
            all.extend(good.iter().zip(&out).take(answers.len()).map(one));
        }
        all
    }
}

/// Bytes of stack that encryption in lanes uses at most.
#[cfg(all(target_arch = "x86_64", feature = "tables"))]
const WIPED: usize = 80 * 1024;
