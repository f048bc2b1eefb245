//! shamir-agg: one frame a meter and round; four aggregators of whom any three open a sum.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use meter_link::answer::{AnswererLink, Threshold};
use meter_link::{Channels, Header, HighWater, Role, Round};
use shamir_agg::{Aggregator, Meter, Misuse, Params, Post, Utility};

use super::{billed, form, group, min_rounds, positions, present, refused, rng, timed, word};
use crate::system::{Billed, Outcome, RoundError, Settings, System};

/// All roles of a group. Each object has its own keys; what passes between them is bytes.
pub(super) struct Shamir {
    params: Params,
    watched: Option<usize>,
    meters: Vec<(Meter<Vec<AnswererLink>>, HighWater)>,
    aggregators: Vec<Aggregator>,
    utility: Utility,
}

impl Shamir {
    pub(super) fn start(settings: &Settings) -> anyhow::Result<Self> {
        let threshold = Threshold::DEFAULT;
        let mut params = Params::new(group(meter_link::Protocol::Shamir, settings)?, threshold)?;
        if let Some(rounds) = settings.window {
            params = params.with_windows(rounds, min_rounds(rounds))?;
        }
        let mut rng = rng(settings);
        let (session, count) = (params.session(), threshold.answerers());
        let cohort = form(params.group(), session, settings, count, Role::Aggregator, &mut rng)?;
        let (view, roster) = (&cohort.view, &cohort.roster);
        let channels = Channels { first: 0, count: 1 };
        let meters = cohort.meters.into_iter().map(|party| {
            let links = (0..count).map(|_| AnswererLink::default()).collect();
            let (id, members) = (party.id, roster.answerers());
            let meter = Meter::new(&params, view, id, channels, party.link, members, links)?;
            Ok((meter, HighWater::new()))
        });
        let meters = meters.collect::<anyhow::Result<_>>()?;
        let aggregators = cohort.answerers.into_iter().map(|party| {
            let post = Post { id: party.id, identity: party.identity, link: party.link };
            Aggregator::new(&params, view, post, roster)
        });
        let aggregators = aggregators.collect::<Result<_, _>>()?;
        let own = cohort.utility;
        let utility = Utility::new(&params, view, own.identity, own.link, roster.clone())?;
        Ok(Shamir { params, watched: settings.watched, meters, aggregators, utility })
    }
}

impl System for Shamir {
    fn round(&mut self, round: u64, readings: &[Option<i64>]) -> Result<Outcome, RoundError> {
        let begin = Instant::now();
        let (mut meter_time, mut uplink_bytes, mut received) = (Duration::ZERO, 0u64, None);
        let round = Round::new(round).map_err(refused)?;
        let present = present(self.params.group(), readings);
        let mut collecting = self.utility.open(round, round, &present).map_err(refused)?;
        let mut buffer = vec![0u8; self.params.contribution_len()];
        for (place, ((meter, mark), reading)) in self.meters.iter_mut().zip(readings).enumerate() {
            let Some(reading) = reading else { continue };
            let frame = timed(&mut meter_time, || {
                // Nothing here outlives the process, so the record has nowhere to go.
                meter
                    .contribute(mark, round, round, &[*reading], &mut buffer)
                    .map(|prepared| prepared.stored())
            });
            let frame = frame.map_err(refused)?;
            uplink_bytes = uplink_bytes.saturating_add(frame.len() as u64);
            if self.watched == Some(place) {
                received = word(frame, Header::LEN);
            }
            collecting.accept(frame).map_err(refused)?;
        }
        for aggregator in &mut self.aggregators {
            aggregator.open(round, collecting.frame()).map_err(refused)?;
        }
        let quorum = self.utility.quorum(|_| true).map_err(refused)?;
        let mut closed = self.utility.close(collecting, &quorum).map_err(refused)?;
        for aggregator in &mut self.aggregators {
            if quorum.contains(aggregator.number()) {
                let answer = aggregator.answer(round, closed.frame()).map_err(refused)?.stored();
                closed.accept(&answer).map_err(refused)?;
            } else {
                // Who is not asked must know the set all the same, to answer for the window.
                aggregator.follow(round, closed.frame()).map_err(refused)?.stored();
            }
        }
        let sum = self.utility.record(&closed).map_err(refused)?;
        Ok(Outcome {
            sum: sum.values.first().copied().unwrap_or_default(),
            meters: sum.meters as usize,
            uplink_bytes,
            meter_time,
            round_time: begin.elapsed(),
            received,
        })
    }

    fn left_out(&self, round: u64) -> Vec<usize> {
        Round::new(round).map_or_else(|_| Vec::new(), |round| positions(self.utility.left_out(round)))
    }

    fn bills(&mut self, first: u64) -> anyhow::Result<Vec<Billed>> {
        let window = self.params.windows().context("there are no windows")?;
        let (first, over) = (Round::new(first)?, Round::new(first.saturating_add(window.rounds().into()))?);
        let meters = match self.utility.billable(first) {
            Err(meter_link::Error::Misuse(Misuse::NotBillable)) => return Ok(Vec::new()),
            meters => meters?,
        };
        let quorum = self.utility.quorum(|_| true)?;
        let mut billing = self.utility.bill(first, &meters, &quorum)?;
        for aggregator in self.aggregators.iter_mut().filter(|a| quorum.contains(a.number())) {
            billing.accept(&aggregator.bill(over, billing.frame())?.stored())?;
        }
        let bills = billing.bills()?;
        billed(&bills.bills, &bills.spoilt)
    }
}
