//! A meter with its storage, what has left it, and what must hold of that.

use std::collections::BTreeMap;

use dcnet_core::{Error, Meter, Neighbour};
use meter_link::answer::AnswererLink;
use meter_link::frame::{Flags, Reader};
use meter_link::set::{Members, SetView};
use meter_link::{Channels, Header, Round, Schedule, SetRules};

use super::super::world::{CHANNELS, METERS, Mark, READS, RULES, World, state};
use super::Marks;

type Storage<N, H> = fn(&World) -> (H, N);

/// A frame, and the reading in it.
pub type Sent = (Vec<u8>, [i64; CHANNELS]);

/// Rounds that a meter stays away, and in which it counts as sending.
const AWAY: u32 = 96;
const SENDING: u32 = 2;

/// What the meter should know: the round that is open, whom its Open names, whether it has contributed.
#[derive(Clone, Default)]
struct Known {
    open: Option<(u32, Marks, bool)>,
    /// The last round that it has contributed to since it was named absent.
    sent: Option<u32>,
    away_until: u32,
}

struct Stored {
    bytes: Vec<u8>,
    closes: usize,
    known: Known,
}

pub struct Device<N, H> {
    pub role: Meter<N, H>,
    pub mark: Mark,
    world: &'static World,
    storage: Storage<N, H>,
    position: usize,
    /// Records of the mark and of Closes, and how many of the latter there were when a state was stored.
    marks: Vec<Vec<u8>>,
    pub closes: Vec<Vec<u8>>,
    states: Vec<Stored>,
    pub sent: BTreeMap<u32, Sent>,
    pub repairs: BTreeMap<(u32, u8), Vec<u8>>,
    /// The sets that it has repaired for, by round, in the order in which it did.
    repaired: BTreeMap<u32, Vec<(u8, Marks)>>,
    known: Known,
    /// The last round of which a Close was taken.
    closed: Option<u32>,
    pub refused: Vec<Error>,
}

