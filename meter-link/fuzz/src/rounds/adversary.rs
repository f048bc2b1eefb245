//! A utility that signs whatever the fuzzer wants, against one answerer's agreement and one meter's chain.

use std::collections::BTreeMap;

use meter_link::answer::{Agreement, AnswerKind, Quorum};
use meter_link::frame::Reader;
use meter_link::log::{Audit, Form};
use meter_link::round::{Chain, Close, CloseFields, FrameHash, Open, OpenFields, frame_hash};
use meter_link::set::Members;
use meter_link::toggle::Toggles;
use meter_link::{Error, PartyId, Protocol, Round, set};

use super::super::input::Input;
use super::super::world::{ANSWERERS, FIRST, LAST, METERS, THRESHOLD, World};
use super::Seen;

const ME: u8 = 2;
/// Frames that are made for an input: a fuzzer's time is better spent on more inputs.
const FRAMES: usize = 60;

type Marks = Vec<bool>;

#[derive(Clone)]
struct Sent {
    frame: Vec<u8>,
    round: u32,
    marks: Marks,
}

/// What is stored at some time: the agreement's bytes, and what it has observed until then.
struct Snapshot {
    state: Vec<u8>,
    observed: Vec<(u32, Marks)>,
}

struct Game<'w> {
    world: &'w World,
    agreement: Agreement,
    /// Sets agreed to, ascending: what changes are counted over.
    observed: Vec<(u32, Marks)>,
    /// For ever, over all restarts.
    digests: BTreeMap<(u8, u32), [u8; 32]>,
    records: Vec<Vec<u8>>,
    audit: Audit,
    snapshots: Vec<Snapshot>,
    opens: Vec<Sent>,
    closes: Vec<Sent>,
    /// The Open that the agreement took last.
    current: Option<usize>,
    chain: Chain,
    passes: BTreeMap<(u32, u8), FrameHash>,
    now: u32,
    seen: Seen,
}

pub fn run(world: &World, input: &mut Input<'_>) -> Seen {
    let mut game = Game::new(world);
    let mut steps = 0;
    while !input.is_empty() && steps < FRAMES && game.opens.len() + game.closes.len() < FRAMES {
        game.step(input);
        steps += 1;
    }
    game.seen
}

impl<'w> Game<'w> {
    fn new(world: &'w World) -> Self {
        let id = world.post(ME).id;
        let agreement = Agreement::new(&world.view, id, ME, THRESHOLD).unwrap();
        let audit = Audit::new(world.view.context(), id);
        let mut game = Game {
            world,
            agreement,
            observed: Vec::new(),
            digests: BTreeMap::new(),
            records: Vec::new(),
            audit,
            snapshots: Vec::new(),
            opens: Vec::new(),
            closes: Vec::new(),
            current: None,
            chain: Chain::new(),
            passes: BTreeMap::new(),
            now: FIRST,
            seen: Seen::default(),
        };
        game.snapshot();
        game
    }

    fn step(&mut self, input: &mut Input<'_>) {
        match input.u8() % 12 {
            0 | 1 => self.new_open(input),
            2 | 3 => self.new_close(input),
            4 => {
                // A whole round of those whom the input names, the rest of the rules kept.
                self.now += 1 + u32::from(input.u8() % 3);
                let marks = input.marks(METERS as usize);
                self.whole(&vec![true; METERS as usize], &marks);
            }
            5 => {
                // One meter comes and goes.
                let (meter, times) = (input.index(METERS as usize), input.u8() % 20);
                for turn in 0..times {
                    self.now += 1;
                    let mut marks = vec![true; METERS as usize];
                    marks[meter] = turn % 2 == 0;
                    self.whole(&vec![true; METERS as usize], &marks);
                }
            }
            6 => self.now = (self.now + u32::from(input.u8())).min(LAST + 3),
            7 => self.now = self.now.saturating_sub((input.u8() % 8).into()).max(FIRST - 1),
            8 => self.snapshot(),
            9 => self.restart(input),
            10 => {
                // A frame of before, at any step.
                let sent: Vec<&Sent> = self.opens.iter().chain(&self.closes).collect();
                if !sent.is_empty() {
                    let frame = sent[input.index(sent.len())].frame.clone();
                    self.receive(input.u8(), &frame);
                }
            }
            _ => {
                let (open, close) = (input.u8(), input.u8());
                if !self.opens.is_empty() && !self.closes.is_empty() {
                    let open = usize::from(open) % self.opens.len();
                    let close = usize::from(close) % self.closes.len();
                    self.catch_up(open, close);
                }
            }
        }
    }

