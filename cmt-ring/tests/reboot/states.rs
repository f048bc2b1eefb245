//! Every state by itself: what it holds, what is refused, and that a ring whose parties are all restarted between any two
//! steps gives the same sums.

use cmt_ring::{Agreement, Book, Error, Fault, Generation, Malformed, Misuse, Mode, Params};
use meter_link::mark::check;
use meter_link::{Fault as LinkFault, HighWater, Misuse as LinkMisuse, PartyId};

use crate::ring::{Device, World, channels, params, round, truth};
use crate::town::{MEAN, everybody, town_of_term};

const BAD: Error = Error::Malformed(Malformed::BadRecord);

fn misuse(misuse: LinkMisuse) -> Error {
    Error::Misuse(Misuse::Link(misuse))
}

fn state(world: &World, member: usize) -> Vec<u8> {
    let mut out = [0u8; Device::MAX_STATE_LEN];
    world.members[member].meter.to_bytes(&mut out).unwrap().to_vec()
}

fn restored(world: &World, member: usize, state: &[u8]) -> Result<Device, Error> {
    let listed = world.members[member].listed;
    Device::from_bytes(&world.params, &world.view, &listed, channels(&world.params), state)
}

/// From its state of now, and its records.
fn restart(world: &mut World, member: usize) {
    let state = state(world, member);
    restart_from(world, member, &state);
    assert_eq!(self::state(world, member), state);
}

fn restart_from(world: &mut World, member: usize, state: &[u8]) {
    let mut meter = restored(world, member, state).unwrap();
    let member = &mut world.members[member];
    member.generations.iter().for_each(|record| meter.replay(record).unwrap());
    member.meter = meter;
    member.mark = HighWater::new();
    member.marks.iter().for_each(|record| member.mark.replay(record).unwrap());
}

fn restart_all(world: &mut World) {
    (0..world.members.len()).for_each(|member| restart(world, member));
    let (params, view) = (world.params, world.view);
    if let Some(book) = world.book.take() {
        let bytes = book.to_bytes(&view).unwrap();
        let book = Book::from_bytes(&params, &view, &bytes).unwrap();
        assert_eq!(*book.to_bytes(&view).unwrap(), *bytes);
        world.book = Some(book);
    }
}

/// `World::form` with a restart of everybody after every step.
fn form_with_restarts(world: &mut World, generation: u32, from: u32, present: &[usize]) {
    let mut forming = world.open(generation, from, present).unwrap();
    let ring = world.draw(generation, present);
    let tokens: Vec<(PartyId, Vec<u8>)> = forming.tokens().map(|(id, t)| (id, t.to_vec())).collect();
    for (id, token) in tokens {
        let member = world.index(id);
        let answer = world.join(member, ring[0], from, &token).unwrap();
        restart(world, member);
        forming.accept(&answer).unwrap();
    }
    let formed = forming.close(&mut world.members[ring[0]].meter).unwrap();
    restart(world, ring[0]);
    for (id, frame) in &formed.seats {
        world.seat(world.index(*id), frame).unwrap();
    }
    world.ring = ring;
    let lead = world.at(0).listed.peer.id;
    world.supplier.register(round(from), lead, &formed.group_key).unwrap();
    world.book = Some(formed.book);
    restart_all(world);
}

fn whole_round(world: &mut World, r: u32) {
    let count = world.params.group().channels as usize;
    let one = |place: usize| (0..count).map(|n| (place * 7 + n * 31 + r as usize) as i64 - 20).collect();
    let readings: Vec<Vec<i64>> = (0..world.ring.len()).map(one).collect();
    assert_eq!(world.round(r, &readings).unwrap().values, truth(&readings), "round {r}");
}

fn groups() -> Vec<Params> {
    vec![
        params(Mode::Drawn, 1),
        params(Mode::Drawn, 3),
        params(Mode::Derived, 2),
        params(Mode::Derived, 3).with_second_ring().unwrap(),
        params(Mode::Derived, 1).with_modulus(cmt_ring::Modulus::new((1 << 50) - 27).unwrap()).unwrap(),
    ]
}

#[test]
fn everybody_restarts_between_any_two_steps() {
    for params in groups() {
        let mut world = World::with(params, 9, 1);
        restart_all(&mut world); // in no ring
        form_with_restarts(&mut world, 1, 0, &[0, 1, 2, 3, 4, 5, 6, 7, 8]);
        // Over ratchet steps too.
        for r in [0, 1, 95, 96, 200] {
            whole_round(&mut world, r);
            restart_all(&mut world);
        }
        // The ring heals twice, then forms anew.
        for (generation, r, silent) in [(2, 201, 4), (3, 300, 2)] {
            let silent = world.ring[silent];
            world.heal(generation, r, &[silent]);
            restart_all(&mut world);
            whole_round(&mut world, r);
            restart_all(&mut world);
            whole_round(&mut world, r + 1);
        }
        form_with_restarts(&mut world, 4, 400, &[0, 2, 3, 4, 6, 8]);
        whole_round(&mut world, 400);
    }
}

