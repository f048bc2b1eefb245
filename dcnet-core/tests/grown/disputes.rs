//! Meters that sign what is not so, to keep others out or to fill the registrar.

use dcnet_core::grown::Registrar;
use dcnet_core::{Fault, Malformed, Utility};
use meter_link::frame::{Flags, Writer};
use meter_link::{Header, Identity, Kind, Label, LinkSecret, Round};
use sha2::{Digest, Sha256};

use crate::attacks::{forge, grown_world, hand};
use crate::world::{FIRST, Plan, World};

/// What a meter could state with its key.
fn statement(world: &World, place: usize, from: u32, edges: &[(u32, u32)]) -> Vec<u8> {
    let cohort = world.plan.cohort();
    let me = &cohort.meters[place];
    let utility = world.view.utility().peer();
    let key = me.link.pair_key(Label::Frame, world.view.context(), me.id, &utility, &[]).unwrap();
    let header = world.view.header(Kind::Entered, 1 << Flags::PASS_SHIFT, me.id, Round::from(from));
    let mut out = vec![0; Header::LEN + 2 + 8 * edges.len() + 16];
    let mut writer = Writer::frame(&mut out, &header).unwrap();
    writer.u16(edges.len() as u16).unwrap();
    for (peer, first) in edges {
        writer.u32(*peer).unwrap();
        writer.u32(*first).unwrap();
    }
    writer.finish_tagged(&header, &key).unwrap();
    out
}

/// The edges of a meter's record.
fn stated(world: &World, place: usize) -> Vec<(u32, u32)> {
    let grown = &world.devices[place].grown;
    let mut state = vec![0; grown.state_len()];
    let record = grown.to_bytes(&mut state).unwrap();
    let word = |bytes: &[u8]| u32::from_le_bytes(bytes.try_into().unwrap());
    let edges = record[1 + 32 + 4 + 2 + 1 + 4 + 4 + 1..record.len() - 4].chunks_exact(145);
    let mut edges: Vec<_> = edges.map(|edge| (word(&edge[..4]), word(&edge[8..12]))).collect();
    edges.sort_unstable();
    edges
}

fn signed(world: &World, from: usize, kind: Kind, form: u8, first: u32, payload: &[&[u8]]) -> Vec<u8> {
    forge(world, from, kind, form, first, &payload.concat(), &world.devices[from].identity)
}

fn present_in(world: &mut World, place: usize, ticks: usize) -> usize {
    (0..ticks).filter(|_| world.tick(&[]).present[place]).count()
}

#[test]
fn an_unsolicited_answer_is_not_passed_on() {
    let mut world = grown_world(9, 8);
    let (liar, victim) = (0usize, 6usize);
    let key = LinkSecret::from_bytes(&mut [7; 32]).public();
    let (to, sender) = (world.listed(victim).id().0.to_le_bytes(), world.listed(liar).id());
    let first = world.now + 1;
    let now = world.now();
    let before = world.registrar.to_bytes().unwrap();
    let answer = signed(&world, liar, Kind::Join, 1, first, &[&to, &[0xab; 32], &key.0, &[0; 48]]);
    let confirmation = signed(&world, liar, Kind::Entered, 0, first, &[&to, &[0xab; 32], &[0; 48]]);
    let refusal = signed(&world, liar, Kind::Exit, 1, first, &[&to, &[0xab; 32]]);
    for frame in [answer, confirmation, refusal] {
        assert_eq!(world.registrar.relay(now, &frame), Err(Fault::NotExpected.of(sender)));
    }
    assert_eq!(world.registrar.to_bytes().unwrap(), before);
    assert_eq!(present_in(&mut world, victim, 10), 10);
}

