//! A ring in memory: supplier and meters with their stores, who exchange bytes.
#![allow(dead_code)] // each test file uses its part

use chacha20::ChaCha20Rng;
use cmt_ring::order::Order;
use cmt_ring::{
    Book, Collecting, Error, Formed, Forming, Generation, Healing, Listed, Meter, Mode, Params, Sum, Supplier,
};
use meter_link::cohort::{Cohort, Plan};
use meter_link::roster::{Inclusion, List, Roster};
use meter_link::{
    Channels, EpochView, GroupConfig, GroupId, GroupParams, HighWater, Identity, LinkSecret, PartyId, Role,
    Round,
};
use rand_core::{CryptoRng, SeedableRng};

/// Room for channels on every device.
pub(crate) const ROOM: usize = 3;
pub(crate) type Device = Meter<ROOM>;

/// A device with its flash.
pub(crate) struct Member {
    pub(crate) meter: Device,
    pub(crate) link: LinkSecret,
    pub(crate) identity: Identity,
    pub(crate) mark: HighWater<ROOM>,
    pub(crate) listed: Listed,
    /// Records in the order of writing.
    pub(crate) marks: Vec<Vec<u8>>,
    pub(crate) generations: Vec<Vec<u8>>,
}

pub(crate) struct World {
    pub(crate) params: Params,
    pub(crate) view: EpochView,
    pub(crate) roster: Roster,
    pub(crate) supplier: Supplier,
    /// The supplier's.
    pub(crate) identity: Identity,
    pub(crate) link: LinkSecret,
    pub(crate) members: Vec<Member>,
    /// Who sits at which place, as indices into `members`.
    pub(crate) ring: Vec<usize>,
    /// The concentrator's.
    pub(crate) book: Option<Book>,
    /// Every frame that reached the supplier, and every one between meters.
    pub(crate) to_supplier: Vec<Vec<u8>>,
    pub(crate) between_meters: Vec<Vec<u8>>,
    pub(crate) rng: ChaCha20Rng,
}

pub(crate) fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

pub(crate) fn round(round: u32) -> Round {
    Round::from(round)
}

pub(crate) fn params(mode: Mode, channels: u16) -> Params {
    let config = GroupConfig { channels, max_reading: 1_000_000, ..Params::config(GroupId(7)) };
    Params::new(GroupParams::new(config).unwrap(), mode).unwrap()
}

impl World {
    /// `count` meters with ids 1000, 1010, …, an epoch of the rounds 0 … 999, and no ring yet.
    pub(crate) fn new(count: usize, mode: Mode, channels: u16, seed: u64) -> Self {
        Self::with(params(mode, channels), count, seed)
    }

    pub(crate) fn with(params: Params, count: usize, seed: u64) -> Self {
        let mut rng = rng(seed);
        let ids: Vec<PartyId> = (0..count).map(|i| PartyId(1000 + 10 * i as u32)).collect();
        let plan = Plan {
            group: params.group(),
            session: params.session(),
            epoch: 3,
            first_round: round(0),
            last_round: round(999),
            meters: &ids,
            answerers: &[],
            answerer_role: Role::Holder,
        };
        let Cohort { view, roster, utility, meters, .. } = Cohort::form(&plan, &mut rng).unwrap();
        let supplier = Supplier::new(&params, &view, &roster, utility.link.twin()).unwrap();
        let members = (0u32..).zip(meters).map(|(position, party)| {
            let listed = Listed { position, peer: roster.meters()[position as usize].peer() };
            Member {
                meter: Device::new(&params, &view, &listed, channels(&params)).unwrap(),
                link: party.link,
                identity: party.identity,
                mark: HighWater::new(),
                listed,
                marks: Vec::new(),
                generations: Vec::new(),
            }
        });
        let members = members.collect();
        World {
            params,
            view,
            supplier,
            identity: utility.identity,
            link: utility.link,
            members,
            roster,
            ring: Vec::new(),
            book: None,
            to_supplier: Vec::new(),
            between_meters: Vec::new(),
            rng,
        }
    }

    /// Places of a generation's ring, as indices into `members`.
    pub(crate) fn draw(&self, generation: u32, present: &[usize]) -> Vec<usize> {
        Order::arrange(self.view.epoch(), Generation(generation), present).unwrap()
    }

    /// Opens a generation of these members (ascending).
    pub(crate) fn open(
        &mut self,
        generation: u32,
        from: u32,
        present: &[usize],
    ) -> Result<Forming<ROOM>, Error> {
        let lead = self.draw(generation, present)[0];
        let listed: Vec<Listed> = present.iter().map(|i| self.members[*i].listed).collect();
        let Member { meter, link, generations, .. } = &mut self.members[lead];
        let from = round(from);
        let prepared =
            Forming::open(meter, link, from, from, Generation(generation), &listed, &mut self.rng)?;
        generations.push(prepared.record().to_vec());
        Ok(prepared.stored())
    }

