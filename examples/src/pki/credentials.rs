//! What a party shows who it is with.

use std::fmt;
use std::sync::Arc;

use anyhow::{Context as _, anyhow, bail, ensure};
use meter_link::roster::Certified;
use meter_link::{Identity, PartyId};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use zeroize::Zeroizing;

use super::authority::CaAuthority;
use super::name::{Name, ROLES};
use super::{CA_CERTIFICATE, IDENTITY_KEY, TLS_CERTIFICATE, TLS_KEY, files, folder};
use crate::deployment;
use crate::engine::forming::Authority;

/// A party's certificate with its key, its identity, and whom it trusts.
pub(crate) struct Credentials {
    name: Name,
    certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
    seed: Zeroizing<[u8; 32]>,
    authority: Arc<CaAuthority>,
}

impl Credentials {
    /// Reads those of a party from its folder.
    pub(crate) fn load(pki: &deployment::Pki, id: PartyId) -> anyhow::Result<Self> {
        let folders = ROLES.map(|role| folder(&pki.folder, id, role));
        let folder = folders.iter().find(|folder| folder.is_dir()).with_context(|| {
            format!("{} has no folder of party {id}; `wattsum pki` makes it", pki.folder.display())
        })?;
        let file = |name: &str| files::read(&folder.join(name));
        let ca = files::read(&pki.folder.join(CA_CERTIFICATE))?;
        let ca = CertificateDer::from_pem_slice(&ca).map_err(|e| anyhow!("{CA_CERTIFICATE}: {e}"))?;
        let certificate = CertificateDer::from_pem_slice(&file(TLS_CERTIFICATE)?)
            .map_err(|e| anyhow!("{TLS_CERTIFICATE} of party {id}: {e}"))?;
        let key = PrivateKeyDer::from_pem_slice(&file(TLS_KEY)?)
            .map_err(|e| anyhow!("{TLS_KEY} of party {id}: {e}"))?;
        let text = file(IDENTITY_KEY)?;
        let seed = std::str::from_utf8(&text).ok().and_then(|text| files::from_hex(text.trim_end()));
        let seed = Zeroizing::new(seed.with_context(|| format!("{IDENTITY_KEY} of party {id} is no key"))?);
        let credentials = Self::new(&ca, certificate, key, seed)?;
        if credentials.party().id != id {
            bail!("the folder {} has the certificate of party {}", folder.display(), credentials.party().id);
        }
        let checked = credentials.authority.certified(&credentials.certificate, super::now());
        checked.map_err(|e| anyhow!("{}: {e}", folder.join(TLS_CERTIFICATE).display()))?;
        Ok(credentials)
    }

    /// Of parts that belong together; whether the CA has signed the certificate is not checked.
    pub(crate) fn new(
        ca: &[u8],
        certificate: CertificateDer<'static>,
        key: PrivateKeyDer<'static>,
        seed: Zeroizing<[u8; 32]>,
    ) -> anyhow::Result<Self> {
        let name = Name::of(&certificate).map_err(|e| anyhow!("the party's certificate: {e}"))?;
        let authority = CaAuthority::new(ca, &name.deployment).map_err(|e| anyhow!(e))?;
        let credentials = Self { name, certificate, key, seed, authority: Arc::new(authority) };
        ensure!(
            credentials.identity().public() == credentials.party().identity,
            "the certificate of party {} names another identity than {IDENTITY_KEY} holds",
            credentials.party().id
        );
        Ok(credentials)
    }

    /// Who this is.
    pub(crate) fn party(&self) -> &Certified {
        &self.name.party
    }

    /// The deployment that the certificate is for.
    pub(crate) fn deployment(&self) -> &str {
        &self.name.deployment
    }

    /// What signs this party's link keys.
    pub(crate) fn identity(&self) -> Identity {
        let mut seed = *self.seed;
        // Wipes the copy.
        Identity::from_bytes(&mut seed)
    }

    /// The certificate (DER), as others are shown it.
    pub(crate) fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    /// The key of the certificate.
    pub(crate) fn key(&self) -> PrivateKeyDer<'static> {
        self.key.clone_key()
    }

    /// Who says which identity is whose.
    pub(crate) fn authority(&self) -> Arc<dyn Authority> {
        self.authority.clone()
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credentials({})", self.name)
    }
}
