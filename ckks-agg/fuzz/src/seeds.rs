//! What a fuzzer begins with: one good input for every parser, and games that play by the rules.

mod games;
mod samples;
mod story;

pub use games::roles;
pub use samples::{keys, samples};
pub use story::{QUORUM, Story, story, story_of};

use super::bytes::{PARSERS, seed};

/// For the target `bytes`: every sample as it is, and changed a little where that may be read, too.
pub fn bytes() -> Vec<(String, Vec<u8>)> {
    let mut all: Vec<(String, Vec<u8>)> = Vec::new();
    let mut put = |name: &str, mode: u8, bytes: &[u8]| {
        let count = all.len();
        all.push((format!("{count:02}-{}", name.replace(' ', "-")), seed(name, mode, bytes)));
    };
    for (name, _) in PARSERS {
        for which in 0..samples(name).len() as u8 {
            put(name, mode(name, which), &[which]);
        }
    }
    // Other residues; bounds; a set of one less; another length of an Open.
    put("ciphertext", 2, &[1, 0, 100, 0, 0, 1, 100, 2, 0, 3]);
    put("ciphertext", 2 | 8, &[0, 0, 30, 0, 0, 9, 40, 0, 0, 7, 48, 0, 0, 3]);
    put("public key", 2, &[0, 0, 50, 0, 0, 1]);
    put("share", 2, &[0, 0, 200, 0, 0, 1]);
    put("opened", 2, &[0, 0, 48, 0, 0, 1]);
    put("told", 2, &[0, 0, 60, 0, 0, 1]);
    put("secret polynomial", 2, &[0, 0, 200, 0, 0, 1]);
    put("key commitment", 2, &[1, 0, 20, 0, 0, 1]);
    put("commitment", 2, &[1, 0, 20, 0, 0, 1]);
    put("list", 2, &[0, 0, 40, 0, 0, 1]);
    put("values", 8, &samples("values")[0]);
    put("secret key", 0, &samples("secret key")[0]);
    all
}

/// What a parser has to be told for its samples.
fn mode(name: &str, which: u8) -> u8 {
    let other = match name {
        // Statements are signed, shares tagged.
        "told" if which == 1 => 4,
        "utility" | "reopen" | "contribution" | "commitment" | "list" | "statement" | "order" => {
            which % 2 * 4
        }
        // Answers' are two in one.
        "record" if matches!(which, 1 | 2) => 4,
        _ => 0,
    };
    2 | other
}
