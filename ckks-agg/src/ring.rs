//! The tables of a preset, and what is computed on polynomials: N residues for each prime, in NTT order or coefficients.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::fmt;

pub(crate) use crate::lanes::Term;
use crate::lanes::{self, Machine, Path, ops};
use crate::modulus::Modulus;
use crate::ntt::Tables;
use crate::preset::Preset;

/// What all keys, ciphertexts and evaluators of a preset share: roots of unity, and the kernels that this machine has.
///
/// Made once (a few milliseconds) and passed around.
pub struct Ring {
    preset: Preset,
    path: Path,
    /// The primes of ciphertexts, and the special one last.
    primes: Box<[Prime]>,
}

impl Ring {
    /// With the fastest kernels of this machine.
    pub fn new(preset: Preset) -> Arc<Self> {
        Self::on(preset, Path::best())
    }

    /// With other kernels, unless the machine does not have them. Results are the same.
    #[doc(hidden)]
    pub fn on(preset: Preset, path: Path) -> Arc<Self> {
        Arc::new(Self::build(preset, path))
    }

    pub(crate) fn build(preset: Preset, path: Path) -> Self {
        let path = if path.available() { path } else { Path::Scalar };
        let machine = Machine::of(path);
        let all = preset.primes().iter().copied().chain(preset.special());
        Ring { preset, path, primes: all.map(|q| Prime::new(q, preset.degree(), machine)).collect() }
    }

    /// Whose tables these are.
    pub fn preset(&self) -> Preset {
        self.preset
    }

    /// The kernels in use.
    #[doc(hidden)]
    pub fn path(&self) -> Path {
        self.path
    }

    /// The kernels that sample and encode.
    pub(crate) fn vectors(&self) -> meter_link::pad::Path {
        Machine::of(self.path).vectors()
    }

    /// Those of ciphertexts.
    pub(crate) fn primes(&self) -> &[Prime] {
        self.primes.get(..self.preset.primes().len()).unwrap_or_default()
    }

    /// The one that keys are switched with.
    pub(crate) fn special(&self) -> Option<&Prime> {
        self.primes.get(self.preset.primes().len())
    }

    /// Those of ciphertexts, and the special one behind them.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Prime> {
        self.primes.iter()
    }

    /// How many there are.
    pub(crate) fn places(&self) -> usize {
        self.primes.len()
    }

    /// Of ciphertexts; at the place after the last of those, the special one.
    pub(crate) fn prime(&self, place: usize) -> Option<&Prime> {
        self.primes.get(place)
    }
}

impl fmt::Debug for Ring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ring").field("preset", &self.preset).field("path", &self.path).finish_non_exhaustive()
    }
}

/// One prime: arithmetic on slices of residues (0..q, in and out), all of one length; what is longer is not touched.
pub(crate) struct Prime {
    modulus: Modulus,
    machine: Machine,
    tables: Tables,
}

impl Prime {
    fn new(q: u64, degree: usize, machine: Machine) -> Self {
        let modulus = Modulus::new(q);
        Prime { modulus, machine, tables: Tables::new(&modulus, degree, machine) }
    }

    pub(crate) fn q(&self) -> u64 {
        self.modulus.q()
    }

    /// The kernels that sample.
    pub(crate) fn vectors(&self) -> meter_link::pad::Path {
        self.machine.vectors()
    }

    /// Arithmetic on single residues.
    pub(crate) fn modulus(&self) -> &Modulus {
        &self.modulus
    }

    /// Coefficients to values. Of N residues.
    pub(crate) fn forward(&self, values: &mut [u64]) {
        self.tables.forward(&self.modulus, values);
    }

    /// Values to coefficients. Of N residues.
    pub(crate) fn inverse(&self, values: &mut [u64]) {
        self.tables.inverse(&self.modulus, values);
    }

    /// acc + a.
    pub(crate) fn add(&self, acc: &mut [u64], a: &[u64]) {
        lanes::zip(self.machine, &self.modulus, ops::Add(()), acc, a);
    }

    /// acc − a.
    pub(crate) fn sub(&self, acc: &mut [u64], a: &[u64]) {
        lanes::zip(self.machine, &self.modulus, ops::Sub(()), acc, a);
    }

    /// −acc.
    pub(crate) fn negate(&self, acc: &mut [u64]) {
        lanes::each(self.machine, &self.modulus, ops::Negate(()), acc);
    }

    /// acc + w, w < q.
    pub(crate) fn add_scalar(&self, acc: &mut [u64], w: u64) {
        lanes::each(self.machine, &self.modulus, ops::AddScalar(w), acc);
    }

    /// acc·a, residue by residue.
    pub(crate) fn mul(&self, acc: &mut [u64], a: &[u64]) {
        lanes::zip(self.machine, &self.modulus, ops::Mul(()), acc, a);
    }

