//! Power fails at any step, states on flash are some steps old, and the relay of all messages sends old ones again. Every
//! frame that leaves a meter is compared with what it said under the same key and nonce before.

use std::collections::BTreeMap;

use chacha20::ChaCha20Rng;
use cmt_ring::{Book, Collecting, Error, Generation, Mode, Params};
use meter_link::frame::{Header, Kind};
use meter_link::{HighWater, Round};
use rand_core::{Rng, SeedableRng};

use crate::ring::{Device, Member, World, channels, params, round};
use crate::town::MEAN;

const METERS: usize = 8;
const ROUNDS: u32 = 60;

/// What is on flash beside the records.
struct Stored {
    meter: Vec<u8>,
    book: Option<Vec<u8>>,
}

/// Which log the step's record went to.
#[derive(Clone, Copy)]
enum Log {
    Generations,
    Marks,
    /// The step has none.
    None,
}

/// What happened in a run.
#[derive(Default, Debug)]
pub(crate) struct Tally {
    sums: u32,
    lost: u32,
    reboots: u32,
    /// Reboots after which the meter still had its place.
    seated: u32,
    healed: u32,
    healed_after_reboot: u32,
    /// Old frames that a rebooted meter took, and answered as before or for the first time.
    taken: u32,
}

struct Sim {
    world: World,
    flash: Vec<Vec<Stored>>,
    /// Frames to each meter.
    inbox: Vec<Vec<Vec<u8>>>,
    /// By meter, kind, round or generation, and receiver: what left.
    left: BTreeMap<(usize, u8, u32, u32), Vec<u8>>,
    /// By meter and round: the reading that was sent.
    sent: BTreeMap<(usize, u32), i64>,
    rebooted_lead: bool,
    dice: ChaCha20Rng,
    tally: Tally,
}

impl Sim {
    fn new(params: Params, seed: u64) -> Self {
        let world = World::with(params, METERS, seed);
        let each = || (0..METERS).map(|_| Vec::new()).collect::<Vec<_>>();
        Sim {
            world,
            flash: (0..METERS).map(|_| Vec::new()).collect(),
            inbox: each(),
            left: BTreeMap::new(),
            sent: BTreeMap::new(),
            rebooted_lead: false,
            dice: ChaCha20Rng::seed_from_u64(seed ^ 0x5eed),
            tally: Tally::default(),
        }
    }

    fn one_in(&mut self, n: u32) -> bool {
        self.dice.next_u32().is_multiple_of(n)
    }

    fn book_of(&self, member: usize) -> Option<&Book> {
        self.world.book.as_ref().filter(|_| self.world.ring.first() == Some(&member))
    }

    fn store(&mut self, member: usize) {
        let mut out = [0u8; Device::MAX_STATE_LEN];
        let meter = self.world.members[member].meter.to_bytes(&mut out).unwrap().to_vec();
        assert_eq!(meter.len(), self.world.members[member].meter.state_len());
        let book = self.book_of(member).map(|book| book.to_bytes(&self.world.view).unwrap().to_vec());
        self.flash[member].push(Stored { meter, book });
    }

    /// After a step that went well: whether the power fails before its message leaves. Half the steps store the state.
    fn fails(&mut self, member: usize, log: Log) -> bool {
        let power = self.dice.next_u32() % 40;
        if power == 0 {
            // Nothing was stored of this step.
            let Member { generations, marks, .. } = &mut self.world.members[member];
            match log {
                Log::Generations => drop(generations.pop()),
                Log::Marks => drop(marks.pop()),
                Log::None => {}
            }
            self.reboot(member);
            return true;
        }
        if self.one_in(2) {
            self.store(member);
        }
        if power < 3 {
            self.reboot(member);
        }
        power == 1
    }

