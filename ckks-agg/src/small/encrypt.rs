//! The arithmetic of an encryption: prime after prime, straight into the ciphertext's bytes.
//!
//! ```text
//! seeded:      c0 = −a·s + NTT(m + e)     a = uniform S(p, 7, j)                    e = CBD S(n, 5, 0)
//! public key:  c0 = b·v + NTT(m + e0)     v = ternary S(n, 4, 0)                    e0 = CBD S(n, 5, 0)
//!              c1 = a·v + NTT(e1)         a = uniform S(public seed, 2 or 12, j)    e1 = CBD S(n, 6, 0)
//! ```
//! n is the noise key and p the ciphertext's public seed. Sums are at most 13q + 21, which fits into 31 bits and a sign.

use zeroize::Zeroize;

use super::key::{PublicKey, SecretKey, by_prime};
use super::pack::{Packer, Unpacker};
use super::prime::{PRIMES, Prime};
use super::stream::{Done, Label, centred_binomial, ternary, uniform};
use super::transform::forward;
use super::{DEGREE, FIRST_LEN, HEADER_LEN, PACKED_LEN, Readings, Workspace};
use crate::bound::Bound;
use crate::derive::KeyId;
use crate::preset::Preset;

/// What stands in front of the residues.
pub(super) struct Header {
    /// 1 seeded, 2 pair.
    pub(super) form: u8,
    pub(super) scale_bits: u32,
    pub(super) id: KeyId,
    pub(super) bound: Bound,
}

impl Header {
    /// `1 u8 ‖ preset u8 ‖ form u8 ‖ level u8 ‖ packing u8 ‖ log₂ i16 ‖ exponents i8×3 ‖ times u32 ‖ key id 16 ‖ message,
    /// noise, coefficient bounds f64×3`.
    pub(super) fn write(&self, out: &mut [u8; HEADER_LEN]) {
        const INTEGERS: u8 = 1;
        let Bound { message, noise, coefficient } = self.bound;
        let [bits, zero, ..] = self.scale_bits.to_le_bytes();
        let (scale, times) = ([bits, zero, 0, 0, 0], 1u32);
        let fixed = [1, Preset::Small as u8, self.form, Preset::Small.top_level(), INTEGERS];
        let bounds = [message, noise, coefficient].map(f64::to_le_bytes);
        let fields = fixed.into_iter().chain(scale).chain(times.to_le_bytes()).chain(self.id.0);
        for (out, byte) in out.iter_mut().zip(fields.chain(bounds.into_iter().flatten())) {
            *out = byte;
        }
    }
}

/// `out`: p ‖ c0.
pub(super) fn seeded<V: Copy + Into<i64>>(
    key: &SecretKey,
    readings: &Readings<'_, V>,
    (noise_key, public_seed): (&[u8; 32], &[u8; 32]),
    workspace: &mut Workspace,
    out: &mut [u8],
) {
    let Some((seed, out)) = out.split_first_chunk_mut() else { return };
    *seed = *public_seed;
    let Workspace { factor, sum, first_error: error, .. } = workspace;
    centred_binomial(noise_key, Label::FirstError, error);
    for ((place, prime), out) in (0..).zip(&PRIMES).zip(of_each_prime(out)) {
        transformed_ternary(prime, &key.seed, Label::Secret, Sign::Minus, factor);
        transformed_message(prime, readings, error, sum);
        add_uniform_products(prime, (public_seed, Label::Seeded, place), factor, sum);
        reduced(prime, sum, &mut Packer::into(prime.bits, out));
    }
    workspace.zeroize();
}

/// `out`: c0 ‖ c1.
pub(super) fn pair<V: Copy + Into<i64>>(
    key: &PublicKey<'_>,
    readings: &Readings<'_, V>,
    noise_key: &[u8; 32],
    workspace: &mut Workspace,
    out: &mut [u8],
) {
    let Some((first, second)) = out.split_at_mut_checked(PACKED_LEN) else { return };
    let Workspace { factor, sum, first_error, second_error } = workspace;
    centred_binomial(noise_key, Label::FirstError, first_error);
    centred_binomial(noise_key, Label::SecondError, second_error);
    let outs = of_each_prime(first).into_iter().zip(of_each_prime(second));
    for (((place, prime), packed), (first, second)) in (0..).zip(&PRIMES).zip(by_prime(key.packed)).zip(outs)
    {
        transformed_ternary(prime, noise_key, Label::EncryptionKey, Sign::Plus, factor);
        transformed_message(prime, readings, first_error, sum);
        add_products(prime, Unpacker::new(prime.bits, packed), factor, sum);
        reduced(prime, sum, &mut Packer::into(prime.bits, first));
        transformed_error(prime, second_error, sum);
        add_uniform_products(prime, (key.seed, key.label, place), factor, sum);
        reduced(prime, sum, &mut Packer::into(prime.bits, second));
    }
    workspace.zeroize();
}

