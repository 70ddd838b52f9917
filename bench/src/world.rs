//! A data folder with people, an organization, repositories and any number of tokens, put into storage directly
//! and in one write unit: a million tokens by REST would take most of an hour.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use jeton_app::{App, Clock, Entropy, Limits, Parts};
use jeton_domain::{
    AccountId, Asked, BasePermission, CredentialKind, Expiry, Grant, Life, Login, Maximum,
    OrganizationId, OrganizationPolicy, OrganizationRole, PackageSelection, Permissions, RepositoryId,
    RepositoryName, Scopes, Selection, Span, Standing, Time, TokenId, TokenName, UserId,
    Visibility,
};
use jeton_repo::{Data, Git, Place, Shard, Transfers};
use jeton_store::{
    Incarnation, Options, Store, StoreError, WriteUnit, key_checks, memberships, organizations,
    repositories, secrets, settings, tokens, users,
};
use jeton_testkit::SeededEntropy;
use jeton_token::{Digest, InstanceHint, KeyId, Kind, Ring, Secret};

use crate::error::Error;

/// The organization.
pub(crate) const OWNER: &str = "alta3";
/// Tokens are spread over so many people, or fewer where there are fewer tokens.
const PEOPLE: usize = 100;

/// The system's clock.
#[derive(Debug)]
struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Time {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Time::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }
}

/// The time at which everything was made.
pub(crate) fn now() -> Time {
    SystemClock.now()
}

struct Source<'a>(&'a SeededEntropy);

impl jeton_token::Random for Source<'_> {
    fn fill(&mut self, bytes: &mut [u8]) {
        self.0.fill(bytes);
    }
}

/// A data folder that goes with this value.
#[derive(Debug)]
pub(crate) struct World {
    folder: tempfile::TempDir,
    entropy: Arc<SeededEntropy>,
    instance: InstanceHint,
    /// The tokens' values, in the order that storage has them in.
    pub(crate) tokens: Vec<String>,
    organization: Option<OrganizationId>,
    repositories: Vec<(String, RepositoryId)>,
    git: Git,
}

