//! One protocol over a group's readings, round by round, beside the truth.

use std::time::Duration;

use crate::input::InputError;
use crate::progress::Progress;
use crate::system::{Billed, Outcome, Protocol, RoundError, Settings, Start, System};

/// What all rounds gave.
#[derive(Debug, Default)]
pub(crate) struct Trial {
    pub(crate) rounds: Vec<Round>,
    /// Of every window that is over.
    pub(crate) windows: Vec<Vec<Billed>>,
    pub(crate) cost: Cost,
}

/// What sums cost.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cost {
    pub(crate) sums: usize,
    /// In all the sums.
    pub(crate) readings: usize,
    pub(crate) uplink_bytes: u64,
    pub(crate) meter_time: Duration,
    pub(crate) round_time: Duration,
}

/// What one round gave.
#[derive(Debug)]
pub(crate) struct Round {
    /// Meters that had a reading, and their sum.
    pub(crate) meters: usize,
    pub(crate) truth: i64,
    /// What the protocol gave, or why it gave nothing.
    pub(crate) sum: Result<i64, String>,
    pub(crate) received: Option<u64>,
    /// Meters that had a reading and were left out, since they had come and gone too often.
    pub(crate) left_out: usize,
}

impl Round {
    pub(crate) fn equal(&self) -> bool {
        self.sum.as_ref() == Ok(&self.truth)
    }
}

impl Cost {
    /// Bytes that a meter sends for a reading.
    pub(crate) fn uplink_per_reading(&self) -> f64 {
        ratio(self.uplink_bytes as f64, self.readings)
    }

    /// Microseconds of a meter for a reading.
    pub(crate) fn us_per_meter(&self) -> f64 {
        ratio(self.meter_time.as_secs_f64() * 1e6, self.readings)
    }

    /// Microseconds of all roles for a round.
    pub(crate) fn us_per_round(&self) -> f64 {
        ratio(self.round_time.as_secs_f64() * 1e6, self.sums)
    }

    pub(crate) fn merge(self, other: Self) -> Self {
        Self {
            sums: self.sums.saturating_add(other.sums),
            readings: self.readings.saturating_add(other.readings),
            uplink_bytes: self.uplink_bytes.saturating_add(other.uplink_bytes),
            meter_time: self.meter_time.saturating_add(other.meter_time),
            round_time: self.round_time.saturating_add(other.round_time),
        }
    }
}

impl From<&Outcome> for Cost {
    fn from(outcome: &Outcome) -> Self {
        Self {
            sums: 1,
            readings: outcome.meters,
            uplink_bytes: outcome.uplink_bytes,
            meter_time: outcome.meter_time,
            round_time: outcome.round_time,
        }
    }
}

/// Two decimals, as tables and JSON show them.
fn ratio(total: f64, count: usize) -> f64 {
    if count == 0 { 0.0 } else { (total / count as f64 * 100.0).round() / 100.0 }
}

/// Refuses settings whose sums could leave the field.
pub(crate) fn check(settings: &Settings) -> Result<(), InputError> {
    // Half of p = 2⁶⁴ − 2³² + 1: sums are read back centred.
    const HALF: i128 = ((1 << 64) - (1 << 32) + 1) / 2;
    let meters = i128::try_from(settings.meters).unwrap_or(i128::MAX);
    if meters.saturating_mul(i128::from(settings.max_reading)) < HALF {
        return Ok(());
    }
    Err(InputError::new(format!(
        "{} meters of up to {} Wh: their sum could exceed 2^63; lower --max-reading",
        settings.meters, settings.max_reading
    )))
}

