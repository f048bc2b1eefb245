//! The header, include/wattsum.h: made from the source, committed, and never stale.
//! `WATTSUM_WRITE_HEADER=1 cargo test -p wattsum-ffi --test header` writes it.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;
use std::path::{Path, PathBuf};

fn at(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A file of tests/header with the version of Cargo.toml in it.
fn part(name: &str) -> String {
    let mut text = fs::read_to_string(at("tests/header").join(name)).unwrap();
    for (place, value) in [
        ("@VERSION@", env!("CARGO_PKG_VERSION")),
        ("@MAJOR@", env!("CARGO_PKG_VERSION_MAJOR")),
        ("@MINOR@", env!("CARGO_PKG_VERSION_MINOR")),
        ("@PATCH@", env!("CARGO_PKG_VERSION_PATCH")),
    ] {
        text = text.replace(place, value);
    }
    text
}

fn generated() -> String {
    let mut config = cbindgen::Config::from_file(at("cbindgen.toml")).unwrap();
    config.header = Some(part("first.h"));
    config.after_includes = Some(part("names.h"));
    let bindings =
        cbindgen::Builder::new().with_config(config).with_src(at("src/lib.rs")).generate().unwrap();
    let mut text = Vec::new();
    bindings.write(&mut text);
    // One block for what stands together, and no empty line of comment where an annotation was.
    String::from_utf8(text)
        .unwrap()
        .replace("#endif\n\n#if defined(WATTSUM_HEAD_END)\n", "\n")
        .replace("//\nwattsum_status ", "wattsum_status ")
}

#[test]
fn the_header_is_that_of_the_source() {
    let (path, fresh) = (at("include/wattsum.h"), generated());
    if std::env::var_os("WATTSUM_WRITE_HEADER").is_some() {
        fs::write(&path, &fresh).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    let differs = committed.lines().zip(fresh.lines()).position(|(old, new)| old != new);
    assert!(
        committed == fresh,
        "include/wattsum.h is stale, from line {:?}: set WATTSUM_WRITE_HEADER=1 and run this test again",
        differs.map(|line| line + 1)
    );
}

/// Each exported function is in the header, and the other way round.
#[test]
fn every_export_is_declared() {
    let mut exports = Vec::new();
    let mut folders = vec![at("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                exports.extend(exported(&fs::read_to_string(path).unwrap()));
            }
        }
    }
    assert!(exports.len() > 30, "{}", exports.len());
    let header = generated();
    for (name, body) in &exports {
        assert!(header.contains(&format!("{name}(")), "{name} is not declared");
        let guarded = body.contains("guard(") || body.contains("guard_blaming(");
        let needs_none = body.contains("// No guard: ");
        assert!(guarded != needs_none, "{name} has no guard");
    }
    let begins =
        |line: &&str| line.starts_with("wattsum_status wattsum_") || line.starts_with("const char *");
    let declared = header.lines().filter(begins).count();
    assert_eq!(declared, exports.len());
}

/// Names and bodies of the functions that a source exports.
fn exported(source: &str) -> Vec<(String, String)> {
    let functions = source.split("#[unsafe(no_mangle)]\n").skip(1);
    let parts = functions.map(|text| {
        let name = text.split_once("fn ").unwrap().1.split_once('(').unwrap().0;
        let body = text.split_once("\n}\n").unwrap().0;
        (name.to_owned(), body.to_owned())
    });
    parts.collect()
}
