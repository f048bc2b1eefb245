//! Keys that are weak, copied, or not their owner's.

use meter_link::answer::{AnswererLink, Threshold};
use meter_link::roster::link_key::announce;
use meter_link::roster::{Certified, List, Member, RosterBuilder};
use meter_link::{Channels, HighWater, Label, LinkPublic, LinkSecret, Round, Stream, pad};
use shamir_agg::{Aggregator, Error, Fault, Meter, Post, Utility};

use crate::adversary::{LOW_ORDER, with_link};
use crate::group::{FIRST, Plan, element};
use crate::{any_three, blamed};

type Links = Vec<AnswererLink>;

/// The meter at position 0, given these aggregators.
fn meter(plan: &Plan, aggregators: &[Member]) -> Result<Meter<Links>, Error> {
    let mut cohort = plan.cohort();
    let party = cohort.meters.remove(0);
    let storage: Links = aggregators.iter().map(|_| AnswererLink::default()).collect();
    let channels = Channels { first: 0, count: plan.channels };
    Meter::new(&plan.params(), &cohort.view, party.id, channels, party.link, aggregators, storage)
}

/// With such a key the shared secret is zero, and everybody knows the pads.
#[test]
fn low_order_key() {
    let plan = any_three(3);
    for point in LOW_ORDER {
        let link = LinkPublic(hex::decode(point).unwrap().try_into().unwrap());
        let cohort = plan.cohort();
        let mut aggregators = cohort.roster.answerers().to_vec();
        let bad = aggregators[2].id;
        aggregators[2].link = link;
        assert_eq!(meter(&plan, &aggregators).unwrap_err(), Fault::LowOrderKey.of(bad));

        let bad = plan.meter_ids()[1];
        assert_eq!(with_link(&cohort, bad, link).unwrap_err(), Fault::LowOrderKey.of(bad));
    }
}

#[test]
fn own_key_under_another_name() {
    let plan = any_three(3);
    let cohort = plan.cohort();
    let mut aggregators = cohort.roster.answerers().to_vec();
    let bad = aggregators[1].id;
    aggregators[1].link = cohort.meters[0].link.public();
    assert_eq!(meter(&plan, &aggregators).unwrap_err(), Fault::CopiedKey.of(bad));
}

/// The threshold counts places: a party in t of them opens everything alone.
#[test]
fn one_aggregator_in_two_places() {
    let plan = any_three(3);
    let cohort = plan.cohort();
    let all = cohort.roster.answerers();
    let mut twice = all.to_vec();
    twice[2] = twice[1];
    assert_eq!(meter(&plan, &twice).unwrap_err(), blamed(Fault::DuplicateId));
    // Under another name, with the same key; and the utility as its own aggregator.
    twice[2].id = all[2].id;
    assert_eq!(meter(&plan, &twice).unwrap_err(), blamed(Fault::CopiedKey));
    let mut own = all.to_vec();
    own[0].link = cohort.utility.link.public();
    assert_eq!(meter(&plan, &own).unwrap_err(), blamed(Fault::CopiedKey));
    assert!(meter(&plan, all).is_ok());
}

/// A utility in the middle: keys of its own in the place of the aggregators'. It then makes their pads.
#[test]
fn substituted_link_key() {
    let threshold = Threshold::trusting_the_utility_not_to_equivocate(2, 2).unwrap();
    let plan = Plan { threshold, ..any_three(3) };
    let cohort = plan.cohort();
    let (view, meter_member) = (cohort.view, cohort.roster.meters()[0]);
    let secrets = [[1u8; 32], [2; 32]].map(|mut bytes| LinkSecret::from_bytes(&mut bytes));
    let mut members = cohort.roster.answerers().to_vec();
    for (member, secret) in members.iter_mut().zip(&secrets) {
        member.link = secret.public();
    }

    // A meter that takes the list as it comes.
    let (mut out, now) = (vec![0; plan.params().contribution_len()], Round::from(FIRST));
    let mut mark = HighWater::<1>::new();
    let mut victim = meter(&plan, &members).unwrap();
    let frame = victim.contribute(&mut mark, now, now, &[4711], &mut out).unwrap().stored();
    let shares: Vec<_> = (secrets.iter().zip(&members))
        .map(|(secret, member)| {
            let peer = meter_member.peer();
            let key = secret.pair_key(Label::Shamir, view.context(), member.id, &peer, &[]).unwrap();
            let mut pad = [meter_link::Field64::ZERO];
            pad::pad(&key, now, Stream::Share, &mut pad);
            pad[0]
        })
        .collect();
    // f(0) = 2 f(1) − f(2).
    let reading = shares[0] + shares[0] - (shares[1] + element(frame, 0, 0));
    assert_eq!(reading.centred(), 4711);

    // The announcement is signed, and its place in the list proven.
    let forming = *cohort.roster.forming();
    let aggregator = &cohort.answerers[0];
    let certified =
        Certified { id: aggregator.id, role: aggregator.role, identity: aggregator.identity.public() };
    let frame =
        announce(&forming, aggregator.id, aggregator.role, &cohort.utility.identity, secrets[0].public())
            .unwrap();
    let refused = RosterBuilder::new(forming).add(&certified, &frame);
    assert_eq!(refused, Err(Fault::BadSignature.of(aggregator.id)));

    let path = cohort.roster.path(List::Answerers, 0);
    let proof = cohort.roster.inclusion(List::Answerers, 0, &path);
    let committed = view.epoch().answerers_root;
    proof.verify(&cohort.roster.answerers()[0], List::Answerers, &committed).unwrap();
    assert_eq!(proof.verify(&members[0], List::Answerers, &committed), Err(blamed(Fault::BadProof)));
}

/// A roster that is not the one the party has pinned.
#[test]
fn roster_of_another_root() {
    let plan = any_three(3);
    for id in [plan.meter_ids()[1], plan.aggregator_ids()[1]] {
        let cohort = plan.cohort();
        let roster = with_link(&cohort, id, LinkSecret::from_bytes(&mut [7; 32]).public()).unwrap();
        let party = plan.cohort().answerers.remove(0);
        let post = Post { id: party.id, identity: party.identity, link: party.link };
        let aggregator = Aggregator::new(&plan.params(), &cohort.view, post, &roster);
        assert_eq!(aggregator.unwrap_err(), blamed(Fault::BadProof));
        let own = cohort.utility;
        let utility = Utility::new(&plan.params(), &cohort.view, own.identity, own.link, roster);
        assert_eq!(utility.unwrap_err(), blamed(Fault::BadProof));
    }
}
