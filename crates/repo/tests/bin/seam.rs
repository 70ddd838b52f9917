//! Stands for the `jeton` executable in the tests: `git-run …` and `git-hook …`.

use std::ffi::OsString;
use std::process::ExitCode;

#[expect(
    clippy::disallowed_methods,
    reason = "the environment is read at the edge, as in the real executable"
)]
fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

fn main() -> ExitCode {
    let mut args = std::env::args_os().skip(1);
    match args.next().as_ref().and_then(|arg| arg.to_str()) {
        Some("git-run") => jeton_repo::shim::run(args),
        Some("git-hook") => jeton_repo::hook::client::run(args, variable),
        _ => ExitCode::FAILURE,
    }
}
