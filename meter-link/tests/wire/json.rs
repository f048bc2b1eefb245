//! The vector file; `WATTSUM_WIRE_VECTORS=FILE`, relative to the workspace root, reads another of the same form.

use std::path::Path;
use std::sync::LazyLock;

use meter_link::Error;
use meter_link::mark::check;
use serde_json::Value;

static FILE: LazyLock<Value> = LazyLock::new(|| {
    // The protocol crates' tests read this file too.
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let path = match std::env::var_os("WATTSUM_WIRE_VECTORS") {
        Some(other) => root.join(other),
        None => root.join("meter-link/tests/vectors/wire-v1.json"),
    };
    let text = std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_slice(&text).unwrap()
});

pub(crate) fn section(name: &str) -> &'static Value {
    &FILE[name]
}

/// The rows of a list that must not be empty.
pub(crate) fn rows<'a>(of: &'a Value, name: &str) -> &'a [Value] {
    let rows = of[name].as_array().unwrap();
    assert!(!rows.is_empty(), "{name}");
    rows
}

pub(crate) fn bytes(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().unwrap()).unwrap()
}

pub(crate) fn array<const N: usize>(value: &Value) -> [u8; N] {
    bytes(value).try_into().unwrap()
}

pub(crate) fn int(value: &Value) -> u64 {
    value.as_u64().unwrap()
}

pub(crate) fn id(value: &Value) -> u32 {
    int(value).try_into().unwrap()
}

pub(crate) fn ints(value: &Value) -> Vec<u64> {
    value.as_array().unwrap().iter().map(int).collect()
}

/// One bool a position, false where the row says absent.
pub(crate) fn members(total: usize, absent: &Value) -> Vec<bool> {
    let absent = ints(absent);
    (0..total as u64).map(|p| !absent.contains(&p)).collect()
}

/// An error in the words of the file.
pub(crate) fn name(error: &Error) -> String {
    match error {
        Error::Malformed(malformed) => format!("malformed {malformed:?}"),
        Error::Fault { culprit, fault } => format!("fault {fault:?} by {culprit}"),
        other => format!("{other:?}"),
    }
}

/// That a row's frame gives the row's error.
pub(crate) fn refused<T>(row: &Value, result: Result<T, Error>) {
    let expected = row["error"].as_str().unwrap();
    match result {
        Ok(_) => panic!("{}: accepted, expected {expected}", row["case"]),
        Err(error) => assert_eq!(name(&error), expected, "{}", row["case"]),
    }
}

/// The section's cuts and flipped bits of one good frame.
pub(crate) fn edges<T>(section: &Value, good: &[u8], accept: impl Fn(&[u8]) -> Result<T, Error>) {
    assert!(accept(good).is_ok());
    for row in rows(section, "cuts") {
        for len in int(&row["start"])..int(&row["below"]) {
            refused(row, accept(&good[..len as usize]));
        }
    }
    for row in rows(section, "flips") {
        for bit in (8 * int(&row["start"])..8 * int(&row["below"])).step_by(int(&row["step"]) as usize) {
            let mut bad = good.to_vec();
            bad[(bit / 8) as usize] ^= 1 << (bit % 8);
            refused(row, accept(&bad));
        }
    }
}

/// A good one changed as the row says, with a check made anew over all from `checked` on.
pub(crate) fn edited(row: &Value, good: &[u8], checked: usize) -> Vec<u8> {
    let mut body = good[..good.len() - 4].to_vec();
    if let Some(at) = row["at"].as_u64() {
        let data = bytes(&row["data"]);
        assert_ne!(body[at as usize..][..data.len()], data, "{}", row["case"]);
        body[at as usize..][..data.len()].copy_from_slice(&data);
    }
    body.truncate(body.len() - int(&row["less"]) as usize);
    body.extend(bytes(&row["more"]));
    body.extend(check(&body[checked..]));
    body
}