/// Of the two ends of an edge that is in doubt, who has stated nothing since is left out, for however long.
#[test]
fn who_answers_and_then_says_nothing_is_left_out() {
    let mut world = grown_world(9, 8);
    let graph = world.graph();
    let victim = 8usize;
    let liar = (0..8).find(|place| !graph[victim].contains(place)).unwrap() as usize;
    // It offers; the victim's answer passes; it does not confirm, and holds its statement back.
    let offer = world.offer(victim, liar).unwrap();
    let (now, first) = (world.now(), world.now + 2);
    world.registrar.relay(now, &offer).unwrap();
    let (to, edge) = (world.listed(victim).id().0.to_le_bytes(), Sha256::digest(&offer));
    let key = LinkSecret::from_bytes(&mut [7; 32]).public();
    let answer = signed(&world, liar, Kind::Join, 1, first, &[&to, &edge, &key.0, &[0; 48]]);
    world.registrar.relay(now, &answer).unwrap();
    assert!(hand(&mut world, liar, victim, &answer).is_err());
    world.devices[liar].off = true;
    for n in 0..12 {
        let present = open_next(&world);
        assert_eq!((present[victim], present[liar]), (true, n < 2), "{n}");
        world.tick(&[]);
    }
}

/// It is taken down, since a meter uses what it has stated; and it keeps out only who has stated it.
#[test]
fn an_edge_that_was_never_answered_keeps_out_who_states_it() {
    let mut world = World::new(Plan::of(10));
    world.devices[..8].iter_mut().for_each(|device| device.wants = true);
    for _ in 0..8 {
        world.tick(&[]);
    }
    let (liar, new) = (2usize, 9usize);
    let edges = stated(&world, liar);
    world.devices[liar].off = true;
    world.devices[new].wants = true;
    for n in 0..12 {
        let mut lie = edges.clone();
        lie.push((new as u32, FIRST + 1));
        let now = world.now();
        let lie = statement(&world, liar, world.now, &lie);
        world.registrar.accept(now, &lie).unwrap();
        let present = open_next(&world);
        assert_eq!((present[new], present[liar]), (n >= 2, n < 2), "{n}");
        world.tick(&[]);
    }
}

/// A present meter gets a newcomer's answer, confirms nothing or rubbish, and states the edge all the same.
#[test]
fn who_states_an_edge_that_did_not_come_about_is_left_out() {
    for rubbish in [false, true] {
        let mut world = World::new(Plan::of(11));
        world.devices[..8].iter_mut().for_each(|device| device.wants = true);
        for _ in 0..8 {
            world.tick(&[]);
        }
        let (liar, new) = (2usize, 9usize);
        let edges = stated(&world, liar);
        world.devices[new].wants = true;
        let offer = world.offer(liar, new).unwrap();
        let (now, first) = (world.now(), world.now + 2);
        world.registrar.relay(now, &offer).unwrap();
        let answer = hand(&mut world, liar, new, &offer).unwrap().unwrap();
        world.registrar.relay(now, &answer).unwrap();
        if rubbish {
            let (to, edge) = (world.listed(new).id().0.to_le_bytes(), Sha256::digest(&offer));
            let frame = signed(&world, liar, Kind::Entered, 0, first, &[&to, &edge, &[3; 48]]);
            world.registrar.relay(now, &frame).unwrap();
            let refusal = hand(&mut world, liar, new, &frame).unwrap().unwrap();
            assert_eq!(Header::parse(&refusal).unwrap().kind, Kind::Exit);
            // It remembers: the same offer makes no edge any more.
            assert_eq!(hand(&mut world, liar, new, &offer), Ok(None));
            assert_eq!(hand(&mut world, liar, new, &frame), Ok(Some(refusal.clone())));
            world.registrar.relay(now, &refusal).unwrap();
            assert!(world.registrar.relay(now, &answer).is_err());
        }
        // From here on the liar is played by hand.
        world.devices[liar].off = true;
        for n in 0..12 {
            let mut lie = edges.clone();
            lie.push((new as u32, first));
            lie.sort_unstable();
            if world.now >= first {
                let frame = statement(&world, liar, world.now, &lie);
                world.registrar.accept(world.now(), &frame).unwrap();
            }
            let present = open_next(&world);
            assert_eq!((present[new], present[liar]), (n >= 2, n < 2), "{rubbish} {n}");
            world.tick(&[]);
        }
    }
}

