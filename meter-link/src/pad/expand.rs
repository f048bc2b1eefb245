//! Much randomness from a little: the keystreams of sixteen fresh keys, side by side.

use core::fmt;

use rand_core::CryptoRng;
use zeroize::{Zeroize, zeroize_stack};

use super::chacha::Nonce;
use super::{Path, WIPED, fill_blocks};
use crate::key::PairKey;

/// Keys, and blocks made at once.
pub(crate) const SIDE_BY_SIDE: usize = 16;

/// Sixteen ChaCha20 keys that were drawn for this and serve nothing else.
pub(crate) struct Expanded {
    keys: [PairKey; SIDE_BY_SIDE],
    /// Blocks made of each key.
    made: u64,
}

impl Expanded {
    /// Draws the keys, 512 bytes.
    pub(crate) fn draw<R: CryptoRng + ?Sized>(rng: &mut R) -> Self {
        let keys = core::array::from_fn(|_| {
            let mut bytes = [0; 32];
            rng.fill_bytes(&mut bytes);
            let key = PairKey::from_bytes(&bytes);
            bytes.zeroize();
            key
        });
        Expanded { keys, made: 0 }
    }

    /// Blocks made of each key.
    #[cfg(test)]
    pub(crate) fn made(&self) -> u64 {
        self.made
    }

    /// The next block of each key.
    #[allow(clippy::cast_possible_truncation)] // the halves of a count
    pub(crate) fn fill(&mut self, path: Path, out: &mut [[u32; 16]; SIDE_BY_SIDE]) {
        let nonce = Nonce { counter: self.made as u32, round: self.made >> 32 };
        fill_blocks(path, &self.keys.each_ref(), (nonce, 0), out);
        self.made = self.made.wrapping_add(1);
    }
}

impl fmt::Debug for Expanded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Expanded").finish_non_exhaustive()
    }
}

impl Drop for Expanded {
    fn drop(&mut self) {
        zeroize_stack::<WIPED>(); // what the kernels left there; the keys wipe themselves
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chacha20::ChaCha20;
    use chacha20::cipher::{KeyIvInit, StreamCipher, StreamCipherSeek};
    use rand_core::{Rng, SeedableRng};

    #[test]
    fn is_the_keystream_of_each_key() {
        let rng = || chacha20::ChaCha20Rng::seed_from_u64(3);
        let mut keys = [[0; 32]; SIDE_BY_SIDE];
        let mut same = rng();
        keys.iter_mut().for_each(|key| same.fill_bytes(key));
        for path in Path::ALL {
            let mut expanded = Expanded::draw(&mut rng());
            for block in [0u32, 1, 2, u32::MAX - 1] {
                expanded.made = block.into();
                let mut out = [[0; 16]; SIDE_BY_SIDE];
                expanded.fill(path, &mut out);
                for (key, out) in keys.iter().zip(out) {
                    let mut expected = [0; 64];
                    let mut cipher = ChaCha20::new(key.into(), &[0; 12].into());
                    cipher.seek(u64::from(block) * 64);
                    cipher.apply_keystream(&mut expected);
                    assert_eq!(out.map(u32::to_le_bytes).as_flattened(), expected, "{path:?} {block}");
                }
                assert_eq!(expanded.made, u64::from(block) + 1);
            }
            // Beyond 2^32 blocks the nonce goes on.
            let mut out = [[[0; 16]; SIDE_BY_SIDE]; 2];
            for (made, out) in [0, 1 << 32].into_iter().zip(&mut out) {
                expanded.made = made;
                expanded.fill(path, out);
            }
            assert_ne!(out[0], out[1]);
        }
    }
}
