//! Where a game begins: nowhere, in the middle of a window, or behind one or two.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use meter_link::Round;

use super::super::world::{AGGREGATORS, FIRST, METERS, Mark, READS, WINDOW, World, world};
use super::aggregator::Member;
use super::{Asked, Game, Marks, Seen};

/// All that is stored, as bytes.
pub struct Start {
    pub now: u32,
    pub utility: Vec<u8>,
    pub aggregators: Vec<(Vec<u8>, Vec<Vec<u8>>)>,
    pub meters: Vec<Vec<u8>>,
    /// Rounds below this one are spent.
    pub spent: u32,
    pub honest: BTreeMap<u32, Marks>,
    pub sets: BTreeMap<[u8; 32], Marks>,
    pub opens: Vec<Vec<u8>>,
    pub closes: Vec<Vec<u8>>,
}

pub fn starts() -> &'static [Start] {
    static STARTS: OnceLock<Vec<Start>> = OnceLock::new();
    STARTS.get_or_init(|| [0, 6, WINDOW, WINDOW + 5].map(|rounds| Start::after(world(), rounds)).into())
}

impl Start {
    fn fresh(world: &World) -> Self {
        Start {
            now: FIRST,
            utility: world.utility.clone(),
            aggregators: world.aggregators.iter().map(|state| (state.clone(), Vec::new())).collect(),
            meters: world.meters.clone(),
            spent: FIRST,
            honest: BTreeMap::new(),
            sets: BTreeMap::new(),
            opens: Vec::new(),
            closes: Vec::new(),
        }
    }

    fn after(world: &World, rounds: u32) -> Self {
        let mut game = Game::new(world, &Start::fresh(world));
        for round in FIRST..FIRST + rounds {
            game.now = round;
            let mut set = vec![true; METERS];
            set[1] = round % 5 != 3;
            assert!(game.whole(&set, 0, round % 3 == 1, 0), "{round}");
        }
        game.now = FIRST + rounds;
        game.frozen()
    }
}

impl<'w> Game<'w> {
    pub fn new(world: &'w World, start: &Start) -> Self {
        let members = (1..=AGGREGATORS).zip(&start.aggregators);
        let meters = start.meters.iter().map(|state| {
            let mut mark = Mark::new();
            if start.spent > FIRST {
                let schedule = world.params.group().schedule;
                let _ = mark.take(READS, &schedule, Round::from(start.spent - 1)).unwrap();
            }
            (world.meter(state).unwrap(), mark)
        });
        Game {
            world,
            now: start.now,
            utility: world.utility(&start.utility).unwrap(),
            collecting: None,
            asked: Asked::Nothing,
            asked_set: Vec::new(),
            lied_to: false,
            members: members
                .map(|(number, (state, records))| Member::new(world, number, state, records))
                .collect(),
            meters: meters.collect(),
            contributed: BTreeMap::new(),
            honest: start.honest.clone(),
            sets: start.sets.clone(),
            opens: start.opens.clone(),
            closes: start.closes.clone(),
            queries: Vec::new(),
            statements: Vec::new(),
            answers: Vec::new(),
            lies: Vec::new(),
            raw: BTreeMap::new(),
            seen: Seen::default(),
        }
    }

    fn frozen(mut self) -> Start {
        let state = |member: &mut Member| (member.role.to_bytes().unwrap().to_vec(), member.records.clone());
        Start {
            now: self.now,
            utility: self.utility.to_bytes().unwrap().to_vec(),
            aggregators: self.members.iter_mut().map(state).collect(),
            meters: self.meters.iter().map(|(meter, _)| self.world.meter_bytes(meter)).collect(),
            spent: self.now,
            honest: self.honest,
            sets: self.sets,
            opens: self.opens,
            closes: self.closes,
        }
    }
}
