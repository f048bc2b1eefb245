//! What the calling code can get wrong, and the typed error that it gets.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

#[path = "setting/epoch.rs"]
#[allow(dead_code)] // written for more than this
mod setting;

use meter_link::answer::{AnswerKind, Answerer, Post, Quorum};
use meter_link::head::Head;
use meter_link::round::{CloseFields, OpenFields};
use meter_link::{
    Epoch, EpochView, Error, Fault, Field64, GroupConfig, GroupId, GroupParams, Label, LinkSecret, Misuse,
    PartyId, Peer, Protocol, Role, Round, Schedule, SetRules,
};

use setting::{FIRST, LAST, cohort, group, rng};

#[test]
fn rounds_beyond_2_to_the_32() {
    assert_eq!(Round::new(u64::from(u32::MAX)).map(Round::get), Ok(u64::from(u32::MAX)));
    for round in [1 << 32, u64::MAX] {
        assert_eq!(Round::new(round), Err(Misuse::RoundTooLarge.into()));
    }
    // A schedule whose time stamps leave u64.
    let schedule = Schedule { origin: u64::MAX - 900, period: 900 };
    assert_eq!(schedule.interval(Round::from(0)), Ok((u64::MAX - 900, u64::MAX)));
    assert_eq!(schedule.interval(Round::from(1)), Err(Misuse::RoundTooLarge.into()));
}

#[test]
fn rounds_outside_the_epoch_or_far_from_now() {
    let view = cohort(1, 3, 0).view;
    let check = |now: u32, round: u32| view.check_own_round(Round::from(now), Round::from(round));
    for (now, round) in [(FIRST, FIRST), (FIRST, FIRST + 2), (LAST + 2, LAST), (FIRST - 2, FIRST)] {
        assert_eq!(check(now, round), Ok(()));
    }
    for round in [0, FIRST - 1, LAST + 1, u32::MAX] {
        assert_eq!(check(round, round), Err(Misuse::RoundOutsideEpoch.into()));
        assert_eq!(view.step(Round::from(round)), Err(Misuse::RoundOutsideEpoch.into()));
    }
    for now in [FIRST + 7, FIRST + 13, u32::MAX] {
        assert_eq!(check(now, FIRST + 10), Err(Misuse::RoundFarFromNow.into()));
    }
}

#[test]
fn sums_that_could_leave_the_field() {
    let with = |max_reading, max_meters| {
        let config =
            GroupConfig { max_reading, max_meters, ..GroupConfig::new(Protocol::Shamir, GroupId(1)) };
        GroupParams::new(config)
    };
    // A smallest set that no group can have.
    assert_eq!(with(1, 2), Err(Misuse::BadParameter.into()));
    let most = Field64::MODULUS / 2 - 1;
    for (max_reading, max_meters) in [(most / 4, 4), (most / 3, 3), (most / 1_000_000, 1_000_000)] {
        let params = with(max_reading, max_meters).unwrap();
        // The largest sums of either sign come back.
        let sum = i64::try_from(max_reading * u64::from(max_meters)).unwrap();
        for sum in [sum, -sum] {
            assert_eq!(Field64::from_i64(sum).centred(), sum);
        }
        // A window of so many rounds would leave it.
        assert_eq!(params.check_terms(u64::MAX), Err(Misuse::SumCouldOverflow.into()));
        assert_eq!(params.check_terms(most / max_reading + 1), Err(Misuse::SumCouldOverflow.into()));
    }
    for (max_reading, max_meters) in
        [(most / 4 + 1, 4), (most / 3 + 1, 3), (u64::MAX, 3), (1 << 40, u32::MAX)]
    {
        assert_eq!(with(max_reading, max_meters), Err(Misuse::SumCouldOverflow.into()));
    }
}

#[test]
fn parameters_that_mean_nothing() {
    let good = GroupConfig::new(Protocol::Dcnet, GroupId(1));
    let schedule = Schedule { period: 0, ..good.schedule };
    let rules = SetRules { max_missing_permille: 1001, ..good.rules };
    let beyond_the_group = SetRules { max_colluding: good.max_meters, ..good.rules };
    for bad in [
        GroupConfig { channels: 0, ..good },
        GroupConfig { channels: GroupParams::MAX_CHANNELS + 1, ..good },
        GroupConfig { schedule, ..good },
        GroupConfig { rounds_per_step: 0, ..good },
        GroupConfig { max_reading: 0, ..good },
        GroupConfig { rules, ..good },
        GroupConfig { rules: beyond_the_group, ..good },
    ] {
        assert_eq!(GroupParams::new(bad), Err(Misuse::BadParameter.into()), "{bad:?}");
    }
    let rules = SetRules { min_honest: 1, max_colluding: 100, ..good.rules };
    assert_eq!(GroupParams::new(GroupConfig { rules, ..good }), Err(Misuse::MinimumTooSmall.into()));
    assert_eq!(GroupParams::new(GroupConfig { max_meters: 0, ..good }), Err(Misuse::EmptyGroup.into()));
    assert!(GroupParams::new(GroupConfig { channels: GroupParams::MAX_CHANNELS, ..good }).is_ok());
}

