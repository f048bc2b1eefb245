//! What the utility of threshold-elgamal computes in a round and for a window.

use std::num::NonZero;
use std::sync::OnceLock;
use std::thread;

use meter_link::answer::Quorum;
use meter_link::head::{Bill, Sum};
use meter_link::window::{Books, Window};
use meter_link::{Kind, PartyId, Round};
use threshold_elgamal::{
    Billing, Closed, Collecting, Contribution, DlogTable, Error, KeySet, Params, Utility, Verifier,
};
use zeroize::Zeroizing;

use super::failure;
use crate::engine::Letter;
use crate::engine::clocked::{self, Failure, Opened, Scheme};

/// Fewer frames are checked by one thread.
const LEAST_PART: usize = 32;

pub(super) struct Sums {
    pub(super) params: Params,
    pub(super) keys: KeySet,
    pub(super) utility: Utility,
}

fn own(error: Error) -> Failure {
    failure(PartyId::UTILITY)(error)
}

/// Logarithms: one table for all groups of a process.
fn table() -> Result<&'static DlogTable, Failure> {
    static TABLE: OnceLock<Result<DlogTable, Error>> = OnceLock::new();
    TABLE.get_or_init(|| DlogTable::build(DlogTable::DEFAULT_BITS)).as_ref().map_err(|error| own(*error))
}

/// Checks frames on all cores, in their order.
fn verify(verifier: &Verifier, round: Round, frames: &[&[u8]]) -> Vec<Result<Contribution, Error>> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let part = frames.len().div_ceil(threads).max(LEAST_PART);
    thread::scope(|scope| {
        let parts: Vec<_> =
            frames.chunks(part).map(|part| scope.spawn(move || verifier.verify_all(round, part))).collect();
        let joined = parts.into_iter().map(|part| part.join());
        joined
            .flat_map(|outcomes| outcomes.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    })
}

/// A certificate of the statements, once t are here, for all of the quorum.
fn certificate<'a>(threshold: u8, statements: impl ExactSizeIterator<Item = &'a [u8]>) -> Opened {
    if statements.len() < usize::from(threshold) {
        return Opened::Waits;
    }
    Opened::Tell(Letter::Frames { frames: statements.map(<[u8]>::to_vec).collect(), hints: Vec::new() })
}

fn waits_for(missing: usize) -> Opened {
    if missing == 0 { Opened::Whole } else { Opened::Waits }
}

impl Sums {
    fn threshold(&self) -> u8 {
        self.params.threshold().threshold()
    }
}

impl Scheme for Sums {
    type Collecting = Collecting;
    type Closed = Closed;
    type Billing = Billing;
    const BATCH: usize = 256;

    fn contribution_len(&self) -> usize {
        self.params.contribution_len()
    }

    fn open(&mut self, now: Round, round: Round, present: &[bool]) -> Result<Collecting, Failure> {
        self.utility.open(now, round, present).map_err(own)
    }

    fn reopen(&mut self, state: &[u8]) -> Result<Collecting, Failure> {
        self.utility.reopen(state).map_err(own)
    }

