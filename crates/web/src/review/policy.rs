//! An organization's policy for tokens, with a look at what a change would break before it is saved.

use askama::Template;
use jeton_api::ops;
use jeton_app::foresight::{self, ExpiringToken, Window};
use jeton_app::{App, AppError, Call, Named, organizations};
use jeton_domain::{Allowed, Maximum, Operation, OrganizationPolicy};
use jeton_http::{Answer, Input, Method, Names, Route};
use serde_json::{Map, Value, json};

use super::{Menu, POLICY, classic_words, counted, length, owners_page, used};
use crate::words::no_network;
use crate::{Faults, Frame, Said, Visit};

static PAGE: Operation = owners_page("page.policy", "Show an organization's policy for tokens.");

const PATH: &str = "/organizations/{org}/settings/personal-access-tokens";
const ORG: Names = Names::Organization("org");

pub(super) const ROUTES: &[Route] = &[
    Route::new(Method::Get, PATH, &PAGE, ORG, show),
    Route::new(Method::Post, PATH, ops::policy::UPDATE, ORG, save),
];

/// Tokens that a look shows; the counts are of all.
const SHOWN: Window = Window {
    offset: 0,
    count: 50,
};
/// Days in which what ends is told beforehand, as the reminders are.
const WEEK: u32 = 7;
/// Tokens that end soon, as many as one reads.
const SOON: Window = Window {
    offset: 0,
    count: 10,
};

#[derive(Template)]
#[template(path = "review/policy.html")]
struct Page {
    frame: Frame,
    menu: Menu,
    version: i64,
    /// The policy as the form was filled from it.
    seen: String,
    form: PolicyForm,
    effective: OrganizationPolicy,
    effective_length: String,
    effective_classic_length: String,
    effective_wait: String,
    faults: Faults,
    /// What somebody else changed meanwhile.
    changed: Vec<String>,
    preview: Option<Preview>,
    /// The change that the preview is of, as it was read.
    told: String,
    expiring: Vec<ExpiringToken>,
    expiring_total: String,
}

/// What is filled in.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "switches of a form")]
struct PolicyForm {
    fine_grained: bool,
    classic: bool,
    classic_limited: bool,
    classic_days: String,
    approval: bool,
    outside: bool,
    limited: bool,
    days: String,
    addresses: String,
    /// Requests that nobody decides on end by themselves.
    ending: bool,
    wait: String,
    /// Settings that the site decides.
    forced: Vec<&'static str>,
}

/// What a change does, in words.
struct Preview {
    changes: Vec<String>,
    /// Something that works today would be refused.
    breaks: bool,
    /// Classic tokens, without their names.
    classic: String,
    total: u64,
    summary: String,
    tokens: Vec<Token>,
    more: u64,
    approved: u64,
    approved_words: String,
    confirm: bool,
}

struct Token {
    name: String,
    creator: String,
    used: String,
    why: &'static str,
    stops: bool,
}

impl PolicyForm {
    fn of(policy: &OrganizationPolicy, forced: Vec<&'static str>) -> Self {
        Self {
            fine_grained: policy.fine_grained_allowed,
            classic: policy.classic_allowed,
            classic_limited: policy.classic_maximum != Maximum::Unlimited,
            classic_days: match policy.classic_maximum {
                Maximum::Days(days) => days.to_string(),
                Maximum::Unlimited => "366".to_owned(),
            },
            approval: policy.approval_required,
            outside: policy.outside_collaborators_allowed,
            limited: policy.fine_grained_maximum != Maximum::Unlimited,
            days: match policy.fine_grained_maximum {
                Maximum::Days(days) => days.to_string(),
                Maximum::Unlimited => "366".to_owned(),
            },
            addresses: match &policy.addresses {
                Allowed::Unrestricted => String::new(),
                Allowed::Only(networks) => lines(networks),
            },
            ending: policy.pending_maximum != Maximum::Unlimited,
            wait: match policy.pending_maximum {
                Maximum::Days(days) => days.to_string(),
                Maximum::Unlimited => "30".to_owned(),
            },
            forced,
        }
    }

    /// As it was sent. What is not sent is as it was.
    fn sent(mut self, input: &Input) -> Self {
        let choose = |name: &str, was: bool| match input.field(name) {
            "yes" => true,
            "no" => false,
            _ => was,
        };
        self.fine_grained = choose("fine_grained_allowed", self.fine_grained);
        self.classic = choose("classic_allowed", self.classic);
        self.approval = choose("approval_required", self.approval);
        self.outside = choose("outside", self.outside);
        self.limited = match input.field("limit") {
            "days" => true,
            "none" => false,
            _ => self.limited,
        };
        if input.form().iter().any(|(name, _)| name == "days") {
            input.field("days").trim().clone_into(&mut self.days);
        }
        self.classic_limited = match input.field("classic_limit") {
            "days" => true,
            "none" => false,
            _ => self.classic_limited,
        };
        if input.form().iter().any(|(name, _)| name == "classic_days") {
            input
                .field("classic_days")
                .trim()
                .clone_into(&mut self.classic_days);
        }
        self.ending = match input.field("pending") {
            "days" => true,
            "none" => false,
            _ => self.ending,
        };
        if input.form().iter().any(|(name, _)| name == "wait") {
            input.field("wait").trim().clone_into(&mut self.wait);
        }
        if input.form().iter().any(|(name, _)| name == "addresses") {
            input.field("addresses").clone_into(&mut self.addresses);
        }
        self
    }

