//! What the benchmarks share: deployments, and figures printed beside criterion's.
#![allow(clippy::expect_used, clippy::missing_panics_doc, clippy::arithmetic_side_effects)] // a benchmark that cannot start should stop

use std::time::{Duration, Instant};

use chacha20::ChaCha20Rng;
use meter_link::answer::{AnswererLink, Threshold};
use meter_link::cohort::{Cohort, Plan};
use meter_link::collect::Collection;
use meter_link::frame::{Flags, Header, Kind, Tag};
use meter_link::head::Head;
use meter_link::{
    Channels, Field64, GroupConfig, GroupId, GroupParams, HighWater, PartyId, Protocol, Role, Round,
};
use rand_core::SeedableRng;
use shamir_agg::{Meter, Params};

/// A group of shamir-agg, whose frames are those of every masking protocol.
#[derive(Debug)]
pub struct Deployment {
    params: Params,
    meters: Vec<(Meter<Vec<AnswererLink>>, HighWater)>,
    head: Head,
}

/// Everybody of a group of `count` meters and four aggregators.
pub fn deployment(count: u32) -> Deployment {
    let group = GroupParams::new(GroupConfig::new(Protocol::Shamir, GroupId(1))).expect("a group");
    let params = Params::new(group, Threshold::DEFAULT).expect("parameters");
    let ids: Vec<PartyId> = (1..=count + 4).map(PartyId).collect();
    let (meters, answerers) = ids.split_at(count as usize);
    let plan = Plan {
        group: &group,
        session: params.session(),
        epoch: 0,
        first_round: Round::from(0),
        last_round: Round::from(95),
        meters,
        answerers,
        answerer_role: Role::Aggregator,
    };
    let cohort = Cohort::form(&plan, &mut ChaCha20Rng::seed_from_u64(1)).expect("an epoch");
    let (view, roster) = (&cohort.view, &cohort.roster);
    let channels = Channels { first: 0, count: 1 };
    let meters = cohort.meters.into_iter().map(|party| {
        let links = (0..4).map(|_| AnswererLink::default()).collect();
        let meter = Meter::new(&params, view, party.id, channels, party.link, roster.answerers(), links);
        (meter.expect("a meter"), HighWater::new())
    });
    let meters = meters.collect();
    let own = cohort.utility;
    let head = Head::new(view, own.identity, own.link, roster.clone()).expect("a utility");
    Deployment { params, meters, head }
}

impl Deployment {
    /// One frame a meter.
    pub fn contributions(&mut self, round: Round) -> Vec<Vec<u8>> {
        let len = self.params.contribution_len();
        let frames = self.meters.iter_mut().map(|(meter, mark)| {
            let mut out = vec![0; len];
            meter.contribute(mark, round, round, &[230], &mut out).expect("a contribution").stored();
            out
        });
        frames.collect()
    }
}

impl Deployment {
    /// What a round's frames are taken into. (The utility itself opens a round once.)
    pub fn collection(&self, round: Round) -> Collection {
        let words = (self.params.contribution_len() - Header::LEN - Tag::LEN) / Field64::LEN;
        let (kind, flags, waiting) = (Kind::Contribution, Flags::TRANSMISSION, vec![true; self.meters.len()]);
        Collection::new(self.head.parties(), round, kind, flags, words, waiting)
    }
}

/// Runs all candidates in turn, `times` over, and gives the fastest run of each: what a noisy machine
/// repeats best.
pub fn fastest<const N: usize>(times: usize, candidates: [&dyn Fn(); N]) -> [Duration; N] {
    let mut best = [Duration::MAX; N];
    for _ in 0..times {
        for (best, candidate) in best.iter_mut().zip(&candidates) {
            let start = Instant::now();
            candidate();
            *best = start.elapsed().min(*best);
        }
    }
    best
}

/// One figure on a line.
#[allow(clippy::print_stdout)] // this is what a benchmark is for
pub fn print(what: &str, unit: &str, value: f64) {
    println!("{what}: {value:.2} {unit}");
}
