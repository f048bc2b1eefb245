//! The supplier's notice that a round is lost.

use core::fmt;

use meter_link::frame::{Header, Kind, SignedFrame};
use meter_link::{EpochView, Fault as LinkFault, Malformed, PartyId, Round};
#[cfg(feature = "alloc")]
use meter_link::{Identity, frame::Writer};

use crate::error::Error;
use crate::generation::Generation;

/// A Lost frame as it was checked: that a round of a generation gives no sum, and whose ciphertexts were missing. Who
/// has a name, only the generation's concentrator knows.
///
/// # Security
/// Nobody but the supplier knows whether it is true: docs/licences.md, section 5.
#[derive(Clone, Copy)]
pub struct Lost<'a> {
    round: Round,
    generation: Generation,
    names: &'a [[u8; 4]],
}

impl<'a> Lost<'a> {
    /// Checks the supplier's frame.
    ///
    /// # Errors
    /// [`Malformed`], also for names that do not ascend or are more than the roster has meters;
    /// [`Fault`](crate::Fault) blaming the sender: not the supplier, a round far from now or outside the epoch, a
    /// wrong signature.
    pub fn verify(view: &EpochView, now: Round, frame: &'a [u8]) -> Result<Self, Error> {
        let parsed = SignedFrame::parse(frame, &view.expect(Kind::Lost, 0))?;
        let header = *parsed.header();
        if header.sender != PartyId::UTILITY {
            return Err(LinkFault::UnknownSender.of(header.sender).into());
        }
        view.check_received_round(now, &header)?;
        let mut payload = parsed.verify(&view.utility().identity, &view.scope())?;
        let (generation, count) = (Generation(payload.u32()?), payload.u32()?);
        if count > view.meters() {
            return Err(Malformed::BadField.into());
        }
        let (names, _) = payload.bytes((count as usize).saturating_mul(4))?.as_chunks();
        payload.end()?;
        let lost = Lost { round: header.round, generation, names };
        if !lost.names().is_sorted_by(|a, b| a < b) {
            return Err(Malformed::BadField.into());
        }
        Ok(lost)
    }

    /// The round that is lost.
    pub fn round(&self) -> Round {
        self.round
    }

    /// Of which generation's ring.
    pub fn generation(&self) -> Generation {
        self.generation
    }

    /// First four bytes of the tokens whose ciphertext did not come, ascending. Nobody, where the ciphertexts did not
    /// fit together.
    pub fn names(&self) -> impl Iterator<Item = PartyId> + Clone + 'a {
        self.names.iter().map(|name| PartyId(u32::from_le_bytes(*name)))
    }

    /// Bytes of a Lost frame: `generation u32 ‖ count u32 ‖ names u32 …`.
    pub const fn len(names: usize) -> usize {
        FIXED.saturating_add(names.saturating_mul(4))
    }

    /// The supplier's frame; `names` ascend.
    #[cfg(feature = "alloc")]
    pub(crate) fn write(
        identity: &Identity,
        view: &EpochView,
        round: Round,
        generation: Generation,
        names: &[PartyId],
    ) -> Result<alloc::vec::Vec<u8>, Error> {
        let mut out = alloc::vec![0u8; Self::len(names.len())];
        let header = view.header(Kind::Lost, 0, PartyId::UTILITY, round);
        let mut writer = Writer::frame(&mut out, &header)?;
        writer.u32(generation.0)?;
        writer.u32(u32::try_from(names.len()).map_err(|_| meter_link::Misuse::BadParameter)?)?;
        names.iter().try_for_each(|name| writer.u32(name.0))?;
        writer.finish_signed(&header, identity, &view.scope())?;
        Ok(out)
    }
}

const FIXED: usize = Header::LEN + 2 * 4 + meter_link::Identity::SIGNATURE_LEN;

impl fmt::Debug for Lost<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Lost");
        out.field("generation", &self.generation).field("round", &self.round);
        out.field("names", &self.names.len()).finish()
    }
}
