//! Signatures, tagged frames, sealed messages, sets, quorums and stored records.

use meter_link::answer::Quorum;
use meter_link::frame::{Expect, Flags, Reader, TaggedFrame, Writer};
use meter_link::reading::Carry;
use meter_link::roster::StoredRoot;
use meter_link::set::{self, SetView};
use meter_link::{
    Channels, Context, Error, Field64, GroupId, Header, HighWater, Identity, IdentityKey, Kind, Label,
    Malformed, PairKey, PartyId, Protocol, Role, Schedule, Scope, Session, sealed,
};
use serde_json::Value;

use crate::json::{array, bytes, edges, id, int, ints, members, name, refused, rows, section};
use crate::rounds::answerer;
use crate::world::{World, round, secret};

/// Every number that a header or a leaf can carry, and none that is not assigned.
#[test]
fn vectors_of_numbers() {
    let section = section("numbers");
    for (list, read) in [
        (
            "protocols",
            (|byte| Protocol::try_from(byte).map(|p| format!("{p:?}"))) as fn(u8) -> Result<String, Error>,
        ),
        ("roles", |byte| Role::try_from(byte).map(|r| format!("{r:?}"))),
        ("kinds", |byte| Kind::try_from(byte).map(|k| format!("{k:?}"))),
    ] {
        let listed = section[list].as_object().unwrap();
        let mut assigned = 0;
        for byte in 0..=u8::MAX {
            let name = listed.get(&byte.to_string()).and_then(Value::as_str);
            assert_eq!(read(byte).ok().as_deref(), name, "{list} {byte}");
            assigned += usize::from(name.is_some());
        }
        assert_eq!(assigned, listed.len());
    }
}

#[test]
fn vectors_of_signatures() {
    let section = section("signatures");
    let verify = |row: &Value, sign: bool| {
        let (context, session) = (Context(array(&row["context"])), row["session"].as_str());
        let session = session.map(|_| Session(array(&row["session"])));
        let scope = match &session {
            Some(session) => Scope::Forming { session, epoch: id(&row["epoch"]) },
            None => Scope::Context(&context),
        };
        let (kind, body) = (Kind::try_from(int(&row["kind"]) as u8).unwrap(), bytes(&row["body"]));
        if sign {
            let identity = Identity::from_bytes(&mut array(&row["seed"]));
            assert_eq!(identity.public().0, array(&row["identity"]));
            assert_eq!(identity.sign(kind, &scope, &body), array(&row["signature"]));
        }
        let key = IdentityKey(array(&row["identity"]));
        key.verify(PartyId(7), kind, &scope, &body, &array(&row["signature"]))
    };
    rows(section, "good").iter().for_each(|row| verify(row, true).unwrap());
    for row in rows(section, "bad") {
        let error = verify(row, false).expect_err(row["case"].as_str().unwrap());
        assert_eq!(name(&error), "fault BadSignature by 7");
    }
}

fn header(row: &Value) -> Header {
    Header {
        protocol: Protocol::try_from(int(&row["protocol"]) as u8).unwrap(),
        kind: Kind::try_from(int(&row["kind"]) as u8).unwrap(),
        flags: Flags(int(&row["flags"]) as u8),
        group: GroupId(id(&row["group"])),
        sender: PartyId(id(&row["sender"])),
        round: round(&row["round"]),
    }
}

fn tagged(row: &Value, words: usize, frame: &[u8]) -> Result<(Header, Vec<Field64>), Error> {
    let expect = Expect {
        protocol: Protocol::try_from(int(&row["protocol"]) as u8)?,
        kind: Kind::try_from(int(&row["kind"]) as u8)?,
        group: GroupId(id(&row["group"])),
        flags: int(&row["flags"]) as u8,
    };
    let frame = TaggedFrame::parse(frame, &expect)?;
    let mut payload = frame.verify(&PairKey::from_bytes(&array(&row["key"])))?;
    let mut values = vec![Field64::ZERO; words];
    payload.elements(&mut values)?;
    payload.end()?;
    Ok((*frame.header(), values))
}

#[test]
fn vectors_of_tagged_frames() {
    let section = section("frames");
    for row in rows(section, "good") {
        let (header, key) = (header(row), PairKey::from_bytes(&array(&row["key"])));
        let values = ints(&row["values"]).into_iter().map(|v| Field64::from_bytes(v.to_le_bytes()).unwrap());
        let values: Vec<Field64> = values.collect();
        let mut out = vec![0; Header::LEN + 8 * values.len() + 16];
        let mut writer = Writer::frame(&mut out, &header).unwrap();
        writer.elements(&values).unwrap();
        let frame = writer.finish_tagged(&header, &key).unwrap();
        assert_eq!(frame, bytes(&row["frame"]));
        assert_eq!(tagged(row, values.len(), frame), Ok((header, values)));
    }
    let first = &rows(section, "good")[0];
    edges(section, &bytes(&first["frame"]), |frame| tagged(first, 4, frame));
    for row in rows(section, "bad") {
        refused(row, tagged(row, int(&row["words"]) as usize, &bytes(&row["frame"])));
    }
}

fn opened(row: &Value) -> Result<Vec<u8>, Error> {
    let (key, header) = (PairKey::from_bytes(&array(&row["key"])), Header::parse(&bytes(&row["header"]))?);
    let mut message = bytes(&row["sealed"]);
    let tag: [u8; sealed::OVERHEAD] = message.split_off(message.len() - 16).try_into().unwrap();
    sealed::open(&key, &header, PartyId(id(&row["receiver"])), &mut message, &tag)?;
    Ok(message)
}

