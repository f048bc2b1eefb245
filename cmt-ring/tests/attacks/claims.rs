//! Claims, Hellos and hand overs that are forged, replayed, or two at once: docs/election.md.

use cmt_ring::election::{Hello, Roll};
use cmt_ring::generation::{Purpose, set_digest};
use cmt_ring::{Error, Fault, Generation, Licence, Misuse, Mode};
use meter_link::frame::{Kind, Writer};
use meter_link::{Fault as LinkFault, PairKey, PartyId, set};

use crate::adversary;
use crate::election::{solved, valid};
use crate::fault;
use crate::ring::{Device, World, channels, round};
use crate::town::{everybody, town, town_of_term, with_terms, without};

/// One claimant shows each half another set. A meter keeps to what it was shown first; both frames together convict; the
/// ring that forms is one of the two at most.
#[test]
fn claims_with_different_sets() {
    let mut world = town(10, Mode::Derived, 83);
    // Two sets of nine whose concentrator is the same.
    let sets: Vec<Vec<usize>> = (0..10).map(|out| without(&world, &[out])).collect();
    let pair = sets.iter().enumerate().find_map(|(n, a)| {
        let same = |b: &&Vec<usize>| world.draw(1, b)[0] == world.draw(1, a)[0];
        sets[..n].iter().find(same).map(|b| (a.clone(), b.clone()))
    });
    let (a, b) = pair.unwrap();
    let by = world.draw(1, &a)[0];
    let (one, two) = (valid(&world, by, 0, 1, &a), valid(&world, by, 0, 1, &b));
    assert!(
        one.claim.contradicts(&two.claim) && !one.claim.beats(&two.claim) && !two.claim.beats(&one.claim)
    );
    let contradiction = Err(fault(one.claim.id, LinkFault::Contradiction));
    let both: Vec<usize> = a.iter().copied().filter(|i| b.contains(i) && *i != by).collect();
    let (left, right) = both.split_at(4);
    for i in left {
        world.follow(*i, 0, &one).unwrap();
        assert_eq!(world.follow(*i, 0, &two), contradiction);
    }
    for i in right {
        world.follow(*i, 0, &two).unwrap();
        assert_eq!(world.follow(*i, 0, &one), contradiction);
    }
    world.supplier.claimed(round(0), &one.frame).unwrap();
    assert_eq!(world.supplier.claimed(round(0), &two.frame), contradiction);
    // The claimant's own meter makes one of the two only, also after a reboot with its records.
    let made = world.make_claim(by, 0, 0, 1, &a).unwrap();
    assert_eq!(made.frame, one.frame);
    let used = Error::Misuse(Misuse::GenerationUsed);
    assert_eq!(world.make_claim(by, 0, 0, 1, &b).map(drop), Err(used));
    world.members[by].meter.forsake();
    assert_eq!(world.make_claim(by, 0, 0, 1, &b).map(drop), Err(used));
    let records = world.members[by].generations.clone();
    let licence = *world.members[by].meter.licence().unwrap();
    let mut rebooted =
        Device::new(&world.params, &world.view, &world.members[by].listed, channels(&world.params)).unwrap();
    records.iter().for_each(|record| rebooted.replay(record).unwrap());
    rebooted.restore_licence(&licence).unwrap();
    world.members[by].meter = rebooted;
    assert_eq!(world.make_claim(by, 0, 0, 1, &b).map(drop), Err(used));
    let next = (2..64).find(|g| world.draw(*g, &a)[0] == by).unwrap();
    assert!(world.make_claim(by, 0, 0, next, &a).is_ok());
}

