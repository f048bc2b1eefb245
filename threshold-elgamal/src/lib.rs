#![no_std]
#![doc = include_str!("../README.md")]

#[cfg(any(feature = "alloc", test))]
extern crate alloc;

#[cfg(feature = "alloc")]
pub mod ceremony;
mod ciphertext;
#[cfg(feature = "alloc")]
mod combine;
#[cfg(feature = "alloc")]
mod curve;
#[cfg(feature = "alloc")]
mod dlog;
#[cfg(all(feature = "alloc", feature = "tables"))]
mod encryptor;
#[cfg(feature = "alloc")]
pub mod equality;
mod error;
mod keys;
#[cfg(feature = "alloc")]
mod lagrange;
#[cfg(feature = "alloc")]
mod lanes;
#[cfg(feature = "alloc")]
mod list;
mod message;
mod meter;
mod nonce;
mod params;
#[cfg(feature = "alloc")]
mod partial;
mod proof;
#[cfg(feature = "range")]
pub mod range;
#[cfg(feature = "alloc")]
mod share;
#[cfg(feature = "alloc")]
mod tally;
#[cfg(feature = "alloc")]
mod trustee;
#[cfg(feature = "alloc")]
mod utility;
#[cfg(feature = "alloc")]
mod verify;
mod window;

pub use ciphertext::{Blinding, Ciphertext, EncodedCiphertext};
#[cfg(feature = "alloc")]
pub use combine::combine;
#[cfg(feature = "alloc")]
pub use dlog::DlogTable;
#[cfg(all(feature = "alloc", feature = "tables"))]
pub use encryptor::Encryptor;
pub use error::{Error, Fault, Malformed, Misuse};
#[cfg(all(feature = "alloc", feature = "tables"))]
pub use keys::GroupTable;
pub use keys::{GroupKey, SecretShare};
#[cfg(feature = "alloc")]
pub use keys::{KeySet, deal};
pub use meter::{Meter, Pair};
#[cfg(feature = "alloc")]
pub use meter_link::head::{Bill, Sum};
pub use params::Params;
#[cfg(feature = "alloc")]
pub use partial::{MeterSum, PartialSum};
pub use proof::{Knowledge, Place};
#[cfg(feature = "alloc")]
pub use share::CheckedShare;
#[cfg(feature = "alloc")]
pub use trustee::{Post, Trustee};
#[cfg(feature = "alloc")]
pub use utility::{Billing, Bills, Closed, Collecting, Utility};
#[cfg(feature = "alloc")]
pub use verify::{Contribution, Verifier};
