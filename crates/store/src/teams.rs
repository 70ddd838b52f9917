//! Teams: members of an organization with roles on its repositories. A team has what its parents have.

use jeton_domain::{
    InvitationId, OrganizationId, RepositoryId, Role, TeamId, TeamName, Time, UserId,
};

use crate::memberships::{PERSON, Person, read_person};
use crate::{ReadUnit, Row, Sql, StoreError, WriteUnit};

/// A team as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeamRow {
    /// Which.
    pub id: TeamId,
    /// Whose.
    pub organization: OrganizationId,
    /// Its name in paths.
    pub slug: String,
    /// Its name as typed.
    pub name: String,
    /// The team whose roles it has too.
    pub parent: Option<TeamId>,
    /// Since when.
    pub created_at: Time,
}

const COLUMNS: &str = "t.id, t.organization_id, t.slug, t.name, t.parent_id, t.created_at";

fn read(row: &Row) -> Result<TeamRow, StoreError> {
    Ok(TeamRow {
        id: row.get(0)?,
        organization: row.get(1)?,
        slug: row.get(2)?,
        name: row.get(3)?,
        parent: row.get(4)?,
        created_at: row.get(5)?,
    })
}

/// Adds a team. A taken slug is a conflict on `teams_slug`.
pub fn create(
    unit: &mut WriteUnit<'_>,
    organization: OrganizationId,
    name: &TeamName,
    parent: Option<TeamId>,
    now: Time,
) -> Result<TeamId, StoreError> {
    let id: TeamId = unit.allocate()?;
    unit.execute_one(
        "INSERT INTO teams (id, organization_id, slug, slug_key, name, parent_id, created_at) \
         VALUES ($1, $2, $3, $3, $4, $5, $6)",
        &[
            &id,
            &organization,
            &name.slug(),
            &name.as_str(),
            &parent,
            &now,
        ],
    )?;
    Ok(id)
}

/// A team by its slug.
pub fn by_slug(
    unit: &mut ReadUnit<'_>,
    organization: OrganizationId,
    slug: &str,
) -> Result<Option<TeamRow>, StoreError> {
    let sql = Sql::built(format!(
        "SELECT {COLUMNS} FROM teams t WHERE t.organization_id = $1 AND t.slug_key = $2"
    ));
    unit.one(sql, &[&organization, &slug.to_ascii_lowercase()])?
        .as_ref()
        .map(read)
        .transpose()
}

/// A team of an organization by id.
pub fn by_id(
    unit: &mut ReadUnit<'_>,
    organization: OrganizationId,
    id: TeamId,
) -> Result<Option<TeamRow>, StoreError> {
    let sql = Sql::built(format!(
        "SELECT {COLUMNS} FROM teams t WHERE t.organization_id = $1 AND t.id = $2"
    ));
    unit.one(sql, &[&organization, &id])?
        .as_ref()
        .map(read)
        .transpose()
}

/// The teams that who accepts an invitation is put into, by slug.
pub fn of_invitation(
    unit: &mut ReadUnit<'_>,
    invitation: InvitationId,
) -> Result<Vec<TeamRow>, StoreError> {
    let sql = Sql::built(format!(
        "SELECT {COLUMNS} FROM teams t JOIN organization_invitation_teams i ON i.team_id = t.id \
         WHERE i.invitation_id = $1 ORDER BY t.slug_key"
    ));
    unit.all(sql, &[&invitation])?.iter().map(read).collect()
}

/// The teams of an organization that a person is in themself, by slug.
pub fn of_member(
    unit: &mut ReadUnit<'_>,
    organization: OrganizationId,
    user: UserId,
) -> Result<Vec<TeamRow>, StoreError> {
    let sql = Sql::built(format!(
        "SELECT {COLUMNS} FROM teams t JOIN team_members m ON m.team_id = t.id \
         WHERE t.organization_id = $1 AND m.user_id = $2 ORDER BY t.slug_key"
    ));
    unit.all(sql, &[&organization, &user])?
        .iter()
        .map(read)
        .collect()
}

