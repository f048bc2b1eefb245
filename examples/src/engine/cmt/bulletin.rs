//! What the supplier tells all meters beside the crate's frames: which ring it has, and who there is for the next.
//!
//! A signed frame of kind Open, which cmt-ring does not use, with the supplier's round, or the epoch's first one in the slots before
//! it:
//! `1 u8 ‖ slot u32 ‖ flags u8 (1 the ring is broken, 2 an order follows) ‖ generation u32 (0: no ring) ‖ first round after its term u32 ‖
//! next generation u32 ‖ set of the licensed ‖ set of those here [‖ generation u32 ‖ first round u32 ‖ set of members]`, sets as in meter-link's
//! docs/wire.md, section 4.

use cmt_ring::{Error, Generation};
use meter_link::frame::{Header, Kind, Reader, SignedFrame, Writer};
use meter_link::set::Members;
use meter_link::{EpochView, Fault as LinkFault, Identity, Malformed, PartyId, Round};

/// The state of the group, as the supplier sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bulletin {
    /// The supplier's slot.
    pub(super) round: Round,
    /// What rounds are of; 0 for no ring.
    pub(super) generation: Generation,
    /// The first round that its term does not reach; round 0 in groups without terms.
    pub(super) until: Round,
    /// Above all that were claimed so far: where elections begin, so that those who missed failed tries need not be told by
    /// the others.
    pub(super) next: Generation,
    /// Whether it has lost a round.
    pub(super) lost: bool,
    /// Whose licences hold; everybody in groups without terms.
    pub(super) licensed: Members,
    pub(super) here: Members,
    /// In groups without terms: who is to form the next ring.
    pub(super) order: Option<Order>,
}

/// A ring that the supplier wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) generation: Generation,
    pub(super) from: Round,
    pub(super) members: Members,
}

const VERSION: u8 = 1;
const LOST: u8 = 1;
const ORDER: u8 = 2;

impl Bulletin {
    /// Whether a ring is to be made for this round.
    pub(super) fn lacks(&self, round: Round) -> bool {
        self.generation.0 == 0 || self.lost || self.until <= round
    }

    pub(super) fn sign(&self, view: &EpochView, identity: &Identity) -> Result<Vec<u8>, Error> {
        let flags = if self.lost { LOST } else { 0 } | if self.order.is_some() { ORDER } else { 0 };
        let mut payload = vec![VERSION];
        payload.extend(self.round.to_u32().to_le_bytes());
        payload.push(flags);
        payload.extend(self.generation.0.to_le_bytes());
        payload.extend(self.until.to_u32().to_le_bytes());
        payload.extend(self.next.0.to_le_bytes());
        payload.extend(self.licensed.to_bytes()?);
        payload.extend(self.here.to_bytes()?);
        if let Some(order) = &self.order {
            payload.extend(order.generation.0.to_le_bytes());
            payload.extend(order.from.to_u32().to_le_bytes());
            payload.extend(order.members.to_bytes()?);
        }
        let len = payload.len().saturating_add(Header::LEN).saturating_add(Identity::SIGNATURE_LEN);
        let mut out = vec![0u8; len];
        let (first, last) = (view.epoch().first_round, view.epoch().last_round);
        let header = view.header(Kind::Open, 0, PartyId::UTILITY, self.round.clamp(first, last));
        let mut writer = Writer::frame(&mut out, &header)?;
        writer.bytes(&payload)?;
        writer.finish_signed(&header, identity, &view.scope())?;
        Ok(out)
    }

    pub(super) fn verify(view: &EpochView, now: Round, frame: &[u8]) -> Result<Self, Error> {
        let parsed = SignedFrame::parse(frame, &view.expect(Kind::Open, 0))?;
        let header = *parsed.header();
        if header.sender != PartyId::UTILITY {
            return Err(LinkFault::UnknownSender.of(header.sender).into());
        }
        if !header.round.is_near(now) {
            return Err(LinkFault::RoundFarFromNow.of(header.sender).into());
        }
        let mut payload = parsed.verify(&view.utility().identity, &view.scope())?;
        let (version, round) = (payload.u8()?, Round::from(payload.u32()?));
        let flags = payload.u8()?;
        if version != VERSION || flags & !(LOST | ORDER) != 0 {
            return Err(Malformed::BadField.into());
        }
        let (generation, until) = (Generation(payload.u32()?), Round::from(payload.u32()?));
        let next = Generation(payload.u32()?);
        let licensed = Members::read(&mut payload, view.meters())?;
        let here = Members::read(&mut payload, view.meters())?;
        let order = (flags & ORDER != 0).then(|| Order::read(&mut payload, view)).transpose()?;
        payload.end()?;
        let lost = flags & LOST != 0;
        Ok(Self { round, generation, until, next, lost, licensed, here, order })
    }
}

impl Order {
    fn read(reader: &mut Reader<'_>, view: &EpochView) -> Result<Self, Error> {
        let (generation, from) = (Generation(reader.u32()?), Round::from(reader.u32()?));
        Ok(Self { generation, from, members: Members::read(reader, view.meters())? })
    }
}
