//! Encryption on a device against the vectors of the independent reference.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

use ckks_agg::small::{
    DEGREE, HEADER_LEN, JOINT_KEY_LEN, PACKED_LEN, PAIR_LEN, PUBLIC_KEY_LEN, PublicKey, Readings, SEEDED_LEN,
    SecretKey, Workspace,
};
use ckks_agg::{Error, KeyId, Malformed, Misuse, Preset, Use};
use rand_core::SeedableRng;
use serde_json::Value;
use sha2::{Digest, Sha256};

fn vectors(file: &str) -> Value {
    let all: Value = serde_json::from_str(file).unwrap();
    all.as_array().unwrap().iter().find(|of| of["preset"] == Preset::Small as u8).unwrap().clone()
}

fn encryption() -> Value {
    vectors(include_str!("vectors/encrypt-v1.json"))
}

fn bytes<const N: usize>(value: &Value) -> [u8; N] {
    hex::decode(value.as_str().unwrap()).unwrap().try_into().unwrap()
}

fn digest(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

fn numbers(value: &Value) -> Vec<i64> {
    let values: Vec<i64> = value.as_array().unwrap().iter().map(|v| v.as_i64().unwrap()).collect();
    values.into_iter().cycle().take(DEGREE).collect()
}

/// The keys of the vectors, made as slowly as the text says.
mod keys {
    use chacha20::ChaCha20;
    use chacha20::cipher::{KeyIvInit, StreamCipher};
    use ckks_agg::Preset;
    use ckks_agg::small::DEGREE;

    fn stream(key: &[u8; 32], label: u64, index: u32) -> Vec<u8> {
        let nonce: [u8; 12] = [&label.to_le_bytes()[..], &index.to_le_bytes()].concat().try_into().unwrap();
        let mut bytes = vec![0; 20_000];
        ChaCha20::new(key.into(), &nonce.into()).apply_keystream(&mut bytes);
        bytes
    }

    fn power(base: u64, exponent: u64, q: u64) -> u64 {
        let factor = |bit: u32| if exponent >> bit & 1 == 1 { base } else { 1 };
        (0..64).rev().fold(1, |power, bit| power * power % q * factor(bit) % q)
    }

    fn transform(coefficients: &[i64], q: u64) -> Vec<u64> {
        let n = DEGREE as u64;
        let psi =
            (2..).map(|x| power(x, (q - 1) / (2 * n), q)).find(|psi| power(*psi, n, q) == q - 1).unwrap();
        let residues: Vec<u64> = coefficients.iter().map(|c| c.rem_euclid(q as i64) as u64).collect();
        let at = |i: u32| power(psi, u64::from(2 * (i.reverse_bits() >> 21) + 1), q);
        let value = |at: u64| residues.iter().rev().fold(0, |sum, c| (sum * at + c) % q);
        (0..DEGREE as u32).map(|i| value(at(i))).collect()
    }

    fn ternary(seed: &[u8; 32]) -> Vec<i64> {
        let bytes = stream(seed, 1, 0);
        let fields = bytes.iter().flat_map(|byte| [byte & 3, byte >> 2 & 3, byte >> 4 & 3, byte >> 6]);
        fields.filter(|field| *field != 3).map(|field| i64::from(field) - 1).take(DEGREE).collect()
    }

    /// b = −a·Σs + Σe of several, packed; labels of a and of e.
    pub(crate) fn public(seeds: &[[u8; 32]], public_seed: &[u8; 32], [a, e]: [u64; 2]) -> Vec<u8> {
        let ones = |word: u64| i64::from((word & 0x1f_ffff).count_ones());
        let error = |seed: &[u8; 32]| -> Vec<i64> {
            let words = stream(seed, e, 0);
            let words = words.chunks(8).map(|word| u64::from_le_bytes(word.try_into().unwrap()));
            words.map(|word| ones(word) - ones(word >> 21)).collect()
        };
        let sum = |of: &dyn Fn(&[u8; 32]) -> Vec<i64>| {
            let mut sum = vec![0; DEGREE];
            seeds.iter().for_each(|seed| sum.iter_mut().zip(of(seed)).for_each(|(sum, of)| *sum += of));
            sum
        };
        let (secret, error) = (sum(&ternary), sum(&error));
        let mut bits = Vec::new();
        for (place, q) in (0..).zip(Preset::Small.primes()) {
            let length = q.ilog2() + 1;
            let words = stream(public_seed, a, place);
            let words = words.chunks(4).map(|word| u32::from_le_bytes(word.try_into().unwrap()));
            let words = words.map(|word| u64::from(word) & ((1 << length) - 1)).filter(|word| word < q);
            let products = words.zip(transform(&secret, *q)).map(|(a, s)| a * s % q);
            for (product, error) in products.zip(transform(&error, *q)) {
                let residue = (q - product + error) % q;
                bits.extend((0..length).map(|bit| (residue >> bit & 1) as u8));
            }
        }
        bits.chunks(8).map(|bits| bits.iter().rev().fold(0, |byte, bit| byte << 1 | bit)).collect()
    }
}

fn public_key(of: &Value) -> Vec<u8> {
    let public_seed = bytes(&of["public_seed"]);
    let packed = keys::public(&[bytes(&of["seed"])], &public_seed, [2, 3]);
    let key = [&[1, Preset::Small as u8][..], &public_seed, &packed].concat();
    assert_eq!(digest(&key), of["public_key"]["sha256"]);
    key
}

#[test]
fn ciphertexts_are_the_references() {
    let of = encryption();
    let key_bytes = public_key(&of);
    assert_eq!(key_bytes.len(), PUBLIC_KEY_LEN);
    let public = PublicKey::from_bytes(&key_bytes).unwrap();
    assert_eq!(public.id(), KeyId(bytes(&of["key_id"])));
    let secret = SecretKey::from_seed(&mut bytes(&of["seed"]), public.id());
    let scale = u32::try_from(of["log_scale"].as_u64().unwrap()).unwrap();
    let most = of["bounds"][0].as_f64().unwrap() as u64 >> scale;
    let mut workspace = Workspace::new();
    let (mut seeded, mut pairs) = (0, 0);
    for ciphertext in of["ciphertexts"].as_array().unwrap() {
        let values = numbers(&ciphertext["repeated"]);
        let readings = Readings::new(&values, scale, most).unwrap();
        let noise = bytes(&ciphertext["noise_key"]);
        let mut out = vec![0; PAIR_LEN];
        if ciphertext["public_seed"].is_string() {
            out.truncate(SEEDED_LEN);
            let seed = bytes(&ciphertext["public_seed"]);
            secret.encrypt_with(&readings, &noise, &seed, &mut workspace, out.first_chunk_mut().unwrap());
            seeded += 1;
        } else {
            public.encrypt_with(&readings, &noise, &mut workspace, out.first_chunk_mut().unwrap());
            let mut second = Vec::new();
            public.mask_with(&noise, &mut workspace, |word| second.extend(word));
            assert_eq!(second, out[HEADER_LEN + PACKED_LEN..]);
            pairs += 1;
        }
        // The reference puts bounds of its own into the header.
        assert_eq!(hex::encode(&out[..38]), ciphertext["bytes"]["first"].as_str().unwrap()[..76]);
        assert_eq!(digest(&out[HEADER_LEN..]), ciphertext["body"]["sha256"]);
    }
    assert_eq!((seeded, pairs), (2, 2));
}

#[test]
fn under_a_joint_key_too() {
    let of = vectors(include_str!("vectors/joint-v1.json"));
    let seeds: Vec<[u8; 32]> = of["seeds"].as_array().unwrap().iter().map(bytes).collect();
    let crs = bytes(&of["crs"]);
    let packed = keys::public(&seeds, &crs, [12, 13]);
    let parties = u16::try_from(seeds.len()).unwrap();
    let key = [&[2, Preset::Small as u8][..], &parties.to_le_bytes(), &crs, &packed].concat();
    let public = PublicKey::from_bytes(&key).unwrap();
    assert_eq!(public.id(), KeyId(bytes(&of["key_id"])));
    let scale = u32::try_from(of["log_scale"].as_u64().unwrap()).unwrap();
    let values = numbers(&of["repeated"]);
    let most = values.iter().map(|value| value.unsigned_abs()).max().unwrap();
    let readings = Readings::new(&values, scale, most).unwrap();
    let mut out = [0; PAIR_LEN];
    public.encrypt_with(&readings, &bytes(&of["noise_key"]), &mut Workspace::new(), &mut out);
    assert_eq!(digest(&out[HEADER_LEN..]), of["ciphertext"]["body"]["sha256"]);
}

/// Two encryptions of one thing have nothing in common but what they say about themselves.
#[test]
fn noise_is_fresh() {
    let of = encryption();
    let key_bytes = public_key(&of);
    let public = PublicKey::from_bytes(&key_bytes).unwrap();
    let secret = SecretKey::from_seed(&mut bytes(&of["seed"]), public.id());
    let readings = Readings::new(&[1i32, 2, 3], 24, 10).unwrap();
    let mut workspace = Workspace::new();
    let mut rng = chacha20::ChaCha20Rng::seed_from_u64(1);
    let of = Use { meter: 1, round: 2, counter: 3 };
    let mut pairs = [[0; PAIR_LEN]; 2];
    for out in &mut pairs {
        public.encrypt(&readings, of, &[1; 32], &mut workspace, out, &mut rng).unwrap();
    }
    let mut seeded = [[0; SEEDED_LEN]; 2];
    for out in &mut seeded {
        secret.encrypt(&readings, of, &mut workspace, out, &mut rng).unwrap();
    }
    let equal = |a: &[u8], b: &[u8]| {
        assert_eq!(a[..HEADER_LEN], b[..HEADER_LEN]);
        a.iter().zip(b).skip(HEADER_LEN).filter(|(a, b)| a == b).count()
    };
    assert!(equal(&pairs[0], &pairs[1]) < 27136 / 128);
    assert!(equal(&seeded[0], &seeded[1]) < 13600 / 128);
}

#[test]
fn what_cannot_be_encrypted_is_refused() {
    let new = |values: &[i64], scale, most| Readings::new(values, scale, most).map(|_| ());
    assert_eq!(new(&[0; DEGREE], 24, 10), Ok(()));
    let refused = |misuse: Misuse| Err(Error::Misuse(misuse));
    assert_eq!(new(&[0; DEGREE + 1], 24, 10), refused(Misuse::TooManyValues { have: 2049, most: 2048 }));
    assert_eq!(new(&[], 7, 10), refused(Misuse::BadScale { bits: 7 }));
    assert_eq!(new(&[], 51, 10), refused(Misuse::BadScale { bits: 51 }));
    let half = Preset::Small.primes().iter().product::<u64>() / 2;
    assert_eq!(new(&[], 24, (half - 1) >> 24), Ok(()));
    let beyond = Misuse::MessageBeyondModulus { have: 52, most: 52, level: 1 };
    assert_eq!(new(&[], 24, (half >> 24) + 1), refused(beyond));
    assert!(new(&[], 8, u64::MAX).is_err());
    assert_eq!(new(&[10, -10], 24, 10), Ok(()));
    assert_eq!(new(&[0, 0, 11, 12], 24, 10), refused(Misuse::ValueBeyondBound { position: 2, bits: 3 }));
    assert_eq!(new(&[0, -11], 24, 10), refused(Misuse::ValueBeyondBound { position: 1, bits: 3 }));
    assert_eq!(new(&[i64::MIN], 24, 10), refused(Misuse::ValueBeyondBound { position: 0, bits: 3 }));
}

#[test]
fn what_is_no_key_is_refused() {
    let good = public_key(&encryption());
    let refusal = |bytes: &[u8]| PublicKey::from_bytes(bytes).map(|key| key.id()).unwrap_err();
    for len in 0..40 {
        assert!(matches!(refusal(&good[..len]), Error::Malformed(Malformed::Truncated { .. })), "{len}");
    }
    let [have, need] = [PUBLIC_KEY_LEN as u32 - 1, PUBLIC_KEY_LEN as u32];
    assert_eq!(refusal(&good[..PUBLIC_KEY_LEN - 1]), Malformed::Truncated { have, need }.into());
    assert_eq!(refusal(&[&good[..], &[0]].concat()), Malformed::TrailingBytes.into());
    let with = |at: usize, byte: u8| {
        let mut bytes = good.clone();
        bytes[at] = byte;
        bytes
    };
    assert_eq!(refusal(&with(0, 0)), Malformed::BadHeader.into());
    assert_eq!(refusal(&with(0, 3)), Malformed::BadHeader.into());
    assert_eq!(refusal(&with(1, 0)), Malformed::UnknownPreset.into());
    assert_eq!(
        refusal(&with(1, 2)),
        Malformed::OtherPreset { have: Preset::Sum, need: Preset::Small }.into()
    );
    let beyond = |from: usize| {
        let mut bytes = good.clone();
        bytes[from..from + 4].fill(0xff);
        refusal(&bytes)
    };
    assert_eq!(beyond(34), Malformed::NotReduced { prime: 0 }.into());
    assert_eq!(beyond(34 + DEGREE * 27 / 8), Malformed::NotReduced { prime: 1 }.into());
    assert_eq!(beyond(PUBLIC_KEY_LEN - 4), Malformed::NotReduced { prime: 1 }.into());
    // The same key, as that of several.
    let joint = |parties: u16| [&[2, 1][..], &parties.to_le_bytes(), &good[2..]].concat();
    assert_eq!(joint(3).len(), JOINT_KEY_LEN);
    assert!(PublicKey::from_bytes(&joint(3)).is_ok());
    assert_eq!(refusal(&joint(0)), Malformed::BadHeader.into());
    assert!(matches!(refusal(&joint(3)[..JOINT_KEY_LEN - 1]), Error::Malformed(Malformed::Truncated { .. })));
}
