//! A meter with its flash, and what it does with a frame.

use std::collections::BTreeMap;

use cmt_ring::{Book, Error, Licence};
use meter_link::{Header, Identity, Kind, LinkSecret, Round};

use super::super::world::{self, Mark, World, reading};
use super::Game;
use chacha20::ChaCha20Rng;
use rand_core::SeedableRng;

pub struct Device {
    pub index: usize,
    pub meter: world::Device,
    pub mark: Mark,
    pub identity: Identity,
    pub link: LinkSecret,
    pub licence: Option<[u8; Licence::LEN]>,
    /// Of the ring that it is concentrator of; lost with the power.
    pub book: Option<Book>,
    /// Latest first.
    pub states: Vec<Vec<u8>>,
    /// In the order of writing.
    pub generations: Vec<Vec<u8>>,
    pub marks: Vec<Vec<u8>>,
    /// By generation, by round.
    pub first_keys: BTreeMap<u32, Vec<u8>>,
    pub started: BTreeMap<u32, Vec<u8>>,
    pub sent: BTreeMap<u32, Vec<u8>>,
}

impl Device {
    pub fn new(world: &World, index: usize) -> Self {
        let id = world.id(index);
        Device {
            index,
            meter: world.meter(index),
            mark: Mark::new(),
            identity: world.ring.identity(id),
            link: world.ring.link(id),
            licence: None,
            book: None,
            states: Vec::new(),
            generations: Vec::new(),
            marks: Vec::new(),
            first_keys: BTreeMap::new(),
            started: BTreeMap::new(),
            sent: BTreeMap::new(),
        }
    }

    /// From what was stored, records in some order; with one of the states, or none.
    pub fn restart(&mut self, world: &World, choice: u8) {
        self.meter = match self.states.get(usize::from(choice >> 4)) {
            Some(state) => world.meter_from(self.index, state).unwrap(),
            None => world.meter(self.index),
        };
        self.mark = Mark::new();
        self.book = None;
        let from = usize::from(choice);
        for n in 0..self.generations.len() {
            self.meter.replay(&self.generations[(n + from) % self.generations.len()]).unwrap();
        }
        for n in 0..self.marks.len() {
            self.mark.replay(&self.marks[(n + from) % self.marks.len()]).unwrap();
        }
        if let Some(licence) = &self.licence {
            self.meter.restore_licence(&Licence::from_bytes(licence).unwrap()).unwrap();
        }
    }

    /// Stores the state, latest first.
    pub fn store(&mut self) {
        self.states.insert(0, self.state());
        self.states.truncate(8);
    }

    pub fn state(&self) -> Vec<u8> {
        let mut out = vec![0; self.meter.state_len()];
        let len = self.meter.to_bytes(&mut out).unwrap().len();
        assert_eq!(len, out.len());
        out
    }

    /// All that a step changes.
    pub fn face(&self) -> (Vec<u8>, String) {
        (self.state(), format!("{:?} {:?}", self.meter.circling(), self.mark))
    }

    /// The same device once more, as it would be after a restart from its present state.
    pub fn twin(&self, world: &World) -> Self {
        Device {
            meter: world.meter_from(self.index, &self.state()).unwrap(),
            mark: self.mark_again(),
            licence: self.licence,
            generations: self.generations.clone(),
            marks: self.marks.clone(),
            first_keys: self.first_keys.clone(),
            started: self.started.clone(),
            sent: self.sent.clone(),
            ..Device::new(world, self.index)
        }
    }

    fn mark_again(&self) -> Mark {
        let mut mark = Mark::new();
        self.marks.iter().for_each(|record| mark.replay(record).unwrap());
        mark
    }
}

