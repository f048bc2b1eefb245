#![no_std]
#![forbid(unsafe_code)]
#![doc = include_str!("../README.md")]

#[cfg(any(feature = "alloc", test))]
extern crate alloc;

mod concentrator;
mod error;
pub mod generation;
pub mod key;
pub mod message;
mod meter;
mod modulus;
pub mod order;
mod params;
mod seat;
#[cfg(feature = "alloc")]
mod supplier;
mod token;

#[cfg(feature = "alloc")]
pub use concentrator::{Formed, Forming};
pub use error::{Error, Fault, Misuse};
pub use generation::{Generation, GenerationRecord};
pub use meter::{Meter, Neighbours, Sent};
pub use meter_link::Malformed;
#[cfg(feature = "alloc")]
pub use meter_link::head::Sum;
pub use modulus::Modulus;
pub use order::Listed;
pub use params::{Mode, Params};
#[cfg(feature = "alloc")]
pub use supplier::{Collecting, Supplier};
pub use token::Token;
