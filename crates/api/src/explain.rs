//! 'May I, and if not, why?'

use jeton_app::explain::{self, Explanation};
use jeton_app::{App, AppError, Call, Refusal};
use jeton_domain::{Id, Least, Operation, Requirement, TargetKind, TokenId};
use jeton_http::{Answer, Field, Form, Input, Method, Names, Route};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::operation::{NO_PERMISSION, reading};

static EXPLAIN: Operation = reading(
    "explain",
    "Ask what would come of a request, without making it.",
    TargetKind::Own,
    NO_PERMISSION,
    Least::Person,
);

/// The route.
pub(crate) static ROUTES: &[Route] =
    &[
        Route::new(Method::Post, "/explain", &EXPLAIN, Names::Own, ask)
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
                    "One of one's own tokens, asked about by its creator's sign-in.",
                ),
            ])
            .answers(200, "Explanation"),
    ];

#[derive(Deserialize)]
struct Asked {
    method: String,
    url: String,
    #[serde(default)]
    token_id: Option<i64>,
}

fn ask(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let asked: Asked = input.read("Explain")?;
    let token = match asked.token_id {
        Some(id) => Some(TokenId::from_i64(id).ok_or(AppError::Missing("token"))?),
        None => None,
    };
    let Some((operation, named)) = app.resolve(&asked.method, &asked.url) else {
        return Err(AppError::invalid(
            "Explain",
            "url",
            "with this method is no operation of this server",
        ));
    };
    let explanation = explain::explain(app, call, operation, &named, token)?;
    Ok(Answer::ok(&shape(&explanation)))
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

fn shape(explanation: &Explanation) -> Value {
    let refusal = explanation.refusal.as_ref();
    // On a 404 nothing is said of the thing: only the decision's own answer.
    let told = refusal.filter(|r| r.missing.is_some());
    let layers: Vec<Value> = explanation
        .layers
        .iter()
        .map(|layer| {
            json!({
                "layer": layer.layer,
                "passes": layer.passes,
                "reason": layer.reason.as_ref().map(|r| r.code),
                "message": layer.reason.as_ref().map(|r| r.sentence.as_str()),
            })
        })
        .collect();
    let message = match refusal {
        None if explanation.anonymous_view => "Allowed, with what anybody sees.".to_owned(),
        None => "Allowed.".to_owned(),
        Some(refusal) => {
            let sentences = refusal.sentences();
            if sentences.is_empty() {
                "Not Found".to_owned()
            } else {
                sentences.join(" ")
            }
        }
    };
    json!({
        "operation": explanation.operation.name,
        "sentence": explanation.operation.sentence,
        "allowed": explanation.allowed,
        "anonymous_view": explanation.anonymous_view,
        "status": refusal.map_or(200, |r| r.denial.status.code()),
        "reason": told.map(|r| r.denial.reason.code()),
        "layer": told.map(|r| r.denial.reason.layer().name()),
        "message": message,
        "accepted_permissions": sets(explanation.operation.sets),
        "checks": layers,
        "fix_url": told.and_then(|r: &Refusal| r.fix_url.clone()),
    })
}
