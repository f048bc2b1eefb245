//! The utility: collects one frame a meter, closes the set, adds what aggregators answer; and bills.

mod bills;
mod certified;
mod closed;
mod opened;

pub use bills::{Billing, CertifiedBilling, CheckedBills, WrongBills};
pub use certified::Certified;
pub use closed::Closed;

use alloc::sync::Arc;
use alloc::vec::Vec;

use meter_link::answer::{Ledger, Quorum};
use meter_link::collect::{Collected, Collecting};
use meter_link::decode::CheckedSum;
use meter_link::frame::Reader;
use meter_link::head::{Head, HeadRecord, Queries, Sum, count};
use meter_link::roster::Roster;
use meter_link::set::Members;
use meter_link::window::Books;
use meter_link::{EpochView, Error, Identity, LinkSecret, Misuse, PartyId, Round};
use zeroize::Zeroizing;

use crate::params::Params;
use opened::Corrections;

/// The utility of one epoch. Rounds are opened and closed in ascending order, since each Open names the Close
/// before it; an aggregator has one round open at a time.
#[derive(Debug)]
pub struct Utility {
    params: Params,
    head: Head,
    ledger: Option<Ledger>,
    queries: Queries,
}

impl Utility {
    /// Makes the frame keys with all parties, and wipes the link secret.
    ///
    /// # Errors
    /// As [`Head::new`].
    pub fn new(
        params: &Params,
        view: &EpochView,
        identity: Identity,
        link: LinkSecret,
        roster: Roster,
    ) -> Result<Self, Error> {
        params.check(view)?;
        let head = Head::new(view, identity, link, roster)?;
        let ledger = Self::fresh_ledger(params, view);
        Ok(Utility { params: *params, head, ledger, queries: Queries::default() })
    }

    fn fresh_ledger(params: &Params, view: &EpochView) -> Option<Ledger> {
        params.windows().map(|windows| Ledger::new(windows, view.epoch(), view.meters(), params.words()))
    }

    /// Opens a round for the meters marked in `present`, one bool a position.
    ///
    /// # Errors
    /// As [`Head::open`].
    pub fn open(&mut self, now: Round, round: Round, present: &[bool]) -> Result<Collecting, Error> {
        self.head.open(now, round, present, self.params.words())
    }

    /// A round that was open when [`Collecting::to_bytes`] was stored.
    ///
    /// # Errors
    /// As [`Head::reopen`].
    pub fn reopen(&mut self, state: &[u8]) -> Result<Collecting, Error> {
        self.head.reopen(state, self.params.words())
    }

    /// Closes the round over the meters whose frames are here, naming who is asked for bound answers. The
    /// caller's deadline has passed. The Close goes to **all** aggregators: those who are not asked
    /// [follow](crate::Aggregator::follow) it.
    ///
    /// ```compile_fail
    /// # use shamir_agg::{Collecting, Utility};
    /// # use meter_link::answer::Quorum;
    /// fn twice(utility: &mut Utility, round: Collecting, quorum: &Quorum) {
    ///     let _ = utility.close(round, quorum);
    ///     let _ = utility.close(round, quorum);
    /// }
    /// ```
    ///
    /// # Errors
    /// [`Error::Quorum`] if the set is smaller than the rules allow; [`Misuse::BadQuorum`] for a quorum that is
    /// not t numbers within 1 … m; [`Misuse::OutOfOrder`] once a later round was closed;
    /// [`Misuse::NotBillable`] in a group with windows, if frames were summed elsewhere, since bills need each
    /// meter's; [`Misuse::OutOfOrder`] if its window was billed; [`Error::Inconsistent`] if the round was closed over
    /// another set. The round is gone then.
    pub fn close(&mut self, round: Collecting, quorum: &Quorum) -> Result<Closed, Error> {
        let ended = self.end(round)?;
        let mut closed = Closed::new(&self.params, &self.head, &ended, *quorum);
        self.ask(&mut closed, quorum)?;
        self.enter(&ended)?;
        Ok(closed)
    }

    /// Asks another quorum for the same set: some of the first did not answer. Answers that have come are
    /// bound to the first quorum, and dropped.
    ///
    /// # Errors
    /// [`Misuse::BadQuorum`] as [`Utility::close`]; [`Misuse::OutOfOrder`] once a later round was closed. Nothing has
    /// changed then.
    pub fn ask(&mut self, closed: &mut Closed, quorum: &Quorum) -> Result<(), Error> {
        closed.ask(&mut self.head, quorum)
    }

    /// Closes the round as [`Utility::close`] does, for raw answers of all aggregators in `asked`, at least t: of
    /// t + 2e answers up to e may be wrong.
    ///
    /// # Errors
    /// As [`Utility::close`].
    pub fn certify(&mut self, round: Collecting, asked: &Quorum) -> Result<Certified, Error> {
        let ended = self.end(round)?;
        let certified = Certified::new(&self.params, &mut self.head, &ended, asked)?;
        self.enter(&ended)?;
        Ok(certified)
    }

    fn end(&self, round: Collecting) -> Result<Ended, Error> {
        let Collected { round, open, present, set, contributions } = round.end();
        let digest = self.head.digest(&set);
        let members = Members::marked(&set)?;
        let mut rows = Vec::new();
        if let Some(ledger) = &self.ledger {
            self.queries.check_round(ledger.books(), round, &digest)?;
            rows.reserve((members.count() as usize).saturating_mul(self.params.words()));
            for place in members.positions() {
                rows.extend_from_slice(contributions.row(place as usize).ok_or(Misuse::NotBillable)?);
            }
        }
        let corrections = contributions.sum(&set);
        Ok(Ended { round, open, present, meters: count(&set), set, members, digest, corrections, rows })
    }

