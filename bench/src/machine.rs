//! On what was measured.

use std::process::Command;

use crate::process::run;
use crate::root;

/// One line for the head of the table.
pub(crate) fn facts() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let field = |text: &str, name: &str| {
        text.lines()
            .find(|line| line.starts_with(name))
            .and_then(|line| line.split_once(':'))
            .map_or_else(|| "?".to_owned(), |(_, value)| value.trim().to_owned())
    };
    let processor = field(&read("/proc/cpuinfo"), "model name");
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let memory = field(&read("/proc/meminfo"), "MemTotal");
    let gib = memory.trim_end_matches("kB").trim().parse::<f64>().unwrap_or_default() / 1_048_576.0;
    let said = |command: &mut Command| run(command).map_or_else(|_| "?".to_owned(), |text| text.trim().to_owned());
    format!(
        "{processor}, {cores} cores, {gib:.0} GiB, Linux {}, {}, {}",
        read("/proc/sys/kernel/osrelease").trim(),
        said(Command::new("git").arg("--version")),
        said(Command::new("rustc").arg("--version")),
    )
}

/// What was measured.
pub(crate) fn commit() -> String {
    let git = |words: &[&str]| run(Command::new("git").current_dir(root()).args(words)).unwrap_or_default();
    let head = git(&["rev-parse", "--short=12", "HEAD"]);
    let changed = !git(&["status", "--porcelain", "--untracked-files=no", "--", "crates"]).trim().is_empty();
    format!("{}{}", head.trim(), if changed { " and changes on top of it" } else { "" })
}
