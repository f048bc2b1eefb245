//! The links of a deployment: every party dials the utility over TLS 1.3, both sides show their certificates, and
//! letters pass both ways over one gRPC stream.
//!
//! Who a party is says its certificate, and nothing else. Neither side keeps what it cannot send: every queue is
//! bounded, a peer that does not read loses its link, and one that sends more than is taken is held back by
//! HTTP/2's flow control.

mod client;
mod limits;
mod queue;
mod rate;
mod server;
mod tls;

#[cfg(test)]
mod tests;

use meter_link::PartyId;
use tokio::sync::watch;

use crate::engine::Letter;

pub(crate) use crate::pki::Credentials;
pub(crate) use client::Client;
pub(crate) use server::Server;
#[cfg(test)]
pub(crate) use server::own;

/// What comes from the network, in the order in which it happened to a party.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Incoming {
    /// A link is up: at the utility to that party, elsewhere to the utility.
    Here(PartyId),
    /// It is down again. What was sent may be lost.
    Gone(PartyId),
    /// At the utility the party is whom the certificate names. Elsewhere it is the utility, or with
    /// [`Letter::Relay`] the party whose letter it passes on.
    Letter(PartyId, Letter),
    /// At the utility: the party sent what no role is shown, such as another's frame, and its link is closed. Its
    /// Gone follows.
    Refused(PartyId, String),
}

/// Where letters are handed in.
pub(crate) trait Post: Send + Sync {
    /// Never blocks. A letter to a party that has no link is lost; one that no longer fits into the party's queue
    /// is lost with the link.
    fn send(&self, to: PartyId, letter: Letter);

    /// Cuts all links of this process at once: the role behind them is gone. Each gives its Gone, and its Here when it
    /// is up again.
    fn hang_up(&self);
}

/// Returns once the flag is up, or nobody is left who could raise it.
async fn raised(flag: &mut watch::Receiver<bool>) {
    let _ = flag.wait_for(|up| *up).await;
}