    fn round(&self, input: &mut Input<'_>) -> u32 {
        (self.now + u32::from(input.u8() % 8)).saturating_sub(3)
    }

    fn sign_open(&mut self, round: u32, previous: Option<(Round, FrameHash)>, marks: &[bool]) -> usize {
        let fields = OpenFields { round: Round::from(round), previous, present: marks };
        let mut out = vec![0; OpenFields::max_len(METERS)];
        let identity = self.world.signer(PartyId::UTILITY);
        let frame = fields.sign(&self.world.view, identity, &mut out).unwrap().to_vec();
        self.opens.push(Sent { frame, round, marks: marks.to_vec() });
        self.opens.len() - 1
    }

    fn sign_close(&mut self, fields: &CloseFields<'_>) -> Option<usize> {
        let mut out = vec![0; CloseFields::max_len(METERS, ANSWERERS)];
        let identity = self.world.signer(PartyId::UTILITY);
        let frame = fields.sign(&self.world.view, identity, &mut out).ok()?.to_vec();
        self.closes.push(Sent { frame, round: fields.round.to_u32(), marks: fields.set.to_vec() });
        Some(self.closes.len() - 1)
    }

    fn previous(&self, choice: u8) -> Option<(Round, FrameHash)> {
        let sent = match choice & 3 {
            0 => return None,
            1 => self.closes.last()?,
            2 => self.closes.get(usize::from(choice >> 2))?,
            _ => self.opens.get(usize::from(choice >> 2))?,
        };
        Some((Round::from(sent.round), frame_hash(&sent.frame)))
    }

    fn new_open(&mut self, input: &mut Input<'_>) {
        let round = self.round(input);
        let previous = self.previous(input.u8());
        let marks = input.marks(METERS as usize);
        let index = self.sign_open(round, previous, &marks);
        self.open(index);
    }

    fn new_close(&mut self, input: &mut Input<'_>) {
        let choice = input.u8();
        let open =
            self.opens.len().checked_sub(1 + usize::from(choice & 3)).map(|index| self.opens[index].clone());
        let round = if choice & 4 == 0 { open.as_ref().map(|open| open.round) } else { None };
        let round = round.unwrap_or_else(|| self.round(input));
        let previous = match (choice >> 3) & 3 {
            0 => open.map_or([0; 32], |open| frame_hash(&open.frame)),
            1 => self.closes.last().map_or([0; 32], |close| frame_hash(&close.frame)),
            _ => [choice; 32],
        };
        let (mask, flags) = (input.u8(), input.u8());
        let numbers: Vec<u8> = (1..=ANSWERERS).filter(|n| (mask >> (n - 1)) & 1 == 0).collect();
        let is_final = flags & 1 == 0;
        let quorum = is_final.then(|| Quorum::new(&numbers).unwrap());
        let set = input.marks(METERS as usize);
        let round = Round::from(round);
        let pass = 1 + (flags >> 1) % 3;
        let fields = CloseFields { round, pass, previous, quorum, is_final, set: &set };
        if let Some(index) = self.sign_close(&fields) {
            let frame = self.closes[index].frame.clone();
            self.receive(flags >> 3, &frame);
        }
    }

