//! Mistakes of the caller, and groups without terms.

use cmt_ring::election::{Election, Roll};
use cmt_ring::{Claim, Error, Generation, Licence, Malformed, Misuse, Mode};
use meter_link::Misuse as LinkMisuse;
use meter_link::set::Members;

use crate::ring::{Device, Member, World, channels, round};
use crate::town::{everybody, town, town_of_term, without};

/// Without terms there are no claims, and a ring forms as the caller says.
#[test]
fn a_group_without_terms() {
    let mut world = World::new(6, Mode::Derived, 1, 90);
    let none: Error = Misuse::NoTerms.into();
    assert_eq!(world.get_licence(0, 0).map(drop), Err(none));
    assert_eq!(world.hello(0, 0, 0, 1).map(drop), Err(none));
    let all = everybody(&world);
    assert_eq!(world.claim_of_drawn(0, 0, 1, &all).map(drop), Err(none));
    assert_eq!(world.members[0].meter.broken(), Err(none));
    assert_eq!(world.members[0].meter.lost(round(0), &[]), Err(none));
    // A claim of a group that has terms is none of this one's.
    let mut other = town(6, Mode::Derived, 90);
    let claimed = other.claim_of_drawn(0, 0, 1, &all).unwrap();
    assert!(world.follow(0, 0, &claimed).is_err());
    world.form_all(1, 0);
    assert_eq!(world.members[0].meter.until(), None);
    for r in 0..20 {
        world.right_round(r);
    }
    world.form(2, 20, &all);
    world.right_round(20);
}

/// With terms, tokens alone make no ring.
#[test]
fn a_group_with_terms_needs_a_claim() {
    let mut world = town(6, Mode::Derived, 91);
    let all = everybody(&world);
    assert_eq!(world.open(1, 0, &all).map(drop), Err(Misuse::NoClaim.into()));
    let claimed = world.claim_of_drawn(0, 0, 1, &all).unwrap();
    // Exactly the set, generation and round that were claimed.
    assert_eq!(world.open(1, 1, &all).map(drop), Err(Misuse::NoClaim.into()));
    let same = |g: &u32| world.draw(*g, &all)[0] == claimed.by;
    let g = (2..).find(same).unwrap();
    assert_eq!(world.open(g, 0, &all).map(drop), Err(Misuse::NoClaim.into()));
    assert!(world.open(1, 0, &all).is_ok());
}

#[test]
fn mistakes_of_a_claimant() {
    let mut world = town_of_term(8, Mode::Derived, 3);
    let all = everybody(&world);
    let by = world.draw(1, &all)[0];
    let other = without(&world, &[by])[0];
    let link = |misuse: LinkMisuse| Err(Error::from(misuse));
    assert_eq!(world.make_claim(other, 0, 0, 1, &all).map(drop), link(LinkMisuse::WrongRole));
    let four: Vec<usize> = (0..4).collect();
    assert_eq!(world.make_claim(by, 0, 0, 1, &four).map(drop), Err(Misuse::RingTooSmall.into()));
    let rest = without(&world, &[by]);
    assert_eq!(world.make_claim(by, 0, 0, 1, &rest).map(drop), link(LinkMisuse::UnknownParty));
    assert_eq!(world.make_claim(by, 0, 3, 1, &all).map(drop), link(LinkMisuse::RoundFarFromNow));
    assert_eq!(world.make_claim(by, 999, 1000, 1, &all).map(drop), link(LinkMisuse::RoundOutsideEpoch));
    assert_eq!(world.make_claim(by, 0, 0, 0, &all).map(drop), Err(Misuse::GenerationUsed.into()));
    let far = (65..).find(|g| world.draw(*g, &all)[0] == by).unwrap();
    assert_eq!(world.make_claim(by, 0, 0, far, &all).map(drop), Err(Misuse::GenerationUsed.into()));
    let entry = world.listing(by);
    let mut claim = |identity: usize, set: &Members| {
        let identity = meter_link::Identity::from_bytes(&mut [identity as u8; 32]);
        let meter = &mut world.members[by].meter;
        meter.claim(&identity, &entry, round(0), round(0), Generation(1), set).map(drop)
    };
    assert_eq!(claim(1, &Members::none(8)), link(LinkMisuse::WrongRole));
    let foreign = Members::marked(&[true; 9]).unwrap();
    let Member { meter, identity, .. } = &mut world.members[by];
    let refused = meter.claim(identity, &entry, round(0), round(0), Generation(1), &foreign).map(drop);
    assert_eq!(refused, link(LinkMisuse::WrongLength));
    // After all that the right one, and the same bytes again.
    let claimed = world.make_claim(by, 0, 0, 1, &all).unwrap();
    assert_eq!(world.make_claim(by, 0, 0, 1, &all).unwrap().frame, claimed.frame);
}

