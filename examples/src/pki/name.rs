//! The name in a certificate: `urn:wattsum:<deployment>:<role>:<id>:<hex of the identity's public key>`.

use std::fmt;

use meter_link::roster::Certified;
use meter_link::{IdentityKey, PartyId, Role};
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

/// Whom a certificate names. Made by [`Name::of`], it is worth nothing until the certificate was checked.
#[derive(Debug, Clone)]
pub(crate) struct Name {
    pub(crate) deployment: String,
    pub(crate) party: Certified,
}

const PREFIX: &str = "urn:wattsum:";
/// Characters of a deployment's name.
const LONGEST: usize = 64;

impl Name {
    /// Refuses what would make a name ambiguous.
    pub(crate) fn check_deployment(name: &str) -> Result<(), String> {
        let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if name.is_empty() || name.len() > LONGEST || !name.chars().all(fine) {
            return Err(format!(
                "the deployment's name {name:?} must have 1 to {LONGEST} letters, digits, '-', '_' or '.'"
            ));
        }
        Ok(())
    }

    /// The name in a certificate (DER), whoever signed it.
    pub(crate) fn of(certificate: &[u8]) -> Result<Self, String> {
        let (rest, parsed) =
            X509Certificate::from_der(certificate).map_err(|_| "it is no certificate".to_owned())?;
        if !rest.is_empty() {
            return Err("bytes follow the certificate".to_owned());
        }
        let names = parsed.subject_alternative_name().map_err(|_| "its names cannot be read".to_owned())?;
        let urns = names.iter().flat_map(|names| &names.value.general_names).filter_map(|name| match name {
            GeneralName::URI(uri) if uri.starts_with(PREFIX) => Some(*uri),
            _ => None,
        });
        // A second one would let two readers see two parties.
        match urns.collect::<Vec<_>>().as_slice() {
            [one] => one.parse(),
            [] => Err(format!("it has no name {PREFIX}…")),
            _ => Err(format!("it has more than one name {PREFIX}…")),
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { deployment, party } = self;
        write!(f, "{PREFIX}{deployment}:{}:{}:", role_name(party.role), party.id)?;
        party.identity.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl std::str::FromStr for Name {
    type Err = String;

    /// Takes exactly what [`fmt::Display`] writes, so that a party has one name.
    fn from_str(urn: &str) -> Result<Self, String> {
        let bad = |what: &str| format!("the name {urn:?} has no valid {what}");
        let parts: Vec<&str> = urn.strip_prefix(PREFIX).unwrap_or_default().split(':').collect();
        let [deployment, role, id, key] = parts.as_slice() else { return Err(bad("form")) };
        Self::check_deployment(deployment).map_err(|_| bad("deployment"))?;
        let role = ROLES.into_iter().find(|one| role_name(*one) == *role).ok_or_else(|| bad("role"))?;
        let id = PartyId(id.parse().map_err(|_| bad("id"))?);
        let identity = IdentityKey(super::files::from_hex(key).ok_or_else(|| bad("identity"))?);
        if (role == Role::Utility) != (id == PartyId::UTILITY) {
            return Err(bad("id for its role"));
        }
        let name = Self { deployment: (*deployment).to_owned(), party: Certified { id, role, identity } };
        if name.to_string() == urn { Ok(name) } else { Err(bad("form")) }
    }
}

/// All roles.
pub(crate) const ROLES: [Role; 5] =
    [Role::Utility, Role::Meter, Role::Holder, Role::Aggregator, Role::Trustee];

/// As names and folders have it.
pub(crate) const fn role_name(role: Role) -> &'static str {
    match role {
        Role::Utility => "utility",
        Role::Meter => "meter",
        Role::Holder => "holder",
        Role::Aggregator => "aggregator",
        Role::Trustee => "trustee",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling_of_a_name() {
        let key = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
        let name = |rest: &str| format!("urn:wattsum:{rest}").parse::<Name>();
        let good = name(&format!("east-1:meter:42:{key}")).unwrap();
        assert_eq!((good.party.id, good.party.role), (PartyId(42), Role::Meter));
        assert_eq!(good.to_string(), format!("urn:wattsum:east-1:meter:42:{key}"));
        for bad in [
            format!("east-1:meter:042:{key}"),
            format!("east-1:meter:+42:{key}"),
            format!("east-1:Meter:42:{key}"),
            format!("east-1:meter:42:{}", key.to_uppercase()),
            format!("east-1:meter:42:{key}00"),
            format!("east-1:meter:42:{key}:x"),
            format!("east-1:meter:0:{key}"),
            format!("east-1:utility:7:{key}"),
            format!("east-1:baker:7:{key}"),
            format!("ea/st:meter:7:{key}"),
            format!(":meter:7:{key}"),
            format!("east-1:meter:4294967296:{key}"),
        ] {
            assert!(name(&bad).is_err(), "{bad}");
        }
        assert!(format!("URN:wattsum:east-1:meter:42:{key}").parse::<Name>().is_err());
    }
}
