//! Classic tokens: scopes over whatever their user reaches, with no owner who could be asked.

use jeton_decide::{Bearer, Lifetime, TokenFacts};
use jeton_domain::{
    AccountId, Allowed, ClassicReach, CredentialKind, Event, Expiry, Grant, Maximum, Overview,
    Permissions, Scope, Scopes, Span, Standing, TokenId, TokenName, UnknownScope, UserId,
};
use jeton_store::tokens::TokenRow;
use jeton_store::{ReadUnit, WriteUnit, secrets, tokens};
use jeton_token::Secret;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::audit::Record;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::{AppError, Faults, FieldFault};
use crate::factors;
use crate::foresight::bearer;
use crate::place::owners_near;
use crate::refusal::policy_fact;
use crate::repositories::reached_by;
use crate::tokens::create::{Created, add_secret, again, may_create, name_taken};
use crate::tokens::idempotency::Idempotency;
use crate::tokens::view::{TokenView, not_revoked, own, own_view};
use crate::tokens::wish::{ExpiryWish, RESOURCE, check_text, expiry_wish, may_own};

/// A classic token as it is asked for.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct NewClassicToken {
    /// Its name: what GitHub calls the note.
    #[serde(default)]
    pub name: String,
    /// What it is for.
    #[serde(default)]
    pub description: String,
    /// The scopes, by name.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// Days, or `none`.
    #[serde(default)]
    pub expires_in: Option<ExpiryWish>,
    /// A moment or a date.
    #[serde(default)]
    pub expires_at: Option<String>,
}

/// What is to change; what is not said stays.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassicEdit {
    /// Another name.
    pub name: Option<String>,
    /// Another description.
    pub description: Option<String>,
    /// Other scopes: all of them.
    pub scopes: Option<Vec<String>>,
}

/// What a form shows while one is choosing.
#[derive(Debug)]
pub struct ClassicPreview {
    /// As far as the choices can be read.
    pub overview: Option<Overview>,
    /// The scopes as they would be stored, with all that they include.
    pub scopes: Scopes,
    /// What it would reach today.
    pub reach: ClassicReach,
    /// Owners near the person whose rules would refuse it, each with the reason.
    pub refusing: Vec<(String, String)>,
    /// The nearest a fine-grained token could come: for whose things, and what with them.
    pub nearest: (String, Permissions),
    /// The longest that this site lets one live.
    pub maximum: Maximum,
    /// What is wrong, beside its field.
    pub faults: Vec<FieldFault>,
}

/// What one of the caller's classic tokens is, or would be after a change.
#[derive(Debug)]
pub struct ClassicForeseen {
    /// What it reaches with its scopes then.
    pub overview: Overview,
    /// The scopes as they would be stored, with all that they include.
    pub scopes: Scopes,
    /// Those that it does not hold now.
    pub gained: Scopes,
    /// Those that it holds now and would hold no more.
    pub lost: Scopes,
    /// Owners near the person whose rules refuse it, each with the reason.
    pub refusing: Vec<(String, String)>,
    /// The nearest a fine-grained token could come: for whose things, and what with them.
    pub nearest: (String, Permissions),
    /// What is wrong, beside its field.
    pub faults: Vec<FieldFault>,
}

/// What was understood of a wish; what was not is among the faults.
struct Reading {
    name: Option<TokenName>,
    scopes: Option<Scopes>,
    expiry: Option<Expiry>,
}

fn read(acting: &Acting<'_>, new: &NewClassicToken, faults: &mut Faults) -> Reading {
    check_text(faults, "description", &new.description);
    Reading {
        name: faults.take(RESOURCE, "name", TokenName::parse(&new.name)),
        scopes: faults.take(RESOURCE, "scopes", read_scopes(&new.scopes)),
        expiry: read_expiry(acting, new, faults),
    }
}

fn read_scopes(names: &[String]) -> Result<Scopes, String> {
    Scopes::parse(&names.join(" "))
        .map_err(|UnknownScope(name)| format!("holds `{name}`, which is no scope"))
}

