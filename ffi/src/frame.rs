//! What a relay or a gateway can see of a frame: its header.
#![allow(unsafe_code)] // exports

pub mod kind;

use meter_link::frame::{Reader, Tag};
use meter_link::{Error, Header, Identity, Kind, Malformed, Protocol};

use crate::caller::{self, Place, span};
use crate::guard::guard;
use crate::status::wattsum_status;

/// The header of a frame, as its sender, or anybody on the line, has written it.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct wattsum_frame {
    /// Bytes between header and trailer.
    pub payload_len: usize,
    /// Which group.
    pub group: u32,
    /// Who sends, by its own word. Of cmt contributions the first four bytes of a token, which is nobody's id.
    pub sender: u32,
    /// Which round. It tells the epoch: the one whose first to last round hold it.
    pub round: u32,
    /// The epoch's number where `states_epoch`, else 0.
    pub epoch: u32,
    /// WATTSUM_PROTOCOL_...
    pub protocol: u8,
    /// Of the wire: 1.
    pub version: u8,
    /// WATTSUM_KIND_...
    pub kind: u8,
    /// Bit 0 the payload carries a round's pads; bits 1 and 2 the pass of a Close or a repair less one, of kinds 1 to 3
    /// the form; bit 3 the final Close.
    pub flags: u8,
    /// 1 if the payload begins with the epoch's number, as in link keys and roster roots; else 0.
    pub states_epoch: u8,
    /// Bytes at the end: 16 of a tag or a seal, 64 of a signature.
    pub trailer_len: u8,
}

/// Looks at the header of a frame, to route, queue, count or log it. NOTHING IS VERIFIED: who has no key for the trailer
/// cannot tell whose frame it is, and drops, delays or answers none for what stands here; a frame is checked by the
/// role that takes it.
///
/// WATTSUM_MALFORMED_...: not a whole header, or no room for the trailer of its kind; another protocol, kind or flag
/// than this version knows. A relay passes on what it does not know: it may come from a later version.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_frame_inspect(
    frame: *const u8,
    len: usize,
    header: *mut wattsum_frame,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        let (bytes, place) = unsafe { (caller::lent(frame, len)?, Place::new(header)?) };
        caller::apart(&[span(frame, len), span(header, 1)])?;
        place.put(wattsum_frame::inspect(bytes)?);
        Ok(())
    })
}

impl wattsum_frame {
    fn inspect(frame: &[u8]) -> Result<Self, Error> {
        let header = Header::parse(frame)?;
        let trailer = trailer(&header)?;
        let rest = frame.get(Header::LEN..).ok_or(Malformed::Truncated)?;
        let payload_len = rest.len().checked_sub(trailer.into()).ok_or(Malformed::Truncated)?;
        let states_epoch = matches!(header.kind, Kind::LinkKey | Kind::RosterRoot);
        let epoch = match states_epoch {
            true => Reader::new(rest.get(..payload_len).unwrap_or_default()).u32()?,
            false => 0,
        };
        Ok(wattsum_frame {
            payload_len,
            group: header.group.0,
            sender: header.sender.0,
            round: header.round.to_u32(),
            epoch,
            protocol: header.protocol as u8,
            version: meter_link::epoch::WIRE_VERSION,
            kind: header.kind as u8,
            flags: header.flags.0,
            states_epoch: states_epoch.into(),
            trailer_len: trailer,
        })
    }
}

#[allow(clippy::cast_possible_truncation)] // both are below 256, as the assertion sees
const TAG: u8 = Tag::LEN as u8;
#[allow(clippy::cast_possible_truncation)]
const SIGNATURE: u8 = Identity::SIGNATURE_LEN as u8;
const _: () = assert!(TAG as usize == Tag::LEN && SIGNATURE as usize == Identity::SIGNATURE_LEN);

