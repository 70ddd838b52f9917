//! The site's policy, with a look at what a change would break before it is saved.

use askama::Template;
use jeton_api::ops;
use jeton_app::foresight::{self, Window};
use jeton_app::{App, AppError, Call, Named, site};
use jeton_domain::{Maximum, Operation, Registration, Rule, SitePolicy};
use jeton_http::{Answer, Input, Method, Names, Route};

use super::{POLICY, admin_page};
use crate::review::{counted, used};
use crate::{Faults, Frame, Said, Visit};

static PAGE: Operation = admin_page("page.site_policy", "Show the site's policy.");

pub(super) const ROUTES: &[Route] = &[
    Route::new(Method::Get, POLICY, &PAGE, Names::Site, show),
    Route::new(
        Method::Post,
        POLICY,
        ops::site::PUT_POLICY,
        Names::Site,
        save,
    ),
];

const SHOWN: Window = Window {
    offset: 0,
    count: 50,
};

#[derive(Template)]
#[template(path = "admin/policy.html")]
struct Page {
    frame: Frame,
    menu: &'static str,
    form: PolicyForm,
    faults: Faults,
    preview: Option<Preview>,
}

#[derive(Clone, Debug)]
struct PolicyForm {
    switches: Vec<Switch>,
    limit: &'static str,
    days: String,
    anonymous: bool,
    organizations: bool,
    registration: &'static str,
    tokens: String,
}

#[derive(Clone, Debug)]
struct Switch {
    name: &'static str,
    title: &'static str,
    yes: &'static str,
    no: &'static str,
    value: &'static str,
}

struct Preview {
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
    owner: String,
    creator: String,
    used: String,
    why: &'static str,
}

fn word(rule: &Rule<bool>) -> &'static str {
    match rule {
        Rule::Leave => "leave",
        Rule::Force(true) => "yes",
        Rule::Force(false) => "no",
    }
}

fn rule(word: &str) -> Rule<bool> {
    match word {
        "yes" => Rule::Force(true),
        "no" => Rule::Force(false),
        _ => Rule::Leave,
    }
}

impl PolicyForm {
    fn of(policy: &SitePolicy) -> Self {
        let switch = |name, title, yes, no, rule| Switch {
            name,
            title,
            yes,
            no,
            value: word(rule),
        };
        Self {
            switches: vec![
                switch(
                    "fine_grained",
                    "Fine-grained tokens",
                    "Force: allowed",
                    "Force: refused",
                    &policy.fine_grained_allowed,
                ),
                switch(
                    "approval",
                    "Approval of fine-grained tokens",
                    "Force: needed",
                    "Force: not needed",
                    &policy.approval_required,
                ),
                switch(
                    "outside",
                    "Tokens of outside collaborators",
                    "Force: allowed, with approval",
                    "Force: refused",
                    &policy.outside_collaborators_allowed,
                ),
                switch(
                    "creation",
                    "Members create repositories",
                    "Force: they may",
                    "Force: only owners",
                    &policy.members_create_repositories,
                ),
            ],
            limit: match policy.fine_grained_maximum {
                Rule::Leave => "leave",
                Rule::Force(Maximum::Days(_)) => "days",
                Rule::Force(Maximum::Unlimited) => "unlimited",
            },
            days: match policy.fine_grained_maximum {
                Rule::Force(Maximum::Days(days)) => days.to_string(),
                _ => "366".to_owned(),
            },
            anonymous: policy.anonymous_allowed,
            organizations: policy.users_create_organizations,
            registration: policy.registration.name(),
            tokens: policy.tokens_per_user.to_string(),
        }
    }

    fn sent(mut self, input: &Input) -> Self {
        for switch in &mut self.switches {
            switch.value = word(&rule(input.field(switch.name)));
        }
        self.limit = match input.field("limit") {
            "days" => "days",
            "unlimited" => "unlimited",
            _ => "leave",
        };
        input.field("days").trim().clone_into(&mut self.days);
        input.field("tokens").trim().clone_into(&mut self.tokens);
        self.anonymous = input.field("anonymous") == "yes";
        self.organizations = input.field("organizations") == "yes";
        if let Some(sent) = Registration::parse(input.field("registration")) {
            self.registration = sent.name();
        }
        self
    }

    /// The policy that is wished for: what the page does not show stays.
    fn wish(&self, now: &SitePolicy) -> Result<SitePolicy, Faults> {
        let chosen = |name: &str| {
            let switch = self.switches.iter().find(|switch| switch.name == name);
            switch.map_or(Rule::Leave, |switch| rule(switch.value))
        };
        let number = |text: &str, field: &str| {
            text.parse::<u32>()
                .map_err(|_| Faults::one(field, format!("`{field}` takes a whole number.")))
        };
        Ok(SitePolicy {
            fine_grained_allowed: chosen("fine_grained"),
            approval_required: chosen("approval"),
            outside_collaborators_allowed: chosen("outside"),
            members_create_repositories: chosen("creation"),
            fine_grained_maximum: match self.limit {
                "days" => Rule::Force(Maximum::Days(number(&self.days, "days")?)),
                "unlimited" => Rule::Force(Maximum::Unlimited),
                _ => Rule::Leave,
            },
            anonymous_allowed: self.anonymous,
            users_create_organizations: self.organizations,
            registration: Registration::parse(self.registration).unwrap_or(now.registration),
            tokens_per_user: number(&self.tokens, "tokens")?,
            ..now.clone()
        })
    }
}

fn look(visit: &Visit<'_>, wished: &SitePolicy) -> Result<Preview, AppError> {
    let call = visit.to(ops::site::PREVIEW, Named::Site);
    let seen = foresight::site(visit.app, &call, wished, SHOWN)?;
    let shown = u64::try_from(seen.tokens.page.len()).unwrap_or(u64::MAX);
    Ok(Preview {
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
                owner: token.owner.clone(),
                creator: token.creator.clone(),
                used: used(token.used_at, token.used_from.as_deref()),
                why: token.reason.sentence(),
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

fn page(
    visit: &Visit<'_>,
    status: u16,
    form: PolicyForm,
    faults: Faults,
    preview: Option<Preview>,
) -> Result<Answer, AppError> {
    visit.page(
        status,
        &Page {
            frame: visit.frame("Site policy"),
            menu: POLICY,
            form,
            faults,
            preview,
        },
    )
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let form = PolicyForm::of(&site::policy(app, call)?);
    page(&visit, 200, form, Faults::default(), None)
}

fn save(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let now = site::policy(app, &visit.to(&PAGE, Named::Site))?;
    let form = PolicyForm::of(&now).sent(input);
    let wished = match form.wish(&now) {
        Ok(wished) => wished,
        Err(faults) => return page(&visit, 422, form, faults, None),
    };
    let done = if input.field("step") == "save" {
        site::put_policy(app, call, &wished).map(|_| None)
    } else {
        look(&visit, &wished).map(Some)
    };
    match done {
        Ok(None) => Ok(Said::POLICY_SAVED.redirect(app, POLICY)),
        Ok(preview) => page(&visit, 200, form, Faults::default(), preview),
        Err(error) => page(&visit, 422, form, Faults::of(error)?, None),
    }
}
