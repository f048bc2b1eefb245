//! What is tried against registrations, exits, and those who take part in them.

use dcnet_core::grown::{Listed, NOTICE_LEN};
use dcnet_core::{Error, Fault, Misuse};
use meter_link::answer::Quorum;
use meter_link::frame::{Flags, Writer};
use meter_link::roster::{List, Member};
use meter_link::round::OpenFields;
use meter_link::{
    Field64, Header, Identity, Kind, Label, LinkPublic, LinkSecret, PairKey, Peer, Round, Stream, pad,
};

use crate::relay::keys;
use crate::rounds::reading;
use crate::world::{Plan, World};

pub(crate) fn grown_world(meters: u32, ticks: usize) -> World {
    let mut world = World::new(Plan::of(meters));
    world.devices.iter_mut().for_each(|device| device.wants = true);
    for _ in 0..ticks {
        world.tick(&[]);
    }
    world
}

/// Any frame of kinds 1 to 3 with a signature of whoever.
pub(crate) fn forge(
    world: &World,
    sender: usize,
    kind: Kind,
    form: u8,
    round: u32,
    payload: &[u8],
    by: &Identity,
) -> Vec<u8> {
    let id = world.listed(sender).id();
    let header = world.view.header(kind, form << Flags::PASS_SHIFT, id, Round::from(round));
    let mut out = vec![0; Header::LEN + payload.len() + Identity::SIGNATURE_LEN];
    let mut writer = Writer::frame(&mut out, &header).unwrap();
    writer.bytes(payload).unwrap();
    writer.finish_signed(&header, by, &world.view.scope()).unwrap();
    out
}

pub(crate) fn offer_of(world: &World, from: usize, to: usize, first: u32, key: LinkPublic) -> Vec<u8> {
    let payload = [&world.listed(to).id().0.to_le_bytes()[..], &key.0].concat();
    forge(world, from, Kind::Join, 0, first, &payload, &world.devices[from].identity)
}

/// What a meter makes of a frame, and that a refusal has changed nothing.
pub(crate) fn hand(
    world: &mut World,
    from: usize,
    to: usize,
    frame: &[u8],
) -> Result<Option<Vec<u8>>, Error> {
    let (now, peer) = (world.now(), world.listed(from));
    let device = &mut world.devices[to];
    let mut out = [0; NOTICE_LEN];
    let step = device.grown.accept(now, &peer, frame, &device.identity, &mut world.rng, &mut out)?;
    Ok(step.reply.map(<[u8]>::to_vec))
}

#[test]
pub(crate) fn forged_exit() {
    let mut world = grown_world(8, 6);
    let around = world.graph()[2].clone();
    let victim = around[0] as usize;
    let list: Vec<u8> = around.iter().flat_map(|place| place.to_le_bytes()).collect();
    let payload = [&(around.len() as u16).to_le_bytes()[..], &list].concat();
    let sender = world.listed(2).id();
    let utility = world.plan.cohort().utility.identity;
    // By the utility, by a neighbour; of another epoch's context.
    let round = world.now + 1;
    for by in [&utility, &world.plan.cohort().meters[victim].identity] {
        let frame = forge(&world, 2, Kind::Exit, 0, round, &payload, by);
        assert_eq!(hand(&mut world, 2, victim, &frame), Err(Fault::BadSignature.of(sender)));
        let now = world.now();
        assert_eq!(world.registrar.relay(now, &frame), Err(Fault::BadSignature.of(sender)));
    }
    assert!(world.graph()[victim].contains(&2));
    // A meter that signs an exit of its own for another to pass on as its.
    let own = forge(&world, 2, Kind::Exit, 0, round, &payload, &world.devices[2].identity);
    let other = world.listed(3).id();
    let mut claimed = own.clone();
    claimed[8..12].copy_from_slice(&other.0.to_le_bytes());
    assert_eq!(hand(&mut world, 3, victim, &claimed), Err(Fault::BadSignature.of(other)));
    assert_eq!(hand(&mut world, 3, victim, &own), Err(Fault::UnknownSender.of(sender)));
    // A true exit that lists others would pair meters of the leaver's choice: the registrar does not pass it on.
    let strange: Vec<u8> = (0..8u32).filter(|p| *p != 2).flat_map(u32::to_le_bytes).collect();
    let strangers = (0..8).filter(|p| *p != 2 && !around.contains(p)).count();
    if strangers > 0 {
        let payload = [&7u16.to_le_bytes()[..], &strange].concat();
        let frame = forge(&world, 2, Kind::Exit, 0, round, &payload, &world.devices[2].identity);
        let now = world.now();
        assert_eq!(world.registrar.relay(now, &frame), Err(Fault::NotExpected.of(sender)));
    }
}

