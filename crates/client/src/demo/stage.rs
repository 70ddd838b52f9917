//! The stage: a home for each person, and a shell that runs what is shown.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use jeton_domain::plain;
use rustix::process::{Pid, Signal, WaitOptions, kill_process_group, waitpgid};

use super::cast::Person;
use super::contents;
use super::story::{Ends, Step};
use crate::edge::{self, Stopwatch};
use crate::error::ClientError;
use crate::hidden::Hidden;
use crate::hosts::{make_private_folder, write_private};

/// Longer takes no step of the story, on the slowest machine.
const PATIENCE: Duration = Duration::from_mins(2);
/// For what a command left behind: it has nothing more to do.
const REST: Duration = Duration::from_secs(1);
/// Between two looks whether a command has ended.
const LOOK: Duration = Duration::from_millis(2);

/// Homes, passwords and the variables of each person's shell.
pub(super) struct Stage {
    people: PathBuf,
    path: OsString,
    passwords: BTreeMap<Person, Hidden>,
    variables: BTreeMap<(Person, &'static str), Hidden>,
    last: String,
}

/// What came of a step.
pub(super) struct Came {
    /// Both streams in the order in which they were written, without the secrets.
    shown: String,
    pub(super) took: Duration,
    /// What is not as it must be.
    pub(super) faults: Vec<String>,
}

impl Came {
    /// What is shown, harmless in a terminal.
    pub(super) fn lines(&self) -> impl Iterator<Item = String> {
        // Git's progress rewrites its line with carriage returns: the last state counts.
        self.shown.lines().map(|line| {
            plain(
                line.trim_end_matches('\r')
                    .rsplit('\r')
                    .next()
                    .unwrap_or_default(),
            )
        })
    }
}

impl Stage {
    /// Builds the homes: passwords in files that only their owner reads, Git's settings, Lena's files.
    pub(super) fn set(folder: &Path, setup_code: &Hidden) -> Result<Self, ClientError> {
        let (people, bin) = (folder.join("people"), folder.join("bin"));
        make_private_folder(&people)?;
        make_private_folder(&bin)?;
        // `jeton` on the path is this very program.
        let program = env::current_exe()
            .map_err(|error| ClientError::other(format!("where am I: {error}")))?;
        symlink(&program, bin.join("jeton")).map_err(ClientError::file(&bin))?;
        let path = env::join_paths(
            [bin]
                .into_iter()
                .chain(env::split_paths(&edge::program_path())),
        )
        .map_err(|error| ClientError::other(format!("PATH: {error}")))?;
        let mut passwords = BTreeMap::new();
        for person in Person::ALL {
            let home = people.join(person.login());
            make_private_folder(&home)?;
            passwords.insert(
                person,
                Hidden::from(format!("demo-{}", edge::random_hex::<8>()?)),
            );
            let settings = format!(
                "[user]\n\tname = {}\n\temail = {}@alta3.example\n[init]\n\tdefaultBranch = main\n[credential]\n\thelper = store\n[maintenance]\n\tauto = false\n",
                person.name(),
                person.login()
            );
            write(&home.join(".gitconfig"), &settings)?;
        }
        for (person, password) in &passwords {
            let text = format!("{}\n", password.expose());
            write(
                &people.join(format!("{0}/{0}.password", person.login())),
                &text,
            )?;
            if *person != Person::Noor {
                write(
                    &people.join(format!("noor/{}.password", person.login())),
                    &text,
                )?;
            }
        }
        for repository in contents::all() {
            for (name, text) in repository.files {
                write(&people.join("lena").join(repository.name).join(name), text)?;
            }
        }
        make_executable(&people.join("lena/enchilada/install"))?;
        let variables = BTreeMap::from([((Person::Noor, "SETUP_CODE"), setup_code.clone())]);
        Ok(Self {
            people,
            path,
            passwords,
            variables,
            last: String::new(),
        })
    }

    pub(super) fn password(&self, person: Person) -> &str {
        self.passwords.get(&person).map_or("", Hidden::expose)
    }

    /// A variable of a person's shell.
    pub(super) fn variable(&self, person: Person, name: &'static str) -> &str {
        self.variables
            .get(&(person, name))
            .map_or("", Hidden::expose)
    }

    /// Runs a step and compares. Where it is `stopped` meanwhile, what came of it means nothing.
    pub(super) fn run(
        &mut self,
        step: &Step,
        stopped: &dyn Fn() -> bool,
    ) -> Result<Came, ClientError> {
        let mut command = Command::new("sh");
        command
            .arg("-c")
            .arg(&step.line)
            .current_dir(self.people.join(step.who.login()))
            .stdin(Stdio::null());
        // From nothing, so that the reader's own settings and credentials play no part.
        command
            .env_clear()
            .env("PATH", &self.path)
            .env("HOME", self.people.join(step.who.login()));
        command
            .env("LC_ALL", "C.UTF-8")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_TERMINAL_PROMPT", "0");
        for ((person, name), value) in &self.variables {
            if *person == step.who {
                command.env(name, value.expose());
            }
        }
        let watch = Stopwatch::start();
        let ran = run(command, step.keep.is_some(), stopped)
            .map_err(|error| ClientError::other(format!("`sh`: {error}")))?;
        let took = watch.elapsed();
        if let Some(name) = step.keep {
            let value = ran.kept.trim_end().to_owned();
            self.variables.insert((step.who, name), Hidden::from(value));
        }
        let shown = self.without_secrets(&ran.shown);
        let faults = self.faults(step, &ran, &shown);
        self.last.clone_from(&shown);
        Ok(Came {
            shown,
            took,
            faults,
        })
    }

