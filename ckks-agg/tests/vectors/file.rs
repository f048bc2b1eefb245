//! Reading vectors.

use std::fmt::Debug;
use std::path::Path;
use std::sync::Arc;

use ckks_agg::{Preset, Ring};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// A file of the folder.
pub(crate) fn read(name: &str) -> Value {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = match std::env::var_os("WATTSUM_VECTORS") {
        Some(folder) => own.join("..").join(folder),
        None => own.join("tests/vectors"),
    };
    let path = folder.join(name).with_extension("json");
    let text = std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_slice(&text).unwrap()
}

pub(crate) fn list(value: &Value) -> &[Value] {
    let list = value.as_array().unwrap();
    assert!(!list.is_empty());
    list
}

pub(crate) fn number<T: TryFrom<u64>>(value: &Value) -> T
where
    T::Error: Debug,
{
    value.as_u64().unwrap().try_into().unwrap()
}

pub(crate) fn array<const N: usize>(value: &Value) -> [u8; N] {
    hex::decode(value.as_str().unwrap()).unwrap().try_into().unwrap()
}

pub(crate) fn preset(row: &Value) -> Preset {
    Preset::try_from(number::<u8>(&row["preset"])).unwrap()
}

/// With every kernel of this machine.
pub(crate) fn rings(preset: Preset) -> impl Iterator<Item = Arc<Ring>> {
    let paths = ckks_agg::Path::ALL.into_iter().filter(|path| path.available());
    paths.map(move |path| Ring::on(preset, path))
}

pub(crate) fn assert_bytes(bytes: &[u8], expected: &Value) {
    assert_eq!(bytes.len() as u64, expected["length"].as_u64().unwrap());
    let first = hex::encode(&bytes[..bytes.len().min(96)]);
    assert_eq!(first, expected["first"].as_str().unwrap());
    assert_eq!(hex::encode(Sha256::digest(bytes)), expected["sha256"].as_str().unwrap());
}

pub(crate) fn assert_coefficients(values: &[i128], expected: &Value) {
    for (value, expected) in values.iter().zip(list(&expected["first"])) {
        assert_eq!(value.to_string(), expected.as_str().unwrap());
    }
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    assert_eq!(hex::encode(Sha256::digest(bytes)), expected["sha256"].as_str().unwrap());
}
