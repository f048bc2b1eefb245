//! How a process is told to stop.

use std::io;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// Tells all clones of a [`Stop`]; dropping it tells them too.
pub(crate) struct Stopper(watch::Sender<bool>);

/// Waits to be told. What runs finishes its step, commits, and ends.
#[derive(Debug, Clone)]
pub(crate) struct Stop(watch::Receiver<bool>);

impl Stopper {
    pub(crate) fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Stop {
    pub(crate) fn pair() -> (Stopper, Self) {
        let (stopper, stop) = watch::channel(false);
        (Stopper(stopper), Self(stop))
    }

    /// Told by SIGTERM or SIGINT; a second one ends the process at once.
    ///
    /// # Errors
    /// The system takes no handler.
    pub(crate) fn on_signals() -> io::Result<Self> {
        let (stopper, stop) = Self::pair();
        let (mut terminate, mut interrupt) =
            (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        tokio::spawn(async move {
            let mut stopping = false;
            loop {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
                if stopping {
                    std::process::exit(1);
                }
                tracing::info!("stopping");
                stopping = true;
                stopper.stop();
            }
        });
        Ok(stop)
    }

    /// Returns once told.
    pub(crate) async fn wait(&mut self) {
        // A stopper that is gone will not say it any more.
        let _ = self.0.wait_for(|stopped| *stopped).await;
    }

    pub(crate) fn is_stopped(&self) -> bool {
        *self.0.borrow() || self.0.has_changed().is_err()
    }
}
