//! Encrypted vectors.

use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use crate::bound::Bound;
use crate::derive::KeyId;
use crate::error::{Error, Misuse};
use crate::plaintext::Packing;
use crate::preset::Preset;
use crate::ring::Ring;
use crate::sample::{self, label};
use crate::scale::Scale;
use crate::wire::{self, Form, Header, Input};

/// Values under a key, with all that is needed to compute with them: preset, level, exact scale, and bounds.
///
/// # Security
/// A ciphertext is malleable: whoever can change it can change what is in it, and its bounds are what its maker says.
/// It travels in authenticated frames; who decrypts must know where it came from.
#[derive(Clone, PartialEq)]
pub struct Ciphertext {
    pub(crate) header: Header,
    /// Of a seeded one.
    pub(crate) seed: [u8; 32],
    /// c₀, c₁, c₂, as far as the form has them, each with residues for the primes 0..=level in NTT order.
    pub(crate) parts: [Vec<u64>; 3],
}

impl Ciphertext {
    /// Bytes of the header.
    pub const HEADER_LEN: usize = Header::LEN;

    /// Zero with a header's form and level.
    pub(crate) fn zero(header: Header) -> Self {
        let mut zero = Self::empty(header.preset);
        zero.reset(header);
        zero
    }

    /// Nothing, to be written over.
    pub fn empty(preset: Preset) -> Self {
        let header = Header {
            preset,
            form: Form::Pair,
            level: 0,
            packing: Packing::Integers,
            scale: Scale::ONE,
            key: KeyId([0; 16]),
            bound: Bound::ZERO,
        };
        Ciphertext { header, seed: [0; 32], parts: [Vec::new(), Vec::new(), Vec::new()] }
    }

    /// Another header, and room for what it announces; residues are what they were.
    pub(crate) fn reset(&mut self, header: Header) {
        self.header = header;
        let len = header.len();
        for (place, part) in self.parts.iter_mut().enumerate() {
            if place < header.form.stored() { part.resize(len, 0) } else { part.clear() }
        }
    }

    /// Becomes a copy, in the memory that it has.
    pub(crate) fn copy_from(&mut self, other: &Ciphertext) {
        (self.header, self.seed) = (other.header, other.seed);
        for (part, other) in self.parts.iter_mut().zip(&other.parts) {
            part.clone_from(other);
        }
    }

    /// Bytes of a ciphertext of this form and level.
    pub fn len_of(preset: Preset, form: Form, level: u8) -> usize {
        Header::LEN.wrapping_add(body_len(preset, form, level))
    }

