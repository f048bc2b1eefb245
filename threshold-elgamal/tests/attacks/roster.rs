//! By a utility that hands a trustee a roster of its own making.

use curve25519_dalek::RistrettoPoint;
use meter_link::cohort::{Cohort, Party};
use meter_link::frame::{Flags, Kind, SignedFrame};
use meter_link::roster::link_key::announce;
use meter_link::roster::{Certified, Roster, RosterBuilder};
use meter_link::{EpochView, Identity, IdentityKey, PartyId};
use threshold_elgamal::{Ciphertext, Error, KeySet, Post, SecretShare, Trustee, Verifier};

use crate::world::{FIRST, TABLE, World, form, params, round};
use crate::{VICTIM, adversary, link};

const METERS: u32 = 10;

/// The utility's identities in other parties' names.
fn puppet(n: u8) -> Identity {
    Identity::from_bytes(&mut [n; 32])
}

/// The roster of `cohort`, but with the utility's identities where `puppet_of` gives one.
fn forged(cohort: &Cohort, puppet_of: impl Fn(PartyId) -> Option<Identity>) -> Roster {
    let forming = *cohort.roster.forming();
    let mut builder = RosterBuilder::new(forming);
    let everybody = core::iter::once(&cohort.utility).chain(&cohort.meters).chain(&cohort.answerers);
    for Party { id, role, identity, link } in everybody {
        let puppet = puppet_of(*id);
        let identity = puppet.as_ref().unwrap_or(identity);
        let frame = announce(&forming, *id, *role, identity, link.public()).unwrap();
        builder.add(&Certified { id: *id, role: *role, identity: identity.public() }, &frame).unwrap();
    }
    builder.build().unwrap()
}

fn signature_holds(view: &EpochView, kind: Kind, flags: u8, frame: &[u8], signer: &IdentityKey) -> bool {
    SignedFrame::parse(frame, &view.expect(kind, flags)).unwrap().verify(signer, &view.scope()).is_ok()
}

fn first_trustee(
    cohort: Cohort,
    share: SecretShare,
    keys: &KeySet,
    roster: Roster,
) -> Result<Trustee, Error> {
    let Cohort { view, mut answerers, .. } = cohort;
    let Party { id, identity, link, .. } = answerers.remove(0);
    Trustee::new(&params(METERS), &view, Post { id, identity, link, share }, keys, roster)
}

/// All meters but one are the utility's, or all other trustees are: by such a roster every signature holds, and
/// honest trustees open one reading, or one of them answers on statements that the utility made.
#[test]
fn a_roster_of_the_utilitys_own() {
    let mut world = World::new(METERS);
    let at = round(FIRST);
    let real = world.frame(VICTIM, at, &[4321]);
    let (keys, shares, cohort) = form(&world.params, METERS, 1);
    let view = cohort.view;
    let position = |id: PartyId| (0u8..).zip(&cohort.meters).find(|(_, meter)| meter.id == id);
    let number = |id: PartyId| (0u8..).zip(&cohort.answerers).find(|(_, trustee)| trustee.id == id);
    let meters = |id| position(id).filter(|(n, _)| usize::from(*n) != VICTIM).map(|(n, _)| puppet(100 + n));
    let trustees = |id| number(id).filter(|(n, _)| *n != 0).map(|(n, _)| puppet(200 + n));

    // Encryptions of zero for the others, with the proofs that anybody can make for any id.
    let mut list = Vec::new();
    for meter in &cohort.meters {
        let index = list.len();
        list.push(match meters(meter.id) {
            None => real.clone(),
            Some(puppet) => {
                let zero = world.frame(index, at, &[0]);
                let (kind, flags) = (Kind::Contribution, Flags::TRANSMISSION);
                adversary::signed(&view, &puppet, kind, flags, meter.id, at, &zero[16..176])
            }
        });
    }
    let of_meters = forged(&cohort, meters);
    for (frame, member) in list.iter().zip(of_meters.meters()) {
        assert!(signature_holds(&view, Kind::Contribution, Flags::TRANSMISSION, frame, &member.identity));
    }
    let sum = Ciphertext::sum(&list.iter().map(|frame| adversary::ciphertext(frame)).collect::<Vec<_>>());
    let given: Vec<(u8, RistrettoPoint)> =
        shares[..3].iter().map(|share| (share.number(), share.decryption_share(sum.r()))).collect();
    assert_eq!(TABLE.solve(&adversary::combine(&sum, &given), -1_000_000..=1_000_000), Ok(4321));

    let of_trustees = forged(&cohort, trustees);
    for trustee in &of_trustees.answerers()[1..] {
        let puppet = trustees(trustee.id).unwrap();
        let statement = adversary::signed(&view, &puppet, Kind::SetStatement, 0, trustee.id, at, &[9; 32]);
        assert!(signature_holds(&view, Kind::SetStatement, 0, &statement, &trustee.identity));
    }

    let refused = Err(link(meter_link::Fault::BadProof).of(PartyId::UTILITY));
    for roster in [of_meters, of_trustees] {
        let verifier = Verifier::new(&world.params, &view, &roster, keys.group_key());
        assert_eq!(verifier.map(|_| ()), refused);
        let (_, mut shares, cohort) = form(&world.params, METERS, 1);
        let trustee = first_trustee(cohort, shares.remove(0), &keys, roster);
        assert_eq!(trustee.map(|_| ()), refused);
    }
    // The same way of making it, without a puppet, is the epoch's roster.
    let (_, mut shares, again) = form(&world.params, METERS, 1);
    first_trustee(again, shares.remove(0), &keys, forged(&cohort, |_| None)).unwrap();
}
