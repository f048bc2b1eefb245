//! Meters of a group with terms, their supplier and the network between them, in ticks. Frames may be lost, doubled, delayed
//! and so reordered; power fails wherever the test says.
#![allow(dead_code)] // each test file uses its part

use chacha20::ChaCha20Rng;
use cmt_ring::{Collecting, Entry, Error, Generation, Mode, Params, Supplier};
use meter_link::frame::Header;
use meter_link::{HighWater, Kind, PartyId};
use rand_core::{Rng, SeedableRng};
use zeroize::Zeroizing;

use crate::agent::{Agent, Surroundings, Ways};
use crate::ledger::Ledger;
use crate::ring::{Device, World, channels, params, round};

/// The supplier's deadline, after which the next generation can be made: once around the ring takes a tick a member.
const fn close(meters: usize) -> u32 {
    meters as u32 + 7
}

/// Of a round.
pub(crate) const fn ticks(meters: usize) -> u32 {
    close(meters) + 24
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum To {
    Meters,
    Meter(PartyId),
    Supplier,
}

#[derive(Clone, Debug)]
pub(crate) struct Letter {
    /// A meter, or the supplier for any other number.
    pub(crate) by: usize,
    pub(crate) to: To,
    pub(crate) frame: Vec<u8>,
}

const SUPPLIER: usize = usize::MAX;

/// Per cent of the frames, at each tick.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Weather {
    pub(crate) lost: u32,
    pub(crate) doubled: u32,
    pub(crate) delayed: u32,
}

/// What the test does, before a tick.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Deed {
    Off(usize),
    /// With nothing but what it has stored.
    On(usize),
    /// It was out of reach, and nothing else.
    Back(usize),
    /// Frames of this kind from this meter are lost.
    Mute(usize, Option<Kind>),
    Unmute(usize),
    /// The supplier loses its power and goes on from its disk.
    Restart,
}

/// How a round ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum End {
    /// A right sum of so many.
    Sum(usize),
    Discarded,
    /// No ring was there.
    None,
}

pub(crate) struct Town {
    pub(crate) world: World,
    pub(crate) agents: Vec<Agent>,
    entries: Vec<Entry>,
    ledger: Ledger,
    state: Option<Zeroizing<Vec<u8>>>,
    records: Vec<Vec<u8>>,
    collecting: Option<Collecting>,
    /// Whose GroupKey was taken for a generation.
    leads: Vec<(Generation, PartyId)>,
    letters: Vec<Letter>,
    muted: Vec<(usize, Option<Kind>)>,
    pub(crate) weather: Weather,
    pub(crate) ways: Ways,
    pub(crate) deeds: Vec<(u32, u32, Deed)>,
    pub(crate) now: u32,
    tick: u32,
    chance: ChaCha20Rng,
    pub(crate) ends: Vec<End>,
}

impl Town {
    pub(crate) fn new(meters: usize, mode: Mode, mean_term: u32, seed: u64) -> Self {
        let params: Params = params(mode, 1).with_terms(mean_term).unwrap();
        let world = World::with(params, meters, seed);
        let all = (0u32..).zip(world.roster.meters());
        let entries: Vec<Entry> = all.map(|(position, member)| Entry { position, member: *member }).collect();
        Town {
            agents: entries.iter().map(|entry| Agent::new(*entry, &world.view)).collect(),
            entries,
            world,
            ledger: Ledger::default(),
            state: None,
            records: Vec::new(),
            collecting: None,
            leads: Vec::new(),
            letters: Vec::new(),
            muted: Vec::new(),
            weather: Weather::default(),
            ways: Ways { heal: false, states: false, repeat: true },
            deeds: Vec::new(),
            now: 0,
            tick: 0,
            chance: ChaCha20Rng::seed_from_u64(seed),
            ends: Vec::new(),
        }
    }

    /// So many whole rounds; how they ended.
    pub(crate) fn run(&mut self, rounds: u32) -> &[End] {
        let before = self.ends.len();
        for _ in 0..rounds {
            for tick in 0..ticks(self.agents.len()) {
                self.tick = tick;
                let due = self.deeds.iter().filter(|(round, at, _)| (*round, *at) == (self.now, tick));
                let due: Vec<Deed> = due.map(|(.., deed)| *deed).collect();
                due.into_iter().for_each(|deed| self.does(deed));
                self.deliver();
                self.supply();
                for meter in 0..self.agents.len() {
                    self.act(meter, |agent, device, at| agent.tick(device, at));
                }
            }
            self.now += 1;
        }
        &self.ends[before..]
    }

