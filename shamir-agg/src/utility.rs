//! The utility: collects one frame a meter, closes the set, adds what the quorum answers.

use alloc::sync::Arc;
use alloc::vec::Vec;

use meter_link::answer::{AnswerKind, Opening, Quorum, weighted_corrections};
use meter_link::collect::{Collected, Collecting};
use meter_link::field::add_assign;
use meter_link::head::{Head, HeadRecord, Parties, Sum, count};
use meter_link::roster::Roster;
use meter_link::round::{CloseFields, FrameHash};
use meter_link::{EpochView, Error, Field64, Identity, LinkSecret, Round};

use crate::params::Params;

/// The utility of one epoch. Rounds are opened and closed in ascending order, since each Open names the Close
/// before it; an aggregator has one round open at a time.
#[derive(Debug)]
pub struct Utility {
    params: Params,
    head: Head,
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
        Ok(Utility { params: *params, head: Head::new(view, identity, link, roster)? })
    }

    /// Opens a round for the meters marked in `present`, one bool a position.
    ///
    /// # Errors
    /// As [`Head::open`].
    pub fn open(&mut self, now: Round, round: Round, present: &[bool]) -> Result<Collecting, Error> {
        self.head.open(now, round, present, self.params.words())
    }

    /// Closes the round over the meters whose frames are here, naming who is asked. The caller's deadline
    /// has passed.
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
    /// [`Error::Quorum`] if the set is smaller than the rules allow;
    /// [`Misuse::BadQuorum`](crate::Misuse::BadQuorum) for a quorum that is not t numbers within 1 … m;
    /// [`Misuse::OutOfOrder`](crate::Misuse::OutOfOrder) once a later round was closed. The round is gone then.
    pub fn close(&mut self, round: Collecting, quorum: &Quorum) -> Result<Closed, Error> {
        let Collected { round, open, present, set, contributions } = round.end();
        let corrections = contributions.sum(&set);
        let digest = self.head.digest(&set);
        let mut closed = Closed {
            params: self.params,
            parties: Arc::clone(self.head.parties()),
            round,
            present,
            open_hash: open,
            meters: count(&set),
            set,
            digest,
            corrections,
            frame: Vec::new(),
            opening: Opening::new(round, AnswerKind::ShamirRound, digest, *quorum),
        };
        self.ask(&mut closed, quorum)?;
        Ok(closed)
    }

    /// Asks another quorum for the same set: some of the first did not answer. Answers that have come are
    /// bound to the first quorum, and dropped.
    ///
    /// # Errors
    /// [`Misuse::BadQuorum`](crate::Misuse::BadQuorum) as [`Utility::close`];
    /// [`Misuse::OutOfOrder`](crate::Misuse::OutOfOrder) once a later round was closed. Nothing has changed then.
    pub fn ask(&mut self, closed: &mut Closed, quorum: &Quorum) -> Result<(), Error> {
        let threshold = self.params.threshold();
        if quorum.len() != threshold.threshold() {
            return Err(crate::Misuse::BadQuorum.into());
        }
        let fields = CloseFields {
            round: closed.round,
            pass: 1,
            previous: closed.open_hash,
            quorum: Some(*quorum),
            is_final: true,
            set: &closed.set,
        };
        closed.frame = self.head.close(&fields, &closed.present)?;
        closed.opening = Opening::new(closed.round, AnswerKind::ShamirRound, closed.digest, *quorum);
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
}

/// A round whose set is fixed.
#[derive(Debug)]
pub struct Closed {
    params: Params,
    parties: Arc<Parties>,
    round: Round,
    present: Vec<bool>,
    open_hash: FrameHash,
    set: Vec<bool>,
    meters: u32,
    digest: [u8; 32],
    corrections: Vec<Field64>,
    frame: Vec<u8>,
    opening: Opening,
}

impl Closed {
    /// The signed Close, for the quorum.
    pub fn frame(&self) -> &[u8] {
        &self.frame
    }

    /// Takes an aggregator's answer.
    ///
    /// # Errors
    /// As [`Opening::accept`].
    pub fn accept(&mut self, frame: &[u8]) -> Result<u8, Error> {
        self.opening.accept(self.parties.view(), self.parties.answerers(), frame)
    }

    /// Aggregators of the quorum that have not answered, by number.
    pub fn missing(&self) -> impl Iterator<Item = u8> {
        self.opening.missing()
    }

    fn sum(&self) -> Result<Sum, Error> {
        let channels = self.parties.view().channels();
        let mut total = self.opening.sum(channels)?;
        let threshold = self.params.threshold().threshold();
        let corrections = weighted_corrections(self.opening.quorum(), channels, |number| {
            let row = usize::from(number.checked_sub(threshold)?);
            self.corrections.chunks_exact(channels).nth(row)
        })?;
        add_assign(&mut total, &corrections);
        let values: Vec<i64> = total.into_iter().map(Field64::centred).collect();
        self.parties.view().group().check_sums(&values, self.meters)?;
        Ok(Sum { round: self.round, values, meters: self.meters })
    }
}
