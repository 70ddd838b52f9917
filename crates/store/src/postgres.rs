//! PostgreSQL behind [`Connection`], by the synchronous client: it must not be used on a thread that drives async tasks.

use std::collections::HashMap;
use std::error::Error as _;
use std::time::Duration;

use postgres::error::SqlState;
use postgres::types::private::BytesMut;
use postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use postgres::{Client, NoTls, Statement};

use crate::connection::{Begin, Connection, Connector};
use crate::postgres_url::Address;
use crate::{OpenError, Row, StoreError, Value};

/// Statements kept ready per connection; lists of variable length make new ones, so there is a bound.
const STATEMENTS: usize = 512;

/// First version that is supported: 15, as the server writes it in `server_version_num`.
const OLDEST: i64 = 150_000;

/// How long what was sent may stay unanswered by the network before a connection counts as broken.
const SILENCE: Duration = Duration::from_secs(3);

/// Opens connections to one database.
pub(crate) struct PostgresServer {
    address: Address,
    patience: Duration,
}

struct PostgresConnection {
    client: Client,
    statements: HashMap<Box<str>, Statement>,
}

impl PostgresServer {
    /// Reads the URL and checks that the server can be used.
    pub(crate) fn prepare(url: &str, patience: Duration) -> Result<Self, OpenError> {
        let mut address = Address::read(url)?;
        address
            .config
            .application_name("jeton")
            .connect_timeout(patience)
            .tcp_user_timeout(SILENCE);
        let server = Self { address, patience };
        let place = server.place();
        let client = server.open().map_err(|error| {
            if is_away(&error) {
                let what = describe(&error);
                return OpenError::Away {
                    place: place.clone(),
                    what,
                };
            }
            OpenError::at(&place, map_error(&error))
        })?;
        let mut connection = server
            .set_up(client)
            .map_err(|error| OpenError::at(&place, error))?;
        let facts = connection
            .rows(
                "SELECT current_setting('server_version_num'), current_setting('server_version'), \
                 current_setting('server_encoding'), current_setting('default_transaction_read_only')",
                &[],
            )
            .map_err(|error| OpenError::at(&place, error))?;
        for fact in facts {
            let (number, version): (String, String) = (fact.get(0)?, fact.get(1)?);
            let (encoding, read_only): (String, String) = (fact.get(2)?, fact.get(3)?);
            if number.parse::<i64>().unwrap_or(0) < OLDEST {
                return Err(OpenError::OldServer { found: version });
            }
            if encoding != "UTF8" {
                return Err(OpenError::Encoding { found: encoding });
            }
            if read_only == "on" {
                return Err(OpenError::ReadOnly { place });
            }
        }
        Ok(server)
    }

    /// Server and database, without the password.
    pub(crate) fn place(&self) -> String {
        self.address.place()
    }

    /// A connection that is used by nobody else.
    pub(crate) fn client(&self) -> Result<Client, StoreError> {
        self.open().map_err(|error| map_error(&error))
    }

    fn open(&self) -> Result<Client, postgres::Error> {
        let config = &self.address.config;
        match &self.address.tls {
            Some(tls) => config.connect(tls.clone()),
            None => config.connect(NoTls),
        }
    }

    fn connect(&self) -> Result<PostgresConnection, StoreError> {
        self.set_up(self.client()?)
    }

    fn set_up(&self, client: Client) -> Result<PostgresConnection, StoreError> {
        let mut connection = PostgresConnection {
            client,
            statements: HashMap::new(),
        };
        let patience = self.patience.as_millis();
        connection.batch(&format!(
            "SET lock_timeout = {patience}; SET client_min_messages = warning; SET synchronous_commit = on; \
             SET timezone = 'UTC'; SET standard_conforming_strings = on"
        ))?;
        Ok(connection)
    }
}

impl Connector for PostgresServer {
    fn reader(&self) -> Result<Box<dyn Connection>, StoreError> {
        self.writer()
    }

    fn writer(&self) -> Result<Box<dyn Connection>, StoreError> {
        Ok(Box::new(self.connect()?))
    }
}

impl PostgresConnection {
    fn prepare(&mut self, sql: &str, args: &[Value]) -> Result<Statement, StoreError> {
        let statement = if let Some(statement) = self.statements.get(sql) {
            statement.clone()
        } else {
            let statement = self
                .client
                .prepare(sql)
                .map_err(|error| map_error(&error))?;
            if self.statements.len() >= STATEMENTS {
                self.statements.clear();
            }
            self.statements.insert(sql.into(), statement.clone());
            statement
        };
        let wanted = statement.params().len();
        if wanted != args.len() {
            return Err(StoreError::query(format!(
                "{} arguments for {wanted} parameters of `{sql}`",
                args.len()
            )));
        }
        Ok(statement)
    }
}

fn parameters(args: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    args.iter().map(|arg| arg as &(dyn ToSql + Sync)).collect()
}

impl Connection for PostgresConnection {
    fn rows(&mut self, sql: &str, args: &[Value]) -> Result<Vec<Row>, StoreError> {
        let statement = self.prepare(sql, args)?;
        let rows = self
            .client
            .query(&statement, &parameters(args))
            .map_err(|error| map_error(&error))?;
        rows.iter().map(row).collect()
    }

    fn execute(&mut self, sql: &str, args: &[Value]) -> Result<usize, StoreError> {
        let statement = self.prepare(sql, args)?;
        let affected = self
            .client
            .execute(&statement, &parameters(args))
            .map_err(|error| map_error(&error))?;
        usize::try_from(affected).map_err(|_| StoreError::query("too many rows"))
    }

    fn batch(&mut self, sql: &str) -> Result<(), StoreError> {
        self.client
            .batch_execute(sql)
            .map_err(|error| map_error(&error))
    }

