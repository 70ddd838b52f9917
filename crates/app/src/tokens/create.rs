//! Making a token.

use jeton_domain::{
    Asked, CredentialKind, Event, Expiry, Life, Maximum, Overview, RequestId, SecretId, Selection,
    Standing, Time, TokenId, TokenName, UserId, counted,
};
use jeton_store::secrets::NewSecret;
use jeton_store::tokens::TokenRow;
use jeton_store::{ReadUnit, WriteUnit, requests, secrets, tokens};
use jeton_token::{Kind, Secret};

use crate::app::App;
use crate::approval::{self, Rules};
use crate::authorize::Acting;
use crate::call::Call;
use crate::difference::Difference;
use crate::difference_words;
use crate::error::{AppError, FieldFault};
use crate::notices::{self, Notice};
use crate::place::Owner;
use crate::tokens::classic;
use crate::tokens::idempotency::{Idempotency, kill_unseen};
use crate::tokens::view::{TokenView, own_view};
use crate::tokens::wish::{self, NewToken, RESOURCE, Wish};

/// A token just made. Its value is shown once.
#[derive(Debug)]
pub struct Created {
    /// The token.
    pub view: TokenView,
    /// The value.
    pub secret: Secret,
    /// What was read before the button was pressed.
    pub overview: Overview,
    /// The same was asked for before, and the value made then ended for this one.
    pub again: bool,
}

/// What a form shows while one is choosing.
#[derive(Debug)]
pub struct Preview {
    /// As far as the choices can be read.
    pub overview: Option<Overview>,
    /// An owner must approve it first.
    pub needs_approval: bool,
    /// The rule of the owner that approves it at once.
    pub rule: Option<String>,
    /// The owner's maximum.
    pub maximum: Maximum,
    /// The expiry offered first, in days.
    pub default_days: u32,
    /// The expiries offered, in days.
    pub choices: Vec<u32>,
    /// What is wrong, beside its field.
    pub faults: Vec<FieldFault>,
}

/// Reads a wish and says what would come of it. Changes nothing.
pub fn preview(app: &App, call: &Call, new: &NewToken) -> Result<Preview, AppError> {
    app.read(call, |unit, acting| {
        let whose = acting.user()?;
        preview_of(unit, acting, new, whose, true)
    })
}

/// What would come of a wish. `whose`: the account that would have the token; `asked`: its owner is asked for approval, where it wants
/// to be.
pub(crate) fn preview_of(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    new: &NewToken,
    whose: UserId,
    asked: bool,
) -> Result<Preview, AppError> {
    let mut reading = wish::read(unit, acting, new)?;
    if let Ok(wish) = &mut reading.wish {
        wish.needs_approval &= asked;
    }
    let maximum = reading
        .owner
        .as_ref()
        .map_or(Maximum::Unlimited, |o| o.policy.fine_grained_maximum);
    let rule = match &reading.wish {
        Ok(wish) if wish.needs_approval => {
            let wanted = wish.asked(acting.now);
            let organization = wish.owner.id.as_organization();
            approval::rule_for(unit, organization, whose, &wanted)?.map(|row| row.name)
        }
        _ => None,
    };
    let needs_approval = match &reading.wish {
        Ok(wish) => wish.needs_approval && rule.is_none(),
        Err(_) => asked && reading.owner.as_ref().is_some_and(Owner::asks_for_approval),
    };
    let overview = match (
        &reading.owner,
        &reading.selection,
        &reading.packages,
        &reading.permissions,
        reading.expiry,
    ) {
        (Some(owner), Some(selection), Some(packages), Some(permissions), Some(expiry)) => {
            Some(Overview::new(
                permissions,
                selection,
                packages,
                owner.organization,
                expiry,
                needs_approval,
            ))
        }
        _ => None,
    };
    Ok(Preview {
        overview,
        needs_approval,
        rule,
        maximum,
        default_days: maximum.default_days(),
        choices: jeton_domain::expiry_choices(maximum).collect(),
        faults: {
            let mut faults = reading.wish.err().unwrap_or_default();
            if let Some(taken) = name_taken(unit, whose, &new.name)? {
                faults.push(taken);
            }
            faults
        },
    })
}