    /// Open and Close of this round; the set is cut to what the rules allow.
    fn whole(&mut self, present: &[bool], set: &[bool]) {
        let previous = self.previous(1);
        let round = self.now;
        let open = self.sign_open(round, previous, present);
        self.open(open);
        if self.current != Some(open) {
            return;
        }
        let quorum = Some(Quorum::new(&[1, 2, 3]).unwrap());
        let previous = frame_hash(&self.opens[open].frame);
        let round = Round::from(round);
        let fields = CloseFields { round, pass: 1, previous, quorum, is_final: true, set };
        if let Some(index) = self.sign_close(&fields) {
            let frame = self.closes[index].frame.clone();
            self.receive(1, &frame);
        }
    }

    fn open(&mut self, index: usize) {
        let frame = self.opens[index].frame.clone();
        let before = self.saved();
        if let Ok(round) = self.agreement.open(Round::from(self.now), &frame) {
            let sent = &self.opens[index];
            assert_eq!(round.to_u32(), sent.round);
            assert!(count(&sent.marks) >= 4 && self.now.abs_diff(sent.round) <= 2);
            self.current = Some(index);
        }
        assert_eq!(self.saved(), before);
        self.chain(&frame);
    }

    /// A meter of dcnet-core: one Close a pass, nothing after the final one.
    fn chain(&mut self, frame: &[u8]) {
        let (view, now) = (&self.world.view, Round::from(self.now));
        let before = self.chain;
        if let Ok(open) = Open::verify(frame, view, now) {
            if self.chain.open(&open).is_ok() {
                assert!(before.last_final().is_none_or(|(round, _)| round < open.round));
            }
        } else if let Ok(close) = Close::verify(frame, view, now)
            && self.chain.close(&close).is_ok()
        {
            let key = (close.round.to_u32(), close.pass);
            assert_eq!(*self.passes.entry(key).or_insert(close.hash), close.hash);
            let later =
                self.passes.range((key.0, 1)..).all(|((round, pass), _)| *round == key.0 && *pass <= 3);
            assert!(later || !close.is_final || self.chain.last_final().is_some());
        }
    }

    /// A frame at one of the steps that take a Close.
    fn receive(&mut self, how: u8, frame: &[u8]) {
        let now = Round::from(self.now);
        let before = self.saved();
        let agreed: Result<(Close<'_>, Form), Error> = match how % 4 {
            0 => self.agreement.follow(now, frame).map(|close| (close, Form::Agreed)),
            1 => self.agreement.close(now, frame).map(|(close, quorum)| {
                assert!(quorum.len() == THRESHOLD && quorum.contains(ME));
                (close, Form::Bound)
            }),
            2 => self.agreement.close_certified(now, frame).map(|close| {
                assert!(close.quorum.is_some_and(|asked| asked.len() >= THRESHOLD && asked.contains(ME)));
                (close, Form::Statement)
            }),
            _ => {
                let _ = self.agreement.open(now, frame).map(|_| {
                    self.current = self.opens.iter().position(|sent| sent.frame == frame);
                });
                self.chain(frame);
                return;
            }
        };
        assert_eq!(self.saved(), before);
        match agreed {
            Ok((close, form)) => {
                let current = self.current.unwrap();
                assert!(self.now.abs_diff(close.round.to_u32()) <= 2);
                self.agree(&close, form, current);
            }
            Err(error) => self.seen.refused.push(error),
        }
        self.chain(frame);
    }

    fn catch_up(&mut self, open: usize, close: usize) {
        let (first, second) = (self.opens[open].frame.clone(), self.closes[close].frame.clone());
        let before = self.saved();
        let agreed = self.agreement.catch_up(Round::from(self.now), &first, &second);
        assert_eq!(self.saved(), before);
        match agreed {
            Ok(close) => {
                assert!(close.round.to_u32() <= self.now);
                self.seen.caught_up += 1;
                self.agree(&close, Form::Agreed, open);
            }
            Err(error) => self.seen.refused.push(error),
        }
    }

