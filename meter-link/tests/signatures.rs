//! Signatures in batches are those that hold alone, whatever else is in the batch.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

use std::collections::BTreeSet;

use chacha20::ChaCha8Rng;
use chacha20::rand_core::{Rng, SeedableRng};
use curve25519_dalek::constants::EIGHT_TORSION;
use curve25519_dalek::{EdwardsPoint, Scalar};
use meter_link::frame::{Expect, Flags, SignedFrame, Writer};
use meter_link::{
    CheckedKey, Context, Error, Fault, GroupId, Header, Identity, IdentityKey, Kind, PartyId, Protocol,
    Round, Scope,
};
use proptest::prelude::*;
use sha2::{Digest, Sha512};

const CONTEXT: Context = Context([7; 32]);
const EXPECT: Expect = Expect {
    protocol: Protocol::Elgamal,
    kind: Kind::Contribution,
    flags: Flags::TRANSMISSION,
    group: GroupId(7),
};

fn header(sender: u32) -> Header {
    Header {
        protocol: EXPECT.protocol,
        kind: EXPECT.kind,
        flags: Flags(EXPECT.flags),
        group: EXPECT.group,
        sender: PartyId(sender),
        round: Round::from(100),
    }
}

/// An honest frame of a sender, whose number is the seed of its key.
fn honest(sender: u32, payload: &[u8]) -> (Vec<u8>, IdentityKey) {
    let identity = Identity::from_bytes(&mut [sender as u8; 32]);
    let (header, mut out) = (header(sender), vec![0; 16 + payload.len() + 64]);
    let mut writer = Writer::frame(&mut out, &header).unwrap();
    writer.bytes(payload).unwrap();
    writer.finish_signed(&header, &identity, &Scope::Context(&CONTEXT)).unwrap();
    (out, identity.public())
}

/// What a signer can make who adds points of small order to its key and to R.
fn twisted(sender: u32, payload: &[u8], of_key: usize, of_r: usize) -> (Vec<u8>, IdentityKey) {
    let mut rng = ChaCha8Rng::seed_from_u64(sender.into());
    let mut secret = || {
        let mut wide = [0; 64];
        rng.fill_bytes(&mut wide);
        Scalar::from_bytes_mod_order_wide(&wide)
    };
    let (secret, nonce) = (secret(), secret());
    let encoded = |point: EdwardsPoint| point.compress().to_bytes();
    let key = encoded(EdwardsPoint::mul_base(&secret) + EIGHT_TORSION[of_key]);
    let r = encoded(EdwardsPoint::mul_base(&nonce) + EIGHT_TORSION[of_r]);
    let body = [&header(sender).to_bytes(), payload].concat();
    let mut hash = Sha512::new().chain_update(r).chain_update(key);
    hash.update([b"wattsum v1 sig\0" as &[u8], &[EXPECT.kind as u8], &CONTEXT.0, &body].concat());
    let s = nonce + secret * Scalar::from_bytes_mod_order_wide(&hash.finalize().into());
    ([&body[..], &r, s.as_bytes()].concat(), IdentityKey(key))
}

fn alone((frame, key): &(Vec<u8>, IdentityKey)) -> Result<Vec<u8>, Error> {
    let frame = SignedFrame::parse(frame, &EXPECT)?;
    Ok(frame.verify(key, &Scope::Context(&CONTEXT))?.rest().to_vec())
}

fn together(signed: &[(Vec<u8>, IdentityKey)]) -> Vec<Result<Vec<u8>, Error>> {
    let keys: Vec<Option<CheckedKey>> = signed.iter().map(|(_, key)| key.check()).collect();
    let frame = |frame| SignedFrame::parse(frame, &EXPECT).unwrap();
    let frames: Vec<_> = signed.iter().zip(&keys).map(|((f, _), key)| (frame(f), key.as_ref())).collect();
    let outcomes = SignedFrame::verify_all(&frames, &Scope::Context(&CONTEXT));
    outcomes.into_iter().map(|outcome| outcome.map(|reader| reader.rest().to_vec())).collect()
}

#[track_caller]
fn same(signed: &[(Vec<u8>, IdentityKey)]) -> Vec<bool> {
    let alone: Vec<_> = signed.iter().map(alone).collect();
    assert_eq!(together(signed), alone);
    alone.iter().map(Result::is_ok).collect()
}

