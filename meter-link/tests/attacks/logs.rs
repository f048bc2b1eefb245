//! An answerer's log in the hands of who goes over it.

use meter_link::answer::{AnswerKind, Answerer, Post};
use meter_link::cohort::Cohort;
use meter_link::log::{Audit, Entry, Form, Log, LogHead};
use meter_link::mark::check;
use meter_link::round::frame_hash;
use meter_link::{Error, Fault, Label, Malformed, Misuse, PartyId, Role, Round};
use sha2::{Digest, Sha256};

use crate::setting::{FIRST, LAST, cohort, last_close, open};

const METERS: usize = 12;

fn world() -> Cohort {
    cohort(80, METERS as u32, 4)
}

/// Holder number 1, that signs.
fn holder() -> Answerer {
    let mut world = world();
    let party = world.answerers.remove(0);
    let (label, kind) = (Label::DcnetHolder, AnswerKind::DcnetRound);
    let post = Post { id: party.id, role: Role::Holder, threshold: 3, label, kind };
    let holder = Answerer::new(&world.view, &post, party.link, &world.roster).unwrap();
    holder.signing(party.identity).unwrap()
}

fn shown(world: &Cohort, offset: u32, set: &[bool]) -> (Round, Vec<u8>, Vec<u8>) {
    let open = open(world, FIRST + offset, None, &[true; METERS]);
    let close = last_close(world, FIRST + offset, frame_hash(&open), &[1, 2, 3], set);
    (Round::from(FIRST + offset), open, close)
}

/// The records of rounds 0 … n − 1.
fn told(holder: &mut Answerer, rounds: u32) -> Vec<Vec<u8>> {
    let world = world();
    let one = |offset| {
        let (now, open, close) = shown(&world, offset, &[true; METERS]);
        holder.open(now, &open).unwrap();
        holder.answer(now, &close).unwrap().record().to_vec()
    };
    (0..rounds).map(one).collect()
}

fn audit(records: &[Vec<u8>]) -> Result<Audit, Error> {
    let world = world();
    let mut audit = Audit::new(world.view.context(), world.answerers[0].id);
    records.iter().try_for_each(|record| audit.follow(record).map(drop))?;
    Ok(audit)
}

fn head_of(holder: &Answerer) -> LogHead {
    let world = world();
    let frame = holder.log_head(Round::from(FIRST + 9)).unwrap();
    LogHead::verify(&frame, &world.view, world.roster.answerers()).unwrap()
}

#[test]
fn a_log_with_an_entry_left_out() {
    let mut holder = holder();
    let records = told(&mut holder, 6);
    let head = head_of(&holder);
    assert_eq!((head.entries, head.head), (6, *holder.log().head()));
    let whole = audit(&records).unwrap();
    assert_eq!(whole.end(&head), Ok(()));
    for left_out in 0..6 {
        let mut records = records.clone();
        records.remove(left_out);
        // The last one leaves a log as it was before: only the signed head knows of it.
        let outcome = audit(&records).and_then(|audit| audit.end(&head));
        assert_eq!(outcome, Err(Error::Inconsistent), "{left_out}");
        assert_eq!(audit(&records).is_ok(), left_out == 5);
    }
    // Nor can one be put in, or two change places.
    for (a, b) in [(0, 1), (2, 5), (4, 5)] {
        let mut records = records.clone();
        records.swap(a, b);
        assert_eq!(audit(&records).unwrap_err(), Error::Inconsistent);
    }
    // Of another answerer it is no log.
    let world = world();
    let mut other = Audit::new(world.view.context(), world.answerers[1].id);
    assert_eq!(other.follow(&records[0]).unwrap_err(), Error::Inconsistent);
    assert_eq!(Audit::new(world.view.context(), world.answerers[1].id).end(&head), Err(Error::Inconsistent));
}

/// A record as a lying answerer makes it, that follows from all before.
fn forged(log: &Log, round: u32, digest: &[u8; 32]) -> Vec<u8> {
    let (form, kind) = (Form::Bound as u8, AnswerKind::DcnetRound as u8);
    let mut record = vec![7, form, kind];
    record.extend(log.len().to_le_bytes());
    record.extend(round.to_le_bytes());
    record.extend(digest);
    record.extend([0xab; 32]);
    let mut hash = Sha256::new_with_prefix(b"wattsum v1 log");
    hash.update(log.head());
    hash.update(&record[1..]);
    record.extend(hash.finalize());
    let check = check(&record);
    record.extend(check);
    record
}

/// The chain alone is whole: an answerer that tells of two sets in one round gives itself away by the digests.
#[test]
fn a_second_digest_of_a_round_in_the_log() {
    let mut holder = holder();
    let mut records = told(&mut holder, 4);
    let (first, _) = Entry::parse(&records[2]).unwrap();
    let same = forged(holder.log(), FIRST + 2, &first.digest);
    let second = forged(holder.log(), FIRST + 2, &[8; 32]);
    records.push(same.clone());
    assert!(audit(&records).is_ok(), "another quorum for the same set");
    records[4] = second.clone();
    let mut chain = Log::new(world().view.context(), world().answerers[0].id);
    assert!(records.iter().all(|record| chain.follow(record).is_ok()));
    let culprit = world().answerers[0].id;
    assert_eq!(audit(&records).unwrap_err(), Fault::Contradiction.of(culprit));
    // After a restart it does not take its own log back either.
    let mut restarted = self::holder();
    let mut replay = records.iter().map(|record| restarted.replay(record));
    assert!(replay.by_ref().take(4).all(|replayed| replayed.is_ok()));
    assert_eq!(replay.next(), Some(Err(Error::Inconsistent)));
    restarted.replay(&same).unwrap();
}

