//! Which of the library's types are what: values, roles in slots, handles; and what roles are made of.

use std::any::TypeId;

use wattsum::ckks::ciphertext::{wattsum_ckks_ciphertext, wattsum_ckks_info};
use wattsum::ckks::encryptor::wattsum_ckks_encryptor;
use wattsum::ckks::evaluator::wattsum_ckks_evaluator;
use wattsum::ckks::secret::wattsum_ckks_secret;
use wattsum::ckks::seeded::wattsum_ckks_seeded;
use wattsum::ckks::{wattsum_ckks_readings, wattsum_ckks_use};
use wattsum::cmt::agreement::wattsum_cmt_agreement;
use wattsum::cmt::book::wattsum_cmt_book;
use wattsum::cmt::claiming::wattsum_cmt_handed_over;
use wattsum::cmt::collecting::wattsum_cmt_round;
use wattsum::cmt::election::{
    wattsum_cmt_election, wattsum_cmt_heard, wattsum_cmt_roll, wattsum_cmt_verdict,
};
use wattsum::cmt::entry::{wattsum_cmt_entry, wattsum_cmt_setup};
use wattsum::cmt::gathering::wattsum_cmt_gathering;
use wattsum::cmt::meter::{wattsum_cmt_meter, wattsum_cmt_place};
use wattsum::cmt::outbox::wattsum_cmt_outbox;
use wattsum::cmt::supplier::{wattsum_cmt_registered, wattsum_cmt_supplier};
use wattsum::cmt::terms::wattsum_cmt_claim;
use wattsum::cmt::wattsum_cmt_params;
use wattsum::dcnet::holder::wattsum_dcnet_holder;
use wattsum::dcnet::meter::{wattsum_dcnet_meter, wattsum_dcnet_setup};
use wattsum::dcnet::presence::wattsum_dcnet_presence;
use wattsum::dcnet::round::{wattsum_dcnet_branch, wattsum_dcnet_round};
use wattsum::dcnet::utility::wattsum_dcnet_utility;
use wattsum::dcnet::{wattsum_dcnet_params, wattsum_neighbour};
use wattsum::elgamal::billing::{wattsum_elgamal_bill, wattsum_elgamal_billing};
use wattsum::elgamal::branch::wattsum_elgamal_branch;
use wattsum::elgamal::ceremony::{wattsum_elgamal_ceremony, wattsum_elgamal_dispute};
use wattsum::elgamal::key::wattsum_elgamal_key;
use wattsum::elgamal::keys::{wattsum_elgamal_keys, wattsum_elgamal_share};
use wattsum::elgamal::meter::{wattsum_elgamal_meter, wattsum_elgamal_setup};
use wattsum::elgamal::pair::wattsum_elgamal_pair;
use wattsum::elgamal::partial::wattsum_elgamal_partial;
use wattsum::elgamal::plan::{
    wattsum_elgamal_dealer, wattsum_elgamal_plan, wattsum_elgamal_seat, wattsum_elgamal_verdict,
};
use wattsum::elgamal::round::wattsum_elgamal_round;
use wattsum::elgamal::table::wattsum_elgamal_table;
use wattsum::elgamal::trustee::wattsum_elgamal_trustee;
use wattsum::elgamal::utility::wattsum_elgamal_utility;
use wattsum::elgamal::wattsum_elgamal_params;
use wattsum::epoch::{wattsum_epoch, wattsum_lists, wattsum_member};
use wattsum::frame::wattsum_frame;
use wattsum::head::certified::wattsum_checked;
use wattsum::link::wattsum_forming;
use wattsum::reading::{wattsum_kept, wattsum_register};
use wattsum::roster::wattsum_roster;
use wattsum::shamir::aggregator::wattsum_shamir_aggregator;
use wattsum::shamir::meter::{wattsum_shamir_meter, wattsum_shamir_setup};
use wattsum::shamir::round::{wattsum_shamir_branch, wattsum_shamir_round};
use wattsum::shamir::utility::wattsum_shamir_utility;
use wattsum::shamir::wattsum_shamir_params;

use super::draw::{Draw, handle, handles, in_slots, out, output, several, slot, values};
use super::game::{Game, Keep, SLOTS};

