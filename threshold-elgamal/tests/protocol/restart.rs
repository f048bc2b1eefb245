//! Trustees and utility that are killed in the middle of things, and go on from what they have stored.

use curve25519_dalek::Scalar;
use meter_link::answer::Quorum;
use meter_link::log::{Audit, LogHead};
use meter_link::round::{Open, frame_hash};
use meter_link::{Fault, Misuse, PartyId, Round};
use threshold_elgamal::{Error, KeySet, Malformed, SecretShare, Trustee, Utility};

use crate::world::{FIRST, TABLE, World, round, slices};

const QUORUM: [u8; 3] = [1, 2, 3];

fn bad_record() -> Error {
    Malformed::Link(meter_link::Malformed::BadRecord).into()
}

fn trustee(world: &World, number: usize, state: &[u8]) -> Result<Trustee, Error> {
    let (mut shares, mut cohort) = world.secrets();
    let (share, party) = (shares.remove(number - 1), cohort.answerers.remove(number - 1));
    Trustee::from_bytes(&world.params, &world.view, party.identity, share, &world.keys, cohort.roster, state)
}

#[test]
fn a_trustee_that_starts_again() {
    let mut world = World::new(5);
    let id = world.secrets().1.answerers[1].id;
    let mut audit = Audit::new(world.view.context(), id);
    let mut state = Vec::new();
    for at in [round(FIRST), round(FIRST + 1)] {
        let collecting = world.collect(at, &[Some(7); 5]);
        let open = collecting.frame().to_vec();
        let mut closed = world.utility.close(collecting, &Quorum::new(&QUORUM).unwrap()).unwrap();
        let list: Vec<Vec<u8>> = closed.contributions().map(<[u8]>::to_vec).collect();
        let agree = |trustee: &mut Trustee| trustee.agree(at, closed.frame(), &slices(&list));
        let statements: Vec<Vec<u8>> =
            [0, 1, 2].map(|i| agree(&mut world.trustees[i]).unwrap().stored()).into();
        // Once more, for its record: the same, and no second entry.
        let prepared = agree(&mut world.trustees[1]).unwrap();
        audit.follow(prepared.record()).unwrap();
        let (record, statement) = (prepared.record().to_vec(), prepared.stored());
        assert_eq!(statement, statements[1]);

        // Killed before it gave its share: what is stored whole is of the round before.
        if at != round(FIRST) {
            let mut restarted = trustee(&world, 2, &state).unwrap();
            restarted.replay(&record).unwrap();
            restarted.open(at, &open).unwrap();
            let early = restarted.answer(&slices(&statements)).unwrap_err();
            assert_eq!(early, Misuse::OutOfOrder.into());
            let other = [&list[1..], &list[..1]].concat();
            assert!(restarted.agree(at, closed.frame(), &slices(&other)).is_err());
            let second = {
                let frame = world.frame(0, at, &[8]);
                [&[frame], &list[1..]].concat()
            };
            let refused = restarted.agree(at, closed.frame(), &slices(&second)).unwrap_err();
            assert_eq!(refused, threshold_elgamal::Fault::Link(Fault::Contradiction).of(PartyId::UTILITY));
            let again = restarted.agree(at, closed.frame(), &slices(&list)).unwrap();
            audit.follow(again.record()).unwrap();
            assert_eq!(again.stored(), statement);
            let whole = world.trustees[1].answer(&slices(&statements)).unwrap().stored();
            world.trustees[1] = restarted;
            let share = world.trustees[1].answer(&slices(&statements)).unwrap();
            audit.follow(share.record()).unwrap();
            assert_eq!(share.stored(), whole);
        } else {
            let share = world.trustees[1].answer(&slices(&statements)).unwrap();
            audit.follow(share.record()).unwrap();
        }
        for (number, frame) in (1..).zip(&statements) {
            assert_eq!(closed.accept_statement(frame), Ok(number));
        }
        for number in 0..3 {
            let share = world.trustees[number].answer(&slices(&statements)).unwrap().stored();
            closed.accept(&share).unwrap();
        }
        assert_eq!(world.utility.record(&closed, &TABLE).unwrap().values, [35]);
        state = world.trustees[1].to_bytes().unwrap().to_vec();
    }
    let last = &world.trustees[1];
    assert_eq!(audit.log().head(), last.log().head());
    let answerers = world.secrets().1.roster;
    let head = LogHead::verify(&last.log_head(round(FIRST + 1)).unwrap(), &world.view, answerers.answerers());
    assert_eq!(audit.end(&head.unwrap()), Ok(()));

    for at in 0..state.len() {
        let mut flipped = state.clone();
        flipped[at] ^= 4;
        assert_eq!(trustee(&world, 2, &flipped).unwrap_err(), bad_record(), "byte {at}");
        assert_eq!(trustee(&world, 2, &state[..at]).unwrap_err(), bad_record());
    }
    assert_eq!(trustee(&world, 3, &state).unwrap_err(), bad_record());
    let other = World::with(world.params, 5, 2);
    assert_eq!(trustee(&other, 2, &state).unwrap_err(), bad_record());
}