/// A page of an organization's teams by slug.
pub fn page(
    unit: &mut ReadUnit<'_>,
    organization: OrganizationId,
    offset: i64,
    count: i64,
) -> Result<Vec<TeamRow>, StoreError> {
    let sql = Sql::built(format!(
        "SELECT {COLUMNS} FROM teams t WHERE t.organization_id = $1 ORDER BY t.slug_key LIMIT $2 OFFSET $3"
    ));
    unit.all(sql, &[&organization, &count, &offset])?
        .iter()
        .map(read)
        .collect()
}

/// How many teams an organization has.
pub fn count(unit: &mut ReadUnit<'_>, organization: OrganizationId) -> Result<i64, StoreError> {
    unit.number(
        "SELECT COUNT(*) FROM teams WHERE organization_id = $1",
        &[&organization],
    )
}

/// A page of the teams right below a team, by slug.
pub fn below(
    unit: &mut ReadUnit<'_>,
    team: TeamId,
    offset: i64,
    count: i64,
) -> Result<Vec<TeamRow>, StoreError> {
    let sql = Sql::built(format!(
        "SELECT {COLUMNS} FROM teams t WHERE t.parent_id = $1 ORDER BY t.slug_key LIMIT $2 OFFSET $3"
    ));
    unit.all(sql, &[&team, &count, &offset])?
        .iter()
        .map(read)
        .collect()
}

/// How many teams stand right below a team.
pub fn count_below(unit: &mut ReadUnit<'_>, team: TeamId) -> Result<i64, StoreError> {
    unit.number("SELECT COUNT(*) FROM teams WHERE parent_id = $1", &[&team])
}

/// Whether `team` is `of` or stands somewhere below it.
pub fn is_at_or_below(
    unit: &mut ReadUnit<'_>,
    team: TeamId,
    of: TeamId,
) -> Result<bool, StoreError> {
    // UNION, not UNION ALL: a cycle written by a fault would end all the same.
    Ok(unit.number(
        "WITH RECURSIVE above(id, parent_id) AS ( \
           SELECT id, parent_id FROM teams WHERE id = $1 \
           UNION SELECT p.id, p.parent_id FROM teams p JOIN above c ON c.parent_id = p.id) \
         SELECT COUNT(*) FROM above WHERE id = $2",
        &[&team, &of],
    )? > 0)
}

/// Changes name and parent. A taken slug is a conflict on `teams_slug`.
pub fn update(
    unit: &mut WriteUnit<'_>,
    id: TeamId,
    name: &TeamName,
    parent: Option<TeamId>,
) -> Result<(), StoreError> {
    unit.execute_one(
        "UPDATE teams SET slug = $2, slug_key = $2, name = $3, parent_id = $4 WHERE id = $1",
        &[&id, &name.slug(), &name.as_str(), &parent],
    )
}

/// Deletes a team; teams below it stand at the top from then on.
pub fn delete(unit: &mut WriteUnit<'_>, id: TeamId) -> Result<(), StoreError> {
    unit.execute(
        "UPDATE teams SET parent_id = NULL WHERE parent_id = $1",
        &[&id],
    )?;
    unit.execute("DELETE FROM team_members WHERE team_id = $1", &[&id])?;
    unit.execute("DELETE FROM team_repositories WHERE team_id = $1", &[&id])?;
    unit.execute("DELETE FROM package_teams WHERE team_id = $1", &[&id])?;
    unit.execute("DELETE FROM reviewer_teams WHERE team_id = $1", &[&id])?;
    unit.execute("DELETE FROM approval_rule_teams WHERE team_id = $1", &[&id])?;
    unit.execute(
        "DELETE FROM organization_invitation_teams WHERE team_id = $1",
        &[&id],
    )?;
    unit.execute_one("DELETE FROM teams WHERE id = $1", &[&id])
}

/// Deletes every team of an organization.
pub fn delete_all(
    unit: &mut WriteUnit<'_>,
    organization: OrganizationId,
) -> Result<(), StoreError> {
    unit.execute(
        "DELETE FROM team_members WHERE team_id IN (SELECT id FROM teams WHERE organization_id = $1)",
        &[&organization],
    )?;
    unit.execute(
        "DELETE FROM team_repositories WHERE team_id IN (SELECT id FROM teams WHERE organization_id = $1)",
        &[&organization],
    )?;
    unit.execute(
        "DELETE FROM package_teams WHERE team_id IN (SELECT id FROM teams WHERE organization_id = $1)",
        &[&organization],
    )?;
    unit.execute(
        "DELETE FROM reviewer_teams WHERE organization_id = $1",
        &[&organization],
    )?;
    unit.execute(
        "DELETE FROM approval_rule_teams WHERE team_id IN (SELECT id FROM teams WHERE organization_id = $1)",
        &[&organization],
    )?;
    unit.execute(
        "DELETE FROM organization_invitation_teams \
         WHERE team_id IN (SELECT id FROM teams WHERE organization_id = $1)",
        &[&organization],
    )?;
    unit.execute(
        "UPDATE teams SET parent_id = NULL WHERE organization_id = $1",
        &[&organization],
    )?;
    unit.execute(
        "DELETE FROM teams WHERE organization_id = $1",
        &[&organization],
    )?;
    Ok(())
}

