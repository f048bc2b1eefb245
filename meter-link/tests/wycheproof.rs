//! Project Wycheproof's vectors.
//!
//! Through this crate's functions: X25519 inside [`LinkSecret::pair_key`], Ed25519 of [`IdentityKey`], ChaCha20 blocks
//! on every path. The other inputs cannot be given to our functions (HMAC messages have our prefix, AEAD nonces are
//! our rounds, HKDF salts our contexts): there the dependency that they call is tested, in the way they call
//! it.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

use chacha20poly1305::ChaCha20Poly1305;
use chacha20poly1305::aead::AeadInOut;
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use meter_link::pad::{self, Path};
use meter_link::{Context, Fault, IdentityKey, Label, LinkPublic, LinkSecret, PairKey, PartyId, Peer};
use poly1305::Poly1305;
use poly1305::universal_hash::UniversalHash;
use sha2::Sha256;
use wycheproof::TestResult;

#[test]
fn x25519_of_pair_keys() {
    let tests = wycheproof::xdh::TestSet::load(wycheproof::xdh::TestName::X25519).unwrap();
    let (mut agreed, mut refused) = (0, 0);
    for test in tests.test_groups.iter().flat_map(|group| &group.tests) {
        let secret = LinkSecret::from_bytes(&mut test.private_key[..].try_into().unwrap());
        let public: [u8; 32] = test.public_key[..].try_into().unwrap();
        let (context, me, peer) =
            (Context([5; 32]), PartyId(9), Peer { id: PartyId(3), link: LinkPublic(public) });
        let key = secret.pair_key(Label::DcnetPair, &context, me, &peer, &[]);
        if test.shared_secret.iter().all(|byte| *byte == 0) {
            assert_eq!(key.unwrap_err(), Fault::LowOrderKey.of(peer.id), "{}", test.tc_id);
            refused += 1;
            continue;
        }
        let own = secret.public().0;
        let info =
            [b"wattsum v1 dcnet pair" as &[u8], &3u32.to_le_bytes(), &public, &9u32.to_le_bytes(), &own];
        let mut expected = [0; 32];
        let hkdf = Hkdf::<Sha256>::new(Some(&context.0), &test.shared_secret);
        hkdf.expand_multi_info(&info, &mut expected).unwrap();
        assert_eq!(*key.unwrap().to_bytes(), expected, "{}", test.tc_id);
        agreed += 1;
    }
    assert_eq!(agreed + refused, tests.number_of_tests);
    assert!(agreed > 400 && refused > 20, "{agreed} {refused}");
}

/// As [`meter_link::IdentityKey::verify`] does it, with the message in parts.
fn ed25519(key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let (Ok(key), Ok(signature)) = (key.try_into(), signature.try_into()) else { return false };
    let (head, rest) = message.split_at(message.len() / 2);
    IdentityKey(key).check().is_some_and(|key| key.accepts(&[head, rest], signature))
}

#[test]
fn ed25519_of_identities() {
    let tests = wycheproof::eddsa::TestSet::load(wycheproof::eddsa::TestName::Ed25519).unwrap();
    let mut count = 0;
    for group in &tests.test_groups {
        for test in &group.tests {
            let valid = test.result == TestResult::Valid;
            assert_eq!(
                ed25519(&group.key.pk, &test.msg, &test.sig),
                valid,
                "{} {}",
                test.tc_id,
                test.comment
            );
            count += 1;
        }
    }
    assert_eq!(count, tests.number_of_tests);
}

