//! The guides: files of the project, rendered once.

use std::sync::LazyLock;

use askama::Template;
use askama::filters::Safe;
use jeton_app::{App, AppError, Call};
use jeton_http::{Answer, Input};
use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html};

use super::visit;
use crate::Frame;

/// A guide: the word in its address, its title, one sentence, its file's name and text.
#[derive(Debug)]
pub(crate) struct Guide {
    pub(crate) slug: &'static str,
    pub(crate) title: &'static str,
    pub(crate) sentence: &'static str,
    file: &'static str,
    text: &'static str,
}

macro_rules! guide {
    ($slug:literal, $file:literal, $title:literal, $sentence:literal) => {
        Guide {
            slug: $slug,
            title: $title,
            sentence: $sentence,
            file: $file,
            text: include_str!(concat!("../../../../docs/", $file)),
        }
    };
}

/// All of them, in the order of reading.
pub(crate) const GUIDES: &[Guide] = &[
    guide!(
        "use",
        "guide-developer.md",
        "Create and use a token",
        "From signing in to the first clone, push and request."
    ),
    guide!(
        "members",
        "guide-owner.md",
        "Enable your organization's members",
        "Say what is allowed, invite, review what is asked for, see what is there."
    ),
    guide!(
        "builds",
        "guide-workload.md",
        "Builds without a stored secret",
        "Trust what a build server says of its jobs, by rules."
    ),
    guide!(
        "safe",
        "guide-safe.md",
        "Keep it safe",
        "Where a token is kept, how little it needs, and how to see what it does."
    ),
    guide!(
        "rotate",
        "guide-rotate.md",
        "Rotate without an outage",
        "A new value while the old one still works, by hand and in a script."
    ),
    guide!(
        "trouble",
        "guide-trouble.md",
        "Expired, denied, breached",
        "What a refusal means, and what to do now."
    ),
    guide!(
        "automation",
        "guide-automation.md",
        "Scripts, CI jobs and tools",
        "As little power for as short a time as possible."
    ),
    guide!(
        "packages",
        "guide-packages.md",
        "Packages of npm",
        "Install and publish with npm, pnpm and yarn, and say who reaches a package."
    ),
    guide!(
        "webhooks",
        "guide-webhooks.md",
        "Be told at once",
        "A receiver that checks signatures, a webhook, and what became of each delivery."
    ),
    guide!(
        "secrets",
        "guide-secrets.md",
        "Secrets for jobs",
        "Keep what a deploy script needs, for a repository, an organization, or the jobs that you open."
    ),
    guide!(
        "applications",
        "guide-applications.md",
        "Applications that act for people",
        "Sign gh and Git Credential Manager in, let applications in, register one."
    ),
    guide!(
        "operate",
        "guide-operator.md",
        "Operate the server",
        "Install, configure, back up, restore, upgrade."
    ),
];

/// Lists that are generated, served as the guides are.
pub(crate) const LISTS: &[Guide] = &[
    guide!(
        "commands",
        "reference/commands.md",
        "Commands",
        "Every command, with its options and exit codes."
    ),
    guide!(
        "configuration",
        "reference/configuration.md",
        "Configuration",
        "Every setting of the server, with its variable and default."
    ),
    guide!(
        "reasons",
        "reference/reasons.md",
        "Reasons of refusals",
        "Every stable word that a refusal gives, and what it means."
    ),
];

/// A guide as it is shown.
#[derive(Debug)]
struct Rendered {
    guide: &'static Guide,
    html: String,
}

static RENDERED: LazyLock<Vec<Rendered>> = LazyLock::new(|| {
    files()
        .map(|guide| Rendered {
            guide,
            html: rendered(guide.text),
        })
        .collect()
});

fn files() -> impl Iterator<Item = &'static Guide> {
    GUIDES.iter().chain(LISTS)
}

/// A guide for people who use the server that they read it on. Another says how one is set up, and lists name none.
fn asks(guide: &Guide) -> bool {
    guide.slug != "operate" && GUIDES.iter().any(|known| known.slug == guide.slug)
}

/// The server in commands of the files.
const EXAMPLE: &str = "https://git.example.org";

#[derive(Template)]
#[template(path = "docs/guide.html")]
struct Page {
    frame: Frame,
    here: &'static str,
    body: Safe<String>,
}

pub(super) fn one(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = visit(app, call, input)?;
    let slug = input.path("guide");
    let found = RENDERED
        .iter()
        .find(|rendered| rendered.guide.slug == slug)
        .ok_or(AppError::Missing("guide"))?;
    visit.page(
        200,
        &Page {
            frame: visit.frame(found.guide.title),
            here: found.guide.slug,
            // SECURITY: made from the project's own files; HTML in them is left out, and everything else escaped.
            body: Safe(if asks(found.guide) {
                // What is copied from here asks this server.
                found.html.replace(EXAMPLE, visit.app.public_url())
            } else {
                found.html.clone()
            }),
        },
    )
}