#[test]
fn replayed_exit() {
    let mut world = grown_world(8, 6);
    let old = {
        let now = world.now();
        let device = &mut world.devices[2];
        let mut out = vec![0; 256];
        let mut record = vec![0; device.grown.state_len()];
        let frame = device.grown.leave(now, &device.identity, &mut out, &mut record).unwrap();
        let frame = frame.stored().to_vec();
        device.leaving = true;
        frame
    };
    world.send(2, old.clone());
    world.deliver();
    for _ in 0..3 {
        world.tick(&[]);
    }
    world.devices[2].wants = true;
    for _ in 0..5 {
        world.tick(&[]);
    }
    let graph = world.graph();
    assert!(world.tick(&[]).present[2] && graph[2].len() >= 3);
    // The exit of before says nothing about edges that began after it.
    for peer in graph[2].clone() {
        hand(&mut world, 2, peer as usize, &old).unwrap();
    }
    let now = world.now();
    let _ = world.registrar.relay(now, &old);
    let tick = world.tick(&[]);
    assert!(tick.present[2]);
    assert_eq!(world.graph(), graph);
}

#[test]
fn substituted_edge_key_by_the_relay() {
    let mut world = World::new(Plan::of(6));
    world.devices.iter_mut().for_each(|device| device.wants = true);
    let sender = world.listed(0).id();
    let offer = world.offer(0, 1).unwrap();
    let middle = LinkSecret::from_bytes(&mut [9; 32]);
    let mut other = offer.clone();
    other[20..52].copy_from_slice(&middle.public().0);

    // Without the signature, the relay shares a key with each of the two.
    let (context, alice) = (world.view.context(), LinkSecret::from_bytes(&mut [4; 32]));
    let key = |secret: &LinkSecret, me, id, link| {
        *secret.pair_key(Label::DcnetPair, context, me, &Peer { id, link }, &[]).unwrap().to_bytes()
    };
    let id = world.listed(1).id();
    assert_eq!(key(&alice, sender, id, middle.public()), key(&middle, id, sender, alice.public()));

    // With it, the frame is not 0's; signed by the relay it is not either; and another identity under 0's id does not
    // stand in the roster.
    assert_eq!(hand(&mut world, 0, 1, &other), Err(Fault::BadSignature.of(sender)));
    let utility = world.plan.cohort().utility.identity;
    let payload = [&id.0.to_le_bytes()[..], &middle.public().0].concat();
    let resigned = forge(&world, 0, Kind::Join, 0, world.now + 2, &payload, &utility);
    assert_eq!(hand(&mut world, 0, 1, &resigned), Err(Fault::BadSignature.of(sender)));
    let path = world.roster.path(List::Roster, 1);
    let proof = world.roster.inclusion(List::Roster, 1, &path);
    let mut leaf = world.roster.meters()[0].leaf();
    leaf[5..37].copy_from_slice(&utility.public().0);
    let fake = Member::from_kept_leaf(&leaf).unwrap();
    let listed = Listed::new(&world.view, &fake, &proof).map(|_| ());
    assert_eq!(listed, Err(Fault::BadProof.of(meter_link::PartyId::UTILITY)));
    assert!(world.graph()[1].is_empty());

    // Nor does the answer survive it; the true ones do, and both ends confirm.
    let answer = hand(&mut world, 0, 1, &offer).unwrap().unwrap();
    let mut swapped = answer.clone();
    swapped[52..84].copy_from_slice(&middle.public().0);
    assert_eq!(hand(&mut world, 1, 0, &swapped), Err(Fault::BadSignature.of(id)));
    let confirmation = hand(&mut world, 1, 0, &answer).unwrap().unwrap();
    assert!(world.graph()[1].is_empty());
    assert_eq!(hand(&mut world, 0, 1, &confirmation), Ok(None));
    assert_eq!(world.graph()[..2], [vec![1], vec![0]]);
}

