//! Processes, as `/proc` shows them.

use std::path::Path;

use rustix::process::{Pid, Signal, kill_process};

fn all() -> impl Iterator<Item = i32> {
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

fn parent(process: i32) -> Option<i32> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name in parentheses may hold anything.
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace();
    let state = fields.next()?;
    let parent = fields.next()?.parse().ok()?;
    (state != "Z").then_some(parent)
}

/// All that a process started and that still runs, the children's children too.
pub fn descendants(of: i32) -> Vec<i32> {
    let parents: Vec<(i32, i32)> = all()
        .filter_map(|process| Some((process, parent(process)?)))
        .collect();
    let mut found = vec![of];
    let mut next = 0;
    while next < found.len() {
        let above = found[next];
        found.extend(
            parents
                .iter()
                .filter(|(_, parent)| *parent == above)
                .map(|(process, _)| *process),
        );
        next += 1;
    }
    found.split_off(1)
}

/// Processes that were started on the data folder: git's have their home in it.
pub fn on(folder: &Path) -> Vec<(i32, String)> {
    let wanted = folder.to_str().unwrap().as_bytes();
    let speaks_of = |process: i32, file: &str| {
        std::fs::read(format!("/proc/{process}/{file}"))
            .is_ok_and(|text| text.windows(wanted.len()).any(|part| part == wanted))
    };
    let found =
        all().filter(|process| speaks_of(*process, "environ") || speaks_of(*process, "cmdline"));
    let named = |process| {
        let words = std::fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
        (process, String::from_utf8_lossy(&words).replace('\0', " "))
    };
    found
        .filter(|process| parent(*process).is_some())
        .map(named)
        .collect()
}

/// Sends a signal to a process of ours. One that has ended is no fault.
pub fn signal(process: i32, signal: Signal) {
    let _ = kill_process(Pid::from_raw(process).unwrap(), signal);
}
