//! A person's own classic tokens: what is theirs alone. Whatever else is done to a token is done to them as to others,
//! in [`crate::tokens`].

use jeton_app::tokens::{self, ClassicEdit, NewClassicToken};
use jeton_app::{App, AppError, Call};
use jeton_domain::{ClassicScope, Event, Least, Operation, Scopes, TargetKind};
use jeton_http::{Answer, Field, Form, Input, Method, Names, Route};
use serde_json::{Value, json};

use crate::operation::{NO_PERMISSION, confirmed, person_changing, person_reading, public, scoped};
use crate::tokens::{id, next_steps};
use crate::{forms, token_shapes as shapes};

pub(crate) static SCOPES: Operation = scoped(
    public(
        "scopes.list",
        "List the scopes that a classic token may hold.",
        TargetKind::Site,
        NO_PERMISSION,
    ),
    &[],
);
pub(crate) static PREVIEW: Operation = person_reading(
    "classic_token.preview",
    "Say what would come of a classic token, without making it.",
    TargetKind::Own,
    Least::Person,
);
pub(crate) static CREATE: Operation = confirmed(person_changing(
    "classic_token.create",
    "Make a classic token.",
    TargetKind::Own,
    Least::Person,
    &[Event::TokenCreate, Event::TokenRegenerate],
));
/// What adds nothing needs no confirmation, a further scope does: the body says which.
pub(crate) static EDIT: Operation = person_changing(
    "classic_token.edit",
    "Change one's own classic token. Giving more takes a sign-in that was confirmed lately.",
    TargetKind::Own,
    Least::Person,
    &[Event::TokenUpdate],
);

const SCOPE_NAMES: Form = Form::Texts;
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
        "scopes",
        SCOPE_NAMES,
        "Names of scopes. Without any it reads what everybody may.",
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
];
/// A preview takes a form that is not filled in yet.
const PREVIEWED: &[Field] = &[
    Field::optional("name", Form::Text, "As in making a token."),
    Field::optional("description", Form::Text, "As in making a token."),
    Field::optional("scopes", SCOPE_NAMES, "As in making a token."),
    Field::optional("expires_in", forms::EXPIRES_IN, "As in making a token."),
    Field::optional("expires_at", forms::EXPIRES_AT, "As in making a token."),
];
const EDITED: &[Field] = &[
    Field::optional("name", Form::Text, "Another name."),
    Field::optional("description", Form::Text, "Another description."),
    Field::optional(
        "scopes",
        SCOPE_NAMES,
        "Other scopes: all that it is to hold.",
    ),
];

/// The routes.
pub(crate) static ROUTES: &[Route] = &[
    Route::new(Method::Get, "/scopes", &SCOPES, Names::Site, scopes).answers(200, "Scopes"),
    Route::new(Method::Post, "/classic-tokens", &CREATE, Names::Own, create)
        .body(NEW)
        .rule(|unit, acting, _| tokens::may_create(unit, acting))
        .answers(201, "NewToken"),
    Route::new(
        Method::Post,
        "/classic-tokens/preview",
        &PREVIEW,
        Names::Own,
        preview,
    )
    .body(PREVIEWED)
    .answers(200, "ClassicPreview"),
    Route::new(
        Method::Patch,
        "/classic-tokens/{token_id}",
        &EDIT,
        Names::Own,
        edit,
    )
    .body(EDITED)
    .rule(|unit, acting, input| tokens::may_edit_classic(unit, acting, id(input)?).map(drop))
    .answers(200, "Token"),
];

fn scopes(app: &App, call: &Call, _: &Input) -> Result<Answer, AppError> {
    jeton_app::site::open(app, call)?;
    let entries: Vec<Value> = ClassicScope::all()
        .iter()
        .map(|entry| {
            json!({
                "name": entry.name,
                "parent": entry.parent.map(ClassicScope::name),
                "sentence": entry.sentence,
                "used": entry.used,
            })
        })
        .collect();
    Ok(Answer::ok(&entries))
}

fn create(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let new: NewClassicToken = input.read("PersonalAccessToken")?;
    let created = tokens::create_classic(app, call, &new, input.idempotency_key()?)?;
    let mut body = shapes::token(&created.view);
    shapes::merge(
        &mut body,
        json!({
            "token": created.secret.expose(),
            "overview": shapes::overview(&created.overview),
            "next": next_steps(app, false, &created.view.owner.0),
        }),
    );
    Ok(Answer::created(&body))
}

fn preview(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let new: NewClassicToken = input.read("PersonalAccessToken")?;
    let preview = tokens::preview_classic(app, call, &new)?;
    let refusing: Vec<Value> = preview
        .refusing
        .iter()
        .map(|(owner, sentence)| json!({ "owner": owner, "sentence": sentence }))
        .collect();
    let (owner, permissions) = &preview.nearest;
    Ok(Answer::ok(&json!({
        "overview": preview.overview.as_ref().map(shapes::overview),
        "scopes": names(preview.scopes),
        "private_repositories": preview.reach.private,
        "public_repositories": preview.reach.public,
        "refused_by": refusing,
        "nearest": { "owner": owner, "permissions": shapes::permissions(permissions) },
        "maximum_days": shapes::maximum(preview.maximum),
        "faults": shapes::faults(&preview.faults),
    })))
}

fn names(scopes: Scopes) -> Vec<&'static str> {
    scopes.normalised().map(|entry| entry.name).collect()
}

fn edit(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let edit: ClassicEdit = input.read("PersonalAccessToken")?;
    let view = tokens::edit_classic(app, call, id(input)?, &edit)?;
    Ok(Answer::ok(&shapes::token(&view)))
}
