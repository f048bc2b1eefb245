//! Joint keys and decryptions outside a metering group's rounds, and what the ceremony refuses.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

#[path = "world/parties.rs"]
mod world;

use std::sync::Arc;

use chacha20::ChaCha8Rng;
use chacha20::rand_core::SeedableRng;
use ckks_agg::joint::{
    CeremonyRecord, DecryptionShare, Joining, JointSecret, Ledger, Participant, RelinearisationFirst,
    RelinearisationSecond, RotationShare, combine, combine_exact,
};
use ckks_agg::{
    Ciphertext, Encoder, Error, Evaluator, Fault, Flood, Misuse, Opening, Params, Preset, PublicKey, Ring,
    Scale, Use, Values,
};
use meter_link::answer::{Quorum, Threshold};
use meter_link::cohort::Cohort;
use meter_link::frame::Writer;
use meter_link::{GroupParams, Identity, Kind};

use world::{ceremony, config, form, params, three_of_five};

struct Keys {
    params: Params,
    ring: Arc<Ring>,
    encoder: Encoder,
    secrets: Vec<JointSecret>,
    key: PublicKey,
    rng: ChaCha8Rng,
}

fn keys(params: Params) -> Keys {
    let cohort = form(&params, 4, 9);
    let ring = Ring::new(params.preset());
    let mut rng = ChaCha8Rng::seed_from_u64(77);
    let (secrets, key, _) = ceremony(&params, &cohort, &ring, &mut rng);
    Keys { params, encoder: Encoder::new(&ring), ring, secrets, key, rng }
}

fn of(round: u64) -> Use {
    Use { meter: 1, round, counter: 0 }
}

fn quorum(numbers: &[u8]) -> Quorum {
    Quorum::new(numbers).unwrap()
}

impl Keys {
    fn shares(&mut self, ciphertext: &Ciphertext, numbers: &[u8]) -> Vec<DecryptionShare> {
        let mut ledgers: Vec<Ledger> = numbers.iter().map(|_| Ledger::new()).collect();
        let share = |(number, ledger): (&u8, &mut Ledger)| {
            let secret = &self.secrets[usize::from(*number) - 1];
            let (quorum, flood) = (quorum(numbers), Flood::DEFAULT);
            let share = secret.decryption_share(ciphertext, &quorum, &flood, ledger, &mut self.rng).unwrap();
            let bytes = share.stored().to_bytes();
            DecryptionShare::from_bytes(&bytes).unwrap()
        };
        numbers.iter().zip(&mut ledgers).map(share).collect()
    }
}

#[test]
fn any_three_of_five_open_and_two_do_not() {
    let mut keys = keys(params(4, three_of_five(), Values::Integers));
    let values: Vec<i64> = (0..4096).map(|i| i * 7 - 9000).collect();
    let plain = keys.encoder.integers(&values, 70, 1 << 15).unwrap();
    for (round, numbers) in (0..).zip([[1, 2, 3], [1, 3, 5], [2, 4, 5]]) {
        let ciphertext = keys.key.encrypt(&plain, of(round), &mut keys.rng).unwrap();
        let shares = keys.shares(&ciphertext, &numbers);
        let (all, flood) = (quorum(&numbers), Flood::DEFAULT);
        assert_eq!(combine_exact(&keys.ring, &ciphertext, &all, &shares, &flood).unwrap(), values);
        let few = combine_exact(&keys.ring, &ciphertext, &all, &shares[..2], &flood);
        assert_eq!(few, Err(Misuse::WrongParty.into()));
        let two = combine_exact(&keys.ring, &ciphertext, &quorum(&numbers[..2]), &shares[..2], &flood);
        assert_ne!(two, Ok(values.clone()));
    }
}

/// Reals through the same shares: the error that is stated holds, and is not far from what there is.
#[test]
fn reals_within_the_stated_error() {
    let mut keys = keys(params(4, three_of_five(), Values::Reals));
    let values: Vec<f64> = (0..2048).map(|i| (f64::from(i) * 0.37).sin()).collect();
    let plain = keys.encoder.reals(&values, Scale::power_of_two(96), 1.0).unwrap();
    let ciphertext = keys.key.encrypt(&plain, of(1), &mut keys.rng).unwrap();
    let shares = keys.shares(&ciphertext, &[1, 2, 5]);
    let all = quorum(&[1, 2, 5]);
    let opened = combine(&keys.ring, &ciphertext, &all, &shares, &Flood::DEFAULT).unwrap();
    let decoded = keys.encoder.decode(&opened).unwrap();
    let worst = values.iter().zip(&decoded).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(worst < opened.error() && worst > opened.error() * 1e-4, "{worst} of {}", opened.error());
    assert!(opened.error() < 1e-6, "{}", opened.error());
}

