//! Every exported function, called by its type. New ones go to the end, or the corpus is another.
#![allow(unsafe_code)] // calls of C functions

use std::any::TypeId;

use wattsum::status::wattsum_status;

use super::draw::Draw;
use super::game::Game;

pub struct Entry {
    pub name: &'static str,
    /// Types of the arguments.
    pub kinds: Vec<TypeId>,
    pub run: Box<dyn Fn(&mut Game) -> i32>,
}

/// Functions of any number of arguments, as something that draws them.
pub trait Callable<Arguments> {
    fn entry(self, name: &'static str) -> Entry;
}

macro_rules! callable {
    ($($argument:ident)*) => {
        #[allow(non_snake_case)]
        impl<$($argument: Draw + 'static),*> Callable<($($argument,)*)>
            for unsafe extern "C" fn($($argument),*) -> wattsum_status
        {
            fn entry(self, name: &'static str) -> Entry {
                let kinds = vec![$(TypeId::of::<$argument>()),*];
                let run = move |game: &mut Game| {
                    $(
                        game.call.argument += 1;
                        let $argument = $argument::draw(game);
                    )*
                    // SAFETY: every argument is one that C may pass: what `draw` says.
                    (unsafe { self($($argument),*) }) as i32
                };
                Entry { name, kinds, run: Box::new(run) }
            }
        }
    };
}
callable!(A);
callable!(A B);
callable!(A B C);
callable!(A B C D);
callable!(A B C D E);
callable!(A B C D E F);
callable!(A B C D E F G);
callable!(A B C D E F G H);
callable!(A B C D E F G H I);
callable!(A B C D E F G H I J);
callable!(A B C D E F G H I J K);
callable!(A B C D E F G H I J K L);
callable!(A B C D E F G H I J K L M);
callable!(A B C D E F G H I J K L M N);
callable!(A B C D E F G H I J K L M N O);
callable!(A B C D E F G H I J K L M N O P);

macro_rules! call {
    (1 $($path:ident)::*) => { ($($path)::* as unsafe extern "C" fn(_) -> wattsum_status).entry(last(stringify!($($path)::*))) };
    (2 $($path:ident)::*) => { ($($path)::* as unsafe extern "C" fn(_, _) -> wattsum_status).entry(last(stringify!($($path)::*))) };
    (3 $($path:ident)::*) => { ($($path)::* as unsafe extern "C" fn(_, _, _) -> wattsum_status).entry(last(stringify!($($path)::*))) };
    (4 $($path:ident)::*) => { ($($path)::* as unsafe extern "C" fn(_, _, _, _) -> wattsum_status).entry(last(stringify!($($path)::*))) };
    (5 $($path:ident)::*) => { ($($path)::* as unsafe extern "C" fn(_, _, _, _, _) -> wattsum_status).entry(last(stringify!($($path)::*))) };
    (6 $($path:ident)::*) => { ($($path)::* as unsafe extern "C" fn(_, _, _, _, _, _) -> wattsum_status).entry(last(stringify!($($path)::*))) };
    (7 $($path:ident)::*) => { ($($path)::* as unsafe extern "C" fn(_, _, _, _, _, _, _) -> wattsum_status).entry(last(stringify!($($path)::*))) };
    (8 $($path:ident)::*) => { ($($path)::* as unsafe extern "C" fn(_, _, _, _, _, _, _, _) -> wattsum_status).entry(last(stringify!($($path)::*))) };
    (9 $($path:ident)::*) => { ($($path)::* as unsafe extern "C" fn(_, _, _, _, _, _, _, _, _) -> wattsum_status).entry(last(stringify!($($path)::*))) };
    (10 $($path:ident)::*) => { ($($path)::* as unsafe extern "C" fn(_, _, _, _, _, _, _, _, _, _) -> wattsum_status).entry(last(stringify!($($path)::*))) };
    (11 $($path:ident)::*) => { ($($path)::* as unsafe extern "C" fn(_, _, _, _, _, _, _, _, _, _, _) -> wattsum_status).entry(last(stringify!($($path)::*))) };
    (12 $($path:ident)::*) => { ($($path)::* as unsafe extern "C" fn(_, _, _, _, _, _, _, _, _, _, _, _) -> wattsum_status).entry(last(stringify!($($path)::*))) };
    (13 $($path:ident)::*) => { ($($path)::* as unsafe extern "C" fn(_, _, _, _, _, _, _, _, _, _, _, _, _) -> wattsum_status).entry(last(stringify!($($path)::*))) };
    (14 $($path:ident)::*) => { ($($path)::* as unsafe extern "C" fn(_, _, _, _, _, _, _, _, _, _, _, _, _, _) -> wattsum_status).entry(last(stringify!($($path)::*))) };
    (15 $($path:ident)::*) => { ($($path)::* as unsafe extern "C" fn(_, _, _, _, _, _, _, _, _, _, _, _, _, _, _) -> wattsum_status).entry(last(stringify!($($path)::*))) };
    (16 $($path:ident)::*) => { ($($path)::* as unsafe extern "C" fn(_, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _) -> wattsum_status).entry(last(stringify!($($path)::*))) };
}

/// Of a path, `a::b::name`, as the compiler writes it.
fn last(path: &'static str) -> &'static str {
    path.rsplit(':').next().unwrap_or_default().trim()
}

std::thread_local!(static ALL: &'static [Entry] = Box::leak(all().into_boxed_slice()));

pub fn entries() -> &'static [Entry] {
    ALL.with(|all| *all)
}

pub fn entry(name: &str) -> &'static Entry {
    entries().iter().find(|entry| entry.name == name).unwrap()
}

/// Frees what a handle leads to.
pub fn free(kind: TypeId, at: *mut u8) -> i32 {
    macro_rules! free {
        ($($path:ident)::* :: {$type:ident, $free:ident}) => {
            if kind == TypeId::of::<$($path)::*::$type>() {
                // SAFETY: a handle of this type that was not freed.
                return (unsafe { $($path)::*::$free(at.cast()) }) as i32;
            }
        };
    }
    free!(wattsum::ckks::ciphertext::{wattsum_ckks_ciphertext, wattsum_ckks_ciphertext_free});
    free!(wattsum::ckks::evaluator::{wattsum_ckks_evaluator, wattsum_ckks_evaluator_free});
    free!(wattsum::ckks::secret::{wattsum_ckks_secret, wattsum_ckks_secret_free});
    free!(wattsum::cmt::book::{wattsum_cmt_book, wattsum_cmt_book_free});
    free!(wattsum::cmt::collecting::{wattsum_cmt_round, wattsum_cmt_round_free});
    free!(wattsum::cmt::election::{wattsum_cmt_election, wattsum_cmt_election_free});
    free!(wattsum::cmt::election::{wattsum_cmt_roll, wattsum_cmt_roll_free});
    free!(wattsum::cmt::gathering::{wattsum_cmt_gathering, wattsum_cmt_gathering_free});
    free!(wattsum::cmt::outbox::{wattsum_cmt_outbox, wattsum_cmt_outbox_free});
    free!(wattsum::cmt::supplier::{wattsum_cmt_supplier, wattsum_cmt_supplier_free});
    free!(wattsum::dcnet::holder::{wattsum_dcnet_holder, wattsum_dcnet_holder_free});
    free!(wattsum::dcnet::presence::{wattsum_dcnet_presence, wattsum_dcnet_presence_free});
    free!(wattsum::dcnet::round::{wattsum_dcnet_branch, wattsum_dcnet_branch_free});
    free!(wattsum::dcnet::round::{wattsum_dcnet_round, wattsum_dcnet_round_free});
    free!(wattsum::dcnet::utility::{wattsum_dcnet_utility, wattsum_dcnet_utility_free});
    free!(wattsum::elgamal::billing::{wattsum_elgamal_billing, wattsum_elgamal_billing_free});
    free!(wattsum::elgamal::branch::{wattsum_elgamal_branch, wattsum_elgamal_branch_free});
    free!(wattsum::elgamal::ceremony::{wattsum_elgamal_ceremony, wattsum_elgamal_ceremony_free});
    free!(wattsum::elgamal::keys::{wattsum_elgamal_keys, wattsum_elgamal_keys_free});
    free!(wattsum::elgamal::partial::{wattsum_elgamal_partial, wattsum_elgamal_partial_free});
    free!(wattsum::elgamal::round::{wattsum_elgamal_round, wattsum_elgamal_round_free});
    free!(wattsum::elgamal::table::{wattsum_elgamal_table, wattsum_elgamal_table_free});
    free!(wattsum::elgamal::trustee::{wattsum_elgamal_trustee, wattsum_elgamal_trustee_free});
    free!(wattsum::elgamal::utility::{wattsum_elgamal_utility, wattsum_elgamal_utility_free});
    free!(wattsum::roster::{wattsum_roster, wattsum_roster_free});
    free!(wattsum::shamir::aggregator::{wattsum_shamir_aggregator, wattsum_shamir_aggregator_free});
    free!(wattsum::shamir::round::{wattsum_shamir_branch, wattsum_shamir_branch_free});
    free!(wattsum::shamir::round::{wattsum_shamir_round, wattsum_shamir_round_free});
    free!(wattsum::shamir::utility::{wattsum_shamir_utility, wattsum_shamir_utility_free});
    unreachable!("no handle")
}

fn all() -> Vec<Entry> {
    vec![
        call!(5 wattsum::cmt::wattsum_cmt_concentrator),
        call!(4 wattsum::cmt::wattsum_cmt_forming),
        call!(4 wattsum::cmt::book::wattsum_cmt_book_export),
        call!(1 wattsum::cmt::book::wattsum_cmt_book_free),
        call!(12 wattsum::cmt::book::wattsum_cmt_book_heal),
        call!(4 wattsum::cmt::book::wattsum_cmt_book_import),
        call!(4 wattsum::cmt::book::wattsum_cmt_book_members),
        call!(3 wattsum::cmt::book::wattsum_cmt_book_named),
        call!(8 wattsum::cmt::book::wattsum_cmt_book_silent),
        call!(2 wattsum::cmt::book::wattsum_cmt_book_state_len),
        call!(5 wattsum::cmt::collecting::wattsum_cmt_round_accept),
        call!(5 wattsum::cmt::collecting::wattsum_cmt_round_accept_many),
        call!(4 wattsum::cmt::collecting::wattsum_cmt_round_close),
        call!(4 wattsum::cmt::collecting::wattsum_cmt_round_frame),
        call!(1 wattsum::cmt::collecting::wattsum_cmt_round_free),
        call!(4 wattsum::cmt::collecting::wattsum_cmt_round_missing),
        call!(5 wattsum::cmt::gathering::wattsum_cmt_gathering_accept),
        call!(5 wattsum::cmt::gathering::wattsum_cmt_gathering_accept_many),
        call!(4 wattsum::cmt::gathering::wattsum_cmt_gathering_close),
        call!(1 wattsum::cmt::gathering::wattsum_cmt_gathering_free),
        call!(4 wattsum::cmt::gathering::wattsum_cmt_gathering_missing),
        call!(13 wattsum::cmt::gathering::wattsum_cmt_gathering_open),
        call!(9 wattsum::cmt::healing::wattsum_cmt_meter_heal),
        call!(6 wattsum::cmt::healing::wattsum_cmt_meter_healed_neighbours),
        call!(1 wattsum::cmt::meter::wattsum_cmt_meter_free),
        call!(12 wattsum::cmt::meter::wattsum_cmt_meter_join),
        call!(6 wattsum::cmt::meter::wattsum_cmt_meter_neighbours),
        call!(5 wattsum::cmt::meter::wattsum_cmt_meter_new),
        call!(2 wattsum::cmt::meter::wattsum_cmt_meter_place),
        call!(3 wattsum::cmt::meter::wattsum_cmt_meter_replay),
        call!(7 wattsum::cmt::meter::wattsum_cmt_meter_seat),
        call!(2 wattsum::cmt::outbox::wattsum_cmt_outbox_count),
        call!(6 wattsum::cmt::outbox::wattsum_cmt_outbox_frame),
        call!(1 wattsum::cmt::outbox::wattsum_cmt_outbox_free),
        call!(8 wattsum::cmt::round::wattsum_cmt_meter_close),
        call!(11 wattsum::cmt::round::wattsum_cmt_meter_contribute),
        call!(15 wattsum::cmt::round::wattsum_cmt_meter_relay),
        call!(14 wattsum::cmt::round::wattsum_cmt_meter_start),
        call!(4 wattsum::cmt::state::wattsum_cmt_meter_export),
        call!(7 wattsum::cmt::state::wattsum_cmt_meter_import),
        call!(2 wattsum::cmt::state::wattsum_cmt_meter_state_len),
        call!(6 wattsum::cmt::supplier::wattsum_cmt_supplier_discard),
        call!(4 wattsum::cmt::supplier::state::wattsum_cmt_supplier_export),
        call!(1 wattsum::cmt::supplier::wattsum_cmt_supplier_free),
        call!(5 wattsum::cmt::supplier::wattsum_cmt_supplier_heal),
        call!(8 wattsum::cmt::supplier::state::wattsum_cmt_supplier_import),
        call!(6 wattsum::cmt::supplier::wattsum_cmt_supplier_lost),
        call!(6 wattsum::cmt::supplier::wattsum_cmt_supplier_new),
        call!(5 wattsum::cmt::supplier::wattsum_cmt_supplier_open),
        call!(2 wattsum::cmt::supplier::wattsum_cmt_supplier_progress),
        call!(6 wattsum::cmt::supplier::wattsum_cmt_supplier_register),
        call!(2 wattsum::cmt::supplier::wattsum_cmt_supplier_registered),
        call!(3 wattsum::cmt::supplier::wattsum_cmt_supplier_replay),
        call!(2 wattsum::cmt::supplier::state::wattsum_cmt_supplier_state_len),
        call!(1 wattsum::cmt::supplier::wattsum_cmt_supplier_wipe_link),
        call!(4 wattsum::dcnet::wattsum_dcnet_forming),
        call!(7 wattsum::dcnet::wattsum_dcnet_neighbours),
        call!(9 wattsum::dcnet::holder::wattsum_dcnet_holder_answer),
        call!(8 wattsum::dcnet::holder::wattsum_dcnet_holder_catch_up),
        call!(4 wattsum::dcnet::holder::wattsum_dcnet_holder_export),
        call!(6 wattsum::dcnet::holder::wattsum_dcnet_holder_follow),
        call!(1 wattsum::dcnet::holder::wattsum_dcnet_holder_free),
        call!(9 wattsum::dcnet::holder::wattsum_dcnet_holder_import),
        call!(8 wattsum::dcnet::holder::wattsum_dcnet_holder_new),
        call!(5 wattsum::dcnet::holder::wattsum_dcnet_holder_open),
        call!(3 wattsum::dcnet::holder::wattsum_dcnet_holder_replay),
        call!(2 wattsum::dcnet::holder::wattsum_dcnet_holder_state_len),
        call!(9 wattsum::dcnet::meter::wattsum_dcnet_meter_close),
        call!(11 wattsum::dcnet::meter::wattsum_dcnet_meter_contribute),
        call!(1 wattsum::dcnet::meter::wattsum_dcnet_meter_free),
        call!(6 wattsum::dcnet::meter::wattsum_dcnet_meter_new),
        call!(5 wattsum::dcnet::meter::wattsum_dcnet_meter_open),
        call!(3 wattsum::dcnet::meter::wattsum_dcnet_meter_replay),
        call!(3 wattsum::dcnet::meter::wattsum_dcnet_meter_size),
        call!(4 wattsum::dcnet::meter::state::wattsum_dcnet_meter_export),
        call!(7 wattsum::dcnet::meter::state::wattsum_dcnet_meter_import),
        call!(3 wattsum::dcnet::meter::state::wattsum_dcnet_meter_state_len),
        call!(5 wattsum::dcnet::round::wattsum_dcnet_branch_accept_many),
        call!(1 wattsum::dcnet::round::wattsum_dcnet_branch_free),
        call!(2 wattsum::dcnet::round::wattsum_dcnet_branch_len),
        call!(4 wattsum::dcnet::round::wattsum_dcnet_branch_to_bytes),
        call!(5 wattsum::dcnet::round::wattsum_dcnet_round_accept),
        call!(5 wattsum::dcnet::round::wattsum_dcnet_round_accept_many),
        call!(2 wattsum::dcnet::round::wattsum_dcnet_round_branch),
        call!(4 wattsum::dcnet::round::wattsum_dcnet_round_export),
        call!(4 wattsum::dcnet::round::wattsum_dcnet_round_frame),
        call!(1 wattsum::dcnet::round::wattsum_dcnet_round_free),
        call!(3 wattsum::dcnet::round::wattsum_dcnet_round_merge),
        call!(4 wattsum::dcnet::round::wattsum_dcnet_round_merge_bytes),
        call!(4 wattsum::dcnet::round::wattsum_dcnet_round_missing),
        call!(2 wattsum::dcnet::round::wattsum_dcnet_round_stage),
        call!(2 wattsum::dcnet::round::wattsum_dcnet_round_state_len),
        call!(5 wattsum::dcnet::utility::wattsum_dcnet_utility_close),
        call!(4 wattsum::dcnet::utility::wattsum_dcnet_utility_export),
        call!(1 wattsum::dcnet::utility::wattsum_dcnet_utility_free),
        call!(8 wattsum::dcnet::utility::wattsum_dcnet_utility_import),
        call!(7 wattsum::dcnet::utility::wattsum_dcnet_utility_new),
        call!(6 wattsum::dcnet::utility::wattsum_dcnet_utility_open),
        call!(2 wattsum::dcnet::utility::wattsum_dcnet_utility_progress),
        call!(5 wattsum::dcnet::utility::wattsum_dcnet_utility_record),
        call!(5 wattsum::dcnet::utility::wattsum_dcnet_utility_reopen),
        call!(3 wattsum::dcnet::utility::wattsum_dcnet_utility_resume),
        call!(2 wattsum::dcnet::utility::wattsum_dcnet_utility_state_len),
        call!(4 wattsum::elgamal::wattsum_elgamal_forming),
        call!(10 wattsum::elgamal::key::wattsum_elgamal_key_certified),
        call!(10 wattsum::elgamal::key::wattsum_elgamal_key_check_statement),
        call!(11 wattsum::elgamal::meter::wattsum_elgamal_meter_contribute),
        call!(1 wattsum::elgamal::meter::wattsum_elgamal_meter_free),
        call!(6 wattsum::elgamal::meter::wattsum_elgamal_meter_new),
        call!(11 wattsum::elgamal::pair::wattsum_elgamal_meter_contribute_with),
        call!(5 wattsum::elgamal::pair::wattsum_elgamal_meter_prepare),
        call!(1 wattsum::elgamal::pair::wattsum_elgamal_pair_free),
        call!(5 wattsum::epoch::wattsum_epoch_begin),
        call!(8 wattsum::epoch::wattsum_member_announced),
        call!(8 wattsum::epoch::wattsum_member_verify),
        call!(8 wattsum::epoch::wattsum_root_accept),
        call!(3 wattsum::frame::wattsum_frame_inspect),
        call!(3 wattsum::link::wattsum_identity_generate),
        call!(2 wattsum::link::wattsum_identity_public),
        call!(6 wattsum::link::wattsum_link_announce),
        call!(3 wattsum::link::wattsum_link_generate),
        call!(1 wattsum::mark::wattsum_mark_new),
        call!(3 wattsum::mark::wattsum_mark_replay),
        call!(5 wattsum::reading::wattsum_reading_fit),
        call!(5 wattsum::reading::wattsum_reading_from_register),
        call!(6 wattsum::reading::wattsum_register_consumed),
        call!(7 wattsum::roster::wattsum_roster_add),
        call!(1 wattsum::roster::wattsum_roster_build),
        call!(1 wattsum::roster::wattsum_roster_free),
        call!(2 wattsum::roster::wattsum_roster_lists),
        call!(2 wattsum::roster::wattsum_roster_new),
        call!(7 wattsum::roster::wattsum_roster_path),
        call!(5 wattsum::roster::wattsum_roster_root),
        call!(4 wattsum::shamir::wattsum_shamir_forming),
        call!(9 wattsum::shamir::aggregator::wattsum_shamir_aggregator_answer),
        call!(8 wattsum::shamir::aggregator::wattsum_shamir_aggregator_catch_up),
        call!(4 wattsum::shamir::aggregator::wattsum_shamir_aggregator_export),
        call!(6 wattsum::shamir::aggregator::wattsum_shamir_aggregator_follow),
        call!(1 wattsum::shamir::aggregator::wattsum_shamir_aggregator_free),
        call!(9 wattsum::shamir::aggregator::wattsum_shamir_aggregator_import),
        call!(8 wattsum::shamir::aggregator::wattsum_shamir_aggregator_new),
        call!(5 wattsum::shamir::aggregator::wattsum_shamir_aggregator_open),
        call!(3 wattsum::shamir::aggregator::wattsum_shamir_aggregator_replay),
        call!(2 wattsum::shamir::aggregator::wattsum_shamir_aggregator_state_len),
        call!(10 wattsum::shamir::meter::wattsum_shamir_meter_contribute),
        call!(1 wattsum::shamir::meter::wattsum_shamir_meter_free),
        call!(6 wattsum::shamir::meter::wattsum_shamir_meter_new),
        call!(2 wattsum::shamir::meter::wattsum_shamir_meter_size),
        call!(4 wattsum::shamir::meter::state::wattsum_shamir_meter_export),
        call!(7 wattsum::shamir::meter::state::wattsum_shamir_meter_import),
        call!(2 wattsum::shamir::meter::state::wattsum_shamir_meter_state_len),
        call!(5 wattsum::shamir::round::wattsum_shamir_branch_accept_many),
        call!(1 wattsum::shamir::round::wattsum_shamir_branch_free),
        call!(2 wattsum::shamir::round::wattsum_shamir_branch_len),
        call!(4 wattsum::shamir::round::wattsum_shamir_branch_to_bytes),
        call!(5 wattsum::shamir::round::wattsum_shamir_round_accept),
        call!(5 wattsum::shamir::round::wattsum_shamir_round_accept_many),
        call!(2 wattsum::shamir::round::wattsum_shamir_round_branch),
        call!(4 wattsum::shamir::round::wattsum_shamir_round_export),
        call!(4 wattsum::shamir::round::wattsum_shamir_round_frame),
        call!(1 wattsum::shamir::round::wattsum_shamir_round_free),
        call!(3 wattsum::shamir::round::wattsum_shamir_round_merge),
        call!(4 wattsum::shamir::round::wattsum_shamir_round_merge_bytes),
        call!(4 wattsum::shamir::round::wattsum_shamir_round_missing),
        call!(2 wattsum::shamir::round::wattsum_shamir_round_stage),
        call!(2 wattsum::shamir::round::wattsum_shamir_round_state_len),
        call!(4 wattsum::shamir::utility::wattsum_shamir_utility_close),
        call!(4 wattsum::shamir::utility::wattsum_shamir_utility_export),
        call!(1 wattsum::shamir::utility::wattsum_shamir_utility_free),
        call!(8 wattsum::shamir::utility::wattsum_shamir_utility_import),
        call!(7 wattsum::shamir::utility::wattsum_shamir_utility_new),
        call!(6 wattsum::shamir::utility::wattsum_shamir_utility_open),
        call!(2 wattsum::shamir::utility::wattsum_shamir_utility_progress),
        call!(5 wattsum::shamir::utility::wattsum_shamir_utility_record),
        call!(5 wattsum::shamir::utility::wattsum_shamir_utility_reopen),
        call!(3 wattsum::shamir::utility::wattsum_shamir_utility_resume),
        call!(2 wattsum::shamir::utility::wattsum_shamir_utility_state_len),
        call!(7 wattsum::dcnet::certified::wattsum_dcnet_holder_agree),
        call!(8 wattsum::dcnet::certified::wattsum_dcnet_holder_answer_certified),
        call!(4 wattsum::dcnet::certified::wattsum_dcnet_round_certificate),
        call!(4 wattsum::dcnet::certified::wattsum_dcnet_utility_certify),
        call!(7 wattsum::dcnet::certified::wattsum_dcnet_utility_record_certified),
        call!(5 wattsum::elgamal::billing::wattsum_elgamal_billing_accept),
        call!(7 wattsum::elgamal::billing::wattsum_elgamal_billing_bills),
        call!(4 wattsum::elgamal::billing::wattsum_elgamal_billing_frame),
        call!(1 wattsum::elgamal::billing::wattsum_elgamal_billing_free),
        call!(4 wattsum::elgamal::billing::wattsum_elgamal_billing_missing),
        call!(4 wattsum::elgamal::billing::wattsum_elgamal_billing_statements),
        call!(4 wattsum::elgamal::billing::wattsum_elgamal_utility_ask_bill),
        call!(7 wattsum::elgamal::billing::wattsum_elgamal_utility_bill),
        call!(5 wattsum::elgamal::billing::wattsum_elgamal_utility_billable),
        call!(5 wattsum::elgamal::branch::wattsum_elgamal_branch_accept_many),
        call!(1 wattsum::elgamal::branch::wattsum_elgamal_branch_free),
        call!(7 wattsum::elgamal::branch::wattsum_elgamal_branch_new),
        call!(2 wattsum::elgamal::branch::wattsum_elgamal_branch_partial),
        call!(4 wattsum::elgamal::ceremony::wattsum_elgamal_ceremony_accept),
        call!(4 wattsum::elgamal::ceremony::wattsum_elgamal_ceremony_advance),
        call!(7 wattsum::elgamal::ceremony::wattsum_elgamal_ceremony_begin),
        call!(5 wattsum::elgamal::ceremony::wattsum_elgamal_ceremony_complaint),
        call!(4 wattsum::elgamal::ceremony::wattsum_elgamal_ceremony_disputes),
        call!(5 wattsum::elgamal::ceremony::wattsum_elgamal_ceremony_evidence),
        call!(3 wattsum::elgamal::ceremony::wattsum_elgamal_ceremony_finish),
        call!(4 wattsum::elgamal::ceremony::wattsum_elgamal_ceremony_frame),
        call!(1 wattsum::elgamal::ceremony::wattsum_elgamal_ceremony_free),
        call!(5 wattsum::elgamal::ceremony::wattsum_elgamal_ceremony_judge),
        call!(4 wattsum::elgamal::ceremony::wattsum_elgamal_ceremony_missing),
        call!(7 wattsum::elgamal::ceremony::wattsum_elgamal_ceremony_resume),
        call!(2 wattsum::elgamal::ceremony::wattsum_elgamal_ceremony_step),
        call!(1 wattsum::elgamal::keys::wattsum_elgamal_keys_free),
        call!(4 wattsum::elgamal::keys::wattsum_elgamal_keys_from_bytes),
        call!(2 wattsum::elgamal::keys::wattsum_elgamal_keys_group_key),
        call!(7 wattsum::elgamal::keys::wattsum_elgamal_keys_joint),
        call!(4 wattsum::elgamal::keys::wattsum_elgamal_keys_to_bytes),
        call!(7 wattsum::elgamal::keys::wattsum_elgamal_share_announce),
        call!(7 wattsum::elgamal::keys::wattsum_elgamal_share_generate),
        call!(2 wattsum::elgamal::partial::wattsum_elgamal_partial_compare),
        call!(1 wattsum::elgamal::partial::wattsum_elgamal_partial_free),
        call!(4 wattsum::elgamal::partial::wattsum_elgamal_partial_from_bytes),
        call!(2 wattsum::elgamal::partial::wattsum_elgamal_partial_len),
        call!(2 wattsum::elgamal::partial::wattsum_elgamal_partial_merge),
        call!(2 wattsum::elgamal::partial::wattsum_elgamal_partial_meters),
        call!(4 wattsum::elgamal::partial::wattsum_elgamal_partial_to_bytes),
        call!(7 wattsum::elgamal::plan::wattsum_elgamal_plan_contradiction),
        call!(2 wattsum::elgamal::plan::wattsum_elgamal_plan_id),
        call!(9 wattsum::elgamal::plan::wattsum_elgamal_plan_judge),
        call!(7 wattsum::elgamal::plan::wattsum_elgamal_plan_keys),
        call!(5 wattsum::elgamal::round::wattsum_elgamal_round_accept),
        call!(5 wattsum::elgamal::round::wattsum_elgamal_round_accept_many),
        call!(2 wattsum::elgamal::round::wattsum_elgamal_round_branch),
        call!(4 wattsum::elgamal::round::wattsum_elgamal_round_contributions),
        call!(4 wattsum::elgamal::round::wattsum_elgamal_round_export),
        call!(4 wattsum::elgamal::round::wattsum_elgamal_round_frame),
        call!(1 wattsum::elgamal::round::wattsum_elgamal_round_free),
        call!(4 wattsum::elgamal::round::wattsum_elgamal_round_hints),
        call!(3 wattsum::elgamal::round::wattsum_elgamal_round_merge),
        call!(4 wattsum::elgamal::round::wattsum_elgamal_round_missing),
        call!(2 wattsum::elgamal::round::wattsum_elgamal_round_partial),
        call!(2 wattsum::elgamal::round::wattsum_elgamal_round_stage),
        call!(2 wattsum::elgamal::round::wattsum_elgamal_round_state_len),
        call!(4 wattsum::elgamal::round::wattsum_elgamal_round_statements),
        call!(2 wattsum::elgamal::table::wattsum_elgamal_table_build),
        call!(1 wattsum::elgamal::table::wattsum_elgamal_table_free),
        call!(2 wattsum::elgamal::table::wattsum_elgamal_table_len),
        call!(3 wattsum::elgamal::table::wattsum_elgamal_table_read),
        call!(4 wattsum::elgamal::table::wattsum_elgamal_table_write),
        call!(11 wattsum::elgamal::trustee::sums::wattsum_elgamal_trustee_agree),
        call!(7 wattsum::elgamal::trustee::sums::wattsum_elgamal_trustee_agree_bill),
        call!(8 wattsum::elgamal::trustee::sums::wattsum_elgamal_trustee_answer),
        call!(10 wattsum::elgamal::trustee::sums::wattsum_elgamal_trustee_catch_up),
        call!(4 wattsum::elgamal::trustee::wattsum_elgamal_trustee_export),
        call!(10 wattsum::elgamal::trustee::sums::wattsum_elgamal_trustee_follow),
        call!(1 wattsum::elgamal::trustee::wattsum_elgamal_trustee_free),
        call!(10 wattsum::elgamal::trustee::wattsum_elgamal_trustee_import),
        call!(3 wattsum::elgamal::trustee::sums::wattsum_elgamal_trustee_missed),
        call!(10 wattsum::elgamal::trustee::wattsum_elgamal_trustee_new),
        call!(5 wattsum::elgamal::trustee::sums::wattsum_elgamal_trustee_open),
        call!(3 wattsum::elgamal::trustee::wattsum_elgamal_trustee_replay),
        call!(2 wattsum::elgamal::trustee::wattsum_elgamal_trustee_state_len),
        call!(2 wattsum::elgamal::trustee::wattsum_elgamal_trustee_statement),
        call!(4 wattsum::elgamal::utility::wattsum_elgamal_utility_close),
        call!(4 wattsum::elgamal::utility::wattsum_elgamal_utility_export),
        call!(1 wattsum::elgamal::utility::wattsum_elgamal_utility_free),
        call!(9 wattsum::elgamal::utility::wattsum_elgamal_utility_import),
        call!(8 wattsum::elgamal::utility::wattsum_elgamal_utility_new),
        call!(6 wattsum::elgamal::utility::wattsum_elgamal_utility_open),
        call!(2 wattsum::elgamal::utility::wattsum_elgamal_utility_progress),
        call!(6 wattsum::elgamal::utility::wattsum_elgamal_utility_record),
        call!(8 wattsum::elgamal::utility::wattsum_elgamal_utility_record_around),
        call!(5 wattsum::elgamal::utility::wattsum_elgamal_utility_reopen),
        call!(3 wattsum::elgamal::utility::wattsum_elgamal_utility_resume),
        call!(2 wattsum::elgamal::utility::wattsum_elgamal_utility_state_len),
        call!(7 wattsum::shamir::certified::wattsum_shamir_aggregator_agree),
        call!(8 wattsum::shamir::certified::wattsum_shamir_aggregator_answer_certified),
        call!(4 wattsum::shamir::certified::wattsum_shamir_round_certificate),
        call!(4 wattsum::shamir::certified::wattsum_shamir_utility_certify),
        call!(7 wattsum::shamir::certified::wattsum_shamir_utility_record_certified),
        call!(2 wattsum::cmt::agreement::wattsum_cmt_agreement_awaited),
        call!(1 wattsum::cmt::agreement::wattsum_cmt_agreement_free),
        call!(5 wattsum::cmt::agreement::wattsum_cmt_agreement_hear),
        call!(8 wattsum::cmt::agreement::wattsum_cmt_agreement_new),
        call!(2 wattsum::cmt::agreement::wattsum_cmt_meter_agree),
        call!(4 wattsum::cmt::agreement::wattsum_cmt_meter_echo),
        call!(11 wattsum::cmt::claiming::wattsum_cmt_book_hand_over),
        call!(12 wattsum::cmt::claiming::wattsum_cmt_meter_claim),
        call!(9 wattsum::cmt::claiming::wattsum_cmt_meter_handed_over),
        call!(2 wattsum::cmt::election::wattsum_cmt_election_deadline),
        call!(1 wattsum::cmt::election::wattsum_cmt_election_free),
        call!(8 wattsum::cmt::election::wattsum_cmt_election_hear),
        call!(2 wattsum::cmt::election::wattsum_cmt_election_leave_out),
        call!(4 wattsum::cmt::election::wattsum_cmt_election_members),
        call!(9 wattsum::cmt::election::wattsum_cmt_election_open),
        call!(3 wattsum::cmt::election::wattsum_cmt_roll_cut),
        call!(5 wattsum::cmt::election::wattsum_cmt_roll_formed),
        call!(1 wattsum::cmt::election::wattsum_cmt_roll_free),
        call!(2 wattsum::cmt::election::wattsum_cmt_roll_new),
        call!(6 wattsum::cmt::registry::wattsum_cmt_supplier_claimed),
        call!(2 wattsum::cmt::registry::wattsum_cmt_supplier_expel),
        call!(3 wattsum::cmt::registry::wattsum_cmt_supplier_forsake),
        call!(3 wattsum::cmt::registry::wattsum_cmt_supplier_is_licensed),
        call!(7 wattsum::cmt::registry::wattsum_cmt_supplier_licence),
        call!(2 wattsum::cmt::registry::wattsum_cmt_supplier_readmit),
        call!(8 wattsum::cmt::terms::wattsum_cmt_claim_verify),
        call!(4 wattsum::cmt::terms::wattsum_cmt_meter_ask),
        call!(1 wattsum::cmt::terms::wattsum_cmt_meter_broken),
        call!(5 wattsum::cmt::terms::wattsum_cmt_meter_discover),
        call!(7 wattsum::cmt::terms::wattsum_cmt_meter_follow),
        call!(2 wattsum::cmt::terms::wattsum_cmt_meter_followed),
        call!(1 wattsum::cmt::terms::wattsum_cmt_meter_forsake),
        call!(7 wattsum::cmt::terms::wattsum_cmt_meter_hello),
        call!(6 wattsum::cmt::terms::wattsum_cmt_meter_licensed),
        call!(5 wattsum::cmt::terms::wattsum_cmt_meter_lost),
        call!(3 wattsum::cmt::terms::wattsum_cmt_meter_restore_licence),
        call!(6 wattsum::dcnet::meter::report::wattsum_dcnet_meter_report),
        call!(6 wattsum::dcnet::presence::wattsum_dcnet_presence_accept),
        call!(2 wattsum::dcnet::presence::wattsum_dcnet_presence_closed),
        call!(4 wattsum::dcnet::presence::wattsum_dcnet_presence_export),
        call!(1 wattsum::dcnet::presence::wattsum_dcnet_presence_free),
        call!(4 wattsum::dcnet::presence::wattsum_dcnet_presence_import),
        call!(3 wattsum::dcnet::presence::wattsum_dcnet_presence_new),
        call!(3 wattsum::dcnet::presence::wattsum_dcnet_presence_present),
        call!(2 wattsum::dcnet::presence::wattsum_dcnet_presence_state_len),
        call!(3 wattsum::dcnet::round::wattsum_dcnet_round_set),
        call!(3 wattsum::shamir::round::wattsum_shamir_round_set),
        call!(2 wattsum::ckks::ciphertext::wattsum_ckks_ciphertext_info),
        call!(4 wattsum::ckks::ciphertext::wattsum_ckks_ciphertext_bytes),
        call!(1 wattsum::ckks::ciphertext::wattsum_ckks_ciphertext_free),
        call!(7 wattsum::ckks::encryptor::wattsum_ckks_encryptor_new),
        call!(8 wattsum::ckks::encryptor::wattsum_ckks_encryptor_encrypt),
        call!(1 wattsum::ckks::encryptor::wattsum_ckks_encryptor_free),
        call!(5 wattsum::ckks::evaluator::wattsum_ckks_evaluator_new),
        call!(4 wattsum::ckks::evaluator::wattsum_ckks_evaluator_read),
        call!(4 wattsum::ckks::evaluator::wattsum_ckks_evaluator_sum),
        call!(5 wattsum::ckks::evaluator::wattsum_ckks_evaluator_encrypt),
        call!(8 wattsum::ckks::evaluator::wattsum_ckks_evaluator_encrypt_reals),
        call!(1 wattsum::ckks::evaluator::wattsum_ckks_evaluator_free),
        call!(3 wattsum::ckks::evaluator::operations::wattsum_ckks_evaluator_add),
        call!(3 wattsum::ckks::evaluator::operations::wattsum_ckks_evaluator_mean),
        call!(3 wattsum::ckks::evaluator::operations::wattsum_ckks_evaluator_times_integer),
        call!(3 wattsum::ckks::evaluator::operations::wattsum_ckks_evaluator_times_scalar),
        call!(3 wattsum::ckks::evaluator::operations::wattsum_ckks_evaluator_drop_to),
        call!(3 wattsum::ckks::evaluator::operations::wattsum_ckks_evaluator_slot_sum),
        call!(2 wattsum::ckks::evaluator::operations::wattsum_ckks_evaluator_rescale),
        call!(2 wattsum::ckks::evaluator::operations::wattsum_ckks_evaluator_square),
        call!(3 wattsum::ckks::secret::wattsum_ckks_secret_generate),
        call!(2 wattsum::ckks::secret::wattsum_ckks_secret_read),
        call!(2 wattsum::ckks::secret::wattsum_ckks_secret_bytes),
        call!(4 wattsum::ckks::secret::wattsum_ckks_secret_public_key),
        call!(6 wattsum::ckks::secret::wattsum_ckks_secret_switching_keys),
        call!(5 wattsum::ckks::secret::wattsum_ckks_secret_decrypt_exact),
        call!(8 wattsum::ckks::secret::wattsum_ckks_secret_decrypt_shared),
        call!(5 wattsum::ckks::secret::wattsum_ckks_secret_decrypt_private),
        call!(1 wattsum::ckks::secret::wattsum_ckks_secret_free),
        call!(5 wattsum::ckks::seeded::wattsum_ckks_seeded_new),
        call!(8 wattsum::ckks::seeded::wattsum_ckks_seeded_encrypt),
        call!(1 wattsum::ckks::seeded::wattsum_ckks_seeded_free),
    ]
}
