//! What bills cost on this machine, and combining beside elastic-elgamal:
//! `cargo run --release -p threshold-elgamal --example bills`.
//!
//! Times as [`cost::least`] takes them.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::print_stdout,
    clippy::cast_possible_wrap
)]

#[path = "../tests/world/adversary.rs"]
mod adversary;
#[path = "../tests/world/windows.rs"]
mod billing;
#[path = "timing/cost.rs"]
mod cost;
#[path = "../tests/world/shares.rs"]
mod shares;
#[path = "../tests/world/parties.rs"]
mod world;

use std::hint::black_box;

use billing::{END, QUORUM, billed, reading};
use chacha20::ChaCha8Rng;
use chacha20::rand_core::SeedableRng;
use cost::{cost, least};
use elastic_elgamal::group::Ristretto;
use elastic_elgamal::sharing::{Dealer, Params as TheirParams};
use meter_link::answer::{Quorum, Threshold};
use threshold_elgamal::{combine, deal};
use world::{FIRST, TABLE, World, round, slices};

const METERS: u32 = 240;

fn main() {
    if std::env::args().any(|argument| argument == "combining") {
        return combining();
    }
    window();
    combining();
}

fn window() {
    let mut world = World::with(billed(METERS), METERS, 1);
    let mut last = None;
    for n in FIRST..=END {
        let readings: Vec<Option<i64>> = (0..METERS as usize).map(|i| Some(reading(i, n))).collect();
        let collecting = world.collect(round(n), &readings);
        let closed = world.utility.close(collecting, &Quorum::new(&QUORUM).unwrap()).unwrap();
        let list: Vec<&[u8]> = closed.contributions().collect();
        for trustee in &mut world.trustees[..3] {
            trustee.follow(round(n), closed.frame(), &list).unwrap().stored();
        }
        last = Some(closed);
    }
    let (closed, now) = (last.unwrap(), round(END + 1));
    let list: Vec<&[u8]> = closed.contributions().collect();
    cost(&format!("trustee: check and follow a list of {METERS}"), 1, || {
        world.trustees[0].follow(round(END), closed.frame(), &list).unwrap().stored()
    });
    let meters = world.utility.billable(round(FIRST)).unwrap();
    let mut billing = world.utility.bill(round(FIRST), &meters, &Quorum::new(&QUORUM).unwrap()).unwrap();
    let mut statements = Vec::new();
    for trustee in &mut world.trustees[..3] {
        statements.push(trustee.agree_bill(now, billing.frame()).unwrap().stored());
    }
    for statement in &statements {
        billing.accept_statement(statement).unwrap();
    }
    cost(&format!("trustee: sign a query of {METERS} bills"), 1, || {
        world.trustees[0].agree_bill(now, billing.frame()).unwrap().stored()
    });
    cost(&format!("trustee: shares of {METERS} bills, one proof"), 1, || {
        world.trustees[0].answer(&slices(&statements)).unwrap().stored()
    });
    for trustee in &mut world.trustees[..3] {
        let share = trustee.answer(&slices(&statements)).unwrap().stored();
        billing.accept(&share).unwrap();
        if trustee.number() == 1 {
            println!("{:<62}{:>10} B", "  their frame", share.len());
            cost("utility: check them", 1, || billing.accept(&share).unwrap());
        }
    }
    cost(&format!("utility: combine and search {METERS} bills"), 1, || billing.bills(&TABLE).unwrap());
    println!("{:<62}{:>10} B", "trustee: state", world.trustees[0].to_bytes().unwrap().len());
}

/// 3 of 5, of the same numbers, in turns: the least of each.
fn combining() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let threshold = Threshold::trusting_the_utility_not_to_equivocate(5, 3).unwrap();
    let (keys, secrets) = deal(threshold, &mut rng).unwrap();
    let params = TheirParams::new(5, 3);
    let dealer = Dealer::<Ristretto>::new(params, &mut rng);
    let (polynomial, proof) = dealer.public_info();
    let set = elastic_elgamal::sharing::PublicKeySet::new(params, polynomial, proof).unwrap();
    let participants: Vec<_> = (0..5)
        .map(|i| {
            let secret = dealer.secret_share_for_participant(i);
            elastic_elgamal::sharing::ActiveParticipant::new(set.clone(), i, secret).unwrap()
        })
        .collect();
    let theirs = set.shared_key().encrypt(1234u64, &mut rng);
    let given: Vec<_> = participants
        .iter()
        .enumerate()
        .map(|(i, participant)| {
            let (share, proof) = participant.decrypt_share(theirs, &mut rng);
            (i, set.verify_share(share.into(), theirs, i, &proof).unwrap())
        })
        .collect();
    let blinding = threshold_elgamal::Blinding::from_bytes(&mut [7; 32]).unwrap();
    let ours = threshold_elgamal::Ciphertext::encrypt(keys.group_key(), 1234, &blinding);
    let checked: Vec<_> = secrets.iter().map(|share| shares::checked(&keys, share, &ours)).collect();
    for quorum in [[0, 1, 2], [1, 2, 3], [0, 1, 3], [0, 2, 4]] {
        let of_ours = quorum.map(|i| checked[i]);
        let of_theirs = quorum.map(|i| given[i]);
        let (mut own, mut peer) = (f64::MAX, f64::MAX);
        for _ in 0..3 {
            own = own.min(eighth(|| combine(&keys, &ours, &of_ours).unwrap()));
            peer = peer.min(eighth(|| params.combine_shares(of_theirs).unwrap()));
        }
        let numbers = quorum.map(|i| i + 1);
        println!(
            "combine {numbers:?} of 5: {own:.2} µs, elastic-elgamal {peer:.1} µs, {:.0} times",
            peer / own
        );
    }
}

/// The least time of work so short that the clock counts.
fn eighth<T>(mut work: impl FnMut() -> T) -> f64 {
    least(|| (0..8).for_each(|_| drop(black_box(work())))) / 8.0
}