/// RFC 8439, section 2.8, on our blocks: (text with the keystream added, tag over the given ciphertext).
fn ours(key: &[u8; 32], nonce: &[u8; 12], associated: &[u8], cipher_text: &[u8]) -> (Vec<u8>, [u8; 16]) {
    let (round, word) = nonce.split_at(8);
    let (round, word) =
        (u64::from_le_bytes(round.try_into().unwrap()), u32::from_le_bytes(word.try_into().unwrap()));
    let key = PairKey::from_bytes(key);
    let block = |counter: u32| -> Vec<u8> {
        let path = Path::ALL[counter as usize % Path::ALL.len()];
        let mut out = [[0; 16]; 9];
        pad::blocks_on(path, &[&key; 9], counter, round, word, &mut out);
        out[counter as usize % 9].iter().flat_map(|word| word.to_le_bytes()).collect()
    };
    let keystream = (1u32..).flat_map(&block);
    let text = cipher_text.iter().zip(keystream).map(|(byte, stream)| byte ^ stream).collect();
    let one_time: [u8; 32] = block(0)[..32].try_into().unwrap();
    let mut mac = Poly1305::new((&one_time).into());
    mac.update_padded(associated);
    mac.update_padded(cipher_text);
    let lengths =
        [(associated.len() as u64).to_le_bytes(), (cipher_text.len() as u64).to_le_bytes()].concat();
    mac.update_padded(&lengths);
    (text, mac.finalize().into())
}

#[test]
fn chacha20_of_pads_and_aead_dependency() {
    let tests = wycheproof::aead::TestSet::load(wycheproof::aead::TestName::ChaCha20Poly1305).unwrap();
    let (mut opened, mut refused, mut other_nonces) = (0, 0, 0);
    for test in tests.test_groups.iter().flat_map(|group| &group.tests) {
        let Ok(nonce) = <[u8; 12]>::try_from(&test.nonce[..]) else {
            assert!(test.result.must_fail());
            other_nonces += 1;
            continue;
        };
        let key: [u8; 32] = test.key[..].try_into().unwrap();
        let tag: [u8; 16] = test.tag[..].try_into().unwrap();
        let valid = test.result == TestResult::Valid;
        let (text, expected) = ours(&key, &nonce, &test.aad, &test.ct);
        assert_eq!(expected == tag, valid, "{} {}", test.tc_id, test.comment);

        let mut message = test.ct.to_vec();
        let cipher = ChaCha20Poly1305::new((&key).into());
        let result = cipher.decrypt_inout_detached(
            (&nonce).into(),
            &test.aad,
            message.as_mut_slice().into(),
            &tag.into(),
        );
        assert_eq!(result.is_ok(), valid, "{} {}", test.tc_id, test.comment);
        if valid {
            assert_eq!((&text, &message), (&test.pt.to_vec(), &test.pt.to_vec()), "{}", test.tc_id);
            opened += 1;
        } else {
            refused += 1;
        }
    }
    assert_eq!(opened + refused + other_nonces, tests.number_of_tests);
    assert!(opened > 200 && refused > 20, "{opened} {refused} {other_nonces}");
}

#[test]
fn hkdf_sha256_dependency() {
    let tests = wycheproof::hkdf::TestSet::load(wycheproof::hkdf::TestName::HkdfSha256).unwrap();
    let mut count = 0;
    for test in tests.test_groups.iter().flat_map(|group| &group.tests) {
        let mut out = vec![0; test.size];
        let result = Hkdf::<Sha256>::new(Some(&test.salt), &test.ikm).expand(&test.info, &mut out);
        assert_eq!(result.is_ok(), test.result == TestResult::Valid, "{}", test.tc_id);
        if result.is_ok() {
            assert_eq!(out, *test.okm, "{}", test.tc_id);
        }
        count += 1;
    }
    assert_eq!(count, tests.number_of_tests);
}

#[test]
fn hmac_sha256_dependency() {
    let tests = wycheproof::mac::TestSet::load(wycheproof::mac::TestName::HmacSha256).unwrap();
    let mut count = 0;
    for group in &tests.test_groups {
        for test in &group.tests {
            let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&test.key).unwrap();
            mac.update(&test.msg);
            let valid = test.result == TestResult::Valid;
            assert_eq!(mac.verify_truncated_left(&test.tag).is_ok(), valid, "{}", test.tc_id);
            count += 1;
        }
    }
    assert_eq!(count, tests.number_of_tests);
}
