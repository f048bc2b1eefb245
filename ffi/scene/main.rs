//! `scene dcnet METERS CHANNELS DEGREE MIN_NEIGHBOURS`, `scene shamir METERS CHANNELS [AGGREGATORS]` or
//! `scene elgamal METERS CHANNELS [TRUSTING]` or
//! `scene cmt METERS CHANNELS [CASE]` or `scene ckks` prints, as a C header, what one meter of a group is given and what it must
//! send. The group runs here in Rust, with all its roles, until its sums have been opened and are
//! right: a C program whose bytes equal these takes part in those sums.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

mod c;
mod ckks;
mod cmt;
mod dcnet;
mod elgamal;
mod group;
mod shamir;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize| arguments.get(at).map_or(0, |text| text.parse().unwrap());
    let (meters, channels) = (number(1), u16::try_from(number(2)).unwrap());
    let text = match arguments.first().map(String::as_str) {
        Some("dcnet") => dcnet::scene(meters, channels, number(3), number(4)),
        Some("shamir") => shamir::scene(meters, channels, number(3)),
        Some("elgamal") => elgamal::scene(meters, channels, number(3) == 1),
        Some("ckks") => ckks::scene(),
        Some("cmt") => cmt::scene(meters, channels, number(3)),
        other => panic!("{other:?}: dcnet, shamir, elgamal, cmt or ckks"),
    };
    let name = arguments[0].to_uppercase();
    println!("/* Made by the host for this run: scene {}. */", arguments.join(" "));
    println!("#include \"scenes.h\"\n#define SCENE_{name}\n{text}");
}
