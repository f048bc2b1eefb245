//! Signed frames of a ceremony, and the frames of one step, one for each sender.

use alloc::vec::Vec;

use meter_link::frame::{Expect, Flags, Header, Reader, SignedFrame, Writer};
use meter_link::{Identity, Kind, PartyId, Protocol, Round, Scope};
use sha2::{Digest, Sha256};

use super::plan::{Ceremony, Party};
use crate::error::{Error, Fault};

/// Bytes around a payload.
pub(super) const AROUND: usize = Header::LEN + Identity::SIGNATURE_LEN;

impl Ceremony {
    /// The header of every frame: no flags, round 0.
    pub(super) fn header(&self, kind: Kind, sender: PartyId) -> Header {
        let (protocol, group) = (Protocol::Elgamal, self.group());
        Header { protocol, kind, flags: Flags::default(), group, sender, round: Round::from(0) }
    }

    /// A signed frame around these parts.
    pub(super) fn sign(
        &self,
        kind: Kind,
        sender: PartyId,
        identity: &Identity,
        payload: &[&[u8]],
    ) -> Result<Vec<u8>, Error> {
        let length = payload.iter().fold(AROUND, |sum, part| sum.saturating_add(part.len()));
        let mut out = alloc::vec![0u8; length];
        let header = self.header(kind, sender);
        let mut writer = Writer::frame(&mut out, &header)?;
        for part in payload {
            writer.bytes(part)?;
        }
        writer.finish_signed(&header, identity, &Scope::Context(self.id()))?;
        Ok(out)
    }

    /// Who has signed the frame, its place among the parties, and the payload. Nothing of what is inside is
    /// checked, but that the ceremony has the party.
    ///
    /// # Errors
    /// [`Error::Malformed`] for what is no such frame; [`Fault`] naming the claimed sender, which proves nothing
    /// against it: group, no party of the ceremony, signature. [`meter_link::Fault::WrongRound`] is signed.
    pub(super) fn open<'a>(&self, kind: Kind, frame: &'a [u8]) -> Result<Opened<'_, 'a>, Error> {
        let expect = Expect { protocol: Protocol::Elgamal, kind, group: self.group(), flags: 0 };
        let signed = SignedFrame::parse(frame, &expect)?;
        let sender = signed.header().sender;
        let (place, party) = self.party(sender).ok_or(meter_link::Fault::UnknownSender.of(sender))?;
        let payload = signed.verify(&party.seat.identity, &Scope::Context(self.id()))?;
        if signed.header().round != Round::from(0) {
            return Err(meter_link::Fault::WrongRound.of(sender).into());
        }
        Ok(Opened { sender, place, party, payload })
    }
}

/// A frame whose signature holds.
pub(super) struct Opened<'c, 'a> {
    pub(super) sender: PartyId,
    pub(super) place: usize,
    pub(super) party: &'c Party,
    pub(super) payload: Reader<'a>,
}

impl Opened<'_, '_> {
    /// That the payload has this many bytes.
    ///
    /// # Errors
    /// [`Fault::WrongLength`].
    pub(super) fn has(&self, length: usize) -> Result<(), Error> {
        if self.payload.left() == length { Ok(()) } else { Err(Fault::WrongLength.of(self.sender)) }
    }

    /// The sender's place in the list of dealers.
    ///
    /// # Errors
    /// [`meter_link::Fault::NotExpected`].
    pub(super) fn dealer(&self) -> Result<usize, Error> {
        self.party.dealer.ok_or(meter_link::Fault::NotExpected.of(self.sender).into())
    }

    /// The sender's number in the new committee.
    ///
    /// # Errors
    /// [`meter_link::Fault::NotExpected`].
    pub(super) fn member(&self) -> Result<u8, Error> {
        self.party.member.ok_or(meter_link::Fault::NotExpected.of(self.sender).into())
    }
}

/// A frame as it came, and its hash.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    pub(super) frame: Vec<u8>,
    pub(super) hash: [u8; 32],
}

impl Kept {
    pub(super) fn new(frame: &[u8]) -> Self {
        Kept { frame: frame.to_vec(), hash: Sha256::digest(frame).into() }
    }
}

/// The frames of one step, by place; `T` is what was read out of each.
#[derive(Debug)]
pub(super) struct Heard<T>(Vec<Option<(Kept, T)>>);

impl<T> Heard<T> {
    pub(super) fn new(places: usize) -> Self {
        Heard(core::iter::repeat_with(|| None).take(places).collect())
    }

    /// Whether the frame is the first at its place. The same once more changes nothing.
    ///
    /// # Errors
    /// [`meter_link::Fault::Contradiction`] for another one, which with the first proves it to anybody.
    pub(super) fn is_new(&self, place: usize, sender: PartyId, frame: &[u8]) -> Result<bool, Error> {
        match self.get(place) {
            None => Ok(true),
            Some((kept, _)) if kept.frame == frame => Ok(false),
            Some(_) => Err(meter_link::Fault::Contradiction.of(sender).into()),
        }
    }

    pub(super) fn put(&mut self, place: usize, frame: &[u8], content: T) {
        if let Some(slot) = self.0.get_mut(place) {
            *slot = Some((Kept::new(frame), content));
        }
    }

    pub(super) fn get(&self, place: usize) -> Option<&(Kept, T)> {
        self.0.get(place)?.as_ref()
    }

    /// Places without a frame.
    pub(super) fn missing(&self) -> impl Iterator<Item = usize> {
        self.0.iter().enumerate().filter(|(_, slot)| slot.is_none()).map(|(place, _)| place)
    }

    /// # Errors
    /// [`Error::Quorum`] unless every place that counts has its frame.
    pub(super) fn complete(&self) -> Result<(), Error> {
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let (have, need) = (count(self.iter().count()), count(self.0.len()));
        if have == need { Ok(()) } else { Err(Error::Quorum { have, need }) }
    }

    /// What is there, with its place, ascending.
    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, &(Kept, T))> {
        self.0.iter().enumerate().filter_map(|(place, slot)| Some((place, slot.as_ref()?)))
    }
}
