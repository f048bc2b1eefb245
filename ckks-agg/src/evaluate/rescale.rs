//! Division by the last prime.

use super::{Evaluator, checks};
use crate::bound::Bound;
use crate::ciphertext::Ciphertext;
use crate::error::{Error, Misuse};
use crate::ring::{Prime, Ring};
use crate::scale::Scale;
use crate::wire::{Form, Header};

impl Evaluator {
    /// Divides by the last prime, which is left away: level and scale become smaller, and so does the noise. The scale is
    /// that quotient, exactly.
    ///
    /// # Errors
    /// [`Misuse::MixedPresets`], [`Misuse::WrongKey`]; [`Misuse::DepthExhausted`] at level 0; [`Misuse::BadScale`] where the
    /// scale becomes too small.
    pub fn rescale(&mut self, acc: &mut Ciphertext) -> Result<(), Error> {
        self.own(acc)?;
        let q = last(&self.ring, acc)?.q();
        let scale = checks::scale(acc.scale().over(Scale::prime(acc.level())), acc.preset(), i16::MIN)?;
        let bound = self.rescaled(acc.form(), acc.bound(), q);
        self.room(acc.level().wrapping_sub(1), &bound)?;
        acc.expand(&self.ring);
        self.divide(acc);
        (acc.header.scale, acc.header.bound) = (scale, bound);
        Ok(())
    }

    /// The bound of a ciphertext divided by its last prime, `q`.
    pub(super) fn rescaled(&self, form: Form, bound: Bound, q: u64) -> Bound {
        match form {
            Form::Triple => bound.rescaled_wide(self.ring.preset(), q, self.parties),
            _ => bound.rescaled(self.ring.preset(), q, self.parties),
        }
    }

    /// All polynomials of a ciphertext above level 0 by the last prime, and down a level.
    pub(super) fn divide(&mut self, acc: &mut Ciphertext) {
        let level = acc.level();
        let Some(last) = self.ring.prime(usize::from(level)) else { return };
        let stored = acc.form().stored();
        for part in acc.parts.iter_mut().take(stored) {
            divide(&self.ring, last, part, &mut self.arena.poly);
        }
        acc.reset(Header { level: level.saturating_sub(1), ..acc.header });
    }
}

/// The prime that a ciphertext would be divided by.
///
/// # Errors
/// [`Misuse::DepthExhausted`].
pub(super) fn last<'a>(ring: &'a Ring, acc: &Ciphertext) -> Result<&'a Prime, Error> {
    let level = acc.level();
    let last = ring.prime(usize::from(level)).filter(|_| level > 0);
    last.ok_or(Misuse::DepthExhausted { level, need: 1 }.into())
}

/// ⌊(u + ⌊q/2⌋)/q⌋ for the primes before `last`, whose residues stand behind theirs and are used up.
pub(super) fn divide(ring: &Ring, last: &Prime, part: &mut [u64], poly: &mut [u64]) {
    let at = part.len().saturating_sub(poly.len());
    let Some((rest, own)) = part.split_at_mut_checked(at) else { return };
    last.inverse(own);
    let half = last.q() >> 1;
    last.add_scalar(own, half);
    for (prime, part) in ring.primes().iter().zip(rest.chunks_exact_mut(poly.len().max(1))) {
        prime.reduce_shifted(poly, own, half);
        prime.forward(poly);
        let modulus = prime.modulus();
        prime.sub_mul_scalar(part, poly, modulus.inverse_vartime(modulus.reduce(last.q())));
    }
}

/// Length of a polynomial for a level's primes.
pub(super) fn len_at(level: u8, degree: usize) -> usize {
    usize::from(level).wrapping_add(1).wrapping_mul(degree)
}
