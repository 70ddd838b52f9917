//! Child tokens: whoever holds a token makes a narrower, shorter one from it, which dies with it.

use std::collections::BTreeMap;

use jeton_domain::{
    Conditions, CredentialKind, Ending, Event, Expiry, Grant, Life, PackageSelection,
    PermissionKey, Permissions, RepositoryId, Selection, Span, Time, TokenId, TokenName,
};
use jeton_store::children::{self, Parent};
use jeton_store::tokens::TokenRow;
use jeton_store::{ReadUnit, WriteUnit, places, tokens};
use jeton_token::{Kind, Secret};
use serde::Deserialize;

use crate::app::App;
use crate::authenticate::{Known, Subject};
use crate::authorize::Acting;
use crate::call::Call;
use crate::descent::DEEPEST;
use crate::error::{AppError, Faults};
use crate::place::{self, Owner};
use crate::tokens::create::add_value;
use crate::tokens::life::end;
use crate::tokens::view::{TokenView, own, view_of};
use crate::tokens::wish::{
    PackagesWish, RESOURCE, RepositoriesWish, check_conditions, check_text, check_use,
    choose_packages, find_repositories, may_own, read_permissions, shown,
};

/// A child lives so long at most.
const LONGEST: Span = Span::from_hours(24);
/// And so long if nobody says.
const USUAL: Span = Span::from_hours(1);
/// Living children of all of one account's tokens together.
const MOST: i64 = 1_000;

/// A child as it is asked for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewChild {
    /// Its name; one that says from what it comes, if not said.
    #[serde(default)]
    pub name: Option<String>,
    /// What it is for.
    #[serde(default)]
    pub description: String,
    /// Seconds.
    #[serde(default)]
    pub expires_in: Option<u32>,
    /// Whose things it reaches: the parent's owner, where that has one.
    #[serde(default)]
    pub owner: Option<String>,
    /// Which repositories: the parent's, where that selects some.
    #[serde(default)]
    pub repositories: Option<RepositoriesWish>,
    /// Which packages, by name: the parent's, where that names some.
    #[serde(default)]
    pub packages: Option<PackagesWish>,
    /// Levels by key: the parent's, where that has some.
    #[serde(default)]
    pub permissions: Option<BTreeMap<String, String>>,
    /// Under which conditions, besides the parent's.
    #[serde(default)]
    pub conditions: Vec<Conditions>,
}

/// A child just made. Its value is shown once.
#[derive(Debug)]
pub struct NewlyMade {
    /// The token.
    pub view: TokenView,
    /// The value.
    pub secret: Secret,
}

/// A token and what was made from it.
#[derive(Clone, Debug)]
pub struct Tree {
    /// The token.
    pub view: TokenView,
    /// What was made from it and lives.
    pub children: Vec<Tree>,
}

/// What a child is made from: the credential that asks.
struct Origin<'a> {
    known: &'a Known,
    parent: Parent,
    /// What the parent has in force, where a grant narrows it.
    held: Option<&'a Grant>,
    depth: i64,
}

impl<'a> Origin<'a> {
    fn of(unit: &mut ReadUnit<'_>, acting: &'a Acting<'_>) -> Result<Self, AppError> {
        let known = acting.known().ok_or(AppError::Missing("credential"))?;
        let bearer = &known.bearer;
        let (parent, depth) = match known.subject {
            Subject::Token { token, secret, .. } => (
                Parent::Token { token, secret },
                children::of(unit, token)?.map_or(1, |row| row.depth + 1),
            ),
            Subject::SignIn { id, .. } => (Parent::SignIn(id), 1),
        };
        let narrowed = !bearer.kind.is_sign_in() && !bearer.kind.has_scopes();
        let held = bearer.token.as_ref().filter(|_| narrowed);
        Ok(Self {
            known,
            parent,
            held: held.map(|token| &token.grant),
            depth,
        })
    }

    /// A name for a child that was given none.
    fn name(&self) -> String {
        let from = match &self.known.subject {
            Subject::Token { name, .. } => name.as_str(),
            Subject::SignIn { .. } => "a sign-in",
        };
        format!("from {from}").chars().take(40).collect()
    }
}

/// Whether the credential may have one child more.
pub fn may_make(unit: &mut ReadUnit<'_>, acting: &Acting<'_>) -> Result<(), AppError> {
    let origin = Origin::of(unit, acting)?;
    if origin.depth > DEEPEST {
        return Err(AppError::Forbidden(format!(
            "Children go {DEEPEST} deep, and this token is as deep."
        )));
    }
    if children::count(unit, acting.user()?, acting.now)? >= MOST {
        return Err(AppError::Forbidden(format!(
            "There are {MOST} living children of your tokens; end some first."
        )));
    }
    Ok(())
}

