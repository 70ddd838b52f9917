//! `jeton setup-git`: tells Git to ask us.

use std::ffi::OsStr;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use crate::edge;
use crate::error::ClientError;
use crate::helper::HELPER;
use crate::hosts::make_private_folder;
use crate::session::Session;
use crate::values::quoted;

/// Have Git ask `jeton` for the server's repositories, and for nothing else: it is given a token for the one repository
/// that it is about, for an hour. Written into your Git configuration for this server alone.
#[derive(Debug, clap::Args)]
pub struct SetupGit {
    /// The server; the one signed in to last where it is left out
    url: Option<String>,
    /// Let Git push changes of files that tell a build server what to run
    #[arg(long)]
    workflows: bool,
    /// Take it out of Git's configuration again
    #[arg(long, conflicts_with = "workflows")]
    remove: bool,
}

impl SetupGit {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Result<(), ClientError> {
        let address = session.address(self.url.as_deref())?;
        let helper = format!("credential.{address}.helper");
        let path = format!("credential.{address}.useHttpPath");
        for key in [&helper, &path] {
            // 5: there was none.
            git(&["--unset-all", key], &[0, 5])?;
        }
        if self.remove {
            let sentence = format!("Git no longer asks jeton for {address}.");
            return session
                .screen
                .done(&json!({ "host": address.as_str() }), &sentence);
        }
        let folder = session.globals.folder()?;
        let link = link(&Session::absolute(&folder)?)?;
        let mut words = vec![shell(&link)?];
        // Git starts it with whatever environment there is then.
        if session.globals.config_dir.is_some() {
            let folder = shell(&Session::absolute(&folder)?)?;
            words.extend(["--config-dir".to_owned(), folder]);
        }
        if session.globals.insecure_http {
            words.push("--insecure-http".to_owned());
        }
        if self.workflows {
            words.push("--workflows".to_owned());
        }
        let asked = format!("!{}", words.join(" "));
        // What is empty takes away the helpers that were named before, for this server alone.
        git(&["--add", &helper, ""], &[0])?;
        git(&["--add", &helper, &asked], &[0])?;
        git(&[&path, "true"], &[0])?;
        let said = json!({ "host": address.as_str(), "helper": asked });
        let sentence = format!("Git asks jeton for the repositories of {address}.");
        session.screen.done(&said, &sentence)
    }
}

/// A path as one word of a shell.
fn shell(path: &Path) -> Result<String, ClientError> {
    let text = path.to_str().map(quoted);
    text.ok_or_else(|| {
        ClientError::usage("the folder's name is no text", "--config-dir names another")
    })
}

/// The name under which Git starts us: a link in the folder of the sign-ins.
fn link(folder: &Path) -> Result<PathBuf, ClientError> {
    make_private_folder(folder)?;
    let link = folder.join(HELPER);
    let program = edge::program()?;
    match fs::symlink_metadata(&link) {
        Ok(found) if found.is_symlink() => {
            fs::remove_file(&link).map_err(ClientError::file(&link))?;
        }
        Ok(_) => {
            return Err(ClientError::BadFile {
                path: link,
                what: "is there, and is no link of ours".to_owned(),
                hint: "move it away".to_owned(),
            });
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(ClientError::file(&link)(error)),
    }
    symlink(&program, &link).map_err(ClientError::file(&link))?;
    Ok(link)
}

/// Changes the person's Git configuration.
fn git(words: &[&str], fine: &[i32]) -> Result<(), ClientError> {
    let program = OsStr::new("git");
    let ended = Command::new(program)
        .args(["config", "--global"])
        .args(words)
        .output()
        .map_err(ClientError::file(Path::new(program)))?;
    if ended.status.code().is_some_and(|code| fine.contains(&code)) {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&ended.stderr);
    let said = jeton_domain::plain(said.trim());
    Err(ClientError::other(format!("Git could not be told: {said}")))
}
