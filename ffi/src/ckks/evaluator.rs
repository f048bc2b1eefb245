//! ckks: who computes on ciphertexts and cannot read them.
#![allow(unsafe_code)] // exports

pub mod operations;

use std::sync::Arc;

use ckks_agg::{Ciphertext, Encoder, Evaluator, Preset, PublicKey, Ring, Scale, SwitchingKeys, Total};
use meter_link::Misuse;

use super::ciphertext::{self, wattsum_ckks_ciphertext};
use super::{wattsum_ckks_readings, wattsum_ckks_use};
use crate::bytes::{self, wattsum_bytes};
use crate::caller::{self, Place, span};
use crate::context::{Context, Kind};
use crate::entropy;
use crate::guard::{Failure, guard, wiping_guard};
use crate::link::WATTSUM_KEY_LEN;
use crate::status::wattsum_status;

/// Computes on ciphertexts under one key. Ciphertexts are read by the evaluator that works on them; every operation
/// changes its first ciphertext, and only if it succeeds. Scales are exact: those of two ciphertexts are equal, or
/// WATTSUM_MISUSE_SCALE_MISMATCH. To be freed with wattsum_ckks_evaluator_free.
pub struct wattsum_ckks_evaluator(());

struct Desk {
    ring: Arc<Ring>,
    key: PublicKey,
    encoder: Encoder,
    evaluator: Evaluator,
}

impl Kind for Desk {
    const MAGIC: u32 = u32::from_be_bytes(*b"ckev");
}

fn context(evaluator: *mut wattsum_ckks_evaluator) -> *mut Context<Desk> {
    evaluator.cast()
}

/// The ring that stored bytes, which begin with version and preset, belong to.
pub(super) fn ring_of(bytes: &[u8]) -> Result<Arc<Ring>, Failure> {
    let preset = bytes.get(1).ok_or(meter_link::Error::Malformed(meter_link::Malformed::Truncated))?;
    Ok(Ring::new(Preset::try_from(*preset)?))
}

/// An evaluator for a public key. `keys`, of wattsum_ckks_secret_switching_keys, are for squares and slot sums; without
/// them, `keys_len` is 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_ckks_evaluator_new(
    key: *const u8,
    key_len: usize,
    keys: *const u8,
    keys_len: usize,
    evaluator: *mut *mut wattsum_ckks_evaluator,
) -> wattsum_status {
    guard(|| {
        caller::apart(&[span(key, key_len), span(evaluator, 1)])?;
        caller::apart(&[span(keys, keys_len), span(evaluator, 1)])?;
        // SAFETY: the caller's pointers, as the header asks.
        let (key, keys, place) =
            unsafe { (caller::lent(key, key_len)?, caller::lent(keys, keys_len)?, Place::new(evaluator)?) };
        let ring = ring_of(key)?;
        let key = PublicKey::from_bytes(&ring, key)?;
        let mut evaluator = Evaluator::new(&key);
        if !keys.is_empty() {
            evaluator = evaluator.with_keys(Arc::new(SwitchingKeys::from_bytes(&ring, keys)?))?;
        }
        let encoder = Encoder::new(&ring);
        place.put(Context::boxed(Desk { ring, key, encoder, evaluator }).cast());
        Ok(())
    })
}

/// A ciphertext from its bytes. To be freed with wattsum_ckks_ciphertext_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_ckks_evaluator_read(
    evaluator: *mut wattsum_ckks_evaluator,
    bytes: *const u8,
    bytes_len: usize,
    ciphertext: *mut *mut wattsum_ckks_ciphertext,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            caller::apart(&[Context::span(context(evaluator)), span(bytes, bytes_len), span(ciphertext, 1)])?;
            let (bytes, place) = (caller::lent(bytes, bytes_len)?, Place::new(ciphertext)?);
            Context::enter(context(evaluator), |desk| {
                place.put(ciphertext::boxed(Ciphertext::from_bytes(&desk.ring, bytes)?));
                Ok(())
            })
        }
    })
}

