//! Signed frames.

use meter_link::answer::{Stated, Statement};
use meter_link::identity::Identity;
use meter_link::log::{Log, LogHead};
use meter_link::roster::link_key::{announce, verify};
use meter_link::roster::{Certified, Member, RosterBuilder, StoredRoot};
use meter_link::round::{Close, CloseFields, Open, OpenFields};
use meter_link::set::Members;
use meter_link::window::{WindowFields, WindowQuery};
use meter_link::{Header, Kind, LinkPublic, PartyId, Round};

use super::super::world::{FIRST, World};
use super::fixes;

fn signed(world: &World, mode: u8, frame: &mut [u8]) {
    if fixes(mode) {
        world.sign(frame);
    }
}

fn now(mode: u8) -> Round {
    Round::from(FIRST + u32::from(mode >> 1))
}

pub fn header(world: &World, _: u8, bytes: &mut [u8]) -> bool {
    let Ok(header) = Header::parse(bytes) else { return false };
    assert_eq!(header.to_bytes(), bytes[..Header::LEN]);
    assert_eq!(Header::parse(&header.to_bytes()), Ok(header));
    let _ = world.view.check_received_round(now(0), &header);
    let _ = world.view.step(header.round);
    true
}

pub fn open(world: &World, mode: u8, frame: &mut [u8]) -> bool {
    signed(world, mode, frame);
    let Ok(open) = Open::verify(frame, &world.view, now(mode)) else { return false };
    let present = Members::from(open.present);
    let fields = OpenFields { round: open.round, previous: open.previous, present: &present.to_marks() };
    let mut out = vec![0; OpenFields::max_len(world.view.meters())];
    let again = fields.sign(&world.view, &world.identity(PartyId::UTILITY), &mut out).unwrap();
    let again = Open::verify(again, &world.view, now(mode)).unwrap();
    assert_eq!((again.round, again.previous), (open.round, open.previous));
    assert_eq!((Members::from(again.present), again.present.count()), (present, open.present.count()));
    assert!(open.previous.is_none_or(|(previous, _)| previous < open.round));
    true
}

pub fn close(world: &World, mode: u8, frame: &mut [u8]) -> bool {
    signed(world, mode, frame);
    let Ok(close) = Close::verify(frame, &world.view, now(mode)) else { return false };
    let set = Members::from(close.set);
    let (round, pass, previous, is_final) = (close.round, close.pass, close.previous, close.is_final);
    let quorum = close.quorum;
    let fields = CloseFields { round, pass, previous, quorum, is_final, set: &set.to_marks() };
    let mut out = vec![0; CloseFields::max_len(world.view.meters(), world.view.answerers())];
    let again = fields.sign(&world.view, &world.identity(PartyId::UTILITY), &mut out).unwrap();
    let again = Close::verify(again, &world.view, now(mode)).unwrap();
    assert_eq!((again.round, again.pass, again.previous), (round, pass, previous));
    assert_eq!((again.quorum, again.is_final, Members::from(again.set)), (quorum, is_final, set));
    assert!(quorum.is_none_or(|quorum| quorum.iter().all(|number| number <= world.view.answerers())));
    true
}

pub fn link_key(world: &World, mode: u8, frame: &mut [u8]) -> bool {
    signed(world, mode, frame);
    let parties = world.roster.meters().iter().chain(world.roster.answerers()).chain(world.roster.utility());
    let sender = Header::parse(frame).map(|header| header.sender);
    let Some(member) = parties.into_iter().find(|member| sender == Ok(member.id)) else { return false };
    let Member { id, role, identity, .. } = *member;
    let Ok(link) = verify(frame, &world.forming, id, role, &identity) else { return false };
    assert_eq!(announce(&world.forming, id, role, &world.identity(id), link).unwrap(), frame[..]);
    assert!(link.is_canonical() && !link.is_low_order());
    // It makes a key, and a builder takes it once.
    let party = Certified { id, role, identity };
    let announced = Member::announced(&party, frame, &world.forming).unwrap();
    assert_eq!(Member::from_kept_leaf(&announced.leaf()), Ok(announced));
    let mut builder = RosterBuilder::new(world.forming);
    builder.add(&party, frame).unwrap();
    assert!(builder.add(&party, frame).is_err());
    let _ = builder.build();
    let mine = world.link(PartyId(100));
    let key =
        mine.pair_key(meter_link::Label::Seal, world.view.context(), PartyId(100), &announced.peer(), &[]);
    assert_eq!(key.is_err(), id == PartyId(100) || LinkPublic(link.0) == mine.public());
    true
}

