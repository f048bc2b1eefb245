//! Bytes there and back, and bytes that are nothing.

use ckks_agg::{
    Ciphertext, Error, Form, Malformed, Misuse, Preset, PublicKey, SecretKey, SwitchingKeys, Total,
};
use proptest::prelude::*;

use crate::setup::{Setup, values};

fn ciphertexts(preset: Preset) -> (Setup, Vec<Ciphertext>) {
    let mut s = Setup::new(preset, 50);
    let mut all =
        vec![s.integers(&[1, -2, 3], true), s.integers(&[1, -2, 3], false), s.reals(&values(100, 1))];
    let mut e = s.evaluator();
    if matches!(preset, Preset::Variance | Preset::Depth2) {
        let mut product = all[2].clone();
        e.square_wide(&mut product).unwrap();
        all.push(product.clone());
        e.rescale(&mut product).unwrap();
        all.push(product);
        let mut mean = all[2].clone();
        e.mean(&mut mean, 240).unwrap();
        e.drop_to(&mut mean, 0).unwrap();
        all.push(mean);
    }
    (s, all)
}

#[test]
fn ciphertexts_come_back() {
    for preset in Preset::ALL {
        let (s, all) = ciphertexts(preset);
        for c in all {
            let bytes = c.to_bytes();
            assert_eq!(bytes.len(), Ciphertext::len_of(preset, c.form(), c.level()));
            assert_eq!(Ciphertext::from_bytes(&s.ring, &bytes).unwrap(), c);
            let mut out = vec![7; bytes.len() + 3];
            assert_eq!(c.write_to(&mut out).unwrap(), bytes.len());
            assert_eq!((&out[..bytes.len()], &out[bytes.len()..]), (&bytes[..], &[7; 3][..]));
            let short = c.write_to(&mut out[..bytes.len() - 1]).unwrap_err();
            assert_eq!(short, Error::Misuse(Misuse::Link(meter_link::Misuse::WrongLength)));
        }
    }
}

/// N · 50 bits and the rest: what the goals count.
#[test]
fn lengths() {
    let len = Ciphertext::len_of;
    assert_eq!(len(Preset::Depth2, Form::Seeded, 2), 54 + 32 + 1024 * 140);
    assert_eq!(len(Preset::Depth2, Form::Pair, 2), 54 + 2 * 1024 * 140);
    assert_eq!(len(Preset::Sum, Form::Seeded, 0), 54 + 32 + 512 * 50);
    assert_eq!(len(Preset::Small, Form::Seeded, 1), 54 + 32 + 256 * 53);
}

#[test]
fn truncated_and_trailing_bytes_are_refused() {
    for preset in [Preset::Small, Preset::Depth2] {
        let (s, all) = ciphertexts(preset);
        for c in all {
            let bytes = c.to_bytes();
            for have in [0, 1, 53, 54, 85, 86, bytes.len() - 1] {
                let error = Ciphertext::from_bytes(&s.ring, &bytes[..have]).unwrap_err();
                let need = if have < 54 { 54 } else { bytes.len() };
                let (have, need) = (have as u32, need as u32);
                assert_eq!(error, Error::Malformed(Malformed::Truncated { have, need }));
                let error = Total::new(&s.ring).accept_bytes(&bytes[..have as usize]).unwrap_err();
                assert_eq!(error, Error::Malformed(Malformed::Truncated { have, need }));
            }
            let longer = [&bytes[..], &[0]].concat();
            let error = Ciphertext::from_bytes(&s.ring, &longer).unwrap_err();
            assert_eq!(error, Error::Malformed(Malformed::TrailingBytes));
        }
    }
}

#[test]
fn headers_that_there_are_not_are_refused() {
    let (s, all) = ciphertexts(Preset::Variance);
    let bytes = all[1].to_bytes();
    let with = |at: usize, with: &[u8]| {
        let mut changed = bytes.clone();
        changed[at..at + with.len()].copy_from_slice(with);
        Ciphertext::from_bytes(&s.ring, &changed).map(drop)
    };
    let bad = Err(Error::Malformed(Malformed::BadHeader));
    assert_eq!(with(0, &[2]), bad); // version
    assert_eq!(with(1, &[0]), Err(Error::Malformed(Malformed::UnknownPreset)));
    assert_eq!(with(1, &[9]), Err(Error::Malformed(Malformed::UnknownPreset)));
    for at in [2, 4] {
        assert_eq!(with(at, &[0]), bad);
        assert_eq!(with(at, &[4]), bad);
    }
    assert_eq!(with(3, &[2]), bad); // level
    assert_eq!(with(5, &[0, 0x7f]), bad); // 2^32512
    assert_eq!(with(5, &[0, 0x80]), bad);
    assert_eq!(with(9, &[1]), bad); // a power of a third prime, of two
    assert_eq!(with(10, &[0, 0, 0, 0]), bad); // times nothing
    assert_eq!(with(10, &[6, 0, 0, 0]), bad); // an even factor
    for at in [30, 38, 46] {
        for bound in [f64::NAN, f64::INFINITY, -1.0, -0.0] {
            assert_eq!(with(at, &bound.to_le_bytes()), Err(Error::Malformed(Malformed::BadBound)));
        }
    }
    assert_eq!(with(0, &[1]), Ok(()));
}

