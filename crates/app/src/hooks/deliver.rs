//! Sending what webhooks are told: leased, one at a time for each of them, tried again with growing pauses.
//!
//! At least once: where the server ends between sending and noting, the same is sent again under the same name
//! (`X-GitHub-Delivery`), by which receivers know what they heard.

use jeton_domain::{HookDeliveryId, HookEvent, Span, Time};
use jeton_out::webhook::{Answer, BadTarget, Delivery, Failure, signatures};
use jeton_store::hook_deliveries::{self, DeliveryOutcome, DeliveryRow, Ended};
use jeton_store::hooks::{self, HookContentType, HookOwner, HookRow};
use serde_json::{Map, Value};
use url::form_urlencoded;
use zeroize::Zeroizing;

use super::Hooks;
use crate::app::App;
use crate::error::AppError;
use crate::seal::SealedIn;

/// How long a worker may take for one: several times what the sender does.
const LEASE: Span = Span::from_seconds(60);

/// Minutes to the next try, after the first, the second, and so on; after the last nobody tries again.
const PAUSES: [i64; 6] = [1, 5, 15, 60, 180, 360];

/// A receiver that takes longer is slow: it rests as long as it took, so that others come between.
const SLOW: Span = Span::from_seconds(1);

/// Characters of a fault that are kept.
const LONGEST_FAULT: usize = 300;

/// A try that was leased.
struct Try {
    row: DeliveryRow,
    payload: String,
    hook: Option<HookRow>,
}

/// A try as it left, and what came of it.
struct Sent {
    headers: Vec<(&'static str, String)>,
    outcome: Result<Answer, Failure>,
}

impl App {
    /// Takes over what an earlier run was at when it ended: it is sent again. Before anything is sent.
    ///
    /// On a full disk the server starts all the same: their leases run out.
    pub fn take_over_deliveries(&self) {
        if let Err(error) = self.store.side(hook_deliveries::release) {
            tracing::warn!(%error, "deliveries of an earlier run could not be taken over");
        }
    }

    /// Sends what is due, for as long as `go_on` says so. Any number may do so at a time. Gives how many were tried.
    pub fn deliver_hooks(&self, go_on: &dyn Fn() -> bool) -> Result<usize, AppError> {
        let Some(hooks) = self.hooks.get() else {
            return Ok(0);
        };
        let mut tried = 0;
        while go_on() {
            let now = self.now();
            if !self
                .store
                .read(|unit| hook_deliveries::any_due(unit, now))?
            {
                break;
            }
            let leased = self
                .store
                .side(|unit| hook_deliveries::lease(unit, now, now.after(LEASE)))?;
            // Another worker was quicker.
            let Some(id) = leased else { break };
            if let Some(due) = self.leased(id)? {
                self.try_once(hooks, &due, go_on)?;
                tried += 1;
            }
        }
        Ok(tried)
    }

    /// Ends what is being sent: for the end of the server. It is sent again after the next start.
    pub fn stop_delivering(&self) {
        if let Some(hooks) = self.hooks.get() {
            hooks.sender.shut_down();
        }
    }

    fn leased(&self, id: HookDeliveryId) -> Result<Option<Try>, AppError> {
        self.store.read(|unit| {
            let (Some(row), Some(texts)) = (
                hook_deliveries::by_id(unit, id)?,
                hook_deliveries::texts(unit, id)?,
            ) else {
                return Ok(None);
            };
            // One that is gone is told just that.
            let hook = if row.event_name == HookEvent::Meta.name() {
                hooks::ever_by_id(unit, row.hook)?
            } else {
                hooks::by_id(unit, row.hook)?
            };
            Ok(Some(Try {
                hook,
                payload: texts.payload,
                row,
            }))
        })
    }

    fn try_once(&self, hooks: &Hooks, due: &Try, go_on: &dyn Fn() -> bool) -> Result<(), AppError> {
        let Some(hook) = due.hook.as_ref().filter(|hook| hook.active) else {
            return self.dropped(due);
        };
        let body = body(hook.content_type, &due.payload);
        let headers = self.headers(hook, &due.row);
        let began = self.now();
        let outcome = self.secret(hook).and_then(|secret| {
            let mut signed = headers.clone();
            signed.extend(signature_headers(secret.as_ref(), &body));
            hooks.sender.send(&Delivery {
                url: &hook.url,
                verifies_tls: hook.verifies_tls,
                headers: &signed,
                body: &body,
            })
        });
        if outcome.is_err() && !go_on() {
            // Cut by our own end: the lease stays, and the next start sends it.
            return Ok(());
        }
        self.note(hook, due, began, &Sent { headers, outcome })
    }

