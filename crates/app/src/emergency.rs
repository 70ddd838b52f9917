//! An administrator ends credentials of others, many at once: by person, organization, kind or moment. First
//! looked at, then done in one commit. It only takes power away, so it asks for no confirmation.

use std::collections::BTreeSet;

use jeton_domain::{CredentialKind, Ending, Event, SignInId, Time, TokenId, UserId};
use jeton_store::emergency::{self, AimedToken};
use jeton_store::{ReadUnit, Tombstone, WriteUnit, places, sign_ins, tokens, withdraw_unfetched};

use crate::app::App;
use crate::authenticate::Subject;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::AppError;
use crate::foresight::Window;
use crate::tokens::end;
use crate::users::{find, span};

const RESOURCE: &str = "Emergency";
const LONGEST_REASON: usize = 1024;
/// Tokens read at a time while they are ended.
const STEP: i64 = 1000;

/// What kind of credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// Fine-grained tokens.
    FineGrained,
    /// Classic tokens.
    Classic,
    /// What OAuth applications were given.
    Oauth,
    /// What was made from other tokens.
    Child,
    /// Tokens of jobs.
    Job,
    /// Signed-in clients.
    Client,
    /// Browsers.
    Session,
}

impl Target {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::FineGrained,
        Self::Classic,
        Self::Oauth,
        Self::Child,
        Self::Job,
        Self::Client,
        Self::Session,
    ];

    /// The kind of token, where it is one.
    const fn token(self) -> Option<CredentialKind> {
        match self {
            Self::FineGrained => Some(CredentialKind::FineGrained),
            Self::Classic => Some(CredentialKind::Classic),
            Self::Oauth => Some(CredentialKind::OauthUser),
            Self::Child => Some(CredentialKind::Child),
            Self::Job => Some(CredentialKind::Job),
            Self::Client | Self::Session => None,
        }
    }

    /// The word in requests.
    pub const fn name(self) -> &'static str {
        match self {
            Self::FineGrained => "fine_grained",
            Self::Classic => "classic",
            Self::Oauth => "oauth_user",
            Self::Child => "child",
            Self::Job => "job",
            Self::Client => "client",
            Self::Session => "session",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == word)
    }
}

/// What is to be ended.
#[derive(Clone, Debug, Default)]
pub struct Aim {
    /// Which kinds; none where the list is empty.
    pub kinds: BTreeSet<Target>,
    /// Made by this person.
    pub user: Option<String>,
    /// Tokens for this organization's things.
    pub organization: Option<String>,
    /// Made before this moment.
    pub before: Option<Time>,
}

/// What would be ended, or was.
#[derive(Clone, Debug, Default)]
pub struct Struck {
    /// How many tokens.
    pub tokens: u64,
    /// How many people made them.
    pub people: u64,
    /// How many sign-ins.
    pub sign_ins: u64,
    /// A page of the tokens, the oldest first.
    pub page: Vec<AimedToken>,
}

/// Looks at what would be ended. Ends nothing.
pub fn preview(app: &App, call: &Call, aim: &Aim, window: Window) -> Result<Struck, AppError> {
    app.read(call, |unit, acting| {
        let found = resolve(unit, aim)?;
        let mut struck = Struck {
            sign_ins: len(&sign_ins_of(unit, acting, aim, &found)?),
            ..Struck::default()
        };
        if !found.kinds.is_empty() {
            let (tokens, people) = emergency::count(unit, &found)?;
            let (offset, count) = (span(window.offset), i64::from(window.count));
            struck.page = emergency::page(unit, &found, offset, count)?;
            (struck.tokens, struck.people) = (tokens.unsigned_abs(), people.unsigned_abs());
        }
        Ok(struck)
    })
}

