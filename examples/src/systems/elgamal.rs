//! threshold-elgamal: one signed ciphertext with its proof of knowledge a meter and round; four trustees of
//! whom any three open a sum, each after checking every proof itself. The public-key work is spread over the
//! cores.

use std::num::NonZero;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use chacha20::ChaCha20Rng;
use meter_link::answer::{Quorum, Threshold};
use meter_link::cohort::Party;
use meter_link::{Channels, Header, HighWater, Identity, Role, Round};
use rand_core::SeedableRng;
use threshold_elgamal::ceremony::{self, Ceremony, Participant, Seat};
use threshold_elgamal::{
    Closed, Contribution, DlogTable, Error, GroupKey, GroupTable, Meter, Params, Post, Trustee, Utility,
    Verifier,
};

use super::{billed, form, group, min_rounds, positions, present, rng, timed, word};
use crate::system::{Billed, Outcome, RoundError, Settings, System};

/// All roles of a group. Each object has its own keys; what passes between them is bytes.
pub(super) struct Elgamal {
    params: Params,
    watched: Option<usize>,
    meters: Vec<Device>,
    trustees: Vec<Trustee>,
    utility: Utility,
    logarithms: DlogTable,
    threads: usize,
}

struct Device {
    meter: Meter<Identity>,
    mark: HighWater,
    rng: ChaCha20Rng,
}

/// What the meters sent in a round.
#[derive(Default)]
struct Uplink {
    bytes: u64,
    meter_time: Duration,
    received: Option<u64>,
    verified: Vec<Contribution>,
}

/// The time that a round takes, if all that runs beside other things ran after them.
struct OneCore {
    begin: Instant,
    /// Spent in parallel sections, and worked in them.
    parallel: Duration,
    worked: Duration,
}

impl Elgamal {
    pub(super) fn start(settings: &Settings) -> anyhow::Result<Self> {
        let threshold = Threshold::DEFAULT;
        let mut params = Params::new(group(meter_link::Protocol::Elgamal, settings)?, threshold)?;
        if let Some(rounds) = settings.window {
            params = params.with_windows(rounds, min_rounds(rounds))?;
        }
        let mut rng = rng(settings);
        let (session, count) = (params.session(), threshold.answerers());
        let cohort = form(params.group(), session, settings, count, Role::Trustee, &mut rng)?;
        let (view, roster) = (&cohort.view, &cohort.roster);
        // The trustees make the key, and state it to the meters.
        let seats = roster.answerers().iter().map(|m| Seat { id: m.id, identity: m.identity });
        let ceremony = Ceremony::generate(&params, 1, &seats.collect::<Vec<_>>())?;
        let apart =
            |Party { id, identity, link, .. }: Party| ((id, link), Participant { id, identity, share: None });
        let (links, participants): (Vec<_>, Vec<_>) = cohort.answerers.into_iter().map(apart).unzip();
        let (keys, shares, identities) = ceremony::hold(&ceremony, participants, &mut rng)?;
        let mut stated = Vec::new();
        let mut trustees = Vec::new();
        for (((id, link), identity), share) in links.into_iter().zip(identities).zip(shares) {
            stated.push(keys.statement(view, &share, &identity, id)?);
            let post = Post { id, identity, link, share };
            trustees.push(Trustee::new(&params, view, post, &keys, roster.clone())?);
        }
        let stated: Vec<&[u8]> = stated.iter().map(|frame| frame.as_slice()).collect();
        let key = GroupKey::certified(view, threshold, roster.answerers(), &stated)?;
        let table = Arc::new(GroupTable::new(&key));
        let meters = cohort.meters.into_iter().map(|Party { id, identity, .. }| {
            let channels = Channels { first: 0, count: 1 };
            let meter = Meter::new(&params, view, id, channels, identity, &key)?;
            let (mark, rng) = (HighWater::new(), ChaCha20Rng::from_rng(&mut rng));
            Ok(Device { meter: meter.with_table(Arc::clone(&table))?, mark, rng })
        });
        let meters = meters.collect::<Result<_, Error>>()?;
        let own = cohort.utility;
        let utility = Utility::new(&params, view, own.identity, own.link, &keys, roster.clone())?;
        let logarithms = DlogTable::build(DlogTable::DEFAULT_BITS)?;
        let threads = thread::available_parallelism().map_or(1, NonZero::get);
        Ok(Elgamal { params, watched: settings.watched, meters, trustees, utility, logarithms, threads })
    }

    /// Every meter with a reading contributes, and the utility checks what it gets.
    fn collect(
        &mut self,
        round: Round,
        readings: &[Option<i64>],
        clock: &mut OneCore,
    ) -> Result<Uplink, Error> {
        let (params, verifier, watched) = (&self.params, self.utility.verifier(), self.watched);
        let part = self.meters.len().div_ceil(self.threads).max(1);
        let parts = self.meters.chunks_mut(part).zip(readings.chunks(part)).zip((0..).step_by(part));
        let jobs = parts.map(|((devices, readings), first)| {
            let watched = watched.and_then(|place| place.checked_sub(first));
            move || contribute(params, verifier, round, devices, readings, watched)
        });
        let mut all = Uplink::default();
        for part in clock.parallel(jobs) {
            let part = part?;
            all.bytes = all.bytes.saturating_add(part.bytes);
            all.meter_time = all.meter_time.saturating_add(part.meter_time);
            all.received = all.received.or(part.received);
            all.verified.extend(part.verified);
        }
        Ok(all)
    }

