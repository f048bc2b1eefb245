//! Keys that are not what they seem.

use dcnet_core::{Error, Fault, Holder, Meter, Neighbour, Place, Utility};
use meter_link::answer::AnswererLink;
use meter_link::roster::link_key::announce;
use meter_link::roster::{Certified, List, Member, Roster, RosterBuilder};
use meter_link::{Channels, LinkPublic, LinkSecret, Role};

use crate::blamed;
use crate::group::{Plan, World};

/// Public keys with which X25519 gives zero: 0, 1, both points of order 8, and p − 1.
const LOW_ORDER: [&str; 5] = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
];

/// The meter at position 0, with other link keys for a neighbour or a holder.
fn meter(plan: &Plan, neighbour: Option<LinkPublic>, holder: Option<LinkPublic>) -> Result<(), Error> {
    let mut cohort = plan.cohort();
    let (params, party) = (plan.params(), cohort.meters.remove(0));
    let mut members: Vec<_> = (0u32..).zip(cohort.roster.meters().iter().copied()).skip(1).collect();
    let mut holders = cohort.roster.answerers().to_vec();
    members[0].1.link = neighbour.unwrap_or(members[0].1.link);
    holders[0].link = holder.unwrap_or(holders[0].link);
    let place = Place { id: party.id, position: 0, channels: Channels { first: 0, count: 1 } };
    let links: Vec<_> = holders.iter().map(|_| AnswererLink::default()).collect();
    let storage: Vec<_> = members.iter().map(|_| Neighbour::default()).collect();
    Meter::new(&params, &cohort.view, place, party.link, &holders, members, links, storage).map(|_| ())
}

/// A key with which every pad would be known to all.
#[test]
fn low_order_key() {
    let plan = Plan::of(4, 1);
    let (neighbour, holder) = (plan.meter_ids()[1], plan.holder_ids()[0]);
    for key in LOW_ORDER {
        let key = LinkPublic(hex::decode(key).unwrap().try_into().unwrap());
        assert_eq!(meter(&plan, Some(key), None), Err(Fault::LowOrderKey.of(neighbour)));
        assert_eq!(meter(&plan, None, Some(key)), Err(Fault::LowOrderKey.of(holder)));
    }
    let own = plan.cohort().meters[0].link.public();
    assert_eq!(meter(&plan, Some(own), None), Err(Fault::CopiedKey.of(neighbour)));
    assert_eq!(meter(&plan, None, Some(own)), Err(Fault::CopiedKey.of(holder)));
    meter(&plan, None, None).unwrap();
}

/// One party in several places would make a threshold of them alone, or hold both a pad and the self-mask
/// that is to hide it.
#[test]
fn a_party_in_two_places() {
    let plan = Plan::of(4, 1);
    let with = |change: fn(&mut Vec<(u32, Member)>, &mut Vec<Member>)| {
        let mut cohort = plan.cohort();
        let (params, party) = (plan.params(), cohort.meters.remove(0));
        let mut members: Vec<_> = (0u32..).zip(cohort.roster.meters().iter().copied()).skip(1).collect();
        let mut holders = cohort.roster.answerers().to_vec();
        change(&mut members, &mut holders);
        let place = Place { id: party.id, position: 0, channels: Channels { first: 0, count: 1 } };
        let links: Vec<_> = holders.iter().map(|_| AnswererLink::default()).collect();
        let storage: Vec<_> = members.iter().map(|_| Neighbour::default()).collect();
        let meter = Meter::new(&params, &cohort.view, place, party.link, &holders, members, links, storage);
        meter.map(|_| ())
    };
    with(|_, _| ()).unwrap();
    let refused = [
        with(|_, holders| holders[1] = holders[0]),
        with(|_, holders| holders[1].link = holders[0].link),
        with(|_, holders| holders[1].identity = holders[0].identity),
        with(|members, _| members[1].1.link = members[0].1.link),
        with(|members, _| members[1].1.identity = members[0].1.identity),
        with(|members, holders| members[0].1.link = holders[0].link),
        with(|members, holders| members[0].1.identity = holders[2].identity),
        with(|members, holders| holders[3].link = members[2].1.link),
        with(|members, _| members[0].1.role = Role::Holder),
        with(|_, holders| holders[0].role = Role::Meter),
    ];
    for (n, result) in refused.iter().enumerate() {
        assert!(matches!(result, Err(Error::Fault { .. } | Error::Misuse(_))), "{n}: {result:?}");
    }
}

/// The utility relays link keys: it cannot put its own in a meter's place, nor show one roster to a party
/// that has pinned another.
#[test]
fn substituted_link_key() {
    let plan = Plan::of(4, 1);
    let cohort = plan.cohort();
    let (forming, victim) = (*cohort.roster.forming(), &cohort.meters[1]);
    let secret = LinkSecret::from_bytes(&mut [7; 32]);
    let certified = Certified { id: victim.id, role: victim.role, identity: victim.identity.public() };
    let frame =
        announce(&forming, victim.id, victim.role, &cohort.utility.identity, secret.public()).unwrap();
    let refused = RosterBuilder::new(forming).add(&certified, &frame);
    assert_eq!(refused, Err(Fault::BadSignature.of(victim.id)));

    let path = cohort.roster.path(List::Roster, 2);
    let proof = cohort.roster.inclusion(List::Roster, 2, &path);
    let committed = cohort.view.epoch().roster_root;
    let mut member = cohort.roster.meters()[1];
    proof.verify(&member, List::Roster, &committed).unwrap();
    member.link = secret.public();
    assert_eq!(proof.verify(&member, List::Roster, &committed), Err(blamed(Fault::BadProof)));

    let other = roster_with(&plan, secret.public());
    let party = plan.cohort().answerers.remove(0);
    let holder = Holder::new(&plan.params(), &cohort.view, party.id, party.link, &other);
    assert_eq!(holder.unwrap_err(), blamed(Fault::BadProof));
    let own = plan.cohort().utility;
    let utility = Utility::new(&plan.params(), &cohort.view, own.identity, own.link, other);
    assert_eq!(utility.unwrap_err(), blamed(Fault::BadProof));
}

/// The cohort's roster, in which the meter at 1 announced another link key.
fn roster_with(plan: &Plan, link: LinkPublic) -> Roster {
    let cohort = plan.cohort();
    let forming = *cohort.roster.forming();
    let mut builder = RosterBuilder::new(forming);
    for party in [&cohort.utility].into_iter().chain(&cohort.meters).chain(&cohort.answerers) {
        let announced = if party.id == cohort.meters[1].id { link } else { party.link.public() };
        let frame = announce(&forming, party.id, party.role, &party.identity, announced).unwrap();
        let certified = Certified { id: party.id, role: party.role, identity: party.identity.public() };
        builder.add(&certified, &frame).unwrap();
    }
    builder.build().unwrap()
}

/// Meters of two epochs share nothing, so a roster that changes is noticed as sums that do not open.
#[test]
fn a_meter_of_another_epoch() {
    let (here, there) = (Plan::of(4, 1), Plan { seed: 2, ..Plan::of(4, 1) });
    let world = World::new(here);
    let open = world.forger.open(crate::group::FIRST, None, &world.everybody());
    assert_eq!(there.device(0).open(&open), Err(blamed(Fault::BadSignature)));
}
