//! The utility's side of certified raw answers: statements first, then answers.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::{AnswerKind, Query, Quorum, Stated, Statement};
use crate::error::{Error, Fault, Malformed};
use crate::field::Field64;
use crate::frame::{Kind, TaggedFrame};
use crate::head::Parties;
use crate::id::PartyId;

/// Collects what answerers state and answer to one query.
#[derive(Debug)]
pub struct RawOpening {
    kind: AnswerKind,
    stated: Stated,
    asked: Quorum,
    threshold: u8,
    width: usize,
    statements: BTreeMap<u8, Vec<u8>>,
    answers: BTreeMap<u8, Vec<Field64>>,
}

impl RawOpening {
    /// Nothing has come yet. Answers have `width` elements.
    pub fn new(kind: AnswerKind, stated: Stated, asked: Quorum, threshold: u8, width: usize) -> Self {
        let (statements, answers) = (BTreeMap::new(), BTreeMap::new());
        RawOpening { kind, stated, asked, threshold, width, statements, answers }
    }

    /// Who is asked.
    pub fn asked(&self) -> &Quorum {
        &self.asked
    }

    /// Takes a statement; the same one again changes nothing.
    ///
    /// # Errors
    /// As [`Statement::verify`] and [`Statement::check`]; [`Fault::NotInQuorum`] blaming one who was not asked.
    pub fn accept_statement(&mut self, parties: &Parties, frame: &[u8]) -> Result<PartyId, Error> {
        let answerers = parties.roster().answerers();
        let statement = Statement::verify(frame, parties.view(), self.stated.kind, answerers)?;
        if !self.asked.contains(statement.number) {
            return Err(Fault::NotInQuorum.of(statement.answerer));
        }
        statement.check(&self.stated)?;
        self.statements.insert(statement.number, frame.to_vec());
        Ok(statement.answerer)
    }

    /// The certificate that every answerer wants to see before it answers: the statements of all who have
    /// sent theirs.
    ///
    /// # Errors
    /// [`Error::Quorum`] while fewer than t have.
    pub fn certificate(&self) -> Result<Vec<&[u8]>, Error> {
        let have = u32::try_from(self.statements.len()).unwrap_or(u32::MAX);
        let need = u32::from(self.threshold);
        if have < need {
            return Err(Error::Quorum { have, need });
        }
        Ok(self.statements.values().map(Vec::as_slice).collect())
    }

    /// Takes a raw answer; the same one again changes nothing.
    ///
    /// # Errors
    /// [`Malformed`]; [`Fault`] blaming the answerer: unknown, not asked, wrong tag, round or digest, or a second
    /// and different answer.
    pub fn accept(&mut self, parties: &Parties, frame: &[u8]) -> Result<PartyId, Error> {
        let view = parties.view();
        let frame = TaggedFrame::parse(frame, &view.expect(Kind::RawAnswer, 0))?;
        let sender = frame.header().sender;
        let (number, link) = (1..=u8::MAX)
            .zip(parties.answerers())
            .find(|(_, link)| link.peer == sender)
            .ok_or(Fault::UnknownSender.of(sender))?;
        if !self.asked.contains(number) {
            return Err(Fault::NotInQuorum.of(sender));
        }
        let mut payload = frame.claimed();
        if payload.u8()? != self.kind as u8 {
            return Err(Malformed::WrongAnswerKind.into());
        }
        let digest = payload.array()?;
        let (round, quorum) = (frame.header().round, &Quorum::default());
        let claimed = Query { context: view.context(), round, kind: self.kind, digest, quorum };
        frame.verify(&claimed.key(&link.key)?)?;
        if round != self.stated.round {
            return Err(Fault::WrongRound.of(sender));
        }
        if *digest != self.stated.digest {
            return Err(Fault::WrongSet.of(sender));
        }
        let mut values = alloc::vec![Field64::ZERO; self.width];
        payload.elements(&mut values)?;
        payload.end()?;
        match self.answers.get(&number) {
            Some(earlier) if *earlier != values => Err(Fault::Contradiction.of(sender)),
            _ => {
                self.answers.insert(number, values);
                Ok(sender)
            }
        }
    }

    /// Who has answered.
    pub fn answered(&self) -> Quorum {
        self.answers.keys().fold(Quorum::default(), |quorum, number| quorum.with(*number))
    }

    /// The answers, ascending by number.
    pub fn answers(&self) -> impl ExactSizeIterator<Item = (u8, &[Field64])> {
        self.answers.iter().map(|(number, values)| (*number, values.as_slice()))
    }

    /// Numbers that have been asked and whose answer has not come.
    pub fn missing(&self) -> impl Iterator<Item = u8> {
        self.asked.iter().filter(|number| !self.answers.contains_key(number))
    }
}