    /// The meter starts from a state of up to three steps ago, or none, and all records, in any order.
    fn reboot(&mut self, member: usize) {
        self.tally.reboots += 1;
        let age = self.dice.next_u32() as usize % 4;
        let none = self.one_in(8);
        let World { params, view, members, .. } = &mut self.world;
        let (listed, channels) = (members[member].listed, channels(params));
        let stored = self.flash[member].iter().rev().nth(age).filter(|_| !none);
        let mut meter = match stored {
            Some(stored) => Device::from_bytes(params, view, &listed, channels, &stored.meter).unwrap(),
            None => Device::new(params, view, &listed, channels).unwrap(),
        };
        let mut records = members[member].generations.clone();
        let turn = self.dice.next_u32() as usize % (records.len() + 1);
        records.rotate_left(turn);
        records.iter().for_each(|record| meter.replay(record).unwrap());
        let mut mark = HighWater::new();
        members[member].marks.iter().for_each(|record| mark.replay(record).unwrap());
        self.tally.seated += u32::from(meter.generation().is_some());
        if self.world.ring.first() == Some(&member) {
            let book = stored.and_then(|stored| stored.book.as_ref());
            self.world.book =
                book.map(|book| Book::from_bytes(&self.world.params, &self.world.view, book).unwrap());
            self.rebooted_lead = true;
        }
        (self.world.members[member].meter, self.world.members[member].mark) = (meter, mark);
        // States that are not there any more.
        let len = self.flash[member].len();
        self.flash[member].truncate(len.saturating_sub(age));
        self.again(member);
    }

    /// What leaves. Under one key and nonce it is what left before.
    fn leaves(&mut self, member: usize, receiver: u32, frame: &[u8]) {
        let header = Header::parse(frame).unwrap();
        let generation = || u32::from_le_bytes(frame[16..20].try_into().unwrap());
        let forming = [Kind::Token, Kind::FirstKey, Kind::Seat, Kind::GroupKey, Kind::Healed, Kind::Claim];
        let number = if forming.contains(&header.kind) { generation() } else { header.round.to_u32() };
        let slot = (member, header.kind as u8, number, receiver);
        let before = self.left.entry(slot).or_insert_with(|| frame.to_vec());
        assert_eq!(before, frame, "meter {member} said another {:?} of {number}", header.kind);
    }

    /// All that was ever sent to a meter is sent again, with other readings to be spent and at the time that suits it.
    fn again(&mut self, member: usize) {
        for frame in self.inbox[member].clone() {
            let header = Header::parse(&frame).unwrap();
            let (sender, r) = (header.sender, header.round.to_u32());
            let taken = match header.kind {
                Kind::Token => {
                    let lead = self.world.index(sender);
                    let answer = self.world.join(member, lead, r, &frame);
                    answer.map(|answer| self.leaves(member, sender.0, &answer)).is_ok()
                }
                Kind::Seat => self.world.seat(member, &frame).is_ok(),
                Kind::Heal => self.world.take_heal(member, r, &frame).is_ok(),
                Kind::Start => self.start(member, r, 99_999, &frame).is_ok(),
                Kind::Delta => {
                    let closed = self.close(member, r, &frame);
                    closed.is_ok() || self.relay(member, r, 88_888, &frame).is_ok()
                }
                _ => false,
            };
            self.tally.taken += u32::from(taken);
        }
        let latest = self.sent.keys().filter(|(m, _)| *m == member).map(|(_, r)| *r).max();
        for r in latest.into_iter().flat_map(|latest| latest.saturating_sub(3)..=latest) {
            self.tally.taken += u32::from(self.contribute(member, r, 77_777).is_ok());
        }
    }

    fn contribute(&mut self, member: usize, r: u32, reading: i64) -> Result<Vec<u8>, Error> {
        let Member { meter, mark, marks, .. } = &mut self.world.members[member];
        let (mut out, now) = ([0u8; 128], round(r));
        let prepared = meter.contribute(mark, now, now, &[reading], &mut out)?;
        marks.push(prepared.record().to_vec());
        let frame = prepared.stored().to_vec();
        self.spend(member, r, reading, &frame);
        Ok(frame)
    }

    fn relay(
        &mut self,
        member: usize,
        r: u32,
        reading: i64,
        delta: &[u8],
    ) -> Result<(Vec<u8>, Vec<u8>), Error> {
        let Member { meter, mark, marks, .. } = &mut self.world.members[member];
        let (mut out, now) = ([0u8; 256], round(r));
        let prepared = meter.relay(mark, now, now, &[reading], delta, &mut out, &mut self.world.rng)?;
        marks.push(prepared.record().to_vec());
        let sent = prepared.stored();
        let (frame, delta) = (sent.contribution.to_vec(), sent.delta.to_vec());
        self.spend(member, r, reading, &frame);
        self.leaves(member, 0, &delta);
        Ok((frame, delta))
    }

