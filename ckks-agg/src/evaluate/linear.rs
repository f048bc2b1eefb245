//! Sums, differences, multiples.

use super::{Evaluator, checks};
use crate::ciphertext::Ciphertext;
use crate::error::{Error, Misuse};
use crate::plaintext::Packing;
use crate::ring::Prime;
use crate::sample::{self, label};
use crate::scale::Scale;
use crate::wire::Form;

impl Evaluator {
    /// acc + other. Of many, [`Total`](super::Total) is faster.
    ///
    /// # Errors
    /// [`Misuse::MixedPresets`], [`Misuse::WrongKey`], [`Misuse::WrongPacking`], [`Misuse::LevelMismatch`],
    /// [`Misuse::ScaleMismatch`]; [`Misuse::MessageBeyondModulus`] where the level cannot hold what the sum can be.
    pub fn add(&mut self, acc: &mut Ciphertext, other: &Ciphertext) -> Result<(), Error> {
        self.combine(acc, other, Prime::add)
    }

    /// acc − other.
    ///
    /// # Errors
    /// As [`Evaluator::add`].
    pub fn sub(&mut self, acc: &mut Ciphertext, other: &Ciphertext) -> Result<(), Error> {
        self.combine(acc, other, Prime::sub)
    }

    /// −acc.
    ///
    /// # Errors
    /// [`Misuse::MixedPresets`], [`Misuse::WrongKey`].
    pub fn negate(&mut self, acc: &mut Ciphertext) -> Result<(), Error> {
        self.own(acc)?;
        acc.expand(&self.ring);
        self.each(acc, |prime, part| prime.negate(part));
        Ok(())
    }

    /// factor·acc, exactly: neither level nor scale change.
    ///
    /// # Errors
    /// [`Misuse::MixedPresets`], [`Misuse::WrongKey`]; [`Misuse::MessageBeyondModulus`].
    pub fn times_integer(&mut self, acc: &mut Ciphertext, factor: i64) -> Result<(), Error> {
        self.own(acc)?;
        // Nothing times a ciphertext is a ciphertext still: it keeps its bounds.
        let bound = acc.bound().times_integer(factor.unsigned_abs().max(1));
        self.room(acc.level(), &bound)?;
        acc.expand(&self.ring);
        self.each(acc, |prime, part| prime.mul_scalar(part, prime.modulus().reduce_i64(factor)));
        acc.header.bound = bound;
        Ok(())
    }

    /// Makes a sum of `count` the mean, exactly: only the scale changes.
    ///
    /// # Errors
    /// [`Misuse::MixedPresets`], [`Misuse::WrongKey`]; [`Misuse::WrongPacking`] for integers, whose sum is divided after it was
    /// decrypted, exactly; [`Misuse::BadScale`] for no count, or where the scale becomes too large.
    pub fn mean(&mut self, acc: &mut Ciphertext, count: u32) -> Result<(), Error> {
        self.own(acc)?;
        if acc.packing() == Packing::Integers {
            return Err(Misuse::WrongPacking.into());
        }
        let scale = Scale::count(count).and_then(|count| acc.scale().times(count));
        acc.header.scale = checks::scale(scale, acc.preset(), i16::MAX)?;
        Ok(())
    }

    /// Leaves primes away: what follows is faster, and the bytes are fewer. Values and scale do not change.
    ///
    /// # Errors
    /// [`Misuse::MixedPresets`], [`Misuse::WrongKey`]; [`Misuse::LevelMismatch`] where the level is lower already;
    /// [`Misuse::MessageBeyondModulus`] where the lower level cannot hold what is in it.
    pub fn drop_to(&mut self, acc: &mut Ciphertext, level: u8) -> Result<(), Error> {
        self.own(acc)?;
        if level > acc.level() {
            return Err(Misuse::LevelMismatch { have: acc.level(), other: level }.into());
        }
        self.room(level, &acc.bound())?;
        acc.reset(crate::wire::Header { level, ..acc.header });
        Ok(())
    }

    /// Applies to all residues of all polynomials.
    pub(super) fn each(&self, acc: &mut Ciphertext, work: impl Fn(&Prime, &mut [u64])) {
        let stored = acc.form().stored();
        for part in acc.parts.iter_mut().take(stored) {
            for (prime, part) in self.ring.primes().iter().zip(part.chunks_exact_mut(self.arena.degree)) {
                work(prime, part);
            }
        }
    }

    /// Applies to the residues of both, which have one level; the second is not seeded.
    pub(super) fn each_pair(
        &self,
        acc: &mut Ciphertext,
        other: &Ciphertext,
        work: fn(&Prime, &mut [u64], &[u64]),
    ) {
        let degree = self.arena.degree;
        for (acc, other) in acc.parts.iter_mut().zip(other.used()) {
            let polys = acc.chunks_exact_mut(degree).zip(other.chunks_exact(degree));
            for (prime, (acc, other)) in self.ring.primes().iter().zip(polys) {
                work(prime, acc, other);
            }
        }
    }

    fn combine(
        &mut self,
        acc: &mut Ciphertext,
        other: &Ciphertext,
        work: fn(&Prime, &mut [u64], &[u64]),
    ) -> Result<(), Error> {
        self.both(acc, other)?;
        let bound = acc.bound().plus(other.bound());
        self.room(acc.level(), &bound)?;
        acc.expand(&self.ring);
        if other.form() == Form::Triple && acc.form() == Form::Pair {
            let len = acc.header.len();
            let [_, _, c2] = &mut acc.parts;
            c2.clear();
            c2.resize(len, 0);
            acc.header.form = Form::Triple;
        }
        self.each_pair(acc, other, work);
        let degree = self.arena.degree;
        if other.is_seeded() {
            let [_, c1, _] = &mut acc.parts;
            for ((place, prime), c1) in (0..).zip(self.ring.primes()).zip(c1.chunks_exact_mut(degree)) {
                sample::uniform(&other.seed, label::SEEDED_UNIFORM, place, prime, &mut self.arena.poly);
                work(prime, c1, &self.arena.poly);
            }
        }
        acc.header.bound = bound;
        Ok(())
    }
}
