//! A round on whatever graph there is.

use dcnet_core::grown::is_connected;
use dcnet_core::{Closing, Error};
use meter_link::Round;
use meter_link::round::Close;
use meter_link::set::Members;

use super::super::world::{CHANNELS, METERS, reading};
use super::{Game, all};

impl Game {
    /// For those wanted, some of whom hear nothing; another falls silent at the first Close.
    pub fn round(&mut self, wanted: &[bool], hear: &[bool], lost: u8) {
        let (now, round) = (self.now(), self.now);
        let before = self.registrar.to_bytes().unwrap();
        let Ok(present) = self.registrar.open(now, wanted) else {
            assert_eq!(self.registrar.to_bytes().unwrap(), before);
            return;
        };
        assert!(present.iter().zip(wanted).all(|(present, wanted)| !*present || *wanted));
        let edges = self.registrar.edges(now, &present);
        for (at, around) in edges.iter().enumerate().filter(|(at, _)| present[*at]) {
            assert!(
                around.len() >= 3 && around.iter().all(|peer| edges[*peer as usize].contains(&(at as u32)))
            );
        }
        let _ = is_connected(&edges, &present);
        let mut collecting = match self.utility.open(now, now, &present) {
            Ok(collecting) => collecting,
            Err(_) => return,
        };
        self.utility.grow(now, edges);
        let open = collecting.frame().to_vec();
        for holder in &mut self.holders {
            holder.open(now, &open).unwrap();
        }
        let mut sent = vec![false; METERS];
        for at in (0..METERS).filter(|at| hear[*at]) {
            let before = all(&self.devices[at]);
            let device = &mut self.devices[at];
            if device.grown.open(now, &open).is_err() {
                assert_eq!(all(device), before);
                continue;
            }
            let mut out = vec![0; self.world.params.contribution_len()];
            let reading = reading(at, round);
            let made = device.grown.contribute(&mut device.mark, now, now, &reading, &mut out);
            if let Ok(prepared) = made {
                assert!(device.last_sent < Some(round) && present[at]);
                device.last_sent = Some(round);
                device.marks.push(prepared.record().to_vec());
                collecting.accept(prepared.stored()).unwrap();
                sent[at] = true;
            }
        }
        sent.get_mut(usize::from(lost)).into_iter().for_each(|sent| *sent = false);
        let quorum = self.utility.quorum(|_| true).unwrap();
        let mut closing = self.utility.close(collecting, &quorum);
        let mut closed = loop {
            match closing {
                Ok(Closing::Final(closed)) => break closed,
                Ok(Closing::Repairing(mut repairing)) => {
                    let frame = repairing.frame().to_vec();
                    for repair in self.hear(now, &frame, &sent) {
                        repairing.accept(&repair).unwrap();
                        self.seen.repaired += 1;
                    }
                    closing = self.utility.close_again(repairing, &quorum);
                }
                // A silent meter had pads with too many.
                Err(error) => {
                    assert!(matches!(error, Error::Quorum { .. }), "{error:?}");
                    return;
                }
            }
        };
        let frame = closed.frame().to_vec();
        assert!(self.hear(now, &frame, &sent).is_empty());
        for number in quorum.iter() {
            let holder = &mut self.holders[usize::from(number) - 1];
            let Ok(answer) = holder.answer(now, &frame) else { return };
            closed.accept(&answer.stored()).unwrap();
        }
        match self.utility.record(&closed) {
            Ok(sum) => {
                let set = Close::verify(&frame, &self.world.view, Round::from(round)).unwrap().set;
                let mut truth = [0i64; CHANNELS];
                for at in Members::from(set).positions() {
                    let own = reading(at as usize, round);
                    truth.iter_mut().zip(own).for_each(|(sum, value)| *sum += value);
                }
                assert_eq!(sum.values, truth);
                self.seen.sums += 1;
            }
            Err(error) => assert!(self.forged, "no sum: {error:?}"),
        }
    }

    /// A Close to those who have sent; their repairs.
    fn hear(&mut self, now: Round, frame: &[u8], sent: &[bool]) -> Vec<Vec<u8>> {
        let room = self.world.params.repair_len();
        let mut repairs = Vec::new();
        for (device, _) in self.devices.iter_mut().zip(sent).filter(|(_, sent)| **sent) {
            let mut out = vec![0; room];
            // One with too few neighbours left refuses, and leaves the set.
            let Ok(prepared) = device.grown.close(now, frame, &mut out) else { continue };
            device.closes.push(prepared.record().to_vec());
            repairs.extend(prepared.stored().map(<[u8]>::to_vec));
        }
        repairs
    }
}
