//! The utility's windows: what bills are made of, and the asking for them.

use alloc::vec::Vec;

use meter_link::answer::Quorum;
use meter_link::frame::Reader;
use meter_link::window::Books;
use meter_link::{Misuse, PartyId, Round};

use super::{Billing, Utility};
use crate::error::Error;
use crate::tally::Tally;

impl Utility {
    fn tally(&self) -> Result<&Tally, Error> {
        Ok(self.tally.as_ref().ok_or(Misuse::NoWindows)?)
    }

    /// The lists' digests and sets of the windows that are kept, the present one and the one before.
    ///
    /// # Errors
    /// [`Misuse::NoWindows`].
    pub fn books(&self) -> Result<&Books, Error> {
        Ok(self.tally()?.books())
    }

    /// Whose bills the rules allow for the window that begins with `first`.
    ///
    /// # Errors
    /// [`Misuse::NoWindows`]; [`Misuse::NotBillable`] if there are none.
    pub fn billable(&self, first: Round) -> Result<Vec<PartyId>, Error> {
        Ok(self.head.billable(self.books()?, first)?)
    }

    /// Asks for the bills of a window, whose last round is over, in the one query that will ever be answered for
    /// it; another quorum may be asked for the same meters.
    ///
    /// # Errors
    /// [`Misuse::NoWindows`]; [`Misuse::UnknownParty`] for an id that is no meter; [`Misuse::NotBillable`] for meters
    /// that the rules do not allow together, a window that is not kept, or other meters than were asked for before;
    /// [`Misuse::OutOfOrder`] until the window's last round is closed, or a later one opened;
    /// [`Misuse::BadQuorum`] as [`Utility::close`]. Nothing has changed then.
    pub fn bill(&mut self, first: Round, meters: &[PartyId], quorum: &Quorum) -> Result<Billing, Error> {
        let (params, trustees) = (self.verifier.params(), &self.trustees);
        let billing = Billing::new(params, &self.head, self.tally()?, (first, meters), quorum, trustees)?;
        let (window, digest) = billing.asked();
        self.queries.ask(&self.head, window, digest)?;
        Ok(billing)
    }

    /// Asks another quorum for the same bills. What came from trustees who are in both still counts.
    ///
    /// # Errors
    /// [`Misuse::BadQuorum`]. Nothing has changed then.
    pub fn ask_bill(&self, billing: &mut Billing, quorum: &Quorum) -> Result<(), Error> {
        billing.ask(&self.head, quorum)
    }

    /// Key set hash 32; with windows then books and sums, and `count u8 ‖ (first round u32 ‖ window digest 32) …` of those
    /// it has asked for.
    pub(super) fn own_bytes(&self) -> Result<Vec<u8>, Error> {
        let mut own = self.verifier.key().key_set().to_vec();
        if let Some(tally) = &self.tally {
            tally.save(&mut own)?;
            self.queries.save(&mut own);
        }
        Ok(own)
    }

    pub(super) fn load(&mut self, mut own: Reader<'_>) -> Result<(), meter_link::Error> {
        if own.array::<32>()? != self.verifier.key().key_set() {
            return Err(meter_link::Malformed::BadRecord.into());
        }
        if let Some(tally) = &mut self.tally {
            tally.load(&mut own)?;
            self.queries.load(&mut own)?;
        }
        own.end()
    }
}
