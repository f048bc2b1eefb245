//! The meters' own frames: whole, cut, with every bit turned over, between garbage, and from a socket and a FIFO.
#![allow(clippy::arithmetic_side_effects, reason = "a test that fails here shall panic")]

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use dlms_cosem_rs::codec::Encode;
use dlms_cosem_rs::transport::hdlc::{Address, Control, Frame};
use dlms_cosem_rs::transport::wrapper::Wpdu;
use serde_json::Value;

use super::push::Shown;
use super::stream::Stream;
use super::*;
use crate::deployment::example::deployment;

/// A capture: its name, its bytes behind the HDLC header, and the register in Wh if it holds it.
struct Capture {
    name: String,
    bytes: Vec<u8>,
    register: Option<u64>,
}

/// The captures, where the data is.
fn captures() -> Option<Vec<Capture>> {
    let data =
        std::env::var_os("WATTSUM_DATA").map_or_else(|| PathBuf::from("../shared/data"), PathBuf::from);
    let path = PathBuf::from("..").join(data).join("frames/dlms_push_frames.json");
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("not run: there is no {}", path.display());
        return None;
    };
    let list: Vec<Value> = serde_json::from_str(&text).unwrap();
    let capture = |value: &Value| Capture {
        name: format!("{} {}", value["meter"], value["name"]),
        bytes: hex(value["hex"].as_str().unwrap()),
        register: value["expect"]["active_power_import_total"].as_u64(),
    };
    assert!(list.len() >= 11);
    Some(list.iter().map(capture).collect())
}

