//! Keys that nobody has alone: made jointly, opened by all or by t of n.
//!
//! The secret key is s = Σ sᵢ, the public key Σ bᵢ with bᵢ = −a·sᵢ + eᵢ over a common a (Asharov et al., EUROCRYPT 2012; Mouchet
//! et al., PETS 2021). Who could choose its bᵢ as a function of the others' would have the joint key to itself (bᵢ = b′ − Σ bⱼ),
//! so all commit first. Where t < n are to open, each party shares its sᵢ (Shamir over each prime) with the others; any t
//! have Σ λₓ·Sₓ = s (Mouchet, Bertrand and Hubaux, *Journal of Cryptology* 2023).
//!
//! A trustee goes through [`Joining`] → [`Revealing`] → [`Sharing`] → [`JointSecret`] and the public key; each step takes the
//! one before by value:
//!
//! ```compile_fail,E0382
//! # fn twice(joining: ckks_agg::joint::Joining, identity: &meter_link::Identity) {
//! let first = joining.close(identity);
//! let second = joining.close(identity); // the state is gone
//! # }
//! ```
//! Security, and what is not proven: docs/protocol.md.

mod ceremony;
mod evaluation;
mod ledger;
mod opening;
mod part;
mod revealing;
mod secret;
mod shamir;
mod sharing;
#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod vectors;

pub use ceremony::{CeremonyRecord, Joining, Participant};
pub use evaluation::{RelinearisationFirst, RelinearisationSecond, RotationShare};
pub use ledger::{Ledger, LedgerRecord};
pub use opening::{DecryptionShare, combine, combine_exact};
pub use revealing::Revealing;
pub use secret::JointSecret;
pub use sharing::Sharing;

pub(crate) use opening::{Query, combined, polynomial_digest, rounded};
pub(crate) use part::common_seed;
