//! `wattsum ckks-bench`: configurations of other systems, results as files, a run that is killed and goes on, and what its
//! database holds.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::{Folder, head, real};

const SOURCE: &str = "\
encryption:
  scheme: CKKS
  poly_modulus_degree: 8192
  coeff_mod_bit_sizes: [60, 40, 60]
  scale: 2**40
smart_meters:
  num_meters: [2, 6]
  reading_interval: 5
  batch_size: [1, 3]
server:
  port: 8080
";

fn json(line: &str) -> Value {
    serde_json::from_str(line).unwrap()
}

/// A sum, a mean, a product, a reduction and a variance, near the truth as their bounds say and no further off than it is
/// worth.
fn check(figures: &Value) {
    assert_eq!(figures["within_bounds"], true, "{figures}");
    let costs = figures["costs"].as_array().unwrap();
    let names: Vec<_> = costs.iter().map(|cost| cost["operation"].as_str().unwrap()).collect();
    assert_eq!(names, ["encryption", "sum", "mean", "scalar", "reduction", "variance", "decryption"]);
    for cost in costs {
        assert!(cost["mean_ms"].as_f64().unwrap() <= cost["max_ms"].as_f64().unwrap());
        let Some(error) = cost.get("error") else { continue };
        let (largest, bound) = (error["largest"].as_f64().unwrap(), error["bound"].as_f64().unwrap());
        assert!(largest <= bound && bound < 0.1, "{cost}");
    }
}

#[test]
fn the_source_systems_configuration() {
    let folder = Folder::new("ckks-source");
    folder.write("system.yaml", SOURCE);
    let run = folder
        .run(&["ckks-bench", "--config", "system.yaml", "--rounds", "2", "--out", "out", "--json"])
        .expect(0);
    assert_eq!(run.stderr, "note: server.port means nothing here\n");
    let lines: Vec<Value> = run.stdout.lines().map(json).collect();
    let sizes: Vec<_> = lines.iter().map(|line| (line["meters"].clone(), line["batch"].clone())).collect();
    assert_eq!(sizes, [(2, 1), (2, 3), (6, 1), (6, 3)].map(|(meters, batch)| (meters.into(), batch.into())));
    for line in &lines {
        check(line);
        assert_eq!((&line["preset"], &line["scale_bits"]), (&"variance".into(), &40.into()));
    }
    for name in ["meters2-interval5s-batch1", "meters6-interval5s-batch3"] {
        check(&json(&folder.read(&format!("out/{name}.json"))));
    }
    let page = folder.read("out/report.html");
    assert!(page.matches("<svg ").count() == 8 && !page.contains("http"), "{page}");
    // The same folder again is no mistake that is made silently.
    let again = folder.run(&["ckks-bench", "--config", "system.yaml", "--out", "out"]).expect(2);
    assert!(again.stderr.contains("holds a run: finish it with --resume"), "{}", again.stderr);
    folder.run(&["ckks-bench", "read", "out/run.db"]).expect(0);
}

