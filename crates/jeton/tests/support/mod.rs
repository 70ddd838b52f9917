//! A whole server on loopback, with a frozen clock, for tests that come through its doors: raw HTTP,
//! and the real git.

#![allow(dead_code, reason = "each test target uses its part of the support")]

pub mod authenticator_app;
pub mod database;
pub mod filled;
pub mod git;
pub mod hooks;
pub mod http;
pub mod packages;
pub mod routes;
pub mod secrets;
pub mod world;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jeton::config::Config;
use jeton::server::{Doors, Outside, Running, start};
use jeton_app::App;
use jeton_domain::{Span, Time};
use jeton_store::{Incarnation, Options, Store};
use jeton_testkit::{FrozenClock, SeededEntropy};

use database::Database;

/// 2026-11-21T08:00:00Z, a Saturday.
pub const NOW: Time = Time::from_seconds(1_795_248_000);

/// A running server in a folder of its own.
pub struct Site {
    running: Option<Running>,
    runtime: tokio::runtime::Runtime,
    pub clock: Arc<FrozenClock>,
    folder: tempfile::TempDir,
    flags: BTreeMap<&'static str, String>,
    /// Dropped after the server.
    database: Database,
    /// Each run draws other randomness, as a real generator would.
    runs: u64,
}

impl Site {
    pub fn start() -> Self {
        Self::with(&[])
    }

    /// With settings of its own. With `mail.from` alone letters go into a folder of the site's.
    pub fn with(settings: &[(&'static str, &str)]) -> Self {
        Self::on(Database::Sqlite, settings)
    }

    /// On one of the two engines.
    pub fn on(database: Database, settings: &[(&'static str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let mut flags = BTreeMap::from([
            ("data", folder.path().join("data").display().to_string()),
            ("listen", "127.0.0.1:0".to_owned()),
        ]);
        flags.extend(database.url().map(|url| ("database", url)));
        flags.extend(
            settings
                .iter()
                .map(|(key, value)| (*key, (*value).to_owned())),
        );
        if flags.contains_key("mail.from") && !flags.contains_key("mail.host") {
            let mail = folder.path().join("mail");
            std::fs::create_dir(&mail).unwrap();
            flags
                .entry("mail.folder")
                .or_insert_with(|| mail.display().to_string());
        }
        let mut site = Self {
            running: None,
            runtime,
            clock: Arc::new(FrozenClock::at(NOW)),
            folder,
            flags,
            database,
            runs: 0,
        };
        site.run();
        site
    }

    fn run(&mut self) {
        self.runs += 1;
        let config = Config::load(&self.flags, &|_| None, None).unwrap();
        let outside = Outside {
            clock: Arc::clone(&self.clock) as _,
            entropy: Arc::new(SeededEntropy::new(self.runs)),
            program: PathBuf::from(env!("CARGO_BIN_EXE_jeton")),
        };
        self.running = Some(
            self.runtime
                .block_on(start(config, outside, Doors::All))
                .unwrap(),
        );
    }

    /// Ends the server in order and starts it again on the same data.
    pub fn restart(&mut self) {
        self.stop();
        self.run();
    }

    pub fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            self.runtime.block_on(running.stop());
        }
    }

    pub fn running(&self) -> &Running {
        self.running.as_ref().unwrap()
    }

    pub fn app(&self) -> &App {
        &self.running().app
    }

    pub fn address(&self) -> SocketAddr {
        self.running().address.unwrap()
    }

    pub fn url(&self) -> &str {
        &self.running().url
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The database, while the server stands still.
    pub fn store(&self) -> Store {
        let options = Options::new(NOW, Incarnation(99));
        self.database.open(&self.folder().join("data"), &options)
    }

    pub fn later(&self, span: Span) {
        self.clock.advance(span);
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.stop();
    }
}
