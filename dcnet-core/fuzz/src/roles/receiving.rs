//! What comes to meters and holders, from whichever utility.

use meter_link::{Header, Kind};

use super::super::input::Input;
use super::super::world::METERS;
use super::{Game, flipped, from_end};

impl Game {
    /// Some frame of before to some step of some meter or holder.
    pub fn deliver(&mut self, input: &mut Input<'_>) {
        let (to, back, flip) = (input.u8(), input.u8(), input.u8());
        let list = match to >> 5 & 3 {
            0 => &self.opens,
            1..=2 => &self.closes,
            _ => &self.statements,
        };
        let Some(mut frame) = from_end(list, back) else { return };
        flipped(&mut frame, flip, back);
        match self.number_of(to & 31).filter(|_| to & 0x80 != 0) {
            Some(number) => drop(self.receive(number, to >> 5 & 3, &frame)),
            None => drop(self.hear(usize::from(to) % METERS, &frame)),
        }
    }

    /// What a meter makes of a frame; returns its repair.
    pub fn hear(&mut self, position: usize, frame: &[u8]) -> Option<Vec<u8>> {
        let (now, room) = (self.round(), self.world.params.repair_len());
        let device = &mut self.devices[position];
        if frame[2] == Kind::Open as u8 {
            device.open(now, frame);
            return None;
        }
        let repair = device.close(now, frame, room)?;
        self.repairs.push(repair.clone());
        Some(repair)
    }

    /// What a holder makes of a frame; returns what it tells. Steps: 0 Open; 1 answer, 2 agree, 4 follow; 3 raw answer.
    pub fn receive(&mut self, number: u8, step: u8, frame: &[u8]) -> Option<Vec<u8>> {
        let (now, answerers) = (self.round(), self.world.params.answerers());
        let statements: Vec<Vec<u8>> = self.statements.iter().rev().take(12).cloned().collect();
        let (opens, liar) = (self.world.opens(), self.world.liar());
        let member = self.member(number);
        let told = match step {
            0 => {
                member.open(now, frame);
                return None;
            }
            1 => member.act(|role| role.answer(now, frame)),
            2 => member.act(|role| role.agree(now, frame)),
            4 => {
                member.act(|role| role.follow(now, frame));
                return None;
            }
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
                assert!(told.is_none() || certificate.len() >= opens.into());
                told
            }
        }?;
        member.tell(&told, usize::from(answerers.div_ceil(8)));
        let header = Header::parse(&told).unwrap();
        match header.kind {
            Kind::RawAnswer => {
                let digest = told[Header::LEN + 1..Header::LEN + 33].try_into().unwrap();
                // The liar may help two certificates, but not bring two about.
                if number != liar {
                    let first = *self.raw.entry(header.round.to_u32()).or_insert(digest);
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
        let (to, open, close) = (input.u8(), input.u8(), input.u8());
        let (Some(number), Some(open), Some(close)) =
            (self.number_of(to), from_end(&self.opens, open), from_end(&self.closes, close))
        else {
            return;
        };
        let now = self.round();
        let known = self.member(number).records.len();
        self.member(number).act(|role| role.catch_up(now, &open, &close));
        self.seen.caught_up += u32::from(self.member(number).records.len() > known);
    }

    /// A frame to the meters marked, and to the holders that the mask does not leave out.
    pub fn spread(&mut self, frame: &[u8], meters: &[bool], step: u8, away: u8) {
        for position in (0..METERS).filter(|position| meters[*position]) {
            self.hear(position, frame);
        }
        for number in self.quorum(away).iter() {
            self.receive(number, step, frame);
        }
    }
}
