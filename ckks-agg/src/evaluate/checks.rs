//! What has to fit before anything is changed.

use super::Evaluator;
use crate::bound::Bound;
use crate::ciphertext::{Ciphertext, same_preset};
use crate::error::{Error, Misuse};
use crate::plaintext::{Packing, Plaintext};
use crate::preset::Preset;
use crate::room;
use crate::scale::Scale;
use crate::wire::{self, Form, Header};

impl Evaluator {
    /// # Errors
    /// [`Misuse::MixedPresets`], [`Misuse::WrongKey`].
    pub(super) fn own(&self, ciphertext: &Ciphertext) -> Result<(), Error> {
        ciphertext.check_ring(&self.ring)?;
        if ciphertext.key_id() == self.id { Ok(()) } else { Err(Misuse::WrongKey.into()) }
    }

    /// Of two ciphertexts whose values are to be added.
    ///
    /// # Errors
    /// [`Misuse::MixedPresets`], [`Misuse::WrongKey`], [`Misuse::WrongPacking`], [`Misuse::LevelMismatch`],
    /// [`Misuse::ScaleMismatch`].
    pub(super) fn both(&self, acc: &Ciphertext, other: &Ciphertext) -> Result<(), Error> {
        self.own(acc)?;
        self.own(other)?;
        alike(&acc.header, &other.header)
    }

    /// Of a ciphertext and a plaintext in the same packing.
    ///
    /// # Errors
    /// [`Misuse::MixedPresets`], [`Misuse::WrongKey`], [`Misuse::WrongPacking`].
    pub(super) fn with_plain(&self, ciphertext: &Ciphertext, plaintext: &Plaintext) -> Result<(), Error> {
        self.own(ciphertext)?;
        same_preset(ciphertext.preset(), plaintext.preset())?;
        let same = ciphertext.packing() == plaintext.packing();
        if same { Ok(()) } else { Err(Misuse::WrongPacking.into()) }
    }

    /// # Errors
    /// [`Misuse::MessageBeyondModulus`].
    pub(super) fn room(&self, level: u8, bound: &Bound) -> Result<(), Error> {
        room::check(self.ring.preset(), level, bound)
    }
}

/// # Errors
/// [`Misuse::WrongKey`], [`Misuse::WrongPacking`], [`Misuse::LevelMismatch`], [`Misuse::ScaleMismatch`].
pub(super) fn alike(acc: &Header, other: &Header) -> Result<(), Error> {
    if acc.key != other.key {
        return Err(Misuse::WrongKey.into());
    }
    if acc.packing != other.packing {
        return Err(Misuse::WrongPacking.into());
    }
    if acc.level != other.level {
        return Err(Misuse::LevelMismatch { have: acc.level, other: other.level }.into());
    }
    if acc.scale != other.scale {
        return Err(Misuse::ScaleMismatch { have: acc.scale, other: other.scale }.into());
    }
    Ok(())
}

/// # Errors
/// [`Misuse::WrongPacking`] unless values can be multiplied slot by slot.
pub(super) fn slotwise(ciphertext: &Ciphertext) -> Result<(), Error> {
    if ciphertext.packing() == Packing::Reals { Ok(()) } else { Err(Misuse::WrongPacking.into()) }
}

/// # Errors
/// [`Misuse::WrongForm`] for a product that was not relinearised.
pub(super) fn no_product(ciphertext: &Ciphertext) -> Result<(), Error> {
    if ciphertext.form() == Form::Triple { Err(Misuse::WrongForm.into()) } else { Ok(()) }
}

/// What an operation makes of a scale, if a ciphertext's bytes can have it.
///
/// # Errors
/// [`Misuse::BadScale`].
pub(super) fn scale(made: Option<Scale>, preset: Preset, bits: i16) -> Result<Scale, Error> {
    let made = made.filter(|scale| wire::possible(*scale, preset));
    made.ok_or(Misuse::BadScale { bits }.into())
}
