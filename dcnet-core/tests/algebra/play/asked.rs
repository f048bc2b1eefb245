//! What holders are asked, and what they answer.

use meter_link::answer::Stated;
use meter_link::{Kind, Round};

use super::Play;
use crate::coalition::Without;

impl Play {
    pub(super) fn holder_open(&mut self, round: u32, holder: usize, which: usize) {
        let frame = self.world.forger.open(round, None, &self.opens[which]);
        if self.world.holders[holder].open(Round::from(round), &frame).is_ok() {
            self.holders[holder].open = frame;
        }
    }

    pub(super) fn reboot_holder(&mut self, holder: usize, remembers: bool) {
        let mut fresh = self.all.plan.signing_holder(holder as u8 + 1);
        let asked = &mut self.holders[holder];
        if remembers {
            asked.records.iter().for_each(|record| fresh.replay(record).unwrap());
        }
        asked.stated = None;
        self.world.holders[holder] = fresh;
        let round = meter_link::Header::parse(&asked.open).unwrap().round;
        let _ = self.world.holders[holder].open(round, &asked.open);
    }

    /// Bound, certified, or whoever is asked.
    pub(super) fn ask(&mut self, round: u32, holder: usize, set: &[bool], how: usize) {
        let number = holder as u8 + 1;
        if self.all.bad_holders.contains(&number) || self.holders[holder].open.is_empty() {
            return;
        }
        if self.all.without == Without::HolderRecords && self.dice.one_in(2) {
            self.reboot_holder(holder, false);
        }
        let threshold = self.all.plan.threshold;
        let (n, t) = (threshold.answerers(), threshold.threshold());
        let quorum = match self.dice.below(6) {
            0 if self.noise != usize::MAX => self.dice.quorum(n, t),
            1 if self.noise != usize::MAX => self.dice.quorum(n, n),
            _ if !self.camps.is_empty() => {
                let camp = |number: u8| self.camps[usize::from(number) - 1];
                let with = |other: &u8| self.all.bad_holders.contains(other) || camp(*other) == camp(number);
                (1..=n).filter(with).collect()
            }
            _ => self.quorum.clone(),
        };
        let open = self.holders[holder].open.clone();
        let close = self.world.forger.close(round, 1, &open, Some(&quorum), set);
        let (now, asked) = (Round::from(round), &mut self.world.holders[holder]);
        match how {
            0 | 1 => {
                if let Ok(prepared) = asked.answer(now, &close) {
                    self.holders[holder].records.push(prepared.record().to_vec());
                    let answer = prepared.stored();
                    self.all.bound(number, &answer, &quorum, set);
                }
            }
            2 => {
                if let Ok(prepared) = asked.agree(now, &close) {
                    self.holders[holder].records.push(prepared.record().to_vec());
                    let statement = prepared.stored();
                    self.holders[holder].stated = Some(statement[16..48].try_into().unwrap());
                    self.keep(round, set, statement);
                }
            }
            _ => {
                if let Ok(prepared) = asked.follow(now, &close) {
                    self.holders[holder].records.push(prepared.record().to_vec());
                    prepared.stored();
                }
            }
        }
        self.certify();
    }

    /// Keeps a statement, and has all colluders sign the same.
    pub(super) fn keep(&mut self, round: u32, set: &[bool], statement: Vec<u8>) {
        let digest: [u8; 32] = statement[16..48].try_into().unwrap();
        let cohort = &self.all.secrets.cohort;
        let stated = Stated { kind: Kind::SetStatement, round: Round::from(round), digest };
        let sign = |place: usize| {
            let party = &cohort.answerers[place];
            stated.sign(&cohort.view, &party.identity, party.id).unwrap()
        };
        let forged: Vec<usize> = if self.all.without == Without::Certificates {
            (0..cohort.answerers.len()).collect()
        } else {
            self.all.bad_holders.iter().map(|number| usize::from(*number) - 1).collect()
        };
        let forged: Vec<Vec<u8>> = forged.into_iter().map(sign).collect();
        let (_, frames) = self.signed.entry(digest).or_insert((set.to_vec(), forged));
        if !frames.contains(&statement) {
            frames.push(statement);
        }
    }

    /// Asks all who have signed something for a raw answer to it.
    pub(super) fn certify(&mut self) {
        for holder in 0..self.holders.len() {
            let Some(digest) = self.holders[holder].stated else { continue };
            let (set, frames) = &self.signed[&digest];
            let set = set.clone();
            let given: Vec<&[u8]> = frames.iter().map(Vec::as_slice).collect();
            if let Ok(prepared) = self.world.holders[holder].answer_certified(&given) {
                self.holders[holder].records.push(prepared.record().to_vec());
                let answer = prepared.stored();
                self.holders[holder].stated = None;
                self.all.raw(holder as u8 + 1, &answer, &set);
            }
        }
    }
}
