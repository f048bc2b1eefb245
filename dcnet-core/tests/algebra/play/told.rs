//! What meters are told, and what comes of it.

use dcnet_core::{Meter, Neighbour};
use meter_link::answer::AnswererLink;
use meter_link::round::frame_hash;
use meter_link::{HighWater, Round};

use super::{Message, Play};
use crate::coalition::Without;
use crate::group::Seats;

impl Play {
    pub(super) fn open(&mut self, round: u32, p: usize, which: usize) {
        let present = self.opens[which].clone();
        let frame = self.world.forger.open(round, self.meters[p].last_final, &present);
        self.hear(p, Message { round, set: present, pass: 0, is_final: false, frame });
    }

    pub(super) fn close(&mut self, round: u32, p: usize, set: &[bool], is_final: bool) {
        let told = &self.meters[p];
        let pass = (told.pass + 1).min(3);
        let wrong = self.dice.one_in(16);
        let previous = if wrong { b"another".as_slice() } else { &told.last };
        let forger = &self.world.forger;
        let frame = match (is_final, self.all.plan.seats) {
            (true, Seats::Nobody) => forger.last_close(round, pass, previous, set),
            (true, _) => forger.close(round, pass, previous, Some(&self.quorum), set),
            (false, _) => forger.close(round, pass, previous, None, set),
        };
        self.hear(p, Message { round, set: set.to_vec(), pass, is_final, frame });
    }

    pub(super) fn hear(&mut self, p: usize, message: Message) {
        let (told, device) = (&mut self.meters[p], &mut self.world.devices[p]);
        told.history.push(message.clone());
        if message.pass == 0 {
            let repeated = told.open.as_ref().is_some_and(|open| open.frame == message.frame);
            if device.open(&message.frame).is_ok() && !repeated {
                told.last.clone_from(&message.frame);
                told.pass = 0;
                told.open = Some(message);
            }
            return;
        }
        let Ok((repair, record)) = device.close(&message.frame) else { return };
        told.closes.push(record);
        told.last.clone_from(&message.frame);
        told.pass = message.pass;
        if message.is_final {
            told.last_final = Some((Round::from(message.round), frame_hash(&message.frame)));
        }
        if let Some(repair) = repair {
            let open = told.open.as_ref().unwrap();
            assert_eq!(open.round, message.round);
            let present = open.set.clone();
            self.all.repair(p, &repair, &present, &message.set);
        }
    }

    pub(super) fn contribute(&mut self, round: u32, p: usize, second: bool) {
        if self.all.without == Without::MeterRecords && second {
            // It has forgotten, and is told the Open anew.
            let open = self.meters[p].open.clone();
            self.world.devices[p] = self.all.plan.device(p);
            if let Some(open) = open {
                self.hear_again(p, &open);
            }
        }
        let reading = if second { self.all.second(p, round) } else { self.all.reading(p, round) };
        if let Ok((frame, record)) = self.world.devices[p].contribute(round, &[reading]) {
            self.meters[p].marks.push(record);
            let present = self.meters[p].open.as_ref().unwrap().set.clone();
            self.all.contribution(p, &frame, &present, second);
            if self.dice.one_in(3) {
                self.save(p);
            }
        }
    }

    pub(super) fn hear_again(&mut self, p: usize, open: &Message) {
        let told = &mut self.meters[p];
        if self.world.devices[p].open(&open.frame).is_ok() {
            told.last.clone_from(&open.frame);
            told.pass = 0;
        }
    }

    pub(super) fn save(&mut self, p: usize) {
        let meter = &self.world.devices[p].meter;
        let mut out = vec![0; meter.state_len()];
        meter.to_bytes(&mut out).unwrap();
        let told = &mut self.meters[p];
        told.saved = Some((out, told.open.clone(), told.closes.len()));
    }

    /// The power goes: the records are there, and maybe a state of some time before.
    pub(super) fn reboot(&mut self, p: usize) {
        let (told, plan) = (&mut self.meters[p], self.all.plan);
        let mut device = plan.device(p);
        let mut since = 0;
        match &told.saved {
            Some((state, open, closes)) if self.dice.one_in(2) => {
                let links = (0..plan.params().answerers()).map(|_| AnswererLink::default()).collect();
                let storage = (1..plan.meters).map(|_| Neighbour::default()).collect();
                let meter = Meter::from_bytes(&plan.params(), &self.world.view, links, storage, state);
                device.meter = meter.unwrap();
                told.open.clone_from(open);
                since = *closes;
            }
            _ => told.open = None,
        }
        if self.all.without == Without::MeterRecords {
            (device.mark, since) = (HighWater::new(), told.closes.len());
        } else {
            told.marks.iter().for_each(|mark| device.mark.replay(mark).unwrap());
        }
        told.closes[since..].iter().for_each(|record| device.meter.replay(record).unwrap());
        self.world.devices[p] = device;
    }
}
