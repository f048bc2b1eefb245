//! Where a game begins: nowhere, in the second ratchet step, or with a meter that has come and gone almost too often.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::super::world::{FIRST, METERS, WORLDS, World, vecs, world};
use super::honest::Whole;
use super::member::Member;
use super::{Device, Game, Marks, Seen, Stage};

/// All that is stored, as bytes.
pub struct Start {
    world: &'static World,
    now: u32,
    utility: Vec<u8>,
    pub holders: Vec<(Vec<u8>, Vec<Vec<u8>>)>,
    pub meters: Vec<Vec<u8>>,
    /// The last round that each meter has sent in.
    spent: Vec<Option<u32>>,
    honest: BTreeMap<u32, Marks>,
    opens: Vec<Vec<u8>>,
    closes: Vec<Vec<u8>>,
}

/// Rounds before the start, and whether a meter toggles in them.
const STARTS: [(u32, bool); 3] = [(0, false), (6, false), (14, true)];

/// The start of a number: world, then story.
pub fn start(number: u8) -> &'static Start {
    static ALL: [OnceLock<Start>; WORLDS * STARTS.len()] = [const { OnceLock::new() }; WORLDS * STARTS.len()];
    let place = usize::from(number) % ALL.len();
    ALL[place].get_or_init(|| {
        let (rounds, toggles) = STARTS[place / WORLDS];
        Start::after(world(place), rounds, toggles)
    })
}

impl Start {
    fn fresh(world: &'static World) -> Self {
        Start {
            world,
            now: FIRST,
            utility: world.utility.clone(),
            holders: world.holders.iter().map(|state| (state.clone(), Vec::new())).collect(),
            meters: world.meters.clone(),
            spent: vec![None; METERS],
            honest: BTreeMap::new(),
            opens: Vec::new(),
            closes: Vec::new(),
        }
    }

    fn after(world: &'static World, rounds: u32, toggles: bool) -> Self {
        let mut game = Game::new(&Start::fresh(world));
        for round in FIRST..FIRST + rounds {
            game.now = round;
            let mut whole = Whole::default();
            whole.heard[1] = round % 5 != 3;
            whole.heard[2] = !toggles || round % 2 == 0;
            assert!(game.whole(&whole), "{round}");
        }
        game.now = FIRST + rounds;
        game.frozen()
    }
}

impl Game {
    pub fn new(start: &Start) -> Self {
        let world = start.world;
        let device = |(position, (state, spent)): (usize, (&Vec<u8>, &Option<u32>))| {
            let mut device = Device::new(world, vecs, position, state);
            spent.iter().for_each(|round| device.spent(*round));
            device
        };
        let members = (1..=world.params.answerers()).zip(&start.holders);
        Game {
            world,
            now: start.now,
            utility: world.utility(&start.utility).unwrap(),
            round: start.now,
            stage: Stage::Idle,
            lied_to: false,
            spoilt: false,
            clean: true,
            attended: true,
            devices: start.meters.iter().zip(&start.spent).enumerate().map(device).collect(),
            members: members
                .map(|(number, (state, records))| Member::new(world, number, state, records))
                .collect(),
            honest: start.honest.clone(),
            opens: start.opens.clone(),
            closes: start.closes.clone(),
            repairs: Vec::new(),
            statements: Vec::new(),
            answers: Vec::new(),
            lies: Vec::new(),
            raw: BTreeMap::new(),
            seen: Seen::default(),
        }
    }

    fn frozen(self) -> Start {
        let state = |member: &Member| (member.role.to_bytes().unwrap().to_vec(), member.records.clone());
        Start {
            world: self.world,
            now: self.now,
            utility: self.utility.to_bytes().unwrap().to_vec(),
            holders: self.members.iter().map(state).collect(),
            meters: self.devices.iter().map(|device| super::super::world::state(&device.role)).collect(),
            spent: self.devices.iter().map(|device| device.sent.keys().next_back().copied()).collect(),
            honest: self.honest,
            opens: self.opens,
            closes: self.closes,
        }
    }
}
