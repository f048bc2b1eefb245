//! `wattsum aggregate`: the sums of a file of readings, by one protocol.

mod bills;

use std::io::Write;

use serde::Serialize;

use crate::args::Aggregate;
use crate::exit::Exit;
use crate::groups::{self, Group};
use crate::input::{InputError, Source};
use crate::output;
use crate::progress::Progress;
use crate::readings::Table;
use crate::system::{Protocol, Settings, Start};
use crate::trial::{self, Cost, Trial};

/// Refused intervals that are reported one by one.
const REPORTED: usize = 10;

/// The fewest meters of a sum where the user does not say.
const MIN_METERS: usize = 3;

/// The same where there are bills too.
const MIN_BILLED: usize = 4;

pub(crate) fn run(args: &Aggregate, start: &Start<'_>, stdout: &mut dyn Write) -> anyhow::Result<Exit> {
    let min_meters = min_meters(args.protocol, args.bills.is_some(), args.min_meters)?;
    for (path, other) in [(&args.out, None), (&args.bills, args.out.as_deref())] {
        let Some(path) = path else { continue };
        output::check(path)?;
        output::check_apart(path, &[Some(&args.readings), args.groups.as_deref(), other])?;
        if other == Some(path) {
            return Err(InputError::new("--bills and --out are the same file".to_owned()).into());
        }
    }
    let table = Table::open(&args.readings, &args.reading.rules())?;
    let groups = match &args.groups {
        Some(path) => groups::read(&Source::open(path)?, &args.group_by, &table.meters)?,
        None => Group::all(table.meters.len()),
    };

    let rounds = table.intervals.len();
    let progress = Progress::steps(args.protocol.name(), "rounds", rounds.saturating_mul(groups.len()));
    let mut trials = Vec::with_capacity(groups.len());
    for (group, index) in groups.iter().zip(0u64..) {
        let settings = Settings {
            meters: group.columns.len(),
            rounds: u64::try_from(rounds)?,
            max_reading: args.reading.max_reading,
            min_meters,
            // All keys live and die in this process; a seed makes runs repeatable.
            seed: index,
            watched: None,
            window: args.bills.as_ref().map(|_| args.window),
        };
        let rows = table.rows().map(|(_, row)| pick(row, &group.columns));
        let done = trials.len().saturating_mul(rounds);
        let trial = trial::run(args.protocol, start, &settings, rows, (&progress, done))?;
        if let Some(wrong) = trial.rounds.iter().position(|round| round.sum.is_ok() && !round.equal()) {
            anyhow::bail!(
                "{}: the sum of round {wrong} differs from the truth; nothing was written",
                args.protocol
            );
        }
        trials.push(trial);
    }
    drop(progress);

    if args.out.is_some() || !args.json {
        output::write(args.out.as_deref(), stdout, |out| {
            sums(&table, &groups, &trials, csv::Writer::from_writer(out)).map_err(output::csv_error)
        })?;
    }
    let unbilled = match &args.bills {
        Some(path) => bills::write(path, stdout, args.window, &table, &groups, &trials)?,
        None => 0,
    };
    let summary = Summary::new(args, &table, &groups, &trials);
    if args.json {
        let line = serde_json::to_string(&summary)?;
        output::write(None, stdout, |out| writeln!(out, "{line}"))?;
    }
    report_refused(&table, &groups, &trials, min_meters);
    Ok(if summary.refused == 0 && summary.left_out == 0 && unbilled == 0 {
        Exit::Done
    } else {
        Exit::Refused
    })
}

fn min_meters(protocol: Protocol, bills: bool, asked: Option<usize>) -> Result<usize, InputError> {
    if bills && !matches!(protocol, Protocol::Shamir | Protocol::Elgamal) {
        let message = format!("--bills: {protocol} gives no sums over time; shamir and elgamal do");
        return Err(InputError::new(message));
    }
    let least = protocol.min_meters().max(if bills { MIN_BILLED } else { 0 });
    match asked {
        Some(asked) if asked < least => Err(InputError::new(format!(
            "--min-meters {asked}: {protocol} sums at least {least} meters, so that no household is seen"
        ))),
        Some(asked) => Ok(asked),
        None => Ok(least.max(MIN_METERS)),
    }
}

fn pick(row: &[Option<i64>], columns: &[usize]) -> Vec<Option<i64>> {
    columns.iter().map(|column| row.get(*column).copied().flatten()).collect()
}

