//! Stored records, and what stands inside frames.

use meter_link::answer::{Agreement, Quorum};
use meter_link::frame::{Reader, Writer};
use meter_link::log::{Audit, Entry, Log};
use meter_link::mark::Channels;
use meter_link::reading::Carry;
use meter_link::roster::{Inclusion, List, Member, RootRecord, StoredRoot};
use meter_link::sealed;
use meter_link::set::{Members, SetView};
use meter_link::{Field64, Header, HighWater, PairKey, PartyId, Round};

use super::super::input::Input;
use super::super::keyring::checked;
use super::super::world::{THRESHOLD, World};
use super::fixes;
use meter_link::collect::PartialSum;

/// Records of this length, one after the other; the check of each is put right.
fn records(mode: u8, bytes: &[u8], len: usize) -> Vec<Vec<u8>> {
    let own = |chunk: &[u8]| {
        let mut record = chunk.to_vec();
        if fixes(mode) {
            checked(&mut record);
        }
        record
    };
    bytes.chunks(len).map(own).collect()
}

pub fn log(world: &World, mode: u8, bytes: &mut [u8]) -> bool {
    let id = world.post(1).id;
    let mut log = Log::new(world.view.context(), id);
    let mut audit = Audit::new(world.view.context(), id);
    for record in records(mode, bytes, Agreement::RECORD_LEN) {
        let before = log;
        let parsed = Entry::parse(&record);
        match log.follow(&record) {
            Ok(entry) => {
                assert_eq!(parsed, Ok((entry, *log.head())));
                assert!(log.len() == before.len() + 1 || log == before);
            }
            Err(_) => assert_eq!(log, before),
        }
        let seen = *audit.log();
        if audit.follow(&record).is_err() {
            assert_eq!(*audit.log(), seen);
        }
    }
    !audit.log().is_empty()
}

pub fn agreement(world: &World, mode: u8, bytes: &mut [u8]) -> bool {
    let id = world.post(1).id;
    let mut agreement = Agreement::new(&world.view, id, 1, THRESHOLD).unwrap();
    let len = if mode & 2 == 0 { Agreement::RECORD_LEN } else { 41 };
    let all = records(mode, bytes, len);
    let mut taken = Vec::new();
    for record in &all {
        let mut before = Vec::new();
        agreement.save(&mut before).unwrap();
        if agreement.replay(record).is_ok() {
            taken.push(record);
        } else {
            let mut after = Vec::new();
            agreement.save(&mut after).unwrap();
            assert_eq!(before, after);
        }
    }
    // The digests do not depend on the order, and go through the state.
    let mut backwards = Agreement::new(&world.view, id, 1, THRESHOLD).unwrap();
    taken.iter().rev().for_each(|record| backwards.replay(record).unwrap());
    let fixed = |agreement: &Agreement| {
        let mut out = Vec::new();
        agreement.save(&mut out).unwrap();
        out
    };
    let (one, other) = (fixed(&agreement), fixed(&backwards));
    assert_eq!(one[36..], other[36..]);
    let mut again = Agreement::new(&world.view, id, 1, THRESHOLD).unwrap();
    again.load(&mut Reader::new(&one)).unwrap();
    assert_eq!(fixed(&again), one);
    !taken.is_empty()
}

pub fn stored_root(world: &World, mode: u8, bytes: &mut [u8]) -> bool {
    let Some(record) = bytes.first_chunk_mut::<{ size_of::<RootRecord>() }>() else { return false };
    if fixes(mode) {
        checked(record);
    }
    let Ok(stored) = StoredRoot::from_bytes(record) else { return false };
    let root = stored.root();
    let _ = stored.epoch(&world.forming, [0; 32], root.beacon_time);
    let utility = world.identity(PartyId::UTILITY);
    let frame = world.roster.root(Round::from(2000), 5).sign(&world.forming, &utility).unwrap();
    let _ = StoredRoot::accept(&frame, &world.forming, &utility.public(), 4, Some(&stored));
    true
}

pub fn mark(world: &World, mode: u8, bytes: &mut [u8]) -> bool {
    let (mut mark, mut replayed) = (HighWater::<4>::new(), 0);
    let schedule = world.view.group().schedule;
    for record in records(mode, bytes, HighWater::<0>::RECORD_LEN) {
        replayed += usize::from(mark.replay(&record).is_ok());
        let mut input = Input::new(&record);
        let round = Round::from(input.u32() % 4096);
        let channels =
            Channels { first: (record[0] & 7).into(), count: (record[record.len() - 1] & 7).into() };
        if let Ok(taken) = mark.take(channels, &schedule, round) {
            replayed += 1;
            // Taken for ever, also after a reboot with this record alone.
            assert!(mark.take(channels, &schedule, round).is_err());
            let mut again = HighWater::<4>::new();
            again.replay(&taken).unwrap();
            assert!(again.take(channels, &schedule, round).is_err());
        }
    }
    replayed > 0
}

pub fn progress(world: &World, mode: u8, bytes: &mut [u8]) -> bool {
    if fixes(mode) {
        checked(bytes);
    }
    let mut head = world.head();
    let fresh = head.progress();
    if head.resume(bytes).is_err() {
        assert_eq!(head.progress(), fresh);
        return false;
    }
    let progress = head.progress();
    let mut again = world.head();
    again.resume(&progress).unwrap();
    assert_eq!(again.progress(), progress);
    let now = Round::from(1100);
    let _ = again.open_frame(now, now, &[true; 9]);
    let _ = again.left_out(now).count();
    true
}

