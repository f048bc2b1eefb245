//! An aggregator, what it has stored and told, and what must hold of that.

use std::collections::BTreeMap;

use meter_link::log::Audit;
use meter_link::window::{Window, WindowQuery, window_connectivity};
use meter_link::{Header, Kind, Prepared, Round};
use shamir_agg::{Aggregator, Error};

use super::super::input::Input;
use super::super::world::{AGGREGATORS, KAPPA, THRESHOLD, WINDOW, World};
use super::{Game, Marks, from_end};

pub struct Member {
    pub role: Aggregator,
    pub records: Vec<Vec<u8>>,
    audit: Audit,
    pub snapshots: Vec<Vec<u8>>,
    /// Digests of rounds, of all that it ever agreed to.
    pub rounds: BTreeMap<u32, [u8; 32]>,
    /// Windows that it told something of: whose bills, over which rounds.
    windows: BTreeMap<u32, (Marks, Vec<u32>)>,
    /// Under one header, query and quorum there is one frame in all time.
    told: BTreeMap<Vec<u8>, Vec<u8>>,
    pub refused: Vec<Error>,
}

impl Member {
    pub fn new(world: &World, number: u8, state: &[u8], records: &[Vec<u8>]) -> Self {
        let mut member = Member {
            role: world.aggregator(number, state).unwrap(),
            records: Vec::new(),
            audit: Audit::new(world.view.context(), world.aggregator_id(number)),
            snapshots: vec![state.to_vec()],
            rounds: BTreeMap::new(),
            windows: BTreeMap::new(),
            told: BTreeMap::new(),
            refused: Vec::new(),
        };
        records.iter().for_each(|record| member.store(record));
        member
    }

    /// The log goes on without a gap and without a second digest.
    fn store(&mut self, record: &[u8]) {
        let entry = self.audit.follow(record).unwrap();
        if entry.kind == meter_link::answer::AnswerKind::ShamirRound {
            self.rounds.insert(entry.round.to_u32(), entry.digest);
        }
        if self.records.last().is_none_or(|last| last != record) {
            self.records.push(record.to_vec());
        }
    }

    pub fn snapshot(&mut self) {
        self.snapshots.push(self.role.to_bytes().unwrap().to_vec());
    }

    /// From a state that was stored at some time, and all records.
    pub fn restart(&mut self, world: &World, back: usize) {
        let state = &self.snapshots[self.snapshots.len() - 1 - back % self.snapshots.len()];
        self.role = world.aggregator(self.role.number(), state).unwrap();
        self.records.iter().for_each(|record| self.role.replay(record).unwrap());
        assert_eq!(self.role.log().len(), self.audit.log().len());
        assert_eq!(self.role.log().head(), self.audit.log().head());
    }

    /// A step that may fail, and then has changed nothing; else its record is stored, and the message is out.
    pub fn act<T: Default>(
        &mut self,
        step: impl FnOnce(&mut Aggregator) -> Result<Prepared<T, meter_link::answer::AnswererRecord>, Error>,
    ) -> Option<T> {
        let before = self.role.to_bytes().unwrap();
        match step(&mut self.role) {
            Ok(prepared) => {
                self.store(prepared.record());
                Some(prepared.stored())
            }
            Err(error) => {
                self.refused.push(error);
                assert_eq!(*self.role.to_bytes().unwrap(), *before);
                None
            }
        }
    }

    pub fn open(&mut self, now: Round, frame: &[u8]) -> bool {
        let before = self.role.to_bytes().unwrap();
        let done = self.role.open(now, frame).is_ok();
        if !done {
            assert_eq!(*self.role.to_bytes().unwrap(), *before);
        }
        done
    }

    /// The tag of an answer is a one-time authenticator.
    pub fn tell(&mut self, frame: &[u8]) {
        let header = Header::parse(frame).unwrap();
        let query = match header.kind {
            Kind::Answer => Header::LEN + 1 + 32 + 1,
            Kind::RawAnswer => Header::LEN + 1 + 32,
            _ => Header::LEN,
        };
        let told = self.told.entry(frame[..query].to_vec()).or_insert_with(|| frame.to_vec());
        assert_eq!(told, frame);
    }

    pub fn tell_of(&mut self, query: &WindowQuery) {
        let Window { first, last } = query.window;
        assert_eq!((first.to_u32() + WINDOW - 1, last.to_u32()), (last.to_u32(), last.to_u32()));
        let billed = query.billed.to_marks();
        let (first, rounds) = (first.to_u32(), self.rounds_of(first.to_u32()));
        let now = (billed, rounds);
        assert_eq!(*self.windows.entry(first).or_insert_with(|| now.clone()), now);
    }