/// One row an interval and group.
fn sums<W: Write>(
    table: &Table,
    groups: &[Group],
    trials: &[Trial],
    mut file: csv::Writer<W>,
) -> csv::Result<()> {
    let named = groups.iter().any(|group| group.name.is_some());
    file.write_record(if named {
        ["interval_start", "group", "sum_wh", "meters"].as_slice()
    } else {
        ["interval_start", "sum_wh", "meters"].as_slice()
    })?;
    let mut rounds: Vec<_> = trials.iter().map(|trial| trial.rounds.iter()).collect();
    for interval in &table.intervals {
        for (group, rounds) in groups.iter().zip(&mut rounds) {
            let Some(round) = rounds.next() else { continue };
            file.write_field(&interval.label)?;
            if let Some(name) = &group.name {
                file.write_field(name)?;
            }
            let sum = round.sum.as_ref().map_or_else(|_| String::new(), i64::to_string);
            file.write_record([sum, round.meters.to_string()])?;
        }
    }
    Ok(file.flush()?)
}

fn report_refused(table: &Table, groups: &[Group], trials: &[Trial], min_meters: usize) {
    let (mut reported, mut refused) = (0usize, 0usize);
    for (group, trial) in groups.iter().zip(trials) {
        let name = group.name.as_ref().map_or_else(String::new, |name| format!("group {name:?}, "));
        let meters = group.columns.len();
        if meters < min_meters {
            eprintln!(
                "refused: {name}every interval: {meters} in the group, at least {min_meters} meters must send"
            );
            continue;
        }
        for (interval, round) in table.intervals.iter().zip(&trial.rounds) {
            let Err(why) = &round.sum else { continue };
            refused = refused.saturating_add(1);
            if reported < REPORTED {
                eprintln!("refused: {name}{}: {why}", interval.label.trim());
                reported = reported.saturating_add(1);
            }
        }
    }
    if refused > reported {
        eprintln!("refused: {} further intervals", refused.saturating_sub(reported));
    }
    let left_out: usize = trials.iter().flat_map(|trial| &trial.rounds).map(|round| round.left_out).sum();
    if left_out > 0 {
        eprintln!("left out: {left_out} readings of meters that had come and gone too often");
    }
}

/// What `--json` says.
#[derive(Debug, Serialize)]
struct Summary<'a> {
    protocol: &'static str,
    readings: String,
    out: Option<String>,
    meters: usize,
    intervals: usize,
    groups: usize,
    /// Readings in groups that never came.
    silent: usize,
    /// Readings of meters that had come and gone too often for the rules.
    left_out: usize,
    /// Sums written, and rows without one.
    sums: usize,
    refused: usize,
    sum_wh: i128,
    /// Bills written.
    bills: usize,
    uplink_bytes: f64,
    us_per_meter: f64,
    us_per_round: f64,
    first: Option<&'a str>,
    last: Option<&'a str>,
}

