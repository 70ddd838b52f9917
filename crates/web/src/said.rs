//! What was just done, said once on the page that the browser is led to.
//!
//! Only a word travels in a cookie; the sentence is one of these, so that nobody can put words into our
//! mouth.

use jeton_app::App;
use jeton_http::{Answer, Cookie, Input};

/// What was just done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    word: &'static str,
    /// The sentence.
    pub(crate) sentence: &'static str,
}

/// For a minute, in case the page never comes.
static COOKIE: Cookie = Cookie::new("jeton_said", "jeton_said", 60);

macro_rules! said {
    ($($name:ident $word:literal $sentence:literal;)*) => {
        impl Said {
            $(#[doc = $sentence] pub(crate) const $name: Self = Self { word: $word, sentence: $sentence };)*
            const ALL: &'static [Self] = &[$(Self::$name,)*];
        }
    };
}

said! {
    DEVICE_APPROVED "device_approved" "The device is let in: go back to it. You can take that back here.";
    DEVICE_DENIED "device_denied" "The device was denied, and learns so.";
    NPM_ALLOWED "npm_allowed" "npm is let in: go back to it. Its token stands here as soon as npm has fetched it.";
    NPM_DENIED "npm_denied" "npm is given no token.";
    APPLICATION_REVOKED "application_revoked" "What the application had is taken back. Its tokens are refused from now on.";
    APPLICATION_ASKED "application_asked" "The owners were asked.";
    APPLICATION_APPROVED "application_approved" "The application is let in.";
    APPLICATION_DENIED "application_denied" "The application is kept out.";
    APPLICATION_REGISTERED "application_registered" "The application is registered. Its client id stands below.";
    APPLICATION_SAVED "application_saved" "The application was changed.";
    APPLICATION_DELETED "application_deleted" "The application was deleted. Its tokens are refused from now on.";
    SECRET_ENDED "secret_ended" "The secret has ended: it proves nothing any more.";
    SIGNED_OUT "signed_out" "You are signed out.";
    SESSION_OVER "session_over" "You were signed out meanwhile: what you sent was not saved. Sign in and send it again.";
    TOKEN_CHANGED "token_changed" "The token was changed.";
    TOKEN_DELETED "token_deleted" "The token was deleted. What still uses it is refused from now on.";
    TOKEN_SUSPENDED "token_suspended" "The token is suspended. What uses it is refused until you resume it.";
    TOKEN_RESUMED "token_resumed" "The token is resumed: its values count again.";
    TOKEN_REVOKED "token_revoked" "The token was revoked, for good.";
    ROTATION_FINISHED "rotation_finished" "The earlier value has ended.";
    REQUEST_SENT "request_sent" "The owner was asked for access.";
    REQUEST_CANCELLED "request_cancelled" "The request was taken back.";
    CONNECTED "connected" "The account is connected. You can sign in with it from now on.";
    DISCONNECTED "disconnected" "The account is disconnected. It opens nothing here any more.";
    ADDRESS_ASKED "address_asked" "A link was sent. Open it to confirm the address.";
    ADDRESS_CANCELLED "address_cancelled" "The link does not work any more. Your address stays as it is.";
    ADDRESS_PROVED "address_proved" "The address is confirmed.";
    CHOICES_SAVED "choices_saved" "Your choice was saved.";
    NOTICES_READ "notices_read" "All are marked as read.";
    PASSWORD_SET "password_set" "The new password is set. Sign in with it.";
    POLICY_SAVED "policy_saved" "The policy was saved. It holds from now on.";
    REQUESTS_APPROVED "requests_approved" "Approved.";
    REQUESTS_DENIED "requests_denied" "Denied. Those who asked are told why.";
    ACCESS_REVOKED "access_revoked" "The access was revoked. The next request with it fails.";
    RULE_SAVED "rule_saved" "The rule was saved. It holds for what is asked from now on.";
    RULE_DELETED "rule_deleted" "The rule was deleted. What it approved stays approved.";
    REVIEWER_ADDED "reviewer_added" "They review tokens from now on.";
    REVIEWER_REMOVED "reviewer_removed" "They review tokens no more.";
    USER_SUSPENDED "user_suspended" "The account is suspended. Nothing of it works until you resume it.";
    USER_RESUMED "user_resumed" "The account works again.";
    EMERGENCY_DONE "emergency_done" "Done. What you chose is ended for good, and the log says so.";
    ACCOUNT_MADE "account_made" "Your account was made. A link was sent to your address: open it before you make a token.";
    ACCOUNT_MADE_WITHOUT_MAIL "account_made_without_mail" "Your account was made. This server sends no mail: an administrator of the site confirms your address before you can make a token.";
    ORGANIZATION_MADE "organization_made" "The organization was made. Invite the people who belong to it.";
    ORGANIZATION_DELETED "organization_deleted" "The organization was deleted.";
    INVITED "invited" "The invitation was made. It waits for an answer for seven days.";
    INVITATION_CANCELLED "invitation_cancelled" "The invitation was cancelled. Its link opens nothing any more.";
    INVITATION_OVER "invitation_over" "That invitation waits no more: it was answered or taken back.";
    JOINED "joined" "You are a member now.";
    DECLINED "declined" "The invitation was declined.";
    ROLE_CHANGED "role_changed" "The role was changed.";
    ROLE_GIVEN "role_given" "The role was given. It holds at once.";
    ROLE_TAKEN "role_taken" "You work on this repository now.";
    MEMBER_REMOVED "member_removed" "The member was removed. Their tokens reach nothing here from now on.";
    MEMBER_CONVERTED "member_converted" "The member is an outside collaborator now, with the roles given by name.";
    MEMBER_CONVERTED_TO_NOBODY "member_converted_to_nobody" "The member is gone: no role was given to them by name, so they are no outside collaborator either.";
    COLLABORATOR_REMOVED "collaborator_removed" "The role was taken. It ended at once.";
    LEFT "left" "You left the organization.";
    TEAM_MADE "team_made" "The team was made. Put members into it and give it a role on repositories.";
    TEAM_CHANGED "team_changed" "The team was changed. It holds at once.";
    TEAM_DELETED "team_deleted" "The team was deleted.";
    REPOSITORY_MADE "repository_made" "The repository was made. Push to it with a token.";
    REPOSITORY_DELETED "repository_deleted" "The repository was deleted.";
    SETTINGS_SAVED "settings_saved" "The settings were saved.";
    PASSWORD_CHANGED "password_changed" "The password was changed. You are signed out everywhere else.";
    PASSKEY_ADDED "passkey_added" "The passkey was added.";
    PASSKEY_RENAMED "passkey_renamed" "The passkey was renamed.";
    PASSKEY_REMOVED "passkey_removed" "The passkey was removed.";
    AUTHENTICATOR_ADDED "authenticator_added" "The authenticator app was added.";
    AUTHENTICATOR_REMOVED "authenticator_removed" "The authenticator app was removed.";
    SESSION_ENDED "session_ended" "That session was signed out.";
    SESSIONS_ENDED "sessions_ended" "You are signed out everywhere else.";
    LETTER_RETRIED "letter_retried" "The letter is tried now. Look again in a moment.";
    SECRET_SET "secret_set" "The secret was set. The next job is given it.";
    SECRET_DELETED "secret_deleted" "The secret was deleted for good. No job is given it any more.";
    KEY_ROTATED "key_rotated" "The keys were replaced. What was sealed with the earlier ones is taken for a day yet.";
    CHILD_ENDED "child_ended" "It has ended, with all that was made from it.";
    CHILDREN_ENDED "children_ended" "Everything that was made from the token has ended.";
    JOB_ENDED "job_ended" "The job has ended, with its token and all that was made from that.";
    CEILING_SAVED "ceiling_saved" "It was saved. Jobs that are opened from now on may do no more.";
    SERVICE_MADE "service_made" "The service account was made. Give it a role where it works, and a token.";
    SERVICE_SAVED "service_saved" "The service account was changed. It holds at once.";
    SERVICE_SUSPENDED "service_suspended" "The service account is suspended. Its tokens and jobs are refused until it goes on.";
    SERVICE_RESUMED "service_resumed" "The service account goes on: its tokens count again.";
    SERVICE_DELETED "service_deleted" "The service account was deleted, with its tokens.";
    ISSUER_TRUSTED "issuer_trusted" "The issuer is trusted. It opens nothing before it has a rule.";
    ISSUER_SAVED "issuer_saved" "The issuer was changed.";
    ISSUER_DELETED "issuer_deleted" "The issuer is trusted no more. Tokens that were opened live on for the rest of their time.";
    WORKLOAD_RULE_SAVED "workload_rule_saved" "The rule was saved. It holds for the next token.";
    WORKLOAD_RULE_DELETED "workload_rule_deleted" "The rule was deleted. Tokens that were opened by it live on for the rest of their time.";
    HOOK_MADE "hook_made" "The webhook was made, and is pinged.";
    HOOK_SAVED "hook_saved" "The webhook was saved.";
    HOOK_DELETED "hook_deleted" "The webhook was deleted. It is told nothing more.";
    HOOK_PINGED "hook_pinged" "A ping is on its way. Look again in a moment.";
    HOOK_TESTED "hook_tested" "The latest push, if there was one, is told once more. Look again in a moment.";
    HOOK_REDELIVERED "hook_redelivered" "It is delivered again. Look again in a moment.";
    PACKAGE_SAVED "package_saved" "The package was changed. It holds at once.";
    PACKAGE_DELETED "package_deleted" "The package was deleted with all of its versions.";
    VERSION_DELETED "version_deleted" "The version was deleted. It is never published again.";
    PROFILE_SAVED "profile_saved" "Your profile was saved.";
}

impl Said {
    /// What stands there while nobody administers the site, whatever was done: no cookie brings it.
    pub(crate) const AWAITS: Self = Self {
        word: "awaits",
        sentence: "This server has no administrator yet. On its machine, “jeton admin setup-code” prints a link for the first.",
    };

    /// What the request's cookie says, if it is one of ours.
    pub(crate) fn of(app: &App, input: &Input) -> Option<Self> {
        let word = input.cookie(&COOKIE, app.public_url())?;
        Self::ALL.iter().copied().find(|said| said.word == word)
    }

    /// Leads the browser to a page that says it.
    pub(crate) fn redirect(self, app: &App, path: &str) -> Answer {
        let cookie = COOKIE.set(app.public_url(), self.word);
        Answer::see_other(path).header("set-cookie", cookie)
    }

    /// It was said.
    pub(crate) fn taken(app: &App, answer: Answer) -> Answer {
        answer.header("set-cookie", COOKIE.dropped(app.public_url()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_stands_once() {
        for (at, said) in Said::ALL.iter().enumerate() {
            let rest = Said::ALL.iter().skip(at + 1);
            assert!(!rest.clone().any(|other| other.word == said.word));
            assert!(said.sentence.ends_with('.'));
        }
    }
}
