//! Changing a token: what gives more waits for the owner, and the page says so first.

use jeton_api::ops;
use jeton_app::tokens::{self, Foreseen, TokenView};
use jeton_app::{App, AppError, Call};
use jeton_domain::{Operation, TokenId, Widening, counted};
use jeton_http::{Answer, Method, Names, Route};

use super::changing::{Changing, save, show};
use super::draft::Draft;
use super::form::page;
use super::purpose::Purpose;
use super::{FINE_GRAINED, Pages, id};
use crate::operation::own_page;
use crate::{Faults, Seen, Values, Visit};

static PAGE: Operation = own_page("page.token_edit", "Show the form that changes a token.");

const PATH: &str = "/settings/personal-access-tokens/{token_id}/edit";
const TITLE: &str = "Edit the token";

pub(crate) static ROUTES: &[Route] = &[
    Route::new(Method::Get, PATH, &PAGE, Names::Own, show::<Draft>),
    Route::new(
        Method::Post,
        PATH,
        ops::tokens::EDIT,
        Names::Own,
        save::<Draft>,
    ),
];

const fn way(widening: Widening) -> &'static str {
    match widening {
        Widening::Owner => "another owner",
        Widening::Permissions => "permissions",
        Widening::Repositories => "repositories",
        Widening::Packages => "other packages",
        Widening::Conditions => "looser conditions",
        Widening::Length => "a longer life",
    }
}

fn sentences(foreseen: &Foreseen, owner: &str) -> Vec<String> {
    let listed = |ways: &std::collections::BTreeSet<Widening>| {
        let words: Vec<&str> = ways.iter().copied().map(way).collect();
        words.join(" and ")
    };
    let mut found = Vec::new();
    if foreseen.same {
        found.push("What the token may do stays as it is.".to_owned());
    } else if foreseen.asks.is_empty() {
        found.push("The change acts at once, on the value that is in use.".to_owned());
    } else {
        found.push(format!(
            "{owner} has to approve more {}. Until then the token keeps what it has; what you take away ends at once.",
            listed(&foreseen.asks)
        ));
    }
    if foreseen.replaces {
        found.push(
            "The request that waits now is taken back, and another takes its place.".to_owned(),
        );
    }
    if !foreseen.widens.is_empty() {
        found.push("It asks for more, so you may be asked to confirm access.".to_owned());
    }
    found
}

fn purpose(
    visit: &Visit<'_>,
    view: &TokenView,
    draft: &Draft,
    seen: Seen,
) -> Result<(Purpose, Option<Faults>), AppError> {
    let id = id(visit.input)?;
    let path = format!("{}/edit", FINE_GRAINED.of_token(id));
    let call = visit.own(ops::tokens::PREVIEW);
    let now = Draft::from_token(view);
    let foreseen = draft
        .edit(&now)
        .and_then(|edit| tokens::foresee(visit.app, &call, id, &edit));
    let (mut sentences, faults) = match foreseen {
        Ok(foreseen) => (sentences(&foreseen, &view.owner.0), None),
        Err(error) => (Vec::new(), Some(Faults::of(error)?)),
    };
    let unseen = view.unnamed(&view.row.wanted.selection) as u64;
    if unseen > 0 && !draft.reaches_as(&now) {
        sentences.push(format!(
            "{} that you can't see any longer {} taken off with it.",
            counted(unseen, "repository", "repositories"),
            if unseen == 1 { "is" } else { "are" }
        ));
    }
    let purpose = Purpose::Change {
        path,
        sentences,
        seen,
    };
    Ok((purpose, faults))
}

impl Changing for Draft {
    const PAGES: &'static Pages = &FINE_GRAINED;

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
        mut self,
        visit: &Visit<'_>,
        view: &TokenView,
        seen: Seen,
        told: Option<Faults>,
    ) -> Result<Answer, AppError> {
        self.owner.clone_from(&view.owner.0);
        self.bounds.beside(&Draft::from_token(view).bounds);
        let (purpose, foreseen) = purpose(visit, view, &self, seen)?;
        page(visit, TITLE, self, purpose, told.or(foreseen))
    }

    fn save(&self, app: &App, call: &Call, id: TokenId, now: &Self) -> Result<(), AppError> {
        let mut whole = self.clone();
        whole.bounds.beside(&now.bounds);
        tokens::edit(app, call, id, &whole.edit(now)?).map(drop)
    }
}
