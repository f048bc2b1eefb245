//! Single proofs and batches.

use std::sync::LazyLock;

use curve25519_dalek::Scalar;
use curve25519_dalek::ristretto::CompressedRistretto;
use meter_link::{Context, PartyId, Round};
use proptest::prelude::*;
use threshold_elgamal::range::{Bounds, Claim, Generators, RangeProof, RangeVerifier, Width};
use threshold_elgamal::{Ciphertext, Fault, GroupKey, Place};

use crate::statement::{Made, key, make, make_within, place, scalar, secret};

static KEY: LazyLock<GroupKey> = LazyLock::new(|| key(1234));
static SMALL: LazyLock<(Generators, RangeVerifier)> =
    LazyLock::new(|| (Generators::new(Width::Bits8), RangeVerifier::new(&Bounds::all(Width::Bits8), &KEY)));

fn small(meter: u32, reading: i64) -> Made {
    make(&SMALL.0, &KEY, meter, reading).unwrap()
}

fn holds(made: &Made) -> bool {
    SMALL.1.verify(&made.place, &made.ciphertext, &made.proof).is_ok()
}

/// Which of a batch do not hold.
fn bad(verifier: &RangeVerifier, batch: &[Made]) -> Vec<usize> {
    let claims: Vec<Claim<'_>> =
        batch.iter().map(|made| Claim::new(&made.place, &made.ciphertext, &made.proof).unwrap()).collect();
    verifier.verify_all(&claims)
}

#[test]
fn ends_of_every_range() {
    for width in Width::ALL {
        let (generators, verifier) = (Generators::new(width), RangeVerifier::new(&Bounds::all(width), &KEY));
        let (least, most) = (Bounds::all(width).least(), Bounds::all(width).most());
        for (meter, reading) in (1..).zip([least, least + 1, -1, 0, 1, most - 1, most]) {
            let Made { place, ciphertext, proof } = make(&generators, &KEY, meter, reading).unwrap();
            assert_eq!(proof.to_bytes().len(), width.proof_len());
            assert_eq!(RangeProof::from_bytes(width, &proof.to_bytes()), Ok(proof.clone()));
            assert_eq!(verifier.verify(&place, &ciphertext, &proof), Ok(()), "{width:?} {reading}");
        }
        if width != Width::Bits64 {
            let beyond = Err(meter_link::Misuse::ReadingTooLarge.into());
            for reading in [least - 1, most + 1, i64::MIN, i64::MAX] {
                assert_eq!(make(&generators, &KEY, 1, reading).map(drop), beyond, "{width:?} {reading}");
            }
        }
    }
}

/// Bounds are exact, wherever they lie; and a proof holds for its own only.
#[test]
fn bounds_of_any_kind() {
    let width = Width::Bits8;
    for (least, most) in
        [(-100, 100), (-1, 0), (7, 7), (0, 200), (-1000, -800), (i64::MAX - 3, i64::MAX), (-127, 128)]
    {
        let bounds = Bounds::new(width, least, most).unwrap();
        let verifier = RangeVerifier::new(&bounds, &KEY);
        let wider =
            RangeVerifier::new(&Bounds::new(width, least.min(0), most).unwrap_or(Bounds::all(width)), &KEY);
        for (meter, reading) in (1..).zip([least, most, least.midpoint(most)]) {
            let Made { place, ciphertext, proof } =
                make_within(&SMALL.0, &bounds, &KEY, meter, reading).unwrap();
            assert_eq!(verifier.verify(&place, &ciphertext, &proof), Ok(()), "{bounds:?} {reading}");
            let elsewhere = if wider.bounds() == &bounds { &SMALL.1 } else { &wider };
            assert_eq!(elsewhere.verify(&place, &ciphertext, &proof), Err(Fault::BadRange), "{bounds:?}");
        }
        for reading in [least.checked_sub(1), most.checked_add(1), Some(i64::MIN)].into_iter().flatten() {
            let refused = make_within(&SMALL.0, &bounds, &KEY, 1, reading).map(drop);
            assert_eq!(refused, Err(meter_link::Misuse::ReadingTooLarge.into()), "{bounds:?} {reading}");
        }
    }
    for (least, most) in [(1, 0), (0, 256), (-200, 56), (i64::MIN, i64::MAX)] {
        assert_eq!(Bounds::new(width, least, most), Err(meter_link::Misuse::BadParameter.into()));
    }
    let other = make_within(&SMALL.0, &Bounds::all(Width::Bits16), &KEY, 1, 5).map(drop);
    assert_eq!(other, Err(threshold_elgamal::Misuse::WrongTable.into()));
}

