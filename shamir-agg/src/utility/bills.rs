//! The bills of a window.

use alloc::sync::Arc;
use alloc::vec::Vec;

use meter_link::answer::{AnswerKind, Ledger, Opening, Quorum, RawOpening, Stated};
use meter_link::decode::Check;
use meter_link::head::{Bill, Head, Parties};
use meter_link::set::Members;
use meter_link::window::{Window, WindowFields};
use meter_link::{Error, Fault, Kind, Misuse, PartyId, Round};

use super::opened::{Corrections, Opened};
use super::party;
use crate::params::Params;

/// The bills of a window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedBills {
    /// The bills, ascending by id.
    pub bills: Vec<Bill>,
    /// Meters whose bill cannot be read: beyond what so many readings can be, or no t + e answers fit together.
    /// Nobody else's bill suffers from a meter's wrong contributions.
    pub spoilt: Vec<PartyId>,
    /// What so many answers allow; bound ones nothing.
    pub check: Check,
    /// Whose answers do not fit.
    pub wrong: Vec<WrongBills>,
}

/// An aggregator whose answers to some bills do not fit the others'.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrongBills {
    /// Who.
    pub aggregator: PartyId,
    /// In how many bills. In few of many it may be the meters' doing, who have sent corrections for it that are no
    /// sharing.
    pub bills: u32,
}

impl CheckedBills {
    /// [`Fault::WrongAnswer`] of each whose answers do not fit. No reason to drop one: see [`WrongBills`].
    pub fn faults(&self) -> impl Iterator<Item = Error> {
        self.wrong.iter().map(|wrong| Fault::WrongAnswer.of(wrong.aggregator))
    }
}

/// What is asked for, and what the utility has of it.
#[derive(Debug)]
struct Asked {
    params: Params,
    parties: Arc<Parties>,
    window: Window,
    sets_digest: [u8; 32],
    billed: Members,
    digest: [u8; 32],
    rounds: Vec<u32>,
    corrections: Corrections,
}

impl Asked {
    fn new(
        params: &Params,
        head: &Head,
        ledger: &Ledger,
        first: Round,
        meters: &[PartyId],
    ) -> Result<Self, Error> {
        let parties = Arc::clone(head.parties());
        let list = parties.roster().meters();
        let billed = Members::with_ids(list, meters)?;
        let book = ledger.book(first).filter(|book| book.permits(&billed)).ok_or(Misuse::NotBillable)?;
        let id = |place: u32| list.get(place as usize).map(|meter| meter.id);
        let digest = book.digest(&parties.view().epoch().roster_root, &billed, id);
        let counts = book.rounds_of_meters();
        let rounds = billed.positions().filter_map(|place| counts.get(place as usize).copied()).collect();
        let rows = ledger.rows(first, &billed).ok_or(Misuse::NotBillable)?;
        let corrections = Corrections::new(params, rows.to_vec());
        let (window, sets_digest) = (book.window(), book.sets_digest());
        Ok(Asked { params: *params, parties, window, sets_digest, billed, digest, rounds, corrections })
    }

    fn query(&self, head: &Head, quorum: &Quorum) -> Result<Vec<u8>, Error> {
        let (window, sets_digest) = (self.window, self.sets_digest);
        head.query(&WindowFields { window, sets_digest, quorum: *quorum, billed: &self.billed })
    }

    /// A bill for every meter whose columns can be read.
    fn bills(&self, opened: &Opened) -> Result<CheckedBills, Error> {
        let list = self.parties.roster().meters();
        let channels = self.parties.view().channels();
        let (mut bills, mut spoilt) = (Vec::with_capacity(self.rounds.len()), Vec::new());
        let mut wrong = [0u32; 256];
        let mut doubts = opened.doubts.iter().peekable();
        let rows = opened.values.chunks_exact(channels).zip(&self.rounds).enumerate();
        for (place, (row, (values, rounds))) in self.billed.positions().zip(rows) {
            let end = row.saturating_add(1).saturating_mul(channels);
            let (mut readable, mut here) = (true, Quorum::default());
            while let Some((_, doubt)) = doubts.next_if(|(column, _)| *column < end) {
                match doubt {
                    Ok(numbers) => here = numbers.iter().fold(here, Quorum::with),
                    Err(_) => readable = false,
                }
            }
            for number in here.iter() {
                if let Some(count) = wrong.get_mut(usize::from(number)) {
                    *count = count.saturating_add(1);
                }
            }
            let meter = list.get(place as usize).ok_or(Misuse::UnknownParty)?.id;
            if readable && self.params.group().check_sums(values, *rounds).is_ok() {
                bills.push(Bill { meter, rounds: *rounds, values: values.to_vec() });
            } else {
                spoilt.push(meter);
            }
        }
        let counted = (0..=u8::MAX).zip(wrong).filter(|(_, bills)| *bills > 0);
        let named = |(number, bills)| {
            let aggregator = party(&self.parties, number)?;
            Some(WrongBills { aggregator, bills })
        };
        let wrong = counted.filter_map(named).collect();
        Ok(CheckedBills { bills, spoilt, check: opened.check, wrong })
    }
}

