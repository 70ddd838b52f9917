//! Versions of packages and the tags that lead to them.

use std::collections::{BTreeMap, BTreeSet};

use jeton_domain::{AccountId, PackageId, PackageVersionId, Time, UserId};

use crate::{ReadUnit, Row, Sql, StoreError, WriteUnit};

/// A version as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionRow {
    /// Which.
    pub id: PackageVersionId,
    /// Its number, as semantic versions are written.
    pub version: String,
    /// The publisher's document.
    pub manifest: String,
    /// Why it should not be used any more.
    pub deprecated: Option<String>,
    /// Names its file: SHA-512 in hexadecimal.
    pub digest: String,
    /// SHA-512 as npm writes it.
    pub integrity: String,
    /// SHA-1 in hexadecimal.
    pub shasum: String,
    /// Size of its file.
    pub bytes: i64,
    /// The login of who published it.
    pub publisher: String,
    /// Since when.
    pub published_at: Time,
    /// Somebody signed where it was built, and the signatures are kept.
    pub attested: bool,
}

/// What is needed to add one.
#[derive(Debug)]
pub struct NewVersion<'a> {
    /// Its number.
    pub version: &'a str,
    /// The publisher's document.
    pub manifest: &'a str,
    /// Signatures of where it was built.
    pub attestations: Option<&'a str>,
    /// Why it should not be used, from the start.
    pub deprecated: Option<&'a str>,
    /// Names its file.
    pub digest: &'a str,
    /// SHA-512 as npm writes it.
    pub integrity: &'a str,
    /// SHA-1 in hexadecimal.
    pub shasum: &'a str,
    /// Size of its file.
    pub bytes: i64,
    /// Who publishes it.
    pub publisher: UserId,
}

const SELECT: &str = "SELECT v.version, v.manifest, v.deprecated, v.digest, v.integrity, v.shasum, v.bytes, a.login, \
     v.published_at, CASE WHEN v.attestations IS NULL THEN 0 ELSE 1 END, v.id \
     FROM package_versions v JOIN accounts a ON a.id = v.published_by";

fn read(row: &Row) -> Result<VersionRow, StoreError> {
    Ok(VersionRow {
        id: row.get(10)?,
        version: row.get(0)?,
        manifest: row.get(1)?,
        deprecated: row.get(2)?,
        digest: row.get(3)?,
        integrity: row.get(4)?,
        shasum: row.get(5)?,
        bytes: row.get(6)?,
        publisher: row.get(7)?,
        published_at: row.get(8)?,
        attested: row.get::<i64>(9)? == 1,
    })
}

/// The versions that are there, oldest first.
pub fn all(unit: &mut ReadUnit<'_>, package: PackageId) -> Result<Vec<VersionRow>, StoreError> {
    let sql = Sql::built(format!(
        "{SELECT} WHERE v.package_id = $1 AND v.deleted_at IS NULL ORDER BY v.published_at, v.version"
    ));
    unit.all(sql, &[&package])?.iter().map(read).collect()
}

/// One version.
pub fn get(
    unit: &mut ReadUnit<'_>,
    package: PackageId,
    version: &str,
) -> Result<Option<VersionRow>, StoreError> {
    if version.contains('\0') {
        return Ok(None);
    }
    let sql = Sql::built(format!(
        "{SELECT} WHERE v.package_id = $1 AND v.version = $2 AND v.deleted_at IS NULL"
    ));
    unit.one(sql, &[&package, &version])?
        .as_ref()
        .map(read)
        .transpose()
}

/// One version, by its number.
pub fn by_id(
    unit: &mut ReadUnit<'_>,
    package: PackageId,
    id: PackageVersionId,
) -> Result<Option<VersionRow>, StoreError> {
    let sql = Sql::built(format!(
        "{SELECT} WHERE v.package_id = $1 AND v.id = $2 AND v.deleted_at IS NULL"
    ));
    unit.one(sql, &[&package, &id])?
        .as_ref()
        .map(read)
        .transpose()
}

/// A page of the versions that are there, newest first.
pub fn page(
    unit: &mut ReadUnit<'_>,
    package: PackageId,
    offset: i64,
    count: i64,
) -> Result<Vec<VersionRow>, StoreError> {
    let sql = Sql::built(format!(
        "{SELECT} WHERE v.package_id = $1 AND v.deleted_at IS NULL ORDER BY v.id DESC LIMIT $2 OFFSET $3"
    ));
    unit.all(sql, &[&package, &count, &offset])?
        .iter()
        .map(read)
        .collect()
}

/// The signatures of where a version was built.
pub fn attestations(
    unit: &mut ReadUnit<'_>,
    package: PackageId,
    version: &str,
) -> Result<Option<String>, StoreError> {
    if version.contains('\0') {
        return Ok(None);
    }
    let row = unit.one(
        "SELECT attestations FROM package_versions WHERE package_id = $1 AND version = $2 AND deleted_at IS NULL",
        &[&package, &version],
    )?;
    row.map_or(Ok(None), |row| row.get(0))
}