#[test]
fn a_killed_run_is_readable_and_goes_on() {
    let folder = Folder::new("ckks-killed");
    let bench = ["ckks-bench", "--meters", "3,4", "--batch", "2", "--rounds", "100", "--out", "out"];
    let mut child = Command::new(env!("CARGO_BIN_EXE_wattsum"))
        .args(bench)
        .current_dir(&folder.0)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let rounds = || folder.run(&["ckks-bench", "read", "out/run.db", "--json"]);
    let begun = Instant::now();
    while rounds().stdout.lines().count() < 5 {
        assert!(begun.elapsed() < Duration::from_secs(120), "no round is measured");
        assert!(child.try_wait().unwrap().is_none(), "the run was over before it was killed");
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let read = rounds().expect(0);
    let before: Vec<Value> = read.stdout.lines().map(json).collect();
    assert!((5..200).contains(&before.len()), "{} rounds", before.len());
    for (number, line) in before.iter().enumerate() {
        assert_eq!((&line["equal"], &line["round"]), (&true.into(), &(number % 100).into()));
        let (total, truth) = (line["total_kwh"].as_f64().unwrap(), line["truth_kwh"].as_f64().unwrap());
        assert!((total - truth).abs() < 1e-4 && truth > 0.0, "{line}");
    }
    let done = folder.run(&["ckks-bench", "--resume", "--out", "out", "--json"]).expect(0);
    for line in done.stdout.lines().map(json) {
        check(&line);
        assert_eq!(line["rounds"], 100);
    }
    let after: Vec<Value> = rounds().expect(0).stdout.lines().map(json).collect();
    assert_eq!(after.len(), 200);
    // What was there is what was there: nothing was made anew.
    assert_eq!(after[..before.len()], before[..]);
    // Once more there is nothing to do: the same figures, but for the last digits of numbers that were read again.
    let again = folder.run(&["ckks-bench", "--resume", "--out", "out", "--json"]).expect(0);
    let means = |text: &str| {
        let lines = text.lines().map(json).flat_map(|line| line["costs"].as_array().unwrap().clone());
        lines.map(|cost| cost["mean_ms"].as_f64().unwrap()).collect::<Vec<_>>()
    };
    let (first, second) = (means(&done.stdout), means(&again.stdout));
    assert!(first.len() == 14 && first.iter().zip(&second).all(|(a, b)| (a / b - 1.0).abs() < 1e-9));
}

#[test]
fn results_need_their_key_and_their_readings() {
    let folder = Folder::new("ckks-key");
    folder.write("r.csv", "interval_start,a,b,c\n2026-01-01T00Z,120,2500,3\n2026-01-01T01Z,,5,600\n");
    let bench = ["ckks-bench", "--readings", "r.csv", "--meters", "3", "--batch", "1", "--rounds", "2"];
    for out in ["one", "two"] {
        folder.run(&[&bench[..], &["--out", out]].concat()).expect(0);
    }
    let lines: Vec<Value> = folder
        .run(&["ckks-bench", "read", "one/run.db", "--json"])
        .expect(0)
        .stdout
        .lines()
        .map(json)
        .collect();
    assert_eq!(lines.iter().map(|line| line["messages"].clone()).collect::<Vec<_>>(), [3, 2]);
    assert!((lines[0]["total_kwh"].as_f64().unwrap() - 2.623).abs() < 1e-6, "{}", lines[0]);
    // No reading is in clear anywhere beside the key.
    for file in ["one/run.db", "one/run.db-wal"] {
        let bytes = std::fs::read(folder.0.join(file)).unwrap_or_default();
        assert!(
            !bytes.windows(4).any(|window| window == 2500_u32.to_le_bytes() || window == b"2500"),
            "{file}"
        );
    }
    let other = folder.run(&["ckks-bench", "read", "one/run.db", "--key", "two/secret.key"]).expect(1);
    assert!(other.stderr.contains("another key"), "{}", other.stderr);
    folder.write("r.csv", "interval_start,a,b,c\n2026-01-01T00Z,121,2500,3\n2026-01-01T01Z,,5,600\n");
    let changed = folder.run(&["ckks-bench", "read", "one/run.db"]).expect(2);
    assert!(changed.stderr.contains("other readings than the run began with"), "{}", changed.stderr);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(folder.0.join("one/secret.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{mode:o}");
    }
}

#[test]
fn presets_without_multiplications_and_with_two() {
    let folder = Folder::new("ckks-presets");
    for (name, yaml, variance, degree) in [
        ("small", "{poly_modulus_degree: 2048, scale: 2**24}", false, 2048),
        ("sum", "{poly_modulus_degree: 4096}", false, 4096),
        ("shared", "{poly_modulus_degree: 4096, scale: 2**60}", false, 4096),
        (
            "depth2",
            "{poly_modulus_degree: 8192, coeff_mod_bit_sizes: [60, 40, 40, 60], scale: 2**40}",
            true,
            8192,
        ),
    ] {
        folder.write("c.yaml", yaml);
        let options = ["--meters", "4", "--batch", "4", "--rounds", "1", "--json", "--secret-key"];
        let run = folder.run(&[&["ckks-bench", "--config", "c.yaml", "--out", name][..], &options].concat());
        let figures = json(&run.expect(0).stdout);
        assert_eq!((&figures["preset"], &figures["poly_modulus_degree"]), (&name.into(), &degree.into()));
        assert_eq!(figures["within_bounds"], true, "{figures}");
        let costs = figures["costs"].as_array().unwrap();
        assert_eq!(costs.iter().any(|cost| cost["operation"] == "variance"), variance, "{name}");
    }
}

#[test]
fn weak_and_impossible_configurations() {
    let folder = Folder::new("ckks-weak");
    for (yaml, what) in [
        ("{poly_modulus_degree: 8192, coeff_mod_bit_sizes: [60, 60, 60, 60]}", "weak: 240 bits together"),
        ("poly_modulus_degree: 1024", "1024 is weak"),
        ("poly_modulus_degree: 32768", "degree 2048, 4096 and 8192"),
        ("scale: 2**50", "a scale of 2^50 is not possible"),
        ("scale: 1e12", "a power of two as 2**40 is needed"),
        ("batch: 5000", "1 to 4096 readings of a batch are possible"),
        ("{poly_modulus_degree: 2048, batch: 2000}", "a batch of 2000, where a message has 1024 slots"),
        ("meters: 1", "2 to 10000 meters are possible"),
        ("a: [", "c.yaml: "),
        ("readings: nowhere.csv", "nowhere.csv: cannot be read"),
    ] {
        folder.write("c.yaml", yaml);
        let run = folder.run(&["ckks-bench", "--config", "c.yaml", "--rounds", "1"]).expect(2);
        assert!(run.stderr.contains(what), "{yaml}: {}", run.stderr);
    }
    // Nothing was written.
    assert_eq!(folder.names(), ["c.yaml"]);
}

/// The readings of 20 real meters.
#[test]
fn real_readings() {
    let Some(text) = real("ch2018_dev_wh_15min.csv") else { return };
    let folder = Folder::new("ckks-real");
    folder.write("r.csv", &head(&text, 1 + 3 * 20));
    let options = ["--readings", "r.csv", "--meters", "20", "--batch", "20", "--rounds", "3", "--json"];
    let run = folder.run(&[&["ckks-bench"][..], &options].concat()).expect(0);
    check(&json(&run.stdout));
}
