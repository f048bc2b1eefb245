//! Tests of the deployment file.

use std::path::PathBuf;

use super::*;

struct Given {
    folder: tempfile::TempDir,
}

impl Given {
    fn new(text: &str) -> Self {
        let given = Self { folder: tempfile::tempdir().unwrap() };
        std::fs::write(given.path(), text).unwrap();
        given
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("deployment.toml")
    }

    fn load(&self, overrides: &[&str]) -> Result<Deployment, String> {
        let overrides: Vec<_> = overrides.iter().map(|text| override_of(text).unwrap()).collect();
        let loaded = Deployment::load(Some(&self.path()), &overrides);
        loaded.map_err(|error| error.to_string().replace(&*self.path().to_string_lossy(), "FILE"))
    }

    fn error(&self, overrides: &[&str]) -> String {
        self.load(overrides).unwrap_err()
    }
}

#[test]
fn the_example_of_every_protocol_loads() {
    for protocol in Protocol::ALL.into_iter().chain([Protocol::Ckks]) {
        let given = Given::new(&example::text(protocol));
        let deployment = given.load(&[]).unwrap_or_else(|error| panic!("{protocol}: {error}"));
        assert_eq!(deployment.protocol, protocol);
        assert_eq!(deployment.pki.folder, given.folder.path().join("pki"));
        // What it is printed as loads as the same.
        let printed = Given::new(&toml::to_string(&deployment).unwrap());
        assert_eq!(printed.load(&[]).unwrap(), deployment);
    }
}

#[test]
fn every_value_can_be_given_on_the_command_line() {
    let given = Given::new(&example::text(Protocol::Shamir));
    let deployment = given
        .load(&[
            "meters.ids=1-7",
            "rounds.period=60",
            "rounds.replay.begins=1800000000000",
            "rounds.replay.slot=250",
            "utility.dashboard=127.0.0.1:1",
            "pki.state=here",
            "name=2026-01-05",
            "cmt.derived=true",
        ])
        .unwrap();
    assert_eq!(deployment.meters.ids.0.len(), 7);
    assert_eq!(
        (deployment.rounds.period, deployment.rounds.replay.map(|replay| replay.slot)),
        (60, Some(250))
    );
    assert_eq!(deployment.pki.state, PathBuf::from("here"));
    assert_eq!((deployment.name.as_str(), deployment.cmt.derived), ("2026-01-05", true));

    // A deployment from flags alone.
    let mut keys = Vec::new();
    names("", schema(), &mut keys);
    assert!(keys.len() >= 25, "{keys:?}");
    let flags = keys.into_iter().map(|key| match (key.as_str(), known(&key).unwrap()) {
        ("utility.dashboard", _) => (key, "127.0.0.1:7480".to_owned()),
        ("rounds.replay.begins", _) => (key, "1800000000000".to_owned()),
        (_, Value::String(text)) => (key, text.clone()),
        (_, value) => (key, value.to_string()),
    });
    Deployment::load(None, &flags.collect::<Vec<_>>()).unwrap();
}

#[test]
fn errors_name_file_line_and_key() {
    let text = example::text(Protocol::Shamir);
    let with = |old: &str, new: &str| {
        assert!(text.contains(old), "{old}");
        Given::new(&text.replace(old, new)).error(&[])
    };
    let line = |part: &str| text.lines().position(|line| line.starts_with(part)).unwrap() + 1;
    let period = with("period = 900 ", "period = \"x\" ");
    assert!(period.starts_with(&format!("FILE: line {}: ", line("period"))), "{period}");
    let unknown = with("period = 900 ", "perod = 900 ");
    assert!(unknown.starts_with(&format!("FILE: line {}: ", line("period"))), "{unknown}");
    assert!(unknown.contains("perod"), "{unknown}");
    let ids = with("\"1-20\"", "\"1-20,7\"");
    assert!(ids.starts_with(&format!("FILE: line {}: ", line("ids"))), "{ids}");
    assert!(ids.contains("id 7 is there twice"), "{ids}");
    let syntax = with("period = 900 ", "period = ");
    assert!(syntax.starts_with(&format!("FILE: line {}: ", line("period"))), "{syntax}");
    let rule = with("threshold = 3 ", "threshold = 2 ");
    assert!(rule.starts_with(&format!("FILE: line {}, answerers.threshold", line("threshold"))), "{rule}");
    assert!(rule.contains("2 of 4 aggregators with 1 colluding"), "{rule}");
    let missing = with("folder = \"pki\" ", "# folder");
    assert!(missing.contains("folder"), "{missing}");
    let nowhere = Deployment::load(Some("/nowhere.toml".as_ref()), &[]).unwrap_err().to_string();
    assert!(nowhere.contains("cannot be read"));
}

