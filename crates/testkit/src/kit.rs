//! The server's inside in a temporary folder.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jeton_app::{App, Call, Carried, Door, Limits, Named, Parts};
use jeton_domain::{
    AccountId, Asked, BasePermission, CredentialKind, Expiry, Grant, Life, Login, Maximum,
    Operation, OrganizationPolicy, OrganizationRole, PackageSelection, Permissions, RepositoryId,
    RepositoryName, Role, Scopes, SecretId, Selection, Span, Standing, Time, TokenId, TokenName,
    Visibility,
};
use jeton_out::mail::{Mailer, Sender};
use jeton_repo::{Data, Git, Place, Shard, Transfers};
use jeton_store::{
    Incarnation, Options, Store, StoreError, collaborators, memberships, organizations,
    repositories, secrets, sign_ins, tokens, users,
};
use jeton_token::{InstanceHint, KeyId, Kind, Ring, RootKey};

use crate::clock::FrozenClock;
use crate::entropy::{SeededEntropy, Source};
use crate::made::{Organization, Person, Repository, Token, text};

/// When every kit begins: 2026-11-21T08:00:00Z.
pub const NOW: Time = Time::from_seconds(1_795_248_000);

/// Where people reach a server that nobody said anything else of.
const NUMBER: &str = "http://127.0.0.1:8377";

/// A server's inside for one test.
#[derive(Debug)]
pub struct Kit {
    app: App,
    store: Store,
    clock: Arc<FrozenClock>,
    entropy: Arc<SeededEntropy>,
    git: Git,
    requests: AtomicI64,
    // Dropped after all that works in them.
    runtime: tokio::runtime::Runtime,
    folder: tempfile::TempDir,
}

impl Default for Kit {
    fn default() -> Self {
        Self::new()
    }
}

impl Kit {
    /// An empty server on SQLite.
    pub fn new() -> Self {
        Self::with(Limits::default())
    }

    /// An empty server with limits.
    pub fn with(limits: Limits) -> Self {
        Self::reached_by(NUMBER, limits)
    }

    /// An empty server that people reach by an address: passkeys need one with a host name.
    pub fn reached_by(public_url: &str, limits: Limits) -> Self {
        Self::make(public_url, limits, false)
    }

    /// An empty server that puts mail into the folder [`Kit::mail`].
    pub fn with_mail() -> Self {
        Self::make(NUMBER, Limits::default(), true)
    }

    /// Where letters go.
    pub fn mail(&self) -> std::path::PathBuf {
        self.folder.path().join("mail")
    }