/// Ends it all, in one commit: each end is in the tombstone file too, and transfers are cut before it returns.
/// The sign-in that asks goes on, so that its holder can see what was done.
pub fn strike(app: &App, call: &Call, aim: &Aim, reason: &str) -> Result<Struck, AppError> {
    if reason.chars().nth(LONGEST_REASON).is_some() || !jeton_domain::is_plain(reason) {
        let words = format!("takes at most {LONGEST_REASON} characters, none of them hidden");
        return Err(AppError::invalid(RESOURCE, "reason", words));
    }
    app.write(call, |unit, acting| {
        let found = resolve(unit, aim)?;
        let (mut struck, mut people) = (Struck::default(), BTreeSet::new());
        if !found.kinds.is_empty() {
            let mut behind = 0;
            loop {
                let ids: Vec<TokenId> = emergency::next(unit, &found, behind, STEP)?;
                let Some(last) = ids.last() else { break };
                behind = last.get();
                for id in ids {
                    if let Some(row) = tokens::find(unit, id)? {
                        end(
                            unit,
                            acting,
                            &row,
                            Ending::Administrator,
                            Event::TokenDestroy,
                        )?;
                        people.insert(row.creator);
                        struck.tokens += 1;
                    }
                }
            }
        }
        for (id, user) in sign_ins_of(unit, acting, aim, &found)? {
            end_sign_in(unit, acting, id, user)?;
            struck.sign_ins += 1;
        }
        // What was let in and not fetched would live on after it.
        withdraw_unfetched(unit, found.user)?;
        struck.people = u64::try_from(people.len()).unwrap_or(u64::MAX);
        unit.feed(acting.now, "site.emergency", jeton_store::FeedKey::Site)?;
        let kinds: Vec<&str> = aim.kinds.iter().map(|kind| kind.name()).collect();
        acting
            .record(Event::SiteEmergency)
            .with("kinds", kinds)
            .with("of_user", aim.user.as_deref())
            .with("of_organization", aim.organization.as_deref())
            .with("issued_before", aim.before.map(Time::iso))
            .with("tokens", struck.tokens)
            .with("sign_ins", struck.sign_ins)
            .with("reason", reason)
            .write(unit)?;
        Ok(struck)
    })
}

fn len<T>(list: &[T]) -> u64 {
    u64::try_from(list.len()).unwrap_or(u64::MAX)
}

/// The names that are said, found; and what could be said but not meant.
fn resolve(unit: &mut ReadUnit<'_>, aim: &Aim) -> Result<emergency::Aim, AppError> {
    if aim.kinds.is_empty() {
        let words =
            "takes at least one of `fine_grained`, `classic`, `oauth_user`, `client` and `session`";
        return Err(AppError::invalid(RESOURCE, "kinds", words));
    }
    if aim.user.is_none() && aim.organization.is_none() && aim.before.is_none() {
        let words =
            "is needed, or a person or an organization: to end all there are, give this moment";
        return Err(AppError::invalid(RESOURCE, "issued_before", words));
    }
    if aim.organization.is_some() && aim.kinds.iter().any(|kind| *kind != Target::FineGrained) {
        let words =
            "is about fine-grained tokens: others belong to a person and to no organization";
        return Err(AppError::invalid(RESOURCE, "organization", words));
    }
    let user = match &aim.user {
        Some(login) => Some(
            find(unit, login)
                .map_err(|error| match error {
                    AppError::Missing(_) => AppError::missing(RESOURCE, "user"),
                    other => other,
                })?
                .id,
        ),
        None => None,
    };
    let owner = match &aim.organization {
        Some(login) => Some(
            places::owner(unit, &login.to_ascii_lowercase())?
                .filter(|owner| owner.organization.is_some())
                .ok_or_else(|| AppError::missing(RESOURCE, "organization"))?
                .id,
        ),
        None => None,
    };
    Ok(emergency::Aim {
        kinds: aim.kinds.iter().filter_map(|kind| kind.token()).collect(),
        user,
        owner,
        before: aim.before,
    })
}

fn sign_ins_of(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    aim: &Aim,
    found: &emergency::Aim,
) -> Result<Vec<(SignInId, UserId)>, AppError> {
    let own = acting.known().and_then(|known| match known.subject {
        Subject::SignIn { id, .. } => Some(id),
        Subject::Token { .. } => None,
    });
    let mut all = Vec::new();
    for kind in &aim.kinds {
        if kind.token().is_none() {
            all.extend(emergency::sign_ins(
                unit,
                found,
                kind.name(),
                own,
                acting.now,
            )?);
        }
    }
    Ok(all)
}

fn end_sign_in(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    id: SignInId,
    user: UserId,
) -> Result<(), AppError> {
    if !sign_ins::end(unit, user, id, acting.now)? {
        return Ok(());
    }
    unit.tombstone(acting.now, &Tombstone::SignInEnded(id))?;
    unit.feed(acting.now, "sign_in.ended", id)?;
    acting
        .record(Event::UserSignOut)
        .creator(user)
        .with("explanation", Ending::Administrator.name())
        .with("sign_in_id", id.get())
        .write(unit)
}
