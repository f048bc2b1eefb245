//! What `wattsum pki` leaves behind, as parties load it.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use clap::Parser;
use meter_link::{PartyId, Role};

use super::command::{Made, make};
use super::{Credentials, Pki, command};
use crate::deployment::{self, Deployment};

fn deployment(name: &str, folder: &Path, meters: &str) -> Deployment {
    let text = format!(
        r#"
        name = "{name}"
        protocol = "shamir"
        group = 1
        meters = {{ ids = "{meters}" }}
        answerers = {{ ids = "1001-1003" }}
        rounds = {{ origin = 0 }}
        utility = {{ listen = "127.0.0.1:0", address = "https://127.0.0.1:1", database = "unused" }}
        pki = {{ folder = "{}", state = "unused" }}
        "#,
        folder.display()
    );
    toml::from_str(&text).unwrap()
}

fn load(deployment: &Deployment, id: u32) -> anyhow::Result<Credentials> {
    Credentials::load(&deployment.pki, PartyId(id))
}

#[test]
fn keys_for_everybody_and_for_those_who_come_later() {
    let folder = tempfile::tempdir().unwrap();
    let pki = folder.path().join("pki");
    let few = deployment("east", &pki, "1-5");
    let made = make(&few, &pki, 30, false).unwrap();
    assert_eq!(made, Made { ca: true, new: 9, renewed: 0, kept: 0 });

    for (id, role) in [(0, Role::Utility), (3, Role::Meter), (1002, Role::Aggregator)] {
        let own = load(&few, id).unwrap();
        assert_eq!((own.party().id, own.party().role), (PartyId(id), role));
        let certified = own.authority().certified(own.certificate(), super::now()).unwrap();
        assert_eq!(certified.identity, own.identity().public());
        assert_eq!((certified.id, certified.role), (PartyId(id), role));
        assert!(own.certificate().len() < 450, "{} bytes go to everybody", own.certificate().len());
    }
    assert!(load(&few, 6).unwrap_err().to_string().contains("no folder of party 6"));

    let more = deployment("east", &pki, "1-8");
    let before = load(&more, 3).unwrap();
    let made = make(&more, &pki, 30, false).unwrap();
    assert_eq!(made, Made { ca: false, new: 3, renewed: 0, kept: 9 });
    assert_eq!(load(&more, 3).unwrap().certificate(), before.certificate());
    let late = load(&more, 8).unwrap();
    before.authority().certified(late.certificate(), super::now()).unwrap();

    let made = make(&more, &pki, 30, true).unwrap();
    assert_eq!(made, Made { ca: false, new: 0, renewed: 12, kept: 0 });
    let renewed = load(&more, 3).unwrap();
    assert_ne!(renewed.certificate(), before.certificate());
    assert_eq!(renewed.identity().public(), before.identity().public());
}

#[test]
fn nobody_else_can_read_a_key() {
    let folder = tempfile::tempdir().unwrap();
    let pki = folder.path().join("pki");
    make(&deployment("east", &pki, "1-3"), &pki, 30, false).unwrap();
    let mode = |path: &str| std::fs::metadata(pki.join(path)).unwrap().permissions().mode() & 0o777;
    for key in ["ca.key", "meter-1/tls.key", "meter-1/identity.key", "utility-0/identity.key"] {
        assert_eq!(mode(key), 0o600, "{key}");
    }
    assert_eq!(mode("meter-1"), 0o700);
    assert_eq!(mode("ca.crt"), 0o644);
}

#[test]
fn what_does_not_belong_together() {
    let folder = tempfile::tempdir().unwrap();
    let pki = folder.path().join("pki");
    let east = deployment("east", &pki, "1-3");
    make(&east, &pki, 30, false).unwrap();
    let error = |result: anyhow::Result<Credentials>| result.unwrap_err().to_string();

    // Another deployment's folder, another CA's certificates, an id with two roles.
    let west = deployment("west", &pki, "1-3");
    let text = make(&west, &pki, 30, false).unwrap_err().to_string();
    assert!(text.contains("deployment \"east\", not \"west\""), "{text}");
    let mut two_roles = east.clone();
    two_roles.answerers.ids.0.push(PartyId(3));
    assert!(
        make(&two_roles, &pki, 30, false)
            .unwrap_err()
            .to_string()
            .contains("cannot have the role aggregator too")
    );
    let other = folder.path().join("other");
    make(&deployment("east", &other, "1-3"), &other, 30, false).unwrap();
    std::fs::copy(other.join("ca.crt"), pki.join("ca.crt")).unwrap();
    assert!(error(load(&east, 1)).contains("refused"));
    assert!(make(&east, &pki, 30, false).unwrap_err().to_string().contains("do not belong together"));
    std::fs::remove_file(pki.join("ca.key")).unwrap();
    assert!(make(&east, &pki, 30, false).unwrap_err().to_string().contains("not ca.key"));

    // Keys that were mixed up.
    let other = deployment("east", &other, "1-3");
    let at = |file: &str| other.pki.folder.join(file);
    std::fs::copy(at("meter-2/identity.key"), at("meter-1/identity.key")).unwrap();
    assert!(error(load(&other, 1)).contains("another identity"));
    std::fs::copy(at("meter-2/tls.crt"), at("meter-1/tls.crt")).unwrap();
    assert!(error(load(&other, 1)).contains("certificate of party 2"));
    std::fs::write(at("meter-3/identity.key"), "00").unwrap();
    assert!(error(load(&other, 3)).contains("is no key"));
}

#[test]
fn names_that_would_be_ambiguous_make_no_certificate() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["", "a:b", "a b", "ä"] {
        let pki = folder.path().join("pki");
        assert!(make(&deployment(name, &pki, "1-3"), &pki, 30, false).is_err(), "{name:?}");
        assert!(!pki.exists());
    }
}

#[test]
fn it_says_what_it_is() {
    #[derive(Parser)]
    struct Program {
        #[command(flatten)]
        pki: Pki,
    }
    let folder = tempfile::tempdir().unwrap();
    let deployment = deployment("east", &folder.path().join("unused"), "1-3");
    let out = folder.path().join("keys");
    let args = Program::parse_from(["pki", "--config", "x.toml", "--out", out.to_str().unwrap()]).pki;
    let mut text = Vec::new();
    command::run(&args, &deployment, &mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    assert!(text.contains("a new test CA; certificates: 7 new, 0 renewed, 0 kept"), "{text}");
    assert!(text.contains("TEST CA"));
    let moved = deployment::Pki { folder: out, ..deployment.pki };
    Credentials::load(&moved, PartyId(1)).unwrap();
}