/// Makes a child of the credential that asks.
pub fn make(app: &App, call: &Call, new: &NewChild) -> Result<NewlyMade, AppError> {
    app.write(call, |unit, acting| {
        may_make(unit, acting)?;
        let origin = Origin::of(unit, acting)?;
        let (name, grant, expiry) = read(unit, acting, &origin, new)?;
        let row = TokenRow {
            description: new.description.clone(),
            ..TokenRow::new(
                unit.allocate::<TokenId>()?,
                CredentialKind::Child,
                (acting.user()?, name),
                grant,
                acting.now,
            )
        };
        // A key of its own, which no person's token can have: theirs begin with no space.
        tokens::insert(unit, &row, &format!(" {}", row.id))?;
        children::insert(unit, row.id, origin.parent, origin.depth)?;
        let secret = add_value(unit, acting, row.id, Kind::Short, expiry, None)?;
        unit.feed(acting.now, "token.created", row.id)?;
        let mut record = acting
            .record(Event::ChildTokenCreate)
            .creator(row.creator)
            .token(row.id, &row.name)
            .reaches(&row.wanted)
            .newest_value(unit, row.id)?;
        if let Some(owner) = organization(unit, &row)? {
            record = record.organization(row.wanted.owner.as_organization(), &owner);
        }
        record.write(unit)?;
        let view = view_of(unit, acting, row)?;
        Ok(NewlyMade { view, secret })
    })
}

/// The owner of a token's things, where that is an organization.
fn organization(unit: &mut ReadUnit<'_>, row: &TokenRow) -> Result<Option<String>, AppError> {
    let owner = places::owner_by_id(unit, row.wanted.owner)?;
    Ok(owner
        .filter(|owner| owner.organization.is_some())
        .map(|owner| owner.login))
}

fn read(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    origin: &Origin<'_>,
    new: &NewChild,
) -> Result<(String, Grant, Expiry), AppError> {
    let mut faults = Faults::default();
    let name = match &new.name {
        Some(name) => faults
            .take(RESOURCE, "name", TokenName::parse(name))
            .map(|name| name.as_str().to_owned()),
        None => Some(origin.name()),
    };
    check_text(&mut faults, "description", &new.description);
    check_conditions(&new.conditions, &mut faults);
    let expiry = faults.take(
        RESOURCE,
        "expires_in",
        expiry(new.expires_in, origin.known.expiry, acting.now),
    );
    let owner = owner(unit, acting, origin, new.owner.as_deref(), &mut faults)?;
    let selection = match &owner {
        Some(owner) => selection(unit, acting, origin, owner, new, &mut faults)?,
        None => None,
    };
    let packages = owner
        .as_ref()
        .and_then(|owner| packages(origin, owner, new, &mut faults));
    let permissions = match (&owner, &selection, &packages) {
        (Some(owner), Some(selection), Some(packages)) => {
            permissions(origin, (owner, selection, packages), new, &mut faults)
        }
        _ => None,
    };
    if let (Some(_), Some(permissions), Some(packages)) = (&new.packages, &permissions, &packages) {
        check_use(permissions, packages, &mut faults);
    }
    faults.check()?;
    let (Some(name), Some(owner), Some(selection), Some(packages), Some(permissions), Some(expiry)) =
        (name, owner, selection, packages, permissions, expiry)
    else {
        // Something was not understood without a fault of its own: nothing is granted.
        return Err(AppError::invalid(RESOURCE, "owner", "could not be read"));
    };
    let grant = Grant {
        owner: owner.id,
        selection,
        packages,
        permissions,
        conditions: new.conditions.clone(),
    };
    Ok((name, grant, expiry))
}

/// Never longer than a day, nor than what it is made from.
fn expiry(seconds: Option<u32>, parent: Expiry, now: Time) -> Result<Expiry, String> {
    let Some(seconds) = seconds else {
        return Ok(parent.earlier(Expiry::At(now.after(USUAL))));
    };
    let length = Span::from_seconds(i64::from(seconds));
    let end = now.after(length);
    if seconds == 0 || length > LONGEST {
        return Err(format!("takes 1 to {} seconds", LONGEST.seconds()));
    }
    match parent {
        Expiry::At(last) if last < end => {
            Err("is longer than what it is made from lives".to_owned())
        }
        _ => Ok(Expiry::At(end)),
    }
}