#[test]
fn epochs_that_are_none() {
    let world = cohort(2, 3, 2);
    let (epoch, utility) = (*world.view.epoch(), *world.view.utility());
    let with = |epoch: &Epoch, utility, meters| EpochView::new(&group(), epoch, utility, meters, 2).map(drop);
    assert_eq!(with(&epoch, &utility, 3), Ok(()));
    assert_eq!(with(&epoch, &utility, 0), Err(Misuse::EmptyGroup.into()));
    assert_eq!(with(&epoch, &utility, group().max_meters + 1), Err(Misuse::BadParameter.into()));
    assert_eq!(with(&epoch, &world.roster.meters()[0], 3), Err(Misuse::WrongRole.into()));
    let ends_first = Epoch { last_round: Round::from(FIRST - 1), ..epoch };
    assert_eq!(with(&ends_first, &utility, 3), Err(Misuse::RoundOutsideEpoch.into()));
    assert_eq!(epoch.step(Round::from(FIRST), 0), Err(Misuse::BadParameter.into()));
    // A roster that the epoch does not commit to.
    let other = cohort(3, 3, 2);
    assert_eq!(world.view.check_roster(&world.roster), Ok(()));
    assert_eq!(world.view.check_roster(&other.roster), Err(Fault::BadProof.of(PartyId::UTILITY)));
}

#[test]
fn keys_with_oneself_or_of_odd_secrets() {
    let world = cohort(4, 3, 0);
    let own = LinkSecret::generate(&mut rng(1));
    let peer = |id, link| Peer { id: PartyId(id), link };
    let key = |peer: Peer, psk: &[u8]| {
        own.pair_key(Label::Frame, world.view.context(), PartyId(7), &peer, psk).map(drop)
    };
    let other = world.meters[0].link.public();
    for psk in [&[][..], &[1; 32]] {
        assert_eq!(key(peer(8, other), psk), Ok(()));
    }
    for psk in [1, 31, 33, 64] {
        assert_eq!(key(peer(8, other), &vec![1; psk]), Err(Misuse::WrongLength.into()));
    }
    assert_eq!(key(peer(7, other), &[]), Err(Misuse::SelfAsPeer.into()));
    assert_eq!(key(peer(8, own.public()), &[]), Err(Fault::CopiedKey.of(PartyId(8))));
    for zero in [0, 1] {
        let mut point = [0; 32];
        point[0] = zero;
        assert_eq!(key(peer(8, meter_link::LinkPublic(point)), &[]), Err(Fault::LowOrderKey.of(PartyId(8))));
    }
}

fn head(seed: u64, meters: u32) -> Head {
    let world = cohort(seed, meters, 4);
    Head::new(&world.view, world.utility.identity, world.utility.link, world.roster).unwrap()
}

#[test]
fn rounds_that_the_utility_cannot_open() {
    let mut head = head(5, 6);
    let open = |head: &mut Head, now: u32, round: u32, present: &[bool]| {
        head.open_frame(Round::from(now), Round::from(round), present).map(drop)
    };
    for len in [0, 5, 7] {
        assert_eq!(open(&mut head, FIRST, FIRST, &vec![true; len]), Err(Misuse::WrongLength.into()));
    }
    let two = [true, true, false, false, false, false];
    assert_eq!(open(&mut head, FIRST, FIRST, &two), Err(Error::Quorum { have: 2, need: 3 }));
    assert_eq!(open(&mut head, FIRST + 3, FIRST, &[true; 6]), Err(Misuse::RoundFarFromNow.into()));
    assert_eq!(open(&mut head, LAST, LAST + 1, &[true; 6]), Err(Misuse::RoundOutsideEpoch.into()));
    assert_eq!(open(&mut head, FIRST, FIRST + 1, &[true; 6]), Ok(()));
    // A round is opened once, and none before it any more, also after a restart.
    let progress = head.progress();
    let mut restarted = self::head(5, 6);
    restarted.resume(&progress).unwrap();
    for head in [&mut head, &mut restarted] {
        for round in [FIRST, FIRST + 1] {
            assert_eq!(open(head, FIRST, round, &[true; 6]), Err(Misuse::OutOfOrder.into()));
        }
        assert_eq!(open(head, FIRST + 2, FIRST + 2, &[true; 6]), Ok(()));
        assert_eq!(head.resume(&progress), Err(Misuse::OutOfOrder.into()));
    }
    assert_eq!(head.quorum(3, |number| number < 3), Err(Error::Quorum { have: 2, need: 3 }));
    // Somebody else's identity or link key.
    let (world, other) = (cohort(5, 6, 4), cohort(6, 6, 4));
    let refused = Head::new(&world.view, other.utility.identity, world.utility.link, world.roster);
    assert_eq!(refused.unwrap_err(), Misuse::WrongRole.into());
}

