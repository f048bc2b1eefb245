//! The utility: collects contributions, closes the set in at most three passes, adds what the quorum answers.

mod certified;
mod closed;
mod repairing;

pub use certified::Certified;
pub use closed::Closed;
pub use repairing::Repairing;

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;

use meter_link::answer::{AnswerKind, Opening, Quorum};
use meter_link::collect::{Collected, Collecting, Collection};
use meter_link::decode::CheckedSum;
use meter_link::frame::{Flags, Kind};
use meter_link::head::{Head, HeadRecord, Parties, Sum, count};
use meter_link::roster::Roster;
use meter_link::round::{CloseFields, FrameHash, frame_hash};
use meter_link::{EpochView, Error, Field64, Identity, LinkSecret, Malformed, Misuse, PartyId, Round};
use zeroize::Zeroizing;

use crate::graph;
use crate::params::Params;

/// The utility of one epoch.
#[derive(Debug)]
pub struct Utility {
    params: Params,
    head: Head,
    graph_seed: [u8; 32],
    /// Of a grown graph: the neighbours of each meter in the last rounds.
    grown: BTreeMap<Round, Vec<Vec<u32>>>,
}

impl Utility {
    /// Makes the frame keys with all parties, and wipes the link secret.
    ///
    /// # Errors
    /// As [`Head::new`]; [`Misuse::BadParameter`] for another committee than the context draws.
    pub fn new(
        params: &Params,
        view: &EpochView,
        identity: Identity,
        link: LinkSecret,
        roster: Roster,
    ) -> Result<Self, Error> {
        params.check(view)?;
        params.check_seats(view, &roster)?;
        let graph_seed = graph::seed(view.context());
        let (head, grown) = (Head::new(view, identity, link, roster)?, BTreeMap::new());
        Ok(Utility { params: *params, head, graph_seed, grown })
    }

    /// Keys and roster.
    pub fn parties(&self) -> &Arc<Parties> {
        self.head.parties()
    }

    /// In a grown graph, who is whose neighbour in a round ([`Registrar::edges`](crate::grown::Registrar::edges)), before
    /// that round is closed: it tells whose repairs are waited for. The last four rounds are kept.
    pub fn grow(&mut self, round: Round, edges: Vec<Vec<u32>>) {
        self.grown.insert(round, edges);
        while self.grown.len() > 4 {
            self.grown.pop_first();
        }
    }

    /// Opens a round for the meters marked in `present`, one bool a position.
    ///
    /// # Errors
    /// As [`Head::open`].
    pub fn open(&mut self, now: Round, round: Round, present: &[bool]) -> Result<Collecting, Error> {
        self.head.open(now, round, present, self.params.words())
    }

    /// A round that was open when [`Collecting::to_bytes`] was stored. Its Close is the same to the byte, if no
    /// contribution has come since.
    ///
    /// # Errors
    /// As [`Head::reopen`].
    pub fn reopen(&mut self, state: &[u8]) -> Result<Collecting, Error> {
        self.head.reopen(state, self.params.words())
    }

    /// Meters that have come and gone too often to be in a set of this round.
    pub fn left_out(&self, round: Round) -> impl Iterator<Item = PartyId> {
        self.head.left_out(round)
    }

    /// Closes the set over the contributions that are here. If nobody is missing this Close is final;
    /// otherwise neighbours of the missing repair first. The caller's deadline has passed. The next Open names
    /// the final Close, whether its sum is ever opened or not, since meters will have seen it.
    ///
    /// ```compile_fail
    /// # use dcnet_core::{Collecting, Utility};
    /// # use meter_link::answer::Quorum;
    /// fn twice(utility: &mut Utility, round: Collecting, quorum: &Quorum) {
    ///     let _ = utility.close(round, quorum);
    ///     let _ = utility.close(round, quorum);
    /// }
    /// ```
    ///
    /// # Errors
    /// [`Error::Quorum`] if the set is smaller than the rules allow;
    /// [`Misuse::BadQuorum`] for a quorum that is not t numbers within 1 … c; [`Misuse::OutOfOrder`] for a
    /// second final Close of a round, or one of an earlier round.
    pub fn close(&mut self, round: Collecting, quorum: &Quorum) -> Result<Closing, Error> {
        let Collected { round, open, present, set, contributions } = round.end();
        let state = Pass { round, present, contributions, previous: open, number: 1, set };
        self.pass(state, None, quorum)
    }

