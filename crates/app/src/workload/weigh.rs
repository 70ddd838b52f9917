//! Holding an issuer's rules against what a token says.

use jeton_domain::{Claims, Job, Mismatch, OrganizationId, RepositoryId, Wanted};
use jeton_store::workload::{self, IssuerRow, RuleRow};
use jeton_store::{ReadUnit, places};

use crate::app::App;
use crate::error::AppError;

/// A rule, and what it says to a token: the job that it would open, or every reason why it opens none.
#[derive(Clone, Debug)]
pub struct Weighed {
    /// The rule.
    pub row: RuleRow,
    /// What it says.
    pub verdict: Result<Job, Vec<Mismatch>>,
}

/// The repository that a token is wanted for, as it was named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Resource {
    owner: String,
    name: String,
}

impl Resource {
    /// Reads `owner/name`, or the address of a repository here.
    pub(super) fn parse(app: &App, text: &str) -> Option<Self> {
        let path = text
            .strip_prefix(app.public_url())
            .and_then(|rest| rest.strip_prefix('/'))
            .unwrap_or(text);
        let path = path.strip_suffix(".git").unwrap_or(path);
        let (owner, name) = path.split_once('/')?;
        let fits = |part: &str| {
            (1..=100).contains(&part.len())
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
        };
        (fits(owner) && fits(name)).then(|| Self {
            owner: owner.to_owned(),
            name: name.to_owned(),
        })
    }

    pub(super) fn full_name(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }

    /// The organization that it would be in, by its present name.
    pub(super) fn organization(
        &self,
        unit: &mut ReadUnit<'_>,
    ) -> Result<Option<OrganizationId>, AppError> {
        let owner = places::owner(unit, &self.owner.to_ascii_lowercase())?;
        Ok(owner
            .filter(|owner| owner.organization.is_some())
            .map(|owner| owner.id.as_organization()))
    }

    /// Which repository of the organization it is, by its present name.
    fn id(
        &self,
        unit: &mut ReadUnit<'_>,
        organization: OrganizationId,
    ) -> Result<Option<RepositoryId>, AppError> {
        let (owner, name) = (
            self.owner.to_ascii_lowercase(),
            self.name.to_ascii_lowercase(),
        );
        let found = places::repository(unit, &owner, &name)?;
        Ok(found
            .filter(|found| !found.moved && found.owner.id == organization.into())
            .map(|found| found.id))
    }
}

/// What each of an issuer's rules says, in the order in which they are tried: the first that is met opens the job.
pub(super) fn weigh(
    unit: &mut ReadUnit<'_>,
    issuer: &IssuerRow,
    claims: &Claims,
    resource: &Resource,
) -> Result<Vec<Weighed>, AppError> {
    let name = resource.full_name();
    let wanted = Wanted {
        name: &name,
        id: resource.id(unit, issuer.organization)?,
    };
    let rows = workload::rules(unit, issuer.id)?;
    Ok(rows
        .into_iter()
        .map(|row| Weighed {
            verdict: row.rule.judge(claims, wanted),
            row,
        })
        .collect())
}
