//! From a carried value to whom it stands for, or to a failure that ends as 401.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use jeton_decide::{Bearer, Credential, Failure, Lifetime, Principal, TokenFacts};
use jeton_domain::{CredentialKind, Expiry, Life, SecretId, SignInId, Time, TokenId, UserId};
use jeton_store::secrets::SecretRow;
use jeton_store::tokens::TokenRow;
use jeton_store::{
    FeedKey, ReadUnit, Seq, StoreError, credentials, hand_overs, job_tokens, secrets, sign_ins,
    tokens,
};
use jeton_token::{Digest, Kind};

use crate::activity::Meter;
use crate::app::App;
use crate::cache::Dated;
use crate::call::{Carried, Presented, Shape};
use crate::descent;

/// A stored credential, whether it lives or not: what a digest matched.
#[derive(Debug)]
pub struct Known {
    /// What the decision looks at.
    pub bearer: Bearer,
    /// The person behind it.
    pub user: UserId,
    /// A service account that the token was handed over to: it may do only what both may.
    pub(crate) within: Option<UserId>,
    /// Their name.
    pub login: String,
    /// The person has a verified e-mail address.
    pub verified: bool,
    /// Token or sign-in.
    pub subject: Subject,
    /// When it ends by itself.
    pub expiry: Expiry,
    /// For the audit log: base64 of SHA-256 of the value, of tokens only.
    pub hashed: Option<String>,
    /// Under which it is filed in the cache: that of the presented value under the newest key.
    /// `None` of one that stands in.
    pub(crate) digest: Option<Digest>,
    /// It was asked for since the cache looked for room.
    pub(crate) recent: AtomicBool,
    /// It was matched under a key that is not the newest.
    pub(crate) older_key: bool,
    pub(crate) revoked: bool,
    pub(crate) retired: Retired,
    /// Its use since the last flush.
    pub(crate) meter: Meter,
}

/// A rotation's end of a value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Retired {
    /// When.
    pub(crate) at: Expiry,
    /// Somebody ended it, and no time ran out.
    pub(crate) ended: bool,
}

impl Retired {
    pub(crate) const NEVER: Self = Self {
        at: Expiry::Never,
        ended: false,
    };
}

/// What kind of row a digest matched.
#[derive(Clone, Debug)]
pub enum Subject {
    /// A token's secret.
    Token {
        /// The token.
        token: TokenId,
        /// The secret.
        secret: SecretId,
        /// The token's name.
        name: String,
        /// The secret was used before.
        used: bool,
    },
    /// A sign-in.
    SignIn {
        /// Which.
        id: SignInId,
        /// When it was last seen.
        seen: Time,
    },
}

/// What came of a carried value.
#[derive(Clone, Debug)]
pub enum Authenticated {
    /// Nothing was carried, or nothing that can be read.
    Nobody,
    /// No stored digest matches.
    Unknown,
    /// A digest matched; whether it lives depends on the moment.
    Known(Arc<Dated<Known>>),
}

impl Known {
    /// Whether it lives. Ended for ever says so first; then replaced; then over.
    pub fn alive(&self, now: Time) -> Result<(), Failure> {
        if self.revoked {
            Err(Failure::Revoked)
        } else if self.retired.at.is_over_at(now) {
            Err(Failure::Retired)
        } else if let Expiry::At(at) = self.expiry
            && at.is_over_at(now)
        {
            Err(Failure::Expired { at })
        } else {
            Ok(())
        }
    }

    /// When it stops: at its own end, or before that where a newer value or a service account took its place.
    pub fn ends(&self) -> Expiry {
        self.expiry.earlier(self.retired.at)
    }

    /// The token, if it is one's.
    pub fn token(&self) -> Option<TokenId> {
        match self.subject {
            Subject::Token { token, .. } => Some(token),
            Subject::SignIn { .. } => None,
        }
    }
}

impl Authenticated {
    /// The credential as the decision sees it.
    pub fn credential(&self, now: Time) -> Credential<'_> {
        match self {
            Self::Nobody => Credential::None,
            Self::Unknown => Credential::Failed(Failure::Unknown),
            Self::Known(dated) => match dated.value.alive(now) {
                Ok(()) => Credential::Live(&dated.value.bearer),
                Err(failure) => Credential::Failed(failure),
            },
        }
    }

    /// What a digest matched, alive or not.
    pub fn known(&self) -> Option<&Known> {
        match self {
            Self::Known(dated) => Some(&dated.value),
            Self::Nobody | Self::Unknown => None,
        }
    }

    /// The live credential.
    pub fn live(&self, now: Time) -> Option<&Known> {
        self.known().filter(|known| known.alive(now).is_ok())
    }
}

