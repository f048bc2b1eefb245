//! By trustees.

use curve25519_dalek::{RistrettoPoint, Scalar};
use meter_link::PartyId;
use meter_link::answer::Quorum;
use meter_link::frame::{Kind, Writer};
use meter_link::key::Label;
use threshold_elgamal::equality::{Encoded, Equality, Statement};
use threshold_elgamal::{Ciphertext, Error, Fault};

use crate::world::{FIRST, TABLE, World, round, slices};
use crate::{adversary, link, share_of};

#[test]
fn a_trustee_outside_the_quorum() {
    let mut world = World::new(4);
    let at = round(FIRST);
    let collecting = world.collect(at, &[Some(5); 4]);
    let mut closed = world.utility.close(collecting, &Quorum::new(&[1, 2, 3]).unwrap()).unwrap();
    let list: Vec<Vec<u8>> = closed.contributions().map(<[u8]>::to_vec).collect();

    // Where its share stands in for another's, the sum is nonsense.
    let (secrets, cohort) = world.secrets();
    let sum = Ciphertext::sum(&list.iter().map(|f| adversary::ciphertext(f)).collect::<Vec<_>>());
    let shares = [(1, 0), (2, 1), (3, 3)].map(|(number, i)| (number, secrets[i].decryption_share(sum.r())));
    assert_eq!(
        TABLE.solve(&adversary::combine(&sum, &shares), -4_000_000..=4_000_000),
        Err(Error::Inconsistent)
    );

    // It does not answer …
    let outside = &mut world.trustees[3];
    let asked = outside.agree(at, closed.frame(), &slices(&list)).map(|_| ());
    assert_eq!(asked, Err(link(meter_link::Fault::NotInQuorum).of(PartyId::UTILITY)));
    // … and if it does, it is not heard.
    let party = &cohort.answerers[3];
    let fault = Err(link(meter_link::Fault::NotInQuorum).of(party.id));
    let statement =
        adversary::signed(&world.view, &party.identity, Kind::SetStatement, 0, party.id, at, &[0; 32]);
    assert_eq!(closed.accept_statement(&statement), fault);
    let share = tagged_share(&world, &cohort.answerers[3], at, &[0; 128]);
    assert_eq!(closed.accept(&share), fault);
    world.answer(at, &mut closed, &[1, 2, 3]).unwrap();
    assert_eq!(world.utility.record(&closed, &TABLE).unwrap().values, [20]);
}

