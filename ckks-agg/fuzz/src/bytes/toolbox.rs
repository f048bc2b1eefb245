//! Ciphertexts, keys and shares, as the toolbox reads them, and values.

use std::sync::Arc;

use ckks_agg::joint::{DecryptionShare, JointSecret, Ledger, combine, combine_exact};
use ckks_agg::{
    Ciphertext, Encoder, Evaluator, Flood, Packing, Preset, PublicKey, Scale, SecretKey, SwitchingKeys,
    Total, Use, small,
};
use meter_link::answer::Quorum;

use super::super::input::Input;
use super::super::keyring::checked;
use super::super::seeds::{QUORUM, keys};
use super::super::world::{ring, rng, world};
use super::fixes;

/// The preset that the bytes name, or one that they do not.
fn preset(mode: u8, byte: Option<&u8>) -> Preset {
    let named = byte.and_then(|byte| Preset::try_from(*byte).ok()).filter(|_| mode & 4 == 0);
    named.unwrap_or(Preset::ALL[usize::from(mode >> 3) % 5])
}

/// With the right key's name, and then every operation: bounds and scales are the sender's word.
pub fn ciphertext(mode: u8, bytes: &mut [u8]) -> bool {
    let preset = preset(mode, bytes.get(1));
    let (ring, (key, switching)) = (ring(preset), keys(preset));
    if let Some(id) = bytes.get_mut(14..30).filter(|_| fixes(mode)) {
        id.copy_from_slice(&key.id().0);
    }
    let mut total = Total::new(ring);
    let added = total.accept_bytes(bytes);
    let Ok(read) = Ciphertext::from_bytes(ring, bytes) else {
        assert!(added.is_err());
        return false;
    };
    assert_eq!(read.to_bytes(), bytes);
    assert_eq!(Ciphertext::len_of(preset, read.form(), read.level()), bytes.len());
    assert_eq!(total.count(), added.is_ok().into());
    let mut again = Total::new(ring);
    assert_eq!(again.accept(&read), added);
    let _ = again.merge(total);
    let summed = again.finish();
    assert!(summed.is_none() || added.is_ok());

    let encoder = Encoder::new(ring);
    if let Ok(decrypted) = key.decrypt_private(&read) {
        assert!(decrypted.error() >= 0.0, "{}", decrypted.error());
        let _ = encoder.decode(&decrypted);
    }
    let _ = key.decrypt_shared(&read, &Flood::DEFAULT, &mut rng(1));
    let _ = key.decrypt_exact(&read, &mut rng(1));
    let mut evaluator = Evaluator::new(key.public_key());
    if let Some(switching) = switching {
        evaluator = evaluator.with_keys(Arc::clone(switching)).unwrap();
    }
    // One operation after another, as long as they go: bit by bit from what the mode says.
    let mut acc = read.clone();
    for step in 0..12 {
        let mut other = acc.clone();
        let before = acc.to_bytes();
        let done = match (step + mode / 8) % 12 {
            0 => evaluator.add(&mut other, &read),
            1 => evaluator.sub(&mut other, &read),
            2 => evaluator.negate(&mut other),
            3 => evaluator.times_integer(&mut other, i64::MIN + 1),
            4 => evaluator.mean(&mut other, 3),
            5 => evaluator.times_scalar(&mut other, 1e-3),
            6 => evaluator.square(&mut other),
            7 => evaluator.rescale(&mut other),
            8 => evaluator.multiply_wide(&mut other, &read),
            9 => evaluator.relinearise(&mut other),
            10 => evaluator.rotate(&mut other, 1),
            _ => evaluator.drop_to(&mut other, 0),
        };
        if done.is_ok() {
            let written = other.to_bytes();
            // Bounds and scales that an operation leads to can be read.
            assert_eq!(Ciphertext::from_bytes(ring, &written).unwrap(), other);
            acc = other;
        } else {
            assert_eq!(acc.to_bytes(), before);
        }
    }
    let _ = key.decrypt_private(&acc);
    true
}

/// Both readers of the smallest preset agree, and both encrypt alike.
pub fn public_key(mode: u8, bytes: &mut [u8]) -> bool {
    let preset = preset(mode, bytes.get(1));
    let read = PublicKey::from_bytes(ring(preset), bytes);
    if preset == Preset::Small {
        let small = small::PublicKey::from_bytes(bytes);
        assert_eq!(small.is_ok(), read.is_ok());
        if let (Ok(small), Ok(read)) = (&small, &read) {
            assert_eq!(small.id(), read.id());
            let (values, noise) = ([5i64, -7], [mode; 32]);
            let mut out = Box::new([0; small::PAIR_LEN]);
            let readings = small::Readings::new(&values, 20, 9).unwrap();
            small.encrypt_with(&readings, &noise, &mut small::Workspace::new(), &mut out);
            let plaintext = Encoder::new(ring(preset)).integers(&values, 20, 9).unwrap();
            let large = read.encrypt_with(&plaintext, &noise).unwrap();
            assert_eq!(large.to_bytes()[Ciphertext::HEADER_LEN..], out[Ciphertext::HEADER_LEN..]);
        }
    }
    let Ok(read) = read else { return false };
    assert_eq!(read.to_bytes(), bytes);
    assert!(read.parties() > 0);
    true
}

pub fn secret_key(mode: u8, bytes: &mut [u8]) -> bool {
    let preset = preset(mode, bytes.get(1));
    let Ok(stored) = <&[u8; SecretKey::LEN]>::try_from(&*bytes) else { return false };
    let Ok(read) = SecretKey::from_bytes(ring(preset), &mut stored.clone()) else { return false };
    assert_eq!(*read.to_bytes(), *stored);
    true
}

