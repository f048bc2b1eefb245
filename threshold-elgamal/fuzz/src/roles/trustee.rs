//! A trustee, what it has stored and told, and what must hold of that.

use std::collections::BTreeMap;

use meter_link::answer::{AnswerKind, AnswererRecord};
use meter_link::log::Audit;
use meter_link::round::Close;
use meter_link::set::Members;
use meter_link::window::{WindowQuery, window_connectivity};
use meter_link::{Header, Kind, Prepared, Round};
use threshold_elgamal::{Error, Trustee};

use super::super::input::Input;
use super::super::world::{KAPPA, THRESHOLD, TRUSTEES, WINDOW, World};
use super::{Game, Marks, Shut, from_end, slices};

/// Of [`Game::receive`].
pub const OPEN: u8 = 0;
pub const AGREE: u8 = 1;
pub const FOLLOW: u8 = 2;
pub const AGREE_HINTED: u8 = 3;
pub const FOLLOW_HINTED: u8 = 4;
pub const AGREE_BILL: u8 = 5;
pub const ANSWER: u8 = 6;

pub struct Member {
    pub role: Trustee,
    pub records: Vec<Vec<u8>>,
    audit: Audit,
    pub snapshots: Vec<Vec<u8>>,
    /// Digests of rounds and windows, of all that it ever agreed to.
    agreed: BTreeMap<(u8, u32), [u8; 32]>,
    /// Sets of the rounds among them.
    sets: BTreeMap<u32, Marks>,
    /// Windows that it agreed to bill: whose bills, over which rounds.
    windows: BTreeMap<u32, (Marks, Vec<u32>)>,
    /// Under one header there is one statement in all time, and under one header and digest one frame of shares.
    told: BTreeMap<Vec<u8>, Vec<u8>>,
    pub refused: Vec<Error>,
}