    fn fixed(&self, name: &str) -> bool {
        self.forced.contains(&name)
    }

    /// The settings that are asked for.
    fn settings(&self) -> Result<Map<String, Value>, Faults> {
        let maximum = |limited: bool, days: &str, field: &str| -> Result<Value, Faults> {
            if !limited {
                return Ok(json!("unlimited"));
            }
            let days: u32 = days
                .parse()
                .map_err(|_| Faults::one(field, "Takes a whole number of days."))?;
            Ok(json!({ "days": days }))
        };
        let longest = maximum(self.limited, &self.days, "fine_grained_maximum")?;
        let classic = maximum(self.classic_limited, &self.classic_days, "classic_maximum")?;
        let pending = maximum(self.ending, &self.wait, "pending_maximum")?;
        let addresses = Allowed::read(&self.addresses)
            .map_err(|word| Faults::one("addresses", no_network(word)))?;
        let mut settings = Map::new();
        for (name, value) in [
            ("fine_grained_allowed", json!(self.fine_grained)),
            ("classic_allowed", json!(self.classic)),
            ("classic_maximum", classic),
            ("approval_required", json!(self.approval)),
            ("outside_collaborators_allowed", json!(self.outside)),
            ("fine_grained_maximum", longest),
            ("pending_maximum", pending),
            ("addresses", json!(addresses)),
        ] {
            if !self.fixed(name) {
                settings.insert(name.to_owned(), value);
            }
        }
        Ok(settings)
    }
}

fn lines<T: std::fmt::Display>(networks: &[T]) -> String {
    let networks: Vec<String> = networks.iter().map(ToString::to_string).collect();
    networks.join("\n")
}

/// What differs between two policies, a sentence each.
fn changes(old: &OrganizationPolicy, new: &OrganizationPolicy) -> Vec<String> {
    let mut lines = Vec::new();
    let mut switch = |was: bool, is: bool, on: &str, off: &str| {
        if was != is {
            lines.push(if is { on } else { off }.to_owned());
        }
    };
    switch(
        old.fine_grained_allowed,
        new.fine_grained_allowed,
        "Fine-grained tokens are allowed.",
        "Fine-grained tokens are refused.",
    );
    switch(
        old.classic_allowed,
        new.classic_allowed,
        "Classic tokens are allowed.",
        "Classic tokens are refused.",
    );
    switch(
        old.approval_required,
        new.approval_required,
        "Members' tokens need approval.",
        "Members' tokens need no approval.",
    );
    switch(
        old.outside_collaborators_allowed,
        new.outside_collaborators_allowed,
        "Outside collaborators may use tokens, with approval.",
        "Outside collaborators may use no tokens.",
    );
    switch(
        old.members_create_repositories,
        new.members_create_repositories,
        "Members may create repositories.",
        "Only owners create repositories.",
    );
    for (what, was, is) in [
        (
            "a token",
            old.fine_grained_maximum,
            new.fine_grained_maximum,
        ),
        ("a classic token", old.classic_maximum, new.classic_maximum),
    ] {
        if was != is {
            lines.push(format!(
                "The longest life of {what} changes from {} to {}.",
                length(was),
                length(is)
            ));
        }
    }
    if old.pending_maximum != new.pending_maximum {
        lines.push(match new.pending_maximum {
            Maximum::Unlimited => "Requests wait until somebody decides.".to_owned(),
            days @ Maximum::Days(_) => format!(
                "A request that nobody decides on is over after {}.",
                length(days)
            ),
        });
    }
    switch_lines(&mut lines, old, new);
    if old.addresses != new.addresses {
        lines.push(match &new.addresses {
            Allowed::Unrestricted => "Credentials may come from every address.".to_owned(),
            Allowed::Only(networks) => format!(
                "Credentials may come only from {}.",
                lines_in_words(networks)
            ),
        });
    }
    lines
}

fn switch_lines(lines: &mut Vec<String>, old: &OrganizationPolicy, new: &OrganizationPolicy) {
    if old.two_factor_required != new.two_factor_required {
        let words = if new.two_factor_required {
            "Everybody needs a second factor."
        } else {
            "Nobody needs a second factor."
        };
        lines.push(words.to_owned());
    }
}

fn lines_in_words<T: std::fmt::Display>(networks: &[T]) -> String {
    lines(networks).replace('\n', ", ")
}

