//! Real sockets on the loopback interface.

mod faults;
mod letters;
mod strangers;

use std::time::Duration;

use meter_link::frame::Flags;
use meter_link::roster::Certified;
use meter_link::{GroupId, Header, Identity, Kind, PartyId, Role, Round};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::sync::mpsc;
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::{Client, Credentials, Incoming, Server};
use crate::deployment::{Answerers, Deployment, Ids, Meters, Pki, Replay, Rounds, Utility};
use crate::engine::Letter;
use crate::engine::protocol;
use crate::pki::{Ca, Name, Validity};
use crate::system::Protocol;

const UTILITY: PartyId = PartyId::UTILITY;

/// Meters 1 to `meters`, and holders or the like 1001 to 1003.
fn deployment(protocol: Protocol, meters: u32) -> Deployment {
    let answerers = if protocol == Protocol::Cmt { Vec::new() } else { (1001..=1003).map(PartyId).collect() };
    Deployment {
        name: "test".to_owned(),
        protocol,
        group: 1,
        meters: Meters {
            ids: Ids((1..=meters).map(PartyId).collect()),
            max_reading: 1000,
            min_honest: 3,
            max_colluding: 0,
            max_missing_permille: 100,
        },
        answerers: Answerers { ids: Ids(answerers), ..Answerers::default() },
        rounds: Rounds {
            batch: 1,
            origin: 0,
            period: 900,
            replay: Some(Replay { begins: 0, slot: 500 }),
            epoch: 100,
            deadline_permille: 500,
            window: 0,
            window_min_rounds: 0,
        },
        dcnet: Default::default(),
        elgamal: Default::default(),
        cmt: Default::default(),
        ckks: Default::default(),
        utility: Utility {
            listen: "127.0.0.1:0".to_owned(),
            address: "https://127.0.0.1:1".to_owned(),
            database: "unused".into(),
            dashboard: None,
        },
        pki: Pki { folder: "unused".into(), state: "unused".into() },
    }
}

/// A CA that was not asked whether it should.
struct Authorities {
    ca: Ca,
}

impl Authorities {
    fn new() -> Self {
        Self { ca: Ca::generate("test", Validity::days(10)).unwrap().0 }
    }

    fn issue(&self, deployment: &str, id: PartyId, role: Role, validity: Validity) -> Credentials {
        let mut seed = Zeroizing::new([7; 32]);
        seed[..4].copy_from_slice(&id.0.to_le_bytes());
        let identity = Identity::from_bytes(&mut seed.clone()).public();
        let name = Name { deployment: deployment.to_owned(), party: Certified { id, role, identity } };
        let issued = self.ca.issue(&name, validity).unwrap();
        let key = PrivateKeyDer::from_pem_slice(issued.key_pem().as_bytes()).unwrap();
        let certificate = CertificateDer::from_pem_slice(issued.certificate.pem().as_bytes()).unwrap();
        Credentials::new(self.ca.certificate(), certificate, key, seed).unwrap()
    }

    fn meter(&self, id: u32) -> Credentials {
        self.issue("test", PartyId(id), Role::Meter, Validity::days(10))
    }

    fn utility(&self) -> Credentials {
        self.issue("test", UTILITY, Role::Utility, Validity::days(10))
    }
}

/// A party, and what has come to it.
struct Party<L> {
    link: L,
    inbox: mpsc::Receiver<Incoming>,
}

/// A utility that listens; the deployment's address becomes its.
async fn utility(deployment: &mut Deployment, credentials: &Credentials) -> Party<Server> {
    let (sender, inbox) = mpsc::channel(64);
    let link = Server::listen(deployment, credentials, sender).await.unwrap();
    deployment.utility.address = format!("https://{}", link.address());
    Party { link, inbox }
}

fn client(deployment: &Deployment, credentials: &Credentials) -> Party<Client> {
    let (sender, inbox) = mpsc::channel(64);
    Party { link: Client::attend(deployment, credentials, sender).unwrap(), inbox }
}

impl<L> Party<L> {
    async fn next(&mut self) -> Incoming {
        timeout(Duration::from_secs(20), self.inbox.recv()).await.expect("nothing has come").expect("closed")
    }

    /// Nothing comes for a while.
    async fn silence(&mut self, millis: u64) {
        if let Ok(come) = timeout(Duration::from_millis(millis), self.inbox.recv()).await {
            panic!("{come:?}");
        }
    }

    async fn here(&mut self, party: PartyId) {
        assert_eq!(self.next().await, Incoming::Here(party));
    }

    async fn gone(&mut self, party: PartyId) {
        assert_eq!(self.next().await, Incoming::Gone(party));
    }

    async fn letter(&mut self, from: PartyId) -> Letter {
        match self.next().await {
            Incoming::Letter(party, letter) if party == from => letter,
            other => panic!("{other:?}"),
        }
    }
}

/// A frame of `sender` with a payload.
fn frame(protocol: Protocol, kind: Kind, sender: PartyId, payload: &[u8]) -> Vec<u8> {
    let header = Header {
        protocol: protocol::wire(protocol),
        kind,
        flags: Flags(0),
        group: GroupId(1),
        sender,
        round: Round::from(7),
    };
    [header.to_bytes().as_slice(), payload].concat()
}

fn contribution(sender: u32) -> Vec<u8> {
    frame(Protocol::Dcnet, Kind::Contribution, PartyId(sender), &[5; 24])
}
