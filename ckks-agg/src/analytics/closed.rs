//! A round whose set is fixed.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use meter_link::answer::{Quorum, Stated, Statement};
use meter_link::frame::{Header, Kind, TaggedFrame};
use meter_link::head::{Head, Parties};
use meter_link::round::{CloseFields, FrameHash};
use meter_link::{Link, PairKey, PartyId, Round, sealed};
use zeroize::Zeroizing;

use super::Collecting;
use crate::aggregate::Aggregate;
use crate::bound::Bound;
use crate::ciphertext::Ciphertext;
use crate::decrypt::{error, flooded};
use crate::encode::Encoder;
use crate::error::{Error, Fault};
use crate::holder::opened_len;
use crate::joint::combined;
use crate::params::{Opening, Params, Values};
use crate::totals::Totals;
use crate::verify::{Contribution, Verifier};

/// A round whose set is fixed. Trustees: first the quorum signs the set, then it sends its shares. A key holder answers at
/// once.
pub struct Closed {
    verifier: Arc<Verifier>,
    encoder: Arc<Encoder>,
    parties: Arc<Parties>,
    seal: Option<PairKey>,
    open_hash: FrameHash,
    present: Vec<bool>,
    set: Vec<bool>,
    list: Vec<Contribution>,
    aggregate: Aggregate,
    stated: Stated,
    frame: Vec<u8>,
    quorum: Quorum,
    statements: BTreeMap<u8, Vec<u8>>,
    shares: BTreeMap<u8, Vec<u64>>,
    opened: Option<Zeroizing<Vec<u8>>>,
}

impl Closed {
    /// Not asked for yet.
    pub(super) fn new(
        verifier: &Arc<Verifier>,
        encoder: &Arc<Encoder>,
        seal: Option<&PairKey>,
        round: Collecting,
    ) -> Result<Self, Error> {
        let set: Vec<bool> = round.contributions.iter().map(Option::is_some).collect();
        let list: Vec<Contribution> = round.contributions.into_iter().flatten().collect();
        let aggregate = Aggregate::of(verifier, list.iter().map(Contribution::meter), list.iter())?;
        let stated = Stated { kind: Kind::SetStatement, round: round.round, digest: aggregate.digest };
        Ok(Closed {
            verifier: Arc::clone(verifier),
            encoder: Arc::clone(encoder),
            parties: round.parties,
            seal: seal.map(|key| PairKey::from_bytes(&key.to_bytes())),
            open_hash: round.open_hash,
            present: round.present,
            set,
            list,
            aggregate,
            stated,
            frame: Vec::new(),
            quorum: Quorum::default(),
            statements: BTreeMap::new(),
            shares: BTreeMap::new(),
            opened: None,
        })
    }

    pub(super) fn ask(&mut self, head: &mut Head, quorum: &Quorum) -> Result<(), Error> {
        if quorum.len() != self.params().threshold() {
            return Err(meter_link::Misuse::BadQuorum.into());
        }
        let fields = CloseFields {
            round: self.stated.round,
            pass: 1,
            previous: self.open_hash,
            quorum: Some(*quorum),
            is_final: true,
            set: &self.set,
        };
        self.frame = head.close(&fields, &self.present)?;
        if self.quorum != *quorum {
            // Shares are for one active set; statements of the set hold for all.
            self.shares.clear();
            self.statements.retain(|number, _| quorum.contains(*number));
        }
        self.quorum = *quorum;
        Ok(())
    }

    fn params(&self) -> &Params {
        self.verifier.params()
    }

    /// The round.
    pub fn round(&self) -> Round {
        self.stated.round
    }

    /// Meters in the set.
    pub fn meters(&self) -> u32 {
        self.aggregate.meters
    }

    /// Who is asked.
    pub fn quorum(&self) -> &Quorum {
        &self.quorum
    }

    /// The signed Close, for the quorum.
    pub fn frame(&self) -> &[u8] {
        &self.frame
    }

    /// The contributions of the set, as the meters signed them, for the quorum.
    pub fn contributions(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.list.iter().map(Contribution::frame)
    }

    /// The sum of the set's ciphertexts: what the utility computes further with. **Answerers open it as it is and nothing that
    /// is made of it.**
    pub fn sum(&self) -> &Ciphertext {
        &self.aggregate.sum
    }

    /// Takes a trustee's statement of the set (kind 20).
    ///
    /// # Errors
    /// [`Malformed`](crate::Malformed); [`Fault`] blaming the trustee: unknown or not in the quorum, wrong
    /// signature, another round or set.
    pub fn accept_statement(&mut self, frame: &[u8]) -> Result<u8, Error> {
        let answerers = self.parties.roster().answerers();
        let statement = Statement::verify(frame, self.parties.view(), self.stated.kind, answerers)?;
        self.in_quorum(statement.number, statement.answerer)?;
        statement.check(&self.stated)?;
        self.statements.insert(statement.number, frame.to_vec());
        Ok(statement.number)
    }

    /// The statements that have come, for the quorum: a trustee answers when it has t.
    pub fn statements(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.statements.values().map(Vec::as_slice)
    }

    /// Takes a trustee's share (kind 68), or what a key holder has opened (kind 67); the same again changes nothing.
    ///
    /// # Errors
    /// [`Malformed`](crate::Malformed); [`Fault`] blaming the answerer: unknown or not in the quorum, wrong
    /// tag or seal, another round, set or quorum, residues beyond their primes, a second and different answer.
    pub fn accept(&mut self, frame: &[u8]) -> Result<u8, Error> {
        match self.params().opening() {
            Opening::Holder => self.accept_opened(frame),
            Opening::Trustees(_) => self.accept_share(frame),
        }
    }

