//! First step: every trustee commits to its part of the public key.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use meter_link::frame::{Header, Reader, SignedFrame, Writer};
use meter_link::mark::check;
use meter_link::roster::{Member, Roster};
use meter_link::{EpochView, Identity, Kind, Label, LinkSecret, PairKey, PartyId, Prepared, Role};
use rand_core::CryptoRng;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::part::{Part, commitment, common_seed};
use super::revealing::Revealing;
use crate::error::{Error, Fault, Misuse};
use crate::message::SIGNED;
use crate::params::{Opening, Params};
use crate::ring::Ring;

/// What a participant stores before anything leaves: `33 u8 ‖ context 32 ‖ seed 32 ‖ check 4`. **Secret**: everything of the
/// ceremony is made from it.
pub type CeremonyRecord = [u8; RECORD_LEN];

const RECORD_LEN: usize = 1 + 32 + 32 + 4;
const RECORD_VERSION: u8 = 33;

/// Who takes part.
#[derive(Clone, Copy, Debug)]
pub struct Participant<'a> {
    /// Its id.
    pub id: PartyId,
    /// Signs its frames.
    pub identity: &'a Identity,
    /// Its link key of the epoch.
    pub link: &'a LinkSecret,
}

/// A participant from the first step to the last.
pub(super) struct Own {
    pub(super) params: Params,
    pub(super) view: EpochView,
    pub(super) trustees: Vec<Member>,
    pub(super) id: PartyId,
    pub(super) number: u8,
    pub(super) common: [u8; 32],
    pub(super) part: Part,
    pub(super) packed: Vec<u8>,
    pub(super) salt: Zeroizing<[u8; 32]>,
    /// Keys with the others, by number: for sealed shares, and for the pads of answers.
    pub(super) fellows: Vec<Option<Fellow>>,
}

/// What is shared with another trustee.
pub(super) struct Fellow {
    pub(super) seal: PairKey,
    pub(super) answer: PairKey,
}

/// A trustee that commits to its part, and collects the commitments of all.
pub struct Joining {
    own: Box<Own>,
    frame: Vec<u8>,
    heard: Heard,
}

impl Joining {
    /// Takes part. The record is to be stored before anything is sent.
    ///
    /// # Errors
    /// [`meter_link::Misuse::WrongSession`]; [`Misuse::WrongParty`] in a session without trustees;
    /// [`meter_link::Misuse::UnknownParty`] if the roster does not list the participant with its identity and link key; as
    /// [`EpochView::check_roster`]; [`Fault`] blaming a trustee for its link key.
    pub fn begin<R: CryptoRng + ?Sized>(
        params: &Params,
        view: &EpochView,
        ring: &Arc<Ring>,
        roster: &Roster,
        who: Participant<'_>,
        rng: &mut R,
    ) -> Result<Prepared<Self, CeremonyRecord>, Error> {
        let mut random = Zeroizing::new([0u8; 32]);
        rng.fill_bytes(random.as_mut_slice());
        // No frame has this body: a frame's first byte is a protocol number.
        let device = who.identity.sign(Kind::KeyPart, &view.scope(), b"wattsum v1 ckks part secret");
        let device = Zeroizing::new(device);
        let hash = Sha256::new().chain_update(b"wattsum v1 ckks part").chain_update(random.as_slice());
        let seed = Zeroizing::new(hash.chain_update(device.as_slice()).finalize().into());
        Ok(Prepared::new(record(view, &seed), Self::with(params, view, ring, roster, who, &seed)?))
    }

    /// Goes on after a restart from the record: the same frames come out, to the byte. Everybody's are to be accepted
    /// anew.
    ///
    /// # Errors
    /// [`meter_link::Malformed::BadRecord`] for a record that is damaged or another epoch's; as [`Joining::begin`].
    pub fn resume(
        params: &Params,
        view: &EpochView,
        ring: &Arc<Ring>,
        roster: &Roster,
        who: Participant<'_>,
        stored: &[u8],
    ) -> Result<Self, Error> {
        let bad = meter_link::Malformed::BadRecord;
        let seed = stored.get(33..65).and_then(|seed| seed.first_chunk::<32>()).ok_or(bad)?;
        if record(view, seed) != *stored {
            return Err(bad.into());
        }
        Self::with(params, view, ring, roster, who, seed)
    }

    fn with(
        params: &Params,
        view: &EpochView,
        ring: &Arc<Ring>,
        roster: &Roster,
        who: Participant<'_>,
        seed: &[u8; 32],
    ) -> Result<Self, Error> {
        params.check(view)?;
        view.check_roster(roster)?;
        if !matches!(params.opening(), Opening::Trustees(_)) {
            return Err(Misuse::WrongParty.into());
        }
        if ring.preset() != params.preset() {
            return Err(Misuse::MixedPresets { have: params.preset(), other: ring.preset() }.into());
        }
        let trustees = roster.answerers().to_vec();
        let (identity, link) = (who.identity.public(), who.link.public());
        let own = |m: &Member| {
            m.id == who.id && m.role == Role::Trustee && m.identity == identity && m.link == link
        };
        let number = (1..=u8::MAX).zip(&trustees).find(|(_, m)| own(m)).map(|(number, _)| number);
        let number = number.ok_or(meter_link::Misuse::UnknownParty)?;
        let mut fellows = Vec::with_capacity(trustees.len());
        for member in &trustees {
            let key = |label| who.link.pair_key(label, view.context(), who.id, &member.peer(), &[]);
            fellows.push(match member.id == who.id {
                true => None,
                false => Some(Fellow { seal: key(Label::Seal)?, answer: key(Label::Answer)? }),
            });
        }
        let part = Part::new(ring, seed);
        let common = common_seed(view.context());
        let packed = part.public(&common);
        let salt = part.derive(b"wattsum v1 ckks part salt", &[view.context().as_bytes()])?;
        let committed = commitment(view.context(), number, &salt, &packed);
        let (params, view, id) = (*params, *view, who.id);
        let own = Own { params, view, trustees, id, number, common, part, packed, salt, fellows };
        let frame = own.sign(Kind::KeyCommitment, who.identity, &[&committed])?;
        let mut heard = Heard::new(own.trustees.len());
        heard.put(&own, Kind::KeyCommitment, 32, &frame)?;
        Ok(Joining { own: Box::new(own), frame, heard })
    }