fn owner(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    origin: &Origin<'_>,
    wish: Option<&str>,
    faults: &mut Faults,
) -> Result<Option<Owner>, AppError> {
    let user = acting.user()?;
    let found = match (wish, origin.held) {
        (Some(login), _) => places::owner(unit, &login.to_ascii_lowercase())?,
        (None, Some(held)) => places::owner_by_id(unit, held.owner)?,
        (None, None) => places::owner_by_id(unit, user.into())?,
    };
    let found = match found {
        Some(found) => Some(place::owner_of(unit, found, Some(user), &acting.site)?),
        None => None,
    };
    let fits = |owner: &Owner| match origin.held {
        Some(held) => held.owner == owner.id,
        None => may_own(owner, user),
    };
    let owner = found.filter(fits);
    if owner.is_none() {
        faults.add(
            RESOURCE,
            "owner",
            match origin.held {
                Some(_) => "is not the owner of the things that the token is for",
                None => "names neither you nor an organization whose things you can reach by token",
            },
        );
    }
    Ok(owner)
}

fn selection(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    origin: &Origin<'_>,
    owner: &Owner,
    new: &NewChild,
    faults: &mut Faults,
) -> Result<Option<Selection>, AppError> {
    let held = origin.held.map(|held| &held.selection);
    let names = match (&new.repositories, held) {
        (Some(RepositoriesWish::Names(names)), _) => names,
        (Some(RepositoriesWish::Word(word)), _) if word == "public" => {
            return Ok(Some(Selection::Public));
        }
        (Some(RepositoriesWish::Word(word)), held) if word == "all" => {
            let all = held.is_none_or(|held| held.includes(&Selection::All));
            if !all {
                faults.add(RESOURCE, "repositories", "are more than the token's own");
            }
            return Ok(all.then_some(Selection::All));
        }
        (Some(RepositoriesWish::Word(word)), _) => {
            let word = shown(word);
            let fault = format!("takes `public`, `all` or a list, not `{word}`");
            faults.add(RESOURCE, "repositories", fault);
            return Ok(None);
        }
        (None, Some(held)) => return Ok(Some(held.clone())),
        (None, None) => {
            faults.add(
                RESOURCE,
                "repositories",
                "have to be named: what it is made from selects none",
            );
            return Ok(None);
        }
    };
    if names.is_empty() || names.len() > Selection::MOST {
        let fault = format!("takes 1 to {} names", Selection::MOST);
        faults.add(RESOURCE, "repositories", fault);
        return Ok(None);
    }
    let reaches = |id| held.is_none_or(|held| held.covers(id));
    let within: (&dyn Fn(RepositoryId) -> bool, _) = (&reaches, "the token reaches");
    find_repositories(unit, acting, owner, names, within, faults)
}

/// The parent's, where nobody says; and names that the parent reaches.
fn packages(
    origin: &Origin<'_>,
    owner: &Owner,
    new: &NewChild,
    faults: &mut Faults,
) -> Option<PackageSelection> {
    let held = origin.held.map(|held| &held.packages);
    let Some(wish) = &new.packages else {
        return Some(held.cloned().unwrap_or_default());
    };
    let wanted = choose_packages(owner, Some(wish), faults)?;
    let known = held.and_then(PackageSelection::names);
    let more = match (known, wanted.names()) {
        (Some(held), Some(wanted)) => !wanted.is_subset(held),
        (Some(_), None) => true,
        // Which packages its repositories have, the decision sees each time.
        (None, _) => false,
    };
    if more {
        faults.add(RESOURCE, "packages", "are more than the token's own");
    }
    (!more).then_some(wanted)
}

fn permissions(
    origin: &Origin<'_>,
    (owner, selection, packages): (&Owner, &Selection, &PackageSelection),
    new: &NewChild,
    faults: &mut Faults,
) -> Option<Permissions> {
    let held = origin.held.map(|held| &held.permissions);
    let wanted = match (&new.permissions, held) {
        (Some(wish), _) => read_permissions(wish, Some((owner, selection, packages)), faults)?,
        (None, Some(_)) if *selection == Selection::Public && packages.names().is_none() => {
            Permissions::none()
        }
        // Of packages alone, where nothing else is reached.
        (None, Some(held)) if *selection == Selection::Public => {
            let level = held.level(PermissionKey::packages());
            Permissions::new(level.map(|level| (PermissionKey::packages(), level)))
        }
        (None, Some(held)) => held.clone(),
        (None, None) => {
            faults.add(
                RESOURCE,
                "permissions",
                "have to be named: what it is made from has none",
            );
            return None;
        }
    };
    let Some(held) = held else {
        return Some(wanted);
    };
    for more in wanted.beyond(held) {
        faults.add(RESOURCE, "permissions", more.said("the token has"));
    }
    held.include(&wanted).then_some(wanted)
}

/// What was made from the credential that asks, and what was made from that.
pub fn of_oneself(app: &App, call: &Call) -> Result<Vec<Tree>, AppError> {
    app.read(call, |unit, acting| {
        let known = acting.known().ok_or(AppError::Missing("credential"))?;
        let first = match known.subject {
            Subject::Token { token, .. } => children::of_token(unit, token, acting.now)?,
            Subject::SignIn { id, .. } => children::of_sign_in(unit, id, acting.now)?,
        };
        trees(unit, acting, first)
    })
}

