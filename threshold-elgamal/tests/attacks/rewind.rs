//! Power cuts between any two steps of a window, and states that are set back.

use meter_link::{Fault, Malformed, Misuse, PartyId};
use threshold_elgamal::{Error, Params, Trustee};

use crate::billing::{Chosen, END, QUORUM, billed, reading};
use crate::world::{FIRST, World, params, round, slices};
use crate::{adversary, link};

fn blamed(fault: Fault) -> Error {
    link(fault).of(PartyId::UTILITY)
}

fn restored(world: &World, number: usize, state: &[u8]) -> Result<Trustee, Error> {
    let (mut shares, mut cohort) = world.secrets();
    let (share, party) = (shares.remove(number - 1), cohort.answerers.remove(number - 1));
    Trustee::from_bytes(&world.params, &world.view, party.identity, share, &world.keys, cohort.roster, state)
}

/// The trustee's storage fails, so that its window statement stays in; its shares would leave on the statements of
/// others. After a power cut it knows nothing of it, and signs another list of meters.
#[test]
fn window_shares_without_the_stored_record() {
    let mut sets = vec![(0..14).map(|i| i > 0).collect::<Vec<bool>>(); 12];
    sets[5][0] = true;
    let mut chosen = Chosen::new(14, sets);
    let now = round(END + 1);
    let queries = [1, 2].map(|out| chosen.query(&chosen.all_but(&[0, out])));
    let states = [0, 1, 2].map(|n| chosen.world.trustees[n].to_bytes().unwrap().to_vec());
    let mut records = Vec::new();
    for query in &queries {
        // Each by itself would be answered; after the cut nothing is left of the first.
        let mut trustees = [1, 2, 3].map(|n| restored(&chosen.world, n, &states[n - 1]).unwrap());
        let prepared = trustees.each_mut().map(|trustee| trustee.agree_bill(now, query).unwrap());
        records.push(prepared.each_ref().map(|prepared| prepared.record().to_vec()));
        let statements = prepared.map(|prepared| prepared.stored());
        // Without the own statement, which was never given, there is no share: on those of others, nor on none.
        for (place, trustee) in trustees.iter_mut().enumerate() {
            let others: Vec<Vec<u8>> =
                (0..3).filter(|n| *n != place).map(|n| statements[n].clone()).collect();
            for given in [&others[..], &[]] {
                let early = trustee.answer(&slices(given)).unwrap_err();
                assert_eq!(early, Misuse::OutOfOrder.into());
            }
        }
    }
    // Stored: whichever record it has, the other list is refused, and its own goes on.
    for (place, state) in states.iter().enumerate() {
        for (own, other) in [(0, 1), (1, 0)] {
            let mut trustee = restored(&chosen.world, place + 1, state).unwrap();
            trustee.replay(&records[own][place]).unwrap();
            let refused = trustee.agree_bill(now, &queries[other]).map(|_| ());
            assert_eq!(refused, Err(blamed(Fault::Contradiction)));
            // It answers only once it has signed again, in this life.
            assert_eq!(trustee.answer(&[]).unwrap_err(), Misuse::OutOfOrder.into());
            let statement = trustee.agree_bill(now, &queries[own]).unwrap().stored();
            let alone = trustee.answer(&[&statement]).unwrap_err();
            assert_eq!(alone, Error::Quorum { have: 1, need: 3 });
        }
        let mut both = restored(&chosen.world, place + 1, state).unwrap();
        both.replay(&records[0][place]).unwrap();
        assert_eq!(both.replay(&records[1][place]), Err(Error::Inconsistent));
    }
    // Killed between its statement and its shares: the same shares, byte for byte, as a one-time tag demands.
    let mut whole = chosen.answered(END + 1, &queries[0]);
    let statements = chosen.agreed(END + 1, &queries[0]);
    for (place, state) in states.iter().enumerate() {
        let mut trustee = restored(&chosen.world, place + 1, state).unwrap();
        trustee.replay(&records[0][place]).unwrap();
        assert_eq!(trustee.agree_bill(now, &queries[0]).unwrap().stored(), statements[place]);
        assert_eq!(trustee.answer(&slices(&statements)).unwrap().stored(), whole.remove(0));
    }
}

