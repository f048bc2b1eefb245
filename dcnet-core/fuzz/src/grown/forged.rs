//! What a meter should not sign, and states with other bytes in them.

use dcnet_core::grown::Registrar;

use super::super::input::Input;
use super::super::keyring;
use super::super::world::{FIRST, LAST, METERS, state};
use super::{Game, Grown, all, slots};

impl Game {
    /// A meter signs or tags something else in place of a frame under way, or bytes at will.
    pub fn forge(&mut self, input: &mut Input<'_>) {
        let (choice, at) = (input.u8(), input.u8());
        let list: Vec<&Vec<u8>> = self.queue.iter().map(|(_, _, frame)| frame).chain(&self.told).collect();
        if list.is_empty() {
            return;
        }
        let mut frame = list[usize::from(choice >> 2) % list.len()].clone();
        let new = input.upto(usize::from(at >> 4) + 1);
        let place = usize::from(at) * 3 % frame.len();
        for (place, byte) in frame[place..].iter_mut().zip(new) {
            *place ^= byte;
        }
        match choice & 1 {
            0 => self.world.ring.sign(&mut frame),
            _ => drop(self.world.ring.tag(&mut frame)),
        }
        self.forged = true;
        let Ok(header) = meter_link::Header::parse(&frame) else { return };
        let Some(from) = self.world.roster.position(header.sender) else { return };
        if choice & 2 == 0 {
            self.send(from, &frame);
            self.tell(frame, true);
        } else {
            self.hand(from, usize::from(choice >> 2) % METERS, &frame);
        }
    }

    /// States with other bytes in them, whose check is right.
    pub fn states(&mut self, input: &mut Input<'_>) {
        let (choice, place) = (input.u8(), usize::from(input.u16()));
        let new = input.upto(usize::from(choice >> 4) + 1);
        let at = usize::from(choice >> 1) % METERS;
        let mut bytes = match choice & 1 {
            0 => all(&self.devices[at]).0,
            _ => self.registrar.to_bytes().unwrap(),
        };
        let len = bytes.len();
        for (place, byte) in bytes.iter_mut().skip(place % len).zip(new) {
            *place ^= byte;
        }
        keyring::checked(&mut bytes);
        match choice & 1 {
            0 => {
                let meter = self.world.meter(&self.world.meters[at]).unwrap();
                if let Ok(grown) = Grown::from_bytes(meter, slots(), &bytes) {
                    // A step beyond the epoch's would take hours.
                    let step = u32::from_le_bytes(state(grown.meter())[45..49].try_into().unwrap());
                    assert!(step <= (LAST - FIRST) / 5, "ratchet step {step}");
                    let mut out = vec![0; grown.state_len()];
                    let written = grown.to_bytes(&mut out).unwrap();
                    let meter = self.world.meter(&self.world.meters[at]).unwrap();
                    let again = Grown::from_bytes(meter, slots(), written).unwrap();
                    let mut second = vec![0; again.state_len()];
                    assert_eq!(again.to_bytes(&mut second).unwrap(), written);
                }
            }
            _ => {
                let parties = self.utility.parties();
                if let Ok(registrar) = Registrar::from_bytes(&self.world.params, parties, &bytes) {
                    let written = registrar.to_bytes().unwrap();
                    let mut again = Registrar::from_bytes(&self.world.params, parties, &written).unwrap();
                    assert_eq!(again.to_bytes().unwrap(), written);
                    let present = again.open(self.now(), &[true; METERS]);
                    let _ = present.map(|present| again.edges(self.now(), &present));
                    let _ = (again.owed().count(), again.unsettled(self.now()));
                }
            }
        }
    }
}
