//! `wattsum sizing`: how many meters a sum needs so that it tells next to nothing about one of them.

mod args;
mod figures;
mod input;

use std::io::Write;

use chacha20::ChaCha20Rng;
use dcnet_core::sizing::{self, Plan};
use rand_core::SeedableRng;

use crate::input::InputError;
use crate::output;
use crate::progress::Progress;
use crate::readings::Table;
use crate::report::sizes as report;

pub(crate) use args::{NOTES, Sizing};
pub(crate) use figures::{Figures, Point};
use input::Days;

pub(crate) fn run(args: &Sizing, stdout: &mut dyn Write) -> anyhow::Result<()> {
    if !(args.limit > 0.0 && args.limit < 1.0) {
        return Err(InputError::new(format!("--limit {}: is not between 0 and 1", args.limit)).into());
    }
    for (path, other) in [(Some(&args.report), None), (args.out.as_ref(), Some(args.report.as_path()))] {
        let Some(path) = path else { continue };
        output::check(path)?;
        output::check_apart(path, &[Some(&args.readings), other])?;
        if other == Some(path) {
            return Err(InputError::new("--out and --report are the same file").into());
        }
    }
    let table = Table::open(&args.readings, &args.reading.rules())?;
    let days = Days::new(&table, args)?;

    let switch = i64::from(args.switch_watts).saturating_mul(days.minutes) / 60;
    let plan = Plan { groups: usize::try_from(args.groups)?, ..Plan::new(switch) };
    let progress = Progress::steps("playing", "sizes", days.sizes.len());
    let mut measured = Vec::new();
    for (size, done) in days.sizes.iter().zip(1usize..) {
        // Each size with a stream of its own, so that figures do not depend on which others are asked for.
        let mut rng = ChaCha20Rng::from_seed(seed(args.seed, *size));
        measured.extend(sizing::measure(&days.readings, &plan, *size, &mut rng)?);
        progress.at(done);
    }
    drop(progress);

    let figures = Figures::new(args, &days, &measured);
    let page = report::page(&figures)?;
    output::write(Some(&args.report), stdout, |out| out.write_all(page.as_bytes()))?;
    if let Some(path) = &args.out {
        output::write(Some(path), stdout, |out| {
            figures.csv(csv::Writer::from_writer(out)).map_err(output::csv_error)
        })?;
    }
    if days.left_out > 0 {
        let all = table.meters.len();
        eprintln!("left out: {} of {all} households, which have silent intervals", days.left_out);
    }
    if args.json {
        let line = serde_json::to_string(&figures)?;
        output::write(None, stdout, |out| writeln!(out, "{line}"))?;
        eprintln!("report: {}", args.report.display());
    } else {
        let (text, verdict) = (figures.text(), figures.verdict());
        output::write(None, stdout, |out| {
            write!(out, "{text}\n{verdict}\nreport: {}\n", args.report.display())
        })?;
    }
    Ok(())
}

fn seed(seed: u64, size: usize) -> [u8; 32] {
    let mut key = *b"wattsum sizing v1...............";
    let number = u128::from(seed) << 64 | size as u128;
    if let Some(end) = key.last_chunk_mut::<14>() {
        end.iter_mut().zip(number.to_le_bytes()).for_each(|(key, byte)| *key = byte);
    }
    key
}
