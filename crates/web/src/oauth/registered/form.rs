//! The form of an application: to register one, and to change it.

use askama::Template;
use jeton_app::oauth::{self, ApplicationEdit, ApplicationView, NewApplication};
use jeton_app::{App, AppError, Call};
use jeton_http::{Answer, Input};

use super::{Keeper, Side};
use crate::{Faults, Frame, Said, Seen, Values, Visit, seen, settings};

/// What is filled in.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) url: String,
    pub(super) callbacks: String,
    pub(super) confidential: bool,
    pub(super) device_flow: bool,
    pub(super) expiring: bool,
}

impl Draft {
    /// The safest of each: it proves itself, by the web flow alone, with tokens of hours.
    fn new() -> Self {
        Self {
            name: String::new(),
            description: String::new(),
            url: String::new(),
            callbacks: String::new(),
            confidential: true,
            device_flow: false,
            expiring: true,
        }
    }

    pub(super) fn of(view: &ApplicationView) -> Self {
        let row = &view.row;
        Self {
            name: row.name.clone(),
            description: row.description.clone(),
            url: row.url.clone(),
            callbacks: row.callbacks.join("\n"),
            confidential: row.confidential,
            device_flow: row.device_flow,
            expiring: row.expiring,
        }
    }

    pub(super) fn sent(input: &Input) -> Self {
        let line = |name: &str| input.field(name).trim().to_owned();
        Self {
            name: line("name"),
            description: input.field("description").replace("\r\n", "\n"),
            url: line("url"),
            callbacks: input.field("callbacks").to_owned(),
            confidential: input.field("confidential") != "no",
            device_flow: input.field("device_flow") == "yes",
            // SECURITY: a box that did not come is the shorter life.
            expiring: input.field("expiring") != "no",
        }
    }

    /// The addresses to be led back to, one in a line.
    fn addresses(&self) -> Vec<String> {
        let lines = self.callbacks.lines().map(str::trim);
        lines
            .filter(|line| !line.is_empty())
            .map(str::to_owned)
            .collect()
    }

    pub(super) fn values(&self) -> Values {
        let word = |is: bool| if is { "yes" } else { "no" }.to_owned();
        let mut values = seen::values([
            ("Name", self.name.clone()),
            ("Homepage", self.url.clone()),
            ("Description", self.description.clone()),
            ("Device flow", word(self.device_flow)),
            ("Tokens of hours", word(self.expiring)),
        ]);
        let addresses = self.addresses().into_iter();
        values.extend(addresses.map(|address| seen::chosen(format!("Callback {address}"))));
        values
    }

    fn registered(&self) -> NewApplication {
        NewApplication {
            name: self.name.clone(),
            description: self.description.clone(),
            url: self.url.clone(),
            callbacks: self.addresses(),
            confidential: Some(self.confidential),
            device_flow: Some(self.device_flow),
            expiring: Some(self.expiring),
        }
    }

    pub(super) fn edit(&self) -> ApplicationEdit {
        ApplicationEdit {
            name: Some(self.name.clone()),
            description: Some(self.description.clone()),
            url: Some(self.url.clone()),
            callbacks: Some(self.addresses()),
            device_flow: Some(self.device_flow),
            expiring: Some(self.expiring),
        }
    }
}

#[derive(Template)]
#[template(path = "oauth/registered_new.html")]
struct Page {
    frame: Frame,
    keeper: Keeper,
    form: Draft,
    /// Nothing, as it is a new one.
    seen: Option<Seen>,
    faults: Faults,
    action: String,
    button: &'static str,
}

fn page(
    visit: &Visit<'_>,
    keeper: Keeper,
    status: u16,
    form: Draft,
    faults: Faults,
) -> Result<Answer, AppError> {
    let page = Page {
        frame: visit.frame("New OAuth application"),
        action: format!("{}/new", keeper.each),
        keeper,
        form,
        seen: None,
        faults,
        button: "Register the application",
    };
    visit.page(status, &page)
}

pub(super) fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let keeper = Keeper::of(&visit, call)?;
    page(&visit, keeper, 200, Draft::new(), Faults::default())
}

pub(super) fn register(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let keeper = Keeper::of(&visit, call)?;
    let form = Draft::sent(input);
    match oauth::register(app, call, &form.registered()) {
        Ok(view) => Ok(Said::APPLICATION_REGISTERED.redirect(app, &keeper.path(view.row.id))),
        Err(error) => page(&visit, keeper, 422, form, Faults::of(error)?),
    }
}
