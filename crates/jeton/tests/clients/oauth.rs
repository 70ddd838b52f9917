//! Applications that a person lets in: with Octokit by a device's code and by the web flow, and by hand with PKCE.

use serde_json::{Value, json};

use crate::browser::{Browser, leads_to};
use crate::device::signs_in;
use crate::table::held;
use crate::world::{API, Said, URL, World, installed, scripts};

const BACK: &str = "http://127.0.0.1:7890/back";

/// An application of Ann's, registered by the command line; its number and its client id.
fn registered(world: &World, more: &[&str]) -> (String, String) {
    let jeton = env!("CARGO_BIN_EXE_jeton");
    let words = ["app", "create", "Board", "--callback", BACK];
    world.run(jeton, &[&words, more].concat()).well();
    let list = world.run(jeton, &["app", "list", "--json"]).well().json();
    let board = &list[0];
    assert_eq!(board["name"], "Board", "{list}");
    world.forget();
    (
        board["id"].to_string(),
        board["client_id"].as_str().unwrap().to_owned(),
    )
}

fn octokit(world: &World, program: &str, more: &[(&str, &str)]) -> std::process::Command {
    let mut node = world.command("node");
    node.arg(format!("{}/{program}", scripts()))
        .env("MODULES", installed("node_modules"))
        .envs(more.iter().copied());
    node
}

/// Ann answers what the application's address asks her; where she is led back to.
fn answered(world: &World, address: &str, answer: &str) -> url::Url {
    let browser = Browser::signed_in(world);
    let page = browser.page(address);
    assert!(page.contains("Let Board act for you?"), "{page}");
    let led = browser.form(&page, "/login/oauth/authorize", &[("answer", answer)]);
    let back: url::Url = leads_to(&led).parse().unwrap();
    assert!(back.as_str().starts_with(BACK), "{back}");
    back
}

fn of(back: &url::Url, name: &str) -> String {
    let found = back.query_pairs().find(|(found, _)| found == name);
    found
        .unwrap_or_else(|| panic!("no `{name}` in {back}"))
        .1
        .into_owned()
}

#[test]
fn octokit_by_a_devices_code() {
    let world = World::new();
    let (_, client) = registered(&world, &["--device-flow", "yes", "--public"]);
    let node = || octokit(&world, "octokit_device.mjs", &[("CLIENT", &client)]);
    let denied = signs_in(&world, node(), "deny");
    assert!(
        denied.code != 0 && denied.out.contains("access_denied"),
        "{denied:?}"
    );
    let approved = signs_in(&world, node(), "approve").well();
    assert!(approved.out.contains("signed in as ann"), "{approved:?}");
    held(&world, "Octokit, by a device's code");
}

#[test]
fn octokit_by_the_web_flow() {
    let world = World::new();
    let (id, client) = registered(&world, &[]);
    let jeton = env!("CARGO_BIN_EXE_jeton");
    let secret = world.run(jeton, &["app", "secret", "add", &id]).well().out;
    world.forget();
    let run = |more: &[(&str, &str)]| {
        let mut all = vec![("CLIENT", client.as_str()), ("SECRET", secret.trim())];
        all.extend(more);
        Said::of(&octokit(&world, "octokit_web.mjs", &all).output().unwrap())
    };
    let address = run(&[]).well().out;
    let back = answered(&world, address.trim(), "deny");
    assert_eq!(of(&back, "error"), "access_denied");
    let back = answered(&world, address.trim(), "approve");
    assert_eq!(of(&back, "state"), "of the test");
    let code = of(&back, "code");
    run(&[("CODE", &code)]).well();
    // It was of use once.
    run(&[("CODE", &code)]).failed("bad_verification_code");
    held(&world, "Octokit, by the web flow");
}

/// The pair of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

#[test]
fn the_web_flow_with_pkce_by_hand() {
    let world = World::new();
    let (_, client) = registered(&world, &["--public"]);
    let authority = world.authority();
    let curl = |words: &[&str]| -> Value {
        let all = [&["-s", "--cacert", &authority][..], words].concat();
        world.run("curl", &all).well().json()
    };
    let address = |more: &str| {
        format!(
            "{URL}/login/oauth/authorize?client_id={client}&scope=repo&state=x%26y&redirect_uri=http%3A%2F%2F127.0.0.1%3A7890%2Fback{more}"
        )
    };
    // Who can keep no secret shows that it began itself.
    let refused = Browser::signed_in(&world).page(&address(""));
    let back: url::Url = leads_to(&refused).parse().unwrap();
    assert_eq!(of(&back, "error"), "invalid_request");
    let challenged = address(&format!(
        "&code_challenge={CHALLENGE}&code_challenge_method=S256"
    ));
    let back = answered(&world, &challenged, "approve");
    assert_eq!(
        (of(&back, "state"), of(&back, "iss")),
        ("x&y".to_owned(), URL.to_owned())
    );
    let code = of(&back, "code");
    let exchange = |verifier: &str| {
        let body = json!({
            "client_id": client, "code": code, "redirect_uri": BACK, "code_verifier": verifier,
        });
        curl(&[
            "-H",
            "Accept: application/json",
            "-H",
            "Content-Type: application/json",
            "-d",
            &body.to_string(),
            &format!("{URL}/login/oauth/access_token"),
        ])
    };
    let other = VERIFIER.replace('d', "e");
    for wrong in ["", CHALLENGE, &other] {
        let said = exchange(wrong);
        assert!(
            said["access_token"].is_null() && !said["error"].is_null(),
            "{said}"
        );
    }
    let given = exchange(VERIFIER);
    assert_eq!(
        (&given["token_type"], &given["scope"]),
        (&json!("bearer"), &json!("repo")),
        "{given}"
    );
    let token = given["access_token"].as_str().unwrap();
    let user = || {
        curl(&[
            "-H",
            &format!("Authorization: Bearer {token}"),
            &format!("{API}/user"),
        ])
    };
    assert_eq!(user()["login"], "ann");
    let script = "git clone -q \"https://x:$TOKEN@$HOST/ann/notes\" by-web && test \"$(cat by-web/file)\" = one && \
        ! git ls-remote -q \"https://x:$TOKEN@$HOST/acme/labs\"";
    world.shell(script, &[("TOKEN", token)]).well();
    // Somebody else has the code, too: what it gave ends.
    assert!(!exchange(VERIFIER)["error"].is_null());
    assert_eq!(user()["message"], "Bad credentials");
    held(&world, "curl, by the web flow");
}