impl Member {
    pub fn new(world: &World, number: u8, state: &[u8], records: &[Vec<u8>]) -> Self {
        let mut member = Member {
            role: world.trustee(number, state).unwrap(),
            records: Vec::new(),
            audit: Audit::new(world.view.context(), world.trustee_id(number)),
            snapshots: vec![state.to_vec()],
            agreed: BTreeMap::new(),
            sets: BTreeMap::new(),
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
        let at = (entry.kind as u8, entry.round.to_u32());
        assert_eq!(*self.agreed.entry(at).or_insert(entry.digest), entry.digest, "two digests for {at:?}");
        if self.records.last().is_none_or(|last| last != record) {
            self.records.push(record.to_vec());
        }
    }

    /// The set of a list that it has agreed to.
    pub fn has_seen(&mut self, world: &World, shut: &Shut) {
        let round = Header::parse(&shut.frame).unwrap().round;
        let close = Close::verify(&shut.frame, &world.view, round).unwrap();
        let set = Members::from(close.set).to_marks();
        assert_eq!(*self.sets.entry(round.to_u32()).or_insert_with(|| set.clone()), set);
    }

    pub fn snapshot(&mut self) {
        self.snapshots.push(self.role.to_bytes().unwrap().to_vec());
    }

    /// From a state that was stored at some time, and all records.
    pub fn restart(&mut self, world: &World, back: usize) {
        let state = &self.snapshots[self.snapshots.len() - 1 - back % self.snapshots.len()];
        self.role = world.trustee(self.role.number(), state).unwrap();
        self.records.iter().for_each(|record| self.role.replay(record).unwrap());
        assert_eq!(self.role.log().len(), self.audit.log().len());
        assert_eq!(self.role.log().head(), self.audit.log().head());
    }

    /// A step that may fail, and then has changed nothing; else its record is stored, and the message is out.
    pub fn act<T>(
        &mut self,
        step: impl FnOnce(&mut Trustee) -> Result<Prepared<T, AnswererRecord>, Error>,
    ) -> Option<T> {
        let before = self.role.to_bytes().unwrap();
        match step(&mut self.role) {
            Ok(prepared) => {
                self.store(prepared.record());
                assert_eq!(self.role.log().head(), self.audit.log().head());
                Some(prepared.stored())
            }
            Err(error) => {
                self.refused.push(error);
                assert_eq!(*self.role.to_bytes().unwrap(), *before);
                None
            }
        }
    }

    fn open(&mut self, now: Round, frame: &[u8]) {
        let before = self.role.to_bytes().unwrap();
        if let Err(error) = self.role.open(now, frame) {
            self.refused.push(error);
            assert_eq!(*self.role.to_bytes().unwrap(), *before);
        }
    }

    fn tell(&mut self, frame: &[u8]) {
        let header = Header::parse(frame).unwrap();
        let query = match header.kind {
            Kind::ProvenShare | Kind::WindowShare => Header::LEN + 32,
            _ => Header::LEN,
        };
        let told = self.told.entry(frame[..query].to_vec()).or_insert_with(|| frame.to_vec());
        assert_eq!(told, frame);
    }

    fn tell_of(&mut self, query: &WindowQuery) {
        let first = query.window.first.to_u32();
        assert_eq!(query.window.last.to_u32(), first + WINDOW - 1);
        let now = (query.billed.to_marks(), self.rounds_of(first));
        assert_eq!(*self.windows.entry(first).or_insert_with(|| now.clone()), now);
    }

    fn rounds_of(&self, first: u32) -> Vec<u32> {
        self.sets.range(first..first + WINDOW).map(|(round, _)| *round).collect()
    }

    /// No block of fewer than κ readings follows from all sets and bills together.
    pub fn check_windows(&self) {
        for (first, (billed, told)) in &self.windows {
            // A round behind the bills would be in no bill.
            assert_eq!(self.rounds_of(*first), *told);
            let sets: Vec<&[bool]> =
                self.sets.range(first..&(first + WINDOW)).map(|(_, set)| set.as_slice()).collect();
            assert!(window_connectivity(&sets, billed) >= KAPPA, "{billed:?} {sets:?}");
        }
    }
}

impl Game<'_> {
    /// Some frame of before to some step of some trustee.
    pub fn deliver(&mut self, input: &mut Input<'_>) {
        let (to, back, how) = (input.u8(), input.u8(), input.u8());
        let (number, step) = (1 + to % TRUSTEES, (to >> 2) % 7);
        let flip = |frame: &mut Vec<u8>| {
            if how & 1 == 1 {
                // One byte on its way, which the signature shows.
                let at = usize::from(how >> 1) % frame.len();
                frame[at] ^= 1 << (back & 7);
            }
        };
        match step {
            AGREE | FOLLOW | AGREE_HINTED | FOLLOW_HINTED => {
                let Some(mut shut) = from_end(&self.closes, back) else { return };
                if how & 2 == 0 {
                    flip(&mut shut.frame);
                } else {
                    self.alter(&mut shut, how >> 2);
                }
                self.shut(number, step, &shut);
            }
            _ => {
                let list = match step {
                    OPEN => &self.opens,
                    AGREE_BILL => &self.queries,
                    _ => &self.statements,
                };
                let Some(mut frame) = from_end(list, back) else { return };
                flip(&mut frame);
                self.receive(number, step, &frame);
            }
        }
    }

    /// Another list than the one that goes with the Close.
    fn alter(&self, shut: &mut Shut, how: u8) {
        let count = shut.list.len();
        let at = usize::from(how >> 3) % count.max(1);
        match how & 7 {
            _ if count == 0 => {}
            0 => drop(shut.list.remove(at)),
            1 => shut.list.insert(at, shut.list[at].clone()),
            2 => shut.list.swap(at, count - 1),
            3 => shut.list[at][usize::from(how) * 3] ^= 4,
            4 => shut.list = from_end(&self.closes, how >> 3).map_or(Vec::new(), |other| other.list),
            5 => shut.list.truncate(at),
            6 => shut.hints.iter_mut().skip(at * 16).for_each(|byte| *byte ^= how),
            _ => shut.list[at].truncate(usize::from(how)),
        }
    }