    fn begin(&mut self, kind: Begin) -> Result<(), StoreError> {
        self.batch(match kind {
            Begin::Read => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            Begin::Write => "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
        })
    }

    fn commit(&mut self) -> Result<(), StoreError> {
        self.client
            .batch_execute("COMMIT")
            .map_err(|error| match error.as_db_error() {
                // The server said no while it lived: nothing was committed.
                Some(answer) if !is_shutdown(answer.code()) => map_error(&error),
                _ => StoreError::UnknownOutcome {
                    what: describe(&error),
                },
            })
    }

    fn rollback(&mut self) -> Result<(), StoreError> {
        self.batch("ROLLBACK")
    }
}

impl ToSql for Value {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(number) if *ty == Type::INT4 => i32::try_from(*number)?.to_sql(ty, out),
            Self::Int(number) if *ty == Type::INT8 => number.to_sql(ty, out),
            Self::Text(text) if <&str as ToSql>::accepts(ty) => text.as_str().to_sql(ty, out),
            Self::Bytes(bytes) if *ty == Type::BYTEA => bytes.as_slice().to_sql(ty, out),
            other => Err(format!("a parameter of type {ty} can't be {other:?}").into()),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

fn row(row: &postgres::Row) -> Result<Row, StoreError> {
    let mut cells = Vec::with_capacity(row.len());
    for (index, column) in row.columns().iter().enumerate() {
        cells.push(
            cell(row, index, column.type_())
                .map_err(|error| StoreError::query(describe(&error)))?,
        );
    }
    Ok(Row::new(cells))
}

fn cell(row: &postgres::Row, index: usize, ty: &Type) -> Result<Value, postgres::Error> {
    let or_null = |value: Option<Value>| value.unwrap_or(Value::Null);
    Ok(if *ty == Type::INT8 {
        or_null(row.try_get::<_, Option<i64>>(index)?.map(Value::Int))
    } else if *ty == Type::INT4 {
        or_null(
            row.try_get::<_, Option<i32>>(index)?
                .map(|number| Value::Int(number.into())),
        )
    } else if *ty == Type::BOOL {
        or_null(
            row.try_get::<_, Option<bool>>(index)?
                .map(|truth| Value::Int(truth.into())),
        )
    } else if *ty == Type::BYTEA {
        or_null(row.try_get::<_, Option<Vec<u8>>>(index)?.map(Value::Bytes))
    } else {
        or_null(row.try_get::<_, Option<String>>(index)?.map(Value::Text))
    })
}

fn is_shutdown(code: &SqlState) -> bool {
    [
        SqlState::ADMIN_SHUTDOWN,
        SqlState::CRASH_SHUTDOWN,
        SqlState::CANNOT_CONNECT_NOW,
    ]
    .contains(code)
}

/// Whether nobody answered, or said that they are just starting or stopping: it is worth to ask again, while a wrong
/// password stays wrong.
fn is_away(error: &postgres::Error) -> bool {
    if let Some(answer) = error.as_db_error() {
        return is_shutdown(answer.code());
    }
    let cause = error.source();
    let cause = cause.and_then(|cause| cause.downcast_ref::<std::io::Error>());
    // A certificate that can't be trusted is no valid data.
    error.is_closed() || cause.is_some_and(|cause| cause.kind() != std::io::ErrorKind::InvalidData)
}

pub(crate) fn map_error(error: &postgres::Error) -> StoreError {
    let Some(answer) = error.as_db_error() else {
        let what = describe(error);
        // The client tells its own faults apart by text only.
        return if what.starts_with("error serializing") || what.starts_with("error deserializing") {
            StoreError::Query { what }
        } else {
            StoreError::Unavailable { what }
        };
    };
    let constraint = || answer.constraint().unwrap_or("unnamed").to_owned();
    let code = answer.code();
    match code {
        _ if *code == SqlState::UNIQUE_VIOLATION => StoreError::Conflict {
            constraint: constraint(),
        },
        _ if *code == SqlState::CHECK_VIOLATION => StoreError::Check {
            constraint: constraint(),
        },
        _ if *code == SqlState::NOT_NULL_VIOLATION => StoreError::Check {
            constraint: format!(
                "{}.{}",
                answer.table().unwrap_or("?"),
                answer.column().unwrap_or("?")
            ),
        },
        _ if *code == SqlState::FOREIGN_KEY_VIOLATION => StoreError::Reference,
        _ if *code == SqlState::DISK_FULL => StoreError::Full,
        _ if *code == SqlState::READ_ONLY_SQL_TRANSACTION => StoreError::ReadOnly,
        _ if *code == SqlState::LOCK_NOT_AVAILABLE
            || *code == SqlState::T_R_DEADLOCK_DETECTED
            || *code == SqlState::T_R_SERIALIZATION_FAILURE
            || *code == SqlState::QUERY_CANCELED
            || *code == SqlState::TOO_MANY_CONNECTIONS =>
        {
            StoreError::Busy
        }
        _ if *code == SqlState::DATA_CORRUPTED || *code == SqlState::INDEX_CORRUPTED => {
            StoreError::corrupt(answer.message())
        }
        _ if is_shutdown(code) => StoreError::Unavailable {
            what: answer.message().to_owned(),
        },
        // Unknown database, bad password: the first contact failed.
        _ if code.code().starts_with("28") || *code == SqlState::UNDEFINED_DATABASE => {
            StoreError::Unavailable {
                what: answer.message().to_owned(),
            }
        }
        _ => StoreError::query(format!("{}: {}", code.code(), answer.message())),
    }
}

/// The whole chain in one line: the client's own text says only `db error`.
pub(crate) fn describe(error: &postgres::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