values!(wattsum_dcnet_params wattsum_shamir_params wattsum_elgamal_params wattsum_cmt_params);
values!(wattsum_forming wattsum_epoch wattsum_lists wattsum_elgamal_key wattsum_elgamal_share);
values!(wattsum_register wattsum_kept wattsum_frame wattsum_cmt_place wattsum_cmt_registered);
values!(wattsum_ckks_use);

in_slots!(wattsum_ckks_encryptor wattsum_ckks_seeded);
in_slots!(wattsum_dcnet_meter wattsum_shamir_meter wattsum_elgamal_meter wattsum_cmt_meter wattsum_cmt_agreement);

handles!(wattsum_roster);
handles!(wattsum_ckks_ciphertext wattsum_ckks_evaluator wattsum_ckks_secret);
handles!(wattsum_dcnet_utility wattsum_dcnet_round wattsum_dcnet_branch wattsum_dcnet_holder);
handles!(wattsum_shamir_utility wattsum_shamir_round wattsum_shamir_branch wattsum_shamir_aggregator);
handles!(wattsum_elgamal_billing wattsum_elgamal_branch wattsum_elgamal_ceremony wattsum_elgamal_keys);
handles!(wattsum_elgamal_partial wattsum_elgamal_round wattsum_elgamal_table wattsum_elgamal_trustee);
handles!(wattsum_elgamal_utility);
handles!(wattsum_dcnet_presence);
handles!(wattsum_cmt_election wattsum_cmt_roll);
handles!(wattsum_cmt_supplier wattsum_cmt_round wattsum_cmt_gathering wattsum_cmt_book wattsum_cmt_outbox);

/// What functions only give.
macro_rules! given {
    ($($elements:literal $type:ty)*) => {$(
        impl Draw for *mut $type {
            fn draw(game: &mut Game) -> Self {
                output(game, $elements, Keep::Nothing)
            }
        }
    )*};
}
given!(1 wattsum_cmt_handed_over 1 wattsum_cmt_heard 1 wattsum_cmt_verdict 1 wattsum_cmt_claim);
given!(1 wattsum_ckks_info);
given!(1 wattsum_checked 1 wattsum_elgamal_verdict 4096 wattsum_elgamal_bill 4096 wattsum_elgamal_dispute);

/// Pairs lie in a slot, one after the other: `slot + 8 * number`.
impl Draw for *mut wattsum_elgamal_pair {
    fn draw(game: &mut Game) -> Self {
        match game.tape.byte() {
            0x11 => std::ptr::null_mut(),
            0x14 => game.slots[1].as_mut_ptr().wrapping_byte_add(4).cast(),
            byte => {
                let (slot, number) = (usize::from(byte % 8) % SLOTS, usize::from(byte / 8 % 4));
                game.slots[slot].as_mut_ptr().cast::<wattsum_elgamal_pair>().wrapping_add(number)
            }
        }
    }
}

/// One or several entries, by what the function takes.
macro_rules! lists {
    ($($type:ty)*) => {$(
        impl Draw for *const $type {
            fn draw(game: &mut Game) -> Self {
                if !game.call.is_measured() {
                    game.call.pending = 1;
                    let Some(bytes) = game.value(TypeId::of::<$type>(), size_of::<$type>()) else {
                        return std::ptr::null();
                    };
                    return game.call.input(&bytes, 4, size_of::<$type>()).cast();
                }
                let (at, count) = several::<$type>(game);
                game.call.pending = count;
                at
            }
        }

        impl Draw for *mut $type {
            fn draw(game: &mut Game) -> Self {
                out(game, Keep::Value(TypeId::of::<$type>(), size_of::<$type>()))
            }
        }
    )*};
}
lists!(wattsum_member wattsum_cmt_entry);

impl Draw for *const u32 {
    fn draw(game: &mut Game) -> Self {
        let count = usize::from(game.tape.byte() % 32);
        let numbers: Vec<u8> = (0..count).flat_map(|_| u32::draw(game).to_ne_bytes()).collect();
        game.call.pending = count;
        game.call.input(&numbers, super::game::MOST, 4).cast()
    }
}

