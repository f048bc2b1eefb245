//! Whole deployments in one process, and every fault on purpose.
#![allow(clippy::arithmetic_side_effects, clippy::cast_possible_truncation)]

mod attacks;
mod crashes;
mod faults;
mod formed;
mod plain;

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use chacha20::ChaCha20Rng;
use meter_link::cohort::{Cohort, Plan};
use meter_link::{HighWater, Identity, LinkSecret, PartyId, Role as PartyRole, Round};
use rand_core::SeedableRng;

use crate::deployment::{
    Answerers, Cmt, Dcnet, Deployment, Elgamal, Ids, Meters, Pki, Replay, Rounds, Utility,
};
use crate::engine::seat::{Device, Keys, Lists, Seat};
use crate::engine::sim::{Network, Tally, Truth};
use crate::engine::timetable::Timetable;
use crate::engine::{Event, Refusal, protocol};
use crate::system::Protocol;

/// Milliseconds of a slot; a letter takes up to 20.
const SLOT: u64 = 4_000;
const BEGINS: u64 = 1_000_000;
const FIRST: u32 = 2;
const LAST: u32 = 600;

/// A deployment.
struct Town {
    network: Network,
    table: Timetable,
    truth: Truth,
    meters: u32,
}

const DRAWN: Cmt = Cmt { derived: false, mean_term: 6, agreement: false };
const DERIVED: Cmt = Cmt { derived: true, mean_term: 6, agreement: false };
const AGREED: Cmt = Cmt { derived: false, mean_term: 6, agreement: true };
const PLAIN: Cmt = Cmt { derived: false, mean_term: 0, agreement: false };
const PLAIN_DERIVED: Cmt = Cmt { derived: true, mean_term: 0, agreement: false };
const ALL: [Cmt; 5] = [DRAWN, DERIVED, AGREED, PLAIN, PLAIN_DERIVED];

fn deployment(meters: u32, cmt: &Cmt) -> Deployment {
    Deployment {
        name: "town".to_owned(),
        protocol: Protocol::Cmt,
        group: 7,
        meters: Meters {
            ids: Ids((1..=meters).map(PartyId).collect()),
            max_reading: Truth::new(meters).largest(),
            min_honest: 5,
            max_colluding: 0,
            max_missing_permille: 0,
        },
        answerers: Answerers { ids: Ids::default(), ..Answerers::default() },
        rounds: Rounds {
            origin: 0,
            period: 900,
            batch: 1,
            replay: Some(Replay { begins: BEGINS, slot: SLOT }),
            epoch: LAST,
            deadline_permille: 400,
            window: 0,
            window_min_rounds: 0,
        },
        dcnet: Dcnet::default(),
        elgamal: Elgamal::default(),
        ckks: Default::default(),
        cmt: cmt.clone(),
        utility: Utility {
            listen: String::new(),
            address: String::new(),
            database: PathBuf::new(),
            dashboard: None,
        },
        pki: Pki { folder: PathBuf::new(), state: PathBuf::new() },
    }
}

/// The secrets of the party that the cohort of this seed made as its n-th.
fn secrets(seed: u64, party: u32) -> (Identity, LinkSecret) {
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    let mut secrets = || (Identity::generate(&mut rng), LinkSecret::generate(&mut rng));
    (0..party).for_each(|_| drop(secrets()));
    secrets()
}

/// Whom the supplier has called concentrator.
fn lead_of(what: &str) -> PartyId {
    let name = what.split("concentrator ").nth(1).unwrap().split(',').next().unwrap();
    PartyId(name.parse().unwrap())
}

fn cohort(deployment: &Deployment, seed: u64) -> Cohort {
    let plan = Plan {
        group: &protocol::group(deployment).unwrap(),
        session: protocol::session(deployment).unwrap(),
        epoch: 3,
        first_round: Round::from(FIRST),
        last_round: Round::from(LAST),
        meters: &deployment.meters.ids.0,
        answerers: &[],
        answerer_role: PartyRole::Holder,
    };
    Cohort::form(&plan, &mut ChaCha20Rng::seed_from_u64(seed)).unwrap()
}

