//! Heal and Healed frames with anything in them, under the keys of who is or plays the concentrator.
#![allow(dead_code)] // each test file uses its part

use cmt_ring::Generation;
use cmt_ring::generation::Purpose;
use meter_link::frame::{Kind, Writer};
use meter_link::key::Label;
use meter_link::sealed;

use crate::adversary::generation_key;
use crate::ring::{World, round};

/// Members as a set on the wire.
pub(crate) fn bitmap(world: &World, set: &[usize]) -> Vec<u8> {
    let mut out = vec![0u8; world.members.len().div_ceil(8) + 1];
    out[0] = 1;
    set.iter().for_each(|i| out[1 + i / 8] |= 1 << (i % 8));
    out
}

/// A Heal frame of generation `g` from round `from` on, for a ring that was formed as generation `root` by the first of the
/// sets, of whom the others were left after a healing each.
pub(crate) fn forged_heal(
    world: &World,
    [lead, to]: [usize; 2],
    [root, g, from]: [u32; 3],
    sets: &[&[usize]],
) -> Vec<u8> {
    let header = world.view.header(Kind::Heal, 0, world.members[lead].listed.peer.id, round(from));
    let key = generation_key(world, lead, to, Generation(root), Purpose::Tag);
    let mut out = vec![0u8; 64 + sets.len() * (world.members.len() / 8 + 2)];
    let mut writer = Writer::frame(&mut out, &header).unwrap();
    writer.u32(g).unwrap();
    writer.u8(sets.len() as u8).unwrap();
    sets.iter().for_each(|set| writer.bytes(&bitmap(world, set)).unwrap());
    writer.finish_tagged(&header, &key).unwrap().to_vec()
}

/// A Healed frame with any numbers behind K, which is 0.
pub(crate) fn forged_healed(
    world: &World,
    lead: usize,
    [root, g, from]: [u32; 3],
    numbers: &[u32],
) -> Vec<u8> {
    let sender = &world.members[lead];
    let utility = world.view.utility().peer();
    let (link, id) = (&sender.link, sender.listed.peer.id);
    let pair = link.pair_key(Label::Seal, world.view.context(), id, &utility, &[]).unwrap();
    let heal = Generation(root).key(Purpose::Heal, &pair).unwrap();
    let key = Generation(g).healed_seal_key(&heal).unwrap();
    let header = world.view.header(Kind::Healed, 0, id, round(from));
    let mut message = vec![0; 8];
    numbers.iter().for_each(|number| message.extend(number.to_le_bytes()));
    let seal = sealed::seal(&key, &header, utility.id, &mut message).unwrap();
    [&header.to_bytes()[..], &g.to_le_bytes(), &message, &seal].concat()
}
