//! Starting git for a transfer, and watching over it.

use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::net::unix::pipe;
use tokio::sync::{OwnedRwLockWriteGuard, RwLock, Semaphore, watch};

use super::group::{self, Group};
use super::registry::Registration;
use super::spawner::Spawner;
use super::transfer::{End, Ending, EndingWatch, Input, Output, Passed, Transfer};
use super::watcher::{Held, Watcher};
use crate::Oid;
use crate::environment;
use crate::hook::Ticket;
use crate::layout::{Data, Place};
use crate::open::{OpenError, Readable, Writable};
use crate::protocol::{Protocol, Service};
use crate::sweep::Swept;
use crate::system::Git;

/// Asked-for room of the pipes, in bytes: fewer switches between git and the server. Kernel memory.
const PIPE_ROOM: usize = 256 * 1024;

/// The command that ties a child's life to the server's: started as
/// `program args… <process id> -- git …`, it ends in [`crate::shim::run`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shim {
    /// The executable.
    pub program: PathBuf,
    /// Its first arguments.
    pub args: Vec<OsString>,
}

/// What a transfer may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest transfer.
    pub wall: Duration,
    /// The longest time in which no byte passes in either direction.
    pub idle: Duration,
    /// Transfers at the same time.
    pub children: usize,
    /// The longest wait for a place among them.
    pub queue: Duration,
    /// The largest pack that a push may send, in bytes; 0 is no bound.
    pub input_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            wall: Duration::from_hours(4),
            idle: Duration::from_mins(2),
            children: 32,
            queue: Duration::from_secs(10),
            input_bytes: 4 << 30,
        }
    }
}

/// Why git was not started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// All places were taken for as long as one may wait.
    #[error("too many transfers are running")]
    Busy,
    /// Revoked between decision and start.
    #[error("the transfer was cut before it began")]
    Cut,
    /// The repository is not fit for git.
    #[error(transparent)]
    Repository(#[from] OpenError),
    /// The system refused.
    #[error("git could not be started: {0}")]
    Spawn(#[from] io::Error),
}

/// A form in which the files of a commit are packed together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Archive {
    /// `.tar.gz`
    TarGz,
    /// `.zip`
    Zip,
}

/// What git is started for.
enum Work {
    /// The smart protocol.
    Serve {
        service: Service,
        protocol: Protocol,
        advertise: bool,
        ticket: Option<Ticket>,
    },
    /// A subcommand that reads nothing and prints: its name, and with what.
    Print(&'static str, Vec<OsString>),
}

impl Work {
    fn serve(service: Service, protocol: Protocol) -> Self {
        Self::Serve {
            service,
            protocol,
            advertise: false,
            ticket: None,
        }
    }

    fn advertise(service: Service, protocol: Protocol) -> Self {
        Self::Serve {
            service,
            protocol,
            advertise: true,
            ticket: None,
        }
    }

    /// A push, which changes references.
    fn pushes(&self) -> bool {
        matches!(
            self,
            Self::Serve {
                service: Service::ReceivePack,
                advertise: false,
                ..
            }
        )
    }

    /// In the log.
    fn name(&self) -> &'static str {
        match self {
            Self::Serve { service, .. } => service.name(),
            Self::Print(name, _) => name,
        }
    }
}

/// Starts git for transfers. One for a server: its clones share limits and the starting thread, whose
/// end ends all children.
#[derive(Clone, Debug)]
pub struct Runner {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    git: Git,
    data: Data,
    shim: Option<Shim>,
    limits: Limits,
    spawner: Spawner,
    places: Arc<Semaphore>,
    /// Which pushes are in a repository: each holds a reading guard, the sweeper the writing one.
    occupancy: Mutex<HashMap<Place, Weak<RwLock<()>>>>,
    /// Where a push did not end well, and nothing was swept since.
    unswept: Mutex<HashSet<Place>>,
}