    fn start(&mut self, member: usize, r: u32, reading: i64, request: &[u8]) -> Result<Vec<u8>, Error> {
        let Member { meter, mark, marks, .. } = &mut self.world.members[member];
        let (mut out, now) = ([0u8; 128], round(r));
        let prepared = meter.start(mark, now, now, &[reading], request, &mut out, &mut self.world.rng)?;
        marks.push(prepared.record().to_vec());
        let delta = prepared.stored().to_vec();
        self.leaves(member, 0, &delta);
        self.sent.insert((member, r), reading);
        Ok(delta)
    }

    fn close(&mut self, member: usize, r: u32, delta: &[u8]) -> Result<Vec<u8>, Error> {
        let mut out = [0u8; 128];
        let frame = self.world.members[member].meter.close(round(r), delta, &mut out)?.to_vec();
        self.leaves(member, 0, &frame);
        Ok(frame)
    }

    /// A ciphertext leaves: one for each meter and round, whatever its token.
    fn spend(&mut self, member: usize, r: u32, reading: i64, frame: &[u8]) {
        self.leaves(member, 0, frame);
        self.sent.insert((member, r), reading);
    }

    // The steps below are undone if the power fails before their record is stored: `fails` is asked *before* anything
    // counts as said.

    fn join(&mut self, member: usize, lead: usize, from: u32, token: &[u8]) -> Option<Vec<u8>> {
        self.inbox[member].push(token.to_vec());
        let answer = self.world.join(member, lead, from, token).ok()?;
        if self.fails(member, Log::Generations) {
            return None;
        }
        let lead = self.world.members[lead].listed.peer.id.0;
        self.leaves(member, lead, &answer);
        Some(answer)
    }

    /// Everybody or all but one, with what a group with terms needs before. Whether a ring came of it.
    fn form(&mut self, generation: u32, from: u32) -> bool {
        let out = self.dice.next_u32() as usize % (2 * METERS);
        let all: Vec<usize> = (0..METERS).filter(|member| *member != out).collect();
        let lead = self.world.draw(generation, &all)[0];
        if self.world.params.mean_term().is_some() && !self.claim(generation, from, lead, &all) {
            return false;
        }
        let Ok(mut forming) = self.world.open(generation, from, &all) else { return false };
        if self.fails(lead, Log::Generations) {
            return false;
        }
        let tokens: Vec<_> = forming.tokens().map(|(id, token)| (id, token.to_vec())).collect();
        for (id, token) in tokens {
            self.leaves(lead, id.0, &token);
            if let Some(answer) = self.join(self.world.index(id), lead, from, &token) {
                forming.accept(&answer).unwrap();
            }
        }
        let Ok(formed) = forming.close(&mut self.world.members[lead].meter) else { return false };
        self.world.ring = self.world.draw(generation, &all);
        self.world.book = Some(formed.book);
        if self.fails(lead, Log::None)
            && self.world.members[lead].meter.generation() != Some(Generation(generation))
        {
            return false; // what follows never left
        }
        self.leaves(lead, 0, &formed.group_key);
        let id = self.world.members[lead].listed.peer.id;
        if self.world.supplier.register(round(from), id, &formed.group_key).is_err() {
            return false; // another claim goes before
        }
        for (id, frame) in formed.seats {
            let member = self.world.index(id);
            self.leaves(lead, id.0, &frame);
            self.inbox[member].push(frame.clone());
            let seated = self.world.seat(member, &frame).is_ok();
            if seated && self.fails(member, Log::None) {
                // The same frame once more: with a state of before, it gives the place.
                let _ = self.world.seat(member, &frame);
            }
        }
        true
    }

