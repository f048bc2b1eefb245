//! A round whose set is fixed.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;

use meter_link::answer::{Quorum, Stated, Statement};
use meter_link::frame::{Kind, TaggedFrame};
use meter_link::head::{Head, Parties, Sum};
use meter_link::round::{CloseFields, FrameHash};
use meter_link::{PartyId, Round};

use super::Collecting;
use crate::ciphertext::Ciphertext;
use crate::combine::combine;
use crate::dlog::DlogTable;
use crate::equality::{Encoded, Equality};
use crate::error::{Error, Fault};
use crate::list::Sums;
use crate::share::Place;
use crate::verify::{Contribution, Verifier};

/// A round whose set is fixed: first the quorum signs the list of its contributions, then it sends its
/// decryption shares.
#[derive(Debug)]
pub struct Closed {
    verifier: Arc<Verifier>,
    trustees: Arc<[Encoded]>,
    parties: Arc<Parties>,
    round: Round,
    open_hash: FrameHash,
    present: Vec<bool>,
    set: Vec<bool>,
    list: Vec<Contribution>,
    sums: Sums,
    sums_of_r: Vec<Encoded>,
    quorum: Quorum,
    frame: Vec<u8>,
    statements: BTreeMap<u8, Vec<u8>>,
    /// Whose proofs hold.
    shares: BTreeMap<u8, Vec<Encoded>>,
}

impl Closed {
    pub(super) fn new(
        head: &mut Head,
        round: Collecting,
        quorum: &Quorum,
        trustees: &Arc<[Encoded]>,
    ) -> Result<Self, Error> {
        let set: Vec<bool> = round.contributions.iter().map(Option::is_some).collect();
        let list: Vec<Contribution> = round.contributions.into_iter().flatten().collect();
        let sums = Sums::of(head.view(), list.iter().map(Contribution::meter), list.iter())?;
        let mut closed = Closed {
            trustees: Arc::clone(trustees),
            sums_of_r: sums.channels.iter().map(|sum| Encoded::from(sum.r)).collect(),
            verifier: round.verifier,
            parties: round.parties,
            round: round.round,
            open_hash: round.open_hash,
            present: round.present,
            set,
            list,
            sums,
            quorum: *quorum,
            frame: Vec::new(),
            statements: BTreeMap::new(),
            shares: BTreeMap::new(),
        };
        closed.ask(head, quorum)?;
        Ok(closed)
    }

    pub(super) fn ask(&mut self, head: &mut Head, quorum: &Quorum) -> Result<(), Error> {
        if quorum.len() != self.verifier.params().threshold().threshold() {
            return Err(meter_link::Misuse::BadQuorum.into());
        }
        let fields = CloseFields {
            round: self.round,
            pass: 1,
            previous: self.open_hash,
            quorum: Some(*quorum),
            is_final: true,
            set: &self.set,
        };
        self.frame = head.close(&fields, &self.present)?;
        self.quorum = *quorum;
        self.statements.retain(|number, _| quorum.contains(*number));
        self.shares.retain(|number, _| quorum.contains(*number));
        Ok(())
    }

    /// The signed Close, for the quorum.
    pub fn frame(&self) -> &[u8] {
        &self.frame
    }

    /// The contributions of the set, as the meters signed them, for the quorum.
    pub fn contributions(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.list.iter().map(Contribution::frame)
    }

    /// Takes a trustee's statement.
    ///
    /// # Errors
    /// [`Malformed`](crate::Malformed); [`Fault`] blaming the trustee: unknown or not in the quorum, wrong
    /// signature, another round or list.
    pub fn accept_statement(&mut self, frame: &[u8]) -> Result<u8, Error> {
        let answerers = self.parties.roster().answerers();
        let statement = Statement::verify(frame, self.parties.view(), Kind::SetStatement, answerers)?;
        self.in_quorum(statement.number, statement.answerer)?;
        statement.check(&self.stated())?;
        self.statements.insert(statement.number, frame.to_vec());
        Ok(statement.number)
    }

