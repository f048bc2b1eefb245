//! A group at its work, and whatever bytes come in between: `world u8 ‖ story u8`, then attacks, `step u8 ‖ length u8 ‖
//! bytes` each. Before that step of the story the same function is called with other bytes where it is given a length: what
//! should have been received, changed, cut, longer, or something else. Where all of that was refused, the story goes
//! on as it was written: a failure changes nothing.

use super::base::base;
use super::game::Game;
use super::tape::Tape;

const ATTACKS: usize = 24;

pub fn run(data: &[u8]) {
    play(data);
}

/// How many calls were attacked, and statuses of them.
pub fn play(data: &[u8]) -> Vec<(&'static str, i32)> {
    let mut tape = Tape::new(data);
    let (world, number) = (tape.byte(), tape.byte());
    let base = base(world);
    let stories = base.stories();
    let Some(story) = number.checked_rem(stories.len() as u8).and_then(|at| stories.get(usize::from(at)))
    else {
        return Vec::new();
    };
    let mut attacks = Vec::new();
    while !tape.ended() && attacks.len() < ATTACKS {
        let (step, len) = (usize::from(tape.byte()) % story.steps.len(), usize::from(tape.byte()));
        attacks.push((step, tape.take(len)));
    }
    let mut game = Game::new(Some(base.clone()), &[]);
    let (mut seen, mut taken) = (Vec::new(), false);
    for (number, step) in story.steps.iter().enumerate() {
        for (_, bytes) in attacks.iter().filter(|(at, _)| *at == number) {
            game.tape = Tape::new(&step.arguments);
            game.attack = Some(bytes.clone());
            let made = (game.blobs.len(), game.values.len());
            let status = game.run(step.entry);
            game.attack = None;
            // What it made is not the story's.
            game.blobs.truncate(made.0);
            game.values.truncate(made.1);
            taken |= status == 0;
            seen.push((step.entry.name, status));
        }
        game.tape = Tape::new(&step.arguments);
        let status = game.run(step.entry);
        assert!(status == 0 || taken, "{} of {} gave {status}", step.entry.name, story.name);
    }
    seen
}