impl Runner {
    /// Makes the process a reaper of its children's orphans. `shim`: without one, children are not tied to the server's life. Only tests go without.
    pub fn new(
        git: Git,
        data: Data,
        shim: Option<Shim>,
        limits: Limits,
    ) -> Result<Self, StartError> {
        let places = Arc::new(Semaphore::new(limits.children));
        group::adopt_orphans()?;
        let spawner = Spawner::start()?;
        let inner = Inner {
            git,
            data,
            shim,
            limits,
            spawner,
            places,
            occupancy: Mutex::default(),
            unswept: Mutex::default(),
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// Answers a fetch.
    pub async fn upload_pack(
        &self,
        repository: &Readable,
        protocol: Protocol,
        registration: Registration,
    ) -> Result<Transfer, StartError> {
        let work = Work::serve(Service::UploadPack, protocol);
        self.start(repository, work, registration).await
    }

    /// Takes a push, whose hooks will come with the ticket.
    pub async fn receive_pack(
        &self,
        repository: &Writable,
        protocol: Protocol,
        ticket: Ticket,
        registration: Registration,
    ) -> Result<Transfer, StartError> {
        let work = Work::Serve {
            service: Service::ReceivePack,
            protocol,
            advertise: false,
            ticket: Some(ticket),
        };
        self.start(repository, work, registration).await
    }

    /// Lets git tell references for a fetch, without the service header.
    pub async fn advertise_upload_pack(
        &self,
        repository: &Readable,
        protocol: Protocol,
        registration: Registration,
    ) -> Result<Transfer, StartError> {
        let work = Work::advertise(Service::UploadPack, protocol);
        self.start(repository, work, registration).await
    }

    /// Lets git tell references for a push, without the service header.
    pub async fn advertise_receive_pack(
        &self,
        repository: &Writable,
        registration: Registration,
    ) -> Result<Transfer, StartError> {
        let work = Work::advertise(Service::ReceivePack, Protocol::V0);
        self.start(repository, work, registration).await
    }

    /// Packs the files of a commit together, below the folder `name`. Git makes it while it is read.
    ///
    /// SECURITY: `commit` is an id and `name` is one word of the server's own making: neither is an option, nor does
    /// a name in the archive lead out of its folder.
    pub async fn archive(
        &self,
        repository: &Readable,
        commit: Oid,
        form: Archive,
        name: &str,
        registration: Registration,
    ) -> Result<Transfer, StartError> {
        let form = match form {
            Archive::TarGz => "tar.gz",
            Archive::Zip => "zip",
        };
        let arguments = vec![
            format!("--format={form}").into(),
            format!("--prefix={name}/").into(),
            commit.to_string().into(),
        ];
        let work = Work::Print("archive", arguments);
        self.start(repository, work, registration).await
    }

    /// Prints what a file holds, however large.
    pub async fn blob(
        &self,
        repository: &Readable,
        id: Oid,
        registration: Registration,
    ) -> Result<Transfer, StartError> {
        let arguments = vec!["blob".into(), id.to_string().into()];
        let work = Work::Print("cat-file", arguments);
        self.start(repository, work, registration).await
    }

    /// Keeps pushes out of a repository while the guard lives. `None`: one is in there.
    pub(crate) fn keep_out(&self, place: Place) -> Option<OwnedRwLockWriteGuard<()>> {
        self.occupancy(place).try_write_owned().ok()
    }

    fn occupancy(&self, place: Place) -> Arc<RwLock<()>> {
        let mut all = self
            .inner
            .occupancy
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(lock) = all.get(&place).and_then(Weak::upgrade) {
            return lock;
        }
        all.retain(|_, lock| lock.strong_count() > 0);
        let lock = Arc::new(RwLock::new(()));
        all.insert(place, Arc::downgrade(&lock));
        lock
    }

    async fn start(
        &self,
        repository: &Readable,
        work: Work,
        mut registration: Registration,
    ) -> Result<Transfer, StartError> {
        let limits = &self.inner.limits;
        let waiting =
            tokio::time::timeout(limits.queue, Arc::clone(&self.inner.places).acquire_owned());
        let place = tokio::select! {
            () = registration.cut() => return Err(StartError::Cut),
            place = waiting => place.map_err(|_| StartError::Busy)?.map_err(|_| StartError::Busy)?,
        };
        let (pushes, name) = (work.pushes(), work.name());
        let inside = if pushes {
            Some(self.occupancy(repository.place()).read_owned().await)
        } else {
            None
        };
        repository.vet()?;
        let command = self.command(repository, &work);
        // From here on a cut waits until the registration is dropped, which every way out does.
        if !registration.start() {
            return Err(StartError::Cut);
        }
        let mut child = self.inner.spawner.spawn(command).await?;
        let (stdin, stdout, stderr) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let group = Group::adopt(child)?;
        let (Some(stdin), Some(stdout), Some(stderr)) = (stdin, stdout, stderr) else {
            return Err(StartError::Spawn(io::Error::other("a pipe is missing")));
        };
        let passed = Passed::default();
        let (tell, ending) = watch::channel(None);
        let (client, client_left) = watch::channel(());
        let input = Input {
            pipe: Some(pipe::Sender::from_owned_fd(roomy(stdin.into()))?),
            passed: Arc::clone(&passed),
        };
        let output = Output {
            pipe: pipe::Receiver::from_owned_fd(roomy(stdout.into()))?,
            passed: Arc::clone(&passed),
            end: End::Reading(EndingWatch(ending)),
            _client: client,
        };
        let watcher = Watcher {
            group,
            stderr: pipe::Receiver::from_owned_fd(stderr.into())?,
            passed,
            client_left,
            registration,
            held: Held {
                place,
                inside,
                ticket: match work {
                    Work::Serve { ticket, .. } => ticket,
                    Work::Print(..) => None,
                },
            },
            limits: limits.clone(),
            repository: repository.id().get(),
            name,
        };
        // The last runner's end is the end of its children.
        let (inner, place) = (Arc::downgrade(&self.inner), repository.place());
        tokio::spawn(async move {
            let ending = watcher.watch().await;
            if pushes && let Some(inner) = inner.upgrade() {
                Self { inner }.clear_after_push(place, ending).await;
            }
            // Nobody may be left to hear it.
            let _ = tell.send(Some(ending));
        });
        Ok(Transfer { input, output })
    }

    /// Removes what a push left behind that did not end well: at once, or when the last of those that
    /// are under way there has ended.
    async fn clear_after_push(&self, place: Place, ending: Ending) {
        let unswept = || {
            let unswept = self.inner.unswept.lock();
            unswept.unwrap_or_else(PoisonError::into_inner)
        };
        if !ending.is_done() {
            unswept().insert(place);
        }
        if !unswept().contains(&place) {
            return;
        }
        let runner = self.clone();
        let sweep = move || runner.sweep(&runner.inner.data, place, Duration::ZERO);
        let failed = match tokio::task::spawn_blocking(sweep).await {
            Ok(Ok(Swept::Removed(_))) => {
                unswept().remove(&place);
                return;
            }
            Ok(Ok(Swept::Busy)) => return,
            Ok(Err(error)) => error.to_string(),
            Err(error) => error.to_string(),
        };
        tracing::error!(repository = place.id.get(), error = %failed, "a repository could not be swept");
    }

    fn command(&self, repository: &Readable, work: &Work) -> Command {
        let inner = &self.inner;
        let home = inner.data.home();
        let mut command = match &inner.shim {
            None => environment::command(inner.git.path(), &home),
            Some(shim) => {
                let mut command = environment::command(&shim.program, &home);
                command.args(&shim.args).arg(std::process::id().to_string());
                if work.pushes() {
                    command.arg(inner.data.pushes_life());
                }
                command.arg("--").arg(inner.git.path());
                command
            }
        };
        let ticket = match work {
            Work::Serve { ticket, .. } => ticket.as_ref(),
            Work::Print(..) => None,
        };
        let hooks = ticket.map_or_else(|| inner.data.hooks(), |ticket| ticket.hooks().to_owned());
        environment::configure(&mut command, &hooks, inner.limits.input_bytes);
        match work {
            Work::Serve {
                service,
                protocol,
                advertise,
                ticket,
            } => {
                if let Some(variable) = protocol.variable() {
                    command.env("GIT_PROTOCOL", variable);
                }
                if let Some(ticket) = ticket {
                    ticket.give(&mut command);
                }
                command.arg(service.subcommand()).arg("--stateless-rpc");
                if *advertise {
                    command.arg("--http-backend-info-refs");
                }
                // An absolute path made of numbers: never an option.
                command.arg(repository.folder());
            }
            Work::Print(name, arguments) => {
                command
                    .env("GIT_DIR", repository.folder())
                    .arg(name)
                    .args(arguments);
            }
        }
        command
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }
}

/// Asks for a larger pipe; the system may refuse, which costs speed only.
fn roomy(pipe: OwnedFd) -> OwnedFd {
    let _ = rustix::pipe::fcntl_setpipe_size(&pipe, PIPE_ROOM);
    pipe
}
