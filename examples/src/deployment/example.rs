//! A deployment file to begin with, commented, for each protocol.

use crate::system::Protocol;

/// The text that `wattsum config --example` prints; it loads as it is.
pub(crate) fn text(protocol: Protocol) -> String {
    let own = match protocol {
        Protocol::Dcnet => DCNET,
        Protocol::Shamir => "",
        Protocol::Elgamal => ELGAMAL,
        Protocol::Cmt => CMT,
        Protocol::Ckks => CKKS,
    };
    let answerers = match protocol {
        Protocol::Dcnet => answerers("holders"),
        Protocol::Shamir => answerers("aggregators"),
        Protocol::Elgamal | Protocol::Ckks => answerers("trustees"),
        Protocol::Cmt => String::new(),
    };
    let (honest, missing, window) = match protocol {
        Protocol::Cmt => (5, 0, NO_BILLS),
        Protocol::Dcnet | Protocol::Ckks => (5, 200, NO_BILLS),
        Protocol::Shamir | Protocol::Elgamal => (5, 200, BILLS),
    };
    format!(
        r#"# A deployment of wattsum: all parties read the same file. `wattsum config FILE` checks it.
# Every value can be given on the command line instead: --set rounds.period=60

name = "example"            # goes into every certificate: letters, digits, - and .
protocol = "{protocol}"          # dcnet, shamir, elgamal, cmt or ckks
group = 1                   # tells groups of one utility apart

[meters]
ids = "1-20"                # "1-50,60"; the utility is party 0
max_reading = 100000        # largest magnitude of a reading, Wh
min_honest = {honest}              # honest meters that every sum must contain; deployments want 100 and more
max_colluding = 0           # meters that may collude with the utility
max_missing_permille = {missing}  # how many of those present a sum may leave out, in thousandths

{answerers}[rounds]
origin = 1767571200         # Unix seconds at which the metering interval of round 0 begins: 2026-01-05T00:00Z
period = 900                # seconds of a metering interval
batch = 1                   # metering intervals of a round, which go in one message
epoch = 672                 # rounds until all keys are new
deadline_permille = 500     # where in its slot a round closes without those who have not sent
{window}
# Recorded readings, sped up: slots of 2 s from the given instant on (milliseconds since 1970).
# replay = {{ begins = 1767600000000, slot = 2000 }}

{own}[utility]
listen = "0.0.0.0:7400"     # where it listens
address = "https://localhost:7400"  # where the others find it; the host stands in its certificate
database = "head-end.sqlite"
# dashboard = "127.0.0.1:7480"      # metrics, health and the dashboard; nowhere if absent

[pki]
folder = "pki"              # ca.crt, and a folder a party, as `wattsum pki` makes them
state = "state"             # each party's journal
"#
    )
}

fn answerers(who: &str) -> String {
    format!(
        r#"[answerers]
ids = "1001-1004"           # {who}, of different owners
threshold = 3               # how many of them open a sum
max_colluding = 1           # how many may collude with a utility that shows them different sets

"#
    )
}

const NO_BILLS: &str = "window = 0                  # bills are for shamir and elgamal";

const BILLS: &str = "\
window = 0                  # rounds of a window whose meters are billed, as 672; 0 for no bills
window_min_rounds = 0       # readings that each bill hides among, at least 4 and at most the window";

const DCNET: &str = r#"[dcnet]
graph = "complete"          # complete (256 meters at most), drawn or grown
degree = 0                  # of a drawn graph; 0 for what 10 % of colluding meters ask

"#;

const ELGAMAL: &str = r#"[elgamal]
joint_key = false           # true: all trustees must decrypt, not a threshold of them

"#;

const CMT: &str = r#"[cmt]
derived = false             # true: delta from keys, nothing passes between meters
mean_term = 96              # rounds after which another meter is concentrator, on average; 0 for no terms
agreement = false           # true: members sign the set they are shown

"#;

const CKKS: &str = r#"[ckks]
preset = "shared"           # the ring: shared for trustees; small, sum, variance or depth2 for a holder
squares = true              # squares of readings too: variances
holder = false              # true: one holder of the whole key instead of trustees (one id, threshold 1, max_colluding 0)

"#;

/// The example of shamir, for tests.
#[cfg(test)]
pub(crate) fn deployment() -> super::Deployment {
    toml::from_str(&text(Protocol::Shamir)).unwrap()
}