/// Puts a person into a team; false where they were in it.
pub fn add_member(
    unit: &mut WriteUnit<'_>,
    team: TeamId,
    user: UserId,
) -> Result<bool, StoreError> {
    Ok(unit.execute(
        "INSERT INTO team_members (team_id, user_id) VALUES ($1, $2) ON CONFLICT (team_id, user_id) DO NOTHING",
        &[&team, &user],
    )? == 1)
}

/// Takes a person out of a team; false where they were not in it.
pub fn remove_member(
    unit: &mut WriteUnit<'_>,
    team: TeamId,
    user: UserId,
) -> Result<bool, StoreError> {
    Ok(unit.execute(
        "DELETE FROM team_members WHERE team_id = $1 AND user_id = $2",
        &[&team, &user],
    )? == 1)
}

/// Whether a person is in the team itself.
pub fn has_member(unit: &mut ReadUnit<'_>, team: TeamId, user: UserId) -> Result<bool, StoreError> {
    Ok(unit.number(
        "SELECT COUNT(*) FROM team_members WHERE team_id = $1 AND user_id = $2",
        &[&team, &user],
    )? == 1)
}

/// A page of a team's own members by name.
pub fn members(
    unit: &mut ReadUnit<'_>,
    team: TeamId,
    offset: i64,
    count: i64,
) -> Result<Vec<Person>, StoreError> {
    let sql = Sql::built(format!(
        "SELECT {PERSON} FROM team_members m JOIN accounts a ON a.id = m.user_id JOIN users u ON u.account_id = a.id \
         WHERE m.team_id = $1 AND a.state <> 'deleted' ORDER BY a.login_key LIMIT $2 OFFSET $3"
    ));
    unit.all(sql, &[&team, &count, &offset])?
        .iter()
        .map(read_person)
        .collect()
}

/// How many members a team has itself.
pub fn count_members(unit: &mut ReadUnit<'_>, team: TeamId) -> Result<i64, StoreError> {
    unit.number(
        "SELECT COUNT(*) FROM team_members m JOIN accounts a ON a.id = m.user_id \
         WHERE m.team_id = $1 AND a.state <> 'deleted'",
        &[&team],
    )
}

/// Gives a team a role on a repository, or changes it.
pub fn set_repository(
    unit: &mut WriteUnit<'_>,
    team: TeamId,
    repository: RepositoryId,
    role: Role,
) -> Result<(), StoreError> {
    unit.execute_one(
        "INSERT INTO team_repositories (team_id, repository_id, role) VALUES ($1, $2, $3) \
         ON CONFLICT (team_id, repository_id) DO UPDATE SET role = excluded.role",
        &[&team, &repository, &role.name()],
    )
}

/// Takes a team's own role on a repository; false where it had none.
pub fn remove_repository(
    unit: &mut WriteUnit<'_>,
    team: TeamId,
    repository: RepositoryId,
) -> Result<bool, StoreError> {
    Ok(unit.execute(
        "DELETE FROM team_repositories WHERE team_id = $1 AND repository_id = $2",
        &[&team, &repository],
    )? == 1)
}

/// The role that a team has on a repository by itself, not by a team above it.
pub fn own_role(
    unit: &mut ReadUnit<'_>,
    team: TeamId,
    repository: RepositoryId,
) -> Result<Option<Role>, StoreError> {
    let rows = unit.all(
        "SELECT role FROM team_repositories WHERE team_id = $1 AND repository_id = $2",
        &[&team, &repository],
    )?;
    highest(&rows, 0)
}

