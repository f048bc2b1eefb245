//! What a fuzzer begins with: one good input for every frame and state, and games that play by the rules.

use std::cell::RefCell;
use std::collections::BTreeMap;

use meter_link::Header;

use super::bytes::seed;
use super::roles::{Game, SUPPLIER};
use super::sealing::opened;
use super::world::{KINDS, METERS, World, world};

/// How far a game has come.
pub const STAGES: u8 = 5;
const ALL: [usize; METERS] = [0, 1, 2, 3, 4, 5, 6];

/// A game that has come to a stage: nothing; tokens are out; first keys are in; the ring is closed; a round is open.
/// What is sent last is in the pool, and has not come.
pub fn stage(world: &'static World, number: u8) -> Game<'static> {
    let number = number % STAGES;
    if number < 3 {
        return begin(world, number);
    }
    // A ring that is formed can be had again from its states, without its keys being made once more.
    thread_local!(static FORMED: RefCell<BTreeMap<(usize, u8), Game<'static>>> = RefCell::default());
    FORMED.with_borrow_mut(|formed| {
        let key = (std::ptr::from_ref(world).addr(), number);
        let mut game = formed.entry(key).or_insert_with(|| form(world, number)).twin();
        let claim = game.pool.extract_if(.., |post| post.frame[2] == 35).next();
        claim.iter().for_each(|post| _ = game.deliver(post)); // a supplier that restarts forgets it
        if number > 3 {
            open(&mut game);
        }
        game
    })
}

fn begin(world: &'static World, number: u8) -> Game<'static> {
    let mut game = Game::new(world);
    if number == 0 {
        return game;
    }
    if world.params.mean_term().is_some() {
        (0..METERS).for_each(|index| game.ask(index));
        game.flush(0);
    }
    game.pool.clear();
    assert!(game.open(&ALL));
    if number > 1 {
        let from = game.pool.iter().position(|post| post.frame[2] == 36).unwrap();
        let tokens = game.pool.split_off(from);
        tokens.iter().for_each(|post| assert!(game.deliver(post)));
    }
    game
}

fn form(world: &'static World, number: u8) -> Game<'static> {
    let mut game = begin(world, 2);
    let claim = game.pool.iter().find(|post| post.frame[2] == 35 && post.to == SUPPLIER).cloned();
    let answers: Vec<_> = game.pool.drain(..).filter(|post| post.frame[2] == 37).collect();
    answers.iter().for_each(|post| assert!(game.deliver(post)));
    assert!(game.close_ring());
    if number > 3 {
        let seats = std::mem::take(&mut game.pool);
        seats.iter().for_each(|post| assert!(game.deliver(post)));
    }
    game.pool.extend(claim);
    game
}

fn open(game: &mut Game<'_>) {
    assert!(game.open_round());
    if game.world.params.mode() == cmt_ring::Mode::Derived {
        let now = game.now;
        game.contribute(0, now);
    } else {
        let start = game.pool.remove(0);
        assert!(game.deliver(&start));
    }
}

/// For the target `bytes`.
pub fn bytes() -> Vec<(String, Vec<u8>)> {
    let mut all: Vec<(String, Vec<u8>)> = Vec::new();
    let mut put = |name: &str, mode: u8, bytes: &[u8]| {
        let count = all.len();
        all.push((format!("{count:03}-{}", name.replace(' ', "-")), seed(name, mode, bytes)));
    };
    for kind in 0..KINDS as u8 {
        let world = world(kind.into());
        for number in 1..STAGES {
            let mode = kind << 1 | number << 3;
            let game = stage(world, number);
            let mut kinds = Vec::new();
            for post in &game.pool {
                if kinds.contains(&(post.frame[2], post.to == SUPPLIER)) {
                    continue;
                }
                kinds.push((post.frame[2], post.to == SUPPLIER));
                if Header::parse(&post.frame).unwrap().kind == meter_link::Kind::Contribution {
                    put("frame", mode | 1, &[&[post.to as u8][..], &post.frame].concat());
                    continue;
                }
                let receiver =
                    if post.to == SUPPLIER { meter_link::PartyId::UTILITY } else { world.id(post.to) };
                let header = Header::parse(&post.frame).unwrap();
                let link = game.link_for(receiver, &header);
                let clear = opened(world, &post.frame, receiver, link.as_ref()).unwrap();
                put("frame", mode, &[&[post.to as u8][..], &clear].concat());
            }
            put("supplier state", mode, &game.supplier.to_bytes().unwrap());
            put("supplier record", mode, &game.supplier.progress().unwrap());
        }
        let game = stage(world, 4);
        put("meter record", kind << 1, &game.devices[3].generations[0]);
        for number in 0..STAGES {
            put("meter state", kind << 1 | number << 3, &stage(world, number).devices[3].state());
        }
        if let Some(licence) = &game.devices[3].licence {
            put("licence", kind << 1, licence);
        }
    }
    all
}

/// For the target `roles`: one byte a choice.
pub fn roles() -> Vec<(String, Vec<u8>)> {
    let game = |parts: &[&[u8]]| parts.concat();
    let generation = [0u8, 0, 0];
    let without = |position: u8| [0u8, 1 << position, 0];
    let mut all = Vec::new();
    for kind in 0..KINDS as u8 {
        let mut put = |name: &str, parts: &[&[u8]]| {
            let count = all.len();
            all.push((format!("{count:02}-{name}"), game(&[&[kind], &game(parts)])));
        };
        put("rounds", &[&generation, &[1, 0, 19, 0, 19, 0]]);
        put(
            "silent",
            &[&generation, &[1, 4, 19, 0], &without(2), &[19, 0], &[18, 15], &generation, &[19, 0]],
        );
        put("changed", &[&generation, &[1, 0, 4, 3, 9, 0, 5, 0, 0x81, 3, 6, 8, 7, 0x85]]);
        put("restarts", &[&generation, &[1, 0, 13, 2, 1, 14, 3, 19, 0], &[0, 0, 0, 19, 0, 14, 1, 19, 0]]);
        put("steps", &[&[2, 0, 0], &[3, 0, 0, 0, 4, 1, 0, 0, 5, 2, 0, 0, 8, 3, 0, 0, 0, 9, 11, 12]]);
        put(
            "forged",
            &[
                &generation,
                &[15, 0, 3, 4, 3, 1, 64, 0, 0],
                &[7; 16],
                &[15, 11, 8, 2, 3, 2, 16, 0, 0],
                &[0; 4],
            ],
        );
        put(
            "elections",
            &[
                &[17, 0, 0, 0, 17, 0, 1, 0],
                &generation,
                &[1, 0, 17, 7, 0, 0, 18, 14, 17, 7, 0, 1, 17, 6, 2, 0],
            ],
        );
        put(
            "healed",
            &[
                &generation,
                &[1, 0, 18, 5, 17, 10, 0, 8, 19, 0],
                &generation,
                &[18, 5, 17, 11, 2, 0x43, 7, 0, 0, 1, 0],
            ],
        );
        put(
            "handed over",
            &[
                &generation,
                &[1, 0, 17, 12, 0, 0, 0, 0, 17, 12, 0, 0, 2, 0],
                &[17, 12, 0, 0, 4, 0, 17, 12, 0, 1, 0, 0],
            ],
        );
        put(
            "registry",
            &[
                &generation,
                &[17, 1, 3, 0],
                &[18, 14],
                &generation,
                &without(3),
                &[19, 0, 17, 1, 3, 1],
                &[18, 14],
                &generation,
            ],
        );
    }
    all
}

/// For the target `meter`.
pub fn meter() -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for kind in 0..KINDS as u8 {
        for index in [1u8, 3, 6] {
            let mut put = |name: &str, steps: &[u8]| {
                let count = all.len();
                all.push((format!("{count:02}-{name}"), [&[kind, index], steps].concat()));
            };
            put("straight", &[5, 5, 5, 5, 3, 3, 5, 0, 3, 3, 5, 5, 5, 5, 5, 0, 3, 3, 5, 5, 0, 5, 3, 3]);
            put("reboots", &[5, 5, 2, 0, 5, 5, 5, 3, 3, 2, 1, 5, 5, 5, 0, 5, 5, 3, 3, 5, 5]);
            put("changed", &[5, 7, 3, 20, 1, 4, 0, 5, 5, 7, 0, 33, 0, 7, 1, 17, 9, 5, 6, 5, 7, 2, 5, 0]);
        }
    }
    all
}
