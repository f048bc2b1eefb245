//! Many frames at once are taken, and refused, exactly as one by one; and in parts, in any order, as in one place.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

#[path = "collect/many.rs"]
mod many;
#[path = "collect/parts.rs"]
mod parts;
#[path = "collect/restart.rs"]
mod restart;

use chacha20::ChaCha20Rng;
use meter_link::cohort::{Cohort, Plan};
use meter_link::collect::Collection;
use meter_link::frame::{Flags, Kind, Writer};
use meter_link::head::Head;
use meter_link::{
    EpochView, Error, Fault, Field64, GroupConfig, GroupId, GroupParams, Label, Malformed, PairKey, PartyId,
    Protocol, Role, Round, Session,
};
use rand_core::{Rng, SeedableRng};

const METERS: u32 = 40;

struct World {
    head: Head,
    view: EpochView,
    keys: Vec<(PartyId, PairKey)>,
}

fn world() -> World {
    world_of(1)
}

/// Another epoch is another world.
fn world_of(epoch: u32) -> World {
    let cohort = cohort(epoch, METERS);
    let utility = cohort.view.utility().peer();
    let keys = cohort.meters.iter().map(|m| {
        let key = m.link.pair_key(Label::Frame, cohort.view.context(), m.id, &utility, &[]);
        (m.id, key.unwrap())
    });
    let keys = keys.collect();
    let own = cohort.utility;
    let head = Head::new(&cohort.view, own.identity, own.link, cohort.roster).unwrap();
    World { head, view: cohort.view, keys }
}

fn cohort(epoch: u32, meters: u32) -> Cohort {
    let group = GroupParams::new(GroupConfig::new(Protocol::Shamir, GroupId(7))).unwrap();
    let ids: Vec<PartyId> = (1..=meters).map(|i| PartyId(i * 3)).collect();
    let plan = Plan {
        group: &group,
        session: Session([9; 32]),
        epoch,
        first_round: Round::from(0),
        last_round: Round::from(9),
        meters: &ids,
        answerers: &[],
        answerer_role: Role::Aggregator,
    };
    Cohort::form(&plan, &mut ChaCha20Rng::seed_from_u64(5)).unwrap()
}

impl World {
    fn frame(&self, meter: usize, round: u32, values: [u64; 2]) -> Vec<u8> {
        let (id, key) = &self.keys[meter];
        let header = self.view.header(Kind::Contribution, Flags::TRANSMISSION, *id, Round::from(round));
        let mut out = [0u8; 100];
        let mut writer = Writer::frame(&mut out, &header).unwrap();
        writer.elements(&values.map(Field64::from_u64)).unwrap();
        writer.finish_tagged(&header, key).unwrap().to_vec()
    }

    /// For round 3, from everybody but the meter at position 17.
    fn collection(&self) -> Collection {
        self.waiting(3, |place| place != 17)
    }

    fn waiting(&self, round: u32, waited: impl Fn(u32) -> bool) -> Collection {
        let waiting = (0..METERS).map(waited).collect();
        let (kind, flags) = (Kind::Contribution, Flags::TRANSMISSION);
        Collection::new(self.head.parties(), Round::from(round), kind, flags, 2, waiting)
    }
}

/// Every kind of frame that can arrive, in an order of its own.
fn arriving(world: &World) -> Vec<Vec<u8>> {
    let mut frames: Vec<Vec<u8>> = (0..36).map(|i| world.frame(i, 3, [i as u64, u64::MAX])).collect();
    frames.push(world.frame(5, 3, [5, u64::MAX])); // again
    frames.push(world.frame(6, 3, [7, 7])); // contradicts
    frames.push(world.frame(7, 4, [1, 1])); // another round
    let mut flipped = world.frame(38, 3, [1, 2]);
    flipped[20] ^= 1;
    frames.push(flipped);
    let mut stranger = world.frame(39, 3, [1, 2]);
    stranger[8] ^= 1; // 120 becomes 121
    frames.push(stranger);
    frames.push(world.frame(37, 3, [1, 2])[..40].to_vec());
    frames.push(Vec::new());
    let mut rng = ChaCha20Rng::seed_from_u64(3);
    for i in (1..frames.len()).rev() {
        frames.swap(i, (rng.next_u32() as usize) % (i + 1));
    }
    frames
}

#[test]
fn many_frames_are_taken_as_one_by_one() {
    let world = world();
    let frames = arriving(&world);
    let slices: Vec<&[u8]> = frames.iter().map(Vec::as_slice).collect();
    let (mut single, mut many) = (world.collection(), world.collection());
    let one_by_one: Vec<Result<PartyId, Error>> = slices.iter().map(|f| single.accept(f)).collect();
    let mut at_once = Vec::new();
    many.accept_many(&slices, |index, outcome| {
        assert_eq!(index, at_once.len());
        at_once.push(outcome);
    });
    assert_eq!(one_by_one, at_once);
    assert_eq!(single.here(), many.here());
    assert_eq!(single.sum(&single.here()), many.sum(&many.here()));

    let faults = |fault: Fault| {
        at_once.iter().filter(|o| matches!(o, Err(Error::Fault { fault: f, .. }) if *f == fault)).count()
    };
    assert_eq!(faults(Fault::BadTag), 2, "the flipped one and the shortened one");
    for (fault, count) in [
        (Fault::NotExpected, 1),
        (Fault::Contradiction, 1),
        (Fault::WrongRound, 1),
        (Fault::UnknownSender, 1),
    ] {
        assert_eq!(faults(fault), count, "{fault}");
    }
    assert_eq!(at_once.iter().filter(|o| **o == Err(Malformed::Truncated.into())).count(), 1);
    assert_eq!(at_once.iter().filter(|o| o.is_ok()).count(), 36);
}