/// The files that versions of a package need, by digest.
pub fn digests(
    unit: &mut ReadUnit<'_>,
    package: PackageId,
) -> Result<BTreeSet<String>, StoreError> {
    unit.all(
        "SELECT digest FROM package_versions WHERE package_id = $1 AND deleted_at IS NULL",
        &[&package],
    )?
    .iter()
    .map(|row| row.get(0))
    .collect()
}

/// Whether a version was ever given under this name of this owner, by whatever package has or had it.
pub fn was_given(
    unit: &mut ReadUnit<'_>,
    owner: AccountId,
    name: &str,
    version: &str,
) -> Result<bool, StoreError> {
    Ok(unit.number(
        "SELECT COUNT(*) FROM package_versions v JOIN packages p ON p.id = v.package_id \
         WHERE p.owner_id = $1 AND p.name = $2 AND v.version = $3",
        &[&owner, &name, &version],
    )? > 0)
}

/// How many there are.
pub fn count(unit: &mut ReadUnit<'_>, package: PackageId) -> Result<i64, StoreError> {
    unit.number(
        "SELECT COUNT(*) FROM package_versions WHERE package_id = $1 AND deleted_at IS NULL",
        &[&package],
    )
}

/// How much their documents are together, in characters.
pub fn manifests(unit: &mut ReadUnit<'_>, package: PackageId) -> Result<i64, StoreError> {
    unit.number(
        "SELECT COALESCE(CAST(SUM(LENGTH(manifest)) AS BIGINT), 0) FROM package_versions WHERE package_id = $1 AND deleted_at IS NULL",
        &[&package],
    )
}

/// Adds a version. One that was there is a conflict on `package_versions_pkey`.
pub fn insert(
    unit: &mut WriteUnit<'_>,
    package: PackageId,
    new: &NewVersion<'_>,
    now: Time,
) -> Result<(), StoreError> {
    let id: PackageVersionId = unit.allocate()?;
    unit.execute_one(
        "INSERT INTO package_versions (package_id, version, manifest, attestations, digest, integrity, shasum, bytes, \
         published_by, published_at, deprecated, id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        &[
            &package,
            &new.version,
            &new.manifest,
            &new.attestations,
            &new.digest,
            &new.integrity,
            &new.shasum,
            &new.bytes,
            &new.publisher,
            &now,
            &new.deprecated,
            &id,
        ],
    )
}

/// Says why a version should not be used any more, or takes that back.
pub fn deprecate(
    unit: &mut WriteUnit<'_>,
    package: PackageId,
    version: &str,
    why: Option<&str>,
) -> Result<(), StoreError> {
    unit.execute_one(
        "UPDATE package_versions SET deprecated = $3 WHERE package_id = $1 AND version = $2 AND deleted_at IS NULL",
        &[&package, &version, &why],
    )
}

/// Ends a version, with the tags that lead to it: that it was there is all that is kept.
pub fn delete(
    unit: &mut WriteUnit<'_>,
    package: PackageId,
    version: &str,
    now: Time,
) -> Result<(), StoreError> {
    unit.execute(
        "DELETE FROM package_tags WHERE package_id = $1 AND version = $2",
        &[&package, &version],
    )?;
    unit.execute_one(
        "UPDATE package_versions SET deleted_at = $3, manifest = '', attestations = NULL, deprecated = NULL \
         WHERE package_id = $1 AND version = $2 AND deleted_at IS NULL",
        &[&package, &version, &now],
    )
}

/// The tags with the versions that they lead to.
pub fn tags(
    unit: &mut ReadUnit<'_>,
    package: PackageId,
) -> Result<BTreeMap<String, String>, StoreError> {
    unit.all(
        "SELECT tag, version FROM package_tags WHERE package_id = $1 ORDER BY tag",
        &[&package],
    )?
    .iter()
    .map(|row| Ok((row.get(0)?, row.get(1)?)))
    .collect()
}

/// Sets a tag, or moves it.
pub fn tag(
    unit: &mut WriteUnit<'_>,
    package: PackageId,
    tag: &str,
    version: &str,
) -> Result<(), StoreError> {
    unit.execute_one(
        "INSERT INTO package_tags (package_id, tag, version) VALUES ($1, $2, $3) \
         ON CONFLICT (package_id, tag) DO UPDATE SET version = excluded.version",
        &[&package, &tag, &version],
    )
}

/// Takes a tag away; false where there was none.
pub fn untag(unit: &mut WriteUnit<'_>, package: PackageId, tag: &str) -> Result<bool, StoreError> {
    Ok(unit.execute(
        "DELETE FROM package_tags WHERE package_id = $1 AND tag = $2",
        &[&package, &tag],
    )? == 1)
}

/// The files that versions of a package still need, each by its digest.
pub fn needs_file(
    unit: &mut ReadUnit<'_>,
    package: PackageId,
    digest: &str,
) -> Result<bool, StoreError> {
    Ok(unit.number(
        "SELECT COUNT(*) FROM package_versions WHERE package_id = $1 AND digest = $2 AND deleted_at IS NULL",
        &[&package, &digest],
    )? > 0)
}
