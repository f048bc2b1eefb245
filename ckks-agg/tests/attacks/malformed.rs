//! By a meter that sends what is no encryption: (0, K), so that the sum opens to Σm + K·s.

use ckks_agg::{Fault, Opening, Params, Preset, Sums, Values};
use meter_link::answer::Quorum;
use meter_link::{GroupConfig, GroupParams, Kind};
use sha2::{Digest, Sha256};

use crate::adversary::{Pair, contribution, signed};
use crate::world::{FIRST, LAST, World, config, params, round, slices, three_of_five};

const COLLUDER: usize = 4;

/// A commitment to the same second polynomial in every round, with its path for the first.
fn committed(world: &World, c1: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let party = &world.meters[COLLUDER];
    let leaf = |round: u32| -> [u8; 32] {
        let hash = Sha256::new().chain_update(b"wattsum v1 ckks commitment");
        let hash =
            hash.chain_update(world.view.context().as_bytes()).chain_update(u64::from(round).to_le_bytes());
        hash.chain_update(party.id.0.to_le_bytes()).chain_update(c1).finalize().into()
    };
    let mut level: Vec<[u8; 32]> = (FIRST..=LAST).map(leaf).collect();
    level.resize(level.len().next_power_of_two(), [0; 32]);
    let mut path = Vec::new();
    while level.len() > 1 {
        path.extend(level[1]);
        let node = |pair: &[[u8; 32]]| -> [u8; 32] {
            Sha256::new().chain_update([1]).chain_update(pair[0]).chain_update(pair[1]).finalize().into()
        };
        level = level.chunks(2).map(node).collect();
    }
    let (view, kind) = (&world.view, Kind::CiphertextCommitment);
    (signed(view, &party.identity, kind, 0, party.id, round(FIRST), &level[0]), path)
}

/// A world whose last meter has committed to (0, K), and its contribution to the first round.
fn with_constant(opening: Opening, k: u128) -> (World, Vec<u8>) {
    let params = params(5, opening, Values::Integers);
    with_rogue(params, &Pair::constant(params.preset(), k), 1)
}

/// The same with any two polynomials.
fn with_rogue(params: Params, rogue: &Pair, seed: u64) -> (World, Vec<u8>) {
    let mut world = World::uncommitted(params, 5, seed);
    let body = rogue.pack();
    let (commitment, path) = committed(&world, &body[body.len() / 2..]);
    for i in 0..COLLUDER {
        let frame = world.meter_uncertified(i).commit().unwrap();
        world.utility.accept_commitment(&frame).unwrap();
    }
    world.utility.accept_commitment(&commitment).unwrap();
    world.certify();
    let payload = [path, body].concat();
    let frame = contribution(&world.view, &world.meters[COLLUDER], round(FIRST), &payload);
    (world, frame)
}

/// With trustees nothing shows it: the sum has 1000·s₀ in it, and whoever knows about the others' sum knows s₀. Every other
/// coefficient follows in other rounds. **This is why meters have to be trusted to encrypt** (docs/protocol.md, section 6).
#[test]
fn trustees_cannot_tell() {
    let params = params(5, three_of_five(), Values::Integers);
    let (mut world, rogue) = with_constant(three_of_five(), 10_000u128 << params.scale_bits());
    let at = round(FIRST);
    let mut collecting = world.open(at);
    for i in 0..COLLUDER {
        collecting.accept(&world.frame(i, at, &[i as i64])).unwrap();
    }
    collecting.accept(&rogue).unwrap();
    let mut closed = world.utility.close(collecting, &Quorum::new(&[1, 2, 3]).unwrap()).unwrap();
    world.answer(at, &mut closed, &[1, 2, 3]).unwrap();
    // s₀ = Σ of five ternary coefficients.
    let Sums::Exact(sums) = closed.totals().unwrap().sums else { panic!("not exact") };
    let s0 = (sums[0] - 6) / 10_000;
    assert_eq!(sums[0], 6 + 10_000 * s0);
    assert!((-5..=5).contains(&s0));
}