/// What making a token would find by the rule of the store: another of the account's has the name.
pub(crate) fn name_taken(
    unit: &mut ReadUnit<'_>,
    whose: UserId,
    name: &str,
) -> Result<Option<FieldFault>, AppError> {
    let Ok(name) = TokenName::parse(name) else {
        return Ok(None);
    };
    let taken = tokens::has_name(unit, whose, &name.key())?;
    Ok(taken.then(|| FieldFault::taken(RESOURCE, "name")))
}

/// Makes a token, and asks its owner where that is needed.
pub fn create(
    app: &App,
    call: &Call,
    new: &NewToken,
    key: Option<&str>,
) -> Result<Created, AppError> {
    app.write(call, |unit, acting| {
        let idempotency = Idempotency::new(app, acting, key, new)?;
        if let Some(idempotency) = idempotency
            && let Some(unseen) = idempotency.earlier(unit, acting)?
        {
            return again(unit, acting, idempotency, &unseen);
        }
        may_create(unit, acting)?;
        let wish = wish::wished(unit, acting, new)?;
        let row = insert(unit, acting, &wish)?;
        let secret = add_secret(unit, acting, &row, wish.expiry, idempotency)?;
        acting
            .record(Event::TokenCreate)
            .token(row.id, &row.name)
            .reaches(&row.wanted)
            .newest_value(unit, row.id)?
            .write(unit)?;
        settle_standing(unit, acting, &wish, &row)?;
        unit.feed(acting.now, "token.created", row.id)?;
        let view = own_view(unit, acting, row.id)?;
        let overview = Overview::new(
            &wish.grant.permissions,
            &wish.grant.selection,
            &wish.grant.packages,
            wish.owner.organization,
            wish.expiry,
            view.row.standing == Standing::Pending,
        );
        Ok(Created {
            view,
            secret,
            overview,
            again: false,
        })
    })
}

/// The same request again: the unseen value dies, another takes its place.
pub(crate) fn again(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    idempotency: Idempotency,
    unseen: &secrets::SecretRow,
) -> Result<Created, AppError> {
    // A key is its user's, so the token is the caller's.
    let (row, secret) = replace_unseen(unit, acting, idempotency, unseen)?;
    let view = own_view(unit, acting, row.id)?;
    let overview = if row.kind.has_scopes() {
        classic::overview(unit, acting, &row, unseen.expiry)?
    } else {
        Overview::new(
            &view.row.wanted.permissions,
            &view.row.wanted.selection,
            &view.row.wanted.packages,
            view.owner.1,
            unseen.expiry,
            view.row.standing == Standing::Pending,
        )
    };
    Ok(Created {
        view,
        secret,
        overview,
        again: true,
    })
}

/// A value that nobody saw dies, another takes its place.
pub(crate) fn replace_unseen(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    idempotency: Idempotency,
    unseen: &secrets::SecretRow,
) -> Result<(TokenRow, Secret), AppError> {
    let row = tokens::find(unit, unseen.token)?
        .filter(|row| !matches!(row.life, Life::Revoked { .. }))
        .ok_or_else(|| {
            AppError::conflict(
                "life",
                "The token made under this key was ended; take a new key.",
            )
        })?;
    kill_unseen(unit, acting, unseen)?;
    let secret = add_secret(unit, acting, &row, unseen.expiry, Some(idempotency))?;
    unit.feed(acting.now, "token.value_replaced", row.id)?;
    acting
        .record(Event::TokenRegenerate)
        .creator(row.creator)
        .token(row.id, &row.name)
        .with("unseen", true)
        .newest_value(unit, row.id)?
        .write(unit)?;
    Ok((row, secret))
}

