//! On what answerers give: two answers for one polynomial, single shares, values between two steps.

use chacha20::ChaCha8Rng;
use chacha20::rand_core::SeedableRng;
use ckks_agg::joint::{Ledger, combine};
use ckks_agg::{Encoder, Error, Flood, Misuse, Opening, Preset, Ring, SecretKey, Use, Values};
use meter_link::answer::{Quorum, Threshold};

use crate::one;
use crate::world::{FIRST, World, ceremony, form, params, round, slices, three_of_five};

/// The mean of many answers has no flood any more; a ledger gives one.
#[test]
fn two_joint_decryptions_of_one_polynomial() {
    let params = params(4, three_of_five(), Values::Integers);
    let (cohort, ring) = (form(&params, 4, 9), Ring::new(Preset::Shared));
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let (secrets, key, _) = ceremony(&params, &cohort, &ring, &mut rng);
    let encoder = Encoder::new(&ring);
    let plain = encoder.integers(&[5], 80, 10).unwrap();
    let of = Use { meter: 1, round: 1, counter: 0 };
    let ciphertext = key.encrypt(&plain, of, &mut rng).unwrap();
    let numbers = Quorum::new(&[1, 2, 3]).unwrap();
    let flood = Flood::new(20, 1).unwrap();
    let mut noise = |answers: usize| -> f64 {
        let mut mean = vec![0.0f64; 4096];
        for _ in 0..answers {
            // Ledgers that forget.
            let share = |i: usize| {
                let mut ledger = Ledger::new();
                secrets[i]
                    .decryption_share(&ciphertext, &numbers, &flood, &mut ledger, &mut rng)
                    .unwrap()
                    .stored()
            };
            let shares = [0, 1, 2].map(share);
            let opened = combine(&ring, &ciphertext, &numbers, &shares, &flood).unwrap();
            for (mean, value) in mean.iter_mut().zip(opened.coefficients()).skip(1) {
                *mean += value as f64 / answers as f64;
            }
        }
        (mean.iter().map(|x| x * x).sum::<f64>() / 4095.0).sqrt()
    };
    let (first, many) = (noise(1), noise(64));
    assert!(many < first / 6.0, "{many} of {first}");

    let mut ledger = Ledger::new();
    let prepared = secrets[0].decryption_share(&ciphertext, &numbers, &flood, &mut ledger, &mut rng).unwrap();
    let record = prepared.record().to_vec();
    let mut restarted = Ledger::new();
    restarted.replay(&record).unwrap();
    for (ledger, numbers) in [(&mut ledger, [1, 2, 3]), (&mut restarted, [1, 4, 5])] {
        let set = Quorum::new(&numbers).unwrap();
        let refused = secrets[0].decryption_share(&ciphertext, &set, &Flood::DEFAULT, ledger, &mut rng);
        assert_eq!(refused.map(|_| ()).unwrap_err(), Misuse::AnsweredBefore.into());
    }
}

/// The utility asks a trustee that has answered for another quorum.
#[test]
fn a_round_is_answered_for_one_quorum() {
    let mut world = World::new(4);
    let at = round(FIRST);
    let collecting = world.collect(at, &one(&[1, 2, 3, 4]));
    let mut closed = world.utility.close(collecting, &Quorum::new(&[1, 2, 3]).unwrap()).unwrap();
    world.answer(at, &mut closed, &[1, 2, 3]).unwrap();
    world.utility.ask(&mut closed, &Quorum::new(&[1, 4, 5]).unwrap()).unwrap();
    let list: Vec<Vec<u8>> = closed.contributions().map(<[u8]>::to_vec).collect();
    let mut statements = Vec::new();
    for number in [1, 4, 5] {
        let trustee = &mut world.trustees[number - 1];
        statements.push(trustee.agree(at, closed.frame(), &slices(&list)).unwrap().stored());
    }
    let refused = world.trustees[0].answer(&slices(&statements), &mut world.rng).map(|_| ());
    assert_eq!(refused, Err(Misuse::AnsweredBefore.into()));
    // The others have not answered: what they give alone opens nothing, as the pads with number 1 are missing.
    for number in [4, 5] {
        let share = world.trustees[number - 1].answer(&slices(&statements), &mut world.rng).unwrap();
        closed.accept(&share.stored()).unwrap();
    }
    assert_eq!(closed.totals(), Err(Error::Quorum { have: 2, need: 3 }));
}