/// A proof of another reading, an honest one, under the same blinding and nonces.
#[test]
fn a_proof_for_another_reading() {
    let (honest, blinding) = (small(1, 127), secret(1));
    for reading in [128, -129, 126, 127 + 256, 1 << 40] {
        let ciphertext = Ciphertext::encrypt(&KEY, reading, &blinding).to_bytes();
        assert_eq!(ciphertext[..32], honest.ciphertext[..32]);
        assert!(!holds(&Made { ciphertext, ..honest.clone() }), "{reading}");
        // Made for this ciphertext by a prover that says it were 127.
        let (at, seed) = (place(1), secret(99));
        let proof =
            RangeProof::prove((&SMALL.0, SMALL.1.bounds()), &at, &KEY, &ciphertext, 127, &blinding, &seed)
                .unwrap();
        assert!(!holds(&Made { place: at, ciphertext, proof }), "{reading}");
    }
    assert!(holds(&honest));
}

#[test]
fn holds_in_its_place_only() {
    let Made { place, ciphertext, proof } = small(1, -77);
    let refused = |verifier: &RangeVerifier, place: &Place<'_>, ciphertext: &[u8; 64]| {
        assert_eq!(verifier.verify(place, ciphertext, &proof), Err(Fault::BadRange));
    };
    let verifier = &SMALL.1;
    refused(verifier, &Place { round: Round::from(5u32), ..place }, &ciphertext);
    refused(verifier, &Place { id: PartyId(2), ..place }, &ciphertext);
    refused(verifier, &Place { channel: 1, ..place }, &ciphertext);
    refused(verifier, &Place { context: &Context([8; 32]), ..place }, &ciphertext);
    // Another R under the same C, as a second ciphertext of the same reading.
    let mut other = ciphertext;
    other[..32].copy_from_slice(&small(2, -77).ciphertext[..32]);
    refused(verifier, &place, &other);
    refused(verifier, &place, &small(2, -77).ciphertext);
    // The same key of another key set, and another key.
    let set = GroupKey::new(*KEY.encoding(), [1; 32]).unwrap();
    for key in [set, key(1235)] {
        refused(&RangeVerifier::new(&Bounds::all(Width::Bits8), &key), &place, &ciphertext);
    }
    refused(&RangeVerifier::new(&Bounds::all(Width::Bits16), &KEY), &place, &ciphertext);
    let bytes = proof.to_bytes();
    assert_eq!(RangeProof::from_bytes(Width::Bits16, &bytes), Err(Fault::BadRange));
    assert_eq!(verifier.verify(&place, &ciphertext, &proof), Ok(()));
}

/// Nonces are hashed from the statement as well: under one α the A of two readings would differ by few generators.
#[test]
fn a_seed_that_comes_twice() {
    let file: serde_json::Value = serde_json::from_str(include_str!("../vectors/range-v1.json")).unwrap();
    let point = |bytes: &[u8]| CompressedRistretto(bytes.try_into().unwrap()).decompress().unwrap();
    let listed = |side: &str| point(&hex::decode(file["generators"][side][0].as_str().unwrap()).unwrap());
    let (blinding, seed) = (secret(1), secret(5));
    let bytes = |reading: i64| {
        let ciphertext = Ciphertext::encrypt(&KEY, reading, &blinding).to_bytes();
        let proof = RangeProof::prove(
            (&SMALL.0, SMALL.1.bounds()),
            &place(1),
            &KEY,
            &ciphertext,
            reading,
            &blinding,
            &seed,
        );
        proof.unwrap().to_bytes()
    };
    assert_eq!(bytes(5), bytes(5));
    let difference = point(&bytes(5)[..32]) - point(&bytes(4)[..32]);
    assert_ne!(difference, listed("g") + listed("h"));
}