    /// The quorum checks and signs the list of contributions, and then decrypts its sum.
    fn answer(
        &mut self,
        round: Round,
        closed: &mut Closed,
        quorum: &Quorum,
        clock: &mut OneCore,
    ) -> Result<(), Error> {
        let list: Vec<&[u8]> = closed.contributions().collect();
        // The utility has computed the proofs' commitments already; whoever checks with them need not trust it.
        let hints = closed.hints();
        let (list, close, hints) = (list.as_slice(), closed.frame(), hints.as_slice());
        let follow = self.params.windows().is_some();
        let part = self.trustees.len().div_ceil(self.threads).max(1);
        let jobs = self.trustees.chunks_mut(part).map(|trustees| {
            move || {
                // Nothing here outlives the process, so the records have nowhere to go.
                let agree = |trustee: &mut Trustee| -> Result<Option<Vec<u8>>, Error> {
                    if quorum.contains(trustee.number()) {
                        return Ok(Some(trustee.agree_hinted(round, close, list, hints)?.stored()));
                    }
                    // Who is not asked must know the list all the same, to answer for the window.
                    if follow {
                        trustee.follow_hinted(round, close, list, hints)?.stored();
                    }
                    Ok(None)
                };
                trustees.iter_mut().map(agree).collect::<Result<Vec<_>, _>>()
            }
        });
        for statements in clock.parallel(jobs) {
            for statement in statements?.into_iter().flatten() {
                closed.accept_statement(&statement)?;
            }
        }
        let statements: Vec<Vec<u8>> = closed.statements().map(<[u8]>::to_vec).collect();
        let statements: Vec<&[u8]> = statements.iter().map(Vec::as_slice).collect();
        for trustee in self.trustees.iter_mut().filter(|trustee| quorum.contains(trustee.number())) {
            closed.accept(&trustee.answer(&statements)?.stored())?;
        }
        Ok(())
    }
}

impl System for Elgamal {
    fn round(&mut self, round: u64, readings: &[Option<i64>]) -> Result<Outcome, RoundError> {
        let mut clock = OneCore::start();
        let round = Round::new(round).map_err(|e| RoundError::Failed(e.into()))?;
        let present = present(self.params.group(), readings);
        let mut collecting = self.utility.open(round, round, &present).map_err(refused)?;
        for trustee in &mut self.trustees {
            trustee.open(round, collecting.frame()).map_err(refused)?;
        }
        let uplink = self.collect(round, readings, &mut clock).map_err(refused)?;
        for contribution in uplink.verified {
            collecting.add(contribution).map_err(refused)?;
        }
        let quorum = self.utility.quorum(|_| true).map_err(refused)?;
        let mut closed = self.utility.close(collecting, &quorum).map_err(refused)?;
        self.answer(round, &mut closed, &quorum, &mut clock).map_err(refused)?;
        let sum = self.utility.record(&closed, &self.logarithms).map_err(refused)?;
        Ok(Outcome {
            sum: sum.values.first().copied().unwrap_or_default(),
            meters: sum.meters as usize,
            uplink_bytes: uplink.bytes,
            meter_time: uplink.meter_time,
            round_time: clock.stop(),
            received: uplink.received,
        })
    }

    fn bills(&mut self, first: u64) -> anyhow::Result<Vec<Billed>> {
        let window = self.params.windows().context("there are no windows")?;
        let (first, over) = (Round::new(first)?, Round::new(first.saturating_add(window.rounds().into()))?);
        let not_billable = Error::from(meter_link::Misuse::NotBillable);
        let meters = match self.utility.billable(first) {
            Err(error) if error == not_billable => return Ok(Vec::new()),
            meters => meters?,
        };
        let quorum = self.utility.quorum(|_| true)?;
        let mut billing = self.utility.bill(first, &meters, &quorum)?;
        let asked = |trustee: &&mut Trustee| quorum.contains(trustee.number());
        for trustee in self.trustees.iter_mut().filter(asked) {
            billing.accept_statement(&trustee.agree_bill(over, billing.frame())?.stored())?;
        }
        let statements: Vec<Vec<u8>> = billing.statements().map(<[u8]>::to_vec).collect();
        let statements: Vec<&[u8]> = statements.iter().map(Vec::as_slice).collect();
        for trustee in self.trustees.iter_mut().filter(asked) {
            billing.accept(&trustee.answer(&statements)?.stored())?;
        }
        let bills = billing.bills(&self.logarithms)?;
        billed(&bills.bills, &bills.spoilt)
    }

    fn left_out(&self, round: u64) -> Vec<usize> {
        Round::new(round).map_or_else(|_| Vec::new(), |round| positions(self.utility.left_out(round)))
    }
}

