//! Who has which role on what, and through what: for pages that show it, person by person.

use jeton_domain::{AccountId, OrganizationId, OrganizationRole, RepositoryId, Role, UserId};

use crate::factors::has_second;
use crate::memberships::{PERSON, Person, read_person};
use crate::repositories::RepositoryRow;
use crate::{ReadUnit, Sql, StoreError, repositories};

/// A team that gives a person a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeamSource {
    /// The role.
    pub role: Role,
    /// The team that holds it: name in paths, and as typed.
    pub team: (String, String),
    /// The team below it that the person is in, where that is another.
    pub through: Option<(String, String)>,
}

/// What a search takes: a part of a login, folded. Anything that no login holds finds nobody.
fn part(search: &str) -> Option<String> {
    let search = search.trim().to_ascii_lowercase();
    let well = search
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    well.then_some(search)
}

/// Teams with a role on the repository, and all below them.
/// Then who has a role on the repository: `$2` owns it, `$3` is 1 where every member has one.
const HOLDERS: &str = "WITH RECURSIVE given(id) AS (SELECT team_id FROM team_repositories WHERE repository_id = $1 \
     UNION SELECT t.id FROM teams t JOIN given g ON t.parent_id = g.id), \
     holders(id) AS (SELECT o.id FROM accounts o WHERE o.id = $2 UNION SELECT c.user_id FROM collaborators c WHERE c.repository_id = $1 \
     UNION SELECT m.user_id FROM memberships m WHERE m.organization_id = $2 AND (m.role = 'owner' OR $3 = 1) \
     UNION SELECT tm.user_id FROM team_members tm JOIN given g ON g.id = tm.team_id \
       JOIN memberships m ON m.user_id = tm.user_id AND m.organization_id = $2)";

/// Of those, the people whose login holds `$4`.
const FOUND: &str = "FROM holders h JOIN accounts a ON a.id = h.id JOIN users u ON u.account_id = a.id \
     WHERE a.state <> 'deleted' AND (CAST($4 AS TEXT) = '' OR replace(a.login_key, $4, '') <> a.login_key)";

/// A page of the people with a role on a repository, by name, and how many there are. `everyone`: members of the owner have one
/// by belonging to it.
pub fn people(
    unit: &mut ReadUnit<'_>,
    repository: RepositoryId,
    owner: AccountId,
    everyone: bool,
    search: &str,
    (offset, count): (i64, i64),
) -> Result<(Vec<Person>, i64), StoreError> {
    let Some(part) = part(search) else {
        return Ok((Vec::new(), 0));
    };
    let sql = Sql::built(format!(
        "{HOLDERS} SELECT {PERSON} {FOUND} ORDER BY a.login_key LIMIT $5 OFFSET $6"
    ));
    let people = unit
        .all(
            sql,
            &[&repository, &owner, &everyone, &part, &count, &offset],
        )?
        .iter()
        .map(read_person)
        .collect::<Result<_, _>>()?;
    let sql = Sql::built(format!("{HOLDERS} SELECT COUNT(*) {FOUND}"));
    let total = unit.number(sql, &[&repository, &owner, &everyone, &part])?;
    Ok((people, total))
}

/// The teams through which a person has a role on a repository. They count for members only.
pub fn team_sources(
    unit: &mut ReadUnit<'_>,
    user: UserId,
    repository: RepositoryId,
    organization: OrganizationId,
) -> Result<Vec<TeamSource>, StoreError> {
    unit.all(
        "WITH RECURSIVE mine(id, parent_id, via) AS ( \
           SELECT t.id, t.parent_id, t.id FROM teams t JOIN team_members m ON m.team_id = t.id \
           WHERE m.user_id = $1 AND t.organization_id = $3 \
           UNION SELECT p.id, p.parent_id, c.via FROM teams p JOIN mine c ON c.parent_id = p.id) \
         SELECT tr.role, h.slug, h.name, v.slug, v.name FROM team_repositories tr JOIN mine ON mine.id = tr.team_id \
         JOIN teams h ON h.id = mine.id JOIN teams v ON v.id = mine.via WHERE tr.repository_id = $2 \
         ORDER BY h.slug_key, v.slug_key",
        &[&user, &repository, &organization],
    )?
    .iter()
    .map(|row| {
        let (team, via): ((String, String), (String, String)) =
            ((row.get(1)?, row.get(2)?), (row.get(3)?, row.get(4)?));
        Ok(TeamSource {
            role: row.word(0, Role::parse)?,
            through: (via.0 != team.0).then_some(via),
            team,
        })
    })
    .collect()
}

