//! OAuth in a browser: answering a device, consenting to an application, and what one let applications have.

pub(crate) mod approvals;
pub(crate) mod authorize;
pub(crate) mod consents;
pub(crate) mod device;
pub(crate) mod registered;

use jeton_app::oauth::OrganizationSay;
use jeton_domain::{ClassicScope, Scopes};
use jeton_store::applications::Say;

/// A scope as a person reads it.
#[derive(Debug)]
struct Scope {
    name: &'static str,
    sentence: &'static str,
    /// Nothing here asks for it.
    idle: bool,
    /// The application had it before.
    had: bool,
}

/// Scopes in words, those that open something first.
fn scopes(asked: Scopes, had: Scopes) -> Vec<Scope> {
    let mut all: Vec<Scope> = asked
        .normalised()
        .map(|entry| Scope {
            name: entry.name,
            sentence: entry.sentence,
            idle: !opens(entry.scope),
            had: had.has(entry.scope),
        })
        .collect();
    all.sort_by_key(|scope| scope.idle);
    all
}

/// An organization's word on an application, as the person reads it.
#[derive(Debug)]
struct Organization {
    login: String,
    word: &'static str,
    tone: &'static str,
    /// Nobody asked it yet.
    unasked: bool,
}

fn organizations(says: Vec<OrganizationSay>) -> Vec<Organization> {
    says.into_iter()
        .map(|organization| {
            let (word, tone) = match organization.say {
                Some(Say::Approved) => ("lets it in", "good"),
                Some(Say::Denied) => ("keeps it out", "bad"),
                Some(Say::Requested) => ("was asked", "info"),
                None => ("not asked", "warn"),
            };
            Organization {
                login: organization.login,
                word,
                tone,
                unasked: organization.say.is_none(),
            }
        })
        .collect()
}

fn opens(scope: ClassicScope) -> bool {
    scope.entry().used
}
