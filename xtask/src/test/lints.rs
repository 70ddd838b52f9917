//! Formatting and the compiler's and clippy's lints.

use std::path::Path;
use std::time::Duration;

use super::install::can_install;
use super::tally::{Report, Tally};
use crate::error::Error;
use crate::process::{cargo, run_logged, succeeds};

const LIMIT: Duration = Duration::from_mins(30);

const STEPS: [(&str, &[&str]); 2] = [
    ("fmt", &["fmt", "--all", "--check"]),
    (
        "clippy",
        &[
            "clippy",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ],
    ),
];

pub(super) fn run(target: &Path, report: &mut Report) -> Result<Tally, Error> {
    let mut tally = Tally::default();
    for (name, words) in STEPS {
        if !succeeds(&mut cargo(&[name, "--version"])) {
            if can_install() {
                println!("failed: `cargo {name}` is not installed (`rustup component add {name}`)");
                tally.failed += 1;
            } else {
                tally.skipped += 1;
                report.skip(format!("`cargo {name}`: not installed"));
            }
            continue;
        }
        let log = target.join("xtask").join(format!("{name}.log"));
        let ran = run_logged(&mut cargo(words), &log, LIMIT)?;
        if ran.status.success() {
            tally.passed += 1;
        } else {
            println!("{}\nfailed: cargo {}", ran.text, words.join(" "));
            tally.failed += 1;
        }
    }
    Ok(tally)
}
