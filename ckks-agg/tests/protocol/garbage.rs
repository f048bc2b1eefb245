//! Bytes of any kind, under true signatures too: refused without a panic, and nothing has changed.

use chacha20::ChaCha8Rng;
use chacha20::rand_core::{Rng, SeedableRng};
use ckks_agg::joint::{DecryptionShare, Joining, JointSecret, Participant};
use ckks_agg::{PublicKey, Sums, certified};
use meter_link::answer::Quorum;
use meter_link::frame::Flags;
use meter_link::{Kind, PartyId};

use crate::adversary::signed;
use crate::one;
use crate::world::{FIRST, World, form, params, round, slices, three_of_five};

/// Lengths around what is right, and contents from all zero to noise.
fn payloads(rng: &mut ChaCha8Rng, right: &[u8]) -> Vec<Vec<u8>> {
    let mut all =
        vec![vec![], vec![0; right.len()], vec![255; right.len()], right[..right.len() / 2].to_vec()];
    all.push([right, &[0]].concat());
    all.push(right[..right.len().saturating_sub(1)].to_vec());
    for _ in 0..6 {
        let mut noise = vec![0; (rng.next_u32() % 300) as usize];
        rng.fill_bytes(&mut noise);
        all.push(noise);
        let mut flipped = right.to_vec();
        if !flipped.is_empty() {
            let at = rng.next_u32() as usize % flipped.len();
            flipped[at] ^= 1 << (rng.next_u32() % 8);
        }
        all.push(flipped);
    }
    all
}

/// Each payload as it is and cut, under every kind that the family has.
fn offer(world: &mut World, frame: &[u8]) {
    let at = round(FIRST);
    let _ = world.utility.accept_commitment(frame);
    let _ = world.utility.accept_list_statement(frame);
    let _ = world.utility.verifier().verify(at, frame);
    let _ = certified(&world.params, &world.view, Kind::ListStatement, world.roster.answerers(), &[frame]);
    for trustee in &mut world.trustees {
        let _ = trustee.open(at, frame);
        assert!(trustee.certify(frame).is_err());
        assert!(trustee.agree(at, frame, &[frame]).is_err());
        let refused = trustee.answer(&[frame, frame, frame], &mut world.rng);
        assert!(refused.is_err());
        assert!(trustee.replay(frame).is_err());
    }
    assert!(PublicKey::from_bytes(&world.ring, frame).is_err());
    assert!(JointSecret::from_bytes(&world.ring, frame).is_err());
    assert!(DecryptionShare::from_bytes(frame).is_err());
    assert!(world.utility.reopen(frame).is_err());
}

#[test]
fn garbage_under_true_signatures() {
    let mut world = World::new(4);
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let cohort = form(&world.params, 4, world.seed);
    let at = round(FIRST);
    let contribution = world.frame(0, at, &[1]);
    let list = world.utility.list().unwrap();
    let statement = world.statements[0].clone();
    let commitment = world.meter_uncertified(0).commit().unwrap();
    let (meter, trustee) = (&cohort.meters[0], &cohort.answerers[0]);
    let cases = [
        (Kind::Contribution, Flags::TRANSMISSION, meter, contribution),
        (Kind::CiphertextCommitment, 0, meter, commitment.to_vec()),
        (Kind::CommitmentList, 0, &cohort.utility, list),
        (Kind::ListStatement, 0, trustee, statement.clone()),
        (Kind::PublicKeyStatement, 0, trustee, statement),
    ];
    for (kind, flags, party, right) in cases {
        let payload = right[16..right.len() - 64].to_vec();
        for payload in payloads(&mut rng, &payload) {
            let frame = signed(&world.view, &party.identity, kind, flags, party.id, at, &payload);
            // A list is fixed here, so that even a good one of the utility's would be another.
            if payload.as_slice() != &right[16..right.len() - 64] {
                offer(&mut world, &frame);
            }
        }
    }
    let totals = world.play(FIRST, &one(&[1, 2, 3, 4]), &[1, 2, 3]).unwrap();
    assert_eq!(totals.sums, Sums::Exact(vec![10]));
}

