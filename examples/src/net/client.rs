//! The link of any party but the utility: it dials, and dials again.

mod dial;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use meter_link::PartyId;
use rustls::pki_types::ServerName;
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_rustls::TlsConnector;
use tonic::codegen::http::Uri;

use super::limits::{Room, Times, raise_file_limit};
use super::queue::{Queue, Rejected, queue};
use super::{Credentials, Incoming, Post, raised, tls};
use crate::deployment::Deployment;
use crate::engine::Letter;
use crate::system::Protocol;
use crate::wire::Bounds;

/// Keeps a party's link to the utility up until it is stopped.
pub(crate) struct Client {
    post: Arc<Outbound>,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

/// What is needed to dial.
struct Dialler {
    party: PartyId,
    protocol: Protocol,
    bounds: Bounds,
    times: Times,
    connector: TlsConnector,
    origin: Uri,
    host: String,
    port: u16,
    name: ServerName<'static>,
    incoming: mpsc::Sender<Incoming>,
    post: Arc<Outbound>,
}

/// Where the party's letters go in.
#[derive(Default)]
struct Outbound {
    queue: Mutex<Option<Queue>>,
    cut: Notify,
}

impl Client {
    /// Dials from now on; must be called within a runtime.
    ///
    /// # Errors
    /// Credentials that the utility would refuse, or an address that is none. That nobody answers is no error.
    pub(crate) fn attend(
        deployment: &Deployment,
        credentials: &Credentials,
        incoming: mpsc::Sender<Incoming>,
    ) -> anyhow::Result<Self> {
        raise_file_limit();
        let address = &deployment.utility.address;
        let origin: Uri = address.parse().with_context(|| format!("utility.address {address:?}"))?;
        ensure!(origin.scheme_str() == Some("https"), "utility.address {address:?} must begin with https://");
        let host = origin.host().with_context(|| format!("utility.address {address:?} has no host"))?;
        let host = host.trim_matches(['[', ']']).to_owned();
        let post = Arc::new(Outbound::default());
        let dialler = Dialler {
            party: credentials.party().id,
            protocol: deployment.protocol,
            bounds: Bounds::of(deployment),
            times: Times::of(deployment),
            connector: TlsConnector::from(tls::client(deployment, credentials)?),
            port: origin.port_u16().unwrap_or(443),
            name: ServerName::try_from(host.clone())
                .with_context(|| format!("utility.address {address:?}"))?,
            origin,
            host,
            incoming,
            post: post.clone(),
        };
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(keep(dialler, stopped));
        Ok(Self { post, stop, task })
    }

    pub(crate) fn post(&self) -> Arc<dyn Post> {
        self.post.clone()
    }

    /// Hangs up and waits until that is done; nothing comes in after that.
    pub(crate) async fn stop(mut self) {
        self.stop.send_replace(true);
        if let Err(error) = (&mut self.task).await {
            tracing::error!(%error, "the link's task ended");
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Post for Outbound {
    fn send(&self, to: PartyId, letter: Letter) {
        if to != PartyId::UTILITY {
            tracing::error!(party = %to, "a letter to another party goes through the utility");
            return;
        }
        let mut queue = self.queue.lock().unwrap_or_else(|e| e.into_inner());
        let Some(open) = queue.as_ref() else { return };
        let name = letter.name();
        match open.put(letter) {
            Ok(()) | Err(Rejected::Closed) => {}
            Err(Rejected::TooLong) => tracing::error!(letter = name, "a letter that is too long is not sent"),
            Err(Rejected::Full) => {
                tracing::warn!("the utility does not read: the link is cut");
                *queue = None;
                self.cut.notify_one();
            }
        }
    }

    fn hang_up(&self) {
        if self.queue.lock().unwrap_or_else(|e| e.into_inner()).take().is_some() {
            self.cut.notify_one();
        }
    }
}

impl Outbound {
    fn set(&self, queue: Option<Queue>) {
        *self.queue.lock().unwrap_or_else(|e| e.into_inner()) = queue;
    }
}

/// One link after the other.
async fn keep(dialler: Dialler, mut stopped: watch::Receiver<bool>) {
    let (shortest, longest) = dialler.times.pause;
    let (mut pause, mut failures) = (shortest, 0u64);
    loop {
        let began = Instant::now();
        let mut here = false;
        let why = tokio::select! {
            () = raised(&mut stopped) => break,
            why = dialler.link(&mut here) => why,
        };
        dialler.post.set(None);
        let party = dialler.party;
        if here {
            tracing::debug!(%party, "the link is down: {why}");
            let gone = dialler.incoming.send(Incoming::Gone(PartyId::UTILITY));
            tokio::select! {
                () = raised(&mut stopped) => break,
                sent = gone => if sent.is_err() { break },
            }
            // A link that held is a reason to dial at once; one that is refused at once is none.
            if began.elapsed() > longest {
                (pause, failures) = (shortest, 0);
            }
        } else {
            failures = failures.saturating_add(1);
            if failures.is_power_of_two() && failures > 1 {
                tracing::warn!(%party, failures, "cannot reach the utility at {}: {why}", dialler.origin);
            }
        }
        tokio::select! {
            () = raised(&mut stopped) => break,
            () = tokio::time::sleep(jittered(pause)) => {}
        }
        pause = pause.saturating_mul(2).min(longest);
    }
    dialler.post.set(None);
}

impl Dialler {
    /// Dials, and hands on what comes until the link is down; says why.
    async fn link(&self, here: &mut bool) -> String {
        let (queue, drain) = queue(Room::up(&self.bounds));
        let mut letters = match tokio::time::timeout(self.times.handshake, self.open(drain)).await {
            Ok(Ok(letters)) => letters,
            Ok(Err(error)) => return format!("{error:#}"),
            Err(_) => return "it does not go on with its handshake".to_owned(),
        };
        // What the queue before this one asked for.
        let _ = tokio::time::timeout(Duration::ZERO, self.post.cut.notified()).await;
        self.post.set(Some(queue));
        let Ok(room) = self.incoming.reserve().await else { return "nobody listens here".to_owned() };
        room.send(Incoming::Here(PartyId::UTILITY));
        *here = true;
        loop {
            let letter = tokio::select! {
                () = self.post.cut.notified() => return "the utility does not read".to_owned(),
                letter = letters.message() => match letter {
                    Ok(Some(letter)) => letter,
                    Ok(None) => return "the utility has hung up".to_owned(),
                    Err(status) => return status.message().to_owned(),
                },
            };
            let letter = match letter.open(&self.bounds) {
                Ok(letter) => letter,
                Err(malformed) => return malformed.to_string(),
            };
            let from = match &letter {
                Letter::Relay { party, .. } => *party,
                _ => PartyId::UTILITY,
            };
            let sent = self.incoming.send(Incoming::Letter(from, letter));
            tokio::select! {
                () = self.post.cut.notified() => return "the utility does not read".to_owned(),
                sent = sent => if sent.is_err() { return "nobody listens here".to_owned() },
            }
        }
    }
}

/// Anything up to `pause`: whoever lost the same utility at the same time does not dial it at the same time.
fn jittered(pause: Duration) -> Duration {
    let mut random = [0; 4];
    // Without random bytes, all of it.
    match getrandom::fill(&mut random) {
        Ok(()) => pause.mul_f64(f64::from(u32::from_le_bytes(random)) / f64::from(u32::MAX)),
        Err(_) => pause,
    }
}