/// Who leaves and then states its edges of before does not keep its neighbours out.
#[test]
fn edges_of_before_an_exit_blame_who_has_left() {
    let mut world = grown_world(9, 8);
    let leaver = 0usize;
    let edge = *stated(&world, leaver).last().unwrap();
    let victim = edge.0 as usize;
    world.leave(leaver);
    for _ in 0..2 {
        world.tick(&[]);
    }
    // Neither was present before, so that only what they have signed tells.
    world.devices[victim].off = true;
    for _ in 0..3 {
        world.tick(&[]);
        let frame = statement(&world, leaver, world.now, &[edge]);
        world.registrar.accept(world.now(), &frame).unwrap();
        let now = world.now();
        assert!(world.registrar.unsettled(now).contains(&(0, edge.0)));
        let present = copy(&world).open(now, &[true; 9]).unwrap();
        assert!(present[victim] && !present[leaver], "{present:?}");
    }
}

#[test]
fn statements_and_exits_of_more_edges_than_slots_are_refused() {
    let plan = Plan::of(300);
    let world = World::new(plan);
    let many: Vec<(u32, u32)> = (1..257).map(|peer| (peer, FIRST)).collect();
    let mut registrar = Registrar::new(&world.params, world.utility.parties()).unwrap();
    let (now, sender) = (world.now(), world.listed(0).id());
    let frame = statement(&world, 0, FIRST, &many);
    assert_eq!(registrar.accept(now, &frame), Err(Malformed::BadField.into()));
    let list = |count: u32| (1..=count).flat_map(u32::to_le_bytes).collect::<Vec<u8>>();
    let exit = |count: u16| {
        let list = list(u32::from(count));
        signed(&world, 0, Kind::Exit, 0, FIRST + 1, &[&count.to_le_bytes(), &list])
    };
    assert_eq!(registrar.relay(now, &exit(256)), Err(Malformed::BadField.into()));
    // One fewer is well formed; none of these is a neighbour, until they are stated.
    assert_eq!(registrar.relay(now, &exit(255)), Err(Fault::NotExpected.of(sender)));
    assert_eq!(registrar.accept(now, &statement(&world, 0, FIRST, &many[..255])), Ok(sender));
    assert_eq!(registrar.relay(now, &exit(255)).unwrap().len(), 255);
    let state = registrar.to_bytes().unwrap();
    let again = Registrar::from_bytes(&world.params, world.utility.parties(), &state).unwrap();
    assert_eq!(again.to_bytes().unwrap(), state);
}

#[test]
fn answers_without_offers_leave_nothing_behind() {
    let plan = Plan::of(40);
    let (params, cohort) = (plan.params(), plan.cohort());
    let (view, roster, own) = (cohort.view, cohort.roster, cohort.utility);
    let ids: Vec<_> = roster.meters().iter().map(|meter| meter.id).collect();
    let utility = Utility::new(&params, &view, own.identity, own.link, roster).unwrap();
    let mut registrar = Registrar::new(&params, utility.parties()).unwrap();
    let before = registrar.to_bytes().unwrap();
    let me = &cohort.meters[0];
    let key = LinkSecret::from_bytes(&mut [7; 32]).public();
    for id in &ids[1..] {
        let payload = [&id.0.to_le_bytes()[..], &[1; 32], &key.0, &[0; 48]].concat();
        let header = view.header(Kind::Join, 1 << Flags::PASS_SHIFT, me.id, Round::from(FIRST + 2));
        let mut out = vec![0; Header::LEN + payload.len() + Identity::SIGNATURE_LEN];
        let mut writer = Writer::frame(&mut out, &header).unwrap();
        writer.bytes(&payload).unwrap();
        writer.finish_signed(&header, &me.identity, &view.scope()).unwrap();
        let refused = Err(Fault::NotExpected.of(me.id));
        assert_eq!(registrar.relay(Round::from(FIRST), &out), refused);
    }
    assert_eq!(registrar.to_bytes().unwrap(), before);
}

