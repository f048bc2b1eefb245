//! Licences that are none, and what the supplier can do with those that it gives, refuses or makes void, and with lost
//! rounds that were not: docs/licences.md, sections 5 and 6.

use cmt_ring::election::{Hello, Roll, Verdict};
use cmt_ring::order::Order;
use cmt_ring::{Claim, Error, Fault, Generation, Licence, Listed, Lost, Mode, Params};
use meter_link::frame::{Kind, Writer};
use meter_link::set::SetView;
use meter_link::{
    Epoch, EpochView, Fault as LinkFault, GroupConfig, GroupId, GroupParams, Identity, PartyId, SetRules,
};

use crate::fault;
use crate::ring::{World, round};
use crate::town::{everybody, town, town_of_term, with_terms, without};

/// A Licence frame of whoever has this identity.
fn signed(view: &EpochView, identity: &Identity, holder: &Listed, number: u32, since: u32) -> Vec<u8> {
    let header = view.header(Kind::Licence, 0, PartyId::UTILITY, round(since));
    let mut out = [0u8; Licence::FRAME_LEN];
    let mut writer = Writer::frame(&mut out, &header).unwrap();
    for field in [holder.peer.id.0, holder.position, number] {
        writer.u32(field).unwrap();
    }
    writer.finish_signed(&header, identity, &view.scope()).unwrap().to_vec()
}

/// The Hello of a meter that shows what it likes.
fn hello(world: &World, by: usize, from: u32, licence: &[u8]) -> Vec<u8> {
    let header = world.view.header(Kind::Hello, 0, world.listing(by).member.id, round(from));
    let mut out = [0u8; Hello::LEN];
    let mut writer = Writer::frame(&mut out, &header).unwrap();
    writer.u32(1).unwrap();
    writer.bytes(&licence[12..16]).unwrap(); // since
    writer.bytes(&licence[24..28]).unwrap(); // number
    writer.bytes(&licence[28..]).unwrap(); // signature
    writer.finish_signed(&header, &world.members[by].identity, &world.view.scope()).unwrap().to_vec()
}

/// The same meters and supplier in another group, or in another epoch.
fn elsewhere(world: &World) -> [EpochView; 2] {
    let epoch = *world.view.epoch();
    let config = GroupConfig { group: GroupId(8), max_reading: 1_000_000, ..Params::config(GroupId(7)) };
    let params = Params::new(GroupParams::new(config).unwrap(), Mode::Derived).unwrap();
    let params = params.with_terms(world.params.mean_term().unwrap()).unwrap();
    let group = Epoch { session: params.session(), ..epoch };
    let later = Epoch { epoch: epoch.epoch + 1, ..epoch };
    [(params.group(), group), (world.params.group(), later)].map(|(group, epoch)| {
        EpochView::new(group, &epoch, world.view.utility(), world.view.meters(), 0).unwrap()
    })
}

/// Signed by the meter itself, by another one, in another's name, for another group or epoch: no meter keeps it, and no
/// elector hears who shows it.
#[test]
fn licences_that_the_supplier_has_not_signed() {
    let world = World::with(with_terms(Mode::Derived), 6, 90);
    let (me, other) = (world.members[2].listed, world.members[3].listed);
    let supplier = &world.identity;
    let mut forged = vec![
        signed(&world.view, &world.members[2].identity, &me, 1, 0),
        signed(&world.view, &world.members[3].identity, &me, 1, 0),
        signed(&world.view, supplier, &other, 1, 0),
    ];
    forged.extend(elsewhere(&world).map(|view| signed(&view, supplier, &me, 1, 0)));
    let true_one = signed(&world.view, supplier, &me, 1, 0);
    for byte in 12..true_one.len() {
        let mut changed = true_one.clone();
        changed[byte] ^= 1;
        forged.push(changed);
    }
    let mut asked = town(6, Mode::Derived, 90);
    let mut election = asked.election(0, 0, 0, 1).unwrap();
    let roll = Roll::new(&world.view);
    for licence in &forged {
        assert!(asked.members[2].meter.licensed(round(0), licence).is_err());
        let shown = hello(&asked, 2, 0, licence);
        let heard = election.hear(round(0), &roll, &asked.listing(2), &shown);
        // Id and position are in no Hello: it is one licence, whoever's name stood in the frame.
        let same = licence[28..] == true_one[28..] && licence[12..16] == true_one[12..16];
        if !(same && licence[24..28] == true_one[24..28]) {
            assert_eq!(heard.map(drop), Err(fault(me.peer.id, Fault::BadLicence)));
        }
    }
    let shown = hello(&asked, 2, 0, &true_one);
    assert!(election.hear(round(0), &roll, &asked.listing(2), &shown).is_ok());
    assert_eq!(asked.members[2].meter.licensed(round(0), &true_one).map(|l| l.number()), Ok(1));
}

