//! Options that every command takes.

use std::path::PathBuf;

use crate::edge;
use crate::error::ClientError;
use crate::hidden::Hidden;

/// Options that every command takes. The binary flattens them into its own top level.
///
/// INVARIANT: no command has an argument called like one of these fields: values would run into each
/// other.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Options for every command")]
pub struct Globals {
    /// The server to speak to, where several are signed in to
    #[arg(long, global = true, value_name = "URL", env = "JETON_HOST")]
    pub host: Option<String>,

    /// Use this credential instead of the kept sign-in (better given by the variable: others on this
    /// machine can read arguments)
    #[arg(
        long = "token",
        global = true,
        value_name = "VALUE",
        env = "JETON_TOKEN",
        hide_env_values = true
    )]
    pub credential: Option<Hidden>,

    /// Print the server's JSON instead of tables
    #[arg(long, global = true)]
    pub json: bool,

    /// Trust the certificate authorities in this PEM file, and no others
    #[arg(long, global = true, value_name = "FILE", env = "JETON_CACERT")]
    pub cacert: Option<PathBuf>,

    /// Let credentials travel in clear text over http to another machine
    #[arg(long, global = true)]
    pub insecure_http: bool,

    /// Where sign-ins are kept
    #[arg(long, global = true, value_name = "DIR", env = "JETON_CONFIG_DIR", value_parser = path())]
    pub config_dir: Option<PathBuf>,

    /// The base of people's configuration, as the desktop says it; no option.
    #[arg(skip = edge::folder("XDG_CONFIG_HOME"))]
    pub xdg_config_home: Option<PathBuf>,

    /// The person's folder; no option.
    #[arg(skip = edge::folder("HOME"))]
    pub home: Option<PathBuf>,
}

/// A path that may be empty: a variable that is set to nothing counts as not set.
fn path() -> impl clap::builder::TypedValueParser<Value = PathBuf> {
    use clap::builder::TypedValueParser as _;
    clap::builder::OsStringValueParser::new().map(PathBuf::from)
}

impl Globals {
    /// The folder that sign-ins are kept in: `$JETON_CONFIG_DIR`, `$XDG_CONFIG_HOME/jeton` or
    /// `~/.config/jeton`.
    pub(crate) fn folder(&self) -> Result<PathBuf, ClientError> {
        // Relative ones are to be ignored, says the desktop's rule.
        let xdg = self
            .xdg_config_home
            .as_ref()
            .filter(|path| path.is_absolute());
        let named = |path: &&PathBuf| !path.as_os_str().is_empty();
        if let Some(folder) = self.config_dir.as_ref().filter(named) {
            Ok(folder.clone())
        } else if let Some(base) = xdg {
            Ok(base.join("jeton"))
        } else if let Some(home) = self.home.as_ref().filter(named) {
            Ok(home.join(".config").join("jeton"))
        } else {
            Err(ClientError::usage(
                "there is no folder to keep sign-ins in",
                "name one: --config-dir DIR",
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_is_the_nearest_one_named() {
        let mut globals = Globals {
            home: Some("/home/mona".into()),
            ..Globals::default()
        };
        assert_eq!(
            globals.folder().unwrap(),
            PathBuf::from("/home/mona/.config/jeton")
        );
        globals.xdg_config_home = Some("relative".into());
        assert_eq!(
            globals.folder().unwrap(),
            PathBuf::from("/home/mona/.config/jeton")
        );
        globals.xdg_config_home = Some("/xdg".into());
        assert_eq!(globals.folder().unwrap(), PathBuf::from("/xdg/jeton"));
        globals.config_dir = Some("here".into());
        assert_eq!(globals.folder().unwrap(), PathBuf::from("here"));
        globals.config_dir = Some(PathBuf::new());
        globals.xdg_config_home = Some(PathBuf::new());
        assert_eq!(
            globals.folder().unwrap(),
            PathBuf::from("/home/mona/.config/jeton")
        );
        assert!(Globals::default().folder().is_err());
    }
}
