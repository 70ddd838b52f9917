//! Setting a secret, for the first time or to another value. What is typed as its value stands in no page.

use askama::Template;
use jeton_api::ops;
use jeton_app::job_secrets::{self, GivenValue, NewSecret, SecretValue};
use jeton_app::{App, AppError, Call, Named, repositories};
use jeton_domain::JobSecretVisibility;
use jeton_http::{Answer, Input};

use super::{VALUE, around, as_one, operations, whose};
use crate::around::Around;
use crate::{Faults, Frame, Said, Visit, settings};

/// Repositories that a secret is for at most.
const MOST: u32 = 1000;

/// What the form holds, but for the value.
#[derive(Debug, Default)]
struct Filled {
    name: String,
    visibility: String,
    /// Names of repositories, one in a line.
    repositories: String,
}

impl Filled {
    fn typed(input: &Input) -> Self {
        let name = match input.path("secret_name") {
            "" => input.field("name").trim(),
            named => named,
        };
        Self {
            name: name.to_owned(),
            visibility: input.field("visibility").to_owned(),
            repositories: input.field("repositories").to_owned(),
        }
    }
}

#[derive(Template)]
#[template(path = "secrets/form.html")]
struct Page {
    frame: Frame,
    around: Around,
    title: &'static str,
    /// It is there already: its name stays.
    replaces: bool,
    /// It is for some repositories, which are chosen here.
    chooses: bool,
    filled: Filled,
    faults: Faults,
}

fn page(
    visit: &Visit<'_>,
    status: u16,
    around: Around,
    filled: Filled,
    faults: Faults,
) -> Result<Answer, AppError> {
    let replaces = !visit.input.path("secret_name").is_empty();
    let title = if replaces {
        "Replace the secret"
    } else {
        "New secret"
    };
    visit.page(
        status,
        &Page {
            frame: visit.frame(format!("{title} of {}", whose(&around))),
            title,
            replaces,
            chooses: !matches!(around.home, Named::Repository(..)),
            filled,
            faults,
            around,
        },
    )
}

pub(super) fn blank(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let around = around(&visit)?;
    let filled = Filled {
        visibility: JobSecretVisibility::Private.name().to_owned(),
        ..Filled::default()
    };
    page(&visit, 200, around, filled, Faults::default())
}

pub(super) fn filled(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let around = around(&visit)?;
    let showing = as_one(&visit, &around, &operations(&around).get);
    let row = job_secrets::show(app, &showing, input.path("secret_name"))?;
    let mut filled = Filled {
        name: row.name,
        visibility: row
            .visibility
            .map_or_else(String::new, |seen| seen.name().to_owned()),
        repositories: String::new(),
    };
    let listing = match around.home {
        Named::Repository(..) => None,
        Named::Own => Some(&ops::job_secrets::PERSON_SELECTION.list),
        _ => Some(&ops::job_secrets::ORGANIZATION_SELECTION.list),
    };
    if let Some(listing) = listing {
        let listing = as_one(&visit, &around, listing);
        let list = job_secrets::repositories(app, &listing, &filled.name, 0, MOST)?;
        let names = list.items.iter().map(|view| match around.home {
            Named::Own => view.row.full_name(),
            _ => view.row.name.clone(),
        });
        filled.repositories = names.collect::<Vec<_>>().join("\n");
    }
    page(&visit, 200, around, filled, Faults::default())
}

pub(super) fn set(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let around = around(&visit)?;
    let filled = Filled::typed(input);
    // A browser sends a text area's line ends as two characters each.
    let value = input.field(VALUE).replace("\r\n", "\n");
    if value.is_empty() {
        let faults = Faults::one(VALUE, "Type the value; it is kept in no page.");
        return page(&visit, 422, around, filled, faults);
    }
    let chosen = match numbers(&visit, &around, &filled) {
        Ok(chosen) => chosen,
        Err(name) => {
            let fault = format!("There is no repository `{name}` that it could be for.");
            let faults = Faults::one("selected_repository_ids", fault);
            return page(&visit, 422, around, filled, faults);
        }
    };
    let new = NewSecret {
        name: filled.name.clone(),
        value: GivenValue::Typed(SecretValue::typed(value)),
        visibility: JobSecretVisibility::parse(&filled.visibility),
        repositories: chosen,
    };
    match job_secrets::put(app, call, &new) {
        Ok(_) => Ok(Said::SECRET_SET.redirect(app, &around.root)),
        Err(error) => {
            let faults = Faults::of(error)?;
            page(&visit, 422, around, filled, faults)
        }
    }
}

/// The numbers of the repositories that were typed, or the name that leads to none.
fn numbers(
    visit: &Visit<'_>,
    around: &Around,
    filled: &Filled,
) -> Result<Option<Vec<i64>>, String> {
    let selected = match around.home {
        Named::Repository(..) => return Ok(None),
        Named::Own => true,
        _ => filled.visibility == JobSecretVisibility::Selected.name(),
    };
    if !selected {
        return Ok(None);
    }
    let names = filled.repositories.split([',', ' ', '\r', '\n']);
    let names: Vec<&str> = names.filter(|name| !name.is_empty()).collect();
    let mut numbers = Vec::with_capacity(names.len());
    for (before, name) in names.into_iter().enumerate() {
        let (owner, repository) = match (name.split_once('/'), &around.home) {
            (Some((owner, repository)), _) => (owner.to_owned(), repository),
            (None, Named::Organization(org)) => (org.clone(), name),
            (None, _) => return Err(name.to_owned()),
        };
        let at = Named::Repository(owner, repository.to_owned());
        let call = visit.to(&repositories::GET, at);
        match repositories::show(visit.app, &call) {
            Ok(view) if before < MOST as usize => numbers.push(view.row.id.get()),
            _ => return Err(name.to_owned()),
        }
    }
    Ok(Some(numbers))
}
