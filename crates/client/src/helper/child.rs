//! The child that Git is given, and its end.

use jeton_domain::{Span, Time};
use serde_json::{Value, json};

use super::Asked;
use crate::edge;
use crate::error::ClientError;
use crate::server::{Ask, Door};
use crate::session::Session;

/// The user name, where the address holds none. The server takes any.
const USER: &str = "x-access-token";
/// How the values of children begin.
const SHORT: &str = "jts_";

/// What is wished for, the most first; what the credential has not is refused, and the next is asked for.
fn wishes(owner: &str, name: &str, workflows: bool) -> Vec<Value> {
    let wish = |permissions: Value| {
        json!({
            "name": format!("git: {name}").chars().take(40).collect::<String>(),
            "owner": owner,
            "repositories": [name],
            "permissions": permissions,
        })
    };
    let mut wishes = Vec::new();
    if workflows {
        wishes.push(wish(json!({ "contents": "write", "workflows": "write" })));
    }
    wishes.push(wish(json!({ "contents": "write" })));
    wishes.push(wish(json!({ "contents": "read" })));
    // Of somebody whose things no token reaches, what is public can be read still.
    wishes.push(json!({ "name": "git: public", "repositories": "public", "permissions": {} }));
    wishes
}

/// Makes the child and answers with it; with nothing, where Git does not say which repository it is for.
pub(super) fn get(
    session: &mut Session<'_>,
    asked: &Asked,
    workflows: bool,
    out: &mut Vec<u8>,
) -> Result<(), ClientError> {
    let Some((owner, name)) = &asked.repository else {
        session.screen.note(
            "git-credential-jeton: Git does not say which repository it is for: jeton setup-git makes it say so.",
        );
        return Ok(());
    };
    let made = make(session, wishes(owner, name, workflows))?;
    let text = |name: &str| made.get(name).and_then(Value::as_str);
    let Some(value) = text("token") else {
        return Err(ClientError::other("the server's answer holds no value"));
    };
    let mut lines = Vec::new();
    if asked.authtype {
        for line in ["capability[]=authtype", "authtype=Bearer", "ephemeral=1"] {
            lines.push(line.to_owned());
        }
        lines.push(format!("credential={value}"));
    } else {
        let user = asked.username.as_deref().unwrap_or(USER);
        lines.push(format!("username={user}"));
        lines.push(format!("password={value}"));
    }
    if let Some(end) = end(text("created_at"), text("expires_at")) {
        lines.push(format!("password_expiry_utc={}", end.seconds()));
    }
    // SECURITY: a line break in what the server answered would begin a line of its own.
    if lines.iter().any(|line| line.contains(['\n', '\r', '\0'])) {
        return Err(ClientError::other("the server's answer holds a line break"));
    }
    for line in lines {
        out.extend_from_slice(line.as_bytes());
        out.push(b'\n');
    }
    Ok(())
}

/// The first wish that is granted.
fn make(session: &mut Session<'_>, wishes: Vec<Value>) -> Result<Value, ClientError> {
    let mut refused = None;
    for wish in wishes {
        let ask = Ask::post(Door::Own, &["token", "children"], wish);
        match session.ask(&ask) {
            Err(error) if error.is_status(422) => drop(refused.get_or_insert(error)),
            made => return made.map(|reply| reply.body),
        }
    }
    Err(refused.unwrap_or_else(|| ClientError::other("nothing was wished for")))
}

/// When it is over by this machine's clock, which may differ from the server's.
fn end(made: Option<&str>, over: Option<&str>) -> Option<Time> {
    let (made, over) = (Time::parse_iso(made?)?, Time::parse_iso(over?)?);
    let lasts = over.since(made);
    (lasts > Span::ZERO).then(|| edge::now().after(lasts))
}

/// Git was refused with this value: the child ends now.
///
/// SECURITY: Git tells every helper of every password that was refused. What is no child is left alone.
pub(super) fn erase(session: &mut Session<'_>, asked: &Asked) -> Result<(), ClientError> {
    let Some(value) = &asked.value else {
        return Ok(());
    };
    if !value.expose().starts_with(SHORT) {
        return Ok(());
    }
    let server = session.server()?.with_credential(value.clone());
    match server.ask(&Ask::get(Door::Own, &["token"])) {
        Ok(reply) if reply.body.get("kind").and_then(Value::as_str) == Some("child") => {}
        // Over already, or another's.
        Err(error) if !error.is_status(401) => return Err(error),
        _ => return Ok(()),
    }
    match server.ask(&Ask::delete(Door::Own, &["token"])) {
        Err(error) if !error.is_status(401) => Err(error),
        _ => Ok(()),
    }
}
