//! The bills of a window: every frame, record and state of its rounds and of the query.

use meter_link::answer::{Quorum, Threshold};
use threshold_elgamal::{DlogTable, KeySet, Params, Post, SecretShare, Trustee, Utility};

use crate::json::{array, bytes, id, int, ints, members, rows, section};
use crate::world::{World, identity, round, secret};

#[test]
fn bill_vectors() {
    let table = DlogTable::build(12).unwrap();
    for row in section("elgamal_bills").as_array().unwrap() {
        let world = World::of(row);
        let params = Params::new(*world.view.group(), Threshold::DEFAULT).unwrap();
        let params = params.with_windows(id(&row["rounds"]), id(&row["min_rounds"])).unwrap();
        assert_eq!(params.session(), world.view.epoch().session);
        let keys: Vec<[u8; 32]> = rows(row, "members").iter().map(array).collect();
        let keys = KeySet::new(Threshold::DEFAULT, &keys).unwrap();
        let quorum: Vec<u8> = ints(&row["quorum"]).into_iter().map(|n| n as u8).collect();
        let quorum = Quorum::new(&quorum).unwrap();

        // The utility makes the same Opens, Closes and query.
        let (roster, link) = (world.roster.clone(), secret(world.party(0)));
        let mut utility = Utility::new(&params, &world.view, world.utility(), link, &keys, roster).unwrap();
        let everybody = vec![true; world.roster.meters().len()];
        for played in rows(row, "history") {
            let at = round(&played["round"]);
            let mut collecting = utility.open(at, at, &everybody).unwrap();
            assert_eq!(collecting.frame(), bytes(&played["open"]));
            for frame in rows(played, "contributions") {
                collecting.accept(&bytes(frame)).unwrap();
            }
            assert_eq!(utility.close(collecting, &quorum).unwrap().frame(), bytes(&played["close"]));
        }
        let meters = world.roster.meters();
        let billed: Vec<_> =
            ints(&row["billed"]).into_iter().map(|place| meters[place as usize].id).collect();
        let (first, now) = (round(&row["first"]), (int(&row["last"]) as u32 + 1).into());
        let mut billing = utility.bill(first, &billed, &quorum).unwrap();
        assert_eq!(billing.frame(), bytes(&row["query"]));
        let digest = utility.books().unwrap().get(first).unwrap().sets_digest();
        assert_eq!(digest, array(&row["sets_digest"]));

        let listed: Vec<Vec<u8>> = rows(row, "trustees").iter().map(|t| bytes(&t["statement"])).collect();
        let statements: Vec<&[u8]> = listed.iter().map(Vec::as_slice).collect();
        for (vectors, statement) in rows(row, "trustees").iter().zip(&listed) {
            let number = int(&vectors["number"]) as u8;
            let own = world.roster.answerers()[usize::from(number) - 1].id;
            let share = || {
                let mut share = array(&row["secrets"][usize::from(number) - 1]);
                SecretShare::from_bytes(number, &mut share).unwrap()
            };
            let party = world.party(own.0);
            let post = Post { id: own, identity: identity(party), link: secret(party), share: share() };
            let mut trustee = Trustee::new(&params, &world.view, post, &keys, world.roster.clone()).unwrap();
            let mut entries = rows(vectors, "entries").iter().map(bytes);
            for played in rows(row, "history") {
                let at = round(&played["round"]);
                trustee.open(at, &bytes(&played["open"])).unwrap();
                let list: Vec<Vec<u8>> = rows(played, "contributions").iter().map(bytes).collect();
                let list: Vec<&[u8]> = list.iter().map(Vec::as_slice).collect();
                let followed = trustee.follow(at, &bytes(&played["close"]), &list).unwrap();
                assert_eq!(followed.record(), entries.next().unwrap());
                followed.stored();
            }
            let state = bytes(&vectors["state"]);
            assert_eq!(trustee.to_bytes().unwrap()[..], state);
            let (view, roster) = (&world.view, world.roster.clone());
            let identity = identity(party);
            trustee = Trustee::from_bytes(&params, view, identity, share(), &keys, roster, &state).unwrap();
            let signed = trustee.agree_bill(now, billing.frame()).unwrap();
            assert_eq!(signed.record(), entries.next().unwrap());
            assert_eq!(signed.stored(), *statement);
            assert_eq!(statement[16..48], bytes(&row["digest"]));
            let answer = trustee.answer(&statements).unwrap();
            assert_eq!(answer.record(), entries.next().unwrap());
            let answer = answer.stored();
            assert_eq!(answer, bytes(&vectors["share"]));
            assert_eq!(billing.accept_statement(statement), Ok(number));
            assert_eq!(billing.accept(&answer), Ok(number));
        }
        let bills = billing.bills(&table).unwrap();
        assert_eq!(bills.spoilt, []);
        for ((bill, meter), expected) in bills.bills.iter().zip(billed).zip(rows(row, "bills")) {
            let expected: Vec<i64> =
                expected.as_array().unwrap().iter().map(|v| v.as_i64().unwrap()).collect();
            let place = world.roster.position(meter).unwrap();
            let here = |played: &&serde_json::Value| members(everybody.len(), &played["absent"])[place];
            let rounds = rows(row, "history").iter().filter(here).count();
            assert_eq!((bill.meter, bill.rounds as usize, &bill.values), (meter, rounds, &expected));
        }
    }
}
