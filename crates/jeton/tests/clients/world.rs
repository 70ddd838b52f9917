//! One machine for one client: the server, its authority, people, an organization, repositories and tokens.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::apart::Apart;

/// The server's name, as its clients know it.
pub(crate) const HOST: &str = "git.jeton.test";
pub(crate) const URL: &str = "https://git.jeton.test";
pub(crate) const API: &str = "https://git.jeton.test/api/v3";
/// The registry's own name.
pub(crate) const NPM: &str = "npm.git.jeton.test";
const ADDRESS: &str = "127.0.0.7";
pub(crate) const PASSWORD: &str = "correct horse battery";

/// What a command answered.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    pub(crate) fn of(output: &Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    #[track_caller]
    pub(crate) fn well(self) -> Self {
        assert_eq!(self.code, 0, "{self:?}");
        self
    }

    /// It failed, with these words.
    #[track_caller]
    pub(crate) fn failed(self, words: &str) -> Self {
        assert!(
            self.code != 0 && (self.err.contains(words) || self.out.contains(words)),
            "no `{words}`: {self:?}"
        );
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// Ann owns acme; `acme/labs` and her own `notes` hold a commit, and Kim has an account.
pub(crate) struct World {
    server: Child,
    apart: Apart,
    folder: tempfile::TempDir,
    /// Reaches all of Ann's own.
    pub(crate) own: String,
    /// Reaches all of acme's.
    pub(crate) acme: String,
}

impl World {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::create_dir(path("home")).unwrap();
        let hosts = format!(
            "127.0.0.1 localhost\n{ADDRESS} {HOST} api.{HOST} {NPM}\n127.0.0.8 github.localhost api.github.localhost\n"
        );
        std::fs::write(path("hosts"), hosts).unwrap();
        let apart = Apart::new(&path("hosts"));
        let data = path("data").display().to_string();
        let admin = |words: &[&str], line: &str| {
            let words = [&["admin", "--data", &data], words].concat();
            jeton(
                Command::new(env!("CARGO_BIN_EXE_jeton")),
                folder.path(),
                &words,
                line,
            )
            .well()
        };
        admin(
            &[
                "tls",
                "init",
                "--name",
                HOST,
                "--name",
                &format!("api.{HOST}"),
                "--name",
                NPM,
            ],
            "",
        );
        for login in ["ann", "kim"] {
            let email = format!("{login}@example.org");
            admin(
                &[
                    "user",
                    "create",
                    login,
                    "--email",
                    &email,
                    "--administrator",
                ],
                PASSWORD,
            );
        }
        let server = Self::serve(&apart, folder.path(), &data);
        let mut world = Self {
            server,
            apart,
            folder,
            own: String::new(),
            acme: String::new(),
        };
        world.furnish();
        // What comes from here on is the client's.
        world.forget();
        world
    }

    fn serve(apart: &Apart, folder: &Path, data: &str) -> Child {
        let log = std::fs::File::create(folder.join("log")).unwrap();
        let mut server = apart.command(folder, env!("CARGO_BIN_EXE_jeton"));
        let listen = format!("{ADDRESS}:443");
        let (certificate, key) = (
            format!("{data}/tls/server.pem"),
            format!("{data}/tls/server.key"),
        );
        let words = [
            "serve",
            "--data",
            data,
            "--listen",
            &listen,
            "--public-url",
            URL,
            "--npm-url",
            &format!("https://{NPM}"),
            "--tls-certificate",
            &certificate,
            "--tls-key",
            &key,
            "--log-level",
            "jeton_http=debug,info",
            "--rates-principal",
            "100000",
        ];
        let child = server
            .args(words)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let until = Instant::now() + Duration::from_secs(30);
        while apart
            .command(folder, "curl")
            .args(["-sf", "--cacert"])
            .arg(format!("{data}/tls/authority.pem"))
            .args(["-o", "/dev/null", &format!("{URL}/readyz")])
            .status()
            .is_ok_and(|status| !status.success())
        {
            assert!(
                Instant::now() < until,
                "{}",
                std::fs::read_to_string(folder.join("log")).unwrap_or_default()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
        child
    }

    fn furnish(&mut self) {
        let jeton = |words: &[&str], line: &str| {
            let program = self
                .apart
                .command(self.folder.path(), env!("CARGO_BIN_EXE_jeton"));
            jeton(program, self.folder.path(), words, line).well().out
        };
        let authority = self.authority();
        jeton(
            &[
                "login",
                URL,
                "--user",
                "ann",
                "--password-stdin",
                "--cacert",
                &authority,
            ],
            PASSWORD,
        );
        jeton(&["org", "create", "acme"], "");
        jeton(&["repo", "create", "acme/labs"], "");
        jeton(&["repo", "create", "notes"], "");
        let token = |name: &str, more: &[&str]| {
            let words = [
                &[
                    "token",
                    "create",
                    name,
                    "--all-repositories",
                    "--yes",
                    "--value-only",
                    "-p",
                    "metadata",
                    "-p",
                    "contents=write",
                    "-p",
                    "administration=write",
                ],
                more,
            ]
            .concat();
            jeton(&words, "").trim().to_owned()
        };
        let own = token(
            "own",
            &[
                "-p",
                "emails",
                "-p",
                "profile=write",
                "-p",
                "secrets=write",
                "-p",
                "codespaces_user_secrets=write",
            ],
        );
        let acme = token(
            "acme",
            &[
                "--owner",
                "acme",
                "-p",
                "members=write",
                "-p",
                "organization_hooks=write",
                "-p",
                "repository_hooks=write",
                "-p",
                "secrets=write",
                "-p",
                "organization_secrets=write",
                "-p",
                "organization_administration=write",
                "-p",
                "organization_personal_access_tokens=write",
                "-p",
                "organization_personal_access_token_requests=write",
            ],
        );
        (self.own, self.acme) = (own, acme);
        let script = "git init -q -b main seed && cd seed && echo one > file && git add . && git commit -qm one && \
                      git push -q \"https://ann:$OWN@$HOST/ann/notes\" main && git push -q \"https://ann:$ACME@$HOST/acme/labs\" main";
        self.shell(script, &[]).well();
    }

    /// A program as Ann starts it, trusting the server's authority and knowing both tokens.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = self.apart.command(self.folder.path(), program);
        let authority = self.authority();
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.folder.path().join("home"))
            .env("LC_ALL", "C.UTF-8")
            .env("NO_COLOR", "1")
            .env("HOST", HOST)
            .env("NPM", NPM)
            .env("URL", URL)
            .env("API", API)
            .env("OWN", &self.own)
            .env("ACME", &self.acme)
            .env("CA", &authority)
            .env("SSL_CERT_FILE", &authority)
            .env("REQUESTS_CA_BUNDLE", &authority)
            .env("NODE_EXTRA_CA_CERTS", &authority)
            .env("GIT_SSL_CAINFO", &authority)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_TERMINAL_PROMPT", "0")
            .stdin(Stdio::null());
        for who in ["AUTHOR", "COMMITTER"] {
            command
                .env(format!("GIT_{who}_NAME"), "Ann")
                .env(format!("GIT_{who}_EMAIL"), "ann@example.org");
        }
        command
    }

    /// Runs a program with these arguments.
    pub(crate) fn run(&self, program: &str, words: &[&str]) -> Said {
        Said::of(&self.command(program).args(words).output().unwrap())
    }

    /// Runs a line of shell, with more variables.
    pub(crate) fn shell(&self, script: &str, more: &[(&str, &str)]) -> Said {
        let mut shell = self.command("sh");
        Said::of(
            &shell
                .args(["-euc", script])
                .envs(more.iter().copied())
                .output()
                .unwrap(),
        )
    }

    /// Where the authority's certificate is.
    pub(crate) fn authority(&self) -> String {
        self.folder
            .path()
            .join("data/tls/authority.pem")
            .display()
            .to_string()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What was asked until now is not the client's.
    pub(crate) fn forget(&self) {
        std::fs::OpenOptions::new()
            .write(true)
            .truncate(true)
            .open(self.path("log"))
            .unwrap();
    }

    /// What the server says that it was asked since: method and path as the table has them, with the status.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.path("log")).unwrap()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // The server leads no group; it is the program that nsenter became.
        let _ = Command::new("kill")
            .arg(self.server.id().to_string())
            .status();
        let _ = self.server.wait();
    }
}

fn jeton(mut program: Command, folder: &Path, words: &[&str], line: &str) -> Said {
    use std::io::Write as _;
    let mut child = program
        .args(words)
        .env_clear()
        .env("HOME", folder.join("home"))
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that is refused at once does not read its input.
    let _ = writeln!(child.stdin.take().unwrap(), "{line}");
    Said::of(&child.wait_with_output().unwrap())
}

/// Below this lies what the test command installed.
pub(crate) fn installed(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/xtask");
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or(root, |target| Path::new(&target).join("xtask"));
    // A link in it stays one: by its own name Python knows what was installed for it.
    let found = target.canonicalize().unwrap_or(target).join(path);
    assert!(
        found.exists(),
        "`{}` is missing: `cargo xtask test clients` installs it",
        found.display()
    );
    found.display().to_string()
}

/// The folder with the clients' programs.
pub(crate) fn scripts() -> String {
    format!("{}/tests/clients", env!("CARGO_MANIFEST_DIR"))
}
