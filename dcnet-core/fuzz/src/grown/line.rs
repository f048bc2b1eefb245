//! Frames between meters, through the relay, on a bad line.

use dcnet_core::grown::NOTICE_LEN;
use meter_link::{PartyId, Round};

use super::super::input::Input;
use super::super::world::METERS;
use super::{Game, all, listed};

impl Game {
    pub fn offer(&mut self, from: usize, to: usize, ahead: u8) {
        let (now, first) = (self.now(), Round::from(self.now + u32::from(ahead % 11)));
        let before = all(&self.devices[from]);
        let device = &mut self.devices[from];
        let mut out = [0; NOTICE_LEN];
        match device.grown.offer(now, first, listed(to), &device.identity, &mut self.rng, &mut out) {
            Ok(frame) => {
                let frame = frame.to_vec();
                self.send(from, &frame);
            }
            Err(_) => assert_eq!(all(&self.devices[from]), before),
        }
    }

    /// A frame to the relay, and through it.
    pub fn send(&mut self, from: usize, frame: &[u8]) {
        let before = self.registrar.to_bytes().unwrap();
        match self.registrar.relay(self.now(), frame) {
            Ok(to) => {
                for id in to {
                    let to = self.world.roster.position(id).unwrap();
                    self.queue.push((from, to, frame.to_vec()));
                }
            }
            Err(_) => {
                assert_eq!(self.registrar.to_bytes().unwrap(), before);
                self.seen.refused += 1;
            }
        }
    }

    /// Frames in some order: lost, repeated, with a bit turned over, for another, or as they are.
    pub fn deliver_some(&mut self, input: &mut Input<'_>) {
        let (count, choice) = (input.u8() % 16, input.u8());
        for _ in 0..count {
            if self.queue.is_empty() {
                return;
            }
            let at = usize::from(choice >> 3) % self.queue.len();
            let (from, to, mut frame) = self.queue.remove(at);
            match choice & 7 {
                0 => continue,
                1 => self.queue.push((from, to, frame.clone())),
                2 => {
                    let bit = usize::from(choice) * 5 % (8 * frame.len());
                    frame[bit / 8] ^= 1 << (bit % 8);
                    assert!(!self.hand(from, to, &frame), "a changed frame was taken");
                    continue;
                }
                3 => drop(self.hand(from, (to + 1) % METERS, &frame)),
                _ => {}
            }
            self.hand(from, to, &frame);
        }
    }

    /// One frame to one meter, and its reply. Whether it was taken.
    pub fn hand(&mut self, from: usize, to: usize, frame: &[u8]) -> bool {
        let (now, before) = (self.now(), all(&self.devices[to]));
        let device = &mut self.devices[to];
        let mut out = [0; NOTICE_LEN];
        let peer = listed(from);
        match device.grown.accept(now, peer, frame, &device.identity, &mut self.rng, &mut out) {
            Ok(step) => {
                let (reply, next) = (step.reply.map(<[u8]>::to_vec), step.pair_with);
                reply.into_iter().for_each(|reply| self.send(to, &reply));
                next.into_iter().for_each(|next| self.offer(to, next as usize, 2));
                true
            }
            Err(_) => {
                assert_eq!(all(&self.devices[to]), before);
                self.seen.refused += 1;
                false
            }
        }
    }

    /// Exits that some neighbour has not heard of.
    pub fn owed(&mut self) {
        let owed: Vec<(Vec<PartyId>, Vec<u8>)> =
            self.registrar.owed().map(|(to, frame)| (to, frame.to_vec())).collect();
        for (to, frame) in owed {
            let sender = meter_link::Header::parse(&frame).unwrap().sender;
            let from = self.world.roster.position(sender).unwrap();
            for id in to {
                self.queue.push((from, self.world.roster.position(id).unwrap(), frame.clone()));
            }
        }
    }
}
