//! Pads of every path against the chacha20 crate and RFC 8439.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use chacha20::cipher::{KeyIvInit, StreamCipher, StreamCipherSeek};
use chacha20::rand_core::{Rng, SeedableRng};
use chacha20::{ChaCha20, ChaCha20Rng};
use meter_link::pad::{self, BLOCK, Path};
use meter_link::{Error, Field64, Misuse, PairKey, Round, Stream};

const STREAMS: [Stream; 4] = [Stream::Mask, Stream::Share, Stream::Delta, Stream::Zero];

/// Beyond every number of lanes and every group of keys.
fn batch_sizes() -> impl Iterator<Item = usize> {
    (0..=40).chain([63, 64, 65, 66, 80, 127, 130])
}

fn paths() -> impl Iterator<Item = Path> {
    Path::ALL.into_iter().filter(|path| {
        let available = path.available();
        if !available {
            eprintln!("not run: this processor lacks {path:?}");
        }
        available
    })
}

/// Keys as bytes and as what they become.
struct Keys {
    bytes: Vec<[u8; 32]>,
    pairs: Vec<PairKey>,
}

impl Keys {
    fn random(count: usize, rng: &mut ChaCha20Rng) -> Self {
        let bytes: Vec<[u8; 32]> = (0..count)
            .map(|_| {
                let mut key = [0; 32];
                rng.fill_bytes(&mut key);
                key
            })
            .collect();
        let pairs = bytes.iter().map(PairKey::from_bytes).collect();
        Keys { bytes, pairs }
    }

    /// 16 keystream bytes per channel of each key, by the crate.
    fn keystream(&self, round: Round, stream: Stream, channels: usize) -> Vec<u128> {
        let mut nonce = [0; 12];
        nonce[..8].copy_from_slice(&round.get().to_le_bytes());
        nonce[8..].copy_from_slice(&(stream as u32).to_le_bytes());
        let mut elements = Vec::new();
        for key in &self.bytes {
            let mut bytes = vec![0; 16 * channels];
            ChaCha20::new(key.into(), &nonce.into()).apply_keystream(&mut bytes);
            elements.extend(bytes.as_chunks().0.iter().map(|element| u128::from_le_bytes(*element)));
        }
        elements
    }

    fn elements(&self, round: Round, stream: Stream, channels: usize) -> Vec<u64> {
        let p = u128::from(Field64::MODULUS);
        let keystream = self.keystream(round, stream, channels);
        keystream.into_iter().map(|value| u64::try_from(value % p).unwrap()).collect()
    }
}

fn values(elements: &[Field64]) -> Vec<u64> {
    elements.iter().map(|element| element.to_u64()).collect()
}

#[test]
fn every_path_gives_the_same_pads_as_the_crate() {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    for count in batch_sizes() {
        let keys = Keys::random(count, &mut rng);
        let (round, stream) = (Round::from(rng.next_u32()), STREAMS[count % 4]);
        for channels in 1..=9 {
            let expected = keys.elements(round, stream, channels);
            for path in paths() {
                let mut out = vec![Field64::ONE; count * channels];
                pad::pads_on(path, &keys.pairs, round, stream, channels, &mut out).unwrap();
                assert_eq!(values(&out), expected, "{path:?}, {count} keys, {channels} channels");
            }
        }
    }
}

#[test]
fn every_path_gives_the_same_signed_sums() {
    let mut rng = ChaCha20Rng::seed_from_u64(2);
    for count in batch_sizes() {
        let keys = Keys::random(count, &mut rng);
        let round = Round::from(rng.next_u32());
        let added: Vec<bool> = keys.bytes.iter().map(|_| rng.next_u32().is_multiple_of(2)).collect();
        for channels in 1..=9 {
            let mut expected = vec![Field64::from_u64(7); channels];
            for (pads, added) in keys.elements(round, Stream::Mask, channels).chunks(channels).zip(&added) {
                for (sum, pad) in expected.iter_mut().zip(pads) {
                    let pad = Field64::from_u64(*pad);
                    *sum = if *added { *sum + pad } else { *sum - pad };
                }
            }
            for path in paths() {
                let pairs = || keys.pairs.iter().zip(added.iter().copied());
                let mut sum = vec![Field64::from_u64(7); channels];
                pad::signed_sum_on(path, 0, pairs(), round, Stream::Mask, &mut sum);
                assert_eq!(sum, expected, "{path:?}, {count} keys, {channels} channels");
                for (counter, expected) in (0u32..).zip(expected.chunks(BLOCK)) {
                    let mut sum = vec![Field64::from_u64(7); expected.len()];
                    pad::signed_sum_on(path, counter, pairs(), round, Stream::Mask, &mut sum);
                    assert_eq!(
                        sum, expected,
                        "{path:?}, {count} keys, block {counter} of {channels} channels"
                    );
                }
            }
        }
    }
}

#[test]
fn every_path_gives_the_same_blocks_under_any_nonce() {
    let mut rng = ChaCha20Rng::seed_from_u64(3);
    for count in batch_sizes() {
        let keys = Keys::random(count, &mut rng);
        let (round, word, counter) = (rng.next_u64(), rng.next_u32(), rng.next_u32() >> 1);
        let mut nonce = [0; 12];
        nonce[..8].copy_from_slice(&round.to_le_bytes());
        nonce[8..].copy_from_slice(&word.to_le_bytes());
        let pairs: Vec<&PairKey> = keys.pairs.iter().collect();
        for path in paths() {
            let mut blocks = vec![[0; 16]; count];
            pad::blocks_on(path, &pairs, counter, round, word, &mut blocks);
            for (key, block) in keys.bytes.iter().zip(&blocks) {
                let mut cipher = ChaCha20::new(key.into(), &nonce.into());
                cipher.seek(u64::from(counter) * 64);
                let mut bytes = [0; 64];
                cipher.apply_keystream(&mut bytes);
                assert_eq!(bytes_of(block), bytes, "{path:?}, {count} keys");
            }
        }
    }
}

