//! Looking ahead: what another policy would break, before it is saved, and what ends by itself soon.
//!
//! INVARIANT: what is foretold is asked of the decision itself, under the policy that holds and under the
//! one that is wished for: there is no second reading of a policy that could disagree.

use std::collections::{BTreeMap, BTreeSet};

use jeton_decide::{Bearer, Lifetime, OwnerFacts, Principal, Reason, TokenFacts, refused_by_owner};
use jeton_domain::{
    AccountId, Allowed, CredentialKind, Grant, OrganizationPolicy, OrganizationRole, SitePolicy,
    Span, Standing, Time, TokenId, UserId,
};
use jeton_store::factors::{self, WithoutFactor};
use jeton_store::foresight::{self, Whose, Working};
use jeton_store::{ReadUnit, StoreError, accounts, organizations, tokens};
use serde_json::{Map, Value};

use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::AppError;
use crate::organizations::overlay;
use crate::requests;
use crate::users::span;

/// Values looked at in one step of the walk: so much memory, whatever their number.
const STEP: i64 = 5000;

/// A policy that is wished for, and what it would do.
#[derive(Clone, Debug)]
pub struct Preview<P> {
    /// As it would be saved.
    pub wished: P,
    /// Which version of the policy it was held against; none for the site, which counts none.
    pub version: Option<i64>,
    /// Saving it takes a sign-in that was confirmed lately.
    pub confirm: bool,
    /// The tokens that would work less.
    pub tokens: Affected,
    /// The requests that would need nobody any more.
    pub approved: u64,
    /// The people who would be refused, because they have no second factor.
    pub locked_out: LockedOut,
}

/// People whom a policy would refuse whatever they come with, until they have a second factor.
#[derive(Clone, Debug, Default)]
pub struct LockedOut {
    /// How many.
    pub total: u64,
    /// The first of them, by name.
    pub people: Vec<WithoutFactor>,
}

/// As many people as a preview names.
const NAMED: usize = 100;

/// Tokens that work today and would not, or not from where they were last used.
#[derive(Clone, Debug, Default)]
pub struct Affected {
    /// How many.
    pub total: u64,
    /// How many people made them.
    pub people: u64,
    /// How many by each reason, by its code.
    pub reasons: BTreeMap<&'static str, u64>,
    /// A page of them, in the order in which they were made.
    pub page: Vec<AffectedToken>,
    /// Classic ones, which stand in none of the numbers above.
    pub classic: AffectedClassic,
}

impl Affected {
    /// Something that works today would be refused.
    pub const fn any(&self) -> bool {
        self.total > 0 || self.classic.total > 0
    }
}

/// Classic tokens that a policy would refuse.
///
/// SECURITY: whose they are and how many, and no more: what somebody's classic token is called, when it was used and from
/// where is their own affair. It is for none of the owner's things in particular.
#[derive(Clone, Debug, Default)]
pub struct AffectedClassic {
    /// How many.
    pub total: u64,
    /// How many by each reason, by its code.
    pub reasons: BTreeMap<&'static str, u64>,
    /// Who made them, by name, and how many; the first of them.
    pub holders: Vec<(String, u64)>,
    /// How many people made them.
    pub people: u64,
}

/// One of them.
#[derive(Clone, Debug)]
pub struct AffectedToken {
    /// Which.
    pub id: TokenId,
    /// Its name.
    pub name: String,
    /// Who made it.
    pub creator: String,
    /// Whose things it reaches.
    pub owner: String,
    /// What would refuse it.
    pub reason: Reason,
    /// Every value of it would be refused from everywhere; else only where it was last used from, or one of
    /// two values.
    pub stops: bool,
    /// When it was last used.
    pub used_at: Option<Time>,
    /// From where.
    pub used_from: Option<String>,
}

/// A token that stops by itself.
#[derive(Clone, Debug)]
pub struct ExpiringToken {
    /// Which.
    pub id: TokenId,
    /// Its name.
    pub name: String,
    /// Who made it.
    pub creator: String,
    /// When.
    pub at: Time,
}

/// Which part of a list is shown.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// How many are passed by.
    pub offset: u64,
    /// How many are shown at most.
    pub count: u32,
}