/// Who is in no roster gets none, and nobody gets one in another's name.
#[test]
fn strangers_ask_for_licences() {
    let mut world = World::with(with_terms(Mode::Derived), 6, 91);
    let stranger =
        Listed { position: 2, peer: meter_link::Peer { id: PartyId(77), ..world.members[2].listed.peer } };
    let own = Licence::request(&world.members[2].identity, &world.view, &stranger, round(0), 1).unwrap();
    let refused = world.supplier.licence(&world.identity, round(0), &own).map(drop);
    assert_eq!(refused, Err(fault(PartyId(77), LinkFault::UnknownSender)));
    let victim = world.members[4].listed;
    let lent = Licence::request(&world.members[2].identity, &world.view, &victim, round(0), 1).unwrap();
    let refused = world.supplier.licence(&world.identity, round(0), &lent).map(drop);
    assert_eq!(refused, Err(fault(victim.peer.id, LinkFault::BadSignature)));
    assert!(!world.supplier.is_licensed(victim.peer.id));
}

/// A ring is without a meter. Its licence is void then: for the supplier, for electors, and also if the meter is sent its old
/// licence again in place of a new one.
#[test]
fn a_void_licence() {
    let mut world = town_of_term(8, Mode::Derived, 3);
    let old = world.members[6].meter.licence().unwrap().to_frame(&world.view).unwrap();
    let seven = without(&world, &[6]);
    // It was issued before the ring began.
    let claimed = world.claim_of_drawn(1, 1, 1, &seven).unwrap();
    world.settle(&claimed);
    let id = world.listing(6).member.id;
    let mut roll = Roll::new(&world.view);
    let (claim, members) = verified(&world, &claimed.frame, claimed.by);
    roll.formed(&claim, &members);
    let until = world.serve_term(1);
    let mut election = world.election(seven[0], until, until, 2).unwrap();
    let shown = world.hello(6, until, until, 2).unwrap();
    let heard = election.hear(round(until), &roll, &world.listing(6), &shown);
    assert_eq!(heard, Err(fault(id, Fault::BadLicence)));
    let g = (2..).find(|g| world.draw(*g, &everybody(&world))[0] != 6).unwrap();
    let all = everybody(&world);
    let with_it = world.claim_of_drawn(until, until, g, &all).unwrap();
    assert_eq!(world.supplier.claimed(round(until), &with_it.frame), Err(fault(id, Fault::BadLicence)));

    let request = world.members[6].meter.ask(&world.members[6].identity, round(until)).unwrap();
    let fresh = world.supplier.licence(&world.identity, round(until), &request).unwrap().stored();
    world.members[6].meter.licensed(round(until), &fresh).unwrap();
    let replayed = world.members[6].meter.licensed(round(until), &old);
    assert_eq!(replayed, Err(fault(PartyId::UTILITY, Fault::BadLicence)));
    let shown = world.hello(6, until, until, 2).unwrap();
    assert!(election.hear(round(until), &roll, &world.listing(6), &shown).is_ok());
    assert!(world.supplier.claimed(round(until), &with_it.frame).is_ok());
}