    /// What goes to all trustees (kind 69).
    pub fn frame(&self) -> &[u8] {
        &self.frame
    }

    /// Takes another trustee's commitment; the same again changes nothing.
    ///
    /// # Errors
    /// [`Malformed`](crate::Malformed); [`Fault`] blaming the sender: unknown, wrong signature or round, or
    /// [`meter_link::Fault::Contradiction`] for a second commitment.
    pub fn accept(&mut self, frame: &[u8]) -> Result<PartyId, Error> {
        self.heard.put(&self.own, Kind::KeyCommitment, 32, frame)
    }

    /// Whose commitment is not there.
    pub fn missing(&self) -> impl Iterator<Item = PartyId> {
        self.heard.missing(&self.own)
    }

    /// All have committed: the parts may be seen.
    ///
    /// # Errors
    /// [`Error::Quorum`] if some have not; the state is gone then: look at [`Joining::missing`] first.
    pub fn close(self, identity: &Identity) -> Result<Revealing, Error> {
        self.heard.complete()?;
        let commitments: Vec<[u8; 32]> =
            self.heard.payloads().filter_map(|p| p.first_chunk().copied()).collect();
        Revealing::new(self.own, commitments, identity)
    }
}

impl Own {
    /// A signed frame of the epoch around these parts.
    pub(super) fn sign(&self, kind: Kind, identity: &Identity, parts: &[&[u8]]) -> Result<Vec<u8>, Error> {
        let length = parts.iter().fold(SIGNED, |sum, part| sum.saturating_add(part.len()));
        let mut out = vec![0u8; length];
        let header = self.view.header(kind, 0, self.id, self.view.epoch().first_round);
        let mut writer = Writer::frame(&mut out, &header)?;
        for part in parts {
            writer.bytes(part)?;
        }
        writer.finish_signed(&header, identity, &self.view.scope())?;
        Ok(out)
    }

    /// Number and entry of a trustee.
    pub(super) fn trustee(&self, id: PartyId) -> Result<(u8, &Member), Error> {
        let found = (1..=u8::MAX).zip(&self.trustees).find(|(_, member)| member.id == id);
        found.ok_or(Fault::Link(meter_link::Fault::UnknownSender).of(id))
    }
}

/// The frames of one step, one for each trustee, by number.
pub(super) struct Heard(Vec<Option<Vec<u8>>>);

impl Heard {
    pub(super) fn new(trustees: usize) -> Self {
        Heard(vec![None; trustees])
    }

    /// Takes a signed frame with so many bytes of payload.
    pub(super) fn put(&mut self, own: &Own, kind: Kind, len: usize, bytes: &[u8]) -> Result<PartyId, Error> {
        let frame = SignedFrame::parse(bytes, &own.view.expect(kind, 0))?;
        let (sender, round) = (frame.header().sender, frame.header().round);
        let (number, member) = own.trustee(sender)?;
        let payload = frame.verify(&member.identity, &own.view.scope())?;
        if round != own.view.epoch().first_round {
            return Err(Fault::Link(meter_link::Fault::WrongRound).of(sender));
        }
        if payload.left() != len {
            return Err(Fault::BadShare.of(sender));
        }
        let slot = self.0.get_mut(usize::from(number).wrapping_sub(1)).ok_or(Error::Inconsistent)?;
        match slot {
            Some(earlier) if earlier != bytes => {
                Err(Fault::Link(meter_link::Fault::Contradiction).of(sender))
            }
            _ => {
                *slot = Some(bytes.to_vec());
                Ok(sender)
            }
        }
    }

    pub(super) fn missing(&self, own: &Own) -> impl Iterator<Item = PartyId> {
        self.0.iter().zip(&own.trustees).filter(|(slot, _)| slot.is_none()).map(|(_, member)| member.id)
    }

    pub(super) fn complete(&self) -> Result<(), Error> {
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let (have, need) = (count(self.0.iter().flatten().count()), count(self.0.len()));
        if have == need { Ok(()) } else { Err(Error::Quorum { have, need }) }
    }

    /// Between header and signature, by number.
    pub(super) fn payloads(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().map(|frame| {
            let frame = frame.as_deref().unwrap_or_default();
            let end = frame.len().saturating_sub(Identity::SIGNATURE_LEN);
            frame.get(Header::LEN..end).unwrap_or_default()
        })
    }
}

fn record(view: &EpochView, seed: &[u8; 32]) -> CeremonyRecord {
    let mut out = [0u8; RECORD_LEN];
    let (body, sum) = out.split_at_mut(RECORD_LEN - 4);
    let bytes = [RECORD_VERSION];
    for (place, byte) in body.iter_mut().zip(bytes.iter().chain(view.context().as_bytes()).chain(seed)) {
        *place = *byte;
    }
    sum.copy_from_slice(&check(body));
    out
}

/// A reader over a payload whose frame was checked.
pub(super) fn reader(payload: &[u8]) -> Reader<'_> {
    Reader::new(payload)
}

impl fmt::Debug for Joining {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Joining").field("id", &self.own.id).finish_non_exhaustive()
    }
}