/// What an organization's policy would do with some settings changed. Nothing is done.
pub fn organization(
    app: &App,
    call: &Call,
    settings: &Map<String, Value>,
    window: Window,
) -> Result<Preview<OrganizationPolicy>, AppError> {
    app.read(call, |unit, acting| {
        let owner = acting.organization()?.id;
        let id = owner.as_organization();
        let row = organizations::by_id(unit, id)?.ok_or(AppError::Missing("organization"))?;
        let wished = overlay(&row.policy, settings)?;
        let change = Change {
            old: acting.site.over(&row.policy),
            new: acting.site.over(&wished),
        };
        let approved = counted(&requests::unneeded(unit, id, &change.old, &change.new)?);
        let changes = Changes {
            organizations: BTreeMap::from([(owner, change)]),
            users: None,
        };
        Ok(Preview {
            version: Some(row.policy_version),
            confirm: wished.allows_more_than(&row.policy),
            locked_out: locked_out(unit, &changes)?,
            tokens: walk(unit, acting, Some(owner), &changes, window)?,
            approved,
            wished,
        })
    })
}

/// What another policy of the site would do. Nothing is done.
pub fn site(
    app: &App,
    call: &Call,
    wished: &SitePolicy,
    window: Window,
) -> Result<Preview<SitePolicy>, AppError> {
    crate::site::check(wished)?;
    app.read(call, |unit, acting| {
        let own = organizations::policies(unit)?;
        let (mut changes, mut approved) = (Changes::default(), 0);
        for (id, policy) in &own {
            let (old, new) = (acting.site.over(policy), wished.over(policy));
            let organization = id.as_organization();
            approved += counted(&requests::unneeded(unit, organization, &old, &new)?);
            changes.organizations.insert(*id, Change { old, new });
        }
        changes.users = Some(Change {
            old: acting.site.for_users(),
            new: wished.for_users(),
        });
        let own: Vec<_> = own.into_iter().map(|(_, policy)| policy).collect();
        Ok(Preview {
            wished: wished.clone(),
            version: None,
            confirm: wished.allows_more_than(&acting.site, &own),
            locked_out: locked_out(unit, &changes)?,
            tokens: walk(unit, acting, None, &changes, window)?,
            approved,
        })
    })
}

/// The tokens for an organization's things that stop by themselves within so many days, the next to stop
/// first, and how many there are.
pub fn expiring(
    app: &App,
    call: &Call,
    days: u32,
    window: Window,
) -> Result<(Vec<ExpiringToken>, u64), AppError> {
    app.read(call, |unit, acting| {
        let owner = acting.organization()?.id;
        let before = acting.now.after(Span::from_days(days));
        let (offset, count) = (span(window.offset), i64::from(window.count));
        let (rows, total) = foresight::ending(unit, owner, acting.now, before, offset, count)?;
        let mut page = Vec::new();
        for row in rows {
            if let Some(token) = tokens::find(unit, row.token)? {
                page.push(ExpiringToken {
                    id: token.id,
                    creator: login(unit, token.creator.into())?,
                    name: token.name,
                    at: row.at,
                });
            }
        }
        Ok((page, total.unsigned_abs()))
    })
}

/// The people of an organization who have no second factor, members and outside collaborators alike. For owners.
pub fn without_second_factor(app: &App, call: &Call) -> Result<LockedOut, AppError> {
    app.read(call, |unit, acting| {
        crate::organizations::may_see_factors(acting, true)?;
        let id = acting.organization()?.id.as_organization();
        let most = i64::try_from(NAMED).unwrap_or(i64::MAX);
        Ok(LockedOut {
            total: factors::count_without(unit, id)?.unsigned_abs(),
            people: factors::people_without(unit, id, 0, most)?,
        })
    })
}

/// Who would be refused by an organization that asks for a second factor and did not before. In the preview of a
/// site's policy a person counts once, whatever number of organizations they belong to.
fn locked_out(unit: &mut ReadUnit<'_>, changes: &Changes) -> Result<LockedOut, AppError> {
    let asking =
        |change: &Change| change.new.two_factor_required && !change.old.two_factor_required;
    let organizations = changes.organizations.iter();
    let mut found = BTreeMap::new();
    for (id, _) in organizations.filter(|(_, change)| asking(change)) {
        let people = factors::people_without(unit, id.as_organization(), 0, i64::MAX)?;
        for lacking in people {
            let key = lacking.login.to_ascii_lowercase();
            found.entry(key).or_insert(lacking);
        }
    }
    Ok(LockedOut {
        total: u64::try_from(found.len()).unwrap_or(u64::MAX),
        people: found.into_values().take(NAMED).collect(),
    })
}

