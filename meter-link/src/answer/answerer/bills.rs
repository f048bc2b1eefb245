//! Sums over time: one query a window, after its last round.

use alloc::vec::Vec;

use super::Answerer;
use super::certified::Agreed;
use crate::answer::{AnswerKind, AnswererRecord, Query, Stated};
use crate::error::{Error, Misuse};
use crate::frame::Kind;
use crate::id::Round;
use crate::log::Form;
use crate::prepared::Prepared;
use crate::window::{Books, WindowQuery};

const KIND: AnswerKind = AnswerKind::ShamirWindow;

impl Answerer {
    /// The sets of the windows that are kept, for a comparison with the utility's.
    ///
    /// # Errors
    /// [`Misuse::NoWindows`] where there are none.
    pub fn books(&self) -> Result<&Books, Error> {
        Ok(self.ledger.as_ref().ok_or(Misuse::NoWindows)?.books())
    }

    /// Answers for a window, bound to the query: for each billed meter and channel its share of the sum over
    /// the rounds whose set contains the meter.
    ///
    /// # Errors
    /// As [`WindowQuery::verify`], [`Agreement::asked`](crate::answer::Agreement::asked) and
    /// [`Agreement::window_digest`](crate::answer::Agreement::window_digest); [`Misuse::NoWindows`]. Nothing has
    /// changed then.
    pub fn bill(&mut self, now: Round, frame: &[u8]) -> Result<Prepared<Vec<u8>, AnswererRecord>, Error> {
        let asked = WindowQuery::verify(frame, &self.view, now)?;
        self.agreement.asked(&asked.quorum, self.post.threshold)?;
        let digest = self.window_digest(&asked)?;
        let round = asked.window.last;
        let query =
            Query { context: self.view.context(), round, kind: KIND, digest: &digest, quorum: &asked.quorum };
        let mut rows = self.rows(&asked)?;
        self.bind(&query, &mut rows)?;
        let answer = self.frame(Kind::Answer, &query, &rows)?;
        let record = self.agreement.fix_digest(KIND, round, digest, Form::Bound, &answer)?;
        Ok(Prepared::new(record, answer))
    }

    /// Signs a window's query, as [`Answerer::agree`] does a round's set: for raw answers, of any number of
    /// answerers.
    ///
    /// # Errors
    /// As [`Answerer::bill`]; [`Misuse::WrongRole`] without an identity.
    pub fn agree_bill(
        &mut self,
        now: Round,
        frame: &[u8],
    ) -> Result<Prepared<Vec<u8>, AnswererRecord>, Error> {
        let asked = WindowQuery::verify(frame, &self.view, now)?;
        self.agreement.asked(&asked.quorum, asked.quorum.len().max(self.post.threshold))?;
        let digest = self.window_digest(&asked)?;
        let round = asked.window.last;
        let stated = Stated { kind: Kind::WindowStatement, round, digest };
        let statement = self.sign(&stated)?;
        let values = self.rows(&asked)?;
        let record = self.agreement.fix_digest(KIND, round, digest, Form::Statement, &statement)?;
        self.stated = Some(Agreed { kind: KIND, stated, values });
        Ok(Prepared::new(record, statement))
    }

    fn window_digest(&self, asked: &WindowQuery) -> Result<[u8; 32], Error> {
        let id = |place: u32| self.meter_ids.get(place as usize).copied();
        self.agreement.window_digest(KIND, self.books()?, asked, id)
    }

    fn rows(&self, asked: &WindowQuery) -> Result<zeroize::Zeroizing<Vec<crate::Field64>>, Error> {
        let ledger = self.ledger.as_ref().ok_or(Misuse::NoWindows)?;
        Ok(ledger.rows(asked.window.first, &asked.billed).ok_or(Misuse::OutOfOrder)?)
    }

    /// As [`Agreement::check_window`](crate::answer::Agreement::check_window), where there are windows.
    pub(super) fn check_window(&self, round: Round) -> Result<(), Error> {
        let Some(ledger) = &self.ledger else { return Ok(()) };
        self.agreement.check_window(KIND, ledger.books(), round)
    }
}
