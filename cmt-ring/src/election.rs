//! Who becomes concentrator when nobody handed the role over: the licensed meters say that they are there, and each draws
//! alone. docs/election.md has the rules.
//!
//! No clocks inside: the caller reports deadlines.

mod hello;
#[cfg(feature = "alloc")]
mod roll;

pub use hello::Hello;
#[cfg(feature = "alloc")]
pub use {poll::*, roll::Roll};

#[cfg(feature = "alloc")]
mod poll;