#[test]
fn errors_of_the_command_line_name_its_flag() {
    let given = Given::new(&example::text(Protocol::Shamir));
    assert!(override_of("rounds.perod=1").unwrap_err().contains("no key \"rounds.perod\"; keys: "));
    assert!(override_of("rounds").is_err());
    assert_eq!(given.error(&["rounds.period=1.5"]), "--set rounds.period=1.5: not a whole number");
    let negative = given.error(&["group=1", "rounds.period=-1"]);
    assert!(negative.starts_with("--set rounds.period=-1: "), "{negative}");
    assert!(given.error(&["protocol=dc"]).starts_with("--set protocol=dc: "));
    assert!(given.error(&["meters.ids=1-20,1004"]).starts_with("--set meters.ids=1-20,1004: party 1004"));
    assert!(Deployment::load(None, &[]).unwrap_err().to_string().contains("wattsum config --example"));
}

#[test]
fn rules_beyond_types() {
    use Protocol::{Cmt, Dcnet, Elgamal, Shamir};
    let broken = |protocol: Protocol, overrides: &[&str], rule: &str| {
        let error = Given::new(&example::text(protocol)).error(overrides);
        assert!(error.contains(rule), "{overrides:?}: {error}");
    };
    broken(Shamir, &["name=a:b"], "goes into certificates");
    broken(Shamir, &["meters.ids=1-4"], "there are 4 meters");
    broken(Shamir, &["meters.min_honest=2"], "at least 3 meters");
    broken(Cmt, &["meters.min_honest=4"], "at least 5 meters");
    broken(Cmt, &["answerers.ids=1001-1004"], "has no holders");
    broken(Shamir, &["answerers.ids=1001"], "at least 2 aggregators");
    broken(Shamir, &["answerers.ids=20-23"], "party 20 would be a meter and one of the aggregators");
    broken(Shamir, &["answerers.threshold=5"], "5 of 4");
    broken(Shamir, &["answerers.max_colluding=0", "answerers.threshold=1"], "2 to 4 of 4");
    broken(Elgamal, &["elgamal.joint_key=true"], "threshold = 4");
    broken(Shamir, &["rounds.period=0"], "at least a second");
    broken(Shamir, &["rounds.replay.begins=1800000000000", "rounds.replay.slot=0"], "at least a millisecond");
    broken(Shamir, &["rounds.replay.begins=1800000000", "rounds.replay.slot=9"], "before 2001");
    broken(Shamir, &["rounds.deadline_permille=1000"], "between 1 and 999");
    broken(Dcnet, &["rounds.window=96"], "dcnet has no bills");
    broken(Shamir, &["rounds.window=96", "rounds.window_min_rounds=3"], "at least 4 readings");
    broken(Shamir, &["rounds.window=96", "rounds.window_min_rounds=97"], "a window has at least");
    broken(Dcnet, &["meters.ids=1-300"], "at most 256 meters");
    broken(Dcnet, &["dcnet.graph=drawn", "dcnet.degree=7"], "even");
    broken(Cmt, &["cmt.agreement=true", "cmt.mean_term=0"], "agreement needs mean_term");
    broken(Shamir, &["utility.listen=localhost"], "no address to listen on");
    broken(Shamir, &["utility.address=http://a:1"], "no https://HOST:PORT");
    // The crate's own rule.
    broken(Elgamal, &["meters.max_reading=100000000000000"], "refused by elgamal");
}
