//! Frames and records of ceremonies, as a member with all others' reads them.

use meter_link::{Kind, Scope};
use threshold_elgamal::Error;
use threshold_elgamal::ceremony::{Ceremony, Joining};

use super::super::keyring::checked;
use super::super::seeds::rites;
use super::super::world::World;
use super::fixes;

/// By whomever the header names, in this ceremony.
fn sign(mode: u8, frame: &mut [u8]) {
    let rites = rites();
    if let Some((body, trailer)) = frame.split_last_chunk_mut::<64>()
        && fixes(mode)
        && let Ok(header) = meter_link::Header::parse(body)
        && let Some(person) = rites.people.iter().find(|person| person.id == header.sender)
    {
        let scope = Scope::Context(rites.ceremony.id());
        *trailer = person.identity().sign(header.kind, &scope, body);
    }
}

/// What an honest one has signed is never its fault, and an echo of that always fits.
fn fair(frame: &[u8], refused: Error) {
    let own = rites().all.iter().flatten().any(|other| other == frame);
    assert!(!own || matches!(refused, Error::Malformed(_)), "{refused:?}");
}

pub fn announcement(_: &World, mode: u8, frame: &mut [u8]) -> bool {
    sign(mode, frame);
    let mut member = rites().joining();
    let before = member.missing().count();
    match member.accept(frame) {
        Ok(()) => {
            assert_eq!(member.accept(frame), Ok(()));
            true
        }
        Err(refused) => {
            assert_eq!(member.missing().count(), before);
            fair(frame, refused);
            false
        }
    }
}

pub fn echo(_: &World, mode: u8, frame: &mut [u8]) -> bool {
    sign(mode, frame);
    let mut member = rites().echoing();
    match member.accept(frame) {
        Ok(()) => {
            let own = rites().all[1].iter().any(|other| other == frame);
            assert_eq!(member.disputes().count() == 0, own || frame[16..144] == rites().all[1][0][16..144]);
            assert!(member.close().is_err());
            true
        }
        Err(refused) => {
            fair(frame, refused);
            false
        }
    }
}

pub fn shares(_: &World, mode: u8, frame: &mut [u8]) -> bool {
    sign(mode, frame);
    let mut member = rites().sharing();
    match member.accept(frame) {
        Ok(()) => {
            // A complaint about it is right, and judged so.
            for complaint in member.complaints() {
                let verdict = member.judge(complaint).unwrap();
                assert_eq!(verdict.culprit.0.to_le_bytes(), frame[8..12]);
                assert!(!rites().all[2].iter().any(|other| other == frame));
            }
            true
        }
        Err(refused) => {
            fair(frame, refused);
            false
        }
    }
}

/// Nobody has dealt a wrong share: whoever complains about theirs is wrong itself.
pub fn complaint(_: &World, mode: u8, frame: &mut [u8]) -> bool {
    // The dealer's frame in it is signed too.
    if mode & 2 == 0
        && let Some(shares) = frame.get_mut(16..16 + rites().all[2][0].len())
    {
        sign(mode, shares);
    }
    sign(mode, frame);
    let Ok(verdict) = rites().sharing().judge(frame) else { return false };
    let length = rites().all[2][0].len();
    let theirs =
        frame.get(16..16 + length).is_some_and(|shares| rites().all[2].iter().any(|own| own == shares));
    assert!(!theirs || verdict.culprit.0.to_le_bytes() == frame[8..12], "{verdict:?}");
    true
}

pub fn confirmation(_: &World, mode: u8, frame: &mut [u8]) -> bool {
    sign(mode, frame);
    let mut member = rites().confirming();
    match member.accept(frame) {
        Ok(()) => {
            let _ = member.disputes().count();
            assert!(member.finish().is_err());
            true
        }
        Err(refused) => {
            fair(frame, refused);
            false
        }
    }
}

/// A log of records, each with its check; and two frames that may contradict.
pub fn record(_: &World, mode: u8, bytes: &mut [u8]) -> bool {
    let rites = rites();
    let ceremony: &Ceremony = &rites.ceremony;
    if mode & 2 == 2 {
        let (one, other) = bytes.split_at_mut(bytes.len() / 2);
        sign(mode, one);
        sign(mode, other);
        let Ok(verdict) = ceremony.contradiction(one, other) else { return false };
        assert!(one != other && one[8..12] == verdict.culprit.0.to_le_bytes());
        assert_ne!(meter_link::Header::parse(one).unwrap().kind, Kind::Complaint);
        return true;
    }
    if fixes(mode) {
        for record in bytes.chunks_mut(70) {
            if let Some(id) = record.get_mut(2..34) {
                id.copy_from_slice(ceremony.id().as_bytes());
            }
            checked(record);
        }
    }
    let resumed = Joining::resume(ceremony, rites.people[0].bare(), bytes.chunks(70));
    resumed.is_ok_and(|joining| joining.frame().len() == rites.all[0][0].len())
}
