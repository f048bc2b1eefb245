//! What the application of a meter does between the calls: whom it answers, what it sends again, when it gives up.

use std::collections::{HashMap, HashSet};

use cmt_ring::election::{Election, Heard, Roll, Verdict};
use cmt_ring::{Book, Claim, Entry, Forming, Generation, Licence, Listed, Lost, Mode, Params};
use meter_link::frame::Header;
use meter_link::set::Members;
use meter_link::{EpochView, Kind, PartyId, Round};

use crate::ledger::Ledger;
use crate::ring::{Member, ROOM};
use crate::town::{Letter, To};

/// Deadlines of a Hello.
const TRIES: u8 = 2;
/// Ticks of a round in which things begin.
const ASK: u32 = 1;
const SEND: u32 = 2;
/// After the supplier's deadline, not before the round has gone around: whoever takes its next place leaves the present one.
const HAND: u32 = 3;
const ELECT: u32 = 5;

/// What goes with the power.
#[derive(Default)]
struct Memory {
    election: Option<Election>,
    /// Hellos that it has heard, which are sent more than once.
    hellos: HashSet<Vec<u8>>,
    /// What is followed, and whose it is.
    claim: Option<(Entry, Vec<u8>)>,
    forming: Option<Forming<ROOM>>,
    /// To be sent when the supplier has taken the GroupKey.
    seats: Vec<Letter>,
    /// By the frame that it answers.
    answers: HashMap<Vec<u8>, Vec<Letter>>,
    /// Sent again for some ticks.
    again: Vec<(u8, Letter)>,
    broken: bool,
    /// As concentrator.
    book: Option<Book>,
}

pub(crate) struct Agent {
    pub(crate) me: Entry,
    roll: Roll,
    /// What is on flash beside the records.
    licence: Option<[u8; Licence::LEN]>,
    pub(crate) state: Option<Vec<u8>>,
    memory: Memory,
    /// Whether its power is off.
    pub(crate) off: bool,
    pub(crate) boots: u32,
}

/// How the town does things.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ways {
    /// Rings are healed where the concentrator can, and formed anew otherwise.
    pub(crate) heal: bool,
    /// Meters store their state and go on from it after a reboot.
    pub(crate) states: bool,
    /// Frames are sent more than once.
    pub(crate) repeat: bool,
}

/// What an agent is lent for a step.
pub(crate) struct Surroundings<'a> {
    pub(crate) params: Params,
    pub(crate) view: EpochView,
    pub(crate) now: Round,
    pub(crate) tick: u32,
    /// When the supplier closes the round.
    pub(crate) close: u32,
    pub(crate) entries: &'a [Entry],
    pub(crate) ways: Ways,
    pub(crate) ledger: &'a mut Ledger,
    pub(crate) rng: &'a mut chacha20::ChaCha20Rng,
    pub(crate) out: Vec<Letter>,
}

impl Surroundings<'_> {
    fn entry(&self, id: PartyId) -> Option<Entry> {
        self.entries.iter().find(|entry| entry.member.id == id).copied()
    }
}

impl Agent {
    pub(crate) fn new(me: Entry, view: &EpochView) -> Self {
        Agent {
            me,
            roll: Roll::new(view),
            licence: None,
            state: None,
            memory: Memory::default(),
            off: false,
            boots: 0,
        }
    }

    /// Power was cut. `device` is as new, and its records are replayed.
    pub(crate) fn reboot(&mut self, device: &mut Member) {
        self.memory = Memory::default();
        self.boots += 1;
        if let (Some(bytes), None) = (&self.licence, device.meter.licence()) {
            device.meter.restore_licence(&Licence::from_bytes(bytes).unwrap()).unwrap();
        }
    }

    fn send(&mut self, at: &mut Surroundings<'_>, times: u8, to: To, frame: &[u8]) {
        let letter = Letter { by: self.me.position as usize, to, frame: frame.to_vec() };
        at.out.push(letter.clone());
        if times > 0 && at.ways.repeat {
            self.memory.again.push((times, letter));
        }
    }

    pub(crate) fn tick(&mut self, device: &mut Member, at: &mut Surroundings<'_>) {
        for (left, letter) in &mut self.memory.again {
            *left -= 1;
            at.out.push(letter.clone());
        }
        self.memory.again.retain(|(left, _)| *left > 0);
        let over = device.meter.until().is_none_or(|until| at.now.to_u32() + 1 >= until.to_u32());
        match at.tick {
            ASK => self.ask(device, at, over),
            SEND => self.contribute(device, at),
            tick if tick == at.close + HAND && over => self.hand_over(device, at),
            tick if tick == at.close + ELECT && (over || self.memory.broken) => self.elect(device, at, None),
            tick if tick > at.close + ELECT && at.tick.is_multiple_of(2) => self.deadline(device, at),
            _ => {}
        }
    }

