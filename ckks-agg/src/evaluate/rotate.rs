//! Turning slots, and adding up those of one ciphertext.

use super::rescale::divide;
use super::{Evaluator, checks, switch};
use crate::bound::Bound;
use crate::ciphertext::Ciphertext;
use crate::error::{Error, Misuse};
use crate::plaintext::Packing;
use crate::ring::{Prime, Ring};
use crate::switching::{Element, SwitchingKey, conjugation, rotation};

impl Evaluator {
    /// Turns the slots by so many places to the left (negative: to the right): slot j gets what was in slot j + steps.
    ///
    /// # Errors
    /// [`Misuse::MixedPresets`], [`Misuse::WrongKey`]; [`Misuse::WrongPacking`] for integers, which are in no slots;
    /// [`Misuse::WrongForm`] for a product that was not relinearised; [`Misuse::NoSwitchingKey`]; [`Misuse::MessageBeyondModulus`].
    pub fn rotate(&mut self, acc: &mut Ciphertext, steps: i32) -> Result<(), Error> {
        self.turnable(acc)?;
        match rotation(self.ring.preset(), steps) {
            None => Ok(()),
            Some(element) => self.turn(acc, element),
        }
    }

    /// The complex conjugate of each slot: of pairs, the second value of each is negated.
    ///
    /// # Errors
    /// As [`Evaluator::rotate`].
    pub fn conjugate(&mut self, acc: &mut Ciphertext) -> Result<(), Error> {
        self.turnable(acc)?;
        self.turn(acc, conjugation(self.ring.preset()))
    }

    /// Adds up `count` slots: slot j gets the sum of the slots j … j + count − 1, around the end. Of all slots, each gets the
    /// sum of all; where no more than `count` have values, slot 0 gets theirs.
    ///
    /// Takes rotations by powers of two, one for each bit of the count, and one for each but the highest bit that is set.
    ///
    /// # Errors
    /// As [`Evaluator::rotate`], and [`Misuse::TooManyValues`] for no slots, or more than there are.
    pub fn slot_sum(&mut self, acc: &mut Ciphertext, count: u32) -> Result<(), Error> {
        self.turnable(acc)?;
        let most = u32::try_from(self.ring.preset().slots()).unwrap_or(u32::MAX);
        if count == 0 || count > most {
            return Err(Misuse::TooManyValues { have: count, most }.into());
        }
        let bound = self.slot_sum_bound(acc, count)?;
        acc.expand(&self.ring);
        if count.is_power_of_two() {
            self.sum_doubling(acc, count)?;
        } else {
            self.sum_of_any(acc, count)?;
        }
        acc.header.bound = bound;
        Ok(())
    }

    /// # Errors
    /// [`Misuse::NoSwitchingKey`], [`Misuse::MessageBeyondModulus`].
    fn slot_sum_bound(&self, acc: &Ciphertext, count: u32) -> Result<Bound, Error> {
        let (preset, level) = (self.ring.preset(), acc.level());
        let mut doubled = acc.bound();
        let mut rest: Option<Bound> = None;
        for bit in 0..=count.ilog2() {
            if bit > 0 {
                self.key(self.power(bit.wrapping_sub(1))?)?;
                doubled = doubled.plus(doubled.switched(preset, level, self.parties));
            }
            if count >> bit & 1 == 1 {
                if rest.is_some() {
                    self.key(self.power(bit)?)?;
                }
                rest = Some(
                    rest.map_or(doubled, |rest| doubled.plus(rest.switched(preset, level, self.parties))),
                );
            }
        }
        let bound = rest.unwrap_or(doubled);
        self.room(level, &bound)?;
        Ok(bound)
    }

    /// Of 2ⁿ: n turns. The first component, which is never taken apart, is divided by the special prime but once, at the end.
    fn sum_doubling(&mut self, acc: &mut Ciphertext, count: u32) -> Result<(), Error> {
        let level = acc.level();
        let Evaluator { ring, keys, arena, .. } = self;
        let (Some(keys), Some(special)) = (keys.as_ref(), ring.special()) else {
            return if count == 1 { Ok(()) } else { Err(Misuse::NoSwitchingKey.into()) };
        };
        let degree = arena.degree;
        let [c0, c1, _] = &mut acc.parts;
        let len = c0.len();
        let extended = || ring.primes().iter().take(count_of(level)).chain([special]);
        let mut kept = core::mem::take(&mut arena.kept);
        let [kept0, kept1] = &mut kept;
        copy(kept0, c0);
        kept0.get_mut(len..).unwrap_or_default().fill(0);
        for (prime, kept0) in ring.primes().iter().zip(kept0.chunks_exact_mut(degree)).take(count_of(level)) {
            prime.mul_scalar(kept0, prime.modulus().reduce(special.q()));
        }
        for bit in 0..count.ilog2() {
            let element = rotation(ring.preset(), 1i32.wrapping_shl(bit)).ok_or(Misuse::NoSwitchingKey)?;
            let key = keys.find(element)?;
            permute(ring, kept1, c1, key, degree);
            switch::products(ring, key, level, kept1, arena);
            let polys = arena.sums[0].chunks_exact_mut(degree).zip(kept0.chunks_exact_mut(degree));
            for (prime, (sum, kept)) in extended().zip(polys) {
                prime.permute_add(sum, kept, &key.permutation);
                prime.add(kept, sum);
            }
            switch::divide_special(ring, level, 1, arena);
            add(ring, c1, &arena.sums[1], degree);
        }
        divide(ring, special, kept0.get_mut(..len.wrapping_add(degree)).unwrap_or_default(), &mut arena.poly);
        copy(c0, kept0);
        arena.kept = kept;
        Ok(())
    }