/// Bills that a quorum is asked for, with bound answers.
#[derive(Debug)]
pub struct Billing {
    asked: Asked,
    frame: Vec<u8>,
    opening: Opening,
}

impl Billing {
    pub(super) fn new(
        params: &Params,
        head: &Head,
        ledger: &Ledger,
        first: Round,
        meters: &[PartyId],
        quorum: &Quorum,
    ) -> Result<Self, Error> {
        if quorum.len() != params.threshold().threshold() {
            return Err(Misuse::BadQuorum.into());
        }
        let asked = Asked::new(params, head, ledger, first, meters)?;
        let frame = asked.query(head, quorum)?;
        let (round, width) = (asked.window.last, asked.corrections.width());
        let opening = Opening::new(round, AnswerKind::ShamirWindow, asked.digest, *quorum, width);
        Ok(Billing { asked, frame, opening })
    }

    /// Which window, and the digest that answers are to.
    pub(super) fn asked(&self) -> (Window, [u8; 32]) {
        (self.asked.window, self.asked.digest)
    }

    /// The signed query, for the quorum.
    pub fn frame(&self) -> &[u8] {
        &self.frame
    }

    /// Takes an aggregator's answer.
    ///
    /// # Errors
    /// As [`Opening::accept`].
    pub fn accept(&mut self, frame: &[u8]) -> Result<u8, Error> {
        self.opening.accept(self.asked.parties.view(), self.asked.parties.answerers(), frame)
    }

    /// Aggregators of the quorum that have not answered, by number.
    pub fn missing(&self) -> impl Iterator<Item = u8> {
        self.opening.missing()
    }

    /// The bills, once the quorum has answered. Nothing tells a wrong answer from a right one.
    ///
    /// # Errors
    /// [`Error::Quorum`] while answers are missing.
    pub fn bills(&self) -> Result<CheckedBills, Error> {
        let values = self.asked.corrections.open(&self.opening)?;
        self.asked.bills(&Opened { values, doubts: Vec::new(), check: Check::Unchecked })
    }
}

/// Bills that any number of aggregators, at least t, answers raw; see [`Certified`](super::Certified).
#[derive(Debug)]
pub struct CertifiedBilling {
    asked: Asked,
    frame: Vec<u8>,
    opening: RawOpening,
}

impl CertifiedBilling {
    pub(super) fn new(
        params: &Params,
        head: &Head,
        ledger: &Ledger,
        first: Round,
        meters: &[PartyId],
        quorum: &Quorum,
    ) -> Result<Self, Error> {
        let threshold = params.threshold().threshold();
        if quorum.len() < threshold {
            return Err(Misuse::BadQuorum.into());
        }
        let asked = Asked::new(params, head, ledger, first, meters)?;
        let frame = asked.query(head, quorum)?;
        let stated = Stated { kind: Kind::WindowStatement, round: asked.window.last, digest: asked.digest };
        let width = asked.corrections.width();
        let opening = RawOpening::new(AnswerKind::ShamirWindow, stated, *quorum, threshold, width);
        Ok(CertifiedBilling { asked, frame, opening })
    }

    /// Which window, and the digest that answers are to.
    pub(super) fn asked(&self) -> (Window, [u8; 32]) {
        (self.asked.window, self.asked.digest)
    }

    /// The signed query, for all who are asked.
    pub fn frame(&self) -> &[u8] {
        &self.frame
    }

    /// Takes an aggregator's statement.
    ///
    /// # Errors
    /// As [`RawOpening::accept_statement`].
    pub fn accept_statement(&mut self, frame: &[u8]) -> Result<PartyId, Error> {
        self.opening.accept_statement(&self.asked.parties, frame)
    }

    /// The statements that have come, for all who are asked.
    ///
    /// # Errors
    /// [`Error::Quorum`] while they are fewer than t.
    pub fn certificate(&self) -> Result<Vec<&[u8]>, Error> {
        self.opening.certificate()
    }

    /// Takes an aggregator's raw answer.
    ///
    /// # Errors
    /// As [`RawOpening::accept`].
    pub fn accept(&mut self, frame: &[u8]) -> Result<PartyId, Error> {
        self.opening.accept(&self.asked.parties, frame)
    }

    /// Aggregators that have not answered, by number.
    pub fn missing(&self) -> impl Iterator<Item = u8> {
        self.opening.missing()
    }

    /// The bills of the raw answers that have come, and who was wrong. Each bill stands for itself: a meter whose
    /// contributions are no sharing spoils its own.
    ///
    /// # Errors
    /// [`Error::Quorum`] with fewer than t answers.
    pub fn bills(&self) -> Result<CheckedBills, Error> {
        self.asked.bills(&self.asked.corrections.decode_each(&self.opening)?)
    }
}
