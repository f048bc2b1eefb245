//! Every parser, with and without a valid trailer: no panic, no memory beyond the input's, and what was read is
//! written and read again as the same.
//!
//! `parser u8 ‖ mode u8 ‖ bytes`. Bit 0 of the mode leaves the trailer (signature, tag, check) as it came, else it
//! is put right; the other bits are the parser's own choice.

mod frames;
mod records;
mod rounds;
mod states;

use super::world::{World, shamir};

/// Whether the bytes were taken.
type Parser = fn(&World, u8, &mut [u8]) -> bool;

/// In the order of the first byte; new ones go to the end, or the corpus is another.
pub const PARSERS: [(&str, Parser); 28] = [
    ("header", frames::header),
    ("open", frames::open),
    ("close", frames::close),
    ("link key", frames::link_key),
    ("roster root", frames::roster_root),
    ("statement", frames::statement),
    ("window query", frames::window_query),
    ("log head", frames::log_head),
    ("contribution", rounds::contribution),
    ("contributions", rounds::contributions),
    ("answer", rounds::answer),
    ("raw answer", rounds::raw_answer),
    ("answerer, any frame", rounds::answerer),
    ("log", records::log),
    ("records of agreement", records::agreement),
    ("stored root", records::stored_root),
    ("high-water mark", records::mark),
    ("progress", records::progress),
    ("partial sum", records::partial_sum),
    ("carry", records::carry),
    ("sets", records::sets),
    ("inclusion", records::inclusion),
    ("sealed", records::sealed),
    ("collection", states::collection),
    ("head", states::head),
    ("reopen", states::reopen),
    ("answerer", states::answerer),
    ("parts of states", states::parts),
];

pub fn run(data: &[u8]) {
    taken(data);
}

/// Whether a seed gets behind its parser.
pub fn taken(data: &[u8]) -> bool {
    let Some(([parser, mode], rest)) = data.split_first_chunk::<2>() else { return false };
    let (_, parse) = PARSERS[usize::from(*parser) % PARSERS.len()];
    parse(shamir(), *mode, &mut rest.to_vec())
}

/// The bytes that lead to a parser of this name.
pub fn seed(name: &str, mode: u8, bytes: &[u8]) -> Vec<u8> {
    let parser = PARSERS.iter().position(|(known, _)| *known == name).unwrap();
    [&[parser as u8, mode], bytes].concat()
}

fn fixes(mode: u8) -> bool {
    mode & 1 == 0
}

/// A partial sum of three meters, as bytes.
pub fn part(world: &World) -> Vec<u8> {
    let mut collection = states::collection_of(world, 0);
    for meter in 4..7 {
        collection.accept(&super::seeds::contribution(world, meter, 0)).unwrap();
    }
    collection.partial().unwrap().to_bytes().unwrap()
}

/// A collection of two meters, as bytes, with or without a partial sum.
pub fn collected(world: &World, with_part: bool) -> Vec<u8> {
    let mut collection = states::collection_of(world, 0);
    for meter in [2, 3] {
        collection.accept(&super::seeds::contribution(world, meter, 0)).unwrap();
    }
    if with_part {
        let part = meter_link::collect::PartialSum::from_bytes(&part(world), world.view.meters()).unwrap();
        collection.add(&part).unwrap();
    }
    collection.to_bytes().unwrap()
}
