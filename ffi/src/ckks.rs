//! ckks: vectors that a server computes on without reading them.
#![allow(unsafe_code)] // exports

#[cfg(feature = "std")]
pub mod ciphertext;
pub mod encryptor;
#[cfg(feature = "std")]
pub mod evaluator;
#[cfg(feature = "std")]
pub mod secret;
pub mod seeded;

use ckks_agg::small;
use meter_link::Misuse;

use crate::caller::{self, span};
use crate::guard::Failure;
use crate::link::WATTSUM_KEY_LEN;

/// ckks, the preset that a device without a heap encrypts with: degree 2048, two primes of 27 and 26 bits.
pub const WATTSUM_CKKS_SMALL: u8 = 1;
/// ckks: degree 4096, one prime of 50 bits: sums.
pub const WATTSUM_CKKS_SUM: u8 = 2;
/// ckks: degree 8192, primes of 50 and 40 bits: one multiplication.
pub const WATTSUM_CKKS_VARIANCE: u8 = 3;
/// ckks: degree 8192, primes of 50, 45 and 45 bits: two multiplications.
pub const WATTSUM_CKKS_DEPTH2: u8 = 4;
/// ckks: degree 4096, two primes of 50 bits: sums whose decryption is flooded.
pub const WATTSUM_CKKS_SHARED: u8 = 5;

/// ckks: values of a ciphertext of a device: coefficients, one each.
pub const WATTSUM_CKKS_SMALL_VALUES: usize = 2048;
/// ckks: words of 32 bits that a device encrypts in: 20 KiB, which it may use for something else in between.
pub const WATTSUM_CKKS_SMALL_WORKSPACE: usize = 5120;
/// ckks: bytes of a ciphertext that a device makes with a public key.
pub const WATTSUM_CKKS_SMALL_PAIR_LEN: usize = 27190;
/// ckks: bytes of a ciphertext that a device makes with the secret key.
pub const WATTSUM_CKKS_SMALL_SEEDED_LEN: usize = 13654;
/// ckks: bytes of a public key of the smallest preset that one made.
pub const WATTSUM_CKKS_SMALL_KEY_LEN: usize = 13602;
/// ckks: bytes of a public key of the smallest preset that several made together.
pub const WATTSUM_CKKS_SMALL_JOINT_KEY_LEN: usize = 13604;
/// ckks: bytes of a key's name, which its ciphertexts carry.
pub const WATTSUM_CKKS_KEY_ID_LEN: usize = 16;

const _: () = assert!(WATTSUM_CKKS_SMALL_VALUES == small::DEGREE);
const _: () = assert!(WATTSUM_CKKS_SMALL_WORKSPACE * 4 == size_of::<small::Workspace>());
const _: () = assert!(WATTSUM_CKKS_SMALL_PAIR_LEN == small::PAIR_LEN);
const _: () = assert!(WATTSUM_CKKS_SMALL_SEEDED_LEN == small::SEEDED_LEN);
const _: () = assert!(WATTSUM_CKKS_SMALL_KEY_LEN == small::PUBLIC_KEY_LEN);
const _: () = assert!(WATTSUM_CKKS_SMALL_JOINT_KEY_LEN == small::JOINT_KEY_LEN);

/// What one encryption is for. No two encryptions under one key have the same.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct wattsum_ckks_use {
    /// A round, or an epoch.
    pub round: u64,
    /// Who encrypts.
    pub meter: u32,
    /// How many it has encrypted in that round.
    pub counter: u32,
}

impl wattsum_ckks_use {
    pub(crate) fn to_use(self) -> ckks_agg::Use {
        ckks_agg::Use { meter: self.meter, round: self.round, counter: self.counter }
    }
}

/// Whole numbers, and how they are encrypted. Scale and bound are the group's: ciphertexts carry them, and only those of
/// one scale add up.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct wattsum_ckks_readings {
    /// `count` numbers.
    pub values: *const i64,
    /// How many; those up to the degree that are not there are 0.
    pub count: usize,
    /// Largest number, positive or negative, that there may be.
    pub most: u64,
    /// log2 of the scale: the room of the error below the numbers' last digit.
    pub scale_bits: u32,
}

/// What encryption is called with, besides a key.
struct Call<'a> {
    usage: ckks_agg::Use,
    readings: small::Readings<'a>,
    entropy: &'a [u8; 32],
    workspace: &'a mut small::Workspace,
}

impl<'a> Call<'a> {
    /// `others`: where the context and the ciphertext lie.
    ///
    /// # Safety
    /// The pointers are right, nobody else uses what they point to.
    unsafe fn new(
        usage: *const wattsum_ckks_use,
        readings: *const wattsum_ckks_readings,
        entropy: *const u8,
        (workspace, words): (*mut u32, usize),
        others: [(usize, usize); 2],
    ) -> Result<Self, Failure> {
        if words < WATTSUM_CKKS_SMALL_WORKSPACE {
            return Err(Misuse::WrongLength.into());
        }
        let room = span(workspace, words);
        let [context, ciphertext] = others;
        let inputs = [span(usage, 1), span(readings, 1), span(entropy, WATTSUM_KEY_LEN)];
        let [usage_at, readings_at, entropy_at] = inputs;
        caller::apart(&[context, ciphertext, room, usage_at, readings_at, entropy_at])?;
        // SAFETY: our caller's promise; a workspace is whole numbers, for which all bytes are right.
        unsafe {
            let (usage, readings) = (caller::one(usage)?.to_use(), caller::one(readings)?);
            let given = span(readings.values, readings.count);
            for written in [context, ciphertext, room] {
                caller::apart(&[written, given])?;
            }
            let values = caller::lent(readings.values, readings.count)?;
            let workspace = caller::room(workspace.cast::<small::Workspace>(), 1)?;
            let workspace = workspace.first_mut().ok_or(Misuse::WrongLength)?;
            let readings = small::Readings::new(values, readings.scale_bits, readings.most)?;
            Ok(Call { usage, readings, entropy: caller::bytes(entropy)?, workspace })
        }
    }
}
