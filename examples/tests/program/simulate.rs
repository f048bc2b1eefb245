//! Very many meters.

use crate::Folder;

fn figures(folder: &Folder, args: &[&str]) -> serde_json::Value {
    let all = [&["simulate", "--json"], args].concat();
    serde_json::from_str(&folder.run(&all).expect(0).stdout).unwrap()
}

#[test]
fn one_group_and_the_same_meters_in_cells() {
    let folder = Folder::new("simulate");
    let args = ["--meters", "200003", "--rounds", "2", "--lost", "0.005"];
    let one = figures(&folder, &args);
    assert_eq!((&one["cell_rounds"], &one["cell_rounds_closed"]), (&2.into(), &0.into()));
    assert_eq!((&one["meters_summed"], &one["sums"]), (&0.into(), &serde_json::json!([0, 0])));
    assert!(one["share_expected"].as_f64().unwrap() < 0.01);
    assert!((1000..=2000).contains(&one["better_cell"].as_u64().unwrap()));

    let many = figures(&folder, &[&args[..], &["--cells", "160"]].concat());
    assert_eq!(many["cell_rounds"], 320);
    let closed = many["cell_rounds_closed"].as_u64().unwrap();
    assert!(closed > 310, "{closed}");
    let summed = many["meters_summed"].as_u64().unwrap();
    assert!(summed > 2 * 200_003 * 9 / 10 && summed < 2 * 200_003 * 96 / 100, "{summed}");
    let sum = many["sums"][0].as_i64().unwrap() as f64 / (summed as f64 / 2.0);
    assert!((1400.0..1600.0).contains(&sum), "readings are uniform below 3000 Wh: {sum}");
    // 48 bytes of each that sends, 40 of each repair.
    let repairs = many["repairs"].as_u64().unwrap();
    let sent = many["up_bytes"].as_u64().unwrap() - 40 * repairs;
    assert!(sent.is_multiple_of(48) && (375_000..385_000).contains(&(sent / 48)), "{sent}");
    assert!(many["down_bytes"].as_u64().unwrap() < one["down_bytes"].as_u64().unwrap() / 100);
    assert_eq!(figures(&folder, &args)["repairs"], one["repairs"], "the same seed tells the same");
}

#[test]
fn nobody_lost_needs_no_repair() {
    let folder = Folder::new("simulate-whole");
    let args = ["--meters", "3000", "--rounds", "3", "--lost", "0", "--absent", "0"];
    let whole = figures(&folder, &args);
    assert_eq!((&whole["cell_rounds_closed"], &whole["repairs"]), (&3.into(), &0.into()));
    assert_eq!(whole["up_bytes"], 3 * 3000 * 48);
    assert_eq!(whole["better_cell"], 2000);
}

#[test]
fn the_table_says_what_it_is_not() {
    let folder = Folder::new("simulate-table");
    let text = folder.run(&["simulate", "--meters", "100000", "--rounds", "1"]).expect(0).stdout;
    assert!(text.contains("100000 meters in one group, 7999"), "{text}");
    assert!(text.contains("closed within 3 passes: 0 of 1") && text.contains("--cells 50"), "{text}");
    assert!(text.contains("Not simulated: key agreement"), "{text}");
    for wrong in [&["--degree", "7"][..], &["--meters", "100", "--cells", "50"], &["--lost", "2"]] {
        folder.run(&[&["simulate"], wrong].concat()).expect(2);
    }
}