    /// `header ‖ body`: see docs/format.md.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![0; self.bytes_len()];
        let (head, body) = bytes.split_at_mut(Header::LEN);
        self.write_head(head);
        self.write_body(body);
        bytes
    }

    /// As [`Ciphertext::to_bytes`], into the caller's memory; returns how many bytes it took.
    ///
    /// # Errors
    /// [`meter_link::Misuse::WrongLength`] where it is too short.
    pub fn write_to(&self, out: &mut [u8]) -> Result<usize, Error> {
        let len = self.bytes_len();
        let out = out.get_mut(..len).ok_or(meter_link::Misuse::WrongLength)?;
        let (head, body) = out.split_at_mut_checked(Header::LEN).ok_or(Error::Inconsistent)?;
        self.write_head(head);
        self.write_body(body);
        Ok(len)
    }

    /// How many bytes it has.
    pub fn bytes_len(&self) -> usize {
        Self::len_of(self.preset(), self.form(), self.level())
    }

    fn write_head(&self, out: &mut [u8]) {
        let mut out = out.iter_mut();
        self.header.write(|bytes| {
            // In this order: the other one would take a byte too many of `out`.
            for (byte, out) in bytes.iter().zip(out.by_ref()) {
                *out = *byte;
            }
        });
    }

    /// All but the header, into [`body_len`] bytes.
    pub(crate) fn write_body(&self, out: &mut [u8]) {
        let (seed, rest) =
            out.split_at_mut_checked(if self.is_seeded() { 32 } else { 0 }).unwrap_or_default();
        for (out, byte) in seed.iter_mut().zip(self.seed) {
            *out = byte;
        }
        let each = wire::packed_len(self.preset(), self.level());
        for (part, out) in self.used().zip(rest.chunks_exact_mut(each)) {
            wire::pack(self.preset(), part, out);
        }
    }

    /// The polynomials that it consists of.
    pub(crate) fn used(&self) -> impl Iterator<Item = &Vec<u64>> {
        self.parts.iter().take(self.form().stored())
    }

    /// From bytes, all of which it is. Nothing is known of what is in it: see [`Ciphertext`].
    ///
    /// # Errors
    /// [`Malformed`](crate::Malformed), also for one of another preset than the ring.
    pub fn from_bytes(ring: &Ring, bytes: &[u8]) -> Result<Self, Error> {
        let mut input = Input::new(bytes);
        let header = Header::read(&mut input)?;
        header.preset.read_for(ring.preset())?;
        let body = input.bytes(body_len(header.preset, header.form, header.level))?;
        input.end()?;
        Self::from_body(ring, header, body)
    }

    /// From a body and the header that it must have.
    pub(crate) fn from_body(ring: &Ring, header: Header, body: &[u8]) -> Result<Self, Error> {
        let mut ciphertext = Self::zero(header);
        ciphertext.read_body(ring, body)?;
        Ok(ciphertext)
    }

    /// Another body for the same header. On an error the body is nothing of use.
    pub(crate) fn read_body(&mut self, ring: &Ring, body: &[u8]) -> Result<(), Error> {
        self.check_ring(ring)?;
        let mut input = Input::new(body);
        if self.is_seeded() {
            self.seed = *input.array()?;
        }
        let each = wire::packed_len(self.preset(), self.level());
        let stored = self.form().stored();
        for part in self.parts.iter_mut().take(stored) {
            wire::unpack(ring.preset(), input.bytes(each)?, part)?;
        }
        input.end()
    }

    /// Makes the second polynomial of a seeded one; every operation does where it has to.
    pub(crate) fn expand(&mut self, ring: &Ring) {
        if self.is_seeded() {
            let [c0, c1, _] = &mut self.parts;
            c1.resize(c0.len(), 0);
            expand(ring, &self.seed, c1);
            // Nothing that its bytes do not have.
            self.seed = [0; 32];
            self.header.form = Form::Pair;
        }
    }

    /// # Errors
    /// [`Misuse::MixedPresets`].
    pub(crate) fn check_ring(&self, ring: &Ring) -> Result<(), Error> {
        same_preset(ring.preset(), self.preset())
    }

    /// Whose ring it is in.
    pub fn preset(&self) -> Preset {
        self.header.preset
    }

    /// How many polynomials it consists of.
    pub fn form(&self) -> Form {
        self.header.form
    }

    /// Whether its second polynomial is made from a seed.
    pub fn is_seeded(&self) -> bool {
        self.form() == Form::Seeded
    }

    /// How often it can be rescaled.
    pub fn level(&self) -> u8 {
        self.header.level
    }

    /// What its values are multiplied with, exactly.
    pub fn scale(&self) -> Scale {
        self.header.scale
    }

    /// How values lie in it.
    pub fn packing(&self) -> Packing {
        self.header.packing
    }

    /// Bounds on what is in it, if its makers followed the rules.
    pub fn bound(&self) -> Bound {
        self.header.bound
    }

    /// The key that it is under.
    pub fn key_id(&self) -> KeyId {
        self.header.key
    }
}

impl fmt::Debug for Ciphertext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Ciphertext").field(&self.header).finish()
    }
}

/// Bytes of all but the header.
pub(crate) fn body_len(preset: Preset, form: Form, level: u8) -> usize {
    let each = wire::packed_len(preset, level);
    match form {
        Form::Seeded => each.wrapping_add(32),
        Form::Pair => each.wrapping_mul(2),
        Form::Triple => each.wrapping_mul(3),
    }
}

/// The second polynomial of a seeded ciphertext, for as many primes as there is room for.
pub(crate) fn expand(ring: &Ring, seed: &[u8; 32], out: &mut [u64]) {
    for ((place, prime), out) in (0..).zip(ring.primes()).zip(out.chunks_exact_mut(ring.preset().degree())) {
        sample::uniform(seed, label::SEEDED_UNIFORM, place, prime, out);
    }
}

/// # Errors
/// [`Misuse::MixedPresets`].
pub(crate) fn same_preset(have: Preset, other: Preset) -> Result<(), Error> {
    if have == other { Ok(()) } else { Err(Misuse::MixedPresets { have, other }.into()) }
}
