//! What is really there, for the sweep that brings rows and folders together.

use std::fs::{DirEntry, ReadDir};
use std::path::Path;

use jeton_domain::RepositoryId;

use crate::layout::{Data, LayoutError, Place, Shard};

impl Data {
    /// Every repository that has a folder where its shard and id put it. Blocking; reads three levels
    /// of folders. What lies there otherwise is nobody's, and is left alone.
    pub fn places(&self) -> Result<Vec<Place>, LayoutError> {
        let mut found = Vec::new();
        for shard in inner(&self.repositories())? {
            let Some(number) = name(&shard).parse().ok().map(Shard) else {
                continue;
            };
            for first in inner(&shard.path())? {
                for second in inner(&first.path())? {
                    found.extend(inner(&second.path())?.iter().filter_map(|folder| {
                        let id = name(folder)
                            .strip_suffix(".git")?
                            .parse::<RepositoryId>()
                            .ok()?;
                        let place = Place { shard: number, id };
                        (self.path(place) == folder.path()).then_some(place)
                    }));
                }
            }
        }
        found.sort_by_key(|place| place.id);
        Ok(found)
    }
}

fn name(entry: &DirEntry) -> String {
    entry.file_name().to_string_lossy().into_owned()
}

/// The folders in a folder; a file among them is none.
fn inner(folder: &Path) -> Result<Vec<DirEntry>, LayoutError> {
    let failed = |source| LayoutError::Io {
        path: folder.to_owned(),
        source,
    };
    let entries: ReadDir = std::fs::read_dir(folder).map_err(failed)?;
    let mut folders = Vec::new();
    for entry in entries {
        let entry = entry.map_err(failed)?;
        if entry.file_type().map_err(failed)?.is_dir() {
            folders.push(entry);
        }
    }
    Ok(folders)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::Git;

    #[test]
    fn what_lies_in_its_place_is_found_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let data = Data::at(folder.path()).unwrap();
        assert!(data.places().unwrap().is_empty());
        let git = Git::find(None).unwrap();
        let place = |shard, id: i64| Place {
            shard: Shard(shard),
            id: RepositoryId::try_from(id).unwrap(),
        };
        let made = [place(0, 1), place(3, 70_000)];
        for place in made {
            data.create(&git, place).unwrap();
        }
        let stray = folder.path().join("repos/0/00/01/9.git");
        std::fs::create_dir_all(&stray).unwrap();
        std::fs::create_dir_all(folder.path().join("repos/lost+found")).unwrap();
        std::fs::write(folder.path().join("repos/0/00/00/note"), "").unwrap();
        assert_eq!(data.places().unwrap(), made);
        data.delete(place(0, 1)).unwrap();
        assert_eq!(data.places().unwrap(), made[1..]);
    }
}
