//! Making a repository.

use askama::Template;
use jeton_api::ops;
use jeton_app::repositories::{self, NewRepository};
use jeton_app::{App, AppError, Call, Named};
use jeton_domain::{Event, Operation, Visibility};
use jeton_http::{Answer, Field, Form, Input, Method, Names, Route};

use super::{Choice, Owner, choices, owners, visibility};
use crate::operation::{confirmed, own_page, page_changing};
use crate::{Faults, Frame, Said, Visit};

static PAGE: Operation = own_page("page.repository_new", "Show the form for a new repository.");
/// Which of the two operations of the API it is, the form says: each of them is decided by itself.
static MAKE: Operation = confirmed(page_changing(
    own_page("page.repository_make", "Make a repository, by form."),
    &[Event::RepositoryCreate],
));

const PATH: &str = "/new";

pub(crate) static ROUTES: &[Route] = &[
    Route::new(Method::Get, PATH, &PAGE, Names::Own, show).query(&[Field::optional(
        "owner",
        Form::Text,
        "In whose name space.",
    )]),
    Route::new(Method::Post, PATH, &MAKE, Names::Own, make),
];

#[derive(Template)]
#[template(path = "repositories/new.html")]
struct Page {
    frame: Frame,
    own: String,
    owners: Vec<Owner>,
    owner: String,
    name: String,
    description: String,
    choices: Vec<Choice>,
    faults: Faults,
}

struct Wish<'a> {
    owner: &'a str,
    name: &'a str,
    description: &'a str,
    visibility: Visibility,
}

fn page(
    visit: &Visit<'_>,
    status: u16,
    wish: &Wish<'_>,
    faults: Faults,
) -> Result<Answer, AppError> {
    let own = visit.viewer.as_ref().map(|viewer| viewer.login.clone());
    visit.page(
        status,
        &Page {
            frame: visit.frame("New repository"),
            own: own.unwrap_or_default(),
            owners: owners(visit)?,
            owner: wish.owner.to_owned(),
            name: wish.name.to_owned(),
            description: wish.description.to_owned(),
            choices: choices(wish.visibility),
            faults,
        },
    )
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let wish = Wish {
        owner: input.query("owner").unwrap_or_default(),
        name: "",
        description: "",
        visibility: Visibility::Private,
    };
    page(&visit, 200, &wish, Faults::default())
}

fn make(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let wish = Wish {
        owner: input.field("owner"),
        name: input.field("name").trim(),
        description: input.field("description").trim(),
        visibility: visibility(input.field("visibility")).unwrap_or(Visibility::Private),
    };
    let new = NewRepository {
        begun: false,
        team: None,
        name: wish.name.to_owned(),
        visibility: wish.visibility,
        description: wish.description.to_owned(),
    };
    let own = visit
        .viewer
        .as_ref()
        .is_some_and(|viewer| viewer.login == wish.owner);
    let call = if own {
        visit.own(ops::repositories::CREATE_OWN)
    } else {
        let named = Named::Organization(wish.owner.to_owned());
        visit.to(ops::repositories::CREATE, named)
    };
    match repositories::create(app, &call, &new) {
        Ok(made) => Ok(Said::REPOSITORY_MADE.redirect(app, &format!("/{}", made.row.full_name()))),
        Err(error) => page(&visit, 422, &wish, Faults::of(error)?),
    }
}
