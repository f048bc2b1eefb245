//! Sums of many ciphertexts, one after the other.

use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use super::checks;
use crate::bound::Bound;
use crate::ciphertext::Ciphertext;
use crate::error::Error;
use crate::ring::Ring;
use crate::room;
use crate::sample::{self, label};
use crate::wire::{Form, Header, Input};

/// A sum of ciphertexts that come in one by one: it takes the memory of two, however many there are.
///
/// The first says key, packing, level and scale; the others must have the same.
pub struct Total {
    ring: Arc<Ring>,
    /// Of the sum so far.
    header: Option<Header>,
    count: u64,
    /// Each the sum of up to [`LAZY`] residues.
    sums: [Vec<u64>; 3],
    pending: u32,
    poly: Vec<u64>,
    /// What bytes are read into.
    read: Ciphertext,
}

/// How many are added in one pass.
const TOGETHER: u32 = 8;

/// Residues of at most 50 bits that 63 bits can hold the sum of.
const LAZY: u32 = 1 << 13;

impl Total {
    /// Of nothing so far.
    pub fn new(ring: &Arc<Ring>) -> Self {
        let preset = ring.preset();
        Total {
            ring: ring.clone(),
            header: None,
            count: 0,
            sums: [Vec::new(), Vec::new(), Vec::new()],
            pending: 0,
            poly: vec![0; preset.degree()],
            read: Ciphertext::empty(preset),
        }
    }

    /// Adds one.
    ///
    /// # Errors
    /// [`Misuse::MixedPresets`](crate::Misuse::MixedPresets), [`Misuse::WrongKey`](crate::Misuse::WrongKey), [`Misuse::WrongPacking`](crate::Misuse::WrongPacking), [`Misuse::LevelMismatch`](crate::Misuse::LevelMismatch),
    /// [`Misuse::ScaleMismatch`](crate::Misuse::ScaleMismatch); [`Misuse::MessageBeyondModulus`](crate::Misuse::MessageBeyondModulus) where the level cannot hold what the sum can be. The sum has
    /// not changed then.
    pub fn accept(&mut self, ciphertext: &Ciphertext) -> Result<(), Error> {
        ciphertext.check_ring(&self.ring)?;
        let header = fits(self.header, &ciphertext.header, ciphertext.bound())?;
        self.add(header, ciphertext);
        Ok(())
    }

    /// Adds all of these, or none: in half the time that one by one takes, since the sum goes through the caches once for
    /// eight of them.
    ///
    /// # Errors
    /// As [`Total::accept`] for any of them. The sum has not changed then.
    pub fn accept_all(&mut self, ciphertexts: &[&Ciphertext]) -> Result<(), Error> {
        let mut own = self.header;
        for ciphertext in ciphertexts {
            ciphertext.check_ring(&self.ring)?;
            own = Some(fits(own, &ciphertext.header, ciphertext.bound())?);
        }
        let Some(header) = own else { return Ok(()) };
        let (groups, rest) = ciphertexts.as_chunks::<{ TOGETHER as usize }>();
        for group in groups {
            if group.iter().all(|ciphertext| ciphertext.form() == Form::Pair) {
                self.add_group(header, *group);
            } else {
                group.iter().for_each(|ciphertext| self.add(header, ciphertext));
            }
        }
        rest.iter().for_each(|ciphertext| self.add(header, ciphertext));
        Ok(())
    }

    /// Adds one from its bytes.
    ///
    /// # Errors
    /// As [`Total::accept`] and [`Ciphertext::from_bytes`]. The sum has not changed then.
    pub fn accept_bytes(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let mut input = Input::new(bytes);
        let header = Header::read(&mut input)?;
        header.preset.read_for(self.ring.preset())?;
        let known = fits(self.header, &header, header.bound)?;
        let body = input.bytes(crate::ciphertext::body_len(header.preset, header.form, header.level))?;
        input.end()?;
        let mut read = core::mem::replace(&mut self.read, Ciphertext::empty(header.preset));
        read.reset(header);
        let result = read.read_body(&self.ring, body);
        if result.is_ok() {
            self.add(known, &read);
        }
        self.read = read;
        result
    }

