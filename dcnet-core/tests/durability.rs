//! What a device has stored when its power goes, at any byte and between any two steps: whatever it is told afterwards, it
//! has sent one frame for each pad, and repaired for one line of Closes.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

#[path = "durability/device.rs"]
mod device;
#[path = "world/group.rs"]
mod group;
#[path = "durability/script.rs"]
mod script;
#[path = "durability/sent.rs"]
mod sent;
#[path = "durability/store.rs"]
mod store;

use device::{Order, Powered, Step};
use meter_link::Kind;
use script::Script;
use sent::{Broken, Sent};
use store::{Disk, FileLog, MemoryLog, Store};

/// All that has left the device, if the power goes before the step with this number, and the disk as it is then.
fn until<S: Store>(script: &Script, order: Order, mut disk: Disk<S>, cut: usize) -> (Sent, Disk<S>, usize) {
    let mut sent = Sent::default();
    let mut powered = Powered::on(script, &mut disk).unwrap();
    let mut steps = 0;
    for told in &script.told {
        for step in powered.hear(told, order) {
            if steps == cut {
                return (sent, disk, steps);
            }
            steps += 1;
            match step {
                Step::Append(record) => disk.log.append(&record),
                Step::State(state) => disk.state = Some((state, disk.log.len())),
                Step::Send(frame) => sent.take(frame),
            }
        }
    }
    (sent, disk, usize::MAX)
}

/// The device starts from the disk, is told everything again and more, and then once more: nothing it sends breaks a rule.
fn after<S: Store>(
    script: &Script,
    order: Order,
    mut sent: Sent,
    mut disk: Disk<S>,
) -> Result<usize, Broken> {
    let before = sent.len();
    for rivals in [true, false] {
        let mut powered = Powered::on(script, &mut disk).unwrap();
        for told in script.again(rivals) {
            for step in powered.hear(&told, order) {
                match step {
                    Step::Append(record) => disk.log.append(&record),
                    Step::State(state) => disk.state = Some((state, disk.log.len())),
                    Step::Send(frame) => sent.take(frame),
                }
            }
        }
    }
    sent.check()?;
    Ok(sent.len() - before)
}

/// Number of steps of a run that nothing cuts.
fn steps(script: &Script, order: Order) -> usize {
    let mut count = 0;
    while until(script, order, Disk::<MemoryLog>::default(), count).2 != usize::MAX {
        count += 1;
    }
    count
}

#[test]
fn power_cut_between_any_two_steps() {
    let script = Script::new();
    for order in [Order::Records, Order::RecordsThenState, Order::StateThenRecords] {
        let all = steps(&script, order);
        let mut sent_after = 0;
        for cut in 0..=all {
            let (sent, disk, _) = until(&script, order, Disk::<MemoryLog>::default(), cut);
            sent.check().unwrap();
            sent_after += after(&script, order, sent, disk).unwrap();
        }
        println!("{order:?}: {all} steps, {sent_after} frames after power cuts");
        // A device that sends nothing at all any more would keep every rule.
        assert!(all >= 14 && sent_after * 2 >= all, "{order:?}: {all} {sent_after}");
    }
}

/// The log is a file that is cut at every byte; what is torn is taken off, and the next record appended behind the rest.
#[test]
fn power_cut_at_every_byte_of_the_log() {
    let script = Script::new();
    for order in [Order::Records, Order::RecordsThenState] {
        // For each step that appends: all lengths of what it appends.
        let (mut cuts, mut step) = (0, 0);
        loop {
            let (_, before, reached) = until(&script, order, Disk::<MemoryLog>::default(), step);
            if reached == usize::MAX {
                break;
            }
            let (sent, whole, _) = until(&script, order, Disk::<MemoryLog>::default(), step + 1);
            let lengths = before.log.len()..whole.log.len();
            // Of the state's own order some bytes will do: the log is the same.
            let every = if order == Order::Records { 1 } else { 8 };
            for len in lengths.step_by(every) {
                let mut log = FileLog::new();
                log.append(&whole.log.bytes()[..len]);
                let disk = Disk { log, state: before.state.clone() };
                after(&script, order, sent.clone(), disk).unwrap();
                cuts += 1;
            }
            step += 1;
        }
        // Three marks and six Closes.
        let all = if order == Order::Records { 3 * 17 + 6 * 42 } else { 3 * 3 + 6 * 6 };
        assert_eq!(cuts, all);
    }
}

/// The same device that sends first and stores then: a power cut in between, and there are two readings under one pad,
/// or repairs for two Closes.
#[test]
fn sent_before_stored() {
    let script = Script::new();
    let order = Order::SendFirst;
    let broken: Vec<Broken> = (0..=steps(&script, order))
        .filter_map(|cut| {
            let (sent, disk, _) = until(&script, order, Disk::<MemoryLog>::default(), cut);
            after(&script, order, sent, disk).err()
        })
        .collect();
    println!("{broken:?}");
    assert!(broken.contains(&Broken::TwoFrames(Kind::Contribution)));
    // A device that keeps its state, but not what it has sent since, repairs for a second Close.
    let order = Order::StateSendsFirst;
    let broken: Vec<Broken> = (0..=steps(&script, order))
        .filter_map(|cut| {
            let (sent, disk, _) = until(&script, order, Disk::<MemoryLog>::default(), cut);
            after(&script, order, sent, disk).err()
        })
        .collect();
    println!("{broken:?}");
    assert!(broken.contains(&Broken::TwoFrames(Kind::Repair)));
}

/// Nothing lost, nothing cut: the log gives the same marks from memory and from a file, and damage in its midst is no log.
#[test]
fn a_log_that_is_not_to_be_trusted() {
    let script = Script::new();
    let order = Order::Records;
    let (_, whole, _) = until(&script, order, Disk::<MemoryLog>::default(), usize::MAX - 1);
    let bytes = whole.log.bytes();
    let mut refused = 0;
    for at in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x40;
        let mut log = FileLog::new();
        log.append(&damaged);
        let mut disk = Disk { log, state: None };
        // Only the last record may be torn: elsewhere the device stays silent in its epoch.
        let last = bytes.len() - 42;
        match Powered::on(&script, &mut disk) {
            Err(()) => refused += 1,
            Ok(_) => assert!(at >= last, "byte {at} of {}", bytes.len()),
        }
    }
    assert!(refused >= bytes.len() - 42, "{refused}");
}
