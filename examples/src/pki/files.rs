//! Key files: readable by their owner only, whole or not there at all.

use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use anyhow::Context as _;
use zeroize::Zeroizing;

/// No file of a PKI is longer.
const LONGEST: u64 = 1 << 20;

/// Who may read a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reader {
    Owner,
    Everybody,
}

/// Makes a folder that only its owner can look into.
pub(crate) fn make_folder(folder: &Path) -> anyhow::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))
}

/// Writes a file whole: it is there with all its content, or as it was.
pub(crate) fn write(path: &Path, content: &[u8], reader: Reader) -> anyhow::Result<()> {
    let (mode, new) = (if reader == Reader::Owner { 0o600 } else { 0o644 }, path.with_extension("new"));
    let put = || {
        // What a killed run has left may have other rights.
        match fs::remove_file(&new) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&new)?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&new, path)
    };
    put().with_context(|| format!("cannot write {}", path.display()))
}

/// Reads a file that may hold a secret.
pub(crate) fn read(path: &Path) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    let get = || {
        let mut content = Zeroizing::new(Vec::new());
        File::open(path)?.take(LONGEST).read_to_end(&mut content)?;
        Ok::<_, std::io::Error>(content)
    };
    get().with_context(|| format!("cannot read {}", path.display()))
}

/// 32 bytes as text.
pub(crate) fn to_hex(bytes: &[u8; 32]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(64));
    for byte in bytes {
        for nibble in [byte >> 4, byte & 15] {
            text.push(char::from_digit(nibble.into(), 16).unwrap_or_default());
        }
    }
    text
}

/// 64 hex digits as bytes.
pub(crate) fn from_hex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let mut value = 0u32;
        for digit in pair {
            value = value << 4 | char::from(*digit).to_digit(16)?;
        }
        *byte = u8::try_from(value).ok()?;
    }
    Some(bytes)
}
