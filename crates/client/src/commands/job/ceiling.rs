//! `jeton job permissions`: what jobs may do at most.

use serde_json::{Value, json};

use crate::commands::words::{FullName, PermissionWord, levels, permission_help};
use crate::error::ClientError;
use crate::screen::{Column, Form};
use crate::server::{Ask, Door};
use crate::session::Session;

/// Whose word it is.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub struct CeilingHome {
    /// That of a repository
    #[arg(long, value_name = "OWNER/NAME")]
    repo: Option<FullName>,
    /// That of an organization
    #[arg(long, value_name = "ORG")]
    org: Option<String>,
    /// That of the site, for administrators
    #[arg(long)]
    site: bool,
}

/// What jobs may do at most. The least of what the site, the owner and the repository say counts.
#[derive(Debug, clap::Subcommand)]
pub enum JobPermissions {
    /// Show it
    Show {
        /// Whose word
        #[command(flatten)]
        home: CeilingHome,
    },
    /// Set it: the whole set of permissions, none where none is named
    Set {
        /// Whose word
        #[command(flatten)]
        home: CeilingHome,
        /// A permission, as KEY=LEVEL; KEY alone means read; may be repeated
        #[arg(long = "permission", short = 'p', value_name = "KEY=LEVEL", help = permission_help())]
        permissions: Vec<PermissionWord>,
    },
}

const FIELDS: &[Column] = &[
    Column("Said here", "/own", Form::Text),
    Column("In force", "/effective", Form::Permissions),
];

impl CeilingHome {
    fn path(&self) -> Vec<&str> {
        let mut path = match (&self.repo, &self.org) {
            (Some(repo), _) => vec!["repos", &repo.owner, &repo.name],
            (None, Some(org)) => vec!["orgs", org],
            (None, None) => vec!["site"],
        };
        path.push("job-permissions");
        path
    }
}

impl JobPermissions {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Result<(), ClientError> {
        let most = match self {
            Self::Show { home } => session.get(Door::Own, &home.path())?,
            Self::Set { home, permissions } => {
                let levels = levels(permissions)?.unwrap_or_else(|| json!({}));
                let body = json!({ "permissions": levels });
                let ask = Ask::put(Door::Own, &home.path(), body);
                let changed = session.ask(&ask);
                changed
                    .map_err(|error| error.in_options(&[("permissions", "--permission")]))?
                    .body
            }
        };
        if session.screen.json {
            return session.screen.print_json(&most);
        }
        let said = most.get("said_here") == Some(&Value::Bool(true));
        let own = crate::values::permissions(most.get("permissions").unwrap_or(&Value::Null));
        let own = match own.is_empty() {
            _ if !said => "nothing: it is left to the others".to_owned(),
            true => "none".to_owned(),
            false => own.join(", "),
        };
        let shown = json!({ "own": own, "effective": most.get("effective") });
        session.screen.one(FIELDS, &shown)
    }
}
