//! Parties that start again from what they stored.

use ckks_agg::joint::JointSecret;
use ckks_agg::{Analytics, Error, KeyHolder, Misuse, Sums, Trustee};
use meter_link::Malformed;
use meter_link::answer::Quorum;
use meter_link::cohort::Party;

use crate::one;
use crate::world::{FIRST, World, ceremony, form, round, slices};

const QUORUM: [u8; 3] = [1, 2, 3];

fn bad_record() -> Error {
    Malformed::BadRecord.into()
}

/// The joint secret of trustee 1, as it was stored.
fn secret(world: &World) -> JointSecret {
    use chacha20::rand_core::SeedableRng;
    let cohort = form(&world.params, world.view.meters(), world.seed);
    let mut rng = chacha20::ChaCha8Rng::seed_from_u64(!world.seed);
    let stored = ceremony(&world.params, &cohort, &world.ring, &mut rng).0.remove(0).to_bytes();
    for at in (0..stored.len()).step_by(4097) {
        let mut bad = stored.to_vec();
        bad[at] ^= 1;
        assert_eq!(JointSecret::from_bytes(&world.ring, &bad).unwrap_err(), bad_record());
        assert_eq!(JointSecret::from_bytes(&world.ring, &stored[..at]).unwrap_err(), bad_record());
    }
    JointSecret::from_bytes(&world.ring, &stored).unwrap()
}

fn trustee(world: &World, state: &[u8]) -> Result<Trustee, Error> {
    let mut cohort = form(&world.params, world.view.meters(), world.seed);
    let Party { identity, .. } = cohort.answerers.remove(0);
    let (params, view, roster) = (&world.params, &world.view, cohort.roster);
    Trustee::from_bytes(params, view, identity, secret(world), &world.key, roster, state)
}

#[test]
fn a_trustee_that_starts_again_answers_no_round_twice() {
    let mut world = World::new(4);
    let before = world.trustees[0].to_bytes().unwrap();
    let at = round(FIRST);
    let collecting = world.collect(at, &one(&[1, 2, 3, 4]));
    let open = collecting.frame().to_vec();
    let mut closed = world.utility.close(collecting, &Quorum::new(&QUORUM).unwrap()).unwrap();
    let list: Vec<Vec<u8>> = closed.contributions().map(<[u8]>::to_vec).collect();
    for number in QUORUM {
        let trustee = &mut world.trustees[usize::from(number) - 1];
        closed
            .accept_statement(&trustee.agree(at, closed.frame(), &slices(&list)).unwrap().stored())
            .unwrap();
    }
    let statements: Vec<Vec<u8>> = closed.statements().map(<[u8]>::to_vec).collect();
    // A record that is stored, and a share that never left.
    let prepared = world.trustees[0].answer(&slices(&statements), &mut world.rng).unwrap();
    let record = prepared.record().to_vec();
    drop(prepared);

    // From the state before, and the record.
    let mut again = trustee(&world, &before).unwrap();
    again.replay(&record).unwrap();
    let after = again.to_bytes().unwrap();
    for mut again in [again, trustee(&world, &after).unwrap()] {
        again.open(at, &open).unwrap();
        again.agree(at, closed.frame(), &slices(&list)).unwrap().stored();
        let refused = again.answer(&slices(&statements), &mut world.rng).map(|_| ());
        assert_eq!(refused, Err(Misuse::AnsweredBefore.into()));
        // Nor for another quorum.
        let other = closed_again(&mut world, &mut closed, &[1, 4, 5]);
        again.agree(at, &other, &slices(&list)).unwrap().stored();
        let refused = again.answer(&slices(&statements), &mut world.rng).map(|_| ());
        assert_eq!(refused, Err(Misuse::AnsweredBefore.into()));
    }
    // The next round goes on with it.
    world.trustees[0] = trustee(&world, &after).unwrap();
    let totals = world.play(FIRST + 1, &one(&[5, 6, 7, 8]), &QUORUM).unwrap();
    assert_eq!(totals.sums, Sums::Exact(vec![26]));

    for at in (0..before.len()).step_by(61) {
        let mut bad = before.to_vec();
        bad[at] ^= 1;
        let mut cohort = form(&world.params, 4, world.seed);
        let identity = cohort.answerers.remove(0).identity;
        let (params, view, key) = (&world.params, &world.view, &world.key);
        let secret = JointSecret::from_bytes(&world.ring, &secret(&world).to_bytes()).unwrap();
        let refused = Trustee::from_bytes(params, view, identity, secret, key, cohort.roster, &bad);
        assert_eq!(refused.unwrap_err(), bad_record());
        if at > 300 {
            break; // each takes a key ceremony
        }
    }
}

