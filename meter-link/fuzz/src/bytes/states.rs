//! States that a restart reads.

use std::sync::Arc;

use meter_link::answer::{Agreement, Ledger};
use meter_link::collect::Collection;
use meter_link::frame::{Flags, Reader};
use meter_link::head::Head;
use meter_link::toggle::Toggles;
use meter_link::window::Books;
use meter_link::{Header, Kind, PartyId, Round};

use super::super::keyring::checked;
use super::super::seeds;
use super::super::world::{FIRST, METERS, THRESHOLD, WINDOW, WORDS, World};
use super::fixes;

/// A round that waits for all meters but the last, and has the frames of the first few.
pub fn collection_of(world: &World, here: usize) -> Collection {
    let head = world.head();
    let mut waiting = vec![true; METERS as usize];
    waiting[METERS as usize - 1] = false;
    let (kind, flags) = (Kind::Contribution, Flags::TRANSMISSION);
    let parties = Arc::clone(head.parties());
    let mut collection = Collection::new(&parties, Round::from(FIRST), kind, flags, WORDS, waiting);
    for meter in 0..here {
        collection.accept(&seeds::contribution(world, meter, 0)).unwrap();
    }
    collection
}

pub fn collection(world: &World, mode: u8, bytes: &mut [u8]) -> bool {
    if fixes(mode) {
        // The sum inside has a check of its own.
        if mode & 2 != 0
            && let Some(len) = bytes.len().checked_sub(4)
        {
            let inner = (64 + usize::from(mode >> 2)).min(len);
            checked(&mut bytes[len - inner..len]);
        }
        if let Some(context) = bytes.get_mut(..32) {
            context.copy_from_slice(world.view.context().as_bytes());
        }
        checked(bytes);
    }
    let mut collection = collection_of(world, 2);
    let before = collection.to_bytes().unwrap();
    let merged = collection.merge_bytes(bytes);
    match merged {
        Ok(()) => {
            let mut again = collection_of(world, 0);
            again.merge_bytes(&collection.to_bytes().unwrap()).unwrap();
            assert_eq!(again.to_bytes(), collection.to_bytes());
            assert_eq!(again.partial(), collection.partial());
        }
        Err(_) => assert_eq!(collection.to_bytes().unwrap(), before),
    }
    let here = collection.here();
    assert_eq!(collection.sum(&here).len(), WORDS);
    assert_eq!(here.len(), METERS as usize);
    merged.is_ok()
}

fn read_head(world: &World, state: &[u8]) -> Option<(Head, Vec<u8>)> {
    let identity = world.identity(PartyId::UTILITY);
    let (head, own) = Head::from_bytes(&world.view, identity, world.roster.clone(), state).ok()?;
    Some((head, own.rest().to_vec()))
}

pub fn head(world: &World, mode: u8, bytes: &mut [u8]) -> bool {
    if fixes(mode) {
        // The progress inside has a check of its own.
        if let Some(progress) = bytes.get_mut(33..33 + 46) {
            checked(progress);
        }
        world.own(bytes);
    }
    let Some((mut head, own)) = read_head(world, bytes) else { return false };
    let written = head.to_bytes(&own).unwrap();
    let (again, rest) = read_head(world, &written).unwrap();
    assert_eq!((again.to_bytes(&rest).unwrap(), rest), (written, own));
    // It goes on, or refuses.
    let now = Round::from(FIRST + u32::from(mode >> 1) * 8);
    let _ = head.left_out(now).count();
    if let Ok(collecting) = head.open(now, now, &[true; METERS as usize], WORDS) {
        assert!(collecting.missing().count() >= 4);
    }
    true
}

pub fn reopen(world: &World, mode: u8, bytes: &mut [u8]) -> bool {
    if fixes(mode) {
        let len = bytes.get(1..5).map_or(0, |len| u32::from_le_bytes(len.try_into().unwrap()) as usize);
        if let Some(open) = len.checked_add(5).and_then(|end| bytes.get_mut(5..end)) {
            world.sign(open);
        }
        if let Some(rest) = len.checked_add(5).and_then(|end| bytes.get_mut(end..)) {
            if let Some(context) = rest.get_mut(..32) {
                context.copy_from_slice(world.view.context().as_bytes());
            }
            checked(rest);
        }
    }
    let mut head = world.head();
    if mode & 2 != 0 {
        let round = Round::from(FIRST + 1);
        head.open_frame(round, round, &[true; METERS as usize]).unwrap();
    }
    let Ok(collecting) = head.reopen(bytes, WORDS) else { return false };
    let again = head.reopen(&collecting.to_bytes().unwrap(), WORDS).unwrap();
    assert_eq!(again.to_bytes(), collecting.to_bytes());
    assert!(again.missing().eq(collecting.missing()));
    assert!(Header::parse(collecting.frame()).is_ok());
    let ended = collecting.end();
    // Nobody is in the set whom the Open does not name.
    assert!(ended.set.iter().zip(&ended.present).all(|(set, present)| !set || *present));
    true
}