/// Half a step more than an integer: rounding alone compares the error with nothing, and tells its sign. A holder that adds a
/// uniform number first tells next to nothing.
#[test]
fn off_grid_input_in_exact_mode() {
    let ring = Ring::new(Preset::Shared);
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let key = SecretKey::generate(&ring, &mut rng);
    let (encoder, scale) = (Encoder::new(&ring), 60);
    // 4096 values of one half, as a plaintext of twice the grid.
    let halves = encoder.integers(&[1; 4096], scale - 1, 1).unwrap();
    let of = Use { meter: 1, round: 1, counter: 0 };
    let ciphertext = key.public_key().encrypt(&halves, of, &mut rng).unwrap();
    // What the answerer's rounding sees: the same bytes under a header that says 2^scale.
    let mut bytes = ciphertext.to_bytes();
    bytes[5..7].copy_from_slice(&(scale as i16).to_le_bytes());
    let off_grid = ckks_agg::Ciphertext::from_bytes(&ring, &bytes).unwrap();

    let errors: Vec<i128> = key
        .decrypt_private(&off_grid)
        .unwrap()
        .coefficients()
        .iter()
        .map(|c| c - (1 << (scale - 1)))
        .collect();
    // Plain rounding: one bit of every error's sign.
    let plain: Vec<i128> = errors.iter().map(|e| (e + (1 << scale)) >> scale).collect();
    assert!(errors.iter().zip(&plain).all(|(e, bit)| (*e >= 0) == (*bit == 1)));
    let exact = key.decrypt_exact(&off_grid, &mut rng).unwrap();
    let agree = errors.iter().zip(&exact).filter(|(e, bit)| (**e >= 0) == (**bit == 1)).count();
    // A fair coin gives 2048 ± 32.
    assert!(agree.abs_diff(2048) < 200, "{agree} of 4096 signs");
    // Integers come out as they are.
    let whole = encoder.integers(&[7; 4096], scale, 10).unwrap();
    let ciphertext = key.public_key().encrypt(&whole, Use { counter: 1, ..of }, &mut rng).unwrap();
    assert_eq!(key.decrypt_exact(&ciphertext, &mut rng).unwrap(), vec![7; 4096]);
}

/// A single share says nothing: without the pads of the others it is uniform.
#[test]
fn a_share_alone() {
    let mut world = World::with(params(4, three_of_five(), Values::Reals), 4, 1);
    let at = round(FIRST);
    let collecting = world.collect(at, &one(&[1, 2, 3, 4]));
    let quorum = [1u8, 2, 3];
    let mut closed = world.utility.close(collecting, &Quorum::new(&quorum).unwrap()).unwrap();
    let list: Vec<Vec<u8>> = closed.contributions().map(<[u8]>::to_vec).collect();
    let mut shares = Vec::new();
    for number in quorum {
        let trustee = &mut world.trustees[usize::from(number) - 1];
        closed
            .accept_statement(&trustee.agree(at, closed.frame(), &slices(&list)).unwrap().stored())
            .unwrap();
    }
    let statements: Vec<Vec<u8>> = closed.statements().map(<[u8]>::to_vec).collect();
    for number in quorum {
        let trustee = &mut world.trustees[usize::from(number) - 1];
        shares.push(trustee.answer(&slices(&statements), &mut world.rng).unwrap().stored());
    }
    // Residues begin behind header, digest and mask; q₀ has 50 bits.
    let first = |frame: &[u8]| -> Vec<f64> {
        let q = Preset::Shared.primes()[0] as f64;
        frame[49..49 + 4096 * 8]
            .chunks(8)
            .map(|w| u64::from_le_bytes(w.try_into().unwrap()) as f64 / q)
            .collect()
    };
    for share in &shares {
        let values = first(share);
        let mean = values.iter().sum::<f64>() / 4096.0;
        assert!((mean - 0.5).abs() < 0.03, "{mean}");
    }
}

/// Two colluding trustees of four ask the other two for different quorums: each answers, and the sum is seen with two floods. This is
/// what floods of the roles are made for (`Params`: n − t + 1 answers a round); no trustee answers twice.
#[test]
fn a_quorum_with_each_honest_trustee() {
    let opening = Opening::Trustees(Threshold::DEFAULT);
    let mut world = World::with(params(5, opening, Values::Integers), 5, 1);
    let at = round(FIRST);
    let collecting = world.collect(at, &one(&[1, 2, 3, 4, 5]));
    let mut closed = world.utility.close(collecting, &Quorum::new(&[1, 2, 3]).unwrap()).unwrap();
    world.answer(at, &mut closed, &[1, 2, 3]).unwrap();
    world.utility.ask(&mut closed, &Quorum::new(&[1, 2, 4]).unwrap()).unwrap();
    let list: Vec<Vec<u8>> = closed.contributions().map(<[u8]>::to_vec).collect();
    let statements: Vec<Vec<u8>> = [0, 1, 3]
        .iter()
        .map(|i| world.trustees[*i].agree(at, closed.frame(), &slices(&list)).unwrap().stored())
        .collect();
    world.trustees[3].answer(&slices(&statements), &mut world.rng).unwrap().stored();
    for again in [0, 1] {
        let refused = world.trustees[again].answer(&slices(&statements), &mut world.rng).map(|_| ());
        assert_eq!(refused, Err(Misuse::AnsweredBefore.into()));
    }
}
