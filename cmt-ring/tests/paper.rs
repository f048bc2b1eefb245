//! The system of Alves and Fonseca, message by message: P. Alves, R. Fonseca, *Smart meters – keeping users' privacy*, on the
//! encryption of C. Castelluccia, E. Mykletun, G. Tsudik, *Efficient aggregation of encrypted data in wireless sensor
//! networks* (2005), in the ring of F. G. Mármol, C. Sorge, O. Ugus, G. M. Pérez, *Do not snoop my habits* (2012).
//!
//! The papers' texts were not at hand when this was written, so nothing here is numbered as they do. Steps are
//! numbered 1 to 9 in the order in which the project's design reads the paper (licence, broadcast, token, first key, successor,
//! group key, round, concentrator change, faults), and equations (A) to (D) as they stand in docs/protocol.md and src/key.rs:
//!
//! ```text
//! (A)  c_ij = m_ij + k_ij mod M                    encryption                 Castelluccia et al.
//! (B)  K = Σ_i k_i1                                the group key
//! (C)  k_ij = k_i1 − δ_ij + δ_(i−1)j               a round's key              Mármol et al., Alves and Fonseca
//! (D)  Σ_i c_ij − K = Σ_i m_ij                     what the supplier learns
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]
#![allow(dead_code)] // of the adversary, most is for other tests

#[path = "world/adversary.rs"]
mod adversary;
#[path = "world/ring.rs"]
mod ring;
#[path = "world/town.rs"]
mod town;

use adversary::{opened_delta, opened_first_key};
use cmt_ring::election::{Heard, Roll, Verdict};
use cmt_ring::generation::Purpose;
use cmt_ring::{Claim, Error, Fault, Generation, Lost, Mode};
use meter_link::frame::{Header, Kind};
use meter_link::key::Label;
use meter_link::{Fault as LinkFault, PartyId, sealed};
use ring::{Member, World, round, words};
use town::{Claimed, MEAN, TRIES, with_terms};

/// Six meters that the supplier knows, and one that it comes to know later.
const FIRST: [usize; 6] = [0, 1, 2, 3, 4, 5];
const NEWCOMER: usize = 6;

fn fault(culprit: PartyId, fault: impl Into<Fault>) -> Error {
    Error::Fault { culprit, fault: fault.into() }
}

fn kind(frame: &[u8]) -> Kind {
    Header::parse(frame).unwrap().kind
}

/// What a generation's members hold, by place: token and k_i1. The concentrator's own are not in any frame but the sum.
struct Formed {
    tokens: Vec<Option<[u8; 16]>>,
    first: Vec<Option<u64>>,
    /// K, as the supplier was told.
    group_key: u64,
}

/// What a GroupKey frame says, as the concentrator sealed it: K, and n tokens.
fn told_to_supplier(world: &World, lead: usize, frame: &[u8]) -> (u64, Vec<[u8; 16]>) {
    let (sender, utility) = (&world.members[lead], world.view.utility().peer());
    let id = sender.listed.peer.id;
    let pair = sender.link.pair_key(Label::Seal, world.view.context(), id, &utility, &[]).unwrap();
    let g = Generation(u32::from_le_bytes(frame[16..20].try_into().unwrap()));
    let (message, seal) = frame.split_last_chunk().unwrap();
    let (mut message, header) = (message[20..].to_vec(), Header::parse(frame).unwrap());
    sealed::open(&g.key(Purpose::Seal, &pair).unwrap(), &header, utility.id, &mut message, seal).unwrap();
    let n = u32::from_le_bytes(message[8..12].try_into().unwrap()) as usize;
    let tokens =
        message[12..].chunks_exact(48).map(|entry| entry[..16].try_into().unwrap()).collect::<Vec<_>>();
    assert_eq!(tokens.len(), n);
    (u64::from_le_bytes(message[..8].try_into().unwrap()), tokens)
}

/// Step 1. A meter sends its identity to the supplier. If it is registered, it gets a signed licence.
fn licence(world: &mut World, member: usize, now: u32) -> Result<(), Error> {
    let Member { meter, identity, .. } = &world.members[member];
    let request = meter.ask(identity, round(now))?;
    assert_eq!(kind(&request), Kind::LicenceRequest);
    let answer = world.supplier.licence(&world.identity, round(now), &request)?.stored();
    assert_eq!(kind(&answer), Kind::Licence);
    let licence = world.members[member].meter.licensed(round(now), &answer)?;
    licence.verify(&world.view, &world.members[member].listed)
}

