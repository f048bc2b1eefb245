//! ckks: a device that encrypts with a public key, without a heap.
#![allow(unsafe_code)] // exports

use ckks_agg::small::PublicKey;
use meter_link::Misuse;
use zeroize::Zeroizing;

use super::{
    Call, WATTSUM_CKKS_KEY_ID_LEN, WATTSUM_CKKS_SMALL_PAIR_LEN, wattsum_ckks_readings, wattsum_ckks_use,
};
use crate::caller::{self, Place, span};
use crate::context::{Context, Kind, Memory};
use crate::entropy;
use crate::guard::{guard, wiping_guard};
use crate::link::WATTSUM_KEY_LEN;
use crate::status::wattsum_status;

/// Bytes of an encryptor.
pub const WATTSUM_CKKS_ENCRYPTOR_SIZE: usize = 128;

struct Role {
    key: PublicKey<'static>,
    device: Zeroizing<[u8; 32]>,
}

impl Kind for Role {
    const MAGIC: u32 = u32::from_be_bytes(*b"ckpk");
}

const FIXED: usize = WATTSUM_CKKS_ENCRYPTOR_SIZE;
// For 32 and 64 bits, and a little for later versions: callers need not be compiled anew for them.
const _: () = assert!(size_of::<Context<Role>>() <= FIXED && FIXED <= size_of::<Context<Role>>() + 128);

/// Encrypts with a group's public key (ckks, preset WATTSUM_CKKS_SMALL), at the beginning of the caller's memory. It may
/// not be copied or moved. It holds no state to store.
///
/// It makes bare ciphertexts. In a group whose meters need not be trusted each contribution is committed to and signed
/// as well.
pub struct wattsum_ckks_encryptor(());

fn context(encryptor: *mut wattsum_ckks_encryptor) -> *mut Context<Role> {
    encryptor.cast()
}

/// Makes an encryptor in `memory`, of WATTSUM_CKKS_ENCRYPTOR_SIZE bytes, aligned as a uint64_t.
///
/// `key` is the public key, of WATTSUM_CKKS_SMALL_KEY_LEN or WATTSUM_CKKS_SMALL_JOINT_KEY_LEN bytes. IT STAYS WHERE IT
/// IS, unchanged, as long as the encryptor lives: in flash, for instance. WHOEVER CHOOSES THE KEY READS THE METER: `id`
/// is its name, to be compared with what came by a way that the sender of the key does not control.
///
/// `device_secret` is 32 secret bytes of the device's, for nothing else: with it noise stays secret also where a
/// generator is stuck.
///
/// cbindgen:ptrs-as-arrays=[[device_secret;32],[id;WATTSUM_CKKS_KEY_ID_LEN]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_ckks_encryptor_new(
    memory: *mut core::ffi::c_void,
    size: usize,
    key: *const u8,
    key_len: usize,
    device_secret: *const u8,
    id: *mut u8,
    encryptor: *mut *mut wattsum_ckks_encryptor,
) -> wattsum_status {
    wiping_guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        let mut memory = unsafe {
            let own = span(memory.cast::<u8>(), size);
            let named = span(id, WATTSUM_CKKS_KEY_ID_LEN);
            caller::apart(&[
                own,
                span(key, key_len),
                span(device_secret, WATTSUM_KEY_LEN),
                named,
                span(encryptor, 1),
            ])?;
            Memory::new(memory.cast(), size)?
        };
        // SAFETY: as above; the key stays for the encryptor's life.
        let (role, name, place) = unsafe {
            let key = PublicKey::from_bytes(caller::lent::<u8>(key, key_len)?)?;
            let device = Zeroizing::new(*caller::bytes(device_secret)?);
            let name = Place::<[u8; WATTSUM_CKKS_KEY_ID_LEN]>::new(id.cast())?;
            (Role { key, device }, name, Place::new(encryptor)?)
        };
        let own = memory.context::<Role>()?;
        name.put(role.key.id().0);
        // SAFETY: `own` is the beginning of the caller's memory, taken for this.
        unsafe { Context::settle_with(own, role, memory.used()?) };
        place.put(own.cast());
        Ok(())
    })
}

/// Encrypts up to WATTSUM_CKKS_SMALL_VALUES whole numbers. `usage` has not been before and will not be again under this key;
/// `entropy` is 32 fresh bytes. `workspace` has WATTSUM_CKKS_SMALL_WORKSPACE words at least, and is wiped before the
/// function returns; `size` is WATTSUM_CKKS_SMALL_PAIR_LEN at least, which are written.
///
/// cbindgen:ptrs-as-arrays=[[entropy;32]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_ckks_encryptor_encrypt(
    encryptor: *mut wattsum_ckks_encryptor,
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
            let others = [Context::span(context(encryptor)), span(ciphertext, size)];
            let call = Call::new(usage, readings, entropy, (workspace, words), others)?;
            let out = caller::room(ciphertext, size)?.first_chunk_mut::<WATTSUM_CKKS_SMALL_PAIR_LEN>();
            (call, out.ok_or(Misuse::WrongLength)?)
        };
        let mut rng = entropy::generator("ckks encryption", call.entropy)?;
        // SAFETY: as above.
        unsafe {
            Context::enter(context(encryptor), |role| {
                Ok(role.key.encrypt(
                    &call.readings,
                    call.usage,
                    &role.device,
                    call.workspace,
                    out,
                    &mut rng,
                )?)
            })
        }
    })
}

/// Wipes it. NULL is right.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_ckks_encryptor_free(
    encryptor: *mut wattsum_ckks_encryptor,
) -> wattsum_status {
    guard(|| {
        if encryptor.is_null() {
            return Ok(());
        }
        // SAFETY: the caller's pointer, as the header asks.
        unsafe { Context::leave(context(encryptor)) }
    })
}
