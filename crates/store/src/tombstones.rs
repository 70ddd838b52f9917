//! Tombstones: what was taken away stays away, even if a backup from before is restored.
//!
//! A write unit that takes power away records a tombstone in its own transaction; after the commit, and before the write
//! returns, the same entry is appended to a file outside the database and synced. When a database is opened the two are
//! compared: what only the database has (a crash between commit and append) is appended, and what only the file has (a
//! restored backup) is done again.

use jeton_domain::{
    ApplicationId, ApplicationSecretId, AuthenticatorId, Ending, HookId, Id, InvitationId,
    JobSecretId, OrganizationId, PasskeyId, RecoveryCodeId, RepositoryId, RepositoryInvitationId,
    SecretId, SignInId, Time, TokenId, UserId, WithdrawReason,
};

use crate::{Incarnation, Row, Seq, StoreError, WriteUnit, applications};

/// Something that was taken away, or given back after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tombstone {
    /// A token's life ended.
    TokenRevoked {
        /// The token.
        token: TokenId,
        /// Why.
        because: Ending,
    },
    /// A token is suspended.
    TokenSuspended(TokenId),
    /// A suspended token goes on.
    TokenResumed(TokenId),
    /// An owner took a token's standing back.
    StandingWithdrawn {
        /// The token.
        token: TokenId,
        /// Why.
        because: WithdrawReason,
    },
    /// A secret was rotated out, or killed unseen.
    SecretRetired(SecretId),
    /// A member was removed; the standing of their tokens there is withdrawn.
    MembershipRemoved {
        /// From here.
        organization: OrganizationId,
        /// The person.
        user: UserId,
    },
    /// A direct role on a repository was taken away.
    CollaboratorRemoved {
        /// On this repository.
        repository: RepositoryId,
        /// The person.
        user: UserId,
    },
    /// A person is suspended.
    UserSuspended(UserId),
    /// A suspended person may act again.
    UserResumed(UserId),
    /// A person's account is deleted.
    UserDeleted(UserId),
    /// A sign-in was ended.
    SignInEnded(SignInId),
    /// A repository was deleted.
    RepositoryDeleted(RepositoryId),
    /// An invitation into an organization was cancelled, or answered: its link opens nothing again.
    InvitationEnded(InvitationId),
    /// An invitation to a repository was cancelled, or answered.
    RepositoryInvitationEnded(RepositoryInvitationId),
    /// A passkey was removed.
    PasskeyRemoved(PasskeyId),
    /// An authenticator app was removed or replaced.
    AuthenticatorRemoved(AuthenticatorId),
    /// A recovery code was used, or is worth nothing any more.
    RecoveryCodeUsed(RecoveryCodeId),
    /// An organization does not let an OAuth application in, or not any more.
    ApplicationDenied {
        /// The organization.
        organization: OrganizationId,
        /// The application.
        application: ApplicationId,
    },
    /// A secret of an OAuth application proves nothing any more.
    ApplicationSecretEnded(ApplicationSecretId),
    /// An OAuth application is gone.
    ApplicationDeleted(ApplicationId),
    /// A person took back what they let an OAuth application have. Its tokens have tombstones of their own.
    AuthorizationEnded {
        /// The person.
        user: UserId,
        /// The application.
        application: ApplicationId,
    },
    /// A webhook is gone: nothing is sent there any more.
    HookDeleted(HookId),
    /// A secret for jobs is gone, or has another value.
    JobSecretDeleted(JobSecretId),
}

/// A tombstone with its place in history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TombstoneEntry {
    /// History that the number belongs to.
    pub incarnation: Incarnation,
    /// Number of the change.
    pub seq: Seq,
    /// Place among the change's tombstones, from zero.
    pub n: i64,
    /// When.
    pub at: Time,
    /// What.
    pub what: Tombstone,
}

impl Tombstone {
    /// Whether it gives back. Such entries are not kept of a commit whose outcome is unknown.
    pub(crate) const fn gives_back(self) -> bool {
        matches!(self, Self::TokenResumed(_) | Self::UserResumed(_))
    }

