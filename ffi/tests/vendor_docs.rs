//! What docs/ says in figures and bytes: flash.md from the lengths of the header and the formula of that page, keys.md from
//! an announcement that is made by hand.
#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects, missing_docs)]
#![cfg(all(feature = "dcnet", feature = "shamir", feature = "cmt"))]

use std::fs;
use std::path::Path;

use ed25519_dalek::{Signer, SigningKey};
use meter_link::roster::link_key::{self, Forming};
use meter_link::{GroupId, Identity, LinkPublic, LinkSecret, PartyId, Protocol, Role, Round, Session};

/// Quarter-hours of a year.
const ROUNDS: usize = 96 * 365;

fn header(name: &str) -> usize {
    let text = file("include/wattsum.h");
    let define = format!("#define {name} ");
    let line = text.lines().find_map(|line| line.strip_prefix(&define)).unwrap();
    line.trim().parse().unwrap()
}

fn file(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// With a comma before the last three digits, as the page has it.
fn written(number: usize) -> String {
    match number {
        0..1000 => number.to_string(),
        _ => format!("{},{:03}", number / 1000, number % 1000),
    }
}

#[test]
fn years_of_a_log_of_two_sectors() {
    let page = file("docs/flash.md");
    let mark = header("WATTSUM_MARK_RECORD_LEN");
    let records = [("mark", mark), ("with interval", mark + 8 + 2 + 4)];
    let mut rows = 0;
    for (name, sector, word, endurance) in [
        ("external SPI NOR", 4096, 1, 100_000),
        ("microcontroller", 2048, 8, 10_000),
        ("microcontroller", 8192, 16, 10_000),
        ("microcontroller", 131_072, 32, 10_000),
    ] {
        for (record, bytes) in records {
            let entry = usize::div_ceil(bytes, word) * word;
            let both = 2 * (sector / entry - 1);
            let row = format!(
                "| {name} | {} KiB | {word} | {} | {record}, {entry} | {} | {} |",
                sector / 1024,
                written(endurance),
                ROUNDS / both,
                written(endurance * both / ROUNDS)
            );
            assert!(page.lines().any(|line| line == row), "docs/flash.md lacks: {row}");
            rows += 1;
        }
    }
    assert_eq!(page.matches(" KiB |").count(), rows);
}

#[test]
fn lengths() {
    let page = file("docs/flash.md");
    let shamir = header("WATTSUM_SHAMIR_STATE_BASE") + 4 * header("WATTSUM_SHAMIR_STATE_AGGREGATOR");
    let dcnet = header("WATTSUM_DCNET_STATE_BASE")
        + 4 * header("WATTSUM_DCNET_STATE_HOLDER")
        + 92 * header("WATTSUM_DCNET_STATE_NEIGHBOUR");
    for row in [
        format!("| mark | {} |", header("WATTSUM_MARK_RECORD_LEN")),
        format!("| Close, dcnet | {} |", header("WATTSUM_DCNET_CLOSE_RECORD_LEN")),
        format!("| generation, cmt | {} |", header("WATTSUM_CMT_GENERATION_RECORD_LEN")),
        format!("| roster root | {} |", header("WATTSUM_ROOT_RECORD_LEN")),
        format!("| shamir, 4 aggregators | {shamir} |"),
        format!("| dcnet, 92 neighbours, 4 holders | {dcnet} |"),
        format!("| cmt | at most {} |", header("WATTSUM_CMT_METER_STATE_MAX")),
        // The Close log of an epoch of 96 rounds.
        format!("`96 · E` bytes: {} of", written(96 * header("WATTSUM_DCNET_CLOSE_RECORD_LEN"))),
        format!(
            "it takes {} bytes",
            written(96 * header("WATTSUM_DCNET_CLOSE_RECORD_LEN").next_multiple_of(8))
        ),
    ] {
        assert!(page.contains(&row), "docs/flash.md lacks: {row}");
    }
}

/// An element that signs 105 bytes makes the frame that the library makes of the identity's secret.
#[test]
fn an_announcement_signed_elsewhere() {
    let seed = [7; 32];
    let (session, link): ([u8; 32], LinkPublic) = ([5; 32], LinkSecret::from_bytes(&mut [9; 32]).public());
    let (epoch, group, id, first_round) = (3_u32, 17_u32, 1042_u32, 100_000_u32);
    let forming = Forming {
        protocol: Protocol::Dcnet,
        group: GroupId(group),
        session: Session(session),
        epoch,
        first_round: Round::from(first_round),
    };
    let role = Role::Meter;
    let identity = Identity::from_bytes(&mut seed.clone());
    let frame = link_key::announce(&forming, PartyId(id), role, &identity, link).unwrap();

    let mut signed = b"wattsum v1 sig\x00\x10".to_vec();
    signed.extend(session);
    signed.extend(epoch.to_le_bytes());
    let begins = signed.len();
    signed.extend([Protocol::Dcnet as u8, 0x01, 0x10, 0x00]);
    for number in [group, id, first_round, epoch] {
        signed.extend(number.to_le_bytes());
    }
    signed.push(role as u8);
    signed.extend(link.0);
    assert_eq!(signed.len(), 105);
    let signature = SigningKey::from_bytes(&seed).sign(&signed).to_bytes();
    assert_eq!([&signed[begins..], &signature].concat(), frame);
}