#[test]
fn one_bad_proof_in_a_batch_is_found() {
    let honest: Vec<Made> = (0..20).map(|meter| small(meter, i64::from(meter) - 10)).collect();
    assert!(bad(&SMALL.1, &honest).is_empty());
    assert!(bad(&SMALL.1, &[]).is_empty());
    for (place, meter) in (0..honest.len()).zip(100u32..) {
        let mut batch = honest.clone();
        batch[place].ciphertext = small(meter, 3).ciphertext;
        assert_eq!(bad(&SMALL.1, &batch), [place]);
    }
    let mut batch = honest.clone();
    let [first, .., last] = &mut batch[..] else { unreachable!() };
    std::mem::swap(&mut first.proof, &mut last.proof);
    assert_eq!(bad(&SMALL.1, &batch), [0, 19]);
    // Of another width among them.
    let mut batch = honest.clone();
    batch[7] = make(&Generators::new(Width::Bits16), &KEY, 7, 3).unwrap();
    assert_eq!(bad(&SMALL.1, &batch), [7]);
    let all: Vec<Made> = honest.iter().cloned().map(|made| Made { place: place(77), ..made }).collect();
    assert_eq!(bad(&SMALL.1, &all), (0..20).collect::<Vec<_>>());
}

/// δ′ stands in the sum with −Y alone: one too large and one too small cancel where proofs are just added up.
#[test]
fn two_errors_that_cancel() {
    let spoilt = |meter: u32, shift: Scalar| {
        let made = small(meter, 1);
        let mut bytes = made.proof.to_bytes();
        let last = bytes.last_chunk_mut::<32>().unwrap();
        *last = (Scalar::from_canonical_bytes(*last).unwrap() + shift).to_bytes();
        Made { proof: RangeProof::from_bytes(Width::Bits8, &bytes).unwrap(), ..made }
    };
    let shift = scalar(31);
    assert_eq!(bad(&SMALL.1, &[spoilt(1, shift), small(2, 2), spoilt(3, -shift)]), [0, 2]);
}

/// More proofs than are checked as one, and enough for the other kind of multiplication.
#[test]
fn large_batches() {
    let one: Vec<Made> = (0..32).map(|meter| small(meter, 5)).collect();
    let mut many: Vec<Made> = (0..1100).map(|i| one[i % 32].clone()).collect();
    assert!(bad(&SMALL.1, &many).is_empty());
    for place in [0, 500, 1023, 1024, 1099] {
        many[place].place.channel = 9;
    }
    assert_eq!(bad(&SMALL.1, &many), [0, 500, 1023, 1024, 1099]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn any_reading_in_range(readings in prop::collection::vec(any::<i32>(), 1..6), other in any::<prop::sample::Index>()) {
        let (generators, verifier) = (Generators::new(Width::Bits32), RangeVerifier::new(&Bounds::all(Width::Bits32), &KEY));
        let mut batch: Vec<Made> =
            (0u32..).zip(&readings).map(|(i, m)| make(&generators, &KEY, i, (*m).into()).unwrap()).collect();
        prop_assert!(bad(&verifier, &batch).is_empty());
        let place = other.index(readings.len());
        batch[place].place.id = PartyId(1000);
        prop_assert_eq!(bad(&verifier, &batch), [place]);
    }

    #[test]
    fn one_flipped_bit(reading in any::<i8>(), byte in 0usize..384, bit in 0usize..8) {
        let made = small(1, reading.into());
        let mut bytes = made.proof.to_bytes();
        bytes[byte] ^= 1 << bit;
        let refused = RangeProof::from_bytes(Width::Bits8, &bytes)
            .and_then(|proof| SMALL.1.verify(&made.place, &made.ciphertext, &proof));
        prop_assert!(matches!(refused, Err(Fault::BadRange | Fault::NotAPoint | Fault::NotAScalar)), "{:?}", refused);
        let mut ciphertext = made.ciphertext;
        ciphertext[byte % 64] ^= 1 << bit;
        let refused = SMALL.1.verify(&made.place, &ciphertext, &made.proof);
        prop_assert!(matches!(refused, Err(Fault::BadRange | Fault::NotAPoint)), "{:?}", refused);
    }

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        for width in Width::ALL {
            if let Ok(proof) = RangeProof::from_bytes(width, &bytes) {
                prop_assert_eq!(proof.to_bytes(), bytes.clone());
            }
        }
    }
}
