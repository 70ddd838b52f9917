//! The site's policy, with a look at what a change would break before it is saved.

use askama::Template;
use jeton_api::ops;
use jeton_app::foresight::{self, Window};
use jeton_app::{App, AppError, Call, Named, site};
use jeton_domain::{Maximum, Operation, Registration, Rule, SitePolicy};
use jeton_http::{Answer, Input, Method, Names, Route};

use super::{POLICY, admin_page};
use crate::organizations::security::lacking_words;
use crate::review::{classic_words, counted, length, used};
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
    /// The policy as the form was filled from it.
    seen: String,
    /// What somebody else changed meanwhile.
    changed: Vec<String>,
    preview: Option<Preview>,
    told: String,
}

#[derive(Clone, Debug)]
struct PolicyForm {
    switches: Vec<Switch>,
    limit: &'static str,
    days: String,
    classic_limit: &'static str,
    classic_days: String,
    pending: &'static str,
    wait: String,
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
    /// Who has no second factor and would need one.
    people: u64,
    people_words: String,
    logins: Vec<String>,
    people_more: u64,
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

fn maximum_word(rule: &Rule<Maximum>) -> &'static str {
    match rule {
        Rule::Leave => "leave",
        Rule::Force(Maximum::Days(_)) => "days",
        Rule::Force(Maximum::Unlimited) => "unlimited",
    }
}

fn days(rule: &Rule<Maximum>, otherwise: &str) -> String {
    match rule {
        Rule::Force(Maximum::Days(days)) => days.to_string(),
        _ => otherwise.to_owned(),
    }
}

fn maximum_words(rule: &Rule<Maximum>) -> String {
    match rule {
        Rule::Leave => "left to organizations".to_owned(),
        Rule::Force(maximum) => length(*maximum),
    }
}

/// What differs between two policies, a sentence each.
fn changes(old: &SitePolicy, new: &SitePolicy) -> Vec<String> {
    let mut lines = Vec::new();
    let (was, is) = (PolicyForm::of(old), PolicyForm::of(new));
    for (was, is) in was.switches.iter().zip(&is.switches) {
        if was.value != is.value {
            lines.push(format!(
                "{}: {} instead of {}.",
                is.title,
                is.chosen(),
                was.chosen()
            ));
        }
    }
    let mut differs = |title: &str, was: String, is: String| {
        if was != is {
            lines.push(format!("{title}: {is} instead of {was}."));
        }
    };
    differs(
        "Longest life of fine-grained tokens",
        maximum_words(&old.fine_grained_maximum),
        maximum_words(&new.fine_grained_maximum),
    );
    differs(
        "Longest life of classic tokens",
        maximum_words(&old.classic_maximum),
        maximum_words(&new.classic_maximum),
    );
    differs(
        "How long a request waits",
        maximum_words(&old.pending_maximum),
        maximum_words(&new.pending_maximum),
    );
    let yes = |on: bool| if on { "yes" } else { "no" }.to_owned();
    differs(
        "Requests without a credential see public things",
        yes(old.anonymous_allowed),
        yes(new.anonymous_allowed),
    );
    differs(
        "People may create organizations",
        yes(old.users_create_organizations),
        yes(new.users_create_organizations),
    );
    differs(
        "Who may make an account",
        old.registration.name().to_owned(),
        new.registration.name().to_owned(),
    );
    differs(
        "Tokens that a person may have",
        old.tokens_per_user.to_string(),
        new.tokens_per_user.to_string(),
    );
    if lines.is_empty() && old != new {
        lines.push("Settings that this page does not show.".to_owned());
    }
    lines
}

impl Switch {
    fn chosen(&self) -> &'static str {
        match self.value {
            "yes" => self.yes,
            "no" => self.no,
            _ => "left to organizations",
        }
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
                    "classic",
                    "Classic tokens",
                    "Force: allowed",
                    "Force: refused",
                    &policy.classic_allowed,
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
                switch(
                    "two_factor",
                    "Second factor of everybody in an organization",
                    "Force: required",
                    "Force: not required",
                    &policy.two_factor_required,
                ),
            ],
            limit: maximum_word(&policy.fine_grained_maximum),
            days: days(&policy.fine_grained_maximum, "366"),
            classic_limit: maximum_word(&policy.classic_maximum),
            classic_days: days(&policy.classic_maximum, "366"),
            pending: maximum_word(&policy.pending_maximum),
            wait: days(&policy.pending_maximum, "30"),
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
        let word = |field: &str| match input.field(field) {
            "days" => "days",
            "unlimited" => "unlimited",
            _ => "leave",
        };
        self.limit = word("limit");
        self.classic_limit = word("classic_limit");
        input
            .field("classic_days")
            .trim()
            .clone_into(&mut self.classic_days);
        self.pending = word("pending");
        input.field("wait").trim().clone_into(&mut self.wait);
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
                .map_err(|_| Faults::one(field, "Takes a whole number."))
        };
        let maximum = |word: &str, days: &str, field: &str| {
            Ok::<_, Faults>(match word {
                "days" => Rule::Force(Maximum::Days(number(days, field)?)),
                "unlimited" => Rule::Force(Maximum::Unlimited),
                _ => Rule::Leave,
            })
        };
        Ok(SitePolicy {
            fine_grained_allowed: chosen("fine_grained"),
            approval_required: chosen("approval"),
            outside_collaborators_allowed: chosen("outside"),
            members_create_repositories: chosen("creation"),
            two_factor_required: chosen("two_factor"),
            fine_grained_maximum: maximum(self.limit, &self.days, "days")?,
            classic_allowed: chosen("classic"),
            classic_maximum: maximum(self.classic_limit, &self.classic_days, "classic_days")?,
            pending_maximum: maximum(self.pending, &self.wait, "wait")?,
            anonymous_allowed: self.anonymous,
            users_create_organizations: self.organizations,
            registration: Registration::parse(self.registration).unwrap_or(now.registration),
            tokens_per_user: number(&self.tokens, "tokens")?,
            ..now.clone()
        })
    }
}

