//! A person's own tokens.

use jeton_app::tokens::{self, NewToken, RotateToken, TokenEdit};
use jeton_app::{App, AppError, Call};
use jeton_domain::{Clean, CredentialKind, Event, Id, Least, Operation, TargetKind, TokenId};
use jeton_http::{Answer, Field, Form, Input, Method, Names, Route};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::operation::{
    NO_PERMISSION, about_itself, confirmed, person_changing, person_reading, reading, scoped,
    with_jobs,
};
use crate::{forms, token_shapes as shapes};

const fn looking(name: &'static str, sentence: &'static str) -> Operation {
    person_reading(name, sentence, TargetKind::Own, Least::Person)
}

const fn change(name: &'static str, sentence: &'static str, events: &'static [Event]) -> Operation {
    person_changing(name, sentence, TargetKind::Own, Least::Person, events)
}

pub(crate) static LIST: Operation = looking("token.list", "List one's own tokens.");
pub(crate) static SHOW: Operation = looking("token.get", "Show one of one's own tokens.");
pub(crate) static OWNERS: Operation =
    looking("token.owners", "List whose things one's tokens may reach.");
pub(crate) static PREVIEW: Operation = looking(
    "token.preview",
    "Say what would come of a token, without making it.",
);
pub(crate) static ACTIVITY: Operation =
    looking("token.activity", "Show what one's own token was used for.");
pub(crate) static CREATE: Operation = confirmed(change(
    "token.create",
    "Make a fine-grained token.",
    &[
        Event::TokenCreate,
        Event::TokenRegenerate,
        Event::RequestCreate,
        Event::AccessGrant,
    ],
));
/// What adds nothing needs no confirmation, what widens does: the body says which.
pub(crate) static EDIT: Operation = change(
    "token.edit",
    "Change one's own token. Giving more takes a sign-in that was confirmed lately.",
    &[
        Event::TokenUpdate,
        Event::RequestCreate,
        Event::RequestCancel,
        Event::AccessGrant,
    ],
);
pub(crate) static ROTATE: Operation = confirmed(change(
    "token.rotate",
    "Give one's own token a new value.",
    &[
        Event::TokenRegenerate,
        Event::RequestCreate,
        Event::RequestCancel,
        Event::AccessGrant,
    ],
));
pub(crate) static FINISH: Operation = change(
    "token.finish",
    "End the earlier value of a rotated token.",
    &[Event::TokenRotationFinish],
);
pub(crate) static SUSPEND: Operation = change(
    "token.suspend",
    "Stop one's own token for a while.",
    &[Event::TokenSuspend],
);
pub(crate) static RESUME: Operation = confirmed(change(
    "token.resume",
    "Let one's own suspended token go on.",
    &[Event::TokenResume],
));
pub(crate) static REVOKE: Operation = change(
    "token.revoke",
    "End one's own token for ever.",
    &[
        Event::TokenDestroy,
        Event::AccessRevoke,
        Event::RequestCancel,
    ],
);
pub(crate) static DELETE: Operation = change(
    "token.delete",
    "End one's own token for ever and take it off the list.",
    &[
        Event::TokenDestroy,
        Event::AccessRevoke,
        Event::RequestCancel,
    ],
);
pub(crate) static ASK: Operation = confirmed(change(
    "token.ask",
    "Ask the owner again for a token's access.",
    &[
        Event::RequestCreate,
        Event::RequestCancel,
        Event::AccessGrant,
    ],
));
pub(crate) static CANCEL: Operation = change(
    "token.cancel_request",
    "Take a token's waiting request back.",
    &[Event::RequestCancel],
);

/// Open to every live credential: it concerns nothing but the credential.
pub(crate) static SELF: Operation = with_jobs(scoped(
    about_itself(reading(
        "token.self",
        "Tell a credential what it is and may do.",
        TargetKind::Own,
        NO_PERMISSION,
        Least::Person,
    )),
    &[],
));

