//! What is stored, and how a utility goes on from it.

use std::collections::BTreeMap;

use anyhow::bail;
use meter_link::frame::Reader;
use meter_link::{EpochView, Malformed, Round};
use zeroize::Zeroizing;

use super::{Collecting, Journal, Opening, Phase, Utility};
use crate::deployment::Deployment;
use crate::engine::Ctx;
use crate::engine::clocked::history::History;
use crate::engine::clocked::records::Record;
use crate::engine::clocked::scheme::{Failure, Scheme};
use crate::engine::seat::Kept;

const VERSION: u8 = 1;

/// A state, taken apart.
pub(crate) struct Stored<'s> {
    pub(crate) scheme: &'s [u8],
    finished: Option<Round>,
    billed: Option<Round>,
    history: History,
}

impl<S: Scheme> Utility<S> {
    /// Everything but the running round. A failure to write it is not to be expected, and leaves the old one.
    pub(super) fn store_state(&mut self, ctx: &mut Ctx<'_>) {
        let Ok(scheme) = self.scheme.to_bytes() else { return };
        let mut tail = Vec::new();
        for round in [self.finished, self.billed] {
            tail.push(u8::from(round.is_some()));
            tail.extend(round.map_or(0, Round::to_u32).to_le_bytes());
        }
        self.history.save(&mut tail);
        // Room for all at once: no copy of a key stays in freed memory.
        let len = scheme.len().saturating_add(tail.len()).saturating_add(5);
        let mut out = Zeroizing::new(Vec::with_capacity(len));
        out.push(VERSION);
        out.extend(u32::try_from(scheme.len()).unwrap_or(u32::MAX).to_le_bytes());
        out.extend_from_slice(&scheme);
        out.extend(tail);
        self.journal = Journal { fresh: false, state: out.len(), records: 0 };
        ctx.out.state(out);
    }

    /// Goes on from the records behind a state whose protocol's part is in `scheme` again.
    pub(crate) fn resume(
        deployment: &Deployment,
        view: &EpochView,
        roster: &meter_link::roster::Roster,
        (scheme, stored): (S, Stored<'_>),
        kept: &Kept,
    ) -> anyhow::Result<Self> {
        let mut utility = Self::new(deployment, view, roster, scheme);
        (utility.finished, utility.billed, utility.history) =
            (stored.finished, stored.billed, stored.history);
        let state = kept.state.as_ref().map_or(0, |state| state.len());
        utility.journal = Journal { fresh: false, state, records: 0 };
        for record in &kept.records {
            utility.journal.records = utility.journal.records.saturating_add(record.len());
            utility.replay(&Record::read(record)?)?;
        }
        Ok(utility)
    }

    fn replay(&mut self, record: &Record<'_>) -> Result<(), Failure> {
        match record {
            Record::Opened(collected) => {
                let round_state = self.scheme.reopen(collected)?;
                let round = self.round_of(&round_state)?;
                let present = u32::try_from(self.scheme.missing(&round_state).len()).unwrap_or(u32::MAX);
                let (pending, check_at) = (BTreeMap::new(), None);
                self.phase = Phase::Collecting(Collecting {
                    round,
                    present,
                    round_state,
                    pending,
                    check_at,
                    bad: Default::default(),
                });
            }
            Record::Closed { quorum, collected } => {
                let state = self.scheme.reopen(collected)?;
                let (round, open) = (self.round_of(&state)?, self.scheme.opened(&state).to_vec());
                let missing = self.scheme.missing(&state).into_iter().map(|id| id.0).collect();
                let closed = self.scheme.close(state, quorum)?;
                self.remember(round, &open, &closed);
                // Asked at once again: nobody knows whether they were.
                self.phase =
                    Phase::Opening(Opening { round, open, closed, quorum: *quorum, asked_at: 0, missing });
            }
            Record::Done(round) => {
                self.finished = self.finished.max(Some(*round));
                if self.phase.round().is_some_and(|open| open <= *round) {
                    self.phase = Phase::Idle;
                }
            }
            Record::Asked(first) => {
                let meters = self.scheme.billable(*first)?;
                let window = self.scheme.books().and_then(|books| books.window_of(*first));
                let window = window.ok_or(Failure::NotBillable)?;
                // What it was asked for is known again; who, is chosen anew.
                let quorum = self.scheme.quorum(&|_| true)?;
                self.scheme.bill(window, &meters, &quorum)?;
            }
            Record::Billed(first) => self.billed = Some(*first),
        }
        Ok(())
    }

    fn round_of(&self, state: &S::Collecting) -> Result<Round, Failure> {
        let header = meter_link::Header::parse(self.scheme.opened(state));
        Ok(header
            .map_err(|error| crate::engine::clocked::failure(error, meter_link::PartyId::UTILITY))?
            .round)
    }
}

impl<'s> Stored<'s> {
    /// Takes a state apart.
    pub(crate) fn read(kept: &'s Kept) -> anyhow::Result<Self> {
        let Some(state) = &kept.state else { bail!("records without a state") };
        let mut reader = Reader::new(state);
        if reader.u8()? != VERSION {
            bail!("a state of another version");
        }
        let len = reader.u32()? as usize;
        let scheme = reader.bytes(len)?;
        let mut round = || -> Result<Option<Round>, meter_link::Error> {
            match (reader.u8()?, Round::from(reader.u32()?)) {
                (0, _) => Ok(None),
                (1, round) => Ok(Some(round)),
                _ => Err(Malformed::BadRecord.into()),
            }
        };
        let (finished, billed) = (round()?, round()?);
        let history = History::load(&mut reader)?;
        reader.end()?;
        Ok(Self { scheme, finished, billed, history })
    }
}
