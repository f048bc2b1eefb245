#![no_std]
#![forbid(unsafe_code)]
#![doc = include_str!("../README.md")]

#[cfg(any(feature = "alloc", test))]
extern crate alloc;

pub mod graph;
#[cfg(feature = "alloc")]
mod holder;
mod meter;
mod neighbour;
mod params;
mod record;
#[cfg(feature = "alloc")]
mod utility;

#[cfg(feature = "alloc")]
pub use holder::Holder;
pub use meter::{Meter, Place};
pub use meter_link::{Error, Fault, Malformed, Misuse};
#[cfg(feature = "alloc")]
pub use meter_link::{
    collect::Collecting,
    decode::{Check, CheckedSum},
    head::Sum,
};
pub use neighbour::Neighbour;
pub use params::{Holders, Params};
pub use record::CloseRecord;
#[cfg(feature = "alloc")]
pub use utility::{Certified, Closed, Closing, Repairing, Utility};
