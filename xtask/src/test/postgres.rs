//! A private `PostgreSQL` server for the length of a test run.

use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{DirBuilderExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use crate::error::Error;
use crate::process::{command, find, user};

/// Where tests look for a server's address.
pub(crate) const VARIABLE: &str = "JETON_TEST_POSTGRES";

/// The oldest version that Jeton works with.
const OLDEST: u32 = 15;
/// A free port can be taken by another before the server has it.
const TRIES: u32 = 3;

/// Starts the server, says so, waits until its own input ends, and takes everything away.
///
/// The input is a pipe that only this tool holds: it ends when the tool is done, is interrupted or is killed, so the server
/// outlives none of these. Durability is off, since the data does not outlive the run.
const GUARD: &str = r#"
programs=$1; home=$2; port=$3
trap '' INT TERM HUP
{
  "$programs/initdb" -D "$home/data" -U jeton -A trust --no-sync --no-locale -E UTF8 </dev/null &&
  "$programs/pg_ctl" -D "$home/data" -l "$home/server.log" -w -t 60 -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=200" start </dev/null
} >"$home/start.log" 2>&1
if test $? -eq 0; then
  echo ready
  cat >/dev/null
else
  echo failed
  cat "$home/start.log" "$home/server.log" 2>/dev/null
fi
"$programs/pg_ctl" -D "$home/data" -m immediate -w stop >/dev/null 2>&1 </dev/null
rm -rf "$home"
"#;

/// The folder with `initdb` and `pg_ctl` of a version that is new enough.
pub(crate) fn programs() -> Option<PathBuf> {
    newest_in(Path::new("/usr/lib/postgresql")).or_else(|| {
        // Elsewhere they are on the path, or their folder is linked from there.
        let initdb = find("initdb")?.canonicalize().ok()?;
        initdb.parent().map(Path::to_owned)
    })
}

/// Debian keeps each version in a folder of its own.
fn newest_in(folder: &Path) -> Option<PathBuf> {
    let versions = std::fs::read_dir(folder).ok()?.flatten();
    let numbered = versions.filter_map(|entry| {
        let version: u32 = entry.file_name().to_str()?.parse().ok()?;
        let programs = entry.path().join("bin");
        let complete = programs.join("initdb").is_file() && programs.join("pg_ctl").is_file();
        (version >= OLDEST && complete).then_some((version, programs))
    });
    numbered.max().map(|(_, programs)| programs)
}

/// The running server; it ends with this value.
pub(crate) struct Postgres {
    guard: Child,
    home: PathBuf,
    url: String,
}

impl Postgres {
    pub(crate) fn start() -> Result<Self, Error> {
        let programs = programs().ok_or_else(|| trouble("no `initdb` was found".into()))?;
        let mut attempt = 1;
        loop {
            match Self::start_with(&programs, attempt) {
                Err(_) if attempt < TRIES => attempt += 1,
                result => return result,
            }
        }
    }

    fn start_with(programs: &Path, attempt: u32) -> Result<Self, Error> {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .and_then(|listener| listener.local_addr())
            .map_err(|source| trouble(source.to_string()))?
            .port();
        let home = std::env::temp_dir().join(format!(
            "jeton-postgres-{}-{port}-{attempt}",
            std::process::id()
        ));
        std::fs::DirBuilder::new()
            .mode(0o700)
            .create(&home)
            .map_err(Error::file(&home))?;
        let mut guard = command("sh");
        guard
            .args(["-c", GUARD, "sh"])
            .arg(programs)
            .arg(&home)
            .arg(port.to_string())
            .current_dir(&home)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            // Ctrl-C reaches this tool only; the end of the pipe then reaches the guard.
            .process_group(0);
        if user() == Some(0) {
            // PostgreSQL refuses to run as root.
            let (uid, gid) = unprivileged()?;
            chown(&home, Some(uid), Some(gid)).map_err(Error::file(&home))?;
            guard.uid(uid).gid(gid);
        }
        let mut guard = guard.spawn().map_err(|source| Error::Start {
            program: "sh".into(),
            source,
        })?;
        let mut said = Vec::new();
        if let Some(output) = guard.stdout.take() {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                let ready = line == "ready";
                said.push(line);
                if ready {
                    break;
                }
            }
        }
        let server = Self {
            guard,
            home,
            url: format!("postgres://jeton@127.0.0.1:{port}/postgres"),
        };
        if said.last().is_some_and(|line| line == "ready") {
            Ok(server)
        } else {
            Err(trouble(said.join("\n")))
        }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        let _ended = self.guard.wait();
        // The guard has removed it, unless it was killed or may not write to the folder above.
        let _removed = std::fs::remove_dir_all(&self.home);
    }
}