    fn claim(&mut self, generation: u32, from: u32, lead: usize, all: &[usize]) -> bool {
        for member in all {
            // Who was left out needs another one; who has lost its licence gets the last one once more first.
            let id = self.world.members[*member].listed.peer.id;
            for _ in 0..2 {
                let has = self.world.members[*member].meter.licence().is_some();
                if !has || !self.world.supplier.is_licensed(id) {
                    let _ = self.world.get_licence(*member, from);
                    self.fails(*member, Log::None);
                }
            }
        }
        let Ok(claimed) = self.world.make_claim(lead, from, from, generation, all) else { return false };
        if self.fails(lead, Log::Generations) {
            return false;
        }
        self.leaves(lead, 0, &claimed.frame);
        if self.world.supplier.claimed(round(from), &claimed.frame).is_err() {
            return false;
        }
        for member in all {
            if self.world.follow(*member, from, &claimed).is_ok() {
                self.fails(*member, Log::None);
            }
        }
        true
    }

    /// The concentrator cuts those out who are not in its ring any more. Whether it could.
    fn heal(&mut self, generation: u32, from: u32) -> bool {
        let Some(&lead) = self.world.ring.first() else { return false };
        let there = |member: &&usize| {
            self.world.members[**member].meter.generation() == self.world.supplier.generation()
        };
        let cut: Vec<usize> = self.world.ring.iter().filter(|m| !there(m)).copied().collect();
        if self.world.book.is_none() || cut.is_empty() || cut.contains(&lead) {
            return false;
        }
        let Ok(healing) = self.world.cut(generation, from, &cut) else { return false };
        if self.fails(lead, Log::Generations) {
            return false;
        }
        self.tally.healed += 1;
        self.tally.healed_after_reboot += u32::from(self.rebooted_lead);
        self.leaves(lead, 0, &healing.supplier);
        self.world.supplier.heal(round(from), &healing.supplier).unwrap();
        self.world.ring.retain(|member| !cut.contains(member));
        for (id, frame) in healing.members {
            self.leaves(lead, id.0, &frame);
            let member = self.world.index(id);
            self.inbox[member].push(frame.clone());
            if self.world.take_heal(member, from, &frame).is_ok() && self.fails(member, Log::Generations) {
                // Sent once more: after whatever the reboot left, it gives the same place or none.
                let _ = self.world.take_heal(member, from, &frame);
            }
        }
        true
    }

    /// A round in which the power may fail anywhere. Whether there was a sum.
    fn round(&mut self, r: u32) -> bool {
        let Ok(mut collecting) = self.world.supplier.open(round(r), round(r)) else { return false };
        let ring = self.world.ring.clone();
        let mut frames = Vec::new();
        if let Some(request) = collecting.start().map(<[u8]>::to_vec) {
            frames = self.around(r, &ring, &request);
        } else {
            for member in &ring {
                let reading = i64::from(self.dice.next_u32() % 90_000) - 40_000;
                let frame = self.try_contribute(*member, r, reading);
                frames.extend(frame.map(|frame| (*member, frame)));
            }
        }
        // One with an old place is not taken.
        let taken = |collecting: &mut Collecting, frame: &[u8]| collecting.accept(frame).is_ok();
        let taken: Vec<usize> = frames
            .iter()
            .filter(|(_, frame)| taken(&mut collecting, frame))
            .map(|(member, _)| *member)
            .collect();
        if collecting.missing().count() > 0 {
            let lost = self.world.supplier.discard(&self.world.identity, collecting).unwrap().stored();
            for member in 0..METERS {
                let _ = self.world.members[member].meter.lost(round(r), &lost);
            }
            self.tally.lost += 1;
            return false;
        }
        let truth: i64 = taken.iter().map(|member| self.sent[&(*member, r)]).sum();
        assert_eq!(collecting.close().unwrap().values, [truth], "round {r}");
        self.tally.sums += 1;
        true
    }

    fn try_contribute(&mut self, member: usize, r: u32, reading: i64) -> Option<Vec<u8>> {
        let Member { meter, mark, marks, .. } = &mut self.world.members[member];
        let (mut out, now) = ([0u8; 128], round(r));
        let prepared = meter.contribute(mark, now, now, &[reading], &mut out).ok()?;
        marks.push(prepared.record().to_vec());
        let frame = prepared.stored().to_vec();
        if self.fails(member, Log::Marks) {
            return None;
        }
        self.spend(member, r, reading, &frame);
        Some(frame)
    }

