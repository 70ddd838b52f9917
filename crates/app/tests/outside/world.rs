//! A server and a provider beside it.

use jeton_app::oidc::{
    BrowserValue, Finished, Outside, QuestionPurpose, Returned, Started, finish, start,
};
use jeton_app::{AppError, Call, Carried, Named, Presented};
use jeton_domain::{Access, Id, Kinds, Least, Operation, PasskeyId, TargetKind};
use jeton_out::oidc::{Provider, Settings};
use jeton_store::factors::{self, NewPasskey};
use jeton_testkit::{Kit, Person, operations};
use serde_json::{Value, json};

use crate::provider;

/// What takes a confirmed sign-in.
pub(crate) static CONFIRMED: Operation = Operation {
    name: "test.confirmed",
    sentence: "Stands for a route that adds power.",
    target: TargetKind::Own,
    access: Access::Write,
    reads_public: false,
    sets: &[],
    scopes: &[],
    least: Least::Person,
    kinds: Kinds::SIGN_INS,
    confirm: true,
    about_itself: false,
    departs: false,
    events: jeton_domain::Event::ALL,
};

/// What the operator set.
#[derive(Default)]
pub(crate) struct Rules {
    pub(crate) create: bool,
    pub(crate) connect: bool,
    pub(crate) domains: Vec<String>,
    pub(crate) two_factors: Vec<String>,
}

pub(crate) struct World {
    pub(crate) kit: Kit,
    pub(crate) there: provider::Provider,
}

/// A question on its way, as the browser knows it.
pub(crate) struct Asked {
    pub(crate) browser: BrowserValue,
    pub(crate) state: String,
    pub(crate) nonce: String,
}

impl Asked {
    pub(crate) fn of(started: Started) -> Self {
        let of = |name: &str| {
            let query = started.url.split_once('?').unwrap().1;
            let pair = query
                .split('&')
                .find_map(|pair| pair.strip_prefix(&format!("{name}=")));
            pair.unwrap().to_owned()
        };
        Self {
            state: of("state"),
            nonce: of("nonce"),
            browser: started.browser,
        }
    }
}

impl World {
    pub(crate) fn new(rules: Rules) -> Self {
        let (kit, there) = (Kit::new(), provider::Provider::start());
        let provider = Provider::new(Settings {
            issuer: there.issuer.clone(),
            client_id: "jeton".to_owned(),
            client_secret: None,
            scopes: vec!["email".to_owned()],
            redirect: "http://127.0.0.1:8377/login/oidc/callback".to_owned(),
            loopback_http: true,
            authorities: None,
        })
        .unwrap();
        kit.app().set_outside(Outside {
            provider,
            name: "the works".to_owned(),
            create_accounts: rules.create,
            connect_by_address: rules.connect,
            domains: rules.domains,
            two_factors: rules.two_factors,
        });
        let claims = json!({
            "iss": there.issuer,
            "sub": "ada-1",
            "aud": "jeton",
            "email": "ada@example.org",
            "email_verified": true,
            "preferred_username": "ada",
            "name": "Ada Lovelace",
        });
        there.set(|script| script.claims = claims);
        Self { kit, there }
    }

    pub(crate) fn claim(&self, name: &str, value: Value) {
        self.there.set(|script| match value {
            Value::Null => drop(script.claims.as_object_mut().unwrap().remove(name)),
            value => script.claims[name] = value,
        });
    }

    pub(crate) fn nobody(&self) -> Call {
        self.kit.anonymous(&operations::SITE, Named::Site)
    }

    pub(crate) fn own(&self, person: &Person) -> Call {
        self.kit.by(person, &operations::OWN, Named::Own)
    }

    pub(crate) fn ask(&self, call: &Call, purpose: QuestionPurpose, return_to: &str) -> Asked {
        Asked::of(start(self.kit.app(), call, purpose, return_to).unwrap())
    }

    /// The provider's honest answer to a question, as it arrives, changed by `change`.
    pub(crate) fn answer<'a>(
        &'a self,
        call: &Call,
        asked: &'a Asked,
        change: impl FnOnce(&mut Returned<'a>),
    ) -> Result<Finished, AppError> {
        let now = self.kit.app().now().seconds();
        self.claim("nonce", json!(asked.nonce));
        self.claim("iat", json!(now));
        self.claim("exp", json!(now + 60));
        let mut returned = Returned {
            browser: &asked.browser,
            state: &asked.state,
            code: Some("good"),
            issuer: Some(&self.there.issuer),
            error: None,
        };
        change(&mut returned);
        finish(self.kit.app(), call, &returned)
    }

    pub(crate) fn sign_in(&self) -> Result<Finished, AppError> {
        let asked = self.ask(&self.nobody(), QuestionPurpose::SignIn, "/");
        self.answer(&self.nobody(), &asked, |_| {})
    }

    pub(crate) fn link(&self, person: &Person) -> Result<Finished, AppError> {
        let own = self.own(person);
        let asked = self.ask(&own, QuestionPurpose::Link, "/settings/security");
        self.answer(&own, &asked, |_| {})
    }

    pub(crate) fn confirm(&self, person: &Person) -> Result<Finished, AppError> {
        let own = self.own(person);
        let asked = self.ask(&own, QuestionPurpose::Confirm, "/settings/security");
        self.answer(&own, &asked, |_| {})
    }

    pub(crate) fn session(&self, finished: Finished) -> Carried {
        let Finished::SignedIn { session, .. } = finished else {
            panic!("{finished:?}");
        };
        let ring = self.kit.app().ring();
        Carried::Value(Presented::session(ring, session.expose().as_bytes()).unwrap())
    }

    /// Whose session it is.
    pub(crate) fn who(&self, session: &Carried) -> String {
        let call = self.kit.call(&operations::OWN, Named::Own, session.clone());
        jeton_app::users::oneself(self.kit.app(), &call)
            .unwrap()
            .row
            .login
    }

    pub(crate) fn password(&self, person: &Person) {
        let (id, now) = (person.id, self.kit.app().now());
        self.kit
            .store()
            .write(|unit| jeton_store::users::set_password(unit, id, "x", now))
            .unwrap();
    }

    pub(crate) fn passkey(&self, person: &Person) {
        let new = NewPasskey {
            id: PasskeyId::from_i64(1).unwrap(),
            user: person.id,
            credential_id: b"device",
            name: "laptop",
            public_key: "{}",
        };
        let now = self.kit.app().now();
        self.kit
            .store()
            .write(|unit| factors::add_passkey(unit, &new, now))
            .unwrap();
    }

    pub(crate) fn change(&self, sql: &'static str) {
        self.kit
            .store()
            .write(|unit| unit.execute(sql, &[]))
            .unwrap();
    }
}
