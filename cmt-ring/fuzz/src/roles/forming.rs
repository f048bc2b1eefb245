//! Generations: who opens them, and what becomes of the answers.

use cmt_ring::order::Order;
use cmt_ring::{Forming, Generation, Listed};
use meter_link::PartyId;

use super::super::world::METERS;
use super::{Game, Opened, Post, Ring, SUPPLIER};

impl Game<'_> {
    /// The member that the draw makes concentrator opens a generation of these members.
    pub fn open(&mut self, set: &[usize]) -> bool {
        let number = self.next_generation(set);
        let world = self.world;
        let Ok(ring) = Order::arrange(world.view.epoch(), Generation(number), set) else { return false };
        let Some(lead) = ring.first().copied() else { return false };
        if world.params.mean_term().is_some() && !self.claim(lead, number, set) {
            return false;
        }
        let (mut rng, at) = (self.rng(), self.at());
        let listed: Vec<Listed> = set.iter().map(|index| world.listed(*index)).collect();
        let device = &mut self.devices[lead];
        let before = device.face();
        let opened =
            Forming::open(&mut device.meter, &device.link, at, at, Generation(number), &listed, &mut rng);
        if opened.is_err() {
            assert_eq!(device.face(), before);
        }
        let Some(prepared) = self.noted(opened) else { return false };
        self.generation = number;
        let device = &mut self.devices[lead];
        device.generations.push(prepared.record().to_vec());
        let forming = prepared.stored();
        let tokens: Vec<(PartyId, Vec<u8>)> =
            forming.tokens().map(|(id, token)| (id, token.to_vec())).collect();
        for (id, token) in tokens {
            self.post(world.index(id).unwrap(), &token);
        }
        self.opened = Some(Opened { lead, number, from: self.now, set: ring, forming });
        true
    }

    pub fn next_generation(&self, set: &[usize]) -> u32 {
        let known = set.iter().map(|index| self.devices[*index].meter.next_generation().0);
        known.max().unwrap_or(1).max(self.generation + 1)
    }

    /// The concentrator's part of a FirstKey.
    pub fn first_key(&mut self, index: usize, frame: &[u8]) -> bool {
        let Some(Opened { lead, forming, .. }) = &mut self.opened else { return false };
        if *lead != index {
            return false;
        }
        let missing: Vec<PartyId> = forming.missing().collect();
        match forming.accept(frame) {
            Ok(_) => {
                assert!(forming.accept(frame).is_ok(), "the same again");
                true
            }
            Err(error) => {
                assert!(forming.missing().eq(missing));
                self.seen.refused.push(error);
                false
            }
        }
    }

    /// The joining interval is over.
    pub fn close_ring(&mut self) -> bool {
        let Some(Opened { lead, number, from, set, forming }) = self.opened.take() else { return false };
        let formed = forming.close(&mut self.devices[lead].meter);
        let Some(formed) = self.noted(formed) else { return false };
        self.rings.insert(number, Ring { order: set, from, root: number });
        self.devices[lead].book = Some(formed.book);
        for (id, seat) in formed.seats {
            let to = self.world.index(id).unwrap();
            self.post(to, &seat);
        }
        self.post(SUPPLIER, &formed.group_key);
        self.seen.rings += 1;
        true
    }

    /// Hands out what was posted since, in order, answers too.
    pub fn flush(&mut self, from: usize) {
        let mut next = from;
        while let Some(post) = self.pool.get(next).cloned() {
            self.deliver(&post);
            next += 1;
            assert!(next < 10_000, "messages without end");
        }
    }

    /// A generation in which nothing goes wrong by itself.
    pub fn whole_generation(&mut self, set: &[usize]) -> bool {
        let from = self.pool.len();
        if self.world.params.mean_term().is_some() {
            set.iter().for_each(|index| self.ask(*index));
            self.flush(from);
        }
        let from = self.pool.len();
        if !self.open(set) {
            return false;
        }
        self.flush(from);
        let from = self.pool.len();
        let formed = self.close_ring();
        self.flush(from);
        formed
    }

    /// To everybody but one, and to the supplier.
    pub fn broadcast(&mut self, by: usize, frame: &[u8]) {
        let to = (0..=METERS).filter(|to| *to != by);
        self.pool.extend(to.map(|to| Post { to, frame: frame.to_vec() }));
    }
}
