//! What a meter sends and receives, by the crates' own lengths of frames.

use meter_link::answer::Threshold;
use meter_link::round::{CloseFields, OpenFields};
use meter_link::{GroupConfig, GroupId, GroupParams};

use crate::engine::protocol::wire;
use crate::system::Protocol;

/// Of a reading, in Wh. No length depends on it.
const MAX_READING: u64 = 1_000_000;

/// One kind of frame, on average.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Flow {
    pub(crate) what: &'static str,
    pub(crate) bytes: u32,
    /// How many of them a meter has to do with in a round, on average.
    pub(crate) per_round: f64,
    pub(crate) up: bool,
}

/// All of a meter in one protocol.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Traffic {
    pub(crate) flows: Vec<Flow>,
    /// The share of rounds that have no sum because a meter falls silent in them.
    pub(crate) lost: f64,
    /// What is not in them.
    pub(crate) without: &'static str,
}

impl Traffic {
    /// For a group of `cell` meters of which a share of `silent` falls silent within a round.
    ///
    /// # Errors
    /// Where the crate refuses such a group.
    pub(crate) fn new(protocol: Protocol, cell: u32, silent: f64) -> anyhow::Result<Self> {
        let up = |what, len: usize, per_round| flow(what, len, per_round, true);
        let down = |what, len: usize, per_round| flow(what, len, per_round, false);
        let (flows, without) = match protocol {
            Protocol::Dcnet => {
                let (group, holders) = (group(protocol, cell)?, Threshold::DEFAULT);
                let params = dcnet_core::Params::secure(group, holders, &dcnet_core::Risk::DEFAULT)?;
                let neighbours = if params.degree() == 0 { cell.saturating_sub(1) } else { params.degree() };
                let repairs = some_of(neighbours, silent);
                let close = CloseFields::max_len(cell, holders.answerers());
                let flows = vec![
                    up("contribution", params.contribution_len(), 1.0),
                    up("repair", params.repair_len(), repairs),
                    down("Open, the same to all", OpenFields::max_len(cell), 1.0),
                    down("Close, the same to all", close, some_of(cell, silent)),
                ];
                (flows, "the keys of a new epoch (one signed link key up, the neighbours' keys down)")
            }
            Protocol::Shamir => {
                let params = shamir_agg::Params::new(group(protocol, cell)?, Threshold::DEFAULT)?;
                (vec![up("contribution", params.contribution_len(), 1.0)], "the keys of a new epoch")
            }
            Protocol::Elgamal => {
                let threshold = threshold_elgamal::Params::new(group(protocol, cell)?, Threshold::DEFAULT)?;
                (vec![up("contribution", threshold.contribution_len(), 1.0)], "the keys of a new epoch")
            }
            Protocol::Ckks => anyhow::bail!("planned for the four other protocols only"),
            Protocol::Cmt => {
                let params = cmt_ring::Params::new(group(protocol, cell)?, cmt_ring::Mode::Drawn)?;
                let flows = vec![
                    up("contribution", params.contribution_len(), 1.0),
                    up("δ to the next meter", params.delta_len(), 1.0),
                    down("δ from the meter before", params.delta_len(), 1.0),
                ];
                (flows, "licences, elections and the forming of rings, after every silent meter too")
            }
        };
        let lost = if protocol == Protocol::Cmt { some_of(cell, silent) } else { 0.0 };
        Ok(Self { flows, lost, without })
    }

    /// Bytes of frames up and down, in a round.
    pub(crate) fn bytes(&self, up: bool) -> f64 {
        self.with_overhead(up, 0.0)
    }

    /// The same with so many bytes more a frame.
    pub(crate) fn with_overhead(&self, up: bool, overhead: f64) -> f64 {
        let flows = self.flows.iter().filter(|flow| flow.up == up);
        // An empty `sum` of floats is −0, which is printed with its sign.
        flows
            .map(|flow| (f64::from(flow.bytes) + overhead) * flow.per_round)
            .fold(0.0, |sum, bytes| sum + bytes)
    }

    /// Frames up and down, in a round.
    pub(crate) fn frames(&self) -> f64 {
        self.flows.iter().map(|flow| flow.per_round).sum()
    }
}

fn flow(what: &'static str, len: usize, per_round: f64, up: bool) -> Flow {
    Flow { what, bytes: u32::try_from(len).unwrap_or(u32::MAX), per_round, up }
}

/// How probable it is that one at least of `many` is silent.
fn some_of(many: u32, silent: f64) -> f64 {
    1.0 - (1.0 - silent).powf(many.into())
}

fn group(protocol: Protocol, cell: u32) -> anyhow::Result<GroupParams> {
    let base = match protocol {
        Protocol::Cmt => cmt_ring::Params::config(GroupId(1)),
        _ => GroupConfig::new(wire(protocol), GroupId(1)),
    };
    Ok(GroupParams::new(GroupConfig { max_meters: cell, max_reading: MAX_READING, ..base })?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The README's table says these.
    #[test]
    fn uplinks_are_those_of_the_readme() {
        let first = |protocol| Traffic::new(protocol, 1000, 0.01).unwrap().flows[0].bytes;
        assert_eq!(Protocol::ALL.map(first), [48, 48, 240, 40]);
    }

    #[test]
    fn a_repair_is_the_more_probable_the_more_neighbours() {
        let repairs = |cell| Traffic::new(Protocol::Dcnet, cell, 0.01).unwrap().flows[1].per_round;
        assert!(repairs(200) > 0.8 && repairs(1000) < repairs(200), "a complete graph has more neighbours");
        assert_eq!(Traffic::new(Protocol::Dcnet, 200, 0.0).unwrap().flows[1].per_round, 0.0);
    }
}