fn hex(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

fn oslo() -> Maker {
    Maker { zone: Some(stamp::zone("Europe/Oslo").unwrap()), scaler: None }
}

fn frame(information: &[u8], segmented: bool) -> Vec<u8> {
    let (destination, source) = (Address::Single(1), Address::Double { upper: 1, lower: 1 });
    let mut framed = Vec::new();
    Frame { segmented, destination, source, control: Control::Ui, information }.encode(&mut framed).unwrap();
    framed
}

fn messages(stream: &mut Stream, bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    stream.feed(bytes, |message| found.push(message.to_vec()));
    found
}

fn wh(shown: &Shown) -> u64 {
    shown.steps * 10u64.pow(u32::try_from(shown.scaler).unwrap())
}

#[test]
fn registers_of_real_frames() {
    let Some(captures) = captures() else { return };
    let mut with = 0;
    for capture in &captures {
        let found = messages(&mut Stream::new(false), &frame(&capture.bytes, false));
        assert_eq!(found, [capture.bytes[3..].to_vec()], "{}", capture.name);
        let shown = oslo().read(&found[0]).unwrap_or_else(|what| panic!("{}: {what}", capture.name));
        assert_eq!(shown.as_ref().map(wh), capture.register, "{}", capture.name);
        with += usize::from(shown.is_some());
    }
    assert_eq!(with, 5);
}

#[test]
fn clocks_of_real_frames() {
    let Some(captures) = captures() else { return };
    let at = |name: &str, maker: &Maker| {
        let capture = captures.iter().find(|capture| capture.name.contains(name)).unwrap();
        maker.read(&capture.bytes[3..]).map(|shown| shown.unwrap().at)
    };
    let second = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_second().unsigned_abs();
    assert_eq!(at("kaifa\" \"no_list_3", &oslo()), Ok(second("2020-01-25T14:00:10+01:00")));
    assert_eq!(at("kamstrup\" \"no_list_2", &oslo()), Ok(second("2021-11-24T00:00:25+01:00")));
    // These tell their offset.
    assert_eq!(at("kaifa\" \"se_list", &oslo()), Ok(second("2021-09-22T17:35:30+01:00")));
    let none = Maker { zone: None, scaler: None };
    assert_eq!(at("kaifa\" \"se_list", &none), Ok(second("2021-09-22T17:35:30+01:00")));
    assert!(at("kaifa\" \"no_list_3", &none).err().unwrap().contains("name its zone"));
}

#[test]
fn a_frame_that_is_cut_or_turned_over_is_none() {
    let Some(captures) = captures() else { return };
    for capture in &captures {
        let framed = frame(&capture.bytes, false);
        for end in 0..framed.len() {
            assert!(messages(&mut Stream::new(false), &framed[..end]).is_empty(), "{} {end}", capture.name);
        }
        for bit in 0..framed.len() * 8 {
            let mut damaged = framed.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            let mut stream = Stream::new(false);
            let found = messages(&mut stream, &damaged);
            assert!(found.is_empty(), "{} bit {bit}", capture.name);
            // The next frame is found behind it, at the latest when the length that was turned over is over.
            let next = messages(&mut stream, &[framed.clone(), vec![0; 2048]].concat());
            assert_eq!(
                next.last().map(Vec::as_slice),
                Some(&capture.bytes[3..]),
                "{} bit {bit}",
                capture.name
            );
        }
    }
}

/// Behind a wrapper there is no check sequence: the decoder itself must bear everything.
#[test]
fn the_decoder_bears_every_cut_and_every_byte() {
    let Some(captures) = captures() else { return };
    for capture in &captures {
        let apdu = &capture.bytes[3..];
        for end in 0..apdu.len() {
            assert!(!matches!(oslo().read(&apdu[..end]), Ok(Some(_))), "{} {end}", capture.name);
        }
        for place in 0..apdu.len() {
            for byte in 0..=255 {
                let mut other = apdu.to_vec();
                other[place] = byte;
                let _ = oslo().read(&other);
            }
        }
        assert!(oslo().read(&[apdu, &[0]].concat()).is_err());
    }
}

#[test]
fn a_stream_of_all_frames_in_any_pieces_between_garbage() {
    let Some(captures) = captures() else { return };
    let garbage: [&[u8]; 4] = [b"", b"\x7e\x7e\xa0", b"\xff\x00\x7e\xa7\xff hello", &[0x7E; 300]];
    let mut stream = Vec::new();
    for (number, capture) in captures.iter().enumerate() {
        stream.extend_from_slice(garbage[number % garbage.len()]);
        stream.extend(frame(&capture.bytes, false));
    }
    // A candidate of the garbage may be as long as a frame gets.
    stream.extend([0; 2048]);
    let expected: Vec<_> = captures.iter().map(|capture| capture.bytes[3..].to_vec()).collect();
    for size in [1, 2, 3, 7, 64, 1000, stream.len()] {
        let mut reader = Stream::new(false);
        let found: Vec<_> = stream.chunks(size).flat_map(|piece| messages(&mut reader, piece)).collect();
        assert_eq!(found.len(), expected.len(), "pieces of {size}");
        assert!(found.iter().all(|message| expected.contains(message)), "pieces of {size}");
    }
}

#[test]
fn frames_that_share_a_flag_and_messages_in_segments() {
    let body = [b"\xe6\xe7\x00".as_slice(), &[7; 500]].concat();
    let (first, second) = body.split_at(100);
    let mut stream = frame(first, true);
    stream.pop();
    stream.extend(frame(second, false));
    stream.pop();
    stream.extend(frame(&body, false));
    assert_eq!(messages(&mut Stream::new(false), &stream), [body[3..].to_vec(), body[3..].to_vec()]);
    // A message that never ends does not fill the memory, and the next one is found.
    let mut reader = Stream::new(false);
    for _ in 0..100 {
        assert!(messages(&mut reader, &frame(&[1; 2000], true)).is_empty());
    }
    messages(&mut reader, &frame(&[1; 100], false));
    assert_eq!(messages(&mut reader, &frame(&body, false)), [body[3..].to_vec()]);
}

#[test]
fn wrappers_after_garbage() {
    let mut wrapped = Vec::new();
    Wpdu::new(1, 1, b"message").unwrap().encode(&mut wrapped).unwrap();
    let stream = [b"\xff\xfe".as_slice(), &wrapped, &wrapped, b"\x00\x07", &wrapped].concat();
    for size in [1, 5, stream.len()] {
        let mut reader = Stream::new(true);
        let found: Vec<_> = stream.chunks(size).flat_map(|piece| messages(&mut reader, piece)).collect();
        assert_eq!(found, vec![b"message".to_vec(); 3]);
    }
}

/// A push as Aidon's, of an hour of 2026-01-05 and a register.
fn push(hour: u8, steps: u32) -> Vec<u8> {
    let mut bytes = hex("e6e7000f40000000000102020209060000010000ff090c07ea010501");
    bytes.extend([hour, 0, 10, 0xff, 0, 0, 0]);
    bytes.extend(hex("020309060100010800ff06"));
    bytes.extend(steps.to_be_bytes());
    bytes.extend(hex("02020f01161e"));
    bytes
}

fn hourly() -> Deployment {
    let mut deployment = deployment();
    deployment.rounds.origin = 1_767_571_200; // 2026-01-05T00:00Z
    deployment.rounds.period = 3600;
    deployment
}

fn wait(source: &mut Pushed, round: u64) -> Option<i64> {
    let end = Instant::now() + Duration::from_secs(20);
    while Instant::now() < end {
        if let Some(reading) = source.interval(round) {
            return Some(reading);
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    None
}

fn start(source: &str) -> Pushed {
    match source.parse().unwrap() {
        crate::sources::Source::Dlms { port, options } => {
            Pushed::start(port, &options, &hourly(), PartyId(1)).unwrap()
        }
        _ => panic!("{source}"),
    }
}

#[test]
fn a_meter_that_is_dialled_hangs_up_and_is_dialled_again() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut source = start(&format!("dlms-tcp:{}", listener.local_addr().unwrap()));
    assert_eq!(source.interval(0), None, "it must not wait");
    let (mut meter, _) = listener.accept().unwrap();
    meter.write_all(&[frame(&push(0, 100), false), frame(&push(1, 130), false)].concat()).unwrap();
    assert_eq!(wait(&mut source, 0), Some(300));
    drop(meter);
    let (mut meter, _) = listener.accept().unwrap();
    meter.write_all(&[b"noise\x7e".to_vec(), frame(&push(2, 133), false)].concat()).unwrap();
    assert_eq!(wait(&mut source, 1), Some(30));
    assert_eq!(source.interval(2), None);
}

#[test]
fn a_meter_that_dials_and_one_that_takes_its_place() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut source = start(&format!("dlms-listen:{free}?wrapper"));
    let wrapped = |hour, steps| {
        let (mut bytes, push) = (Vec::new(), push(hour, steps));
        Wpdu::new(1, 1, &push[3..]).unwrap().encode(&mut bytes).unwrap();
        bytes
    };
    let mut first = TcpStream::connect(free).unwrap();
    first.write_all(&wrapped(5, 1000)).unwrap();
    first.write_all(&wrapped(6, 1001)).unwrap();
    assert_eq!(wait(&mut source, 5), Some(10));
    let mut second = TcpStream::connect(free).unwrap();
    second.write_all(&wrapped(7, 1003)).unwrap();
    assert_eq!(wait(&mut source, 6), Some(20));
}

#[test]
fn a_file_that_grows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("port");
    std::fs::write(&path, frame(&push(0, 1), false)).unwrap();
    let mut source = start(&format!("dlms-serial:{}", path.display()));
    std::thread::sleep(Duration::from_millis(50));
    let mut file = std::fs::File::options().append(true).open(&path).unwrap();
    file.write_all(&frame(&push(1, 6), false)).unwrap();
    assert_eq!(wait(&mut source, 0), Some(50));
}