    fn enter(&mut self, ended: &Ended) -> Result<(), Error> {
        if let Some(ledger) = &mut self.ledger {
            ledger.enter(ended.round, &ended.digest, &ended.members, &ended.rows)?;
        }
        Ok(())
    }

    /// A quorum of the aggregators that `reachable` allows.
    ///
    /// # Errors
    /// [`Error::Quorum`] if there are fewer than t.
    pub fn quorum(&self, reachable: impl Fn(u8) -> bool) -> Result<Quorum, Error> {
        self.head.quorum(self.params.threshold().threshold(), reachable)
    }

    /// The sum, once the quorum has answered.
    ///
    /// # Errors
    /// [`Error::Quorum`] while answers are missing; [`Error::Inconsistent`] if the sum lies outside what so many
    /// meters can have sent, which only wrong answers or corrections do.
    pub fn record(&mut self, closed: &Closed) -> Result<Sum, Error> {
        closed.sum()
    }

    /// The sum of the raw answers that have come, and who was wrong.
    ///
    /// # Errors
    /// [`Error::Quorum`] with fewer than t answers; [`Error::Inconsistent`] if more are wrong than can be told, or the
    /// sum lies outside what so many meters can have sent.
    pub fn record_certified(&mut self, certified: &Certified) -> Result<CheckedSum, Error> {
        certified.sum()
    }

    /// The sets of the windows that are kept, the present one and the one before.
    ///
    /// # Errors
    /// [`Misuse::NoWindows`].
    pub fn books(&self) -> Result<&Books, Error> {
        Ok(self.ledger.as_ref().ok_or(Misuse::NoWindows)?.books())
    }

    /// Whose bills the rules allow for the window that begins with `first`.
    ///
    /// # Errors
    /// [`Misuse::NoWindows`]; [`Misuse::NotBillable`] if there are none.
    pub fn billable(&self, first: Round) -> Result<Vec<PartyId>, Error> {
        self.head.billable(self.books()?, first)
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
        let ledger = self.ledger.as_ref().ok_or(Misuse::NoWindows)?;
        let billing = Billing::new(&self.params, &self.head, ledger, first, meters, quorum)?;
        let (window, digest) = billing.asked();
        self.queries.ask(&self.head, window, digest)?;
        Ok(billing)
    }

    /// The same for raw answers of all in `asked`, at least t.
    ///
    /// # Errors
    /// As [`Utility::bill`].
    pub fn certify_bill(
        &mut self,
        first: Round,
        meters: &[PartyId],
        asked: &Quorum,
    ) -> Result<CertifiedBilling, Error> {
        let ledger = self.ledger.as_ref().ok_or(Misuse::NoWindows)?;
        let billing = CertifiedBilling::new(&self.params, &self.head, ledger, first, meters, asked)?;
        let (window, digest) = billing.asked();
        self.queries.ask(&self.head, window, digest)?;
        Ok(billing)
    }

    /// Meters that have come and gone too often to be in a set of this round; an Open leaves them out.
    pub fn left_out(&self, round: Round) -> impl Iterator<Item = PartyId> {
        self.head.left_out(round)
    }

    /// How far rounds have come, to be stored before an Open or a Close is sent; see [`Head::progress`].
    pub fn progress(&self) -> HeadRecord {
        self.head.progress()
    }

    /// Goes on after a restart, from stored progress.
    ///
    /// # Errors
    /// As [`Head::resume`].
    pub fn resume(&mut self, record: &[u8]) -> Result<(), Error> {
        self.head.resume(record)
    }

    /// All of its state but rounds that are open: keys, progress, counts, and what bills will be made of. Secret.
    /// Stored before a Close is sent, nothing is lost by a restart.
    ///
    /// # Errors
    /// None in practice.
    pub fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>, Error> {
        let mut own = Zeroizing::new(Vec::new());
        if let Some(ledger) = &self.ledger {
            ledger.save(&mut own)?;
            self.queries.save(&mut own);
        }
        self.head.to_bytes(&own)
    }

    /// Goes on from [`Utility::to_bytes`].
    ///
    /// # Errors
    /// As [`Head::from_bytes`].
    pub fn from_bytes(
        params: &Params,
        view: &EpochView,
        identity: Identity,
        roster: Roster,
        state: &[u8],
    ) -> Result<Self, Error> {
        params.check(view)?;
        let (head, own) = Head::from_bytes(view, identity, roster, state)?;
        let (ledger, queries) = (Self::fresh_ledger(params, view), Queries::default());
        let mut utility = Utility { params: *params, head, ledger, queries };
        utility.load(own).map_err(|_| crate::Malformed::BadRecord)?;
        Ok(utility)
    }

    fn load(&mut self, mut own: Reader<'_>) -> Result<(), Error> {
        if let Some(ledger) = &mut self.ledger {
            ledger.load(&mut own)?;
            self.queries.load(&mut own)?;
        }
        own.end()
    }
}

/// A round whose set is known, before anybody is asked.
#[derive(Debug)]
struct Ended {
    round: Round,
    open: meter_link::round::FrameHash,
    present: Vec<bool>,
    set: Vec<bool>,
    members: Members,
    meters: u32,
    digest: [u8; 32],
    corrections: Vec<meter_link::Field64>,
    rows: Vec<meter_link::Field64>,
}

impl Ended {
    fn corrections(&self, params: &Params) -> Corrections {
        Corrections::new(params, self.corrections.clone())
    }
}

/// The party behind an aggregator's number.
fn party(parties: &Arc<meter_link::head::Parties>, number: u8) -> Option<PartyId> {
    meter_link::answer::Opening::party(parties.answerers(), number)
}
