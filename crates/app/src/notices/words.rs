//! What a notice says: one description, from which the page, the text and the HTML of the mail are made.
//!
//! Long: the sentences of each notice, beside the others.

use jeton_domain::{Clean as _, counted};

use super::kind::{DigestLine, Notice};
use crate::difference_words::Line;
use crate::links::LinkCode;

/// The longest of somebody's own words that is repeated, in characters.
const LONGEST_QUOTE: usize = 1024;
/// The longest name that is repeated.
const LONGEST_NAME: usize = 100;

/// A notice in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// One line: what happened.
    pub subject: String,
    /// What the reader should know.
    pub sentences: Vec<String>,
    /// Somebody's own words, with whose they are.
    pub quote: Option<(String, String)>,
    /// What the link does.
    pub action: &'static str,
    /// The one page where the reader acts; begins with a slash.
    pub path: String,
}

impl Words {
    fn new(subject: String, action: &'static str, path: String) -> Self {
        Self {
            subject,
            sentences: Vec::new(),
            quote: None,
            action,
            path,
        }
    }

    fn say(mut self, sentence: impl Into<String>) -> Self {
        self.sentences.push(sentence.into());
        self
    }

    fn quote(mut self, whose: impl Into<String>, words: &str) -> Self {
        let words: String = words
            .lines()
            .map(jeton_domain::plain)
            .collect::<Vec<_>>()
            .join("\n")
            .trim()
            .chars()
            .take(LONGEST_QUOTE)
            .collect();
        if !words.is_empty() {
            self.quote = Some((whose.into(), words));
        }
        self
    }
}

/// SECURITY: a name is whatever somebody typed; without this it could carry marks that turn a line around.
fn name(text: &str) -> String {
    text.plain().trim().chars().take(LONGEST_NAME).collect()
}

fn token_page(id: i64) -> String {
    format!("/settings/personal-access-tokens/{id}")
}

fn applications_page(organization: &str) -> String {
    format!(
        "/organizations/{}/settings/oauth-applications",
        name(organization)
    )
}

fn service_page(organization: &str, service: &str) -> String {
    format!(
        "/organizations/{}/settings/service-accounts/{}",
        name(organization),
        name(service)
    )
}

/// Which token of whom, as a sentence begins.
fn service_token(organization: &str, service: &str, token: &str) -> String {
    format!(
        "The token \"{}\" of {}, a service account of {},",
        name(token),
        name(service),
        name(organization)
    )
}

fn requests_page(organization: &str) -> String {
    format!(
        "/organizations/{}/settings/personal-access-token-requests",
        name(organization)
    )
}

/// The reason of an approval that took neither a person's word nor a rule's; a rule's notice carries its name.
pub(crate) const NO_LONGER_NEEDED: &str = "The organization asks for approval no more.";

const SECURITY: &str = "/settings/security";
const SESSIONS: &str = "/settings/sessions";
const NOT_YOU: &str = "If this was not you, change your password and sign out everywhere: somebody else may be able to sign in as you.";

impl Notice {
    /// In words. `code`: what the link of a letter carries, where it carries one.
    pub fn words(&self, code: Option<&LinkCode>) -> Words {
        let code = code.map(LinkCode::expose);
        self.about_tokens()
            .or_else(|| self.about_services())
            .or_else(|| self.about_signing_in(code))
            .unwrap_or_else(|| self.about_organizations(code))
    }

