//! Ciphertexts and plain values.

use super::{Evaluator, checks, rescale};
use crate::bound::Bound;
use crate::ciphertext::Ciphertext;
use crate::error::{Error, Misuse};
use crate::plaintext::{Coefficients, Packing, Plaintext};
use crate::ring::Prime;

impl Evaluator {
    /// acc + plaintext.
    ///
    /// # Errors
    /// [`Misuse::MixedPresets`], [`Misuse::WrongKey`], [`Misuse::WrongPacking`], [`Misuse::ScaleMismatch`];
    /// [`Misuse::MessageBeyondModulus`] where the level cannot hold what the sum can be.
    pub fn add_plain(&mut self, acc: &mut Ciphertext, plaintext: &Plaintext) -> Result<(), Error> {
        self.with_plain(acc, plaintext)?;
        if acc.scale() != plaintext.scale() {
            return Err(Misuse::ScaleMismatch { have: acc.scale(), other: plaintext.scale() }.into());
        }
        let bound = acc.bound().plus(rounded(plaintext));
        self.room(acc.level(), &bound)?;
        let poly = &mut self.arena.poly;
        let [c0, ..] = &mut acc.parts;
        for (prime, c0) in self.ring.primes().iter().zip(c0.chunks_exact_mut(self.arena.degree)) {
            transformed(prime, plaintext, poly);
            prime.add(c0, poly);
        }
        acc.header.bound = bound;
        Ok(())
    }

    /// acc·plaintext, slot by slot. The scale is multiplied, too: [`rescale`](Self::rescale) follows.
    ///
    /// # Errors
    /// [`Misuse::MixedPresets`], [`Misuse::WrongKey`]; [`Misuse::WrongPacking`] unless both are reals;
    /// [`Misuse::BadScale`]; [`Misuse::MessageBeyondModulus`] where the level cannot hold what the product can be.
    pub fn times_plain(&mut self, acc: &mut Ciphertext, plaintext: &Plaintext) -> Result<(), Error> {
        self.with_plain(acc, plaintext)?;
        checks::slotwise(acc)?;
        let scale = checks::scale(acc.scale().times(plaintext.scale()), acc.preset(), i16::MAX)?;
        let bound = acc.bound().times(rounded(plaintext));
        self.room(acc.level(), &bound)?;
        acc.expand(&self.ring);
        let (poly, degree) = (&mut self.arena.poly, self.arena.degree);
        let stored = acc.form().stored();
        for (place, prime) in
            self.ring.primes().iter().enumerate().take(usize::from(acc.level()).wrapping_add(1))
        {
            transformed(prime, plaintext, poly);
            for part in acc.parts.iter_mut().take(stored) {
                if let Some(part) = part.chunks_exact_mut(degree).nth(place) {
                    prime.mul(part, poly);
                }
            }
        }
        (acc.header.bound, acc.header.scale) = (bound, scale);
        Ok(())
    }

    /// factor·acc, at the cost of a level: scale and values' steps stay what they are, exactly.
    ///
    /// The factor is rounded to a multiple of 1/q, of the prime q that is rescaled with.
    ///
    /// # Errors
    /// [`Misuse::MixedPresets`], [`Misuse::WrongKey`]; [`Misuse::WrongPacking`] for integers; [`Misuse::DepthExhausted`] at level
    /// 0; [`Misuse::ValueBeyondBound`] for a factor that is no number within 2³²; [`Misuse::MessageBeyondModulus`].
    pub fn times_scalar(&mut self, acc: &mut Ciphertext, factor: f64) -> Result<(), Error> {
        self.own(acc)?;
        if acc.packing() == Packing::Integers {
            return Err(Misuse::WrongPacking.into());
        }
        let last = rescale::last(&self.ring, acc)?;
        if factor.is_nan() || libm::fabs(factor) > MOST_FACTOR {
            return Err(Misuse::ValueBeyondBound { position: 0, bits: 32 }.into());
        }
        #[allow(clippy::cast_precision_loss)] // below 2⁵⁰
        let q = last.q() as f64;
        let exact = factor * q;
        let rounded = libm::rint(exact);
        #[allow(clippy::cast_possible_truncation)] // below 2⁸²
        let multiple = rounded as i128;
        let size = libm::fabs(rounded);
        // Of the rounding to a multiple, and of the product of doubles before it.
        let off = 0.5 + size * f64::EPSILON;
        let Bound { message, noise, coefficient } = acc.bound();
        let bound = Bound {
            message: message * size,
            noise: noise * size + message * off,
            coefficient: coefficient * size + message * off,
        };
        self.room(acc.level(), &bound)?;
        let rescaled = self.rescaled(acc.form(), bound, last.q());
        self.room(acc.level().wrapping_sub(1), &rescaled)?;
        acc.expand(&self.ring);
        self.each(acc, |prime, part| prime.mul_scalar(part, prime.modulus().reduce_i128(multiple)));
        self.divide(acc);
        acc.header.bound = rescaled;
        Ok(())
    }
}

/// A plaintext's bound, with the rounding of its coefficients as noise: unlike a ciphertext's, it is not below any noise that
/// counts.
fn rounded(plaintext: &Plaintext) -> Bound {
    match plaintext.packing() {
        Packing::Integers => plaintext.bound(),
        Packing::Reals | Packing::Pairs => {
            #[allow(clippy::cast_precision_loss)] // at most 8192
            let noise = 0.3184 * plaintext.preset().degree() as f64;
            plaintext.bound().plus(Bound { message: 0.0, noise, coefficient: 0.5 })
        }
    }
}

/// 2³².
const MOST_FACTOR: f64 = 4_294_967_296.0;

/// A plaintext for one prime, in NTT order.
fn transformed(prime: &Prime, plaintext: &Plaintext, out: &mut [u64]) {
    match plaintext.coefficients() {
        Coefficients::Narrow(values) => prime.reduce_i64(out, values),
        Coefficients::Wide(values) => prime.reduce_i128(out, values),
    }
    prime.forward(out);
}