const NEW: &[Field] = &[
    Field::needed(
        "name",
        Form::Text,
        "The token's name, at most 40 characters, unique among one's tokens.",
    ),
    Field::optional(
        "description",
        Form::Text,
        "What it is for, at most 1,024 characters.",
    ),
    Field::optional(
        "owner",
        Form::Text,
        "Whose things it reaches: oneself, or an organization. Oneself, if not said.",
    ),
    Field::optional(
        "justification",
        Form::Text,
        "Why the owner should approve it, at most 1,024 characters.",
    ),
    Field::optional(
        "expires_in",
        forms::EXPIRES_IN,
        "Days, 1 to 366, or `none`. 30, if not said.",
    ),
    Field::optional(
        "expires_at",
        forms::EXPIRES_AT,
        "A date or moment, instead of `expires_in`.",
    ),
    Field::optional(
        "repositories",
        forms::SELECTION,
        "`public`, `all`, or a list of names. `public`, if not said.",
    ),
    Field::optional(
        "packages",
        forms::PACKAGES,
        "A list of names, `@owner/name` or `name`, there already or not yet: it reaches these packages alone. `by_repository`, if not said: those of its repositories.",
    ),
    Field::optional("permissions", Form::TextByName, "Levels by permission."),
    Field::optional(
        "conditions",
        forms::CONDITIONS,
        "A list of sets of conditions; all must hold. A set, of which each part may be left out: \
         `{\"addresses\": {\"only\": [\"192.0.2.0/24\"]}, \
         \"hours\": {\"within\": {\"zone\": \"Europe/Berlin\", \"from\": 480, \"to\": 1080, \"days\": 31}}, \
         \"refs\": {\"only\": {\"patterns\": [\"refs/heads/agent/*\"], \"no_force\": true, \"no_delete\": true}}}`; \
         minutes after midnight, days as bits from Monday 1 to Sunday 64; in a pattern `*` stands for any run \
         without `/`, `**` for any run.",
    ),
];

/// A preview takes a form that is not filled in yet.
const PREVIEWED: &[Field] = &[
    Field::optional("name", Form::Text, "As in making a token."),
    Field::optional("description", Form::Text, "As in making a token."),
    Field::optional("owner", Form::Text, "As in making a token."),
    Field::optional("justification", Form::Text, "As in making a token."),
    Field::optional("expires_in", forms::EXPIRES_IN, "As in making a token."),
    Field::optional("expires_at", forms::EXPIRES_AT, "As in making a token."),
    Field::optional("repositories", forms::SELECTION, "As in making a token."),
    Field::optional("packages", forms::PACKAGES, "As in making a token."),
    Field::optional("permissions", Form::TextByName, "As in making a token."),
    Field::optional("conditions", forms::CONDITIONS, "As in making a token."),
];

const EDITED: &[Field] = &[
    Field::optional("name", Form::Text, "Another name."),
    Field::optional("description", Form::Text, "Another description."),
    Field::optional(
        "justification",
        Form::Text,
        "Why the owner should approve more.",
    ),
    Field::optional(
        "repositories",
        forms::SELECTION,
        "Other repositories: `public`, `all`, or the whole list.",
    ),
    Field::optional(
        "packages",
        forms::PACKAGES,
        "Other packages: `by_repository`, or the whole list.",
    ),
    Field::optional(
        "permissions",
        Form::TextByName,
        "Other permissions: the whole set.",
    ),
    Field::optional(
        "conditions",
        forms::CONDITIONS,
        "Other conditions: the whole list.",
    ),
];

const ROTATED: &[Field] = &[
    Field::optional(
        "expires_in",
        forms::EXPIRES_IN,
        "Days, or `none`; as long as the old value lived, if not said.",
    ),
    Field::optional(
        "expires_at",
        forms::EXPIRES_AT,
        "A date or moment, instead of `expires_in`.",
    ),
    Field::optional(
        "overlap_seconds",
        Form::NumberIn(0, 4_294_967_295),
        "How long the old value goes on: 86,400 if not said; may be 0.",
    ),
    Field::optional(
        "until",
        Form::OneOf(&["first_use"]),
        "End the old value when the new one is first used.",
    ),
    Field::optional(
        "replace",
        Form::Boolean,
        "End an earlier rotation's overlap.",
    ),
];