    #[expect(clippy::too_many_lines, reason = "a table of sentences")]
    fn about_tokens(&self) -> Option<Words> {
        Some(match self {
            Self::ApplicationAsked {
                organization,
                application,
                member,
                keeper,
            } => Words::new(
                format!("{} asks {} to let {} in", name(member), name(organization), name(application)),
                "Decide",
                applications_page(organization),
            )
            .say(format!(
                "{} uses the application \"{}\"{} and asks that it may reach things of {}, for everybody there who lets it act for them, \
                 within what each of them may do.",
                name(member),
                name(application),
                keeper.as_ref().map_or_else(String::new, |keeper| format!(", which {} keeps,", name(keeper))),
                name(organization)
            )),
            Self::TokenRequested {
                organization,
                request,
                token,
                creator,
                asks,
                justification,
                granted,
                changes,
            } => asked(changes, *granted, Words::new(
                format!(
                    "{} asks for access to {} by token \"{}\"",
                    name(creator),
                    name(organization),
                    name(token)
                ),
                "Review the request",
                format!("{}/{request}", requests_page(organization)),
            )
            .say(if *granted {
                format!(
                    "The fine-grained token \"{}\" of {} reaches things of {} already, and asks for {}.",
                    name(token),
                    name(creator),
                    name(organization),
                    name(asks)
                )
            } else {
                format!(
                    "{} made the fine-grained token \"{}\" and asks that it may reach things of {}: {}.",
                    name(creator),
                    name(token),
                    name(organization),
                    name(asks)
                )
            }))
            .say(if *granted {
                "Until you or another reviewer approves it, the token goes on with what it has."
            } else {
                "Until you or another reviewer approves it, the token reads public things only."
            })
            .quote(format!("{} writes", name(creator)), justification),
            Self::RequestApproved {
                organization,
                id,
                token,
                by,
                reason,
            } => {
                let words = Words::new(
                    format!(
                        "Your token \"{}\" may reach {} now",
                        name(token),
                        name(organization)
                    ),
                    "See the token",
                    token_page(*id),
                );
                if by.is_empty() && reason == NO_LONGER_NEEDED {
                    words.say(name(reason))
                } else if by.is_empty() {
                    words.say(format!(
                        "The request of your token \"{}\" was approved by the rule \"{}\" of {}.",
                        name(token),
                        name(reason),
                        name(organization)
                    ))
                } else {
                    words
                        .say(format!(
                            "{} approved what your token \"{}\" asked of {}.",
                            name(by),
                            name(token),
                            name(organization)
                        ))
                        .quote(format!("{} writes", name(by)), reason)
                }
            }
            Self::RequestDenied {
                organization,
                id,
                token,
                by,
                reason,
                keeps,
            } => Words::new(
                format!(
                    "{} denied the request of your token \"{}\"",
                    name(organization),
                    name(token)
                ),
                "See the token",
                token_page(*id),
            )
            .say(format!(
                "{} denied what your token \"{}\" asked of {}. The token {}; you can change what it asks for and ask again.",
                name(by),
                name(token),
                name(organization),
                if *keeps {
                    "keeps what was approved before"
                } else {
                    "goes on reading public things"
                }
            ))
            .quote(format!("{} writes", name(by)), reason),
            Self::RequestExpired {
                organization,
                id,
                token,
            } => Words::new(
                format!(
                    "Nobody decided on the request of your token \"{}\"",
                    name(token)
                ),
                "Ask again",
                token_page(*id),
            )
            .say(format!(
                "No reviewer of {} decided on the request of your token \"{}\" in time, so it is over. You can ask again.",
                name(organization),
                name(token)
            )),
            Self::AccessWithdrawn {
                organization,
                id,
                token,
                because,
            } => Words::new(
                format!(
                    "Your token \"{}\" reaches {} no more",
                    name(token),
                    name(organization)
                ),
                "See the token",
                token_page(*id),
            )
            .say(match because.as_str() {
                "member_removed" => format!(
                    "You do not belong to {} any more, so your token \"{}\" reads public things only there.",
                    name(organization),
                    name(token)
                ),
                _ => format!(
                    "{} took back the access of your token \"{}\". It still authenticates and reads public things; you can \
                     ask again.",
                    name(organization),
                    name(token)
                ),
            }),
            Self::TokenExpiring {
                id,
                token,
                days,
                at,
                unused: true,
                application,
            } => {
                let number = u64::try_from(*days).unwrap_or_default();
                let (what, does, page) = if *application {
                    let page = "/settings/applications".to_owned();
                    (format!("A token of \"{}\"", name(token)), "See your applications", page)
                } else {
                    (format!("Your token \"{}\"", name(token)), "See the token", token_page(*id))
                };
                Words::new(
                    format!("{what} ends unused in {}", counted(number, "day", "days")),
                    does,
                    page,
                )
                .say(format!("{what} was not used for nearly a year, and ends for good at {}.", at.minute()))
                .say("It stays if it is used before. If nothing needs it, do nothing.")
            }
            Self::TokenExpiring {
                id,
                token,
                days,
                at,
                ..
            } => {
                let number = u64::try_from(*days).unwrap_or_default();
                Words::new(
                    format!(
                        "Your token \"{}\" expires in {}",
                        name(token),
                        counted(number, "day", "days")
                    ),
                    "Rotate the token",
                    token_page(*id),
                )
                .say(format!(
                    "Your token \"{}\" works until {}. What uses it fails after that.",
                    name(token),
                    at.minute()
                ))
                .say("Rotate it to get a new value; both work while you replace the old one. If nothing needs it, do nothing.")
            }
            Self::TokenExpired { id, token, at } => Words::new(
                format!("Your token \"{}\" has expired", name(token)),
                "Rotate the token",
                token_page(*id),
            )
            .say(format!(
                "Your token \"{}\" ended at {}. Requests with it are refused with 401.",
                name(token),
                at.minute()
            ))
            .say("Rotate it to get a new value with the same permissions, or delete it if nothing needs it."),
            Self::TokenRevoked {
                token,
                because,
                application: true,
                ..
            } => Words::new(
                format!("A token of \"{}\" has ended", name(token)),
                "See your applications",
                "/settings/applications".to_owned(),
            )
            .say(match because.as_str() {
                "application_deleted" => format!(
                    "The application \"{}\" was deleted. What you let it have has ended with it.",
                    name(token)
                ),
                "unused" => format!(
                    "\"{}\" did not use a token of yours for a year, so it has ended. Sign in there again if you need it.",
                    name(token)
                ),
                "reused" => format!(
                    "A code or refresh token of \"{}\" came twice: somebody else may have it, so the token has ended. \
                     Sign in there again.",
                    name(token)
                ),
                "leaked" => format!(
                    "The value of a token of \"{}\" was reported as known to others, so it has ended. Sign in there again.",
                    name(token)
                ),
                _ => format!("A token with which \"{}\" acted for you has ended.", name(token)),
            }),
            Self::TokenRevoked {
                id,
                token,
                because,
                application: false,
            } => Words::new(
                format!("Your token \"{}\" was revoked", name(token)),
                "See the token",
                token_page(*id),
            )
            .say(match because.as_str() {
                "leaked" => format!(
                    "The value of your token \"{}\" was reported as known to others, so the token was revoked at once. \
                     It can't be used again.",
                    name(token)
                ),
                "administrator" => format!(
                    "An administrator of the site revoked your token \"{}\". It can't be used again.",
                    name(token)
                ),
                "unused" => format!(
                    "Your token \"{}\" was not used for a year, so it was revoked.",
                    name(token)
                ),
                _ => format!("Your token \"{}\" was revoked. It can't be used again.", name(token)),
            })
            .say("Its page shows what it did last. Make another one where you need it."),
            Self::RequestDigest { requests, more } => digest(requests, *more),
            _ => return None,
        })
    }