pub fn switching_keys(mode: u8, bytes: &mut [u8]) -> bool {
    let preset = preset(mode, bytes.get(1));
    let key = &keys(preset).0;
    if let Some(id) = bytes.get_mut(4..20).filter(|_| fixes(mode)) {
        id.copy_from_slice(&key.id().0);
    }
    let Ok(read) = SwitchingKeys::from_bytes(ring(preset), bytes) else { return false };
    assert_eq!(read.to_bytes(), bytes);
    let _ = (read.relinearises(), read.rotates(i32::from(mode)), read.rotates(i32::MIN));
    if let Ok(mut evaluator) = Evaluator::new(key.public_key()).with_keys(Arc::new(read)) {
        let plaintext = Encoder::new(ring(preset)).reals(&[1.5, -2.0], Scale::power_of_two(20), 4.0).unwrap();
        let mut ciphertext = key.encrypt(&plaintext, USE, &mut rng(2)).unwrap();
        let _ = evaluator.rotate(&mut ciphertext, i32::from(mode));
        let _ = evaluator.conjugate(&mut ciphertext);
        let _ = evaluator.slot_sum(&mut ciphertext, u32::from(mode) + 1);
        let _ = evaluator.square(&mut ciphertext);
    }
    true
}

pub const USE: Use = Use { meter: 1, round: 2, counter: 3 };

pub fn share(_: u8, bytes: &mut [u8]) -> bool {
    let Ok(read) = DecryptionShare::from_bytes(bytes) else { return false };
    assert_eq!(read.to_bytes(), bytes);
    let sample = super::samples("ciphertext").iter();
    let sample = sample.filter(|bytes| bytes[1] == Preset::Shared as u8);
    let quorum = Quorum::new(&QUORUM).unwrap();
    for ciphertext in sample {
        let ciphertext = Ciphertext::from_bytes(ring(Preset::Shared), ciphertext).unwrap();
        let others = super::samples("share")[1..].iter();
        let mut shares: Vec<_> = others.map(|share| DecryptionShare::from_bytes(share).unwrap()).collect();
        shares.push(DecryptionShare::from_bytes(bytes).unwrap());
        let _ = combine(ring(Preset::Shared), &ciphertext, &quorum, &shares, &Flood::DEFAULT);
        let _ = combine_exact(ring(Preset::Shared), &ciphertext, &quorum, &shares, &Flood::DEFAULT);
    }
    true
}

pub fn joint_secret(mode: u8, bytes: &mut [u8]) -> bool {
    if fixes(mode) {
        checked(bytes);
    }
    let Ok(read) = JointSecret::from_bytes(&world().ring, bytes) else { return false };
    // With itself it has no key: what stands there is not kept.
    let written = read.to_bytes();
    assert_eq!(*JointSecret::from_bytes(&world().ring, &written).unwrap().to_bytes(), *written);
    assert_eq!(written.len(), bytes.len());
    let sample = &super::samples("ciphertext")[0];
    if let Ok(ciphertext) = Ciphertext::from_bytes(&world().ring, sample) {
        for quorum in [&QUORUM[..], &[1], &[2, 3], &[1, 2, 3, 4]] {
            let quorum = Quorum::new(quorum).unwrap();
            let mut ledger = Ledger::new();
            let _ = read.decryption_share(&ciphertext, &quorum, &Flood::DEFAULT, &mut ledger, &mut rng(3));
        }
    }
    let _ = (read.rotation_share(1).is_err(), read.relinearisation_first().is_err());
    true
}

/// Values come back as near as it is said.
pub fn values(mode: u8, bytes: &mut [u8]) -> bool {
    let preset = Preset::ALL[usize::from(mode >> 3) % 5];
    let mut input = Input::new(bytes);
    let (packing, bits) = (input.u8() % 3, input.u8());
    let most = f64::from_bits(input.u64());
    let numbers: Vec<u64> = input.rest().chunks(8).map(|chunk| Input::new(chunk).u64()).collect();
    let (encoder, key) = (Encoder::new(ring(preset)), &keys(preset).0);
    let integers: Vec<i64> = numbers.iter().map(|number| number.cast_signed()).collect();
    let reals: Vec<f64> = numbers.iter().map(|number| f64::from_bits(*number)).collect();
    let _ = small::Readings::new(&integers, bits.into(), most.to_bits());
    let scale = Scale::power_of_two(i16::from(bits));
    let made = match packing {
        0 => encoder.integers(&integers, bits.into(), most.to_bits()),
        1 => encoder.reals(&reals, scale, most),
        _ => encoder.pairs(&reals, scale, most),
    };
    let Ok(plaintext) = made else { return false };
    let Ok(ciphertext) = key.encrypt(&plaintext, USE, &mut rng(4)) else { return false };
    assert_eq!(Ciphertext::from_bytes(ring(preset), &ciphertext.to_bytes()).unwrap(), ciphertext);
    if plaintext.packing() == Packing::Integers {
        if let Ok(exact) = key.decrypt_exact(&ciphertext, &mut rng(5)) {
            assert_eq!(exact[..integers.len()], integers);
        }
        return true;
    }
    if let Ok(decrypted) = key.decrypt_private(&ciphertext) {
        let back = encoder.decode(&decrypted).unwrap();
        for (value, back) in reals.iter().zip(&back) {
            assert!((value - back).abs() <= decrypted.error(), "{value} {back} {}", decrypted.error());
        }
    }
    true
}
