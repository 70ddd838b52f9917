//! The pairs of keys that secrets are sealed with on their way here: one in use for each repository, organization and person.
//! They are Curve25519 pairs, and what is sealed is libsodium's `crypto_box_seal`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crypto_box::{SEALBYTES, SecretKey};
use jeton_domain::{Event, LONGEST_JOB_SECRET, SealingKeyId, Span, Time};
use jeton_store::job_secrets::SecretOwner;
use jeton_store::sealing_keys::{self, SealingKeyRow};
use jeton_store::{ReadUnit, WriteUnit, places};

use super::value::SecretValue;
use super::{fault, owner};
use crate::admin;
use crate::app::{App, Inner};
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::AppError;
use crate::seal::SealedIn;

/// How long a pair that was replaced is taken: whoever asked for it a moment before has a day to set what they sealed.
pub const PAIR_OVERLAP: Span = Span::from_hours(24);

/// Letters of the longest sealed value in base64.
const LONGEST_SEALED: usize = (LONGEST_JOB_SECRET + SEALBYTES).div_ceil(3) * 4;

/// The half of a pair that clients seal with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicKey {
    /// Which pair.
    pub id: SealingKeyId,
    /// 32 bytes.
    pub key: [u8; 32],
    /// When it was made.
    pub created_at: Time,
}

impl PublicKey {
    /// In base64, as clients take it.
    pub fn base64(&self) -> String {
        STANDARD.encode(self.key)
    }
}

impl From<&SealingKeyRow> for PublicKey {
    fn from(row: &SealingKeyRow) -> Self {
        Self {
            id: row.id,
            key: row.public,
            created_at: row.created_at,
        }
    }
}

/// What to seal secrets with that go to what the call is about. The first question makes it.
pub fn public_key(app: &App, call: &Call) -> Result<PublicKey, AppError> {
    let found = app.read(call, |unit, acting| {
        Ok(sealing_keys::in_use(unit, owner(acting)?)?)
    })?;
    if let Some(row) = found {
        return Ok((&row).into());
    }
    app.write(call, |unit, acting| {
        let owner = owner(acting)?;
        // Somebody may have been faster.
        if let Some(row) = sealing_keys::in_use(unit, owner)? {
            return Ok((&row).into());
        }
        Ok((&make(app, unit, owner, acting.now)?).into())
    })
}

/// Replaces the pair of what the call is about. What was sealed with the earlier one is taken for [`PAIR_OVERLAP`] yet.
pub fn rotate(app: &App, call: &Call) -> Result<PublicKey, AppError> {
    app.write(call, |unit, acting| {
        let owner = owner(acting)?;
        let made = replace(app, unit, owner, acting.now)?;
        let mut record = acting.record(Event::SealingKeyRotate);
        if let SecretOwner::Person(user) = owner {
            record = record.user(user, acting.login());
        }
        record
            .with("key_id", made.id.get().to_string())
            .write(unit)?;
        Ok((&made).into())
    })
}

/// What the operator had replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rotated {
    /// So many pairs.
    pub pairs: usize,
}

/// Replaces all pairs, or that of one place: `labs` of an account, `acme/labs` of a repository. A place that has none needs
/// none.
pub fn rotate_by_operator(app: &App, place: Option<&str>) -> Result<Rotated, AppError> {
    let now = app.now();
    let done = app.store.write(|unit| {
        let owners = match place {
            None => sealing_keys::owners(unit)?,
            Some(place) => {
                let named = named(unit, place)?;
                let has_one = sealing_keys::in_use(unit, named)?.is_some();
                if has_one { vec![named] } else { Vec::new() }
            }
        };
        for owner in &owners {
            let made = replace(app, unit, *owner, now)?;
            admin::log_rotation(app, unit, *owner, made.id)?;
        }
        Ok::<_, AppError>(Rotated {
            pairs: owners.len(),
        })
    });
    app.settle();
    done
}