    fn about_services(&self) -> Option<Words> {
        Some(match self {
            Self::TokenHandedOver {
                organization,
                id,
                token,
                service,
                by,
                until,
            } => Words::new(
                format!(
                    "Your token \"{}\" was handed over to {}",
                    name(token),
                    name(service)
                ),
                "See the token",
                token_page(*id),
            )
            .say(format!(
                "{} handed what your token \"{}\" runs for {} over to the service account {}, which has a token of its own for it.",
                name(by),
                name(token),
                name(organization),
                name(service)
            ))
            .say(format!(
                "Your value ends at {}. Until then it may do only what both you and {} may, and nothing prolongs it.",
                until.minute(),
                name(service)
            )),
            Self::ServiceTokenExpiring {
                organization,
                service,
                token,
                days,
                at,
            } => Words::new(
                format!(
                    "The token \"{}\" of {} expires in {}",
                    name(token),
                    name(service),
                    counted(u64::try_from(*days).unwrap_or_default(), "day", "days")
                ),
                "Rotate the token",
                service_page(organization, service),
            )
            .say(format!(
                "{} works until {}. What uses it fails after that.",
                service_token(organization, service, token),
                at.minute()
            ))
            .say("Each owner is told. Rotate it to get a new value; both work while the old one is replaced. If nothing needs it, do nothing."),
            Self::ServiceTokenExpired {
                organization,
                service,
                token,
                at,
            } => Words::new(
                format!("The token \"{}\" of {} has expired", name(token), name(service)),
                "Rotate the token",
                service_page(organization, service),
            )
            .say(format!(
                "{} ended at {}. Requests with it are refused with 401.",
                service_token(organization, service, token),
                at.minute()
            ))
            .say("Each owner is told. Rotate it to get a new value with the same permissions, or revoke it if nothing needs it."),
            Self::ServiceTokenRevoked {
                organization,
                service,
                token,
                because,
            } => {
                let whole = service_token(organization, service, token);
                Words::new(
                    format!("The token \"{}\" of {} was revoked", name(token), name(service)),
                    "See the service account",
                    service_page(organization, service),
                )
                .say(match because.as_str() {
                    "leaked" => format!(
                        "{whole} was revoked at once, because its value was reported as known to others. It can't be used again."
                    ),
                    "administrator" => {
                        format!("{whole} was revoked by an administrator of the site. It can't be used again.")
                    }
                    _ => format!("{whole} was revoked. It can't be used again."),
                })
                .say("Each owner is told. Make another one where it is needed.")
            }
            _ => return None,
        })
    }

