//! A progress bar on standard error for what takes over a second, only where that is a terminal.

use std::io::{IsTerminal, stderr};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Shows itself after a second, and leaves nothing behind.
pub(crate) struct Progress {
    bar: ProgressBar,
    /// When to appear; `None` where there is no terminal, or once it has appeared.
    appear: std::cell::Cell<Option<Instant>>,
}

impl Progress {
    /// Counts rounds, meters, rows.
    pub(crate) fn steps(what: &'static str, unit: &'static str, steps: usize) -> Self {
        Self::new(what, steps, &format!("{{msg:>10}} {{bar:40}} {{pos}}/{{len}} {unit}, {{eta}} left"))
    }

    /// Counts bytes.
    pub(crate) fn bytes(what: &'static str, bytes: usize) -> Self {
        Self::new(what, bytes, "{msg:>10} {bar:40} {bytes}/{total_bytes}, {eta} left")
    }

    /// `position` steps or bytes are done.
    pub(crate) fn at(&self, position: usize) {
        self.bar.set_position(u64::try_from(position).unwrap_or(u64::MAX));
        if self.appear.get().is_some_and(|moment| moment <= Instant::now()) {
            self.appear.set(None);
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
            self.bar.tick();
        }
    }

    fn new(what: &'static str, length: usize, template: &str) -> Self {
        let length = u64::try_from(length).unwrap_or(u64::MAX);
        let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(what);
        let soon = Instant::now().checked_add(Duration::from_secs(1));
        Self { bar, appear: std::cell::Cell::new(soon.filter(|_| stderr().is_terminal())) }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_terminal_nothing_appears() {
        let progress = Progress::steps("testing", "steps", 10);
        if stderr().is_terminal() {
            println!("not run: standard error is a terminal");
            return;
        }
        progress.appear.set(progress.appear.get().map(|_| Instant::now()));
        progress.at(10);
        assert!(progress.bar.is_hidden());
        assert_eq!(progress.bar.position(), 10);
    }
}
