//! Encryption on a device: [`Preset::Small`] with products of 32-bit words, without a heap, in memory that the caller gives.
//! Byte for byte the ciphertexts that the rest of this crate makes.
//!
//! A meter of a real deployment has a [`PublicKey`], which may lie in flash, and no secret:
//! ```
//! # fn run(key_bytes: &[u8], device_secret: &[u8; 32], rng: &mut impl rand_core::CryptoRng) -> Result<(), ckks_agg::Error> {
//! use ckks_agg::Use;
//! use ckks_agg::small::{PAIR_LEN, PublicKey, Readings, Workspace};
//!
//! let key = PublicKey::from_bytes(key_bytes)?;
//! // 96 quarter hours in Wh, each of 10⁵ at most, at scale 2²⁴.
//! let day = [250i32; 96];
//! let readings = Readings::new(&day, 24, 100_000)?;
//! let (mut workspace, mut ciphertext) = (Workspace::new(), [0; PAIR_LEN]);
//! let of = Use { meter: 7, round: 20_000, counter: 0 };
//! key.encrypt(&readings, of, device_secret, &mut workspace, &mut ciphertext, rng)?;
//! # Ok(())
//! # }
//! ```
//! [`SecretKey`] makes seeded ciphertexts, half as long and in half the time; but who has it can decrypt everybody's.
//!
//! # Security
//! No branch, index or division depends on a reading, a key or noise, but for one: ternary polynomials leave out fields of a
//! keystream that are 3, and the time shows which were left out. That is independent of those that were not.

mod encrypt;
mod key;
mod pack;
mod prime;
mod readings;
mod stream;
mod transform;
mod workspace;

pub use key::{PublicKey, SecretKey};
pub use readings::Readings;
pub use workspace::Workspace;

#[cfg(doc)]
use crate::preset::Preset;

/// N: as many readings fit into a ciphertext.
pub const DEGREE: usize = 2048;
/// Bytes in front of a ciphertext's residues.
pub const HEADER_LEN: usize = 54;
/// Bytes of a ciphertext that [`SecretKey`] makes.
pub const SEEDED_LEN: usize = HEADER_LEN + 32 + PACKED_LEN;
/// Bytes of a ciphertext that [`PublicKey`] makes.
pub const PAIR_LEN: usize = HEADER_LEN + 2 * PACKED_LEN;
/// Bytes of a public key that one made.
pub const PUBLIC_KEY_LEN: usize = 2 + 32 + PACKED_LEN;
/// Bytes of a public key that several made together.
pub const JOINT_KEY_LEN: usize = PUBLIC_KEY_LEN + 2;
/// Bytes of one polynomial: 2048 residues of 27 bits, then 2048 of 26.
pub const PACKED_LEN: usize = FIRST_LEN + DEGREE / 8 * 26;

/// Those of its first prime.
const FIRST_LEN: usize = DEGREE / 8 * 27;
