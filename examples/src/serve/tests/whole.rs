//! A whole deployment in one test process: real roles, real stores, the driver, and a network without sockets.
#![allow(clippy::arithmetic_side_effects, reason = "a test that fails here shall panic")]

use std::path::PathBuf;

use meter_link::{Role as Part, Round};

use super::*;
use crate::deployment::example;
use crate::deployment::{Deployment, Replay};
use crate::engine::forming::{Head, Party};
use crate::engine::seat::Readings;
use crate::system::Protocol;
use crate::{pki, roles};

/// Everybody's ends of the links.
#[derive(Default)]
struct Star(Mutex<BTreeMap<PartyId, mpsc::Sender<Incoming>>>);

struct Link {
    own: PartyId,
    star: Arc<Star>,
}

impl Star {
    fn put(&self, to: PartyId, incoming: Incoming) {
        if let Some(sender) = self.0.lock().unwrap().get(&to) {
            let _ = sender.try_send(incoming);
        }
    }

    /// Both ends are told, if both are there.
    fn tell(&self, party: PartyId, here: bool) {
        let word = if here { Incoming::Here } else { Incoming::Gone };
        let both = {
            let up = self.0.lock().unwrap();
            up.contains_key(&party) && up.contains_key(&PartyId::UTILITY)
        };
        if both {
            self.put(PartyId::UTILITY, word(party));
            self.put(party, word(PartyId::UTILITY));
        }
    }

    fn others(&self, own: PartyId) -> Vec<PartyId> {
        match own {
            PartyId::UTILITY => self.0.lock().unwrap().keys().copied().filter(|id| *id != own).collect(),
            _ => vec![own],
        }
    }
}

impl Post for Link {
    fn send(&self, to: PartyId, letter: Letter) {
        let from = match &letter {
            Letter::Relay { party, .. } if self.own == PartyId::UTILITY => *party,
            _ => self.own,
        };
        self.star.put(to, Incoming::Letter(from, letter));
    }

    fn hang_up(&self) {
        for party in self.star.others(self.own) {
            self.star.tell(party, false);
            self.star.tell(party, true);
        }
    }
}

/// What meters read: numbers that are found again wherever they turn up.
struct Marked {
    meter: u32,
    read: Arc<Mutex<Vec<i64>>>,
}

fn marked(meter: u32, round: u64) -> i64 {
    1_234_000_000 + i64::from(meter) * 10_000 + i64::try_from(round).unwrap() % 10_000
}

impl Readings for Marked {
    fn reading(&mut self, round: Round) -> Option<Vec<i64>> {
        let reading = marked(self.meter, round.get());
        self.read.lock().unwrap().push(reading);
        Some(vec![reading])
    }
}

pub(crate) struct Whole {
    pub(crate) folder: tempfile::TempDir,
    deployment: Arc<Deployment>,
    star: Arc<Star>,
    tasks: BTreeMap<PartyId, JoinHandle<anyhow::Result<()>>>,
    stoppers: BTreeMap<PartyId, Stopper>,
    pub(crate) read: Arc<Mutex<Vec<i64>>>,
    pub(crate) counts: Arc<Counts>,
}

impl Whole {
    pub(crate) fn new(protocol: Protocol, slot: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut deployment: Deployment = toml::from_str(&example::text(protocol)).unwrap();
        deployment.meters.max_reading = 2_000_000_000;
        deployment.meters.max_missing_permille = if protocol == Protocol::Cmt { 0 } else { 300 };
        deployment.meters.ids = "1-8".to_owned().try_into().unwrap();
        deployment.rounds.replay = Some(Replay { begins: Clock::default().now(), slot });
        deployment.rounds.window = 0;
        deployment.pki.folder = folder.path().join("pki");
        deployment.pki.state = folder.path().join("state");
        deployment.utility.database = folder.path().join("utility.db");
        pki::make(&deployment, &deployment.pki.folder, 2, false).unwrap();
        Self {
            folder,
            deployment: Arc::new(deployment),
            star: Arc::default(),
            tasks: BTreeMap::new(),
            stoppers: BTreeMap::new(),
            read: Arc::default(),
            counts: Arc::default(),
        }
    }

    pub(crate) fn parties(&self) -> Vec<(PartyId, Part)> {
        pki::parties(&self.deployment)
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.deployment.utility.database.clone()
    }

