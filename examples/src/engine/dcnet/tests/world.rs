//! A deployment with its secrets, and what its sums must be.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use chacha20::ChaCha20Rng;
use meter_link::cohort::{Cohort, Plan};
use meter_link::roster::Roster;
use meter_link::{EpochView, HighWater, Identity, LinkSecret, PartyId, Role as Post, Round};
use rand_core::{SeedableRng, TryCryptoRng, TryRng};

use crate::deployment::{
    Answerers, Cmt, Dcnet, Deployment, Elgamal, Graph, Ids, Meters, Pki, Replay, Rounds, Utility,
};
use crate::engine::dcnet;
use crate::engine::seat::{Device, Kept, Keys, Lists, Readings, Seat, SharedDevice};
use crate::engine::sim::Network;
use crate::engine::{Event, Role};
use crate::system::Protocol;
use crate::wire::Bounds;

pub(super) const BEGINS: u64 = 1_700_000_000_000;
pub(super) const SLOT: u64 = 10_000;
pub(super) const LAST: u32 = 5_000;

/// Whether a meter, by its index, is silent in a round.
pub(super) type Silent = Arc<dyn Fn(u32, u32) -> bool + Send + Sync>;

/// All secrets of an epoch: the same at every start of a process.
pub(super) struct Setting {
    pub(super) deployment: Deployment,
    pub(super) view: EpochView,
    pub(super) roster: Roster,
    /// Seeds of identity and link key, by party.
    secrets: BTreeMap<PartyId, [[u8; 32]; 2]>,
    silent: Silent,
}

pub(super) struct World {
    pub(super) setting: Rc<Setting>,
    pub(super) network: Network,
}

pub(super) fn reading(index: u32, round: u32) -> i64 {
    (1 << (10 + index % 40)) + (i64::from(index) * 7919 + i64::from(round) * 31) % 1000
}

pub(super) fn deployment(meters: u32, graph: Graph, degree: u32) -> Deployment {
    Deployment {
        name: "test".to_owned(),
        protocol: Protocol::Dcnet,
        group: 7,
        meters: Meters {
            ids: Ids((1..=meters).map(PartyId).collect()),
            max_reading: 1 << 51,
            min_honest: 3,
            max_colluding: 0,
            max_missing_permille: 400,
        },
        answerers: Answerers { ids: Ids((1001..=1004).map(PartyId).collect()), ..Answerers::default() },
        rounds: Rounds {
            origin: 0,
            period: 900,
            batch: 1,
            replay: Some(Replay { begins: BEGINS, slot: SLOT }),
            epoch: LAST + 1,
            deadline_permille: 500,
            window: 0,
            window_min_rounds: 0,
        },
        dcnet: Dcnet { graph, degree },
        elgamal: Elgamal::default(),
        cmt: Cmt::default(),
        ckks: Default::default(),
        utility: Utility {
            listen: String::new(),
            address: String::new(),
            database: PathBuf::new(),
            dashboard: None,
        },
        pki: Pki { folder: PathBuf::new(), state: PathBuf::new() },
    }
}

impl Setting {
    fn new(deployment: Deployment, silent: Silent) -> Self {
        let params = dcnet::params(&deployment).unwrap();
        let (meters, holders) = (&deployment.meters.ids.0, &deployment.answerers.ids.0);
        let plan = Plan {
            group: params.group(),
            session: params.session(),
            epoch: 0,
            first_round: Round::from(0),
            last_round: Round::from(LAST),
            meters,
            answerers: holders,
            answerer_role: Post::Holder,
        };
        let mut rng = Recorder { rng: ChaCha20Rng::seed_from_u64(5), drawn: Vec::new() };
        let cohort = Cohort::form(&plan, &mut rng).unwrap();
        let parties = std::iter::once(&PartyId::UTILITY).chain(meters).chain(holders);
        let secrets = parties.zip(rng.drawn.chunks_exact(2)).map(|(id, drawn)| (*id, [drawn[0], drawn[1]]));
        let secrets = secrets.collect();
        Setting { view: cohort.view, roster: cohort.roster, secrets, silent, deployment }
    }

    pub(super) fn identity(&self, id: PartyId) -> Identity {
        Identity::from_bytes(&mut self.secrets[&id][0].clone())
    }

    fn seat(&self, id: PartyId, kept: Option<Kept>) -> Seat {
        let place = self.roster.position(id).map_or(0, |place| place as u32);
        let number = self.roster.answerers().iter().position(|holder| holder.id == id);
        let role = match number {
            _ if id == PartyId::UTILITY => Post::Utility,
            Some(_) => Post::Holder,
            None => Post::Meter,
        };
        let lists = match role {
            Post::Meter => {
                let near =
                    dcnet::near(&self.deployment, self.view.epoch(), place, self.view.meters()).unwrap();
                let meters =
                    near.iter().map(|place| (*place, self.roster.meters()[*place as usize])).collect();
                Lists::Near { answerers: self.roster.answerers().to_vec(), meters }
            }
            _ => Lists::Whole(self.roster.clone()),
        };
        let keys = match kept {
            None => Keys::Fresh(LinkSecret::from_bytes(&mut self.secrets[&id][1].clone())),
            Some(kept) => Keys::Stored(kept),
        };
        let place = number.map_or(place, |number| number as u32 + 1);
        Seat { view: self.view, id, role, place, identity: self.identity(id), keys, lists }
    }

