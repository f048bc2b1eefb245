//! Contributions checked many at once, with hints and without, have the outcomes that they have alone. Lists of fewer
//! than eight proofs are checked by their hints on every machine.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

#[path = "world/adversary.rs"]
mod adversary;
#[path = "world/parties.rs"]
mod world;

use curve25519_dalek::ristretto::CompressedRistretto;
use curve25519_dalek::{RistrettoPoint, Scalar};
use meter_link::answer::Quorum;
use meter_link::{GroupConfig, GroupParams, PartyId};
use proptest::prelude::*;
use sha2::{Digest, Sha512};
use threshold_elgamal::{Error, Fault, Knowledge, Params, Place};
use world::{FIRST, World, config, round, slices};

/// What a verification gives, so that it can be compared.
type Outcome = Result<(PartyId, Vec<u8>, Vec<u8>), Error>;

fn told(outcome: Result<threshold_elgamal::Contribution, Error>) -> Outcome {
    outcome.map(|one| (one.meter(), one.frame().to_vec(), one.commitments().to_vec()))
}

fn alone(world: &World, frames: &[Vec<u8>]) -> Vec<Outcome> {
    frames.iter().map(|frame| told(world.utility.verifier().verify(round(FIRST), frame))).collect()
}

fn together(world: &World, frames: &[Vec<u8>]) -> Vec<Outcome> {
    let outcomes = world.utility.verifier().verify_all(round(FIRST), &slices(frames));
    outcomes.into_iter().map(told).collect()
}

fn hinted(world: &World, frames: &[Vec<u8>], hints: &[u8]) -> Vec<Outcome> {
    let outcomes = world.utility.verifier().verify_hinted(round(FIRST), &slices(frames), hints);
    outcomes.into_iter().map(told).collect()
}

/// Alone, together, and with each of the hints: the same. Gives who is refused.
#[track_caller]
fn same(world: &World, frames: &[Vec<u8>], hints: &[&[u8]]) -> Vec<Error> {
    let alone = alone(world, frames);
    assert_eq!(together(world, frames), alone);
    for hints in hints {
        assert_eq!(hinted(world, frames, hints), alone);
    }
    alone.into_iter().filter_map(Result::err).collect()
}

fn frames(world: &mut World, meters: usize) -> Vec<Vec<u8>> {
    (0..meters).map(|meter| world.frame(meter, round(FIRST), &[meter as i64 - 3])).collect()
}

/// What an honest utility hands on: nothing, of what it refused.
fn hints(world: &World, frames: &[Vec<u8>]) -> Vec<u8> {
    let one = |outcome: Outcome| outcome.map_or_else(|_| vec![0; 64], |(_, _, commitments)| commitments);
    alone(world, frames).into_iter().flat_map(one).collect()
}

fn key(world: &World) -> RistrettoPoint {
    CompressedRistretto(*world.keys.group_key().encoding()).decompress().unwrap()
}

fn challenge(world: &World, id: PartyId, ciphertext: &[u8; 64], commitments: &[u8; 64]) -> Scalar {
    let (context, key) = (world.view.context().as_bytes(), world.keys.group_key());
    let (at, id, channel) = (u64::from(FIRST).to_le_bytes(), id.0.to_le_bytes(), [0; 2]);
    let place =
        [b"wattsum v1 elgamal knowledge" as &[u8], context, key.key_set(), &at, &id, &channel].concat();
    let hashed = [&place[..], key.encoding(), ciphertext, commitments].concat();
    Scalar::from_bytes_mod_order_wide(&Sha512::digest(hashed).into())
}

/// A frame with another payload, signed by its meter.
fn resigned(world: &World, meter: usize, frame: &[u8], change: impl FnOnce(&mut [u8])) -> Vec<u8> {
    let mut payload = frame[16..frame.len() - 64].to_vec();
    change(&mut payload);
    adversary::contribution(&world.view, &world.meters[meter], round(FIRST), &payload)
}

#[test]
fn commitments_are_those_of_the_equations() {
    let mut world = World::new(3);
    let frame = world.frame(1, round(FIRST), &[77]);
    let checked = world.utility.verifier().verify(round(FIRST), &frame).unwrap();
    let scalar = |at: usize| Scalar::from_canonical_bytes(frame[at..at + 32].try_into().unwrap()).unwrap();
    let (c, z_r, z_m) = (scalar(80), scalar(112), scalar(144));
    let (ciphertext, base) = (adversary::ciphertext(&frame), RistrettoPoint::mul_base(&Scalar::ONE));
    let y = key(&world);
    let first = base * z_r - ciphertext.r() * c;
    let second = base * z_m + y * z_r - ciphertext.c() * c;
    assert_eq!(checked.commitments(), adversary::encoded(first, second));
    // Where all meters are trusted there are none, and hints for them are none.
    let mut trusting = World::with(world::params(3).trust_all_meters(), 3, 1);
    let frames = frames(&mut trusting, 3);
    assert_eq!(hints(&trusting, &frames), []);
    assert_eq!(same(&trusting, &frames, &[&[], &[1; 64], &[0; 192]]), []);
}

