//! What webhooks are told, in the shapes of the answers.

use jeton_app::hooks::{AskingToken, PushedCommit, Thing, ToldToken};
use jeton_domain::{Expiry, Selection};
use jeton_store::repositories::RepositoryRow;
use serde_json::{Value, json};

use crate::code_shapes::moment as code_moment;
use crate::shapes;
use crate::token_shapes::{merge, permissions, selection};

/// A thing in its shape. `url`: where people reach the server, no slash at the end.
pub fn shape(url: &str, thing: Thing<'_>) -> Value {
    match thing {
        Thing::Person(person) => shapes::person(url, person),
        Thing::Organization(row) => shapes::simple_organization(url, row),
        Thing::Membership(row, person, role) => shapes::membership_row(url, row, person, role),
        Thing::Repository(row) => shapes::bare_repository(url, row),
        Thing::Team(organization, row, parent) => {
            let mut team = shapes::team_row(url, &organization.login, row);
            let parent = parent.map(|parent| shapes::team_row(url, &organization.login, parent));
            merge(&mut team, json!({ "parent": parent }));
            team
        }
        Thing::Invitation(invitation) => crate::invitations::shape(url, invitation),
        Thing::Request(asking) => request(url, asking),
        Thing::Token(told) => token(url, told),
        Thing::Pushed(row, commit) => pushed(url, row, commit),
    }
}

/// A token's life as an organization may know it.
fn life(told: &ToldToken) -> Value {
    let moment = told.ends.and_then(Expiry::moment);
    json!({
        "token_id": told.row.id,
        "token_name": told.row.name,
        "token_expires_at": moment.map(jeton_domain::Time::iso),
        "token_last_used_at": told.last_used.map(jeton_domain::Time::iso),
    })
}

fn request(url: &str, asking: &AskingToken<'_>) -> Value {
    let (row, told) = (asking.request, asking.token);
    let grant = &row.asked.grant;
    let chosen = matches!(grant.selection, Selection::Only(_));
    let named = |row: &RepositoryRow| {
        json!({
            "id": row.id,
            "node_id": format!("R_{}", row.id.get()),
            "name": row.name,
            "full_name": row.full_name(),
            "private": row.visibility != jeton_domain::Visibility::Public,
        })
    };
    let mut shape = json!({
        "id": row.id,
        "owner": shapes::person(url, &told.creator),
        "permissions_added": permissions(&asking.added),
        "permissions_upgraded": permissions(&asking.upgraded),
        "permissions_result": permissions(&grant.permissions),
        "repository_selection": selection(&grant.selection),
        "repository_count": chosen.then_some(told.repositories.len()),
        "repositories": chosen.then(|| told.repositories.iter().map(named).collect::<Vec<_>>()),
        "created_at": row.created_at.iso(),
        "token_expired": false,
    });
    merge(&mut shape, life(told));
    // As it was called when it asked.
    merge(&mut shape, json!({ "token_name": row.token_name }));
    shape
}

fn token(url: &str, told: &ToldToken) -> Value {
    let mut shape = json!({
        "owner": shapes::person(url, &told.creator),
        "permissions": permissions(&told.grant.permissions),
        "repository_selection": selection(&told.grant.selection),
        "created_at": told.row.created_at.iso(),
    });
    merge(&mut shape, life(told));
    shape
}

fn pushed(url: &str, row: &RepositoryRow, told: &PushedCommit) -> Value {
    let commit = &told.commit;
    let person = |signature: &jeton_repo::Signature| {
        json!({
            "name": signature.name,
            "email": signature.email,
            "date": code_moment(signature.seconds),
        })
    };
    json!({
        "id": commit.id.to_string(),
        "tree_id": commit.tree.to_string(),
        "distinct": told.distinct,
        "message": commit.words(),
        "timestamp": code_moment(commit.committer.seconds),
        "url": format!("{url}/{}/commit/{}", row.full_name(), commit.id),
        "author": person(&commit.author),
        "committer": person(&commit.committer),
        "added": told.added,
        "removed": told.removed,
        "modified": told.modified,
    })
}
