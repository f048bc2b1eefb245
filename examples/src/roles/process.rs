//! The parts of a role's process, put together and taken apart again.

use std::future::Future;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use meter_link::{HighWater, PartyId, Role, Round};
use tokio::sync::mpsc;

use crate::deployment::Deployment;
use crate::engine::forming::{Head, Oneself, Party};
use crate::engine::protocol;
use crate::engine::seat::{Device, Readings, SharedDevice};
use crate::exit::Exit;
use crate::input::InputError;
use crate::net::{Client, Credentials, Incoming, Server};
use crate::serve::{self, Clock, Process, Start, Stop};
use crate::store::{Owner, Store};
use crate::watch::Watch;
use crate::web::{LogFile, Web};
use crate::{pki, sources};

/// Letters that wait for the role; behind them the links wait.
const LINE: usize = 1024;
/// Threads of a party with one connection.
const FEW: usize = 2;

/// Runs the utility until it is told to end.
pub(super) fn utility(deployment: Arc<Deployment>, metrics: Option<&str>) -> anyhow::Result<Exit> {
    block_on(None, async {
        let stop = Stop::on_signals()?;
        let id = PartyId::UTILITY;
        let credentials = Arc::new(credentials(&deployment, id)?);
        let watch = Watch::new(&deployment);
        let database = &deployment.utility.database;
        make_folder(database.parent())?;
        let store = Store::database(database, &owner(&deployment, id)?)?;
        let web = match deployment.utility.dashboard.as_deref() {
            Some(address) => {
                let log = Arc::new(LogFile::new(database.clone()));
                let web = Web::serve(address, watch.clone(), Some(log)).await?;
                let url = format!("http://{}/", web.address());
                tracing::info!(url, "dashboard, without authentication");
                Some(web)
            }
            None => None,
        };
        let metrics = metrics_at(metrics, &watch).await?;
        let (sender, incoming) = mpsc::channel::<Incoming>(LINE);
        let server = Server::listen(&deployment, &credentials, sender).await?;
        tracing::info!(deployment = deployment.name, protocol = %deployment.protocol, address = %server.address(),
            "the utility listens");
        let start: Start = {
            let deployment = deployment.clone();
            Box::new(move |kept| {
                let oneself = oneself(&credentials, Role::Utility);
                Ok(Box::new(Head::new(deployment.clone(), oneself, kept)?))
            })
        };
        let process = Process {
            party: id,
            clock: Clock::default(),
            store,
            post: server.post(),
            incoming,
            hooks: watch,
            faults: Some(deployment.timetable()),
            start,
        };
        let ended = serve::run(process, stop).await;
        server.stop().await;
        close(web).await;
        close(metrics).await;
        ended
    })
}

/// Runs a meter, or one of those who help to open sums, until it is told to end.
pub(super) fn party(
    deployment: Arc<Deployment>,
    id: PartyId,
    role: Role,
    readings: Option<&str>,
    metrics: Option<&str>,
) -> anyhow::Result<Exit> {
    block_on(Some(FEW), async {
        let stop = Stop::on_signals()?;
        let credentials = Arc::new(credentials(&deployment, id)?);
        let watch = Watch::new(&deployment);
        make_folder(Some(&deployment.pki.state))?;
        let journal = deployment.pki.state.join(format!("{}-{id}.journal", pki::role_name(role)));
        let store = Store::journal(&journal, &owner(&deployment, id)?)?;
        // One source for all lives of the role: a port can be listened at once only.
        let source = readings.map(|source| sources::open(source, &deployment, id)).transpose()?;
        let source = source.map(|source| Arc::new(Mutex::new(source)));
        let metrics = metrics_at(metrics, &watch).await?;
        let (sender, incoming) = mpsc::channel::<Incoming>(LINE);
        let client = Client::attend(&deployment, &credentials, sender)?;
        tracing::info!(deployment = deployment.name, protocol = %deployment.protocol, role = pki::role_name(role),
            id = id.0, utility = deployment.utility.address, "started");
        let start: Start = Box::new(move |kept| {
            let device = source.clone().map(device);
            let oneself = oneself(&credentials, role);
            Ok(Box::new(Party::new(deployment.clone(), oneself, device, kept)?))
        });
        let process = Process {
            party: id,
            clock: Clock::default(),
            store,
            post: client.post(),
            incoming,
            hooks: watch,
            faults: None,
            start,
        };
        let ended = serve::run(process, stop).await;
        client.stop().await;
        close(metrics).await;
        ended
    })
}

/// Runs a process on a runtime of its own.
pub(crate) fn block_on(
    threads: Option<usize>,
    process: impl Future<Output = anyhow::Result<()>>,
) -> anyhow::Result<Exit> {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    if let Some(threads) = threads {
        runtime.worker_threads(threads);
    }
    let runtime = runtime.enable_all().build().context("no runtime")?;
    runtime.block_on(process).map(|()| Exit::Done)
}

/// A party's keys; that they are missing or wrong is the user's to mend.
pub(crate) fn credentials(deployment: &Deployment, id: PartyId) -> Result<Credentials, InputError> {
    let wrong = |what: String| InputError::new(what);
    let credentials = Credentials::load(&deployment.pki, id).map_err(|error| wrong(format!("{error:#}")))?;
    if credentials.deployment() != deployment.name {
        return Err(wrong(format!(
            "the certificate of party {id} is of the deployment {:?}, not of {:?}",
            credentials.deployment(),
            deployment.name
        )));
    }
    Ok(credentials)
}

pub(crate) fn oneself(credentials: &Arc<Credentials>, role: Role) -> Oneself {
    let signer = credentials.clone();
    Oneself {
        id: credentials.party().id,
        role,
        signer: Box::new(move || signer.identity()),
        certificate: credentials.certificate().to_vec(),
        authority: credentials.authority(),
    }
}

pub(crate) fn owner(deployment: &Deployment, party: PartyId) -> anyhow::Result<Owner> {
    Ok(Owner { deployment: deployment.name.clone(), session: protocol::session(deployment)?.0, party })
}

/// A device that knows of no round yet; what the role has stored tells it.
pub(crate) fn device(source: Source) -> SharedDevice {
    Arc::new(Mutex::new(Device { mark: HighWater::new(), record: None, source: Box::new(Lent(source)) }))
}

pub(crate) type Source = Arc<Mutex<Box<dyn Readings>>>;

/// The source, lent to the device of one life of the role.
struct Lent(Source);

impl Readings for Lent {
    fn reading(&mut self, round: Round) -> Option<Vec<i64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).reading(round)
    }
}

async fn metrics_at(address: Option<&str>, watch: &Arc<Watch>) -> anyhow::Result<Option<Web>> {
    match address {
        Some(address) => Ok(Some(Web::serve(address, watch.clone(), None).await?)),
        None => Ok(None),
    }
}

async fn close(web: Option<Web>) {
    if let Some(web) = web {
        web.stop().await;
    }
}

fn make_folder(folder: Option<&Path>) -> anyhow::Result<()> {
    match folder.filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) => {
            std::fs::create_dir_all(folder).with_context(|| format!("{}: cannot be made", folder.display()))
        }
        None => Ok(()),
    }
}