/// A share that is none shifts the sum by what its trustee likes, wherever shares are taken at their word. With proofs the
/// trustee is named, nothing is combined, and another quorum opens the sum.
#[test]
fn a_lying_trustee_is_named() {
    let mut world = World::new(4);
    let (secrets, cohort) = world.secrets();
    let liar = &cohort.answerers[2];
    let mut earlier = None;
    for at in [round(FIRST), round(FIRST + 1)] {
        let collecting = world.collect(at, &[Some(5); 4]);
        let mut closed = world.utility.close(collecting, &Quorum::new(&[1, 2, 3]).unwrap()).unwrap();
        let list: Vec<Vec<u8>> = closed.contributions().map(<[u8]>::to_vec).collect();
        let mut statements = Vec::new();
        for trustee in &mut world.trustees[..3] {
            statements.push(trustee.agree(at, closed.frame(), &slices(&list)).unwrap().stored());
        }
        let honest: Vec<Vec<u8>> = world.trustees[..3]
            .iter_mut()
            .map(|trustee| trustee.answer(&slices(&statements)).unwrap().stored())
            .collect();

        // λ_3 of {1, 2, 3} is 1, and shares are subtracted.
        let sum = Ciphertext::sum(&list.iter().map(|f| adversary::ciphertext(f)).collect::<Vec<_>>());
        let shift = RistrettoPoint::mul_base(&Scalar::from(1000u16));
        let shifted = share_of(&honest[2]) - shift;
        let shares = [(1, share_of(&honest[0])), (2, share_of(&honest[1])), (3, shifted)];
        assert_eq!(TABLE.solve(&adversary::combine(&sum, &shares), -4_000_000..=4_000_000), Ok(1020));

        // Right shares of others, of another secret with a proof of its own, of the round before, and shifted ones.
        let own = |frame: &[u8]| frame[48..frame.len() - 16].to_vec();
        let another = {
            let secret = Scalar::from_canonical_bytes(*secrets[3].to_bytes()).unwrap();
            let inputs = [Encoded::from(*sum.r())];
            let outputs = [Encoded::from(secret * sum.r())];
            let public = Encoded::from(RistrettoPoint::mul_base(&secret));
            let mut domain = b"wattsum v1 elgamal share".to_vec();
            domain.extend(world.view.context().as_bytes());
            domain.extend(world.keys.group_key().key_set());
            domain.extend(at.get().to_le_bytes());
            domain.extend(&honest[2][16..48]);
            domain.push(3);
            let statement =
                Statement { domain: &[&domain], public: &public, inputs: &inputs, outputs: &outputs };
            let proof = Equality::prove(&statement, &secret, &Scalar::from(99u8)).unwrap();
            assert_eq!(proof.verify(&statement), Ok(()));
            [outputs[0].bytes().to_vec(), proof.to_bytes().to_vec()].concat()
        };
        let mut lies = vec![own(&honest[0]), another];
        lies.push([shifted.compress().as_bytes().to_vec(), honest[2][80..144].to_vec()].concat());
        lies.extend(earlier.take());
        for lie in &lies {
            let frame = tagged_share(&world, liar, at, &[&honest[2][16..48], lie].concat());
            assert_eq!(closed.accept(&frame), Err(Fault::BadEquality.of(liar.id)));
            assert_eq!(closed.missing().collect::<Vec<_>>(), [1, 2, 3]);
        }
        // Not even points or scalars.
        let mut bytes = own(&honest[2]);
        bytes[..32].fill(0xff);
        let frame = tagged_share(&world, liar, at, &[&honest[2][16..48], &bytes].concat());
        assert_eq!(closed.accept(&frame), Err(Fault::NotAPoint.of(liar.id)));
        let mut bytes = own(&honest[2]);
        bytes[64..].fill(0xff);
        let frame = tagged_share(&world, liar, at, &[&honest[2][16..48], &bytes].concat());
        assert_eq!(closed.accept(&frame), Err(Fault::NotAScalar.of(liar.id)));

        // The same again changes nothing.
        for (number, share) in [(1, &honest[0]), (2, &honest[1]), (2, &honest[1])] {
            assert_eq!(closed.accept(share), Ok(number));
        }
        let have = world.utility.record(&closed, &TABLE).unwrap_err();
        assert_eq!(have, Error::Quorum { have: 2, need: 3 });
        world.utility.ask(&mut closed, &Quorum::new(&[1, 2, 4]).unwrap()).unwrap();
        world.answer(at, &mut closed, &[1, 2, 4]).unwrap();
        assert_eq!(world.utility.record(&closed, &TABLE).unwrap().values, [20]);
        earlier = Some(own(&honest[2]));
    }
}

fn tagged_share(
    world: &World,
    party: &meter_link::cohort::Party,
    at: meter_link::Round,
    payload: &[u8],
) -> Vec<u8> {
    let peer = world.view.utility().peer();
    let key = party.link.pair_key(Label::Frame, world.view.context(), party.id, &peer, &[]).unwrap();
    let header = world.view.header(Kind::ProvenShare, 0, party.id, at);
    let mut out = vec![0; 16 + payload.len() + 16];
    let mut writer = Writer::frame(&mut out, &header).unwrap();
    writer.bytes(payload).unwrap();
    writer.finish_tagged(&header, &key).unwrap();
    out
}
