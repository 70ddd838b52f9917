//! Where values come from: flag before variable before file before default.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use super::settings::{SETTINGS, Setting, find};

/// Where a value was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// On the command line.
    Flag,
    /// In the environment.
    Variable,
    /// In a file.
    File(PathBuf),
    /// Nowhere.
    Default,
}

/// Something that can't be taken as configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file that can't be read.
    #[error("`{path}` can't be read: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file that is no TOML.
    #[error("`{path}` is no TOML: {message}")]
    NoToml {
        /// The file.
        path: PathBuf,
        /// Where and why.
        message: String,
    },
    /// A key that is none.
    #[error("`{path}`: `{key}` is no setting{}", meant(nearest.as_deref()))]
    UnknownKey {
        /// The file.
        path: PathBuf,
        /// The key.
        key: String,
        /// What it resembles.
        nearest: Option<String>,
    },
    /// A variable that looks like one of ours and is none.
    #[error("the variable `{name}` is no setting{}", meant(nearest.as_deref()))]
    UnknownVariable {
        /// Its name.
        name: String,
        /// What it resembles.
        nearest: Option<String>,
    },
    /// A value of the wrong kind.
    #[error("`{path}`: `{key}` must be a text, a number, true, false or a list of texts")]
    Kind {
        /// The file.
        path: PathBuf,
        /// The key.
        key: String,
    },
    /// A value that can't be read.
    #[error("{place}: {message}")]
    Value {
        /// Which setting, given where.
        place: String,
        /// What is wrong.
        message: String,
    },
    /// Settings that do not go together.
    #[error("{0}")]
    Together(String),
}

/// A value and where it was given.
#[derive(Clone, Debug)]
pub(super) struct Given {
    pub(super) text: String,
    pub(super) origin: Origin,
}

/// The values of all settings that have one.
#[derive(Debug)]
pub(super) struct Values(BTreeMap<&'static str, Given>);

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => f.write_str("given as a flag"),
            Self::Variable => f.write_str("given as a variable"),
            Self::File(path) => write!(f, "in `{}`", path.display()),
            Self::Default => f.write_str("by default"),
        }
    }
}

impl Values {
    /// Gathers them. `flags` are keys and values; `file` is one that must be there.
    pub(super) fn gather(
        flags: &BTreeMap<&'static str, String>,
        variable: &dyn Fn(&str) -> Option<String>,
        file: Option<&Path>,
    ) -> Result<Self, ConfigError> {
        let mut values = Self(BTreeMap::new());
        let mut first = |setting: &'static Setting| {
            let from_flag = flags
                .get(setting.key)
                .map(|text| (text.clone(), Origin::Flag));
            let given =
                from_flag.or_else(|| Some((variable(&setting.variable())?, Origin::Variable)));
            if let Some((text, origin)) = given {
                values.0.insert(setting.key, Given { text, origin });
            }
        };
        SETTINGS.iter().for_each(&mut first);
        let (path, needed) = match file {
            Some(path) => (path.to_owned(), true),
            None => (PathBuf::from(values.text("data")).join("jeton.toml"), false),
        };
        match std::fs::read_to_string(&path) {
            Ok(text) => values.add_file(&path, &text)?,
            // That the data folder is none is told with its name, not with this file's.
            Err(error)
                if !needed
                    && matches!(
                        error.kind(),
                        std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory
                    ) => {}
            Err(source) => return Err(ConfigError::Unreadable { path, source }),
        }
        Ok(values)
    }

    fn add_file(&mut self, path: &Path, text: &str) -> Result<(), ConfigError> {
        let table: toml::Table =
            text.parse()
                .map_err(|error: toml::de::Error| ConfigError::NoToml {
                    path: path.to_owned(),
                    message: place(text, &error),
                })?;
        self.add_table(path, "", &table)
    }

    fn add_table(
        &mut self,
        path: &Path,
        above: &str,
        table: &toml::Table,
    ) -> Result<(), ConfigError> {
        for (name, value) in table {
            let key = if above.is_empty() {
                name.clone()
            } else {
                format!("{above}.{name}")
            };
            if let toml::Value::Table(inner) = value {
                self.add_table(path, &key, inner)?;
                continue;
            }
            let Some(setting) = find(&key) else {
                return Err(ConfigError::UnknownKey {
                    path: path.to_owned(),
                    nearest: nearest(&key, SETTINGS.iter().map(|s| s.key.to_owned())),
                    key,
                });
            };
            let text = plain(value).ok_or_else(|| ConfigError::Kind {
                path: path.to_owned(),
                key,
            })?;
            let given = Given {
                text,
                origin: Origin::File(path.to_owned()),
            };
            self.0.entry(setting.key).or_insert(given);
        }
        Ok(())
    }

    /// The value, or the default; empty where there is neither.
    pub(super) fn text(&self, key: &str) -> String {
        self.0.get(key).map_or_else(
            || find(key).map_or("", |s| s.default).to_owned(),
            |given| given.text.clone(),
        )
    }

    /// The value, if there is one.
    pub(super) fn optional(&self, key: &str) -> Option<String> {
        Some(self.text(key)).filter(|text| !text.is_empty())
    }

    /// The value, read.
    pub(super) fn read<T>(
        &self,
        key: &str,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T, ConfigError> {
        let text = self.text(key);
        find(key)
            .map_or(Ok(()), |setting| setting.form.check(&text))
            .and_then(|()| read(&text))
            .map_err(|message| self.fault(key, message))
    }

    /// A fault of a value.
    pub(super) fn fault(&self, key: &str, message: impl Into<String>) -> ConfigError {
        let origin = self
            .0
            .get(key)
            .map_or(&Origin::Default, |given| &given.origin);
        ConfigError::Value {
            place: format!("`{key}` {origin}"),
            message: message.into(),
        }
    }
}