    /// out = a·b.
    pub(crate) fn mul_into(&self, out: &mut [u64], a: &[u64], b: &[u64]) {
        lanes::zip3(self.machine, &self.modulus, ops::MulInto(()), out, a, b);
    }

    /// acc + a·b.
    pub(crate) fn mul_add(&self, acc: &mut [u64], a: &[u64], b: &[u64]) {
        lanes::zip3(self.machine, &self.modulus, ops::MulAdd(()), acc, a, b);
    }

    /// acc − a·b.
    pub(crate) fn mul_sub(&self, acc: &mut [u64], a: &[u64], b: &[u64]) {
        lanes::zip3(self.machine, &self.modulus, ops::MulSub(()), acc, a, b);
    }

    /// acc·w, w < q.
    pub(crate) fn mul_scalar(&self, acc: &mut [u64], w: u64) {
        lanes::each(self.machine, &self.modulus, ops::Scale(self.modulus.factor(w)), acc);
    }

    /// acc + a·w, w < q.
    pub(crate) fn mul_scalar_add(&self, acc: &mut [u64], a: &[u64], w: u64) {
        lanes::zip(self.machine, &self.modulus, ops::ScaleAdd(self.modulus.factor(w)), acc, a);
    }

    /// (acc − a)·w, w < q: the last step of a division by another prime, whose inverse is w.
    pub(crate) fn sub_mul_scalar(&self, acc: &mut [u64], a: &[u64], w: u64) {
        lanes::zip(self.machine, &self.modulus, ops::SubScale(self.modulus.factor(w)), acc, a);
    }

    /// out0 = Σ digit·key.0 and out1 = Σ digit·key.1, of up to four terms: the inner products of key switching.
    pub(crate) fn inner(&self, out: [&mut [u64]; 2], terms: &[Term<'_>]) {
        lanes::inner(self.machine, &self.modulus, out, terms);
    }

    pub(crate) fn reduce_i64(&self, out: &mut [u64], values: &[i64]) {
        lanes::map_i64(self.machine, &self.modulus, out, values);
    }

    pub(crate) fn reduce_i128(&self, out: &mut [u64], values: &[i128]) {
        lanes::map_i128(self.machine, &self.modulus, out, values);
    }

    /// For |values| < q.
    pub(crate) fn reduce_small(&self, out: &mut [u64], values: &[i8]) {
        lanes::map_i8(self.machine, &self.modulus, out, values);
    }

    /// Of any words: residues of another prime, or a sum of [`Prime::sum_lazy`].
    pub(crate) fn reduce_from(&self, out: &mut [u64], values: &[u64]) {
        lanes::zip(self.machine, &self.modulus, ops::ReduceFrom(()), out, values);
    }

    /// values − shift, of values and a shift below 2⁵⁰: what a division by another prime takes off.
    pub(crate) fn reduce_shifted(&self, out: &mut [u64], values: &[u64], shift: u64) {
        let shift = self.modulus.reduce(shift);
        lanes::zip(self.machine, &self.modulus, ops::ReduceShifted(shift), out, values);
    }

    /// acc + a without reduction: up to 2¹³ terms, then [`Prime::reduce_lazy`].
    pub(crate) fn sum_lazy(&self, acc: &mut [u64], a: &[u64]) {
        lanes::zip(self.machine, &self.modulus, ops::SumLazy(()), acc, a);
    }

    /// The same for several at once.
    pub(crate) fn sum_lazy_all<const K: usize>(&self, acc: &mut [u64], terms: [&[u64]; K]) {
        lanes::sum_all(self.machine, acc, terms);
    }

    pub(crate) fn reduce_lazy(&self, acc: &mut [u64]) {
        lanes::each(self.machine, &self.modulus, ops::Reduce(()), acc);
    }

    /// out\[i\] = a\[from\[i\]\]: [`automorphism`](crate::ntt::automorphism).
    pub(crate) fn permute(&self, out: &mut [u64], a: &[u64], from: &[u32]) {
        lanes::permute::<false>(self.machine, &self.modulus, out, a, from);
    }

    /// acc\[i\] + a\[from\[i\]\].
    pub(crate) fn permute_add(&self, acc: &mut [u64], a: &[u64], from: &[u32]) {
        lanes::permute::<true>(self.machine, &self.modulus, acc, a, from);
    }

    /// (c0², 2·c0·c1, c1²) of (c0, c1): a ciphertext's square.
    pub(crate) fn square(&self, c0: &mut [u64], c1: &mut [u64], c2: &mut [u64]) {
        lanes::square(self.machine, &self.modulus, [c0, c1, c2]);
    }
}

#[cfg(test)]
mod tests;
