//! What the relay sees, and what it lets through.

use dcnet_core::grown::{GrownMeter, Registrar};
use dcnet_core::{Fault, Malformed, Misuse, Params};
use meter_link::answer::Threshold;
use meter_link::{GroupParams, Header, Identity, Kind, Label, LinkSecret, PartyId, Peer, Round, sealed};
use sha2::{Digest, Sha256};

use crate::attacks::{forge, hand};
use crate::world::{FIRST, Grown, LEAST, Plan, World, slots};

/// Keys of a stored neighbourhood: pad key and seal key of each edge, by the table of docs/wire.md.
pub(crate) fn keys(record: &[u8]) -> Vec<(u32, [u8; 32], [u8; 32])> {
    const HEAD: usize = 1 + 32 + 4 + 2 + 1 + 4 + 4 + 1;
    const EDGE: usize = 4 + 4 + 4 + 1 + 32 + 32 + 4 + 32 + 32;
    let edges = record[HEAD..record.len() - 4].chunks_exact(EDGE);
    let key = |edge: &[u8]| {
        let position = u32::from_le_bytes(edge[..4].try_into().unwrap());
        (position, edge[81..113].try_into().unwrap(), edge[113..145].try_into().unwrap())
    };
    edges.map(key).collect()
}

#[test]
fn the_relay_never_sees_a_key() {
    let mut world = World::new(Plan::of(10));
    world.devices.iter_mut().for_each(|device| device.wants = true);
    let mut secrets: Vec<[u8; 32]> = Vec::new();
    for tick in 0..16 {
        world.tick(if tick > 8 { &[3] } else { &[] });
        if tick == 10 {
            world.leave(6);
        }
        for device in &world.devices {
            let mut state = vec![0; device.grown.state_len()];
            let state = device.grown.to_bytes(&mut state).unwrap();
            secrets.extend(keys(state).into_iter().flat_map(|(_, pad, seal)| [pad, seal]));
        }
    }
    let drawn = world.rng.secrets.iter().map(|secret| <[u8; 32]>::try_from(secret.as_slice()).unwrap());
    secrets.extend(drawn);
    secrets.sort_unstable();
    secrets.dedup();
    assert!(world.sums > 10 && secrets.len() > 200, "{} {}", world.sums, secrets.len());
    assert!(world.seen.len() > 50_000);
    for window in world.seen.windows(32) {
        assert!(secrets.binary_search(window.try_into().unwrap()).is_err());
    }
    // The search finds what is there: the public halves of the same secrets, offered and answered.
    let drawn: Vec<[u8; 32]> =
        world.rng.secrets.iter().map(|secret| secret.as_slice().try_into().unwrap()).collect();
    let mut public: Vec<[u8; 32]> =
        drawn.into_iter().map(|mut secret| LinkSecret::from_bytes(&mut secret).public().0).collect();
    public.sort_unstable();
    let found = world.seen.windows(32).filter(|w| public.binary_search((*w).try_into().unwrap()).is_ok());
    assert!(found.count() >= public.len());
}

#[test]
fn both_ends_have_one_key_and_other_edges_have_others() {
    let mut world = World::new(Plan::of(7));
    world.devices.iter_mut().for_each(|device| device.wants = true);
    for _ in 0..8 {
        world.tick(&[]);
    }
    let mut all = Vec::new();
    for (place, device) in (0u32..).zip(&world.devices) {
        let mut state = vec![0; device.grown.state_len()];
        for (peer, pad, seal) in keys(device.grown.to_bytes(&mut state).unwrap()) {
            all.push((place.min(peer), place.max(peer), pad, seal));
        }
    }
    all.sort_unstable();
    for pair in all.chunks(2) {
        assert_eq!(pair[0], pair[1]);
    }
    let mut pads: Vec<_> = all.iter().flat_map(|(_, _, pad, seal)| [*pad, *seal]).collect();
    pads.sort_unstable();
    pads.dedup();
    assert_eq!(pads.len(), all.len());
}

