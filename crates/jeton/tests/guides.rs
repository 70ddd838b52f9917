//! Every command of the guides, typed in their order at a terminal, against the real binary with real Git.
//!
//! A guide's blocks of `sh` run in one shell, as the person it is for. What a block can't run here stands in its first line: `not
//! run: why`, and is counted. A comment `<!-- mona: … -->` is what somebody else does meanwhile, or what was done before.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::format_push_string,
    clippy::print_stdout,
    missing_docs,
    reason = "tests"
)]

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

const PASSWORD: &str = "correct horse battery";
/// The longest that a guide takes on a busy machine.
const PATIENCE: Duration = Duration::from_mins(2);

/// One step of a guide.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    /// A block that is typed.
    Block(String),
    /// A block that goes on while the rest runs.
    Background(String),
    /// A block that is typed where a program is there.
    Needs(String, String),
    /// A block that can't run here, and why.
    NotRun(String),
    /// What somebody does unseen.
    Aside(String, String),
}

fn steps(text: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(aside) = line
            .strip_prefix("<!-- ")
            .and_then(|l| l.strip_suffix(" -->"))
        {
            let (who, what) = aside.split_once(": ").unwrap();
            steps.push(Step::Aside(who.to_owned(), what.to_owned()));
            continue;
        }
        let Some(info) = line.strip_prefix("```") else {
            continue;
        };
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        let block = block.join("\n");
        steps.push(match info.strip_prefix("sh").map(str::trim) {
            Some("") => Step::Block(block),
            Some("in the background") => Step::Background(block),
            Some(mark) if mark.starts_with("needs ") => {
                Step::Needs(mark["needs ".len()..].to_owned(), block)
            }
            Some(mark) => {
                let why = mark.strip_prefix("not run: ");
                Step::NotRun(
                    why.unwrap_or_else(|| panic!("`{info}` is no mark"))
                        .to_owned(),
                )
            }
            None => continue,
        });
    }
    steps
}

/// A machine with a server, and people at it.
struct World {
    folder: tempfile::TempDir,
    port: u16,
    server: Option<Child>,
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(server) = &mut self.server {
            let _ = server.kill();
            let _ = server.wait();
        }
    }
}

