//! What the utility of ckks-agg computes in a round.

use std::collections::BTreeSet;
use std::num::NonZero;
use std::thread;

use ckks_agg::{Analytics, Closed, Collecting, Contribution, Error, Opening, Sums as Values, Verifier};
use meter_link::answer::Quorum;
use meter_link::head::{Bill, Sum};
use meter_link::window::{Books, Window};
use meter_link::{Kind, PartyId, Round};
use zeroize::Zeroizing;

use super::{desk, failure, put};
use crate::engine::Letter;
use crate::engine::clocked::{self, Failure, Opened, Scheme};

/// Fewer frames are checked by one thread.
const LEAST_PART: usize = 4;

pub(super) struct Sums {
    pub(super) opening: Opening,
    pub(super) analytics: Analytics,
    /// Bytes of the public key, and the statements that show it.
    pub(super) key: Vec<u8>,
    pub(super) statements: Vec<Vec<u8>>,
    /// What the last set was closed from, where a holder may refuse one of its meters.
    collected: Vec<u8>,
    /// Meters that the holder has refused: out for the epoch.
    refused: BTreeSet<PartyId>,
}

fn own(error: Error) -> Failure {
    failure(PartyId::UTILITY)(error)
}

/// Checks frames on all cores, in their order.
fn verify(
    verifier: &Verifier,
    round: Round,
    frames: &[(PartyId, Vec<u8>)],
) -> Vec<Result<Contribution, Error>> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let part = frames.len().div_ceil(threads).max(LEAST_PART);
    let all = move |part: &[(PartyId, Vec<u8>)]| {
        part.iter().map(|(_, frame)| verifier.verify(round, frame)).collect::<Vec<_>>()
    };
    if frames.len() <= part {
        return all(frames);
    }
    thread::scope(|scope| {
        let parts: Vec<_> = frames.chunks(part).map(|part| scope.spawn(move || all(part))).collect();
        let joined = parts.into_iter().map(|part| part.join());
        joined
            .flat_map(|outcomes| outcomes.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    })
}

impl Sums {
    pub(super) fn new(
        opening: Opening,
        analytics: Analytics,
        key: Vec<u8>,
        statements: Vec<Vec<u8>>,
    ) -> Self {
        Self { opening, analytics, key, statements, collected: Vec::new(), refused: BTreeSet::new() }
    }

    fn threshold(&self) -> usize {
        match self.opening {
            Opening::Holder => 1,
            Opening::Trustees(threshold) => threshold.threshold().into(),
        }
    }
}

impl Scheme for Sums {
    type Collecting = Collecting;
    type Closed = Closed;
    type Billing = ();
    const BATCH: usize = 64;
    // Contributions are long, and who has answered answers no other quorum.
    const ASKS: u64 = 2;
    const QUORUM_ONLY: bool = true;

    fn contribution_len(&self) -> usize {
        self.analytics.verifier().contribution_len()
    }

    fn open(&mut self, now: Round, round: Round, present: &[bool]) -> Result<Collecting, Failure> {
        self.analytics.open(now, round, present).map_err(own)
    }

    fn reopen(&mut self, state: &[u8]) -> Result<Collecting, Failure> {
        self.analytics.reopen(state).map_err(own)
    }

