//! Looking for packages among those that the caller sees.

use jeton_domain::Visibility;
use jeton_store::package_versions::{self, VersionRow};
use jeton_store::packages::{self, PackageRow};

use super::seen;
use crate::app::App;
use crate::call::Call;
use crate::error::AppError;

/// Packages that are looked at in one search: where there are more, the rest is not found.
const MOST_LOOKED_AT: usize = 10_000;
/// Looked up at a time.
const CHUNK: i64 = 500;
/// Words that are looked for.
const MOST_WORDS: usize = 10;

/// A package that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What is stored.
    pub row: PackageRow,
    /// Who sees it without a role, its repository's word applied.
    pub visibility: Visibility,
    /// Its latest version.
    pub latest: Option<VersionRow>,
}

/// The packages whose names hold all of the words, by number: those from `from` on, at most `size`, and how many there are.
pub fn search(
    app: &App,
    call: &Call,
    text: &str,
    (from, size): (usize, usize),
) -> Result<(Vec<Found>, usize), AppError> {
    app.read(call, |unit, acting| {
        let text = text.to_ascii_lowercase();
        let words: Vec<&str> = text.split_whitespace().take(MOST_WORDS).collect();
        let (mut found, mut total, mut looked, mut after) = (Vec::new(), 0, 0, 0);
        loop {
            let rows = packages::after(unit, after, CHUNK)?;
            let Some(last) = rows.last() else { break };
            after = last.id.get();
            looked += rows.len();
            for row in rows {
                let name = row.full_name();
                if !words.iter().all(|word| name.contains(word)) {
                    continue;
                }
                let Some(package) = seen(unit, acting, row.id)? else {
                    continue;
                };
                total += 1;
                if total > from && found.len() < size {
                    let tags = package_versions::tags(unit, row.id)?;
                    let latest = match tags.get("latest") {
                        Some(latest) => package_versions::get(unit, row.id, latest)?,
                        None => None,
                    };
                    let visibility = package.visibility;
                    found.push(Found {
                        row,
                        visibility,
                        latest,
                    });
                }
            }
            if looked >= MOST_LOOKED_AT {
                break;
            }
        }
        Ok((found, total))
    })
}
