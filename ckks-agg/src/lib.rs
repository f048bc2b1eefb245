#![no_std]
#![doc = include_str!("../README.md")]

#[cfg(any(feature = "alloc", test))]
extern crate alloc;

#[cfg(feature = "alloc")]
mod aggregate;
#[cfg(feature = "alloc")]
mod analytics;
#[cfg(feature = "alloc")]
mod answer;
mod bound;
#[cfg(feature = "alloc")]
mod ciphertext;
mod commitment;
#[cfg(feature = "alloc")]
mod decrypt;
mod derive;
#[cfg(feature = "alloc")]
mod desk;
#[cfg(feature = "alloc")]
mod encode;
#[cfg(feature = "alloc")]
mod encrypt;
mod error;
#[cfg(feature = "alloc")]
mod evaluate;
mod flood;
#[cfg(feature = "alloc")]
mod holder;
#[cfg(feature = "alloc")]
pub mod joint;
#[cfg(feature = "alloc")]
mod keys;
#[cfg(feature = "alloc")]
mod lanes;
#[cfg(feature = "alloc")]
mod list;
mod message;
mod meter;
#[cfg(feature = "alloc")]
mod modulus;
#[cfg(feature = "alloc")]
mod ntt;
mod params;
#[cfg(feature = "alloc")]
mod plaintext;
mod preset;
#[cfg(feature = "alloc")]
mod ring;
#[cfg(feature = "alloc")]
mod room;
#[cfg(feature = "alloc")]
mod sample;
mod scale;
pub mod small;
#[cfg(feature = "alloc")]
mod stated;
mod statement;
#[cfg(feature = "alloc")]
mod statistics;
#[cfg(feature = "alloc")]
mod switching;
#[cfg(feature = "alloc")]
mod totals;
#[cfg(feature = "alloc")]
mod trustee;
#[cfg(feature = "alloc")]
#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, clippy::cast_precision_loss)]
mod vectors;
#[cfg(feature = "alloc")]
mod verify;
#[cfg(feature = "alloc")]
mod wire;

#[cfg(feature = "alloc")]
pub use analytics::{Analytics, Closed, Collecting};
#[cfg(feature = "alloc")]
pub use answer::AnswerRecord;
pub use bound::Bound;
#[cfg(feature = "alloc")]
pub use ciphertext::Ciphertext;
pub use commitment::MAX_ROUNDS;
#[cfg(feature = "alloc")]
pub use decrypt::Decrypted;
pub use derive::{KeyId, Use};
#[cfg(feature = "alloc")]
pub use encode::{Encoder, quantise};
#[cfg(feature = "alloc")]
pub use encrypt::Workspace;
pub use error::{Error, Fault, Malformed, Misuse};
#[cfg(feature = "alloc")]
pub use evaluate::{Evaluator, Total};
pub use flood::Flood;
#[cfg(feature = "alloc")]
pub use holder::{KeyHolder, RefusalRecord};
#[cfg(feature = "alloc")]
pub use keys::{PublicKey, SecretKey};
#[cfg(feature = "alloc")]
#[doc(hidden)]
pub use lanes::Path;
#[cfg(feature = "alloc")]
pub use meter::Encryptor;
pub use meter::{Encrypt, HEADROOM, Meter, NoiseSecret, SmallEncryptor};
pub use params::{Opening, Params, Values};
#[cfg(feature = "alloc")]
pub use plaintext::{Packing, Plaintext};
pub use preset::Preset;
#[cfg(feature = "alloc")]
pub use ring::Ring;
pub use scale::Scale;
pub use statement::{STATEMENT_LEN, certified, key_digest};
#[cfg(feature = "alloc")]
pub use statistics::{Moments, RealMoments};
#[cfg(feature = "alloc")]
pub use switching::SwitchingKeys;
#[cfg(feature = "alloc")]
pub use totals::{Sums, Totals};
#[cfg(feature = "alloc")]
pub use trustee::Trustee;
#[cfg(feature = "alloc")]
pub use verify::{Contribution, Verifier};
#[cfg(feature = "alloc")]
pub use wire::Form;
