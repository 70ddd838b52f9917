//! The one place where the engines' DDL differs.

/// Which engine runs below.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// Embedded, the default.
    Sqlite,
    /// A server, for several nodes.
    Postgres,
}

/// Words of a migration, each with its SQLite and its PostgreSQL text.
const WORDS: &[(&str, &str, &str)] = &[
    ("{int}", "INTEGER", "BIGINT"),
    ("{text}", "TEXT", "TEXT COLLATE \"C\""),
    ("{bytes}", "BLOB", "BYTEA"),
    // End of a table whose primary key is one {int}.
    ("{strict}", "STRICT", ""),
    // End of a table with any other primary key: SQLite stores it in the key's order, without a hidden row id.
    ("{keyed}", "STRICT, WITHOUT ROWID", ""),
];

impl Engine {
    /// Writes a migration's words out for this engine.
    pub(crate) fn write_out(self, text: &str) -> String {
        WORDS
            .iter()
            .fold(text.to_owned(), |text, (word, sqlite, postgres)| {
                text.replace(
                    word,
                    match self {
                        Self::Sqlite => sqlite,
                        Self::Postgres => postgres,
                    },
                )
            })
    }
}

#[cfg(test)]
mod tests {
    use super::Engine;

    #[test]
    fn every_word_is_written_out() {
        let text = "CREATE TABLE t (a {int}, b {text}, c {bytes}) {strict}";
        assert_eq!(
            Engine::Sqlite.write_out(text),
            "CREATE TABLE t (a INTEGER, b TEXT, c BLOB) STRICT"
        );
        assert_eq!(
            Engine::Postgres.write_out(text),
            "CREATE TABLE t (a BIGINT, b TEXT COLLATE \"C\", c BYTEA) "
        );
    }
}
