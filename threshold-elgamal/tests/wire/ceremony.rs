//! Key ceremonies: every frame, record and share of a generation and of a resharing.

use meter_link::PartyId;
use serde_json::Value;
use threshold_elgamal::ceremony::{Agreed, Ceremony, Dealer, Joining, Participant, Seat};
use threshold_elgamal::{Fault, KeySet, Params, SecretShare};

use crate::json::{array, bytes, id, int, ints, rows, section};
use crate::world::{World, identity};
use meter_link::answer::Threshold;

/// The frames of a list, as they are.
fn frames(row: &Value, name: &str) -> Vec<Vec<u8>> {
    rows(row, name).iter().map(bytes).collect()
}

fn ceremony(row: &Value, params: &Params, old: Option<(&KeySet, &[PartyId])>) -> Ceremony {
    let world = World::of(row);
    let seat = |id: u32| Seat { id: PartyId(id), identity: identity(world.party(id)).public() };
    let members: Vec<Seat> = rows(row, "members").iter().map(|member| seat(id(member))).collect();
    let number = id(&row["ceremony"]);
    let Some((keys, holders)) = old else {
        return Ceremony::generate(params, number, &members).unwrap();
    };
    let dealer = |number: u64| Dealer { number: number as u8, seat: seat(holders[number as usize - 1].0) };
    let dealers: Vec<Dealer> = ints(&row["dealers"]).into_iter().map(dealer).collect();
    Ceremony::reshare(params, number, &members, keys, &dealers).unwrap()
}

#[test]
fn ceremony_vectors() {
    let mut old: Option<(KeySet, Vec<PartyId>, Vec<[u8; 32]>)> = None;
    for row in section("elgamal_ceremonies").as_array().unwrap() {
        let world = World::of(row);
        let params = Params::new(*world.view.group(), Threshold::DEFAULT).unwrap();
        let before = old.as_ref().map(|(keys, holders, _)| (keys, holders.as_slice()));
        let ceremony = ceremony(row, &params, before);
        assert_eq!(ceremony.to_bytes(), bytes(&row["bytes"]));
        assert_eq!(*ceremony.id().as_bytes(), array(&row["id"]));
        let [announced, echoes, shares, confirmations] =
            ["announcements", "echoes", "shares", "confirmations"].map(|name| frames(row, name));

        let mut secrets = Vec::new();
        for (place, party) in rows(row, "parties").iter().enumerate() {
            let own = id(&party["id"]);
            // Who deals brings its share of the old keys.
            let share = old.as_ref().and_then(|(_, holders, secrets)| {
                let place = holders.iter().position(|holder| holder.0 == own)?;
                let number = place as u8 + 1;
                let dealt = ints(&row["dealers"]).contains(&number.into());
                dealt.then(|| SecretShare::from_bytes(number, &mut secrets[place].clone()).unwrap())
            });
            let participant = || {
                let share = share.as_ref().map(|share| {
                    SecretShare::from_bytes(share.number(), &mut share.to_bytes().clone()).unwrap()
                });
                Participant { id: PartyId(own), identity: identity(world.party(own)), share }
            };
            let records: Vec<Vec<u8>> = rows(party, "records").iter().map(bytes).collect();
            let mut joining = Joining::resume(&ceremony, participant(), [&records[0][..]]).unwrap();
            assert_eq!(joining.frame(), announced[place]);
            announced.iter().for_each(|frame| joining.accept(frame).unwrap());
            let step = joining.close().unwrap();
            assert_eq!(step.record(), records[1]);
            let mut echoing = step.stored();
            assert_eq!(echoing.frame(), echoes[place]);
            echoes.iter().for_each(|frame| echoing.accept(frame).unwrap());
            let mut sharing = echoing.close().unwrap();
            assert_eq!(*sharing.agreed().digest(), array(&row["view"]));
            if let Some(frame) = sharing.frame() {
                assert!(shares.iter().any(|other| other == frame));
            }
            shares.iter().for_each(|frame| sharing.accept(frame).unwrap());
            let step = sharing.close().unwrap();
            assert_eq!(step.record(), records[2]);
            let mut confirming = step.stored();
            assert_eq!(confirming.frame(), confirmations.get(place).map(Vec::as_slice));
            confirmations.iter().for_each(|frame| confirming.accept(frame).unwrap());
            let outcome = confirming.finish().unwrap();
            assert_eq!(*outcome.keys.group_key().key_set(), array(&row["key_set"]));
            assert_eq!(*outcome.keys.group_key().encoding(), array(&row["group_key"]));
            secrets.extend(outcome.share.map(|share| *share.to_bytes()));
            // The whole log at once is as good.
            let resumed = Joining::resume(&ceremony, participant(), records.iter().map(Vec::as_slice));
            assert_eq!(resumed.unwrap().frame(), announced[place]);
        }
        let listed: Vec<[u8; 32]> = rows(row, "secrets").iter().map(array).collect();
        assert_eq!(secrets, listed);
        let keys: Vec<[u8; 32]> = rows(row, "keys").iter().map(array).collect();
        let keys = KeySet::new(Threshold::DEFAULT, &keys).unwrap();
        let announcements: Vec<&[u8]> = announced.iter().map(Vec::as_slice).collect();
        let heard: Vec<&[u8]> = echoes.iter().map(Vec::as_slice).collect();
        let agreed = Agreed::new(&ceremony, &announcements, &heard).unwrap();
        assert_eq!(agreed.keys().as_ref(), Ok(&keys));
        if let Some(complaint) = row.get("complaint") {
            complains(row, &ceremony, &agreed, &bytes(complaint));
        }
        let holders = rows(row, "members").iter().map(|member| PartyId(id(member))).collect();
        old = Some((keys, holders, secrets));
    }
    assert!(old.is_some());
}

/// The third member is given a wrong share by the second dealer.
fn complains(row: &Value, ceremony: &Ceremony, agreed: &Agreed, complaint: &[u8]) {
    let (world, party) = (World::of(row), &rows(row, "parties")[2]);
    let own = id(&party["id"]);
    let participant = Participant { id: PartyId(own), identity: identity(world.party(own)), share: None };
    let record = bytes(&rows(party, "records")[0]);
    let mut joining = Joining::resume(ceremony, participant, [&record[..]]).unwrap();
    frames(row, "announcements").iter().for_each(|frame| joining.accept(frame).unwrap());
    let mut echoing = joining.close().unwrap().stored();
    frames(row, "echoes").iter().for_each(|frame| echoing.accept(frame).unwrap());
    let mut sharing = echoing.close().unwrap();
    sharing.accept(&bytes(&row["wrong"])).unwrap();
    assert_eq!(sharing.complaints().collect::<Vec<_>>(), [complaint]);
    let verdict = agreed.judge(complaint).unwrap();
    let culprit = PartyId(int(&row["members"][1]) as u32);
    assert_eq!((verdict.culprit, verdict.fault), (culprit, Fault::BadShare));
}
