//! Encryption with the whole toolbox, for every preset.

use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use zeroize::Zeroizing;

use super::{Encrypt, HEADROOM};
use crate::ciphertext::Ciphertext;
use crate::derive::KeyId;
use crate::encode::Encoder;
use crate::encrypt::Workspace;
use crate::error::{Error, Misuse};
use crate::keys::PublicKey;
use crate::message::body_len;
use crate::params::{Params, Values};
use crate::plaintext::Plaintext;
use crate::preset::Preset;
use crate::scale::Scale;

/// Encrypts readings of any number of meters, one after the other.
pub struct Encryptor {
    key: Arc<PublicKey>,
    encoder: Arc<Encoder>,
    workspace: Workspace,
    ciphertext: Ciphertext,
}

impl Encryptor {
    /// With the group's key; an encoder serves all that have its preset.
    pub fn new(key: &Arc<PublicKey>, encoder: &Arc<Encoder>) -> Self {
        Encryptor {
            key: Arc::clone(key),
            encoder: Arc::clone(encoder),
            workspace: Workspace::new(key.ring()),
            ciphertext: Ciphertext::empty(key.preset()),
        }
    }

    fn plaintext(&self, params: &Params, reading: &[i64]) -> Result<Plaintext, Error> {
        match params.values() {
            Values::Integers => {
                let most = params.group().max_reading;
                let most = if params.squares() { most.checked_mul(most) } else { Some(most) };
                let most = most.ok_or(meter_link::Misuse::SumCouldOverflow)?;
                let mut values: Zeroizing<Vec<i64>> = Zeroizing::new(Vec::with_capacity(params.count()));
                values.extend(reading);
                if params.squares() {
                    let square = |x: &i64| x.checked_mul(*x).ok_or(meter_link::Misuse::ReadingTooLarge);
                    for x in reading {
                        values.push(square(x)?);
                    }
                }
                self.encoder.integers(&values, params.scale_bits(), most)
            }
            Values::Reals => {
                let bits =
                    i16::try_from(params.scale_bits()).map_err(|_| Misuse::BadScale { bits: i16::MAX })?;
                #[allow(clippy::cast_precision_loss)] // to the nearest double, on purpose
                let value = |x: &i64| *x as f64 / params.group().max_reading as f64;
                let (slots, half) = (self.preset().slots(), self.preset().slots() / 2);
                let mut values: Zeroizing<Vec<f64>> = Zeroizing::new(Vec::with_capacity(slots));
                values.extend(reading.iter().map(value));
                if params.squares() {
                    values.extend(reading.iter().map(value).map(|x| x * x));
                }
                // Twice the same is a polynomial in X²: all odd coefficients are zero, which a key holder looks at.
                values.resize(half, 0.0);
                values.extend_from_within(..);
                self.encoder.reals(&values, Scale::power_of_two(bits), 1.0)
            }
        }
    }
}

impl Encrypt for Encryptor {
    fn preset(&self) -> Preset {
        self.key.preset()
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
        let body = out.get_mut(HEADROOM..).filter(|body| body.len() == body_len(self.preset()));
        let body = body.ok_or(meter_link::Misuse::WrongLength)?;
        let plaintext = self.plaintext(params, reading)?;
        self.key.encrypt_with_into(&plaintext, noise, &mut self.workspace, &mut self.ciphertext)?;
        self.ciphertext.write_body(body);
        Ok(())
    }

    fn mask(&mut self, params: &Params, noise: &[u8; 32], take: &mut dyn FnMut(&[u8])) -> Result<(), Error> {
        let zeros = vec![0; params.group().channels.into()];
        let mut out = vec![0; body_len(self.preset()).wrapping_add(HEADROOM)];
        self.encrypt(params, &zeros, noise, &mut out)?;
        take(out.get(HEADROOM.wrapping_add(body_len(self.preset()) / 2)..).unwrap_or_default());
        Ok(())
    }
}

impl fmt::Debug for Encryptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encryptor").field("key", &self.key).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use super::*;
    use crate::ring::Ring;

    /// To the last bit, whatever the scale: the holder's check relies on it.
    #[test]
    fn reals_that_are_there_twice_have_no_odd_coefficients() {
        for preset in Preset::ALL {
            let encoder = Encoder::new(&Ring::new(preset));
            let half = u32::try_from(preset.slots() / 2).unwrap();
            let mut values: Vec<f64> = (0..half).map(|i| libm::sin(f64::from(i * i) * 0.37)).collect();
            values.extend_from_within(..);
            let scale = Scale::power_of_two(i16::try_from(*preset.scales().end()).unwrap());
            let plaintext = encoder.reals(&values, scale, 1.0).unwrap();
            assert!(plaintext.coefficients().iter().skip(1).step_by(2).all(|odd| odd == 0));
            assert!(plaintext.coefficients().iter().step_by(2).any(|even| even != 0));
        }
    }
}
