//! Checking contributions: what may enter a sum.

use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

use meter_link::frame::{Expect, Flags, Header, Kind, SignedFrame};
use meter_link::roster::Roster;
use meter_link::{CheckedKey, EpochView, Identity, PartyId, Round};
use sha2::{Digest, Sha256};

use crate::bound::Bound;
use crate::ciphertext::Ciphertext;
use crate::commitment::{Rounds, leaf};
use crate::derive::KeyId;
use crate::error::{Error, Fault, Misuse};
use crate::joint::common_seed;
use crate::keys::PublicKey;
use crate::list::List;
use crate::message;
use crate::params::{Params, Values};
use crate::plaintext::Packing;
use crate::ring::Ring;
use crate::scale::Scale;
use crate::wire::{self, Form};

/// Checks contributions of one epoch under one key. It holds no secret and does not change: threads may share it.
pub struct Verifier {
    params: Params,
    view: EpochView,
    ring: Arc<Ring>,
    key: KeyId,
    rounds: Rounds,
    /// None is a key under which nothing can be signed.
    meters: Vec<(PartyId, Option<CheckedKey>)>,
    list: Option<Arc<List>>,
}

/// A contribution that was checked.
#[derive(Clone)]
pub struct Contribution {
    meter: PartyId,
    position: usize,
    round: Round,
    context: [u8; 32],
    /// Of c₀ ‖ c₁.
    digest: [u8; 32],
    /// Of c₁.
    second: [u8; 32],
    frame: Vec<u8>,
}

impl Verifier {
    /// Without a list of commitments: contributions can be checked where all meters are trusted.
    ///
    /// # Errors
    /// [`meter_link::Misuse::WrongSession`] if parameters and epoch do not go together; [`Misuse::MixedPresets`];
    /// [`Misuse::WrongParty`] for a key of more or fewer parties; [`Misuse::WrongKey`] for a key of another epoch; as
    /// [`EpochView::check_roster`].
    pub fn new(params: &Params, view: &EpochView, roster: &Roster, key: &PublicKey) -> Result<Self, Error> {
        params.check(view)?;
        view.check_roster(roster)?;
        if key.preset() != params.preset() {
            return Err(Misuse::MixedPresets { have: params.preset(), other: key.preset() }.into());
        }
        if key.parties() != params.parties() {
            return Err(Misuse::WrongParty.into());
        }
        // Under one key, what a meter saw in one epoch it could commit to in the next.
        if *key.seed() != common_seed(view.context()) {
            return Err(Misuse::WrongKey.into());
        }
        Ok(Verifier {
            params: *params,
            view: *view,
            ring: Arc::clone(key.ring()),
            key: key.id(),
            rounds: Rounds::of(view)?,
            meters: roster.meters().iter().map(|m| (m.id, m.identity.check())).collect(),
            list: None,
        })
    }

    /// The same with the epoch's list.
    pub(crate) fn with_list(&self, list: &Arc<List>) -> Self {
        Verifier {
            params: self.params,
            view: self.view,
            ring: Arc::clone(&self.ring),
            key: self.key,
            rounds: self.rounds,
            meters: self.meters.clone(),
            list: Some(Arc::clone(list)),
        }
    }

