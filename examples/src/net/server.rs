//! The utility's side of all links.

mod attend;
mod link;
mod place;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use meter_link::PartyId;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

use super::limits::{BACKLOG, HANDSHAKES, Room, Times, raise_file_limit};
use super::rate::Sparse;
use super::{Credentials, Incoming, Post, raised, tls};
use crate::deployment::Deployment;
use crate::engine::Letter;
use crate::pki;
use crate::system::Protocol;
use crate::wire::Bounds;
#[cfg(test)]
pub(crate) use link::own;
use place::Place;

/// Listens, and holds one link for each party that attends.
pub(crate) struct Server {
    places: Arc<Places>,
    address: SocketAddr,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

/// Everybody's, the utility's own excepted.
struct Places(BTreeMap<PartyId, Place>);

/// What all links share.
struct Hall {
    protocol: Protocol,
    bounds: Bounds,
    room: Room,
    times: Times,
    acceptor: TlsAcceptor,
    places: Arc<Places>,
    incoming: mpsc::Sender<Incoming>,
    /// Of links that strangers tried to set up.
    strangers: Sparse,
}

impl Server {
    /// Listens where the deployment says. What parties send comes out of the other end of `incoming`; while that is
    /// full, all wait, and each has at most one letter in the line.
    pub(crate) async fn listen(
        deployment: &Deployment,
        credentials: &Credentials,
        incoming: mpsc::Sender<Incoming>,
    ) -> anyhow::Result<Self> {
        raise_file_limit();
        let bounds = Bounds::of(deployment);
        let others =
            pki::parties(deployment).into_iter().map(|(id, _)| id).filter(|id| *id != PartyId::UTILITY);
        let places = Arc::new(Places(others.map(|id| (id, Place::default())).collect()));
        let hall = Arc::new(Hall {
            protocol: deployment.protocol,
            bounds,
            room: Room::down(&bounds),
            times: Times::of(deployment),
            acceptor: TlsAcceptor::from(tls::server(deployment, credentials)?),
            places: places.clone(),
            incoming,
            strangers: Sparse::default(),
        });
        let listen = &deployment.utility.listen;
        let listener = bind(listen).await.with_context(|| format!("cannot listen at {listen}"))?;
        let address = listener.local_addr()?;
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(accept(hall, listener, stopped));
        Ok(Self { places, address, stop, task })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn post(&self) -> Arc<dyn Post> {
        self.places.clone()
    }

    /// Cuts all links and waits until they are gone; nothing comes in after that.
    pub(crate) async fn stop(mut self) {
        self.stop.send_replace(true);
        if let Err(error) = (&mut self.task).await {
            tracing::error!(%error, "the listener ended");
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Post for Places {
    fn send(&self, to: PartyId, letter: Letter) {
        match self.0.get(&to) {
            Some(place) => place.put(to, letter),
            None => tracing::error!(party = %to, "a letter to a party that is not of this deployment"),
        }
    }

    fn hang_up(&self) {
        self.0.values().for_each(Place::hang_up);
    }
}

/// Listens at the first of the address's meanings that can be had, again at once after a restart.
async fn bind(listen: &str) -> anyhow::Result<TcpListener> {
    let mut last = anyhow::anyhow!("it is no address");
    for address in tokio::net::lookup_host(listen).await? {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        socket.set_reuseaddr(true)?;
        match socket.bind(address).and_then(|()| socket.listen(BACKLOG)) {
            Ok(listener) => return Ok(listener),
            Err(error) => last = error.into(),
        }
    }
    Err(last)
}

/// Takes connections until it is stopped. Ends all links with itself, however it ends.
async fn accept(hall: Arc<Hall>, listener: TcpListener, mut stopped: watch::Receiver<bool>) {
    let handshakes = Arc::new(Semaphore::new(HANDSHAKES));
    let mut links = JoinSet::new();
    let arrive = async || {
        let permit = handshakes.clone().acquire_owned().await.ok();
        (listener.accept().await, permit)
    };
    loop {
        tokio::select! {
            () = raised(&mut stopped) => break,
            Some(ended) = links.join_next() => report(ended),
            (arrived, permit) = arrive() => match arrived {
                Ok((stream, _)) => {
                    links.spawn(link::hold(hall.clone(), stream, permit));
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot take a connection");
                    // No file is left, most likely: links end sooner or later.
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            },
        }
    }
    drop(listener);
    links.shutdown().await;
}

fn report(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "a link ended");
    }
}