pub fn partial_sum(world: &World, mode: u8, bytes: &mut [u8]) -> bool {
    if fixes(mode) {
        checked(bytes);
    }
    let most = if mode & 2 == 0 { world.view.meters() } else { 100_000 };
    let Ok(part) = PartialSum::from_bytes(bytes, most) else { return false };
    assert_eq!(PartialSum::from_bytes(&part.to_bytes().unwrap(), most).as_ref(), Ok(&part));
    assert!(part.count() <= most && part.members().total() <= most);
    assert_eq!(part.clone().merge(&part).is_err(), part.count() > 0);
    let mut contributions = super::states::collection_of(world, 3);
    let before = contributions.to_bytes().unwrap();
    let added = contributions.add(&part).is_ok();
    assert!(added || contributions.to_bytes().unwrap() == before);
    added
}

pub fn carry(_: &World, _: u8, bytes: &mut [u8]) -> bool {
    let Some((record, rest)) = bytes.split_first_chunk::<{ Carry::LEN }>() else { return false };
    let Ok(mut carry) = Carry::from_bytes(record) else { return false };
    assert_eq!(carry.to_bytes(), *record);
    let mut input = Input::new(rest);
    while !input.is_empty() {
        let (reading, most) = (input.u64().cast_signed(), input.u64());
        let before = carry.to_bytes();
        let rest = i128::from(i64::from_le_bytes(before[1..].try_into().unwrap()));
        match carry.fit(reading, most) {
            Ok(fitted) => {
                assert!(fitted.value.unsigned_abs() <= most);
                let after = carry.to_bytes();
                let left = i128::from(i64::from_le_bytes(after[1..].try_into().unwrap()));
                assert_eq!(i128::from(fitted.value) + left, i128::from(reading) + rest);
                assert_eq!(fitted.clamped, left != 0);
            }
            Err(_) => assert_eq!(carry.to_bytes(), before),
        }
    }
    true
}

pub fn sets(_: &World, mode: u8, bytes: &mut [u8]) -> bool {
    let mut input = Input::new(bytes);
    let total = if mode & 1 == 0 { input.u8().into() } else { input.u32() % 70_000 };
    let answerers = input.u8();
    let mut reader = Reader::new(input.rest());
    let mut read = 0;
    if let Ok(view) = SetView::read(&mut reader, total) {
        let members = Members::from(view);
        assert_eq!((members.total(), members.count()), (total, view.count()));
        assert!(members.positions().eq(view.positions()));
        let bytes = members.to_bytes().unwrap();
        assert!(bytes.len() <= meter_link::set::max_len(total));
        assert_eq!(Members::read(&mut Reader::new(&bytes), total), Ok(members));
        read += 1;
    }
    if let Ok(quorum) = Quorum::read(&mut reader, answerers) {
        let mut out = [0u8; 32];
        let mut writer = Writer::new(&mut out);
        quorum.write(&mut writer, answerers).unwrap();
        assert_eq!(Quorum::read(&mut Reader::new(writer.finish()), answerers), Ok(quorum));
        assert_eq!(Quorum::new(&quorum.iter().collect::<Vec<u8>>()), Ok(quorum));
        read += 1;
    }
    if let Ok(element) = reader.element() {
        assert_eq!(Field64::from_bytes(element.to_bytes()), Ok(element));
        assert!(element.to_u64() < Field64::MODULUS);
        read += 1;
    }
    let _ = Quorum::new(reader.rest());
    read == 3
}

pub fn inclusion(world: &World, _: u8, bytes: &mut [u8]) -> bool {
    let mut input = Input::new(bytes);
    let (index, count) = (input.u32(), input.u32());
    let mut own = *world.roster.utility().unwrap();
    let leaf: [u8; Member::LEAF_LEN] = match input.upto(Member::LEAF_LEN).try_into() {
        Ok(leaf) => leaf,
        Err(_) => own.leaf(),
    };
    if let Ok(member) = Member::from_kept_leaf(&leaf) {
        assert_eq!(member.leaf(), leaf);
        own = member;
    }
    let merkle_root = input.upto(32).try_into().unwrap_or([0; 32]);
    let path: Vec<[u8; 32]> = input.rest().as_chunks::<32>().0.to_vec();
    let proof = Inclusion { index, count, merkle_root, path: &path };
    // Nobody but the party that stands there.
    let (roster, answerers) = (&world.roster, world.roster.answerers());
    let listed = proof.verify(&own, List::Roster, &roster.roster_root()).is_ok();
    if listed {
        assert_eq!(roster.utility().into_iter().chain(roster.meters()).nth(index as usize), Some(&own));
    }
    if proof.verify(&own, List::Answerers, &roster.answerers_root()).is_ok() {
        assert_eq!(answerers.get(index as usize), Some(&own));
    }
    listed
}

pub fn sealed(_: &World, mode: u8, bytes: &mut [u8]) -> bool {
    let key = PairKey::from_bytes(&[7; 32]);
    let Ok(header) = Header::parse(bytes) else { return false };
    let Some((message, tag)) = bytes[Header::LEN..].split_last_chunk::<16>() else { return false };
    let receiver = PartyId(u32::from(mode));
    let (mut message, mut tag) = (message.to_vec(), *tag);
    let before = message.clone();
    if fixes(mode) {
        tag = sealed::seal(&key, &header, receiver, &mut message).unwrap();
        sealed::open(&key, &header, receiver, &mut message, &tag).unwrap();
    } else if sealed::open(&key, &header, receiver, &mut message, &tag).is_err() {
        assert_eq!(message, before);
    }
    true
}
