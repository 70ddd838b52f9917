//! alta3 and what its jobs may have.

use crypto_box::aead::OsRng;
use jeton_app::job_secrets::{self, GivenSecret, GivenValue, NewSecret, Put, SecretsJob};
use jeton_app::{App, AppError, Call, Named};
use jeton_domain::{JobSecretVisibility, OrganizationRole, Role, Selection, Standing, Visibility};
use jeton_testkit::{Kit, Organization, Person, Repository, Token, named, operations};

/// `ann` owns alta3; `bob` is a member with `write` on `labs`, and `eve` one who reads it.
pub(crate) struct World {
    pub(crate) kit: Kit,
    pub(crate) ann: Person,
    pub(crate) bob: Person,
    pub(crate) eve: Person,
    pub(crate) alta3: Organization,
    /// Private.
    pub(crate) labs: Repository,
    /// Private.
    pub(crate) vault: Repository,
    /// Everybody reads it.
    pub(crate) open: Repository,
}

/// What a client sends: sealed with the public key that it asked for.
pub(crate) fn sealed(app: &App, call: &Call, value: &[u8]) -> GivenValue {
    let key = job_secrets::public_key(app, call).unwrap();
    GivenValue::Sealed {
        key_id: key.id.to_string(),
        encrypted: base64(
            &crypto_box::PublicKey::from(key.key)
                .seal(&mut OsRng, value)
                .unwrap(),
        ),
    }
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

pub(crate) fn new(name: &str, value: GivenValue) -> NewSecret {
    NewSecret {
        name: name.to_owned(),
        value,
        visibility: None,
        repositories: None,
    }
}

impl World {
    pub(crate) fn new() -> Self {
        let kit = Kit::new();
        let (ann, bob, eve) = (kit.person("ann"), kit.person("bob"), kit.person("eve"));
        let alta3 = kit.organization("alta3", &ann);
        for member in [&bob, &eve] {
            kit.member(&alta3, member, OrganizationRole::Member);
        }
        let make = |name, seen| kit.repository((alta3.account(), "alta3"), name, seen);
        let labs = make("labs", Visibility::Private);
        let vault = make("vault", Visibility::Private);
        let open = make("open", Visibility::Public);
        kit.collaborator(&labs, &bob, Role::Write);
        kit.collaborator(&labs, &eve, Role::Read);
        Self {
            kit,
            ann,
            bob,
            eve,
            alta3,
            labs,
            vault,
            open,
        }
    }

    pub(crate) fn app(&self) -> &App {
        self.kit.app()
    }

    /// Ann, about the organization.
    pub(crate) fn owner(&self) -> Call {
        let organization = named::organization(&self.alta3);
        self.kit.by(&self.ann, &operations::OWNER, organization)
    }

    /// Ann, about a repository.
    pub(crate) fn of(&self, repository: &Repository) -> Call {
        let at = named::repository(repository);
        self.kit.by(&self.ann, &operations::WRITE, at)
    }

    /// Somebody, about themself.
    pub(crate) fn own(&self, person: &Person) -> Call {
        self.kit.by(person, &operations::OWN, Named::Own)
    }

    /// Ann's token for these repositories, with every permission on the organization's secrets.
    pub(crate) fn token(&self, selection: Selection) -> Token {
        let permissions = [("organization_secrets", "write"), ("metadata", "read")];
        let (owner, standing) = (self.alta3.account(), Standing::NotNeeded);
        self.kit
            .token(&self.ann, owner, selection, &permissions, standing)
    }

    pub(crate) fn owner_with(&self, token: &Token) -> Call {
        let organization = named::organization(&self.alta3);
        self.kit.with_token(token, &operations::OWNER, organization)
    }

    /// Sets one, as a client does.
    pub(crate) fn set(&self, call: &Call, name: &str, value: &str) -> Put {
        let value = sealed(self.app(), call, value.as_bytes());
        job_secrets::put(self.app(), call, &new(name, value)).unwrap()
    }

    /// Sets one of the organization.
    pub(crate) fn set_for(
        &self,
        call: &Call,
        name: &str,
        visibility: JobSecretVisibility,
        repositories: Option<&[i64]>,
    ) -> Result<Put, AppError> {
        let new = NewSecret {
            visibility: Some(visibility),
            repositories: repositories.map(<[i64]>::to_vec),
            ..new(name, sealed(self.app(), call, b"of the organization"))
        };
        job_secrets::put(self.app(), call, &new)
    }

    /// Bob's secret for jobs in these repositories.
    pub(crate) fn set_own(&self, name: &str, value: &str, repositories: &[&Repository]) {
        let call = self.own(&self.bob);
        let new = NewSecret {
            repositories: Some(repositories.iter().map(|at| at.id.get()).collect()),
            ..new(name, sealed(self.app(), &call, value.as_bytes()))
        };
        job_secrets::put(self.app(), &call, &new).unwrap();
    }

    /// What a job is given that Bob opened in a repository.
    pub(crate) fn given(&self, repository: &Repository) -> Vec<(String, String)> {
        self.given_to(&job(repository, &self.bob))
            .into_iter()
            .map(|secret| (secret.name, secret.value.expose().to_owned()))
            .collect()
    }

    pub(crate) fn given_to(&self, job: &SecretsJob) -> Vec<GivenSecret> {
        // The job's own request is nobody's here: it stands about its opener.
        let call = self.own(&self.bob);
        self.app()
            .write(&call, |unit, acting| job_secrets::give(unit, acting, job))
            .unwrap()
    }
}

/// A job that somebody opened in a repository.
pub(crate) fn job(repository: &Repository, opener: &Person) -> SecretsJob {
    SecretsJob {
        repository: repository.id,
        opener: opener.id,
        fork: false,
    }
}

/// Names and values, to be compared with.
pub(crate) fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    pairs.iter().map(owned).collect()
}