/// The routes.
pub(crate) static ROUTES: &[Route] = &[
    Route::new(Method::Get, "/tokens", &LIST, Names::Own, list)
        .paged()
        .query(&[Field::optional(
            "kind",
            Form::OneOf(&["fine_grained", "classic"]),
            "Only tokens of this kind.",
        )])
        .answers(200, "Tokens"),
    Route::new(Method::Post, "/tokens", &CREATE, Names::Own, create)
        .body(NEW)
        .rule(|unit, acting, _| tokens::may_create(unit, acting))
        .answers(201, "NewToken"),
    Route::new(Method::Get, "/tokens/owners", &OWNERS, Names::Own, owners)
        .answers(200, "TokenOwners"),
    Route::new(
        Method::Post,
        "/tokens/preview",
        &PREVIEW,
        Names::Own,
        preview,
    )
    .body(PREVIEWED)
    .answers(200, "Preview"),
    Route::new(Method::Get, "/tokens/{token_id}", &SHOW, Names::Own, show)
        .rule(|unit, acting, input| tokens::own(unit, acting, id(input)?).map(drop))
        .answers(200, "Token"),
    Route::new(Method::Patch, "/tokens/{token_id}", &EDIT, Names::Own, edit)
        .body(EDITED)
        .rule(|unit, acting, input| tokens::editable(unit, acting, id(input)?).map(drop))
        .answers(200, "Token"),
    Route::new(
        Method::Delete,
        "/tokens/{token_id}",
        &DELETE,
        Names::Own,
        delete,
    )
    .rule(|unit, acting, input| tokens::own(unit, acting, id(input)?).map(drop))
    .answers(200, "Effective"),
    Route::new(
        Method::Post,
        "/tokens/{token_id}/rotate",
        &ROTATE,
        Names::Own,
        rotate,
    )
    .body(ROTATED)
    .rule(|unit, acting, input| tokens::kept_on(unit, acting, id(input)?).map(drop))
    .answers(201, "NewToken"),
    Route::new(
        Method::Post,
        "/tokens/{token_id}/finish",
        &FINISH,
        Names::Own,
        finish,
    )
    .rule(|unit, acting, input| tokens::may_finish(unit, acting, id(input)?).map(drop))
    .answers(200, "Token"),
    Route::new(
        Method::Post,
        "/tokens/{token_id}/suspend",
        &SUSPEND,
        Names::Own,
        suspend,
    )
    .rule(|unit, acting, input| tokens::may_suspend(unit, acting, id(input)?).map(drop))
    .answers(200, "Token"),
    Route::new(
        Method::Post,
        "/tokens/{token_id}/resume",
        &RESUME,
        Names::Own,
        resume,
    )
    .rule(|unit, acting, input| tokens::may_resume(unit, acting, id(input)?).map(drop))
    .answers(200, "Token"),
    Route::new(
        Method::Post,
        "/tokens/{token_id}/revoke",
        &REVOKE,
        Names::Own,
        revoke,
    )
    .rule(|unit, acting, input| tokens::own(unit, acting, id(input)?).map(drop))
    .answers(200, "Effective"),
    Route::new(
        Method::Post,
        "/tokens/{token_id}/request",
        &ASK,
        Names::Own,
        ask,
    )
    .body(&[Field::optional(
        "justification",
        Form::Text,
        "Why the owner should approve it now.",
    )])
    .rule(|unit, acting, input| tokens::may_ask(unit, acting, id(input)?).map(drop))
    .answers(200, "Token"),
    Route::new(
        Method::Post,
        "/tokens/{token_id}/cancel-request",
        &CANCEL,
        Names::Own,
        cancel,
    )
    .rule(|unit, acting, input| tokens::may_cancel(unit, acting, id(input)?).map(drop))
    .answers(200, "Token"),
    Route::new(
        Method::Get,
        "/tokens/{token_id}/activity",
        &ACTIVITY,
        Names::Own,
        activity,
    )
    .query(&[Field::optional(
        "hours",
        Form::NumberIn(1, 87_600),
        "How far back: 168, if not said.",
    )])
    .rule(|unit, acting, input| tokens::own(unit, acting, id(input)?).map(drop))
    .answers(200, "Activity"),
    Route::new(Method::Get, "/token", &SELF, Names::Own, oneself).answers(200, "Oneself"),
];

pub(crate) fn id(input: &Input) -> Result<TokenId, AppError> {
    TokenId::from_i64(input.id("token_id")?).ok_or(AppError::Missing("token"))
}

fn list(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let page = input.page();
    let kinds = match input.query("kind") {
        Some("fine_grained") => &[CredentialKind::FineGrained][..],
        Some("classic") => &[CredentialKind::Classic],
        _ => &[CredentialKind::FineGrained, CredentialKind::Classic],
    };
    let (views, total) = tokens::list(app, call, kinds, page.offset(), page.size)?;
    let items: Vec<Value> = views.iter().map(shapes::token).collect();
    Ok(Answer::page(input, &items, total))
}

fn create(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let new: NewToken = input.read("PersonalAccessToken")?;
    let created = tokens::create(app, call, &new, input.idempotency_key()?)?;
    let mut body = shapes::token(&created.view);
    let next = next_steps(
        app,
        created.view.row.standing == jeton_domain::Standing::Pending,
        &created.view.owner.0,
    );
    shapes::merge(
        &mut body,
        json!({ "token": created.secret.expose(), "overview": shapes::overview(&created.overview), "next": next }),
    );
    Ok(Answer::created(&body))
}

pub(crate) fn next_steps(app: &App, pending: bool, owner: &str) -> Vec<String> {
    let mut next = vec!["Copy the value now: it is shown this once and stored nowhere.".to_owned()];
    if pending {
        next.push(format!(
            "The owners of {} were asked. Until one approves, the token reads public things only.",
            owner.plain()
        ));
    }
    next.push(format!(
        "Git: clone {}/OWNER/NAME.git and give the value as the password.",
        app.public_url()
    ));
    next
}

