//! Replay of a file of readings, one column a meter.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use meter_link::{PartyId, Schedule};

use crate::deployment::Deployment;
use crate::input::InputError;
use crate::readings::{Rules, Table, stamp};
use crate::sources::Metered;

/// One meter's column of a table that all meters of this process share.
pub(super) struct Replayed {
    table: Arc<Loaded>,
    column: usize,
    schedule: Schedule,
}

impl Replayed {
    pub(super) fn open(
        file: &Path,
        zone: Option<&str>,
        column: Option<&str>,
        deployment: &Deployment,
        meter: PartyId,
    ) -> anyhow::Result<Self> {
        let table = load(file, zone, deployment.meters.max_reading)?;
        let schedule = super::schedule(deployment);
        let column = match column {
            Some(name) => table.column(name).ok_or_else(|| {
                InputError::new(format!("{}: there is no meter {name:?} in it", file.display()))
            })?,
            None => place(file, &table, deployment, meter)?,
        };
        if !table.rows.keys().any(|second| is_begin(&schedule, *second)) {
            let first = table.table.intervals.first().map_or("", |interval| interval.label.as_str());
            return Err(InputError::new(format!(
                "{}: no interval in it begins at rounds.origin ({}) plus a multiple of rounds.period ({} s); the first \
                 one, {first}, begins at {}",
                file.display(),
                schedule.origin,
                schedule.period,
                table.table.intervals.first().map_or(0, |interval| interval.instant.as_second()),
            ))
            .into());
        }
        Ok(Self { table, column, schedule })
    }
}

impl Metered for Replayed {
    fn interval(&mut self, index: u64) -> Option<i64> {
        let begin = index.checked_mul(self.schedule.period.into())?.checked_add(self.schedule.origin)?;
        let row = *self.table.rows.get(&begin)?;
        self.table.table.row(row).get(self.column).copied().flatten()
    }
}

/// A table, and which of its rows begins when, in Unix seconds.
struct Loaded {
    table: Table,
    rows: HashMap<u64, usize>,
}

impl Loaded {
    fn column(&self, name: &str) -> Option<usize> {
        self.table.meters.iter().position(|meter| meter == name)
    }
}

fn is_begin(schedule: &Schedule, second: u64) -> bool {
    second.checked_sub(schedule.origin).is_some_and(|after| after.is_multiple_of(schedule.period.into()))
}

fn place(file: &Path, table: &Loaded, deployment: &Deployment, meter: PartyId) -> Result<usize, InputError> {
    let ids = &deployment.meters.ids.0;
    let place = ids.iter().position(|id| *id == meter);
    place.filter(|place| *place < table.table.meters.len()).ok_or_else(|| {
        InputError::new(format!(
            "{}: it has {} meters, which is too few for meter {meter} of {}; name its column with #COLUMN",
            file.display(),
            table.table.meters.len(),
            ids.len(),
        ))
    })
}

/// What a table was loaded with.
type Key = (PathBuf, Option<String>, u64);

fn load(file: &Path, zone: Option<&str>, max_reading: u64) -> Result<Arc<Loaded>, InputError> {
    let path = file.canonicalize().unwrap_or_else(|_| file.to_owned());
    let key = (path, zone.map(str::to_owned), max_reading);
    // Held while it loads: two thousand meters that start at once shall load it once.
    let mut tables = tables();
    if let Some(table) = tables.get(&key).and_then(Weak::upgrade) {
        return Ok(table);
    }
    let zone = zone.map(stamp::zone).transpose().map_err(InputError::new)?;
    let rules = Rules { zone, max_reading: i64::try_from(max_reading).unwrap_or(i64::MAX) };
    let table = Table::open(file, &rules)?;
    let second =
        |at: &jiff::Timestamp| u64::try_from(at.as_second()).ok().filter(|_| at.subsec_nanosecond() == 0);
    let begins = table.intervals.iter().enumerate();
    let rows = begins.filter_map(|(row, interval)| Some((second(&interval.instant)?, row))).collect();
    let loaded = Arc::new(Loaded { table, rows });
    tables.retain(|_, table| table.strong_count() > 0);
    tables.insert(key, Arc::downgrade(&loaded));
    Ok(loaded)
}

fn tables() -> MutexGuard<'static, HashMap<Key, Weak<Loaded>>> {
    static TABLES: OnceLock<Mutex<HashMap<Key, Weak<Loaded>>>> = OnceLock::new();
    TABLES.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deployment::example::deployment;

    const WIDE: &str = "interval_start,a,b,c\n2026-01-05T00:00Z,1,,3\n2026-01-05T00:15Z,4,5,-6\n\
                        2026-01-05T00:45Z,7,8,9\n";

    fn file(folder: &tempfile::TempDir, text: &str) -> PathBuf {
        let path = folder.path().join("readings.csv");
        std::fs::write(&path, text).unwrap();
        path
    }

    fn some() -> Deployment {
        let mut deployment = deployment();
        deployment.meters.ids = "30,10,20".to_owned().try_into().unwrap();
        deployment.rounds.origin = 1_767_571_200; // 2026-01-05T00:00Z
        deployment
    }

    fn readings(source: &mut Replayed) -> Vec<Option<i64>> {
        (0..5).map(|round| source.interval(round)).collect()
    }

    #[test]
    fn rows_by_time_and_columns_by_place_or_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = file(&folder, WIDE);
        let open = |column, id| Replayed::open(&path, None, column, &some(), PartyId(id)).unwrap();
        let mut second = open(None, 10);
        assert_eq!(readings(&mut second), [None, Some(5), None, Some(8), None]);
        assert_eq!(readings(&mut open(Some("c"), 10)), [Some(3), Some(-6), None, Some(9), None]);
        assert!(Arc::ptr_eq(&second.table, &open(None, 30).table), "loaded twice");
    }

    #[test]
    fn the_long_form_and_local_times() {
        let folder = tempfile::tempdir().unwrap();
        let path = file(
            &folder,
            "meter,interval_start,wh\nx,2026-01-05T01:15,2\ny,2026-01-05T01:00,3\nx,2026-01-05T01:00,1\n",
        );
        let open = |zone| {
            Replayed::open(&path, zone, Some("x"), &some(), PartyId(10)).map_err(|error| error.to_string())
        };
        assert_eq!(readings(&mut open(Some("Europe/Zurich")).unwrap())[..2], [Some(1), Some(2)]);
        assert!(open(None).err().unwrap().contains("has no offset"));
    }

    #[test]
    fn what_does_not_fit_is_told_before_a_round() {
        let folder = tempfile::tempdir().unwrap();
        let path = file(&folder, WIDE);
        let error = |deployment: &Deployment, column, id| {
            Replayed::open(&path, None, column, deployment, PartyId(id)).err().unwrap().to_string()
        };
        assert!(error(&some(), Some("d"), 10).contains("no meter \"d\""));
        let mut many = some();
        many.meters.ids = "1-4".to_owned().try_into().unwrap();
        assert!(error(&many, None, 4).contains("too few for meter 4"));
        let mut elsewhere = some();
        elsewhere.rounds.origin += 7;
        assert!(error(&elsewhere, None, 10).contains("no interval in it begins at rounds.origin"));
        let mut small = some();
        small.meters.max_reading = 8;
        assert!(error(&small, None, 10).contains("beyond the largest reading of 8"));
    }
}
