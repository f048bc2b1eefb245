//! Sums over time: one query a window, after its last round.

use alloc::vec::Vec;

use meter_link::answer::{AnswerKind, AnswererRecord, Stated};
use meter_link::log::Form;
use meter_link::window::{Books, WindowQuery};
use meter_link::{Kind, Prepared, Round};

use super::{Agreed, Trustee};
use crate::error::Error;
use crate::tally::Tally;

const KIND: AnswerKind = AnswerKind::ElgamalWindow;

impl Trustee {
    /// The lists' digests and sets of the windows that are kept, for a comparison with the utility's.
    ///
    /// # Errors
    /// [`meter_link::Misuse::NoWindows`] where there are none.
    pub fn books(&self) -> Result<&Books, Error> {
        Ok(self.tally()?.books())
    }

    fn tally(&self) -> Result<&Tally, Error> {
        Ok(self.tally.as_ref().ok_or(meter_link::Misuse::NoWindows)?)
    }

    /// Signs a window's query, **the one that this trustee answers for the window**: then [`Trustee::answer`] gives for
    /// every billed meter and channel the share of the sum over the window's rounds whose set has the meter.
    ///
    /// # Errors
    /// As [`WindowQuery::verify`], [`Agreement::asked`](meter_link::answer::Agreement::asked), with exactly t, and
    /// [`Agreement::window_digest`](meter_link::answer::Agreement::window_digest), where a list stands for a set;
    /// [`meter_link::Misuse::NoWindows`]. Nothing has changed then.
    pub fn agree_bill(
        &mut self,
        now: Round,
        query: &[u8],
    ) -> Result<Prepared<Vec<u8>, AnswererRecord>, Error> {
        let asked = WindowQuery::verify(query, self.verifier.view(), now)?;
        self.agreement.asked(&asked.quorum, self.agreement.threshold())?;
        let digest = self.window_digest(&asked)?;
        let sums_of_r = self.tally()?.sums_of_r(asked.window.first, &asked.billed);
        let sums_of_r = sums_of_r.ok_or(meter_link::Misuse::OutOfOrder)?;
        let round = asked.window.last;
        let stated = Stated { kind: Kind::WindowStatement, round, digest };
        let statement = stated.sign(self.verifier.view(), &self.identity, self.id)?;
        let record = self.agreement.fix_digest(KIND, round, digest, Form::Statement, &statement)?;
        self.agreed = Some(Agreed { stated, sums_of_r });
        Ok(Prepared::new(record, statement))
    }

    /// The digest of a query, if it keeps every rule. It covers the digests of the lists, and so every ciphertext.
    fn window_digest(&self, asked: &WindowQuery) -> Result<[u8; 32], Error> {
        let id = |place: u32| self.roster.meters().get(place as usize).map(|meter| meter.id);
        Ok(self.agreement.window_digest(KIND, self.books()?, asked, id)?)
    }

    /// As [`Agreement::check_window`](meter_link::answer::Agreement::check_window), where there are windows.
    pub(super) fn check_window(&self, round: Round) -> Result<(), Error> {
        let Some(tally) = &self.tally else { return Ok(()) };
        Ok(self.agreement.check_window(KIND, tally.books(), round)?)
    }
}
