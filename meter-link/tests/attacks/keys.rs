//! Keys that are not what they seem.

use meter_link::answer::AnswererLink;
use meter_link::roster::link_key::{announce, verify};
use meter_link::roster::{Certified, Inclusion, List, Member, RosterBuilder, merkle};
use meter_link::{
    Fault, Identity, Label, LinkPublic, LinkSecret, Malformed, Misuse, PairKey, PartyId, Peer, Role,
};

use crate::setting::{cohort, forming, rng};

/// −1, 0, 1 and the two of order 8, also unreduced: all encodings of which X25519 makes zero. From RFC 7748,
/// section 6.1, and the list of seven that protocols check for, with p − 1, p and p + 1.
fn low_order_encodings() -> Vec<[u8; 32]> {
    let seven = [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ];
    let seven = seven.map(|hex| hex::decode(hex).unwrap().try_into().unwrap());
    let with_top_bit = seven.map(|mut point: [u8; 32]| {
        point[31] |= 0x80;
        point
    });
    seven.into_iter().chain(with_top_bit).collect()
}

#[test]
fn low_order_key() {
    let world = cohort(1, 3, 0);
    let victims: Vec<LinkSecret> = (0..5).map(|seed| LinkSecret::generate(&mut rng(seed))).collect();
    for point in low_order_encodings() {
        // What the attacker is after: a result that everybody knows.
        assert_eq!(x25519_dalek::x25519([0x77; 32], point), [0; 32]);
        let attacker = Peer { id: PartyId(66), link: LinkPublic(point) };
        for victim in &victims {
            let key = victim.pair_key(Label::DcnetPair, world.view.context(), PartyId(1), &attacker, &[]);
            assert_eq!(key.unwrap_err(), Fault::LowOrderKey.of(attacker.id), "{}", hex::encode(point));
        }
        // It does not even enter a roster, where it would stop the epoch for everybody.
        let identity = Identity::generate(&mut rng(66));
        let frame = announce(&forming(3), attacker.id, Role::Meter, &identity, attacker.link).unwrap();
        let refused = verify(&frame, &forming(3), attacker.id, Role::Meter, &identity.public()).unwrap_err();
        if LinkPublic(point).is_canonical() {
            assert_eq!(refused, Fault::LowOrderKey.of(attacker.id));
        } else {
            assert_eq!(refused, Malformed::BadField.into());
        }
    }
    assert_eq!(low_order_encodings().iter().filter(|p| LinkPublic(**p).is_low_order()).count(), 5);
    assert!(victims.iter().all(|v| v.public().is_canonical() && !v.public().is_low_order()));
}

#[test]
fn own_key_as_peer() {
    let world = cohort(2, 3, 0);
    let (victim, context) = (&world.meters[0], world.view.context());
    let own = victim.link.public();
    let mirror = Peer { id: PartyId(66), link: own };
    let key = victim.link.pair_key(Label::DcnetPair, context, victim.id, &mirror, &[]);
    assert_eq!(key.unwrap_err(), Fault::CopiedKey.of(mirror.id));
    let myself = Peer { id: victim.id, link: world.meters[1].link.public() };
    let key = victim.link.pair_key(Label::DcnetPair, context, victim.id, &myself, &[]);
    assert_eq!(key.unwrap_err(), Misuse::SelfAsPeer.into());
}

