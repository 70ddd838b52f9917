//! One example for each operation: what to type. The reference shows them, and a test runs each against a real server.

use std::fmt::Write as _;

use jeton_http::{Method, Route, Table, parameter_name};
use serde_json::{Value, json};

/// A request as somebody types it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// The command.
    pub command: String,
    /// Variables that it takes beside `JETON`, the server's address, and `TOKEN`, a credential.
    pub variables: Vec<String>,
}

/// What the answer of an operation's example held when it was last run, in words: each name with the kind of its value.
const ANSWERS: &str = include_str!("answers.txt");

/// What an operation's answer holds: names, and kinds of values. Nothing where it has no body.
pub fn answer(name: &str) -> Option<&'static str> {
    ANSWERS.split("\n\n").find_map(|part| {
        let (of, shape) = part.trim_start().split_once('\n')?;
        (of == name).then_some(shape.trim_end())
    })
}

/// The example of a route.
pub fn example(table: &Table, route: &Route) -> Example {
    let name = route.operation.name;
    let prefix = table.prefixes.first().copied().unwrap_or_default();
    if let Some(command) = git(name) {
        return Example {
            command: command.to_owned(),
            variables: Vec::new(),
        };
    }
    let mut variables = Vec::new();
    let path = path(route, &mut variables);
    let query = query(route);
    let body = body(route).map(|body| written(&body, &mut variables));
    let mut command = String::from("curl");
    // With a body curl posts by itself.
    match (route.method, &body) {
        (Method::Get, None) | (Method::Post, Some(_)) => {}
        (method, _) => command = format!("{command} -X {}", method.name()),
    }
    if takes_client(name) {
        variables.push("CLIENT_SECRET".to_owned());
        command.push_str(" -u \"$CLIENT_ID:$CLIENT_SECRET\"");
    } else if takes_credential(name) {
        command.push_str(" -H \"Authorization: Bearer $TOKEN\"");
    }
    if name.starts_with("oauth.") {
        command.push_str(" -H 'Accept: application/json'");
    }
    command = format!("{command} \\\n    \"$JETON{prefix}{path}{query}\"");
    if let Some(body) = body {
        command =
            format!("{command} \\\n    -H 'Content-Type: application/json' \\\n    -d '{body}'");
    }
    Example { command, variables }
}

/// Whose requests are not REST.
fn git(name: &str) -> Option<&'static str> {
    match name {
        "git.fetch" => Some("git clone \"$JETON/alta3/labs\""),
        "git.push" => Some("git push \"$JETON/alta3/labs\" HEAD:refs/heads/main"),
        _ => None,
    }
}

/// What an OAuth application does to its own tokens.
fn takes_client(name: &str) -> bool {
    name.starts_with("oauth_token.") || name.starts_with("oauth_grant.")
}

/// The ways in, and what everybody may, are shown without a credential.
fn takes_credential(name: &str) -> bool {
    !matches!(
        name,
        "setup"
            | "sign_in"
            | "credentials.revoke"
            | "site.health"
            | "site.ready"
            | "site.token_formats"
            | "workload.token"
    ) && !name.starts_with("oauth.")
}

fn path(route: &Route, variables: &mut Vec<String>) -> String {
    route
        .path
        .split('/')
        .map(|part| match parameter_name(part) {
            Some(parameter) => value(route, parameter, variables),
            None => part.to_owned(),
        })
        .collect::<Vec<_>>()
        .join("/")
}

