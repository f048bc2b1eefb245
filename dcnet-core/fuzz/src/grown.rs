//! A grown graph and an arbitrary sequence of offers, answers, statements, exits, power cuts and rounds, on a line that
//! loses, repeats, reorders and changes frames; and a meter that signs what it likes.
//!
//! `steps`. Whatever happens: nobody panics; what is refused changes nothing; a meter sends one contribution a round;
//! states come back as they were. Where nobody signs what is not so, every round that is closed has its sum, and it is
//! the truth: no lost message makes two meters see an edge differently in it.

mod forged;
mod line;
mod rounds;

use std::sync::OnceLock;

use chacha20::ChaCha20Rng;
use dcnet_core::grown::{GrownMeter, Listed, NOTICE_LEN, Registrar, Slot, exit_len, statement_len};
use dcnet_core::{Holder, Meter, Neighbour, Utility};
use meter_link::answer::AnswererLink;
use meter_link::roster::List;
use meter_link::{Identity, Round};

use super::input::Input;
use super::keyring;
use super::world::{FIRST, LAST, METERS, Mark, World, grown, state};

const STEPS: usize = 48;
const ROOM: usize = METERS - 1;

type Pairs = Vec<Neighbour>;
type Links = Vec<AnswererLink>;
type Grown = GrownMeter<Pairs, Links, Vec<Slot>>;

pub struct Device {
    grown: Grown,
    identity: Identity,
    mark: Mark,
    /// The last record of a statement or an exit; those of the mark, and of Closes.
    stored: Option<Vec<u8>>,
    marks: Vec<Vec<u8>>,
    closes: Vec<Vec<u8>>,
    last_sent: Option<u32>,
}

/// What came about.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen {
    pub sums: u32,
    pub repaired: u32,
    pub restarts: u32,
    pub exits: u32,
    pub refused: u32,
}

pub struct Game {
    world: &'static World,
    now: u32,
    utility: Utility,
    registrar: Registrar,
    holders: Vec<Holder>,
    devices: Vec<Device>,
    /// Under way: from, to, frame.
    queue: Vec<(usize, usize, Vec<u8>)>,
    /// Statements, exits and emergencies of before.
    told: Vec<Vec<u8>>,
    /// Somebody has signed what is not so.
    forged: bool,
    rng: ChaCha20Rng,
    seen: Seen,
}

pub fn run(data: &[u8]) {
    play(data);
}

pub fn play(data: &[u8]) -> Seen {
    let mut input = Input::new(data);
    let mut game = Game::new();
    for _ in 0..STEPS {
        if input.is_empty() {
            break;
        }
        game.step(&mut input);
    }
    game.seen
}

fn listed(position: usize) -> &'static Listed {
    static ALL: OnceLock<Vec<Listed>> = OnceLock::new();
    &ALL.get_or_init(|| {
        let world = grown();
        let one = |position: usize| {
            let path = world.roster.path(List::Roster, position + 1);
            let proof = world.roster.inclusion(List::Roster, position as u32 + 1, &path);
            Listed::new(&world.view, &world.roster.meters()[position], &proof).unwrap()
        };
        (0..METERS).map(one).collect()
    })[position]
}

fn slots() -> Vec<Slot> {
    (0..ROOM).map(|_| Slot::default()).collect()
}

/// All that can be told from outside.
fn all(device: &Device) -> (Vec<u8>, Vec<u8>, [Vec<u32>; 3]) {
    let grown = &device.grown;
    let mut out = vec![0; grown.state_len()];
    let lists = [grown.neighbours().collect(), grown.offered().collect(), grown.unsettled().collect()];
    (grown.to_bytes(&mut out).unwrap().to_vec(), state(grown.meter()), lists)
}

impl Game {
    fn new() -> Self {
        let world = grown();
        let utility = world.utility(&world.utility).unwrap();
        let device = |position: usize| Device {
            grown: GrownMeter::new(world.meter(&world.meters[position]).unwrap(), slots()).unwrap(),
            identity: world.ring.identity(world.meter_id(position)),
            mark: Mark::new(),
            stored: None,
            marks: Vec::new(),
            closes: Vec::new(),
            last_sent: None,
        };
        let holders = (1..=world.params.answerers()).zip(&world.holders);
        Game {
            world,
            now: FIRST,
            registrar: Registrar::new(&world.params, utility.parties()).unwrap(),
            utility,
            holders: holders.map(|(number, state)| world.holder(number, state).unwrap()).collect(),
            devices: (0..METERS).map(device).collect(),
            queue: Vec::new(),
            told: Vec::new(),
            forged: false,
            rng: keyring::rng(),
            seen: Seen::default(),
        }
    }

    fn now(&self) -> Round {
        Round::from(self.now)
    }

    fn step(&mut self, input: &mut Input<'_>) {
        match input.u8() % 18 {
            0 => {
                let (from, to, ahead) = (input.index(METERS), input.index(METERS), input.u8());
                self.offer(from, to, ahead);
            }
            1 | 2 => self.deliver_some(input),
            3 => {
                let marks = input.marks(METERS);
                let lost = input.marks(METERS);
                (0..METERS).filter(|at| marks[*at]).for_each(|at| self.enter(at, !lost[at]));
            }
            4 => {
                let at = input.index(METERS);
                self.again(at, input.u8());
            }
            5 => {
                let at = input.index(METERS);
                self.leave(at);
            }
            6 => {
                let (at, peer) = (input.index(METERS), input.index(METERS));
                let before = all(&self.devices[at]);
                let done = self.devices[at].grown.abandon(peer as u32).is_ok();
                assert!(done || all(&self.devices[at]) == before);
            }
            7 => {
                let at = input.index(METERS);
                self.restart(at, input.u8());
            }
            8 => self.restart_registrar(),
            9..=11 => {
                self.now = (self.now + 1).min(LAST);
                let (wanted, silent) = (input.marks(METERS), input.marks(METERS));
                self.round(&wanted, &silent, input.u8());
            }
            12 | 13 => self.found(input.u8()),
            14 => self.forge(input),
            15 => self.states(input),
            16 => self.owed(),
            _ => self.now = (self.now + u32::from(input.u8() % 16)).min(LAST),
        }
    }