    #[expect(clippy::too_many_lines, reason = "a table of sentences")]
    fn about_signing_in(&self, code: Option<&str>) -> Option<Words> {
        let security = |subject: &str, sentence: String| {
            Words::new(
                subject.to_owned(),
                "See your security settings",
                SECURITY.to_owned(),
            )
            .say(sentence)
            .say(NOT_YOU)
        };
        Some(match self {
            Self::SignedIn {
                client,
                address,
                at,
            } => {
                let from = if address.is_empty() {
                    String::new()
                } else {
                    format!(" from {}", name(address))
                };
                Words::new(
                    "New sign-in to your account".to_owned(),
                    "See where you are signed in",
                    SESSIONS.to_owned(),
                )
                .say(format!(
                    "\"{}\" signed in to your account{from} at {}.",
                    name(client),
                    at.minute()
                ))
                .say(NOT_YOU)
            }
            Self::SignInRevoked {} => Words::new(
                "A sign-in of yours was ended".to_owned(),
                "See where you are signed in",
                SESSIONS.to_owned(),
            )
            .say("The value of a signed-in client of yours was reported as known to others, so it was signed out."),
            Self::PasskeyAdded { name: passkey } => security(
                "A passkey was added to your account",
                format!("The passkey \"{}\" can sign in as you now.", name(passkey)),
            ),
            Self::PasskeyRemoved { name: passkey } => security(
                "A passkey was removed from your account",
                format!("The passkey \"{}\" can't sign in as you any more.", name(passkey)),
            ),
            Self::AuthenticatorAdded {} => security(
                "An authenticator was set up for your account",
                "Signing in asks for a code of your authenticator from now on.".to_owned(),
            ),
            Self::AuthenticatorRemoved {} => security(
                "The authenticator of your account was removed",
                "Signing in does not ask for a code of your authenticator any more.".to_owned(),
            ),
            Self::RecoveryCodesMade {} => security(
                "New recovery codes were made for your account",
                "The earlier recovery codes do not work any more.".to_owned(),
            ),
            Self::RecoveryCodeUsed { left } => security(
                "A recovery code was used to sign in to your account",
                match u64::try_from(*left).unwrap_or_default() {
                    0 => "It was the last one: make new ones.".to_owned(),
                    left => format!("{} left.", counted(left, "code is", "codes are")),
                },
            ),
            Self::PasswordChanged { by } => security(
                "Your password was changed",
                if by.is_empty() {
                    "The password of your account was changed. Your other sign-ins were ended.".to_owned()
                } else {
                    format!(
                        "{} changed the password of your account. Your sign-ins were ended.",
                        name(by)
                    )
                },
            ),
            Self::PasswordReset {} => security(
                "Your password was set anew",
                "Somebody who reads your mail set a new password for your account. All sign-ins were ended; second \
                 factors stay as they were."
                    .to_owned(),
            ),
            Self::AddressChanged { address } => Words::new(
                "The e-mail address of your account was changed".to_owned(),
                "See your addresses",
                "/settings/emails".to_owned(),
            )
            .say(format!("Mail for your account goes to {} now.", name(address)))
            .say(NOT_YOU),
            Self::AddressProof { login } => Words::new(
                "Confirm your e-mail address".to_owned(),
                "Confirm this address",
                code.map_or_else(
                    || "/settings/emails".to_owned(),
                    |code| format!("/-/verify/{code}"),
                ),
            )
            .say(format!(
                "The account {} gave this address as its own. Confirm it to use it there.",
                name(login)
            ))
            .say("The link works for 24 hours and once, for that account only. If it is not your account, do nothing."),
            Self::PasswordResetLink { login } => Words::new(
                "Set a new password".to_owned(),
                "Set a new password",
                code.map_or_else(
                    || "/password_reset".to_owned(),
                    |code| format!("/password_reset/{code}"),
                ),
            )
            .say(format!(
                "Somebody asked for a new password for the account {}.",
                name(login)
            ))
            .say("The link works for one hour and once. If you did not ask, do nothing: the password stays as it is."),
            Self::IdentityLinked { provider } => security(
                "Your account was linked to another one",
                format!("Your account at {} can sign in as you now.", name(provider)),
            ),
            Self::IdentityUnlinked { provider } => security(
                "A linked account was taken away",
                format!("Your account at {} can't sign in as you any more.", name(provider)),
            ),
            _ => return None,
        })
    }