impl App {
    /// Looks a carried value up, in the cache first. A hit touches no database.
    pub(crate) fn authenticate(&self, carried: &Carried) -> Result<Authenticated, StoreError> {
        let Carried::Value(presented) = carried else {
            return Ok(Authenticated::Nobody);
        };
        if let Some(hit) = self.cached_credential(presented) {
            return Ok(Authenticated::Known(hit));
        }
        self.store
            .read(|unit| self.authenticate_in(unit, unit.seq(), carried))
    }

    /// A credential that was looked up before and did not change since.
    pub(crate) fn cached_credential(&self, presented: &Presented) -> Option<Arc<Dated<Known>>> {
        let (_, digest) = presented.newest()?;
        self.credentials.get(digest, &self.changes)
    }

    /// Looks a carried value up in one snapshot, whose number is `snapshot`.
    ///
    /// SECURITY: a write unit bears the number of the change that it is about to make; what it reads
    /// before it changes anything is of the number before. An entry filed under the new number would
    /// outlive that very change, or, where the unit fails, another one that takes the number.
    pub(crate) fn authenticate_in(
        &self,
        unit: &mut ReadUnit<'_>,
        snapshot: Seq,
        carried: &Carried,
    ) -> Result<Authenticated, StoreError> {
        let Carried::Value(presented) = carried else {
            return Ok(Authenticated::Nobody);
        };
        let Some((known, keys)) = Self::find(unit, presented)? else {
            return Ok(Authenticated::Unknown);
        };
        let dated = Arc::new(Dated::new(known, snapshot, &keys));
        // A sign-in's sudo mode slides by side writes, which the feed does not tell: never cached.
        if matches!(dated.value.subject, Subject::Token { .. }) {
            self.credentials.put(Arc::clone(&dated));
        }
        Ok(Authenticated::Known(dated))
    }

    fn find(
        unit: &mut ReadUnit<'_>,
        presented: &Presented,
    ) -> Result<Option<(Known, Vec<FeedKey>)>, StoreError> {
        for (at, (_, digest)) in presented.digests().enumerate() {
            let found = match presented.shape() {
                Shape::Token(
                    kind @ (Kind::FineGrained | Kind::Classic | Kind::OAuth | Kind::Short),
                ) => token(unit, kind, digest.as_bytes())?,
                Shape::Token(Kind::Client) => {
                    sign_in(unit, digest.as_bytes(), CredentialKind::Client)?
                }
                Shape::Session => sign_in(unit, digest.as_bytes(), CredentialKind::Session)?,
                // SECURITY: what refreshes a token is none itself.
                Shape::Token(Kind::Refresh) => None,
            };
            if let Some((known, keys)) = found {
                return Ok(Some((
                    Known {
                        older_key: at > 0,
                        digest: presented.newest().map(|(_, digest)| *digest),
                        ..known
                    },
                    keys,
                )));
            }
        }
        Ok(None)
    }

    /// Digests a value that was matched under an older key under the newest.
    pub(crate) fn redigest(
        &self,
        presented: &Presented,
        known: &Known,
        now: Time,
    ) -> Result<(), StoreError> {
        let Some((newest, digest)) = presented.newest() else {
            return Ok(());
        };
        self.store.write(|unit| match known.subject {
            Subject::Token { token, secret, .. } => {
                secrets::redigest(unit, secret, digest.as_bytes(), newest.get())?;
                unit.feed(now, "token.redigested", token)
            }
            Subject::SignIn { id, .. } => {
                sign_ins::redigest(unit, id, digest.as_bytes(), newest.get())?;
                unit.feed(now, "sign_in.redigested", id)
            }
        })
    }

    /// A token's newest value, as if it had been presented: for its creator's questions about it.
    pub(crate) fn stand_in(
        unit: &mut ReadUnit<'_>,
        token: TokenRow,
        secret: SecretRow,
    ) -> Result<Option<Authenticated>, StoreError> {
        let seq = unit.seq();
        Ok(known_token(unit, token, secret)?
            .map(|(known, keys)| Authenticated::Known(Arc::new(Dated::new(known, seq, &keys)))))
    }
}

fn token(
    unit: &mut ReadUnit<'_>,
    kind: Kind,
    digest: &[u8; 32],
) -> Result<Option<(Known, Vec<FeedKey>)>, StoreError> {
    let Some((secret, stored)) = secrets::by_digest(unit, digest)? else {
        return Ok(None);
    };
    // The stored kind must equal the prefix's: the digest covers the prefix, so this never differs
    // but for a row written wrong.
    if stored != kind.name() {
        return Ok(None);
    }
    let Some(token) = tokens::find_also_deleted(unit, secret.token)? else {
        return Ok(None);
    };
    known_token(unit, token, secret)
}

