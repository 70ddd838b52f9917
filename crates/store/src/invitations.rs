//! Invitations into organizations: for a person or for an address, answered once.

use jeton_domain::{
    InvitationId, InvitationState, OrganizationId, OrganizationRole, TeamId, Time, UserId,
};

use crate::{ReadUnit, Row, Sql, StoreError, ToValue, WriteUnit, in_list};

/// Whom an invitation is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Invitee {
    /// One account, whatever it is called by now.
    Person {
        /// Which.
        id: UserId,
        /// Its name.
        login: String,
    },
    /// Whoever has verified this address.
    Address(String),
}

/// An invitation as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvitationRow {
    /// Which.
    pub id: InvitationId,
    /// Into which organization.
    pub organization: OrganizationId,
    /// Its name.
    pub organization_login: String,
    /// For whom.
    pub invitee: Invitee,
    /// As what.
    pub role: OrganizationRole,
    /// Who invites.
    pub inviter: UserId,
    /// Their name.
    pub inviter_login: String,
    /// Since when.
    pub created_at: Time,
    /// When the present link was made.
    pub sent_at: Time,
    /// Until when it can be accepted.
    pub expires_at: Time,
    /// What became of it, as far as anybody looked.
    state: InvitationState,
}

impl InvitationRow {
    /// What became of it by `now`.
    pub fn state(&self, now: Time) -> InvitationState {
        settled(self.state, self.expires_at, now)
    }
}

/// Time decides over one that nobody looked after.
pub(crate) fn settled(state: InvitationState, expires_at: Time, now: Time) -> InvitationState {
    if state == InvitationState::Pending && now >= expires_at {
        InvitationState::Expired
    } else {
        state
    }
}

/// What is needed to add one.
#[derive(Debug)]
pub struct NewInvitation<'a> {
    /// Into which organization.
    pub organization: OrganizationId,
    /// For whom.
    pub invitee: &'a Invitee,
    /// As what.
    pub role: OrganizationRole,
    /// Into which teams.
    pub teams: &'a [TeamId],
    /// Who invites.
    pub inviter: UserId,
    /// The link's digest.
    pub digest: [u8; 32],
    /// The key that it was made with.
    pub key: u32,
    /// When.
    pub now: Time,
    /// Until when it can be accepted.
    pub expires_at: Time,
}

/// Which of an organization's invitations a list is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listed {
    /// Those that wait for an answer.
    Pending,
    /// Those that were declined or that nobody answered in time.
    Failed,
}

const SELECT: &str = "SELECT i.id, i.organization_id, o.login, i.user_id, u.login, i.email, i.role, i.inviter_id, \
     b.login, i.created_at, i.sent_at, i.expires_at, i.state FROM organization_invitations i \
     JOIN accounts o ON o.id = i.organization_id JOIN accounts b ON b.id = i.inviter_id \
     LEFT JOIN accounts u ON u.id = i.user_id";

fn read(row: &Row) -> Result<InvitationRow, StoreError> {
    let invitee = match (row.get::<Option<UserId>>(3)?, row.get(4)?, row.get(5)?) {
        (Some(id), Some(login), None) => Invitee::Person { id, login },
        (None, None, Some(email)) => Invitee::Address(email),
        _ => {
            return Err(StoreError::corrupt(
                "an invitation is for nobody, or for two",
            ));
        }
    };
    Ok(InvitationRow {
        id: row.get(0)?,
        organization: row.get(1)?,
        organization_login: row.get(2)?,
        invitee,
        role: row.word(6, OrganizationRole::parse)?,
        inviter: row.get(7)?,
        inviter_login: row.get(8)?,
        created_at: row.get(9)?,
        sent_at: row.get(10)?,
        expires_at: row.get(11)?,
        state: row.word(12, InvitationState::parse)?,
    })
}

