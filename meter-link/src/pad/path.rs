//! Which kernel runs.

use super::batch::{self, Job};
use super::chacha::Single;
use crate::key::PairKey;

/// The kernels of batch calls. All give the same pads; which one runs is found out on the machine. Public
/// for tests and benchmarks only.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Path {
    /// One key at a time, as on a small processor.
    Single,
    /// Four keys at a time where every processor of the target has 128-bit vectors, else one.
    Portable,
    /// Eight keys at a time.
    Avx2,
    /// Sixteen keys at a time.
    Avx512,
}

/// A loop over slices, written in plain Rust, that the compiler turns into the vectors of a path. (A trait,
/// where a closure would do: only functions that must be inlined are sure to be compiled with them, so
/// `run` is `#[inline(always)]`.)
#[doc(hidden)]
pub trait Loop {
    /// The loop.
    fn run(self);
}

impl Path {
    /// The best there is.
    pub const BEST: Path = Path::Avx512;
    /// All of them, slowest first.
    pub const ALL: [Path; 4] = [Path::Single, Path::Portable, Path::Avx2, Path::Avx512];

    /// Whether this machine has it. One that is absent is replaced by the next best.
    pub fn available(self) -> bool {
        match self {
            Path::Single | Path::Portable => true,
            #[cfg(target_arch = "x86_64")]
            Path::Avx2 => super::x86::Avx2::detect().is_some(),
            #[cfg(target_arch = "x86_64")]
            Path::Avx512 => super::x86::Avx512::detect().is_some(),
            #[cfg(not(target_arch = "x86_64"))]
            _ => false,
        }
    }

    /// Runs a loop, compiled for this path.
    #[doc(hidden)]
    #[inline(always)]
    pub fn vectorise<L: Loop>(self, work: L) {
        #[cfg(target_arch = "x86_64")]
        {
            if self >= Path::Avx512
                && let Some(vectors) = super::x86::Avx512::detect()
            {
                return vectors.vectorise(work);
            }
            if self >= Path::Avx2
                && let Some(vectors) = super::x86::Avx2::detect()
            {
                return vectors.vectorise(work);
            }
        }
        work.run();
    }

    #[inline(always)]
    pub(super) fn run<J: Job>(self, keys: &[&PairKey], job: &mut J) {
        #[cfg(target_arch = "x86_64")]
        {
            // Sixteen lanes take longer than eight.
            if self >= Path::Avx512
                && keys.len() > 8
                && let Some(kernel) = super::x86::Avx512::detect()
            {
                return kernel.run(keys, job);
            }
            if self >= Path::Avx2
                && let Some(kernel) = super::x86::Avx2::detect()
            {
                return kernel.run(keys, job);
            }
        }
        self.portable(keys, job);
    }

    #[inline(never)]
    fn portable<J: Job>(self, keys: &[&PairKey], job: &mut J) {
        #[cfg(any(target_pointer_width = "64", target_feature = "sse2", target_feature = "neon"))]
        if self != Path::Single {
            return batch::run(super::lanes::Lanes, keys, job);
        }
        batch::run(Single, keys, job);
    }
}
