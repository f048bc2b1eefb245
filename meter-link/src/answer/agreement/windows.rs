//! The rules of windows: one query each, and what it was answered over does not change any more.

use super::Agreement;
use crate::answer::AnswerKind;
use crate::error::{Error, Fault, Misuse};
use crate::id::{PartyId, Round};
use crate::window::{Books, WindowQuery};

impl Agreement {
    /// The digest of a window's query, if it keeps every rule: over the window, all its sets' digests and whom it bills.
    /// `kind` is what answers to windows are logged as, `id` gives the meter at a position of the roster.
    ///
    /// # Errors
    /// [`Misuse::OutOfOrder`] if it has missed a round of the window; [`Fault`] blaming the utility: no window that is kept
    /// ([`Fault::NotExpected`]), other sets ([`Fault::WrongSet`]), bills that the rules forbid
    /// ([`Fault::NotBillable`]), a second query for other bills ([`Fault::Contradiction`]).
    pub fn window_digest(
        &self,
        kind: AnswerKind,
        books: &Books,
        asked: &WindowQuery,
        id: impl Fn(u32) -> Option<PartyId>,
    ) -> Result<[u8; 32], Error> {
        let utility = PartyId::UTILITY;
        let book = books.get(asked.window.first).filter(|book| book.window() == asked.window);
        let book = book.ok_or(Fault::NotExpected.of(utility))?;
        if !self.rounds(asked.window.first, asked.window.last).all(|round| book.holds(round)) {
            return Err(Misuse::OutOfOrder.into());
        }
        if asked.sets_digest != book.sets_digest() {
            return Err(Fault::WrongSet.of(utility));
        }
        if !book.permits(&asked.billed) {
            return Err(Fault::NotBillable.of(utility));
        }
        let digest = book.digest(&self.view.epoch().roster_root, &asked.billed, id);
        self.check(kind, asked.window.last, &digest)?;
        Ok(digest)
    }

    /// That a round's set may still be entered: what a window has been billed for does not change any more. A set
    /// that was agreed to before is in the bill: an earlier state only lacks it.
    ///
    /// # Errors
    /// [`Fault::RoundClosed`] blaming the utility.
    pub fn check_window(&self, kind: AnswerKind, books: &Books, round: Round) -> Result<(), Error> {
        let window = books.window_of(round);
        let billed = window.is_some_and(|window| self.fixed(kind, window.last).is_some());
        let agreed = self.fixed(self.kind(), round).is_some();
        if billed && !agreed && books.lacks(round) {
            return Err(Fault::RoundClosed.of(PartyId::UTILITY));
        }
        Ok(())
    }
}