/// A meter of a group with terms keeps its licence, the claim that it follows, and that its ring is broken.
#[test]
fn what_a_group_with_terms_adds() {
    for mode in [Mode::Drawn, Mode::Derived] {
        let mut world = town_of_term(7, mode, 3);
        restart_all(&mut world);
        let claimed = world.claim_of_drawn(0, 0, 1, &everybody(&world)).unwrap();
        for member in 0..7 {
            let own = world.members[member].meter.licence().copied();
            world.follow(member, 0, &claimed).unwrap();
            restart(&mut world, member);
            assert_eq!(world.members[member].meter.followed(), Some(&claimed.claim));
            assert_eq!(world.members[member].meter.licence(), own.as_ref());
            assert_eq!(own.unwrap().number(), 1);
        }
        world.supplier.claimed(round(0), &claimed.frame).unwrap();
        form_with_restarts(&mut world, 1, 0, &[0, 1, 2, 3, 4, 5, 6]);
        assert!((0..7).all(|member| world.members[member].meter.until() == Some(claimed.claim.until)));
        whole_round(&mut world, 0);
        // The term ends all the same.
        let until = claimed.claim.until.to_u32();
        restart_all(&mut world);
        let over = Error::Misuse(Misuse::TermOver);
        let late = match mode {
            Mode::Derived => world.contribute(1, until, &[1]),
            Mode::Drawn => world.relay(1, until, &[1], &[]).map(|sent| sent.0),
        };
        assert_eq!(late, Err(over));

        // The role is handed over as before.
        let (lead, all) = (world.ring[0], everybody(&world));
        let next = (2..60).find(|g| world.draw(*g, &all)[0] != lead).unwrap();
        let handed = |world: &World| {
            let (meter, book) = (&world.members[lead].meter, world.book.as_ref().unwrap());
            let (now, members) = (round(until), world.set(&all));
            meter.hand_over(book, now, now, Generation(next), &members).unwrap()
        };
        let before = handed(&world);
        restart_all(&mut world);
        assert_eq!(handed(&world), before);
        let heir = world.index(before.0);
        assert!(world.members[heir].meter.handed_over(round(until), &before.1).is_ok());

        // Known to be broken: the ring may be healed.
        let silent = world.ring[3];
        world.supplier.open(round(1), round(1)).unwrap();
        let notice = world.supplier.lost(&world.identity, round(1)).unwrap().stored();
        for member in 0..7 {
            world.members[member].meter.lost(round(1), &notice).unwrap();
        }
        restart_all(&mut world);
        world.heal(2, 2, &[silent]);
        restart_all(&mut world);
        whole_round(&mut world, 2);
    }
}

/// Where members sign their set, that all have is kept.
#[test]
fn agreement_is_kept() {
    let params = params(Mode::Derived, 1).with_terms(MEAN).unwrap().with_agreement().unwrap();
    let mut world = World::with(params, 6, 1);
    let all = everybody(&world);
    for member in &all {
        world.get_licence(*member, 0).unwrap();
    }
    let claimed = world.claim_of_drawn(0, 0, 1, &all).unwrap();
    for member in &all {
        world.follow(*member, 0, &claimed).unwrap();
    }
    let mut forming = world.open(1, 0, &all).unwrap();
    let lead = claimed.by;
    let tokens: Vec<_> = forming.tokens().map(|(id, token)| (id, token.to_vec())).collect();
    let mut echoes: Vec<(usize, [u8; Agreement::ECHO_LEN])> = Vec::new();
    for (id, token) in tokens {
        let member = world.index(id);
        let answer = world.join(member, lead, 0, &token).unwrap();
        forming.accept(&answer).unwrap();
        let echo = |world: &World| {
            let entry = world.listing(member);
            world.members[member].meter.echo(&world.members[member].identity, &entry).unwrap()
        };
        let before = echo(&world);
        restart(&mut world, member);
        assert_eq!(echo(&world), before);
        echoes.push((member, before));
    }
    let formed = forming.close(&mut world.members[lead].meter).unwrap();
    for (id, frame) in &formed.seats {
        let member = world.index(*id);
        let not_yet = world.seat(member, frame).unwrap_err();
        assert_eq!(not_yet, Error::Misuse(Misuse::NotAgreed));
        let claimant = world.listing(lead);
        let mut agreement = world.members[member].meter.agreement(&claimant, &claimed.frame).unwrap();
        for (from, echo) in echoes.iter().filter(|(from, _)| *from != member) {
            agreement.hear(&world.listing(*from), echo).unwrap();
        }
        world.members[member].meter.agree(&agreement).unwrap();
        restart(&mut world, member);
        world.seat(member, frame).unwrap();
    }
}

