//! The real server: built in release, run on a world's data folder.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::error::Error;
use crate::process::{Running, free_address};
use crate::root;
use crate::world::World;

/// Builds `jeton`, unless what is there is to be kept, and says where it is.
pub(crate) fn build(keep: bool) -> Result<PathBuf, Error> {
    let jeton = root().join("target/release/jeton");
    if keep && jeton.is_file() {
        return Ok(jeton);
    }
    // Cargo's own words go where the progress goes.
    let status = Command::new("cargo")
        .current_dir(root())
        .args(["build", "--release", "--package", "jeton"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .map_err(Error::io("cargo"))?;
    if status.success() {
        Ok(jeton)
    } else {
        Err(Error::program("cargo build", format!("failed: {status}")))
    }
}

/// Runs it on a folder that nothing else has open.
pub(crate) fn start(
    jeton: &std::path::Path,
    world: &World,
) -> Result<(Running, SocketAddr), Error> {
    let address = free_address()?;
    let mut command = Command::new(jeton);
    command
        .arg("serve")
        .arg("--data")
        .arg(world.folder())
        .arg("--listen")
        .arg(address.to_string());
    let mut running = Running::start(&mut command, &world.folder().join("bench-log"))?;
    running.wait_for(address)?;
    Ok((running, address))
}