fn closed_again(world: &mut World, closed: &mut ckks_agg::Closed, quorum: &[u8]) -> Vec<u8> {
    world.utility.ask(closed, &Quorum::new(quorum).unwrap()).unwrap();
    closed.frame().to_vec()
}

#[test]
fn a_holder_that_starts_again_answers_no_round_twice() {
    let mut world = World::held(4);
    let at = round(FIRST);
    let collecting = world.collect(at, &one(&[1, 2, 3, 4]));
    let open = collecting.frame().to_vec();
    let mut closed = world.utility.close(collecting, &Quorum::new(&[1]).unwrap()).unwrap();
    let list: Vec<Vec<u8>> = closed.contributions().map(<[u8]>::to_vec).collect();
    let holder = world.holder.as_mut().unwrap();
    let before = holder.to_bytes().unwrap();
    let prepared = holder.answer(at, closed.frame(), &slices(&list), &mut world.rng).unwrap();
    let record = prepared.record().to_vec();
    let frame = prepared.stored();
    let twice = holder.answer(at, closed.frame(), &slices(&list), &mut world.rng).unwrap().stored();
    assert_eq!(frame, twice);
    let after = holder.to_bytes().unwrap();

    let again = |state: &[u8]| {
        use chacha20::rand_core::SeedableRng;
        let mut rng = chacha20::ChaCha8Rng::seed_from_u64(!world.seed);
        let key = ckks_agg::SecretKey::of_epoch(&world.ring, &world.view, &mut rng);
        let mut cohort = form(&world.params, 4, world.seed);
        let identity = cohort.answerers.remove(0).identity;
        let (params, view, encoder) = (&world.params, &world.view, &world.encoder);
        KeyHolder::from_bytes(params, view, identity, key, encoder, cohort.roster, state)
    };
    let mut replayed = again(&before).unwrap();
    replayed.replay(&record).unwrap();
    for mut holder in [replayed, again(&after).unwrap()] {
        holder.open(at, &open).unwrap();
        let refused = holder.answer(at, closed.frame(), &slices(&list), &mut world.rng).map(|_| ());
        assert_eq!(refused, Err(Misuse::AnsweredBefore.into()));
    }
    for at in (0..before.len()).step_by(7) {
        assert_eq!(again(&before[..at]).unwrap_err(), bad_record());
    }
    closed.accept(&frame).unwrap();
    assert_eq!(closed.totals().unwrap().sums, Sums::Exact(vec![10]));
}

/// Half of the contributions are stored; the same set is closed.
#[test]
fn a_utility_that_starts_again() {
    let mut world = World::held(4);
    let at = round(FIRST);
    let collecting = world.collect(at, &one(&[1, 2, 3, 4]));
    let (state, open) = (world.utility.to_bytes().unwrap(), collecting.to_bytes().unwrap());
    let again = |state: &[u8]| {
        let cohort = form(&world.params, 4, world.seed);
        let (params, view, key, encoder) = (&world.params, &world.view, &world.key, &world.encoder);
        Analytics::from_bytes(params, view, cohort.utility.identity, key, encoder, cohort.roster, state)
    };
    for at in (0..state.len()).step_by(37) {
        let mut bad = state.to_vec();
        bad[at] ^= 1;
        assert_eq!(again(&bad).unwrap_err(), bad_record());
        assert_eq!(again(&state[..at]).unwrap_err(), bad_record());
    }
    let mut utility = again(&state).unwrap();
    assert!(utility.is_certified());
    assert_eq!(utility.list().unwrap(), world.utility.list().unwrap());
    assert_eq!(utility.to_bytes().unwrap(), state);
    world.utility = utility;
    let collecting = world.utility.reopen(&open).unwrap();
    assert_eq!(collecting.missing().count(), 0);
    let mut closed = world.utility.close(collecting, &Quorum::new(&[1]).unwrap()).unwrap();
    world.answer(at, &mut closed, &[1]).unwrap();
    assert_eq!(closed.totals().unwrap().sums, Sums::Exact(vec![10]));
    for at in (0..open.len()).step_by(9973) {
        let mut bad = open.clone();
        bad[at] ^= 1;
        assert_eq!(world.utility.reopen(&bad).unwrap_err(), bad_record());
    }
}

/// The commitment of a meter that starts again is the one that is certified.
#[test]
fn a_meter_that_starts_again() {
    let world = World::held(3);
    let first = world.meter_uncertified(1).commit().unwrap();
    assert_eq!(world.meter_uncertified(1).commit().unwrap(), first);
    assert!(world.frame(1, round(FIRST), &[5]) == world.frame(1, round(FIRST), &[5]));
}
