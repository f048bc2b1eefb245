//! dcnet-core: masks between meters, four holders of whom any three open a sum, repairs by neighbours.

use std::time::{Duration, Instant};

use dcnet_core::{
    Closing, Error, Fault, Holder, Meter, Neighbour, Params, Place, Repairing, Risk, Utility, graph,
};
use meter_link::answer::{AnswererLink, Quorum, Threshold};
use meter_link::cohort::Party;
use meter_link::roster::Roster;
use meter_link::{Channels, EpochView, GroupParams, Header, HighWater, Role, Round};

use super::{form, group, positions, present, rng, timed, word};
use crate::system::{Outcome, RoundError, Settings, System};

/// A meter as it is on a device, and the device's mark.
type Device = (Meter<Vec<Neighbour>, Vec<AnswererLink>>, HighWater);

/// All roles of a group. Each object has its own keys; what passes between them is bytes.
pub(super) struct Dcnet {
    params: Params,
    watched: Option<usize>,
    meters: Vec<Device>,
    holders: Vec<Holder>,
    utility: Utility,
}

/// What the meters did in a round.
#[derive(Default)]
struct Work {
    time: Duration,
    uplink_bytes: u64,
    received: Option<u64>,
}

impl Dcnet {
    pub(super) fn start(settings: &Settings) -> anyhow::Result<Self> {
        let params = params(group(meter_link::Protocol::Dcnet, settings)?)?;
        let mut rng = rng(settings);
        let (session, count) = (params.session(), params.answerers());
        let cohort = form(params.group(), session, settings, count, Role::Holder, &mut rng)?;
        let (view, roster) = (&cohort.view, &cohort.roster);
        let meters = (0u32..).zip(cohort.meters);
        let meters = meters.map(|(position, party)| device(&params, view, roster, position, party));
        let meters = meters.collect::<anyhow::Result<_>>()?;
        let holders = cohort.answerers.into_iter();
        let holders = holders.map(|party| Holder::new(&params, view, party.id, party.link, roster));
        let holders = holders.collect::<Result<_, _>>()?;
        let own = cohort.utility;
        let utility = Utility::new(&params, view, own.identity, own.link, roster.clone())?;
        Ok(Dcnet { params, watched: settings.watched, meters, holders, utility })
    }

    /// Every meter takes the Open, and contributes if it has a reading.
    fn contribute(
        &mut self,
        round: Round,
        readings: &[Option<i64>],
        collecting: &mut dcnet_core::Collecting,
        work: &mut Work,
    ) -> Result<(), RoundError> {
        let mut buffer = vec![0u8; self.params.contribution_len()];
        for (place, ((meter, mark), reading)) in self.meters.iter_mut().zip(readings).enumerate() {
            let Some(reading) = reading else { continue };
            let frame = timed(&mut work.time, || {
                meter.open(round, collecting.frame())?;
                // Nothing here outlives the process, so the record has nowhere to go.
                meter
                    .contribute(mark, round, round, &[*reading], &mut buffer)
                    .map(|prepared| prepared.stored())
            });
            let frame = frame.map_err(refused)?;
            work.uplink_bytes = work.uplink_bytes.saturating_add(frame.len() as u64);
            if self.watched == Some(place) {
                work.received = word(frame, Header::LEN);
            }
            collecting.accept(frame).map_err(refused)?;
        }
        Ok(())
    }

    /// Every meter that sent takes the Close, and repairs if neighbours are missing.
    fn close(
        &mut self,
        round: Round,
        readings: &[Option<i64>],
        close: &[u8],
        mut repairing: Option<&mut Repairing>,
        work: &mut Work,
    ) -> Result<(), RoundError> {
        let mut buffer = vec![0u8; self.params.repair_len()];
        for ((meter, _), _) in self.meters.iter_mut().zip(readings).filter(|(_, r)| r.is_some()) {
            let repair = timed(&mut work.time, || meter.close(round, close, &mut buffer).map(|p| p.stored()));
            if let (Some(frame), Some(repairing)) = (repair.map_err(refused)?, repairing.as_deref_mut()) {
                work.uplink_bytes = work.uplink_bytes.saturating_add(frame.len() as u64);
                repairing.accept(frame).map_err(refused)?;
            }
        }
        Ok(())
    }

