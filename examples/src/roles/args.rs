//! What the roles' processes are told.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, value_parser};

use crate::deployment::Deployment;
use crate::deployment::load::override_of;
use crate::input::InputError;
use crate::logs::LogArgs;
use crate::sources;

/// Of every process of a deployment.
#[derive(Debug, Args)]
pub(crate) struct Common {
    /// The deployment's file; without it every value needs a flag
    #[arg(long, short, value_name = "FILE", env = "WATTSUM_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// A value in place of the file's, as --set rounds.period=60; any number of times
    #[arg(long, value_name = "KEY=VALUE", value_parser = override_of)]
    pub(crate) set: Vec<(String, String)>,
    /// Where the utility is found (utility.address)
    #[arg(long, value_name = "URL")]
    pub(crate) address: Option<String>,
    /// The folder of keys and certificates (pki.folder)
    #[arg(long, value_name = "FOLDER")]
    pub(crate) pki: Option<PathBuf>,
    /// The folder of journals (pki.state)
    #[arg(long, value_name = "FOLDER")]
    pub(crate) state: Option<PathBuf>,
    /// Serve /metrics (Prometheus) and /health there, as 127.0.0.1:9100; nothing about a reading
    #[arg(long, value_name = "ADDR")]
    pub(crate) metrics: Option<String>,
    #[command(flatten)]
    pub(crate) log: LogArgs,
}

impl Common {
    /// The deployment with all overrides; `more` are those of a role's own flags.
    pub(crate) fn deployment(&self, more: &[(&str, Option<String>)]) -> Result<Deployment, InputError> {
        let path = |path: &PathBuf| path.display().to_string();
        let own = [
            ("utility.address", self.address.clone()),
            ("pki.folder", self.pki.as_ref().map(path)),
            ("pki.state", self.state.as_ref().map(path)),
        ];
        let mut overrides = self.set.clone();
        for (key, value) in own.iter().chain(more) {
            overrides.extend(value.iter().map(|value| ((*key).to_owned(), value.clone())));
        }
        Deployment::load(self.config.as_deref(), &overrides)
    }
}

/// Of the utility, and of a ring's supplier.
#[derive(Debug, Args)]
pub(crate) struct UtilityArgs {
    /// Where it listens (utility.listen)
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    /// Its database (utility.database)
    #[arg(long, value_name = "FILE")]
    database: Option<PathBuf>,
    /// Serve the web view, /metrics and /health there (utility.dashboard)
    #[arg(long, value_name = "ADDR")]
    dashboard: Option<String>,
    #[command(flatten)]
    pub(crate) common: Common,
}

impl UtilityArgs {
    pub(crate) fn deployment(&self) -> Result<Arc<Deployment>, InputError> {
        let own = [
            ("utility.listen", self.listen.clone()),
            ("utility.database", self.database.as_ref().map(|path| path.display().to_string())),
            ("utility.dashboard", self.dashboard.clone()),
        ];
        self.common.deployment(&own).map(Arc::new)
    }
}

/// Of a meter, and of a ring's concentrator.
#[derive(Debug, Args)]
pub(crate) struct MeterArgs {
    /// Which meter of the deployment it is
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..))]
    pub(crate) id: u32,
    /// Where its readings come from, see below
    #[arg(long, value_name = "SOURCE", default_value = "generated", value_parser = sources::check)]
    pub(crate) readings: String,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// Of a holder, aggregator or trustee.
#[derive(Debug, Args)]
pub(crate) struct Helper {
    /// Which of the deployment's answerers it is
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..))]
    pub(crate) id: u32,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// What the commands say of their roles.
pub(crate) mod help {
    /// With the sources of readings.
    pub(crate) fn meter(text: &str) -> String {
        format!("{text}\n{}", crate::sources::SOURCES)
    }

    pub(crate) const UTILITY: &str = "\
What it does: it is the head end. All other parties dial it and keep one connection each (TLS 1.3, certificates on
  both sides). It forms the epochs, opens a round a slot, collects, closes, asks the answerers, and records the sum.
