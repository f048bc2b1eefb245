//! One meter, without a heap as it is on a device, and the frames that came to it in rings that were formed without it
//! going wrong: in any order, changed, cut, with a trailer that fits or not, between reboots.
//!
//! `kind of ring u8 ‖ meter u8 ‖ steps`.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use cmt_ring::Generation;
use meter_link::{Header, PartyId};

use super::input::Input;
use super::roles::{Game, Post, Ring};
use super::sealing::{finish, opened};
use super::world::{FIRST, KINDS, LAST, METERS, World, world};

const STEPS: usize = 40;

/// Frames for each meter, what is sealed in the clear, and the rings that they were sent in.
struct Tape {
    posts: Vec<Post>,
    rings: BTreeMap<u32, Ring>,
}

fn tape(kind: usize) -> &'static Tape {
    static TAPES: [OnceLock<Tape>; KINDS] = [const { OnceLock::new() }; KINDS];
    TAPES[kind % KINDS].get_or_init(|| record(world(kind)))
}

fn record(world: &'static World) -> Tape {
    let mut game = Game::new(world);
    let sets = [vec![0, 1, 2, 3, 4, 5, 6], vec![0, 1, 3, 5, 6], vec![1, 2, 3, 4, 5, 6]];
    let mut clear = Vec::new();
    for (set, silent) in sets.into_iter().zip([8, 1, 2]) {
        let from = game.pool.len();
        assert!(game.whole_generation(&set));
        game.whole_round(0);
        game.now += 1;
        game.lose_and_heal(silent);
        game.now += 1;
        if world.params.mean_term().is_some() {
            game.now = game.supplier.until().unwrap().to_u32().max(game.now);
        }
        for post in game.pool[from..].iter().filter(|post| post.to < METERS) {
            let header = Header::parse(&post.frame).unwrap();
            let receiver = world.id(post.to);
            let links = game.rings.keys().map(|number| game.link_in(Generation(*number), receiver, &header));
            let frame = links.rev().find_map(|link| opened(world, &post.frame, receiver, link.as_ref()));
            clear.push(Post { to: post.to, frame: frame.unwrap() });
        }
    }
    Tape { posts: clear, rings: game.rings }
}

pub fn run(data: &[u8]) {
    play(data);
}

/// How many frames were taken.
pub fn play(data: &[u8]) -> usize {
    let mut input = Input::new(data);
    let kind = input.index(KINDS);
    let (world, index) = (world(kind), input.index(METERS));
    let own: Vec<&Post> = tape(kind).posts.iter().filter(|post| post.to == index).collect();
    let mut game = Game { rings: tape(kind).rings.clone(), ..Game::new(world) };
    let (mut next, mut taken) = (0, 0);
    for _ in 0..STEPS {
        if input.is_empty() {
            break;
        }
        match input.u8() % 8 {
            0 => game.now = (game.now + 1).min(LAST + 2),
            1 => game.now = (game.now + u32::from(input.u8() % 16)).saturating_sub(6).clamp(FIRST, LAST),
            2 => game.devices[index].restart(world, input.u8()),
            3 => {
                let round = (game.now + u32::from(input.u8() % 8)).saturating_sub(3);
                game.contribute(index, round);
            }
            // Elsewhere on the tape.
            4 => next = usize::from(input.u8()),
            step => {
                let Some(post) = own.get(next % own.len().max(1)) else { continue };
                next += 1;
                let mut frame = post.frame.clone();
                if step == 7 {
                    change(&mut frame, &mut input);
                }
                taken += usize::from(feed(&mut game, index, frame, step == 6));
            }
        }
    }
    taken
}

/// Puts the trailer on, or leaves what stands there.
fn feed(game: &mut Game<'_>, index: usize, mut frame: Vec<u8>, spoilt: bool) -> bool {
    let receiver: PartyId = game.world.id(index);
    if !spoilt {
        let link = Header::parse(&frame).ok().and_then(|header| game.link_for(receiver, &header));
        finish(game.world, &mut frame, receiver, link.as_ref());
    }
    game.device_takes(index, &frame)
}

/// One byte is another, or the frame is longer or shorter.
fn change(frame: &mut Vec<u8>, input: &mut Input<'_>) {
    let (how, at, with) = (input.u8(), usize::from(input.u8()), input.u8());
    let at = at % frame.len();
    match how % 8 {
        0 => frame.truncate(at),
        1 => frame.insert(at, with),
        2 => _ = frame.remove(at),
        _ => frame[at] ^= with,
    }
}
