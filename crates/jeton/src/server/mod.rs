//! The server: its parts put together, its listeners, and an orderly end.

mod background;
mod error;
mod folder;
mod hold;
mod keys;
mod oidc;
mod tables;
mod tls;

use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jeton_app::git::Pushes;
use jeton_app::{App, Clock, Entropy, Serving};
use jeton_git::GitDoor;
use jeton_http::{Listener, Proxies, Service, Setup, Stop, Stopper};
use jeton_repo::hook::HookServer;
use jeton_repo::{Advertiser, Data, Git, Place, Runner, Shim, Swept, Transfers};
use jeton_store::{Incarnation, Options, Store, key_checks, repositories, settings};
use jeton_token::InstanceHint;
use tokio::net::{TcpListener, UnixListener};
use tokio::task::JoinHandle;

pub use error::StartError;
pub use folder::{Folder, FolderError};
pub use keys::{KeysError, add as add_key};
pub use tables::{ADMIN_TABLES, PAGES, TABLES};
pub use tls::{Made, TlsError, init as init_tls, local_hosts};

use hold::Hold;
use tls::{Certificate, Tls};

use crate::config::{Config, Database};
use crate::edge::Draw;

/// How much memory references of recently asked repositories may take, in bytes.
const REFERENCES: u64 = 8 << 20;

/// Bytes kept on the disk for taking power away when it is full: some hundred revocations.
const RESERVE: u64 = 8 << 20;

/// What the outside gives.
#[derive(Clone, Debug)]
pub struct Outside {
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The generator.
    pub entropy: Arc<dyn Entropy>,
    /// The executable `jeton`, for the steps that git runs.
    pub program: PathBuf,
}

/// Who is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doors {
    /// The network and the operator's socket.
    All,
    /// The operator's socket alone: for `jeton admin` where no server runs.
    Admin,
}

/// A running server. Dropping it leaves its tasks alone; [`Running::stop`] ends them in order.
#[derive(Debug)]
pub struct Running {
    /// Where people reach it: no slash at the end.
    pub url: String,
    /// Where it listens; with [`Doors::Admin`], nowhere.
    pub address: Option<SocketAddr>,
    /// The operator's socket.
    pub admin: PathBuf,
    /// The code for the first administrator, while there is none.
    pub setup_code: Option<String>,
    /// The use cases, for tests and the demo.
    pub app: App,
    stopper: Arc<Stopper>,
    listeners: Vec<JoinHandle<()>>,
    background: background::Background,
    grace: Duration,
    folder: Folder,
    hold: Hold,
    certificate: Option<Arc<Certificate>>,
}

/// What is opened on a thread that may block.
struct Opened {
    folder: Folder,
    data: Data,
    git: Git,
    store: Store,
    ring: jeton_token::Ring,
    instance: InstanceHint,
    tls: Option<Tls>,
    hold: Hold,
    /// The database knows repositories, none of them is there, and nobody said that they are lost.
    elsewhere: bool,
}

