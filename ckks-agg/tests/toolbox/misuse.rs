//! Every misuse by its name; nothing has changed after it.

use std::sync::Arc;

use ckks_agg::{
    Ciphertext, Error, Evaluator, Malformed, Misuse, Packing, Preset, PublicKey, Scale, SwitchingKeys, Total,
};

use crate::setup::{Setup, values};

/// Asserts that an operation ends with an error and leaves its operand as it was.
fn refused<T: std::fmt::Debug>(
    c: &Ciphertext,
    expected: Misuse,
    work: impl FnOnce(&mut Ciphertext) -> Result<T, Error>,
) {
    let mut acc = c.clone();
    assert_eq!(work(&mut acc).unwrap_err(), Error::Misuse(expected));
    assert_eq!(acc, *c);
}

#[test]
fn presets_are_not_mixed() {
    let (mut one, mut two) = (Setup::new(Preset::Sum, 30), Setup::new(Preset::Shared, 31));
    let (a, b) = (one.reals(&[0.5]), two.reals(&[0.5]));
    let mixed = Misuse::MixedPresets { have: Preset::Sum, other: Preset::Shared };
    let mut e = one.evaluator();
    refused(&a, mixed, |acc| e.add(acc, &b));
    refused(&b, mixed, |acc| e.negate(acc));
    refused(&b, mixed, |acc| e.times_integer(acc, 2));
    let plaintext = two.encoder.reals(&[0.5], two.scale(), 1.0).unwrap();
    refused(&a, mixed, |acc| e.add_plain(acc, &plaintext));
    let of = one.of();
    let mut total = Total::new(&one.ring);
    let errors = [
        one.secret.decrypt_private(&b).map(drop).unwrap_err(),
        one.secret.decrypt_exact(&two.integers(&[1], true), &mut one.rng).map(drop).unwrap_err(),
        one.secret.encrypt(&plaintext, of, &mut one.rng).map(drop).unwrap_err(),
        one.secret.public_key().encrypt(&plaintext, of, &mut one.rng).map(drop).unwrap_err(),
        total.accept(&b).unwrap_err(),
    ];
    assert_eq!(errors, [Error::Misuse(mixed); 5]);
    // Of bytes that came from somewhere the caller knows nothing yet.
    let errors = [
        Ciphertext::from_bytes(&one.ring, &b.to_bytes()).map(drop).unwrap_err(),
        PublicKey::from_bytes(&one.ring, &two.secret.public_key().to_bytes()).map(drop).unwrap_err(),
        total.accept_bytes(&b.to_bytes()).unwrap_err(),
    ];
    assert_eq!(errors, [Malformed::OtherPreset { have: Preset::Shared, need: Preset::Sum }.into(); 3]);
}

#[test]
fn keys_are_not_mixed() {
    let (mut one, mut two) = (Setup::new(Preset::Variance, 32), Setup::new(Preset::Variance, 33));
    let (a, b) = (one.reals(&[0.5]), two.reals(&[0.5]));
    let mut e = one.evaluator();
    refused(&a, Misuse::WrongKey, |acc| e.add(acc, &b));
    refused(&b, Misuse::WrongKey, |acc| e.add(acc, &b));
    refused(&b, Misuse::WrongKey, |acc| e.rescale(acc));
    refused(&b, Misuse::WrongKey, |acc| e.drop_to(acc, 0));
    refused(&b, Misuse::WrongKey, |acc| e.square(acc));
    refused(&b, Misuse::WrongKey, |acc| e.mean(acc, 2));
    let foreign = two.keys(&[1]);
    assert_eq!(one.keys(&[1]).join(foreign).unwrap_err(), Error::Misuse(Misuse::WrongKey));
    let foreign = Arc::new(two.keys(&[1]));
    assert_eq!(e.with_keys(foreign).unwrap_err(), Error::Misuse(Misuse::WrongKey));
    assert_eq!(one.secret.decrypt_private(&b).unwrap_err(), Error::Misuse(Misuse::WrongKey));
    let mut total = Total::new(&one.ring);
    total.accept(&a).unwrap();
    assert_eq!(total.accept(&b).unwrap_err(), Error::Misuse(Misuse::WrongKey));
    assert_eq!(total.count(), 1);
    assert_eq!(total.finish(), Some(a));
}

