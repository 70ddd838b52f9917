//! Webhooks, and receivers that were never there.

use jeton_domain::Span;
use jeton_store::hook_deliveries::{DeliveryOutcome, Ended, finish, lease};
use serde_json::{Value, json};

use super::world::Person;
use super::{NOW, Site};

impl Site {
    /// A webhook below a path as `orgs/acme`, which hears of everything there. It is pinged.
    pub fn hook(&self, by: &Person, at: &str) -> i64 {
        let new = json!({
            "config": { "url": "https://ci.example.org/jeton", "content_type": "json", "secret": "well kept" },
            "events": ["*"],
        });
        let path = format!("/api/v3/{at}/hooks");
        let made = self.must("POST", &path, Some(&by.client), &new);
        made["id"].as_i64().unwrap()
    }

    /// The ping of a webhook, once it is over.
    pub fn delivery(&self, by: &Person, at: &str, hook: i64) -> i64 {
        let path = format!("/api/v3/{at}/hooks/{hook}/deliveries");
        let list = self.must("GET", &path, Some(&by.client), &Value::Null);
        let list = list.as_array().unwrap();
        let ping = list.iter().rfind(|each| each["event"] == "ping").unwrap();
        ping["id"].as_i64().unwrap()
    }

    /// While the server stands still: whatever waits for a webhook was taken by its receiver.
    pub fn all_delivered(&self) {
        let store = self.store();
        let ended = Ended {
            outcome: DeliveryOutcome::Delivered,
            fault: None,
            status_code: Some(200),
            duration_ms: 42,
            url: "https://ci.example.org/jeton",
            request_headers: r#"{"Content-Type":"application/json"}"#,
            response_headers: Some(r#"{"Content-Type":"text/plain"}"#),
            response_body: Some("<script>alert('thank you')</script>"),
        };
        // Also what would be tried again later.
        let then = NOW.after(Span::from_days(30));
        while let Some(id) = store.side(|unit| lease(unit, then, then)).unwrap() {
            assert!(store.write(|unit| finish(unit, id, &ended, NOW)).unwrap());
        }
    }
}