    /// Ends a pass: meters whose repair is not here leave the set. If none had to, the Close is final.
    ///
    /// # Errors
    /// As [`Utility::close`]; [`Error::Quorum`] also if the third pass leaves repairs missing, and
    /// [`Error::Inconsistent`] if a meter that leaves came in as part of a sum ([`Collecting::add`]): the round is
    /// lost.
    pub fn close_again(&mut self, round: Repairing, quorum: &Quorum) -> Result<Closing, Error> {
        let Repairing { state, repairs, expected, frame } = round;
        let kept = |((member, expected), here): ((&bool, &bool), bool)| *member && (here || !*expected);
        let set: Vec<bool> = state.set.iter().zip(&expected).zip(repairs.here()).map(kept).collect();
        let settled = set == state.set;
        let number = state.number.wrapping_add(1);
        let sum = settled.then(|| repairs.sum(&set));
        let state = Pass { set, previous: frame_hash(&frame), number, ..state };
        self.pass(state, sum, quorum)
    }

    /// The next Close: final if nobody of the Open is missing, or all repairs of this very set are here.
    fn pass(
        &mut self,
        state: Pass,
        repairs: Option<Vec<Field64>>,
        quorum: &Quorum,
    ) -> Result<Closing, Error> {
        self.check_quorum(quorum)?;
        let (have, need) = (count(&state.set), count(&state.present));
        let is_final = repairs.is_some() || have == need;
        if !is_final && state.number >= CloseFields::MAX_PASSES {
            return Err(Error::Quorum { have, need });
        }
        if !is_final {
            // Nothing is signed if it fails.
            let expected = self.repairers(&state)?;
            let frame = self.sign(&state, false, Quorum::default())?;
            let pass = state.number.wrapping_sub(1) << Flags::PASS_SHIFT;
            let repairs = Collection::new(
                self.head.parties(),
                state.round,
                Kind::Repair,
                Flags::TRANSMISSION | pass,
                self.params.group().channels.into(),
                expected.clone(),
            );
            return Ok(Closing::Repairing(Repairing { state, repairs, expected, frame }));
        }
        let inseparable = |place: usize| state.contributions.row(place).is_none();
        let here = state.contributions.here();
        if here.iter().zip(&state.set).enumerate().any(|(place, (h, s))| *h && !*s && inseparable(place)) {
            return Err(Error::Inconsistent);
        }
        let frame = self.sign(&state, true, *quorum)?;
        let channels = self.head.view().channels();
        let mut masked = state.contributions.sum(&state.set);
        let corrections = masked.split_off(channels.min(masked.len()));
        for (sum, repair) in masked.iter_mut().zip(repairs.unwrap_or_default()) {
            *sum -= repair;
        }
        let digest = self.head.digest(&state.set);
        Ok(Closing::Final(Closed {
            parties: Arc::clone(self.head.parties()),
            opens: self.opens(),
            opening: Opening::new(state.round, AnswerKind::DcnetRound, digest, *quorum, channels),
            state,
            digest,
            masked,
            corrections,
            frame,
        }))
    }

    /// t; 0 without holders.
    fn opens(&self) -> u8 {
        self.params.threshold().map_or(0, |threshold| threshold.threshold())
    }

    fn check_quorum(&self, quorum: &Quorum) -> Result<(), Error> {
        let within = quorum.iter().all(|number| number <= self.head.view().answerers());
        if within && quorum.len() == self.opens() { Ok(()) } else { Err(Misuse::BadQuorum.into()) }
    }

    fn sign(&mut self, state: &Pass, is_final: bool, quorum: Quorum) -> Result<Vec<u8>, Error> {
        let fields = CloseFields {
            round: state.round,
            pass: state.number,
            previous: state.previous,
            quorum: Some(quorum).filter(|quorum| !quorum.is_empty()),
            is_final,
            set: &state.set,
        };
        self.head.close(&fields, &state.present)
    }

    /// Meters of the set with a neighbour that is present but not in it.
    fn repairers(&self, state: &Pass) -> Result<Vec<bool>, Error> {
        let total = self.head.view().meters();
        let missing = || (0u32..).zip(state.present.iter().zip(&state.set)).filter(|(_, (p, s))| **p && !**s);
        if self.params.is_grown() {
            let edges = self.grown.get(&state.round).ok_or(Misuse::OutOfOrder)?;
            let mut expected = alloc::vec![false; state.set.len()];
            for place in missing().filter_map(|(place, _)| edges.get(place as usize)).flatten() {
                if let Some(expected) = expected.get_mut(*place as usize) {
                    *expected = state.set.get(*place as usize).copied().unwrap_or(false);
                }
            }
            return Ok(expected);
        }
        if graph::is_complete(total, self.params.degree()) {
            return Ok(state.set.clone());
        }
        let mut expected = alloc::vec![false; state.set.len()];
        let mut around = alloc::vec![0u32; self.params.degree() as usize];
        for (position, _) in missing() {
            let n = graph::neighbours(position, total, self.params.degree(), &self.graph_seed, &mut around)?;
            for place in around.iter().take(n) {
                if let Some(expected) = expected.get_mut(*place as usize) {
                    *expected = true;
                }
            }
        }
        for (expected, member) in expected.iter_mut().zip(&state.set) {
            *expected &= *member;
        }
        Ok(expected)
    }