#[test]
fn none_one_and_the_same_twice() {
    let mut world = World::new(5);
    let frames = frames(&mut world, 5);
    let right = hints(&world, &frames);
    assert_eq!(right.len(), 5 * 64);
    same(&world, &[], &[&[], &right]);
    same(&world, &frames[..1], &[&right[..64], &right[64..128], &right]);
    let twice = [&frames[..], &frames[..]].concat();
    assert_eq!(same(&world, &twice, &[&[&right[..], &right[..]].concat(), &right]), []);
    assert_eq!(same(&world, &frames, &[&right, &right[..319], &right[..256], &[], &[7; 320]]), []);
}

/// The hints that a malicious utility could think of.
#[test]
fn hints_that_are_wrong() {
    let mut world = World::new(6);
    let mut frames = frames(&mut world, 6);
    let right = hints(&world, &frames);
    let changed = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut hints = right.clone();
        change(&mut hints);
        hints
    };
    let swapped = changed(&|hints| hints.rotate_left(64));
    let crossed = changed(&|hints| hints.rotate_left(32));
    let one_flipped = changed(&|hints| hints[70] ^= 1);
    let of_another = changed(&|hints| hints.copy_within(64..128, 192));
    let identity = changed(&|hints| hints[128..192].fill(0));
    let no_point = changed(&|hints| hints[0..64].fill(0xff));
    // Encodings are even numbers.
    let odd = changed(&|hints| hints[0] |= 1);
    let wrong = [swapped, crossed, one_flipped, of_another, identity, no_point, odd];
    let wrong: Vec<&[u8]> = wrong.iter().map(Vec::as_slice).collect();
    assert_eq!(same(&world, &frames, &wrong), []);
    // And they make no bad proof good.
    frames[2] = resigned(&world, 2, &frames[2], |payload| payload[130] ^= 1);
    let bad = Fault::BadKnowledge.of(world.meters[2].id);
    assert_eq!(same(&world, &frames, &[&[&right[..]], &wrong[..]].concat()), [bad]);
}

/// A prover whose challenge is the hash of T₁ and T₂ that are not those of its answers: all of the check but the
/// equations is met, if the utility passes T₁ and T₂ on.
fn hollow(world: &World, meter: usize, shift: [Scalar; 2], seed: u64) -> (Vec<u8>, Vec<u8>) {
    let at = round(FIRST);
    let party = &world.meters[meter];
    let small = |n: u64| Scalar::from(n);
    let (r, k_r, k_m) = (small(1000 + seed), small(2000 + seed), small(3000 + seed));
    let y = key(world);
    let base = RistrettoPoint::mul_base;
    // An encryption of 0 under r, with honest answers; then the commitments are shifted before they are hashed.
    let ciphertext = adversary::encoded(base(&r), y * r);
    let commitments =
        adversary::encoded(base(&k_r) + base(&shift[0]), base(&k_m) + y * k_r + base(&shift[1]));
    let c = challenge(world, party.id, &ciphertext, &commitments);
    let (z_r, z_m) = (k_r + c * r, k_m);
    let payload = [&ciphertext[..], c.as_bytes(), z_r.as_bytes(), z_m.as_bytes()].concat();
    (adversary::contribution(&world.view, party, at, &payload), commitments.to_vec())
}

#[test]
fn errors_that_cancel() {
    let mut world = World::new(7);
    let (one, none) = (Scalar::ONE, Scalar::ZERO);
    // As a check of the forgery: without a shift it is a proof.
    let (good, hint) = hollow(&world, 0, [none, none], 5);
    assert_eq!(same(&world, &[good], &[&hint]), []);
    let honest = frames(&mut world, 7);
    let right = hints(&world, &honest);
    // In the two equations of one proof, and in those of two proofs, also by two meters of the same blinding.
    for shifts in [[[one, -one], [none, none]], [[one, none], [-one, none]], [[none, one], [none, -one]]] {
        for (first, second) in [(0, 1), (2, 6), (6, 5)] {
            let (mut list, mut hints, mut culprits) = (honest.clone(), right.clone(), vec![]);
            for (meter, shift) in [first, second].into_iter().zip(shifts) {
                let (frame, hint) = hollow(&world, meter, shift, 9);
                list[meter] = frame;
                hints[64 * meter..64 * meter + 64].copy_from_slice(&hint);
                if shift != [none, none] {
                    culprits.push(Fault::BadKnowledge.of(world.meters[meter].id));
                }
            }
            let mut refused = same(&world, &list, &[&hints, &right]);
            refused.sort_by_key(|error| format!("{error:?}"));
            culprits.sort_by_key(|error| format!("{error:?}"));
            assert_eq!(refused, culprits);
        }
    }
}

