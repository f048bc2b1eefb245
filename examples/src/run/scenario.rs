//! The systems that the crates grew out of, each as a deployment of its own.

use std::path::PathBuf;

use clap::ValueEnum;
use meter_link::PartyId;

use super::stage::{Fault, What};
use crate::deployment::{
    Answerers, Ckks, Cmt, Dcnet, Deployment, Elgamal, Graph, Ids, Meters, Pki, Preset, Rounds, Utility,
};
use crate::system::Protocol;

/// What `wattsum run` can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Scenario {
    /// ElGamal: a key of all participants, encrypted readings, joint decryption, sums per meter over windows
    Collector,
    /// Shamir: one utility and 2 aggregators with 3, 5 and 50 meters, then 4 aggregators, 50 meters and bills
    Aggregators,
    /// DC-net: registration through the relay, a meter that fails after four rounds, repair, return; then 50 meters
    /// in a drawn graph
    Dcnet,
    /// CKKS: sums, means and variances of batches of readings, opened by 3 of 5 trustees, then by one holder of the key
    Analytics,
    /// Ring of meters: licences, tokens, a wandering concentrator, a broken ring
    Ring,
}

/// One deployment of a scenario.
pub(crate) struct Part {
    pub(crate) title: String,
    pub(crate) deployment: Deployment,
    pub(crate) rounds: u32,
    pub(crate) faults: Vec<Fault>,
}

impl Scenario {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Collector => "collector",
            Self::Aggregators => "aggregators",
            Self::Dcnet => "dcnet",
            Self::Analytics => "analytics",
            Self::Ring => "ring",
        }
    }

    /// Milliseconds of a round where the user does not say.
    pub(crate) const fn slot(self) -> u64 {
        match self {
            // The thesis measures with ten-second rounds.
            Self::Dcnet => 10_000,
            Self::Collector | Self::Aggregators | Self::Ring => 1_000,
            // Contributions are a hundred times as long.
            Self::Analytics => 2_000,
        }
    }

    /// Its deployments, one after another; `rounds` overrides how long each is run.
    pub(crate) fn parts(self, rounds: Option<u32>) -> Vec<Part> {
        let at_least = |least: u32| rounds.unwrap_or(least).max(least);
        match self {
            Self::Collector => {
                let mut deployment = deployment(Protocol::Elgamal, 10, 10);
                // Every participant decrypts, as in the source: its key is worth nothing without the others'.
                deployment.elgamal.joint_key = true;
                deployment.answerers.threshold = 10;
                deployment.meters.min_honest = 4;
                (deployment.rounds.window, deployment.rounds.window_min_rounds) = (12, 4);
                vec![Part {
                    title: "10 participants, a key of all of them".into(),
                    deployment,
                    rounds: at_least(16),
                    faults: Vec::new(),
                }]
            }
            Self::Aggregators => {
                let seed = |meters: u32| {
                    let mut deployment = deployment(Protocol::Shamir, meters, 2);
                    (deployment.answerers.threshold, deployment.answerers.max_colluding) = (2, 0);
                    Part {
                        title: format!("{meters} meters, 2 aggregators, both needed"),
                        deployment,
                        rounds: at_least(8),
                        faults: Vec::new(),
                    }
                };
                let mut billed = deployment(Protocol::Shamir, 50, 4);
                (billed.rounds.window, billed.rounds.window_min_rounds) = (12, 6);
                billed.meters.min_honest = 4;
                let first = billed.answerers.ids.0.first().copied().unwrap_or(PartyId(ANSWERERS));
                vec![
                    seed(3),
                    seed(5),
                    seed(50),
                    Part {
                        title: "50 meters with bills, 3 of 4 aggregators, one of them down for a while"
                            .into(),
                        deployment: billed,
                        rounds: at_least(26),
                        faults: vec![
                            Fault { after: 3, party: first, what: What::Kill },
                            Fault { after: 6, party: first, what: What::Start },
                        ],
                    },
                ]
            }
            Self::Dcnet => {
                let mut grown = deployment(Protocol::Dcnet, 8, 4);
                grown.dcnet.graph = Graph::Grown;
                grown.meters.max_missing_permille = 250;
                let mut drawn = deployment(Protocol::Dcnet, 50, 4);
                drawn.dcnet = Dcnet { graph: Graph::Drawn, degree: 20 };
                let fails = |party: u32| {
                    vec![
                        Fault { after: 4, party: PartyId(party), what: What::Kill },
                        Fault { after: 8, party: PartyId(party), what: What::Start },
                    ]
                };
                vec![
                    Part {
                        title: "8 meters in a grown graph; meter 5 fails after four rounds and returns".into(),
                        deployment: grown,
                        rounds: at_least(16),
                        faults: fails(5),
                    },
                    Part {
                        title: "50 meters in a drawn graph (complete up to 256); meter 17 fails after four rounds and returns".into(),
                        deployment: drawn,
                        rounds: at_least(16),
                        faults: fails(17),
                    },
                ]
            }
            Self::Analytics => {
                let epoch = at_least(12).saturating_add(EPOCH_SPARE);
                let mut shared = deployment(Protocol::Ckks, 10, 5);
                shared.answerers.max_colluding = 0;
                (shared.rounds.batch, shared.rounds.epoch) = (4, epoch);
                // Squares of the odd huge reading, and floods of several, need room.
                shared.ckks.preset = Preset::Depth2;
                let mut held = deployment(Protocol::Ckks, 20, 1);
                (held.answerers.threshold, held.answerers.max_colluding) = (1, 0);
                held.ckks.holder = true;
                (shared.meters.max_reading, held.meters.max_reading) = (200_000, 200_000);
                (held.rounds.batch, held.rounds.epoch) = (20, epoch);
                // Of two: any three can open, and the round that one of them breaks off in may be lost.
                let first = shared.answerers.ids.0.first().copied().unwrap_or(PartyId(ANSWERERS));
                vec![
                    Part {
                        title: "10 meters, batches of 4 intervals, 3 of 5 trustees; one of them and a meter fail and return"
                            .into(),
                        deployment: shared,
                        rounds: at_least(12),
                        faults: vec![
                            Fault { after: 3, party: first, what: What::Kill },
                            Fault { after: 4, party: PartyId(4), what: What::Kill },
                            Fault { after: 6, party: first, what: What::Start },
                            Fault { after: 7, party: PartyId(4), what: What::Start },
                        ],
                    },
                    Part {
                        title: "20 meters, batches of 20 intervals, one holder of the key".into(),
                        deployment: held,
                        rounds: at_least(8),
                        faults: Vec::new(),
                    },
                ]
            }
            Self::Ring => {
                let mut deployment = deployment(Protocol::Cmt, 8, 0);
                deployment.cmt = Cmt { mean_term: 6, ..Cmt::default() };
                vec![Part {
                    title: "8 meters, a concentrator that changes; meter 3 breaks the ring and returns"
                        .into(),
                    deployment,
                    rounds: at_least(30),
                    faults: vec![
                        Fault { after: 10, party: PartyId(3), what: What::Kill },
                        Fault { after: 16, party: PartyId(3), what: What::Start },
                    ],
                }]
            }
        }
    }
}

