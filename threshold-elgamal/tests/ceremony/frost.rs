//! The test vectors of another implementation of distributed key generation hold in our equations.

use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::scalar::Scalar;
use meter_link::answer::Threshold;
use serde_json::Value;
use threshold_elgamal::{KeySet, SecretShare};

use crate::forger::{base, point};

fn bytes(value: &Value) -> [u8; 32] {
    hex::decode(value.as_str().unwrap()).unwrap().try_into().unwrap()
}

fn scalar(value: &Value) -> Scalar {
    Scalar::from_canonical_bytes(bytes(value)).unwrap()
}

#[test]
fn frost_vectors() {
    let vectors: Value = serde_json::from_str(include_str!("../vectors/frost-dkg.json")).unwrap();
    let parties = vectors["participants"].as_array().unwrap();
    let number = |party: &Value| Scalar::from(party["identifier"].as_u64().unwrap());
    let commitments = |party: &Value| -> Vec<RistrettoPoint> {
        party["vss_commitments"].as_array().unwrap().iter().map(|c| point(&bytes(c))).collect()
    };
    for dealer in parties {
        let secrets = [scalar(&dealer["signing_key"]), scalar(&dealer["coefficient"])];
        assert_eq!(commitments(dealer), secrets.map(|secret| base(&secret)));
    }
    for receiver in parties {
        let x = number(receiver);
        let mut sum = Scalar::ZERO;
        for dealer in parties {
            // What the dealer of this number has sent; to itself, f(x) of its own.
            let share = match receiver["signing_shares"].get(dealer["identifier"].to_string()) {
                Some(share) => scalar(share),
                None => scalar(&dealer["signing_key"]) + x * scalar(&dealer["coefficient"]),
            };
            let committed = commitments(dealer);
            assert_eq!(base(&share), committed[0] + x * committed[1]);
            sum += share;
        }
        assert_eq!(sum, scalar(&receiver["signing_share"]));
        let share = SecretShare::from_bytes(sum_number(receiver), &mut sum.to_bytes()).unwrap();
        assert_eq!(share.public(), bytes(&receiver["verifying_share"]));
    }
    let members: Vec<[u8; 32]> = parties.iter().map(|party| bytes(&party["verifying_share"])).collect();
    let threshold = Threshold::trusting_the_utility_not_to_equivocate(3, 2).unwrap();
    let keys = KeySet::new(threshold, &members).unwrap();
    assert_eq!(*keys.group_key().encoding(), bytes(&vectors["verifying_key"]));
}

fn sum_number(party: &Value) -> u8 {
    u8::try_from(party["identifier"].as_u64().unwrap()).unwrap()
}
