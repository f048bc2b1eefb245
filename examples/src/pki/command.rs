//! `wattsum pki`: a test CA, and the keys and certificates of a deployment's parties.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use clap::{Args, value_parser};
use meter_link::roster::Certified;
use meter_link::{Identity, PartyId, Role};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use zeroize::Zeroizing;

use super::authority::CaAuthority;
use super::ca::{Ca, Validity};
use super::files::{self, Reader};
use super::name::{self, Name};
use super::{CA_CERTIFICATE, CA_KEY, IDENTITY_KEY, TLS_CERTIFICATE, TLS_KEY, folder, parties};
use crate::deployment::Deployment;
use crate::engine::forming::Authority as _;

pub(crate) const NOTES: &str = "\
Files:
  ca.crt                    whom all parties trust: goes to every device
  ca.key                    signs certificates: goes nowhere
  meter-7/tls.crt           certificate of meter 7, with the name
                            urn:wattsum:DEPLOYMENT:meter:7:IDENTITY
  meter-7/tls.key           its key
  meter-7/identity.key      seed of the Ed25519 identity that signs for meter 7 in the protocol

A device gets ca.crt and its own folder. Keys are readable by their owner only (0600). What is there is kept: run it
again after adding ids to the configuration, and only the new parties get keys. --renew makes new certificates for
everybody, under the same identities; to give a device a new identity, delete its folder.

This is a TEST CA. It makes the parties' private keys in one place and keeps its own in a file. In earnest every device
makes its keys itself, and a CA with a hardware module certifies them under the same name.";

/// What `wattsum pki` is told.
#[derive(Debug, Args)]
pub(crate) struct Pki {
    /// The deployment's configuration, which names the parties
    #[arg(long, value_name = "FILE")]
    pub(crate) config: PathBuf,
    /// Where keys and certificates go, instead of the configuration's `pki.folder`
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: Option<PathBuf>,
    /// For how many days certificates are valid; the CA's for ten times as many
    #[arg(long, default_value_t = 730, value_parser = value_parser!(u32).range(1..=3650))]
    pub(crate) days: u32,
    /// Make new certificates also for parties that have one
    #[arg(long)]
    pub(crate) renew: bool,
}

/// How many were made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Made {
    pub(crate) ca: bool,
    pub(crate) new: u32,
    pub(crate) renewed: u32,
    pub(crate) kept: u32,
}

/// Runs the command for a deployment that was read from the configuration.
pub(crate) fn run(args: &Pki, deployment: &Deployment, out: &mut dyn Write) -> anyhow::Result<()> {
    let folder = args.out.as_deref().unwrap_or(&deployment.pki.folder);
    let Made { ca, new, renewed, kept } = make(deployment, folder, args.days, args.renew)?;
    let authority = if ca { "a new test CA" } else { "the test CA that was there" };
    writeln!(
        out,
        "{}: {authority}; certificates: {new} new, {renewed} renewed, {kept} kept",
        folder.display()
    )?;
    writeln!(out, "This is a TEST CA: all private keys were made here, and {CA_KEY} lies beside them.")?;
    Ok(())
}

/// Makes what is missing.
pub(crate) fn make(deployment: &Deployment, pki: &Path, days: u32, renew: bool) -> anyhow::Result<Made> {
    Name::check_deployment(&deployment.name).map_err(|e| anyhow!(e))?;
    files::make_folder(pki)?;
    let (ca, new_ca) = authority(&deployment.name, pki, days)?;
    let mut made = Made { ca: new_ca, ..Made::default() };
    for (id, role) in parties(deployment) {
        let folder = folder(pki, id, role);
        let there = folder.join(TLS_CERTIFICATE).try_exists()?
            && folder.join(TLS_KEY).try_exists()?
            && folder.join(IDENTITY_KEY).try_exists()?;
        if there && !renew {
            check_kept(&folder, &ca, deployment)?;
            made.kept = made.kept.saturating_add(1);
            continue;
        }
        refuse_second_role(pki, id, role)?;
        files::make_folder(&folder)?;
        let identity = identity(&folder)?.public();
        let name = Name { deployment: deployment.name.clone(), party: Certified { id, role, identity } };
        let issued = ca.issue(&name, Validity::days(days))?;
        files::write(&folder.join(TLS_KEY), issued.key_pem().as_bytes(), Reader::Owner)?;
        let certificate = issued.certificate.pem();
        files::write(&folder.join(TLS_CERTIFICATE), certificate.as_bytes(), Reader::Everybody)?;
        let count = if there { &mut made.renewed } else { &mut made.new };
        *count = count.saturating_add(1);
    }
    Ok(made)
}