#[test]
fn residues_beyond_their_prime_are_refused() {
    let (s, all) = ciphertexts(Preset::Depth2);
    let bytes = all[1].to_bytes();
    for (prime, at) in [(0, 54), (1, 54 + 1024 * 50), (2, 54 + 1024 * 95), (0, 54 + 1024 * 140)] {
        let mut changed = bytes.clone();
        changed[at..at + 7].fill(0xff);
        let error = Ciphertext::from_bytes(&s.ring, &changed).unwrap_err();
        assert_eq!(error, Error::Malformed(Malformed::NotReduced { prime }));
        let mut total = Total::new(&s.ring);
        total.accept(&all[1]).unwrap();
        assert_eq!(total.accept_bytes(&changed).unwrap_err(), error);
        assert_eq!((total.count(), total.finish()), (1, Some(all[1].clone())));
    }
}

#[test]
fn keys_come_back() {
    for preset in Preset::ALL {
        let mut s = Setup::new(preset, 51);
        let c = s.integers(&[17], false);
        let again = SecretKey::from_bytes(&s.ring, &mut s.secret.to_bytes()).unwrap();
        assert_eq!(again.id(), s.secret.id());
        assert_eq!(again.decrypt_exact(&c, &mut s.rng).unwrap()[..2], [17, 0]);
        let mut bytes = *s.secret.to_bytes();
        bytes[0] = 3;
        assert_eq!(
            SecretKey::from_bytes(&s.ring, &mut bytes).unwrap_err(),
            Error::Malformed(Malformed::BadHeader)
        );
        assert_eq!(bytes, [0; 66]);

        let bytes = s.secret.public_key().to_bytes();
        let public = PublicKey::from_bytes(&s.ring, &bytes).unwrap();
        assert_eq!((public.id(), public.to_bytes()), (s.secret.id(), bytes.clone()));
        for have in [0, 1, 33, 34, bytes.len() - 1] {
            let error = PublicKey::from_bytes(&s.ring, &bytes[..have]).unwrap_err();
            assert!(matches!(error, Error::Malformed(Malformed::Truncated { .. })), "{error}");
        }
        assert!(PublicKey::from_bytes(&s.ring, &[&bytes[..], &[0]].concat()).is_err());
        let mut changed = bytes.clone();
        changed[40] ^= 1;
        assert_ne!(PublicKey::from_bytes(&s.ring, &changed).map(|key| key.id()), Ok(s.secret.id()));
    }
}

#[test]
fn switching_keys_come_back() {
    let mut s = Setup::new(Preset::Variance, 52);
    let bytes = s.keys(&[3, -3]).to_bytes();
    let keys = SwitchingKeys::from_bytes(&s.ring, &bytes).unwrap();
    assert_eq!(keys.to_bytes(), bytes);
    let x = values(4096, 1);
    let mut c = s.reals(&x);
    let mut e = s.evaluator().with_keys(keys.into()).unwrap();
    e.rotate(&mut c, -3).unwrap();
    e.square(&mut c).unwrap();
    s.assert_close(&c, |i| x[(i + 4093) % 4096].powi(2));
    for have in [0, 1, 21, 22, 27, 61, bytes.len() - 1] {
        let error = SwitchingKeys::from_bytes(&s.ring, &bytes[..have]).unwrap_err();
        assert!(matches!(error, Error::Malformed(Malformed::Truncated { .. })), "{have}: {error}");
    }
    let longer = [&bytes[..], &[0]].concat();
    let error = SwitchingKeys::from_bytes(&s.ring, &longer).unwrap_err();
    assert_eq!(error, Error::Malformed(Malformed::TrailingBytes));
    let with = |at: usize, value: u8| {
        let mut changed = bytes.clone();
        changed[at] = value;
        SwitchingKeys::from_bytes(&s.ring, &changed).map(drop)
    };
    let bad = Err(Error::Malformed(Malformed::BadHeader));
    assert_eq!(with(0, 2), bad); // version
    assert_eq!(with(2, 0), bad); // no parties
    assert_eq!(with(22, 1), bad); // s(X¹) is s
    assert_eq!(with(22, 6), bad); // an even power
    assert_eq!(with(26, 3), bad); // form
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// One bit: an error, or another ciphertext that is written as it was read.
    #[test]
    fn one_flipped_bit(at in 0usize..1000, bit in 0u8..8, far in any::<bool>()) {
        static BYTES: std::sync::OnceLock<(Setup, Vec<u8>)> = std::sync::OnceLock::new();
        let (s, bytes) = BYTES.get_or_init(|| {
            let (s, all) = ciphertexts(Preset::Small);
            (s, all[0].to_bytes())
        });
        let at = if far { at * bytes.len() / 1000 } else { at % 100 };
        let mut changed = bytes.clone();
        changed[at] ^= 1 << bit;
        match Ciphertext::from_bytes(&s.ring, &changed) {
            Ok(c) => {
                prop_assert_eq!(c.to_bytes(), changed);
                let _ = s.secret.decrypt_private(&c); // whatever it is, no panic
            }
            Err(Error::Malformed(_)) => {}
            Err(error) => prop_assert!(false, "{error}"),
        }
    }

    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        static SETUP: std::sync::OnceLock<Setup> = std::sync::OnceLock::new();
        let s = SETUP.get_or_init(|| Setup::new(Preset::Variance, 53));
        prop_assert!(Ciphertext::from_bytes(&s.ring, &bytes).is_err());
        prop_assert!(PublicKey::from_bytes(&s.ring, &bytes).is_err());
        prop_assert!(Total::new(&s.ring).accept_bytes(&bytes).is_err());
        let _ = SwitchingKeys::from_bytes(&s.ring, &bytes);
    }
}
