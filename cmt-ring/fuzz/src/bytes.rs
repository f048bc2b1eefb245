//! Every frame at whoever takes it, in a game that has come some way, and every stored state and record.
//!
//! `parser u8 ‖ mode u8 ‖ bytes`. Bit 0 of the mode leaves the trailer (signature, tag, seal, check) as it came, else it is
//! put right, and what is sealed comes in the clear; bits 1–2 are the kind of ring, bits 3–5 how far the game has come.

use cmt_ring::{Licence, Supplier};
use meter_link::{Header, PartyId};

use super::keyring::checked;
use super::roles::{Game, Post, SUPPLIER};
use super::sealing::finish;
use super::seeds::stage;
use super::world::{METERS, World, world};

/// Whether the bytes were taken.
type Parser = fn(&'static World, u8, &mut [u8]) -> bool;

/// In the order of the first byte; new ones go to the end, or the corpus is another.
pub const PARSERS: [(&str, Parser); 6] = [
    ("frame", frame),
    ("supplier state", supplier),
    ("supplier record", supplier_record),
    ("meter record", meter_record),
    ("licence", licence),
    ("meter state", meter),
];

pub fn run(data: &[u8]) {
    taken(data);
}

/// Whether a seed gets behind its parser.
pub fn taken(data: &[u8]) -> bool {
    let Some(([parser, mode], rest)) = data.split_first_chunk::<2>() else { return false };
    let (_, parse) = PARSERS[usize::from(*parser) % PARSERS.len()];
    parse(world(usize::from(mode >> 1 & 3)), *mode, &mut rest.to_vec())
}

/// The bytes that lead to a parser of this name.
pub fn seed(name: &str, mode: u8, bytes: &[u8]) -> Vec<u8> {
    let parser = PARSERS.iter().position(|(known, _)| *known == name).unwrap();
    [&[parser as u8, mode], bytes].concat()
}

fn fixes(mode: u8) -> bool {
    mode & 1 == 0
}

fn game(world: &'static World, mode: u8) -> Game<'static> {
    stage(world, mode >> 3)
}

/// `receiver u8 ‖ frame`.
fn frame(world: &'static World, mode: u8, bytes: &mut [u8]) -> bool {
    let Some((to, frame)) = bytes.split_first_mut() else { return false };
    let to = usize::from(*to) % (METERS + 1);
    let mut game = game(world, mode);
    if fixes(mode) {
        let receiver = if to == SUPPLIER { PartyId::UTILITY } else { world.id(to) };
        let link = Header::parse(frame).ok().and_then(|header| game.link_for(receiver, &header));
        finish(world, frame, receiver, link.as_ref());
        game.lied_to = true;
    }
    let post = Post { to, frame: frame.to_vec() };
    let taken = game.deliver(&post);
    // Whatever it was: the protocol goes on.
    game.deliver(&post);
    game.whole_round(0);
    taken
}

fn supplier(world: &'static World, mode: u8, state: &mut [u8]) -> bool {
    if fixes(mode) {
        world.ring.own(state);
    }
    let link = || Some(world.ring.link(PartyId::UTILITY));
    let read = |state: &[u8]| Supplier::from_bytes(&world.params, &world.view, &world.roster, link(), state);
    let Ok(supplier) = read(state) else { return false };
    let written = supplier.to_bytes().unwrap();
    assert_eq!(*read(&written).unwrap().to_bytes().unwrap(), *written);
    let mut game = game(world, mode);
    (game.supplier, game.disk, game.lied_to) = (supplier, (written.to_vec(), Vec::new()), true);
    game.whole_round(0);
    game.restart_supplier(mode);
    game.whole_generation(&[0, 1, 2, 4, 5]);
    true
}

fn supplier_record(world: &'static World, mode: u8, record: &mut [u8]) -> bool {
    if fixes(mode) {
        checked(record);
    }
    let mut game = game(world, mode);
    let before = game.supplier.to_bytes().unwrap();
    let taken = game.supplier.replay(record).is_ok();
    assert!(taken || *game.supplier.to_bytes().unwrap() == *before);
    let once = game.supplier.to_bytes().unwrap();
    assert_eq!(game.supplier.replay(record).is_ok(), taken);
    assert_eq!(*game.supplier.to_bytes().unwrap(), *once);
    taken
}

fn meter_record(world: &'static World, mode: u8, record: &mut [u8]) -> bool {
    if fixes(mode) {
        checked(record);
    }
    let mut game = game(world, mode);
    let device = &mut game.devices[3];
    let before = device.face();
    let taken = device.meter.replay(record).is_ok();
    assert!(taken || device.face() == before);
    let once = device.face();
    assert!(device.meter.replay(record).is_ok() == taken && device.face() == once);
    let _ = device.mark.replay(record);
    taken
}

fn licence(world: &'static World, mode: u8, bytes: &mut [u8]) -> bool {
    let Some(bytes) = bytes.first_chunk::<{ Licence::LEN }>() else { return false };
    let Ok(licence) = Licence::from_bytes(bytes) else { return false };
    assert_eq!(licence.to_bytes().unwrap(), *bytes);
    let mut game = game(world, mode);
    let device = &mut game.devices[3];
    let before = device.face();
    let taken = device.meter.restore_licence(&licence).is_ok();
    assert!(taken || device.face() == before);
    taken
}

fn meter(world: &'static World, mode: u8, state: &mut [u8]) -> bool {
    if fixes(mode) {
        world.ring.own(state);
    }
    let Ok(meter) = world.meter_from(3, state) else { return false };
    let mut game = game(world, mode);
    let device = &mut game.devices[3];
    device.meter = meter;
    let written = device.state();
    device.meter = world.meter_from(3, &written).unwrap();
    assert_eq!(device.state(), written);
    // What it has sent before is not what this state has.
    (device.first_keys, device.sent, device.started) = Default::default();
    game.lied_to = true;
    let pool = std::mem::take(&mut game.pool);
    pool.iter().filter(|post| post.to == 3).for_each(|post| _ = game.deliver(post));
    game.whole_round(0);
    game.whole_generation(&[0, 1, 2, 3, 5]);
    true
}
