//! The utility: collects one contribution a meter, closes the set, and opens the sum with the trustees' help; and bills.

mod bills;
mod closed;
mod collecting;
mod opening;
mod windows;

pub use bills::{Billing, Bills};
pub use closed::Closed;
pub use collecting::Collecting;

use alloc::sync::Arc;
use alloc::vec::Vec;

use meter_link::answer::Quorum;
use meter_link::head::{Head, HeadRecord, Queries, Sum};
use meter_link::roster::Roster;
use meter_link::{EpochView, Identity, LinkSecret, PartyId, Round};
use zeroize::Zeroizing;

use crate::dlog::DlogTable;
use crate::equality::Encoded;
use crate::error::{Error, Misuse};
use crate::keys::KeySet;
use crate::params::Params;
use crate::tally::{Parts, Tally};
use crate::verify::Verifier;

/// The utility of one epoch. One round at a time: trustees follow the last Open only.
#[derive(Debug)]
pub struct Utility {
    head: Head,
    verifier: Arc<Verifier>,
    trustees: Arc<Trustees>,
    tally: Option<Tally>,
    queries: Queries,
}

/// The trustees' keys.
#[derive(Debug)]
struct Trustees {
    keys: KeySet,
    /// Y_1 … Y_n.
    points: Vec<Encoded>,
}

impl Trustees {
    fn new(params: &Params, keys: &KeySet) -> Result<Arc<Self>, Error> {
        if keys.threshold() != params.threshold() {
            return Err(Misuse::WrongKeySet.into());
        }
        Ok(Arc::new(Trustees { keys: keys.clone(), points: keys.points()? }))
    }
}

impl Utility {
    /// Makes the frame keys with all parties, and wipes the link secret.
    ///
    /// # Errors
    /// As [`Head::new`]; [`Misuse::WrongKeySet`].
    pub fn new(
        params: &Params,
        view: &EpochView,
        identity: Identity,
        link: LinkSecret,
        keys: &KeySet,
        roster: Roster,
    ) -> Result<Self, Error> {
        let trustees = Trustees::new(params, keys)?;
        let verifier = Arc::new(Verifier::new(params, view, &roster, keys.group_key())?);
        let head = Head::new(view, identity, link, roster)?;
        let tally = Self::fresh_tally(params, view);
        Ok(Utility { head, verifier, trustees, tally, queries: Queries::default() })
    }

    fn fresh_tally(params: &Params, view: &EpochView) -> Option<Tally> {
        params.windows().map(|windows| Tally::new(windows, view, Parts::Whole))
    }

    /// Checks contributions: threads may do so with this one, and [`Collecting::add`] the outcomes.
    pub fn verifier(&self) -> &Arc<Verifier> {
        &self.verifier
    }

    /// Opens a round for the meters marked in `present`, one bool a position.
    ///
    /// # Errors
    /// As [`Head::open_frame`].
    pub fn open(&mut self, now: Round, round: Round, present: &[bool]) -> Result<Collecting, Error> {
        let (frame, present) = self.head.open_frame(now, round, present)?;
        Ok(Collecting::new(&self.verifier, self.head.parties(), round, frame, &present))
    }

    /// A round that was open when [`Collecting::to_bytes`] was stored: every contribution is checked anew.
    ///
    /// # Errors
    /// [`meter_link::Malformed::BadRecord`] if damaged; as [`Head::reopen_frame`] and [`Collecting::accept`].
    pub fn reopen(&mut self, state: &[u8]) -> Result<Collecting, Error> {
        let (open, frames) = collecting::stored(state, self.verifier.params().contribution_len())?;
        let (round, present) = self.head.reopen_frame(open)?;
        let (verifier, parties) = (&self.verifier, self.head.parties());
        let mut collecting = Collecting::new(verifier, parties, round, open.to_vec(), &present);
        for contribution in verifier.verify_all(round, &frames) {
            collecting.add(contribution?)?;
        }
        Ok(collecting)
    }