    /// The rules of sets, once more and as they are said.
    fn agree(&mut self, close: &Close<'_>, form: Form, open: usize) {
        let (round, set) = (close.round.to_u32(), Members::from(close.set).to_marks());
        let open = &self.opens[open];
        let kind = self.kind();
        assert!(close.is_final && open.round == round);
        assert!(set.iter().zip(&open.marks).all(|(member, present)| !member || *present));
        assert!(count(&set) >= 4 && 2 * count(&set) >= count(&open.marks));
        assert!(close.pass == 1 || self.world.view.protocol() == Protocol::Dcnet);
        assert!(close.pass != 1 || close.previous == frame_hash(&open.frame));
        let known = self.digests.contains_key(&(kind as u8, round));
        if !known {
            assert!(self.observed.last().is_none_or(|(last, _)| *last <= round));
            assert!(
                (0..set.len()).all(|meter| !set[meter] || self.changes(round, meter) <= Toggles::MOST.into())
            );
        }
        let meters = self.world.roster.meters().iter().zip(&set);
        let ids = meters.filter(|(_, member)| **member).map(|(meter, _)| meter.id);
        let digest = set::digest(&self.world.view.epoch().roster_root, count(&set), ids);
        let told: &[u8] = if form == Form::Agreed { b"" } else { b"what was told" };
        let before = self.saved();
        match self.agreement.fix(close, digest, form, told) {
            Ok(record) => {
                self.seen.agreed += 1;
                assert_eq!(*self.digests.entry((kind as u8, round)).or_insert(digest), digest);
                if self.records.last().is_none_or(|last| last != &record) {
                    self.records.push(record.to_vec());
                }
                self.audit.follow(&record).unwrap();
                if self.observed.last().is_none_or(|(last, _)| *last < round) {
                    self.observed.push((round, set));
                }
            }
            Err(error) => {
                self.seen.refused.push(error);
                assert_ne!(self.digests[&(kind as u8, round)], digest);
                assert_eq!(self.saved(), before);
            }
        }
    }

    /// Changes of a meter in the span of a round, with the one that being in this round's set makes.
    fn changes(&self, round: u32, meter: usize) -> u32 {
        let span = |round: u32| (round - FIRST) / Toggles::SPAN;
        let turns = self
            .observed
            .windows(2)
            .filter(|pair| pair[0].1[meter] != pair[1].1[meter] && span(pair[1].0) == span(round));
        turns.count() as u32 + u32::from(self.observed.last().is_some_and(|(_, last)| !last[meter]))
    }

    fn kind(&self) -> AnswerKind {
        self.world.post(ME).kind
    }

    fn saved(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.agreement.save(&mut out).unwrap();
        out
    }

    fn snapshot(&mut self) {
        let (state, observed) = (self.saved(), self.observed.clone());
        self.snapshots.push(Snapshot { state, observed });
    }

    /// From some state that was stored, and all records.
    fn restart(&mut self, input: &mut Input<'_>) {
        let choice = input.u8();
        let snapshot = &self.snapshots[usize::from(choice >> 1) % self.snapshots.len()];
        let id = self.world.post(ME).id;
        let mut agreement = Agreement::new(&self.world.view, id, ME, THRESHOLD).unwrap();
        agreement.load(&mut Reader::new(&snapshot.state)).unwrap();
        self.observed = snapshot.observed.clone();
        if choice & 1 == 0 {
            self.records.iter().for_each(|record| agreement.replay(record).unwrap());
        } else {
            self.records.iter().rev().for_each(|record| agreement.replay(record).unwrap());
        }
        self.agreement = agreement;
        self.current = None;
        self.seen.restarts += 1;
        self.chain = Chain::new();
        self.passes.clear();
        assert_eq!(self.agreement.log().len(), self.audit.log().len());
        assert_eq!(self.agreement.log().head(), self.audit.log().head());
    }
}

fn count(marks: &[bool]) -> u32 {
    marks.iter().filter(|mark| **mark).count() as u32
}
