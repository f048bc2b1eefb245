//! Taking in a round's frames, one by one and many at once, beside what peers need for less: the tag alone by
//! the chacha20poly1305 crate or HMAC-SHA256, and decoding alone by protobuf (prost) or JSON.
//!
//! `cargo bench -p benches --bench frames` ends with nanoseconds a frame and the ratios to the peers. The
//! peers prove less: `accept` looks the sender up, checks header, tag and elements, keeps the row, and refuses
//! a second one.
#![allow(clippy::arithmetic_side_effects, clippy::expect_used)] // a benchmark that cannot start should stop

use std::hint::black_box;
use std::time::Duration;

use benches::{deployment, fastest, print};
use chacha20poly1305::aead::{AeadInOut, KeyInit, inout::InOutBuf};
use chacha20poly1305::{ChaCha20Poly1305, Tag};
use criterion::{Criterion, Throughput};
use hmac::{Hmac, Mac};
use meter_link::frame::{Expect, Reader, TaggedFrame};
use meter_link::{Field64, GroupId, Header, Kind, Protocol, Round};
use prost::Message;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

const METERS: u32 = 10_000;
const TAG: usize = 16;

/// A frame as a peer would describe it.
#[derive(Clone, PartialEq, Message, Serialize, Deserialize)]
struct Described {
    #[prost(uint32, tag = "1")]
    protocol: u32,
    #[prost(uint32, tag = "2")]
    kind: u32,
    #[prost(uint32, tag = "3")]
    flags: u32,
    #[prost(uint32, tag = "4")]
    group: u32,
    #[prost(uint32, tag = "5")]
    sender: u32,
    #[prost(uint32, tag = "6")]
    round: u32,
    #[prost(fixed64, repeated, tag = "7")]
    values: Vec<u64>,
}

impl Described {
    fn of(frame: &[u8]) -> Self {
        let header = Header::parse(frame).expect("a header");
        let (values, _) = frame.get(Header::LEN..frame.len() - TAG).expect("a payload").as_chunks();
        Described {
            protocol: header.protocol as u32,
            kind: header.kind as u32,
            flags: header.flags.0.into(),
            group: header.group.0,
            sender: header.sender.0,
            round: header.round.to_u32(),
            values: values.iter().map(|bytes| u64::from_le_bytes(*bytes)).collect(),
        }
    }

    /// The checks of the header, and the sum of the values.
    fn sum(&self, expect: &Expect, round: Round) -> Option<u64> {
        let right = self.protocol == expect.protocol as u32
            && self.kind == expect.kind as u32
            && self.group == expect.group.0
            && self.round == round.to_u32();
        right.then(|| self.values.iter().fold(0, |sum, value| sum ^ value))
    }
}

/// The same of our own frames, without their tag.
fn decoded(frame: &[u8], expect: &Expect, round: Round) -> Option<u64> {
    let parsed = TaggedFrame::parse(frame, expect).ok()?;
    let mut payload = Reader::new(frame.get(Header::LEN..frame.len() - TAG)?);
    let mut values = [Field64::ZERO; 2];
    payload.elements(&mut values).ok()?;
    payload.end().ok()?;
    let [a, b] = values;
    (parsed.header().round == round).then_some(a.to_u64() ^ b.to_u64())
}

/// Place of the meter, header and payload, the crate's tag, HMAC's tag.
type TaggedBody = (usize, Vec<u8>, [u8; TAG], [u8; TAG]);

/// One key a meter, and the frames' tags under it, by crates alone.
struct Tagged {
    keys: Vec<[u8; 32]>,
    nonce: [u8; 12],
    frames: Vec<TaggedBody>,
}

impl Tagged {
    fn new(frames: &[&[u8]], round: Round) -> Self {
        let key = |i: u32| {
            let mut key = [0x5a; 32];
            key.iter_mut().zip(i.wrapping_mul(0x9e37_79b9).to_le_bytes()).for_each(|(k, b)| *k ^= b);
            key
        };
        let mut nonce = [5; 12];
        nonce.iter_mut().zip(round.get().to_le_bytes()).for_each(|(n, b)| *n = b);
        let mut tagged = Tagged { keys: (0..METERS).map(key).collect(), nonce, frames: Vec::new() };
        for frame in frames {
            let place = Header::parse(frame).expect("a header").sender.0 as usize - 1;
            let body = frame.get(..frame.len() - TAG).expect("a body").to_vec();
            let key = tagged.keys.get(place).expect("a key");
            let cipher = ChaCha20Poly1305::new(key.into());
            let text = InOutBuf::from(&mut [][..]);
            let tag = cipher.encrypt_inout_detached(&nonce.into(), &body, text).expect("a tag");
            let hmac = tagged.hmac(place, &body);
            tagged.frames.push((place, body, tag.into(), hmac));
        }
        tagged
    }

    fn hmac(&self, place: usize, body: &[u8]) -> [u8; TAG] {
        let key = self.keys.get(place).expect("a key");
        let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key");
        mac.update(body);
        *mac.finalize().into_bytes().first_chunk().expect("16 bytes")
    }

