//! The server's side of the seam.

use std::collections::HashMap;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jeton_domain::{RepositoryId, hex, plain};
use tokio::net::UnixListener;

use super::command::RefCommand;
use super::folder::{self, PushFolder};
use super::refusals::Refusals;
use super::{NONCE_VARIABLE, SOCKET_VARIABLE, wire};
use crate::children::Shim;
use crate::layout::Data;
use crate::open::{Readable, Writable};

/// How long a hook may take to put its question, or to take the answer.
const QUESTION: Duration = Duration::from_secs(10);

/// The caller's own number of a push.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PushId(pub i64);

/// The push that a check is asked about.
#[derive(Clone, Debug)]
pub struct Push {
    id: PushId,
    repository: Readable,
    quarantine: Option<PathBuf>,
}

impl Push {
    /// The number that [`HookServer::expect`] was given.
    pub fn id(&self) -> PushId {
        self.id
    }

    /// Where the push goes.
    pub fn repository(&self) -> RepositoryId {
        self.repository.id()
    }

    /// The repository, with what it held before the push.
    pub fn contents(&self) -> &Readable {
        &self.repository
    }

    /// The folder of the objects that came with the push, if any came.
    pub fn quarantine(&self) -> Option<&Path> {
        self.quarantine.as_deref()
    }
}

/// What a check says. The text is shown to the pusher, line by line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Go on.
    Accept,
    /// Refuse: in `pre_receive` the whole push, in `update` the one reference.
    Refuse(String),
}

/// What is asked about every push, before anything is stored. Called on a thread that may block.
pub trait PushChecks: Send + Sync + 'static {
    /// The whole push.
    fn pre_receive(&self, push: &Push, commands: &[RefCommand]) -> Verdict;
    /// One reference of a push that was accepted as a whole; in the order of the push.
    fn update(&self, push: &Push, command: &RefCommand) -> Verdict;
    /// What the pusher is told besides, once a push is accepted, be it in part.
    fn notice(&self, push: &Push) -> Option<String>;
}

/// Why the seam could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum HookError {
    /// The hooks could not be written.
    #[error("`{path}`: {source}")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The socket could not be made.
    #[error("`{path}`: {source} (a socket's path may have 107 bytes at most)")]
    Socket {
        /// The socket.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Answers the hooks of all pushes. One for a server.
#[derive(Clone, Debug)]
pub struct HookServer {
    shared: Arc<Shared>,
}

struct Shared {
    socket: PathBuf,
    data: Data,
    /// Of the next push's folder.
    next: AtomicU64,
    pending: Mutex<HashMap<String, Pending>>,
    checks: Arc<dyn PushChecks>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared")
            .field("socket", &self.socket)
            .finish_non_exhaustive()
    }
}

/// A push whose git is running.
struct Pending {
    id: PushId,
    repository: Readable,
    folder: Arc<PushFolder>,
    state: State,
}

/// INVARIANT: one `pre-receive` for a push, then at most one `update` for each of its references.
enum State {
    Expected,
    /// What was decided of each reference, less what git's `update` asked since; empty where the push was
    /// not accepted, or has no `update`.
    Received(Vec<(RefCommand, Judged)>),
}

impl Shared {
    fn pending(&self) -> MutexGuard<'_, HashMap<String, Pending>> {
        // Changes under the lock are single calls: a panic elsewhere leaves the map whole.
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Leave for one push to ask. Its value is worth nothing once this is dropped.
#[derive(Debug)]
pub struct Ticket {
    shared: Arc<Shared>,
    folder: Arc<PushFolder>,
    nonce: String,
}

impl Ticket {
    /// Where this push's git finds its hooks.
    pub(crate) fn hooks(&self) -> &Path {
        self.folder.path()
    }

