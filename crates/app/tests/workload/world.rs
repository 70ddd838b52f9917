//! acme, which trusts an issuer on this machine.

use jeton_app::job_tokens::{self, Opened};
use jeton_app::workload::{
    self, Asked, Exchange, ExchangeRefusal, IssuerWish, RuleView, RuleWish, Simulation,
};
use jeton_app::{App, AppError, Call, Named};
use jeton_domain::{Id as _, Login, OrganizationRole, Role, Time, Visibility, WorkloadIssuerId};
use jeton_out::webhook::Allowed;
use jeton_out::workload::{Issuers, Settings};
use jeton_store::service_accounts::{self, ServiceWords};
use jeton_store::workload::IssuerRow;
use jeton_testkit::{Kit, Organization, Person, Repository, named, operations};
use serde_json::{Value, json};

use crate::provider::{Provider, token};

pub(crate) const AUDIENCE: &str = "https://git.example.org";

/// `ann` owns acme, `bob` is a member. `builder` is its service account.
pub(crate) struct World {
    pub(crate) kit: Kit,
    pub(crate) ann: Person,
    pub(crate) bob: Person,
    pub(crate) acme: Organization,
    /// Private, of acme.
    pub(crate) widget: Repository,
    /// Private, of acme.
    pub(crate) other: Repository,
    pub(crate) there: Provider,
}

/// A rule for jobs of acme/widget's branches.
pub(crate) fn wish() -> Value {
    json!({
        "name": "Branches", "audience": AUDIENCE,
        "claims": { "sub": ["repo:acme/widget:ref:refs/heads/*"] },
        "repositories": ["widget"], "permissions": { "contents": "write" },
    })
}

pub(crate) fn with(mut wish: Value, field: &str, value: Value) -> RuleWish {
    match value {
        Value::Null => drop(wish.as_object_mut().unwrap().remove(field)),
        value => wish[field] = value,
    }
    serde_json::from_value(wish).unwrap()
}

pub(crate) fn plain_wish() -> RuleWish {
    serde_json::from_value(wish()).unwrap()
}

impl World {
    pub(crate) fn new() -> Self {
        let kit = Kit::new();
        let asking = Issuers::new(Settings {
            allowed: Allowed::new(vec!["127.0.0.0/8".parse().unwrap()]),
            authorities: None,
        });
        kit.app().set_issuers(asking.unwrap());
        let (ann, bob) = (kit.person("ann"), kit.person("bob"));
        let acme = kit.organization("acme", &ann);
        kit.member(&acme, &bob, OrganizationRole::Member);
        let [widget, other] = ["widget", "other"]
            .map(|name| kit.repository((acme.account(), "acme"), name, Visibility::Private));
        let there = Provider::start();
        let now = kit.app().now().seconds();
        let claims = json!({
            "iss": there.issuer, "aud": AUDIENCE, "sub": "repo:acme/widget:ref:refs/heads/main",
            "jti": "one", "iat": now, "exp": now + 300, "repository": "acme/widget",
            "ref": "refs/heads/main", "event_name": "push",
        });
        there.set(|script| script.claims = claims);
        let world = Self {
            kit,
            ann,
            bob,
            acme,
            widget,
            other,
            there,
        };
        world.service("builder");
        world
    }

    /// A service account.
    pub(crate) fn service(&self, login: &str) {
        let (login, made) = (Login::parse(login).unwrap(), (self.ann.id, self.now()));
        let words = ServiceWords {
            description: "",
            everywhere: Some(Role::Write),
            issues_jobs: false,
        };
        let id = self.acme.account().as_organization();
        self.kit
            .store()
            .write(|unit| service_accounts::create(unit, id, &login, words, made))
            .unwrap();
    }

    pub(crate) fn app(&self) -> &App {
        self.kit.app()
    }

    pub(crate) fn now(&self) -> Time {
        self.app().now()
    }

    pub(crate) fn owner(&self) -> Call {
        let organization = named::organization(&self.acme);
        self.kit.by(&self.ann, &operations::OWNER, organization)
    }

    pub(crate) fn issuer_wish(&self) -> IssuerWish {
        IssuerWish {
            name: "The works".to_owned(),
            url: self.there.issuer.clone(),
            service_account: "builder".to_owned(),
        }
    }

    pub(crate) fn trusted(&self) -> IssuerRow {
        workload::add(self.app(), &self.owner(), &self.issuer_wish()).unwrap()
    }

    pub(crate) fn rule(
        &self,
        issuer: WorkloadIssuerId,
        wish: &RuleWish,
    ) -> Result<RuleView, AppError> {
        workload::create_rule(self.app(), &self.owner(), issuer, wish)
    }

    /// The token that the issuer makes now.
    pub(crate) fn token(&self) -> String {
        token(&self.there.script.lock().unwrap())
    }

    pub(crate) fn claim(&self, name: &str, value: Value) {
        self.there.set(|script| match value {
            Value::Null => drop(script.claims.as_object_mut().unwrap().remove(name)),
            value => script.claims[name] = value,
        });
    }

    pub(crate) fn simulated(&self) -> Simulation {
        let token = self.token();
        let asked = Asked::Token(&token);
        workload::simulate(self.app(), &self.owner(), asked, "acme/widget").unwrap()
    }

    /// Lets jobs of acme write.
    pub(crate) fn jobs_may_write(&self) {
        let wish = [("contents".to_owned(), "write".to_owned())].into();
        job_tokens::set_ceiling(self.app(), &self.owner(), &wish).unwrap();
    }

    /// Brings a token to acme/widget, without any credential.
    pub(crate) fn bring(&self, token: &str) -> Result<Result<Opened, ExchangeRefusal>, AppError> {
        self.bring_for(token, "acme/widget", None)
    }

    pub(crate) fn bring_for(
        &self,
        token: &str,
        resource: &str,
        scope: Option<&str>,
    ) -> Result<Result<Opened, ExchangeRefusal>, AppError> {
        let call = self.kit.anonymous(&operations::SITE_WRITE, Named::Site);
        let asked = Exchange {
            token,
            resource,
            scope,
        };
        workload::exchange(self.app(), &call, &asked)
    }

    /// What the issuer's present token is refused with.
    pub(crate) fn refusal(&self) -> ExchangeRefusal {
        self.bring(&self.token()).unwrap().unwrap_err()
    }

    /// What the log holds of an event, the oldest first.
    pub(crate) fn logged(&self, event: &str) -> Vec<Value> {
        let rows = self
            .kit
            .store()
            .read(|unit| unit.all("SELECT body, event FROM audit ORDER BY seq, n", &[]))
            .unwrap();
        rows.iter()
            .filter(|row| row.get::<String>(1).unwrap() == event)
            .map(|row| serde_json::from_str::<Value>(&row.get::<String>(0).unwrap()).unwrap())
            .map(|mut body| body["data"].take())
            .collect()
    }

    /// What is written down of the issuer.
    pub(crate) fn noted(&self, issuer: &IssuerRow) -> (Option<Time>, Option<String>) {
        let row = workload::show(self.app(), &self.owner(), issuer.id).unwrap();
        (row.keys_read_at, row.fault.map(|(_, why)| why))
    }
}

pub(crate) fn nobody() -> WorkloadIssuerId {
    WorkloadIssuerId::from_i64(99_999).unwrap()
}
