//! What aggregators send to the utility.

use meter_link::answer::Quorum;
use meter_link::{Header, Kind, Round};
use shamir_agg::Utility;

use super::super::seeds::story;
use super::super::world::{FIRST, World};
use super::fixes;

fn put_right(world: &World, mode: u8, frame: &mut [u8]) {
    if fixes(mode) {
        match Header::parse(frame).map(|header| header.kind) {
            Ok(Kind::SetStatement | Kind::WindowStatement) => world.ring.sign(frame),
            _ => drop(world.ring.tag(frame)),
        }
    }
}

fn asked() -> Quorum {
    Quorum::new(&[1, 2, 4]).unwrap()
}

/// The utility with the story's last round closed for bound answers.
pub fn bound(world: &World, mode: u8, frame: &mut [u8]) -> bool {
    put_right(world, mode, frame);
    let mut utility: Utility = world.utility(&story().utility).unwrap();
    let collecting = utility.reopen(&story().collecting).unwrap();
    let mut closed = utility.close(collecting, &asked()).unwrap();
    let taken = closed.accept(frame);
    assert_eq!(closed.missing().count(), 3 - usize::from(taken.is_ok()));
    assert!(taken.is_err() || closed.accept(frame) == taken);
    assert!(utility.record(&closed).is_err());
    taken.is_ok()
}

pub fn raw(world: &World, mode: u8, frame: &mut [u8]) -> bool {
    put_right(world, mode, frame);
    let mut utility = world.utility(&story().utility).unwrap();
    let collecting = utility.reopen(&story().collecting).unwrap();
    let mut certified = utility.certify(collecting, &asked()).unwrap();
    let stated = certified.accept_statement(frame).is_ok();
    let taken = certified.accept(frame).is_ok();
    assert!(!(stated && taken));
    assert_eq!(certified.missing().count(), 3 - usize::from(taken));
    assert!(utility.record_certified(&certified).is_err() && certified.certificate().is_err());
    stated || taken
}

pub fn bills(world: &World, mode: u8, frame: &mut [u8]) -> bool {
    put_right(world, mode, frame);
    let (mut utility, first) = (world.utility(&story().billed).unwrap(), Round::from(FIRST));
    let meters = utility.billable(first).unwrap();
    if mode & 2 == 0 {
        let mut billing = utility.bill(first, &meters, &asked()).unwrap();
        let taken = billing.accept(frame).is_ok();
        assert_eq!(billing.missing().count(), 3 - usize::from(taken));
        assert!(billing.bills().is_err());
        return taken;
    }
    let mut billing = utility.certify_bill(first, &meters, &asked()).unwrap();
    let stated = billing.accept_statement(frame).is_ok();
    let taken = billing.accept(frame).is_ok();
    assert_eq!(billing.missing().count(), 3 - usize::from(taken));
    assert!(billing.bills().is_err() && billing.certificate().is_err());
    stated || taken
}
