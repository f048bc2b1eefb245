//! A meter, a network and a utility that do what they like.

use std::rc::Rc;
use std::sync::Arc;

use meter_link::round::{Close, CloseFields};
use meter_link::set::Members;
use meter_link::{Header, Kind, PartyId};

use super::world::{Setting, World, deployment};
use crate::deployment::Graph;
use crate::engine::{Event, Letter, Refusal};

/// What a stranger makes of a letter: garbage, cuts, flipped bits, other kinds, and everything once more.
fn mischief(letter: &Letter, turn: usize) -> Vec<Letter> {
    let Letter::Frame(frame) = letter else { return Vec::new() };
    let mut flipped = frame.clone();
    let place = turn % flipped.len();
    flipped[place] ^= 1 << (turn % 8);
    let cut = frame[..turn % frame.len()].to_vec();
    let garbage = (0..turn * 37 % 300).map(|byte| (byte * turn * 131 % 251) as u8).collect::<Vec<u8>>();
    vec![
        Letter::Frame(flipped.clone()),
        Letter::Frame(cut.clone()),
        Letter::Frame(garbage.clone()),
        Letter::Frame(Vec::new()),
        Letter::Relay { party: PartyId(2), frame: flipped },
        Letter::Relay { party: PartyId(2), frame: Vec::new() },
        Letter::Relay { party: PartyId(4_000_000), frame: garbage },
        Letter::Frames { frames: vec![cut, frame.clone()], hints: Vec::new() },
        Letter::Call { epoch: 1, first_round: 0, last_round: u32::MAX },
        Letter::Refusal("x".repeat(100)),
    ]
}

/// Letters in both directions of one link are accompanied by mischief and by all that was ever sent there.
fn a_link_full_of_mischief(graph: Graph, victim: PartyId) -> World {
    let silent = |index: u32, round: u32| round % 5 == 4 && index == 5;
    let mut world = World::new(deployment(8, graph, 0), 50, Arc::new(silent));
    let mut seen: Vec<(PartyId, Letter)> = Vec::new();
    let mut turn = 0;
    world.network.tamper = Some(Box::new(move |from, to, letter| {
        if from != victim && to != victim {
            return vec![letter];
        }
        turn += 1;
        let mut letters = mischief(&letter, turn);
        let old = seen.iter().filter(|(sender, _)| *sender == from).map(|(_, letter)| letter.clone());
        letters.extend(old.rev().take(8));
        seen.push((from, letter.clone()));
        letters.push(letter);
        letters
    }));
    world.run_through(24);
    world
}

#[test]
fn mischief_on_a_link_spoils_no_sum() {
    for victim in [PartyId(3), PartyId(1002)] {
        let mut world = a_link_full_of_mischief(Graph::Complete, victim);
        let sums = world.check();
        assert_eq!(sums.len(), 25, "{victim}: {:?}", world.lost());
        assert_eq!(sums[&3], 8);
        for id in [PartyId::UTILITY, victim] {
            let node = world.network.node(id);
            assert_eq!(node.deaths, 0);
            assert!(node.refusals.len() > 100, "{victim} {id}: {}", node.refusals.len());
            // Nobody but the sender is blamed by the utility.
            if id == PartyId::UTILITY {
                let blames = |refusal: &Refusal| match refusal {
                    Refusal::Fault { culprit, .. } => *culprit != victim,
                    Refusal::Stale(_) => false,
                    Refusal::Broken(_) => true,
                };
                assert!(!node.refusals.iter().any(blames), "{:?}", node.refusals);
            }
        }
    }
}

#[test]
fn mischief_while_a_graph_grows() {
    let mut world = a_link_full_of_mischief(Graph::Grown, PartyId(3));
    let sums = world.check();
    assert!(sums.len() >= 18, "{:?}", world.lost());
    assert!(sums.values().any(|meters| *meters >= 7));
    assert_eq!(world.network.node(PartyId(3)).deaths + world.network.node(PartyId::UTILITY).deaths, 0);
}

