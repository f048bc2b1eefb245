//! ckks: a device that has the secret key, without a heap.
#![allow(unsafe_code)] // exports

use ckks_agg::KeyId;
use ckks_agg::small::SecretKey;
use meter_link::Misuse;
use zeroize::Zeroizing;

use super::{
    Call, WATTSUM_CKKS_KEY_ID_LEN, WATTSUM_CKKS_SMALL_SEEDED_LEN, wattsum_ckks_readings, wattsum_ckks_use,
};
use crate::caller::{self, Place, span};
use crate::context::{Context, Kind, Memory};
use crate::entropy;
use crate::guard::{guard, wiping_guard};
use crate::link::WATTSUM_KEY_LEN;
use crate::status::wattsum_status;

/// Bytes of an encryptor with the secret key.
pub const WATTSUM_CKKS_SEEDED_SIZE: usize = 128;

struct Role {
    key: SecretKey,
}

impl Kind for Role {
    const MAGIC: u32 = u32::from_be_bytes(*b"cksk");
}

const FIXED: usize = WATTSUM_CKKS_SEEDED_SIZE;
// For 32 and 64 bits, and a little for later versions: callers need not be compiled anew for them.
const _: () = assert!(size_of::<Context<Role>>() <= FIXED && FIXED <= size_of::<Context<Role>>() + 128);

/// Encrypts with the secret key of a group all of whose meters are trusted with all readings: ciphertexts of half the
/// size, in two thirds of the time. WHO HAS THE KEY DECRYPTS EVERYBODY. At the beginning of the caller's memory; it may not
/// be copied or moved. It holds no state to store.
pub struct wattsum_ckks_seeded(());

fn context(seeded: *mut wattsum_ckks_seeded) -> *mut Context<Role> {
    seeded.cast()
}

/// Makes an encryptor in `memory`, of WATTSUM_CKKS_SEEDED_SIZE bytes, aligned as a uint64_t, of the 32 bytes that the secret
/// key is made from (the first of wattsum_ckks_secret_bytes) and the key's name.
///
/// cbindgen:ptrs-as-arrays=[[seed;32],[id;WATTSUM_CKKS_KEY_ID_LEN]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_ckks_seeded_new(
    memory: *mut core::ffi::c_void,
    size: usize,
    seed: *const u8,
    id: *const u8,
    seeded: *mut *mut wattsum_ckks_seeded,
) -> wattsum_status {
    wiping_guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        let mut memory = unsafe {
            let own = span(memory.cast::<u8>(), size);
            let (secret, id) = (span(seed, WATTSUM_KEY_LEN), span(id, WATTSUM_CKKS_KEY_ID_LEN));
            caller::apart(&[own, secret, id, span(seeded, 1)])?;
            Memory::new(memory.cast(), size)?
        };
        // SAFETY: as above.
        let (role, place) = unsafe {
            let (mut seed, id) = (Zeroizing::new(*caller::bytes(seed)?), KeyId(*caller::bytes(id)?));
            (Role { key: SecretKey::from_seed(&mut seed, id) }, Place::new(seeded)?)
        };
        let own = memory.context::<Role>()?;
        // SAFETY: `own` is the beginning of the caller's memory, taken for this.
        unsafe { Context::settle_with(own, role, memory.used()?) };
        place.put(own.cast());
        Ok(())
    })
}

/// As wattsum_ckks_encryptor_encrypt; WATTSUM_CKKS_SMALL_SEEDED_LEN bytes are written.
///
/// cbindgen:ptrs-as-arrays=[[entropy;32]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_ckks_seeded_encrypt(
    seeded: *mut wattsum_ckks_seeded,
    usage: *const wattsum_ckks_use,
    readings: *const wattsum_ckks_readings,
    entropy: *const u8,
    workspace: *mut u32,
    words: usize,
    ciphertext: *mut u8,
    size: usize,
) -> wattsum_status {
    wiping_guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        let (call, out) = unsafe {
            let others = [Context::span(context(seeded)), span(ciphertext, size)];
            let call = Call::new(usage, readings, entropy, (workspace, words), others)?;
            let out = caller::room(ciphertext, size)?.first_chunk_mut::<WATTSUM_CKKS_SMALL_SEEDED_LEN>();
            (call, out.ok_or(Misuse::WrongLength)?)
        };
        let mut rng = entropy::generator("ckks encryption", call.entropy)?;
        // SAFETY: as above.
        unsafe {
            Context::enter(context(seeded), |role| {
                Ok(role.key.encrypt(&call.readings, call.usage, call.workspace, out, &mut rng)?)
            })
        }
    })
}

/// Wipes it. NULL is right.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_ckks_seeded_free(seeded: *mut wattsum_ckks_seeded) -> wattsum_status {
    guard(|| {
        if seeded.is_null() {
            return Ok(());
        }
        // SAFETY: the caller's pointer, as the header asks.
        unsafe { Context::leave(context(seeded)) }
    })
}
