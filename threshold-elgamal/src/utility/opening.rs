//! What the trustees of a quorum state and give for one digest, of a round's list or of a window.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;

use curve25519_dalek::ristretto::RistrettoPoint;
use meter_link::answer::{Quorum, Stated, Statement};
use meter_link::frame::{Kind, TaggedFrame};
use meter_link::head::Parties;
use meter_link::{Link, PartyId};

use super::Trustees;
use crate::ciphertext::Ciphertext;
use crate::equality::{Encoded, Equality};
use crate::error::{Error, Fault};
use crate::share::{CheckedShare, Place};

/// Collects statements, then decryption shares whose proofs hold.
#[derive(Debug)]
pub(super) struct Opening {
    trustees: Arc<Trustees>,
    parties: Arc<Parties>,
    stated: Stated,
    sums_of_r: Vec<Encoded>,
    quorum: Quorum,
    statements: BTreeMap<u8, Vec<u8>>,
    shares: BTreeMap<u8, Vec<CheckedShare>>,
}

impl Opening {
    /// Nothing has come yet.
    pub(super) fn new(
        trustees: &Arc<Trustees>,
        parties: &Arc<Parties>,
        stated: Stated,
        sums_of_r: Vec<Encoded>,
        quorum: Quorum,
    ) -> Self {
        Opening {
            trustees: Arc::clone(trustees),
            parties: Arc::clone(parties),
            stated,
            sums_of_r,
            quorum,
            statements: BTreeMap::new(),
            shares: BTreeMap::new(),
        }
    }

    /// Another quorum for the same: what came from trustees who are in both still counts.
    pub(super) fn ask(&mut self, quorum: &Quorum) {
        self.quorum = *quorum;
        self.statements.retain(|number, _| quorum.contains(*number));
        self.shares.retain(|number, _| quorum.contains(*number));
    }

    pub(super) fn parties(&self) -> &Arc<Parties> {
        &self.parties
    }

    pub(super) fn stated(&self) -> &Stated {
        &self.stated
    }

    pub(super) fn accept_statement(&mut self, frame: &[u8]) -> Result<u8, Error> {
        let answerers = self.parties.roster().answerers();
        let statement = Statement::verify(frame, self.parties.view(), self.stated.kind, answerers)?;
        self.in_quorum(statement.number, statement.answerer)?;
        statement.check(&self.stated)?;
        self.statements.insert(statement.number, frame.to_vec());
        Ok(statement.number)
    }

    pub(super) fn statements(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.statements.values().map(Vec::as_slice)
    }

    pub(super) fn accept(&mut self, frame: &[u8]) -> Result<u8, Error> {
        let view = self.parties.view();
        let kind = match self.stated.kind {
            Kind::WindowStatement => Kind::WindowShare,
            _ => Kind::ProvenShare,
        };
        let frame = TaggedFrame::parse(frame, &view.expect(kind, 0))?;
        let sender = frame.header().sender;
        let unknown = Fault::Link(meter_link::Fault::UnknownSender).of(sender);
        let (number, link) = self.trustee(sender).ok_or(unknown)?;
        self.in_quorum(number, sender)?;
        let mut payload = frame.verify(&link.key)?;
        if frame.header().round != self.stated.round {
            return Err(Fault::Link(meter_link::Fault::WrongRound).of(sender));
        }
        if *payload.array()? != self.stated.digest {
            return Err(Fault::Link(meter_link::Fault::WrongSet).of(sender));
        }
        let mut shares = Vec::with_capacity(self.sums_of_r.len());
        for _ in &self.sums_of_r {
            shares.push(Encoded::from_bytes(payload.array()?).map_err(|fault| fault.of(sender))?);
        }
        let proof = Equality::from_bytes(payload.array()?).map_err(|fault| fault.of(sender))?;
        payload.end()?;
        let place = Place::new(view.context(), self.trustees.keys.group_key(), &self.stated, number);
        let public = self.trustees.points.get(usize::from(number).wrapping_sub(1)).ok_or(unknown)?;
        let checked = place.verify(public, &self.sums_of_r, &shares, &proof);
        // There is but one right share, so that a second cannot differ.
        self.shares.insert(number, checked.map_err(|fault| fault.of(sender))?);
        Ok(number)
    }

    fn trustee(&self, id: PartyId) -> Option<(u8, &Link)> {
        let mut numbered = (1u8..).zip(self.parties.answerers());
        numbered.find(|(_, link)| link.peer == id)
    }

    fn in_quorum(&self, number: u8, trustee: PartyId) -> Result<(), Error> {
        let fault = Fault::Link(meter_link::Fault::NotInQuorum);
        if self.quorum.contains(number) { Ok(()) } else { Err(fault.of(trustee)) }
    }

    pub(super) fn missing(&self) -> impl Iterator<Item = u8> {
        self.quorum.iter().filter(|number| !self.shares.contains_key(number))
    }

    /// m·B of each sum.
    ///
    /// # Errors
    /// [`Error::Quorum`] while shares are missing.
    pub(super) fn open(&self, sums: &[Ciphertext]) -> Result<Vec<RistrettoPoint>, Error> {
        let (have, need) = (self.shares.len(), usize::from(self.quorum.len()));
        if have < need {
            let count = |n| u32::try_from(n).unwrap_or(u32::MAX);
            return Err(Error::Quorum { have: count(have), need: count(need) });
        }
        // The keys are exactly the quorum's numbers, as `accept` and `ask` keep them.
        let numbers: Vec<u8> = self.shares.keys().copied().collect();
        let weights = self.trustees.keys.point_weights(&numbers);
        let open = |(place, sum): (usize, &Ciphertext)| {
            let shares = self.shares.values().filter_map(|row| row.get(place).map(CheckedShare::point));
            sum.c - weights.sum(shares)
        };
        Ok(sums.iter().enumerate().map(open).collect())
    }
}