    /// Adds what another sum has.
    ///
    /// # Errors
    /// As [`Total::accept`].
    pub fn merge(&mut self, other: Total) -> Result<(), Error> {
        let count = other.count;
        let Some(other) = other.finish() else { return Ok(()) };
        self.accept(&other)?;
        self.count = self.count.wrapping_sub(1).wrapping_add(count);
        Ok(())
    }

    /// How many there are in it.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The sum, unless it is of nothing.
    pub fn finish(mut self) -> Option<Ciphertext> {
        self.reduce();
        let header = self.header?;
        Some(Ciphertext { header, seed: [0; 32], parts: self.sums })
    }

    /// Makes room for so many more.
    fn prepare(&mut self, header: Header, more: u32) {
        let len = header.len();
        for sum in self.sums.iter_mut().take(header.form.stored()) {
            sum.resize(len, 0);
        }
        self.header = Some(header);
        self.count = self.count.wrapping_add(more.into());
        if self.pending.wrapping_add(more) > LAZY {
            self.reduce();
        }
        self.pending = self.pending.wrapping_add(more);
    }

    fn add_group(&mut self, header: Header, group: [&Ciphertext; TOGETHER as usize]) {
        self.prepare(header, TOGETHER);
        let degree = self.poly.len();
        for (place, sum) in self.sums.iter_mut().enumerate().take(Form::Pair.stored()) {
            let parts = group.map(|ciphertext| ciphertext.parts.get(place).map_or(&[][..], Vec::as_slice));
            let mut polys = parts.map(|part| part.chunks_exact(degree));
            for (prime, sum) in self.ring.primes().iter().zip(sum.chunks_exact_mut(degree)) {
                prime.sum_lazy_all(sum, polys.each_mut().map(|polys| polys.next().unwrap_or_default()));
            }
        }
    }

    fn add(&mut self, header: Header, ciphertext: &Ciphertext) {
        self.prepare(header, 1);
        let degree = self.poly.len();
        for (sum, part) in self.sums.iter_mut().zip(ciphertext.used()) {
            let polys = sum.chunks_exact_mut(degree).zip(part.chunks_exact(degree));
            for (prime, (sum, part)) in self.ring.primes().iter().zip(polys) {
                prime.sum_lazy(sum, part);
            }
        }
        if ciphertext.is_seeded() {
            let [_, sum, _] = &mut self.sums;
            for ((place, prime), sum) in (0..).zip(self.ring.primes()).zip(sum.chunks_exact_mut(degree)) {
                sample::uniform(&ciphertext.seed, label::SEEDED_UNIFORM, place, prime, &mut self.poly);
                prime.sum_lazy(sum, &self.poly);
            }
        }
    }

    fn reduce(&mut self) {
        let degree = self.poly.len();
        for sum in &mut self.sums {
            for (prime, sum) in self.ring.primes().iter().zip(sum.chunks_exact_mut(degree)) {
                prime.reduce_lazy(sum);
            }
        }
        self.pending = 1;
    }
}

/// The header of a sum with one more in it.
fn fits(own: Option<Header>, header: &Header, bound: Bound) -> Result<Header, Error> {
    let own = own.unwrap_or(Header { form: Form::Pair, bound: Bound::ZERO, ..*header });
    checks::alike(&own, header)?;
    let bound = own.bound.plus(bound);
    room::check(header.preset, header.level, &bound)?;
    let form = if header.form == Form::Triple { Form::Triple } else { own.form };
    Ok(Header { form, bound, ..own })
}

impl fmt::Debug for Total {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Total")
            .field("header", &self.header)
            .field("count", &self.count)
            .finish_non_exhaustive()
    }
}
