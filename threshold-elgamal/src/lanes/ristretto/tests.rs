//! Against curve25519-dalek.

use alloc::vec::Vec;

use curve25519_dalek::ristretto::CompressedRistretto;
use curve25519_dalek::traits::Identity;
use curve25519_dalek::{RistrettoPoint, Scalar};
use proptest::prelude::*;

use super::super::field::{bytes, words};
use super::super::x86::Ifma;
use super::*;

type Encodings = [[u8; 32]; 8];

/// Which are good; and the encodings of P, 2P, 2P by the shared inversion, P + Q, P + Q by the other addition,
/// and ΣP, where P is a in `lane` and Q is b.
#[target_feature(enable = "avx512f,avx512ifma")]
fn lanes((a, b): (Encodings, Encodings)) -> ([u8; 2], [Encodings; 6]) {
    let [a, b] = decode(&[words(&a), words(&b)]);
    let (mut p, mut q) = (Extended::identity(), Extended::identity());
    p.add_niels(&a.point.niels());
    q.add_niels(&b.point.niels());
    let doubled = Doubled::of(&p);
    let shared = doubled.encode(&doubled.denominator().invert());
    let (mut twice, mut sum, mut other) = (p, p, p);
    twice.double();
    sum.add_niels(&b.point.niels());
    other.add(&q.cached());
    let [one, two] = encode(&[p, twice]);
    let [sum, other] = encode(&[sum, other]);
    let [all] = encode(&[p.sum_of_lanes()]);
    ([a.good, b.good], [one, two, shared, sum, other, all].map(|encoding| bytes(encoding)))
}

/// Compares with dalek; lanes that are no point are only told.
fn check(a: Encodings, b: Encodings) {
    let Some(ifma) = Ifma::detect() else { return };
    let points = |encodings: Encodings| encodings.map(|e| CompressedRistretto(e).decompress());
    let (good, results) = ifma.apply(lanes, (a, b));
    let (a, b) = (points(a), points(b));
    for (good, points) in good.into_iter().zip([a, b]) {
        for (lane, point) in points.iter().enumerate() {
            assert_eq!((good >> lane) & 1 == 1, point.is_some(), "lane {lane}");
        }
    }
    for (lane, (p, q)) in a.into_iter().zip(b).enumerate() {
        let Some(p) = p else { continue };
        let got = results.map(|result| result[lane]);
        let expected = [p, p + p, p + p].map(|e| e.compress().to_bytes());
        assert_eq!(got[..3], expected, "lane {lane}");
        let Some(q) = q else { continue };
        assert_eq!(got[3..5], [(p + q).compress().to_bytes(); 2], "lane {lane}");
    }
    if let Some(sum) = a.into_iter().try_fold(RistrettoPoint::identity(), |sum, p| Some(sum + p?)) {
        assert!(results[5].iter().all(|all| *all == sum.compress().to_bytes()));
    }
}

fn multiple(factor: u64) -> [u8; 32] {
    RistrettoPoint::mul_base(&Scalar::from(factor)).compress().to_bytes()
}

#[test]
fn small_multiples_and_equal_points() {
    let some = core::array::from_fn(|i| multiple(i as u64));
    let reversed = core::array::from_fn(|i| multiple(7 - i as u64));
    check(some, some);
    check(some, reversed);
    check([multiple(0); 8], some);
}

/// p + s, −s, numbers with bit 255, and numbers that are no point.
#[test]
fn what_is_no_encoding() {
    let mut bad: Vec<[u8; 32]> =
        (0..64u8).map(|low| core::array::from_fn(|i| if i == 0 { low } else { 0 })).collect();
    // 2^255 − 64 … 2^255 − 1, of which the last 19 are p and more; and the same with bit 255
    bad.extend((192..=255u8).map(|low| {
        core::array::from_fn(|i| [low, 0xff, 0x7f][[0, 31].iter().position(|p| *p == i).map_or(1, |p| p * 2)])
    }));
    bad.extend((192..=255u8).map(|low| core::array::from_fn(|i| if i == 0 { low } else { 0xff })));
    let good = core::array::from_fn(|i| multiple(i as u64));
    for chunk in bad.chunks(8) {
        check(chunk.try_into().unwrap(), good);
        check(good, chunk.try_into().unwrap());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn agrees_with_dalek(
        a in prop::array::uniform8(prop::array::uniform32(any::<u8>())),
        b in prop::array::uniform8(prop::array::uniform32(any::<u8>())),
        point: [bool; 16],
    ) {
        let made = |bytes: [u8; 32], point: bool| if point {
            RistrettoPoint::mul_base(&Scalar::from_bytes_mod_order(bytes)).compress().to_bytes()
        } else {
            let mut bytes = bytes;
            bytes[0] &= 0xfe;
            bytes[31] &= 0x7f;
            bytes
        };
        check(
            core::array::from_fn(|i| made(a[i], point[i])),
            core::array::from_fn(|i| made(b[i], point[i.wrapping_add(8)])),
        );
        check(a.map(|a| made(a, true)), b.map(|b| made(b, true)));
    }
}
