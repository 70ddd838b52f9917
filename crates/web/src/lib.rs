//! The pages: what a person does in a browser, rendered by the server.
//!
//! A page is a [`Route`](jeton_http::Route) in a table of this crate, as every request is: a path, an
//! operation, a handler. How one is added:
//!
//! 1. Its file is named after what it shows or does, in the folder of its area. It holds the operation of the
//!    page (see [`operation`]; a form that does what the API does uses the API's own, from
//!    [`jeton_api::ops`]), the typed context of its template, the handlers, and its `ROUTES`, which
//!    stand in [`TABLES`].
//! 2. The handler makes a [`Visit`]: who looks, the form that was sent, and `visit.to(operation, named)` for every
//!    use case it calls. Each of them decides for itself; a page is never the place of a rule.
//! 3. The template extends `frame.html` (or `settings.html`, with the menu beside it) and takes one field
//!    `frame`, from `visit.frame(title)`. Everything in it is escaped. No `style=`, no inline script: the
//!    policy of contents forbids both.
//! 4. Forms post to their own path with `{{ frame.key() }}` in them and work without a script. What is wrong is
//!    shown beside its field, with what was typed still there ([`Faults`]), status 422; what was done ends in
//!    `Said::redirect`, so that looking again sends nothing twice.
//! 5. `visit.page(status, &template)` renders it.
//!
//! Sessions open pages and nothing else; tokens open no page. Both are seen to by the door, not here.

mod admin;
mod around;
mod assets;
mod chart;
mod confirm;
mod docs;
mod faults;
mod frame;
mod home;
mod hooks;
mod invitations;
mod jobs;
mod levels;
mod links;
mod log;
mod notifications;
mod oauth;
mod oidc;
mod operation;
mod organizations;
mod packages;
mod pager;
mod password_reset;
mod pictures;
mod refusals;
mod repositories;
mod review;
mod said;
mod second_step;
mod secrets;
mod seen;
mod services;
mod settings;
mod shown;
mod sign_in;
mod tokens;
mod visit;
mod words;
mod workload;

use jeton_app::Door;
use jeton_http::{NO_PREFIX, Route, Table};

use faults::Faults;
use frame::Frame;
use said::Said;
use seen::{Seen, Values};
use visit::Visit;

pub use refusals::face;

const fn pages(routes: &'static [Route]) -> Table {
    Table {
        door: Door::Web,
        prefixes: NO_PREFIX,
        strict_fields: false,
        routes,
    }
}

/// Every page.
pub static TABLES: &[&Table] = &[
    &pages(assets::ROUTES),
    &pages(pictures::ROUTES),
    &pages(home::ROUTES),
    &pages(sign_in::ROUTES),
    &pages(second_step::ROUTES),
    &pages(confirm::ROUTES),
    &pages(docs::ROUTES),
    &pages(oidc::ROUTES),
    &pages(oauth::device::ROUTES),
    &pages(tokens::npm::ROUTES),
    &pages(oauth::authorize::ROUTES),
    &pages(oauth::consents::ROUTES),
    &pages(oauth::approvals::ROUTES),
    &pages(oauth::registered::OWN_ROUTES),
    &pages(oauth::registered::ORGANIZATION_ROUTES),
    &pages(settings::ROUTES),
    &pages(settings::emails::ROUTES),
    &pages(settings::notices::ROUTES),
    &pages(notifications::ROUTES),
    &pages(password_reset::ROUTES),
    &pages(review::POLICY_ROUTES),
    &pages(review::REQUEST_ROUTES),
    &pages(review::GRANT_ROUTES),
    &pages(review::RULE_ROUTES),
    &pages(review::REVIEWER_ROUTES),
    &pages(log::ROUTES),
    &pages(admin::OVERVIEW_ROUTES),
    &pages(admin::USER_ROUTES),
    &pages(admin::ORGANIZATION_ROUTES),
    &pages(admin::POLICY_ROUTES),
    &pages(admin::TOKEN_ROUTES),
    &pages(admin::JOB_ROUTES),
    &pages(tokens::entry::ROUTES),
    &pages(tokens::list::ROUTES),
    &pages(tokens::new::ROUTES),
    &pages(tokens::show::ROUTES),
    &pages(tokens::edit::ROUTES),
    &pages(tokens::rotate::ROUTES),
    &pages(tokens::life::ROUTES),
    &pages(tokens::classic::new::ROUTES),
    &pages(tokens::classic::show::ROUTES),
    &pages(tokens::classic::edit::ROUTES),
    &pages(organizations::new::ROUTES),
    &pages(organizations::owner::ROUTES),
    &pages(organizations::people::ROUTES),
    &pages(organizations::person::ROUTES),
    &pages(organizations::invitations::ROUTES),
    &pages(organizations::outside::ROUTES),
    &pages(organizations::teams::ROUTES),
    &pages(organizations::team::ROUTES),
    &pages(organizations::settings::ROUTES),
    &pages(organizations::security::ROUTES),
    &pages(organizations::own::ROUTES),
    &pages(repositories::new::ROUTES),
    &pages(repositories::show::ROUTES),
    &pages(repositories::settings::ROUTES),
    &pages(repositories::access::ROUTES),
    &pages(repositories::own::ROUTES),
    &pages(packages::ROUTES),
    &pages(hooks::ROUTES),
    &pages(hooks::REPOSITORY_ROUTES),
    &pages(invitations::organization::ROUTES),
    &pages(invitations::repository::ROUTES),
    &pages(invitations::by_link::ROUTES),
    &pages(invitations::join::ROUTES),
    &pages(settings::SECURITY),
    &pages(settings::SESSIONS),
    &pages(secrets::REPOSITORY_ROUTES),
    &pages(secrets::ORGANIZATION_ROUTES),
    &pages(secrets::OWN_ROUTES),
    &pages(services::list::ROUTES),
    &pages(services::new::ROUTES),
    &pages(services::show::ROUTES),
    &pages(services::token::ROUTES),
    &pages(services::rotate::ROUTES),
    &pages(services::hand_over::ROUTES),
    &pages(tokens::children::ROUTES),
    &pages(jobs::list::ROUTES),
    &pages(jobs::ceiling::ROUTES),
    &pages(workload::ROUTES),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_sound() {
        assert_eq!(jeton_http::check(TABLES), Vec::<String>::new());
    }
}