    /// Puts into a git's environment what its hooks need.
    pub(crate) fn give(&self, command: &mut Command) {
        command
            .env(SOCKET_VARIABLE, &self.shared.socket)
            .env(NONCE_VARIABLE, &self.nonce);
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.shared.pending().remove(&self.nonce);
    }
}

impl HookServer {
    /// Writes the hooks and begins to answer, inside a tokio runtime. `hook` starts what ends in
    /// [`super::client::run`].
    pub fn start(data: &Data, hook: &Shim, checks: Arc<dyn PushChecks>) -> Result<Self, HookError> {
        let hooks = data.hooks();
        folder::write(&hooks, hook).map_err(|source| HookError::Folder {
            path: hooks.clone(),
            source,
        })?;
        let socket = data.run().join("hooks.sock");
        let listen = || {
            match std::fs::remove_file(&socket) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let listener = UnixListener::bind(&socket)?;
            std::fs::set_permissions(&socket, std::fs::Permissions::from_mode(0o600))?;
            Ok(listener)
        };
        let listener = listen().map_err(|source| HookError::Socket {
            path: socket.clone(),
            source,
        })?;
        let shared = Arc::new(Shared {
            socket,
            data: data.clone(),
            next: AtomicU64::new(0),
            pending: Mutex::default(),
            checks,
        });
        tokio::spawn(accept(listener, Arc::downgrade(&shared)));
        Ok(Self { shared })
    }

    /// Expects one push. `nonce`: fresh bytes from the system's generator. Makes a folder with one link in
    /// it; fails where the file system refuses that.
    pub fn expect(
        &self,
        id: PushId,
        repository: &Writable,
        nonce: [u8; 32],
    ) -> Result<Ticket, HookError> {
        let Shared { data, next, .. } = &*self.shared;
        let path = data.push_hooks(next.fetch_add(1, Ordering::Relaxed));
        let folder = PushFolder::make(path.clone(), &data.hooks());
        let folder = Arc::new(folder.map_err(|source| HookError::Folder { path, source })?);
        let nonce = hex(&nonce);
        let pending = Pending {
            id,
            repository: Readable::clone(repository),
            folder: Arc::clone(&folder),
            state: State::Expected,
        };
        self.shared.pending().insert(nonce.clone(), pending);
        Ok(Ticket {
            shared: Arc::clone(&self.shared),
            folder,
            nonce,
        })
    }
}

/// Answers until the last [`HookServer`] and [`Ticket`] are gone.
async fn accept(listener: UnixListener, shared: std::sync::Weak<Shared>) {
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => accepted,
            () = tokio::time::sleep(Duration::from_secs(1)) => {
                if shared.strong_count() == 0 {
                    return;
                }
                continue;
            }
        };
        let Some(shared) = shared.upgrade() else {
            return;
        };
        match stream.and_then(|(stream, _)| stream.into_std()) {
            Ok(stream) => {
                tokio::task::spawn_blocking(move || {
                    if let Err(error) = answer(&shared, stream) {
                        tracing::warn!(%error, "a hook could not be answered");
                    }
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a hook could not be heard");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

fn answer(shared: &Shared, mut stream: UnixStream) -> io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(QUESTION))?;
    stream.set_write_timeout(Some(QUESTION))?;
    let nonce = wire::read(&mut stream)?;
    let hook = wire::read(&mut stream)?;
    let quarantine = wire::read(&mut stream)?;
    let lines = wire::read(&mut stream)?;
    let (judged, text) = match judge(shared, &nonce, &hook, &quarantine, &lines) {
        Ok(judged) => judged,
        Err(what) => {
            tracing::warn!(what, "a hook asked what it may not");
            let text = format!("The push could not be checked: {what}.");
            (Judged::Refused, text)
        }
    };
    let verdict = match judged {
        Judged::Accepted => wire::ACCEPT,
        Judged::Refused => wire::REFUSE,
    };
    // SECURITY: the text may quote what the pusher sent; a terminal shows it.
    let lines: String = text.lines().map(|line| plain(line) + "\n").collect();
    wire::write(&mut stream, &[verdict, lines.as_bytes()])
}

/// What a hook says to git.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Judged {
    Accepted,
    Refused,
}

fn judge(
    shared: &Shared,
    nonce: &[u8],
    hook: &[u8],
    quarantine: &[u8],
    lines: &[u8],
) -> Result<(Judged, String), &'static str> {
    let nonce = std::str::from_utf8(nonce).map_err(|_| "its value is no text")?;
    let commands = RefCommand::parse_all(lines)
        .map_err(|_| "a reference's name holds a line break, or its line is malformed")?;
    match (hook, commands.as_slice()) {
        (wire::PRE_RECEIVE, _) => shared.receive(nonce, quarantine, commands),
        // What there is to say was said.
        (wire::UPDATE, [command]) => Ok((shared.update(nonce, command)?, String::new())),
        _ => Err("it is no hook of ours"),
    }
}

impl Shared {
    /// The push that asks for the first time: as a whole, then each of its references.
    ///
    /// SECURITY: git asks `update` only where this makes it. So it is there before a push of which
    /// something is refused is accepted, and where it can't be, all is refused.
    fn receive(
        &self,
        nonce: &str,
        quarantine: &[u8],
        commands: Vec<RefCommand>,
    ) -> Result<(Judged, String), &'static str> {
        let (mut push, folder) = self.begin(nonce)?;
        push.quarantine = quarantine_of(&push.repository, quarantine)?;
        if let Verdict::Refuse(text) = self.checks.pre_receive(&push, &commands) {
            return Ok((Judged::Refused, text));
        }
        let mut refusals = Refusals::default();
        let judged: Vec<(RefCommand, Judged)> = commands
            .into_iter()
            .map(|command| match self.checks.update(&push, &command) {
                Verdict::Accept => (command, Judged::Accepted),
                Verdict::Refuse(text) => {
                    refusals.add(&command.name, text);
                    (command, Judged::Refused)
                }
            })
            .collect();
        let refused = refusals.number();
        if refused == 0 {
            let notice = self.checks.notice(&push).unwrap_or_default();
            return Ok((Judged::Accepted, notice));
        }
        // Nothing of such a push is kept: its objects go with it.
        if refused == judged.len() {
            return Ok((Judged::Refused, refusals.text()));
        }
        folder.add_update().map_err(|error| {
            tracing::error!(%error, "the hook `update` could not be made");
            "some of its references are refused, and git can't be told which"
        })?;
        let mut pending = self.pending();
        let found = pending.get_mut(nonce).ok_or(UNEXPECTED)?;
        found.state = State::Received(judged);
        drop(pending);
        let notice = self.checks.notice(&push).into_iter();
        let said: Vec<String> = notice.chain([refusals.text()]).collect();
        Ok((Judged::Accepted, said.join("\n")))
    }