    /// Stored word, subject, second subject (0 for none), reason ("" for none).
    pub(crate) const fn parts(self) -> (&'static str, i64, i64, &'static str) {
        match self {
            Self::TokenRevoked { token, because } => {
                ("token_revoked", token.get(), 0, because.name())
            }
            Self::TokenSuspended(token) => ("token_suspended", token.get(), 0, ""),
            Self::TokenResumed(token) => ("token_resumed", token.get(), 0, ""),
            Self::StandingWithdrawn { token, because } => {
                ("standing_withdrawn", token.get(), 0, because.name())
            }
            Self::SecretRetired(secret) => ("secret_retired", secret.get(), 0, ""),
            Self::MembershipRemoved { organization, user } => {
                ("membership_removed", organization.get(), user.get(), "")
            }
            Self::CollaboratorRemoved { repository, user } => {
                ("collaborator_removed", repository.get(), user.get(), "")
            }
            Self::UserSuspended(user) => ("user_suspended", user.get(), 0, ""),
            Self::UserResumed(user) => ("user_resumed", user.get(), 0, ""),
            Self::UserDeleted(user) => ("user_deleted", user.get(), 0, ""),
            Self::SignInEnded(sign_in) => ("sign_in_ended", sign_in.get(), 0, ""),
            Self::RepositoryDeleted(repository) => ("repository_deleted", repository.get(), 0, ""),
            Self::InvitationEnded(invitation) => ("invitation_ended", invitation.get(), 0, ""),
            Self::RepositoryInvitationEnded(invitation) => {
                ("repository_invitation_ended", invitation.get(), 0, "")
            }
            Self::PasskeyRemoved(passkey) => ("passkey_removed", passkey.get(), 0, ""),
            Self::AuthenticatorRemoved(id) => ("authenticator_removed", id.get(), 0, ""),
            Self::RecoveryCodeUsed(code) => ("recovery_code_used", code.get(), 0, ""),
            Self::ApplicationDenied {
                organization,
                application,
            } => (
                "application_denied",
                organization.get(),
                application.get(),
                "",
            ),
            Self::ApplicationSecretEnded(secret) => {
                ("application_secret_ended", secret.get(), 0, "")
            }
            Self::ApplicationDeleted(application) => {
                ("application_deleted", application.get(), 0, "")
            }
            Self::AuthorizationEnded { user, application } => {
                ("authorization_ended", user.get(), application.get(), "")
            }
            Self::HookDeleted(hook) => ("hook_deleted", hook.get(), 0, ""),
            Self::JobSecretDeleted(secret) => ("job_secret_deleted", secret.get(), 0, ""),
        }
    }

    /// Reads [`Tombstone::parts`] back.
    pub(crate) fn from_parts(kind: &str, subject: i64, other: i64, reason: &str) -> Option<Self> {
        fn id<I: Id>(number: i64) -> Option<I> {
            I::from_i64(number)
        }
        Some(match kind {
            "token_revoked" => Self::TokenRevoked {
                token: id(subject)?,
                because: Ending::parse(reason)?,
            },
            "token_suspended" => Self::TokenSuspended(id(subject)?),
            "token_resumed" => Self::TokenResumed(id(subject)?),
            "standing_withdrawn" => Self::StandingWithdrawn {
                token: id(subject)?,
                because: WithdrawReason::parse(reason)?,
            },
            "secret_retired" => Self::SecretRetired(id(subject)?),
            "membership_removed" => Self::MembershipRemoved {
                organization: id(subject)?,
                user: id(other)?,
            },
            "collaborator_removed" => Self::CollaboratorRemoved {
                repository: id(subject)?,
                user: id(other)?,
            },
            "user_suspended" => Self::UserSuspended(id(subject)?),
            "user_resumed" => Self::UserResumed(id(subject)?),
            "user_deleted" => Self::UserDeleted(id(subject)?),
            "sign_in_ended" => Self::SignInEnded(id(subject)?),
            "repository_deleted" => Self::RepositoryDeleted(id(subject)?),
            "invitation_ended" => Self::InvitationEnded(id(subject)?),
            "repository_invitation_ended" => Self::RepositoryInvitationEnded(id(subject)?),
            "passkey_removed" => Self::PasskeyRemoved(id(subject)?),
            "authenticator_removed" => Self::AuthenticatorRemoved(id(subject)?),
            "recovery_code_used" => Self::RecoveryCodeUsed(id(subject)?),
            "application_denied" => Self::ApplicationDenied {
                organization: id(subject)?,
                application: id(other)?,
            },
            "application_secret_ended" => Self::ApplicationSecretEnded(id(subject)?),
            "application_deleted" => Self::ApplicationDeleted(id(subject)?),
            "authorization_ended" => Self::AuthorizationEnded {
                user: id(subject)?,
                application: id(other)?,
            },
            "hook_deleted" => Self::HookDeleted(id(subject)?),
            "job_secret_deleted" => Self::JobSecretDeleted(id(subject)?),
            _ => return None,
        })
    }

