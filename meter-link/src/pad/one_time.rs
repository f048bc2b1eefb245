//! One-time keys of Poly1305 (RFC 8439, section 2.6), one or many.

use zeroize::zeroize_stack;

use super::batch::Job;
use super::chacha::{self, Kernel, Nonce};
use super::{Path, WIPED, WIPED_AFTER_ONE, for_groups, wipe};
use crate::error::{Error, Misuse};
use crate::id::Round;
use crate::key::PairKey;

/// The first 32 bytes of block 0 under the nonce `round u64 ‖ word u32`: a one-time Poly1305 key.
pub(crate) fn one_time_key(key: &PairKey, round: Round, word: u32) -> [u8; 32] {
    let mut block = chacha::block(key, Nonce { counter: 0, round: round.get() }, word);
    let mut bytes = [0u8; 32];
    for (bytes, word) in bytes.as_chunks_mut::<4>().0.iter_mut().zip(block) {
        *bytes = word.to_le_bytes();
    }
    wipe(&mut block);
    zeroize_stack::<WIPED_AFTER_ONE>();
    bytes
}

/// [`one_time_key`] for many keys, each with its own `word`.
///
/// # Errors
/// [`Misuse::WrongLength`] if the three lists differ in length.
#[cfg_attr(not(feature = "alloc"), allow(dead_code))] // only the head-end checks tags in batches
pub(crate) fn one_time_keys<K: AsRef<PairKey>>(
    keys: &[K],
    round: Round,
    words: &[u32],
    out: &mut [[u8; 32]],
) -> Result<(), Error> {
    if words.len() != keys.len() || out.len() != keys.len() {
        return Err(Misuse::WrongLength.into());
    }
    let (mut words, mut out) = (words, out);
    for_groups(keys.iter().map(|key| (key.as_ref(), true)), |keys, _| {
        if let (Some(words), Some(out)) = (words.split_off(..keys.len()), out.split_off_mut(..keys.len())) {
            fill(Path::BEST, keys, Nonce { counter: 0, round: round.get() }, words, out);
        }
    });
    zeroize_stack::<WIPED>();
    Ok(())
}

#[cfg_attr(not(feature = "alloc"), allow(dead_code))]
#[inline(never)]
fn fill(path: Path, keys: &[&PairKey], nonce: Nonce, words: &[u32], out: &mut [[u8; 32]]) {
    path.run(keys, &mut OneTimeKeys { nonce, words, out });
}

struct OneTimeKeys<'a> {
    nonce: Nonce,
    words: &'a [u32],
    out: &'a mut [[u8; 32]],
}

impl Job for OneTimeKeys<'_> {
    #[inline(always)]
    fn chunk<const L: usize, C: Kernel<L>>(&mut self, kernel: C, keys: &[&PairKey; L], live: usize) {
        let (Some(own), Some(out)) = (self.words.split_off(..live), self.out.split_off_mut(..live)) else {
            return;
        };
        let mut words = [0; L];
        for (slot, word) in words.iter_mut().zip(own) {
            *slot = *word;
        }
        let mut rows = [[0; 8]; L];
        kernel.rows(keys, self.nonce, &words, &mut rows);
        for (out, row) in out.iter_mut().zip(&rows) {
            for (bytes, word) in out.as_chunks_mut::<4>().0.iter_mut().zip(row) {
                *bytes = word.to_le_bytes();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use chacha20::cipher::{KeyIvInit, StreamCipher};

    #[test]
    fn one_time_keys_are_the_first_half_of_block_zero() {
        let round = Round::from(0xfedc_ba98);
        let bytes: Vec<[u8; 32]> = (0..150u8).map(|k| core::array::from_fn(|_| k)).collect();
        let keys: Vec<PairKey> = bytes.iter().map(PairKey::from_bytes).collect();
        let words: Vec<u32> = (0..150).map(|k| k << 8 | 5).collect();
        for count in (0..=40).chain([64, 65, 150]) {
            let mut out = alloc::vec![[1; 32]; count];
            one_time_keys(&keys[..count], round, &words[..count], &mut out).unwrap();
            for (((bytes, key), word), out) in bytes.iter().zip(&keys).zip(&words).zip(&out) {
                let mut nonce = [0; 12];
                nonce[..8].copy_from_slice(&round.get().to_le_bytes());
                nonce[8..].copy_from_slice(&word.to_le_bytes());
                let mut expected = [0; 32];
                chacha20::ChaCha20::new(bytes.into(), &nonce.into()).apply_keystream(&mut expected);
                assert_eq!(*out, expected, "{count} keys");
                assert_eq!(one_time_key(key, round, *word), expected);
            }
        }
        assert!(one_time_keys(&keys[..2], round, &words[..3], &mut [[0; 32]; 2]).is_err());
        assert!(one_time_keys(&keys[..2], round, &words[..2], &mut [[0; 32]; 3]).is_err());
    }

    /// RFC 8439, section 2.6.2, whose nonce no round of ours can have.
    #[test]
    fn rfc_8439_poly1305_key() {
        let key = PairKey::from_bytes(&core::array::from_fn(|i| 0x80 | u8::try_from(i).unwrap()));
        let nonce = Nonce { counter: 0, round: u64::from_le_bytes([0, 0, 0, 0, 0, 1, 2, 3]) };
        let word = u32::from_le_bytes([4, 5, 6, 7]);
        for path in Path::ALL {
            let mut out = [[0; 32]; 20];
            fill(path, &[&key; 20], nonce, &[word; 20], &mut out);
            for bytes in out {
                let expected = "8ad5a08b905f81cc815040274ab29471a833b637e3fd0da508dbb8e2fdd1a646";
                assert_eq!(hex::encode(bytes), expected, "{path:?}");
            }
        }
    }
}
