//! Everything that reads bytes, with and without a valid trailer, and what takes arguments at will.
//!
//! `parser u8 ‖ mode u8 ‖ bytes`. Bit 0 of the mode leaves the trailer (signature, tag, check) as it came, else it
//! is put right; bits 1 and 2 choose the world of states, the other bits are the parser's own choice.

mod arguments;
mod frames;
mod states;

use super::world::{World, world};

/// Whether the bytes were taken.
type Parser = fn(&'static World, u8, &mut [u8]) -> bool;

/// In the order of the first byte; new ones go to the end, or the corpus is another.
pub const PARSERS: [(&str, Parser); 14] = [
    ("meter", states::meter),
    ("holder", states::holder),
    ("utility", states::utility),
    ("reopen", states::reopen),
    ("progress", states::progress),
    ("close record", states::close_record),
    ("holder record", states::holder_record),
    ("open", frames::open),
    ("close", frames::close),
    ("contribution", frames::contribution),
    ("repair", frames::repair),
    ("answer", frames::answer),
    ("graph", arguments::graph),
    ("params", arguments::params),
];

pub fn run(data: &[u8]) {
    taken(data);
}

/// Whether a seed gets behind its parser.
pub fn taken(data: &[u8]) -> bool {
    let Some(([parser, mode], rest)) = data.split_first_chunk::<2>() else { return false };
    let (_, parse) = PARSERS[usize::from(*parser) % PARSERS.len()];
    parse(world((*mode >> 1 & 3).into()), *mode, &mut rest.to_vec())
}

/// The bytes that lead to a parser of this name.
pub fn seed(name: &str, mode: u8, bytes: &[u8]) -> Vec<u8> {
    let parser = PARSERS.iter().position(|(known, _)| *known == name).unwrap();
    [&[parser as u8, mode], bytes].concat()
}

fn fixes(mode: u8) -> bool {
    mode & 1 == 0
}