    /// Does it again in a database that forgot it. What the database already shows, or never knew, is left as it is.
    #[expect(
        clippy::too_many_lines,
        reason = "one arm for each kind, beside each other"
    )]
    pub(crate) fn replay(self, unit: &mut WriteUnit<'_>, at: Time) -> Result<(), StoreError> {
        match self {
            Self::TokenRevoked { token, because } => {
                unit.execute(
                    "UPDATE tokens SET revoked_at = $2, revoked_reason = $3 WHERE id = $1 AND revoked_at IS NULL",
                    &[&token, &at, &because.name()],
                )?;
            }
            Self::TokenSuspended(token) => {
                unit.execute(
                    "UPDATE tokens SET suspended_at = $2 WHERE id = $1 AND suspended_at IS NULL",
                    &[&token, &at],
                )?;
            }
            Self::TokenResumed(token) => {
                unit.execute(
                    "UPDATE tokens SET suspended_at = NULL WHERE id = $1",
                    &[&token],
                )?;
            }
            Self::StandingWithdrawn { token, because } => {
                unit.execute(
                    "UPDATE tokens SET standing = 'withdrawn', standing_at = $2, standing_reason = $3 \
                     WHERE id = $1 AND standing IN ('active', 'not_needed')",
                    &[&token, &at, &because.name()],
                )?;
            }
            Self::SecretRetired(secret) => {
                unit.execute(
                    "UPDATE secrets SET retired_at = $2, retire_reason = 'tombstone' WHERE id = $1 AND retired_at IS NULL",
                    &[&secret, &at],
                )?;
            }
            Self::MembershipRemoved { organization, user } => {
                replay_removal(unit, organization, user, at)?;
            }
            Self::CollaboratorRemoved { repository, user } => {
                unit.execute(
                    "DELETE FROM collaborators WHERE repository_id = $1 AND user_id = $2",
                    &[&repository, &user],
                )?;
            }
            Self::UserSuspended(user) => {
                unit.execute(
                    "UPDATE accounts SET state = 'suspended', suspended_at = $2 WHERE id = $1 AND state = 'active'",
                    &[&user, &at],
                )?;
            }
            Self::UserResumed(user) => {
                unit.execute(
                    "UPDATE accounts SET state = 'active', suspended_at = NULL WHERE id = $1 AND state = 'suspended'",
                    &[&user],
                )?;
            }
            Self::UserDeleted(user) => {
                unit.execute(
                    "UPDATE accounts SET state = 'deleted', deleted_at = $2 WHERE id = $1 AND state <> 'deleted'",
                    &[&user, &at],
                )?;
                applications::forget_person(unit, user)?;
            }
            Self::SignInEnded(sign_in) => {
                unit.execute(
                    "UPDATE sign_ins SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL",
                    &[&sign_in, &at],
                )?;
            }
            Self::RepositoryDeleted(repository) => {
                unit.execute(
                    "UPDATE repositories SET state = 'deleted', deleted_at = $2 WHERE id = $1 AND state <> 'deleted'",
                    &[&repository, &at],
                )?;
            }
            Self::InvitationEnded(invitation) => {
                unit.execute(
                    "UPDATE organization_invitations SET state = 'cancelled', settled_at = $2 \
                     WHERE id = $1 AND state = 'pending'",
                    &[&invitation, &at],
                )?;
            }
            Self::RepositoryInvitationEnded(invitation) => {
                unit.execute(
                    "UPDATE repository_invitations SET state = 'cancelled', settled_at = $2 \
                     WHERE id = $1 AND state = 'pending'",
                    &[&invitation, &at],
                )?;
            }
            Self::PasskeyRemoved(passkey) => {
                unit.execute("DELETE FROM passkeys WHERE id = $1", &[&passkey])?;
            }
            Self::AuthenticatorRemoved(authenticator) => {
                unit.execute(
                    "DELETE FROM authenticators WHERE id = $1",
                    &[&authenticator],
                )?;
            }
            Self::RecoveryCodeUsed(code) => {
                unit.execute(
                    "UPDATE recovery_codes SET used_at = $2 WHERE id = $1 AND used_at IS NULL",
                    &[&code, &at],
                )?;
            }
            Self::ApplicationDenied {
                organization,
                application,
            } => {
                unit.execute(
                    "DELETE FROM application_approvals WHERE organization_id = $1 AND application_id = $2",
                    &[&organization, &application],
                )?;
            }
            Self::ApplicationSecretEnded(secret) => {
                unit.execute(
                    "UPDATE application_secrets SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL",
                    &[&secret, &at],
                )?;
            }
            Self::ApplicationDeleted(application) => {
                applications::delete(unit, application, at)?;
            }
            Self::AuthorizationEnded { user, application } => {
                applications::unauthorize(unit, user, application)?;
            }
            Self::HookDeleted(hook) => {
                unit.execute(
                    "UPDATE hooks SET deleted_at = $2, secret = NULL WHERE id = $1 AND deleted_at IS NULL",
                    &[&hook, &at],
                )?;
                crate::hook_deliveries::drop_of_hook(unit, hook, at)?;
            }
            Self::JobSecretDeleted(secret) => {
                crate::job_secrets::erase(unit, secret)?;
            }
        }
        Ok(())
    }
}