    /// What a trustee makes of a Close and its list; returns what it tells.
    pub fn shut(&mut self, number: u8, step: u8, shut: &Shut) -> Option<Vec<u8>> {
        let (now, world, list) = (self.round(), self.world, slices(&shut.list));
        let member = self.member(number);
        let told = match step {
            AGREE => member.act(|role| role.agree(now, &shut.frame, &list))?,
            AGREE_HINTED => member.act(|role| role.agree_hinted(now, &shut.frame, &list, &shut.hints))?,
            FOLLOW => member.act(|role| role.follow(now, &shut.frame, &list)).map(|()| Vec::new())?,
            _ => member
                .act(|role| role.follow_hinted(now, &shut.frame, &list, &shut.hints))
                .map(|()| Vec::new())?,
        };
        member.has_seen(world, shut);
        if told.is_empty() {
            return None;
        }
        member.tell(&told);
        self.statements.push(told.clone());
        Some(told)
    }

    /// What a trustee makes of any other frame.
    pub fn receive(&mut self, number: u8, step: u8, frame: &[u8]) -> Option<Vec<u8>> {
        let (now, world) = (self.round(), self.world);
        let statements: Vec<Vec<u8>> = self.statements.iter().rev().take(12).cloned().collect();
        let member = self.member(number);
        match step {
            OPEN => {
                member.open(now, frame);
                None
            }
            AGREE_BILL => {
                let told = member.act(|role| role.agree_bill(now, frame))?;
                member.tell(&told);
                member.tell_of(&WindowQuery::verify(frame, &world.view, now).unwrap());
                self.statements.push(told.clone());
                Some(told)
            }
            _ => {
                // The last statements that say what this one does, one of each.
                let same = |other: &&Vec<u8>| other[12..48] == frame[12..48] && other[2] == frame[2];
                let mut given: Vec<&[u8]> = Vec::new();
                for statement in statements.iter().filter(same) {
                    if given.iter().all(|other| other[8..12] != statement[8..12]) {
                        given.push(statement);
                    }
                }
                let told = member.act(|role| role.answer(&given))?;
                assert!(given.len() >= THRESHOLD.into());
                member.tell(&told);
                self.opened(number, &told);
                Some(told)
            }
        }
    }

    /// Number 4 lies: it may help two lists, but not bring it about that two are opened.
    fn opened(&mut self, number: u8, told: &[u8]) {
        let header = Header::parse(told).unwrap();
        let digest = told[Header::LEN..Header::LEN + 32].try_into().unwrap();
        if number < TRUSTEES {
            let of = self.opened.entry((header.kind as u8, header.round.to_u32()));
            assert_eq!(*of.or_insert(digest), digest, "two lists are opened");
        }
        let kind = match header.kind {
            Kind::WindowShare => AnswerKind::ElgamalWindow,
            _ => AnswerKind::ElgamalRound,
        };
        let agreed = &self.members[usize::from(number) - 1].agreed;
        assert_eq!(agreed.get(&(kind as u8, header.round.to_u32())), Some(&digest));
        self.seen.shares += u32::from(header.kind == Kind::ProvenShare);
        self.seen.bill_shares += u32::from(header.kind == Kind::WindowShare);
        self.shares.push(told.to_vec());
    }

    pub fn catch_up(&mut self, input: &mut Input<'_>) {
        let (number, open, close) = (1 + input.u8() % TRUSTEES, input.u8(), input.u8());
        let (Some(open), Some(shut)) = (from_end(&self.opens, open), from_end(&self.closes, close)) else {
            return;
        };
        let (now, world, list) = (self.round(), self.world, slices(&shut.list));
        let member = self.member(number);
        let known = member.records.len();
        let missed = member.role.missed();
        if member.act(|role| role.catch_up(now, &open, &shut.frame, &list)).is_some() {
            member.has_seen(world, &shut);
            let round = Header::parse(&shut.frame).unwrap().round;
            assert!(missed != Some(round) || member.role.missed().is_none());
            self.seen.caught_up += u32::from(self.member(number).records.len() > known);
        }
    }
}
