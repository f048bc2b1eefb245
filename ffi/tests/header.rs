//! The header, include/wattsum.h, and tests/c/misuse_sweep.c: made from the source, committed, and never stale.
//! `WATTSUM_WRITE_HEADER=1 cargo test -p wattsum-ffi --test header` writes them.
#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects, missing_docs)]

#[path = "header/prototypes.rs"]
mod prototypes;
#[path = "header/sweep.rs"]
mod sweep;

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

/// Compares a committed file, or writes it.
fn is_fresh(path: &str, fresh: &str) {
    if std::env::var_os("WATTSUM_WRITE_HEADER").is_some() {
        fs::write(at(path), fresh).unwrap();
    }
    let committed = fs::read_to_string(at(path)).unwrap_or_default();
    let differs = committed.lines().zip(fresh.lines()).position(|(old, new)| old != new);
    assert!(
        committed == fresh,
        "{path} is stale, from line {:?}: set WATTSUM_WRITE_HEADER=1 and run this test again",
        differs.map(|line| line + 1)
    );
}

#[test]
fn the_header_is_that_of_the_source() {
    is_fresh("include/wattsum.h", &generated());
}

#[test]
fn the_sweep_of_misuse_is_that_of_the_header() {
    is_fresh("tests/c/misuse_sweep.c", &sweep::program(&generated()));
}

/// Every function is called in C, outside the sweep: its behaviour or its vector is tested.
#[test]
fn every_export_is_called_in_c() {
    let mut text = String::new();
    for folder in ["tests/c", "examples"] {
        for path in files(&at(folder)) {
            if path.file_stem().unwrap() != "misuse_sweep" {
                text += &fs::read_to_string(path).unwrap();
            }
        }
    }
    let header = generated();
    let declared = prototypes::of(&header);
    let never: Vec<&str> = declared
        .iter()
        .map(|prototype| prototype.name.as_str())
        .chain(["wattsum_status_text", "wattsum_version"])
        .filter(|name| !calls(&text, name))
        .collect();
    assert!(never.is_empty(), "no test or example in C calls {never:#?}");
}

/// Whether a text has the name before a bracket, and not as the end of another.
fn calls(text: &str, name: &str) -> bool {
    let part_of_a_name = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(&format!("{name}(")).any(|(at, _)| !text[..at].ends_with(part_of_a_name))
        || text.contains(&format!("{name}>")) // C++: an argument of a template
}

/// All files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// Each exported function is in the header, and the other way round.
#[test]
fn every_export_is_declared() {
    let sources = files(&at("src"));
    let exports: Vec<_> =
        sources.iter().flat_map(|path| exported(&fs::read_to_string(path).unwrap())).collect();
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
    // All but the two that return a text have a prototype that can be read.
    assert_eq!(prototypes::of(&header).len() + 2, exports.len());
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
