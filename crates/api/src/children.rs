//! Child tokens: what a credential makes from itself.

use jeton_app::tokens::children::{self, NewChild, Tree};
use jeton_app::{App, AppError, Call};
use jeton_domain::{Access, CredentialKind, Event, Kinds, Least, Operation, TargetKind};
use jeton_http::{Answer, Field, Form, Input, Method, Names, Route};
use serde_json::{Value, json};

use crate::operation::{NO_PERMISSION, person_changing, person_reading, reading};
use crate::tokens::{effective, id};
use crate::{forms, token_shapes as shapes};

/// What a door of the API is shown and is no sign-in.
const TOKENS: Kinds = Kinds::of(&[
    CredentialKind::FineGrained,
    CredentialKind::Classic,
    CredentialKind::OauthUser,
    CredentialKind::Child,
    CredentialKind::Job,
]);

/// Open to every live credential that is carried: it takes nothing but from the credential itself.
const fn of_itself(
    name: &'static str,
    sentence: &'static str,
    access: Access,
    events: &'static [Event],
) -> Operation {
    Operation {
        kinds: Kinds::CARRIED,
        access,
        events,
        ..reading(
            name,
            sentence,
            TargetKind::Own,
            NO_PERMISSION,
            Least::Person,
        )
    }
}

/// Make one.
pub(crate) static CREATE: Operation = of_itself(
    "child_token.create",
    "Make a child of the token, or the sign-in, that asks: never more than that, for a day at most. It dies with it.",
    Access::Write,
    &[Event::ChildTokenCreate],
);
/// List them.
pub(crate) static LIST: Operation = of_itself(
    "child_token.list",
    "List what was made from the token, or the sign-in, that asks, and what was made from that.",
    Access::Read,
    &[],
);
/// End one.
pub(crate) static END: Operation = of_itself(
    "child_token.end",
    "End a token that was made from the one that asks, with all that was made from it.",
    Access::Write,
    &[Event::ChildTokenDestroy],
);
/// End oneself.
pub(crate) static END_SELF: Operation = Operation {
    // Who signed a client in signs it out.
    kinds: TOKENS,
    ..of_itself(
        "token.end_self",
        "End the token that asks, with all that was made from it.",
        Access::Write,
        &[
            Event::TokenDestroy,
            Event::ChildTokenDestroy,
            Event::JobEnd,
            Event::AccessTokenDestroy,
            Event::AccessRevoke,
            Event::RequestCancel,
        ],
    )
};
/// List those of a token.
pub(crate) static OF_TOKEN: Operation = person_reading(
    "token.children",
    "List what was made from one of one's own tokens, and what was made from that.",
    TargetKind::Own,
    Least::Person,
);
/// End one of one's own.
pub(crate) static END_OWN: Operation = person_changing(
    "token.end_child",
    "End a child of one's own tokens or sign-ins, with all that was made from it.",
    TargetKind::Own,
    Least::Person,
    &[Event::ChildTokenDestroy],
);

const NEW: &[Field] = &[
    Field::optional(
        "name",
        Form::Text,
        "Its name, at most 40 characters; one that says from what it comes, if not said.",
    ),
    Field::optional(
        "description",
        Form::Text,
        "What it is for, at most 1,024 characters.",
    ),
    Field::optional(
        "expires_in",
        Form::NumberIn(1, 86_400),
        "Seconds: 3,600, if not said, and never longer than what it is made from.",
    ),
    Field::optional(
        "owner",
        Form::Text,
        "Whose things it reaches: that of the token, where that has one; oneself, if not said.",
    ),
    Field::optional(
        "repositories",
        forms::SELECTION,
        "`public`, `all`, or a list of names: those of the token, if not said. Needed where it has none.",
    ),
    Field::optional(
        "packages",
        forms::PACKAGES,
        "`by_repository` or a list of names: those of the token, if not said.",
    ),
    Field::optional(
        "permissions",
        Form::TextByName,
        "Levels by permission: those of the token, if not said. Needed where it has none.",
    ),
    Field::optional(
        "conditions",
        forms::CONDITIONS,
        "Conditions, as in making a token. Those of the token hold as well.",
    ),
];

/// The routes.
pub(crate) static ROUTES: &[Route] = &[
    Route::new(Method::Post, "/token/children", &CREATE, Names::Own, create)
        .body(NEW)
        .rule(|unit, acting, _| children::may_make(unit, acting))
        .answers(201, "NewChildToken"),
    Route::new(Method::Get, "/token/children", &LIST, Names::Own, list).answers(200, "TokenTrees"),
    Route::new(
        Method::Delete,
        "/token/children/{token_id}",
        &END,
        Names::Own,
        end,
    )
    .rule(|unit, acting, input| children::descendant(unit, acting, id(input)?).map(drop))
    .answers(200, "Effective"),
    Route::new(Method::Delete, "/token", &END_SELF, Names::Own, end_self)
        .rule(|unit, acting, _| children::oneself_row(unit, acting).map(drop))
        .answers(200, "Effective"),
    Route::new(
        Method::Get,
        "/tokens/{token_id}/children",
        &OF_TOKEN,
        Names::Own,
        of_token,
    )
    .rule(|unit, acting, input| jeton_app::tokens::own(unit, acting, id(input)?).map(drop))
    .answers(200, "TokenTrees"),
    Route::new(
        Method::Delete,
        "/children/{token_id}",
        &END_OWN,
        Names::Own,
        end_own,
    )
    .rule(|unit, acting, input| children::own_child(unit, acting, id(input)?).map(drop))
    .answers(200, "Effective"),
];

fn create(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let new: NewChild = input.read("PersonalAccessToken")?;
    let made = children::make(app, call, &new)?;
    let mut body = shapes::token(&made.view);
    shapes::merge(&mut body, json!({ "token": made.secret.expose() }));
    Ok(Answer::created(&body))
}

fn tree(tree: &Tree) -> Value {
    let mut body = shapes::token(&tree.view);
    let below: Vec<Value> = tree.children.iter().map(self::tree).collect();
    shapes::merge(&mut body, json!({ "children": below }));
    body
}

fn list(app: &App, call: &Call, _: &Input) -> Result<Answer, AppError> {
    let trees: Vec<Value> = children::of_oneself(app, call)?.iter().map(tree).collect();
    Ok(Answer::ok(&trees))
}

fn of_token(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let trees = children::of_token(app, call, id(input)?)?;
    Ok(Answer::ok(&trees.iter().map(tree).collect::<Vec<_>>()))
}

fn end(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    children::end_descendant(app, call, id(input)?)?;
    Ok(effective())
}

fn end_own(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    children::end_own_child(app, call, id(input)?)?;
    Ok(effective())
}

fn end_self(app: &App, call: &Call, _: &Input) -> Result<Answer, AppError> {
    children::end_oneself(app, call)?;
    Ok(effective())
}
