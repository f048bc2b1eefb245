//! Raw answers, to what t answerers have signed.

use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::Answerer;
use crate::answer::{AnswerKind, AnswererRecord, Query, Quorum, Stated};
use crate::error::{Error, Misuse};
use crate::field::Field64;
use crate::frame::Kind;
use crate::id::Round;
use crate::log::Form;
use crate::prepared::Prepared;

/// What this answerer has signed last, and its raw answer to it.
pub(super) struct Agreed {
    pub(super) kind: AnswerKind,
    pub(super) stated: Stated,
    pub(super) values: Zeroizing<Vec<Field64>>,
}

impl Answerer {
    /// Signs the set of the open round's final Close: **the one set that it stands for in the round**. The
    /// utility shows the statements to all who are asked.
    ///
    /// # Errors
    /// As [`Agreement::close_certified`](crate::answer::Agreement::close_certified) and
    /// [`Agreement::fix`](crate::answer::Agreement::fix); [`Misuse::WrongRole`] without an identity. Nothing has
    /// changed then.
    pub fn agree(&mut self, now: Round, frame: &[u8]) -> Result<Prepared<Vec<u8>, AnswererRecord>, Error> {
        let close = self.agreement.close_certified(now, frame)?;
        let (digest, pads) = self.set_of(&close)?;
        let stated = Stated { kind: Kind::SetStatement, round: close.round, digest };
        let statement = self.sign(&stated)?;
        let record = self.settle(&close, digest, &pads, Form::Statement, &statement)?;
        let values = self.sum_of(&pads);
        self.stated = Some(Agreed { kind: self.post.kind, stated, values });
        Ok(Prepared::new(record, statement))
    }

    pub(super) fn sign(&self, stated: &Stated) -> Result<Vec<u8>, Error> {
        let identity = self.identity.as_ref().ok_or(Misuse::WrongRole)?;
        stated.sign(&self.view, identity, self.post.id)
    }

    /// The raw answer to what it has signed last, once t answerers have signed the same, itself among them.
    ///
    /// # Errors
    /// [`Misuse::OutOfOrder`] before it has signed anything, and without its own statement among those given,
    /// which can be had only once its record is stored; as [`Stated::certified_with`].
    pub fn answer_certified(
        &mut self,
        statements: &[&[u8]],
    ) -> Result<Prepared<Vec<u8>, AnswererRecord>, Error> {
        let agreed = self.stated.as_ref().ok_or(Misuse::OutOfOrder)?;
        let (kind, stated) = (agreed.kind, agreed.stated);
        let (answerers, threshold) = (&self.answerers, self.post.threshold);
        stated.certified_with(self.number(), &self.view, answerers, threshold, statements)?;
        let (round, digest) = (stated.round, &stated.digest);
        let query = Query { context: self.view.context(), round, kind, digest, quorum: &Quorum::default() };
        let answer = self.frame(Kind::RawAnswer, &query, &agreed.values)?;
        let record = self.agreement.fix_digest(kind, round, stated.digest, Form::Raw, &answer)?;
        Ok(Prepared::new(record, answer))
    }
}