    /// SECURITY: what is shown ends up in recordings and logs.
    fn without_secrets(&self, text: &str) -> String {
        let passwords = self
            .passwords
            .values()
            .map(|password| ("password", password));
        let variables = self
            .variables
            .iter()
            .map(|((_, name), value)| (*name, value));
        passwords
            .chain(variables)
            .filter(|(_, value)| !value.expose().is_empty())
            .fold(text.to_owned(), |text, (name, value)| {
                text.replace(value.expose(), &format!("${name}"))
            })
    }

    fn faults(&self, step: &Step, ran: &Ran, shown: &str) -> Vec<String> {
        let mut faults = Vec::new();
        match (ran.status, step.ends) {
            (None, _) => faults.push(format!("it had not ended after {} s", PATIENCE.as_secs())),
            (Some(status), Ends::Well) if !status.success() => {
                faults.push(format!("it should have worked: {status}"));
            }
            (Some(status), Ends::Refused) if status.success() => {
                faults.push("it should have been refused".to_owned());
            }
            (Some(status), Ends::Nothing) if status.success() => {
                faults.push("it should have found nothing".to_owned());
            }
            _ => {}
        }
        if step.keep.is_some() && ran.kept.trim().is_empty() {
            faults.push("it should have printed a value".to_owned());
        }
        faults.extend(
            step.says
                .iter()
                .filter(|text| !shown.contains(*text))
                .map(|text| format!("it should have said `{text}`")),
        );
        if let Some((here, there)) = step.like_last
            && shown.replace(here, there) != self.last
        {
            faults.push(format!(
                "but for the name it should have said the same as for `{there}`"
            ));
        }
        faults
    }
}

/// What a command did. No status: it had to be stopped.
struct Ran {
    status: Option<ExitStatus>,
    shown: String,
    kept: String,
}

fn run(mut command: Command, keep: bool, stopped: &dyn Fn() -> bool) -> io::Result<Ran> {
    // One pipe for both streams keeps their order.
    let (reader, writer) = io::pipe()?;
    let kept = if keep {
        command.stdout(Stdio::piped());
        true
    } else {
        command.stdout(writer.try_clone()?);
        false
    };
    let mut child = command.stderr(writer).process_group(0).spawn()?;
    // The command holds the pipe's other end; the reader would wait for it.
    drop(command);
    let shown = collect(reader);
    let kept = if kept {
        child.stdout.take().map(collect)
    } else {
        None
    };
    let status = wait(&mut child, stopped)?;
    // A command that was stopped may leave others behind that hold the pipe.
    let text = |stream: mpsc::Receiver<Vec<u8>>| {
        let bytes = stream
            .recv_timeout(if status.is_some() {
                PATIENCE
            } else {
                Duration::ZERO
            })
            .unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    };
    Ok(Ran {
        status,
        shown: text(shown),
        kept: kept.map(text).unwrap_or_default(),
    })
}

fn collect(mut stream: impl Read + Send + 'static) -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // What came before an error counts.
        let _ = stream.read_to_end(&mut bytes);
        let _ = sender.send(bytes);
    });
    receiver
}

/// Waits until a command and what it left behind has ended. The server in this process has made it the
/// one that orphans come to, so nobody else would.
fn wait(child: &mut Child, stopped: &dyn Fn() -> bool) -> io::Result<Option<ExitStatus>> {
    let group = Pid::from_raw(child.id().cast_signed());
    // A terminal's signals do not reach the group: it is not in the foreground.
    let status = ended(PATIENCE, stopped, || child.try_wait())?;
    if status.is_none() {
        if let Some(group) = group {
            // It fails only when nobody is left.
            let _ = kill_process_group(group, Signal::KILL);
        }
        child.wait()?;
    }
    // An error says that there is nobody to be waited for.
    let rest = || match group.map(|group| waitpgid(group, WaitOptions::NOHANG)) {
        Some(Ok(None)) => Ok(None),
        Some(Ok(Some(_))) => Ok(Some(false)),
        Some(Err(_)) | None => Ok(Some(true)),
    };
    while ended(REST, &|| false, rest)? == Some(false) {}
    Ok(status)
}

/// What `look` finds, if it finds it in time and before somebody stops it.
fn ended<T>(
    patience: Duration,
    stopped: &dyn Fn() -> bool,
    mut look: impl FnMut() -> io::Result<Option<T>>,
) -> io::Result<Option<T>> {
    let watch = Stopwatch::start();
    loop {
        match look()? {
            None if watch.elapsed() < patience && !stopped() => thread::sleep(LOOK),
            found => return Ok(found),
        }
    }
}

