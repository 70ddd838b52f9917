//! One delivery: what was sent, and what was answered.

use askama::Template;
use jeton_app::hooks::{self, DeliveryView};
use jeton_app::{App, AppError, Call};
use jeton_domain::Clean;
use jeton_http::{Answer, Input};
use serde_json::Value;

use super::show::took;
use super::{around, delivery_id, id, outcome, told};
use crate::around::Around;
use crate::words::relative;
use crate::{Frame, Visit, settings};

/// Characters of a body on its page; REST gives it whole.
const SHOWN: usize = 100_000;

/// A message as it stands on the page.
#[derive(Debug, Default)]
struct Message {
    headers: Vec<(String, String)>,
    body: String,
    /// Its end is left out.
    cut: bool,
}

impl Message {
    fn of(headers: Option<&String>, body: &str) -> Self {
        let text: Vec<String> = body.split('\n').map(Clean::plain).collect();
        let text = text.join("\n");
        Self {
            headers: headers.map_or_else(Vec::new, |headers| lines(headers)),
            cut: text.chars().nth(SHOWN).is_some(),
            body: text.chars().take(SHOWN).collect(),
        }
    }

    fn is_empty(&self) -> bool {
        self.headers.is_empty() && self.body.is_empty()
    }
}

/// Headers, from the JSON object in which they are kept.
fn lines(headers: &str) -> Vec<(String, String)> {
    let Ok(Value::Object(headers)) = serde_json::from_str(headers) else {
        return Vec::new();
    };
    let text = |value: &Value| match value {
        Value::String(text) => text.plain(),
        other => other.to_string().plain(),
    };
    headers
        .iter()
        .map(|(name, value)| (name.plain(), text(value)))
        .collect()
}

/// A payload with a line for each field.
fn spread(payload: &str) -> String {
    let read: Option<Value> = serde_json::from_str(payload).ok();
    read.and_then(|value| serde_json::to_string_pretty(&value).ok())
        .unwrap_or_else(|| payload.to_owned())
}

#[derive(Template)]
#[template(path = "hooks/delivery.html")]
struct Page {
    frame: Frame,
    around: Around,
    hook: i64,
    id: i64,
    what: String,
    word: String,
    tone: &'static str,
    guid: String,
    at: String,
    when: String,
    took: String,
    again: bool,
    attempt: i64,
    url: String,
    fault: String,
    /// It is over, and can be had again.
    over: bool,
    request: Message,
    response: Message,
}

pub(super) fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let around = around(&visit)?;
    let hook = id(input)?;
    let showing = visit.to(&around.hooks().delivery, around.home.clone());
    let DeliveryView { row, texts } = hooks::delivery(app, &showing, hook, delivery_id(input)?)?;
    let (word, tone) = outcome(&row);
    let at = row.delivered_at.unwrap_or(row.due_at);
    visit.page(
        200,
        &Page {
            frame: visit.frame(format!("Delivery to a webhook of {}", around.name())),
            hook: hook.get(),
            id: row.id.get(),
            what: told(&row).plain(),
            word,
            tone,
            at: at.iso(),
            when: relative(at, app.now()),
            took: took(&row),
            again: row.redelivery,
            attempt: row.attempt,
            url: texts.url.as_deref().unwrap_or_default().plain(),
            fault: row.fault.as_deref().unwrap_or_default().plain(),
            over: row.outcome.is_some(),
            request: Message::of(texts.request_headers.as_ref(), &spread(&texts.payload)),
            response: Message::of(
                texts.response_headers.as_ref(),
                texts.response_body.as_deref().unwrap_or_default(),
            ),
            guid: row.guid,
            around,
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_is_read_and_what_is_hostile_is_made_plain() {
        let kept = "{\"A\":\"x\\u001b[31m\",\"B\":[\"y\"]}".to_owned();
        let message = Message::of(Some(&kept), "one\ntwo\u{202e}");
        assert_eq!(
            message.headers,
            [
                ("A".to_owned(), "x[31m".to_owned()),
                ("B".to_owned(), "[\"y\"]".to_owned())
            ]
        );
        assert_eq!((message.body.as_str(), message.cut), ("one\ntwo", false));
        let long = Message::of(None, &"é".repeat(SHOWN + 1));
        assert_eq!((long.body.chars().count(), long.cut), (SHOWN, true));
        assert!(Message::of(None, "").is_empty());
    }
}