/// A meter sends what another one has sent, and repairs nobody asked for.
#[test]
fn frames_of_others_and_repairs_of_another_pass() {
    let mut world = World::new(deployment(8, Graph::Complete, 0), 51, Arc::new(|index, _| index == 7));
    let mut repair = None;
    world.network.tamper = Some(Box::new(move |from, to, letter| {
        if from != PartyId(2) || to != PartyId::UTILITY {
            return vec![letter];
        }
        let Letter::Frame(frame) = &letter else { return vec![letter] };
        if Header::parse(frame).unwrap().kind == Kind::Repair {
            // The pass is in the header, and so under the tag.
            let mut other = frame.clone();
            other[3] ^= 2;
            let before = repair.replace(letter.clone());
            return [Some(Letter::Frame(other)), before, Some(letter)].into_iter().flatten().collect();
        }
        let mut other = frame.clone();
        other[8] = 5; // in the name of meter 5
        vec![Letter::Frame(other), letter]
    }));
    world.run_through(1);
    let sums = world.check();
    assert_eq!(sums.len(), 2);
    let refusals = &world.network.node(PartyId::UTILITY).refusals;
    let blamed = |what: &str| {
        let is = |refusal: &&Refusal| matches!(refusal, Refusal::Fault { culprit: PartyId(2), what: text } if text.contains(what));
        refusals.iter().filter(is).count()
    };
    assert_eq!(blamed("in the name of party 5"), 2, "{refusals:?}");
    assert!(blamed("wrong tag") >= 1, "{refusals:?}");
}

/// The Close with one meter less, as the utility might sign it for some.
fn other_close(setting: &Setting, frame: &[u8]) -> Vec<u8> {
    let round = Header::parse(frame).unwrap().round;
    let close = Close::verify(frame, &setting.view, round).unwrap();
    let mut set = Members::from(close.set).to_marks();
    set[0] = false;
    let Close { pass, previous, quorum, is_final, .. } = close;
    let fields = CloseFields { round, pass, previous, quorum, is_final, set: &set };
    let mut out = vec![0; CloseFields::max_len(8, 4)];
    let identity = setting.identity(PartyId::UTILITY);
    fields.sign(&setting.view, &identity, &mut out).unwrap().to_vec()
}

fn contradictions(world: &mut World, id: u32) -> usize {
    let node = world.network.node(PartyId(id));
    let is = |event: &&(u64, Event)| matches!(&event.1, Event::Fault { party: 0, what, .. } if what.contains("two different"));
    let told = node.events.iter().filter(is).count();
    let records = node.kept.records.iter().filter(|record| record.first() == Some(&0xee)).count();
    assert!(told >= records);
    told
}

/// Two sets to two halves of the holders give no sum at all, and who is shown both keeps them.
#[test]
fn an_equivocating_utility_gets_no_second_sum() {
    let mut world = World::diligent(8, 52);
    world.run_through(4);
    let setting = Rc::clone(&world.setting);
    world.network.tamper = Some(Box::new(move |from, to, letter| {
        let Letter::Frame(frame) = &letter else { return vec![letter] };
        let header = Header::parse(frame).unwrap();
        if header.kind != Kind::Close || from != PartyId::UTILITY || header.round.to_u32() != 5 {
            return vec![letter];
        }
        let other = Letter::Frame(other_close(&setting, frame));
        match to.0 {
            1003 => vec![other],
            1004 => vec![other, letter],
            // A meter that sees both.
            4 => vec![letter, other],
            _ => vec![letter],
        }
    }));
    world.run_through(9);
    let sums = world.check();
    assert!(!sums.contains_key(&5), "{:?}", world.lost());
    assert_eq!(sums.len(), 9, "{:?}", world.lost());
    assert!(contradictions(&mut world, 1004) >= 1);
    assert!(contradictions(&mut world, 4) >= 1);
    // Evidence outlives the process, and the states that come after it.
    for id in [4, 1004] {
        world.network.kill(PartyId(id));
    }
    world.run_through(14);
    assert_eq!(world.check().len(), 14, "{:?}", world.lost());
    for id in [4, 1004] {
        let node = world.network.node(PartyId(id));
        let state = node.kept.state.as_ref().unwrap();
        let close = |bytes: &[u8]| bytes.windows(4).filter(|window| *window == [1, 1, 19, 8]).count();
        let kept = close(state) + node.kept.records.iter().map(|record| close(record)).sum::<usize>();
        assert!(kept >= 2, "{id}: {kept}");
    }
}

/// Contributions that are held back until the round is closed are in no sum, and change none.
#[test]
fn late_frames_are_never_summed() {
    let mut world = World::diligent(8, 53);
    let mut held = Vec::new();
    world.network.tamper = Some(Box::new(move |from, to, letter| {
        let Letter::Frame(frame) = &letter else { return vec![letter] };
        let header = Header::parse(frame).unwrap();
        match (from.0, to, header.kind) {
            // The contribution comes with the first frame behind it: that of the next round.
            (2, PartyId::UTILITY, Kind::Contribution) if header.round.to_u32() == 3 => {
                held.push(letter);
                Vec::new()
            }
            (2, PartyId::UTILITY, _) => held.drain(..).chain([letter]).collect(),
            _ => vec![letter],
        }
    }));
    world.run_through(8);
    let sums = world.check();
    assert_eq!(sums.into_values().collect::<Vec<u32>>(), [8, 8, 8, 7, 8, 8, 8, 8, 8]);
}
