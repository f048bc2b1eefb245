//! What a key ceremony costs one participant: bytes it sends, and time for each step, all others being there.
//!
//!     cargo run --release -p threshold-elgamal --example ceremony [n t]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::time::Instant;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use meter_link::answer::Threshold;
use meter_link::{GroupConfig, GroupId, GroupParams, Identity, PartyId, Protocol};
use threshold_elgamal::Params;
use threshold_elgamal::ceremony::{Ceremony, Joining, Participant, Seat};

fn main() {
    let given: Vec<u8> = std::env::args().skip(1).map(|n| n.parse().unwrap()).collect();
    let cases = match given[..] {
        [n, t] => vec![(n, t)],
        _ => vec![(4, 3), (7, 5), (16, 11), (31, 21)],
    };
    println!("n t | announcement echo shares confirmation, bytes | announce echo deal take confirm, ms");
    cases.into_iter().for_each(|(n, t)| ceremony(n, t));
}

fn ceremony(n: u8, t: u8) {
    let mut config = GroupConfig::new(Protocol::Elgamal, GroupId(1));
    (config.max_meters, config.max_reading) = (1000, 1_000_000);
    let threshold = Threshold::new(n, t, 1).unwrap();
    let params = Params::new(GroupParams::new(config).unwrap(), threshold).unwrap();
    let identity = |number: u8| Identity::from_bytes(&mut [number; 32]);
    let seat = |number: u8| Seat { id: PartyId(number.into()), identity: identity(number).public() };
    let seats: Vec<Seat> = (1..=n).map(seat).collect();
    let ceremony = Ceremony::generate(&params, 1, &seats).unwrap();
    let mut rng = ChaCha20Rng::from_seed([1; 32]);
    let mut times = Vec::new();
    let mut timed = |from: Instant| times.push(from.elapsed().as_secs_f64() * 1e3 / f64::from(n));

    let from = Instant::now();
    let begin = |number: u8| {
        let participant = Participant { id: PartyId(number.into()), identity: identity(number), share: None };
        Joining::begin(&ceremony, participant, &mut rng).unwrap().stored()
    };
    let mut joining: Vec<Joining> = (1..=n).map(begin).collect();
    timed(from);
    let from = Instant::now();
    let announced: Vec<Vec<u8>> = joining.iter().map(|party| party.frame().to_vec()).collect();
    joining.iter_mut().for_each(|party| announced.iter().for_each(|frame| party.accept(frame).unwrap()));
    let mut echoing: Vec<_> = joining.into_iter().map(|party| party.close().unwrap().stored()).collect();
    timed(from);
    let from = Instant::now();
    let echoes: Vec<Vec<u8>> = echoing.iter().map(|party| party.frame().to_vec()).collect();
    echoing.iter_mut().for_each(|party| echoes.iter().for_each(|frame| party.accept(frame).unwrap()));
    let mut sharing: Vec<_> = echoing.into_iter().map(|party| party.close().unwrap()).collect();
    timed(from);
    let from = Instant::now();
    let shares: Vec<Vec<u8>> = sharing.iter().map(|party| party.frame().unwrap().to_vec()).collect();
    sharing.iter_mut().for_each(|party| shares.iter().for_each(|frame| party.accept(frame).unwrap()));
    timed(from);
    let from = Instant::now();
    let mut confirming: Vec<_> = sharing.into_iter().map(|party| party.close().unwrap().stored()).collect();
    let ended: Vec<Vec<u8>> = confirming.iter().map(|party| party.frame().unwrap().to_vec()).collect();
    confirming.iter_mut().for_each(|party| ended.iter().for_each(|frame| party.accept(frame).unwrap()));
    let keys: Vec<_> = confirming.into_iter().map(|party| party.finish().unwrap().keys).collect();
    timed(from);
    assert!(keys.iter().all(|other| *other == keys[0]));
    let sizes = [&announced, &echoes, &shares, &ended].map(|frames| frames[0].len());
    println!("{n} {t} | {sizes:?} | {times:.1?}");
}