/// docs/wire.md of meter-link, section 2.14, field by field.
#[test]
fn frames_are_laid_out_as_documented() {
    let mut world = World::new(Plan::of(6));
    world.devices.iter_mut().for_each(|device| device.wants = true);
    let first = world.now + 2;
    let (zero, one) = (world.listed(0).id(), world.listed(1).id());
    let offer = world.offer(0, 1).unwrap();
    let answer = hand(&mut world, 0, 1, &offer).unwrap().unwrap();
    let confirmation = hand(&mut world, 1, 0, &answer).unwrap().unwrap();
    let edge: [u8; 32] = Sha256::digest(&offer).into();
    let head = |kind: u8, form: u8, sender: PartyId, round: u32| {
        let start = [1, 1, kind, form << 1, 7, 0, 0, 0];
        [&start[..], &sender.0.to_le_bytes(), &round.to_le_bytes()].concat()
    };
    let secrets: Vec<[u8; 32]> =
        world.rng.secrets.iter().map(|secret| secret.as_slice().try_into().unwrap()).collect();
    let [mut offered, mut answered] = secrets[..] else { panic!("{}", secrets.len()) };
    let (offered, answered) = (LinkSecret::from_bytes(&mut offered), LinkSecret::from_bytes(&mut answered));
    let transcript = Sha256::new()
        .chain_update(b"wattsum v1 dcnet edge")
        .chain_update(edge)
        .chain_update(answered.public().0);
    let transcript: [u8; 32] = transcript.finalize().into();
    let peer = Peer { id: one, link: answered.public() };
    let seal = offered.pair_key(Label::Seal, world.view.context(), zero, &peer, &[]).unwrap();
    let proof = |frame: &[u8], to: PartyId| {
        let mut message = transcript;
        let tag = sealed::seal(&seal, &Header::parse(frame).unwrap(), to, &mut message).unwrap();
        [&message[..], &tag].concat()
    };
    let body = |frame: &[u8]| frame[..frame.len() - Identity::SIGNATURE_LEN].to_vec();
    let expected = [head(1, 0, zero, first), one.0.to_le_bytes().to_vec(), offered.public().0.to_vec()];
    assert_eq!((body(&offer), offer.len()), (expected.concat(), 116));
    let proven = proof(&answer, zero);
    let key = answered.public().0.to_vec();
    let expected = [head(1, 1, one, first), zero.0.to_le_bytes().to_vec(), edge.to_vec(), key, proven];
    assert_eq!((body(&answer), answer.len()), (expected.concat(), 196));
    let proven = proof(&confirmation, one);
    let expected = [head(2, 0, zero, first), one.0.to_le_bytes().to_vec(), edge.to_vec(), proven];
    assert_eq!((body(&confirmation), confirmation.len()), (expected.concat(), 164));
    // 2 has no such edge.
    let to_two = world.listed(2).id().0.to_le_bytes();
    let asked = forge(
        &world,
        0,
        Kind::Entered,
        0,
        first,
        &[&to_two[..], &edge, &[0; 48]].concat(),
        &world.devices[0].identity,
    );
    let refusal = hand(&mut world, 0, 2, &asked).unwrap().unwrap();
    let two = world.listed(2).id();
    let expected = [head(3, 1, two, first), zero.0.to_le_bytes().to_vec(), edge.to_vec()];
    assert_eq!((body(&refusal), refusal.len()), (expected.concat(), 116));

    hand(&mut world, 0, 1, &confirmation).unwrap();
    world.now += 1;
    let now = world.now();
    let device = &mut world.devices[0];
    let (mut out, mut record) = ([0; 256], vec![0; 4096]);
    let statement = device.grown.enter(now, &mut out, &mut record).unwrap().stored();
    let row = [1u32.to_le_bytes(), first.to_le_bytes()].concat();
    assert_eq!(statement[..26], [head(2, 1, zero, first), vec![1, 0], row].concat());
    assert_eq!(statement.len(), 34 + 8);
    assert_eq!(device.grown.emergency(now, &mut out).unwrap()[..16], head(3, 2, zero, first));
    assert_eq!(device.grown.emergency(now, &mut out).unwrap().len(), 32);
    let exit = device.grown.leave(now, &device.identity, &mut out, &mut record).unwrap().stored();
    assert_eq!(body(exit), [head(3, 0, zero, first), vec![1, 0, 1, 0, 0, 0]].concat());
    assert_eq!(exit.len(), 82 + 4);
    let mut meter = [0; 32];
    let meter = world.devices[5].grown.meter().report(now, &mut meter).unwrap();
    assert_eq!(meter[..16], head(2, 2, world.listed(5).id(), world.now));
}

