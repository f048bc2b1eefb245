//! A meter and the mark of its device in any order of rounds, clocks, readings, prepared pairs and reboots: no interval
//! leaves twice, no R is used twice, and what leaves opens to the reading.

use std::collections::{BTreeMap, BTreeSet};

use chacha20::ChaCha8Rng;
use chacha20::rand_core::SeedableRng;
use meter_link::{Channels, Identity, Round};
use threshold_elgamal::{Ciphertext, Error, Meter, Pair, Verifier};

use super::input::Input;
use super::world::{CHANNELS, FIRST, LAST, MAX_READING, Mark, World, opened, plain, table, world};

const STEPS: usize = 24;

struct Device<'w> {
    world: &'w World,
    verifier: Verifier,
    place: usize,
    meter: Meter<Identity>,
    mark: Mark,
    records: Vec<Vec<u8>>,
    /// By round and channel.
    pairs: Vec<((u32, u16), Pair)>,
    sent: BTreeMap<u32, Vec<u8>>,
    used: BTreeSet<Vec<u8>>,
    rng: ChaCha8Rng,
}

pub fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let choice = input.u8();
    let world = if choice & 1 == 0 { world() } else { plain() };
    let place = usize::from(choice >> 1) % world.roster.meters().len();
    let mut device = Device {
        world,
        verifier: Verifier::new(&world.params, &world.view, &world.roster, world.keys.group_key()).unwrap(),
        place,
        meter: world.meter(place),
        mark: Mark::new(),
        records: Vec::new(),
        pairs: Vec::new(),
        sent: BTreeMap::new(),
        used: BTreeSet::new(),
        rng: ChaCha8Rng::seed_from_u64(choice.into()),
    };
    let mut now = FIRST;
    for _ in 0..STEPS {
        if input.is_empty() {
            return;
        }
        match input.u8() % 8 {
            0 => now = (now + u32::from(input.u8() % 32)).min(LAST + 4),
            1 => now = now.saturating_sub(u32::from(input.u8() % 8)),
            2 => device.restart(input.u8()),
            3 => device.prepare(now, input.u8()),
            4 => device.other_session(now, &mut input),
            5 => {
                // Rounds far away, and outside the epoch.
                let round = input.u32();
                device.contribute(now, round, &[1, 2], false);
            }
            way => {
                let choice = input.u8();
                let round = (now + u32::from(choice & 7)).saturating_sub(3);
                let mut reading = vec![input.u16().cast_signed().into(), i64::from(choice) - 99];
                reading.resize(CHANNELS + usize::from(choice >> 7), 0);
                device.contribute(now, round, &reading, way == 7);
            }
        }
    }
}

impl Device<'_> {
    fn contribute(&mut self, now: u32, round: u32, reading: &[i64], prepared: bool) {
        let (now, at) = (Round::from(now), Round::from(round));
        let mut out = vec![0xaa; self.world.params.contribution_len() + usize::from(round & 1 == 1)];
        let before = format!("{:?}", self.mark);
        let (meter, mark, rng) = (&self.meter, &mut self.mark, &mut self.rng);
        let mut fits = true;
        let done = if prepared {
            // Two of them, whichever: the last that fit, or others.
            let mut take = |channel: u16| {
                let place = self.pairs.iter().rposition(|(of, _)| *of == (round, channel));
                fits &= place.is_some();
                let place = place.or_else(|| self.pairs.len().checked_sub(1))?;
                Some(self.pairs.remove(place).1)
            };
            let (Some(first), Some(second)) = (take(0), take(1)) else { return };
            meter.contribute_with(mark, now, at, reading, [first, second], &mut out)
        } else {
            meter.contribute(mark, now, at, reading, &mut out, rng)
        };
        match done.map(|prepared| (prepared.record().to_vec(), prepared.stored().to_vec())) {
            Ok((record, frame)) => {
                assert!((FIRST..=LAST).contains(&round) && now.to_u32().abs_diff(round) <= 2 && fits);
                assert!(reading.len() == CHANNELS && reading.iter().all(|value| value.abs() <= MAX_READING));
                self.records.push(record);
                assert!(self.sent.range(round..).next().is_none(), "round {round} behind a later one");
                self.check(at, reading, &frame);
                self.sent.insert(round, frame);
            }
            Err(error) => {
                assert!(out.iter().all(|byte| *byte == 0xaa));
                assert_eq!(format!("{:?}", self.mark), before);
                assert!(fits || matches!(error, Error::Misuse(_)));
            }
        }
    }

    /// What leaves is accepted, and holds the reading.
    fn check(&mut self, round: Round, reading: &[i64], frame: &[u8]) {
        assert_eq!(frame.len(), self.world.params.contribution_len());
        let taken = self.verifier.verify(round, frame).unwrap();
        assert_eq!(taken.meter(), self.world.roster.meters()[self.place].id);
        let channels = frame[16..frame.len() - 64].chunks((frame.len() - 80) / CHANNELS);
        for (bytes, reading) in channels.zip(reading) {
            assert!(self.used.insert(bytes[..32].to_vec()), "R is used twice");
            let ciphertext = Ciphertext::from_bytes(bytes[..64].try_into().unwrap()).unwrap();
            let share = |number: u8| (number, self.world.share(number).decryption_share(ciphertext.r()));
            let point = opened(&ciphertext, &[share(1), share(2), share(4)]);
            assert_eq!(table().solve(&point, -MAX_READING..=MAX_READING), Ok(*reading));
        }
    }

    fn prepare(&mut self, now: u32, choice: u8) {
        let (round, channel) = ((now + u32::from(choice & 7)).saturating_sub(3), u16::from(choice >> 3) % 3);
        match self.meter.prepare(Round::from(round), channel, &mut self.rng) {
            Ok(pair) => {
                assert!((FIRST..=LAST).contains(&round) && usize::from(channel) < CHANNELS);
                self.pairs.push(((round, channel), pair));
            }
            Err(_) => assert!(!(FIRST..=LAST).contains(&round) || usize::from(channel) >= CHANNELS),
        }
    }

    /// All is lost but the records of the mark, which come in some order.
    fn restart(&mut self, order: u8) {
        self.meter = self.world.meter(self.place);
        self.pairs.clear();
        self.mark = Mark::new();
        let count = self.records.len();
        for i in 0..count {
            let record = &self.records[(i + usize::from(order)) % count];
            self.mark.replay(record).unwrap();
        }
    }

    /// Another session of the device, with other rounds, takes intervals of these channels.
    fn other_session(&mut self, now: u32, input: &mut Input<'_>) {
        let (choice, after) = (input.u8(), input.u8());
        let channels = Channels { first: (choice & 3).into(), count: ((choice >> 2) & 3).into() };
        let mut schedule = self.world.params.group().schedule;
        schedule.period *= 1 + u32::from(choice >> 4);
        let round = (u64::from(now + u32::from(after % 8)) * 900 / u64::from(schedule.period)) as u32;
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