    /// States its edges, with the record stored before; the statement may be lost.
    fn enter(&mut self, at: usize, arrives: bool) {
        let (now, before) = (self.now(), all(&self.devices[at]));
        let device = &mut self.devices[at];
        let (mut out, mut record) = (vec![0; statement_len(ROOM)], vec![0; device.grown.state_len()]);
        match device.grown.enter(now, &mut out, &mut record) {
            Ok(prepared) => {
                device.stored = Some(prepared.record().to_vec());
                let frame = prepared.stored().to_vec();
                self.tell(frame, arrives);
            }
            Err(_) => assert_eq!(all(&self.devices[at]), before),
        }
    }

    /// To the utility.
    fn tell(&mut self, frame: Vec<u8>, arrives: bool) {
        if arrives {
            let before = self.registrar.to_bytes().unwrap();
            match self.registrar.accept(self.now(), &frame) {
                Ok(_) => {
                    let after = self.registrar.to_bytes().unwrap();
                    assert!(self.registrar.accept(self.now(), &frame).is_ok());
                    assert_eq!(self.registrar.to_bytes().unwrap(), after);
                }
                Err(_) => assert_eq!(self.registrar.to_bytes().unwrap(), before),
            }
        }
        self.told.push(frame);
    }

    /// Says something once more: a statement, an emergency, its part of an edge, or what it told long ago.
    fn again(&mut self, at: usize, choice: u8) {
        let device = &self.devices[at];
        let mut out = [0; NOTICE_LEN];
        let peer = usize::from(choice >> 2) % METERS;
        match choice & 3 {
            0 => {
                let frame = device.grown.statement(&mut out).ok().map(<[u8]>::to_vec);
                frame.into_iter().for_each(|frame| self.tell(frame, true));
            }
            1 => {
                let frame = device.grown.emergency(self.now(), &mut out).ok().map(<[u8]>::to_vec);
                frame.into_iter().for_each(|frame| self.tell(frame, true));
            }
            2 => {
                let frame = device.grown.resend(listed(peer), &device.identity, &mut out);
                let frame = frame.unwrap().map(<[u8]>::to_vec);
                frame.into_iter().for_each(|frame| self.send(at, &frame));
            }
            _ => {
                let back = usize::from(choice >> 2) % self.told.len().max(1);
                let frame = self.told.len().checked_sub(1 + back).map(|place| self.told[place].clone());
                frame.into_iter().for_each(|frame| self.tell(frame, true));
            }
        }
    }

    fn leave(&mut self, at: usize) {
        let (now, before) = (self.now(), all(&self.devices[at]));
        let device = &mut self.devices[at];
        let (mut out, mut record) = (vec![0; exit_len(ROOM)], vec![0; device.grown.state_len()]);
        match device.grown.leave(now, &device.identity, &mut out, &mut record) {
            Ok(prepared) => {
                device.stored = Some(prepared.record().to_vec());
                let frame = prepared.stored().to_vec();
                self.seen.exits += 1;
                self.send(at, &frame);
            }
            Err(_) => assert_eq!(all(&self.devices[at]), before),
        }
    }

    /// A power cut: what was stored is all that is left, and the meter made anew or from its state of just now.
    fn restart(&mut self, at: usize, choice: u8) {
        let world = self.world;
        let device = &mut self.devices[at];
        let own = if choice & 1 == 0 { world.meters[at].clone() } else { state(device.grown.meter()) };
        let mut meter: Meter<Pairs, Links> = world.meter(&own).unwrap();
        if choice & 1 == 0 {
            device.closes.iter().for_each(|record| meter.replay(record).unwrap());
        }
        device.grown = match &device.stored {
            Some(stored) => GrownMeter::from_bytes(meter, slots(), stored).unwrap(),
            None => GrownMeter::new(world.meter(&world.meters[at]).unwrap(), slots()).unwrap(),
        };
        device.mark = Mark::new();
        device.marks.iter().for_each(|record| device.mark.replay(record).unwrap());
        self.seen.restarts += 1;
    }

    fn restart_registrar(&mut self) {
        let stored = self.registrar.to_bytes().unwrap();
        let parties = self.utility.parties();
        self.registrar = Registrar::from_bytes(&self.world.params, parties, &stored).unwrap();
        assert_eq!(self.registrar.to_bytes().unwrap(), stored);
    }

    /// Everybody pairs with the next ones, all is delivered, and everybody states it.
    fn found(&mut self, choice: u8) {
        for at in 0..METERS {
            for step in 1..=2 + usize::from(choice & 1) {
                self.offer(at, (at + step) % METERS, 2 + (choice >> 1 & 1));
            }
        }
        for _ in 0..200 {
            if self.queue.is_empty() {
                break;
            }
            let (from, to, frame) = self.queue.remove(0);
            self.hand(from, to, &frame);
        }
        self.now = (self.now + 1 + u32::from(choice >> 1 & 1)).min(LAST);
        (0..METERS).for_each(|at| self.enter(at, true));
    }
}
