//! Roles and an arbitrary sequence of messages: an honest utility, another one that has its key, meters and
//! aggregators that lose messages and restart, and one aggregator that lies.
//!
//! `start u8 ‖ steps`. Whatever happens: nobody panics; a step that fails changes nothing; an aggregator keeps to
//! one digest a round and a window, tells nothing twice in two ways, and bills that it tells leave no small block of
//! readings open; sums and bills of the honest utility are the truth, or an error.

mod aggregator;
mod forger;
mod honest;
mod start;

use std::collections::BTreeMap;

use meter_link::answer::Quorum;
use meter_link::{PartyId, Round};
use shamir_agg::{Billing, Certified, CertifiedBilling, Closed, Collecting, Error, Meter, Utility};

use super::input::Input;
use super::world::{AGGREGATORS, FIRST, LAST, Links, METERS, Mark, World, world};
use aggregator::Member;
pub use start::starts;

/// Steps of an input.
const STEPS: usize = 40;

pub type Marks = Vec<bool>;

/// What came about in a game: a corpus that reaches none of it would find nothing.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    pub sums: u32,
    pub checked_sums: u32,
    pub bills: u32,
    pub checked_bills: u32,
    pub raw_answers: u32,
    pub lies_taken: u32,
    pub lies_shown: u32,
    pub caught_up: u32,
    pub restarts: u32,
    /// Why aggregators refused.
    pub refused: Vec<Error>,
}

/// What the honest utility waits for.
pub enum Asked {
    Nothing,
    Round(Closed),
    Certified(Certified),
    Bills(u32, Billing),
    CertifiedBills(u32, CertifiedBilling),
}

pub struct Game<'w> {
    pub world: &'w World,
    pub now: u32,
    pub utility: Utility,
    pub collecting: Option<(u32, Collecting)>,
    pub asked: Asked,
    /// The set that is asked for.
    pub asked_set: Marks,
    /// An answer that is a lie was taken.
    pub lied_to: bool,
    pub members: Vec<Member>,
    pub meters: Vec<(Meter<Links>, Mark)>,
    /// What each meter has sent in a round.
    pub contributed: BTreeMap<(usize, u32), Vec<u8>>,
    /// Sets that the honest utility has closed.
    pub honest: BTreeMap<u32, Marks>,
    /// Every set that anybody has signed, by digest.
    pub sets: BTreeMap<[u8; 32], Marks>,
    pub opens: Vec<Vec<u8>>,
    pub closes: Vec<Vec<u8>>,
    pub queries: Vec<Vec<u8>>,
    pub statements: Vec<Vec<u8>>,
    pub answers: Vec<Vec<u8>>,
    pub lies: Vec<Vec<u8>>,
    /// Digest of raw answers, over all aggregators but the one that lies.
    pub raw: BTreeMap<(u8, u32), [u8; 32]>,
    pub seen: Seen,
}

pub fn run(data: &[u8]) {
    play(data);
}

pub fn play(data: &[u8]) -> Seen {
    let mut input = Input::new(data);
    let starts = starts();
    let mut game = Game::new(world(), &starts[input.index(starts.len())]);
    for _ in 0..STEPS {
        if input.is_empty() {
            break;
        }
        game.step(&mut input);
    }
    game.members.iter().for_each(|member| member.check_windows(&game.sets));
    game.members.iter_mut().for_each(|member| game.seen.refused.append(&mut member.refused));
    game.seen
}

impl Game<'_> {
    fn step(&mut self, input: &mut Input<'_>) {
        match input.u8() % 24 {
            0 => {
                self.now = (self.now + 1).min(LAST + 2);
                let (set, away, how) = (input.marks(METERS), input.u8(), input.u8());
                self.whole(&set, away & 15, how & 1 == 1, how >> 1);
            }
            1 => self.open(input),
            2 => self.contribute(input),
            3 => self.close(input),
            4..=7 => self.deliver(input),
            8 => self.accept(input),
            9 => self.ask_again(input),
            10 => self.forge_open(input),
            11 | 12 => self.forge_close(input),
            13 => self.forge_query(input),
            14 => self.forge_statement(input),
            15 => self.lie(input),
            16 => self.catch_up(input),
            17 => self.bill(input),
            18 => self.whole_bill(input),
            19 => {
                let number = 1 + input.u8() % AGGREGATORS;
                self.member(number).snapshot();
            }
            20 => {
                let (number, which) = (1 + input.u8() % AGGREGATORS, input.u8());
                let world = self.world;
                self.member(number).restart(world, which.into());
                self.seen.restarts += 1;
            }
            21 => self.restart_utility(),
            22 => {
                let meter = input.index(METERS);
                let state = self.world.meter_bytes(&self.meters[meter].0);
                self.meters[meter].0 = self.world.meter(&state).unwrap();
            }
            _ => {
                let by = u32::from(input.u8() % 16);
                self.now = (self.now + by).saturating_sub(4).clamp(FIRST - 2, LAST + 3);
            }
        }
    }

    pub fn member(&mut self, number: u8) -> &mut Member {
        &mut self.members[usize::from(number) - 1]
    }

    pub fn round(&self) -> Round {
        Round::from(self.now)
    }

    pub fn ids(&self, marks: &[bool]) -> Vec<PartyId> {
        let meters = self.world.roster.meters().iter().zip(marks);
        meters.filter(|(_, member)| **member).map(|(meter, _)| meter.id).collect()
    }
}

/// A quorum from a mask whose zeros are in.
pub fn quorum(mask: u8) -> Quorum {
    let numbers: Vec<u8> = (1..=AGGREGATORS).filter(|number| (mask >> (number - 1)) & 1 == 0).collect();
    Quorum::new(&numbers).unwrap()
}

/// One of a list, counted from its end.
pub fn from_end(list: &[Vec<u8>], back: u8) -> Option<Vec<u8>> {
    if list.is_empty() {
        return None;
    }
    Some(list[list.len() - 1 - usize::from(back) % list.len()].clone())
}
