//! A database that fails under way, asked through both doors of the real binary: every write is refused
//! with 503 and a reason, nothing is half done, what is there can be read, and what mends it is enough.

use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::binary::{Machine, PASSWORD, Server};
use crate::database::Database;
use crate::wire::{Answer, basic, send};

/// A server with a person, a repository that holds a commit, and a token for it.
struct World {
    machine: Machine,
    server: Server,
    client: String,
    token: (i64, String),
}

impl World {
    /// By `JETON_DATABASE`; in the data folder without one.
    fn on(database: Option<&str>) -> Self {
        let machine = Machine::new();
        let given = database.map(|url| ("JETON_DATABASE", url));
        let server = machine.serve(&[], given.as_slice()).unwrap();
        let words = ["user", "create", "ann", "--email", "ann@example.org"];
        match database {
            Some(url) => machine.admin_on(url, &words, PASSWORD).well(),
            None => machine.admin_told(&words, PASSWORD).well(),
        };
        let mut world = Self {
            machine,
            server,
            client: String::new(),
            token: (0, String::new()),
        };
        let person = json!({ "login": "ann", "password": PASSWORD });
        let signed = world.well("POST", "/api/jeton/v1/sign-in", &person);
        world.client = signed["token"].as_str().unwrap().to_owned();
        world.well("POST", "/api/v3/user/repos", &json!({ "name": "labs" }));
        let made = world.well("POST", "/api/jeton/v1/tokens", &wish("before"));
        world.token = (
            made["id"].as_i64().unwrap(),
            made["token"].as_str().unwrap().to_owned(),
        );
        let labs = world.machine.path("labs");
        world.git(&["init", "-q", "-b", "main", &labs]).well();
        world.commit();
        world.push().well();
        world
    }

    fn ask(&self, method: &str, path: &str, value: &str, body: &Value) -> Answer {
        let address: SocketAddr = self.server.url["http://".len()..].parse().unwrap();
        let bearer = format!("Bearer {value}");
        let mut headers = vec![("content-type", "application/json")];
        if !value.is_empty() {
            headers.push(("authorization", &bearer));
        }
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        send(address, method, path, &headers, body.as_bytes())
    }

    #[track_caller]
    fn well(&self, method: &str, path: &str, body: &Value) -> Value {
        let answer = self.ask(method, path, &self.client, body);
        let what = format!("{method} {path}: {} {}", answer.status, answer.text());
        assert!((200..300).contains(&answer.status), "{what}");
        answer.json()
    }

    fn git(&self, words: &[&str]) -> crate::binary::Said {
        let who = ["-c", "user.name=ann", "-c", "user.email=ann@example.org"];
        self.machine.run("git", &[&who[..], words].concat())
    }

    fn commit(&self) {
        let labs = self.machine.path("labs");
        self.git(&["-C", &labs, "commit", "-q", "--allow-empty", "-m", "one"])
            .well();
    }

    fn remote(&self) -> String {
        let credential = format!("http://x:{}@", self.token.1);
        self.server.url.replace("http://", &credential) + "/ann/labs.git"
    }

    fn push(&self) -> crate::binary::Said {
        let labs = self.machine.path("labs");
        self.git(&["-C", &labs, "push", "-q", &self.remote(), "main"])
    }

    fn tip(&self) -> String {
        self.git(&["ls-remote", &self.remote(), "main"]).well().out
    }

    fn names(&self) -> Vec<String> {
        let list = self.well("GET", "/api/jeton/v1/tokens?per_page=100", &Value::Null);
        let names = list.as_array().unwrap().iter();
        names
            .map(|token| token["name"].as_str().unwrap().to_owned())
            .collect()
    }

    /// What holds while the database fails, and after `mend`.
    fn check(&self, reason: &str, says: &str, mend: impl FnOnce()) {
        let (names, tip) = (self.names(), self.tip());
        let (id, value) = &self.token;
        let revoke = format!("/api/jeton/v1/tokens/{id}/revoke");
        for (method, path, body) in [
            ("POST", "/api/jeton/v1/tokens", wish(reason)),
            ("POST", revoke.as_str(), Value::Null),
            ("POST", "/api/v3/user/repos", json!({ "name": reason })),
            ("DELETE", "/api/v3/repos/ann/labs", Value::Null),
        ] {
            let answer = self.ask(method, path, &self.client, &body);
            let told = answer.json();
            let what = format!(
                "{reason}: {method} {path}: {} {}",
                answer.status,
                answer.text()
            );
            assert_eq!(answer.status, 503, "{what}");
            assert_eq!(told["reason"], reason, "{what}");
            assert_eq!(told["message"], says, "{what}");
            assert!(told["request_id"].is_string(), "{what}");
            let again = answer.header("retry-after").unwrap_or_default();
            assert!(
                again.parse::<u32>().is_ok_and(|seconds| seconds > 0),
                "{what}"
            );
            // Which database it is and what it said is for the operator's log.
            let text = answer.text().to_lowercase();
            for inside in ["sqlite", "postgres", "i/o", "insert", "fault"] {
                assert!(!text.contains(inside), "{what}");
            }
        }
        self.commit();
        let pushed = self.push();
        assert!(
            pushed.code != 0 && pushed.err.contains("remote: "),
            "{pushed:?}"
        );
        // Nothing came of it, and what is there can be read by who may.
        assert_eq!(self.names(), names, "{reason}");
        assert_eq!(self.tip(), tip, "{reason}: a ref moved");
        let labs = self.ask("GET", "/api/v3/repos/ann/labs", value, &Value::Null);
        assert_eq!(labs.status, 200, "{reason}: {}", labs.text());
        let none = self.ask(
            "GET",
            &format!("/api/v3/repos/ann/{reason}"),
            &self.client,
            &Value::Null,
        );
        assert_eq!(none.status, 404, "{reason}: {}", none.text());

        mend();
        self.well("POST", "/api/jeton/v1/tokens", &wish(reason));
        assert_eq!(self.names().len(), names.len() + 1);
        self.push().well();
        assert_ne!(self.tip(), tip);
    }