    fn opened<'c>(&self, collecting: &'c Collecting) -> &'c [u8] {
        collecting.frame()
    }

    fn saved(&self, collecting: &Collecting) -> Result<Vec<u8>, Failure> {
        collecting.to_bytes().map_err(own)
    }

    fn accept(&self, collecting: &mut Collecting, frames: &[(PartyId, Vec<u8>)]) -> Vec<Result<(), Failure>> {
        let slices: Vec<&[u8]> = frames.iter().map(|(_, frame)| frame.as_slice()).collect();
        let verified = verify(self.utility.verifier(), collecting.round(), &slices);
        let outcomes = verified.into_iter().zip(frames);
        let add = |(contribution, (from, _)): (Result<Contribution, Error>, &(PartyId, Vec<u8>))| {
            contribution.and_then(|contribution| collecting.add(contribution)).map_err(failure(*from))?;
            Ok(())
        };
        outcomes.map(add).collect()
    }

    fn missing(&self, collecting: &Collecting) -> Vec<PartyId> {
        collecting.missing().collect()
    }

    fn close(&mut self, collecting: Collecting, quorum: &Quorum) -> Result<Closed, Failure> {
        self.utility.close(collecting, quorum).map_err(own)
    }

    fn ask(&mut self, closed: &mut Closed, quorum: &Quorum) -> Result<(), Failure> {
        self.utility.ask(closed, quorum).map_err(own)
    }

    fn asking(&self, closed: &Closed) -> Letter {
        let frames = std::iter::once(closed.frame()).chain(closed.contributions()).map(<[u8]>::to_vec);
        Letter::Frames { frames: frames.collect(), hints: vec![closed.hints()] }
    }

    fn take(&mut self, closed: &mut Closed, from: PartyId, frame: &[u8]) -> Result<Opened, Failure> {
        if clocked::kind(frame) == Some(Kind::SetStatement) {
            closed.accept_statement(frame).map_err(failure(from))?;
            return Ok(certificate(self.threshold(), closed.statements()));
        }
        closed.accept(frame).map_err(failure(from))?;
        Ok(waits_for(closed.missing().count()))
    }

    fn silent(&self, closed: &Closed) -> Vec<u8> {
        closed.missing().collect()
    }

    fn sum(&mut self, closed: &Closed) -> Result<Sum, Failure> {
        self.utility.record(closed, table()?).map_err(own)
    }

    fn left_out(&self, round: Round) -> Vec<PartyId> {
        self.utility.left_out(round).collect()
    }

    fn quorum(&self, reachable: &dyn Fn(u8) -> bool) -> Result<Quorum, Failure> {
        self.utility.quorum(reachable).map_err(own)
    }

    fn books(&self) -> Option<&Books> {
        self.utility.books().ok()
    }

    fn billable(&self, first: Round) -> Result<Vec<PartyId>, Failure> {
        self.utility.billable(first).map_err(own)
    }

    fn bill(&mut self, window: Window, meters: &[PartyId], quorum: &Quorum) -> Result<Billing, Failure> {
        self.utility.bill(window.first, meters, quorum).map_err(own)
    }

    fn bill_again(
        &mut self,
        billing: &mut Billing,
        _window: Window,
        _meters: &[PartyId],
        quorum: &Quorum,
    ) -> Result<(), Failure> {
        self.utility.ask_bill(billing, quorum).map_err(own)
    }

    fn query<'b>(&self, billing: &'b Billing) -> &'b [u8] {
        billing.frame()
    }

    fn take_bill(&mut self, billing: &mut Billing, from: PartyId, frame: &[u8]) -> Result<Opened, Failure> {
        if clocked::kind(frame) == Some(Kind::WindowStatement) {
            billing.accept_statement(frame).map_err(failure(from))?;
            return Ok(certificate(self.threshold(), billing.statements()));
        }
        billing.accept(frame).map_err(failure(from))?;
        Ok(waits_for(billing.missing().count()))
    }

    fn silent_on_bill(&self, billing: &Billing) -> Vec<u8> {
        billing.missing().collect()
    }

    fn bills(&mut self, billing: &Billing) -> Result<(Vec<Bill>, Vec<PartyId>), Failure> {
        let bills = billing.bills(table()?).map_err(own)?;
        Ok((bills.bills, bills.spoilt))
    }

    /// The keys first, without which the rest is not read.
    fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let (keys, utility) = (self.keys.to_bytes(), self.utility.to_bytes().map_err(own)?);
        // Room for all at once: no copy of a key stays in freed memory.
        let len = keys.len().saturating_add(utility.len()).saturating_add(4);
        let mut out = Zeroizing::new(Vec::with_capacity(len));
        out.extend(u32::try_from(keys.len()).unwrap_or(u32::MAX).to_le_bytes());
        out.extend_from_slice(&keys);
        out.extend_from_slice(&utility);
        Ok(out)
    }
}
