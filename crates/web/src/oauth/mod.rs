//! OAuth in a browser: answering a device, consenting to an application, and what one let applications have.

pub(crate) mod approvals;
pub(crate) mod authorize;
pub(crate) mod consents;
pub(crate) mod device;

use jeton_domain::{ClassicScope, Scopes};

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

fn opens(scope: ClassicScope) -> bool {
    scope.entry().used
}
