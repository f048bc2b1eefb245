//! By a utility that chooses what it shows to whom.

use curve25519_dalek::{RistrettoPoint, Scalar};
use meter_link::PartyId;
use meter_link::frame::Kind;
use sha2::{Digest, Sha256};
use threshold_elgamal::{Ciphertext, Error, Fault};

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
            .zip(&mut world.trustees)
            .map(|(number, trustee)| Ok((number, share_of(&trustee.answer(&slices(&statements))?.stored()))))
            .collect::<Result<_, Error>>()?;
        TABLE.solve(&adversary::combine(&sum, &shares), -12_000_000..=12_000_000)
    };
    let sum = ask(&mut world, &first, &frames).unwrap();
    let twice = ask(&mut world, &second, &rest);
    assert_eq!(twice, Err(link(meter_link::Fault::Contradiction).of(PartyId::UTILITY)));
    assert_eq!(ask(&mut world, &first, &frames), Ok(sum)); // the same again may be asked

    // Trustees that have lost their records.
    world.forget();
    assert_eq!(sum - ask(&mut world, &second, &rest).unwrap(), 107);
}

/// The trustee's storage fails, so that its statement stays in; its share would leave on the statements of
/// others. After a power cut it knows nothing of it, and answers for another list.
#[test]
fn a_share_without_the_stored_record() {
    let mut world = World::new(12);
    let at = round(FIRST);
    let (secrets, cohort) = world.secrets();
    let utility = &cohort.utility.identity;
    let frames: Vec<Vec<u8>> = (0..12).map(|i| world.frame(i, at, &[10 + i as i64])).collect();
    let (all, mut but_one) = ([true; 12], [true; 12]);
    but_one[4] = false;
    let mut rest = frames.clone();
    rest.remove(4);
    let (open, first) = adversary::open_and_close(&world.view, utility, at, &all, &[1, 2, 3]);
    let second = adversary::close(&world.view, utility, at, &open, &but_one, &[1, 2, 3]);

    let mut sums = Vec::new();
    for (close, list) in [(&first, &frames), (&second, &rest)] {
        // What it would give, with the shares of two colluders.
        let sum = Ciphertext::sum(&list.iter().map(|f| adversary::ciphertext(f)).collect::<Vec<_>>());
        let shares: Vec<_> = secrets[..3].iter().map(|s| (s.number(), s.decryption_share(sum.r()))).collect();
        sums.push(TABLE.solve(&adversary::combine(&sum, &shares), -12_000_000..=12_000_000).unwrap());

        let trustee = &mut world.trustees[0];
        trustee.open(at, &open).unwrap();
        drop(trustee.agree(at, close, &slices(list)).unwrap());
        let digest = list_digest(&world, list);
        let statements: Vec<Vec<u8>> = cohort.answerers[1..]
            .iter()
            .map(|t| adversary::signed(&world.view, &t.identity, Kind::SetStatement, 0, t.id, at, &digest))
            .collect();
        let statements = slices(&statements);
        // Two others, who make t with it; three, who make t without it; none.
        for given in [&statements[..2], &statements, &[]] {
            let early = world.trustees[0].answer(given).unwrap_err();
            assert_eq!(early, meter_link::Misuse::OutOfOrder.into());
        }
        world.forget();
    }
    assert_eq!(sums[0] - sums[1], 14);

    // Stored and given: the share comes, and after the power cut the record stands against another list.
    let trustee = &mut world.trustees[0];
    trustee.open(at, &open).unwrap();
    let prepared = trustee.agree(at, &first, &slices(&frames)).unwrap();
    let (record, own) = (prepared.record().to_vec(), prepared.stored());
    let digest = list_digest(&world, &frames);
    assert_eq!(own[16..48], digest);
    let mut statements = vec![own];
    for t in &cohort.answerers[1..3] {
        let kind = Kind::SetStatement;
        statements.push(adversary::signed(&world.view, &t.identity, kind, 0, t.id, at, &digest));
    }
    world.trustees[0].answer(&slices(&statements)).unwrap().stored();
    world.forget();
    let trustee = &mut world.trustees[0];
    trustee.replay(&record).unwrap();
    trustee.open(at, &open).unwrap();
    let refused = trustee.agree(at, &second, &slices(&rest)).map(|_| ());
    assert_eq!(refused, Err(link(meter_link::Fault::Contradiction).of(PartyId::UTILITY)));
}

