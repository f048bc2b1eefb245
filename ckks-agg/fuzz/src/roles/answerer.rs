//! An answerer, what it has stored and told, and what must hold of that.

use std::collections::BTreeMap;

use ckks_agg::Error;
use meter_link::answer::Agreement;
use meter_link::log::Audit;
use meter_link::{Header, Round};

use super::super::input::Input;
use super::super::world::{Answerer, Told, World, slices};
use super::{Game, Shut, from_end};

pub struct Member {
    number: u8,
    pub role: Answerer,
    pub records: Vec<Vec<u8>>,
    audit: Audit,
    snapshots: Vec<Vec<u8>>,
    /// Digests of all that it ever agreed to.
    agreed: BTreeMap<(u8, u32), [u8; 32]>,
    /// Under one header there is one statement, and one answer, in all time.
    told: BTreeMap<Vec<u8>, Vec<u8>>,
    pub refused: Vec<Error>,
}

impl Member {
    pub fn new(world: &World, number: u8, state: &[u8]) -> Self {
        Member {
            number,
            role: world.answerer(number, state).unwrap(),
            records: Vec::new(),
            audit: Audit::new(world.view.context(), world.answerer_id(number)),
            snapshots: vec![state.to_vec()],
            agreed: BTreeMap::new(),
            told: BTreeMap::new(),
            refused: Vec::new(),
        }
    }

    pub fn snapshot(&mut self) {
        self.snapshots.push(self.role.to_bytes());
    }

    /// From a state that was stored at some time, and all records.
    pub fn restart(&mut self, world: &World, back: usize) {
        let state = &self.snapshots[self.snapshots.len() - 1 - back % self.snapshots.len()];
        let log = self.role.log();
        self.role = world.answerer(self.number, state).unwrap();
        self.records.iter().for_each(|record| self.role.replay(record).unwrap());
        assert_eq!(self.role.log(), log);
    }

    /// A step that may fail, and then has changed nothing; else its record is stored, and the message is out.
    pub fn act(&mut self, step: impl FnOnce(&mut Answerer) -> Result<Told, Error>) -> Option<Vec<u8>> {
        let before = self.role.to_bytes();
        match step(&mut self.role) {
            Ok((record, told)) => {
                self.store(record);
                let known = self.told.entry(told[..Header::LEN].to_vec()).or_insert_with(|| told.clone());
                assert_eq!(*known, told, "two of a kind are told");
                Some(told)
            }
            Err(error) => {
                // A holder that has found out a meter does not forget it.
                let found = matches!(error, Error::Fault { fault: ckks_agg::Fault::BadCiphertext, .. });
                assert!(found || self.role.to_bytes() == before, "{error:?}");
                if found {
                    self.snapshot();
                }
                self.refused.push(error);
                None
            }
        }
    }

    /// The log has no second digest.
    fn store(&mut self, record: Vec<u8>) {
        if let Ok(entry) = self.audit.follow(&record[..Agreement::RECORD_LEN]) {
            let at = (entry.kind as u8, entry.round.to_u32());
            assert_eq!(
                *self.agreed.entry(at).or_insert(entry.digest),
                entry.digest,
                "two digests for {at:?}"
            );
        }
        if !self.records.contains(&record) {
            self.records.push(record);
        }
    }
}

impl Game {
    /// Some frame of before to some step of some answerer, perhaps changed on its way.
    pub fn deliver(&mut self, input: &mut Input<'_>) {
        let (to, back, how) = (input.u8(), input.u8(), input.u8());
        let number = 1 + to % self.members.len() as u8;
        let flip = |frame: &mut Vec<u8>| {
            if how & 1 == 1 && !frame.is_empty() {
                let at = usize::from(how >> 1) * 7 % frame.len();
                frame[at] ^= 1 << (back & 7);
            }
        };
        match to / 4 % 3 {
            0 => {
                let Some(mut frame) = from_end(&self.opens, back) else { return };
                flip(&mut frame);
                self.follow(number, &frame);
            }
            1 => {
                let Some(mut shut) = from_end(&self.closes, back) else { return };
                match how & 6 {
                    0 => flip(&mut shut.frame),
                    2 => shut.list.iter_mut().take(1).for_each(flip),
                    4 => drop(shut.list.pop()),
                    _ => {
                        if let Some(forged) = from_end(&self.forged, how >> 3) {
                            shut.list.pop();
                            shut.list.push(forged);
                        }
                    }
                }
                self.shut(number, &shut);
            }
            _ => {
                let Some(mut frame) = from_end(&self.statements, back) else { return };
                flip(&mut frame);
                self.share(number, &frame);
            }
        }
    }

