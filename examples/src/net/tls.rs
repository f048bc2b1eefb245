//! TLS 1.3 with certificates on both sides, each checked for the party it names.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, LazyLock};

use anyhow::ensure;
use meter_link::{PartyId, Role};
use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, ring, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::NoServerSessionStorage;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, DistinguishedName, Error, OtherError,
    PeerMisbehaved, ServerConfig, SignatureScheme,
};

use super::Credentials;
use crate::deployment::Deployment;
use crate::engine::forming::Authority;
use crate::pki;

/// The utility's side.
pub(crate) fn server(deployment: &Deployment, own: &Credentials) -> anyhow::Result<Arc<ServerConfig>> {
    let parties = check(deployment, own)?;
    ensure!(own.party().role == Role::Utility, "only the utility listens");
    let peers = parties.into_iter().filter(|(id, _)| *id != PartyId::UTILITY).collect();
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_client_cert_verifier(Arc::new(Peers::new(own, peers)))
        .with_single_cert(vec![own.certificate().to_vec().into()], own.key())?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    // A resumed session would keep a certificate that has expired since.
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(Arc::new(config))
}

/// Everybody else's side.
pub(crate) fn client(deployment: &Deployment, own: &Credentials) -> anyhow::Result<Arc<ClientConfig>> {
    check(deployment, own)?;
    let peers = BTreeMap::from([(PartyId::UTILITY, Role::Utility)]);
    let mut config = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .dangerous() // as whoever replaces the verifier must say; ours asks for more than a name of the DNS
        .with_custom_certificate_verifier(Arc::new(Peers::new(own, peers)))
        .with_client_auth_cert(vec![own.certificate().to_vec().into()], own.key())?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    config.resumption = Resumption::disabled();
    Ok(Arc::new(config))
}

/// One for all links of the process.
fn provider() -> Arc<CryptoProvider> {
    static PROVIDER: LazyLock<Arc<CryptoProvider>> = LazyLock::new(|| Arc::new(ring::default_provider()));
    PROVIDER.clone()
}

/// Own credentials that no peer would take are refused at the start.
fn check(deployment: &Deployment, own: &Credentials) -> anyhow::Result<BTreeMap<PartyId, Role>> {
    ensure!(
        own.deployment() == deployment.name,
        "the certificate is of deployment {:?}, the configuration of {:?}",
        own.deployment(),
        deployment.name
    );
    let parties: BTreeMap<_, _> = pki::parties(deployment).into_iter().collect();
    let (id, role) = (own.party().id, own.party().role);
    ensure!(parties.get(&id) == Some(&role), "party {id} is no {role:?} of deployment {:?}", deployment.name);
    Ok(parties)
}

/// Checks that a certificate is one of those parties', in their roles.
struct Peers {
    authority: Arc<dyn Authority>,
    parties: BTreeMap<PartyId, Role>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Peers {
    fn new(own: &Credentials, parties: BTreeMap<PartyId, Role>) -> Self {
        let algorithms = provider().signature_verification_algorithms;
        Self { authority: own.authority(), parties, algorithms }
    }

    fn check(&self, certificate: &CertificateDer<'_>, now: UnixTime) -> Result<(), Error> {
        let now = now.as_secs().saturating_mul(1000);
        let party = self.authority.certified(certificate, now).map_err(refused)?;
        match self.parties.get(&party.id) {
            Some(role) if *role == party.role => Ok(()),
            _ => Err(refused(format!(
                "the certificate is of {:?} {}, who is not expected here",
                party.role, party.id
            ))),
        }
    }
}

impl ClientCertVerifier for Peers {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        self.check(end_entity, now).map(|()| ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(no_tls12())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

impl ServerCertVerifier for Peers {
    /// The name by which the utility was dialled says nothing: its certificate names it as the utility.
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.check(end_entity, now).map(|()| ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(no_tls12())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

impl fmt::Debug for Peers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Peers({})", self.parties.len())
    }
}

fn no_tls12() -> Error {
    PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme.into()
}

fn refused(why: String) -> Error {
    #[derive(Debug)]
    struct Refused(String);
    impl fmt::Display for Refused {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(&self.0)
        }
    }
    impl std::error::Error for Refused {}
    Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(Refused(why)))))
}
