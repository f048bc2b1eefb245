//! A small disk that all journals and the database are on, and that can be filled.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A tmpfs of its own; gone with this.
pub(crate) struct Disk {
    path: PathBuf,
}

/// Megabytes: more than a run writes.
const SIZE: u32 = 96;

impl Disk {
    /// Mounts it, where this process may.
    ///
    /// # Errors
    /// What kept it from that.
    pub(crate) fn mount(path: &Path) -> Result<Self, String> {
        fs::create_dir_all(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let mut mount = Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o"])
            .arg(format!("size={SIZE}m,mode=0700"))
            .arg("wattsum-chaos")
            .arg(path);
        let output = mount.output().map_err(|error| format!("mount: {error}"))?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
        }
        Ok(Self { path: path.to_path_buf() })
    }

    /// Takes all that is left of it.
    pub(crate) fn fill(&self) -> std::io::Result<()> {
        let mut filler = File::create(self.filler())?;
        let mut block = 1 << 20;
        while block > 0 {
            match filler.write_all(&vec![0u8; block]) {
                Ok(()) => {}
                Err(_) => block /= 2,
            }
        }
        Ok(())
    }

    /// Gives it back.
    pub(crate) fn free(&self) -> std::io::Result<()> {
        match fs::remove_file(self.filler()) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn filler(&self) -> PathBuf {
        self.path.join("filler")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazy: a process that is being killed may still have a file open.
        let _ = Command::new("umount").arg("-l").arg(&self.path).status();
    }
}
