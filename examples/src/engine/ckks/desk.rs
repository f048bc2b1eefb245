//! What an answerer does in a round: a trustee signs the set and gives its share, a holder opens the sum.

use chacha20::ChaCha20Rng;
use ckks_agg::joint::JointSecret;
use ckks_agg::{Error, Fault, KeyHolder, Params, PublicKey, SecretKey, Trustee};
use meter_link::frame::Reader;
use meter_link::roster::Roster;
use meter_link::{EpochView, Header, Identity, Kind, PartyId, Prepared, Round};
use zeroize::Zeroizing;

use super::{put, refused, tables, take};
use crate::engine::Refusal;
use crate::engine::clocked::{Helper, Said};
use crate::engine::seat::Kept;

/// First byte of a state: the key is being made, or whose it is.
pub(super) const KEYLESS: u8 = 0;
const TRUSTEE: u8 = 1;
const HOLDER: u8 = 2;

/// An answerer with its key, which the next state must hold again.
pub(super) struct Desk {
    who: Who,
    view: EpochView,
    id: PartyId,
    /// Bytes of the public key.
    pub(super) key: Vec<u8>,
    /// The secret part of it.
    secret: Zeroizing<Vec<u8>>,
    /// What it has said to others before.
    pub(super) said: Vec<Vec<u8>>,
}

enum Who {
    Trustee(Box<Trustee>),
    Holder(Box<KeyHolder>),
}

impl Desk {
    pub(super) fn of_trustee(
        (view, id): (EpochView, PartyId),
        trustee: Trustee,
        key: &PublicKey,
        secret: Zeroizing<Vec<u8>>,
        said: Vec<Vec<u8>>,
    ) -> Self {
        Self { who: Who::Trustee(Box::new(trustee)), view, id, key: key.to_bytes(), secret, said }
    }

    pub(super) fn of_holder(
        (view, id): (EpochView, PartyId),
        holder: KeyHolder,
        key: &PublicKey,
        secret: Zeroizing<Vec<u8>>,
    ) -> Result<Self, Error> {
        let said = vec![holder.statement()?.to_vec()];
        Ok(Self { who: Who::Holder(Box::new(holder)), view, id, key: key.to_bytes(), secret, said })
    }

    /// From a state that is not [`KEYLESS`], and the records behind it.
    pub(super) fn restore(
        params: &Params,
        (view, roster): (&EpochView, &Roster),
        (id, identity): (PartyId, Identity),
        kind: u8,
        mut reader: Reader<'_>,
        kept: &Kept,
    ) -> anyhow::Result<Self> {
        let tables = tables(params);
        let key = take(&mut reader)?.to_vec();
        let secret = Zeroizing::new(take(&mut reader)?.to_vec());
        let mut said = Vec::new();
        for _ in 0..reader.u16()? {
            said.push(take(&mut reader)?.to_vec());
        }
        let (state, roster) = (reader.rest(), roster.clone());
        let who = match kind {
            TRUSTEE => {
                let own = JointSecret::from_bytes(&tables.ring, &secret)?;
                let public = PublicKey::from_bytes(&tables.ring, &key)?;
                let mut trustee = Trustee::from_bytes(params, view, identity, own, &public, roster, state)?;
                kept.records.iter().try_for_each(|record| trustee.replay(record))?;
                Who::Trustee(Box::new(trustee))
            }
            HOLDER => {
                let mut own = Zeroizing::new(<[u8; SecretKey::LEN]>::try_from(secret.as_slice())?);
                let own = SecretKey::from_bytes(&tables.ring, &mut own)?;
                let encoder = &tables.encoder;
                let mut holder = KeyHolder::from_bytes(params, view, identity, own, encoder, roster, state)?;
                kept.records.iter().try_for_each(|record| holder.replay(record))?;
                Who::Holder(Box::new(holder))
            }
            _ => anyhow::bail!("a state of another version"),
        };
        Ok(Self { who, view: *view, id, key, secret, said })
    }
}

impl Desk {
    /// Tells the utility why there is no answer: the round can be closed without this meter. Stored first: it is out for good.
    fn refusal(&self, close: &[u8], meter: PartyId) -> Said {
        let round = Header::parse(close).map_or(self.view.epoch().first_round, |header| header.round);
        let header = self.view.header(Kind::OpenedSum, 0, self.id, round);
        let answer = [header.to_bytes().as_slice(), &meter.0.to_le_bytes()].concat();
        let record = match &self.who {
            Who::Holder(holder) => holder.refusal(meter).map(|record| record.to_vec()),
            Who::Trustee(_) => None,
        };
        Said { record: record.unwrap_or_default(), answer: Some(answer) }
    }
}

