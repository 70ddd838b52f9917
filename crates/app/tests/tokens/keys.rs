//! The ring of keys: a value digested under an old key is found, and digested anew.

use jeton_app::sign_in::{SignedIn, sign_in};
use jeton_app::tokens::{self, NewToken};
use jeton_app::{App, Call, Named, Password, admin};
use jeton_testkit::{Kit, operations};
use jeton_token::KeyId;

use crate::outcome::{count, refused};
use crate::world::carried;

fn own(kit: &Kit, app: &App, value: &str) -> Call {
    kit.call(&operations::OWN, Named::Own, carried(app, value))
}

fn zed(kit: &Kit, app: &App) -> SignedIn {
    let password = Password::new("correct horse");
    admin::create_user(app, "zed", "zed@example.test", &password, false).unwrap();
    sign_in(
        app,
        &kit.anonymous(&operations::SITE, Named::Site),
        "zed",
        &password,
        None,
        "test",
    )
    .unwrap()
}

#[test]
fn a_value_outlives_the_turning_of_the_ring() {
    let kit = Kit::new();
    let old = kit.under("old", &[21]);
    let client = zed(&kit, &old);
    let new = NewToken {
        name: "t".to_owned(),
        ..NewToken::default()
    };
    let token = tokens::create(&old, &own(&kit, &old, client.secret.expose()), &new, None).unwrap();
    let values = [client.secret.expose(), token.secret.expose()];
    let keys = |id: &'static str| match id {
        "old" => count(
            &kit,
            "SELECT (SELECT COUNT(*) FROM secrets WHERE key_id = 21) + (SELECT COUNT(*) FROM sign_ins WHERE key_id = 21)",
        ),
        _ => count(
            &kit,
            "SELECT (SELECT COUNT(*) FROM secrets WHERE key_id = 22) + (SELECT COUNT(*) FROM sign_ins WHERE key_id = 22)",
        ),
    };
    assert_eq!((keys("old"), keys("new")), (2, 0));

    let both = kit.under("both", &[21, 22]);
    assert_eq!(both.ring().newest(), KeyId::new(22));
    for value in values {
        both.permit(&own(&kit, &both, value)).unwrap();
        both.permit(&own(&kit, &both, value)).unwrap();
    }
    assert_eq!(
        (keys("old"), keys("new")),
        (0, 2),
        "digested anew at the next use"
    );

    let newest = kit.under("newest", &[22]);
    for value in values {
        newest.permit(&own(&kit, &newest, value)).unwrap();
        assert_eq!(
            refused(old.permit(&own(&kit, &old, value))),
            (401, "unknown_token"),
            "the old digest is gone"
        );
    }
}

#[test]
fn what_ended_under_an_old_key_stays_ended_under_the_new() {
    let kit = Kit::new();
    let old = kit.under("old", &[21]);
    let client = zed(&kit, &old);
    let new = NewToken {
        name: "t".to_owned(),
        ..NewToken::default()
    };
    let by = own(&kit, &old, client.secret.expose());
    let token = tokens::create(&old, &by, &new, None).unwrap();
    tokens::revoke(&old, &by, token.view.row.id).unwrap();
    let both = kit.under("both", &[21, 22]);
    assert_eq!(
        refused(both.permit(&own(&kit, &both, token.secret.expose()))),
        (401, "revoked")
    );
    // A leak report finds what was digested under an old key.
    jeton_app::leaks::report(
        &both,
        &kit.anonymous(&operations::SITE, Named::Site),
        &[crate::world::presented(&both, client.secret.expose())],
    )
    .unwrap();
    assert_eq!(
        refused(both.permit(&own(&kit, &both, client.secret.expose()))),
        (401, "revoked")
    );
}