/// Bytes of the trailer (docs/wire.md of meter-link, section 2), where the flags are some that the kind has.
fn trailer(header: &Header) -> Result<u8, Malformed> {
    let (flags, form) = (header.flags.0, header.flags.0 >> 1);
    let (known, trailer) = match header.kind {
        Kind::Join => (flags & 1 == 0 && form < 2, SIGNATURE),
        Kind::Entered => (flags & 1 == 0 && form < 3, if form == 0 { SIGNATURE } else { TAG }),
        Kind::Exit => (flags & 1 == 0 && form < 3, if form == 2 { TAG } else { SIGNATURE }),
        Kind::Repair => (flags & 1 == 1 && form < 3, TAG),
        Kind::Contribution if matches!(header.protocol, Protocol::Elgamal | Protocol::Ckks) => {
            (flags == 1, SIGNATURE)
        }
        Kind::Contribution => (flags == 1, TAG),
        Kind::Close => (flags & 1 == 0 && form & 3 < 3 && form < 8, SIGNATURE),
        Kind::Answer
        | Kind::RawAnswer
        | Kind::Token
        | Kind::FirstKey
        | Kind::Seat
        | Kind::GroupKey
        | Kind::Start
        | Kind::Delta
        | Kind::HandOver
        | Kind::Heal
        | Kind::Healed
        | Kind::DecryptionShare
        | Kind::ProvenShare
        | Kind::WindowShare
        | Kind::OpenedSum
        | Kind::PolynomialShare
        | Kind::SecretPolynomial => (flags == 0, TAG),
        Kind::LinkKey
        | Kind::RosterRoot
        | Kind::Open
        | Kind::SetStatement
        | Kind::WindowQuery
        | Kind::LogHead
        | Kind::WindowStatement
        | Kind::LicenceRequest
        | Kind::Licence
        | Kind::Hello
        | Kind::Claim
        | Kind::Lost
        | Kind::SetEcho
        | Kind::Commitments
        | Kind::Echo
        | Kind::SealedShares
        | Kind::Complaint
        | Kind::Confirmation
        | Kind::KeyStatement
        | Kind::OwnKey
        | Kind::CiphertextCommitment
        | Kind::CommitmentList
        | Kind::ListStatement
        | Kind::KeyCommitment
        | Kind::KeyPart
        | Kind::PublicKeyStatement => (flags == 0, SIGNATURE),
    };
    if known { Ok(trailer) } else { Err(Malformed::UnknownFlags) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use meter_link::frame::Flags;
    use meter_link::{GroupId, PartyId, Round};
    use std::vec::Vec;

    fn header(protocol: Protocol, kind: Kind, flags: u8) -> Header {
        let (group, sender, round) = (GroupId(7), PartyId(9), Round::from(11));
        Header { protocol, kind, flags: Flags(flags), group, sender, round }
    }

    /// Number, trailers and flags of each kind by the table in the wire's documentation.
    fn table() -> Vec<(u8, &'static str, &'static str)> {
        let wire = include_str!("../../meter-link/docs/wire.md");
        let rows = wire.split("## 2. Kinds").nth(1).unwrap().split("\nAll other numbers").next().unwrap();
        let cells = rows.lines().map(|row| row.split('|').map(str::trim).collect::<Vec<_>>());
        cells
            .filter(|cells| cells.len() > 5 && !cells[4].is_empty())
            .filter_map(|cells| Some((cells[1].parse().ok()?, cells[4], cells[5])))
            .collect()
    }

    #[test]
    fn trailers_and_flags_are_those_of_the_documentation() {
        let table = table();
        assert_eq!(table.len(), (0..=255).filter(|kind| Kind::try_from(*kind).is_ok()).count());
        for (number, trailers, flags) in table {
            let kind = Kind::try_from(number).unwrap();
            let usual = match flags {
                _ if number == 4 || number == 5 => 1,
                _ => 0,
            };
            let first = trailer(&header(Protocol::Dcnet, kind, usual)).unwrap();
            assert_eq!(first == SIGNATURE, trailers.starts_with("signature"), "{number}");
            let may: Vec<u8> =
                (0..=255).filter(|flags| trailer(&header(Protocol::Dcnet, kind, *flags)).is_ok()).collect();
            let expected: &[u8] = match number {
                1 => &[0, 2],
                2 | 3 => &[0, 2, 4],
                4 => &[1, 3, 5],
                19 => &[0, 2, 4, 8, 10, 12],
                5 => &[1],
                _ => &[0],
            };
            assert_eq!(may, expected, "{number}");
            let plain = flags == "0";
            assert_eq!(plain, expected == [0], "{number}: {flags}");
            // Two trailers in the table: which one, the form or the protocol says.
            let both = trailers.contains("tag") && trailers.contains("signature");
            assert_eq!(both, matches!(number, 2 | 3 | 5), "{number}");
        }
        let of = |protocol, kind, flags| trailer(&header(protocol, kind, flags)).unwrap();
        assert_eq!(of(Protocol::Elgamal, Kind::Contribution, 1), SIGNATURE);
        assert_eq!(of(Protocol::Cmt, Kind::Contribution, 1), TAG);
        assert_eq!([2, 4].map(|flags| of(Protocol::Dcnet, Kind::Entered, flags)), [TAG, TAG]);
        assert_eq!([2, 4].map(|flags| of(Protocol::Dcnet, Kind::Exit, flags)), [SIGNATURE, TAG]);
    }

    #[test]
    fn every_length_has_its_answer() {
        for number in 0..=255u8 {
            let Ok(kind) = Kind::try_from(number) else { continue };
            let header = header(Protocol::Shamir, kind, u8::from(matches!(number, 4 | 5)));
            let mut frame = header.to_bytes().to_vec();
            frame.extend((0..96u8).map(|byte| byte.wrapping_mul(3)));
            let (trailer, epoch) = (usize::from(trailer(&header).unwrap()), matches!(number, 16 | 17));
            let least = Header::LEN + trailer + if epoch { 4 } else { 0 };
            for len in 0..frame.len() {
                match wattsum_frame::inspect(&frame[..len]) {
                    Ok(seen) => {
                        assert!(len >= least, "{number} {len}");
                        assert_eq!(Header::LEN + seen.payload_len + trailer, len);
                        assert_eq!(seen.epoch, if epoch { 0x0906_0300 } else { 0 });
                    }
                    Err(error) => {
                        assert!(len < least, "{number} {len}");
                        assert_eq!(error, Malformed::Truncated.into());
                    }
                }
            }
        }
    }
}
