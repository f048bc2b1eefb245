//! Keys, and what is signed about them.

use meter_link::answer::Threshold;
use threshold_elgamal::{Blinding, Error, GroupKey, KeySet, SecretShare};

use super::super::world::World;
use super::fixes;

pub fn key_set(_: &World, mode: u8, bytes: &mut [u8]) -> bool {
    let threshold = match mode & 2 {
        0 => Threshold::DEFAULT,
        _ => Threshold::all_of(4).unwrap(),
    };
    let Ok(keys) = KeySet::from_bytes(threshold, bytes) else { return false };
    assert_eq!(keys.to_bytes(), bytes);
    assert_eq!(keys.threshold(), threshold);
    true
}

pub fn share(_: &World, mode: u8, bytes: &mut [u8]) -> bool {
    let Some(bytes) = bytes.first_chunk::<32>() else { return false };
    let share = SecretShare::from_bytes(mode, &mut bytes.clone());
    let usable = SecretShare::from_bytes(1, &mut bytes.clone()).is_ok();
    assert_eq!(
        (Blinding::from_bytes(&mut bytes.clone()).is_ok(), share.is_ok()),
        (usable, usable && mode != 0)
    );
    let Ok(share) = share else { return false };
    assert_eq!((share.number(), *share.to_bytes()), (mode, *bytes));
    true
}

pub fn group_key(_: &World, _: u8, bytes: &mut [u8]) -> bool {
    let Some(bytes) = bytes.first_chunk() else { return false };
    let Ok(key) = GroupKey::from_bytes(bytes) else { return false };
    assert_eq!(key.to_bytes(), *bytes);
    true
}

/// Statements of trustees.
pub fn statements(world: &World, mode: u8, bytes: &mut [u8]) -> bool {
    let frames = signed(world, mode, bytes, GroupKey::STATEMENT_LEN);
    let trustees = world.roster.answerers();
    let key = GroupKey::certified(&world.view, Threshold::DEFAULT, trustees, &frames);
    let Ok(key) = key else { return false };
    let same = |frame: &&&[u8]| frame[16..80] == key.to_bytes();
    assert!(frames.iter().filter(same).count() >= 3);
    true
}

/// Own keys of all.
pub fn own_keys(world: &World, mode: u8, bytes: &mut [u8]) -> bool {
    let frames = signed(world, mode, bytes, 16 + 32 + 64 + 64);
    let threshold = Threshold::all_of(4).unwrap();
    match KeySet::joint(&world.view, threshold, &world.roster, &frames) {
        Ok(keys) => {
            assert!(frames.len() >= 4);
            assert_eq!(KeySet::from_bytes(threshold, &keys.to_bytes()), Ok(keys));
            true
        }
        Err(error) => {
            assert!(!matches!(error, Error::Misuse(_)));
            false
        }
    }
}

fn signed<'b>(world: &World, mode: u8, bytes: &'b mut [u8], length: usize) -> Vec<&'b [u8]> {
    if fixes(mode) {
        bytes.chunks_mut(length).for_each(|frame| world.ring.sign(frame));
    }
    bytes.chunks(length).collect()
}