/// A state from the middle of a window. With all records it knows that it lacks rounds, and does not bill a window
/// without them; nor does it take other lists for them. Without them it would bill 8 rounds, and another time 12.
#[test]
fn an_old_state_does_not_bill_a_window_without_the_rounds_it_lost() {
    let everybody = vec![true; 12];
    let mut chosen = Chosen::new(12, vec![everybody.clone(); 8]);
    let state = chosen.world.trustees[1].to_bytes().unwrap();
    let (mut records, mut missed) = (Vec::new(), Vec::new());
    for at in FIRST + 8..=END {
        let (open, close) = chosen.closed(at, &everybody);
        let list: Vec<Vec<u8>> =
            (0..12).map(|i| chosen.world.frame(i, round(at), &[reading(i, at)])).collect();
        for (number, trustee) in chosen.world.trustees.iter_mut().enumerate() {
            trustee.open(round(at), &open).unwrap();
            let prepared = trustee.follow(round(at), &close, &slices(&list)).unwrap();
            if number == 1 {
                records.push(prepared.record().to_vec());
            }
            prepared.stored();
        }
        missed.push((at, open, close, list));
    }
    let now = round(END + 1);
    let query = chosen.query(&everybody);
    let mut old = restored(&chosen.world, 2, &state).unwrap();
    let short = old.books().unwrap().get(round(FIRST)).unwrap().sets_digest();
    let shorter = chosen.query_for((FIRST, END), short, &QUORUM, &everybody);
    restored(&chosen.world, 2, &state).unwrap().agree_bill(now, &shorter).unwrap().stored();

    records.iter().for_each(|record| old.replay(record).unwrap());
    for query in [&query, &shorter] {
        assert_eq!(old.agree_bill(now, query).unwrap_err(), Misuse::OutOfOrder.into());
    }
    let fewer = chosen.all_but(&[3]);
    for (at, open, close, list) in &missed {
        // Another set, and the same set with another ciphertext.
        let forged = chosen.closed(*at, &fewer);
        let without = [&list[..3], &list[4..]].concat();
        let other = old.catch_up(now, &forged.0, &forged.1, &slices(&without)).map(|_| ());
        assert_eq!(other, Err(blamed(Fault::Contradiction)));
        let mut another = list.clone();
        another[3] = chosen.world.frame(3, round(*at), &[5]);
        let other = old.catch_up(now, open, close, &slices(&another)).map(|_| ());
        assert_eq!(other, Err(blamed(Fault::Contradiction)));
        old.catch_up(now, open, close, &slices(list)).unwrap().stored();
        // Once in, it is no second entry.
        let len = old.log().len();
        old.catch_up(now, open, close, &slices(list)).unwrap().stored();
        assert_eq!(old.log().len(), len);
    }
    assert_eq!(old.agree_bill(now, &shorter).unwrap_err(), blamed(Fault::WrongSet));
    let right = chosen.world.trustees[1].agree_bill(now, &query).unwrap().stored();
    assert_eq!(old.agree_bill(now, &query).unwrap().stored(), right);
    // And the sums are right: its shares are the same.
    let statements = chosen.agreed(END + 1, &query);
    let share = chosen.world.trustees[1].answer(&slices(&statements)).unwrap().stored();
    assert_eq!(old.answer(&slices(&statements)).unwrap().stored(), share);
}