/// Whether the caller may make one token more.
pub fn may_create(unit: &mut ReadUnit<'_>, acting: &Acting<'_>) -> Result<(), AppError> {
    if !acting.known().is_some_and(|known| known.verified) {
        return Err(AppError::Forbidden(
            "Verify your e-mail address before you make a token.".to_owned(),
        ));
    }
    let most = acting.site.tokens_per_user;
    let has = tokens::count_living(unit, acting.user()?)?;
    if has >= i64::from(most) {
        return Err(AppError::Invalid(vec![FieldFault {
            resource: RESOURCE,
            field: "name".into(),
            code: "unprocessable",
            message: format!(
                "you have {}, and this site allows {most}: revoke {} first",
                counted(has.unsigned_abs(), "token", "tokens"),
                match has - i64::from(most) + 1 {
                    1 => "one".to_owned(),
                    more => more.to_string(),
                }
            ),
        }]));
    }
    Ok(())
}

fn insert(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    wish: &Wish,
) -> Result<TokenRow, AppError> {
    let row = TokenRow {
        description: wish.description.clone(),
        justification: wish.justification.clone(),
        standing: if wish.needs_approval {
            Standing::Pending
        } else {
            Standing::NotNeeded
        },
        ..TokenRow::new(
            unit.allocate::<TokenId>()?,
            CredentialKind::FineGrained,
            (acting.user()?, wish.name.as_str().to_owned()),
            wish.grant.clone(),
            acting.now,
        )
    };
    tokens::insert(unit, &row, &wish.name.key())
        .map_err(|error| AppError::unless_taken(error, "tokens_name", RESOURCE, "name"))?;
    Ok(row)
}

/// Makes a value for a token.
pub(crate) fn add_secret(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    token: &TokenRow,
    expiry: Expiry,
    idempotency: Option<Idempotency>,
) -> Result<Secret, AppError> {
    let kind = match token.kind {
        CredentialKind::FineGrained => Kind::FineGrained,
        CredentialKind::Classic => Kind::Classic,
        // Others get their values where they are made.
        _ => return Err(AppError::Missing("token")),
    };
    add_value(unit, acting, token.id, kind, expiry, idempotency)
}

/// Makes a value of a kind.
pub(crate) fn add_value(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    token: TokenId,
    kind: Kind,
    expiry: Expiry,
    idempotency: Option<Idempotency>,
) -> Result<Secret, AppError> {
    let app = acting.app;
    let secret = jeton_token::make(kind, app.instance(), &mut app.source());
    let parsed = secret.parsed();
    let id: SecretId = unit.allocate()?;
    let public_name = parsed.public_name().map(|name| name.as_str().to_owned());
    secrets::insert(
        unit,
        &NewSecret {
            id,
            token,
            kind: kind.name(),
            digest: app.digest(&secret)?,
            key: app.ring.newest().get(),
            public_name: public_name.as_deref(),
            hashed: &jeton_token::hashed(&parsed),
            created_at: acting.now,
            expiry,
            idempotency: idempotency.map(Idempotency::pair),
        },
    )?;
    Ok(secret)
}

/// What is asked for, with the longest life that a secret of it may have.
pub(crate) fn asked(row: &TokenRow, created: Time, expiry: Expiry) -> Asked {
    Asked {
        grant: row.wanted.clone(),
        length: length(created, expiry),
    }
}

fn length(created: Time, expiry: Expiry) -> Maximum {
    match expiry {
        Expiry::Never => Maximum::Unlimited,
        Expiry::At(end) => {
            Maximum::Days(u32::try_from(end.since(created).days_up()).unwrap_or(u32::MAX))
        }
    }
}

impl Wish {
    /// What it asks its owner for, made now.
    fn asked(&self, now: Time) -> Asked {
        Asked {
            grant: self.grant.clone(),
            length: length(now, self.expiry),
        }
    }
}

/// Asks the owner, or notes that an owner asked oneself.
fn settle_standing(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    wish: &Wish,
    row: &TokenRow,
) -> Result<(), AppError> {
    let asked = asked(row, acting.now, wish.expiry);
    if wish.needs_approval {
        let id = open_request(unit, acting, row, &asked, None)?;
        approval::by_rule(unit, acting, row, id, Rules::Apply)?;
    } else if wish.owner.organization && !row.wanted.permissions.is_empty() {
        if wish.owner.policy.approval_required {
            approve_oneself(unit, acting, row, &asked)?;
        } else {
            granted_by_itself(unit, acting, row)?;
        }
    }
    Ok(())
}

