//! Names the shared library for the loader. While the version is 0.x, a minor version may change structs of the header,
//! so the name that a program asks for has both numbers: a program never meets a library of another layout.
#![allow(missing_docs)]

use std::env::var;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let of = |name: &str| var(name).unwrap_or_default();
    let version = format!("{}.{}", of("CARGO_PKG_VERSION_MAJOR"), of("CARGO_PKG_VERSION_MINOR"));
    match of("CARGO_CFG_TARGET_OS").as_str() {
        "linux" | "android" | "freebsd" | "netbsd" | "openbsd" => {
            println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libwattsum.so.{version}");
        }
        "macos" => {
            println!("cargo:rustc-cdylib-link-arg=-Wl,-install_name,@rpath/libwattsum.{version}.dylib");
        }
        // Firmware has none.
        _ => {}
    }
}
