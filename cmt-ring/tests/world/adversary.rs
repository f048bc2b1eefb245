//! What a member with code of its own can do: it has its link secret, and the public functions of the crates.

use core::convert::Infallible;

use cmt_ring::Generation;
use cmt_ring::generation::{Purpose, set_digest};
use meter_link::frame::{Header, Kind, Writer};
use meter_link::key::{Label, PairKey};
use meter_link::{LinkPublic, PartyId, sealed};
use rand_core::{TryCryptoRng, TryRng};

use crate::ring::{World, round};

/// Gives one number, for ever.
pub(crate) struct Scripted(u64);

impl Scripted {
    pub(crate) fn new(value: u64) -> Self {
        Scripted(value)
    }
}

impl TryRng for Scripted {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.0 as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.0)
    }

    fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), Infallible> {
        for (place, byte) in dst.iter_mut().zip(self.0.to_le_bytes().iter().cycle()) {
            *place = *byte;
        }
        Ok(())
    }
}

impl TryCryptoRng for Scripted {}

/// The ring link of the members at two places, made by the one who knows, in the present generation and its
/// first ratchet step.
pub(crate) fn link_key(world: &World, knows: usize, other: usize) -> PairKey {
    let [a, b] = [knows, other].map(|place| world.ring[place]);
    link_in(world, a, b, world.members[a].meter.generation().unwrap(), &world.ring)
}

/// The ring link of two meters, made by the first, in any generation of any set.
pub(crate) fn link_in(world: &World, knows: usize, other: usize, g: Generation, set: &[usize]) -> PairKey {
    let (digest, pair) = set_and_pair(world, knows, other, set);
    g.ring_link(&digest, &pair).unwrap()
}

/// The same of the second ring, of the members at two places.
pub(crate) fn second_link_key(world: &World, knows: usize, other: usize) -> PairKey {
    let [a, b] = [knows, other].map(|place| world.ring[place]);
    let (digest, pair) = set_and_pair(world, a, b, &world.ring);
    world.members[a].meter.generation().unwrap().second_ring_link(&digest, &pair).unwrap()
}

fn set_and_pair(world: &World, knows: usize, other: usize, set: &[usize]) -> ([u8; 32], PairKey) {
    let [a, b] = [knows, other].map(|i| &world.members[i]);
    let pair =
        a.link.pair_key(Label::Cmt, world.view.context(), a.listed.peer.id, &b.listed.peer, &[]).unwrap();
    let mut positions: Vec<u32> = set.iter().map(|i| world.members[*i].listed.position).collect();
    positions.sort_unstable();
    (set_digest(world.view.epoch(), positions.len() as u32, positions.into_iter()), pair)
}

/// δ of a frame that the member at place `knows` sent to `other`, or got from there.
pub(crate) fn opened_delta(world: &World, knows: usize, other: usize, frame: &[u8]) -> u64 {
    let header = Header::parse(frame).unwrap();
    let ids = [knows, other].map(|place| world.members[world.ring[place]].listed.peer.id);
    let receiver = if header.sender == ids[0] { ids[1] } else { ids[0] };
    let mut delta: [u8; 8] = frame[16..24].try_into().unwrap();
    let seal = frame[24..].try_into().unwrap();
    sealed::open(&link_key(world, knows, other), &header, receiver, &mut delta, seal).unwrap();
    u64::from_le_bytes(delta)
}

/// A δ that the member at place `from` makes for `to` in anybody's name.
pub(crate) fn sealed_delta(
    world: &World,
    from: usize,
    to: usize,
    sender: PartyId,
    r: u32,
    delta: u64,
) -> Vec<u8> {
    let header = world.view.header(Kind::Delta, 0, sender, round(r));
    let receiver = world.members[world.ring[to]].listed.peer.id;
    let mut message = delta.to_le_bytes();
    let seal = sealed::seal(&link_key(world, from, to), &header, receiver, &mut message).unwrap();
    [&header.to_bytes()[..], &message, &seal].concat()
}

/// A key of two meters in a generation, made by the first.
pub(crate) fn generation_key(
    world: &World,
    me: usize,
    other: usize,
    generation: Generation,
    purpose: Purpose,
) -> PairKey {
    let [a, b] = [me, other].map(|index| &world.members[index]);
    let pair =
        a.link.pair_key(Label::Seal, world.view.context(), a.listed.peer.id, &b.listed.peer, &[]).unwrap();
    generation.key(purpose, &pair).unwrap()
}

/// Gives one word after the other, each for as many bytes as are asked for.
pub(crate) struct Counted<I>(I);

impl<I: Iterator<Item = u64>> Counted<I> {
    pub(crate) fn new(words: I) -> Self {
        Counted(words)
    }
}

impl<I: Iterator<Item = u64>> TryRng for Counted<I> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        unreachable!("only bytes are drawn")
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        unreachable!("only bytes are drawn")
    }

    fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), Infallible> {
        Scripted(self.0.next().unwrap()).try_fill_bytes(dst)
    }
}

impl<I: Iterator<Item = u64>> TryCryptoRng for Counted<I> {}

