//! The utility's key in other hands, a meter's, and trustee 4's: everything is validly signed.

use curve25519_dalek::{RistrettoPoint, Scalar};
use meter_link::answer::Stated;
use meter_link::round::{CloseFields, FrameHash, OpenFields, frame_hash};
use meter_link::set::Members;
use meter_link::window::{Window, WindowFields};
use meter_link::{Header, Kind, PartyId, Round};

use super::super::input::Input;
use super::super::world::{FIRST, METERS, TRUSTEES, WINDOW};
use super::trustee::{AGREE, AGREE_BILL, OPEN};
use super::{Game, List, Shut, from_end, quorum};

impl Game<'_> {
    fn near(&self, choice: u8) -> Round {
        Round::from((self.now + u32::from(choice % 8)).saturating_sub(3))
    }

    fn previous(&self, choice: u8) -> Option<(Round, FrameHash)> {
        let frame = match choice & 1 {
            0 => from_end(&self.closes, choice >> 2)?.frame,
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
        self.opens.push(frame.clone());
        for number in quorum(input.u8()).iter() {
            self.receive(number, OPEN, &frame);
        }
    }

    /// A Close over any set, with what its meters have sent in the round: the last of them one thing or another.
    pub fn forge_close(&mut self, input: &mut Input<'_>) {
        let Some(open) = from_end(&self.opens, input.u8()) else { return };
        let (mask, flags, set) = (input.u8(), input.u8(), input.marks(METERS));
        let round = match flags & 8 {
            0 => Header::parse(&open).unwrap().round,
            _ => self.near(flags),
        };
        let is_final = flags & 1 == 0;
        let pass = 1 + (flags >> 1 & 1);
        let asked = is_final.then(|| quorum(mask));
        let fields =
            CloseFields { round, pass, previous: frame_hash(&open), quorum: asked, is_final, set: &set };
        let mut out = vec![0; CloseFields::max_len(METERS as u32, TRUSTEES)];
        let identity = self.world.ring.signer(PartyId::UTILITY);
        let Ok(frame) = fields.sign(&self.world.view, identity, &mut out) else { return };
        let frame = frame.to_vec();
        let other = |meter: usize| meter + 1 == METERS && flags & 4 != 0;
        let members = (0..METERS).filter(|meter| set[*meter]);
        let list: Option<List> =
            members.map(|meter| self.world.sent(meter, round.to_u32(), other(meter))).collect();
        let mut list = list.unwrap_or_default();
        if let Some(last) = list.last_mut().filter(|_| flags & 0x80 != 0) {
            let end = last.len() - 64 - 2;
            last[end] ^= 1;
            self.world.ring.sign(last);
        }
        let shut = Shut { frame, list, hints: Vec::new() };
        self.closes.push(shut.clone());
        for number in quorum(mask >> 4).iter() {
            self.shut(number, AGREE + (flags >> 4) % 4, &shut);
        }
    }

    /// A query for some window: lists as some trustee has them, or as the honest utility has.
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
        let mut out = vec![0; WindowFields::max_len(METERS as u32, TRUSTEES)];
        let identity = self.world.ring.signer(PartyId::UTILITY);
        let frame = fields.sign(&self.world.view, identity, &mut out).unwrap().to_vec();
        self.queries.push(frame.clone());
        for number in quorum(mask >> 4).iter() {
            self.receive(number, AGREE_BILL, &frame);
        }
    }

    /// Trustee 4 states whatever is wanted of it.
    pub fn forge_statement(&mut self, input: &mut Input<'_>) {
        let choice = input.u8();
        let like = from_end(&self.statements, choice >> 2);
        let (mut round, mut digest) = (self.near(input.u8()), [choice; 32]);
        let mut kind = if choice & 2 == 0 { Kind::SetStatement } else { Kind::WindowStatement };
        if let Some(like) = like.filter(|_| choice & 1 == 0) {
            let header = Header::parse(&like).unwrap();
            (round, kind) = (header.round, header.kind);
            digest = like[Header::LEN..Header::LEN + 32].try_into().unwrap();
        }
        let id = self.world.trustee_id(TRUSTEES);
        let stated = Stated { kind, round, digest };
        self.statements.push(stated.sign(&self.world.view, self.world.ring.signer(id), id).unwrap());
    }

    /// Trustee 4 gives something else, for the honest utility to take.
    pub fn lie(&mut self, input: &mut Input<'_>) {
        let (back, at, by) = (input.u8(), input.u8(), input.u8());
        let true_one = |share: &&Vec<u8>| self.by_liar(share) && !self.lies.contains(*share);
        let own: Vec<Vec<u8>> = self.shares.iter().filter(true_one).cloned().collect();
        if let Some(frame) = from_end(&own, back) {
            let lie = self.lie_of(frame, at, by);
            self.take(&lie);
        }
    }

    pub fn by_liar(&self, frame: &[u8]) -> bool {
        let liar = self.world.trustee_id(TRUSTEES).0.to_le_bytes();
        frame.get(8..12) == Some(&liar)
    }

    /// Another point in place of a share, or a byte of it all, under the right tag.
    pub fn lie_of(&mut self, mut frame: Vec<u8>, at: u8, by: u8) -> Vec<u8> {
        let (head, end) = (Header::LEN + 32, frame.len() - 16 - 64);
        if by & 1 == 0 {
            let share = head + 32 * (usize::from(at) % ((end - head) / 32));
            let point = RistrettoPoint::mul_base(&Scalar::from(by)).compress();
            frame[share..share + 32].copy_from_slice(point.as_bytes());
        } else {
            let at = Header::LEN + usize::from(at) % (end + 64 - Header::LEN);
            frame[at] ^= by;
        }
        self.world.ring.tag(&mut frame).unwrap();
        self.lies.push(frame.clone());
        self.shares.push(frame.clone());
        frame
    }
}