/// What stands for a parameter of a path: a name, or a variable for a number that nobody can know before.
fn value(route: &Route, parameter: &str, variables: &mut Vec<String>) -> String {
    let name = route.operation.name;
    let word = match (parameter, name) {
        ("org", "organization.delete") => "old-school",
        ("org" | "owner", _) => "alta3",
        ("repo", _) => "labs",
        ("username", "user.resume") => "kim",
        ("username", "outside_collaborator.convert") => "tomas",
        ("username", _)
            if name.starts_with("outside_collaborator") || name.starts_with("collaborator") =>
        {
            "nina"
        }
        ("username", _) if name.starts_with("package.") => "mona",
        ("username", _) => "tomas",
        ("service", "service_account.resume") => "stopped-bot",
        ("service", _) => "deployer",
        ("login", _) => "freed-name",
        ("team_slug", _) => "course-makers",
        ("secret_name", "org_secret.put" | "user_secret.put" | "repository_secret.put") => {
            "REGISTRY_KEY"
        }
        ("secret_name", _) => "DEPLOY_KEY",
        ("path", "contents.put") => "docs/begin.md",
        ("path", _) => "README.md",
        ("dir", _) => "docs",
        ("ref", "git_ref.delete") => "tags/v1",
        ("ref", _) if name.starts_with("git_ref") => "heads/main",
        ("branch" | "ref", _) => "main",
        ("archive", _) => "main.tar.gz",
        ("file", _) => "main/README.md",
        ("basehead", _) => "v1...main",
        ("package_type", _) => "npm",
        ("package_name", _) => "pad",
        _ => "",
    };
    if !word.is_empty() {
        return word.to_owned();
    }
    let variable = match name {
        "token.resume" => "SUSPENDED_ID".to_owned(),
        "token.finish" => "ROTATED_ID".to_owned(),
        "classic_token.edit" => "CLASSIC_ID".to_owned(),
        _ if name.ends_with("_secret.select") || name.ends_with("_secret.unselect") => {
            "REPOSITORY_ID".to_owned()
        }
        _ if name.starts_with("repository_hook.") => {
            format!("REPOSITORY_{}", parameter.to_ascii_uppercase())
        }
        _ if name.starts_with("org_application.") => {
            format!("ORG_{}", parameter.to_ascii_uppercase())
        }
        "child_token.end" => "CHILD_ID".to_owned(),
        "token.end_child" => "OWN_CHILD_ID".to_owned(),
        "job.get" | "job.end" => "JOB_ID".to_owned(),
        "token.hand_over" => "PAT_ID".to_owned(),
        _ if name.starts_with("service_token.") => "SERVICE_TOKEN_ID".to_owned(),
        "token.ask" => "DENIED_ID".to_owned(),
        "token.cancel_request" => "PENDING_ID".to_owned(),
        "invitation.accept" | "invitation.decline" => "OWN_INVITATION_ID".to_owned(),
        "repository_invitation.accept" | "repository_invitation.decline" => {
            "OWN_REPOSITORY_INVITATION_ID".to_owned()
        }
        _ if parameter == "package_version_id" && !route.path.starts_with("/orgs") => {
            "OWN_PACKAGE_VERSION_ID".to_owned()
        }
        _ if name.starts_with("repository_invitation") => "REPOSITORY_INVITATION_ID".to_owned(),
        _ => parameter.to_ascii_uppercase(),
    };
    variables.push(variable.clone());
    format!("${variable}")
}

fn query(route: &Route) -> &'static str {
    match route.operation.name {
        "user.delete" => "?repositories=delete",
        "package.list_organization" | "package.list_user" | "package.list_own" => {
            "?package_type=npm"
        }
        "audit.organization" => "?phrase=action:repo.create",
        "member.list" | "user.list" => "?per_page=50",
        _ => "",
    }
}

