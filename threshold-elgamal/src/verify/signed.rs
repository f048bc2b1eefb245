//! Frames whose signatures hold, taken apart.

use alloc::vec::Vec;

use meter_link::frame::{Expect, Flags, Kind, Reader, SignedFrame};
use meter_link::{Header, PartyId, Round};

use super::Verifier;
use super::claims::Claim;
use super::decode::decode;
#[cfg(feature = "range")]
use super::ranges::Ranged;
use crate::ciphertext::{Ciphertext, EncodedCiphertext};
use crate::error::{Error, Fault};
use crate::proof::{Commitments, Knowledge};

/// A frame of a meter of the roster, for the round.
pub(super) struct Signed<'f> {
    pub(super) meter: PartyId,
    pub(super) position: usize,
    /// As many as there are bytes for.
    channels: Vec<Channel<'f>>,
    /// Whether there are bytes for each channel, and no more.
    end: Result<(), Error>,
}

struct Channel<'f> {
    encoded: &'f EncodedCiphertext,
    ciphertext: Result<Ciphertext, Fault>,
    knowledge: Option<&'f [u8; Knowledge::LEN]>,
    /// Empty where none is proven.
    #[cfg(feature = "range")]
    range: &'f [u8],
}

impl<'f> Signed<'f> {
    /// Every frame's outcome, the signatures checked together and the points decoded together.
    pub(super) fn all(verifier: &Verifier, round: Round, frames: &[&'f [u8]]) -> Vec<Result<Self, Error>> {
        let expect = verifier.view.expect(Kind::Contribution, Flags::TRANSMISSION);
        let known: Vec<Result<(SignedFrame<'f>, usize), Error>> =
            frames.iter().map(|frame| known(verifier, &expect, frame)).collect();
        let key = |position: usize| verifier.meters.get(position).and_then(|(_, key)| key.as_ref());
        let keyed: Vec<_> =
            known.iter().flatten().map(|(frame, position)| (*frame, key(*position))).collect();
        let mut payloads = SignedFrame::verify_all(&keyed, &verifier.view.scope()).into_iter();
        let signed = known.into_iter().map(|known| {
            let (frame, position) = known?;
            let payload = payloads.next().ok_or(Error::Inconsistent)??;
            Self::new(verifier, round, frame.header(), position, payload)
        });
        let mut signed: Vec<Result<Self, Error>> = signed.collect();
        let encoded =
            signed.iter().flatten().flat_map(|signed| &signed.channels).map(|channel| channel.encoded);
        let points = decode(encoded.flat_map(|encoded| encoded.as_chunks::<32>().0));
        let channels = signed.iter_mut().flatten().flat_map(|signed| &mut signed.channels);
        for (channel, [r, c]) in channels.zip(points.as_chunks::<2>().0) {
            channel.ciphertext = Ciphertext::from_points(*r, *c);
        }
        signed
    }

    fn new(
        verifier: &Verifier,
        round: Round,
        header: &Header,
        position: usize,
        mut payload: Reader<'f>,
    ) -> Result<Self, Error> {
        if header.round != round {
            return Err(Fault::Link(meter_link::Fault::WrongRound).of(header.sender));
        }
        if header.flags.0 != Flags::TRANSMISSION {
            return Err(meter_link::Malformed::UnknownFlags.into());
        }
        let mut channels = Vec::with_capacity(verifier.view.channels());
        let mut take = || -> Result<(), Error> {
            for _ in 0..verifier.view.channels() {
                let (encoded, ciphertext) = (payload.array()?, Err(Fault::NotAPoint));
                let knowledge = if verifier.params.knowledge() { Some(payload.array()) } else { None };
                channels.push(Channel {
                    encoded,
                    ciphertext,
                    knowledge: knowledge.transpose()?,
                    #[cfg(feature = "range")]
                    range: payload
                        .bytes(verifier.params.proven_range().map_or(0, |of| of.width().proof_len()))?,
                });
            }
            Ok(payload.end()?)
        };
        let end = take();
        Ok(Signed { meter: header.sender, position, channels, end })
    }

    /// The proofs to be checked, or what else is wrong, in the order of the bytes.
    pub(super) fn claims(
        &self,
        hints: Option<&'f [Commitments]>,
        claims: &mut Vec<Claim<'f>>,
    ) -> Result<(), Error> {
        let fault = |fault: Fault| fault.of(self.meter);
        for (number, channel) in (0..=u16::MAX).zip(&self.channels) {
            let ciphertext = channel.ciphertext.map_err(fault)?;
            if let Some(bytes) = channel.knowledge {
                let (meter, encoded) = (self.meter, channel.encoded);
                let knowledge = Knowledge::from_bytes(bytes).map_err(fault)?;
                let hint = hints.and_then(|hints| hints.get(usize::from(number)));
                claims.push(Claim { meter, channel: number, ciphertext, encoded, knowledge, hint });
            }
        }
        self.end
    }

    /// The proofs of range, not looked at yet.
    #[cfg(feature = "range")]
    pub(super) fn ranges(&self, frame: usize) -> impl Iterator<Item = Ranged<'f>> {
        (0..=u16::MAX).zip(&self.channels).filter_map(move |(number, channel)| {
            let Channel { encoded, ciphertext, range, .. } = *channel;
            let ciphertext = ciphertext.ok()?;
            Some(Ranged { channel: number, ciphertext, encoded, proof: range, meter: self.meter, frame })
        })
    }

    pub(super) fn ciphertexts(&self) -> impl Iterator<Item = (Ciphertext, EncodedCiphertext)> {
        self.channels.iter().filter_map(|channel| Some((channel.ciphertext.ok()?, *channel.encoded)))
    }
}

fn known<'f>(
    verifier: &Verifier,
    expect: &Expect,
    frame: &'f [u8],
) -> Result<(SignedFrame<'f>, usize), Error> {
    let frame = SignedFrame::parse(frame, expect)?;
    let meter = frame.header().sender;
    let position = verifier.meters.binary_search_by_key(&meter, |(id, _)| *id);
    Ok((frame, position.map_err(|_| Fault::Link(meter_link::Fault::UnknownSender).of(meter))?))
}
