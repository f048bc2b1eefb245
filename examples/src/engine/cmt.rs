//! cmt-ring as networked roles: one ring of all meters of the deployment, around the supplier, who is the utility.
//!
//! **What travels.** Frames to the supplier and from it as letters of their own. Hellos, claims and echoes, which are for all
//! meters, go to the supplier, who passes them on as they are; their signatures say whose they are. What one meter seals
//! for another (tokens, first keys, seats, δ, healings, the role when it is handed over) is a relay letter. Beside the crate's
//! frames there is one of ours, the supplier's [`bulletin`]: which generation it has registered, whether it is
//! broken, who is licensed and here. Nothing in it that the supplier could not have had by refusing licences.
//!
//! **A slot** of a group with terms ([`deadlines`]): the round opens at its beginning and closes when all ciphertexts are in, or at the
//! deadline; in the rest the ring of the next round is made, where there is none, or it is broken, or its term is over:
//! * The concentrator of a broken ring heals it: it cuts those whom the supplier's Lost frame or bulletin shows to be silent.
//! * At the term's end it hands over, where everybody who is licensed is in its ring and here.
//! * Otherwise, and where it is silent itself, the members elect.
//!
//! So a round is lost for each silence within it, and as many more as elections fail: the round after a silent member has
//! a sum again, and so has the one after a silent concentrator, unless the one that is drawn next falls silent too, with its claim
//! out. A member that was cut asks for a licence when it is back and is in the next generation that is formed, at the end of
//! the term or when the ring breaks without healing. A group of fewer than `min_ring` licensed meters has no ring until more are
//! back. Where members sign their set there is no healing, and each silence costs an election.
//!
//! **Without terms** the supplier says who forms the next ring: all who are here and were not silent, whenever that is another set than
//! the present ring's; the draw makes one of them concentrator. That trusts the supplier with the choice of the set
//! (cmt-ring's docs/protocol.md, section 6).
//!
//! **Restarts.** A meter's state is stored when it takes a place and its mark in every round; the supplier's when it takes a ring. A power
//! cut costs the round that was open, and the generation that was in the making. The supplier does not tell the ring of a round that was
//! lost by its own restart, so that the ring stays whole.
//!
//! **What a star adds to what the supplier sees**: over whose TLS link a ciphertext came. Tokens hide nothing of that; what protects
//! the readings are δ and first keys.

mod blame;
mod bulletin;
mod deadlines;
mod group;
mod meter;
mod supplier;
#[cfg(test)]
mod tests;

use anyhow::Context as _;
use cmt_ring::{Mode, Params};

use super::seat::{Seat, SharedDevice};
use super::{Role, protocol};
use crate::deployment::Deployment;

/// The parameters that all parties of the deployment compute alike.
pub(crate) fn params(deployment: &Deployment) -> anyhow::Result<Params> {
    let cmt = &deployment.cmt;
    let mode = if cmt.derived { Mode::Derived } else { Mode::Drawn };
    let mut params = Params::new(protocol::group(deployment)?, mode).context(
        "a ring has five members at least: `min_honest` and `max_colluding` of the meters make so many together",
    )?;
    if cmt.mean_term > 0 {
        params = params.with_terms(cmt.mean_term)?;
    }
    if cmt.agreement {
        params =
            params.with_agreement().context("members sign their set in groups with terms (`mean_term`)")?;
    }
    Ok(params)
}

/// The utility's role in an epoch: the supplier.
pub(crate) fn utility(deployment: &Deployment, seat: Seat) -> anyhow::Result<Box<dyn Role>> {
    Ok(Box::new(supplier::Supplying::new(deployment, seat)?))
}

/// A meter's role in an epoch; any of them may be concentrator.
pub(crate) fn meter(
    deployment: &Deployment,
    seat: Seat,
    device: SharedDevice,
) -> anyhow::Result<Box<dyn Role>> {
    Ok(Box::new(meter::Metering::new(deployment, seat, device)?))
}