    fn accept_share(&mut self, bytes: &[u8]) -> Result<u8, Error> {
        let view = self.parties.view();
        let frame = TaggedFrame::parse(bytes, &view.expect(Kind::PolynomialShare, 0))?;
        let sender = frame.header().sender;
        let unknown = Fault::Link(meter_link::Fault::UnknownSender).of(sender);
        let (number, link) = self.answerer(sender).ok_or(unknown)?;
        self.in_quorum(number, sender)?;
        let mut payload = frame.verify(&link.key)?;
        if frame.header().round != self.stated.round {
            return Err(Fault::Link(meter_link::Fault::WrongRound).of(sender));
        }
        if *payload.array()? != self.stated.digest {
            return Err(Fault::Link(meter_link::Fault::WrongSet).of(sender));
        }
        if Quorum::read(&mut payload, view.answerers())? != self.quorum {
            return Err(Fault::WrongAggregate.of(sender));
        }
        let values = self.params().opened();
        let primes = self.params().preset().primes();
        let mut share = Vec::with_capacity(values.saturating_mul(primes.len()));
        for q in primes {
            for _ in 0..values {
                let residue = u64::from_le_bytes(*payload.array()?);
                if residue >= *q {
                    return Err(Fault::BadShare.of(sender));
                }
                share.push(residue);
            }
        }
        payload.end()?;
        if self.shares.get(&number).is_some_and(|earlier| *earlier != share) {
            return Err(Fault::Link(meter_link::Fault::Contradiction).of(sender));
        }
        self.shares.insert(number, share);
        Ok(number)
    }

    fn accept_opened(&mut self, bytes: &[u8]) -> Result<u8, Error> {
        let header = Header::parse(bytes)?;
        let sender = header.sender;
        let unknown = Fault::Link(meter_link::Fault::UnknownSender).of(sender);
        let (number, _) = self.answerer(sender).ok_or(unknown)?;
        if header != self.parties.view().header(Kind::OpenedSum, 0, sender, self.stated.round) {
            return Err(Fault::Link(meter_link::Fault::NotExpected).of(sender));
        }
        if bytes.len() != opened_len(self.params()) {
            return Err(Fault::BadShare.of(sender));
        }
        let (body, tag) = bytes.split_last_chunk().ok_or(Error::Inconsistent)?;
        let mut payload = Zeroizing::new(body.get(Header::LEN..).unwrap_or_default().to_vec());
        let key = self.seal.as_ref().ok_or(Error::Inconsistent)?;
        sealed::open(key, &header, PartyId::UTILITY, &mut payload, tag)?;
        let (digest, values) = payload.split_first_chunk::<32>().ok_or(Error::Inconsistent)?;
        if *digest != self.stated.digest {
            return Err(Fault::Link(meter_link::Fault::WrongSet).of(sender));
        }
        self.opened = Some(Zeroizing::new(values.to_vec()));
        Ok(number)
    }

    fn answerer(&self, id: PartyId) -> Option<(u8, &Link)> {
        let mut numbered = (1u8..).zip(self.parties.answerers());
        numbered.find(|(_, link)| link.peer == id)
    }

    fn in_quorum(&self, number: u8, answerer: PartyId) -> Result<(), Error> {
        let fault = Fault::Link(meter_link::Fault::NotInQuorum);
        if self.quorum.contains(number) { Ok(()) } else { Err(fault.of(answerer)) }
    }

    /// Answerers of the quorum whose answer has not come, by number.
    pub fn missing(&self) -> impl Iterator<Item = u8> {
        self.quorum.iter().filter(|number| self.opened.is_none() && !self.shares.contains_key(number))
    }

    /// The sums: c₀ and the shares of the quorum together, rounded where readings are integers.
    ///
    /// # Errors
    /// [`Error::Quorum`] while answers are missing; [`Error::Inconsistent`] if a sum lies outside what so many
    /// meters can have sent: a trustee or a meter has lied, and nothing shows which.
    pub fn totals(&self) -> Result<Totals, Error> {
        let missing = u32::try_from(self.missing().count()).unwrap_or(u32::MAX);
        let need = u32::from(self.quorum.len());
        if missing > 0 || need == 0 {
            return Err(Error::Quorum { have: need.saturating_sub(missing), need });
        }
        let (params, round, meters) = (self.params(), self.stated.round, self.aggregate.meters);
        let sum = &self.aggregate.sum;
        let one = flooded(params.preset(), params.sigma(sum.bound().noise));
        if let Some(opened) = &self.opened {
            let words = opened.as_chunks::<8>().0.iter();
            if params.values() == Values::Integers {
                return Totals::exact(params, round, meters, words.map(|w| i64::from_le_bytes(*w)).collect());
            }
            let error = error(sum.packing(), &sum.bound(), &one) / sum.scale().to_f64(params.preset());
            let values = words.map(|w| f64::from_le_bytes(*w)).collect();
            return Totals::approximate(params, round, meters, values, error);
        }
        let added: Bound = one.times_integer(need.into());
        let shares = self.shares.values().map(Vec::as_slice);
        let decrypted = combined(self.verifier.ring(), sum, params.opened(), shares, added)?;
        Totals::of(params, &self.encoder, round, meters, &decrypted)
    }
}

impl fmt::Debug for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Closed")
            .field("stated", &self.stated)
            .field("quorum", &self.quorum)
            .finish_non_exhaustive()
    }
}