    /// Starts a party that is down, from what is on its disk.
    pub(crate) async fn start(&mut self, id: PartyId, part: Part) {
        let deployment = self.deployment.clone();
        let owner = roles::owner(&deployment, id).unwrap();
        let path = deployment.pki.state.join(format!("{id}.journal"));
        // Whoever was killed may still hold its lock for a moment.
        let store = loop {
            let opened = match part {
                Part::Utility => Store::database(&self.database(), &owner),
                _ => Store::journal(&path, &owner),
            };
            match opened {
                Err(StoreError::InUse { .. }) => tokio::time::sleep(Duration::from_millis(5)).await,
                other => break other.unwrap(),
            }
        };
        let credentials = Arc::new(roles::credentials(&deployment, id).unwrap());
        let read = self.read.clone();
        let start: Start = Box::new(move |kept| {
            let oneself = roles::oneself(&credentials, part);
            let source: Box<dyn Readings> = Box::new(Marked { meter: id.0, read: read.clone() });
            let device = (part == Part::Meter).then(|| roles::device(Arc::new(Mutex::new(source))));
            Ok(match part {
                Part::Utility => Box::new(Head::new(deployment.clone(), oneself, kept)?),
                _ => Box::new(Party::new(deployment.clone(), oneself, device, kept)?),
            })
        });
        let (incoming, receiver) = mpsc::channel(4096);
        let (stopper, stop) = Stop::pair();
        let process = Process {
            party: id,
            clock: Clock::default(),
            store,
            post: Arc::new(Link { own: id, star: self.star.clone() }),
            incoming: receiver,
            hooks: self.counts.clone(),
            faults: (part == Part::Utility).then(|| self.deployment.timetable()),
            start,
        };
        self.star.0.lock().unwrap().insert(id, incoming);
        self.tasks.insert(id, tokio::spawn(run(process, stop)));
        self.stoppers.insert(id, stopper);
        for party in self.star.others(id) {
            self.star.tell(party, true);
        }
    }

    pub(crate) async fn start_all(&mut self) {
        for (id, part) in self.parties() {
            self.start(id, part).await;
        }
    }

    /// As kill -9 does: wherever it waits, for a disk too.
    pub(crate) async fn kill(&mut self, id: PartyId) {
        for party in self.star.others(id) {
            self.star.tell(party, false);
        }
        self.star.0.lock().unwrap().remove(&id);
        let task = self.tasks.remove(&id).unwrap();
        task.abort();
        let _ = task.await;
    }

    pub(crate) fn events(&self) -> Vec<Event> {
        crate::store::events(&self.database(), 0).unwrap().into_iter().map(|(_, event)| event).collect()
    }

    /// Sums so far, after checking each against the truth.
    pub(crate) fn sums(&self) -> usize {
        let (all, mut sums) = (self.events(), 0);
        for event in &all {
            let Event::Sum { round, meters, values } = event else { continue };
            let absent = all.iter().rev().find_map(|event| match event {
                Event::Opened { round: opened, absent, .. } if opened == round => Some(absent.clone()),
                _ => None,
            });
            let missing = all.iter().rev().find_map(|event| match event {
                Event::Closed { round: closed, missing, .. } if closed == round => Some(missing.clone()),
                _ => None,
            });
            let out = [absent.unwrap_or_default(), missing.unwrap_or_default()].concat();
            let set: Vec<u32> = (1..=8).filter(|meter| !out.contains(meter)).collect();
            let truth: i64 = set.iter().map(|meter| marked(*meter, u64::from(*round))).sum();
            assert_eq!(
                (*meters as usize, values.as_slice()),
                (set.len(), [truth].as_slice()),
                "round {round}"
            );
            sums += 1;
        }
        sums
    }

    pub(crate) async fn until_sums(&self, count: usize) {
        for _ in 0..1_200 {
            if self.sums() >= count {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{} sums of {count}: {:#?} {:?}", self.sums(), self.events(), self.counts.0.lock().unwrap());
    }

    pub(crate) async fn stop(mut self) -> tempfile::TempDir {
        self.stoppers.clear();
        for (id, task) in std::mem::take(&mut self.tasks) {
            task.await.unwrap().unwrap_or_else(|error| panic!("{id}: {error:#}"));
        }
        self.folder
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_that_are_killed_again_and_again_give_right_sums_and_each_once() {
    let mut whole = Whole::new(Protocol::Shamir, 400);
    whole.start_all().await;
    whole.until_sums(3).await;
    let parties = whole.parties();
    // A few of everybody, at instants that no role can foresee.
    for turn in 0..12_usize {
        let (id, part) = parties[turn * 5 % parties.len()];
        tokio::time::sleep(Duration::from_millis(37 * (turn as u64 % 7) + 20)).await;
        whole.kill(id).await;
        tokio::time::sleep(Duration::from_millis(60)).await;
        whole.start(id, part).await;
    }
    let before = whole.sums();
    whole.until_sums(before + 5).await;
    let database = whole.database();
    let folder = whole.stop().await;
    crate::store::audit(&database).unwrap();
    drop(folder);
}