/// Step 2. It broadcasts for the concentrator; after a set number of unanswered tries it takes the role. Here: whoever is
/// drawn of those that are there.
fn broadcast(world: &mut World, g: u32, from: u32, present: &[usize]) -> Claimed {
    // Alone, and unanswered.
    let mut alone = world.election(present[0], from, from, g).unwrap();
    for _ in 1..TRIES {
        assert_eq!(alone.deadline(), Ok(Verdict::Repeat));
    }
    assert_eq!(alone.deadline(), Ok(Verdict::TooFew { have: 1, need: 5 }));
    // Everybody hears everybody, and draws the same one.
    let mut elections = world.elections(from, from, g, present, |_, _| false);
    let verdicts: Vec<Verdict> = elections.iter_mut().map(|election| world.decide(election)).collect();
    let drawn = world.draw(g, present)[0];
    for (member, verdict) in present.iter().zip(verdicts) {
        assert_eq!(verdict, if *member == drawn { Verdict::Claim } else { Verdict::Await(drawn as u32) });
    }
    let claimed = world.make_claim(drawn, from, from, g, present).unwrap();
    assert_eq!(kind(&claimed.frame), Kind::Claim);
    for member in present.iter().filter(|member| **member != drawn) {
        world.follow(*member, from, &claimed).unwrap();
    }
    world.supplier.claimed(round(from), &claimed.frame).unwrap();
    claimed
}

/// Steps 3 to 6, in the order of the messages.
fn form(world: &mut World, claimed: &Claimed) -> Formed {
    let Claim { generation, from, .. } = claimed.claim;
    let (lead, from) = (claimed.by, from.to_u32());
    let mut forming = world.open(generation.0, from, &claimed.members).unwrap();
    world.ring = world.draw(generation.0, &claimed.members);
    let place = |world: &World, id| world.ring.iter().position(|member| *member == world.index(id)).unwrap();
    let n = claimed.members.len();
    let (mut tokens, mut first) = (vec![None; n], vec![None; n]);
    // Step 3. The concentrator issues a random token T to each.
    let issued: Vec<(PartyId, Vec<u8>)> = forming.tokens().map(|(id, frame)| (id, frame.to_vec())).collect();
    for (id, token) in issued {
        assert_eq!(kind(&token), Kind::Token);
        // Step 4. The meter returns its first key k_i1, sealed for the concentrator.
        let answer = world.join(world.index(id), lead, from, &token).unwrap();
        assert_eq!(kind(&answer), Kind::FirstKey);
        assert_eq!(forming.accept(&answer), Ok(id));
        let (t, k, _) = opened_first_key(world, lead, id, &token, &answer);
        let at = place(world, id);
        (tokens[at], first[at]) = (Some(t), Some(k));
    }
    // Step 5. The concentrator assigns each its successor: the ring is one cycle through all.
    let formed = forming.close(&mut world.members[lead].meter).unwrap();
    for (id, seat) in &formed.seats {
        assert_eq!(kind(seat), Kind::Seat);
        let (member, at) = (world.index(*id), place(world, *id));
        let around = world.members[member].meter.neighbours(seat).unwrap();
        assert_eq!(around.successor as usize, world.ring[(at + 1) % n]);
        assert_eq!(around.predecessor as usize, world.ring[at - 1]);
        world.seat(member, seat).unwrap();
    }
    // Step 6. It sends (K, n, tokens) to the supplier.
    assert_eq!(kind(&formed.group_key), Kind::GroupKey);
    let (group_key, listed) = told_to_supplier(world, lead, &formed.group_key);
    assert!(listed.len() == n && tokens.iter().flatten().all(|token| listed.contains(token)));
    let id = world.members[lead].listed.peer.id;
    assert_eq!(world.supplier.register(round(from), id, &formed.group_key), Ok(generation));
    world.book = Some(formed.book);
    Formed { tokens, first, group_key }
}

