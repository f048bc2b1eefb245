//! By the utility: what it asks for, and of whom.

use chacha20::{ChaCha8Rng, rand_core::SeedableRng};
use ckks_agg::{Error, Fault, KeyHolder, Misuse, SecretKey, Verifier};
use meter_link::answer::Quorum;
use meter_link::cohort::Party;
use meter_link::{Kind, PartyId};

use crate::adversary::{open_and_close, signed};
use crate::world::{FIRST, World, form, round, slices};
use crate::{link, one};

/// A ciphertext that is in no aggregate: there is nothing to send it with. A list of other contributions than the set's, a smaller
/// set, one meter's ciphertext in every place: all are refused.
#[test]
fn decryption_outside_the_aggregate() {
    let mut world = World::held(5);
    let at = round(FIRST);
    let utility = form(&world.params, 5, world.seed).utility.identity;
    let frames: Vec<Vec<u8>> = (0..5).map(|i| world.frame(i, at, &[100 + i as i64])).collect();
    let blame = |fault: Fault| fault.of(PartyId::UTILITY);
    let ask = |world: &mut World, members: &[bool], list: &[Vec<u8>]| {
        let (open, close) = open_and_close(&world.view, &utility, at, members, &[1]);
        let mut fresh = World::held(5);
        let holder = fresh.holder.as_mut().unwrap();
        holder.open(at, &open)?;
        holder.answer(at, &close, &slices(list), &mut world.rng).map(|_| ())
    };
    let mut alone = [false; 5];
    alone[2] = true;
    let refused = ask(&mut world, &alone, &frames[2..3]);
    assert_eq!(refused, Err(blame(link(meter_link::Fault::SetTooSmall))));
    let two = ask(&mut world, &[true, true, false, false, false], &frames[..2]);
    assert_eq!(two, Err(blame(link(meter_link::Fault::SetTooSmall))));
    let copies = vec![frames[2].clone(); 5];
    assert_eq!(ask(&mut world, &[true; 5], &copies), Err(blame(Fault::WrongList)));
    assert_eq!(ask(&mut world, &[true; 5], &frames[..4]), Err(blame(Fault::WrongList)));
    let mut swapped = frames.clone();
    swapped.swap(0, 1);
    assert_eq!(ask(&mut world, &[true; 5], &swapped), Err(blame(Fault::WrongList)));
    // A contribution of another round.
    let mut other = frames.clone();
    other[3] = world.frame(3, round(FIRST + 1), &[1]);
    assert_eq!(ask(&mut world, &[true; 5], &other), Err(blame(Fault::WrongList)));
    // A ciphertext that no meter has signed.
    let mut forged = frames.clone();
    forged[3][200] ^= 1;
    assert_eq!(ask(&mut world, &[true; 5], &forged), Err(blame(Fault::WrongList)));
    ask(&mut world, &[true; 5], &frames).unwrap();
}

/// What a meter saw in one epoch it could commit to in the next, a multiple of a victim's ciphertext say, if the key were the same.
#[test]
fn a_holders_key_serves_one_epoch() {
    let world = World::held(5);
    for key in [
        SecretKey::generate(&world.ring, &mut ChaCha8Rng::seed_from_u64(1)),
        SecretKey::of_epoch(
            &world.ring,
            &form(&world.params, 5, world.seed + 1).view,
            &mut ChaCha8Rng::seed_from_u64(1),
        ),
    ] {
        let mut cohort = form(&world.params, 5, world.seed);
        let Party { identity, link, .. } = cohort.answerers.remove(0);
        let (params, view) = (&world.params, &world.view);
        assert_eq!(
            Verifier::new(params, view, &cohort.roster, key.public_key()).map(|_| ()),
            Err(Misuse::WrongKey.into())
        );
        let holder = KeyHolder::new(params, view, identity, &link, key, &world.encoder, cohort.roster);
        assert_eq!(holder.map(|_| ()), Err(Misuse::WrongKey.into()));
    }
}