    fn check_by_crate(&self) {
        for (place, body, tag, _) in black_box(&self.frames) {
            let cipher = ChaCha20Poly1305::new(self.keys.get(*place).expect("a key").into());
            let text = InOutBuf::from(&mut [][..]);
            let tag = Tag::from(*tag);
            assert!(cipher.decrypt_inout_detached(&self.nonce.into(), body, text, &tag).is_ok());
        }
    }

    fn check_by_hmac(&self) {
        for (place, body, _, tag) in black_box(&self.frames) {
            assert_eq!(self.hmac(*place, body), *tag);
        }
    }
}

fn main() {
    let mut deployment = deployment(METERS);
    let round = Round::from(0);
    let frames: Vec<Vec<u8>> = deployment.contributions(round);
    // Frames arrive in any order of their senders, and lie as they came, for us as for the peers.
    let order = (0..frames.len()).map(|i| i * 7_919 % frames.len());
    let frames: Vec<Vec<u8>> = order.filter_map(|i| frames.get(i).cloned()).collect();
    let frames: Vec<&[u8]> = frames.iter().map(Vec::as_slice).collect();
    let open = || deployment.collection(round);

    let one_by_one = || {
        let mut collecting = open();
        frames.iter().for_each(|frame| assert!(collecting.accept(frame).is_ok()));
        collecting
    };
    let many = || {
        let mut collecting = open();
        collecting.accept_many(&frames, |_, outcome| assert!(outcome.is_ok()));
        collecting
    };
    for collecting in [one_by_one(), many()] {
        assert_eq!(collecting.missing().count(), 0);
    }

    let (protocol, kind, group) = (Protocol::Shamir, Kind::Contribution, GroupId(1));
    let expect = Expect { protocol, kind, group, flags: 1 };
    let described: Vec<Described> = frames.iter().map(|frame| Described::of(frame)).collect();
    let protobuf: Vec<Vec<u8>> = described.iter().map(Message::encode_to_vec).collect();
    let json: Vec<Vec<u8>> = described.iter().map(|d| serde_json::to_vec(d).expect("JSON")).collect();
    let total = |sums: &mut dyn Iterator<Item = Option<u64>>| {
        black_box(sums.fold(0, |total, sum| total ^ sum.expect("a right frame")))
    };
    let own = || total(&mut black_box(&frames).iter().map(|frame| decoded(frame, &expect, round)));
    let by_prost = || {
        let decode = |bytes: &Vec<u8>| Described::decode(bytes.as_slice()).ok()?.sum(&expect, round);
        total(&mut black_box(&protobuf).iter().map(decode))
    };
    let by_json = || {
        let decode = |bytes: &Vec<u8>| serde_json::from_slice::<Described>(bytes).ok()?.sum(&expect, round);
        total(&mut black_box(&json).iter().map(decode))
    };
    assert_eq!((own(), own()), (by_prost(), by_json()));
    let tagged = Tagged::new(&frames, round);

    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("frames");
    group.throughput(Throughput::Elements(u64::from(METERS)));
    group.sample_size(20);
    group.bench_function("accept", |b| b.iter(|| black_box(one_by_one())));
    group.bench_function("accept_many", |b| b.iter(|| black_box(many())));
    group.bench_function("tags alone, chacha20poly1305 crate", |b| b.iter(|| tagged.check_by_crate()));
    group.bench_function("tags alone, HMAC-SHA256", |b| b.iter(|| tagged.check_by_hmac()));
    group.bench_function("decode", |b| b.iter(own));
    group.bench_function("decode, prost", |b| b.iter(by_prost));
    group.bench_function("decode, JSON", |b| b.iter(by_json));
    group.finish();
    criterion.final_summary();
    if !std::env::args().any(|argument| argument == "--bench") {
        return; // run as a test
    }

    let each = |time: Duration| time.as_secs_f64() * 1e9 / f64::from(METERS);
    let [single, batch, by_crate, by_hmac] = fastest(
        31,
        [
            &|| drop(black_box(one_by_one())),
            &|| drop(black_box(many())),
            &|| tagged.check_by_crate(),
            &|| tagged.check_by_hmac(),
        ],
    );
    print("frames accept", "ns a frame", each(single));
    print("frames accept_many", "ns a frame", each(batch));
    print("frames accept_many", "x accept", each(single) / each(batch));
    print("tags alone, chacha20poly1305 crate", "ns a frame", each(by_crate));
    print("frames accept_many", "x chacha20poly1305 crate, tags alone", each(by_crate) / each(batch));
    print("tags alone, HMAC-SHA256", "ns a frame", each(by_hmac));
    print("frames accept_many", "x HMAC-SHA256, tags alone", each(by_hmac) / each(batch));
    let ignoring = |sum: &dyn Fn() -> u64| {
        sum();
    };
    let candidates: [&dyn Fn(); 3] = [&|| ignoring(&own), &|| ignoring(&by_prost), &|| ignoring(&by_json)];
    let [own, by_prost, by_json] = fastest(101, candidates);
    print("frames decode", "ns a frame", each(own));
    print("frames decode", "x prost", each(by_prost) / each(own));
    print("frames decode", "x JSON", each(by_json) / each(own));
}
