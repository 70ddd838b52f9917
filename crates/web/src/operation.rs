//! Operations of pages alone: what shows something. What changes something is the API's own operation wherever
//! it has one.

use jeton_domain::{Access, CredentialKind, Event, Kinds, Least, Operation, TargetKind};

/// Browsers.
const SESSIONS: Kinds = Kinds::of(&[CredentialKind::Session]);

/// Shows a page to a person.
pub(crate) const fn page(
    name: &'static str,
    sentence: &'static str,
    target: TargetKind,
    least: Least,
) -> Operation {
    Operation {
        name,
        sentence,
        target,
        access: Access::Read,
        reads_public: false,
        sets: &[],
        scopes: &[],
        least,
        kinds: SESSIONS,
        confirm: false,
        about_itself: false,
        departs: false,
        events: &[],
    }
}

/// Shows a page about oneself.
pub(crate) const fn own_page(name: &'static str, sentence: &'static str) -> Operation {
    page(name, sentence, TargetKind::Own, Least::Person)
}

/// Shows a page to anybody: the way in.
pub(crate) const fn open_page(name: &'static str, sentence: &'static str) -> Operation {
    Operation {
        sets: &[&[]],
        ..page(name, sentence, TargetKind::Site, Least::Anyone)
    }
}

/// Changes something that only pages change.
pub(crate) const fn page_changing(mut operation: Operation, events: &'static [Event]) -> Operation {
    operation.access = Access::Write;
    operation.events = events;
    operation
}

/// The same, for going away: an owner's rules hold nobody back.
pub(crate) const fn departing(mut operation: Operation) -> Operation {
    operation.departs = true;
    operation
}

/// The same, for a session that was confirmed lately.
pub(crate) const fn confirmed(mut operation: Operation) -> Operation {
    operation.confirm = true;
    operation
}