    fn about_organizations(&self, code: Option<&str>) -> Words {
        match self {
            Self::OrganizationInvitation {
                invitation,
                organization,
                inviter,
                role,
                until,
            } => Words::new(
                format!(
                    "{} invites you to join {}",
                    name(inviter),
                    name(organization)
                ),
                "See the invitation",
                code.map_or_else(
                    || format!("/orgs/{}/invitation?id={invitation}", name(organization)),
                    |code| format!("/invitations/{code}"),
                ),
            )
            .say(format!(
                "{} invites you to join the organization {} as {}.",
                name(inviter),
                name(organization),
                if role == "owner" {
                    "an owner"
                } else {
                    "a member"
                }
            ))
            .say(format!(
                "The invitation ends at {}. If you do not want to join, decline it or do nothing.",
                until.minute()
            )),
            Self::RepositoryInvitation {
                invitation,
                owner,
                repository,
                inviter,
                role,
                until,
            } => Words::new(
                format!(
                    "{} invites you to {}/{}",
                    name(inviter),
                    name(owner),
                    name(repository)
                ),
                "See the invitation",
                code.map_or_else(
                    || {
                        let (owner, repository) = (name(owner), name(repository));
                        format!("/{owner}/{repository}/invitations?id={invitation}")
                    },
                    |code| format!("/invitations/{code}"),
                ),
            )
            .say(format!(
                "{} invites you to work on {}/{} with the role {}.",
                name(inviter),
                name(owner),
                name(repository),
                name(role)
            ))
            .say(format!(
                "The invitation ends at {}. If you do not want it, decline it or do nothing.",
                until.minute()
            )),
            Self::RolesTaken {
                owner,
                repositories,
                more,
            } => roles_taken(owner, repositories, *more),
            Self::RemovedFromOrganization { organization } => Words::new(
                format!("You were removed from {}", name(organization)),
                "See your organizations",
                "/settings/organizations".to_owned(),
            )
            .say(format!(
                "You do not belong to {} any more. Your tokens reach only its public things.",
                name(organization)
            )),
            _ => Words::new(
                "Something happened".to_owned(),
                "See your notifications",
                "/notifications".to_owned(),
            ),
        }
    }
}