/// A Seat for another set than was claimed.
#[test]
fn seats_for_another_set_than_was_claimed() {
    // A set that the draw gives to the same concentrator, with the victim in it.
    let other_of = |world: &World| {
        let by = world.draw(1, &everybody(world))[0];
        (5..12).find_map(|size| solved(world, by, 1, size))
    };
    let mut world = (84..).map(|seed| town(12, Mode::Derived, seed)).find(|w| other_of(w).is_some()).unwrap();
    let other = other_of(&world).unwrap();
    let all = everybody(&world);
    let claimed = world.claim_of_drawn(0, 0, 1, &all).unwrap();
    for i in &all {
        world.follow(*i, 0, &claimed).unwrap();
    }
    let forming = world.open(1, 0, &all).unwrap();
    let victim = *other.iter().find(|i| **i != claimed.by).unwrap();
    let token = forming.tokens().find(|(id, _)| world.index(*id) == victim).unwrap().1.to_vec();
    world.join(victim, claimed.by, 0, &token).unwrap();
    let [other, all] = [other, all].map(|set| world.set(&set).to_bytes().unwrap());
    let forged = adversary::forged_seat(&world, claimed.by, victim, 1, &other);
    let refused = world.members[victim].meter.neighbours(&forged);
    assert_eq!(refused, Err(fault(claimed.claim.id, Fault::WrongMembers)));
    let whole = adversary::forged_seat(&world, claimed.by, victim, 1, &all);
    assert!(world.members[victim].meter.neighbours(&whole).is_ok());
}

/// A token from somebody whose claim is not followed.
#[test]
fn tokens_without_a_claim() {
    let mut world = town(8, Mode::Derived, 85);
    let all = everybody(&world);
    let claimed = world.claim_of_drawn(0, 0, 1, &all).unwrap();
    let forming = world.open(1, 0, &all).unwrap();
    let tokens: Vec<(usize, Vec<u8>)> =
        forming.tokens().map(|(id, token)| (world.index(id), token.to_vec())).collect();
    let id = claimed.claim.id;
    let (victim, token) = &tokens[0];
    assert_eq!(world.join(*victim, claimed.by, 0, token), Err(fault(id, LinkFault::NotExpected)));
    // Following another claim helps as little.
    let by =
        (2..).find(|g| world.draw(*g, &all)[0] != claimed.by && world.draw(*g, &all)[0] != *victim).unwrap();
    let other = valid(&world, world.draw(by, &all)[0], 0, by, &all);
    world.follow(*victim, 0, &other).unwrap();
    assert_eq!(world.join(*victim, claimed.by, 0, token), Err(fault(id, Fault::NotConcentrator)));
    // Nor does one of its own to another generation.
    let again = (by + 1..).find(|g| world.draw(*g, &all)[0] == claimed.by).unwrap();
    let again = valid(&world, claimed.by, 0, again, &all);
    world.members[*victim].meter.forsake();
    world.follow(*victim, 0, &again).unwrap();
    assert_eq!(world.join(*victim, claimed.by, 0, token), Err(fault(id, Fault::WrongGeneration)));
    let (victim, token) = &tokens[1];
    world.follow(*victim, 0, &claimed).unwrap();
    assert!(world.join(*victim, claimed.by, 0, token).is_ok());
}

/// Frames of another epoch, group or time.
#[test]
fn replays_from_elsewhere() {
    let mut world = town(8, Mode::Derived, 86);
    let all = everybody(&world);
    let by = world.draw(1, &all)[0];
    let claim = valid(&world, by, 0, 1, &all);
    let hello = world.hello(by, 0, 0, 1).unwrap();
    let (entry, id) = (world.listing(by), world.listing(by).member.id);
    let i = without(&world, &[by])[0];
    let roll = Roll::new(&world.view);
    let mut election = world.election(i, 0, 0, 1).unwrap();

    // Another epoch: other keys, another context. (Even with the same identities the signature covers the context.)
    let other = town(8, Mode::Derived, 87);
    let [foreign, strange] =
        [valid(&other, other.draw(1, &all)[0], 0, 1, &all).frame, other.hello(by, 0, 0, 1).unwrap().to_vec()];
    let sender = world.listing(other.draw(1, &all)[0]);
    let refused = world.members[i].meter.follow(round(0), &sender, &foreign);
    assert_eq!(refused, Err(fault(sender.member.id, LinkFault::BadSignature)));
    assert_eq!(election.hear(round(0), &roll, &entry, &strange), Err(fault(id, LinkFault::BadSignature)));

    // Another group.
    let mut moved = claim.frame.clone();
    moved[4] ^= 1;
    let refused = world.members[i].meter.follow(round(0), &entry, &moved);
    assert_eq!(refused, Err(fault(id, LinkFault::WrongGroup)));
    let mut moved = hello;
    moved[4] ^= 1;
    assert_eq!(election.hear(round(0), &roll, &entry, &moved), Err(fault(id, LinkFault::WrongGroup)));

    // Later: the same frames are of their round, and stay so.
    assert_eq!(world.follow(i, 3, &claim), Err(fault(id, LinkFault::RoundFarFromNow)));
    assert_eq!(election.hear(round(3), &roll, &entry, &hello), Err(fault(id, LinkFault::RoundFarFromNow)));
    // One kind does not pass for another.
    assert!(election.hear(round(0), &roll, &entry, &claim.frame).is_err());
    let refused = world.members[i].meter.follow(round(0), &entry, &hello);
    assert_eq!(refused, Err(cmt_ring::Malformed::WrongKind.into()));

    // A generation that has been: the claim is no news.
    for i in &all {
        world.follow(*i, 0, &claim).unwrap();
    }
    world.settle_followed(&claim);
    assert_eq!(world.follow(i, 0, &claim), Err(fault(id, Fault::WrongGeneration)));
    assert_eq!(world.supplier.claimed(round(0), &claim.frame), Err(fault(id, Fault::WrongGeneration)));
}