/// Two sets of a round that differ by one meter: their sums differ by its reading.
#[test]
fn two_sets_of_one_round() {
    let mut world = World::new(12);
    let at = round(FIRST);
    let utility = form(&world.params, 12, world.seed).utility.identity;
    let frames: Vec<Vec<u8>> = (0..12).map(|i| world.frame(i, at, &[i as i64])).collect();
    let (open, close) = open_and_close(&world.view, &utility, at, &[true; 12], &[1, 2, 3]);
    let trustee = &mut world.trustees[0];
    trustee.open(at, &open).unwrap();
    trustee.agree(at, &close, &slices(&frames)).unwrap().stored();
    let mut fields = [true; 12];
    fields[5] = false;
    let less = meter_link::round::CloseFields {
        round: at,
        pass: 1,
        previous: meter_link::round::frame_hash(&open),
        quorum: Some(Quorum::new(&[1, 2, 3]).unwrap()),
        is_final: true,
        set: &fields,
    };
    let mut out = vec![0; 1000];
    let second = less.sign(&world.view, &utility, &mut out).unwrap().to_vec();
    let mut list = frames.clone();
    list.remove(5);
    let refused = trustee.agree(at, &second, &slices(&list)).map(|_| ());
    assert_eq!(refused, Err(link(meter_link::Fault::Contradiction).of(PartyId::UTILITY)));
}

/// The same set with another ciphertext of one meter, which has signed both: what trustees state is about the bytes.
#[test]
fn other_ciphertexts_of_the_same_set() {
    let mut world = World::new(4);
    let at = round(FIRST);
    let collecting = world.collect(at, &one(&[1, 2, 3, 4]));
    let mut closed = world.utility.close(collecting, &Quorum::new(&[1, 2, 3]).unwrap()).unwrap();
    let mut list: Vec<Vec<u8>> = closed.contributions().map(<[u8]>::to_vec).collect();
    list[3] = world.frame(3, at, &[5]);
    let close = closed.frame().to_vec();
    let other = world.trustees[1].agree(at, &close, &slices(&list)).unwrap().stored();
    let wrong = closed.accept_statement(&other);
    assert_eq!(wrong, Err(link(meter_link::Fault::WrongSet).of(PartyId(2))));
    let own: Vec<Vec<u8>> = closed.contributions().map(<[u8]>::to_vec).collect();
    let mut statements = vec![other];
    for number in [1, 3] {
        statements.push(world.trustees[number - 1].agree(at, &close, &slices(&own)).unwrap().stored());
    }
    let refused = world.trustees[0].answer(&slices(&statements), &mut world.rng).map(|_| ());
    assert_eq!(refused, Err(link(meter_link::Fault::WrongSet).of(PartyId(2))));
}

/// Two lists of commitments: each answerer goes by one, and a meter contributes when enough go by the same.
#[test]
fn two_lists_of_commitments() {
    let mut world = World::new(5);
    let utility = form(&world.params, 5, world.seed).utility.identity;
    let list = world.utility.list().unwrap();
    let mut payload = list[16..list.len() - 64].to_vec();
    let last = payload.len() - 1;
    payload[last] ^= 1;
    let view = &world.view;
    let other = signed(view, &utility, Kind::CommitmentList, 0, PartyId::UTILITY, round(FIRST), &payload);
    for trustee in &mut world.trustees {
        let refused = trustee.certify(&other).map(|_| ());
        assert_eq!(refused, Err(link(meter_link::Fault::Contradiction).of(PartyId::UTILITY)));
        // The same again is not another.
        trustee.certify(&list).unwrap().stored();
    }
    // Three of five for one list, two for another: a meter takes neither from two.
    let mut split = World::uncommitted(world.params, 5, 1);
    let mut certify = |number: usize, list: &[u8]| split.trustees[number].certify(list).unwrap().stored();
    let statements = [certify(0, &list), certify(1, &list), certify(2, &other), certify(3, &other)];
    let mut meter = world.meter_uncertified(0);
    meter.commit().unwrap();
    let refused = meter.certify(&world.view, world.roster.answerers(), &slices(&statements));
    assert_eq!(refused, Err(Error::Quorum { have: 2, need: 3 }));
    assert!(!meter.is_certified());
    let twice = [statements[0].clone(), statements[0].clone(), statements[1].clone()];
    let refused = meter.certify(&world.view, world.roster.answerers(), &slices(&twice));
    assert_eq!(refused, Err(Error::Quorum { have: 2, need: 3 }));
}

/// More answers than the floods were made for.
#[test]
fn answers_beyond_the_flood() {
    let flooding = ckks_agg::Flood::new(40, 2).unwrap();
    let params = crate::world::params(4, ckks_agg::Opening::Holder, ckks_agg::Values::Integers);
    let mut world = World::with(params.with_flooding(flooding).unwrap(), 4, 1);
    for at in [FIRST, FIRST + 1] {
        world.play(at, &one(&[1, 2, 3, 4]), &[1]).unwrap();
    }
    assert_eq!(world.play(FIRST + 2, &one(&[1, 2, 3, 4]), &[1]), Err(Misuse::BadFlood.into()));
}