/// Rounds that an epoch of analytics has beyond those that are waited for: some go by before there are keys. Meters encrypt
/// nothing for every round of an epoch when it begins, so that it is no longer than it must be.
const EPOCH_SPARE: u32 = 60;

/// Answerers have ids from here on.
const ANSWERERS: u32 = 1_000_001;

/// A group of meters 1 … `meters` and so many answerers of whom three open a sum.
pub(crate) fn deployment(protocol: Protocol, meters: u32, answerers: u32) -> Deployment {
    let ids = |first: u32, count: u32| Ids((first..first.saturating_add(count)).map(PartyId).collect());
    Deployment {
        name: "demo".into(),
        protocol,
        group: 1,
        meters: Meters {
            ids: ids(1, meters),
            max_reading: 1_000_000,
            min_honest: if protocol == Protocol::Cmt { 5 } else { 3 },
            max_colluding: 0,
            // One of a few meters may fall silent.
            max_missing_permille: match protocol {
                // A ring sums all of its members or nobody.
                Protocol::Cmt => 0,
                _ if meters < 10 => 340,
                _ => 100,
            },
        },
        answerers: Answerers { ids: ids(ANSWERERS, answerers), ..Answerers::default() },
        rounds: Rounds {
            origin: 0,
            period: 900,
            batch: 1,
            replay: None,
            epoch: 2_000,
            deadline_permille: 400,
            window: 0,
            window_min_rounds: 0,
        },
        dcnet: Dcnet::default(),
        elgamal: Elgamal::default(),
        cmt: Cmt::default(),
        ckks: Ckks::default(),
        utility: Utility {
            listen: "127.0.0.1:0".into(),
            address: "https://127.0.0.1:0".into(),
            database: PathBuf::new(),
            dashboard: None,
        },
        pki: Pki { folder: PathBuf::new(), state: PathBuf::new() },
    }
}
