//! The two engines: a file in the data folder, or a database of its own on the server that
//! `JETON_TEST_POSTGRES` names.

use std::path::Path;

use jeton_store::{Options, Store};

/// Where a server keeps its rows.
#[derive(Debug)]
pub enum Database {
    /// In its data folder.
    Sqlite,
    /// On a server; dropped with this value.
    Postgres { admin: String, name: String },
}

impl Database {
    /// A fresh database for a test. `None`, with a line that says so, where no server is given.
    #[expect(clippy::print_stderr, reason = "the test runner counts these lines")]
    pub fn postgres(test: &str) -> Option<Self> {
        let Ok(admin) = std::env::var("JETON_TEST_POSTGRES") else {
            eprintln!("skipped: {test} on PostgreSQL: JETON_TEST_POSTGRES is not set");
            return None;
        };
        let name = format!("jeton_story_{}_{test}", std::process::id());
        let name: String = name.chars().take(60).collect();
        run(
            &admin,
            &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
        );
        run(&admin, &format!("CREATE DATABASE {name}"));
        Some(Self::Postgres { admin, name })
    }

    /// Opens it while no server does. `data`: that server's folder.
    #[allow(dead_code, reason = "each test target uses its part")]
    pub fn open(&self, data: &Path, options: &Options) -> Store {
        match self.url() {
            Some(url) => Store::open_postgres(&url, options).unwrap(),
            None => Store::open_sqlite(&data.join("jeton.db"), options).unwrap(),
        }
    }

    /// What the setting `database` is to be, where it is not the default.
    pub fn url(&self) -> Option<String> {
        match self {
            Self::Sqlite => None,
            Self::Postgres { admin, name } => {
                let (base, _) = admin.rsplit_once('/').unwrap();
                Some(format!("{base}/{name}"))
            }
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Self::Postgres { admin, name } = self {
            run(
                admin,
                &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
            );
        }
    }
}

fn run(url: &str, sql: &str) {
    postgres::Client::connect(url, postgres::NoTls)
        .unwrap()
        .batch_execute(sql)
        .unwrap();
}

/// Makes one test per engine of each function of a [`Database`].
#[allow(
    unused_macros,
    reason = "each test target uses its part of the support"
)]
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[test]
            fn $name() {
                super::$name($crate::support::database::Database::Sqlite);
            })*
        }

        mod postgres {
            $(#[test]
            fn $name() {
                if let Some(database) = $crate::support::database::Database::postgres(stringify!($name)) {
                    super::$name(database);
                }
            })*
        }
    };
}

#[allow(
    unused_imports,
    reason = "each test target uses its part of the support"
)]
pub(crate) use on_both;
