//! The relay, the line to it, and what devices do of themselves.

use dcnet_core::Error;
use dcnet_core::grown::{GrownMeter, NOTICE_LEN, Registrar, exit_len, statement_len};
use meter_link::round::Open;
use meter_link::{HighWater, PartyId, Round};
use rand_core::Rng;

use crate::world::{ROOM, TARGET, World, slots};

impl World {
    /// A frame on its way to the relay, and through it.
    pub(crate) fn send(&mut self, from: usize, frame: Vec<u8>) {
        if self.chance(self.faults.lost) {
            return;
        }
        self.seen.extend(&frame);
        let now = self.now();
        // A frame that comes too late to lead to anything is not passed on.
        let Ok(to) = self.registrar.relay(now, &frame) else { return };
        let stored = self.registrar.to_bytes().unwrap();
        self.registrar = Registrar::from_bytes(&self.params, self.utility.parties(), &stored).unwrap();
        for id in to {
            let to = self.position(id);
            let copies = 1 + usize::from(self.chance(self.faults.twice));
            for _ in 0..copies {
                self.queue.push((from, to, frame.clone()));
            }
        }
    }

    /// Hands everything out that is under way, and what comes of it.
    pub(crate) fn deliver(&mut self) {
        while !self.queue.is_empty() {
            let index =
                if self.faults.reordered { self.rng.next_u64() as usize % self.queue.len() } else { 0 };
            let (from, to, frame) = self.queue.remove(index);
            let hears = self.devices[to].wants && !self.devices[to].off;
            if hears && !self.chance(self.faults.lost) {
                let _ = self.hand(from, to, &frame);
            }
        }
    }

    /// One frame to one meter.
    pub(crate) fn hand(&mut self, from: usize, to: usize, frame: &[u8]) -> Result<(), Error> {
        let (now, peer) = (self.now(), self.listed(from));
        let device = &mut self.devices[to];
        let mut out = [0; NOTICE_LEN];
        let step = device.grown.accept(now, &peer, frame, &device.identity, &mut self.rng, &mut out)?;
        let reply = step.reply.map(<[u8]>::to_vec);
        device.ring.extend(step.pair_with);
        if self.power_fails(to) {
            return Ok(());
        }
        if let Some(reply) = reply {
            self.send(to, reply);
        }
        Ok(())
    }

    pub(crate) fn offer(&mut self, from: usize, to: usize) -> Result<Vec<u8>, Error> {
        let (now, first, peer) = (self.now(), Round::from(self.now + 2), self.listed(to));
        let device = &mut self.devices[from];
        let mut out = [0; NOTICE_LEN];
        let frame = device.grown.offer(now, first, &peer, &device.identity, &mut self.rng, &mut out)?;
        Ok(frame.to_vec())
    }

    /// Who is short of neighbours draws more, who owes an offer to a ring makes it, and everybody repeats what is not
    /// settled.
    pub(crate) fn register(&mut self, open: Option<&[u8]>) {
        for place in 0..self.devices.len() {
            let now = self.now();
            let device = &mut self.devices[place];
            if device.off || !device.wants {
                continue;
            }
            let ring: Vec<u32> = std::mem::take(&mut device.ring).into_iter().collect();
            let mut partners = [0; TARGET];
            let present = open.map(|open| Open::verify(open, &self.view, now).unwrap().present);
            let around =
                device.grown.neighbours().filter(|peer| present.is_none_or(|set| set.contains(*peer)));
            let have = around.count() + device.grown.offered().count();
            let missing = TARGET.saturating_sub(have);
            let drawn = device.grown.draw(now, open, &mut self.rng, &mut partners[..missing]).unwrap();
            let mut unsettled: Vec<u32> = device.grown.unsettled().collect();
            // The utility asks for more.
            let asked = self.registrar.unsettled(Round::from(self.now + 1)).into_iter();
            unsettled.extend(
                asked.flat_map(|(a, b)| [(a, b), (b, a)]).filter(|(a, _)| *a == place as u32).map(|p| p.1),
            );
            for peer in ring.into_iter().chain(partners[..drawn].iter().copied()) {
                if let Ok(frame) = self.offer(place, peer as usize) {
                    self.send(place, frame);
                }
            }
            for peer in unsettled {
                let peer = self.listed(peer as usize);
                let device = &self.devices[place];
                let mut out = [0; NOTICE_LEN];
                let again = device.grown.resend(&peer, &device.identity, &mut out).unwrap();
                if let Some(frame) = again.map(<[u8]>::to_vec) {
                    self.send(place, frame);
                }
            }
        }
        self.deliver();
        let owed: Vec<(Vec<PartyId>, Vec<u8>)> =
            self.registrar.owed().map(|(to, frame)| (to, frame.to_vec())).collect();
        for (to, frame) in owed {
            let from = self.position(meter_link::Header::parse(&frame).unwrap().sender);
            for id in to {
                let to = self.position(id);
                self.queue.push((from, to, frame.clone()));
            }
        }
        self.deliver();
    }

    /// Who has something to state does so; who is not named present says it again. The record is stored first.
    pub(crate) fn state(&mut self, place: usize) {
        let now = self.now();
        let device = &mut self.devices[place];
        if device.off {
            return;
        }
        let mut out = vec![0; statement_len(ROOM)];
        let mut record = vec![0; device.grown.state_len()];
        let frame = if device.grown.is_due(now) {
            let Ok(prepared) = device.grown.enter(now, &mut out, &mut record) else { return };
            device.stored = Some(prepared.record().to_vec());
            let frame = prepared.stored().to_vec();
            if self.power_fails(place) {
                return;
            }
            frame
        } else {
            let Ok(frame) = device.grown.statement(&mut out) else { return };
            frame.to_vec()
        };
        self.tell(&frame);
    }

    /// A frame to the utility, three times over a bad line.
    pub(crate) fn tell(&mut self, frame: &[u8]) {
        for _ in 0..3 {
            if !self.chance(self.faults.lost) {
                self.seen.extend(frame);
                let now = self.now();
                let _ = self.registrar.accept(now, frame);
            }
        }
    }

    pub(crate) fn leave(&mut self, place: usize) {
        let now = self.now();
        let device = &mut self.devices[place];
        let mut out = vec![0; exit_len(ROOM)];
        let mut record = vec![0; device.grown.state_len()];
        let prepared = device.grown.leave(now, &device.identity, &mut out, &mut record).unwrap();
        device.stored = Some(prepared.record().to_vec());
        let frame = prepared.stored().to_vec();
        device.leaving = true;
        for _ in 0..3 {
            self.send(place, frame.clone());
        }
        self.deliver();
    }

    pub(crate) fn all_state(&mut self) {
        (0..self.devices.len()).for_each(|place| self.state(place));
    }

    /// A power cut: what was stored is all that is left.
    pub(crate) fn reboot(&mut self, place: usize) {
        let fresh = match &self.devices[place].stored {
            Some(stored) => GrownMeter::from_bytes(self.plan.meter(place), slots(), stored).unwrap(),
            None => self.plan.grown(place),
        };
        let device = &mut self.devices[place];
        device.grown = fresh;
        device.mark = HighWater::new();
        device.marks.iter().for_each(|record| device.mark.replay(record).unwrap());
        device.ring.clear();
    }

    /// Whether this was the step after which the power went.
    fn power_fails(&mut self, place: usize) -> bool {
        let Some(left) = self.devices[place].cut else { return false };
        self.devices[place].cut = left.checked_sub(1);
        if left == 0 {
            self.reboot(place);
        }
        left == 0
    }
}
