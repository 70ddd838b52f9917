//! Signing in with a browser: two steps, and a passkey alone; what each is bound to.

use jeton_app::factors::browser::{self};
use jeton_app::factors::{self, ChallengeValue};
use jeton_app::sign_in::{self, Entered, SessionValue};
use jeton_app::{App, AppError, Call, Carried, Named, Password, Presented};
use jeton_domain::{CredentialKind, Kinds, Operation, Span};
use jeton_testkit::{Kit, operations};

use crate::outcome::{conflict, count, permitted};
use crate::world::{PASSWORD, Someone, code, device, kit, told};

/// What a page asks, with a session.
static OWN_PAGE: Operation = Operation {
    kinds: Kinds::of(&[CredentialKind::Session]),
    ..operations::OWN
};

fn anonymous(kit: &Kit) -> Call {
    kit.anonymous(&operations::SITE, Named::Site)
}

fn enter(kit: &Kit, login: &str) -> Result<Entered, AppError> {
    let password = Password::new(PASSWORD);
    sign_in::sign_in_browser(kit.app(), &anonymous(kit), login, &password)
}

fn step(kit: &Kit, login: &str) -> ChallengeValue {
    match enter(kit, login).unwrap() {
        Entered::Second(step) => step,
        Entered::In(value) => panic!("signed in by the password alone: {value:?}"),
    }
}

fn carried(app: &App, value: &SessionValue) -> Carried {
    Carried::Value(Presented::session(app.ring(), value.expose().as_bytes()).unwrap())
}

fn whose(kit: &Kit, value: &SessionValue) -> String {
    let call = kit.call(&OWN_PAGE, Named::Own, carried(kit.app(), value));
    jeton_app::users::oneself(kit.app(), &call)
        .unwrap()
        .row
        .login
}

fn by_code(kit: &Kit, step: &ChallengeValue, code: &str) -> Result<SessionValue, AppError> {
    browser::second_by_code(kit.app(), &anonymous(kit), step, code)
}

#[test]
fn the_second_step_can_not_be_skipped_and_opens_a_fresh_session() {
    let kit = kit();
    let (zed, eve) = (Someone::new(&kit, "zed"), Someone::new(&kit, "eve"));
    let (seed, _) = zed.authenticator(&kit);
    assert!(
        matches!(enter(&kit, "eve").unwrap(), Entered::In(_)),
        "asked of nobody else"
    );
    let sessions = "SELECT COUNT(*) FROM sign_ins WHERE kind = 'session'";
    let waiting = step(&kit, "zed");
    assert_eq!(
        count(&kit, sessions),
        1,
        "nothing is open between the steps"
    );
    // The step's own value is no session.
    let pretended = Presented::session(kit.app().ring(), waiting.expose().as_bytes()).unwrap();
    let call = kit.call(&OWN_PAGE, Named::Own, Carried::Value(pretended));
    assert!(!permitted(&kit, &call));
    let view = browser::waiting(kit.app(), &anonymous(&kit), &waiting)
        .unwrap()
        .unwrap();
    assert_eq!(
        (view.login.as_str(), view.offered.authenticator),
        ("zed", true)
    );
    kit.advance(Span::from_seconds(30));
    let now = code(&kit, &seed);
    assert_eq!(
        told(&by_code(&kit, &waiting, "000000")),
        "code",
        "may be tried again"
    );
    let value = by_code(&kit, &waiting, &now).unwrap();
    assert_ne!(value.expose(), waiting.expose());
    assert_eq!(whose(&kit, &value), "zed");
    // The step is used up, with whatever code.
    kit.advance(Span::from_seconds(60));
    let again = by_code(&kit, &waiting, &code(&kit, &seed));
    assert_eq!(conflict(again), "state");
    drop(eve);
}

#[test]
fn a_step_is_over_in_time_and_with_a_changed_password() {
    let kit = kit();
    let zed = Someone::new(&kit, "zed");
    let (seed, _) = zed.authenticator(&kit);
    let late = step(&kit, "zed");
    kit.advance(Span::from_minutes(10));
    assert_eq!(conflict(by_code(&kit, &late, &code(&kit, &seed))), "state");
    let before = step(&kit, "zed");
    let new = Password::new("another password");
    sign_in::change_password(kit.app(), &zed.own(&kit), &Password::new(PASSWORD), &new).unwrap();
    assert_eq!(
        conflict(by_code(&kit, &before, &code(&kit, &seed))),
        "state"
    );
    for rubbish in ["", "0", &"f".repeat(64)] {
        let step = ChallengeValue::new(rubbish);
        assert_eq!(conflict(by_code(&kit, &step, "000000")), "state");
        assert!(
            browser::waiting(kit.app(), &anonymous(&kit), &step)
                .unwrap()
                .is_none()
        );
    }
}