#[test]
fn a_partner_that_does_not_have_the_key() {
    let mut world = World::new(Plan::of(6));
    let offer = world.offer(0, 1).unwrap();
    let edge: [u8; 32] = {
        use sha2::{Digest, Sha256};
        Sha256::digest(&offer).into()
    };
    // 1 answers with a public key of another, and cannot seal; then with the offered key itself.
    let stolen = LinkSecret::from_bytes(&mut [5; 32]).public();
    let offered = LinkPublic(offer[20..52].try_into().unwrap());
    let id = world.listed(1).id();
    for (key, fault) in [(stolen, Fault::BadSeal), (offered, Fault::CopiedKey)] {
        let to = world.listed(0).id().0.to_le_bytes();
        let payload = [&to[..], &edge, &key.0, &[7; 48]].concat();
        let frame = forge(&world, 1, Kind::Join, 1, world.now + 2, &payload, &world.devices[1].identity);
        assert_eq!(hand(&mut world, 1, 0, &frame), Err(fault.of(id)));
    }
    assert!(world.graph()[0].is_empty());
    // The true answer is still taken, and after it no other.
    let answer = hand(&mut world, 0, 1, &offer).unwrap().unwrap();
    assert!(hand(&mut world, 1, 0, &answer).unwrap().is_some());
    let to = world.listed(0).id().0.to_le_bytes();
    let payload = [&to[..], &edge, &stolen.0, &[7; 48]].concat();
    let second = forge(&world, 1, Kind::Join, 1, world.now + 2, &payload, &world.devices[1].identity);
    assert_eq!(hand(&mut world, 1, 0, &second), Err(Fault::Contradiction.of(id)));
}

#[test]
fn low_order_key() {
    let mut world = World::new(Plan::of(6));
    let sender = world.listed(0).id();
    let mut minus_one = [0xff; 32];
    (minus_one[0], minus_one[31]) = (0xec, 0x7f);
    for key in [[0; 32], minus_one] {
        let frame = offer_of(&world, 0, 1, world.now + 2, LinkPublic(key));
        assert_eq!(hand(&mut world, 0, 1, &frame), Err(Fault::LowOrderKey.of(sender)));
    }
    assert!(world.devices[1].grown.unsettled().next().is_none());
}

#[test]
fn own_key_and_own_offer() {
    let mut world = World::new(Plan::of(6));
    let offer = world.offer(2, 1).unwrap();
    let key = LinkPublic(offer[20..52].try_into().unwrap());
    // The partner sends the offered key back in an offer of its own.
    let back = offer_of(&world, 1, 2, world.now + 2, key);
    assert_eq!(hand(&mut world, 1, 2, &back), Err(Fault::CopiedKey.of(world.listed(1).id())));
    // The relay sends the meter its own frame.
    let own = world.listed(2).id();
    assert_eq!(hand(&mut world, 2, 2, &offer), Err(Fault::NotExpected.of(own)));
    assert_eq!(hand(&mut world, 2, 3, &offer), Err(Fault::NotExpected.of(own)));
    assert_eq!(world.offer(2, 2), Err(Misuse::SelfAsPeer.into()));
}