/// Who has no licence neither claims nor is heard; with code of its own it can claim, and the supplier does not take it.
#[test]
fn a_claim_without_a_licence() {
    let mut world = World::with(with_terms(Mode::Derived), 8, 88);
    let all = everybody(&world);
    let by = world.draw(1, &all)[0];
    for i in without(&world, &[by]) {
        world.get_licence(i, 0).unwrap();
    }
    let id = world.listing(by).member.id;
    assert_eq!(world.make_claim(by, 0, 0, 1, &all).map(drop), Err(Misuse::NotLicensed.into()));
    let claim = valid(&world, by, 0, 1, &all);
    assert_eq!(world.supplier.claimed(round(0), &claim.frame), Err(fault(id, Fault::BadLicence)));
    // Another's licence in its Hello.
    let lent = *world.members[without(&world, &[by])[0]].meter.licence().unwrap();
    assert_eq!(world.members[by].meter.restore_licence(&lent), Err(fault(id, Fault::BadLicence)));
    let own = hello_with(&world, by, &lent);
    let mut election = world.election(without(&world, &[by])[1], 0, 0, 1).unwrap();
    let roll = Roll::new(&world.view);
    assert_eq!(election.hear(round(0), &roll, &world.listing(by), &own), Err(fault(id, Fault::BadLicence)));
    // A meter without a licence follows nobody.
    let claim = valid(&world, world.draw(2, &all)[0], 0, 2, &all);
    assert_eq!(world.follow(by, 0, &claim), Err(Misuse::NotLicensed.into()));
}

/// A Hello that shows whatever licence.
fn hello_with(world: &World, by: usize, licence: &Licence) -> Vec<u8> {
    let header = world.view.header(Kind::Hello, 0, world.listing(by).member.id, round(0));
    let mut out = [0u8; Hello::LEN];
    let mut writer = Writer::frame(&mut out, &header).unwrap();
    for field in [1, licence.since().to_u32(), licence.number()] {
        writer.u32(field).unwrap();
    }
    writer.bytes(licence.signature()).unwrap();
    writer.finish_signed(&header, &world.members[by].identity, &world.view.scope()).unwrap().to_vec()
}

#[test]
fn a_notice_that_is_not_the_suppliers() {
    let mut world = town_of_term(7, Mode::Derived, 5);
    let all = everybody(&world);
    let claimed = world.claim_of_drawn(0, 0, 1, &all).unwrap();
    world.settle(&claimed);
    let collecting = world.supplier.open(round(0), round(0)).unwrap();
    let notice = world.supplier.discard(&world.identity, collecting).unwrap().stored();
    let meter = &mut world.members[2].meter;
    for byte in 0..notice.len() {
        let mut bad = notice.clone();
        bad[byte] ^= 1;
        assert!(meter.lost(round(0), &bad).is_err(), "byte {byte}");
    }
    let mut named = notice.clone();
    named[8] = 9;
    assert_eq!(meter.lost(round(0), &named), Err(fault(PartyId(9), LinkFault::UnknownSender)));
    assert_eq!(meter.lost(round(3), &notice), Err(fault(PartyId::UTILITY, LinkFault::RoundFarFromNow)));
    all.iter().for_each(|i| world.members[*i].meter.lost(round(0), &notice).unwrap());

    // Of a ring before: it says nothing about the present one.
    let again = world.claim_of_drawn(1, 1, 2, &all).unwrap();
    world.settle(&again);
    let meter = &mut world.members[2].meter;
    assert_eq!(meter.lost(round(1), &notice), Err(fault(PartyId::UTILITY, Fault::WrongGeneration)));
}