/// Adds an invitation. Somebody who is invited already is a conflict on `organization_invitations_person` or
/// `organization_invitations_address`.
pub fn insert(
    unit: &mut WriteUnit<'_>,
    new: &NewInvitation<'_>,
) -> Result<InvitationId, StoreError> {
    let id: InvitationId = unit.allocate()?;
    let (user, email) = match new.invitee {
        Invitee::Person { id, .. } => (Some(*id), None),
        Invitee::Address(email) => (None, Some(email.as_str())),
    };
    unit.execute_one(
        "INSERT INTO organization_invitations (id, organization_id, user_id, email, email_key, role, inviter_id, digest, \
         key_id, created_at, sent_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11)",
        &[
            &id,
            &new.organization,
            &user,
            &email,
            &email.map(str::to_lowercase),
            &new.role.name(),
            &new.inviter,
            &new.digest,
            &new.key,
            &new.now,
            &new.expires_at,
        ],
    )?;
    for team in new.teams {
        unit.execute_one(
            "INSERT INTO organization_invitation_teams (invitation_id, team_id) VALUES ($1, $2)",
            &[&id, team],
        )?;
    }
    Ok(id)
}

/// An invitation by id.
pub fn by_id(
    unit: &mut ReadUnit<'_>,
    id: InvitationId,
) -> Result<Option<InvitationRow>, StoreError> {
    let sql = Sql::built(format!("{SELECT} WHERE i.id = $1"));
    unit.one(sql, &[&id])?.as_ref().map(read).transpose()
}

/// An organization's invitation by id.
pub fn of_organization(
    unit: &mut ReadUnit<'_>,
    organization: OrganizationId,
    id: InvitationId,
) -> Result<Option<InvitationRow>, StoreError> {
    Ok(by_id(unit, id)?.filter(|row| row.organization == organization))
}

/// The invitation that a link leads to: by its digest under any key.
pub fn by_digest(
    unit: &mut ReadUnit<'_>,
    digests: &[[u8; 32]],
) -> Result<Option<InvitationRow>, StoreError> {
    let sql = Sql::built(format!(
        "{SELECT} WHERE i.digest IN ({})",
        in_list(1, digests.len())
    ));
    let args: Vec<&dyn ToValue> = digests.iter().map(|d| d as &dyn ToValue).collect();
    unit.one(sql, &args)?.as_ref().map(read).transpose()
}

const PENDING: &str = "i.state = 'pending' AND i.expires_at > $2";
const FAILED: &str =
    "(i.state IN ('declined', 'expired') OR (i.state = 'pending' AND i.expires_at <= $2))";

const fn listed(which: Listed) -> &'static str {
    match which {
        Listed::Pending => PENDING,
        Listed::Failed => FAILED,
    }
}

/// A page of an organization's invitations, the newest first.
pub fn page(
    unit: &mut ReadUnit<'_>,
    organization: OrganizationId,
    which: Listed,
    now: Time,
    offset: i64,
    count: i64,
) -> Result<Vec<InvitationRow>, StoreError> {
    let sql = Sql::built(format!(
        "{SELECT} WHERE i.organization_id = $1 AND {} ORDER BY i.id DESC LIMIT $3 OFFSET $4",
        listed(which)
    ));
    unit.all(sql, &[&organization, &now, &count, &offset])?
        .iter()
        .map(read)
        .collect()
}

/// How many of them there are.
pub fn count(
    unit: &mut ReadUnit<'_>,
    organization: OrganizationId,
    which: Listed,
    now: Time,
) -> Result<i64, StoreError> {
    let sql = Sql::built(format!(
        "SELECT COUNT(*) FROM organization_invitations i WHERE i.organization_id = $1 AND {}",
        listed(which)
    ));
    unit.number(sql, &[&organization, &now])
}

/// The invitations that wait for an answer and lead into a team, the newest first.
pub fn into_team(
    unit: &mut ReadUnit<'_>,
    team: TeamId,
    now: Time,
) -> Result<Vec<InvitationRow>, StoreError> {
    let sql = Sql::built(format!(
        "{SELECT} JOIN organization_invitation_teams x ON x.invitation_id = i.id \
         WHERE x.team_id = $1 AND {PENDING} ORDER BY i.id DESC"
    ));
    unit.all(sql, &[&team, &now])?.iter().map(read).collect()
}

/// How many links an organization had made since a moment.
pub fn sent_since(
    unit: &mut ReadUnit<'_>,
    organization: OrganizationId,
    since: Time,
) -> Result<i64, StoreError> {
    unit.number(
        "SELECT COUNT(*) FROM organization_invitations WHERE organization_id = $1 AND sent_at > $2",
        &[&organization, &since],
    )
}

