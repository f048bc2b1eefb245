//! An aggregator of shamir-agg.

use anyhow::Context as _;
use chacha20::ChaCha20Rng;
use meter_link::{Error, Fault, PartyId, Prepared, Round};
use shamir_agg::{Aggregator, Post};
use zeroize::Zeroizing;

use super::{failure, params};
use crate::deployment::Deployment;
use crate::engine::clocked::{Answerer, Helper, Said};
use crate::engine::seat::{Keys, Lists, Seat};
use crate::engine::{Refusal, Role};

struct Adder(Aggregator);

pub(super) fn role(deployment: &Deployment, seat: Seat) -> anyhow::Result<Box<dyn Role>> {
    let params = params(deployment)?;
    let Seat { view, id, identity, keys, lists, .. } = seat;
    let Lists::Whole(roster) = lists else { anyhow::bail!("an aggregator needs the whole roster") };
    let (aggregator, stored) = match keys {
        Keys::Fresh(link) => (Aggregator::new(&params, &view, Post { id, identity, link }, &roster)?, None),
        Keys::Stored(kept) => {
            let state = kept.state.as_ref().context("records without a state")?;
            let mut aggregator = Aggregator::from_bytes(&params, &view, id, identity, &roster, state)?;
            kept.records.iter().try_for_each(|record| aggregator.replay(record))?;
            let records = kept.records.iter().map(Vec::len).fold(0, usize::saturating_add);
            (aggregator, Some((state.len(), records)))
        }
    };
    Ok(Box::new(Answerer::new(deployment, &view, Adder(aggregator), stored)))
}

/// What the utility has sent was wrong.
fn refused(error: Error) -> Refusal {
    failure(PartyId::UTILITY)(error).into()
}

fn silently<R: AsRef<[u8]>>(prepared: Prepared<(), R>) -> Said {
    let record = prepared.record().to_vec();
    prepared.stored();
    Said { record, answer: None }
}

fn aloud<R: AsRef<[u8]>>(prepared: Prepared<Vec<u8>, R>) -> Said {
    let record = prepared.record().to_vec();
    Said { record, answer: Some(prepared.stored()) }
}

fn first<'f>(frames: &[&'f [u8]], place: usize) -> Result<&'f [u8], Refusal> {
    frames.get(place).copied().ok_or(Refusal::Stale("a frame is missing"))
}

impl Helper for Adder {
    fn open(&mut self, now: Round, open: &[u8]) -> Result<(), Refusal> {
        self.0.open(now, open).map_err(refused)
    }

    fn missed(&self) -> Option<Round> {
        self.0.missed()
    }

    fn lacks(&self, round: Round) -> bool {
        self.0.books().is_ok_and(|books| books.lacks(round))
    }

    fn close(
        &mut self,
        _rng: &mut ChaCha20Rng,
        now: Round,
        frames: &[&[u8]],
        _hints: &[&[u8]],
    ) -> Result<Said, Refusal> {
        let close = first(frames, 0)?;
        match self.0.answer(now, close) {
            Ok(answer) => Ok(aloud(answer)),
            Err(Error::Fault { fault: Fault::NotInQuorum, .. }) => {
                self.0.follow(now, close).map(silently).map_err(refused)
            }
            Err(error) => Err(refused(error)),
        }
    }

    fn catch_up(&mut self, now: Round, frames: &[&[u8]]) -> Result<Said, Refusal> {
        let (open, close) = (first(frames, 0)?, first(frames, 1)?);
        self.0.catch_up(now, open, close).map(silently).map_err(refused)
    }

    fn bill(&mut self, now: Round, query: &[u8]) -> Result<Said, Refusal> {
        self.0.bill(now, query).map(aloud).map_err(refused)
    }

    fn certified(&mut self, _rng: &mut ChaCha20Rng, statements: &[&[u8]]) -> Result<Said, Refusal> {
        self.0.answer_certified(statements).map(aloud).map_err(refused)
    }

    fn log_head(&self, round: Round) -> Result<Vec<u8>, Refusal> {
        self.0.log_head(round).map_err(refused)
    }

    fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>, Refusal> {
        self.0.to_bytes().map_err(refused)
    }
}
