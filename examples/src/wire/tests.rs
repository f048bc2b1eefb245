use meter_link::PartyId;
use meter_link::roster::List;
use prost::Message as _;

use super::{Bounds, Malformed, proto};
use crate::engine::Letter;
use crate::engine::letter::Entry;

const BOUNDS: Bounds = Bounds { parties: 10, frames: 20, up: 1 << 16, down: 1 << 16 };

fn letters() -> Vec<Letter> {
    let entry = |party| Entry {
        party: PartyId(party),
        link_key: vec![1; 117],
        certificate: vec![2; 300],
        list: List::Roster,
        index: 9,
        path: vec![[3; 32]; 4],
    };
    vec![
        Letter::Frame(vec![4; 40]),
        Letter::Frames { frames: vec![vec![5; 16], vec![6; 17]], hints: vec![vec![7]] },
        Letter::Relay { party: PartyId(300), frame: vec![8; 20] },
        // The question of a grown graph.
        Letter::Relay { party: PartyId(7), frame: Vec::new() },
        Letter::Call { epoch: 1, first_round: 2, last_round: u32::MAX },
        Letter::Announcement { link_key: vec![9; 117], certificate: vec![1; 4096], commitment: [2; 32] },
        Letter::Rooted {
            root: vec![3; 160],
            commitments: vec![(PartyId(0), [4; 32]), (PartyId(5), [6; 32])],
        },
        Letter::Pinned { epoch: 0 },
        Letter::Reveal { epoch: 7, nonce: [8; 32] },
        Letter::Formed { epoch: 9, nonces: vec![[1; 32]; 10], entries: vec![entry(0), entry(4)] },
        Letter::Refusal("nein, \u{fc}berhaupt nicht".to_owned()),
        Letter::Attending { epochs: 12 },
    ]
}

fn open(bytes: &[u8]) -> Option<Result<Letter, Malformed>> {
    proto::Letter::decode(bytes).ok().map(|letter| letter.open(&BOUNDS))
}

#[test]
fn what_is_packed_is_opened() {
    for letter in letters() {
        let bytes = proto::Letter::from(letter.clone()).encode_to_vec();
        assert_eq!(open(&bytes), Some(Ok(letter)));
    }
}

/// Whatever bits are turned or bytes are missing: it is refused, or a letter like any other.
#[test]
fn damaged_letters() {
    let check = |bytes: &[u8]| match open(bytes) {
        Some(Ok(letter)) => {
            let again = proto::Letter::from(letter.clone()).encode_to_vec();
            assert_eq!(open(&again), Some(Ok(letter)));
            1
        }
        _ => 0,
    };
    let (mut taken, mut refused) = (0, 0);
    for letter in letters() {
        let bytes = proto::Letter::from(letter).encode_to_vec();
        for at in 0..bytes.len() {
            let mut results = check(&bytes[..at]);
            for bit in 0..8 {
                let mut damaged = bytes.clone();
                damaged[at] ^= 1 << bit;
                results += check(&damaged);
            }
            taken += results;
            refused += 9 - results;
        }
    }
    assert!(taken > 1000 && refused > 500, "{taken} {refused}");
}

#[test]
fn each_field_that_is_wrong_is_named() {
    let entry = |change: fn(&mut proto::Entry)| {
        let good = letters().into_iter().find(|letter| letter.name() == "formed").unwrap();
        let proto::Letter { body: Some(proto::letter::Body::Formed(mut formed)) } = good.into() else {
            panic!()
        };
        change(&mut formed.entries[1]);
        proto::letter::Body::Formed(formed)
    };
    use proto::letter::Body;
    let frames =
        |frames: usize| Body::Frames(proto::Frames { frames: vec![vec![0; 16]; frames], hints: vec![] });
    let rooted = |parties: &[u32]| {
        let commitments = parties.iter().map(|party| proto::Commitment { party: *party, hash: vec![0; 32] });
        Body::Rooted(proto::Rooted { root: vec![0; 160], commitments: commitments.collect() })
    };
    let reveal = |nonce: usize| Body::Reveal(proto::Reveal { epoch: 1, nonce: vec![0; nonce] });
    let refusal = |what: &str| Body::Refusal(proto::Refusal { what: what.to_owned() });
    for (body, field) in [
        (frames(21), "frames: frames"),
        (Body::Relay(proto::Relay { party: 7, frame: vec![0; 15] }), "relay: frame"),
        (rooted(&[3, 2]), "rooted: commitments out of order"),
        (rooted(&(0..11).collect::<Vec<_>>()), "rooted: commitments"),
        (reveal(31), "reveal: nonce"),
        (reveal(33), "reveal: nonce"),
        (refusal(&"x".repeat(513)), "refusal: what"),
        (refusal("\u{1b}[2J"), "refusal: what"),
        (entry(|entry| entry.list = 2), "entry: list"),
        (entry(|entry| entry.index = 10), "entry: index"),
        (entry(|entry| entry.path = vec![vec![0; 32]; 33]), "entry: path"),
        (entry(|entry| entry.path[2].push(0)), "entry: path"),
        (entry(|entry| entry.certificate = vec![0; 4097]), "entry: certificate"),
        (entry(|entry| entry.certificate.clear()), "entry: certificate"),
        (entry(|entry| entry.link_key.truncate(116)), "entry: link_key"),
    ] {
        assert_eq!(proto::Letter { body: Some(body) }.open(&BOUNDS), Err(Malformed(field)));
    }
    assert_eq!(open(&[]), Some(Err(Malformed("body"))));
}

/// What this side says is never refused for its form.
#[test]
fn refusals_are_cut_to_what_is_taken() {
    let words = format!("a\u{1b}b\n{}", "\u{20ac}".repeat(400));
    let Ok(Letter::Refusal(what)) = proto::Letter::from(Letter::Refusal(words)).open(&BOUNDS) else {
        panic!()
    };
    assert!(what.starts_with("a b \u{20ac}") && what.len() > 500, "{what}");
}