/// Step 7. A round, with every equation. Returns the round's keys k_ij.
fn ring_round(world: &mut World, formed: &mut Formed, r: u32) -> Vec<u64> {
    let n = world.ring.len();
    let readings: Vec<i64> = (0..n).map(|i| 100 * i as i64 - 150 + i64::from(r)).collect();
    // The supplier asks the concentrator …
    let mut collecting = world.supplier.open(round(r), round(r)).unwrap();
    let request = collecting.start().unwrap().to_vec();
    assert_eq!(kind(&request), Kind::Start);
    // … which sends δ_0 to its successor and keeps its ciphertext back …
    let mut sent = vec![world.start(r, &[readings[0]], &request).unwrap()];
    let mut ciphertexts = vec![Vec::new()];
    assert_eq!(world.at(0).meter.circling(), Some(round(r)));
    // … each meter draws δ_i, sends (T_i, m_i + k_ij) to the supplier and δ_i on …
    for place in 1..n {
        let (frame, delta) = world.relay(place, r, &[readings[place]], &sent[place - 1]).unwrap();
        assert_eq!((kind(&frame), kind(&delta)), (Kind::Contribution, Kind::Delta));
        collecting.accept(&frame).unwrap();
        ciphertexts.push(frame);
        sent.push(delta);
    }
    // … until the ring closes at the concentrator, which only then sends its own.
    assert_eq!(collecting.missing().count(), 1);
    ciphertexts[0] = world.close(r, &sent[n - 1]).unwrap();
    collecting.accept(&ciphertexts[0]).unwrap();

    let delta: Vec<u64> = (0..n).map(|i| opened_delta(world, i, (i + 1) % n, &sent[i])).collect();
    let keys: Vec<u64> = (0..n)
        .map(|i| words(&ciphertexts[i])[0].wrapping_sub(readings[i].cast_unsigned())) // (A)
        .collect();
    for i in 0..n {
        // (C), of the concentrator's k_i1 for the first time here.
        let first = keys[i].wrapping_add(delta[i]).wrapping_sub(delta[(i + n - 1) % n]);
        assert_eq!(*formed.first[i].get_or_insert(first), first, "round {r}, place {i}");
        // The supplier sees a token, and no identity.
        let token = formed.tokens[i].map(|token| token[..4].to_vec());
        assert!(token.is_none_or(|token| ciphertexts[i][8..12] == token));
    }
    let sum = |values: &[u64]| values.iter().fold(0u64, |sum, value| sum.wrapping_add(*value));
    let first: Vec<u64> = formed.first.iter().map(|first| first.unwrap()).collect();
    assert_eq!(sum(&first), formed.group_key); // (B)
    assert_eq!(sum(&keys), formed.group_key); // the δ cancel
    let whole: Vec<u64> = ciphertexts.iter().map(|frame| words(frame)[0]).collect();
    let total: i64 = readings.iter().sum();
    assert_eq!(sum(&whole).wrapping_sub(formed.group_key).cast_signed(), total); // (D)
    assert_eq!(collecting.close().unwrap().values, [total]);
    keys
}

/// Keys of two rounds have nothing in common but what cancels in the sum.
fn rounds_differ(world: &mut World, formed: &mut Formed, r: u32) {
    let [now, next] = [r, r + 1].map(|r| ring_round(world, formed, r));
    assert!(now.iter().zip(&next).all(|(a, b)| a != b));
}

