use alloc::string::{String, ToString};

use curve25519_dalek::ristretto::RistrettoPoint;

use super::*;
use crate::window::scalar;

fn point(m: i64) -> RistrettoPoint {
    RistrettoPoint::mul_base(&scalar(m))
}

fn refused(bytes: &[u8]) -> Malformed {
    match DlogTable::from_bytes(bytes) {
        Err(Error::Malformed(malformed)) => malformed,
        other => panic!("{other:?}"),
    }
}

/// With a checksum that fits.
fn signed(mut bytes: Vec<u8>) -> Vec<u8> {
    let end = bytes.len().wrapping_sub(CHECKSUM);
    let checksum = Sha256::digest(&bytes[..end]);
    bytes[end..].copy_from_slice(&checksum);
    bytes
}

#[test]
fn what_was_written_is_read() {
    for bits in [8, 9, 13] {
        let table = DlogTable::build(bits).unwrap();
        let bytes = table.to_bytes();
        let again = DlogTable::from_bytes(&bytes).unwrap();
        assert!(again.to_bytes() == bytes && again.bits() == bits);
        let numbers = [0, 1, -1, 300_000, -299_999, 8191, -8192, 511, 300_001];
        let targets = numbers.map(point);
        let results = again.solve_many(&targets, -300_000..=300_000).unwrap();
        assert_eq!(results, table.solve_many(&targets, -300_000..=300_000).unwrap());
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 8);
    }
}

/// With commas.
fn grouped(number: usize) -> String {
    match number / 1000 {
        0 => number.to_string(),
        thousands => alloc::format!("{},{:03}", grouped(thousands), number % 1000),
    }
}

/// Also in docs/dlog.md: what a table holds is the same everywhere and always.
#[test]
fn the_checksums_are_published() {
    let published = include_str!("../../../docs/dlog.md");
    for bits in [8, 12, 16, 17, 18] {
        let bytes = DlogTable::build(bits).unwrap().to_bytes();
        let checksum = hex::encode(&bytes[bytes.len() - CHECKSUM..]);
        let row = alloc::format!("| {bits} | {} |", grouped(DlogTable::size(bits)));
        let row = published.lines().find(|line| line.starts_with(&row)).unwrap();
        let length = grouped(DlogTable::file_len(bits));
        assert!(row.ends_with(&alloc::format!("| {length} | `{checksum}` |")), "{bits}: {checksum}");
    }
}

#[test]
fn every_flipped_bit_is_found() {
    let bytes = DlogTable::build(8).unwrap().to_bytes();
    for place in 0..bytes.len() {
        for bit in 0..8 {
            let mut damaged = bytes.clone();
            damaged[place] ^= 1 << bit;
            let expected = match place {
                // Other bits may be those of another table, which has another length.
                9 if DlogTable::BITS.contains(&damaged[9].into()) => Malformed::TableLength,
                0..HEADER => Malformed::TableHeader,
                _ => Malformed::TableChecksum,
            };
            assert_eq!(refused(&damaged), expected, "{place}");
        }
    }
}

#[test]
fn every_other_length_is_refused() {
    let mut bytes = DlogTable::build(8).unwrap().to_bytes();
    for length in 0..bytes.len() {
        assert_eq!(refused(&bytes[..length]), Malformed::TableLength);
    }
    bytes.push(0);
    assert_eq!(refused(&bytes), Malformed::TableLength);
}

#[test]
fn other_versions_and_parameters_are_refused() {
    let bytes = DlogTable::build(8).unwrap().to_bytes();
    for place in 0..HEADER {
        let mut other = bytes.clone();
        other[place] = other[place].wrapping_add(1);
        let expected = if place == 9 { Malformed::TableLength } else { Malformed::TableHeader };
        assert_eq!(refused(&signed(other)), expected, "{place}");
    }
    for bits in [0, 7, 27, 63, 64, 255] {
        let mut other = bytes.clone();
        other[9] = bits;
        assert_eq!(refused(&signed(other)), Malformed::TableHeader, "{bits}");
    }
}

#[test]
fn a_forged_table_answers_nothing_wrongly() {
    let bytes = DlogTable::build(8).unwrap().to_bytes();
    let range = HEADER..bytes.len() - CHECKSUM;
    let numbers: Vec<i64> = (-40..40).map(|i| i * 1000).collect();
    let targets: Vec<_> = numbers.iter().map(|m| point(*m)).collect();
    // Nothing, one tag everywhere, everything full, other pages.
    for (from, to, byte) in [(0, 1056, 0u8), (0, 704, 1), (0, 704, 0xff), (704, 1056, 0), (704, 1056, 0x55)] {
        let mut forged = bytes.clone();
        forged[range.clone()][from..to].fill(byte);
        let table = DlogTable::from_bytes(&signed(forged)).unwrap();
        let results = table.solve_many(&targets, -50_000..=50_000).unwrap();
        let mut missed = 0;
        for (m, result) in numbers.iter().zip(results) {
            match result {
                Ok(found) => assert_eq!(found, *m),
                Err(error) => {
                    assert_eq!(error, Error::Inconsistent);
                    missed += 1;
                }
            }
        }
        assert!(missed > 0);
    }
}
