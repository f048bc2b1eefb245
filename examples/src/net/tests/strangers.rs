//! Who is let in, and whom a party takes for the utility.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::ring;
use rustls::pki_types::{ServerName, UnixTime};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, DigitallySignedStruct, Error, ServerConfig, SignatureScheme};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use super::*;

/// Neither end hears of the other; the meter's is configured as `believes`.
async fn strangers(deployment: &Deployment, head: &Credentials, believes: &Deployment, meter: &Credentials) {
    let mut deployment = deployment.clone();
    let mut head = utility(&mut deployment, head).await;
    let mut believes = believes.clone();
    believes.utility.address = deployment.utility.address;
    let mut meter = client(&believes, meter);
    tokio::join!(head.silence(500), meter.silence(500));
}

#[tokio::test]
async fn the_wrong_ca() {
    let (deployment, ca, other) = (deployment(Protocol::Dcnet, 5), Authorities::new(), Authorities::new());
    strangers(&deployment, &ca.utility(), &deployment, &other.meter(1)).await;
}

#[tokio::test]
async fn an_expired_certificate_and_one_that_is_not_valid_yet() {
    let (deployment, ca) = (deployment(Protocol::Dcnet, 5), Authorities::new());
    let days = |from, until| {
        let day = |day: u64| Duration::from_secs(day * 86_400);
        Validity { from: day(from), until: day(until) }
    };
    let today = crate::pki::now() / 86_400_000;
    for validity in [days(today - 20, today - 1), days(today + 2, today + 20)] {
        let meter = ca.issue("test", PartyId(1), Role::Meter, validity);
        strangers(&deployment, &ca.utility(), &deployment, &meter).await;
        let head = ca.issue("test", UTILITY, Role::Utility, validity);
        strangers(&deployment, &head, &deployment, &ca.meter(1)).await;
    }
}

#[tokio::test]
async fn a_certificate_of_another_deployment_of_the_same_ca() {
    let (deployment, ca) = (deployment(Protocol::Dcnet, 5), Authorities::new());
    let mut elsewhere = deployment.clone();
    elsewhere.name = "elsewhere".to_owned();
    let meter = ca.issue("elsewhere", PartyId(1), Role::Meter, Validity::days(10));
    strangers(&deployment, &ca.utility(), &elsewhere, &meter).await;
    let head = ca.issue("elsewhere", UTILITY, Role::Utility, Validity::days(10));
    strangers(&elsewhere, &head, &deployment, &ca.meter(1)).await;
    assert!(Client::attend(&deployment, &meter, mpsc::channel(1).0).is_err());
}

/// Certified, but with an id or a role that the deployment has not.
#[tokio::test]
async fn a_party_that_is_not_of_the_deployment() {
    let (deployment, ca) = (deployment(Protocol::Dcnet, 5), Authorities::new());
    for (id, role) in [(6, Role::Meter), (1001, Role::Meter), (1, Role::Holder), (1001, Role::Trustee)] {
        let stranger = ca.issue("test", PartyId(id), role, Validity::days(10));
        assert!(Client::attend(&deployment, &stranger, mpsc::channel(1).0).is_err());
        let mut believes = deployment.clone();
        (believes.meters.ids.0, believes.answerers.ids.0) = match role {
            Role::Meter => (vec![PartyId(id)], vec![]),
            _ => (vec![], vec![PartyId(id)]),
        };
        if role == Role::Trustee {
            believes.protocol = Protocol::Elgamal;
        }
        strangers(&deployment, &ca.utility(), &believes, &stranger).await;
    }
}

/// A meter that opens a server of its own: whoever dials it finds that it is not the utility.
#[tokio::test]
async fn a_meter_that_poses_as_the_utility() {
    let (deployment, ca) = (deployment(Protocol::Dcnet, 5), Authorities::new());
    let meter = ca.meter(2);
    assert!(Server::listen(&deployment, &meter, mpsc::channel(1).0).await.is_err());
    // Its own program, which lets everybody in.
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![meter.certificate().to_vec().into()], meter.key())
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut believes = deployment.clone();
    believes.utility.address = format!("https://{}", listener.local_addr().unwrap());
    let mut victim = client(&believes, &ca.meter(1));
    let (stream, _) = listener.accept().await.unwrap();
    let error =
        TlsAcceptor::from(Arc::new(config)).accept(stream).await.expect_err("it was taken for the utility");
    assert!(error.to_string().contains("alert"), "{error}");
    victim.silence(300).await;
}

/// Without a certificate nothing of HTTP is reached, and with TLS 1.2 nothing of TLS.
#[tokio::test]
async fn no_certificate_and_an_old_tls() {
    let (mut deployment, ca) = (deployment(Protocol::Dcnet, 5), Authorities::new());
    let mut head = utility(&mut deployment, &ca.utility()).await;
    for version in [&TLS13, &TLS12] {
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[version])
            .unwrap()
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Credulous))
            .with_no_client_auth();
        let tcp = TcpStream::connect(head.link.address()).await.unwrap();
        let name = ServerName::try_from("127.0.0.1").unwrap();
        let tls = TlsConnector::from(Arc::new(config)).connect(name, tcp).await;
        if version.version == TLS12.version {
            assert!(tls.is_err());
            continue;
        }
        // A client of TLS 1.3 learns after its own last message that it was refused.
        let mut tls = tls.unwrap();
        let _ = tls.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
        let error = tls.read(&mut [0; 1]).await.unwrap_err();
        assert!(error.to_string().contains("CertificateRequired"), "{error}");
    }
    // Bytes that are no TLS, and a peer that says nothing.
    let mut noise = TcpStream::connect(head.link.address()).await.unwrap();
    noise.write_all(&[0x41; 4096]).await.unwrap();
    let _silent = TcpStream::connect(head.link.address()).await.unwrap();
    head.silence(300).await;
    let mut meter = client(&deployment, &ca.meter(1));
    head.here(PartyId(1)).await;
    meter.here(UTILITY).await;
}

/// Takes anybody for the utility.
#[derive(Debug)]
struct Credulous;

impl ServerCertVerifier for Credulous {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        ring::default_provider().signature_verification_algorithms.supported_schemes()
    }
}
