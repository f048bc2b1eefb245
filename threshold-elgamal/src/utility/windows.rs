//! What the utility keeps of windows, and the one query that it asks for each.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use meter_link::answer::Quorum;
use meter_link::frame::Reader;
use meter_link::window::{Books, Window};
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
        let book = self.books()?.get(first).ok_or(Misuse::NotBillable)?;
        let billed = book.billable().ok_or(Misuse::NotBillable)?;
        let meters = self.head.parties().roster().meters();
        Ok(billed.positions().filter_map(|place| meters.get(place as usize).map(|m| m.id)).collect())
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
        self.ask_for(billing.asked())?;
        Ok(billing)
    }

    /// Asks another quorum for the same bills. What came from trustees who are in both still counts.
    ///
    /// # Errors
    /// [`Misuse::BadQuorum`]. Nothing has changed then.
    pub fn ask_bill(&self, billing: &mut Billing, quorum: &Quorum) -> Result<(), Error> {
        billing.ask(&self.head, quorum)
    }

    /// One query a window.
    fn ask_for(&mut self, (window, digest): (Window, [u8; 32])) -> Result<(), Error> {
        if self.billed.get(&window.first).is_some_and(|earlier| *earlier != digest) {
            return Err(Misuse::NotBillable.into());
        }
        // Asked too early, the answer would be no and the rounds to come lost for nothing.
        let reached = self.head.last_round() >= Some(window.last);
        if !reached || self.head.open_round().is_some_and(|round| round <= window.last) {
            return Err(Misuse::OutOfOrder.into());
        }
        self.billed.insert(window.first, digest);
        while self.billed.len() > Books::KEPT {
            self.billed.pop_first();
        }
        Ok(())
    }

    /// That a list may be closed: its window was not billed, and the round not closed over another.
    pub(super) fn check_window(&self, round: Round, digest: &[u8; 32]) -> Result<(), Error> {
        let Some(tally) = &self.tally else { return Ok(()) };
        let Some(window) = tally.books().window_of(round) else { return Ok(()) };
        if self.billed.contains_key(&window.first) {
            return Err(Misuse::OutOfOrder.into());
        }
        let book = tally.book(window.first);
        if book.is_some_and(|book| book.rounds().any(|(r, d)| r == round && d != digest)) {
            return Err(Error::Inconsistent);
        }
        Ok(())
    }

    /// Key set hash 32; with windows then books and sums, and `count u8 ‖ (first round u32 ‖ window digest 32) …` of those
    /// it has asked for.
    pub(super) fn own_bytes(&self) -> Result<Vec<u8>, Error> {
        let mut own = self.verifier.key().key_set().to_vec();
        if let Some(tally) = &self.tally {
            tally.save(&mut own)?;
            own.push(u8::try_from(self.billed.len()).unwrap_or(u8::MAX));
            for (first, digest) in &self.billed {
                own.extend(first.to_u32().to_le_bytes());
                own.extend(digest);
            }
        }
        Ok(own)
    }

    pub(super) fn load(
        key_set: &[u8; 32],
        tally: Option<&mut Tally>,
        mut own: Reader<'_>,
    ) -> Result<BTreeMap<Round, [u8; 32]>, meter_link::Error> {
        if own.array::<32>()? != key_set {
            return Err(meter_link::Malformed::BadRecord.into());
        }
        let mut billed = BTreeMap::new();
        if let Some(tally) = tally {
            tally.load(&mut own)?;
            for _ in 0..own.u8()? {
                billed.insert(Round::from(own.u32()?), *own.array()?);
            }
        }
        own.end()?;
        Ok(billed)
    }
}