#[test]
fn the_step_of_one_takes_no_code_or_passkey_of_another() {
    let kit = kit();
    let (zed, eve) = (Someone::new(&kit, "zed"), Someone::new(&kit, "eve"));
    let (mut zeds, mut eves) = (device(), device());
    let (seed, _) = eve.authenticator(&kit);
    zed.passkey(&kit, &mut zeds);
    eve.passkey(&kit, &mut eves);
    kit.advance(Span::from_seconds(30));
    let waiting = step(&kit, "zed");
    assert_eq!(told(&by_code(&kit, &waiting, &code(&kit, &seed))), "code");
    let call = anonymous(&kit);
    let app = kit.app();
    let asked = browser::ask_second(app, &call, &waiting).unwrap();
    let answer = eves.show_one(0, &asked.options);
    let shown = browser::second_by_passkey(app, &call, &waiting, &asked.value, &answer);
    assert_eq!(told(&shown), "passkey");
    // A question of another sign-in does not fit either, be it of the same person.
    let other = step(&kit, "zed");
    let asked = browser::ask_second(app, &call, &other).unwrap();
    let answer = zeds.show(&asked.options);
    let shown = browser::second_by_passkey(app, &call, &waiting, &asked.value, &answer);
    assert_eq!(told(&shown), "passkey");
    let value = browser::second_by_passkey(app, &call, &other, &asked.value, &answer).unwrap();
    assert_eq!(whose(&kit, &value), "zed");
}

#[test]
fn a_passkey_alone_signs_its_person_in_once() {
    let kit = kit();
    let (zed, eve) = (Someone::new(&kit, "zed"), Someone::new(&kit, "eve"));
    let (mut zeds, mut eves) = (device(), device());
    zed.passkey(&kit, &mut zeds);
    eve.passkey(&kit, &mut eves);
    let (app, call) = (kit.app(), anonymous(&kit));
    let ask = || factors::ask_to_sign_in(app, &call).unwrap();
    let asked = ask();
    let answer = zeds.show(&asked.options);
    let value = browser::sign_in_by_passkey(app, &call, &asked.value, &answer).unwrap();
    assert_eq!(whose(&kit, &value), "zed");
    let replayed = browser::sign_in_by_passkey(app, &call, &asked.value, &answer);
    assert_eq!(told(&replayed), "passkey");
    let other = ask();
    let replayed = browser::sign_in_by_passkey(app, &call, &other.value, &answer);
    assert_eq!(told(&replayed), "passkey");
    // One that does not say whose it is, or was not verified, opens nothing.
    zeds.says_who = false;
    let asked = ask();
    let answer = zeds.show(&asked.options);
    let silent = browser::sign_in_by_passkey(app, &call, &asked.value, &answer);
    assert_eq!(told(&silent), "passkey");
    zeds.says_who = true;
    zeds.verifies = false;
    let asked = ask();
    let answer = zeds.show(&asked.options);
    let unverified = browser::sign_in_by_passkey(app, &call, &asked.value, &answer);
    assert_eq!(told(&unverified), "passkey");
    // What was asked to confirm a session signs nobody in.
    zeds.verifies = true;
    let asked = factors::ask_to_confirm(app, &zed.own(&kit)).unwrap();
    let answer = zeds.show(&asked.options);
    let crossed = browser::sign_in_by_passkey(app, &call, &asked.value, &answer);
    assert_eq!(told(&crossed), "passkey");
    // A passkey that was removed is nobody's.
    let id = factors::list(app, &zed.own(&kit)).unwrap().passkeys[0].id;
    factors::remove_passkey(app, &zed.sudo(&kit), id).unwrap();
    let asked = ask();
    let answer = zeds.show(&asked.options);
    let gone = browser::sign_in_by_passkey(app, &call, &asked.value, &answer);
    assert_eq!(told(&gone), "passkey");
    // Whoever is suspended is not let in.
    let root = kit.administrator("boss");
    let suspend = kit.by(&root, &operations::ADMINISTRATOR, Named::Site);
    jeton_app::users::suspend(app, &suspend, "eve").unwrap();
    let asked = ask();
    let answer = eves.show(&asked.options);
    let stopped = browser::sign_in_by_passkey(app, &call, &asked.value, &answer);
    assert!(
        matches!(stopped, Err(AppError::Forbidden(_))),
        "{stopped:?}"
    );
}

#[test]
fn signing_out_everywhere_else_leaves_the_one_that_asks() {
    let kit = kit();
    let [one, two, three] = [(); 3].map(|()| Someone::new(&kit, "zed"));
    let eve = Someone::new(&kit, "eve");
    sign_in::sign_out_others(kit.app(), &two.own(&kit)).unwrap();
    let live = [&one, &two, &three, &eve].map(|who| permitted(&kit, &who.own(&kit)));
    assert_eq!(live, [false, true, false, true]);
}