fn look(
    visit: &Visit<'_>,
    own: &OrganizationPolicy,
    settings: &Map<String, Value>,
) -> Result<Preview, AppError> {
    let named = Named::Organization(visit.input.path("org").to_owned());
    let call = visit.to(ops::policy::PREVIEW, named);
    let seen = foresight::organization(visit.app, &call, settings, SHOWN)?;
    let shown = u64::try_from(seen.tokens.page.len()).unwrap_or(u64::MAX);
    Ok(Preview {
        changes: changes(own, &seen.wished),
        breaks: seen.tokens.any(),
        classic: classic_words(&seen.tokens.classic),
        total: seen.tokens.total,
        summary: format!(
            "{} of {} would be refused.",
            counted(
                seen.tokens.total,
                "token that works today",
                "tokens that work today"
            ),
            counted(seen.tokens.people, "person", "people")
        ),
        more: seen.tokens.total.saturating_sub(shown),
        tokens: seen
            .tokens
            .page
            .iter()
            .map(|token| Token {
                name: token.name.clone(),
                creator: token.creator.clone(),
                used: used(token.used_at, token.used_from.as_deref()),
                why: token.reason.sentence(),
                stops: token.stops,
            })
            .collect(),
        approved: seen.approved,
        approved_words: format!(
            "{} of members would be granted at once, because nobody has to be asked any more.",
            counted(seen.approved, "request", "requests")
        ),
        confirm: seen.confirm,
    })
}

/// What the page shows beside what is there.
#[derive(Default)]
struct Shown {
    form: Option<PolicyForm>,
    faults: Faults,
    changed: Vec<String>,
    preview: Option<Preview>,
    told: String,
}

fn render(visit: &Visit<'_>, status: u16, shown: Shown) -> Result<Answer, AppError> {
    let menu = Menu::of(visit, POLICY)?;
    let named = Named::Organization(menu.org.clone());
    let view = organizations::policy(visit.app, &visit.to(&PAGE, named.clone()))?;
    let call = visit.to(ops::policy::EXPIRING, named);
    let (expiring, total) = foresight::expiring(visit.app, &call, WEEK, SOON)?;
    let seen = serde_json::to_string(&view.own)
        .map_err(|error| AppError::Data(format!("a policy can't be written: {error}")))?;
    let form = shown
        .form
        .unwrap_or_else(|| PolicyForm::of(&view.own, view.forced.clone()));
    visit.page(
        status,
        &Page {
            frame: visit.frame("Token policy"),
            version: view.version,
            seen,
            form,
            effective_wait: length(view.effective.pending_maximum),
            effective_classic_length: length(view.effective.classic_maximum),
            effective_length: length(view.effective.fine_grained_maximum),
            effective: view.effective,
            faults: shown.faults,
            changed: shown.changed,
            preview: shown.preview,
            told: shown.told,
            expiring_total: counted(total, "token ends", "tokens end"),
            expiring,
            menu,
        },
    )
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    render(&visit, 200, Shown::default())
}

fn save(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let named = Named::Organization(input.path("org").to_owned());
    let view = organizations::policy(app, &visit.to(&PAGE, named))?;
    let form = PolicyForm::of(&view.own, view.forced.clone()).sent(input);
    let settings = match form.settings() {
        Ok(settings) => settings,
        Err(faults) => {
            let form = Some(form);
            let shown = Shown {
                form,
                faults,
                ..Shown::default()
            };
            return render(&visit, 422, shown);
        }
    };
    let told = Value::Object(settings.clone()).to_string();
    let version: i64 = input.field("version").parse().unwrap_or_default();
    let save = input.field("step") == "save";
    // What would stop a token is said before it is saved, once. A policy that changed meanwhile is told by itself.
    let known = save && (input.field("told") == told || version != view.version);
    let preview = if known {
        Ok(None)
    } else {
        look(&visit, &view.own, &settings).map(Some)
    };
    let done = preview.and_then(|preview| {
        let breaks = preview.as_ref().is_some_and(|preview| preview.breaks);
        if save && !breaks {
            organizations::patch_policy_as_seen(app, call, &settings, version).map(|_| None)
        } else {
            Ok(preview)
        }
    });
    match done {
        Ok(None) => {
            let path = Menu::of(&visit, POLICY)?.path(POLICY);
            Ok(Said::POLICY_SAVED.redirect(app, &path))
        }
        Ok(preview) => render(
            &visit,
            200,
            Shown {
                form: Some(form),
                preview,
                told,
                ..Shown::default()
            },
        ),
        Err(AppError::Conflict { .. }) => {
            // Only told, never believed: what was seen comes back from the browser.
            let seen = serde_json::from_str::<OrganizationPolicy>(input.field("seen"));
            let changed = seen.map_or_else(|_| Vec::new(), |seen| changes(&seen, &view.own));
            let changed = if changed.is_empty() {
                vec!["Settings that this page does not show.".to_owned()]
            } else {
                changed
            };
            let preview = look(&visit, &view.own, &settings)?;
            render(
                &visit,
                409,
                Shown {
                    form: Some(form),
                    changed,
                    preview: Some(preview),
                    told,
                    ..Shown::default()
                },
            )
        }
        Err(error) => render(
            &visit,
            422,
            Shown {
                faults: Faults::of(error)?,
                form: Some(form),
                ..Shown::default()
            },
        ),
    }
}