/// A body that is taken, with `$NAME` for a text and `#NAME` for a number that a variable holds.
fn body(route: &Route) -> Option<Value> {
    let password = "correct horse battery staple";
    let wish = json!({
        "name": "nightly build",
        "owner": "alta3",
        "repositories": ["labs"],
        "permissions": { "contents": "read" },
        "expires_in": 30,
        "justification": "Builds what is on main, each night",
    });
    if let Some(body) = scoped_body(route.operation.name) {
        return Some(body);
    }
    Some(match route.operation.name {
        "setup" => {
            json!({ "code": "$CODE", "login": "mona", "email": "mona@example.org", "password": password })
        }
        "sign_in" => json!({ "login": "mona", "password": "$PASSWORD", "label": "my laptop" }),
        "factors.finish_authenticator" => json!({ "code": "$CODE" }),
        "factors.rename_passkey" => json!({ "name": "the laptop at school" }),
        "sign_in.confirm" => json!({ "password": "$PASSWORD" }),
        "user.change_password" => json!({ "current": "$PASSWORD", "new": password }),
        "user.create" | "sign_up" => {
            json!({ "login": "ida", "email": "ida@example.org", "password": password })
        }
        "user.update" | "user.update_self" => json!({ "name": "Mona Lisa" }),
        "organization.create" => json!({ "login": "north", "name": "The northern school" }),
        "organization.rename" => json!({ "login": "alta4" }),
        "organization.update" => json!({ "default_repository_permission": "none" }),
        "membership.set" => json!({ "role": "member" }),
        "team.create" => json!({ "name": "Graders" }),
        "team.update" => json!({ "name": "Course writers" }),
        "team_membership.set" | "token.rotate" => json!({}),
        "team_repository.set" | "collaborator.set" => json!({ "permission": "triage" }),
        "repository.create" | "repository.create_own" => {
            json!({ "name": "notes", "visibility": "private" })
        }
        "repository.update" => json!({ "description": "What the classroom is made from" }),
        "policy.preview" => json!({ "fine_grained_maximum": { "days": 7 } }),
        "approval_rule.create" | "approval_rule.replace" => json!({
            "name": "read-only for a month",
            "permissions": { "contents": "read" },
            "repositories": ["labs"],
            "maximum": { "days": 30 },
            "who": "members",
        }),
        "site.emergency" | "site.emergency_preview" => {
            json!({ "kinds": ["fine_grained"], "user": "tomas" })
        }
        "policy.update" => {
            json!({ "approval_required": true, "fine_grained_maximum": { "days": 90 } })
        }
        "site.put_policy" | "site.preview_policy" => json!({
            "fine_grained_allowed": "leave",
            "classic_allowed": { "force": false },
            "approval_required": "leave",
            "fine_grained_maximum": { "force": { "days": 90 } },
            "classic_maximum": "leave",
            "outside_collaborators_allowed": "leave",
            "members_create_repositories": "leave",
            "addresses": "leave",
            "anonymous_allowed": true,
            "users_create_organizations": true,
            "registration": "invitation",
            "tokens_per_user": 500,
        }),
        "invitation.create" => {
            json!({ "email": "ida@example.org", "role": "direct_member" })
        }
        "repository_invitation.update" => json!({ "permissions": "triage" }),
        "requests.review" if many(route) => {
            json!({ "pat_request_ids": ["#PAT_REQUEST_ID"], "action": "approve" })
        }
        "requests.review" => {
            json!({ "action": "deny", "reason": "Please choose only the repositories you need" })
        }
        "grants.revoke" if many(route) => json!({ "pat_ids": ["#PAT_ID"], "action": "revoke" }),
        "grants.revoke" => json!({ "action": "revoke" }),
        "credentials.revoke" => json!({ "credentials": ["$LEAKED"] }),
        "token.create" | "token.preview" => wish,
        "token.edit" => json!({ "description": "Builds what is on main" }),
        "token.ask" => json!({ "justification": "It builds the release now" }),
        "explain" => json!({ "method": "push", "url": "/alta3/labs" }),
        name => {
            if let Some(body) = contents_body(name) {
                return Some(body);
            }
            let needed: serde_json::Map<String, Value> = route
                .body
                .iter()
                .filter(|field| field.required)
                .map(|field| (field.name.to_owned(), sample(field)))
                .collect();
            if needed.is_empty() {
                return None;
            }
            Value::Object(needed)
        }
    })
}

/// The same, of classic tokens, of what has to do with OAuth, of webhooks and of machines.
fn scoped_body(name: &str) -> Option<Value> {
    Some(match name {
        "classic_token.create" | "classic_token.preview" => json!({
            "name": "Old build",
            "scopes": ["repo", "workflow"],
            "expires_in": 30
        }),
        "classic_token.edit" => json!({ "scopes": ["public_repo"] }),
        "oauth.device_code" => {
            json!({ "client_id": "178c6fc778ccc68e1d6a", "scope": "repo read:org" })
        }
        "oauth.access_token" => json!({
            "client_id": "$CLIENT_ID",
            "client_secret": "$CLIENT_SECRET",
            "grant_type": "refresh_token",
            "refresh_token": "$REFRESH_TOKEN",
        }),
        "oauth.revoke" => json!({
            "client_id": "$CLIENT_ID",
            "client_secret": "$CLIENT_SECRET",
            "token": "$ACCESS_TOKEN",
        }),
        "oauth_token.check" | "oauth_token.reset" | "oauth_token.end" | "oauth_grant.end" => {
            json!({ "access_token": "$ACCESS_TOKEN" })
        }
        "application.create" | "org_application.create" => json!({
            "name": "Board",
            "url": "https://board.example.org",
            "callbacks": ["https://board.example.org/back"],
        }),
        "application.update" | "org_application.update" => json!({ "name": "The new board" }),
        "application_approval.ask" => json!({ "client_id": "178c6fc778ccc68e1d6a" }),
        name => {
            return hook_body(name)
                .or_else(|| machine_body(name))
                .or_else(|| workload_body(name))
                .or_else(|| secret_body(name));
        }
    })
}