    /// Rounds until one gives a sum of this many.
    pub(crate) fn until(&mut self, members: usize, most: u32) -> u32 {
        self.until_one(most, |end| end == End::Sum(members))
    }

    /// Rounds until one gives a sum.
    pub(crate) fn until_a_sum(&mut self, most: u32) -> u32 {
        self.until_one(most, |end| matches!(end, End::Sum(_)))
    }

    fn until_one(&mut self, most: u32, is: impl Fn(End) -> bool) -> u32 {
        for rounds in 1..=most {
            if is(self.run(1)[0]) {
                return rounds;
            }
        }
        panic!("not in {most} rounds: {:?}", self.ends);
    }

    /// How many generations the supplier knew, and how many of them were healings.
    pub(crate) fn generations(&self) -> (usize, usize) {
        (self.leads.len(), self.ledger.healed)
    }

    /// What the meters read, round by round.
    pub(crate) fn measure(&mut self, readings: Vec<Vec<i64>>) {
        self.ledger.measured = readings;
    }

    /// Who sits where in the ring that the supplier has.
    pub(crate) fn ring(&self) -> Vec<usize> {
        let generation = self.world.supplier.generation().unwrap();
        let members = self.ledger.members(generation, self.lead(generation));
        self.world.draw(generation.0, members)
    }

    /// How many claimed a generation in a round.
    pub(crate) fn claimants(&self, now: u32) -> usize {
        self.ledger.claimants(round(now))
    }

    fn lead(&self, generation: Generation) -> PartyId {
        self.leads.iter().rev().find(|(g, _)| *g == generation).unwrap().1
    }

    fn does(&mut self, deed: Deed) {
        match deed {
            Deed::Off(meter) => self.agents[meter].off = true,
            Deed::On(meter) => self.reboot(meter),
            Deed::Back(meter) => self.agents[meter].off = false,
            Deed::Mute(meter, kind) => self.muted.push((meter, kind)),
            Deed::Unmute(meter) => self.muted.retain(|(muted, _)| *muted != meter),
            Deed::Restart => self.restart(),
        }
    }

    /// All that was in memory is gone; records are on flash.
    fn reboot(&mut self, meter: usize) {
        let World { params, view, members, .. } = &mut self.world;
        let device = &mut members[meter];
        device.meter = match self.agents[meter].state.take() {
            Some(state) => {
                Device::from_bytes(params, view, &device.listed, channels(params), &state).unwrap()
            }
            None => Device::new(params, view, &device.listed, channels(params)).unwrap(),
        };
        device.mark = HighWater::new();
        device.marks.iter().for_each(|record| device.mark.replay(record).unwrap());
        device.generations.iter().for_each(|record| device.meter.replay(record).unwrap());
        self.agents[meter].reboot(device);
        self.agents[meter].off = false;
    }

    fn restart(&mut self) {
        let World { params, view, roster, link, .. } = &self.world;
        let mut supplier = match &self.state {
            Some(state) => Supplier::from_bytes(params, view, roster, Some(link.twin()), state).unwrap(),
            None => Supplier::new(params, view, roster, link.twin()).unwrap(),
        };
        self.records.iter().for_each(|record| supplier.replay(record).unwrap());
        self.world.supplier = supplier;
        // What was open is lost, and whoever waits for it shall know.
        if let Some(collecting) = self.collecting.take() {
            let lost = self.world.supplier.lost(&self.world.identity, collecting.round());
            if let Ok(prepared) = lost {
                self.records.push(prepared.record().to_vec());
                self.sent(To::Meters, prepared.stored());
            }
            self.ends.push(End::Discarded);
        }
    }