/// A round that goes around is lost with the concentrator's reboot: its ciphertext must not be made from another δ.
#[test]
fn a_round_on_its_way_is_not_in_the_state() {
    let mut world = World::new(5, Mode::Drawn, 1, 2);
    world.form_all(1, 0);
    let collecting = world.supplier.open(round(0), round(0)).unwrap();
    let request = collecting.start().unwrap().to_vec();
    let mut delta = world.start(0, &[1], &request).unwrap();
    let lead = world.ring[0];
    restart(&mut world, lead);
    for place in 1..5 {
        delta = world.relay(place, 0, &[1], &delta).unwrap().1;
    }
    assert_eq!(world.at(0).meter.circling(), None);
    let last = world.at(4).listed.peer.id;
    let fault = Fault::Link(LinkFault::NotExpected);
    assert_eq!(world.close(0, &delta), Err(Error::Fault { culprit: last, fault }));
    assert_eq!(world.start(0, &[2], &request), Err(misuse(LinkMisuse::TimeAlreadyUsed)));
    drop(collecting);
    whole_round(&mut world, 1);
}

/// The place itself knows what it has sent in, for a device whose mark was lost.
#[test]
fn what_was_sent_is_spent_without_the_mark_too() {
    for mode in [Mode::Drawn, Mode::Derived] {
        let mut world = World::new(5, mode, 1, 3);
        world.form_all(1, 0);
        whole_round(&mut world, 5);
        restart_all(&mut world);
        world.members.iter_mut().for_each(|member| member.mark = HighWater::new());
        let used = Err(misuse(LinkMisuse::TimeAlreadyUsed));
        for r in [4, 5] {
            let again = match mode {
                Mode::Derived => world.contribute(1, r, &[9]),
                Mode::Drawn => world.relay(1, r, &[9], &[]).map(|sent| sent.0),
            };
            assert_eq!(again, used);
        }
        whole_round(&mut world, 6);
    }
}

#[test]
fn a_state_from_before_a_later_generation() {
    let mut world = World::new(6, Mode::Derived, 1, 4);
    let everybody = [0, 1, 2, 3, 4, 5];
    // A member that was joining generation 1 and joined 2 since: the seat of 1 is not taken any more.
    let mut forming = world.open(1, 0, &everybody).unwrap();
    let lead = world.draw(1, &everybody)[0];
    let tokens: Vec<_> = forming.tokens().map(|(id, token)| (id, token.to_vec())).collect();
    let mut states = Vec::new();
    for (id, token) in tokens {
        let member = world.index(id);
        let answer = world.join(member, lead, 0, &token).unwrap();
        forming.accept(&answer).unwrap();
        states.push((member, state(&world, member)));
    }
    let formed = forming.close(&mut world.members[lead].meter).unwrap();
    world.form_all(2, 1);
    let (member, old) = states.iter().find(|(member, _)| *member != world.ring[0]).unwrap().clone();
    restart_from(&mut world, member, &old);
    let (_, seat) = formed.seats.iter().find(|(id, _)| world.index(*id) == member).unwrap();
    let culprit = world.members[lead].listed.peer.id;
    let fault = Fault::WrongGeneration;
    assert_eq!(world.seat(member, seat), Err(Error::Fault { culprit, fault }));
    assert_eq!(world.members[member].meter.generation(), None);
}