/// Markdown as HTML. Raw HTML goes, links between guides lead to pages, headings can be linked to.
fn rendered(text: &str) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let mut events: Vec<Event<'_>> = Parser::new_ext(text, options)
        .filter(|event| !matches!(event, Event::Html(_) | Event::InlineHtml(_)))
        .map(linked)
        .collect();
    name_headings(&mut events);
    let mut out = String::new();
    html::push_html(&mut out, events.into_iter());
    // A table wider than a phone is scrolled by itself.
    out.replace(
        "<table>",
        "<div class=\"table-wrap\" tabindex=\"0\" role=\"region\" aria-label=\"Table\"><table>",
    )
    .replace("</table>", "</table></div>")
    .replace("<pre>", "<pre tabindex=\"0\">")
}

fn linked(event: Event<'_>) -> Event<'_> {
    match event {
        Event::Start(Tag::Link {
            link_type,
            dest_url,
            title,
            id,
        }) => Event::Start(Tag::Link {
            link_type,
            dest_url: target(&dest_url).into(),
            title,
            id,
        }),
        // `sh not run: …` is the test's business.
        Event::Start(Tag::CodeBlock(pulldown_cmark::CodeBlockKind::Fenced(info))) => {
            let word = info
                .split_whitespace()
                .next()
                .unwrap_or_default()
                .to_owned();
            Event::Start(Tag::CodeBlock(pulldown_cmark::CodeBlockKind::Fenced(
                word.into(),
            )))
        }
        other => other,
    }
}

/// Where a link of a file leads on the server: to another guide's page, or to the file's place in the project, which the server
/// does not serve.
fn target(link: &str) -> String {
    let (path, rest) = match link.split_once('#') {
        Some((path, fragment)) => (path, format!("#{fragment}")),
        None => (link, String::new()),
    };
    if path.is_empty() || path.starts_with("https://") || path.starts_with('/') {
        return link.to_owned();
    }
    let file = path.rsplit('/').next().unwrap_or(path);
    match files().find(|guide| guide.file.rsplit('/').next() == Some(file)) {
        Some(guide) => format!("/docs/{}{rest}", guide.slug),
        None if file == "operations.md" => "/docs/operations".to_owned(),
        None => "/docs".to_owned(),
    }
}

/// Gives each heading the name that a link in the project's files has for it.
fn name_headings(events: &mut [Event<'_>]) {
    let mut at = None;
    let mut text = String::new();
    let mut names: Vec<(usize, String)> = Vec::new();
    for (place, event) in events.iter().enumerate() {
        match event {
            Event::Start(Tag::Heading { .. }) => (at, text) = (Some(place), String::new()),
            Event::Text(part) | Event::Code(part) if at.is_some() => text.push_str(part),
            Event::End(TagEnd::Heading(_)) => names.extend(at.take().map(|at| (at, slug(&text)))),
            _ => {}
        }
    }
    for (place, name) in names {
        if let Some(Event::Start(Tag::Heading { id, .. })) = events.get_mut(place) {
            *id = Some(CowStr::from(name));
        }
    }
}

fn slug(text: &str) -> String {
    text.to_lowercase()
        .chars()
        .filter_map(|c| match c {
            ' ' | '-' => Some('-'),
            c if c.is_alphanumeric() => Some(c),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_file_becomes_a_page_s_own_html() {
        let out = rendered(
            "<script>alert(1)</script>\n\n<!-- x -->\n\na <b>b</b> `<i>`\n\n```sh not run: x\n<u>\n```\n",
        );
        for bad in ["<script", "<b>", "<i>", "<u>", "<!--"] {
            assert!(!out.contains(bad), "{out}");
        }
        assert!(out.contains("class=\"language-sh\""), "{out}");
    }

    #[test]
    fn links_between_files_lead_between_pages() {
        assert_eq!(target("guide-owner.md#people"), "/docs/members#people");
        assert_eq!(target("../docs/guide-operator.md"), "/docs/operate");
        assert_eq!(target("https://example.org/a"), "https://example.org/a");
        assert_eq!(target("#here"), "#here");
        assert_eq!(target("../SHORTCOMINGS.md"), "/docs");
        assert_eq!(target("reference/reasons.md#x"), "/docs/reasons#x");
    }

    #[test]
    fn a_guide_that_names_its_server_names_it_by_nothing_else() {
        for guide in files().filter(|guide| asks(guide)) {
            for rest in guide.text.split("git.example.org").skip(1) {
                assert!(!rest.starts_with(':'), "{}: {rest}", guide.slug);
            }
        }
    }

    #[test]
    fn every_guide_has_one_title_and_no_link_leads_nowhere() {
        for guide in files() {
            let out = rendered(guide.text);
            assert_eq!(out.matches("<h1").count(), 1, "{}", guide.slug);
            for link in out.split("href=\"").skip(1) {
                let link = link.split('"').next().unwrap();
                let (page, fragment) = link.split_once('#').unwrap_or((link, ""));
                let there = match page.strip_prefix("/docs/") {
                    _ if fragment.is_empty() => continue,
                    Some(slug) => files().find(|guide| guide.slug == slug),
                    None => Some(guide),
                };
                let there = rendered(there.unwrap().text);
                assert!(
                    there.contains(&format!("id=\"{fragment}\"")),
                    "{}: {link}",
                    guide.slug
                );
            }
        }
    }
}