    pub fn follow(&mut self, number: u8, frame: &[u8]) {
        let now = self.round();
        let member = &mut self.members[usize::from(number) - 1];
        let before = member.role.to_bytes();
        if let Err(error) = member.role.open(now, frame) {
            member.refused.push(error);
            assert_eq!(member.role.to_bytes(), before);
        }
    }

    /// What an answerer makes of a Close and its list: a statement, or the holder's answer.
    pub fn shut(&mut self, number: u8, shut: &Shut) -> Option<Vec<u8>> {
        let (now, list) = (self.round(), slices(&shut.list));
        let member = &mut self.members[usize::from(number) - 1];
        let told = member.act(|role| role.shut(now, &shut.frame, &list))?;
        if matches!(member.role, Answerer::Holder(_)) {
            self.seen.shares += 1;
            self.shares.push(told.clone());
        } else {
            self.statements.push(told.clone());
        }
        Some(told)
    }

    /// The last statements that say what this one does, one of each.
    pub fn share(&mut self, number: u8, frame: &[u8]) -> Option<Vec<u8>> {
        let same = |other: &&Vec<u8>| other.get(12..48) == frame.get(12..48);
        let mut given: Vec<Vec<u8>> = vec![frame.to_vec()];
        for statement in self.statements.iter().rev().take(12).filter(same) {
            if given.iter().all(|other| other.get(8..12) != statement.get(8..12)) {
                given.push(statement.clone());
            }
        }
        let member = &mut self.members[usize::from(number) - 1];
        if matches!(member.role, Answerer::Holder(_)) {
            return None;
        }
        let told = member.act(|role| role.share(&slices(&given)).unwrap())?;
        assert!(given.len() >= usize::from(self.world.params.threshold()));
        let header = Header::parse(&told).unwrap();
        let digest = told[Header::LEN..Header::LEN + 32].try_into().unwrap();
        // The last one lies: it may help two sets, but not bring it about that two are opened.
        if usize::from(number) < self.members.len() {
            let known = self.opened.entry(header.round.to_u32());
            assert_eq!(*known.or_insert(digest), digest, "two sets are opened");
        }
        self.seen.shares += 1;
        self.shares.push(told.clone());
        Some(told)
    }

    /// A list to everybody: the true one, or another that the utility signs.
    pub fn certify(&mut self, input: &mut Input<'_>) {
        let (which, mask, flip) = (input.u8(), input.u8(), input.u8());
        let mut list = self.world.list.clone();
        let fresh = &self.world.commitments;
        match which & 3 {
            0 => {}
            1 => {
                for commitment in fresh.iter().skip(usize::from(flip & 3)) {
                    let _ = self.utility.accept_commitment(commitment);
                }
                match self.utility.list() {
                    Ok(own) => list = own,
                    Err(error) => self.seen.refused.push(error),
                }
            }
            _ => {
                let at = usize::from(flip) % list.len();
                list[at] ^= 1 | which;
                if which & 4 == 0 {
                    self.world.keyring.sign(&mut list);
                }
            }
        }
        for number in self.told(mask) {
            let member = &mut self.members[usize::from(number) - 1];
            let Some(statement) = member.act(|role| role.certify(&list)) else { continue };
            if let Err(error) = self.utility.accept_list_statement(&statement) {
                self.seen.refused.push(error);
            }
        }
        if let Ok(collecting) = self.utility.open(self.round(), Round::from(self.now), &[true; 4]) {
            assert!(self.utility.is_certified());
            self.collecting = Some((self.now, collecting));
        }
    }
}
