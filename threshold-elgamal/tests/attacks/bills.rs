//! What trustees and meters can do to bills, and a utility to trustees that hold different lists.

use curve25519_dalek::{RistrettoPoint, Scalar};
use meter_link::answer::Quorum;
use meter_link::cohort::Party;
use meter_link::frame::Kind;
use meter_link::{Fault as LinkFault, Malformed, PartyId};
use threshold_elgamal::{Billing, Blinding, Ciphertext, Error, Fault, Knowledge, Place};

use crate::billing::{Chosen, END, QUORUM, WINDOW, billed, reading};
use crate::world::{FIRST, TABLE, World, round, slices};
use crate::{adversary, link};

fn blamed(fault: LinkFault) -> Error {
    link(fault).of(PartyId::UTILITY)
}

/// A whole window with an honest utility.
fn played(meters: u32) -> World {
    let mut world = World::with(billed(meters), meters, 1);
    for n in FIRST..=END {
        let readings: Vec<Option<i64>> = (0..meters as usize).map(|i| Some(reading(i, n))).collect();
        world.play(n, &readings, &QUORUM, &[]).unwrap();
    }
    world
}

/// Asks for all bills of the first window; the quorum's statements are in.
fn asked(world: &mut World) -> (Billing, Vec<Vec<u8>>) {
    let meters = world.utility.billable(round(FIRST)).unwrap();
    let quorum = Quorum::new(&QUORUM).unwrap();
    let mut billing = world.utility.bill(round(FIRST), &meters, &quorum).unwrap();
    for trustee in &mut world.trustees[..3] {
        let statement = trustee.agree_bill(round(END + 1), billing.frame()).unwrap().stored();
        billing.accept_statement(&statement).unwrap();
    }
    let statements = billing.statements().map(<[u8]>::to_vec).collect();
    (billing, statements)
}

fn tagged(world: &World, party: &Party, kind: Kind, at: u32, payload: &[u8]) -> Vec<u8> {
    adversary::tagged(&world.view, party, kind, round(at), payload)
}

/// A share that is none shifts a bill by what its trustee likes. With the proof the trustee is named, and another quorum
/// opens the same bills.
#[test]
fn a_lying_trustee_is_named_in_bills() {
    let mut world = played(12);
    let (_, cohort) = world.secrets();
    let (mut billing, statements) = asked(&mut world);
    let mut answer = |number: usize| world.trustees[number].answer(&slices(&statements)).unwrap().stored();
    let honest = [0, 1, 2].map(&mut answer);
    let liar = &cohort.answerers[2];
    let payload = honest[2][16..honest[2].len() - 16].to_vec();
    assert_eq!(payload.len(), 32 + 12 * 32 + 64);

    let lie = |at: usize, bytes: &[u8]| {
        let mut payload = payload.clone();
        payload[at..at + bytes.len()].copy_from_slice(bytes);
        tagged(&world, liar, Kind::WindowShare, END, &payload)
    };
    let share = |place: usize| payload[32 + 32 * place..64 + 32 * place].to_vec();
    let shifted = {
        let point = curve25519_dalek::ristretto::CompressedRistretto(share(4).try_into().unwrap());
        let shift = RistrettoPoint::mul_base(&Scalar::from(1000u16));
        (point.decompress().unwrap() - shift).compress().to_bytes()
    };
    // One bill, two bills exchanged, another's proof, shares of another trustee.
    let exchanged = [share(1), share(0)].concat();
    let another = &honest[0][48..honest[0].len() - 16];
    let proof = &another[another.len() - 64..];
    let end = payload.len() - 64;
    for frame in [lie(32 + 32 * 4, &shifted), lie(32, &exchanged), lie(end, proof), lie(32, another)] {
        assert_eq!(billing.accept(&frame), Err(Fault::BadEquality.of(liar.id)));
    }
    assert_eq!(billing.accept(&lie(32, &[0xff; 32])), Err(Fault::NotAPoint.of(liar.id)));
    assert_eq!(billing.accept(&lie(end, &[0xff; 32])), Err(Fault::NotAScalar.of(liar.id)));
    assert_eq!(billing.accept(&lie(0, &[7; 32])), Err(link(LinkFault::WrongSet).of(liar.id)));
    for (payload, malformed) in [
        (&payload[..payload.len() - 1], Malformed::Truncated),
        (&[&payload[..], &[0]].concat(), Malformed::TrailingBytes),
    ] {
        let frame = tagged(&world, liar, Kind::WindowShare, END, payload);
        assert_eq!(billing.accept(&frame), Err(threshold_elgamal::Malformed::Link(malformed).into()));
    }
    let elsewhere = tagged(&world, liar, Kind::WindowShare, END + 1, &payload);
    assert_eq!(billing.accept(&elsewhere), Err(link(LinkFault::WrongRound).of(liar.id)));
    let mut damaged = honest[2].clone();
    damaged[60] ^= 1;
    assert_eq!(billing.accept(&damaged), Err(link(LinkFault::BadTag).of(liar.id)));
    assert_eq!(billing.missing().collect::<Vec<_>>(), QUORUM);

    for (number, share) in [(1, &honest[0]), (2, &honest[1]), (1, &honest[0])] {
        assert_eq!(billing.accept(share), Ok(number));
    }
    assert_eq!(billing.bills(&TABLE), Err(Error::Quorum { have: 2, need: 3 }));
    // The fourth, who was not asked, is asked for the same.
    let stranger = tagged(&world, &cohort.answerers[3], Kind::WindowShare, END, &payload);
    let fourth = cohort.answerers[3].id;
    assert_eq!(billing.accept(&stranger), Err(link(LinkFault::NotInQuorum).of(fourth)));
    world.utility.ask_bill(&mut billing, &Quorum::new(&[1, 2, 4]).unwrap()).unwrap();
    let statement = world.trustees[3].agree_bill(round(END + 1), billing.frame()).unwrap().stored();
    assert_eq!(billing.accept_statement(&statement), Ok(4));
    let statements: Vec<Vec<u8>> = billing.statements().map(<[u8]>::to_vec).collect();
    assert_eq!(statements.len(), 3); // 3 is asked no more
    let share = world.trustees[3].answer(&slices(&statements)).unwrap().stored();
    assert_eq!(billing.accept(&share), Ok(4));
    let bills = billing.bills(&TABLE).unwrap();
    assert_eq!(bills.spoilt, []);
    for (place, bill) in bills.bills.iter().enumerate() {
        let sum: i64 = (FIRST..=END).map(|n| reading(place, n)).sum();
        assert_eq!((bill.rounds, bill.values[0], bill.meter), (12, sum, world.meters[place].id));
    }
}