/// The key holder finds it where no reading is, answers nothing, and names who sent it; without that one the round goes on.
#[test]
fn a_ciphertext_that_returns_the_key() {
    for bits in [20, 40, 60, 75, 90] {
        let (mut world, rogue) = with_constant(Opening::Holder, 1 << bits);
        let culprit = world.meters[COLLUDER].id;
        let at = round(FIRST);
        let mut collecting = world.open(at);
        for i in 0..COLLUDER {
            collecting.accept(&world.frame(i, at, &[i as i64])).unwrap();
        }
        collecting.accept(&rogue).unwrap();
        let mut closed = world.utility.close(collecting, &Quorum::new(&[1]).unwrap()).unwrap();
        assert_eq!(world.answer(at, &mut closed, &[1]), Err(Fault::BadCiphertext.of(culprit)), "{bits}");
        // It is out for the epoch, also after a restart.
        let holder = world.holder.as_mut().unwrap();
        let list: Vec<Vec<u8>> = closed.contributions().map(<[u8]>::to_vec).collect();
        let again = holder.answer(at, closed.frame(), &slices(&list), &mut world.rng).map(|_| ());
        assert_eq!(again, Err(Fault::BadCiphertext.of(culprit)));
        let refused = holder.to_bytes().unwrap();
        assert!(refused.windows(4).any(|four| *four == culprit.0.to_le_bytes()));
        // From records alone, too.
        let record = holder.refusal(culprit).unwrap();
        assert_eq!(holder.refusal(world.meters[0].id), None);
        let mut fresh = World::held(5);
        let holder = fresh.holder.as_mut().unwrap();
        holder.replay(&record).unwrap();
        assert_eq!(holder.refusal(culprit), Some(record));
        for place in 0..record.len() {
            let mut bad = record;
            bad[place] ^= 1;
            assert!(holder.replay(&bad).is_err(), "{place}");
        }
    }
}

/// The next round is closed without the culprit.
#[test]
fn the_group_goes_on_without_it() {
    let (mut world, rogue) = with_constant(Opening::Holder, 1 << 60);
    let at = round(FIRST);
    let mut collecting = world.open(at);
    for i in 0..COLLUDER {
        collecting.accept(&world.frame(i, at, &[i as i64])).unwrap();
    }
    collecting.accept(&rogue).unwrap();
    let mut closed = world.utility.close(collecting, &Quorum::new(&[1]).unwrap()).unwrap();
    let refused = world.answer(at, &mut closed, &[1]);
    assert_eq!(refused, Err(Fault::BadCiphertext.of(world.meters[COLLUDER].id)));
    let next = round(FIRST + 1);
    let mut present = [true; 5];
    present[COLLUDER] = false;
    let mut collecting = world.utility.open(next, next, &present).unwrap();
    world.holder.as_mut().unwrap().open(next, collecting.frame()).unwrap();
    for i in 0..COLLUDER {
        collecting.accept(&world.frame(i, next, &[10 + i as i64])).unwrap();
    }
    let mut closed = world.utility.close(collecting, &Quorum::new(&[1]).unwrap()).unwrap();
    world.answer(next, &mut closed, &[1]).unwrap();
    assert_eq!(closed.totals().unwrap().sums, Sums::Exact(vec![46]));
}

/// Where rounding has little room to spare, a colluder that sends something between two integers lets the answer be up or down with
/// the key's coefficient: s₀ is 1, or it is not. Unused positions keep to the bound; used ones do not lie on the grid, which the
/// holder finds before it answers.
#[test]
fn between_two_integers() {
    let group = GroupParams::new(GroupConfig { max_reading: 1 << 32, ..config(5) }).unwrap();
    let params = Params::new(group, Opening::Holder, Preset::Small, Values::Integers).unwrap();
    let half = 1u128 << (params.scale_bits() - 1);
    for seed in 1..=4 {
        let (k, at) = (1 << 13, round(FIRST));
        let mut rogue = Pair::constant(Preset::Small, k);
        rogue.parts[0] = Pair::constant(Preset::Small, half - k / 2).parts[1].clone();
        let (mut world, rogue) = with_rogue(params, &rogue, seed);
        let mut collecting = world.open(at);
        for i in 0..COLLUDER {
            collecting.accept(&world.frame(i, at, &[i as i64])).unwrap();
        }
        collecting.accept(&rogue).unwrap();
        let mut closed = world.utility.close(collecting, &Quorum::new(&[1]).unwrap()).unwrap();
        let answer = world.answer(at, &mut closed, &[1]);
        assert_eq!(answer, Err(Fault::BadCiphertext.of(world.meters[COLLUDER].id)));
    }
}

/// Reals are in slots, twice each, so that all odd coefficients are zero but for the error.
#[test]
fn a_ciphertext_that_returns_the_key_beside_reals() {
    for bits in [16, 30, 44, 54, 60, 80] {
        let params = params(5, Opening::Holder, Values::Reals);
        let (mut world, rogue) = with_rogue(params, &Pair::constant(params.preset(), 1 << bits), 3);
        let at = round(FIRST);
        let mut collecting = world.open(at);
        for i in 0..COLLUDER {
            collecting.accept(&world.frame(i, at, &[7990 + i as i64])).unwrap();
        }
        collecting.accept(&rogue).unwrap();
        let mut closed = world.utility.close(collecting, &Quorum::new(&[1]).unwrap()).unwrap();
        let refused = world.answer(at, &mut closed, &[1]);
        assert_eq!(refused, Err(Fault::BadCiphertext.of(world.meters[COLLUDER].id)), "{bits}");
    }
}