    fn start(&self, id: PartyId, kept: Option<Kept>) -> Box<dyn Role> {
        let seat = self.seat(id, kept);
        match seat.role {
            Post::Utility => dcnet::utility(&self.deployment, seat).unwrap(),
            Post::Meter => {
                let batch = self.deployment.rounds.batch;
                let source = Source { index: seat.place, batch, silent: Arc::clone(&self.silent) };
                let device = Device { mark: HighWater::new(), record: None, source: Box::new(source) };
                let device: SharedDevice = Arc::new(Mutex::new(device));
                dcnet::meter(&self.deployment, seat, device).unwrap()
            }
            _ => dcnet::answerer(&self.deployment, seat).unwrap(),
        }
    }
}

impl World {
    pub(super) fn new(deployment: Deployment, seed: u64, silent: Silent) -> Self {
        let setting = Rc::new(Setting::new(deployment, silent));
        let mut network = Network::new(BEGINS - 1_000, seed);
        network.bounds = Some(Bounds::of(&setting.deployment));
        for id in setting.secrets.keys() {
            let (id, setting) = (*id, Rc::clone(&setting));
            network.add(id, Box::new(move |kept| setting.start(id, kept)));
        }
        World { setting, network }
    }

    /// Everybody always has a reading.
    pub(super) fn diligent(meters: u32, seed: u64) -> Self {
        Self::new(deployment(meters, Graph::Complete, 0), seed, Arc::new(|_, _| false))
    }

    /// To the end of a round's slot.
    pub(super) fn run_through(&mut self, round: u32) {
        self.network.run_until(BEGINS + SLOT * (u64::from(round) + 1) - 1);
    }

    pub(super) fn run_into(&mut self, round: u32, into: u64) {
        self.network.run_until(BEGINS + SLOT * u64::from(round) + into);
    }

    pub(super) fn events(&self) -> Vec<Event> {
        self.network.events().cloned().collect()
    }

    /// Checks every sum against the readings of whom the round's last Close has, and that no round has two outcomes.
    /// Returns how many meters each sum is of.
    pub(super) fn check(&self) -> BTreeMap<u32, u32> {
        let meters: Vec<u32> = self.setting.roster.meters().iter().map(|meter| meter.id.0).collect();
        let (mut sums, mut lost) = (BTreeMap::new(), BTreeMap::new());
        let (mut absent, mut missing) = (BTreeMap::new(), BTreeMap::new());
        for event in self.network.events() {
            match event {
                Event::Opened { round, absent: ids, .. } => {
                    assert_eq!(absent.insert(*round, ids.clone()), None, "round {round} is opened twice");
                }
                Event::Closed { round, missing: ids, last, .. } => {
                    assert!(!missing.contains_key(round), "round {round} is closed behind its last Close");
                    if *last {
                        missing.insert(*round, ids.clone());
                    }
                }
                Event::Sum { round, meters: count, values } => {
                    let out = |id: &u32| absent[round].contains(id) || missing[round].contains(id);
                    let inside = (0u32..).zip(&meters).filter(|(_, id)| !out(id)).map(|(index, _)| index);
                    let truth: i64 = inside.clone().map(|index| reading(index, *round)).sum();
                    assert_eq!((inside.count() as u32, truth), (*count, values[0]), "round {round}");
                    let rows = (0i64..).zip(values).map(|(n, value)| value - n * i64::from(*count));
                    assert!(rows.into_iter().all(|value| value == truth), "round {round}: {values:?}");
                    assert_eq!(sums.insert(*round, *count), None, "round {round} has two sums");
                }
                Event::Lost { round, why } => {
                    assert_eq!(lost.insert(*round, why.clone()), None, "round {round} is lost twice");
                }
                _ => {}
            }
        }
        assert!(lost.keys().all(|round| !sums.contains_key(round)), "{lost:?}");
        sums
    }

    pub(super) fn lost(&self) -> BTreeMap<u32, String> {
        let lost = self.network.events().filter_map(|event| match event {
            Event::Lost { round, why } => Some((*round, why.clone())),
            _ => None,
        });
        lost.collect()
    }
}

struct Source {
    index: u32,
    batch: u16,
    silent: Silent,
}

impl Readings for Source {
    fn reading(&mut self, round: Round) -> Option<Vec<i64>> {
        let round = round.to_u32();
        let values = || (0..self.batch).map(|n| reading(self.index, round) + i64::from(n)).collect();
        (!(self.silent)(self.index, round)).then(values)
    }
}

/// Chance, and a note of what was drawn.
struct Recorder {
    rng: ChaCha20Rng,
    drawn: Vec<[u8; 32]>,
}

impl TryRng for Recorder {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.rng.try_next_u32()
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.rng.try_next_u64()
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        self.rng.try_fill_bytes(out)?;
        self.drawn.push(<[u8; 32]>::try_from(&*out).unwrap());
        Ok(())
    }
}

impl TryCryptoRng for Recorder {}
