//! Own keys and key statements.

use meter_link::answer::Threshold;
use threshold_elgamal::{GroupKey, KeySet, SecretShare};

use crate::json::{array, bytes, rows, section};
use crate::world::{World, identity};

fn slices(frames: &[Vec<u8>]) -> Vec<&[u8]> {
    frames.iter().map(Vec::as_slice).collect()
}

#[test]
fn key_vectors() {
    for row in section("elgamal_keys").as_array().unwrap() {
        let world = World::of(row);
        let trustees = world.roster.answerers();
        let all = Threshold::all_of(trustees.len() as u8).unwrap();
        let announced: Vec<Vec<u8>> = rows(row, "own_keys").iter().map(bytes).collect();
        for (number, (trustee, frame)) in (1..).zip(trustees.iter().zip(&announced)) {
            let mut secret = array(&row["secrets"][number as usize - 1]);
            let share = SecretShare::from_bytes(number, &mut secret).unwrap();
            let own = identity(world.party(trustee.id.0));
            assert_eq!(share.announce(&world.view, &own, trustee.id).unwrap(), *frame);
        }
        let keys = KeySet::joint(&world.view, all, &world.roster, &slices(&announced)).unwrap();
        let key = *keys.group_key();
        assert_eq!((*key.encoding(), *key.key_set()), (array(&row["group_key"]), array(&row["key_set"])));
        assert_eq!(keys.to_bytes(), bytes(&row["stored"]));
        assert_eq!(KeySet::from_bytes(all, &bytes(&row["stored"])).as_ref(), Ok(&keys));

        let statements: Vec<Vec<u8>> = rows(row, "statements").iter().map(bytes).collect();
        for (number, (trustee, frame)) in (1..).zip(trustees.iter().zip(&statements)) {
            let mut secret = array(&row["secrets"][number as usize - 1]);
            let share = SecretShare::from_bytes(number, &mut secret).unwrap();
            let own = identity(world.party(trustee.id.0));
            assert_eq!(keys.statement(&world.view, &share, &own, trustee.id).unwrap()[..], *frame);
        }
        let certified = GroupKey::certified(&world.view, all, trustees, &slices(&statements));
        assert_eq!(certified, Ok(key));
    }
}