/// The organization's log tells of access that nobody was asked about.
fn granted_by_itself(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    row: &TokenRow,
) -> Result<(), AppError> {
    let (login, _) = owner_login(unit, row)?;
    acting
        .record(Event::AccessGrant)
        .token(row.id, &row.name)
        .organization(row.wanted.owner.as_organization(), &login)
        .with("automatic", true)
        .newest_value(unit, row.id)?
        .reaches(&row.wanted)
        .write(unit)
}

/// An owner's own token is approved at once, and the log says so.
pub(crate) fn approve_oneself(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    row: &TokenRow,
    asked: &Asked,
) -> Result<(), AppError> {
    tokens::set_approved(unit, row.id, Some(asked))?;
    let active = Standing::Active { since: acting.now };
    tokens::set_standing(
        unit,
        row.id,
        row.standing,
        active,
        acting.now,
        Some(acting.user()?),
        None,
    )?;
    granted_by_itself(unit, acting, row)
}

/// Puts a request before the owner; who decides on it is told by [`approval::by_rule`], which comes next. `lengthen`: when the newest value is to end, once it is approved.
pub(crate) fn open_request(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    row: &TokenRow,
    asked: &Asked,
    lengthen: Option<Expiry>,
) -> Result<RequestId, AppError> {
    let organization = row.wanted.owner.as_organization();
    let id = requests::insert(
        unit,
        &requests::NewRequest {
            token: row.id,
            token_name: &row.name,
            organization,
            asked,
            lengthen,
            justification: &row.justification,
            created_at: acting.now,
        },
    )?;
    let (login, _) = owner_login(unit, row)?;
    acting
        .record(Event::RequestCreate)
        .token(row.id, &row.name)
        .organization(organization, &login)
        .with("user_programmatic_access_request_id", id.get())
        .reaches(&asked.grant)
        .newest_value(unit, row.id)?
        .write(unit)?;
    Ok(id)
}

/// Tells those who decide that a request waits for them.
pub(crate) fn tell_reviewers(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    row: &TokenRow,
    asked: &Asked,
    request: RequestId,
) -> Result<(), AppError> {
    let (organization, _) = owner_login(unit, row)?;
    let creator = jeton_store::users::by_id(unit, row.creator)?
        .map_or_else(|| "ghost".to_owned(), |creator| creator.login);
    let grant = &asked.grant;
    let number = grant.permissions.len() as u64;
    let which = match &grant.selection {
        Selection::Public => "public repositories".to_owned(),
        Selection::All => "all repositories".to_owned(),
        Selection::Only(chosen) => counted(chosen.len() as u64, "repository", "repositories"),
    };
    let difference = Difference::new(row.approved.as_ref(), asked);
    let notice = Notice::TokenRequested {
        organization,
        request: request.get(),
        token: row.name.clone(),
        creator,
        asks: format!(
            "{} for {which}",
            counted(number, "permission", "permissions")
        ),
        justification: row.justification.clone(),
        granted: !difference.first,
        // SECURITY: without names of repositories: not every reviewer sees each of them.
        changes: difference_words::lines(&difference, &std::collections::BTreeMap::new()),
    };
    for reviewer in notices::reviewers(unit, row.wanted.owner.as_organization())? {
        // Whoever asks knows it, and does not decide on it alone.
        if reviewer != row.creator {
            notices::tell(unit, acting.app, acting.now, reviewer, &notice)?;
        }
    }
    Ok(())
}

pub(crate) fn owner_login(
    unit: &mut WriteUnit<'_>,
    row: &TokenRow,
) -> Result<(String, bool), AppError> {
    Ok(
        jeton_store::places::owner_by_id(unit, row.wanted.owner)?.map_or_else(
            || ("ghost".to_owned(), true),
            |owner| (owner.login, owner.organization.is_some()),
        ),
    )
}
