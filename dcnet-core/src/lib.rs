#![no_std]
#![forbid(unsafe_code)]
#![doc = include_str!("../README.md")]

#[cfg(any(feature = "alloc", test))]
extern crate alloc;

pub mod graph;
pub mod grown;
#[cfg(feature = "alloc")]
mod holder;
mod meter;
mod neighbour;
#[cfg(feature = "noise")]
pub mod noise;
#[cfg(feature = "alloc")]
pub mod parameters;
mod params;
#[cfg(feature = "alloc")]
mod presence;
mod record;
#[cfg(feature = "simulate")]
pub mod simulate;
#[cfg(feature = "sizing")]
pub mod sizing;
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
#[cfg(feature = "alloc")]
pub use parameters::Risk;
pub use params::{Holders, Params};
#[cfg(feature = "alloc")]
pub use presence::Presence;
pub use record::CloseRecord;
#[cfg(feature = "alloc")]
pub use utility::{Certified, Closed, Closing, Repairing, Utility};
