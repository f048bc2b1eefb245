//! Where a game begins: nowhere, in the middle of a window, or behind one or two.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::super::world::{FIRST, METERS, WINDOW, World, plain, world};
use super::trustee::Member;
use super::{Asked, Game, List, Seen, Shut};

/// All that is stored, as bytes.
pub struct Start {
    world: &'static World,
    pub now: u32,
    pub utility: Vec<u8>,
    pub trustees: Vec<(Vec<u8>, Vec<Vec<u8>>)>,
    pub honest: BTreeMap<u32, List>,
    pub opens: Vec<Vec<u8>>,
    pub closes: Vec<Shut>,
}

/// The last two are with proofs of knowledge.
pub fn starts() -> &'static [Start] {
    static STARTS: OnceLock<Vec<Start>> = OnceLock::new();
    STARTS.get_or_init(|| {
        let plain = [0, WINDOW - 2, WINDOW, WINDOW + 4].map(|rounds| Start::after(plain(), rounds));
        plain.into_iter().chain([0, WINDOW].map(|rounds| Start::after(world(), rounds))).collect()
    })
}

impl Start {
    fn after(world: &'static World, rounds: u32) -> Self {
        let fresh = Start {
            world,
            now: FIRST,
            utility: world.utility.clone(),
            trustees: world.trustees.iter().map(|state| (state.clone(), Vec::new())).collect(),
            honest: BTreeMap::new(),
            opens: Vec::new(),
            closes: Vec::new(),
        };
        let mut game = Game::new(&fresh);
        for round in FIRST..FIRST + rounds {
            game.now = round;
            let mut set = vec![true; METERS];
            set[1] = round % 5 != 3;
            assert!(game.whole(&set, 0, 0), "{round}");
        }
        let state = |member: &mut Member| (member.role.to_bytes().unwrap().to_vec(), member.records.clone());
        Start {
            world,
            now: FIRST + rounds,
            utility: game.utility.to_bytes().unwrap().to_vec(),
            trustees: game.members.iter_mut().map(state).collect(),
            honest: game.honest,
            opens: game.opens,
            closes: game.closes,
        }
    }
}

impl Game<'static> {
    pub fn new(start: &Start) -> Self {
        let world = start.world;
        let members = (1..).zip(&start.trustees);
        let members = members.map(|(number, (state, records))| Member::new(world, number, state, records));
        let mut members: Vec<Member> = members.collect();
        for member in &mut members {
            start.closes.iter().for_each(|shut| member.has_seen(world, shut));
        }
        Game {
            world,
            now: start.now,
            utility: world.utility(&start.utility).unwrap(),
            collecting: None,
            asked: Asked::Nothing,
            members,
            honest: start.honest.clone(),
            opens: start.opens.clone(),
            closes: start.closes.clone(),
            queries: Vec::new(),
            statements: Vec::new(),
            shares: Vec::new(),
            lies: Vec::new(),
            opened: BTreeMap::new(),
            seen: Seen::default(),
        }
    }
}
