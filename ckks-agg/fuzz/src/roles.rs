//! Roles and an arbitrary sequence of messages: an honest utility, another one that has its key, meters of which the last
//! signs whatever is wanted, and trustees (or a key holder) that lose messages and restart, of whom the last lies.
//!
//! `start u8 ‖ steps`. Whatever happens: nobody panics; a step that fails changes nothing; an answerer keeps to one list
//! and one digest a round and answers no round in two ways; no two sets of a round are opened; sums of honest
//! parties are the truth, or an error.

mod answerer;
mod forger;
mod honest;
mod rites;

use std::collections::BTreeMap;

use ckks_agg::{Analytics, Closed, Collecting, Error};
use meter_link::Round;
use meter_link::answer::Quorum;

use super::input::Input;
use super::world::{FIRST, LAST, World, held, world};
pub use answerer::Member;

/// Steps of an input.
const STEPS: usize = 30;

/// What came about in a game: a corpus that reaches none of it would find nothing.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    pub sums: u32,
    pub shares: u32,
    pub lies: u32,
    pub restarts: u32,
    pub ceremonies: u32,
    /// Why steps were refused.
    pub refused: Vec<Error>,
}

/// A Close and the frames that go with it.
#[derive(Clone)]
pub struct Shut {
    pub frame: Vec<u8>,
    pub list: Vec<Vec<u8>>,
}

pub struct Game {
    pub world: &'static World,
    pub now: u32,
    pub utility: Analytics,
    pub collecting: Option<(u32, Collecting)>,
    pub closed: Option<(u32, Closed)>,
    /// Whether all that the honest utility has taken of the round is honest.
    pub honest: bool,
    pub members: Vec<Member>,
    pub opens: Vec<Vec<u8>>,
    pub closes: Vec<Shut>,
    pub statements: Vec<Vec<u8>>,
    pub shares: Vec<Vec<u8>>,
    /// What the last meter has made up.
    pub forged: Vec<Vec<u8>>,
    /// Digests of shares that were given, over all answerers but the one that lies.
    pub opened: BTreeMap<u32, [u8; 32]>,
    pub seen: Seen,
}

pub fn run(data: &[u8]) {
    play(data);
}

pub fn play(data: &[u8]) -> Seen {
    let mut input = Input::new(data);
    let start = input.u8();
    if start & 3 == 3 {
        return rites::play(&mut input);
    }
    let mut game = Game::new(if start & 1 == 0 { world() } else { held() }, start & 2 == 2);
    for _ in 0..STEPS {
        if input.is_empty() {
            break;
        }
        game.step(&mut input);
    }
    game.members.iter_mut().for_each(|member| game.seen.refused.append(&mut member.refused));
    game.seen
}

impl Game {
    /// Before or behind the commitments.
    fn new(world: &'static World, uncommitted: bool) -> Self {
        let (utility, states) = match uncommitted {
            true => (&world.fresh.0, &world.fresh.1),
            false => (&world.utility, &world.answerers),
        };
        let members = (1..).zip(states).map(|(number, state)| Member::new(world, number, state));
        Game {
            world,
            now: FIRST,
            utility: world.utility(utility).unwrap(),
            collecting: None,
            closed: None,
            honest: true,
            members: members.collect(),
            opens: Vec::new(),
            closes: Vec::new(),
            statements: Vec::new(),
            shares: Vec::new(),
            forged: Vec::new(),
            opened: BTreeMap::new(),
            seen: Seen::default(),
        }
    }

    fn step(&mut self, input: &mut Input<'_>) {
        match input.u8() % 18 {
            0 => {
                let (set, away) = (input.u8(), input.u8());
                self.whole(set, away);
            }
            1 => self.open(input),
            2 => self.contribute(input),
            3 => self.close(input),
            4 | 5 => self.deliver(input),
            6 => self.accept(input),
            7 => self.ask_again(input),
            8 => self.forge_open(input),
            9 | 10 => self.forge_close(input),
            11 => self.forge_statement(input),
            12 => self.lie(input),
            13 => self.forge_contribution(input),
            14 => self.certify(input),
            15 => {
                let (number, what) = (input.index(self.members.len()), input.u8());
                if what & 1 == 0 {
                    self.members[number].restart(self.world, usize::from(what >> 1));
                    self.seen.restarts += 1;
                } else {
                    self.members[number].snapshot();
                }
            }
            16 => self.restart_utility(),
            _ => {
                let by = u32::from(input.u8() % 8);
                self.now = (self.now + by).saturating_sub(2).clamp(FIRST - 1, LAST + 2);
            }
        }
    }

    pub fn round(&self) -> Round {
        Round::from(self.now)
    }

    /// As many as it takes, from a mask whose zeros are in.
    pub fn quorum(&self, mask: u8) -> Quorum {
        let numbers: Vec<u8> = self.told(mask).collect();
        Quorum::new(&numbers).unwrap_or_default()
    }

    /// Whom a mask's zeros name.
    pub fn told(&self, mask: u8) -> impl Iterator<Item = u8> + use<> {
        (1..=self.world.params.answerers()).filter(move |number| mask >> (number - 1) & 1 == 0)
    }
}

/// One of a list, counted from its end.
pub fn from_end<T: Clone>(list: &[T], back: u8) -> Option<T> {
    let at = usize::from(back).checked_rem(list.len())?;
    list.get(list.len() - 1 - at).cloned()
}
