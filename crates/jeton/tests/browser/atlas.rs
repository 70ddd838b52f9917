//! Every page of the tables, in the light, in the dark and on a telephone: sound, and kept as a picture.
//!
//! A page is found by its route, so one that is new is visited without a word here, unless its path names something that
//! this file does not know yet.

use jeton_http::{Method, Route};
use serde_json::json;

use super::driver::{Browser, Scripts};
use super::town::{SERVICE, Town};

/// Routes that show no page, and what they are.
const NO_PAGES: &[(&str, &str)] = &[
    ("/assets/{file}", "style sheet, script, picture"),
    ("/-/avatars/{account}", "a picture"),
    ("/", "leads on"),
    ("/organizations/{org}/settings/audit-log/export", "a file"),
    ("/settings/security-log/export", "a file"),
    ("/admin/audit-log/export", "a file"),
    (
        "/login/oidc/callback",
        "takes what the provider sends, and leads on",
    ),
];

/// Browsers that share the pages between them.
const BROWSERS: usize = 4;

fn pages() -> Vec<&'static Route> {
    let routes = jeton_web::TABLES.iter().flat_map(|table| table.routes);
    routes
        .filter(|route| route.method == Method::Get)
        .filter(|route| !NO_PAGES.iter().any(|(path, _)| *path == route.path))
        .collect()
}

/// Who looks at a page; nobody at the way in and at the guides.
fn viewer(path: &str) -> Option<&'static str> {
    let is = |prefixes: &[&str]| prefixes.iter().any(|prefix| path.starts_with(prefix));
    // Who is invited reads what they are invited to.
    if path.ends_with("/invitation") || path.ends_with("{repo}/invitations") {
        return Some("ines");
    }
    // What an application leads to is for who is signed in.
    let is_oauth = is(&["/login/device", "/login/oauth", "/login/npm"]);
    if !is_oauth
        && is(&[
            "/login",
            "/setup",
            "/join",
            "/password_reset",
            "/docs",
            "/-/verify",
            "/invitations/",
        ])
    {
        None
    } else if is(&["/admin"]) {
        Some("noor")
    } else if is(&["/settings", "/-/", "/notifications", "/new", "/users"]) || is_oauth {
        Some("tomas")
    } else {
        Some("lena")
    }
}

/// The route's path with what is there in it.
fn address(town: &Town, route: &Route) -> String {
    let filled: Vec<String> = route
        .path
        .split('/')
        .map(|part| match part {
            "{org}" | "{owner}" => "alta3".to_owned(),
            "{repo}" if route.path.ends_with("/invitations") => "gutenberg".to_owned(),
            "{repo}" => "labs".to_owned(),
            "{username}"
                if route.path.contains("outside-collaborators")
                    || route.path.contains("settings/access") =>
            {
                "ines".to_owned()
            }
            "{login}" | "{username}" => "tomas".to_owned(),
            "{code}" if route.path.starts_with("/invitations/") => town.invitation.clone(),
            "{code}" if route.path.starts_with("/login/npm/") => town.npm_sign_in(),
            "{package}" => "pad".to_owned(),
            "{team}" | "{team_slug}" => "teachers".to_owned(),
            "{service}" => SERVICE.to_owned(),
            "{token_id}" if route.path.contains("{service}") => town.service_token.to_string(),
            "{token_id}" if route.path.starts_with("/settings/tokens/") => {
                town.classic.id.to_string()
            }
            "{token_id}" | "{token}" => town.active.id.to_string(),
            "{pat_request_id}" | "{request_id}" => town.request().to_string(),
            "{pat_id}" => town.grant().to_string(),
            "{secret_name}" => "DEPLOY_KEY".to_owned(),
            "{hook_id}" => town.hooks[usize::from(route.path.contains("{repo}"))].to_string(),
            "{delivery_id}" => town.told[usize::from(route.path.contains("{repo}"))].to_string(),
            "{rule_id}" => town.rule.to_string(),
            "{issuer_id}" => town.workload[0].to_string(),
            "{workload_rule_id}" => town.workload[1].to_string(),
            "{application_id}" if route.path.starts_with("/organizations") => {
                town.classroom.0.to_string()
            }
            "{application_id}" => town.board.0.to_string(),
            "{code}" => "0123456789abcdef0123456789abcdef".to_owned(),
            "{name}" => "repository.get".to_owned(),
            "{key}" => "contents".to_owned(),
            "{guide}" => "use".to_owned(),
            other => {
                assert!(
                    !other.starts_with('{'),
                    "say here what {other} of {} is",
                    route.path
                );
                other.to_owned()
            }
        })
        .collect();
    let path = filled.join("/");
    if route.path == "/login/oauth/authorize" {
        return format!(
            "{path}?client_id={}&scope=repo%20gist&state=x",
            town.board.1
        );
    }
    if route.path.ends_with("/hand-over") {
        return format!("{path}?service={SERVICE}");
    }
    path
}

fn picture_name(path: &str) -> String {
    let name: String = path
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    name.trim_matches('-').replace("--", "-")
}

/// What is wrong with a page, in each of its three faces.
fn look(browser: &Browser, url: &str, name: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for (face, scheme, small) in [
        ("light", "light", false),
        ("dark", "dark", false),
        ("phone", "light", true),
    ] {
        browser.scheme(scheme);
        if small {
            browser.phone();
        } else {
            browser.desktop();
        }
        browser.open(url);
        let status = "return performance.getEntriesByType('navigation')[0].responseStatus";
        let status = browser.script(status, Vec::new());
        // A link that nobody was sent is told so, on a page that has to be sound too.
        let wanted: &[u16] = if name.contains("code") {
            &[200, 403, 404]
        } else {
            &[200]
        };
        if !wanted.iter().any(|good| status == json!(good)) {
            wrong.push(format!("{face}: status {status}"));
        }
        let troubles = browser.troubles();
        wrong.extend(troubles.into_iter().map(|said| format!("{face}: {said}")));
        browser.keep_picture(&format!("{name}-{face}"));
    }
    browser.desktop();
    browser.scheme("light");
    wrong
}

fn part(number: usize) {
    let town = Town::build();
    let Some(browser) = Browser::start(Scripts::On) else {
        return;
    };
    let mut pages: Vec<&Route> = pages().into_iter().skip(number).step_by(BROWSERS).collect();
    // One sign-in for each person, not for each page.
    pages.sort_by_key(|route| viewer(route.path));
    browser.first_visits(true);
    let mut signed_in = None;
    let mut wrong = Vec::new();
    for route in pages {
        let who = viewer(route.path);
        if who != signed_in {
            browser.devtools("Network.clearBrowserCookies", &json!({}));
            if let Some(login) = who {
                town.office.enter(&browser, login);
            }
            signed_in = who;
        }
        let url = town.office.at(&address(&town, route));
        let found = look(&browser, &url, &picture_name(route.path));
        wrong.extend(found.iter().map(|said| format!("{} {said}", route.path)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_page_is_sound_1() {
    part(0);
}

#[test]
fn every_page_is_sound_2() {
    part(1);
}

#[test]
fn every_page_is_sound_3() {
    part(2);
}

#[test]
fn every_page_is_sound_4() {
    part(3);
}