    /// Closes until the set is final.
    fn settle(
        &mut self,
        round: Round,
        readings: &[Option<i64>],
        collecting: dcnet_core::Collecting,
        quorum: &Quorum,
        work: &mut Work,
    ) -> Result<dcnet_core::Closed, RoundError> {
        let mut closing = self.utility.close(collecting, quorum).map_err(refused)?;
        loop {
            match closing {
                Closing::Final(closed) => {
                    self.close(round, readings, closed.frame(), None, work)?;
                    return Ok(closed);
                }
                Closing::Repairing(mut repairing) => {
                    let frame = repairing.frame().to_vec();
                    self.close(round, readings, &frame, Some(&mut repairing), work)?;
                    closing = self.utility.close_again(repairing, quorum).map_err(refused)?;
                }
            }
        }
    }
}

impl System for Dcnet {
    fn round(&mut self, round: u64, readings: &[Option<i64>]) -> Result<Outcome, RoundError> {
        let begin = Instant::now();
        let mut work = Work::default();
        let round = Round::new(round).map_err(refused)?;
        let present = present(self.params.group(), readings);
        let mut collecting = self.utility.open(round, round, &present).map_err(refused)?;
        for holder in &mut self.holders {
            holder.open(round, collecting.frame()).map_err(refused)?;
        }
        self.contribute(round, readings, &mut collecting, &mut work)?;
        let quorum = self.utility.quorum(|_| true).map_err(refused)?;
        let mut closed = self.settle(round, readings, collecting, &quorum, &mut work)?;
        for holder in self.holders.iter_mut().filter(|h| quorum.contains(h.number())) {
            let answer = holder.answer(round, closed.frame()).map_err(refused)?.stored();
            closed.accept(&answer).map_err(refused)?;
        }
        let sum = self.utility.record(&closed).map_err(refused)?;
        Ok(Outcome {
            sum: sum.values.first().copied().unwrap_or_default(),
            meters: sum.meters as usize,
            uplink_bytes: work.uplink_bytes,
            meter_time: work.time,
            round_time: begin.elapsed(),
            received: work.received,
        })
    }

    fn left_out(&self, round: u64) -> Vec<usize> {
        Round::new(round).map_or_else(|_| Vec::new(), |round| positions(self.utility.left_out(round)))
    }
}

/// A meter with too few neighbours left loses the round, as too few meters do.
fn refused(error: Error) -> RoundError {
    match error {
        Error::Fault { fault: Fault::TooFewNeighbours, .. } => RoundError::Refused(error.to_string()),
        _ => super::refused(error),
    }
}

/// Everybody with everybody up to 256 meters; beyond, the degree for a third of the meters colluding and 5 % absent.
fn params(group: GroupParams) -> Result<Params, Error> {
    if group.max_meters <= graph::COMPLETE_UP_TO {
        return Params::complete(group, Threshold::DEFAULT);
    }
    Params::secure(group, Threshold::DEFAULT, &Risk::DEFAULT)
}

/// A meter with the keys that its place in the graph asks for.
fn device(
    params: &Params,
    view: &EpochView,
    roster: &Roster,
    position: u32,
    party: Party,
) -> anyhow::Result<Device> {
    let most = if graph::is_complete(view.meters(), params.degree()) {
        view.meters().saturating_sub(1)
    } else {
        params.degree()
    };
    let mut around = vec![0u32; most as usize];
    let seed = graph::seed(view.context());
    let count = graph::neighbours(position, view.meters(), params.degree(), &seed, &mut around)?;
    around.truncate(count);
    let members = around.iter().filter_map(|p| Some((*p, *roster.meters().get(*p as usize)?)));
    let place = Place { id: party.id, position, channels: Channels { first: 0, count: 1 } };
    let holders = (0..view.answerers()).map(|_| AnswererLink::default()).collect();
    let storage = (0..count).map(|_| Neighbour::default()).collect();
    let answerers = roster.answerers();
    let meter = Meter::new(params, view, place, party.link, answerers, members, holders, storage)?;
    Ok((meter, HighWater::new()))
}
