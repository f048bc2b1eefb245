//! The rule of windows against what it is for: bills that it permits leave no small block of readings open, nor when
//! some meters tell theirs.
//!
//! `meters ‖ rounds ‖ κ ‖ colluding ‖ billed … ‖ colluders … ‖ (round ‖ meter) …`: billed meters are in every set
//! and others in none, but for the cells that follow, which are turned round.

use meter_link::Round;
use meter_link::set::Members;
use meter_link::window::{Book, Window, window_connectivity};

use super::input::Input;

pub fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let (more, rounds) = (input.index(11), 4 + input.index(11));
    let (kappa, colluding) = (4 + input.index(2), input.index(3));
    let least = 2 * (kappa + colluding);
    let meters = least + more;
    let billed: Vec<bool> = (0..meters).map(|meter| meter < least + input.index(2 + more)).collect();
    let mut colludes = vec![false; meters];
    (0..colluding).for_each(|_| colludes[input.index(meters)] = true);
    let mut sets: Vec<Vec<bool>> = (0..rounds).map(|_| billed.clone()).collect();
    while !input.is_empty() {
        let round = input.index(rounds);
        match input.u8() {
            // A round of others only.
            255 => sets[round] = billed.iter().map(|billed| !billed).collect(),
            meter => sets[round][usize::from(meter) % meters] ^= true,
        }
    }
    // Rounds whose set is below the minimum are not summed.
    sets.retain(|set| set.iter().filter(|member| **member).count() >= kappa + colluding);
    let game = Game { kappa: kappa as u32, sets, colludes };
    game.check(&billed, colluding as u32);
}

struct Game {
    kappa: u32,
    sets: Vec<Vec<bool>>,
    colludes: Vec<bool>,
}

impl Game {
    fn check(&self, billed: &[bool], colluding: u32) {
        let window = Window { first: Round::from(0), last: Round::from(63) };
        let mut book = Book::new(window, self.kappa, billed.len() as u32).against(colluding);
        for (round, set) in (0u32..).zip(&self.sets) {
            let digest = [round as u8; 32];
            book.enter(Round::from(round), &digest, &Members::marked(set).unwrap()).unwrap();
        }
        if book.permits(&Members::marked(billed).unwrap()) {
            self.hides(billed);
        }
        if let Some(chosen) = book.billable() {
            assert!(book.permits(&chosen));
            self.hides(&chosen.to_marks());
        }
    }

    /// Known readings are taken off all sums.
    fn hides(&self, billed: &[bool]) {
        let honest = |set: &[bool]| -> Vec<bool> {
            set.iter().zip(&self.colludes).map(|(member, colludes)| *member && !colludes).collect()
        };
        let sets: Vec<Vec<bool>> = self.sets.iter().map(|set| honest(set)).collect();
        let sets: Vec<&[bool]> = sets.iter().map(Vec::as_slice).collect();
        let least = window_connectivity(&sets, &honest(billed));
        assert!(least >= self.kappa, "κ = {}, but {least} readings: {billed:?} {sets:?}", self.kappa);
    }
}
