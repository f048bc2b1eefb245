//! Letters of the engine as messages.

use meter_link::roster::List;

use super::proto;
use crate::engine::Letter;
use crate::engine::letter::Entry;

impl From<Letter> for proto::Letter {
    fn from(letter: Letter) -> Self {
        use proto::letter::Body;
        let body = match letter {
            Letter::Frame(frame) => Body::Frame(frame),
            Letter::Frames { frames, hints } => Body::Frames(proto::Frames { frames, hints }),
            Letter::Relay { party, frame } => Body::Relay(proto::Relay { party: party.0, frame }),
            Letter::Call { epoch, first_round, last_round } => {
                Body::Call(proto::Call { epoch, first_round, last_round })
            }
            Letter::Announcement { link_key, certificate, commitment } => {
                Body::Announcement(proto::Announcement {
                    link_key,
                    certificate,
                    commitment: commitment.to_vec(),
                })
            }
            Letter::Rooted { root, commitments } => {
                let commitment = |(party, hash): (meter_link::PartyId, [u8; 32])| proto::Commitment {
                    party: party.0,
                    hash: hash.to_vec(),
                };
                Body::Rooted(proto::Rooted {
                    root,
                    commitments: commitments.into_iter().map(commitment).collect(),
                })
            }
            Letter::Pinned { epoch } => Body::Pinned(proto::Pinned { epoch }),
            Letter::Reveal { epoch, nonce } => Body::Reveal(proto::Reveal { epoch, nonce: nonce.to_vec() }),
            Letter::Formed { epoch, nonces, entries } => Body::Formed(proto::Formed {
                epoch,
                nonces: nonces.iter().map(|nonce| nonce.to_vec()).collect(),
                entries: entries.into_iter().map(entry).collect(),
            }),
            Letter::Refusal(what) => Body::Refusal(proto::Refusal { what: words(&what) }),
            Letter::Attending { epochs } => Body::Attending(proto::Attending { epochs }),
        };
        Self { body: Some(body) }
    }
}

fn entry(entry: Entry) -> proto::Entry {
    proto::Entry {
        party: entry.party.0,
        link_key: entry.link_key,
        certificate: entry.certificate,
        list: match entry.list {
            List::Roster => 0,
            List::Answerers => 1,
        },
        index: entry.index,
        path: entry.path.iter().map(|hash| hash.to_vec()).collect(),
    }
}

/// As much of a text as a receiver takes, on one line.
fn words(what: &str) -> String {
    let mut text: String = what.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mut end = super::WORDS.min(text.len());
    while !text.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    text.truncate(end);
    text
}
