//! Products of two ciphertexts.

use super::{Evaluator, checks, switch};
use crate::ciphertext::Ciphertext;
use crate::error::{Error, Misuse};
use crate::switching::Element;
use crate::wire::Form;

impl Evaluator {
    /// acc², slot by slot, relinearised. The scale is squared, too: [`rescale`](Self::rescale) follows.
    ///
    /// # Errors
    /// [`Misuse::MixedPresets`], [`Misuse::WrongKey`]; [`Misuse::WrongPacking`] unless they are reals; [`Misuse::WrongForm`] for a
    /// product that was not relinearised; [`Misuse::NoSwitchingKey`]; [`Misuse::BadScale`]; [`Misuse::MessageBeyondModulus`]
    /// where the level cannot hold what the product can be.
    pub fn square(&mut self, acc: &mut Ciphertext) -> Result<(), Error> {
        self.relinearisable(acc, acc)?;
        self.square_wide(acc)?;
        self.relinearise(acc)
    }

    /// acc·other, slot by slot, relinearised. The scale is multiplied, too: [`rescale`](Self::rescale) follows.
    ///
    /// # Errors
    /// As [`Evaluator::square`], and [`Misuse::LevelMismatch`].
    pub fn multiply(&mut self, acc: &mut Ciphertext, other: &Ciphertext) -> Result<(), Error> {
        self.relinearisable(acc, other)?;
        self.multiply_wide(acc, other)?;
        self.relinearise(acc)
    }

    /// As [`Evaluator::square`], not relinearised: a sum of such products needs it but once.
    ///
    /// # Errors
    /// As [`Evaluator::square`], without the key.
    pub fn square_wide(&mut self, acc: &mut Ciphertext) -> Result<(), Error> {
        let (scale, bound) = self.product(acc, acc)?;
        acc.expand(&self.ring);
        let degree = self.arena.degree;
        acc.header = crate::wire::Header { form: Form::Triple, scale, bound, ..acc.header };
        acc.reset(acc.header);
        let [c0, c1, c2] = &mut acc.parts;
        let parts =
            c0.chunks_exact_mut(degree).zip(c1.chunks_exact_mut(degree)).zip(c2.chunks_exact_mut(degree));
        for (prime, ((c0, c1), c2)) in self.ring.primes().iter().zip(parts) {
            prime.square(c0, c1, c2);
        }
        Ok(())
    }

    /// As [`Evaluator::multiply`], not relinearised: a sum of such products needs it but once.
    ///
    /// # Errors
    /// As [`Evaluator::multiply`], without the key.
    pub fn multiply_wide(&mut self, acc: &mut Ciphertext, other: &Ciphertext) -> Result<(), Error> {
        let (scale, bound) = self.product(acc, other)?;
        acc.expand(&self.ring);
        acc.header = crate::wire::Header { form: Form::Triple, scale, bound, ..acc.header };
        acc.reset(acc.header);
        let degree = self.arena.degree;
        let mut expanded = core::mem::take(&mut self.arena.digits);
        let [d0, d1, _] = &other.parts;
        let d1 = if other.is_seeded() {
            crate::ciphertext::expand(&self.ring, &other.seed, &mut expanded);
            &expanded
        } else {
            d1
        };
        let [c0, c1, c2] = &mut acc.parts;
        let own =
            c0.chunks_exact_mut(degree).zip(c1.chunks_exact_mut(degree)).zip(c2.chunks_exact_mut(degree));
        let others = d0.chunks_exact(degree).zip(d1.chunks_exact(degree));
        for ((prime, ((c0, c1), c2)), (d0, d1)) in self.ring.primes().iter().zip(own).zip(others) {
            prime.mul_into(c2, c1, d1);
            prime.mul(c1, d0);
            prime.mul_add(c1, c0, d1);
            prime.mul(c0, d0);
        }
        self.arena.digits = expanded;
        Ok(())
    }

    /// Makes two polynomials of a product's three.
    ///
    /// # Errors
    /// [`Misuse::MixedPresets`], [`Misuse::WrongKey`]; [`Misuse::WrongForm`] for what is no product;
    /// [`Misuse::NoSwitchingKey`]; [`Misuse::MessageBeyondModulus`].
    pub fn relinearise(&mut self, acc: &mut Ciphertext) -> Result<(), Error> {
        self.own(acc)?;
        if acc.form() != Form::Triple {
            return Err(Misuse::WrongForm.into());
        }
        let level = acc.level();
        let bound = acc.bound().relinearised(self.ring.preset(), level, self.parties);
        self.room(level, &bound)?;
        let Evaluator { ring, keys, arena, .. } = self;
        let key = keys.as_ref().ok_or(Misuse::NoSwitchingKey)?.find(Element::SQUARE)?;
        let [c0, c1, c2] = &mut acc.parts;
        switch::products(ring, key, level, c2, arena);
        let degree = arena.degree;
        for (which, part) in [c0, c1].into_iter().enumerate() {
            switch::divide_special(ring, level, which, arena);
            let sum = arena.sums.get(which).map(|sum| sum.chunks_exact(degree)).into_iter().flatten();
            for ((prime, part), sum) in ring.primes().iter().zip(part.chunks_exact_mut(degree)).zip(sum) {
                prime.add(part, sum);
            }
        }
        acc.reset(crate::wire::Header { form: Form::Pair, bound, ..acc.header });
        Ok(())
    }

    /// # Errors
    /// All that [`Evaluator::relinearise`] of a product could end with.
    fn relinearisable(&self, acc: &Ciphertext, other: &Ciphertext) -> Result<(), Error> {
        let (_, bound) = self.product(acc, other)?;
        self.keys.as_ref().ok_or(Misuse::NoSwitchingKey)?.find(Element::SQUARE)?;
        let bound = bound.relinearised(self.ring.preset(), acc.level(), self.parties);
        self.room(acc.level(), &bound)
    }

    /// Scale and bound of a product.
    fn product(
        &self,
        acc: &Ciphertext,
        other: &Ciphertext,
    ) -> Result<(crate::scale::Scale, crate::bound::Bound), Error> {
        self.own(acc)?;
        self.own(other)?;
        for factor in [acc, other] {
            checks::slotwise(factor)?;
            checks::no_product(factor)?;
        }
        if acc.level() != other.level() {
            return Err(Misuse::LevelMismatch { have: acc.level(), other: other.level() }.into());
        }
        let scale = checks::scale(acc.scale().times(other.scale()), acc.preset(), i16::MAX)?;
        let bound = acc.bound().times(other.bound());
        self.room(acc.level(), &bound)?;
        Ok((scale, bound))
    }
}