/// A copy is noticed while the roster forms, the copier is blamed and not the victim, whatever their ids, and
/// the others go on.
#[test]
fn copied_key_blames_the_copier() {
    let forming = forming(3);
    for copier in [PartyId(1), PartyId(9)] {
        let victim = Identity::generate(&mut rng(5));
        let link = LinkSecret::generate(&mut rng(6)).public();
        let attacker = Identity::generate(&mut rng(7));
        let mut builder = RosterBuilder::new(forming);
        let mut add = |id: PartyId, role: Role, identity: &Identity, link: LinkPublic| {
            let frame = announce(&forming, id, role, identity, link).unwrap();
            builder.add(&Certified { id, role, identity: identity.public() }, &frame)
        };
        let utility = Identity::generate(&mut rng(8));
        let utility_link = LinkSecret::generate(&mut rng(9)).public();
        add(PartyId::UTILITY, Role::Utility, &utility, utility_link).unwrap();
        add(PartyId(5), Role::Meter, &victim, link).unwrap();
        let copied = Err(Fault::CopiedKey.of(copier));
        for role in [Role::Meter, Role::Holder] {
            assert_eq!(add(copier, role, &attacker, link), copied);
            assert_eq!(add(copier, role, &victim, LinkSecret::generate(&mut rng(10)).public()), copied);
        }
        // The same key in its other encoding, which X25519 cannot tell apart.
        let mut twin = link;
        twin.0[31] |= 0x80;
        assert_eq!(x25519_dalek::x25519([3; 32], twin.0), x25519_dalek::x25519([3; 32], link.0));
        assert_eq!(add(copier, Role::Meter, &attacker, twin), Err(Malformed::BadField.into()));
        // Nothing of all this was kept.
        add(copier, Role::Meter, &attacker, LinkSecret::generate(&mut rng(11)).public()).unwrap();
        let roster = builder.build().unwrap();
        assert_eq!(roster.meters().len(), 2);
    }
}

#[test]
fn substituted_link_key() {
    let world = cohort(3, 4, 0);
    let (alice, bob) = (&world.meters[0], &world.meters[1]);
    let mallory = LinkSecret::generate(&mut rng(99));

    // In the announcement, by anybody on the way.
    let frame = announce(&forming(3), bob.id, Role::Meter, &bob.identity, bob.link.public()).unwrap();
    let mut altered = frame;
    altered[21..53].copy_from_slice(&mallory.public().0);
    let public = bob.identity.public();
    let read = |frame: &[u8], epoch| verify(frame, &forming(epoch), bob.id, Role::Meter, &public);
    assert_eq!(read(&frame, 3), Ok(bob.link.public()));
    assert_eq!(read(&altered, 3), Err(Fault::BadSignature.of(bob.id)));
    // By the utility, which signs with its own identity.
    let forged =
        announce(&forming(3), bob.id, Role::Meter, &world.utility.identity, mallory.public()).unwrap();
    assert_eq!(read(&forged, 3), Err(Fault::BadSignature.of(bob.id)));
    // An old announcement of Bob's own, whose secret has leaked since.
    assert_eq!(read(&frame, 4), Err(Fault::BadSignature.of(bob.id)));

    // In the roster that one meter is shown: its proof does not lead to the root that all have pinned …
    let mut substituted = world.roster.meters()[1];
    substituted.link = mallory.public();
    let path = world.roster.path(List::Roster, 2);
    let proof = world.roster.inclusion(List::Roster, 2, &path);
    let committed = world.view.epoch().roster_root;
    proof.verify(&world.roster.meters()[1], List::Roster, &committed).unwrap();
    assert_eq!(
        proof.verify(&substituted, List::Roster, &committed),
        Err(Fault::BadProof.of(PartyId::UTILITY))
    );
    // … and with a root of its own it lives in an epoch of its own and shares keys with nobody.
    let leaves: Vec<Member> = [*world.view.utility(), world.roster.meters()[0], substituted].into();
    let top = merkle::root(leaves.iter().map(|m| merkle::leaf(&m.leaf())));
    let mut epoch = *world.view.epoch();
    epoch.roster_root = List::Roster.commit(3, &top);
    let with = |context, me: &LinkSecret, id, other: &Member| -> PairKey {
        me.pair_key(Label::DcnetPair, context, id, &other.peer(), &[]).unwrap()
    };
    let other_context = epoch.context();
    let hers = with(&other_context, &alice.link, alice.id, &world.roster.meters()[1]);
    let his = with(world.view.context(), &bob.link, bob.id, &world.roster.meters()[0]);
    assert_ne!(*hers.to_bytes(), *his.to_bytes());
    let hers = with(world.view.context(), &alice.link, alice.id, &world.roster.meters()[1]);
    assert_eq!(*hers.to_bytes(), *his.to_bytes());
}