/// Of a healed ring a member takes the Heal frame again, and is where it was.
#[test]
fn a_members_state_from_before_a_healing() {
    for params in groups() {
        let mut world = World::with(params, 8, 5);
        world.form_all(1, 0);
        whole_round(&mut world, 0);
        let (victim, silent) = (world.ring[2], world.ring[3]);
        let old = state(&world, victim);
        world.heal(2, 1, &[silent]);
        whole_round(&mut world, 1);
        let now = state(&world, victim);
        let lead = world.at(0).listed.peer.id;
        let id = world.members[victim].listed.peer.id;
        let sent_by_lead = |frame: &&Vec<u8>| frame[2] == 44 && frame[8..12] == lead.0.to_le_bytes();
        let heals: Vec<Vec<u8>> = world.between_meters.iter().filter(sent_by_lead).cloned().collect();
        restart_from(&mut world, victim, &old);
        assert_eq!(world.members[victim].meter.generation(), Some(Generation(1)));
        let taken = heals.iter().filter(|frame| world.take_heal(victim, 1, frame).is_ok()).count();
        assert_eq!(taken, 1, "of the frames to all, the own one");
        // All but the last round that it sent in, which its mark knows.
        let again = state(&world, victim);
        assert_eq!(again.len(), now.len());
        let used = Err(misuse(LinkMisuse::TimeAlreadyUsed));
        if world.params.mode() == Mode::Derived {
            let place = world.ring.iter().position(|member| *member == victim).unwrap();
            let reading = vec![1; world.params.group().channels.into()];
            assert_eq!(world.contribute(place, 1, &reading), used);
        }
        assert_eq!(world.members[victim].meter.id(), id);
        whole_round(&mut world, 2);
    }
}

/// A concentrator drew its new first key, and its frames are out: one that has forgotten so is in no ring, and cannot tell
/// its members something else under the same keys.
#[test]
fn a_concentrators_state_from_before_a_healing() {
    let mut world = World::new(8, Mode::Derived, 1, 6);
    world.form_all(1, 0);
    whole_round(&mut world, 0);
    let (lead, silent, other) = (world.ring[0], world.ring[3], world.ring[4]);
    let (old, book) = (state(&world, lead), world.book.as_ref().unwrap().to_bytes(&world.view).unwrap());
    world.heal(2, 1, &[silent]);
    let wrong = misuse(LinkMisuse::WrongRole);
    let new = (state(&world, lead), world.book.take());
    // Both old, then either.
    for (meter, old_book) in [(&old, true), (&old, false), (&new.0, true)] {
        restart_from(&mut world, lead, meter);
        world.book = match old_book {
            true => Some(Book::from_bytes(&world.params, &world.view, &book).unwrap()),
            false => {
                let bytes = new.1.as_ref().unwrap().to_bytes(&world.view).unwrap();
                Some(Book::from_bytes(&world.params, &world.view, &bytes).unwrap())
            }
        };
        let again = world.cut(3, 1, &[other]).map(|_| ());
        assert_eq!(again, Err(wrong), "old book: {old_book}");
        assert_eq!(world.members[lead].meter.is_concentrator(), meter == &new.0);
    }
    world.book = new.1;
    world.heal(3, 2, &[other]);
    whole_round(&mut world, 2);
}

/// Power fails after the record of a step and before its frame leaves: the generation is spent, the meter silent in it.
#[test]
fn a_generation_whose_record_is_stored_is_spent() {
    let mut world = World::new(5, Mode::Drawn, 1, 7);
    let before: Vec<Vec<u8>> = (0..5).map(|member| state(&world, member)).collect();
    world.form_all(1, 0);
    let (lead, member) = (world.ring[0], world.ring[1]);
    restart_from(&mut world, member, &before[member]);
    restart_from(&mut world, lead, &before[lead]);
    let to_member = world
        .between_meters
        .iter()
        .find(|frame| frame[2] == 36 && world.members[member].meter.neighbours(frame).is_err());
    let token = to_member.unwrap().clone();
    assert!(world.join(member, lead, 0, &token).is_err());
    let again = world.open(1, 0, &[0, 1, 2, 3, 4]).map(|_| ());
    assert_eq!(again, Err(Error::Misuse(Misuse::GenerationUsed)));
    world.form_all(2, 1);
    whole_round(&mut world, 1);
}

/// What stands in the states, to be damaged.
fn many_states() -> Vec<(World, usize, Vec<u8>)> {
    let mut all = Vec::new();
    for place in [0, 1] {
        let mut world = town_of_term(6, Mode::Derived, 3);
        let claimed = world.claim_of_drawn(0, 0, 1, &everybody(&world)).unwrap();
        world.settle(&claimed);
        whole_round(&mut world, 0);
        let index = world.ring[place];
        let bytes = state(&world, index);
        all.push((world, index, bytes));
    }
    let mut world = World::with(groups()[3], 8, 10);
    world.form_all(1, 0);
    world.heal(2, 1, &[world.ring[5]]);
    let index = world.ring[1];
    // It joins a third generation and keeps its place in the second.
    let present: Vec<usize> = (0..8).collect();
    let forming = world.open(3, 2, &present).unwrap();
    let lead = world.draw(3, &present)[0];
    let id = world.members[index].listed.peer.id;
    if let Some((_, token)) = forming.tokens().find(|(to, _)| *to == id) {
        let token = token.to_vec();
        world.join(index, lead, 2, &token).unwrap();
    }
    let bytes = state(&world, index);
    all.push((world, index, bytes));
    all
}

