//! ckks: a ciphertext of the head end.
#![allow(unsafe_code)] // exports

use ckks_agg::{Ciphertext, Packing};
use meter_link::Misuse;

use super::WATTSUM_CKKS_KEY_ID_LEN;
use crate::caller::{self, Place, span};
use crate::context::{Context, Kind};
use crate::guard::guard;
use crate::status::wattsum_status;

/// ckks: whole numbers, one a coefficient, exact.
pub const WATTSUM_CKKS_INTEGERS: u8 = 1;
/// ckks: real numbers, one a slot.
pub const WATTSUM_CKKS_REALS: u8 = 2;
/// ckks: real numbers, two a slot.
pub const WATTSUM_CKKS_PAIRS: u8 = 3;
const _: () = assert!(WATTSUM_CKKS_INTEGERS == Packing::Integers as u8);
const _: () = assert!(WATTSUM_CKKS_REALS == Packing::Reals as u8);
const _: () = assert!(WATTSUM_CKKS_PAIRS == Packing::Pairs as u8);

/// A ciphertext, which an evaluator reads or makes. To be freed with wattsum_ckks_ciphertext_free.
pub struct wattsum_ckks_ciphertext(());

impl Kind for Ciphertext {
    const MAGIC: u32 = u32::from_be_bytes(*b"ckct");
}

pub(super) fn context(ciphertext: *mut wattsum_ckks_ciphertext) -> *mut Context<Ciphertext> {
    ciphertext.cast()
}

pub(super) fn boxed(ciphertext: Ciphertext) -> *mut wattsum_ckks_ciphertext {
    Context::boxed(ciphertext).cast()
}

/// What a ciphertext says about itself.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct wattsum_ckks_info {
    /// Largest message that it may have, times the scale.
    pub message: f64,
    /// Largest error of a slot, times the scale.
    pub noise: f64,
    /// Largest error of a coefficient, times the scale.
    pub coefficient: f64,
    /// The scale, to the nearest double. That of the ciphertext is exact.
    pub scale: f64,
    /// Its key's name.
    pub key_id: [u8; WATTSUM_CKKS_KEY_ID_LEN],
    /// WATTSUM_CKKS_SMALL and so on.
    pub preset: u8,
    /// Primes less one: as many rescalings are left.
    pub level: u8,
    /// WATTSUM_CKKS_INTEGERS and so on.
    pub packing: u8,
}

/// What a ciphertext says about itself.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_ckks_ciphertext_info(
    ciphertext: *mut wattsum_ckks_ciphertext,
    info: *mut wattsum_ckks_info,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            caller::apart(&[Context::span(context(ciphertext)), span(info, 1)])?;
            let place = Place::new(info)?;
            Context::enter(context(ciphertext), |ciphertext| {
                let bound = ciphertext.bound();
                place.put(wattsum_ckks_info {
                    message: bound.message,
                    noise: bound.noise,
                    coefficient: bound.coefficient,
                    scale: ciphertext.scale().to_f64(ciphertext.preset()),
                    key_id: ciphertext.key_id().0,
                    preset: ciphertext.preset() as u8,
                    level: ciphertext.level(),
                    packing: ciphertext.packing() as u8,
                });
                Ok(())
            })
        }
    })
}

/// The bytes of a ciphertext. With `size` 0, `bytes_len` becomes how many there are, and nothing is written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_ckks_ciphertext_bytes(
    ciphertext: *mut wattsum_ckks_ciphertext,
    bytes: *mut u8,
    size: usize,
    bytes_len: *mut usize,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            caller::apart(&[Context::span(context(ciphertext)), span(bytes, size), span(bytes_len, 1)])?;
            let (out, len) = (caller::room(bytes, size)?, Place::new(bytes_len)?);
            Context::enter(context(ciphertext), |ciphertext| {
                if out.is_empty() {
                    len.put(ciphertext.bytes_len());
                    return Ok(());
                }
                let out = out.get_mut(..ciphertext.bytes_len()).ok_or(Misuse::WrongLength)?;
                len.put(ciphertext.write_to(out)?);
                Ok(())
            })
        }
    })
}

/// Frees a ciphertext. NULL is right.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_ckks_ciphertext_free(
    ciphertext: *mut wattsum_ckks_ciphertext,
) -> wattsum_status {
    // SAFETY: the caller's pointer, as the header asks.
    guard(|| unsafe { Context::unbox(context(ciphertext)) })
}