impl World {
    /// Makes one. Every token may read and write every one of these repositories, and was used before.
    pub(crate) fn make(count: usize, names: &[String]) -> Result<Self, Error> {
        let folder = tempfile::tempdir().map_err(Error::io("a temporary folder"))?;
        let entropy = Arc::new(SeededEntropy::new(11));
        let line = Ring::render_new(KeyId::new(1), &mut Source(&entropy));
        let keys = folder.path().join("keys");
        std::fs::write(&keys, line.expose()).map_err(Error::io(&keys))?;
        let private = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(&keys, private).map_err(Error::io(&keys))?;
        let mut world = Self {
            instance: InstanceHint::from_random(&mut Source(&entropy)),
            git: Git::find(None).map_err(Error::world)?,
            folder,
            entropy,
            tokens: Vec::with_capacity(count),
            organization: None,
            repositories: vec![],
        };
        let store = world.store()?;
        let ring = world.ring()?;
        store
            .write(|unit| world.fill(unit, &ring, count, names))
            .map_err(Error::world)?;
        let data = Data::at(world.folder()).map_err(Error::world)?;
        for (_, id) in &world.repositories {
            data.create(
                &world.git,
                Place {
                    shard: Shard(0),
                    id: *id,
                },
            )
            .map_err(Error::world)?;
        }
        Ok(world)
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Its storage, for as long as nothing else has it open.
    pub(crate) fn store(&self) -> Result<Store, Error> {
        let mut options = Options::new(now(), Incarnation(1));
        options.tombstones = Some(self.folder().join("tombstones"));
        Store::open_sqlite(&self.folder().join("jeton.db"), &options).map_err(Error::world)
    }

    /// The keys of the folder.
    pub(crate) fn ring(&self) -> Result<Ring, Error> {
        let keys = self.folder().join("keys");
        let text = std::fs::read_to_string(&keys).map_err(Error::io(&keys))?;
        Ring::parse(&text).map_err(Error::world)
    }

    /// The server's inside on this folder, without any door.
    pub(crate) fn app(&self, runtime: &tokio::runtime::Handle) -> Result<App, Error> {
        Ok(App::new(Parts {
            store: self.store()?,
            ring: self.ring()?,
            instance: self.instance,
            clock: Arc::new(SystemClock),
            entropy: Arc::<SeededEntropy>::clone(&self.entropy),
            data: Data::at(self.folder()).map_err(Error::world)?,
            git: self.git.clone(),
            transfers: Transfers::default(),
            public_url: "http://127.0.0.1".to_owned(),
            limits: Limits::default(),
            mailer: None,
            runtime: runtime.clone(),
        }))
    }

    /// The organization that everything belongs to.
    pub(crate) fn organization(&self) -> Result<OrganizationId, StoreError> {
        self.organization.ok_or_else(|| bad(&"no organization"))
    }

    /// The repository that was made first.
    pub(crate) fn first_repository(&self) -> Result<RepositoryId, StoreError> {
        let first = self.repositories.first().map(|(_, id)| *id);
        first.ok_or_else(|| bad(&"no repository"))
    }

    /// Where a repository lies.
    pub(crate) fn repository(&self, name: &str) -> Result<PathBuf, Error> {
        let found = self.repositories.iter().find(|(known, _)| known == name);
        let id = found
            .map(|(_, id)| id.get())
            .ok_or_else(|| Error::World(format!("no repository `{name}`")))?;
        let shard = self.folder().join("repos/0");
        Ok(shard.join(format!(
            "{:02x}/{:02x}/{id}.git",
            (id >> 16) & 0xff,
            (id >> 8) & 0xff
        )))
    }

    /// A file with one token a line.
    pub(crate) fn token_file(&self) -> Result<PathBuf, Error> {
        let path = self.folder().join("bench-tokens");
        std::fs::write(&path, self.tokens.join("\n")).map_err(Error::io(&path))?;
        Ok(path)
    }

    fn fill(
        &mut self,
        unit: &mut WriteUnit<'_>,
        ring: &Ring,
        count: usize,
        names: &[String],
    ) -> Result<(), StoreError> {
        let at = now();
        let check = ring.check_value(ring.newest()).unwrap_or_default();
        key_checks::insert(unit, ring.newest().get(), &check)?;
        settings::set(unit, "instance", self.instance.as_str())?;
        let organization =
            organizations::create(unit, &login(OWNER)?, "", &OrganizationPolicy::default(), at)?;
        self.organization = Some(organization);
        organizations::set_base_permission(unit, organization, BasePermission::Write)?;
        for name in names {
            let id = repository(unit, organization, name, at)?;
            self.repositories.push((name.clone(), id));
        }
        let people = (0..PEOPLE.min(count)).map(|at| format!("dev-{at}"));
        let people = people
            .map(|name| person(unit, organization, &name, at))
            .collect::<Result<Vec<_>, _>>()?;
        let wanted = Grant {
            owner: AccountId::from(organization),
            selection: Selection::Only(
                self.repositories
                    .iter()
                    .map(|(_, id)| *id)
                    .collect::<BTreeSet<_>>(),
            ),
            packages: PackageSelection::ByRepository,
            permissions: Permissions::parse([
                ("metadata", "read"),
                ("contents", "write"),
                ("packages", "write"),
            ])
            .map_err(|error| bad(&error))?,
            conditions: vec![],
        };
        let mut made = (0..count)
            .map(|_| self.secret(ring))
            .collect::<Result<Vec<_>, _>>()?;
        // As the indexes lie: in any other order a million rows take several times as long.
        made.sort_by_key(|(digest, _)| *digest.as_bytes());
        let each = count.div_ceil(people.len().max(1)).max(1);
        for (creator, share) in people.iter().zip(made.chunks(each)) {
            for (digest, secret) in share {
                token(unit, ring, *creator, &wanted, (digest, secret), at, 30)?;
                self.tokens.push(secret.expose().to_owned());
            }
        }
        Ok(())
    }

    pub(crate) fn secret(&self, ring: &Ring) -> Result<(Digest, Secret), StoreError> {
        let secret = jeton_token::make(
            Kind::FineGrained,
            &self.instance,
            &mut Source(&self.entropy),
        );
        let digest = ring.token_digest(ring.newest(), &secret.parsed());
        Ok((
            digest.ok_or_else(|| bad(&"the ring has no newest key"))?,
            secret,
        ))
    }
}

/// What these fixed names and numbers never are.
pub(crate) fn bad(error: &dyn std::fmt::Display) -> StoreError {
    StoreError::Corrupt {
        what: error.to_string(),
    }
}

pub(crate) fn login(text: &str) -> Result<Login, StoreError> {
    Login::parse(text).map_err(|error| bad(&error))
}

pub(crate) fn person(
    unit: &mut WriteUnit<'_>,
    organization: OrganizationId,
    name: &str,
    at: Time,
) -> Result<UserId, StoreError> {
    let email = format!("{name}@example.test");
    let new = users::NewUser {
        login: &login(name)?,
        name: "",
        email: Some(&email),
        password_phc: None,
        administrator: false,
    };
    let id = users::create(unit, &new, at)?;
    memberships::set(unit, organization, id, OrganizationRole::Member, at)?;
    Ok(id)
}

pub(crate) fn repository(
    unit: &mut WriteUnit<'_>,
    organization: OrganizationId,
    name: &str,
    at: Time,
) -> Result<RepositoryId, StoreError> {
    let name = RepositoryName::parse(name).map_err(|error| bad(&error))?;
    let new = repositories::NewRepository {
        owner: organization.into(),
        name: &name,
        visibility: Visibility::Private,
        shard: 0,
        default_branch: "main",
        description: "",
    };
    repositories::insert(unit, &new, at)
}

/// A token that is alive and was used once.
pub(crate) fn token(
    unit: &mut WriteUnit<'_>,
    ring: &Ring,
    creator: UserId,
    wanted: &Grant,
    (digest, secret): (&Digest, &Secret),
    at: Time,
    days: u32,
) -> Result<TokenId, StoreError> {
    let id = unit.allocate()?;
    let name = TokenName::parse(&format!("token-{id}")).map_err(|error| bad(&error))?;
    let row = tokens::TokenRow {
        id,
        creator,
        kind: CredentialKind::FineGrained,
        scopes: Scopes::default(),
        application: None,
        name: name.as_str().to_owned(),
        description: String::new(),
        justification: String::new(),
        wanted: wanted.clone(),
        approved: None,
        standing: Standing::NotNeeded,
        standing_at: at,
        standing_reason: None,
        life: Life::Alive,
        created_at: at,
    };
    tokens::insert(unit, &row, &name.key())?;
    tokens::set_approved(
        unit,
        id,
        Some(&Asked {
            grant: wanted.clone(),
            length: Maximum::Days(30),
        }),
    )?;
    tokens::set_standing(
        unit,
        id,
        Standing::NotNeeded,
        Standing::Active { since: at },
        at,
        None,
        None,
    )?;
    let secret_id = unit.allocate()?;
    secrets::insert(
        unit,
        &secrets::NewSecret {
            id: secret_id,
            token: id,
            kind: Kind::FineGrained.name(),
            digest: *digest.as_bytes(),
            key: ring.newest().get(),
            public_name: None,
            hashed: &jeton_token::hashed(&secret.parsed()),
            created_at: at,
            expiry: Expiry::At(at.after(Span::from_days(days))),
            idempotency: None,
        },
    )?;
    // A first use is a write of its own, and not what is measured here.
    secrets::note_first_use(unit, secret_id, at)?;
    Ok(id)
}
