//! Points, scalars, proofs, and tables of logarithms.

use curve25519_dalek::{RistrettoPoint, Scalar};
use meter_link::{PartyId, Round};
use sha2::{Digest, Sha256};
use threshold_elgamal::equality::{Encoded, Equality, Statement};
use threshold_elgamal::{Ciphertext, DlogTable, Knowledge, Place};

use super::super::world::World;
use super::fixes;

pub fn ciphertext(_: &World, _: u8, bytes: &mut [u8]) -> bool {
    let Some(bytes) = bytes.first_chunk() else { return false };
    let Ok(ciphertext) = Ciphertext::from_bytes(bytes) else { return false };
    assert_eq!(ciphertext.to_bytes(), *bytes);
    true
}

/// The same outcome as one by one.
pub fn sum(_: &World, _: u8, bytes: &mut [u8]) -> bool {
    let encoded = bytes.as_chunks::<64>().0;
    let one_by_one: Result<Vec<Ciphertext>, _> = encoded.iter().map(Ciphertext::from_bytes).collect();
    let first_bad = encoded.iter().position(|bytes| Ciphertext::from_bytes(bytes).is_err());
    match Ciphertext::sum_encoded(encoded) {
        Ok(sum) => assert_eq!(sum, Ciphertext::sum(&one_by_one.unwrap())),
        Err((place, fault)) => {
            assert_eq!(Some(place), first_bad);
            assert_eq!(one_by_one.unwrap_err(), fault);
        }
    }
    first_bad.is_none() && !encoded.is_empty()
}

pub fn knowledge(world: &World, mode: u8, bytes: &mut [u8]) -> bool {
    let Some((bytes, rest)) = bytes.split_first_chunk() else { return false };
    let Ok(knowledge) = Knowledge::from_bytes(bytes) else { return false };
    assert_eq!(knowledge.to_bytes(), *bytes);
    let context = world.view.context();
    let place = Place { context, round: Round::from(9u32), id: PartyId(mode.into()), channel: 0 };
    if let Some(ciphertext) = rest.first_chunk() {
        assert!(knowledge.verify(&place, world.keys.group_key(), ciphertext).is_err());
    }
    true
}

pub fn equality(_: &World, mode: u8, bytes: &mut [u8]) -> bool {
    let Some((bytes, rest)) = bytes.split_first_chunk() else { return false };
    let Ok(equality) = Equality::from_bytes(bytes) else { return false };
    assert_eq!(equality.to_bytes(), *bytes);
    let points: Result<Vec<Encoded>, _> = rest.as_chunks::<32>().0.iter().map(Encoded::from_bytes).collect();
    if let Ok(points) = points
        && let Some((public, points)) = points.split_first()
    {
        let (inputs, outputs) = points.split_at(points.len() / 2);
        let domain = vec![mode; usize::from(mode) * 2];
        let statement = Statement { domain: &[&domain], public, inputs, outputs };
        // Nobody has made one; of the identity, everybody can.
        let holds = equality.verify(&statement).is_ok();
        assert!(!holds || points.len() % 2 == 0 && domain.len() <= Statement::DOMAIN);
    }
    true
}

pub fn encoded(_: &World, _: u8, bytes: &mut [u8]) -> bool {
    let Some(bytes) = bytes.first_chunk() else { return false };
    let Ok(point) = Encoded::from_bytes(bytes) else { return false };
    assert_eq!((point.bytes(), point.point().compress().as_bytes()), (bytes, bytes));
    true
}

/// A forged table may fail to find, but finds nothing wrong. The bytes change one of 2^8 steps, which is put right
/// otherwise.
pub fn table(_: &World, mode: u8, bytes: &mut [u8]) -> bool {
    let mut file = super::super::seeds::story().table.clone();
    if mode & 2 == 0 {
        for change in bytes.as_chunks::<3>().0 {
            let at = usize::from(u16::from_le_bytes([change[0], change[1]])) % (file.len() - 32);
            file[at] ^= change[2];
        }
    } else {
        file = bytes.to_vec();
    }
    if fixes(mode)
        && let Some((body, hash)) = file.split_last_chunk_mut::<32>()
    {
        *hash = Sha256::digest(body).into();
    }
    let Ok(table) = DlogTable::from_bytes(&file) else { return false };
    assert_eq!(table.to_bytes(), file);
    for m in [0i64, 1, -255, 256, 511, -3000, 99_999] {
        let point = RistrettoPoint::mul_base(&Scalar::from(m.unsigned_abs()));
        let point = if m < 0 { -point } else { point };
        let found = table.solve(&point, -4_000..=4_000);
        assert!(found.is_err() || found == Ok(m) && m.abs() <= 4_000);
    }
    true
}
