//! Who says which identity a certificate binds to which party: one CA, for one deployment.

use std::time::Duration;

use meter_link::Role;
use meter_link::roster::Certified;
use rustls::pki_types::{CertificateDer, TrustAnchor, UnixTime};
use webpki::{EndEntityCert, KeyUsage};

use super::name::Name;
use crate::engine::forming::Authority;

/// Takes certificates that the CA has signed, that are valid now, and that name a party of the deployment.
#[derive(Debug)]
pub(crate) struct CaAuthority {
    anchor: TrustAnchor<'static>,
    deployment: String,
}

impl CaAuthority {
    /// From the CA's certificate (DER), for the deployment of this name.
    pub(crate) fn new(ca: &[u8], deployment: &str) -> Result<Self, String> {
        Name::check_deployment(deployment)?;
        let der = CertificateDer::from(ca);
        let anchor =
            webpki::anchor_from_trusted_cert(&der).map_err(|e| format!("the CA's certificate: {e}"))?;
        Ok(Self { anchor: anchor.to_owned(), deployment: deployment.to_owned() })
    }
}

impl Authority for CaAuthority {
    fn certified(&self, certificate: &[u8], now: u64) -> Result<Certified, String> {
        // The signature first: nothing else of a stranger's certificate is read before.
        let der = CertificateDer::from(certificate);
        let end =
            EndEntityCert::try_from(&der).map_err(|e| format!("the certificate cannot be read: {e}"))?;
        let time = UnixTime::since_unix_epoch(Duration::from_millis(now));
        let chain = |usage: KeyUsage| {
            let anchors = std::slice::from_ref(&self.anchor);
            end.verify_for_usage(webpki::ALL_VERIFICATION_ALGS, anchors, &[], time, usage, None, None)
                .map(|_| ())
        };
        let (client, server) = (chain(KeyUsage::client_auth()), chain(KeyUsage::server_auth()));
        if let (Err(error), Err(_)) = (&client, &server) {
            return Err(format!("the certificate is refused: {error}"));
        }
        let Name { deployment, party } =
            Name::of(certificate).map_err(|e| format!("the certificate: {e}"))?;
        if deployment != self.deployment {
            return Err(format!(
                "the certificate is of deployment {deployment:?}, not {:?}",
                self.deployment
            ));
        }
        // Only the utility is dialled.
        match if party.role == Role::Utility { server } else { client } {
            Ok(()) => Ok(party),
            Err(error) => Err(format!("the certificate is refused: {error}")),
        }
    }
}
