//! The keystream of one key: many blocks of consecutive counters.

use core::fmt;

use zeroize::zeroize_stack;

use super::chacha::{Kernel, Nonce, Single};
use super::{Path, WIPED};
use crate::key::PairKey;

/// ChaCha20 (RFC 8439) of a key under the nonce `label u64 ‖ index u32`, block counter from 0.
///
/// # Security
/// What is read under a (key, label, index) is the same at each reading. After 2³² blocks, which are 256 GiB, it repeats.
pub struct Keystream {
    key: PairKey,
    label: u64,
    index: u32,
    counter: u32,
}

impl Keystream {
    /// Bytes of a block.
    pub const BLOCK: usize = 64;

    /// From its beginning.
    pub fn new(key: &[u8; 32], label: u64, index: u32) -> Self {
        Keystream { key: PairKey::from_bytes(key), label, index, counter: 0 }
    }

    /// The next blocks. Fastest with sixteen or more at a time.
    pub fn fill(&mut self, out: &mut [[u8; 64]]) {
        self.fill_on(Path::BEST, out);
    }

    /// [`Keystream::fill`] by a chosen kernel, for tests and benchmarks.
    #[doc(hidden)]
    pub fn fill_on(&mut self, path: Path, out: &mut [[u8; 64]]) {
        let rest = out;
        #[cfg(target_arch = "x86_64")]
        let rest = match super::x86::Avx512::detect().filter(|_| path >= Path::Avx512) {
            Some(kernel) => self.fill_by(kernel, rest),
            None => rest,
        };
        #[cfg(target_arch = "x86_64")]
        let rest = match super::x86::Avx2::detect().filter(|_| path >= Path::Avx2) {
            Some(kernel) => self.fill_by(kernel, rest),
            None => rest,
        };
        #[cfg(any(target_pointer_width = "64", target_feature = "sse2", target_feature = "neon"))]
        let rest = if path >= Path::Portable { self.fill_by(super::lanes::Lanes, rest) } else { rest };
        let _ = path;
        self.fill_by(Single, rest);
    }

    /// As many times L blocks as there are; leaves the rest.
    fn fill_by<'a, const L: usize>(
        &mut self,
        kernel: impl Kernel<L>,
        out: &'a mut [[u8; 64]],
    ) -> &'a mut [[u8; 64]] {
        let (groups, rest) = out.as_chunks_mut::<L>();
        for group in groups {
            let nonce = Nonce { counter: self.counter, round: self.label };
            kernel.blocks(&self.key, nonce, self.index, group);
            #[allow(clippy::cast_possible_truncation)] // at most 16
            let made = L as u32;
            self.counter = self.counter.wrapping_add(made);
        }
        rest
    }
}

impl Drop for Keystream {
    fn drop(&mut self) {
        zeroize_stack::<WIPED>(); // what the kernels left there; the key wipes itself
    }
}

impl fmt::Debug for Keystream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keystream").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use chacha20::ChaCha20;
    use chacha20::cipher::{KeyIvInit, StreamCipher, StreamCipherSeek};

    fn expected(key: &[u8; 32], label: u64, index: u32, first: u32, out: &mut [[u8; 64]]) {
        let mut nonce = [0; 12];
        nonce[..8].copy_from_slice(&label.to_le_bytes());
        nonce[8..].copy_from_slice(&index.to_le_bytes());
        let mut cipher = ChaCha20::new(key.into(), &nonce.into());
        cipher.seek(u64::from(first) * 64);
        cipher.apply_keystream(out.as_flattened_mut());
    }

    #[test]
    fn every_path_gives_the_keystream_of_rfc_8439() {
        let key = core::array::from_fn(|i| u8::try_from(i * 7).unwrap());
        for path in Path::ALL {
            for count in [0, 1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 47, 64, 100] {
                for (label, index) in [(0, 0), (7, 2), (0x0102_0304_0506_0708, 0xfedc_ba98)] {
                    let (mut out, mut blocks) = (vec![[1; 64]; count], vec![[0; 64]; count]);
                    Keystream::new(&key, label, index).fill_on(path, &mut out);
                    expected(&key, label, index, 0, &mut blocks);
                    assert!(out == blocks, "{path:?}, {count} blocks");
                }
            }
        }
    }

    #[test]
    fn goes_on_where_it_was_and_beyond_carries() {
        let key = [9; 32];
        for path in Path::ALL {
            for start in [0, 200, 0xfff8, 0x00ff_fff9, u32::MAX - 63] {
                let mut stream = Keystream::new(&key, 3, 4);
                stream.counter = start;
                let mut made = 0u32;
                for count in [1usize, 16, 5, 8, 20, 4, 9] {
                    let (mut out, mut blocks) = (vec![[0; 64]; count], vec![[0; 64]; count]);
                    stream.fill_on(path, &mut out);
                    expected(&key, 3, 4, start + made, &mut blocks);
                    assert!(out == blocks, "{path:?}, {count} from {start} + {made}");
                    made += u32::try_from(count).unwrap();
                }
            }
        }
    }
}
