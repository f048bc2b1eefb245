//! By trustees.

use curve25519_dalek::{RistrettoPoint, Scalar};
use meter_link::PartyId;
use meter_link::answer::Quorum;
use meter_link::frame::{Kind, Writer};
use meter_link::key::Label;
use threshold_elgamal::{Ciphertext, Error, combine};

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
    assert_eq!(TABLE.solve(&combine(&sum, &shares).unwrap(), 4_000_000), Err(Error::Inconsistent));

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
    let share = tagged_share(&world, &cohort.answerers[3], at, &[0; 64]);
    assert_eq!(closed.accept(&share), fault);
    world.answer(at, &mut closed, &[1, 2, 3]).unwrap();
    assert_eq!(world.utility.record(&closed, &TABLE).unwrap().values, [20]);
}

/// What share proofs will prevent: until then a trustee can shift the sum by what it likes, and any other
/// wrong share makes the round fail without a name.
#[test]
fn a_lying_trustee_is_not_named_yet() {
    for (shift, outcome) in
        [(Scalar::from(1000u16), Ok(1020)), (-Scalar::from(1u64 << 40), Err(Error::Inconsistent))]
    {
        let mut world = World::new(4);
        let at = round(FIRST);
        let collecting = world.collect(at, &[Some(5); 4]);
        let mut closed = world.utility.close(collecting, &Quorum::new(&[1, 2, 3]).unwrap()).unwrap();
        let list: Vec<Vec<u8>> = closed.contributions().map(<[u8]>::to_vec).collect();
        let mut statements = Vec::new();
        for trustee in &mut world.trustees[..3] {
            statements.push(trustee.agree(at, closed.frame(), &slices(&list)).unwrap().stored());
        }
        let (_, cohort) = world.secrets();
        for number in 1..=3 {
            let trustee = &mut world.trustees[usize::from(number) - 1];
            let honest = trustee.answer(&slices(&statements)).unwrap().stored();
            let mut frame = honest.clone();
            if number == 3 {
                // λ_3 of {1, 2, 3} is 1, and shares are subtracted.
                let wrong = share_of(&frame) - RistrettoPoint::mul_base(&shift);
                let payload = [&frame[16..48], wrong.compress().as_bytes()].concat();
                frame = tagged_share(&world, &cohort.answerers[2], at, &payload);
            }
            assert_eq!(closed.accept(&frame), Ok(number));
            // The same again changes nothing; another is a fault that has a name.
            let contradiction = link(meter_link::Fault::Contradiction).of(cohort.answerers[2].id);
            let expected = if number == 3 { Err(contradiction) } else { Ok(number) };
            assert_eq!(closed.accept(&honest), expected);
        }
        assert_eq!(world.utility.record(&closed, &TABLE).map(|sum| sum.values[0]), outcome);
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
    let header = world.view.header(Kind::DecryptionShare, 0, party.id, at);
    let mut out = vec![0; 16 + payload.len() + 16];
    let mut writer = Writer::frame(&mut out, &header).unwrap();
    writer.bytes(payload).unwrap();
    writer.finish_tagged(&header, &key).unwrap();
    out
}