/// The utility lists its own link keys under everybody's true ids and certified identities, and commits to
/// that. Every proof of inclusion verifies, and it knows every pad: so a member is made of its announcement, by
/// whoever makes keys with it.
#[test]
fn link_keys_of_the_utility_under_true_identities() {
    let world = cohort(5, 4, 4);
    let mallory = LinkSecret::generate(&mut rng(98));
    let mut forged: Vec<Member> =
        [*world.view.utility()].into_iter().chain(world.roster.meters().to_vec()).collect();
    forged[2].link = mallory.public();
    let leaves: Vec<merkle::Hash> = forged.iter().map(|m| merkle::leaf(&m.leaf())).collect();
    let committed = List::Roster.commit(5, &merkle::root(leaves.iter().copied()));
    let path = merkle::path(&leaves, 2);
    let proof =
        Inclusion { index: 2, count: 5, merkle_root: merkle::root(leaves.iter().copied()), path: &path };
    proof.verify(&forged[2], List::Roster, &committed).unwrap();

    // The announcement of Bob's does not give that member, and no other one verifies.
    let bob = &world.meters[1];
    let party = Certified { id: bob.id, role: Role::Meter, identity: bob.identity.public() };
    let frame = announce(&forming(3), bob.id, Role::Meter, &bob.identity, bob.link.public()).unwrap();
    let announced = Member::announced(&party, &frame, &forming(3)).unwrap();
    assert_eq!(announced, world.roster.meters()[1]);
    let refused = proof.verify(&announced, List::Roster, &committed);
    assert_eq!(refused, Err(Fault::BadProof.of(PartyId::UTILITY)));
    let own = announce(&forming(3), bob.id, Role::Meter, &world.utility.identity, mallory.public()).unwrap();
    assert_eq!(Member::announced(&party, &own, &forming(3)), Err(Fault::BadSignature.of(bob.id)));
}

/// Mallory is a certified answerer once, and stands in every place of the list: t answers are then one party's.
#[test]
fn one_answerer_in_all_places() {
    let world = cohort(6, 4, 4);
    let answerers = world.roster.answerers();
    let make = |list: &[Member]| {
        let mut links: [AnswererLink; 4] = Default::default();
        let meter = &world.meters[0];
        let (label, role) = (Label::DcnetHolder, Role::Holder);
        AnswererLink::make(&mut links, label, &world.view, meter.id, &meter.link, role, list)
    };
    make(answerers).unwrap();
    let mallory = answerers[3];
    let duplicate = Err(Fault::DuplicateId.of(PartyId::UTILITY));
    assert_eq!(make(&[mallory; 4]), duplicate);
    assert_eq!(make(&[answerers[0], mallory, answerers[1], mallory]), duplicate);
    // Under other ids, with the same keys, or one of them.
    let copied = Err(Fault::CopiedKey.of(PartyId::UTILITY));
    for copy in [
        {
            let mut m = mallory;
            m.id = PartyId(999);
            m
        },
        {
            let mut m = answerers[0];
            m.link = mallory.link;
            m
        },
        {
            let mut m = answerers[0];
            m.identity = mallory.identity;
            m
        },
    ] {
        assert_eq!(make(&[copy, answerers[1], answerers[2], mallory]), copied);
    }
    // As the utility itself, or as a meter.
    let mut utility = mallory;
    utility.link = world.view.utility().link;
    assert_eq!(make(&[answerers[0], answerers[1], answerers[2], utility]), copied);
    let meter = world.roster.meters()[2];
    assert_eq!(make(&[answerers[0], answerers[1], answerers[2], meter]), Err(Misuse::WrongRole.into()));
}
