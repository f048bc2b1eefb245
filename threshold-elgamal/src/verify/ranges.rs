//! Proofs of range, many at once: of frames in which everything else holds.

use alloc::vec::Vec;

use meter_link::PartyId;

use super::claims::At;
use super::contribution::Contribution;
use super::signed::Signed;
use crate::ciphertext::{Ciphertext, EncodedCiphertext};
use crate::error::{Error, Fault};
use crate::proof::Place;
use crate::range::{Claim, RangeProof, RangeVerifier};

/// The proofs of some frames, in their order.
pub(super) struct Ranges<'f>(Vec<Ranged<'f>>);

/// One channel's.
pub(super) struct Ranged<'f> {
    pub(super) channel: u16,
    pub(super) ciphertext: Ciphertext,
    pub(super) encoded: &'f EncodedCiphertext,
    pub(super) proof: &'f [u8],
    pub(super) meter: PartyId,
    /// Index of its frame.
    pub(super) frame: usize,
}

impl<'f> Ranges<'f> {
    pub(super) fn of(signed: &[Result<Signed<'f>, Error>]) -> Self {
        let frames = signed.iter().enumerate();
        Ranges(
            frames.flat_map(|(frame, signed)| signed.iter().flat_map(move |one| one.ranges(frame))).collect(),
        )
    }

    /// Refuses what is no proof or does not hold, channel by channel, where nothing else was wrong.
    pub(super) fn check(
        &self,
        verifier: &RangeVerifier,
        at: At<'_>,
        outcomes: &mut [Result<Contribution, Error>],
    ) {
        let open = self.0.iter().filter(|one| outcomes.get(one.frame).is_some_and(Result::is_ok));
        let read = open.map(|one| (one, RangeProof::from_bytes(verifier.width(), one.proof)));
        let read: Vec<(&Ranged<'_>, Result<RangeProof, Fault>)> = read.collect();
        let whole = read.iter().filter_map(|(one, proof)| Some((*one, proof.as_ref().ok()?)));
        let claims: Vec<Claim<'_>> = whole.clone().map(|(one, proof)| one.claim(at, proof)).collect();
        let whole: Vec<&Ranged<'_>> = whole.map(|(one, _)| one).collect();
        let false_ones = verifier.verify_all(&claims);
        let false_ones = false_ones.iter().filter_map(|place| Some((*whole.get(*place)?, Fault::BadRange)));
        let broken = read.iter().filter_map(|(one, proof)| Some((*one, proof.as_ref().err().copied()?)));
        let mut bad: Vec<(&Ranged<'_>, Fault)> = broken.chain(false_ones).collect();
        bad.sort_by_key(|(one, _)| (one.frame, one.channel));
        for (one, fault) in bad {
            if let Some(outcome @ Ok(_)) = outcomes.get_mut(one.frame) {
                *outcome = Err(fault.of(one.meter));
            }
        }
    }
}

impl Ranged<'_> {
    fn claim<'a>(&'a self, at: At<'a>, proof: &'a RangeProof) -> Claim<'a> {
        let place = Place { context: at.context, round: at.round, id: self.meter, channel: self.channel };
        Claim::of(place, self.encoded, &self.ciphertext, proof)
    }
}
