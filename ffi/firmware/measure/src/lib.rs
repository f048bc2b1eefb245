//! The primitives that a meter's work is made of, each behind one C function of the same form.
//!
//! `primitive(input, output)`: what it reads of `input` and how much of `output` it fills stands at each. The
//! image measures one of them and compares the output with `expected.h`, which Python computed.
#![no_std]

#[cfg(feature = "vectors")]
extern crate alloc;

mod cmt;
mod elgamal;
#[cfg(feature = "vectors")]
mod heap;
#[cfg(feature = "vectors")]
mod vectors;

use chacha20::ChaCha20;
use chacha20::cipher::{KeyIvInit, StreamCipher};
use chacha20poly1305::ChaCha20Poly1305;
use chacha20poly1305::aead::inout::InOutBuf;
use chacha20poly1305::aead::{AeadInOut, KeyInit};
use hmac::{Hmac, Mac};
use meter_link::Field64;
use meter_link::field::newton;
use sha2::Sha256;

/// 128 bytes: a key (32), a nonce (12), a frame of header and payload (32), the rest for what needs more.
pub type Input = [u8; 128];
/// The first bytes are the result, the rest stays as it is.
pub type Output = [u8; 64];

unsafe extern "C" {
    /// The board's way out of a panic, as libwattsum has it.
    safe fn wattsum_panicked() -> !;
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    wattsum_panicked()
}

fn part<const N: usize>(input: &Input, from: usize) -> &[u8; N] {
    match input.get(from..).and_then(<[u8]>::first_chunk) {
        Some(part) => part,
        None => wattsum_panicked(),
    }
}

fn put<const N: usize>(output: &mut Output, bytes: &[u8; N]) {
    if let Some(first) = output.first_chunk_mut() {
        *first = *bytes;
    }
}

fn key(input: &Input) -> &[u8; 32] {
    part(input, 0)
}

fn nonce(input: &Input) -> &[u8; 12] {
    part(input, 32)
}

fn frame(input: &Input) -> &[u8; 32] {
    part(input, 44)
}

/// Nothing: the cost of the call itself.
#[unsafe(no_mangle)]
pub extern "C" fn nothing(_: &Input, _: &mut Output) {}

/// A panic, for the board's self-test: it must end the image.
#[unsafe(no_mangle)]
pub extern "C" fn panics() {
    let none: Option<u8> = core::hint::black_box(None);
    let _ = none.map_or_else(|| panic!("on purpose"), core::hint::black_box);
}

/// Block 0 of key and nonce, 64 bytes, by the chacha20 crate.
#[unsafe(no_mangle)]
pub extern "C" fn chacha20_block(input: &Input, output: &mut Output) {
    *output = [0; 64];
    ChaCha20::new(key(input).into(), nonce(input).into()).apply_keystream(output);
}

/// The SHA-256 state, 32 bytes big-endian, after the first 64 input bytes.
#[unsafe(no_mangle)]
pub extern "C" fn sha256_compression(input: &Input, output: &mut Output) {
    let mut state = [
        0x6a09_e667,
        0xbb67_ae85,
        0x3c6e_f372,
        0xa54f_f53a,
        0x510e_527f,
        0x9b05_688c,
        0x1f83_d9ab,
        0x5be0_cd19,
    ];
    sha2::block_api::compress256(&mut state, &[*part::<64>(input, 0)]);
    for (to, word) in output.as_chunks_mut().0.iter_mut().zip(state) {
        *to = u32::to_be_bytes(word);
    }
}

/// HKDF-SHA256: salt = input 64.., input key = key, info = frame; 32 bytes.
#[unsafe(no_mangle)]
pub extern "C" fn hkdf_sha256(input: &Input, output: &mut Output) {
    let mut okm = [0; 32];
    match hkdf::Hkdf::<Sha256>::new(Some(part::<32>(input, 64)), key(input)).expand(frame(input), &mut okm) {
        Ok(()) => put(output, &okm),
        Err(_) => wattsum_panicked(),
    }
}

/// HMAC-SHA256 of the frame, 32 bytes: a tag is the first 16.
#[unsafe(no_mangle)]
pub extern "C" fn hmac_sha256_tag(input: &Input, output: &mut Output) {
    match Hmac::<Sha256>::new_from_slice(key(input)) {
        Ok(mut mac) => {
            mac.update(frame(input));
            put(output, &mac.finalize().into_bytes().into());
        }
        Err(_) => wattsum_panicked(),
    }
}

/// ChaCha20-Poly1305 with the frame as associated data and no text: a tag of 16 bytes.
#[unsafe(no_mangle)]
pub extern "C" fn chacha20poly1305_tag(input: &Input, output: &mut Output) {
    let cipher = ChaCha20Poly1305::new(key(input).into());
    match cipher.encrypt_inout_detached(nonce(input).into(), frame(input), InOutBuf::from(&mut [][..])) {
        Ok(tag) => put(output, &tag.into()),
        Err(_) => wattsum_panicked(),
    }
}

/// Keyed BLAKE3 of the frame, 32 bytes: a tag is the first 16.
#[unsafe(no_mangle)]
pub extern "C" fn blake3_tag(input: &Input, output: &mut Output) {
    put(output, blake3::keyed_hash(key(input), frame(input)).as_bytes());
}

/// X25519: scalar = key, point = input 64..; 32 bytes.
#[unsafe(no_mangle)]
pub extern "C" fn x25519(input: &Input, output: &mut Output) {
    put(output, &x25519_dalek::x25519(*key(input), *part(input, 64)));
}

/// Compressed shares, t = 3 of m = 5: f(0) and the pads of answerers 1 … 5, 8 bytes each and reduced, then
/// f(a) − pad_a for a = 3, 4, 5. The steps are those of `AnswererLink::share_block`, without keystream.
#[unsafe(no_mangle)]
pub extern "C" fn compressed_shares(input: &Input, output: &mut Output) {
    let mut values = [Field64::ZERO; 6];
    for (value, bytes) in values.iter_mut().zip(input.as_chunks().0) {
        match Field64::from_bytes(*bytes) {
            Ok(read) => *value = read,
            Err(_) => wattsum_panicked(),
        }
    }
    let [zero, one, two, corrected @ ..] = &mut values;
    let mut table = [zero, one, two];
    for from in 0..table.len() {
        newton::difference(table.iter_mut().rev().skip(from).map(|value| &mut **value));
    }
    for (pad, to) in corrected.iter().zip(output.as_chunks_mut().0) {
        *to = (newton::backward(table.iter_mut().rev().map(|value| &mut **value)) - *pad).to_bytes();
    }
}

/// Ed25519: public key, 32-byte message, signature; one byte, 1 if it verifies strictly.
#[unsafe(no_mangle)]
pub extern "C" fn ed25519_verify(input: &Input, output: &mut Output) {
    let signature = ed25519_dalek::Signature::from_bytes(part(input, 64));
    let good = ed25519_dalek::VerifyingKey::from_bytes(key(input))
        .is_ok_and(|public| public.verify_strict(part::<32>(input, 32), &signature).is_ok());
    put(output, &[u8::from(good)]);
}