#[test]
fn the_registrar_passes_on_what_is_signed_and_timely() {
    let mut world = World::new(Plan::of(6));
    world.devices.iter_mut().for_each(|device| device.wants = true);
    let offer = world.offer(0, 1).unwrap();
    let now = world.now();
    assert_eq!(world.registrar.relay(now, &offer), Ok(vec![world.listed(1).id()]));
    for i in 0..offer.len() {
        let mut bad = offer.clone();
        bad[i] ^= 1;
        assert!(world.registrar.relay(now, &bad).is_err(), "{i}");
        assert!(world.registrar.relay(now, &offer[..i]).is_err());
    }
    let late = Round::from(FIRST + 2);
    let sender = world.listed(0).id();
    assert_eq!(world.registrar.relay(late, &offer), Err(Fault::RoundFarFromNow.of(sender)));
    // An edge cannot begin with a round that is open.
    world.registrar.open(late, &[true; 6]).unwrap();
    assert_eq!(world.registrar.relay(now, &offer), Err(Fault::RoundFarFromNow.of(sender)));
    assert_eq!(world.registrar.open(now, &[true; 6]), Err(Misuse::OutOfOrder.into()));
    assert_eq!(world.registrar.open(late, &[true; 5]), Err(Misuse::WrongLength.into()));
}

#[test]
fn statements_are_tagged_and_there_is_one_for_a_round() {
    let mut world = World::new(Plan::of(8));
    world.devices.iter_mut().for_each(|device| device.wants = true);
    for _ in 0..6 {
        world.tick(&[]);
    }
    let (now, id) = (world.now(), world.listed(2).id());
    let mut out = [0; 256];
    let frame = world.devices[2].grown.statement(&mut out).unwrap().to_vec();
    let before = world.registrar.to_bytes().unwrap();
    assert_eq!(world.registrar.accept(now, &frame), Ok(id));
    for i in 0..frame.len() {
        let mut bad = frame.clone();
        bad[i] ^= 1;
        assert!(world.registrar.accept(now, &bad).is_err(), "{i}");
        assert!(world.registrar.accept(now, &frame[..i]).is_err());
    }
    assert_eq!(world.registrar.to_bytes().unwrap(), before);
    // Nothing of before the last one is taken.
    let mut record = vec![0; world.devices[2].grown.state_len()];
    let device = &mut world.devices[2];
    let later = device.grown.enter(now, &mut out, &mut record).unwrap().stored().to_vec();
    assert_ne!(later, frame);
    assert_eq!(world.registrar.accept(now, &later), Ok(id));
    assert_eq!(world.registrar.accept(now, &frame), Ok(id));
    assert_eq!(Header::parse(&later).unwrap().round, Round::from(world.now + 1));
    // One statement a round: its tag is a one-time tag.
    assert_eq!(device.grown.enter(now, &mut out, &mut record).map(|_| ()), Err(Misuse::OutOfOrder.into()));
    assert_eq!(device.grown.statement(&mut out).unwrap(), later);
}

#[test]
fn parameters_tell_a_grown_graph() {
    let plan = Plan::of(20);
    let params = plan.params();
    let group: GroupParams = *params.group();
    assert!(params.is_grown());
    let drawn = Params::drawn_relying_on_the_holders(group, Threshold::DEFAULT, 0, LEAST as u32).unwrap();
    assert!(!drawn.is_grown());
    assert_ne!(drawn.session(), params.session());
    assert_eq!(params.least_left(20, 12), LEAST as u32);
    // docs/protocol.md, section 11: a degree that no other graph has.
    let own = [4, 3, 1, 0xff, 0xff, 0xff, 0xff, LEAST as u8, 0, 0, 0];
    assert_eq!(params.session(), group.session(&own));
    for least in [0, 2, 20] {
        assert_eq!(Params::grown(group, Threshold::DEFAULT, least), Err(Misuse::BadParameter.into()));
    }
    // Slots and room for neighbours go together.
    let short: Vec<_> = slots().into_iter().skip(1).collect();
    let made = GrownMeter::new(plan.meter(0), short);
    assert_eq!(made.map(|_: Grown| ()), Err(Misuse::WrongLength.into()));
}

#[test]
fn the_registrar_comes_back_and_refuses_damage() {
    let mut world = World::new(Plan::of(8));
    world.devices.iter_mut().for_each(|device| device.wants = true);
    for _ in 0..4 {
        world.tick(&[]);
    }
    world.leave(1);
    let state = world.registrar.to_bytes().unwrap();
    let again = |bytes: &[u8]| Registrar::from_bytes(&world.params, world.utility.parties(), bytes);
    assert_eq!(again(&state).unwrap().to_bytes().unwrap(), state);
    for i in 0..state.len() {
        let mut bad = state.clone();
        bad[i] ^= 1;
        assert_eq!(again(&bad).err(), Some(Malformed::BadRecord.into()));
        assert_eq!(again(&state[..i]).err(), Some(Malformed::BadRecord.into()));
    }
    let other = Plan { seed: 9, ..world.plan }.cohort();
    assert_ne!(other.view.context(), world.view.context());
}
