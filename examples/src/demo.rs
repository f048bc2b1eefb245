//! `wattsum demo`: all protocols on the same readings, beside the truth.

use std::io::Write;

use chacha20::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};

use crate::args::Demo;
use crate::exit::Exit;
use crate::generate;
use crate::input::InputError;
use crate::output;
use crate::progress::Progress;
use crate::readings::Table;
use crate::report::{self, Scene, Shown};
use crate::system::{Protocol, Settings, Start};
use crate::table::{self, Figures};
use crate::trial;

const METERS: u32 = 200;
const ROUNDS: u32 = 96;

/// One reading in a hundred never comes, but not more than one of ten in a round.
const SILENT_ONE_IN: u32 = 100;
const SILENT_PART: usize = 10;

pub(crate) fn run(args: &Demo, start: &Start<'_>, stdout: &mut dyn Write) -> anyhow::Result<Exit> {
    output::check(&args.report)?;
    output::check_apart(&args.report, &[args.readings.as_deref()])?;
    let protocols = if args.protocol.is_empty() { Protocol::ALL.to_vec() } else { args.protocol.clone() };
    let mut table = readings(args)?;
    let least = protocols.iter().map(|protocol| protocol.min_meters()).max().unwrap_or_default();
    if table.meters.len() < least {
        let meters = table.meters.len();
        return Err(InputError::new(format!(
            "{meters} meters are too few: a protocol needs at least {least}"
        ))
        .into());
    }
    silence(&mut table, args.seed, least);
    let watched = telling(&table);

    let mut shown = Vec::new();
    for protocol in protocols {
        let settings = Settings {
            meters: table.meters.len(),
            rounds: u64::try_from(table.intervals.len())?,
            max_reading: args.reading.max_reading,
            min_meters: protocol.min_meters(),
            seed: args.seed,
            watched: Some(watched),
            window: None,
        };
        let progress = Progress::steps(protocol.name(), "rounds", table.intervals.len());
        let rows = table.rows().map(|(_, row)| row);
        let trial = trial::run(protocol, start, &settings, rows, (&progress, 0))?;
        drop(progress);
        let figures = Figures::new(protocol, table.meters.len(), &trial);
        if args.json {
            let line = serde_json::to_string(&figures)?;
            output::write(None, stdout, |out| writeln!(out, "{line}"))?;
        }
        complain(protocol, &table, &trial);
        shown.push(Shown { protocol, figures, trial });
    }

    let source = match &args.readings {
        // The name alone: where it lies is nobody's business but the user's.
        Some(path) => {
            let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
            format!("{name}, seed {} for silence and keys", args.seed)
        }
        None => format!("made-up households, seed {}", args.seed),
    };
    let scene = Scene { source: &source, table: &table, watched, shown: &shown };
    let page = report::page(&scene)?;
    output::write(Some(&args.report), stdout, |out| out.write_all(page.as_bytes()))?;
    if args.json {
        eprintln!("report: {}", args.report.display());
    } else {
        let text = table::text(shown.iter().map(|shown| &shown.figures));
        output::write(None, stdout, |out| write!(out, "{text}\nreport: {}\n", args.report.display()))?;
    }
    Ok(if shown.iter().all(|shown| shown.figures.all_equal()) { Exit::Done } else { Exit::Failed })
}

fn readings(args: &Demo) -> anyhow::Result<Table> {
    let Some(path) = &args.readings else {
        return generate::rounds(args.seed, args.meters.unwrap_or(METERS), args.rounds.unwrap_or(ROUNDS));
    };
    let table = Table::open(path, &args.reading.rules())?;
    // What is asked for must be there; what is not asked for is cut to what is there.
    let part = |asked: Option<u32>, default: u32, have: usize, what: &str| {
        let wanted = usize::try_from(asked.unwrap_or(default)).unwrap_or(usize::MAX);
        if asked.is_some() && wanted > have {
            return Err(InputError::new(format!("{}: has {have} {what}, not {wanted}", path.display())));
        }
        Ok(wanted.min(have))
    };
    let meters = part(args.meters, METERS, table.meters.len(), "meters")?;
    let rounds = part(args.rounds, ROUNDS, table.intervals.len(), "intervals")?;
    Ok(table.first(meters, rounds))
}

/// Takes readings away by chance, and leaves at least `least` in each round.
fn silence(table: &mut Table, seed: u64, least: usize) {
    let mut key = *b"wattsum silence v1..............";
    if let Some(end) = key.last_chunk_mut::<8>() {
        *end = seed.to_le_bytes();
    }
    let mut rng = ChaCha20Rng::from_seed(key);
    for interval in 0..table.intervals.len() {
        let mut present = table.row(interval).iter().flatten().count();
        let least = least.max(present.saturating_sub(present / SILENT_PART));
        for meter in 0..table.meters.len() {
            let draw = rng.next_u32().is_multiple_of(SILENT_ONE_IN);
            if draw && present > least && table.row(interval).get(meter).is_some_and(Option::is_some) {
                table.silence(interval, meter);
                present = present.saturating_sub(1);
            }
        }
    }
}

/// The household to look at: its appliances show, and it is not out of the ordinary. Of the middle fifth by
/// consumption, the one whose readings differ most from one to the next.
fn telling(table: &Table) -> usize {
    let mut totals: Vec<(i64, i64, usize)> = (0..table.meters.len())
        .map(|meter| {
            let readings: Vec<i64> = table.column(meter).flatten().collect();
            let total = readings.iter().fold(0i64, |sum, wh| sum.saturating_add(*wh));
            let pairs = readings.iter().zip(readings.iter().skip(1));
            let steps = pairs.fold(0i64, |sum, (a, b)| {
                sum.saturating_add(i64::try_from(a.abs_diff(*b)).unwrap_or(i64::MAX))
            });
            (total, steps, meter)
        })
        .collect();
    totals.sort_unstable();
    let fifth = totals.len() / 5;
    let middle = totals.iter().skip(fifth.saturating_mul(2)).take(fifth.max(1));
    middle.max_by_key(|(_, steps, _)| *steps).map_or(0, |(_, _, meter)| *meter)
}