    /// Meters that have come and gone too often to be in a set of this round.
    pub fn left_out(&self, round: Round) -> impl Iterator<Item = PartyId> {
        self.head.left_out(round)
    }

    /// Closes the round over the meters whose contributions are here, naming who is asked. The caller's
    /// deadline has passed. Close and contributions go to **all** trustees: those who are not asked
    /// [follow](crate::Trustee::follow).
    ///
    /// # Errors
    /// [`Error::Quorum`] if the set is smaller than the rules allow; [`meter_link::Misuse::BadQuorum`] for a
    /// quorum that is not t numbers within 1 … n; in a group with windows [`meter_link::Misuse::OutOfOrder`] if the
    /// round's was billed, and [`Error::Inconsistent`] if the round was closed over another list. The round is gone then: store
    /// [`Collecting::to_bytes`] first, and [reopen](Utility::reopen) it.
    pub fn close(&mut self, round: Collecting, quorum: &Quorum) -> Result<Closed, Error> {
        let mut closed = Closed::new(&self.head, round, quorum, &self.trustees)?;
        if let Some(tally) = &self.tally {
            self.queries.check_round(tally.books(), closed.stated().round, closed.digest())?;
        }
        closed.ask(&mut self.head, quorum)?;
        if let Some(tally) = &mut self.tally {
            tally.enter(closed.stated().round, closed.digest(), &closed.set()?, closed.list())?;
        }
        Ok(closed)
    }

    /// Asks another quorum for the same set: some of the first did not answer. What came from trustees who
    /// are in both still counts.
    ///
    /// # Errors
    /// [`meter_link::Misuse::BadQuorum`].
    pub fn ask(&mut self, closed: &mut Closed, quorum: &Quorum) -> Result<(), Error> {
        closed.ask(&mut self.head, quorum)
    }

    /// A quorum of the trustees that `reachable` allows.
    ///
    /// # Errors
    /// [`Error::Quorum`] if there are fewer than t.
    pub fn quorum(&self, reachable: impl Fn(u8) -> bool) -> Result<Quorum, Error> {
        Ok(self.head.quorum(self.verifier.params().threshold().threshold(), reachable)?)
    }

    /// The sum, once the quorum has answered; [`Closed::combine_around`] is the same with a forecast.
    ///
    /// # Errors
    /// As [`Closed::combine`].
    pub fn record(&mut self, closed: &Closed, table: &DlogTable) -> Result<Sum, Error> {
        closed.combine(table)
    }

    /// As [`Head::progress`].
    pub fn progress(&self) -> HeadRecord {
        self.head.progress()
    }

    /// As [`Head::resume`].
    ///
    /// # Errors
    /// As [`Head::resume`].
    pub fn resume(&mut self, record: &[u8]) -> Result<(), Error> {
        Ok(self.head.resume(record)?)
    }

    /// Keys, progress, counts and what bills will be made of, all but rounds that are open: secret. As [`Head::to_bytes`].
    /// Stored before a Close is sent, nothing is lost by a restart.
    ///
    /// # Errors
    /// As [`Head::to_bytes`].
    pub fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>, Error> {
        Ok(self.head.to_bytes(&self.own_bytes()?)?)
    }

    /// Goes on from [`Utility::to_bytes`], without the link secret.
    ///
    /// # Errors
    /// As [`Head::from_bytes`], also for a state of another key set; [`Misuse::WrongKeySet`].
    pub fn from_bytes(
        params: &Params,
        view: &EpochView,
        identity: Identity,
        keys: &KeySet,
        roster: Roster,
        state: &[u8],
    ) -> Result<Self, Error> {
        let trustees = Trustees::new(params, keys)?;
        let verifier = Arc::new(Verifier::new(params, view, &roster, keys.group_key())?);
        let (head, own) = Head::from_bytes(view, identity, roster, state)?;
        let (tally, queries) = (Self::fresh_tally(params, view), Queries::default());
        let mut utility = Utility { head, verifier, trustees, tally, queries };
        utility.load(own).map_err(|_| meter_link::Malformed::BadRecord)?;
        Ok(utility)
    }
}
