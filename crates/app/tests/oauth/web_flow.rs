//! The web flow.

use jeton_app::AppError;
use jeton_app::oauth::{self, AuthorizeRequest, ClientProof, Exchange, Issued, Led, OauthRefusal};
use jeton_domain::Span;

use crate::outcome::{conflict, refused};
use crate::world::{Client, GH, World, parameter, pkce};

fn request(client: &Client, scope: &str) -> AuthorizeRequest {
    AuthorizeRequest {
        client_id: client.proof.client_id.clone(),
        scope: scope.to_owned(),
        state: Some("s3&cret".to_owned()),
        ..AuthorizeRequest::default()
    }
}

fn exchange(
    world: &World,
    client: &ClientProof,
    code: &str,
    verifier: Option<&str>,
) -> Result<Issued, OauthRefusal> {
    oauth::exchange(
        world.app(),
        &world.nobody(),
        &Exchange {
            client,
            code,
            redirect_uri: None,
            code_verifier: verifier,
        },
    )
    .unwrap()
}

#[test]
fn an_application_is_given_what_its_person_consented_to() {
    let world = World::new();
    let board = world.registered(|_| {});
    let request = request(&board, "repo user:email");
    let bob = world.own(&world.bob);
    let question = oauth::question(world.app(), &bob, &request)
        .unwrap()
        .unwrap();
    assert_eq!(question.keeper.as_deref(), Some("ann"));
    assert_eq!(question.back_to, "board.example");
    assert_eq!(question.organizations.len(), 1);
    let Led(url) = oauth::consent(world.app(), &bob, &request, true).unwrap();
    assert!(url.starts_with("https://board.example/back?code="), "{url}");
    assert_eq!(parameter(&url, "state").as_deref(), Some("s3&cret"));
    assert_eq!(
        parameter(&url, "iss").as_deref(),
        Some(world.app().public_url())
    );
    let code = parameter(&url, "code").unwrap();
    let issued = exchange(&world, &board.proof, &code, None).unwrap();
    assert_eq!(issued.scopes.to_string(), "repo, user:email");
    assert_eq!(issued.expires_in(), Some(8 * 3600));
    assert_eq!(
        world.told(issued.access.expose(), &world.notes),
        (200, "ok")
    );
    world.kit.advance(Span::from_hours(8));
    assert_eq!(
        world.told(issued.access.expose(), &world.notes),
        (401, "expired")
    );
}

#[test]
fn a_code_that_comes_twice_ends_what_was_made_with_it() {
    let world = World::new();
    let board = world.registered(|_| {});
    let code = world.code(&request(&board, "repo"));
    let issued = exchange(&world, &board.proof, &code, None).unwrap();
    let again = exchange(&world, &board.proof, &code, None);
    assert_eq!(again.unwrap_err(), OauthRefusal::CODE);
    assert_eq!(
        world.told(issued.access.expose(), &world.notes),
        (401, "revoked")
    );
}

#[test]
fn a_code_is_worth_nothing_to_others_and_nothing_late() {
    let world = World::new();
    let board = world.registered(|_| {});
    let other = world.registered(|new| new.name = "Other".to_owned());
    let code = world.code(&request(&board, "repo"));
    let stolen = exchange(&world, &other.proof, &code, None);
    assert_eq!(stolen.unwrap_err(), OauthRefusal::CODE);
    let unproved = ClientProof {
        client_secret: None,
        ..board.proof.clone()
    };
    let unproved = exchange(&world, &unproved, &code, None);
    assert_eq!(unproved.unwrap_err(), OauthRefusal::CLIENT);
    let wrong = ClientProof {
        client_secret: other.proof.client_secret.clone(),
        ..board.proof.clone()
    };
    assert_eq!(
        exchange(&world, &wrong, &code, None).unwrap_err(),
        OauthRefusal::CLIENT
    );
    world.kit.advance(Span::from_minutes(10));
    assert_eq!(
        exchange(&world, &board.proof, &code, None).unwrap_err(),
        OauthRefusal::CODE
    );
}

#[test]
fn what_keeps_no_secret_shows_the_verifier() {
    let world = World::new();
    let (verifier, challenge) = pkce();
    let base = AuthorizeRequest {
        client_id: GH.to_owned(),
        redirect_uri: Some("http://127.0.0.1:49152/callback".to_owned()),
        scope: "repo".to_owned(),
        ..AuthorizeRequest::default()
    };
    let bob = world.own(&world.bob);
    let Led(url) = oauth::question(world.app(), &bob, &base)
        .unwrap()
        .unwrap_err();
    assert_eq!(parameter(&url, "error").as_deref(), Some("invalid_request"));
    let plain = AuthorizeRequest {
        code_challenge: Some(verifier.to_owned()),
        code_challenge_method: Some("plain".to_owned()),
        ..base.clone()
    };
    assert!(oauth::question(world.app(), &bob, &plain).unwrap().is_err());
    let good = AuthorizeRequest {
        code_challenge: Some(challenge),
        code_challenge_method: Some("S256".to_owned()),
        ..base
    };
    let gh = ClientProof {
        client_id: GH.to_owned(),
        client_secret: None,
    };
    let code = world.code(&good);
    let bring = |redirect_uri, code_verifier| {
        let exchange = Exchange {
            client: &gh,
            code: &code,
            redirect_uri,
            code_verifier,
        };
        oauth::exchange(world.app(), &world.nobody(), &exchange).unwrap()
    };
    let there = Some("http://127.0.0.1:49152/callback");
    assert_eq!(bring(there, None).unwrap_err(), OauthRefusal::VERIFIER);
    let wrong = "x".repeat(43);
    assert_eq!(
        bring(there, Some(&wrong)).unwrap_err(),
        OauthRefusal::VERIFIER
    );
    assert_eq!(
        bring(None, Some(verifier)).unwrap_err(),
        OauthRefusal::CALLBACK
    );
    let elsewhere = Some("http://127.0.0.1:1/callback");
    assert_eq!(
        bring(elsewhere, Some(verifier)).unwrap_err(),
        OauthRefusal::CALLBACK
    );
    bring(there, Some(verifier)).unwrap();
}

