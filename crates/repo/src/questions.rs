//! Short questions to the system's git about one repository: answered whole, within bounds of time,
//! size and number.
//!
//! What walks history or compares trees is asked here; single objects are read in-process
//! ([`crate::Objects`]). Long answers come from [`crate::Runner`], as streams.

use std::ffi::OsStr;
use std::io::{self, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use jeton_domain::RepositoryId;
use quick_cache::sync::Cache;

use crate::Oid;
use crate::environment;
use crate::layout::Data;
use crate::objects::Recent;
use crate::open::{OpenError, Readable};
use crate::system::Git;

/// How often it is looked whether git has ended.
const LOOK: Duration = Duration::from_millis(1);

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// All places were taken for as long as one may wait.
    #[error("too many questions are asked of git at once")]
    Busy,
    /// Git took too long.
    #[error("git took longer than {} s", .0.as_secs())]
    TooLong(Duration),
    /// The answer is larger than is taken.
    #[error("git's answer is longer than {0} bytes")]
    TooMuch(usize),
    /// Git says no, by this status.
    #[error("git ended with status {status}: {said}")]
    Failed {
        /// Its exit status; -1 where it was ended by a signal.
        status: i32,
        /// The beginning of what it complained.
        said: String,
    },
    /// The repository is not fit for git.
    #[error(transparent)]
    Repository(#[from] OpenError),
    /// The system refused.
    #[error("git could not be run: {0}")]
    Run(#[from] io::Error),
}

/// What one question may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Bytes of the answer.
    pub(crate) bytes: usize,
    /// Until it is there.
    pub(crate) time: Duration,
    /// A longer answer is cut there, and not refused.
    pub(crate) cut: bool,
}

/// Asks git. One for a server: clones share the places.
#[derive(Clone, Debug)]
pub struct Questions {
    git: Git,
    home: PathBuf,
    places: Arc<Places>,
    /// What was read lately, so that the disk is not asked again.
    pub(crate) recent: Recent,
    /// How many commits lead to one, that itself included: no more and no fewer ever will. Nothing, where they were too many to
    /// count.
    pub(crate) lengths: Arc<Cache<(RepositoryId, Oid), Option<u64>>>,
}

/// Histories whose lengths are kept, of all repositories.
const LENGTHS: usize = 1 << 12;

#[derive(Debug)]
struct Places {
    free: Mutex<usize>,
    freed: Condvar,
    /// The longest wait for a place.
    queue: Duration,
}

/// One taken place.
struct Taken<'p>(&'p Places);

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.freed.notify_one();
    }
}

impl Places {
    fn take(&self) -> Result<Taken<'_>, AskError> {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut free, _) = self
            .freed
            .wait_timeout_while(free, self.queue, |free| *free == 0)
            .unwrap_or_else(PoisonError::into_inner);
        if *free == 0 {
            return Err(AskError::Busy);
        }
        *free -= 1;
        Ok(Taken(self))
    }
}

impl Questions {
    /// `at_once`: how many are asked at a time. `queue`: the longest wait for a place among them.
    pub fn new(git: Git, data: &Data, at_once: usize, queue: Duration) -> Self {
        let places = Places {
            free: Mutex::new(at_once),
            freed: Condvar::new(),
            queue,
        };
        Self {
            git,
            home: data.home(),
            places: Arc::new(places),
            recent: Recent::new(),
            lengths: Arc::new(Cache::new(LENGTHS)),
        }
    }

    /// Asks about a repository. Blocking.
    pub(crate) fn ask(
        &self,
        repository: &Readable,
        arguments: &[impl AsRef<OsStr>],
        input: &[u8],
        bounds: Bounds,
    ) -> Result<Vec<u8>, AskError> {
        self.ask_in(repository, &[], arguments, input, bounds)
    }