fn counted<T>(list: &[T]) -> u64 {
    u64::try_from(list.len()).unwrap_or(u64::MAX)
}

/// What holds somewhere, and what would.
#[derive(Debug)]
struct Change {
    old: OrganizationPolicy,
    new: OrganizationPolicy,
}

/// The same for every owner that is looked at.
#[derive(Debug, Default)]
struct Changes {
    organizations: BTreeMap<AccountId, Change>,
    /// In everybody's own name space.
    users: Option<Change>,
}

impl Changes {
    fn of(&self, owner: AccountId) -> Option<&Change> {
        self.organizations.get(&owner).or(self.users.as_ref())
    }

    /// Whether they are all the same as before, for tokens.
    fn are_none(&self) -> bool {
        let mut all = self.organizations.values().chain(&self.users);
        all.all(|change| change.old == change.new)
    }
}

/// A token as the decision sees it, as far as a policy looks at it.
pub(crate) fn bearer(
    kind: CredentialKind,
    creator: UserId,
    two_factor: bool,
    token: TokenFacts,
) -> Bearer {
    Bearer {
        parents: Vec::new(),
        kind,
        principal: Principal::User {
            id: creator,
            administrator: false,
        },
        account_suspended: false,
        two_factor,
        token: Some(token),
        application: None,
        sudo: None,
    }
}

/// A value, with no more of its token than a policy looks at.
fn facts(value: &Working) -> TokenFacts {
    TokenFacts {
        id: value.token,
        suspended: false,
        standing: Standing::NotNeeded,
        grant: Grant::nothing_of(value.owner),
        scopes: value.scopes,
        lifetime: Lifetime {
            created: value.created_at,
            expiry: value.expiry,
        },
    }
}

/// Why a policy refuses a value: from wherever it comes, or from where it came last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refused {
    Everywhere(Reason),
    FromThere(Reason),
}

fn refused(value: &Working, organization: bool, policy: &OrganizationPolicy) -> Option<Refused> {
    let bearer = bearer(value.kind, value.creator, value.two_factor, facts(value));
    let none = BTreeSet::new();
    let asked = |policy: &OrganizationPolicy, address| {
        let owner = OwnerFacts {
            id: value.owner,
            organization,
            policy,
            membership: value.member.then_some(OrganizationRole::Member),
            outside_collaborator: !value.member,
            reviewer: false,
            applications: &none,
        };
        refused_by_owner(&bearer, owner, address)
    };
    let anywhere = OrganizationPolicy {
        addresses: Allowed::Unrestricted,
        ..policy.clone()
    };
    if let Some(reason) = asked(&anywhere, None) {
        return Some(Refused::Everywhere(reason));
    }
    // One that was never used, or from where nobody knows, came from nowhere that could be kept out.
    let address = value.used_from.as_deref()?.parse().ok()?;
    asked(policy, Some(address)).map(Refused::FromThere)
}

/// What becomes of a token: the gravest that is found of its values.
#[derive(Debug)]
struct Found {
    token: TokenId,
    values: usize,
    stopped: usize,
    reason: Option<Reason>,
    last: Working,
}

impl Found {
    fn new(value: Working) -> Self {
        Self {
            token: value.token,
            values: 0,
            stopped: 0,
            reason: None,
            last: value,
        }
    }

    fn add(&mut self, value: Working, refused: Option<Refused>) {
        self.values += 1;
        match refused {
            Some(Refused::Everywhere(reason)) => {
                self.stopped += 1;
                self.reason = Some(reason);
            }
            Some(Refused::FromThere(reason)) => self.reason = self.reason.or(Some(reason)),
            None => {}
        }
        if value.used_at > self.last.used_at {
            self.last = value;
        }
    }
}

