//! The bills of a window.

use alloc::sync::Arc;
use alloc::vec::Vec;

use meter_link::PartyId;
use meter_link::answer::{Quorum, Stated};
use meter_link::frame::Kind;
use meter_link::head::{Bill, Head};
use meter_link::set::Members;
use meter_link::window::{Window, WindowFields};

use super::Trustees;
use super::opening::Opening;
use crate::ciphertext::Ciphertext;
use crate::dlog::DlogTable;
use crate::error::Error;
use crate::params::Params;
use crate::tally::Tally;

/// The bills of a window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bills {
    /// The bills, ascending by id.
    pub bills: Vec<Bill>,
    /// Meters whose bill cannot be read: beyond what so many readings can be, which only the meter itself brings about.
    /// Nobody else's bill suffers from it.
    pub spoilt: Vec<PartyId>,
}

/// Bills that a quorum is asked for: first it signs the query, then it sends its decryption shares.
#[derive(Debug)]
pub struct Billing {
    params: Params,
    window: Window,
    sets_digest: [u8; 32],
    billed: Members,
    /// Of each billed meter, ascending.
    rounds: Vec<u32>,
    /// The channels of each together.
    sums: Vec<Ciphertext>,
    frame: Vec<u8>,
    opening: Opening,
}

impl Billing {
    pub(super) fn new(
        params: &Params,
        head: &Head,
        tally: &Tally,
        (first, meters): (meter_link::Round, &[PartyId]),
        quorum: &Quorum,
        trustees: &Arc<Trustees>,
    ) -> Result<Self, Error> {
        let not_billable = meter_link::Misuse::NotBillable;
        let parties = head.parties();
        let list = parties.roster().meters();
        let billed = Members::with_ids(list, meters)?;
        let book = tally.book(first).filter(|book| book.permits(&billed)).ok_or(not_billable)?;
        let id = |place: u32| list.get(place as usize).map(|meter| meter.id);
        let digest = book.digest(&head.view().epoch().roster_root, &billed, id);
        let counts = book.rounds_of_meters();
        let rounds = billed.positions().filter_map(|place| counts.get(place as usize).copied()).collect();
        let (window, sets_digest) = (book.window(), book.sets_digest());
        let sums = tally.ciphertexts(first, &billed).ok_or(not_billable)?;
        let sums_of_r = tally.sums_of_r(first, &billed).ok_or(not_billable)?;
        let stated = Stated { kind: Kind::WindowStatement, round: window.last, digest };
        let opening = Opening::new(trustees, parties, stated, sums_of_r, *quorum);
        let mut billing = Billing {
            params: *params,
            window,
            sets_digest,
            billed,
            rounds,
            sums,
            frame: Vec::new(),
            opening,
        };
        billing.ask(head, quorum)?;
        Ok(billing)
    }

    pub(super) fn ask(&mut self, head: &Head, quorum: &Quorum) -> Result<(), Error> {
        if quorum.len() != self.params.threshold().threshold() {
            return Err(meter_link::Misuse::BadQuorum.into());
        }
        let (window, sets_digest) = (self.window, self.sets_digest);
        self.frame =
            head.query(&WindowFields { window, sets_digest, quorum: *quorum, billed: &self.billed })?;
        self.opening.ask(quorum);
        Ok(())
    }

    /// Which window, and the digest that answers are to.
    pub(super) fn asked(&self) -> (Window, [u8; 32]) {
        (self.window, self.opening.stated().digest)
    }

    /// The signed query, for the quorum.
    pub fn frame(&self) -> &[u8] {
        &self.frame
    }

    /// Takes a trustee's statement.
    ///
    /// # Errors
    /// As [`Closed::accept_statement`](super::Closed::accept_statement), of the window.
    pub fn accept_statement(&mut self, frame: &[u8]) -> Result<u8, Error> {
        self.opening.accept_statement(frame)
    }

    /// The statements that have come, for the quorum: a trustee answers when it has t.
    pub fn statements(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.opening.statements()
    }

    /// Takes a trustee's decryption shares, whose one proof holds; the same again changes nothing.
    ///
    /// # Errors
    /// As [`Closed::accept`](super::Closed::accept), of the window.
    pub fn accept(&mut self, frame: &[u8]) -> Result<u8, Error> {
        self.opening.accept(frame)
    }

    /// Trustees of the quorum whose shares have not come, by number.
    pub fn missing(&self) -> impl Iterator<Item = u8> {
        self.opening.missing()
    }

    /// The bills, searched from 0 outwards as far as their readings reach.
    ///
    /// # Errors
    /// [`Error::Quorum`] while shares are missing.
    pub fn bills(&self, table: &DlogTable) -> Result<Bills, Error> {
        let values = self.values(table)?;
        let parties = self.opening.parties();
        let (list, channels) = (parties.roster().meters(), parties.view().channels());
        let (mut bills, mut spoilt) = (Vec::with_capacity(self.rounds.len()), Vec::new());
        let rows = values.chunks_exact(channels).zip(&self.rounds);
        for (place, (row, rounds)) in self.billed.positions().zip(rows) {
            let meter = list.get(place as usize).ok_or(meter_link::Misuse::UnknownParty)?.id;
            let range = self.params.range(*rounds);
            let within = |value: &Result<i64, Error>| value.ok().filter(|value| range.contains(value));
            match row.iter().map(within).collect::<Option<Vec<i64>>>() {
                Some(values) => bills.push(Bill { meter, rounds: *rounds, values }),
                None => spoilt.push(meter),
            }
        }
        Ok(Bills { bills, spoilt })
    }

    /// All sums at once, as far as the most rounds of a bill reach.
    fn values(&self, table: &DlogTable) -> Result<Vec<Result<i64, Error>>, Error> {
        let most = self.rounds.iter().copied().max().unwrap_or(0);
        table.solve_many(&self.opening.open(&self.sums)?, self.params.range(most))
    }
}