#[test]
fn garbage_in_the_ceremony() {
    let params = params(4, three_of_five(), ckks_agg::Values::Integers);
    let cohort = form(&params, 4, 9);
    let ring = ckks_agg::Ring::new(params.preset());
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let mut joining: Vec<Joining> = Vec::new();
    for party in &cohort.answerers {
        let who = Participant { id: party.id, identity: &party.identity, link: &party.link };
        let begun = Joining::begin(&params, &cohort.view, &ring, &cohort.roster, who, &mut rng).unwrap();
        joining.push(begun.stored());
    }
    let frames: Vec<Vec<u8>> = joining.iter().map(|j| j.frame().to_vec()).collect();
    let sign = |kind, payload: &[u8]| {
        let party = &cohort.answerers[1];
        signed(&cohort.view, &party.identity, kind, 0, party.id, round(FIRST), payload)
    };
    for joining in &mut joining {
        frames.iter().for_each(|frame| assert!(joining.accept(frame).is_ok()));
        for payload in payloads(&mut rng, &frames[1][16..48]) {
            if payload != frames[1][16..48] {
                assert!(joining.accept(&sign(Kind::KeyCommitment, &payload)).is_err());
            }
        }
        assert!(joining.accept(&frames[1]).is_ok());
    }
    let mut revealing: Vec<_> =
        joining.into_iter().zip(&cohort.answerers).map(|(j, p)| j.close(&p.identity).unwrap()).collect();
    let parts: Vec<Vec<u8>> = revealing.iter().map(|r| r.frame().to_vec()).collect();
    let right = &parts[1][16..parts[1].len() - 64];
    for payload in payloads(&mut rng, right) {
        if payload != right {
            assert!(revealing[0].accept(&sign(Kind::KeyPart, &payload)).is_err());
        }
    }
    for revealing in &mut revealing {
        parts.iter().for_each(|frame| assert!(revealing.accept(frame).is_ok()));
    }
    let mut sharing: Vec<_> = revealing.into_iter().map(|r| r.close().unwrap()).collect();
    let (to, frame) = sharing[1].frames().next().map(|(to, frame)| (to, frame.to_vec())).unwrap();
    assert_eq!(to, PartyId(1));
    for len in [0, 15, 16, 19, 20, 36, 1000, frame.len() - 1] {
        assert!(sharing[0].accept(&frame[..len]).is_err());
    }
    for at in (0..frame.len()).step_by(2503) {
        let mut bad = frame.clone();
        bad[at] ^= 4;
        assert!(sharing[0].accept(&bad).is_err(), "{at}");
    }
    assert_eq!(sharing[0].accept(&frame), Ok(PartyId(2)));
}

/// Answers under true tags: of another length, with residues beyond their primes.
#[test]
fn garbage_as_answers() {
    let mut world = World::held(3);
    let at = round(FIRST);
    let collecting = world.collect(at, &one(&[1, 2, 3]));
    let mut closed = world.utility.close(collecting, &Quorum::new(&[1]).unwrap()).unwrap();
    let list: Vec<Vec<u8>> = closed.contributions().map(<[u8]>::to_vec).collect();
    let holder = world.holder.as_mut().unwrap();
    let frame = holder.answer(at, closed.frame(), &slices(&list), &mut world.rng).unwrap().stored();
    for len in 0..frame.len() {
        assert!(closed.accept(&frame[..len]).is_err());
    }
    for at in 0..frame.len() {
        let mut bad = frame.clone();
        bad[at] ^= 1;
        assert!(closed.accept(&bad).is_err(), "{at}");
        assert!(closed.accept_statement(&bad).is_err());
    }
    closed.accept(&frame).unwrap();
    assert_eq!(closed.totals().unwrap().sums, Sums::Exact(vec![6]));
}
