//! Who looks at a page: what stands in its head, whatever the page is about.

use jeton_domain::{CredentialKind, UserId};
use jeton_store::{notices, users};

use crate::app::App;
use crate::call::{Call, Carried};
use crate::error::AppError;

/// The person behind a page's request.
#[derive(Clone, Debug)]
pub struct Viewer {
    /// Which.
    pub id: UserId,
    /// Their name.
    pub login: String,
    /// What they call themselves; may be empty.
    pub name: String,
    /// Administers the site.
    pub administrator: bool,
    /// Has a verified address.
    pub verified: bool,
    /// How much they were told and have not read.
    pub unread: u64,
    /// The session was confirmed lately: sudo mode is on.
    pub confirmed: bool,
}

/// Who is signed in; nobody, where nothing was carried or what was carried does not live.
///
/// It tells a person about themselves alone, so nothing is decided.
pub fn viewer(app: &App, call: &Call) -> Result<Option<Viewer>, AppError> {
    if matches!(call.carried, Carried::Nothing) {
        return Ok(None);
    }
    let now = app.now();
    let found = app.store.read(|unit| {
        let who = app.authenticate_in(unit, unit.seq(), &call.carried)?;
        let Some(known) = who.live(now) else {
            return Ok(None);
        };
        if known.bearer.kind != CredentialKind::Session || known.bearer.account_suspended {
            return Ok(None);
        }
        let Some(row) = users::by_id(unit, known.user)? else {
            return Ok::<_, AppError>(None);
        };
        let viewer = Viewer {
            id: row.id,
            login: row.login,
            name: row.name,
            administrator: row.administrator,
            verified: row.email_verified_at.is_some(),
            unread: notices::count_unread(unit, row.id)?.unsigned_abs(),
            confirmed: known.bearer.sudo.is_some_and(|sudo| sudo.is_on(now)),
        };
        Ok(Some((viewer, who)))
    })?;
    let Some((viewer, who)) = found else {
        return Ok(None);
    };
    // To look is to use: a page that asks for nothing more keeps its session alive too.
    if let Some(known) = who.live(now) {
        app.slide(known, now, false)?;
    }
    Ok(Some(viewer))
}
