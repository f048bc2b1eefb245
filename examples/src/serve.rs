//! Runs a role as a process: letters and time go in, what it wants stored and sent is done in that order.
//!
//! The driver runs the steps of all letters that wait, puts what they want stored on disk at once, and only then
//! sends what they want sent. A store that fails, a role that is broken, even one that panics: each is a crash in
//! small. The role is dropped, all links are hung up, and after a pause it starts again from what is on disk.

mod clock;
mod hooks;
mod limiter;
mod stop;
#[cfg(test)]
pub(crate) mod tests;
mod told;
mod turn;

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use chacha20::ChaCha20Rng;
use getrandom::SysRng;
use meter_link::PartyId;
use rand_core::SeedableRng;
use tokio::sync::mpsc;

use crate::engine::seat::Kept;
use crate::engine::timetable::Timetable;
use crate::engine::{Outbox, Role};
use crate::net::{Incoming, Post};
use crate::store::{Store, StoreError, blocking};
pub(crate) use clock::Clock;
pub(crate) use hooks::Hooks;
use limiter::{Faults, Limiter};
pub(crate) use stop::{Stop, Stopper};

/// Makes a role, from what it has stored.
pub(crate) type Start = Box<dyn FnMut(Option<Kept>) -> anyhow::Result<Box<dyn Role>> + Send>;

/// A role and its surroundings.
pub(crate) struct Process {
    pub(crate) party: PartyId,
    pub(crate) clock: Clock,
    pub(crate) store: Store,
    pub(crate) post: Arc<dyn Post>,
    pub(crate) incoming: mpsc::Receiver<Incoming>,
    pub(crate) hooks: Arc<dyn Hooks>,
    /// Of the utility: refused letters become events of the round that it is by this.
    pub(crate) faults: Option<Timetable>,
    pub(crate) start: Start,
}

/// Letters taken up before what they make is stored and sent.
const MOST_LETTERS: usize = 256;
/// The longest that the driver sleeps: a clock that was set is noticed by then.
const LONGEST_SLEEP: u64 = 300;
/// Events of earlier processes that those who watch are told.
const RECALLED: u64 = 500;
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// A role that has lived so long was well.
const WELL: Duration = Duration::from_secs(10);

/// Runs the process until it is told to stop, or the network has ended.
///
/// # Errors
/// What a restart does not mend: a damaged store, somebody else's, a role that cannot be made from what is stored.
pub(crate) async fn run(process: Process, mut stop: Stop) -> anyhow::Result<()> {
    let mut driver = Driver {
        process,
        rng: ChaCha20Rng::try_from_rng(&mut SysRng).map_err(|error| anyhow!("no entropy: {error}"))?,
        outbox: Outbox::default(),
        waiting: VecDeque::new(),
        links: BTreeSet::new(),
        limiter: Limiter::default(),
        faults: Faults::default(),
        pause: FIRST_PAUSE,
    };
    let mut first = true;
    loop {
        let begun = Instant::now();
        let fell = match driver.begin(first).await {
            Ok(role) => match driver.live(role, &mut stop).await {
                None => return Ok(()),
                Some(fell) => fell,
            },
            Err(fell) => fell,
        };
        first = false;
        if begun.elapsed() > WELL {
            driver.pause = FIRST_PAUSE;
        }
        driver.fall(fell)?;
        tokio::select! {
            biased;
            () = stop.wait() => return Ok(()),
            () = tokio::time::sleep(driver.pause) => {}
        }
        driver.pause = driver.pause.saturating_mul(2).min(LONGEST_PAUSE);
    }
}

struct Driver {
    process: Process,
    rng: ChaCha20Rng,
    outbox: Outbox,
    /// Came, and was not given to the role yet.
    waiting: VecDeque<Incoming>,
    /// The links that the role knows of.
    links: BTreeSet<PartyId>,
    limiter: Limiter,
    faults: Faults,
    pause: Duration,
}

/// Why a role was dropped.
enum Fell {
    Store(StoreError),
    Broken(String),
    /// It cannot be made at all.
    Unmade(anyhow::Error),
}

impl Driver {
    async fn begin(&mut self, first: bool) -> Result<Box<dyn Role>, Fell> {
        let loaded = self.process.store.load().await;
        let kept = loaded.inspect_err(|_| self.process.hooks.store_failed()).map_err(Fell::Store)?;
        if first {
            for (at, event) in self.process.store.recent(RECALLED).map_err(Fell::Store)? {
                self.process.hooks.recall(at, &event);
            }
        }
        let (party, resumes) = (self.process.party.0, kept.is_some());
        let start = &mut self.process.start;
        let role = blocking(|| start(kept)).map_err(|error| match first {
            true => Fell::Unmade(error),
            false => Fell::Broken(format!("{error:#}")),
        })?;
        if first {
            tracing::debug!(party, resumes, "started");
        } else {
            tracing::info!(party, resumes, "started again from its store");
        }
        Ok(role)
    }

    /// Lets the role live until the process stops (`None`) or it falls.
    async fn live(&mut self, mut role: Box<dyn Role>, stop: &mut Stop) -> Option<Fell> {
        let mut batch = Vec::new();
        loop {
            if self.waiting.is_empty() {
                let now = self.process.clock.now();
                let due = role.next_wake().map_or(LONGEST_SLEEP, |due| due.saturating_sub(now));
                // At least a tick of the timer, so that a role that is always due leaves time to others.
                let sleep = Duration::from_millis(due.clamp(1, LONGEST_SLEEP));
                tokio::select! {
                    biased;
                    () = stop.wait() => return None,
                    came = self.process.incoming.recv_many(&mut batch, MOST_LETTERS) => {
                        if came == 0 {
                            return None;
                        }
                        self.waiting.extend(batch.drain(..));
                    }
                    () = tokio::time::sleep(sleep) => {}
                }
            } else if stop.is_stopped() {
                return None;
            }
            self.process.hooks.alive();
            if let Err(fell) = self.turn(role.as_mut()).await {
                return Some(fell);
            }
        }
    }

    /// What a crash does to the others, and what is left to do about it.
    ///
    /// # Errors
    /// Nothing can be done.
    fn fall(&mut self, fell: Fell) -> anyhow::Result<()> {
        self.outbox.truncate(0);
        // Letters that wait belong to the old links. Those behind them in the channel are told apart by `links`.
        self.waiting.retain(|incoming| !matches!(incoming, Incoming::Letter(..)));
        for party in std::mem::take(&mut self.links) {
            self.process.hooks.link(party, false);
        }
        self.process.post.hang_up();
        let party = self.process.party;
        let why = match fell {
            Fell::Store(error) if error.is_lasting() => return Err(error.into()),
            Fell::Unmade(error) => {
                return Err(error)
                    .with_context(|| format!("party {party} cannot start from what it has stored"));
            }
            Fell::Store(error) => error.to_string(),
            Fell::Broken(what) => what,
        };
        self.process.hooks.restart(&why);
        if self.limiter.allows(self.process.party, Instant::now()).is_some() {
            tracing::error!(party = party.0, why, "starts again from its store");
        }
        Ok(())
    }
}