What it may know: who takes part and when, and the sum of each round's closed set; with bills each meter's sum over a
  window. Never a reading, unless more answerers collude with it than the deployment allows.
What it stores: in its database its state, the sums, and an audit log whose rows are chained (`wattsum audit`).
What it must not do: run twice. The database is locked; a copy of it brought back is refused by the other parties.

Example:
  wattsum config --example > deployment.toml
  wattsum pki --config deployment.toml
  wattsum utility --config deployment.toml --dashboard 127.0.0.1:7480

It ends with SIGTERM or Ctrl-C, and continues where it was when it is started again. Exit codes: 0 told to end,
1 something broke, 2 the deployment's file, a flag or a certificate is wrong.";

    pub(crate) const METER: &str = "\
What it does: once a round it takes the reading of an interval from its source, masks, shares or encrypts it, and sends
  one message.
What it may know: its own readings; nothing of the other meters but their ids and public keys.
What it stores: one journal in pki.state, a few dozen bytes a round, on disk before the message leaves: a
  round is never sent twice with different readings, whatever crashes. Its keys do not leave it.
What it needs of pki.folder: ca.crt and its own folder.

Example:
  wattsum meter --config deployment.toml --id 7 --readings csv:readings.csv
  wattsum meter --config deployment.toml --id 7 --readings dlms-serial:/dev/ttyUSB0?zone=Europe/Oslo
";

    pub(crate) const HOLDER: &str = "\
What it does (dcnet): it shares a key with every meter, and tells the sum of the masks of those that are in a round's
  closed set. A threshold of holders is needed. It gets no frame from a meter.
  (ckks, with ckks.holder): the one holder of the key under which meters encrypt. It checks every ciphertext of a round,
  sums them itself and opens the sum, once. It could open any ciphertext, and is trusted not to.
What it may know: which meters are in each sum. Fewer holders than the threshold, with the utility, learn no reading.
What it stores: in its journal what it has answered, before it answers: one set a round, and never another.
It belongs to somebody else than the utility and the other holders do.

Example:
  wattsum holder --config deployment.toml --id 1001";

    pub(crate) const AGGREGATOR: &str = "\
What it does (shamir): it adds the shares of the meters in a round's closed set, and tells the sum of them. A threshold
  of aggregators is needed. Most shares are derived from keys and are never sent.
What it may know: which meters are in each sum, and its own shares, which say nothing. Fewer aggregators than the
  threshold, with the utility, learn no reading.
What it stores: in its journal what it has answered, before it answers: one set a round, and never another.
It belongs to somebody else than the utility and the other aggregators do.

Example:
  wattsum aggregator --config deployment.toml --id 1001";

    pub(crate) const TRUSTEE: &str = "\
What it does (elgamal): it has a share of the key under which meters encrypt, and decrypts its part of a round's sum, with a
  proof. A threshold of trustees is needed, or all of them with a joint key.
  (ckks): the same without a proof, and once a round only: it checks every ciphertext, and floods its part.
What it may know: which meters are in each sum. Fewer trustees than the threshold, with the utility, learn no reading.
What it stores: in its journal its share of the key, and what it has decrypted, before it answers.
It belongs to somebody else than the utility and the other trustees do.

Example:
  wattsum trustee --config deployment.toml --id 1001";

    pub(crate) const CONCENTRATOR: &str = "\
What it does (cmt): every meter of a ring can be its concentrator, and for a term of rounds one of them is. It adds what
  the members send, and passes the total on to the supplier. This is `wattsum meter` for a deployment that is a ring.
What it may know: as a meter, its own readings; as concentrator also the members' masked values and who is silent.
  It and both neighbours of a meter together learn that meter's reading.
What it stores: as a meter.

Example:
  wattsum concentrator --config ring.toml --id 3 --readings generated:1
";

    pub(crate) const SUPPLIER: &str = "\
What it does (cmt): it is the head end of a ring: it gives licences and tokens, names concentrators, and takes the totals.
  This is `wattsum utility` for a deployment that is a ring.
What it may know: who takes part and when, and the total of each round.
What it stores: as the utility.

Example:
  wattsum supplier --config ring.toml --dashboard 127.0.0.1:7480";
}
