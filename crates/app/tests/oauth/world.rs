//! alta3, its people, and the applications that they use.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jeton_app::oauth::{self, AuthorizeRequest, ClientProof, Issued, Led, NewApplication};
use jeton_app::{App, Call, Carried, Named, Presented};
use jeton_domain::{ApplicationId, OrganizationRole, Visibility};
use jeton_testkit::{Kit, Organization, Person, Repository, named, operations};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// GitHub's command line.
pub(crate) const GH: &str = "178c6fc778ccc68e1d6a";

/// `ann` owns alta3, `bob` is a member of it.
pub(crate) struct World {
    pub(crate) kit: Kit,
    pub(crate) ann: Person,
    pub(crate) bob: Person,
    pub(crate) alta3: Organization,
    /// Private, of alta3.
    pub(crate) labs: Repository,
    /// Private, of bob's own.
    pub(crate) notes: Repository,
}

impl World {
    pub(crate) fn new() -> Self {
        let kit = Kit::new();
        oauth::ensure_known(kit.app()).unwrap();
        let (ann, bob) = (kit.person("ann"), kit.person("bob"));
        let alta3 = kit.organization("alta3", &ann);
        kit.member(&alta3, &bob, OrganizationRole::Member);
        let labs = kit.repository((alta3.account(), "alta3"), "labs", Visibility::Private);
        let notes = kit.repository((bob.account(), "bob"), "notes", Visibility::Private);
        Self {
            kit,
            ann,
            bob,
            alta3,
            labs,
            notes,
        }
    }

    pub(crate) fn app(&self) -> &App {
        self.kit.app()
    }

    pub(crate) fn own(&self, person: &Person) -> Call {
        self.kit.by(person, &operations::OWN, Named::Own)
    }

    pub(crate) fn nobody(&self) -> Call {
        self.kit
            .call(&operations::SITE, Named::Site, Carried::Nothing)
    }

    pub(crate) fn owner(&self) -> Call {
        let organization = named::organization(&self.alta3);
        self.kit.by(&self.ann, &operations::OWNER, organization)
    }

    pub(crate) fn member(&self) -> Call {
        let organization = named::organization(&self.alta3);
        self.kit.by(&self.bob, &operations::MEMBER, organization)
    }

    /// What a value is told when it reads a repository.
    pub(crate) fn told(&self, value: &str, repository: &Repository) -> (u16, &'static str) {
        let parsed = jeton_token::parse(value.as_bytes()).unwrap();
        let carried = Carried::Value(Presented::new(self.app().ring(), &parsed));
        let call = self
            .kit
            .call(&operations::READ, named::repository(repository), carried);
        match self.app().permit(&call) {
            Ok(_) => (200, "ok"),
            Err(error) => crate::outcome::refused(Err::<(), _>(error)),
        }
    }

    /// A confidential application of ann's with its secret.
    pub(crate) fn registered(&self, change: impl FnOnce(&mut NewApplication)) -> Client {
        let mut new = NewApplication {
            name: "Board".to_owned(),
            callbacks: vec!["https://board.example/back".to_owned()],
            ..NewApplication::default()
        };
        change(&mut new);
        let view = oauth::register(self.app(), &self.own(&self.ann), &new).unwrap();
        let secret = view.row.confidential.then(|| {
            let made = oauth::add_secret(self.app(), &self.own(&self.ann), view.row.id).unwrap();
            Zeroizing::new(made.value.expose().to_owned())
        });
        Client {
            id: view.row.id,
            proof: ClientProof {
                client_id: view.row.client_id,
                client_secret: secret,
            },
        }
    }

    /// bob consents; the code that the browser is led back with.
    pub(crate) fn code(&self, request: &AuthorizeRequest) -> String {
        let Led(url) = oauth::consent(self.app(), &self.own(&self.bob), request, true).unwrap();
        parameter(&url, "code").unwrap()
    }

    /// bob signs in on a device.
    pub(crate) fn device(&self, client_id: &str, scope: &str) -> Issued {
        let codes = oauth::begin(self.app(), &self.nobody(), client_id, scope)
            .unwrap()
            .unwrap();
        oauth::answer(self.app(), &self.own(&self.bob), &codes.user, true).unwrap();
        oauth::fetch(self.app(), &self.nobody(), client_id, codes.device.expose())
            .unwrap()
            .unwrap()
    }
}

/// A registered application.
pub(crate) struct Client {
    pub(crate) id: ApplicationId,
    pub(crate) proof: ClientProof,
}

pub(crate) fn parameter(url: &str, name: &str) -> Option<String> {
    let url: url::Url = url.parse().unwrap();
    url.query_pairs()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

/// A verifier and its challenge.
pub(crate) fn pkce() -> (&'static str, String) {
    let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    (
        verifier,
        URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())),
    )
}
