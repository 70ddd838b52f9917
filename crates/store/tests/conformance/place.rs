//! Where a test's database is: a file in a folder of its own, or a database of its own on the server.

use std::path::PathBuf;

use jeton_domain::Time;
use jeton_store::{Incarnation, OpenError, Options, Store};

pub(crate) const NOW: Time = Time::from_seconds(1_800_000_000);

pub(crate) struct Place {
    folder: tempfile::TempDir,
    server: Option<Server>,
}

struct Server {
    admin: String,
    database: String,
}

impl Place {
    pub(crate) fn sqlite() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            server: None,
        }
    }

    /// `None`, with a line that says so, where no server is given.
    #[expect(clippy::print_stderr, reason = "the test runner counts these lines")]
    #[expect(clippy::disallowed_methods, reason = "a test reads its environment")]
    pub(crate) fn postgres(test: &str) -> Option<Self> {
        let Ok(admin) = std::env::var("JETON_TEST_POSTGRES") else {
            eprintln!("skipped: {test} on PostgreSQL: JETON_TEST_POSTGRES is not set");
            return None;
        };
        let database = format!("jeton_{}_{test}", std::process::id());
        let database: String = database.chars().take(55).collect();
        run(&admin, &format!("DROP DATABASE IF EXISTS {database}"));
        run(&admin, &format!("CREATE DATABASE {database}"));
        Some(Self {
            folder: tempfile::tempdir().unwrap(),
            server: Some(Server { admin, database }),
        })
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The server's URL with the test's database as its path.
    pub(crate) fn url(&self) -> Option<String> {
        let server = self.server.as_ref()?;
        let (base, _) = server.admin.rsplit_once('/').unwrap();
        Some(format!("{base}/{}", server.database))
    }

    pub(crate) fn options(&self) -> Options {
        let mut options = Options::new(NOW, Incarnation(11));
        options.tombstones = Some(self.file("tombstones.jsonl"));
        options
    }

    pub(crate) fn open(&self) -> Store {
        self.try_open(&self.options()).unwrap()
    }

    pub(crate) fn try_open(&self, options: &Options) -> Result<Store, OpenError> {
        match self.url() {
            Some(url) => Store::open_postgres(&url, options),
            None => Store::open_sqlite(&self.file("jeton.db"), options),
        }
    }

    /// Keeps a copy of the database as it is. No store may be open.
    pub(crate) fn back_up(&self) {
        match &self.server {
            Some(server) => copy_database(
                &server.admin,
                &server.database,
                &format!("{}_backup", server.database),
            ),
            None => drop(std::fs::copy(self.file("jeton.db"), self.file("backup.db")).unwrap()),
        }
    }

    /// Puts the copy in the database's place. No store may be open.
    pub(crate) fn restore(&self) {
        if let Some(server) = &self.server {
            copy_database(
                &server.admin,
                &format!("{}_backup", server.database),
                &server.database,
            );
        } else {
            for beside in ["jeton.db-wal", "jeton.db-shm"] {
                let _ = std::fs::remove_file(self.file(beside));
            }
            std::fs::copy(self.file("backup.db"), self.file("jeton.db")).unwrap();
        }
    }

    /// Runs a statement behind the store's back.
    pub(crate) fn behind(&self, sql: &str) {
        match self.url() {
            Some(url) => run(&url, sql),
            None => rusqlite::Connection::open(self.file("jeton.db"))
                .unwrap()
                .execute_batch(sql)
                .unwrap(),
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(server) = &self.server {
            for name in [
                server.database.clone(),
                format!("{}_backup", server.database),
            ] {
                run(
                    &server.admin,
                    &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
                );
            }
        }
    }
}

fn copy_database(admin: &str, from: &str, to: &str) {
    run(admin, &format!("DROP DATABASE IF EXISTS {to} WITH (FORCE)"));
    let mut client = postgres::Client::connect(admin, postgres::NoTls).unwrap();
    // The server needs a moment to notice that the last client of `from` has gone.
    let copied = (0..100).any(|_| {
        let done = client.batch_execute(&format!("CREATE DATABASE {to} TEMPLATE {from}"));
        if done.is_err() {
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        done.is_ok()
    });
    assert!(copied, "{from} could not be copied");
}

fn run(url: &str, sql: &str) {
    postgres::Client::connect(url, postgres::NoTls)
        .unwrap()
        .batch_execute(sql)
        .unwrap();
}

/// Makes one test per engine of each function.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[test]
            fn $name() {
                super::$name(&$crate::place::Place::sqlite());
            })*
        }

        mod postgres {
            $(#[test]
            fn $name() {
                if let Some(place) = $crate::place::Place::postgres(stringify!($name)) {
                    super::$name(&place);
                }
            })*
        }
    };
}

pub(crate) use on_both;