/// c1 alone.
pub(super) fn mask(
    key: &PublicKey<'_>,
    noise_key: &[u8; 32],
    workspace: &mut Workspace,
    mut take: impl FnMut([u8; 4]),
) {
    let Workspace { factor, sum, second_error: error, .. } = workspace;
    centred_binomial(noise_key, Label::SecondError, error);
    for (place, prime) in (0..).zip(&PRIMES) {
        transformed_ternary(prime, noise_key, Label::EncryptionKey, Sign::Plus, factor);
        transformed_error(prime, error, sum);
        add_uniform_products(prime, (key.seed, key.label, place), factor, sum);
        reduced(prime, sum, &mut Packer::new(prime.bits, &mut take));
    }
    workspace.zeroize();
}

/// Of a ternary polynomial.
#[derive(Clone, Copy, PartialEq)]
enum Sign {
    Plus,
    Minus,
}

/// In Montgomery form, so that products with it are products; at most 12q.
#[inline(never)]
fn transformed_ternary(prime: &Prime, seed: &[u8; 32], label: Label, sign: Sign, out: &mut [i32; DEGREE]) {
    let one = if sign == Sign::Plus { prime.one } else { prime.one.wrapping_neg() };
    let mut rest = out.iter_mut();
    ternary(seed, label, |value| match rest.next() {
        Some(place) => {
            *place = value.wrapping_mul(one);
            None
        }
        None => Some(Done),
    });
    forward(prime, out);
}

/// At most 12q + 21.
#[inline(never)]
fn transformed_message<V: Copy + Into<i64>>(
    prime: &Prime,
    readings: &Readings<'_, V>,
    error: &[i8; DEGREE],
    out: &mut [i32; DEGREE],
) {
    let scale = prime.scale(readings.scale_bits());
    for (place, error) in out.iter_mut().zip(error) {
        *place = (*error).into();
    }
    for (place, value) in out.iter_mut().zip(readings.values()) {
        *place = place.wrapping_add(prime.scaled((*value).into(), scale));
    }
    forward(prime, out);
}

/// At most 12q.
#[inline(never)]
fn transformed_error(prime: &Prime, error: &[i8; DEGREE], out: &mut [i32; DEGREE]) {
    for (place, error) in out.iter_mut().zip(error) {
        *place = (*error).into();
    }
    forward(prime, out);
}

/// Adds a·`secret`, where a is uniform of the seed, label and place: q at most.
#[inline(never)]
fn add_uniform_products(
    prime: &Prime,
    (seed, label, place): (&[u8; 32], Label, u32),
    secret: &[i32; DEGREE],
    sum: &mut [i32; DEGREE],
) {
    let mut rest = secret.iter().zip(sum);
    uniform(seed, label, place, prime, |a| match rest.next() {
        Some((secret, sum)) => {
            *sum = sum.wrapping_add(prime.product(*secret, a.cast_signed()));
            None
        }
        None => Some(Done),
    });
}

/// Adds b·`secret`: q at most.
#[inline(never)]
fn add_products(prime: &Prime, mut b: Unpacker<'_>, secret: &[i32; DEGREE], sum: &mut [i32; DEGREE]) {
    for (secret, sum) in secret.iter().zip(sum) {
        *sum = sum.wrapping_add(prime.product(*secret, b.next().cast_signed()));
    }
}

/// Into bytes, from 0 to q − 1.
#[inline(always)]
fn reduced(prime: &Prime, sum: &[i32; DEGREE], out: &mut Packer<impl FnMut([u8; 4])>) {
    for sum in sum {
        out.put(prime.reduced(*sum));
    }
}

/// The bytes of each prime's residues.
fn of_each_prime(packed: &mut [u8]) -> [&mut [u8]; 2] {
    let (first, second) = packed.split_at_mut_checked(FIRST_LEN).unwrap_or_default();
    [first, second]
}