/// A state of an epoch goes on with the epoch's keys: under refreshed ones a trustee would answer a window in another form
/// under the same one-time tag, and find honest proofs wrong.
#[test]
fn states_with_other_keys() {
    let world = World::new(5);
    let (shares, _) = world.secrets();
    let refreshed: Vec<SecretShare> = shares
        .iter()
        .map(|share| {
            let (x, old) = (Scalar::from(share.number()), Scalar::from_canonical_bytes(*share.to_bytes()));
            let new = old.unwrap() + x * Scalar::from(1234u16) + x * x * Scalar::from(4321u16);
            SecretShare::from_bytes(share.number(), &mut new.to_bytes()).unwrap()
        })
        .collect();
    let members: Vec<[u8; 32]> = refreshed.iter().map(SecretShare::public).collect();
    let keys = KeySet::new(world.params.threshold(), &members).unwrap();
    assert_eq!(keys.group_key().encoding(), world.keys.group_key().encoding());

    let (state, mut cohort) = (world.trustees[0].to_bytes().unwrap(), world.secrets().1);
    let (identity, share) = (cohort.answerers.remove(0).identity, refreshed.into_iter().next().unwrap());
    let (params, view) = (&world.params, &world.view);
    let restored = Trustee::from_bytes(params, view, identity, share, &keys, cohort.roster.clone(), &state);
    assert_eq!(restored.err(), Some(bad_record()));
    let state = world.utility.to_bytes().unwrap();
    let restored = Utility::from_bytes(params, view, cohort.utility.identity, &keys, cohort.roster, &state);
    assert_eq!(restored.err(), Some(bad_record()));
}

fn utility(world: &World, state: &[u8]) -> Result<Utility, Error> {
    let cohort = world.secrets().1;
    Utility::from_bytes(
        &world.params,
        &world.view,
        cohort.utility.identity,
        &world.keys,
        cohort.roster,
        state,
    )
}

/// Half of the contributions are stored; the same set is closed, and the next Open names its Close.
#[test]
fn a_utility_that_starts_again() {
    let mut world = World::new(6);
    let at = round(FIRST);
    let readings: Vec<Option<i64>> = (0..6).map(|i| Some(i * 10 - 3)).collect();
    let mut collecting = world.collect(at, &readings);
    let (open, next) = (collecting.frame().to_vec(), round(FIRST + 1));
    let state = world.utility.to_bytes().unwrap();
    let whole = collecting.to_bytes().unwrap();
    let len = world.params.contribution_len();
    assert_eq!(whole.len(), 1 + 4 + open.len() + 6 * len + 4);
    let quorum = Quorum::new(&QUORUM).unwrap();

    let mut other = world.utility.reopen(&whole).unwrap();
    assert_eq!((other.missing().count(), other.frame()), (0, &open[..]));
    let third = other.to_bytes().unwrap();
    assert_eq!(third, whole);
    // As if only three had been stored.
    let mut half = whole[..whole.len() - 4 - 3 * len].to_vec();
    let check = meter_link::mark::check(&half);
    half.extend(check);
    world.utility = utility(&world, &state).unwrap();
    other = world.utility.reopen(&half).unwrap();
    assert_eq!(other.missing().count(), 3);
    let list: Vec<Vec<u8>> = whole[5 + open.len()..whole.len() - 4].chunks(len).map(<[u8]>::to_vec).collect();
    for frame in &list {
        other.accept(frame).unwrap();
        collecting.accept(frame).unwrap();
    }
    let mut closed = world.utility.close(other, &quorum).unwrap();
    let close = closed.frame().to_vec();
    let state = world.utility.to_bytes().unwrap();
    world.utility = utility(&world, &state).unwrap();
    world.answer(at, &mut closed, &QUORUM).unwrap();
    assert_eq!(world.utility.record(&closed, &TABLE).unwrap().values, [150 - 18]);
    let opened = world.utility.open(next, next, &[true; 6]).unwrap();
    let named = Open::verify(opened.frame(), &world.view, Round::from(FIRST + 1)).unwrap().previous;
    assert_eq!(named, Some((at, frame_hash(&close))));
    assert_eq!(world.utility.reopen(&whole).unwrap_err(), Misuse::OutOfOrder.into());
    assert_eq!(world.utility.left_out(next).count(), 0);

    for at in (0..state.len()).step_by(29) {
        assert_eq!(utility(&world, &state[..at]).unwrap_err(), bad_record());
    }
}

#[test]
fn damaged_rounds() {
    let mut world = World::new(4);
    let collecting = world.collect(round(FIRST), &[Some(1); 4]);
    let good = collecting.to_bytes().unwrap();
    for at in 0..good.len() {
        let mut flipped = good.clone();
        flipped[at] ^= 4;
        assert_eq!(world.utility.reopen(&flipped).unwrap_err(), bad_record(), "byte {at}");
        assert_eq!(world.utility.reopen(&good[..at]).unwrap_err(), bad_record());
    }
    // A frame that its meter did not sign is blamed on it, whatever the check says.
    let mut forged = good[..good.len() - 4].to_vec();
    let end = forged.len() - 1;
    forged[end] ^= 1;
    let check = meter_link::mark::check(&forged);
    forged.extend(check);
    let refused = world.utility.reopen(&forged).unwrap_err();
    assert!(matches!(refused, Error::Fault { culprit, .. } if culprit == world.meters[3].id));
    world.utility.reopen(&good).unwrap();
}
