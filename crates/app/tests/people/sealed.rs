//! Secrets that have to be read again: they open for their own row, under a key of the ring, and nowhere else.

use std::sync::Arc;

use jeton_app::{App, AppError, Limits, Parts, SealedIn};
use jeton_repo::{Data, Git, Transfers};
use jeton_testkit::{Kit, SeededEntropy};
use jeton_token::{KeyId, Ring, RootKey};

/// The kit's database under another ring.
pub(crate) fn under(kit: &Kit, name: &str, keys: &[u32]) -> App {
    let roots = keys
        .iter()
        .map(|id| RootKey::new(KeyId::new(*id), [u8::try_from(*id).unwrap(); 32]))
        .collect();
    App::new(Parts {
        store: kit.store().clone(),
        ring: Ring::new(roots).unwrap(),
        instance: *kit.app().instance(),
        clock: Arc::<jeton_testkit::FrozenClock>::clone(kit.clock()),
        entropy: Arc::new(SeededEntropy::new(3)),
        data: Data::at(kit.folder().join(name)).unwrap(),
        git: Git::find(None).unwrap(),
        transfers: Transfers::default(),
        public_url: "http://127.0.0.1:8377".to_owned(),
        mailer: None,
        limits: Limits::default(),
        runtime: kit.runtime().clone(),
    })
}

fn opens(app: &App, place: SealedIn, row: i64, sealed: &[u8]) -> Option<Vec<u8>> {
    match app.unseal(place, row, sealed) {
        Ok(plain) => Some(plain.to_vec()),
        Err(AppError::Data(_)) => None,
        Err(other) => panic!("{other:?}"),
    }
}

#[test]
fn what_is_sealed_opens_for_its_own_row_only() {
    let kit = Kit::new();
    let app = kit.app();
    let sealed = app.seal(SealedIn::Job, 7, b"a code").unwrap();
    assert_eq!(
        opens(app, SealedIn::Job, 7, &sealed).as_deref(),
        Some(&b"a code"[..])
    );
    assert_eq!(opens(app, SealedIn::Job, 8, &sealed), None, "another row");
    assert_eq!(
        opens(app, SealedIn::AuthenticatorSeed, 7, &sealed),
        None,
        "another table"
    );
    assert!(!sealed.windows(6).any(|window| window == b"a code"));
    let again = app.seal(SealedIn::Job, 7, b"a code").unwrap();
    assert_ne!(sealed, again, "a nonce of its own each time");
}

#[test]
fn a_bit_that_was_turned_or_a_byte_that_is_missing_opens_nothing() {
    let kit = Kit::new();
    let app = kit.app();
    let sealed = app.seal(SealedIn::Job, 1, b"").unwrap();
    assert_eq!(opens(app, SealedIn::Job, 1, &sealed), Some(Vec::new()));
    for place in 0..sealed.len() {
        let mut turned = sealed.clone();
        turned[place] ^= 1;
        assert_eq!(opens(app, SealedIn::Job, 1, &turned), None, "byte {place}");
        assert_eq!(
            opens(app, SealedIn::Job, 1, &sealed[..place]),
            None,
            "cut at {place}"
        );
    }
}

#[test]
fn an_older_key_of_the_ring_opens_and_a_missing_one_does_not() {
    let kit = Kit::new();
    let old = under(&kit, "old", &[21]);
    let sealed = old.seal(SealedIn::AuthenticatorSeed, 5, b"seed").unwrap();
    let both = under(&kit, "both", &[21, 22]);
    let place = SealedIn::AuthenticatorSeed;
    assert_eq!(
        opens(&both, place, 5, &sealed).as_deref(),
        Some(&b"seed"[..])
    );
    let newer = both.seal(place, 5, b"seed").unwrap();
    assert_eq!(opens(&old, place, 5, &newer), None);
    let new = under(&kit, "new", &[22]);
    assert_eq!(opens(&new, place, 5, &sealed), None);
    assert_eq!(opens(&new, place, 5, &newer).as_deref(), Some(&b"seed"[..]));
}