/// Two signed heads of as many entries: rolled back, or two logs for two readers.
#[test]
fn a_log_that_was_rolled_back() {
    let world = world();
    let mut holder = holder();
    told(&mut holder, 3);
    let before = head_of(&holder);
    let mut rolled_back = self::holder();
    told(&mut rolled_back, 2);
    let mut but_one = [true; METERS];
    but_one[3] = false;
    let (now, open, close) = shown(&world, 2, &but_one);
    rolled_back.open(now, &open).unwrap();
    rolled_back.answer(now, &close).unwrap().stored();
    let after = head_of(&rolled_back);
    let culprit = world.answerers[0].id;
    assert_eq!(before.agrees_with(&after), Err(Fault::Contradiction.of(culprit)));
    // A longer one may follow from it, and another's says nothing.
    let mut longer = self::holder();
    told(&mut longer, 4);
    assert_eq!(before.agrees_with(&head_of(&longer)), Ok(()));
    assert_eq!(before.agrees_with(&LogHead { answerer: world.answerers[1].id, ..after }), Ok(()));
}

#[test]
fn a_signed_head_that_was_changed() {
    let world = world();
    let mut holder = holder();
    told(&mut holder, 2);
    let round = Round::from(FIRST + 9);
    let frame = holder.log_head(round).unwrap();
    let answerers = world.roster.answerers();
    let expected = LogHead {
        context: *world.view.context(),
        answerer: world.answerers[0].id,
        round,
        entries: 2,
        head: *holder.log().head(),
    };
    assert_eq!(frame.len(), LogHead::LEN);
    assert_eq!(LogHead::verify(&frame, &world.view, answerers), Ok(expected));
    assert_eq!(expected.sign(&world.view, &world.answerers[0].identity).unwrap(), frame);
    for at in 0..frame.len() {
        for bit in 0..8 {
            let mut bad = frame.clone();
            bad[at] ^= 1 << bit;
            let refused = LogHead::verify(&bad, &world.view, answerers).unwrap_err();
            assert!(matches!(refused, Error::Malformed(_) | Error::Fault { .. }), "byte {at}");
        }
        assert!(LogHead::verify(&frame[..at], &world.view, answerers).is_err());
    }
    // Signed by somebody else, for another epoch, or out of it; and without an identity there is none.
    let own = world.answerers[0].id;
    let other = expected.sign(&world.view, &world.answerers[1].identity).unwrap();
    assert_eq!(LogHead::verify(&other, &world.view, answerers), Err(Fault::BadSignature.of(own)));
    let stranger = LogHead { answerer: PartyId(99), ..expected };
    let stranger = stranger.sign(&world.view, &world.answerers[0].identity).unwrap();
    let unknown = Fault::UnknownSender.of(PartyId(99));
    assert_eq!(LogHead::verify(&stranger, &world.view, answerers), Err(unknown));
    let elsewhere = cohort(81, METERS as u32, 4);
    let refused = LogHead::verify(&frame, &elsewhere.view, elsewhere.roster.answerers());
    assert_eq!(refused, Err(Fault::BadSignature.of(own)));
    let late = LogHead { round: Round::from(LAST + 1), ..expected };
    let late = late.sign(&world.view, &world.answerers[0].identity).unwrap();
    assert_eq!(LogHead::verify(&late, &world.view, answerers), Err(Fault::WrongEpoch.of(own)));
    let mut cohort = self::world();
    let party = cohort.answerers.remove(0);
    let (label, kind) = (Label::DcnetHolder, AnswerKind::DcnetRound);
    let post = Post { id: party.id, role: Role::Holder, threshold: 3, label, kind };
    let silent = Answerer::new(&cohort.view, &post, party.link, &cohort.roster).unwrap();
    assert_eq!(silent.log_head(round), Err(Misuse::WrongRole.into()));
    let other = cohort.answerers.remove(0).identity;
    assert_eq!(silent.signing(other).unwrap_err(), Misuse::UnknownParty.into());
}

/// Devices in the field have records of before there was a log.
#[test]
fn a_record_of_before_the_log() {
    let world = world();
    let (now, open, close) = shown(&world, 0, &[true; METERS]);
    let mut first = holder();
    first.open(now, &open).unwrap();
    let record = first.answer(now, &close).unwrap().record().to_vec();
    let (entry, _) = Entry::parse(&record).unwrap();
    let mut old = vec![2];
    old.extend(FIRST.to_le_bytes());
    old.extend(entry.digest);
    let sum = check(&old);
    old.extend(sum);
    assert_eq!(old.len(), 41);

    let mut but_one = [true; METERS];
    but_one[3] = false;
    let (_, _, second) = shown(&world, 0, &but_one);
    let mut holder = self::holder();
    holder.replay(&old).unwrap();
    holder.open(now, &open).unwrap();
    assert_eq!(holder.answer(now, &second).unwrap_err(), Fault::Contradiction.of(PartyId::UTILITY));
    assert!(holder.log().is_empty());
    assert_eq!(holder.answer(now, &close).unwrap().record(), record);
    for at in 0..old.len() {
        let mut torn = old.clone();
        torn[at] ^= 1;
        for bad in [&torn[..], &old[..at]] {
            assert_eq!(holder.replay(bad), Err(Malformed::BadRecord.into()), "byte {at}");
        }
    }
}
