//! Sums over time: one query a window, after its last round.

use alloc::vec::Vec;

use meter_link::answer::{AnswerKind, AnswererRecord, Stated};
use meter_link::log::Form;
use meter_link::window::{Books, WindowQuery};
use meter_link::{Kind, PartyId, Prepared, Round};

use super::{Agreed, Trustee};
use crate::error::{Error, Fault};
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
    /// As [`meter_link::answer::Agreement::asked`], with exactly t, and [`WindowQuery::verify`];
    /// [`meter_link::Misuse::NoWindows`]; [`meter_link::Misuse::OutOfOrder`] if it has missed a round of the window;
    /// [`Fault`] blaming the utility with a fault of [`meter_link::Fault`]: no window that is kept (`NotExpected`), other
    /// lists (`WrongSet`), bills that the rules forbid (`NotBillable`), a second query for other bills
    /// (`Contradiction`). Nothing has changed then.
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
        let blame = |fault| Fault::Link(fault).of(PartyId::UTILITY);
        let book = self.tally()?.book(asked.window.first).filter(|book| book.window() == asked.window);
        let book = book.ok_or(blame(meter_link::Fault::NotExpected))?;
        let mut agreed = self.agreement.rounds(asked.window.first, asked.window.last);
        if !agreed.all(|round| book.holds(round)) {
            return Err(meter_link::Misuse::OutOfOrder.into());
        }
        if asked.sets_digest != book.sets_digest() {
            return Err(blame(meter_link::Fault::WrongSet));
        }
        if !book.permits(&asked.billed) {
            return Err(blame(meter_link::Fault::NotBillable));
        }
        let id = |place: u32| self.roster.meters().get(place as usize).map(|meter| meter.id);
        let digest = book.digest(&self.verifier.view().epoch().roster_root, &asked.billed, id);
        self.agreement.check(KIND, asked.window.last, &digest)?;
        Ok(digest)
    }

    /// That a round's list may still be entered: what a window has been billed for does not change any more. A list
    /// that was agreed to before is in the bill: an earlier state only lacks it.
    pub(super) fn check_window(&self, round: Round) -> Result<(), Error> {
        let Some(tally) = &self.tally else { return Ok(()) };
        let window = tally.books().window_of(round);
        let billed = window.is_some_and(|window| self.agreement.fixed(KIND, window.last).is_some());
        let agreed = self.agreement.fixed(AnswerKind::ElgamalRound, round).is_some();
        if billed && !agreed && tally.books().lacks(round) {
            return Err(Fault::Link(meter_link::Fault::RoundClosed).of(PartyId::UTILITY));
        }
        Ok(())
    }
}
