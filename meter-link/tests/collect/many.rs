//! Batches of every shape: a bad frame anywhere is named, and its neighbours in the batch are taken as without it.

use chacha20::ChaCha20Rng;
use meter_link::frame::{Flags, Kind, Writer};
use meter_link::{Error, Fault, Field64, PartyId, Round};
use rand_core::{Rng, SeedableRng};

use crate::{METERS, World, world};

/// What comes of frames one by one and at once, which must be the same.
fn outcomes(world: &World, words: usize, frames: &[Vec<u8>]) -> Vec<Result<PartyId, Error>> {
    let waiting = (0..METERS).map(|place| place != 17).collect();
    let (kind, flags) = (Kind::Contribution, Flags::TRANSMISSION);
    let collection = meter_link::collect::Collection::new(
        world.head.parties(),
        Round::from(3),
        kind,
        flags,
        words,
        waiting,
    );
    let (mut single, mut many) = (collection.clone(), collection);
    let slices: Vec<&[u8]> = frames.iter().map(Vec::as_slice).collect();
    let one_by_one: Vec<Result<PartyId, Error>> = slices.iter().map(|frame| single.accept(frame)).collect();
    let mut at_once = Vec::new();
    many.accept_many(&slices, |index, outcome| {
        assert_eq!(index, at_once.len());
        at_once.push(outcome);
    });
    assert_eq!(at_once, one_by_one);
    assert_eq!(many.to_bytes(), single.to_bytes());
    at_once
}

fn frame(world: &World, meter: usize, values: &[u64]) -> Vec<u8> {
    let (id, key) = &world.keys[meter];
    let header = world.view.header(Kind::Contribution, Flags::TRANSMISSION, *id, Round::from(3));
    let mut out = vec![0u8; 32 + 8 * values.len()];
    let mut writer = Writer::frame(&mut out, &header).unwrap();
    let values: Vec<Field64> = values.iter().map(|value| Field64::from_u64(*value)).collect();
    writer.elements(&values).unwrap();
    writer.finish_tagged(&header, key).unwrap().to_vec()
}

/// Every bit of a frame in the middle of a batch. Whose it claims to be is named, for whatever reason.
#[test]
fn a_flipped_bit_spoils_one_frame_and_no_other() {
    let world = world();
    let frames: Vec<Vec<u8>> = (18..38).map(|meter| frame(&world, meter, &[meter as u64, 5])).collect();
    let bad = 7;
    let mut tags = 0;
    for bit in 0..8 * frames[bad].len() {
        let mut frames = frames.clone();
        frames[bad][bit / 8] ^= 1 << (bit % 8);
        let outcomes = outcomes(&world, 2, &frames);
        for (n, outcome) in outcomes.iter().enumerate() {
            let sender = world.keys[18 + n].0;
            match outcome {
                Ok(name) => assert_eq!((n != bad, *name), (true, sender)),
                Err(_) => assert_eq!(n, bad, "bit {bit}"),
            }
        }
        tags += usize::from(outcomes[bad] == Err(Fault::BadTag.of(world.keys[18 + bad].0)));
    }
    // Payload and tag, and what of the header leads to no other refusal.
    assert!(tags >= 8 * 32, "{tags}");
}

/// Sizes of batches around 16 and 64, lengths of payloads around whole blocks, and among right frames some that are
/// not: another tag, length, round, sender, and frames that came before.
#[test]
fn batches_of_every_size() {
    let world = world();
    let mut rng = ChaCha20Rng::seed_from_u64(11);
    for count in [0, 1, 2, 15, 16, 17, 31, 63, 64, 65, 80, 129, 200] {
        for words in 1..6 {
            let mut draw = |below: u32| (rng.next_u32() % below) as usize;
            let one = |draw: &mut dyn FnMut(u32) -> usize| {
                let meter = draw(METERS);
                let values: Vec<u64> = (0..words as u64).map(|n| n * 1000 + meter as u64).collect();
                let mut bytes = frame(&world, meter, &values);
                match draw(12) {
                    0 => *bytes.last_mut().unwrap() ^= 1,
                    1 => bytes = frame(&world, meter, &values[1..]),
                    2 => bytes = frame(&world, meter, &[&values[..], &[1]].concat()),
                    3 => bytes[12] ^= 1,
                    4 => bytes[8] ^= 1 << draw(8),
                    5 => bytes.truncate(draw(48)),
                    6 => bytes = frame(&world, meter, &vec![u64::MAX; words]),
                    _ => {}
                }
                bytes
            };
            let frames: Vec<Vec<u8>> = (0..count).map(|_| one(&mut draw)).collect();
            let right = outcomes(&world, words, &frames).iter().filter(|outcome| outcome.is_ok()).count();
            assert!(count < 15 || right > count / 4, "{right} of {count}");
        }
    }
}