#[test]
fn damaged_states() {
    for (world, member, bytes) in many_states() {
        for bit in 0..bytes.len() * 8 {
            let mut bad = bytes.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(restored(&world, member, &bad).map(|_| ()), Err(BAD), "bit {bit}");
        }
        for len in 0..bytes.len() {
            assert_eq!(restored(&world, member, &bytes[..len]).map(|_| ()), Err(BAD), "{len} bytes");
        }
        assert_eq!(restored(&world, member, &[&bytes[..], &[0]].concat()).map(|_| ()), Err(BAD));
        // With a check that fits, nothing that is read panics, and what is read is written as it was.
        let body = bytes.len() - 4;
        for at in 0..body {
            for with in [0, 1, 0x7f, 0xff] {
                let mut bad = bytes.clone();
                bad[at] = with;
                let fits = check(&bad[..body]);
                bad[body..].copy_from_slice(&fits);
                match restored(&world, member, &bad) {
                    Ok(meter) => {
                        let mut out = [0u8; Device::MAX_STATE_LEN];
                        assert_eq!(meter.to_bytes(&mut out).unwrap(), bad, "byte {at}");
                    }
                    Err(error) => assert_eq!(error, BAD, "byte {at}"),
                }
            }
        }
        // Another meter's.
        let other = (member + 1) % world.members.len();
        assert_eq!(restored(&world, other, &bytes).map(|_| ()), Err(BAD));
        // A buffer that is too short is left alone.
        let mut out = vec![7u8; bytes.len() - 1];
        let short = world.members[member].meter.to_bytes(&mut out).map(|_| ());
        assert_eq!(short, Err(misuse(LinkMisuse::WrongLength)));
        assert!(out.iter().all(|byte| *byte == 7));
    }
}

#[test]
fn states_of_other_epochs_and_groups() {
    let mut world = World::new(5, Mode::Derived, 1, 11);
    world.form_all(1, 0);
    let (bytes, book) = (state(&world, 0), world.book.as_ref().unwrap().to_bytes(&world.view).unwrap());
    let other = World::new(5, Mode::Derived, 1, 12);
    assert_eq!(restored(&other, 0, &bytes).map(|_| ()), Err(BAD));
    assert_eq!(Book::from_bytes(&other.params, &other.view, &book).map(|_| ()), Err(BAD));
    let drawn = params(Mode::Drawn, 1);
    let listed = world.members[0].listed;
    let wrong = misuse(LinkMisuse::WrongSession);
    let meter = Device::from_bytes(&drawn, &world.view, &listed, channels(&drawn), &bytes);
    assert_eq!(meter.map(|_| ()), Err(wrong));
    assert_eq!(Book::from_bytes(&drawn, &world.view, &book).map(|_| ()), Err(wrong));
    // Another channel of the device.
    let second = meter_link::Channels { first: 1, count: 1 };
    let meter = Device::from_bytes(&world.params, &world.view, &listed, second, &bytes);
    assert_eq!(meter.map(|_| ()), Err(BAD));
}

#[test]
fn damaged_books() {
    let mut world = World::new(7, Mode::Derived, 1, 13);
    world.form_all(1, 0);
    world.heal(2, 1, &[world.ring[5]]);
    let bytes = world.book.as_ref().unwrap().to_bytes(&world.view).unwrap();
    let read = |bytes: &[u8]| Book::from_bytes(&world.params, &world.view, bytes);
    for bit in 0..bytes.len() * 8 {
        let mut bad = bytes.to_vec();
        bad[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(read(&bad).map(|_| ()), Err(BAD), "bit {bit}");
    }
    for len in 0..bytes.len() {
        assert_eq!(read(&bytes[..len]).map(|_| ()), Err(BAD));
    }
    let body = bytes.len() - 4;
    for at in 0..body {
        for with in [0, 1, 0x7f, 0xff] {
            let mut bad = bytes.to_vec();
            bad[at] = with;
            let fits = check(&bad[..body]);
            bad[body..].copy_from_slice(&fits);
            if let Err(error) = read(&bad) {
                assert_eq!(error, BAD, "byte {at}");
            }
        }
    }
    assert_eq!(read(&[&bytes[..], &[0]].concat()).map(|_| ()), Err(BAD));
}
