//! The database behind the server's back, with one text of every query for both engines.

use jeton_domain::Time;
use jeton_store::{Engine, FromValue, Incarnation, Options, Row, Sql, Store, ToValue};

use super::server::Place;

pub struct Rows(Store);

impl Rows {
    /// A second client of the running server's database.
    pub fn open(place: &Place) -> Self {
        let options = Options::new(Time::from_seconds(1), Incarnation(1));
        Self(match place.database.url() {
            Some(url) => Store::open_postgres(&url, &options).unwrap(),
            None => Store::open_sqlite(&place.data().join("jeton.db"), &options).unwrap(),
        })
    }

    pub fn all(&self, sql: &str, args: &[&dyn ToValue]) -> Vec<Row> {
        self.0
            .read(|unit| unit.all(Sql::built(sql.to_owned()), args))
            .unwrap()
    }

    /// The first column.
    pub fn column<T: FromValue>(&self, sql: &str, args: &[&dyn ToValue]) -> Vec<T> {
        self.all(sql, args)
            .iter()
            .map(|row| row.get(0).unwrap())
            .collect()
    }

    pub fn number(&self, sql: &str, args: &[&dyn ToValue]) -> i64 {
        self.column(sql, args)[0]
    }

    /// What the engine itself can tell of its file.
    pub fn sound(&self) {
        if self.0.engine() == Engine::Sqlite {
            assert_eq!(self.column::<String>("PRAGMA integrity_check", &[]), ["ok"]);
            self.none("a reference leads nowhere", "PRAGMA foreign_key_check", &[]);
        }
    }

    /// A rule: the query for what breaks it finds nothing.
    #[track_caller]
    pub fn none(&self, rule: &str, sql: &str, args: &[&dyn ToValue]) {
        let found = self.all(sql, args);
        assert!(found.is_empty(), "{rule}: {found:?}");
    }
}
