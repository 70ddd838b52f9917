//! Members who decide on tokens without being owners.

use jeton_domain::{OrganizationId, TeamId, Time, UserId};

use crate::{ReadUnit, StoreError, WriteUnit};

/// The teams that a person is in, by a team below them too.
const MINE: &str = "WITH RECURSIVE mine(id, parent_id) AS ( \
     SELECT t.id, t.parent_id FROM teams t JOIN team_members m ON m.team_id = t.id \
     WHERE m.user_id = $2 AND t.organization_id = $1 \
     UNION SELECT p.id, p.parent_id FROM teams p JOIN mine c ON c.parent_id = p.id)";

/// Whether a member decides on an organization's tokens without being an owner. Of others than members it
/// says nothing.
pub fn is(
    unit: &mut ReadUnit<'_>,
    organization: OrganizationId,
    user: UserId,
) -> Result<bool, StoreError> {
    let by_name = unit.number(
        "SELECT COUNT(*) FROM reviewers WHERE organization_id = $1 AND user_id = $2",
        &[&organization, &user],
    )?;
    if by_name > 0 {
        return Ok(true);
    }
    let any = unit.number(
        "SELECT COUNT(*) FROM reviewer_teams WHERE organization_id = $1",
        &[&organization],
    )?;
    if any == 0 {
        return Ok(false);
    }
    let sql = crate::Sql::built(format!(
        "{MINE} SELECT COUNT(*) FROM reviewer_teams r JOIN mine ON mine.id = r.team_id WHERE r.organization_id = $1"
    ));
    Ok(unit.number(sql, &[&organization, &user])? > 0)
}

/// The teams of an organization that a person is in, by a team below them too.
pub fn teams_of(
    unit: &mut ReadUnit<'_>,
    organization: OrganizationId,
    user: UserId,
) -> Result<std::collections::BTreeSet<TeamId>, StoreError> {
    let sql = crate::Sql::built(format!("{MINE} SELECT id FROM mine ORDER BY id"));
    unit.all(sql, &[&organization, &user])?
        .iter()
        .map(|row| row.get(0))
        .collect()
}

/// A person or a team with that role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reviewer<I> {
    /// Which.
    pub id: I,
    /// The login, or the team's word in addresses.
    pub handle: String,
    /// The name for people.
    pub name: String,
    /// Since when.
    pub since: Time,
}

/// The people by name.
pub fn people(
    unit: &mut ReadUnit<'_>,
    organization: OrganizationId,
) -> Result<Vec<Reviewer<UserId>>, StoreError> {
    unit.all(
        "SELECT r.user_id, a.login, a.display_name, r.created_at FROM reviewers r \
         JOIN accounts a ON a.id = r.user_id WHERE r.organization_id = $1 ORDER BY a.login_key",
        &[&organization],
    )?
    .iter()
    .map(|row| {
        Ok(Reviewer {
            id: row.get(0)?,
            handle: row.get(1)?,
            name: row.get(2)?,
            since: row.get(3)?,
        })
    })
    .collect()
}

/// The teams.
pub fn teams(
    unit: &mut ReadUnit<'_>,
    organization: OrganizationId,
) -> Result<Vec<Reviewer<TeamId>>, StoreError> {
    unit.all(
        "SELECT r.team_id, t.slug, t.name, r.created_at FROM reviewer_teams r \
         JOIN teams t ON t.id = r.team_id WHERE r.organization_id = $1 ORDER BY t.slug_key",
        &[&organization],
    )?
    .iter()
    .map(|row| {
        Ok(Reviewer {
            id: row.get(0)?,
            handle: row.get(1)?,
            name: row.get(2)?,
            since: row.get(3)?,
        })
    })
    .collect()
}

/// Everybody who decides on an organization's tokens: owners, and reviewers by name or by team. Who is
/// suspended decides nothing.
pub fn deciders(
    unit: &mut ReadUnit<'_>,
    organization: OrganizationId,
) -> Result<Vec<UserId>, StoreError> {
    unit.all(
        "WITH RECURSIVE below(id) AS ( \
           SELECT team_id FROM reviewer_teams WHERE organization_id = $1 \
           UNION SELECT t.id FROM teams t JOIN below b ON t.parent_id = b.id) \
         SELECT m.user_id FROM memberships m JOIN accounts a ON a.id = m.user_id \
         WHERE m.organization_id = $1 AND a.state = 'active' AND (m.role = 'owner' \
           OR m.user_id IN (SELECT user_id FROM reviewers WHERE organization_id = $1) \
           OR m.user_id IN (SELECT tm.user_id FROM team_members tm JOIN below b ON b.id = tm.team_id)) \
         ORDER BY m.user_id",
        &[&organization],
    )?
    .iter()
    .map(|row| row.get(0))
    .collect()
}

/// Makes a member a reviewer; false where they were one.
pub fn add(
    unit: &mut WriteUnit<'_>,
    organization: OrganizationId,
    user: UserId,
    now: Time,
) -> Result<bool, StoreError> {
    Ok(unit.execute(
        "INSERT INTO reviewers (organization_id, user_id, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        &[&organization, &user, &now],
    )? == 1)
}

/// Takes it back; false where they were none.
pub fn remove(
    unit: &mut WriteUnit<'_>,
    organization: OrganizationId,
    user: UserId,
) -> Result<bool, StoreError> {
    Ok(unit.execute(
        "DELETE FROM reviewers WHERE organization_id = $1 AND user_id = $2",
        &[&organization, &user],
    )? == 1)
}

/// Makes a team's members reviewers; false where they were.
pub fn add_team(
    unit: &mut WriteUnit<'_>,
    organization: OrganizationId,
    team: TeamId,
    now: Time,
) -> Result<bool, StoreError> {
    Ok(unit.execute(
        "INSERT INTO reviewer_teams (organization_id, team_id, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        &[&organization, &team, &now],
    )? == 1)
}

/// Takes it back; false where they were none.
pub fn remove_team(
    unit: &mut WriteUnit<'_>,
    organization: OrganizationId,
    team: TeamId,
) -> Result<bool, StoreError> {
    Ok(unit.execute(
        "DELETE FROM reviewer_teams WHERE organization_id = $1 AND team_id = $2",
        &[&organization, &team],
    )? == 1)
}
