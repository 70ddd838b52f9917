//! Letters as files: for operators who hand mail on by themselves, for demonstrations and for tests.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use super::Outcome;

/// Puts a letter into the folder as one `.eml` file, whole or not at all. A letter that is there already is the same
/// one: its name stays, and so does what it says.
pub(super) fn put(folder: &Path, id: &str, bytes: &[u8]) -> Outcome {
    match put_file(folder, id, bytes) {
        Ok(()) => Outcome::Sent,
        Err(error) => Outcome::Later(format!("`{}`: {error}", folder.display())),
    }
}

fn put_file(folder: &Path, id: &str, bytes: &[u8]) -> io::Result<()> {
    let place = folder.join(format!("{id}.eml"));
    let unfinished = folder.join(format!(".{id}.tmp"));
    // SECURITY: letters hold codes that let people in; nobody else of the machine reads them.
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&unfinished, &place)?;
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_letter_is_one_file_however_often_it_is_put() {
        let folder = tempfile::tempdir().unwrap();
        for _ in 0..2 {
            assert_eq!(put(folder.path(), "a.1", b"From: x\r\n"), Outcome::Sent);
        }
        let names: Vec<_> = std::fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        assert_eq!(names, ["a.1.eml"]);
        let place = folder.path().join("a.1.eml");
        assert_eq!(std::fs::read(&place).unwrap(), b"From: x\r\n");
        let mode = std::fs::metadata(&place).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_folder_that_is_not_there_is_tried_again_later() {
        let folder = tempfile::tempdir().unwrap();
        let gone = folder.path().join("gone");
        assert!(matches!(put(&gone, "a.1", b""), Outcome::Later(_)));
    }
}
