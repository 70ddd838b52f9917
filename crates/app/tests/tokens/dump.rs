//! `OneDev`, Omicron: values stored in clear. Whoever reads all files of the server but its keys holds
//! no credential.

use std::path::Path;

use jeton_app::sign_in::sign_in;
use jeton_app::tokens::{self, RotateToken};
use jeton_app::{Named, Password, admin, setup};
use jeton_testkit::operations;

use crate::world::{FETCH, World, labs};

fn files(folder: &Path, found: &mut Vec<u8>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.extend(std::fs::read(&path).unwrap());
        }
    }
}

#[test]
fn a_dump_of_the_data_holds_no_usable_credential() {
    let world = World::new();
    let app = world.app();
    let code = setup::new_code(app).unwrap().unwrap();
    let password = "a password that stands nowhere";
    admin::create_user(
        app,
        "zed",
        "zed@example.test",
        &Password::new(password),
        false,
    )
    .unwrap();
    let nobody = world.kit.anonymous(&operations::SITE, Named::Site);
    let client = sign_in(app, &nobody, "zed", &Password::new(password), None, "test").unwrap();
    let token = world.approved("t");
    let keyed = tokens::create(
        app,
        &world.own(&world.bob),
        &labs("keyed"),
        Some("the-idempotency-key"),
    )
    .unwrap();
    let own = world.own(&world.bob);
    let rotated =
        tokens::rotate(app, &own, token.view.row.id, &RotateToken::default(), None).unwrap();
    for value in [token.secret.expose(), rotated.secret.expose()] {
        world.git(value, &FETCH, &world.labs).unwrap();
    }
    tokens::finish(app, &own, token.view.row.id).unwrap();
    assert!(
        world
            .git(token.secret.expose(), &FETCH, &world.labs)
            .is_err()
    );
    app.flush_activity().unwrap();

    let mut dump = Vec::new();
    files(world.kit.folder(), &mut dump);
    let holds = |text: &str| {
        dump.windows(text.len())
            .any(|window| window.eq_ignore_ascii_case(text.as_bytes()))
    };
    assert!(
        holds("zed@example.test") && holds("alta3"),
        "the search finds what is there"
    );
    let mut secrets = vec![code, password.to_owned(), "the-idempotency-key".to_owned()];
    for secret in [
        &client.secret,
        &token.secret,
        &keyed.secret,
        &rotated.secret,
    ] {
        let value = secret.expose();
        secrets.push(value.to_owned());
        // Neither whole nor the part of it that is secret.
        secrets.push(value.rsplit('_').next().unwrap()[..30].to_owned());
        let hex = value
            .bytes()
            .fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
        secrets.push(hex);
    }
    for secret in secrets {
        assert!(!holds(&secret), "{secret} stands in the data");
    }
    // The public forms that do stand there open nothing: neither parses as a value.
    for row in &world.show(&world.bob, token.view.row.id).secrets {
        let public = row.public_name.as_deref().unwrap();
        assert!(holds(public) && holds(&row.hashed));
        for form in [
            public,
            &row.hashed,
            &format!("jeton_pat_{public}_{}", row.hashed),
        ] {
            assert!(jeton_token::parse(form.as_bytes()).is_err(), "{form}");
        }
    }
}
