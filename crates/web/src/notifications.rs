//! What the reader was told: the page for those who read no mail.

use askama::Template;
use jeton_app::notices::{self, Item, Topic};
use jeton_app::{App, AppError, Call};
use jeton_domain::{Id as _, Operation};
use jeton_http::{Answer, Field, Form, Input, Method, Names, Route};

use crate::operation::{own_page, page_changing};
use crate::{Frame, Said, Visit, words};

static PAGE: Operation = own_page("page.notifications", "Show what the person was told.");
static READ: Operation = page_changing(
    own_page("page.notifications.read", "Mark notifications as read."),
    &[],
);

const PATH: &str = "/notifications";
const ON_A_PAGE: u32 = 30;

pub(crate) static ROUTES: &[Route] = &[
    Route::new(Method::Get, PATH, &PAGE, Names::Own, show).query(&[
        Field::optional("unread", Form::Text, "`1`: only what was not read."),
        Field::optional("topic", Form::Text, "Only what is about that."),
        Field::optional("page", Form::Number, "Which page, from 1."),
    ]),
    Route::new(
        Method::Post,
        "/notifications/read",
        &READ,
        Names::Own,
        read_all,
    ),
    Route::new(
        Method::Post,
        "/notifications/{id}/read",
        &READ,
        Names::Own,
        read_one,
    ),
];

/// A notice in the list.
#[derive(Debug)]
struct Row {
    id: i64,
    item: Item,
    when: String,
    moment: String,
}

#[derive(Template)]
#[template(path = "notifications.html")]
struct Page {
    frame: Frame,
    rows: Vec<Row>,
    total: u64,
    unread: u64,
    /// The newest on the page: up to it all can be marked.
    newest: i64,
    only_unread: bool,
    topic: &'static str,
    number: u32,
    pages: u32,
}

impl Page {
    fn filtered(&self) -> bool {
        self.only_unread || !self.topic.is_empty()
    }

    fn topics() -> [(Topic, &'static str); 4] {
        Topic::ALL.map(|topic| {
            let title = match topic {
                Topic::Requests => "Requests for your review",
                Topic::Tokens => "Your tokens",
                Topic::Security => "Signing in",
                Topic::Organizations => "Invitations and memberships",
            };
            (topic, title)
        })
    }

    fn address(&self, number: u32) -> String {
        let unread = if self.only_unread { "&unread=1" } else { "" };
        format!("{PATH}?page={number}&topic={}{unread}", self.topic)
    }
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let only_unread = input.query("unread").is_some_and(|word| word == "1");
    let wished = input.query("topic").unwrap_or_default();
    let topic = Topic::ALL.into_iter().find(|topic| topic.name() == wished);
    let number = input.query("page").and_then(|text| text.parse().ok());
    let number: u32 = number.unwrap_or(1).max(1);
    let offset = u64::from(number - 1) * u64::from(ON_A_PAGE);
    let listed = notices::list(app, call, only_unread, topic, offset, ON_A_PAGE)?;
    let now = app.now();
    let rows: Vec<Row> = listed
        .items
        .into_iter()
        .map(|item| Row {
            id: item.id.get(),
            when: words::relative(item.at, now),
            moment: item.at.minute(),
            item,
        })
        .collect();
    visit.page(
        200,
        &Page {
            frame: visit.frame("Notifications"),
            newest: rows.first().map_or(0, |row| row.id),
            rows,
            total: listed.total,
            unread: listed.unread,
            only_unread,
            topic: topic.map_or("", Topic::name),
            number,
            pages: u32::try_from(listed.total.div_ceil(u64::from(ON_A_PAGE))).unwrap_or(u32::MAX),
        },
    )
}

fn read_all(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let up_to = input.field("up_to").parse().ok();
    let up_to = up_to
        .and_then(jeton_app::notices::NoticeId::from_i64)
        .ok_or(AppError::Missing("notification"))?;
    notices::mark_all_read(app, call, up_to)?;
    Ok(Said::NOTICES_READ.redirect(app, PATH))
}

fn read_one(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let id = jeton_app::notices::NoticeId::from_i64(input.id("id")?)
        .ok_or(AppError::Missing("notification"))?;
    notices::mark_read(app, call, id)?;
    Ok(Answer::see_other(PATH))
}
