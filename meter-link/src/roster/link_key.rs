//! A party announces its link key of an epoch, signed by its identity.

use crate::epoch::Session;
use crate::error::{Error, Fault, Malformed};
use crate::frame::{Expect, Flags, Header, Kind, SignedFrame, Writer};
use crate::id::{GroupId, PartyId, Protocol, Role, Round};
use crate::identity::{Identity, IdentityKey, Scope};
use crate::key::LinkPublic;

/// Bytes of the frame: header, `epoch u32 ‖ role u8 ‖ link key`, signature.
pub const LEN: usize = Header::LEN + 4 + 1 + 32 + Identity::SIGNATURE_LEN;

/// Where an announcement belongs.
#[derive(Clone, Copy, Debug)]
pub struct Forming {
    /// Protocol of the session.
    pub protocol: Protocol,
    /// Group of the session.
    pub group: GroupId,
    /// The session.
    pub session: Session,
    /// The epoch that is being formed.
    pub epoch: u32,
    /// Its first round.
    pub first_round: Round,
}

impl Forming {
    pub(super) fn scope(&self) -> Scope<'_> {
        Scope::Forming { session: &self.session, epoch: self.epoch }
    }

    pub(super) fn header(&self, kind: Kind, sender: PartyId) -> Header {
        let flags = Flags::default();
        Header { protocol: self.protocol, kind, flags, group: self.group, sender, round: self.first_round }
    }

    pub(super) fn expect(&self, kind: Kind) -> Expect {
        Expect { protocol: self.protocol, kind, group: self.group, flags: 0 }
    }

    pub(super) fn check(&self, header: &Header, epoch: u32) -> Result<(), Error> {
        if epoch != self.epoch || header.round != self.first_round {
            return Err(Fault::WrongEpoch.of(header.sender));
        }
        Ok(())
    }
}

/// The signed announcement of `link` by party `id`.
///
/// # Errors
/// None in practice: the buffer has the right length.
pub fn announce(
    forming: &Forming,
    id: PartyId,
    role: Role,
    identity: &Identity,
    link: LinkPublic,
) -> Result<[u8; LEN], Error> {
    let mut out = [0u8; LEN];
    let header = forming.header(Kind::LinkKey, id);
    let mut writer = Writer::frame(&mut out, &header)?;
    writer.u32(forming.epoch)?;
    writer.u8(role as u8)?;
    writer.bytes(&link.0)?;
    writer.finish_signed(&header, identity, &forming.scope())?;
    Ok(out)
}

/// What an announcement says, once its signature is checked.
///
/// # Errors
/// [`Malformed`], also for another role and for a key that is not reduced; [`Fault`] blaming `id`: another
/// sender, a wrong signature or epoch, a key of low order.
pub fn verify(
    frame: &[u8],
    forming: &Forming,
    id: PartyId,
    role: Role,
    identity: &IdentityKey,
) -> Result<LinkPublic, Error> {
    let frame = SignedFrame::parse(frame, &forming.expect(Kind::LinkKey))?;
    if frame.header().sender != id {
        return Err(Fault::UnknownSender.of(frame.header().sender));
    }
    let mut payload = frame.verify(identity, &forming.scope())?;
    forming.check(frame.header(), payload.u32()?)?;
    if Role::try_from(payload.u8()?)? != role {
        return Err(Malformed::BadField.into());
    }
    let link = LinkPublic(*payload.array()?);
    payload.end()?;
    if !link.is_canonical() {
        return Err(Malformed::BadField.into());
    }
    // Pair keys refuse it too, but then the roster is fixed, and one such key would stop the epoch.
    if link.is_low_order() {
        return Err(Fault::LowOrderKey.of(id));
    }
    Ok(link)
}