fn verified<'a>(world: &World, frame: &'a [u8], by: usize) -> (Claim, SetView<'a>) {
    Claim::verify(&world.params, &world.view, &world.listing(by), frame).unwrap()
}

/// Two licences of one number, the second good for longer. Nobody sees that there are two unless both meet, and then they
/// are evidence. It gains nothing by it that it could not have by giving the later one, or none.
#[test]
fn a_supplier_that_signs_two_licences_of_one_number() {
    let mut world = World::with(with_terms(Mode::Derived), 6, 92);
    let me = world.members[1].listed;
    let [early, late] = [0, 2].map(|since| signed(&world.view, &world.identity, &me, 1, since));
    let first = Licence::accept(&world.view, &me, round(1), 1, &early).unwrap();
    let second = Licence::accept(&world.view, &me, round(1), 1, &late).unwrap();
    assert_eq!((first.number(), first.verify(&world.view, &me)), (1, Ok(())));
    assert_eq!((second.number(), second.verify(&world.view, &me)), (1, Ok(())));
    assert_ne!(first, second);
    // One that keeps to its rules has but one to give, however often it is asked.
    let request = Licence::request(&world.members[1].identity, &world.view, &me, round(0), 1).unwrap();
    let issued = world.supplier.licence(&world.identity, round(0), &request).unwrap().stored();
    assert_eq!(issued.to_vec(), early);
    assert_eq!(world.supplier.licence(&world.identity, round(2), &request).unwrap().stored(), issued);
}

/// A supplier that gives licences to its accomplices and one other meter only makes a ring of them, and knows the others'
/// readings. Nothing but a least ring near the size of the roster stops it.
#[test]
fn a_supplier_that_refuses_licences_chooses_the_ring() {
    let (victim, accomplices) = (3, [0, 1, 5, 7]);
    let rules = |min_honest| SetRules { min_honest, max_colluding: 0, max_missing_permille: 0 };
    for (least, found) in [(5, true), (9, false)] {
        let config =
            GroupConfig { rules: rules(least), max_reading: 1_000_000, ..Params::config(GroupId(7)) };
        let params = Params::new(GroupParams::new(config).unwrap(), Mode::Derived).unwrap();
        let mut world = World::with(params.with_terms(6).unwrap(), 10, 93);
        let mut five = [&accomplices[..], &[victim]].concat();
        five.sort_unstable();
        for i in &five {
            world.get_licence(*i, 0).unwrap();
        }
        let mut elections = world.elections(0, 0, 1, &five, |_, _| false);
        let verdict = world.decide(&mut elections[0]);
        assert_eq!(verdict == Verdict::TooFew { have: 5, need: least }, !found);
        if !found {
            continue;
        }
        let claimed = world.claim_of_drawn(0, 0, 1, &five).unwrap();
        world.settle(&claimed);
        let readings: Vec<Vec<i64>> = world.ring.iter().map(|i| vec![1_300 + *i as i64]).collect();
        let sum = world.round(0, &readings).unwrap().values[0];
        let known: i64 = accomplices.iter().map(|i| 1_300 + *i as i64).sum();
        assert_eq!(sum - known, 1_303, "the victim's reading");
    }
}

