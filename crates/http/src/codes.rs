//! The words that `reason` can say besides the decision's own. Append only: programs rely on them.

use jeton_decide::Reason;

macro_rules! codes {
    ($($name:ident $word:literal $means:literal;)*) => {
        /// A refusal that is not the decision's.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Code {
            $(#[doc = $means] $name,)*
        }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The stable word.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// What it means, in a sentence.
            pub const fn means(self) -> &'static str {
                match self { $(Self::$name => $means,)* }
            }
        }
    };
}

codes! {
    AccountExists "account_exists" "The link is for somebody who has an account already: sign in with it. (409)";
    AdministratorExists "administrator_exists" "The site has an administrator already. (409)";
    ApiVersion "api_version" "The request names a version of the API that never was. (400)";
    AuthorizeRequest "authorize_request" "What an application led a browser here with does not hold. (409)";
    BadClient "bad_client" "No OAuth application has this client id, or the client secret is not its own. (401)";
    BadCode "bad_code" "The code is wrong, or was used before. (401)";
    BadHost "bad_host" "The request names no host, more than one, or one that is no host. (400)";
    BadPackage "bad_package" "The package that was sent can't be taken; the message says why. (422)";
    BadPasskey "bad_passkey" "The passkey does not hold, or its question was answered or is over. (401)";
    BadSignIn "bad_sign_in" "Login or password is wrong. (401)";
    BodyBroken "body_broken" "The body broke off before its end. (400)";
    BodyTooLarge "body_too_large" "The body is larger than this server takes. (413)";
    BodyTooSlow "body_too_slow" "The body did not come in time. (408)";
    Busy "busy" "The server has too much to do; the same request may be sent again. (503)";
    ClientSecrets "client_secrets" "The application keeps no secret, or has two already. (409)";
    Changed "changed" "Somebody else changed the same thing meanwhile; look again. (409)";
    Conflict "conflict" "The state does not allow it; the message says why. (409)";
    DatabaseAway "database_away" "The server's database can't be reached; nothing was changed. (503)";
    DiskFull "disk_full" "The server's disk is full; nothing was changed. (503)";
    DumbProtocol "dumb_protocol" "Git's dumb protocol is not spoken here. (403)";
    EmptyRepository "empty_repository" "Nobody has pushed to the repository yet. (409)";
    Forbidden "forbidden" "The operation's own rule forbids it; the message says which. (403)";
    ForeignForm "foreign_form" "The form was sent from another site, or for another sign-in. (403)";
    FormBody "form_body" "A page takes a form as its body, in UTF-8. (415)";
    IdempotencyUsed "idempotency_used" "The value given under this idempotency key is in use, or over. (409)";
    IdentityTaken "identity_taken" "The outside account is connected with another account here. (409)";
    InClear "in_clear" "A credential came over plain HTTP from another machine. (403)";
    Inside "internal" "Something went wrong on the server; `request_id` finds it in its log. (500)";
    Invalid "invalid" "Fields or parameters can't be taken; `errors` names each. (422)";
    InvitationOver "invitation_over" "The invitation was answered, taken back or replaced, or is over. (409)";
    Kind "kind" "The token is of the other kind, fine-grained or classic. (409)";
    LastAdministrator "last_administrator" "The site would be left without an administrator. (409)";
    LastOwner "last_owner" "An organization would be left without an owner. (409)";
    LastWayIn "last_way_in" "Somebody would have nothing left to sign in by. (409)";
    Life "life" "The token's life does not allow it: it is revoked. (409)";
    MediaType "media_type" "The body, or the answer that is asked for, is of another media type, character set or encoding. (415)";
    NoMail "no_mail" "The server sends no mail, and the state asks for one. (409)";
    NotAcceptable "not_acceptable" "The request takes no media type that the answer could have. (415)";
    NotConnected "not_connected" "The outside account is connected with no account here. (409)";
    NotJson "not_json" "The body is no JSON, or holds a name twice; `detail` says where. (400)";
    NotObject "not_object" "The body is JSON, and no object. (400)";
    NotPending "not_pending" "The request was decided or taken back before. (409)";
    Overlap "overlap" "A rotation's overlap stands in the way, or there is none to end. (409)";
    OwnsRepositories "owns_repositories" "Repositories are left; they come first. (409)";
    PolicyChanged "policy_changed" "Somebody else changed the policy meanwhile; look again. (409)";
    ProviderCode "provider_code" "The sign-in provider gave no code, or takes it no more. (409)";
    ProviderDenied "provider_denied" "The sign-in provider was told not to let anybody in. (409)";
    ProviderIdentity "provider_identity" "What the sign-in provider said does not hold. (409)";
    ProviderQuestion "provider_question" "The answer of a sign-in provider belongs to no question of this browser. (409)";
    ProviderUnavailable "provider_unavailable" "The sign-in provider does not answer as it should. (409)";
    ReadOnly "read_only" "The server's database is read-only; nothing was changed. (503)";
    SecondFactorNeeded "second_factor_needed" "The password is right, and a second factor is needed; `factors` says which there are. (401)";
    Standing "standing" "The token's standing with its owner does not allow it. (409)";
    State "state" "It is in that state already, or in another than is needed. (409)";
    TokenAtPage "token_at_page" "Pages take a browser's session and no token. (403)";
    TooLarge "too_large" "What is asked for is larger than is given in this form. (403)";
    TooManyTries "too_many_tries" "Too many tries; `Retry-After` says when to come again. (429)";
    UrlTooLong "url_too_long" "The address is longer than this server takes. (414)";
    VersionTaken "version_taken" "The version of the package was published before, and never is again. (409)";
    WorkloadToken "workload_token" "A token that was brought to be exchanged opens no job; `error` says how, in the words of OAuth. (400)";
}

/// What `reason` says: a word of one of the two tables, and nothing else can be made into one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word(&'static str);

impl Word {
    pub(crate) const fn text(self) -> &'static str {
        self.0
    }

    /// A word that use cases give as text. One that stands in no table is not sent: `otherwise` is.
    pub(crate) fn known(word: &str, otherwise: Code) -> Self {
        let codes = Code::ALL.iter().map(|code| code.word());
        let reasons = Reason::CODES.iter().map(|(code, _)| *code);
        let found = codes.chain(reasons).find(|known| *known == word);
        if found.is_none() {
            tracing::error!(word, "a reason that stands in no table");
        }
        Self(found.unwrap_or(otherwise.word()))
    }
}

impl From<Code> for Word {
    fn from(code: Code) -> Self {
        Self(code.word())
    }
}

impl From<&Reason> for Word {
    fn from(reason: &Reason) -> Self {
        Self(reason.code())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_word_stands_in_one_table_once_and_in_order() {
        let own: Vec<&str> = Code::ALL.iter().map(|code| code.word()).collect();
        let reasons: BTreeSet<&str> = Reason::CODES.iter().map(|(code, _)| *code).collect();
        let distinct: BTreeSet<&str> = own.iter().copied().collect();
        assert_eq!(distinct.len(), own.len());
        assert!(distinct.is_disjoint(&reasons));
        for code in Code::ALL {
            let means = code.means();
            assert!(means.ends_with(')') && means.contains(". ("), "{means}");
        }
    }

    #[test]
    fn what_stands_in_no_table_is_not_sent() {
        assert_eq!(Word::known("overlap", Code::Conflict).text(), "overlap");
        assert_eq!(Word::known("expired", Code::Conflict).text(), "expired");
        assert_eq!(Word::known("ovrlap", Code::Conflict).text(), "conflict");
    }
}
