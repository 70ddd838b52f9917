//! Brings a database to this version's schema, once, in one transaction, and refuses what it can't understand.

use jeton_domain::Time;
use sha2::{Digest, Sha256};

use crate::connection::{Begin, Connection};
use crate::dialect::Engine;
use crate::value::ToValue;
use crate::{OpenError, StoreError};

/// A step of the schema. Applied ones never change: what follows is a new file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Migration {
    pub(crate) version: i64,
    pub(crate) name: &'static str,
    pub(crate) text: &'static str,
}

/// All of them, in order. Append only.
pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        name: "foundation",
        text: include_str!("../migrations/0001_foundation.sql"),
    },
    Migration {
        version: 2,
        name: "look_ups",
        text: include_str!("../migrations/0002_look_ups.sql"),
    },
    Migration {
        version: 3,
        name: "identities",
        text: include_str!("../migrations/0003_identities.sql"),
    },
    Migration {
        version: 4,
        name: "notices",
        text: include_str!("../migrations/0004_notices.sql"),
    },
    Migration {
        version: 5,
        name: "foresight",
        text: include_str!("../migrations/0005_foresight.sql"),
    },
    Migration {
        version: 6,
        name: "invitations",
        text: include_str!("../migrations/0006_invitations.sql"),
    },
    Migration {
        version: 7,
        name: "factors",
        text: include_str!("../migrations/0007_factors.sql"),
    },
    Migration {
        version: 8,
        name: "faults_of_jobs",
        text: include_str!("../migrations/0008_faults_of_jobs.sql"),
    },
    Migration {
        version: 9,
        name: "lists",
        text: include_str!("../migrations/0009_lists.sql"),
    },
    Migration {
        version: 10,
        name: "upkeep",
        text: include_str!("../migrations/0010_upkeep.sql"),
    },
    Migration {
        version: 11,
        name: "scopes",
        text: include_str!("../migrations/0011_scopes.sql"),
    },
    Migration {
        version: 12,
        name: "applications",
        text: include_str!("../migrations/0012_applications.sql"),
    },
    Migration {
        version: 13,
        name: "hooks",
        text: include_str!("../migrations/0013_hooks.sql"),
    },
    Migration {
        version: 14,
        name: "deliveries",
        text: include_str!("../migrations/0014_deliveries.sql"),
    },
    Migration {
        version: 15,
        name: "refreshed",
        text: include_str!("../migrations/0015_refreshed.sql"),
    },
    Migration {
        version: 16,
        name: "unused_reminders",
        text: include_str!("../migrations/0016_unused_reminders.sql"),
    },
    Migration {
        version: 17,
        name: "machines",
        text: include_str!("../migrations/0017_machines.sql"),
    },
    Migration {
        version: 18,
        name: "workload",
        text: include_str!("../migrations/0018_workload.sql"),
    },
    Migration {
        version: 19,
        name: "secrets",
        text: include_str!("../migrations/0019_secrets.sql"),
    },
    Migration {
        version: 20,
        name: "packages",
        text: include_str!("../migrations/0020_packages.sql"),
    },
    Migration {
        version: 21,
        name: "named_packages",
        text: include_str!("../migrations/0021_named_packages.sql"),
    },
    Migration {
        version: 22,
        name: "registry_questions",
        text: include_str!("../migrations/0022_registry_questions.sql"),
    },
    Migration {
        version: 23,
        name: "package_version_numbers",
        text: include_str!("../migrations/0023_package_version_numbers.sql"),
    },
];

impl Migration {
    fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.text.as_bytes()).into()
    }
}

/// Applies what is missing of `migrations`.
pub(crate) fn apply(
    connection: &mut dyn Connection,
    engine: Engine,
    place: &str,
    migrations: &[Migration],
    now: Time,
) -> Result<(), OpenError> {
    let at = |error| OpenError::at(place, error);
    connection.begin(Begin::Write).map_err(at)?;
    if let Err(error) = apply_within(connection, engine, place, migrations, now) {
        // The connection is dropped by the caller, which rolls back where this fails.
        let _ = connection.rollback();
        return Err(error);
    }
    connection.commit().map_err(at)
}

fn apply_within(
    connection: &mut dyn Connection,
    engine: Engine,
    place: &str,
    migrations: &[Migration],
    now: Time,
) -> Result<(), OpenError> {
    let at = |error| OpenError::at(place, error);
    if engine == Engine::Postgres {
        // Two nodes that start together: one applies, the other waits and finds it done. The number is arbitrary.
        connection
            .batch("SELECT pg_advisory_xact_lock(7238956)")
            .map_err(at)?;
    }
    let tables = tables(connection, engine).map_err(at)?;
    if !tables.iter().any(|table| table == "migrations") {
        if !tables.is_empty() {
            return Err(OpenError::NotADatabase {
                place: place.to_owned(),
            });
        }
        connection
            .batch(&engine.write_out(
                "CREATE TABLE migrations (version {int} PRIMARY KEY, name {text} NOT NULL, digest {bytes} NOT NULL, \
                 applied_at {int} NOT NULL) {strict}",
            ))
            .map_err(at)?;
    }
    let applied = connection
        .rows(
            "SELECT version, digest FROM migrations ORDER BY version",
            &[],
        )
        .map_err(at)?;
    let known = migrations.last().map_or(0, |migration| migration.version);
    let mut present = Vec::new();
    for row in &applied {
        let (version, digest): (i64, [u8; 32]) = (row.get(0)?, row.get(1)?);
        match migrations
            .iter()
            .find(|migration| migration.version == version)
        {
            None => {
                return Err(OpenError::Newer {
                    found: version,
                    known,
                });
            }
            Some(migration) if migration.digest() != digest => {
                return Err(OpenError::Changed { version });
            }
            Some(_) => present.push(version),
        }
    }
    for migration in migrations
        .iter()
        .filter(|migration| !present.contains(&migration.version))
    {
        run(connection, engine, migration, now).map_err(|error| match error {
            StoreError::Full => OpenError::Full {
                place: place.to_owned(),
            },
            source => OpenError::Migration {
                version: migration.version,
                source,
            },
        })?;
        tracing::info!(
            version = migration.version,
            name = migration.name,
            "migration applied"
        );
    }
    Ok(())
}

fn run(
    connection: &mut dyn Connection,
    engine: Engine,
    migration: &Migration,
    now: Time,
) -> Result<(), StoreError> {
    connection.batch(&engine.write_out(migration.text))?;
    connection
        .execute(
            "INSERT INTO migrations (version, name, digest, applied_at) VALUES ($1, $2, $3, $4)",
            &[
                migration.version.to_value(),
                migration.name.to_value(),
                migration.digest().to_value(),
                now.to_value(),
            ],
        )
        .map(|_| ())
}

fn tables(connection: &mut dyn Connection, engine: Engine) -> Result<Vec<String>, StoreError> {
    let sql = match engine {
        Engine::Sqlite => "SELECT name FROM sqlite_schema WHERE type = 'table'",
        Engine::Postgres => {
            "SELECT CAST(table_name AS TEXT) FROM information_schema.tables \
             WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'"
        }
    };
    connection
        .rows(sql, &[])?
        .iter()
        .map(|row| row.get(0))
        .collect()
}
