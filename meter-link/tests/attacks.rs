//! Attacks on what ties the parties together. Each is shown to work where its rule is missing, as far as that
//! can be shown without building the rule away, and to fail with it.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

#[path = "attacks/head.rs"]
mod head;
#[path = "attacks/keys.rs"]
mod keys;
#[path = "attacks/logs.rs"]
mod logs;
#[path = "attacks/roster.rs"]
mod roster;
#[path = "attacks/rounds.rs"]
mod rounds;
#[path = "setting/epoch.rs"]
mod setting;
#[path = "attacks/toggles.rs"]
mod toggles;