/// Variables that begin like ours and are no settings: those of the client, of the steps that git runs, and of the
/// project's own tests.
const RESERVED: &[&str] = &[
    "JETON_HOST",
    "JETON_TOKEN",
    "JETON_CACERT",
    "JETON_CONFIG_DIR",
    "JETON_HOOK_SOCKET",
    "JETON_HOOK_NONCE",
    "JETON_TEST_POSTGRES",
    "JETON_KILLS",
    "JETON_KILL_ROUNDS",
    "JETON_KILL_SEED",
];

/// Refuses variables that look like settings and are none: a misspelt one would otherwise leave the default in force, and
/// nobody would know.
pub fn check_variables(names: impl Iterator<Item = String>) -> Result<(), ConfigError> {
    for name in names.filter(|name| name.starts_with("JETON_")) {
        let known = RESERVED.contains(&name.as_str())
            || SETTINGS.iter().any(|setting| setting.variable() == name);
        if !known {
            return Err(ConfigError::UnknownVariable {
                nearest: nearest(&name, SETTINGS.iter().map(Setting::variable)),
                name,
            });
        }
    }
    Ok(())
}

/// The name that was probably meant, if one is near enough.
fn nearest(given: &str, known: impl Iterator<Item = String>) -> Option<String> {
    known
        .map(|name| (strsim::jaro(given, &name), name))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, name)| name)
}

fn meant(nearest: Option<&str>) -> String {
    let meant = nearest.map_or_else(String::new, |name| format!("; did you mean `{name}`?"));
    format!("{meant} (`jeton serve --help` lists them all)")
}

/// Where the file can't be read, and why.
///
/// SECURITY: the parser's own text shows the line, and the line may hold a password.
fn place(text: &str, error: &toml::de::Error) -> String {
    let before = error
        .span()
        .and_then(|span| text.get(..span.start))
        .unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    format!("line {line}: {}", error.message())
}

/// A value as it would stand in a variable.
fn plain(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Boolean(yes) => Some(yes.to_string()),
        toml::Value::Array(list) => {
            let texts: Option<Vec<&str>> = list.iter().map(toml::Value::as_str).collect();
            Some(texts?.join(","))
        }
        toml::Value::Float(_) | toml::Value::Datetime(_) | toml::Value::Table(_) => None,
    }
}