/// A setup is `0` and what it points to, or NULL.
fn setup<T>(game: &mut Game, make: impl FnOnce(&mut Game) -> T) -> *const T {
    if game.tape.byte() == 0x11 {
        return std::ptr::null();
    }
    let setup = make(game);
    let at = game.call.input(&[], 1, size_of::<T>()).cast_mut().cast::<T>();
    // SAFETY: memory for a setup, aligned as a u64, which nobody else has.
    unsafe { at.write(setup) };
    at
}

impl Draw for *const wattsum_dcnet_setup {
    fn draw(game: &mut Game) -> Self {
        setup(game, |game| {
            let (params, epoch, lists) = (Draw::draw(game), Draw::draw(game), Draw::draw(game));
            let utility = several::<wattsum_member>(game).0;
            let (holders, holder_count) = several::<wattsum_member>(game);
            let count = usize::from(game.tape.byte() % 32);
            let mut around = Vec::new();
            for _ in 0..count {
                around.extend(u32::draw(game).to_ne_bytes());
                let size = size_of::<wattsum_member>();
                around.extend(
                    game.value(TypeId::of::<wattsum_member>(), size).unwrap_or_else(|| vec![0; size]),
                );
            }
            let neighbours = game.call.input(&around, 32, size_of::<wattsum_neighbour>()).cast();
            wattsum_dcnet_setup {
                params,
                epoch,
                lists,
                utility,
                holders,
                holder_count,
                neighbours,
                neighbour_count: count,
                id: Draw::draw(game),
                position: Draw::draw(game),
                first_channel: Draw::draw(game),
            }
        })
    }
}

impl Draw for *const wattsum_shamir_setup {
    fn draw(game: &mut Game) -> Self {
        setup(game, |game| {
            let (params, epoch, lists) = (Draw::draw(game), Draw::draw(game), Draw::draw(game));
            let utility = several::<wattsum_member>(game).0;
            let (aggregators, aggregator_count) = several::<wattsum_member>(game);
            wattsum_shamir_setup {
                params,
                epoch,
                lists,
                utility,
                aggregators,
                aggregator_count,
                id: Draw::draw(game),
                first_channel: Draw::draw(game),
            }
        })
    }
}

impl Draw for *const wattsum_elgamal_setup {
    fn draw(game: &mut Game) -> Self {
        setup(game, |game| {
            let (params, epoch, lists) = (Draw::draw(game), Draw::draw(game), Draw::draw(game));
            wattsum_elgamal_setup {
                params,
                epoch,
                lists,
                utility: several::<wattsum_member>(game).0,
                key: Draw::draw(game),
                id: Draw::draw(game),
                first_channel: Draw::draw(game),
            }
        })
    }
}

impl Draw for *const wattsum_cmt_setup {
    fn draw(game: &mut Game) -> Self {
        setup(game, |game| {
            let (params, epoch, lists) = (Draw::draw(game), Draw::draw(game), Draw::draw(game));
            wattsum_cmt_setup {
                params,
                epoch,
                lists,
                utility: several::<wattsum_member>(game).0,
                own: several::<wattsum_cmt_entry>(game).0,
                first_channel: Draw::draw(game),
            }
        })
    }
}

impl Draw for *const wattsum_elgamal_plan {
    fn draw(game: &mut Game) -> Self {
        setup(game, |game| {
            let params = Draw::draw(game);
            let (members, member_count) = several::<wattsum_elgamal_seat>(game);
            let old = match game.tape.byte() {
                0 => std::ptr::null_mut(),
                _ => Draw::draw(game),
            };
            let (dealers, dealer_count) = several::<wattsum_elgamal_dealer>(game);
            wattsum_elgamal_plan {
                params,
                members,
                member_count,
                old,
                dealers,
                dealer_count,
                number: Draw::draw(game),
            }
        })
    }
}

impl Draw for *const wattsum_ckks_readings {
    fn draw(game: &mut Game) -> Self {
        setup(game, |game| {
            let values = Draw::draw(game);
            wattsum_ckks_readings {
                values,
                count: usize::from(game.tape.byte() % 32),
                most: Draw::draw(game),
                scale_bits: Draw::draw(game),
            }
        })
    }
}
