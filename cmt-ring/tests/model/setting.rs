//! Who there is, which generations may be tried, and every frame that was ever sent.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use chacha20::ChaCha20Rng;
use cmt_ring::order::Order;
use cmt_ring::{Generation, Listed, Mode, Params};
use meter_link::cohort::{Cohort, Plan as CohortPlan};
use meter_link::roster::Roster;
use meter_link::{
    EpochView, GroupConfig, GroupId, GroupParams, Kind, LinkSecret, PartyId, Role, Round, SetRules,
};
use rand_core::SeedableRng;
use sha2::{Digest, Sha256};

/// Party number of the supplier.
pub(crate) const SUPPLIER: u8 = 255;

/// What a device or the caller does wrong, to see that it is found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Bug {
    Nothing,
    /// A reboot finds no mark.
    MarkLost,
    /// A reboot finds no record of a generation.
    GenerationLost,
    /// Every call gets a new mark, while the meter lives.
    FreshMark,
}

/// A generation that its first member may try to form at any time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Plan {
    pub(crate) generation: u32,
    pub(crate) from: u8,
    /// Ascending.
    pub(crate) set: Vec<u8>,
    /// By the draw; the first is the concentrator.
    pub(crate) ring: Vec<u8>,
    /// The plan that it heals.
    pub(crate) heals: Option<u8>,
}

/// What a frame is, to those who see through all of them.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Said {
    pub(crate) kind: Kind,
    pub(crate) by: u8,
    pub(crate) to: u8,
    pub(crate) plan: u8,
    pub(crate) round: u8,
    /// In a contribution.
    pub(crate) reading: i64,
}

pub(crate) struct Frame {
    pub(crate) bytes: Vec<u8>,
    pub(crate) said: Said,
}

#[derive(Default)]
struct Frames {
    numbers: HashMap<(Said, Vec<u8>), u16>,
    all: Vec<Arc<Frame>>,
}

pub(crate) struct Setting {
    pub(crate) params: Params,
    pub(crate) view: EpochView,
    pub(crate) roster: Roster,
    pub(crate) listed: Vec<Listed>,
    pub(crate) links: Vec<LinkSecret>,
    pub(crate) utility: LinkSecret,
    /// Those to be tried, and at last the one that shows how it goes on.
    pub(crate) plans: Vec<Plan>,
    pub(crate) rounds: u8,
    pub(crate) bug: Bug,
    frames: RwLock<Frames>,
}

impl Setting {
    /// Meters 0 … n − 1, and generations as (number, first round, set), formed anew or as healings of the first of them. `seed` decides whom the draw makes concentrator.
    pub(crate) fn new(
        meters: u8,
        mode: Mode,
        rounds: u8,
        tried: &[(u32, u8, &[u8])],
        heals: &[(u32, u8, &[u8])],
        seed: u64,
    ) -> Self {
        let rules = SetRules { min_honest: 3, max_colluding: 0, max_missing_permille: 0 };
        let config = GroupConfig { rules, ..Params::config(GroupId(7)) };
        let params = Params::unsafe_small(GroupParams::new(config).unwrap(), mode).unwrap();
        let ids: Vec<PartyId> = (0..meters).map(|i| PartyId(1000 + 10 * u32::from(i))).collect();
        let plan = CohortPlan {
            group: params.group(),
            session: params.session(),
            epoch: 3,
            first_round: Round::from(0),
            last_round: Round::from(999),
            meters: &ids,
            answerers: &[],
            answerer_role: Role::Holder,
        };
        let formed = Cohort::form(&plan, &mut ChaCha20Rng::seed_from_u64(seed)).unwrap();
        let Cohort { view, roster, utility, meters: parties, .. } = formed;
        let everybody: Vec<u8> = (0..meters).collect();
        let last = tried.iter().chain(heals).map(|(generation, ..)| generation + 1).max().unwrap();
        let all = tried.iter().copied().chain([(last, rounds, &everybody[..])]);
        let plans = all.map(|(generation, from, set)| {
            let ring = Order::arrange(view.epoch(), Generation(generation), set).unwrap();
            Plan { generation, from, set: set.to_vec(), ring, heals: None }
        });
        let mut plans: Vec<Plan> = plans.collect();
        for (generation, from, set) in heals {
            let ring = plans[0].ring.iter().copied().filter(|meter| set.contains(meter)).collect();
            let plan = Plan { generation: *generation, from: *from, set: set.to_vec(), ring, heals: Some(0) };
            plans.insert(plans.len() - 1, plan);
        }
        Setting {
            params,
            view,
            plans,
            listed: (0..)
                .zip(roster.meters())
                .map(|(position, m)| Listed { position, peer: m.peer() })
                .collect(),
            links: parties.into_iter().map(|party| party.link).collect(),
            utility: utility.link,
            roster,
            rounds,
            bug: Bug::Nothing,
            frames: RwLock::default(),
        }
    }