    /// What a delivery is signed with. SECURITY: where it does not open, nothing is sent unsigned.
    fn secret(&self, hook: &HookRow) -> Result<Option<Zeroizing<Vec<u8>>>, Failure> {
        let Some(sealed) = &hook.secret else {
            return Ok(None);
        };
        self.unseal(SealedIn::HookSecret, hook.id.get(), sealed)
            .map(Some)
            .map_err(|error| {
                tracing::error!(%error, hook = hook.id.get(), "a webhook's secret does not open");
                Failure::Unreachable("the secret does not open; set it anew".to_owned())
            })
    }

    fn dropped(&self, due: &Try) -> Result<(), AppError> {
        let ended = Ended {
            outcome: DeliveryOutcome::Dropped,
            fault: None,
            status_code: None,
            duration_ms: 0,
            url: due.hook.as_ref().map_or("", |hook| hook.url.as_str()),
            request_headers: "{}",
            response_headers: None,
            response_body: None,
        };
        let now = self.now();
        self.store
            .write(|unit| hook_deliveries::finish(unit, due.row.id, &ended, now))?;
        Ok(())
    }

    /// Writes down what came of a try, and in the same commit when it is tried again: neither is lost without the other.
    fn note(&self, hook: &HookRow, due: &Try, began: Time, sent: &Sent) -> Result<(), AppError> {
        let (row, now) = (&due.row, self.now());
        let (outcome, fault) = outcome(&sent.outcome);
        let answer = sent.outcome.as_ref().ok();
        let response_headers = answer.map(|answer| object(&answer.headers));
        let took = now.since(began);
        let ended = Ended {
            outcome,
            fault: fault.as_deref(),
            status_code: answer.map(|answer| answer.status.into()),
            duration_ms: took.micros() / 1000,
            url: &hook.url,
            request_headers: &object(&sent.headers),
            response_headers: response_headers.as_deref(),
            response_body: answer.map(|answer| answer.body.as_str()),
        };
        let delivered = outcome == DeliveryOutcome::Delivered;
        if !delivered {
            tracing::warn!(
                hook = hook.id.get(),
                delivery = row.id.get(),
                attempt = row.attempt,
                outcome = outcome.name(),
                status = ended.status_code,
                "a webhook was not told"
            );
        }
        self.store.write(|unit| {
            if !hook_deliveries::finish(unit, row.id, &ended, now)? {
                // Its lease ran out, and somebody else was quicker.
                return Ok(());
            }
            if delivered {
                hooks::succeeded(unit, hook.id)?;
                if took.micros() > SLOW.micros() {
                    hooks::rest(unit, hook.id, now.after(took))?;
                }
                return Ok(());
            }
            // Who answers that this one is not wanted may want the next.
            if !answer.is_some_and(|answer| is_about_the_event(answer.status)) {
                let rest = pause(hook.failures).or(PAUSES.last().copied());
                let rest = Span::from_minutes(rest.unwrap_or_default());
                hooks::failed(unit, hook.id, now.after(rest))?;
            }
            if let Some(pause) = pause(row.attempt - 1) {
                let again = now.after(Span::from_minutes(pause));
                let attempt = (row.attempt + 1, true);
                hook_deliveries::add(unit, hook.id, row.event, attempt, (now, again))?;
            }
            Ok::<_, AppError>(())
        })
    }