impl Game<'_> {
    pub fn rng(&mut self) -> ChaCha20Rng {
        ChaCha20Rng::seed_from_u64(self.draw())
    }

    /// A frame for a meter.
    pub fn device_takes(&mut self, index: usize, frame: &[u8]) -> bool {
        let Ok(header) = Header::parse(frame) else { return false };
        let before = self.devices[index].face();
        let outcome = match header.kind {
            Kind::Token => self.join(index, &header, frame),
            Kind::FirstKey => return self.first_key(index, frame),
            Kind::Seat => self.seat(index, frame),
            Kind::Heal => self.healed(index, frame),
            Kind::Start => self.start(index, &header, frame),
            Kind::Delta => self.delta(index, &header, frame),
            _ => self.managed(index, &header, frame),
        };
        let taken = self.noted(outcome).is_some();
        assert!(taken || self.devices[index].face() == before, "{:?}", header.kind);
        taken
    }

    fn join(&mut self, index: usize, header: &Header, frame: &[u8]) -> Result<(), Error> {
        let mut rng = self.rng();
        let (at, world) = (self.at(), self.world);
        let lead = world.index(header.sender).ok_or(cmt_ring::Malformed::BadField)?;
        let device = &mut self.devices[index];
        let mut out = [0; 128];
        let lead_entry = world.listed(lead);
        let joined = device.meter.join(&device.link, at, &lead_entry, frame, &mut out, &mut rng)?;
        device.generations.push(joined.record().to_vec());
        let answer = joined.stored().to_vec();
        let generation = u32::from_le_bytes(*answer[16..].first_chunk().unwrap());
        assert!(device.first_keys.insert(generation, answer.clone()).is_none(), "a second first key");
        self.post(lead, &answer);
        Ok(())
    }

    fn seat(&mut self, index: usize, frame: &[u8]) -> Result<(), Error> {
        let world = self.world;
        let device = &mut self.devices[index];
        let around = device.meter.neighbours(frame)?.map(|position| world.listed(position as usize));
        device.meter.seat(&device.link, frame, &around)
    }

    fn start(&mut self, index: usize, header: &Header, frame: &[u8]) -> Result<(), Error> {
        let mut rng = self.rng();
        let (at, round) = (self.at(), header.round);
        let device = &mut self.devices[index];
        let (mut out, value) = ([0; 128], reading(index, round.to_u32()));
        let started = device.meter.start(&mut device.mark, at, round, &value, frame, &mut out, &mut rng)?;
        device.marks.push(started.record().to_vec());
        let delta = started.stored().to_vec();
        let twice = device.started.insert(round.to_u32(), delta.clone()).is_some();
        assert!(!twice && !device.sent.contains_key(&round.to_u32()), "a second start");
        self.pass_on(index, &delta);
        Ok(())
    }

    fn delta(&mut self, index: usize, header: &Header, frame: &[u8]) -> Result<(), Error> {
        let mut rng = self.rng();
        let (at, round) = (self.at(), header.round);
        let device = &mut self.devices[index];
        let mut out = [0; 256];
        if device.meter.is_concentrator() {
            let own = device.meter.close(at, frame, &mut out)?.to_vec();
            let round = Header::parse(&own).unwrap().round;
            device.send(round, own.clone());
            self.post(super::SUPPLIER, &own);
            return Ok(());
        }
        let value = reading(index, round.to_u32());
        let sent = device.meter.relay(&mut device.mark, at, round, &value, frame, &mut out, &mut rng)?;
        device.marks.push(sent.record().to_vec());
        let sent = sent.stored();
        let (own, delta) = (sent.contribution.to_vec(), sent.delta.to_vec());
        device.send(round, own.clone());
        self.post(super::SUPPLIER, &own);
        self.pass_on(index, &delta);
        Ok(())
    }

    /// δ goes to the next place of the ring that its sender sits in.
    fn pass_on(&mut self, index: usize, delta: &[u8]) {
        let generation = self.devices[index].meter.generation().map(|generation| generation.0);
        let ring = generation.and_then(|number| self.rings.get(&number));
        let ring = ring.map(|ring| ring.order.clone()).unwrap_or_default();
        let next =
            ring.iter().position(|member| *member == index).map(|place| ring[(place + 1) % ring.len()]);
        self.post(next.unwrap_or((index + 1) % world::METERS), delta);
    }

    /// Derived δ.
    pub fn contribute(&mut self, index: usize, round: u32) {
        let at = self.at();
        let device = &mut self.devices[index];
        let before = device.face();
        let (mut out, value) = ([0; 128], reading(index, round));
        match device.meter.contribute(&mut device.mark, at, Round::from(round), &value, &mut out) {
            Ok(prepared) => {
                device.marks.push(prepared.record().to_vec());
                let own = prepared.stored().to_vec();
                device.send(Round::from(round), own.clone());
                self.post(super::SUPPLIER, &own);
            }
            Err(error) => {
                assert_eq!(device.face(), before);
                self.seen.refused.push(error);
            }
        }
    }
}

impl Device {
    fn send(&mut self, round: Round, frame: Vec<u8>) {
        assert!(self.sent.insert(round.to_u32(), frame).is_none(), "a second ciphertext");
    }
}
