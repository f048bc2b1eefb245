//! The C library `wattsum`. Its documentation is the header, include/wattsum.h, which is made from this source;
//! README.md is for the firmware engineer.
//!
//! Names are those of the header, so that a name found there is found here. Each protocol is a file of its own;
//! what they stand on: [`status`] (codes), [`guard`](mod@guard) (no panic leaves), [`caller`] (the caller's memory),
//! [`context`] (roles that live in it).
#![no_std]
#![allow(non_camel_case_types)] // C's names
#![allow(clippy::missing_safety_doc)] // the same for all exports; the header's preamble says it once
#![allow(clippy::too_many_arguments)] // C has no slices

#[cfg(feature = "std")]
extern crate std;

#[cfg(all(
    feature = "std",
    any(feature = "dcnet", feature = "shamir", feature = "elgamal", feature = "cmt")
))]
mod batch;
#[cfg(feature = "std")]
pub mod bytes;
mod caller;
mod context;
mod entropy;
mod guard;
#[cfg(all(feature = "firmware", not(feature = "std")))]
mod panic;

#[cfg(feature = "ckks")]
pub mod ckks;
#[cfg(feature = "cmt")]
pub mod cmt;
#[cfg(feature = "dcnet")]
pub mod dcnet;
#[cfg(feature = "elgamal")]
pub mod elgamal;
pub mod epoch;
pub mod frame;
pub mod group;
#[cfg(all(feature = "std", any(feature = "dcnet", feature = "shamir")))]
pub mod head;
pub mod link;
pub mod mark;
pub mod reading;
#[cfg(feature = "std")]
pub mod roster;
#[cfg(feature = "shamir")]
pub mod shamir;
pub mod status;
