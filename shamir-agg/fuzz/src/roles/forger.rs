//! The utility's key in other hands, and aggregator 4's: everything is validly signed.

use meter_link::answer::Stated;
use meter_link::round::{CloseFields, FrameHash, OpenFields, frame_hash};
use meter_link::set::{self, Members};
use meter_link::window::{Window, WindowFields};
use meter_link::{Header, Kind, PartyId, Round};

use super::super::input::Input;
use super::super::world::{AGGREGATORS, FIRST, METERS, WINDOW};
use super::{Game, from_end, quorum};

impl Game<'_> {
    fn near(&self, choice: u8) -> Round {
        Round::from((self.now + u32::from(choice % 8)).saturating_sub(3))
    }

    fn previous(&self, choice: u8) -> Option<(Round, FrameHash)> {
        let frame = match choice & 1 {
            0 => from_end(&self.closes, choice >> 2)?,
            _ => from_end(&self.opens, choice >> 2)?,
        };
        let round = Header::parse(&frame).unwrap().round;
        (choice & 2 == 0).then_some((round, frame_hash(&frame)))
    }

    pub fn forge_open(&mut self, input: &mut Input<'_>) {
        let round = self.near(input.u8());
        let previous = self.previous(input.u8()).filter(|(previous, _)| *previous != round);
        let present = input.marks(METERS);
        let mut out = vec![0; OpenFields::max_len(METERS as u32)];
        let fields = OpenFields { round, previous, present: &present };
        let identity = self.world.ring.signer(PartyId::UTILITY);
        let frame = fields.sign(&self.world.view, identity, &mut out).unwrap().to_vec();
        self.opens.push(frame);
        self.spread(0, input.u8());
    }

    pub fn forge_close(&mut self, input: &mut Input<'_>) {
        let Some(open) = from_end(&self.opens, input.u8()) else { return };
        let (mask, flags, set) = (input.u8(), input.u8(), input.marks(METERS));
        let round = match flags & 8 {
            0 => Header::parse(&open).unwrap().round,
            _ => self.near(flags),
        };
        let is_final = flags & 1 == 0;
        let pass = 1 + (flags >> 1 & 3) % 3;
        let quorum = is_final.then(|| quorum(mask));
        let fields = CloseFields { round, pass, previous: frame_hash(&open), quorum, is_final, set: &set };
        let mut out = vec![0; CloseFields::max_len(METERS as u32, AGGREGATORS)];
        let identity = self.world.ring.signer(PartyId::UTILITY);
        let Ok(frame) = fields.sign(&self.world.view, identity, &mut out) else { return };
        let frame = frame.to_vec();
        self.note(&set);
        self.closes.push(frame);
        self.spread(1 + (flags >> 4) % 3, mask >> 4);
    }

    pub fn note(&mut self, set: &[bool]) {
        let ids = self.ids(set);
        let digest = set::digest(&self.world.view.epoch().roster_root, ids.len() as u32, ids.into_iter());
        self.sets.insert(digest, set.to_vec());
    }

    /// A query for some window: sets as some aggregator has them, or as the honest utility has.
    pub fn forge_query(&mut self, input: &mut Input<'_>) {
        let (choice, whose, mask) = (input.u8(), input.u8(), input.u8());
        let mut first = Round::from(FIRST + u32::from(choice % 6) * WINDOW);
        let mut last = Round::from(first.to_u32() + WINDOW - 1);
        let billed = Members::marked(&input.marks(METERS)).unwrap();
        let books = match whose % 5 {
            0 => self.utility.books(),
            number => self.members[usize::from(number) - 1].role.books(),
        };
        let sets_digest = books.unwrap().get(first).map_or([0; 32], |book| book.sets_digest());
        if whose & 0x80 != 0 {
            (first, last) =
                (Round::from(first.to_u32() + 1), Round::from(last.to_u32() + u32::from(whose & 0x40 == 0)));
        }
        let window = Window { first, last };
        let fields = WindowFields { window, sets_digest, quorum: quorum(mask), billed: &billed };
        let mut out = vec![0; WindowFields::max_len(METERS as u32, AGGREGATORS)];
        let identity = self.world.ring.signer(PartyId::UTILITY);
        let frame = fields.sign(&self.world.view, identity, &mut out).unwrap().to_vec();
        self.queries.push(frame);
        self.spread(4 + (choice >> 7), mask >> 4);
    }

    /// The frame just made to those whom the mask does not leave out.
    fn spread(&mut self, step: u8, mask: u8) {
        let list = match step {
            0 => &self.opens,
            1..=3 => &self.closes,
            _ => &self.queries,
        };
        let frame = list.last().unwrap().clone();
        for number in quorum(mask).iter() {
            self.receive(number, step, &frame);
        }
    }

    /// Aggregator 4 states whatever is wanted of it.
    pub fn forge_statement(&mut self, input: &mut Input<'_>) {
        let choice = input.u8();
        let like = from_end(&self.statements, choice >> 2);
        let (mut round, mut digest) = (self.near(input.u8()), [choice; 32]);
        if let Some(like) = like.filter(|_| choice & 1 == 0) {
            round = Header::parse(&like).unwrap().round;
            digest = like[Header::LEN..Header::LEN + 32].try_into().unwrap();
        }
        let kind = if choice & 2 == 0 { Kind::SetStatement } else { Kind::WindowStatement };
        let id = self.world.aggregator_id(AGGREGATORS);
        let stated = Stated { kind, round, digest };
        self.statements.push(stated.sign(&self.world.view, self.world.ring.signer(id), id).unwrap());
    }

    /// Aggregator 4 answers something else.
    pub fn lie(&mut self, input: &mut Input<'_>) {
        let (back, at, by) = (input.u8(), input.u8(), input.u8() | 1);
        let true_one = |answer: &&Vec<u8>| self.by_liar(answer) && !self.lies.contains(*answer);
        let own: Vec<Vec<u8>> = self.answers.iter().filter(true_one).cloned().collect();
        if let Some(frame) = from_end(&own, back) {
            self.lie_of(frame, at, by);
        }
    }

    pub fn by_liar(&self, frame: &[u8]) -> bool {
        let liar = self.world.aggregator_id(AGGREGATORS).0.to_le_bytes();
        matches!(frame.get(2), Some(6 | 7)) && frame[8..12] == liar
    }

    /// Another lowest byte of some value: it stays an element.
    pub fn lie_of(&mut self, mut frame: Vec<u8>, at: u8, by: u8) -> Vec<u8> {
        let head = Header::LEN + 33 + usize::from(frame[2] == Kind::Answer as u8);
        let values = (frame.len() - 16 - head) / 8;
        frame[head + 8 * (usize::from(at) % values)] ^= by;
        self.world.ring.tag(&mut frame).unwrap();
        self.lies.push(frame.clone());
        self.answers.push(frame.clone());
        frame
    }
}
