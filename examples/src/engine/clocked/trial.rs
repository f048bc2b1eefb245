//! A deployment of one protocol in the simulator, with or without the forming of epochs: for tests.
#![allow(clippy::arithmetic_side_effects, clippy::cast_possible_truncation)]

use std::rc::Rc;
use std::sync::{Arc, Mutex};

use chacha20::ChaCha20Rng;
use meter_link::cohort::{Cohort, Party, Plan};
use meter_link::roster::Certified;
use meter_link::{HighWater, Identity, PartyId, Role as Part, Round};
use rand_core::SeedableRng;

use crate::deployment::Deployment;
use crate::engine::forming::{Authority, Head, Oneself};
use crate::engine::seat::{Device, Keys, Lists, Readings, Seat};
use crate::engine::sim::{Network, Truth};
use crate::engine::{self, Event, Role, protocol};
use crate::wire::Bounds;

/// What is tested with.
pub(crate) struct Trial {
    pub(crate) deployment: Deployment,
    pub(crate) network: Network,
    pub(crate) truth: Truth,
    /// Everybody's keys, where the epoch is not formed in the network.
    pub(crate) cohort: Option<Rc<dyn Fn() -> Cohort>>,
}

/// The first round's number, and its slot's length in milliseconds.
pub(crate) const FIRST: u32 = 40;
pub(crate) const SLOT: u64 = 2_000;
const BEGINS: u64 = 1_700_000_000_000;

/// A deployment of so many meters and answerers.
pub(crate) struct Choice {
    pub(crate) protocol: &'static str,
    pub(crate) meters: u32,
    pub(crate) answerers: (u8, u8, u8),
    pub(crate) missing: u16,
    pub(crate) min_honest: u32,
    pub(crate) window: u32,
    pub(crate) joint_key: bool,
    pub(crate) rounds: u32,
    pub(crate) seed: u64,
}

impl Choice {
    pub(crate) fn new(protocol: &'static str) -> Self {
        let (meters, answerers, missing, min_honest) = (8, (4, 3, 1), 500, 3);
        let (window, joint_key, rounds, seed) = (0, false, 400, 1);
        Self { protocol, meters, answerers, missing, min_honest, window, joint_key, rounds, seed }
    }

    fn deployment(&self, truth: Truth) -> Deployment {
        let Self { protocol, meters, missing, min_honest, window, joint_key, rounds, .. } = self;
        let (count, threshold, colluding) = self.answerers;
        let (max_reading, last) = (truth.largest(), 100 + u32::from(count));
        // One answerer can only be the holder of a whole key.
        let holder = count == 1;
        toml::from_str(&format!(
            r#"
            name = "trial"
            protocol = "{protocol}"
            group = 7
            meters = {{ ids = "1-{meters}", max_reading = {max_reading}, min_honest = {min_honest}, max_missing_permille = {missing} }}
            answerers = {{ ids = "101-{last}", threshold = {threshold}, max_colluding = {colluding} }}
            elgamal = {{ joint_key = {joint_key} }}
            ckks = {{ holder = {holder} }}
            utility = {{ listen = "", address = "", database = "" }}
            pki = {{ folder = "", state = "" }}
            [rounds]
            origin = 0
            period = 900
            epoch = {rounds}
            window = {window}
            replay = {{ begins = {BEGINS}, slot = {SLOT} }}
            "#
        ))
        .unwrap()
    }
}

/// Silent in some rounds.
struct Shared(Arc<dyn Fn(u32) -> bool + Send + Sync>, Box<dyn Readings>);

impl Readings for Shared {
    fn reading(&mut self, round: Round) -> Option<Vec<i64>> {
        if (self.0)(round.to_u32()) { None } else { self.1.reading(round) }
    }
}

/// Takes every identity for that of the id that it is made of.
struct Registry;

