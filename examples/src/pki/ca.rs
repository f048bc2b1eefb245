//! A certification authority for tests and trials: its key lies in a file.

use std::ops::Add as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use meter_link::Role;
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    IsCa, Issuer, KeyPair, KeyUsagePurpose, SanType,
};
use rustls::pki_types::CertificateDer;
use zeroize::Zeroizing;

use super::name::{Name, role_name};

/// From when until when a certificate is valid, since 1970.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Validity {
    pub(crate) from: Duration,
    pub(crate) until: Duration,
}

/// Signs certificates.
pub(crate) struct Ca {
    certificate: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate and its key.
pub(crate) struct Issued {
    pub(crate) certificate: Certificate,
    key: KeyPair,
}

/// A clock may be this wrong, or step back so far, and a fresh certificate is valid.
const SLACK: Duration = Duration::from_secs(24 * 3600);
/// The years of certificates have four digits.
const MOST_DAYS: u32 = 365 * 100;

impl Validity {
    /// From yesterday on, for so many days.
    pub(crate) fn days(days: u32) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let length = Duration::from_secs(u64::from(days.min(MOST_DAYS)).saturating_mul(24 * 3600));
        Self { from: now.saturating_sub(SLACK), until: now.saturating_add(length) }
    }

    fn apply(self, params: &mut CertificateParams) {
        let epoch = rcgen::date_time_ymd(1970, 1, 1);
        (params.not_before, params.not_after) = (epoch.add(self.from), epoch.add(self.until));
    }
}

impl Ca {
    /// A new one for a deployment, with what is to be kept of it.
    pub(crate) fn generate(deployment: &str, validity: Validity) -> anyhow::Result<(Self, Issued)> {
        let key = KeyPair::generate_for(&rcgen::PKCS_ED25519)?;
        let mut params = CertificateParams::default();
        validity.apply(&mut params);
        params.distinguished_name = common_name(&format!("wattsum TEST CA of {deployment}"));
        // It signs parties, no further authority.
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let issued = Issued { certificate: params.self_signed(&key)?, key };
        let key = KeyPair::from_pem(&issued.key_pem())?;
        let ca = Self { certificate: issued.certificate.der().clone(), issuer: Issuer::new(params, key) };
        Ok((ca, issued))
    }

    /// The one whose certificate (DER) and key (PEM) were kept.
    pub(crate) fn load(certificate: CertificateDer<'static>, key: &str) -> anyhow::Result<Self> {
        let key = KeyPair::from_pem(key).context("the CA's key")?;
        let (_, parsed) =
            x509_parser::parse_x509_certificate(&certificate).context("the CA's certificate")?;
        anyhow::ensure!(
            parsed.public_key().subject_public_key.data.as_ref() == key.public_key_raw(),
            "the CA's certificate and its key do not belong together"
        );
        let issuer = Issuer::from_ca_cert_der(&certificate, key).context("the CA's certificate")?;
        Ok(Self { certificate, issuer })
    }

    pub(crate) fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    /// A certificate with a new key for the party of this name.
    pub(crate) fn issue(&self, name: &Name, validity: Validity) -> anyhow::Result<Issued> {
        // Ed25519: its certificates are short, and every party of an epoch gets those of many others.
        let key = KeyPair::generate_for(&rcgen::PKCS_ED25519)?;
        let mut params = CertificateParams::default();
        validity.apply(&mut params);
        let role = role_name(name.party.role);
        params.distinguished_name = common_name(&format!("{} {role} {}", name.deployment, name.party.id));
        params.subject_alt_names = vec![SanType::URI(name.to_string().try_into()?)];
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        // A meter's certificate cannot serve as the utility's: only that one is dialled.
        params.extended_key_usages = vec![match name.party.role {
            Role::Utility => ExtendedKeyUsagePurpose::ServerAuth,
            _ => ExtendedKeyUsagePurpose::ClientAuth,
        }];
        Ok(Issued { certificate: params.signed_by(&key, &self.issuer)?, key })
    }
}

impl Issued {
    /// PKCS #8.
    pub(crate) fn key_pem(&self) -> Zeroizing<String> {
        Zeroizing::new(self.key.serialize_pem())
    }
}

fn common_name(text: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, text);
    name
}