pub fn answerer(world: &World, mode: u8, bytes: &mut [u8]) -> bool {
    if fixes(mode) {
        world.own(bytes);
    }
    let Ok(mut answerer) = world.restored(1, bytes) else { return false };
    let written = answerer.to_bytes().unwrap();
    assert_eq!(world.restored(1, &written).unwrap().to_bytes().unwrap(), written);
    // It goes on, or refuses and stays as it is.
    let story = seeds::story(world);
    let (now, open, close) = &story.rounds[usize::from(mode >> 2) % story.rounds.len()];
    let now = *now;
    let _ = answerer.open(now, open);
    for step in 0..5 {
        let before = answerer.to_bytes().unwrap();
        let taken = match step {
            0 if mode & 2 == 0 => answerer.answer(now, close).is_ok(),
            0 => answerer.agree(now, close).is_ok(),
            1 => answerer.follow(now, close).is_ok(),
            2 => answerer.catch_up(now, open, close).is_ok(),
            3 => answerer.bill(Round::from(FIRST + WINDOW), &story.query).is_ok(),
            _ => answerer.agree_bill(Round::from(FIRST + WINDOW), &story.query).is_ok(),
        };
        if !taken {
            assert_eq!(*before, *answerer.to_bytes().unwrap(), "step {step}");
        }
    }
    let _ = answerer.log_head(now);
    true
}

/// The parts by themselves, on one reader after the other.
pub fn parts(world: &World, mode: u8, bytes: &mut [u8]) -> bool {
    let (epoch, mut reader) = (world.view.epoch(), Reader::new(bytes));
    let mut out = Vec::new();
    match (mode >> 1) & 3 {
        0 => {
            let mut toggles = Toggles::new(epoch.first_round, METERS);
            if toggles.load(&mut reader).is_ok() {
                toggles.save(&mut out).unwrap();
                let mut again = Toggles::new(epoch.first_round, METERS);
                again.load(&mut Reader::new(&out)).unwrap();
                assert_eq!(again.last(), toggles.last());
                let round = Round::from(FIRST + u32::from(mode >> 3) * 100);
                assert!(again.left_out(round, mode >> 4).eq(toggles.left_out(round, mode >> 4)));
            }
        }
        1 => {
            let mut books = Books::new(&world.windows, epoch, METERS);
            if books.load(&mut reader).is_ok() {
                books.save(&mut out).unwrap();
                let mut again = Books::new(&world.windows, epoch, METERS);
                again.load(&mut Reader::new(&out)).unwrap();
                let digests = |books: &Books| books.iter().map(|book| book.sets_digest()).collect::<Vec<_>>();
                assert_eq!(digests(&again), digests(&books));
                assert!(books.iter().count() <= Books::KEPT);
                books
                    .iter()
                    .for_each(|book| assert!(book.billable().is_none_or(|billed| book.permits(&billed))));
            } else {
                assert_eq!(books.iter().count(), 0);
            }
        }
        2 => {
            let mut ledger = Ledger::new(&world.windows, epoch, METERS, 2);
            if ledger.load(&mut reader).is_ok() {
                ledger.save(&mut out).unwrap();
                let mut again = Ledger::new(&world.windows, epoch, METERS, 2);
                again.load(&mut Reader::new(&out)).unwrap();
                let mut twice = Vec::new();
                again.save(&mut twice).unwrap();
                assert_eq!(twice, out);
            }
        }
        _ => {
            let id = world.post(1).id;
            let mut agreement = Agreement::new(&world.view, id, 1, THRESHOLD).unwrap();
            if agreement.load(&mut reader).is_ok() {
                agreement.save(&mut out).unwrap();
                let mut again = Agreement::new(&world.view, id, 1, THRESHOLD).unwrap();
                again.load(&mut Reader::new(&out)).unwrap();
                let mut twice = Vec::new();
                again.save(&mut twice).unwrap();
                assert_eq!(twice, out);
            }
        }
    }
    !out.is_empty()
}
