//! The command line: what `jeton` does on the server's own machine, and, flattened into it, the
//! client's commands.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Arg, ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::admin::Admin;
use crate::config::SETTINGS;

/// `jeton`
#[derive(Debug, Parser)]
#[command(
    name = "jeton",
    version,
    about = "A self-hosted authority for personal access tokens",
    after_help = "Settings of the server: `jeton serve --help`. Exit codes and the rest: docs/reference/."
)]
pub struct Jeton {
    /// For commands that speak to a server.
    #[command(flatten)]
    pub globals: jeton_client::Globals,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the server.
    Serve {
        /// The settings.
        #[command(flatten)]
        settings: Settings,
        /// Where the database knows repositories and the folder of none is there, make them anew, empty: what they held is
        /// given up. For one start, after a loss
        #[arg(long)]
        accept_lost_repositories: bool,
    },
    /// Operate the server on its own machine.
    Admin {
        /// The settings, to find the server.
        #[command(flatten)]
        settings: Place,
        /// What to do.
        #[command(subcommand)]
        command: Admin,
    },
    /// Play the life of a token on a server of its own, with the real git, and stay up.
    Demo(jeton_client::demo::Demo),
    /// Commands that speak to a server.
    #[command(flatten)]
    Client(jeton_client::Command),
}

/// The settings that have a flag, made from their table.
#[derive(Debug, Default)]
pub struct Settings {
    /// The file that was named.
    pub file: Option<PathBuf>,
    /// Keys and values.
    pub given: BTreeMap<&'static str, String>,
}

impl Settings {
    /// As they were typed, with a space before each word.
    pub fn typed(&self) -> String {
        let file = self.file.iter().map(|file| {
            let file = file.display().to_string();
            crate::typed::words(["--config", &file])
        });
        let given = self.given.iter().filter_map(|(key, value)| {
            let flag = format!("--{}", crate::config::find(key)?.flag());
            Some(crate::typed::words([flag.as_str(), value]))
        });
        file.chain(given).collect()
    }
}

impl FromArgMatches for Settings {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut settings = Self::default();
        settings.update_from_arg_matches(matches)?;
        Ok(settings)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.file = matches.get_one::<PathBuf>("config").cloned();
        for setting in SETTINGS.iter().filter(|setting| !setting.secret) {
            if let Some(value) = matches.get_one::<String>(setting.key) {
                self.given.insert(setting.key, value.clone());
            }
        }
        Ok(())
    }
}

impl Args for Settings {
    fn augment_args(command: clap::Command) -> clap::Command {
        let config = Arg::new("config")
            .long("config")
            .value_name("FILE")
            .value_parser(clap::value_parser!(PathBuf))
            .help("A TOML file with settings [default: jeton.toml in the data folder]");
        let command = command.arg(config);
        SETTINGS
            .iter()
            .filter(|setting| !setting.secret)
            .fold(command, |command, setting| {
                let default = if setting.default.is_empty() {
                    String::new()
                } else {
                    format!(" [default: {}]", setting.default)
                };
                command.arg(
                    Arg::new(setting.key)
                        .long(setting.flag())
                        .value_name("VALUE")
                        .help(format!(
                            "{} [variable: {}]{default}",
                            setting.sentence,
                            setting.variable()
                        )),
                )
            })
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

/// The settings of `jeton admin`: those that tell where the server is can stand anywhere on the line; the others are
/// taken as well, because a start without a server reads them, and not shown.
#[derive(Debug, Default)]
pub struct Place(pub Settings);

/// Where folder, database and keys are.
const PLACE: &[&str] = &["config", "data", "database_file", "keys_file"];

impl FromArgMatches for Place {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Settings::from_arg_matches(matches).map(Self)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.0.update_from_arg_matches(matches)
    }
}

impl Args for Place {
    fn augment_args(command: clap::Command) -> clap::Command {
        Settings::augment_args(command).mut_args(|arg| {
            let told = PLACE.contains(&arg.get_id().as_str());
            let ours = arg.get_id() == "config" || SETTINGS.iter().any(|s| arg.get_id() == s.key);
            if told {
                arg.global(true)
            } else if ours {
                arg.hide(true)
            } else {
                arg
            }
        })
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

/// The tree of commands, with examples.
pub fn tree() -> clap::Command {
    crate::examples::with_examples(Jeton::command())
}

/// Reads the command line.
pub fn read() -> Result<Jeton, clap::Error> {
    Jeton::from_arg_matches(&tree().try_get_matches()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_holds_together_and_flags_become_settings() {
        tree().debug_assert();
        let jeton = Jeton::try_parse_from([
            "jeton",
            "serve",
            "--listen",
            "127.0.0.1:1",
            "--git-max-input",
            "1MiB",
        ])
        .unwrap();
        let Command::Serve { settings, .. } = jeton.command else {
            panic!("another command")
        };
        assert_eq!(settings.given["listen"], "127.0.0.1:1");
        assert_eq!(settings.given["git.max_input"], "1MiB");
        assert_eq!(settings.given.len(), 2);
        assert!(Jeton::try_parse_from(["jeton", "serve", "--keys", "1:x"]).is_err());
        // An operator's command takes the folder before and behind its name.
        for words in [
            ["jeton", "admin", "--data", "d", "status"],
            ["jeton", "admin", "status", "--data", "d"],
        ] {
            let Command::Admin { settings, .. } = Jeton::try_parse_from(words).unwrap().command
            else {
                panic!("another command")
            };
            assert_eq!(settings.0.given["data"], "d");
        }
    }
}
