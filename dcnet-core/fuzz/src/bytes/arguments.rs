//! The graph and the parameters with arguments at will.

use std::collections::BTreeSet;

use dcnet_core::{Holders, Params, graph};
use meter_link::answer::Threshold;
use meter_link::{Field64, GroupConfig, GroupId, GroupParams, Header, Protocol, Schedule, SetRules};

use super::super::input::Input;
use super::super::world::World;

/// The shuffle comes back, neighbours are mutual and distinct, the committee is distinct.
pub fn graph(world: &'static World, mode: u8, bytes: &mut [u8]) -> bool {
    let mut input = Input::new(bytes);
    let seed: [u8; 32] = std::array::from_fn(|_| input.u8());
    let count = match mode >> 4 & 3 {
        0 => u32::from(input.u16()),
        1 => 257 + u32::from(input.u8()),
        2 => input.u32() >> 4,
        _ => input.u32(),
    };
    let index = if mode & 0x40 == 0 { input.u32().checked_rem(count).unwrap_or(0) } else { input.u32() };
    let shuffled = graph::shuffled(index, count, &seed);
    assert_eq!(shuffled.is_ok(), index < count);
    assert_eq!(graph::unshuffled(index, count, &seed).is_ok(), index < count);
    if let Ok(place) = shuffled {
        assert!(place < count && graph::unshuffled(place, count, &seed) == Ok(index));
    }
    let mut seats = vec![0; input.index(24)];
    let drawn = graph::committee(world.view.context(), count, &mut seats);
    assert_eq!(drawn.is_ok(), seats.len() as u64 <= count.into());
    if drawn.is_ok() {
        assert!(seats.iter().all(|seat| *seat < count));
        assert_eq!(seats.iter().collect::<BTreeSet<_>>().len(), seats.len());
    }
    let degree = if mode & 0x80 == 0 { u32::from(input.u8() % 16) } else { input.u32() };
    let mut out = vec![u32::MAX; usize::from(input.u16()) % 300];
    let Ok(found) = graph::neighbours(index, count, degree, &seed, &mut out) else {
        let most = if graph::is_complete(count, degree) { count.saturating_sub(1) } else { degree };
        assert!(degree % 2 == 1 || index >= count || (out.len() as u64) < most.into());
        return false;
    };
    let around = &out[..found];
    assert!(around.windows(2).all(|pair| pair[0] < pair[1]) && !around.contains(&index));
    assert!(around.iter().all(|other| *other < count));
    match graph::is_complete(count, degree) {
        true => assert_eq!(found as u32, count - 1),
        false => assert!(found as u32 <= degree),
    }
    for other in around.iter().take(2) {
        let mut back = vec![0; out.len()];
        let n = graph::neighbours(*other, count, degree, &seed, &mut back).unwrap();
        assert!(back[..n].contains(&index), "{index} knows {other}, but not the other way");
    }
    true
}

/// A group at will, and a second one that differs from it in a byte or none: other parameters, other session.
pub fn params(_: &'static World, mode: u8, bytes: &mut [u8]) -> bool {
    let mut input = Input::new(bytes);
    let first = read(&mut input);
    let (at, by) = (usize::from(input.u8()), input.u8());
    let mut other = bytes.to_vec();
    if let Some(byte) = other.get_mut(at) {
        *byte ^= by;
    }
    let second = read(&mut Input::new(&other));
    if let (Some(first), Some(second)) = (first, second) {
        assert_eq!(first == second, first.session() == second.session());
    }
    let Some(params) = first else { return false };
    let (group, c) = (params.group(), usize::from(params.answerers()));
    let t = params.threshold().map_or(0, |threshold| usize::from(threshold.threshold()));
    assert!(group.protocol == Protocol::Dcnet && params.degree() % 2 == 0);
    assert!(c >= t && (t > 0) == (params.holders() != Holders::Nobody));
    let words = usize::from(group.channels) * (1 + c - t);
    assert_eq!(params.contribution_len(), Header::LEN + words * Field64::LEN + 16);
    assert_eq!(params.repair_len(), Header::LEN + usize::from(group.channels) * Field64::LEN + 16);
    let complete = graph::is_complete(group.max_meters, params.degree());
    let most = if complete { group.max_meters - 1 } else { params.degree() };
    assert!(t == 0 || (1..=most).contains(&params.min_neighbours()));
    mode & 1 == 0
}

fn read(input: &mut Input<'_>) -> Option<Params> {
    let protocol = if input.u8() < 250 { Protocol::Dcnet } else { Protocol::Shamir };
    let rules = SetRules {
        min_honest: input.u8().into(),
        max_colluding: input.u8().into(),
        max_missing_permille: input.u16(),
    };
    let config = GroupConfig {
        protocol,
        group: GroupId(input.u32()),
        schedule: Schedule { origin: input.u64(), period: input.u32() },
        channels: input.u16(),
        max_reading: input.u64(),
        max_meters: input.u32(),
        rules,
        rounds_per_step: input.u32(),
    };
    let group = GroupParams::new(config).ok()?;
    let (kind, c, t, f) = (input.u8(), input.u8(), input.u8(), input.u8());
    let threshold = match f {
        255 => Threshold::trusting_the_utility_not_to_equivocate(c, t).ok(),
        f => Threshold::new(c, t, f).ok(),
    };
    let holders = match kind >> 1 & 3 {
        0 => Holders::Named(threshold?),
        1 => Holders::Drawn(threshold?),
        _ => Holders::Nobody,
    };
    let (degree, least) = (input.u32(), input.u32());
    match kind & 1 {
        _ if holders == Holders::Nobody => Params::unsafe_without_holders(group, degree).ok(),
        0 => Params::complete(group, holders).ok(),
        _ => Params::drawn_relying_on_the_holders(group, holders, degree, least).ok(),
    }
}