/// A hand over by anybody, in the generation `of.0`, of the generation `of.1`.
fn forged_hand_over(
    world: &World,
    from: usize,
    to: usize,
    of: (u32, u32),
    first: u32,
    members: &[usize],
) -> Vec<u8> {
    let tag = adversary::generation_key(world, from, to, Generation(of.0), Purpose::Tag);
    let marks: Vec<bool> = (0..world.members.len()).map(|i| members.contains(&i)).collect();
    let positions = members.iter().map(|i| *i as u32);
    let digest = set_digest(world.view.epoch(), members.len() as u32, positions);
    let mut key = [0u8; 32];
    let hkdf = hkdf::Hkdf::<sha2::Sha256>::from_prk(&*tag.to_bytes()).unwrap();
    let info: [&[u8]; 3] = [b"wattsum v1 cmt hand over", &of.1.to_le_bytes(), &digest];
    hkdf.expand_multi_info(&info, &mut key).unwrap();
    let header = world.view.header(Kind::HandOver, 0, world.members[from].listed.peer.id, round(first));
    let mut out = vec![0u8; 64 + marks.len()];
    let mut writer = Writer::frame(&mut out, &header).unwrap();
    writer.u32(of.1).unwrap();
    set::write(&mut writer, &marks).unwrap();
    writer.finish_tagged(&header, &PairKey::from_bytes(&key)).unwrap().to_vec()
}

/// A hand over by whoever is not the concentrator, or is not any more.
#[test]
fn a_forged_hand_over() {
    let mut world = town_of_term(8, Mode::Derived, 3);
    let all = everybody(&world);
    let claimed = world.claim_of_drawn(0, 0, 1, &all).unwrap();
    for i in &all {
        world.follow(*i, 0, &claimed).unwrap();
    }
    world.supplier.claimed(round(0), &claimed.frame).unwrap();
    let formed = world.form_unregistered(1, 0, &all);
    world.supplier.register(round(0), claimed.claim.id, &formed.group_key).unwrap();
    let until = world.serve_term(0);
    let g = (2..).find(|g| world.draw(*g, &all)[0] != claimed.by).unwrap();
    let to = world.draw(g, &all)[0];
    let lead = &world.members[claimed.by].meter;
    let set = world.set(&all);
    let (_, good) = lead.hand_over(&formed.book, round(until), round(until), Generation(g), &set).unwrap();
    let taken =
        |world: &World, frame: &[u8]| world.members[to].meter.handed_over(round(until), frame).map(drop);
    assert_eq!(taken(&world, &good), Ok(()));

    // By another member, with all that it has: the key of tags with the receiver is another one.
    let other = without(&world, &[claimed.by, to])[0];
    let theirs = forged_hand_over(&world, other, to, (1, g), until, &all);
    assert_eq!(taken(&world, &theirs), Err(fault(world.listing(other).member.id, LinkFault::UnknownSender)));
    let mut named = theirs.clone();
    named[8..12].copy_from_slice(&claimed.claim.id.0.to_le_bytes());
    assert_eq!(taken(&world, &named), Err(fault(claimed.claim.id, LinkFault::BadTag)));
    // The concentrator's own frame can be made by itself, and says what its code says: the draw is checked.
    let own = forged_hand_over(&world, claimed.by, to, (1, g), until, &all);
    assert_eq!(own, good);
    let wrong = (g + 1..).find(|g| world.draw(*g, &all)[0] != to).unwrap();
    let wrong = forged_hand_over(&world, claimed.by, to, (1, wrong), until, &all);
    assert_eq!(taken(&world, &wrong), Err(fault(claimed.claim.id, Fault::NotConcentrator)));
    // One of the generation that is over does not hold in the next one.
    let next = world.claim_of_drawn(until, until, g, &all).unwrap();
    world.settle(&next);
    assert!(taken(&world, &good).is_err());
}
