//! ckks: who has the secret key.
#![allow(unsafe_code)] // exports

use ckks_agg::{Ciphertext, Encoder, Flood, Preset, Ring, SecretKey};
use meter_link::Misuse;
use zeroize::Zeroizing;

use super::ciphertext::{self, wattsum_ckks_ciphertext};
use super::evaluator::ring_of;
use crate::caller::{self, Place, span};
use crate::context::{Context, Kind};
use crate::entropy;
use crate::guard::{Failure, guard, wiping_guard};
use crate::link::WATTSUM_KEY_LEN;
use crate::status::wattsum_status;

/// ckks: bytes of a secret key.
pub const WATTSUM_CKKS_SECRET_LEN: usize = 66;
/// ckks: where in them the 32 bytes stand that wattsum_ckks_seeded_new takes.
pub const WATTSUM_CKKS_SECRET_SEED_AT: usize = 2;
const _: () = assert!(WATTSUM_CKKS_SECRET_LEN == SecretKey::LEN);

/// A secret key, which opens every ciphertext under its public key. To be freed with wattsum_ckks_secret_free.
///
/// All decryptions are only for ciphertexts whose makers are trusted to have followed the encryption: what a forged one
/// opens to can be a part of the key.
pub struct wattsum_ckks_secret(());

struct Holder {
    key: SecretKey,
    encoder: Encoder,
}

impl Kind for Holder {
    const MAGIC: u32 = u32::from_be_bytes(*b"ckse");
}

fn context(secret: *mut wattsum_ckks_secret) -> *mut Context<Holder> {
    secret.cast()
}

/// A new key, for a preset, WATTSUM_CKKS_SMALL and so on, from 32 fresh bytes.
///
/// cbindgen:ptrs-as-arrays=[[entropy;32]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_ckks_secret_generate(
    preset: u8,
    entropy: *const u8,
    secret: *mut *mut wattsum_ckks_secret,
) -> wattsum_status {
    wiping_guard(|| {
        caller::apart(&[span(entropy, WATTSUM_KEY_LEN), span(secret, 1)])?;
        // SAFETY: the caller's pointers, as the header asks.
        let (entropy, place) = unsafe { (caller::bytes(entropy)?, Place::new(secret)?) };
        let mut rng = entropy::generator("ckks secret key", entropy)?;
        let preset = Preset::try_from(preset).map_err(|_| wattsum_status::WATTSUM_MISUSE_BAD_VALUE)?;
        let ring = Ring::new(preset);
        let (key, encoder) = (SecretKey::generate(&ring, &mut rng), Encoder::new(&ring));
        place.put(Context::boxed(Holder { key, encoder }).cast());
        Ok(())
    })
}

/// A key from its bytes.
///
/// cbindgen:ptrs-as-arrays=[[bytes;WATTSUM_CKKS_SECRET_LEN]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_ckks_secret_read(
    bytes: *const u8,
    secret: *mut *mut wattsum_ckks_secret,
) -> wattsum_status {
    wiping_guard(|| {
        caller::apart(&[span(bytes, WATTSUM_CKKS_SECRET_LEN), span(secret, 1)])?;
        // SAFETY: the caller's pointers, as the header asks.
        let (mut bytes, place) = unsafe {
            (Zeroizing::new(*caller::bytes::<WATTSUM_CKKS_SECRET_LEN>(bytes)?), Place::new(secret)?)
        };
        let ring = ring_of(bytes.as_slice())?;
        let (key, encoder) = (SecretKey::from_bytes(&ring, &mut bytes)?, Encoder::new(&ring));
        place.put(Context::boxed(Holder { key, encoder }).cast());
        Ok(())
    })
}

/// Its bytes, for storing: WHO HAS THEM READS EVERYBODY.
///
/// cbindgen:ptrs-as-arrays=[[bytes;WATTSUM_CKKS_SECRET_LEN]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_ckks_secret_bytes(
    secret: *mut wattsum_ckks_secret,
    bytes: *mut u8,
) -> wattsum_status {
    wiping_guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            caller::apart(&[Context::span(context(secret)), span(bytes, WATTSUM_CKKS_SECRET_LEN)])?;
            let place = Place::<[u8; WATTSUM_CKKS_SECRET_LEN]>::new(bytes.cast())?;
            Context::enter(context(secret), |holder| {
                place.put(*holder.key.to_bytes());
                Ok(())
            })
        }
    })
}

/// The public key. With `size` 0, `bytes_len` becomes how many bytes it has, and nothing is written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_ckks_secret_public_key(
    secret: *mut wattsum_ckks_secret,
    bytes: *mut u8,
    size: usize,
    bytes_len: *mut usize,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe { write(secret, bytes, size, bytes_len, |holder| Ok(holder.key.public_key().to_bytes())) }
    })
}

/// Keys for squares, and for sums of up to `slots` slots, for the evaluator; public. With `size` 0, `bytes_len` becomes how
/// many bytes they have, and nothing is written. No two calls with one entropy, but for these two.
///
/// cbindgen:ptrs-as-arrays=[[entropy;32]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_ckks_secret_switching_keys(
    secret: *mut wattsum_ckks_secret,
    slots: u32,
    entropy: *const u8,
    bytes: *mut u8,
    size: usize,
    bytes_len: *mut usize,
) -> wattsum_status {
    wiping_guard(|| {
        caller::apart(&[span(entropy, WATTSUM_KEY_LEN), span(bytes, size), span(bytes_len, 1)])?;
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let mut rng = entropy::generator("ckks switching keys", caller::bytes(entropy)?)?;
            write(secret, bytes, size, bytes_len, |holder| {
                let squares = holder.key.relinearisation_key(&mut rng)?;
                Ok(squares.join(holder.key.slot_sum_keys(slots, &mut rng)?)?.to_bytes())
            })
        }
    })
}

