//! The environment that git runs in: built from nothing, the same for every child.
//!
//! SECURITY: what is set here is what keeps a repository's own files, the account's configuration and
//! the caller's environment from deciding which programs run.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::HIDDEN_REFS;

/// A command in an environment that holds nothing of the caller's.
pub(crate) fn command(program: impl AsRef<OsStr>, home: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_ATTR_NOSYSTEM", "1")
        .env("GIT_TERMINAL_PROMPT", "0")
        // A pushed `refs/replace/*` must not change what a check sees.
        .env("GIT_NO_REPLACE_OBJECTS", "1")
        .env("HOME", home)
        .env("LC_ALL", "C")
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .current_dir("/")
        .stdin(Stdio::null());
    command
}

/// Gives a git command its configuration, by the environment, where it stands above the
/// repository's own. `input_bytes`: the largest pack that a push may send; 0 is no bound.
pub(crate) fn configure(command: &mut Command, hooks: &Path, input_bytes: u64) {
    let input_bytes = input_bytes.to_string();
    let settings: [(&str, &OsStr); 24] = [
        // The path is always one of ours, whoever owns the folder.
        ("safe.directory", "*".as_ref()),
        ("core.hooksPath", hooks.as_os_str()),
        ("core.fsync", "committed".as_ref()),
        ("core.fsmonitor", "false".as_ref()),
        ("core.logAllRefUpdates", "false".as_ref()),
        ("gc.auto", "0".as_ref()),
        ("maintenance.auto", "false".as_ref()),
        ("transfer.hideRefs", HIDDEN_REFS.as_ref()),
        ("transfer.advertiseSID", "false".as_ref()),
        ("transfer.fsckObjects", "true".as_ref()),
        ("receive.fsckObjects", "true".as_ref()),
        ("receive.maxInputSize", input_bytes.as_ref()),
        ("receive.autogc", "false".as_ref()),
        ("receive.updateServerInfo", "false".as_ref()),
        ("receive.advertisePushOptions", "false".as_ref()),
        ("receive.shallowUpdate", "false".as_ref()),
        // Our hook refuses it, with a sentence that whoever pushes can follow.
        ("receive.denyDeleteCurrent", "ignore".as_ref()),
        // A partial clone fetches what it left out by its id. Protocol 2 gives every object that is stored;
        // without this the older ones would promise such clones and then fail them.
        ("uploadpack.allowAnySHA1InWant", "true".as_ref()),
        ("uploadpack.allowRefInWant", "false".as_ref()),
        ("uploadpack.allowFilter", "true".as_ref()),
        ("uploadpackfilter.allow", "false".as_ref()),
        ("uploadpackfilter.blob:none.allow", "true".as_ref()),
        ("uploadpackfilter.blob:limit.allow", "true".as_ref()),
        ("uploadpackfilter.tree.allow", "true".as_ref()),
    ];
    command.env("GIT_CONFIG_COUNT", settings.len().to_string());
    for (n, (key, value)) in settings.iter().enumerate() {
        command
            .env(format!("GIT_CONFIG_KEY_{n}"), key)
            .env(format!("GIT_CONFIG_VALUE_{n}"), value);
    }
}
