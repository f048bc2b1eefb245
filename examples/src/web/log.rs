//! The audit log as it stands in the utility's database, read beside the process that writes it.

use std::path::PathBuf;

use anyhow::Context as _;

use super::{AuditLog, AuditRow};
use crate::store::audit;

/// The log of one database. Opens it for each question: it may not be there yet.
pub(crate) struct LogFile {
    path: PathBuf,
}

impl LogFile {
    pub(crate) const fn new(path: PathBuf) -> Self {
        Self { path }
    }
}

impl AuditLog for LogFile {
    fn rows(&self, from: Option<u64>, most: u32) -> anyhow::Result<Vec<AuditRow>> {
        let db = audit::open(&self.path)?;
        let last: i64 = db.query_row("SELECT coalesce(max(sequence), 0) FROM audit", [], |row| row.get(0))?;
        let from = match from {
            Some(from) => i64::try_from(from).unwrap_or(i64::MAX),
            None => last.saturating_sub(most.into()).saturating_add(1),
        };
        let mut rows = db.prepare(
            "SELECT sequence, time, event, hash FROM audit WHERE sequence >= ?1 ORDER BY sequence LIMIT ?2",
        )?;
        let mut rows = rows.query((from, most))?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let (number, at): (i64, i64) = (row.get(0)?, row.get(1)?);
            let (event, hash): (String, Vec<u8>) = (row.get(2)?, row.get(3)?);
            found.push(AuditRow {
                number: number.unsigned_abs(),
                at: at.unsigned_abs(),
                event: serde_json::from_str(&event).with_context(|| format!("row {number} is no event"))?,
                chain: hash.iter().map(|byte| format!("{byte:02x}")).collect(),
            });
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use meter_link::PartyId;

    use super::*;
    use crate::engine::{Change, Event};
    use crate::store::{Owner, Store};

    #[tokio::test(flavor = "multi_thread")]
    #[allow(clippy::arithmetic_side_effects)]
    async fn reads_what_the_store_wrote() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("utility.db");
        let log = LogFile::new(path.clone());
        assert!(log.rows(None, 10).unwrap_err().to_string().contains("no such file"));
        let owner = Owner { deployment: "test".into(), session: [7; 32], party: PartyId(0) };
        let mut store = Store::database(&path, &owner).unwrap();
        for round in 0..7 {
            let sum = Event::Sum { round, meters: 5, values: vec![round.into()] };
            store.commit(1000 + u64::from(round), &[Change::Event(sum)]).await.unwrap();
        }
        // Beside the writer, which has the database open.
        let rounds = |from, most| -> Vec<(u64, u64)> {
            log.rows(from, most).unwrap().iter().map(|row| (row.number, row.at)).collect()
        };
        assert_eq!(rounds(None, 3), [(5, 1004), (6, 1005), (7, 1006)]);
        assert_eq!(rounds(Some(2), 2), [(2, 1001), (3, 1002)]);
        assert!(rounds(Some(8), 5).is_empty() && rounds(Some(u64::MAX), 5).is_empty());
        let rows = log.rows(None, 10).unwrap();
        assert!(rows.iter().all(|row| row.chain.len() == 64) && rows[0].chain != rows[1].chain);
        assert_eq!(rows[3].event, Event::Sum { round: 3, meters: 5, values: vec![3] });
    }
}
