//! Opens and Closes in any order, all validly signed, at those who agree to sets, and the utility that makes them.

mod adversary;
mod utility;

use meter_link::{Error, Protocol};

use super::input::Input;
use super::world::world;

/// What came about: a corpus that reaches none of it would find nothing.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Sets that were agreed to.
    pub agreed: u32,
    pub caught_up: u32,
    pub restarts: u32,
    /// Rounds of an honest utility.
    pub honest: u32,
    /// Why frames were refused.
    pub refused: Vec<Error>,
}

/// `protocol and game u8 ‖ steps`.
pub fn run(data: &[u8]) {
    play(data);
}

pub fn play(data: &[u8]) -> Seen {
    let mut input = Input::new(data);
    let choice = input.u8();
    let protocol = match choice & 3 {
        1 => Protocol::Dcnet,
        2 => Protocol::Elgamal,
        _ => Protocol::Shamir,
    };
    let world = world(protocol);
    if choice & 4 == 0 {
        adversary::run(world, &mut input)
    } else {
        Seen { honest: utility::run(world, &mut input), ..Seen::default() }
    }
}
