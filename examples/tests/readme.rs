//! The README's example is the shipped one, and prints what the README says.

use std::process::Command;

const README: &str = include_str!("../../README.md");
const SOURCE: &str = include_str!("../examples/quickstart.rs");

#[test]
fn the_example_of_the_readme_is_the_shipped_one() {
    assert!(README.contains(&format!("```rust\n{SOURCE}```")), "copy examples/quickstart.rs into README.md");
}

#[test]
fn the_example_prints_the_sum() {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let args = ["run", "--release", "--quiet", "-p", "wattsum", "--example", "quickstart"];
    let output = Command::new(cargo).args(args).output().expect("cargo runs");
    let printed = String::from_utf8_lossy(&output.stdout);
    let (sum, share) = printed.split_once("; aggregator 1 alone sees ").expect("the two halves");
    assert_eq!(sum, "sum 1365 Wh");
    assert!(share.trim().parse::<u64>().is_ok());
    assert!(README.contains("sum 1365 Wh; aggregator 1 alone sees "));
}

#[test]
fn the_readme_opens_with_the_two_commands() {
    let opening: Vec<&str> = README.lines().take(5).collect();
    assert!(opening.iter().any(|l| l.starts_with("cargo run --release -p wattsum -- demo")));
    assert!(opening.iter().any(|l| l.starts_with("./test.sh")));
}