    fn begin(&self, nonce: &str) -> Result<(Push, Arc<PushFolder>), &'static str> {
        let mut pending = self.pending();
        // A map look-up by a 256-bit value that only our own children are told.
        let found = pending.get_mut(nonce).ok_or(UNEXPECTED)?;
        if !matches!(found.state, State::Expected) {
            return Err("this push was received already");
        }
        found.state = State::Received(Vec::new());
        let push = Push {
            id: found.id,
            repository: found.repository.clone(),
            quarantine: None,
        };
        Ok((push, Arc::clone(&found.folder)))
    }

    /// What was decided of one reference. Git takes each decision once.
    fn update(&self, nonce: &str, command: &RefCommand) -> Result<Judged, &'static str> {
        let mut pending = self.pending();
        let found = pending.get_mut(nonce).ok_or(UNEXPECTED)?;
        let State::Received(left) = &mut found.state else {
            return Err("this push was not received yet");
        };
        let at = left
            .iter()
            .position(|(known, _)| known == command)
            .ok_or("this reference is not part of the push")?;
        // Git asks in the order of the push, so this is near the front.
        Ok(left.remove(at).1)
    }
}

const UNEXPECTED: &str = "no such push is expected";

/// The folder that git keeps incoming objects in, if it is one of this repository's.
fn quarantine_of(repository: &Readable, path: &[u8]) -> Result<Option<PathBuf>, &'static str> {
    if path.is_empty() {
        return Ok(None);
    }
    let path = Path::new(std::ffi::OsStr::from_bytes(path));
    let path = path
        .canonicalize()
        .map_err(|_| "its objects are not there")?;
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    let ours = path.parent() == Some(&repository.path("objects"))
        && (name.starts_with("tmp_objdir-incoming-") || name.starts_with("incoming-"));
    ours.then_some(Some(path))
        .ok_or("its objects lie elsewhere")
}