/// Starts the server. Needs a runtime with several threads.
pub async fn start(config: Config, outside: Outside, doors: Doors) -> Result<Running, StartError> {
    // What can be wrong outside of the folder is told before anything is written in it.
    Folder::check(&config.data)?;
    Folder::check_owner(&config.data)?;
    let listener = match doors {
        Doors::All => Some(bind(config.listen).await?),
        Doors::Admin => None,
    };
    let (opening, given) = (config.clone(), outside.clone());
    let opened = tokio::task::spawn_blocking(move || open(&opening, &given, doors)).await??;
    let address = listener
        .as_ref()
        .and_then(|listener| listener.local_addr().ok());
    let url = config.public_url.clone().unwrap_or_else(|| {
        let scheme = if opened.tls.is_some() {
            "https"
        } else {
            "http"
        };
        format!("{scheme}://{}", shown(address.unwrap_or(config.listen)))
    });

    let transfers = Transfers::default();
    let app = App::new(jeton_app::Parts {
        store: opened.store,
        ring: opened.ring,
        instance: opened.instance,
        clock: outside.clock,
        entropy: outside.entropy,
        data: opened.data.clone(),
        git: opened.git.clone(),
        transfers: transfers.clone(),
        public_url: url.clone(),
        mailer: config.mail.clone(),
        limits: config.rates,
        runtime: tokio::runtime::Handle::current(),
    });
    connect(&app, &config, &url)?;
    let first = app.clone();
    let setup_code = tokio::task::spawn_blocking(move || {
        if !opened.elsewhere {
            first.housekeep_start()?;
            first.take_over_mail();
            first.take_over_deliveries();
            let left_open = first.resolve_open_pushes()?;
            if left_open > 0 {
                tracing::warn!(
                    left_open,
                    "pushes that an earlier end left open were resolved"
                );
            }
        }
        jeton_app::setup::new_code(&first)
    })
    .await??;

    let (stopper, stop) = Stopper::new();
    let stopper = Arc::new(stopper);
    stop_when_lost(&opened.hold, &stopper, transfers);
    let mut listeners = Vec::new();
    if let Some(listener) = listener {
        let service = Service::new(Setup {
            app: app.clone(),
            tables: TABLES.iter().chain(PAGES).copied().collect(),
            proxies: config.proxies.clone(),
            limits: config.limits,
            states: vec![Box::new(git_door(
                &config,
                &app,
                &opened.git,
                &opened.data,
                &outside.program,
            )?)],
            face: Some(jeton_web::face),
        })?;
        let routes = service.routes();
        app.set_resolver(move |method, url| routes.resolve(method, url));
        let listener = match &opened.tls {
            Some(tls) => Listener::Tls(listener, Arc::clone(&tls.config)),
            None => Listener::Clear(listener),
        };
        listeners.push(tokio::spawn(service.listen(listener, stop.clone())));
    }
    let admin = opened.folder.path().join("admin.sock");
    listeners.push(listen_admin(&admin, &app, &config, stop)?);
    let certificate = opened.tls.map(|tls| tls.certificate);
    Ok(Running {
        background: background::Background::start(&app, config.retention, certificate.clone()),
        url,
        address,
        admin,
        setup_code,
        app,
        stopper,
        listeners,
        grace: config.stop_grace,
        folder: opened.folder,
        hold: opened.hold,
        certificate,
    })
}

/// Gives the use cases what leads outside.
fn connect(app: &App, config: &Config, url: &str) -> Result<(), StartError> {
    app.set_hooks(jeton_app::hooks::Hooks {
        sender: config.webhooks.sender()?,
        shape: jeton_api::shape,
    });
    app.set_issuers(config.workload.issuers().map_err(StartError::Workload)?);
    if let Some(url) = &config.npm_url {
        app.set_registry_url(url.clone());
    }
    if let Some(settings) = &config.oidc {
        app.set_outside(oidc::outside(settings, url)?);
    }
    Ok(())
}

/// SECURITY: without the hold another server may be at work already, and a revocation there is not known here. So nothing
/// is answered any more, from memory least of all: connections are cut, transfers too.
fn stop_when_lost(hold: &Hold, stopper: &Arc<Stopper>, transfers: Transfers) {
    let (ended, stopper) = (hold.ended(), Arc::downgrade(stopper));
    tokio::spawn(async move {
        let Some(cause) = ended.await else { return };
        tracing::error!(cause, "the hold on the database was lost: stopping");
        // Gone with the server, where it was stopped in order.
        if let Some(stopper) = stopper.upgrade() {
            stopper.cut();
            transfers.cut_all().await;
        }
    });
}

