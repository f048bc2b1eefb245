//! The shipped examples, which check what they print.
#![allow(clippy::unwrap_used)]

#[path = "../examples/bills.rs"]
mod bills;

#[test]
fn bills_with_a_lying_aggregator() {
    bills::main().unwrap();
}
