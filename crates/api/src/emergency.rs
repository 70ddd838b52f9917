//! Ending credentials of others, many at once.

use jeton_app::emergency::{self, Aim, Struck, Target};
use jeton_app::{App, AppError, Call};
use jeton_domain::{Event, Least, Operation, TargetKind, Time};
use jeton_http::{Answer, Field, Form, Input, Method, Names, Route};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::operation::{person_changing, person_reading};
use crate::policy::window;

/// Look at it.
pub(crate) static PREVIEW: Operation = person_reading(
    "site.emergency_preview",
    "Tell which tokens and sign-ins an emergency would end, without ending any.",
    TargetKind::Site,
    Least::Administrator,
);
/// Do it.
pub(crate) static STRIKE: Operation = person_changing(
    "site.emergency",
    "End tokens and sign-ins of others at once and for good: by person, organization, kind, or the moment before which they were made.",
    TargetKind::Site,
    Least::Administrator,
    &[
        Event::SiteEmergency,
        Event::TokenDestroy,
        Event::AccessRevoke,
        Event::RequestCancel,
        Event::UserSignOut,
    ],
);

const KIND: Form = Form::OneOf(&["fine_grained", "client", "session"]);

const KINDS: Field = Field::needed(
    "kinds",
    Form::List(&KIND),
    "What to end: `fine_grained` tokens, signed-in `client`s, browsers' `session`s.",
);
const USER: Field = Field::optional("user", Form::Text, "Only what this person made.");
const ORGANIZATION: Field = Field::optional(
    "organization",
    Form::Text,
    "Only tokens for this organization's things.",
);
const BEFORE: Field = Field::optional(
    "issued_before",
    Form::Moment,
    "Only what was made before this moment.",
);

/// Ours.
pub(crate) static ROUTES: &[Route] = &[
    Route::new(
        Method::Post,
        "/site/emergency/preview",
        &PREVIEW,
        Names::Site,
        preview,
    )
    .body(&[KINDS, USER, ORGANIZATION, BEFORE])
    .paged()
    .answers(200, "Emergency"),
    Route::new(
        Method::Post,
        "/site/emergency",
        &STRIKE,
        Names::Site,
        strike,
    )
    .body(&[
        KINDS,
        USER,
        ORGANIZATION,
        BEFORE,
        Field::optional(
            "reason",
            Form::Text,
            "Why, at most 1,024 characters; kept in the log.",
        ),
    ])
    .answers(200, "Emergency"),
];

#[derive(Deserialize)]
struct Body {
    kinds: Vec<String>,
    #[serde(default)]
    user: Option<String>,
    #[serde(default)]
    organization: Option<String>,
    #[serde(default)]
    issued_before: Option<String>,
    #[serde(default)]
    reason: Option<String>,
}

impl Body {
    fn aim(&self) -> Aim {
        Aim {
            kinds: self
                .kinds
                .iter()
                .filter_map(|kind| Target::parse(kind))
                .collect(),
            user: self.user.clone(),
            organization: self.organization.clone(),
            before: self.issued_before.as_deref().and_then(Time::parse_bound),
        }
    }
}

fn shape(struck: &Struck) -> Value {
    let page: Vec<Value> = struck
        .page
        .iter()
        .map(|token| {
            json!({
                "id": token.id,
                "name": token.name,
                "creator": token.creator,
                "owner": token.owner,
                "created_at": token.created_at.iso(),
                "last_used_at": token.used_at.map(Time::iso),
            })
        })
        .collect();
    json!({
        "tokens_total": struck.tokens,
        "creators_total": struck.people,
        "sign_ins_total": struck.sign_ins,
        "tokens": page,
    })
}

fn preview(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let body: Body = input.read("Emergency")?;
    let struck = emergency::preview(app, call, &body.aim(), window(input.page()))?;
    Ok(Answer::page(input, &shape(&struck), struck.tokens))
}

fn strike(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let body: Body = input.read("Emergency")?;
    let reason = body.reason.as_deref().unwrap_or_default();
    let struck = emergency::strike(app, call, &body.aim(), reason)?;
    Ok(Answer::ok(&shape(&struck)))
}
