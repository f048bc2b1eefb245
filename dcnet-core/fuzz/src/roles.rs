//! Roles and an arbitrary sequence of messages: an honest utility, another one that has its key, meters and
//! holders that lose messages and restart, one meter that tags what it likes, and one holder that lies.
//!
//! `start u8 ‖ steps`. Whatever happens: nobody panics; a step that fails changes nothing; a meter sends one
//! contribution a round and one repair a pass, for sets that shrink, and nothing behind a Close; a holder keeps to one
//! digest a round; a sum that the honest utility records is the truth, unless somebody lied. Where nothing but silence
//! and restarts goes wrong, every closed round has its sum.

mod certified;
mod device;
mod forger;
mod honest;
mod member;
mod receiving;
mod start;

use std::collections::BTreeMap;

use dcnet_core::{Closed, Collecting, Error, Repairing, Utility};
use meter_link::answer::{AnswererLink, Quorum};
use meter_link::{PartyId, Round};

use super::input::Input;
use super::world::{FIRST, LAST, METERS, World};
pub use device::Device;
use member::Member;
pub use start::start;

/// Steps of an input.
const STEPS: usize = 32;

pub type Marks = Vec<bool>;

/// What came about in a game: a corpus that reaches none of it would find nothing.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    pub sums: u32,
    pub checked_sums: u32,
    /// Rounds that a second and a third Close ended, and that none did.
    pub passes: [u32; 3],
    pub raw_answers: u32,
    pub lies_taken: u32,
    pub lies_shown: u32,
    pub liars_named: u32,
    pub forged_taken: u32,
    pub caught_up: u32,
    pub restarts: u32,
    /// Why meters and holders refused.
    pub refused: Vec<Error>,
}

/// Where the honest utility's round is.
pub enum Stage {
    Idle,
    Collecting(Box<Collecting>),
    Repairing(Box<Repairing>),
    Closed(Box<Closed>),
}

pub struct Game {
    pub world: &'static World,
    pub now: u32,
    pub utility: Utility,
    pub round: u32,
    pub stage: Stage,
    /// An answer that is a lie was taken; a frame that its meter's device did not make.
    pub lied_to: bool,
    pub spoilt: bool,
    /// So far only silence and restarts have gone wrong; nor was a holder away.
    pub clean: bool,
    pub attended: bool,
    pub devices: Vec<Device<Vec<dcnet_core::Neighbour>, Vec<AnswererLink>>>,
    pub members: Vec<Member>,
    /// Sets that the honest utility has closed.
    pub honest: BTreeMap<u32, Marks>,
    pub opens: Vec<Vec<u8>>,
    pub closes: Vec<Vec<u8>>,
    pub repairs: Vec<Vec<u8>>,
    pub statements: Vec<Vec<u8>>,
    pub answers: Vec<Vec<u8>>,
    pub lies: Vec<Vec<u8>>,
    /// Digest of raw answers, over all holders but the one that lies.
    pub raw: BTreeMap<u32, [u8; 32]>,
    pub seen: Seen,
}

pub fn run(data: &[u8]) {
    play(data);
}

pub fn play(data: &[u8]) -> Seen {
    let mut input = Input::new(data);
    let mut game = Game::new(start(input.u8()));
    for _ in 0..STEPS {
        if input.is_empty() {
            break;
        }
        game.step(&mut input);
    }
    game.members.iter_mut().for_each(|member| game.seen.refused.append(&mut member.refused));
    game.devices.iter_mut().for_each(|device| game.seen.refused.append(&mut device.refused));
    game.seen
}

impl Game {
    fn step(&mut self, input: &mut Input<'_>) {
        let step = input.u8() % 24;
        // Whole rounds, states that are stored, and a utility that restarts.
        self.clean &= matches!(step, 0 | 1 | 18 | 20 | 21);
        match step {
            0 | 1 => {
                self.now = (self.now + 1).min(LAST + 2);
                let whole = honest::Whole::read(input);
                self.whole(&whole);
            }
            2 => self.open(input),
            3 | 4 => self.contribute(input),
            5 => self.close(input),
            6 => self.repair(input),
            7 => self.close_again(input),
            8..=10 => self.deliver(input),
            11 => self.accept(input),
            12 => self.ask_again(input),
            13 => self.forge_open(input),
            14 | 15 => self.forge_close(input),
            16 => self.forge_frame(input),
            17 => self.certify(input),
            18 => {
                let choice = input.u8();
                match self.number_of(choice >> 1).filter(|_| choice & 1 == 1) {
                    Some(number) => self.member(number).store(),
                    None => self.devices[usize::from(choice >> 1) % METERS].store(),
                }
            }
            19 => {
                let (who, which) = (input.u8(), input.u8());
                let world = self.world;
                self.seen.restarts += 1;
                match self.number_of(who >> 1).filter(|_| who & 1 == 1) {
                    Some(number) => self.member(number).restart(world, which),
                    None => self.devices[usize::from(who >> 1) % METERS].restart(which, input.u8()),
                }
            }
            20 => self.restart_everybody(),
            21 => self.restart_utility(),
            22 => match input.u8() {
                choice if choice & 1 == 0 => self.catch_up(input),
                choice if choice & 2 == 0 => self.forge_statement(input),
                _ => self.lie(input),
            },
            _ => {
                let by = input.u8();
                let by = if by & 0x80 == 0 { u32::from(by % 16) } else { 97 + u32::from(by % 8) };
                self.now = (self.now + by).saturating_sub(4).clamp(FIRST - 2, LAST + 3);
            }
        }
    }

    pub fn member(&mut self, number: u8) -> &mut Member {
        &mut self.members[usize::from(number) - 1]
    }

    /// A holder, where there are any.
    pub fn number_of(&self, choice: u8) -> Option<u8> {
        choice.checked_rem(self.world.params.answerers()).map(|place| place + 1)
    }

    pub fn round(&self) -> Round {
        Round::from(self.now)
    }

    pub fn ids(&self, marks: &[bool]) -> Vec<PartyId> {
        let meters = self.world.roster.meters().iter().zip(marks);
        meters.filter(|(_, member)| **member).map(|(meter, _)| meter.id).collect()
    }

    /// A quorum from a mask whose zeros are in.
    pub fn quorum(&self, mask: u8) -> Quorum {
        let numbers = (1..=self.world.params.answerers()).filter(|number| (mask >> (number - 1)) & 1 == 0);
        Quorum::new(&numbers.collect::<Vec<u8>>()).unwrap()
    }

    /// Of the holders who are not away the last t, so that the liar is among them.
    pub fn least(&self, away: u8) -> Quorum {
        let here: Vec<u8> = self.quorum(away).iter().collect();
        let last = here.len().saturating_sub(self.world.opens().into());
        Quorum::new(&here[last..]).unwrap()
    }
}

/// One of a list, counted from its end.
pub fn from_end(list: &[Vec<u8>], back: u8) -> Option<Vec<u8>> {
    if list.is_empty() {
        return None;
    }
    Some(list[list.len() - 1 - usize::from(back) % list.len()].clone())
}

/// One bit of a frame turned over if the choice is odd, which its trailer shows.
pub fn flipped(frame: &mut [u8], choice: u8, bit: u8) -> bool {
    if choice & 1 == 1 {
        let at = usize::from(choice >> 1) * 5 % frame.len();
        frame[at] ^= 1 << (bit & 7);
    }
    choice & 1 == 1
}
