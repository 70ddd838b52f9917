//! What a token shall be: the options that creating and editing share.

use serde_json::{Map, Value, json};

use super::bounds::Bounds;
use crate::commands::words::PermissionWord;
use crate::commands::{put, put_text};
use crate::error::ClientError;
use crate::values::text;

/// What a token shall reach, do and be bound to.
#[derive(Debug, clap::Args)]
pub(super) struct Wishes {
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Why it is needed; read by the owners who approve it
    #[arg(long, value_name = "TEXT")]
    justification: Option<String>,
    /// A repository it reaches, as NAME or OWNER/NAME; may be repeated
    #[arg(long = "repository", short = 'r', value_name = "NAME", group = "reach")]
    repositories: Vec<String>,
    /// Reach all repositories of the owner, present and future
    #[arg(long, group = "reach")]
    all_repositories: bool,
    /// Reach public repositories only, to read
    #[arg(long, group = "reach")]
    public: bool,
    /// A permission, as KEY=LEVEL; KEY alone means read; may be repeated
    #[arg(long = "permission", short = 'p', value_name = "KEY=LEVEL", help = permission_help())]
    permissions: Vec<PermissionWord>,
    #[command(flatten)]
    bounds: Bounds,
}

/// With the keys: nobody knows them by heart.
fn permission_help() -> String {
    let keys: Vec<_> = jeton_domain::catalogue()
        .map(|permission| permission.key)
        .collect();
    format!(
        "A permission, as KEY=LEVEL; KEY alone means read; may be repeated. Keys: {}",
        keys.join(", ")
    )
}

impl Wishes {
    /// Puts what was said into a request's body; what was not said is left to the server.
    pub(super) fn write(self, body: &mut Value) -> Result<(), ClientError> {
        put_text(body, "description", self.description);
        put_text(body, "justification", self.justification);
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
        let mut permissions = Map::new();
        for PermissionWord { key, level } in self.permissions {
            let level = json!(level);
            match permissions.get(&key) {
                Some(other) if *other != level => {
                    let (other, level) = (text(other), text(&level));
                    return Err(ClientError::usage(
                        format!("`{key}` is asked for twice: as {other} and as {level}"),
                        "name each permission once; write holds read",
                    ));
                }
                _ => permissions.insert(key, level),
            };
        }
        put(
            body,
            "permissions",
            (!permissions.is_empty()).then_some(Value::Object(permissions)),
        );
        put(body, "conditions", self.bounds.conditions());
        Ok(())
    }
}