fn write(path: &Path, text: &str) -> Result<(), ClientError> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(ClientError::file(parent))?;
    }
    write_private(path, text).map_err(ClientError::file(path))
}

fn make_executable(path: &Path) -> Result<(), ClientError> {
    fs::set_permissions(path, fs::Permissions::from_mode(0o700)).map_err(ClientError::file(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(line: &str, keep: Option<&'static str>, ends: Ends, says: &[&str]) -> Step {
        let says = says.iter().map(|text| (*text).to_owned()).collect();
        Step {
            who: Person::Lena,
            line: line.to_owned(),
            keep,
            ends,
            says,
            like_last: None,
        }
    }

    fn stage(folder: &Path) -> Stage {
        Stage::set(folder, &Hidden::from("the-code".to_owned())).unwrap()
    }

    #[test]
    fn what_is_shown_is_what_is_run_and_secrets_stay_out_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let mut stage = stage(folder.path());
        let came = stage
            .run(
                &step(
                    "echo s3cr3t; echo beside >&2",
                    Some("TOKEN"),
                    Ends::Well,
                    &["beside"],
                ),
                &|| false,
            )
            .unwrap();
        assert!(came.faults.is_empty(), "{:?}", came.faults);
        assert_eq!(came.lines().collect::<Vec<_>>(), ["beside"]);
        assert_eq!(stage.variable(Person::Lena, "TOKEN"), "s3cr3t");
        let came = stage
            .run(
                &step(
                    "echo one; echo two $TOKEN >&2; echo three; pwd | grep -c lena",
                    None,
                    Ends::Well,
                    &[],
                ),
                &|| false,
            )
            .unwrap();
        assert_eq!(
            came.lines().collect::<Vec<_>>(),
            ["one", "two $TOKEN", "three", "1"]
        );
    }

    #[test]
    fn a_step_that_comes_out_wrong_says_how() {
        let folder = tempfile::tempdir().unwrap();
        let mut stage = stage(folder.path());
        let mut faults = |step: &Step| stage.run(step, &|| false).unwrap().faults.join("; ");
        assert!(faults(&step("false", None, Ends::Well, &[])).contains("should have worked"));
        assert!(
            faults(&step("true", None, Ends::Refused, &[])).contains("should have been refused")
        );
        let found = step("echo a | grep -c a", None, Ends::Nothing, &[]);
        assert!(faults(&found).contains("found nothing"));
        let none = step("echo a | grep -c b", None, Ends::Nothing, &["0"]);
        assert_eq!(faults(&none), "");
        assert!(
            !none.verdict().contains("refused"),
            "nobody refused anything"
        );
        assert!(faults(&step("echo a", None, Ends::Well, &["b"])).contains("`b`"));
        assert!(faults(&step("true", Some("TOKEN"), Ends::Well, &[])).contains("printed a value"));
        let like = |line: &str| Step {
            like_last: Some(("hidden", "missing")),
            ..step(line, None, Ends::Well, &[])
        };
        assert_eq!(
            faults(&step("echo missing is not found", None, Ends::Well, &[])),
            ""
        );
        assert_eq!(faults(&like("echo hidden is not found")), "");
        assert!(faults(&like("echo hidden is forbidden")).contains("the same"));
    }

    /// The processes that wait for somebody to wait for them here.
    fn zombies() -> Vec<String> {
        let own = format!(") Z {} ", std::process::id());
        fs::read_dir("/proc")
            .unwrap()
            .filter_map(|entry| fs::read_to_string(entry.unwrap().path().join("stat")).ok())
            .filter(|stat| stat.contains(&own))
            .collect()
    }

    #[test]
    fn nothing_that_a_step_left_behind_stays() {
        rustix::process::set_child_subreaper(Some(rustix::process::getpid())).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let mut stage = stage(folder.path());
        for line in [
            "(sleep 0.05 & sleep 0.1 &) & true",
            "(sleep 0.05 >/dev/null 2>&1 &) ; true",
        ] {
            let came = stage
                .run(&step(line, None, Ends::Well, &[]), &|| false)
                .unwrap();
            assert_eq!(came.faults, Vec::<String>::new());
            assert_eq!(zombies(), Vec::<String>::new(), "{line}");
        }
    }

    #[test]
    fn nobody_sees_the_variables_of_another_or_of_the_reader() {
        let folder = tempfile::tempdir().unwrap();
        let mut stage = stage(folder.path());
        let came = stage
            .run(
                &step("env | cut -d= -f1 | sort", None, Ends::Well, &[]),
                &|| false,
            )
            .unwrap();
        let seen: Vec<_> = came
            .lines()
            .filter(|name| !matches!(name.as_str(), "_" | "PWD" | "OLDPWD" | "SHLVL"))
            .collect();
        assert_eq!(
            seen,
            [
                "GIT_CONFIG_NOSYSTEM",
                "GIT_TERMINAL_PROMPT",
                "HOME",
                "LC_ALL",
                "PATH"
            ]
        );
    }
}