/// The expiry asked for, or the site's default. No owner is known who could set a shorter one: theirs is held
/// against the token when it is used.
fn read_expiry(acting: &Acting<'_>, new: &NewClassicToken, faults: &mut Faults) -> Option<Expiry> {
    let maximum = maximum(acting);
    let field = if new.expires_in.is_some() && new.expires_at.is_none() {
        "expires_in"
    } else {
        "expires_at"
    };
    let (within, at) = (new.expires_in.as_ref(), new.expires_at.as_deref());
    let wish = faults.take(
        RESOURCE,
        field,
        expiry_wish(within, at, acting.now, maximum),
    )?;
    let default = Expiry::At(acting.now.after(Span::from_days(maximum.default_days())));
    match wish.unwrap_or(default).check(acting.now, maximum) {
        Ok(expiry) => Some(expiry),
        Err(refusal) => {
            faults.push(FieldFault {
                field: field.into(),
                ..FieldFault::from(refusal)
            });
            None
        }
    }
}

fn maximum(acting: &Acting<'_>) -> Maximum {
    acting.site.for_users().maximum(CredentialKind::Classic)
}

/// What the site says to classic tokens as such.
fn check_site(acting: &Acting<'_>, faults: &mut Faults) {
    if !acting.site.for_users().classic_allowed {
        faults.add(
            RESOURCE,
            "scopes",
            "can't be had: this site allows no classic tokens",
        );
    }
}

/// Reads a wish and says what would come of it. Changes nothing.
pub fn preview(app: &App, call: &Call, new: &NewClassicToken) -> Result<ClassicPreview, AppError> {
    app.read(call, |unit, acting| {
        let mut faults = Faults::default();
        let reading = read(acting, new, &mut faults);
        check_site(acting, &mut faults);
        if let Some(taken) = name_taken(unit, acting.user()?, &new.name)? {
            faults.push(taken);
        }
        let scopes = reading.scopes.unwrap_or_default();
        let lifetime = Lifetime {
            created: acting.now,
            // What can't be read yet is held against no maximum.
            expiry: reading.expiry.unwrap_or(Expiry::At(acting.now)),
        };
        let Prospect {
            reach,
            refusing,
            nearest,
        } = prospect(unit, acting, scopes, lifetime)?;
        Ok(ClassicPreview {
            overview: reading
                .expiry
                .map(|expiry| Overview::of_scopes(scopes, reach, expiry)),
            scopes,
            reach,
            refusing,
            nearest,
            maximum: maximum(acting),
            faults: faults.into_list(),
        })
    })
}

/// Makes a classic token.
pub fn create(
    app: &App,
    call: &Call,
    new: &NewClassicToken,
    key: Option<&str>,
) -> Result<Created, AppError> {
    app.write(call, |unit, acting| {
        let idempotency = Idempotency::new(app, acting, key, new)?;
        if let Some(idempotency) = idempotency
            && let Some(unseen) = idempotency.earlier(unit, acting)?
        {
            return again(unit, acting, idempotency, &unseen);
        }
        let settled = settle(unit, acting, new)?;
        let record = acting.record(Event::TokenCreate);
        let creator = acting.user()?;
        let (row, secret) = make(unit, acting, record, creator, &settled, idempotency)?;
        Ok(Created {
            overview: overview(unit, acting, &row, settled.expiry)?,
            view: own_view(unit, acting, row.id)?,
            secret,
            again: false,
        })
    })
}

/// A classic token as it is to be made: read, and held against the site's rules.
#[derive(Debug)]
pub(crate) struct Settled {
    pub(crate) name: TokenName,
    pub(crate) description: String,
    pub(crate) scopes: Scopes,
    pub(crate) expiry: Expiry,
}

/// Reads what the caller wishes for. All faults come back at once.
pub(crate) fn settle(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    new: &NewClassicToken,
) -> Result<Settled, AppError> {
    may_create(unit, acting)?;
    let mut faults = Faults::default();
    let reading = read(acting, new, &mut faults);
    check_site(acting, &mut faults);
    faults.check()?;
    match (reading.name, reading.scopes, reading.expiry) {
        (Some(name), Some(scopes), Some(expiry)) => Ok(Settled {
            name,
            description: new.description.clone(),
            scopes,
            expiry,
        }),
        _ => Err(AppError::invalid(RESOURCE, "scopes", "could not be read")),
    }
}