pub fn roster_root(world: &World, mode: u8, frame: &mut [u8]) -> bool {
    signed(world, mode, frame);
    let utility = world.identity(PartyId::UTILITY).public();
    let accept = |pinned| StoredRoot::accept(frame, &world.forming, &utility, 0, pinned);
    let Ok(prepared) = accept(None) else { return false };
    let record: [u8; 89] = prepared.record().try_into().unwrap();
    let stored = prepared.stored();
    assert_eq!(StoredRoot::from_bytes(&record), Ok(stored));
    let beacon_time = stored.root().beacon_time;
    assert_eq!(stored.root().sign(&world.forming, &world.identity(PartyId::UTILITY)).unwrap(), frame[..]);
    // The same one again at any time, another never.
    assert_eq!(accept(Some(&stored)).unwrap().stored(), stored);
    assert!(stored.epoch(&world.forming, [1; 32], beacon_time.saturating_sub(1)).is_err());
    let epoch = stored.epoch(&world.forming, [1; 32], beacon_time).unwrap();
    assert!(epoch.first_round <= epoch.last_round);
    true
}

pub fn statement(world: &World, mode: u8, frame: &mut [u8]) -> bool {
    signed(world, mode, frame);
    let kind = if mode & 2 == 0 { Kind::SetStatement } else { Kind::WindowStatement };
    let answerers = world.roster.answerers();
    let Ok(statement) = Statement::verify(frame, &world.view, kind, answerers) else { return false };
    assert_eq!(frame.len(), Statement::LEN);
    let Stated { round, digest, .. } = statement.stated;
    let stated = Stated { kind, round, digest };
    assert_eq!(statement.stated, stated);
    let id = statement.answerer;
    let sign = |number: usize| {
        let id = answerers[number - 1].id;
        stated.sign(&world.view, &world.identity(id), id).unwrap()
    };
    assert_eq!(sign(statement.number.into()), *frame);
    assert_eq!(id, answerers[usize::from(statement.number) - 1].id);
    // Two others make it a certificate, the same one once more does not.
    let others: Vec<Vec<u8>> = (1..=4).filter(|n| *n != usize::from(statement.number)).map(sign).collect();
    let certified = |frames: &[&[u8]]| stated.certified(&world.view, answerers, 3, frames);
    assert_eq!(certified(&[frame, &others[0], &others[1]]).unwrap().len(), 3);
    assert!(certified(&[frame, &others[0], frame]).is_err());
    assert!(certified(&[frame, &others[0]]).is_err());
    true
}

pub fn window_query(world: &World, mode: u8, frame: &mut [u8]) -> bool {
    signed(world, mode, frame);
    let Ok(query) = WindowQuery::verify(frame, &world.view, now(mode)) else { return false };
    assert!(query.window.first <= query.window.last && query.window.last < now(mode));
    let WindowQuery { window, sets_digest, quorum, ref billed } = query;
    let fields = WindowFields { window, sets_digest, quorum, billed };
    let mut out = vec![0; WindowFields::max_len(world.view.meters(), world.view.answerers())];
    let again = fields.sign(&world.view, &world.identity(PartyId::UTILITY), &mut out).unwrap();
    let again = WindowQuery::verify(again, &world.view, now(mode)).unwrap();
    assert_eq!((again.window, again.sets_digest, again.quorum), (window, sets_digest, quorum));
    assert_eq!(again.billed, *billed);
    true
}

pub fn log_head(world: &World, mode: u8, frame: &mut [u8]) -> bool {
    signed(world, mode, frame);
    let Ok(head) = LogHead::verify(frame, &world.view, world.roster.answerers()) else { return false };
    let identity: Identity = world.identity(head.answerer);
    assert_eq!(head.sign(&world.view, &identity).unwrap(), *frame);
    let empty = Log::new(world.view.context(), head.answerer);
    assert_eq!(head.check(&empty).is_ok(), head.entries == 0 && head.head == *empty.head());
    assert!(head.agrees_with(&head).is_ok());
    true
}