#[test]
fn a_browser_is_led_to_the_applications_own_addresses_alone() {
    let world = World::new();
    let board = world.registered(|new| {
        new.callbacks.push("http://127.0.0.1/done".to_owned());
    });
    let bob = world.own(&world.bob);
    let ask = |redirect: &str| {
        let request = AuthorizeRequest {
            redirect_uri: Some(redirect.to_owned()),
            ..request(&board, "repo")
        };
        oauth::question(world.app(), &bob, &request)
    };
    for fine in [
        "https://board.example/back",
        "http://127.0.0.1:7777/done",
        "http://127.0.0.1/done",
    ] {
        ask(fine).unwrap().unwrap();
    }
    for hostile in [
        "https://board.example/back/",
        "https://board.example/back?x=1",
        "https://board.example/back#x",
        "https://board.example:444/back",
        "https://board.example.evil/back",
        "https://user@board.example/back",
        "http://board.example/back",
        "http://127.0.0.1:7777/done/../x",
        "http://127.0.0.1.evil/done",
        "http://localhost:7777/other",
        "javascript:alert(1)",
        "//board.example/back",
        "",
        "\0",
    ] {
        assert_eq!(conflict(ask(hostile)), "authorize_request", "{hostile:?}");
    }
    let unknown = AuthorizeRequest {
        client_id: "0".repeat(20),
        ..request(&board, "repo")
    };
    let unknown = oauth::question(world.app(), &bob, &unknown);
    assert!(matches!(unknown, Err(AppError::Missing(_))));
}

#[test]
fn an_unknown_scope_is_left_out_and_a_token_to_be_refreshed_is_asked_for_by_scope() {
    let world = World::new();
    let board = world.registered(|new| new.expiring = Some(false));
    let given = |scope: &str| {
        let code = world.code(&request(&board, scope));
        exchange(&world, &board.proof, &code, None).unwrap()
    };
    let stays = given("repo,root user:email");
    assert_eq!(stays.scopes.to_string(), "repo, user:email");
    assert_eq!(stays.expires_in(), None);
    let ends = given("offline_access repo");
    assert_eq!(ends.scopes.to_string(), "repo");
    assert_eq!(ends.expires_in(), Some(8 * 3600));
}

#[test]
fn faults_after_that_are_told_to_the_application() {
    let world = World::new();
    let board = world.registered(|_| {});
    let bob = world.own(&world.bob);
    let told = |request: &AuthorizeRequest| {
        let Led(url) = oauth::question(world.app(), &bob, request)
            .unwrap()
            .unwrap_err();
        assert_eq!(parameter(&url, "state").as_deref(), Some("s3&cret"));
        // RFC 9207 2: of faults too.
        let issuer = parameter(&url, "iss");
        assert_eq!(issuer.as_deref(), Some(world.app().public_url()));
        parameter(&url, "error").unwrap()
    };
    let token = AuthorizeRequest {
        response_type: Some("token".to_owned()),
        ..request(&board, "repo")
    };
    assert_eq!(told(&token), "unsupported_response_type");
    let Led(url) = oauth::consent(world.app(), &bob, &request(&board, "repo"), false).unwrap();
    assert_eq!(parameter(&url, "error").as_deref(), Some("access_denied"));
    assert_eq!(parameter(&url, "code"), None);
}

#[test]
fn a_yes_takes_a_confirmed_sign_in() {
    let world = World::new();
    let board = world.registered(|_| {});
    world.kit.advance(Span::from_hours(13));
    let bob = world.own(&world.bob);
    let yes = oauth::consent(world.app(), &bob, &request(&board, "repo"), true);
    assert_eq!(refused(yes), (403, "confirmation_needed"));
    oauth::consent(world.app(), &bob, &request(&board, "repo"), false).unwrap();
}

/// RFC 9700 2.1.1. Whoever takes the challenge out of the address that a browser is led to would have their own code taken.
#[test]
fn a_challenge_that_was_left_out_on_the_way_is_noticed() {
    let world = World::new();
    let board = world.registered(|_| {});
    let (verifier, challenge) = pkce();
    let bring = |code: &str, verifier| exchange(&world, &board.proof, code, verifier);
    let stripped = world.code(&request(&board, "repo"));
    let refused = bring(&stripped, Some(verifier)).unwrap_err();
    assert_eq!(refused, OauthRefusal::VERIFIER);
    let bound = AuthorizeRequest {
        code_challenge: Some(challenge),
        code_challenge_method: Some("S256".to_owned()),
        ..request(&board, "repo")
    };
    let code = world.code(&bound);
    assert_eq!(bring(&code, None).unwrap_err(), OauthRefusal::VERIFIER);
    bring(&code, Some(verifier)).unwrap();
}
