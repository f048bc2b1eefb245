//! By a utility that chooses what it shows to whom.

use curve25519_dalek::{RistrettoPoint, Scalar};
use meter_link::PartyId;
use meter_link::frame::Kind;
use threshold_elgamal::{Ciphertext, Error, Fault, combine};

use crate::world::{FIRST, TABLE, World, round, slices};
use crate::{VICTIM, adversary, link, share_of};

/// The same round over two sets: their difference is the reading of who is in one only.
#[test]
fn a_second_set_in_one_round() {
    let mut world = World::new(12);
    let at = round(FIRST);
    let (_, cohort) = world.secrets();
    let utility = &cohort.utility.identity;
    let frames: Vec<Vec<u8>> = (0..12).map(|i| world.frame(i, at, &[100 + i as i64])).collect();
    let (all, mut but_one) = ([true; 12], [true; 12]);
    but_one[7] = false;
    let (open, first) = adversary::open_and_close(&world.view, utility, at, &all, &[1, 2, 3]);
    let second = adversary::close(&world.view, utility, at, &open, &but_one, &[1, 2, 3]);
    let mut rest = frames.clone();
    rest.remove(7);

    let ask = |world: &mut World, close: &[u8], list: &[Vec<u8>]| -> Result<i64, Error> {
        let mut statements = Vec::new();
        for trustee in &mut world.trustees[..3] {
            trustee.open(at, &open)?;
            statements.push(trustee.agree(at, close, &slices(list))?.stored());
        }
        let sum = Ciphertext::sum(&list.iter().map(|f| adversary::ciphertext(f)).collect::<Vec<_>>());
        let shares: Vec<_> = (1..=3)
            .zip(&world.trustees)
            .map(|(number, trustee)| Ok((number, share_of(&trustee.answer(&slices(&statements))?))))
            .collect::<Result<_, Error>>()?;
        TABLE.solve(&combine(&sum, &shares)?, 12_000_000)
    };
    let sum = ask(&mut world, &first, &frames).unwrap();
    let twice = ask(&mut world, &second, &rest);
    assert_eq!(twice, Err(link(meter_link::Fault::Contradiction).of(PartyId::UTILITY)));
    assert_eq!(ask(&mut world, &first, &frames), Ok(sum)); // the same again may be asked

    // Trustees that have lost their records.
    world.forget();
    assert_eq!(sum - ask(&mut world, &second, &rest).unwrap(), 107);
}

/// Raw shares over B ∪ C, B and C from three honest trustees, and a colluding fourth: 3u + 4v of the two sums.
#[test]
fn different_sets_for_different_trustees() {
    let mut world = World::new(6);
    let at = round(FIRST);
    let (secrets, cohort) = world.secrets();
    let frames: Vec<Vec<u8>> = (0..6).map(|i| world.frame(i, at, &[10 + i as i64])).collect();
    let sum_of = |range: core::ops::Range<usize>| {
        Ciphertext::sum(&frames[range].iter().map(|f| adversary::ciphertext(f)).collect::<Vec<_>>())
    };
    let (b, c, both) = (sum_of(0..3), sum_of(3..6), sum_of(0..6));
    let (u, v) = (10 + 11 + 12, 13 + 14 + 15);

    // Without statements: 8·D_1(B ∪ C) = 3·λ_1·D_1(B) + 4·λ_1'·D_1(C) for the quorums {1, 2, 4}, {1, 3, 4}.
    let share = |number: usize, of: &Ciphertext| secrets[number - 1].decryption_share(of.r());
    let times = |factor: i64, point: RistrettoPoint| {
        let size = point * Scalar::from(factor.unsigned_abs());
        if factor < 0 { -size } else { size }
    };
    // λ = 8/3, −2, 1/3 for {1, 2, 4} and 2, −2, 1 for {1, 3, 4}; times 3 and 4.
    let masks = times(8, share(1, &both))
        + times(-6, share(2, &b))
        + times(-8, share(3, &c))
        + times(1, share(4, &b))
        + times(4, share(4, &c));
    let opened = times(3, *b.c()) + times(4, *c.c()) - masks;
    assert_eq!(TABLE.solve(&opened, 10_000), Ok(3 * u + 4 * v));

    // With them nobody answers, though the colluder signs whatever is asked.
    let utility = &cohort.utility.identity;
    let shown: [(usize, &[u8], core::ops::Range<usize>); 3] =
        [(0, &[1, 2, 4], 0..6), (1, &[1, 2, 4], 0..3), (2, &[1, 3, 4], 3..6)];
    let mut statements = Vec::new();
    for (trustee, quorum, range) in shown {
        let members: Vec<bool> = (0..6).map(|i| range.contains(&i)).collect();
        let (open, close) = adversary::open_and_close(&world.view, utility, at, &members, quorum);
        let trustee = &mut world.trustees[trustee];
        trustee.open(at, &open).unwrap();
        statements.push(trustee.agree(at, &close, &slices(&frames[range])).unwrap().stored());
    }
    for (trustee, own) in world.trustees.iter().zip(&statements) {
        let colluder = &cohort.answerers[3];
        let digest = &own[16..48];
        let same = adversary::signed(
            &world.view,
            &colluder.identity,
            Kind::SetStatement,
            0,
            colluder.id,
            at,
            digest,
        );
        assert_eq!(trustee.answer(&[own, &same]), Err(Error::Quorum { have: 2, need: 3 }));
        let twice = trustee.answer(&[own, &same, &same]);
        assert_eq!(twice, Err(Fault::RepeatedStatement.of(colluder.id)));
        for other in statements.iter().filter(|other| *other != own) {
            let refused = trustee.answer(&[own, &same, other]).unwrap_err();
            let wrong_set = link(meter_link::Fault::WrongSet);
            assert!(matches!(refused, Error::Fault { fault, .. } if fault == wrong_set));
        }
    }
}

/// The utility fills the set with encryptions of zero that it made itself, around one real reading.
#[test]
fn zeros_around_one_reading() {
    let mut world = World::new(10);
    let at = round(FIRST);
    let (secrets, cohort) = world.secrets();
    let real = world.frame(VICTIM, at, &[123]);

    // A trustee that takes a sum from the utility opens it.
    let victim = adversary::ciphertext(&real);
    let shares: Vec<_> =
        (1..=3).zip(&secrets).map(|(number, secret)| (number, secret.decryption_share(victim.r()))).collect();
    assert_eq!(TABLE.solve(&combine(&victim, &shares).unwrap(), 1000), Ok(123));

    // One that checks the list itself does not: the utility can sign for nobody else.
    let utility = &cohort.utility;
    let zeros = |position: usize, world: &mut World| {
        let honest = world.frame(position, at, &[0]);
        let id = world.meters[position].id;
        let (view, identity) = (&world.view, &utility.identity);
        adversary::signed(view, identity, Kind::Contribution, 1, id, at, &honest[16..176])
    };
    let list: Vec<Vec<u8>> =
        (0..10).map(|i| if i == VICTIM { real.clone() } else { zeros(i, &mut world) }).collect();
    let (open, close) =
        adversary::open_and_close(&world.view, &utility.identity, at, &[true; 10], &[1, 2, 3]);
    let trustee = &mut world.trustees[0];
    trustee.open(at, &open).unwrap();
    let wrong = Fault::WrongList.of(PartyId::UTILITY);
    // Nor one real frame instead of many.
    for list in [list, vec![real.clone()], vec![real.clone(); 10]] {
        assert_eq!(trustee.agree(at, &close, &slices(&list)).map(|_| ()), Err(wrong));
    }
}