fn preview(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let new: NewToken = input.read("PersonalAccessToken")?;
    let preview = tokens::preview(app, call, &new)?;
    Ok(Answer::ok(&json!({
        "overview": preview.overview.as_ref().map(shapes::overview),
        "needs_approval": preview.needs_approval,
        "approved_by_rule": preview.rule,
        "maximum_days": shapes::maximum(preview.maximum),
        "default_days": preview.default_days,
        "choices": preview.choices,
        "faults": shapes::faults(&preview.faults),
    })))
}

fn owners(app: &App, call: &Call, _: &Input) -> Result<Answer, AppError> {
    let choices: Vec<Value> = tokens::owners(app, call)?
        .iter()
        .map(|choice| {
            json!({
                "login": choice.login,
                "type": if choice.organization { "Organization" } else { "User" },
                "approval_required": choice.approval_required,
                "second_factor_missing": choice.factor_missing,
                "maximum_days": shapes::maximum(choice.maximum),
            })
        })
        .collect();
    Ok(Answer::ok(&choices))
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    Ok(Answer::ok(&shapes::token(&tokens::show(
        app,
        call,
        id(input)?,
    )?)))
}

fn edit(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let edit: TokenEdit = input.read("PersonalAccessToken")?;
    Ok(Answer::ok(&shapes::token(&tokens::edit(
        app,
        call,
        id(input)?,
        &edit,
    )?)))
}

fn rotate(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let how: RotateToken = input.read("PersonalAccessToken")?;
    let rotated = tokens::rotate(app, call, id(input)?, &how, input.idempotency_key()?)?;
    let mut body = shapes::token(&rotated.view);
    shapes::merge(
        &mut body,
        json!({ "token": rotated.secret.expose(), "old_ends_at": rotated.old_ends_at.map(jeton_domain::Time::iso), "requested_expires_at": rotated.asked_end.map(jeton_domain::Expiry::text) }),
    );
    Ok(Answer::created(&body))
}

fn finish(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    Ok(Answer::ok(&shapes::token(&tokens::finish(
        app,
        call,
        id(input)?,
    )?)))
}

fn suspend(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    Ok(Answer::ok(&shapes::token(&tokens::suspend(
        app,
        call,
        id(input)?,
    )?)))
}

fn resume(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    Ok(Answer::ok(&shapes::token(&tokens::resume(
        app,
        call,
        id(input)?,
    )?)))
}

/// No request is accepted on this node and its transfers are cut: true when this is sent.
pub(crate) fn effective() -> Answer {
    Answer::ok(&json!({ "effective": "node" }))
}

fn revoke(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    tokens::revoke(app, call, id(input)?)?;
    Ok(effective())
}

fn delete(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    tokens::delete(app, call, id(input)?)?;
    Ok(effective())
}

#[derive(Deserialize)]
struct Asked {
    justification: Option<String>,
}

fn ask(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let asked: Asked = input.read("PersonalAccessToken")?;
    Ok(Answer::ok(&shapes::token(&tokens::ask_again(
        app,
        call,
        id(input)?,
        asked.justification.as_deref(),
    )?)))
}

fn cancel(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    Ok(Answer::ok(&shapes::token(&tokens::cancel_request(
        app,
        call,
        id(input)?,
    )?)))
}

fn activity(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let hours = input.query_number("hours")?.unwrap_or(168);
    let usage = tokens::usage(
        app,
        call,
        id(input)?,
        u32::try_from(hours).unwrap_or(u32::MAX),
    )?;
    let last = usage.view.uses.first().map(|u| {
        json!({ "at": u.at.iso(), "address": u.address, "door": u.door, "operation": u.operation })
    });
    let hours: Vec<Value> = usage
        .hours
        .iter()
        .map(|h| json!({ "hour": h.hour.iso(), "operation": h.operation, "verdict": h.verdict, "count": h.count }))
        .collect();
    let secrets = shapes::token(&usage.view)
        .get_mut("secrets")
        .map(Value::take);
    Ok(Answer::ok(
        &json!({ "last_use": last, "secrets": secrets, "hours": hours }),
    ))
}

fn oneself(app: &App, call: &Call, _: &Input) -> Result<Answer, AppError> {
    let view = tokens::oneself(app, call)?;
    let mut body = match &view.token {
        Some(token) => shapes::token(token),
        None => json!({}),
    };
    shapes::merge(
        &mut body,
        json!({
            "kind": view.kind.name(),
            "creator": view.login,
            "expires_at": view.expiry.moment().map(jeton_domain::Time::iso),
            "policy": view.policy,
            "explain_url": format!("{}/api/jeton/v1/explain", app.public_url()),
        }),
    );
    Ok(Answer::ok(&body))
}