    /// For a licence: once at first, and then whenever the others have a ring without this meter.
    fn ask(&mut self, device: &mut Member, at: &mut Surroundings<'_>, over: bool) {
        // The deadline of a ring that should have begun.
        if device.meter.followed().is_some_and(|claim| claim.from <= at.now) {
            device.meter.forsake();
            self.memory.forming = None;
        }
        self.memory.election = None;
        if device.meter.licence().is_none() || over && at.now.to_u32().is_multiple_of(2) {
            let request = device.meter.ask(&device.identity, at.now).unwrap();
            self.send(at, 2, To::Supplier, &request);
        }
    }

    fn contribute(&mut self, device: &mut Member, at: &mut Surroundings<'_>) {
        if at.params.mode() == Mode::Drawn {
            return;
        }
        let reading = at.ledger.reading(self.me.position as usize, at.now, self.boots);
        let mut out = [0; 128];
        let Member { meter, mark, marks, .. } = device;
        let Ok(prepared) = meter.contribute(mark, at.now, at.now, &[reading], &mut out) else { return };
        marks.push(prepared.record().to_vec());
        let frame = prepared.stored().to_vec();
        at.ledger.contributed(self.me.position as usize, at.now, reading, &frame);
        self.send(at, 3, To::Supplier, &frame);
    }

    fn elect(&mut self, device: &mut Member, at: &mut Surroundings<'_>, which: Option<(Generation, Round)>) {
        if device.meter.followed().is_some() || self.memory.forming.is_some() {
            return;
        }
        let next = (device.meter.next_generation(), Round::from(at.now.to_u32() + 1));
        let (generation, from) = which.unwrap_or(next);
        let opened =
            Election::open(&device.meter, &device.identity, &self.me, at.now, from, generation, TRIES);
        if let Ok(election) = opened {
            let hello = *election.hello();
            self.memory.election = Some(election);
            self.memory.hellos.clear();
            self.send(at, 1, To::Meters, &hello);
        }
    }

    fn deadline(&mut self, device: &mut Member, at: &mut Surroundings<'_>) {
        let following = device.meter.followed().is_some();
        if let Some(mut election) = self.memory.election.take_if(|_| !following) {
            match election.deadline().unwrap() {
                Verdict::Repeat => {
                    let hello = *election.hello();
                    self.send(at, 0, To::Meters, &hello);
                    self.memory.election = Some(election);
                }
                Verdict::Claim => self.claim(device, at, &election),
                Verdict::Await(_) => self.memory.election = Some(election),
                Verdict::TooFew { .. } => {}
            }
        }
        self.remind(device, at);
    }

    fn claim(&mut self, device: &mut Member, at: &mut Surroundings<'_>, election: &Election) {
        self.claim_of(device, at, election.generation(), election.from(), &election.members());
    }

    fn claim_of(
        &mut self,
        device: &mut Member,
        at: &mut Surroundings<'_>,
        generation: Generation,
        from: Round,
        members: &Members,
    ) {
        let Member { meter, identity, generations, .. } = device;
        let claimed = meter.claim(identity, &self.me, at.now, from, generation, members);
        let Ok(prepared) = claimed else { return };
        generations.push(prepared.record().to_vec());
        let frame = prepared.stored();
        at.ledger.claimed(at.now, self.me.position);
        self.send(at, 2, To::Meters, &frame);
        self.send(at, 2, To::Supplier, &frame);
        self.memory.claim = Some((self.me, frame));
    }

    /// As concentrator to be: opens the ring a deadline after the claim, and asks again whoever has not answered.
    fn remind(&mut self, device: &mut Member, at: &mut Surroundings<'_>) {
        if self.memory.forming.is_none()
            && let Some(claim) = device.meter.followed().copied()
            && claim.position == self.me.position
            && let Some((_, frame)) = self.memory.claim.clone()
        {
            let read = Claim::verify(&at.params, &at.view, &self.me, &frame);
            let Ok((_, set)) = read else { return };
            let members: Vec<Listed> = set.positions().map(|p| at.entries[p as usize].listed()).collect();
            let Member { meter, link, generations, .. } = device;
            let opened = Forming::open(meter, link, at.now, claim.from, claim.generation, &members, at.rng);
            let Ok(prepared) = opened else { return };
            generations.push(prepared.record().to_vec());
            self.memory.forming = Some(prepared.stored());
            let positions = set.positions().map(|position| position as usize).collect();
            at.ledger.formed(claim.generation, self.me.member.id, positions);
        }
        let Some(forming) = &self.memory.forming else { return };
        let missing: Vec<PartyId> = forming.missing().collect();
        let tokens = forming.tokens().filter(|(id, _)| missing.contains(id));
        let tokens: Vec<(PartyId, Vec<u8>)> = tokens.map(|(id, token)| (id, token.to_vec())).collect();
        for (id, token) in tokens {
            self.send(at, 0, To::Meter(id), &token);
        }
    }