/// Invitations that wait for a person: by their account, or by the address that they have verified. One into an
/// organization that they belong to by now offers nothing.
pub fn waiting_for(
    unit: &mut ReadUnit<'_>,
    user: UserId,
    verified_email: Option<&str>,
    now: Time,
) -> Result<Vec<InvitationRow>, StoreError> {
    let sql = Sql::built(format!(
        "{SELECT} WHERE {PENDING} AND o.state = 'active' AND (i.user_id = $1 OR i.email_key = $3) \
         AND NOT EXISTS (SELECT 1 FROM memberships m WHERE m.organization_id = i.organization_id AND m.user_id = $1) \
         ORDER BY i.id"
    ));
    unit.all(sql, &[&user, &now, &verified_email.map(str::to_lowercase)])?
        .iter()
        .map(read)
        .collect()
}

/// Answers, or takes back, one that waits. [`StoreError::Stale`] where it was answered or taken back before: of two, one wins.
pub fn settle(
    unit: &mut WriteUnit<'_>,
    id: InvitationId,
    state: InvitationState,
    now: Time,
) -> Result<(), StoreError> {
    unit.execute_one(
        "UPDATE organization_invitations SET state = $2, settled_at = $3 WHERE id = $1 AND state = 'pending'",
        &[&id, &state.name(), &now],
    )
}

/// Marks those of an organization whose time is over, so that the same people can be invited anew.
pub fn expire(
    unit: &mut WriteUnit<'_>,
    organization: OrganizationId,
    now: Time,
) -> Result<usize, StoreError> {
    unit.execute(
        "UPDATE organization_invitations SET state = 'expired', settled_at = expires_at \
         WHERE organization_id = $1 AND state = 'pending' AND expires_at <= $2",
        &[&organization, &now],
    )
}

/// Gives an invitation that waits, or that nobody answered in time, a new link and a new week. The earlier link leads nowhere.
/// Somebody who was invited anew meanwhile is a conflict, as with [`insert`].
pub fn resend(
    unit: &mut WriteUnit<'_>,
    id: InvitationId,
    (digest, key): ([u8; 32], u32),
    now: Time,
    expires_at: Time,
) -> Result<(), StoreError> {
    unit.execute_one(
        "UPDATE organization_invitations SET digest = $2, key_id = $3, sent_at = $4, expires_at = $5, state = 'pending', \
         settled_at = NULL WHERE id = $1 AND state IN ('pending', 'expired')",
        &[&id, &digest, &key, &now, &expires_at],
    )
}

/// Takes back all that wait for an organization, or for a person in any.
pub fn cancel_all(
    unit: &mut WriteUnit<'_>,
    organization: Option<OrganizationId>,
    user: Option<UserId>,
    now: Time,
) -> Result<usize, StoreError> {
    unit.execute(
        "UPDATE organization_invitations SET state = 'cancelled', settled_at = $3 WHERE state = 'pending' \
         AND (organization_id = $1 OR user_id = $2)",
        &[&organization, &user, &now],
    )
}

/// Takes back what waits for a person's account in one organization: they became a member. What waits for an address stays:
/// whose it is would be told to whoever sees it vanish.
pub fn cancel_for_account(
    unit: &mut WriteUnit<'_>,
    organization: OrganizationId,
    user: UserId,
    now: Time,
) -> Result<usize, StoreError> {
    unit.execute(
        "UPDATE organization_invitations SET state = 'cancelled', settled_at = $3 WHERE state = 'pending' \
         AND organization_id = $1 AND user_id = $2",
        &[&organization, &user, &now],
    )
}

/// Takes back what waits for a person in one organization, by their account or by the address that they have verified: they
/// were removed, and do not come back by it.
pub fn cancel_for(
    unit: &mut WriteUnit<'_>,
    organization: OrganizationId,
    user: UserId,
    now: Time,
) -> Result<usize, StoreError> {
    unit.execute(
        "UPDATE organization_invitations SET state = 'cancelled', settled_at = $3 WHERE state = 'pending' \
         AND organization_id = $1 AND (user_id = $2 OR email_key = (SELECT u.email_key FROM users u \
         WHERE u.account_id = $2 AND u.email_verified_at IS NOT NULL))",
        &[&organization, &user, &now],
    )
}

/// Takes one that nobody answered in time out of the list of those that failed.
pub fn dismiss(unit: &mut WriteUnit<'_>, id: InvitationId, now: Time) -> Result<(), StoreError> {
    unit.execute_one(
        "UPDATE organization_invitations SET state = 'cancelled', settled_at = $2 WHERE id = $1 AND state = 'expired'",
        &[&id, &now],
    )
}