fn look(visit: &Visit<'_>, now: &SitePolicy, wished: &SitePolicy) -> Result<Preview, AppError> {
    let call = visit.to(ops::site::PREVIEW, Named::Site);
    let seen = foresight::site(visit.app, &call, wished, SHOWN)?;
    let shown = u64::try_from(seen.tokens.page.len()).unwrap_or(u64::MAX);
    let named = u64::try_from(seen.locked_out.people.len()).unwrap_or(u64::MAX);
    Ok(Preview {
        changes: changes(now, wished),
        people: seen.locked_out.total,
        people_words: lacking_words(&seen.locked_out),
        people_more: seen.locked_out.total.saturating_sub(named),
        logins: seen
            .locked_out
            .people
            .iter()
            .map(|lacking| lacking.login.clone())
            .collect(),
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

/// What the page shows beside what is there.
#[derive(Default)]
struct Shown {
    form: Option<PolicyForm>,
    faults: Faults,
    changed: Vec<String>,
    preview: Option<Preview>,
    /// The policy that the preview is of, as it was read.
    told: String,
}

fn page(
    visit: &Visit<'_>,
    status: u16,
    now: &SitePolicy,
    shown: Shown,
) -> Result<Answer, AppError> {
    let seen = serde_json::to_string(now)
        .map_err(|error| AppError::Data(format!("a policy can't be written: {error}")))?;
    visit.page(
        status,
        &Page {
            frame: visit.frame("Site policy"),
            menu: POLICY,
            form: shown.form.unwrap_or_else(|| PolicyForm::of(now)),
            faults: shown.faults,
            seen,
            changed: shown.changed,
            preview: shown.preview,
            told: shown.told,
        },
    )
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    page(&visit, 200, &site::policy(app, call)?, Shown::default())
}

fn save(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let now = site::policy(app, &visit.to(&PAGE, Named::Site))?;
    let form = PolicyForm::of(&now).sent(input);
    let wished = form.wish(&now);
    let with_form = Shown {
        form: Some(form),
        ..Shown::default()
    };
    let wrong = |faults: Faults, with_form: Shown| {
        let shown = Shown {
            faults,
            ..with_form
        };
        page(&visit, 422, &now, shown)
    };
    let wished = match wished {
        Ok(wished) => wished,
        Err(faults) => return wrong(faults, with_form),
    };
    let told = serde_json::to_string(&wished)
        .map_err(|error| AppError::Data(format!("a policy can't be written: {error}")))?;
    let seen = serde_json::from_str::<SitePolicy>(input.field("seen")).ok();
    let save = input.field("step") == "save";
    // What would stop a token or lock somebody out is said before it is saved, once. A policy that changed meanwhile
    // is told by itself.
    if !save || (input.field("told") != told && seen.as_ref() == Some(&now)) {
        match look(&visit, &now, &wished) {
            Ok(preview) if save && !preview.breaks && preview.people == 0 => {}
            Ok(preview) => {
                let preview = Some(preview);
                return page(
                    &visit,
                    200,
                    &now,
                    Shown {
                        preview,
                        told,
                        ..with_form
                    },
                );
            }
            Err(error) => return wrong(Faults::of(error)?, with_form),
        }
    }
    // A page that does not say what it was made from is as good as an old one.
    let saved = match &seen {
        Some(seen) => site::put_policy_as_seen(app, call, &wished, seen),
        None => Err(AppError::conflict(
            "policy_changed",
            "The page was too old; look again.",
        )),
    };
    match saved {
        Ok(_) => Ok(Said::POLICY_SAVED.redirect(app, POLICY)),
        Err(AppError::Conflict { .. }) => {
            let mut changed = seen.map_or_else(Vec::new, |seen| changes(&seen, &now));
            if changed.is_empty() {
                changed.push("Settings that this page does not show.".to_owned());
            }
            let preview = Some(look(&visit, &now, &wished)?);
            let shown = Shown {
                changed,
                preview,
                told,
                ..with_form
            };
            page(&visit, 409, &now, shown)
        }
        Err(error) => wrong(Faults::of(error)?, with_form),
    }
}