#[test]
fn closes_that_the_utility_cannot_sign() {
    let mut head = head(7, 6);
    let quorum = Some(Quorum::new(&[1, 2, 4]).unwrap());
    let set = [true, true, true, true, true, false];
    let good = CloseFields {
        round: Round::from(FIRST),
        pass: 1,
        previous: [0; 32],
        quorum,
        is_final: true,
        set: &set,
    };
    let mut close = |fields: &CloseFields<'_>| head.close(fields, &[true; 6]).map(drop);
    assert_eq!(close(&good), Err(Error::Quorum { have: 5, need: 6 })); // δ is 10 %
    let good = CloseFields { set: &[true; 6], ..good };
    for pass in [0, 4] {
        assert_eq!(close(&CloseFields { pass, ..good }), Err(Misuse::BadParameter.into()));
    }
    assert_eq!(close(&CloseFields { is_final: false, ..good }), Err(Misuse::BadQuorum.into()));
    assert_eq!(close(&CloseFields { quorum: None, ..good }), Err(Misuse::BadQuorum.into()));
    let beyond = Some(Quorum::new(&[1, 2, 5]).unwrap());
    assert_eq!(close(&CloseFields { quorum: beyond, ..good }), Err(Misuse::BadQuorum.into()));
    assert_eq!(close(&CloseFields { set: &[true; 5], ..good }), Err(Misuse::WrongLength.into()));
    assert_eq!(close(&good), Ok(()));
    // After the final Close another for another quorum, but none that is not final.
    let quorum = Some(Quorum::new(&[2, 3, 4]).unwrap());
    assert_eq!(close(&CloseFields { quorum, ..good }), Ok(()));
    let not_final = CloseFields { quorum: None, is_final: false, pass: 2, ..good };
    assert_eq!(close(&not_final), Err(Misuse::OutOfOrder.into()));
    // A meter that was not present.
    assert_eq!(head.close(&good, &set).map(drop), Err(Misuse::WrongLength.into()));
}

#[test]
fn buffers_that_are_too_short() {
    let world = cohort(8, 6, 4);
    let fields = OpenFields { round: Round::from(FIRST), previous: None, present: &[true; 6] };
    let len = fields.sign(&world.view, &world.utility.identity, &mut [0; 200]).unwrap().len();
    for short in 0..len {
        let mut out = vec![0; short];
        let refused = fields.sign(&world.view, &world.utility.identity, &mut out);
        assert_eq!(refused, Err(Misuse::WrongLength.into()));
    }
}

#[test]
fn posts_that_nobody_holds() {
    let world = cohort(9, 3, 4);
    let post = |id: u32, role, threshold| Post {
        id: PartyId(id),
        role,
        threshold,
        label: Label::DcnetHolder,
        kind: AnswerKind::DcnetRound,
    };
    // With the link key of the first of them, or one of nobody.
    let own = || cohort(9, 3, 4).answerers.remove(0).link;
    let with = |post: Post, link| Answerer::new(&world.view, &post, link, &world.roster).map(drop);
    let hold = |post: Post| with(post, own());
    assert_eq!(hold(post(101, Role::Holder, 3)), Ok(()));
    for (id, link) in [(101, LinkSecret::generate(&mut rng(1))), (102, own())] {
        assert_eq!(with(post(id, Role::Holder, 3), link), Err(Misuse::UnknownParty.into()));
    }
    for (id, role) in [(1, Role::Holder), (105, Role::Holder), (101, Role::Aggregator), (0, Role::Utility)] {
        assert_eq!(hold(post(id, role, 3)), Err(Misuse::UnknownParty.into()));
    }
    for threshold in [0, 5] {
        assert_eq!(hold(post(101, Role::Holder, threshold)), Err(Misuse::BadParameter.into()));
    }
}
