//! A broken ring goes on without those who are silent, or its role is handed over.

use cmt_ring::{Error, Generation, Lost};
use meter_link::set::Members;
use meter_link::{Header, Round};

use super::super::world::{LAST, METERS};
use super::{Game, Ring, SUPPLIER};

impl Game<'_> {
    /// The concentrator takes these members out.
    pub fn heal(&mut self, index: usize, cut: &[u32], ahead: u8) -> bool {
        let (mut rng, at) = (self.rng(), self.at());
        let from = Round::from(self.now + u32::from(ahead % 4));
        let everybody: Vec<usize> = (0..METERS).collect();
        let number = self.next_generation(&everybody);
        let device = &mut self.devices[index];
        let Some(mut book) = device.book.take() else { return false };
        let (before, generation) = (device.face(), book.generation());
        let healed = book.heal(&mut device.meter, &device.link, at, from, Generation(number), cut, &mut rng);
        if healed.is_err() {
            assert_eq!((device.face(), book.generation()), (before, generation));
        }
        device.book = Some(book);
        let Some(prepared) = self.noted(healed) else { return false };
        self.devices[index].generations.push(prepared.record().to_vec());
        let frames = prepared.stored();
        let Ring { mut order, root, .. } = self.rings[&generation.0].clone();
        order.retain(|member| !cut.contains(&(*member as u32)));
        self.rings.insert(number, Ring { order, from: from.to_u32(), root });
        self.generation = number;
        for (id, frame) in frames.members {
            self.post(self.world.index(id).unwrap(), &frame);
        }
        self.post(SUPPLIER, &frames.supplier);
        self.seen.healed += 1;
        true
    }

    /// A member's part of it.
    pub fn healed(&mut self, index: usize, frame: &[u8]) -> Result<(), Error> {
        let (at, world) = (self.at(), self.world);
        let device = &mut self.devices[index];
        let around = device.meter.healed_neighbours(frame)?.map(|position| world.listed(position as usize));
        let prepared = device.meter.heal(&device.link, at, frame, &around)?;
        device.generations.push(prepared.record().to_vec());
        prepared.stored();
        Ok(())
    }

    /// What the concentrator makes of the supplier's notice.
    pub fn silent(&mut self, index: usize, frame: &[u8]) -> Vec<u32> {
        let (at, world) = (self.at(), self.world);
        let Some(book) = &self.devices[index].book else { return Vec::new() };
        let Ok(lost) = Lost::verify(&world.view, at, frame) else { return Vec::new() };
        let silent = book.silent(&lost);
        let silent = self.noted(silent).unwrap_or_default();
        silent.iter().map(|member| member.position).collect()
    }

    /// A round that misses some; the ring without them; the next round.
    pub fn lose_and_heal(&mut self, silent: u8) {
        let from = self.pool.len();
        self.whole_round(silent);
        self.flush(from);
        let lead = self.supplier.concentrator().and_then(|id| self.world.index(id));
        let notice = self.pool.iter().rev().find(|post| post.frame[2] == 43 && Some(post.to) == lead);
        let (Some(lead), Some(notice)) = (lead, notice.cloned()) else { return };
        let cut = self.silent(lead, &notice.frame);
        let from = self.pool.len();
        if self.heal(lead, &cut, 1) {
            self.flush(from);
            self.now += 1;
            self.whole_round(0);
        }
    }

    /// The concentrator says who is next.
    pub fn hand_over(&mut self, index: usize, set: &[usize]) {
        let at = self.at();
        let number = self.next_generation(set);
        let mut marks = Members::none(METERS as u32);
        set.iter().for_each(|index| marks.set(*index as u32, true));
        let device = &self.devices[index];
        let Some(book) = &device.book else { return };
        let handed = device.meter.hand_over(book, at, at, Generation(number), &marks);
        if let Some((id, frame)) = self.noted(handed) {
            self.post(self.world.index(id).unwrap(), &frame);
        }
    }

    /// The term is over, and the concentrator says who is next, who claims.
    pub fn pass_role(&mut self, set: &[usize]) {
        let lead = self.supplier.concentrator().and_then(|id| self.world.index(id));
        let (Some(lead), Some(until)) = (lead, self.supplier.until()) else { return };
        self.now = self.now.max(until.to_u32()).min(LAST);
        let from = self.pool.len();
        self.hand_over(lead, set);
        self.flush(from);
    }

    /// Whoever is named claims.
    pub fn take_over(&mut self, index: usize, frame: &[u8]) -> Result<(), Error> {
        let at = self.at();
        let handed = self.devices[index].meter.handed_over(at, frame)?;
        assert_eq!(handed.from, Header::parse(frame)?.round);
        let set: Vec<usize> = handed.members.positions().map(|position| position as usize).collect();
        if handed.from == at && self.claim(index, handed.generation.0, &set) {
            self.seen.handed_over += 1;
        }
        Ok(())
    }
}
