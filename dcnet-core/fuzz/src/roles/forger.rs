//! The utility's key in other hands, the last meter's, and the last holder's: everything is validly signed.

use meter_link::answer::Stated;
use meter_link::frame::{Flags, Writer};
use meter_link::round::{CloseFields, FrameHash, OpenFields, frame_hash};
use meter_link::{Field64, Header, Kind, PartyId, Round};

use super::super::input::Input;
use super::super::world::METERS;
use super::{Game, Stage, from_end};

impl Game {
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
        self.opens.push(frame.clone());
        let (meters, away) = (input.marks(METERS), input.u8());
        self.spread(&frame, &meters, 0, away);
    }

    /// A Close after some Open or Close.
    pub fn forge_close(&mut self, input: &mut Input<'_>) {
        let (choice, flags, mask) = (input.u8(), input.u8(), input.u8());
        let list = if choice & 1 == 0 { &self.opens } else { &self.closes };
        let Some(before) = from_end(list, choice >> 1) else { return };
        let set = input.marks(METERS);
        let round = match flags & 8 {
            0 => Header::parse(&before).unwrap().round,
            _ => self.near(flags >> 4),
        };
        let is_final = flags & 1 == 1;
        let pass = 1 + (flags >> 1 & 3) % 3;
        let quorum = Some(self.quorum(mask)).filter(|_| is_final && self.world.liar() > 0);
        let fields = CloseFields { round, pass, previous: frame_hash(&before), quorum, is_final, set: &set };
        let mut out = vec![0; CloseFields::max_len(METERS as u32, self.world.params.answerers())];
        let identity = self.world.ring.signer(PartyId::UTILITY);
        let Ok(frame) = fields.sign(&self.world.view, identity, &mut out) else { return };
        let frame = frame.to_vec();
        self.closes.push(frame.clone());
        let (meters, away) = (input.marks(METERS), input.u8());
        let step = [1, 2, 1, 4][usize::from(flags >> 6)];
        self.spread(&frame, &meters, step, away);
    }

    /// The last meter tags whatever words it likes, as a contribution or a repair of any pass.
    pub fn forge_frame(&mut self, input: &mut Input<'_>) {
        let (choice, position) = (input.u8(), METERS - 1);
        let kind = if choice & 1 == 0 { Kind::Contribution } else { Kind::Repair };
        let pass = if choice & 1 == 0 { 0 } else { (choice >> 1 & 3) << Flags::PASS_SHIFT };
        let round = Round::from((self.round + u32::from(choice >> 3 & 3)).saturating_sub(choice as u32 >> 6));
        let id = self.world.meter_id(position);
        let header = self.world.view.header(kind, Flags::TRANSMISSION | pass, id, round);
        let params = &self.world.params;
        let len = if choice & 1 == 0 { params.contribution_len() } else { params.repair_len() };
        let mut frame = vec![0; len];
        let mut writer = Writer::frame(&mut frame, &header).unwrap();
        for _ in 0..(len - Header::LEN - 16) / 8 {
            writer.elements(&[Field64::from_u64(input.u64() % Field64::MODULUS)]).unwrap();
        }
        self.world.ring.tag(&mut frame).unwrap();
        let taken = match &mut self.stage {
            Stage::Collecting(collecting) => collecting.accept(&frame) == Ok(id),
            Stage::Repairing(repairing) => repairing.accept(&frame) == Ok(id),
            _ => false,
        };
        assert!(!taken || round.to_u32() == self.round);
        let own = self.devices[position].sent.get(&self.round).map(|(frame, _)| frame.clone());
        if taken && own != Some(frame) {
            self.spoilt = true;
            self.seen.forged_taken += 1;
        }
    }

    /// The last holder states whatever is wanted of it.
    pub fn forge_statement(&mut self, input: &mut Input<'_>) {
        if self.world.liar() == 0 {
            return;
        }
        let choice = input.u8();
        let like = from_end(&self.statements, choice >> 1);
        let (mut round, mut digest) = (self.near(input.u8()), [choice; 32]);
        if let Some(like) = like.filter(|_| choice & 1 == 0) {
            round = Header::parse(&like).unwrap().round;
            digest = like[Header::LEN..Header::LEN + 32].try_into().unwrap();
        }
        let id = self.world.holder_id(self.world.liar());
        let stated = Stated { kind: Kind::SetStatement, round, digest };
        self.statements.push(stated.sign(&self.world.view, self.world.ring.signer(id), id).unwrap());
    }

    /// The last holder answers something else.
    pub fn lie(&mut self, input: &mut Input<'_>) {
        let (back, at, by) = (input.u8(), input.u8(), input.u8() | 1);
        let true_one = |answer: &&Vec<u8>| self.by_liar(answer) && !self.lies.contains(*answer);
        let own: Vec<Vec<u8>> = self.answers.iter().filter(true_one).cloned().collect();
        if let Some(frame) = from_end(&own, back) {
            self.lie_of(frame, at, by);
        }
    }

    pub fn by_liar(&self, frame: &[u8]) -> bool {
        let liar = self.world.liar();
        let answer = matches!(frame.get(2), Some(6 | 7));
        liar > 0 && answer && frame[8..12] == self.world.holder_id(liar).0.to_le_bytes()
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