/// What was made from one of the caller's tokens, and what was made from that.
pub fn of_token(app: &App, call: &Call, id: TokenId) -> Result<Vec<Tree>, AppError> {
    app.read(call, |unit, acting| {
        let row = own(unit, acting, id)?;
        if matches!(row.life, Life::Revoked { .. }) {
            return Ok(Vec::new());
        }
        let first = children::of_token(unit, row.id, acting.now)?;
        trees(unit, acting, first)
    })
}

/// What was made from a token that reaches the organization's things, and what was made from that.
pub fn of_grant(app: &App, call: &Call, id: TokenId) -> Result<Vec<Tree>, AppError> {
    app.read(call, |unit, acting| {
        let row = crate::grants::by_id(unit, acting, id)?;
        let first = children::of_token(unit, row.id, acting.now)?;
        trees(unit, acting, first)
    })
}

fn trees(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    ids: Vec<TokenId>,
) -> Result<Vec<Tree>, AppError> {
    let mut found = Vec::new();
    for id in ids {
        if let Some(row) = tokens::find(unit, id)? {
            let below = children::of_token(unit, id, acting.now)?;
            found.push(Tree {
                view: view_of(unit, acting, row)?,
                // Three deep at most: the rows are bound to that.
                children: trees(unit, acting, below)?,
            });
        }
    }
    Ok(found)
}

/// A token that was made from the credential that asks, by however many steps.
pub fn descendant(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    id: TokenId,
) -> Result<TokenRow, AppError> {
    let origin = Origin::of(unit, acting)?;
    let row = tokens::find(unit, id)?
        .filter(|row| row.kind == CredentialKind::Child)
        .ok_or(AppError::Missing("token"))?;
    let mut at = id;
    for _ in 0..DEEPEST {
        match (children::of(unit, at)?.map(|row| row.parent), origin.parent) {
            (Some(Parent::Token { token, .. }), Parent::Token { token: own, .. })
                if token == own =>
            {
                return Ok(row);
            }
            (Some(Parent::SignIn(sign_in)), Parent::SignIn(own)) if sign_in == own => {
                return Ok(row);
            }
            (Some(Parent::Token { token, .. }), _) => at = token,
            _ => break,
        }
    }
    Err(AppError::Missing("token"))
}

/// Ends a token that was made from the credential that asks, with all that was made from it.
pub fn end_descendant(app: &App, call: &Call, id: TokenId) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        let row = descendant(unit, acting, id)?;
        give_up(unit, acting, &row)
    })
}

/// A child of one of the caller's tokens, or of their sign-ins.
pub fn own_child(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    id: TokenId,
) -> Result<TokenRow, AppError> {
    let user = acting.user()?;
    tokens::find(unit, id)?
        .filter(|row| row.creator == user && row.kind == CredentialKind::Child)
        .ok_or(AppError::Missing("token"))
}

/// Ends a child of one of the caller's tokens.
pub fn end_own_child(app: &App, call: &Call, id: TokenId) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        let row = own_child(unit, acting, id)?;
        give_up(unit, acting, &row)
    })
}

/// Ends everything that was made from one of the caller's tokens. How many were made from the token itself.
pub fn end_all(app: &App, call: &Call, id: TokenId) -> Result<usize, AppError> {
    app.write(call, |unit, acting| {
        let row = own(unit, acting, id)?;
        let first = children::of_token(unit, row.id, acting.now)?;
        for id in &first {
            let child = own_child(unit, acting, *id)?;
            give_up(unit, acting, &child)?;
        }
        Ok(first.len())
    })
}

/// The token that asks, where it is one.
pub fn oneself_row(unit: &mut ReadUnit<'_>, acting: &Acting<'_>) -> Result<TokenRow, AppError> {
    let token = acting.known().and_then(Known::token);
    let row = token.map(|id| tokens::find(unit, id)).transpose()?;
    row.flatten().ok_or(AppError::Missing("token"))
}

/// Ends the token that asks, and all that was made from it: who holds a value may always give it up.
pub fn end_oneself(app: &App, call: &Call) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        let row = oneself_row(unit, acting)?;
        give_up(unit, acting, &row)
    })
}

/// Ends a token for who holds or made it, and says it in the words of its kind.
pub(crate) fn give_up(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    row: &TokenRow,
) -> Result<(), AppError> {
    let (because, event) = match row.kind {
        CredentialKind::Job => (Ending::JobEnded, Event::JobEnd),
        CredentialKind::Child => (Ending::Creator, Event::ChildTokenDestroy),
        CredentialKind::OauthUser => (Ending::Creator, Event::AccessTokenDestroy),
        _ => (Ending::Creator, Event::TokenDestroy),
    };
    end(unit, acting, row, because, event)
}