#[test]
fn mistakes_of_an_elector() {
    let world = town(6, Mode::Derived, 92);
    let (meter, identity) = (&world.members[2].meter, &world.members[2].identity);
    let open = |identity, entry, now, from, g, tries| {
        Election::open(meter, identity, entry, round(now), round(from), Generation(g), tries).map(drop)
    };
    let (me, other) = (world.listing(2), world.listing(3));
    assert_eq!(open(identity, &me, 0, 0, 1, 0), Err(LinkMisuse::BadParameter.into()));
    assert_eq!(open(identity, &other, 0, 0, 1, 1), Err(LinkMisuse::WrongRole.into()));
    assert_eq!(open(&world.members[3].identity, &me, 0, 0, 1, 1), Err(LinkMisuse::WrongRole.into()));
    assert_eq!(open(identity, &me, 0, 3, 1, 1), Err(LinkMisuse::RoundFarFromNow.into()));
    assert_eq!(open(identity, &me, 0, 0, 65, 1), Err(Misuse::GenerationUsed.into()));
    assert_eq!(open(identity, &me, 0, 0, 0, 1), Err(Misuse::GenerationUsed.into()));
    assert_eq!(open(identity, &me, 0, 0, 1, 1), Ok(()));
    // Nobody is taken out by himself, nor is there a meter beyond the roster.
    let mut election = world.election(2, 0, 0, 1).unwrap();
    election.leave_out(2);
    election.leave_out(99);
    assert_eq!(election.members().count(), 1);
    let mut roll = Roll::new(&world.view);
    roll.cut(99, round(5));
    assert!(!roll.holds(99, world.members[2].meter.licence().unwrap()));
}

/// What a meter stored, it takes up again; what it did not, it has to do anew.
#[test]
fn a_meter_that_starts_again() {
    let mut world = town_of_term(7, Mode::Derived, 3);
    let all = everybody(&world);
    let claimed = world.claim_of_drawn(0, 0, 1, &all).unwrap();
    world.settle(&claimed);
    world.right_round(0);
    let i = without(&world, &[claimed.by])[0];
    let kept = world.members[i].meter.licence().unwrap().to_bytes().unwrap();
    let member = &mut world.members[i];
    member.meter = Device::new(&world.params, &world.view, &member.listed, channels(&world.params)).unwrap();
    member.generations.iter().for_each(|record| member.meter.replay(record).unwrap());
    assert_eq!(
        member
            .meter
            .hello(
                &member.identity,
                &cmt_ring::Entry { position: i as u32, member: world.roster.meters()[i] },
                round(1),
                round(1),
                Generation(2)
            )
            .map(drop),
        Err(Misuse::NotLicensed.into())
    );
    member.meter.restore_licence(&Licence::from_bytes(&kept).unwrap()).unwrap();
    assert_eq!(member.meter.next_generation(), Generation(2));
    assert!(world.hello(i, 1, 1, 2).is_ok());
    assert_eq!(world.hello(i, 1, 1, 1).map(drop), Err(Misuse::GenerationUsed.into()));
    // A record with a changed byte is none.
    for record in world.members[claimed.by].generations.clone() {
        for byte in 0..record.len() {
            let mut bad = record.clone();
            bad[byte] ^= 1;
            assert_eq!(world.members[i].meter.replay(&bad), Err(Malformed::BadRecord.into()));
        }
    }
    assert_eq!(Claim::max_len(7), 16 + 4 + 2 + 64);
}