    /// Of any number: what the lower bits have summed up is turned out of the way of what a higher one adds.
    fn sum_of_any(&mut self, acc: &mut Ciphertext, count: u32) -> Result<(), Error> {
        let mut rest = core::mem::replace(&mut self.arena.spare, Ciphertext::empty(self.ring.preset()));
        let mut some = false;
        for bit in 0..=count.ilog2() {
            if bit > 0 {
                self.turned(acc, self.power(bit.wrapping_sub(1))?, Then::Add)?;
            }
            if count >> bit & 1 == 0 {
                continue;
            }
            if some {
                self.turned(&mut rest, self.power(bit)?, Then::Replace)?;
                self.each_pair(&mut rest, acc, Prime::add);
            } else {
                rest.copy_from(acc);
                some = true;
            }
        }
        core::mem::swap(acc, &mut rest);
        self.arena.spare = rest;
        Ok(())
    }

    fn turn(&mut self, acc: &mut Ciphertext, element: Element) -> Result<(), Error> {
        self.key(element)?;
        let bound = acc.bound().switched(self.ring.preset(), acc.level(), self.parties);
        self.room(acc.level(), &bound)?;
        acc.expand(&self.ring);
        self.turned(acc, element, Then::Replace)?;
        acc.header.bound = bound;
        Ok(())
    }

    /// The turned ciphertext instead of a pair, or added to it.
    fn turned(&mut self, acc: &mut Ciphertext, element: Element, then: Then) -> Result<(), Error> {
        let level = acc.level();
        let Evaluator { ring, keys, arena, .. } = self;
        let key = keys.as_ref().ok_or(Misuse::NoSwitchingKey)?.find(element)?;
        let degree = arena.degree;
        let mut kept = core::mem::take(&mut arena.kept);
        for (kept, part) in kept.iter_mut().zip(&acc.parts) {
            permute(ring, kept, part, key, degree);
        }
        let [kept0, kept1] = &kept;
        switch::products(ring, key, level, kept1, arena);
        for which in 0..2 {
            switch::divide_special(ring, level, which, arena);
        }
        let ([c0, c1, _], [sum0, sum1]) = (&mut acc.parts, &arena.sums);
        if then == Then::Replace {
            copy(c0, kept0);
            copy(c1, sum1);
        } else {
            add(ring, c0, kept0, degree);
            add(ring, c1, sum1, degree);
        }
        add(ring, c0, sum0, degree);
        arena.kept = kept;
        Ok(())
    }

    /// # Errors
    /// [`Misuse::MixedPresets`], [`Misuse::WrongKey`], [`Misuse::WrongPacking`], [`Misuse::WrongForm`].
    fn turnable(&self, acc: &Ciphertext) -> Result<(), Error> {
        self.own(acc)?;
        if acc.packing() == Packing::Integers {
            return Err(Misuse::WrongPacking.into());
        }
        checks::no_product(acc)
    }

    /// By 2^bit places. Each of the slots is below the last of them, so that there is such a turn.
    ///
    /// # Errors
    /// [`Misuse::NoSwitchingKey`].
    fn power(&self, bit: u32) -> Result<Element, Error> {
        Ok(rotation(self.ring.preset(), 1i32.wrapping_shl(bit)).ok_or(Misuse::NoSwitchingKey)?)
    }

    /// # Errors
    /// [`Misuse::NoSwitchingKey`].
    fn key(&self, element: Element) -> Result<&SwitchingKey, Error> {
        self.keys.as_ref().ok_or(Misuse::NoSwitchingKey)?.find(element)
    }
}

/// What becomes of a turned ciphertext.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Then {
    Replace,
    Add,
}

/// Primes of a level.
fn count_of(level: u8) -> usize {
    usize::from(level).wrapping_add(1)
}

fn permute(ring: &Ring, out: &mut [u64], from: &[u64], key: &SwitchingKey, degree: usize) {
    let polys = out.chunks_exact_mut(degree).zip(from.chunks_exact(degree));
    for (prime, (out, from)) in ring.primes().iter().zip(polys) {
        prime.permute(out, from, &key.permutation);
    }
}

fn copy(out: &mut [u64], from: &[u64]) {
    for (out, from) in out.iter_mut().zip(from) {
        *out = *from;
    }
}

fn add(ring: &Ring, acc: &mut [u64], from: &[u64], degree: usize) {
    let polys = acc.chunks_exact_mut(degree).zip(from.chunks_exact(degree));
    for (prime, (acc, from)) in ring.primes().iter().zip(polys) {
        prime.add(acc, from);
    }
}