    fn make(public_url: &str, limits: Limits, mail: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("mail")).unwrap();
        let mailer = mail.then(|| {
            let sender = Sender::parse("Jeton <jeton@example.org>").unwrap();
            Mailer::folder(sender, folder.path().join("mail"))
        });
        let clock = Arc::new(FrozenClock::at(NOW));
        let entropy = Arc::new(SeededEntropy::new(7));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let git = Git::find(None).unwrap();
        let line = Ring::render_new(KeyId::new(1), &mut Source(&entropy));
        let mut options = Options::new(NOW, Incarnation(11));
        options.tombstones = Some(folder.path().join("tombstones"));
        let store = Store::open_sqlite(&folder.path().join("jeton.db"), &options).unwrap();
        let app = App::new(Parts {
            store: store.clone(),
            ring: Ring::parse(line.expose()).unwrap(),
            instance: InstanceHint::from_random(&mut Source(&entropy)),
            clock: Arc::<FrozenClock>::clone(&clock),
            entropy: Arc::<SeededEntropy>::clone(&entropy),
            data: Data::at(folder.path().join("git")).unwrap(),
            git: git.clone(),
            transfers: Transfers::default(),
            public_url: public_url.to_owned(),
            mailer,
            limits,
            runtime: runtime.handle().clone(),
        });
        Self {
            app,
            store,
            clock,
            entropy,
            git,
            requests: AtomicI64::new(1),
            runtime,
            folder,
        }
    }

    /// The same database under another ring: of keys with these numbers. `name`: of its folder for Git's data.
    pub fn under(&self, name: &str, keys: &[u32]) -> App {
        let roots = keys
            .iter()
            .map(|id| RootKey::new(KeyId::new(*id), [u8::try_from(*id).unwrap(); 32]))
            .collect();
        App::new(Parts {
            store: self.store.clone(),
            ring: Ring::new(roots).unwrap(),
            instance: *self.app.instance(),
            clock: Arc::<FrozenClock>::clone(&self.clock),
            entropy: Arc::new(SeededEntropy::new(u64::from(keys[0]))),
            data: Data::at(self.folder.path().join(name)).unwrap(),
            git: self.git.clone(),
            transfers: Transfers::default(),
            public_url: NUMBER.to_owned(),
            mailer: None,
            limits: Limits::default(),
            runtime: self.runtime.handle().clone(),
        })
    }

    /// The use cases.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// The storage behind the use cases.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The clock.
    pub fn clock(&self) -> &Arc<FrozenClock> {
        &self.clock
    }

    /// The runtime on which transfers are waited for.
    pub fn runtime(&self) -> &tokio::runtime::Handle {
        self.runtime.handle()
    }

    /// The folder in which everything lies; it goes with the kit.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Lets time pass.
    pub fn advance(&self, span: Span) {
        self.clock.advance(span);
    }

    /// A call without a credential.
    pub fn anonymous(&self, operation: &'static Operation, named: Named) -> Call {
        self.call(operation, named, Carried::Nothing)
    }

    /// A call of a person's signed-in client.
    pub fn by(&self, person: &Person, operation: &'static Operation, named: Named) -> Call {
        self.call(operation, named, person.carried(&self.app))
    }

    /// A call with a token.
    pub fn with_token(&self, token: &Token, operation: &'static Operation, named: Named) -> Call {
        self.call(operation, named, token.carried(&self.app))
    }

    /// A call with whatever is carried.
    pub fn call(&self, operation: &'static Operation, named: Named, carried: Carried) -> Call {
        Call {
            operation,
            named,
            carried,
            door: Door::Api,
            address: "192.0.2.7".parse().ok(),
            user_agent: "test".to_owned(),
            request_id: format!("r{}", self.requests.fetch_add(1, Ordering::Relaxed)),
            asked: String::new(),
        }
    }

    /// A person with a verified address, no password, and a client that was just confirmed.
    pub fn person(&self, login: &str) -> Person {
        self.make_person(login, false)
    }

    /// As [`Kit::person`], an administrator of the site.
    pub fn administrator(&self, login: &str) -> Person {
        self.make_person(login, true)
    }

    fn make_person(&self, login: &str, administrator: bool) -> Person {
        let secret = jeton_token::make(
            Kind::Client,
            self.app.instance(),
            &mut Source(&self.entropy),
        );
        let (digest, key) = self.digest(&secret);
        let now = self.app.now();
        let email = format!("{login}@example.test");
        let parsed = Login::parse(login).unwrap();
        let new = users::NewUser {
            login: &parsed,
            name: "",
            email: Some(&email),
            password_phc: None,
            administrator,
        };
        let (id, sign_in) = self.write(|unit| {
            let id = users::create(unit, &new, now)?;
            let sign_in = unit.allocate()?;
            let expires_at = now.after(Span::from_days(90));
            sign_ins::insert(
                unit,
                &sign_ins::NewSignIn {
                    id: sign_in,
                    kind: jeton_domain::CredentialKind::Client,
                    user: id,
                    digest,
                    key,
                    label: "test",
                    now,
                    proved_at: now,
                    expires_at,
                    address: None,
                    user_agent: "test",
                },
            )?;
            Ok((id, sign_in))
        });
        Person {
            id,
            login: login.to_owned(),
            sign_in,
            value: text(&secret),
        }
    }

    /// An organization with one owner and the default policy.
    pub fn organization(&self, login: &str, owner: &Person) -> Organization {
        let now = self.app.now();
        let id = self.write(|unit| {
            let policy = OrganizationPolicy::default();
            let id = organizations::create(unit, &Login::parse(login).unwrap(), "", &policy, now)?;
            memberships::set(unit, id, owner.id, OrganizationRole::Owner, now)?;
            Ok(id)
        });
        Organization {
            id,
            login: login.to_owned(),
        }
    }

    /// Makes a person a member.
    pub fn member(&self, organization: &Organization, person: &Person, role: OrganizationRole) {
        let now = self.app.now();
        self.write(|unit| {
            memberships::set(unit, organization.id, person.id, role, now)?;
            unit.feed(now, "test", person.id)
        });
    }

    /// Sets what members have on every repository.
    pub fn base(&self, organization: &Organization, base: BasePermission) {
        let now = self.app.now();
        self.write(|unit| {
            organizations::set_base_permission(unit, organization.id, base)?;
            unit.feed(now, "test", organization.id)
        });
    }

    /// Replaces an organization's policy.
    pub fn policy(&self, organization: &Organization, policy: &OrganizationPolicy) {
        let now = self.app.now();
        self.write(|unit| {
            let version = organizations::by_id(unit, organization.id)?
                .unwrap()
                .policy_version;
            organizations::set_policy(unit, organization.id, policy, version)?;
            unit.feed(now, "test", organization.id)
        });
    }

    /// A repository with empty data. `owner` is a person's or an organization's account and name.
    pub fn repository(
        &self,
        owner: (AccountId, &str),
        name: &str,
        visibility: Visibility,
    ) -> Repository {
        let now = self.app.now();
        let id = self.write(|unit| {
            let new = repositories::NewRepository {
                owner: owner.0,
                name: &RepositoryName::parse(name).unwrap(),
                visibility,
                shard: 0,
                default_branch: "main",
                description: "",
            };
            repositories::insert(unit, &new, now)
        });
        self.app
            .data()
            .create(
                &self.git,
                Place {
                    shard: Shard(0),
                    id,
                },
            )
            .unwrap();
        Repository {
            id,
            owner: owner.1.to_owned(),
            name: name.to_owned(),
        }
    }

    /// Gives a person a direct role.
    pub fn collaborator(&self, repository: &Repository, person: &Person, role: Role) {
        let now = self.app.now();
        self.write(|unit| {
            collaborators::set(unit, repository.id, person.id, role, now)?;
            unit.feed(now, "test", person.id)
        });
    }

    /// A token of 30 days with a standing. Where the standing is active, all it wants is approved.
    pub fn token(
        &self,
        creator: &Person,
        owner: AccountId,
        selection: Selection,
        permissions: &[(&str, &str)],
        standing: Standing,
    ) -> Token {
        let secret = jeton_token::make(
            Kind::FineGrained,
            self.app.instance(),
            &mut Source(&self.entropy),
        );
        let now = self.app.now();
        let permissions = Permissions::parse(permissions.iter().copied()).unwrap();
        let wanted = Grant {
            owner,
            selection,
            packages: PackageSelection::ByRepository,
            permissions,
            conditions: vec![],
        };
        let (id, secret_id) = self.write(|unit| {
            let id = unit.allocate()?;
            let name = TokenName::parse(&format!("token-{id}")).unwrap();
            let row = tokens::TokenRow {
                id,
                kind: CredentialKind::FineGrained,
                creator: creator.id,
                name: name.as_str().to_owned(),
                description: String::new(),
                justification: String::new(),
                wanted: wanted.clone(),
                scopes: Scopes::NONE,
                application: None,
                approved: None,
                standing: Standing::NotNeeded,
                standing_at: now,
                standing_reason: None,
                life: Life::Alive,
                created_at: now,
            };
            tokens::insert(unit, &row, &name.key())?;
            let asked = Asked {
                grant: wanted.clone(),
                length: Maximum::Days(30),
            };
            if standing.grants() && standing != Standing::NotNeeded {
                tokens::set_approved(unit, id, Some(&asked))?;
            }
            if standing != Standing::NotNeeded {
                tokens::set_standing(unit, id, Standing::NotNeeded, standing, now, None, None)?;
            }
            if standing == Standing::Pending {
                let new = jeton_store::requests::NewRequest {
                    token: id,
                    token_name: name.as_str(),
                    organization: owner.as_organization(),
                    asked: &asked,
                    lengthen: None,
                    justification: "",
                    created_at: now,
                };
                jeton_store::requests::insert(unit, &new)?;
            }
            Ok((id, self.add_value(unit, id, &secret)?))
        });
        Token {
            id,
            secret: secret_id,
            value: text(&secret),
        }
    }

    /// A classic token with these scopes, for thirty days.
    pub fn classic(&self, creator: &Person, scopes: &str) -> Token {
        let secret = jeton_token::make(
            Kind::Classic,
            self.app.instance(),
            &mut Source(&self.entropy),
        );
        let now = self.app.now();
        let (id, secret_id) = self.write(|unit| {
            let id = unit.allocate()?;
            let name = TokenName::parse(&format!("classic-{id}")).unwrap();
            let row = tokens::TokenRow {
                id,
                kind: CredentialKind::Classic,
                creator: creator.id,
                name: name.as_str().to_owned(),
                description: String::new(),
                justification: String::new(),
                wanted: Grant::nothing_of(creator.id.into()),
                scopes: Scopes::parse(scopes).unwrap(),
                application: None,
                approved: None,
                standing: Standing::NotNeeded,
                standing_at: now,
                standing_reason: None,
                life: Life::Alive,
                created_at: now,
            };
            tokens::insert(unit, &row, &name.key())?;
            Ok((id, self.add_value(unit, id, &secret)?))
        });
        Token {
            id,
            secret: secret_id,
            value: text(&secret),
        }
    }

    fn add_value(
        &self,
        unit: &mut jeton_store::WriteUnit<'_>,
        token: TokenId,
        secret: &jeton_token::Secret,
    ) -> Result<SecretId, StoreError> {
        let (digest, key) = self.digest(secret);
        let parsed = secret.parsed();
        let (id, now) = (unit.allocate()?, self.app.now());
        secrets::insert(
            unit,
            &secrets::NewSecret {
                id,
                token,
                kind: parsed.kind().name(),
                digest,
                key,
                public_name: None,
                hashed: &jeton_token::hashed(&parsed),
                created_at: now,
                expiry: Expiry::At(now.after(Span::from_days(30))),
                idempotency: None,
            },
        )?;
        Ok(id)
    }

    /// Just these repositories.
    pub fn only<'a>(repositories: impl IntoIterator<Item = &'a Repository>) -> Selection {
        Selection::Only(
            repositories
                .into_iter()
                .map(|r| r.id)
                .collect::<BTreeSet<RepositoryId>>(),
        )
    }

    /// A value's digest under the newest key, and that key's number.
    fn digest(&self, secret: &jeton_token::Secret) -> ([u8; 32], u32) {
        let ring = self.app.ring();
        let digest = ring.token_digest(ring.newest(), &secret.parsed()).unwrap();
        (*digest.as_bytes(), ring.newest().get())
    }

    fn write<T>(
        &self,
        work: impl FnOnce(&mut jeton_store::WriteUnit<'_>) -> Result<T, StoreError>,
    ) -> T {
        self.store.write(work).unwrap()
    }
}

/// The names of things, as a path gives them.
pub mod named {
    use jeton_app::Named;

    use crate::made::{Organization, Repository};

    /// An organization.
    pub fn organization(organization: &Organization) -> Named {
        Named::Organization(organization.login.clone())
    }

    /// A repository.
    pub fn repository(repository: &Repository) -> Named {
        Named::Repository(repository.owner.clone(), repository.name.clone())
    }
}