fn trouble(what: String) -> Error {
    Error::Program {
        program: "postgresql".into(),
        what,
    }
}

/// User and group of `postgres`, which Debian's package makes, or of `nobody`.
fn unprivileged() -> Result<(u32, u32), Error> {
    let path = Path::new("/etc/passwd");
    let users = std::fs::read_to_string(path).map_err(Error::file(path))?;
    ["postgres", "nobody"]
        .iter()
        .find_map(|name| ids(&users, name))
        .ok_or_else(|| trouble("there is no user `postgres` or `nobody` to run as".into()))
}

fn ids(users: &str, name: &str) -> Option<(u32, u32)> {
    let mut fields = users
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?
        .split(':')
        .skip(1);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

    /// Programs that write down how they were called.
    fn fake_programs(folder: &Path, start: &str) {
        let calls = folder.join("calls");
        std::fs::write(&calls, "").unwrap();
        for (name, body) in [("initdb", "mkdir \"$2\""), ("pg_ctl", start)] {
            let path = folder.join(name);
            let script = format!(
                "#!/bin/sh\necho \"{name} $*\" >>{}\n{body}\n",
                calls.display()
            );
            std::fs::write(&path, script).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).unwrap();
        std::fs::set_permissions(&calls, std::fs::Permissions::from_mode(0o666)).unwrap();
    }

    fn calls(folder: &Path) -> String {
        std::fs::read_to_string(folder.join("calls")).unwrap()
    }

    #[test]
    fn the_server_is_stopped_and_its_folder_removed_with_the_guard() {
        let folder = tempfile::tempdir().unwrap();
        fake_programs(folder.path(), "exit 0");
        let server = Postgres::start_with(folder.path(), 1).unwrap();
        let home = server.home.clone();
        assert!(home.join("data").is_dir());
        assert_ne!(std::fs::metadata(&home).unwrap().uid(), 0);
        assert!(server.url().starts_with("postgres://jeton@127.0.0.1:"));
        assert!(!calls(folder.path()).contains("immediate"));
        drop(server);
        assert!(calls(folder.path()).contains("-m immediate -w stop"));
        assert!(!home.exists());
    }

    #[test]
    fn a_server_that_does_not_start_leaves_nothing_and_says_why() {
        let folder = tempfile::tempdir().unwrap();
        fake_programs(folder.path(), "echo no room on the device; exit 1");
        let error = Postgres::start_with(folder.path(), 1).err().unwrap();
        assert!(
            error.to_string().contains("no room on the device"),
            "{error}"
        );
        let left = std::fs::read_dir(std::env::temp_dir()).unwrap().flatten();
        let ours = format!("jeton-postgres-{}-", std::process::id());
        let suffix = "-1";
        assert_eq!(
            left.filter(|entry| {
                let name = entry.file_name().to_string_lossy().into_owned();
                name.starts_with(&ours)
                    && name.ends_with(suffix)
                    && !entry.path().join("data").exists()
            })
            .count(),
            0
        );
    }

    #[test]
    fn users_are_read_by_their_whole_name() {
        let users =
            "root:x:0:0::/:/bin/sh\nnobodyelse:x:7:7::/:\nnobody:x:65534:65533:n:/:/bin/false\n";
        assert_eq!(ids(users, "nobody"), Some((65534, 65533)));
        assert_eq!(ids(users, "postgres"), None);
    }

    #[test]
    fn the_newest_complete_version_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        for (version, complete) in [
            ("9", true),
            ("15", true),
            ("16", true),
            ("17", false),
            ("x", true),
        ] {
            let programs = folder.path().join(version).join("bin");
            std::fs::create_dir_all(&programs).unwrap();
            std::fs::write(programs.join("initdb"), "").unwrap();
            if complete {
                std::fs::write(programs.join("pg_ctl"), "").unwrap();
            }
        }
        assert_eq!(newest_in(folder.path()), Some(folder.path().join("16/bin")));
        assert_eq!(newest_in(&folder.path().join("none")), None);
    }
}
