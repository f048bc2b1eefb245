//! The secret key of a group, and the public one.

mod public;
mod secret;

#[allow(unused_imports)] // of joint keys
pub(crate) use public::Origin;
pub use public::PublicKey;
pub use secret::SecretKey;
pub(crate) use secret::SecretPolynomial;