    fn healthy(&self) -> u16 {
        self.ask("GET", "/healthz", "", &Value::Null).status
    }
}

fn wish(name: &str) -> Value {
    json!({ "name": name, "repositories": "all", "permissions": { "contents": "write" } })
}

const FULL: (&str, &str) = (
    "disk_full",
    "The server's disk is full; nothing was changed.",
);
const AWAY: (&str, &str) = (
    "database_away",
    "The server's database can't be reached; nothing was changed.",
);
const READ_ONLY: (&str, &str) = (
    "read_only",
    "The server's database is read-only at the moment; nothing was changed.",
);

/// The engine itself says so, in the middle of each write: the next row of this table would have a number
/// that there is not.
const BRIM: &str = "CREATE TABLE brim (id INTEGER PRIMARY KEY AUTOINCREMENT);
    INSERT INTO brim VALUES (9223372036854775807);
    CREATE TRIGGER brim_full AFTER INSERT ON audit BEGIN INSERT INTO brim (id) VALUES (NULL); END;";

#[test]
fn a_sqlite_file_that_can_not_grow_refuses_writes_and_loses_nothing() {
    let world = World::on(None);
    let file = world.machine.data().join("jeton.db");
    let behind = |sql: &str| {
        let other = rusqlite::Connection::open(&file).unwrap();
        other
            .busy_timeout(std::time::Duration::from_secs(20))
            .unwrap();
        other.execute_batch(sql).unwrap();
    };
    behind(BRIM);
    world.check(FULL.0, FULL.1, || {
        behind("DROP TRIGGER brim_full; DROP TABLE brim")
    });
    assert_eq!(world.healthy(), 200);
}

#[test]
fn a_postgresql_server_that_fails_refuses_writes_and_loses_nothing() {
    let Some(database) = Database::postgres("fails") else {
        return;
    };
    let url = database.url().unwrap();
    let world = World::on(Some(&url));
    let behind = |sql: &str| {
        let mut client = postgres::Client::connect(&url, postgres::NoTls).unwrap();
        client.batch_execute(sql).unwrap();
    };
    // What the server reports of a full disk, of a shutdown, and where it only follows another.
    for ((reason, says), state) in [(FULL, "53100"), (AWAY, "57P01"), (READ_ONLY, "25006")] {
        behind(&format!(
            "CREATE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql \
             AS $$ BEGIN RAISE EXCEPTION 'a fault' USING ERRCODE = '{state}'; END $$; \
             CREATE TRIGGER fault BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION fault()"
        ));
        world.check(reason, says, || behind("DROP FUNCTION fault() CASCADE"));
    }
    assert_eq!(world.healthy(), 200);
}

/// A disk that is full of logs, for one.
#[test]
fn a_log_that_can_not_be_written_stops_nobody() {
    use std::io::{BufRead, BufReader};
    let machine = Machine::new();
    let data = machine.data().display().to_string();
    let words = ["serve", "--data", &data, "--listen", "127.0.0.1:0"];
    let full = std::fs::File::options().write(true).open("/dev/full");
    let mut child = machine
        .command(env!("CARGO_BIN_EXE_jeton"), "operator", &words)
        .env("JETON_LOG_LEVEL", "debug")
        .stdout(std::process::Stdio::piped())
        .stderr(full.unwrap())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let address = line.trim().strip_prefix("Jeton serves http://").unwrap();
    let authorization = basic("x", "nonsense");
    let headers = [("authorization", authorization.as_str())];
    let answer = send(
        address.parse().unwrap(),
        "GET",
        "/api/v3/user",
        &headers,
        b"",
    );
    assert_eq!(answer.status, 401, "{}", answer.text());
    assert_eq!(child.try_wait().unwrap(), None, "it ended");
    child.kill().unwrap();
    child.wait().unwrap();
}