fn replay_removal(
    unit: &mut WriteUnit<'_>,
    organization: OrganizationId,
    user: UserId,
    at: Time,
) -> Result<(), StoreError> {
    crate::package_roles::remove_person(unit, organization, user)?;
    unit.execute(
        "DELETE FROM memberships WHERE organization_id = $1 AND user_id = $2",
        &[&organization, &user],
    )?;
    unit.execute(
        "DELETE FROM team_members WHERE user_id = $2 \
         AND team_id IN (SELECT id FROM teams WHERE organization_id = $1)",
        &[&organization, &user],
    )?;
    unit.execute(
        "DELETE FROM collaborators WHERE user_id = $2 \
         AND repository_id IN (SELECT id FROM repositories WHERE owner_id = $1)",
        &[&organization, &user],
    )?;
    unit.execute(
        "UPDATE tokens SET standing = 'withdrawn', standing_at = $3, standing_reason = 'member_removed' \
         WHERE owner_id = $1 AND creator_id = $2 AND standing IN ('active', 'not_needed')",
        &[&organization, &user, &at],
    )?;
    unit.execute(
        "UPDATE requests SET state = 'cancelled', decided_at = $3 WHERE state = 'pending' AND organization_id = $1 \
         AND token_id IN (SELECT id FROM tokens WHERE creator_id = $2)",
        &[&organization, &user, &at],
    )?;
    unit.execute(
        "UPDATE tokens SET standing = 'cancelled', standing_at = $3 \
         WHERE owner_id = $1 AND creator_id = $2 AND standing = 'pending'",
        &[&organization, &user, &at],
    )?;
    Ok(())
}

impl TombstoneEntry {
    pub(crate) fn new(
        incarnation: Incarnation,
        seq: Seq,
        n: usize,
        at: Time,
        what: &Tombstone,
    ) -> Result<Self, StoreError> {
        let n = i64::try_from(n).map_err(|_| StoreError::query("too many tombstones"))?;
        Ok(Self {
            incarnation,
            seq,
            n,
            at,
            what: *what,
        })
    }

    /// Records it in the database.
    pub(crate) fn insert(&self, unit: &mut WriteUnit<'_>) -> Result<(), StoreError> {
        let (kind, subject, other, reason) = self.what.parts();
        unit.execute_one(
            "INSERT INTO tombstones (incarnation, seq, n, at, kind, subject, other, reason) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            &[
                &self.incarnation,
                &self.seq,
                &self.n,
                &self.at,
                &kind,
                &subject,
                &other,
                &reason,
            ],
        )
    }

    /// All that the database shows, in order.
    pub(crate) fn stored(unit: &mut crate::ReadUnit<'_>) -> Result<Vec<Self>, StoreError> {
        unit.all(
            "SELECT incarnation, seq, n, at, kind, subject, other, reason FROM tombstones ORDER BY seq, n",
            &[],
        )?
        .iter()
        .map(Self::read)
        .collect()
    }

    fn read(row: &Row) -> Result<Self, StoreError> {
        let (subject, other, reason): (i64, i64, String) = (row.get(5)?, row.get(6)?, row.get(7)?);
        Ok(Self {
            incarnation: row.get(0)?,
            seq: row.get(1)?,
            n: row.get(2)?,
            at: row.get(3)?,
            what: row.word(4, |kind| {
                Tombstone::from_parts(kind, subject, other, &reason)
            })?,
        })
    }
}