    fn rounds_of(&self, first: u32) -> Vec<u32> {
        self.rounds.range(first..first + WINDOW).map(|(round, _)| *round).collect()
    }

    /// No block of fewer than κ readings follows from all sets and bills together.
    pub fn check_windows(&self, sets: &BTreeMap<[u8; 32], Marks>) {
        for (first, (billed, told)) in &self.windows {
            // A round behind the bills would be in no bill.
            assert_eq!(self.rounds_of(*first), *told);
            let rounds = self.rounds.range(first..&(first + WINDOW));
            let sets: Vec<&[bool]> = rounds.map(|(_, digest)| sets[digest].as_slice()).collect();
            assert!(window_connectivity(&sets, billed) >= KAPPA, "{billed:?} {sets:?}");
        }
    }
}

impl Game<'_> {
    /// Some frame of before to some step of some aggregator.
    pub fn deliver(&mut self, input: &mut Input<'_>) {
        let (to, back, flip) = (input.u8(), input.u8(), input.u8());
        let (number, step) = (1 + to % AGGREGATORS, (to >> 2) % 8);
        let list = match step {
            0 => &self.opens,
            1..=3 => &self.closes,
            4 | 5 => &self.queries,
            _ => &self.statements,
        };
        let Some(mut frame) = from_end(list, back) else { return };
        if flip & 1 == 1 {
            // One byte on its way, which the signature shows.
            let at = usize::from(flip >> 1) % frame.len();
            frame[at] ^= 1 << (back & 7);
        }
        self.receive(number, step, &frame);
    }

    /// What an aggregator makes of a frame; returns what it tells.
    pub fn receive(&mut self, number: u8, step: u8, frame: &[u8]) -> Option<Vec<u8>> {
        let now = self.round();
        let world = self.world;
        let statements: Vec<Vec<u8>> = self.statements.iter().rev().take(8).cloned().collect();
        let member = self.member(number);
        let told = match step {
            0 => {
                member.open(now, frame);
                return None;
            }
            1 => member.act(|role| role.answer(now, frame)),
            2 => {
                member.act(|role| role.follow(now, frame));
                return None;
            }
            3 => member.act(|role| role.agree(now, frame)),
            4 => member.act(|role| role.bill(now, frame)),
            5 => member.act(|role| role.agree_bill(now, frame)),
            _ => {
                // A certificate of the last statements that say what this one does.
                let same = |other: &&Vec<u8>| other[12..48] == frame[12..48] && other[2] == frame[2];
                let mut certificate: Vec<&[u8]> = Vec::new();
                for statement in statements.iter().filter(same) {
                    if certificate.iter().all(|other| other[8..12] != statement[8..12]) {
                        certificate.push(statement);
                    }
                }
                let told = member.act(|role| role.answer_certified(&certificate));
                assert!(told.is_none() || certificate.len() >= THRESHOLD.into());
                told
            }
        }?;
        member.tell(&told);
        if matches!(step, 4 | 5) {
            let query = WindowQuery::verify(frame, &world.view, now).unwrap();
            member.tell_of(&query);
        }
        let header = Header::parse(&told).unwrap();
        match header.kind {
            Kind::RawAnswer => {
                let (kind, digest) =
                    (told[Header::LEN], told[Header::LEN + 1..Header::LEN + 33].try_into().unwrap());
                // Number 4 lies: it may help two certificates, but not bring two about.
                if number < AGGREGATORS {
                    let first = *self.raw.entry((kind, header.round.to_u32())).or_insert(digest);
                    assert_eq!(first, digest);
                }
                self.seen.raw_answers += 1;
                self.answers.push(told.clone());
            }
            Kind::Answer => self.answers.push(told.clone()),
            _ => self.statements.push(told.clone()),
        }
        Some(told)
    }

    pub fn catch_up(&mut self, input: &mut Input<'_>) {
        let (number, open, close) = (1 + input.u8() % AGGREGATORS, input.u8(), input.u8());
        let (Some(open), Some(close)) = (from_end(&self.opens, open), from_end(&self.closes, close)) else {
            return;
        };
        let now = self.round();
        let known = self.member(number).records.len();
        self.member(number).act(|role| role.catch_up(now, &open, &close));
        self.seen.caught_up += u32::from(self.member(number).records.len() > known);
    }
}