impl World {
    fn new() -> Self {
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let folder = tempfile::tempdir().unwrap();
        for name in ["mona", "tomas", "operator", "backup", "elsewhere", "bin"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        let world = Self {
            folder,
            port,
            server: None,
        };
        // Whoever is asked by Git gives the token of the guide.
        let askpass = world.path("bin/askpass");
        std::fs::write(
            &askpass,
            "#!/bin/sh\ncase \"$1\" in Username*) echo x;; *) echo \"$TOKEN\";; esac\n",
        )
        .unwrap();
        std::fs::set_permissions(&askpass, std::fs::Permissions::from_mode(0o755)).unwrap();
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// As it stands in the guide, about this machine.
    fn here(&self, text: &str) -> String {
        let at = |name: &str| self.path(name).display().to_string();
        text.replace("https://git.example.org:8377", "https://git.example.org:@")
            .replace(
                "https://git.example.org:@",
                "https://public.example.org:8377",
            )
            .replace("https://git.example.org", &self.url())
            .replace("/srv/jeton", &at("data"))
            .replace("/backup", &at("backup"))
            .replace("/elsewhere", &at("elsewhere"))
    }

    fn command(&self, program: &str, person: &str) -> Command {
        let jeton = Path::new(env!("CARGO_BIN_EXE_jeton")).parent().unwrap();
        let path = std::env::var("PATH").unwrap();
        let mut command = Command::new(program);
        command
            .current_dir(self.path(person))
            .env_clear()
            .env("PATH", format!("{}:{path}", jeton.display()))
            .env("HOME", self.path(person))
            .env("LC_ALL", "C")
            .env("TERM", "dumb")
            .env("NO_COLOR", "1")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_ASKPASS", self.path("bin/askpass"))
            .env("GIT_AUTHOR_NAME", person)
            .env("GIT_AUTHOR_EMAIL", format!("{person}@example.org"))
            .env("GIT_COMMITTER_NAME", person)
            .env("GIT_COMMITTER_EMAIL", format!("{person}@example.org"))
            .env("JETON_LISTEN", format!("127.0.0.1:{}", self.port));
        command
    }

    fn serve(&mut self) {
        let data = self.path("data");
        let mut child = self
            .command("jeton", "operator")
            .args(["serve", "--data", &data.display().to_string()])
            .env("JETON_LISTEN", "127.0.0.1:0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut told = BufReader::new(child.stdout.take().unwrap());
        self.server = Some(child);
        // It says so once everything is there.
        let mut first = String::new();
        told.read_line(&mut first).unwrap();
        let port = first.trim().rsplit(':').next().unwrap();
        self.port = port.parse().unwrap_or_else(|_| panic!("{first}"));
        // What else it says must find somebody who reads.
        std::thread::spawn(move || std::io::copy(&mut told, &mut std::io::sink()));
    }

    /// Mona administers the site and owns alta3 with two repositories; Tomas is its member, Nina a person.
    fn furnished() -> Self {
        let mut world = Self::new();
        world.serve();
        let script = "
            jeton admin --data /srv/jeton user create mona --email mona@example.org --administrator
            jeton admin --data /srv/jeton user create tomas --email tomas@example.org
            jeton admin --data /srv/jeton user create nina --email nina@example.org
            jeton login https://git.example.org --user mona
            jeton org create alta3
            jeton org member add alta3 tomas
            TOKEN=$(grep -o 'jtu_[0-9A-Za-z]*' ~/.config/jeton/hosts.toml)
            export TOKEN
            for name in labs enchilada; do
                jeton repo create alta3/$name
                jeton repo collaborator add alta3/$name tomas --role write
                git init -q -b main $name
                git -C $name commit -q --allow-empty -m first
                git -C $name push -q https://git.example.org/alta3/$name main
            done
        ";
        let said = world.typed("mona", &world.here(script));
        assert!(said.0, "{}", said.1);
        let said = world.typed(
            "tomas",
            &world.here("jeton login https://git.example.org --user tomas"),
        );
        assert!(said.0, "{}", said.1);
        world
    }

    /// Types a script at a terminal of one's own, and answers what is asked. Whether it went well, and what was seen.
    fn typed(&self, person: &str, script: &str) -> (bool, String) {
        let file = self.path(&format!("{person}.sh"));
        std::fs::write(&file, format!("set -euo pipefail\n{script}\n")).unwrap();
        let mut child = self
            .command("script", person)
            .args(["-qefc", &format!("bash {}", file.display()), "/dev/null"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut keyboard = child.stdin.take().unwrap();
        let mut screen = child.stdout.take().unwrap();
        let (told, pieces) = mpsc::channel();
        std::thread::spawn(move || {
            let mut piece = [0; 4096];
            while let Ok(read @ 1..) = screen.read(&mut piece) {
                if told.send(piece[..read].to_vec()).is_err() {
                    return;
                }
            }
        });
        let (begun, mut seen, mut answered) = (Instant::now(), String::new(), 0);
        loop {
            match pieces.recv_timeout(Duration::from_secs(1)) {
                Ok(piece) => seen.push_str(&String::from_utf8_lossy(&piece)),
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
                Err(mpsc::RecvTimeoutError::Timeout) => {}
            }
            let asked = &seen[answered..];
            let answer = [
                ("Login: ", person),
                ("Password: ", PASSWORD),
                ("Once more: ", PASSWORD),
                ("Again: ", PASSWORD),
                ("[y/N] ", "y"),
            ]
            .into_iter()
            .find(|(question, _)| asked.ends_with(question));
            if let Some((_, answer)) = answer {
                answered = seen.len();
                writeln!(keyboard, "{answer}").unwrap();
            }
            if begun.elapsed() > PATIENCE {
                child.kill().unwrap();
                seen.push_str("\n(no end came)");
                break;
            }
        }
        (child.wait().unwrap().success(), seen)
    }

    /// One shell for the whole guide. The marks tell where it was when something failed.
    fn script(&self, person: &str, steps: &[Step]) -> String {
        let mut script = String::new();
        for (at, step) in steps.iter().enumerate() {
            script.push_str(&format!("echo '@@ {at}'\n"));
            match step {
                Step::Block(block) => script.push_str(&format!("set -a\n{block}\nset +a\n")),
                Step::Needs(program, block) => script.push_str(&format!(
                    "if command -v {program} >/dev/null; then\n{block}\nelse echo 'skipped: no {program}'; fi\n"
                )),
                Step::Background(block) => script.push_str(&format!(
                    "({block}) >/dev/null 2>&1 </dev/null &\nserver=$!\ntrap 'kill $server' EXIT\n\
                     until curl -fsS https://git.example.org/readyz >/dev/null 2>&1 && test -S /srv/jeton/admin.sock; do sleep 0.1; done\n"
                )),
                Step::Aside(who, what) if who == person => {
                    script.push_str(&format!("set -a\n{what}\nset +a\n"));
                }
                Step::Aside(who, what) => {
                    let home = self.path(who);
                    script.push_str(&format!("(export HOME={}; {what})\n", home.display()));
                }
                Step::NotRun(_) => {}
            }
        }
        self.here(&script)
    }

    /// Goes through a guide. How many of its blocks can't run here.
    #[track_caller]
    fn goes_through(&self, person: &str, file: &str) -> usize {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../docs")
            .join(file);
        let steps = steps(&std::fs::read_to_string(path).unwrap());
        let blocks = steps
            .iter()
            .filter(|step| matches!(step, Step::Block(_)))
            .count();
        assert!(blocks > 0, "{file} has no commands");
        let (well, seen) = self.typed(person, &self.script(person, &steps));
        // Its daemon would outlive the test.
        let _ = self
            .command("git", person)
            .args(["credential-cache", "exit"])
            .output();
        let last = seen.rsplit("@@ ").next().unwrap_or_default();
        let step: Option<usize> = last
            .split_whitespace()
            .next()
            .and_then(|at| at.parse().ok());
        assert!(
            well,
            "{file}, at {:?}:\n{seen}",
            step.and_then(|at| steps.get(at))
        );
        let not_run = steps.iter().filter_map(|step| match step {
            Step::NotRun(why) => Some(why),
            _ => None,
        });
        not_run
            .inspect(|why| println!("{file}: a block was not run: {why}"))
            .count()
    }
}

#[test]
fn create_and_use_a_token() {
    assert_eq!(
        World::furnished().goes_through("tomas", "guide-developer.md"),
        0
    );
}

#[test]
fn enable_an_organization_s_members() {
    assert_eq!(World::furnished().goes_through("mona", "guide-owner.md"), 1);
}

#[test]
fn keep_it_safe() {
    assert_eq!(World::furnished().goes_through("tomas", "guide-safe.md"), 0);
}

#[test]
fn rotate_without_an_outage() {
    assert_eq!(
        World::furnished().goes_through("tomas", "guide-rotate.md"),
        0
    );
}

#[test]
fn expired_denied_breached() {
    assert_eq!(
        World::furnished().goes_through("tomas", "guide-trouble.md"),
        0
    );
}

#[test]
fn scripts_and_jobs() {
    assert_eq!(
        World::furnished().goes_through("tomas", "guide-automation.md"),
        0
    );
}

#[test]
fn packages_of_npm() {
    assert_eq!(
        World::furnished().goes_through("tomas", "guide-packages.md"),
        2
    );
}

#[test]
fn be_told_at_once() {
    assert_eq!(
        World::furnished().goes_through("mona", "guide-webhooks.md"),
        0
    );
}

#[test]
fn builds_without_a_stored_secret() {
    assert_eq!(
        World::furnished().goes_through("mona", "guide-workload.md"),
        2
    );
}

#[test]
fn secrets_for_jobs() {
    assert_eq!(
        World::furnished().goes_through("mona", "guide-secrets.md"),
        0
    );
}

#[test]
fn operate_the_server() {
    assert_eq!(
        World::new().goes_through("operator", "guide-operator.md"),
        4
    );
}

/// Signing in by a code, and what another person decides, take more than a shell.
#[test]
fn applications_that_act_for_people() {
    assert_eq!(
        World::furnished().goes_through("tomas", "guide-applications.md"),
        3
    );
}

#[test]
fn a_guide_is_read_in_its_order() {
    let text = "# A\n<!-- mona: one -->\n```sh\ntwo\nthree\n```\n```toml\nno\n```\n```sh not run: why\nfour\n```\n";
    assert_eq!(
        steps(text),
        [
            Step::Aside("mona".to_owned(), "one".to_owned()),
            Step::Block("two\nthree".to_owned()),
            Step::NotRun("why".to_owned()),
        ]
    );
}
