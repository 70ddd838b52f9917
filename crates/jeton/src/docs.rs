//! Pages of the reference that are made from the program's tables, so that they can't be untrue.

use std::fmt::Write as _;

use jeton_decide::Reason;
use jeton_domain::{Operation, Requirement};
use jeton_http::{Code, Route, Table};

use crate::command::tree;
use crate::config::reference;
use crate::server::{ADMIN_TABLES, TABLES};

/// The page of that name, if there is one.
pub fn page(name: &str) -> Option<String> {
    Some(match name {
        "configuration" => reference(),
        "commands" => jeton_client::reference_markdown(tree()),
        "matrix" => crate::matrix::page(&TABLES),
        "operations" => operations(),
        "openapi" => openapi(),
        "reasons" => reasons(),
        _ => return None,
    })
}

fn openapi() -> String {
    // With each name on a line of its own, so that a change can be read.
    format!("{:#}\n", jeton_api::openapi::document())
}

fn operations() -> String {
    let mut page = String::from(
        "# Operations\n\n\
         Generated from the route tables, which are also what is enforced; do not edit.\n\n\
         Of several permission sets any one will do; of one set all must be held. 'None' needs no permission, \
         'sign-in' is open to a person's own sign-ins only.\n",
    );
    for table in TABLES.iter().chain(ADMIN_TABLES) {
        let prefix = table.prefixes.first().copied().unwrap_or_default();
        for route in table.routes {
            describe_route(&mut page, table, prefix, route);
        }
    }
    page
}

fn describe_route(page: &mut String, table: &Table, prefix: &str, route: &Route) {
    let operation = route.operation;
    let selector = route
        .selector
        .map_or_else(String::new, |(name, value)| format!("?{name}={value}"));
    let _ = write!(
        page,
        "\n## `{} {prefix}{}{selector}`\n\n{} (`{}`)\n\n- door: {}\n- permissions: {}\n- classic scopes: {}\n- least: {:?}\n",
        route.method.name(),
        route.shown_path(),
        operation.sentence,
        operation.name,
        table.door.name(),
        permissions(operation),
        jeton_api::scopes(operation),
        operation.least,
    );
    if operation.reads_public {
        page.push_str("- reads what anybody may read, without a credential too\n");
    }
    if operation.confirm {
        page.push_str("- a sign-in must have been confirmed lately\n");
    }
    if operation.about_itself {
        page.push_str("- looks at the credential alone: no first use of a new value\n");
    }
    if operation.departs {
        page.push_str("- no rule of the owner's holds it back\n");
    }
    if route.narrowed {
        page.push_str(
            "- lists what the credential reaches: with a token it says `X-Jeton-Narrowed: token`\n",
        );
    }
    if !operation.events.is_empty() {
        let events: Vec<String> = operation
            .events
            .iter()
            .map(|event| format!("`{}`", event.name()))
            .collect();
        let _ = writeln!(
            page,
            "- leaves in the log, as it applies: {}",
            events.join(", ")
        );
    }
    if route.roomy {
        let _ = writeln!(
            page,
            "- takes a body of {} times `limits.body_bytes`",
            jeton_http::ROOM
        );
    }
    for field in route.body {
        let needed = if field.required { "needed" } else { "optional" };
        let _ = writeln!(
            page,
            "- field `{}` ({needed}; {}): {}",
            field.name, field.form, field.sentence
        );
    }
    for field in route.settled {
        let _ = writeln!(
            page,
            "- field `{}` (GitHub's; must be {}): {}",
            field.name, field.form, field.sentence
        );
    }
    for field in route.parameters() {
        let _ = writeln!(
            page,
            "- parameter `{}` ({}): {}",
            field.name, field.form, field.sentence
        );
    }
    let (status, shape) = route.answer;
    let shape = if shape.is_empty() {
        String::new()
    } else {
        format!(" {shape}")
    };
    let _ = writeln!(page, "- answers {status}{shape}");
}

fn permissions(operation: &Operation) -> String {
    if !operation.needs_permission() {
        return "none".to_owned();
    }
    let set = |set: &&[Requirement]| {
        set.iter()
            .map(|r| format!("`{}: {}`", r.key, r.level.name()))
            .collect::<Vec<_>>()
            .join(" and ")
    };
    let sets: Vec<String> = operation.sets.iter().map(set).collect();
    if sets.is_empty() {
        "sign-in".to_owned()
    } else {
        sets.join(", or ")
    }
}

fn reasons() -> String {
    let mut page = String::from(
        "# Reasons\n\nGenerated from the program; do not edit.\n\n\
         What `reason` can say in an answer, and nothing else. The words never change. An answer 404 has none: it would tell \
         hidden from missing.\n\n\
         ## Of the decision\n\n| reason | means |\n|---|---|\n",
    );
    for (code, words) in Reason::CODES {
        let _ = writeln!(page, "| `{code}` | {words} |");
    }
    page.push_str("\n## Of everything else\n\n| reason | means |\n|---|---|\n");
    for code in Code::ALL {
        let _ = writeln!(page, "| `{}` | {} |", code.word(), code.means());
    }
    page.push_str(
        "\n## Facts about a credential\n\n\
         What `code` can say in the list `credential` of a refusal, a 404 too: these hang on the credential alone. Where the \
         owner's policy refuses the token whatever it is used for, the code is the decision's reason.\n\n\
         | code | means |\n|---|---|\n",
    );
    for (code, words) in jeton_app::FACTS {
        let _ = writeln!(page, "| `{code}` | {words} |");
    }
    page
}