/// A trustee that was away in two rounds: the Open after it tells. Behind a later list it is too late.
#[test]
fn a_trustee_that_missed_a_round() {
    let mut world = World::with(billed(12), 12, 1);
    let everybody = |n: u32| (0..12).map(|i| Some(reading(i, n))).collect::<Vec<_>>();
    let mut kept = Vec::new();
    for n in FIRST..=END {
        let away = n == FIRST + 3 || n == FIRST + 7;
        let at = round(n);
        let mut collecting = world.utility.open(at, at, &[true; 12]).unwrap();
        let open = collecting.frame().to_vec();
        let here = if away { 3 } else { 4 };
        world.trustees[..here].iter_mut().for_each(|trustee| trustee.open(at, &open).unwrap());
        for (i, sent) in everybody(n).into_iter().enumerate() {
            let frame = world.frame(i, at, &[sent.unwrap()]);
            collecting.accept(&frame).unwrap();
        }
        let quorum = meter_link::answer::Quorum::new(&QUORUM).unwrap();
        let mut closed = world.utility.close(collecting, &quorum).unwrap();
        world.answer(at, &mut closed, &QUORUM).unwrap();
        let list: Vec<Vec<u8>> = closed.contributions().map(<[u8]>::to_vec).collect();
        if away {
            kept.push((n, open, closed.frame().to_vec(), list));
            continue;
        }
        let fourth = &mut world.trustees[3];
        match fourth.missed() {
            Some(missed) if missed == round(FIRST + 3) => {
                let (_, open, close, list) = &kept[0];
                // The other's list, and one that is no list.
                let wrong = fourth.catch_up(at, open, close, &slices(&list[1..])).map(|_| ());
                assert_eq!(wrong, Err(threshold_elgamal::Fault::WrongList.of(PartyId::UTILITY)));
                fourth.catch_up(at, open, close, &slices(list)).unwrap().stored();
                assert_eq!(fourth.missed(), None);
            }
            // It does not care this time.
            missed => assert_eq!(missed, (n == FIRST + 8).then_some(round(FIRST + 7))),
        }
        fourth.follow(at, closed.frame(), &slices(&list)).unwrap().stored();
    }
    let (now, fourth) = (round(END + 1), &mut world.trustees[3]);
    let (_, open, close, list) = &kept[1];
    let late = fourth.catch_up(now, open, close, &slices(list)).map(|_| ());
    assert_eq!(late, Err(blamed(Fault::RoundClosed)));
    let future = adversary::open_and_close(
        &world.view,
        &world.secrets().1.utility.identity,
        round(END + 5),
        &[true; 12],
        &QUORUM,
    );
    let far = world.trustees[3].catch_up(now, &future.0, &future.1, &slices(list)).map(|_| ());
    assert_eq!(far, Err(blamed(Fault::RoundFarFromNow)));
    // Its window lacks the round: it stands apart, and the other three give the bills.
    let meters = world.utility.billable(round(FIRST)).unwrap();
    let refused = world.bills(END + 1, FIRST, &meters, &[1, 2, 4]).unwrap_err();
    assert_eq!(refused, blamed(Fault::WrongSet));
    assert_eq!(world.bills(END + 1, FIRST, &meters, &QUORUM).unwrap().bills.len(), 12);
}

/// State of another trustee, group or epoch, of parameters with and without windows; damaged; with points that are none
/// or sums that were never agreed to.
#[test]
fn states_that_are_not_its_own() {
    let mut chosen = Chosen::new(12, vec![vec![true; 12]; 2]);
    let query = chosen.query(&[true; 12]);
    let state = chosen.world.trustees[0].to_bytes().unwrap().to_vec();
    let bad = Err(threshold_elgamal::Malformed::Link(Malformed::BadRecord).into());
    let read = |world: &World, number, state: &[u8]| restored(world, number, state).map(|_| ());
    assert_eq!(read(&chosen.world, 1, &state), Ok(()));
    let again = restored(&chosen.world, 1, &state).unwrap();
    assert!(*again.to_bytes().unwrap() == state);
    assert_eq!(read(&chosen.world, 2, &state), bad);
    let shorter: Params = params(12).with_windows(10, 4).unwrap_or(params(12));
    for (params, seed) in [(billed(12), 2), (shorter, 1), (billed(13), 1)] {
        assert_eq!(read(&World::with(params, 12, seed), 1, &state), bad);
    }
    for at in 0..state.len() {
        let mut flipped = state.clone();
        flipped[at] ^= 1;
        assert_eq!(read(&chosen.world, 1, &flipped), bad, "{at}");
        assert_eq!(read(&chosen.world, 1, &state[..at]), bad);
    }
    // With a right check all the same: the last points are ΣR of the last meter.
    let checked = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut body = state[..state.len() - 4].to_vec();
        change(&mut body);
        let check = meter_link::mark::check(&body);
        body.extend(check);
        body
    };
    assert_eq!(read(&chosen.world, 1, &checked(&|_| ())), Ok(()));
    let end = |body: &[u8]| body.len() - 32;
    let noncanonical = checked(&|body| {
        let at = end(body);
        body[at..].fill(0xff);
    });
    assert_eq!(read(&chosen.world, 1, &noncanonical), bad);
    assert_eq!(read(&chosen.world, 1, &checked(&|body| body.push(0))), bad);
    assert_eq!(read(&chosen.world, 1, &checked(&|body| body.truncate(end(body)))), bad);
    // A round's digest in the book that was not agreed to.
    let digest =
        *chosen.world.trustees[0].books().unwrap().get(round(FIRST)).unwrap().rounds().next().unwrap().1;
    let place = state.windows(32).rposition(|window| window == digest).unwrap();
    assert_eq!(read(&chosen.world, 1, &checked(&|body| body[place] ^= 1)), bad);
    // What the honest one has cannot be billed yet, and its state has not changed by asking.
    chosen.refused(END + 1, &query, blamed(Fault::NotBillable));
}