impl Town {
    fn new(meters: u32, cmt: &Cmt, seed: u64) -> Self {
        let deployment = Arc::new(deployment(meters, cmt));
        let cohort = Arc::new(cohort(&deployment, seed));
        let truth = Truth::new(meters);
        let table = deployment.timetable();
        let mut network = Network::new(table.start(Round::from(FIRST - 1)) - 1_000, seed);
        network.bounds = Some(crate::wire::Bounds::of(&deployment));
        for party in 0..=meters {
            let (deployment, cohort) = (Arc::clone(&deployment), Arc::clone(&cohort));
            let make = move |kept| {
                let (identity, link) = secrets(seed, party);
                let member = match party {
                    0 => *cohort.roster.utility().unwrap(),
                    _ => cohort.roster.meters()[party as usize - 1],
                };
                assert_eq!((identity.public(), link.public()), (member.identity, member.link));
                let seat = Seat {
                    view: cohort.view,
                    id: PartyId(party),
                    role: if party == 0 { PartyRole::Utility } else { PartyRole::Meter },
                    place: party.saturating_sub(1),
                    identity,
                    keys: match kept {
                        Some(kept) => Keys::Stored(kept),
                        None => Keys::Fresh(link),
                    },
                    lists: match party {
                        0 => Lists::Whole(cohort.roster.clone()),
                        _ => Lists::Near {
                            answerers: Vec::new(),
                            meters: (0..).zip(cohort.roster.meters().iter().copied()).collect(),
                        },
                    },
                };
                match party {
                    0 => protocol::utility(&deployment, seat).unwrap(),
                    _ => {
                        let source = truth.source(party - 1);
                        let device = Device { mark: HighWater::new(), record: None, source };
                        protocol::meter(&deployment, seat, Arc::new(Mutex::new(device))).unwrap()
                    }
                }
            };
            network.add(PartyId(party), Box::new(make));
        }
        Self { network, table, truth, meters }
    }

    /// Runs until the slot of this round begins.
    fn run_to(&mut self, round: u32) {
        self.network.run_until(self.table.start(Round::from(round)) - 1);
    }

    /// Runs until so many thousandths of the slot of this round are over.
    fn run_into(&mut self, round: u32, permille: u16) {
        self.network.run_until(self.table.at(Round::from(round), permille));
    }

    fn tally(&self) -> Tally {
        self.truth.check(&self.network)
    }

    /// What the supplier says of rings, in order.
    fn topology(&self) -> Vec<String> {
        let told = self.network.events().filter_map(|event| match event {
            Event::Topology { round, what } => Some(format!("{round}: {what}")),
            _ => None,
        });
        told.collect()
    }

    /// Who is concentrator now.
    fn lead(&self) -> PartyId {
        lead_of(&self.topology().pop().unwrap())
    }

    /// What was refused as wrong, and by whom.
    fn faults(&mut self) -> Vec<(PartyId, Refusal)> {
        let ids = self.network.ids();
        let faults = |id: PartyId| {
            let wrong = |refusal: &&Refusal| !matches!(refusal, Refusal::Stale(_));
            self.network
                .node(id)
                .refusals
                .iter()
                .filter(wrong)
                .map(move |refusal| (id, refusal.clone()))
                .collect()
        };
        ids.into_iter().flat_map::<Vec<_>, _>(faults).collect()
    }

    /// The rounds of a span that were not summed over all meters.
    fn not_whole(&self, rounds: std::ops::Range<u32>) -> Vec<u32> {
        let tally = self.tally();
        let whole = |round: &u32| {
            tally.sums.get(round).is_some_and(|(_, members)| members.len() == self.meters as usize)
        };
        rounds.filter(|round| !whole(round)).collect()
    }
}