    /// The member's answer to its token.
    pub(crate) fn join(
        &mut self,
        member: usize,
        lead: usize,
        from: u32,
        token: &[u8],
    ) -> Result<Vec<u8>, Error> {
        let concentrator = self.members[lead].listed;
        let Member { meter, link, generations, .. } = &mut self.members[member];
        let mut out = [0u8; 256];
        let prepared = meter.join(link, round(from), &concentrator, token, &mut out, &mut self.rng)?;
        generations.push(prepared.record().to_vec());
        Ok(prepared.stored().to_vec())
    }

    /// The member takes its place; its neighbours' entries are proven to be in the roster.
    pub(crate) fn seat(&mut self, member: usize, frame: &[u8]) -> Result<(), Error> {
        let around = self.members[member].meter.neighbours(frame)?.map(|position| self.listed(position));
        let Member { meter, link, .. } = &mut self.members[member];
        meter.seat(link, frame, &around)
    }

    /// A roster entry, with its proof checked as a meter without the roster does.
    pub(crate) fn listed(&self, position: u32) -> Listed {
        let leaf = position + 1;
        let path = self.roster.path(List::Roster, leaf as usize);
        let proof: Inclusion<'_> = self.roster.inclusion(List::Roster, leaf, &path);
        let member = &self.roster.meters()[position as usize];
        proof.verify(member, List::Roster, &self.view.epoch().roster_root).unwrap();
        Listed { position, peer: member.peer() }
    }

    /// Tokens out, first keys in, ring closed; the supplier does not know yet.
    pub(crate) fn form_unregistered(&mut self, generation: u32, from: u32, present: &[usize]) -> Formed {
        let mut forming = self.open(generation, from, present).unwrap();
        let ring = self.draw(generation, present);
        let tokens: Vec<(PartyId, Vec<u8>)> = forming.tokens().map(|(id, t)| (id, t.to_vec())).collect();
        for (id, token) in tokens {
            let answer = self.join(self.index(id), ring[0], from, &token).unwrap();
            assert_eq!(forming.accept(&answer), Ok(id));
            self.between_meters.extend([token, answer]);
        }
        assert_eq!(forming.missing().count(), 0);
        let formed = forming.close(&mut self.members[ring[0]].meter).unwrap();
        for (id, frame) in &formed.seats {
            self.seat(self.index(*id), frame).unwrap();
            self.between_meters.push(frame.clone());
        }
        self.ring = ring;
        formed
    }

    /// A whole generation.
    pub(crate) fn form(&mut self, generation: u32, from: u32, present: &[usize]) {
        let formed = self.form_unregistered(generation, from, present);
        let lead = self.at(0).listed.peer.id;
        self.supplier.register(round(from), lead, &formed.group_key).unwrap();
        self.to_supplier.push(formed.group_key);
        self.book = Some(formed.book);
    }

    /// The concentrator cuts members (indices) out of the ring; nobody else knows yet.
    pub(crate) fn cut(&mut self, generation: u32, from: u32, cut: &[usize]) -> Result<Healing, Error> {
        let lead = self.ring[0];
        let positions: Vec<u32> = cut.iter().map(|i| self.members[*i].listed.position).collect();
        let Member { meter, link, generations, .. } = &mut self.members[lead];
        let (book, from) = (self.book.as_mut().unwrap(), round(from));
        let generation = Generation(generation);
        let prepared = book.heal(meter, link, from, from, generation, &positions, &mut self.rng)?;
        generations.push(prepared.record().to_vec());
        Ok(prepared.stored())
    }

    /// A member takes its Heal frame.
    pub(crate) fn take_heal(&mut self, member: usize, from: u32, frame: &[u8]) -> Result<(), Error> {
        let around =
            self.members[member].meter.healed_neighbours(frame)?.map(|position| self.listed(position));
        let Member { meter, link, generations, .. } = &mut self.members[member];
        let prepared = meter.heal(link, round(from), frame, &around)?;
        generations.push(prepared.record().to_vec());
        prepared.stored();
        Ok(())
    }

    /// The device loses all but its records.
    pub(crate) fn reboot(&mut self, member: usize) {
        let Member { meter, listed, generations, .. } = &mut self.members[member];
        *meter = Device::new(&self.params, &self.view, listed, channels(&self.params)).unwrap();
        generations.iter().for_each(|record| meter.replay(record).unwrap());
    }

    /// The ring goes on without these members (indices).
    pub(crate) fn heal(&mut self, generation: u32, from: u32, cut: &[usize]) {
        let healing = self.cut(generation, from, cut).unwrap();
        for (id, frame) in healing.members {
            self.take_heal(self.index(id), from, &frame).unwrap();
            self.between_meters.push(frame);
        }
        assert_eq!(self.supplier.heal(round(from), &healing.supplier), Ok(Generation(generation)));
        self.to_supplier.push(healing.supplier);
        self.ring.retain(|member| !cut.contains(member));
    }