/// The first `count` whole numbers of a ciphertext of whole numbers, exactly: they say nothing about the key, and may be given
/// away.
///
/// cbindgen:ptrs-as-arrays=[[entropy;32]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_ckks_secret_decrypt_exact(
    secret: *mut wattsum_ckks_secret,
    ciphertext: *mut wattsum_ckks_ciphertext,
    entropy: *const u8,
    values: *mut i64,
    count: usize,
) -> wattsum_status {
    wiping_guard(|| {
        caller::apart(&[span(entropy, WATTSUM_KEY_LEN), span(values, count)])?;
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let out = caller::room(values, count)?;
            let mut rng = entropy::generator("ckks decryption", caller::bytes(entropy)?)?;
            opened(secret, ciphertext, |holder, ciphertext| {
                let all = Zeroizing::new(holder.key.decrypt_exact(ciphertext, &mut rng)?);
                out.copy_from_slice(all.get(..count).ok_or(Misuse::WrongLength)?);
                Ok(())
            })
        }
    })
}

/// The first `count` numbers of a ciphertext, with as much noise as hides the key from whoever gets them, where not more
/// than `answers` ciphertexts are answered: to `statistical_bits` bits, by default 40. No ciphertext is answered twice, and
/// no sum and its parts. `error` is how far from the truth they are at most, a value.
///
/// cbindgen:ptrs-as-arrays=[[entropy;32]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_ckks_secret_decrypt_shared(
    secret: *mut wattsum_ckks_secret,
    ciphertext: *mut wattsum_ckks_ciphertext,
    statistical_bits: u8,
    answers: u32,
    entropy: *const u8,
    values: *mut f64,
    count: usize,
    error: *mut f64,
) -> wattsum_status {
    wiping_guard(|| {
        caller::apart(&[span(entropy, WATTSUM_KEY_LEN), span(values, count), span(error, 1)])?;
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let (out, error) = (caller::room(values, count)?, Place::new(error)?);
            let mut rng = entropy::generator("ckks decryption", caller::bytes(entropy)?)?;
            let flood = Flood::new(statistical_bits, answers)?;
            opened(secret, ciphertext, |holder, ciphertext| {
                let decrypted = holder.key.decrypt_shared(ciphertext, &flood, &mut rng)?;
                holder.encoder.decode_into(&decrypted, out)?;
                error.put(decrypted.error());
                Ok(())
            })
        }
    })
}

/// The first `count` numbers of a ciphertext, for the holder of the key alone: NOT TO BE GIVEN TO ANYBODY WHO HAS SEEN A
/// CIPHERTEXT, not even rounded, since the error in them says what the key is. `error` as in
/// wattsum_ckks_secret_decrypt_shared.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_ckks_secret_decrypt_private(
    secret: *mut wattsum_ckks_secret,
    ciphertext: *mut wattsum_ckks_ciphertext,
    values: *mut f64,
    count: usize,
    error: *mut f64,
) -> wattsum_status {
    wiping_guard(|| {
        caller::apart(&[span(values, count), span(error, 1)])?;
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let (out, error) = (caller::room(values, count)?, Place::new(error)?);
            opened(secret, ciphertext, |holder, ciphertext| {
                let decrypted = holder.key.decrypt_private(ciphertext)?;
                holder.encoder.decode_into(&decrypted, out)?;
                error.put(decrypted.error());
                Ok(())
            })
        }
    })
}

/// Wipes and frees a secret key. NULL is right.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_ckks_secret_free(secret: *mut wattsum_ckks_secret) -> wattsum_status {
    // SAFETY: the caller's pointer, as the header asks.
    guard(|| unsafe { Context::unbox(context(secret)) })
}

/// # Safety
/// As [`Context::enter`], for both.
unsafe fn opened(
    secret: *mut wattsum_ckks_secret,
    ciphertext: *mut wattsum_ckks_ciphertext,
    act: impl FnOnce(&mut Holder, &Ciphertext) -> Result<(), Failure>,
) -> Result<(), Failure> {
    // SAFETY: our caller's promise.
    unsafe {
        Context::enter(context(secret), |holder| {
            Context::enter(ciphertext::context(ciphertext), |ciphertext| act(holder, ciphertext))
        })
    }
}

/// # Safety
/// The pointers are right.
unsafe fn write(
    secret: *mut wattsum_ckks_secret,
    bytes: *mut u8,
    size: usize,
    bytes_len: *mut usize,
    make: impl FnOnce(&Holder) -> Result<std::vec::Vec<u8>, Failure>,
) -> Result<(), Failure> {
    // SAFETY: our caller's promise.
    unsafe {
        caller::apart(&[Context::span(context(secret)), span(bytes, size), span(bytes_len, 1)])?;
        let (out, len) = (caller::room(bytes, size)?, Place::new(bytes_len)?);
        Context::enter(context(secret), |holder| {
            let made = make(holder)?;
            if !out.is_empty() {
                out.get_mut(..made.len()).ok_or(Misuse::WrongLength)?.copy_from_slice(&made);
            }
            len.put(made.len());
            Ok(())
        })
    }
}
