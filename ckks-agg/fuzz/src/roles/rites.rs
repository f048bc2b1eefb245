//! Trustee 1 in the key ceremony, with frames in any order, some of them signed by whom it wants.

use ckks_agg::joint::{Joining, Revealing, Sharing};
use meter_link::PartyId;

use super::super::input::Input;
use super::super::world::{World, world};
use super::Seen;

enum Step {
    Joining(Joining),
    Revealing(Revealing),
    Sharing(Sharing),
}

impl Step {
    fn accept(&mut self, frame: &[u8]) -> Result<PartyId, ckks_agg::Error> {
        match self {
            Step::Joining(step) => step.accept(frame),
            Step::Revealing(step) => step.accept(frame),
            Step::Sharing(step) => step.accept(frame),
        }
    }

    fn missing(&self) -> usize {
        match self {
            Step::Joining(step) => step.missing().count(),
            Step::Revealing(step) => step.missing().count(),
            Step::Sharing(step) => step.missing().count(),
        }
    }
}

pub fn play(input: &mut Input<'_>) -> Seen {
    let (world, mut seen) = (world(), Seen::default());
    let mut step = Some(Step::Joining(world.joining()));
    while let Some(now) = &mut step {
        if input.is_empty() {
            break;
        }
        match input.u8() % 4 {
            0 | 1 => {
                let frame = frame(world, input);
                let before = now.missing();
                if let Err(error) = now.accept(&frame) {
                    seen.refused.push(error);
                    assert_eq!(now.missing(), before);
                } else {
                    assert!(now.missing() <= before);
                }
            }
            // All that belongs to the step.
            2 => {
                for frame in world.rites.iter().flatten() {
                    let _ = now.accept(frame);
                }
            }
            _ => step = step.take().and_then(|now| close(world, now, &mut seen)),
        }
    }
    seen
}

fn frame(world: &World, input: &mut Input<'_>) -> Vec<u8> {
    let all: Vec<&Vec<u8>> = world.rites.iter().flatten().collect();
    let (which, how) = (input.index(all.len()), input.u8());
    let mut frame = all[which].clone();
    if how & 1 == 1 {
        let at = usize::from(input.u16()) % frame.len();
        frame[at] ^= how;
    }
    if how & 2 == 2 {
        world.keyring.sign(&mut frame);
    }
    frame
}

fn close(world: &World, now: Step, seen: &mut Seen) -> Option<Step> {
    let identity = world.keyring.signer(world.answerer_id(1));
    let complete = now.missing() == 0;
    let next = match now {
        Step::Joining(step) => step.close(identity).map(|step| Some(Step::Revealing(step))),
        Step::Revealing(step) => step.close().map(|step| Some(Step::Sharing(step))),
        Step::Sharing(step) => step.close().map(|(secret, key)| {
            assert_eq!(secret.key_id(), key.id());
            seen.ceremonies += 1;
            None
        }),
    };
    assert_eq!(next.is_ok(), complete);
    next.map_err(|error| seen.refused.push(error)).ok().flatten()
}
