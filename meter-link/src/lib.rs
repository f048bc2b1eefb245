#![no_std]
#![doc = include_str!("../README.md")]

#[cfg(any(feature = "alloc", test))]
extern crate alloc;

pub mod answer;
#[cfg(feature = "alloc")]
pub mod cohort;
#[cfg(feature = "alloc")]
pub mod collect;
#[cfg(feature = "alloc")]
pub mod decode;
pub mod epoch;
pub mod error;
pub mod field;
pub mod frame;
#[cfg(feature = "alloc")]
pub mod head;
pub mod id;
pub mod identity;
pub mod key;
#[cfg(feature = "alloc")]
pub mod log;
pub mod mark;
pub mod pad;
pub mod params;
pub mod prepared;
pub mod reading;
pub mod register;
pub mod roster;
pub mod round;
pub mod sealed;
pub mod set;
#[cfg(feature = "alloc")]
pub mod toggle;
pub mod view;
pub mod window;

pub use epoch::{Context, Epoch, Session};
pub use error::{Error, Fault, Malformed, Misuse};
pub use field::Field64;
pub use frame::{Header, Kind};
pub use id::{GroupId, PartyId, Protocol, Role, Round};
pub use identity::{CheckedKey, Identity, IdentityKey, Scope};
pub use key::{Label, Link, LinkPublic, LinkSecret, PairKey, Peer};
pub use mark::{Channels, HighWater};
pub use pad::Stream;
pub use params::{GroupConfig, GroupParams, Schedule, SetRules};
pub use prepared::Prepared;
pub use view::{EpochTerms, EpochView};
