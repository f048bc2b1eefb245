//! The utility's side of bound answers.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::{AnswerKind, Query, Quorum};
use crate::error::{Error, Fault, Malformed};
use crate::field::{Field64, add_assign};
use crate::frame::{Kind, TaggedFrame};
use crate::id::{PartyId, Round};
use crate::key::Link;
use crate::view::EpochView;

/// Collects the answers of a quorum to one query.
#[derive(Debug)]
pub struct Opening {
    round: Round,
    kind: AnswerKind,
    digest: [u8; 32],
    quorum: Quorum,
    width: usize,
    answers: BTreeMap<u8, Vec<Field64>>,
}

impl Opening {
    /// Nothing answered yet. Answers have `width` elements.
    pub fn new(round: Round, kind: AnswerKind, digest: [u8; 32], quorum: Quorum, width: usize) -> Self {
        Opening { round, kind, digest, quorum, width, answers: BTreeMap::new() }
    }

    /// The query's quorum.
    pub fn quorum(&self) -> &Quorum {
        &self.quorum
    }

    /// Numbers whose answer has not come.
    pub fn missing(&self) -> impl Iterator<Item = u8> {
        self.quorum.iter().filter(|number| !self.answers.contains_key(number))
    }

    /// Takes an answer. `answerers` are the utility's frame links, in the order of their numbers. The same
    /// answer again changes nothing.
    ///
    /// # Errors
    /// [`Malformed`]; [`Fault`] blaming the answerer: unknown, not in the quorum, wrong tag, round, set or
    /// quorum, or a second and different answer.
    pub fn accept(&mut self, view: &EpochView, answerers: &[Link], frame: &[u8]) -> Result<u8, Error> {
        let frame = TaggedFrame::parse(frame, &view.expect(Kind::Answer, 0))?;
        let sender = frame.header().sender;
        let (number, link) = (1..=u8::MAX)
            .zip(answerers)
            .find(|(_, link)| link.peer == sender)
            .ok_or(Fault::UnknownSender.of(sender))?;
        if !self.quorum.contains(number) {
            return Err(Fault::NotInQuorum.of(sender));
        }
        let mut payload = frame.claimed();
        if payload.u8()? != self.kind as u8 {
            return Err(Malformed::WrongAnswerKind.into());
        }
        let (digest, quorum) = (payload.array()?, Quorum::read(&mut payload, view.answerers())?);
        let round = frame.header().round;
        // The tag's key is that of the query the answer claims to be to; see `Query::key`.
        let claimed = Query { context: view.context(), round, kind: self.kind, digest, quorum: &quorum };
        frame.verify(&claimed.key(&link.key)?)?;
        if round != self.round {
            return Err(Fault::WrongRound.of(sender));
        }
        if *digest != self.digest || quorum != self.quorum {
            return Err(Fault::WrongSet.of(sender));
        }
        let mut values = alloc::vec![Field64::ZERO; self.width];
        payload.elements(&mut values)?;
        payload.end()?;
        match self.answers.get(&number) {
            Some(earlier) if *earlier != values => Err(Fault::Contradiction.of(sender)),
            Some(_) => Ok(number),
            None => {
                self.answers.insert(number, values);
                Ok(number)
            }
        }
    }

    /// Sum of the answers, element by element: the masks over the set, up to the weighted corrections.
    ///
    /// # Errors
    /// [`Error::Quorum`] while answers are missing.
    pub fn sum(&self) -> Result<Vec<Field64>, Error> {
        let have = u32::try_from(self.answers.len()).unwrap_or(u32::MAX);
        let need = u32::from(self.quorum.len());
        if have < need {
            return Err(Error::Quorum { have, need });
        }
        let mut sum = alloc::vec![Field64::ZERO; self.width];
        self.answers.values().for_each(|answer| add_assign(&mut sum, answer));
        Ok(sum)
    }

    /// The party behind a number, for naming culprits.
    pub fn party(answerers: &[Link], number: u8) -> Option<PartyId> {
        answerers.get(usize::from(number).checked_sub(1)?).map(|link| link.peer)
    }
}