    pub(crate) fn meters(&self) -> u8 {
        self.listed.len() as u8
    }

    /// Plans but for the last.
    pub(crate) fn tried(&self) -> &[Plan] {
        &self.plans[..self.plans.len() - 1]
    }

    pub(crate) fn last_plan(&self) -> u8 {
        self.plans.len() as u8 - 1
    }

    /// What a meter reads. A second look may give another value.
    pub(crate) fn reading(meter: u8, round: u8, look: u8) -> i64 {
        i64::from(meter) * 7919 - 9000 + i64::from(round) * 31 + i64::from(look) * 104_729
    }

    /// Number of a frame; the same bytes have the same one.
    pub(crate) fn sent(&self, said: Said, bytes: &[u8]) -> u16 {
        let key = (said, bytes.to_vec());
        if let Some(number) = self.frames.read().unwrap().numbers.get(&key) {
            return *number;
        }
        let mut frames = self.frames.write().unwrap();
        if let Some(number) = frames.numbers.get(&key) {
            return *number;
        }
        let number = frames.all.len() as u16;
        assert!(u32::from(number) < SaidSet::ROOM, "room for more frames");
        frames.all.push(Arc::new(Frame { bytes: key.1.clone(), said }));
        frames.numbers.insert(key, number);
        number
    }

    pub(crate) fn frame(&self, number: u16) -> Arc<Frame> {
        Arc::clone(&self.frames.read().unwrap().all[usize::from(number)])
    }

    /// What these frames are.
    pub(crate) fn sayings(&self, of: &SaidSet) -> Vec<(u16, Said)> {
        let frames = self.frames.read().unwrap();
        of.numbers().map(|number| (number, frames.all[usize::from(number)].said)).collect()
    }

    /// Of a frame and its predecessors: whether a key, round and stream would be used for two messages. A reading may
    /// be in one ciphertext only, under whatever key.
    pub(crate) fn alike(&self, one: &Said, other: &Said) -> bool {
        if (one.kind, one.by, one.to, one.round) != (other.kind, other.by, other.to, other.round) {
            return false;
        }
        let generation = |said: &Said| self.plans[usize::from(said.plan)].generation;
        one.kind == Kind::Contribution || generation(one) == generation(other)
    }
}

/// Chance, the same for the same step of the same meter since the same reboot: a meter that does something twice after
/// a reboot draws anew.
pub(crate) fn chance(meter: u8, boot: u8, what: &str, of: &[u8]) -> ChaCha20Rng {
    let hash = Sha256::new().chain_update([meter, boot]).chain_update(what).chain_update(of).finalize();
    ChaCha20Rng::from_seed(hash.into())
}

/// Frames that were sent, by number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct SaidSet([u64; 16]);

impl SaidSet {
    const ROOM: u32 = 1024;

    pub(crate) fn has(&self, number: u16) -> bool {
        self.0[usize::from(number / 64)] >> (number % 64) & 1 == 1
    }

    pub(crate) fn put(&mut self, number: u16) {
        self.0[usize::from(number / 64)] |= 1 << (number % 64);
    }

    pub(crate) fn numbers(&self) -> impl Iterator<Item = u16> {
        let words = *self;
        (0u16..).zip(words.0).flat_map(|(n, mut word)| {
            std::iter::from_fn(move || {
                let bit = (word != 0).then(|| word.trailing_zeros() as u16)?;
                word &= word - 1;
                Some(64 * n + bit)
            })
        })
    }
}