/// The CA of the folder, and whether it is new.
fn authority(deployment: &str, pki: &Path, days: u32) -> anyhow::Result<(Ca, bool)> {
    let (certificate, key) = (pki.join(CA_CERTIFICATE), pki.join(CA_KEY));
    match (certificate.try_exists()?, key.try_exists()?) {
        (true, true) => {
            let der = CertificateDer::from_pem_slice(&files::read(&certificate)?)
                .map_err(|e| anyhow!("{}: {e}", certificate.display()))?;
            let key = files::read(&key)?;
            let key = std::str::from_utf8(&key).with_context(|| format!("{CA_KEY} is no text"))?;
            Ok((Ca::load(der, key)?, false))
        }
        (true, false) => bail!(
            "{} is there, but not {CA_KEY}: certificates are made where the CA's key is",
            certificate.display()
        ),
        // The key is written first: alone it is of a run that was killed, and has signed nothing.
        (false, _) => {
            let (ca, own) = Ca::generate(deployment, Validity::days(days.saturating_mul(10)))?;
            files::write(&key, own.key_pem().as_bytes(), Reader::Owner)?;
            files::write(&certificate, own.certificate.pem().as_bytes(), Reader::Everybody)?;
            Ok((ca, true))
        }
    }
}

/// The party's identity, made if there is none.
fn identity(folder: &Path) -> anyhow::Result<Identity> {
    let path = folder.join(IDENTITY_KEY);
    let mut seed = Zeroizing::new([0; 32]);
    if path.try_exists()? {
        let text = files::read(&path)?;
        let kept = std::str::from_utf8(&text).ok().and_then(|text| files::from_hex(text.trim_end()));
        *seed = kept.with_context(|| format!("{} is no key", path.display()))?;
    } else {
        getrandom::fill(seed.as_mut_slice()).map_err(|e| anyhow!("the system has no random bytes: {e}"))?;
        let mut text = files::to_hex(&seed);
        text.push('\n');
        files::write(&path, text.as_bytes(), Reader::Owner)?;
    }
    Ok(Identity::from_bytes(&mut seed))
}

/// A certificate that is there must be of this CA and deployment, or nobody could use it.
fn check_kept(folder: &Path, ca: &Ca, deployment: &Deployment) -> anyhow::Result<()> {
    let path = folder.join(TLS_CERTIFICATE);
    let der = CertificateDer::from_pem_slice(&files::read(&path)?)
        .map_err(|e| anyhow!("{}: {e}", path.display()))?;
    let authority = CaAuthority::new(ca.certificate(), &deployment.name).map_err(|e| anyhow!(e))?;
    let checked = authority.certified(&der, super::now());
    checked.map_err(|e| anyhow!("{}: {e} (--renew makes a new one)", path.display()))?;
    Ok(())
}

/// An id belongs to one party, in one role.
fn refuse_second_role(pki: &Path, id: PartyId, role: Role) -> anyhow::Result<()> {
    for other in name::ROLES.into_iter().filter(|other| *other != role) {
        let folder = folder(pki, id, other);
        if folder.try_exists()? {
            bail!(
                "{} is there: id {id} cannot have the role {} too",
                folder.display(),
                name::role_name(role)
            );
        }
    }
    Ok(())
}
