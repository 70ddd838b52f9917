//! The audit log's words: one stable name for each kind of change, GitHub's where GitHub has it.

/// Whose log shows an event. The site's log shows all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventLog {
    /// The acting or affected person's.
    User,
    /// The organization's.
    Organization,
    /// Both.
    Both,
    /// The site's alone.
    Site,
}

macro_rules! events {
    ($($variant:ident = $name:literal, $log:ident, $sentence:literal;)*) => {
        /// A kind of change. Append only: the names are stored.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Event {
            $(#[doc = $sentence] $variant,)*
        }

        impl Event {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// One sentence for people.
            pub const fn sentence(self) -> &'static str {
                match self { $(Self::$variant => $sentence,)* }
            }

            /// Whose log shows it.
            pub const fn log(self) -> EventLog {
                match self { $(Self::$variant => EventLog::$log,)* }
            }

            /// Reads a name.
            pub fn parse(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|e| e.name() == name)
            }
        }
    };
}

events! {
    TokenCreate = "personal_access_token.create", User, "A fine-grained token was created.";
    TokenUpdate = "personal_access_token.update", User, "A fine-grained token was edited.";
    TokenDestroy = "personal_access_token.destroy", User, "A fine-grained token was revoked or deleted.";
    TokenRegenerate = "personal_access_token.credential_regenerated", User, "A token was given a new secret.";
    TokenLeaked = "personal_access_token.credential_revoked", User, "A token was revoked because its value became known.";
    TokenSuspend = "personal_access_token.suspend", User, "A token was suspended.";
    TokenResume = "personal_access_token.resume", User, "A suspended token was resumed.";
    TokenRotationFinish = "personal_access_token.rotation_finished", User, "A token's earlier secret was retired.";
    TokenRetiredUse = "personal_access_token.retired_use", User, "A retired secret of a token was used.";
    RequestCreate = "personal_access_token.request_created", Both, "A token asks for access to an organization.";
    RequestCancel = "personal_access_token.request_cancelled", Both, "A token's request was taken back or replaced.";
    RequestDeny = "personal_access_token.request_denied", Both, "A token's request was denied.";
    AccessGrant = "personal_access_token.access_granted", Both, "A token was given access to an organization.";
    AccessRevoke = "personal_access_token.access_revoked", Both, "A token's access to an organization was withdrawn.";
    PolicyUpdate = "org.update_token_policy", Organization, "The organization's token policy was changed.";
    RestrictionEnable = "personal_access_token.access_restriction_enabled", Organization, "An organization allows tokens of a kind no more.";
    RestrictionDisable = "personal_access_token.access_restriction_disabled", Organization, "An organization allows tokens of a kind again.";
    AutoApprovalEnable = "personal_access_token.auto_approve_grant_requests_enabled", Organization, "An organization asks for no approval of fine-grained tokens any more.";
    AutoApprovalDisable = "personal_access_token.auto_approve_grant_requests_disabled", Organization, "An organization asks for approval of fine-grained tokens.";
    LimitSet = "personal_access_token.expiration_limit_set", Organization, "An organization limits how long tokens of a kind live.";
    LimitUnset = "personal_access_token.expiration_limit_unset", Organization, "An organization limits no more how long tokens of a kind live.";
    SitePolicyUpdate = "site.update_policy", Site, "The site's policy was changed.";
    OrganizationCreate = "org.create", Organization, "An organization was created.";
    OrganizationUpdate = "org.update", Organization, "An organization's settings were changed.";
    OrganizationRename = "org.rename", Organization, "An organization was renamed.";
    OrganizationDelete = "org.delete", Organization, "An organization was deleted.";
    MemberAdd = "org.add_member", Both, "A person became a member of an organization.";
    MemberUpdate = "org.update_member", Both, "A member's role in an organization was changed.";
    MemberRemove = "org.remove_member", Both, "A person was removed from an organization.";
    TeamCreate = "team.create", Organization, "A team was created.";
    TeamUpdate = "team.update", Organization, "A team was changed.";
    TeamDestroy = "team.destroy", Organization, "A team was deleted.";
    TeamAddMember = "team.add_member", Both, "A person joined a team.";
    TeamRemoveMember = "team.remove_member", Both, "A person left a team.";
    TeamAddRepository = "team.add_repository", Organization, "A team was given a role on a repository.";
    TeamRemoveRepository = "team.remove_repository", Organization, "A team lost its role on a repository.";
    RepositoryCreate = "repo.create", Both, "A repository was created.";
    RepositoryUpdate = "repo.update", Both, "A repository's settings were changed.";
    RepositoryRename = "repo.rename", Both, "A repository was renamed.";
    RepositoryVisibility = "repo.access", Both, "A repository's visibility was changed.";
    RepositoryTransfer = "repo.transfer", Both, "A repository was handed over to another owner.";
    RepositoryDestroy = "repo.destroy", Both, "A repository was deleted.";
    CollaboratorAdd = "repo.add_member", Both, "A person was given a role on a repository.";
    CollaboratorUpdate = "repo.update_member", Both, "A collaborator's role on a repository was changed.";
    CollaboratorRemove = "repo.remove_member", Both, "A person lost a role on a repository.";
    GitPushIntent = "git.push.intent", Both, "A push is about to change a ref.";
    GitPush = "git.push", Both, "A push changed a ref, or failed to.";
    UserCreate = "user.create", User, "A user was created.";
    UserUpdate = "user.update", User, "A user's profile was changed.";
    UserRename = "user.rename", User, "A user was renamed.";
    UserSuspend = "user.suspend", User, "A user was suspended.";
    UserResume = "user.unsuspend", User, "A suspended user was resumed.";
    UserDelete = "user.delete", User, "A user was deleted.";
    UserPassword = "user.change_password", User, "A password was changed.";
    UserSignIn = "user.login", User, "A person signed in.";
    UserSignOut = "user.logout", User, "A sign-in was ended.";
    UserConfirm = "user.sudo", User, "A person confirmed access.";
    IdentityLink = "user.link_identity", User, "A sign-in provider was connected to an account.";
    IdentityUnlink = "user.unlink_identity", User, "A sign-in provider was disconnected from an account.";
    AddressAsk = "user.email_requested", User, "A person asked for another e-mail address; a link was sent there.";
    AddressCancel = "user.email_request_cancelled", User, "A person took back the wish for another e-mail address.";
    AddressVerify = "user.email_verified", User, "An e-mail address was proved by its link.";
    PasswordResetAsk = "user.forgot_password", User, "A link for a new password was sent.";
    ApprovalRuleCreate = "org.create_approval_rule", Organization, "An organization made a rule by which tokens are approved.";
    ApprovalRuleUpdate = "org.update_approval_rule", Organization, "A rule by which tokens are approved was changed.";
    ApprovalRuleDestroy = "org.destroy_approval_rule", Organization, "A rule by which tokens are approved was deleted.";
    ReviewerAdd = "org.add_token_reviewer", Both, "A person or a team was made a reviewer of an organization's tokens.";
    ReviewerRemove = "org.remove_token_reviewer", Both, "A person or a team reviews an organization's tokens no more.";
    RequestExpire = "personal_access_token.request_expired", Both, "A token's request waited too long and is over.";
    SiteEmergency = "site.emergency_revocation", Site, "An administrator ended credentials, many at once.";
    FactorBegin = "two_factor_authentication.begin_factor", User, "A person began to set an authenticator app up.";
    FactorAdd = "two_factor_authentication.add_factor", User, "A person added a passkey or an authenticator app.";
    FactorUpdate = "two_factor_authentication.update_factor", User, "A person renamed a passkey.";
    FactorRemove = "two_factor_authentication.remove_factor", User, "A person removed a passkey or an authenticator app.";
    RecoveryCodesMake = "two_factor_authentication.recovery_codes_regenerated", User, "A person's recovery codes were made anew.";
    RecoveryCodeUse = "two_factor_authentication.recovery_code_used", User, "A recovery code was used.";
    TwoFactorRequire = "org.enable_two_factor_requirement", Organization, "An organization requires two-factor authentication.";
    TwoFactorRequireNot = "org.disable_two_factor_requirement", Organization, "An organization requires two-factor authentication no more.";
    ApplicationCreate = "oauth_application.create", Both, "An OAuth application was registered.";
    ApplicationUpdate = "oauth_application.update", Both, "An OAuth application's settings were changed.";
    ApplicationDestroy = "oauth_application.destroy", Both, "An OAuth application was deleted.";
    ApplicationSecretAdd = "oauth_application.generate_client_secret", Both, "An OAuth application was given a client secret.";
    ApplicationSecretRemove = "oauth_application.remove_client_secret", Both, "A client secret of an OAuth application was ended.";
    AuthorizationCreate = "oauth_authorization.create", User, "A person let an OAuth application act for them.";
    AuthorizationUpdate = "oauth_authorization.update", User, "A person let an OAuth application have other scopes.";
    AuthorizationDestroy = "oauth_authorization.destroy", User, "A person took back what an OAuth application had.";
    AccessTokenCreate = "oauth_access.create", User, "An OAuth application was given a token.";
    AccessTokenRegenerate = "oauth_access.regenerate", User, "An OAuth application refreshed a token.";
    AccessTokenDestroy = "oauth_access.destroy", User, "A token of an OAuth application was ended.";
    ApplicationAsk = "org.oauth_app_access_requested", Both, "A member asked their organization to let an OAuth application in.";
    ApplicationApprove = "org.oauth_app_access_approved", Organization, "An organization lets an OAuth application reach its things.";
    ApplicationDeny = "org.oauth_app_access_denied", Organization, "An organization does not let an OAuth application reach its things.";
    NameRelease = "site.release_name", Site, "An administrator freed a name for use again.";
    InvitationCreate = "org.invite_member", Both, "Somebody was invited into an organization.";
    InvitationResend = "org.resend_invitation", Both, "An invitation into an organization was sent again; its earlier link ended.";
    InvitationCancel = "org.cancel_invitation", Both, "An invitation into an organization was cancelled.";
    InvitationAccept = "org.accept_invitation", Both, "An invitation into an organization was accepted.";
    InvitationDecline = "org.decline_invitation", Both, "An invitation into an organization was declined.";
    RepositoryInvitationCreate = "repository_invitation.create", Both, "Somebody was invited to a repository.";
    RepositoryInvitationUpdate = "repository_invitation.update", Both, "The role that an invitation to a repository offers was changed.";
    RepositoryInvitationCancel = "repository_invitation.cancel", Both, "An invitation to a repository was cancelled.";
    RepositoryInvitationAccept = "repository_invitation.accept", Both, "An invitation to a repository was accepted.";
    RepositoryInvitationDecline = "repository_invitation.reject", Both, "An invitation to a repository was declined.";
    LetterRetry = "site.retry_letter", Site, "An administrator had a letter that waits tried at once.";
    HookCreate = "hook.create", Both, "A webhook was made.";
    HookConfig = "hook.config_changed", Both, "Where a webhook's deliveries go, or how, was changed.";
    HookEvents = "hook.events_changed", Both, "What a webhook hears of was changed.";
    HookActive = "hook.active_changed", Both, "A webhook was switched on or off.";
    HookDestroy = "hook.destroy", Both, "A webhook was deleted.";
    ChildTokenCreate = "child_token.create", Both, "A child was made from a token or a sign-in.";
    ChildTokenDestroy = "child_token.destroy", Both, "A child token was ended.";
    JobOpen = "job.open", Both, "A job was opened, and given its token.";
    JobEnd = "job.end", Both, "A job was ended, and its token with it.";
    JobCeiling = "job.ceiling_changed", Both, "What jobs may do at most was changed.";
    ServiceCreate = "service_account.create", Organization, "A service account was made.";
    ServiceUpdate = "service_account.update", Organization, "A service account was changed.";
    ServiceSuspend = "service_account.suspend", Organization, "A service account was suspended.";
    ServiceResume = "service_account.resume", Organization, "A suspended service account was resumed.";
    ServiceDestroy = "service_account.destroy", Organization, "A service account was deleted.";
    TokenHandOver = "personal_access_token.handed_over", Both, "What a token runs was handed over to a service account.";
    HookRedeliver = "hook.redeliver", Both, "A delivery of a webhook was sent again.";
    HookPing = "hook.ping", Both, "A webhook was tried.";
    WorkloadIssuerCreate = "workload_issuer.create", Organization, "An organization trusts an issuer's word about jobs.";
    WorkloadIssuerUpdate = "workload_issuer.update", Organization, "A trusted issuer was given another name or service account.";
    WorkloadIssuerDestroy = "workload_issuer.destroy", Organization, "An organization trusts an issuer no more.";
    WorkloadRuleCreate = "workload_rule.create", Organization, "A rule was made by which an issuer's word opens a job's token.";
    WorkloadRuleUpdate = "workload_rule.update", Organization, "A rule by which an issuer's word opens a job's token was changed.";
    WorkloadRuleDestroy = "workload_rule.destroy", Organization, "A rule by which an issuer's word opens a job's token was deleted.";
    WorkloadExchange = "workload.exchange", Organization, "A token of a trusted issuer opened a job's token.";
    WorkloadRefuse = "workload.refuse", Organization, "A token of a trusted issuer opened nothing.";
    RepositorySecretCreate = "repo.create_actions_secret", Both, "A secret of a repository was set for the first time.";
    RepositorySecretUpdate = "repo.update_actions_secret", Both, "A secret of a repository was given another value.";
    RepositorySecretRemove = "repo.remove_actions_secret", Both, "A secret of a repository was deleted.";
    OrganizationSecretCreate = "org.create_actions_secret", Organization, "A secret of an organization was set for the first time.";
    OrganizationSecretUpdate = "org.update_actions_secret", Organization, "A secret of an organization was given another value, or other repositories.";
    OrganizationSecretRemove = "org.remove_actions_secret", Organization, "A secret of an organization was deleted.";
    UserSecretCreate = "user.create_codespaces_secret", User, "A person set a secret of their own for the first time.";
    UserSecretUpdate = "user.update_codespaces_secret", User, "A person gave a secret of their own another value, or other repositories.";
    UserSecretRemove = "user.remove_codespaces_secret", User, "A person deleted a secret of their own.";
    SealingKeyRotate = "secret.rotate_public_key", Both, "The key that secrets are sealed with on their way here was replaced.";
    JobSecretsGive = "job.secrets_given", Both, "A job was given secrets of its repository and its organization.";
    UserSecretsGive = "user.job_secrets_given", User, "A job was given secrets of the person who opened it.";
    PackagePublish = "package.package_published", Both, "A package was published for the first time.";
    PackageVersionPublish = "package.package_version_published", Both, "A version of a package was published.";
    PackageDestroy = "package.package_deleted", Both, "A package was deleted with all of its versions.";
    PackageVersionDestroy = "package.package_version_deleted", Both, "A version of a package was deleted.";
    PackageTag = "package.tag_changed", Both, "A tag of a package was set or taken away.";
    PackageDeprecate = "package.deprecation_changed", Both, "Versions of a package were deprecated, or are no more.";
    PackageVisibility = "package.visibility_changed", Both, "Who sees a package without a role was changed.";
    PackageAccess = "package.access_changed", Both, "A role on a package was given or taken away.";
    RegistryApprove = "registry_sign_in.approve", User, "A person let npm have a token of theirs.";
    RegistryDeny = "registry_sign_in.deny", User, "A person let npm have no token.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_read_back() {
        for event in Event::ALL {
            assert_eq!(Event::parse(event.name()), Some(*event));
        }
    }
}