#[test]
fn a_secret_comes_back_from_its_bytes() {
    let mut keys = keys(params(4, three_of_five(), Values::Integers));
    let stored = keys.secrets[2].to_bytes();
    keys.secrets[2] = JointSecret::from_bytes(&keys.ring, &stored).unwrap();
    let plain = keys.encoder.integers(&[41, -7], 70, 100).unwrap();
    let ciphertext = keys.key.encrypt(&plain, of(1), &mut keys.rng).unwrap();
    let shares = keys.shares(&ciphertext, &[1, 3, 4]);
    let opened =
        combine_exact(&keys.ring, &ciphertext, &quorum(&[1, 3, 4]), &shares, &Flood::DEFAULT).unwrap();
    assert_eq!(opened[..3], [41, -7, 0]);
    assert_eq!(keys.params.answerers(), 5);
}

#[test]
fn misuse_is_named() {
    let mut keys = keys(params(4, three_of_five(), Values::Integers));
    let plain = keys.encoder.integers(&[1], 70, 1).unwrap();
    let ciphertext = keys.key.encrypt(&plain, of(1), &mut keys.rng).unwrap();
    let mut ledger = Ledger::new();
    let mut ask = |numbers: &[u8], ledger: &mut Ledger| {
        let share = keys.secrets[0].decryption_share(
            &ciphertext,
            &quorum(numbers),
            &Flood::DEFAULT,
            ledger,
            &mut keys.rng,
        );
        share.map(|_| ()).unwrap_err()
    };
    for numbers in [&[1u8, 2][..], &[2, 3, 4], &[1, 2, 6], &[1, 2, 3, 4]] {
        assert_eq!(ask(numbers, &mut ledger), Misuse::WrongParty.into());
    }
    assert_eq!(ledger.answers(), 0);
    let other = ckks_agg::SecretKey::generate(&keys.ring, &mut keys.rng);
    let foreign = other.public_key().encrypt(&plain, of(1), &mut keys.rng).unwrap();
    let share = keys.secrets[0].decryption_share(
        &foreign,
        &quorum(&[1, 2, 3]),
        &Flood::DEFAULT,
        &mut ledger,
        &mut keys.rng,
    );
    assert_eq!(share.map(|_| ()).unwrap_err(), Misuse::WrongKey.into());
    // Rounding is not certain any more below the floods.
    let fine = keys.encoder.integers(&[1], 40, 1).unwrap();
    let ciphertext = keys.key.encrypt(&fine, of(2), &mut keys.rng).unwrap();
    let shares = keys.shares(&ciphertext, &[1, 2, 3]);
    let refused = combine_exact(&keys.ring, &ciphertext, &quorum(&[1, 2, 3]), &shares, &Flood::DEFAULT);
    assert!(matches!(refused, Err(Error::Misuse(Misuse::NoiseBeyondGrid { .. }))));
}

