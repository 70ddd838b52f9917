//! A disk that is really full: a small file system in memory, which only root can mount.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a test"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

use jeton_domain::{Id as _, SecretId, Time};
use jeton_store::{Incarnation, Options, Store, StoreError, Tombstone, settings};

const NOW: Time = Time::from_seconds(1_800_000_000);
const RESERVE: u64 = 4 << 20;

/// A disk of 12 MiB; unmounted when it is dropped.
struct Disk(tempfile::TempDir);

impl Disk {
    fn mount(test: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=12m", "tmpfs"])
            .arg(folder.path())
            .output();
        if mounted.is_ok_and(|said| said.status.success()) {
            return Some(Self(folder));
        }
        eprintln!("skipped: {test}: no file system can be mounted here");
        None
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// As other programs do: to the last byte.
    fn fill(&self) {
        use std::io::Write as _;
        let mut file = std::fs::File::create(self.path("noise")).unwrap();
        while file.write_all(&[0; 4096]).is_ok() {}
    }

    fn open(&self) -> Store {
        let mut options = Options::new(NOW, Incarnation(11));
        options.tombstones = Some(self.path("tombstones"));
        options.reserve = RESERVE;
        Store::open_sqlite(&self.path("jeton.db"), &options).unwrap()
    }

    fn reserve(&self) -> Option<u64> {
        let found = std::fs::metadata(self.path("jeton.db-reserve")).ok()?;
        Some(found.len())
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let path: &Path = self.0.path();
        let _ = Command::new("umount").arg(path).status();
    }
}

fn take(store: &Store, id: i64) -> Result<(), StoreError> {
    let secret = SecretId::from_i64(id).unwrap();
    store.write(|unit| unit.tombstone(NOW, &Tombstone::SecretRetired(secret)))
}

fn give(store: &Store, name: &str) -> Result<(), StoreError> {
    store.write(|unit| settings::set(unit, name, "x"))
}

#[test]
fn on_a_full_disk_power_is_taken_away_and_nothing_else_is_written() {
    let Some(disk) = Disk::mount("a full disk") else {
        return;
    };
    let store = disk.open();
    assert_eq!(disk.reserve(), Some(RESERVE));
    give(&store, "before").unwrap();
    store.room().unwrap();

    disk.fill();
    assert!(matches!(store.room(), Err(StoreError::Full)));
    assert!(matches!(give(&store, "full"), Err(StoreError::Full)));
    assert_eq!(disk.reserve(), Some(RESERVE), "nothing was taken away yet");
    for id in 1..200 {
        take(&store, id).unwrap();
    }
    // What was given free is for that alone.
    assert_eq!(disk.reserve(), None);
    assert!(matches!(give(&store, "full"), Err(StoreError::Full)));
    let side = store.side(|unit| unit.execute("UPDATE settings SET value = value", &[]));
    assert!(matches!(side, Err(StoreError::Full)));
    assert!(matches!(store.room(), Err(StoreError::Full)));

    // A start on the full disk as well.
    drop(store);
    let store = disk.open();
    assert_eq!(store.reconciled().replayed, 0);
    take(&store, 200).unwrap();
    let lines = std::fs::read_to_string(disk.path("tombstones")).unwrap();
    assert_eq!(lines.lines().count(), 200);

    // Room again: the next change is made, and what is kept is kept anew.
    std::fs::remove_file(disk.path("noise")).unwrap();
    store.room().unwrap();
    give(&store, "after").unwrap();
    assert_eq!(disk.reserve(), Some(RESERVE));
    let names = store.read(|unit| unit.number("SELECT count(*) FROM settings", &[]));
    assert_eq!(names.unwrap(), 2);
}

#[test]
fn a_start_on_a_full_disk_gives_the_reserve_free() {
    let Some(disk) = Disk::mount("a start on a full disk") else {
        return;
    };
    drop(disk.open());
    disk.fill();
    let store = disk.open();
    assert_eq!(disk.reserve(), None);
    take(&store, 1).unwrap();
    assert!(matches!(give(&store, "full"), Err(StoreError::Full)));
}