    /// The supplier has taken the GroupKey: now the members take their places.
    pub(crate) fn taken(&mut self, at: &mut Surroundings<'_>) {
        for letter in std::mem::take(&mut self.memory.seats) {
            self.send(at, 3, letter.to, &letter.frame);
        }
    }

    pub(crate) fn hear(&mut self, device: &mut Member, at: &mut Surroundings<'_>, frame: &[u8]) {
        let Ok(header) = Header::parse(frame) else { return };
        if let Some(answer) = self.memory.answers.get(frame) {
            at.out.extend(answer.iter().cloned());
            return;
        }
        let Some(sender) = at.entry(header.sender).or((header.sender == PartyId::UTILITY).then_some(self.me))
        else {
            return;
        };
        match header.kind {
            Kind::Licence => {
                if let Ok(licence) = device.meter.licensed(at.now, frame) {
                    self.licence = Some(licence.to_bytes().unwrap());
                }
            }
            Kind::Hello => self.hello(device, at, &sender, frame),
            Kind::Claim => self.follow(device, at, &sender, frame),
            Kind::Token => self.join(device, at, &sender, frame),
            Kind::FirstKey => self.first_key(device, at, frame),
            Kind::Seat => self.sit(device, at, frame),
            Kind::Start => self.start(device, at, &header, frame),
            Kind::Delta => self.delta(device, at, &header, frame),
            Kind::Lost => self.lost(device, at, frame),
            Kind::Heal => self.heal(device, at, frame),
            Kind::HandOver => self.handed_over(device, at, frame),
            _ => {}
        }
    }

    fn hello(&mut self, device: &mut Member, at: &mut Surroundings<'_>, sender: &Entry, frame: &[u8]) {
        let Some(election) = &mut self.memory.election else { return };
        if !self.memory.hellos.insert(frame.to_vec()) {
            return;
        }
        let Ok(Heard::Elsewhere(generation, from)) = election.hear(at.now, &self.roll, sender, frame) else {
            return;
        };
        if generation > election.generation() {
            self.elect(device, at, Some((generation, from)));
            if let Some(election) = &mut self.memory.election {
                _ = election.hear(at.now, &self.roll, sender, frame);
            }
        }
    }

    fn follow(&mut self, device: &mut Member, at: &mut Surroundings<'_>, sender: &Entry, frame: &[u8]) {
        if device.meter.follow(at.now, sender, frame).is_ok() {
            self.memory.claim = Some((*sender, frame.to_vec()));
            if sender.position != self.me.position {
                self.memory.forming = None;
            }
        }
    }

    fn join(&mut self, device: &mut Member, at: &mut Surroundings<'_>, sender: &Entry, frame: &[u8]) {
        let Member { meter, link, generations, .. } = device;
        let mut out = [0; 256];
        let Ok(prepared) = meter.join(link, at.now, &sender.listed(), frame, &mut out, at.rng) else {
            return;
        };
        generations.push(prepared.record().to_vec());
        let answer = prepared.stored().to_vec();
        let before = at.out.len();
        self.send(at, 0, To::Meter(sender.member.id), &answer);
        self.memory.answers.insert(frame.to_vec(), at.out[before..].to_vec());
    }

    fn first_key(&mut self, device: &mut Member, at: &mut Surroundings<'_>, frame: &[u8]) {
        let Some(mut forming) = self.memory.forming.take() else { return };
        _ = forming.accept(frame);
        if forming.missing().count() > 0 {
            self.memory.forming = Some(forming);
            return;
        }
        let Ok(formed) = forming.close(&mut device.meter) else { return };
        self.began(at);
        self.memory.book = Some(formed.book);
        self.send(at, 4, To::Supplier, &formed.group_key);
        let by = self.me.position as usize;
        let seat = |(id, frame)| Letter { by, to: To::Meter(id), frame };
        self.memory.seats = formed.seats.into_iter().map(seat).collect();
    }

    fn sit(&mut self, device: &mut Member, at: &mut Surroundings<'_>, frame: &[u8]) {
        let Ok(around) = device.meter.neighbours(frame) else { return };
        let around = around.map(|position| at.entries[position as usize].listed());
        let Member { meter, link, .. } = device;
        meter.seat(link, frame, &around).unwrap();
        self.began(at);
    }