    fn headers(&self, hook: &HookRow, row: &DeliveryRow) -> Vec<(&'static str, String)> {
        let (target, id) = match hook.owner {
            HookOwner::Organization(id) => ("organization", id.get()),
            HookOwner::Repository(id) => ("repository", id.get()),
        };
        let content_type = match hook.content_type {
            HookContentType::Json => "application/json",
            HookContentType::Form => "application/x-www-form-urlencoded",
        };
        vec![
            // Some receivers know GitHub by the first half.
            ("User-Agent", "GitHub-Hookshot/jeton".to_owned()),
            ("Accept", "*/*".to_owned()),
            ("Content-Type", content_type.to_owned()),
            ("X-GitHub-Delivery", row.guid.clone()),
            ("X-GitHub-Event", row.event_name.clone()),
            ("X-GitHub-Hook-ID", hook.id.get().to_string()),
            ("X-GitHub-Hook-Installation-Target-Type", target.to_owned()),
            ("X-GitHub-Hook-Installation-Target-ID", id.to_string()),
            ("X-GitHub-Enterprise-Host", self.host().to_owned()),
            (
                "X-GitHub-Enterprise-Version",
                crate::site::SPOKEN.to_owned(),
            ),
        ]
    }
}

/// Whether an answer that is no success speaks of what was told, and not of who was asked: of a receiver that is overwhelmed
/// (408, 429) or broken (5xx), or that leads elsewhere, nothing else is taken either.
fn is_about_the_event(status: u16) -> bool {
    (400..500).contains(&status) && !matches!(status, 408 | 429)
}

/// Minutes to the next try after so many that came to nothing before this one.
fn pause(failed_before: i64) -> Option<i64> {
    let before = usize::try_from(failed_before).ok()?;
    PAUSES.get(before).copied()
}

/// The body as it is sent, and signed.
fn body(content_type: HookContentType, payload: &str) -> Vec<u8> {
    match content_type {
        HookContentType::Json => payload.as_bytes().to_vec(),
        HookContentType::Form => form_urlencoded::Serializer::new(String::new())
            .append_pair("payload", payload)
            .finish()
            .into_bytes(),
    }
}

/// What the receiver knows us by. Kept nowhere.
fn signature_headers(
    secret: Option<&Zeroizing<Vec<u8>>>,
    body: &[u8],
) -> impl Iterator<Item = (&'static str, String)> {
    let signed = secret.map(|secret| {
        let [sha1, sha256] = signatures(secret, body);
        [("X-Hub-Signature", sha1), ("X-Hub-Signature-256", sha256)]
    });
    signed.into_iter().flatten()
}

fn outcome(sent: &Result<Answer, Failure>) -> (DeliveryOutcome, Option<String>) {
    match sent {
        Ok(answer) if (200..300).contains(&answer.status) => {
            (DeliveryOutcome::Delivered, answer.cut.as_deref().map(fault))
        }
        Ok(answer) => (DeliveryOutcome::Refused, answer.cut.as_deref().map(fault)),
        Err(why @ Failure::Forbidden(BadTarget::Forbidden(_))) => {
            (DeliveryOutcome::Forbidden, Some(fault(&why.to_string())))
        }
        Err(why) => (DeliveryOutcome::Unreachable, Some(fault(&why.to_string()))),
    }
}

/// A fault as it is kept: the receiver has a say in it.
fn fault(why: &str) -> String {
    jeton_domain::plain(why)
        .chars()
        .take(LONGEST_FAULT)
        .collect()
}

/// Headers as a JSON object; of several with one name the values are put together.
fn object<N: AsRef<str>>(headers: &[(N, String)]) -> String {
    let mut fields = Map::new();
    for (name, value) in headers {
        match fields.get_mut(name.as_ref()) {
            Some(Value::String(held)) => {
                held.push_str(", ");
                held.push_str(value);
            }
            _ => drop(fields.insert(name.as_ref().to_owned(), value.as_str().into())),
        }
    }
    Value::Object(fields).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_try_that_failed_is_made_again_six_times_with_growing_pauses() {
        let pauses: Vec<_> = (0..8).map(pause).collect();
        let known = [1, 5, 15, 60, 180, 360].map(Some);
        assert_eq!(pauses[..6], known);
        assert_eq!(pauses[6..], [None, None]);
    }

    #[test]
    fn the_body_is_the_payload_or_a_form_with_it() {
        let payload = r#"{"a":"ä &+="}"#;
        assert_eq!(body(HookContentType::Json, payload), payload.as_bytes());
        assert_eq!(
            body(HookContentType::Form, payload),
            b"payload=%7B%22a%22%3A%22%C3%A4+%26%2B%3D%22%7D"
        );
    }

    #[test]
    fn headers_with_one_name_are_one_field() {
        let headers = [
            ("a", "1".to_owned()),
            ("b", "2".to_owned()),
            ("a", "3".to_owned()),
        ];
        assert_eq!(object(&headers), r#"{"a":"1, 3","b":"2"}"#);
    }
}