    /// One frame.
    ///
    /// # Errors
    /// [`meter_link::Misuse::OutOfOrder`] before there is a list, unless all meters are trusted;
    /// [`Malformed`](crate::Malformed); [`Fault`] blaming the sender: unknown, wrong signature or round;
    /// [`Fault::NotCommitted`] for a ciphertext that it had not committed to; [`Fault::BadCiphertext`] for residues beyond
    /// their primes or a wrong length.
    pub fn verify(&self, round: Round, bytes: &[u8]) -> Result<Contribution, Error> {
        if self.list.is_none() && !self.params.trusts_all_meters() {
            return Err(meter_link::Misuse::OutOfOrder.into());
        }
        let expect: Expect = self.view.expect(Kind::Contribution, Flags::TRANSMISSION);
        let frame = SignedFrame::parse(bytes, &expect)?;
        let header = *frame.header();
        let meter = header.sender;
        let place = self.meters.binary_search_by_key(&meter, |(id, _)| *id);
        let position = place.map_err(|_| Fault::Link(meter_link::Fault::UnknownSender).of(meter))?;
        let key = self.meters.get(position).and_then(|(_, key)| key.as_ref());
        let mut checked = SignedFrame::verify_all(&[(frame, key)], &self.view.scope());
        checked.pop().ok_or(Error::Inconsistent)??;
        if header.round != round {
            return Err(Fault::Link(meter_link::Fault::WrongRound).of(meter));
        }
        if header.flags.0 != Flags::TRANSMISSION {
            return Err(meter_link::Malformed::UnknownFlags.into());
        }
        let bad = Fault::BadCiphertext.of(meter);
        if bytes.len() != self.contribution_len() {
            return Err(bad);
        }
        let body = bytes.get(self.body()).ok_or(bad)?;
        let (c0, c1) = body.split_at_checked(body.len() / 2).ok_or(bad)?;
        if let Some(list) = &self.list {
            let path = bytes.get(Header::LEN..self.body().start).unwrap_or_default().as_chunks::<32>().0;
            let leaf = leaf(self.view.context(), round, meter, c1);
            let root = list.root(position).ok_or(Fault::NotCommitted.of(meter))?;
            if !self.rounds.verify(leaf, round, path, root) {
                return Err(Fault::NotCommitted.of(meter));
            }
        }
        let preset = self.ring.preset();
        let mut residues = vec![0; preset.primes().len().wrapping_mul(preset.degree())];
        for part in [c0, c1] {
            wire::unpack(preset, part, &mut residues).map_err(|_| bad)?;
        }
        Ok(Contribution {
            meter,
            position,
            round,
            context: *self.view.context().as_bytes(),
            digest: Sha256::digest(body).into(),
            second: Sha256::digest(c1).into(),
            frame: bytes.to_vec(),
        })
    }

    /// Bytes of a contribution.
    pub fn contribution_len(&self) -> usize {
        message::contribution_len(&self.params, self.rounds.depth())
    }

    fn body(&self) -> Range<usize> {
        let end = self.contribution_len().saturating_sub(Identity::SIGNATURE_LEN);
        end.saturating_sub(message::body_len(self.params.preset()))..end
    }

    /// That a contribution was checked here, for this round.
    pub(crate) fn check(&self, round: Round, contribution: &Contribution) -> Result<(), Error> {
        let own = contribution.round == round && contribution.context == *self.view.context().as_bytes();
        if own { Ok(()) } else { Err(meter_link::Misuse::OutOfOrder.into()) }
    }

    /// What is in a contribution.
    pub(crate) fn ciphertext(&self, contribution: &Contribution) -> Result<Ciphertext, Error> {
        let body = contribution.frame.get(self.body()).ok_or(Error::Inconsistent)?;
        Ciphertext::from_body(&self.ring, self.header(1), body)
    }

    /// The header of a sum of so many.
    pub(crate) fn header(&self, meters: u32) -> wire::Header {
        let bits = i16::try_from(self.params.scale_bits()).unwrap_or(i16::MAX);
        let most = self.params.most_value();
        let message = libm::ldexp(most, bits.into());
        let packing = match self.params.values() {
            Values::Integers => Packing::Integers,
            Values::Reals => Packing::Reals,
        };
        let encoding = match packing {
            Packing::Integers => Bound::ZERO,
            _ => Bound::encoding(self.params.preset(), message),
        };
        let one = self.params.fresh().plus(encoding).plus(Bound { message, ..Bound::ZERO });
        wire::Header {
            preset: self.params.preset(),
            form: Form::Pair,
            level: self.params.preset().top_level(),
            packing,
            scale: Scale::power_of_two(bits),
            key: self.key,
            bound: one.times_integer(meters.into()),
        }
    }

    pub(crate) fn list(&self) -> Option<&Arc<List>> {
        self.list.as_ref()
    }

    pub(crate) fn ring(&self) -> &Arc<Ring> {
        &self.ring
    }

    pub(crate) fn key(&self) -> KeyId {
        self.key
    }

    /// The session's parameters.
    pub fn params(&self) -> &Params {
        &self.params
    }

    /// The epoch.
    pub fn view(&self) -> &EpochView {
        &self.view
    }
}

impl Contribution {
    /// Whose it is.
    pub fn meter(&self) -> PartyId {
        self.meter
    }

    /// The meter's position.
    pub fn position(&self) -> usize {
        self.position
    }

    /// The frame, as it came.
    pub fn frame(&self) -> &[u8] {
        &self.frame
    }

    pub(crate) fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    pub(crate) fn second(&self) -> &[u8; 32] {
        &self.second
    }
}

impl fmt::Debug for Contribution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contribution")
            .field("meter", &self.meter)
            .field("round", &self.round)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").field("key", &self.key).finish_non_exhaustive()
    }
}