/// The teams that the person is in, and all above them.
const MINE: &str = "WITH RECURSIVE mine(id, parent_id) AS ( \
     SELECT t.id, t.parent_id FROM teams t JOIN team_members m ON m.team_id = t.id \
     JOIN memberships b ON b.organization_id = t.organization_id AND b.user_id = m.user_id \
     WHERE m.user_id = $1 AND t.organization_id = $2 \
     UNION SELECT p.id, p.parent_id FROM teams p JOIN mine c ON c.parent_id = p.id)";

const HELD: &str = "r.owner_id = $2 AND r.state = 'active' AND ($3 = 1 \
     OR r.id IN (SELECT c.repository_id FROM collaborators c WHERE c.user_id = $1) \
     OR r.id IN (SELECT tr.repository_id FROM team_repositories tr JOIN mine ON mine.id = tr.team_id))";

/// A page of an organization's repositories that a person has a role on, by name, and how many there are. `all`: they have one on
/// every repository there.
pub fn repositories_of(
    unit: &mut ReadUnit<'_>,
    user: UserId,
    organization: OrganizationId,
    all: bool,
    (offset, count): (i64, i64),
) -> Result<(Vec<RepositoryRow>, i64), StoreError> {
    let sql = Sql::built(format!(
        "{MINE} SELECT r.id FROM repositories r WHERE {HELD} ORDER BY r.name_key LIMIT $4 OFFSET $5"
    ));
    let ids = unit
        .all(sql, &[&user, &organization, &all, &count, &offset])?
        .iter()
        .map(|row| row.get(0))
        .collect::<Result<Vec<RepositoryId>, _>>()?;
    let sql = Sql::built(format!(
        "{MINE} SELECT COUNT(*) FROM repositories r WHERE {HELD}"
    ));
    let total = unit.number(sql, &[&user, &organization, &all])?;
    let mut rows = Vec::with_capacity(ids.len());
    for id in ids {
        rows.extend(repositories::by_id(unit, id)?);
    }
    Ok((rows, total))
}

/// A member as owners see them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberRow {
    /// Who.
    pub person: Person,
    /// As what.
    pub role: OrganizationRole,
    /// They have a second factor.
    pub second_factor: bool,
}

/// Which members a list shows.
#[derive(Clone, Copy, Debug, Default)]
pub struct Members<'a> {
    /// Of this role only.
    pub role: Option<OrganizationRole>,
    /// Whose login holds this.
    pub search: &'a str,
    /// Only who has no second factor.
    pub lacking: bool,
}

/// A page of an organization's members by name, and how many there are.
pub fn members(
    unit: &mut ReadUnit<'_>,
    organization: OrganizationId,
    which: Members<'_>,
    (offset, count): (i64, i64),
) -> Result<(Vec<MemberRow>, i64), StoreError> {
    let Some(part) = part(which.search) else {
        return Ok((Vec::new(), 0));
    };
    let second = has_second("a.id");
    let lacking = if which.lacking {
        format!(" AND NOT {second}")
    } else {
        String::new()
    };
    let from = format!(
        "FROM memberships m JOIN accounts a ON a.id = m.user_id JOIN users u ON u.account_id = a.id \
         WHERE m.organization_id = $1 AND (CAST($2 AS TEXT) IS NULL OR m.role = $2) AND a.state <> 'deleted' \
         AND (CAST($3 AS TEXT) = '' OR replace(a.login_key, $3, '') <> a.login_key){lacking}"
    );
    let role = which.role.map(OrganizationRole::name);
    let sql = Sql::built(format!(
        "SELECT {PERSON}, m.role, CASE WHEN {second} THEN 1 ELSE 0 END {from} \
         ORDER BY a.login_key LIMIT $4 OFFSET $5"
    ));
    let members = unit
        .all(sql, &[&organization, &role, &part, &count, &offset])?
        .iter()
        .map(|row| {
            Ok(MemberRow {
                person: read_person(row)?,
                role: row.word(3, OrganizationRole::parse)?,
                second_factor: row.get(4)?,
            })
        })
        .collect::<Result<_, StoreError>>()?;
    let sql = Sql::built(format!("SELECT COUNT(*) {from}"));
    let total = unit.number(sql, &[&organization, &role, &part])?;
    Ok((members, total))
}
