//! Calls in any order, with any arguments that C allows: `world u8`, then `function u16 ‖ arguments` again and again.

use super::base::base;
use super::game::Game;
use super::table::entries;

/// Calls of one input.
const CALLS: usize = 120;

pub fn run(data: &[u8]) {
    play(data);
}

/// How often each status was given.
pub fn play(data: &[u8]) -> Vec<(&'static str, i32)> {
    let Some((world, rest)) = data.split_first() else { return Vec::new() };
    let mut game = Game::new(Some(base(*world)), rest);
    let mut seen = Vec::new();
    while !game.tape.ended() && seen.len() < CALLS {
        let number = usize::from(game.tape.word());
        let entry = &entries()[number % entries().len()];
        seen.push((entry.name, game.run(entry)));
    }
    seen
}