/// `ed25519-speccheck` of Chalkias, Garillot and Nikolaenko, cases 0 … 11 (cases.json, Apache-2.0): the equation with
/// the cofactor, one encoding a point, S reduced, no key of small order.
#[test]
fn vectors_of_taming_the_many_eddsas() {
    let cases: serde_json::Value = serde_json::from_str(include_str!("vectors/speccheck.json")).unwrap();
    let bytes = |value: &serde_json::Value| hex::decode(value.as_str().unwrap()).unwrap();
    for (number, case) in cases.as_array().unwrap().iter().enumerate() {
        let key = IdentityKey(bytes(&case["key"]).try_into().unwrap()).check();
        let (message, signature) = (bytes(&case["message"]), bytes(&case["signature"]).try_into().unwrap());
        let (first, second) = message.split_at(5);
        let holds = key.is_some_and(|key| key.accepts(&[first, second], &signature));
        assert_eq!(holds, case["holds"].as_bool().unwrap(), "case {number}");
    }
    assert_eq!(cases.as_array().unwrap().len(), 12);
}

/// All that a signer can do with points of small order holds, alone and in every batch: under an equation
/// without the cofactor an eighth to a half of the batches would take what is refused alone.
#[test]
fn points_of_small_order() {
    let good: Vec<_> = (1..=3).map(|sender| honest(sender, b"abc")).collect();
    let mut all = good.clone();
    for of_key in 0..8 {
        for of_r in 0..8 {
            let one = twisted(40 + (8 * of_key + of_r) as u32, b"twisted", of_key, of_r);
            assert_eq!(same(std::slice::from_ref(&one)), [true]);
            // And one that is wrong in more than its small part.
            let mut wrong = one.clone();
            wrong.0[16] ^= 1;
            let batch: Vec<_> = good.iter().cloned().chain([one.clone(), wrong]).collect();
            assert_eq!(same(&batch), [true, true, true, true, false]);
            all.push(one);
        }
    }
    // Two whose small parts cancel, or add up.
    for pair in all[3..].windows(2) {
        same(pair);
    }
    assert!(same(&all).iter().all(|right| *right));
}

#[test]
fn keys_and_points_in_other_encodings() {
    let (frame, key) = honest(1, b"abc");
    for torsion in EIGHT_TORSION {
        let key = IdentityKey(torsion.compress().to_bytes());
        assert!(key.check().is_none());
        // S = 0 and R = −h·A of small order: without the check of the key, one in eight messages or more would do.
        let mut forged = frame.clone();
        let at = forged.len() - 64;
        forged[at..at + 32].copy_from_slice(&key.0);
        forged[at + 32..].fill(0);
        assert_eq!(same(&[(forged, key)]), [false]);
    }
    // y + p for small y, and x = 0 with a sign: dalek decodes them.
    let mut others = vec![];
    for low in 0xed..=0xffu8 {
        for high in [0x7f, 0xff] {
            let mut bytes = [0xff; 32];
            (bytes[0], bytes[31]) = (low, high);
            others.push(bytes);
        }
    }
    for low in [1, 0xec] {
        let mut bytes = [if low == 1 { 0 } else { 0xff }; 32];
        (bytes[0], bytes[31]) = (low, if low == 1 { 0x80 } else { 0xff });
        others.push(bytes);
    }
    let decoded =
        others.iter().filter(|b| curve25519_dalek::edwards::CompressedEdwardsY(**b).decompress().is_some());
    assert!(decoded.count() > 10);
    for bytes in others {
        assert!(IdentityKey(bytes).check().is_none());
        let mut other = frame.clone();
        let at = other.len() - 64;
        other[at..at + 32].copy_from_slice(&bytes);
        assert_eq!(same(&[(other, key)]), [false]);
    }
}