impl<'a> Summary<'a> {
    fn new(args: &Aggregate, table: &'a Table, groups: &[Group], trials: &[Trial]) -> Self {
        let cost = trials.iter().map(|trial| trial.cost).fold(Cost::default(), Cost::merge);
        let rounds = || trials.iter().flat_map(|trial| &trial.rounds);
        let (meters, present): (usize, usize) =
            (groups.iter().map(|group| group.columns.len()).sum(), rounds().map(|round| round.meters).sum());
        let sums = rounds().filter_map(|round| round.sum.as_ref().ok());
        let left_out: usize = rounds().map(|round| round.left_out).sum();
        Self {
            protocol: args.protocol.name(),
            readings: args.readings.display().to_string(),
            out: args.out.as_ref().map(|path| path.display().to_string()),
            meters,
            intervals: table.intervals.len(),
            groups: groups.len(),
            silent: meters
                .saturating_mul(table.intervals.len())
                .saturating_sub(present)
                .saturating_sub(left_out),
            left_out,
            sums: cost.sums,
            refused: rounds().count().saturating_sub(cost.sums),
            bills: trials.iter().flat_map(|trial| &trial.windows).map(Vec::len).sum(),
            sum_wh: sums.fold(0, |total, sum| total.saturating_add(i128::from(*sum))),
            uplink_bytes: cost.uplink_per_reading(),
            us_per_meter: cost.us_per_meter(),
            us_per_round: cost.us_per_round(),
            first: table.intervals.first().map(|interval| interval.label.as_str()),
            last: table.intervals.last().map(|interval| interval.label.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::{Cli, Command};
    use crate::system::plain::{self, Plain};
    use clap::Parser;
    use std::path::PathBuf;

    const READINGS: &str = "interval_start,a,b,c,d,e\n\
        2026-01-01 00:00+01,1,2,3,4,5\n\
        2026-01-01 00:15+01,,,,40,50\n\
        \" 2026-01-01 00:30+01\",-100,,300,400,500\n";

    /// A folder of this test's own, gone at its end.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let folder =
                std::env::temp_dir().join(format!("wattsum-aggregate-{}-{name}", std::process::id()));
            std::fs::create_dir_all(&folder).unwrap();
            Self(folder)
        }

        fn file(&self, name: &str, content: &str) -> String {
            let path = self.0.join(name);
            std::fs::write(&path, content).unwrap();
            path.to_str().unwrap().to_owned()
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    fn aggregate(options: &[&str], start: &Start<'_>) -> (anyhow::Result<Exit>, String) {
        let line = ["wattsum", "aggregate", "--protocol", "dcnet"].into_iter().chain(options.iter().copied());
        let Command::Aggregate(args) = Cli::try_parse_from(line).unwrap().command else { panic!() };
        let mut stdout = Vec::new();
        let exit = run(&args, start, &mut stdout);
        (exit, String::from_utf8(stdout).unwrap())
    }

    #[test]
    fn sums_and_a_refused_interval() {
        let folder = Folder::new("sums");
        let readings = folder.file("r.csv", READINGS);
        let (exit, stdout) = aggregate(&[&readings], &plain::start);
        assert_eq!(exit.unwrap(), Exit::Refused);
        assert_eq!(
            stdout,
            "interval_start,sum_wh,meters\n\
             2026-01-01 00:00+01,15,5\n2026-01-01 00:15+01,,2\n 2026-01-01 00:30+01,1100,4\n"
        );
        let (exit, stdout) = aggregate(&[&readings, "--min-meters", "5"], &plain::start);
        assert_eq!(
            (exit.unwrap(), stdout.lines().filter(|line| line.contains(",,")).count()),
            (Exit::Refused, 2)
        );
    }

    #[test]
    fn a_row_for_each_group() {
        let folder = Folder::new("groups");
        let readings = folder.file("r.csv", READINGS);
        let groups = folder.file("g.csv", "meter,group,side\ne,\"x,y\",1\na,z,1\nb,z,1\nc,z,1\nd,,1\n");
        let (exit, stdout) = aggregate(&[&readings, "--groups", &groups], &plain::start);
        assert_eq!(exit.unwrap(), Exit::Refused);
        assert_eq!(
            stdout.lines().take(4).collect::<Vec<_>>(),
            [
                "interval_start,group,sum_wh,meters",
                "2026-01-01 00:00+01,\"x,y\",,1",
                "2026-01-01 00:00+01,z,6,3",
                "2026-01-01 00:15+01,\"x,y\",,1"
            ]
        );
        let (exit, stdout) =
            aggregate(&[&readings, "--groups", &groups, "--group-by", "side"], &plain::start);
        assert_eq!(
            (exit.unwrap(), stdout.lines().nth(1)),
            (Exit::Refused, Some("2026-01-01 00:00+01,1,15,5"))
        );
    }

    #[test]
    fn json_sums_up() {
        let folder = Folder::new("json");
        let readings = folder.file("r.csv", READINGS);
        let (exit, stdout) = aggregate(&[&readings, "--json"], &plain::start);
        assert_eq!(exit.unwrap(), Exit::Refused);
        let value: serde_json::Value = serde_json::from_str(&stdout).unwrap();
        for (key, expected) in [
            ("meters", 5),
            ("intervals", 3),
            ("groups", 1),
            ("silent", 4),
            ("sums", 2),
            ("refused", 1),
            ("sum_wh", 1115),
        ] {
            assert_eq!(value[key], expected, "{key}");
        }
        assert_eq!((stdout.lines().count(), value["uplink_bytes"].as_f64()), (1, Some(10.0)));
    }

    #[test]
    fn no_file_of_wrong_sums() {
        let folder = Folder::new("wrong");
        let (readings, out) = (folder.file("r.csv", READINGS), folder.0.join("out.csv"));
        let wrong: &Start<'_> = &|_, settings| Ok(Box::new(Plain::new(settings).wrong_in(2)));
        let (exit, stdout) = aggregate(&[&readings, "--out", out.to_str().unwrap()], wrong);
        assert!(exit.unwrap_err().to_string().contains("differs from the truth"));
        assert!(stdout.is_empty() && !out.exists());
    }

    #[test]
    fn minimum_sizes() {
        assert_eq!(min_meters(Protocol::Dcnet, false, None).unwrap(), Protocol::Dcnet.min_meters().max(3));
        assert_eq!(min_meters(Protocol::Cmt, false, None).unwrap(), 5);
        assert_eq!(min_meters(Protocol::Cmt, false, Some(9)).unwrap(), 9);
        assert!(
            min_meters(Protocol::Cmt, false, Some(4)).unwrap_err().to_string().contains("at least 5 meters")
        );
        assert_eq!(min_meters(Protocol::Shamir, true, None).unwrap(), 4);
        assert!(min_meters(Protocol::Shamir, true, Some(3)).is_err());
        let error = min_meters(Protocol::Dcnet, true, None).unwrap_err().to_string();
        assert!(error.contains("no sums over time"), "{error}");
    }
}
