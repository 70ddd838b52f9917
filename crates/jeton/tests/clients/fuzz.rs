//! Requests made up from the server's own description, by `schemathesis`: none is answered 500, and none otherwise than the
//! description says; to a token, and to somebody who signed in, whom the most is open to. `JETON_FUZZ_SECONDS` makes it
//! longer.

use serde_json::Value;

use crate::world::{PASSWORD, World, installed};

/// What would take the things away that the others are about.
const LEFT_OUT: &[&str] = &["repository.delete", "organization.delete"];
/// What would end the sign-in that asks, or shut it out.
const ENDS_IT: &[&str] = &[
    "sign_in.end",
    "sign_in.end.2",
    "user.change_password",
    "user.delete",
    "site.emergency",
    "site.put_policy",
    "organization.leave",
];
const SECONDS: &str = "45";

#[test]
fn what_is_described_is_answered_as_it_is_described() {
    let world = World::new();
    fuzz(&world, &world.acme, LEFT_OUT);
}

#[test]
fn whoever_signed_in_is_answered_as_it_is_described() {
    let world = World::new();
    let sign_in = "curl -sSf --cacert \"$CA\" $URL/api/jeton/v1/sign-in --json \"{\\\"login\\\":\\\"ann\\\",\\\"password\\\":\\\"$WORD\\\"}\"";
    let signed = world.shell(sign_in, &[("WORD", PASSWORD)]).well().json();
    let value = signed["token"].as_str().unwrap();
    fuzz(&world, value, &[LEFT_OUT, ENDS_IT].concat());
    // It was signed in to the last.
    let own = "curl -sSf --cacert \"$CA\" -H \"Authorization: Bearer $VALUE\" $URL/api/v3/user";
    let own: Value = world.shell(own, &[("VALUE", value)]).well().json();
    assert_eq!(own["login"], "ann");
}

fn fuzz(world: &World, value: &str, left_out: &[&str]) {
    let seconds = std::env::var("JETON_FUZZ_SECONDS").unwrap_or_else(|_| SECONDS.to_owned());
    let left_out: Vec<String> = left_out
        .iter()
        .map(|name| format!("--exclude-operation-id {name}"))
        .collect();
    let script = format!(
        "\"$SCHEMATHESIS\" run $URL/api/jeton/v1/openapi.json --url $URL --tls-verify \"$CA\" -H \"Authorization: Bearer $VALUE\" \
         --phases examples,coverage,fuzzing --seed 1 --max-time \"$SECONDS_OF_IT\" --max-examples 100000 --continue-on-failure --no-color \
         --checks not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,response_headers_conformance \
         {}",
        left_out.join(" ")
    );
    let program = installed("python/bin/schemathesis");
    let more = [
        ("SCHEMATHESIS", program.as_str()),
        ("SECONDS_OF_IT", seconds.as_str()),
        ("VALUE", value),
    ];
    let said = world.shell(&script, &more).well();
    let log = world.log();
    assert!(
        !log.contains(" ERROR ") && !log.contains("panicked"),
        "{log}"
    );
    let sent: u64 = said
        .out
        .lines()
        .find_map(|line| {
            line.trim()
                .strip_suffix(" passed")?
                .split(' ')
                .next()?
                .parse()
                .ok()
        })
        .unwrap_or_else(|| panic!("{said:?}"));
    println!("figure: {sent} requests in {seconds} seconds");
    assert!(sent > 500, "{sent}");
}
