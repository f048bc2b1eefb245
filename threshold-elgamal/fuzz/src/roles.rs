//! Roles and an arbitrary sequence of messages: an honest utility, another one that has its key, meters of which one
//! signs whatever is wanted, and trustees that lose messages and restart, of whom number 4 lies.
//!
//! `start u8 ‖ steps`. Whatever happens: nobody panics; a step that fails changes nothing; a trustee keeps to one
//! digest a round and a window, tells nothing twice in two ways, and bills that it agrees to leave no small block of
//! readings open; no two lists of a round are opened; sums and bills of the honest utility are the truth, or an error.

mod forger;
mod honest;
mod start;
mod trustee;

use std::collections::BTreeMap;

use meter_link::Round;
use meter_link::answer::Quorum;
use threshold_elgamal::{Billing, Closed, Collecting, Error, Utility};

use super::input::Input;
use super::world::{FIRST, LAST, METERS, TRUSTEES, World};
pub use start::starts;
pub use trustee::{AGREE, AGREE_BILL, ANSWER, Member, OPEN};

/// Steps of an input.
const STEPS: usize = 40;

pub type Marks = Vec<bool>;
pub type List = Vec<Vec<u8>>;

/// What came about in a game: a corpus that reaches none of it would find nothing.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    pub sums: u32,
    pub bills: u32,
    pub shares: u32,
    pub bill_shares: u32,
    pub lies: u32,
    pub caught_up: u32,
    pub restarts: u32,
    /// Why trustees refused.
    pub refused: Vec<Error>,
}

/// What the honest utility waits for.
pub enum Asked {
    Nothing,
    Round(Closed),
    Bills(u32, Billing),
}

/// A Close and the list that goes with it.
#[derive(Clone)]
pub struct Shut {
    pub frame: Vec<u8>,
    pub list: List,
    pub hints: Vec<u8>,
}

pub struct Game<'w> {
    pub world: &'w World,
    pub now: u32,
    pub utility: Utility,
    pub collecting: Option<(u32, Collecting)>,
    pub asked: Asked,
    pub members: Vec<Member>,
    /// Lists that the honest utility has closed.
    pub honest: BTreeMap<u32, List>,
    pub opens: Vec<Vec<u8>>,
    pub closes: Vec<Shut>,
    pub queries: Vec<Vec<u8>>,
    pub statements: Vec<Vec<u8>>,
    pub shares: Vec<Vec<u8>>,
    pub lies: Vec<Vec<u8>>,
    /// Digests of shares that were given, over all trustees but the one that lies.
    pub opened: BTreeMap<(u8, u32), [u8; 32]>,
    pub seen: Seen,
}

pub fn run(data: &[u8]) {
    play(data);
}

pub fn play(data: &[u8]) -> Seen {
    let mut input = Input::new(data);
    let starts = starts();
    let mut game = Game::new(&starts[input.index(starts.len())]);
    for _ in 0..STEPS {
        if input.is_empty() {
            break;
        }
        game.step(&mut input);
    }
    game.members.iter().for_each(Member::check_windows);
    game.members.iter_mut().for_each(|member| game.seen.refused.append(&mut member.refused));
    game.seen
}

impl Game<'_> {
    fn step(&mut self, input: &mut Input<'_>) {
        match input.u8() % 24 {
            0 => {
                self.now = (self.now + 1).min(LAST + 2);
                let (set, away, lie) = (input.marks(METERS), input.u8(), input.u8());
                self.whole(&set, away & 15, lie);
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
                let number = 1 + input.u8() % TRUSTEES;
                self.member(number).snapshot();
            }
            20 => {
                let (number, which) = (1 + input.u8() % TRUSTEES, input.u8());
                let world = self.world;
                self.member(number).restart(world, which.into());
                self.seen.restarts += 1;
            }
            21 | 22 => self.restart_utility(),
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
}

/// A quorum from a mask whose zeros are in.
pub fn quorum(mask: u8) -> Quorum {
    let numbers: Vec<u8> = (1..=TRUSTEES).filter(|number| (mask >> (number - 1)) & 1 == 0).collect();
    Quorum::new(&numbers).unwrap()
}

/// One of a list, counted from its end.
pub fn from_end<T: Clone>(list: &[T], back: u8) -> Option<T> {
    if list.is_empty() {
        return None;
    }
    Some(list[list.len() - 1 - usize::from(back) % list.len()].clone())
}

pub fn slices(frames: &[Vec<u8>]) -> Vec<&[u8]> {
    frames.iter().map(Vec::as_slice).collect()
}