/// The frames of some meters, and the utility's checks of them.
fn contribute(
    params: &Params,
    verifier: &Verifier,
    round: Round,
    devices: &mut [Device],
    readings: &[Option<i64>],
    watched: Option<usize>,
) -> Result<Uplink, Error> {
    let mut uplink = Uplink::default();
    let len = params.contribution_len();
    let mut frames = vec![0u8; len.saturating_mul(devices.len())];
    let mut sent: Vec<&[u8]> = Vec::with_capacity(devices.len());
    for (place, ((device, reading), out)) in
        devices.iter_mut().zip(readings).zip(frames.chunks_exact_mut(len)).enumerate()
    {
        let Some(reading) = reading else { continue };
        let Device { meter, mark, rng } = device;
        let frame = timed(&mut uplink.meter_time, || {
            meter.contribute(mark, round, round, &[*reading], out, rng).map(|prepared| prepared.stored())
        })?;
        uplink.bytes = uplink.bytes.saturating_add(frame.len() as u64);
        if watched == Some(place) {
            uplink.received = word(frame, Header::LEN);
        }
        sent.push(frame);
    }
    uplink.verified = verifier.verify_all(round, &sent).into_iter().collect::<Result<_, _>>()?;
    Ok(uplink)
}

impl OneCore {
    fn start() -> Self {
        OneCore { begin: Instant::now(), parallel: Duration::ZERO, worked: Duration::ZERO }
    }

    /// Runs all jobs at once, and gives their results in order.
    fn parallel<T: Send, J: FnOnce() -> T + Send>(&mut self, jobs: impl Iterator<Item = J>) -> Vec<T> {
        let begin = Instant::now();
        let work = |job: J| {
            let begin = Instant::now();
            (job(), begin.elapsed())
        };
        let results: Vec<(T, Duration)> = thread::scope(|scope| {
            let threads: Vec<_> = jobs.map(|job| scope.spawn(move || work(job))).collect();
            let joined = threads.into_iter().map(|thread| thread.join());
            joined.map(|result| result.unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
        });
        self.parallel = self.parallel.saturating_add(begin.elapsed());
        self.worked = results.iter().fold(self.worked, |sum, (_, time)| sum.saturating_add(*time));
        results.into_iter().map(|(result, _)| result).collect()
    }

    fn stop(self) -> Duration {
        self.begin.elapsed().saturating_sub(self.parallel).saturating_add(self.worked)
    }
}

/// Too few parties lose a round; anything else is broken.
fn refused(error: Error) -> RoundError {
    match error {
        Error::Quorum { .. } => RoundError::Refused(error.to_string()),
        _ => RoundError::Failed(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(max_reading: i64) -> Settings {
        Settings {
            meters: 11,
            rounds: 9,
            max_reading,
            min_meters: 3,
            seed: 1,
            watched: Some(4),
            window: None,
        }
    }

    #[test]
    fn the_same_sums_and_bytes_on_any_number_of_threads() {
        let rounds: Vec<Vec<Option<i64>>> = vec![
            (0..11).map(|i| Some(i * 1_000_003 - 4_000_000)).collect(),
            // One silent meter is a surprise, seven are an outage.
            (0..11).map(|i| (i != 4).then_some(-i)).collect(),
            (0..11).map(|i| (i > 6).then_some(i)).collect(),
            vec![Some(1_000_000_000); 11],
        ];
        let outcomes = |threads: usize| -> Vec<_> {
            let mut system = Elgamal::start(&settings(1_000_000_000)).unwrap();
            system.threads = threads;
            let outcome = |(number, readings): (u64, &Vec<Option<i64>>)| {
                let Outcome { sum, meters, uplink_bytes, received, .. } =
                    system.round(number, readings).unwrap();
                (sum, meters, uplink_bytes, received)
            };
            (0..).zip(&rounds).map(outcome).collect()
        };
        let one = outcomes(1);
        for (readings, (sum, meters, bytes, received)) in rounds.iter().zip(&one) {
            let sent: Vec<i64> = readings.iter().flatten().copied().collect();
            assert_eq!((*sum, *meters, *bytes), (sent.iter().sum(), sent.len(), 240 * sent.len() as u64));
            assert_eq!(received.is_some(), readings[4].is_some());
        }
        for threads in [2, 3, 64] {
            assert_eq!(outcomes(threads), one, "{threads}");
        }
    }

    #[test]
    fn too_few_meters_lose_a_round_and_no_more() {
        let mut system = Elgamal::start(&settings(100)).unwrap();
        let few: Vec<Option<i64>> = (0..11).map(|i| (i < 2).then_some(1)).collect();
        assert!(matches!(system.round(0, &few), Err(RoundError::Refused(_))));
        assert_eq!(system.round(1, &[Some(-100); 11]).unwrap().sum, -1_100);
    }

    #[test]
    fn a_bound_that_no_search_covers() {
        assert!(Elgamal::start(&settings(1 << 44)).is_ok());
        let refused = Elgamal::start(&settings(1 << 45)).err().unwrap().to_string();
        assert!(refused.contains("2^48"), "{refused}");
    }
}