    /// δ once around, as far as it comes.
    fn around(&mut self, r: u32, ring: &[usize], request: &[u8]) -> Vec<(usize, Vec<u8>)> {
        let mut frames = Vec::new();
        let lead = ring[0];
        self.inbox[lead].push(request.to_vec());
        let Member { meter, mark, marks, .. } = &mut self.world.members[lead];
        let (mut out, now) = ([0u8; 256], round(r));
        let Ok(prepared) = meter.start(mark, now, now, &[11], request, &mut out, &mut self.world.rng) else {
            return frames;
        };
        marks.push(prepared.record().to_vec());
        let mut delta = prepared.stored().to_vec();
        if self.fails(lead, Log::Marks) {
            return frames;
        }
        self.leaves(lead, 0, &delta);
        self.sent.insert((lead, r), 11);
        for member in &ring[1..] {
            self.inbox[*member].push(delta.clone());
            let reading = i64::from(self.dice.next_u32() % 90_000) - 40_000;
            let Member { meter, mark, marks, .. } = &mut self.world.members[*member];
            let sent = meter.relay(mark, now, now, &[reading], &delta, &mut out, &mut self.world.rng);
            let Ok(prepared) = sent else { return frames };
            marks.push(prepared.record().to_vec());
            let sent = prepared.stored();
            let (frame, next) = (sent.contribution.to_vec(), sent.delta.to_vec());
            if self.fails(*member, Log::Marks) {
                return frames;
            }
            self.spend(*member, r, reading, &frame);
            self.leaves(*member, 0, &next);
            frames.push((*member, frame));
            delta = next;
        }
        self.inbox[lead].push(delta.clone());
        frames.extend(self.close(lead, r, &delta).map(|frame| (lead, frame)));
        self.fails(lead, Log::None);
        frames
    }

    fn run(mut self) -> Tally {
        let (mut generation, mut whole) = (0, false);
        for r in 0..ROUNDS {
            let over = self.world.supplier.until().is_some_and(|until| until <= Round::from(r));
            // What fails is tried again at once, half the time under the same number.
            for attempt in 0..3 {
                if whole && !over {
                    break;
                }
                generation += u32::from(attempt == 0 || self.one_in(2));
                whole = !over && generation > 1 && self.one_in(2) && self.heal(generation, r);
                if !whole {
                    whole = self.form(generation, r);
                    if !whole {
                        while self.world.supplier.forsake(round(r)).is_some() {}
                    }
                    for member in 0..METERS {
                        if !whole && !self.one_in(4) {
                            self.world.members[member].meter.forsake();
                        }
                    }
                    self.rebooted_lead &= !whole;
                }
            }
            whole = self.round(r);
        }
        self.tally
    }
}

fn runs(of: &str, params: Params, seeds: u64) {
    let mut sum = Tally::default();
    for seed in 0..seeds {
        let one = Sim::new(params, seed).run();
        sum.sums += one.sums;
        sum.lost += one.lost;
        sum.reboots += one.reboots;
        sum.seated += one.seated;
        sum.healed += one.healed;
        sum.healed_after_reboot += one.healed_after_reboot;
        sum.taken += one.taken;
    }
    println!("{of}: {sum:?}");
    assert!(sum.sums > 15 && sum.lost > 60 && sum.reboots > 300 && sum.seated > 100, "{of}");
    assert!(sum.healed > 10 && sum.healed_after_reboot > 0 && sum.taken > 0, "{of}");
}

#[test]
fn nothing_is_said_twice_with_drawn_delta() {
    runs("drawn", params(Mode::Drawn, 1), 8);
}

#[test]
fn nothing_is_said_twice_with_derived_delta() {
    runs("derived", params(Mode::Derived, 1), 8);
}

#[test]
fn nothing_is_said_twice_with_two_rings() {
    runs("two rings", params(Mode::Derived, 1).with_second_ring().unwrap(), 8);
}

#[test]
fn nothing_is_said_twice_with_terms() {
    for mode in [Mode::Drawn, Mode::Derived] {
        runs("terms", params(mode, 1).with_terms(2 * MEAN).unwrap(), 8);
    }
}
