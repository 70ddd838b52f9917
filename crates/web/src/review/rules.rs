//! Rules by which requests are approved without a person.

use askama::Template;
use jeton_api::ops;
use jeton_app::approval::{self, RuleView, RuleWish, WhoWish};
use jeton_app::tokens::RepositoriesWish;
use jeton_app::{App, AppError, Call, Named};
use jeton_domain::{
    ApprovalRuleId, Id, Level, Maximum, Operation, PermissionKey, Scope, Selection, Who, first_of,
};
use jeton_http::{Answer, Input, Method, Names, Route};

use super::length;
use super::{Menu, RULES, counted, owners_page};
use crate::levels::{self, Entry};
use crate::{Faults, Frame, Said, Seen, Values, Visit, seen};

static LIST: Operation = owners_page("page.rules", "Show an organization's rules for approval.");
static SHOW: Operation = owners_page("page.rule", "Show one rule for approval.");

const PATH: &str = "/organizations/{org}/settings/approval-rules";
const ONE: &str = "/organizations/{org}/settings/approval-rules/{rule_id}";
const ORG: Names = Names::Organization("org");

/// Days that the form suggests.
const DAYS: &str = "30";

pub(super) const ROUTES: &[Route] = &[
    Route::new(Method::Get, PATH, &LIST, ORG, list),
    Route::new(Method::Post, PATH, ops::approval::CREATE, ORG, create),
    Route::new(Method::Get, ONE, &SHOW, ORG, show),
    Route::new(Method::Post, ONE, ops::approval::REPLACE, ORG, replace),
    Route::new(
        Method::Post,
        "/organizations/{org}/settings/approval-rules/{rule_id}/delete",
        ops::approval::DELETE,
        ORG,
        delete,
    ),
];

#[derive(Template)]
#[template(path = "review/rules.html")]
struct ListPage {
    frame: Frame,
    menu: Menu,
    rules: Vec<Shown>,
    form: RuleForm,
    /// Nothing, as it is a new one.
    seen: Option<Seen>,
    faults: Faults,
    action: String,
    button: &'static str,
}

#[derive(Template)]
#[template(path = "review/rule.html")]
struct ShowPage {
    frame: Frame,
    menu: Menu,
    form: RuleForm,
    seen: Option<Seen>,
    faults: Faults,
    action: String,
    button: &'static str,
}

struct Shown {
    id: i64,
    name: String,
    words: String,
}

/// What is filled in.
#[derive(Clone, Debug)]
struct RuleForm {
    name: String,
    by_team: bool,
    teams: String,
    by_name: bool,
    repositories: String,
    limited: bool,
    days: String,
    permissions: Vec<Entry>,
}

