//! alta3 with its webhooks.

use jeton_app::hooks::{self, HookConfig, HookSecret, HookView, Hooks, NewHook};
use jeton_app::{App, AppError, Call};
use jeton_domain::{
    HookDeliveryId, HookId, OrganizationRole, Role, Selection, Span, Standing, Visibility,
};
use jeton_out::webhook::{Allowed, Sender};
use jeton_store::hook_deliveries::{self, DeliveryOutcome, DeliveryRow, Ended};
use jeton_testkit::{Kit, Organization, Person, Repository, Token, named, operations};
use serde_json::json;

/// How long entries are kept.
pub(crate) const RETENTION: jeton_app::Retention = jeton_app::Retention {
    organization: Span::from_days(180),
    user: Span::from_days(90),
};

/// `ann` owns alta3, `bob` is a member with `write` on `labs`.
pub(crate) struct World {
    pub(crate) kit: Kit,
    pub(crate) ann: Person,
    pub(crate) bob: Person,
    pub(crate) alta3: Organization,
    /// Private, of alta3.
    pub(crate) labs: Repository,
    /// Private, of alta3.
    pub(crate) vault: Repository,
}

/// A webhook that goes to a path of example.org and hears of these.
pub(crate) fn new(path: &str, events: &[&str]) -> NewHook {
    NewHook {
        config: HookConfig {
            url: Some(format!("https://example.org/{path}?key=of-the-receiver")),
            ..HookConfig::default()
        },
        events: Some(events.iter().map(|event| (*event).to_owned()).collect()),
        active: None,
    }
}

/// The same, signed.
pub(crate) fn signed(path: &str, secret: &str) -> NewHook {
    let mut new = new(path, &["push"]);
    new.config.secret = Some(HookSecret::new(secret));
    new
}

impl World {
    pub(crate) fn new() -> Self {
        let kit = Kit::new();
        kit.app().set_hooks(Hooks {
            sender: Sender::new(Allowed::default(), None).unwrap(),
            // What is told is looked at where the doors' shapes are.
            shape: |_, _| json!({}),
        });
        let (ann, bob) = (kit.person("ann"), kit.person("bob"));
        let alta3 = kit.organization("alta3", &ann);
        kit.member(&alta3, &bob, OrganizationRole::Member);
        let [labs, vault] = ["labs", "vault"]
            .map(|name| kit.repository((alta3.account(), "alta3"), name, Visibility::Private));
        kit.collaborator(&labs, &bob, Role::Write);
        Self {
            kit,
            ann,
            bob,
            alta3,
            labs,
            vault,
        }
    }

    pub(crate) fn app(&self) -> &App {
        self.kit.app()
    }

    pub(crate) fn owner(&self) -> Call {
        let organization = named::organization(&self.alta3);
        self.kit.by(&self.ann, &operations::OWNER, organization)
    }

    pub(crate) fn of(&self, repository: &Repository) -> Call {
        self.kit
            .by(&self.ann, &operations::ADMIN, named::repository(repository))
    }

    /// Ann's token for these repositories, with every permission on webhooks.
    pub(crate) fn token(&self, selection: Selection) -> Token {
        let permissions = [
            ("organization_hooks", "write"),
            ("repository_hooks", "write"),
        ];
        let standing = Standing::NotNeeded;
        self.kit.token(
            &self.ann,
            self.alta3.account(),
            selection,
            &permissions,
            standing,
        )
    }

    pub(crate) fn owner_with(&self, token: &Token) -> Call {
        let organization = named::organization(&self.alta3);
        self.kit.with_token(token, &operations::OWNER, organization)
    }

    pub(crate) fn made(&self, call: &Call, new: &NewHook) -> HookView {
        hooks::register(self.app(), call, new).unwrap()
    }

    /// Tries of a webhook, the newest first, those that wait among them.
    pub(crate) fn tries(&self, call: &Call, hook: HookId) -> Vec<DeliveryRow> {
        let part = (None, 100);
        hooks::deliveries(self.app(), call, hook, hooks::Among::All, part)
            .unwrap()
            .items
    }

    /// Lets all that wait be over, with this answer.
    pub(crate) fn answered(&self, status: i64) {
        let now = self.app().now();
        let ended = Ended {
            outcome: if status < 300 {
                DeliveryOutcome::Delivered
            } else {
                DeliveryOutcome::Refused
            },
            fault: None,
            status_code: Some(status),
            duration_ms: 270,
            url: "https://example.org/one",
            request_headers: "{}",
            response_headers: Some("{}"),
            response_body: Some("<b>"),
        };
        let store = self.kit.store();
        while let Some(id) = store
            .side(|unit| hook_deliveries::lease(unit, now, now))
            .unwrap()
        {
            let noted = store.write(|unit| hook_deliveries::finish(unit, id, &ended, now));
            assert!(noted.unwrap());
        }
    }

    /// Notes that a webhook is to be told of something, as whatever happens does.
    pub(crate) fn told(
        &self,
        hook: HookId,
        event: &str,
        of: Option<&Repository>,
    ) -> HookDeliveryId {
        let now = self.app().now();
        self.kit
            .store()
            .write(|unit| {
                let row = hook_deliveries::HookEventRow {
                    id: unit.allocate()?,
                    guid: format!("{event}-{}", of.map_or(0, |of| of.id.get())),
                    event: event.to_owned(),
                    action: None,
                    repository: of.map(|of| of.id),
                    payload: "{}".to_owned(),
                    created_at: now,
                };
                hook_deliveries::add_event(unit, &row)?;
                hook_deliveries::add(unit, hook, row.id, (1, false), (now, now))
            })
            .unwrap()
    }
}

/// The message of the one fault, with the field that it names.
pub(crate) fn said<T: std::fmt::Debug>(result: Result<T, AppError>) -> (String, String) {
    match result {
        Err(AppError::Invalid(faults)) => match faults.as_slice() {
            [one] => (one.field.to_string(), one.message.clone()),
            other => panic!("{other:?}"),
        },
        other => panic!("not invalid: {other:?}"),
    }
}