/// The role of a team on a repository, its parents' included.
pub fn role_on(
    unit: &mut ReadUnit<'_>,
    team: TeamId,
    repository: RepositoryId,
) -> Result<Option<Role>, StoreError> {
    let rows = unit.all(
        "WITH RECURSIVE above(id, parent_id) AS ( \
           SELECT id, parent_id FROM teams WHERE id = $1 \
           UNION SELECT p.id, p.parent_id FROM teams p JOIN above c ON c.parent_id = p.id) \
         SELECT tr.role FROM team_repositories tr JOIN above ON above.id = tr.team_id WHERE tr.repository_id = $2",
        &[&team, &repository],
    )?;
    highest(&rows, 0)
}

/// The repositories that a team has a role on, its parents' included.
pub fn repositories(
    unit: &mut ReadUnit<'_>,
    team: TeamId,
) -> Result<Vec<RepositoryId>, StoreError> {
    unit.all(
        "WITH RECURSIVE above(id, parent_id) AS ( \
           SELECT id, parent_id FROM teams WHERE id = $1 \
           UNION SELECT p.id, p.parent_id FROM teams p JOIN above c ON c.parent_id = p.id) \
         SELECT DISTINCT tr.repository_id FROM team_repositories tr JOIN above ON above.id = tr.team_id \
         JOIN repositories r ON r.id = tr.repository_id WHERE r.state = 'active' ORDER BY tr.repository_id",
        &[&team],
    )?
    .iter()
    .map(|row| row.get(0))
    .collect()
}

/// The repositories that any of a person's teams gives a role on, as far as they are a member there.
pub fn repositories_of_user(
    unit: &mut ReadUnit<'_>,
    user: UserId,
) -> Result<Vec<RepositoryId>, StoreError> {
    unit.all(
        "WITH RECURSIVE mine(id, parent_id) AS ( \
           SELECT t.id, t.parent_id FROM teams t JOIN team_members m ON m.team_id = t.id \
           JOIN memberships b ON b.organization_id = t.organization_id AND b.user_id = m.user_id WHERE m.user_id = $1 \
           UNION SELECT p.id, p.parent_id FROM teams p JOIN mine c ON c.parent_id = p.id) \
         SELECT DISTINCT tr.repository_id FROM team_repositories tr JOIN mine ON mine.id = tr.team_id \
         ORDER BY tr.repository_id",
        &[&user],
    )?
    .iter()
    .map(|row| row.get(0))
    .collect()
}

/// The teams that have a role of their own on a repository, by slug.
pub fn of_repository(
    unit: &mut ReadUnit<'_>,
    repository: RepositoryId,
) -> Result<Vec<(TeamRow, Role)>, StoreError> {
    let sql = Sql::built(format!(
        "SELECT {COLUMNS}, tr.role FROM team_repositories tr JOIN teams t ON t.id = tr.team_id \
         WHERE tr.repository_id = $1 ORDER BY t.slug_key"
    ));
    unit.all(sql, &[&repository])?
        .iter()
        .map(|row| Ok((read(row)?, row.word(6, Role::parse)?)))
        .collect()
}

/// The teams that have a role on a repository, by slug: each with the highest of its own and of those above it.
pub fn reaching(
    unit: &mut ReadUnit<'_>,
    repository: RepositoryId,
) -> Result<Vec<(TeamRow, Role)>, StoreError> {
    let sql = Sql::built(format!(
        "WITH RECURSIVE held(id, role) AS ( \
           SELECT team_id, role FROM team_repositories WHERE repository_id = $1 \
           UNION SELECT c.id, h.role FROM teams c JOIN held h ON c.parent_id = h.id) \
         SELECT {COLUMNS}, held.role FROM held JOIN teams t ON t.id = held.id ORDER BY t.slug_key"
    ));
    let mut found: Vec<(TeamRow, Role)> = Vec::new();
    for row in unit.all(sql, &[&repository])? {
        let (team, role) = (read(&row)?, row.word(6, Role::parse)?);
        match found.last_mut().filter(|(last, _)| last.id == team.id) {
            Some((_, highest)) => *highest = role.max(*highest),
            None => found.push((team, role)),
        }
    }
    Ok(found)
}

fn highest(rows: &[Row], column: usize) -> Result<Option<Role>, StoreError> {
    let roles = rows
        .iter()
        .map(|row| row.word(column, Role::parse))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(roles.into_iter().max())
}
