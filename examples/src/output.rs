//! Files appear whole or not at all.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::input::InputError;

/// Refuses a path that could not be written, before any work is done for it.
pub(crate) fn check(path: &Path) -> Result<(), InputError> {
    let folder = folder(path);
    if path.is_dir() {
        Err(InputError::new(format!("{}: is a folder, not a file to write", path.display())))
    } else if !is_stream(path) && !folder.is_dir() {
        Err(InputError::new(format!("{}: there is no folder {}", path.display(), folder.display())))
    } else {
        Ok(())
    }
}

/// Refuses to write over a file that is read.
pub(crate) fn check_apart(path: &Path, inputs: &[Option<&Path>]) -> Result<(), InputError> {
    let same = |input: &&Path| match (fs::canonicalize(path), fs::canonicalize(input)) {
        (Ok(path), Ok(input)) => path == input && !is_stream(&path),
        _ => false,
    };
    match inputs.iter().flatten().find(|input| same(input)) {
        Some(_) => {
            Err(InputError::new(format!("{}: is read here; choose another file to write", path.display())))
        }
        None => Ok(()),
    }
}

/// Writes to `path`: to a file beside it, which then takes its name. Without a path, or with `-`, writes to
/// `stdout`.
///
/// # Errors
/// If writing fails; the file is then as it was.
pub(crate) fn write(
    path: Option<&Path>,
    stdout: &mut dyn Write,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> anyhow::Result<()> {
    let Some(path) = path.filter(|path| path.as_os_str() != "-") else {
        return to_stream(stdout, content).context("standard output");
    };
    let written = if is_stream(path) {
        File::options().write(true).open(path).and_then(|file| to_stream(file, content))
    } else {
        replace(path, content)
    };
    written.with_context(|| format!("{}: cannot be written", path.display()))
}

/// Says what kept CSV from being written.
pub(crate) fn csv_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

fn to_stream(stream: impl Write, content: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut buffer = BufWriter::new(stream);
    content(&mut buffer)?;
    buffer.flush()
}

fn replace(path: &Path, content: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    // A link keeps pointing to the file that is replaced.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let beside = folder(&target).join(format!(".{name}.{}.part", std::process::id()));
    let written = File::create_new(&beside).and_then(|file| {
        if let Ok(old) = fs::metadata(&target) {
            file.set_permissions(old.permissions())?;
        }
        to_stream(&file, content)?;
        file.sync_all()?;
        fs::rename(&beside, &target)
    });
    if written.is_err() {
        // The first error is the one to report.
        let _ = fs::remove_file(&beside);
    }
    written
}

/// Devices and pipes are written to, never replaced.
fn is_stream(path: &Path) -> bool {
    path.as_os_str() == "-" || fs::metadata(path).is_ok_and(|meta| !meta.is_file() && !meta.is_dir())
}

fn folder(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of this test's own, empty.
    fn fresh(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("wattsum-output-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn a_failed_write_leaves_the_old_file_and_nothing_else() {
        let folder = fresh("failed");
        let path = folder.join("out.csv");
        write(Some(&path), &mut io::sink(), |out| out.write_all(b"old")).unwrap();
        let failed = write(Some(&path), &mut io::sink(), |out| {
            out.write_all(b"new")?;
            Err(io::Error::other("no"))
        });
        assert!(failed.is_err());
        assert_eq!(fs::read(&path).unwrap(), b"old");
        write(Some(&path), &mut io::sink(), |out| out.write_all(b"new")).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        fs::remove_dir_all(folder).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn a_link_and_a_device_stay_what_they_are() {
        let folder = fresh("link");
        let (file, link) = (folder.join("file.csv"), folder.join("link.csv"));
        fs::write(&file, "old").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        write(Some(&link), &mut io::sink(), |out| out.write_all(b"new")).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&file).unwrap(), b"new");
        write(Some(Path::new("/dev/null")), &mut io::sink(), |out| out.write_all(b"new")).unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn unwritable_paths_are_seen_beforehand() {
        let folder = fresh("check");
        assert!(check(&folder).unwrap_err().to_string().contains("is a folder"));
        assert!(check(&folder.join("no/out.csv")).unwrap_err().to_string().contains("there is no folder"));
        assert!(check(&folder.join("out.csv")).is_ok());
        assert!(check(Path::new("out.csv")).is_ok() && check(Path::new("-")).is_ok());
        fs::remove_dir_all(folder).unwrap();
    }
}