/// Every permission that such a token may hold, with what is chosen of it.
fn entries(chosen: impl Fn(&'static str) -> String) -> Vec<Entry> {
    levels::entries(Level::Admin, |one| one.scope != Scope::Account, chosen)
}

impl RuleForm {
    fn new() -> Self {
        Self {
            name: String::new(),
            by_team: false,
            teams: String::new(),
            by_name: false,
            repositories: String::new(),
            limited: true,
            days: DAYS.to_owned(),
            permissions: entries(|_| String::new()),
        }
    }

    fn of(view: &RuleView) -> Self {
        let rule = &view.row.rule;
        Self {
            name: view.row.name.clone(),
            by_team: matches!(rule.who, Who::Teams(_)),
            teams: view.teams.join(" "),
            by_name: matches!(rule.selection, Selection::Only(_)),
            repositories: view.repositories.join("\n"),
            limited: rule.length != Maximum::Unlimited,
            days: match rule.length {
                Maximum::Days(days) => days.to_string(),
                Maximum::Unlimited => DAYS.to_owned(),
            },
            permissions: entries(|key| {
                let held = PermissionKey::parse(key).and_then(|key| rule.permissions.level(key));
                held.map_or_else(String::new, |level| level.name().to_owned())
            }),
        }
    }

    /// As it was sent. SECURITY: what is not chosen is never the widest.
    fn sent(input: &Input) -> Self {
        let text = |name: &str| input.field(name).trim().to_owned();
        Self {
            name: text("name"),
            by_team: input.field("who") != "members",
            teams: text("teams"),
            by_name: input.field("which") != "all",
            repositories: text("repositories"),
            limited: input.field("limit") != "none",
            days: text("days"),
            permissions: entries(|key| text(&format!("permission.{key}"))),
        }
    }

    fn values(&self) -> Values {
        let who = if self.by_team {
            "teams"
        } else {
            "every member"
        };
        let which = if self.by_name { "only these" } else { "all" };
        let life = if self.limited {
            format!("{} days", self.days)
        } else {
            "any".to_owned()
        };
        let mut values = seen::values([
            ("Name", self.name.clone()),
            ("Whose requests", who.to_owned()),
            ("Repositories", which.to_owned()),
            ("Longest life", life),
        ]);
        let teams = self.teams.split_whitespace();
        values.extend(teams.map(|team| seen::chosen(format!("Team {team}"))));
        let repositories = self.repositories.split_whitespace();
        values.extend(repositories.map(|name| seen::chosen(format!("Repository {name}"))));
        let held = self.permissions.iter();
        values.extend(
            held.filter(|entry| !entry.level.is_empty())
                .map(|entry| (entry.title.clone(), format!("up to {}", entry.level))),
        );
        values
    }

    fn wish(&self, org: &str) -> Result<RuleWish, Faults> {
        // SECURITY: whoever typed names meant them; a rule for all would approve more than was typed.
        if !self.by_team && !self.teams.is_empty() {
            let words =
                "You named teams: choose “Those of members of these teams”, or empty the list.";
            return Err(Faults::one("who", words));
        }
        if self.by_name && self.repositories.is_empty() {
            return Err(Faults::one("repositories", "Name at least one repository."));
        }
        if !self.by_name && !self.repositories.is_empty() {
            let words = "You named repositories: choose “Only these”, or empty the list.";
            return Err(Faults::one("repositories", words));
        }
        let words = |text: &str| -> Vec<String> {
            text.split([' ', ',', '\n', '\r', '\t'])
                .filter(|word| !word.is_empty())
                .map(ToOwned::to_owned)
                .collect()
        };
        let maximum = if self.limited {
            let days = self.days.parse();
            Maximum::Days(
                days.map_err(|_| Faults::one("maximum", "Takes a whole number of days."))?,
            )
        } else {
            Maximum::Unlimited
        };
        let permissions = levels::chosen(&self.permissions);
        if permissions.is_empty() {
            return Err(Faults::one(
                "permissions",
                "Choose at least one permission.",
            ));
        }
        let own = format!("{org}/");
        let names = words(&self.repositories)
            .into_iter()
            .map(|name| {
                name.strip_prefix(&own)
                    .map_or(name.clone(), ToOwned::to_owned)
            })
            .collect();
        Ok(RuleWish {
            name: self.name.clone(),
            permissions,
            repositories: if self.by_name {
                RepositoriesWish::Names(names)
            } else {
                RepositoriesWish::Word("all".to_owned())
            },
            maximum,
            who: if self.by_team {
                WhoWish::Teams(words(&self.teams))
            } else {
                WhoWish::Word("members".to_owned())
            },
        })
    }
}

/// Repositories that a rule's sentence names.
const NAMED: usize = 5;

/// A rule in one sentence.
fn in_words(view: &RuleView) -> String {
    let rule = &view.row.rule;
    let permissions: Vec<String> = rule
        .permissions
        .iter()
        .filter(|(key, _)| *key != PermissionKey::metadata())
        .map(|(key, level)| format!("{} up to {}", key.permission().full_title(), level.name()))
        .collect();
    let repositories = match &rule.selection {
        Selection::Only(set) => {
            let number = counted(set.len() as u64, "repository", "repositories");
            let names = first_of(&view.repositories, set.len(), NAMED);
            if names.is_empty() {
                number
            } else {
                format!("{number}: {names}")
            }
        }
        Selection::All | Selection::Public => "all repositories".to_owned(),
    };
    let who = match &rule.who {
        Who::Members => "every member".to_owned(),
        Who::Teams(_) if view.teams.is_empty() => "nobody, as its teams are gone".to_owned(),
        Who::Teams(_) => view.teams.join(", "),
    };
    let life = match rule.length {
        Maximum::Unlimited => "any life".to_owned(),
        Maximum::Days(_) => format!("at most {}", length(rule.length)),
    };
    format!(
        "{} · {repositories} · {life} · for {who}",
        permissions.join(", ")
    )
}

fn list_page(
    visit: &Visit<'_>,
    status: u16,
    form: RuleForm,
    faults: Faults,
) -> Result<Answer, AppError> {
    let menu = Menu::of(visit, RULES)?;
    let call = visit.to(&LIST, Named::Organization(menu.org.clone()));
    let rules = approval::list(visit.app, &call)?;
    visit.page(
        status,
        &ListPage {
            frame: visit.frame("Approval rules"),
            rules: rules
                .iter()
                .map(|view| Shown {
                    id: view.row.id.get(),
                    name: view.row.name.clone(),
                    words: in_words(view),
                })
                .collect(),
            form,
            seen: None,
            faults,
            action: menu.path(RULES),
            button: "Add the rule",
            menu,
        },
    )
}

fn list(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    list_page(&visit, 200, RuleForm::new(), Faults::default())
}

fn create(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let form = RuleForm::sent(input);
    let wish = match form.wish(input.path("org")) {
        Ok(wish) => wish,
        Err(faults) => return list_page(&visit, 422, form, faults),
    };
    match approval::create(app, call, &wish) {
        Ok(_) => {
            let path = Menu::of(&visit, RULES)?.path(RULES);
            Ok(Said::RULE_SAVED.redirect(app, &path))
        }
        Err(error) => list_page(&visit, 422, form, Faults::of(error)?),
    }
}

fn id(input: &Input) -> Result<ApprovalRuleId, AppError> {
    ApprovalRuleId::from_i64(input.id("rule_id")?).ok_or(AppError::Missing("rule"))
}

fn show_page(
    visit: &Visit<'_>,
    status: u16,
    form: RuleForm,
    seen: Seen,
    faults: Faults,
) -> Result<Answer, AppError> {
    let menu = Menu::of(visit, RULES)?;
    let action = format!("{}/{}", menu.path(RULES), id(visit.input)?);
    visit.page(
        status,
        &ShowPage {
            frame: visit.frame("Approval rule"),
            menu,
            form,
            seen: Some(seen),
            faults,
            action,
            button: "Save the rule",
        },
    )
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let form = RuleForm::of(&approval::show(app, call, id(input)?)?);
    let seen = Seen::of(&form.values());
    show_page(&visit, 200, form, seen, Faults::default())
}

fn replace(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let form = RuleForm::sent(input);
    let now = RuleForm::of(&approval::show(app, call, id(input)?)?);
    let seen = Seen::sent(input, &now.values());
    if seen.is_stale() {
        return show_page(&visit, 409, form, seen, Faults::default());
    }
    let wish = match form.wish(input.path("org")) {
        Ok(wish) => wish,
        Err(faults) => return show_page(&visit, 422, form, seen, faults),
    };
    match approval::replace(app, call, id(input)?, &wish) {
        Ok(_) => {
            let path = Menu::of(&visit, RULES)?.path(RULES);
            Ok(Said::RULE_SAVED.redirect(app, &path))
        }
        Err(error) => show_page(&visit, 422, form, seen, Faults::of(error)?),
    }
}

fn delete(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    approval::delete(app, call, id(input)?)?;
    let path = Menu::of(&visit, RULES)?.path(RULES);
    Ok(Said::RULE_DELETED.redirect(app, &path))
}
