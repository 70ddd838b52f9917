//! `cargo xtask bench`: hands over to the benchmarks, which are a workspace of their own because of their heavy peers.

use crate::error::Error;
use crate::process::{cargo, root};

const MANIFEST: &str = "bench/Cargo.toml";

pub(crate) fn run(names: &[String]) -> Result<bool, Error> {
    if !root().join(MANIFEST).is_file() {
        println!("nothing to bench yet");
        return Ok(false);
    }
    // Not quiet: it builds for minutes. All of it: the benchmarks start the handler that does nothing from beside them.
    Ok(ran(
        &["build", "--release", "--bins", "--manifest-path", MANIFEST],
        &[],
    )? && ran(
        &["run", "--release", "--manifest-path", MANIFEST, "--"],
        names,
    )?)
}

fn ran(arguments: &[&str], names: &[String]) -> Result<bool, Error> {
    let status = cargo(arguments).args(names).status();
    let status = status.map_err(|source| Error::Start {
        program: "cargo".into(),
        source,
    })?;
    Ok(status.success())
}