    pub(crate) fn form_all(&mut self, generation: u32, from: u32) {
        let everybody: Vec<usize> = (0..self.members.len()).collect();
        self.form(generation, from, &everybody);
    }

    pub(crate) fn index(&self, id: PartyId) -> usize {
        self.members.iter().position(|m| m.listed.peer.id == id).unwrap()
    }

    pub(crate) fn at(&mut self, place: usize) -> &mut Member {
        let index = self.ring[place];
        &mut self.members[index]
    }

    /// The concentrator's δ.
    pub(crate) fn start(&mut self, r: u32, reading: &[i64], request: &[u8]) -> Result<Vec<u8>, Error> {
        let lead = self.ring[0];
        let Member { meter, mark, marks, .. } = &mut self.members[lead];
        let mut out = [0u8; 128];
        let prepared = meter.start(mark, round(r), round(r), reading, request, &mut out, &mut self.rng)?;
        marks.push(prepared.record().to_vec());
        Ok(prepared.stored().to_vec())
    }

    /// The ciphertext and δ of the member at a place.
    pub(crate) fn relay(
        &mut self,
        place: usize,
        r: u32,
        reading: &[i64],
        delta: &[u8],
    ) -> Result<(Vec<u8>, Vec<u8>), Error> {
        let mut draws = std::mem::replace(&mut self.rng, rng(0));
        let sent = self.relay_with(place, r, reading, delta, &mut draws);
        self.rng = draws;
        sent
    }

    /// The same with a δ from elsewhere.
    pub(crate) fn relay_with(
        &mut self,
        place: usize,
        r: u32,
        reading: &[i64],
        delta: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Result<(Vec<u8>, Vec<u8>), Error> {
        let index = self.ring[place];
        let Member { meter, mark, marks, .. } = &mut self.members[index];
        let mut out = [0u8; 256];
        let prepared = meter.relay(mark, round(r), round(r), reading, delta, &mut out, rng)?;
        marks.push(prepared.record().to_vec());
        let sent = prepared.stored();
        Ok((sent.contribution.to_vec(), sent.delta.to_vec()))
    }

    /// The last δ closes the ring: the concentrator's ciphertext.
    pub(crate) fn close(&mut self, r: u32, delta: &[u8]) -> Result<Vec<u8>, Error> {
        let mut out = [0u8; 128];
        Ok(self.at(0).meter.close(round(r), delta, &mut out)?.to_vec())
    }

    /// The ciphertext of the member at a place, with derived δ.
    pub(crate) fn contribute(&mut self, place: usize, r: u32, reading: &[i64]) -> Result<Vec<u8>, Error> {
        let index = self.ring[place];
        let Member { meter, mark, marks, .. } = &mut self.members[index];
        let mut out = [0u8; 128];
        let prepared = meter.contribute(mark, round(r), round(r), reading, &mut out)?;
        marks.push(prepared.record().to_vec());
        Ok(prepared.stored().to_vec())
    }

    /// All ciphertexts of a round by place; `readings` go by place too.
    pub(crate) fn ciphertexts(&mut self, r: u32, readings: &[Vec<i64>]) -> (Collecting, Vec<Vec<u8>>) {
        let collecting = self.supplier.open(round(r), round(r)).unwrap();
        let mut frames = vec![Vec::new(); self.ring.len()];
        let Some(request) = collecting.start().map(<[u8]>::to_vec) else {
            for (place, frame) in frames.iter_mut().enumerate() {
                *frame = self.contribute(place, r, &readings[place]).unwrap();
            }
            return (collecting, frames);
        };
        let mut delta = self.start(r, &readings[0], &request).unwrap();
        for place in 1..frames.len() {
            self.between_meters.push(delta.clone());
            (frames[place], delta) = self.relay(place, r, &readings[place], &delta).unwrap();
        }
        self.between_meters.push(delta.clone());
        frames[0] = self.close(r, &delta).unwrap();
        (collecting, frames)
    }

    /// A round in which everybody sends.
    pub(crate) fn round(&mut self, r: u32, readings: &[Vec<i64>]) -> Result<Sum, Error> {
        let (mut collecting, frames) = self.ciphertexts(r, readings);
        for frame in &frames {
            collecting.accept(frame).unwrap();
        }
        assert_eq!(collecting.missing().count(), 0);
        self.to_supplier.extend(frames);
        collecting.close()
    }
}

pub(crate) fn channels(params: &Params) -> Channels {
    Channels { first: 0, count: params.group().channels }
}

/// Per channel, what a round must give.
pub(crate) fn truth(readings: &[Vec<i64>]) -> Vec<i64> {
    (0..readings[0].len()).map(|n| readings.iter().map(|row| row[n]).sum()).collect()
}

/// The ciphertext words of a contribution frame.
pub(crate) fn words(frame: &[u8]) -> Vec<u64> {
    let payload = &frame[16..frame.len() - 16];
    payload.as_chunks().0.iter().map(|word| u64::from_le_bytes(*word)).collect()
}