fn open(config: &Config, outside: &Outside, doors: Doors) -> Result<Opened, StartError> {
    let tls = match (&config.tls, doors) {
        (Some(files), Doors::All) => Some(tls::load(files)?),
        _ => None,
    };
    let git = Git::find(config.git_path.clone()).map_err(|error| match &config.git_path {
        Some(_) => StartError::NamedGit(error),
        None => StartError::Git(error),
    })?;
    keys::check(&config.keys, is_new(config))?;
    let folder = Folder::take(&config.data)?;
    let data = Data::at(folder.path())?;
    // Before a file is made by opening it.
    let places = data.places()?;
    let holds = !places.is_empty();
    let foreign = || StartError::ForeignDatabase(folder.path().to_owned());
    if let Database::Sqlite(path) = &config.database
        && holds
        && !std::fs::metadata(path).is_ok_and(|found| found.len() > 0)
    {
        return Err(foreign());
    }
    let entropy = outside.entropy.as_ref();
    let mut random = [0; 8];
    entropy.fill(&mut random);
    let incarnation = Incarnation(i64::from_be_bytes(random) & i64::MAX);
    let mut options = Options::new(outside.clock.now(), incarnation);
    options.tombstones = Some(folder.path().join("tombstones"));
    options.reserve = RESERVE;
    let hold = Hold::take(&config.database, folder.path())?;
    let store = match &config.database {
        Database::Sqlite(path) => Store::open_sqlite(path, &options)?,
        Database::Postgres(url) => Store::open_postgres(url, &options)?,
    };
    let reconciled = store.reconciled();
    if reconciled.restored {
        tracing::warn!(
            replayed = reconciled.replayed,
            "the database is a restored backup: what was taken away since was taken away again, and numbers were skipped"
        );
    }
    // The first start of a database leaves the check of a key in it.
    if holds && store.read(key_checks::all)?.is_empty() {
        return Err(foreign());
    }
    // A disk that is not mounted would otherwise be served as empty repositories. One whose making was cut short has its
    // folder and no row, never the other way round.
    let known = store.read(repositories::places)?;
    let there = |kept: &repositories::Kept| places.contains(&Place::new(kept.shard, kept.id));
    let elsewhere = !known.is_empty() && !known.iter().any(there) && !config.accept_lost;
    // The operator can stop somebody all the same: that takes no repository.
    if elsewhere && doors == Doors::All {
        return Err(StartError::LostRepositories {
            known: known.len(),
            place: folder.path().join("repos"),
        });
    }
    let ring = keys::ring(&config.keys, &store, entropy)?;
    let instance = instance(&store, entropy)?;
    Ok(Opened {
        folder,
        data,
        git,
        store,
        ring,
        instance,
        tls,
        hold,
        elsewhere,
    })
}

/// Whether nothing was ever served here, as far as files tell.
fn is_new(config: &Config) -> bool {
    let database = match &config.database {
        Database::Sqlite(path) => Some(path.as_path()),
        Database::Postgres(_) => None,
    };
    Folder::known(&config.data, database).is_err()
}

/// The four characters that name this server in its tokens: drawn once, kept for ever.
fn instance(store: &Store, entropy: &dyn Entropy) -> Result<InstanceHint, StartError> {
    const NAME: &str = "instance";
    if let Some(text) = store.read(|unit| settings::get(unit, NAME))? {
        return InstanceHint::parse(&text).map_err(|_| StartError::Instance(text));
    }
    let fresh = InstanceHint::from_random(&mut Draw(entropy));
    store.write(|unit| settings::set(unit, NAME, fresh.as_str()))?;
    Ok(fresh)
}

fn git_door(
    config: &Config,
    app: &App,
    git: &Git,
    data: &Data,
    program: &Path,
) -> Result<GitDoor, StartError> {
    let step = |name: &str| Shim {
        program: program.to_owned(),
        args: vec![name.into()],
    };
    let pushes = Arc::new(Pushes::new(app.clone(), config.guarded_paths.clone()));
    let hooks = HookServer::start(data, &step("git-hook"), Arc::clone(&pushes) as _)?;
    let runner = Runner::new(
        git.clone(),
        data.clone(),
        Some(step("git-run")),
        config.transfers.clone(),
    )?;
    let (sweeper, swept) = (runner.clone(), data.clone());
    tokio::task::spawn_blocking(move || sweep(&sweeper, &swept));
    let push_bytes = config.transfers.input_bytes;
    let serving = Arc::new(Serving {
        runner,
        hooks,
        pushes,
    });
    app.set_serving(&serving);
    Ok(GitDoor::new(jeton_git::Parts {
        advertiser: Advertiser::new(git, REFERENCES),
        serving,
        push_bytes,
    }))
}

