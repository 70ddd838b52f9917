//! alta3 and its people.

use std::collections::BTreeMap;

use jeton_app::tokens::{self, Created, NewToken, RepositoriesWish, TokenFilter, TokenView};
use jeton_app::{App, AppError, Call, Carried, Named, Presented, grants, requests};
use jeton_domain::{
    Access, BasePermission, ClassicScope, CredentialKind, Kinds, Least, Level, Operation,
    OrganizationRole, Requirement, Role, SitePolicy, TargetKind, TokenId, Visibility,
};
use jeton_store::{FeedKey, Store, settings, sign_ins};
use jeton_testkit::{Kit, Organization, Person, Repository, named, operations};
use jeton_token::{Kind, Random};

const fn git(
    name: &'static str,
    access: Access,
    sets: &'static [&'static [Requirement]],
    role: Role,
) -> Operation {
    Operation {
        name,
        sentence: "Stands for Git in tests.",
        target: TargetKind::Repository,
        access,
        reads_public: matches!(access, Access::Read),
        sets,
        scopes: if matches!(access, Access::Write) {
            &[ClassicScope::Repo, ClassicScope::PublicRepo]
        } else {
            &[]
        },
        least: Least::Repository(role),
        kinds: Kinds::SIGN_INS_AND_GRANTS.and_scoped(),
        confirm: false,
        about_itself: false,
        departs: false,
        events: jeton_domain::Event::ALL,
    }
}

pub(crate) static FETCH: Operation = git(
    "git.fetch",
    Access::Read,
    &[&[Requirement::new("contents", Level::Read)]],
    Role::Read,
);
pub(crate) static PUSH: Operation = git(
    "git.push",
    Access::Write,
    &[&[Requirement::new("contents", Level::Write)]],
    Role::Write,
);
/// The kind that most of these tests are about.
pub(crate) const FINE: CredentialKind = CredentialKind::FineGrained;

/// A credential's view of itself: no use of it.
pub(crate) static SELF: Operation = Operation {
    name: "test.self",
    confirm: false,
    about_itself: true,
    departs: false,
    ..CONFIRMED
};
/// A person's own affairs that add power.
pub(crate) static CONFIRMED: Operation = Operation {
    name: "test.confirmed",
    sentence: "Stands for a route that adds power.",
    target: TargetKind::Own,
    access: Access::Write,
    reads_public: false,
    sets: &[&[]],
    scopes: &[],
    least: Least::Person,
    kinds: Kinds::SIGN_INS_AND_GRANTS,
    confirm: true,
    about_itself: false,
    departs: false,
    events: jeton_domain::Event::ALL,
};

/// What an owner may do, and whoever reviews tokens.
static REVIEWER: Operation = Operation {
    name: "test.reviewer",
    sentence: "Stands for a route in tests.",
    target: TargetKind::Organization,
    access: Access::Write,
    reads_public: false,
    sets: &[&[]],
    scopes: &[],
    least: Least::Reviewer,
    kinds: Kinds::SIGN_INS_AND_GRANTS,
    confirm: false,
    about_itself: false,
    departs: false,
    events: jeton_domain::Event::ALL,
};

