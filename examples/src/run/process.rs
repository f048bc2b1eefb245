//! A role as a process of its own: this very program with other arguments.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use rustix::process::{Pid, Signal, kill_process};

/// A process that can be killed and started again.
pub(crate) struct Process {
    name: String,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    log: PathBuf,
    child: Option<Child>,
}

/// How long a process may take to end by itself.
const PATIENCE: Duration = Duration::from_secs(10);

impl Process {
    /// Starts this program with `arguments`; what it logs goes to a file in `folder`.
    pub(crate) fn start(
        name: String,
        folder: &Path,
        arguments: Vec<OsString>,
        environment: Vec<(OsString, OsString)>,
    ) -> anyhow::Result<Self> {
        let log = folder.join(format!("{name}.log"));
        let mut process = Self { name, arguments, environment, log, child: None };
        process.restart()?;
        Ok(process)
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Where its output is.
    pub(crate) fn log(&self) -> &Path {
        &self.log
    }

    /// Starts it, unless it runs.
    pub(crate) fn restart(&mut self) -> anyhow::Result<()> {
        if self.is_running()? {
            return Ok(());
        }
        let program = std::env::current_exe().context("this program's own path")?;
        let log = OpenOptions::new().create(true).append(true).open(&self.log);
        let log: File = log.with_context(|| format!("{}: cannot be written", self.log.display()))?;
        let mut command = Command::new(program);
        command.args(&self.arguments).envs(self.environment.iter().cloned()).stdin(Stdio::null());
        command.stdout(log.try_clone()?).stderr(log);
        self.child = Some(command.spawn().with_context(|| format!("{} does not start", self.name))?);
        Ok(())
    }

    pub(crate) fn is_running(&mut self) -> anyhow::Result<bool> {
        Ok(match &mut self.child {
            Some(child) => child.try_wait()?.is_none(),
            None => false,
        })
    }

    /// Its number, while it runs.
    pub(crate) fn id(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// How it ended, if it has ended by itself.
    pub(crate) fn ended(&mut self) -> anyhow::Result<Option<ExitStatus>> {
        Ok(match &mut self.child {
            Some(child) => child.try_wait()?,
            None => None,
        })
    }

    /// `kill -9`, in whatever it does.
    pub(crate) fn kill(&mut self) -> anyhow::Result<()> {
        if let Some(mut child) = self.child.take() {
            child.kill().with_context(|| format!("{} cannot be killed", self.name))?;
            child.wait()?;
        }
        Ok(())
    }

    /// Sends a signal, where it runs.
    pub(crate) fn signal(&mut self, signal: Signal) -> anyhow::Result<()> {
        if self.is_running()?
            && let Some(child) = &self.child
            && let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw)
        {
            kill_process(pid, signal).with_context(|| format!("{signal:?} to {}", self.name))?;
        }
        Ok(())
    }

    /// Asks it to end, and waits for that.
    ///
    /// # Errors
    /// If it does not, or ends otherwise than well; it is gone in any case.
    pub(crate) fn stop(&mut self) -> anyhow::Result<()> {
        self.signal(Signal::TERM)?;
        let Some(mut child) = self.child.take() else { return Ok(()) };
        let begin = Instant::now();
        while begin.elapsed() < PATIENCE {
            if let Some(status) = child.try_wait()? {
                anyhow::ensure!(
                    status.success(),
                    "{} ended with {status}; see {}",
                    self.name,
                    self.log.display()
                );
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        child.kill()?;
        child.wait()?;
        anyhow::bail!("{} did not end when it was asked to; see {}", self.name, self.log.display())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Whoever gives up in the middle leaves nobody behind.
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
