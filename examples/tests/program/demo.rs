//! The demonstration.

use crate::{Folder, PROTOCOLS, real};

const KEYS: [&str; 8] =
    ["protocol", "rounds", "meters", "silent", "sums_equal", "uplink_bytes", "us_per_meter", "us_per_round"];

#[test]
fn every_sum_of_every_protocol_equals_the_truth() {
    let folder = Folder::new("demo");
    let run = folder.run(&["demo", "--meters", "40", "--rounds", "24", "--json"]).expect(0);
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(lines.len(), 4, "{}", run.stdout);
    for (line, protocol) in lines.into_iter().zip(PROTOCOLS) {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        let object = value.as_object().unwrap();
        assert_eq!(object.len(), KEYS.len());
        assert!(KEYS.iter().all(|key| *key == "protocol" || object[*key].is_number()), "{line}");
        assert_eq!(value["protocol"], protocol);
        assert_eq!((&value["rounds"], &value["meters"]), (&24.into(), &40.into()));
        assert_eq!(value["sums_equal"], 24, "{protocol}");
        assert!(value["silent"].as_u64().unwrap() > 0, "nobody was silent");
        assert!(value["uplink_bytes"].as_f64().unwrap() >= 24.0, "{line}");
        assert!(value["us_per_round"].as_f64().unwrap() > 0.0, "{line}");
    }
    assert_eq!(folder.names(), ["wattsum-demo.html"]);
    assert!(run.stderr.contains("report: wattsum-demo.html"));
}

#[test]
fn the_report_needs_no_network() {
    let folder = Folder::new("report");
    let args = ["demo", "--meters", "10", "--rounds", "8", "--protocol", "dcnet", "--report", "r.html"];
    let run = folder.run(&args).expect(0);
    assert!(run.stdout.contains("8/8") && run.stdout.ends_with("report: r.html\n"), "{}", run.stdout);
    let page = folder.read("r.html");
    assert_eq!(page.matches("<svg ").count(), 3);
    assert!(!page.contains("http") && !page.contains("<script") && !page.contains("src="));
}

#[test]
fn the_same_seed_tells_the_same() {
    let folder = Folder::new("seed");
    let figures = |seed: &str| -> Vec<(String, String)> {
        let args =
            ["demo", "--meters", "10", "--rounds", "40", "--protocol", "shamir", "--json", "--seed", seed];
        let value: serde_json::Value = serde_json::from_str(&folder.run(&args).expect(0).stdout).unwrap();
        let timeless = value.as_object().unwrap().iter().filter(|(key, _)| !key.starts_with("us_"));
        timeless.map(|(key, value)| (key.clone(), value.to_string())).collect()
    };
    assert_eq!(figures("1"), figures("1"));
}

#[test]
fn real_readings_are_shown_too() {
    let Some(readings) = real("ch2018_dev_wh_15min.csv") else { return };
    let folder = Folder::new("demo-real");
    folder.write("readings.csv", &readings);
    let args =
        ["demo", "--readings", "readings.csv", "--meters", "30", "--rounds", "12", "--protocol", "cmt"];
    assert!(folder.run(&args).expect(0).stdout.contains("12/12"));
    assert!(folder.read("wattsum-demo.html").contains("29 October 2018"));
    folder.run(&["demo", "--readings", "readings.csv", "--meters", "241"]).expect(2);
}