/// What another policy does to the tokens of an owner, or of everybody.
fn walk(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    owner: Option<AccountId>,
    changes: &Changes,
    window: Window,
) -> Result<Affected, AppError> {
    let mut affected = Affected::default();
    if changes.are_none() {
        return Ok(affected);
    }
    let (mut people, mut shown) = (BTreeSet::<UserId>::new(), Vec::new());
    let whose = owner.map_or(Whose::Everybody, Whose::Of);
    let named = |value: &Working| value.kind != CredentialKind::Classic;
    pass(unit, acting, whose, changes, named, |found, reason| {
        people.insert(found.last.creator);
        *affected.reasons.entry(reason.code()).or_default() += 1;
        if affected.total >= window.offset && shown.len() < window.count as usize {
            shown.push((found, reason));
        }
        affected.total += 1;
    })?;
    affected.people = u64::try_from(people.len()).unwrap_or(u64::MAX);
    for (found, reason) in shown {
        affected.page.extend(described(unit, &found, reason)?);
    }
    affected.classic = walk_classic(unit, acting, owner, changes)?;
    Ok(affected)
}

/// The same for classic tokens: those near an organization that reach something of it; for the site each once, by what
/// it says to everybody's own things.
fn walk_classic(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    owner: Option<AccountId>,
    changes: &Changes,
) -> Result<AffectedClassic, AppError> {
    let mut affected = AffectedClassic::default();
    let mut holders = BTreeMap::<UserId, u64>::new();
    let near = owner.map_or(Whose::Everybody, Whose::ClassicNear);
    let reaches = |value: &Working| {
        value.kind == CredentialKind::Classic
            && (owner.is_none() || value.scopes.reach_organizations())
    };
    pass(unit, acting, near, changes, reaches, |found, reason| {
        *affected.reasons.entry(reason.code()).or_default() += 1;
        *holders.entry(found.last.creator).or_default() += 1;
        affected.total += 1;
    })?;
    affected.people = u64::try_from(holders.len()).unwrap_or(u64::MAX);
    for (holder, count) in holders {
        affected.holders.push((login(unit, holder.into())?, count));
    }
    affected.holders.sort();
    affected.holders.truncate(NAMED);
    Ok(affected)
}

/// One pass over the values that work, held against what holds and what would hold: each token that works less is
/// handed on with the reason.
fn pass(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    whose: Whose,
    changes: &Changes,
    counts: impl Fn(&Working) -> bool,
    mut tell: impl FnMut(Found, Reason),
) -> Result<(), AppError> {
    let mut finish = |found: Found| {
        if let Some(reason) = found.reason {
            tell(found, reason);
        }
    };
    let (mut behind, mut open) = (None, None::<Found>);
    loop {
        let values = foresight::working(unit, whose, behind, acting.now, STEP)?;
        let Some(last) = values.last() else { break };
        behind = Some(last.step());
        for value in values.into_iter().filter(&counts) {
            let Some(change) = changes.of(value.owner) else {
                continue;
            };
            let organization = changes.organizations.contains_key(&value.owner);
            let new = refused(&value, organization, &change.new);
            let newly = new.filter(|_| refused(&value, organization, &change.old).is_none());
            let mut found = match open.take() {
                Some(found) if found.token == value.token => found,
                other => {
                    if let Some(done) = other {
                        finish(done);
                    }
                    Found::new(value.clone())
                }
            };
            found.add(value, newly);
            open = Some(found);
        }
    }
    if let Some(done) = open {
        finish(done);
    }
    Ok(())
}

fn described(
    unit: &mut ReadUnit<'_>,
    found: &Found,
    reason: Reason,
) -> Result<Option<AffectedToken>, AppError> {
    let Some(token) = tokens::find(unit, found.token)? else {
        return Ok(None);
    };
    Ok(Some(AffectedToken {
        id: token.id,
        creator: login(unit, token.creator.into())?,
        owner: login(unit, token.wanted.owner)?,
        name: token.name,
        reason,
        stops: found.stopped == found.values,
        used_at: found.last.used_at,
        used_from: found.last.used_from.clone(),
    }))
}

fn login(unit: &mut ReadUnit<'_>, id: AccountId) -> Result<String, StoreError> {
    Ok(accounts::by_id(unit, id)?.map_or_else(|| "ghost".to_owned(), |account| account.login))
}