/// Every round is "lost", although all ciphertexts came. Meters believe it, and elect again: the supplier has a new draw each
/// round instead of each term, until its accomplices sit beside the victim.
#[test]
fn false_notices_are_new_draws() {
    let mut world = town_of_term(8, Mode::Derived, 3);
    let all = everybody(&world);
    let mut claimed = world.claim_of_drawn(0, 0, 1, &all).unwrap();
    world.settle(&claimed);
    for r in 0..4u32 {
        let readings: Vec<Vec<i64>> = (0..8).map(|n| vec![n]).collect();
        let (mut collecting, frames) = world.ciphertexts(r, &readings);
        frames.iter().for_each(|frame| assert!(collecting.accept(frame).is_ok()));
        assert_eq!(collecting.missing().count(), 0);
        let notice = world.supplier.discard(&world.identity, collecting).unwrap().stored();
        all.iter().for_each(|i| world.members[*i].meter.lost(round(r), &notice).unwrap());
        claimed = world.claim_of_drawn(r, r + 1, r + 2, &all).unwrap();
        world.settle(&claimed);
    }
    // 24 meters, and two accomplices for each victim: generations in which it sits between them. One draw in 253.
    let members: Vec<usize> = (0..24).collect();
    let arrange = |g| Order::arrange(world.view.epoch(), Generation(g), &members).unwrap();
    let rings: Vec<Vec<usize>> = (1..=1_500).map(arrange).collect();
    let first = |victim: usize| {
        let between = |ring: &&Vec<usize>| {
            let at = ring.iter().position(|i| *i == victim).unwrap();
            let around = [ring[(at + 23) % 24], ring[(at + 1) % 24]];
            [7, 12].iter().all(|step| around.contains(&((victim + step) % 24)))
        };
        1 + rings.iter().take_while(|ring| !between(ring)).count() as u32
    };
    let mut waits: Vec<u32> = members.iter().map(|victim| first(*victim)).collect();
    waits.sort_unstable();
    let mean = f64::from(waits.iter().sum::<u32>()) / 24.0;
    println!("generations until a victim sits between two accomplices: {waits:?}, mean {mean:.0}");
    assert!((100.0..500.0).contains(&mean));
}

/// The supplier's notices of another group or epoch, where generations count from 1 too, and of a round to come.
#[test]
fn notices_from_elsewhere() {
    let mut world = town_of_term(7, Mode::Derived, 4);
    let all = everybody(&world);
    let claimed = world.claim_of_drawn(0, 0, 1, &all).unwrap();
    world.settle(&claimed);
    let until = world.supplier.until().unwrap().to_u32();
    let write = |view: &EpochView, r: u32, generation: u32| {
        let header = view.header(Kind::Lost, 0, PartyId::UTILITY, round(r));
        let mut out = [0u8; 128];
        let mut writer = Writer::frame(&mut out, &header).unwrap();
        [generation, 0].iter().for_each(|field| writer.u32(*field).unwrap());
        let frame = writer.finish_signed(&header, &world.identity, &view.scope()).unwrap().to_vec();
        assert_eq!(frame.len(), Lost::len(0));
        frame
    };
    let [group, epoch] = elsewhere(&world).map(|view| write(&view, 0, 1));
    let [ahead, other] = [write(&world.view, until, 1), write(&world.view, 0, 2)];
    let good = write(&world.view, 0, 1);
    let blame = |kind: Fault| -> Result<(), Error> { Err(fault(PartyId::UTILITY, kind)) };
    let meter = &mut world.members[2].meter;
    assert_eq!(meter.lost(round(0), &group), blame(LinkFault::WrongGroup.into()));
    assert_eq!(meter.lost(round(0), &epoch), blame(LinkFault::BadSignature.into()));
    assert_eq!(meter.lost(round(until), &ahead), blame(LinkFault::WrongRound.into()));
    assert_eq!(meter.lost(round(0), &other), blame(Fault::WrongGeneration));
    // None of them ends the term.
    let g = (2..).find(|g| world.draw(*g, &all)[0] != 2).unwrap();
    let by = world.draw(g, &all)[0];
    world.members[by].meter.broken().unwrap();
    let early = world.make_claim(by, 1, 1, g, &all).unwrap();
    assert_eq!(world.follow(2, 1, &early), Err(fault(early.claim.id, Fault::TooEarly)));
    world.members[2].meter.lost(round(0), &good).unwrap();
    assert!(world.follow(2, 1, &early).is_ok());
}
