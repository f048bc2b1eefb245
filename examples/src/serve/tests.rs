//! The driver with a toy role and real stores.
#![allow(clippy::arithmetic_side_effects, reason = "a test that fails here shall panic")]

pub(crate) mod whole;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use tokio::task::JoinHandle;

use super::*;
use crate::engine::{Ctx, Event, Letter, Refusal};
use crate::store::Owner;
use crate::watch::Direction;

/// Counts: each "+" is recorded before the count is sent back.
struct Counter {
    count: u32,
    wake_at: Option<u64>,
    wakes: Arc<AtomicU32>,
    log: Arc<Mutex<Vec<String>>>,
}

impl Role for Counter {
    fn receive(&mut self, ctx: &mut Ctx<'_>, from: PartyId, letter: Letter) -> Result<(), Refusal> {
        if let Letter::Refusal(what) = &letter {
            self.log.lock().unwrap().push(format!("{from} refuses: {what}"));
            return Ok(());
        }
        let (Letter::Frame(frame) | Letter::Relay { frame, .. }) = &letter else {
            return Err(Refusal::Stale("a toy has frames only"));
        };
        match frame.as_slice() {
            b"+" => {
                self.count += 1;
                ctx.out.record(b"+");
                ctx.out.event(Event::Sum {
                    round: self.count,
                    meters: 5,
                    values: vec![i64::from(self.count)],
                });
                ctx.out.frame(from, self.count.to_string().as_bytes());
                Ok(())
            }
            b"state" => {
                ctx.out.state(self.count.to_le_bytes().to_vec());
                Ok(())
            }
            b"who" => {
                ctx.out.frame(from, from.0.to_string().as_bytes());
                Ok(())
            }
            b"wrong" => {
                // What a refused step has put in must not come out.
                ctx.out.record(b"+");
                ctx.out.frame(from, b"never sent");
                Err(Refusal::Fault { culprit: from, what: "a bad frame".into() })
            }
            b"faults" => {
                for round in 0..50 {
                    ctx.out.event(Event::Fault { round, party: from.0, what: "as ever".into() });
                }
                Ok(())
            }
            b"broken" => Err(Refusal::Broken("as asked".into())),
            b"panic" => panic!("as asked"),
            b"twice" => {
                for first_round in [1, 2] {
                    let (roster, context) = (String::new(), String::new());
                    let (epoch, last_round, meters, answerers) = (1, 9, 5, 0);
                    ctx.out.event(Event::Epoch {
                        epoch,
                        first_round,
                        last_round,
                        meters,
                        answerers,
                        roster,
                        context,
                    });
                }
                ctx.out.frame(from, b"never sent");
                Ok(())
            }
            b"alarm" | b"late alarm" => {
                self.wake_at = Some(ctx.now + if frame.len() == 5 { 40 } else { 3_000 });
                Ok(())
            }
            large => {
                ctx.out.record(large);
                ctx.out.frame(from, b"stored");
                Ok(())
            }
        }
    }

    fn wake(&mut self, ctx: &mut Ctx<'_>) -> Result<(), Refusal> {
        if self.wake_at.is_some_and(|at| at <= ctx.now) {
            self.wake_at = None;
            self.wakes.fetch_add(1, Ordering::SeqCst);
        }
        Ok(())
    }

    fn next_wake(&self) -> Option<u64> {
        self.wake_at
    }

    fn attends(&mut self, _: &mut Ctx<'_>, party: PartyId, here: bool) {
        self.log.lock().unwrap().push(format!("{party} {here}"));
    }
}

/// Takes down what is sent, and mends links as the real one does.
#[derive(Default)]
struct Mail {
    sent: Mutex<Vec<(PartyId, Letter)>>,
    hung_up: AtomicU32,
    links: Mutex<Vec<PartyId>>,
    incoming: Mutex<Option<mpsc::Sender<Incoming>>>,
    /// Nothing comes out any more: the process is as good as dead.
    dead: AtomicBool,
}

impl Post for Mail {
    fn send(&self, to: PartyId, letter: Letter) {
        if !self.dead.load(Ordering::SeqCst) {
            self.sent.lock().unwrap().push((to, letter));
        }
    }

    fn hang_up(&self) {
        self.hung_up.fetch_add(1, Ordering::SeqCst);
        if let Some(incoming) = &*self.incoming.lock().unwrap() {
            for party in self.links.lock().unwrap().iter() {
                incoming.try_send(Incoming::Gone(*party)).unwrap();
                incoming.try_send(Incoming::Here(*party)).unwrap();
            }
        }
    }
}

#[derive(Default)]
pub(crate) struct Counts(Mutex<BTreeMap<String, u32>>);

