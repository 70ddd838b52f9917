//! What is said of a mistake: as JSON, and with the command that was meant.

use serde_json::Value;

use super::stand_in::StandIn;
use super::{run, signed_in};

#[test]
fn with_json_a_refusal_is_one_object_and_names_what_was_asked() {
    let server = StandIn::start();
    let home = signed_in(&server);
    server.answer_with(
        "GET /api/v3/repos/a/b",
        403,
        "x-github-request-id: R7\r\n",
        r#"{"message":"no","reason":"permission_missing","credential":[{"message":"To see why: jeton explain METHOD URL --token-id 7"}]}"#,
    );
    let came = run(home.path(), &["--json", "repo", "show", "a/b"], None);
    assert_eq!((came.code, came.out.as_str()), (4, ""));
    let said: Value = serde_json::from_str(&came.err).unwrap_or_else(|_| panic!("{came:?}"));
    assert_eq!(said["error"], "forbidden");
    assert_eq!(said["status"], 403);
    assert_eq!(said["request_id"], "R7");
    let asked = format!("jeton explain GET {}/api/v3/repos/a/b", server.url);
    assert_eq!(
        said["details"][0],
        format!("To see why: {asked} --token-id 7")
    );
    assert!(said["hint"].as_str().unwrap().contains(&asked), "{said}");
}

#[test]
fn an_edit_that_cannot_change_visibility_names_the_command_that_does() {
    let server = StandIn::start();
    let home = signed_in(&server);
    let words = ["repo", "edit", "alta3/labs", "--visibility", "public"];
    let came = run(home.path(), &words, None);
    assert_eq!(came.code, 2);
    assert!(
        came.err
            .contains("hint: jeton repo visibility alta3/labs public"),
        "{came:?}"
    );
    assert!(server.taken().is_empty());
}

#[test]
fn sign_ins_come_all_at_once() {
    let server = StandIn::start();
    let home = signed_in(&server);
    server.answer(
        "GET /api/jeton/v1/sign-ins",
        200,
        r#"[{"id":4,"label":"laptop"}]"#,
    );
    let came = run(home.path(), &["sign-in", "list"], None);
    assert!(came.out.contains("laptop"), "{came:?}");
}