/// `ann` owns alta3; `bob` is a member who may write to labs and nothing else; `eve` is a stranger.
/// Members have no role of their own anywhere.
pub(crate) struct World {
    pub(crate) kit: Kit,
    pub(crate) ann: Person,
    pub(crate) bob: Person,
    pub(crate) eve: Person,
    pub(crate) alta3: Organization,
    /// Private; bob writes.
    pub(crate) labs: Repository,
    /// Private, and hidden from bob.
    pub(crate) vault: Repository,
    /// Public.
    pub(crate) site: Repository,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::on(Kit::new())
    }

    pub(crate) fn on(kit: Kit) -> Self {
        let (ann, bob, eve) = (kit.person("ann"), kit.person("bob"), kit.person("eve"));
        let alta3 = kit.organization("alta3", &ann);
        kit.member(&alta3, &bob, OrganizationRole::Member);
        kit.base(&alta3, BasePermission::None);
        let make = |name, visibility| kit.repository((alta3.account(), "alta3"), name, visibility);
        let labs = make("labs", Visibility::Private);
        let vault = make("vault", Visibility::Private);
        let site = make("site", Visibility::Public);
        kit.collaborator(&labs, &bob, Role::Write);
        Self {
            kit,
            ann,
            bob,
            eve,
            alta3,
            labs,
            vault,
            site,
        }
    }

    pub(crate) fn app(&self) -> &App {
        self.kit.app()
    }

    pub(crate) fn store(&self) -> &Store {
        self.kit.store()
    }

    /// A call about one's own affairs.
    pub(crate) fn own(&self, person: &Person) -> Call {
        self.kit.by(person, &operations::OWN, Named::Own)
    }

    /// A call of an owner of alta3.
    pub(crate) fn owner(&self, person: &Person) -> Call {
        self.kit
            .by(person, &operations::OWNER, named::organization(&self.alta3))
    }

    /// A call of a reviewer of alta3's tokens.
    pub(crate) fn reviewer(&self, person: &Person) -> Call {
        self.kit
            .by(person, &REVIEWER, named::organization(&self.alta3))
    }

    /// The first hundred requests that wait.
    pub(crate) fn waiting(&self, call: &Call) -> Vec<requests::RequestView> {
        requests::pending_page(self.app(), call, &TokenFilter::default(), 0, 100)
            .unwrap()
            .0
    }

    /// The first hundred tokens that have access.
    pub(crate) fn granted(&self, call: &Call) -> Vec<TokenView> {
        grants::active_page(self.app(), call, &TokenFilter::default(), 0, 100)
            .unwrap()
            .0
    }

    pub(crate) fn create(&self, person: &Person, new: &NewToken) -> Created {
        tokens::create(self.app(), &self.own(person), new, None).unwrap()
    }

    /// bob's token for labs that ann approved.
    pub(crate) fn approved(&self, name: &str) -> Created {
        let created = self.create(&self.bob, &labs(name));
        self.review(&created.view, true).unwrap();
        created
    }

    pub(crate) fn show(&self, person: &Person, token: TokenId) -> TokenView {
        tokens::show(self.app(), &self.own(person), token).unwrap()
    }

    /// ann's word on what waits of a token.
    pub(crate) fn review(&self, view: &TokenView, approve: bool) -> Result<(), AppError> {
        let review = requests::Review {
            approve,
            reason: String::new(),
        };
        requests::review(
            self.app(),
            &self.owner(&self.ann),
            &[view.pending.unwrap()],
            &review,
        )
    }

    pub(crate) fn call(
        &self,
        value: &str,
        operation: &'static Operation,
        repository: &Repository,
    ) -> Call {
        self.kit.call(
            operation,
            named::repository(repository),
            carried(self.app(), value),
        )
    }

    /// What Git would be told, decided from the caches where they have it.
    pub(crate) fn git(
        &self,
        value: &str,
        operation: &'static Operation,
        repository: &Repository,
    ) -> Result<(), AppError> {
        self.app()
            .permit(&self.call(value, operation, repository))
            .map(drop)
    }

    /// `ok`, or the reason's code with its status.
    pub(crate) fn told(
        &self,
        value: &str,
        operation: &'static Operation,
        repository: &Repository,
    ) -> (u16, &'static str) {
        match self.git(value, operation, repository) {
            Ok(()) => (200, "ok"),
            refused => crate::outcome::refused(refused),
        }
    }

    /// Confirms a person's client.
    pub(crate) fn prove(&self, person: &Person) {
        let now = self.app().now();
        let (id, store) = (person.sign_in, self.store());
        store
            .write(|unit| {
                sign_ins::prove(unit, id, now)?;
                unit.feed(now, "test", id)
            })
            .unwrap();
    }

    pub(crate) fn site_policy(&self, policy: &SitePolicy) {
        let (now, text) = (self.app().now(), serde_json::to_string(policy).unwrap());
        self.store()
            .write(|unit| {
                settings::set(unit, "policy", &text)?;
                unit.feed(now, "test", FeedKey::Site)
            })
            .unwrap();
    }

    pub(crate) fn change(&self, sql: &'static str) {
        self.store().write(|unit| unit.execute(sql, &[])).unwrap();
    }

    /// The lines of the tombstone file.
    pub(crate) fn tombstones(&self) -> String {
        std::fs::read_to_string(self.kit.folder().join("tombstones")).unwrap_or_default()
    }
}

pub(crate) fn carried(app: &App, value: &str) -> Carried {
    Carried::Value(presented(app, value))
}

pub(crate) fn presented(app: &App, value: &str) -> Presented {
    Presented::new(app.ring(), &jeton_token::parse(value.as_bytes()).unwrap())
}

pub(crate) fn levels(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(key, level)| ((*key).to_owned(), (*level).to_owned()))
        .collect()
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "it stands where a wish may say nothing"
)]
pub(crate) fn names(names: &[&str]) -> Option<RepositoriesWish> {
    Some(RepositoriesWish::Names(
        names.iter().map(|name| (*name).to_owned()).collect(),
    ))
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "it stands where a wish may say nothing"
)]
pub(crate) fn word(word: &str) -> Option<RepositoriesWish> {
    Some(RepositoriesWish::Word(word.to_owned()))
}

/// A wish for `contents: read` on labs.
pub(crate) fn labs(name: &str) -> NewToken {
    NewToken {
        name: name.to_owned(),
        owner: Some("alta3".to_owned()),
        repositories: names(&["labs"]),
        permissions: levels(&[("contents", "read")]),
        ..NewToken::default()
    }
}

/// A wish for nothing but public things of one's own.
pub(crate) fn plain(name: &str) -> NewToken {
    NewToken {
        name: name.to_owned(),
        ..NewToken::default()
    }
}

/// A well-formed value that no server made.
pub(crate) fn strange(app: &App) -> String {
    struct Same;
    impl Random for Same {
        fn fill(&mut self, bytes: &mut [u8]) {
            bytes.fill(9);
        }
    }
    let secret = jeton_token::make(Kind::FineGrained, app.instance(), &mut Same);
    secret.expose().to_owned()
}