impl Authority for Registry {
    fn certified(&self, certificate: &[u8], _now: u64) -> Result<Certified, String> {
        let (id, role) = certificate.split_first_chunk::<4>().ok_or("short")?;
        let id = PartyId(u32::from_le_bytes(*id));
        let role = Part::try_from(*role.first().ok_or("short")?).map_err(|error| error.to_string())?;
        Ok(Certified { id, role, identity: identity(id).public() })
    }
}

fn identity(id: PartyId) -> Identity {
    let mut seed = [0x5a; 32];
    seed[..4].copy_from_slice(&id.0.to_le_bytes());
    Identity::from_bytes(&mut seed)
}

fn oneself(id: PartyId, role: Part) -> Oneself {
    let certificate = [&id.0.to_le_bytes()[..], &[role as u8]].concat();
    Oneself { id, role, signer: Box::new(move || identity(id)), certificate, authority: Arc::new(Registry) }
}

impl Trial {
    /// With epochs that are formed in the network, as in real deployments.
    pub(crate) fn formed(choice: &Choice, truth: Truth) -> Self {
        let deployment = choice.deployment(truth);
        let now = BEGINS + u64::from(FIRST) * SLOT - 500;
        let mut network = Network::new(now, choice.seed);
        network.bounds = Some(Bounds::of(&deployment));
        let shared = Arc::new(deployment.clone());
        let of_head = Arc::clone(&shared);
        let head = move |kept| -> Box<dyn Role> {
            let own = oneself(PartyId::UTILITY, Part::Utility);
            Box::new(Head::new(Arc::clone(&of_head), own, kept).unwrap())
        };
        network.add(PartyId::UTILITY, Box::new(head));
        let answerer = protocol::answerer(&deployment).unwrap();
        let answerers = deployment.answerers.ids.0.iter().map(|id| (*id, answerer));
        for (id, role) in deployment.meters.ids.0.iter().map(|id| (*id, Part::Meter)).chain(answerers) {
            let deployment = Arc::clone(&shared);
            let make = move |kept| -> Box<dyn Role> {
                let device = (role == Part::Meter).then(|| {
                    let source = truth.source(id.0 - 1);
                    Arc::new(Mutex::new(Device { mark: HighWater::new(), record: None, source }))
                });
                Box::new(
                    engine::forming::Party::new(Arc::clone(&deployment), oneself(id, role), device, kept)
                        .unwrap(),
                )
            };
            network.add(id, Box::new(make));
        }
        Self { deployment, network, truth, cohort: None }
    }

    /// `silent` says which meter (from 0) has no reading in which round.
    pub(crate) fn start(choice: &Choice, truth: Truth, silent: fn(u32, u32) -> bool) -> Self {
        let deployment = choice.deployment(truth);
        let now = BEGINS + u64::from(FIRST) * SLOT - 500;
        let mut network = Network::new(now, choice.seed);
        network.bounds = Some(Bounds::of(&deployment));
        let (meters, answerers) = (deployment.meters.ids.0.clone(), deployment.answerers.ids.0.clone());
        let form = {
            let (deployment, meters, answerers) = (deployment.clone(), meters.clone(), answerers.clone());
            let (seed, last) = (choice.seed, FIRST + choice.rounds - 1);
            move || {
                let plan = Plan {
                    group: &protocol::group(&deployment).unwrap(),
                    session: protocol::session(&deployment).unwrap(),
                    epoch: 0,
                    first_round: Round::from(FIRST),
                    last_round: Round::from(last),
                    meters: &meters,
                    answerers: &answerers,
                    answerer_role: protocol::answerer(&deployment).unwrap(),
                };
                Cohort::form(&plan, &mut ChaCha20Rng::seed_from_u64(seed)).unwrap()
            }
        };
        let form = Rc::new(form);
        let all =
            std::iter::once(PartyId::UTILITY).chain(answerers.iter().copied()).chain(meters.iter().copied());
        for id in all {
            let (deployment, form) = (deployment.clone(), Rc::clone(&form));
            let index = id.0.saturating_sub(1);
            let make = move |kept| {
                let Cohort { view, roster, utility, meters, answerers } = form();
                let all = std::iter::once(utility).chain(meters).chain(answerers);
                let Party { id, role, identity, link } =
                    all.into_iter().find(|party| party.id == id).unwrap();
                let keys = match kept {
                    Some(kept) => Keys::Stored(kept),
                    None => Keys::Fresh(link),
                };
                let (place, lists) = match role {
                    Part::Meter => {
                        let answerers = roster.answerers().to_vec();
                        (index, Lists::Near { answerers, meters: Vec::new() })
                    }
                    Part::Utility => (0, Lists::Whole(roster)),
                    _ => (id.0 - 100, Lists::Whole(roster)),
                };
                let seat = Seat { view, id, role, place, identity, keys, lists };
                match role {
                    Part::Utility => protocol::utility(&deployment, seat).unwrap(),
                    Part::Meter => {
                        let silent = Arc::new(move |round| silent(index, round));
                        let source = Box::new(Shared(silent, truth.source(index)));
                        let device = Device { mark: HighWater::new(), record: None, source };
                        protocol::meter(&deployment, seat, Arc::new(Mutex::new(device))).unwrap()
                    }
                    _ => protocol::helper(&deployment, seat).unwrap(),
                }
            };
            network.add(id, Box::new(make));
        }
        Self { deployment, network, truth, cohort: Some(form) }
    }