/// Shares of a round for a window, of one window for another, and the other way round.
#[test]
fn a_share_for_the_wrong_window() {
    let mut world = played(12);
    let (secrets, cohort) = world.secrets();
    let (billing, statements) = asked(&mut world);
    let first = world.trustees[0].answer(&slices(&statements)).unwrap().stored();
    drop(billing);
    for n in FIRST + WINDOW..=END + WINDOW {
        let readings: Vec<Option<i64>> = (0..12).map(|i| Some(reading(i, n))).collect();
        world.play(n, &readings, &QUORUM, &[]).unwrap();
    }
    let meters = world.utility.billable(round(FIRST + WINDOW)).unwrap();
    let quorum = Quorum::new(&QUORUM).unwrap();
    let mut second = world.utility.bill(round(FIRST + WINDOW), &meters, &quorum).unwrap();
    let party = &cohort.answerers[0];
    assert_eq!(second.accept(&first), Err(link(LinkFault::WrongRound).of(party.id)));
    for statement in &statements {
        let refused = second.accept_statement(statement);
        assert!(matches!(refused, Err(Error::Fault { fault: Fault::Link(LinkFault::WrongRound), .. })));
    }
    // Under the right round and digest, its proof is of another window.
    let now = END + WINDOW + 1;
    let own = world.trustees[0].agree_bill(round(now), second.frame()).unwrap().stored();
    let payload = [&own[16..48], &first[48..first.len() - 16]].concat();
    let moved = tagged(&world, party, Kind::WindowShare, END + WINDOW, &payload);
    assert_eq!(second.accept(&moved), Err(Fault::BadEquality.of(party.id)));

    // A right share of the right sums, whose proof was made as one of a round is.
    let statements: Vec<Vec<u8>> =
        (0..3).map(|n| world.trustees[n].agree_bill(round(now), second.frame()).unwrap().stored()).collect();
    let right = world.trustees[0].answer(&slices(&statements)).unwrap().stored();
    let as_round = proof_under_label(&world, &secrets[0], &right, b"wattsum v1 elgamal share");
    let frame = tagged(&world, party, Kind::WindowShare, END + WINDOW, &as_round);
    assert_eq!(second.accept(&frame), Err(Fault::BadEquality.of(party.id)));
    let as_window = proof_under_label(&world, &secrets[0], &right, b"wattsum v1 elgamal window share");
    let frame = tagged(&world, party, Kind::WindowShare, END + WINDOW, &as_window);
    assert_eq!(second.accept(&frame), Ok(1));
    // As a round's share the frame is of another kind.
    let frame = tagged(&world, party, Kind::ProvenShare, END + WINDOW, &right[16..right.len() - 16]);
    let wrong_kind = threshold_elgamal::Malformed::Link(Malformed::WrongKind);
    assert_eq!(second.accept(&frame), Err(wrong_kind.into()));
    assert_eq!(second.accept(&right), Ok(1));
}

