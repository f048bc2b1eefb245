//! ckks: operations of an evaluator on one ciphertext, or two.
#![allow(unsafe_code)] // exports

use ckks_agg::Ciphertext;

use super::super::ciphertext::{self, wattsum_ckks_ciphertext};
use super::{Desk, context, wattsum_ckks_evaluator};
use crate::caller;
use crate::context::Context;
use crate::guard::{Failure, guard};
use crate::status::wattsum_status;

/// Adds `other` to `ciphertext`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_ckks_evaluator_add(
    evaluator: *mut wattsum_ckks_evaluator,
    ciphertext: *mut wattsum_ckks_ciphertext,
    other: *mut wattsum_ckks_ciphertext,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            caller::apart(&[
                Context::span(ciphertext::context(ciphertext)),
                Context::span(ciphertext::context(other)),
            ])?;
            on(evaluator, ciphertext, |desk, ciphertext| {
                Context::enter(ciphertext::context(other), |other| {
                    Ok(desk.evaluator.add(ciphertext, other)?)
                })
            })
        }
    })
}

/// Makes the mean of the sum of `count` ciphertexts: the scale changes, and nothing else. Of real numbers; an exact sum is
/// divided after decryption.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_ckks_evaluator_mean(
    evaluator: *mut wattsum_ckks_evaluator,
    ciphertext: *mut wattsum_ckks_ciphertext,
    count: u32,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe { on(evaluator, ciphertext, |desk, ciphertext| Ok(desk.evaluator.mean(ciphertext, count)?)) }
    })
}

/// Multiplies with a whole number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_ckks_evaluator_times_integer(
    evaluator: *mut wattsum_ckks_evaluator,
    ciphertext: *mut wattsum_ckks_ciphertext,
    factor: i64,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            on(evaluator, ciphertext, |desk, ciphertext| {
                Ok(desk.evaluator.times_integer(ciphertext, factor)?)
            })
        }
    })
}

/// Multiplies real numbers with a number, at the price of a level; the scale stays.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_ckks_evaluator_times_scalar(
    evaluator: *mut wattsum_ckks_evaluator,
    ciphertext: *mut wattsum_ckks_ciphertext,
    factor: f64,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            on(evaluator, ciphertext, |desk, ciphertext| {
                Ok(desk.evaluator.times_scalar(ciphertext, factor)?)
            })
        }
    })
}

/// Drops primes down to a level: what follows is faster, and there is less room.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_ckks_evaluator_drop_to(
    evaluator: *mut wattsum_ckks_evaluator,
    ciphertext: *mut wattsum_ckks_ciphertext,
    level: u8,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            on(evaluator, ciphertext, |desk, ciphertext| Ok(desk.evaluator.drop_to(ciphertext, level)?))
        }
    })
}

/// Adds up the first `count` slots, in each slot; a power of two at best. Takes switching keys for as many.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_ckks_evaluator_slot_sum(
    evaluator: *mut wattsum_ckks_evaluator,
    ciphertext: *mut wattsum_ckks_ciphertext,
    count: u32,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            on(evaluator, ciphertext, |desk, ciphertext| Ok(desk.evaluator.slot_sum(ciphertext, count)?))
        }
    })
}

/// Divides by the last prime, which goes: a level less, and the scale smaller by exactly that prime.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_ckks_evaluator_rescale(
    evaluator: *mut wattsum_ckks_evaluator,
    ciphertext: *mut wattsum_ckks_ciphertext,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe { on(evaluator, ciphertext, |desk, ciphertext| Ok(desk.evaluator.rescale(ciphertext)?)) }
    })
}

/// Squares real numbers, slot by slot. Takes switching keys; wattsum_ckks_evaluator_rescale follows.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_ckks_evaluator_square(
    evaluator: *mut wattsum_ckks_evaluator,
    ciphertext: *mut wattsum_ckks_ciphertext,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe { on(evaluator, ciphertext, |desk, ciphertext| Ok(desk.evaluator.square(ciphertext)?)) }
    })
}

/// Works on a ciphertext.
///
/// # Safety
/// As [`Context::enter`], for both.
unsafe fn on(
    evaluator: *mut wattsum_ckks_evaluator,
    ciphertext: *mut wattsum_ckks_ciphertext,
    act: impl FnOnce(&mut Desk, &mut Ciphertext) -> Result<(), Failure>,
) -> Result<(), Failure> {
    // SAFETY: our caller's promise.
    unsafe {
        Context::enter(context(evaluator), |desk| {
            Context::enter(ciphertext::context(ciphertext), |ciphertext| act(desk, ciphertext))
        })
    }
}