/// Makes what was settled.
pub(crate) fn make(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    record: Record<'_>,
    creator: UserId,
    new: &Settled,
    idempotency: Option<Idempotency>,
) -> Result<(TokenRow, Secret), AppError> {
    let row = row(unit, acting, creator, new)?;
    tokens::insert(unit, &row, &new.name.key())
        .map_err(|error| AppError::unless_taken(error, "tokens_name", RESOURCE, "name"))?;
    let secret = add_secret(unit, acting, &row, new.expiry, idempotency)?;
    unit.feed(acting.now, "token.created", row.id)?;
    record
        .token(row.id, &row.name)
        .with("token_scopes", new.scopes.to_string())
        .newest_value(unit, row.id)?
        .write(unit)?;
    Ok((row, secret))
}

/// What was read before the button was pressed.
pub(crate) fn overview(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    row: &TokenRow,
    expiry: Expiry,
) -> Result<Overview, AppError> {
    let lifetime = Lifetime {
        created: acting.now,
        expiry,
    };
    let likeness = likeness(unit, acting, row.scopes, lifetime)?;
    let reach = reached_by(unit, acting, &likeness, None)?;
    Ok(Overview::of_scopes(row.scopes, reach, expiry))
}

fn row(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    creator: UserId,
    new: &Settled,
) -> Result<TokenRow, AppError> {
    Ok(TokenRow {
        description: new.description.clone(),
        scopes: new.scopes,
        ..TokenRow::new(
            unit.allocate::<TokenId>()?,
            CredentialKind::Classic,
            (creator, new.name.as_str().to_owned()),
            nothing_of(creator),
            acting.now,
        )
    })
}

/// Changes one of the caller's classic tokens. A scope that it did not hold is more power.
pub fn edit(
    app: &App,
    call: &Call,
    id: TokenId,
    edit: &ClassicEdit,
) -> Result<TokenView, AppError> {
    app.write(call, |unit, acting| {
        let old = editable(unit, acting, id)?;
        let mut faults = Faults::default();
        let (new, name) = edited(&old, edit, &mut faults);
        faults.check()?;
        let name = name.ok_or_else(|| AppError::invalid(RESOURCE, "name", "could not be read"))?;
        acting.confirm_if(unit, !old.scopes.include(new.scopes))?;
        tokens::update_scopes(unit, &new, &name.key())
            .map_err(|error| AppError::unless_taken(error, "tokens_name", RESOURCE, "name"))?;
        unit.feed(acting.now, "token.edited", id)?;
        acting
            .record(Event::TokenUpdate)
            .token(id, &new.name)
            .with("token_scopes", new.scopes.to_string())
            .with("pat_field_changed", changed(&old, &new))
            .write(unit)?;
        own_view(unit, acting, id)
    })
}

/// The token as the edit makes it, as far as that can be read.
fn edited(
    old: &TokenRow,
    edit: &ClassicEdit,
    faults: &mut Faults,
) -> (TokenRow, Option<TokenName>) {
    let mut new = old.clone();
    if let Some(name) = &edit.name {
        new.name.clone_from(name);
    }
    let name = faults.take(RESOURCE, "name", TokenName::parse(&new.name));
    if let Some(description) = &edit.description {
        check_text(faults, "description", description);
        new.description.clone_from(description);
    }
    if let Some(names) = &edit.scopes
        && let Some(scopes) = faults.take(RESOURCE, "scopes", read_scopes(names))
    {
        new.scopes = scopes;
    }
    (new, name)
}

