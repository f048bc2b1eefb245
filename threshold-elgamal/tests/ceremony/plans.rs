//! Descriptions that are none.

use meter_link::{IdentityKey, PartyId};
use threshold_elgamal::ceremony::{Ceremony, Dealer, Seat};
use threshold_elgamal::{Error, Misuse};

use crate::setting::{dealers, generated, params, people, seats};

#[test]
fn members() {
    let members = seats(&people(4, 1));
    let generate = |members: &[Seat]| Ceremony::generate(&params(4, 3), 1, members).map(|_| ());
    assert_eq!(generate(&members), Ok(()));
    let bad: Error = meter_link::Misuse::BadParameter.into();
    let count: Error = meter_link::Misuse::BadThreshold.into();
    assert_eq!(generate(&members[..3]), Err(count));
    assert_eq!(generate(&[&members[..], &members[..1]].concat()), Err(count));
    let with = |change: fn(&mut [Seat])| {
        let mut changed = members.clone();
        change(&mut changed);
        generate(&changed)
    };
    assert_eq!(with(|m| m[3] = m[0]), Err(bad));
    assert_eq!(with(|m| m[3].id = m[0].id), Err(bad));
    assert_eq!(with(|m| m[3].identity = m[0].identity), Err(bad));
    assert_eq!(with(|m| m[2].id = PartyId::UTILITY), Err(bad));
    assert_eq!(with(|m| m[2].identity = IdentityKey([3; 32])), Ok(()));
}

#[test]
fn dealers_of_old_keys() {
    let people = people(6, 1);
    let (keys, _) = generated(&people[..4], 3, 1);
    let members = seats(&people[1..5]);
    let reshare =
        |dealers: &[Dealer]| Ceremony::reshare(&params(4, 3), 1, &members, &keys, dealers).map(|_| ());
    let right = dealers(&people, &[1, 3, 4]);
    assert_eq!(reshare(&right), Ok(()));
    assert_eq!(reshare(&right[..2]), Err(Error::Quorum { have: 2, need: 3 }));
    let numbers: Error = meter_link::Misuse::BadQuorum.into();
    for wrong in [[0u8, 3, 4], [1, 3, 5], [3, 1, 4], [1, 1, 4]] {
        let mut changed = right.clone();
        changed.iter_mut().zip(wrong).for_each(|(dealer, number)| dealer.number = number);
        assert_eq!(reshare(&changed), Err(numbers), "{wrong:?}");
    }
    let bad: Error = meter_link::Misuse::BadParameter.into();
    let with = |change: &dyn Fn(&mut [Dealer])| {
        let mut changed = right.clone();
        change(&mut changed);
        reshare(&changed)
    };
    // One person under two numbers, member or not; a member's id with another identity, and the other way round.
    assert_eq!(with(&|d| d[2].seat = d[1].seat), Err(bad));
    assert_eq!(with(&|d| d[2].seat = d[0].seat), Err(bad));
    assert_eq!(with(&|d| d[0].seat.id = members[0].id), Err(bad));
    assert_eq!(with(&|d| d[0].seat.identity = members[0].identity), Err(bad));
    let refresh = |n, t, members: &[Seat]| Ceremony::refresh(&params(n, t), 1, members, &keys).map(|_| ());
    assert_eq!(refresh(5, 3, &seats(&people[..5])), Err(Misuse::WrongKeySet.into()));
    assert_eq!(refresh(4, 4, &seats(&people[..4])), Err(Misuse::WrongKeySet.into()));
    assert_eq!(refresh(4, 3, &seats(&people[..4])), Ok(()));
}
