//! Emergencies: what a person or an organization has, or what was made before a moment, looked at and ended.

use askama::Template;
use jeton_api::ops;
use jeton_app::emergency::{self, Aim, Target};
use jeton_app::foresight::Window;
use jeton_app::{App, AppError, Call, Named};
use jeton_domain::{Operation, Time};
use jeton_http::{Answer, Field, Form, Input, Method, Names, Route};

use super::{TOKENS, admin_page};
use crate::review::{counted, used};
use crate::{Faults, Frame, Said, Visit};

static PAGE: Operation = admin_page("page.emergency", "Show what an emergency would end.");

const QUERY: &[Field] = &[
    Field::optional("user", Form::Text, "Of this person."),
    Field::optional(
        "organization",
        Form::Text,
        "For this organization's things.",
    ),
    Field::optional("before", Form::Text, "Made before this moment."),
    Field::optional("kind", Form::Texts, "Of these kinds."),
];

pub(super) const ROUTES: &[Route] = &[
    Route::new(Method::Get, TOKENS, &PAGE, Names::Site, show).query(QUERY),
    Route::new(
        Method::Post,
        TOKENS,
        ops::emergency::STRIKE,
        Names::Site,
        strike,
    ),
];

const SHOWN: Window = Window {
    offset: 0,
    count: 50,
};

#[derive(Template)]
#[template(path = "admin/tokens.html")]
struct Page {
    frame: Frame,
    menu: &'static str,
    form: AimForm,
    fault: String,
    struck: Option<Struck>,
}

#[derive(Clone, Debug)]
struct AimForm {
    user: String,
    organization: String,
    before: String,
    reason: String,
    kinds: Vec<(&'static str, &'static str, bool)>,
    /// The form was sent, with whatever in it.
    asked: bool,
}

struct Struck {
    words: String,
    nothing: bool,
    tokens: Vec<Token>,
    more: u64,
    typed: String,
}

struct Token {
    name: String,
    creator: String,
    owner: String,
    made: String,
    used: String,
}

impl AimForm {
    fn of<'a>(field: impl Fn(&str) -> String, kinds: impl Iterator<Item = &'a str>) -> Self {
        let chosen: Vec<&str> = kinds.collect();
        Self {
            user: field("user"),
            organization: field("organization"),
            before: field("before"),
            reason: field("reason"),
            asked: false,
            kinds: Target::ALL
                .into_iter()
                .map(|kind| {
                    let title = match kind {
                        Target::FineGrained => "Fine-grained tokens",
                        Target::Classic => "Classic tokens",
                        Target::Oauth => "Tokens of OAuth applications",
                        Target::Child => "Children of other tokens",
                        Target::Job => "Tokens of jobs",
                        Target::Client => "Signed-in clients (jeton, credential helpers)",
                        Target::Session => "Browsers that are signed in",
                    };
                    // What somebody comes here for, where nothing is chosen yet.
                    let on = if chosen.is_empty() {
                        matches!(kind, Target::FineGrained | Target::Classic | Target::Oauth)
                    } else {
                        chosen.contains(&kind.name())
                    };
                    (kind.name(), title, on)
                })
                .collect(),
        }
    }

    fn aim(&self) -> Result<Aim, String> {
        let name = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        let before = match name(&self.before) {
            None => None,
            Some(text) => match Time::parse_iso(&text) {
                Some(moment) => Some(moment),
                None => {
                    return Err(
                        "The moment takes a form such as 2026-11-21 or 2026-11-21T08:00:00Z."
                            .to_owned(),
                    );
                }
            },
        };
        Ok(Aim {
            kinds: self
                .kinds
                .iter()
                .filter(|(_, _, on)| *on)
                .filter_map(|(kind, _, _)| Target::parse(kind))
                .collect(),
            user: name(&self.user),
            organization: name(&self.organization),
            before,
        })
    }

    /// What is typed to confirm: the name of whom it hits, else a word.
    fn typed(&self) -> String {
        [&self.user, &self.organization]
            .into_iter()
            .find(|name| !name.is_empty())
            .cloned()
            .unwrap_or_else(|| "end everything".to_owned())
    }
}

fn look(visit: &Visit<'_>, form: &AimForm) -> Result<Struck, AppError> {
    let aim = form
        .aim()
        .map_err(|words| AppError::invalid("Emergency", "issued_before", words))?;
    let call = visit.to(ops::emergency::PREVIEW, Named::Site);
    let seen = emergency::preview(visit.app, &call, &aim, SHOWN)?;
    let shown = u64::try_from(seen.page.len()).unwrap_or(u64::MAX);
    Ok(Struck {
        words: format!(
            "{} of {}, and {}.",
            counted(seen.tokens, "token", "tokens"),
            counted(seen.people, "person", "people"),
            counted(seen.sign_ins, "sign-in", "sign-ins")
        ),
        nothing: seen.tokens == 0 && seen.sign_ins == 0,
        more: seen.tokens.saturating_sub(shown),
        tokens: seen
            .page
            .iter()
            .map(|token| Token {
                name: token.name.clone(),
                creator: token.creator.clone(),
                owner: token.owner.clone(),
                made: token.created_at.date(),
                used: used(token.used_at, None),
            })
            .collect(),
        typed: form.typed(),
    })
}

fn page(
    visit: &Visit<'_>,
    status: u16,
    form: AimForm,
    fault: Option<String>,
) -> Result<Answer, AppError> {
    let (struck, fault, status) = if form.asked {
        match look(visit, &form) {
            Ok(struck) => (Some(struck), fault, status),
            Err(error) => {
                let faults = Faults::of(error)?;
                let first = faults.all().first().map(|(_, words)| words.clone());
                (None, fault.or(first), 422)
            }
        }
    } else {
        (None, fault, status)
    };
    visit.page(
        status,
        &Page {
            frame: visit.frame("Tokens and emergencies"),
            menu: TOKENS,
            form,
            fault: fault.unwrap_or_default(),
            struck,
        },
    )
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let field = |name: &str| input.query(name).unwrap_or_default().trim().to_owned();
    let form = AimForm {
        asked: QUERY.iter().any(|each| input.query(each.name).is_some()),
        ..AimForm::of(field, input.query_all("kind"))
    };
    page(&visit, 200, form, None)
}

fn strike(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let field = |name: &str| input.field(name).trim().to_owned();
    let form = AimForm {
        asked: true,
        ..AimForm::of(field, input.form_all("kind"))
    };
    if input.field("typed").trim() != form.typed() {
        let words = format!("Nothing was ended: type “{}” to confirm.", form.typed());
        return page(&visit, 422, form, Some(words));
    }
    let aim = match form.aim() {
        Ok(aim) => aim,
        Err(words) => return page(&visit, 422, form, Some(words)),
    };
    match emergency::strike(app, call, &aim, &form.reason) {
        Ok(_) => Ok(Said::EMERGENCY_DONE.redirect(app, TOKENS)),
        Err(error) => {
            let faults = Faults::of(error)?;
            let first = faults.all().first().map(|(_, words)| words.clone());
            page(&visit, 422, form, first)
        }
    }
}
