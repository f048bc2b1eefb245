//! An honest member, what it has stored and signed, and what must hold of that.

use meter_link::{PartyId, Prepared};
use threshold_elgamal::ceremony::{
    Ceremony, CeremonyRecord, Confirming, Echoing, Joining, Outcome, Participant, Sharing, Verdict,
};
use threshold_elgamal::{Error, SecretShare};

use super::super::setting::{Person, rng};

#[allow(clippy::large_enum_variant)] // there are three at a time
enum Step {
    Joining(Joining),
    Echoing(Echoing),
    Sharing(Sharing),
    Confirming(Confirming),
    Done(Box<Outcome>),
    /// Between two steps.
    None,
}

pub struct Member {
    pub id: PartyId,
    step: Step,
    /// Signed, one of a kind in all time.
    pub frames: Vec<Vec<u8>>,
    records: Vec<Vec<u8>>,
    who: Option<(Person, usize, Option<[u8; 32]>)>,
}

pub fn participant(person: &Person, place: usize, share: Option<[u8; 32]>) -> Participant {
    let share = share.map(|mut bytes| SecretShare::from_bytes(place as u8 + 1, &mut bytes).unwrap());
    Participant { share, ..person.bare() }
}

impl Member {
    pub fn begin(ceremony: &Ceremony, participant: Participant, seed: u64) -> Self {
        let id = participant.id;
        let begun = Joining::begin(ceremony, participant, &mut rng(seed)).unwrap();
        let mut member = Member { id, step: Step::None, frames: Vec::new(), records: Vec::new(), who: None };
        let joining = member.store(begun);
        member.sign(joining.frame());
        member.step = Step::Joining(joining);
        member
    }

    pub fn with(self, person: &Person, place: usize, share: Option<[u8; 32]>) -> Self {
        Member { who: Some((*person, place, share)), ..self }
    }

    fn store<T>(&mut self, prepared: Prepared<T, CeremonyRecord>) -> T {
        let record = prepared.record().to_vec();
        if !self.records.contains(&record) {
            self.records.push(record);
        }
        assert!(self.records.len() <= 3);
        prepared.stored()
    }

    /// There is one frame of each kind, whatever was shown and however often the power failed.
    fn sign(&mut self, frame: &[u8]) {
        match self.frames.iter().find(|earlier| earlier[2] == frame[2]) {
            Some(earlier) => assert_eq!(earlier, frame, "a second frame"),
            None => self.frames.push(frame.to_vec()),
        }
    }

    /// What shows of the present step.
    fn shows(&self) -> (u8, Vec<PartyId>, usize) {
        match &self.step {
            Step::Joining(step) => (0, step.missing().collect(), 0),
            Step::Echoing(step) => (1, step.missing().collect(), step.disputes().count()),
            Step::Sharing(step) => (2, step.missing().collect(), step.complaints().count()),
            Step::Confirming(step) => (3, step.missing().collect(), step.disputes().count()),
            Step::Done(_) | Step::None => (4, Vec::new(), 0),
        }
    }

    pub fn tell(&mut self, frame: &[u8]) -> Result<(), Error> {
        let before = self.shows();
        let taken = match &mut self.step {
            Step::Joining(step) => step.accept(frame),
            Step::Echoing(step) => step.accept(frame),
            Step::Sharing(step) => step.accept(frame),
            Step::Confirming(step) => step.accept(frame),
            Step::Done(_) | Step::None => return Ok(()),
        };
        let after = self.shows();
        if taken.is_err() {
            assert_eq!(after, before);
        } else {
            // Once more changes nothing.
            let again = match &mut self.step {
                Step::Joining(step) => step.accept(frame),
                Step::Echoing(step) => step.accept(frame),
                Step::Sharing(step) => step.accept(frame),
                Step::Confirming(step) => step.accept(frame),
                Step::Done(_) | Step::None => Ok(()),
            };
            assert_eq!((again, self.shows()), (Ok(()), after));
        }
        taken
    }

    /// Whether the next step is reached; if not, all is as before.
    pub fn close(&mut self) -> bool {
        let before = self.shows();
        let next = match std::mem::replace(&mut self.step, Step::None) {
            Step::Joining(step) => match step.close() {
                Ok(prepared) => {
                    let next = self.store(prepared);
                    self.sign(next.frame());
                    Ok(Step::Echoing(next))
                }
                Err(refused) => Err(Step::Joining(refused.state)),
            },
            Step::Echoing(step) => match step.close() {
                Ok(next) => {
                    self.sign(next.frame().unwrap());
                    Ok(Step::Sharing(next))
                }
                Err(refused) => Err(Step::Echoing(refused.state)),
            },
            Step::Sharing(step) => match step.close() {
                Ok(prepared) => {
                    let next = self.store(prepared);
                    self.sign(next.frame().unwrap());
                    Ok(Step::Confirming(next))
                }
                Err(refused) => Err(Step::Sharing(refused.state)),
            },
            Step::Confirming(step) => match step.finish() {
                Ok(outcome) => Ok(Step::Done(Box::new(outcome))),
                Err(refused) => Err(Step::Confirming(refused.state)),
            },
            other => Err(other),
        };
        let reached = next.is_ok();
        self.step = match next {
            Ok(step) | Err(step) => step,
        };
        assert!(reached || self.shows() == before);
        reached
    }

    /// All is lost but the records, in some order, perhaps one of them twice; the outcome, once there is one, is stored.
    pub fn restart(&mut self, ceremony: &Ceremony, order: u8) {
        let Some((person, place, share)) = self.who.filter(|_| self.outcome().is_none()) else { return };
        let count = self.records.len();
        let records: Vec<&[u8]> = (0..count + usize::from(order & 1))
            .map(|i| self.records[(i + usize::from(order >> 1)) % count].as_slice())
            .collect();
        let step = Joining::resume(ceremony, participant(&person, place, share), records).unwrap();
        assert_eq!(self.frames[0], step.frame());
        self.step = Step::Joining(step);
    }

    pub fn outcome(&self) -> Option<&Outcome> {
        match &self.step {
            Step::Done(outcome) => Some(outcome),
            _ => None,
        }
    }

    pub fn complaints(&self) -> Vec<Vec<u8>> {
        match &self.step {
            Step::Sharing(step) => step.complaints().map(<[u8]>::to_vec).collect(),
            _ => Vec::new(),
        }
    }

    pub fn disputes(&self) -> u32 {
        let count = match &self.step {
            Step::Echoing(step) => step.disputes().count(),
            Step::Confirming(step) => step.disputes().count(),
            _ => 0,
        };
        count as u32
    }

    pub fn judge(&self, complaint: &[u8]) -> Option<Result<Verdict, Error>> {
        match &self.step {
            Step::Sharing(step) => Some(step.judge(complaint)),
            Step::Confirming(step) => Some(step.judge(complaint)),
            _ => None,
        }
    }

    /// The digest of what it has agreed to.
    pub fn agreed(&self) -> Option<[u8; 32]> {
        match &self.step {
            Step::Sharing(step) => Some(*step.agreed().digest()),
            Step::Confirming(step) => Some(*step.agreed().digest()),
            _ => None,
        }
    }
}
