//! A holder, what it has stored and told, and what must hold of that.

use std::collections::BTreeMap;

use dcnet_core::{Error, Holder};
use meter_link::answer::AnswererRecord;
use meter_link::log::Audit;
use meter_link::{Header, Kind, Prepared, Round};

use super::super::world::World;

pub struct Member {
    pub role: Holder,
    pub records: Vec<Vec<u8>>,
    audit: Audit,
    states: Vec<Vec<u8>>,
    /// The one digest of a round, of all that it ever agreed to.
    rounds: BTreeMap<u32, [u8; 32]>,
    /// Under one header, query and quorum there is one frame in all time.
    told: BTreeMap<Vec<u8>, Vec<u8>>,
    pub refused: Vec<Error>,
}

impl Member {
    pub fn new(world: &World, number: u8, state: &[u8], records: &[Vec<u8>]) -> Self {
        let mut member = Member {
            role: world.holder(number, state).unwrap(),
            records: Vec::new(),
            audit: Audit::new(world.view.context(), world.holder_id(number)),
            states: vec![state.to_vec()],
            rounds: BTreeMap::new(),
            told: BTreeMap::new(),
            refused: Vec::new(),
        };
        records.iter().for_each(|record| member.keep(record));
        member
    }

    /// The log goes on without a gap and without a second digest.
    fn keep(&mut self, record: &[u8]) {
        if self.records.last().is_some_and(|last| last == record) {
            return; // what is known already is no new entry
        }
        let entry = self.audit.follow(record).unwrap();
        let digest = *self.rounds.entry(entry.round.to_u32()).or_insert(entry.digest);
        assert_eq!(digest, entry.digest, "two sets of round {:?}", entry.round);
        self.records.push(record.to_vec());
    }

    pub fn digest(&self, round: u32) -> Option<[u8; 32]> {
        self.rounds.get(&round).copied()
    }

    pub fn store(&mut self) {
        self.states.push(self.role.to_bytes().unwrap().to_vec());
    }

    /// From a state that was stored at some time, and all records, some of them in between torn.
    pub fn restart(&mut self, world: &World, choice: u8) {
        let back = usize::from(choice >> 1) % self.states.len();
        let state = &self.states[self.states.len() - 1 - back];
        self.role = world.holder(self.role.number(), state).unwrap();
        for record in &self.records {
            if choice & 1 == 1 {
                let before = self.role.to_bytes().unwrap();
                assert!(self.role.replay(&record[..usize::from(choice) % record.len()]).is_err());
                assert_eq!(*self.role.to_bytes().unwrap(), *before);
            }
            self.role.replay(record).unwrap();
        }
        assert_eq!(self.role.log().len(), self.audit.log().len());
        assert_eq!(self.role.log().head(), self.audit.log().head());
    }

    /// A step that may fail, and then has changed nothing; else its record is stored, and the message is out.
    pub fn act<T>(
        &mut self,
        step: impl FnOnce(&mut Holder) -> Result<Prepared<T, AnswererRecord>, Error>,
    ) -> Option<T> {
        let before = self.role.to_bytes().unwrap();
        match step(&mut self.role) {
            Ok(prepared) => {
                self.keep(prepared.record());
                Some(prepared.stored())
            }
            Err(error) => {
                self.refused.push(error);
                assert_eq!(*self.role.to_bytes().unwrap(), *before);
                None
            }
        }
    }

    pub fn open(&mut self, now: Round, frame: &[u8]) {
        let before = self.role.to_bytes().unwrap();
        if let Err(error) = self.role.open(now, frame) {
            self.refused.push(error);
            assert_eq!(*self.role.to_bytes().unwrap(), *before);
        }
    }

    /// The tag of an answer is a one-time authenticator; and no answer is to another set than the round's.
    pub fn tell(&mut self, frame: &[u8], mask: usize) {
        let header = Header::parse(frame).unwrap();
        let (query, digest) = match header.kind {
            Kind::Answer => (Header::LEN + 1 + 32 + mask, Header::LEN + 1),
            Kind::RawAnswer => (Header::LEN + 1 + 32, Header::LEN + 1),
            _ => (Header::LEN, Header::LEN),
        };
        let digest = &frame[digest..digest + 32];
        assert_eq!(self.rounds[&header.round.to_u32()], digest);
        let told = self.told.entry(frame[..query].to_vec()).or_insert_with(|| frame.to_vec());
        assert_eq!(told, frame);
    }
}