impl Counts {
    fn add(&self, what: &str) {
        *self.0.lock().unwrap().entry(what.to_owned()).or_default() += 1;
    }

    fn of(&self, what: &str) -> u32 {
        self.0.lock().unwrap().get(what).copied().unwrap_or(0)
    }
}

impl Hooks for Counts {
    fn event(&self, _: u64, event: &Event) {
        match event {
            Event::Sum { .. } => self.add("sum"),
            _ => self.add("other event"),
        }
    }
    fn link(&self, _: PartyId, here: bool) {
        self.add(if here { "here" } else { "gone" });
    }
    fn letter(&self, direction: Direction, _: &Letter) {
        self.add(match direction {
            Direction::In => "in",
            Direction::Out => "out",
        });
    }
    fn refusal(&self, _: PartyId, _: &'static str, _: &Refusal) {
        self.add("refusal");
    }
    fn restart(&self, why: &str) {
        self.add(&format!("restart: {why}"));
    }
}

struct Rig {
    incoming: mpsc::Sender<Incoming>,
    mail: Arc<Mail>,
    counts: Arc<Counts>,
    wakes: Arc<AtomicU32>,
    log: Arc<Mutex<Vec<String>>>,
    clock: Clock,
    stopper: Stopper,
    task: JoinHandle<anyhow::Result<()>>,
}

fn owner(party: u32) -> Owner {
    Owner { deployment: "test".into(), session: [7; 32], party: PartyId(party) }
}

impl Rig {
    fn start(party: u32, store: Store) -> Self {
        let (incoming, receiver) = mpsc::channel(1024);
        let (stopper, stop) = Stop::pair();
        let (mail, counts) = (Arc::new(Mail::default()), Arc::new(Counts::default()));
        let (wakes, log) = (Arc::new(AtomicU32::new(0)), Arc::new(Mutex::new(Vec::new())));
        *mail.incoming.lock().unwrap() = Some(incoming.clone());
        let clock = Clock::default();
        let (own_wakes, own_log) = (wakes.clone(), log.clone());
        let start: Start = Box::new(move |kept| {
            let count = kept.map_or(0, |kept| {
                let state =
                    kept.state.map_or(0, |state| u32::from_le_bytes(state.as_slice().try_into().unwrap()));
                state + u32::try_from(kept.records.iter().filter(|record| *record == b"+").count()).unwrap()
            });
            Ok(Box::new(Counter { count, wake_at: None, wakes: own_wakes.clone(), log: own_log.clone() }))
        });
        let timetable = Timetable {
            schedule: meter_link::Schedule { origin: 0, period: 900 },
            begins: clock.now() - 7_500,
            slot: 1_000,
        };
        let process = Process {
            party: PartyId(party),
            clock: clock.clone(),
            store,
            post: mail.clone(),
            incoming: receiver,
            hooks: counts.clone(),
            faults: (party == 0).then_some(timetable),
            start,
        };
        let task = tokio::spawn(run(process, stop));
        Self { incoming, mail, counts, wakes, log, clock, stopper, task }
    }

    async fn here(&self, party: u32) {
        self.mail.links.lock().unwrap().push(PartyId(party));
        self.incoming.send(Incoming::Here(PartyId(party))).await.unwrap();
    }

    async fn frame(&self, party: u32, frame: &[u8]) {
        self.incoming.send(Incoming::Letter(PartyId(party), Letter::Frame(frame.to_vec()))).await.unwrap();
    }