#[test]
fn the_papers_message_sequence() {
    let everybody = [0, 1, 2, 3, 4, 5, NEWCOMER];
    // Terms of some rounds, and a role that goes from one member to another.
    let fits = |world: &World| {
        let [old, next] = [world.draw(1, &FIRST)[0], world.draw(2, &everybody)[0]];
        let long = (1..=4).all(|g| Generation(g).term(world.view.epoch(), MEAN) >= 3);
        long && next != old && next != NEWCOMER
    };
    let mut world = (0..).map(|seed| World::with(with_terms(Mode::Drawn), 7, seed)).find(fits).unwrap();
    let id = |world: &World, member: usize| world.members[member].listed.peer.id;

    // 1. Licence. One that the supplier does not know gets none.
    let newcomer = id(&world, NEWCOMER);
    world.supplier.expel(newcomer).unwrap();
    assert_eq!(licence(&mut world, NEWCOMER, 0), Err(fault(newcomer, LinkFault::UnknownSender)));
    for member in FIRST {
        licence(&mut world, member, 0).unwrap();
    }
    // 2. Broadcast.
    let claimed = broadcast(&mut world, 1, 0, &FIRST);
    // 3 to 6. Token, first key, successor, group key.
    let mut formed = form(&mut world, &claimed);
    // 7. Rounds, to the end of the term.
    rounds_differ(&mut world, &mut formed, 0);
    let until = world.supplier.until().unwrap().to_u32();
    (2..until).for_each(|r| drop(ring_round(&mut world, &mut formed, r)));

    // A new meter is registered, and broadcasts: the concentrator answers with its claim.
    world.supplier.readmit(newcomer).unwrap();
    licence(&mut world, NEWCOMER, until - 1).unwrap();
    let Member { meter, identity, .. } = &world.members[NEWCOMER];
    let question = meter.discover(identity, &world.listing(NEWCOMER), round(until - 1)).unwrap();
    assert_eq!(kind(&question), Kind::Hello);
    let mut election = world.election(claimed.by, until, until, 2).unwrap();
    let heard = election.hear(round(until), &Roll::new(&world.view), &world.listing(NEWCOMER), &question);
    assert_eq!(heard, Ok(Heard::Discovery));
    let (learnt, _) =
        Claim::verify(&world.params, &world.view, &world.listing(claimed.by), &claimed.frame).unwrap();
    assert_eq!(learnt.until, round(until));

    // 8. The concentrator changes: drawn anew, and everything with it.
    let next = world.draw(2, &everybody)[0];
    let old = world.ring[0];
    let members = world.set(&everybody);
    let (book, meter) = (world.book.as_ref().unwrap(), &world.members[old].meter);
    let handed = meter.hand_over(book, round(until), round(until), Generation(2), &members).unwrap();
    assert_eq!((handed.0, kind(&handed.1)), (id(&world, next), Kind::HandOver));
    let taken = world.members[next].meter.handed_over(round(until), &handed.1).unwrap();
    assert_eq!(taken.members, members);
    let claimed = world.claim_of_drawn(until, until, 2, &everybody).unwrap();
    for member in everybody.into_iter().filter(|member| *member != next) {
        world.follow(member, until, &claimed).unwrap();
    }
    world.supplier.claimed(round(until), &claimed.frame).unwrap();
    let before = formed;
    let mut formed = form(&mut world, &claimed);
    assert!(formed.group_key != before.group_key);
    assert!(before.tokens.iter().flatten().all(|token| !formed.tokens.contains(&Some(*token))));
    ring_round(&mut world, &mut formed, until);

    // 9. Faults. A meter falls silent: the concentrator's deadline for the ring passes.
    let r = until + 1;
    let (lead, silent) = (world.ring[0], world.ring[3]);
    let mut collecting = world.supplier.open(round(r), round(r)).unwrap();
    let request = collecting.start().unwrap().to_vec();
    let mut delta = world.start(r, &[1], &request).unwrap();
    for place in 1..3 {
        let (frame, next) = world.relay(place, r, &[1], &delta).unwrap();
        collecting.accept(&frame).unwrap();
        delta = next;
    }
    world.members[lead].meter.broken().unwrap();
    // The supplier discards what it has and says so; only the concentrator knows whom it means.
    let notice = world.supplier.discard(&world.identity, collecting).unwrap().stored();
    assert_eq!(kind(&notice), Kind::Lost);
    let lost = Lost::verify(&world.view, round(r), &notice).unwrap();
    assert_eq!(lost.names().count(), 5);
    let named = world.book.as_ref().unwrap().silent(&lost).unwrap();
    assert_eq!(named.iter().map(|listed| listed.position as usize).collect::<Vec<_>>(), [silent]);
    // Registration begins again without the silent meter …
    let rest: Vec<usize> = everybody.into_iter().filter(|member| *member != silent).collect();
    for member in &everybody {
        let _ = world.members[*member].meter.lost(round(r), &notice);
    }
    let claimed = world.claim_of_drawn(r + 1, r + 1, 3, &rest).unwrap();
    for member in rest.iter().filter(|member| **member != claimed.by) {
        world.follow(*member, r + 1, &claimed).unwrap();
    }
    world.supplier.claimed(round(r + 1), &claimed.frame).unwrap();
    let mut formed = form(&mut world, &claimed);
    ring_round(&mut world, &mut formed, r + 1);
    // … which needs a licence again.
    let until = world.supplier.until().unwrap().to_u32();
    (r + 2..until).for_each(|r| drop(ring_round(&mut world, &mut formed, r)));
    let claimed = world.claim_of_drawn(until, until, 4, &everybody).unwrap();
    let refused = world.supplier.claimed(round(until), &claimed.frame).map(|_| ());
    assert_eq!(refused, Err(fault(id(&world, silent), Fault::BadLicence)));
    licence(&mut world, silent, until).unwrap();
    world.supplier.claimed(round(until), &claimed.frame).unwrap();
    for member in everybody.into_iter().filter(|member| *member != claimed.by) {
        world.follow(member, until, &claimed).unwrap();
    }
    let mut formed = form(&mut world, &claimed);
    ring_round(&mut world, &mut formed, until);

    // The concentrator falls silent: the supplier discards the round, and the members elect another.
    let r = until + 1;
    let collecting = world.supplier.open(round(r), round(r)).unwrap();
    let notice = world.supplier.discard(&world.identity, collecting).unwrap().stored();
    let gone = world.ring[0];
    let rest: Vec<usize> = everybody.into_iter().filter(|member| *member != gone).collect();
    for member in &rest {
        world.members[*member].meter.lost(round(r), &notice).unwrap();
    }
    let claimed = broadcast(&mut world, 5, r + 1, &rest);
    assert!(claimed.by != gone);
    let mut formed = form(&mut world, &claimed);
    ring_round(&mut world, &mut formed, r + 1);
}
