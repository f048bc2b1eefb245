//! The file of bills.

use std::io::Write;
use std::path::Path;

use crate::groups::Group;
use crate::output;
use crate::readings::Table;
use crate::system::Billed;
use crate::trial::Trial;

/// Meters without a bill that are named one by one.
const REPORTED: usize = 10;

/// Writes a row for each bill, names who has none, and says how many they are.
pub(super) fn write(
    path: &Path,
    stdout: &mut dyn Write,
    window: u32,
    table: &Table,
    groups: &[Group],
    trials: &[Trial],
) -> anyhow::Result<usize> {
    output::write(Some(path), stdout, |out| {
        rows(window, table, groups, trials, csv::Writer::from_writer(out)).map_err(output::csv_error)
    })?;
    Ok(report(window, table, groups, trials))
}

/// The label of a window's first interval.
fn start(window: u32, number: usize, table: &Table) -> &str {
    let first = number.saturating_mul(window as usize);
    table.intervals.get(first).map_or("", |interval| interval.label.as_str())
}

fn rows<W: Write>(
    window: u32,
    table: &Table,
    groups: &[Group],
    trials: &[Trial],
    mut file: csv::Writer<W>,
) -> csv::Result<()> {
    file.write_record(["window_start", "meter", "sum_wh", "intervals"])?;
    for number in 0..windows(trials) {
        for (group, trial) in groups.iter().zip(trials) {
            for bill in trial.windows.get(number).into_iter().flatten() {
                let (sum, rounds) = (bill.sum.to_string(), bill.rounds.to_string());
                file.write_record([start(window, number, table), name(table, group, bill), &sum, &rounds])?;
            }
        }
    }
    Ok(file.flush()?)
}

fn windows(trials: &[Trial]) -> usize {
    trials.iter().map(|trial| trial.windows.len()).max().unwrap_or(0)
}

fn name<'t>(table: &'t Table, group: &Group, bill: &Billed) -> &'t str {
    let column = group.columns.get(bill.meter).copied();
    column.and_then(|column| table.meters.get(column)).map_or("", String::as_str)
}

fn report(window: u32, table: &Table, groups: &[Group], trials: &[Trial]) -> usize {
    let mut unbilled = 0usize;
    for number in 0..windows(trials) {
        for (group, trial) in groups.iter().zip(trials) {
            let bills = trial.windows.get(number).map_or(&[][..], Vec::as_slice);
            let at = start(window, number, table);
            for (place, column) in group.columns.iter().enumerate() {
                if bills.iter().any(|bill| bill.meter == place) {
                    continue;
                }
                if unbilled < REPORTED {
                    let meter = table.meters.get(*column).map_or("", String::as_str);
                    eprintln!("not billed: meter {meter:?} in the window of {at}: the rules do not allow it");
                }
                unbilled = unbilled.saturating_add(1);
            }
        }
    }
    if unbilled > REPORTED {
        eprintln!("not billed: {} further bills", unbilled.saturating_sub(REPORTED));
    }
    let rest = table.intervals.len().checked_rem(window as usize).unwrap_or(0);
    if rest > 0 {
        eprintln!("not billed: the last {rest} intervals, which are no whole window");
    }
    unbilled
}
