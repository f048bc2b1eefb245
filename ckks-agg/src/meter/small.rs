//! Encryption without a heap, for the smallest preset and integers.

use core::fmt;

use super::Encrypt;
use crate::derive::KeyId;
use crate::error::{Error, Misuse};
use crate::params::{Params, Values};
use crate::preset::Preset;
use crate::small::{PAIR_LEN, PublicKey, Readings, Workspace};

/// Encrypts with [`small`](crate::small): a key that may lie in flash, and 20 KiB of memory that is the caller's.
pub struct SmallEncryptor<'m> {
    key: PublicKey<'m>,
    workspace: &'m mut Workspace,
}

impl<'m> SmallEncryptor<'m> {
    /// With the group's key.
    pub fn new(key: PublicKey<'m>, workspace: &'m mut Workspace) -> Self {
        SmallEncryptor { key, workspace }
    }
}

impl Encrypt for SmallEncryptor<'_> {
    fn preset(&self) -> Preset {
        Preset::Small
    }

    fn check(&self, params: &Params) -> Result<(), Error> {
        if params.preset() != Preset::Small {
            return Err(Misuse::MixedPresets { have: params.preset(), other: Preset::Small }.into());
        }
        if params.values() != Values::Integers || params.squares() {
            return Err(Misuse::WrongPacking.into());
        }
        Ok(())
    }

    fn key_id(&self) -> KeyId {
        self.key.id()
    }

    fn encrypt(
        &mut self,
        params: &Params,
        reading: &[i64],
        noise: &[u8; 32],
        out: &mut [u8],
    ) -> Result<(), Error> {
        let out: &mut [u8; PAIR_LEN] = out.try_into().map_err(|_| meter_link::Misuse::WrongLength)?;
        self.check(params)?;
        let readings = Readings::new(reading, params.scale_bits(), params.group().max_reading)?;
        self.key.encrypt_with(&readings, noise, self.workspace, out);
        Ok(())
    }

    fn mask(&mut self, _: &Params, noise: &[u8; 32], take: &mut dyn FnMut(&[u8])) -> Result<(), Error> {
        self.key.mask_with(noise, self.workspace, |word| take(&word));
        Ok(())
    }
}

impl fmt::Debug for SmallEncryptor<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmallEncryptor").field("key", &self.key.id()).finish_non_exhaustive()
    }
}