/// A place as an operator types it.
fn named(unit: &mut ReadUnit<'_>, place: &str) -> Result<SecretOwner, AppError> {
    let key = place.to_ascii_lowercase();
    if key.contains('\0') {
        return Err(AppError::Missing("account"));
    }
    if let Some((owner, name)) = key.split_once('/') {
        return places::repository(unit, owner, name)?
            .map(|found| SecretOwner::Repository(found.id))
            .ok_or(AppError::Missing("repository"));
    }
    let found = places::owner(unit, &key)?.ok_or(AppError::Missing("account"))?;
    Ok(match found.organization {
        Some(_) => SecretOwner::Organization(found.id.as_organization()),
        None => SecretOwner::Person(found.id.as_user()),
    })
}

fn replace(
    app: &Inner,
    unit: &mut WriteUnit<'_>,
    owner: SecretOwner,
    now: Time,
) -> Result<SealingKeyRow, AppError> {
    if let Some(before) = sealing_keys::in_use(unit, owner)? {
        sealing_keys::retire(unit, before.id, now)?;
    }
    make(app, unit, owner, now)
}

fn make(
    app: &Inner,
    unit: &mut WriteUnit<'_>,
    owner: SecretOwner,
    now: Time,
) -> Result<SealingKeyRow, AppError> {
    let id: SealingKeyId = unit.allocate()?;
    let private = SecretKey::from_bytes(app.random());
    let row = SealingKeyRow {
        id,
        owner,
        public: *private.public_key().as_bytes(),
        private: app.seal_value(SealedIn::SealingKey, id.get(), &private.to_bytes())?,
        created_at: now,
        retired_at: None,
    };
    sealing_keys::insert(unit, &row)?;
    Ok(row)
}

/// Opens what somebody sealed for a pair of this place.
pub(super) fn open(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    key_id: &str,
    sealed: &str,
) -> Result<SecretValue, AppError> {
    let (app, wrong) = (acting.app, |why: &str| Err(fault("encrypted_value", why)));
    let id = key_id.parse::<SealingKeyId>().ok();
    let row = match id {
        Some(id) => sealing_keys::by_id(unit, id)?,
        None => None,
    };
    let owner = owner(acting)?;
    let Some(row) = row.filter(|row| row.owner == owner && is_taken(row, acting.now)) else {
        return Err(fault(
            "key_id",
            "is not that of a key in use here; ask for the public key again, and seal the value with that",
        ));
    };
    if sealed.len() > LONGEST_SEALED {
        return wrong(&format!(
            "is longer than {LONGEST_SEALED} letters, which {LONGEST_JOB_SECRET} bytes sealed would have"
        ));
    }
    let Ok(sealed) = STANDARD.decode(sealed) else {
        return wrong("is not in base64");
    };
    let private = app.unseal(SealedIn::SealingKey, row.id.get(), &row.private.bytes)?;
    let Ok(private) = SecretKey::from_slice(&private) else {
        return Err(AppError::Data(format!(
            "the private half of the pair {} has another length",
            row.id
        )));
    };
    let Ok(opened) = private.unseal(&sealed) else {
        return wrong(&format!("was not sealed with the key {}", row.id));
    };
    SecretValue::opened(opened).map_err(|wrong| fault("encrypted_value", wrong))
}

fn is_taken(row: &SealingKeyRow, now: Time) -> bool {
    row.retired_at
        .is_none_or(|retired| now < retired.after(PAIR_OVERLAP))
}

impl App {
    /// Destroys pairs that are taken no more.
    pub(crate) fn destroy_retired_pairs(&self) -> Result<(), AppError> {
        let until = self.now().before(PAIR_OVERLAP);
        if !self
            .store
            .read(|unit| sealing_keys::any_retired(unit, until))?
        {
            return Ok(());
        }
        let done = self
            .store
            .write(|unit| sealing_keys::destroy_retired(unit, until));
        self.settle();
        Ok(done?)
    }
}
