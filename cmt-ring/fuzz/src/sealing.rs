//! Puts the trailer onto whatever a fuzzer writes that its sender would put there: signature, tag or seal. What is sealed
//! stands in the clear before.

use cmt_ring::generation::{Generation, Purpose};
use meter_link::{Header, Kind, Label, PairKey, PartyId, sealed};

use super::keyring::tag_under;
use super::world::World;

/// Under which key a kind's trailer is: of sender and receiver for the generation that the frame names.
fn purpose(kind: Kind) -> Option<Purpose> {
    match kind {
        Kind::Token | Kind::FirstKey | Kind::GroupKey => Some(Purpose::Seal),
        Kind::Seat | Kind::Start => Some(Purpose::Tag),
        _ => None,
    }
}

fn key(world: &World, header: &Header, frame: &[u8], receiver: PartyId) -> Option<PairKey> {
    let purpose = purpose(header.kind)?;
    let generation = u32::from_le_bytes(*frame.get(Header::LEN..)?.first_chunk()?);
    let pair = world.pair(Label::Seal, header.sender, receiver)?;
    Generation(generation).key(purpose, &pair).ok()
}

/// Where the sealed part begins, if the kind has one.
fn sealed_from(kind: Kind) -> Option<usize> {
    match kind {
        Kind::Token | Kind::FirstKey | Kind::GroupKey | Kind::Healed => Some(Header::LEN + 4),
        Kind::Delta => Some(Header::LEN),
        _ => None,
    }
}

/// `own` is the key where it hangs on the ring.
pub fn finish(world: &World, frame: &mut [u8], receiver: PartyId, own: Option<&PairKey>) -> Option<()> {
    let header = Header::parse(frame).ok()?;
    let made = match own {
        Some(key) => Some(PairKey::from_bytes(&key.to_bytes())),
        None => key(world, &header, frame, receiver),
    };
    match (sealed_from(header.kind), made) {
        (Some(from), Some(key)) => {
            let (body, trailer) = frame.split_last_chunk_mut::<16>()?;
            *trailer = sealed::seal(&key, &header, receiver, body.get_mut(from..)?).ok()?;
            Some(())
        }
        (None, Some(key)) => tag_under(frame, &key),
        _ => {
            world.ring.sign(frame);
            Some(())
        }
    }
}

/// The frame with its sealed part in the clear, as [`finish`] takes it, if this is the key.
pub fn opened(world: &World, frame: &[u8], receiver: PartyId, own: Option<&PairKey>) -> Option<Vec<u8>> {
    let header = Header::parse(frame).ok()?;
    let mut clear = frame.to_vec();
    if let Some(from) = sealed_from(header.kind) {
        let made = key(world, &header, frame, receiver);
        let (body, trailer) = clear.split_last_chunk_mut::<16>()?;
        sealed::open(own.or(made.as_ref())?, &header, receiver, body.get_mut(from..)?, trailer).ok()?;
    }
    Some(clear)
}
