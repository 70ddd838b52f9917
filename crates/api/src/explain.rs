//! 'May I, and if not, why?'

use http::header::HOST;
use jeton_app::explain::{self, About, Explanation};
use jeton_app::{App, AppError, Call, Fix, Resolved};
use jeton_domain::{Id, Least, Operation, Requirement, TargetKind, TokenId};
use jeton_http::{Answer, Field, Form, Input, Method, Names, Refused, Route, holds_token};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::operation::{NO_PERMISSION, about_itself, reading, scoped, with_jobs};

pub(crate) static EXPLAIN: Operation = with_jobs(scoped(
    about_itself(reading(
        "explain",
        "Ask what would come of a request, without making it.",
        TargetKind::Own,
        NO_PERMISSION,
        Least::Person,
    )),
    &[],
));

/// The route.
pub(crate) static ROUTES: &[Route] = &[Route::new(
    Method::Post,
    "/explain",
    &EXPLAIN,
    Names::Own,
    ask,
)
.body(&[
    Field::needed(
        "method",
        Form::Text,
        "The method of the request, or `clone` and `push` for Git.",
    ),
    Field::needed("url", Form::Text, "Its address, or its path."),
    Field::optional(
        "token_id",
        Form::Number,
        "One of one's own tokens, or what was made with one, asked about by its creator's sign-in; or the token that asks.",
    ),
    Field::optional(
        "ref",
        Form::Text,
        "For `push`: the ref that would be written, by its full name, as `refs/heads/main`.",
    ),
])
.answers(200, "Explanation")];

#[derive(Deserialize)]
struct Asked {
    method: String,
    url: String,
    #[serde(default)]
    token_id: Option<i64>,
    #[serde(default, rename = "ref")]
    ref_name: Option<String>,
}

fn ask(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let asked: Asked = input.read("Explain")?;
    let token = match asked.token_id {
        Some(id) => Some(TokenId::from_i64(id).ok_or(AppError::Missing("token"))?),
        None => None,
    };
    let path = own_path(app, input, &asked.url)?;
    let Some(resolved) = app.resolve(&asked.method, path) else {
        return Err(AppError::invalid(
            "Explain",
            "url",
            "with this method is no operation of this server",
        ));
    };
    let about = About {
        token,
        ref_name: asked.ref_name.as_deref(),
        token_in_url: holds_token(&asked.url),
    };
    let explanation = explain::explain(app, call, &resolved, &about)?;
    Ok(Answer::ok(&shape(app, call, &resolved, &explanation)))
}

/// The path of an address of this site: by its public address, or by the name that the question itself
/// came by. What another site would say is not ours to tell.
fn own_path<'a>(app: &App, input: &Input, url: &'a str) -> Result<&'a str, AppError> {
    let Some((scheme, rest)) = url.split_once("://") else {
        return Ok(url);
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    if authority.contains('@') {
        return Err(AppError::invalid(
            "Explain",
            "url",
            "holds a user name or a password: leave it out",
        ));
    }
    let host = input
        .header(HOST)
        .and_then(|host| str::from_utf8(host).ok());
    let own = app.public_url();
    let (own_scheme, own_authority) = own.split_once("://").unwrap_or(("https", own));
    let named = without_port(scheme, authority);
    let ours = named.eq_ignore_ascii_case(without_port(own_scheme, own_authority))
        || host.is_some_and(|host| named.eq_ignore_ascii_case(without_port(scheme, host)));
    if !ours {
        return Err(AppError::invalid(
            "Explain",
            "url",
            format!("is of another site: this one is {own}"),
        ));
    }
    Ok(if path.is_empty() { "/" } else { path })
}

/// An authority without the port that its scheme has anyway.
fn without_port<'a>(scheme: &str, authority: &'a str) -> &'a str {
    let port = if scheme.eq_ignore_ascii_case("http") {
        ":80"
    } else {
        ":443"
    };
    authority.strip_suffix(port).unwrap_or(authority)
}

fn sets(sets: &[&[Requirement]]) -> Vec<Vec<Value>> {
    sets.iter()
        .map(|set| {
            set.iter()
                .map(|r| json!({ "key": r.key, "level": r.level.name() }))
                .collect()
        })
        .collect()
}

/// What would be answered, in the answer's own words.
struct Said {
    status: u16,
    message: String,
    reason: Option<String>,
    layer: Option<&'static str>,
    fix: Fix,
}

fn said(app: &App, call: &Call, resolved: &Resolved, explanation: &Explanation) -> Said {
    if let Some(refusal) = &explanation.refusal {
        // On a 404 nothing is said of the thing: only the decision's own answer.
        let told = refusal.missing.is_some();
        let sentences = refusal.sentences();
        return Said {
            status: refusal.denial.status.code(),
            message: if sentences.is_empty() {
                "Not Found".to_owned()
            } else {
                sentences.join(" ")
            },
            reason: told.then(|| refusal.denial.reason.code().to_owned()),
            layer: told.then(|| refusal.denial.reason.layer().name()),
            fix: refusal.fix.clone(),
        };
    }
    if let Some(error) = &explanation.rule {
        let refused = Refused::from_error(app, call.door, error, &call.request_id);
        return Said {
            status: refused.status.as_u16(),
            message: refused.sentences().join(" "),
            reason: refused.code().map(ToOwned::to_owned),
            layer: (refused.status.as_u16() != 404).then_some(explain::RULE),
            fix: Fix::default(),
        };
    }
    Said {
        status: if explanation.moved {
            resolved.moved
        } else {
            resolved.status
        },
        message: match (explanation.moved, explanation.anonymous_view) {
            (true, _) => "Allowed; the answer leads to its present name.",
            (false, true) => "Allowed, with what anybody sees.",
            (false, false) => "Allowed.",
        }
        .to_owned(),
        reason: None,
        layer: None,
        fix: Fix::default(),
    }
}

fn shape(app: &App, call: &Call, resolved: &Resolved, explanation: &Explanation) -> Value {
    let layers: Vec<Value> = explanation
        .layers
        .iter()
        .map(|layer| {
            json!({
                "layer": layer.layer,
                "passes": layer.passes,
                "reason": layer.reason.as_ref().map(|r| r.code),
                "message": layer.reason.as_ref().map(|r| &r.sentence).or(layer.note.as_ref()),
            })
        })
        .collect();
    let said = said(app, call, resolved, explanation);
    json!({
        "operation": explanation.operation.name,
        "sentence": explanation.operation.sentence,
        "allowed": explanation.allowed(),
        "anonymous_view": explanation.anonymous_view,
        "status": said.status,
        "reason": said.reason,
        "layer": said.layer,
        "message": said.message,
        "accepted_permissions": sets(explanation.operation.sets),
        "accepted_scopes": explanation.operation.scopes.iter().map(|scope| scope.name()).collect::<Vec<_>>(),
        "checks": layers,
        "fix": said.fix.command,
        "fix_url": said.fix.url,
    })
}
