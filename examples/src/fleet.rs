//! `wattsum fleet`: many meters in one process, each with a connection of its own, for load.

mod load;

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use meter_link::{PartyId, Role};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::deployment::{Deployment, Ids};
use crate::engine::forming::Party;
use crate::exit::Exit;
use crate::input::InputError;
use crate::net::{Client, Incoming};
use crate::roles::{self, Common, Source};
use crate::serve::{self, Clock, Process, Start, Stop};
use crate::sources;
use crate::store::Shared;
use crate::watch::Watch;
use crate::web::Web;
use load::Load;

/// What stands behind the options.
pub(crate) const NOTES: &str = "\
Every meter has its own TLS connection, certificate, keys and readings, as if it were a process of its own. What they share
is one journal, in pki.state, so that a thousand meters that answer at once wait for one write, and the table of a csv
source. A real meter has its journal for itself; do not run one here and as `wattsum meter` in turn.

It ends with SIGTERM or Ctrl-C, or after --for, and then prints what it did: letters, how long the meters took, and the
memory of a connection.

Example:
  wattsum fleet --config deployment.toml --meters 1-2000 --readings csv:readings.csv --for 60";

/// The command line of `wattsum fleet`.
#[derive(Debug, Args)]
pub(crate) struct Fleet {
    /// Which meters of the deployment, as 1-2000 [default: all]
    #[arg(long, value_name = "IDS", value_parser = ids)]
    pub(crate) meters: Option<Ids>,
    /// Where their readings come from, see `wattsum meter --help`
    #[arg(long, value_name = "SOURCE", default_value = "generated", value_parser = sources::check)]
    pub(crate) readings: String,
    /// End after so many seconds
    #[arg(long = "for", value_name = "SECONDS")]
    pub(crate) seconds: Option<u64>,
    /// The summary as one JSON object
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// Letters that wait for one meter. There are thousands of them, and the utility sends a few a round.
const LINE: usize = 64;

/// Runs the meters until they are told to end, and prints what they did.
///
/// # Errors
/// A deployment, certificate or journal that is missing or wrong.
pub(crate) fn run(fleet: &Fleet) -> anyhow::Result<Exit> {
    let deployment = Arc::new(fleet.common.deployment(&[])?);
    let meters = fleet.chosen(&deployment)?;
    fleet.common.log.start()?;
    let watch = fleet.common.metrics.as_ref().map(|_| Watch::new(&deployment));
    let load = Arc::new(Load::new(deployment.timetable(), watch.clone())?);
    let shown = load.clone();
    let mut failed = false;
    roles::block_on(None, async {
        let mut stop = Stop::on_signals()?;
        let web = match (&fleet.common.metrics, watch) {
            (Some(address), Some(watch)) => Some(Web::serve(address, watch, None).await?),
            _ => None,
        };
        let mut running = start(&deployment, &meters, &fleet.readings, &load)?;
        tracing::info!(meters = meters.len(), utility = deployment.utility.address, "started");
        let end = fleet.seconds.map_or(Duration::MAX, Duration::from_secs);
        let end = tokio::time::sleep(end);
        tokio::pin!(end);
        loop {
            tokio::select! {
                () = stop.wait() => break,
                () = &mut end => break,
                ended = running.meters.join_next() => match ended {
                    Some(Ok(Ok(()))) => {}
                    Some(Ok(Err(error))) => {
                        failed = true;
                        tracing::error!("a meter ended: {error:#}");
                    }
                    Some(Err(error)) => {
                        failed = true;
                        tracing::error!(%error, "a meter ended");
                    }
                    None => break,
                },
            }
        }
        load.end();
        running.stopper.stop();
        while running.meters.join_next().await.is_some() {}
        for client in running.clients {
            client.stop().await;
        }
        if let Some(web) = web {
            web.stop().await;
        }
        Ok(())
    })?;
    shown.summary(meters.len()).print(fleet.json, &mut std::io::stdout().lock())?;
    std::io::stdout().flush()?;
    Ok(if failed { Exit::Failed } else { Exit::Done })
}

/// Meters that run.
struct Running {
    meters: JoinSet<anyhow::Result<()>>,
    clients: Vec<Client>,
    stopper: serve::Stopper,
}

/// Opens everything, then lets all meters dial.
fn start(
    deployment: &Arc<Deployment>,
    ids: &[PartyId],
    readings: &str,
    load: &Arc<Load>,
) -> anyhow::Result<Running> {
    let owner = roles::owner(deployment, PartyId::UTILITY)?;
    let journal = Shared::open(&deployment.pki.state.join("fleet.journal"), &owner)?;
    let mut parties = Vec::with_capacity(ids.len());
    for id in ids {
        let credentials = Arc::new(roles::credentials(deployment, *id)?);
        let source: Source = Arc::new(Mutex::new(sources::open(readings, deployment, *id)?));
        parties.push((*id, credentials, source));
    }
    load.begin();
    let (stopper, stop) = Stop::pair();
    let (mut meters, mut clients) = (JoinSet::new(), Vec::with_capacity(ids.len()));
    for (party, credentials, source) in parties {
        let (sender, incoming) = mpsc::channel::<Incoming>(LINE);
        let client = Client::attend(deployment, &credentials, sender)
            .with_context(|| format!("meter {party} cannot attend"))?;
        let deployment = deployment.clone();
        let start: Start = Box::new(move |kept| {
            let oneself = roles::oneself(&credentials, Role::Meter);
            let device = roles::device(source.clone());
            Ok(Box::new(Party::new(deployment.clone(), oneself, Some(device), kept)?))
        });
        let process = Process {
            party,
            clock: Clock::default(),
            store: crate::store::Store::Shared(journal.member(party)),
            post: client.post(),
            incoming,
            hooks: load.clone(),
            faults: None,
            start,
        };
        clients.push(client);
        meters.spawn(serve::run(process, stop.clone()));
    }
    Ok(Running { meters, clients, stopper })
}

impl Fleet {
    /// The meters' ids, which must be of the deployment.
    fn chosen(&self, deployment: &Deployment) -> Result<Vec<PartyId>, InputError> {
        let all = &deployment.meters.ids;
        let Some(chosen) = &self.meters else { return Ok(all.0.clone()) };
        let known: std::collections::BTreeSet<PartyId> = all.0.iter().copied().collect();
        match chosen.0.iter().find(|id| !known.contains(id)) {
            Some(id) => Err(InputError::new(format!(
                "--meters: the deployment has no meter {id}; meters.ids is {:?}",
                String::from(all.clone())
            ))),
            None => Ok(chosen.0.clone()),
        }
    }
}

fn ids(text: &str) -> Result<Ids, String> {
    let ids = Ids::try_from(text.to_owned())?;
    if ids.0.is_empty() { Err("no meter".to_owned()) } else { Ok(ids) }
}
