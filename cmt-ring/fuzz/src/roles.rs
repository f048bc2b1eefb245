//! Roles and an arbitrary sequence of messages: a supplier and meters that lose, change, repeat and reorder them, that
//! restart, and somebody who has everybody's keys and writes what he likes.
//!
//! `kind of ring u8 ‖ steps`. Whatever happens: nobody panics; a step that fails changes nothing; no meter sends a second
//! ciphertext of a round or a second first key of a generation; a sum that the supplier takes is the truth, unless the one
//! with the keys was believed.

mod device;
mod forger;
mod forming;
mod healing;
mod managing;
mod rounds;

use std::collections::BTreeMap;

use cmt_ring::election::{Election, Roll};
use cmt_ring::{Collecting, Error, Forming, Supplier};
use meter_link::Round;

use super::input::Input;
use super::world::{CHANNELS, FIRST, KINDS, LAST, METERS, World, world};
use device::Device;

/// Steps of an input.
const STEPS: usize = 30;
/// The supplier, where meters go by position.
pub const SUPPLIER: usize = METERS;

/// A frame and whom it is for.
#[derive(Clone, Debug)]
pub struct Post {
    pub to: usize,
    pub frame: Vec<u8>,
}

/// What came about in a game: a corpus that reaches none of it would find nothing.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    pub rings: u32,
    pub sums: u32,
    pub lost: u32,
    pub claims: u32,
    pub elected: u32,
    pub handed_over: u32,
    pub healed: u32,
    pub restarts: u32,
    pub believed: u32,
    pub refused: Vec<Error>,
}

/// A generation in the making.
pub struct Opened {
    pub lead: usize,
    pub number: u32,
    pub from: u32,
    pub set: Vec<usize>,
    pub forming: Forming<CHANNELS>,
}

/// A ring that there is.
#[derive(Clone, Debug)]
pub struct Ring {
    /// Members by place.
    pub order: Vec<usize>,
    pub from: u32,
    /// The generation that was formed.
    pub root: u32,
}

pub struct Game<'w> {
    pub world: &'w World,
    pub now: u32,
    pub supplier: Supplier,
    /// What the supplier has on its disk: its state, and records since.
    pub disk: (Vec<u8>, Vec<Vec<u8>>),
    pub devices: Vec<Device>,
    pub opened: Option<Opened>,
    pub collecting: Option<Collecting>,
    pub elections: Vec<Option<Election>>,
    pub roll: Roll,
    pub pool: Vec<Post>,
    /// Of each generation that was formed or healed.
    pub rings: BTreeMap<u32, Ring>,
    pub generation: u32,
    pub draws: u64,
    /// Somebody has believed the one with the keys.
    pub lied_to: bool,
    pub seen: Seen,
}

pub fn run(data: &[u8]) {
    play(data);
}

pub fn play(data: &[u8]) -> Seen {
    let mut input = Input::new(data);
    let mut game = Game::new(world(input.index(KINDS)));
    for _ in 0..STEPS {
        if input.is_empty() {
            break;
        }
        game.step(&mut input);
    }
    game.seen
}

impl<'w> Game<'w> {
    pub fn new(world: &'w World) -> Self {
        let supplier = world.supplier();
        Game {
            world,
            now: FIRST,
            disk: (supplier.to_bytes().unwrap().to_vec(), Vec::new()),
            supplier,
            devices: (0..METERS).map(|index| Device::new(world, index)).collect(),
            opened: None,
            collecting: None,
            elections: (0..METERS).map(|_| None).collect(),
            roll: Roll::new(&world.view),
            pool: Vec::new(),
            rings: BTreeMap::new(),
            generation: 0,
            draws: 0,
            lied_to: false,
            seen: Seen::default(),
        }
    }

    fn step(&mut self, input: &mut Input<'_>) {
        match input.u8() % 20 {
            0 => {
                let set = members(&input.marks(METERS));
                self.whole_generation(&set);
            }
            1 => {
                let silent = input.u8();
                self.whole_round(silent);
            }
            2 => {
                let set = members(&input.marks(METERS));
                self.open(&set);
            }
            3..=7 => self.deliver_some(input),
            8 => _ = self.close_ring(),
            9 => _ = self.open_round(),
            10 => {
                let (device, choice) = (input.index(METERS), input.u8());
                let round = (self.now + u32::from(choice % 8)).saturating_sub(3);
                self.contribute(device, round);
            }
            11 => self.close_round(),
            12 => self.discard(),
            13 => {
                let (device, choice) = (input.index(METERS), input.u8());
                self.devices[device].restart(self.world, choice);
                self.elections[device] = None;
                if self.opened.as_ref().is_some_and(|opened| opened.lead == device) {
                    self.opened = None;
                }
                self.seen.restarts += 1;
            }
            14 => self.restart_supplier(input.u8()),
            15 | 16 => self.forge(input),
            17 => self.manage(input),
            18 => {
                self.devices.iter_mut().for_each(Device::store);
                let by = u32::from(input.u8() % 16);
                self.now = (self.now + by).saturating_sub(4).clamp(FIRST - 2, LAST + 3);
            }
            _ => {
                self.now = (self.now + 1).min(LAST + 2);
                let silent = input.u8();
                self.whole_round(silent);
            }
        }
    }

    /// The same game once more, all restarted, and what is in the making forgotten.
    pub fn twin(&self) -> Self {
        let mut twin = Game::new(self.world);
        twin.now = self.now;
        twin.devices = self.devices.iter().map(|device| device.twin(self.world)).collect();
        twin.disk = (self.supplier.to_bytes().unwrap().to_vec(), Vec::new());
        twin.restart_supplier(0);
        twin.pool = self.pool.clone();
        twin.rings = self.rings.clone();
        (twin.generation, twin.draws, twin.lied_to) = (self.generation, self.draws, self.lied_to);
        twin
    }

    pub fn at(&self) -> Round {
        Round::from(self.now)
    }

    /// A seed for each draw.
    pub fn draw(&mut self) -> u64 {
        self.draws += 1;
        self.draws
    }

    pub fn post(&mut self, to: usize, frame: &[u8]) {
        self.pool.push(Post { to, frame: frame.to_vec() });
    }

    /// Something that may be refused: then nothing may have changed.
    pub fn noted<T>(&mut self, outcome: Result<T, Error>) -> Option<T> {
        outcome.map_err(|error| self.seen.refused.push(error)).ok()
    }

    /// One of the frames that were sent, to whom it is for or to somebody else, changed or not.
    fn deliver_some(&mut self, input: &mut Input<'_>) {
        let (back, flip, to) = (usize::from(input.u8()), input.u8(), input.u8());
        if self.pool.is_empty() {
            return;
        }
        let mut post = self.pool[self.pool.len() - 1 - back % self.pool.len()].clone();
        if to & 0x80 != 0 {
            post.to = usize::from(to & 0x7f) % (METERS + 1);
        }
        if flip & 1 == 1 {
            let at = usize::from(flip >> 1) * 7 % post.frame.len();
            post.frame[at] ^= 1 << (to % 8);
        }
        let taken = self.deliver(&post);
        assert!(!taken || flip & 1 == 0, "a changed frame was taken");
    }

    /// Whether its receiver takes it.
    pub fn deliver(&mut self, post: &Post) -> bool {
        if post.to == SUPPLIER {
            self.supplier_takes(&post.frame)
        } else {
            self.device_takes(post.to, &post.frame)
        }
    }
}

/// Positions that are marked.
pub fn members(marks: &[bool]) -> Vec<usize> {
    (0..marks.len()).filter(|index| marks[*index]).collect()
}
