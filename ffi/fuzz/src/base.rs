//! A whole group, made once by the C functions: what games begin with.

use std::any::TypeId;
use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use wattsum::roster::wattsum_roster;

use super::game::Game;
use super::seeds::{Scribe, Story, groups};
use super::table;

/// The groups, by protocol.
pub const WORLDS: [&str; 4] = ["dcnet", "shamir", "elgamal", "cmt"];

pub struct Base {
    pub blobs: Vec<Vec<u8>>,
    pub values: Vec<(TypeId, Vec<u8>)>,
    /// The built roster, which all games share.
    roster: Option<*mut u8>,
    stories: OnceCell<Vec<Story>>,
}

impl Base {
    pub fn handle(&self, kind: TypeId) -> Option<*mut u8> {
        self.roster.filter(|_| kind == TypeId::of::<wattsum_roster>())
    }

    /// What the group does.
    pub fn stories(&self) -> &[Story] {
        self.stories.get().map_or(&[], Vec::as_slice)
    }
}

impl Drop for Base {
    fn drop(&mut self) {
        if let Some(at) = self.roster {
            table::free(TypeId::of::<wattsum_roster>(), at);
        }
    }
}

/// The same in every process; one for each thread, since a role is one thread's.
pub fn base(world: u8) -> Rc<Base> {
    std::thread_local!(static BASES: RefCell<[Option<Rc<Base>>; 4]> = const { RefCell::new([const { None }; 4]) });
    let world = usize::from(world) % WORLDS.len();
    if let Some(base) = BASES.with_borrow(|bases| bases[world].clone()) {
        return base;
    }
    let mut scribe = Scribe::new(Game::new(None, &[]), 0);
    let group = groups::form(&mut scribe, world);
    let mut game = scribe.game;
    let roster = game.gives(TypeId::of::<wattsum_roster>());
    let (blobs, values) = (std::mem::take(&mut game.blobs), std::mem::take(&mut game.values));
    let base = Rc::new(Base { blobs, values, roster, stories: OnceCell::new() });
    let _ = base.stories.set(groups::stories(&base, &group, world));
    BASES.with_borrow_mut(|bases| bases[world] = Some(base.clone()));
    base
}
