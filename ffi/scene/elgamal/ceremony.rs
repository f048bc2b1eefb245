//! A ceremony of four trustees of whom C plays the last, twice: once it ends in keys; once a dealer spoils the share that
//! C gets, and another member complains of a share that is right.

use chacha20::ChaCha20Rng;
use meter_link::answer::Threshold;
use meter_link::{Identity, Kind, PartyId, Protocol, Scope};
use rand_core::{CryptoRng, Rng, SeedableRng};
use threshold_elgamal::ceremony::{Ceremony, Confirming, Echoing, Joining, Participant, Seat, Sharing};
use threshold_elgamal::{Error, Fault, Params};

use super::{Derived, params_to_c};
use crate::c;
use crate::group::{self, SEED};

const IDS: [PartyId; 4] = [PartyId(41), PartyId(9), PartyId(77), PartyId(30)];
/// The one that C plays, and the dealer that cheats it.
const OWN: usize = 3;
const CHEAT: usize = 1;

/// Who sends what in a step.
type Frames = Vec<Vec<u8>>;

struct Played {
    announcements: Frames,
    echoes: Frames,
    sharing: Vec<Sharing>,
    record: Vec<u8>,
}

pub(super) fn scene() -> String {
    let params = Params::new(group::params(Protocol::Elgamal, 12, 1), Threshold::DEFAULT).unwrap();
    let mut rng = ChaCha20Rng::seed_from_u64(SEED + 2);
    let mut drawn = || {
        let mut bytes = [0u8; 32];
        rng.fill_bytes(&mut bytes);
        bytes
    };
    let identities: [[u8; 32]; 4] = [drawn(), drawn(), drawn(), drawn()];
    let entropy = drawn();
    let identity = |place: usize| Identity::from_bytes(&mut identities[place].clone());
    let seat = |place: usize| Seat { id: IDS[place], identity: identity(place).public() };
    let seats: Vec<Seat> = (0..4).map(seat).collect();
    let ceremony = Ceremony::generate(&params, 7, &seats).unwrap();

    let Played { announcements, echoes, mut sharing, record } =
        until_shares_are_sent(&ceremony, &identity, &entropy);
    let shares: Frames = sharing.iter().map(|party| party.frame().unwrap().to_vec()).collect();
    for party in &mut sharing {
        shares.iter().for_each(|frame| party.accept(frame).unwrap());
    }
    let mut confirming: Vec<Confirming> =
        sharing.into_iter().map(|party| party.close().unwrap().stored()).collect();
    let confirmations: Frames = confirming.iter().map(|party| party.frame().unwrap().to_vec()).collect();
    let mut own = confirming.remove(OWN);
    confirmations.iter().for_each(|frame| own.accept(frame).unwrap());
    let outcome = own.finish().unwrap();

    // The same again, but that the cheat spoils the share of the last member, and signs its frame anew.
    let mut sharing = until_shares_are_sent(&ceremony, &identity, &entropy).sharing;
    let sign = |kind, place: usize, mut frame: Vec<u8>| {
        let body = frame.len() - Identity::SIGNATURE_LEN;
        let scope = Scope::Context(ceremony.id());
        let signature = identity(place).sign(kind, &scope, &frame[..body]);
        frame[body..].copy_from_slice(&signature);
        frame
    };
    let mut spoilt = shares[CHEAT].clone();
    let at = spoilt.len() - Identity::SIGNATURE_LEN - 48;
    spoilt[at] ^= 1;
    let spoilt = sign(Kind::SealedShares, CHEAT, spoilt);
    let mut cheated = sharing.remove(OWN);
    for (place, frame) in shares.iter().enumerate() {
        cheated.accept(if place == CHEAT { &spoilt } else { frame }).unwrap();
    }
    let complaint = cheated.complaints().next().unwrap().to_vec();
    let verdict = cheated.judge(&complaint).unwrap();
    assert_eq!((verdict.culprit, verdict.fault), (IDS[CHEAT], Fault::BadShare));
    // The frame that is complained about stands between header and key: here it is the right one.
    let mut slander = complaint.clone();
    slander[16..16 + shares[CHEAT].len()].copy_from_slice(&shares[CHEAT]);
    let slander = sign(Kind::Complaint, OWN, slander);
    let verdict = cheated.judge(&slander).unwrap();
    assert_eq!((verdict.culprit, verdict.fault), (IDS[OWN], Fault::FalseComplaint));

    let name = |part: &str| format!("scene_elgamal_ceremony_{part}");
    let seats = seats.iter().map(|s| format!("{{{}, {}}}", s.id.0, c::list(&s.identity.0)));
    let share = outcome.share.unwrap();
    c::structure("wattsum_elgamal_params", &name("params"), &params_to_c(&params))
        + &c::array("wattsum_elgamal_seat", &name("seats"), seats)
        + &c::bytes(&name("identity_secret"), &identities[OWN])
        + &c::bytes(&name("entropy"), &entropy)
        + &c::bytes(&name("record"), &record)
        + &c::bytes(&name("announcements"), &announcements.concat())
        + &c::bytes(&name("echoes"), &echoes.concat())
        + &c::bytes(&name("shares"), &shares.concat())
        + &c::bytes(&name("confirmations"), &confirmations.concat())
        + &c::bytes(&name("keys"), &outcome.keys.to_bytes())
        + &c::bytes(&name("share"), &*share.to_bytes())
        + &c::bytes(&name("spoilt"), &spoilt)
        + &c::bytes(&name("complaint"), &complaint)
        + &c::bytes(&name("slander"), &slander)
}

fn until_shares_are_sent(
    ceremony: &Ceremony,
    identity: &dyn Fn(usize) -> Identity,
    entropy: &[u8; 32],
) -> Played {
    let mut record = Vec::new();
    let mut joining: Vec<Joining> = Vec::new();
    for (place, id) in IDS.into_iter().enumerate() {
        let participant = Participant { id, identity: identity(place), share: None };
        let mut others = ChaCha20Rng::seed_from_u64(SEED + 3 + place as u64);
        let mut own = Derived::new("elgamal ceremony", entropy);
        let rng: &mut dyn CryptoRng = if place == OWN { &mut own } else { &mut others };
        let prepared = Joining::begin(ceremony, participant, rng).unwrap();
        record = prepared.record().to_vec();
        joining.push(prepared.stored());
    }
    let announcements: Frames = joining.iter().map(|party| party.frame().to_vec()).collect();
    let mut echoing: Vec<Echoing> = Vec::new();
    for mut party in joining {
        announcements.iter().for_each(|frame| party.accept(frame).unwrap());
        echoing.push(party.close().unwrap().stored());
    }
    let echoes: Frames = echoing.iter().map(|party| party.frame().to_vec()).collect();
    let close = |mut party: Echoing| -> Result<Sharing, Error> {
        echoes.iter().try_for_each(|frame| party.accept(frame))?;
        Ok(party.close()?)
    };
    let sharing = echoing.into_iter().map(|party| close(party).unwrap()).collect();
    Played { announcements, echoes, sharing, record }
}