/// The payload of a window share with a new proof, under a label of our choice and for the same place.
fn proof_under_label(
    world: &World,
    secret: &threshold_elgamal::SecretShare,
    frame: &[u8],
    label: &[u8],
) -> Vec<u8> {
    use threshold_elgamal::equality::{Encoded, Equality, Statement};
    let books = world.utility.books().unwrap();
    let scalar = Scalar::from_canonical_bytes(*secret.to_bytes()).unwrap();
    let outputs: Vec<Encoded> = frame[48..frame.len() - 80]
        .chunks_exact(32)
        .map(|bytes| Encoded::from_bytes(bytes.try_into().unwrap()).unwrap())
        .collect();
    let inputs: Vec<Encoded> =
        outputs.iter().map(|output| Encoded::from(scalar.invert() * output.point())).collect();
    let last = books.iter().last().unwrap().window().last;
    let mut domain = label.to_vec();
    domain.extend(world.view.context().as_bytes());
    domain.extend(world.keys.group_key().key_set());
    domain.extend(last.get().to_le_bytes());
    domain.extend(&frame[16..48]);
    domain.push(secret.number());
    let public = Encoded::from(RistrettoPoint::mul_base(&scalar));
    let statement = Statement { domain: &[&domain], public: &public, inputs: &inputs, outputs: &outputs };
    let proof = Equality::prove(&statement, &scalar, &Scalar::from(77u8)).unwrap();
    assert_eq!(proof.verify(&statement), Ok(()));
    [&frame[16..frame.len() - 80], &proof.to_bytes()].concat()
}

/// In one round two trustees are shown one list, the others another: each keeps what it has signed. Their windows have
/// different digests, so that no bill has t statements.
#[test]
fn different_lists_for_different_trustees() {
    let everybody = vec![true; 12];
    let mut chosen = Chosen::new(12, vec![everybody.clone(); 11]);
    // The same set, and meter 5 has signed two contributions: so has the utility asked it to, or it colludes.
    let frames: Vec<Vec<u8>> =
        (0..12).map(|i| chosen.world.frame(i, round(END), &[reading(i, END)])).collect();
    let mut others = frames.clone();
    others[5] = chosen.world.frame(5, round(END), &[0]);
    let (open, close) = chosen.closed(END, &everybody);
    for (trustee, list) in chosen.world.trustees.iter_mut().zip([&frames, &frames, &others, &others]) {
        trustee.open(round(END), &open).unwrap();
        trustee.follow(round(END), &close, &slices(list)).unwrap().stored();
    }
    let digests: Vec<[u8; 32]> = chosen
        .world
        .trustees
        .iter()
        .map(|trustee| trustee.books().unwrap().get(round(FIRST)).unwrap().sets_digest())
        .collect();
    assert_eq!((digests[0], digests[2]), (digests[1], digests[3]));
    assert_ne!(digests[0], digests[2]);
    let mut statements = Vec::new();
    for number in 0..3 {
        let [own, other] = [number, 2 - 2 * (number / 2)]
            .map(|of| chosen.query_for((FIRST, END), digests[of], &QUORUM, &everybody));
        let trustee = &mut chosen.world.trustees[number];
        let refused = trustee.agree_bill(round(END + 1), &other).map(|_| ());
        assert_eq!(refused, Err(blamed(LinkFault::WrongSet)));
        statements.push(trustee.agree_bill(round(END + 1), &own).unwrap().stored());
    }
    // Each signs its own, and no three go together.
    let refused = chosen.world.trustees[0].answer(&slices(&statements)).unwrap_err();
    assert!(matches!(refused, Error::Fault { fault: Fault::Link(LinkFault::WrongSet), .. }));
    let two = chosen.world.trustees[0].answer(&slices(&statements[..2])).unwrap_err();
    assert_eq!(two, Error::Quorum { have: 2, need: 3 });
    // What they would open if shares were given without a certificate: bills that differ in one reading.
    let sum = |list: &[Vec<u8>]| {
        let cells = (FIRST..END).map(|n| adversary::ciphertext(&chosen.frames[(n - FIRST) as usize][5]));
        let last = adversary::ciphertext(&list[5]);
        let sum = Ciphertext::sum(&cells.chain([last]).collect::<Vec<_>>());
        let (secrets, _) = chosen.world.secrets();
        let shares: Vec<_> = secrets[..3].iter().map(|s| (s.number(), s.decryption_share(sum.r()))).collect();
        TABLE.solve(&adversary::combine(&sum, &shares), -(1 << 30)..=1 << 30).unwrap()
    };
    assert_eq!(sum(&frames) - sum(&others), reading(5, END));
}