/// What is so old belongs to nobody who is at work. The locks of a killed server's pushes do not wait for
/// this: they are gone before the doors open (`housekeep_start`).
const STALE: Duration = Duration::from_hours(1);

/// Removes what git left behind when power or a signal took it, wherever it lies, while the doors are
/// open. Where a child of this run is at work already, nothing is stale.
fn sweep(runner: &Runner, data: &Data) {
    let places = match data.places() {
        Ok(places) => places,
        Err(error) => {
            tracing::error!(%error, "repositories could not be swept");
            return;
        }
    };
    for place in places {
        match runner.sweep(data, place, STALE) {
            Ok(Swept::Removed(0) | Swept::Busy) => {}
            Ok(Swept::Removed(files)) => {
                tracing::warn!(
                    repository = place.id.get(),
                    files,
                    "leftovers of git were removed"
                );
            }
            Err(error) => {
                tracing::error!(repository = place.id.get(), %error, "a repository could not be swept");
            }
        }
    }
}

async fn bind(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address)
        .await
        .map_err(|source| StartError::Listen {
            place: address.to_string(),
            source,
        })
}

/// The address as people type it: nobody connects to 'any address'.
fn shown(address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        SocketAddr::from(([127, 0, 0, 1], address.port()))
    } else {
        address
    }
}

fn listen_admin(
    path: &Path,
    app: &App,
    config: &Config,
    stop: Stop,
) -> Result<JoinHandle<()>, StartError> {
    let failed = |source| StartError::Listen {
        place: path.display().to_string(),
        source,
    };
    // The folder's lock is ours, so a socket that is there was left by a server that is gone.
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    let listener = UnixListener::bind(path).map_err(failed)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).map_err(failed)?;
    let service = Service::new(Setup {
        app: app.clone(),
        tables: ADMIN_TABLES.to_vec(),
        proxies: Proxies::default(),
        limits: config.limits,
        states: Vec::new(),
        face: None,
    })?;
    let users = vec![0, rustix::process::geteuid().as_raw()];
    Ok(tokio::spawn(
        service.listen(Listener::Unix(listener, users), stop),
    ))
}

impl Running {
    /// Returns when the server had to stop answering because another one may take its database, with the cause.
    /// Where the hold can't be lost, never.
    pub async fn lost(&self) -> String {
        match self.hold.ended().await {
            Some(cause) => cause,
            None => std::future::pending().await,
        }
    }

    /// Reads certificate and key again, where the server speaks TLS. New connections get what is read; where it can't be
    /// used, they get what they got before.
    pub async fn reload_certificate(&self) {
        if let Some(certificate) = &self.certificate {
            let certificate = Arc::clone(certificate);
            // A task that broke said so itself.
            let _ = tokio::task::spawn_blocking(move || certificate.reload()).await;
        }
    }

    /// Ends the server: no new connections, then what runs may finish for the grace, then transfers
    /// and connections are cut, and what is counted in memory is written.
    pub async fn stop(self) {
        self.stop_or(std::future::pending()).await;
    }

    /// The same; where `hurry` comes before the grace is over, the rest is cut then.
    pub async fn stop_or(mut self, hurry: impl Future<Output = ()>) {
        self.stopper.finish();
        let mut listeners = std::mem::take(&mut self.listeners);
        let done = async {
            for listener in &mut listeners {
                // A task that broke is done too.
                let _ = listener.await;
            }
        };
        let finished = tokio::select! {
            finished = tokio::time::timeout(self.grace, done) => finished.is_ok(),
            () = hurry => false,
        };
        if !finished {
            tracing::warn!("cutting what did not finish in time");
        }
        self.app.streams().cut_all().await;
        self.stopper.cut();
        for listener in listeners
            .iter_mut()
            .filter(|listener| !listener.is_finished())
        {
            let _ = listener.await;
        }
        self.background.stop().await;
        // Gone before the folder's lock is.
        let _ = std::fs::remove_file(&self.admin);
        let Self {
            app, folder, hold, ..
        } = self;
        // The database's client must not be dropped on a thread that drives tasks.
        let _ = tokio::task::spawn_blocking(move || {
            drop(app);
            drop(hold);
            drop(folder);
        })
        .await;
    }
}
