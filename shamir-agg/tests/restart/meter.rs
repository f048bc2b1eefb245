//! A meter without power at every moment: no interval twice, no pad twice, the same bytes otherwise.

use meter_link::HighWater;
use meter_link::answer::AnswererLink;
use shamir_agg::{Meter, Misuse};

use crate::group::{DEVICE_CHANNELS, Device, FIRST, Plan, World, readings};

const ROUNDS: u32 = 12;
const POSITION: usize = 3;

/// What one device stored and sent when nothing was disturbed.
struct Life {
    plan: Plan,
    /// State before each round, and after the last.
    states: Vec<Vec<u8>>,
    records: Vec<Vec<u8>>,
    frames: Vec<Vec<u8>>,
}

fn state(device: &Device, len: usize) -> Vec<u8> {
    let mut out = vec![0; len];
    device.meter.to_bytes(&mut out).unwrap().to_vec()
}

impl Life {
    fn new() -> Self {
        let plan = Plan::billed(12, 5);
        let (mut device, len) = (plan.device(POSITION), plan.params().meter_state_len());
        let mut life = Life { plan, states: vec![state(&device, len)], records: vec![], frames: vec![] };
        for n in 0..ROUNDS {
            let (frame, record) = device.contribute(FIRST + n, &life.reading(n)).unwrap();
            life.frames.push(frame);
            life.records.push(record);
            life.states.push(state(&device, len));
        }
        life
    }

    fn reading(&self, n: u32) -> Vec<i64> {
        readings(&self.plan, FIRST + n)[POSITION].clone().unwrap()
    }

    /// The device with a state and all records: no link secret anywhere.
    fn rebooted(&self, world: &World, state: &[u8], records: &[Vec<u8>]) -> Device {
        let storage: Vec<AnswererLink> = (0..4).map(|_| AnswererLink::default()).collect();
        let meter = Meter::from_bytes(&world.params, &world.view, storage, state).unwrap();
        let mut mark = HighWater::<DEVICE_CHANNELS>::new();
        records.iter().rev().for_each(|record| mark.replay(record).unwrap());
        let mut device = self.plan.device(POSITION);
        (device.meter, device.mark) = (meter, mark);
        device
    }
}

#[test]
fn a_meter_without_power_everywhere() {
    let life = Life::new();
    let world = World::new(life.plan);
    for at in 0..=ROUNDS {
        // Nothing of the round is stored; its record, and its frame may have left or not.
        for stored in [at, at + 1] {
            for state in (0..=at as usize).chain([at as usize + 1]) {
                if stored > ROUNDS || state > stored as usize {
                    continue; // a state is stored after the record
                }
                let records = &life.records[..stored as usize];
                let mut device = life.rebooted(&world, &life.states[state], records);
                for n in 0..stored {
                    let mut other = life.reading(n);
                    other[0] += 1;
                    let twice = device.contribute(FIRST + n, &other).unwrap_err();
                    let step_is_over = n / 5 < (state as u32).saturating_sub(1) / 5;
                    let expected = if step_is_over { Misuse::OutOfOrder } else { Misuse::TimeAlreadyUsed };
                    assert_eq!(twice, expected.into());
                }
                for n in stored..ROUNDS {
                    let (frame, record) = device.contribute(FIRST + n, &life.reading(n)).unwrap();
                    assert_eq!((&frame, &record), (&life.frames[n as usize], &life.records[n as usize]));
                }
            }
        }
    }
}

/// A mark that lost its records: the state alone still refuses the rounds that it knows of.
#[test]
fn a_state_guards_its_own_rounds() {
    let life = Life::new();
    let world = World::new(life.plan);
    let mut device = life.rebooted(&world, &life.states[4], &[]);
    for n in 0..4 {
        let used = device.contribute(FIRST + n, &life.reading(n)).unwrap_err();
        assert_eq!(used, Misuse::TimeAlreadyUsed.into());
    }
    assert_eq!(device.contribute(FIRST + 4, &life.reading(4)).unwrap().0, life.frames[4]);
}

/// The state holds no key of a ratchet step that is over.
#[test]
fn a_state_of_a_step_does_not_read_the_steps_before() {
    let life = Life::new();
    let world = World::new(life.plan);
    let mut device = life.rebooted(&world, &life.states[6], &[]);
    let over = device.contribute(FIRST + 3, &life.reading(3)).unwrap_err();
    assert_eq!(over, Misuse::OutOfOrder.into());
    assert_eq!(device.contribute(FIRST + 6, &life.reading(6)).unwrap().0, life.frames[6]);
}