/// A token from a member that is no concentrator.
pub(crate) fn forged_token(world: &World, from: usize, to: usize, g: u32) -> Vec<u8> {
    let generation = Generation(g);
    let [sender, receiver] = [from, to].map(|index| world.members[index].listed.peer.id);
    let header = world.view.header(Kind::Token, 0, sender, round(0));
    let key = generation_key(world, from, to, generation, Purpose::Seal);
    let mut token = [0x5a; 16];
    let seal = sealed::seal(&key, &header, receiver, &mut token).unwrap();
    [&header.to_bytes()[..], &g.to_le_bytes(), &token, &seal].concat()
}

/// A FirstKey frame with any link key.
pub(crate) fn forged_first_key(
    world: &World,
    from: usize,
    lead: usize,
    g: u32,
    first: u64,
    link: [u8; 32],
) -> Vec<u8> {
    let [sender, receiver] = [from, lead].map(|index| world.members[index].listed.peer.id);
    let header = world.view.header(Kind::FirstKey, 0, sender, round(0));
    let key = generation_key(world, from, lead, Generation(g), Purpose::Seal);
    let mut message = [&first.to_le_bytes()[..], &link].concat();
    let seal = sealed::seal(&key, &header, receiver, &mut message).unwrap();
    [&header.to_bytes()[..], &g.to_le_bytes(), &message, &seal].concat()
}

/// A Seat frame with any set.
pub(crate) fn forged_seat(world: &World, from: usize, to: usize, g: u32, set: &[u8]) -> Vec<u8> {
    let header = world.view.header(Kind::Seat, 0, world.members[from].listed.peer.id, round(0));
    let key = generation_key(world, from, to, Generation(g), Purpose::Tag);
    let mut out = [0u8; 64];
    let mut writer = Writer::frame(&mut out, &header).unwrap();
    writer.u32(g).unwrap();
    writer.bytes(set).unwrap();
    writer.finish_tagged(&header, &key).unwrap().to_vec()
}

/// A GroupKey frame with any tokens and link keys, and any count of them.
pub(crate) fn forged_group_key(
    world: &World,
    from: usize,
    g: u32,
    entries: &[([u8; 16], LinkPublic)],
    count: u32,
) -> Vec<u8> {
    let sender = &world.members[from];
    let utility = world.view.utility().peer();
    let pair = sender
        .link
        .pair_key(Label::Seal, world.view.context(), sender.listed.peer.id, &utility, &[])
        .unwrap();
    let key = Generation(g).key(Purpose::Seal, &pair).unwrap();
    let header = world.view.header(Kind::GroupKey, 0, sender.listed.peer.id, round(0));
    let mut message = [&[0; 8][..], &count.to_le_bytes()].concat();
    entries.iter().for_each(|(token, link)| message.extend([&token[..], &link.0].concat()));
    let seal = sealed::seal(&key, &header, utility.id, &mut message).unwrap();
    [&header.to_bytes()[..], &g.to_le_bytes(), &message, &seal].concat()
}

/// A Start frame under the concentrator's own tag key with the supplier.
pub(crate) fn forged_start(world: &World, sender: PartyId, g: u32) -> Vec<u8> {
    let lead = &world.members[world.ring[0]];
    let utility = world.view.utility().peer();
    let pair =
        lead.link.pair_key(Label::Seal, world.view.context(), lead.listed.peer.id, &utility, &[]).unwrap();
    let key = lead.meter.generation().unwrap().key(Purpose::Tag, &pair).unwrap();
    let header = world.view.header(Kind::Start, 0, sender, round(0));
    let mut out = [0u8; 36];
    let mut writer = Writer::frame(&mut out, &header).unwrap();
    writer.u32(g).unwrap();
    writer.finish_tagged(&header, &key).unwrap().to_vec()
}

/// What the concentrator learns of a member from the two frames between them: T, k_1 and the public half of
/// the token's link key.
pub(crate) fn opened_first_key(
    world: &World,
    lead: usize,
    id: PartyId,
    token_frame: &[u8],
    answer: &[u8],
) -> ([u8; 16], u64, LinkPublic) {
    let first = opened(world, lead, id, world.members[lead].listed.peer.id, answer);
    let link = LinkPublic(first[8..].try_into().unwrap());
    let token = opened_token(world, lead, id, token_frame);
    (token, u64::from_le_bytes(first[..8].try_into().unwrap()), link)
}

/// The token that a concentrator issued.
pub(crate) fn opened_token(world: &World, lead: usize, id: PartyId, frame: &[u8]) -> [u8; 16] {
    opened(world, lead, id, id, frame).try_into().unwrap()
}

/// What is sealed between the concentrator and a member, of whatever generation.
pub(crate) fn opened(world: &World, lead: usize, id: PartyId, receiver: PartyId, frame: &[u8]) -> Vec<u8> {
    let g = Generation(u32::from_le_bytes(frame[16..20].try_into().unwrap()));
    let key = generation_key(world, lead, world.index(id), g, Purpose::Seal);
    let (message, seal) = frame.split_last_chunk().unwrap();
    let mut message = message[20..].to_vec();
    sealed::open(&key, &Header::parse(frame).unwrap(), receiver, &mut message, seal).unwrap();
    message
}