#[test]
fn vectors_of_sealed_messages() {
    let section = section("sealed");
    for row in rows(section, "good") {
        let (key, header) =
            (PairKey::from_bytes(&array(&row["key"])), Header::parse(&bytes(&row["header"])).unwrap());
        let mut message = bytes(&row["message"]);
        let tag = sealed::seal(&key, &header, PartyId(id(&row["receiver"])), &mut message).unwrap();
        message.extend(tag);
        assert_eq!(message, bytes(&row["sealed"]));
        assert_eq!(opened(row).unwrap(), bytes(&row["message"]));
    }
    rows(section, "bad").iter().for_each(|row| refused(row, opened(row)));
    for row in rows(section, "labels") {
        let world = World::of(row);
        let (a, b) = (world.party(id(&row["a"])), world.party(id(&row["b"])));
        let position = world.roster.position(PartyId(id(&b["id"]))).unwrap();
        let peer = world.roster.meters()[position].peer();
        let key = secret(a).pair_key(Label::Seal, world.view.context(), PartyId(id(&a["id"])), &peer, &[]);
        assert_eq!(key.unwrap().to_bytes()[..], bytes(&row["key"]));
    }
}

fn read(row: &Value) -> Result<Vec<bool>, Error> {
    let (total, bytes) = (id(&row["total"]), bytes(&row["bytes"]));
    let mut reader = Reader::new(&bytes);
    let set = SetView::read(&mut reader, total)?;
    reader.end()?;
    let member: Vec<bool> = (0..total).map(|p| set.contains(p)).collect();
    assert_eq!(set.count() as usize, member.iter().filter(|m| **m).count());
    assert!(set.positions().eq((0..total).filter(|p| member[*p as usize])));
    Ok(member)
}

#[test]
fn vectors_of_sets() {
    let section = section("sets");
    for row in rows(section, "good") {
        let member = members(int(&row["total"]) as usize, &row["absent"]);
        let mut out = vec![0; set::max_len(member.len() as u32)];
        let mut writer = Writer::new(&mut out);
        set::write(&mut writer, &member).unwrap();
        assert_eq!(writer.finish(), bytes(&row["bytes"]));
        assert_eq!(read(row), Ok(member));
    }
    for row in rows(section, "readable") {
        assert_eq!(read(row), Ok(members(int(&row["total"]) as usize, &row["absent"])));
    }
    rows(section, "bad").iter().for_each(|row| refused(row, read(row)));
    for row in rows(section, "digests") {
        let ids: Vec<PartyId> = ints(&row["ids"]).into_iter().map(|id| PartyId(id as u32)).collect();
        let digest = set::digest(&array(&row["commitment"]), ids.len() as u32, ids.iter().copied());
        assert_eq!(digest, array(&row["digest"]));
    }
}

#[test]
fn vectors_of_quorums() {
    let section = section("quorums");
    let read = |row: &Value| {
        let mask = bytes(&row["mask"]);
        let mut reader = Reader::new(&mask);
        let quorum = Quorum::read(&mut reader, int(&row["answerers"]) as u8)?;
        reader.end().map(|()| quorum)
    };
    for row in rows(section, "good") {
        let numbers: Vec<u8> = ints(&row["numbers"]).into_iter().map(|n| n as u8).collect();
        let quorum = Quorum::new(&numbers).unwrap();
        assert_eq!(read(row), Ok(quorum));
        let mut out = [0; 32];
        let mut writer = Writer::new(&mut out);
        quorum.write(&mut writer, int(&row["answerers"]) as u8).unwrap();
        assert_eq!(writer.finish(), bytes(&row["mask"]));
    }
    rows(section, "bad").iter().for_each(|row| refused(row, read(row)));
}

#[test]
fn vectors_of_records() {
    let section = section("records");
    for row in rows(section, "marks") {
        let channels = Channels { first: int(&row["first"]) as u16, count: int(&row["count"]) as u16 };
        let schedule = Schedule { origin: int(&row["origin"]), period: id(&row["period"]) };
        let record = HighWater::<4>::new().take(channels, &schedule, round(&row["round"])).unwrap();
        assert_eq!(record[..], bytes(&row["record"]));
        let mut again = HighWater::<4>::new();
        again.replay(&record).unwrap();
        assert!(again.take(channels, &schedule, round(&row["round"])).is_err());
    }
    for row in rows(section, "carries") {
        let rest = row["rest"].as_i64().unwrap();
        let mut carry = Carry::from_bytes(&array(&row["record"])).unwrap();
        assert_eq!(carry.to_bytes()[..], bytes(&row["record"]));
        let most = i64::MAX.unsigned_abs();
        let expected = rest.clamp(-i64::MAX, i64::MAX);
        assert_eq!(carry.fit(0, most).unwrap().value, expected);
    }
    let mut holder = answerer(World::number(0), 1);
    rows(section, "answered").iter().for_each(|row| holder.replay(&bytes(&row["record"])).unwrap());
    for row in rows(section, "bad") {
        let record = bytes(&row["record"]);
        let result = match row["kind"].as_str().unwrap() {
            "mark" => HighWater::<4>::new().replay(&record),
            "answered" => holder.replay(&record),
            "root" => StoredRoot::from_bytes(&record.try_into().unwrap()).map(drop),
            "carry" => Carry::from_bytes(&record.try_into().unwrap()).map(drop),
            other => panic!("{other}"),
        };
        assert_eq!(result, Err(Malformed::BadRecord.into()), "{row}");
    }
}