/// A proof of another round, and of another meter, with the hints that were right there.
#[test]
fn replayed_proof_with_its_hints() {
    let mut world = World::new(4);
    let mut list = frames(&mut world, 4);
    let mut given = hints(&world, &list);
    let later = world.frame(1, round(FIRST + 1), &[5]);
    let checked = world.utility.verifier().verify(round(FIRST + 1), &later).unwrap();
    given[64..128].copy_from_slice(checked.commitments());
    list[1] = adversary::contribution(&world.view, &world.meters[1], round(FIRST), &later[16..176]);
    let stolen = list[0][16..176].to_vec();
    list[3] = adversary::contribution(&world.view, &world.meters[3], round(FIRST), &stolen);
    given.copy_within(0..64, 192);
    let culprits = [1, 3].map(|meter: usize| Fault::BadKnowledge.of(world.meters[meter].id));
    assert_eq!(same(&world, &list, &[&given]), culprits);
}

/// At every place that is the first or last of a part, a bad proof that only the equations show, and a bad signature.
#[test]
fn bad_ones_at_every_seam() {
    let mut world = World::new(150);
    let honest = frames(&mut world, 150);
    let right = hints(&world, &honest);
    for place in [0, 63, 64, 127, 128, 149] {
        let (mut list, mut hints) = (honest.clone(), right.clone());
        let (frame, hint) = hollow(&world, place, [Scalar::ZERO, Scalar::ONE], 3);
        list[place] = frame;
        hints[64 * place..64 * place + 64].copy_from_slice(&hint);
        let other = (place + 75) % 150;
        list[other][50] ^= 1;
        let mut culprits = [
            (place, Fault::BadKnowledge.of(world.meters[place].id)),
            (other, Fault::Link(meter_link::Fault::BadSignature).of(world.meters[other].id)),
        ];
        culprits.sort_by_key(|(place, _)| *place);
        assert_eq!(same(&world, &list, &[&hints]), culprits.map(|(_, error)| error));
    }
}

/// Everything else that can be wrong with a frame, in one list: each keeps its own error.
#[test]
fn every_fault_in_one_list() {
    let mut world = World::new(12);
    let mut list = frames(&mut world, 12);
    let right = hints(&world, &list);
    let id = |meter: usize| world.meters[meter].id;
    list[1] = resigned(&world, 1, &list[1], |payload| payload[..32].fill(0));
    list[2] = resigned(&world, 2, &list[2], |payload| payload[..32].fill(0xff));
    list[3] = resigned(&world, 3, &list[3], |payload| payload[32..64].fill(0xff));
    list[4] = resigned(&world, 4, &list[4], |payload| payload[64..96].fill(0xff));
    list[5] = adversary::contribution(&world.view, &world.meters[5], round(FIRST), &list[5][16..170]);
    list[6] = adversary::contribution(&world.view, &world.meters[6], round(FIRST), &list[6][16..180]);
    list[7] = adversary::contribution(&world.view, &world.meters[7], round(FIRST + 1), &list[7][16..176]);
    list[8].truncate(20);
    list[9][8] ^= 0x80; // of somebody else
    list[10].clear();
    let errors = same(&world, &list, &[&right]);
    let expected = [
        Fault::IdentityPoint.of(id(1)),
        Fault::NotAPoint.of(id(2)),
        Fault::NotAPoint.of(id(3)),
        Fault::NotAScalar.of(id(4)),
        meter_link::Malformed::Truncated.into(),
        meter_link::Malformed::TrailingBytes.into(),
        Fault::Link(meter_link::Fault::WrongRound).of(id(7)),
        meter_link::Malformed::Truncated.into(),
    ];
    assert_eq!(errors[..8], expected);
    assert!(matches!(errors[8], Error::Fault { fault: Fault::Link(meter_link::Fault::UnknownSender), .. }));
    assert_eq!(errors[9..], [meter_link::Malformed::Truncated.into()]);
}

