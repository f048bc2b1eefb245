//! Everything that reads bytes, with and without a valid trailer.
//!
//! `parser u8 ‖ mode u8 ‖ bytes`. Bit 0 of the mode leaves the trailer (signature, tag, check) as it came, else it
//! is put right; the other bits are the parser's own choice. What is accepted has one encoding.

mod ceremony;
mod frames;
mod keys;
mod points;
mod states;

use super::world::{World, world};

/// Whether the bytes were taken.
type Parser = fn(&World, u8, &mut [u8]) -> bool;

/// In the order of the first byte; new ones go to the end, or the corpus is another.
pub const PARSERS: [(&str, Parser); 28] = [
    ("ciphertext", points::ciphertext),
    ("sum", points::sum),
    ("knowledge", points::knowledge),
    ("equality", points::equality),
    ("encoded", points::encoded),
    ("table", points::table),
    ("key set", keys::key_set),
    ("share", keys::share),
    ("group key", keys::group_key),
    ("statements", keys::statements),
    ("own keys", keys::own_keys),
    ("partial", states::partial),
    ("meter sum", states::meter_sum),
    ("trustee", states::trustee),
    ("utility", states::utility),
    ("reopen", states::reopen),
    ("progress", states::progress),
    ("contribution", frames::contribution),
    ("told", frames::told),
    ("told of bills", frames::told_of_bills),
    ("list", frames::list),
    ("order", frames::order),
    ("announcement", ceremony::announcement),
    ("echo", ceremony::echo),
    ("shares", ceremony::shares),
    ("complaint", ceremony::complaint),
    ("confirmation", ceremony::confirmation),
    ("record", ceremony::record),
];

pub fn run(data: &[u8]) {
    taken(data);
}

/// Whether a seed gets behind its parser.
pub fn taken(data: &[u8]) -> bool {
    let Some(([parser, mode], rest)) = data.split_first_chunk::<2>() else { return false };
    let (_, parse) = PARSERS[usize::from(*parser) % PARSERS.len()];
    parse(world(), *mode, &mut rest.to_vec())
}

/// The bytes that lead to a parser of this name.
pub fn seed(name: &str, mode: u8, bytes: &[u8]) -> Vec<u8> {
    let parser = PARSERS.iter().position(|(known, _)| *known == name).unwrap();
    [&[parser as u8, mode], bytes].concat()
}

fn fixes(mode: u8) -> bool {
    mode & 1 == 0
}