#[test]
fn scales_and_levels_are_equal_or_named() {
    let mut s = Setup::new(Preset::Depth2, 34);
    let x = values(4096, 1);
    let a = s.reals(&x);
    let mut e = s.evaluator_with(&[]);
    let mut low = a.clone();
    e.drop_to(&mut low, 1).unwrap();
    refused(&a, Misuse::LevelMismatch { have: 2, other: 1 }, |acc| e.add(acc, &low));
    refused(&low, Misuse::LevelMismatch { have: 1, other: 2 }, |acc| e.multiply(acc, &a));
    refused(&low, Misuse::LevelMismatch { have: 1, other: 2 }, |acc| e.drop_to(acc, 2));
    let mut square = a.clone();
    e.square(&mut square).unwrap();
    let scales = Misuse::ScaleMismatch { have: a.scale(), other: square.scale() };
    refused(&a, scales, |acc| e.add(acc, &square));
    // Nearly the same scale is not the same scale: 2^90/q against 2^45.
    e.rescale(&mut square).unwrap();
    let scales = Misuse::ScaleMismatch { have: square.scale(), other: low.scale() };
    refused(&square, scales, |acc| e.sub(acc, &low));
    assert!(Error::Misuse(scales).to_string().contains("2^90·q2^-1"), "{}", Error::Misuse(scales));
    let plaintext = s.encoder.reals(&x, Scale::power_of_two(44), 1.0).unwrap();
    let scales = Misuse::ScaleMismatch { have: a.scale(), other: plaintext.scale() };
    refused(&a, scales, |acc| e.add_plain(acc, &plaintext));
}

#[test]
fn exhausted_depth_is_named() {
    let mut s = Setup::new(Preset::Depth2, 35);
    let mut c = s.reals(&[0.25; 8]);
    let mut e = s.evaluator_with(&[]);
    e.drop_to(&mut c, 0).unwrap();
    let exhausted = Misuse::DepthExhausted { level: 0, need: 1 };
    refused(&c, exhausted, |acc| e.rescale(acc));
    refused(&c, exhausted, |acc| e.times_scalar(acc, 0.5));
    assert_eq!(Error::Misuse(exhausted).to_string(), "misuse: at level 0, where level 1 is needed");
    // 2^45 · 2^45 does not fit into 50 bits, and is not computed.
    refused(&c, Misuse::MessageBeyondModulus { have: 91, most: 49, level: 0 }, |acc| e.square(acc));
}

#[test]
fn messages_that_can_be_too_large_are_refused() {
    let mut s = Setup::new(Preset::Depth2, 36);
    let c = s.reals(&[0.25; 8]);
    let mut e = s.evaluator_with(&[1]);
    let mut huge = c.clone();
    e.times_integer(&mut huge, i64::MIN).unwrap();
    refused(&huge, Misuse::MessageBeyondModulus { have: 172, most: 139, level: 2 }, |acc| {
        e.times_integer(acc, i64::MIN)
    });
    let mut low = c.clone();
    e.drop_to(&mut low, 0).unwrap();
    refused(&low, Misuse::MessageBeyondModulus { have: 56, most: 49, level: 0 }, |acc| {
        e.times_integer(acc, 1 << 10)
    });
    // It fits two primes, but not one.
    let mut large = c.clone();
    e.times_integer(&mut large, 1 << 10).unwrap();
    refused(&large, Misuse::MessageBeyondModulus { have: 56, most: 49, level: 0 }, |acc| e.drop_to(acc, 0));
    // Nor does what a sum of all slots can be.
    refused(&low, Misuse::NoSwitchingKey, |acc| e.slot_sum(acc, 4096));
    let keys = s.secret.slot_sum_keys(4096, &mut s.rng).unwrap();
    let mut e = s.evaluator().with_keys(keys.into()).unwrap();
    refused(&low, Misuse::MessageBeyondModulus { have: 58, most: 49, level: 0 }, |acc| e.slot_sum(acc, 4096));
}

