//! Lost rounds.

use cmt_ring::{Error, Generation, Lost, Malformed, Misuse};
use meter_link::frame::{Kind, Writer};
use meter_link::{Fault as LinkFault, Misuse as LinkMisuse, PartyId};

use crate::desk::{all, desk};
use crate::ring::{World, round};

fn running(seed: u64) -> (World, crate::desk::Hand) {
    let mut world = desk(6, seed);
    world.license_all(0);
    let everybody = all(&world);
    let generation = (1..9).find(|g| world.until(*g, 0) > 5).unwrap();
    let hand = world.begin(generation, 0, &everybody);
    (world, hand)
}

#[test]
fn a_lost_round_names_whose_ciphertexts_are_missing() {
    let (mut world, hand) = running(1);
    let frame = world.hand_round(&hand, 1, &[0, 4]).unwrap();
    assert_eq!(frame.len(), Lost::len(2));
    let lost = Lost::verify(&world.view, round(1), &frame).unwrap();
    assert_eq!((lost.round(), lost.generation()), (round(1), hand.generation));
    let mut names = [hand.holders[0].0, hand.holders[4].0];
    names.sort();
    assert!(lost.names().eq(names));
    // The ring goes on, and a round in which all sent can be given up as well.
    assert_eq!(world.hand_round(&hand, 2, &[]), None);
    let mut collecting = world.supplier.open(round(3), round(3)).unwrap();
    for holder in 0..6 {
        collecting.accept(&world.sent(&hand, holder, 3, 5)).unwrap();
    }
    let frame = world.supplier.discard(&world.identity, collecting).unwrap().stored();
    assert_eq!(Lost::verify(&world.view, round(3), &frame).unwrap().names().count(), 0);
}

/// A sum that cannot be is told without names.
#[test]
fn a_round_without_a_possible_sum() {
    let (mut world, hand) = running(2);
    let mut collecting = world.supplier.open(round(1), round(1)).unwrap();
    for holder in 0..6 {
        collecting.accept(&world.sent(&hand, holder, 1, i64::from(u32::MAX))).unwrap();
    }
    assert_eq!(collecting.close(), Err(Error::Inconsistent));
    let frame = world.supplier.lost(&world.identity, round(1)).unwrap().stored();
    let lost = Lost::verify(&world.view, round(1), &frame).unwrap();
    assert_eq!((lost.generation(), lost.names().count()), (hand.generation, 0));
    let claim = world.claim(hand.generation.0 + 1, 2, &all(&world));
    world.supplier.claimed(round(2), &claim).unwrap();
}

#[test]
fn rounds_that_cannot_be_lost() {
    let mut world = desk(6, 3);
    let none = world.supplier.lost(&world.identity, round(0)).map(drop);
    assert_eq!(none, Err(Misuse::NoRing.into()));
    let (mut world, hand) = running(3);
    let never = world.supplier.lost(&world.identity, round(0)).map(drop);
    assert_eq!(never, Err(LinkMisuse::OutOfOrder.into()));
    world.hand_round(&hand, 1, &[]);
    let ahead = world.supplier.lost(&world.identity, round(2)).map(drop);
    assert_eq!(ahead, Err(LinkMisuse::OutOfOrder.into()));
    let wrong = world.supplier.lost(&world.members[0].identity, round(1)).map(drop);
    assert_eq!(wrong, Err(LinkMisuse::WrongRole.into()));
    let claim = world.claim(hand.generation.0 + 1, 2, &all(&world));
    assert!(world.supplier.claimed(round(2), &claim).is_err(), "none was lost");
}

/// A round of the generation before that is given up late says nothing of the present one.
#[test]
fn a_late_loss_of_the_generation_before() {
    let (mut world, hand) = running(4);
    world.hand_round(&hand, 0, &[1]);
    let late = world.supplier.open(round(1), round(1)).unwrap();
    let next = (hand.generation.0 + 1..20).find(|g| world.until(*g, 2) > 5).unwrap();
    let everybody = all(&world);
    world.begin(next, 2, &everybody);
    let frame = world.supplier.discard(&world.identity, late).unwrap().stored();
    let lost = Lost::verify(&world.view, round(2), &frame).unwrap();
    assert_eq!((lost.generation(), lost.names().count()), (hand.generation, 6));
    let claim = world.claim(next + 1, 3, &everybody);
    assert!(world.supplier.claimed(round(3), &claim).is_err(), "the present ring lost none");
}

#[test]
fn notices_that_are_none() {
    let (mut world, hand) = running(5);
    let good = world.hand_round(&hand, 1, &[0, 4]).unwrap();
    let utility = |fault: LinkFault| Err(Error::from(fault.of(PartyId::UTILITY)));
    for (now, expected) in [(3, Ok(())), (4, utility(LinkFault::RoundFarFromNow))] {
        assert_eq!(Lost::verify(&world.view, round(now), &good).map(drop), expected);
    }
    for byte in 0..good.len() {
        let mut bad = good.clone();
        bad[byte] ^= 1;
        assert!(Lost::verify(&world.view, round(1), &bad).is_err(), "byte {byte}");
    }
    // What the supplier itself could write.
    let signed = |r: u32, fields: &[u32]| {
        let header = world.view.header(Kind::Lost, 0, PartyId::UTILITY, round(r));
        let mut out = [0u8; 256];
        let mut writer = Writer::frame(&mut out, &header).unwrap();
        fields.iter().for_each(|field| writer.u32(*field).unwrap());
        writer.finish_signed(&header, &world.identity, &world.view.scope()).unwrap().to_vec()
    };
    let verify = |frame: &[u8]| Lost::verify(&world.view, round(1), frame).map(|lost| lost.generation());
    assert_eq!(verify(&signed(1, &[3, 2, 7, 9])), Ok(Generation(3)));
    for (fields, error) in [
        (&[3][..], Malformed::Truncated),
        (&[3, 1], Malformed::Truncated),
        (&[3, 0, 1], Malformed::TrailingBytes),
        (&[3, 2, 9, 7], Malformed::BadField),
        (&[3, 2, 9, 9], Malformed::BadField),
        (&[3, 7, 1, 2, 3, 4, 5, 6, 7], Malformed::BadField),
        (&[3, u32::MAX], Malformed::BadField),
    ] {
        assert_eq!(verify(&signed(1, fields)), Err(error.into()), "{fields:?}");
    }
    assert_eq!(verify(&signed(1000, &[3, 0])).map(drop), utility(LinkFault::WrongEpoch));
}
