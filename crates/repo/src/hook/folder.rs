//! The folders that git takes its hooks from.
//!
//! Two scripts of two lines, written anew at each start and read-only; the folder itself can be removed by its owner.
//! Scripts, and not links to the executable,
//! because a link can only speak through the name it is called by: a start under the wrong name would
//! turn the executable into something else, and an upgrade that moves it would leave links behind.
//!
//! Each push has a folder of its own with links to the scripts, because git starts `update` once for each
//! reference, which takes longer than all else about it: it is there only for a push of which some
//! references are refused. Git looks for it before each reference, and after `pre-receive`.

use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

use crate::children::Shim;

const PRE_RECEIVE: &str = "pre-receive";
const UPDATE: &str = "update";

/// The hooks of one push. Removed with the value.
#[derive(Debug)]
pub(super) struct PushFolder {
    path: PathBuf,
    scripts: PathBuf,
}

impl PushFolder {
    /// Makes the folder at `path`, which must not be there, with `pre-receive` in it.
    pub(super) fn make(path: PathBuf, scripts: &Path) -> io::Result<Self> {
        std::fs::DirBuilder::new().mode(0o700).create(&path)?;
        let folder = Self {
            path,
            scripts: scripts.to_owned(),
        };
        folder.add(PRE_RECEIVE)?;
        Ok(folder)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Makes git ask about each reference.
    pub(super) fn add_update(&self) -> io::Result<()> {
        self.add(UPDATE)
    }

    /// SECURITY: a hook that git can't run is one that git leaves out without a word, so it is looked for
    /// as git does.
    fn add(&self, name: &str) -> io::Result<()> {
        let link = self.path.join(name);
        std::os::unix::fs::symlink(self.scripts.join(name), &link)?;
        Ok(access(&link, Access::EXEC_OK)?)
    }
}

impl Drop for PushFolder {
    fn drop(&mut self) {
        // What stays is removed at the next start.
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

/// Writes the hooks anew.
pub(super) fn write(folder: &Path, hook: &Shim) -> io::Result<()> {
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))?;
    for entry in std::fs::read_dir(folder)? {
        std::fs::remove_file(entry?.path())?;
    }
    for name in [PRE_RECEIVE, UPDATE] {
        let mut script = b"#!/bin/sh\nexec".to_vec();
        for word in
            std::iter::once(hook.program.as_os_str()).chain(hook.args.iter().map(AsRef::as_ref))
        {
            script.push(b' ');
            quote(word.as_bytes(), &mut script);
        }
        script.extend_from_slice(format!(" {name} \"$@\"\n").as_bytes());
        let path = folder.join(name);
        std::fs::write(&path, script)?;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o500))?;
    }
    Ok(())
}

/// Quotes a word for the shell: inside single quotes nothing but a single quote means anything.
fn quote(word: &[u8], script: &mut Vec<u8>) {
    script.push(b'\'');
    for &byte in word {
        match byte {
            b'\'' => script.extend_from_slice(b"'\\''"),
            _ => script.push(byte),
        }
    }
    script.push(b'\'');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_with_anything_in_it_is_one_word() {
        let folder = tempfile::tempdir().unwrap();
        let echo = folder.path().join("it's $(id) `x` \"y\"");
        // No copy: while another test starts a program, one that was just written can't be run ("text file busy").
        std::os::unix::fs::symlink("/bin/echo", &echo).unwrap();
        let hooks = folder.path().join("hooks");
        std::fs::create_dir(&hooks).unwrap();
        let shim = Shim {
            program: echo,
            args: vec!["git-hook".into()],
        };
        write(&hooks, &shim).unwrap();
        write(&hooks, &shim).unwrap();
        let said = std::process::Command::new(hooks.join("update"))
            .args(["a b", "$x"])
            .output()
            .unwrap();
        assert_eq!(
            String::from_utf8(said.stdout).unwrap(),
            "git-hook update a b $x\n"
        );
        // What can't be written in can't be removed with what is in it either, but by the superuser.
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&hooks), mode(&hooks.join("update"))), (0o700, 0o500));
    }

    #[test]
    fn a_pushs_folder_holds_what_git_can_run_and_goes_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let scripts = folder.path().join("hooks");
        std::fs::create_dir(&scripts).unwrap();
        let shim = Shim {
            program: "/bin/echo".into(),
            args: Vec::new(),
        };
        write(&scripts, &shim).unwrap();
        let path = folder.path().join("push");
        let hooks = PushFolder::make(path.clone(), &scripts).unwrap();
        let mode = path.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        assert!(path.join("pre-receive").exists() && !path.join("update").exists());
        assert!(PushFolder::make(path.clone(), &scripts).is_err());
        hooks.add_update().unwrap();
        let said = std::process::Command::new(path.join("update"))
            .arg("x")
            .output()
            .unwrap();
        assert_eq!(String::from_utf8(said.stdout).unwrap(), "update x\n");
        drop(hooks);
        assert!(!path.exists());
        std::fs::remove_file(scripts.join("update")).unwrap();
        let hooks = PushFolder::make(path, &scripts).unwrap();
        assert!(hooks.add_update().is_err(), "nothing to run");
    }
}