/// The sum of all ciphertexts of a list, of at least one, from their bytes: one after the other, in the memory of one. One
/// that cannot be added refuses the list; wattsum_ckks_evaluator_read tells which. To be freed with
/// wattsum_ckks_ciphertext_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_ckks_evaluator_sum(
    evaluator: *mut wattsum_ckks_evaluator,
    ciphertexts: *const wattsum_bytes,
    count: usize,
    sum: *mut *mut wattsum_ckks_ciphertext,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            caller::apart(&[Context::span(context(evaluator)), span(ciphertexts, count), span(sum, 1)])?;
            let (list, place) = (bytes::list(ciphertexts, count)?, Place::new(sum)?);
            Context::enter(context(evaluator), |desk| {
                let mut total = Total::new(&desk.ring);
                for bytes in list {
                    total.accept_bytes(bytes)?;
                }
                place.put(ciphertext::boxed(total.finish().ok_or(Misuse::WrongLength)?));
                Ok(())
            })
        }
    })
}

/// Encrypts whole numbers, exactly, as a device does. To be freed with wattsum_ckks_ciphertext_free.
///
/// cbindgen:ptrs-as-arrays=[[entropy;32]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_ckks_evaluator_encrypt(
    evaluator: *mut wattsum_ckks_evaluator,
    usage: *const wattsum_ckks_use,
    readings: *const wattsum_ckks_readings,
    entropy: *const u8,
    ciphertext: *mut *mut wattsum_ckks_ciphertext,
) -> wattsum_status {
    wiping_guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let (own, out) = (Context::span(context(evaluator)), span(ciphertext, 1));
            caller::apart(&[own, span(usage, 1), span(readings, 1), span(entropy, WATTSUM_KEY_LEN), out])?;
            let (usage, readings) = (caller::one(usage)?.to_use(), caller::one(readings)?);
            let given = span(readings.values, readings.count);
            caller::apart(&[own, given, out])?;
            let (values, place) = (caller::lent(readings.values, readings.count)?, Place::new(ciphertext)?);
            let mut rng = entropy::generator("ckks encryption", caller::bytes(entropy)?)?;
            Context::enter(context(evaluator), |desk| {
                let plaintext = desk.encoder.integers(values, readings.scale_bits, readings.most)?;
                place.put(ciphertext::boxed(desk.key.encrypt(&plaintext, usage, &mut rng)?));
                Ok(())
            })
        }
    })
}

/// Encrypts real numbers from -`most` to `most`, one a slot, at scale 2^`scale_bits`; `most` and scale are the group's. To be
/// freed with wattsum_ckks_ciphertext_free.
///
/// cbindgen:ptrs-as-arrays=[[entropy;32]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_ckks_evaluator_encrypt_reals(
    evaluator: *mut wattsum_ckks_evaluator,
    usage: *const wattsum_ckks_use,
    values: *const f64,
    count: usize,
    most: f64,
    scale_bits: u32,
    entropy: *const u8,
    ciphertext: *mut *mut wattsum_ckks_ciphertext,
) -> wattsum_status {
    wiping_guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let (own, out) = (Context::span(context(evaluator)), span(ciphertext, 1));
            let given = span(values, count);
            caller::apart(&[own, span(usage, 1), given, span(entropy, WATTSUM_KEY_LEN), out])?;
            let (usage, values) = (caller::one(usage)?.to_use(), caller::lent(values, count)?);
            let place = Place::new(ciphertext)?;
            let mut rng = entropy::generator("ckks encryption", caller::bytes(entropy)?)?;
            let scale = Scale::power_of_two(i16::try_from(scale_bits).map_err(|_| Misuse::BadParameter)?);
            Context::enter(context(evaluator), |desk| {
                let plaintext = desk.encoder.reals(values, scale, most)?;
                place.put(ciphertext::boxed(desk.key.encrypt(&plaintext, usage, &mut rng)?));
                Ok(())
            })
        }
    })
}

/// Frees an evaluator. Its ciphertexts stay. NULL is right.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_ckks_evaluator_free(
    evaluator: *mut wattsum_ckks_evaluator,
) -> wattsum_status {
    // SAFETY: the caller's pointer, as the header asks.
    guard(|| unsafe { Context::unbox(context(evaluator)) })
}