/// The same, of what acts without a person before it.
fn machine_body(name: &str) -> Option<Value> {
    let with = |more: Value| {
        let mut body = json!({ "repositories": ["labs"], "permissions": { "contents": "read" } });
        crate::token_shapes::merge(&mut body, more);
        body
    };
    Some(match name {
        "child_token.create" => with(json!({ "name": "one build step", "expires_in": 900 })),
        "job.open" => json!({
            "name": "deploy",
            "ref": "refs/heads/main",
            "permissions": { "contents": "read" },
            "expires_in": 900,
        }),
        "job.put_ceiling" | "job.put_organization_ceiling" | "job.put_site_ceiling" => {
            json!({ "permissions": { "contents": "write" } })
        }
        "service_account.create" => {
            json!({ "login": "night-builder", "description": "Builds each night", "role": "read" })
        }
        "service_account.edit" => json!({ "role": "write" }),
        "service_token.create" => with(json!({ "name": "nightly build", "expires_in": 30 })),
        "service_token.rotate" => json!({ "overlap_seconds": 3600 }),
        "token.hand_over" => json!({ "service_account": "deployer" }),
        _ => return None,
    })
}

/// The same, of webhooks.
fn hook_body(name: &str) -> Option<Value> {
    Some(match name {
        "org_hook.create" | "repository_hook.create" => json!({
            "config": {
                "url": "https://build.example.org/pushed",
                "content_type": "json",
                "secret": "a long and random text",
            },
            "events": ["push", "member"],
        }),
        "org_hook.update" => json!({ "active": false }),
        "repository_hook.update" => json!({ "add_events": ["team"] }),
        "org_hook.update_config" | "repository_hook.update_config" => {
            json!({ "content_type": "form" })
        }
        _ => return None,
    })
}

/// The same, of workload identity.
fn workload_body(name: &str) -> Option<Value> {
    let claims = json!({ "sub": ["repo:alta3/labs:ref:refs/heads/*"] });
    Some(match name {
        "workload_issuer.create" => json!({
            "name": "GitHub Actions",
            "url": "https://token.actions.githubusercontent.com",
            "service_account": "builder",
        }),
        "workload_issuer.update" => json!({
            "name": "Our builds", "url": "$ISSUER_URL", "service_account": "builder",
        }),
        "workload_rule.create" | "workload_rule.replace" => json!({
            "name": "Main branch",
            "audience": "https://git.example.org",
            "claims": claims,
            "repositories": ["labs"],
            "permissions": { "contents": "write" },
            "seconds": 900,
        }),
        "workload.simulate" => json!({
            "repository": "alta3/labs",
            "claims": {
                "iss": "$ISSUER_URL",
                "aud": "https://git.example.org",
                "sub": "repo:alta3/labs:ref:refs/heads/main",
            },
        }),
        "workload.token" => json!({
            "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
            "subject_token": "$SUBJECT_TOKEN",
            "subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
            "resource": "alta3/labs",
            "scope": "contents:read",
        }),
        _ => return None,
    })
}

/// The same, of secrets.
fn secret_body(name: &str) -> Option<Value> {
    let sealed = |home: &str| {
        json!({
            "encrypted_value": format!("${home}_SEALED_VALUE"),
            "key_id": format!("${home}_KEY_ID"),
        })
    };
    let with = |mut body: Value, name: &str, value: Value| {
        if let Value::Object(fields) = &mut body {
            fields.insert(name.to_owned(), value);
        }
        body
    };
    Some(match name {
        "repository_secret.put" => sealed("REPOSITORY"),
        "org_secret.put" => with(sealed("ORG"), "visibility", json!("private")),
        "user_secret.put" => with(
            sealed("OWN"),
            "selected_repository_ids",
            json!(["#REPOSITORY_ID"]),
        ),
        "org_secret.set_repositories" | "user_secret.set_repositories" => {
            json!({ "selected_repository_ids": ["#REPOSITORY_ID"] })
        }
        _ => return None,
    })
}