fn known_token(
    unit: &mut ReadUnit<'_>,
    token: TokenRow,
    secret: SecretRow,
) -> Result<Option<(Known, Vec<FeedKey>)>, StoreError> {
    let Some(holder) = credentials::holder(unit, token.creator)? else {
        return Ok(None);
    };
    let mut keys = vec![FeedKey::Token(token.id), FeedKey::User(holder.id)];
    let line = descent::of(unit, &token)?;
    keys.extend(&line.keys);
    let root = line.root.unwrap_or(token.id);
    let kind = line.kind.unwrap_or(token.kind);
    // Nothing else is handed over.
    let within = match kind {
        CredentialKind::FineGrained => hand_overs::of_token(unit, root)?,
        _ => None,
    };
    keys.extend(within.map(FeedKey::User));
    let Some(principal) = principal(unit, &holder, kind, root)? else {
        return Ok(None);
    };
    let mut facts = token_facts(&token, &secret);
    facts.suspended |= line.stopped;
    let bearer = Bearer {
        parents: line
            .parents
            .into_iter()
            .map(|parent| Bearer {
                kind: parent.kind,
                principal,
                account_suspended: holder.state != "active",
                two_factor: holder.two_factor,
                token: parent.token,
                application: parent.application,
                sudo: None,
                parents: Vec::new(),
            })
            .collect(),
        kind: token.kind,
        principal,
        account_suspended: holder.state != "active",
        two_factor: holder.two_factor,
        token: Some(facts),
        application: token.application,
        sudo: None,
    };
    let at = [secret.retires_at, secret.retired_at]
        .into_iter()
        .flatten()
        .fold(Expiry::Never, |end, at| end.earlier(Expiry::At(at)));
    let ended = secret.was_ended();
    let retired = Retired { at, ended };
    let known = Known {
        bearer,
        user: holder.id,
        within,
        login: holder.login,
        verified: holder.verified,
        subject: Subject::Token {
            token: token.id,
            secret: secret.id,
            name: token.name,
            used: secret.first_used_at.is_some(),
        },
        expiry: secret.expiry.earlier(line.expiry),
        hashed: Some(secret.hashed),
        digest: None,
        recent: AtomicBool::new(false),
        older_key: false,
        revoked: line.dead
            || matches!(token.life, Life::Revoked { .. })
            || holder.state == "deleted",
        retired,
        meter: Meter::default(),
    };
    Ok(Some((known, keys)))
}

/// What the decision knows of a token by one of its values.
pub(crate) fn token_facts(token: &TokenRow, secret: &SecretRow) -> TokenFacts {
    TokenFacts {
        id: token.id,
        suspended: matches!(token.life, Life::Suspended { .. }),
        standing: token.standing,
        grant: token.in_force(),
        scopes: token.scopes,
        lifetime: Lifetime {
            created: secret.created_at,
            expiry: secret.expiry,
        },
    }
}

/// Whom a token of this kind stands for; nothing, where a job's repository is not known. `root`: the token that it was
/// made from in the end.
fn principal(
    unit: &mut ReadUnit<'_>,
    holder: &credentials::Holder,
    kind: CredentialKind,
    root: TokenId,
) -> Result<Option<Principal>, StoreError> {
    if kind == CredentialKind::Job {
        let repository = job_tokens::repository(unit, root)?;
        return Ok(repository.map(|repository| Principal::Job {
            repository,
            opener: holder.id,
        }));
    }
    Ok(Some(if holder.service {
        Principal::Service {
            id: holder.id.into(),
        }
    } else {
        Principal::User {
            id: holder.id,
            administrator: holder.administrator,
        }
    }))
}

/// SECURITY: the stored kind must be the one that was presented: the value of a session is nothing to the
/// API, nor that of a client to a page.
fn sign_in(
    unit: &mut ReadUnit<'_>,
    digest: &[u8; 32],
    kind: CredentialKind,
) -> Result<Option<(Known, Vec<FeedKey>)>, StoreError> {
    let Some(row) = sign_ins::by_digest(unit, digest)?.filter(|row| row.kind == kind) else {
        return Ok(None);
    };
    let Some(holder) = credentials::holder(unit, row.user)? else {
        return Ok(None);
    };
    let keys = vec![FeedKey::SignIn(row.id), FeedKey::User(holder.id)];
    let known = Known {
        bearer: Bearer {
            kind,
            principal: Principal::User {
                id: holder.id,
                administrator: holder.administrator,
            },
            account_suspended: holder.state != "active",
            two_factor: holder.two_factor,
            token: None,
            application: None,
            sudo: Some(row.sudo),
            parents: Vec::new(),
        },
        user: holder.id,
        within: None,
        login: holder.login,
        verified: holder.verified,
        subject: Subject::SignIn {
            id: row.id,
            seen: row.last_seen_at,
        },
        expiry: Expiry::At(row.expires_at),
        hashed: None,
        digest: None,
        recent: AtomicBool::new(false),
        older_key: false,
        revoked: row.ended_at.is_some() || holder.state == "deleted",
        retired: Retired::NEVER,
        meter: Meter::default(),
    };
    Ok(Some((known, keys)))
}