fn roles_taken(owner: &str, repositories: &[String], more: i64) -> Words {
    let number = repositories.len() as u64 + u64::try_from(more).unwrap_or_default();
    let mut names: Vec<String> = repositories
        .iter()
        .map(|repository| format!("{}/{}", name(owner), name(repository)))
        .collect();
    if more > 0 {
        names.push(format!("{more} more"));
    }
    Words::new(
                    format!(
                        "You lost your role on {} of {}",
                        counted(number, "repository", "repositories"),
                        name(owner)
                    ),
                    "See your repositories",
                    "/settings/repositories".to_owned(),
                )
                .say(format!(
                    "The role that was given to you by name was taken: {}.",
                    names.join(", ")
                ))
                .say(
                    "What you have there as a member or through a team stays. Your tokens reach no more than you do.",
                )
}

/// The most lines of a difference that a letter repeats.
const MOST_LINES: usize = 30;

/// What is asked for, in the words of the page: what is new first, where something was granted before.
fn asked(changes: &[Line], granted: bool, words: Words) -> Words {
    let list = |which: &dyn Fn(&Line) -> bool| {
        let lines: Vec<String> = changes
            .iter()
            .filter(|line| which(line))
            .take(MOST_LINES)
            .map(|line| line.words.plain().chars().take(2 * LONGEST_NAME).collect())
            .collect();
        lines.join("; ")
    };
    let groups = if granted {
        [
            ("Beyond what it has", list(&|line| line.more)),
            ("No longer asked for", list(&|line| line.gone)),
            ("Besides", list(&|line| !line.more && !line.gone)),
        ]
    } else {
        [
            ("It asks for", list(&|_| true)),
            ("", String::new()),
            ("", String::new()),
        ]
    };
    groups
        .into_iter()
        .filter(|(_, lines)| !lines.is_empty())
        .fold(words, |words, (title, lines)| {
            words.say(format!("{title}: {lines}."))
        })
}

fn digest(requests: &[DigestLine], more: i64) -> Words {
    let number = requests.len() as u64 + u64::try_from(more).unwrap_or_default();
    let first = requests.first().map(|line| line.organization.as_str());
    let one = first.filter(|first| requests.iter().all(|line| line.organization == *first));
    let path = match one {
        Some(organization) if more == 0 => requests_page(organization),
        _ => "/notifications?topic=requests".to_owned(),
    };
    let mut words = Words::new(
        format!(
            "{} for your review",
            counted(number, "token request waits", "token requests wait")
        ),
        "Review the requests",
        path,
    );
    for line in requests {
        words = words.say(format!(
            "{}: {} asks for access by token \"{}\".",
            name(&line.organization),
            name(&line.creator),
            name(&line.token)
        ));
    }
    if more > 0 {
        words = words.say(format!("And {more} more."));
    }
    words
}
