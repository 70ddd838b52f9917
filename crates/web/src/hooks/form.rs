//! Making a webhook, and changing one.

use askama::Template;
use jeton_app::hooks::{
    self, ConfigEdit, HookConfig, HookContentType, HookEdit, HookSecret, HookView, NewHook,
};
use jeton_app::{App, AppError, Call};
use jeton_domain::{ALL_HOOK_EVENTS, Clean, HookEvent, HookOn};
use jeton_http::{Answer, Input};

use super::{around, id};
use crate::around::Around;
use crate::{Faults, Frame, Said, Seen, Values, Visit, seen, settings};

/// One thing to hear of.
#[derive(Debug)]
struct Choice {
    name: &'static str,
    sentence: &'static str,
    chosen: bool,
}

/// What the form holds.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "switches of a form")]
struct Filled {
    url: String,
    json: bool,
    insecure: bool,
    active: bool,
    everything: bool,
    events: Vec<String>,
    /// Not to be signed any more.
    unsigned: bool,
}

impl Filled {
    fn new() -> Self {
        Self {
            url: String::new(),
            json: true,
            insecure: false,
            active: true,
            everything: false,
            events: vec![HookEvent::Push.name().to_owned()],
            unsigned: false,
        }
    }

    fn of(view: &HookView) -> Self {
        let row = &view.row;
        Self {
            url: row.url.plain(),
            json: row.content_type == HookContentType::Json,
            insecure: !row.verifies_tls,
            active: row.active,
            everything: row.events.iter().any(|name| name == ALL_HOOK_EVENTS),
            events: row.events.clone(),
            unsigned: false,
        }
    }

    fn typed(input: &Input) -> Self {
        let is_on = |field: &str| input.field(field) == "on";
        Self {
            url: input.field("url").trim().to_owned(),
            json: input.field("content_type") != HookContentType::Form.name(),
            insecure: is_on("insecure"),
            active: is_on("active"),
            everything: input.field("which") == "all",
            events: input.form_all("event").map(str::to_owned).collect(),
            unsigned: is_on("unsigned"),
        }
    }

    /// What it says of where deliveries go. A secret that is not typed stays.
    fn config(&self, input: &Input) -> HookConfig {
        let typed = input.field("secret");
        HookConfig {
            url: Some(self.url.clone()),
            content_type: Some(if self.json {
                HookContentType::Json
            } else {
                HookContentType::Form
            }),
            secret: (self.unsigned || !typed.is_empty())
                .then(|| HookSecret::new(if self.unsigned { "" } else { typed })),
            verifies_tls: Some(!self.insecure),
        }
    }

    /// What is chosen, and what stands in the webhook that no box is for.
    fn chosen(&self, others: &[String]) -> Vec<String> {
        if self.everything {
            return vec![ALL_HOOK_EVENTS.to_owned()];
        }
        self.events.iter().chain(others).cloned().collect()
    }
}

/// What a webhook names and nothing here is told of: no box is for it.
fn others(view: &HookView) -> Vec<String> {
    let events = view.row.events.iter();
    events
        .filter(|name| *name != ALL_HOOK_EVENTS && HookEvent::parse(name).is_none())
        .cloned()
        .collect()
}

fn values(view: &HookView) -> Values {
    let filled = Filled::of(view);
    let word = |is: bool| if is { "yes" } else { "no" }.to_owned();
    let mut values = seen::values([
        ("Address", filled.url),
        ("As JSON", word(filled.json)),
        ("Certificate not looked at", word(filled.insecure)),
        ("Switched on", word(filled.active)),
        ("Signed", word(view.row.secret.is_some())),
    ]);
    values.extend(filled.events.into_iter().map(seen::chosen));
    values
}

#[derive(Template)]
#[template(path = "hooks/form.html")]
struct Page {
    frame: Frame,
    around: Around,
    /// The page of the webhook; empty for a new one.
    back: String,
    title: &'static str,
    filled: Filled,
    choices: Vec<Choice>,
    /// Names that no box is for.
    others: String,
    /// There is a secret.
    signed: bool,
    seen: Option<Seen>,
    faults: Faults,
}

fn page(
    visit: &Visit<'_>,
    status: u16,
    around: Around,
    view: Option<&HookView>,
    filled: Filled,
    seen: Option<Seen>,
    faults: Faults,
) -> Result<Answer, AppError> {
    let on = match around.menu {
        Some(_) => HookOn::Organization,
        None => HookOn::Repository,
    };
    let choices = HookEvent::ALL
        .iter()
        .filter(|event| event.is_chosen() && event.is_heard(on))
        .map(|event| Choice {
            name: event.name(),
            sentence: event.sentence(),
            chosen: filled.events.iter().any(|name| name == event.name()),
        })
        .collect();
    let title = if view.is_some() {
        "Edit the webhook"
    } else {
        "New webhook"
    };
    visit.page(
        status,
        &Page {
            frame: visit.frame(format!("{title} of {}", around.name())),
            back: view.map_or_else(String::new, |view| around.page_of(view.row.id)),
            title,
            choices,
            others: view.map_or_else(String::new, |view| others(view).join(", ")),
            signed: view.is_some_and(|view| view.row.secret.is_some()),
            filled,
            seen,
            faults,
            around,
        },
    )
}

pub(super) fn blank(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let around = around(&visit)?;
    page(
        &visit,
        200,
        around,
        None,
        Filled::new(),
        None,
        Faults::default(),
    )
}

pub(super) fn make(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let around = around(&visit)?;
    let filled = Filled::typed(input);
    let new = NewHook {
        config: filled.config(input),
        events: Some(filled.chosen(&[])),
        active: Some(filled.active),
    };
    match hooks::register(app, call, &new) {
        Ok(view) => Ok(Said::HOOK_MADE.redirect(app, &around.page_of(view.row.id))),
        Err(error) => page(&visit, 422, around, None, filled, None, Faults::of(error)?),
    }
}

pub(super) fn filled(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let around = around(&visit)?;
    let view = hooks::show(app, &around.showing(&visit), id(input)?)?;
    let seen = Some(Seen::of(&values(&view)));
    let filled = Filled::of(&view);
    page(
        &visit,
        200,
        around,
        Some(&view),
        filled,
        seen,
        Faults::default(),
    )
}

pub(super) fn save(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let around = around(&visit)?;
    let view = hooks::show(app, &around.showing(&visit), id(input)?)?;
    let filled = Filled::typed(input);
    let seen = Seen::sent(input, &values(&view));
    if seen.is_stale() {
        return page(
            &visit,
            409,
            around,
            Some(&view),
            filled,
            Some(seen),
            Faults::default(),
        );
    }
    let edit = HookEdit {
        config: ConfigEdit::Merge(filled.config(input)),
        events: Some(filled.chosen(&others(&view))),
        active: Some(filled.active),
        ..HookEdit::default()
    };
    match hooks::edit(app, call, view.row.id, &edit) {
        Ok(_) => Ok(Said::HOOK_SAVED.redirect(app, &around.page_of(view.row.id))),
        Err(error) => {
            let faults = Faults::of(error)?;
            page(&visit, 422, around, Some(&view), filled, Some(seen), faults)
        }
    }
}