/// Whom a holder's refusal names: a header, and an id where an answer would have a digest.
pub(super) fn refused_by(frame: &[u8]) -> Option<PartyId> {
    let header = Header::parse(frame).ok().filter(|header| header.kind == Kind::OpenedSum)?;
    let id = frame.get(Header::LEN..).and_then(|rest| <[u8; 4]>::try_from(rest).ok())?;
    (header.flags.0 == 0).then(|| PartyId(u32::from_le_bytes(id)))
}

fn aloud<R: AsRef<[u8]>>(prepared: Prepared<Vec<u8>, R>) -> Said {
    let record = prepared.record().to_vec();
    Said { record, answer: Some(prepared.stored()) }
}

impl Helper for Desk {
    fn open(&mut self, now: Round, open: &[u8]) -> Result<(), Refusal> {
        match &mut self.who {
            Who::Trustee(trustee) => trustee.open(now, open),
            Who::Holder(holder) => holder.open(now, open),
        }
        .map_err(refused)
    }

    fn missed(&self) -> Option<Round> {
        None
    }

    fn lacks(&self, _round: Round) -> bool {
        false
    }

    fn close(
        &mut self,
        rng: &mut ChaCha20Rng,
        now: Round,
        frames: &[&[u8]],
        _hints: &[&[u8]],
    ) -> Result<Said, Refusal> {
        let (close, contributions) = frames.split_first().ok_or(Refusal::Stale("a frame is missing"))?;
        match &mut self.who {
            Who::Trustee(trustee) => trustee.agree(now, close, contributions).map(aloud),
            Who::Holder(holder) => holder.answer(now, close, contributions, rng).map(aloud),
        }
        .or_else(|error| match error {
            Error::Fault { fault: Fault::Link(meter_link::Fault::NotInQuorum), .. } => {
                Err(Refusal::Stale("others are asked"))
            }
            Error::Fault { culprit, fault: Fault::BadCiphertext } if matches!(self.who, Who::Holder(_)) => {
                Ok(self.refusal(close, culprit))
            }
            error => Err(refused(error)),
        })
    }

    fn catch_up(&mut self, _now: Round, _frames: &[&[u8]]) -> Result<Said, Refusal> {
        Err(Refusal::Stale("there is nothing to catch up with"))
    }

    fn bill(&mut self, _now: Round, _query: &[u8]) -> Result<Said, Refusal> {
        Err(Refusal::Stale("there are no bills"))
    }

    fn certified(&mut self, rng: &mut ChaCha20Rng, statements: &[&[u8]]) -> Result<Said, Refusal> {
        match &mut self.who {
            Who::Trustee(trustee) => {
                trustee.answer(statements, rng).map(aloud).map_err(|error| match error {
                    Error::Quorum { .. } => Refusal::Stale("too few statements"),
                    error => refused(error),
                })
            }
            Who::Holder(_) => Err(Refusal::Stale("a holder needs no statements")),
        }
    }

    fn listed(&mut self, list: &[u8]) -> Result<Said, Refusal> {
        match &mut self.who {
            Who::Trustee(trustee) => trustee.certify(list),
            Who::Holder(holder) => holder.certify(list),
        }
        .map(aloud)
        .map_err(refused)
    }

    fn log_head(&self, round: Round) -> Result<Vec<u8>, Refusal> {
        match &self.who {
            Who::Trustee(trustee) => trustee.log_head(round),
            Who::Holder(holder) => holder.log_head(round),
        }
        .map_err(refused)
    }

    fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>, Refusal> {
        let (kind, state) = match &self.who {
            Who::Trustee(trustee) => (TRUSTEE, trustee.to_bytes()),
            Who::Holder(holder) => (HOLDER, holder.to_bytes()),
        };
        let state = state.map_err(refused)?;
        let said = self.said.iter().map(|frame| frame.len().saturating_add(4)).fold(0, usize::saturating_add);
        let len = [self.key.len(), self.secret.len(), said, state.len(), 64];
        // Room for all at once: no copy of a key stays in freed memory.
        let mut out = Zeroizing::new(Vec::with_capacity(len.into_iter().fold(0, usize::saturating_add)));
        out.push(kind);
        put(&mut out, &self.key);
        put(&mut out, &self.secret);
        out.extend(u16::try_from(self.said.len()).unwrap_or(u16::MAX).to_le_bytes());
        self.said.iter().for_each(|frame| put(&mut out, frame));
        out.extend_from_slice(&state);
        Ok(out)
    }
}