#[test]
fn an_exit_that_nobody_holds_any_more_is_dropped() {
    let mut world = grown_world(9, 8);
    world.leave(3);
    let with = world.registrar.to_bytes().unwrap();
    let exit = with.windows(3).filter(|bytes| *bytes == [1, 1, 3]).count(); // version, protocol, kind
    for _ in 0..6 {
        world.tick(&[]);
    }
    let without = world.registrar.to_bytes().unwrap();
    assert!(without.windows(3).filter(|bytes| *bytes == [1, 1, 3]).count() < exit);
    assert_eq!(world.registrar.owed().count(), 0);
}

#[test]
fn an_offer_without_room_has_no_reply_and_may_be_taken_later() {
    let mut world = World::new(Plan::of(12));
    world.devices.iter_mut().for_each(|device| device.wants = true);
    let full = 11usize;
    let offers: Vec<_> = (0..5).map(|from| world.offer(from, full).unwrap()).collect();
    let mut replies = Vec::new();
    for (from, offer) in offers.iter().enumerate() {
        replies.push(hand(&mut world, from, full, offer).unwrap());
    }
    assert_eq!((replies.iter().flatten().count(), &replies[4]), (4, &None));
    let confirmation = hand(&mut world, full, 0, replies[0].as_ref().unwrap()).unwrap().unwrap();
    hand(&mut world, 0, full, &confirmation).unwrap();
    let again = hand(&mut world, 4, full, &offers[4]).unwrap().unwrap();
    let confirmation = hand(&mut world, full, 4, &again).unwrap().unwrap();
    assert_eq!(hand(&mut world, 4, full, &confirmation), Ok(None));
    // Both ends have it, and there is no refusal that could part them.
    assert!(world.graph()[4].contains(&11) && world.graph()[full].contains(&4));
    // One with an edge already does not refuse either.
    world.devices[4].grown.abandon(11).unwrap();
    world.now += 1;
    let other = world.offer(4, full).unwrap();
    assert_eq!(hand(&mut world, 4, full, &other), Ok(None));
}

/// What only who has the other role could send is not refused: a refusal would hold for good.
#[test]
fn a_frame_of_the_other_role_makes_no_meter_refuse_its_own_edge() {
    let mut world = World::new(Plan::of(6));
    let offer = world.offer(0, 1).unwrap();
    let (first, edge) = (world.now + 2, Sha256::digest(&offer));
    let (zero, one) = (world.listed(0).id(), world.listed(1).id());
    let frame = signed(&world, 1, Kind::Entered, 0, first, &[&zero.0.to_le_bytes(), &edge, &[0; 48]]);
    assert_eq!(hand(&mut world, 1, 0, &frame), Err(Fault::NotExpected.of(one)));
    hand(&mut world, 0, 1, &offer).unwrap().unwrap();
    let key = LinkSecret::from_bytes(&mut [7; 32]).public();
    let frame = signed(&world, 0, Kind::Join, 1, first, &[&one.0.to_le_bytes(), &edge, &key.0, &[0; 48]]);
    assert_eq!(hand(&mut world, 0, 1, &frame), Err(Fault::NotExpected.of(zero)));
}

/// Whom the next Open would name, had the one before named all whom it could.
fn open_next(world: &World) -> Vec<bool> {
    let mut copy = copy(world);
    let all = vec![true; world.devices.len()];
    copy.open(Round::from(world.now - 1), &all).unwrap();
    copy.open(world.now(), &all).unwrap()
}

fn copy(world: &World) -> Registrar {
    let state = world.registrar.to_bytes().unwrap();
    Registrar::from_bytes(&world.params, world.utility.parties(), &state).unwrap()
}
