//! Changing a classic token: the page says what is gained and lost before it is saved.

use jeton_api::ops;
use jeton_app::tokens::{self, ClassicForeseen, TokenView};
use jeton_app::{App, AppError, Call};
use jeton_domain::{Operation, TokenId};
use jeton_http::{Answer, Method, Names, Route};

use super::super::changing::{Changing, save, show};
use super::super::purpose::Purpose;
use super::super::{CLASSIC, Pages};
use super::draft::Draft;
use super::form::{self, Read};
use super::overview::Prospect;
use super::scopes::listed;
use crate::operation::own_page;
use crate::{Faults, Seen, Values, Visit};

static PAGE: Operation = own_page(
    "page.classic_token_edit",
    "Show the form that changes a classic token.",
);

const PATH: &str = "/settings/tokens/{token_id}/edit";

pub(crate) static ROUTES: &[Route] = &[
    Route::new(Method::Get, PATH, &PAGE, Names::Own, show::<Draft>),
    Route::new(
        Method::Post,
        PATH,
        ops::classic::EDIT,
        Names::Own,
        save::<Draft>,
    ),
];

fn sentences(foreseen: &ClassicForeseen) -> Vec<String> {
    let mut found = Vec::new();
    if !foreseen.gained.is_empty() {
        found.push(format!(
            "It gains {}, so you may be asked to confirm access.",
            listed(foreseen.gained)
        ));
    }
    if !foreseen.lost.is_empty() {
        found.push(format!("It loses {}.", listed(foreseen.lost)));
    }
    found.push(if found.is_empty() {
        "What the token may do stays as it is.".to_owned()
    } else {
        "The change acts at once, on the value that is in use.".to_owned()
    });
    found
}

impl Changing for Draft {
    const PAGES: &'static Pages = &CLASSIC;

    fn from_form(form: &[(String, String)]) -> Self {
        Self::from_form(form)
    }

    fn from_token(view: &TokenView) -> Self {
        Self::from_token(view)
    }

    fn values(&self) -> Values {
        self.values()
    }

    fn form(
        self,
        visit: &Visit<'_>,
        view: &TokenView,
        seen: Seen,
        told: Option<Faults>,
    ) -> Result<Answer, AppError> {
        let id = view.row.id;
        let call = visit.own(ops::tokens::SHOW);
        let edit = self.edit(&Self::from_token(view));
        let foreseen = tokens::foresee_classic(visit.app, &call, id, &edit)?;
        let purpose = Purpose::Change {
            path: format!("{}/edit", CLASSIC.of_token(id)),
            sentences: sentences(&foreseen),
            seen,
        };
        let read = Read {
            scopes: foreseen.scopes,
            prospect: Prospect::of_token(&foreseen, &view.row.name),
            faults: Faults::of(AppError::Invalid(foreseen.faults))?,
            maximum: None,
        };
        form::page(visit, "Edit the token", self, read, purpose, told)
    }

    fn save(&self, app: &App, call: &Call, id: TokenId, now: &Self) -> Result<(), AppError> {
        tokens::edit_classic(app, call, id, &self.edit(now)).map(drop)
    }
}
