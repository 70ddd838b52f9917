//! The folder that git takes its hooks from, for every repository.
//!
//! Two scripts of two lines, written at start and read-only. Scripts, and not links to the executable,
//! because a link can only speak through the name it is called by: a start under the wrong name would
//! turn the executable into something else, and an upgrade that moves it would leave links behind.

use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::children::Shim;

/// Writes the hooks anew.
pub(super) fn write(folder: &Path, hook: &Shim) -> io::Result<()> {
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))?;
    for entry in std::fs::read_dir(folder)? {
        std::fs::remove_file(entry?.path())?;
    }
    for name in ["pre-receive", "update"] {
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
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o500))
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
        std::fs::copy("/bin/echo", &echo).unwrap();
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
        std::fs::set_permissions(&hooks, std::fs::Permissions::from_mode(0o700)).unwrap();
    }
}