/// A body of what writes to what a repository holds, and of GraphQL.
fn contents_body(name: &str) -> Option<Value> {
    Some(match name {
        "graphql" => {
            json!({ "query": "{ viewer { login } repository(owner: \"alta3\", name: \"labs\") { url } }" })
        }
        "contents.put" => json!({
            "message": "Say how to begin",
            "content": "IyBMYWJzCgpCZWdpbiBoZXJlLgo=",
        }),
        "contents.delete" => json!({ "message": "Begin anew", "sha": "$FILE_SHA" }),
        "git_ref.create" => json!({ "ref": "refs/heads/topic", "sha": "$COMMIT_SHA" }),
        "git_ref.update" => json!({ "sha": "$COMMIT_SHA" }),
        "branch.rename" => json!({ "new_name": "trunk" }),
        "git_blob.create" => json!({ "content": "Hello", "encoding": "utf-8" }),
        "git_tree.create" => json!({
            "base_tree": "$TREE_SHA",
            "tree": [{ "path": "docs/more.md", "mode": "100644", "content": "More" }],
        }),
        "git_commit.create" => {
            json!({ "message": "Say more", "tree": "$TREE_SHA", "parents": ["$COMMIT_SHA"] })
        }
        "git_tag.create" => json!({
            "tag": "v2", "message": "The second", "object": "$COMMIT_SHA", "type": "commit",
        }),
        _ => return None,
    })
}

fn many(route: &Route) -> bool {
    !route.path.ends_with('}')
}

/// Something that a field takes, where no example was written for its operation.
fn sample(field: &jeton_http::Field) -> Value {
    use jeton_http::Form;
    match field.form {
        Form::Boolean => json!(true),
        Form::Just(holds) => json!(holds),
        Form::Number => json!(1),
        Form::NumberIn(first, _) => json!(first),
        Form::Moment => json!("2026-12-24T18:00:00Z"),
        Form::OneOf(words) => json!(words.first()),
        Form::Texts | Form::Numbers | Form::List(_) => json!([]),
        Form::Record(_) | Form::TextByName => json!({}),
        _ => json!(field.name),
    }
}

/// A body between single quotes: a variable stands outside of them.
fn written(body: &Value, variables: &mut Vec<String>) -> String {
    let mut text = String::new();
    put(body, &mut text, variables);
    text
}

fn put(value: &Value, text: &mut String, variables: &mut Vec<String>) {
    match value {
        Value::String(word) if word.starts_with(['$', '#']) => {
            let (mark, variable) = word.split_at(1);
            variables.push(variable.to_owned());
            let quote = if mark == "$" { "\"" } else { "" };
            let _ = write!(text, "{quote}'\"${variable}\"'{quote}");
        }
        Value::Array(items) => {
            text.push('[');
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    text.push_str(", ");
                }
                put(item, text, variables);
            }
            text.push(']');
        }
        Value::Object(fields) => {
            text.push('{');
            for (place, (name, item)) in fields.iter().enumerate() {
                if place > 0 {
                    text.push_str(", ");
                }
                let _ = write!(text, "\"{name}\": ");
                put(item, text, variables);
            }
            text.push('}');
        }
        other => text.push_str(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str) -> Vec<Example> {
        crate::TABLES
            .iter()
            .flat_map(|table| table.routes.iter().map(move |route| (table, route)))
            .filter(|(_, route)| route.operation.name == name)
            .map(|(table, route)| example(table, route))
            .collect()
    }

    #[test]
    fn an_example_is_what_one_types() {
        assert_eq!(
            of("repository.get")[0].command,
            "curl -H \"Authorization: Bearer $TOKEN\" \\\n    \"$JETON/api/v3/repos/alta3/labs\""
        );
        assert_eq!(
            of("sign_in")[0],
            Example {
                command: "curl \\\n    \"$JETON/api/jeton/v1/sign-in\" \\\n    -H 'Content-Type: application/json' \\\n    \
                          -d '{\"label\": \"my laptop\", \"login\": \"mona\", \"password\": \"'\"$PASSWORD\"'\"}'"
                    .to_owned(),
                variables: vec!["PASSWORD".to_owned()],
            }
        );
    }

    #[test]
    fn no_body_holds_what_would_end_its_quotes() {
        for (table, route) in crate::TABLES
            .iter()
            .flat_map(|table| table.routes.iter().map(move |route| (table, route)))
        {
            let command = example(table, route).command;
            assert_eq!(command.matches('\'').count() % 2, 0, "{command}");
        }
    }
}