    fn opened<'c>(&self, collecting: &'c Collecting) -> &'c [u8] {
        collecting.frame()
    }

    fn saved(&self, collecting: &Collecting) -> Result<Vec<u8>, Failure> {
        collecting.to_bytes().map_err(own)
    }

    fn accept(&self, collecting: &mut Collecting, frames: &[(PartyId, Vec<u8>)]) -> Vec<Result<(), Failure>> {
        let verified = verify(self.analytics.verifier(), collecting.round(), frames);
        let add = |(contribution, (from, _)): (Result<Contribution, Error>, &(PartyId, Vec<u8>))| {
            contribution.and_then(|contribution| collecting.add(contribution)).map_err(failure(*from))?;
            Ok(())
        };
        verified.into_iter().zip(frames).map(add).collect()
    }

    fn missing(&self, collecting: &Collecting) -> Vec<PartyId> {
        collecting.missing().collect()
    }

    fn close(&mut self, collecting: Collecting, quorum: &Quorum) -> Result<Closed, Failure> {
        if self.opening == Opening::Holder {
            self.collected = collecting.to_bytes().map_err(own)?;
        }
        self.analytics.close(collecting, quorum).map_err(own)
    }

    fn without(
        &mut self,
        closed: &Closed,
        meter: PartyId,
        quorum: &Quorum,
    ) -> Result<(Vec<u8>, Closed), Failure> {
        let mut collecting = self.analytics.reopen(&self.collected).map_err(own)?;
        if collecting.round() != closed.round() {
            return Err(Failure::Inconsistent);
        }
        collecting.remove(meter);
        self.refused.insert(meter);
        self.collected = collecting.to_bytes().map_err(own)?;
        let closed = self.analytics.close(collecting, quorum).map_err(own)?;
        Ok((self.collected.clone(), closed))
    }

    fn meters(&self, closed: &Closed) -> u32 {
        closed.meters()
    }

    fn ask(&mut self, closed: &mut Closed, quorum: &Quorum) -> Result<(), Failure> {
        self.analytics.ask(closed, quorum).map_err(own)
    }

    fn asking(&self, closed: &Closed) -> Letter {
        let frames = std::iter::once(closed.frame()).chain(closed.contributions()).map(<[u8]>::to_vec);
        Letter::Frames { frames: frames.collect(), hints: Vec::new() }
    }

    fn take(&mut self, closed: &mut Closed, from: PartyId, frame: &[u8]) -> Result<Opened, Failure> {
        if clocked::kind(frame) == Some(Kind::SetStatement) {
            closed.accept_statement(frame).map_err(failure(from))?;
            let statements = closed.statements();
            if statements.len() < self.threshold() {
                return Ok(Opened::Waits);
            }
            let frames = statements.map(<[u8]>::to_vec).collect();
            return Ok(Opened::Tell(Letter::Frames { frames, hints: Vec::new() }));
        }
        if let Some(meter) = desk::refused_by(frame).filter(|_| self.opening == Opening::Holder) {
            return Ok(Opened::Without(meter));
        }
        closed.accept(frame).map_err(failure(from))?;
        Ok(if closed.missing().next().is_none() { Opened::Whole } else { Opened::Waits })
    }

    fn silent(&self, closed: &Closed) -> Vec<u8> {
        closed.missing().collect()
    }

    /// The sums of the intervals, and those of their squares behind them.
    fn sum(&mut self, closed: &Closed) -> Result<Sum, Failure> {
        let totals = self.analytics.record(closed).map_err(own)?;
        let mut values = Vec::new();
        for sums in std::iter::once(totals.sums).chain(totals.squares) {
            match sums {
                Values::Exact(exact) => values.extend(exact),
                Values::Approximate { .. } => return Err(Failure::Inconsistent),
            }
        }
        Ok(Sum { round: totals.round, values, meters: totals.meters })
    }

    /// Those who come and go, those who have not committed before the list was fixed, and those whom the holder has refused.
    fn left_out(&self, round: Round) -> Vec<PartyId> {
        self.analytics
            .left_out(round)
            .chain(self.analytics.uncommitted())
            .chain(self.refused.iter().copied())
            .collect()
    }

    fn quorum(&self, reachable: &dyn Fn(u8) -> bool) -> Result<Quorum, Failure> {
        self.analytics.quorum(reachable).map_err(own)
    }

    fn books(&self) -> Option<&Books> {
        None
    }

    fn billable(&self, _first: Round) -> Result<Vec<PartyId>, Failure> {
        Err(Failure::NotBillable)
    }

    fn bill(&mut self, _window: Window, _meters: &[PartyId], _quorum: &Quorum) -> Result<(), Failure> {
        Err(Failure::NotBillable)
    }

    fn bill_again(&mut self, _: &mut (), _: Window, _: &[PartyId], _: &Quorum) -> Result<(), Failure> {
        Err(Failure::NotBillable)
    }

    fn query<'b>(&self, _billing: &'b ()) -> &'b [u8] {
        &[]
    }

    fn take_bill(&mut self, _: &mut (), _from: PartyId, _frame: &[u8]) -> Result<Opened, Failure> {
        Err(Failure::NotBillable)
    }

    fn silent_on_bill(&self, _billing: &()) -> Vec<u8> {
        Vec::new()
    }

    fn bills(&mut self, _billing: &()) -> Result<(Vec<Bill>, Vec<PartyId>), Failure> {
        Err(Failure::NotBillable)
    }

    /// The key first, without which the rest is not read.
    fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let analytics = self.analytics.to_bytes().map_err(own)?;
        let statements = self.statements.iter().map(|frame| frame.len().saturating_add(4));
        let len = self.key.len().saturating_add(analytics.len()).saturating_add(64);
        // Room for all at once: no copy of a key stays in freed memory.
        let mut out = Zeroizing::new(Vec::with_capacity(statements.fold(len, usize::saturating_add)));
        put(&mut out, &self.key);
        out.push(u8::try_from(self.statements.len()).unwrap_or(u8::MAX));
        self.statements.iter().for_each(|frame| put(&mut out, frame));
        out.extend_from_slice(&analytics);
        Ok(out)
    }
}
