//! The utility's side of a round, whatever its protocol.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use meter_link::answer::{Quorum, Threshold};
use meter_link::roster::Roster;
use meter_link::round::{Close, Open};
use meter_link::set::{self, Members};
use meter_link::window::Book;
use meter_link::{Error, Header, PartyId, Round};
use numpy::PyArray1;
use pyo3::prelude::*;

use crate::argument::argument;
use crate::collecting::quorum;
use crate::error::Failure;
use crate::link::{Common, EpochView};

/// A utility beside its role: what it and its rounds know of the epoch.
#[derive(Clone)]
pub(crate) struct Desk {
    number: u64,
    pub(crate) view: meter_link::EpochView,
    pub(crate) roster: Arc<Roster>,
    pub(crate) threshold: Option<Threshold>,
}

impl Desk {
    pub(crate) fn new(params: &Common, view: &EpochView) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        Desk { number, view: view.view, roster: Arc::clone(&view.roster), threshold: params.threshold }
    }

    pub(crate) fn meters(&self) -> usize {
        self.roster.meters().len()
    }

    /// That a round is one of this utility's: another's keys, epoch or counts would say nothing about it.
    pub(crate) fn check_own(&self, name: &'static str, outcome: &Outcome) -> PyResult<()> {
        if outcome.desk != self.number {
            return Err(Failure::argument(name, "a round of another utility").into());
        }
        Ok(())
    }

    /// A round that was just opened, or opened again, by its Open.
    pub(crate) fn opened(&self, open: &[u8]) -> Result<Outcome, Error> {
        let round = Header::parse(open)?.round;
        let present = Members::from(Open::verify(open, &self.view, round)?.present).to_marks();
        Ok(Outcome { desk: self.number, round, present: present.into(), set: None })
    }

    /// The answerers that the caller names, or the first t.
    pub(crate) fn quorum_or(
        &self,
        numbers: Option<&Bound<'_, PyAny>>,
        first: impl FnOnce() -> Result<Quorum, Failure>,
    ) -> PyResult<Quorum> {
        match (numbers, self.threshold) {
            (Some(numbers), Some(threshold)) => quorum(numbers, threshold),
            (None, _) => Ok(first()?),
            (Some(_), None) => Err(Failure::argument("quorum", "this group has no holders").into()),
        }
    }

    /// Those that the caller names for certified answers, at least t; or all.
    pub(crate) fn asked(&self, numbers: Option<&Bound<'_, PyAny>>) -> PyResult<Quorum> {
        let Some(threshold) = self.threshold else {
            return Err(Failure::argument("asked", "this group has no holders").into());
        };
        let (n, t) = (threshold.answerers(), threshold.threshold());
        let Some(numbers) = numbers else {
            return Ok((1..=n).fold(Quorum::default(), Quorum::with));
        };
        let argument = argument("asked", numbers);
        let asked = Quorum::new(&argument.list(|item| item.int())?).ok();
        let asked = asked.filter(|asked| asked.len() >= t && asked.iter().all(|number| number <= n));
        asked.ok_or_else(|| argument.refuse(format_args!("expected {t} or more of 1 ... {n}, each once")))
    }
}

/// What a round came to.
#[derive(Clone)]
pub(crate) struct Outcome {
    desk: u64,
    pub(crate) round: Round,
    /// Whom the Open names present, by position.
    pub(crate) present: Arc<[bool]>,
    /// Of the last Close.
    set: Option<Arc<[bool]>>,
}

impl Outcome {
    /// The same round with a Close of it.
    pub(crate) fn closed(&self, desk: &Desk, close: &[u8]) -> Result<Self, Error> {
        let set = Members::from(Close::verify(close, &desk.view, self.round)?.set).to_marks();
        Ok(Outcome { set: Some(set.into()), ..self.clone() })
    }

    pub(crate) fn set(&self) -> &[bool] {
        self.set.as_deref().unwrap_or_default()
    }

    /// Digest of the set.
    pub(crate) fn digest(&self, desk: &Desk) -> [u8; 32] {
        let meters = desk.roster.meters().iter().zip(self.set());
        let ids: Vec<PartyId> = meters.filter(|(_, inside)| **inside).map(|(meter, _)| meter.id).collect();
        let count = u32::try_from(ids.len()).unwrap_or(u32::MAX);
        set::digest(&desk.view.epoch().roster_root, count, ids.into_iter())
    }
}

/// A bool a position.
pub(crate) fn marks<'py>(py: Python<'py>, marks: &[bool]) -> Bound<'py, PyArray1<bool>> {
    PyArray1::from_slice(py, marks)
}

/// Ids as Python has them.
pub(crate) fn ids(list: impl Iterator<Item = PartyId>) -> Vec<u32> {
    list.map(|id| id.0).collect()
}

/// By first round of a window: rounds and set digests.
pub(crate) type Books = BTreeMap<u64, Vec<(u64, Vec<u8>)>>;

pub(crate) fn books(books: &meter_link::window::Books) -> Books {
    let rounds = |(round, digest): (Round, &[u8; 32])| (round.get(), digest.to_vec());
    let book = |book: &Book| (book.window().first.get(), book.rounds().map(rounds).collect());
    books.iter().map(book).collect()
}