/// Says what would come of an edit; of none, what the token is. Changes nothing.
pub fn foresee(
    app: &App,
    call: &Call,
    id: TokenId,
    edit: &ClassicEdit,
) -> Result<ClassicForeseen, AppError> {
    app.read(call, |unit, acting| {
        let old = classic(own(unit, acting, id)?)?;
        let mut faults = Faults::default();
        let (new, _) = edited(&old, edit, &mut faults);
        let lifetime = secrets::of_token(unit, id)?.first().map_or(
            Lifetime {
                created: acting.now,
                expiry: Expiry::At(acting.now),
            },
            |secret| Lifetime {
                created: secret.created_at,
                expiry: secret.expiry,
            },
        );
        let Prospect {
            reach,
            refusing,
            nearest,
        } = prospect(unit, acting, new.scopes, lifetime)?;
        Ok(ClassicForeseen {
            overview: Overview::of_scopes(new.scopes, reach, lifetime.expiry),
            scopes: new.scopes,
            gained: new.scopes.without(old.scopes),
            lost: old.scopes.without(new.scopes),
            refusing,
            nearest,
            faults: faults.into_list(),
        })
    })
}

fn changed(old: &TokenRow, new: &TokenRow) -> Vec<&'static str> {
    [
        ("name", old.name != new.name),
        ("description", old.description != new.description),
        ("scopes", old.scopes != new.scopes),
    ]
    .into_iter()
    .filter_map(|(field, differs)| differs.then_some(field))
    .collect()
}

/// A classic token of the caller's that was not ended for ever.
pub fn editable(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    id: TokenId,
) -> Result<TokenRow, AppError> {
    classic(not_revoked(unit, acting, id)?)
}

fn classic(row: TokenRow) -> Result<TokenRow, AppError> {
    if row.kind == CredentialKind::Classic {
        Ok(row)
    } else {
        Err(AppError::conflict(
            "kind",
            "The token is no classic one: it has permissions and no scopes.",
        ))
    }
}

/// What a token of these choices would be to the person's repositories and their owners.
struct Prospect {
    reach: ClassicReach,
    refusing: Vec<(String, String)>,
    /// The owner of most of what it would reach who takes a fine-grained token for it, and its permissions.
    nearest: (String, Permissions),
}

/// Looks at the person's own things and at each organization near them, by the decision itself.
fn prospect(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    scopes: Scopes,
    lifetime: Lifetime,
) -> Result<Prospect, AppError> {
    let user = acting.user()?;
    let likeness = likeness(unit, acting, scopes, lifetime)?;
    let reach = reached_by(unit, acting, &likeness, None)?;
    let (mut refusing, mut most) = (Vec::new(), 0);
    let mut largest = (acting.login().to_owned(), false);
    for mut owner in owners_near(unit, user, &acting.site)? {
        // From where it will come is not known here.
        owner.policy.addresses = Allowed::Unrestricted;
        if let Some((_, sentence)) = policy_fact(&likeness, &owner, None, &acting.site) {
            refusing.push((owner.login, sentence));
            continue;
        }
        let here = reached_by(unit, acting, &likeness, Some(owner.id))?;
        let here = here.private + here.public;
        if here > most && owner.policy.fine_grained_allowed && may_own(&owner, user) {
            most = here;
            largest = (owner.login, owner.organization);
        }
    }
    // The other scope's permissions are not that owner's to give.
    let other = if largest.1 {
        Scope::Account
    } else {
        Scope::Organization
    };
    let near = scopes.nearest();
    let fitting = near
        .iter()
        .filter(|(key, _)| key.permission().scope != other);
    let fitting = Permissions::new(fitting);
    Ok(Prospect {
        reach,
        refusing,
        nearest: (largest.0, fitting),
    })
}

/// A credential like the token that is wished for, as far as lists and policies look at it.
fn likeness(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    scopes: Scopes,
    lifetime: Lifetime,
) -> Result<Bearer, AppError> {
    let user = acting.user()?;
    let token = TokenFacts {
        // There is none yet, and nothing here asks which it is.
        id: TokenId::FIRST,
        suspended: false,
        standing: Standing::NotNeeded,
        grant: nothing_of(user),
        scopes,
        lifetime,
    };
    let second = factors::has_second(unit, user)?;
    Ok(bearer(CredentialKind::Classic, user, second, token))
}

/// The grant of what scopes narrow: no permission over anybody's things.
pub(crate) fn nothing_of(user: UserId) -> Grant {
    Grant::nothing_of(AccountId::from(user))
}
