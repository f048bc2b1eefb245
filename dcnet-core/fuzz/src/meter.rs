//! A meter in arrays, without a heap, with buffers of any length, any order of rounds, clocks, frames and reboots.
//!
//! `position u8 ‖ steps`. What must hold is what [`Device`] says; a buffer that is too short is left alone.

use dcnet_core::{Meter, Misuse, Neighbour};
use meter_link::answer::{AnswererLink, Quorum};
use meter_link::round::{CloseFields, OpenFields, frame_hash};
use meter_link::{Channels, PartyId, Round};

use super::input::Input;
use super::keyring::checked;
use super::roles::{Device, start};
use super::world::{CHANNELS, FIRST, LAST, METERS, World, state, world};

const STEPS: usize = 64;

type Pairs = [Neighbour; METERS - 1];
type Links = [AnswererLink; 4];

fn arrays(_: &World) -> (Links, Pairs) {
    (Links::default(), Pairs::default())
}

pub fn run(data: &[u8]) {
    play(data);
}

/// What the meter has sent and refused.
pub fn play(data: &[u8]) -> (usize, usize, Vec<dcnet_core::Error>) {
    let world = world(0);
    let mut input = Input::new(data);
    let position = input.index(METERS);
    let mut device: Device<Pairs, Links> = Device::new(world, arrays, position, &world.meters[position]);
    let (mut frames, mut now): (Vec<Vec<u8>>, u32) = (vec![start(0).meters[0].clone()], FIRST);
    for _ in 0..STEPS {
        if input.is_empty() {
            break;
        }
        let round = Round::from(now);
        match input.u8() % 16 {
            0 | 1 => now = (now + u32::from(input.u8() % 128)).min(LAST + 4),
            2 => now = now.saturating_sub(u32::from(input.u8() % 8)),
            3..=5 => {
                let frame = open(world, &frames, now, &mut input);
                device.open(round, &frame);
                frames.push(frame);
            }
            6 | 7 => {
                let choice = input.u8();
                let at = (now + u32::from(choice & 7)).saturating_sub(if choice & 7 > 3 { 5 } else { 0 });
                let mut reading = vec![i64::from(input.u32().cast_signed()), i64::from(choice) - 99];
                reading.resize(CHANNELS + usize::from(choice == 255), 0);
                let room = room(world.params.contribution_len(), input.u8());
                device.contribute(round, at, &reading, room);
            }
            8..=10 => {
                let Some(frame) = close(world, &frames, &mut input) else { continue };
                let room = room(world.params.repair_len(), input.u8());
                device.close(round, &frame, room);
                frames.push(frame);
            }
            11 => device.store(),
            12 => device.restart(input.u8(), input.u8()),
            13 => {
                let len = state_room(&device.role, input.u8());
                let mut record = input.upto(42).to_vec();
                if len & 1 == 0 {
                    checked(&mut record);
                }
                device.replay(&record);
            }
            14 => {
                // Some frame of before, with one bit turned over or none.
                let (back, flip) = (input.u8(), input.u8());
                let mut frame = frames[frames.len() - 1 - usize::from(back) % frames.len()].clone();
                if flip & 1 == 1 {
                    let at = usize::from(flip >> 1) % frame.len();
                    frame[at] ^= 1 << (back & 7);
                }
                match flip >> 1 & 1 {
                    0 => drop(device.open(round, &frame)),
                    _ => drop(device.close(round, &frame, world.params.repair_len())),
                }
            }
            _ => other_session(&mut device, now, &mut input),
        }
    }
    (device.sent.len(), device.repairs.len(), device.refused)
}

/// A buffer of the right length, or of any.
fn room(right: usize, choice: u8) -> usize {
    match choice {
        0..=99 => right,
        100..=199 => right + usize::from(choice % 20),
        _ => usize::from(choice - 200).min(right),
    }
}

/// The state in a buffer of any length; returns the length.
fn state_room(role: &Meter<Pairs, Links>, choice: u8) -> usize {
    let len = role.state_len();
    let given = (len + usize::from(choice)).saturating_sub(128);
    let mut out = vec![0xaa; given];
    match role.to_bytes(&mut out) {
        Ok(written) => assert!(given >= len && written == state(role)),
        Err(error) => {
            assert!(given < len && error == Misuse::WrongLength.into());
            assert!(out.iter().all(|byte| *byte == 0xaa));
        }
    }
    given
}

/// Rounds near now, after any frame, for whomever.
fn open(world: &World, frames: &[Vec<u8>], now: u32, input: &mut Input<'_>) -> Vec<u8> {
    let (choice, back, present) = (input.u8(), input.u8(), input.marks(METERS));
    let round = Round::from((now + u32::from(choice & 7)).saturating_sub(3));
    let named = &frames[frames.len() - 1 - usize::from(back) % frames.len()];
    let at = Round::from(now.saturating_sub(u32::from(choice >> 4)));
    let previous = Some((at, frame_hash(named))).filter(|_| choice & 8 != 0 && at != round);
    let mut out = vec![0; OpenFields::max_len(METERS as u32)];
    let fields = OpenFields { round, previous, present: &present };
    fields.sign(&world.view, world.ring.signer(PartyId::UTILITY), &mut out).unwrap().to_vec()
}

/// After some Open or Close, of its round.
fn close(world: &World, frames: &[Vec<u8>], input: &mut Input<'_>) -> Option<Vec<u8>> {
    let (back, flags, set) = (input.u8(), input.u8(), input.marks(METERS));
    let before = &frames[frames.len() - 1 - usize::from(back) % frames.len()];
    let round = u32::from_le_bytes(before[12..16].try_into().unwrap());
    let is_final = flags & 1 == 1;
    let fields = CloseFields {
        round: Round::from(round.saturating_add(u32::from(flags >> 5))),
        pass: 1 + (flags >> 1) % 3,
        previous: frame_hash(before),
        quorum: is_final.then(|| Quorum::new(&[1, 2, 4]).unwrap()),
        is_final,
        set: &set,
    };
    let mut out = vec![0; CloseFields::max_len(METERS as u32, 4)];
    let frame = fields.sign(&world.view, world.ring.signer(PartyId::UTILITY), &mut out);
    frame.ok().map(|frame| frame.to_vec())
}

/// Another session of the device, with other rounds, takes intervals of these channels.
fn other_session(device: &mut Device<Pairs, Links>, now: u32, input: &mut Input<'_>) {
    let (choice, after) = (input.u8(), input.u8());
    let channels = Channels { first: (choice & 3).into(), count: ((choice >> 2) & 3).into() };
    let mut schedule = world(0).params.group().schedule;
    schedule.period *= 1 + u32::from(choice >> 4);
    let round = (u64::from(now + u32::from(after % 8)) * 900 / u64::from(schedule.period)) as u32;
    if device.elsewhere(channels, &schedule, Round::from(round)) {
        let (start, end) = schedule.interval(Round::from(round)).unwrap();
        // What this session has sent of these channels is not in it.
        let shared = channels.first < 3 && channels.first + channels.count > 1;
        let overlaps = |round: &u32| {
            let (from, to) = (u64::from(*round) * 900, u64::from(*round) * 900 + 900);
            from < end && start < to
        };
        assert!(!shared || !device.sent.keys().any(overlaps));
    }
}
