//! An append-only log, in memory and in a file, and beside it one state that is written whole.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

/// Where records go. What is appended is there after a power cut, or a beginning of it.
pub(crate) trait Store {
    fn append(&mut self, record: &[u8]);
    fn cut(&mut self, len: usize);
    fn bytes(&self) -> Vec<u8>;

    fn len(&self) -> usize {
        self.bytes().len()
    }
}

#[derive(Default)]
pub(crate) struct MemoryLog(Vec<u8>);

impl Store for MemoryLog {
    fn append(&mut self, record: &[u8]) {
        self.0.extend(record);
    }

    fn cut(&mut self, len: usize) {
        self.0.truncate(len);
    }

    fn bytes(&self) -> Vec<u8> {
        self.0.clone()
    }
}

pub(crate) struct FileLog {
    path: PathBuf,
    file: File,
}

impl FileLog {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("wattsum-log-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        let file = OpenOptions::new().create_new(true).append(true).open(&path).unwrap();
        FileLog { path, file }
    }
}

impl Store for FileLog {
    fn append(&mut self, record: &[u8]) {
        self.file.write_all(record).unwrap();
        self.file.sync_data().unwrap();
    }

    fn cut(&mut self, len: usize) {
        self.file.set_len(len as u64).unwrap();
        self.file.sync_all().unwrap();
    }

    fn bytes(&self) -> Vec<u8> {
        std::fs::read(&self.path).unwrap()
    }
}

impl Drop for FileLog {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

/// What a device has after a power cut: its log, and a state with the length that the log had then.
#[derive(Default)]
pub(crate) struct Disk<S> {
    pub(crate) log: S,
    pub(crate) state: Option<(Vec<u8>, usize)>,
}