/// Squares, rotations and their joint keys, opened jointly.
#[test]
fn joint_keys_for_evaluators() {
    let group = GroupParams::new(config(4)).unwrap();
    let opening = Opening::Trustees(Threshold::all_of(3).unwrap());
    let params = Params::new(group, opening, Preset::Depth2, Values::Reals).unwrap();
    let mut keys = keys(params);
    let (values, scale): (Vec<f64>, _) =
        ((0..4096).map(|i| f64::from(i % 17) / 20.0).collect(), Scale::power_of_two(45));
    let first: Vec<RelinearisationFirst> =
        keys.secrets.iter().map(|s| s.relinearisation_first().unwrap()).collect();
    let second: Vec<RelinearisationSecond> =
        keys.secrets.iter().map(|s| s.relinearisation_second(&first).unwrap()).collect();
    let relinearisation = RelinearisationSecond::combine(&keys.ring, 3, &second).unwrap();
    let shares: Vec<RotationShare> = keys.secrets.iter().map(|s| s.rotation_share(3).unwrap()).collect();
    let rotation = RotationShare::combine(&keys.ring, &keys.secrets[0], &shares).unwrap();
    assert_eq!(
        RotationShare::combine(&keys.ring, &keys.secrets[0], &shares[..2]).map(|_| ()),
        Err(Misuse::WrongParty.into())
    );
    let all = relinearisation.join(rotation).unwrap();
    let bytes = all.to_bytes();
    let all = ckks_agg::SwitchingKeys::from_bytes(&keys.ring, &bytes).unwrap();
    let mut evaluator = Evaluator::new(&keys.key).with_keys(Arc::new(all)).unwrap();

    let plain = keys.encoder.reals(&values, scale, 1.0).unwrap();
    let mut ciphertext = keys.key.encrypt(&plain, of(1), &mut keys.rng).unwrap();
    evaluator.square(&mut ciphertext).unwrap();
    evaluator.rotate(&mut ciphertext, 3).unwrap();
    // A small flood: the point is the keys, and there is no room for a year's beside a square.
    let (flood, numbers) = (Flood::new(1, 1).unwrap(), quorum(&[1, 2, 3]));
    let shares: Vec<DecryptionShare> = keys
        .secrets
        .iter()
        .map(|s| {
            let share = s.decryption_share(&ciphertext, &numbers, &flood, &mut Ledger::new(), &mut keys.rng);
            share.unwrap().stored()
        })
        .collect();
    let opened = combine(&keys.ring, &ciphertext, &numbers, &shares, &flood).unwrap();
    assert!(opened.error() < 1e-2, "{}", opened.error());
    let decoded = keys.encoder.decode(&opened).unwrap();
    for (slot, have) in decoded.iter().enumerate() {
        let want = values[(slot + 3) % 4096].powi(2);
        assert!((have - want).abs() < opened.error(), "{have} for {want} in {slot}");
    }
}

fn begin(params: &Params, cohort: &Cohort, ring: &Arc<Ring>, i: usize) -> (Joining, CeremonyRecord) {
    let party = &cohort.answerers[i];
    let who = Participant { id: party.id, identity: &party.identity, link: &party.link };
    let mut rng = ChaCha8Rng::seed_from_u64(i as u64);
    let prepared = Joining::begin(params, &cohort.view, ring, &cohort.roster, who, &mut rng).unwrap();
    let record = prepared.record().try_into().unwrap();
    (prepared.stored(), record)
}

#[test]
fn a_participant_that_starts_again_sends_the_same() {
    let params = params(4, three_of_five(), Values::Integers);
    let (cohort, ring) = (form(&params, 4, 9), Ring::new(Preset::Shared));
    let (joining, record) = begin(&params, &cohort, &ring, 2);
    let party = &cohort.answerers[2];
    let who = Participant { id: party.id, identity: &party.identity, link: &party.link };
    let resume = |record: &[u8]| Joining::resume(&params, &cohort.view, &ring, &cohort.roster, who, record);
    assert_eq!(resume(&record).unwrap().frame(), joining.frame());
    for at in 0..record.len() {
        let mut bad = record;
        bad[at] ^= 1;
        assert!(resume(&bad).is_err());
        assert!(resume(&record[..at]).is_err());
    }
}

fn sign(cohort: &Cohort, i: usize, kind: Kind, payload: &[u8]) -> Vec<u8> {
    let (view, party) = (&cohort.view, &cohort.answerers[i]);
    let header = view.header(kind, 0, party.id, view.epoch().first_round);
    let mut out = vec![0; payload.len() + 16 + Identity::SIGNATURE_LEN];
    let mut writer = Writer::frame(&mut out, &header).unwrap();
    writer.bytes(payload).unwrap();
    writer.finish_signed(&header, &party.identity, &view.scope()).unwrap();
    out
}

