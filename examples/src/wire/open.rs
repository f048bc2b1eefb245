//! Messages as letters of the engine, refused where anything has the wrong length or is too many.

use meter_link::PartyId;
use meter_link::roster::{List, RosterRoot, link_key};

use super::{Bounds, CERTIFICATE, Malformed, PATH, WORDS, proto};
use crate::engine::Letter;
use crate::engine::letter::Entry;

impl proto::Letter {
    /// The letter, all of whose lengths and counts are right; what its frames say is not looked at.
    pub(crate) fn open(self, bounds: &Bounds) -> Result<Letter, Malformed> {
        use proto::letter::Body;
        Ok(match self.body.ok_or(Malformed("body"))? {
            Body::Frame(frame) => Letter::Frame(self::frame(frame, "frame")?),
            Body::Frames(proto::Frames { frames, hints }) => {
                at_most(frames.len(), bounds.frames, "frames: frames")?;
                at_most(hints.len(), bounds.frames, "frames: hints")?;
                let frames = frames.into_iter().map(|frame| self::frame(frame, "frames: frame"));
                Letter::Frames { frames: frames.collect::<Result<_, _>>()?, hints }
            }
            Body::Relay(proto::Relay { party, frame }) => {
                // Empty, it is the utility's question about `party`; from a party nobody takes a frame without a header.
                let frame = if frame.is_empty() { frame } else { self::frame(frame, "relay: frame")? };
                Letter::Relay { party: PartyId(party), frame }
            }
            Body::Call(proto::Call { epoch, first_round, last_round }) => {
                Letter::Call { epoch, first_round, last_round }
            }
            Body::Announcement(proto::Announcement { link_key, certificate, commitment }) => {
                Letter::Announcement {
                    link_key: exactly(link_key, link_key::LEN, "announcement: link_key")?,
                    certificate: self::certificate(certificate, "announcement: certificate")?,
                    commitment: hash(&commitment, "announcement: commitment")?,
                }
            }
            Body::Rooted(proto::Rooted { root, commitments }) => Letter::Rooted {
                root: exactly(root, RosterRoot::LEN, "rooted: root")?,
                commitments: self::commitments(&commitments, bounds)?,
            },
            Body::Pinned(proto::Pinned { epoch }) => Letter::Pinned { epoch },
            Body::Reveal(proto::Reveal { epoch, nonce }) => {
                Letter::Reveal { epoch, nonce: hash(&nonce, "reveal: nonce")? }
            }
            Body::Formed(proto::Formed { epoch, nonces, entries }) => {
                at_most(nonces.len(), bounds.parties, "formed: nonces")?;
                at_most(entries.len(), bounds.parties, "formed: entries")?;
                let nonces = nonces.iter().map(|nonce| hash(nonce, "formed: nonce"));
                let entries = entries.into_iter().map(|entry| self::entry(entry, bounds));
                Letter::Formed {
                    epoch,
                    nonces: nonces.collect::<Result<_, _>>()?,
                    entries: entries.collect::<Result<_, _>>()?,
                }
            }
            Body::Refusal(proto::Refusal { what }) => {
                at_most(what.len(), WORDS, "refusal: what")?;
                match what.chars().any(char::is_control) {
                    true => return Err(Malformed("refusal: what")),
                    false => Letter::Refusal(what),
                }
            }
            Body::Attending(proto::Attending { epochs }) => Letter::Attending { epochs },
        })
    }
}

fn entry(entry: proto::Entry, bounds: &Bounds) -> Result<Entry, Malformed> {
    let proto::Entry { party, link_key, certificate, list, index, path } = entry;
    at_most(path.len(), PATH, "entry: path")?;
    at_most(usize::try_from(index).unwrap_or(usize::MAX), bounds.parties.saturating_sub(1), "entry: index")?;
    let path = path.iter().map(|sibling| hash(sibling, "entry: path"));
    Ok(Entry {
        party: PartyId(party),
        link_key: exactly(link_key, link_key::LEN, "entry: link_key")?,
        certificate: self::certificate(certificate, "entry: certificate")?,
        list: match list {
            0 => List::Roster,
            1 => List::Answerers,
            _ => return Err(Malformed("entry: list")),
        },
        index,
        path: path.collect::<Result<_, _>>()?,
    })
}

fn commitments(list: &[proto::Commitment], bounds: &Bounds) -> Result<Vec<(PartyId, [u8; 32])>, Malformed> {
    at_most(list.len(), bounds.parties, "rooted: commitments")?;
    if list.windows(2).any(|pair| pair.first().map(|one| one.party) >= pair.last().map(|one| one.party)) {
        return Err(Malformed("rooted: commitments out of order"));
    }
    list.iter().map(|one| Ok((PartyId(one.party), hash(&one.hash, "rooted: commitment")?))).collect()
}

/// Long enough for a header, without which nothing is a frame.
fn frame(bytes: Vec<u8>, field: &'static str) -> Result<Vec<u8>, Malformed> {
    if bytes.len() < meter_link::Header::LEN { Err(Malformed(field)) } else { Ok(bytes) }
}

fn certificate(bytes: Vec<u8>, field: &'static str) -> Result<Vec<u8>, Malformed> {
    if bytes.is_empty() {
        return Err(Malformed(field));
    }
    at_most(bytes.len(), CERTIFICATE, field)?;
    Ok(bytes)
}

fn exactly(bytes: Vec<u8>, len: usize, field: &'static str) -> Result<Vec<u8>, Malformed> {
    if bytes.len() == len { Ok(bytes) } else { Err(Malformed(field)) }
}

fn hash(bytes: &[u8], field: &'static str) -> Result<[u8; 32], Malformed> {
    bytes.try_into().map_err(|_| Malformed(field))
}

fn at_most(count: usize, most: usize, field: &'static str) -> Result<(), Malformed> {
    if count > most { Err(Malformed(field)) } else { Ok(()) }
}
