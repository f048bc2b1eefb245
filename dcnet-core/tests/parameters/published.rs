//! Google's published table for random Harary graphs, out of the same tails.

use dcnet_core::parameters::{Server, harary};
use serde_json::Value;

const ROWS: &str = include_str!("../vectors/google_graph_parameters.json");

fn rows(kind: &str) -> Vec<Value> {
    let all: Value = serde_json::from_str(ROWS).unwrap();
    all[kind].as_array().unwrap().clone()
}

fn number(row: &Value, name: &str) -> u32 {
    u32::try_from(row[name].as_u64().unwrap()).unwrap()
}

fn found(row: &Value) -> Result<(u32, u32), dcnet_core::Error> {
    let server = match row["server"].as_str().unwrap() {
        "semi-malicious" => Server::SemiMalicious,
        // Nobody colludes there, and nothing else is different.
        "semi-honest" | "none" => Server::SemiHonest,
        other => panic!("{other}"),
    };
    let share = |name: &str| row[name].as_f64().unwrap();
    harary(number(row, "clients"), share("adversarial"), share("dropout"), 40, server)
}

#[test]
fn every_row() {
    let rows = rows("feasible");
    assert_eq!(rows.len(), 98);
    for row in &rows {
        assert_eq!(found(row), Ok((number(row, "degree"), number(row, "threshold"))), "{row}");
    }
    let of = |server| rows.iter().filter(|row| row["server"] == server).count();
    assert!(of("semi-honest") > 40 && of("semi-malicious") > 30 && of("none") > 5);
}

#[test]
fn what_they_refuse() {
    let rows = rows("refused");
    assert_eq!(rows.len(), 7);
    // Their class "none" with colluders is a contradiction that cannot be said here.
    for row in rows.iter().filter(|row| row["server"] != "none") {
        assert!(found(row).is_err(), "{row}");
    }
}