/// The last trustee takes the others' parts off its own, so that the joint key would be its own alone.
#[test]
fn a_rogue_part_is_not_what_was_committed_to() {
    let params = params(4, three_of_five(), Values::Integers);
    let (cohort, ring) = (form(&params, 4, 9), Ring::new(Preset::Shared));
    let mut joining: Vec<Joining> = (0..5).map(|i| begin(&params, &cohort, &ring, i).0).collect();
    let frames: Vec<Vec<u8>> = joining.iter().map(|j| j.frame().to_vec()).collect();
    for joining in &mut joining {
        frames.iter().for_each(|frame| assert!(joining.accept(frame).is_ok()));
    }
    // Another commitment of the same trustee is a contradiction.
    let second = sign(&cohort, 4, Kind::KeyCommitment, &[7; 32]);
    let rogue = cohort.answerers[4].id;
    let contradiction = Fault::Link(meter_link::Fault::Contradiction).of(rogue);
    assert_eq!(joining[0].accept(&second), Err(contradiction));
    let mut revealing: Vec<_> = joining
        .into_iter()
        .zip(&cohort.answerers)
        .map(|(joining, party)| joining.close(&party.identity).unwrap())
        .collect();
    let frames: Vec<Vec<u8>> = revealing.iter().map(|r| r.frame().to_vec()).collect();
    // It has seen all others before it shows its own.
    let mut payload = frames[4][16..frames[4].len() - 64].to_vec();
    payload[200] ^= 1;
    let changed = sign(&cohort, 4, Kind::KeyPart, &payload);
    assert_eq!(revealing[0].accept(&changed), Err(Fault::WrongCommitment.of(rogue)));
    assert_eq!(revealing[0].missing().count(), 4);
    for frame in &frames {
        revealing[0].accept(frame).unwrap();
    }
    revealing.swap_remove(0).close().unwrap();
}

/// A utility that shows two trustees two commitments of a third, which has signed both.
#[test]
fn two_views_end_the_ceremony() {
    let params = params(4, three_of_five(), Values::Integers);
    let (cohort, ring) = (form(&params, 4, 9), Ring::new(Preset::Shared));
    let mut joining: Vec<Joining> = (0..5).map(|i| begin(&params, &cohort, &ring, i).0).collect();
    let frames: Vec<Vec<u8>> = joining.iter().map(|j| j.frame().to_vec()).collect();
    let other = sign(&cohort, 4, Kind::KeyCommitment, &[7; 32]);
    for (i, joining) in joining.iter_mut().enumerate().take(2) {
        for (j, frame) in frames.iter().enumerate() {
            joining.accept(if i == 1 && j == 4 { &other } else { frame }).unwrap();
        }
    }
    let second = joining.swap_remove(1).close(&cohort.answerers[1].identity).unwrap();
    let mut first = joining.swap_remove(0).close(&cohort.answerers[0].identity).unwrap();
    assert_eq!(first.accept(second.frame()), Err(Error::Inconsistent));
}

/// Shares of secrets are sealed: for one receiver, and unchanged.
#[test]
fn shares_of_secrets_are_for_one() {
    let params = params(4, three_of_five(), Values::Integers);
    let (cohort, ring) = (form(&params, 4, 9), Ring::new(Preset::Shared));
    let mut joining: Vec<Joining> = (0..5).map(|i| begin(&params, &cohort, &ring, i).0).collect();
    let frames: Vec<Vec<u8>> = joining.iter().map(|j| j.frame().to_vec()).collect();
    joining.iter_mut().for_each(|j| frames.iter().for_each(|frame| assert!(j.accept(frame).is_ok())));
    let identity = |i: usize| &cohort.answerers[i].identity;
    let mut revealing: Vec<_> =
        joining.into_iter().enumerate().map(|(i, j)| j.close(identity(i)).unwrap()).collect();
    let frames: Vec<Vec<u8>> = revealing.iter().map(|r| r.frame().to_vec()).collect();
    revealing.iter_mut().for_each(|r| frames.iter().for_each(|frame| assert!(r.accept(frame).is_ok())));
    let mut sharing: Vec<_> = revealing.into_iter().map(|r| r.close().unwrap()).collect();
    let frames: Vec<_> = sharing[0].frames().map(|(to, frame)| (to, frame.to_vec())).collect();
    assert_eq!(frames.len(), 4);
    let (to, frame) = &frames[0];
    assert_eq!(*to, cohort.answerers[1].id);
    let dealer = cohort.answerers[0].id;
    let not_here = Fault::Link(meter_link::Fault::NotExpected).of(dealer);
    assert_eq!(sharing[2].accept(frame), Err(not_here));
    let mut changed = frame.clone();
    changed[1000] ^= 1;
    let bad_seal = Fault::Link(meter_link::Fault::BadSeal).of(dealer);
    assert_eq!(sharing[1].accept(&changed), Err(bad_seal));
    assert!(sharing[1].accept(&frame[..frame.len() - 1]).is_err());
    assert_eq!(sharing[1].missing().count(), 4);
    sharing[1].accept(frame).unwrap();
    assert_eq!(sharing[1].missing().count(), 3);
    assert_eq!(sharing.swap_remove(1).close().map(|_| ()), Err(Error::Quorum { have: 2, need: 5 }));
}