impl<N, H> Device<N, H>
where
    N: AsRef<[Neighbour]> + AsMut<[Neighbour]>,
    H: AsRef<[AnswererLink]> + AsMut<[AnswererLink]>,
{
    pub fn new(world: &'static World, storage: Storage<N, H>, position: usize, state: &[u8]) -> Self {
        let (links, pairs) = storage(world);
        Device {
            role: Meter::from_bytes(&world.params, &world.view, links, pairs, state).unwrap(),
            mark: Mark::new(),
            world,
            storage,
            position,
            marks: Vec::new(),
            closes: Vec::new(),
            states: vec![Stored { bytes: state.to_vec(), closes: 0, known: Known::default() }],
            sent: BTreeMap::new(),
            repairs: BTreeMap::new(),
            repaired: BTreeMap::new(),
            known: Known::default(),
            closed: None,
            refused: Vec::new(),
        }
    }

    /// All of it, to see that nothing has changed.
    fn all(&self) -> (Vec<u8>, String) {
        (state(&self.role), format!("{:?}", self.mark))
    }

    fn refuse(&mut self, error: Error, before: &(Vec<u8>, String)) {
        assert_eq!(self.all(), *before, "{error:?}");
        self.refused.push(error);
    }

    pub fn open(&mut self, now: Round, frame: &[u8]) -> bool {
        let before = self.all();
        if let Err(error) = self.role.open(now, frame) {
            self.refuse(error, &before);
            return false;
        }
        let (round, present) = (round_of(frame), set_in(frame, OPEN_HEAD));
        let (named, least) = (count(&present), self.world.params.min_neighbours());
        assert!(named >= RULES.min_meters() && (!present[self.position] || named > least));
        let known = self.known.open.take();
        if known.as_ref().is_some_and(|(last, marks, _)| *last == round && *marks == present) {
            self.known.open = known; // the same Open again changes nothing
            return true;
        }
        assert!(self.closed.is_none_or(|closed| closed < round), "an Open behind a Close");
        if !present[self.position]
            && let Some(sent) = self.known.sent.take()
        {
            // The Open names the last round that was closed, or itself for none.
            let closed = u32::from_le_bytes(frame[Header::LEN..Header::LEN + 4].try_into().unwrap());
            if sent + SENDING >= round || closed == round || closed <= sent {
                self.known.away_until = round + AWAY;
            }
        }
        self.known.open = Some((round, present, false));
        true
    }

    /// The round's one contribution, in `room` bytes.
    pub fn contribute(&mut self, now: Round, round: u32, reading: &[i64], room: usize) -> Option<Vec<u8>> {
        let before = self.all();
        let mut out = vec![0xaa; room];
        let made = self.role.contribute(&mut self.mark, now, Round::from(round), reading, &mut out);
        let prepared = match made {
            Ok(prepared) => prepared,
            Err(error) => {
                assert!(out.iter().all(|byte| *byte == 0xaa));
                self.refuse(error, &before);
                return None;
            }
        };
        self.marks.push(prepared.record().to_vec());
        let frame = prepared.stored().to_vec();
        let len = self.world.params.contribution_len();
        assert!(frame.len() == len && room >= len && out[len..].iter().all(|byte| *byte == 0xaa));
        assert!(now.to_u32().abs_diff(round) <= 2);
        assert!(self.closed.is_none_or(|closed| closed < round), "a frame after the Close");
        assert!(round >= self.known.away_until, "a frame while it stays away");
        let (open, present, sent) = self.known.open.as_mut().unwrap();
        assert!(*open == round && present[self.position] && !*sent);
        *sent = true;
        self.known.sent = Some(round);
        let sent = (frame.clone(), reading.try_into().unwrap());
        assert!(self.sent.insert(round, sent).is_none(), "round {round} left twice");
        assert!(self.sent.range(round + 1..).next().is_none(), "a round behind a later one");
        Some(frame)
    }

    /// Takes a Close; the repair, if it makes one in `room` bytes.
    pub fn close(&mut self, now: Round, frame: &[u8], room: usize) -> Option<Vec<u8>> {
        let before = self.all();
        let mut out = vec![0xaa; room];
        let prepared = match self.role.close(now, frame, &mut out) {
            Ok(prepared) => prepared,
            Err(error) => {
                assert!(out.iter().all(|byte| *byte == 0xaa));
                self.refuse(error, &before);
                return None;
            }
        };
        self.closes.push(prepared.record().to_vec());
        let repair = prepared.stored().map(<[u8]>::to_vec);
        let mask = usize::from(self.world.params.answerers().div_ceil(8));
        let (round, set) = (round_of(frame), set_in(frame, CLOSE_HEAD + mask));
        let (is_final, pass) = (frame[3] & Flags::FINAL != 0, 1 + (frame[3] >> Flags::PASS_SHIFT & 3));
        self.closed = self.closed.max(Some(round));
        // A round may be over without its Open.
        self.known.open = self.known.open.take().filter(|(open, ..)| *open >= round);
        let Some(repair) = repair else {
            assert!(out.iter().all(|byte| *byte == 0xaa));
            return None;
        };
        assert!(!is_final && pass < 3 && set[self.position]);
        self.check_repair(round, pass, &set);
        let len = self.world.params.repair_len();
        assert!(repair.len() == len && room >= len && out[len..].iter().all(|byte| *byte == 0xaa));
        let first = self.repairs.entry((round, pass)).or_insert_with(|| repair.clone());
        assert_eq!(*first, repair, "two repairs of pass {pass} in round {round}");
        Some(repair)
    }

    /// Of its own round, for sets that only shrink and keep the rules.
    fn check_repair(&mut self, round: u32, pass: u8, set: &Marks) {
        let (open, present, sent) = self.known.open.as_ref().unwrap();
        assert!(*open == round && *sent && self.sent.contains_key(&round), "a repair without a contribution");
        let within = |inner: &Marks, outer: &Marks| inner.iter().zip(outer).all(|(i, o)| !*i || *o);
        assert!(within(set, present) && set != present);
        let SetRules { max_missing_permille, .. } = RULES;
        assert!(count(set) * 1000 >= count(present) * (1000 - u32::from(max_missing_permille)));
        assert!(count(set) >= RULES.min_meters() && count(set) > self.world.params.min_neighbours());
        let repaired = self.repaired.entry(round).or_default();
        match repaired.last() {
            Some((last, earlier)) if *last == pass => assert_eq!(earlier, set),
            Some((last, earlier)) => {
                assert!(*last < pass && within(set, earlier));
                repaired.push((pass, set.clone()));
            }
            None => repaired.push((pass, set.clone())),
        }
    }

    /// Stores its state, with whatever the records say.
    pub fn store(&mut self) {
        let (bytes, closes) = (state(&self.role), self.closes.len());
        self.states.push(Stored { bytes, closes, known: self.known.clone() });
    }

    /// From some state that was stored and the records since; torn ones change nothing.
    pub fn restart(&mut self, choice: u8, order: u8) {
        let back = usize::from(choice >> 2) % self.states.len();
        let stored = &self.states[self.states.len() - 1 - back];
        let (links, pairs) = (self.storage)(self.world);
        let (params, view) = (&self.world.params, &self.world.view);
        self.role = Meter::from_bytes(params, view, links, pairs, &stored.bytes).unwrap();
        assert_eq!(state(&self.role), stored.bytes);
        self.known = stored.known.clone();
        self.mark = Mark::new();
        let torn = |record: &[u8]| record[..usize::from(order) % record.len()].to_vec();
        let turned = |count: usize| (0..count).map(move |i| (i + usize::from(order)) % count);
        for i in turned(self.marks.len()) {
            assert!(choice & 2 == 0 || self.mark.replay(&torn(&self.marks[i])).is_err());
            self.mark.replay(&self.marks[i]).unwrap();
        }
        let closes = if choice & 1 == 0 { &self.closes[stored.closes..] } else { &self.closes[..] };
        for i in turned(closes.len()) {
            let before = state(&self.role);
            if choice & 2 != 0 {
                assert!(self.role.replay(&torn(&closes[i])).is_err());
                assert_eq!(state(&self.role), before);
            }
            self.role.replay(&closes[i]).unwrap();
            let round = u32::from_le_bytes(closes[i][1..5].try_into().unwrap());
            self.known.open = self.known.open.take().filter(|(open, ..)| *open > round);
        }
    }

    /// Takes a record of whatever bytes.
    pub fn replay(&mut self, record: &[u8]) {
        let before = self.all();
        if let Err(error) = self.role.replay(record) {
            self.refuse(error, &before);
        }
    }

    pub fn is_away(&self, round: u32) -> bool {
        round < self.known.away_until
    }

    /// Another session of the device takes an interval of these channels.
    pub fn elsewhere(&mut self, channels: Channels, schedule: &Schedule, round: Round) -> bool {
        let taken = self.mark.take(channels, schedule, round);
        taken.is_ok_and(|record| {
            self.marks.push(record.to_vec());
            true
        })
    }

    /// This session has sent in a round, and seen its end, before the story begins.
    pub fn spent(&mut self, round: u32) {
        let schedule = self.world.params.group().schedule;
        assert!(self.elsewhere(READS, &schedule, Round::from(round)));
        self.known.open = Some((round, vec![true; METERS], true));
        self.known.sent = Some(round);
        self.states[0].known = self.known.clone();
        self.closed = Some(round);
    }
}

/// What stands before the set.
const OPEN_HEAD: usize = Header::LEN + 4 + 32;
const CLOSE_HEAD: usize = Header::LEN + 32;

/// Of a frame whose signature was right.
fn round_of(frame: &[u8]) -> u32 {
    u32::from_le_bytes(frame[12..16].try_into().unwrap())
}

fn set_in(frame: &[u8], head: usize) -> Marks {
    Members::from(SetView::read(&mut Reader::new(&frame[head..]), METERS as u32).unwrap()).to_marks()
}

fn count(marks: &[bool]) -> u32 {
    marks.iter().filter(|mark| **mark).count() as u32
}