fn of_channels(channels: u16) -> Params {
    let config = GroupConfig { channels, ..config(7) };
    Params::new(GroupParams::new(config).unwrap(), meter_link::answer::Threshold::DEFAULT).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Random corruption of frames, before and after they are signed, and of hints.
    #[test]
    fn all_ways_agree(
        channels in 1u16..4,
        spoilt in prop::collection::vec((0usize..7, any::<prop::sample::Index>(), any::<bool>(), 0u8..8), 0..5),
        wrong in prop::collection::vec((any::<prop::sample::Index>(), 0u8..8), 0..3),
        order in Just((0..7usize).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let mut world = World::with(of_channels(channels), 7, 3);
        let readings = [5, -6, 7];
        let mut list: Vec<Vec<u8>> = (0..7)
            .map(|meter| world.frame(meter, round(FIRST), &readings[..usize::from(channels)]))
            .collect();
        let mut given = hints(&world, &list);
        let mut touched = [false; 7];
        for (meter, at, signed, bit) in spoilt {
            touched[meter] = true;
            let flip = |bytes: &mut [u8]| bytes[at.index(bytes.len())] ^= 1 << bit;
            if signed {
                list[meter] = resigned(&world, meter, &list[meter], flip);
            } else {
                flip(&mut list[meter]);
            }
        }
        for (at, bit) in wrong {
            given[at.index(64)] ^= 1 << bit;
        }
        let len = given.len() / 7;
        let list: Vec<Vec<u8>> = order.iter().map(|meter| list[*meter].clone()).collect();
        let given: Vec<u8> = order.iter().flat_map(|meter| given[len * meter..len * (meter + 1)].to_vec()).collect();
        let outcomes = alone(&world, &list);
        prop_assert_eq!(&together(&world, &list), &outcomes);
        prop_assert_eq!(&hinted(&world, &list, &given), &outcomes);
        for (outcome, meter) in outcomes.iter().zip(order) {
            // Two flips may undo each other.
            prop_assert!(touched[meter] || outcome.is_ok());
        }
        for outcome in outcomes.into_iter().flatten() {
            let (id, frame, _) = outcome;
            for (channel, bytes) in (0..).zip(frame[16..16 + 160 * usize::from(channels)].chunks(160)) {
                let place = Place { context: world.view.context(), round: round(FIRST), id, channel };
                let knowledge = Knowledge::from_bytes(bytes[64..].try_into().unwrap()).unwrap();
                let key = world.keys.group_key();
                prop_assert_eq!(knowledge.verify(&place, key, bytes[..64].try_into().unwrap()), Ok(()));
            }
        }
    }
}

/// A trustee signs the same statement, and refuses the same lists, whatever hints the utility gives.
#[test]
fn trustees_agree_whatever_the_hints() {
    let mut world = World::new(5);
    let at = round(FIRST);
    let collecting = world.collect(at, &[Some(1); 5]);
    let closed = world.utility.close(collecting, &Quorum::new(&[1, 2, 3]).unwrap()).unwrap();
    let list: Vec<Vec<u8>> = closed.contributions().map(<[u8]>::to_vec).collect();
    let right = closed.hints();
    assert_eq!(right, hints(&world, &list));
    let mut swapped = right.clone();
    swapped.rotate_left(64);
    let mut bad = list.clone();
    bad[2] = resigned(&world, 2, &list[2], |payload| payload[100] ^= 1);
    let culprit = Fault::BadKnowledge.of(world.meters[2].id);
    let mut statements = vec![];
    for (trustee, hints) in world.trustees.iter_mut().zip([&right[..], &swapped, &right[..100]]) {
        let refused = trustee.agree_hinted(at, closed.frame(), &slices(&bad), hints).map(|_| ());
        assert_eq!(refused, Err(culprit));
        let mut statement = trustee.agree_hinted(at, closed.frame(), &slices(&list), hints).unwrap().stored();
        let trusted = trustee.agree(at, closed.frame(), &slices(&list)).unwrap().stored();
        assert_eq!(statement, trusted);
        // But for who signs, all the same.
        statement.truncate(statement.len() - 64);
        statements.push(statement[16..].to_vec());
    }
    assert!(statements.windows(2).all(|pair| pair[0] == pair[1]));
    let last = &mut world.trustees[3];
    assert_eq!(last.follow_hinted(at, closed.frame(), &slices(&bad), &right).map(|_| ()), Err(culprit));
    last.follow_hinted(at, closed.frame(), &slices(&list), &swapped).unwrap().stored();
}