    /// Asks another quorum for the same set: some of the first did not answer. The new Close is for that
    /// quorum alone; for meters, and in the chain, the first stands.
    ///
    /// # Errors
    /// [`Misuse::BadQuorum`].
    pub fn ask(&mut self, closed: &mut Closed, quorum: &Quorum) -> Result<(), Error> {
        self.check_quorum(quorum)?;
        closed.frame = self.sign(&closed.state, true, *quorum)?;
        let width = self.head.view().channels();
        closed.opening =
            Opening::new(closed.state.round, AnswerKind::DcnetRound, closed.digest, *quorum, width);
        Ok(())
    }

    /// A quorum of the holders that `reachable` allows; empty without holders.
    ///
    /// # Errors
    /// [`Error::Quorum`] if there are fewer than t.
    pub fn quorum(&self, reachable: impl Fn(u8) -> bool) -> Result<Quorum, Error> {
        if self.opens() == 0 {
            return Ok(Quorum::default());
        }
        self.head.quorum(self.opens(), reachable)
    }

    /// Asks all in `asked`, at least t, for certified raw answers about the same set: of t + 2e answers up to e may
    /// be wrong, and are named. The new Close is for these holders alone; for meters, and in the chain, the first
    /// stands.
    ///
    /// # Errors
    /// [`Misuse::BadQuorum`]; [`Misuse::WrongRole`] without holders.
    pub fn certify<'c>(&mut self, closed: &'c Closed, asked: &Quorum) -> Result<Certified<'c>, Error> {
        let threshold = self.params.threshold().ok_or(Misuse::WrongRole)?;
        let within = asked.iter().all(|number| number <= threshold.answerers());
        if !within || asked.len() < threshold.threshold() {
            return Err(Misuse::BadQuorum.into());
        }
        let frame = self.sign(&closed.state, true, *asked)?;
        Ok(Certified::new(closed, frame, asked, threshold.threshold()))
    }

    /// The sum of the raw answers that have come, and who was wrong.
    ///
    /// # Errors
    /// [`Error::Quorum`] with fewer than t answers; [`Error::Inconsistent`] if more are wrong than can be told, or the
    /// sum lies outside what so many meters can have sent.
    pub fn record_certified(&mut self, certified: &Certified<'_>) -> Result<CheckedSum, Error> {
        certified.sum()
    }

    /// The sum, once the quorum has answered.
    ///
    /// # Errors
    /// [`Error::Quorum`] while answers are missing; [`Error::Inconsistent`] if the sum lies outside what so many
    /// meters can have sent, which only wrong answers, repairs or contributions do.
    pub fn record(&mut self, closed: &Closed) -> Result<Sum, Error> {
        closed.sum()
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
        self.head.resume(record)
    }

    /// Keys, progress and counts: secret. As [`Head::to_bytes`].
    ///
    /// # Errors
    /// As [`Head::to_bytes`].
    pub fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>, Error> {
        self.head.to_bytes(&[])
    }

    /// Goes on from [`Utility::to_bytes`], without the link secret.
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
        params.check_seats(view, &roster)?;
        let (head, own) = Head::from_bytes(view, identity, roster, state)?;
        own.end().map_err(|_| Malformed::BadRecord)?;
        let (graph_seed, grown) = (graph::seed(view.context()), BTreeMap::new());
        Ok(Utility { params: *params, head, graph_seed, grown })
    }
}

/// What lasts over the passes of a round.
#[derive(Debug)]
struct Pass {
    round: Round,
    present: Vec<bool>,
    contributions: Collection,
    /// Hash of the Open or of the Close before.
    previous: FrameHash,
    number: u8,
    set: Vec<bool>,
}

/// What a Close leads to.
#[derive(Debug)]
pub enum Closing {
    /// Neighbours of the missing are to repair.
    Repairing(Repairing),
    /// The quorum is to answer.
    Final(Closed),
}
