//! Certificates that say which party, in which role and with which identity, is at the other end.
//!
//! The folder of a deployment holds `ca.crt`, and for each party `tls.crt`, `tls.key` and `identity.key`. A device in
//! the field gets its own folder and `ca.crt`, nothing else; `ca.key` stays where certificates are made.

mod authority;
mod ca;
mod command;
mod credentials;
mod files;
mod name;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use meter_link::{PartyId, Role};

use crate::deployment::Deployment;
use crate::engine::protocol;

pub(crate) use command::{NOTES, Pki, make, run};
pub(crate) use credentials::Credentials;
pub(crate) use name::{Name, role_name};

#[cfg(test)]
pub(crate) use ca::{Ca, Validity};

/// The certificate that all others are checked against.
const CA_CERTIFICATE: &str = "ca.crt";
/// The test CA's private key.
const CA_KEY: &str = "ca.key";
/// A party's certificate.
const TLS_CERTIFICATE: &str = "tls.crt";
/// The key of it.
const TLS_KEY: &str = "tls.key";
/// The seed of the identity that the certificate names: 64 hex digits.
const IDENTITY_KEY: &str = "identity.key";

/// Everybody who takes part, the utility first.
pub(crate) fn parties(deployment: &Deployment) -> Vec<(PartyId, Role)> {
    let meters = deployment.meters.ids.0.iter().map(|id| (*id, Role::Meter));
    let role = protocol::answerer(deployment);
    let answerers = deployment.answerers.ids.0.iter().filter_map(|id| role.map(|role| (*id, role)));
    std::iter::once((PartyId::UTILITY, Role::Utility)).chain(meters).chain(answerers).collect()
}

/// Milliseconds since 1970.
pub(crate) fn now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_millis()).unwrap_or(u64::MAX)
}

/// The folder of a party.
pub(crate) fn folder(pki: &Path, id: PartyId, role: Role) -> PathBuf {
    pki.join(format!("{}-{id}", name::role_name(role)))
}