/// As meter-link's wire.md has it, section 2.8.
fn list_digest(world: &World, list: &[Vec<u8>]) -> [u8; 32] {
    let mut hash = Sha256::new_with_prefix(b"wattsum v1 set");
    hash.update(world.view.epoch().roster_root);
    hash.update(u32::try_from(list.len()).unwrap().to_le_bytes());
    list.iter().for_each(|frame| hash.update([&frame[8..12], &frame[16..80]].concat()));
    hash.finalize().into()
}

/// A Close that claims a later pass need not name the Open that a trustee has seen; there is none where no
/// meter repairs.
#[test]
fn a_close_of_another_pass() {
    let mut world = World::new(5);
    let at = round(FIRST);
    let (_, cohort) = world.secrets();
    let utility = &cohort.utility;
    let list: Vec<Vec<u8>> = (0..5).map(|i| world.frame(i, at, &[1])).collect();
    let (open, close) = adversary::open_and_close(&world.view, &utility.identity, at, &[true; 5], &[1, 2, 3]);
    let elsewhere =
        adversary::close(&world.view, &utility.identity, at, b"another Open", &[true; 5], &[1, 2, 3]);
    let trustee = &mut world.trustees[0];
    trustee.open(at, &open).unwrap();
    let of_pass = |close: &[u8], pass: u8| {
        let (flags, payload) = (close[3] | (pass - 1) << 1, &close[16..close.len() - 64]);
        adversary::signed(&world.view, &utility.identity, Kind::Close, flags, utility.id, at, payload)
    };
    let mut agree = |close: &[u8]| trustee.agree(at, close, &slices(&list)).map(|_| ());
    for pass in [2, 3] {
        for close in [&close, &elsewhere] {
            let wrong = link(meter_link::Fault::WrongPass).of(PartyId::UTILITY);
            assert_eq!(agree(&of_pass(close, pass)), Err(wrong));
        }
    }
    let broken = link(meter_link::Fault::ChainBroken).of(PartyId::UTILITY);
    assert_eq!(agree(&of_pass(&elsewhere, 1)), Err(broken));
    assert_eq!(agree(&of_pass(&close, 1)), Ok(()));
}

/// Bytes that are no contribution are the list's fault, not nobody's, even where a meter has signed them.
#[test]
fn a_list_with_bytes_that_are_no_contribution() {
    let mut world = World::new(5);
    let at = round(FIRST);
    let (_, cohort) = world.secrets();
    let list: Vec<Vec<u8>> = (0..5).map(|i| world.frame(i, at, &[1])).collect();
    let (open, close) =
        adversary::open_and_close(&world.view, &cohort.utility.identity, at, &[true; 5], &[1, 2, 3]);
    let of_victim = |flags: u8, payload: &[u8]| {
        let party = &world.meters[VICTIM];
        let (view, kind) = (&world.view, Kind::Contribution);
        adversary::signed(view, &party.identity, kind, flags, party.id, at, payload)
    };
    let right = &list[VICTIM];
    let mut unknown = right.clone();
    unknown[1] = 9;
    let bad = [
        Vec::new(),
        vec![7; 240],
        right[..239].to_vec(),
        unknown,
        of_victim(1, &right[16..175]),
        of_victim(1, &[&right[16..176], &[0][..]].concat()),
        of_victim(0, &right[16..176]),
    ];
    let trustee = &mut world.trustees[0];
    trustee.open(at, &open).unwrap();
    for frame in bad {
        let mut list = list.clone();
        list[VICTIM] = frame;
        let refused = trustee.agree(at, &close, &slices(&list)).map(|_| ());
        assert_eq!(refused, Err(Fault::WrongList.of(PartyId::UTILITY)));
    }
    // A Close that is none has no author.
    let refused = trustee.agree(at, &close[..40], &slices(&list)).map(|_| ());
    assert!(matches!(refused, Err(Error::Malformed(_))));
    trustee.agree(at, &close, &slices(&list)).unwrap().stored();
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
    assert_eq!(TABLE.solve(&opened, -10_000..=10_000), Ok(3 * u + 4 * v));

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
    for (trustee, own) in world.trustees.iter_mut().zip(&statements) {
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
        assert_eq!(trustee.answer(&[own, &same]).unwrap_err(), Error::Quorum { have: 2, need: 3 });
        let twice = trustee.answer(&[own, &same, &same]).unwrap_err();
        assert_eq!(twice, link(meter_link::Fault::RepeatedStatement).of(colluder.id));
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
    assert_eq!(TABLE.solve(&adversary::combine(&victim, &shares), -1000..=1000), Ok(123));

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