    /// As [`Self::ask`], with more of git's variables.
    pub(crate) fn ask_in(
        &self,
        repository: &Readable,
        variables: &[(&str, &OsStr)],
        arguments: &[impl AsRef<OsStr>],
        input: &[u8],
        bounds: Bounds,
    ) -> Result<Vec<u8>, AskError> {
        repository.vet()?;
        let _place = self.places.take()?;
        let mut command = environment::command(self.git.path(), &self.home);
        environment::configure(&mut command, "/nonexistent".as_ref(), 0);
        command
            .env("GIT_DIR", repository.folder())
            // SECURITY: a path is a path, whatever is special to git's patterns in it.
            .env("GIT_LITERAL_PATHSPECS", "1")
            .envs(variables.iter().copied())
            .args(arguments)
            .process_group(0);
        answer(command, input, bounds)
    }
}

/// Runs a command to its end, or to the end of what it may take.
fn answer(mut command: Command, input: &[u8], bounds: Bounds) -> Result<Vec<u8>, AskError> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let ended = std::thread::scope(|scope| {
        scope.spawn(move || {
            // Git may end without reading all of it.
            stdin.and_then(|mut stdin| stdin.write_all(input).ok())
        });
        // One byte more than is taken tells that there is more. Dropping the pipe ends git.
        let read = scope.spawn(move || at_most(stdout, bounds.bytes.saturating_add(1)));
        let said = scope.spawn(move || at_most(stderr, 2_000));
        let status = wait(&mut child, bounds.time);
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        let read = read.join().unwrap_or_default();
        let said = said.join().map(text).unwrap_or_default();
        (status, read, said)
    });
    let (status, mut read, said) = ended;
    let status = status?;
    if read.len() > bounds.bytes {
        if !bounds.cut {
            return Err(AskError::TooMuch(bounds.bytes));
        }
        read.truncate(bounds.bytes);
        return Ok(read);
    }
    match status {
        Some(0) => Ok(read),
        status => Err(AskError::Failed {
            status: status.unwrap_or(-1),
            said: jeton_domain::plain(said.trim()),
        }),
    }
}

fn at_most(pipe: Option<impl Read>, bytes: usize) -> Vec<u8> {
    let mut read = Vec::new();
    if let Some(pipe) = pipe {
        // What was read before an error is judged by how git ended.
        let _ = pipe.take(bytes as u64).read_to_end(&mut read);
    }
    read
}

fn wait(child: &mut Child, most: Duration) -> Result<Option<i32>, AskError> {
    let mut waited = Duration::ZERO;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status.code());
        }
        if waited >= most {
            child.kill()?;
            child.wait()?;
            return Err(AskError::TooLong(most));
        }
        std::thread::sleep(LOOK);
        waited += LOOK;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounds(bytes: usize, cut: bool) -> Bounds {
        Bounds {
            bytes,
            time: Duration::from_millis(300),
            cut,
        }
    }

    fn shell(script: &str) -> Command {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn an_answer_comes_whole_or_not_at_all() {
        let said = answer(shell("cat; echo end"), b"begin ", bounds(10, false)).unwrap();
        assert_eq!(said, b"begin end\n");
        let more = answer(shell("cat; echo end"), b"begin  ", bounds(10, false));
        assert!(matches!(more, Err(AskError::TooMuch(10))), "{more:?}");
        let cut = answer(shell("yes"), b"", bounds(10, true)).unwrap();
        assert_eq!(cut, b"y\ny\ny\ny\ny\n");
        let no = answer(
            shell("echo half; echo why >&2; exit 3"),
            b"",
            bounds(10, false),
        );
        let Err(AskError::Failed { status: 3, said }) = no else {
            panic!("{no:?}");
        };
        assert_eq!(said, "why");
    }

    #[test]
    fn who_takes_too_long_is_ended() {
        let late = answer(shell("exec sleep 60"), b"", bounds(10, false));
        assert!(matches!(late, Err(AskError::TooLong(_))), "{late:?}");
    }

    #[test]
    fn nobody_waits_for_ever_for_a_place() {
        let places = Places {
            free: Mutex::new(1),
            freed: Condvar::new(),
            queue: Duration::from_millis(20),
        };
        let taken = places.take().unwrap();
        assert!(matches!(places.take(), Err(AskError::Busy)));
        drop(taken);
        assert!(places.take().is_ok());
    }
}