/// R = −0 or −(−1) encoded with a sign: the signature would hold for the point.
#[test]
fn another_encoding_of_r_that_would_hold() {
    for (low, fill, high) in [(1, 0, 0x80), (0xec, 0xff, 0xff), (0xee, 0xff, 0x7f), (0xee, 0xff, 0xff)] {
        let mut r = [fill; 32];
        (r[0], r[31]) = (low, high);
        let secret = Scalar::from(77u8);
        let key = EdwardsPoint::mul_base(&secret).compress().to_bytes();
        let body = [&header(5).to_bytes(), b"abc" as &[u8]].concat();
        let mut hash = Sha512::new().chain_update(r).chain_update(key);
        hash.update([b"wattsum v1 sig\0" as &[u8], &[EXPECT.kind as u8], &CONTEXT.0, &body].concat());
        let s = secret * Scalar::from_bytes_mod_order_wide(&hash.finalize().into());
        let point = curve25519_dalek::edwards::CompressedEdwardsY(r).decompress().unwrap();
        assert!(point.is_small_order());
        let frame = [&body[..], &r, s.as_bytes()].concat();
        assert_eq!(same(&[(frame, IdentityKey(key)), honest(1, b"abc")]), [false, true]);
    }
}

/// Errors that cancel under equal weights.
#[test]
fn errors_that_cancel() {
    let (mut one, mut two) = (honest(1, b"abc"), honest(2, b"abc"));
    let shift = |frame: &mut [u8], by: Scalar| {
        let at = frame.len() - 32;
        let s = Scalar::from_canonical_bytes(frame[at..].try_into().unwrap()).unwrap() + by;
        frame[at..].copy_from_slice(s.as_bytes());
    };
    shift(&mut one.0, Scalar::from(9u8));
    shift(&mut two.0, -Scalar::from(9u8));
    assert_eq!(same(&[one, honest(3, b"abc"), two]), [false, true, false]);
}

#[test]
fn none_one_and_the_same_twice() {
    assert_eq!(same(&[]), [] as [bool; 0]);
    let good = honest(1, b"abc");
    let mut bad = good.clone();
    bad.0[20] ^= 4;
    assert_eq!(same(std::slice::from_ref(&good)), [true]);
    assert_eq!(same(std::slice::from_ref(&bad)), [false]);
    let many = [&good, &good, &bad, &bad, &good].map(Clone::clone);
    assert_eq!(same(&many), [true, true, false, false, true]);
    // Under the key of another, and under none.
    let (frame, _) = good;
    let (_, other) = honest(2, b"abc");
    assert_eq!(same(&[(frame.clone(), other), (frame, IdentityKey([0; 32]))]), [false, false]);
}

/// More than a part and than a whole, with a bad one at every place that is the first or last of one.
#[test]
fn bad_ones_at_every_seam() {
    let some: Vec<_> = (0..200u8).map(|sender| honest(sender.into(), &[sender; 5])).collect();
    let many: Vec<_> = some.iter().cycle().take(4096 + 130).cloned().collect();
    for places in [vec![], vec![0], vec![63], vec![64], vec![4095], vec![4096], vec![4225], vec![1, 70, 4100]]
    {
        let mut many = many.clone();
        places.iter().for_each(|place: &usize| many[*place].0[18] ^= 1);
        let outcomes = together(&many);
        for (place, outcome) in outcomes.iter().enumerate() {
            let bad = Err(Fault::BadSignature.of(PartyId((place % 200) as u32)));
            let expected = if places.contains(&place) { bad } else { Ok(vec![(place % 200) as u8; 5]) };
            assert_eq!(*outcome, expected, "{place}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn batches_are_singles(
        count in 0u32..150, twist in any::<[u8; 8]>(),
        spoilt in prop::collection::btree_map(0usize..150, 0usize..91 * 8, 0..6),
    ) {
        let spin = |i: u32, at: usize| usize::from(twist[(i as usize + at) % 8] % 8);
        let mut signed: Vec<_> = (0..count)
            .map(|i| if i % 3 == 0 { twisted(i, b"some bytes!", spin(i, 0), spin(i, 3)) } else { honest(i, b"some bytes!") })
            .collect();
        for (place, bit) in &spoilt {
            // Not the header, which says what is expected.
            if let Some((frame, _)) = signed.get_mut(*place) {
                frame[bit / 8] ^= if bit / 8 >= 16 { 1 << (bit % 8) } else { 0 };
            }
        }
        let bad: BTreeSet<usize> = spoilt.iter().filter(|(_, bit)| **bit >= 128).map(|(place, _)| *place).collect();
        let outcomes = same(&signed);
        for (place, right) in outcomes.iter().enumerate() {
            prop_assert_eq!(*right, !bad.contains(&place));
        }
    }
}
