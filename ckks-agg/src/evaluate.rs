//! Computing with ciphertexts.

mod arena;
mod checks;
mod linear;
mod plain;
mod product;
mod rescale;
mod rotate;
mod switch;
mod total;

use alloc::sync::Arc;
use core::fmt;

use crate::derive::KeyId;
use crate::error::{Error, Misuse};
use crate::keys::PublicKey;
use crate::ring::Ring;
use crate::switching::SwitchingKeys;
use arena::Arena;

pub use total::Total;

/// What a server computes with: it has no secret.
///
/// Every operation changes a ciphertext in its place, and where it fails, nothing. The evaluator owns the memory that
/// operations take; a ciphertext grows but when it is no longer [seeded](crate::Form::Seeded), or a product. Scales are exact:
/// those of two operands are equal, or it is an error.
pub struct Evaluator {
    ring: Arc<Ring>,
    id: KeyId,
    parties: u32,
    keys: Option<Arc<SwitchingKeys>>,
    arena: Arena,
}

impl Evaluator {
    /// For ciphertexts under a key.
    pub fn new(key: &PublicKey) -> Self {
        Evaluator {
            ring: key.ring().clone(),
            id: key.id(),
            parties: key.parties().into(),
            keys: None,
            arena: Arena::new(key.ring()),
        }
    }

    /// Without the public key: for sums, differences and multiples. Where bounds depend on how many made the key, it is
    /// the most that can.
    pub fn linear(ring: &Arc<Ring>, id: KeyId) -> Self {
        Evaluator { ring: ring.clone(), id, parties: u16::MAX.into(), keys: None, arena: Arena::new(ring) }
    }

    /// With keys to relinearise or rotate.
    ///
    /// # Errors
    /// [`Misuse::MixedPresets`], [`Misuse::WrongKey`].
    pub fn with_keys(mut self, keys: Arc<SwitchingKeys>) -> Result<Self, Error> {
        crate::ciphertext::same_preset(self.ring.preset(), keys.preset())?;
        if keys.key_id() != self.id || u32::from(keys.parties()) != self.parties {
            return Err(Misuse::WrongKey.into());
        }
        self.keys = Some(keys);
        Ok(self)
    }

    /// The key that ciphertexts are under.
    pub fn key_id(&self) -> KeyId {
        self.id
    }
}

impl fmt::Debug for Evaluator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Evaluator").field("id", &self.id).field("keys", &self.keys).finish_non_exhaustive()
    }
}