#[test]
fn single_keys_agree_with_batches() {
    let mut rng = ChaCha20Rng::seed_from_u64(4);
    let keys = Keys::random(37, &mut rng);
    for (channels, stream) in (0..=9).zip(STREAMS.into_iter().cycle()) {
        let round = Round::from(rng.next_u32());
        let (expected, keystream) =
            (keys.elements(round, stream, channels), keys.keystream(round, stream, channels));
        let mut out = vec![Field64::ONE; 37 * channels];
        pad::pads(&keys.pairs, round, stream, channels, &mut out).unwrap();
        assert_eq!(values(&out), expected);
        #[allow(clippy::cast_possible_truncation)] // the lower half is meant
        let lower: Vec<u64> = keystream.iter().map(|value| *value as u64).collect();
        let mut out = vec![1; 37 * channels];
        pad::pads_u64(&keys.pairs, round, stream, channels, &mut out).unwrap();
        assert_eq!(out, lower);
        let mut sum = vec![Field64::ONE; channels];
        pad::sum(&keys.pairs, round, stream, &mut sum);
        for (n, sum) in sum.iter().enumerate() {
            let column = expected.iter().skip(n).step_by(channels).map(|value| Field64::from_u64(*value));
            assert_eq!(*sum, Field64::ONE + column.sum());
        }
        for (k, key) in keys.pairs.iter().enumerate() {
            let own = k * channels..(k + 1) * channels;
            let mut out = vec![Field64::ONE; channels];
            pad::pad(key, round, stream, &mut out);
            assert_eq!(values(&out), expected[own.clone()]);
            let mut out = vec![1; channels];
            pad::pad_u64(key, round, stream, &mut out);
            assert_eq!(out, lower[own.clone()]);
            for (counter, expected) in (0u32..).zip(expected[own].chunks(BLOCK)) {
                let block = pad::block(key, round, stream, counter);
                assert_eq!(values(&block[..expected.len()]), expected);
            }
        }
    }
}

#[test]
fn a_buffer_of_the_wrong_length_is_refused_and_left_alone() {
    let keys = Keys::random(5, &mut ChaCha20Rng::seed_from_u64(5)).pairs;
    let round = Round::from(1);
    for length in [0, 9, 11, 15] {
        let mut out = vec![Field64::ONE; length];
        let refused = pad::pads(&keys, round, Stream::Mask, 2, &mut out);
        assert_eq!(refused, Err(Error::Misuse(Misuse::WrongLength)));
        assert_eq!(out, vec![Field64::ONE; length]);
        let mut out = vec![1; length];
        let refused = pad::pads_u64(&keys, round, Stream::Mask, 2, &mut out);
        assert_eq!(refused, Err(Error::Misuse(Misuse::WrongLength)));
    }
    // A product that is zero modulo the word size.
    let refused = pad::pads(&keys[..4], round, Stream::Mask, usize::MAX / 4 + 1, &mut []);
    assert_eq!(refused, Err(Error::Misuse(Misuse::WrongLength)));
}

/// RFC 8439, sections 2.3.2 and 2.4.2, with the key in every position of a batch.
#[test]
fn rfc_8439_blocks() {
    let key: [u8; 32] = core::array::from_fn(|i| u8::try_from(i).unwrap());
    let block_232 = "10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4e\
                     d2826446079faa0914c2d705d98b02a2b5129cd1de164eb9cbd083e8a2503c4e";
    let cipher_242 = "6e2e359a2568f98041ba0728dd0d6981e97e7aec1d4360c20a27afccfd9fae0b\
                      f91b65c5524733ab8f593dabcd62b3571639d624e65152ab8f530c359f0861d8\
                      07ca0dbf500d6a6156a38e088a22b65e52bc514d16ccf806818ce91ab7793736\
                      5af90bbf74a35be6b40b8eedf2785e42874d";
    let text_242 = b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the \
                     future, sunscreen would be it.";
    let mut keystream_242 = hex::decode(cipher_242).unwrap();
    assert_eq!(keystream_242.len(), text_242.len());
    keystream_242.iter_mut().zip(text_242).for_each(|(byte, text)| *byte ^= text);
    let other = PairKey::from_bytes(&[9; 32]);
    let own = PairKey::from_bytes(&key);
    for path in paths() {
        for count in 1..=33 {
            for position in 0..count {
                let mut keys = vec![&other; count];
                keys[position] = &own;
                let block = |counter: u32, nonce: [u8; 8]| {
                    let mut blocks = vec![[0; 16]; count];
                    pad::blocks_on(path, &keys, counter, u64::from_le_bytes(nonce), 0, &mut blocks);
                    bytes_of(&blocks[position])
                };
                let at = format!("{path:?}, key {position} of {count}");
                assert_eq!(hex::encode(block(1, [0, 0, 0, 9, 0, 0, 0, 0x4a])), block_232, "{at}");
                let nonce = [0, 0, 0, 0, 0, 0, 0, 0x4a];
                assert_eq!(block(1, nonce)[..], keystream_242[..64], "{at}");
                assert_eq!(block(2, nonce)[..keystream_242.len() - 64], keystream_242[64..], "{at}");
            }
        }
    }
}

fn bytes_of(block: &[u32; 16]) -> [u8; 64] {
    let mut bytes = [0; 64];
    for (bytes, word) in bytes.as_chunks_mut().0.iter_mut().zip(block) {
        *bytes = word.to_le_bytes();
    }
    bytes
}