    fn act(
        &mut self,
        meter: usize,
        what: impl FnOnce(&mut Agent, &mut crate::ring::Member, &mut Surroundings<'_>),
    ) {
        if self.agents[meter].off {
            return;
        }
        let Town { world, agents, entries, ledger, ways, .. } = self;
        let World { params, view, members, rng, .. } = world;
        let (now, tick, out) = (round(self.now), self.tick, Vec::new());
        let close = close(agents.len());
        let (params, view, ways) = (*params, *view, *ways);
        let mut at = Surroundings { params, view, now, tick, close, entries, ways, ledger, rng, out };
        what(&mut agents[meter], &mut members[meter], &mut at);
        let out = at.out;
        if ways.states {
            let mut state = vec![0; members[meter].meter.state_len()];
            members[meter].meter.to_bytes(&mut state).unwrap();
            agents[meter].state = Some(state);
        }
        let kind = |letter: &Letter| Header::parse(&letter.frame).unwrap().kind;
        let muted = |letter: &Letter| {
            self.muted.iter().any(|(by, of)| *by == letter.by && of.is_none_or(|of| of == kind(letter)))
        };
        let kept: Vec<Letter> = out.into_iter().filter(|letter| !muted(letter)).collect();
        self.letters.extend(kept);
    }

    fn sent(&mut self, to: To, frame: Vec<u8>) {
        // The supplier too sends what matters more than once.
        let letter = Letter { by: SUPPLIER, to, frame };
        self.letters.extend([letter.clone(), letter]);
    }

    fn happens(&mut self, per_cent: u32) -> bool {
        self.chance.next_u32() % 100 < per_cent
    }

    fn deliver(&mut self) {
        let mut letters = std::mem::take(&mut self.letters);
        if self.weather.delayed > 0 {
            for n in (1..letters.len()).rev() {
                letters.swap(n, self.chance.next_u32() as usize % (n + 1));
            }
        }
        for letter in letters {
            let receivers: Vec<usize> = match letter.to {
                To::Meters => (0..self.agents.len()).filter(|meter| *meter != letter.by).collect(),
                To::Meter(id) => vec![self.world.index(id)],
                To::Supplier => vec![SUPPLIER],
            };
            for receiver in receivers {
                if self.happens(self.weather.lost) {
                    continue;
                }
                let alone = match receiver {
                    SUPPLIER => To::Supplier,
                    meter => To::Meter(self.entries[meter].member.id),
                };
                let again = Letter { to: alone, ..letter.clone() };
                if self.happens(self.weather.delayed) {
                    self.letters.push(again);
                    continue;
                }
                if self.happens(self.weather.doubled) {
                    self.letters.push(again);
                }
                if receiver == SUPPLIER {
                    self.take(&letter.frame);
                } else {
                    self.act(receiver, |agent, device, at| agent.hear(device, at, &letter.frame));
                }
            }
        }
    }

    /// A frame comes to the supplier.
    fn take(&mut self, frame: &[u8]) {
        let (now, header) = (round(self.now), Header::parse(frame).unwrap());
        let World { supplier, identity, .. } = &mut self.world;
        match header.kind {
            Kind::LicenceRequest => {
                let Ok(prepared) = supplier.licence(identity, now, frame) else { return };
                self.records.push(prepared.record().to_vec());
                let licence = prepared.stored().to_vec();
                self.sent(To::Meter(header.sender), licence);
            }
            Kind::Claim => _ = supplier.claimed(now, frame),
            Kind::GroupKey => {
                let Ok(generation) = supplier.register(now, header.sender, frame) else { return };
                self.leads.push((generation, header.sender));
                self.state = Some(supplier.to_bytes().unwrap());
                let lead = self.world.index(header.sender);
                self.act(lead, |agent, _, at| agent.taken(at));
            }
            Kind::Healed => {
                if let Ok(generation) = supplier.heal(now, frame) {
                    self.leads.push((generation, header.sender));
                    self.state = Some(supplier.to_bytes().unwrap());
                }
            }
            Kind::Contribution => {
                let Some(collecting) = &mut self.collecting else { return };
                let taken = collecting.accept(frame);
                let fault = matches!(taken, Err(Error::Fault { .. }) | Ok(_));
                assert!(fault, "{taken:?}");
            }
            _ => {}
        }
    }

    /// The supplier's own times: a round begins, and ends.
    fn supply(&mut self) {
        let now = round(self.now);
        if self.tick == 0 {
            let supplier = &mut self.world.supplier;
            let Ok(collecting) = supplier.open(now, now) else { return };
            self.records.push(supplier.progress().unwrap().to_vec());
            let lead = supplier.concentrator().unwrap();
            let start = collecting.start().map(<[u8]>::to_vec);
            self.collecting = Some(collecting);
            start.into_iter().for_each(|start| self.sent(To::Meter(lead), start));
        }
        if self.tick != close(self.agents.len()) {
            return;
        }
        // Claims whose GroupKey has not come by now give way to the next.
        while self.world.supplier.forsake(now).is_some() {}
        let Some(collecting) = self.collecting.take() else {
            if self.ends.len() <= self.now as usize {
                self.ends.push(End::None);
            }
            return;
        };
        let World { supplier, identity, .. } = &mut self.world;
        if collecting.missing().count() > 0 {
            let prepared = supplier.discard(identity, collecting).unwrap();
            self.records.push(prepared.record().to_vec());
            self.sent(To::Meters, prepared.stored());
            self.ends.push(End::Discarded);
            return;
        }
        let generation = collecting.generation();
        let lead = self.lead(generation);
        let sum = collecting.close().unwrap();
        self.ends.push(End::Sum(self.ledger.check(&sum, generation, lead)));
    }
}
