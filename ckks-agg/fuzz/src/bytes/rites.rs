//! Frames of the key ceremony, to trustee 1.

use ckks_agg::joint::{Joining, Revealing, Sharing};
use meter_link::{Header, Label, PartyId, sealed};

use super::super::world::{World, world};
use super::fixes;

fn joined(world: &World) -> Joining {
    let mut joining = world.joining();
    world.rites[0][1..].iter().for_each(|frame| assert!(joining.accept(frame).is_ok()));
    joining
}

fn revealed(world: &World) -> Revealing {
    joined(world).close(world.keyring.signer(world.answerer_id(1))).unwrap()
}

fn sharing(world: &World) -> Sharing {
    let mut revealing = revealed(world);
    world.rites[1][1..].iter().for_each(|frame| assert!(revealing.accept(frame).is_ok()));
    revealing.close().unwrap()
}

/// Any commitment is one; the second of somebody is not.
pub fn commitment(mode: u8, frame: &mut [u8]) -> bool {
    let world = world();
    if fixes(mode) {
        world.keyring.sign(frame);
    }
    let mut joining = world.joining();
    let missing = joining.missing().count();
    let taken = joining.accept(frame);
    let own = taken == Ok(world.answerer_id(1));
    assert_eq!(joining.missing().count(), missing - usize::from(taken.is_ok() && !own));
    assert!(!own || frame == joining.frame());
    assert_eq!(joining.accept(frame), taken);
    let mut joining = joined(world);
    assert!(joining.accept(frame).is_err() || world.rites[0].iter().any(|known| known == frame));
    taken.is_ok()
}

/// Only what was committed to.
pub fn part(mode: u8, frame: &mut [u8]) -> bool {
    let world = world();
    if fixes(mode) {
        world.keyring.sign(frame);
    }
    let mut revealing = revealed(world);
    let missing = revealing.missing().count();
    let taken = revealing.accept(frame).is_ok();
    assert!(!taken || world.rites[1].iter().any(|known| known == frame));
    assert!(taken || revealing.missing().count() == missing);
    taken
}

/// Anything under a seal that holds, if its residues are some.
pub fn polynomial(mode: u8, frame: &mut [u8]) -> bool {
    let world = world();
    if fixes(mode) {
        reseal(world, frame);
    }
    let mut sharing = sharing(world);
    let missing = sharing.missing().count();
    let taken = sharing.accept(frame).is_ok();
    assert_eq!(sharing.missing().count(), missing - usize::from(taken));
    let others = world.rites[2].iter();
    others.for_each(|frame| assert!(sharing.accept(frame).is_ok()));
    assert!(sharing.close().is_ok());
    taken
}

fn reseal(world: &World, frame: &mut [u8]) -> Option<()> {
    let (body, tag) = frame.split_last_chunk_mut::<{ sealed::OVERHEAD }>()?;
    let (head, payload) = body.split_at_mut_checked(Header::LEN + 4)?;
    let header = Header::parse(head).ok()?;
    let me = world.answerer_id(1);
    let sender = world.roster.answerers().iter().find(|member| member.id == header.sender)?;
    let link = world.link(me);
    let key = link.pair_key(Label::Seal, world.view.context(), me, &sender.peer(), &[]).ok()?;
    *tag = sealed::seal(&key, &header, me, payload).ok()?;
    Some(())
}

/// A sealed frame with its payload in clear.
pub fn in_clear(world: &World, frame: &[u8]) -> Vec<u8> {
    let (me, mut frame) = (world.answerer_id(1), frame.to_vec());
    let (body, tag) = frame.split_last_chunk_mut::<{ sealed::OVERHEAD }>().unwrap();
    let (head, payload) = body.split_at_mut(Header::LEN + 4);
    let header = Header::parse(head).unwrap();
    let sender = world.roster.answerers().iter().find(|member| member.id == header.sender).unwrap();
    let link = world.link(me);
    let key = link.pair_key(Label::Seal, world.view.context(), me, &sender.peer(), &[]).unwrap();
    sealed::open(&key, &header, me, payload, tag).unwrap();
    frame
}

/// The same of what a holder tells.
pub fn opened_in_clear(world: &World, frame: &[u8]) -> Vec<u8> {
    let mut frame = frame.to_vec();
    let (body, tag) = frame.split_last_chunk_mut::<{ sealed::OVERHEAD }>().unwrap();
    let (head, payload) = body.split_at_mut(Header::LEN);
    let header = Header::parse(head).unwrap();
    sealed::open(&world.seal(1), &header, PartyId::UTILITY, payload, tag).unwrap();
    frame
}
