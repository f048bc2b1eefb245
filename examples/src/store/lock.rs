//! One process a store.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::StoreError;

/// Held as long as the store is open; the system lets go of it when the process ends, however it ends. A file of its
/// own beside the store, for a journal is replaced by another file now and then.
pub(super) struct Lock(#[allow(dead_code, reason = "holds the lock")] File);

impl Lock {
    pub(super) fn take(path: &Path) -> Result<Self, StoreError> {
        let mut name = path.as_os_str().to_owned();
        name.push(".lock");
        let beside = Path::new(&name);
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(beside)
            .map_err(StoreError::io("open", beside))?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(StoreError::InUse { path: path.to_owned() }),
            Err(TryLockError::Error(error)) => Err(StoreError::io("lock", beside)(error)),
        }
    }
}
