#![no_std]
#![forbid(unsafe_code)]
#![doc = include_str!("../README.md")]

#[cfg(any(feature = "alloc", test))]
extern crate alloc;

#[cfg(feature = "alloc")]
mod aggregator;
mod meter;
mod params;
mod polynomial;
#[cfg(feature = "alloc")]
mod utility;

#[cfg(feature = "alloc")]
pub use aggregator::{Aggregator, Post};
pub use meter::Meter;
pub use meter_link::{Error, Fault, Malformed, Misuse};
#[cfg(feature = "alloc")]
pub use meter_link::{
    collect::Collecting,
    decode::{Check, CheckedSum, Decoder},
    head::{Bill, HeadRecord, Sum},
};
pub use params::Params;
pub use polynomial::{Reconstruction, combine, split, split_with};
#[cfg(feature = "alloc")]
pub use utility::{Billing, Certified, CertifiedBilling, CheckedBills, Closed, Utility, WrongBills};
