#![no_std]
#![forbid(unsafe_code)]
#![doc = include_str!("../README.md")]

#[cfg(any(feature = "alloc", test))]
extern crate alloc;

mod agreement;
mod claim;
mod concentrator;
pub mod election;
mod error;
pub mod generation;
mod heal;
pub mod key;
mod licence;
mod lost;
pub mod message;
mod meter;
mod modulus;
mod neighbours;
pub mod order;
mod params;
mod seat;
#[cfg(feature = "alloc")]
mod supplier;
mod token;
#[cfg(feature = "wide")]
mod wide;

pub use agreement::Agreement;
pub use claim::Claim;
#[cfg(feature = "alloc")]
pub use concentrator::{Book, Formed, Forming, HandedOver, Healing};
pub use error::{Error, Fault, Misuse};
pub use generation::{ClaimRecord, Generation, GenerationRecord};
pub use licence::Licence;
pub use lost::Lost;
pub use meter::{Meter, Sent};
pub use meter_link::Malformed;
#[cfg(feature = "alloc")]
pub use meter_link::head::Sum;
pub use modulus::Modulus;
pub use neighbours::Neighbours;
pub use order::{Entry, Listed};
pub use params::{Mode, Params};
#[cfg(feature = "alloc")]
pub use supplier::{Collecting, LicenceRecord, RoundRecord, Supplier};
pub use token::Token;
#[cfg(feature = "wide")]
pub use wide::{WideKey, WideModulus};