    /// What was sent, once there are so many letters.
    async fn sent(&self, count: usize) -> Vec<String> {
        for _ in 0..1_000 {
            if self.mail.sent.lock().unwrap().len() >= count {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let sent = std::mem::take(&mut *self.mail.sent.lock().unwrap());
        let texts = sent.iter().map(|(to, letter)| match letter {
            Letter::Frame(frame) => format!("{to} {}", String::from_utf8_lossy(frame)),
            Letter::Refusal(what) => format!("{to} refused: {what}"),
            other => format!("{to} {other:?}"),
        });
        let texts: Vec<String> = texts.collect();
        assert_eq!(texts.len(), count, "{texts:?}");
        texts
    }

    async fn until(&self, what: impl Fn(&Self) -> bool) {
        for _ in 0..1_000 {
            if what(self) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("it did not happen: {:?}", self.counts.0.lock().unwrap());
    }

    async fn stop(self) -> anyhow::Result<()> {
        self.stopper.stop();
        self.task.await.unwrap()
    }
}

fn journal(folder: &Path) -> Store {
    Store::journal(&folder.join("toy.journal"), &owner(5)).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn letters_go_through_and_a_restart_resumes() {
    let folder = tempfile::tempdir().unwrap();
    let rig = Rig::start(5, journal(folder.path()));
    rig.frame(0, b"+").await;
    rig.here(0).await;
    rig.frame(0, b"+").await;
    rig.frame(0, b"state").await;
    rig.frame(0, b"+").await;
    assert_eq!(rig.sent(2).await, ["0 1", "0 2"], "a letter before its link is none");
    let relayed = Letter::Relay { party: PartyId(9), frame: b"who".to_vec() };
    rig.incoming.send(Incoming::Letter(PartyId(9), relayed)).await.unwrap();
    rig.incoming
        .send(Incoming::Letter(PartyId::UTILITY, Letter::Refusal("\u{1b}[2Jx".into())))
        .await
        .unwrap();
    assert_eq!(rig.sent(1).await, ["9 9"]);
    rig.stop().await.unwrap();
    let rig = Rig::start(5, journal(folder.path()));
    rig.here(0).await;
    rig.frame(0, b"+").await;
    assert_eq!(rig.sent(1).await, ["0 3"]);
    rig.incoming.send(Incoming::Gone(PartyId(0))).await.unwrap();
    rig.here(0).await;
    rig.here(0).await;
    rig.until(|rig| rig.log.lock().unwrap().len() == 5).await;
    assert_eq!(*rig.log.lock().unwrap(), ["0 true", "0 false", "0 true", "0 false", "0 true"]);
    rig.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_step_leaves_nothing_and_is_told_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("utility.db");
    let rig = Rig::start(0, Store::database(&path, &owner(0)).unwrap());
    rig.here(3).await;
    rig.frame(3, b"+").await;
    for _ in 0..200 {
        rig.frame(3, b"wrong").await;
    }
    rig.incoming.send(Incoming::Refused(PartyId(4), "a frame of party 3".into())).await.unwrap();
    rig.frame(3, b"+").await;
    rig.until(|rig| rig.counts.of("sum") == 2).await;
    let sent = rig.sent(3).await;
    assert_eq!(sent, ["3 1", "3 refused: a bad frame", "3 2"]);
    assert_eq!((rig.counts.of("refusal"), rig.counts.of("other event")), (201, 2));
    rig.stop().await.unwrap();
    let db = rusqlite::Connection::open(&path).unwrap();
    let fault: (u32, u32, String) = db
        .query_row("SELECT round, party, what FROM fault WHERE party = 3", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .unwrap();
    assert_eq!(fault, (7, 3, "a bad frame".to_owned()));
    let records: u32 = db.query_row("SELECT count(*) FROM record", [], |row| row.get(0)).unwrap();
    assert_eq!(records, 2);
}

/// Whoever gives cause for faults without end does not fill the audit log, and hides nobody else's.
#[tokio::test(flavor = "multi_thread")]
async fn faults_that_a_role_reports_are_limited() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("utility.db");
    let rig = Rig::start(0, Store::database(&path, &owner(0)).unwrap());
    rig.here(3).await;
    rig.here(4).await;
    for party in [3, 3, 3, 4] {
        rig.frame(party, b"faults").await;
    }
    rig.frame(4, b"+").await;
    assert_eq!(rig.sent(1).await, ["4 1"]);
    rig.stop().await.unwrap();
    let db = rusqlite::Connection::open(&path).unwrap();
    for party in [3, 4] {
        let count = db.query_row("SELECT count(*) FROM fault WHERE party = ?", [party], |row| row.get(0));
        assert_eq!(count, Ok(8u32), "party {party}");
    }
}

/// Who forms an epoch needs to know that a party cannot take part.
#[tokio::test(flavor = "multi_thread")]
async fn the_role_of_the_utility_hears_refusals() {
    for (own, from, heard) in [(0, 3, vec!["3 true", "3 refuses: no"]), (5, 0, vec!["0 true"])] {
        let folder = tempfile::tempdir().unwrap();
        let rig = Rig::start(own, journal(folder.path()));
        rig.here(from).await;
        rig.incoming.send(Incoming::Letter(PartyId(from), Letter::Refusal("no".into()))).await.unwrap();
        rig.frame(from, b"+").await;
        rig.sent(1).await;
        assert_eq!(*rig.log.lock().unwrap(), heard);
        rig.stop().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_broken_starts_again_with_all_links_hung_up() {
    let folder = tempfile::tempdir().unwrap();
    let rig = Rig::start(0, Store::database(&folder.path().join("utility.db"), &owner(0)).unwrap());
    rig.here(3).await;
    rig.here(4).await;
    rig.frame(3, b"+").await;
    rig.frame(3, b"+").await;
    assert_eq!(rig.sent(2).await, ["3 1", "3 2"]);
    for (ill, why) in [
        (b"broken".as_slice(), "restart: as asked"),
        (b"panic", "restart: the role panicked"),
        (b"twice", "restart: contradicts what is recorded: another epoch 1"),
    ] {
        rig.frame(4, ill).await;
        rig.until(|rig| rig.counts.of(why) == 1).await;
    }
    rig.until(|rig| rig.log.lock().unwrap().len() == 8).await;
    assert_eq!(rig.mail.hung_up.load(Ordering::SeqCst), 3);
    assert!(
        rig.log.lock().unwrap().iter().all(|line| line.ends_with("true")),
        "each role is new to its links"
    );
    rig.frame(3, b"+").await;
    assert_eq!(rig.sent(1).await, ["3 3"], "what was counted is not lost, and nothing is counted twice");
    rig.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_between_commit_and_send_it_resumes_behind_the_commit() {
    let folder = tempfile::tempdir().unwrap();
    let rig = Rig::start(5, journal(folder.path()));
    rig.here(0).await;
    rig.frame(0, b"+").await;
    rig.sent(1).await;
    // From here on nothing leaves the process, while the disk still works.
    rig.mail.dead.store(true, Ordering::SeqCst);
    rig.frame(0, b"+").await;
    rig.until(|rig| rig.counts.of("out") == 2).await;
    rig.task.abort();
    let _ = rig.task.await;
    let rig = Rig::start(5, journal(folder.path()));
    rig.here(0).await;
    rig.frame(0, b"+").await;
    assert_eq!(rig.sent(1).await, ["0 3"], "2 was stored and never sent; it is not used again");
    rig.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_a_crash_that_ends_when_there_is_space() {
    let folder = tempfile::tempdir().unwrap();
    let mount = || {
        std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=256k", "tmpfs"])
            .arg(folder.path())
            .output()
    };
    if !mount().is_ok_and(|done| done.status.success()) {
        println!("not run: mounting a small file system needs root");
        return;
    }
    let rig = Rig::start(5, journal(folder.path()));
    rig.here(0).await;
    rig.frame(0, b"+").await;
    assert_eq!(rig.sent(1).await, ["0 1"]);
    rig.frame(0, &vec![b'x'; 300_000]).await;
    rig.until(|rig| rig.mail.hung_up.load(Ordering::SeqCst) >= 1).await;
    rig.until(|rig| rig.log.lock().unwrap().len() >= 2).await;
    rig.frame(0, b"+").await;
    assert_eq!(rig.sent(1).await, ["0 2"]);
    let full = rig.counts.0.lock().unwrap().keys().any(|what| what.contains("No space left"));
    assert!(full, "{:?}", rig.counts.0.lock().unwrap());
    rig.stop().await.unwrap();
    let _ = std::process::Command::new("umount").arg(folder.path()).status();
}

#[tokio::test(flavor = "multi_thread")]
async fn wakes_come_in_time_also_when_the_clock_jumps_or_letters_flood() {
    let folder = tempfile::tempdir().unwrap();
    let rig = Rig::start(5, journal(folder.path()));
    rig.here(0).await;
    rig.frame(0, b"alarm").await;
    rig.until(|rig| rig.wakes.load(Ordering::SeqCst) == 1).await;
    // An alarm an hour after a clock that was set back: due as soon as the clock is right again.
    rig.clock.put_ahead(-3_600_000);
    rig.frame(0, b"late alarm").await;
    rig.until(|rig| rig.counts.of("in") == 2).await;
    rig.clock.put_ahead(-7_200_000);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(rig.wakes.load(Ordering::SeqCst), 1);
    rig.clock.put_ahead(0);
    rig.until(|rig| rig.wakes.load(Ordering::SeqCst) == 2).await;
    rig.frame(0, b"alarm").await;
    let begun = Instant::now();
    while rig.wakes.load(Ordering::SeqCst) < 3 && begun.elapsed() < Duration::from_secs(5) {
        rig.frame(0, b"who").await;
    }
    assert!(begun.elapsed() < Duration::from_millis(500), "{:?}", begun.elapsed());
    rig.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_store_ends_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let rig = Rig::start(5, journal(folder.path()));
    rig.here(0).await;
    rig.frame(0, b"+").await;
    rig.sent(1).await;
    let path = folder.path().join("toy.journal");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[90] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    rig.frame(0, b"broken").await;
    let ended = rig.task.await.unwrap().unwrap_err().to_string();
    assert!(ended.contains("damaged"), "{ended}");
}