fn complain(protocol: Protocol, table: &Table, trial: &trial::Trial) {
    for (interval, round) in table.intervals.iter().zip(&trial.rounds) {
        match &round.sum {
            Ok(sum) if !round.equal() => {
                eprintln!(
                    "{protocol}: {}: the sum is {sum} Wh, the truth {} Wh",
                    interval.label, round.truth
                );
            }
            Err(why) => eprintln!("{protocol}: {}: no sum: {why}", interval.label),
            Ok(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::{Cli, Command};
    use crate::system::plain::{self, Plain};
    use clap::Parser;

    /// Runs `demo` on a plain system; gives the exit, the standard output and the report.
    fn demo(name: &str, options: &[&str], start: &Start<'_>) -> (anyhow::Result<Exit>, String, String) {
        let report = std::env::temp_dir().join(format!("wattsum-demo-{}-{name}.html", std::process::id()));
        let report_path = report.to_str().unwrap();
        let line = ["wattsum", "demo", "--report", report_path].into_iter().chain(options.iter().copied());
        let Command::Demo(args) = Cli::parse_from(line).command else { panic!() };
        let mut stdout = Vec::new();
        let exit = run(&args, start, &mut stdout);
        let page = std::fs::read_to_string(&report).unwrap_or_default();
        let _ = std::fs::remove_file(&report);
        (exit, String::from_utf8(stdout).unwrap(), page)
    }

    const SMALL: [&str; 4] = ["--meters", "20", "--rounds", "30"];

    #[test]
    fn all_protocols_and_a_report() {
        let (exit, stdout, page) = demo("all", &SMALL, &plain::start);
        assert_eq!(exit.unwrap(), Exit::Done);
        let lines: Vec<&str> = stdout.lines().collect();
        assert_eq!(lines.len(), 7, "{stdout}");
        assert!(lines[1].starts_with("dcnet") && lines[1].contains("30/30"));
        assert!(lines[6].starts_with("report: "));
        assert_eq!(page.matches("<svg ").count(), 9);
    }

    #[test]
    fn json_is_one_object_a_protocol() {
        let (exit, stdout, _) = demo("json", &[&SMALL[..], &["--json"]].concat(), &plain::start);
        assert_eq!(exit.unwrap(), Exit::Done);
        let values: Vec<serde_json::Value> =
            stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(values.len(), 4);
        assert!(values.iter().all(|value| value["sums_equal"] == 30 && value["meters"] == 20));
        assert!(values[0]["silent"].as_u64().unwrap() > 0);
    }

    #[test]
    fn a_wrong_or_missing_sum_fails() {
        let wrong: &Start<'_> = &|_, settings| Ok(Box::new(Plain::new(settings).wrong_in(7)));
        let (exit, stdout, page) = demo("wrong", &SMALL, wrong);
        assert_eq!(exit.unwrap(), Exit::Failed);
        assert!(stdout.contains("29/30") && page.contains("Only 0 of 4 protocols"));
        let refusing: &Start<'_> = &|_, settings| Ok(Box::new(Plain::new(settings).refusing(7)));
        assert_eq!(demo("refused", &SMALL, refusing).0.unwrap(), Exit::Failed);
    }

    #[test]
    fn silence_is_seeded_and_leaves_enough() {
        let silent = |seed, meters, least| {
            let mut table = generate::rounds(1, meters, 500).unwrap();
            silence(&mut table, seed, least);
            let counts: Vec<usize> = table.rows().map(|(_, row)| row.iter().flatten().count()).collect();
            counts
        };
        assert_eq!(silent(1, 50, 5), silent(1, 50, 5));
        assert_ne!(silent(1, 50, 5), silent(2, 50, 5));
        let total: usize = silent(3, 50, 5).iter().map(|count| 50 - count).sum();
        assert!((180..=320).contains(&total), "{total} of 25000");
        assert!(silent(4, 10, 5).iter().all(|count| *count >= 9));
        assert!(silent(4, 10, 10).iter().all(|count| *count == 10));
    }

    #[test]
    fn the_household_shown_is_alive_and_ordinary() {
        let table = generate::rounds(1, 100, 96).unwrap();
        let total = |meter| table.column(meter).flatten().sum::<i64>();
        let watched = total(telling(&table));
        let above = (0..100).filter(|meter| total(*meter) > watched).count();
        assert!((35..=65).contains(&above), "{above} of 100 use more");
    }

    #[test]
    fn more_than_the_file_has_is_refused() {
        let file = std::env::temp_dir().join(format!("wattsum-demo-{}.csv", std::process::id()));
        std::fs::write(&file, "interval_start,a,b,c,d,e,f\n2026-01-01T00Z,1,2,3,4,5,6\n").unwrap();
        let path = file.to_str().unwrap();
        let asked =
            |options: &[&str]| demo("file", &[&["--readings", path], options].concat(), &plain::start).0;
        assert_eq!(asked(&[]).unwrap(), Exit::Done);
        assert!(asked(&["--meters", "7"]).unwrap_err().to_string().contains("has 6 meters, not 7"));
        assert!(asked(&["--rounds", "2"]).unwrap_err().to_string().contains("has 1 intervals, not 2"));
        std::fs::remove_file(file).unwrap();
    }
}
