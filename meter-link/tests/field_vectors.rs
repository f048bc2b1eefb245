//! Field64 against values of others: IETF VDAF's test vectors and libprio-rs.
//!
//! A verifier's message in Prio3 is a circuit's value, the wires of its gadget at a random point, and the
//! gadget's polynomial there; shares of it add up to 0, to w, and to Σ w_2j · w_(2j+1). So additions and
//! multiplications of full-size elements are held against what another implementation computed.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::path::Path;
use std::sync::LazyLock;

use meter_link::Field64;
use meter_link::field::{add_assign, add_scaled_on, sum_columns_on, sum_rows_on};
use meter_link::pad::Path as Vectors;
use serde_json::Value;

static FILE: LazyLock<Value> = LazyLock::new(|| {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/field64-vdaf.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
});

fn list(value: &Value) -> &[Value] {
    let list = value.as_array().unwrap();
    assert!(!list.is_empty());
    list
}

fn integers(value: &Value) -> Vec<Field64> {
    list(value).iter().map(|v| Field64::from_bytes(v.as_u64().unwrap().to_le_bytes()).unwrap()).collect()
}

fn encoded(value: &Value) -> Vec<Field64> {
    let bytes = hex::decode(value.as_str().unwrap()).unwrap();
    let (elements, rest) = bytes.as_chunks();
    assert!(rest.is_empty());
    elements.iter().map(|bytes| Field64::from_bytes(*bytes).unwrap()).collect()
}

fn sum(shares: &[Vec<Field64>]) -> Vec<Field64> {
    let mut sum = vec![Field64::ZERO; shares[0].len()];
    shares.iter().for_each(|share| add_assign(&mut sum, share));
    for vectors in Vectors::ALL {
        let mut rows = vec![Field64::ZERO; sum.len()];
        sum_rows_on(vectors, shares.iter().map(Vec::as_slice), &mut rows);
        assert_eq!(rows, sum);
        let mut columns = vec![Field64::ZERO; sum.len()];
        sum_columns_on(vectors, &shares.concat(), &mut columns).unwrap();
        assert_eq!(columns, sum);
    }
    sum
}

fn shares(value: &Value) -> Vec<Vec<Field64>> {
    list(value).iter().map(encoded).collect()
}

#[test]
fn verifiers_of_vdaf_hold() {
    let mut products = 0;
    for case in list(&FILE["cases"]) {
        let wires = usize::try_from(case["wires"].as_u64().unwrap()).unwrap();
        for report in list(&case["reports"]) {
            for proof in sum(&shares(&report["verifier_shares"])).chunks(wires + 2) {
                let (value, gadget) = (proof[0], proof[wires + 1]);
                assert_eq!(value, Field64::ZERO, "{}", case["file"]);
                let pairs = proof[1..=wires].as_chunks::<2>().0;
                assert_eq!(pairs.iter().map(|[a, b]| *a * *b).sum::<Field64>(), gadget);
                for vectors in Vectors::ALL {
                    // Eight columns and more are done in vectors.
                    let mut out = [Field64::ZERO; 11];
                    pairs.iter().for_each(|[a, b]| add_scaled_on(vectors, &mut out, *a, &[*b; 11]));
                    assert_eq!(out, [gadget; 11], "{vectors:?}");
                }
                products += pairs.len();
            }
        }
    }
    assert!(products > 100);
}

#[test]
fn outputs_of_vdaf_add_up() {
    for case in list(&FILE["cases"]) {
        let mut by_aggregator: Vec<Vec<Vec<Field64>>> = Vec::new();
        for report in list(&case["reports"]) {
            let shares = shares(&report["out_shares"]);
            assert_eq!(sum(&shares), integers(&report["measurement"]), "{}", case["file"]);
            by_aggregator.resize(shares.len(), Vec::new());
            by_aggregator.iter_mut().zip(shares).for_each(|(all, share)| all.push(share));
        }
        let aggregates: Vec<_> = by_aggregator.iter().map(|all| sum(all)).collect();
        assert_eq!(aggregates, shares(&case["agg_shares"]));
        assert_eq!(sum(&aggregates), integers(&case["agg_result"]));
    }
}

#[test]
fn roots_of_unity_of_libprio() {
    // Out of Montgomery form: 2^64 ≡ 2^32 − 1.
    let factor = Field64::from_u64(0xffff_ffff).invert();
    let residue = |value: Field64| value * factor;
    let roots: Vec<Field64> = integers(&FILE["roots"]).into_iter().map(residue).collect();
    assert_eq!(roots[..2], [Field64::ONE, -Field64::ONE]);
    for pair in roots.windows(2) {
        assert_eq!(pair[1] * pair[1], pair[0]);
        assert_eq!(pair[1].invert() * pair[1], Field64::ONE);
    }
    // The draft's generator of order 2^32, section 6.1: 7^4294967295.
    let generator = residue(Field64::from_u64(FILE["generator"].as_u64().unwrap()));
    assert_eq!(generator, Field64::from_u64(7).pow_vartime(4_294_967_295));
    assert_eq!(generator.pow_vartime(1 << 12), *roots.last().unwrap());
    assert_eq!(generator.pow_vartime(1 << 31), -Field64::ONE);
}
