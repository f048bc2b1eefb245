//! Licences, Hellos and claims, in groups with terms.

use cmt_ring::election::{Election, Heard, Verdict};
use cmt_ring::{Error, Generation};
use meter_link::set::Members;
use meter_link::{Header, Kind};

use super::super::input::Input;
use super::super::world::METERS;
use super::{Game, SUPPLIER, members};

impl Game<'_> {
    /// Frames that only groups with terms have.
    pub fn managed(&mut self, index: usize, header: &Header, frame: &[u8]) -> Result<(), Error> {
        let (at, world) = (self.at(), self.world);
        let device = &mut self.devices[index];
        let sender = world.index(header.sender).map(|sender| world.entry(sender));
        match (header.kind, sender) {
            (Kind::Licence, _) => {
                let licence = device.meter.licensed(at, frame)?;
                device.licence = Some(licence.to_bytes().unwrap());
            }
            (Kind::Lost, _) => device.meter.lost(at, frame)?,
            (Kind::HandOver, _) => self.take_over(index, frame)?,
            (Kind::Claim, Some(sender)) => _ = device.meter.follow(at, &sender, frame)?,
            (Kind::Hello, Some(sender)) => {
                if let Some(election) = &mut self.elections[index] {
                    let before = election.members();
                    let heard = election.hear(at, &self.roll, &sender, frame);
                    assert!(matches!(heard, Ok(Heard::New)) || election.members() == before);
                    heard?;
                }
            }
            _ => return Err(cmt_ring::Malformed::BadField.into()),
        }
        Ok(())
    }

    pub fn ask(&mut self, index: usize) {
        let at = self.at();
        let device = &self.devices[index];
        let request = device.meter.ask(&device.identity, at);
        if let Some(request) = self.noted(request) {
            self.post(SUPPLIER, &request);
        }
    }

    /// A claim that everybody gets at once.
    pub fn claim(&mut self, lead: usize, number: u32, set: &[usize]) -> bool {
        let (at, world) = (self.at(), self.world);
        let mut marks = Members::none(METERS as u32);
        set.iter().for_each(|index| marks.set(*index as u32, true));
        let device = &mut self.devices[lead];
        let before = device.face();
        let entry = world.entry(lead);
        let claimed = device.meter.claim(&device.identity, &entry, at, at, Generation(number), &marks);
        if claimed.is_err() {
            assert_eq!(device.face(), before);
        }
        let Some(prepared) = self.noted(claimed) else { return false };
        self.devices[lead].generations.push(prepared.record().to_vec());
        let frame = prepared.stored();
        let from = self.pool.len();
        self.broadcast(lead, &frame);
        self.flush(from);
        true
    }

    pub fn manage(&mut self, input: &mut Input<'_>) {
        let (choice, index, more) = (input.u8(), input.index(METERS), input.u8());
        let (at, world) = (self.at(), self.world);
        match choice % 13 {
            10 => return self.lose_and_heal(more),
            11 => {
                let cut = [u32::from(more >> 4), u32::from(more >> 2 & 3)];
                self.heal(index, &cut[..usize::from(more & 1) + 1], more >> 1);
                return;
            }
            12 => {
                let set = members(&input.marks(METERS));
                return if more & 1 == 0 { self.pass_role(&set) } else { self.hand_over(index, &set) };
            }
            _ => {}
        }
        if world.params.mean_term().is_none() {
            return;
        }
        match choice % 13 {
            0 => self.ask(index),
            1 => {
                let id = world.id(index);
                let changed = if more & 1 == 0 { self.supplier.expel(id) } else { self.supplier.readmit(id) };
                changed.unwrap();
                self.disk = (self.supplier.to_bytes().unwrap().to_vec(), Vec::new());
            }
            2 => self.devices[index].meter.forsake(),
            3 => _ = self.devices[index].meter.broken(),
            4 => {
                let device = &self.devices[index];
                let asked = device.meter.discover(&device.identity, &world.entry(index), at);
                if let Some(hello) = self.noted(asked) {
                    self.broadcast(index, &hello);
                }
            }
            5 => self.open_election(index, more),
            6 => self.deadline(index, more),
            7 => self.elect(more),
            8 => {
                let set = members(&input.marks(METERS));
                self.claim(index, self.generation + u32::from(more % 4), &set);
            }
            _ => {
                if let Some(election) = &mut self.elections[index] {
                    election.leave_out(u32::from(more) % METERS as u32);
                    assert!(election.members().contains(index as u32));
                }
            }
        }
    }

    fn open_election(&mut self, index: usize, more: u8) {
        let (at, world) = (self.at(), self.world);
        let device = &self.devices[index];
        let generation = Generation(device.meter.next_generation().0 + u32::from(more >> 4));
        let entry = world.entry(index);
        let opened = Election::open(&device.meter, &device.identity, &entry, at, at, generation, more % 4);
        if let Some(election) = self.noted(opened) {
            let hello = *election.hello();
            self.elections[index] = Some(election);
            self.broadcast(index, &hello);
        }
    }

    fn deadline(&mut self, index: usize, more: u8) {
        let Some(election) = &mut self.elections[index] else { return };
        let (verdict, set) = (election.deadline().unwrap(), election.members());
        match verdict {
            Verdict::Claim => {
                let number = election.generation().0;
                let set: Vec<usize> = set.positions().map(|position| position as usize).collect();
                if more & 1 == 0 && self.claim(index, number, &set) {
                    self.seen.elected += 1;
                }
            }
            Verdict::Await(position) => assert!(position as usize != index && set.contains(position)),
            Verdict::TooFew { have, need } => assert!(have < need),
            Verdict::Repeat => {}
        }
    }

    /// All that are licensed hold an election in which nothing is lost but what `silent` says.
    fn elect(&mut self, silent: u8) {
        let from = self.pool.len();
        let there: Vec<usize> = (0..METERS).filter(|index| (silent >> index) & 1 == 0).collect();
        let generation =
            there.iter().map(|index| self.devices[*index].meter.next_generation().0).max().unwrap_or(1);
        let (at, world) = (self.at(), self.world);
        for index in &there {
            let device = &self.devices[*index];
            let entry = world.entry(*index);
            let opened =
                Election::open(&device.meter, &device.identity, &entry, at, at, Generation(generation), 1);
            if let Some(election) = self.noted(opened) {
                let hello = *election.hello();
                self.elections[*index] = Some(election);
                self.broadcast(*index, &hello);
            }
        }
        self.flush(from);
        for index in there {
            self.deadline(index, 0);
        }
    }
}