    /// Until so many rounds of the epoch are over.
    pub(crate) fn run(&mut self, rounds: u32) {
        self.network.run_until(BEGINS + u64::from(FIRST + rounds) * SLOT - 1);
    }

    /// Into a round, milliseconds.
    pub(crate) fn at(&self, round: u32, into: u64) -> u64 {
        BEGINS + u64::from(FIRST + round) * SLOT + into
    }

    /// What is not in order, to print where a test fails.
    pub(crate) fn complaints(&mut self) -> Vec<String> {
        let mut all = Vec::new();
        for id in self.network.ids() {
            let refusals = self.network.node(id).refusals.clone();
            all.extend(refusals.iter().map(|refusal| format!("{id}: {refusal:?}")));
        }
        all.sort();
        all.dedup();
        all
    }

    /// Every bill is what its meter has sent in the rounds whose sum has it.
    pub(crate) fn check_bills(&self) -> usize {
        self.truth.check(&self.network);
        let mut seen = std::collections::BTreeSet::new();
        for event in self.network.events() {
            let Event::Bill { first_round, rounds, meter, values } = event else { continue };
            assert!(seen.insert((*first_round, *meter)), "meter {meter} is billed twice for {first_round}");
            let window = *first_round..first_round + self.deployment.rounds.window;
            let closed = self.sets();
            let of = |round: &u32| closed.get(round).is_some_and(|set| set.contains(&(meter - 1)));
            let right: i64 =
                window.clone().filter(of).map(|round| self.truth.reading(meter - 1, round)).sum();
            assert_eq!(values, &[right], "meter {meter}, {first_round}");
            assert_eq!(*rounds as usize, window.filter(of).count(), "meter {meter}, {first_round}");
        }
        seen.len()
    }

    /// The closed sets by round, from the events.
    fn sets(&self) -> std::collections::BTreeMap<u32, Vec<u32>> {
        let mut absent = std::collections::BTreeMap::new();
        let mut sets = std::collections::BTreeMap::new();
        for event in self.network.events() {
            match event {
                Event::Opened { round, absent: of, .. } => {
                    absent.insert(*round, of.clone());
                }
                Event::Closed { round, missing, .. } => {
                    let away = absent.get(round).cloned().unwrap_or_default();
                    let all = 1..=self.truth.meters;
                    let set = all.filter(|id| !away.contains(id) && !missing.contains(id)).map(|id| id - 1);
                    sets.insert(*round, set.collect());
                }
                _ => {}
            }
        }
        sets
    }
}
