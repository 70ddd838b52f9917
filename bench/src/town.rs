//! A large site for its pages: people, teams, repositories, tokens, requests and a log, put into storage directly.

use jeton_domain::{
    ApprovalRule, Asked, Event, Grant, Maximum, OrganizationId, OrganizationRole, PackageSelection,
    Permissions, Role, Selection, Standing, TeamName, TokenId, UserId, Who,
};
use jeton_store::audit::AuditEntry;
use jeton_store::{
    StoreError, WriteUnit, approval_rules, collaborators, memberships, requests, teams, tokens,
    users,
};
use jeton_token::Ring;

use crate::error::Error;
use crate::world::{OWNER, World, bad, login, now, person, repository, token};

/// Who looks at the pages.
pub(crate) const VIEWER: &str = "boss";
/// Somebody from outside who has a role on the first repository.
pub(crate) const OUTSIDER: &str = "guest";
/// A member.
pub(crate) const MEMBER: &str = "dev-1";
/// A team of members.
pub(crate) const TEAM: &str = "core";

/// How large.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extent {
    pub(crate) people: usize,
    pub(crate) repositories: usize,
    pub(crate) tokens: usize,
    /// Of the tokens, those that the viewer made.
    pub(crate) own: usize,
    /// Of the tokens, those that wait for a reviewer.
    pub(crate) waiting: usize,
}

/// What pages are about.
#[derive(Debug)]
pub(crate) struct Landmarks {
    pub(crate) token: i64,
    pub(crate) grant: i64,
    pub(crate) request: i64,
    pub(crate) rule: i64,
}

/// Fills a world that has its organization, one repository, and the viewer as its administrator.
pub(crate) fn fill(world: &World, extent: &Extent) -> Result<Landmarks, Error> {
    let (store, ring) = (world.store()?, world.ring()?);
    store
        .write(|unit| Town { world, extent }.fill(unit, &ring))
        .map_err(Error::world)
}

struct Town<'a> {
    world: &'a World,
    extent: &'a Extent,
}

impl Town<'_> {
    fn fill(&self, unit: &mut WriteUnit<'_>, ring: &Ring) -> Result<Landmarks, StoreError> {
        let at = now();
        let viewer = users::by_login(unit, &login(VIEWER)?.key())?
            .ok_or_else(|| bad(&"nobody set the site up"))?
            .id;
        let organization = self.world.organization()?;
        memberships::set(unit, organization, viewer, OrganizationRole::Owner, at)?;
        let people = (1..self.extent.people)
            .map(|n| person(unit, organization, &format!("dev-{n}"), at))
            .collect::<Result<Vec<_>, _>>()?;
        let first = self.world.first_repository()?;
        for n in 1..self.extent.repositories {
            repository(unit, organization, &format!("service-{n}"), at)?;
        }
        let outsider = person(unit, organization, OUTSIDER, at)?;
        memberships::remove(unit, organization, outsider)?;
        collaborators::set(unit, first, outsider, Role::Read, at)?;
        let name = TeamName::parse(TEAM).map_err(|error| bad(&error))?;
        let team = teams::create(unit, organization, &name, None, at)?;
        teams::set_repository(unit, team, first, Role::Write)?;
        for member in people.iter().take(self.extent.people / 10) {
            teams::add_member(unit, team, *member)?;
        }
        let wanted = Grant {
            owner: organization.into(),
            selection: Selection::Only([first].into()),
            packages: PackageSelection::ByRepository,
            permissions: Permissions::parse([("metadata", "read"), ("contents", "write")])
                .map_err(|error| bad(&error))?,
            conditions: vec![],
        };
        let made = self.tokens(unit, ring, (organization, viewer, &people), &wanted)?;
        let rule = ApprovalRule {
            permissions: wanted.permissions.clone(),
            selection: Selection::All,
            length: Maximum::Days(7),
            who: Who::Teams([team].into()),
        };
        let rule = approval_rules::insert(unit, organization, "short", "short", &rule, at, viewer)?;
        let missing = || bad(&"too few tokens");
        let own = *made.own.first().ok_or_else(missing)?;
        Ok(Landmarks {
            token: own.get(),
            grant: own.get(),
            request: made.request.ok_or_else(missing)?,
            rule: rule.get(),
        })
    }

    fn tokens(
        &self,
        unit: &mut WriteUnit<'_>,
        ring: &Ring,
        (organization, viewer, people): (OrganizationId, UserId, &[UserId]),
        wanted: &Grant,
    ) -> Result<Made, StoreError> {
        let at = now();
        let mut made = Made::default();
        let mut secrets = (0..self.extent.tokens)
            .map(|_| self.world.secret(ring))
            .collect::<Result<Vec<_>, _>>()?;
        secrets.sort_by_key(|(digest, _)| *digest.as_bytes());
        for (n, (digest, secret)) in secrets.iter().enumerate() {
            // Lives of a day to a year: some end soon, most do not.
            let days = u32::try_from(n % 365 + 1).unwrap_or(30);
            let own = n < self.extent.own;
            let creator = if own {
                viewer
            } else {
                *people
                    .get(n % people.len().max(1))
                    .ok_or_else(|| bad(&"nobody is there"))?
            };
            let id = token(unit, ring, creator, wanted, (digest, secret), at, days)?;
            if own {
                made.own.push(id);
            } else if n < self.extent.own + self.extent.waiting {
                made.request = Some(wait(unit, id, organization, wanted)?);
            }
            unit.audit(&AuditEntry {
                event: Event::TokenCreate,
                operation: "token.create",
                at,
                actor: Some(creator.into()),
                organization: Some(organization),
                user: Some(creator),
                token: Some(id),
                repository: None,
                data: serde_json::json!({ "org": OWNER, "user_programmatic_access_name": format!("token-{id}") }),
                salt: [7; 16],
            })?;
        }
        Ok(made)
    }
}

#[derive(Default)]
struct Made {
    own: Vec<TokenId>,
    request: Option<i64>,
}

/// Puts a token back to where a reviewer has to decide.
fn wait(
    unit: &mut WriteUnit<'_>,
    id: TokenId,
    organization: OrganizationId,
    wanted: &Grant,
) -> Result<i64, StoreError> {
    let at = now();
    let active = Standing::Active { since: at };
    tokens::set_standing(unit, id, active, Standing::Pending, at, None, None)?;
    tokens::set_approved(unit, id, None)?;
    let request = requests::NewRequest {
        token: id,
        token_name: &format!("token-{id}"),
        organization,
        asked: &Asked {
            grant: wanted.clone(),
            length: Maximum::Days(30),
        },
        lengthen: None,
        justification: "Nightly builds of the services.",
        created_at: at,
    };
    Ok(requests::insert(unit, &request)?.get())
}
