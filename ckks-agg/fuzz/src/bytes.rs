//! Everything that reads bytes, with and without a valid trailer.
//!
//! `parser u8 ‖ mode u8 ‖ bytes`. Bit 0 of the mode leaves the trailer (signature, tag, seal, check) as it came, else it
//! is put right. With bit 1 the bytes are `sample u8 ‖ cut u8 ‖ (place u24 ‖ flip u8) …`: what is changed in a sample of the
//! parser's. The other bits are the parser's own choice. What is accepted has one encoding.

mod frames;
pub mod rites;
mod states;
mod toolbox;

use super::input::Input;
use super::seeds::samples;
pub use toolbox::USE;

/// Whether the bytes were taken.
type Parser = fn(u8, &mut [u8]) -> bool;

/// In the order of the first byte; new ones go to the end, or the corpus is another.
pub const PARSERS: [(&str, Parser); 22] = [
    ("ciphertext", toolbox::ciphertext),
    ("public key", toolbox::public_key),
    ("secret key", toolbox::secret_key),
    ("switching keys", toolbox::switching_keys),
    ("share", toolbox::share),
    ("joint secret", toolbox::joint_secret),
    ("values", toolbox::values),
    ("trustee", states::trustee),
    ("holder", states::holder),
    ("utility", states::utility),
    ("reopen", states::reopen),
    ("record", states::record),
    ("contribution", frames::contribution),
    ("commitment", frames::commitment),
    ("list", frames::list),
    ("statement", frames::statement),
    ("order", frames::order),
    ("told", frames::told),
    ("opened", frames::opened),
    ("key commitment", rites::commitment),
    ("key part", rites::part),
    ("secret polynomial", rites::polynomial),
];

pub fn run(data: &[u8]) {
    taken(data);
}

/// Whether a seed gets behind its parser.
pub fn taken(data: &[u8]) -> bool {
    let Some(([parser, mode], rest)) = data.split_first_chunk::<2>() else { return false };
    let (name, parse) = PARSERS[usize::from(*parser) % PARSERS.len()];
    let mut bytes = if mode & 2 == 0 { rest.to_vec() } else { edited(name, rest) };
    parse(*mode, &mut bytes)
}

/// The bytes that lead to a parser of this name.
pub fn seed(name: &str, mode: u8, bytes: &[u8]) -> Vec<u8> {
    let parser = PARSERS.iter().position(|(known, _)| *known == name).unwrap();
    [&[parser as u8, mode], bytes].concat()
}

/// Edits of an input that count.
const EDITS: usize = 64;

fn edited(name: &str, edits: &[u8]) -> Vec<u8> {
    let (mut input, samples) = (Input::new(edits), samples(name));
    let mut bytes = samples[input.index(samples.len())].clone();
    match input.u8() {
        0 => {}
        cut @ 1..=127 => bytes.truncate(bytes.len() * usize::from(cut) / 128),
        more => bytes.resize(bytes.len() + usize::from(more & 127) + 1, more),
    }
    for _ in 0..EDITS {
        if input.is_empty() || bytes.is_empty() {
            break;
        }
        let at = (usize::from(input.u16()) | usize::from(input.u8()) << 16) % bytes.len();
        bytes[at] ^= input.u8();
    }
    bytes
}

fn fixes(mode: u8) -> bool {
    mode & 1 == 0
}
