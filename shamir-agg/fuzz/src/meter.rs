//! A meter and the mark of its device in any order of rounds, clocks, readings and reboots: no interval leaves twice.
//!
//! The mark is stored record by record before a frame is sent, the meter's state from time to time.

use std::collections::BTreeMap;

use meter_link::{Channels, Round};

use super::input::Input;
use super::world::{CHANNELS, FIRST, LAST, Links, Mark, WINDOW, World, world};
use shamir_agg::Meter;

const STEPS: usize = 64;

struct Device<'w> {
    world: &'w World,
    meter: Meter<Links>,
    mark: Mark,
    records: Vec<Vec<u8>>,
    states: Vec<Vec<u8>>,
    sent: BTreeMap<u32, Vec<u8>>,
}

pub fn run(data: &[u8]) {
    let world = world();
    let mut input = Input::new(data);
    let state = &world.meters[input.index(world.meters.len())];
    let mut device = Device {
        world,
        meter: world.meter(state).unwrap(),
        mark: Mark::new(),
        records: Vec::new(),
        states: vec![state.clone()],
        sent: BTreeMap::new(),
    };
    let mut now = FIRST;
    for _ in 0..STEPS {
        if input.is_empty() {
            return;
        }
        match input.u8() % 8 {
            0 => now = (now + u32::from(input.u8() % 32)).min(LAST + 4),
            1 => now = now.saturating_sub(u32::from(input.u8() % 8)),
            2 => device.states.push(world.meter_bytes(&device.meter)),
            3 => device.restart(input.u8(), input.u8()),
            4 => device.other_session(now, &mut input),
            5 => {
                // Rounds far away, and outside the epoch.
                let round = input.u32();
                device.contribute(now, round, &[1, 2], CHANNELS);
            }
            _ => {
                let choice = input.u8();
                let round = (now + u32::from(choice & 7)).saturating_sub(3);
                let reading = [input.u32().cast_signed().into(), i64::from(choice) - 99];
                device.contribute(now, round, &reading, CHANNELS + usize::from(choice >> 7));
            }
        }
    }
}

impl Device<'_> {
    fn contribute(&mut self, now: u32, round: u32, reading: &[i64; CHANNELS], channels: usize) {
        let (now, at) = (Round::from(now), Round::from(round));
        let mut values = reading.to_vec();
        values.resize(channels, 0);
        let mut out = vec![0xaa; self.world.params.contribution_len() + usize::from(round & 1 == 1)];
        let before = (self.world.meter_bytes(&self.meter), format!("{:?}", self.mark));
        match self.meter.contribute(&mut self.mark, now, at, &values, &mut out) {
            Ok(prepared) => {
                assert!((FIRST..=LAST).contains(&round) && now.to_u32().abs_diff(round) <= 2);
                assert!(channels == CHANNELS && values.iter().all(|value| value.unsigned_abs() <= 1_000_000));
                self.records.push(prepared.record().to_vec());
                let frame = prepared.stored().to_vec();
                assert_eq!(frame.len(), self.world.params.contribution_len());
                assert!(self.sent.insert(round, frame).is_none(), "round {round} left twice");
                assert!(self.sent.range(round + 1..).next().is_none(), "a round behind a later one");
            }
            Err(_) => {
                assert!(out.iter().all(|byte| *byte == 0xaa));
                assert_eq!((self.world.meter_bytes(&self.meter), format!("{:?}", self.mark)), before);
            }
        }
    }

    /// Some state of before, the mark by all of its records in some order; or the mark alone is lost, or the state.
    fn restart(&mut self, choice: u8, order: u8) {
        if choice & 3 != 1 {
            let state = &self.states[usize::from(choice >> 2) % self.states.len()];
            self.meter = self.world.meter(state).unwrap();
        }
        if choice & 3 != 2 {
            self.mark = Mark::new();
            let count = self.records.len();
            for i in 0..count {
                let record = &self.records[(i + usize::from(order)) % count];
                self.mark.replay(record).unwrap();
            }
        }
    }

    /// Another session of the device, with other rounds, takes intervals of these channels.
    fn other_session(&mut self, now: u32, input: &mut Input<'_>) {
        let (choice, after) = (input.u8(), input.u8());
        let channels = Channels { first: (choice & 3).into(), count: ((choice >> 2) & 3).into() };
        let mut schedule = self.world.params.group().schedule;
        schedule.period *= 1 + u32::from(choice >> 4);
        let round =
            (u64::from(now + u32::from(after % WINDOW as u8)) * 900 / u64::from(schedule.period)) as u32;
        if let Ok(record) = self.mark.take(channels, &schedule, Round::from(round)) {
            self.records.push(record.to_vec());
            let (start, end) = schedule.interval(Round::from(round)).unwrap();
            // What this session has sent of these channels is not in it.
            let shared = channels.first < 3 && channels.first + channels.count > 1;
            let overlaps = |round: &u32| {
                let (from, to) = (u64::from(*round) * 900, u64::from(*round) * 900 + 900);
                from < end && start < to
            };
            assert!(!shared || !self.sent.keys().any(overlaps));
        }
    }
}
