//! What a token shall be: the options that making, editing and making a child share.

use serde_json::{Value, json};

use super::bounds::Bounds;
use crate::commands::words::{PermissionWord, levels, permission_help};
use crate::commands::{put, put_text};
use crate::error::ClientError;

/// What a token shall reach, do and be bound to, and what its owners read.
#[derive(Debug, clap::Args)]
pub(super) struct Wishes {
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Why it is needed; read by the owners who approve it
    #[arg(long, value_name = "TEXT")]
    justification: Option<String>,
    #[command(flatten)]
    power: Power,
}

/// What a token shall reach, do and be bound to.
#[derive(Debug, clap::Args)]
pub(crate) struct Power {
    /// A repository it reaches, as NAME or OWNER/NAME; may be repeated
    #[arg(
        long = "repository",
        visible_alias = "repo",
        short = 'r',
        value_name = "NAME",
        group = "reach"
    )]
    repositories: Vec<String>,
    /// Reach all repositories of the owner, present and future
    #[arg(long, group = "reach")]
    all_repositories: bool,
    /// Reach public repositories only, to read
    #[arg(long, group = "reach")]
    public: bool,
    /// A package it reaches by name, as NAME or @OWNER/NAME, and no other; may be repeated
    #[arg(long = "package", value_name = "NAME")]
    packages: Vec<String>,
    /// A permission, as KEY=LEVEL; KEY alone means read; may be repeated
    #[arg(long = "permission", short = 'p', value_name = "KEY=LEVEL", help = permission_help())]
    permissions: Vec<PermissionWord>,
    #[command(flatten)]
    bounds: Bounds,
}

impl Wishes {
    /// Puts what was said into a request's body; what was not said is left to the server.
    pub(super) fn write(self, body: &mut Value) -> Result<(), ClientError> {
        put_text(body, "description", self.description);
        put_text(body, "justification", self.justification);
        self.power.write(body)
    }
}

impl Power {
    /// The same.
    pub(crate) fn write(self, body: &mut Value) -> Result<(), ClientError> {
        let reach = if self.public {
            Some(json!("public"))
        } else if self.all_repositories {
            Some(json!("all"))
        } else if self.repositories.is_empty() {
            None
        } else {
            Some(json!(self.repositories))
        };
        put(body, "repositories", reach);
        let packages = (!self.packages.is_empty()).then(|| json!(self.packages));
        put(body, "packages", packages);
        put(body, "permissions", levels(self.permissions)?);
        put(body, "conditions", self.bounds.conditions());
        Ok(())
    }
}
