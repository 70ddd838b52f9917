//! Files that no version needs: left where a commit failed after they were kept, or where removing them did.

use jeton_domain::PackageId;
use jeton_store::{ReadUnit, package_versions};

use super::publish::file_fault;
use crate::app::App;
use crate::error::AppError;

impl App {
    /// Removes them.
    pub(crate) fn sweep_package_files(&self) -> Result<(), AppError> {
        let data = self.data();
        let folders = data.package_folders().map_err(|error| file_fault(&error))?;
        for package in folders {
            let digests = data
                .package_digests(package)
                .map_err(|error| file_fault(&error))?;
            let stray = self
                .store
                .read(|unit| strays(unit, package, digests.clone()))?;
            if stray.is_empty() {
                continue;
            }
            // INVARIANT: a file is kept inside of the write unit that makes its version, so while this one runs none comes.
            self.store.write(|unit| {
                for digest in strays(unit, package, stray)? {
                    data.discard_package_file(package, &digest)
                        .map_err(|error| file_fault(&error))?;
                    tracing::info!(package = %package, "a file that no version needs was removed");
                }
                Ok::<_, AppError>(())
            })?;
        }
        Ok(())
    }
}

fn strays(
    unit: &mut ReadUnit<'_>,
    package: PackageId,
    mut digests: Vec<String>,
) -> Result<Vec<String>, AppError> {
    let needed = package_versions::digests(unit, package)?;
    digests.retain(|digest| !needed.contains(digest));
    Ok(digests)
}