#[test]
fn packings_have_their_operations() {
    let mut s = Setup::new(Preset::Variance, 37);
    let integers = s.integers(&[1, 2, 3], false);
    let reals = s.reals(&[0.5; 3]);
    let pairs = s.encoder.pairs(&[0.5; 3], s.scale(), 1.0).unwrap();
    let of = s.of();
    let pairs = s.secret.encrypt(&pairs, of, &mut s.rng).unwrap();
    assert_eq!((integers.packing(), pairs.packing()), (Packing::Integers, Packing::Pairs));
    let mut e = s.evaluator_with(&[1]);
    let wrong = Misuse::WrongPacking;
    refused(&integers, wrong, |acc| e.mean(acc, 3));
    refused(&integers, wrong, |acc| e.square(acc));
    refused(&integers, wrong, |acc| e.rotate(acc, 1));
    refused(&integers, wrong, |acc| e.conjugate(acc));
    refused(&integers, wrong, |acc| e.slot_sum(acc, 2));
    refused(&integers, wrong, |acc| e.times_scalar(acc, 0.5));
    refused(&pairs, wrong, |acc| e.square(acc));
    refused(&pairs, wrong, |acc| e.multiply(acc, &reals));
    refused(&reals, wrong, |acc| e.add(acc, &pairs));
    let plaintext = s.encoder.reals(&[0.5], s.scale(), 1.0).unwrap();
    refused(&pairs, wrong, |acc| e.times_plain(acc, &plaintext));
    refused(&integers, wrong, |acc| e.add_plain(acc, &plaintext));
    let refused = s.secret.decrypt_exact(&reals, &mut s.rng).unwrap_err();
    assert_eq!(refused, Error::Misuse(wrong));
}

#[test]
fn keys_and_forms_that_operations_take() {
    let mut s = Setup::new(Preset::Variance, 38);
    let c = s.reals(&[0.5; 3]);
    let mut bare = s.evaluator();
    let mut e = s.evaluator_with(&[1]);
    let none = Misuse::NoSwitchingKey;
    refused(&c, none, |acc| bare.square(acc));
    refused(&c, none, |acc| bare.rotate(acc, 1));
    refused(&c, none, |acc| e.rotate(acc, 2));
    refused(&c, none, |acc| e.conjugate(acc));
    refused(&c, none, |acc| e.slot_sum(acc, 4));
    let mut product = c.clone();
    bare.square_wide(&mut product).unwrap();
    refused(&product, none, |acc| bare.relinearise(acc));
    let form = Misuse::WrongForm;
    refused(&c, form, |acc| e.relinearise(acc));
    refused(&product, form, |acc| e.rotate(acc, 1));
    refused(&product, form, |acc| e.slot_sum(acc, 2));
    refused(&product, form, |acc| e.square_wide(acc));
    refused(&product, form, |acc| e.multiply(acc, &c));
    refused(&c, form, |acc| e.multiply(acc, &product));
    for preset in [Preset::Small, Preset::Shared] {
        let mut s = Setup::new(preset, 39);
        assert_eq!(s.secret.relinearisation_key(&mut s.rng).unwrap_err(), Error::Misuse(none));
        assert_eq!(s.secret.rotation_keys(&[1], &mut s.rng).unwrap_err(), Error::Misuse(none));
    }
}

#[test]
fn counts_and_factors() {
    let mut s = Setup::new(Preset::Variance, 40);
    let c = s.reals(&[0.5; 3]);
    let mut e = s.evaluator_with(&[1]);
    for count in [0, 4097] {
        refused(&c, Misuse::TooManyValues { have: count, most: 4096 }, |acc| e.slot_sum(acc, count));
    }
    for factor in [f64::NAN, f64::INFINITY, -1e10] {
        refused(&c, Misuse::ValueBeyondBound { position: 0, bits: 32 }, |acc| e.times_scalar(acc, factor));
    }
    refused(&c, Misuse::BadScale { bits: i16::MAX }, |acc| e.mean(acc, 0));
    let mut thirds = c.clone();
    for _ in 0..20 {
        e.mean(&mut thirds, 3).unwrap();
    }
    refused(&thirds, Misuse::BadScale { bits: i16::MAX }, |acc| e.mean(acc, 3));
    // Not on a grid: q is none.
    let integers = s.integers(&[5], false);
    let mut divided = integers.clone();
    e.rescale(&mut divided).unwrap();
    let bad = s.secret.decrypt_exact(&divided, &mut s.rng).unwrap_err();
    assert_eq!(bad, Error::Misuse(Misuse::BadScale { bits: 1 }));
}

/// Public things can be sent to other threads, secret ones show nothing.
#[test]
fn types() {
    fn sendable<T: Send + Sync>() {}
    sendable::<Ciphertext>();
    sendable::<PublicKey>();
    sendable::<SwitchingKeys>();
    sendable::<Evaluator>();
    sendable::<Total>();
    let mut s = Setup::new(Preset::Small, 41);
    let c = s.integers(&[1], true);
    let shown = format!("{:?} {:?}", s.secret, s.secret.decrypt_private(&c).unwrap());
    assert!(shown.len() < 250 && !shown.contains("seed") && !shown.contains("coefficients"), "{shown}");
}
