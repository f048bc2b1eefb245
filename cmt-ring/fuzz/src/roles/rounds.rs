//! The supplier: what it takes, its rounds, and how it comes back.

use cmt_ring::{Collecting, Error, Mode, Supplier};
use meter_link::{Header, Kind, PartyId, Round};

use super::super::world::{CHANNELS, METERS, reading};
use super::{Game, Post, SUPPLIER};

impl Game<'_> {
    /// A frame for the supplier.
    pub fn supplier_takes(&mut self, frame: &[u8]) -> bool {
        let Ok(header) = Header::parse(frame) else { return false };
        if header.kind == Kind::Contribution {
            return self.contribution(frame);
        }
        let before = self.supplier.to_bytes().unwrap();
        let at = self.at();
        let outcome = match header.kind {
            Kind::GroupKey => self.supplier.register(at, header.sender, frame).map(|_| self.store()),
            Kind::Healed => self.supplier.heal(at, frame).map(|_| self.store()),
            Kind::LicenceRequest => {
                let identity = self.world.ring.signer(PartyId::UTILITY);
                let answer = self.supplier.licence(identity, at, frame);
                answer.map(|prepared| {
                    self.disk.1.push(prepared.record().to_vec());
                    let licence = prepared.stored();
                    self.post(self.world.index(header.sender).unwrap(), &licence);
                })
            }
            Kind::Claim => self.supplier.claimed(at, frame).map(|_| self.seen.claims += 1),
            _ => return false,
        };
        let taken = self.noted(outcome).is_some();
        assert!(taken || *self.supplier.to_bytes().unwrap() == *before, "{:?}", header.kind);
        taken
    }

    fn store(&mut self) {
        self.disk = (self.supplier.to_bytes().unwrap().to_vec(), Vec::new());
    }

    fn contribution(&mut self, frame: &[u8]) -> bool {
        let Some(collecting) = &mut self.collecting else { return false };
        let missing: Vec<PartyId> = collecting.missing().collect();
        match collecting.accept(frame) {
            Ok(_) => {
                let after: Vec<PartyId> = collecting.missing().collect();
                assert!(collecting.accept(frame).is_ok() && collecting.missing().eq(after), "the same again");
                true
            }
            Err(error) => {
                assert!(collecting.missing().eq(missing));
                self.seen.refused.push(error);
                false
            }
        }
    }

    pub fn open_round(&mut self) -> bool {
        let at = self.at();
        let before = self.supplier.to_bytes().unwrap();
        let Some(collecting) = ({
            let opened = self.supplier.open(at, at);
            self.noted(opened)
        }) else {
            assert_eq!(*self.supplier.to_bytes().unwrap(), *before);
            return false;
        };
        self.disk.1.push(self.supplier.progress().unwrap().to_vec());
        if let (Some(start), Some(lead)) = (collecting.start(), self.supplier.concentrator()) {
            let start = start.to_vec();
            self.post(self.world.index(lead).unwrap(), &start);
        }
        self.collecting = Some(collecting);
        true
    }

    /// The truth, or nothing.
    pub fn close_round(&mut self) {
        let Some(collecting) = self.collecting.take() else { return };
        let ring = self.rings.get(&collecting.generation().0);
        let ring = ring.map(|ring| ring.order.clone()).unwrap_or_default();
        match self.sum(collecting) {
            Ok((round, values, count)) => {
                self.seen.sums += 1;
                let mut truth = [0i64; CHANNELS];
                for index in &ring {
                    truth.iter_mut().zip(reading(*index, round)).for_each(|(sum, value)| *sum += value);
                }
                assert!(self.lied_to || (values == truth && count == ring.len()), "round {round}");
            }
            Err(error) => {
                assert!(self.lied_to || matches!(error, Error::Quorum { .. }), "{error:?}");
                self.seen.refused.push(error);
            }
        }
    }

    fn sum(&mut self, collecting: Collecting) -> Result<(u32, Vec<i64>, usize), Error> {
        let sum = collecting.close()?;
        Ok((sum.round.to_u32(), sum.values, sum.meters as usize))
    }

    /// Gives the round up, and says so.
    pub fn discard(&mut self) {
        let Some(collecting) = self.collecting.take() else { return };
        let identity = self.world.ring.signer(PartyId::UTILITY);
        let lost = self.supplier.discard(identity, collecting);
        let Some(prepared) = self.noted(lost) else { return };
        self.disk.1.push(prepared.record().to_vec());
        let frame = prepared.stored();
        self.broadcast(SUPPLIER, &frame);
        self.seen.lost += 1;
    }

    /// A round in which nothing goes wrong but that some are silent.
    pub fn whole_round(&mut self, silent: u8) {
        let from = self.pool.len();
        if !self.open_round() {
            return;
        }
        let away = |index: usize| (silent >> index) & 1 == 1;
        if self.world.params.mode() == Mode::Derived {
            for index in (0..METERS).filter(|index| !away(*index)) {
                self.contribute(index, self.now);
            }
        }
        let mut next = from;
        while let Some(Post { to, frame }) = self.pool.get(next).cloned() {
            if to == SUPPLIER || !away(to) {
                self.deliver(&Post { to, frame });
            }
            next += 1;
        }
        match self.collecting.as_ref().map(|collecting| collecting.missing().count()) {
            Some(0) => self.close_round(),
            _ => self.discard(),
        }
    }

    /// Its state and the records since, or an older state of which it has forgotten the rest.
    pub fn restart_supplier(&mut self, choice: u8) {
        let world = self.world;
        let (state, records) = &self.disk;
        let link = world.ring.link(PartyId::UTILITY);
        let supplier = Supplier::from_bytes(&world.params, &world.view, &world.roster, Some(link), state);
        let mut supplier = supplier.unwrap();
        for n in 0..records.len() {
            supplier.replay(&records[(n + usize::from(choice)) % records.len()]).unwrap();
        }
        self.supplier = supplier;
        self.collecting = None;
        self.seen.restarts += 1;
        // No round that was opened is opened again.
        if let Some(last) = self.last_opened() {
            let before = self.supplier.to_bytes().unwrap();
            assert!(self.supplier.open(last, last).is_err());
            assert_eq!(*self.supplier.to_bytes().unwrap(), *before);
        }
    }

    fn last_opened(&self) -> Option<Round> {
        let starts = self.disk.1.iter().filter(|record| record[0] == 27 && record[5] & 1 == 1);
        starts.map(|record| Round::from(u32::from_le_bytes(*record[6..].first_chunk().unwrap()))).max()
    }
}