    /// The statements that have come, for the quorum: a trustee answers when it has t.
    pub fn statements(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.statements.values().map(Vec::as_slice)
    }

    /// Takes a trustee's decryption share, whose proof holds; the same again changes nothing.
    ///
    /// # Errors
    /// [`Malformed`](crate::Malformed); [`Fault`] blaming the trustee: unknown or not in the quorum, wrong
    /// tag, another round or list, no point or scalar, a proof that does not hold ([`Fault::BadEquality`]: it lies).
    pub fn accept(&mut self, frame: &[u8]) -> Result<u8, Error> {
        let view = self.parties.view();
        let frame = TaggedFrame::parse(frame, &view.expect(Kind::ProvenShare, 0))?;
        let sender = frame.header().sender;
        let mut numbered = (1u8..).zip(self.parties.answerers());
        let unknown = Fault::Link(meter_link::Fault::UnknownSender).of(sender);
        let (number, link) = numbered.find(|(_, link)| link.peer == sender).ok_or(unknown)?;
        self.in_quorum(number, sender)?;
        let mut payload = frame.verify(&link.key)?;
        if frame.header().round != self.round {
            return Err(Fault::Link(meter_link::Fault::WrongRound).of(sender));
        }
        if *payload.array()? != self.sums.digest {
            return Err(Fault::Link(meter_link::Fault::WrongSet).of(sender));
        }
        let mut share = Vec::with_capacity(view.channels());
        for _ in 0..view.channels() {
            share.push(Encoded::from_bytes(payload.array()?).map_err(|fault| fault.of(sender))?);
        }
        let proof = Equality::from_bytes(payload.array()?).map_err(|fault| fault.of(sender))?;
        payload.end()?;
        let stated = self.stated();
        let place = Place::new(view.context(), self.verifier.key(), &stated, number);
        let public = self.trustees.get(usize::from(number).wrapping_sub(1)).ok_or(unknown)?;
        place.verify(public, &self.sums_of_r, &share, &proof).map_err(|fault| fault.of(sender))?;
        // There is but one right share, so that a second cannot differ.
        self.shares.insert(number, share);
        Ok(number)
    }

    fn stated(&self) -> Stated {
        Stated { kind: Kind::SetStatement, round: self.round, digest: self.sums.digest }
    }

    fn in_quorum(&self, number: u8, trustee: PartyId) -> Result<(), Error> {
        let fault = Fault::Link(meter_link::Fault::NotInQuorum);
        if self.quorum.contains(number) { Ok(()) } else { Err(fault.of(trustee)) }
    }

    /// Trustees of the quorum whose share has not come, by number.
    pub fn missing(&self) -> impl Iterator<Item = u8> {
        self.quorum.iter().filter(|number| !self.shares.contains_key(number))
    }

    /// Σ readings · B = C − Σ λ_i · D_i for each channel, and its discrete logarithm, searched from 0 outwards
    /// as far as so many readings reach.
    ///
    /// # Errors
    /// [`Error::Quorum`] while shares are missing; [`Error::Inconsistent`] if a sum lies outside what so many
    /// meters can have sent, which no trustee can bring about.
    pub fn combine(&self, table: &DlogTable) -> Result<Sum, Error> {
        let (have, need) = (self.shares.len(), usize::from(self.quorum.len()));
        if have < need {
            let count = |n| u32::try_from(n).unwrap_or(u32::MAX);
            return Err(Error::Quorum { have: count(have), need: count(need) });
        }
        let bound = self.verifier.params().bound(self.sums.meters);
        // The keys are exactly the quorum's numbers, as `accept` and `ask` keep them.
        let value = |(channel, sum): (usize, &Ciphertext)| {
            let shares =
                self.shares.iter().filter_map(|(number, row)| Some((*number, *row.get(channel)?.point())));
            table.solve(&combine(sum, &shares.collect::<Vec<_>>())?, bound)
        };
        let values = self.sums.channels.iter().enumerate().map(value).collect::<Result<_, _>>()?;
        Ok(Sum { round: self.round, values, meters: self.sums.meters })
    }
}