/// A contribution with any reading under any blinding, proven and signed.
fn lied(world: &World, position: usize, at: u32, reading: i64, blinding: &mut [u8; 32]) -> Vec<u8> {
    let party = &world.meters[position];
    let blinding = Blinding::from_bytes(blinding).unwrap();
    let ciphertext = Ciphertext::encrypt(world.keys.group_key(), reading, &blinding).to_bytes();
    let nonces = [3u8, 4].map(|n| {
        let byte = n.wrapping_add(at.to_le_bytes()[0]).wrapping_mul(5);
        Blinding::from_bytes(&mut core::array::from_fn(|i| if i < 31 { byte } else { 0 })).unwrap()
    });
    let place = Place { context: world.view.context(), round: round(at), id: party.id, channel: 0 };
    let key = world.keys.group_key();
    let [a, b] = &nonces;
    let proof = Knowledge::prove(&place, key, &ciphertext, reading, &blinding, [a, b]);
    let payload = [&ciphertext[..], &proof.to_bytes()].concat();
    adversary::contribution(&world.view, party, round(at), &payload)
}

/// A meter that encrypts numbers beyond its range in rounds that cancel, one whose blindings cancel, and honest ones:
/// the sums are right, only the first one's bill cannot be read if what it sent does not cancel.
#[test]
fn a_meter_spoils_its_own_bill_only() {
    let mut world = World::with(billed(12), 12, 1);
    let huge = 1i64 << 60;
    for n in FIRST..=END {
        let at = round(n);
        let mut collecting = world.utility.open(at, at, &[true; 12]).unwrap();
        for trustee in &mut world.trustees {
            trustee.open(at, collecting.frame()).unwrap();
        }
        for position in 0..12 {
            let size = Scalar::from(n - FIRST + 1);
            let frame = match (position, n) {
                // Two liars whose numbers cancel in the round, but not in their bills.
                (2, FIRST) => lied(&world, 2, n, huge, &mut [9; 32].map(|b: u8| b & 7)),
                (3, FIRST) => lied(&world, 3, n, -huge, &mut [8; 32].map(|b: u8| b & 15)),
                // r in even rounds, −r in odd ones.
                (7, _) if (n - FIRST).is_multiple_of(2) => {
                    lied(&world, 7, n, 10, &mut (size + Scalar::ONE).to_bytes())
                }
                (7, _) => lied(&world, 7, n, 10, &mut (-size).to_bytes()),
                _ => world.frame(position, at, &[reading(position, n)]),
            };
            collecting.accept(&frame).unwrap();
        }
        let mut closed = world.utility.close(collecting, &Quorum::new(&QUORUM).unwrap()).unwrap();
        world.answer(at, &mut closed, &QUORUM).unwrap();
        let honest = |i: usize| i != 7 && !((i == 2 || i == 3) && n == FIRST);
        let expected: i64 = (0..12).filter(|i| honest(*i)).map(|i| reading(i, n)).sum();
        assert_eq!(world.utility.record(&closed, &TABLE).unwrap().values, [expected + 10]);
        let list: Vec<&[u8]> = closed.contributions().collect();
        world.trustees[3].follow(at, closed.frame(), &list).unwrap().stored();
    }
    let meters = world.utility.billable(round(FIRST)).unwrap();
    let bills = world.bills(END + 1, FIRST, &meters, &QUORUM).unwrap();
    assert_eq!(bills.spoilt, [2, 3].map(|i| world.meters[i].id));
    assert_eq!(bills.bills.len(), 10);
    for bill in &bills.bills {
        let place = world.meters.iter().position(|party| party.id == bill.meter).unwrap();
        let sum = (FIRST..=END).map(|n| if place == 7 { 10 } else { reading(place, n) }).sum::<i64>();
        assert_eq!((bill.rounds, &bill.values[..]), (12, &[sum][..]));
    }
}