    /// The supplier gave a round up. A concentrator that knows who was silent goes on without.
    fn lost(&mut self, device: &mut Member, at: &mut Surroundings<'_>, frame: &[u8]) {
        if device.meter.lost(at.now, frame).is_err() {
            return;
        }
        self.memory.broken = true;
        let Some(mut book) = self.memory.book.take_if(|_| at.ways.heal) else { return };
        let lost = Lost::verify(&at.view, at.now, frame).unwrap();
        let silent = book.silent(&lost).unwrap_or_default();
        let cut: Vec<u32> = silent.iter().map(|listed| listed.position).collect();
        let (from, generation) = (Round::from(at.now.to_u32() + 1), device.meter.next_generation());
        let Member { meter, link, generations, .. } = device;
        if let Ok(prepared) = book.heal(meter, link, at.now, from, generation, &cut, at.rng) {
            generations.push(prepared.record().to_vec());
            let healing = prepared.stored();
            let left = book.members().map(|member| member.position).chain([self.me.position]);
            at.ledger.formed(generation, self.me.member.id, left.map(|position| position as usize).collect());
            at.ledger.healed += 1;
            for (id, frame) in healing.members {
                self.send(at, 3, To::Meter(id), &frame);
            }
            self.send(at, 3, To::Supplier, &healing.supplier);
            cut.iter().for_each(|position| self.roll.cut(*position, from));
            self.memory.broken = false;
        }
        self.memory.book = Some(book);
    }

    fn heal(&mut self, device: &mut Member, at: &mut Surroundings<'_>, frame: &[u8]) {
        let Ok(around) = device.meter.healed_neighbours(frame) else { return };
        let around = around.map(|position| at.entries[position as usize].listed());
        let Member { meter, link, generations, .. } = device;
        let Ok(prepared) = meter.heal(link, at.now, frame, &around) else { return };
        generations.push(prepared.record().to_vec());
        prepared.stored();
        self.memory.broken = false;
    }

    /// Where all meters are in the ring and none is silent, nobody needs to be asked who is there. Once: if nothing comes of
    /// it, the members elect.
    fn hand_over(&mut self, device: &mut Member, at: &mut Surroundings<'_>) {
        let Some(book) = self.memory.book.take_if(|_| !self.memory.broken) else { return };
        if book.members().count() + 1 < at.entries.len() {
            return;
        }
        let (generation, from) = (device.meter.next_generation(), Round::from(at.now.to_u32() + 1));
        let everybody = Members::marked(&vec![true; at.entries.len()]).unwrap();
        if let Ok((id, frame)) = device.meter.hand_over(&book, at.now, from, generation, &everybody) {
            self.send(at, 2, To::Meter(id), &frame);
        }
    }

    fn handed_over(&mut self, device: &mut Member, at: &mut Surroundings<'_>, frame: &[u8]) {
        if let Ok(over) = device.meter.handed_over(at.now, frame) {
            self.claim_of(device, at, over.generation, over.from, &over.members);
        }
    }

    /// A new place: whoever was left out needs a new licence.
    fn began(&mut self, at: &Surroundings<'_>) {
        self.memory.broken = false;
        (self.memory.election, self.memory.book) = (None, None);
        let Some((claimant, frame)) = &self.memory.claim else { return };
        let (claim, members) = Claim::verify(&at.params, &at.view, claimant, frame).unwrap();
        self.roll.formed(&claim, &members);
    }

    fn start(&mut self, device: &mut Member, at: &mut Surroundings<'_>, header: &Header, frame: &[u8]) {
        let me = self.me.position as usize;
        let reading = at.ledger.reading(me, header.round, self.boots);
        let mut out = [0; 128];
        let Member { meter, mark, marks, .. } = device;
        let Ok(prepared) = meter.start(mark, at.now, header.round, &[reading], frame, &mut out, at.rng)
        else {
            return;
        };
        marks.push(prepared.record().to_vec());
        let delta = prepared.stored().to_vec();
        at.ledger.spent(me, header.round, reading);
        self.send(at, 3, To::Meters, &delta);
    }

    fn delta(&mut self, device: &mut Member, at: &mut Surroundings<'_>, header: &Header, frame: &[u8]) {
        let me = self.me.position as usize;
        let mut out = [0; 256];
        if device.meter.is_concentrator() {
            if let Ok(contribution) = device.meter.close(at.now, frame, &mut out) {
                at.ledger.closed(me, header.round, contribution);
                let contribution = contribution.to_vec();
                self.send(at, 3, To::Supplier, &contribution);
            }
            return;
        }
        let reading = at.ledger.reading(me, header.round, self.boots);
        let Member { meter, mark, marks, .. } = device;
        let relayed = meter.relay(mark, at.now, header.round, &[reading], frame, &mut out, at.rng);
        let Ok(prepared) = relayed else { return };
        marks.push(prepared.record().to_vec());
        let sent = prepared.stored();
        let (contribution, delta) = (sent.contribution.to_vec(), sent.delta.to_vec());
        at.ledger.contributed(me, header.round, reading, &contribution);
        self.send(at, 3, To::Supplier, &contribution);
        self.send(at, 3, To::Meters, &delta);
    }
}
