//! The file of a journal: appended to, replaced, and read again after a failure.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use getrandom::SysRng;
use rand_core::TryRng;
use zeroize::Zeroizing;

use super::StoreError;
use super::block::{self, Entry, Id};
use super::lock::Lock;
use super::scan::{self, Bad};

/// A journal's file, open and locked.
pub(super) struct JournalFile {
    path: PathBuf,
    owner: [u8; 32],
    id: Id,
    file: File,
    /// Where the next block goes.
    pub(super) end: u64,
    sequence: u64,
    health: Health,
    _lock: Lock,
}

/// What is known of the file after its last use.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Health {
    Sound,
    /// Something may stand behind `end` that was not acknowledged.
    NotWritten,
    /// What the file shows may not be on the disk: after a failed sync only a new file is.
    NotSynced,
}

impl JournalFile {
    /// Opens the journal, or makes an empty one, and gives what is in it.
    pub(super) fn open(path: &Path, owner: [u8; 32]) -> Result<(Self, Vec<Entry>), StoreError> {
        if let Some(folder) = folder(path).filter(|folder| !folder.exists()) {
            fs::create_dir_all(folder).map_err(StoreError::io("make the folder", folder))?;
        }
        let lock = Lock::take(path)?;
        let id = Id::default();
        let file = match OpenOptions::new().read(true).write(true).open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let id = draw(path)?;
                let file = write_beside(path, &block::header(&id, &owner))?;
                move_over(path)?;
                file
            }
            Err(error) => return Err(StoreError::io("open", path)(error)),
        };
        let health = Health::NotWritten;
        let mut open =
            Self { path: path.to_owned(), owner, id, file, end: 0, sequence: 0, health, _lock: lock };
        let entries = open.read()?;
        Ok((open, entries))
    }

    /// Reads all of it again, after a failure too, and makes it fit for use.
    pub(super) fn read(&mut self) -> Result<Vec<Entry>, StoreError> {
        let path = self.path.clone();
        self.file =
            OpenOptions::new().read(true).write(true).open(&path).map_err(StoreError::io("open", &path))?;
        let length = self.file.metadata().map_err(StoreError::io("read", &path))?.len();
        let mut bytes = Zeroizing::new(vec![0; usize::try_from(length).unwrap_or(usize::MAX)]);
        self.file.read_exact_at(&mut bytes, 0).map_err(StoreError::io("read", &path))?;
        let scan = scan::scan(&bytes, &self.owner).map_err(|bad| match bad {
            Bad::Damaged(what) => StoreError::Damaged { path: path.clone(), what },
            Bad::Foreign(what) => StoreError::Foreign { path: path.clone(), what },
        })?;
        (self.id, self.sequence, self.end) = (scan.id, scan.sequence, scan.good as u64);
        if scan.torn > 0 {
            tracing::warn!(
                journal = %path.display(), bytes = scan.torn,
                "cut off a commit that was not finished when the process or the power failed"
            );
            self.file.set_len(self.end).map_err(StoreError::io("cut", &path))?;
        }
        match self.health {
            Health::NotSynced => {
                self.replace(&scan.entries)?;
            }
            Health::NotWritten => self.file.sync_all().map_err(StoreError::io("sync", &path))?,
            Health::Sound => {}
        }
        self.health = Health::Sound;
        Ok(scan.entries)
    }

    /// Adds one block, and returns once it is on the disk.
    pub(super) fn append(&mut self, entries: &[Entry]) -> Result<u64, StoreError> {
        self.usable()?;
        let block = block::block(&self.id, self.sequence, entries).ok_or_else(|| too_large(&self.path))?;
        self.health = Health::NotWritten;
        self.file.write_all_at(&block, self.end).map_err(StoreError::io("write", &self.path))?;
        self.health = Health::NotSynced;
        self.file.sync_data().map_err(StoreError::io("sync", &self.path))?;
        self.health = Health::Sound;
        self.end = self.end.saturating_add(block.len() as u64);
        self.sequence = self.sequence.saturating_add(1);
        Ok(block.len() as u64)
    }

    /// Puts another file in its place that holds these entries only, and returns once that is on the disk.
    pub(super) fn replace(&mut self, entries: &[Entry]) -> Result<u64, StoreError> {
        let id = draw(&self.path)?;
        let block = match entries {
            [] => Zeroizing::default(),
            _ => block::block(&id, 0, entries).ok_or_else(|| too_large(&self.path))?,
        };
        let header = block::header(&id, &self.owner);
        let mut bytes = Zeroizing::new(Vec::with_capacity(header.len().saturating_add(block.len())));
        bytes.extend_from_slice(&header);
        bytes.extend_from_slice(&block);
        self.health = self.health.max(Health::NotWritten);
        let file = write_beside(&self.path, &bytes)?;
        // Once the new file has the name, nobody knows which of the two a power failure leaves.
        self.health = Health::NotSynced;
        move_over(&self.path)?;
        self.file = file;
        self.health = Health::Sound;
        (self.id, self.end) = (id, bytes.len() as u64);
        self.sequence = u64::from(!entries.is_empty());
        Ok(self.end)
    }

    /// # Errors
    /// An earlier use failed, and it was not read since.
    pub(super) fn usable(&self) -> Result<(), StoreError> {
        match self.health {
            Health::Sound => Ok(()),
            Health::NotWritten | Health::NotSynced => Err(StoreError::NotLoaded),
        }
    }
}

/// A file with these bytes, on the disk, but not under its name yet.
fn write_beside(path: &Path, bytes: &[u8]) -> Result<File, StoreError> {
    let beside = beside(path);
    let written = write_new(&beside, bytes);
    if written.is_err() {
        // It would only take up what space is left; the next try writes it anew.
        let _ = fs::remove_file(&beside);
    }
    written
}

/// Gives the file [`beside`] its name, for good.
pub(super) fn move_over(path: &Path) -> Result<(), StoreError> {
    fs::rename(beside(path), path).map_err(StoreError::io("replace", path))?;
    if let Some(folder) = folder(path) {
        let synced = File::open(folder).and_then(|folder| folder.sync_all());
        synced.map_err(StoreError::io("sync the folder", folder))?;
    }
    Ok(())
}

/// Where a new file is written that is to replace this one.
pub(super) fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    PathBuf::from(name)
}

fn write_new(path: &Path, bytes: &[u8]) -> Result<File, StoreError> {
    let file = OpenOptions::new()
        .create(true)
        .truncate(true)
        .read(true)
        .write(true)
        .mode(0o600)
        .open(path)
        .map_err(StoreError::io("make", path))?;
    file.write_all_at(bytes, 0).map_err(StoreError::io("write", path))?;
    file.sync_all().map_err(StoreError::io("sync", path))?;
    Ok(file)
}

fn folder(path: &Path) -> Option<&Path> {
    path.parent().map(|folder| if folder.as_os_str().is_empty() { Path::new(".") } else { folder })
}

fn draw(path: &Path) -> Result<Id, StoreError> {
    let mut id = Id::default();
    let drawn = SysRng.try_fill_bytes(&mut id);
    drawn.map_err(|error| StoreError::io("draw an id for", path)(std::io::Error::other(error)))?;
    Ok(id)
}

fn too_large(path: &Path) -> StoreError {
    StoreError::io("write", path)(std::io::Error::other("more than a gibibyte in one commit"))
}