/// Runs the rounds of `rows`, one reading a meter each, and moves `progress` on from `done`.
///
/// # Errors
/// If the system cannot be started or breaks down; a refused round is a [`Round`] without a sum.
pub(crate) fn run<'a, R: AsRef<[Option<i64>]> + 'a>(
    protocol: Protocol,
    start: &Start<'_>,
    settings: &Settings,
    rows: impl Iterator<Item = R>,
    (progress, done): (&Progress, usize),
) -> anyhow::Result<Trial> {
    check(settings)?;
    let (mut trial, mut system) = (Trial::default(), None::<Box<dyn System>>);
    let mut window = vec![(0u32, 0i64); settings.meters];
    for (number, row) in (0u64..).zip(rows) {
        let mut row = row.as_ref().to_vec();
        let mut left_out = 0usize;
        for place in system.as_ref().map_or_else(Vec::new, |system| system.left_out(number)) {
            let reading = row.get_mut(place).and_then(Option::take);
            left_out = left_out.saturating_add(usize::from(reading.is_some()));
        }
        let row = row.as_slice();
        let meters = row.iter().flatten().count();
        let truth = row.iter().flatten().fold(0i64, |sum, reading| sum.saturating_add(*reading));
        let mut round = Round { meters, truth, sum: Err(String::new()), received: None, left_out };
        if meters < settings.min_meters {
            let readings = if meters == 1 { "meter has a reading" } else { "meters have a reading" };
            round.sum = Err(format!("{meters} {readings}, at least {} must", settings.min_meters));
        } else {
            // Started only now, since a protocol refuses a group that never has enough meters.
            let system = match &mut system {
                Some(system) => system,
                none => none.insert(start(protocol, settings)?),
            };
            match system.round(number, row) {
                Ok(outcome) => {
                    trial.cost = trial.cost.merge(Cost::from(&outcome));
                    round.sum = Ok(outcome.sum);
                    round.received = outcome.received;
                    for ((rounds, sum), wh) in
                        window.iter_mut().zip(row).filter_map(|(w, r)| Some((w, (*r)?)))
                    {
                        (*rounds, *sum) = (rounds.saturating_add(1), sum.saturating_add(wh));
                    }
                    if outcome.meters != meters {
                        anyhow::bail!(
                            "{protocol}: round {number} sums {} meters, not {meters}",
                            outcome.meters
                        );
                    }
                }
                Err(RoundError::Refused(why)) => round.sum = Err(why),
                Err(RoundError::Failed(error)) => {
                    return Err(error.context(format!("{protocol}: round {number} failed")));
                }
            }
        }
        trial.rounds.push(round);
        progress.at(done.saturating_add(trial.rounds.len()));
        if let Some(rounds) = settings.window
            && let Some(first) = number.saturating_add(1).checked_sub(rounds.into())
            && first.checked_rem(rounds.into()) == Some(0)
        {
            let bills = system.as_mut().map_or_else(|| Ok(Vec::new()), |system| system.bills(first))?;
            check_bills(protocol, first, &bills, &window)?;
            trial.windows.push(bills);
            window.fill((0, 0));
        }
    }
    Ok(trial)
}

/// That every bill is the sum of the meter's readings in the rounds that had a sum.
fn check_bills(protocol: Protocol, first: u64, bills: &[Billed], truth: &[(u32, i64)]) -> anyhow::Result<()> {
    let right = |bill: &&Billed| truth.get(bill.meter) == Some(&(bill.rounds, bill.sum));
    match bills.iter().find(|bill| !right(bill)) {
        Some(wrong) => anyhow::bail!(
            "{protocol}: the bill of meter {} for the window of round {first} differs from the truth; \
             nothing was written",
            wrong.meter.saturating_add(1)
        ),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::plain::{self, Plain};

    fn settings() -> Settings {
        Settings {
            meters: 4,
            rounds: 3,
            max_reading: 1000,
            min_meters: 3,
            seed: 1,
            watched: Some(1),
            window: None,
        }
    }

    const ROWS: [[Option<i64>; 4]; 3] = [
        [Some(1), Some(2), Some(3), Some(4)],
        [None, None, Some(3), Some(4)],
        [Some(-100), None, Some(3), Some(4)],
    ];

    fn run_with(start: &Start<'_>) -> anyhow::Result<Trial> {
        run(Protocol::Dcnet, start, &settings(), ROWS.iter(), (&Progress::steps("test", "rounds", 3), 0))
    }

    #[test]
    fn rounds_beside_the_truth() {
        let trial = run_with(&plain::start).unwrap();
        let sums: Vec<_> = trial.rounds.iter().map(|round| round.sum.clone()).collect();
        assert_eq!(sums, [Ok(10), Err("2 meters have a reading, at least 3 must".into()), Ok(-93)]);
        assert_eq!(trial.rounds.iter().map(Round::equal).collect::<Vec<_>>(), [true, false, true]);
        assert!(trial.rounds[0].received.is_some() && trial.rounds[2].received.is_none());
        let cost = trial.cost;
        assert_eq!((cost.sums, cost.readings), (2, 7));
        assert_eq!((cost.uplink_per_reading(), cost.us_per_meter(), cost.us_per_round()), (10.0, 2.0, 700.0));
    }

    #[test]
    fn a_wrong_sum_and_a_refusal_are_seen() {
        let trial =
            run_with(&|_, settings| Ok(Box::new(Plain::new(settings).wrong_in(0).refusing(2)))).unwrap();
        assert_eq!(trial.rounds[0].sum, Ok(11));
        assert_eq!(trial.rounds[2].sum, Err("as the test wants".into()));
        assert!(!trial.rounds.iter().any(Round::equal));
    }

    #[test]
    fn a_group_that_is_always_too_small_starts_no_system() {
        let settings = Settings { min_meters: 5, ..settings() };
        let progress = Progress::steps("test", "rounds", 3);
        let start: &Start<'_> = &|_, _| anyhow::bail!("started");
        let trial = run(Protocol::Dcnet, start, &settings, ROWS.iter(), (&progress, 0)).unwrap();
        assert_eq!((trial.rounds.len(), trial.cost.sums, trial.cost.us_per_round()), (3, 0, 0.0));
    }

    #[test]
    fn sums_stay_in_the_field() {
        let bound = |max_reading| check(&Settings { max_reading, ..settings() }).is_ok();
        assert!(bound(2_305_843_008_676_823_039));
        assert!(!bound(2_305_843_008_676_823_040));
    }
}