/// Why the drawn graph is the default: nothing here refuses self-chosen neighbours.
#[test]
fn a_utility_that_lies_about_who_is_present() {
    let mut world = World::new(Plan::of(12));
    let (victim, colluders) = (11usize, [2u32, 5, 6, 8]);
    let utility = world.plan.cohort().utility.identity;
    // It signs an Open that names its colluders and the victim only, and shows it to the victim.
    let mut present = [false; 12];
    colluders.iter().for_each(|place| present[*place as usize] = true);
    present[victim] = true;
    let mut open = vec![0; OpenFields::max_len(12)];
    let fields = OpenFields { round: world.now(), previous: None, present: &present };
    let open = fields.sign(&world.view, &utility, &mut open).unwrap().to_vec();
    let mut partners = [0; 6];
    let now = world.now();
    let drawn = world.devices[victim].grown.draw(now, Some(&open), &mut world.rng, &mut partners).unwrap();
    let mut drawn = partners[..drawn].to_vec();
    drawn.sort_unstable();
    assert_eq!(drawn, colluders);

    // The rest is by the rules. All but the victim are online, but it knows of nobody else.
    world.devices.iter_mut().for_each(|device| device.wants = true);
    world.devices[victim].wants = false;
    for _ in 0..5 {
        world.tick(&[]);
    }
    world.devices[victim].wants = true;
    for peer in drawn {
        let frame = world.offer(victim, peer as usize).unwrap();
        world.send(victim, frame);
    }
    world.deliver();
    for _ in 0..2 {
        world.all_state();
        world.now += 1;
        let (now, wanted) = (world.now(), [true; 12]);
        world.registrar.open(now, &wanted).unwrap();
    }
    assert_eq!(world.graph()[victim], colluders);

    // In a round the colluders' keys take all pads off the victim's frame …
    let (round, now) = (world.now, world.now());
    let collecting = world.utility.open(now, now, &[true; 12]).unwrap();
    let device = &mut world.devices[victim];
    device.grown.open(now, collecting.frame()).unwrap();
    let mut out = vec![0; world.params.contribution_len()];
    let values = [reading(victim, round)];
    let frame = device.grown.contribute(&mut device.mark, now, now, &values, &mut out).unwrap().stored();
    let mut left = Field64::from_bytes(frame[16..24].try_into().unwrap()).unwrap();
    for place in colluders {
        let state = &mut vec![0; 4096];
        let stored = world.devices[place as usize].grown.to_bytes(state).unwrap();
        let (_, key, _) = keys(stored).into_iter().find(|(peer, ..)| *peer == victim as u32).unwrap();
        let mut pad = [Field64::ZERO];
        pad::pad(&ratcheted(&world, key, place as usize), now, Stream::Mask, &mut pad);
        left += pad[0]; // the victim's is the highest position: it has subtracted
    }
    assert_ne!(left, Field64::from_i64(values[0]));
    // … and what is left is its self-mask, which three holders know together: with them it is read. With the holders
    // honest nobody reads it, whoever its neighbours are.
    let cohort = world.plan.cohort();
    let quorum = Quorum::new(&[1, 2, 3]).unwrap();
    let me = &cohort.meters[victim];
    let peer = Peer { id: me.id, link: me.link.public() };
    for (number, holder) in (1u8..=3).zip(&cohort.answerers) {
        let mut key =
            holder.link.pair_key(Label::DcnetHolder, world.view.context(), holder.id, &peer, &[]).unwrap();
        (0..world.view.step(now).unwrap()).for_each(|_| key.ratchet());
        let mut pad = [Field64::ZERO];
        pad::pad(&key, now, Stream::Share, &mut pad);
        left -= quorum.coefficient(number).unwrap() * pad[0];
    }
    assert_eq!(left, Field64::from_i64(values[0]));
}

/// A stored key at the ratchet step of the present round: the record tells its own step.
fn ratcheted(world: &World, key: [u8; 32], place: usize) -> PairKey {
    let state = &mut vec![0; 4096];
    let stored = world.devices[place].grown.to_bytes(state).unwrap();
    let at = stored.windows(32).position(|window| window == key).unwrap();
    let step = u32::from_le_bytes(stored[at - 4..at].try_into().unwrap());
    let mut key = PairKey::from_bytes(&key);
    (step..world.view.step(world.now()).unwrap()).for_each(|_| key.ratchet());
    key
}
